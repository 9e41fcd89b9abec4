//! What gates: what containers ask for, or what was observed of them.

use super::{Amount, Demand, Origin};
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
        let mut unmeasured = 0;
        for service in &self.services {
            sums.resize(service.request.len(), 0);
            let count = service.containers.len();
            let mut missing = false;
            for (resource, request) in service.request.iter().enumerate() {
                let observed = service.observed.as_ref().and_then(|it| it.amounts.get(resource).copied().flatten());
                missing |= observed.is_none() && request.value > 0;
                sums[resource] += u128::from(observed.unwrap_or(request.value)) * count as u128;
            }
            unmeasured += if missing { count } else { 0 };
        }
        if sums.iter().any(|&sum| sum > u128::from(LARGEST_SUM)) {
            return Err(ObservedTooLarge);
        }
        for service in &mut self.services {
            let Some(observed) = &service.observed else { continue };
            for (request, value) in service.request.iter_mut().zip(&observed.amounts) {
                if let Some(value) = *value {
                    *request = Amount { value, origin: Origin::Given };
                }
            }
        }
        self.basis = Basis::Observed { unmeasured };
        Ok(())
    }
}
