//! Which hosts a placement fills above their targets, and by how much: from what the document says of them.

use super::case::Case;
use crate::diagnostic::quoted;
use crate::model::{HostIndex, HostState, Layout, Placement, ResourceIndex, Spot};

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
    let case = Case::new(layout, placement, None);
    let resources = layout.lab.resources.len();
    let mut used = vec![vec![0_u128; resources]; layout.lab.hosts.len()];
    for (host, agents) in case.agents.iter().enumerate() {
        for request in agents.iter().map(|&agent| &layout.demand.services[agent].request) {
            used[host].iter_mut().zip(request).for_each(|(sum, amount)| *sum += u128::from(amount.value));
        }
    }
    for container in layout.demand.indices() {
        let Some(Spot::Host(host)) = case.spot_of[container] else { continue };
        used[host.0].iter_mut().enumerate().for_each(|(resource, sum)| *sum += case.asks(container, resource));
    }
    let mut passed = Vec::new();
    for (host, used) in layout.lab.indices().zip(&used) {
        let of = &layout.lab.hosts[host];
        for (resource, &used) in used.iter().enumerate().filter(|_| of.state != HostState::Planned) {
            let allocatable = of.allocatable[resource];
            let used = u64::try_from(used).unwrap_or(u64::MAX);
            let target = of.target(resource).filter(|target| used > *target && allocatable > 0);
            passed.extend(target.map(|target| Passed { host, resource, used, target, allocatable }));
        }
    }
    passed
}
