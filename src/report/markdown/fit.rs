//! Whether a startup fits, as Markdown.

use super::cells::{code, sentence, table};
use super::hosts;
use super::plan::title;
use super::refusals::refusals;
use super::why;
use crate::fit::{Fit, Fits};
use crate::model::HostIndex;
use crate::report::summary;
use crate::report::text;

/// The whole answer.
pub fn fit(fit: &Fit) -> String {
    let headline = sentence(&text::sentence(&summary::fit_headline(fit)));
    let mut parts = vec![title(&fit.layout, "Fit"), format!("**{headline}**\n")];
    match fit.answer {
        Fits::AsIs | Fits::WithMoves => {
            if !fit.moves.is_empty() {
                parts.push(format!("{}\n\n{}", text::sentence(&summary::moves_heading(fit)), moves(fit)));
            }
            parts.push(arrivals(fit));
            parts.push(sentence(&text::sentence(&summary::how_many_more(fit))) + "\n");
            parts.push(hosts::hosts(&fit.layout, &fit.hosts));
        }
        Fits::No | Fits::Unknown => {
            parts.extend(fit.why.as_ref().map(|found| why::blame(&fit.layout, found)));
            if !fit.remedies.is_empty() {
                parts.push(why::remedies(&fit.remedies));
            }
            if !fit.refusals.is_empty() {
                parts.push(format!("{}\n\n{}", summary::AS_THINGS_STAND, refusals(&fit.layout, &fit.refusals)));
            }
            parts.push(free(fit));
            parts.extend(summary::how_many_of_them(fit).map(|said| text::sentence(&said) + "\n"));
        }
    }
    if !fit.left_out.is_empty() {
        parts.push(text::sentence(&summary::left_out(fit)) + "\n");
    }
    parts.join("\n")
}

fn moves(fit: &Fit) -> String {
    let host = |host: HostIndex| fit.layout.lab.hosts[host].name.clone();
    let rows = fit.moves.iter().enumerate().map(|(number, step)| {
        let id = code(&fit.layout.container_id(step.container));
        let size = summary::size_of(&fit.layout, step.container);
        vec![(number + 1).to_string(), id, size, host(step.from), host(step.to)]
    });
    let header = ["step", "container", "size", "from", "to"];
    table(&header, &[true, false, true, false, false], &rows.collect::<Vec<_>>())
}

fn arrivals(fit: &Fit) -> String {
    let containers = fit.arrivals.iter().flat_map(|&startup| fit.layout.demand.containers_of(startup));
    let rows = containers.map(|container| {
        let host =
            fit.after.host_of[container].map_or_else(String::new, |host| fit.layout.lab.hosts[host].name.clone());
        vec![code(&fit.layout.container_id(container)), summary::size_of(&fit.layout, container), host]
    });
    table(&["new container", "size", "host"], &[false, true, false], &rows.collect::<Vec<_>>())
}

fn free(fit: &Fit) -> String {
    let rows = summary::free_in_all(fit).into_iter().map(|free| {
        let resource = &fit.layout.lab.resources[free.resource];
        vec![resource.name().to_owned(), resource.show(free.asked), resource.show(free.free)]
    });
    table(&["resource", "asked", "free in all"], &[false, true, true], &rows.collect::<Vec<_>>())
}
