//! Phases: the steps of a plan over time, and what is there in which of them.

use std::collections::BTreeMap;

use super::change;
use super::{
    Container, ContainerIndex, Demand, HostIndex, HostState, Layout, Positions, Rule, Runner, Service, ServiceIndex,
    Startup, StartupIndex,
};
use crate::diagnostic::Place;

/// Position of a phase in `Layout::phases`.
pub type PhaseIndex = usize;

/// One phase. It lasts until the next begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Option<String>,
    /// What it begins with.
    pub begins: Begins,
    /// Where the document says so.
    pub at: Place,
}

/// What a phase begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begins {
    /// Nothing is said: the first phase, which is now.
    Now,
    /// A day, as the document writes it: `2027-01-31`.
    Date(String),
    /// So many startups.
    Startups(u64),
}

/// The phases in which something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first of them.
    pub from: PhaseIndex,
    /// The first after them.
    pub until: PhaseIndex,
}

impl Span {
    /// In all phases.
    pub const ALWAYS: Span = Span { from: 0, until: PhaseIndex::MAX };

    /// Whether something is there in `phase`.
    pub fn has(self, phase: PhaseIndex) -> bool {
        (self.from..self.until).contains(&phase)
    }

    /// The phases in which both are there.
    pub fn and(self, other: Span) -> Span {
        Span { from: self.from.max(other.from), until: self.until.min(other.until) }
    }
}

/// What holds in `phase` of what becomes another later, where it is not what holds at first; nothing is left of the rest.
pub(super) fn taken<T>(later: &mut Vec<(PhaseIndex, T)>, phase: PhaseIndex) -> Option<T> {
    std::mem::take(later).into_iter().rfind(|(from, _)| *from <= phase).map(|(_, then)| then)
}

impl Layout {
    /// The containers that are there in `phase`, ascending: those of [`Layout::at`] in its order.
    pub fn present(&self, phase: PhaseIndex) -> Vec<ContainerIndex> {
        self.demand.indices().filter(|&container| self.demand.is_there(container, phase)).collect()
    }

    /// The layout as it is in `phase`: startups and containers of other phases are left out, with all that is said of
    /// them; hosts of other phases are only planned.
    pub fn at(&self, phase: PhaseIndex) -> Layout {
        let mut layout = self.clone();
        layout.become_of(phase);
        for host in &mut layout.lab.hosts {
            if !host.span.has(phase) {
                host.state = HostState::Planned;
            }
        }
        let startups = self.demand.startups.iter().map(|startup| startup.span.has(phase)).collect::<Vec<_>>();
        let services = self.demand.services.iter().map(|service| service.span.has(phase)).collect::<Vec<_>>();
        let containers: Vec<bool> = self.demand.indices().map(|it| self.demand.is_there(it, phase)).collect();
        layout.keep(&startups, &services, &containers);
        layout.phase = Some(phase);
        layout
    }

    /// Whether any host, pool or service becomes another from `phase` on.
    pub fn turns(&self, phase: PhaseIndex) -> bool {
        let hosts = self.lab.hosts.iter().flat_map(|host| &host.later).map(|(from, _)| *from);
        let pools = self.lab.pools.iter().flat_map(|pool| &pool.later).map(|(from, _)| *from);
        let services = self.demand.services.iter().flat_map(|service| &service.later).map(|(from, _)| *from);
        hosts.chain(pools).chain(services).any(|from| from == phase)
    }

