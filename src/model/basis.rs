//! What gates: what containers ask for, or what was observed of them.

use super::{Amount, Demand, Origin, Service};
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
    },
}

/// What was observed adds up to more than is counted exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservedTooLarge;

impl Demand {
    /// From now on what was observed stands for what is asked, wherever it was measured.
    ///
    /// # Errors
    /// [`ObservedTooLarge`] where the sums would not be exact; then nothing has changed.
    pub fn use_observed(&mut self) -> Result<(), ObservedTooLarge> {
        let mut sums: Vec<u128> = Vec::new();
        for service in &self.services {
            sums.resize(service.request.len(), 0);
            let count = service.containers.len();
            for (resource, request) in service.request.iter().enumerate() {
                let observed = service.observed.as_ref().and_then(|it| it.amounts.get(resource).copied().flatten());
                sums[resource] += u128::from(observed.unwrap_or(request.value)) * count as u128;
            }
        }
        if sums.iter().any(|&sum| sum > u128::from(LARGEST_SUM)) {
            return Err(ObservedTooLarge);
        }
        self.services.iter_mut().for_each(Service::use_observed);
        self.basis = Basis::Observed { unmeasured: 0 };
        self.count_unmeasured();
        Ok(())
    }

    /// Counts anew of how many containers nothing was observed, where what was observed gates.
    pub(super) fn count_unmeasured(&mut self) {
        if let Basis::Observed { unmeasured } = &mut self.basis {
            let containers = self.services.iter().filter(|it| it.is_unmeasured()).map(|it| it.containers.len());
            *unmeasured = containers.sum();
        }
    }
}

impl Service {
    /// From now on what was observed of it stands for what it asks for.
    pub(super) fn use_observed(&mut self) {
        let Some(observed) = &self.observed else { return };
        for (request, value) in self.request.iter_mut().zip(&observed.amounts) {
            if let Some(value) = *value {
                *request = Amount { value, origin: Origin::Given };
            }
        }
    }

    /// Whether it asks for something of which nothing was observed.
    fn is_unmeasured(&self) -> bool {
        let observed =
            |resource: usize| self.observed.as_ref().and_then(|it| it.amounts.get(resource).copied().flatten());
        self.request.iter().enumerate().any(|(resource, request)| request.value > 0 && observed(resource).is_none())
    }
}
