//! A few bins settled anew: all that they hold together is searched for a packing that moves less, a large neighbourhood
//! around what is known (Shaw, CP 1998). Walks come to packings that no exchange of two items makes better; what three or
//! four bins hold can be gone through nearly to the end.

use super::super::instance::Bin;
use super::super::rng::Rng;
use super::super::work::Work;
use super::board::{Board, below};
use super::units::{Amounts, Units};
use super::walk::{Best, note};
use crate::certificate::ItemIndex;

/// So few and so many bins are settled at once, of no more items.
const BINS: (usize, usize) = (2, 4);
const ITEMS: usize = 90;
/// One search goes through so many nodes.
const NODES: u64 = 1_000;
/// A node takes as long as so many steps of a walk.
const STEPS: u64 = 2;

/// Settles bins from the best packing on, where one is known, for as long as so many `steps` of a walk take, until as few move as
/// is `enough` or `work` is over. The `board` is at the best then.
pub fn resettle<const R: usize>(
    board: &mut Board<R>,
    steps: u64,
    enough: i64,
    best: &mut Best,
    work: &mut Work,
    rng: &mut Rng,
) {
    let Some((_, packing)) = best else { return };
    board.reset(packing);
    let units = board.units.clone();
    // What counts more than one is not kept in between: where everything is counted there is nothing to settle.
    if units.instance.items.iter().all(|item| !item.caps.is_empty()) {
        return;
    }
    let mut left = steps;
    while left > 0 && board.open.len() >= BINS.0 && best.as_ref().is_some_and(|(moves, _)| *moves > enough) {
        let bins = near(board, &units, rng);
        let used = settle(board, &units, &bins, rng);
        note(board, best);
        left = left.saturating_sub(STEPS * used);
        if !work.spend(STEPS * used) {
            break;
        }
    }
    best.iter().for_each(|(_, packing)| board.reset(packing));
}

/// Bins that have to do with each other: where an item is astray, where it is at home, and where those are at home or astray
/// that have to do with these.
fn near<const R: usize>(board: &Board<R>, units: &Units<R>, rng: &mut Rng) -> Vec<Bin> {
    let many = (BINS.0 + below(rng, BINS.1 - BINS.0 + 1)).min(board.open.len());
    let mut bins: Vec<Bin> = Vec::with_capacity(many);
    let add = |bins: &mut Vec<Bin>, bin: Bin| {
        if bins.len() < many && units.open[bin] && !bins.contains(&bin) {
            bins.push(bin);
        }
    };
    while bins.len() < many {
        // An item that is astray on one of them, or anywhere.
        let here = bins.get(below(rng, bins.len().max(1))).map(|&bin| &board.on[bin]);
        let mut item = here.filter(|on| !on.is_empty()).map(|on| on[below(rng, on.len())]);
        item = item.filter(|&item| units.cost(item, board.bin_of[item]) > 0 && below(rng, 4) > 0);
        if let Some(item) = item.or_else(|| board.astray.draw(rng).map(ItemIndex)) {
            add(&mut bins, board.bin_of[item]);
            units.homes(item).iter().for_each(|&(home, _)| add(&mut bins, home));
        }
        if below(rng, 3) == 0 {
            add(&mut bins, board.open[below(rng, board.open.len())]);
        }
    }
    bins
}

