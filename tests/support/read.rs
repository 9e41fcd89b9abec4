//! Documents given as text, read as the program reads them.

use std::collections::BTreeMap;

use bayplan::document::{Destination, Document};
use bayplan::model::{Layout, Overlay, Placement};

/// The layout of a document that must be right.
pub fn layout(text: &str) -> Layout {
    document(text).resolve().unwrap_or_else(|problems| panic!("{:#?}", problems.diagnostics)).layout
}

/// A document that must be readable.
pub fn document(text: &str) -> Document {
    let files = BTreeMap::from([("lab.yaml".to_owned(), text.to_owned())]);
    Document::read("lab.yaml", &files).unwrap_or_else(|problems| panic!("{:#?}", problems.diagnostics))
}

/// Both.
pub fn both(text: &str) -> (Document, Layout) {
    (document(text), layout(text))
}

/// The layout of the file that extends the document of `text` with `change`.
pub fn extended(text: &str, document: &Document, change: &Overlay) -> Layout {
    let written = document
        .text_extended(change, Some(Destination { path: "changed.yaml", working_directory: None }))
        .expect("it is a file");
    let files = BTreeMap::from([("lab.yaml".to_owned(), text.to_owned()), ("changed.yaml".to_owned(), written)]);
    let changed = Document::read("changed.yaml", &files).and_then(|document| document.resolve());
    changed.unwrap_or_else(|problems| panic!("{}", problems.render(false))).layout
}

/// Its placement, empty where there is none.
pub fn placement(layout: &Layout) -> Placement {
    layout.placement.clone().unwrap_or_else(|| Placement::empty(layout.demand.containers.len()))
}
