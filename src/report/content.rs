//! What all formats say about a host's content, in words that are no format yet: startups alike in one line, names
//! in ranges, the scarcest resource first.

use std::collections::BTreeMap;

use crate::model::{ContainerIndex, Layout, Origin, ResourceIndex, Service, ServiceIndex, Sizes, StartupIndex};
use crate::quantity::Resource;
use crate::report::page::Block;
use crate::report::text;

/// Startups that have the same containers on a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// Their names: `s01..s18`.
    pub startups: String,
    /// How many they are.
    pub count: usize,
    /// What each of them has there.
    pub items: Vec<Item>,
}

/// Containers of one service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// `db`, `proxy.2`, `proxy.1..3`.
    pub name: String,
    /// What each asks for: `512 MiB`, `2 GiB + 1 gpu`.
    pub amount: String,
    /// How many containers they are.
    pub count: usize,
}

/// The containers of a host by startup; startups that have the same there share a group. Both in the document's order.
pub fn groups(layout: &Layout, containers: &[ContainerIndex]) -> Vec<Group> {
    groups_sized(layout, &Sizes::default(), containers)
}

/// [`groups`], carriers being so large.
pub fn groups_sized(layout: &Layout, sizes: &Sizes, containers: &[ContainerIndex]) -> Vec<Group> {
    let mut by_startup: BTreeMap<StartupIndex, Vec<ContainerIndex>> = BTreeMap::new();
    for &container in containers {
        by_startup.entry(layout.demand.startup_of(container)).or_default().push(container);
    }
    let named = by_startup.into_iter().map(|(startup, its)| (items(layout, sizes, &its), startup));
    let group = |(items, startups): (Vec<Item>, Vec<StartupIndex>)| Group {
        startups: names(layout, &startups),
        count: startups.len(),
        items,
    };
    alike(named).into_iter().map(group).collect()
}

/// The names of startups in short: `s01..s18`.
pub fn names(layout: &Layout, startups: &[StartupIndex]) -> String {
    let names: Vec<&str> = startups.iter().map(|&startup| layout.demand.startups[startup].name.as_str()).collect();
    text::ranges(&names)
}

/// What runs on a host because it is there: `exporter`, and whose it is where several startups have one.
pub fn agents(layout: &Layout, agents: &[ServiceIndex]) -> Vec<String> {
    let named = agents.iter().map(|&agent| {
        let of = &layout.demand.services[agent];
        (of.name.as_str(), of.startup)
    });
    let said = |(name, startups): (&str, Vec<StartupIndex>)| match startups.as_slice() {
        [_] => name.to_owned(),
        several => format!("{}/{name}", names(layout, several)),
    };
    alike(named).into_iter().map(said).collect()
}

/// Things by what they have in common, in the order in which each of that comes first.
pub fn alike<K: Ord + Clone, T>(things: impl IntoIterator<Item = (K, T)>) -> Vec<(K, Vec<T>)> {
    let mut positions = BTreeMap::new();
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for (common, thing) in things {
        let position = *positions.entry(common.clone()).or_insert(groups.len());
        match groups.get_mut(position) {
            Some((_, others)) => others.push(thing),
            None => groups.push((common, vec![thing])),
        }
    }
    groups
}

/// [`groups`] as a block, so many columns from the left, with the size of each container.
pub fn block(layout: &Layout, containers: &[ContainerIndex], indent: usize) -> Block {
    Block::Groups(groups(layout, containers), indent)
}

/// What the size of a container is, in lists and in pictures: its memory, whatever is scarce; where memory is not
/// budgeted, what it takes of CPU or disk, the scarcer one, and of a named resource only where there is nothing else.
pub fn measure(layout: &Layout) -> Option<ResourceIndex> {
    let scarcest = || {
        let of_hosts = layout.lab.of_hosts();
        let asked = |it: &ResourceIndex| of_hosts.contains(it) && layout.lab.resources[*it].is_asked();
        let order: Vec<ResourceIndex> = scarcest_first(layout).into_iter().filter(asked).collect();
        order.iter().copied().find(|&it| layout.lab.resources[it].is_usual()).or(order.first().copied())
    };
    layout.lab.resource_index(&Resource::Memory).or_else(scarcest)
}

