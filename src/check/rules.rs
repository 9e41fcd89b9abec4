//! One function for each rule: flat, independent of each other, and of anything the solver does.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::{Violation, ViolationKind};
use crate::model::{
    ContainerIndex, DEEPEST, Domain, HostIndex, HostState, Layout, Numbered, Rule, RuleKind, Spot, Topology,
};

/// On no host is more asked of a resource than it can give: by agents alone, or with what is placed there.
pub(super) fn check_capacity(case: &Case, violations: &mut Vec<Violation>) {
    for (host, content) in case.content.iter().numbered::<HostIndex>() {
        let direct = || content.iter().copied().filter(|&it| case.spot_of[it] == Some(Spot::Host(host)));
        for resource in case.layout.lab.of_hosts() {
            let allocatable = case.layout.lab.hosts[host].allocatable[resource];
            let asks = |&container: &ContainerIndex| case.asks(container, resource);
            let agents = case.agents[host].iter().copied();
            let needs = |agent: usize| case.layout.demand.services[agent].request[resource].value;
            let by_agents: u128 = agents.clone().map(|agent| u128::from(needs(agent))).sum();
            if by_agents > u128::from(allocatable) {
                let agents: Vec<_> = agents.filter(|&agent| needs(agent) > 0).collect();
                let said = agents.first().and_then(|&it| case.layout.demand.services[it].every.as_ref());
                let (at, because) = (said.map(|every| every.at), Some(case.layout.lab.hosts[host].at));
                let requested = u64::try_from(by_agents).unwrap_or(u64::MAX);
                let kind = ViolationKind::Agents { resource, requested, allocatable, agents };
                violations.push(Violation { kind, host: Some(host), containers: Vec::new(), at, because });
                continue;
            }
            let asked: u128 = direct().map(|container| asks(&container)).sum();
            let requested = asked + by_agents;
            if requested <= u128::from(allocatable) {
                continue;
            }
            let requested = u64::try_from(requested).unwrap_or(u64::MAX);
            let kind = ViolationKind::OverCapacity { resource, requested, allocatable };
            let containers = direct().filter(|container| asks(container) > 0).collect();
            let because = case.layout.lab.hosts[host].at;
            violations.push(case.violation(kind, Some(host), containers, Some(because)));
        }
    }
}

/// In no carrier is more asked of a resource than it offers.
pub(super) fn check_carriers(case: &Case, violations: &mut Vec<Violation>) {
    for (&carrier, content) in &case.carried {
        for resource in case.layout.lab.of_hosts() {
            let Some(allocatable) = case.offers(carrier, resource) else { continue };
            let requested: u128 = content.iter().map(|&container| case.asks(container, resource)).sum();
            if requested <= u128::from(allocatable) {
                continue;
            }
            let requested = u64::try_from(requested).unwrap_or(u64::MAX);
            let kind = ViolationKind::CarrierOverCapacity { carrier, resource, requested, allocatable };
            let containers = content.iter().copied().filter(|&container| case.asks(container, resource) > 0).collect();
            let because = case.layout.demand.service_of(carrier).at;
            violations.push(case.violation(kind, case.host_of[carrier], containers, Some(because)));
        }
    }
}

/// Who lies in carriers is in one of those that its `inside:` names, and everybody else directly on a host.
pub(super) fn check_inside(case: &Case, violations: &mut Vec<Violation>) {
    for container in case.layout.demand.indices() {
        let inside = case.layout.demand.service_of(container).inside.as_ref();
        let wrong = match (case.spot_of[container], inside) {
            (Some(Spot::Host(_)), inside) => inside.is_some(),
            (Some(Spot::Carrier(carrier)), Some(inside)) => !inside.carriers.contains(&carrier),
            (Some(Spot::Carrier(_)), None) => true,
            (None, _) => false,
        };
        if let (true, Some(spot)) = (wrong, case.spot_of[container]) {
            let because = inside.map(|inside| inside.at);
            let kind = ViolationKind::NotInside { spot };
            violations.push(case.violation(kind, case.host_of[container], vec![container], because));
        }
    }
}

