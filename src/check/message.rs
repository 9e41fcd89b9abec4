//! A violation in words.

use super::{Violation, ViolationKind};
use crate::diagnostic::quoted;
use crate::model::{ContainerIndex, HostIndex, Layout, Spot};
use crate::quantity::Resource;

/// More containers than this are counted, not listed.
const LISTED: usize = 6;

impl Violation {
    /// One sentence for people: lower case, no full stop, names in backticks. `layout` is the one that was checked.
    pub fn message(&self, layout: &Layout) -> String {
        let who = list(self.containers.iter().map(|&container| layout.container_id(container)));
        let host = match self.host {
            Some(host) => list_hosts(layout, &[host]),
            None => "no host".to_owned(),
        };
        match &self.kind {
            ViolationKind::OverCapacity { resource, requested, allocatable } => {
                let resource = &layout.lab.resources[*resource];
                if *resource == Resource::Containers {
                    return format!("{host}: {requested} containers are on it, which takes {allocatable}");
                }
                let over = resource.show(requested.saturating_sub(*allocatable));
                let [requested, allocatable] = resource.both(*requested, *allocatable);
                if resource.is_limits() {
                    let name = resource.name();
                    return format!("{host}: {name} add up to {requested} of {allocatable} allowed ({over} over)");
                }
                format!("{host}: {} asks {requested} of {allocatable} allocatable ({over} over)", resource.name())
            }
            ViolationKind::CarrierOverCapacity { carrier, resource, requested, allocatable } => {
                let resource = &layout.lab.resources[*resource];
                let over = resource.show(requested.saturating_sub(*allocatable));
                let [requested, allocatable] = resource.both(*requested, *allocatable);
                let (name, carrier) = (resource.name(), quoted(&layout.container_id(*carrier)));
                format!("{carrier} on {host}: {name} asks {requested} of {allocatable} offered ({over} over)")
            }
            ViolationKind::NotInside { spot } => {
                let here = quoted(&layout.spot_name(*spot));
                let inside = self.containers.first().and_then(|&it| layout.demand.service_of(it).inside.as_ref());
                match (spot, inside) {
                    (Spot::Host(_), Some(inside)) => {
                        format!(
                            "{who} lies directly on {here}, not in a carrier: its `inside` is {}",
                            quoted(&inside.written)
                        )
                    }
                    (_, Some(inside)) => {
                        format!("{who} may not lie in {here}: its `inside` is {}", quoted(&inside.written))
                    }
                    (_, None) => format!("{who} may not lie in {here}: it says no `inside`"),
                }
            }
            ViolationKind::PoolOverCapacity { resource, requested, allocatable } => {
                let of = &layout.lab.resources[*resource];
                let pool = layout.lab.pool_of(*resource).map_or("", |pool| &pool.name);
                let over = of.show(requested.saturating_sub(*allocatable));
                let [requested, allocatable] = of.both(*requested, *allocatable);
                let of = of.base().name();
                format!("pool `{pool}`: {of} asks {requested} of {allocatable} allocatable ({over} over)")
            }
            ViolationKind::PoolOutOfReach => {
                let pool = self.containers.first().and_then(|&container| layout.demand.service_of(container).pool);
                let pool = pool.map_or("", |pool| &layout.lab.pools[pool].name);
                format!("{who} may not run on {host}: its pool `{pool}` is not reachable from there")
            }
            ViolationKind::Agents { resource, requested, allocatable, agents } => {
                let resource = &layout.lab.resources[*resource];
                let who = list(agents.iter().map(|&agent| layout.service_id(agent)));
                if *resource == Resource::Containers {
                    return format!("the agents on {host} are {requested}, and it takes {allocatable}: {who}");
                }
                let [requested, allocatable] = resource.both(*requested, *allocatable);
                let name = resource.name();
                if resource.is_limits() {
                    return format!(
                        "the {name} of the agents on {host} are {requested} of {allocatable} allowed: {who}"
                    );
                }
                format!("the agents on {host} need {requested} of its {allocatable} of {name}: {who}")
            }
            ViolationKind::NotAllowed => format!("{who} may not run on {host}: {}", allowed(layout, &self.containers)),
            ViolationKind::ApartByHost => format!("{who} must be on different hosts, but share {host}"),
            ViolationKind::ApartByLabel { label, value: Some(value) } => {
                let here = quoted(&format!("{label}: {value}"));
                format!("{who} must be on hosts that differ in {}, but are on {here}", quoted(label))
            }
            ViolationKind::ApartByLabel { label, value: None } => {
                format!("{who} must be on hosts that differ in {}, but are on hosts without it", quoted(label))
            }
            ViolationKind::ApartByCarrier { spot: Spot::Carrier(carrier) } => {
                format!("{who} must be in different carriers, but share {}", quoted(&layout.container_id(*carrier)))
            }
            ViolationKind::ApartByCarrier { spot: Spot::Host(host) } => {
                format!("{who} must not lie directly on one host, but share {}", list_hosts(layout, &[*host]))
            }
            ViolationKind::Together { spots } => {
                let here = list(spots.iter().map(|&spot| layout.spot_name(spot)));
                match spots.first() {
                    Some(Spot::Carrier(_)) => format!("{who} must share one carrier, but are in {here}"),
                    _ => format!("{who} must share one host, but are on {here}"),
                }
            }
            ViolationKind::AtMost { per, value, most } => {
                let here = match (per.as_str(), value) {
                    ("host", _) => format!("on {host}"),
                    ("lab", _) => "in the lab".to_owned(),
                    ("carrier", Some(carrier)) => format!("in {}", quoted(carrier)),
                    (label, Some(value)) => format!("on {}", quoted(&format!("{label}: {value}"))),
                    (label, None) => format!("on hosts without {}", quoted(label)),
                };
                format!("{who} are {} {here}, where at most {most} may be", self.containers.len())
            }
            ViolationKind::Spread { over, most, least, skew } => {
                let over = match over.as_str() {
                    "host" => "hosts".to_owned(),
                    "carrier" => "carriers".to_owned(),
                    label => quoted(label),
                };
                format!(
                    "{who} are not spread evenly over {over}: {most} on one, {least} on another, {skew} apart at most"
                )
            }
            ViolationKind::Drained => format!("{who} is new on {host}, which is being drained"),
            ViolationKind::Planned => format!("{who} is on {host}, which is only planned"),
            ViolationKind::NotSurvived { lost } => {
                let lost = match layout.survive.as_ref().and_then(|survive| survive.domain(&layout.lab, lost)) {
                    Some(_) => layout.lost(lost),
                    None => list_hosts(layout, lost),
                };
                format!("the loss of {lost} is not survived: {who} cannot all be placed again")
            }
            ViolationKind::Unplaced => format!("{who} is not placed"),
        }
    }
}

/// What the `on:` of the container that is elsewhere does name.
fn allowed(layout: &Layout, containers: &[ContainerIndex]) -> String {
    let on = containers.first().and_then(|&container| layout.demand.service_of(container).on.as_deref());
    match on {
        Some(hosts) if !hosts.is_empty() => format!("its `on` allows {}", list_hosts(layout, hosts)),
        _ => "its `on` allows no host".to_owned(),
    }
}

fn list_hosts(layout: &Layout, hosts: &[HostIndex]) -> String {
    list(hosts.iter().map(|&host| layout.lab.hosts[host].name.clone()))
}

/// `a`, `b` and `c`, or the first few and how many more.
pub(super) fn list(names: impl ExactSizeIterator<Item = String>) -> String {
    let count = names.len();
    let shown = if count > LISTED { LISTED - 1 } else { count };
    let mut parts: Vec<String> = names.take(shown).map(|name| format!("`{name}`")).collect();
    if shown < count {
        parts.push(format!("{} more", count - shown));
    }
    match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => parts.concat(),
    }
}
