//! The instance as a goal that counts hosts sees it: kinds of hosts and kinds of items, and where items run forgotten.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::super::instance::{Bin, Instance, Item};
use super::super::restricted::{EpsilonConstraints, RestrictedInstance, bin_cost};
use super::super::types::{self, BinType, ItemType};
use crate::certificate::ItemIndex;
use crate::model::Goal;

/// Kinds of hosts times kinds of items that are looked at one by one, to tell which pins bind.
const LOOKED_AT: usize = 100_000_000;

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
    /// The kinds of open hosts: those of one differ at most in their domains and in what runs there.
    pub hosts: Vec<BinType>,
    /// The kinds of items: those of one differ at most in where they run.
    pub items: Vec<ItemType>,
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
        let hosts = host_kinds(instance, restricted, &limits, goal);
        let mut kind_of = vec![usize::MAX; restricted.open.len()];
        hosts.iter().enumerate().for_each(|(kind, host)| host.bins.iter().for_each(|&bin| kind_of[bin] = kind));
        let items = item_kinds(instance, &hosts);
        Aggregate { instance, restricted, limits, goal, hosts, items, kind_of }
    }

    /// Whether one of `items` fits on an empty one of `hosts`.
    pub fn may_go(&self, items: &ItemType, hosts: &BinType) -> bool {
        items.may_go(self.instance, hosts)
    }

    /// The kinds of hosts that one of `items` fits on when they are empty, ascending.
    pub fn takers(&self, items: &ItemType) -> Vec<usize> {
        let set = &self.instance.bin_sets[items.allowed].bins;
        let mut kinds: Vec<usize> = match items.pinned && set.len() < self.hosts.len() {
            true => set.iter().map(|&bin| self.kind_of[bin]).filter(|kind| *kind != usize::MAX).collect(),
            false => (0..self.hosts.len()).collect(),
        };
        kinds.sort_unstable();
        kinds.dedup();
        kinds.retain(|&kind| self.may_go(items, &self.hosts[kind]));
        kinds
    }

    /// What opening so many hosts of each kind costs.
    pub fn cost(&self, fleet: &[u64]) -> u64 {
        self.hosts.iter().zip(fleet).map(|(kind, &count)| kind.cost * count).sum()
    }

    /// The bins of `fleet`: those first where most runs already, from all domains alike.
    pub fn bins(&self, fleet: &[u64]) -> Vec<Bin> {
        let instance = self.instance;
        let mut running = vec![0u64; instance.hosts.len()];
        instance.items.iter().flat_map(|item| &item.homes).for_each(|&(bin, count)| running[bin] += count);
        let labels = instance.aparts.iter().filter(|apart| !apart.by_host).map(|apart| &*apart.domain);
        let caps = instance.caps.iter().filter(|cap| !cap.by_host && cap.domains > 1).map(|cap| &*cap.domain);
        let labels: BTreeSet<&[usize]> = labels.chain(caps).collect();
        let mut open = Vec::new();
        for (host, &count) in self.hosts.iter().zip(fleet) {
            let mut bins = host.bins.clone();
            bins.sort_by_key(|&bin| (Reverse(running[bin]), bin));
            let mut rank: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
            let mut ranked: Vec<(usize, Bin)> = Vec::new();
            for bin in bins {
                let seen = rank.entry(labels.iter().map(|domain| domain[bin]).collect()).or_default();
                ranked.push((*seen, bin));
                *seen += 1;
            }
            ranked.sort_by_key(|&(rank, _)| rank);
            open.extend(ranked.into_iter().take(count as usize).map(|(_, bin)| bin));
        }
        open
    }

    /// The items by size and allowed hosts; `None` where these are more than `most`.
    pub fn sizes(&self, most: usize) -> Option<Vec<Size>> {
        let looks = |kind: u32| {
            let item = &self.items[kind as usize];
            (if item.pinned { item.allowed } else { usize::MAX }, &item.size)
        };
        let size = |kinds: Vec<u32>| {
            let of = &self.items[kinds[0] as usize];
            let hosts = self.takers(of);
            let count = kinds.iter().map(|&kind| self.items[kind as usize].items.len() as u64).sum();
            Size { kinds, count, hosts }
        };
        let alike = types::alike(0..self.items.len() as u32, looks);
        (alike.len() <= most).then(|| alike.into_iter().map(size).collect())
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

/// Items alike in allowed bins, size and rules.
fn item_kinds(instance: &Instance, hosts: &[BinType]) -> Vec<ItemType> {
    let looks = |item: ItemIndex| {
        let Item { allowed, size, aparts, caps, .. } = &instance.items[item];
        (*allowed, size, aparts, caps)
    };
    let mut kinds = types::items(instance, looks);
    if kinds.len().saturating_mul(hosts.len()) <= LOOKED_AT {
        for kind in &mut kinds {
            let set = &instance.bin_sets[kind.allowed];
            kind.pinned = hosts.iter().any(|host| !set.contains(host.bins[0]) && kind.fits(host));
        }
    }
    kinds
}

/// Open bins alike in what they may hold, what they cost by this goal and by limits, and which pins name them.
fn host_kinds(
    instance: &Instance,
    restricted: &RestrictedInstance,
    limits: &EpsilonConstraints,
    goal: Goal,
) -> Vec<BinType> {
    let members = instance.memberships();
    let cost = |bin: Bin| bin_cost(instance, goal, bin);
    let looks = |bin: Bin| {
        let limited = (limits.price.map(|_| instance.price[bin]), limits.watts.map(|_| instance.watts[bin]));
        (&restricted.capacity[bin], (cost(bin), limited), &members[bin])
    };
    types::bins(restricted, looks, cost)
}
