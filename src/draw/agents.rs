//! Agents in pictures: each of them as a container on its host, called `exporter@nuc` as no container is.

use std::collections::BTreeSet;

use super::Subject;
use crate::model::{Container, ContainerIndex, Demand, Layout, Placement, Positions, Service, ServiceIndex, Startup};

/// A subject in which agents are containers that are placed.
pub(super) struct Spelled {
    title: String,
    layout: Layout,
    placement: Placement,
    later: BTreeSet<ContainerIndex>,
}

impl Spelled {
    /// `subject`, with its agents spelled out.
    pub fn of(subject: &Subject) -> Spelled {
        let (layout, placement) = (subject.layout, subject.placement);
        let mut spelled = Spelled {
            title: subject.title.clone(),
            layout: layout.clone(),
            placement: placement.clone(),
            later: subject.later.clone(),
        };
        if layout.agents().next().is_some() {
            spelled.spell(subject);
        }
        spelled
    }

    /// What is drawn.
    pub fn subject(&self) -> Subject<'_> {
        let later = self.later.clone();
        Subject { title: self.title.clone(), layout: &self.layout, placement: &self.placement, later }
    }

    fn spell(&mut self, subject: &Subject) {
        let (layout, old) = (subject.layout, &subject.layout.demand);
        let under = layout.agents_under(subject.placement);
        let mut new = Demand { basis: old.basis, ..Demand::default() };
        let mut at: Vec<ContainerIndex> = Vec::with_capacity(old.containers.len());
        let mut host_of = Vec::new();
        let mut later = BTreeSet::new();
        // What a service has become: of an agent one for each of its hosts.
        let mut became: Vec<Vec<ServiceIndex>> = vec![Vec::new(); old.services.len()];
        for startup in &old.startups {
            let first = new.services.len();
            for service in startup.services.clone() {
                let of = &old.services[service];
                for container in of.containers.clone() {
                    at.push(ContainerIndex(new.containers.len()));
                    new.containers.push(Container { service: new.services.len(), ..old.containers[container] });
                    host_of.push(subject.placement.host(container));
                }
                let end = ContainerIndex(new.containers.len());
                let start = ContainerIndex(end.0 - of.containers.len());
                if of.every.is_none() {
                    became[service].push(new.services.len());
                    let containers = Positions { start, end };
                    new.services.push(Service { startup: new.startups.len(), containers, ..of.clone() });
                    continue;
                }
                let hosts = of.every.iter().flat_map(|every| every.hosts.iter().copied());
                let comes_later = layout.phase.is_some_and(|phase| !of.span.has(phase));
                for host in hosts.filter(|&host| under[host].binary_search(&service).is_ok()) {
                    let start = ContainerIndex(new.containers.len());
                    if comes_later {
                        later.insert(start);
                    }
                    became[service].push(new.services.len());
                    new.containers.push(Container { service: new.services.len(), replica: None });
                    host_of.push(Some(host));
                    let name = format!("{}@{}", of.name, layout.lab.hosts[host].name);
                    let containers = Positions { start, end: start.next() };
                    let (startup, every) = (new.startups.len(), None);
                    new.services.push(Service { startup, name, every, containers, ..of.clone() });
                }
            }
            new.startups.push(Startup { services: first..new.services.len(), ..startup.clone() });
        }
        for service in &mut new.services {
            service.needs = service.needs.iter().flat_map(|&needed| became[needed].iter().copied()).collect();
        }
        let moved = |containers: &[ContainerIndex]| containers.iter().map(|&it| at[it.0]).collect();
        for rule in &mut self.layout.rules {
            rule.containers = moved(&rule.containers);
        }
        for wish in &mut self.layout.wishes {
            wish.containers = moved(&wish.containers);
        }
        later.extend(self.later.iter().map(|&it| at[it.0]));
        self.later = later;
        let mut placement = Placement::on_hosts(host_of);
        for container in old.indices() {
            if let Some(carrier) = subject.placement.carrier(container) {
                placement.put_inside(at[container.0], at[carrier.0]);
            }
        }
        self.placement = placement;
        new.find_carriers();
        (self.layout.demand, self.layout.placement, self.layout.survive) = (new, None, None);
        self.layout.placed_at = Vec::new();
    }
}

/// Whether it is an agent of a layout in which these are spelled out.
pub(super) fn is_agent(layout: &Layout, container: ContainerIndex) -> bool {
    layout.demand.service_of(container).name.contains('@')
}
