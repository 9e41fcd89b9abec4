//! The document's own text with something set where its containers are written, every other byte left as it is.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::edits::{Edit, Style, below, edited, own_indentation, read_again, same};
use super::write::{extends_edits, extends_say, moved_extends, without};
use crate::diagnostic::Place;
use crate::document::syntax::findings::Findings;
use crate::document::syntax::read::MARK;
use crate::document::syntax::tree::{Entry, Node, Outline, Pair, Value, What, outline, parse};
use crate::document::{Destination, Document};
use crate::model::Overlay;

/// Where not all of it can be said together, halves are tried until what cannot be said is found: so often at the most.
const MOST_TRIES: usize = 200;

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
                let all: Vec<(Place, Overlay)> = std::mem::take(&mut own).into_iter().collect();
                let mut tries = MOST_TRIES;
                setter.settable(&all, &mut tries, &mut own, &mut left);
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
    style: Style,
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
        Some(Setter { text, before, outline, moved, parts, lines, style: Style::of(text) })
    }

    /// The text with these settings, where it then says them and nothing else.
    fn with(&self, settings: &Settings) -> Option<String> {
        let mut edits = extends_edits(self.text, &self.outline, &self.before, &self.moved);
        for (at, said) in settings {
            let key = *self.parts.get(&self.byte(*at)?)?;
            let Overlay::Map(entries) = said else { return None };
            self.merge(key + 1, entries, &mut edits)?;
        }
        // Of what is inserted at one place the deepest, which was found first, comes first. Two containers that are one
        // in the text would be changed twice.
        edited(self.text, edits).filter(|all| self.says(all, settings))
    }

    /// Those of `some` that can be said alone, or together with those beside them; the others are `left`.
    fn settable(&self, some: &[(Place, Overlay)], tries: &mut usize, own: &mut Settings, left: &mut Vec<Place>) {
        let all: Settings = some.iter().cloned().collect();
        let is_over = *tries == 0;
        *tries = tries.saturating_sub(1);
        if !is_over && self.with(&all).is_some() {
            own.extend(all);
        } else if is_over || some.len() < 2 {
            left.extend(all.into_keys());
        } else {
            let (first, then) = some.split_at(some.len() / 2);
            self.settable(first, tries, own, left);
            self.settable(then, tries, own, left);
        }
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
                (What::Scalar { .. }, Overlay::Text(_)) if value.start < value.end => {
                    let written = self.text.get(value.start..value.end)?;
                    let end = value.start + written.trim_end().len();
                    edits.push(Edit { start: value.start, end, new: self.style.flow(said) });
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
        let in_braces = || self.style.pairs(new.iter().map(|(key, said)| (key.as_str(), *said)));
        let is_braced = self.text.get(part.start..)?.starts_with('{');
        let (Some(first), Some(last)) = (pairs.first(), pairs.last()) else {
            return is_braced.then(|| Edit::insert(part.end, in_braces()));
        };
        let end = self.outline.end_of(last.key..last.behind);
        if is_braced {
            return Some(Edit::insert(end, format!(", {}", in_braces())));
        }
        let indent = own_indentation(self.text, self.outline.parts.get(first.key)?.start)?;
        let lines: String = new.iter().map(|(key, said)| format!("{indent}{}\n", self.style.pair(key, said))).collect();
        below(self.text, end, &lines)
    }

    /// Whether the text says all that was said before, with the settings, and nothing else.
    fn says(&self, text: &str, settings: &Settings) -> bool {
        let Some(after) = read_again(text) else { return false };
        extends_say(&after, &self.moved)
            && same(&without(&set(&self.before, settings), &["extends"]), &without(&after, &["extends"]))
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
