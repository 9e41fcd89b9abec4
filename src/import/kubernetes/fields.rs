//! What stands under the keys of an object.

use crate::document::tree::{Entry, Node, Value};

/// The value under the keys of a path, unless it is nothing.
pub fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    let found = path.iter().try_fold(node, |node, key| Some(&node.get(key)?.value))?;
    (!matches!(found.value, Value::Null | Value::Gone)).then_some(found)
}

/// The text there.
pub fn text<'n>(node: &'n Node, path: &[&str]) -> Option<&'n str> {
    match &at(node, path)?.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The items of the list there; none where it is none.
pub fn list<'n>(node: &'n Node, path: &[&str]) -> &'n [Node] {
    match at(node, path).map(|node| &node.value) {
        Some(Value::List(list)) => list,
        _ => &[],
    }
}

/// The entries of the map there; none where it is none.
pub fn entries<'n>(node: &'n Node, path: &[&str]) -> &'n [Entry] {
    match at(node, path).map(|node| &node.value) {
        Some(Value::Map(entries)) => entries,
        _ => &[],
    }
}

/// The texts of the list there.
pub fn texts(node: &Node, path: &[&str]) -> Vec<String> {
    list(node, path).iter().filter_map(own).map(str::to_owned).collect()
}

/// The pairs of texts of the map there, as labels are.
pub fn pairs<'n>(node: &'n Node, path: &[&str]) -> impl Iterator<Item = (&'n Entry, &'n str)> {
    // A label without a value has the empty one.
    entries(node, path).iter().filter_map(|entry| Some((entry, own(&entry.value).or_else(|| empty(&entry.value))?)))
}

/// Whether a truth stands there.
pub fn is_true(node: &Node, path: &[&str]) -> bool {
    text(node, path) == Some("true")
}

/// The text that a value is.
pub fn own(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn empty(node: &Node) -> Option<&str> {
    matches!(node.value, Value::Null).then_some("")
}

/// What is wrong with a text that should be something else, with a word for templates.
pub fn wrong(text: &str, reason: &str) -> String {
    use crate::diagnostic::quoted;
    use crate::quantity::shorten;
    if is_template(text) { TEMPLATE.to_owned() } else { format!("{} {reason}", quoted(&shorten(text))) }
}

/// What to do with a template.
pub const TEMPLATE: &str = "is a Helm template: run `helm template` first, and import what it writes";

/// Whether a value is put in by Helm.
pub fn is_template(text: &str) -> bool {
    text.contains("{{")
}