/// What a container asks for, in short: [its size](measure), its named resources and what it draws from a pool, `2 GiB + 1
/// gpu`; where it has no size, the first that it does ask for.
pub fn size_of(layout: &Layout, service: &Service) -> String {
    let amount = |resource: ResourceIndex| service.request[resource].value;
    let more = service.request.iter().any(|amount| amount.origin == Origin::Content);
    let said = amounts(layout, service, &amount);
    if more && !said.is_empty() { format!("{said} or more") } else { said }
}

/// [`size_of`] a container where carriers are so large.
pub fn size_in(layout: &Layout, sizes: &Sizes, container: ContainerIndex) -> String {
    let service = layout.demand.service_of(container);
    match sizes.of(container) {
        Some(size) => amounts(layout, service, &|resource| size[resource]),
        None => size_of(layout, service),
    }
}

/// What is asked for, as [`size_of`] says it.
fn amounts(layout: &Layout, service: &Service, amount: &dyn Fn(ResourceIndex) -> u64) -> String {
    let resources = &layout.lab.resources;
    let asks = |resource: &ResourceIndex| amount(*resource) > 0 && resources[*resource].is_asked();
    let measure = measure(layout);
    let size = measure.filter(asks).or_else(|| (0..resources.len()).find(asks)).or(measure);
    let besides = |it: &ResourceIndex| resources[*it].is_named() || resources[*it].is_pooled();
    let named = |it: &ResourceIndex| besides(it) && asks(it) && Some(*it) != size;
    let shown = size.into_iter().chain((0..resources.len()).filter(named));
    let amounts = shown.map(|it| text::amount_asked(service, resources, it, amount(it)));
    amounts.collect::<Vec<_>>().join(" + ")
}

fn items(layout: &Layout, sizes: &Sizes, containers: &[ContainerIndex]) -> Vec<Item> {
    let mut items = Vec::new();
    let alike = |&a: &ContainerIndex, &b: &ContainerIndex| same_service(layout, a, b) && sizes.of(a) == sizes.of(b);
    for its in containers.chunk_by(alike) {
        let Some(&first) = its.first() else { continue };
        let service = layout.demand.service_of(first);
        let replicas: Vec<u32> =
            its.iter().filter_map(|&container| layout.demand.containers[container].replica).collect();
        let name = match replicas.is_empty() {
            true => service.name.clone(),
            false => format!("{}.{}", service.name, numbers(&replicas)),
        };
        items.push(Item { name, amount: size_in(layout, sizes, first), count: its.len() });
    }
    items
}

fn same_service(layout: &Layout, a: ContainerIndex, b: ContainerIndex) -> bool {
    layout.demand.containers[a].service == layout.demand.containers[b].service
}

/// `1..3,5`.
fn numbers(numbers: &[u32]) -> String {
    let runs = numbers.chunk_by(|&a, &b| a.checked_add(1) == Some(b));
    let texts = runs.map(|run| match run {
        [first, .., last] => format!("{first}..{last}"),
        few => few.iter().map(u32::to_string).collect(),
    });
    texts.collect::<Vec<_>>().join(",")
}

/// The resources, the scarcest first: by what all containers ask for of what all hosts that are there can give.
pub fn scarcest_first(layout: &Layout) -> Vec<ResourceIndex> {
    let (asked, given) = layout.totals();
    // Nothing asked of nothing is a share of 0, so that the order below is total.
    let given = |resource: usize| if asked[resource] == 0 { 1 } else { given[resource] };
    let share = |resource| (resource, u128::from(asked[resource]), u128::from(given(resource)));
    let mut shares: Vec<(ResourceIndex, u128, u128)> = (0..asked.len()).map(share).collect();
    // Sums are below 2^63 (the reader's limit), so the products fit. Stable: equal shares stay in the lab's order.
    shares.sort_by(|a, b| (b.1.saturating_mul(a.2)).cmp(&a.1.saturating_mul(b.2)));
    shares.into_iter().map(|(resource, ..)| resource).collect()
}
