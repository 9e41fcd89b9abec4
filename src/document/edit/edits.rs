//! Edits of a document's own text: what stands where is replaced, everything else stays byte by byte, and what the text
//! then says is read again and compared.

use std::collections::HashMap;

use super::scalar;
use crate::document::syntax::findings::Findings;
use crate::document::syntax::tree::{Entry, Node, Value, parse};
use crate::model::Overlay;

/// These bytes are to be replaced.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The first.
    pub start: usize,
    /// Behind the last.
    pub end: usize,
    /// What stands there instead.
    pub new: String,
}

impl Edit {
    /// Something between what stands before and behind a byte.
    pub fn insert(at: usize, new: impl Into<String>) -> Edit {
        Edit { start: at, end: at, new: new.into() }
    }
}

/// The text after these edits, its line ends as they are; `None` where two of them replace the same bytes. Of what is
/// inserted at one place the earlier of the edits stands first.
pub fn edited(text: &str, mut edits: Vec<Edit>) -> Option<String> {
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let crlf = text.contains("\r\n");
    let mut all = String::with_capacity(text.len());
    let mut at = 0;
    for Edit { start, end, new } in edits {
        all.push_str(text.get(at..start)?);
        all.push_str(&if crlf { new.replace('\n', "\r\n") } else { new });
        at = end;
    }
    all.push_str(text.get(at..)?);
    Some(all)
}

/// Lines below that on which something ends; a text that does not end with a line still does not.
pub fn below(text: &str, end: usize, lines: &str) -> Option<Edit> {
    Some(match next_line(text, end)? {
        Some(next) => Edit::insert(next, lines),
        None => Edit::insert(text.len(), format!("\n{}", lines.trim_end_matches('\n'))),
    })
}

/// Where the line begins behind that on which something ends: at once, where its last line end is its own.
pub fn next_line(text: &str, end: usize) -> Option<Option<usize>> {
    if text.get(..end)?.ends_with('\n') {
        return Some(Some(end));
    }
    Some(text.get(end..)?.find('\n').map(|length| end + length + 1))
}

/// What stands before a key on its line, where that is nothing but spaces.
pub fn own_indentation(text: &str, key: usize) -> Option<&str> {
    let line = text.get(..key)?.rsplit('\n').next()?.trim_end_matches(['"', '\'']);
    line.chars().all(|c| c == ' ').then_some(line)
}

/// How a text is written in a document: as in YAML, or as in JSON.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    is_json: bool,
}

impl Style {
    /// That of YAML.
    pub const YAML: Style = Style { is_json: false };

    /// That of a document.
    pub fn of(document: &str) -> Style {
        Style { is_json: serde_json::from_str::<serde::de::IgnoredAny>(document).is_ok() }
    }

    /// A name, a path or a key: in JSON always in quotes.
    pub fn text(self, text: &str) -> String {
        if self.is_json { serde_json::Value::from(text).to_string() } else { scalar::text(text) }
    }

    /// A value; in JSON an amount is a text, too.
    fn value(self, text: &str) -> String {
        if self.is_json { self.text(text) } else { scalar::value(text) }
    }

    /// A value in one line.
    pub fn flow(self, value: &Overlay) -> String {
        match value {
            Overlay::Null => "null".to_owned(),
            Overlay::Text(text) => self.value(text),
            Overlay::List(items) => format!("[{}]", self.items(items)),
            Overlay::Map(entries) => {
                format!("{{{}}}", self.pairs(entries.iter().map(|(key, value)| (key.as_str(), value))))
            }
        }
    }

    /// The items of a list in one line.
    pub fn items(self, items: &[Overlay]) -> String {
        items.iter().map(|item| self.flow(item)).collect::<Vec<_>>().join(", ")
    }

    /// The entries of a map in one line.
    pub fn pairs<'a>(self, entries: impl Iterator<Item = (&'a str, &'a Overlay)>) -> String {
        entries.map(|(key, value)| self.pair(key, value)).collect::<Vec<_>>().join(", ")
    }

    /// A key and its value in one line.
    pub fn pair(self, key: &str, value: &Overlay) -> String {
        match value {
            // As people write it: there is nothing else that it could be.
            Overlay::Text(yes) if key == "carries" && yes == "yes" && !self.is_json => "carries: yes".to_owned(),
            _ => format!("{}: {}", self.text(key), self.flow(value)),
        }
    }
}

/// What a text that was written says, read again; `None` where it is no document.
pub fn read_again(text: &str) -> Option<Node> {
    let mut found = Findings::default();
    parse("", text, 0, &mut found).filter(|_| !found.has_errors())
}

/// Whether both say the same, in whatever order: what is merged by `<<` is told behind what a map says itself.
pub fn same(a: &Node, b: &Node) -> bool {
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

    #[test]
    fn edits_stand_in_their_order_and_never_upon_each_other() {
        let edit = |start, end, new: &str| Edit { start, end, new: new.to_owned() };
        let some = vec![edit(4, 5, "E"), Edit::insert(2, "\n1"), edit(2, 3, "C"), Edit::insert(2, "2")];
        assert_eq!(edited("abcdef", some.clone()).as_deref(), Some("ab\n12CdEf"));
        assert_eq!(edited("abcdef\r\n", some).as_deref(), Some("ab\r\n12CdEf\r\n"));
        assert_eq!(edited("abc", vec![edit(0, 2, "x"), edit(1, 3, "y")]), None);
        assert_eq!(edited("abc", vec![edit(0, 2, "x"), edit(0, 2, "x")]), None);
        assert_eq!(edited("abc", vec![edit(1, 9, "x")]), None);
    }

    #[test]
    fn lines_go_below_and_keys_know_their_indentation() {
        let text = "a:\n  \"b\": 1 # one\nc: 2";
        let after = |end| edited(text, vec![below(text, end, "x: y\n").expect("a place")]);
        assert_eq!(after(11).as_deref(), Some("a:\n  \"b\": 1 # one\nx: y\nc: 2"));
        assert_eq!(after(text.len()).as_deref(), Some("a:\n  \"b\": 1 # one\nc: 2\nx: y"));
        assert_eq!(
            [own_indentation(text, 6), own_indentation(text, 0), own_indentation(text, 10)],
            [Some("  "), Some(""), None]
        );
    }
}