/// Goes through what `bins` hold for a packing of fewer moves, or half of the time of as many; how many nodes that took, with
/// what it takes to begin.
fn settle<const R: usize>(board: &mut Board<R>, units: &Units<R>, bins: &[Bin], rng: &mut Rng) -> u64 {
    let mut items: Vec<ItemIndex> = bins.iter().flat_map(|&bin| board.on[bin].iter().copied()).collect();
    let many = items.len() as u64 + 1;
    let is_capped = |&item: &ItemIndex| !units.instance.items[item].caps.is_empty();
    if items.len() > ITEMS || items.iter().any(is_capped) {
        return many;
    }
    let least = |item: ItemIndex| bins.iter().map(|&bin| units.cost(item, bin)).min().unwrap_or(0);
    let homes = |item: ItemIndex| bins.iter().position(|&bin| units.cost(item, bin) < units.running[item] as i64);
    // What comes, or is at home on none of these, makes the others give way.
    items.sort_by_cached_key(|&item| (homes(item).is_some(), std::cmp::Reverse(units.share(item)), item));
    let extra = |item: ItemIndex, bin: Bin| units.cost(item, bin) - least(item);
    let now: i64 = items.iter().map(|&item| extra(item, board.bin_of[item])).sum();
    let most = now - i64::from(below(rng, 2) == 0);
    if most < 0 {
        return many;
    }
    let before: Vec<Bin> = items.iter().map(|&item| board.bin_of[item]).collect();
    let mut search = Settling {
        home: items.iter().map(|&item| homes(item)).collect(),
        extra: items.iter().map(|&item| bins.iter().map(|&bin| extra(item, bin)).collect()).collect(),
        stays: vec![[0; R]; bins.len()],
        largest: vec![[0; R]; bins.len()],
        first: below(rng, bins.len()),
        left: NODES,
        items,
        most,
        bins,
    };
    for (nth, &home) in search.home.iter().enumerate() {
        let Some(home) = home else { continue };
        for (r, &size) in units.size[search.items[nth]].iter().enumerate() {
            search.stays[home][r] += size;
            search.largest[home][r] = search.largest[home][r].max(size);
        }
    }
    search.items.iter().for_each(|&item| board.take(item));
    if !search.go(board, units, 0, 0) {
        search.items.iter().zip(before).for_each(|(&item, bin)| board.put(item, bin));
    }
    NODES - search.left + many
}

/// A search by depth: item after item, at home first.
struct Settling<'s, const R: usize> {
    items: Vec<ItemIndex>,
    bins: &'s [Bin],
    /// Which of the bins each is at home on.
    home: Vec<Option<usize>>,
    /// How many more move than must, for each item and bin.
    extra: Vec<Vec<i64>>,
    /// What those ask that are at home on a bin and not placed yet.
    stays: Vec<Amounts<R>>,
    /// The largest of them.
    largest: Vec<Amounts<R>>,
    /// Which bin is tried first.
    first: usize,
    most: i64,
    left: u64,
}

impl<const R: usize> Settling<'_, R> {
    /// Whether the rest from `nth` can be placed with no more moves; it is placed then, and else nothing of it.
    fn go(&mut self, board: &mut Board<R>, units: &Units<R>, nth: usize, spent: i64) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        if spent + self.must_leave(board, units) > self.most {
            return false;
        }
        let Some(&item) = self.items.get(nth) else { return true };
        let (home, size) = (self.home[nth], units.size[item]);
        home.into_iter().for_each(|home| (0..R).for_each(|r| self.stays[home][r] -= size[r]));
        let (many, first) = (self.bins.len(), self.first + nth);
        let others = (0..many).map(|step| (first + step) % many).filter(|&at| Some(at) != home);
        for at in home.into_iter().chain(others) {
            let (bin, spent) = (self.bins[at], spent + self.extra[nth][at]);
            if spent > self.most || !board.holds(item, bin) {
                continue;
            }
            board.put(item, bin);
            if self.go(board, units, nth + 1, spent) {
                return true;
            }
            board.take(item);
        }
        home.into_iter().for_each(|home| (0..R).for_each(|r| self.stays[home][r] += size[r]));
        false
    }

    /// How many must leave at the least: from each bin as many as the excess is of the largest.
    fn must_leave(&self, board: &Board<R>, units: &Units<R>) -> i64 {
        let leave = |(at, &bin): (usize, &Bin)| {
            let of = |r: usize| {
                let excess = board.load(bin)[r] + self.stays[at][r] - units.capacity[bin][r];
                if excess <= 0 { 0 } else { (excess + self.largest[at][r] - 1) / self.largest[at][r].max(1) }
            };
            (0..R).map(of).max().unwrap_or(0)
        };
        self.bins.iter().enumerate().map(leave).sum()
    }
}
