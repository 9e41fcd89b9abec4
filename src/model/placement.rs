//! A placement: container to host, with room for what is not placed.

use std::collections::BTreeMap;

use super::{ContainerIndex, DEEPEST, HostIndex, Numbered};

/// Where a container stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spot {
    /// Directly on a host.
    Host(HostIndex),
    /// In a carrier.
    Carrier(ContainerIndex),
}

impl From<HostIndex> for Spot {
    fn from(host: HostIndex) -> Spot {
        Spot::Host(host)
    }
}

/// Which host each container is on; `None` for one that is not placed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Placement {
    /// One entry for each of `Demand::containers`: the machine it runs on, for those in a carrier that of the carrier.
    pub host_of: Vec<Option<HostIndex>>,
    /// One entry for each, where any is in a carrier, else none: the carrier that it is directly in. Who is in one has its
    /// host, see [`Placement::settle`].
    pub inside: Vec<Option<ContainerIndex>>,
}

impl Placement {
    /// Nothing placed yet of `containers`.
    pub fn empty(containers: usize) -> Self {
        Self { host_of: vec![None; containers], inside: Vec::new() }
    }

    /// Every container directly on a host, or nowhere.
    pub fn on_hosts(host_of: Vec<Option<HostIndex>>) -> Self {
        Self { host_of, inside: Vec::new() }
    }

    /// Each container of `containers` where `spot` says.
    pub fn of(containers: usize, spot: impl Fn(ContainerIndex) -> Option<Spot>) -> Self {
        let mut placement = Self::empty(containers);
        for container in ContainerIndex::all(containers) {
            match spot(container) {
                Some(Spot::Host(host)) => placement.host_of[container] = Some(host),
                Some(Spot::Carrier(carrier)) => placement.put_inside(container, carrier),
                None => {}
            }
        }
        placement.settle();
        placement
    }

    /// The same for those that `keeps` accepts; the others, and who is in one of them, have no place.
    pub fn only(&self, keeps: impl Fn(ContainerIndex) -> bool) -> Placement {
        Placement::of(self.host_of.len(), |container| self.spot(container).filter(|_| keeps(container)))
    }

    /// The same of other containers: for each of these which it was.
    pub fn renumbered(&self, was: &[ContainerIndex]) -> Placement {
        let mut now = vec![None; self.host_of.len()];
        was.iter().numbered::<ContainerIndex>().for_each(|(new, &old)| now[old.0] = Some(new));
        Placement::of(was.len(), |container| match self.spot(*was.get(container.0)?)? {
            Spot::Carrier(carrier) => now.get(carrier.0).copied().flatten().map(Spot::Carrier),
            host => Some(host),
        })
    }

    /// As many containers more as there are then, none of them placed.
    pub fn grow(&mut self, containers: usize) {
        self.host_of.resize(containers, None);
        if !self.inside.is_empty() {
            self.inside.resize(containers, None);
        }
    }

    /// Where a container stands; `None` for one that is not placed.
    pub fn spot(&self, container: ContainerIndex) -> Option<Spot> {
        let host = self.host(container)?;
        Some(self.carrier(container).map_or(Spot::Host(host), Spot::Carrier))
    }

    /// The carrier that a container is directly in.
    pub fn carrier(&self, container: ContainerIndex) -> Option<ContainerIndex> {
        self.inside.get(container.0).copied().flatten()
    }

    /// Puts a container somewhere; [`Placement::settle`] says on which host that is, of it and of who is in it.
    pub fn put(&mut self, container: ContainerIndex, spot: Spot) {
        match spot {
            Spot::Carrier(carrier) => self.put_inside(container, carrier),
            Spot::Host(host) => {
                self.host_of[container] = Some(host);
                if let Some(inside) = self.inside.get_mut(container.0) {
                    *inside = None;
                }
            }
        }
    }

    /// Takes a container away, and with [`Placement::settle`] who is in it.
    pub fn take(&mut self, container: ContainerIndex) {
        self.host_of[container] = None;
        if let Some(inside) = self.inside.get_mut(container.0) {
            *inside = None;
        }
    }

    /// Everybody named goes where is said, at once, with all that is in them; who has no spot leaves.
    pub fn go(&mut self, step: &[(ContainerIndex, Option<Spot>)]) {
        for &(container, spot) in step {
            match spot {
                Some(spot) => self.put(container, spot),
                None => self.take(container),
            }
        }
        self.settle();
    }

    /// Whether nothing is in a carrier.
    pub fn is_flat(&self) -> bool {
        self.inside.iter().all(Option::is_none)
    }

    /// Puts a container into a carrier, wherever that is: [`Placement::settle`] says on which host.
    pub fn put_inside(&mut self, container: ContainerIndex, carrier: ContainerIndex) {
        self.inside.resize(self.host_of.len(), None);
        self.inside[container] = Some(carrier);
    }

    /// Whoever is in a carrier is on its host; in one that is nowhere, or in itself, nowhere.
    pub fn settle(&mut self) {
        let settled = |container: ContainerIndex| {
            let mut at = container;
            for _ in 0..=DEEPEST {
                match self.carrier(at) {
                    Some(carrier) => at = carrier,
                    None => return self.host(at),
                }
            }
            None
        };
        if self.inside.is_empty() {
            return;
        }
        let inside = ContainerIndex::all(self.inside.len()).filter(|&it| self.carrier(it).is_some());
        let settled: Vec<_> = inside.map(|container| (container, settled(container))).collect();
        for (container, host) in settled {
            self.host_of[container] = host;
            if host.is_none() {
                self.inside[container] = None;
            }
        }
    }

    /// The containers directly in each carrier that holds any, ascending.
    pub fn by_carrier(&self) -> BTreeMap<ContainerIndex, Vec<ContainerIndex>> {
        let mut content: BTreeMap<ContainerIndex, Vec<ContainerIndex>> = BTreeMap::new();
        for (container, carrier) in self.inside.iter().numbered() {
            if let Some(carrier) = *carrier {
                content.entry(carrier).or_default().push(container);
            }
        }
        content
    }

    /// The host of a container; `None` also for one that is not of this placement.
    pub fn host(&self, container: ContainerIndex) -> Option<HostIndex> {
        self.host_of.get(container.0).copied().flatten()
    }

    /// The containers directly on each of `hosts` hosts, ascending.
    pub fn by_host(&self, hosts: usize) -> Vec<Vec<ContainerIndex>> {
        let mut content = vec![Vec::new(); hosts];
        for (container, host) in self.placed().filter(|(container, _)| self.carrier(*container).is_none()) {
            content[host].push(container);
        }
        content
    }

    /// Every placed container with its host, ascending by container.
    pub fn placed(&self) -> impl Iterator<Item = (ContainerIndex, HostIndex)> + '_ {
        self.host_of.iter().numbered().filter_map(|(container, host)| host.map(|host| (container, host)))
    }

    /// The containers that are not placed, ascending.
    pub fn unplaced(&self) -> impl Iterator<Item = ContainerIndex> + '_ {
        self.host_of.iter().numbered().filter(|(_, host)| host.is_none()).map(|(container, _)| container)
    }

    /// The containers that both placements place, in different spots, who is in a carrier that moves not among them:
    /// (container, spot before, spot after).
    pub fn moves_to<'a>(&'a self, after: &'a Placement) -> impl Iterator<Item = (ContainerIndex, Spot, Spot)> + 'a {
        let placed = self.placed().map(|(container, _)| container);
        placed.filter_map(|container| match (self.spot(container), after.spot(container)) {
            (Some(from), Some(to)) if to != from => Some((container, from, to)),
            _ => None,
        })
    }
}
