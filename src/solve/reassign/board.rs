//! Where everything stands between the steps: every rule kept, but for what bins hold.

use std::sync::Arc;

use super::super::instance::Bin;
use super::super::rng::Rng;
use super::super::taken::{Taken, bonds};
use super::units::{Amounts, Units};
use crate::certificate::ItemIndex;

/// A set of numbers that can be drawn from.
pub struct Drawn {
    members: Vec<usize>,
    at: Vec<Option<u32>>,
}

impl Drawn {
    fn new(many: usize) -> Drawn {
        Drawn { members: Vec::new(), at: vec![None; many] }
    }

    #[inline]
    fn set(&mut self, member: usize, is_one: bool) {
        match (self.at[member], is_one) {
            (None, true) => {
                self.at[member] = Some(self.members.len() as u32);
                self.members.push(member);
            }
            (Some(at), false) => {
                self.members.swap_remove(at as usize);
                self.at[member] = None;
                if let Some(&moved) = self.members.get(at as usize) {
                    self.at[moved] = Some(at);
                }
            }
            _ => {}
        }
    }

    /// Whether it has none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// One of them, each as likely.
    #[inline]
    pub fn draw(&self, rng: &mut Rng) -> Option<usize> {
        (!self.members.is_empty()).then(|| self.members[below(rng, self.members.len())])
    }
}

/// A number below `many`, which is not 0: the same on every machine.
#[inline]
pub fn below(rng: &mut Rng, many: usize) -> usize {
    (((rng.u64(..) >> 32) * many as u64) >> 32) as usize
}

/// All items on bins. Pins, `apart` rules and closed bins are kept at every step; capacities are not.
pub struct Board<'a, const R: usize> {
    /// The question.
    pub units: Arc<Units<'a, R>>,
    /// The bin of each item.
    pub bin_of: Vec<Bin>,
    /// What each bin holds.
    pub on: Vec<Vec<ItemIndex>>,
    position: Vec<u32>,
    load: Vec<Amounts<R>>,
    /// By how much each bin is overfilled, in items of mean size.
    pub over: Vec<f64>,
    /// The bins that are overfilled.
    pub overfilled: Drawn,
    /// The items that move or come.
    pub astray: Drawn,
    /// How many containers move.
    pub moves: i64,
    /// The bins that may hold anything.
    pub open: Vec<Bin>,
    domains: Taken,
}

