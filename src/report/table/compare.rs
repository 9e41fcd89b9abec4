//! Two layouts side by side, for people: how they differ, figure by figure, then what came, went and changed.

use super::plan::painted;
use super::style::{Align, Grid, Style, Tone};
use crate::compare::{Better, Comparison};
use crate::report::differences::{self, HostLine, Row};
use crate::report::text::{clean, count_of};

/// On a narrower screen the names of hosts do not stand in columns.
const WIDE: usize = 60;

/// More lines of one kind than these are only counted: JSON has them all.
const SHOWN: usize = 40;

/// The whole answer.
pub fn compare(comparison: &Comparison, style: &Style) -> String {
    let tone = if comparison.is_same() { Tone::Good } else { Tone::Warn };
    let mut parts = vec![painted(style, tone, &differences::headline(comparison)), figures(comparison, style)];
    if !comparison.is_same() {
        parts.extend([containers(comparison, style), changes(comparison, style), hosts(comparison, style)]);
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

pub(super) fn figures(comparison: &Comparison, style: &Style) -> String {
    let mut grid = Grid::new(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Left]);
    let [a, b] = comparison.names.each_ref().map(|name| (clean(name), Some(Tone::Strong)));
    grid.painted([(String::new(), None), a, b]);
    for Row { label, values: [a, b], delta, better, whose } in differences::rows(comparison) {
        let tone = better.map(|better| if better == Better::B { Tone::Good } else { Tone::Bad });
        let verdict = differences::verdict(better).to_owned();
        grid.painted([(label, None), (a, None), (b, None), (delta, tone), (verdict, tone)]);
        if let Some([a, b]) = whose {
            if style.width < WIDE {
                grid.painted([(format!("  {a}, {b}"), Some(Tone::Dim))]);
                continue;
            }
            grid.painted([(String::new(), None), (a, Some(Tone::Dim)), (b, Some(Tone::Dim))]);
        }
    }
    grid.render(style, 0)
}

fn containers(comparison: &Comparison, style: &Style) -> String {
    let mut lines = Vec::new();
    let on = |ids: &str, word: &str, host: &Option<String>| match host {
        Some(host) => format!("{ids} {word} {}", clean(host)),
        None => format!("{ids}, not placed"),
    };
    for (ids, to) in differences::placed(&comparison.added) {
        lines.push(("added", on(&ids, "on", &to)));
    }
    for (ids, from) in differences::placed(&comparison.removed) {
        lines.push(("removed", on(&ids, "from", &from)));
    }
    for (ids, from, to) in differences::moved(&comparison.moved) {
        lines.push(match (from, to) {
            (Some(from), Some(to)) => ("moved", format!("{ids} from {} to {}", clean(&from), clean(&to))),
            (None, to) => ("placed", on(&ids, "on", &to)),
            (from, None) => ("unplaced", on(&ids, "was on", &from)),
        });
    }
    let shown: String = lines
        .iter()
        .take(SHOWN)
        .map(|(what, line)| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            style.flow(&format!("{what:<10}"), &words, " ", 10)
        })
        .collect();
    shown + &more(lines.len())
}

fn changes(comparison: &Comparison, style: &Style) -> String {
    let lines = differences::changes(&comparison.changes);
    if lines.is_empty() {
        return String::new();
    }
    let shown: String = lines
        .iter()
        .take(SHOWN)
        .map(|line| {
            let words = [&line.kind, &line.names, &line.key].map(String::as_str);
            let subject = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
            let within = Style { width: style.width.saturating_sub(2), ..*style };
            within.wrap(&format!("{subject}: {}", line.what), 11).replace('\t', " ")
        })
        .map(|text| format!("  {text}"))
        .collect();
    format!("{}{shown}{}", style.wrap("changed in the document", 0), more(lines.len()))
}

fn hosts(comparison: &Comparison, style: &Style) -> String {
    let hosts = differences::hosts(comparison);
    if hosts.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&[Align::Left, Align::Left, Align::Right, Align::Right]);
    let [a, b] = comparison.names.each_ref().map(|name| clean(name));
    grid.row(["used of allocatable".to_owned(), String::new(), a, b]);
    let mut last = "";
    for HostLine { host, resource, sides: [a, b] } in hosts.iter().take(SHOWN) {
        let name = if host == last { String::new() } else { host.clone() };
        last = host;
        grid.painted([(name, Some(Tone::Strong)), (resource.clone(), None), (a.clone(), None), (b.clone(), None)]);
    }
    grid.render(style, 0) + &more(hosts.len())
}

fn more(lines: usize) -> String {
    match lines.saturating_sub(SHOWN) {
        0 => String::new(),
        rest => format!("and {} (`--format json` has all)\n", count_of(rest, "more line")),
    }
}
