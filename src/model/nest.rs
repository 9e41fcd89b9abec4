//! Containers that carry containers: who may lie in whom, what a carrier offers to those in it, and how large it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    CarrierUse, ContainerIndex, Demand, Lab, Layout, MOST_CONTAINERS, Needs, Placement, Reach, ResourceIndex, Service,
    StartupIndex, Within,
};
use crate::diagnostic::Place;
use crate::quantity::{Decimal, LARGEST_SUM, Resource};

/// So many carriers may lie one in another.
pub const DEEPEST: usize = 4;

/// What a service says whose containers carry others. Vectors have one entry for each of `Lab::resources`, in base units.
#[derive(Clone, Debug, PartialEq)]
pub struct Carries {
    /// What each keeps for itself of what it requests.
    pub reserve: Vec<u64>,
    /// How often the rest may be promised; `None` where that is once.
    pub overcommit: Vec<Option<Decimal>>,
    /// Whether it requests its reserve and what it holds.
    pub content: Vec<bool>,
    /// Of what that is a multiple.
    pub step: Vec<u64>,
    /// Free labels that `inside` speaks of.
    pub labels: BTreeMap<String, String>,
    /// Where the document says so.
    pub at: Place,
}

/// In which carriers the containers of a service lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Inside {
    /// These, ascending. Shared, because thousands of services may say the same.
    pub carriers: Arc<[ContainerIndex]>,
    /// What `inside:` says.
    pub said: Arc<Carriers>,
    /// The names as written, and where. Shared by all startups of a stack.
    pub texts: Needs,
    /// What it says in one line, as [`super::Service::on_written`].
    pub written: Arc<str>,
    /// Where the document says so.
    pub at: Place,
}

/// What `inside:` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carriers {
    /// Those of these.
    Named(Vec<Named>),
    /// Those that carry all of these labels.
    Labels(BTreeMap<String, String>),
}

/// Some containers by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Of the startup that says so.
    Own(Within),
    /// Of startups by name, with `*` for any characters.
    Of(Reach),
}

impl Carries {
    /// What a container that requests so much of a resource offers of it: what it does not keep, as often as that is promised;
    /// as much as there can be where it is as large as what it holds.
    pub fn offers(&self, resource: ResourceIndex, requested: u64) -> u64 {
        if self.content[resource] { LARGEST_SUM } else { self.promises(resource, requested) }
    }

    /// What a container that requests so much of a resource does not keep of it, as often as that is promised.
    pub fn promises(&self, resource: ResourceIndex, requested: u64) -> u64 {
        let left = requested.saturating_sub(self.reserve[resource]);
        let promised = self.overcommit[resource].map_or(u128::from(left), |factor| factor.times_rounded_down(left));
        u64::try_from(promised).unwrap_or(LARGEST_SUM).min(LARGEST_SUM)
    }

    /// What a container requests of a resource of which it is as large as what it holds, where it holds so much.
    pub fn size(&self, resource: ResourceIndex, held: u64) -> u64 {
        let needed = self.overcommit[resource].map_or(u128::from(held), |factor| factor.divides_rounded_up(held));
        let all =
            (u128::from(self.reserve[resource]) + needed).next_multiple_of(u128::from(self.step[resource].max(1)));
        u64::try_from(all).unwrap_or(LARGEST_SUM)
    }

    /// What `amount` more in a container adds to its size at the least, of which it is as large as what it holds.
    pub fn adds(&self, resource: ResourceIndex, amount: u64) -> u64 {
        let Some(factor) = self.overcommit[resource] else { return amount };
        u64::try_from(factor.divides_rounded_up(amount)).unwrap_or(LARGEST_SUM).saturating_sub(1)
    }

    /// The least from which a size may have been rounded up.
    pub fn least(&self, resource: ResourceIndex, size: u64) -> u64 {
        (size + 1).saturating_sub(self.step[resource].max(1)).max(self.reserve[resource])
    }

    /// Whether it is as large as what it holds in any resource.
    pub fn is_of_content(&self) -> bool {
        self.content.contains(&true)
    }
}

impl Demand {
    /// Whether a container carries others.
    pub fn is_carrier(&self, container: ContainerIndex) -> bool {
        self.service_of(container).carries.is_some()
    }

