//! A job or node as a tree, of either language: the same thing is called `count` in a file and `Count` in JSON.

use std::collections::HashMap;

use super::super::amounts::whole;
use super::hcl;
use crate::diagnostic::Place;
use crate::document::tree::{Node, Value};

/// A file as a tree, and what of it is not known.
pub struct Tree {
    /// All that is in it.
    pub root: Node,
    /// Whether it is of the language of job files.
    pub is_hcl: bool,
    unknown: HashMap<Place, String>,
    unmade: HashMap<Place, String>,
}

/// A text of the tree with its place, or why it is not known.
pub type Said<'a> = Result<(&'a str, Place), (String, Place)>;

impl Tree {
    /// One of JSON, of which all is known.
    pub fn of_json(root: Node) -> Tree {
        Tree { root, is_hcl: false, unknown: HashMap::new(), unmade: HashMap::new() }
    }

    /// One of a job file.
    pub fn of_hcl(tree: hcl::Tree) -> Tree {
        Tree { root: tree.root, is_hcl: true, unknown: tree.unknown, unmade: tree.unmade }
    }

    /// The text of one of these keys, where any is there.
    pub fn text<'a>(&self, node: &'a Node, keys: &[&str]) -> Option<Said<'a>> {
        let value = keys.iter().find_map(|key| {
            let entry = node.get(key)?;
            (!matches!(entry.value.value, Value::Null | Value::Gone)).then_some(&entry.value)
        })?;
        Some(self.text_of(value))
    }

    /// The text that a value is.
    pub fn text_of<'a>(&self, value: &'a Node) -> Said<'a> {
        if let Some(why) = self.unknown.get(&value.at) {
            return Err((why.clone(), value.at));
        }
        match &value.value {
            Value::Text(text) => Ok((text, value.at)),
            _ => Err((format!("it is {}", value.kind_name()), value.at)),
        }
    }

    /// A whole number of one of these keys, where any is there.
    pub fn number(&self, node: &Node, keys: &[&str]) -> Option<Result<(u64, Place), (String, Place)>> {
        Some(self.text(node, keys)?.and_then(|(text, at)| {
            // JSON has whole numbers as `3e2`, too; Nomad cuts off what stands behind the point.
            let plain = whole(text);
            let float =
                || text.parse::<f64>().ok().filter(|number| (0.0..9e15).contains(number)).map(|number| number as u64);
            plain
                .or_else(|why| float().ok_or(why))
                .map(|number| (number, at))
                .map_err(|why| (format!("{} {why}", crate::diagnostic::quoted(text)), at))
        }))
    }

    /// The maps under these keys: of a list, or the one that stands there alone.
    pub fn list<'a>(&self, node: &'a Node, keys: &[&str]) -> Vec<&'a Node> {
        let mut all = Vec::new();
        for entry in keys.iter().filter_map(|key| node.get(key)) {
            match &entry.value.value {
                Value::List(items) => all.extend(items.iter().filter(|item| matches!(item.value, Value::Map(_)))),
                Value::Map(_) => all.push(&entry.value),
                _ => {}
            }
        }
        all
    }

    /// The dynamic blocks of a map of which nothing could be made: what they would be, and why not.
    pub fn unmade<'a>(&self, node: &'a Node) -> Vec<(&'a str, String, Place)> {
        let of = |block: &'a Node| {
            let why = self.unmade.get(&block.at)?;
            let Value::Text(kind) = &block.get("Name")?.value.value else { return None };
            Some((&**kind, format!("its dynamic blocks are not known: {why}"), block.at))
        };
        self.list(node, &["dynamic"]).into_iter().filter_map(of).collect()
    }

    /// The first map under these keys.
    pub fn one<'a>(&self, node: &'a Node, keys: &[&str]) -> Option<&'a Node> {
        self.list(node, keys).into_iter().next()
    }
}
