//! Up to which growth of what runs the placement holds, counted in whole percent and exact.

use super::{Costs, Survival};
use crate::model::{ContainerIndex, HostIndex, Layout, Placement, ResourceIndex, StartupIndex};
use crate::quantity::Resource;

/// Growth is counted up to so many percent.
pub const MOST_PERCENT: u64 = 10_000;

/// How much may grow where it is. Every amount of CPU, memory and disk grows alike and rounds up to a whole base unit;
/// named resources count things and do not grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// All containers at once may grow by so many percent, and not by one more (at [`MOST_PERCENT`] perhaps by more).
    pub all: Percent,
    /// Each startup by itself, the others standing still, in the document's order; those that ask for nothing that
    /// grows, or have nothing placed, are left out.
    pub startups: Vec<(StartupIndex, Percent)>,
}

/// What `check` says besides, where that was asked for.
#[derive(Clone, Debug, Default)]
pub struct Outlook {
    /// Up to which growth the placement holds.
    pub growth: Option<Growth>,
    /// What follows each loss that is to be survived.
    pub survival: Option<Survival>,
    /// What each startup takes and costs.
    pub costs: Option<Costs>,
}

/// So many percent more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percent {
    /// Whole percent.
    pub percent: u64,
    /// The host that would be too full at one percent more, and of what; `None` at [`MOST_PERCENT`].
    pub ends: Option<(HostIndex, ResourceIndex)>,
}

/// How much of what `placement` places may grow; `None` where nothing placed asks for anything that grows, and where a
/// host holds more than it can give already.
pub fn growth(layout: &Layout, placement: &Placement) -> Option<Growth> {
    let content = placement.by_host(layout.lab.hosts.len());
    let all = |_: ContainerIndex| true;
    let hosts: Vec<HostIndex> = layout.lab.indices().collect();
    let is_over =
        |&host: &HostIndex| (0..layout.lab.resources.len()).any(|r| !holds(layout, &content, host, r, &all, 0));
    if hosts.iter().any(is_over) {
        return None;
    }
    let whole = most(layout, &content, &hosts, &all)?;
    let startups = (0..layout.demand.startups.len()).filter_map(|startup| {
        let mut its: Vec<HostIndex> =
            layout.demand.containers_of(startup).filter_map(|container| placement.host_of[container]).collect();
        its.sort_unstable();
        its.dedup();
        let own = |container: ContainerIndex| layout.demand.startup_of(container) == startup;
        Some((startup, most(layout, &content, &its, &own)?))
    });
    Some(Growth { all: whole, startups: startups.collect() })
}

/// The most percent that every one of `hosts` holds when the containers that `grows` names grow.
fn most(
    layout: &Layout,
    content: &[Vec<ContainerIndex>],
    hosts: &[HostIndex],
    grows: &dyn Fn(ContainerIndex) -> bool,
) -> Option<Percent> {
    let mut least: Option<Percent> = None;
    for &host in hosts {
        for resource in 0..layout.lab.resources.len() {
            let request = |&container: &ContainerIndex| layout.request(container, resource);
            let counts = !matches!(layout.lab.resources[resource], Resource::Named(_));
            if !counts || !content[host].iter().any(|container| grows(*container) && request(container) > 0) {
                continue;
            }
            let found = most_on(layout, content, host, resource, grows);
            if least.is_none_or(|least| found.percent < least.percent) {
                least = Some(found);
            }
        }
    }
    least
}

/// The most percent on one host, by bisection: what holds, holds with less.
fn most_on(
    layout: &Layout,
    content: &[Vec<ContainerIndex>],
    host: HostIndex,
    resource: ResourceIndex,
    grows: &dyn Fn(ContainerIndex) -> bool,
) -> Percent {
    let holds = |percent| holds(layout, content, host, resource, grows, percent);
    if holds(MOST_PERCENT) {
        return Percent { percent: MOST_PERCENT, ends: None };
    }
    let (mut low, mut high) = (0, MOST_PERCENT);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) { low = middle } else { high = middle }
    }
    Percent { percent: low, ends: Some((host, resource)) }
}

/// Whether a host can give what is asked of it when the containers that `grows` names have grown by `percent`.
fn holds(
    layout: &Layout,
    content: &[Vec<ContainerIndex>],
    host: HostIndex,
    resource: ResourceIndex,
    grows: &dyn Fn(ContainerIndex) -> bool,
    percent: u64,
) -> bool {
    let asked = content[host].iter().map(|&container| {
        let request = u128::from(layout.request(container, resource));
        if grows(container) { (request * u128::from(100 + percent)).div_ceil(100) } else { request }
    });
    asked.sum::<u128>() <= u128::from(layout.lab.hosts[host].allocatable[resource])
}
