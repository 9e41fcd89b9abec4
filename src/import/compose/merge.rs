//! What a later file says over an earlier one, and a service over what it extends, by the rules of the Compose
//! specification: maps merge, lists grow, the rest is replaced; `!reset` removes and `!override` replaces.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::Place;
use crate::document::tree::{Entry, Node, Value};

/// The tags of all files, by place.
pub type Tags = HashMap<Place, Arc<str>>;

/// The most keys and values that merging may copy: what extends what may otherwise grow without end.
const MOST_COPIED: usize = 4_000_000;

/// Merges trees, and keeps count.
pub struct Merger<'a> {
    /// The tags.
    pub tags: &'a Tags,
    /// Keys and values copied so far.
    pub copied: &'a mut usize,
}

impl Merger<'_> {
    /// Whether there was too much to do.
    pub fn is_full(&self) -> bool {
        *self.copied > MOST_COPIED
    }

    /// What is said over nothing: without what is removed. `None` where all is.
    pub fn alone(&mut self, node: &Node) -> Option<Node> {
        if self.is_tagged(node, "!reset") {
            return None;
        }
        if self.tags.is_empty() {
            return Some(node.clone());
        }
        let Value::Map(entries) = &node.value else { return Some(node.clone()) };
        *self.copied += entries.len();
        if self.is_full() {
            return None;
        }
        let kept = entries.iter().filter_map(|entry| Some(Entry { value: self.alone(&entry.value)?, ..entry.clone() }));
        let kept: Vec<Entry> = kept.collect();
        Some(Node { at: node.at, value: Value::Map(Arc::new(kept)) })
    }

    /// `over` said over `base`; `None` where that removes it.
    pub fn merged(&mut self, base: &Node, over: &Node, key: &str) -> Option<Node> {
        if self.is_tagged(over, "!reset") {
            return None;
        }
        if self.is_tagged(over, "!override") || self.is_full() {
            return self.alone(over);
        }
        let value = match (&base.value, &over.value) {
            (_, Value::Null | Value::Gone) => base.value.clone(),
            // What is run is said anew.
            _ if matches!(key, "command" | "entrypoint" | "test") || key.starts_with("x-") => return self.alone(over),
            (Value::List(_), Value::Map(_)) | (Value::Map(_), Value::List(_)) if key == "depends_on" => {
                return self.merged(&named(base), &named(over), key);
            }
            (Value::Map(base), Value::Map(over)) => self.maps(base, over),
            (Value::List(base), Value::List(over)) => {
                *self.copied += base.len() + over.len();
                Value::List(Arc::new(base.iter().chain(over.iter()).cloned().collect()))
            }
            _ => return self.alone(over),
        };
        Some(Node { at: if matches!(base.value, Value::Null) { over.at } else { base.at }, value })
    }

    fn maps(&mut self, base: &[Entry], over: &[Entry]) -> Value {
        *self.copied += base.len() + over.len();
        let positions: HashMap<&str, usize> = base.iter().enumerate().map(|(at, entry)| (&*entry.key, at)).collect();
        let mut all: Vec<Option<Entry>> = base.iter().cloned().map(Some).collect();
        for entry in over {
            match positions.get(&*entry.key) {
                Some(&at) => {
                    if let Some(there) = all.get_mut(at)
                        && let Some(before) = there.take()
                    {
                        let value = self.merged(&before.value, &entry.value, &entry.key);
                        *there = value.map(|value| Entry { value, ..before });
                    }
                }
                None => {
                    let value = self.alone(&entry.value);
                    all.push(value.map(|value| Entry { value, ..entry.clone() }));
                }
            }
        }
        Value::Map(Arc::new(all.into_iter().flatten().collect()))
    }

    fn is_tagged(&self, node: &Node, tag: &str) -> bool {
        self.tags.get(&node.at).is_some_and(|known| &**known == tag)
    }
}

/// A list of names as a map that says nothing more of them.
fn named(node: &Node) -> Node {
    let Value::List(names) = &node.value else { return node.clone() };
    let mut entries: Vec<Entry> = Vec::new();
    for name in names.iter() {
        if let Value::Text(text) = &name.value {
            entries.push(Entry { key: text.clone(), at: name.at, value: Node { at: name.at, value: Value::Null } });
        }
    }
    Node { at: node.at, value: Value::Map(Arc::new(entries)) }
}
