//! Budgets that follow from what is said of another resource: what is asked for at a further time, and the limits of
//! containers, which hosts may count.

use std::ops::Range;

use super::{Amount, Basis, Host, Lab, MOST_HOSTS, Origin, ResourceIndex, Service};
use crate::quantity::{Aspect, LARGEST_SUM, Resource};

/// The most that all limits of a resource add up to where some host counts them, in base units; so much a host gives that
/// does not.
pub const UNLIMITED: u64 = LARGEST_SUM / MOST_HOSTS;

/// A budget that follows from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follows {
    /// Its position in [`Lab::resources`].
    pub resource: ResourceIndex,
    /// From which.
    pub of: ResourceIndex,
    /// What of it is counted.
    pub aspect: Aspect,
    /// Where the same resource stands at all times.
    pub times: Vec<ResourceIndex>,
}

impl Lab {
    /// The resources that hosts have themselves: [`Lab::of_hosts`] without what follows from others.
    pub fn own(&self) -> Range<ResourceIndex> {
        let derived = self.resources.iter().position(|it| it.is_derived());
        0..derived.unwrap_or(self.of_hosts().end)
    }

    /// What is asked of hosts, at all times: [`Lab::of_hosts`] without limits.
    pub fn requested_of_hosts(&self) -> Range<ResourceIndex> {
        let limits = self.resources.iter().position(|it| it.is_limits());
        0..limits.unwrap_or(self.of_hosts().end)
    }

    /// Where a resource stands at all times, that of the first time first.
    pub fn at_all_times(&self, resource: ResourceIndex) -> Vec<ResourceIndex> {
        let of = &self.resources[resource].resource;
        let at = |it: &ResourceIndex| match &*self.resources[*it] {
            Resource::Derived(derived) => derived.of == *of && derived.aspect != Aspect::Limits,
            _ => *it == resource,
        };
        (0..self.resources.len()).filter(at).collect()
    }

    /// What differs by time is called by the first time, too: `memory (day)`.
    pub(crate) fn name_times(&mut self) {
        let Some(first) = self.times.first().cloned() else { return };
        for follows in self.derived().into_iter().filter(|it| it.aspect == Aspect::At(1)) {
            let said = format!("{} ({first})", self.resources[follows.of].resource.name());
            self.resources[follows.of].said = Some(said.into());
        }
    }

    /// The budgets that follow from another resource.
    pub fn derived(&self) -> Vec<Follows> {
        let all = self.resources.iter().enumerate().filter_map(|(resource, it)| match &**it {
            Resource::Derived(derived) => {
                let of = self.resource_index(&derived.of)?;
                Some(Follows { resource, of, aspect: derived.aspect.clone(), times: self.at_all_times(of) })
            }
            _ => None,
        });
        all.collect()
    }
}

impl Follows {
    /// Writes into `request` what is counted of a container that asks for the rest of it and has these limits.
    pub fn count(&self, request: &mut [Amount], limit: &[Option<u64>]) {
        if self.aspect == Aspect::Limits {
            let most = self.times.iter().map(|&it| request[it].value).max();
            let value = limit[self.of].or(most).unwrap_or(0);
            request[self.resource] = Amount { value, origin: Origin::Itself };
        }
    }
}

impl Service {
    /// Whether what it takes of a resource grows with what it asks for: of limits where it has none of its own.
    pub fn grows_in(&self, resource: ResourceIndex, derived: &[Follows]) -> bool {
        let limits = derived.iter().find(|it| it.resource == resource && it.aspect == Aspect::Limits);
        limits.is_none_or(|follows| self.limit[follows.of].is_none())
    }

    /// What follows from its requests and limits does so anew.
    pub fn follow(&mut self, derived: &[Follows]) {
        let later = self.later.iter_mut().map(|(_, then)| (&mut then.request, &then.limit));
        for (request, limit) in std::iter::once((&mut self.request, &self.limit)).chain(later) {
            derived.iter().for_each(|follows| follows.count(request, limit));
        }
    }
}

impl Host {
    /// Whether it counts limits: it says so.
    pub fn counts(&self, limits: ResourceIndex) -> bool {
        self.overcommit[limits].is_some()
    }

    /// What follows from what it has of `resource` does so anew.
    pub(super) fn follow(&mut self, derived: &[Follows], resource: ResourceIndex, basis: Basis) -> Option<()> {
        for follows in derived.iter().filter(|it| it.of == resource) {
            let its = follows.resource;
            match follows.aspect {
                Aspect::Limits if !self.counts(its) => {}
                Aspect::Limits => {
                    self.capacity[its] = self.capacity[resource] - self.reserve[resource];
                    self.allocate(its, true)?;
                }
                Aspect::At(_) => {
                    self.capacity[its] = self.capacity[resource];
                    self.overcommit[its] = self.overcommit[resource].clone();
                    let mut kept = self.kept.to_vec();
                    kept[its] = kept[resource].clone();
                    self.kept = kept.into();
                    self.allocate(its, basis.overcommits(its))?;
                }
            }
        }
        Some(())
    }
}
