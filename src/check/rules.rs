//! One function for each rule: flat, independent of each other, and of anything the solver does.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::{Violation, ViolationKind};
use crate::model::{ContainerIndex, Domain, HostIndex, HostState, Layout, Numbered, Rule, RuleKind, Topology};

/// On no host is more asked of a resource than it can give: by agents alone, or with what is placed there.
pub(super) fn check_capacity(case: &Case, violations: &mut Vec<Violation>) {
    for (host, content) in case.content.iter().numbered::<HostIndex>() {
        for resource in case.layout.lab.of_hosts() {
            let allocatable = case.layout.lab.hosts[host].allocatable[resource];
            let asks = |&container: &ContainerIndex| case.layout.demand.service_of(container).request[resource].value;
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
            let asked: u128 = content.iter().map(|container| u128::from(asks(container))).sum();
            let requested = asked + by_agents;
            if requested <= u128::from(allocatable) {
                continue;
            }
            let requested = u64::try_from(requested).unwrap_or(u64::MAX);
            let kind = ViolationKind::OverCapacity { resource, requested, allocatable };
            let containers = content.iter().copied().filter(|container| asks(container) > 0).collect();
            let because = case.layout.lab.hosts[host].at;
            violations.push(case.violation(kind, Some(host), containers, Some(because)));
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
        for (host, containers) in group(case, rule, |host| host) {
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
        let value_on = |host: HostIndex| case.layout.lab.hosts[host].labels.get(label).cloned();
        for (value, containers) in group(case, rule, value_on) {
            if containers.len() > 1 {
                let kind = ViolationKind::ApartByLabel { label: label.clone(), value };
                let host = common_host(case, &containers);
                violations.push(case.violation(kind, host, containers, Some(rule.at)));
            }
        }
    }
}

/// The containers of a `together` rule share one host.
pub(super) fn check_together(case: &Case, violations: &mut Vec<Violation>) {
    for rule in case.layout.rules.iter().filter(|rule| rule.kind == RuleKind::Together) {
        let containers: Vec<_> =
            rule.containers.iter().copied().filter(|&container| case.host_of[container].is_some()).collect();
        let hosts: BTreeSet<_> = containers.iter().filter_map(|&container| case.host_of[container]).collect();
        if hosts.len() > 1 {
            let kind = ViolationKind::Together { hosts: hosts.into_iter().collect() };
            violations.push(case.violation(kind, None, containers, Some(rule.at)));
        }
    }
}

/// No domain holds more containers of an `at-most` rule than it allows.
pub(super) fn check_at_most(case: &Case, violations: &mut Vec<Violation>) {
    for rule in &case.layout.rules {
        let RuleKind::AtMost { count, per } = &rule.kind else { continue };
        let hosts = &case.layout.lab.hosts;
        for (domain, containers) in group(case, rule, |host| per.domain(host, &hosts[host])) {
            if containers.len() as u64 > *count {
                let value = if let Domain::Label(value) = domain { value.cloned() } else { None };
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
        let Some((most, least)) = spread_of(case.layout, rule, over, &|container| case.host_of[container]) else {
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
    host_of: &dyn Fn(ContainerIndex) -> Option<HostIndex>,
) -> Option<(u64, u64)> {
    let places: Vec<HostIndex> = rule.containers.iter().map(|&container| host_of(container)).collect::<Option<_>>()?;
    let on = layout.demand.service_of(*rule.containers.first()?).on.as_ref();
    let hosts = &layout.lab.hosts;
    let counts =
        |host: &HostIndex| hosts[*host].state == HostState::Up && on.is_none_or(|allowed| allowed.contains(host));
    let domain = |host: HostIndex| over.domain(host, &hosts[host]);
    let mut held: BTreeMap<Domain, u64> = layout.lab.indices().filter(counts).map(|host| (domain(host), 0)).collect();
    places.into_iter().filter(counts).for_each(|host| *held.entry(domain(host)).or_default() += 1);
    Some((held.values().max().copied().unwrap_or(0), held.values().min().copied().unwrap_or(0)))
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

/// The placed containers of a rule by a property of the host they are on.
fn group<Key: Ord>(case: &Case, rule: &Rule, key: impl Fn(HostIndex) -> Key) -> BTreeMap<Key, Vec<ContainerIndex>> {
    let mut groups: BTreeMap<Key, Vec<ContainerIndex>> = BTreeMap::new();
    for &container in &rule.containers {
        if let Some(host) = case.host_of[container] {
            groups.entry(key(host)).or_default().push(container);
        }
    }
    groups
}

/// The host that all `containers` are on, if it is one.
fn common_host(case: &Case, containers: &[ContainerIndex]) -> Option<HostIndex> {
    let host = case.host_of[*containers.first()?]?;
    containers.iter().all(|&container| case.host_of[container] == Some(host)).then_some(host)
}
