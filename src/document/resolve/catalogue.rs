//! The built-in catalogue: what well-known services ask for, who says so, and on what ground.
//!
//! A figure that a source does not give stays unknown. `GB` and `MB` count thousands and `GiB` and `MiB` 1024, as the
//! source writes them; a range or an "over" counts its lower end.

mod entries;
mod image;

pub use self::entries::ENTRIES;

use self::image::ImageName;
use crate::document::syntax::names;

/// What a figure speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A machine, real or virtual, that runs nothing else.
    Host,
    /// One process, without what its container needs around it.
    Process,
    /// One container, all that is in it included.
    Container,
    /// Several containers together.
    Stack,
}

impl Scope {
    /// The name in documents about the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Host => "host",
            Scope::Process => "process",
            Scope::Container => "container",
            Scope::Stack => "stack",
        }
    }
}

/// On what ground the source gives its figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Below this it is said not to work.
    Minimum,
    /// What the makers advise.
    Recommended,
    /// What an installer gives it unless told otherwise.
    InstallDefault,
    /// What somebody measured.
    Measured,
}

impl Basis {
    /// The name in documents about the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Basis::Minimum => "minimum",
            Basis::Recommended => "recommended",
            Basis::InstallDefault => "install-time default",
            Basis::Measured => "measured",
        }
    }
}

/// What one service asks for. Plain names are the defaults of an installer where there are any, for those speak of one
/// container and know its disk; the makers' figures stand beside them as `-minimum`, `-recommended`, `-measured`, those of
/// the installer's smaller variant as `-alpine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What `size:` calls it.
    pub name: &'static str,
    /// Millicores; `None` where the source does not say.
    pub cpu_millis: Option<u64>,
    /// Bytes; `None` where the source does not say.
    pub memory_bytes: Option<u64>,
    /// Bytes; `None` where the source does not say.
    pub disk_bytes: Option<u64>,
    /// What the figure speaks of.
    pub scope: Scope,
    /// On what ground.
    pub basis: Basis,
    /// The figure as the source gives it.
    pub figure: &'static str,
    /// Who says so.
    pub source: &'static str,
    /// The images of which the figure holds: [`by_image`]. `namespace/name`, or a bare name where that tells enough.
    pub images: &'static [&'static str],
    /// Images that are but a part of what the figure speaks of, or may be: [`whole_of`].
    pub parts: &'static [&'static str],
}

impl Entry {
    /// Whether the figure may be the size of a container. That of a single process may not: it leaves out the rest of
    /// the container, and nobody knows how much that is.
    pub fn usable_as_container(&self) -> bool {
        self.scope != Scope::Process
    }

    /// Whether the figure may be that of one image: neither that of a process, nor that of several containers together.
    fn usable_for_image(&self) -> bool {
        matches!(self.scope, Scope::Container | Scope::Host)
    }

    /// Basis and source in a few words, for the origin of an amount: `minimum, immich docs, requirements`.
    pub fn ground(&self) -> String {
        format!("{}, {}", self.basis.name(), self.source)
    }

    /// The service, of which there may be several figures: `redis` for `redis-measured`.
    pub fn service(&self) -> &'static str {
        let variants = ["-minimum", "-recommended", "-measured", "-alpine"];
        variants.iter().find_map(|variant| self.name.strip_suffix(variant)).unwrap_or(self.name)
    }

    /// Whether it goes by `word`: that is part of its name or of an image's, or the name of an image as Compose files have it.
    pub fn goes_by(&self, word: &str) -> bool {
        let word = word.to_ascii_lowercase();
        let image = ImageName::parse(&word);
        let named = |it: &&str| it.contains(word.as_str()) || image.is_some_and(|image| image.is(it));
        self.name.contains(word.as_str()) || self.images.iter().chain(self.parts).any(named)
    }
}

/// The entry of that name.
pub fn lookup(name: &str) -> Option<&'static Entry> {
    ENTRIES.binary_search_by(|entry| entry.name.cmp(name)).ok().and_then(|position| ENTRIES.get(position))
}

/// The entry whose figure holds of a container of this image, named as in a Compose file: `postgres:16`,
/// `lscr.io/linuxserver/sonarr@sha256:...`.
///
/// Registry, tag and digest do not matter. Namespace and name must be ones that an entry lists, or the name alone where the
/// image has no namespace or that of somebody who packages what others make. A wrong figure would be worse than none, and so
/// none is had where the entry speaks of a process; where it speaks of several containers, of which the image is one; and where
/// the installer puts a database, a cache or the like into the same container, or may, as no image has that:
/// these are told by [`whole_of`].
pub fn by_image(image: &str) -> Option<&'static Entry> {
    let image = ImageName::parse(image)?;
    let holds = |entry: &&Entry| entry.usable_for_image() && entry.images.iter().any(|it| image.is(it));
    ENTRIES.iter().find(holds)
}

/// The entry that speaks of a whole of which this image is a part: its figure is no size for a container of the image.
pub fn whole_of(image: &str) -> Option<&'static Entry> {
    let image = ImageName::parse(image)?;
    ENTRIES.iter().find(|entry| entry.parts.iter().any(|it| image.is(it)))
}

/// What goes by some words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found<'a> {
    /// The words.
    pub words: Vec<&'a str>,
    /// The entries that go by any of them, by name; all where there are no words.
    pub entries: Vec<&'static Entry>,
    /// The words by which none goes, each with the names that are closest to it.
    pub unknown: Vec<(&'a str, Vec<&'static str>)>,
}

/// The entries that go by any of these words: parts of their names or of images, or whole names of images.
pub fn search(words: &[String]) -> Found<'_> {
    const A_FEW: usize = 3;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let goes = |entry: &&Entry| words.is_empty() || words.iter().any(|word| entry.goes_by(word));
    let unknown = words.iter().filter(|word| !ENTRIES.iter().any(|entry| entry.goes_by(word)));
    Found {
        entries: ENTRIES.iter().filter(goes).collect(),
        unknown: unknown.map(|&word| (word, names::nearest(word, self::names(), A_FEW))).collect(),
        words,
    }
}

/// The names of all entries, ascending.
pub fn names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|entry| entry.name)
}
