//! One question: is there a packing within a budget? Asked of the cheapest tool first, of the dearest last.

use std::time::Duration;

use super::budget::{Budget, Limits, moves};
use super::instance::{Instance, Slot};
use super::patterns::{self, Memory};
use super::program::{self, Objective};
use super::rounding::rounded;
use super::search::{Target, search};
use super::weights::{self, Bounded, Measure};
use super::{Clock, Options, construct, mixes};
use crate::certificate::Proof;

/// The exact search recurses once an item: larger instances are left to the other tools.
const SEARCH_ITEMS: usize = 1_000;
/// Beyond so many items hosts are filled one by one before the exact search has a first look.
const FILL_ITEMS: usize = 40;
/// The exact search goes first where there are no more items than this.
const EARLY_ITEMS: usize = 60;
/// Annealing looks at single items; beyond so many it would only warm the room.
const ANNEAL_ITEMS: usize = 100_000;

/// Whether there is a packing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This one.
    Packed(Vec<Slot>),
    /// There is none, for this reason.
    Refuted(Proof),
    /// Neither was shown.
    Unknown,
}

/// How hard to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Steps of the first of the annealing rounds; the others double.
    pub steps: u64,
    /// Annealing rounds.
    pub rounds: u32,
    /// Steps of column generation; 0 for none.
    pub columns: u64,
    /// Whether dives alternate with the annealing rounds.
    pub dives: bool,
    /// Nodes of the exact search.
    pub nodes: u64,
    /// How much of the time that is left the integer program may take: one in so many parts; 0 for none.
    pub program: u32,
}

impl Effort {
    /// For one of many candidates.
    pub const QUICK: Effort = Effort { steps: 40_000, rounds: 1, columns: 0, dives: false, nodes: 20_000, program: 0 };
    /// For the first of many candidates with equal hosts: what its columns prove settles others.
    pub const FIRST: Effort = Effort { steps: 2_000_000, columns: 50_000_000, ..Effort::QUICK };
    /// For the candidates that are left.
    pub const SOLID: Effort =
        Effort { steps: 1_000_000, rounds: 2, columns: 200_000_000, dives: true, nodes: 500_000, program: 0 };
    /// For a question that nothing else follows.
    pub const THOROUGH: Effort =
        Effort { steps: 250_000, rounds: 4, columns: 200_000_000, dives: true, nodes: 3_000_000, program: 2 };
}

/// Decides whether there is a packing within `budget` whose occupied slots keep to `limits`. Limits on hosts, price
/// and watts are for the integer program alone: for the rest, the open slots of the budget keep to them.
pub fn decide(
    instance: &Instance,
    budget: &Budget,
    limits: &Limits,
    hint: &[Slot],
    effort: Effort,
    memory: &mut Memory,
    options: &Options,
) -> Decision {
    if volume_short(instance, budget).is_some() {
        return Decision::Refuted(Proof::Volume);
    }
    if let Some(proof) = patterns::refuted(instance, budget, memory) {
        return Decision::Refuted(proof);
    }
    let start = match construct::construct(instance, budget, options.clock, hint.is_empty()) {
        Ok(packing) if budget.moves.is_none_or(|limit| moves(instance, &packing) <= limit) => {
            return Decision::Packed(packing);
        }
        Ok(packing) => packing,
        // Items without a slot start anywhere: annealing moves them.
        Err(_) if !hint.is_empty() => hint.to_vec(),
        Err(packing) => packing.into_iter().map(|slot| slot.unwrap_or(0)).collect(),
    };
    if options.clock.left().is_zero() {
        return Decision::Unknown;
    }
    if instance.items.len() > FILL_ITEMS
        && budget.moves.is_none()
        && !patterns::are_equal(instance, budget)
        && let Some(packing) = mixes::packed(instance, budget, effort.steps / 4, options)
    {
        return Decision::Packed(packing);
    }
    // The plain instance for what looks for packings, the sharper one for what refutes them.
    let sharper = rounded(instance, budget);
    let (sharp, sharp_budget) = sharper.as_ref().map_or((instance, budget), |(instance, budget)| (instance, budget));
    let early = if instance.items.len() <= EARLY_ITEMS { effort.nodes.min(Effort::QUICK.nodes) } else { 0 };
    if early > 0
        && let Some(decision) = by_search(sharp, sharp_budget, early, options)
    {
        return decision;
    }
    if let Some(proof) = by_bounds(sharp, sharp_budget, options.clock) {
        return Decision::Refuted(proof);
    }
    if instance.items.len() <= ANNEAL_ITEMS {
        let decision = patterns::decide(instance, budget, &start, effort, memory, options);
        if decision != Decision::Unknown {
            return decision;
        }
    }
    if effort.nodes > early
        && let Some(decision) = by_search(sharp, sharp_budget, effort.nodes, options)
    {
        return decision;
    }
    let Some(time) = options.clock.left().checked_div(effort.program) else { return Decision::Unknown };
    by_program(sharp, sharp_budget, limits, time, options.clock)
}

