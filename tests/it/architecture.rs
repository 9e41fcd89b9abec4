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
    &["question"],
    &["document", "check", "solve"],
    &["import"],
    &["moves"],
    &["explain"],
    &["plan", "fit", "compare", "what_if"],
    &["roadmap", "operate"],
    &["report"],
    &["draw"],
    &["desk"],
    &["cli"],
];

/// Modules that are strangers all the same: no question knows documents.
const STRANGERS: &[(&str, &str)] = &[
    ("check", "solve"),
    ("check", "document"),
    ("solve", "document"),
    ("explain", "document"),
    ("plan", "document"),
    ("fit", "document"),
    ("compare", "document"),
    ("what_if", "document"),
    ("roadmap", "document"),
    ("question", "document"),
    ("import", "check"),
    ("import", "solve"),
];

/// Crates that one module alone may use.
const OWNED: &[(&str, &str)] = &[
    ("good_lp", "solve"),
    ("serde_yaml", "document"),
    ("petgraph", "graph"),
    ("clap", "cli"),
    ("clap_complete", "cli"),
    ("indicatif", "cli"),
    ("ctrlc", "cli"),
    ("anyhow", "cli"),
    ("anstream", "cli"),
    ("tempfile", "cli"),
    ("terminal_size", "cli"),
    ("anstyle", "report"),
    ("strsim", "document"),
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

/// What the library must not touch, so that it gives the same answer wherever it runs: in a browser, too.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("a clock", &["std::time::Instant", "std::time::SystemTime"]),
    ("a thread", &["std::thread"]),
    ("the environment or the working directory", &["std::env", "std::path::absolute"]),
    ("input and output", &["std::fs", "std::io", "std::net", "std::process", "std::os"]),
];

/// What still touches it.
const EXCEPTIONS: &[(&str, &str)] =
    // It calls the backend in line where it gets no thread.
    &[("src/solve/lp/backend.rs", "std::thread")];

#[test]
fn the_library_has_no_clock_thread_environment_input_or_output() {
    let mut wrong = BTreeSet::new();
    for (file, text) in sources() {
        if ["cli", "main"].contains(&module_of(&file).as_str()) {
            continue;
        }
        let within = file.strip_prefix(root()).expect("a source is in the repository").display().to_string();
        for path in paths(&library(&text), "std::") {
            for (what, forbidden) in OUTSIDE {
                // `use std::time` would hide the clock behind `time::Instant`.
                let is = |forbidden: &&str| path.starts_with(*forbidden) || forbidden.starts_with(&format!("{path}::"));
                if forbidden.iter().any(is) && !EXCEPTIONS.contains(&(&within, &path)) {
                    wrong.insert(format!("{within} uses {what}: `{path}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_for_tests_is_no_part_of_the_library_and_what_follows_it_is() {
    let text = "\
use std::fmt;
#[cfg(test)]
use std::{
    fs,
    time::{Duration, Instant as Now},
};
#[cfg(test)]
mod tests {
    #[cfg(test)]
    use std::net;
}
// use std::process;
fn late() {
    std::thread::yield_now();
    use std::{env::*, time::{self as clock, Instant}};
}
";
    let names = ["std::env", "std::fmt", "std::thread::yield_now", "std::time", "std::time::Instant"];
    assert_eq!(paths(&library(text), "std::"), names.map(str::to_owned).into());
    assert!(paths(text, "std::").contains("std::time::Duration"));
}

/// The lines that are no comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The lines that are not for tests alone, as rustfmt lays them out: an item ends where its indentation comes back.
fn library(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = code(text);
    while let Some(line) = lines.next() {
        if line.trim_start() != "#[cfg(test)]" {
            kept += line;
            kept.push('\n');
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let ends = |line: &&str| {
            line.len() - line.trim_start().len() == indent && (line.ends_with(';') || line.ends_with('}'))
        };
        lines.find(ends);
    }
    kept
}

/// The modules named after `crate::` or, in the binary, `bayplan::`.
fn uses(text: &str) -> BTreeSet<String> {
    let paths = ["crate::", "bayplan::"].map(|root| (root, paths(text, root)));
    let names =
        paths.iter().flat_map(|(root, paths)| paths.iter().filter_map(|path| path[root.len()..].split("::").next()));
    names.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).map(str::to_owned).collect()
}

/// All paths from `root` on, also those within braces: `use crate::{a, b::{c, d}}`.
fn paths(text: &str, root: &str) -> BTreeSet<String> {
    let code: String = code(text).map(|line| format!("{line}\n")).collect();
    let mut found = BTreeSet::new();
    for (position, _) in code.match_indices(root) {
        walk(root, &code[position + root.len()..], &mut found);
    }
    found
}

/// Adds the paths that go on from `path` with `text`, and gives what follows them.
fn walk<'a>(path: &str, text: &'a str, found: &mut BTreeSet<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut list) = text.strip_prefix('{') {
        loop {
            list = walk(path, list, found);
            list = &list[list.find([',', '}']).unwrap_or(list.len())..];
            match list.strip_prefix(',') {
                Some(rest) => list = rest,
                None => return list.strip_prefix('}').unwrap_or(list),
            }
        }
    }
    let (name, rest) = text.split_at(text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len()));
    if let Some(more) = rest.strip_prefix("::").filter(|more| more.starts_with(|c: char| c == '{' || c.is_alphabetic()))
    {
        return walk(&format!("{path}{name}::"), more, found);
    }
    // `self` and the comma before a closing brace stand for the path itself.
    let path = if name == "self" { path.trim_end_matches("::").to_owned() } else { format!("{path}{name}") };
    if !path.ends_with("::") {
        found.insert(path);
    }
    rest
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
