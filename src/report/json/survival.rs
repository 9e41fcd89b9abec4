//! What follows the loss of hosts, in JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::parts::{self, Amounts};
use crate::model::{ContainerIndex, HostIndex, Layout, Placement, ServiceIndex, Spot};
use crate::plan;
use crate::report::pages::survival::{aftermath, line};
use crate::solve::Outcome;

/// What follows each loss.
#[derive(Debug, Serialize)]
pub struct Survival {
    /// So many hosts may be lost at once.
    hosts: usize,
    /// Labels, all hosts with one value of which may be lost at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
    /// Whether what is not lost may move.
    moves: bool,
    /// Containers that may stop.
    except: Vec<String>,
    /// Null where it is not known.
    holds: Option<bool>,
    losses: Vec<Loss>,
    /// What each host must have free for what a loss brings; hosts that need nothing are left out.
    kept: BTreeMap<String, Amounts>,
}

#[derive(Debug, Serialize)]
struct Loss {
    lost: Vec<String>,
    /// Where these are all hosts with one value of a label.
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<Domain>,
    /// `survived`, `impossible` or `unknown`.
    outcome: &'static str,
    /// What was on the hosts lost, and where it goes.
    goes: BTreeMap<String, String>,
    /// What was not lost and moves to make room, and where to.
    moves: BTreeMap<String, String>,
    stops: Vec<String>,
    /// Of what says `keep`: how many run on, where fewer do than ran.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fewer: Vec<Fewer>,
    /// What has a place and cannot run, as what it needs stops.
    idle: Vec<String>,
    sentence: String,
}

/// How many replicas run on.
#[derive(Debug, Serialize)]
pub struct Fewer {
    container: String,
    run: usize,
    of: usize,
}

/// All hosts with a value of a label.
#[derive(Debug, Serialize)]
struct Domain {
    label: String,
    /// Null where they lack it.
    value: Option<String>,
}

/// These in JSON.
pub fn fewer(layout: &Layout, some: &[(ServiceIndex, usize, usize)]) -> Vec<Fewer> {
    some.iter().map(|&(service, run, of)| Fewer { container: layout.service_id(service), run, of }).collect()
}

/// What follows each loss that `layout` is to survive; `None` where it is to survive none.
pub fn survival(layout: &Layout, placement: &Placement, found: Option<&plan::Survival>) -> Option<Survival> {
    let (survive, found) = (layout.survive.as_ref()?, found?);
    let by_id = |by_host: &[(Spot, Vec<ContainerIndex>)]| {
        let pairs = by_host.iter().flat_map(|(host, its)| its.iter().map(move |it| (*it, *host)));
        pairs.map(|(it, spot)| (layout.container_id(it), layout.spot_name(spot))).collect()
    };
    let loss = |loss: &crate::solve::Loss| {
        let after = aftermath(layout, placement, loss);
        Loss {
            lost: loss.lost.iter().map(|&host| layout.lab.hosts[host].name.clone()).collect(),
            domain: survive
                .domain(&layout.lab, &loss.lost)
                .map(|(label, value)| Domain { label: label.to_owned(), value: value.cloned() }),
            outcome: match loss.outcome {
                Outcome::Survived(_) => "survived",
                Outcome::Impossible(_) => "impossible",
                Outcome::Unknown => "unknown",
            },
            goes: by_id(&after.goes),
            moves: by_id(&after.moves),
            stops: parts::ids(layout, &after.stops),
            fewer: fewer(layout, &after.fewer),
            idle: parts::ids(layout, &after.idle),
            sentence: line(layout, placement, loss, &after),
        }
    };
    let kept = found.kept.iter().enumerate().filter(|(_, amounts)| amounts.iter().any(|amount| *amount > 0));
    Some(Survival {
        hosts: survive.hosts,
        labels: survive.labels.clone(),
        moves: survive.moves,
        except: parts::ids(layout, &survive.except),
        holds: found.holds(),
        losses: found.losses.iter().map(loss).collect(),
        kept: kept
            .map(|(host, amounts)| {
                (layout.lab.hosts[host].name.clone(), parts::budgeted(layout, HostIndex(host), amounts.iter().copied()))
            })
            .collect(),
    })
}
