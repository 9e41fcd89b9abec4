//! The referee of losses: whether what is said to follow the loss of hosts is a placement of all that must not stop.

use std::collections::BTreeSet;

use super::case::Case;
use super::{Violation, ViolationKind, judge};
use crate::model::{ContainerIndex, Failover, HostIndex, HostState, Layout, Placement, Survive};

/// What is wrong with `failovers` as the answer to every loss that `survive` speaks of, when the containers stand as
/// `placement` says: one violation for each loss that is not answered, or answered wrongly. Containers without a place
/// are not missed.
pub fn check_failovers(
    layout: &Layout,
    survive: &Survive,
    placement: &Placement,
    failovers: &[Failover],
) -> Vec<Violation> {
    let mut world = layout.clone();
    let mut violations = Vec::new();
    for lost in survive.losses(&layout.lab) {
        let answer = failovers.iter().find(|failover| failover.lost == lost);
        for &host in &lost {
            world.lab.hosts[host].state = HostState::Planned;
        }
        let containers = match answer {
            Some(answer) => wrong(&world, survive, placement, answer),
            None => placement.placed().filter(|(_, host)| lost.binary_search(host).is_ok()).map(|(it, _)| it).collect(),
        };
        for &host in &lost {
            world.lab.hosts[host].state = layout.lab.hosts[host].state;
        }
        if answer.is_none() || !containers.is_empty() {
            violations.push(Violation {
                kind: ViolationKind::NotSurvived { lost },
                host: None,
                containers,
                at: survive.at,
                because: survive.at,
            });
        }
    }
    violations
}

/// The containers that `failover` treats wrongly in `world`, where the hosts lost are not there.
fn wrong(world: &Layout, survive: &Survive, placement: &Placement, failover: &Failover) -> Vec<ContainerIndex> {
    let lost = |host: HostIndex| failover.lost.binary_search(&host).is_ok();
    let is_carrier = |container: ContainerIndex| world.demand.service_of(container).carries.is_some();
    let is_lost = |container: ContainerIndex| placement.host(container).is_some_and(lost);
    let left = placement.only(|container| !is_lost(container));
    let mut wrong: BTreeSet<ContainerIndex> = BTreeSet::new();
    let spared = spared(world, survive, placement, failover);
    // Agents are not lost: those of what stops run on where their hosts do.
    let case = Case::with_agents_of(placement, world, &failover.placement, Some(&left));
    for violation in judge(case) {
        let may_miss = |container: ContainerIndex| {
            placement.host(container).is_none()
                || (is_lost(container) && (survive.may_stop(container) || is_carrier(container)))
                || (is_lost(container) && spared[world.demand.containers[container].service])
        };
        // Who is lost is to run again first of all: evenly is for the plan after.
        if matches!(violation.kind, ViolationKind::Spread { .. }) {
            continue;
        }
        let missing = violation.kind == ViolationKind::Unplaced;
        wrong.extend(violation.containers.into_iter().filter(|&container| !missing || !may_miss(container)));
    }
    // Carriers stay where they are, and those that are lost are gone.
    let may_move = |container: ContainerIndex| survive.moves && !is_carrier(container);
    let stood = left.placed().map(|(container, _)| container).filter(|&it| !may_move(it));
    wrong.extend(stood.filter(|&it| failover.placement.spot(it) != left.spot(it)));
    let lost = placement.placed().map(|(container, _)| container).filter(|&it| is_carrier(it) && is_lost(it));
    wrong.extend(lost.filter(|&it| failover.placement.spot(it).is_some()));
    wrong.into_iter().collect()
}

/// For each service, whether those of its containers that ran and are down after `failover` need not run: with `keep`, as
/// many as that says of them do, those not counted that may stop anyway.
fn spared(world: &Layout, survive: &Survive, placement: &Placement, failover: &Failover) -> Vec<bool> {
    let services = world.demand.services.iter().map(|service| {
        let Some(keep) = service.keep else { return false };
        let counts = |it: &ContainerIndex| placement.host(*it).is_some() && !survive.may_stop(*it);
        let ran = service.containers.clone().filter(counts).count();
        let run = service.containers.clone().filter(counts).filter(|&it| failover.placement.host(it).is_some()).count();
        run >= keep.min(ran)
    });
    services.collect()
}
