//! All that was asked for, from files of one format or several, as one find.

use super::found::{Found, Project, Refused};
use super::{Asked, Content, Format, Given, Read, alone, csv, read};
use crate::diagnostic::{Code, Diagnostic, Place, plain, quoted};
use crate::document::{Files, Problems, Source};
use crate::quantity::shorten;

/// What all files have, and their texts.
///
/// # Errors
/// A file that cannot be read at all.
pub fn all(asked: &Asked, files: &dyn Files) -> Result<(Found, Vec<Source>), Problems> {
    csv::columns_are_there(asked)?;
    let Read { mut found, mut sources, format } = read(asked, files)?;
    is_something(&found, &asked.files, &sources)?;
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
        is_something(&other, std::slice::from_ref(&content.file), &sources)?;
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

/// Whether files say anything at all, be it refused.
///
/// # Errors
/// Files in which nothing stands.
fn is_something(found: &Found, files: &[Given], sources: &[Source]) -> Result<(), Problems> {
    let Found { projects, hosts, pools, measured, bonds: _, refused, notes } = found;
    let is_one = |project: &Project| !(project.containers.is_empty() && project.off.is_empty());
    let is_said = !(refused.is_empty() && notes.is_empty());
    if is_said || projects.iter().any(is_one) || !(hosts.is_empty() && pools.is_empty() && measured.is_empty()) {
        return Ok(());
    }
    let name = files.first().map_or("", |given| given.name.as_str());
    let message = format!("there is nothing to import in {}", quoted(&shorten(name)));
    let diagnostic = Diagnostic::new(Code::EmptyDocument, top_of(name, sources), message);
    Err(alone(diagnostic.help("check what was to write it, and the format that is named before it"), sources))
}

/// The beginning of a file, which is the last one of its name.
fn top_of(name: &str, sources: &[Source]) -> Place {
    let file = sources.iter().rposition(|source| source.name == name).unwrap_or(0);
    Place { file: u32::try_from(file).unwrap_or(0), line: 1, column: 1, length: 0 }
}

/// Says that a file has none of what it was named for.
fn nothing_of<T>(there: &[T], given: &Given, what: &str, sources: &[Source], found: &mut Found) {
    if there.is_empty() {
        found.refuse(plain(&given.name), format!("has no {what}"), top_of(&given.name, sources));
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
    note_places(content, &other, found);
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

/// Says that where things run now by a file of what lies in a carrier is left out.
fn note_places(content: &Content, other: &Found, found: &mut Found) {
    let containers = || other.projects.iter().flat_map(|project| &project.containers);
    let mut places = containers().filter_map(|one| Some((one, one.runs_on.first()?)));
    if let Some((one, (host, at))) = places.next() {
        let others = match places.count() {
            0 => String::new(),
            more => format!(", and where {more} more do"),
        };
        let [one, host, carrier] = [&one.name, host, &content.carrier].map(|name| quoted(&shorten(name)));
        found.note(format!("where {one} runs now, {host}{others}, is left out: it lies in {carrier}"), *at);
    }
}
