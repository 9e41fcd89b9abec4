//! Why a container goes nowhere: for every host, every reason, with the shortfall.

pub mod conflict;
pub mod evict;
pub mod proof;
pub mod remedies;
pub mod room;

use std::collections::{BTreeMap, BTreeSet};

use crate::check::spread_over;
use crate::model::{
    CarrierUse, ContainerIndex, Crowded, DEEPEST, Domain, HostIndex, HostState, Layout, PhaseIndex, Placement,
    PoolIndex, ResourceIndex, Rule, RuleKind, ServiceIndex, Spot, StartupIndex,
};
use crate::quantity::Resource;

/// One reason why one container cannot go on one host, the rest of the placement standing as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The container that has no place.
    pub container: ContainerIndex,
    /// The host that refuses it, or the carrier where it lies in one.
    pub spot: Spot,
    /// Why.
    pub reason: Reason,
}

/// Why a host refuses a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The host could not hold it even when empty.
    TooSmall {
        /// Which resource.
        resource: ResourceIndex,
        /// What the container asks for.
        requested: u64,
        /// What the host can give when empty.
        allocatable: u64,
    },
    /// What is left on the host is not enough.
    Short {
        /// Which resource.
        resource: ResourceIndex,
        /// What the container asks for.
        requested: u64,
        /// What is free.
        free: u64,
    },
    /// Its pool is not reachable from the host.
    OutOfReach {
        /// Which pool.
        pool: PoolIndex,
    },
    /// Its `on:` does not name the host.
    NotAllowed,
    /// It must stay apart from a container that is there.
    ApartFrom {
        /// The one that is there, or on a host with the same value of the label.
        other: ContainerIndex,
        /// The label, where the rule speaks of one.
        label: Option<String>,
        /// Position of the rule in `Layout::rules`.
        rule: usize,
    },
    /// As many of an `at-most` rule are there as may be.
    Crowded {
        /// How many.
        most: u64,
        /// Position of the rule in `Layout::rules`.
        rule: usize,
    },
    /// All replicas would have a place, and not be spread evenly.
    Uneven {
        /// How many would be there.
        there: u64,
        /// How many the emptiest domain would hold.
        least: u64,
        /// Position of the rule in `Layout::rules`.
        rule: usize,
    },
    /// It must be with a container that is elsewhere.
    TogetherWith {
        /// The one that is elsewhere.
        other: ContainerIndex,
        /// Position of the rule in `Layout::rules`.
        rule: usize,
    },
    /// With it the agents of its startup come, which find no room on a host.
    Agents {
        /// On which host.
        host: HostIndex,
        /// Of which resource they ask for too much.
        resource: ResourceIndex,
        /// How much, all of them on that host together.
        requested: u64,
        /// What is free there.
        free: u64,
    },
    /// The carrier has no place itself.
    Nowhere,
    /// The host takes nothing new.
    Drained,
    /// The host is not there yet.
    Planned,
    /// The host comes with this phase, or is gone since it.
    OtherPhase {
        /// Which.
        phase: PhaseIndex,
        /// Whether it is still to come.
        later: bool,
    },
}

/// Every reason why `container`, which `placement` does not place, cannot be added on each host, hosts in their order.
/// A host without a reason in the answer would take it. A container that the document's own placement has on a
/// draining host may come back there: it is not new.
pub fn refusals(layout: &Layout, placement: &Placement, container: ContainerIndex) -> Vec<Refusal> {
    let others = placement.only(|it| it != container);
    let startup = layout.demand.startup_of(container);
    let used = layout.used_with(&others, Some(startup));
    let crowded = crowded(layout, &others, startup, &used);
    let drawn = layout.drawn(&others);
    let bonds = bonds(layout, placement, container);
    let mut all = Vec::new();
    for spot in spots(layout, container) {
        let mut reasons = Vec::new();
        let host = match spot {
            Spot::Host(host) => Some(host),
            Spot::Carrier(carrier) => others.host(carrier),
        };
        match host {
            None => reasons.push(Reason::Nowhere),
            Some(host) => {
                refuse_by_state(layout, container, host, &mut reasons);
                refuse_by_on(layout, container, host, &mut reasons);
                match spot {
                    Spot::Host(_) => refuse_by_capacity(layout, (&used[host], &drawn), container, host, &mut reasons),
                    Spot::Carrier(carrier) => {
                        refuse_in_carrier(layout, (&others, &used[host]), container, (carrier, host), &mut reasons);
                    }
                }
                refuse_by_rules(layout, &others, &bonds, (container, spot, host), &mut reasons);
                if layout.demand.is_carrier(container) {
                    refuse_by_spread(layout, &others, (container, spot), &mut reasons);
                }
            }
        }
        reasons.extend(crowded.clone());
        all.extend(reasons.into_iter().map(|reason| Refusal { container, spot, reason }));
    }
    all
}

