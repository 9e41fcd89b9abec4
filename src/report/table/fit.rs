//! Whether a startup fits, for people: the answer, then where it goes and what moves, or why not.

use crate::fit::{Fit, Fits};
use crate::model::{ContainerIndex, HostIndex};
use crate::moves::Move;
use crate::plan::HostUse;
use crate::report::content;
use crate::report::summary;
use crate::report::table::hosts;
use crate::report::table::moves;
use crate::report::table::plan::painted;
use crate::report::table::refusals::refusals;
use crate::report::table::style::{Align, Grid, Style, Tone};
use crate::report::table::why;

/// The whole answer.
pub fn fit(fit: &Fit, style: &Style) -> String {
    let mut parts = vec![headline(fit, style)];
    match fit.answer {
        Fits::AsIs | Fits::WithMoves => {
            if !fit.moves.is_empty() {
                parts.push(moving(fit, style));
            }
            parts.push(arrivals(fit, style));
            let changed = |host: HostIndex| fit.hosts.get(host.0).is_some_and(|held| touched(fit, held));
            parts.push(hosts::some_hosts(&fit.layout, &fit.hosts, changed, style));
            parts.push(style.wrap(&summary::how_many_more(fit), 2));
        }
        Fits::No | Fits::Unknown => {
            if let Some(found) = &fit.why {
                parts.push(why::blame(&fit.layout, found, style));
            }
            if !fit.remedies.is_empty() {
                parts.push(why::remedies(&fit.remedies, style));
            }
            if !fit.refusals.is_empty() {
                let heading = style.wrap(summary::AS_THINGS_STAND, 0);
                parts.push(heading + &refusals(&fit.layout, &fit.refusals, style));
            }
            let of_them = summary::how_many_of_them(fit).map_or_else(String::new, |said| style.wrap(&said, 2));
            parts.push(free_in_all(fit, style) + &of_them);
        }
    }
    if !fit.left_out.is_empty() {
        parts.push(style.wrap(&summary::left_out(fit), 2));
    }
    parts.join("\n")
}

fn headline(fit: &Fit, style: &Style) -> String {
    let tone = match fit.answer {
        Fits::AsIs | Fits::WithMoves => Tone::Good,
        Fits::No => Tone::Bad,
        Fits::Unknown => Tone::Warn,
    };
    painted(style, tone, &summary::fit_headline(fit))
}

/// Whether a host is another than before: something came or went.
fn touched(fit: &Fit, held: &HostUse) -> bool {
    let before = |&container: &ContainerIndex| fit.before.host_of.get(container) == Some(&Some(held.host));
    let left = |step: &Move| step.from == held.host;
    !held.containers.iter().all(before) || fit.moves.iter().any(left)
}

fn moving(fit: &Fit, style: &Style) -> String {
    style.wrap(&summary::moves_heading(fit), 0) + &moves::grid(&fit.layout, &fit.moves).render(style, 2)
}

/// Where the arrivals go, by host.
fn arrivals(fit: &Fit, style: &Style) -> String {
    let amount = content::scarcest_first(&fit.layout).first().copied();
    let mut out = String::new();
    let content = fit.after.by_host(fit.layout.lab.hosts.len());
    for (host, held) in fit.layout.lab.hosts.iter().zip(content) {
        let new: Vec<ContainerIndex> =
            held.into_iter().filter(|&c| fit.arrivals.contains(&fit.layout.demand.startup_of(c))).collect();
        if !new.is_empty() {
            out += &style.wrap(&format!("new on {}", host.name), 2);
            out += &hosts::groups(&content::groups(&fit.layout, &new, amount), style, 2);
        }
    }
    out
}

/// What is free on all hosts together: a sum that often misleads, so it is said which.
fn free_in_all(fit: &Fit, style: &Style) -> String {
    let mut grid = Grid::new(&[Align::Left, Align::Right, Align::Right]);
    grid.row([
        if fit.arrivals.len() > 1 { "all of them".to_owned() } else { String::new() },
        "asked".to_owned(),
        "free in all".to_owned(),
    ]);
    for free in summary::free_in_all(fit) {
        let resource = &fit.layout.lab.resources[free.resource];
        let tone = (free.asked > free.free).then_some(Tone::Bad);
        grid.painted([
            (resource.name().to_owned(), tone),
            (resource.show(free.asked), tone),
            (resource.show(free.free), tone),
        ]);
    }
    grid.render(style, 2)
}
