//! Several phases as one problem: every resource, of hosts and pools, once for each phase, so that what fits stays where it is
//! throughout.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    Agent, BY_CARRIER, Binding, BindingKind, CarrierNumber, Longing, Nest, Problem, Request, Supply, TopologyIndex,
};
use crate::model::{Carries, ContainerIndex, HostIndex, HostState, PhaseIndex, ServiceIndex};

/// A document as it is in each of its phases, under the same numbers: whatever is not there in one has a place in it.
pub struct Phased {
    /// One for each phase.
    pub of: Vec<Problem>,
}

/// The phases that are asked about together.
struct Together<'a> {
    of: &'a [Problem],
    phases: &'a [PhaseIndex],
    /// The topologies of all of them, each once.
    topologies: Vec<Vec<usize>>,
    /// Where those of each phase stand among them.
    at: Vec<Vec<TopologyIndex>>,
}

/// A service, and in which of the phases asked about it is there.
type Origin = (ServiceIndex, Vec<bool>);

impl Phased {
    /// The problem whose placements are the arrangements that do for all of `phases`, and which containers are there in
    /// any of them. Its resources are those of the first of `phases`, then those of the next; nothing runs yet, and nothing
    /// is to be survived.
    pub fn joint(&self, phases: &[PhaseIndex]) -> (Problem, Vec<bool>) {
        let first = &self.of[phases.first().copied().unwrap_or(0)];
        let together = Together::of(&self.of, phases);
        let in_any =
            |container: ContainerIndex| phases.iter().any(|&phase| first.request(container).has(container, phase));
        let (services, containers, origins) = together.requests(first);
        let supply = |(host, of): (usize, &Supply)| Supply {
            allocatable: together.copies(|of, phase| {
                let its = &of.hosts[host];
                (&*its.allocatable, its.span.has(phase))
            }),
            within: together.copies(|of, phase| {
                let its = &of.hosts[host];
                (&*its.within, its.span.has(phase))
            }),
            state: if phases.iter().any(|&phase| of.span.has(phase)) { of.state } else { HostState::Planned },
            ..*of
        };
        let joint = Problem {
            agents: Arc::new(together.agents(first)),
            resources: first.resources * phases.len(),
            pools: phases.iter().flat_map(|&phase| self.of[phase].pools.iter().copied()).collect(),
            balanced: phases.iter().flat_map(|_| first.balanced.iter().copied()).collect(),
            hosts: Arc::new(first.hosts.iter().enumerate().map(supply).collect()),
            nest: together.nest(first, &containers, &origins).map(Arc::new),
            services: Arc::new(services),
            containers,
            rules: Arc::new(together.rules()),
            wishes: Arc::new(together.wishes()),
            topologies: together.topologies.into(),
            ..first.clone().without_survival().standing(None)
        };
        (joint, ContainerIndex::all(first.containers.len()).map(in_any).collect())
    }
}

impl<'a> Together<'a> {
    fn of(of: &'a [Problem], phases: &'a [PhaseIndex]) -> Self {
        let mut topologies: Vec<Vec<usize>> = Vec::new();
        let mut known: BTreeMap<&[usize], TopologyIndex> = BTreeMap::new();
        let at = phases.iter().map(|&phase| {
            let its = of[phase].topologies.iter().enumerate().map(|(index, domains)| {
                // Hosts and carriers are told apart in all phases alike, whatever else looks the same.
                if index <= BY_CARRIER {
                    if index == topologies.len() {
                        topologies.push(domains.clone());
                    }
                    return index;
                }
                *known.entry(domains).or_insert_with(|| {
                    topologies.push(domains.clone());
                    topologies.len() - 1
                })
            });
            its.collect()
        });
        let at = at.collect();
        Together { of, phases, topologies, at }
    }

