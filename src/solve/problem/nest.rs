//! What lies in what: the carriers of a problem, and what lies in them.

use std::sync::Arc;

use crate::model::{Carries, ContainerIndex, Goal, Layout, Numbered, ServiceIndex};

/// Position of a carrier in [`Nest::carriers`].
pub type CarrierNumber = usize;

/// Carriers and what lies in them. Services are those of the layout, whatever becomes of the problem's.
#[derive(Clone, Debug, PartialEq)]
pub struct Nest {
    /// The carriers, ascending.
    pub carriers: Vec<ContainerIndex>,
    /// For each container which of them it is.
    pub number: Vec<Option<CarrierNumber>>,
    /// The service of each container.
    pub service_of: Arc<[ServiceIndex]>,
    /// For each service the carriers that its containers may lie in, ascending; `None` where they are directly on hosts.
    pub inside: Vec<Option<Arc<[CarrierNumber]>>>,
    /// What the containers of each service ask for: the requests of the problem say nothing of what lies in carriers.
    pub amounts: Vec<Arc<[u64]>>,
    /// For each service what it says of what it carries.
    pub carries: Vec<Option<Arc<Carries>>>,
    /// Whether carriers that run stay where they are.
    pub stays: bool,
    /// For each carrier what it offers, of each resource; of what it is as large as what it holds nothing is said here.
    pub offers: Vec<Vec<u64>>,
}

impl Nest {
    /// That of a layout; `None` where nothing carries, lies in a carrier that may be gone, or is judged by carriers.
    pub fn of(layout: &Layout) -> Option<Nest> {
        let demand = &layout.demand;
        let carriers: Vec<ContainerIndex> = demand.carriers().collect();
        let has_contents = || demand.services.iter().any(|service| service.inside.is_some());
        if carriers.is_empty() && !has_contents() && !layout.goals.contains(&Goal::CarrierBalance) {
            return None;
        }
        let mut number = vec![None; demand.containers.len()];
        carriers.iter().enumerate().for_each(|(at, carrier)| number[carrier.0] = Some(at));
        let resources = layout.lab.of_hosts().len();
        let numbers = |carriers: &[ContainerIndex]| carriers.iter().filter_map(|it| number[it.0]).collect();
        let amounts =
            |service: &crate::model::Service| service.request[..resources].iter().map(|amount| amount.value).collect();
        let services = || demand.services.iter();
        Some(Nest {
            service_of: demand.containers.iter().map(|container| container.service).collect(),
            inside: services().map(|it| it.inside.as_ref().map(|inside| numbers(&inside.carriers))).collect(),
            amounts: services().map(amounts).collect(),
            carries: services().map(|it| it.carries.clone()).collect(),
            offers: carriers.iter().map(|&it| layout.lab.offers(demand.service_of(it))[..resources].to_vec()).collect(),
            carriers,
            number,
            stays: false,
        })
    }

    /// What a container asks for, of each resource; a carrier that is as large as what it holds what it does empty.
    pub fn amounts(&self, container: ContainerIndex) -> &Arc<[u64]> {
        &self.amounts[self.service_of[container.0]]
    }

    /// The carriers that a container may lie in; `None` for one that is directly on hosts.
    pub fn inside(&self, container: ContainerIndex) -> Option<&Arc<[CarrierNumber]>> {
        self.inside[self.service_of[container.0]].as_ref()
    }

    /// What a container says of what it carries.
    pub fn carries(&self, container: ContainerIndex) -> Option<&Carries> {
        self.carries[self.service_of[container.0]].as_deref()
    }

    /// Whether any carrier is as large as what it holds.
    pub fn grows(&self) -> bool {
        self.carries.iter().flatten().any(|carries| carries.is_of_content())
    }

    /// For each carrier how many carriers are around it at the most: whoever is in another comes after it.
    pub fn outer_first(&self) -> Vec<CarrierNumber> {
        let mut depth = vec![0_usize; self.carriers.len()];
        // No carrier lies in itself: as many rounds as there are levels.
        loop {
            let mut changed = false;
            for (at, &carrier) in self.carriers.iter().enumerate() {
                let around = self
                    .inside(carrier)
                    .map_or(0, |inside| inside.iter().map(|&outer| depth[outer] + 1).max().unwrap_or(0));
                changed |= std::mem::replace(&mut depth[at], around) != around;
            }
            if !changed {
                break;
            }
        }
        let mut order: Vec<CarrierNumber> = (0..self.carriers.len()).collect();
        order.sort_by_key(|&carrier| depth[carrier]);
        order
    }

    /// Whether `container` is directly on a host.
    pub fn is_outside(&self, container: ContainerIndex) -> bool {
        self.inside(container).is_none()
    }

    /// The containers that are directly on hosts, `true` for each.
    pub fn outside(&self) -> Vec<bool> {
        self.service_of.iter().numbered().map(|(container, _)| self.is_outside(container)).collect()
    }
}
