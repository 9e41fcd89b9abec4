//! What the referee judges: a layout and a placement, looked at from the sides that its rules need.

use super::{Violation, ViolationKind};
use crate::diagnostic::Place;
use crate::model::{ContainerIndex, HostIndex, Layout, Placement};

/// One placement under judgement.
pub(super) struct Case<'a> {
    pub layout: &'a Layout,
    pub before: Option<&'a Placement>,
    /// The host of each container of the demand.
    pub host_of: Vec<Option<HostIndex>>,
    /// The containers on each host, ascending.
    pub content: Vec<Vec<ContainerIndex>>,
}

impl<'a> Case<'a> {
    pub fn new(layout: &'a Layout, placement: &Placement, before: Option<&'a Placement>) -> Self {
        let hosts = layout.lab.hosts.len();
        let host_of: Vec<_> =
            layout.demand.indices().map(|container| placement.host(container).filter(|&host| host.0 < hosts)).collect();
        let mut content = vec![Vec::new(); hosts];
        for container in layout.demand.indices() {
            if let Some(host) = host_of[container] {
                content[host].push(container);
            }
        }
        Self { layout, before, host_of, content }
    }

    /// Whether `container` was on `host` before.
    pub fn stood_there(&self, container: ContainerIndex, host: HostIndex) -> bool {
        self.before.and_then(|before| before.host(container)) == Some(host)
    }

    /// A violation by `containers`, which offends the line `because`.
    pub fn violation(
        &self,
        kind: ViolationKind,
        host: Option<HostIndex>,
        containers: Vec<ContainerIndex>,
        because: Option<Place>,
    ) -> Violation {
        let at = self.cause(&containers, because);
        Violation { kind, host, containers, at, because }
    }

    /// The placement's entry, else the offended line, else the container.
    fn cause(&self, containers: &[ContainerIndex], because: Option<Place>) -> Option<Place> {
        let entry = containers.iter().filter_map(|&container| self.entry(container)).min();
        let first = containers.first();
        entry.or(because).or_else(|| first.map(|&container| self.layout.demand.service_of(container).at))
    }

    /// Where the document puts `container` on the host it is on. A placement that the document does not spell out
    /// has no such line.
    fn entry(&self, container: ContainerIndex) -> Option<Place> {
        let written = self.layout.placement.as_ref()?.host(container)?;
        if self.host_of[container] != Some(written) {
            return None;
        }
        self.layout.placed_at.get(container.0).copied().flatten()
    }
}
