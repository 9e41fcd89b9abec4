//! Packing by patterns: which sets of items fit one slot, and how many slots of each pattern it takes.
//!
//! The strongest tool where the packing itself is hard: the bound of all patterns (Gilmore and Gomory) is seldom more
//! than one slot from the truth, and dives through its solutions find packings that no greedy rule sees.
//! docs/formulation.md has the mathematics.

mod columns;
mod dive;
mod evidence;
mod master;
mod memory;
mod pricing;
mod problem;
#[cfg(test)]
mod tests;
mod work;

use fastrand::Rng;

use super::budget::Budget;
use super::decide::{Decision, Effort};
use super::instance::{Instance, Slot};
use super::{Options, anneal};
use crate::certificate::Proof;
use columns::{Aim, Root, generate};
pub use memory::Memory;
use problem::{Problem, Rest};
use work::Work;

/// Beyond so many rows the inverse that the simplex keeps is too large.
const ROWS: usize = 600;
/// Beyond so many items a slot, patterns are too many and volume decides.
const ITEMS_A_SLOT: usize = 40;
/// Columns must be full where the slack is less than one slot's share of this.
const TIGHT: i64 = 4;
/// Steps of a dive for each step of the annealing that it alternates with.
const DIVE_STEPS: u64 = 10;
/// A single dive may take so many times that.
const LONG_DIVE: u64 = 5;
/// Dives between two rounds of annealing, at most.
const DIVES: u32 = 50;

/// What is remembered to show that there is no packing within `budget`.
pub fn refuted(instance: &Instance, budget: &Budget, memory: &Memory) -> Option<Proof> {
    if memory.is_empty() {
        return None;
    }
    let problem = Problem::new(instance, budget)?;
    let weights = memory.refutation(&problem, &problem.rest())?;
    Some(evidence::proof(&problem, instance, &weights))
}

/// Whether the open slots are all alike: then annealing and patterns find what there is to find.
pub fn are_equal(instance: &Instance, budget: &Budget) -> bool {
    let mut open = (0..budget.open.len()).filter(|&slot| budget.open[slot]);
    let kind = |slot: Slot| (instance.slot_class[slot], &budget.capacity[slot]);
    let Some(first) = open.next() else { return false };
    open.all(|slot| kind(slot) == kind(first)) && problem(instance, budget).is_some()
}

/// Looks for a packing within `budget`, or weights that show that there is none: annealing, patterns and dives by
/// turns. `start` is where annealing begins; every item has a slot in it, which need not be within the budget.
pub fn decide(
    instance: &Instance,
    budget: &Budget,
    start: &[Slot],
    effort: Effort,
    memory: &mut Memory,
    options: &Options,
) -> Decision {
    let wanted = effort.columns > 0 && !memory.are_too_few(effort.columns);
    let problem = wanted.then(|| problem(instance, budget)).flatten();
    let anneal = |round: u32| {
        // One run will do where columns follow.
        let runs = if effort.columns > 0 && round == 0 { 1 } else { anneal::RUNS };
        anneal::anneal_round(instance, budget, start, round, (runs, effort.steps), options)
    };
    let mut asked: Option<Question> = None;
    for round in 0..effort.rounds {
        if let Some(packing) = anneal(round) {
            return Decision::Packed(packing);
        }
        let Some(problem) = &problem else { continue };
        let question = asked.get_or_insert_with(|| Question::new(problem, instance, memory, start, effort, options));
        if question.refuted {
            return Decision::Refuted(evidence::proof(problem, instance, &question.root.weights));
        }
        if !effort.dives || !question.root.complete {
            continue;
        }
        let work = Work::new((effort.steps << round).saturating_mul(DIVE_STEPS * LONG_DIVE), options.clock);
        let decision = question.dive(memory, work);
        if decision != Decision::Unknown {
            return decision;
        }
    }
    Decision::Unknown
}

/// The question in patterns, where they are a tool for it.
fn problem(instance: &Instance, budget: &Budget) -> Option<Problem> {
    let open = budget.open.iter().filter(|open| **open).count();
    if instance.items.len() > ITEMS_A_SLOT.saturating_mul(open) {
        return None;
    }
    let problem = Problem::new(instance, budget)?;
    (problem.classes.len() + problem.groups.len() + problem.zones.len() < ROWS).then_some(problem)
}

/// One question, its root program solved.
struct Question<'a> {
    problem: &'a Problem,
    items: usize,
    rest: Rest,
    root: Root,
    /// Whether columns are full in what follows.
    full: bool,
    /// Whether the root is at its optimum.
    optimal: bool,
    refuted: bool,
    pool: Vec<problem::Column>,
    dives: u32,
    rng: Rng,
}

impl<'a> Question<'a> {
    fn new(
        problem: &'a Problem,
        instance: &Instance,
        memory: &mut Memory,
        start: &[Slot],
        effort: Effort,
        options: &Options,
    ) -> Question<'a> {
        let rest = problem.rest();
        memory.add(problem, &problem.columns(start));
        let mut work = Work::new(effort.columns, options.clock);
        let open = f64::from(rest.open());
        let above = if problem.groups.len() == 1 { f64::MAX } else { open + 1e-6 };
        let aim = Aim { optimum: false, above, below: -1.0, full: false };
        let root = generate(problem, &rest, &[], &memory.columns(problem), aim, &mut work);
        memory.add(problem, &root.columns);
        memory.keep(problem, &root.weights);
        if !root.complete {
            memory.keep_too_few(effort.columns);
        }
        let refuted = !root.weights.items.is_empty() && root.weights.refute(&rest);
        let tight = |(slack, capacity): (&i64, i64)| *slack < capacity / TIGHT;
        let smallest = |r: usize| problem.groups.iter().map(|group| group.capacity[r]).min().unwrap_or(0);
        let full = rest.slack(problem).iter().zip((0..problem.resources).map(smallest)).any(tight);
        Question {
            problem,
            items: instance.items.len(),
            rest,
            root,
            full,
            optimal: false,
            refuted,
            pool: Vec::new(),
            dives: 0,
            rng: Rng::with_seed(options.seed ^ 0x6469_7665),
        }
    }

    /// Dives until the work of a round is done.
    fn dive(&mut self, memory: &mut Memory, mut work: Work) -> Decision {
        if !self.optimal {
            self.optimal = true;
            let above = if self.full { f64::from(self.rest.open()) + 1e-6 } else { f64::MAX };
            let aim = Aim { optimum: true, above, below: -1.0, full: self.full };
            self.root = generate(self.problem, &self.rest, &[], &memory.columns(self.problem), aim, &mut work);
            memory.add(self.problem, &self.root.columns);
            self.pool = self.root.columns.clone();
        }
        let enough = work.left() / LONG_DIVE * (LONG_DIVE - 1);
        for _ in 0..DIVES {
            let rng = (self.dives > 0).then_some(&mut self.rng);
            self.dives += 1;
            let found = dive::dive(self.problem, &self.root, &mut self.pool, self.full, rng, &mut work);
            if let Some(packing) = found.and_then(|columns| self.problem.assignment(&columns, self.items)) {
                return Decision::Packed(packing);
            }
            if work.left() < enough {
                break;
            }
        }
        Decision::Unknown
    }
}
