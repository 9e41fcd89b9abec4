//! All that was asked for, from files of one format or several, as one find.

use super::found::{Found, Refused};
use super::{Asked, Content, Format, Given, Read, csv, read};
use crate::diagnostic::{Place, plain};
use crate::document::{Files, Problems, Source};

/// What all files have, and their texts.
///
/// # Errors
/// A file that cannot be read at all.
pub fn all(asked: &Asked, files: &dyn Files) -> Result<(Found, Vec<Source>), Problems> {
    csv::columns_are_there(asked)?;
    let Read { mut found, mut sources, format } = read(asked, files)?;
    // A cluster says what it takes at one moment beside what everything asks for: it is taken where it is asked for.
    if format == Format::Proxmox {
        found.measured.clear();
    }
    // Those that were named for it come first: of two hosts of one name the first is taken.
    let mut hosts = Vec::new();
    for given in &asked.hosts {
        let other = another(given, "", asked, files, &mut sources)?;
        nothing_of(&other.hosts, given, "hosts", &sources, &mut found);
        found.refused.extend(beside_containers(&other));
        hosts.extend(other.hosts);
    }
    found.hosts.splice(0..0, hosts);
    for given in &asked.measured {
        let other = another(given, "", asked, files, &mut sources)?;
        nothing_of(&other.measured, given, "measurements", &sources, &mut found);
        found.refused.extend(beside_containers(&other));
        found.notes.extend(other.notes);
        found.measured.extend(other.measured);
    }
    for content in &asked.contents {
        let other = another(&content.file, &content.name, asked, files, &mut sources)?;
        put_in(content, other, &mut found);
    }
    Ok((found, sources))
}

/// What another file has, in whatever format it is.
fn another(
    given: &Given,
    name: &str,
    asked: &Asked,
    files: &dyn Files,
    sources: &mut Vec<Source>,
) -> Result<Found, Problems> {
    let alone = Asked {
        files: vec![given.clone()],
        name: name.to_owned(),
        profiles: asked.profiles.clone(),
        metric: asked.metric.clone(),
        columns: asked.columns.clone(),
        mhz_per_core: asked.mhz_per_core,
        ..Asked::default()
    };
    let Read { mut found, sources: read, .. } = read(&alone, files)?;
    found.shift(u32::try_from(sources.len()).unwrap_or(u32::MAX));
    sources.extend(read);
    Ok(found)
}

/// Says that a file has none of what it was named for.
fn nothing_of<T>(there: &[T], given: &Given, what: &str, sources: &[Source], found: &mut Found) {
    if there.is_empty() {
        // The text of the file is the first that came with it.
        let file = sources.iter().rposition(|source| source.name == given.name).unwrap_or(0);
        let at = Place { file: u32::try_from(file).unwrap_or(0), line: 1, column: 1, length: 0 };
        found.refuse(plain(&given.name), format!("has no {what}"), at);
    }
}

/// What is refused of a file, except of its containers: these are not asked for.
fn beside_containers(other: &Found) -> Vec<Refused> {
    let projects = || other.projects.iter();
    let imported = projects().flat_map(|project| project.containers.iter().map(|one| one.name.as_str()));
    let off = projects().flat_map(|project| project.off.iter().map(String::as_str));
    let containers: std::collections::BTreeSet<&str> = imported.chain(off).collect();
    let is_of_one = |what: &str| {
        let mut heads = what.match_indices(": ").map(|(at, _)| &what[..at]);
        containers.contains(what) || heads.any(|head| containers.contains(head))
    };
    other.refused.iter().filter(|refused| !is_of_one(&refused.what)).cloned().collect()
}

/// What lies in a carrier: the containers of another file.
fn put_in(content: &Content, other: Found, found: &mut Found) {
    for project in &mut found.projects {
        let own = project.name.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
        for container in &mut project.containers {
            let is_meant = container.name == content.carrier
                || content.carrier.strip_suffix(&container.name).is_some_and(|rest| rest == format!("{own}/"));
            container.carries |= is_meant;
        }
    }
    let before = found.projects.len();
    for mut bond in other.bonds {
        bond.of.iter_mut().for_each(|member| member.project += before);
        found.bonds.push(bond);
    }
    for mut project in other.projects {
        project.is_content = true;
        if project.name.is_none() {
            project.name = Some((content.name.clone(), Place::default()));
        }
        for container in &mut project.containers {
            // What lies deeper lies there.
            if container.inside.is_none() {
                container.inside = Some((content.carrier.clone(), container.at));
            }
            // The hosts that the file speaks of are the carrier, or in it.
            container.runs_on.clear();
        }
        found.projects.push(project);
    }
    for pool in other.pools {
        found.refuse(pool.name, "lies in a carrier, and is no storage of hosts", pool.at);
    }
    for host in other.hosts {
        found.refuse(host.name, "lies in a carrier, and is no host by itself", host.at);
    }
    found.refused.extend(other.refused);
    found.notes.extend(other.notes);
    found.measured.extend(other.measured);
}
