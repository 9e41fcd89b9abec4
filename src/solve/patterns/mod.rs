//! Packing by patterns: which sets of items fit one bin, and how many bins of each pattern it takes.
//!
//! The strongest tool where the packing itself is hard: the bound of all patterns (Gilmore and Gomory) is seldom more
//! than one bin from the truth, and dives through its solutions find packings that no greedy rule sees.
//! docs/formulation.md has the mathematics.

mod cache;
mod column_list;
mod columns;
mod dive;
mod evidence;
mod pairs;
mod pricing;
mod problem;
mod question;
#[cfg(test)]
mod tests;

use super::decide::Decision;
use super::instance::{Bin, Instance};
use super::restricted::{RestrictedInstance, open_bins};
use super::work::{Effort, Work};
use super::{Options, anneal};
use crate::certificate::Proof;
pub use cache::Cache;
use problem::Problem;
use question::Question;

/// Beyond so many rows the inverse that the simplex keeps is too large.
const ROWS: usize = 600;
/// Beyond so many items a bin, patterns are too many and volume decides.
const ITEMS_A_BIN: usize = 40;
/// Steps of a dive for each step of the annealing that it alternates with.
const DIVE_STEPS: u64 = 10;
/// A single dive may take so many times that.
const LONG_DIVE: u64 = 5;
/// Dives between two rounds of annealing, at most.
const DIVES: u32 = 50;
/// Steps of the branching over all columns for each step of the annealing: what it closes, it mostly closes soon.
const BRANCH_STEPS: u64 = 10;

/// What is remembered to show that there is no packing within `restricted`.
pub fn refuted(instance: &Instance, restricted: &RestrictedInstance, memory: &Cache) -> Option<Proof> {
    if memory.is_empty() {
        return None;
    }
    let problem = Problem::new(instance, restricted)?;
    let duals = memory.refutation(&problem, &problem.rest())?;
    Some(evidence::proof(&problem, instance, &duals))
}

/// Whether the open bins are all alike: then annealing and patterns find what there is to find.
pub fn are_equal(instance: &Instance, restricted: &RestrictedInstance) -> bool {
    let mut open = open_bins(&restricted.open);
    let kind = |bin: Bin| (instance.bin_class[bin], &restricted.capacity[bin]);
    let Some(first) = open.next() else { return false };
    open.all(|bin| kind(bin) == kind(first)) && problem(instance, restricted).is_some()
}

/// Looks for a packing within `restricted`, or duals that show that there is none: annealing, patterns and dives by
/// turns. `start` is where annealing begins; every item has a bin in it, which need not be within the restriction.
pub fn decide(
    instance: &Instance,
    restricted: &RestrictedInstance,
    start: &[Bin],
    effort: Effort,
    memory: &mut Cache,
    options: &Options,
) -> Decision {
    let wanted = effort.columns > 0 && !memory.are_too_few(effort.columns);
    let problem = wanted.then(|| problem(instance, restricted)).flatten();
    let anneal = |round: u32| {
        // One run will do where columns follow.
        let runs = if effort.columns > 0 && round == 0 { 1 } else { anneal::RUNS };
        anneal::anneal_round(instance, restricted, start, round, (runs, effort.steps), options)
    };
    let mut asked: Option<Question> = None;
    for round in 0..effort.rounds {
        if let Some(packing) = anneal(round) {
            return Decision::Packed(packing);
        }
        let Some(problem) = &problem else { continue };
        let question = asked.get_or_insert_with(|| Question::new(problem, instance, memory, start, effort, options));
        if let Some(proof) = question.refuted() {
            return Decision::Refuted(proof);
        }
        if !effort.dives || !question.is_complete() {
            continue;
        }
        let work = |steps: u64| Work::new((effort.steps << round).saturating_mul(steps), options.clock);
        // One dive finds most of what can be found.
        let decision = question.dive(memory, 1, work(DIVE_STEPS * LONG_DIVE));
        let decision = decision.or_else(|| question.branch(memory, work(BRANCH_STEPS)));
        let decision = decision.or_else(|| question.dive(memory, DIVES, work(DIVE_STEPS * LONG_DIVE)));
        if decision.is_known() {
            return decision;
        }
    }
    Decision::Unknown
}

/// The question in patterns, where they are a tool for it.
fn problem(instance: &Instance, restricted: &RestrictedInstance) -> Option<Problem> {
    let open = restricted.open.iter().filter(|open| **open).count();
    if instance.items.len() > ITEMS_A_BIN.saturating_mul(open) {
        return None;
    }
    let problem = Problem::new(instance, restricted)?;
    (problem.classes.len() + problem.groups.len() + problem.domains.len() < ROWS).then_some(problem)
}
