//! Lowering what the hosts cost: empties two to five hosts, tries gaps elsewhere for what they held, and opens other
//! hosts for the rest, of whatever kinds do it for less (ruin and recreate: Schrimpf and others, Journal of
//! Computational Physics 159, 2000). Also completes packings: it opens hosts for what has no place.

use fastrand::Rng;

use super::super::Clock;
use super::super::budget::slot_cost;
use super::super::instance::Slot;
use super::fill::{Bin, Filler, Pool, prices};
use super::pack::{Contents, Packing};
use super::view::View;
use crate::model::Goal;

/// Hosts emptied at once, at the most.
const EMPTIED: usize = 5;
/// With so many items in hand no further host is emptied.
const IN_HAND: usize = 40;
/// Hosts that are asked for a gap for an item.
const GAPS: usize = 12;
/// Kinds of hosts that are tried beside those emptied.
const KINDS: usize = 8;
/// How much the worth of items is varied.
const NOISE: f32 = 0.3;
/// How much uneven filling counts against price.
const GUIDE: f64 = 1.0;
/// The temperature falls from the first to the second of these, in mean prices of a host.
const TEMPERATURE: (f64, f64) = (0.01, 0.000_5);
/// The temperature is lowered, and the clock read, once in so many steps.
const LOOK: u64 = 512;
/// Ways in which hosts are opened for what a packing left.
const COMPLETIONS: usize = 50;
/// With more items left the hosts in use are not replaced by larger ones, item by item.
const UPGRADED: usize = 60;

/// Hosts that hold everything, or are to.
pub struct Rebuild<'a, const R: usize> {
    filler: Filler<'a, R>,
    bins: Vec<Bin<R>>,
    /// The empty hosts of each kind.
    free: Vec<Vec<Slot>>,
    /// What is spent by each of the goals that count hosts, and may be.
    spent: [u64; 3],
    limits: [u64; 3],
    cost: u64,
}

