//! Two layouts side by side, as Markdown.

use super::cells::{code, escape, sentence, table};

use crate::compare::Comparison;
use crate::report::differences::{self, HostLine, Row};
use crate::report::text;

/// The whole answer.
pub fn compare(comparison: &Comparison) -> String {
    let [a, b] = comparison.names.each_ref().map(|name| escape(name));
    let mut parts = vec![
        format!("# Compare {a} with {b}\n"),
        format!("**{}**\n", text::sentence(&differences::headline(comparison))),
        figures(comparison),
    ];
    if !comparison.is_same() {
        parts.extend([containers(comparison), changes(comparison), hosts(comparison)]);
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

pub(super) fn figures(comparison: &Comparison) -> String {
    let [a, b] = comparison.names.each_ref().map(|name| escape(name));
    let mut rows: Vec<Vec<String>> = Vec::new();
    for Row { label, values: [a, b], delta, better, whose } in differences::rows(comparison) {
        rows.push(vec![sentence(&label), a, b, escape(&delta), differences::verdict(better).to_owned()]);
        if let Some([a, b]) = whose {
            rows.push(vec!["which is".to_owned(), escape(&a), escape(&b), String::new(), String::new()]);
        }
    }
    table(&["", &a, &b, "difference", ""], &[false, true, true, true, false], &rows)
}

fn containers(comparison: &Comparison) -> String {
    let host = |host: Option<String>| host.map_or(String::new(), |host| escape(&host));
    let mut rows = Vec::new();
    for (ids, to) in differences::placed(&comparison.added) {
        rows.push(vec!["added".to_owned(), code(&ids), String::new(), host(to)]);
    }
    for (ids, from) in differences::placed(&comparison.removed) {
        rows.push(vec!["removed".to_owned(), code(&ids), host(from), String::new()]);
    }
    for (ids, from, to) in differences::moved(&comparison.moved) {
        let what = match (&from, &to) {
            (None, _) => "placed",
            (_, None) => "unplaced",
            _ => "moved",
        };
        rows.push(vec![what.to_owned(), code(&ids), host(from), host(to)]);
    }
    section("Containers", &["", "containers", "from", "to"], &rows)
}

fn changes(comparison: &Comparison) -> String {
    let rows: Vec<Vec<String>> = differences::changes(&comparison.changes)
        .into_iter()
        .map(|line| vec![line.kind, escape(&line.names), escape(&line.key), escape(&line.what)])
        .collect();
    section("Changed in the document", &["", "what", "key", "change"], &rows)
}

fn hosts(comparison: &Comparison) -> String {
    let [a, b] = comparison.names.each_ref().map(|name| escape(name));
    let rows: Vec<Vec<String>> = differences::hosts(comparison)
        .into_iter()
        .map(|HostLine { host, resource, sides: [a, b] }| vec![escape(&host), escape(&resource), a, b])
        .collect();
    section("Used of allocatable", &["host", "resource", &a, &b], &rows)
}

fn section(title: &str, header: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    format!("## {title}\n\n{}", table(header, &vec![false; header.len()], rows))
}
