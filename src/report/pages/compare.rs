//! Two layouts side by side: how they differ, figure by figure, then what came, went and changed.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::moves;
use crate::compare::{Better, Change, Comparison, HostPair, Metric, MetricName, MetricValue, ResourcePair, Thing, Use};
use crate::model::{GoalValue, Ratio};
use crate::report::content;
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::summary::goal_value;
use crate::report::text::{self, clean, count_of, plain};

/// Above this many hosts, one whose loss stops as many startups on both sides is not worth a line.
const FEW_HOSTS: usize = 8;

/// On a narrower screen the names of hosts do not stand in columns.
const WIDE: usize = 60;

/// More lines of one kind than these a terminal only counts: JSON has them all.
const SHOWN: usize = 40;

/// The whole answer.
pub fn compare(comparison: &Comparison) -> Page {
    let [a, b] = &comparison.names;
    let tone = if comparison.is_same() { Tone::Good } else { Tone::Warn };
    let mut page = Page::default();
    page.add(Block::Title(format!("Compare {a} with {b}")));
    page.add(Block::claim(tone, &headline(comparison)));
    let to_do @ [moves, starts, stops] = comparison.to_do();
    if to_do != [0; 3] {
        let said = comparison.carried.iter().map(|(load, _, said)| (*load, said.clone()));
        let carried = moves::carried(said, moves).map_or_else(String::new, |said| format!("; {said}"));
        page.add(Says::new(format!("{moves} to move, {starts} to start, {stops} to stop{carried}"), 0));
    }
    page.gap().add(figures(comparison));
    if !comparison.is_same() {
        page.gap().join(containers(comparison));
        page.gap().join(changes(&comparison.changes));
        page.gap().join(unmet(comparison));
        page.gap().join(hosts(comparison));
    }
    page
}

/// The figures that are worth a line: not those that are nothing on both sides.
pub(super) fn figures(comparison: &Comparison) -> Table {
    let [a, b] = comparison.names.each_ref().map(|name| Column::figures(Role::Name.text(name).toned(Tone::Strong)));
    let difference = Column::figures("difference").short("");
    let mut table = Table::new(0, [Column::words(""), a, b, difference, Column::words("")]);
    let many_hosts = comparison.hosts.len() > FEW_HOSTS;
    for metric in comparison.metrics.iter().filter(|metric| is_worth_a_line(metric, many_hosts)) {
        let word = |value: &Option<MetricValue>| value.as_ref().map_or("-".to_owned(), |it| show(&metric.name, it));
        let [a, b] = metric.values.each_ref().map(|value| Text::from(word(value)));
        let (verdict, tone) = match metric.better {
            Some(Better::A) => ("worse", Some(Tone::Bad)),
            Some(Better::B) => ("better", Some(Tone::Good)),
            None => ("", None),
        };
        let [delta, verdict] = [Text::from(delta(metric)), Text::from(verdict)].map(|it| it.toned(tone));
        table.row([Text::from(label_of(&metric.name)), a, b, delta, verdict]);
        if let Some(whose) = whose(metric) {
            let [a, b] = whose.each_ref().map(|it| Role::Name.text(it).toned(Tone::Dim));
            let both = Text::from(format!("  {}, {}", whose[0], whose[1])).toned(Tone::Dim);
            table.rows.push((Some(Only::Narrow(WIDE)), [both].into()));
            table.rows.push((Some(Only::Wide(WIDE)), [Text::default(), a.clone(), b.clone()].into()));
            table.rows.push((Some(Only::Markdown), [Text::from("which is"), a, b].into()));
        }
    }
    table
}

