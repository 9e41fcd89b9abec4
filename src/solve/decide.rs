//! One question: is there a packing within a restriction? Asked of the cheapest tool first, of the dearest last.

use super::branch::branch;
use super::instance::{Bin, Instance};
use super::lp::bound::{self, Bounded, Measure};
use super::patterns::{self, Cache};
use super::restricted::{RestrictedInstance, moves};
use super::rounding::Sharper;
use super::search::{Target, search};
use super::work::Effort;
use super::{Clock, Options, construct, fleets, resplit};
use crate::certificate::{ItemIndex, Method, Proof};

/// The exact search recurses once an item that has a choice: instances of more are left to the other tools. So are proofs
/// that are written down, of more items.
const SEARCH_ITEMS: usize = 1_000;
/// Instances of so many items are searched first.
const SMALL: usize = 40;
/// Items with a choice up to which it is tiny.
const TINY: usize = 8;
/// Annealing looks at single items; beyond so many it would only warm the room.
const ANNEAL_ITEMS: usize = 100_000;

/// Bins are full where less than one part in so many of a resource is left over.
const FULL: u64 = 100;

/// In so many pivots of the branch and bound the first way down ends, of many items as well.
pub const DIVE: u64 = 10_000;

/// Whether there is a packing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This one.
    Packed(Vec<Bin>),
    /// There is none, for this reason.
    Refuted(Proof),
    /// Neither was shown.
    Unknown,
}

impl Decision {
    /// Whether it is one or the other.
    pub fn is_known(&self) -> bool {
        *self != Decision::Unknown
    }

    /// This one, or where it is unknown that which follows.
    pub fn or_else(self, next: impl FnOnce() -> Decision) -> Decision {
        if self.is_known() { self } else { next() }
    }
}

/// Decides whether there is a packing within `restricted`: a bin for every item of `instance`, or a proof that holds
/// exactly, or `Unknown` where neither is found within `effort` or before the clock runs out. `hint` is a packing of
/// another restriction to start from, or empty; `memory` keeps what one question shows for the next of the same instance.
pub fn decide(
    instance: &Instance,
    restricted: &RestrictedInstance,
    hint: &[Bin],
    effort: Effort,
    memory: &mut Cache,
    options: &Options,
) -> Decision {
    if volume_short(instance, restricted).is_some() {
        return Decision::Refuted(Proof::Volume);
    }
    if let Some(proof) = patterns::refuted(instance, restricted, memory) {
        return Decision::Refuted(proof);
    }
    let kept = |packing: &Vec<Bin>| restricted.keeps_caps(instance, packing);
    let start = match construct::construct(instance, restricted, options.clock, hint.is_empty()) {
        Ok(packing) if kept(&packing) && restricted.moves.is_none_or(|limit| moves(instance, &packing) <= limit) => {
            return Decision::Packed(packing);
        }
        Ok(packing) => packing,
        // Items without a bin start anywhere: annealing moves them.
        Err(_) if !hint.is_empty() => hint.to_vec(),
        Err(packing) => packing.into_iter().map(Option::unwrap_or_default).collect(),
    };
    if options.clock.is_over() {
        return Decision::Unknown;
    }
    let equal = patterns::are_equal(instance, restricted);
    let filled = || match restricted.moves {
        None if !is_small(instance) && !equal => {
            fleets::packed(instance, restricted, effort.steps / 4, options).filter(kept)
        }
        _ => None,
    };
    // Of many items the LP takes longer than filling hosts does.
    let large = !searchable(instance);
    if large && let Some(packing) = filled() {
        return Decision::Packed(packing);
    }
    // The plain instance for what looks for packings, the sharper one for what refutes them.
    let sharper = Sharper::new(instance, restricted);
    let search = |nodes: u64| by_search(&sharper.instance, &sharper.restricted, nodes, options);
    // What cases and patterns do not know of is looked at when they are done.
    let decided = |decision: Decision| match decision {
        Decision::Packed(packing) if !kept(&packing) => None,
        Decision::Unknown => None,
        decision => Some(decision),
    };
    let branched = |pivots: u64| decided(branch(&sharper.instance, &sharper.restricted, pivots, options));
    // A small instance is gone through faster than the LP is solved.
    if is_small(instance)
        && let Some(decision) = search(Effort::QUICK.nodes)
    {
        return decision;
    }
    let known = memory.class_lp(&sharper.restricted);
    if let Some(proof) = by_bounds(&sharper.instance, &sharper.restricted, known, options.clock) {
        return Decision::Refuted(proof);
    }
    // Equal hosts are for patterns: each case of a branching would have a twin for every pair of them.
    // Of what wishes may cost nothing below knows.
    let wishing = restricted.wishes.is_some();
    let first = if wishing { effort.pivots.max(DIVE) } else { Effort::QUICK.pivots };
    if !equal && let Some(decision) = branched(first) {
        return decision;
    }
    if !large && let Some(packing) = filled() {
        return Decision::Packed(packing);
    }
    // Where bins are filled to the last unit, single items seldom fit.
    if !equal
        && !large
        && is_full(instance, restricted)
        && let Some(packing) = resplit::resplit(instance, restricted, &start, effort.pair_steps(), options).filter(kept)
    {
        return Decision::Packed(packing);
    }
    if instance.items.len() <= ANNEAL_ITEMS {
        let decision = decided(patterns::decide(instance, restricted, &start, effort, memory, options));
        if let Some(decision) = decision {
            return decision;
        }
    }
    let later = (effort.pivots > Effort::QUICK.pivots && !wishing).then(|| branched(effort.pivots)).flatten();
    later.or_else(|| search(effort.nodes)).unwrap_or(Decision::Unknown)
}