/// All containers that are placed together, wherever they are, ask for no more of a pool than it can give.
pub(super) fn check_pools(case: &Case, violations: &mut Vec<Violation>) {
    for pool in &case.layout.lab.pools {
        for (resource, &allocatable) in pool.resources.clone().zip(&pool.allocatable) {
            let asks = |container: ContainerIndex| case.layout.demand.service_of(container).request[resource].value;
            let draws = |container: &ContainerIndex| case.host_of[*container].is_some() && asks(*container) > 0;
            let containers: Vec<ContainerIndex> = case.layout.demand.indices().filter(draws).collect();
            let requested: u128 = containers.iter().map(|&container| u128::from(asks(container))).sum();
            if requested > u128::from(allocatable) {
                let requested = u64::try_from(requested).unwrap_or(u64::MAX);
                let kind = ViolationKind::PoolOverCapacity { resource, requested, allocatable };
                violations.push(case.violation(kind, None, containers, Some(pool.at)));
            }
        }
    }
}

/// A container that draws on a pool is on a host that reaches it.
pub(super) fn check_reach(case: &Case, violations: &mut Vec<Violation>) {
    for (host, content) in case.content.iter().numbered::<HostIndex>() {
        for &container in content.iter().filter(|&&container| !reaches_pool(case, container, host)) {
            let because = case.layout.demand.service_of(container).pool.map(|pool| case.layout.lab.pools[pool].at);
            violations.push(case.violation(ViolationKind::PoolOutOfReach, Some(host), vec![container], because));
        }
    }
}

fn reaches_pool(case: &Case, container: ContainerIndex, host: HostIndex) -> bool {
    let hosts = case.layout.demand.service_of(container).pool.map(|pool| case.layout.lab.pools[pool].hosts.as_ref());
    hosts.flatten().is_none_or(|hosts| hosts.contains(&host))
}

/// A container with `on:` is on a host that it names; where its pool is not reached, that has been said.
pub(super) fn check_on(case: &Case, violations: &mut Vec<Violation>) {
    for (host, content) in case.content.iter().numbered::<HostIndex>() {
        for &container in content {
            let service = case.layout.demand.service_of(container);
            let allowed = service.on.as_ref().is_none_or(|allowed| allowed.contains(&host));
            if !allowed && reaches_pool(case, container, host) {
                let because = Some(service.on_at);
                violations.push(case.violation(ViolationKind::NotAllowed, Some(host), vec![container], because));
            }
        }
    }
}

/// No two containers of an `apart` rule share a host.
pub(super) fn check_apart_by_host(case: &Case, violations: &mut Vec<Violation>) {
    for rule in case.layout.rules.iter().filter(|rule| rule.kind == RuleKind::ApartByHost) {
        for (host, containers) in group(case, rule, |_, host| host) {
            if containers.len() > 1 {
                let kind = ViolationKind::ApartByHost;
                violations.push(case.violation(kind, Some(host), containers, Some(rule.at)));
            }
        }
    }
}

/// No two containers of an `apart: <label>` are on hosts with one value of the label, or without it.
pub(super) fn check_apart_by_label(case: &Case, violations: &mut Vec<Violation>) {
    for rule in &case.layout.rules {
        let RuleKind::ApartByLabel(label) = &rule.kind else { continue };
        let value_on = |_, host: HostIndex| case.layout.lab.hosts[host].labels.get(label).cloned();
        for (value, containers) in group(case, rule, value_on) {
            if containers.len() > 1 {
                let kind = ViolationKind::ApartByLabel { label: label.clone(), value };
                let host = common_host(case, &containers);
                violations.push(case.violation(kind, host, containers, Some(rule.at)));
            }
        }
    }
}