impl<'a, const R: usize> Rebuild<'a, R> {
    /// Starts from what hosts hold; empty ones are free to be opened.
    pub fn new(view: &'a View<'a>, contents: &Contents, worth: &[f64], seed: u64) -> Rebuild<'a, R> {
        let filler = Filler::new(view, worth, prices(view), Rng::with_seed(seed));
        let free = view.hosts.iter().map(|host| host.slots.iter().rev().copied().collect()).collect();
        let limits = [view.limits.hosts, view.limits.price, view.limits.watts].map(|limit| limit.unwrap_or(u64::MAX));
        let mut state = Rebuild { filler, bins: Vec::new(), free, spent: [0; 3], limits, cost: 0 };
        for (slot, items) in contents.iter().filter(|(_, items)| !items.is_empty()) {
            let mut bin = state.filler.empty(*slot);
            items.iter().for_each(|&item| state.filler.put(&mut bin, item));
            let kind = state.filler.kind(*slot);
            state.free[kind].retain(|free| free != slot);
            state.spend(*slot, true);
            state.bins.push(bin);
        }
        state
    }

    /// What the hosts hold.
    pub fn contents(&self) -> Contents {
        self.bins.iter().map(|bin| (bin.slot, bin.items.clone())).collect()
    }

    /// What the hosts cost.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    /// Opens `slot`, or closes it.
    fn spend(&mut self, slot: Slot, open: bool) {
        let view = self.filler.view;
        let goals = [Goal::FewestHosts, Goal::Cheapest, Goal::LeastPower];
        for (spent, goal) in self.spent.iter_mut().zip(goals) {
            let cost = slot_cost(view.instance, goal, slot);
            *spent = if open { *spent + cost } else { *spent - cost };
        }
        let cost = slot_cost(view.instance, view.goal, slot);
        self.cost = if open { self.cost + cost } else { self.cost - cost };
    }

    fn keeps_limits(&self) -> bool {
        self.spent.iter().zip(&self.limits).all(|(spent, limit)| spent <= limit)
    }

    fn open(&mut self, bin: &Bin<R>) {
        let kind = self.filler.kind(bin.slot);
        self.free[kind].retain(|&slot| slot != bin.slot);
        self.spend(bin.slot, true);
    }

    fn close(&mut self, bin: &Bin<R>) {
        self.free[self.filler.kind(bin.slot)].push(bin.slot);
        self.spend(bin.slot, false);
    }

    /// Places `left` too: by replacing hosts by larger ones or opening others, whichever is cheaper. Whether all found
    /// a place within the limits.
    pub fn complete(&mut self, left: &Pool) -> bool {
        let upgraded = (left.len() <= UPGRADED).then(|| self.upgraded(left)).flatten();
        let mut best: Option<(u64, Vec<Bin<R>>)> = None;
        for attempt in 0..COMPLETIONS {
            let noise = if attempt == 0 { 0.0 } else { 2.0 * NOISE };
            let mut opened = Vec::new();
            let kinds = self.filler.view.hosts.len();
            let before = self.cost;
            let done = self.open_for(&mut left.clone(), &mut opened, &[], kinds, noise, u64::MAX);
            let cost = self.cost - before;
            let kept = done && self.keeps_limits();
            if kept && best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, opened.clone()));
            }
            self.undo(&mut opened);
            if left.is_empty() || left.len() > UPGRADED * 20 {
                break;
            }
        }
        match (best, upgraded) {
            (Some((cost, opened)), upgraded)
                if upgraded.as_ref().is_none_or(|(other, _)| self.cost + cost <= *other) =>
            {
                for bin in opened {
                    self.open(&bin);
                    self.filler.count_all(&bin, true);
                    self.bins.push(bin);
                }
                true
            }
            (_, Some((_, contents))) => {
                self.replace(&contents);
                true
            }
            _ => false,
        }
    }

    /// Everything anew from `contents`.
    fn replace(&mut self, contents: &Contents) {
        let mut bins = std::mem::take(&mut self.bins);
        self.undo(&mut bins);
        for (slot, items) in contents {
            let mut bin = self.filler.empty(*slot);
            self.open(&bin);
            items.iter().for_each(|&item| self.filler.put(&mut bin, item));
            self.bins.push(bin);
        }
    }

    /// What it costs, and the hosts hold, when each item in turn goes where it costs the least: to a host that is
    /// replaced by a larger one, or to one of its own. Afterwards all is as before.
    fn upgraded(&mut self, left: &Pool) -> Option<(u64, Contents)> {
        let before = self.contents();
        let mut left = left.clone();
        left.sort_by(|&a, &b| self.filler.worth[b as usize].total_cmp(&self.filler.worth[a as usize]).then(a.cmp(&b)));
        let done = left.into_iter().all(|item| self.place(item));
        let answer = (done && self.keeps_limits()).then(|| (self.cost, self.contents()));
        self.replace(&before);
        answer
    }

    /// Places one item where it costs the least; whether it could be.
    fn place(&mut self, item: u32) -> bool {
        let view = self.filler.view;
        let mut kinds: Vec<usize> = (0..self.free.len()).filter(|&kind| !self.free[kind].is_empty()).collect();
        kinds.sort_by_key(|&kind| view.hosts[kind].cost);
        // (what it costs more, the host it joins if any, where that goes)
        let mut best: Option<(i128, Option<usize>, Slot)> = None;
        let cheaper = |best: &Option<(i128, Option<usize>, Slot)>, rise: i128| best.as_ref().is_none_or(|b| rise < b.0);
        for position in 0..self.bins.len() {
            let mut bin = self.bins[position].clone();
            let own = view.hosts[self.filler.kind(bin.slot)].cost;
            if self.filler.fits(&bin, item) && cheaper(&best, 0) {
                best = Some((0, Some(position), bin.slot));
            }
            self.filler.count_all(&bin, false);
            bin.load.iter_mut().zip(&self.filler.size[item as usize]).for_each(|(load, size)| *load += size);
            bin.items.push(item);
            let apart = self.filler.alone_of_its_rules(&bin);
            for &kind in kinds.iter().filter(|_| apart) {
                let rise = i128::from(view.hosts[kind].cost) - i128::from(own);
                if !cheaper(&best, rise) {
                    break;
                }
                let slot =
                    self.free[kind].iter().copied().rev().take(GAPS).find(|&slot| self.filler.may_move(&bin, slot));
                if let Some(slot) = slot {
                    best = Some((rise, Some(position), slot));
                    break;
                }
            }
            bin.items.pop();
            self.filler.count_all(&bin, true);
        }
        for &kind in &kinds {
            if !cheaper(&best, i128::from(view.hosts[kind].cost)) {
                break;
            }
            let fits = |&slot: &Slot| self.filler.fits(&self.filler.empty(slot), item);
            if let Some(slot) = self.free[kind].iter().copied().rev().take(GAPS).find(fits) {
                best = Some((i128::from(view.hosts[kind].cost), None, slot));
                break;
            }
        }
        let Some((_, joined, slot)) = best else { return false };
        let mut bin = match joined {
            None => self.filler.empty(slot),
            Some(position) => {
                let bin = self.bins.swap_remove(position);
                self.filler.count_all(&bin, false);
                self.close(&bin);
                let moved = Bin { slot, ..bin };
                self.filler.count_all(&moved, true);
                moved
            }
        };
        self.open(&bin);
        self.filler.put(&mut bin, item);
        self.bins.push(bin);
        true
    }

    /// Closes hosts that were opened, and forgets what they hold.
    fn undo(&mut self, opened: &mut Vec<Bin<R>>) {
        for bin in opened.drain(..) {
            self.filler.count_all(&bin, false);
            self.close(&bin);
        }
    }

    /// Opens hosts for all of `pool`: of the kinds `preferred` and some drawn at random, for no more than `budget`.
    fn open_for(
        &mut self,
        pool: &mut Pool,
        opened: &mut Vec<Bin<R>>,
        preferred: &[usize],
        drawn: usize,
        noise: f32,
        budget: u64,
    ) -> bool {
        let view = self.filler.view;
        let before = self.cost;
        let mut slots: Vec<Slot> = Vec::new();
        while !pool.is_empty() {
            slots.clear();
            slots.extend(preferred.iter().filter_map(|&kind| self.free[kind].last()));
            if drawn >= self.free.len() {
                slots.extend(self.free.iter().filter_map(|free| free.last()));
            } else {
                for _ in 0..drawn {
                    let kind = self.filler.rng.usize(..self.free.len());
                    slots.extend(self.free[kind].last());
                }
            }
            let bin = match self.filler.fill_one(&slots, pool, noise) {
                Some(bin) => bin,
                None => {
                    let first = pool[0];
                    let fits = |kind: &usize| {
                        let slots = self.free[*kind].iter().rev().take(GAPS);
                        slots.copied().find(|&slot| self.filler.fits(&self.filler.empty(slot), first))
                    };
                    let able = (0..self.free.len()).filter_map(|kind| Some((view.hosts[kind].cost, fits(&kind)?)));
                    let Some((_, slot)) = able.min() else { return false };
                    pool.swap_remove(0);
                    let mut bin = self.filler.empty(slot);
                    self.filler.put(&mut bin, first);
                    bin
                }
            };
            let bin = self.downsized(bin);
            self.open(&bin);
            opened.push(bin);
            if self.cost - before > budget {
                return false;
            }
        }
        true
    }

    /// `bin` on the cheapest free host that can hold it.
    fn downsized(&mut self, bin: Bin<R>) -> Bin<R> {
        let view = self.filler.view;
        self.filler.count_all(&bin, false);
        let mut best = (view.hosts[self.filler.kind(bin.slot)].cost, bin.slot);
        for (kind, host) in view.hosts.iter().enumerate().filter(|(kind, _)| !self.free[*kind].is_empty()) {
            if host.cost < best.0
                && let Some(&slot) = self.free[kind].last()
                && self.filler.may_move(&bin, slot)
            {
                best = (host.cost, slot);
            }
        }
        let bin = Bin { slot: best.1, ..bin };
        self.filler.count_all(&bin, true);
        bin
    }

    /// Looks for cheaper hosts in `steps` steps, until they cost no more than `enough`. The cheapest found.
    pub fn improve(&mut self, steps: u64, enough: u64, clock: &dyn Clock) -> Contents {
        let mut best = (self.cost, self.contents());
        let mean = self.cost as f64 / self.bins.len().max(1) as f64;
        let mut temperature = mean * TEMPERATURE.0;
        let looks = steps.div_ceil(LOOK);
        let factor = (TEMPERATURE.1 / TEMPERATURE.0).powf(1.0 / looks.max(1) as f64);
        for _ in 0..looks {
            for _ in 0..LOOK {
                if best.0 <= enough || self.bins.len() < 2 {
                    return best.1;
                }
                self.step(temperature, mean);
                if self.cost < best.0 {
                    best = (self.cost, self.contents());
                }
            }
            if clock.left().is_zero() {
                break;
            }
            temperature *= factor;
        }
        best.1
    }

    fn step(&mut self, temperature: f64, mean: f64) {
        let before = self.cost;
        let mut guide = 0.0;
        let (mut emptied, mut pool): (Vec<Bin<R>>, Pool) = (Vec::new(), Vec::new());
        for _ in 0..2 + self.filler.rng.usize(..EMPTIED - 1) {
            if self.bins.is_empty() || (emptied.len() >= 2 && pool.len() > IN_HAND) {
                break;
            }
            let (one, other) = (self.filler.rng.usize(..self.bins.len()), self.filler.rng.usize(..self.bins.len()));
            let emptier = self.filler.fullness(&self.bins[other]) < self.filler.fullness(&self.bins[one]);
            let bin = self.bins.swap_remove(if emptier { other } else { one });
            guide += self.filler.guide(&bin);
            pool.extend_from_slice(&bin.items);
            self.filler.count_all(&bin, false);
            self.close(&bin);
            emptied.push(bin);
        }
        let (joined, gained) = self.fill_gaps(&mut pool);
        let allowed = -temperature * self.filler.rng.f64().max(1e-12).ln();
        let preferred: Vec<usize> = emptied.iter().map(|bin| self.filler.kind(bin.slot)).collect();
        let budget = (before - self.cost).saturating_add((allowed + 3.0 * GUIDE * mean) as u64);
        let mut opened = Vec::new();
        let done = self.open_for(&mut pool, &mut opened, &preferred, KINDS, NOISE, budget);
        let guided = opened.iter().map(|bin| self.filler.guide(bin)).sum::<f64>() + gained - guide;
        let rise = self.cost as f64 - before as f64 - GUIDE * guided;
        if done && rise <= allowed && self.keeps_limits() {
            self.bins.append(&mut opened);
            return;
        }
        self.undo(&mut opened);
        for &position in joined.iter().rev() {
            let mut bin = std::mem::replace(&mut self.bins[position], self.filler.empty(0));
            self.filler.take_last(&mut bin);
            self.bins[position] = bin;
        }
        for bin in emptied {
            self.open(&bin);
            self.filler.count_all(&bin, true);
            self.bins.push(bin);
        }
    }

    /// Puts what it can of `pool` into hosts that have room, of some drawn the fullest. Which hosts took an item, in
    /// order, and what the guide gains.
    fn fill_gaps(&mut self, pool: &mut Pool) -> (Vec<usize>, f64) {
        let (mut joined, mut gained) = (Vec::new(), 0.0);
        if self.bins.is_empty() {
            return (joined, gained);
        }
        if self.filler.rng.bool() {
            let worth = &self.filler.worth;
            pool.sort_unstable_by(|&a, &b| worth[b as usize].total_cmp(&worth[a as usize]).then(a.cmp(&b)));
        }
        let mut next = 0;
        while next < pool.len() {
            let item = pool[next];
            let mut best: Option<(f64, usize)> = None;
            for _ in 0..GAPS {
                let position = self.filler.rng.usize(..self.bins.len());
                let fullness = self.filler.fullness(&self.bins[position]);
                if best.is_none_or(|(most, _)| fullness > most) && self.filler.fits(&self.bins[position], item) {
                    best = Some((fullness, position));
                }
            }
            let Some((_, position)) = best else {
                next += 1;
                continue;
            };
            let mut bin = std::mem::replace(&mut self.bins[position], self.filler.empty(0));
            gained -= self.filler.guide(&bin);
            self.filler.put(&mut bin, item);
            gained += self.filler.guide(&bin);
            self.bins[position] = bin;
            joined.push(position);
            pool.swap_remove(next);
        }
        (joined, gained)
    }
}

/// Completes a packing, and says what it costs.
pub fn completed<const R: usize>(view: &View, packing: &Packing, worth: &[f64], seed: u64) -> Option<(u64, Contents)> {
    let mut rebuild = Rebuild::<R>::new(view, &packing.contents, worth, seed);
    rebuild.complete(&packing.left).then(|| (rebuild.cost(), rebuild.contents()))
}
