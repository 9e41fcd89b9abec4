//! What was measured of the containers of a layout: each by its own name, over all files together.

use std::collections::{BTreeMap, HashMap};

use super::names::{Hosts, Names, NoMatch, Whom};
use crate::diagnostic::Place;
use crate::import::found::Measured;
pub use crate::import::reckoning::Reckoning;
use crate::model::{ContainerIndex, Layout, Placement, ResourceIndex, ServiceIndex, Sizes};
use crate::quantity::Resource;

/// What was measured of one container under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Who it is.
    pub whom: Whom,
    /// As the files call it.
    pub name: String,
    /// The host or guest that it was seen on, where that is said.
    pub on: Option<String>,
    /// Where it stands, first.
    pub at: Place,
    /// Each time, in millicores.
    pub cpu: Vec<u64>,
    /// Each time, in bytes.
    pub memory: Vec<u64>,
}

impl Taken {
    /// How often it was measured.
    pub fn samples(&self) -> usize {
        self.cpu.len().max(self.memory.len())
    }

    /// What counts of a resource: of cpu the percentile, of memory the most.
    pub fn of(&self, resource: &Resource, reckoning: Reckoning) -> Option<u64> {
        match resource {
            Resource::Cpu => reckoning.cpu(&self.cpu),
            Resource::Memory => self.memory.iter().max().copied(),
            _ => None,
        }
    }
}

/// A name that means nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// As the files call it.
    pub name: String,
    /// The host or guest that it is on, where that is said.
    pub on: Option<String>,
    /// Why nobody is meant.
    pub why: NoMatch,
    /// Where it stands.
    pub at: Place,
}

/// All that was measured.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Of the containers of the layout, by service and name.
    pub taken: Vec<Taken>,
    /// Of others, by name.
    pub strangers: Vec<Stranger>,
}

/// What was measured of whom. Samples of one name on one host are those of one container, whatever files they are in.
pub fn usage<'a>(layout: &Layout, names: &Names, measured: impl IntoIterator<Item = &'a Measured>) -> Usage {
    let mut known: BTreeMap<(ServiceIndex, String, Option<String>), Taken> = BTreeMap::new();
    let mut strangers: BTreeMap<(String, Option<String>), Stranger> = BTreeMap::new();
    let hosts = Hosts::new(layout);
    // Histories have the same names over and over.
    let mut found: HashMap<&str, Result<Whom, NoMatch>> = HashMap::new();
    for one in measured {
        // The same container on another host is the same container; two of a name on two hosts are replicas.
        let key = (one.name.clone(), one.on.clone());
        match found.entry(&one.name).or_insert_with(|| names.find(None, &one.name)).clone() {
            Ok(whom) => {
                let service = service_of(layout, whom);
                let taken = known.entry((service, key.0.clone(), key.1.clone())).or_insert_with(|| Taken {
                    whom,
                    name: key.0,
                    on: key.1,
                    at: one.at,
                    cpu: Vec::new(),
                    memory: Vec::new(),
                });
                taken.cpu.extend(&one.cpu);
                taken.memory.extend(&one.memory);
            }
            // What a host takes is none of what is asked here.
            Err(NoMatch::Unknown) if hosts.has(&one.name) => {}
            Err(why) => {
                let (name, on) = key.clone();
                strangers.entry(key).or_insert(Stranger { name, on, why, at: one.at });
            }
        }
    }
    Usage { taken: known.into_values().collect(), strangers: strangers.into_values().collect() }
}

/// The service of who is meant.
pub fn service_of(layout: &Layout, whom: Whom) -> ServiceIndex {
    match whom {
        Whom::Container(container) => layout.demand.containers[container].service,
        Whom::Service(service) => service,
    }
}

/// Who takes more of something than it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Above {
    /// Who.
    pub whom: Whom,
    /// As the files call it.
    pub name: String,
    /// Of which resource.
    pub resource: ResourceIndex,
    /// What it asks for.
    pub asked: u64,
    /// What it takes.
    pub taken: u64,
}

/// What containers ask for where things stand as some placements say.
pub struct Asked<'a> {
    layout: &'a Layout,
    /// Each with how large the carriers are there that are as large as what they hold.
    stands: Vec<(&'a Placement, Sizes)>,
}