/// What came, went and moved, what went the same way in one line.
fn containers(comparison: &Comparison) -> Page {
    let Comparison { added, removed, moved, .. } = comparison;
    let added = added.iter().map(|it| ("added", &None, &it.host, it.container.as_str()));
    let removed = removed.iter().map(|it| ("removed", &it.host, &None, it.container.as_str()));
    let moved = moved.iter().map(|it| match (&it.from, &it.to) {
        (None, to) => ("placed", &None, to, it.container.as_str()),
        (from, None) => ("unplaced", from, &None, it.container.as_str()),
        (from, to) => ("moved", from, to, it.container.as_str()),
    });
    let mut ways: BTreeMap<_, (&str, Vec<&str>)> = BTreeMap::new();
    for (what, from, to, container) in added.chain(removed).chain(moved) {
        let rank = ["added", "removed"].iter().position(|it| *it == what).unwrap_or(2);
        ways.entry((rank, from, to)).or_insert((what, Vec::new())).1.push(container);
    }
    let mut page = Page::default();
    let mut table = Table::new(0, ["", "containers", "from", "to"].map(Column::words));
    for (number, ((_, from, to), (what, names))) in ways.into_iter().enumerate() {
        let ids = ids(&names);
        let words = match (what, from, to) {
            (_, Some(from), Some(to)) => format!("{ids} from {from} to {to}"),
            (_, None, Some(to)) => format!("{ids} on {to}"),
            ("removed", Some(from), None) => format!("{ids} from {from}"),
            (_, Some(from), None) => format!("{ids} was on {from}"),
            (_, None, None) => format!("{ids}, not placed"),
        };
        if number < SHOWN {
            let words = words.split(' ').map(str::to_owned).collect();
            page.only(Only::Terminal, Block::Flow(format!("{what:<10}"), words, 10));
        }
        let [from, to] = [from, to].map(|host| Role::Name.text(host.as_deref().unwrap_or("")));
        table.row([Text::from(what), Role::Code.text(ids), from, to]);
    }
    listed(&mut page, "Containers", table);
    page
}

/// The wishes that only one of the two does not meet.
fn unmet(comparison: &Comparison) -> Page {
    let mut page = Page::default();
    for (name, unmet) in comparison.names.iter().zip(&comparison.unmet) {
        if unmet.is_empty() {
            continue;
        }
        let heading = format!("not met in {} alone", plain(name));
        page.gap().section(&heading, &heading.replacen('n', "N", 1));
        for said in unmet.iter().take(SHOWN) {
            page.add(Says::under(said.clone(), 2, 2));
        }
        let more = unmet.len().saturating_sub(SHOWN);
        page.more(more, format!("  and {more} more"));
    }
    page
}

/// The changes in the document, things with the same change in one line.
fn changes(changes: &[Change]) -> Page {
    let mut page = Page::default();
    let mut table = Table::new(0, ["", "what", "key", "change"].map(Column::words));
    // Rules are long sentences: each has its own line.
    let own = |(nth, it): (usize, &Change)| (it.kind == Thing::Rule).then_some(nth);
    let common = changes.iter().enumerate();
    let common = common.map(|(nth, it)| ((it.kind, &it.key, &it.a, &it.b, own((nth, it))), it.name.as_str()));
    for (number, ((kind, key, a, b, _), names)) in content::alike(common).into_iter().enumerate() {
        let what = match (key, a) {
            (None, None) => "new".to_owned(),
            (None, Some(_)) => "gone".to_owned(),
            (Some(_), _) => turned(a.as_deref(), b.as_deref()),
        };
        let names = if kind == Thing::Rule { names.concat() } else { ids(&names) };
        let kind = if kind == Thing::Layout { "" } else { kind.name() };
        let key = key.as_deref().unwrap_or("");
        if number == 0 {
            page.only(Only::Terminal, Says::new("changed in the document", 0));
        }
        if number < SHOWN {
            let subject = [kind, &names, key].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
            page.only(Only::Terminal, Says { spare: 2, ..Says::under(format!("{subject}: {what}"), 2, 11) });
        }
        table.row([kind, &names, key, &what].map(|it| Role::Name.text(it)));
    }
    listed(&mut page, "Changed in the document", table);
    page
}

