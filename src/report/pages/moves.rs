//! The way from what runs now to a plan, step by step.

use crate::model::{ContainerIndex, HostIndex, Layout, Numbered};
use crate::moves::Move;
use crate::plan::{OrderVerdict, Steps};
use crate::report::content;
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::text::count_of;

/// What is known of how many moves it takes.
pub(super) const FEWEST: &str = "fewer will not do";
pub(super) const FOUND: &str = "fewer may do";

/// What stops, what moves in which order, and what starts.
pub fn steps(layout: &Layout, steps: &Steps) -> Page {
    let mut page = Page::default();
    page.only(Only::Markdown, Block::heading("Moves"));
    page.join_only(Only::Terminal, by_host(layout, &steps.stops, "first stop on"));
    match steps.verdict {
        OrderVerdict::Fewest | OrderVerdict::Found => page.add(Says::new(heading(steps), 0)),
        OrderVerdict::Never | OrderVerdict::Unknown => page.verdict(Tone::Warn, &heading(steps)),
    };
    page.only(Only::Terminal, moves(layout, &steps.moves));
    page.join_only(Only::Terminal, by_host(layout, &steps.starts, "then start on"));
    let boxes = checklist(layout, steps);
    if !boxes.is_empty() {
        page.only(Only::Markdown, Block::List(boxes, true));
    }
    page
}

/// Numbered moves.
pub(super) fn moves(layout: &Layout, moves: &[Move]) -> Table {
    let columns = [
        Column::figures("").only(Only::Terminal),
        Column::figures("step").only(Only::Markdown),
        Column::words("container"),
        Column::figures("size"),
        Column::words("").only(Only::Terminal),
        Column::words("from").only(Only::Markdown),
        Column::words("to").only(Only::Markdown),
    ];
    let mut table = Table::headless(2, columns);
    for (number, step) in moves.iter().enumerate() {
        let [from, to] = [step.from, step.to].map(|host| layout.lab.hosts[host].name.as_str());
        table.row([
            Text::from(format!("{}.", number + 1)),
            Text::from((number + 1).to_string()),
            Role::Code.text(layout.container_id(step.container)),
            Text::from(content::size_of(layout, layout.demand.service_of(step.container))),
            Text::from(format!("{from} -> {to}")),
            Text::from(from),
            Text::from(to),
        ]);
    }
    table
}

/// Containers under the hosts that they are on.
pub(super) fn by_host(layout: &Layout, placed: &[(ContainerIndex, HostIndex)], what: &str) -> Page {
    let mut page = Page::default();
    for (index, host) in layout.lab.hosts.iter().numbered() {
        let here: Vec<ContainerIndex> = placed.iter().filter(|it| it.1 == index).map(|it| it.0).collect();
        if !here.is_empty() {
            page.add(Says::new(format!("{what} {}", host.name), 2)).add(content::block(layout, &here, 2));
        }
    }
    page
}

/// Every step, to be ticked off.
fn checklist(layout: &Layout, steps: &Steps) -> Vec<String> {
    let host = |host: HostIndex| layout.lab.hosts[host].name.as_str();
    let what = |container: ContainerIndex| match content::size_of(layout, layout.demand.service_of(container)) {
        size if size.is_empty() => format!("`{}`", layout.container_id(container)),
        size => format!("`{}` ({size})", layout.container_id(container)),
    };
    let stops = steps.stops.iter().map(|&(it, from)| format!("stop {} on {}", what(it), host(from)));
    let moves = steps.moves.iter();
    let moves = moves.map(|it| format!("move {} from {} to {}", what(it.container), host(it.from), host(it.to)));
    let starts = steps.starts.iter().map(|&(it, to)| format!("start {} on {}", what(it), host(to)));
    stops.chain(moves).chain(starts).collect()
}

/// Above the steps, or instead of them.
pub fn heading(steps: &Steps) -> String {
    let Steps { verdict, moves, differing, starts, stops } = steps;
    let fewer = match verdict {
        OrderVerdict::Fewest => FEWEST,
        OrderVerdict::Found => FOUND,
        OrderVerdict::Never | OrderVerdict::Unknown => return none(*verdict, *differing),
    };
    match moves.len() {
        0 if starts.is_empty() && stops.is_empty() => "nothing moves: all is where it is to be".to_owned(),
        0 => "nothing moves".to_owned(),
        many => ordered(many, many - (*differing).min(many), fewer),
    }
}

/// Above so many moves of which so many are parked.
pub(super) fn ordered(moves: usize, parked: usize, fewer: &str) -> String {
    match (moves, parked) {
        (1, _) => format!("the move ({fewer}):"),
        (_, 0) => format!("the moves, each step valid in this order ({fewer}):"),
        (_, parked) => {
            let parked = count_of(parked, "move");
            format!("the moves, each step valid in this order ({fewer}; {parked} to make room for a while):")
        }
    }
}

/// The name of what is known, for programs.
pub fn kind(verdict: OrderVerdict) -> &'static str {
    match verdict {
        OrderVerdict::Fewest => "fewest",
        OrderVerdict::Found => "found",
        OrderVerdict::Never => "never",
        OrderVerdict::Unknown => "unknown",
    }
}

fn none(verdict: OrderVerdict, differing: usize) -> String {
    let containers = count_of(differing, "container");
    match verdict {
        OrderVerdict::Never => format!(
            "no order of the moves: {containers} would change hosts, and no sequence of valid steps leads there (proven \
             by search). Some would have to be stopped for a while, or exchanged at once."
        ),
        _ => format!(
            "no order of the moves was found within the limit: {containers} would change hosts. Whether there is one is \
             not known."
        ),
    }
}
