//! Local search: annealing over complete assignments that may overfill bins, until nothing is overfilled.
//!
//! The energy is the sum over bins and resources of the share by which a bin is overfilled, plus a fixed price for
//! each pair that breaks a rule and each move too many. Steps move one item or swap two (Kirkpatrick, Gelatt and
//! Vecchi, Science 220, 1983); the temperature falls geometrically. The restriction is a number of steps, never a time, so
//! that the same seed gives the same answer; the clock can only end it early.

use crate::certificate::ItemIndex;
use crate::solve::rng::Rng;
use rayon::prelude::*;

use super::instance::{Bin, Instance, Item, gcd};
use super::restricted::RestrictedInstance;
use super::taken::Taken;
use super::work::Work;

use super::{Clock, Options};

/// What a pair that breaks an `apart` rule costs, in shares of a bin.
const RULE_PRICE: f64 = 0.2;
/// What a move beyond the limit costs, in shares of a bin.
const MOVE_PRICE: f64 = 0.02;
/// The temperature falls from the first of these, in shares of a bin, to one between the others: there the smallest
/// excess that matters is seldom taken.
const TEMPERATURE: (f64, f64, f64) = (0.03, 0.000_02, 0.001);
/// That excess in such temperatures.
const COLD: f64 = 0.15;
/// A rise of so many temperatures is never taken: the chance is below a billionth.
const NEVER: f64 = 20.0;
/// The clock is read, and the temperature lowered, once in so many steps.
const STEPS_PER_LOOK: u64 = 1024;
/// An excess below this is rounding.
const NOTHING: f64 = 1e-7;
/// An item without a bin looks at so many.
const WELCOMED: usize = 128;
/// Runs of one round: each from its own seed, on as many threads as there are.
pub const RUNS: usize = 2;

/// A packing that keeps to `restricted`, sought from `start` in rounds of `steps`, doubled each round. `None` where none
/// was found. The answer does not depend on the number of threads: of one round's runs the first that succeeded wins.
pub fn anneal(
    instance: &Instance,
    restricted: &RestrictedInstance,
    start: &[Bin],
    rounds: u32,
    steps: u64,
    options: &Options,
) -> Option<Vec<Bin>> {
    (0..rounds).find_map(|round| anneal_round(instance, restricted, start, round, (RUNS, steps), options))
}

/// One of the rounds of [`anneal`]: so many runs, with so many steps in the first round.
pub fn anneal_round(
    instance: &Instance,
    restricted: &RestrictedInstance,
    start: &[Bin],
    round: u32,
    (runs, steps): (usize, u64),
    options: &Options,
) -> Option<Vec<Bin>> {
    if instance.items.is_empty() {
        return Some(Vec::new());
    }
    let bins: Vec<Vec<Bin>> = instance
        .bin_sets
        .iter()
        .map(|set| set.bins.iter().copied().filter(|&s| restricted.open[s]).collect())
        .collect();
    if instance.items.iter().any(|item| bins[item.allowed].is_empty()) {
        return None;
    }
    let run = |number: usize| {
        let seed = options.seed ^ (u64::from(round) << 32) ^ ((number as u64) << 48);
        let mut run = Run::new(instance, restricted, &bins, start, Rng::with_seed(seed));
        run.anneal(steps << round, options.clock).then_some(run.bin_of)
    };
    if options.clock.is_over() {
        return None;
    }
    if options.threads < 2 {
        return (0..runs).find_map(run);
    }
    (0..runs).into_par_iter().map(run).collect::<Vec<_>>().into_iter().flatten().next()
}

struct Run<'a> {
    instance: &'a Instance,
    bins: &'a [Vec<Bin>],
    move_limit: Option<u64>,
    /// What a move beyond it costs.
    move_price: f64,
    rng: Rng,
    bin_of: Vec<Bin>,
    /// What each item asks for: `[item * resources + resource]`.
    size: Vec<i64>,
    /// What each bin holds: `[bin * resources + resource]`, as are `limit` and `weight`.
    usage: Vec<i64>,
    limit: Vec<i64>,
    /// 1 / what the bin can give.
    weight: Vec<f64>,
    /// The share by which each bin is overfilled, and their sum.
    over: Vec<f64>,
    excess: f64,
    /// How many items of each rule a domain holds, and the pairs that break a rule.
    domains: Taken,
    broken: i64,
    moved: u64,
    /// Whether every item may go to every open bin.
    everywhere: bool,
    /// For each item, whether a rule binds it.
    ruled: Vec<bool>,
    /// Of eight steps so many move one item, the others swap two.
    shifts: u8,
    /// The temperature at the end.
    coldest: f64,
}

