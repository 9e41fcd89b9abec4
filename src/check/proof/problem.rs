//! The referee's own view of what is to be placed: items (containers that `together` makes one), where each may go,
//! and which may not meet. Made from the model alone; nothing is shared with the solver.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::certificate::ItemIndex;
use crate::model::{ContainerIndex, HostIndex, HostState, Layout, Numbered, RuleKind, ServiceIndex};

/// What is to be placed, and where. Hosts are those of the lab, each with its own number.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub hosts: Vec<Host>,
    pub items: Vec<Item>,
    /// One entry for each rule of the layout, `None` for those that are not `apart` rules.
    pub aparts: Vec<Option<Apart>>,
    pub resources: usize,
    /// For each resource, whether `balance` judges hosts by it, and `share` limits it.
    pub balanced: Vec<bool>,
    /// Hosts of one number are interchangeable: alike in what they give, cost and may hold, in their domains, and home to no
    /// item.
    pub host_class: Vec<usize>,
    /// Items of one number are interchangeable.
    pub item_class: Vec<usize>,
    /// The distinct sets of hosts that items may go to: by pins, drains and what is kept, and large enough when empty.
    pub allowed: Vec<Vec<bool>>,
}

/// A host as far as proofs are concerned.
#[derive(Clone, Debug)]
pub(super) struct Host {
    /// What it can give to items of each resource: without what its agents ask for.
    pub give: Vec<u64>,
    /// What its agents ask for.
    pub agents: Vec<u64>,
    /// Whether that is more than it has.
    pub crowded: bool,
    pub price: u64,
    pub watts: u64,
    /// Whether it is there at all.
    pub there: bool,
}

/// Containers that share one host wherever they go.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// What they ask together of each resource.
    pub size: Vec<u64>,
    /// Position in [`Problem::allowed`].
    pub allowed: usize,
    /// How many of its containers run where now, of the hosts that are there.
    pub homes: Vec<(HostIndex, u64)>,
    /// How many run anywhere now.
    pub running: u64,
    /// The rules that keep it apart from others, ascending.
    pub aparts: Vec<usize>,
}

impl Item {
    /// How many of its containers move when it goes to `host`.
    pub fn moves(&self, host: HostIndex) -> u64 {
        let home = self.homes.iter().find(|(home, _)| *home == host);
        self.running - home.map_or(0, |(_, count)| *count)
    }
}

/// Items of which no two may share a domain.
#[derive(Clone, Debug)]
pub(super) struct Apart {
    /// The domain of each host; rules by one label share it.
    pub domain: Rc<[usize]>,
    /// Whether every host is a domain of its own.
    pub by_host: bool,
    /// Ascending; an item stands twice where the rule asks it to be apart from itself.
    pub items: Vec<ItemIndex>,
}

