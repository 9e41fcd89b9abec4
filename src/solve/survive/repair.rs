//! A packing that survives, by local search: containers are moved and exchanged until every loss finds its refuge.

use super::standing::{Scratch, Standing};
use crate::solve::Options;
use crate::solve::budget::{Budget, Load};
use crate::solve::instance::{ItemIndex, Slot};

/// What is missing may grow by up to so much at the start; it cools down to nothing.
const WARMTH: f64 = 0.02;
/// The clock is read once in so many steps.
const STEPS_A_LOOK: u64 = 64;

/// A packing within `budget` whose losses all find refuge by greed, from `start`, which is within it. At most so many
/// `looks` at slots are taken.
pub fn repair(
    standing: &Standing,
    budget: &Budget,
    start: &[Slot],
    looks: u64,
    options: &Options,
) -> Option<Vec<Slot>> {
    let mut at = Position::new(standing, start.to_vec());
    let mut spent = 0;
    let mut missing = at.missing(f64::INFINITY, &mut spent);
    let mut rng = fastrand::Rng::with_seed(options.seed);
    let mut steps = 0_u64;
    while missing > 0.0 {
        steps += 1;
        spent += 8;
        if spent >= looks || (steps.is_multiple_of(STEPS_A_LOOK) && options.clock.left().is_zero()) {
            return None;
        }
        let Some(step) = at.step(budget, &mut rng) else { continue };
        at.take(&step);
        let warmth = WARMTH * (1.0 - spent as f64 / looks as f64) * -rng.f64().max(1e-9).ln();
        let after = at.missing(missing + warmth, &mut spent);
        if after <= missing + warmth {
            missing = after;
        } else {
            at.take(&step.back());
        }
    }
    Some(at.assignment)
}

/// Items and where they go, all at once.
struct Step {
    moves: Vec<(ItemIndex, Slot, Slot)>,
}

impl Step {
    fn back(&self) -> Step {
        Step { moves: self.moves.iter().rev().map(|&(item, from, to)| (item, to, from)).collect() }
    }
}

struct Position<'a> {
    standing: &'a Standing<'a>,
    assignment: Vec<Slot>,
    load: Load,
    content: Vec<Vec<ItemIndex>>,
    scratch: Scratch,
}

impl<'a> Position<'a> {
    fn new(standing: &'a Standing<'a>, assignment: Vec<Slot>) -> Position<'a> {
        let load = Load::of(standing.instance, &assignment);
        Position { standing, content: standing.content(&assignment), load, assignment, scratch: Scratch::default() }
    }

    /// What finds no refuge over all losses; given up where it is more than `most`.
    fn missing(&mut self, most: f64, spent: &mut u64) -> f64 {
        let mut missing = 0.0;
        for lost in &self.standing.losses {
            let refuge = self.standing.refuge(&self.load, &self.content, lost, &mut self.scratch);
            *spent += refuge.looks + 1;
            missing += refuge.missing;
            if missing > most {
                break;
            }
        }
        missing
    }

    /// A random move, or exchange of two items, that keeps every budget and rule.
    fn step(&mut self, budget: &Budget, rng: &mut fastrand::Rng) -> Option<Step> {
        let instance = self.standing.instance;
        let item = rng.usize(..self.assignment.len());
        let from = self.assignment[item];
        let slots = instance.slots(item);
        let to = slots[rng.usize(..slots.len())];
        if to == from || !budget.open[to] {
            return None;
        }
        self.load.take(instance, item, from);
        if self.load.fits(instance, budget, item, to) {
            self.load.put(instance, item, from);
            return self.kept(Step { moves: vec![(item, from, to)] }, budget);
        }
        let step = self.exchange(budget, item, from, to, rng);
        self.load.put(instance, item, from);
        self.kept(step?, budget)
    }

    /// An item of `to` that may change places with `item`, which is in the air.
    fn exchange(
        &mut self,
        budget: &Budget,
        item: ItemIndex,
        from: Slot,
        to: Slot,
        rng: &mut fastrand::Rng,
    ) -> Option<Step> {
        let instance = self.standing.instance;
        let held = self.content[to].len();
        let other = self.content[to][rng.usize(..held.max(1)).min(held.checked_sub(1)?)];
        self.load.take(instance, other, to);
        let mut fits = self.load.fits(instance, budget, item, to);
        if fits {
            self.load.put(instance, item, to);
            fits = self.load.fits(instance, budget, other, from);
            self.load.take(instance, item, to);
        }
        self.load.put(instance, other, to);
        fits.then(|| Step { moves: vec![(item, from, to), (other, to, from)] })
    }

    /// The step, where no more containers move than may.
    fn kept(&self, step: Step, budget: &Budget) -> Option<Step> {
        let Some(limit) = budget.moves else { return Some(step) };
        let mut after = self.assignment.clone();
        step.moves.iter().for_each(|&(item, _, to)| after[item] = to);
        (crate::solve::budget::moves(self.standing.instance, &after) <= limit).then_some(step)
    }

    fn take(&mut self, step: &Step) {
        let instance = self.standing.instance;
        step.moves.iter().for_each(|&(item, from, _)| self.load.take(instance, item, from));
        for &(item, from, to) in &step.moves {
            self.load.put(instance, item, to);
            self.content[from].retain(|&other| other != item);
            let share = self.standing.share(item);
            let harder = |&other: &ItemIndex| {
                let its = self.standing.share(other);
                its > share || (its == share && other < item)
            };
            let position = self.content[to].partition_point(harder);
            self.content[to].insert(position, item);
            self.assignment[item] = to;
        }
    }
}
