//! The first fill of hosts that take many items each: host after host, always the item that suits best what is left of
//! it, so that all resources run out together (dot product of size and room: Panigrahy, Talwar, Uyeda and Wieder,
//! Heuristics for Vector OpenBin Packing, Microsoft Research, 2011).

use std::collections::BTreeMap;

use super::fill::{Filler, OpenBin};
use crate::solve::instance::Bin;

/// Sizes looked at for one choice, about: every so manieth, from a random one on.
const LOOKED_AT: usize = 600;
/// Items of one size that rules may keep from a host before the size is given up for it.
const BARRED: usize = 8;

/// What has no place yet, by size.
pub struct ResidualDemand<const R: usize> {
    /// The distinct sizes, and of each the kinds of items, with how many are left of them.
    sizes: Vec<([u64; R], Kinds)>,
}

/// Kinds of items, and how many of each.
type Kinds = Vec<(u32, usize)>;

impl<const R: usize> ResidualDemand<R> {
    /// All items that are not pinned, and apart from them those that are.
    pub fn new(filler: &Filler<R>) -> (ResidualDemand<R>, Vec<u32>) {
        let mut sizes: BTreeMap<[u64; R], Kinds> = BTreeMap::new();
        let mut pinned = Vec::new();
        for (kind, item) in filler.aggregate.items.iter().enumerate() {
            match item.pinned {
                true => pinned.extend(std::iter::repeat_n(kind as u32, item.items.len())),
                false => sizes.entry(filler.size[kind]).or_default().push((kind as u32, item.items.len())),
            }
        }
        (ResidualDemand { sizes: sizes.into_iter().collect() }, pinned)
    }

    /// What is left.
    pub fn left(self) -> Vec<u32> {
        let kinds = self.sizes.into_iter().flat_map(|(_, kinds)| kinds);
        kinds.flat_map(|(kind, count)| std::iter::repeat_n(kind, count)).collect()
    }

    /// Fills `open_bin` up, which may hold something already.
    pub fn fill(&mut self, filler: &mut Filler<R>, open_bin: &mut OpenBin<R>) {
        let capacity = filler.capacity[filler.kind(open_bin.bin)];
        let mut barred: Vec<usize> = Vec::new();
        let mut stride = (self.sizes.len() / LOOKED_AT).max(1);
        while !self.sizes.is_empty() {
            let first = filler.rng.usize(..stride);
            let Some(position) = self.best(&open_bin.usage, &capacity, first, stride, &barred) else {
                if stride == 1 {
                    return;
                }
                // Nothing of the sample fits: one look at all of them.
                stride = if stride > 8 { 8 } else { 1 };
                continue;
            };
            let kinds = &mut self.sizes[position].1;
            let tried = kinds.len().saturating_sub(BARRED)..kinds.len();
            let Some(found) = tried.rev().find(|&at| filler.fits(open_bin, kinds[at].0)) else {
                barred.push(position);
                continue;
            };
            filler.put(open_bin, kinds[found].0);
            kinds[found].1 -= 1;
            if kinds[found].1 == 0 {
                kinds.swap_remove(found);
                if kinds.is_empty() {
                    self.sizes.remove(position);
                    barred.retain(|&other| other != position);
                    barred.iter_mut().filter(|other| **other > position).for_each(|other| *other -= 1);
                }
            }
        }
    }

    /// Of every `stride`th size the one that fits and has the largest product with the room that is left.
    fn best(
        &self,
        usage: &[u64; R],
        capacity: &[u64; R],
        first: usize,
        stride: usize,
        barred: &[usize],
    ) -> Option<usize> {
        let mut weight = [0.0; R];
        for r in 0..R {
            let whole = (capacity[r] as f64).max(1.0);
            weight[r] = (capacity[r] - usage[r]) as f64 / (whole * whole);
        }
        let mut best: Option<(f64, usize)> = None;
        for position in (first..self.sizes.len()).step_by(stride) {
            let size = &self.sizes[position].0;
            if (0..R).all(|r| usage[r] + size[r] <= capacity[r]) {
                let product: f64 = (0..R).map(|r| weight[r] * size[r] as f64).sum();
                if best.is_none_or(|(most, _)| product > most) && !barred.contains(&position) {
                    best = Some((product, position));
                }
            }
        }
        best.map(|(_, position)| position)
    }
}

/// Puts what pins bind on the first hosts that take it; what none takes comes back.
pub fn place_pinned<const R: usize>(
    filler: &mut Filler<R>,
    open_bins: &mut [OpenBin<R>],
    mut pinned: Vec<u32>,
) -> Vec<u32> {
    let position: BTreeMap<Bin, usize> =
        open_bins.iter().enumerate().map(|(position, open_bin)| (open_bin.bin, position)).collect();
    let instance = filler.aggregate.instance;
    pinned.sort_by(|&a, &b| filler.worth[b as usize].total_cmp(&filler.worth[a as usize]).then(a.cmp(&b)));
    pinned.sort_by_key(|&item| instance.bin_sets[filler.aggregate.items[item as usize].allowed].bins.len());
    pinned.retain(|&item| {
        let bins = &instance.bin_sets[filler.aggregate.items[item as usize].allowed].bins;
        let open = bins.iter().filter_map(|bin| position.get(bin).copied());
        let emptiest = open
            .filter(|&at| filler.fits(&open_bins[at], item))
            .min_by(|&a, &b| filler.fullness(&open_bins[a]).total_cmp(&filler.fullness(&open_bins[b])).then(a.cmp(&b)));
        let Some(at) = emptiest else { return true };
        filler.put(&mut open_bins[at], item);
        false
    });
    pinned
}
