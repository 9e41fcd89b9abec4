//! The document's own text with something set where its containers are written, every other byte left as it is.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::scalar;
use super::write::{Edit, extends_edits, moved_extends, written_as};
use crate::diagnostic::Place;
use crate::document::syntax::findings::Findings;
use crate::document::syntax::read::MARK;
use crate::document::syntax::tree::{Entry, Node, Outline, Pair, Value, What, outline, parse};
use crate::document::{Destination, Document};
use crate::model::Overlay;

/// Where not all of it can be said together, each is tried alone: so many at the most.
const TRIED_ALONE: usize = 200;

/// What containers are to say besides, by the place of their key.
pub type Settings = BTreeMap<Place, Overlay>;

/// A document's text with settings in it.
#[derive(Clone, Debug)]
pub struct Set {
    /// The text.
    pub text: String,
    /// Where nothing was set: what stands there is in another file, or written in a way that does not take it.
    pub left: Vec<Place>,
}

impl Document {
    /// The text of the document itself where each container of `settings` says that, too, or instead: maps are merged, all
    /// else replaced. To be saved as `target`: a relative `extends:` is rewritten to be found from there. Everything else
    /// stays, byte by byte, and the text, read again, says nothing else besides.
    pub fn text_with_set(&self, settings: &Settings, target: Destination) -> Option<Set> {
        let source = self.sources.first()?;
        let setter = Setter::new(&source.name, &source.text, target)?;
        let mut left: Vec<Place> = Vec::new();
        let mut own: Settings =
            settings.iter().filter(|(at, _)| at.file == 0).map(|(at, it)| (*at, it.clone())).collect();
        left.extend(settings.keys().filter(|at| at.file != 0));
        let text = match setter.with(&own) {
            Some(text) => text,
            None => {
                let alone = |(at, it): (&Place, &Overlay)| setter.with(&Settings::from([(*at, it.clone())])).is_some();
                let mut tried = 0;
                own.retain(|at, it| {
                    tried += 1;
                    let can = tried <= TRIED_ALONE && alone((at, &*it));
                    if !can {
                        left.push(*at);
                    }
                    can
                });
                setter.with(&own)?
            }
        };
        left.sort_unstable();
        Some(Set { text: if self.has_mark { format!("{MARK}{text}") } else { text }, left })
    }
}

struct Setter<'a> {
    text: &'a str,
    before: Node,
    outline: Outline,
    moved: Vec<String>,
    /// The parts that begin at a byte.
    parts: HashMap<usize, usize>,
    /// Where each line begins.
    lines: Vec<usize>,
    say: fn(&str) -> String,
    value: fn(&str) -> String,
}