impl Problem {
    /// What `layout` asks. With `keep` what runs stays where it is. `None` where sums exceed 64 bits.
    pub fn new(layout: &Layout, keep: bool) -> Option<Problem> {
        let (agents, own) = (agents(layout)?, layout.lab.of_hosts());
        let hosts = layout.lab.hosts.iter().zip(&agents).map(|(host, agents)| Host {
            give: host.allocatable[own.clone()]
                .iter()
                .zip(agents)
                .map(|(all, agents)| all.saturating_sub(*agents))
                .collect(),
            agents: agents.clone(),
            crowded: host.allocatable[own.clone()].iter().zip(agents).any(|(all, agents)| agents > all),
            price: host.price,
            watts: host.watts,
            there: host.state != HostState::Planned,
        });
        let mut problem = Problem {
            hosts: hosts.collect(),
            items: Vec::new(),
            aparts: Vec::new(),
            // What pools have binds no host: what is shown without it holds with it.
            resources: layout.lab.of_hosts().len(),
            balanced: layout.balanced()[layout.lab.of_hosts()].to_vec(),
            host_class: Vec::new(),
            item_class: Vec::new(),
            allowed: Vec::new(),
        };
        let groups = groups(layout);
        let mut item_of = vec![ItemIndex(0); layout.demand.containers.len()];
        let mut sets = Sets::default();
        for (index, containers) in groups.into_iter().numbered() {
            containers.iter().for_each(|&container| item_of[container] = index);
            let item = problem.item(layout, keep, containers, &mut sets)?;
            problem.items.push(item);
        }
        let by_host: Rc<[usize]> = (0..problem.hosts.len()).collect();
        let mut by_label: BTreeMap<&str, Rc<[usize]>> = BTreeMap::new();
        for (index, rule) in layout.rules.iter().enumerate() {
            let domain = match &rule.kind {
                // Proofs do without what counts more than one: what they show without it holds with it.
                RuleKind::Together | RuleKind::ApartByCarrier | RuleKind::AtMost { .. } | RuleKind::Spread { .. } => {
                    problem.aparts.push(None);
                    continue;
                }
                RuleKind::ApartByHost => by_host.clone(),
                RuleKind::ApartByLabel(label) => {
                    by_label.entry(label).or_insert_with(|| domains_of(layout, label).into()).clone()
                }
            };
            let mut items: Vec<ItemIndex> = rule.containers.iter().map(|&container| item_of[container]).collect();
            items.sort_unstable();
            for &item in &items {
                problem.items[item].aparts.push(index);
            }
            problem.aparts.push(Some(Apart { domain, by_host: rule.kind == RuleKind::ApartByHost, items }));
        }
        problem.items.iter_mut().for_each(|item| item.aparts.dedup());
        problem.host_class = problem.host_classes();
        let alike =
            |item: &Item| (item.size.clone(), item.allowed, item.homes.clone(), item.running, item.aparts.clone());
        problem.item_class = number(problem.items.iter().map(alike));
        Some(problem)
    }

    fn item(&mut self, layout: &Layout, keep: bool, containers: Vec<ContainerIndex>, sets: &mut Sets) -> Option<Item> {
        let mut size = vec![0u64; self.resources];
        let mut homes: BTreeMap<HostIndex, u64> = BTreeMap::new();
        let mut pins = Vec::new();
        for &container in &containers {
            let service = layout.demand.containers[container].service;
            for (sum, amount) in size.iter_mut().zip(&layout.demand.services[service].request) {
                *sum = sum.checked_add(amount.value)?;
            }
            if layout.demand.services[service].on.is_some() {
                pins.push(service);
            }
            if let Some(host) = layout.placement.as_ref().and_then(|placement| placement.host_of[container]) {
                *homes.entry(host).or_default() += 1;
            }
        }
        pins.sort_unstable();
        pins.dedup();
        let all = containers.len() as u64;
        let stays = homes.iter().find(|(_, count)| **count == all).map(|(&host, _)| host);
        let stays = stays.filter(|&host| layout.lab.hosts[host].state == HostState::Drain);
        let kept = if keep { homes.keys().copied().collect() } else { Vec::new() };
        let by = AllowedBy { pins, stays, kept, size: size.clone() };
        let allowed = match sets.by_reason.get(&by) {
            Some(&known) => known,
            None => {
                let admits = |host: HostIndex| by.admits(layout, host, &self.hosts[host].give);
                let hosts: Vec<bool> = layout.lab.indices().map(admits).collect();
                let next = sets.by_hosts.len();
                let set = *sets.by_hosts.entry(hosts.clone()).or_insert(next);
                if set == next {
                    self.allowed.push(hosts);
                }
                sets.by_reason.insert(by, set);
                set
            }
        };
        let running = homes.values().sum();
        let homes = homes.into_iter().filter(|&(host, _)| self.hosts[host].there).collect();
        Some(Item { size, allowed, homes, running, aparts: Vec::new() })
    }

    fn host_classes(&self) -> Vec<usize> {
        let mut home = vec![false; self.hosts.len()];
        self.items.iter().flat_map(|item| &item.homes).for_each(|&(host, _)| home[host] = true);
        // Once for each label.
        let mut by_label: Vec<&Apart> = self.aparts.iter().flatten().filter(|apart| !apart.by_host).collect();
        by_label.sort_by_key(|apart| apart.domain.as_ptr());
        by_label.dedup_by_key(|apart| apart.domain.as_ptr());
        number(HostIndex::all(self.hosts.len()).map(|host| {
            let of = &self.hosts[host];
            let domains: Vec<usize> = by_label.iter().map(|apart| apart.domain[host]).collect();
            let allowed: Vec<bool> = self.allowed.iter().map(|set| set[host]).collect();
            (of.there, (&of.give, &of.agents), (of.price, of.watts), allowed, home[host].then_some(host), domains)
        }))
    }

