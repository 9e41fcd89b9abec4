//! Equal texts kept once.

use std::collections::HashSet;
use std::sync::Arc;

/// Texts that stand in a file over and over, each kept once: keys, amounts, names.
pub struct Interner {
    known: HashSet<Arc<str>>,
    longest: usize,
}

impl Default for Interner {
    fn default() -> Interner {
        Interner::up_to(usize::MAX)
    }
}

impl Interner {
    /// One that shares texts of so many bytes at the most: longer ones seldom stand in a file twice.
    pub fn up_to(longest: usize) -> Interner {
        Interner { known: HashSet::new(), longest }
    }

    /// The text, shared with where it stood before.
    pub fn shared(&mut self, text: &str) -> Arc<str> {
        if text.len() > self.longest {
            return Arc::from(text);
        }
        if let Some(known) = self.known.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        self.known.insert(Arc::clone(&new));
        new
    }
}
