//! What every format says alike of a toolbox.

use crate::model::{Category, Layout, PhaseIndex, Runner, Status};
use crate::report::text::{clean, list};

/// `3 categories: 1 now, 2 later`.
pub fn headline(layout: &Layout) -> String {
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

/// The tools, the chosen one first and as `mark` writes it, what is used along with it behind a `+`; `shown` writes the
/// rest. What is under `with` is not said twice.
pub fn tools(category: &Category, mark: &dyn Fn(&str) -> String, shown: &dyn Fn(&str) -> String) -> String {
    let chosen = category.chosen_tool();
    let with = category.with.iter().map(|tool| shown(&clean(tool)));
    let first = chosen.map(|tool| [mark(&clean(tool))].into_iter().chain(with).collect::<Vec<_>>().join(" + "));
    let others = category.tools.iter().filter(|tool| Some(tool.as_str()) != chosen && !category.with.contains(tool));
    first.into_iter().chain(others.map(|tool| shown(&clean(tool)))).collect::<Vec<_>>().join(", ")
}
