//! The catalogue: figures, on what ground, and who says so. All of it is a table; what was asked for by name has its images.

use std::collections::BTreeSet;

use crate::document::catalogue::{ENTRIES, Entry, Found};
use crate::quantity::Resource;
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::text::{self, count_of, list};

/// From so many columns on a terminal has room for what a figure speaks of.
const WIDE: usize = 100;

/// The whole answer.
pub fn catalogue(found: &Found) -> Page {
    let mut page = Page::default();
    page.only(Only::Markdown, Block::heading("Catalogue"));
    if !found.entries.is_empty() {
        page.add(Says::new(headline(found), 0)).gap();
        page.only(Only::Markdown, whole(&found.entries));
        match found.words.is_empty() {
            true => page.join_only(Only::Terminal, listed(&found.entries)),
            false => page.join_only(Only::Terminal, found.entries.iter().fold(Page::default(), one)),
        };
    }
    for (word, near) in &found.unknown {
        page.gap().join(unknown(word, near));
    }
    page
}

/// `3 figures of 2 services go by `redis``.
fn headline(found: &Found) -> String {
    let services: BTreeSet<&str> = found.entries.iter().map(|entry| entry.service()).collect();
    let figures = count_of(found.entries.len(), "figure");
    let known: Vec<String> =
        found.words.iter().filter(|word| !found.unknown.iter().any(|(it, _)| it == *word)).map(quoted).collect();
    let by = match (known.as_slice(), found.entries.len()) {
        ([], _) => ": `bayplan catalogue WORD` has more of each".to_owned(),
        (_, 1) => format!(" goes by {}", known.join(" or ")),
        _ => format!(" go by {}", known.join(" or ")),
    };
    format!("{figures} of {}{by}", count_of(services.len(), "service"))
}

fn quoted(word: impl AsRef<str>) -> String {
    text::quoted(word.as_ref())
}

fn unknown(word: &str, near: &[&str]) -> Page {
    let near: Vec<String> = near.iter().map(quoted).collect();
    let near = if near.is_empty() { String::new() } else { format!("; near: {}", list(&near)) };
    let mut page = Page::default();
    page.add(Block::claim(Tone::Bad, &format!("nothing goes by {}{near}", quoted(word))));
    page
}

/// Millicores or bytes as the catalogue says them: in the unit of the source.
fn amounts(entry: &Entry) -> [String; 3] {
    let shown = |of: Resource, amount: Option<u64>| amount.map_or_else(|| "-".to_owned(), |amount| of.show(amount));
    let bytes = |amount: Option<u64>| shown(Resource::Memory, amount);
    [shown(Resource::Cpu, entry.cpu_millis), bytes(entry.memory_bytes), bytes(entry.disk_bytes)]
}

/// Everything of every entry, side by side.
fn whole(entries: &[&Entry]) -> Table {
    let figures = ["cpu", "memory", "disk"].map(Column::figures);
    let words = ["scope", "basis", "figure", "source", "images", "parts"].map(Column::words);
    let mut table = Table::new(0, [Column::words("name")].into_iter().chain(figures).chain(words).collect::<Vec<_>>());
    for entry in entries {
        let said = [entry.scope.name(), entry.basis.name(), entry.figure, entry.source].map(Text::from);
        let named = |images: &[&str]| {
            let spans = images.iter().flat_map(|it| [(Role::Words, ", ".to_owned()), (Role::Code, (*it).to_owned())]);
            Text { spans: spans.skip(1).collect(), tone: None }
        };
        let cells = [Role::Code.text(entry.name)].into_iter().chain(amounts(entry).map(Text::from));
        table.row(cells.chain(said).chain([named(entry.images), named(entry.parts)]).collect::<Vec<_>>());
    }
    table
}

/// A line for each, and who says so by number.
fn listed(entries: &[&Entry]) -> Page {
    let mut sources: Vec<&str> = Vec::new();
    for entry in entries {
        let source = of_many(entry.source);
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let columns = [
        Column::words("name"),
        Column::figures("cpu"),
        Column::figures("memory"),
        Column::figures("disk"),
        Column::words("for a").only(Only::Wide(WIDE)),
        Column::words("basis"),
        Column::figures("source"),
    ];
    let mut table = Table::new(0, columns);
    for entry in entries {
        let number = sources.iter().position(|it| *it == of_many(entry.source)).map_or(0, |at| at + 1);
        let [cpu, memory, disk] = amounts(entry).map(Text::from);
        let said = [entry.scope.name().to_owned(), entry.basis.name().to_owned(), number.to_string()].map(Text::from);
        let [scope, basis, source] = said;
        table.row([Role::Name.text(entry.name).toned(Tone::Strong), cpu, memory, disk, scope, basis, source]);
    }
    let mut page = Page::default();
    page.add(table).gap();
    let mut below = Table::headless(0, [Column::figures("source"), Column::words("")]);
    for (at, source) in sources.iter().enumerate() {
        below.row([Text::from((at + 1).to_string()), Role::Name.text(scripts(source))]);
    }
    page.add(below);
    page
}

/// The scripts of one collection are one source where all are listed.
fn of_many(source: &str) -> &str {
    source.split_once(", ct/").map_or(source, |(collection, _)| collection)
}

/// All scripts of a collection, `community-scripts/ProxmoxVE, ct/*.sh at 8386465a927a (MIT)`; a source that is none as it is.
fn scripts(collection: &str) -> String {
    let one = ENTRIES.iter().find_map(|entry| entry.source.strip_prefix(collection)?.split_once(".sh"));
    format!("{collection}{}", one.map_or_else(String::new, |(_, at)| format!(", ct/*.sh{at}")))
}

/// One entry with all that is known of it.
fn one(mut page: Page, entry: &&Entry) -> Page {
    let said = amounts(entry).into_iter().zip(["cpu", "memory", "disk"]);
    let said: Vec<String> =
        said.filter(|(amount, _)| amount != "-").map(|(amount, of)| format!("{amount} {of}")).collect();
    let (scope, basis) = (entry.scope.name(), entry.basis.name());
    let holds = if entry.usable_as_container() { "" } else { ", no size of a container" };
    page.gap().add(Block::Heading(entry.name.to_owned(), said.join("  ")));
    page.add(Says::under(format!("{basis} for a {scope}{holds}: {}", entry.figure), 2, 4));
    page.add(Says::under(format!("source: {}", entry.source), 2, 4));
    let named = |images: &[&str]| images.join(", ");
    if !entry.images.is_empty() {
        page.add(Says::under(format!("images: {}", named(entry.images)), 2, 4));
    }
    if !entry.parts.is_empty() {
        page.add(Says::under(format!("a whole of which these are parts: {}", named(entry.parts)), 2, 4));
    }
    page
}
