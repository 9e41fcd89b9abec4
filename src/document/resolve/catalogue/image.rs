//! Names of images: `ghcr.io/immich-app/immich-server:release@sha256:...` is of the namespace `immich-app`.

/// Those who package what others make, under its usual name: `linuxserver/sonarr`, `bitnami/redis`.
const PACKAGERS: [&str; 8] =
    ["library", "linuxserver", "hotio", "bitnami", "bitnamilegacy", "bitnamisecure", "chainguard", "ubuntu"];

/// The longest that registries take, without tag and digest.
const LONGEST: usize = 255;

/// What an image is called, without registry, tag and digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageName<'a> {
    /// What stands before the name, where anything does: `immich-app`.
    namespace: Option<&'a str>,
    /// The name alone: `immich-server`.
    name: &'a str,
}

impl<'a> ImageName<'a> {
    /// Reads a name as it stands in a Compose file. A variable in it may be the tag or part of it, and nothing else:
    /// `${IMAGE}` is no name.
    pub fn parse(image: &'a str) -> Option<Self> {
        // A variable is of the tag or the digest where one has begun and no path goes on behind it.
        let (fixed, whole) = match image.split_once('$') {
            None => (image, true),
            Some((before, after)) => {
                let begun = before.rsplit('/').next()?.contains([':', '@']);
                let goes_on = after.rsplit('}').next()?.contains('/');
                (Some(before).filter(|_| begun && !goes_on)?, false)
            }
        };
        let (tagged, digest) = fixed.split_once('@').map_or((fixed, None), |(name, digest)| (name, Some(digest)));
        let name = tagged.rfind('/').map_or(0, |slash| slash + 1);
        let end = tagged[name..].find(':').map_or(tagged.len(), |colon| name + colon);
        let (path, tag) = (&tagged[..end], tagged.get(end + 1..));
        let fine = |part: Option<&str>, besides: &str| {
            let within = |c: char| c.is_ascii_alphanumeric() || besides.contains(c);
            part.is_none_or(|part| part.chars().all(within) && !(part.is_empty() && whole))
        };
        if path.len() > LONGEST || !fine(tag, "_.-") || !fine(digest, "_.-+:") {
            return None;
        }
        let path = match path.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
                let begins = first.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
                Some(rest).filter(|_| begins && fine(Some(first), ".-:[]"))?
            }
            _ => path,
        };
        if !path.split('/').all(is_part) {
            return None;
        }
        let mut parts = path.rsplit('/');
        let name = parts.next()?;
        Some(Self { namespace: parts.next(), name })
    }

    /// Whether it is the one that is called so: `grafana/grafana` wherever it is mirrored, and by its bare name an image
    /// without a namespace, or one of a packager.
    pub fn is(&self, called: &str) -> bool {
        match called.rsplit_once('/') {
            Some((namespace, name)) => self.name == name && self.namespace == Some(namespace),
            None => self.name == called && self.namespace.is_none_or(|it| PACKAGERS.contains(&it)),
        }
    }
}

/// A piece of a path: lower case, with dots, dashes and underscores within.
fn is_part(part: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let within = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    edge(part.chars().next()) && edge(part.chars().last()) && part.chars().all(within)
}