/// What is not as it was on the hosts, in their order; lines of one host stand together.
fn hosts(comparison: &Comparison) -> Page {
    let sides = || comparison.names.iter().map(|it| Role::Name.text(it));
    let mut columns = vec![Column::words("used of allocatable").only(Only::Terminal)];
    columns.extend([Column::words("host").only(Only::Markdown), Column::words("resource").short("")]);
    columns.extend(sides().map(|side| Column::figures(side).only(Only::Terminal)));
    columns.extend(sides().map(|side| Column::words(side).only(Only::Markdown)));
    let mut table = Table::new(0, columns);
    let mut last = "";
    for HostPair { name, resources, .. } in &comparison.hosts {
        for ResourcePair { resource, sides } in resources.iter().filter(|pair| pair.sides[0] != pair.sides[1]) {
            let show = |Use { used, allocatable }: Use| text::share(resource, used, allocatable);
            let [a, b] = sides.map(|side| Text::from(side.map_or("-".to_owned(), show)));
            let first = if name == last { "" } else { name.as_str() };
            last = name;
            let host = Role::Name.text(first).toned(Tone::Strong);
            table.row([host, Role::Name.text(name), Text::from(resource.name()), a.clone(), b.clone(), a, b]);
        }
    }
    let mut page = Page::default();
    let shown = Table { rows: table.rows.iter().take(SHOWN).cloned().collect(), ..table.clone() };
    if !table.rows.is_empty() {
        page.only(Only::Terminal, shown);
    }
    listed(&mut page, "Used of allocatable", table);
    page
}

/// Says how many lines a terminal left out, and the same as a table in Markdown, where there are any.
fn listed(page: &mut Page, title: &str, table: Table) {
    let more = table.rows.len().saturating_sub(SHOWN);
    page.more(more, format!("and {}", count_of(more, "more line")));
    if !table.rows.is_empty() {
        page.only(Only::Markdown, Block::heading(title)).only(Only::Markdown, table);
    }
}

/// The answer in one sentence: `they differ: 1 container added, 3 containers moved, 2 changes in the document`.
fn headline(comparison: &Comparison) -> String {
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
    let parts = counts.iter().filter(|(count, ..)| *count > 0);
    let parts = parts.map(|&(count, noun, what)| format!("{} {what}", count_of(count, noun)));
    format!("they differ: {}", parts.collect::<Vec<_>>().join(", "))
}

fn is_worth_a_line(metric: &Metric, many_hosts: bool) -> bool {
    use MetricValue::{Amount, Count, Millionths};
    let is_nothing = |value| matches!(value, &None | &Some(Count(0) | Millionths(0) | Amount(0)));
    let says = !metric.values.iter().all(is_nothing);
    match &metric.name {
        MetricName::Violations | MetricName::Price | MetricName::Watts | MetricName::Free(_) => says,
        MetricName::StopsWith(_) => says && (metric.values[0] != metric.values[1] || !many_hosts),
        _ => true,
    }
}

fn label_of(name: &MetricName) -> String {
    match name {
        MetricName::StartupsPlaced => "startups placed".to_owned(),
        MetricName::ContainersPlaced => "containers placed".to_owned(),
        MetricName::Violations => "violations".to_owned(),
        MetricName::HostsUsed => "hosts used".to_owned(),
        MetricName::Free(resource) => format!("{} free", resource.name()),
        MetricName::FullestHost => "fullest host".to_owned(),
        MetricName::AboveTarget => "above targets".to_owned(),
        MetricName::Wishes => "weight of unmet wishes".to_owned(),
        MetricName::Price => "price".to_owned(),
        MetricName::Watts => "watts".to_owned(),
        MetricName::Room(of) => format!("room for more like `{}`", plain(of)),
        MetricName::StopsWith(host) => format!("startups that stop with {}", plain(host)),
    }
}