/// No two containers of an `apart: carrier` share a carrier, nor do two that lie in none a host.
pub(super) fn check_apart_by_carrier(case: &Case, violations: &mut Vec<Violation>) {
    for rule in case.layout.rules.iter().filter(|rule| rule.kind == RuleKind::ApartByCarrier) {
        for (spot, containers) in group(case, rule, |spot, _| spot) {
            if containers.len() > 1 {
                let host = common_host(case, &containers);
                violations.push(case.violation(
                    ViolationKind::ApartByCarrier { spot },
                    host,
                    containers,
                    Some(rule.at),
                ));
            }
        }
    }
}

/// The containers of a `together` rule share one carrier where all of them lie in carriers, else one host.
pub(super) fn check_together(case: &Case, violations: &mut Vec<Violation>) {
    for rule in case.layout.rules.iter().filter(|rule| rule.kind == RuleKind::Together) {
        let containers: Vec<_> =
            rule.containers.iter().copied().filter(|&container| case.host_of[container].is_some()).collect();
        let lie = rule.containers.iter().all(|&container| case.layout.demand.service_of(container).inside.is_some());
        let spot = |&container: &ContainerIndex| match lie {
            true => case.spot_of[container],
            false => case.host_of[container].map(Spot::Host),
        };
        let spots: BTreeSet<Spot> = containers.iter().filter_map(spot).collect();
        if spots.len() > 1 {
            let kind = ViolationKind::Together { spots: spots.into_iter().collect() };
            violations.push(case.violation(kind, None, containers, Some(rule.at)));
        }
    }
}

/// No domain holds more containers of an `at-most` rule than it allows.
pub(super) fn check_at_most(case: &Case, violations: &mut Vec<Violation>) {
    for rule in &case.layout.rules {
        let RuleKind::AtMost { count, per } = &rule.kind else { continue };
        for (domain, containers) in
            group(case, rule, |spot, host| per.domain_at(spot, host, &case.layout.lab.hosts[host]))
        {
            if containers.len() as u64 > *count {
                let value = match domain {
                    Domain::Label(value) => value.cloned(),
                    Domain::Spot(spot) => Some(case.layout.spot_name(spot)),
                    Domain::Host(_) | Domain::Lab => None,
                };
                let kind = ViolationKind::AtMost { per: per.name().to_owned(), value, most: *count };
                let host = if let Domain::Host(host) = domain { Some(host) } else { common_host(case, &containers) };
                violations.push(case.violation(kind, host, containers, Some(rule.at)));
            }
        }
    }
}

/// Replicas that all have a place are spread evenly over the domains of the hosts that take new containers and that their
/// `on:` names: those elsewhere are not counted.
pub(super) fn check_spread(case: &Case, violations: &mut Vec<Violation>) {
    for rule in &case.layout.rules {
        let RuleKind::Spread { over, skew } = &rule.kind else { continue };
        let Some((most, least)) = spread_of(case.layout, rule, over, &|container| case.spot_of[container]) else {
            continue;
        };
        if most - least > *skew {
            let kind = ViolationKind::Spread { over: over.name().to_owned(), most, least, skew: *skew };
            violations.push(case.violation(kind, None, rule.containers.clone(), Some(rule.at)));
        }
    }
}

/// How many of a rule's replicas, where all have a place, the fullest and the emptiest of the domains hold that count.
pub(super) fn spread_of(
    layout: &Layout,
    rule: &Rule,
    over: &Topology,
    spot_of: &dyn Fn(ContainerIndex) -> Option<Spot>,
) -> Option<(u64, u64)> {
    let held = spread_over(layout, &rule.containers, over, spot_of)?;
    Some((held.values().max().copied().unwrap_or(0), held.values().min().copied().unwrap_or(0)))
}

