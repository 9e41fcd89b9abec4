//! The document's own text with something added to its sections, every other byte left as it is.

use std::collections::{BTreeSet, HashMap};

use super::lines::{Addition, Line, Said, items, write};
use super::scalar;
use super::write::{Edit, document_end, extends_edits, indentation, moved_extends, written_as};
use crate::document::resolve::demand::entries;
use crate::document::syntax::findings::Findings;
use crate::document::syntax::read::MARK;
use crate::document::syntax::tree::{Entry, Node, Outline, Pair, Value, What, outline, parse};
use crate::document::{Destination, Document};
use crate::model::Overlay;

impl Document {
    /// The names that a section has, those of extended files and of ranges included.
    pub fn names(&self, section: &str) -> BTreeSet<&str> {
        self.tree
            .get(section)
            .map_or_else(BTreeSet::new, |section| entries(&section.value).iter().map(|entry| &*entry.key).collect())
    }

    /// The text of the document itself with `addition` in it, to be saved as `target`: a relative `extends:` is rewritten
    /// to be found from there. Everything else stays, byte by byte. `None` where the text, read again, would not say what
    /// it said and this besides: a section that is written as an alias, say.
    pub fn text_with_added(&self, addition: &Addition, target: Destination) -> Option<String> {
        let source = self.sources.first()?;
        let text = &source.text;
        let before = parse(&source.name, text, 0, &mut Findings::default())?;
        let moved = moved_extends(&before, &source.name, target);
        let outline = outline(text);
        let mut addition = addition.clone();
        // A list replaces what is inherited, so it says that, too.
        if !addition.rules.is_empty() && before.get("rules").is_none() {
            let inherited = self.rules().into_iter().map(|(_, rule)| rule);
            addition.rules = inherited.chain(addition.rules).collect();
        }
        self.with_inherited_lists(&before, &mut addition);
        let mut edits = extends_edits(text, &outline, &before, &moved);
        let say = written_as(text);
        // In JSON an amount is a text, too.
        let value = if say("a") == "a" { scalar::value } else { say };
        let adder = Adder { text, outline: &outline, pairs: outline.pairs(0), say, value };
        edits.extend(adder.edits(&addition)?);
        let crlf = text.contains("\r\n");
        let mut all = text.clone();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.start));
        for Edit { start, end, new } in edits {
            all.replace_range(start..end, &if crlf { new.replace('\n', "\r\n") } else { new });
        }
        let all = says(&all, &before, &addition).then_some(all)?;
        Some(if self.has_mark { format!("{MARK}{all}") } else { all })
    }

    /// A list replaces what is inherited under its key: one that is longer than that says it, too.
    fn with_inherited_lists(&self, before: &Node, addition: &mut Addition) {
        for (section, lines) in &mut addition.sections {
            let own = before.get(section);
            for line in lines {
                let Said::Short(Overlay::List(items)) = &mut line.value else { continue };
                if own.is_some_and(|own| own.value.get(&line.key).is_some()) {
                    continue;
                }
                match self.said(&[section, &line.key]) {
                    Some(Overlay::List(inherited)) => drop(items.splice(0..0, inherited)),
                    Some(one @ Overlay::Text(_)) => items.insert(0, one),
                    _ => {}
                }
            }
        }
    }
}

struct Adder<'a> {
    text: &'a str,
    outline: &'a Outline,
    pairs: Vec<Pair>,
    /// How a text is written in braces, and a value.
    say: fn(&str) -> String,
    value: fn(&str) -> String,
}

