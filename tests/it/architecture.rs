//! Who may use whom: read from the sources, compared with the layers that docs/architecture.md names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the ground up. Each may use those of lower layers and its companions, never those above it.
const LAYERS: &[&[&str]] = &[
    &["quantity", "diagnostic"],
    &["model"],
    &["certificate"],
    &["graph"],
    &["document", "check", "solve"],
    &["explain", "moves"],
    &["plan", "fit", "compare", "what_if"],
    &["roadmap"],
    &["report"],
    &["draw"],
    &["cli"],
];

/// Modules of one layer that are strangers all the same.
const STRANGERS: &[(&str, &str)] =
    &[("check", "solve"), ("check", "document"), ("solve", "document"), ("explain", "moves")];

/// Crates that one module alone may use.
const OWNED: &[(&str, &str)] = &[
    ("good_lp", "solve"),
    ("serde_yaml", "document"),
    ("petgraph", "graph"),
    ("clap", "cli"),
    ("indicatif", "cli"),
    ("ctrlc", "cli"),
    ("anyhow", "cli"),
    ("anstyle", "report"),
];

#[test]
fn no_module_uses_one_above_it_or_a_stranger() {
    let mut wrong = BTreeSet::new();
    for (file, text) in sources() {
        let user = module_of(&file);
        let Some(own_layer) = layer_of(&user) else { continue };
        for used in uses(&text) {
            let layer = layer_of(&used).unwrap_or_else(|| panic!("{}: no layer for `{used}`", file.display()));
            let strangers = STRANGERS.iter().any(|&(a, b)| (a, b) == (&user, &used) || (b, a) == (&user, &used));
            if layer > own_layer || strangers {
                wrong.insert(format!("{} uses `{used}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_module_has_a_layer_and_a_row_in_the_architecture() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).expect("the page is there");
    let mut modules: BTreeSet<String> = sources().keys().map(|file| module_of(file)).collect();
    for edge in ["lib", "main"] {
        assert!(modules.remove(edge), "`{edge}` is there");
    }
    for module in &modules {
        assert!(layer_of(module).is_some(), "`{module}` has no layer");
        let named = [format!("{module}.rs"), format!("{module}/")].iter().any(|name| page.contains(name.as_str()));
        assert!(named, "docs/architecture.md does not name `{module}`");
    }
    let layered: BTreeSet<String> = LAYERS.iter().flat_map(|layer| layer.iter().map(|&name| name.to_owned())).collect();
    assert_eq!(modules, layered);
}

#[test]
fn a_crate_that_one_module_owns_is_used_nowhere_else() {
    let mut wrong = BTreeSet::new();
    for (file, text) in sources() {
        let module = module_of(&file);
        for &(owned, owner) in OWNED {
            let is_used = code(&text).any(|line| line.contains(&format!("{owned}::")));
            if is_used && module != owner {
                wrong.insert(format!("{} uses `{owned}`, which is for `{owner}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_library_reads_no_clock_and_does_no_input_or_output() {
    let forbidden = ["std::time::Instant", "SystemTime", "std::fs", "std::io", "std::env", "std::process"];
    let mut wrong = BTreeSet::new();
    for (file, text) in sources() {
        if ["cli", "main"].contains(&module_of(&file).as_str()) {
            continue;
        }
        for word in forbidden {
            if code(&text).take_while(|line| !line.starts_with("#[cfg(test)]")).any(|line| line.contains(word)) {
                wrong.insert(format!("{} uses `{word}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The lines that are no comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The modules named after `crate::` or, in the binary, `bayplan::`; also within braces: `use crate::{a, b}`.
fn uses(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let code: String = code(text).map(|line| format!("{line}\n")).collect();
    for root in ["crate::", "bayplan::"] {
        for (position, _) in code.match_indices(root) {
            let rest = &code[position + root.len()..];
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap_or("").split(',').collect(),
                None => vec![rest],
            };
            for name in names {
                let word = |c: char| c.is_ascii_lowercase() || c == '_';
                let name: String = name.trim_start().chars().take_while(|&c| word(c)).collect();
                if !name.is_empty() {
                    used.insert(name);
                }
            }
        }
    }
    used
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// `check` for `src/check/rules.rs` and `src/check.rs`.
fn module_of(file: &Path) -> String {
    let within = file.strip_prefix(root().join("src")).expect("a source is under src");
    let first = within.components().next().expect("it has a name");
    Path::new(first.as_os_str()).file_stem().expect("it has a name").to_string_lossy().into_owned()
}

fn sources() -> BTreeMap<PathBuf, String> {
    let mut sources = BTreeMap::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("its entry, too").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source can be read");
                sources.insert(path, text);
            }
        }
    }
    sources
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