/// Where a container may be, as far as hosts and carriers go: all hosts, or the carriers that it may lie in.
pub fn spots(layout: &Layout, container: ContainerIndex) -> Vec<Spot> {
    match &layout.demand.service_of(container).inside {
        Some(inside) => inside.carriers.iter().copied().map(Spot::Carrier).collect(),
        None => layout.lab.indices().map(Spot::Host).collect(),
    }
}

/// Where a container that is not placed could be as things stand, in the order of the hosts or carriers.
pub fn takers(layout: &Layout, placement: &Placement, container: ContainerIndex) -> Vec<Spot> {
    let refused: BTreeSet<Spot> =
        refusals(layout, placement, container).into_iter().map(|refusal| refusal.spot).collect();
    spots(layout, container).into_iter().filter(|spot| !refused.contains(spot)).collect()
}

/// One reason for each resource of which it is too much for the carrier, for what that lies in, or for the host below.
fn refuse_in_carrier(
    layout: &Layout,
    (others, used): (&Placement, &[u64]),
    container: ContainerIndex,
    (carrier, host): (ContainerIndex, HostIndex),
    reasons: &mut Vec<Reason>,
) {
    let mut with = others.clone();
    with.put(container, Spot::Carrier(carrier));
    with.settle();
    let [before, after] = [others, &with].map(|placement| layout.carrier_usage(placement));
    let of = |uses: &[CarrierUse], carrier: ContainerIndex| uses.iter().find(|it| it.carrier == carrier).cloned();
    let used_with = &layout.used(&with)[host];
    for resource in layout.lab.of_hosts() {
        let requested = layout.request(container, resource);
        if requested == 0 {
            continue;
        }
        let mut least: Option<(u64, u64)> = None;
        let mut limit = |gives: u64, used: u64, then: u64| {
            let free = gives.saturating_sub(used);
            if then > gives && least.is_none_or(|(known, _)| free < known) {
                least = Some((free, gives));
            }
        };
        for carrier in std::iter::successors(Some(carrier), |&it| with.carrier(it)).take(DEEPEST) {
            let grows = layout.demand.service_of(carrier).carries.as_deref().is_some_and(|it| it.content[resource]);
            if let (false, Some(before), Some(after)) = (grows, of(&before, carrier), of(&after, carrier)) {
                limit(after.offers[resource], before.used[resource], after.used[resource]);
            }
        }
        limit(layout.lab.hosts[host].allocatable[resource], used[resource], used_with[resource]);
        reasons.extend(least.map(|(free, gives)| match requested > gives {
            true => Reason::TooSmall { resource, requested, allocatable: gives },
            false => Reason::Short { resource, requested, free: free.min(requested.saturating_sub(1)) },
        }));
    }
}

fn refuse_by_state(layout: &Layout, container: ContainerIndex, host: HostIndex, reasons: &mut Vec<Reason>) {
    match layout.lab.hosts[host].state {
        HostState::Up => {}
        HostState::Drain if layout.placement.as_ref().is_some_and(|now| now.host(container) == Some(host)) => {}
        HostState::Drain => reasons.push(Reason::Drained),
        HostState::Planned => {
            let span = layout.lab.hosts[host].span;
            reasons.push(match layout.phase {
                Some(phase) if phase < span.from => Reason::OtherPhase { phase: span.from, later: true },
                Some(phase) if phase >= span.until => Reason::OtherPhase { phase: span.until, later: false },
                _ => Reason::Planned,
            });
        }
    }
}

