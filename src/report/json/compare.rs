//! `bayplan/compare/1`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Number;

use super::{Timing, write};
use crate::compare::{self, Better, Comparison, MetricValue, Use};
use crate::model::GoalValue;
use crate::report::json::parts;

/// `compare`.
#[derive(Serialize)]
pub(super) struct ComparisonJson<'a> {
    schema: &'static str,
    same: bool,
    /// What is to be done on the way from the first to the second.
    to_do: ToDo,
    a: &'a str,
    b: &'a str,
    added: Vec<Placed<'a>>,
    removed: Vec<Placed<'a>>,
    moved: Vec<Moved<'a>>,
    changes: Vec<Change<'a>>,
    hosts: Vec<Host<'a>>,
    /// The wishes that only one of the two does not meet; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    unmet: Option<Unmet<'a>>,
    metrics: Vec<Metric<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing: Option<Timing>,
}

/// What each of the two alone does not meet.
#[derive(Serialize)]
struct Unmet<'a> {
    a: &'a [String],
    b: &'a [String],
}

/// So many containers move, start and stop.
#[derive(Serialize)]
struct ToDo {
    r#move: usize,
    start: usize,
    stop: usize,
    /// What is carried over, where a goal counts it, in bytes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    carried: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Placed<'a> {
    container: &'a str,
    host: Option<&'a str>,
}

/// Null stands for not placed.
#[derive(Serialize)]
struct Moved<'a> {
    container: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
}

/// A key that changed; without a key the thing itself is new (`a` is null) or gone.
#[derive(Serialize)]
pub(super) struct Change<'a> {
    kind: &'static str,
    name: &'a str,
    key: Option<&'a str>,
    a: Option<&'a str>,
    b: Option<&'a str>,
}

/// Null where a layout does not have the host.
#[derive(Serialize)]
struct Host<'a> {
    name: &'a str,
    a: Option<Side<'a>>,
    b: Option<Side<'a>>,
}

#[derive(Serialize)]
struct Side<'a> {
    used: BTreeMap<&'a str, u64>,
    allocatable: BTreeMap<&'a str, u64>,
    /// The startups that stop when the host dies.
    stops: &'a [String],
}

#[derive(Serialize)]
struct Metric<'a> {
    name: String,
    a: Option<Number>,
    b: Option<Number>,
    better: Option<&'static str>,
    /// Which of the two is a lower bound only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    at_least: Vec<&'static str>,
    /// Whose share it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    a_at: Option<Whose<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b_at: Option<Whose<'a>>,
}

#[derive(Serialize)]
struct Whose<'a> {
    host: &'a str,
    resource: &'a str,
}

/// The whole answer.
pub fn compare(comparison: &Comparison, timing: Option<Timing>) -> String {
    write(&answer(comparison, timing))
}

/// The answer, for others to hold.
pub(super) fn answer(comparison: &Comparison, timing: Option<Timing>) -> ComparisonJson<'_> {
    let Comparison { names: [a, b], added, removed, moved, carried, changes, hosts, unmet, metrics } = comparison;
    let carried: Vec<_> = carried.iter().map(|&(load, bytes, _)| (load, bytes)).collect();
    let [moves, start, stop] = comparison.to_do();
    ComparisonJson {
        schema: "bayplan/compare/1",
        same: comparison.is_same(),
        to_do: ToDo { r#move: moves, start, stop, carried: parts::carried(&carried) },
        unmet: unmet.iter().any(|it| !it.is_empty()).then_some(Unmet { a: &unmet[0], b: &unmet[1] }),
        a,
        b,
        added: added.iter().map(placed).collect(),
        removed: removed.iter().map(placed).collect(),
        moved: moved
            .iter()
            .map(|compare::Moved { container, from, to }| Moved { container, from: from.as_deref(), to: to.as_deref() })
            .collect(),
        changes: changes.iter().map(change).collect(),
        hosts: hosts.iter().map(host).collect(),
        metrics: metrics.iter().map(metric).collect(),
        timing,
    }
}

fn placed(compare::Placed { container, host }: &compare::Placed) -> Placed<'_> {
    Placed { container, host: host.as_deref() }
}

pub(super) fn change(compare::Change { kind, name, key, a, b }: &compare::Change) -> Change<'_> {
    Change { kind: kind.name(), name, key: key.as_deref(), a: a.as_deref(), b: b.as_deref() }
}

fn host(compare::HostPair { name, there: _, resources, stops }: &compare::HostPair) -> Host<'_> {
    let amounts = |side: usize, of: fn(Use) -> u64| -> BTreeMap<&str, u64> {
        let known = resources.iter().filter_map(|pair| Some((pair.resource.resource.name(), of(pair.sides[side]?))));
        known.collect()
    };
    let side = |side: usize| {
        stops[side].as_ref().map(|stops| Side {
            used: amounts(side, |it| it.used),
            allocatable: amounts(side, |it| it.allocatable),
            stops,
        })
    };
    Host { name, a: side(0), b: side(1) }
}

fn metric(compare::Metric { name, values, better }: &compare::Metric) -> Metric<'_> {
    let at_least = |(value, side): (&Option<MetricValue>, &'static str)| {
        matches!(value, Some(MetricValue::AtLeast(_))).then_some(side)
    };
    Metric {
        name: name.name(),
        a: values[0].as_ref().map(number),
        b: values[1].as_ref().map(number),
        better: better.map(|better| match better {
            Better::A => "a",
            Better::B => "b",
        }),
        at_least: values.iter().zip(["a", "b"]).filter_map(at_least).collect(),
        a_at: whose(&values[0]),
        b_at: whose(&values[1]),
    }
}

fn number(value: &MetricValue) -> Number {
    match value {
        MetricValue::Count(count) | MetricValue::AtLeast(count) | MetricValue::Amount(count) => Number::from(*count),
        MetricValue::Millionths(amount) => parts::number(GoalValue::Millionths(*amount)),
        MetricValue::Above(parts) => parts::number(GoalValue::Above(*parts)),
        MetricValue::Share(share, _) => parts::number(GoalValue::Share(*share)),
    }
}

fn whose(value: &Option<MetricValue>) -> Option<Whose<'_>> {
    match value {
        Some(MetricValue::Share(_, Some((host, resource)))) => Some(Whose { host, resource: resource.name() }),
        _ => None,
    }
}
