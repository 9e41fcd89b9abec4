//! The document's own text with something added to its sections, every other byte left as it is.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::edits::{Edit, Style, below, edited, own_indentation, read_again, same};
use super::lines::{Addition, Line, Said, items, write};
use super::write::{document_end, extends_edits, extends_say, indentation, moved_extends, without};
use crate::document::resolve::demand::entries;
use crate::document::syntax::findings::Findings;
use crate::document::syntax::read::MARK;
use crate::document::syntax::tree::{Node, Outline, Pair, Value, What, outline, parse};
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
        let adder = Adder { text, outline: &outline, pairs: outline.pairs(0), style: Style::of(text) };
        edits.extend(adder.edits(&addition)?);
        let all = edited(text, edits).filter(|all| says(all, &before, &moved, &addition))?;
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
    style: Style,
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
                    braces.push_str(&format!(", {}: {{{}}}", self.style.text(section), self.in_braces(entries)));
                }
            }
        }
        if !addition.rules.is_empty() {
            match self.section("rules") {
                Some(there) => edits.push(self.to_list(there, &addition.rules)?),
                None => {
                    lines.push_str(&format!("rules:\n{}", items(&addition.rules, "  ")));
                    braces.push_str(&format!(
                        ", {}: [{}]",
                        self.style.text("rules"),
                        self.style.items(&addition.rules)
                    ));
                }
            }
        }
        if !lines.is_empty() {
            edits.push(self.at_end(&lines, &braces)?);
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
            return Some(Edit::insert(end, braces.to_owned()));
        }
        let indent = indentation(self.text, self.outline.parts.get(self.pairs.first()?.key)?.start);
        let at = document_end(self.text, end);
        let newline = if self.text.get(..at)?.ends_with('\n') { "" } else { "\n" };
        Some(Edit::insert(at, format!("{newline}{}", indented(lines, &indent))))
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
        // Behind further items at the same place: those belong to what is there.
        if !new.is_empty() {
            edits.push(self.new_entries(there, &pairs, &new)?);
        }
        Some(edits)
    }

    fn new_entries(&self, there: &Pair, pairs: &[Pair], entries: &[Line]) -> Option<Edit> {
        let value = self.outline.parts.get(there.value)?;
        let is_braced = self.text.get(value.start..)?.starts_with('{');
        match (&value.what, pairs.first(), pairs.last()) {
            (What::Map, Some(_), Some(last)) if is_braced => {
                let end = self.outline.end_of(last.key..last.behind);
                Some(Edit::insert(end, format!(", {}", self.in_braces(entries))))
            }
            (What::Map, ..) if is_braced => Some(Edit::insert(value.end, self.in_braces(entries))),
            (What::Map, Some(first), Some(last)) => {
                let mut lines = String::new();
                let first = self.outline.parts.get(first.key)?.start;
                write(entries, own_indentation(self.text, first)?, &mut lines);
                below(self.text, self.outline.end_of(last.key..last.behind), &lines)
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
            return Some(Edit::insert(end, format!("{comma}{}", self.style.items(rules))));
        }
        let first = self.outline.parts.get(there.value + 1)?.start;
        let line = self.text.get(..first)?.rsplit('\n').next()?;
        let dash = line.find('-')?;
        below(self.text, end, &items(rules, line.get(..dash).filter(|indent| indent.trim().is_empty())?))
    }

    fn in_braces(&self, entries: &[Line]) -> String {
        let said: Vec<(&str, Overlay)> = entries.iter().map(|line| (line.key.as_str(), line.overlay())).collect();
        self.style.pairs(said.iter().map(|(key, value)| (*key, value)))
    }
}

fn indented(lines: &str, indent: &str) -> String {
    lines.lines().map(|line| format!("{indent}{line}\n")).collect()
}

/// Whether the text says all that was said before, and the addition, and nothing else.
fn says(text: &str, before: &Node, extends: &[String], addition: &Addition) -> bool {
    let Some(after) = read_again(text) else { return false };
    // An addition of nothing is no document.
    let expected = match read_again(&addition.document()) {
        Some(added) => both(before, &added),
        None => before.clone(),
    };
    extends_say(&after, extends) && same(&without(&expected, &["extends"]), &without(&after, &["extends"]))
}

/// All of two maps or lists, the first of them first; what both have under a key is both of it.
fn both(first: &Node, then: &Node) -> Node {
    let value = match (&first.value, &then.value) {
        (Value::Map(entries), Value::Map(more)) => {
            let mut positions: HashMap<&str, usize> = HashMap::new();
            positions.extend(entries.iter().enumerate().map(|(position, entry)| (&*entry.key, position)));
            let mut all = entries.to_vec();
            for entry in more.iter() {
                match positions.get(&*entry.key).and_then(|&position| all.get_mut(position)) {
                    Some(known) => known.value = both(&known.value, &entry.value),
                    None => all.push(entry.clone()),
                }
            }
            Value::Map(Arc::new(all))
        }
        (Value::List(items), Value::List(more)) => {
            Value::List(Arc::new(items.iter().chain(&**more).cloned().collect()))
        }
        // Nothing takes the place of what is there.
        (_, more) => more.clone(),
    };
    Node { at: first.at, value }
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
