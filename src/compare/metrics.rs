//! Figures of both layouts, and each host before and after.

use std::collections::BTreeSet;

use super::names::{Natural, pairs};
use super::{Better, HostPair, Metric, MetricName, MetricValue, ResourcePair, Side, Use};
use crate::check::{self, ViolationKind};
use crate::graph::{self, Outage};
use crate::model::{HostIndex, HostState, Ratio, StartupIndex};
use crate::plan::Room;
use crate::quantity::{Counted, Resource};

/// Every host of either layout, with its resources and what stops when it dies.
pub(super) fn hosts(a: &Side, b: &Side) -> Vec<HostPair> {
    let used = [a, b].map(|side| side.layout.used(side.placement));
    let stops = [stops_by_host(a), stops_by_host(b)];
    let resources = resources(a, b);
    let by_name = |side: &Side| -> Vec<(String, HostIndex)> {
        side.layout.lab.indices().map(|index| (side.layout.lab.hosts[index].name.clone(), index)).collect()
    };
    pairs(by_name(a).into_iter(), by_name(b).into_iter())
        .into_iter()
        .map(|(name, indices)| {
            let on_both = |resource: &Resource| {
                let on = |side: &Side, used: &[Vec<u64>], host: Option<HostIndex>| use_of(side, used, host?, resource);
                [on(a, &used[0], indices[0]), on(b, &used[1], indices[1])]
            };
            HostPair {
                name: name.0,
                there: indices.map(|index| index.is_some()),
                resources: resources
                    .iter()
                    .map(|resource| ResourcePair { resource: resource.clone(), sides: on_both(resource) })
                    .collect(),
                stops: [0, 1].map(|side| indices[side].map(|host| stops[side][host].clone())),
            }
        })
        .collect()
}

/// All figures, in the order they are shown.
pub(super) fn metrics(a: &Side, b: &Side, hosts: &[HostPair], room: [Option<Room>; 2]) -> Vec<Metric> {
    let mut metrics = Vec::new();
    let mut add = |name: MetricName, values: [Option<MetricValue>; 2]| {
        let better = better(&name, &values);
        metrics.push(Metric { name, values, better });
    };
    let both = |value: &dyn Fn(&Side) -> MetricValue| [Some(value(a)), Some(value(b))];
    add(
        MetricName::StartupsPlaced,
        both(&|side| MetricValue::Count(side.layout.startups_that_run(side.placement) as u64)),
    );
    add(MetricName::ContainersPlaced, both(&|side| MetricValue::Count(side.placement.placed().count() as u64)));
    add(MetricName::Violations, both(&|side| MetricValue::Count(violations(side))));
    add(MetricName::HostsUsed, both(&|side| MetricValue::Count(holding(side).len() as u64)));
    for resource in resources(a, b) {
        let free = [free(a, &resource), free(b, &resource)];
        if free.iter().any(Option::is_some) {
            add(MetricName::Free(resource), free);
        }
    }
    add(MetricName::FullestHost, both(&fullest));
    if [a, b].iter().any(|side| side.layout.has_targets()) {
        add(
            MetricName::AboveTarget,
            both(&|side| MetricValue::Above(check::above(&check::passed(side.layout, side.placement)))),
        );
    }
    if [a, b].iter().any(|side| side.layout.has_wishes()) {
        let unmet = |side: &Side| MetricValue::Count(check::weight(&check::unmet(side.layout, side.placement)));
        add(MetricName::Wishes, both(&unmet));
    }
    add(MetricName::Price, both(&|side| sum_over_holding(side, |host| side.layout.lab.hosts[host].price)));
    add(MetricName::Watts, both(&|side| sum_over_holding(side, |host| side.layout.lab.hosts[host].watts)));
    if let Some(of) = room.iter().flatten().map(|room| room.of.clone()).next() {
        add(MetricName::Room(of), room.map(|room| room.map(room_value)));
    }
    for host in hosts {
        let stops = host.stops.each_ref();
        let count = |names: &Option<Vec<String>>| names.as_ref().map(|names| MetricValue::Count(names.len() as u64));
        add(MetricName::StopsWith(host.name.clone()), stops.map(count));
    }
    metrics
}

/// The wishes that one of the two does not meet and the other does, or does not have, each with what it costs.
pub(super) fn unmet(a: &Side, b: &Side) -> [Vec<String>; 2] {
    let said = |side: &Side| -> BTreeSet<Natural> {
        let unmet = check::unmet(side.layout, side.placement);
        unmet.iter().map(|one| Natural(format!("{} (weight {})", one.message(side.layout), one.cost()))).collect()
    };
    let (a, b) = (said(a), said(b));
    let only =
        |of: &BTreeSet<Natural>, other: &BTreeSet<Natural>| of.difference(other).map(|it| it.0.clone()).collect();
    [only(&a, &b), only(&b, &a)]
}

