//! Startups that come to a document later: more of a stack, more like one that is there, or those of another document.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::resolve::demand::{entries, section};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::keys::MOST_CONTAINERS;
use crate::document::syntax::merge::{Level, merge};
use crate::document::syntax::names::help_with;
use crate::document::syntax::read::one_file;
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::document::{Document, Newcomers, Problems, Source};
use crate::quantity::shorten;

/// See [`Document::with`].
pub fn with(document: &Document, newcomers: &Newcomers) -> Result<(Document, Vec<String>), Problems> {
    match newcomers {
        Newcomers::OfStack(stack, count) => {
            let made = find(document, "stacks", stack, Code::UnknownStack)?;
            let startup = |name: Arc<str>| {
                let value = Node { at: made.at, value: Value::Text(made.key.clone()) };
                let stack = Entry { key: Arc::from("stack"), at: made.at, value };
                Entry { key: name, at: made.at, value: Node { at: made.at, value: Value::Map(Arc::new(vec![stack])) } }
            };
            numbered(document, stack, *count, startup)
        }
        Newcomers::Like(model, count) => {
            let made = find(document, "startups", model, Code::UnknownStartup)?;
            numbered(document, model, *count, |name| Entry { key: name, ..made.clone() })
        }
        Newcomers::From(source) => from(document, source),
    }
}

/// What is called `name` in a section, or what was probably meant.
fn find<'a>(document: &'a Document, key: &str, name: &str, code: Code) -> Result<&'a Entry, Problems> {
    let known = section(&document.tree, key);
    known.iter().find(|entry| *entry.key == *name).ok_or_else(|| {
        let message = format!("there is no {} `{}`", key.trim_end_matches('s'), shorten(name));
        let help = help_with(name, known.iter().map(|entry| &*entry.key));
        let help = Some(help.unwrap_or_else(|| format!("write it under `{key}`, or check the name")));
        alone(document, Diagnostic { at: None, help, ..Diagnostic::new(code, Place::default(), message) })
    })
}

fn alone(document: &Document, diagnostic: Diagnostic) -> Problems {
    Problems { diagnostics: vec![diagnostic], sources: document.sources.clone() }
}

/// `count` startups named `NAME-new-1`, `NAME-new-2` and so on, without the names that are taken.
fn numbered(
    document: &Document,
    name: &str,
    count: u32,
    startup: impl Fn(Arc<str>) -> Entry,
) -> Result<(Document, Vec<String>), Problems> {
    if u64::from(count) > MOST_CONTAINERS {
        let message = format!("{count} further startups are more than {MOST_CONTAINERS}, the limit");
        let place = Place::default();
        return Err(alone(
            document,
            Diagnostic { at: None, ..Diagnostic::new(Code::TooManyContainers, place, message).help("ask for fewer") },
        ));
    }
    let taken: BTreeSet<&str> = section(&document.tree, "startups").iter().map(|entry| &*entry.key).collect();
    let free = (1_u64..).map(|number| format!("{name}-new-{number}")).filter(|name| !taken.contains(name.as_str()));
    let names: Vec<String> = free.take(count as usize).collect();
    let added: Vec<Entry> = names.iter().map(|name| startup(Arc::from(name.as_str()))).collect();
    Ok((grown(document, &[("startups", added)], names.clone()), names))
}

/// The document with further entries at the end of some of its sections.
fn grown(document: &Document, added: &[(&str, Vec<Entry>)], names: Vec<String>) -> Document {
    let mut sections = entries(&document.tree).to_vec();
    for (key, more) in added.iter().filter(|(_, more)| !more.is_empty()) {
        let at = more.first().map_or(document.tree.at, |entry| entry.at);
        match sections.iter_mut().find(|section| *section.key == **key) {
            Some(section) => {
                let all = entries(&section.value).iter().chain(more).cloned().collect();
                section.value.value = Value::Map(Arc::new(all));
            }
            None => {
                let value = Node { at, value: Value::Map(Arc::new(more.clone())) };
                sections.push(Entry { key: Arc::from(*key), at, value });
            }
        }
    }
    let mut grown = document.clone();
    grown.tree.value = Value::Map(Arc::new(sections));
    grown.newcomers.extend(names);
    grown.tree_before = Some(document.tree.clone());
    grown
}

