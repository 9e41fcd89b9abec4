//! The tests of the program: a file for each question a user asks, and all of them one binary.

mod agents;
mod anytime;
mod apply;
mod architecture;
mod balance;
mod carried;
mod catalogue;
mod change;
mod check;
mod cli;
mod compare;
mod counts;
mod desk;
mod diagnostics;
mod diagnostics_page;
mod document;
mod document_page;
mod document_text;
mod draw;
mod drift;
mod drift_carriers;
mod everything;
mod evict;
mod examples;
mod generated;
mod graph;
mod homelab;
mod hostile;
mod import;
mod late;
mod layouts;
mod limits;
mod moves;
mod nested;
mod pools;
mod proofs;
mod properties;
mod public;
mod readme;
mod remedies;
mod report_json;
mod report_markdown;
mod report_table;
mod rightsize;
mod roadmap;
mod schema;
#[path = "../support/mod.rs"]
mod support;
mod survive;
mod targets;
mod then;
mod times;
mod toolbox;
mod wishes;

/// A file that no `mod` names is not compiled, and its tests never run.
#[test]
fn no_file_is_forgotten() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let main = include_str!("main.rs");
    for entry in std::fs::read_dir(here).expect("the folder of the tests") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        let named = |module| main.lines().any(|line| line == format!("mod {module};"));
        assert!(name.strip_suffix(".rs").is_none_or(|module| module == "main" || named(module)), "{name}");
    }
}
