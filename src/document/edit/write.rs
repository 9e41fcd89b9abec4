//! The document's own text with another placement in it, everything else left as it is.

use std::collections::BTreeSet;

use super::scalar;
use crate::diagnostic::Place;
use crate::document::syntax::names::successor;
use crate::document::syntax::read::{join, normal};
use crate::document::syntax::tree::{Node, Outline, outline, parse};
use crate::document::{Destination, Document};
use crate::model::{ContainerIndex, Layout, Placement, StartupIndex};

/// Longer lines of a placement are broken.
const LINE: usize = 110;

/// See [`Document::text_with_placement`].
pub fn text_with_placement(document: &Document, layout: &Layout, placement: &Placement, target: Destination) -> String {
    let Some(source) = document.sources.first() else { return String::new() };
    let mut text = source.text.clone();
    let hosts = patterns_by_host(document, layout, placement);
    let mut edits = extends_edits(&text, &source.name, target);
    edits.push(placement_edit(&text, &hosts));
    if text.contains("\r\n") {
        edits.iter_mut().for_each(|edit| edit.new = edit.new.replace('\n', "\r\n"));
    }
    // From the back, so that the places of the others stay true.
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.start));
    for Edit { start, end, new } in edits {
        text.replace_range(start..end, &new);
    }
    text
}

/// These bytes are to be replaced.
struct Edit {
    start: usize,
    end: usize,
    new: String,
}

/// Each host that is to be named, with its patterns: those that hold something, and those that the extended files name
/// and whose lists would be inherited otherwise.
pub fn patterns_by_host(document: &Document, layout: &Layout, placement: &Placement) -> Vec<(String, Vec<String>)> {
    let inherited: BTreeSet<&str> = document.inherited_placement.iter().map(String::as_str).collect();
    let content = placement.by_host(layout.lab.hosts.len());
    let mut named = Vec::new();
    for (host, containers) in layout.lab.hosts.iter().zip(content) {
        let patterns = patterns(document, layout, &containers);
        if !patterns.is_empty() || inherited.contains(host.name.as_str()) {
            named.push((host.name.clone(), patterns));
        }
    }
    named
}

/// The fewest lines that say which containers these are: `*` for whole startups, ranges for startups that count up.
fn patterns(document: &Document, layout: &Layout, containers: &[ContainerIndex]) -> Vec<String> {
    let demand = &layout.demand;
    let mut startups: Vec<(StartupIndex, Vec<String>)> = Vec::new();
    for here in containers.chunk_by(|a, b| demand.startup_of(*a) == demand.startup_of(*b)) {
        let Some(startup) = here.first().map(|first| demand.startup_of(*first)) else { continue };
        // The text does not have those that came later.
        if !document.newcomers.contains(&demand.startups[startup].name) {
            startups.push((startup, suffixes(layout, startup, here)));
        }
    }
    let name = |startup: StartupIndex| demand.startups[startup].name.as_str();
    let mut patterns = Vec::new();
    let mut rest = startups.as_slice();
    while let Some((first, suffixes)) = rest.first() {
        let mut length = 1;
        while let Some((next, others)) = rest.get(length)
            && others == suffixes
            && rest.get(length - 1).and_then(|(last, _)| successor(name(*first), name(*last))).as_deref()
                == Some(name(*next))
        {
            length += 1;
        }
        let last = rest.get(length - 1).map_or(*first, |(last, _)| *last);
        let both = if length > 1 { format!("{}..{}", name(*first), name(last)) } else { name(*first).to_owned() };
        patterns.extend(suffixes.iter().map(|suffix| format!("{both}/{suffix}")));
        rest = rest.get(length..).unwrap_or(&[]);
    }
    patterns
}

/// The second segments that say which containers of one startup these are.
fn suffixes(layout: &Layout, startup: StartupIndex, containers: &[ContainerIndex]) -> Vec<String> {
    let demand = &layout.demand;
    if demand.containers_of(startup).len() == containers.len() {
        return vec!["*".to_owned()];
    }
    let mut suffixes = Vec::new();
    for here in containers.chunk_by(|a, b| demand.containers[*a].service == demand.containers[*b].service) {
        let Some(first) = here.first() else { continue };
        let service = demand.service_of(*first);
        if service.containers.len() == here.len() {
            suffixes.push(service.name.clone());
        } else {
            let numbers = here.iter().filter_map(|container| demand.containers[*container].replica);
            suffixes.extend(numbers.map(|number| format!("{}.{number}", service.name)));
        }
    }
    suffixes
}

fn placement_edit(text: &str, hosts: &[(String, Vec<String>)]) -> Edit {
    let keys = outline(text);
    let flow = keys.first().is_some_and(|key| key.flow);
    match (keys.iter().find(|key| key.key == "placement"), keys.iter().map(|key| key.end).max()) {
        (Some(there), _) => {
            // Where there is no value, the text of the key goes up to its colon.
            let colon =
                text.get(there.key_end..).and_then(|rest| rest.find(':')).map_or(0, |at| there.key_end + at + 1);
            let end = there.end.max(colon);
            let new = if flow { in_braces(hosts) } else { in_lines(hosts, &indentation(text, there)) };
            let new =
                if text.get(..end).is_some_and(|before| before.ends_with('\n')) { format!("{new}\n") } else { new };
            Edit { start: there.key_start, end, new }
        }
        (None, Some(end)) if flow => Edit { start: end, end, new: format!(", {}", in_braces(hosts)) },
        (None, last) => {
            let end = document_end(text, last.unwrap_or(0));
            let before = text.get(..end).unwrap_or("");
            let newline = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
            let indentation = keys.first().map(|key| indentation(text, key)).unwrap_or_default();
            let new = format!("{newline}\n{indentation}{}\n", in_lines(hosts, &indentation));
            Edit { start: end, end, new }
        }
    }
}

