//! What every importer must do with any bytes: say what is wrong, or make a document that is read without an error.

use std::collections::BTreeMap;

use bayplan::document::Document;
use bayplan::import::{Asked, Format, Given, import};

/// Imports bytes as a format, by themselves and beside what they are.
///
/// # Panics
/// Where what is made is no document.
pub fn imported(format: &str, bytes: &[u8]) {
    let format = Format::of_name(format).expect("a format");
    let none: BTreeMap<String, String> = BTreeMap::new();
    let given = Given { name: "file".to_owned(), bytes: (*bytes).into() };
    let asked = Asked {
        format: Some(format),
        files: vec![given.clone()],
        name: "imported".to_owned(),
        hosts: vec![given.clone()],
        measured: vec![given],
        ..Asked::default()
    };
    for asked in [&Asked { hosts: Vec::new(), measured: Vec::new(), ..asked.clone() }, &asked] {
        let Ok(import) = import(asked, &none) else { continue };
        let text = import.addition.document();
        let read = Document::from_bytes("lab.yaml", text.as_bytes(), &none).and_then(|it| it.resolve_whole());
        if let Err(problems) = read {
            panic!("{}\n{text}", problems.render(false));
        }
    }
}
