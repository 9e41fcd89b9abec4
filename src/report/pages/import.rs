//! What was imported, what was not, and whose figures these are.

use std::collections::BTreeSet;

use crate::diagnostic::{Place, plain};
use crate::document::Source;
use crate::import::{Origin, Report};
use crate::model::UNMEASURED;
use crate::quantity::Resource;
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::text::{clean, count, count_of, list};

/// The most lines of what was refused, or is worth knowing, on a terminal.
const MOST: usize = 40;

/// The whole answer; `sources` are what its places count.
pub fn import(report: &Report, sources: &[Source]) -> Page {
    let mut page = Page::default();
    page.add(Block::Title("Import".to_owned()));
    page.add(Says::new(headline(report), 2));
    if !report.imported.is_empty() {
        page.add(figures(report));
    }
    if !report.refused.is_empty() {
        page.gap().section(&format!("{} refused", count_of(report.refused.len(), "thing")), "Refused");
        let rows = report.refused.iter().map(|it| (it.what.as_str(), it.reason.as_str(), it.at));
        page.add(table(rows.take(MOST), sources));
        left(&mut page, report.refused.len());
    }
    if !report.notes.is_empty() {
        page.gap().section("to know", "To know");
        let rows = report.notes.iter().map(|it| ("", it.message.as_str(), it.at));
        page.add(table(rows.take(MOST), sources));
        left(&mut page, report.notes.len());
    }
    let defaults = report.imported.iter().filter(|it| it.request.values().any(|(_, from)| *from == Origin::Default));
    let defaults = defaults.count();
    if defaults > 0 || report.placeholder {
        page.gap();
    }
    if defaults > 0 {
        let verb = if defaults == 1 { "asks" } else { "ask" };
        let words = format!(
            "Nothing says all that {} {verb} for: size `{}` stands for the rest, to be changed in one place.",
            count_of(defaults, "container"),
            report.unmeasured.as_deref().unwrap_or(UNMEASURED)
        );
        page.add(Says::new(words, 2));
    }
    if report.placeholder {
        page.add(Says::new("The hosts are placeholders, as large as all of it: write down your machines.", 2));
    }
    page
}

fn left(page: &mut Page, all: usize) {
    if all > MOST {
        page.only(Only::Terminal, Block::Line(format!("  and {} more (`--report FILE` has all)", all - MOST), None));
    }
}

/// `4 containers of shop imported: 1.5 cpu and 2.3 GiB of memory are asked for`.
fn headline(report: &Report) -> String {
    let startups: Vec<String> = report.startups.iter().map(|name| format!("`{}`", plain(name))).collect();
    let all = count(report.containers(), "container");
    let sums: Vec<String> = (report.requests().iter())
        .map(|(resource, sum)| {
            let amount = resource.show(u64::try_from(*sum).unwrap_or(u64::MAX));
            if resource.is_bytes() {
                format!("{amount} of {}", resource.name())
            } else {
                format!("{amount} {}", resource.name())
            }
        })
        .collect();
    match (startups.is_empty(), sums.is_empty()) {
        (_, true) => "nothing imported".to_owned(),
        (true, false) => format!("{all} imported: {} asked for", list(&sums)),
        (false, false) => format!("{all} of {} imported: {} asked for", list(&startups), list(&sums)),
    }
}

/// How many figures of each resource come from where.
fn figures(report: &Report) -> Table {
    let origins = Origin::ALL.map(|origin| Column::figures(origin.name()));
    let columns: Vec<Column> = std::iter::once(Column::words("figures from")).chain(origins).collect();
    let mut table = Table::new(2, columns);
    let resources: BTreeSet<&Resource> = report.imported.iter().flat_map(|one| one.request.keys()).collect();
    for resource in resources {
        let mut cells = vec![Text::from(resource.name())];
        for origin in Origin::ALL {
            let count = report.count(resource, origin);
            let tone = (count > 0 && origin == Origin::Default).then_some(Tone::Warn);
            cells.push(Text::from(count.to_string()).toned(tone));
        }
        table.row(cells);
    }
    table
}

fn table<'a>(rows: impl Iterator<Item = (&'a str, &'a str, Place)>, sources: &[Source]) -> Table {
    let mut table = Table::headless(2, [Column::words("what"), Column::words("why"), Column::words("where")]);
    for (what, why, at) in rows {
        let file = sources.get(at.file as usize).map_or("", |source| source.name.as_str());
        let place = if at.line > 0 { format!("{file}:{}:{}", at.line, at.column) } else { String::new() };
        table.row([Role::Name.text(clean(what)), Text::from(clean(why)), Role::Name.text(clean(&place))]);
    }
    table
}
