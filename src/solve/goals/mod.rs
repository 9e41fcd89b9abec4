//! Goal after goal: each is brought as low as can be, shown to go no lower, and fixed before the next is looked at.

mod cost;
mod moves;
mod share;

use super::budget::{Budget, Limits, Load, value};
use super::instance::{Instance, Slot};
use super::mixes::sets::{self, Mix};
use super::patterns::Memory;
use super::weights::{self, Bounded, Measure};
use super::{GoalResult, Method, Options, Progress};
use crate::certificate::{Claim, Proof};
use crate::model::{Goal, GoalValue, Ratio};

/// Balance is proven when it is within a thousandth of its bound: a smaller gap stalls every solver that was tried.
const TOLERANCE_PARTS: u64 = 1_000_000;
const PARTS: u64 = 1_000_000_000;
/// Sets of slots beyond so many are not searched one by one.
const SEARCHED_MIXES: usize = 40;

/// The state between goals.
pub struct Goals<'a> {
    instance: &'a Instance,
    options: &'a Options<'a>,
    limits: Limits,
    best: Vec<Slot>,
    claims: Vec<Option<Claim>>,
    mixes: Option<Vec<Mix>>,
    /// What the goal at work cannot go below, as far as is known.
    bound: Option<GoalValue>,
    memory: Memory,
}

/// A bound on a goal: no placement within the limits so far is better. What proves it; nothing where it is 0.
type Lower = (GoalValue, Option<Proof>);

impl<'a> Goals<'a> {
    /// Starts from a packing.
    pub fn new(instance: &'a Instance, options: &'a Options<'a>, start: Vec<Slot>) -> Goals<'a> {
        let (limits, claims) = (Limits::default(), Vec::new());
        let mixes = sets::all(instance);
        Goals { instance, options, limits, best: start, claims, mixes, bound: None, memory: Memory::default() }
    }

    /// The best packing so far, and for each goal what proves its bound.
    pub fn into_best(self) -> (Vec<Slot>, Vec<Option<Claim>>) {
        (self.best, self.claims)
    }

    /// Minimises `goal`, keeps it fixed from now on, and says what was reached.
    pub fn minimise(&mut self, goal: Goal) -> GoalResult {
        self.bound = None;
        self.tell(goal);
        let (bound, proof) = match goal {
            Goal::FewestHosts | Goal::Cheapest | Goal::LeastPower => self.minimise_cost(goal),
            Goal::Balance => self.minimise_share(),
            Goal::FewestMoves => self.minimise_moves(),
        };
        let value = value(self.instance, goal, &self.best);
        let proven = reached(value, bound);
        let by = proof.as_ref().map_or(Method::Volume, Proof::method);
        let claim = |(limits, proof)| Claim { hosts: None, limits, proof };
        self.claims.push(self.just_below(goal, bound).zip(proof).map(claim));
        self.limits.fix(goal, value);
        let by = if proven { by } else { Method::None };
        GoalResult { goal, value, bound, proven, by }
    }

    /// The limits so far, and `goal` better than `bound`; `None` where nothing could be.
    fn just_below(&self, goal: Goal, bound: GoalValue) -> Option<Limits> {
        let less = match bound {
            GoalValue::Count(value) => GoalValue::Count(value.checked_sub(1)?),
            GoalValue::Thousandths(value) => GoalValue::Thousandths(value.checked_sub(1)?),
            GoalValue::Share(share) => GoalValue::Share(Ratio { part: part(share).checked_sub(1)?, whole: PARTS }),
        };
        let mut limits = self.limits;
        limits.fix(goal, less);
        Some(limits)
    }

    fn out_of_time(&self) -> bool {
        self.options.clock.left().is_zero()
    }

    fn improve(&mut self, packing: Vec<Slot>, goal: Goal) {
        self.best = packing;
        self.tell(goal);
    }

    fn learn(&mut self, goal: Goal, bound: GoalValue) {
        // What is known stays known.
        self.bound = Some(self.bound.filter(|known| *known > bound).unwrap_or(bound));
        self.tell(goal);
    }

    fn tell(&self, goal: Goal) {
        let value = value(self.instance, goal, &self.best);
        (self.options.progress)(Progress { goal, value, bound: self.bound });
    }

    fn bound(&self, budget: &Budget, measure: Measure) -> Option<Bounded> {
        weights::bound(self.instance, budget, measure, self.options.clock)
    }

    fn all_open(&self) -> Budget {
        Budget::new(self.instance, &vec![true; self.instance.hosts.len()], &self.limits)
    }

    /// The sets of slots within which balance and moves are sought, and whether these are all there are.
    fn open_sets(&self) -> (Vec<Mix>, bool) {
        let full = vec![true; self.instance.hosts.len()];
        if self.limits.admit(self.instance, &full) {
            return (vec![full], true);
        }
        match &self.mixes {
            Some(mixes) => (sets::largest(self.instance, mixes, &self.limits), true),
            None => (vec![Load::of(self.instance, &self.best).occupied()], false),
        }
    }
}

/// Hosts among which a packing is sought.
struct Candidate<T> {
    budget: Budget,
    /// No packing within the budget is better.
    bound: T,
    /// Why not.
    claim: Claim,
}

impl<T: PartialOrd> Candidate<T> {
    fn raise(&mut self, bound: T, claim: Claim) {
        if bound > self.bound {
            (self.bound, self.claim) = (bound, claim);
        }
    }
}

/// Whether `value` is as good as `bound`.
pub fn reached(value: GoalValue, bound: GoalValue) -> bool {
    match (value, bound) {
        (GoalValue::Share(value), GoalValue::Share(bound)) => with_tolerance(bound) >= value,
        _ => bound >= value,
    }
}

/// A share in billionths, rounded down.
fn part(ratio: Ratio) -> u64 {
    let part = u128::from(ratio.part) * u128::from(PARTS) / u128::from(ratio.whole);
    u64::try_from(part).unwrap_or(u64::MAX)
}

fn with_tolerance(ratio: Ratio) -> Ratio {
    Ratio { part: part(ratio).saturating_add(TOLERANCE_PARTS), whole: PARTS }
}
