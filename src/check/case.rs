//! What the referee judges: a layout and a placement, looked at from the sides that its rules need.

use std::collections::BTreeMap;

use super::{Violation, ViolationKind};
use crate::diagnostic::Place;
use crate::model::{
    ContainerIndex, DEEPEST, HostIndex, HostState, Layout, Placement, ResourceIndex, ServiceIndex, Spot,
};
use crate::quantity::Resource;

/// One placement under judgement.
pub(super) struct Case<'a> {
    pub layout: &'a Layout,
    pub before: Option<&'a Placement>,
    /// Where each container of the demand is.
    pub spot_of: Vec<Option<Spot>>,
    /// The host that each is on, in whatever carriers.
    pub host_of: Vec<Option<HostIndex>>,
    /// The containers on each host, in carriers or not, ascending.
    pub content: Vec<Vec<ContainerIndex>>,
    /// The containers directly in each carrier that holds any, ascending.
    pub carried: BTreeMap<ContainerIndex, Vec<ContainerIndex>>,
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
        let spot_of: Vec<_> = layout.demand.indices().map(|container| placement.spot(container)).collect();
        let host_of: Vec<_> = layout.demand.indices().map(|container| machine(layout, &spot_of, container)).collect();
        let mut content = vec![Vec::new(); hosts];
        let mut carried: BTreeMap<ContainerIndex, Vec<ContainerIndex>> = BTreeMap::new();
        for container in layout.demand.indices() {
            if let Some(host) = host_of[container] {
                content[host].push(container);
                if let Some(Spot::Carrier(carrier)) = spot_of[container] {
                    carried.entry(carrier).or_default().push(container);
                }
            }
        }
        let agents = agents(layout, ran);
        Self { layout, before, spot_of, host_of, content, carried, agents }
    }

    /// What a container asks for of a resource: of what it asks for by what it carries, that.
    pub fn asks(&self, container: ContainerIndex, resource: ResourceIndex) -> u128 {
        let service = self.layout.demand.service_of(container);
        let written = u128::from(service.request[resource].value);
        let Some(carries) = service.carries.as_deref().filter(|it| it.content[resource]) else { return written };
        let held = self.carried.get(&container).into_iter().flatten();
        let held: u128 = held.map(|&it| self.asks(it, resource)).sum();
        let held = u64::try_from(held).unwrap_or(u64::MAX);
        let promised = carries.overcommit[resource].map_or(u128::from(held), |often| often.divides_rounded_up(held));
        let (all, step) = (u128::from(carries.reserve[resource]) + promised, u128::from(carries.step[resource]));
        all.div_ceil(step) * step
    }

    /// What a carrier has for those in it of a resource; `None` where that is not counted there.
    pub fn offers(&self, carrier: ContainerIndex, resource: ResourceIndex) -> Option<u64> {
        let (lab, service) = (&self.layout.lab, self.layout.demand.service_of(carrier));
        let of = &lab.resources[resource];
        let Some(carries) = service.carries.as_deref() else { return Some(0) };
        if *of == Resource::Containers || of.is_limits() || carries.content[resource] {
            return None;
        }
        let has =
            service.request[lab.asked_as(service.pool, resource)?].value.saturating_sub(carries.reserve[resource]);
        let promised = carries.overcommit[resource].map_or(u128::from(has), |often| often.times_rounded_down(has));
        u64::try_from(promised).ok()
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
        let written = self.layout.placement.as_ref()?.spot(container)?;
        if self.spot_of[container] != Some(written) {
            return None;
        }
        self.layout.placed_at.get(container.0).copied().flatten()
    }
}

/// The host that a container is on, through all carriers that it is in; `None` where any of these is nowhere.
pub(super) fn machine(layout: &Layout, spots: &[Option<Spot>], container: ContainerIndex) -> Option<HostIndex> {
    let mut spot = spots[container];
    for _ in 0..=DEEPEST {
        match spot? {
            Spot::Host(host) => return Some(host).filter(|host| host.0 < layout.lab.hosts.len()),
            Spot::Carrier(carrier) => spot = spots.get(carrier.0).copied().flatten(),
        }
    }
    None
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
