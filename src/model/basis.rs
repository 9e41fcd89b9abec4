//! What gates: what containers ask for, or what was observed of them.

use super::{Amount, Demand, Follows, HostIndex, Layout, Origin, Own, ResourceIndex, Service};
use crate::quantity::LARGEST_SUM;

/// Which of the numbers of a container count against the budgets of its host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Basis {
    /// What it asks for.
    #[default]
    Request,
    /// What was observed, and what it asks for where nothing was.
    Observed {
        /// How many containers ask for something of which nothing was observed.
        unmeasured: usize,
        /// The resources of which something was observed, each by its [`Own::bit`]: hosts promise these once only.
        measured: u64,
    },
}

impl Basis {
    /// Whether hosts promise a resource as often as their overcommit says. What was observed is no promise: where some
    /// of it counts, all of the resource does in full.
    pub fn overcommits(self, resource: ResourceIndex) -> bool {
        match self {
            Basis::Request => true,
            Basis::Observed { measured, .. } => measured & Own::bit(resource) == 0,
        }
    }
}

/// What was observed adds up to more than is counted exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservedTooLarge;

impl Layout {
    /// From now on what was observed stands for what is asked, wherever it was measured, and of what is measured hosts
    /// give no more than they have.
    ///
    /// # Errors
    /// [`ObservedTooLarge`] where the sums would not be exact; then nothing has changed.
    pub fn use_observed(&mut self) -> Result<(), ObservedTooLarge> {
        self.demand.use_observed(&self.lab.derived())?;
        self.measure();
        Ok(())
    }

    /// Where what was observed gates and some of it is gone: hosts promise again what nothing is observed of any more.
    pub(super) fn measure_anew(&mut self) {
        if self.demand.basis != Basis::Request {
            self.measure();
        }
    }

    /// What was observed gates: what of it there is, and what hosts promise then.
    fn measure(&mut self) {
        self.demand.basis = Basis::Observed { unmeasured: 0, measured: self.measured() };
        self.demand.count_unmeasured();
        for host in &mut self.lab.hosts {
            for resource in 0..host.capacity.len() {
                // Its reserve was read from the document and is no larger than the host.
                let overcommits = self.demand.basis.overcommits(resource);
                let _ = host.throughout(|host| host.allocate(resource, overcommits).ok_or(()));
            }
        }
    }

    /// The resources of which something was observed, of what is there or of a stack, each by its [`Own::bit`].
    fn measured(&self) -> u64 {
        let of_stacks = self.stacks.iter().flat_map(|stack| &stack.services);
        let observed = self.demand.services.iter().chain(of_stacks).filter_map(|service| service.observed.as_ref());
        let bits = |amounts: &[Option<u64>]| {
            let known = amounts.iter().enumerate().filter(|(_, amount)| amount.is_some());
            known.fold(0, |bits, (resource, _)| bits | Own::bit(resource))
        };
        observed.fold(0, |all, observed| all | bits(&observed.amounts))
    }

    /// How often a host promises a resource, as written; `None` where that is once.
    pub fn overcommit(&self, host: HostIndex, resource: ResourceIndex) -> Option<&str> {
        self.lab.hosts[host].overcommit[resource].as_deref().filter(|_| self.demand.basis.overcommits(resource))
    }
}

impl Demand {
    fn use_observed(&mut self, derived: &[Follows]) -> Result<(), ObservedTooLarge> {
        let mut sums: Vec<u128> = Vec::new();
        for service in &self.services {
            sums.resize(service.request.len(), 0);
            let count = service.instances();
            for (resource, request) in service.request.iter().enumerate() {
                let observed = service.observed.as_ref().and_then(|it| it.amounts.get(resource).copied().flatten());
                sums[resource] += u128::from(observed.unwrap_or(request.value)) * count as u128;
            }
        }
        if sums.iter().any(|&sum| sum > u128::from(LARGEST_SUM)) {
            return Err(ObservedTooLarge);
        }
        self.services.iter_mut().for_each(|service| service.use_observed(derived));
        Ok(())
    }

    /// Counts anew of how many containers nothing was observed, where what was observed gates.
    pub(super) fn count_unmeasured(&mut self) {
        if let Basis::Observed { unmeasured, .. } = &mut self.basis {
            let containers = self.services.iter().filter(|it| it.is_unmeasured()).map(Service::instances);
            *unmeasured = containers.sum();
        }
    }
}

impl Service {
    /// From now on what was observed of it stands for what it asks for.
    pub(super) fn use_observed(&mut self, derived: &[Follows]) {
        let Some(observed) = &self.observed else { return };
        let later = self.later.iter_mut().map(|(_, then)| &mut then.request);
        for requests in std::iter::once(&mut self.request).chain(later) {
            for (request, value) in requests.iter_mut().zip(&observed.amounts) {
                if let Some(value) = *value {
                    *request = Amount { value, origin: Origin::Given };
                }
            }
        }
        self.follow(derived);
    }

    /// Whether it asks for something of which nothing was observed.
    fn is_unmeasured(&self) -> bool {
        let observed =
            |resource: usize| self.observed.as_ref().and_then(|it| it.amounts.get(resource).copied().flatten());
        let asked = |request: &Amount| request.value > 0 && request.origin != Origin::Itself;
        self.request.iter().enumerate().any(|(resource, request)| asked(request) && observed(resource).is_none())
    }
}
