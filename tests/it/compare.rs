//! Which of two arrangements is better: what differs, and that nothing else is said to.

use crate::support::{cases, random, read};
use bayplan::compare::{
    Better, Change, Comparison, Metric, MetricName, MetricValue, Moved, Placed, Side, compare, smallest_of_both,
};
use bayplan::model::{Layout, Placement, Ratio};
use bayplan::plan::Room;
use bayplan::quantity::Resource;
use bayplan::report::terminal::{self, Style};
use bayplan::report::{json, markdown, pages};

const BASE: &str = "\
name: base
hosts:
  nuc: {memory: 8GiB, cpu: 4, price: 2, watts: 15, labels: {shelf: a, arch: amd64}}
  pi: {memory: 4GiB, cpu: 4, price: 1, watts: 5}
stacks:
  web: {app: {memory: 1GiB, needs: [p/db], on: {arch: amd64}}}
startups:
  p: {containers: {db: {memory: 2GiB}, dns: {memory: 256MiB, replicas: 2, apart: host}}}
  s1..s3: web
rules:
  - apart: [p/db, s1/app]
placement:
  nuc: [s1..s3/app, p/dns.1]
  pi: [p/db, p/dns.2]
";

fn comparison(a: &Layout, b: &Layout, room: [Option<Room>; 2]) -> Comparison {
    let (a_placement, b_placement) = (read::placement(a), read::placement(b));
    compare(
        &Side { name: "a", layout: a, placement: &a_placement },
        &Side { name: "b", layout: b, placement: &b_placement },
        room,
    )
}

fn compared(a: &str, b: &str) -> Comparison {
    comparison(&read::layout(a), &read::layout(b), [None, None])
}

/// `BASE` with one thing written differently.
fn with(from: &str, to: &str) -> String {
    assert!(BASE.contains(from), "`{from}` is not in the base");
    BASE.replace(from, to)
}

/// The changes as `kind name key: a -> b`.
fn changes(comparison: &Comparison) -> Vec<String> {
    let word = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
    let line = |Change { kind, name, key, a, b }: &Change| {
        format!("{} {name} {}: {} -> {}", kind.name(), word(key), word(a), word(b))
    };
    comparison.changes.iter().map(line).collect()
}

fn metric(comparison: &Comparison, name: MetricName) -> Metric {
    comparison.metrics.iter().find(|metric| metric.name == name).cloned().expect("the figure is there")
}

fn placed(container: &str, host: Option<&str>) -> Placed {
    Placed { container: container.to_owned(), host: host.map(str::to_owned) }
}

#[test]
fn a_layout_does_not_differ_from_itself() {
    let same = compared(BASE, BASE);
    assert!(same.is_same(), "{same:#?}");
    assert!(same.metrics.iter().all(|metric| metric.better.is_none()));
}