fn better(name: &MetricName, values: &[Option<MetricValue>; 2]) -> Option<Better> {
    let [Some(a), Some(b)] = values else { return None };
    let a_is_more = match (a, b) {
        (MetricValue::Share(a, _), MetricValue::Share(b, _)) => a.cmp(b),
        (MetricValue::Count(a), MetricValue::Count(b))
        | (MetricValue::Amount(a), MetricValue::Amount(b))
        | (MetricValue::Millionths(a), MetricValue::Millionths(b))
        | (MetricValue::Above(a), MetricValue::Above(b)) => a.cmp(b),
        // "At least 3" is more than 2, and neither more nor less than 3 or 4.
        (MetricValue::AtLeast(a), MetricValue::Count(b)) if a > b => std::cmp::Ordering::Greater,
        (MetricValue::Count(a), MetricValue::AtLeast(b)) if b > a => std::cmp::Ordering::Less,
        _ => return None,
    };
    match (a_is_more.is_eq(), a_is_more.is_gt() == name.more_is_better()) {
        (true, _) => None,
        (false, true) => Some(Better::A),
        (false, false) => Some(Better::B),
    }
}

fn room_value(room: Room) -> MetricValue {
    if room.proven { MetricValue::Count(room.count) } else { MetricValue::AtLeast(room.count) }
}

/// A container without a place is no violation here: those are counted as placed or not.
fn violations(side: &Side) -> u64 {
    let found = check::check(side.layout, side.placement, side.layout.placement.as_ref());
    found.iter().filter(|violation| violation.kind != ViolationKind::Unplaced).count() as u64
}

/// The hosts that hold anything.
fn holding(side: &Side) -> BTreeSet<HostIndex> {
    side.placement.placed().map(|(_, host)| host).collect()
}

fn sum_over_holding(side: &Side, of: impl Fn(HostIndex) -> u64) -> MetricValue {
    let sum = holding(side).into_iter().fold(0_u64, |sum, host| sum.saturating_add(of(host)));
    MetricValue::Millionths(sum)
}

/// What is free of `resource` on the hosts that take containers; `None` where it is not budgeted.
fn free(side: &Side, resource: &Resource) -> Option<MetricValue> {
    let index = side.layout.lab.resource_index(resource)?;
    let lab = &side.layout.lab;
    let up = lab.indices().filter(|&host| lab.hosts[host].state == HostState::Up);
    if !lab.resources[index].is_pooled() && !lab.have_budget(up.clone(), index) {
        return None;
    }
    Some(MetricValue::Amount(side.layout.free(side.placement, up)[index]))
}

/// The largest share used of what `balance` judges by; a resource that a host cannot give at all is skipped.
fn fullest(side: &Side) -> MetricValue {
    let balanced = side.layout.balanced();
    let mut fullest = (Ratio::ZERO, None);
    for (host, used) in side.layout.lab.hosts.iter().zip(side.layout.used(side.placement)) {
        for (index, (&part, &whole)) in used.iter().zip(&host.allocatable).enumerate() {
            if balanced[index] && whole > 0 && (Ratio { part, whole }) > fullest.0 {
                let resource = side.layout.lab.resources[index].resource.clone();
                fullest = (Ratio { part, whole }, Some((host.name.clone(), resource)));
            }
        }
    }
    MetricValue::Share(fullest.0, fullest.1)
}

fn use_of(side: &Side, used: &[Vec<u64>], host: HostIndex, resource: &Resource) -> Option<Use> {
    let index = side.layout.lab.resource_index(resource).filter(|&it| side.layout.lab.has_budget(host, it))?;
    Some(Use { used: used[host][index], allocatable: side.layout.lab.hosts[host].allocatable[index] })
}

/// For each host, the names of the startups that stop when it dies.
fn stops_by_host(side: &Side) -> Vec<Vec<String>> {
    let startups = &side.layout.demand.startups;
    // Sorted once: where most need each other, most stop with every host.
    let name = |startup: StartupIndex| (Natural(startups[startup].name.clone()), startup);
    let sorted: Vec<(Natural, StartupIndex)> =
        (0..startups.len()).map(name).collect::<BTreeSet<_>>().into_iter().collect();
    let mut rank = vec![0; startups.len()];
    sorted.iter().enumerate().for_each(|(position, (_, startup))| rank[*startup] = position);
    let names = |outage: Outage| -> Vec<String> {
        let mut ranks: Vec<usize> = outage.startups.into_iter().map(|startup| rank[startup]).collect();
        ranks.sort_unstable();
        ranks.dedup();
        ranks.into_iter().map(|rank| sorted[rank].0.0.clone()).collect()
    };
    graph::stops_by_host(side.layout, side.placement).into_iter().map(names).collect()
}

/// The resources that either layout budgets, in their usual order.
fn resources(a: &Side, b: &Side) -> Vec<Counted> {
    let all: BTreeSet<&Counted> = a.layout.lab.resources.iter().chain(&b.layout.lab.resources).collect();
    all.into_iter().cloned().collect()
}
