//! Drift where containers carry others: is every state on the way back right, carriers that start and stop included, and is a
//! carrier as large as what it holds?

use std::collections::{BTreeMap, BTreeSet};

use bayplan::diagnostic::Place;
use bayplan::import::found::{Container, Count, Found, Project};
use bayplan::model::{self, ContainerIndex, HostIndex, Layout};
use bayplan::moves::{Move, moving};
use bayplan::operate::drift::{Drift, drift};
use bayplan::operate::names::Names;
use bayplan::operate::usage::Reckoning;
use bayplan::plan::{OrderVerdict, Steps};
use bayplan::solve::{NoLimit, Options};
use fastrand::Rng;

use crate::support::cases;
use crate::support::nested::{Placement, Spec, Spot};
use crate::support::program::{Folder, Ran};
use crate::support::read;

fn spot(spot: model::Spot) -> Spot {
    match spot {
        model::Spot::Host(HostIndex(host)) => Spot::Host(host),
        model::Spot::Carrier(ContainerIndex(carrier)) => Spot::In(carrier),
    }
}

/// Where each container runs, as a tool says it that names carriers as it names hosts.
fn told(spec: &Spec, layout: &Layout, actual: &Placement) -> Found {
    let at = Place { file: 0, line: 1, column: 1, length: 0 };
    let place = |spot: Spot| match spot {
        Spot::Host(host) => layout.lab.hosts[HostIndex(host)].name.clone(),
        Spot::In(carrier) => spec.id(carrier),
    };
    let runs = actual.iter().enumerate().filter_map(|(container, spot)| Some((container, (*spot)?)));
    let containers = runs.map(|(container, spot)| Container {
        count: Count::Replicas(1),
        runs_on: vec![(place(spot), at)],
        ..Container::new(spec.id(container), at)
    });
    let projects = vec![Project { containers: containers.collect(), ..Project::default() }];
    Found { projects, ..Found::default() }
}

