//! What the referee judges: a layout and a placement, looked at from the sides that its rules need.

use super::{Violation, ViolationKind};
use crate::diagnostic::Place;
use crate::model::{ContainerIndex, HostIndex, HostState, Layout, Placement, ServiceIndex};

/// One placement under judgement.
pub(super) struct Case<'a> {
    pub layout: &'a Layout,
    pub before: Option<&'a Placement>,
    /// The host of each container of the demand.
    pub host_of: Vec<Option<HostIndex>>,
    /// The containers on each host, ascending.
    pub content: Vec<Vec<ContainerIndex>>,
    /// The agents on each host that is there, ascending: those of startups of which any container is placed, or that
    /// have none.
    pub agents: Vec<Vec<ServiceIndex>>,
}

impl<'a> Case<'a> {
    pub fn new(layout: &'a Layout, placement: &Placement, before: Option<&'a Placement>) -> Self {
        Self::with_agents_of(placement, layout, placement, before)
    }

    /// The same with the agents of what ran as `ran` says: what has stopped since leaves them running.
    pub fn with_agents_of(
        ran: &Placement,
        layout: &'a Layout,
        placement: &Placement,
        before: Option<&'a Placement>,
    ) -> Self {
        let hosts = layout.lab.hosts.len();
        let host_of: Vec<_> =
            layout.demand.indices().map(|container| placement.host(container).filter(|&host| host.0 < hosts)).collect();
        let mut content = vec![Vec::new(); hosts];
        for container in layout.demand.indices() {
            if let Some(host) = host_of[container] {
                content[host].push(container);
            }
        }
        let agents = agents(layout, ran);
        Self { layout, before, host_of, content, agents }
    }

    /// Whether `container` was on `host` before.
    pub fn stood_there(&self, container: ContainerIndex, host: HostIndex) -> bool {
        self.before.and_then(|before| before.host(container)) == Some(host)
    }

    /// A violation by `containers`, which offends the line `because`.
    pub fn violation(
        &self,
        kind: ViolationKind,
        host: Option<HostIndex>,
        containers: Vec<ContainerIndex>,
        because: Option<Place>,
    ) -> Violation {
        let at = self.cause(&containers, because);
        Violation { kind, host, containers, at, because }
    }

    /// The placement's entry, else the offended line, else the container.
    fn cause(&self, containers: &[ContainerIndex], because: Option<Place>) -> Option<Place> {
        let entry = containers.iter().filter_map(|&container| self.entry(container)).min();
        let first = containers.first();
        entry.or(because).or_else(|| first.map(|&container| self.layout.demand.service_of(container).at))
    }

    /// Where the document puts `container` on the host it is on. A placement that the document does not spell out
    /// has no such line.
    fn entry(&self, container: ContainerIndex) -> Option<Place> {
        let written = self.layout.placement.as_ref()?.host(container)?;
        if self.host_of[container] != Some(written) {
            return None;
        }
        self.layout.placed_at.get(container.0).copied().flatten()
    }
}

/// The agents on each host, the containers standing as `placement` says.
pub(super) fn agents(layout: &Layout, placement: &Placement) -> Vec<Vec<ServiceIndex>> {
    let (demand, hosts) = (&layout.demand, layout.lab.hosts.len());
    let stands = |container| placement.host(container).is_some_and(|host| host.0 < hosts);
    let mut agents = vec![Vec::new(); hosts];
    for startup in &demand.startups {
        let its = || startup.services.clone().map(|service| (service, &demand.services[service]));
        if its().all(|(_, service)| service.every.is_none()) {
            continue;
        }
        let mut containers = its().flat_map(|(_, service)| service.containers.clone()).peekable();
        if containers.peek().is_some() && containers.all(|container| !stands(container)) {
            continue;
        }
        for (index, service) in its() {
            let hosts = service.every.iter().flat_map(|every| every.hosts.iter().copied());
            let there = |host: &HostIndex| layout.lab.hosts[*host].state != HostState::Planned;
            hosts.filter(there).for_each(|host| agents[host].push(index));
        }
    }
    agents
}
