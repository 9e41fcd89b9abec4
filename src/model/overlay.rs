//! What a document would say besides, as a tree of texts.

/// What a document holds besides `extends:`, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// `null`, which deletes what is inherited.
    Null,
    /// A scalar.
    Text(String),
    /// A list, which replaces what is inherited.
    List(Vec<Overlay>),
    /// Keys and values in order, merged onto what is inherited.
    Map(Vec<(String, Overlay)>),
}

impl Overlay {
    /// No change.
    pub const EMPTY: Overlay = Overlay::Map(Vec::new());

    /// A scalar.
    pub fn text(text: impl Into<String>) -> Overlay {
        Overlay::Text(text.into())
    }

    /// What stands under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Overlay> {
        match self {
            Overlay::Map(entries) => entries.iter().find(|(known, _)| known == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// With `value` under the keys of `path`, maps made on the way.
    pub fn with(self, path: &[&str], value: Overlay) -> Overlay {
        let Some((first, rest)) = path.split_first() else { return value };
        let mut entries = match self {
            Overlay::Map(entries) => entries,
            _ => Vec::new(),
        };
        match entries.iter_mut().find(|(key, _)| key == first) {
            Some((_, there)) => {
                let below = std::mem::replace(there, Overlay::Null);
                *there = below.with(rest, value);
            }
            None => entries.push(((*first).to_owned(), Overlay::EMPTY.with(rest, value))),
        }
        Overlay::Map(entries)
    }

    /// Both changes: maps merged, what `over` says else wins.
    pub fn and(self, over: &Overlay) -> Overlay {
        match (self, over) {
            (mut all @ Overlay::Map(_), Overlay::Map(entries)) => {
                for (key, value) in entries {
                    let there = all.get(key).cloned();
                    let value = there.map_or_else(|| value.clone(), |there| there.and(value));
                    all = all.with(&[key], value);
                }
                all
            }
            (_, over) => over.clone(),
        }
    }
}