/// The startups of another document, with the sizes, stacks and rules that it brings.
fn from(document: &Document, source: &Source) -> Result<(Document, Vec<String>), Problems> {
    let mut sources = document.sources.clone();
    let mut found = Findings::default();
    let tree = one_file(&source.name, source.text.as_bytes(), &mut sources, &mut found);
    let tree = tree.map(|tree| merge(None, &tree, Level::Document, &mut found));
    let Some(tree) = tree else { return Err(Problems { diagnostics: found.into_sorted(), sources }) };
    let mut added = Vec::new();
    for entry in entries(&tree) {
        match &*entry.key {
            "sizes" | "stacks" | "startups" => added.push((&*entry.key, new_entries(document, entry, &mut found))),
            "name" | "rules" => {}
            "hosts" | "pools" | "goals" | "toolbox" | "placement" | "extends" => {
                let message = format!("`{}` may not stand in a document whose startups are added", entry.key);
                let help = "it may have `startups`, and the `stacks`, `sizes` and `rules` that they bring";
                found.push(Diagnostic::new(Code::ChangesDocument, entry.at, message).help(help));
            }
            // The shape of the file says what is wrong with any other key.
            _ => {}
        }
    }
    let startups = added.iter().filter(|(key, _)| *key == "startups").flat_map(|(_, entries)| entries);
    let names: Vec<String> = startups.map(|entry| entry.key.to_string()).collect();
    if names.is_empty() && !found.has_errors() {
        let at = Place { file: tree.at.file, line: 1, column: 1, length: 0 };
        let diagnostic = Diagnostic::new(Code::MissingKey, at, "the document has no startups to add");
        found.push(diagnostic.help("write them under `startups`"));
    }
    if found.has_errors() {
        return Err(Problems { diagnostics: found.into_sorted(), sources });
    }
    let mut grown = grown(document, &added, names.clone());
    grown.sources = sources;
    grown.found.extend(&found);
    if let Some(rules) = tree.get("rules") {
        add_rules(&mut grown, rules);
    }
    Ok((grown, names))
}

/// What the document does not have yet. The same said again changes nothing; something else under a known name would.
fn new_entries(document: &Document, brought: &Entry, found: &mut Findings) -> Vec<Entry> {
    let known: std::collections::BTreeMap<&str, &Entry> =
        section(&document.tree, &brought.key).iter().map(|entry| (&*entry.key, entry)).collect();
    let mut new = Vec::new();
    for entry in entries(&brought.value) {
        match known.get(&*entry.key) {
            None => new.push(entry.clone()),
            Some(there) if same(&there.value, &entry.value) && &*brought.key != "startups" => {}
            Some(_) => {
                let kind = brought.key.trim_end_matches('s');
                let message = format!("the {kind} `{}` is in the document already", entry.key);
                found.push(Diagnostic::new(Code::ChangesDocument, entry.at, message).help("give it another name"));
            }
        }
    }
    new
}

/// Whether two values say the same, wherever they stand.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.key == b.key && same(&a.value, &b.value))
        }
        (Value::Null | Value::Gone, Value::Null | Value::Gone) => true,
        _ => false,
    }
}

fn add_rules(document: &mut Document, brought: &Entry) {
    let Value::List(more) = &brought.value.value else { return };
    let mut sections = entries(&document.tree).to_vec();
    match sections.iter_mut().find(|section| &*section.key == "rules") {
        Some(Entry { value: Node { value: Value::List(rules), .. }, .. }) => {
            *rules = Arc::new(rules.iter().chain(more.iter()).cloned().collect());
        }
        Some(_) => {}
        None => sections.push(brought.clone()),
    }
    document.tree.value = Value::Map(Arc::new(sections));
}
