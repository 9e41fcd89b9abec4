//! Rounds of walks, each from the best placement so far: the weight of excess follows the edge at which what is found is
//! just not overfilled. Loose questions live at a weight of 4, tight ones at hundreds; where it is too large, heat shuffles
//! everything.

use std::sync::Arc;

use super::super::instance::Bin;
use super::super::rng::Rng;
use super::super::work::Work;
use super::board::{Board, below};
use super::resettle::resettle;
use super::units::Units;
use super::walk::{Best, Chances, Walk, mend, walk};

/// The first weight of excess, and the largest.
const WEIGHT: (f64, f64) = (4.0, 3_000.0);
/// The first time it grows no larger than this, then so many times that: heat at a large weight shuffles everything, and
/// longer rounds at a smaller one may do.
const CEILING: (f64, f64) = (60.0, 4.0);
/// Beyond that it begins again with this one.
const AGAIN: f64 = 8.0;
/// How hot rounds begin, in weights of excess: three of each.
const HEATS: [f64; 3] = [0.1, 0.03, 0.01];
/// Once the weight is at the edge, rounds weigh excess by these shares of the weight.
const SHARES: [f64; 3] = [1.0, 0.6, 0.35];
/// No round is colder than these at its beginning and its end.
const COLDEST: (f64, f64) = (0.5, 0.08);
/// How cold a round ends, in weights of excess.
const COLD: f64 = 0.002;
/// The first rounds take so many steps, and no fewer than so many an item.
const STEPS: u64 = 200_000;
const STEPS_AN_ITEM: u64 = 300;
/// Up to so many items every second round draws how it is done.
const FREE_ITEMS: usize = 400;
/// After a walk, bins are settled anew for so many times as many steps.
const RESETTLED: u64 = 3;
/// The weights drawn then: the first of these doubled up to so often.
const DRAWN: (f64, usize) = (1.8, 27);
/// 2^(1/4).
const QUARTER: f64 = 1.189_207_115_002_721;

/// The heat and the cold of a walk at this weight of excess.
pub fn heat(share: f64, weight: f64) -> (f64, f64) {
    let cold = if share == 0.0 { 0.0 } else { COLD * weight };
    (COLDEST.0.max(share * weight), COLDEST.1.max(cold))
}

/// A search that can be taken up where it was left.
pub struct Rounds<'a, const R: usize> {
    board: Board<'a, R>,
    rng: Rng,
    chances: Chances,
    /// Where everything was at first.
    start: Vec<Bin>,
    /// Whether rounds that draw how they are done may begin there.
    returns: bool,
    best: Best,
    weight: f64,
    ceiling: f64,
    round: usize,
    steps: u64,
    /// Whether a round has ended with nothing overfilled, or few items are packed at all: until then the weight is not at
    /// the edge.
    at_edge: bool,
}

