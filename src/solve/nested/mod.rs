//! Containers that carry containers: two levels of packings, each by the tools of one.
//!
//! What is directly on hosts is the upper level, what lies in carriers the lower. Once it is known where carriers are, and
//! what else ties the levels (`frame.rs`), they come apart: no rule, size or loss of one depends on the other
//! (`levels.rs`). Before that each level by itself is no harder than the whole: where one has no answer there is none,
//! and the best of both together is a bound. What is open is decided place by place, the lowest bound first: branch and
//! bound over where the framed are (Land and Doig, Econometrica 28, 1960), in which each node is a packing of either level.

mod frame;
mod levels;
mod search;

use std::sync::Arc;

use super::problem::{Nest, Problem};
use super::survive::contingency;
use super::{Effort, Loss, Options, Outcome, Packed, Refutation, Scope, Solution, Status};
use crate::model::{Goal, HostIndex, Placement};
use search::{Ask, Search};

/// The best placement of what is in `scope` of a problem with carriers, as [`super::solve`].
pub fn solve(problem: &Problem, goals: &[Goal], scope: Scope, options: &Options) -> Solution {
    Search::of(problem, goals, scope, Ask::Best, options).map_or_else(none, Search::solution)
}

/// Whether what is in `scope` can be placed at all, as [`super::packs`].
pub fn packs(problem: &Problem, scope: Scope, effort: Effort, options: &Options) -> Packed {
    let Solution { status, placement, failovers, .. } = answer(problem, scope, effort, options);
    let status = if status == Status::Optimal { Status::Feasible } else { status };
    Packed { status, placement, failovers }
}

/// A placement of what is in `scope`; `None` where none was found.
///
/// # Errors
/// Why there is none.
pub fn decided(
    problem: &Problem,
    scope: Scope,
    effort: Effort,
    options: &Options,
) -> Result<Option<Placement>, Refutation> {
    let answer = answer(problem, scope, effort, options);
    match answer.refutation {
        Some(refutation) => Err(refutation),
        None => Ok(answer.placement),
    }
}

fn answer(problem: &Problem, scope: Scope, effort: Effort, options: &Options) -> Solution {
    Search::of(problem, &[], scope, Ask::Any(effort), options).map_or_else(none, Search::solution)
}

fn none(refutation: Refutation) -> Solution {
    Solution::none(Some(refutation), None)
}

/// What becomes of every loss when the containers stand as `placement` says, as [`super::losses`].
pub fn losses(problem: &Problem, placement: &Placement, effort: Effort, options: &Options) -> Vec<Loss> {
    let judge = |lost: Vec<HostIndex>| {
        let outcome = match options.clock.is_over() {
            true => Outcome::Unknown,
            false => after(problem, placement, &lost, effort, options),
        };
        Loss { lost, outcome }
    };
    problem.losses.iter().cloned().map(judge).collect()
}

/// What becomes of one loss: the carriers on the hosts lost are gone, and those that are left stay where they are.
fn after(problem: &Problem, placement: &Placement, lost: &[HostIndex], effort: Effort, options: &Options) -> Outcome {
    let (Some(survive), Some(nest)) = (problem.survive.as_deref(), problem.nest.as_deref()) else {
        return Outcome::Unknown;
    };
    let survive = survive.with_all_except(&nest.carriers);
    let stays = Problem { nest: Some(Arc::new(Nest { stays: true, ..nest.clone() })), ..problem.clone() };
    contingency::after(&stays, &survive, placement, lost, effort, options)
}
