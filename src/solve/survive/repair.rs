//! A packing that survives, by local search: containers are moved and exchanged until every loss finds its failover.

use super::recovery::{Recovery, Scratch};
use crate::certificate::ItemIndex;
use crate::solve::Options;
use crate::solve::instance::Bin;
use crate::solve::restricted::{RestrictedInstance, Usage};
use crate::solve::work::Work;

/// What is missing may grow by up to so much at the start; it cools down to nothing.
const WARMTH: f64 = 0.02;
/// So many looks at bins are one step.
const LOOKS_A_STEP: u64 = 8;

/// A packing within `restricted` whose losses all find failover by greed, from `start`, which is within it. At most so many
/// `looks` at bins are taken.
pub fn repair(
    recovery: &Recovery,
    restricted: &RestrictedInstance,
    start: &[Bin],
    looks: u64,
    options: &Options,
) -> Option<Vec<Bin>> {
    let mut at = Position::new(recovery, start.to_vec());
    let mut work = Work::new(looks, options.clock);
    let mut missing = at.missing(f64::INFINITY, &mut work);
    let mut rng = crate::solve::rng::Rng::with_seed(options.seed);
    while missing > 0.0 {
        if !work.spend(LOOKS_A_STEP) {
            return None;
        }
        let Some(step) = at.step(restricted, &mut rng) else { continue };
        at.take(&step);
        let warmth = WARMTH * (1.0 - (looks - work.left()) as f64 / looks as f64) * -rng.f64().max(1e-9).ln();
        let after = at.missing(missing + warmth, &mut work);
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
    moves: Vec<(ItemIndex, Bin, Bin)>,
}

impl Step {
    fn back(&self) -> Step {
        Step { moves: self.moves.iter().rev().map(|&(item, from, to)| (item, to, from)).collect() }
    }
}

struct Position<'a> {
    recovery: &'a Recovery<'a>,
    assignment: Vec<Bin>,
    usage: Usage,
    content: Vec<Vec<ItemIndex>>,
    scratch: Scratch,
}

impl<'a> Position<'a> {
    fn new(recovery: &'a Recovery<'a>, assignment: Vec<Bin>) -> Position<'a> {
        let usage = Usage::of(recovery.instance, &assignment);
        Position { recovery, content: recovery.content(&assignment), usage, assignment, scratch: Scratch::default() }
    }

    /// What finds no failover over all losses; given up where it is more than `most`.
    fn missing(&mut self, most: f64, work: &mut Work) -> f64 {
        let mut missing = 0.0;
        for lost in &self.recovery.losses {
            let failover = self.recovery.failover(&self.usage, &self.content, lost, &mut self.scratch);
            work.spend(failover.looks + 1);
            missing += failover.missing;
            if missing > most {
                break;
            }
        }
        missing
    }

    /// A random move, or exchange of two items, that keeps every restriction and rule.
    fn step(&mut self, restricted: &RestrictedInstance, rng: &mut crate::solve::rng::Rng) -> Option<Step> {
        let instance = self.recovery.instance;
        let item = ItemIndex(rng.usize(..self.assignment.len()));
        let from = self.assignment[item];
        let bins = instance.bins(item);
        let to = bins[rng.usize(..bins.len())];
        if to == from || !restricted.open[to] {
            return None;
        }
        self.usage.take(instance, item, from);
        if self.usage.fits(instance, restricted, item, to) {
            self.usage.put(instance, item, from);
            return self.kept(Step { moves: vec![(item, from, to)] }, restricted);
        }
        let step = self.exchange(restricted, item, from, to, rng);
        self.usage.put(instance, item, from);
        self.kept(step?, restricted)
    }

    /// An item of `to` that may change places with `item`, which is in the air.
    fn exchange(
        &mut self,
        restricted: &RestrictedInstance,
        item: ItemIndex,
        from: Bin,
        to: Bin,
        rng: &mut crate::solve::rng::Rng,
    ) -> Option<Step> {
        let instance = self.recovery.instance;
        let held = self.content[to].len();
        let other = self.content[to][rng.usize(..held.max(1)).min(held.checked_sub(1)?)];
        self.usage.take(instance, other, to);
        let mut fits = self.usage.fits(instance, restricted, item, to);
        if fits {
            self.usage.put(instance, item, to);
            fits = self.usage.fits(instance, restricted, other, from);
            self.usage.take(instance, item, to);
        }
        self.usage.put(instance, other, to);
        fits.then(|| Step { moves: vec![(item, from, to), (other, to, from)] })
    }

    /// The step, where no more containers move than may.
    fn kept(&self, step: Step, restricted: &RestrictedInstance) -> Option<Step> {
        // What is carried over by other measures is looked at with the room.
        let Some(limit) = restricted.moves else { return Some(step) };
        let mut after = self.assignment.clone();
        step.moves.iter().for_each(|&(item, _, to)| after[item] = to);
        (crate::solve::restricted::moves(self.recovery.instance, &after) <= limit).then_some(step)
    }

    fn take(&mut self, step: &Step) {
        let instance = self.recovery.instance;
        step.moves.iter().for_each(|&(item, from, _)| self.usage.take(instance, item, from));
        for &(item, from, to) in &step.moves {
            self.usage.put(instance, item, to);
            self.content[from].retain(|&other| other != item);
            let share = self.recovery.share(item);
            let harder = |&other: &ItemIndex| {
                let its = self.recovery.share(other);
                its > share || (its == share && other < item)
            };
            let position = self.content[to].partition_point(harder);
            self.content[to].insert(position, item);
            self.assignment[item] = to;
        }
    }
}
