//! Changes to a document, as another document would say them that extends it.

use std::fmt::Write as _;

use super::edits::Style;
use super::{scalar, write};
use crate::diagnostic::Place;
use crate::document::syntax::findings::Findings;
use crate::document::syntax::merge::{Level, merge};
use crate::document::syntax::read::one_file;
use crate::document::syntax::tree::{Node, Value};
use crate::document::{Destination, Document, Problems};
use crate::model::{Layout, Overlay, Placement};

/// Maps this deep stand on lines of their own, deeper ones in braces.
const BLOCKS: usize = 2;

impl Overlay {
    /// The text of a document that says it, `extends:` given first where there is a path.
    pub fn document(&self, extends: Option<&str>) -> String {
        let mut out = String::new();
        if let Some(path) = extends {
            let _ = writeln!(out, "extends: {}", scalar::text(path));
        }
        match self {
            Overlay::Map(entries) if !entries.is_empty() => lines(entries, 0, &mut out),
            _ if out.is_empty() => out.push_str("{}\n"),
            _ => {}
        }
        out
    }
}

impl Document {
    /// The document with `change` merged over it, exactly as a file that extends it would be.
    ///
    /// # Errors
    /// Where the change is no document; what then is wrong with both together is told by [`Document::resolve`].
    pub fn overlaid(&self, change: &Overlay) -> Result<Document, Problems> {
        let mut sources = self.sources.clone();
        let mut found = Findings::default();
        let tree = one_file("<change>", change.document(None).as_bytes(), &mut sources, &mut found);
        let (Some(tree), false) = (tree, found.has_errors()) else {
            return Err(Problems { diagnostics: found.into_sorted(), sources });
        };
        let mut all = self.clone();
        all.tree = merge(Some(&self.tree), &tree, Level::Document, &mut all.found);
        all.found.extend(&found);
        all.sources = sources;
        Ok(all)
    }

    /// What `larger`, which [`Document::with`] made of this document, has besides.
    pub fn besides(&self, larger: &Document) -> Overlay {
        let mut change = Overlay::EMPTY;
        for key in ["sizes", "stacks", "startups"] {
            let known = crate::document::resolve::demand::section(&self.tree, key);
            for entry in crate::document::resolve::demand::section(&larger.tree, key) {
                if !known.iter().any(|known| known.key == entry.key) {
                    change = change.with(&[key, &entry.key], said(&entry.value));
                }
            }
        }
        let rules = larger.rules();
        if rules.len() > self.rules().len() {
            change = change.with(&["rules"], Overlay::List(rules.into_iter().map(|(_, rule)| rule).collect()));
        }
        change
    }

    /// The text of the file `target` that extends this document and says `change` besides; `None` where the document
    /// is not a file, or no way is known to it.
    pub fn text_extended(&self, change: &Overlay, target: Option<Destination>) -> Option<String> {
        let name = &self.sources.first()?.name;
        let way = match target {
            Some(target) => write::way(name, target)?,
            None => name.clone(),
        };
        Some(change.document(Some(&way)))
    }

    /// What the merged document says under the keys of `path`.
    pub fn said(&self, path: &[&str]) -> Option<Overlay> {
        let mut node = &self.tree;
        for key in path {
            node = &node.get(key)?.value;
        }
        Some(said(node))
    }

