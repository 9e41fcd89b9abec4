//! The instance as a goal that counts hosts sees it: kinds of hosts and kinds of items, and where items run forgotten.

use std::collections::BTreeMap;

use super::super::budget::{Budget, Limits, slot_cost};
use super::super::instance::{Instance, ItemIndex, Slot};
use crate::model::Goal;

/// Kinds of hosts times kinds of items that are looked at one by one, to tell which pins bind.
const LOOKED_AT: usize = 100_000_000;

/// Hosts that differ at most in their zones and in what runs there.
#[derive(Clone, Debug)]
pub struct HostKind {
    /// Its slots, ascending.
    pub slots: Vec<Slot>,
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
    /// Position in [`Instance::slot_sets`].
    pub allowed: usize,
    /// Whether pins or drains keep it from hosts that are large enough.
    pub pinned: bool,
    /// The [`Instance::aparts`] that bind it.
    pub aparts: Vec<usize>,
}

/// What is packed into what.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The instance itself.
    pub instance: &'a Instance,
    /// What earlier goals leave: open slots, capacities.
    pub budget: &'a Budget,
    /// What may be spent by earlier goals.
    pub limits: Limits,
    /// What is minimised.
    pub goal: Goal,
    /// The kinds of open hosts.
    pub hosts: Vec<HostKind>,
    /// The kinds of items.
    pub items: Vec<ItemKind>,
    /// The kind of each open slot; `usize::MAX` for others.
    pub kind_of: Vec<usize>,
}

impl<'a> View<'a> {
    /// Looks at `instance` within `budget` and `limits`.
    pub fn new(instance: &'a Instance, budget: &'a Budget, limits: Limits, goal: Goal) -> View<'a> {
        let (hosts, kind_of) = host_kinds(instance, budget, &limits, goal);
        let mut view = View { instance, budget, limits, goal, hosts, items: Vec::new(), kind_of };
        view.items = view.item_kinds();
        view
    }

    /// Whether one of `items` fits on an empty one of `hosts`.
    pub fn may_go(&self, items: &ItemKind, hosts: &HostKind) -> bool {
        items.size.iter().zip(&hosts.capacity).all(|(size, capacity)| size <= capacity)
            && (!items.pinned || self.instance.slot_sets[items.allowed].contains[hosts.slots[0]])
    }

    /// What opening so many hosts of each kind costs.
    pub fn cost(&self, mix: &[u64]) -> u64 {
        self.hosts.iter().zip(mix).map(|(kind, &count)| kind.cost * count).sum()
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
        for (index, item) in self.instance.items.iter().enumerate() {
            kinds.entry((item.allowed, &item.size, &item.aparts)).or_default().push(index);
        }
        let look = kinds.len().saturating_mul(self.hosts.len()) <= LOOKED_AT;
        let of = |((allowed, size, aparts), items): (Likeness, Vec<ItemIndex>)| {
            let contains = &self.instance.slot_sets[allowed].contains;
            let bars =
                |host: &HostKind| !contains[host.slots[0]] && size.iter().zip(&host.capacity).all(|(s, c)| s <= c);
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

/// What items of one kind share: allowed slots, size, rules.
type Likeness<'a> = (usize, &'a [u64], &'a [usize]);

/// Open slots alike in what they may hold, what they cost by this goal and by limits, and which pins name them.
fn host_kinds(instance: &Instance, budget: &Budget, limits: &Limits, goal: Goal) -> (Vec<HostKind>, Vec<usize>) {
    let members = |slot: Slot| -> Vec<bool> { instance.slot_sets.iter().map(|set| set.contains[slot]).collect() };
    let mut kinds: BTreeMap<_, Vec<Slot>> = BTreeMap::new();
    for slot in (0..budget.open.len()).filter(|&slot| budget.open[slot]) {
        let limited = (limits.price.map(|_| instance.price[slot]), limits.watts.map(|_| instance.watts[slot]));
        let costs = (slot_cost(instance, goal, slot), limited);
        kinds.entry((&budget.capacity[slot], costs, members(slot))).or_default().push(slot);
    }
    let mut kind_of = vec![usize::MAX; budget.open.len()];
    let mut hosts: Vec<HostKind> = Vec::with_capacity(kinds.len());
    for ((capacity, costs, _), slots) in kinds {
        slots.iter().for_each(|&slot| kind_of[slot] = hosts.len());
        hosts.push(HostKind { slots, capacity: capacity.clone(), cost: costs.0 });
    }
    (hosts, kind_of)
}