fn refuse_by_on(layout: &Layout, container: ContainerIndex, host: HostIndex, reasons: &mut Vec<Reason>) {
    let service = layout.demand.service_of(container);
    if let Some(pool) = service.pool.filter(|&pool| !layout.lab.pools[pool].reaches(host)) {
        reasons.push(Reason::OutOfReach { pool });
    } else if service.on.as_ref().is_some_and(|allowed| !allowed.contains(&host)) {
        reasons.push(Reason::NotAllowed);
    }
}

/// The first host on which the agents of a startup find no room that come with its first container.
fn crowded(layout: &Layout, placement: &Placement, startup: StartupIndex, used: &[Vec<u64>]) -> Option<Reason> {
    let agents: Vec<ServiceIndex> =
        layout.agents().filter(|&agent| layout.demand.services[agent].startup == startup).collect();
    if agents.is_empty() || layout.demand.takes_part(startup, |it| placement.host(it).is_some()) {
        return None;
    }
    layout.asked_by_agents(agents.into_iter()).into_iter().find_map(|(host, requested)| {
        let give = requested.into_iter().zip(&layout.lab.hosts[host].allocatable).enumerate();
        give.into_iter().find_map(|(resource, (requested, &allocatable))| {
            let free = allocatable.saturating_sub(used[host][resource].saturating_sub(requested));
            (requested > free).then_some(Reason::Agents { host, resource, requested, free })
        })
    })
}

/// One reason for each resource that is short, on the host or in a pool. Who asks for none of it is never short of it.
fn refuse_by_capacity(
    layout: &Layout,
    (used, drawn): (&[u64], &[Vec<u64>]),
    container: ContainerIndex,
    host: HostIndex,
    reasons: &mut Vec<Reason>,
) {
    let lab = &layout.lab;
    let of_host = lab.of_hosts().map(|resource| (resource, lab.hosts[host].allocatable[resource], used[resource]));
    let of_pools = lab.pools.iter().zip(drawn).flat_map(|(pool, drawn)| {
        pool.resources.clone().zip(pool.allocatable.iter().zip(drawn)).map(|(it, (&give, &drawn))| (it, give, drawn))
    });
    for (resource, allocatable, used) in of_host.chain(of_pools) {
        let requested = layout.request(container, resource);
        let free = allocatable.saturating_sub(used);
        if requested > allocatable {
            reasons.push(Reason::TooSmall { resource, requested, allocatable });
        } else if requested > free {
            reasons.push(Reason::Short { resource, requested, free });
        }
    }
}

/// `the agents on pi need 1.2 GiB of its 1 GiB of memory`, and who they are.
pub fn agents_need(layout: &Layout, crowded: &Crowded) -> String {
    let Crowded { host, resource, requested, allocatable, agents } = crowded;
    let (name, resource) = (&layout.lab.hosts[*host].name, &layout.lab.resources[*resource]);
    let ids: Vec<String> = agents.iter().take(A_FEW).map(|&it| format!("`{}`", layout.service_id(it))).collect();
    let more = agents.len().saturating_sub(A_FEW);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let [needed, there] = resource.both(*requested, *allocatable);
    let said = match **resource {
        Resource::Containers => format!("the agents on {name} are {needed}, and it takes {there} containers"),
        _ if resource.is_limits() => {
            format!("the {} of the agents on {name} are {needed}, and may add up to {there}", resource.name())
        }
        _ => format!("the agents on {name} need {needed} of its {there} of {}", resource.name()),
    };
    format!("{said} ({}{more})", ids.join(", "))
}

/// So many agents are named.
const A_FEW: usize = 4;

/// A rule that binds a container, and where the others are that it binds.
struct Bond<'a> {
    /// Position in `Layout::rules`.
    rule: usize,
    kind: &'a RuleKind,
    /// Those that are placed, ascending: where, and on which host.
    others: Vec<(ContainerIndex, Spot, HostIndex)>,
    /// Where it keeps apart: the others in each domain.
    domains: BTreeMap<Domain<'a>, Vec<ContainerIndex>>,
}

/// `a/db`, `b/db` and 3 more: so many of `containers` by name.
fn named(layout: &Layout, containers: &[ContainerIndex], most: usize) -> String {
    let ids = containers.iter().take(most).map(|&container| format!("`{}`", layout.container_id(container)));
    let ids = ids.collect::<Vec<_>>().join(", ");
    match containers.len().saturating_sub(most) {
        0 => ids,
        more => format!("{ids} and {more} more"),
    }
}

