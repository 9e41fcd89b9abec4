//! The same problem, but: without hosts, rules, pins, drains, or what some containers ask for.

use std::sync::Arc;

use super::Problem;
use crate::model::{ContainerIndex, HostIndex, HostState, Placement, ServiceIndex};

impl Problem {
    /// With nothing to survive.
    pub fn without_survival(self) -> Problem {
        Problem { survive: None, ..self }
    }

    /// Where this runs now.
    pub fn standing(self, placement: Option<Placement>) -> Problem {
        Problem { placement: placement.map(Arc::new), ..self }
    }

    /// Without these hosts; what stood there has no place, and there is nothing more to survive.
    pub fn without_hosts(mut self, lost: &[HostIndex]) -> Problem {
        let hosts = Arc::make_mut(&mut self.hosts);
        lost.iter().for_each(|&host| hosts[host].state = HostState::Planned);
        let left = |host: &Option<HostIndex>| host.filter(|host| !lost.contains(host));
        let placement = self.placement.as_ref().map(|it| Placement { host_of: it.host_of.iter().map(left).collect() });
        self.without_survival().standing(placement)
    }

    /// With only the rules at these positions of [`Problem::rules`].
    pub fn with_rules(mut self, keep: impl Fn(usize) -> bool) -> Problem {
        let mut position = 0..;
        Arc::make_mut(&mut self.rules).retain(|_| position.next().is_some_and(&keep));
        self
    }

    /// The containers of `service` may run on any host.
    pub fn without_pin(mut self, service: ServiceIndex) -> Problem {
        Arc::make_mut(&mut self.services)[service].on = None;
        self
    }

    /// `host` takes what is new.
    pub fn without_drain(mut self, host: HostIndex) -> Problem {
        Arc::make_mut(&mut self.hosts)[host].state = HostState::Up;
        self
    }

    /// As if nothing bound these containers, ascending, and they asked for nothing: nor do then the others of their
    /// services, which is less than they do.
    pub fn without_requests(mut self, of: &[ContainerIndex]) -> Problem {
        let services = Arc::make_mut(&mut self.services);
        for &container in of {
            let request = &mut services[self.containers[container]];
            (request.amounts, request.on) = (request.amounts.iter().map(|_| 0).collect(), None);
        }
        let bound = |container: &ContainerIndex| of.binary_search(container).is_err();
        let rules = Arc::make_mut(&mut self.rules);
        rules.iter_mut().for_each(|rule| rule.containers = rule.containers.iter().copied().filter(bound).collect());
        rules.retain(|rule| rule.containers.len() > 1);
        self
    }
}
