//! Agents: containers that run once on every host, or on each of some. They come with a host and go with it; what they ask
//! for is counted before anything else. Nothing of them is placed, moved or lost: an agent is a service without
//! containers, and an amount on each of its hosts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    ContainerIndex, Demand, HostIndex, HostState, Layout, On, Placement, ResourceIndex, Service, ServiceIndex,
    StartupIndex,
};
use crate::diagnostic::Place;

/// The hosts of which each has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Every {
    /// These, ascending. Shared, because all startups of a stack say the same.
    pub hosts: Arc<[HostIndex]>,
    /// What `every:` says.
    pub said: Arc<On>,
    /// The same in one line, as [`Service::on_written`]: `host`, `{arch: amd64}`.
    pub written: Arc<str>,
    /// Where the document says so.
    pub at: Place,
}

/// On which host agents alone ask for more than it can give, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crowded {
    /// Which host.
    pub host: HostIndex,
    /// Which resource.
    pub resource: ResourceIndex,
    /// What they ask for together.
    pub requested: u64,
    /// What the host can give.
    pub allocatable: u64,
    /// Those that ask for some of it, ascending.
    pub agents: Vec<ServiceIndex>,
}

impl Service {
    /// How many of it run: its containers, or one on each of its hosts.
    pub fn instances(&self) -> usize {
        self.every.as_ref().map_or(self.containers.len(), |every| every.hosts.len())
    }

    /// Whether it runs on `host` because that is there.
    pub fn is_agent_of(&self, host: HostIndex) -> bool {
        self.every.as_ref().is_some_and(|every| every.hosts.binary_search(&host).is_ok())
    }
}

impl Demand {
    /// Whether the agents of a startup run where the containers that `is_there` accepts do: where any of its own is, or
    /// it has none.
    pub fn takes_part(&self, startup: StartupIndex, is_there: impl Fn(ContainerIndex) -> bool) -> bool {
        let mut containers = self.containers_of(startup);
        containers.len() == 0 || containers.any(is_there)
    }
}

impl Layout {
    /// The services that are agents, ascending.
    pub fn agents(&self) -> impl Iterator<Item = ServiceIndex> + '_ {
        let services = self.demand.services.iter().enumerate();
        services.filter(|(_, service)| service.every.is_some()).map(|(service, _)| service)
    }

    /// The agents on each host, ascending, where the startups take part that `placement` places anything of. Hosts that
    /// are only planned have none.
    pub fn agents_under(&self, placement: &Placement) -> Vec<Vec<ServiceIndex>> {
        self.agents_with(placement, None)
    }

    /// [`Layout::agents_under`], with those of one more startup.
    pub fn agents_with(&self, placement: &Placement, coming: Option<StartupIndex>) -> Vec<Vec<ServiceIndex>> {
        let mut agents = vec![Vec::new(); self.lab.hosts.len()];
        // Those of one startup stand together.
        let mut known: Option<(StartupIndex, bool)> = None;
        for service in self.agents() {
            let of = &self.demand.services[service];
            let is_placed = |container| placement.host(container).is_some();
            let takes_part = || coming == Some(of.startup) || self.demand.takes_part(of.startup, is_placed);
            let (_, runs) = match known {
                Some(known) if known.0 == of.startup => known,
                _ => *known.insert((of.startup, takes_part())),
            };
            if !runs {
                continue;
            }
            let hosts = of.every.iter().flat_map(|every| every.hosts.iter().copied());
            for host in hosts.filter(|&host| self.lab.hosts[host].state != HostState::Planned) {
                agents[host].push(service);
            }
        }
        agents
    }

    /// What an agent asks for on all of its hosts that are there together, for each resource.
    pub fn asked_by_agent(&self, service: ServiceIndex) -> Vec<u64> {
        let of = &self.demand.services[service];
        let hosts = of.every.iter().flat_map(|every| every.hosts.iter());
        let many = hosts.filter(|&&host| self.lab.hosts[host].state != HostState::Planned).count() as u64;
        of.request.iter().map(|amount| amount.value.saturating_mul(many)).collect()
    }

    /// What a startup asks for in all, agents on all of their hosts counted, for each resource.
    pub fn asked_by_startup(&self, startup: StartupIndex) -> Vec<u64> {
        let mut sum = self.requested(self.demand.containers_of(startup));
        let services = self.demand.startups[startup].services.clone();
        for service in services.filter(|&service| self.demand.services[service].every.is_some()) {
            let asked = self.asked_by_agent(service);
            sum.iter_mut().zip(asked).for_each(|(sum, asked)| *sum = sum.saturating_add(asked));
        }
        sum
    }

    /// The id of an agent on one of its hosts: `startup/agent@host`.
    pub fn agent_id(&self, service: ServiceIndex, host: HostIndex) -> String {
        format!("{}@{}", self.service_id(service), self.lab.hosts[host].name)
    }

    /// Every host whose agents alone ask for more than it can give, where all startups take part that `counts`
    /// accepts: the first resource of each, hosts in their order.
    pub fn crowded_by_agents(&self, counts: impl Fn(StartupIndex) -> bool) -> Vec<Crowded> {
        let counted = |service: &ServiceIndex| counts(self.demand.services[*service].startup);
        let of: Vec<ServiceIndex> = self.agents().filter(counted).collect();
        let asked = self.asked_by_agents(of.iter().copied());
        let crowded = |host: HostIndex| {
            let amounts = asked.get(&host)?.iter().zip(&self.lab.hosts[host].allocatable).enumerate();
            let over = amounts.into_iter().find(|(_, (asked, give))| asked > give);
            let (resource, (&requested, &allocatable)) = over?;
            let here = of.iter().map(|&it| (it, &self.demand.services[it]));
            let here = here.filter(|(_, of)| of.is_agent_of(host) && of.request[resource].value > 0);
            let agents = here.map(|(service, _)| service).collect();
            Some(Crowded { host, resource, requested, allocatable, agents })
        };
        asked.keys().filter_map(|&host| crowded(host)).collect()
    }

    /// What these agents ask for on each of their hosts that is there, for each resource.
    pub fn asked_by_agents(&self, agents: impl Iterator<Item = ServiceIndex>) -> BTreeMap<HostIndex, Vec<u64>> {
        let mut asked: BTreeMap<HostIndex, Vec<u64>> = BTreeMap::new();
        for of in agents.map(|agent| &self.demand.services[agent]) {
            let hosts = of.every.iter().flat_map(|every| every.hosts.iter().copied());
            for host in hosts.filter(|&host| self.lab.hosts[host].state != HostState::Planned) {
                let sum = asked.entry(host).or_insert_with(|| vec![0; of.request.len()]);
                sum.iter_mut().zip(&of.request).for_each(|(sum, amount)| *sum = sum.saturating_add(amount.value));
            }
        }
        asked
    }

    /// The same before these startups come: their agents run nowhere yet.
    pub fn before(&self, arrivals: &[StartupIndex]) -> Layout {
        let mut layout = self.clone();
        for service in layout.demand.services.iter_mut().filter(|service| arrivals.contains(&service.startup)) {
            if let Some(every) = &mut service.every {
                every.hosts = [].into();
            }
        }
        layout
    }

    /// No agent runs on the hosts that `is_gone` accepts.
    pub fn take_agents_off(&mut self, is_gone: impl Fn(HostIndex) -> bool) {
        for every in self.demand.services.iter_mut().filter_map(|service| service.every.as_mut()) {
            if every.hosts.iter().any(|&host| is_gone(host)) {
                every.hosts = every.hosts.iter().copied().filter(|&host| !is_gone(host)).collect();
            }
        }
    }
}
