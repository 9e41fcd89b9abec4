//! The question in flat numbers: what each unit asks, where it stands, and what each bin may hold.

use super::super::instance::{Bin, Instance};
use super::super::restricted::RestrictedInstance;
use crate::certificate::ItemIndex;

/// Amounts of `R` resources; those that the instance lacks are 0.
pub type Amounts<const R: usize> = [i64; R];

/// A restricted instance in arrays: item and bin numbers are those of the instance.
pub struct Units<'a, const R: usize> {
    /// The instance.
    pub instance: &'a Instance,
    /// What each item asks.
    pub size: Vec<Amounts<R>>,
    /// What each bin may hold; nothing where it is closed.
    pub capacity: Vec<Amounts<R>>,
    /// Which bins may hold anything.
    pub open: Vec<bool>,
    /// How many of its containers run, for each item.
    pub running: Vec<u64>,
    /// Where the containers of an item run, and how many of them: `homes[home_of[i]..home_of[i + 1]]`.
    homes: Vec<(Bin, u64)>,
    home_of: Vec<usize>,
    /// 1 / the mean size of an item in each resource.
    pub inverse: [f64; R],
}

impl<'a, const R: usize> Units<'a, R> {
    /// The arrays of `restricted`. `None` where an item has no open bin that is large enough.
    pub fn new(instance: &'a Instance, restricted: &RestrictedInstance) -> Option<Units<'a, R>> {
        // The model keeps the sum of all requests, and of all that hosts give, below i64::MAX.
        let amounts = |row: &Vec<u64>| -> Amounts<R> { std::array::from_fn(|r| row.get(r).map_or(0, |&it| it as i64)) };
        let size: Vec<Amounts<R>> = instance.items.iter().map(|item| amounts(&item.size)).collect();
        let capacity: Vec<Amounts<R>> = restricted.capacity.iter().map(amounts).collect();
        let many = size.len().max(1) as f64;
        let mean = |r: usize| size.iter().map(|size| size[r]).sum::<i64>() as f64 / many;
        let inverse = std::array::from_fn(|r| 1.0 / mean(r).max(1e-9));
        let mut homes = Vec::new();
        let mut home_of = vec![0];
        for item in &instance.items {
            homes.extend(&item.homes);
            home_of.push(homes.len());
        }
        let running = instance.items.iter().map(|item| item.running).collect();
        let units = Units { instance, size, capacity, open: restricted.open.clone(), running, homes, home_of, inverse };
        let placeable = |item| units.bins(item).next().is_some();
        ItemIndex::all(units.size.len()).all(placeable).then_some(units)
    }

    /// The open bins that are large enough for `item` alone.
    pub fn bins(&self, item: ItemIndex) -> impl Iterator<Item = Bin> + '_ {
        self.instance.bins(item).iter().copied().filter(move |&bin| self.open[bin] && self.is_large_enough(item, bin))
    }

    /// Whether `bin`, were it empty, could hold `item`.
    pub fn is_large_enough(&self, item: ItemIndex, bin: Bin) -> bool {
        self.size[item].iter().zip(&self.capacity[bin]).all(|(size, capacity)| size <= capacity)
    }

    /// How large `item` is, in thousandths of the mean of the resource of which it asks most.
    pub fn share(&self, item: ItemIndex) -> u64 {
        let parts = (0..R).map(|r| self.size[item][r] as f64 * self.inverse[r] * 1000.0);
        parts.fold(0.0, f64::max) as u64
    }

    /// Where containers of `item` run, and how many of them.
    #[inline]
    pub fn homes(&self, item: ItemIndex) -> &[(Bin, u64)] {
        &self.homes[self.home_of[item.0]..self.home_of[item.0 + 1]]
    }

    /// How many containers move when `item` goes to `bin`.
    #[inline]
    pub fn cost(&self, item: ItemIndex, bin: Bin) -> i64 {
        let mut moves = self.running[item];
        for &(home, count) in self.homes(item) {
            if home == bin {
                moves -= count;
            }
        }
        moves as i64
    }
}