impl<'a, const R: usize> Board<'a, R> {
    /// Everything where `start` says, else where most of it runs; the rest where it overfills the least. `None` where
    /// rules leave one of them no bin.
    pub fn new(units: Arc<Units<'a, R>>, start: &[Option<Bin>], rng: &mut Rng) -> Option<Board<'a, R>> {
        let (bins, items) = (units.capacity.len(), units.size.len());
        let mut board = Board {
            units: units.clone(),
            bin_of: vec![Bin(usize::MAX); items],
            on: vec![Vec::new(); bins],
            position: vec![0; items],
            load: vec![[0; R]; bins],
            over: vec![0.0; bins],
            overfilled: Drawn::new(bins),
            astray: Drawn::new(items),
            moves: 0,
            open: Bin::all(bins).filter(|&bin| units.open[bin]).collect(),
            domains: Taken::new(units.instance),
        };
        let mut rest: Vec<ItemIndex> = Vec::new();
        for item in ItemIndex::all(items) {
            match start[item.0].filter(|&bin| board.admits(item, bin)) {
                Some(bin) => board.put(item, bin),
                None => rest.push(item),
            }
        }
        let choices =
            |item: ItemIndex| units.instance.bins(item).iter().filter(|&&bin| units.open[bin]).take(9).count();
        let key = |&item: &ItemIndex| {
            (choices(item), !units.instance.items[item].is_bound(), std::cmp::Reverse(units.share(item)))
        };
        rest.sort_by_cached_key(key);
        rest.into_iter().all(|item| board.insert(item, rng)).then_some(board)
    }

    /// Puts `item` on the open bin whose excess grows least, then on the one with the most room; whether there is one.
    fn insert(&mut self, item: ItemIndex, rng: &mut Rng) -> bool {
        let mut best: Option<(f64, Bin)> = None;
        for at in 0..self.open.len() {
            let bin = self.open[at];
            if !self.admits(item, bin) {
                continue;
            }
            let part = |r: usize| {
                let capacity = self.units.capacity[bin][r].max(1) as f64;
                (self.load[bin][r] + self.units.size[item][r]) as f64 / capacity
            };
            let full = (0..R).map(part).fold(0.0, f64::max);
            let worse = (self.over_with(bin, Some(item), None) - self.over[bin]) * 10.0 + full + rng.f64() * 0.05;
            if best.is_none_or(|(known, _)| worse < known) {
                best = Some((worse, bin));
            }
        }
        best.into_iter().for_each(|(_, bin)| self.put(item, bin));
        best.is_some()
    }

    /// By how much `bin` is overfilled once `comes` is there and `goes` is not.
    #[inline]
    pub fn over_with(&self, bin: Bin, comes: Option<ItemIndex>, goes: Option<ItemIndex>) -> f64 {
        let mut excess: Amounts<R> = std::array::from_fn(|r| self.load[bin][r] - self.units.capacity[bin][r]);
        if let Some(item) = comes {
            (0..R).for_each(|r| excess[r] += self.units.size[item][r]);
        }
        if let Some(item) = goes {
            (0..R).for_each(|r| excess[r] -= self.units.size[item][r]);
        }
        (0..R).map(|r| excess[r].max(0) as f64 * self.units.inverse[r]).sum()
    }

    /// What `bin` holds.
    #[inline]
    pub fn load(&self, bin: Bin) -> &Amounts<R> {
        &self.load[bin]
    }

    /// Whether `bin` has room for `item` and rules let it go there.
    pub fn holds(&self, item: ItemIndex, bin: Bin) -> bool {
        let (load, size, capacity) = (&self.load[bin], &self.units.size[item], &self.units.capacity[bin]);
        (0..R).all(|r| load[r] + size[r] <= capacity[r]) && self.admits(item, bin)
    }

    fn admits(&self, item: ItemIndex, bin: Bin) -> bool {
        let of = &self.units.instance.items[item];
        let instance = self.units.instance;
        self.units.open[bin] && instance.may_go(item, bin) && self.domains.admits(instance, &of.aparts, &of.caps, bin)
    }

    /// Whether rules let `item` go to `to`, which is open, while `with` goes from one bin to another, if it does.
    pub fn may_go(&self, item: ItemIndex, to: Bin, with: Option<(ItemIndex, Bin)>) -> bool {
        let instance = self.units.instance;
        if !instance.may_go(item, to) {
            return false;
        }
        let of = &instance.items[item];
        bonds(instance, &of.aparts, &of.caps, to).all(|bond| {
            let counts = |item: ItemIndex, bin: Bin| {
                let of = &instance.items[item];
                let mut its = bonds(instance, &of.aparts, &of.caps, bin);
                its.find(|it| (it.rule, it.domain) == (bond.rule, bond.domain)).map_or(0, |it| it.own)
            };
            let mut comes = bond.own;
            let mut goes = counts(item, self.bin_of[item]);
            if let Some((other, its)) = with {
                comes += counts(other, its);
                goes += counts(other, self.bin_of[other]);
            }
            self.domains.count(bond.rule, bond.domain) + comes <= bond.most + goes
        }) && of.caps.iter().all(|&(cap, own)| {
            let own = i64::from(own);
            let (from, other) =
                ((self.bin_of[item], -own), with.map(|(other, its)| (self.counted(other, cap), other, its)));
            match other.filter(|(own, ..)| *own > 0) {
                None => self.domains.keeps_sum(instance, cap, &[(to, own), from]),
                Some((its_own, other, its)) => {
                    let changes = [(to, own), from, (its, its_own), (self.bin_of[other], -its_own)];
                    self.domains.keeps_sum(instance, cap, &changes)
                }
            }
        })
    }

    /// How many of an item's containers a cap counts.
    fn counted(&self, item: ItemIndex, cap: usize) -> i64 {
        let caps = &self.units.instance.items[item].caps;
        caps.iter().find(|(other, _)| *other == cap).map_or(0, |(_, own)| i64::from(*own))
    }

    /// Puts `item`, which stands nowhere, on `bin`; rules allow it.
    pub fn put(&mut self, item: ItemIndex, bin: Bin) {
        self.position[item.0] = self.on[bin].len() as u32;
        self.on[bin].push(item);
        self.bin_of[item] = bin;
        (0..R).for_each(|r| self.load[bin][r] += self.units.size[item][r]);
        let of = &self.units.instance.items[item];
        self.domains.put(self.units.instance, &of.aparts, &of.caps, bin);
        let moves = self.units.cost(item, bin);
        self.moves += moves;
        self.astray.set(item.0, moves > 0 || self.units.running[item] == 0);
        self.weigh(bin);
    }

    /// Takes `item` off its bin; it is to be put somewhere again.
    pub fn take(&mut self, item: ItemIndex) {
        let bin = self.bin_of[item];
        let position = self.position[item.0] as usize;
        self.on[bin].swap_remove(position);
        if let Some(&moved) = self.on[bin].get(position) {
            self.position[moved.0] = position as u32;
        }
        (0..R).for_each(|r| self.load[bin][r] -= self.units.size[item][r]);
        let of = &self.units.instance.items[item];
        self.domains.leave(self.units.instance, &of.aparts, &of.caps, bin);
        self.moves -= self.units.cost(item, bin);
        self.weigh(bin);
    }

    #[inline]
    fn weigh(&mut self, bin: Bin) {
        self.over[bin] = self.over_with(bin, None, None);
        self.overfilled.set(bin.0, self.over[bin] > 0.0);
    }

    /// `item` goes to `to`, and `with` where it says; rules allow it.
    pub fn go(&mut self, item: ItemIndex, to: Bin, with: Option<(ItemIndex, Bin)>) {
        self.take(item);
        if let Some((other, goes)) = with {
            self.take(other);
            self.put(other, goes);
        }
        self.put(item, to);
    }

    /// Everything goes where `packing` has it, which keeps the rules.
    pub fn reset(&mut self, packing: &[Bin]) {
        let differing: Vec<ItemIndex> =
            ItemIndex::all(packing.len()).filter(|&item| self.bin_of[item] != packing[item.0]).collect();
        for &item in &differing {
            self.take(item);
        }
        for &item in &differing {
            self.put(item, packing[item.0]);
        }
    }
}
