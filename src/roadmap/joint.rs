//! Several phases as one packing: every resource once for each phase, so that what fits stays where it is throughout.

use std::collections::BTreeSet;

use super::little_moves;
use crate::model::{
    Amount, ContainerIndex, HostIndex, HostState, Layout, Origin, PhaseIndex, Placement, Rule, RuleKind, Service, Span,
};
use crate::quantity::Resource;
use crate::solve::{Options, Patience, Scope, Solution, Status, packs, solve};

/// What is asked of phases together.
pub struct Joint<'a> {
    /// The document, all phases together.
    pub whole: &'a Layout,
    /// How to search.
    pub options: &'a Options<'a>,
}

impl Joint<'_> {
    /// Whether one arrangement does for all of `phases`: `Feasible`, `Infeasible` where that is proven, or `Unknown`.
    pub fn fits(&self, phases: &[PhaseIndex]) -> Status {
        let (layout, included) = self.layout(phases, None);
        let scope = Scope { included: Some(&included), ..Scope::ALL };
        match packs(&layout, scope, Patience::Moderate, self.options).status {
            Status::Unknown => match solve(&layout, &[], scope, self.options).status {
                Status::Optimal | Status::Feasible => Status::Feasible,
                other => other,
            },
            known => known,
        }
    }

    /// The best arrangement for all of `phases`, few moves from `before` first.
    pub fn best(&self, phases: &[PhaseIndex], before: &Placement) -> Solution {
        let (mut layout, included) = self.layout(phases, Some(before));
        if layout.placement.is_some() {
            layout.goals = little_moves(&layout);
        }
        let goals = layout.goals.clone();
        solve(&layout, &goals, Scope { included: Some(&included), ..Scope::ALL }, self.options)
    }

    /// The layout whose placements are the arrangements that do for all of `phases`, and which containers are there in
    /// any of them.
    fn layout(&self, phases: &[PhaseIndex], before: Option<&Placement>) -> (Layout, Vec<bool>) {
        let whole = self.whole;
        let copies = |amount: &dyn Fn(usize, PhaseIndex) -> u64| -> Vec<u64> {
            let each = phases.iter().flat_map(|&phase| (0..whole.lab.resources.len()).map(move |it| (it, phase)));
            each.map(|(resource, phase)| amount(resource, phase)).collect()
        };
        let in_any = |span: Span| phases.iter().any(|&phase| span.has(phase));
        let mut layout = Layout { survive: None, phases: Vec::new(), phase: None, ..whole.clone() };
        let named = |phase: &PhaseIndex| {
            let phase = *phase;
            whole.lab.resources.iter().map(move |it| Resource::Named(format!("{}-{phase}", it.name())))
        };
        layout.lab.resources = phases.iter().flat_map(named).collect();
        let many = layout.lab.resources.len();
        for (host, of) in layout.lab.hosts.iter_mut().zip(&whole.lab.hosts) {
            host.allocatable = copies(&|resource, phase| if of.span.has(phase) { of.allocatable[resource] } else { 0 });
            host.capacity = host.allocatable.clone();
            host.reserve = vec![0; many];
            host.overcommit = vec![None; many];
            if !in_any(of.span) {
                host.state = HostState::Planned;
            }
        }
        for (service, of) in layout.demand.services.iter_mut().zip(&whole.demand.services) {
            let request = copies(&|resource, phase| if of.span.has(phase) { of.request[resource].value } else { 0 });
            service.request = request.into_iter().map(|value| Amount { value, origin: Origin::Given }).collect();
            service.limit = vec![None; many];
            service.observed = None;
            service.on = allowed(whole, of, phases).map(Into::into);
        }
        layout.rules = rules(whole, phases);
        let spans = |container: ContainerIndex| whole.demand.service_of(container).span;
        let included = whole.demand.indices().map(|container| in_any(spans(container))).collect();
        layout.placement = before.filter(|it| it.placed().next().is_some()).cloned();
        layout.placed_at = vec![None; if layout.placement.is_some() { whole.demand.containers.len() } else { 0 }];
        (layout, included)
    }
}

/// The hosts that a service may stay on throughout; `None` for all.
fn allowed(whole: &Layout, service: &Service, phases: &[PhaseIndex]) -> Option<Vec<HostIndex>> {
    let there = |host: &HostIndex| {
        let span = whole.lab.hosts[*host].span;
        phases.iter().all(|&phase| !service.span.has(phase) || span.has(phase))
    };
    let hosts: Vec<HostIndex> = match &service.on {
        Some(on) => on.iter().copied().filter(there).collect(),
        None => whole.lab.indices().filter(there).collect(),
    };
    (service.on.is_some() || hosts.len() < whole.lab.hosts.len()).then_some(hosts)
}

/// The rules of each phase among what is there in it.
fn rules(whole: &Layout, phases: &[PhaseIndex]) -> Vec<Rule> {
    let mut known: BTreeSet<(RuleKind, Vec<ContainerIndex>)> = BTreeSet::new();
    let mut rules = Vec::new();
    for rule in &whole.rules {
        for &phase in phases {
            let there = |container: &&ContainerIndex| whole.demand.service_of(**container).span.has(phase);
            let containers: Vec<ContainerIndex> = rule.containers.iter().filter(there).copied().collect();
            if containers.len() > 1 && known.insert((rule.kind.clone(), containers.clone())) {
                rules.push(Rule { kind: rule.kind.clone(), containers, at: rule.at });
            }
        }
    }
    rules
}
