//! What every format says alike about two layouts: figures in words, and many names in few lines.

use std::collections::BTreeMap;

use crate::compare::{
    Better, Change, Comparison, HostPair, Metric, MetricName, MetricValue, Moved, Placed, ResourcePair, Thing, Use,
};
use crate::model::{GoalValue, Ratio};
use crate::report::summary::goal_value;
use crate::report::text::{self, clean, count_of};

/// Above this many hosts, one whose loss stops as many startups on both sides is not worth a line.
const FEW_HOSTS: usize = 8;

/// The answer in one sentence: `they differ: 1 container added, 3 containers moved, 2 changes in the document`.
pub fn headline(comparison: &Comparison) -> String {
    if comparison.is_same() {
        return "nothing differs".to_owned();
    }
    let Comparison { added, removed, moved, changes, .. } = comparison;
    let placed = moved.iter().filter(|it| it.from.is_none()).count();
    let unplaced = moved.iter().filter(|it| it.to.is_none()).count();
    let counts = [
        (added.len(), "container", "added"),
        (removed.len(), "container", "removed"),
        (moved.len() - placed - unplaced, "container", "moved"),
        (placed, "container", "placed"),
        (unplaced, "container", "unplaced"),
        (changes.len(), "change", "in the document"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|&(count, noun, what)| format!("{} {what}", count_of(count, noun)))
        .collect();
    format!("they differ: {}", parts.join(", "))
}

/// One figure, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it counts.
    pub label: String,
    /// Its value in the first and in the second layout, `-` for none.
    pub values: [String; 2],
    /// How the second differs; empty where it does not.
    pub delta: String,
    /// Which is better.
    pub better: Option<Better>,
    /// Whose the values are, `nuc memory`, where they are one host's.
    pub whose: Option<[String; 2]>,
}

/// The figures that are worth a line: not those that are nothing on both sides.
pub fn rows(comparison: &Comparison) -> Vec<Row> {
    let many_hosts = comparison.hosts.len() > FEW_HOSTS;
    comparison.metrics.iter().filter(|metric| is_worth_a_line(metric, many_hosts)).map(row).collect()
}

/// `better` or `worse`, for the second layout.
pub fn verdict(better: Option<Better>) -> &'static str {
    match better {
        Some(Better::A) => "worse",
        Some(Better::B) => "better",
        None => "",
    }
}

fn is_worth_a_line(metric: &Metric, many_hosts: bool) -> bool {
    let is_nothing = |value: &Option<MetricValue>| {
        matches!(value, None | Some(MetricValue::Count(0) | MetricValue::Thousandths(0) | MetricValue::Amount(0)))
    };
    match &metric.name {
        MetricName::Violations | MetricName::Price | MetricName::Watts | MetricName::Free(_) => {
            !metric.values.iter().all(is_nothing)
        }
        MetricName::StopsWith(_) => {
            let same = metric.values[0] == metric.values[1];
            !(metric.values.iter().all(is_nothing) || (same && many_hosts))
        }
        _ => true,
    }
}

fn row(metric: &Metric) -> Row {
    let word = |value: &Option<MetricValue>| value.as_ref().map_or("-".to_owned(), |value| show(&metric.name, value));
    Row {
        label: label(&metric.name),
        values: [word(&metric.values[0]), word(&metric.values[1])],
        delta: delta(metric),
        better: metric.better,
        whose: whose(metric),
    }
}

fn label(name: &MetricName) -> String {
    match name {
        MetricName::StartupsPlaced => "startups placed".to_owned(),
        MetricName::ContainersPlaced => "containers placed".to_owned(),
        MetricName::Violations => "violations".to_owned(),
        MetricName::HostsUsed => "hosts used".to_owned(),
        MetricName::Free(resource) => format!("{} free", resource.name()),
        MetricName::FullestHost => "fullest host".to_owned(),
        MetricName::Price => "price".to_owned(),
        MetricName::Watts => "watts".to_owned(),
        MetricName::Room(of) => format!("room for more like `{}`", clean(of)),
        MetricName::StopsWith(host) => format!("startups that stop with {}", clean(host)),
    }
}