/// A step: each item with the bin it leaves and the bin it goes to.
#[derive(Clone, Copy)]
enum Step {
    Shift(ItemIndex, Bin, Bin),
    Swap(ItemIndex, ItemIndex, Bin, Bin),
}

impl<'a> Run<'a> {
    fn new(
        instance: &'a Instance,
        restricted: &RestrictedInstance,
        bins: &'a [Vec<Bin>],
        start: &[Bin],
        rng: Rng,
    ) -> Run<'a> {
        // The model keeps the sum of all requests, and of all that hosts give, below i64::MAX.
        let flat =
            |rows: &mut dyn Iterator<Item = &Vec<u64>>| -> Vec<i64> { rows.flatten().map(|&a| a as i64).collect() };
        let mut run = Run {
            instance,
            bins,
            move_limit: restricted.moves,
            move_price: MOVE_PRICE / instance.unit.mean as f64,
            rng,
            bin_of: Vec::with_capacity(start.len()),
            size: flat(&mut instance.items.iter().map(|item| &item.size)),
            usage: vec![0; instance.hosts.len() * instance.resources],
            limit: flat(&mut restricted.capacity.iter()),
            weight: instance.allocatable.iter().flatten().map(|&give| 1.0 / (give.max(1) as f64)).collect(),
            over: vec![0.0; instance.hosts.len()],
            excess: 0.0,
            domains: Taken::new(instance),
            broken: 0,
            moved: 0,
            everywhere: bins
                .iter()
                .all(|choices| choices.len() == restricted.open.iter().filter(|open| **open).count()),
            ruled: instance.items.iter().map(Item::is_bound).collect(),
            shifts: if restricted.moves.is_none() && !instance.items.iter().any(Item::is_bound) { 1 } else { 2 },
            coldest: (COLD * smallest_excess(instance)).clamp(TEMPERATURE.1, TEMPERATURE.2),
        };
        let at_home = |item: ItemIndex| bins[instance.items[item].allowed].binary_search(&start[item]).is_ok();
        let (home, astray): (Vec<ItemIndex>, Vec<ItemIndex>) =
            ItemIndex::all(start.len()).partition(|&item| at_home(item));
        run.bin_of = start.to_vec();
        home.into_iter().for_each(|item| run.enter(item, start[item]));
        for item in run.shuffled(astray) {
            let bin = run.welcome(item);
            run.enter(item, bin);
        }
        run.sum_up();
        run
    }

    /// The largest first, more or less.
    fn shuffled(&mut self, items: Vec<ItemIndex>) -> Vec<ItemIndex> {
        let resources = self.instance.resources;
        let share = |(at, size): (usize, &i64)| *size as f64 * self.weight.get(at).copied().unwrap_or(0.0);
        let size = |item: ItemIndex| -> f64 {
            self.size[item.0 * resources..(item.0 + 1) * resources].iter().enumerate().map(share).sum()
        };
        let mut keys: Vec<(f64, ItemIndex)> = items.into_iter().map(|item| (size(item), item)).collect();
        keys.iter_mut().for_each(|(key, _)| *key *= 0.9 + 0.2 * self.rng.f64());
        keys.sort_by(|a, b| b.0.total_cmp(&a.0));
        keys.into_iter().map(|(_, item)| item).collect()
    }

    /// A bin for an item that has none: the one it overfills the least, among a few at random.
    fn welcome(&mut self, item: ItemIndex) -> Bin {
        let choices = &self.bins[self.instance.items[item].allowed];
        let resources = self.instance.resources;
        let over = |bin: Bin| {
            let shares = (0..resources).map(|resource| {
                let at = bin.0 * resources + resource;
                let usage = (self.usage[at] + self.size[item.0 * resources + resource]) as f64 * self.weight[at];
                let excess = (usage - self.limit[at] as f64 * self.weight[at]).max(0.0);
                10.0 * excess + 0.1 * usage * usage
            });
            shares.sum::<f64>()
        };
        let first = self.rng.usize(..choices.len());
        let some = (0..choices.len().min(WELCOMED)).map(|number| choices[(first + number) % choices.len()]);
        let best = some.map(|bin| (over(bin), bin)).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        best.map_or(choices[first], |(_, bin)| bin)
    }

    fn enter(&mut self, item: ItemIndex, bin: Bin) {
        self.bin_of[item] = bin;
        self.usage(item, bin, 1);
        self.broken += self.meets(item, bin);
        self.count(item, bin, true);
        self.moved += self.instance.items[item].moves(bin);
    }

    /// Whether nothing is overfilled, no rule broken and no move too many.
    fn done(&self) -> bool {
        self.broken == 0
            && self.move_limit.is_none_or(|limit| self.moved <= limit)
            // The running sum of floats drifts; integers decide.
            && self.excess < NOTHING
            && self.usage.iter().zip(&self.limit).all(|(usage, limit)| usage <= limit)
    }

    fn sum_up(&mut self) {
        self.over = Bin::all(self.over.len()).map(|bin| self.over_with::<0>(bin, |_| 0)).collect();
        self.excess = self.over.iter().sum();
    }

    /// Whether so many steps lead to a packing.
    fn anneal(&mut self, steps: u64, clock: &dyn Clock) -> bool {
        // The innermost loops are over resources: where their number is known beforehand, they are twice as fast.
        match self.instance.resources {
            1 => self.cool::<1>(steps, clock),
            2 => self.cool::<2>(steps, clock),
            3 => self.cool::<3>(steps, clock),
            4 => self.cool::<4>(steps, clock),
            5 => self.cool::<5>(steps, clock),
            _ => self.cool::<0>(steps, clock),
        }
    }

    /// As many resources as `KNOWN` says, or as the instance has where that is 0.
    fn cool<const KNOWN: usize>(&mut self, steps: u64, clock: &dyn Clock) -> bool {
        if self.done() {
            return true;
        }
        let looks = steps.div_ceil(STEPS_PER_LOOK).max(1);
        let factor = (self.coldest / TEMPERATURE.0).powf(1.0 / looks as f64);
        let mut temperature = TEMPERATURE.0;
        let mut work = Work::looking(steps, STEPS_PER_LOOK, clock);
        loop {
            for _ in 0..STEPS_PER_LOOK {
                if let Some(step) = self.propose()
                    && self.take_if_good::<KNOWN>(step, temperature)
                    && self.excess < NOTHING
                    && self.done()
                {
                    return true;
                }
            }
            self.sum_up();
            temperature *= factor;
            if !work.spend(STEPS_PER_LOOK) {
                return false;
            }
        }
    }

    /// Seven swaps to one shift; where rules or moves matter, three.
    fn propose(&mut self) -> Option<Step> {
        let item = ItemIndex(self.rng.usize(..self.bin_of.len()));
        let from = self.bin_of[item];
        if self.rng.u8(..8) < self.shifts {
            return self.target(item, from).map(|to| Step::Shift(item, from, to));
        }
        let other = ItemIndex(self.rng.usize(..self.bin_of.len()));
        let to = self.bin_of[other];
        let may = || self.instance.may_go(item, to) && self.instance.may_go(other, from);
        let allowed = from != to && (self.everywhere || may());
        allowed.then_some(Step::Swap(item, other, from, to))
    }

    fn target(&mut self, item: ItemIndex, from: Bin) -> Option<Bin> {
        let of = &self.instance.items[item];
        let choices = &self.bins[of.allowed];
        // One that strays goes home half of the time, where moves are counted.
        if let (Some(_), Some(&(home, _))) = (self.move_limit, of.homes.first())
            && home != from
            && self.rng.bool()
            && choices.binary_search(&home).is_ok()
        {
            return Some(home);
        }
        let to = choices[self.rng.usize(..choices.len())];
        (to != from).then_some(to)
    }

    /// Takes `step` if it lowers the energy, or by chance if it raises it; whether it was taken.
    fn take_if_good<const KNOWN: usize>(&mut self, step: Step, temperature: f64) -> bool {
        let (from, to, first, second) = match step {
            Step::Shift(item, from, to) => (from, to, item, None),
            Step::Swap(item, other, from, to) => (from, to, item, Some(other)),
        };
        let resources = if KNOWN == 0 { self.instance.resources } else { KNOWN };
        let gained = |resource: usize| {
            let back = second.map_or(0, |other| self.size[other.0 * resources + resource]);
            self.size[first.0 * resources + resource] - back
        };
        let over = (self.over_with::<KNOWN>(from, |resource| -gained(resource)), self.over_with::<KNOWN>(to, gained));
        let mut rise = over.0 + over.1 - self.over[from] - self.over[to];
        let moved = self.moved_after(step);
        if let Some(limit) = self.move_limit {
            let surplus = |moved: u64| moved.saturating_sub(limit) as f64;
            rise += self.move_price * (surplus(moved) - surplus(self.moved));
        }
        let ruled = self.ruled[first] || second.is_some_and(|second| self.ruled[second]);
        let broken = if ruled { self.count_step(step) } else { 0 };
        rise += RULE_PRICE * broken as f64;
        if rise > 0.0 && (rise > NEVER * temperature || self.rng.f64() >= (-rise / temperature).exp()) {
            if ruled {
                self.count_step(step.back());
            }
            return false;
        }
        self.excess += over.0 + over.1 - self.over[from] - self.over[to];
        (self.over[from], self.over[to]) = over;
        self.broken += broken;
        self.moved = moved;
        for (item, left, entered) in step.shifts() {
            self.usage(item, left, -1);
            self.usage(item, entered, 1);
            self.bin_of[item] = entered;
        }
        true
    }

    /// How many containers move after `step`; not counted where there is no limit.
    fn moved_after(&self, step: Step) -> u64 {
        if self.move_limit.is_none() {
            return self.moved;
        }
        let moves = |item: ItemIndex, bin: Bin| self.instance.items[item].moves(bin);
        step.shifts().fold(self.moved, |moved, (item, from, to)| moved + moves(item, to) - moves(item, from))
    }

    /// The share by which `bin` would be overfilled if it held so much more of each resource.
    fn over_with<const KNOWN: usize>(&self, bin: Bin, more: impl Fn(usize) -> i64) -> f64 {
        let resources = if KNOWN == 0 { self.instance.resources } else { KNOWN };
        let row = bin.0 * resources..(bin.0 + 1) * resources;
        let (usage, limit, weight) = (&self.usage[row.clone()], &self.limit[row.clone()], &self.weight[row]);
        let mut over = 0.0;
        for resource in 0..resources {
            over += (usage[resource] + more(resource) - limit[resource]).max(0) as f64 * weight[resource];
        }
        over
    }

    fn usage(&mut self, item: ItemIndex, bin: Bin, sign: i64) {
        let resources = self.instance.resources;
        for resource in 0..resources {
            self.usage[bin.0 * resources + resource] += sign * self.size[item.0 * resources + resource];
        }
    }

    /// How many items that `item` must stay apart from are in its domains of `bin`, and by how many it passes what others
    /// may hold.
    fn meets(&self, item: ItemIndex, bin: Bin) -> i64 {
        let of = &self.instance.items[item];
        let met = |&apart: &usize| i64::from(self.domains.count(apart, self.instance.aparts[apart].domain[bin]));
        let beyond = |&cap: &(usize, u32)| i64::from(self.domains.beyond(self.instance, cap, bin));
        of.aparts.iter().map(met).sum::<i64>() + of.caps.iter().map(beyond).sum::<i64>()
    }

    fn count(&mut self, item: ItemIndex, bin: Bin, enters: bool) {
        let of = &self.instance.items[item];
        match enters {
            true => self.domains.put(self.instance, &of.aparts, &of.caps, bin),
            false => self.domains.leave(self.instance, &of.aparts, &of.caps, bin),
        }
    }

    /// Counts `step` in the domains; how many more pairs break a rule.
    fn count_step(&mut self, step: Step) -> i64 {
        let mut broken = 0;
        for (item, from, _) in step.shifts() {
            self.count(item, from, false);
            broken -= self.meets(item, from);
        }
        for (item, _, to) in step.shifts() {
            broken += self.meets(item, to);
            self.count(item, to, true);
        }
        broken
    }
}

/// The least that a bin can be overfilled by, in shares of it: sizes and capacities are multiples of something.
fn smallest_excess(instance: &Instance) -> f64 {
    let least = |resource: usize| {
        let sizes = instance.items.iter().map(|item| item.size[resource]);
        let step = sizes.fold(0, |step, size| gcd(size, step));
        let largest = instance.allocatable.iter().map(|give| give[resource]).max().unwrap_or(0);
        if largest == 0 || step == 0 { f64::MAX } else { step as f64 / largest as f64 }
    };
    (0..instance.resources).map(least).fold(f64::MAX, f64::min)
}

impl Step {
    /// Each item with the bin it leaves and the bin it enters.
    fn shifts(self) -> impl Iterator<Item = (ItemIndex, Bin, Bin)> {
        let (first, second) = match self {
            Step::Shift(item, from, to) => ((item, from, to), None),
            Step::Swap(item, other, from, to) => ((item, from, to), Some((other, to, from))),
        };
        std::iter::once(first).chain(second)
    }

    fn back(self) -> Step {
        match self {
            Step::Shift(item, from, to) => Step::Shift(item, to, from),
            Step::Swap(item, other, from, to) => Step::Swap(item, other, to, from),
        }
    }
}