    /// Whether `item` may go to `host`, were the host empty.
    pub fn may_go(&self, item: ItemIndex, host: HostIndex) -> bool {
        self.allowed[self.items[item].allowed][host]
    }
}

/// The sets of hosts found so far.
#[derive(Default)]
struct Sets {
    by_reason: BTreeMap<AllowedBy, usize>,
    by_hosts: BTreeMap<Vec<bool>, usize>,
}

/// Numbers equal things alike, in order of first appearance.
pub(super) fn number<T: Ord>(things: impl Iterator<Item = T>) -> Vec<usize> {
    let mut numbers = BTreeMap::new();
    let number = |thing| {
        let next = numbers.len();
        *numbers.entry(thing).or_insert(next)
    };
    things.map(number).collect()
}

/// What decides which hosts an item may go to.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct AllowedBy {
    pins: Vec<ServiceIndex>,
    /// The draining host that it may stay on.
    stays: Option<HostIndex>,
    /// Hosts that it must stay on; two of them leave no host.
    kept: Vec<HostIndex>,
    size: Vec<u64>,
}

impl AllowedBy {
    fn admits(&self, layout: &Layout, host: HostIndex, give: &[u64]) -> bool {
        let pinned =
            |&service: &ServiceIndex| layout.demand.services[service].on.as_ref().is_none_or(|on| on.contains(&host));
        let fits = self.size.iter().zip(give).all(|(asked, give)| asked <= give);
        let state = match layout.lab.hosts[host].state {
            HostState::Up => true,
            HostState::Drain => self.stays == Some(host),
            HostState::Planned => false,
        };
        fits && state && self.pins.iter().all(pinned) && self.kept.iter().all(|&kept| kept == host)
    }
}

/// What agents ask for on each host that is there, those of all startups. `None` where sums exceed 64 bits.
fn agents(layout: &Layout) -> Option<Vec<Vec<u64>>> {
    let mut sums = vec![vec![0u64; layout.lab.of_hosts().len()]; layout.lab.hosts.len()];
    for service in &layout.demand.services {
        for &host in service.every.iter().flat_map(|every| every.hosts.iter()) {
            if layout.lab.hosts[host].state != HostState::Planned {
                for (sum, amount) in sums[host].iter_mut().zip(&service.request) {
                    *sum = sum.checked_add(amount.value)?;
                }
            }
        }
    }
    Some(sums)
}

/// A number for each value of `label`, in order of the hosts; having no value is one more.
fn domains_of(layout: &Layout, label: &str) -> Vec<usize> {
    number(layout.lab.hosts.iter().map(|host| host.labels.get(label)))
}

/// The containers, those bound by `together` in one group; groups in order of their first containers.
fn groups(layout: &Layout) -> Vec<Vec<ContainerIndex>> {
    let containers = layout.demand.containers.len();
    let mut bound_to: Vec<Vec<ContainerIndex>> = vec![Vec::new(); containers];
    for rule in layout.rules.iter().filter(|rule| rule.kind == RuleKind::Together) {
        for pair in rule.containers.windows(2) {
            bound_to[pair[0]].push(pair[1]);
            bound_to[pair[1]].push(pair[0]);
        }
    }
    let mut seen = vec![false; containers];
    let mut groups = Vec::new();
    for first in layout.demand.indices() {
        if std::mem::replace(&mut seen[first], true) {
            continue;
        }
        let mut group = vec![first];
        let mut next = 0;
        while next < group.len() {
            for &other in &bound_to[group[next]] {
                if !std::mem::replace(&mut seen[other], true) {
                    group.push(other);
                }
            }
            next += 1;
        }
        group.sort_unstable();
        groups.push(group);
    }
    groups
}
