//! Which hosts a placement fills above their targets, and by how much: from what the document says of them.

use super::case::agents;
use crate::diagnostic::quoted;
use crate::model::{HostIndex, HostState, Layout, Placement, ResourceIndex, ServiceIndex};

/// A host that holds more of a resource than its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Which host.
    pub host: HostIndex,
    /// Of what.
    pub resource: ResourceIndex,
    /// What its containers and agents ask for.
    pub used: u64,
    /// What they may without passing the target.
    pub target: u64,
    /// What the host gives.
    pub allocatable: u64,
}

impl Passed {
    /// By how much, in millionths of what the host gives, rounded up.
    pub fn above(&self) -> u64 {
        let above = u128::from(self.used - self.target) * 1_000_000;
        u64::try_from(above.div_ceil(u128::from(self.allocatable))).unwrap_or(u64::MAX)
    }
}

impl Passed {
    /// One sentence for people: lower case, no full stop, names in backticks. `layout` is the one that was looked at.
    pub fn message(&self, layout: &Layout) -> String {
        let (host, resource) = (&layout.lab.hosts[self.host], &layout.lab.resources[self.resource]);
        let [used, target] = resource.both(self.used, self.target);
        let percent = host.targets[self.resource].map_or_else(String::new, |target| format!("{target} %, "));
        format!("{} holds {used} {}, its target is {percent}{target}", quoted(&host.name), resource.name())
    }
}

/// What `passed` comes to in all, in millionths.
pub fn above(passed: &[Passed]) -> u64 {
    passed.iter().fold(0, |sum, one| sum.saturating_add(one.above()))
}

/// The targets that `placement` passes, host by host in the order of the document. Hosts that are only planned have none,
/// and a host that gives nothing of a resource has none of it.
pub fn passed(layout: &Layout, placement: &Placement) -> Vec<Passed> {
    if !layout.has_targets() {
        return Vec::new();
    }
    let mut used = vec![vec![0_u64; layout.lab.resources.len()]; layout.lab.hosts.len()];
    let mut add = |host: usize, service: ServiceIndex| {
        let request = &layout.demand.services[service].request;
        used[host].iter_mut().zip(request).for_each(|(sum, amount)| *sum = sum.saturating_add(amount.value));
    };
    for (host, agents) in agents(layout, placement).into_iter().enumerate() {
        agents.into_iter().for_each(|agent| add(host, agent));
    }
    placement.placed().for_each(|(container, host)| add(host.0, layout.demand.containers[container].service));
    let mut passed = Vec::new();
    for (host, used) in layout.lab.indices().zip(&used) {
        let of = &layout.lab.hosts[host];
        for (resource, &used) in used.iter().enumerate().filter(|_| of.state != HostState::Planned) {
            let allocatable = of.allocatable[resource];
            let target = of.target(resource).filter(|target| used > *target && allocatable > 0);
            passed.extend(target.map(|target| Passed { host, resource, used, target, allocatable }));
        }
    }
    passed
}
