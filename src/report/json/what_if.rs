//! `bayplan/what-if/1`.

use serde::Serialize;

use super::{Timing, compare, parts, plan, write};
use crate::document::Supposed;
use crate::what_if::WhatIf;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    supposed: Vec<Said<'a>>,
    plan: plan::PlanJson,
    /// What runs now and has to stop, where not everything fits but the rest can run on.
    stops: Vec<String>,
    /// What has a place then and cannot run, as what it needs stops.
    idle: Vec<String>,
    /// Of a document that says `survive`, with a host lost or drained, where a further loss is not survived then.
    #[serde(skip_serializing_if = "Option::is_none")]
    unprotected: Option<Unprotected>,
    /// Null where there is no plan.
    comparison: Option<compare::ComparisonJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing: Option<Timing>,
}

/// That a further loss is not survived.
#[derive(Serialize)]
struct Unprotected {
    /// Whether no arrangement is; else none was found.
    proven: bool,
}

/// What is supposed, as the command line says it.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Said<'a> {
    Lose { host: &'a str },
    Drain { host: &'a str },
    AddHost { host: &'a str, count: u32 },
    Grow { containers: &'a str, resource: &'a str, by: &'a str },
    Without { startup: &'a str },
}

/// The whole answer.
pub fn what_if(supposed: &[Supposed], what_if: &WhatIf, timing: Option<Timing>) -> String {
    write(&Document {
        schema: "bayplan/what-if/1",
        supposed: supposed.iter().map(said).collect(),
        plan: plan::answer(&what_if.layout, &what_if.plan, None),
        stops: parts::ids(&what_if.layout, &what_if.stops),
        idle: parts::ids(&what_if.layout, &what_if.idle),
        unprotected: what_if.unprotected.as_ref().map(|it| Unprotected { proven: it.proven }),
        comparison: what_if.comparison.as_ref().map(|comparison| compare::answer(comparison, None)),
        timing,
    })
}

fn said(supposed: &Supposed) -> Said<'_> {
    match supposed {
        Supposed::Lose(host) => Said::Lose { host },
        Supposed::Drain(host) => Said::Drain { host },
        Supposed::AddHost(host, count) => Said::AddHost { host, count: *count },
        Supposed::Grow { pattern, resource, by } => Said::Grow { containers: pattern, resource, by },
        Supposed::Without(startup) => Said::Without { startup },
    }
}
