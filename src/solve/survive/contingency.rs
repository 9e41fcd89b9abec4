//! The problem after a loss: the hosts lost are not there, what stood on them is to be placed.

use super::Outcome;
use crate::model::{ContainerIndex, HostIndex, Numbered, Placement, Survive};
use crate::solve::{Effort, Options, Problem, Refutation, Scope, decided};

/// What becomes of the loss of `lost` when the containers stand as `placement` says: those without a place take no
/// part.
pub fn after(
    problem: &Problem,
    survive: &Survive,
    placement: &Placement,
    lost: &[HostIndex],
    effort: Effort,
    options: &Options,
) -> Outcome {
    let is_lost = |host: Option<HostIndex>| host.is_some_and(|host| lost.binary_search(&host).is_ok());
    let stops = |(container, host): (ContainerIndex, &Option<HostIndex>)| is_lost(*host) && survive.may_stop(container);
    let included: Vec<bool> = placement.host_of.iter().numbered().map(|it| it.1.is_some() && !stops(it)).collect();
    let contingency = problem.clone().standing(Some(placement.clone())).without_hosts(lost);
    let scope = Scope { included: Some(&included), keep: !survive.moves, start: None };
    match decided(&contingency, scope, effort, options) {
        Ok(Some(placement)) => Outcome::Survived(placement),
        Ok(None) => Outcome::Unknown,
        Err(refutation) => Outcome::Impossible(refutation),
    }
}

/// Why no placement of what is in `scope` survives the loss of `lost`, if that is shown: all that may not stop must
/// stand on the other hosts, wherever it stood before.
pub fn refuted(
    problem: &Problem,
    survive: &Survive,
    scope: Scope,
    lost: &[HostIndex],
    effort: Effort,
    options: &Options,
) -> Option<Refutation> {
    let keep = scope.keep && !survive.moves;
    let contingency = problem.clone().without_hosts(lost);
    // What may stop, but stands where it is not lost, takes room there.
    let stands = |container: ContainerIndex| keep && contingency.home(container).is_some();
    let included: Vec<bool> = ContainerIndex::all(problem.containers.len())
        .map(|it| scope.includes(it) && (!survive.may_stop(it) || stands(it)))
        .collect();
    let scope = Scope { included: Some(&included), keep, start: None };
    decided(&contingency, scope, effort, options).err()
}
