//! Local search: annealing over complete assignments that may overfill slots, until nothing is overfilled.
//!
//! The energy is the sum over slots and resources of the share by which a slot is overfilled, plus a fixed price for
//! each pair that breaks a rule and each move too many. Steps move one item or swap two (Kirkpatrick, Gelatt and
//! Vecchi, Science 220, 1983); the temperature falls geometrically. The budget is a number of steps, never a time, so
//! that the same seed gives the same answer; the clock can only end it early.

use fastrand::Rng;
use rayon::prelude::*;

use super::budget::Budget;
use super::instance::{Instance, ItemIndex, Slot};
use super::{Clock, Options};

/// What a pair that breaks an `apart` rule costs, in shares of a slot.
const RULE_PRICE: f64 = 0.2;
/// What a move beyond the limit costs, in shares of a slot.
const MOVE_PRICE: f64 = 0.02;
/// The temperature falls from the first to the second of these, in shares of a slot.
const TEMPERATURE: (f64, f64) = (0.03, 0.000_02);
/// The clock is read, and the temperature lowered, once in so many steps.
const STEPS_PER_LOOK: u64 = 1024;
/// Runs of one round: each from its own seed, on as many threads as there are.
const RUNS: usize = 2;

/// A packing that keeps to `budget`, sought from `start` in rounds of `steps`, doubled each round. `None` where none
/// was found. The answer does not depend on the number of threads: of one round's runs the first that succeeded wins.
pub fn anneal(
    instance: &Instance,
    budget: &Budget,
    start: &[Slot],
    rounds: u32,
    steps: u64,
    options: &Options,
) -> Option<Vec<Slot>> {
    if instance.items.is_empty() {
        return Some(Vec::new());
    }
    let slots: Vec<Vec<Slot>> =
        instance.slot_sets.iter().map(|set| set.slots.iter().copied().filter(|&s| budget.open[s]).collect()).collect();
    if instance.items.iter().any(|item| slots[item.allowed].is_empty()) {
        return None;
    }
    (0..rounds).find_map(|round| {
        let run = |number: usize| {
            let seed = options.seed ^ (u64::from(round) << 32) ^ ((number as u64) << 48);
            let mut run = Run::new(instance, budget, &slots, start, Rng::with_seed(seed));
            run.cool(steps << round, options.clock).then_some(run.slot_of)
        };
        if options.clock.left().is_zero() {
            return None;
        }
        if options.threads < 2 {
            return (0..RUNS).find_map(run);
        }
        (0..RUNS).into_par_iter().map(run).collect::<Vec<_>>().into_iter().flatten().next()
    })
}

struct Run<'a> {
    instance: &'a Instance,
    slots: &'a [Vec<Slot>],
    move_limit: Option<u64>,
    rng: Rng,
    slot_of: Vec<Slot>,
    /// `[slot * resources + resource]`, as are `limit` and `weight`.
    load: Vec<i64>,
    limit: Vec<i64>,
    /// 1 / what the slot can give.
    weight: Vec<f64>,
    zones: Vec<Vec<u32>>,
    excess: f64,
    broken: i64,
    moved: u64,
}