fn show(name: &MetricName, value: &MetricValue) -> String {
    match (value, name) {
        (MetricValue::Count(count), _) => count.to_string(),
        (MetricValue::AtLeast(count), _) => format!("at least {count}"),
        (MetricValue::Amount(amount), MetricName::Free(resource)) => resource.show(*amount),
        (MetricValue::Amount(amount), _) => amount.to_string(),
        (MetricValue::Thousandths(amount), _) => goal_value(GoalValue::Thousandths(*amount)),
        (MetricValue::Share(share, _), _) => goal_value(GoalValue::Share(*share)),
    }
}

/// The second less the first, with its sign; for the fullest host, whose it is.
fn delta(metric: &Metric) -> String {
    let signed = |a: u64, b: u64, show: &dyn Fn(u64) -> String| match b.cmp(&a) {
        std::cmp::Ordering::Greater => format!("+{}", show(b - a)),
        std::cmp::Ordering::Less => format!("-{}", show(a - b)),
        std::cmp::Ordering::Equal => String::new(),
    };
    match (&metric.values, &metric.name) {
        ([Some(MetricValue::Count(a)), Some(MetricValue::Count(b))], _) => signed(*a, *b, &|it| it.to_string()),
        ([Some(MetricValue::Amount(a)), Some(MetricValue::Amount(b))], MetricName::Free(resource)) => {
            signed(*a, *b, &|it| resource.show(it))
        }
        ([Some(MetricValue::Thousandths(a)), Some(MetricValue::Thousandths(b))], _) => {
            signed(*a, *b, &|it| goal_value(GoalValue::Thousandths(it)))
        }
        ([Some(MetricValue::Share(a, _)), Some(MetricValue::Share(b, _))], _) if a != b => points(*a, *b),
        _ => String::new(),
    }
}

/// The difference of two shares in percentage points, to a tenth.
fn points(a: Ratio, b: Ratio) -> String {
    let points = (b.as_f64() - a.as_f64()) * 100.0;
    let text = format!("{points:+.1} points");
    if text.starts_with("+0.0") || text.starts_with("-0.0") {
        return if points > 0.0 { "+<0.1 points" } else { "-<0.1 points" }.to_owned();
    }
    text
}

/// The host and the resource that is fullest on each side.
fn whose(metric: &Metric) -> Option<[String; 2]> {
    let whose = |value: &Option<MetricValue>| match value {
        Some(MetricValue::Share(_, Some((host, resource)))) => format!("{} {}", clean(host), clean(resource.name())),
        _ => "-".to_owned(),
    };
    (metric.name == MetricName::FullestHost).then(|| metric.values.each_ref().map(whose))
}

/// Containers that came to or left a host, in short: (`s01..s12/app`, `workstation`); the host is `None` where they
/// have none.
pub fn placed(containers: &[Placed]) -> Vec<(String, Option<String>)> {
    let mut by_host: BTreeMap<&Option<String>, Vec<&str>> = BTreeMap::new();
    for Placed { container, host } in containers {
        by_host.entry(host).or_default().push(container);
    }
    by_host.into_iter().map(|(host, names)| (ids(&names), host.clone())).collect()
}

/// Containers that went the same way, in short: (`s01..s12/app`, from, to).
pub fn moved(containers: &[Moved]) -> Vec<(String, Option<String>, Option<String>)> {
    let mut by_way: BTreeMap<(&Option<String>, &Option<String>), Vec<&str>> = BTreeMap::new();
    for Moved { container, from, to } in containers {
        by_way.entry((from, to)).or_default().push(container);
    }
    by_way.into_iter().map(|((from, to), names)| (ids(&names), from.clone(), to.clone())).collect()
}

/// A change that one or more things have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// `container`, or empty for the layout itself.
    pub kind: String,
    /// `s01..s18/app`.
    pub names: String,
    /// The key; empty where the thing is new or gone.
    pub key: String,
    /// `1 GiB -> 2 GiB`, `new`, `gone`.
    pub what: String,
}

