//! A placement: container to host, with room for what is not placed.

use super::{ContainerIndex, HostIndex, Numbered};

/// Which host each container is on; `None` for one that is not placed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Placement {
    /// One entry for each of `Demand::containers`.
    pub host_of: Vec<Option<HostIndex>>,
}

impl Placement {
    /// Nothing placed yet of `containers`.
    pub fn empty(containers: usize) -> Self {
        Self { host_of: vec![None; containers] }
    }

    /// The host of a container; `None` also for one that is not of this placement.
    pub fn host(&self, container: ContainerIndex) -> Option<HostIndex> {
        self.host_of.get(container.0).copied().flatten()
    }

    /// The containers on each of `hosts` hosts, ascending.
    pub fn by_host(&self, hosts: usize) -> Vec<Vec<ContainerIndex>> {
        let mut content = vec![Vec::new(); hosts];
        for (container, host) in self.placed() {
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

    /// The containers that both placements place, on different hosts: (container, host before, host after).
    pub fn moves_to<'a>(
        &'a self,
        after: &'a Placement,
    ) -> impl Iterator<Item = (ContainerIndex, HostIndex, HostIndex)> + 'a {
        self.placed().filter_map(|(container, from)| match after.host_of[container] {
            Some(to) if to != from => Some((container, from, to)),
            _ => None,
        })
    }
}
