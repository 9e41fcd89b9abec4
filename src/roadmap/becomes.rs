//! What is another amount from a phase on, and by when a larger host is needed.

use crate::compare::{self, Thing};
use crate::model::{Host, HostIndex, Layout, Numbered, PhaseIndex};
use crate::solve::{Effort, Options, Scope, Status, packs};

/// A kind of host that gives more from a phase on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The first host of the kind.
    pub kind: HostIndex,
    /// By when it is needed.
    pub needed: Needed,
}

/// By when something is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// The phase is the first that does not fit without it, proven.
    By(PhaseIndex),
    /// Every phase fits without it.
    Never,
    /// Neither was shown.
    Unknown,
}

/// What hosts and containers that are there before and in `phase` give, cost and ask for otherwise than in the phase before.
pub(super) fn becomes(whole: &Layout, phase: PhaseIndex) -> Vec<compare::Change> {
    let Some(before) = phase.checked_sub(1).filter(|_| whole.turns(phase)) else { return Vec::new() };
    let [was, is] = [before, phase].map(|phase| {
        let mut layout = whole.clone();
        layout.become_of(phase);
        layout
    });
    let hosts = whole.lab.hosts.iter().map(|host| (Thing::Host, host.name.clone(), host.span));
    let services = whole.demand.services.iter().enumerate();
    let services = services.map(|(index, service)| (Thing::Container, whole.service_id(index), service.span));
    let stays: std::collections::BTreeSet<(Thing, String)> = hosts
        .chain(services)
        .filter(|(.., span)| span.has(before) && span.has(phase))
        .map(|(kind, name, _)| (kind, name))
        .collect();
    let mut changes = compare::amounts(&was, &is);
    changes.retain(|change| stays.contains(&(change.kind, change.name.clone())));
    changes
}

/// The kinds of hosts that give more from `phase` on, each with the first phase that does not fit without, nothing being
/// kept where it stands.
pub(super) fn upgrades(whole: &Layout, phase: PhaseIndex, options: &Options) -> Vec<Upgrade> {
    let mut upgrades: Vec<Upgrade> = Vec::new();
    for (kind, host) in whole.lab.hosts.iter().numbered::<HostIndex>() {
        let known = upgrades.iter().any(|it| whole.lab.hosts[it.kind].kind == host.kind);
        if !known
            && host.span.has(phase)
            && phase.checked_sub(1).is_some_and(|before| host.span.has(before))
            && gives_more(host, phase)
        {
            upgrades.push(Upgrade { kind, needed: needed(whole, &host.kind, phase, options) });
        }
    }
    upgrades
}

fn gives_more(host: &Host, phase: PhaseIndex) -> bool {
    let Some(at) = host.later.iter().position(|(from, _)| *from == phase) else { return false };
    let before = at.checked_sub(1).map_or(host, |before| &host.later[before].1);
    host.later[at].1.allocatable.iter().zip(&before.allocatable).any(|(then, was)| then > was)
}

fn needed(whole: &Layout, kind: &str, phase: PhaseIndex, options: &Options) -> Needed {
    let mut without = whole.clone();
    without.placement = None;
    without.placed_at = Vec::new();
    for host in without.lab.hosts.iter_mut().filter(|host| host.kind == kind) {
        host.later.retain(|(from, _)| *from < phase);
    }
    for then in phase..whole.phases.len() {
        if options.clock.is_over() {
            return Needed::Unknown;
        }
        match packs(&without.at(then), Scope::ALL, Effort::QUICK, options).status {
            Status::Optimal | Status::Feasible => {}
            Status::Infeasible => return Needed::By(then),
            Status::Unknown => return Needed::Unknown,
        }
    }
    Needed::Never
}