impl<'a> Setter<'a> {
    fn new(name: &str, text: &'a str, target: Destination) -> Option<Setter<'a>> {
        let before = parse(name, text, 0, &mut Findings::default())?;
        let moved = moved_extends(&before, name, target);
        let outline = outline(text);
        let scalars = outline.parts.iter().enumerate().filter(|(_, part)| matches!(part.what, What::Scalar { .. }));
        let parts = scalars.map(|(index, part)| (part.start, index)).collect();
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        let say = written_as(text);
        // In JSON an amount is a text, too.
        let value = if say("a") == "a" { scalar::value } else { say };
        Some(Setter { text, before, outline, moved, parts, lines, say, value })
    }

    /// The text with these settings, where it then says them and nothing else.
    fn with(&self, settings: &Settings) -> Option<String> {
        let mut edits = extends_edits(self.text, &self.outline, &self.before, &self.moved);
        for (at, said) in settings {
            let key = *self.parts.get(&self.byte(*at)?)?;
            let Overlay::Map(entries) = said else { return None };
            self.merge(key + 1, entries, &mut edits)?;
        }
        let crlf = self.text.contains("\r\n");
        // Of what is inserted at one place the deepest, which was found first, comes first.
        edits.reverse();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.start));
        // Two containers that are one in the text would be changed twice.
        if edits.windows(2).any(|pair| matches!(pair, [later, earlier] if earlier.end > later.start)) {
            return None;
        }
        let mut all = self.text.to_owned();
        for Edit { start, end, new } in edits {
            all.replace_range(start..end, &if crlf { new.replace('\n', "\r\n") } else { new });
        }
        self.says(&all, settings).then_some(all)
    }

    /// The byte of a place.
    fn byte(&self, at: Place) -> Option<usize> {
        let start = *self.lines.get((at.line as usize).checked_sub(1)?)?;
        let line = self.text.get(start..)?;
        let (offset, _) = line.char_indices().nth((at.column as usize).checked_sub(1)?)?;
        Some(start + offset)
    }

    /// What is to be set in the map that begins at a part.
    fn merge(&self, map: usize, entries: &[(String, Overlay)], edits: &mut Vec<Edit>) -> Option<()> {
        let part = self.outline.parts.get(map)?;
        if part.what != What::Map {
            return None;
        }
        let pairs = self.outline.pairs(map);
        let mut new: Vec<(&String, &Overlay)> = Vec::new();
        for (key, said) in entries {
            let Some(pair) = pairs.iter().find(|pair| self.outline.text(pair.key) == Some(key)) else {
                new.push((key, said));
                continue;
            };
            let value = self.outline.parts.get(pair.value)?;
            match (&value.what, said) {
                (What::Map, Overlay::Map(below)) => self.merge(pair.value, below, edits)?,
                (What::Scalar { .. }, Overlay::Text(text)) if value.start < value.end => {
                    let written = self.text.get(value.start..value.end)?;
                    let end = value.start + written.trim_end().len();
                    edits.push(Edit { start: value.start, end, new: (self.value)(text) });
                }
                _ => return None,
            }
        }
        if !new.is_empty() {
            edits.push(self.insertion(map, &pairs, &new)?);
        }
        Some(())
    }

    /// Further entries behind the last of a map.
    fn insertion(&self, map: usize, pairs: &[Pair], new: &[(&String, &Overlay)]) -> Option<Edit> {
        let part = self.outline.parts.get(map)?;
        let said: Vec<String> =
            new.iter().map(|(key, said)| format!("{}: {}", (self.say)(key), self.flow(said))).collect();
        let is_braced = self.text.get(part.start..)?.starts_with('{');
        let (Some(first), Some(last)) = (pairs.first(), pairs.last()) else {
            return is_braced.then(|| Edit { start: part.end, end: part.end, new: said.join(", ") });
        };
        let end = self.outline.end_of(last.key..last.behind);
        if is_braced {
            return Some(Edit { start: end, end, new: format!(", {}", said.join(", ")) });
        }
        let first = self.outline.parts.get(first.key)?.start;
        let indent = self.text.get(..first)?.rsplit('\n').next()?;
        let indent = indent.trim_end_matches(['"', '\'']);
        if !indent.chars().all(|c| c == ' ') {
            return None;
        }
        let lines: String = said.iter().map(|one| format!("{indent}{one}\n")).collect();
        if self.text.get(..end)?.ends_with('\n') {
            return Some(Edit { start: end, end, new: lines });
        }
        match self.text.get(end..)?.find('\n') {
            Some(length) => Some(Edit { start: end + length + 1, end: end + length + 1, new: lines }),
            None => {
                let at = self.text.len();
                Some(Edit { start: at, end: at, new: format!("\n{}", lines.trim_end_matches('\n')) })
            }
        }
    }

    fn flow(&self, value: &Overlay) -> String {
        match value {
            Overlay::Null => "null".to_owned(),
            Overlay::Text(text) => (self.value)(text),
            Overlay::List(items) => {
                format!("[{}]", items.iter().map(|it| self.flow(it)).collect::<Vec<_>>().join(", "))
            }
            Overlay::Map(entries) => {
                let entries = entries.iter().map(|(key, it)| format!("{}: {}", (self.say)(key), self.flow(it)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// Whether the text says all that was said before, with the settings, and nothing else. Of `extends` the paths are others.
    fn says(&self, text: &str, settings: &Settings) -> bool {
        let mut found = Findings::default();
        let Some(after) = parse("", text, 0, &mut found) else { return false };
        let without_extends = |node: &Node| match &node.value {
            Value::Map(entries) => {
                let entries = entries.iter().filter(|entry| &*entry.key != "extends").cloned().collect();
                Node { at: node.at, value: Value::Map(Arc::new(entries)) }
            }
            _ => node.clone(),
        };
        let extends = |node: &Node| node.get("extends").is_some();
        !found.has_errors()
            && extends(&self.before) == extends(&after)
            && same(&without_extends(&set(&self.before, settings)), &without_extends(&after))
    }
}

/// The tree with the settings in it.
fn set(node: &Node, settings: &Settings) -> Node {
    let value = match &node.value {
        Value::Map(entries) => {
            let with = |entry: &Entry| match settings.get(&entry.at) {
                Some(said) => Entry { value: over(&entry.value, said), ..entry.clone() },
                None => Entry { value: set(&entry.value, settings), ..entry.clone() },
            };
            Value::Map(Arc::new(entries.iter().map(with).collect()))
        }
        other => other.clone(),
    };
    Node { at: node.at, value }
}

/// What is said, over what was said.
fn over(node: &Node, said: &Overlay) -> Node {
    let value = match said {
        Overlay::Null => Value::Null,
        Overlay::Text(text) => Value::Text(Arc::from(text.as_str())),
        Overlay::List(items) => {
            let nothing = Node { at: node.at, value: Value::Null };
            Value::List(Arc::new(items.iter().map(|it| over(&nothing, it)).collect()))
        }
        Overlay::Map(new) => {
            let mut entries: Vec<Entry> = match &node.value {
                Value::Map(entries) => entries.to_vec(),
                _ => Vec::new(),
            };
            for (key, said) in new {
                match entries.iter_mut().find(|entry| *entry.key == **key) {
                    Some(entry) => entry.value = over(&entry.value, said),
                    None => {
                        let nothing = Node { at: node.at, value: Value::Null };
                        entries.push(Entry { key: Arc::from(key.as_str()), at: node.at, value: over(&nothing, said) });
                    }
                }
            }
            Value::Map(Arc::new(entries))
        }
    };
    Node { at: node.at, value }
}

/// Whether both say the same, in whatever order: what is merged by `<<` is told behind what a map says itself.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Map(a), Value::Map(b)) => {
            let other: HashMap<&str, &Node> = b.iter().map(|entry| (&*entry.key, &entry.value)).collect();
            let is = |entry: &Entry| other.get(&*entry.key).is_some_and(|it| same(&entry.value, it));
            a.len() == b.len() && a.iter().all(is)
        }
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(&**b).all(|(a, b)| same(a, b)),
        _ => a.is_alike(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document with so much memory, and something observed, at each container of these names.
    fn with(text: &str, names: &[&str]) -> (String, Vec<u32>) {
        let document = Document::from_bytes("lab.yaml", text.as_bytes(), &BTreeMap::new()).expect("reads");
        let layout = document.resolve().expect("resolves").layout;
        let places = layout.demand.services.iter().filter(|service| names.contains(&service.name.as_str()));
        let said = Overlay::EMPTY
            .with(&["memory"], Overlay::text("300MiB"))
            .with(&["observed", "memory"], Overlay::text("256MiB"))
            .with(&["observed", "source"], Overlay::text("docker stats, a snapshot"))
            .with(&["observed", "date"], Overlay::text("2026-11-30"));
        let settings: Settings = places.map(|service| (service.at, said.clone())).collect();
        let target = Destination { path: "lab.yaml", working_directory: None };
        let set = document.text_with_set(&settings, target).expect("a text");
        (set.text, set.left.iter().map(|at| at.line).collect())
    }

    const OBSERVED: &str = "observed: {memory: 256MiB, source: \"docker stats, a snapshot\", date: \"2026-11-30\"}";

    #[test]
    fn braces_lines_stacks_and_ranges_are_set_where_they_are_written() {
        let text = "# mine\nhosts: {nuc: {memory: 64GiB}}\nstacks:\n  web: # all of them\n    app: {memory: 1GiB, cpu: 1} # why\n\
                    startups:\n  s1..s3: web\n  x:\n    containers:\n      db:\n        memory: 2GiB   # much\n        \
                    observed:\n          memory: 1GiB # then\n          date: 2025-01-01\n      # the end\n      one: {size: x}\n\
                    sizes: {x: {memory: 1GiB}}\n";
        let (set, left) = with(text, &["app", "db", "one"]);
        assert_eq!(
            set,
            format!(
                "# mine\nhosts: {{nuc: {{memory: 64GiB}}}}\nstacks:\n  web: # all of them\n    app: {{memory: 300MiB, cpu: 1, \
                 {OBSERVED}}} # why\nstartups:\n  s1..s3: web\n  x:\n    containers:\n      db:\n        memory: 300MiB   # \
                 much\n        observed:\n          memory: 256MiB # then\n          date: \"2026-11-30\"\n          source: \
                 \"docker stats, a snapshot\"\n      # the end\n      one: {{size: x, memory: 300MiB, {OBSERVED}}}\n\
                 sizes: {{x: {{memory: 1GiB}}}}\n"
            )
        );
        assert!(left.is_empty());
    }

    #[test]
    fn what_another_container_would_follow_is_left() {
        let text = "hosts: {nuc: {memory: 64GiB}}\nstartups:\n  a:\n    containers:\n      x: &x {memory: 1GiB}\n      y: *x\n      \
                    z: {memory: 1GiB}\n";
        let (set, left) = with(text, &["x", "y", "z"]);
        assert_eq!(left, [5, 6]);
        assert_eq!(set, text.replace("z: {memory: 1GiB}", &format!("z: {{memory: 300MiB, {OBSERVED}}}")));
    }

    #[test]
    fn json_and_lines_of_windows_stay_what_they_are() {
        let text = "{\"hosts\": {\"nuc\": {\"memory\": \"4GiB\"}}, \"startups\": {\"a\": {\"containers\": {\"x\": {\"memory\": \
                    \"1GiB\"}}}}}\n";
        let (set, _) = with(text, &["x"]);
        let read: serde_json::Value = serde_json::from_str(&set).expect("JSON");
        assert_eq!(read["startups"]["a"]["containers"]["x"]["observed"]["memory"], "256MiB", "{set}");
        let text =
            "hosts: {nuc: {memory: 4GiB}}\r\nstartups:\r\n  a:\r\n    containers:\r\n      x:\r\n        memory: 1GiB";
        let (set, _) = with(text, &["x"]);
        let (before, last) = text.rsplit_once(' ').expect("an amount");
        assert_eq!(last, "1GiB");
        assert_eq!(set, format!("{before} 300MiB\r\n        {OBSERVED}"));
    }
}
