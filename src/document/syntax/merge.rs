//! Files become one tree: ranges and short forms are spelled out, then each file is merged onto what it extends.

use std::collections::HashMap;
use std::sync::Arc;

use super::findings::Findings;
use super::names::{Range, is_name};
use super::tree::{Entry, MOST_NODES, Node, Value};
use crate::diagnostic::{Code, Diagnostic};

/// Spells out the ranges of names and the short forms of one file, and merges what it says twice about one name.
/// `None` where that is beyond the limit.
pub fn spell_out(document: &Node, found: &mut Findings) -> Option<Node> {
    let mut left = MOST_NODES;
    let Value::Map(entries) = &document.value else { return Some(document.clone()) };
    let mut spelled = Vec::with_capacity(entries.len());
    for entry in entries.iter() {
        let value = match &*entry.key {
            "hosts" | "sizes" => names(&entry.value, Within::Itself, &mut left, found)?,
            "stacks" => names(&entry.value, Within::Containers, &mut left, found)?,
            "startups" => names(&entry.value, Within::Startup, &mut left, found)?,
            _ => entry.value.clone(),
        };
        spelled.push(Entry { value, ..entry.clone() });
    }
    Some(Node { at: document.at, value: Value::Map(Arc::new(spelled)) })
}

/// What within a named thing is spelled out in its turn.
#[derive(Clone, Copy)]
enum Within {
    Itself,
    Containers,
    Startup,
}

/// Spells out the names of a map, and what stands within each.
fn names(map: &Node, within: Within, left: &mut usize, found: &mut Findings) -> Option<Node> {
    let Value::Map(entries) = &map.value else { return Some(map.clone()) };
    if !entries.iter().any(|entry| entry.key.contains("..")) {
        return each(map, entries, within, left, found);
    }
    let mut all = Map::default();
    for entry in entries.iter() {
        let value = inner(&entry.value, within, left, found)?;
        match Range::parse(&entry.key, is_name) {
            Some(Ok(range)) => {
                let nodes = size(&value) as u64 + 1;
                *left = range
                    .count()
                    .checked_mul(nodes)
                    .and_then(|spelled| usize::try_from(spelled).ok())
                    .and_then(|spelled| left.checked_sub(spelled))
                    .or_else(|| {
                        let message = format!("ranges spell out more than {MOST_NODES} keys and values, the limit");
                        found.add(Code::TooLarge, entry.at, message, "shorten the range");
                        None
                    })?;
                for name in range.names() {
                    all.put(Entry { key: Arc::from(name), at: entry.at, value: value.clone() });
                }
            }
            // The shape of the file says what is wrong with it.
            Some(Err(_)) => {}
            None => all.put(Entry { value, ..entry.clone() }),
        }
    }
    Some(Node { at: map.at, value: Value::Map(Arc::new(all.entries)) })
}

/// What stands within each name where none is a range: then no name stands twice, and mostly nothing changes.
fn each(map: &Node, entries: &[Entry], within: Within, left: &mut usize, found: &mut Findings) -> Option<Node> {
    let mut changed: Option<Vec<Entry>> = None;
    for (position, entry) in entries.iter().enumerate() {
        let value = inner(&entry.value, within, left, found)?;
        if changed.is_none() && !value.is_shared_with(&entry.value) {
            changed = Some(entries.iter().take(position).cloned().collect());
        }
        if let Some(changed) = &mut changed {
            changed.push(Entry { value, ..entry.clone() });
        }
    }
    Some(changed.map_or_else(|| map.clone(), |all| Node { at: map.at, value: Value::Map(Arc::new(all)) }))
}

fn inner(value: &Node, within: Within, left: &mut usize, found: &mut Findings) -> Option<Node> {
    match within {
        Within::Itself => Some(value.clone()),
        Within::Containers => names(value, Within::Itself, left, found),
        Within::Startup => spell_out_startup(value, left, found),
    }
}

/// `s01: web` is `s01: {stack: web}`.
fn spell_out_startup(startup: &Node, left: &mut usize, found: &mut Findings) -> Option<Node> {
    let at = startup.at;
    let entries = match &startup.value {
        Value::Text(_) => vec![Entry { key: Arc::from("stack"), at, value: startup.clone() }],
        Value::Map(entries) => {
            let Some(own) = entries.iter().position(|entry| &*entry.key == "containers") else {
                return Some(startup.clone());
            };
            let written = &entries.get(own)?.value;
            let value = names(written, Within::Itself, left, found)?;
            if value.is_shared_with(written) {
                return Some(startup.clone());
            }
            let mut spelled = entries.to_vec();
            spelled.get_mut(own)?.value = value;
            spelled
        }
        _ => return Some(startup.clone()),
    };
    Some(Node { at, value: Value::Map(Arc::new(entries)) })
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|entry| 1 + size(&entry.value)).sum(),
        _ => 0,
    }
}