#[test]
fn every_key_that_somebody_changes_is_named_and_no_other() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("name: base", "name: other", &["layout  name: base -> other"]),
        ("price: 2,", "price: 2.5,", &["host nuc price: 2 -> 2.5"]),
        ("watts: 15,", "", &["host nuc watts: 15 -> 0"]),
        ("memory: 8GiB,", "memory: 8GiB, reserve: {memory: 1GiB},", &["host nuc reserve of memory: - -> 1GiB"]),
        ("memory: 8GiB", "memory: 8589934593B", &["host nuc memory: 8GiB -> 8589934593B"]),
        ("cpu: 4, price: 2", "cpu: 4, overcommit: {cpu: 2}, price: 2", &["host nuc overcommit of cpu: - -> 2"]),
        ("shelf: a", "shelf: b", &["host nuc label shelf: a -> b"]),
        ("{shelf: a, ", "{", &["host nuc label shelf: a -> -"]),
        ("watts: 5}", "watts: 5, state: drain}", &["host pi state: up -> drain"]),
        ("watts: 5}", "watts: 5, title: Pi}", &["host pi title: - -> Pi"]),
        ("memory: 2GiB", "memory: 3GiB", &["container p/db memory: 2GiB -> 3GiB"]),
        ("memory: 2GiB", "memory: 2048MiB", &[]),
        ("memory: 2GiB", "memory: 2GiB, cpu: 1", &["container p/db cpu: - -> 1"]),
        ("memory: 2GiB", "memory: 2GiB, limit: {memory: 3GiB}", &["container p/db limit of memory: - -> 3GiB"]),
        (
            "memory: 2GiB",
            "memory: 2GiB, observed: {memory: 1GiB, source: docker stats, date: 2026-11-01}",
            &[
                "container p/db observed memory: - -> 1GiB",
                "container p/db source of observed: - -> docker stats",
                "container p/db date of observed: - -> 2026-11-01",
            ],
        ),
        ("memory: 2GiB", "memory: 2GiB, on: pi", &["container p/db on: - -> pi"]),
        ("memory: 2GiB", "memory: 2GiB, title: MariaDB", &["container p/db title: - -> MariaDB"]),
        ("startups:\n  p: {", "startups:\n  p: {priority: 3, ", &["startup p priority: 1 -> 3"]),
        ("s1..s3: web", "s1..s3: web\n  s2: {priority: 0}", &["startup s2 priority: 1 -> 0"]),
        (
            "s1..s3: web",
            "s1..s3: {stack: web, title: Web}",
            &["startup s1 title: - -> Web", "startup s2 title: - -> Web", "startup s3 title: - -> Web"],
        ),
        ("rules:\n  - apart: [p/db, s1/app]\n", "", &["rule apart: [p/db, s1/app] -: rule -> -"]),
        (
            "[p/db, s1/app]",
            "[p/db, s2/app]",
            &["rule apart: [p/db, s1/app] -: rule -> -", "rule apart: [p/db, s2/app] -: - -> rule"],
        ),
        (
            "- apart: [p/db",
            "- together: [p/db",
            &["rule apart: [p/db, s1/app] -: rule -> -", "rule together: [p/db, s1/app] -: - -> rule"],
        ),
        ("apart: host", "", &["rule apart: [p/dns.1, p/dns.2] -: rule -> -"]),
        ("rules:", "goals: [cheapest]\nrules:", &["layout  goals: [fewest-hosts, balance] -> [cheapest]"]),
        ("stacks:", "stacks:\n  spare: {x: {memory: 1GiB}}", &["stack spare -: - -> stack"]),
    ];
    for (from, to, expected) in cases {
        let comparison = compared(BASE, &with(from, to));
        assert_eq!(changes(&comparison), *expected, "`{from}` became `{to}`");
        assert_eq!(comparison.is_same(), expected.is_empty(), "`{from}` became `{to}`");
    }
}

#[test]
fn a_needed_container_that_changes_is_named() {
    let comparison = compared(BASE, &with("needs: [p/db]", "needs: [p/dns]"));
    let expected: Vec<String> =
        (1..=3).map(|startup| format!("container s{startup}/app needs: [p/db] -> [p/dns]")).collect();
    assert_eq!(changes(&comparison), expected);
}

#[test]
fn another_host_changes_neither_what_on_says_nor_any_container() {
    // The new host is amd64, so `on: {arch: amd64}` now means two hosts; nobody changed it.
    let more = with("stacks:", "  box: {memory: 1GiB, cpu: 1, labels: {arch: amd64}}\nstacks:");
    let comparison = compared(BASE, &more);
    assert_eq!(changes(&comparison), ["host box -: - -> host"]);
    assert_eq!((comparison.added.len(), comparison.removed.len(), comparison.moved.len()), (0, 0, 0));
}

#[test]
fn a_resource_that_only_one_lab_budgets_changes_no_request() {
    let disk = with("watts: 5}", "watts: 5, disk: 1TB}");
    let asks = |text: &str| text.replace("{memory: 2GiB}", "{memory: 2GiB, disk: 5GB}");
    let comparison = compared(&asks(BASE), &asks(&disk));
    assert_eq!(
        changes(&comparison),
        ["layout  resources: [cpu, memory] -> [cpu, memory, disk]", "host pi disk: - -> 1TB"]
    );
}

#[test]
fn a_rule_over_a_pattern_is_the_same_rule_when_startups_come() {
    let many = with("[p/db, s1/app]", "[p/db, s*/app]");
    let more = many.replace("s1..s3: web", "s1..s4: web");
    let comparison = compared(&many, &more);
    assert_eq!(changes(&comparison), ["startup s4 -: - -> startup"]);
    assert_eq!(comparison.added, [placed("s4/app", None)]);
}

#[test]
fn the_origin_of_an_amount_is_told_where_only_that_changed() {
    let sized =
        with("stacks:", "sizes: {two: {memory: 2GiB}}\nstacks:").replace("db: {memory: 2GiB}", "db: {size: two}");
    assert_eq!(changes(&compared(BASE, &sized)), ["container p/db memory: 2GiB (given) -> 2GiB (size `two`)"]);
}

