//! The fields of a tree, for formats that are JSON: what is not there is nothing, what is of another kind is refused.

use super::amounts;
use super::found::{Figure, Found};
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Entry, Node, Value};
use crate::quantity::{Resource, shorten};

/// The entries of a map; none of what is no map.
pub fn entries(node: &Node) -> &[Entry] {
    if let Value::Map(entries) = &node.value { entries } else { &[] }
}

/// The values of a list; none of what is no list.
pub fn items(node: &Node) -> &[Node] {
    if let Value::List(items) = &node.value { items } else { &[] }
}

/// The value under a path of keys.
pub fn at<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, key| node.get(key).map(|entry| &entry.value))
}

/// The text under a path of keys, where there is one and it is not empty.
pub fn text<'a>(node: &'a Node, path: &[&str]) -> Option<(&'a str, Place)> {
    let node = at(node, path)?;
    match &node.value {
        Value::Text(text) if !text.is_empty() => Some((text, node.at)),
        _ => None,
    }
}

/// Whether the text under a path of keys is one of these.
pub fn is(node: &Node, path: &[&str], texts: &[&str]) -> bool {
    text(node, path).is_some_and(|(text, _)| texts.contains(&text))
}

/// The amount under a path of keys, one of it being so many base units; nothing of none. What is no amount is refused as
/// `what`.
pub fn amount(
    node: &Node,
    path: &[&str],
    unit: u64,
    resource: &Resource,
    what: &str,
    found: &mut Found,
) -> Option<Figure> {
    let (text, at) = text(node, path)?;
    match amounts::number(text, unit, resource) {
        Ok(0) => None,
        Ok(value) => Some(Figure { value, at }),
        Err(reason) => {
            let key = path.last().copied().unwrap_or_default();
            found.refuse(format!("{what}: {key}"), format!("{} {reason}", quoted(&shorten(text))), at);
            None
        }
    }
}