    /// Amounts of each phase, one behind the other; nothing where what asks for them, or gives them, is not there.
    fn copies<'p>(&'p self, amounts: impl Fn(&'p Problem, PhaseIndex) -> (&'p [u64], bool)) -> Arc<[u64]> {
        let mut all = Vec::new();
        for &phase in self.phases {
            let (amounts, there) = amounts(&self.of[phase], phase);
            all.extend(amounts.iter().map(|&it| if there { it } else { 0 }));
        }
        all.into()
    }

    /// What the services ask for, the service of each container, and of each service which it was and in which of the phases
    /// it is there. Where a service has more containers in some phases than in others, those that are there in the same
    /// phases stand behind all others as one of their own.
    fn requests(&self, first: &Problem) -> (Vec<Request>, Arc<[ServiceIndex]>, Vec<Origin>) {
        // Services that say nothing of hosts and are there in the same phases may stay on the same hosts.
        let mut anywhere: BTreeMap<Vec<bool>, Option<Arc<[HostIndex]>>> = BTreeMap::new();
        let mut request = |service: usize, there: Vec<bool>| {
            let of = &first.services[service];
            let nth = |phase: PhaseIndex| self.phases.iter().position(|it| *it == phase);
            let is_there = |phase: PhaseIndex| nth(phase).is_some_and(|nth| there[nth]);
            let says = self.phases.iter().any(|&phase| self.of[phase].services[service].on.is_some());
            let on = match says {
                true => self.throughout(service, &there),
                false => anywhere.entry(there.clone()).or_insert_with(|| self.throughout(service, &there)).clone(),
            };
            Request {
                amounts: self.copies(|of, phase| (&*of.services[service].amounts, is_there(phase))),
                drawn: self.copies(|of, phase| (&*of.services[service].drawn, is_there(phase))),
                counts: Vec::new(),
                reach: of.reach.clone(),
                containers: of.containers.clone(),
                on,
                ..*of
            }
        };
        let there = |of: &Request, container: ContainerIndex| -> Vec<bool> {
            self.phases.iter().map(|&phase| of.has(container, phase)).collect()
        };
        let mut origins: Vec<Origin> = Vec::new();
        for (service, of) in first.services.iter().enumerate() {
            origins.push((service, there(of, of.containers.start)));
        }
        let mut services: Vec<Request> =
            origins.iter().map(|(service, there)| request(*service, there.clone())).collect();
        let mut containers = first.containers.to_vec();
        for (service, of) in first.services.iter().enumerate().filter(|(_, of)| !of.counts.is_empty()) {
            let mut known = BTreeMap::from([(there(of, of.containers.start), service)]);
            for container in of.containers.clone() {
                let there = there(of, container);
                let at = *known.entry(there.clone()).or_insert_with(|| {
                    services.push(request(service, there.clone()));
                    origins.push((service, there));
                    services.len() - 1
                });
                containers[container.0] = at;
            }
        }
        (services, containers.into(), origins)
    }

    /// The carriers, of which whoever lies in one stays there throughout.
    fn nest(&self, first: &Problem, service_of: &Arc<[ServiceIndex]>, origins: &[Origin]) -> Option<Nest> {
        let nest = first.nest.as_deref()?;
        let of = |phase: PhaseIndex| self.of[phase].nest.as_deref().unwrap_or(nest);
        let is_there = |carrier: ContainerIndex, phase: PhaseIndex| first.request(carrier).has(carrier, phase);
        let copies = |there: &dyn Fn(PhaseIndex) -> bool, amounts: &dyn Fn(&Nest) -> Vec<u64>| -> Vec<u64> {
            let copy = |&phase: &PhaseIndex| {
                let amounts = amounts(of(phase)).into_iter();
                amounts.map(|amount| if there(phase) { amount } else { 0 }).collect::<Vec<u64>>()
            };
            self.phases.iter().flat_map(copy).collect()
        };
        let its = |there: &[bool]| -> BTreeSet<PhaseIndex> {
            self.phases.iter().zip(there).filter(|(_, there)| **there).map(|(phase, _)| *phase).collect()
        };
        let amounts = |(service, there): &Origin| {
            let its = its(there);
            copies(&|phase| its.contains(&phase), &|nest| nest.amounts[*service].to_vec()).into()
        };
        let inside = |(service, there): &Origin| {
            let its = its(there);
            let ends = its.first().zip(its.last());
            let throughout = |carrier: &CarrierNumber| {
                let takes = |phase: PhaseIndex| {
                    let inside = of(phase).inside[*service].as_ref();
                    inside.is_none_or(|all| all.contains(carrier)) && is_there(nest.carriers[*carrier], phase)
                };
                ends.is_none_or(|(&start, &end)| (start..=end).all(takes))
            };
            let all = nest.inside[*service].as_ref()?.iter().copied();
            Some(all.filter(throughout).collect())
        };
        let carries = |(service, there): &Origin| {
            let first = nest.carries[*service].as_ref()?;
            let its = its(there);
            let says = |nest: &Nest| nest.carries[*service].clone().unwrap_or_else(|| Arc::clone(first));
            let all = || self.phases.iter().map(|&phase| says(of(phase)));
            Some(Arc::new(Carries {
                reserve: copies(&|phase| its.contains(&phase), &|nest| says(nest).reserve.clone()),
                overcommit: all().flat_map(|it| it.overcommit.clone()).collect(),
                content: all().flat_map(|it| it.content.clone()).collect(),
                step: all().flat_map(|it| it.step.clone()).collect(),
                ..Carries::clone(first)
            }))
        };
        let offers = |(number, &carrier): (CarrierNumber, &ContainerIndex)| {
            copies(&|phase| is_there(carrier, phase), &|nest| nest.offers[number].clone())
        };
        Some(Nest {
            service_of: Arc::clone(service_of),
            inside: origins.iter().map(inside).collect(),
            amounts: origins.iter().map(amounts).collect(),
            carries: origins.iter().map(carries).collect(),
            offers: nest.carriers.iter().enumerate().map(offers).collect(),
            ..nest.clone()
        })
    }

    /// The hosts that the containers of a service that are `there` in some of the phases may stay on throughout; `None` for
    /// all.
    fn throughout(&self, service: usize, there: &[bool]) -> Option<Arc<[HostIndex]>> {
        let its = || self.phases.iter().copied().zip(there).filter(|(_, there)| **there).map(|(phase, _)| phase);
        let hosts = &self.of[0].hosts;
        let stays = |host: &HostIndex| {
            its().all(|phase| hosts[host.0].span.has(phase) && self.of[phase].services[service].may_run_on(*host))
        };
        // Between two phases in which it is there it may be gone: its host is there without a break.
        let ends = its().min().zip(its().max());
        let unbroken = |host: &HostIndex| {
            let span = hosts[host.0].span;
            ends.is_none_or(|(first, last)| span.has(first) && span.has(last))
        };
        let says = its().any(|phase| self.of[phase].services[service].on.is_some());
        let all: Vec<HostIndex> = HostIndex::all(hosts.len()).filter(|it| unbroken(it) && stays(it)).collect();
        (says || all.len() < hosts.len()).then(|| all.into())
    }

    /// Nobody is left out of a phase. An agent asks for nothing where its host is not there, or has none of it.
    fn agents(&self, first: &Problem) -> Vec<Agent> {
        let mut agents = Vec::new();
        for (agent, of) in first.agents.iter().enumerate() {
            let mut alike: BTreeMap<Vec<bool>, Vec<HostIndex>> = BTreeMap::new();
            for host in HostIndex::all(first.hosts.len()) {
                let has = |&phase: &PhaseIndex| {
                    let its = &self.of[phase].agents[agent];
                    its.span.has(phase) && first.hosts[host.0].span.has(phase) && its.hosts.binary_search(&host).is_ok()
                };
                let has: Vec<bool> = self.phases.iter().map(has).collect();
                if has.contains(&true) {
                    alike.entry(has).or_default().push(host);
                }
            }
            agents.extend(alike.into_iter().map(|(has, hosts)| {
                let is_there =
                    |phase: PhaseIndex| self.phases.iter().position(|it| *it == phase).is_some_and(|nth| has[nth]);
                Agent {
                    amounts: self.copies(|of, phase| (&*of.agents[agent].amounts, is_there(phase))),
                    hosts: hosts.into(),
                    startup: None,
                    span: of.span,
                }
            }));
        }
        agents
    }

    /// What a rule asks of its containers in the phase at this position.
    fn kind(&self, nth: usize, kind: BindingKind) -> BindingKind {
        let at = |topology: TopologyIndex| self.at[nth][topology];
        match kind {
            BindingKind::Together(_) => kind,
            BindingKind::Apart(topology) => BindingKind::Apart(at(topology)),
            BindingKind::AtMost(topology, count) => BindingKind::AtMost(at(topology), count),
            BindingKind::Spread(topology, skew) => BindingKind::Spread(at(topology), skew),
        }
    }

    /// Those of `containers` that are there in a phase, and the hosts that a `spread` of them counts then.
    fn bound(
        &self,
        phase: PhaseIndex,
        kind: BindingKind,
        containers: &[ContainerIndex],
    ) -> (Arc<[ContainerIndex]>, Option<Arc<[HostIndex]>>) {
        let of = &self.of[phase];
        let there = |it: &ContainerIndex| of.request(*it).has(*it, phase);
        let counts = |host: &HostIndex| of.hosts[host.0].span.has(phase) && of.counts(containers, *host);
        let counted =
            matches!(kind, BindingKind::Spread(..)).then(|| HostIndex::all(of.hosts.len()).filter(counts).collect());
        (containers.iter().copied().filter(there).collect(), counted)
    }

    /// The wishes of each phase among what is there in it; what single containers wish once where all phases wish the same.
    fn wishes(&self) -> Vec<Longing> {
        let mut wishes = Vec::new();
        for wish in 0..self.of[self.phases[0]].wishes.len() {
            let mut known = BTreeSet::new();
            for (nth, &phase) in self.phases.iter().enumerate() {
                let of = &self.of[phase].wishes[wish];
                let Some(kind) = of.kind else {
                    let in_any = |it: &ContainerIndex| {
                        self.phases.iter().any(|&phase| self.of[phase].request(*it).has(*it, phase))
                    };
                    let containers: Arc<[ContainerIndex]> = of.containers.iter().copied().filter(in_any).collect();
                    if known.insert((None, containers.clone(), of.hosts.clone())) {
                        wishes.push(Longing {
                            kind: None,
                            hosts: of.hosts.clone(),
                            counted: None,
                            containers,
                            weight: of.weight,
                        });
                    }
                    continue;
                };
                let kind = self.kind(nth, kind);
                let (containers, counted) = self.bound(phase, kind, &of.containers);
                if containers.len() > 1 && known.insert((Some(kind), containers.clone(), counted.clone())) {
                    wishes.push(Longing { kind: Some(kind), hosts: None, counted, containers, weight: of.weight });
                }
            }
        }
        wishes
    }

    /// The rules of each phase among what is there in it.
    fn rules(&self) -> Vec<Binding> {
        let mut known = BTreeSet::new();
        let mut rules = Vec::new();
        for rule in 0..self.of[self.phases[0]].rules.len() {
            for (nth, &phase) in self.phases.iter().enumerate() {
                let of = &self.of[phase].rules[rule];
                let kind = self.kind(nth, of.kind);
                let (containers, counted) = self.bound(phase, kind, &of.containers);
                if containers.len() > 1 && known.insert((kind, containers.clone(), counted.clone())) {
                    rules.push(Binding { rule: of.rule, kind, counted, containers });
                }
            }
        }
        rules
    }
}
