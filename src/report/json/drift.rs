//! `bayplan/drift/1`.

use serde::Serialize;

use super::parts::{self, At, Proven, Step};
use super::rightsize::{AboveJson, one_above};
use super::{Timing, write};
use crate::check::Violation;
use crate::diagnostic::Place;
use crate::document::Source;
use crate::model::Layout;
use crate::operate::drift::{Drift, Missing, Unplanned, Why, name_of};
use crate::operate::names::{NoMatch, Whom};
use crate::report::pages::drift::why;

#[derive(Serialize)]
struct DriftJson {
    schema: &'static str,
    drift: bool,
    /// How many containers are planned, and how many of these run there.
    planned: usize,
    as_planned: usize,
    elsewhere: Vec<ElsewhereJson>,
    not_running: Vec<MissingJson>,
    not_in_plan: Vec<UnplannedJson>,
    above: Vec<AboveJson>,
    /// What is wrong with where everything runs.
    violations: Vec<ViolationJson>,
    /// What is wrong with the plan itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    plan_violations: Vec<ViolationJson>,
    /// The way back; absent where there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    moves: Option<Vec<Step>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moves_proof: Option<Proven>,
    /// The steps on which some containers stop for a while, where no others lead there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pause: Option<Vec<Step>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing: Option<Timing>,
}

#[derive(Serialize)]
struct ElsewhereJson {
    container: String,
    planned: String,
    runs: String,
    at: Option<At>,
}

#[derive(Serialize)]
struct MissingJson {
    container: String,
    planned: Option<String>,
}

#[derive(Serialize)]
struct UnplannedJson {
    name: String,
    on: Option<String>,
    /// `unknown`, `ambiguous`, `not-placed`, `too-many`, `not-there` or `twice`.
    why: &'static str,
    /// The ids that it is, or may be.
    ids: Vec<String>,
    message: String,
    at: Option<At>,
}

#[derive(Serialize)]
struct ViolationJson {
    code: &'static str,
    containers: Vec<String>,
    message: String,
}

/// The whole answer; `sources` are the files that say what runs.
pub fn drift(layout: &Layout, drift: &Drift, sources: &[Source], timing: Option<Timing>) -> String {
    let name = |file: usize| sources.get(file).map(|source| source.name.as_str());
    let at = |at: Place| parts::at_in(name, Some(at).filter(|at| at.line > 0));
    let planned = layout.placement.as_ref();
    let steps = drift.steps.as_ref();
    write(&DriftJson {
        schema: "bayplan/drift/1",
        drift: !drift.is_none(),
        planned: drift.planned,
        as_planned: drift.as_planned,
        elsewhere: (drift.elsewhere.iter())
            .map(|it| ElsewhereJson {
                container: layout.container_id(it.container),
                planned: layout.spot_name(it.planned),
                runs: name_of(layout, &it.runs),
                at: at(it.at),
            })
            .collect(),
        not_running: (drift.missing.iter())
            .map(|it| match *it {
                Missing::Container(container) => MissingJson {
                    container: layout.container_id(container),
                    planned: planned.and_then(|it| it.spot(container)).map(|spot| layout.spot_name(spot)),
                },
                Missing::Agent(service, host) => MissingJson {
                    container: layout.agent_id(service, host),
                    planned: Some(layout.lab.hosts[host].name.clone()),
                },
            })
            .collect(),
        not_in_plan: drift.unplanned.iter().map(|it| unplanned(layout, it, at(it.at))).collect(),
        above: drift.above.iter().map(|it| one_above(layout, it)).collect(),
        violations: violations(layout, &drift.violations),
        plan_violations: violations(layout, &drift.of_plan),
        moves: steps.map(|steps| parts::steps(layout, steps)),
        moves_proof: steps.map(parts::order_proof),
        pause: steps.and_then(|steps| Some(parts::pause(layout, steps.pause.as_ref()?))),
        timing,
    })
}

fn violations(layout: &Layout, violations: &[Violation]) -> Vec<ViolationJson> {
    let one = |it: &Violation| ViolationJson {
        code: it.kind.code(),
        containers: parts::ids(layout, &it.containers),
        message: it.message(layout),
    };
    violations.iter().map(one).collect()
}

fn unplanned(layout: &Layout, one: &Unplanned, at: Option<At>) -> UnplannedJson {
    let id = |whom: &Whom| match whom {
        Whom::Container(container) => layout.container_id(*container),
        Whom::Service(service) => layout.service_id(*service),
    };
    let (kind, ids) = match &one.why {
        Why::Name(NoMatch::Unknown) => ("unknown", Vec::new()),
        Why::Name(NoMatch::Several(ids)) => ("ambiguous", ids.clone()),
        Why::NotPlaced(whom) => ("not-placed", vec![id(whom)]),
        Why::TooMany(service) => ("too-many", vec![layout.service_id(*service)]),
        Why::NotThere(service) => ("not-there", vec![layout.service_id(*service)]),
        Why::Twice(container) => ("twice", vec![layout.container_id(*container)]),
    };
    UnplannedJson { name: one.name.clone(), on: one.on.clone(), why: kind, ids, message: why(layout, &one.why), at }
}