impl<'a> Run<'a> {
    fn new(instance: &'a Instance, budget: &Budget, slots: &'a [Vec<Slot>], start: &[Slot], rng: Rng) -> Run<'a> {
        let flat = |rows: &[Vec<u64>]| rows.iter().flatten().map(|&amount| amount as i64).collect::<Vec<i64>>();
        let mut run = Run {
            instance,
            slots,
            move_limit: budget.moves,
            rng,
            slot_of: Vec::with_capacity(start.len()),
            load: vec![0; instance.hosts.len() * instance.resources],
            limit: flat(&budget.capacity),
            weight: instance.allocatable.iter().flatten().map(|&give| 1.0 / (give.max(1) as f64)).collect(),
            zones: instance.aparts.iter().map(|apart| vec![0; apart.zones]).collect(),
            excess: 0.0,
            broken: 0,
            moved: 0,
        };
        for (item, &wanted) in start.iter().enumerate() {
            let choices = &slots[instance.items[item].allowed];
            let slot =
                if choices.binary_search(&wanted).is_ok() { wanted } else { choices[run.rng.usize(..choices.len())] };
            run.slot_of.push(slot);
            run.put(item, slot);
        }
        run
    }

    /// Whether nothing is overfilled, no rule broken and no move too many.
    fn done(&self) -> bool {
        self.broken == 0
            && self.move_limit.is_none_or(|limit| self.moved <= limit)
            // The running sum of floats drifts; integers decide.
            && self.excess < 1e-7
            && self.load.iter().zip(&self.limit).all(|(load, limit)| load <= limit)
    }

    fn energy(&self) -> f64 {
        let surplus = self.move_limit.map_or(0, |limit| self.moved.saturating_sub(limit));
        self.excess + RULE_PRICE * self.broken as f64 + MOVE_PRICE * surplus as f64
    }

    fn cool(&mut self, steps: u64, clock: &dyn Clock) -> bool {
        if self.done() {
            return true;
        }
        let looks = steps.div_ceil(STEPS_PER_LOOK).max(1);
        let factor = (TEMPERATURE.1 / TEMPERATURE.0).powf(1.0 / looks as f64);
        let mut temperature = TEMPERATURE.0;
        for _ in 0..looks {
            for _ in 0..STEPS_PER_LOOK {
                if self.step(temperature) && self.done() {
                    return true;
                }
            }
            temperature *= factor;
            if clock.left().is_zero() {
                return false;
            }
        }
        false
    }

    /// Tries one step; whether it was taken and left nothing to complain about, up to rounding.
    fn step(&mut self, temperature: f64) -> bool {
        let item = self.rng.usize(..self.slot_of.len());
        let from = self.slot_of[item];
        let before = (self.energy(), self.excess);
        if self.rng.u8(..4) == 0 {
            let Some(to) = self.target(item, from) else { return false };
            self.shift(item, from, to);
            return self.keep_or(temperature, before, |run| run.shift(item, to, from));
        }
        let other = self.rng.usize(..self.slot_of.len());
        let to = self.slot_of[other];
        let allowed = |item: ItemIndex, slot| self.instance.may_go(item, slot);
        if from == to || !allowed(item, to) || !allowed(other, from) {
            return false;
        }
        self.shift(item, from, to);
        self.shift(other, to, from);
        self.keep_or(temperature, before, |run| {
            run.shift(item, to, from);
            run.shift(other, from, to);
        })
    }

    fn target(&mut self, item: ItemIndex, from: Slot) -> Option<Slot> {
        let of = &self.instance.items[item];
        let choices = &self.slots[of.allowed];
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

    fn keep_or(&mut self, temperature: f64, before: (f64, f64), undo: impl FnOnce(&mut Self)) -> bool {
        let rise = self.energy() - before.0;
        if rise <= 0.0 || self.rng.f64() < (-rise / temperature).exp() {
            return self.energy() < 1e-7;
        }
        undo(self);
        self.excess = before.1;
        false
    }

    fn shift(&mut self, item: ItemIndex, from: Slot, to: Slot) {
        self.take(item, from);
        self.put(item, to);
        self.slot_of[item] = to;
    }

    fn over(&self, slot: Slot) -> f64 {
        let row = slot * self.instance.resources..(slot + 1) * self.instance.resources;
        let excess = |at: usize| (self.load[at] - self.limit[at]).max(0) as f64 * self.weight[at];
        row.map(excess).sum()
    }

    fn put(&mut self, item: ItemIndex, slot: Slot) {
        self.change(item, slot, 1);
        self.moved += self.instance.items[item].moves(slot);
    }

    fn take(&mut self, item: ItemIndex, slot: Slot) {
        self.change(item, slot, -1);
        self.moved -= self.instance.items[item].moves(slot);
    }

    fn change(&mut self, item: ItemIndex, slot: Slot, sign: i64) {
        let of = &self.instance.items[item];
        self.excess -= self.over(slot);
        let row = slot * self.instance.resources;
        for (resource, &size) in of.size.iter().enumerate() {
            self.load[row + resource] += sign * size as i64;
        }
        self.excess += self.over(slot);
        for &apart in &of.aparts {
            let count = &mut self.zones[apart][self.instance.aparts[apart].zone[slot]];
            if sign > 0 {
                self.broken += i64::from(*count);
                *count += 1;
            } else {
                *count -= 1;
                self.broken -= i64::from(*count);
            }
        }
    }
}