/// The changes in the document, things with the same change in one line.
pub fn changes(changes: &[Change]) -> Vec<ChangeLine> {
    let mut alike = BTreeMap::new();
    let mut lines: Vec<(&Change, Vec<&str>)> = Vec::new();
    for change in changes {
        let Change { kind, name, key, a, b } = change;
        // Rules are long sentences: each has its own line.
        let position = match kind {
            Thing::Rule => lines.len(),
            _ => *alike.entry((*kind, key, a, b)).or_insert(lines.len()),
        };
        match lines.get_mut(position) {
            Some((_, names)) => names.push(name),
            None => lines.push((change, vec![name])),
        }
    }
    lines.into_iter().map(|(change, names)| change_line(change, &names)).collect()
}

fn change_line(change: &Change, names: &[&str]) -> ChangeLine {
    let word = |side: &Option<String>| side.as_ref().map_or("nothing".to_owned(), |text| clean(text));
    ChangeLine {
        kind: if change.kind == Thing::Layout { String::new() } else { change.kind.name().to_owned() },
        names: if change.kind == Thing::Rule { clean(&names.concat()) } else { ids(names) },
        key: change.key.as_ref().map_or(String::new(), |key| clean(key)),
        what: match (&change.key, &change.a) {
            (None, None) => "new".to_owned(),
            (None, Some(_)) => "gone".to_owned(),
            (Some(_), _) => format!("{} -> {}", word(&change.a), word(&change.b)),
        },
    }
}

/// A resource of a host of which more or less is used, or can be given, than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostLine {
    /// The host.
    pub host: String,
    /// The resource.
    pub resource: String,
    /// `37 of 38 GiB` on each side.
    pub sides: [String; 2],
}

/// What is not as it was on the hosts, in their order; lines of one host stand together.
pub fn hosts(comparison: &Comparison) -> Vec<HostLine> {
    let mut lines = Vec::new();
    for HostPair { name, resources, .. } in &comparison.hosts {
        for ResourcePair { resource, sides } in resources.iter().filter(|pair| pair.sides[0] != pair.sides[1]) {
            let show = |Use { used, allocatable }: Use| text::share(resource, used, allocatable);
            lines.push(HostLine {
                host: clean(name),
                resource: clean(resource.name()),
                sides: sides.map(|side| side.map_or("-".to_owned(), show)),
            });
        }
    }
    lines
}

/// Ids in short: those that differ in the startup's name alone share a range. `s01..s12/app, platform/db`.
fn ids(names: &[&str]) -> String {
    let mut by_rest: Vec<(Option<&str>, Vec<&str>)> = Vec::new();
    let mut position_of: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for name in names {
        let (startup, rest) = name.split_once('/').map_or((*name, None), |(startup, rest)| (startup, Some(rest)));
        let position = *position_of.entry(rest).or_insert(by_rest.len());
        match by_rest.get_mut(position) {
            Some((_, startups)) => startups.push(startup),
            None => by_rest.push((rest, vec![startup])),
        }
    }
    let word = |(rest, startups): (Option<&str>, Vec<&str>)| -> Vec<String> {
        let suffix = rest.map_or(String::new(), |rest| format!("/{rest}"));
        text::ranges(&startups).split(", ").map(|range| clean(&format!("{range}{suffix}"))).collect()
    };
    by_rest.into_iter().flat_map(word).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_startups_in_a_row_are_one_word() {
        assert_eq!(
            ids(&["platform/db", "s01/app", "s01/db", "s02/app", "s03/app"]),
            "platform/db, s01/db, s01..s03/app"
        );
        assert_eq!(ids(&["nuc"]), "nuc");
        assert_eq!(ids(&[""]), "");
    }

    #[test]
    fn a_small_change_of_a_share_is_not_called_none() {
        let ratio = |part| Ratio { part, whole: 100_000 };
        assert_eq!(points(ratio(97_368), ratio(100_000)), "+2.6 points");
        assert_eq!(points(ratio(10), ratio(11)), "+<0.1 points");
        assert_eq!(points(ratio(11), ratio(10)), "-<0.1 points");
    }
}
