//! `bayplan/roadmap/1`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::parts::{self, Gate, Grounds, Host, Pool, Proven, Step, Targets, Wishes};
use super::{Timing, compare, why, write};
use crate::model::{Begins, Layout};
use crate::roadmap::{self, Change, Needed, Roadmap, Stage};

#[derive(Serialize)]
struct RoadmapJson<'a> {
    schema: &'static str,
    /// `feasible`, `infeasible` where a phase is proven not to fit, else `unknown`.
    status: &'static str,
    #[serde(flatten)]
    gate: Gate,
    /// Where any amount is not the document's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    rests_on: Option<Grounds>,
    /// The first phase that is not shown to fit.
    first_misfit: Option<String>,
    /// How many containers move in all.
    moves: u64,
    /// No roadmap has fewer moves.
    bound: u64,
    /// The phases that stand as one arrangement.
    runs: Vec<Vec<String>>,
    /// What is carried over, where a goal counts it, in bytes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    carried: BTreeMap<&'static str, u64>,
    phases: Vec<Phase<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing: Option<Timing>,
}

#[derive(Serialize)]
struct Phase<'a> {
    name: String,
    title: Option<String>,
    /// The day on which it begins.
    date: Option<String>,
    /// The number of startups with which it begins.
    startups: Option<u64>,
    status: &'static str,
    comes: Things,
    goes: Things,
    /// What hosts and containers give, cost and ask for otherwise than in the phase before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    becomes: Vec<compare::Change<'a>>,
    /// The kinds of hosts that give more from now on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    upgrades: Vec<Upgrade<'a>>,
    moves: Vec<Step>,
    hosts: Vec<Host>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pools: Vec<Pool>,
    unplaced: Vec<String>,
    /// What is above targets in the phase; absent where no host has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Targets>,
    /// The wishes of the phase and those that are not met; absent where nothing is wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    wishes: Option<Wishes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<Proven>,
    why: Option<why::Blamed>,
    remedies: Vec<why::Change>,
}

/// A kind of host, and by when it is needed that it gives more.
#[derive(Serialize)]
struct Upgrade<'a> {
    host: &'a str,
    /// `by`, `never` (no phase needs it) or `unknown`.
    needed: &'static str,
    /// The first phase that does not fit without.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
}

#[derive(Serialize)]
struct Things {
    startups: Vec<String>,
    containers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    agents: Vec<String>,
    hosts: Vec<String>,
    tools: Vec<String>,
}

/// The whole answer.
pub fn roadmap(roadmap: &Roadmap, timing: Option<Timing>) -> String {
    let name = |phase: &usize| roadmap.whole.phases[*phase].name.clone();
    write(&RoadmapJson {
        schema: "bayplan/roadmap/1",
        status: roadmap.status().name(),
        gate: parts::gate(&roadmap.whole),
        rests_on: parts::grounds(&roadmap.whole),
        first_misfit: roadmap.first_misfit().map(|stage| name(&stage.phase)),
        moves: roadmap.moves,
        bound: roadmap.bound,
        runs: roadmap.runs.iter().map(|run| run.iter().map(name).collect()).collect(),
        carried: parts::carried(&roadmap.burden()),
        phases: roadmap.stages.iter().map(|stage| phase(&roadmap.whole, stage)).collect(),
        timing,
    })
}

fn phase<'a>(whole: &'a Layout, stage: &'a Stage) -> Phase<'a> {
    let of = &whole.phases[stage.phase];
    let moves = stage.moves.iter().map(|&(it, from, to)| parts::step(whole, it, Some(from), Some(to)));
    let plan = stage.refused.as_ref();
    Phase {
        name: of.name.clone(),
        title: of.title.clone(),
        date: match &of.begins {
            Begins::Date(day) => Some(day.clone()),
            _ => None,
        },
        startups: match of.begins {
            Begins::Startups(many) => Some(many),
            _ => None,
        },
        status: stage.status.name(),
        comes: things(whole, &stage.comes),
        goes: things(whole, &stage.goes),
        becomes: stage.becomes.iter().map(compare::change).collect(),
        upgrades: stage.upgrades.iter().map(|it| upgrade(whole, it)).collect(),
        moves: moves.collect(),
        hosts: parts::hosts(&stage.layout, &stage.hosts),
        pools: parts::pools(&stage.layout, &stage.hosts),
        unplaced: parts::ids(&stage.layout, &stage.placement.unplaced().collect::<Vec<_>>()),
        target: parts::targets(&stage.layout, &stage.placement),
        wishes: parts::wishes(&stage.layout, &stage.placement),
        proof: plan.map(|plan| Proven::from(&plan.proof)),
        why: plan.and_then(|plan| plan.why.as_ref()).map(|found| why::blamed(&stage.layout, found)),
        remedies: plan.map_or_else(Vec::new, |plan| why::remedies(&plan.remedies)),
    }
}

fn upgrade<'a>(whole: &'a Layout, upgrade: &roadmap::Upgrade) -> Upgrade<'a> {
    let (needed, by) = match upgrade.needed {
        Needed::By(phase) => ("by", Some(whole.phases[phase].name.as_str())),
        Needed::Never => ("never", None),
        Needed::Unknown => ("unknown", None),
    };
    Upgrade { host: &whole.lab.hosts[upgrade.kind].kind, needed, by }
}

fn things(whole: &Layout, change: &Change) -> Things {
    let tool = |category: &usize| {
        let category = &whole.toolbox.categories[*category];
        category.chosen_tool().map(str::to_owned)
    };
    Things {
        startups: change.startups.iter().map(|&it| whole.demand.startups[it].name.clone()).collect(),
        containers: parts::ids(whole, &change.containers),
        agents: change.agents.iter().map(|&agent| whole.service_id(agent)).collect(),
        hosts: change.hosts.iter().map(|&it| whole.lab.hosts[it].name.clone()).collect(),
        tools: change.tools.iter().filter_map(tool).collect(),
    }
}
