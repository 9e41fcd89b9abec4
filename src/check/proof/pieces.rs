//! What one host can hold under given duals: the items as pieces of a knapsack, those that a split joins as one piece.

use std::collections::BTreeMap;

use super::duals::Ledger;
use super::knapsack::{self, Piece};
use super::scene::Scene;
use super::work::{Fault, Work, broken, too_large};
use crate::certificate::{ItemIndex, Split};
use crate::model::{HostIndex, Numbered};

/// The pieces that are worth something on one host.
pub(super) struct Pieces<'a> {
    ledger: &'a Ledger<'a>,
    host: HostIndex,
    worth: &'a [i128],
}

impl<'a> Pieces<'a> {
    /// Of `host`, where each item is worth so much before its toll.
    pub fn new(
        ledger: &'a Ledger<'a>,
        host: HostIndex,
        worth: &'a [i128],
        work: &mut Work,
    ) -> Result<Pieces<'a>, Fault> {
        work.spend(worth.len() as u64)?;
        Ok(Pieces { ledger, host, worth })
    }

    /// The most that the host can hold is worth, or `floor` where that is more.
    pub fn most(&self, floor: i64, work: &mut Work) -> Result<i64, Fault> {
        let scene = self.ledger.scene;
        if let Some(table) = &scene.pool
            && let Some(sets) = table.of(self.host)
        {
            return table.most(sets, scene, &|item| self.net(item), floor, work);
        }
        let joined = Joined::new(scene);
        let gains_nowhere = self.ledger.earns_nothing();
        let mut counts: BTreeMap<(Vec<u64>, i64, Vec<usize>), u32> = BTreeMap::new();
        let mut groups: BTreeMap<ItemIndex, Vec<ItemIndex>> = BTreeMap::new();
        for (item, &worth) in self.worth.iter().numbered() {
            work.spend(2)?;
            if joined.touches(item) {
                groups.entry(joined.root(item)).or_default().push(item);
                continue;
            }
            if worth <= 0 && gains_nowhere {
                continue;
            }
            let Some((size, rules)) = joined.merged(scene, self.host, &[item]) else { continue };
            let worth = self.net(item)?;
            if worth > 0 {
                *counts.entry((size, worth, rules)).or_default() += 1;
            }
        }
        for items in groups.values() {
            let Some((size, rules)) = joined.merged(scene, self.host, items) else { continue };
            let worth = items.iter().try_fold(0i64, |sum, &item| sum.checked_add(self.net(item).ok()?));
            let Some(worth) = worth else { return broken("a worth exceeds 63 bits") };
            if worth > 0 {
                *counts.entry((size, worth, rules)).or_default() += 1;
            }
        }
        let piece = |((size, worth, rules), count)| Piece { size, worth, count, rules };
        let pieces: Vec<Piece> = counts.into_iter().map(piece).collect();
        knapsack::most(&pieces, &scene.capacity[self.host], floor, work)
    }

    /// What `item` is worth on the host after its toll.
    pub fn net(&self, item: ItemIndex) -> Result<i64, Fault> {
        let net = self.worth[item].checked_sub(self.ledger.toll(item, self.host)?).ok_or_else(too_large)?;
        i64::try_from(net).or_else(|_| broken("a worth exceeds 63 bits"))
    }
}

/// Which items the splits of pairs join, and which they part.
pub(super) struct Joined {
    /// For items that splits speak of: another item of the same set, or itself.
    parent: BTreeMap<ItemIndex, ItemIndex>,
    /// Pairs that are not together.
    parted: Vec<[ItemIndex; 2]>,
}

impl Joined {
    pub fn new(scene: &Scene) -> Joined {
        let mut joined = Joined { parent: BTreeMap::new(), parted: Vec::new() };
        for side in &scene.sides {
            let Split::Pair { items } = side.split else { continue };
            for item in items {
                joined.parent.entry(*item).or_insert(*item);
            }
            if side.more {
                joined.parted.push(*items);
            } else {
                let [a, b] = items.map(|item| joined.root(item));
                joined.parent.insert(a.max(b), a.min(b));
            }
        }
        joined
    }

    /// Whether a split speaks of `item`.
    pub fn touches(&self, item: ItemIndex) -> bool {
        self.parent.contains_key(&item)
    }

    /// The first item of the set that `item` is joined to.
    pub fn root(&self, mut item: ItemIndex) -> ItemIndex {
        while let Some(&parent) = self.parent.get(&item).filter(|parent| **parent != item) {
            item = parent;
        }
        item
    }

    /// What `items`, which are one set, take on `host`, and the rules that allow only one like it; `None` where they
    /// cannot be there.
    fn merged(&self, scene: &Scene, host: HostIndex, items: &[ItemIndex]) -> Option<(Vec<u64>, Vec<usize>)> {
        let mut size = vec![0u64; scene.problem.resources];
        let mut rules = Vec::new();
        for &item in items {
            if !scene.may_hold(item, host) {
                return None;
            }
            let of = &scene.problem.items[item];
            for (sum, amount) in size.iter_mut().zip(&of.size) {
                *sum = sum.checked_add(*amount)?;
            }
            rules.extend(&of.aparts);
            let parted = self.parted.iter().enumerate().filter(|(_, pair)| pair.contains(&item));
            rules.extend(parted.map(|(pair, _)| scene.problem.aparts.len() + pair));
        }
        let many = rules.len();
        rules.sort_unstable();
        rules.dedup();
        // A rule that binds two of them keeps them apart.
        let fits = size.iter().zip(&scene.capacity[host]).all(|(size, capacity)| size <= capacity);
        (fits && rules.len() == many).then_some((size, rules))
    }

    /// Whether a set of items keeps to the splits: all of a joined set or none, no pair that is parted.
    pub fn admits(&self, holds: impl Fn(ItemIndex) -> bool) -> bool {
        let whole = self.parent.keys().all(|&item| holds(item) == holds(self.root(item)));
        whole && !self.parted.iter().any(|[a, b]| holds(*a) && holds(*b))
    }
}