    /// The rules as written, with the place of the key of each: that of [`crate::model::Rule`] or
    /// [`crate::model::Survive`].
    pub fn rules(&self) -> Vec<(Place, Overlay)> {
        match self.tree.get("rules").map(|entry| &entry.value.value) {
            Some(Value::List(rules)) => {
                let key = |rule: &Node| {
                    crate::document::syntax::shape::RULE_KINDS
                        .iter()
                        .find_map(|kind| rule.get(kind))
                        .map_or(rule.at, |key| key.at)
                };
                rules.iter().map(|rule| (key(rule), said(rule))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What `placement:` must say for `placement`, whatever it says now.
    pub fn placement_change(&self, layout: &Layout, placement: &Placement) -> Overlay {
        let now = crate::document::resolve::demand::section(&self.tree, "placement");
        let mut hosts = write::patterns_by_host(self, layout, placement);
        // A list replaces what is inherited; a host that is not named would keep its own.
        for host in now.iter().filter(|host| !hosts.iter().any(|(name, _)| **name == *host.key)).collect::<Vec<_>>() {
            hosts.push((host.key.to_string(), Vec::new()));
        }
        let list = |patterns: Vec<String>| Overlay::List(patterns.into_iter().map(Overlay::Text).collect());
        Overlay::Map(hosts.into_iter().map(|(host, patterns)| (host, list(patterns))).collect())
    }
}

fn said(node: &Node) -> Overlay {
    match &node.value {
        Value::Null | Value::Gone => Overlay::Null,
        Value::Text(text) => Overlay::Text(text.to_string()),
        Value::List(items) => Overlay::List(items.iter().map(said).collect()),
        Value::Map(entries) => {
            Overlay::Map(entries.iter().map(|entry| (entry.key.to_string(), said(&entry.value))).collect())
        }
    }
}

fn lines(entries: &[(String, Overlay)], level: usize, out: &mut String) {
    for (key, value) in entries {
        let indent = "  ".repeat(level);
        match value {
            Overlay::Map(below) if level < BLOCKS && !below.is_empty() => {
                let _ = writeln!(out, "{indent}{}:", scalar::text(key));
                lines(below, level + 1, out);
            }
            Overlay::List(items) if level < BLOCKS && !items.is_empty() => {
                let _ = writeln!(out, "{indent}{}:", scalar::text(key));
                for item in items {
                    let _ = writeln!(out, "{indent}  - {}", Style::YAML.flow(item));
                }
            }
            _ => {
                let _ = writeln!(out, "{indent}{}: {}", scalar::text(key), Style::YAML.flow(value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_change_reads_as_the_file_that_says_it() {
        let change = Overlay::EMPTY
            .with(&["hosts", "nuc", "memory"], Overlay::text("41GiB"))
            .with(&["startups", "s18"], Overlay::Null)
            .with(&["hosts", "no", "labels", "a b"], Overlay::text("x: \"y\"\n"))
            .with(&["rules"], Overlay::List(vec![Overlay::EMPTY.with(&["apart"], Overlay::text("* x"))]));
        assert_eq!(
            change.document(Some("my lab.yaml")),
            "extends: \"my lab.yaml\"\nhosts:\n  nuc:\n    memory: 41GiB\n  \"no\":\n    labels: {\"a b\": \
             \"x: \\\"y\\\"\\u000a\"}\nstartups:\n  s18: null\nrules:\n  - {apart: \"* x\"}\n"
        );
    }

    #[test]
    fn the_later_of_two_changes_wins() {
        let first = Overlay::EMPTY.with(&["a", "b"], Overlay::text("1")).with(&["c"], Overlay::text("2"));
        let second = Overlay::EMPTY.with(&["a", "b"], Overlay::Null).with(&["a", "d"], Overlay::text("3"));
        let both = first.and(&second);
        assert_eq!(both.document(None), "a:\n  b: null\n  d: 3\nc: 2\n");
    }

    #[test]
    fn a_document_with_a_change_is_one_that_extends_it() {
        let text = "hosts: {nuc: {memory: 4GiB}}\nstartups:\n  a: {containers: {x: {memory: 3GiB}}}\n  \
                    b: {containers: {x: {memory: 2GiB}}}\n";
        let document = Document::from_bytes("lab.yaml", text.as_bytes(), &BTreeMap::new()).expect("reads");
        let change = Overlay::EMPTY
            .with(&["startups", "b"], Overlay::Null)
            .with(&["hosts", "nuc", "memory"], Overlay::text("3GiB"));
        let changed = document.overlaid(&change).expect("merges").resolve().expect("resolves").layout;
        assert_eq!(changed.demand.startups.len(), 1);
        assert_eq!(changed.lab.hosts[0].capacity, [3 << 30]);
        let bad = Overlay::EMPTY.with(&["hosts", "nuc", "memory"], Overlay::text("x"));
        assert!(document.overlaid(&bad).is_err());
    }
}