#[test]
fn containers_that_come_go_and_move_are_listed_with_their_hosts() {
    let other = with("s1..s3: web", "s2..s4: web")
        .replace("[p/db, s1/app]", "[p/db, s2/app]")
        .replace("nuc: [s1..s3/app, p/dns.1]", "nuc: [s2/app, s4/app, p/dns.2]")
        .replace("pi: [p/db, p/dns.2]", "pi: [p/db, p/dns.1]");
    let comparison = compared(BASE, &other);
    assert_eq!(comparison.added, [placed("s4/app", Some("nuc"))]);
    assert_eq!(comparison.removed, [placed("s1/app", Some("nuc"))]);
    let moved = |container: &str, from: Option<&str>, to: Option<&str>| Moved {
        container: container.to_owned(),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
    };
    assert_eq!(
        comparison.moved,
        [
            moved("p/dns.1", Some("nuc"), Some("pi")),
            moved("p/dns.2", Some("pi"), Some("nuc")),
            moved("s3/app", Some("nuc"), None),
        ]
    );
}

#[test]
fn figures_are_those_worked_by_hand() {
    // The nuc carries three apps and a dns, 3328 MiB of 8 GiB; the pi 2304 MiB of 4 GiB. Then the nuc carries all but
    // the second dns: 5376 MiB of 8 GiB, the pi 256 MiB.
    let other = with("nuc: [", "nuc: [p/db, ")
        .replace("pi: [p/db, ", "pi: [")
        .replace("apart: [p/db, s1/app]", "apart: [p/dns.2, s1/app]");
    let comparison = compared(BASE, &other);
    let value = |name: MetricName| metric(&comparison, name).values;
    let count = |a: u64, b: u64| [Some(MetricValue::Count(a)), Some(MetricValue::Count(b))];
    assert_eq!(value(MetricName::StartupsPlaced), count(4, 4));
    assert_eq!(value(MetricName::ContainersPlaced), count(6, 6));
    assert_eq!(value(MetricName::Violations), count(0, 0));
    assert_eq!(value(MetricName::HostsUsed), count(2, 2));
    let free = MetricValue::Amount((12 * 1024 - 3328 - 2304) << 20);
    assert_eq!(value(MetricName::Free(Resource::Memory.into())), [Some(free.clone()), Some(free)]);
    assert_eq!(
        value(MetricName::Price),
        [Some(MetricValue::Millionths(3_000_000)), Some(MetricValue::Millionths(3_000_000))]
    );
    assert_eq!(
        value(MetricName::Watts),
        [Some(MetricValue::Millionths(20_000_000)), Some(MetricValue::Millionths(20_000_000))]
    );
    let fullest = metric(&comparison, MetricName::FullestHost);
    let share = |part: u64, whole: u64, host: &str| {
        let ratio = Ratio { part, whole };
        Some(MetricValue::Share(ratio, Some((host.to_owned(), Resource::Memory))))
    };
    assert_eq!(fullest.values, [share(2304, 4096, "pi"), share(5376, 8192, "nuc")]);
    assert_eq!(fullest.better, Some(Better::A));
    // The db is on the pi, then on the nuc; everything needs it but the dns, which has a replica on either.
    assert_eq!(value(MetricName::StopsWith("nuc".to_owned())), count(3, 4));
    assert_eq!(value(MetricName::StopsWith("pi".to_owned())), count(4, 0));
    assert_eq!(metric(&comparison, MetricName::StopsWith("pi".to_owned())).better, Some(Better::B));
    assert_eq!(
        comparison.hosts[0].stops,
        [
            Some(vec!["s1".to_owned(), "s2".to_owned(), "s3".to_owned()]),
            Some(vec!["p".to_owned(), "s1".to_owned(), "s2".to_owned(), "s3".to_owned()]),
        ]
    );
}

#[test]
fn a_host_that_one_layout_lacks_is_neither_better_nor_worse_to_lose() {
    let more = with("stacks:", "  box: {memory: 1GiB, cpu: 1}\nstacks:");
    let lost = metric(&compared(BASE, &more), MetricName::StopsWith("box".to_owned()));
    assert_eq!((lost.values, lost.better), ([None, Some(MetricValue::Count(0))], None));
}

#[test]
fn room_is_better_where_there_is_surely_more_of_it() {
    let layout = read::layout(BASE);
    let room = |count: u64, proven: bool| Some(Room { of: "s1".to_owned(), count, proven });
    let better = |a: Option<Room>, b: Option<Room>| {
        metric(&comparison(&layout, &layout, [a, b]), MetricName::Room("s1".to_owned())).better
    };
    assert_eq!(better(room(1, true), room(2, true)), Some(Better::B));
    assert_eq!(better(room(3, false), room(2, true)), Some(Better::A));
    assert_eq!(better(room(2, false), room(2, true)), None);
    assert_eq!(better(room(1, false), room(2, true)), None);
    assert_eq!(better(room(1, true), room(1, true)), None);
    assert_eq!(better(room(1, true), None), None);
}