/// What shows at little cost that there is no packing within `budget`, if anything does.
pub fn refuted(instance: &Instance, budget: &Budget, clock: &dyn Clock) -> Option<Proof> {
    match rounded(instance, budget) {
        Some((instance, budget)) => by_bounds(&instance, &budget, clock),
        None => by_bounds(instance, budget, clock),
    }
}

fn by_bounds(instance: &Instance, budget: &Budget, clock: &dyn Clock) -> Option<Proof> {
    if let Some((resource, ..)) = volume_short(instance, budget) {
        return Some(volume_proof(instance, resource));
    }
    let exceeds = |measure: Measure, limit: u64| match weights::bound(instance, budget, measure, clock) {
        None => Some(Proof::Rules),
        Some(Bounded { bound, weights }) => {
            let exceeds = if measure == Measure::Share { bound.exceeds_one() } else { bound.ceil() > limit };
            exceeds.then_some(Proof::Weights(weights))
        }
    };
    exceeds(Measure::Share, 1).or_else(|| budget.moves.and_then(|limit| exceeds(Measure::Moves, limit)))
}

/// The proof that more is asked of `resource` than there is.
fn volume_proof(instance: &Instance, resource: usize) -> Proof {
    let plain = instance.resources - instance.steps.len();
    let step = resource.checked_sub(plain).and_then(|step| instance.steps.get(step));
    step.map_or(Proof::Volume, |&step| Proof::Rounded(step))
}

/// The integer program's decision.
pub fn by_program(
    instance: &Instance,
    budget: &Budget,
    limits: &Limits,
    time: Duration,
    clock: &dyn Clock,
) -> Decision {
    match program::pack(instance, budget, limits, Objective::Any, &[], time, clock) {
        program::Outcome::Packed { assignment, .. } => Decision::Packed(assignment),
        program::Outcome::Refuted => Decision::Refuted(Proof::Unchecked),
        program::Outcome::Unknown => Decision::Unknown,
    }
}

/// Whether the exact search is for instances of this size.
pub fn searchable(instance: &Instance) -> bool {
    instance.items.len() <= SEARCH_ITEMS
}

/// The exact search's decision, where it is for instances of this size and comes to one within `nodes`.
pub fn by_search(instance: &Instance, budget: &Budget, nodes: u64, options: &Options) -> Option<Decision> {
    if !searchable(instance) {
        return None;
    }
    let found = search(instance, budget, Target::Any, nodes, options.clock);
    match found.assignment {
        Some(packing) => Some(Decision::Packed(packing)),
        None => found.complete.then(|| Decision::Refuted(searched(instance, budget, options))),
    }
}

/// The proof of a search that found nothing within `budget`, with all that it visited where a certificate is wanted.
pub fn searched(instance: &Instance, budget: &Budget, options: &Options) -> Proof {
    let record = || super::search::record(instance, budget, options.clock);
    Proof::Search(options.certify.then(record).flatten().unwrap_or_default())
}

/// The resource, if any, of which more is asked than the open slots hold: (resource, asked, there).
pub fn volume_short(instance: &Instance, budget: &Budget) -> Option<(usize, u64, u64)> {
    let total = instance.total();
    (0..instance.resources).find_map(|resource| {
        let open = budget.capacity.iter().zip(&budget.open).filter(|(_, open)| **open);
        let there: u64 = open.map(|(capacity, _)| capacity[resource]).sum();
        (total[resource] > there).then_some((resource, total[resource], there))
    })
}
