//! The lab after a loss, as a layout of its own: the hosts lost are not there, what stood on them is to be placed.

use super::Outcome;
use crate::model::{ContainerIndex, HostIndex, HostState, Layout, Numbered, Placement, Survive};
use crate::solve::decide::Effort;
use crate::solve::{Options, Refutation, Scope, decided};

/// What becomes of the loss of `lost` when the containers stand as `placement` says: those without a place take no
/// part.
pub fn after(
    layout: &Layout,
    survive: &Survive,
    placement: &Placement,
    lost: &[HostIndex],
    effort: Effort,
    options: &Options,
) -> Outcome {
    let is_lost = |host: Option<HostIndex>| host.is_some_and(|host| lost.contains(&host));
    let stops = |(container, host): (ContainerIndex, &Option<HostIndex>)| is_lost(*host) && survive.may_stop(container);
    let included: Vec<bool> = placement.host_of.iter().numbered().map(|it| it.1.is_some() && !stops(it)).collect();
    let contingency = without(layout, placement, lost);
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
    layout: &Layout,
    survive: &Survive,
    scope: Scope,
    lost: &[HostIndex],
    effort: Effort,
    options: &Options,
) -> Option<Refutation> {
    let keep = scope.keep && !survive.moves;
    let nothing = Placement::empty(layout.demand.containers.len());
    let contingency = without(layout, layout.placement.as_ref().unwrap_or(&nothing), lost);
    // What may stop, but stands where it is not lost, takes room there.
    let stands = |container: ContainerIndex| {
        keep && contingency.placement.as_ref().is_some_and(|it| it.host_of[container].is_some())
    };
    let included: Vec<bool> = (layout.demand.indices())
        .map(|it| scope.included.is_none_or(|included| included[it]) && (!survive.may_stop(it) || stands(it)))
        .collect();
    let scope = Scope { included: Some(&included), keep, start: None };
    decided(&contingency, scope, effort, options).err()
}

/// The layout without the hosts lost; what stood there has no place.
fn without(layout: &Layout, placement: &Placement, lost: &[HostIndex]) -> Layout {
    let mut contingency = Layout { survive: None, ..layout.clone() };
    lost.iter().for_each(|&host| contingency.lab.hosts[host].state = HostState::Planned);
    let left = |host: &Option<HostIndex>| host.filter(|host| !lost.contains(host));
    contingency.placement = Some(Placement { host_of: placement.host_of.iter().map(left).collect() });
    contingency
}

/// The layout without the hosts lost and without what may stop: every placement that survives their loss leaves one of
/// this behind. A service of which some may stop asks for nothing at all, which is less than it does.
pub fn relaxed(layout: &Layout, survive: &Survive, lost: &[HostIndex]) -> Layout {
    let nothing = Placement::empty(layout.demand.containers.len());
    let mut contingency = without(layout, layout.placement.as_ref().unwrap_or(&nothing), lost);
    for &container in &survive.except {
        let service = contingency.demand.containers[container].service;
        contingency.demand.services[service].request.iter_mut().for_each(|amount| amount.value = 0);
        contingency.demand.services[service].on = None;
    }
    for rule in &mut contingency.rules {
        rule.containers.retain(|&container| !survive.may_stop(container));
    }
    contingency.rules.retain(|rule| rule.containers.len() > 1);
    contingency
}