#[test]
fn the_smallest_startup_is_measured_by_the_scarcest_resource_and_is_in_both() {
    // Memory: 5.5 of 12 GiB asked; cpu: 3.5 of 8. Memory is the scarcer; s3 asks for less of it than s2.
    let text = "
hosts: {a: {memory: 12GiB, cpu: 8}}
startups:
  s1: {containers: {x: {memory: 1GiB, cpu: 100m}}}
  s2: {containers: {x: {memory: 3GiB, cpu: 1m}}}
  s3: {containers: {x: {memory: 1.5GiB, cpu: 3}}}
  s4: {containers: {x: {}}}
";
    let a = read::layout(text);
    let b = read::layout(&text.replace("  s1: {", "  other: {"));
    let placement = Placement::empty(4);
    let side = |layout| Side { name: "", layout, placement: &placement };
    assert_eq!(smallest_of_both(&side(&a), &side(&a)).as_deref(), Some("s1"));
    assert_eq!(smallest_of_both(&side(&a), &side(&b)).as_deref(), Some("s3"));
}

#[test]
fn comparing_the_other_way_round_mirrors_everything() {
    cases::each(0, 600, |seed| {
        let (a, b) = (random::spec(seed).layout(), random::spec(seed + 1 + seed % 3).layout());
        let room = |count: u64, proven: bool| Some(Room { of: "s1".to_owned(), count, proven });
        let rooms = [room(seed % 3, seed % 2 == 0), room(seed % 4, seed % 5 > 0)];
        let there = comparison(&a, &b, rooms.clone());
        let [first, second] = rooms;
        let mut back = comparison(&b, &a, [second, first]);
        mirror(&mut back);
        assert_eq!(there, back);
        let same = comparison(&a, &a, [None, None]);
        assert!(same.is_same(), "{same:#?}");
    });
}

/// Turns `compare(b, a)` into what `compare(a, b)` must have said.
fn mirror(comparison: &mut Comparison) {
    comparison.names = ["a".to_owned(), "b".to_owned()];
    std::mem::swap(&mut comparison.added, &mut comparison.removed);
    for Moved { from, to, .. } in &mut comparison.moved {
        std::mem::swap(from, to);
    }
    for Change { a, b, .. } in &mut comparison.changes {
        std::mem::swap(a, b);
    }
    for host in &mut comparison.hosts {
        host.there.swap(0, 1);
        host.stops.swap(0, 1);
        host.resources.iter_mut().for_each(|pair| pair.sides.swap(0, 1));
    }
    for metric in &mut comparison.metrics {
        metric.values.swap(0, 1);
        metric.better = metric.better.map(|better| if better == Better::A { Better::B } else { Better::A });
    }
}

#[test]
fn one_thing_changed_in_a_random_document_is_the_one_that_is_named() {
    cases::each(0, 300, |seed| {
        let a = random::spec(seed).layout();
        let mut b = a.clone();
        b.demand.services[0].request[0].value += 1;
        b.lab.hosts[0].price += 500;
        let comparison = comparison(&a, &b, [None, None]);
        let kinds: Vec<(&str, &str)> =
            comparison.changes.iter().map(|it| (it.kind.name(), it.key.as_deref().unwrap_or(""))).collect();
        assert_eq!(kinds, [("host", "price"), ("container", a.lab.resources[0].name())]);
    });
}

#[test]
fn a_table_says_first_whether_anything_differs_then_figure_by_figure() {
    let other = with("s1..s3: web", "s2..s4: web")
        .replace("[p/db, s1/app]", "[p/db, s2/app]")
        .replace("nuc: [s1..s3/app, p/dns.1]", "nuc: [s2..s4/app, p/dns.1]")
        .replace("memory: 2GiB", "memory: 3GiB");
    let room = |count: u64| Some(Room { of: "s2".to_owned(), count, proven: true });
    let comparison = comparison(&read::layout(BASE), &read::layout(&other), [room(5), room(4)]);
    insta::assert_snapshot!("table", terminal::render(&pages::compare(&comparison), &Style::plain(80)));
    insta::assert_snapshot!("markdown", markdown::render(&pages::compare(&comparison)));
    insta::assert_snapshot!("json", json::compare(&comparison, None));
}

#[test]
fn a_table_of_two_that_are_the_same_says_so() {
    let layout = read::layout(BASE);
    let text = terminal::render(&pages::compare(&comparison(&layout, &layout, [None, None])), &Style::plain(80));
    assert!(text.starts_with("nothing differs\n"), "{text}");
    assert!(!text.contains("added") && !text.contains("changed"), "{text}");
}