/// Where the document ends behind its last value: before a line `...`, else with the file.
fn document_end(text: &str, last: usize) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at >= last && line.starts_with("...") {
            return at;
        }
        at += line.len();
    }
    text.len()
}

/// What stands before a key on its line, where that is only spaces.
fn indentation(text: &str, key: &Outline) -> String {
    let before = text.get(..key.key_start).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    if line.chars().all(|c| c == ' ') { line.to_owned() } else { String::new() }
}

fn in_lines(hosts: &[(String, Vec<String>)], indentation: &str) -> String {
    if hosts.is_empty() {
        return "placement: {}".to_owned();
    }
    let mut text = "placement:".to_owned();
    for (host, patterns) in hosts {
        let line = format!("{indentation}  {}: [{}]", scalar::text(host), patterns.join(", "));
        text.push('\n');
        if line.chars().count() <= LINE {
            text.push_str(&line);
            continue;
        }
        text.push_str(&format!("{indentation}  {}:", scalar::text(host)));
        for pattern in patterns {
            text.push_str(&format!("\n{indentation}    - {pattern}"));
        }
    }
    text
}

fn in_braces(hosts: &[(String, Vec<String>)]) -> String {
    let hosts = hosts.iter().map(|(host, patterns)| format!("{}: [{}]", scalar::text(host), patterns.join(", ")));
    format!("placement: {{{}}}", hosts.collect::<Vec<_>>().join(", "))
}

/// The paths of `extends:` as they must read from the folder of `target`, where they cannot stay.
fn extends_edits(text: &str, name: &str, target: Destination) -> Vec<Edit> {
    let Some(tree) = parse(text, 0, &mut crate::document::syntax::findings::Findings::default()) else {
        return Vec::new();
    };
    let edit = |path: &Node| {
        let moved =
            seen_from(path, name, target).filter(|moved| crate::document::resolve::lab::text(path) != Some(moved))?;
        let (start, end) = span(text, path.at)?;
        Some(Edit { start, end, new: scalar::text(&moved) })
    };
    crate::document::syntax::read::extends(&tree).iter().filter_map(edit).collect()
}

/// The bytes at a place of one line.
fn span(text: &str, at: Place) -> Option<(usize, usize)> {
    let line_start = match at.line {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line as usize - 2)?.0 + 1,
    };
    let line = text.get(line_start..)?;
    let byte = |column: usize| line.char_indices().map(|(byte, _)| byte).chain([line.len()]).nth(column);
    let first = (at.column as usize).checked_sub(1)?;
    Some((line_start + byte(first)?, line_start + byte(first + at.length as usize)?))
}

/// A path that the file `name` extends, as the file `target` must say it.
fn seen_from(path: &Node, name: &str, target: Destination) -> Option<String> {
    let path = crate::document::resolve::lab::text(path)?;
    let folder = |file: &str| normal(&join(file, "."));
    if std::path::Path::new(path.trim()).is_absolute() || folder(name) == folder(target.path) {
        return Some(path.to_owned());
    }
    way(&join(name, path.trim()), target)
}

/// The way to `file` from the folder of `target`.
pub fn way(file: &str, target: Destination) -> Option<String> {
    let folder = normal(&join(target.path, "."));
    relative(&folder, &normal(file)).or_else(|| {
        // One of them is absolute, or goes above the working directory: only its name tells the way.
        let working = target.working_directory?;
        let absolute = |path: &str| normal(&join(&format!("{working}/"), path));
        relative(&absolute(&folder), &absolute(file))
    })
}

/// The way from a folder to a file, both normal; `None` where the names do not say it.
fn relative(folder: &str, file: &str) -> Option<String> {
    if folder.starts_with('/') != file.starts_with('/') {
        return None;
    }
    let split = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (from, to) = (split(folder), split(file));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let (up, down) = (from.get(shared..)?, to.get(shared..)?);
    if up.iter().any(|part| part == "..") {
        return None;
    }
    let parts = up.iter().map(|_| "..").chain(down.iter().map(String::as_str));
    Some(parts.collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_file_is_said_from_another_folder() {
        for (folder, file, way) in [
            ("", "lab.yaml", Some("lab.yaml")),
            ("out", "lab.yaml", Some("../lab.yaml")),
            ("out", "out/lab.yaml", Some("lab.yaml")),
            ("a/b", "a/c/lab.yaml", Some("../c/lab.yaml")),
            ("/srv/a", "/srv/lab.yaml", Some("../lab.yaml")),
            ("", "../lab.yaml", Some("../lab.yaml")),
            ("..", "lab.yaml", None),
            ("/srv", "lab.yaml", None),
        ] {
            assert_eq!(relative(folder, file).as_deref(), way, "{folder} {file}");
        }
    }
}