    /// What hosts and pools give and cost, what hosts are labelled and services ask for becomes that of `phase`.
    pub fn become_of(&mut self, phase: PhaseIndex) {
        let labels = self.lab.hosts.iter().any(|host| host.later.iter().any(|(_, then)| then.labels != host.labels));
        self.lab.hosts.iter_mut().for_each(|host| host.become_of(phase));
        self.lab.pools.iter_mut().for_each(|pool| pool.become_of(phase));
        for service in self.stacks.iter_mut().flat_map(|stack| &mut stack.services) {
            // One more of the stack has as many as there are then.
            service.containers.end = ContainerIndex(service.containers.start.0 + service.count_in(phase));
            service.counts.clear();
            service.become_of(phase);
        }
        self.demand.services.iter_mut().for_each(|service| service.become_of(phase));
        if labels {
            let all: Vec<HostIndex> = self.lab.indices().collect();
            change::lab::move_pins(self, &vec![None; all.len()], &all);
        }
    }

    /// Leaves out the startups, services and containers for which these say `false`, with all that is said of them.
    pub fn keep(&mut self, startups: &[bool], services: &[bool], containers: &[bool]) {
        if [startups, services, containers].iter().all(|said| !said.contains(&false)) {
            return;
        }
        let old = std::mem::take(&mut self.demand);
        let mut new = Demand { basis: old.basis, ..Demand::default() };
        let mut startup_at: BTreeMap<StartupIndex, StartupIndex> = BTreeMap::new();
        let mut service_at: Vec<Option<ServiceIndex>> = vec![None; old.services.len()];
        let mut container_at: Vec<Option<ContainerIndex>> = vec![None; old.containers.len()];
        for (startup, said) in old.startups.iter().enumerate().filter(|(startup, _)| startups[*startup]) {
            let first = new.services.len();
            for service in said.services.clone().filter(|&service| services[service]) {
                let start = ContainerIndex(new.containers.len());
                for container in old.services[service].containers.clone().filter(|it| containers[it.0]) {
                    container_at[container] = Some(ContainerIndex(new.containers.len()));
                    new.containers.push(Container { service: new.services.len(), ..old.containers[container] });
                }
                service_at[service] = Some(new.services.len());
                let containers = Positions { start, end: ContainerIndex(new.containers.len()) };
                let kept = old.services[service].clone();
                let counts = if containers.len() < kept.containers.len() { Vec::new() } else { kept.counts.clone() };
                new.services.push(Service { startup: new.startups.len(), containers, counts, ..kept });
            }
            startup_at.insert(startup, new.startups.len());
            new.startups.push(Startup { services: first..new.services.len(), ..said.clone() });
        }
        for service in &mut new.services {
            service.needs = service.needs.iter().filter_map(|&needed| service_at[needed]).collect();
        }
        let carried = |list: &[ContainerIndex]| list.iter().filter_map(|&container| container_at[container]).collect();
        for rule in &mut self.rules {
            rule.containers = carried(&rule.containers);
        }
        let (awake, asleep): (Vec<Rule>, Vec<Rule>) =
            std::mem::take(&mut self.rules).into_iter().partition(|rule| rule.containers.len() > 1);
        self.rules = awake;
        for rule in &mut self.dormant {
            rule.containers = carried(&rule.containers);
        }
        self.dormant.extend(asleep.into_iter().filter(|rule| rule.reach.is_some()));
        for wish in &mut self.wishes {
            wish.containers = carried(&wish.containers);
        }
        if let Some(survive) = &mut self.survive {
            survive.except = carried(&survive.except);
        }
        for category in &mut self.toolbox.categories {
            let runner = |runner: &Runner| match *runner {
                Runner::Startup(startup) => startup_at.get(&startup).copied().map(Runner::Startup),
                Runner::Service(service) => service_at[service].map(Runner::Service),
            };
            category.runs = category.runs.as_ref().map(|runs| runs.iter().filter_map(runner).collect());
        }
        let kept: Vec<ContainerIndex> = old.indices().filter(|&container| container_at[container].is_some()).collect();
        if let Some(placement) = &mut self.placement {
            *placement = placement.renumbered(&kept);
        }
        if !self.placed_at.is_empty() {
            self.placed_at = kept.iter().map(|&container| self.placed_at[container]).collect();
        }
        self.demand = new;
        self.demand.find_carriers();
    }
}
