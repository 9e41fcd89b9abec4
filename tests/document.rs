//! Is the document read as it is written?

use std::collections::BTreeMap;

use bayplan::document::{Document, Files, Resolved};
use bayplan::model::Layout;

struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| error.to_string())
    }
}

fn resolve(text: &str) -> Resolved {
    let files = BTreeMap::new();
    let document = Document::from_bytes("a.yaml", text.as_bytes(), &files);
    let document = document.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    document.resolve().unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn layout(text: &str) -> Layout {
    resolve(text).layout
}

#[test]
fn every_layout_and_example_of_the_project_is_read() {
    let mut read = 0;
    for folder in ["layouts", "examples"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let document = Document::read(path.to_str().unwrap(), &Disk);
                let document = document.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
                document.resolve().unwrap_or_else(|problems| panic!("{}", problems.render(false)));
                read += 1;
            }
        }
    }
    assert!(read >= 15);
}
