//! The road ahead, in words that every format says alike.

use super::text::{amount_of, clean, count, count_of, list, ranges};
use crate::model::{Begins, ContainerIndex, HostIndex, HostState, Layout, Phase};
use crate::report::content::scarcest_first;
use crate::roadmap::{Change, Roadmap, Stage};
use crate::solve::Status;

/// So many containers are named.
const NAMED: usize = 12;

/// Whether all phases fit, and how much moves: `6 phases: all fit, and nothing moves from one to the next`.
pub fn headline(roadmap: &Roadmap) -> String {
    let all = count_of(roadmap.stages.len(), "phase");
    let name = |stage: &Stage| roadmap.whole.phases[stage.phase].name.clone();
    let fit = match (roadmap.status(), roadmap.first_misfit()) {
        (_, None) => format!("{all}: all fit"),
        (_, Some(stage)) if stage.status == Status::Infeasible => {
            let others = roadmap.stages.iter().filter(|it| it.status != Status::Feasible).count() - 1;
            let more = if others == 0 { String::new() } else { format!(", nor do {others} after it") };
            format!("no: `{}` is the first of {all} that does not fit{more}", name(stage))
        }
        (_, Some(stage)) => {
            format!("unknown: whether `{}`, one of {all}, fits was neither shown nor refuted", name(stage))
        }
    };
    format!("{fit}; {}", movement(roadmap))
}

/// How much moves, and what is proven of it.
pub fn movement(roadmap: &Roadmap) -> String {
    let fewest = match roadmap.bound {
        bound if bound == roadmap.moves => "no roadmap has fewer, proven".to_owned(),
        0 => "fewer are not excluded".to_owned(),
        bound => format!("fewer than {bound} will not do, proven"),
    };
    match roadmap.moves {
        0 => "nothing that runs on moves".to_owned(),
        1 => format!("one container moves in all ({fewest})"),
        many => format!("{many} containers move in all ({fewest})"),
    }
}

/// When a phase begins: `2027-01-31`, `with 6 startups`, `now`.
pub fn begins(phase: &Phase) -> String {
    match &phase.begins {
        Begins::Now => "now".to_owned(),
        Begins::Date(day) => day.clone(),
        Begins::Startups(many) => format!("with {}", count(*many, "startup")),
    }
}

/// The name of a phase, with its title.
pub fn name(phase: &Phase) -> String {
    match &phase.title {
        Some(title) => format!("{} ({})", phase.name, clean(title)),
        None => phase.name.clone(),
    }
}

/// What comes or goes: startups in ranges, then containers, hosts and tools.
pub fn change(roadmap: &Roadmap, change: &Change) -> Vec<String> {
    let whole = &roadmap.whole;
    let mut parts = Vec::new();
    let startups: Vec<&str> = change.startups.iter().map(|&it| whole.demand.startups[it].name.as_str()).collect();
    if !startups.is_empty() {
        parts.push(ranges(&startups));
    }
    if !change.containers.is_empty() {
        parts.push(ids(whole, &change.containers));
    }
    parts.extend(change.hosts.iter().map(|&host| format!("host {}", whole.lab.hosts[host].name)));
    for category in change.tools.iter().filter_map(|&it| whole.toolbox.categories.get(it)) {
        let tool = category.chosen_tool().unwrap_or_default();
        parts.push(format!("{} ({})", clean(tool), clean(category.label())));
    }
    parts
}

/// The ids of containers, so many of them.
pub fn ids(layout: &Layout, containers: &[ContainerIndex]) -> String {
    let ids: Vec<String> = containers.iter().take(NAMED).map(|&it| layout.container_id(it)).collect();
    match containers.len().saturating_sub(NAMED) {
        0 => ids.join(", "),
        more => format!("{} and {more} more", ids.join(", ")),
    }
}

/// What moves: `s01/app from nuc to workstation`.
pub fn moves(roadmap: &Roadmap, stage: &Stage) -> Vec<String> {
    let host = |host: HostIndex| roadmap.whole.lab.hosts[host].name.as_str();
    let moved = stage.moves.iter().take(NAMED);
    let mut moves: Vec<String> = moved
        .map(|&(it, from, to)| format!("{} from {} to {}", roadmap.whole.container_id(it), host(from), host(to)))
        .collect();
    if stage.moves.len() > NAMED {
        moves.push(format!("{} more", stage.moves.len() - NAMED));
    }
    moves
}

/// What is left free of the scarcest resource: `nuc 12 GiB of memory`.
pub fn left(stage: &Stage) -> Vec<String> {
    let layout = &stage.layout;
    let Some(&scarcest) = scarcest_first(layout).first() else { return Vec::new() };
    let resource = &layout.lab.resources[scarcest];
    let there = stage.hosts.iter().filter(|held| layout.lab.hosts[held.host].state != HostState::Planned);
    let free = there.map(|held| {
        let host = &layout.lab.hosts[held.host];
        let free = host.allocatable[scarcest].saturating_sub(held.used[scarcest]);
        format!("{} {}", host.name, amount_of(resource, free))
    });
    free.collect()
}

/// The phases that stand as one arrangement: `now to beta`, where there are several.
pub fn runs(roadmap: &Roadmap) -> Option<String> {
    let name = |phase: &usize| roadmap.whole.phases[*phase].name.clone();
    let runs: Vec<String> = roadmap
        .runs
        .iter()
        .filter_map(|run| match (run.first(), run.last()) {
            (Some(first), Some(last)) if first != last => Some(format!("{} to {}", name(first), name(last))),
            _ => None,
        })
        .collect();
    (!runs.is_empty()).then(|| format!("one arrangement does from {}", list(&runs)))
}
