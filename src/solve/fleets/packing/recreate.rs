//! Lowering what the hosts cost: empties two to five hosts, tries gaps elsewhere for what they held, and opens other
//! hosts for the rest, of whatever kinds do it for less (ruin and recreate: Schrimpf and others, Journal of
//! Computational Physics 159, 2000). Also completes packings: it opens hosts for what has no place.

use crate::solve::rng::Rng;

use super::fill::{Filler, OpenBin, Unassigned, prices};
use super::pack::{Contents, Packing};
use crate::model::Goal;
use crate::solve::Clock;
use crate::solve::fleets::aggregate::Aggregate;
use crate::solve::instance::Bin;
use crate::solve::restricted::bin_cost;
use crate::solve::work::Work;

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
    open_bins: Vec<OpenBin<R>>,
    /// The empty hosts of each kind.
    free: Vec<Vec<Bin>>,
    /// What is spent by each of the goals that count hosts, and may be.
    spent: [u64; 3],
    limits: [u64; 3],
    cost: u64,
    clock: &'a dyn Clock,
}

impl<'a, const R: usize> Rebuild<'a, R> {
    /// Starts from what hosts hold; empty ones are free to be opened.
    pub fn new(
        aggregate: &'a Aggregate<'a>,
        contents: &Contents,
        worth: &[f64],
        seed: u64,
        clock: &'a dyn Clock,
    ) -> Rebuild<'a, R> {
        let filler = Filler::new(aggregate, worth, prices(aggregate), Rng::with_seed(seed));
        let free = aggregate.hosts.iter().map(|host| host.bins.iter().rev().copied().collect()).collect();
        let limits = [aggregate.limits.hosts, aggregate.limits.price, aggregate.limits.watts]
            .map(|limit| limit.unwrap_or(u64::MAX));
        let mut state = Rebuild { filler, open_bins: Vec::new(), free, spent: [0; 3], limits, cost: 0, clock };
        for (bin, items) in contents.iter().filter(|(_, items)| !items.is_empty()) {
            let mut open_bin = state.filler.empty(*bin);
            items.iter().for_each(|&item| state.filler.put(&mut open_bin, item));
            let kind = state.filler.kind(*bin);
            state.free[kind].retain(|free| free != bin);
            state.spend(*bin, true);
            state.open_bins.push(open_bin);
        }
        state
    }

    /// What the hosts hold.
    pub fn contents(&self) -> Contents {
        self.open_bins.iter().map(|open_bin| (open_bin.bin, open_bin.items.clone())).collect()
    }

    /// What the hosts cost.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    /// Opens `bin`, or closes it.
    fn spend(&mut self, bin: Bin, open: bool) {
        let aggregate = self.filler.aggregate;
        let goals = [Goal::FewestHosts, Goal::Cheapest, Goal::LeastPower];
        for (spent, goal) in self.spent.iter_mut().zip(goals) {
            let cost = bin_cost(aggregate.instance, goal, bin);
            *spent = if open { *spent + cost } else { *spent - cost };
        }
        let cost = bin_cost(aggregate.instance, aggregate.goal, bin);
        self.cost = if open { self.cost + cost } else { self.cost - cost };
    }

    fn keeps_limits(&self) -> bool {
        self.spent.iter().zip(&self.limits).all(|(spent, limit)| spent <= limit)
    }

    fn open(&mut self, open_bin: &OpenBin<R>) {
        let kind = self.filler.kind(open_bin.bin);
        self.free[kind].retain(|&bin| bin != open_bin.bin);
        self.spend(open_bin.bin, true);
    }

    fn close(&mut self, open_bin: &OpenBin<R>) {
        self.free[self.filler.kind(open_bin.bin)].push(open_bin.bin);
        self.spend(open_bin.bin, false);
    }

    /// Places `left` too: by replacing hosts by larger ones or opening others, whichever is cheaper. Whether all found
    /// a place within the limits.
    pub fn complete(&mut self, left: &Unassigned) -> bool {
        let upgraded = (left.len() <= UPGRADED).then(|| self.upgraded(left)).flatten();
        let mut best: Option<(u64, Vec<OpenBin<R>>)> = None;
        for attempt in 0..COMPLETIONS {
            let noise = if attempt == 0 { 0.0 } else { 2.0 * NOISE };
            let mut opened = Vec::new();
            let kinds = self.filler.aggregate.hosts.len();
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
                for open_bin in opened {
                    self.open(&open_bin);
                    self.filler.count_all(&open_bin, true);
                    self.open_bins.push(open_bin);
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
        let mut open_bins = std::mem::take(&mut self.open_bins);
        self.undo(&mut open_bins);
        for (bin, items) in contents {
            let mut open_bin = self.filler.empty(*bin);
            self.open(&open_bin);
            items.iter().for_each(|&item| self.filler.put(&mut open_bin, item));
            self.open_bins.push(open_bin);
        }
    }

    /// What it costs, and the hosts hold, when each item in turn goes where it costs the least: to a host that is
    /// replaced by a larger one, or to one of its own. Afterwards all is as before.
    fn upgraded(&mut self, left: &Unassigned) -> Option<(u64, Contents)> {
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
        let aggregate = self.filler.aggregate;
        let mut kinds: Vec<usize> = (0..self.free.len()).filter(|&kind| !self.free[kind].is_empty()).collect();
        kinds.sort_by_key(|&kind| aggregate.hosts[kind].cost);
        // (what it costs more, the host it joins if any, where that goes)
        let mut best: Option<(i128, Option<usize>, Bin)> = None;
        let cheaper = |best: &Option<(i128, Option<usize>, Bin)>, rise: i128| best.as_ref().is_none_or(|b| rise < b.0);
        for position in 0..self.open_bins.len() {
            let mut open_bin = self.open_bins[position].clone();
            let own = aggregate.hosts[self.filler.kind(open_bin.bin)].cost;
            if self.filler.fits(&open_bin, item) && cheaper(&best, 0) {
                best = Some((0, Some(position), open_bin.bin));
            }
            self.filler.count_all(&open_bin, false);
            open_bin.usage.iter_mut().zip(&self.filler.size[item as usize]).for_each(|(usage, size)| *usage += size);
            open_bin.items.push(item);
            let apart = self.filler.alone_of_its_rules(&open_bin);
            for &kind in kinds.iter().filter(|_| apart) {
                let rise = i128::from(aggregate.hosts[kind].cost) - i128::from(own);
                if !cheaper(&best, rise) {
                    break;
                }
                let bin =
                    self.free[kind].iter().copied().rev().take(GAPS).find(|&bin| self.filler.may_move(&open_bin, bin));
                if let Some(bin) = bin {
                    best = Some((rise, Some(position), bin));
                    break;
                }
            }
            open_bin.items.pop();
            self.filler.count_all(&open_bin, true);
        }
        for &kind in &kinds {
            if !cheaper(&best, i128::from(aggregate.hosts[kind].cost)) {
                break;
            }
            let fits = |&bin: &Bin| self.filler.fits(&self.filler.empty(bin), item);
            if let Some(bin) = self.free[kind].iter().copied().rev().take(GAPS).find(fits) {
                best = Some((i128::from(aggregate.hosts[kind].cost), None, bin));
                break;
            }
        }
        let Some((_, joined, bin)) = best else { return false };
        let mut open_bin = match joined {
            None => self.filler.empty(bin),
            Some(position) => {
                let open_bin = self.open_bins.swap_remove(position);
                self.filler.count_all(&open_bin, false);
                self.close(&open_bin);
                let moved = OpenBin { bin, ..open_bin };
                self.filler.count_all(&moved, true);
                moved
            }
        };
        self.open(&open_bin);
        self.filler.put(&mut open_bin, item);
        self.open_bins.push(open_bin);
        true
    }

    /// Closes hosts that were opened, and forgets what they hold.
    fn undo(&mut self, opened: &mut Vec<OpenBin<R>>) {
        for open_bin in opened.drain(..) {
            self.filler.count_all(&open_bin, false);
            self.close(&open_bin);
        }
    }

    /// Opens hosts for all of `unassigned`: of the kinds `preferred` and some drawn at random, for no more than `budget`.
    fn open_for(
        &mut self,
        unassigned: &mut Unassigned,
        opened: &mut Vec<OpenBin<R>>,
        preferred: &[usize],
        drawn: usize,
        noise: f32,
        budget: u64,
    ) -> bool {
        let aggregate = self.filler.aggregate;
        let before = self.cost;
        let mut bins: Vec<Bin> = Vec::new();
        while !unassigned.is_empty() {
            // Hosts of thousands of kinds are long looked through for each that is opened.
            if drawn >= self.free.len() && self.clock.is_over() {
                return false;
            }
            bins.clear();
            bins.extend(preferred.iter().filter_map(|&kind| self.free[kind].last()));
            if drawn >= self.free.len() {
                bins.extend(self.free.iter().filter_map(|free| free.last()));
            } else {
                for _ in 0..drawn {
                    let kind = self.filler.rng.usize(..self.free.len());
                    bins.extend(self.free[kind].last());
                }
            }
            let open_bin = match self.filler.fill_one(&bins, unassigned, noise) {
                Some(open_bin) => open_bin,
                None => {
                    let first = unassigned[0];
                    let fits = |kind: &usize| {
                        let bins = self.free[*kind].iter().rev().take(GAPS);
                        bins.copied().find(|&bin| self.filler.fits(&self.filler.empty(bin), first))
                    };
                    let able = (0..self.free.len()).filter_map(|kind| Some((aggregate.hosts[kind].cost, fits(&kind)?)));
                    let Some((_, bin)) = able.min() else { return false };
                    unassigned.swap_remove(0);
                    let mut open_bin = self.filler.empty(bin);
                    self.filler.put(&mut open_bin, first);
                    open_bin
                }
            };
            let open_bin = self.downsized(open_bin);
            self.open(&open_bin);
            opened.push(open_bin);
            if self.cost - before > budget {
                return false;
            }
        }
        true
    }

    /// `open_bin` on the cheapest free host that can hold it.
    fn downsized(&mut self, open_bin: OpenBin<R>) -> OpenBin<R> {
        let aggregate = self.filler.aggregate;
        self.filler.count_all(&open_bin, false);
        let mut best = (aggregate.hosts[self.filler.kind(open_bin.bin)].cost, open_bin.bin);
        for (kind, host) in aggregate.hosts.iter().enumerate().filter(|(kind, _)| !self.free[*kind].is_empty()) {
            if host.cost < best.0
                && let Some(&bin) = self.free[kind].last()
                && self.filler.may_move(&open_bin, bin)
            {
                best = (host.cost, bin);
            }
        }
        let open_bin = OpenBin { bin: best.1, ..open_bin };
        self.filler.count_all(&open_bin, true);
        open_bin
    }

    /// Looks for cheaper hosts in `steps` steps, until they cost no more than `enough`. The cheapest found.
    pub fn improve(&mut self, steps: u64, enough: u64) -> Contents {
        let mut best = (self.cost, self.contents());
        let mean = self.cost as f64 / self.open_bins.len().max(1) as f64;
        let mut temperature = mean * TEMPERATURE.0;
        let looks = steps.div_ceil(LOOK);
        let factor = (TEMPERATURE.1 / TEMPERATURE.0).powf(1.0 / looks.max(1) as f64);
        let mut work = Work::looking(steps, LOOK, self.clock);
        loop {
            for _ in 0..LOOK {
                if best.0 <= enough || self.open_bins.len() < 2 {
                    return best.1;
                }
                self.step(temperature, mean);
                if self.cost < best.0 {
                    best = (self.cost, self.contents());
                }
            }
            if !work.spend(LOOK) {
                return best.1;
            }
            temperature *= factor;
        }
    }

    fn step(&mut self, temperature: f64, mean: f64) {
        let before = self.cost;
        let mut guide = 0.0;
        let (mut emptied, mut unassigned): (Vec<OpenBin<R>>, Unassigned) = (Vec::new(), Vec::new());
        for _ in 0..2 + self.filler.rng.usize(..EMPTIED - 1) {
            if self.open_bins.is_empty() || (emptied.len() >= 2 && unassigned.len() > IN_HAND) {
                break;
            }
            let emptier = self.filler.emptier_of_two(&self.open_bins);
            let open_bin = self.open_bins.swap_remove(emptier);
            guide += self.filler.guide(&open_bin);
            unassigned.extend_from_slice(&open_bin.items);
            self.filler.count_all(&open_bin, false);
            self.close(&open_bin);
            emptied.push(open_bin);
        }
        let (joined, gained) = self.fill_gaps(&mut unassigned);
        let allowed = -temperature * self.filler.rng.f64().max(1e-12).ln();
        let preferred: Vec<usize> = emptied.iter().map(|open_bin| self.filler.kind(open_bin.bin)).collect();
        let budget = (before - self.cost).saturating_add((allowed + 3.0 * GUIDE * mean) as u64);
        let mut opened = Vec::new();
        let done = self.open_for(&mut unassigned, &mut opened, &preferred, KINDS, NOISE, budget);
        let guided = opened.iter().map(|open_bin| self.filler.guide(open_bin)).sum::<f64>() + gained - guide;
        let rise = self.cost as f64 - before as f64 - GUIDE * guided;
        if done && rise <= allowed && self.keeps_limits() {
            self.open_bins.append(&mut opened);
            return;
        }
        self.undo(&mut opened);
        for &position in joined.iter().rev() {
            let mut open_bin = std::mem::replace(&mut self.open_bins[position], self.filler.empty(Bin(0)));
            self.filler.take_last(&mut open_bin);
            self.open_bins[position] = open_bin;
        }
        for open_bin in emptied {
            self.open(&open_bin);
            self.filler.count_all(&open_bin, true);
            self.open_bins.push(open_bin);
        }
    }

    /// Puts what it can of `unassigned` into hosts that have room, of some drawn the fullest. Which hosts took an item, in
    /// order, and what the guide gains.
    fn fill_gaps(&mut self, unassigned: &mut Unassigned) -> (Vec<usize>, f64) {
        let (mut joined, mut gained) = (Vec::new(), 0.0);
        if self.open_bins.is_empty() {
            return (joined, gained);
        }
        if self.filler.rng.bool() {
            let worth = &self.filler.worth;
            unassigned.sort_unstable_by(|&a, &b| worth[b as usize].total_cmp(&worth[a as usize]).then(a.cmp(&b)));
        }
        let mut next = 0;
        while next < unassigned.len() {
            let item = unassigned[next];
            let mut best: Option<(f64, usize)> = None;
            for _ in 0..GAPS {
                let position = self.filler.rng.usize(..self.open_bins.len());
                let fullness = self.filler.fullness(&self.open_bins[position]);
                if best.is_none_or(|(most, _)| fullness > most) && self.filler.fits(&self.open_bins[position], item) {
                    best = Some((fullness, position));
                }
            }
            let Some((_, position)) = best else {
                next += 1;
                continue;
            };
            let mut open_bin = std::mem::replace(&mut self.open_bins[position], self.filler.empty(Bin(0)));
            gained -= self.filler.guide(&open_bin);
            self.filler.put(&mut open_bin, item);
            gained += self.filler.guide(&open_bin);
            self.open_bins[position] = open_bin;
            joined.push(position);
            unassigned.swap_remove(next);
        }
        (joined, gained)
    }
}

/// Completes a packing, and says what it costs.
pub fn completed<const R: usize>(
    aggregate: &Aggregate,
    packing: &Packing,
    worth: &[f64],
    seed: u64,
    clock: &dyn Clock,
) -> Option<(u64, Contents)> {
    let mut rebuild = Rebuild::<R>::new(aggregate, &packing.contents, worth, seed, clock);
    rebuild.complete(&packing.left).then(|| (rebuild.cost(), rebuild.contents()))
}
