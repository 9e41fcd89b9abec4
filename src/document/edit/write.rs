//! The document's own text with another placement in it, everything else left as it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::edits::{Edit, Style, edited, own_indentation, read_again, same};
use super::scalar;
use crate::document::resolve::demand::section;
use crate::document::syntax::findings::Findings;
use crate::document::syntax::names::successor;
use crate::document::syntax::read::{MARK, join, normal};
use crate::document::syntax::tree::{Comment, Node, Outline, Pair, Value, What, outline, parse};
use crate::document::{Destination, Document, resolve, syntax::read};
use crate::model::{ContainerIndex, Layout, Placement, StartupIndex};

/// Longer lines of a placement are broken.
const LINE: usize = 110;

/// See [`Document::text_with_placement`].
pub fn text_with_placement(
    document: &Document,
    layout: &Layout,
    placement: &Placement,
    target: Destination,
) -> Option<String> {
    let source = document.sources.first()?;
    let hosts = patterns_by_host(document, layout, placement);
    let before = parse(&source.name, &source.text, 0, &mut Findings::default())?;
    let moved = moved_extends(&before, &source.name, target);
    let outline = outline(&source.text);
    let written = |gap: &str| {
        let mut edits = extends_edits(&source.text, &outline, &before, &moved);
        edits.extend(placement_edits(&source.text, &outline, &hosts, gap));
        edited(&source.text, edits).filter(|text| says(text, &before, &moved, &hosts))
    };
    // An empty line before a new placement would belong to a text before it that keeps them (`|+`).
    let text = written("\n").or_else(|| written(""))?;
    Some(if document.has_mark { format!("{MARK}{text}") } else { text })
}

/// Whether the text, read again, says all that the tree says, but for these paths and this placement.
fn says(text: &str, before: &Node, extends: &[String], hosts: &[(String, Vec<String>)]) -> bool {
    let Some(after) = read_again(text) else { return false };
    let patterns = |node: &Node| match &node.value {
        Value::List(items) => items.iter().map(|item| resolve::lab::text(item).map(str::to_owned)).collect(),
        _ => None,
    };
    let placed: Option<Vec<(String, Vec<String>)>> =
        section(&after, "placement").iter().map(|host| Some((host.key.to_string(), patterns(&host.value)?))).collect();
    placed.as_deref() == Some(hosts)
        && extends_say(&after, extends)
        && same(&without(before, &["placement", "extends"]), &without(&after, &["placement", "extends"]))
}

/// Whether a document extends these files.
pub fn extends_say(tree: &Node, paths: &[String]) -> bool {
    read::extends(tree).iter().map(resolve::lab::text).eq(paths.iter().map(|path| Some(path.as_str())))
}

/// A document without some of its sections.
pub fn without(tree: &Node, sections: &[&str]) -> Node {
    let Value::Map(entries) = &tree.value else { return tree.clone() };
    let left = entries.iter().filter(|entry| !sections.contains(&&*entry.key)).cloned().collect();
    Node { at: tree.at, value: Value::Map(Arc::new(left)) }
}

