//! Documents given as text, read as the program reads them.

use std::collections::BTreeMap;

use bayplan::document::Document;
use bayplan::model::{Layout, Placement};

/// The layout of a document that must be right.
pub fn layout(text: &str) -> Layout {
    document(text).resolve().unwrap_or_else(|problems| panic!("{:#?}", problems.diagnostics)).layout
}

/// A document that must be readable.
pub fn document(text: &str) -> Document {
    let files = BTreeMap::from([("test.yaml".to_owned(), text.to_owned())]);
    Document::read("test.yaml", &files).unwrap_or_else(|problems| panic!("{:#?}", problems.diagnostics))
}

/// Its placement, empty where there is none.
pub fn placement(layout: &Layout) -> Placement {
    layout.placement.clone().unwrap_or_else(|| Placement::empty(layout.demand.containers.len()))
}
