//! The instance as a goal that counts hosts sees it: kinds of hosts and kinds of items, and where items run forgotten.

use std::collections::BTreeMap;

use super::super::instance::{Bin, Instance};
use super::super::restricted::{EpsilonConstraints, RestrictedInstance, bin_cost, open_bins};
use crate::certificate::ItemIndex;
use crate::model::{Goal, Numbered};

/// Kinds of hosts times kinds of items that are looked at one by one, to tell which pins bind.
const LOOKED_AT: usize = 100_000_000;

/// Hosts that differ at most in their domains and in what runs there.
#[derive(Clone, Debug)]
pub struct HostKind {
    /// Its bins, ascending.
    pub bins: Vec<Bin>,
    /// The most one of them may hold, of each resource.
    pub capacity: Vec<u64>,
    /// What one of them costs by the goal.
    pub cost: u64,
}

/// Items that differ at most in where they run.
#[derive(Clone, Debug)]
pub struct ItemKind {
    /// Its items, ascending.
    pub items: Vec<ItemIndex>,
    /// What one of them asks for, of each resource.
    pub size: Vec<u64>,
    /// Position in [`Instance::bin_sets`].
    pub allowed: usize,
    /// Whether pins or drains keep it from hosts that are large enough.
    pub pinned: bool,
    /// The [`Instance::aparts`] that bind it.
    pub aparts: Vec<usize>,
}

/// What is packed into what.
#[derive(Clone, Debug)]
pub struct Aggregate<'a> {
    /// The instance itself.
    pub instance: &'a Instance,
    /// What earlier goals leave: open bins, capacities.
    pub restricted: &'a RestrictedInstance,
    /// What may be spent by earlier goals.
    pub limits: EpsilonConstraints,
    /// What is minimised.
    pub goal: Goal,
    /// The kinds of open hosts.
    pub hosts: Vec<HostKind>,
    /// The kinds of items.
    pub items: Vec<ItemKind>,
    /// The kind of each open bin; `usize::MAX` for others.
    pub kind_of: Vec<usize>,
}

impl<'a> Aggregate<'a> {
    /// Looks at `instance` within `restricted` and `limits`.
    pub fn new(
        instance: &'a Instance,
        restricted: &'a RestrictedInstance,
        limits: EpsilonConstraints,
        goal: Goal,
    ) -> Aggregate<'a> {
        let (hosts, kind_of) = host_kinds(instance, restricted, &limits, goal);
        let mut aggregate = Aggregate { instance, restricted, limits, goal, hosts, items: Vec::new(), kind_of };
        aggregate.items = aggregate.item_kinds();
        aggregate
    }

    /// Whether one of `items` fits on an empty one of `hosts`.
    pub fn may_go(&self, items: &ItemKind, hosts: &HostKind) -> bool {
        items.size.iter().zip(&hosts.capacity).all(|(size, capacity)| size <= capacity)
            && (!items.pinned || self.instance.bin_sets[items.allowed].contains[hosts.bins[0]])
    }

    /// What opening so many hosts of each kind costs.
    pub fn cost(&self, fleet: &[u64]) -> u64 {
        self.hosts.iter().zip(fleet).map(|(kind, &count)| kind.cost * count).sum()
    }

    /// The items by size and allowed hosts.
    pub fn sizes(&self) -> Vec<Size> {
        let mut kinds: BTreeMap<(usize, &[u64]), Vec<u32>> = BTreeMap::new();
        for (kind, item) in self.items.iter().enumerate() {
            let allowed = if item.pinned { item.allowed } else { usize::MAX };
            kinds.entry((allowed, &item.size)).or_default().push(kind as u32);
        }
        let size = |kinds: Vec<u32>| {
            let of = &self.items[kinds[0] as usize];
            let takes = |&host: &usize| self.may_go(of, &self.hosts[host]);
            let hosts: Vec<usize> = (0..self.hosts.len()).filter(takes).collect();
            let count = kinds.iter().map(|&kind| self.items[kind as usize].items.len() as u64).sum();
            Size { kinds, count, hosts }
        };
        kinds.into_values().map(size).collect()
    }

    fn item_kinds(&self) -> Vec<ItemKind> {
        let mut kinds: BTreeMap<Likeness, Vec<ItemIndex>> = BTreeMap::new();
        for (index, item) in self.instance.items.iter().numbered() {
            kinds.entry((item.allowed, &item.size, &item.aparts)).or_default().push(index);
        }
        let look = kinds.len().saturating_mul(self.hosts.len()) <= LOOKED_AT;
        let of = |((allowed, size, aparts), items): (Likeness, Vec<ItemIndex>)| {
            let contains = &self.instance.bin_sets[allowed].contains;
            let bars =
                |host: &HostKind| !contains[host.bins[0]] && size.iter().zip(&host.capacity).all(|(s, c)| s <= c);
            let pinned = !look || self.hosts.iter().any(bars);
            ItemKind { items, size: size.to_vec(), allowed, pinned, aparts: aparts.to_vec() }
        };
        kinds.into_iter().map(of).collect()
    }
}

/// Items of one size that may go to the same hosts.
#[derive(Clone, Debug)]
pub struct Size {
    /// Their kinds.
    pub kinds: Vec<u32>,
    /// How many they are.
    pub count: u64,
    /// The kinds of open hosts that take them.
    pub hosts: Vec<usize>,
}

/// What items of one kind share: allowed bins, size, rules.
type Likeness<'a> = (usize, &'a [u64], &'a [usize]);

/// Open bins alike in what they may hold, what they cost by this goal and by limits, and which pins name them.
fn host_kinds(
    instance: &Instance,
    restricted: &RestrictedInstance,
    limits: &EpsilonConstraints,
    goal: Goal,
) -> (Vec<HostKind>, Vec<usize>) {
    let members = |bin: Bin| -> Vec<bool> { instance.bin_sets.iter().map(|set| set.contains[bin]).collect() };
    let mut kinds: BTreeMap<_, Vec<Bin>> = BTreeMap::new();
    for bin in open_bins(&restricted.open) {
        let limited = (limits.price.map(|_| instance.price[bin]), limits.watts.map(|_| instance.watts[bin]));
        let costs = (bin_cost(instance, goal, bin), limited);
        kinds.entry((&restricted.capacity[bin], costs, members(bin))).or_default().push(bin);
    }
    let mut kind_of = vec![usize::MAX; restricted.open.len()];
    let mut hosts: Vec<HostKind> = Vec::with_capacity(kinds.len());
    for ((capacity, costs, _), bins) in kinds {
        bins.iter().for_each(|&bin| kind_of[bin] = hosts.len());
        hosts.push(HostKind { bins, capacity: capacity.clone(), cost: costs.0 });
    }
    (hosts, kind_of)
}
