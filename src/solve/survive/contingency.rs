//! The problem after a loss: the hosts lost are not there, what stood on them is to be placed.

use super::Outcome;
use crate::model::{ContainerIndex, HostIndex, Numbered, Placement, Survive};
use crate::solve::spare::{least_asked, spares, ways};
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
    let mut included: Vec<bool> = placement.host_of.iter().numbered().map(|it| it.1.is_some() && !stops(it)).collect();
    // Agents are not lost: those of what stops run on where their hosts do.
    let ran = |container: ContainerIndex| placement.host(container).is_some();
    let contingency = problem.clone().standing(Some(placement.clone())).without_hosts(lost).with_agents_of(ran);
    let judge = |included: &[bool]| {
        let scope = Scope { included: Some(included), keep: !survive.moves, start: None };
        match decided(&contingency, scope, effort, options) {
            Ok(Some(placement)) => Outcome::Survived(placement),
            Ok(None) => Outcome::Unknown,
            Err(refutation) => Outcome::Impossible(refutation),
        }
    };
    let all = judge(&included);
    let counts = |it: ContainerIndex| placement.host_of[it].is_some() && !survive.may_stop(it);
    let mut spares = spares(problem, counts);
    let displaced = |it: &ContainerIndex| is_lost(placement.host_of[*it]);
    spares.iter_mut().for_each(|spare| spare.containers.retain(displaced));
    spares.retain(|spare| !spare.containers.is_empty());
    if spares.is_empty() || matches!(all, Outcome::Survived(_)) {
        return all;
    }
    let (ways, complete) = ways(&contingency, &spares);
    let mut found = all;
    let mut known = complete;
    for down in ways {
        down.iter().for_each(|&container| included[container] = false);
        match judge(&included) {
            Outcome::Survived(after) => {
                return Outcome::Survived(restarted(&contingency, after, &mut included, &down, options));
            }
            Outcome::Impossible(refutation) => found = Outcome::Impossible(refutation),
            Outcome::Unknown => known = false,
        }
        down.iter().for_each(|&container| included[container] = true);
    }
    if known { found } else { Outcome::Unknown }
}

/// `after` with as many of those that are `down` as find room one after another.
fn restarted(
    contingency: &Problem,
    mut after: Placement,
    included: &mut [bool],
    down: &[ContainerIndex],
    options: &Options,
) -> Placement {
    for &container in down {
        included[container] = true;
        let stands = contingency.clone().standing(Some(after.clone()));
        let scope = Scope { included: Some(included), keep: true, start: None };
        match decided(&stands, scope, Effort::GLANCE, options) {
            Ok(Some(more)) => after = more,
            _ => included[container] = false,
        }
    }
    after
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
    let contingency = problem.clone().without_hosts(lost).with_agents_of(|container| scope.includes(container));
    // What may stop, but stands where it is not lost, takes room there.
    let stands = |container: ContainerIndex| keep && contingency.home(container).is_some();
    let mut included: Vec<bool> = ContainerIndex::all(problem.containers.len())
        .map(|it| scope.includes(it) && (!survive.may_stop(it) || stands(it)))
        .collect();
    let spares = spares(problem, |it| scope.includes(it) && !survive.may_stop(it));
    least_asked(&contingency, &spares, stands).into_iter().for_each(|it| included[it] = false);
    let scope = Scope { included: Some(&included), keep, start: None };
    decided(&contingency, scope, effort, options).err()
}