/// The rules that bind `container`: looked through once, and not once for each host.
fn bonds<'a>(layout: &'a Layout, placement: &Placement, container: ContainerIndex) -> Vec<Bond<'a>> {
    let bond = |(rule, Rule { kind, containers, .. }): (usize, &'a Rule)| {
        containers.binary_search(&container).ok()?;
        let others = containers.iter().filter(|&&other| other != container);
        let at = |&other: &ContainerIndex| Some((other, placement.spot(other)?, placement.host(other)?));
        let others: Vec<_> = others.filter_map(at).collect();
        let mut domains: BTreeMap<Domain, Vec<ContainerIndex>> = BTreeMap::new();
        for &(other, spot, there) in &others {
            kind.domain_at(spot, there, &layout.lab.hosts[there])
                .into_iter()
                .for_each(|it| domains.entry(it).or_default().push(other));
        }
        Some(Bond { rule, kind, others, domains })
    };
    layout.rules.iter().enumerate().filter_map(bond).collect()
}

/// One reason for each `spread` of what may lie in a carrier that is uneven once that is there, too.
fn refuse_by_spread(
    layout: &Layout,
    placement: &Placement,
    (carrier, spot): (ContainerIndex, Spot),
    reasons: &mut Vec<Reason>,
) {
    let there = |it: ContainerIndex| if it == carrier { Some(spot) } else { placement.spot(it) };
    for (rule, of) in layout.rules.iter().enumerate() {
        let RuleKind::Spread { over, skew } = &of.kind else { continue };
        let first = of.containers.first().map(|&first| layout.demand.service_of(first));
        let inside = first.and_then(|service| service.inside.as_ref());
        if inside.is_some_and(|inside| inside.carriers.contains(&carrier))
            && let Some(held) = spread_over(layout, &of.containers, over, &there)
        {
            let (there, least) = (held.values().max().copied().unwrap_or(0), held.values().min().copied().unwrap_or(0));
            reasons.extend((there - least > *skew).then_some(Reason::Uneven { there, least, rule }));
        }
    }
}

/// One reason for each container that a rule sets against this one being at a spot, which is on that host.
fn refuse_by_rules(
    layout: &Layout,
    placement: &Placement,
    bonds: &[Bond],
    (container, spot, host): (ContainerIndex, Spot, HostIndex),
    reasons: &mut Vec<Reason>,
) {
    for Bond { rule, kind, others, domains } in bonds {
        let rule = *rule;
        let domain = kind.domain_at(spot, host, &layout.lab.hosts[host]);
        match (kind, domain) {
            (RuleKind::AtMost { count, .. }, Some(domain)) => {
                let there = domains.get(&domain).map_or(0, Vec::len) as u64;
                reasons.extend((there >= *count).then_some(Reason::Crowded { most: *count, rule }));
            }
            (RuleKind::Spread { over, skew }, Some(domain)) => {
                let there = |it: ContainerIndex| if it == container { Some(spot) } else { placement.spot(it) };
                let held = spread_over(layout, &layout.rules[rule].containers, over, &there);
                let least = held.as_ref().and_then(|held| held.values().min().copied()).unwrap_or(0);
                let most = held.as_ref().and_then(|held| held.values().max().copied()).unwrap_or(0);
                let there = held.and_then(|held| held.get(&domain).copied()).unwrap_or(0);
                reasons.extend((most - least > *skew).then_some(Reason::Uneven { there, least, rule }));
            }
            (_, Some(domain)) => {
                let label = if let RuleKind::ApartByLabel(label) = kind { Some(label) } else { None };
                reasons.extend(domains.get(&domain).into_iter().flatten().map(|&other| Reason::ApartFrom {
                    other,
                    label: label.cloned(),
                    rule,
                }))
            }
            (_, None) => {
                let lie = layout.rules[rule].containers.iter().all(|&it| layout.demand.is_content(it));
                let is_elsewhere = |(_, at, there): &&(ContainerIndex, Spot, HostIndex)| match lie {
                    true => *at != spot,
                    false => *there != host,
                };
                let elsewhere = others.iter().filter(is_elsewhere);
                reasons.extend(elsewhere.map(|&(other, ..)| Reason::TogetherWith { other, rule }));
            }
        }
    }
}
