//! `bayplan/rightsize/1`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Number;

use super::parts::{self, At};
use super::{Timing, write};
use crate::model::{GoalValue, Layout};
use crate::operate::names::{NoMatch, Whom};
use crate::operate::rightsize::{Figure, Proposal, Proposed, Rightsize, Sized, holding};
use crate::operate::usage::{Above, Reckoning};
use crate::plan::{Plan, Room};
use crate::report::pages::rightsize::called;
use crate::solve::Status;

#[derive(Serialize)]
struct RightsizeJson {
    schema: &'static str,
    reckoning: ReckoningJson,
    /// Whether nothing was measured more than once.
    snapshot: bool,
    /// By where they are written.
    containers: Vec<SizedJson>,
    above: Vec<AboveJson>,
    unmatched: Vec<Unmatched>,
    unmeasured: Vec<String>,
    before: Side,
    after: Side,
    /// The hosts that hold nothing any more.
    freed: Vec<String>,
    /// The startups that find a place then, and did not.
    fit_then: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing: Option<Timing>,
}

#[derive(Serialize)]
struct ReckoningJson {
    /// In percent.
    cpu_percentile: Number,
    memory_headroom: Number,
}

#[derive(Serialize)]
struct SizedJson {
    name: String,
    ids: Vec<String>,
    at: Option<At>,
    /// How many containers were measured.
    measured: usize,
    /// How often, of the one that was measured most often.
    samples: usize,
    figures: BTreeMap<String, FigureJson>,
}

/// Amounts of one container in base units.
#[derive(Serialize)]
struct FigureJson {
    observed: u64,
    /// Null where it is as large as what it holds and stands nowhere.
    asked: Option<u64>,
    /// Null where nothing is proposed.
    proposed: Option<u64>,
    /// `amount`, `limit`, `other-times`, `budget`, `content` or `too-much`.
    by: &'static str,
}

#[derive(Serialize)]
pub(super) struct AboveJson {
    container: String,
    name: String,
    resource: String,
    asked: u64,
    taken: u64,
}

#[derive(Serialize)]
struct Unmatched {
    name: String,
    on: Option<String>,
    /// The ids of which it may be one; empty where it is none.
    may_be: Vec<String>,
}

#[derive(Serialize)]
struct Side {
    status: &'static str,
    hosts: Vec<String>,
    unplaced: Vec<String>,
    /// Why hosts do not take what is not placed.
    refusals: Vec<parts::Refused>,
    /// What all containers ask for together.
    asked: BTreeMap<String, u64>,
    rooms: Vec<RoomJson>,
}

#[derive(Serialize)]
struct RoomJson {
    of: String,
    count: u64,
    proven: bool,
}

/// The whole answer; `before` is the layout as it is.
pub fn rightsize(before: &Layout, answer: &Rightsize, timing: Option<Timing>) -> String {
    let Proposal { reckoning: Reckoning { cpu_percentile, headroom }, sized, above, strangers, unmeasured } =
        &answer.proposal;
    let mut freed: Vec<String> = answer.freed().into_iter().map(|host| before.lab.hosts[host].name.clone()).collect();
    freed.sort();
    let [asked_before, asked_after] = answer.asked(before);
    write(&RightsizeJson {
        schema: "bayplan/rightsize/1",
        reckoning: ReckoningJson {
            cpu_percentile: parts::number(GoalValue::Millionths(*cpu_percentile)),
            memory_headroom: parts::number(GoalValue::Millionths(*headroom)),
        },
        snapshot: answer.proposal.is_snapshot(),
        containers: sized.iter().map(|it| one(before, it)).collect(),
        above: above.iter().map(|it| one_above(before, it)).collect(),
        unmatched: (strangers.iter())
            .map(|it| Unmatched {
                name: it.name.clone(),
                on: it.on.clone(),
                may_be: if let NoMatch::Several(ids) = &it.why { ids.clone() } else { Vec::new() },
            })
            .collect(),
        unmeasured: parts::ids(before, unmeasured),
        before: side(before, &answer.before, asked_before),
        after: side(&answer.layout, &answer.after, asked_after),
        freed,
        fit_then: (answer.now_fit(before).into_iter())
            .map(|startup| before.demand.startups[startup].name.clone())
            .collect(),
        timing,
    })
}

fn one(layout: &Layout, sized: &Sized) -> SizedJson {
    let figure = |figure: &Figure| {
        let by = match figure.proposed {
            Proposed::Amount(_) => "amount",
            Proposed::Limit(_) => "limit",
            Proposed::OtherTimes => "other-times",
            Proposed::Budget => "budget",
            Proposed::Content => "content",
            Proposed::TooMuch => "too-much",
        };
        let Figure { observed, asked, .. } = *figure;
        FigureJson { observed, asked, proposed: figure.proposed.amount(), by }
    };
    SizedJson {
        name: called(layout, sized),
        ids: sized.services.iter().map(|&service| layout.service_id(service)).collect(),
        at: parts::at(layout, Some(sized.at)),
        measured: sized.containers,
        samples: sized.samples,
        figures: sized.figures.iter().map(|it| (parts::resource(layout, it.resource), figure(it))).collect(),
    }
}

/// Who takes more than it asks for.
pub(super) fn one_above(layout: &Layout, above: &Above) -> AboveJson {
    AboveJson {
        container: match above.whom {
            Whom::Container(container) => layout.container_id(container),
            Whom::Service(service) => layout.service_id(service),
        },
        name: above.name.clone(),
        resource: parts::resource(layout, above.resource),
        asked: above.asked,
        taken: above.taken,
    }
}

fn side(layout: &Layout, plan: &Plan, asked: Vec<u64>) -> Side {
    let mut hosts: Vec<String> = match plan.status {
        Status::Unknown => Vec::new(),
        _ => holding(plan).into_iter().map(|host| layout.lab.hosts[host].name.clone()).collect(),
    };
    hosts.sort();
    let asked = layout.lab.resources.iter().zip(asked).filter(|(of, _)| of.is_asked() && !of.is_derived());
    Side {
        status: plan.status.name(),
        hosts,
        unplaced: parts::ids(layout, &plan.unplaced),
        refusals: parts::refusals(layout, &plan.refusals),
        asked: asked.map(|(of, sum)| (of.resource.name().to_owned(), sum)).collect(),
        rooms: (plan.rooms.iter())
            .map(|Room { of, count, proven }| RoomJson { of: of.clone(), count: *count, proven: *proven })
            .collect(),
    }
}