/// Whether the instance is searched before anything else: few items have a choice of bins.
pub fn is_small(instance: &Instance) -> bool {
    choose_at_most(instance, SMALL)
}

/// Whether so few items have a choice that going through everything takes no time to speak of.
pub fn is_tiny(instance: &Instance) -> bool {
    choose_at_most(instance, TINY)
}

/// Whether the instance is small even where each of its items takes a step, with a choice or without.
pub fn is_short(instance: &Instance) -> bool {
    instance.items.len() <= SEARCH_ITEMS && is_small(instance)
}

/// Whether no more than so many items have a choice of bins.
pub fn choose_at_most(instance: &Instance, many: usize) -> bool {
    let choices = ItemIndex::all(instance.items.len()).filter(|&item| instance.bins(item).len() > 1);
    choices.take(many + 1).count() <= many
}

/// What shows at little cost that there is no packing within `restricted`, if anything does.
pub fn refuted(instance: &Instance, restricted: &RestrictedInstance, clock: &dyn Clock) -> Option<Proof> {
    if clock.is_over() {
        return by_bounds(instance, restricted, None, clock);
    }
    let sharper = Sharper::new(instance, restricted);
    by_bounds(&sharper.instance, &sharper.restricted, None, clock)
}

/// What is `known` of the share that is needed is not computed again.
fn by_bounds(
    instance: &Instance,
    restricted: &RestrictedInstance,
    known: Option<&Bounded>,
    clock: &dyn Clock,
) -> Option<Proof> {
    if let Some((resource, ..)) = volume_short(instance, restricted) {
        return Some(volume_proof(instance, resource));
    }
    let bounded = |measure: Measure| bound::bound(instance, restricted, measure, clock);
    let Some(share) = known.cloned().or_else(|| bounded(Measure::Share)) else { return Some(Proof::Rules) };
    if share.bound.exceeds_one() {
        return Some(Proof::Duals(share.duals));
    }
    let limit = restricted.moves?;
    let Some(moves) = bounded(Measure::Moves) else { return Some(Proof::Rules) };
    (moves.bound.ceil() > limit).then_some(Proof::Duals(moves.duals))
}

/// The proof that more is asked of `resource` than there is.
fn volume_proof(instance: &Instance, resource: usize) -> Proof {
    let plain = instance.resources - instance.steps.len();
    let step = resource.checked_sub(plain).and_then(|step| instance.steps.get(step));
    step.map_or(Proof::Volume, |&step| Proof::Rounded(step))
}

/// Whether the exact search is for instances of this size.
pub fn searchable(instance: &Instance) -> bool {
    choose_at_most(instance, SEARCH_ITEMS)
}

/// What branching decides within so many pivots, also by rounded volume.
pub fn by_cases(instance: &Instance, restricted: &RestrictedInstance, pivots: u64, options: &Options) -> Decision {
    let sharper = Sharper::new(instance, restricted);
    branch(&sharper.instance, &sharper.restricted, pivots, options)
}

/// The exact search's decision, where it is for instances of this size and comes to one within `nodes`.
pub fn by_search(
    instance: &Instance,
    restricted: &RestrictedInstance,
    nodes: u64,
    options: &Options,
) -> Option<Decision> {
    if !searchable(instance) {
        return None;
    }
    let found = search(instance, restricted, Target::Any, nodes, options.clock);
    match found.assignment {
        Some(packing) => Some(Decision::Packed(packing)),
        None => found.complete.then(|| Decision::Refuted(searched(instance, restricted, options))),
    }
}

/// The proof of a search that found nothing within `restricted`, with all that it visited where a certificate is wanted.
pub fn searched(instance: &Instance, restricted: &RestrictedInstance, options: &Options) -> Proof {
    let record = || super::search::record(instance, restricted, options.clock);
    // Certificates speak neither of caps nor of wishes.
    let certifies = options.certify
        && instance.items.len() <= SEARCH_ITEMS
        && instance.caps.is_empty()
        && restricted.wishes.is_none()
        && !restricted.carries()
        && instance.unit.is_certified();
    certifies.then(record).flatten().map_or(Proof::Omitted(Method::Search), Proof::Search)
}

/// Whether of some resource less than a hundredth is left over.
fn is_full(instance: &Instance, restricted: &RestrictedInstance) -> bool {
    let total = instance.total();
    (0..instance.resources).any(|resource| {
        let there = volume(restricted, resource);
        there > 0 && there.saturating_sub(total[resource]) < there / FULL
    })
}

fn volume(restricted: &RestrictedInstance, resource: usize) -> u64 {
    let open = restricted.capacity.iter().zip(&restricted.open).filter(|(_, open)| **open);
    open.map(|(capacity, _)| capacity[resource]).sum()
}

/// The resource, if any, of which more is asked than the open bins hold: (resource, asked, there).
pub fn volume_short(instance: &Instance, restricted: &RestrictedInstance) -> Option<(usize, u64, u64)> {
    let total = instance.total();
    (0..instance.resources).find_map(|resource| {
        let there = volume(restricted, resource);
        (total[resource] > there).then_some((resource, total[resource], there))
    })
}
