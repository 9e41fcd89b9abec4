//! The way from what runs now to a plan, for people: step by step.

use crate::model::{ContainerIndex, HostIndex, Layout, Numbered};
use crate::moves::Move;
use crate::plan::{OrderVerdict, Steps};
use crate::report::table::hosts;
use crate::report::table::plan::painted;
use crate::report::table::style::{Align, Grid, Style, Tone};
use crate::report::{content, moves, summary};

/// What stops, what moves in which order, and what starts.
pub fn steps(layout: &Layout, steps: &Steps, style: &Style) -> String {
    let known = matches!(steps.verdict, OrderVerdict::Fewest | OrderVerdict::Found);
    let heading = moves::heading(steps);
    let mut out = by_host(layout, &steps.stops, "first stop on", style);
    out += &if known { style.wrap(&heading, 0) } else { painted(style, Tone::Warn, &heading) };
    out += &grid(layout, &steps.moves).render(style, 2);
    out + &by_host(layout, &steps.starts, "then start on", style)
}

/// Numbered moves.
pub(super) fn grid(layout: &Layout, moves: &[Move]) -> Grid {
    let hosts = &layout.lab.hosts;
    let mut grid = Grid::new(&[Align::Right, Align::Left, Align::Right, Align::Left]);
    for (number, step) in moves.iter().enumerate() {
        grid.row([
            format!("{}.", number + 1),
            layout.container_id(step.container),
            summary::size_of(layout, step.container),
            format!("{} -> {}", hosts[step.from].name, hosts[step.to].name),
        ]);
    }
    grid
}

/// Containers under the hosts that they are on.
fn by_host(layout: &Layout, placed: &[(ContainerIndex, HostIndex)], what: &str, style: &Style) -> String {
    let amount = content::scarcest_first(layout).first().copied();
    let mut out = String::new();
    for (index, host) in layout.lab.hosts.iter().numbered() {
        let here: Vec<ContainerIndex> = placed.iter().filter(|it| it.1 == index).map(|it| it.0).collect();
        if !here.is_empty() {
            out += &style.wrap(&format!("{what} {}", host.name), 2);
            out += &hosts::groups(&content::groups(layout, &here, amount), style, 2);
        }
    }
    out
}
