//! The same problem, but: without hosts, rules, pins or drains.

use std::sync::Arc;

use super::{Agent, Binding, BindingKind, Machines, Problem, Request};
use crate::model::{ContainerIndex, HostIndex, HostState, Placement, Positions, ServiceIndex};

impl Problem {
    /// With nothing to survive.
    pub fn without_survival(self) -> Problem {
        Problem { survive: None, losses: [].into(), ..self }
    }

    /// Where this runs now.
    pub fn standing(self, placement: Option<Placement>) -> Problem {
        let machines = self.machines.as_ref().map(|machines| {
            let machine = |host: HostIndex| machines.of[host.0];
            let before = |it| placement.as_ref().and_then(|stands| stands.host(it)).and_then(machine);
            let before = ContainerIndex::all(self.containers.len()).map(before).collect();
            Arc::new(Machines { before, of: machines.of.clone() })
        });
        Problem { placement: placement.map(Arc::new), machines, ..self }
    }

    /// Without these hosts; what stood there has no place, there is nothing more to survive, and nothing need be even.
    pub fn without_hosts(mut self, lost: &[HostIndex]) -> Problem {
        let hosts = Arc::make_mut(&mut self.hosts);
        lost.iter().for_each(|&host| hosts[host].state = HostState::Planned);
        let stands =
            |it: &Arc<Placement>| it.only(|container| it.host(container).is_some_and(|at| !lost.contains(&at)));
        self.placement = self.placement.as_ref().map(stands).map(Arc::new);
        // After a loss what counts is that everything runs, not how evenly.
        let evenly = |rule: &Binding| matches!(rule.kind, BindingKind::Spread(..));
        Arc::make_mut(&mut self.rules).retain(|rule| !evenly(rule));
        self.wishes = Arc::default();
        // Nor how full hosts are.
        hosts.iter_mut().for_each(|host| host.within = Arc::clone(&host.allocatable));
        Problem { most_moves: None, ..self.without_survival() }
    }

    /// With the agents of the startups of which any container `ran`, whoever takes part, and no others.
    pub fn with_agents_of(mut self, ran: impl Fn(ContainerIndex) -> bool) -> Problem {
        let runs = |agent: &&Agent| self.runs(agent, &ran);
        let agents = self.agents.iter().filter(runs).cloned();
        self.agents = Arc::new(agents.map(|agent| Agent { startup: None, ..agent }).collect());
        self
    }

    /// With only the rules at these positions of [`Problem::rules`].
    pub fn with_rules(mut self, keep: impl Fn(usize) -> bool) -> Problem {
        let mut position = 0..;
        Arc::make_mut(&mut self.rules).retain(|_| position.next().is_some_and(&keep));
        self
    }

    /// The containers of `service` may run on any host that reaches their pool.
    pub fn without_pin(mut self, service: ServiceIndex) -> Problem {
        let request = &mut Arc::make_mut(&mut self.services)[service];
        request.on.clone_from(&request.reach);
        self
    }

    /// `container` may run only on those of its hosts that `may` takes it.
    pub fn confined(mut self, container: ContainerIndex, may: impl Fn(HostIndex) -> bool) -> Problem {
        let request = self.request(container);
        let on = HostIndex::all(self.hosts.len()).filter(|&host| request.may_run_on(host) && may(host)).collect();
        let containers = Positions { start: container, end: container.next() };
        let own = Request { on: Some(on), containers, ..request.clone() };
        Arc::make_mut(&mut self.services).push(own);
        let mut services = self.containers.to_vec();
        services[container] = self.services.len() - 1;
        self.containers = services.into();
        self
    }

    /// Placing each startup is worth so much.
    pub fn worth(mut self, priorities: &[u64]) -> Problem {
        let startups = Arc::make_mut(&mut self.startups).iter_mut();
        startups.zip(priorities).for_each(|(startup, &priority)| startup.priority = priority);
        self
    }

    /// `host` takes what is new.
    pub fn without_drain(mut self, host: HostIndex) -> Problem {
        Arc::make_mut(&mut self.hosts)[host].state = HostState::Up;
        self
    }
}