/// How many of these replicas, where all have a place, each of the domains holds that count: those of the hosts that take new
/// containers and that their `on:` names; of replicas that lie in carriers, of the carriers that they may lie in there.
pub fn spread_over<'a>(
    layout: &'a Layout,
    replicas: &[ContainerIndex],
    over: &Topology,
    spot_of: &dyn Fn(ContainerIndex) -> Option<Spot>,
) -> Option<BTreeMap<Domain<'a>, u64>> {
    let host_of = |container: ContainerIndex| {
        let mut spot = spot_of(container)?;
        for _ in 0..DEEPEST {
            let Spot::Carrier(carrier) = spot else { break };
            spot = spot_of(carrier)?;
        }
        if let Spot::Host(host) = spot { Some(host) } else { None }
    };
    let service = layout.demand.service_of(*replicas.first()?);
    let takes = |host: HostIndex| {
        let of = &layout.lab.hosts[host];
        of.state == HostState::Up && service.on.as_ref().is_none_or(|allowed| allowed.contains(&host))
    };
    let places: Vec<(Spot, HostIndex)> =
        replicas.iter().map(|&it| Some((spot_of(it)?, host_of(it)?))).collect::<Option<_>>()?;
    let domain = |spot: Spot, host: HostIndex| over.domain_at(spot, host, &layout.lab.hosts[host]);
    let mut held: BTreeMap<Domain, u64> = match &service.inside {
        None => layout.lab.indices().filter(|&it| takes(it)).map(|it| (domain(Spot::Host(it), it), 0)).collect(),
        Some(inside) => {
            let there = inside.carriers.iter().filter_map(|&it| Some((Spot::Carrier(it), host_of(it)?)));
            there.filter(|(_, host)| takes(*host)).map(|(spot, host)| (domain(spot, host), 0)).collect()
        }
    };
    let counted = places.into_iter().filter(|(_, host)| takes(*host));
    counted.for_each(|(spot, host)| *held.entry(domain(spot, host)).or_default() += 1);
    Some(held)
}

/// A draining host has nothing that was not there before.
pub(super) fn check_drained(case: &Case, violations: &mut Vec<Violation>) {
    check_state(case, HostState::Drain, ViolationKind::Drained, violations);
}

/// A planned host has nothing.
pub(super) fn check_planned(case: &Case, violations: &mut Vec<Violation>) {
    check_state(case, HostState::Planned, ViolationKind::Planned, violations);
}

/// Every container has a place.
pub(super) fn check_unplaced(case: &Case, violations: &mut Vec<Violation>) {
    for (container, host) in case.host_of.iter().numbered() {
        if host.is_none() {
            violations.push(case.violation(ViolationKind::Unplaced, None, vec![container], None));
        }
    }
}

/// One violation for each container that may not be on a host in `state`.
fn check_state(case: &Case, state: HostState, kind: ViolationKind, violations: &mut Vec<Violation>) {
    for (host, content) in case.content.iter().numbered::<HostIndex>() {
        if case.layout.lab.hosts[host].state != state {
            continue;
        }
        for &container in content {
            let may_stay = state == HostState::Drain && case.stood_there(container, host);
            if !may_stay {
                let because = Some(case.layout.lab.hosts[host].at);
                violations.push(case.violation(kind.clone(), Some(host), vec![container], because));
            }
        }
    }
}

/// The placed containers of a rule by a property of where they are, and of the host that this is on.
fn group<Key: Ord>(
    case: &Case,
    rule: &Rule,
    key: impl Fn(Spot, HostIndex) -> Key,
) -> BTreeMap<Key, Vec<ContainerIndex>> {
    let mut groups: BTreeMap<Key, Vec<ContainerIndex>> = BTreeMap::new();
    for &container in &rule.containers {
        if let (Some(spot), Some(host)) = (case.spot_of[container], case.host_of[container]) {
            groups.entry(key(spot, host)).or_default().push(container);
        }
    }
    groups
}

/// The host that all `containers` are on, if it is one.
fn common_host(case: &Case, containers: &[ContainerIndex]) -> Option<HostIndex> {
    let host = case.host_of[*containers.first()?]?;
    containers.iter().all(|&container| case.host_of[container] == Some(host)).then_some(host)
}
