//! A toolbox: categories and their tools, when, and what runs them.

use super::title;
use crate::model::{Category, Layout, PhaseIndex, Runner, Status};
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::text::{clean, list};

/// The whole answer.
pub fn toolbox(layout: &Layout) -> Page {
    let columns = [
        Column::words("").only(Only::Terminal),
        Column::words("category").only(Only::Markdown),
        Column::words("tools"),
        Column::words("").only(Only::Terminal),
    ];
    let mut table = Table::headless(0, columns);
    for category in &layout.toolbox.categories {
        let tone = match category.status {
            Status::Now => Some(Tone::Good),
            Status::Next => Some(Tone::Warn),
            Status::Later | Status::Never => None,
        };
        let (label, when) = (category.label(), when(layout, category));
        table.row([
            Role::Name.text(label).toned(Tone::Strong),
            Role::Name.text(format!("{label} ({when})")),
            tools(category),
            Role::Name.text(when).toned(tone),
        ]);
    }
    let mut page = Page::default();
    page.only(Only::Markdown, Block::heading(title(layout, "Toolbox")));
    page.only(Only::Markdown, Says::new(headline(layout), 0));
    page.only(Only::Terminal, Block::Line(headline(layout), None)).gap().add(table);
    page
}

/// `3 categories: 1 now, 2 later`.
fn headline(layout: &Layout) -> String {
    let categories = &layout.toolbox.categories;
    let of = |status: Status| categories.iter().filter(|category| category.status == status).count();
    let counts = Status::ALL.map(|status| (of(status), status.name()));
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    let noun = if categories.len() == 1 { "1 category".to_owned() } else { format!("{} categories", categories.len()) };
    format!("{noun}: {}", list(&counts))
}

/// The ids of what runs a category; `None` where nothing is said of it.
pub fn runners(layout: &Layout, category: &Category) -> Option<Vec<String>> {
    let id = |runner: &Runner| match *runner {
        Runner::Startup(startup) => layout.demand.startups[startup].name.clone(),
        Runner::Service(service) => layout.service_id(service),
    };
    category.runs.as_ref().map(|runners| runners.iter().map(id).collect())
}

/// `now, platform/prometheus`: when, and what runs it.
pub fn when(layout: &Layout, category: &Category) -> String {
    let name = |phase: PhaseIndex| layout.phases.get(phase).map_or("", |phase| phase.name.as_str());
    let mut status = category.status.name().to_owned();
    if category.span.from > 0 {
        status += &format!(" from {}", name(category.span.from));
    }
    if category.span.until < PhaseIndex::MAX {
        status += &format!(" until {}", name(category.span.until));
    }
    match runners(layout, category) {
        None => status,
        Some(ids) if ids.is_empty() => format!("{status}, elsewhere"),
        Some(ids) => format!("{status}, {}", list(&ids)),
    }
}

/// The tools, the chosen one first, what is used along with it behind a `+`. What is under `with` is not said twice.
pub fn tools(category: &Category) -> Text {
    let chosen = category.chosen_tool();
    let others = category.tools.iter().filter(|tool| Some(tool.as_str()) != chosen && !category.with.contains(tool));
    let with = category.with.iter().filter(|_| chosen.is_some()).map(|tool| (" + ", Role::Name, tool.as_str()));
    let first = chosen.into_iter().map(|tool| (", ", Role::Chosen, tool));
    let all = first.chain(with).chain(others.map(|tool| (", ", Role::Name, tool.as_str())));
    let spans = all.flat_map(|(gap, role, tool)| [(Role::Words, gap.to_owned()), (role, clean(tool))]);
    Text { spans: spans.skip(1).collect(), tone: None }
}