impl Adder<'_> {
    fn edits(&self, addition: &Addition) -> Option<Vec<Edit>> {
        let mut edits = Vec::new();
        let (mut lines, mut braces) = (String::new(), String::new());
        for (section, entries) in addition.sections.iter().filter(|(_, entries)| !entries.is_empty()) {
            match self.section(section) {
                Some(there) => edits.extend(self.to_map(there, entries)?),
                None => {
                    lines.push_str(&format!("{section}:\n"));
                    write(entries, "  ", &mut lines);
                    braces.push_str(&format!(", {}: {{{}}}", (self.say)(section), self.in_braces(entries)));
                }
            }
        }
        if !addition.rules.is_empty() {
            match self.section("rules") {
                Some(there) => edits.push(self.to_list(there, &addition.rules)?),
                None => {
                    lines.push_str(&format!("rules:\n{}", items(&addition.rules, "  ")));
                    braces.push_str(&format!(", {}: [{}]", (self.say)("rules"), self.list(&addition.rules)));
                }
            }
        }
        if !lines.is_empty() {
            // Of two at one place, the later stands first: what is behind all others comes before them here.
            edits.insert(0, self.at_end(&lines, &braces)?);
        }
        Some(edits)
    }

    fn section(&self, name: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| self.outline.text(pair.key) == Some(name))
    }

    /// New sections, behind all others.
    fn at_end(&self, lines: &str, braces: &str) -> Option<Edit> {
        let root = self.outline.parts.first()?;
        let last = self.pairs.last()?;
        let end = self.outline.end_of(last.key..last.behind);
        if self.text.get(root.start..)?.starts_with('{') {
            return Some(Edit { start: end, end, new: braces.to_owned() });
        }
        let indent = indentation(self.text, self.outline.parts.get(self.pairs.first()?.key)?.start);
        let at = document_end(self.text, end);
        let newline = if self.text.get(..at)?.ends_with('\n') { "" } else { "\n" };
        Some(Edit { start: at, end: at, new: format!("{newline}{}", indented(lines, &indent)) })
    }

    /// Further entries of a map that is there, and further items of the lists that are in it.
    fn to_map(&self, there: &Pair, entries: &[Line]) -> Option<Vec<Edit>> {
        let pairs = self.outline.pairs(there.value);
        let by_key: HashMap<&str, &Pair> =
            pairs.iter().filter_map(|pair| Some((self.outline.text(pair.key)?, pair))).collect();
        let (mut new, mut edits) = (Vec::new(), Vec::new());
        for entry in entries {
            match (by_key.get(entry.key.as_str()), &entry.value) {
                (Some(pair), Said::Short(Overlay::List(items))) => edits.push(self.to_list(pair, items)?),
                _ => new.push(entry.clone()),
            }
        }
        // Of two at one place, the later stands first: the items belong to what is there.
        if !new.is_empty() {
            edits.insert(0, self.new_entries(there, &pairs, &new)?);
        }
        Some(edits)
    }

    fn new_entries(&self, there: &Pair, pairs: &[Pair], entries: &[Line]) -> Option<Edit> {
        let value = self.outline.parts.get(there.value)?;
        let is_braced = self.text.get(value.start..)?.starts_with('{');
        match (&value.what, pairs.first(), pairs.last()) {
            (What::Map, Some(_), Some(last)) if is_braced => {
                let end = self.outline.end_of(last.key..last.behind);
                Some(Edit { start: end, end, new: format!(", {}", self.in_braces(entries)) })
            }
            (What::Map, ..) if is_braced => {
                Some(Edit { start: value.end, end: value.end, new: self.in_braces(entries) })
            }
            (What::Map, Some(first), Some(last)) => {
                let mut lines = String::new();
                let first = self.outline.parts.get(first.key)?.start;
                write(entries, &self.own_indentation(first)?, &mut lines);
                self.below(self.outline.end_of(last.key..last.behind), &lines)
            }
            _ => None,
        }
    }

    /// Further items of a list that is there.
    fn to_list(&self, there: &Pair, rules: &[Overlay]) -> Option<Edit> {
        let value = self.outline.parts.get(there.value)?;
        if value.what != What::List {
            return None;
        }
        let behind = self.outline.behind(there.value);
        let end = self.outline.end_of(there.value..behind.saturating_sub(1));
        let is_empty = behind == there.value + 2;
        if self.text.get(value.start..)?.starts_with('[') {
            let comma = if is_empty { "" } else { ", " };
            return Some(Edit { start: end, end, new: format!("{comma}{}", self.list(rules)) });
        }
        let first = self.outline.parts.get(there.value + 1)?.start;
        let line = self.text.get(..first)?.rsplit('\n').next()?;
        let dash = line.find('-')?;
        self.below(end, &items(rules, line.get(..dash).filter(|indent| indent.trim().is_empty())?))
    }

    /// Lines below that on which something ends.
    fn below(&self, end: usize, lines: &str) -> Option<Edit> {
        let before = self.text.get(..end)?;
        if before.ends_with('\n') {
            return Some(Edit { start: end, end, new: lines.to_owned() });
        }
        let rest = self.text.get(end..)?;
        match rest.find('\n') {
            Some(length) => Some(Edit { start: end + length + 1, end: end + length + 1, new: lines.to_owned() }),
            None => {
                let at = self.text.len();
                Some(Edit { start: at, end: at, new: format!("\n{lines}") })
            }
        }
    }

    /// What stands before a key, where that is nothing but spaces on a line.
    fn own_indentation(&self, key: usize) -> Option<String> {
        let line = self.text.get(..key)?.rsplit('\n').next()?;
        let line = line.trim_end_matches(['"', '\'']);
        line.chars().all(|c| c == ' ').then(|| line.to_owned())
    }

    fn in_braces(&self, entries: &[Line]) -> String {
        let entries = entries.iter().map(|line| format!("{}: {}", (self.say)(&line.key), self.flow(&line.overlay())));
        entries.collect::<Vec<_>>().join(", ")
    }

    fn list(&self, rules: &[Overlay]) -> String {
        rules.iter().map(|rule| self.flow(rule)).collect::<Vec<_>>().join(", ")
    }

    fn flow(&self, value: &Overlay) -> String {
        match value {
            Overlay::Null => "null".to_owned(),
            Overlay::Text(text) => (self.value)(text),
            Overlay::List(items) => format!("[{}]", self.list(items)),
            Overlay::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| format!("{}: {}", (self.say)(key), self.flow(value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

fn indented(lines: &str, indent: &str) -> String {
    lines.lines().map(|line| format!("{indent}{line}\n")).collect()
}

/// Whether the text says all that was said before, and the addition, and nothing else. Of `extends` the paths are others.
fn says(text: &str, before: &Node, addition: &Addition) -> bool {
    let mut found = Findings::default();
    let Some(after) = parse("", text, 0, &mut found) else { return false };
    let added = addition.document();
    // An addition of nothing is no document.
    let added = parse("", &added, 0, &mut Findings::default());
    let (Value::Map(old), Value::Map(new)) = (&before.value, &after.value) else { return false };
    let known = |entry: &&Entry| before.get(&entry.key).is_some();
    let is_kept = |entry: &Entry| {
        let Some(now) = after.get(&entry.key) else { return false };
        let more = added.as_ref().and_then(|added| added.get(&entry.key));
        match more {
            _ if &*entry.key == "extends" => true,
            None => now.value.is_alike(&entry.value),
            Some(more) => is_both(&now.value, &entry.value, &more.value),
        }
    };
    let is_added = |entry: &Entry| {
        let said = added.as_ref().and_then(|added| added.get(&entry.key));
        said.is_some_and(|said| said.value.is_alike(&entry.value))
    };
    !found.has_errors()
        && old.iter().all(is_kept)
        && new.iter().filter(known).count() == old.len()
        && new.iter().filter(|entry| !known(entry)).all(is_added)
}

/// Whether a map or list has all of two others, the first of them first.
fn is_both(now: &Node, first: &Node, then: &Node) -> bool {
    match (&now.value, &first.value, &then.value) {
        (Value::Map(now), first, Value::Map(then)) => {
            let first = if let Value::Map(first) = first { first.as_slice() } else { &[] };
            // What is merged by `<<` is told behind what the map itself says.
            let all: HashMap<&str, &Node> = now.iter().map(|entry| (&*entry.key, &entry.value)).collect();
            let more: HashMap<&str, &Node> = then.iter().map(|entry| (&*entry.key, &entry.value)).collect();
            let both = first.iter().filter(|entry| more.contains_key(&*entry.key)).count();
            let find = |entry: &Entry| all.get(&*entry.key).is_some_and(|it| it.is_alike(&entry.value));
            let is_kept = |entry: &Entry| match (all.get(&*entry.key), more.get(&*entry.key)) {
                (Some(now), Some(more)) => is_both(now, &entry.value, more),
                _ => find(entry),
            };
            let is_there = |entry: &Entry| first.iter().any(|known| known.key == entry.key);
            now.len() + both == first.len() + then.len()
                && first.iter().all(is_kept)
                && then.iter().filter(|entry| both == 0 || !is_there(entry)).all(find)
        }
        (Value::List(now), Value::List(first), Value::List(then)) => {
            now.len() == first.len() + then.len()
                && now.iter().zip(first.iter().chain(then.iter())).all(|(a, b)| a.is_alike(b))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn added(text: &str) -> Option<String> {
        let document = Document::from_bytes("lab.yaml", text.as_bytes(), &BTreeMap::new()).expect("reads");
        let amounts = Overlay::EMPTY.with(&["memory"], Overlay::text("1GiB"));
        let container = Line { note: Some("so it is".to_owned()), ..Line::new("db", Said::Short(amounts)) };
        let startup = Said::Lines(vec![Line::new("containers", Said::Lines(vec![container]))]);
        let size = Line::new("tiny", Said::Short(Overlay::EMPTY.with(&["cpu"], Overlay::text("100m"))));
        let rule = Overlay::EMPTY.with(&["apart"], Overlay::List(vec![Overlay::text("new/*")]));
        let addition = Addition {
            head: Vec::new(),
            sections: vec![("sizes", vec![size]), ("startups", vec![Line::new("new", startup)])],
            rules: vec![rule],
        };
        document.text_with_added(&addition, Destination { path: "lab.yaml", working_directory: None })
    }

    const STARTUP: &str = "  new:\n    containers:\n      db: {memory: 1GiB}  # so it is\n";

    #[test]
    fn what_is_added_stands_at_the_end_of_its_section() {
        let text = "hosts: {nuc: {memory: 4GiB}} # mine\nstartups: # all\n  a: {containers: {x: {memory: 1GiB}}} # one\n  # two\n\
                    rules:\n- {apart: [a/*]}\n\n# the end\n";
        assert_eq!(
            added(text).expect("it is added"),
            format!(
                "hosts: {{nuc: {{memory: 4GiB}}}} # mine\nstartups: # all\n  a: {{containers: {{x: {{memory: 1GiB}}}}}} # one\n\
                 {STARTUP}  # two\nrules:\n- {{apart: [a/*]}}\n- {{apart: [new/*]}}\n\n# the end\nsizes:\n  tiny: {{cpu: 100m}}\n"
            )
        );
    }

    #[test]
    fn new_sections_stand_behind_what_the_last_one_gets() {
        let text = "hosts: {nuc: {memory: 4GiB}}\nstartups:\n  a: {containers: {x: {memory: 1GiB}}}\n";
        let more = format!("{text}{STARTUP}sizes:\n  tiny: {{cpu: 100m}}\nrules:\n  - {{apart: [new/*]}}\n");
        assert_eq!(added(text).expect("it is added"), more);
    }

    #[test]
    fn braces_and_json_stay_what_they_are() {
        let text =
            "hosts: {nuc: {memory: 4GiB}}\nsizes: {}\nstartups: {a: {containers: {x: {memory: 1GiB}}}}\nrules: [ ]";
        assert_eq!(
            added(text).expect("it is added"),
            "hosts: {nuc: {memory: 4GiB}}\nsizes: {tiny: {cpu: 100m}}\nstartups: {a: {containers: {x: {memory: 1GiB}}}, \
             new: {containers: {db: {memory: 1GiB}}}}\nrules: [{apart: [new/*]} ]"
        );
        let json = "{\"hosts\": {\"nuc\": {\"memory\": \"4GiB\"}}, \"startups\": {\"a\": {\"containers\": {\"x\": {\"memory\": \
                    \"1GiB\"}}}}}\n";
        let added = added(json).expect("it is added");
        assert!(serde_json::from_str::<serde_json::Value>(&added).is_ok(), "{added}");
    }

    #[test]
    fn lines_of_windows_and_missing_ends_are_kept() {
        let text = "hosts: {nuc: {memory: 4GiB}}\r\nstartups:\r\n    a: {containers: {x: {memory: 1GiB}}}\r\nname: x";
        let added = added(text).expect("it is added");
        assert!(added.starts_with(text.split_once("name").expect("a name").0), "{added:?}");
        assert!(added.contains("1GiB}}}\r\n    new:\r\n      containers:\r\n"), "{added:?}");
        assert!(added.contains("name: x\r\nsizes:\r\n  tiny"), "{added:?}");
        assert!(!added.replace("\r\n", "").contains('\n'), "{added:?}");
    }

    #[test]
    fn lists_that_are_there_get_longer() {
        let list = |ids: &[&str]| Said::Short(Overlay::List(ids.iter().map(|id| Overlay::text(*id)).collect()));
        let addition = Addition {
            sections: vec![("placement", vec![Line::new("nuc", list(&["b/y"])), Line::new("pi", list(&["b/z"]))])],
            ..Addition::default()
        };
        let head = "startups: {a: {containers: {x: {}}}, b: {containers: {y: {}, z: {}}}}\nhosts: {nuc: {}, pi: {}}\n";
        let target = Destination { path: "lab.yaml", working_directory: None };
        for (before, after) in [
            ("placement:\n  nuc: [a/x]\n", "placement:\n  nuc: [a/x, b/y]\n  pi: [b/z]\n"),
            ("placement: {nuc: [a/x]}\n", "placement: {nuc: [a/x, b/y], pi: [b/z]}\n"),
            ("placement:\n  nuc:\n  - a/x # one\n", "placement:\n  nuc:\n  - a/x # one\n  - b/y\n  pi: [b/z]\n"),
            ("placement:\n  pi:\n    - a/x\n", "placement:\n  pi:\n    - a/x\n    - b/z\n  nuc: [b/y]\n"),
            ("placement:\n  pi: []\n  nuc: [a/x]\n", "placement:\n  pi: [b/z]\n  nuc: [a/x, b/y]\n"),
            ("", "placement:\n  nuc: [b/y]\n  pi: [b/z]\n"),
        ] {
            let text = format!("{head}{before}");
            let document = Document::from_bytes("lab.yaml", text.as_bytes(), &BTreeMap::new()).expect("reads");
            assert_eq!(document.text_with_added(&addition, target), Some(format!("{head}{after}")), "{before}");
        }
        let base = BTreeMap::from([("base.yaml".to_owned(), format!("{head}placement: {{nuc: [a/x]}}\n"))]);
        let document = Document::from_bytes("lab.yaml", b"extends: base.yaml\n", &base).expect("reads");
        let after = document.text_with_added(&addition, target);
        let expected = "extends: base.yaml\nplacement:\n  nuc: [a/x, b/y]\n  pi: [b/z]\n";
        assert_eq!(after.as_deref(), Some(expected));
    }

    #[test]
    fn what_cannot_be_added_to_is_refused() {
        let text = "hosts: {nuc: {memory: 4GiB}}\nstacks: &s\n  a: {x: {memory: 1GiB}}\nsizes: *s\n";
        let document = Document::from_bytes("lab.yaml", text.as_bytes(), &BTreeMap::new()).expect("reads");
        let size = Line::new("tiny", Said::Short(Overlay::EMPTY));
        let addition = Addition { sections: vec![("sizes", vec![size])], ..Addition::default() };
        let target = Destination { path: "lab.yaml", working_directory: None };
        assert_eq!(document.text_with_added(&addition, target), None);
    }
}