impl<'a, const R: usize> Rounds<'a, R> {
    /// From `start`, the rest where it overfills the least. `None` where rules leave an item no bin. `returns` says that
    /// everything stands at `start` today.
    pub fn new(units: Arc<Units<'a, R>>, start: &[Option<Bin>], returns: bool, seed: u64) -> Option<Rounds<'a, R>> {
        let mut rng = Rng::with_seed(seed);
        let board = Board::new(units, start, &mut rng)?;
        let steps = STEPS.max(STEPS_AN_ITEM * board.bin_of.len() as u64);
        let start = board.bin_of.clone();
        let (chances, best) = (Chances::new(), None);
        Some(Rounds {
            board,
            rng,
            chances,
            start,
            returns,
            best,
            weight: WEIGHT.0,
            ceiling: CEILING.0,
            round: 0,
            steps,
            at_edge: false,
        })
    }

    /// The fewest moves so far, and how.
    pub fn best(&self) -> Option<&(i64, Vec<Bin>)> {
        self.best.as_ref()
    }

    /// Learns of a packing from elsewhere.
    pub fn learn(&mut self, moves: i64, packing: &[Bin]) {
        if self.best.as_ref().is_none_or(|(known, _)| moves < *known) {
            self.best = Some((moves, packing.to_vec()));
        }
    }

    /// Goes on for as long as `work` lasts, until as few move as is `enough`, or until `patience` steps since the last
    /// improvement, and twice as many as it took, were in vain.
    pub fn run(&mut self, enough: i64, patience: u64, work: &mut Work) {
        let begun = work.left();
        let mut improved = 0;
        loop {
            let spent = begun - work.left();
            let is_enough = self.best.as_ref().is_some_and(|(moves, _)| *moves <= enough);
            let in_vain = self.best.is_some() && spent - improved > patience.max(2 * improved);
            if is_enough || in_vain || work.is_over() {
                return;
            }
            // A walk that is cut off in its heat was in vain.
            let mut unended = work.unended();
            let better = self.one(enough, &mut unended);
            work.spend(u64::MAX - unended.left());
            if better {
                improved = begun - work.left();
            }
        }
    }

    /// One round; whether it found something better.
    fn one(&mut self, enough: i64, work: &mut Work) -> bool {
        let before = self.best.as_ref().map(|(moves, _)| *moves);
        if let Some((_, packing)) = &self.best {
            self.board.reset(packing);
        }
        let is_few = self.start.len() <= FREE_ITEMS;
        self.at_edge |= is_few && before.is_some();
        let free = self.round % 2 == 1 && is_few;
        let plan = if free { self.drawn() } else { self.planned() };
        walk(&mut self.board, &plan, &self.chances, enough, &mut self.best, work, &mut self.rng);
        let fits = self.board.overfilled.is_empty();
        // Few items do better with another round.
        if !is_few {
            mend(&mut self.board, &plan, &self.chances, enough, &mut self.best, work, &mut self.rng);
        }
        resettle(&mut self.board, RESETTLED * plan.steps, enough, &mut self.best, work, &mut self.rng);
        let after = self.best.as_ref().map(|(moves, _)| *moves);
        let better = after.is_some() && after != before;
        if !free {
            self.follow(better, fits, plan.weight);
            self.at_edge |= better || fits;
        }
        self.round += 1;
        if self.round.is_multiple_of(3) {
            self.steps += self.steps / 2;
        }
        better
    }

    fn planned(&self) -> Walk {
        let weight = if self.at_edge { self.weight * SHARES[self.round % 3] } else { self.weight };
        Walk { constant: 1.0, heat: heat(HEATS[self.round / 3 % 3], weight), weight, steps: self.steps }
    }

    fn drawn(&mut self) -> Walk {
        let weight = (0..below(&mut self.rng, DRAWN.1)).fold(DRAWN.0, |weight, _| weight * QUARTER);
        let share = [0.0, 0.02, 0.05, 0.1][below(&mut self.rng, 4)];
        let least = STEPS.max(STEPS_AN_ITEM * self.start.len() as u64);
        let steps = least << below(&mut self.rng, 4);
        if self.returns && below(&mut self.rng, 5) < 2 {
            self.board.reset(&self.start);
        }
        Walk { constant: 1.0, heat: heat(share, weight), weight, steps }
    }

    /// The weight of excess follows the edge: up where a round ends overfilled without gain, down where it does not.
    fn follow(&mut self, better: bool, fits: bool, weight: f64) {
        match (self.at_edge, better) {
            (true, true) => self.weight = self.weight.min(weight),
            (false, true) => {}
            (_, false) if fits => self.weight *= 0.85,
            (true, false) => self.weight *= 1.25,
            (false, false) => self.weight *= 1.4,
        }
        if self.weight > self.ceiling {
            self.weight = AGAIN;
            self.ceiling = (CEILING.1 * self.ceiling).min(WEIGHT.1);
        }
    }
}
