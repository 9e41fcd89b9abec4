//! Types of alike items and of alike bins: whatever is of one type may be exchanged. In what they are to be alike, whoever
//! asks says.

use std::collections::BTreeMap;

use super::instance::{Bin, Instance};
use super::restricted::{RestrictedInstance, open_bins};
use crate::certificate::ItemIndex;

/// Items that are alike.
#[derive(Clone, Debug)]
pub struct ItemType {
    /// Its items, ascending.
    pub items: Vec<ItemIndex>,
    /// What one of them asks for, of each resource.
    pub size: Vec<u64>,
    /// Position in [`Instance::bin_sets`].
    pub allowed: usize,
    /// Whether pins or drains may keep it from bins that are large enough.
    pub pinned: bool,
    /// The [`Instance::aparts`] that bind it.
    pub aparts: Vec<usize>,
    /// The [`Instance::caps`] that bind it, and how many of its containers each counts.
    pub caps: Vec<(usize, u32)>,
}

/// Open bins that are alike.
#[derive(Clone, Debug)]
pub struct BinType {
    /// Its bins, ascending.
    pub bins: Vec<Bin>,
    /// The most one of them may hold, of each resource.
    pub capacity: Vec<u64>,
    /// What one of them costs by the goal at hand.
    pub cost: u64,
}

impl ItemType {
    /// Whether one of its items may go to an empty one of `bins`.
    pub fn may_go(&self, instance: &Instance, bins: &BinType) -> bool {
        self.fits(bins) && (!self.pinned || instance.bin_sets[self.allowed].contains(bins.bins[0]))
    }

    /// Whether one of its items is small enough for an empty one of `bins`.
    pub fn fits(&self, bins: &BinType) -> bool {
        self.size.iter().zip(&bins.capacity).all(|(size, capacity)| size <= capacity)
    }
}

/// Numbers equal things alike, in order of first appearance.
pub fn number<T: Ord>(things: impl Iterator<Item = T>) -> Vec<usize> {
    let mut numbers = BTreeMap::new();
    things
        .map(|thing| {
            let next = numbers.len();
            *numbers.entry(thing).or_insert(next)
        })
        .collect()
}

/// What is alike by `key` together, in the order of the keys.
pub fn alike<T: Copy, K: Ord>(things: impl IntoIterator<Item = T>, key: impl Fn(T) -> K) -> Vec<Vec<T>> {
    let mut types: BTreeMap<K, Vec<T>> = BTreeMap::new();
    things.into_iter().for_each(|thing| types.entry(key(thing)).or_default().push(thing));
    types.into_values().collect()
}

/// The items that are alike by `key`, in the order of the keys.
pub fn items<K: Ord>(instance: &Instance, key: impl Fn(ItemIndex) -> K) -> Vec<ItemType> {
    let of = |items: Vec<ItemIndex>| {
        let first = &instance.items[items[0]];
        let (aparts, caps) = (first.aparts.clone(), first.caps.clone());
        ItemType { size: first.size.clone(), allowed: first.allowed, pinned: true, aparts, caps, items }
    };
    alike(ItemIndex::all(instance.items.len()), key).into_iter().map(of).collect()
}

/// The items that differ in nothing, in the order in which they come.
pub fn interchangeable_items(instance: &Instance) -> Vec<ItemType> {
    items(instance, |item| instance.item_class[item])
}

/// The open bins that are alike by `key`, in the order of the keys; a bin costs what `cost` says.
pub fn bins<K: Ord>(
    restricted: &RestrictedInstance,
    key: impl Fn(Bin) -> K,
    cost: impl Fn(Bin) -> u64,
) -> Vec<BinType> {
    let of = |bins: Vec<Bin>| BinType { capacity: restricted.capacity[bins[0]].clone(), cost: cost(bins[0]), bins };
    alike(open_bins(&restricted.open), key).into_iter().map(of).collect()
}

/// The open bins that differ in nothing, in the order in which they come.
pub fn interchangeable_bins(
    instance: &Instance,
    restricted: &RestrictedInstance,
    cost: impl Fn(Bin) -> u64,
) -> Vec<BinType> {
    let mut types = bins(restricted, |bin| (instance.bin_class[bin], &restricted.capacity[bin]), cost);
    types.sort_by_key(|of| of.bins[0]);
    types
}
