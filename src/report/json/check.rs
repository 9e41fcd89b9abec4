//! `bayplan/check/1`.

use serde::Serialize;

use super::parts::{self, At, Costs, Gate, Grounds, Growth, Host, Pool, Targets, Volume, Wishes};
use super::survival::{Survival, survival};
use super::{Timing, write};
use crate::check::{self, ViolationKind};
use crate::model::{HostUse, Layout, Placement};
use crate::plan::Outlook;

#[derive(Serialize)]
struct CheckJson {
    schema: &'static str,
    valid: bool,
    violations: Vec<Violation>,
    hosts: Vec<Host>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pools: Vec<Pool>,
    /// Where any host has a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Targets>,
    /// Where anything is wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    wishes: Option<Wishes>,
    unplaced: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    growth: Option<Growth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    survival: Option<Survival>,
    #[serde(skip_serializing_if = "Option::is_none")]
    costs: Option<Costs>,
    #[serde(flatten)]
    gate: Gate,
    /// Where any amount is not the document's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    rests_on: Option<Grounds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing: Option<Timing>,
}

#[derive(Serialize)]
struct Violation {
    code: &'static str,
    host: Option<String>,
    containers: Vec<String>,
    #[serde(flatten)]
    volume: Option<Volume>,
    at: Option<At>,
    /// The line that it offends.
    because: Option<At>,
    message: String,
}

/// The whole answer.
pub fn check(
    layout: &Layout,
    placement: &Placement,
    hosts: &[HostUse],
    violations: &[check::Violation],
    outlook: &Outlook,
    timing: Option<Timing>,
) -> String {
    let unplaced = violations.iter().filter(|violation| violation.kind == ViolationKind::Unplaced);
    let unplaced: Vec<_> = unplaced.flat_map(|violation| violation.containers.clone()).collect();
    write(&CheckJson {
        schema: "bayplan/check/1",
        valid: violations.is_empty(),
        violations: violations.iter().map(|one| violation(layout, one)).collect(),
        hosts: parts::hosts(layout, hosts),
        pools: parts::pools(layout, hosts),
        target: parts::targets(layout, placement),
        wishes: parts::wishes(layout, placement),
        unplaced: parts::ids(layout, &unplaced),
        growth: outlook.growth.as_ref().map(|growth| parts::growth(layout, growth)),
        survival: survival(layout, placement, outlook.survival.as_ref()),
        costs: outlook.costs.as_ref().map(|costs| parts::costs(layout, costs)),
        gate: parts::gate(layout),
        rests_on: parts::grounds(layout),
        timing,
    })
}

fn violation(layout: &Layout, violation: &check::Violation) -> Violation {
    let volume = match violation.kind {
        ViolationKind::OverCapacity { resource, requested, allocatable }
        | ViolationKind::PoolOverCapacity { resource, requested, allocatable }
        | ViolationKind::Agents { resource, requested, allocatable, .. } => {
            Some(Volume { resource: parts::resource(layout, resource), requested, allocatable })
        }
        _ => None,
    };
    Violation {
        code: violation.kind.code(),
        host: violation.host.map(|host| layout.lab.hosts[host].name.clone()),
        containers: parts::ids(layout, &violation.containers),
        volume,
        at: parts::at(layout, violation.at),
        because: parts::at(layout, violation.because),
        message: violation.message(layout),
    }
}
