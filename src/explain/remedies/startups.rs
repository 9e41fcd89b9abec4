//! Startups to leave out.

use std::collections::{BTreeMap, BTreeSet};

use super::probe::{Prober, yes};
use super::{Kind, Remedy};
use crate::explain::evict::{GivesWay, gives_way};
use crate::model::{Change, Layout, StartupIndex};

/// At most so many single startups are tried.
const MOST_TRIED: usize = 24;
/// So many are named.
const NAMED: usize = 4;

/// Without those that a plan with the most priority leaves out, or without one that is there, the least important first.
pub fn left_out(prober: &Prober) -> Option<Remedy> {
    let layout = &prober.question.layout;
    let unplaced = prober.refused;
    if prober.question.arrivals.is_none() && !unplaced.is_empty() {
        return (unplaced.len() < layout.demand.startups.len()).then(|| without(prober, unplaced)).flatten();
    }
    let coming: BTreeSet<StartupIndex> = prober.refused.iter().copied().collect();
    let included = prober.question.included();
    let needed = needed(layout);
    let mut single: Vec<StartupIndex> = (0..layout.demand.startups.len())
        .filter(|startup| !needed.contains(startup) && !coming.contains(startup))
        .filter(|&startup| layout.demand.containers_of(startup).all(|container| included[container]))
        .collect();
    // Of equal priority the last: plans are written in the order of importance.
    single.sort_by_key(|&startup| (layout.demand.startups[startup].priority, std::cmp::Reverse(startup)));
    let mut stacks: BTreeMap<(u64, &Option<String>), usize> = BTreeMap::new();
    single.retain(|&startup| {
        let its = &layout.demand.startups[startup];
        let alike = stacks.entry((its.priority, &its.stack)).or_insert(0);
        *alike += 1;
        its.stack.is_none() || *alike <= 2
    });
    let alone = single.into_iter().take(MOST_TRIED).find_map(|startup| without(prober, &[startup]));
    alone.or_else(|| match gives_way(prober.question, prober.options) {
        GivesWay::Some { startups, .. } if startups.len() > 1 => without(prober, &startups),
        _ => None,
    })
}

/// The startups that others need.
fn needed(layout: &Layout) -> BTreeSet<StartupIndex> {
    let services = &layout.demand.services;
    let pairs = services.iter().flat_map(|service| service.needs.iter().map(|&need| (service.startup, need)));
    pairs.map(|(startup, need)| (startup, services[need].startup)).filter(|(a, b)| a != b).map(|(_, b)| b).collect()
}

fn without(prober: &Prober, startups: &[StartupIndex]) -> Option<Remedy> {
    let layout = &prober.question.layout;
    let names: Vec<String> =
        startups.iter().take(NAMED).map(|&s| format!("`{}`", layout.demand.startups[s].name)).collect();
    let more = match startups.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!("without {}{more}", names.join(", "));
    let changes: Vec<Change> = startups.iter().copied().map(Change::StartupLeftOut).collect();
    let fits = !is_needed(layout, startups) && yes(prober.fits(&changes));
    fits.then(|| prober.remedy(Kind::Startup, text, &changes, startups.len() == 1)).flatten()
}

/// Whether startups that stay need some of `startups`: what cannot run without them is no way out.
fn is_needed(layout: &Layout, startups: &[StartupIndex]) -> bool {
    let services = &layout.demand.services;
    let gone = |startup: StartupIndex| startups.contains(&startup);
    services.iter().filter(|it| !gone(it.startup)).any(|it| it.needs.iter().any(|&need| gone(services[need].startup)))
}
