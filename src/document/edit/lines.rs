//! Parts of a document as text: one line for what is short, remarks beside it, in lines or in braces.

use std::fmt::Write as _;

use super::edits::Style;
use super::scalar;
use crate::diagnostic::plain;
use crate::model::Overlay;

/// Longer lines are broken where they can be.
const LINE: usize = 110;

/// What stands under a key, with a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The key.
    pub key: String,
    /// What it holds.
    pub value: Said,
    /// A comment for people, in one line. No reader sees it.
    pub note: Option<String>,
}

/// What stands under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// In one line where that is not too long.
    Short(Overlay),
    /// Keys on lines of their own.
    Lines(Vec<Line>),
}

/// What is added to a document, or a document of its own: sections and rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addition {
    /// A comment above everything else of a document of its own.
    pub head: Vec<String>,
    /// `hosts`, `sizes`, `stacks`, `startups`, `placement`, in the order in which they are to stand.
    pub sections: Vec<(&'static str, Vec<Line>)>,
    /// What `rules:` has besides.
    pub rules: Vec<Overlay>,
}

impl Line {
    /// A line without a remark.
    pub fn new(key: impl Into<String>, value: Said) -> Line {
        Line { key: key.into(), value, note: None }
    }

    /// The same as a value.
    pub fn overlay(&self) -> Overlay {
        match &self.value {
            Said::Short(overlay) => overlay.clone(),
            Said::Lines(lines) => Overlay::Map(lines.iter().map(|line| (line.key.clone(), line.overlay())).collect()),
        }
    }
}

impl Addition {
    /// The text of a document that says no more than this.
    pub fn document(&self) -> String {
        let mut out = String::new();
        for line in &self.head {
            let _ = writeln!(out, "# {}", plain(line));
        }
        for (section, entries) in self.sections.iter().filter(|(_, entries)| !entries.is_empty()) {
            let _ = writeln!(out, "{section}:");
            write(entries, "  ", &mut out);
        }
        if !self.rules.is_empty() {
            out.push_str("rules:\n");
            out.push_str(&items(&self.rules, "  "));
        }
        out
    }
}

/// Keys and values on lines of their own.
pub fn write(lines: &[Line], indent: &str, out: &mut String) {
    for line in lines {
        let note = line.note.as_ref().map_or_else(String::new, |note| format!("  # {}", plain(note)));
        let key = scalar::text(&line.key);
        match &line.value {
            Said::Short(Overlay::Map(entries)) if !entries.is_empty() => {
                let short = format!("{indent}{key}: {}", Style::YAML.flow(&Overlay::Map(entries.clone())));
                if short.chars().count() <= LINE {
                    let _ = writeln!(out, "{short}{note}");
                    continue;
                }
                let _ = writeln!(out, "{indent}{key}:{note}");
                for (key, value) in entries {
                    let _ = writeln!(out, "{indent}  {}", Style::YAML.pair(key, value));
                }
            }
            Said::Short(value) => {
                let short = Style::YAML.flow(value);
                if let Overlay::List(entries) = value
                    && short.chars().count() > LINE
                {
                    let _ = writeln!(out, "{indent}{key}:{note}");
                    out.push_str(&items(entries, &format!("{indent}  ")));
                    continue;
                }
                let _ = writeln!(out, "{indent}{key}: {short}{note}");
            }
            Said::Lines(lines) if lines.is_empty() => {
                let _ = writeln!(out, "{indent}{key}: {{}}{note}");
            }
            Said::Lines(lines) => {
                let _ = writeln!(out, "{indent}{key}:{note}");
                write(lines, &format!("{indent}  "), out);
            }
        }
    }
}

/// The items of a list on lines of their own.
pub fn items(rules: &[Overlay], indent: &str) -> String {
    rules.iter().map(|rule| format!("{indent}- {}\n", Style::YAML.flow(rule))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_stands_in_one_line_with_its_remark() {
        let long = (0..20).fold(Overlay::EMPTY, |all, at| all.with(&[&format!("key-{at}")], Overlay::text("value")));
        let addition = Addition {
            head: vec!["made of\n`x`".to_owned()],
            sections: vec![
                ("hosts", Vec::new()),
                (
                    "startups",
                    vec![Line::new(
                        "a",
                        Said::Lines(vec![Line::new(
                            "containers",
                            Said::Lines(vec![
                                Line {
                                    note: Some("of the\u{1b} file".to_owned()),
                                    ..Line::new("no", Said::Short(Overlay::EMPTY.with(&["cpu"], Overlay::text("2"))))
                                },
                                Line::new("long", Said::Short(long)),
                            ]),
                        )]),
                    )],
                ),
            ],
            rules: vec![Overlay::EMPTY.with(&["apart"], Overlay::List(vec![Overlay::text("a/*")]))],
        };
        let text = addition.document();
        let first: Vec<&str> = text.lines().take(7).collect();
        assert_eq!(
            first,
            [
                "# made of 'x'",
                "startups:",
                "  a:",
                "    containers:",
                "      \"no\": {cpu: 2}  # of the file",
                "      long:",
                "        key-0: value"
            ]
        );
        assert!(text.ends_with("        key-19: value\nrules:\n  - {apart: [a/*]}\n"), "{text}");
    }
}
