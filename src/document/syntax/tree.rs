//! YAML text becomes a small tree with places, within limits. Only this module knows the YAML parser.

mod build;
mod interner;
mod outline;

use std::collections::HashMap;
use std::sync::Arc;

pub use self::build::{parse, parse_foreign};
pub use self::interner::Interner;
pub use self::outline::{Comment, Outline, Pair, What, outline};
use super::keys::MOST_CONTAINERS;
use crate::diagnostic::Place;

/// The longest file, in bytes: a million spelled-out containers need about a quarter of it.
pub const MOST_BYTES: usize = 256 << 20;

/// The most keys and values in one file: a dozen for each of a million containers.
pub const MOST_NODES: usize = 12 * MOST_CONTAINERS as usize;

/// How many more of them aliases and merge keys may stand for. People use them to repeat a block now and then; a
/// document that needs more says it better with `stacks`, and an alias bomb stops here.
pub const MOST_ALIASED_NODES: usize = 1_000_000;

/// How deep maps and lists may stand in each other. The deepest that means anything is eight.
pub const MOST_LEVELS: usize = 64;

/// A value and where it stands. Cheap to clone: what is large is shared.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it starts.
    pub at: Place,
    /// What it is.
    pub value: Value,
}

/// A file that another tool wrote.
#[derive(Clone, Debug, Default)]
pub struct Foreign {
    /// Its documents, in order.
    pub roots: Vec<Node>,
    /// Tags as written (`!reset`), by the places of what bears them.
    pub tags: HashMap<Place, Arc<str>>,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// Nothing, which has deleted what stood there earlier and may delete further.
    Gone,
    /// A scalar as written, quotes and escapes resolved: whether it is a number is for its reader to say.
    Text(Arc<str>),
    /// A list.
    List(Arc<Vec<Node>>),
    /// A map in the order of the file; no key stands twice.
    Map(Arc<Vec<Entry>>),
}

/// One key of a map with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Arc<str>,
    /// Where the key stands.
    pub at: Place,
    /// What it holds.
    pub value: Node,
}

impl Node {
    /// The value of `key`, where this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| &*entry.key == key),
            _ => None,
        }
    }

    /// Whether both say the same, wherever they stand.
    pub fn is_alike(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::Null, Value::Null) | (Value::Gone, Value::Gone) => true,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(&**b).all(|(a, b)| a.is_alike(b)),
            (Value::Map(a), Value::Map(b)) => {
                let same = |(a, b): (&Entry, &Entry)| a.key == b.key && a.value.is_alike(&b.value);
                a.len() == b.len() && a.iter().zip(&**b).all(same)
            }
            _ => false,
        }
    }

    /// Whether both are one and the same map, or neither is one: then nothing was changed on the way.
    pub fn is_shared_with(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::Map(a), Value::Map(b)) => Arc::ptr_eq(a, b),
            (Value::Map(_), _) | (_, Value::Map(_)) => false,
            _ => true,
        }
    }

    /// What it is, for messages: `a map`, `a list`, `a text`, `nothing`.
    pub fn kind_name(&self) -> &'static str {
        match self.value {
            Value::Null | Value::Gone => "nothing",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}