    /// The carriers, ascending.
    pub fn carriers(&self) -> impl Iterator<Item = ContainerIndex> + '_ {
        let services = self.services.iter().filter(|service| service.carries.is_some());
        services.flat_map(|service| service.containers.clone())
    }

    /// Whether any service carries others.
    pub fn has_carriers(&self) -> bool {
        self.services.iter().any(|service| service.carries.is_some())
    }

    /// Whether a container lies in carriers, not directly on hosts.
    pub fn is_content(&self, container: ContainerIndex) -> bool {
        self.service_of(container).inside.is_some()
    }

    /// Finds anew which carriers each service lies in, by what it says.
    pub(crate) fn find_carriers(&mut self) {
        let mut known: BTreeMap<(*const Carriers, StartupIndex), Arc<[ContainerIndex]>> = BTreeMap::new();
        for service in 0..self.services.len() {
            let Some(Inside { said, .. }) = &self.services[service].inside else { continue };
            let startup = self.services[service].startup;
            let own = matches!(&**said, Carriers::Named(all) if all.iter().any(|it| matches!(it, Named::Own(_))));
            let key = (Arc::as_ptr(said), if own { startup } else { StartupIndex::MAX });
            let carriers = known.entry(key).or_insert_with(|| self.meant(said, startup)).clone();
            if let Some(inside) = &mut self.services[service].inside {
                inside.carriers = carriers;
            }
        }
    }

    /// The carriers that a service of `startup` means.
    fn meant(&self, said: &Carriers, startup: StartupIndex) -> Arc<[ContainerIndex]> {
        let all: BTreeSet<ContainerIndex> = match said {
            Carriers::Labels(labels) => {
                let has = |of: &Carries| labels.iter().all(|(label, value)| of.labels.get(label) == Some(value));
                let services = self.services.iter().filter(|it| it.carries.as_deref().is_some_and(has));
                services.flat_map(|service| service.containers.clone()).collect()
            }
            Carriers::Named(named) => {
                let of = |named: &Named| match named {
                    Named::Own(within) => within.containers(self, startup),
                    Named::Of(reach) => reach.of_all(self),
                };
                named.iter().flat_map(of).filter(|&it| self.is_carrier(it)).collect()
            }
        };
        all.into_iter().collect()
    }
}

impl Lab {
    /// What a container of a service that carries offers to those in it, for each resource: of what nobody counts in it as
    /// much as there can be.
    pub fn offers(&self, service: &Service) -> Vec<u64> {
        let Some(carries) = service.carries.as_deref() else { return vec![0; self.resources.len()] };
        let of = |resource: ResourceIndex| {
            let counted = &self.resources[resource];
            if *counted == Resource::Containers {
                return MOST_CONTAINERS;
            }
            if counted.is_limits() || !self.of_hosts().contains(&resource) {
                return LARGEST_SUM;
            }
            // What its disk on a pool gives it, it gives as its disk.
            let asked = self.asked_as(service.pool, resource).unwrap_or(resource);
            carries.offers(resource, service.request[asked].value)
        };
        (0..self.resources.len()).map(of).collect()
    }
}

impl Layout {
    /// How large the carriers are that are as large as what they hold, when all stands as `placement` says.
    pub fn sizes(&self, placement: &Placement) -> Sizes {
        let mut sizes = Sizes::default();
        if !self.demand.services.iter().any(|it| it.carries.as_deref().is_some_and(Carries::is_of_content)) {
            return sizes;
        }
        let content = placement.by_carrier();
        // Who is in another comes before it: the deepest first.
        let depth = |container: ContainerIndex| {
            let up = |it: &ContainerIndex| placement.carrier(*it);
            std::iter::successors(Some(container), up).take(DEEPEST + 1).count()
        };
        let mut carriers: Vec<ContainerIndex> = self.demand.carriers().collect();
        carriers.sort_by_key(|&it| std::cmp::Reverse(depth(it)));
        for carrier in carriers {
            let service = self.demand.service_of(carrier);
            let Some(carries) = service.carries.as_deref().filter(|it| it.is_of_content()) else { continue };
            let held = self.held(&sizes, content.get(&carrier).map_or(&[], Vec::as_slice));
            let size = |resource: ResourceIndex| match carries.content[resource] {
                true => carries.size(resource, held[resource]),
                false => service.request[resource].value,
            };
            sizes.0.insert(carrier, (0..held.len()).map(size).collect());
        }
        sizes
    }

    /// What containers request together, for each resource, carriers being so large.
    pub fn held(&self, sizes: &Sizes, containers: &[ContainerIndex]) -> Vec<u64> {
        let mut sum = vec![0_u64; self.lab.resources.len()];
        for &container in containers {
            for (resource, sum) in sum.iter_mut().enumerate() {
                *sum = sum.saturating_add(sizes.request(self, container, resource));
            }
        }
        sum
    }
}

/// How large carriers are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes(BTreeMap<ContainerIndex, Vec<u64>>);

impl Sizes {
    /// Those of these carriers.
    pub fn of_all(carriers: &[CarrierUse]) -> Sizes {
        Sizes(carriers.iter().map(|it| (it.carrier, it.size.clone())).collect())
    }

    /// How large a carrier is, where that is said here.
    pub fn of(&self, carrier: ContainerIndex) -> Option<&[u64]> {
        self.0.get(&carrier).map(Vec::as_slice)
    }

    /// What a container requests of a resource.
    pub fn request(&self, layout: &Layout, container: ContainerIndex, resource: ResourceIndex) -> u64 {
        self.0.get(&container).map_or_else(|| layout.request(container, resource), |size| size[resource])
    }
}