impl<'a> Asked<'a> {
    /// Of `layout`, as any of `placements` say.
    pub fn new(layout: &'a Layout, placements: impl IntoIterator<Item = &'a Placement>) -> Asked<'a> {
        Asked { layout, stands: placements.into_iter().map(|it| (it, layout.sizes(it))).collect() }
    }

    /// The most that any of these containers of one service asks for of a resource, at the time at which that is most; `None`
    /// of carriers that are as large as what they hold where they stand nowhere: then nobody knows.
    pub fn of(
        &self,
        service: ServiceIndex,
        containers: impl IntoIterator<Item = ContainerIndex>,
        resource: ResourceIndex,
    ) -> Option<u64> {
        let service = &self.layout.demand.services[service];
        if !service.carries.as_deref().is_some_and(|it| it.content[resource]) {
            return Some(most_asked(self.layout, &service.request, resource));
        }
        let times = self.layout.lab.at_all_times(resource);
        let most = |container: ContainerIndex| {
            let there = self.stands.iter().filter(move |(placement, _)| placement.host(container).is_some());
            let size = |sizes: &Sizes| times.iter().map(|&it| sizes.request(self.layout, container, it)).max();
            there.filter_map(|(_, sizes)| size(sizes)).max()
        };
        containers.into_iter().filter_map(most).max()
    }

    fn of_whom(&self, whom: Whom, resource: ResourceIndex) -> Option<u64> {
        let service = service_of(self.layout, whom);
        match whom {
            Whom::Container(container) => self.of(service, [container], resource),
            Whom::Service(_) => self.of(service, self.layout.demand.services[service].containers.clone(), resource),
        }
    }
}

/// Those that take more than they ask for of what counts: who takes most more first.
pub fn above(layout: &Layout, asked: &Asked, usage: &Usage, reckoning: Reckoning) -> Vec<Above> {
    let mut all = Vec::new();
    for one in &usage.taken {
        let service = &layout.demand.services[service_of(layout, one.whom)];
        for resource in [Resource::Cpu, Resource::Memory] {
            let Some(index) = layout.lab.resource_index(&resource) else { continue };
            let Some(index) = layout.lab.asked_as(service.pool, index) else { continue };
            let Some(asked) = asked.of_whom(one.whom, index) else { continue };
            if let Some(taken) = one.of(&resource, reckoning).filter(|taken| *taken > asked) {
                all.push(Above { whom: one.whom, name: one.name.clone(), resource: index, asked, taken });
            }
        }
    }
    all.sort_by_key(|it| (it.resource, std::cmp::Reverse(it.taken - it.asked), it.whom, it.name.clone()));
    all
}

/// What is asked of a resource at the time at which that is most.
pub fn most_asked(layout: &Layout, request: &[crate::model::Amount], resource: ResourceIndex) -> u64 {
    let at = |resource: ResourceIndex| request.get(resource).map_or(0, |amount| amount.value);
    layout.lab.at_all_times(resource).into_iter().map(at).max().unwrap_or_else(|| at(resource))
}

/// The containers of the layout of which nothing was measured.
pub fn unmeasured(layout: &Layout, usage: &Usage) -> Vec<ContainerIndex> {
    let mut seen: BTreeMap<ServiceIndex, usize> = BTreeMap::new();
    let mut known = vec![false; layout.demand.containers.len()];
    for one in &usage.taken {
        match one.whom {
            Whom::Container(container) => {
                if let Some(known) = known.get_mut(container.0) {
                    *known = true;
                }
            }
            Whom::Service(service) => *seen.entry(service).or_insert(0) += 1,
        }
    }
    // Which replica a name means is not known: as many as there are names were measured.
    for (service, count) in seen {
        let of = layout.demand.services[service].containers.clone();
        let unknown: Vec<ContainerIndex> = of.filter(|it| known.get(it.0) == Some(&false)).take(count).collect();
        for container in unknown {
            if let Some(known) = known.get_mut(container.0) {
                *known = true;
            }
        }
    }
    layout.demand.indices().filter(|it| known.get(it.0) == Some(&false)).collect()
}