fn show(name: &MetricName, value: &MetricValue) -> String {
    match (value, name) {
        (MetricValue::Count(count), _) => count.to_string(),
        (MetricValue::AtLeast(count), _) => format!("at least {count}"),
        (MetricValue::Amount(amount), MetricName::Free(resource)) => resource.show(*amount),
        (MetricValue::Amount(amount), _) => amount.to_string(),
        (MetricValue::Millionths(amount), _) => goal_value(GoalValue::Millionths(*amount)),
        (MetricValue::Above(parts), _) => goal_value(GoalValue::Above(*parts)),
        (MetricValue::Share(share, _), _) => goal_value(GoalValue::Share(*share)),
    }
}

/// The second less the first, with its sign.
fn delta(metric: &Metric) -> String {
    let [Some(a), Some(b)] = &metric.values else { return String::new() };
    let signed = |a: u64, b: u64, value: fn(u64) -> MetricValue| match b.cmp(&a) {
        Ordering::Greater => format!("+{}", show(&metric.name, &value(b - a))),
        Ordering::Less => format!("-{}", show(&metric.name, &value(a - b))),
        Ordering::Equal => String::new(),
    };
    match (a, b) {
        (MetricValue::Count(a), MetricValue::Count(b)) => signed(*a, *b, MetricValue::Count),
        (MetricValue::Amount(a), MetricValue::Amount(b)) => signed(*a, *b, MetricValue::Amount),
        (MetricValue::Millionths(a), MetricValue::Millionths(b)) => signed(*a, *b, MetricValue::Millionths),
        (MetricValue::Above(a), MetricValue::Above(b)) => signed(*a, *b, MetricValue::Above),
        (MetricValue::Share(a, _), MetricValue::Share(b, _)) if a != b => points(*a, *b),
        _ => String::new(),
    }
}

/// The difference of two shares in percentage points, to a tenth: that of what is printed of them.
fn points(a: Ratio, b: Ratio) -> String {
    let tenths = |share: Ratio| (share.as_f64() * 1000.0).round();
    let points = (tenths(b) - tenths(a)) / 10.0;
    let text = format!("{points:+.1} points");
    if text.starts_with("+0.0") || text.starts_with("-0.0") {
        return if b > a { "+<0.1 points" } else { "-<0.1 points" }.to_owned();
    }
    text
}

/// The host and the resource that is fullest on each side.
fn whose(metric: &Metric) -> Option<[String; 2]> {
    let whose = |value: &Option<MetricValue>| match value {
        Some(MetricValue::Share(_, Some((host, resource)))) => format!("{} {}", plain(host), plain(resource.name())),
        _ => "-".to_owned(),
    };
    (metric.name == MetricName::FullestHost).then(|| metric.values.each_ref().map(whose))
}

/// `16GiB -> 32GiB`.
fn turned(a: Option<&str>, b: Option<&str>) -> String {
    format!("{} -> {}", a.unwrap_or("nothing"), b.unwrap_or("nothing"))
}

/// What things that stay say otherwise, those alike together: `s01..s03/app memory 2GiB -> 3GiB`.
pub(super) fn becomes(changes: &[Change]) -> Vec<String> {
    let turn = |it: &Change| {
        let key = it.key.as_deref().unwrap_or("");
        format!("{key} {}", turned(it.a.as_deref(), it.b.as_deref()))
    };
    let common = changes.iter().map(|it| (turn(it), it.name.as_str()));
    content::alike(common).into_iter().map(|(turn, names)| format!("{} {turn}", ids(&names))).collect()
}

/// Ids in short: those that differ in the startup's name alone share a range. `s01..s12/app, platform/db`.
fn ids(names: &[&str]) -> String {
    let parts = names.iter().map(|name| name.split_once('/').map_or((None, *name), |(it, rest)| (Some(rest), it)));
    let word = |(rest, startups): (Option<&str>, Vec<&str>)| -> Vec<String> {
        let suffix = rest.map_or(String::new(), |rest| format!("/{rest}"));
        text::ranges(&startups).split(", ").map(|range| clean(&format!("{range}{suffix}"))).collect()
    };
    content::alike(parts).into_iter().flat_map(word).collect::<Vec<_>>().join(", ")
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