fn asked(layout: &Layout, found: &Found) -> Drift {
    let (said, clock) = (BTreeMap::new(), NoLimit);
    let options = Options { clock: &clock, seed: 0, threads: 1, progress: &|_| {}, certify: false };
    let names = Names::new(layout, &said, None);
    drift(layout, &names, found, Reckoning::USUAL, &options).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Some carriers that hold nothing do not run.
fn without_empty(rng: &mut Rng, spec: &Spec, placement: &mut Placement) {
    let carriers: Vec<usize> =
        (0..placement.len()).filter(|&it| spec.services[spec.service_of[it]].carries.is_some()).collect();
    // The outer ones are empty once those in them do not run.
    for _ in 0..2 {
        for &carrier in &carriers {
            if !placement.contains(&Some(Spot::In(carrier))) && rng.bool() {
                placement[carrier] = None;
            }
        }
    }
}

/// A document with what is planned as its placement, and what runs; both right, or what runs perhaps not.
fn case(seed: u64, right: bool) -> Option<(Spec, Placement, Placement)> {
    let rng = &mut Rng::with_seed(seed ^ 0xCA44);
    let mut spec = Spec::random(seed);
    if spec.count() > 20_000 {
        return None;
    }
    spec.survive = None;
    // What is planned may stay on a draining host.
    spec.now = Some(spec.scatter(rng)).filter(|_| seed.is_multiple_of(3));
    let answers = spec.answers();
    let mut planned = answers.get(rng.usize(..answers.len().max(1)))?.clone();
    if seed.is_multiple_of(2) {
        spec.tighten(&planned);
    }
    spec.now = None;
    let answers = if right { spec.answers() } else { vec![spec.scatter(rng)] };
    let mut actual = answers.get(rng.usize(..answers.len().max(1)))?.clone();
    without_empty(rng, &spec, &mut planned);
    without_empty(rng, &spec, &mut actual);
    Some((spec, planned, actual))
}

type Spots<'a> = &'a [(ContainerIndex, model::Spot)];

/// Walks the way from what runs to what is planned, each container where it is said to be, nothing in what does not run; where
/// what runs is right, every state is.
fn walk(spec: &Spec, actual: &Placement, planned: &Placement, (stops, moves, starts): (Spots, &[Move], Spots)) {
    // Nothing starts rightly on a draining host, and what is planned there must start there.
    let right = spec.may_run(actual) && spec.may_run(planned);
    let mut at = actual.clone();
    let mut go = |step: &[(ContainerIndex, Option<model::Spot>, Option<model::Spot>)]| {
        for &(ContainerIndex(container), from, to) in step {
            assert_eq!(at[container], from.map(spot), "{step:?} {at:?}\n{}", spec.text());
            at[container] = to.map(spot);
        }
        let held = at.iter().all(|it| !matches!(it, Some(Spot::In(carrier)) if at[*carrier].is_none()));
        assert!(held, "{step:?} leads to {at:?}\n{}", spec.text());
        assert!(!right || spec.may_run(&at), "{step:?} leads to {at:?}\n{}", spec.text());
        at.clone()
    };
    stops.iter().for_each(|&(it, from)| _ = go(&[(it, Some(from), None)]));
    for step in moves.chunk_by(|one, next| one.step == next.step) {
        go(&step.iter().map(|it| (it.container, it.from, it.to)).collect::<Vec<_>>());
    }
    starts.iter().for_each(|&(it, to)| _ = go(&[(it, None, Some(to))]));
    assert_eq!(&go(&[]), planned, "{}", spec.text());
}

#[derive(Default, Debug)]
struct Tally {
    moved: usize,
    turned: usize,
    paused: usize,
    lost: usize,
}

fn back(seed: u64, right: bool) -> Tally {
    let mut tally = Tally::default();
    let Some((mut spec, planned, actual)) = case(seed, right) else { return tally };
    spec.now = Some(planned.clone());
    let layout = read::layout(&spec.text());
    spec.now = Some(actual.clone());
    let found = asked(&layout, &told(&spec, &layout, &actual));
    let seen: Placement = layout.demand.indices().map(|it| found.actual.spot(it).map(spot)).collect();
    assert_eq!(seen, actual, "{}", spec.text());
    assert_eq!(found.violations.is_empty(), spec.may_run(&actual), "{:?}\n{}", found.violations, spec.text());
    assert!(found.of_plan.is_empty(), "{:?}\n{}", found.of_plan, spec.text());
    let Some(Steps { verdict, stops, moves, starts, pause, .. }) = found.steps else {
        assert_eq!(actual, planned);
        return tally;
    };
    match (verdict, pause) {
        (OrderVerdict::Fewest | OrderVerdict::Found, _) => {
            walk(&spec, &actual, &planned, (&stops, &moves, &starts));
            tally.moved = usize::from(moving(&moves) > 0);
            tally.turned = usize::from(moving(&moves) < moves.len());
        }
        (_, Some(pause)) => {
            walk(&spec, &actual, &planned, (&pause.stops, &pause.moves, &pause.starts));
            let stop: BTreeSet<usize> = pause.stops.iter().map(|(it, _)| it.0).collect();
            let turns = pause.moves.iter().filter(|it| it.from.is_none()).map(|it| it.container.0);
            let again: BTreeSet<usize> = pause.starts.iter().map(|(it, _)| it.0).chain(turns).collect();
            let both: BTreeSet<usize> = stop.intersection(&again).copied().collect();
            assert_eq!(pause.stopped.iter().map(|it| it.0).collect::<BTreeSet<_>>(), both);
            tally.paused = 1;
        }
        (_, None) => tally.lost = 1,
    }
    tally
}

fn sum(all: Vec<Tally>) -> Tally {
    all.into_iter().fold(Tally::default(), |sum, it| Tally {
        moved: sum.moved + it.moved,
        turned: sum.turned + it.turned,
        paused: sum.paused + it.paused,
        lost: sum.lost + it.lost,
    })
}

#[test]
fn every_state_on_the_way_back_is_right_and_the_last_is_the_plan() {
    let tally = sum(cases::each(0, 400, |seed| back(seed, true)));
    assert!(tally.moved > 60 && tally.turned > 25 && tally.paused > 20 && tally.lost == 0, "{tally:?}");
}

#[test]
fn where_what_runs_is_wrong_the_way_ends_in_the_plan_all_the_same() {
    let tally = sum(cases::each(5_000, 300, |seed| back(seed, false)));
    assert!(tally.moved > 50 && tally.turned > 10 && tally.paused > 5, "{tally:?}");
}

/// A reply of Prometheus: names, where each runs, and what memory it takes.
fn reply(rows: &[(&str, &str, u64)]) -> String {
    let rows = rows.iter().map(|(name, on, bytes)| {
        serde_json::json!({"metric": {"__name__": "container_memory_working_set_bytes", "name": name,
            "instance": format!("{on}:1")}, "value": [1_732_900_000, bytes.to_string()]})
    });
    serde_json::json!({"status": "success", "data": {"resultType": "vector", "result": rows.collect::<Vec<_>>()}})
        .to_string()
}

fn ran(document: &str, now: &str, args: &[&str]) -> Ran {
    let folder = Folder::with(&[("lab.yaml", document), ("now.json", now)]);
    folder.run(&[&["drift", "lab.yaml", "--actual", "now.json"], args].concat())
}

const BOXES: &str = "\
hosts: {nuc: {cpu: 8, memory: 16GiB}, pi: {cpu: 8, memory: 16GiB}}
startups:
  infra:
    containers:
      box: {cpu: 4, memory: 8GiB, carries: {}}
      old: {cpu: 4, memory: 8GiB, carries: {}}
  shop:
    containers:
      web: {cpu: 500m, memory: 1GiB, replicas: 2, inside: [infra/box, infra/old]}
      db: {cpu: 500m, memory: 2GiB, inside: [infra/box, infra/old]}
placement: {nuc: [infra/box], pi: [infra/old], infra/box: [shop/web.1, shop/db], infra/old: [shop/web.2]}
";

#[test]
fn a_carrier_starts_before_anything_moves_into_it() {
    let now = reply(&[
        ("shop-web-1", "infra/old", 1),
        ("shop-web-2", "infra/old", 1),
        ("shop-db-1", "infra/old", 1),
        ("infra-old-1", "pi", 1),
    ]);
    let said = ran(BOXES, &now, &[]).out;
    let (_, steps) = said.split_once("each step valid in this order").unwrap_or_else(|| panic!("{said}"));
    let at = |words: &str| steps.find(words).unwrap_or_else(|| panic!("no {words}: {said}"));
    assert!(at("start on nuc") < at("infra/old -> infra/box"), "{said}");
    assert!(!said.contains("then start"), "{said}");
    let json: serde_json::Value =
        serde_json::from_str(&ran(BOXES, &now, &["--format", "json", "--no-timing"]).out).expect("JSON");
    let first = serde_json::json!({"step": 1, "container": "infra/box", "from": null, "to": "nuc"});
    assert_eq!(json["moves"][0], first);
    assert_eq!(json["moves"].as_array().map(Vec::len), Some(3));
}

/// `db` runs on the bare machine, and there is no room for the carrier beside it, nor may that start elsewhere.
#[test]
fn where_a_carrier_has_no_room_before_its_content_has_gone_that_stops_for_a_while() {
    let tight =
        BOXES.replace("nuc: {cpu: 8, memory: 16GiB}", "nuc: {cpu: 8, memory: 9GiB}").replace("infra/old: [", "x: [");
    let tight = tight.replace("box: {cpu: 4", "box: {on: nuc, cpu: 4");
    let tight = tight.replace("inside: [infra/box, infra/old]", "inside: infra/box").replace(", x: [shop/web.2]", "");
    let tight = tight.replace("[shop/web.1, shop/db]", "[shop/web.1, shop/web.2, shop/db]");
    let now = reply(&[("shop-db-1", "nuc", 1), ("infra-old-1", "pi", 1)]);
    let said = ran(&tight, &now, &["--format", "markdown"]).out;
    assert!(!said.contains("each step valid"), "{said}");
    let at = |words: &str| said.find(words).unwrap_or_else(|| panic!("no {words}: {said}"));
    let order = [at("stop `shop/db`"), at("start `infra/box`"), at("start `shop/db`")];
    assert!(order.is_sorted(), "{said}");
}

#[test]
fn what_a_replica_is_seen_on_is_its_only_carrier_there() {
    let now = [("shop-web-1", "nuc", 1), ("shop-web-2", "nuc", 1), ("shop-db-1", "nuc", 1), ("infra-box-1", "nuc", 1)];
    let now = reply(&[&now[..], &[("infra-old-1", "pi", 1)]].concat());
    let said = ran(BOXES, &now, &[]).out;
    assert!(said.contains("shop/web.2  infra/old  infra/box"), "{said}");
    assert!(!said.contains("directly on"), "{said}");
    // In which of two is not known.
    let two = reply(&[
        ("shop-web-1", "nuc", 1),
        ("shop-web-2", "nuc", 1),
        ("infra-box-1", "nuc", 1),
        ("infra-old-1", "nuc", 1),
    ]);
    let planned = BOXES.replace("carries: {}}\n  shop", "carries: {}}\n      new: {memory: 1GiB, carries: {}}\n  shop");
    let planned = planned
        .replace("inside: [infra/box, infra/old]}\n      db", "inside: [infra/box, infra/old, infra/new]}\n      db");
    let planned = planned.replace("pi: [infra/old]", "pi: [infra/old, infra/new]");
    let planned = planned
        .replace("infra/box: [shop/web.1, shop/db], infra/old: [shop/web.2]", "infra/new: [shop/web.1, shop/web.2]");
    let said = ran(&planned, &two, &[]).out;
    assert!(said.contains("shop/web.1  infra/new  a carrier on nuc"), "{said}");
}

#[test]
fn a_carrier_in_which_something_is_seen_runs() {
    let now = reply(&[("shop-web-1", "infra/box", 1), ("shop-web-2", "infra/old", 1), ("shop-db-1", "infra/box", 1)]);
    let said = ran(BOXES, &now, &[]);
    assert!(said.code == 0 && said.out.contains("no drift: all 5 containers"), "{said:?}");
    let now = reply(&[("shop-web-1", "infra/box", 1), ("shop-web-2", "infra/box", 1), ("shop-db-1", "infra/box", 1)]);
    let said = ran(BOXES, &now, &[]).out;
    assert!(said.contains("infra/old  planned on pi") && !said.contains("infra/box  planned on nuc"), "{said}");
}

const GROWS: &str = "\
hosts: {nuc: {cpu: 8, memory: 16GiB}, pi: {cpu: 8, memory: 16GiB}}
startups:
  infra:
    containers:
      box: {cpu: 1, memory: content, carries: {reserve: {memory: 512MiB}, step: {memory: 1GiB}}}
  shop:
    containers:
      web: {cpu: 100m, memory: 1GiB, replicas: 2, inside: infra/box}
placement: {nuc: [infra/box], infra/box: [shop/web]}
";

#[test]
fn a_carrier_asks_for_what_it_holds() {
    let taking = |bytes: u64| {
        let now = [("shop-web-1", "infra/box", 1), ("shop-web-2", "infra/box", 1), ("infra-box-1", "nuc", bytes)];
        ran(GROWS, &reply(&now), &["--format", "json", "--no-timing"])
    };
    // Two of 1 GiB and the reserve, in steps of 1 GiB.
    assert_eq!(taking(3 << 30).code, 0);
    let above: serde_json::Value = serde_json::from_str(&taking((3 << 30) + 1).out).expect("JSON");
    assert_eq!(
        (&above["above"][0]["container"], &above["above"][0]["asked"]),
        (&"infra/box".into(), &(3_u64 << 30).into())
    );
    // A tool that sees carriers alone.
    let now = reply(&[("infra-box-1", "nuc", 3 << 30)]);
    let said: serde_json::Value =
        serde_json::from_str(&ran(GROWS, &now, &["--format", "json", "--no-timing"]).out).expect("JSON");
    assert_eq!(said["above"], serde_json::json!([]));
}

#[test]
fn what_everything_asks_for_then_is_what_the_plan_of_the_written_document_uses() {
    let now =
        [("shop-web-1", "infra/box", 1 << 30), ("shop-web-2", "infra/box", 3 << 29), ("infra-box-1", "nuc", 3 << 30)];
    let folder = Folder::with(&[("lab.yaml", GROWS), ("now.json", &reply(&now))]);
    let args = ["rightsize", "lab.yaml", "--from", "now.json", "-o", "sized.yaml", "--format", "json", "--no-timing"];
    let ran = folder.run(&args);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    let plan = |file: &str| -> u64 {
        let ran = folder.run(&["plan", file, "--format", "json", "--no-timing"]);
        let plan: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
        let hosts = plan["hosts"].as_array().unwrap_or_else(|| panic!("{ran:?}"));
        hosts.iter().map(|host| host["used"]["memory"].as_u64().expect("bytes")).sum()
    };
    assert_eq!(json["before"]["asked"]["memory"], plan("lab.yaml"));
    assert_eq!(json["after"]["asked"]["memory"], plan("sized.yaml"));
    assert_ne!(json["before"]["asked"], json["after"]["asked"]);
    let figure = &json["containers"][0]["figures"]["memory"];
    let said = serde_json::json!({"observed": 3_u64 << 30, "asked": 3_u64 << 30, "proposed": null, "by": "content"});
    assert_eq!(figure, &said);
    assert_eq!(json["above"].as_array().map(Vec::len), Some(1), "{}", json["above"]);
}

#[test]
fn what_is_matched_is_in_a_file_and_means_one_thing() {
    let now = reply(&[("shop-web-1", "infra/box", 1), ("x7", "infra/box", 1), ("infra-box-1", "nuc", 1)]);
    let folder = Folder::with(&[("lab.yaml", GROWS), ("now.json", &now)]);
    for command in [["drift", "lab.yaml", "--actual", "now.json"], ["rightsize", "lab.yaml", "--from", "now.json"]] {
        let run = |args: &[&str]| folder.run(&[&command[..], args].concat());
        assert_eq!(run(&["--match", "x7=shop/web.2", "--match", "x7=shop/web.2"]).code, 0);
        let unheard = run(&["--match", "x8=shop/web.2"]);
        assert!(unheard.code == 2 && unheard.err.contains("goes by that name"), "{unheard:?}");
        assert!(unheard.err.contains("help: did you mean `x7`?"), "{unheard:?}");
        let both = run(&["--match", "x7=shop/web.2", "--match", "x7=shop/web.1"]);
        assert!(both.code == 2 && both.err.contains("and that it is `shop/web.1`"), "{both:?}");
        assert!(both.err.contains("help:"), "{both:?}");
        let nobody = run(&["--match", "x7=shop/wob.2"]);
        assert!(nobody.code == 2 && nobody.err.contains("help: did you mean `shop/web.2`?"), "{nobody:?}");
    }
}

#[test]
fn a_plan_that_is_broken_is_said() {
    let broken = GROWS.replace("nuc: {cpu: 8, memory: 16GiB}", "nuc: {cpu: 8, memory: 2GiB}");
    let now = reply(&[("shop-web-1", "infra/box", 1), ("infra-box-1", "nuc", 1)]);
    let said = ran(&broken, &now, &[]);
    assert!(said.code == 1 && said.out.contains("as it is planned, this is broken"), "{said:?}");
    let json: serde_json::Value =
        serde_json::from_str(&ran(&broken, &now, &["--format", "json", "--no-timing"]).out).expect("JSON");
    assert_eq!(json["plan_violations"][0]["code"], "over-capacity");
}
