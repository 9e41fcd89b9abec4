//! `bayplan/fit/1`.

use serde::Serialize;

use super::parts::{self, Changes, Gate, Grounds, Host, Pool, Proven, Refused, Step, Targets, Wishes};
use super::{Timing, why, write};
use crate::fit::{Evicted, Fit, Fits};
use crate::model::{Layout, StartupIndex};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    answer: &'static str,
    #[serde(flatten)]
    gate: Gate,
    /// Where any amount is not the document's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    rests_on: Option<Grounds>,
    arrivals: Vec<Arrival>,
    /// The containers that stop for them, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    evicted: Option<Vec<String>>,
    /// Whether less priority, or fewer containers of that, are proven not to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    evicted_least: Option<bool>,
    hosts: Vec<Host>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pools: Vec<Pool>,
    /// Where any host has a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Targets>,
    /// Where anything is wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    wishes: Option<Wishes>,
    /// What is to be done, where the answer is yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Changes>,
    moves: Vec<Step>,
    fewest_moves: bool,
    /// The steps on which some containers stop for a while, where no others make room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pause: Option<Vec<Step>>,
    refusals: Vec<Refused>,
    why: Option<why::Blamed>,
    remedies: Vec<why::Change>,
    left_out: Vec<String>,
    how_many_more: u64,
    how_many_more_proven: bool,
    bottleneck: Option<String>,
    proof: Proven,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing: Option<Timing>,
}

/// A container that comes, and where to; null where it does not fit.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Arrival {
    container: String,
    host: Option<String>,
}

/// The whole answer.
pub fn fit(fit: &Fit, timing: Option<Timing>) -> String {
    let layout = &fit.layout;
    write(&Document {
        schema: "bayplan/fit/1",
        answer: name(fit.answer),
        gate: parts::gate(layout),
        rests_on: parts::grounds(layout),
        arrivals: arrivals(fit),
        evicted: fit.evicted.as_ref().map(|evicted| match evicted {
            Evicted::These { containers, .. } => containers.clone(),
            Evicted::Nobody | Evicted::InVain | Evicted::Unknown => Vec::new(),
        }),
        evicted_least: match &fit.evicted {
            Some(Evicted::These { least, .. }) => Some(*least),
            _ => None,
        },
        hosts: parts::hosts(layout, &fit.hosts),
        pools: parts::pools(layout, &fit.hosts),
        target: parts::targets(layout, &fit.after),
        wishes: parts::wishes(layout, &fit.after),
        changes: fit.changes.as_ref().map(|found| parts::changes(layout, found)),
        moves: parts::moves(layout, &fit.moves),
        fewest_moves: fit.fewest_moves,
        pause: fit.pause.as_ref().map(|pause| parts::pause(layout, pause)),
        refusals: parts::refusals(layout, &fit.refusals),
        why: fit.why.as_ref().map(|found| why::blamed(layout, found)),
        remedies: why::remedies(&fit.remedies),
        left_out: names(layout, &fit.left_out),
        how_many_more: fit.how_many_more,
        how_many_more_proven: fit.how_many_more_proven,
        bottleneck: fit.bottleneck.map(|resource| parts::resource(layout, resource)),
        proof: Proven::from(&fit.proof),
        timing,
    })
}

fn name(answer: Fits) -> &'static str {
    match answer {
        Fits::AsIs => "as-is",
        Fits::WithMoves => "with-moves",
        Fits::No => "no",
        Fits::Unknown => "unknown",
    }
}

fn arrivals(fit: &Fit) -> Vec<Arrival> {
    let fits = matches!(fit.answer, Fits::AsIs | Fits::WithMoves);
    let containers = fit.arrivals.iter().flat_map(|&startup| fit.layout.demand.containers_of(startup));
    let mut arrivals: Vec<Arrival> = containers
        .map(|container| Arrival {
            container: fit.layout.container_id(container),
            host: fit.after.spot(container).filter(|_| fits).map(|spot| fit.layout.spot_name(spot)),
        })
        .collect();
    arrivals.sort();
    arrivals
}

fn names(layout: &Layout, startups: &[StartupIndex]) -> Vec<String> {
    let mut names: Vec<String> = startups.iter().map(|&s| layout.demand.startups[s].name.clone()).collect();
    names.sort();
    names
}
