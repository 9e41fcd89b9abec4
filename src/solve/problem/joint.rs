//! Several phases as one problem: every resource, of hosts and pools, once for each phase, so that what fits stays where it is throughout.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Agent, Binding, BindingKind, Longing, Problem, Request, Supply};
use crate::model::{ContainerIndex, HostIndex, HostState, PhaseIndex, Span};

/// What holds in `phase`, where it is not what holds at first.
fn in_phase<T>(later: &[(PhaseIndex, T)], phase: PhaseIndex) -> Option<&T> {
    later.iter().rfind(|(from, _)| *from <= phase).map(|(_, then)| then)
}

impl Request {
    /// What is asked of hosts and drawn from pools in `phase`.
    fn in_phase(&self, phase: PhaseIndex) -> (&Arc<[u64]>, &Arc<[u64]>) {
        in_phase(&self.later, phase).map_or((&self.amounts, &self.drawn), |(amounts, drawn)| (amounts, drawn))
    }
}

impl Problem {
    /// The problem whose placements are the arrangements that do for all of `phases`, and which containers are there in
    /// any of them. Its resources are those of the first of `phases`, then those of the next; nothing runs yet, and nothing
    /// is to be survived.
    pub fn joint(&self, phases: &[PhaseIndex]) -> (Problem, Vec<bool>) {
        let copies = |span: Span, amounts: &dyn Fn(PhaseIndex) -> Arc<[u64]>| -> Arc<[u64]> {
            let mut all = Vec::new();
            for &phase in phases {
                let there = span.has(phase);
                all.extend(amounts(phase).iter().map(|&it| if there { it } else { 0 }));
            }
            all.into()
        };
        let in_any = |span: Span| phases.iter().any(|&phase| span.has(phase));
        let supply = |of: &Supply| Supply {
            allocatable: copies(of.span, &|phase| {
                Arc::clone(in_phase(&of.later, phase).map_or(&of.allocatable, |(gives, _)| gives))
            }),
            within: copies(of.span, &|phase| Arc::clone(in_phase(&of.later, phase).map_or(&of.within, |(_, it)| it))),
            state: if in_any(of.span) { of.state } else { HostState::Planned },
            later: Vec::new(),
            ..*of
        };
        // Services that say nothing of hosts and are there in the same phases may stay on the same hosts.
        let mut anywhere: BTreeMap<Span, Option<Arc<[HostIndex]>>> = BTreeMap::new();
        let request = |of: &Request| Request {
            amounts: copies(of.span, &|phase| Arc::clone(of.in_phase(phase).0)),
            drawn: copies(of.span, &|phase| Arc::clone(of.in_phase(phase).1)),
            later: Vec::new(),
            reach: of.reach.clone(),
            on: match &of.on {
                Some(_) => self.throughout(of, phases),
                None => anywhere.entry(of.span).or_insert_with(|| self.throughout(of, phases)).clone(),
            },
            containers: of.containers.clone(),
            ..*of
        };
        // Nobody is left out of a phase. An agent asks for nothing where its host is not there.
        let agents = self.agents.iter().flat_map(|of| {
            let mut by_span: BTreeMap<Span, Vec<HostIndex>> = BTreeMap::new();
            of.hosts.iter().for_each(|&host| by_span.entry(self.hosts[host].span).or_default().push(host));
            by_span.into_iter().map(|(span, hosts)| Agent {
                amounts: copies(of.span.and(span), &|phase| {
                    Arc::clone(in_phase(&of.later, phase).unwrap_or(&of.amounts))
                }),
                later: Vec::new(),
                hosts: hosts.into(),
                startup: None,
                ..*of
            })
        });
        let joint = Problem {
            agents: Arc::new(agents.collect()),
            resources: self.resources * phases.len(),
            pools: phases.iter().flat_map(|_| self.pools.iter().copied()).collect(),
            balanced: phases.iter().flat_map(|_| self.balanced.iter().copied()).collect(),
            hosts: Arc::new(self.hosts.iter().map(supply).collect()),
            services: Arc::new(self.services.iter().map(request).collect()),
            rules: Arc::new(self.rules_in(phases)),
            wishes: Arc::new(self.wishes_in(phases)),
            ..self.clone().without_survival().standing(None)
        };
        let included =
            ContainerIndex::all(self.containers.len()).map(|container| in_any(self.request(container).span)).collect();
        (joint, included)
    }

    /// The hosts that the containers of a service may stay on throughout; `None` for all.
    fn throughout(&self, of: &Request, phases: &[PhaseIndex]) -> Option<Arc<[HostIndex]>> {
        let its = || phases.iter().copied().filter(|&phase| of.span.has(phase));
        // Hosts are there without a break.
        let ends = its().min().zip(its().max());
        let there = |host: &HostIndex| {
            let span = self.hosts[*host].span;
            ends.is_none_or(|(first, last)| span.has(first) && span.has(last))
        };
        let hosts: Vec<HostIndex> = match &of.on {
            Some(on) => on.iter().copied().filter(there).collect(),
            None => HostIndex::all(self.hosts.len()).filter(there).collect(),
        };
        (of.on.is_some() || hosts.len() < self.hosts.len()).then(|| hosts.into())
    }

    /// The wishes of each phase among what is there in it; what single containers wish once.
    fn wishes_in(&self, phases: &[PhaseIndex]) -> Vec<Longing> {
        let mut wishes = Vec::new();
        for of in self.wishes.iter() {
            let there = |container: &ContainerIndex, phase| self.request(*container).span.has(phase);
            let (hosts, kind, weight) = (of.hosts.clone(), of.kind, of.weight);
            if hosts.is_some() {
                let in_any = |container: &ContainerIndex| phases.iter().any(|&phase| there(container, phase));
                let containers = of.containers.iter().copied().filter(in_any).collect();
                wishes.push(Longing { kind, hosts, counted: None, containers, weight });
                continue;
            }
            let mut known = BTreeSet::new();
            for &phase in phases {
                let containers: Arc<[ContainerIndex]> =
                    of.containers.iter().copied().filter(|it| there(it, phase)).collect();
                let counts = |host: &HostIndex| self.hosts[*host].span.has(phase) && self.counts(&of.containers, *host);
                let counted: Option<Arc<[HostIndex]>> = matches!(kind, Some(BindingKind::Spread(..)))
                    .then(|| HostIndex::all(self.hosts.len()).filter(counts).collect());
                if containers.len() > 1 && known.insert((containers.clone(), counted.clone())) {
                    wishes.push(Longing { kind, hosts: None, counted, containers, weight });
                }
            }
        }
        wishes
    }

    /// The rules of each phase among what is there in it.
    fn rules_in(&self, phases: &[PhaseIndex]) -> Vec<Binding> {
        let mut known = BTreeSet::new();
        let mut rules = Vec::new();
        for of in self.rules.iter() {
            for &phase in phases {
                let there = |container: &ContainerIndex| self.request(*container).span.has(phase);
                let containers: Arc<[ContainerIndex]> = of.containers.iter().copied().filter(there).collect();
                let counts = |host: &HostIndex| self.hosts[*host].span.has(phase) && self.counts(&of.containers, *host);
                let counted: Option<Arc<[HostIndex]>> = matches!(of.kind, BindingKind::Spread(..))
                    .then(|| HostIndex::all(self.hosts.len()).filter(counts).collect());
                if containers.len() > 1 && known.insert((of.kind, containers.clone(), counted.clone())) {
                    rules.push(Binding { rule: of.rule, kind: of.kind, counted, containers });
                }
            }
        }
        rules
    }
}