/// Each host and carrier that is to be named, with its patterns: those that hold something, and those that the extended files name
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
    for (carrier, containers) in placement.by_carrier() {
        let patterns = patterns(document, layout, &containers);
        if !patterns.is_empty() {
            named.push((layout.container_id(carrier), patterns));
        }
    }
    // What the extended files have in a carrier that is empty now.
    for id in inherited.iter().filter(|id| id.contains('/')) {
        if named.iter().all(|(name, _)| name != id) {
            named.push(((*id).to_owned(), Vec::new()));
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

/// The new placement, behind `gap` where it is the first, and what the old one named for others.
fn placement_edits(text: &str, outline: &Outline, hosts: &[(String, Vec<String>)], gap: &str) -> Vec<Edit> {
    let keys = outline.pairs(0);
    let flow = outline.parts.first().is_some_and(|root| text.get(root.start..).is_some_and(|it| it.starts_with('{')));
    let style = Style::of(text);
    let own_line = |at: usize| text.get(..at).is_some_and(|before| before.trim_end_matches(' ').ends_with('\n'));
    let Some(there) = keys.iter().find(|pair| outline.text(pair.key) == Some("placement")) else {
        let end = keys.last().map(|last| outline.end_of(last.key..last.behind));
        return vec![match end {
            Some(end) if flow => {
                let key = keys.last().and_then(|pair| outline.parts.get(pair.key)).map_or(0, |key| key.start);
                let line = if own_line(key) { format!("\n{}", indentation(text, key)) } else { " ".to_owned() };
                Edit::insert(end, format!(",{line}{}", in_braces(hosts, &Notes::default(), style)))
            }
            last => {
                let end = document_end(text, last.unwrap_or(0));
                let before = text.get(..end).unwrap_or("");
                let newline = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
                let first = keys.first().and_then(|pair| outline.parts.get(pair.key));
                let indentation = first.map(|key| indentation(text, key.start)).unwrap_or_default();
                let lines = in_lines(hosts, &indentation, &Notes::default());
                Edit::insert(end, format!("{newline}{gap}{indentation}{lines}\n"))
            }
        }];
    };
    let Some(key) = outline.parts.get(there.key) else { return Vec::new() };
    let mut end = outline.end_of(there.key..there.behind).max(key.end);
    // Where there is no value, the text goes up to the colon.
    let behind = text.get(end..).unwrap_or("");
    if let Some(after) = behind.trim_start_matches([' ', '\'', '"']).strip_prefix(':') {
        end = text.len() - after.len();
    }
    // `? placement` says the same with more.
    let before = text.get(..key.start).unwrap_or("").trim_end_matches([' ', '\'', '"']);
    let start = if before.ends_with('?') { before.len() - 1 } else { key.start };
    let notes = notes(text, outline, there, end, flow);
    let end = notes.end.unwrap_or(end);
    let new = if flow { in_braces(hosts, &notes, style) } else { in_lines(hosts, &indentation(text, start), &notes) };
    let new = if text.get(..end).is_some_and(|before| before.ends_with('\n')) { format!("{new}\n") } else { new };
    let mut edits = named_again(text, outline, there);
    edits.push(Edit { start, end, new });
    edits
}

/// What the old placement names with an anchor and the text behind it uses: said there where it is used first.
fn named_again(text: &str, outline: &Outline, there: &Pair) -> Vec<Edit> {
    let mut edits = Vec::new();
    for first in there.value..there.behind {
        let Some(anchor) = outline.parts.get(first).map(|part| part.anchor).filter(|anchor| *anchor > 0) else {
            continue;
        };
        let used = outline.parts.iter().skip(there.behind).find(|part| part.what == What::Alias(anchor));
        if let Some(used) = used {
            let name = text.get(used.start..used.end).unwrap_or("").trim_start_matches('*');
            let new = format!("&{name} {}", in_one_line(text, outline, first, there));
            edits.push(Edit { start: used.start, end: used.end, new });
        }
    }
    edits
}

/// What begins at a part of the old placement, in braces and brackets.
fn in_one_line(text: &str, outline: &Outline, first: usize, there: &Pair) -> String {
    let Some(part) = outline.parts.get(first) else { return String::new() };
    match &part.what {
        What::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") => {
            "null".to_owned()
        }
        What::Scalar { text, plain: true } if text == "<<" => text.clone(),
        What::Scalar { text, .. } => scalar::text(text),
        What::Alias(anchor) => {
            let mut within = outline.parts.iter().enumerate().take(first).skip(there.value);
            match within.find(|(_, part)| part.anchor == *anchor) {
                Some((named, _)) => in_one_line(text, outline, named, there),
                None => text.get(part.start..part.end).unwrap_or("").to_owned(),
            }
        }
        What::Map => {
            let said = |at| in_one_line(text, outline, at, there);
            let pairs =
                outline.pairs(first).into_iter().map(|pair| format!("{}: {}", said(pair.key), said(pair.value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        What::List => {
            let mut items = Vec::new();
            let mut item = first + 1;
            while outline.parts.get(item).is_some_and(|part| part.what != What::End) {
                items.push(in_one_line(text, outline, item, there));
                item = outline.behind(item);
            }
            format!("[{}]", items.join(", "))
        }
        What::End => String::new(),
    }
}

/// The comments of the old placement, each with what stands before it on its line.
#[derive(Default)]
struct Notes {
    /// On the line of the key.
    key: Option<String>,
    /// Of each host those on lines of their own, and that beside it.
    hosts: Vec<(String, Vec<String>, Option<String>)>,
    /// Where the placement ends with its last comment.
    end: Option<usize>,
}

fn notes(text: &str, outline: &Outline, there: &Pair, end: usize, flow: bool) -> Notes {
    let line_end = |at: usize| text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length);
    let key_end = outline.parts.get(there.key).map_or(0, |key| key.end);
    let hosts = outline.pairs(there.value);
    let start_of = |pair: &Pair| outline.parts.get(pair.key).map_or(0, |key| key.start);
    let mut notes = Notes::default();
    let name = |pair: &Pair| outline.text(pair.key).unwrap_or("").to_owned();
    notes.hosts = hosts.iter().map(|pair| (name(pair), Vec::new(), None)).collect();
    let mut beside: Vec<Vec<String>> = vec![Vec::new(); hosts.len()];
    for &Comment { start, end: comment_end } in &outline.comments {
        let is_last = !flow && start >= end && start <= line_end(end);
        if start < key_end || start >= end && !is_last {
            continue;
        }
        if is_last {
            notes.end = Some(comment_end);
        }
        let Some(said) = text.get(start..comment_end) else { continue };
        let before = text.get(..start).unwrap_or("");
        let gap = before.len() - before.trim_end_matches([' ', '\t']).len();
        let own_line =
            before.get(..before.len() - gap).is_none_or(|before| before.is_empty() || before.ends_with('\n'));
        if start <= line_end(key_end) && notes.key.is_none() {
            notes.key = Some(format!("{}{said}", " ".repeat(gap.max(1))));
            continue;
        }
        let last_before = hosts.iter().rposition(|pair| start_of(pair) < start);
        let inside = last_before.filter(|&it| !own_line || outline.end_of(hosts[it].key..hosts[it].behind) > start);
        let next = last_before.map_or(0, |it| it + 1);
        match inside {
            Some(host) if !own_line => beside[host].push(format!("{}{said}", " ".repeat(gap.max(1)))),
            Some(host) => notes.hosts[host].1.push(said.to_owned()),
            None => match notes.hosts.get_mut(next) {
                Some(host) => host.1.push(said.to_owned()),
                None => notes.hosts.push((String::new(), vec![said.to_owned()], None)),
            },
        }
    }
    for (host, beside) in notes.hosts.iter_mut().zip(beside) {
        match <[String; 1]>::try_from(beside) {
            Ok([one]) => host.2 = Some(one),
            Err(many) => host.1.extend(many.into_iter().map(|one| one.trim_start().to_owned())),
        }
    }
    notes
}

/// Where the document ends behind its last value: before a line `...`, else with the file.
pub fn document_end(text: &str, last: usize) -> usize {
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
pub fn indentation(text: &str, key_start: usize) -> String {
    own_indentation(text, key_start).unwrap_or("").to_owned()
}

fn in_lines(hosts: &[(String, Vec<String>)], indentation: &str, notes: &Notes) -> String {
    let key = notes.key.as_deref().unwrap_or("");
    let mut text = if hosts.is_empty() { format!("placement: {{}}{key}") } else { format!("placement:{key}") };
    for (host, patterns) in hosts {
        let of_host = notes.hosts.iter().find(|(name, ..)| name == host);
        for note in of_host.iter().flat_map(|(_, own, _)| own) {
            text.push_str(&format!("\n{indentation}  {note}"));
        }
        let beside = of_host.and_then(|(.., beside)| beside.as_deref()).unwrap_or("");
        let line = format!("{indentation}  {}: [{}]", scalar::text(host), patterns.join(", "));
        text.push('\n');
        if line.chars().count() <= LINE {
            text.push_str(&format!("{line}{beside}"));
            continue;
        }
        text.push_str(&format!("{indentation}  {}:{beside}", scalar::text(host)));
        for pattern in patterns {
            text.push_str(&format!("\n{indentation}    - {pattern}"));
        }
    }
    // Of hosts that hold nothing any more.
    for (_, own, beside) in notes.hosts.iter().filter(|(name, ..)| hosts.iter().all(|(host, _)| host != name)) {
        for note in own.iter().chain(beside) {
            text.push_str(&format!("\n{indentation}  {}", note.trim_start()));
        }
    }
    text
}

fn in_braces(hosts: &[(String, Vec<String>)], notes: &Notes, style: Style) -> String {
    let all = |patterns: &[String]| patterns.iter().map(|it| style.text(it)).collect::<Vec<_>>().join(", ");
    let hosts = hosts.iter().map(|(host, patterns)| format!("{}: [{}]", style.text(host), all(patterns)));
    let hosts = hosts.collect::<Vec<_>>().join(", ");
    let key = style.text("placement");
    let of_hosts = notes.hosts.iter().flat_map(|(_, own, beside)| own.iter().chain(beside));
    let said: String = notes.key.iter().chain(of_hosts).map(|note| format!("\n  {}", note.trim_start())).collect();
    if said.is_empty() { format!("{key}: {{{hosts}}}") } else { format!("{key}: {{{said}\n  {hosts}}}") }
}

/// The paths of `extends:` as they must read from the folder of `target`.
pub fn moved_extends(tree: &Node, name: &str, target: Destination) -> Vec<String> {
    let paths = read::extends(tree).iter();
    let moved = |path: &Node| {
        let written = resolve::lab::text(path).unwrap_or("");
        seen_from(path, name, target).unwrap_or_else(|| written.to_owned())
    };
    paths.map(moved).collect()
}

/// Those of the paths that cannot stay.
pub fn extends_edits(text: &str, outline: &Outline, tree: &Node, moved: &[String]) -> Vec<Edit> {
    let Some(there) = outline.pairs(0).into_iter().find(|pair| outline.text(pair.key) == Some("extends")) else {
        return Vec::new();
    };
    let parts = outline.parts.get(there.value..there.behind).unwrap_or(&[]).iter();
    let scalars = parts.filter(|part| matches!(part.what, What::Scalar { .. } | What::Alias(_)));
    let mut edits = Vec::new();
    for ((part, path), moved) in scalars.zip(read::extends(tree)).zip(moved) {
        if resolve::lab::text(path) != Some(moved) {
            let written = text.get(part.start..part.end).unwrap_or("").trim_end();
            let mut new = Style::of(text).text(moved);
            // A text of several lines may have a comment on its first, behind the sign that says so.
            if let Some(line) = written.lines().next().filter(|_| written.starts_with(['|', '>']))
                && let Some(comment) = line.find('#')
            {
                new = format!("{new} {}", line.get(comment..).unwrap_or(""));
            }
            edits.push(Edit { start: part.start, end: part.start + written.len(), new });
        }
    }
    edits
}

/// A path that the file `name` extends, as the file `target` must say it.
fn seen_from(path: &Node, name: &str, target: Destination) -> Option<String> {
    let path = resolve::lab::text(path)?;
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