/// A map in the making in which later entries change earlier ones of the same name.
#[derive(Default)]
struct Map {
    entries: Vec<Entry>,
    index: HashMap<Arc<str>, usize>,
}

impl Map {
    fn put(&mut self, entry: Entry) {
        match self.index.get(&entry.key).and_then(|position| self.entries.get_mut(*position)) {
            Some(earlier) => *earlier = kept(earlier, &entry),
            None => {
                self.index.insert(entry.key.clone(), self.entries.len());
                self.entries.push(entry);
            }
        }
    }
}

/// `over` merged onto `base`, where what is deleted may still have to delete further and so is kept as a mark.
fn kept(base: &Entry, over: &Entry) -> Entry {
    let value = match (&base.value.value, &over.value.value) {
        (Value::Map(earlier), Value::Map(later)) => {
            let mut all = Map::default();
            earlier.iter().chain(later.iter()).for_each(|entry| all.put(entry.clone()));
            Node { at: over.value.at, value: Value::Map(Arc::new(all.entries)) }
        }
        (Value::Null, Value::Null) => over.value.clone(),
        (_, Value::Null) => Node { at: over.value.at, value: Value::Gone },
        _ => over.value.clone(),
    };
    Entry { key: over.key.clone(), at: over.at, value }
}

/// Where in a document a map stands, as far as merging cares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The document.
    Document,
    /// `startups:`.
    Startups,
    /// One startup.
    Startup,
    /// The containers of a startup, which are themselves merged onto those of a stack later: deletions are kept.
    Overrides,
    /// Anything else.
    Other,
}

impl Level {
    fn below(self, key: &str) -> Level {
        match (self, key) {
            (Level::Document, "startups") => Level::Startups,
            (Level::Startups, _) => Level::Startup,
            (Level::Startup, "containers") | (Level::Overrides, _) => Level::Overrides,
            _ => Level::Other,
        }
    }
}

/// `over` merged onto `base`: maps deeply, everything else replaced, `null` deletes. Where it deletes what is not
/// there, `found` says so.
pub fn merge(base: Option<&Node>, over: &Node, level: Level, found: &mut Findings) -> Node {
    let Value::Map(later) = &over.value else { return over.clone() };
    let earlier: &[Entry] = match base.map(|base| &base.value) {
        Some(Value::Map(entries)) => entries,
        _ => &[],
    };
    if earlier.is_empty() && !deletes(over) {
        return over.clone();
    }
    let positions: HashMap<&str, usize> =
        earlier.iter().enumerate().map(|(position, entry)| (&*entry.key, position)).collect();
    let mut merged: Vec<Option<Entry>> = earlier.iter().cloned().map(Some).collect();
    for entry in later.iter() {
        let position = positions.get(&*entry.key).copied();
        let base = position.and_then(|position| earlier.get(position));
        let result = merge_entry(base, entry, level, found);
        match position.and_then(|position| merged.get_mut(position)) {
            Some(slot) => *slot = result,
            None => merged.push(result),
        }
    }
    Node { at: over.at, value: Value::Map(Arc::new(merged.into_iter().flatten().collect())) }
}

fn merge_entry(base: Option<&Entry>, over: &Entry, level: Level, found: &mut Findings) -> Option<Entry> {
    let null = matches!(over.value.value, Value::Null);
    match (&over.value.value, base) {
        (Value::Null | Value::Gone, _) if level == Level::Overrides => {
            Some(base.map_or_else(|| over.clone(), |base| kept(base, over)))
        }
        (Value::Null | Value::Gone, Some(_)) => None,
        (Value::Null | Value::Gone, None) => {
            if null {
                let message = format!("`{}` has no value, and nothing is inherited that it could delete", over.key);
                let diagnostic = Diagnostic::new(Code::EmptyValue, over.at, message);
                found.push(diagnostic.help("give it a value, or leave the key out"));
            }
            None
        }
        _ => {
            let value = merge(base.map(|base| &base.value), &over.value, level.below(&over.key), found);
            Some(Entry { key: over.key.clone(), at: over.at, value })
        }
    }
}

/// Whether something in it is to be deleted.
fn deletes(node: &Node) -> bool {
    match &node.value {
        Value::Null | Value::Gone => true,
        Value::Map(entries) => entries.iter().any(|entry| deletes(&entry.value)),
        Value::Text(_) | Value::List(_) => false,
    }
}
