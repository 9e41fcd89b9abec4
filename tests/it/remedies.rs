//! What does not fit is explained, and every remedy makes it fit: the document that `--apply` writes is planned anew.
//!
//! `BAYPLAN_CASES=200 cargo test --release --test it remedies:: -- --nocapture` tries more labs and says what was blamed.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::ask::{self, EVERYTHING, KEEP};
use crate::support::clock::Looks;
use crate::support::homelab::{self, Edge};
use crate::support::{cases, random, read};
use bayplan::document::Document;
use bayplan::explain::conflict::{Blame, Constraint};
use bayplan::explain::remedies::{Kind, Remedy};
use bayplan::fit::{Fits, fit};
use bayplan::model::{ContainerIndex, HostState, Layout, Numbered, Overlay};
use bayplan::plan::Plan;
use bayplan::quantity::Resource;
use bayplan::solve::{NoLimit, Options, Scope, Status, solve};
use serde_json::Value;

use crate::support::program::Folder;

const OPTIONS: Options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };

/// So many labs are pushed over the edge.
const LABS: u64 = 25;

/// Looks at the clock of a question that is to be answered in a few seconds.
const LOOKS: u32 = 20_000;

/// The plan of a document that says no, with its remedies.
fn refused(document: &Document, layout: &Layout) -> Plan {
    ask::with_remedies(document, layout, EVERYTHING, &OPTIONS).expect("the referee agrees")
}

/// Whether the document that extends `text` with `change` can be planned.
fn fits(text: &str, document: &Document, change: &Overlay) -> Status {
    let mut layout = read::extended(text, document, change);
    layout.goals.clear();
    ask::plan(&layout, EVERYTHING, &OPTIONS).expect("the referee agrees").status
}

fn yes(status: Status) -> bool {
    matches!(status, Status::Optimal | Status::Feasible)
}

#[test]
#[expect(clippy::print_stdout, reason = "what was blamed is worth saying")]
fn every_remedy_of_an_overfull_lab_makes_it_fit_and_less_does_not() {
    let found = cases::each(0, LABS, |number| {
        let (edge, text) = homelab::overfull(number);
        let (document, layout) = read::both(&text);
        let plan = refused(&document, &layout);
        assert_eq!(plan.status, Status::Infeasible, "{edge:?}");
        let why = plan.why.as_ref().unwrap_or_else(|| panic!("{edge:?}: nobody is to blame"));
        assert!(plan.remedies.len() >= 2, "{edge:?}: {:?}", plan.remedies);
        let least = assert_true(&text, &document, &layout, &plan);
        assert_every_host_whose_memory_would_do(&text, &document, &layout, &plan);
        let name = match why.blame {
            Blame::Volume { .. } => "volume",
            Blame::Agents { .. } => "agents",
            Blame::Shape => "shape",
            Blame::Carriers => "carriers",
            Blame::Rule => "rule",
            Blame::Loss { .. } => "loss",
            Blame::Standing => "standing",
            Blame::Order => "order",
        };
        let kinds: Vec<Kind> = plan.remedies.iter().map(|remedy| remedy.kind).collect();
        ((edge, name), kinds, least)
    });
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut blamed: BTreeMap<(Edge, &str), usize> = BTreeMap::new();
    for (blame, its, _) in &found {
        *blamed.entry(*blame).or_default() += 1;
        its.iter().for_each(|kind| *kinds.entry(*kind).or_default() += 1);
    }
    let all: usize = kinds.values().sum();
    let least: usize = found.iter().map(|(_, _, least)| least).sum();
    println!("{all} remedies {kinds:?}, {least} shown to be least; {blamed:?}");
    assert!(least * 6 > all, "{least} of {all} are shown to be least");
}

/// Small random documents with all there is in documents: rules, labels, pins, kinds, drains, planned hosts.
#[test]
fn every_remedy_of_a_random_document_makes_it_fit_and_less_does_not() {
    let found = cases::each(900_000, 1_500, |seed| {
        let text = random::spec(seed).text();
        let (document, layout) = read::both(&text);
        let plan = refused(&document, &layout);
        if plan.status != Status::Infeasible {
            assert!(plan.remedies.is_empty());
            return None;
        }
        assert!(plan.why.is_some(), "nobody is to blame\n{text}");
        Some(assert_true(&text, &document, &layout, &plan))
    });
    let refusing = found.iter().flatten().count();
    let least: usize = found.iter().flatten().sum();
    assert!(refusing * 10 > found.len(), "only {refusing} of {} do not fit", found.len());
    assert!(least * 3 > refusing, "{least} amounts are shown to be least, {refusing} do not fit");
}

/// What is to blame is so, every remedy makes it fit, and those that are said to be least are; how many these are.
fn assert_true(text: &str, document: &Document, layout: &Layout, plan: &Plan) -> usize {
    if plan.why.as_ref().is_some_and(|why| why.minimal) {
        assert_minimal(layout, plan);
    }
    let mut least = 0;
    for remedy in &plan.remedies {
        assert!(yes(fits(text, document, &remedy.change)), "{}\n{text}", remedy.text);
        if let Some(less) = one_step_less(layout, remedy).filter(|_| remedy.least) {
            assert!(!yes(fits(text, document, &less)), "less than {}\n{text}", remedy.text);
            least += 1;
        }
    }
    least
}

/// Leaving out any one of the rules and containers to blame lets the others go together.
fn assert_minimal(layout: &Layout, plan: &Plan) {
    let why = plan.why.as_ref().expect("somebody is to blame");
    if why.containers.len() > 40 {
        return;
    }
    let together = |rules: &[Constraint], containers: &[ContainerIndex]| {
        let mut some = layout.clone();
        for (service, its) in some.demand.services.iter_mut().enumerate() {
            its.on = its.on.take().filter(|_| rules.contains(&Constraint::On(service)));
        }
        for (host, its) in some.lab.hosts.iter_mut().numbered() {
            if its.state == HostState::Drain && !rules.contains(&Constraint::Drain(host)) {
                its.state = HostState::Up;
            }
        }
        let mut rule = 0..;
        some.rules.retain(|_| rule.next().is_some_and(|rule| rules.contains(&Constraint::Rule(rule))));
        let mut included = vec![false; some.demand.containers.len()];
        containers.iter().for_each(|&container| included[container] = true);
        solve(&some, &[], Scope { included: Some(&included), ..Scope::ALL }, &OPTIONS).status
    };
    if matches!(why.blame, Blame::Shape | Blame::Rule) {
        assert_eq!(together(&why.rules, &why.containers), Status::Infeasible);
    }
    for left in 0..why.containers.len() {
        let rest: Vec<ContainerIndex> = without(&why.containers, left);
        assert!(yes(together(&why.rules, &rest)), "without container {left}");
    }
    for left in 0..why.rules.len() {
        let rest: Vec<Constraint> = without(&why.rules, left);
        assert!(yes(together(&rest, &why.containers)), "without rule {left}");
    }
}

fn without<T: Copy>(all: &[T], left: usize) -> Vec<T> {
    all.iter().enumerate().filter(|(position, _)| *position != left).map(|(_, one)| *one).collect()
}

/// No host is missing among the remedies whose memory alone would do, however much of it.
fn assert_every_host_whose_memory_would_do(text: &str, document: &Document, layout: &Layout, plan: &Plan) {
    for host in &layout.lab.hosts {
        let path = ["hosts", &host.kind, "memory"];
        let change = Overlay::EMPTY.with(&path, Overlay::text("8TiB"));
        let said = plan
            .remedies
            .iter()
            .any(|remedy| remedy.kind == Kind::Capacity && remedy.text.starts_with(&format!("{}: memory", host.kind)));
        if yes(fits(text, document, &change)) {
            assert!(said, "the memory of {} would do, {:?}", host.kind, plan.remedies);
        }
    }
}

/// The change with one step less of the amounts that it gives, or one host less; `None` of kinds without amounts.
fn one_step_less(layout: &Layout, remedy: &Remedy) -> Option<Overlay> {
    let more = match remedy.kind {
        Kind::Capacity => false,
        Kind::Request => true,
        _ => return None,
    };
    let mut changed = BTreeSet::new();
    let less = stepped(&remedy.change, layout, more, &mut changed);
    // Of several amounts only the last is least for the others.
    (changed.len() == 1).then_some(less)
}

fn stepped(change: &Overlay, layout: &Layout, more: bool, changed: &mut BTreeSet<String>) -> Overlay {
    let Overlay::Map(entries) = change else { return change.clone() };
    let entries = entries.iter().map(|(key, value)| {
        let resource = layout.lab.resources.iter().find(|resource| resource.name() == key);
        let value = match (resource, value) {
            (Some(resource), Overlay::Text(text)) => {
                changed.insert(key.clone());
                let step = if *resource == Resource::Cpu { 10 } else { 1 << 20 };
                let amount = resource.parse(text).expect("an amount");
                let next = if more { amount + step } else { amount.saturating_sub(step) };
                Overlay::text(resource.write(next))
            }
            _ => stepped(value, layout, more, changed),
        };
        (key.clone(), value)
    });
    Overlay::Map(entries.collect())
}

/// `BAYPLAN_DUMP=DIR cargo test --test it labs_are_dumped` writes the labs, for timing the program itself.
#[test]
fn labs_are_dumped_where_asked() {
    let Ok(folder) = std::env::var("BAYPLAN_DUMP") else { return };
    for number in 0..cases::count(LABS) {
        let (edge, text) = homelab::overfull(number);
        let path = format!("{folder}/{number:03}-{edge:?}.yaml").to_lowercase();
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let path = format!("{folder}/{number:03}-ruled.yaml");
        std::fs::write(&path, homelab::ruled(number)).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

/// So many hosts of all sizes, and containers of all sizes that ask for so many per cent of all memory.
fn too_full(hosts: u64, containers: u64, per_cent: u64, seed: u64) -> String {
    let rng = &mut fastrand::Rng::with_seed(seed);
    let mut text = "hosts:\n".to_owned();
    let mut there = 0;
    for host in 0..hosts {
        let (cpu, gib) = [(4, 8), (8, 32), (12, 64), (24, 64), (8, 16)][rng.usize(0..5)];
        there += gib * 1024;
        text += &format!("  h{host:03}: {{cpu: {cpu}, memory: {gib}GiB, disk: 500GB}}\n");
    }
    let sizes: Vec<u64> = (0..containers).map(|_| rng.u64(25..250)).collect();
    let (asked, all) = (there * per_cent / 100, sizes.iter().sum::<u64>());
    text += "startups:\n";
    for (startup, size) in sizes.iter().enumerate() {
        let (memory, cpu, disk) = ((size * asked).div_ceil(all), rng.u64(50..400), rng.u64(5..50));
        text += &format!("  s{startup}: {{containers: {{c: {{memory: {memory}MiB, cpu: {cpu}m, disk: {disk}GB}}}}}}\n");
    }
    text
}

/// Where all startups differ it takes long to say which of them would fit; what helps is said all the same.
#[test]
fn a_lab_that_is_simply_too_full_is_told_what_helps_in_little_time() {
    cases::each(0, 2, |seed| {
        let text = too_full(14, 100, 104 + seed % 4 * 2, seed);
        let (document, layout) = read::both(&text);
        let clock = Looks::new(LOOKS);
        let options = Options { clock: &clock, ..OPTIONS };
        let plan = ask::with_remedies(&document, &layout, EVERYTHING, &options).expect("the referee agrees");
        assert_eq!(plan.status, Status::Infeasible);
        let more_hosts: Vec<&Remedy> = plan.remedies.iter().filter(|remedy| remedy.kind == Kind::Hosts).collect();
        assert!(more_hosts.len() >= 2, "{seed}: {:?}", plan.remedies);
        for remedy in more_hosts.into_iter().take(2) {
            assert!(yes(fits(&text, &document, &remedy.change)), "{seed}: {}", remedy.text);
        }
    });
}

/// A small full lab, and a startup that is to come last.
fn small(seed: u64) -> String {
    let rng = &mut fastrand::Rng::with_seed(seed);
    let hosts = rng.usize(2..4);
    let mut text = "hosts:\n".to_owned();
    let mut free: Vec<(u64, u64)> = (0..hosts).map(|_| (rng.u64(4..12), rng.u64(1..9))).collect();
    for (host, (memory, disk)) in free.iter().enumerate() {
        text += &format!("  h{host}: {{memory: {memory}GiB, disk: {disk}GB}}\n");
    }
    let (mut startups, mut placed) = (String::new(), vec![Vec::new(); hosts]);
    for startup in 0..rng.usize(2..7) {
        let (memory, disk, host) = (rng.u64(1..6), rng.u64(0..3), rng.usize(0..hosts));
        if free[host].0 >= memory && free[host].1 >= disk {
            free[host] = (free[host].0 - memory, free[host].1 - disk);
            startups += &format!("  s{startup}: {{containers: {{c: {{memory: {memory}GiB, disk: {disk}GB}}}}}}\n");
            placed[host].push(startup);
        }
    }
    // Now and then only a host that is not to be used is large enough for who comes.
    let unused = seed % 4;
    if unused < 2 {
        text += &format!("  x: {{memory: 20GiB, disk: 9GB, state: {}}}\n", ["drain", "planned"][unused as usize]);
    }
    text += &format!("startups:\n{startups}");
    let largest = if unused < 2 { 20 } else { 7 };
    let (count, memory) = (rng.usize(1..3), rng.u64(1..largest));
    let apart = if rng.bool() { ", apart: host" } else { "" };
    text += &format!("  new: {{containers: {{n: {{memory: {memory}GiB, disk: 1GB, replicas: {count}{apart}}}}}}}\n");
    let ids: Vec<usize> = placed.iter().flatten().copied().collect();
    if ids.len() > 2 && rng.bool() {
        let (a, b) = (ids[0], ids[1]);
        let together = placed.iter().any(|its| its.contains(&a) && its.contains(&b));
        text += &format!("rules: [{{{}: [s{a}/c, s{b}/c]}}]\n", if together { "together" } else { "apart" });
    }
    text += "placement:\n";
    for (host, its) in placed.iter().enumerate() {
        let its: Vec<String> = its.iter().map(|startup| format!("s{startup}/c")).collect();
        text += &format!("  h{host}: [{}]\n", its.join(", "));
    }
    text
}

/// The same question about the changed document says yes: as things stand or after valid moves, not by an exchange.
#[test]
fn every_remedy_of_fit_makes_fit_say_yes() {
    let found = cases::each(0, 400, |seed| {
        let text = small(seed);
        let (document, layout) = read::both(&text);
        let asked = |layout: Layout| {
            let new = layout.demand.startups.iter().position(|startup| startup.name == "new");
            ask::arriving(layout, new.into_iter().collect(), false)
        };
        let say = |_: Option<&str>, changes: &[_]| document.changed(changes);
        let fit = fit(&asked(layout).said_by(&say), &OPTIONS).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        if fit.answer != Fits::No {
            return 0;
        }
        let rules = !fit.layout.rules.is_empty() || text.contains("state: drain");
        let blamed = fit.why.as_ref().is_some_and(|why| why.blame == Blame::Rule);
        assert!(rules || !blamed, "there is no rule to blame\n{text}");
        for remedy in &fit.remedies {
            assert!(remedy.text.trim() != "without", "nothing is no remedy\n{text}");
            let changed = read::extended(&text, &document, &remedy.change);
            if !changed.demand.startups.iter().any(|startup| startup.name == "new") {
                continue;
            }
            let answer = bayplan::fit::fit(&asked(changed), &OPTIONS).expect("an answer").answer;
            assert!(matches!(answer, Fits::AsIs | Fits::WithMoves), "{answer:?} after {}\n{text}", remedy.text);
        }
        assert!(!fit.remedies.is_empty(), "a host more does\n{text}");
        1
    });
    assert!(found.iter().sum::<usize>() > 0, "nobody was refused");
}

#[test]
fn moves_that_no_order_leads_to_are_no_remedy() {
    // Only were `x` and `y` exchanged at once would `z` fit: neither host has room for the other's container first.
    let full = |b: u64| {
        format!(
            "hosts: {{a: {{memory: 4GiB}}, b: {{memory: {b}GiB}}}}\nstartups:\n  s: {{containers: {{x: {{memory: 3GiB}}, \
             y: {{memory: 4GiB}}}}}}\n  t: {{containers: {{z: {{memory: {}GiB}}}}}}\nplacement: {{a: [s/x], b: [s/y]}}\n",
            b - 3
        )
    };
    for (b, expected) in [(5, false), (7, true)] {
        let (document, layout) = read::both(&full(b));
        let plan = ask::with_remedies(&document, &layout, KEEP, &OPTIONS).expect("the referee agrees");
        assert_eq!(plan.status, Status::Infeasible, "{b}");
        let remedies = plan.remedies;
        assert_eq!(remedies.iter().any(|remedy| remedy.kind == Kind::Moves), expected, "{b}: {remedies:?}");
    }
}

/// What is said in one place within several startups is given up in one place, for all of them.
#[test]
fn what_holds_within_every_startup_is_dropped_for_all() {
    const HOSTS: &str = "hosts: {a: {memory: 3GiB}, b: {memory: 6GiB}}\n";
    let of_stack =
        "stacks: {web: {together: host, app: {memory: 2GiB}, db: {memory: 2GiB}}}\nstartups: {s1..s2: web}\n";
    let each = "stacks: {web: {app: {memory: 2GiB}, db: {memory: 2GiB}}}\nstartups: {s1..s2: web}\nrules: [{together: ['*/*'], each: startup}]\n";
    for (text, said) in [
        (of_stack, "without `together: host` of `s1/app`, `s1/db` (lab.yaml:2), and so within 2 startups"),
        (each, "without `together` of `s1/app`, `s1/db` (lab.yaml:4), and so within 2 startups"),
    ] {
        let text = format!("{HOSTS}{text}");
        let (document, layout) = read::both(&text);
        let plan = refused(&document, &layout);
        assert_eq!(plan.status, Status::Infeasible);
        let remedy = plan.remedies.iter().find(|remedy| remedy.kind == Kind::Rule);
        let remedy = remedy.unwrap_or_else(|| panic!("{:?}", plan.remedies));
        assert_eq!(remedy.text, said);
        assert!(yes(fits(&text, &document, &remedy.change)));
    }
}

/// No single change helps: one runs on a drained host only, or is larger than all, and a loss is to be survived besides.
#[test]
fn where_several_things_are_in_the_way_several_are_changed_at_once() {
    let drained = "hosts:
  a: {memory: 16GiB, cpu: 2, reserve: {memory: 10%}}
  b: {memory: 32GiB, cpu: 12, reserve: {memory: 10%}, state: drain}
startups:
  s0: {containers: {w: {memory: 6GiB, cpu: 250m, on: b}}}
  s1: {containers: {w: {memory: 3GiB, cpu: 2, replicas: 2, apart: host}}}
  s2: {containers: {c: {memory: 0.5GiB, cpu: 1}, q: {memory: 6GiB, cpu: 250m}}}
rules: [{apart: [s2/c, s2/q]}, {survive: 1}]
";
    let small = "hosts: {a: {memory: 8GB}, b: {memory: 4GB}, c: {memory: 12GB, reserve: {memory: 1GiB}}}
startups:
  s0: {containers: {w: {memory: 3GB, on: a}, c: {memory: 12GB}}}
  s1: {containers: {w: {memory: 6GB, replicas: 3, apart: host}, d: {memory: 12GB}}}
rules: [{apart: [s0/c, s1/w]}, {survive: 1}]
";
    for text in [drained, small] {
        let (document, layout) = read::both(text);
        let plan = refused(&document, &layout);
        assert_eq!(plan.status, Status::Infeasible);
        assert!(!plan.remedies.is_empty(), "{text}");
        for remedy in &plan.remedies {
            assert!(yes(fits(text, &document, &remedy.change)), "{}", remedy.text);
        }
    }
}

/// What a question about `lab.yaml` answers, the remedies in words, each of which does where the same is asked of the document
/// that it changes.
fn ways_out(lab: &str, question: &[&str]) -> Vec<String> {
    let ask = |folder: &Folder, file: &str| {
        let all = [&question[..1], &[file], &question[1..], &["--format", "json", "-q"]].concat();
        folder.run(&all)
    };
    let folder = Folder::with(&[("lab.yaml", lab)]);
    let no = ask(&folder, "lab.yaml");
    assert_eq!(no.code, 1, "{}{}", no.out, no.err);
    let said: Value = serde_json::from_str(&no.out).expect("it is JSON");
    let plan = said.get("plan").unwrap_or(&said);
    let remedies = plan["remedies"].as_array().expect("remedies");
    let texts = remedies.iter().map(|remedy| {
        let text = remedy["text"].as_str().expect("a text").to_owned();
        let mut change = remedy["change"].clone();
        change["extends"] = Value::String("lab.yaml".to_owned());
        let folder = Folder::with(&[("lab.yaml", lab), ("changed.yaml", &change.to_string())]);
        let yes = ask(&folder, "changed.yaml");
        assert_eq!(yes.code, 0, "{text}: {}{}", yes.out, yes.err);
        text
    });
    texts.collect()
}

fn assert_offers(texts: &[String], expected: &str) {
    assert!(texts.iter().any(|text| text == expected), "{expected}: {texts:?}");
}

/// A host more like one that is lost by its label or kind would be lost, too; what grows is asked for less before it does;
/// nothing of which something is supposed is left out.
#[test]
fn what_is_supposed_is_supposed_of_what_was_changed() {
    let lab = "hosts:
  a: {count: 2, memory: 8GiB, labels: {zone: x}}
  b: {memory: 8GiB, labels: {zone: y}}
startups: {s1..s3: {containers: {app: {memory: 4GiB}}}}
placement: {a-1: [s1/*], a-2: [s2/*], b: [s3/*]}
";
    let texts = ways_out(lab, &["what-if", "--lose", "zone=x"]);
    assert!(!texts.iter().any(|text| text.contains("more `a`")), "{texts:?}");
    assert_offers(&texts, "1 more `b`");
    let texts = ways_out(lab, &["what-if", "--lose", "a"]);
    assert!(!texts.iter().any(|text| text.contains("more `a`")), "{texts:?}");
    let texts = ways_out(lab, &["what-if", "--grow", "s1/*", "memory=+150%"]);
    assert_offers(&texts, "`s1/app`: memory 4 GiB -> 3276 MiB");
    assert!(!texts.iter().any(|text| text == "without `s1`"), "{texts:?}");
}

/// Where a rule counts, it is said how many more it would have to allow, and that it could be dropped.
#[test]
fn a_rule_that_counts_is_to_allow_the_least_more() {
    let lab = "hosts: {a: {memory: 64GiB}, b: {memory: 64GiB}}
startups: {s1..s9: {containers: {db: {memory: 1GiB}}}}
rules: [{at-most: {count: 3, of: ['*/db']}}]
placement: {a: [s1..s3/*], b: [s4..s6/*]}
";
    let texts = ways_out(lab, &["fit", "--startup", "s7"]);
    assert_offers(&texts, "`at-most: 3 per host` of `s1/db`, `s2/db`, `s3/db` and 6 more (lab.yaml:3): 3 -> 4");
}

/// Of what a pool keeps free less may do.
#[test]
fn a_pool_may_keep_less_free() {
    let lab = "hosts: {a: {memory: 64GiB}}
pools: {ceph: {disk: 100GB, reserve: {disk: 20%}}}
startups: {s1..s2: {containers: {db: {memory: 1GiB, disk: 45GB, pool: ceph}}}}
placement: {a: [s1/*]}
";
    let texts = ways_out(lab, &["fit", "--startup", "s2"]);
    assert_offers(&texts, "pool ceph: reserve disk 20 GB -> 10 GB");
    assert!(texts.iter().any(|text| text.starts_with("pool ceph: disk 100 GB -> 11")), "{texts:?}");
}

/// One container that asks for too much of two resources is to ask for less of both.
#[test]
fn one_container_may_ask_for_less_of_several_resources() {
    let lab = "hosts: {a: {cpu: 2, memory: 8GiB}, b: {cpu: 1, memory: 8GiB}}
startups: {s: {containers: {x: {cpu: 4, memory: 9GiB}}}}
placement: {}
";
    let texts = ways_out(lab, &["fit", "--startup", "s"]);
    assert_offers(&texts, "`s/x`: cpu 4 -> 2, memory 9 GiB -> 8 GiB");
}

/// After a loss as many replicas run as must, where not all find room; where they do not, `keep` can be lowered.
#[test]
fn after_a_loss_no_more_replicas_need_run_than_keep_says() {
    let lab = |keep: &str| {
        format!(
            "hosts: {{a: {{memory: 8GiB}}, b: {{memory: 8GiB}}, c: {{memory: 8GiB}}}}
startups: {{s: {{containers: {{web: {{memory: 6GiB, replicas: 3{keep}}}}}}}}}
placement: {{a: [s/web.1], b: [s/web.2], c: [s/web.3]}}
"
        )
    };
    let ask = |keep: &str, what: &str| {
        let folder = Folder::with(&[("lab.yaml", &lab(keep))]);
        folder.run(&["what-if", "lab.yaml", what, "b", "--format", "json", "-q"])
    };
    let ran = ask(", keep: 2", "--lose");
    let said: Value = serde_json::from_str(&ran.out).expect("it is JSON");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(said["plan"]["unplaced"], serde_json::json!(["s/web.2"]));
    assert_eq!(said["plan"]["fewer"], serde_json::json!([{"container": "s/web", "run": 2, "of": 3}]));
    // What is drained is not lost: all are to run.
    assert_eq!(ask(", keep: 2", "--drain").code, 1);
    for keep in ["", ", keep: 3"] {
        let texts = ways_out(&lab(keep), &["what-if", "--lose", "b"]);
        assert_offers(&texts, "`s/web`: keep 3 -> 2 of 3 replicas after a loss");
    }
    let texts = ways_out(&(lab("") + "rules: [{survive: 1}]\n"), &["plan"]);
    assert_offers(&texts, "`s/web`: keep 3 -> 2 of 3 replicas after a loss");
}

/// Where replicas do not all find a place of their own, fewer of them do, but never fewer than must run.
#[test]
fn fewer_replicas_than_there_are_places_for_do() {
    let lab = |keep: &str, place: &str| {
        format!(
            "hosts: {{a: {{count: 2, memory: 8GiB, labels: {{zone: x}}}}, b: {{memory: 8GiB, labels: {{zone: y}}}}}}
stacks: {{web: {{app: {{memory: 1GiB, replicas: 3, apart: zone{keep}}}}}}}
startups: {{s: web}}
placement: {place}
"
        )
    };
    for keep in ["", ", keep: 1", ", keep: 2"] {
        let texts = ways_out(&lab(keep, "{}"), &["fit", "--startup", "s"]);
        assert_offers(&texts, "`s/app`: replicas 3 -> 2");
    }
    let texts = ways_out(&lab(", keep: 3", "{}"), &["fit", "--startup", "s"]);
    assert!(!texts.iter().any(|text| text.contains("replicas 3")), "{texts:?}");
    // What stands is said anew.
    let placed = lab("", "{a-1: [s/app.1], b: [s/app.3]}").replace("apart: zone", "apart: host");
    let texts = ways_out(&placed, &["what-if", "--lose", "a-2"]);
    assert_offers(&texts, "`s/app`: replicas 3 -> 2");
    // Of several startups it is their stack that says so.
    let texts = ways_out(&lab("", "{}").replace("{s: web}", "{s1..s2: web}"), &["plan"]);
    assert_offers(&texts, "every `app` of stack `web`: replicas 3 -> 2");
}

/// A pool that no host that is left reaches is reached from another, or from those that come.
#[test]
fn a_pool_is_reached_from_more_hosts() {
    let lab = |memory: &str| {
        format!(
            "hosts: {{a: {{count: 2, memory: 8GiB, labels: {{zone: x}}}}, b: {{memory: {memory}, labels: {{zone: y}}}}}}
pools: {{ceph: {{disk: 1TB, hosts: a}}}}
startups: {{s1..s2: {{containers: {{db: {{memory: 4GiB, disk: 10GB, pool: ceph}}}}}}}}
placement: {{a-1: [s1/*], a-2: [s2/*]}}
"
        )
    };
    let texts = ways_out(&lab("8GiB"), &["what-if", "--drain", "zone=x"]);
    assert_offers(&texts, "pool ceph: reached from b, too");
    let texts = ways_out(&lab("2GiB"), &["what-if", "--drain", "zone=x"]);
    let both =
        |text: &String| text.contains("pool ceph: reached from all hosts") && text.contains("memory 2 GiB -> 8 GiB");
    assert!(texts.iter().any(both), "{texts:?}");
    let both = |text: &String| text.contains("pool ceph: reached from all hosts") && text.contains("more `");
    let texts = ways_out(&lab("4GiB").replace("hosts: a}", "hosts: {zone: x}}"), &["what-if", "--drain", "zone=x"]);
    assert!(texts.iter().any(both), "{texts:?}");
}

/// An agent of a newcomer runs on hosts that are drained, too: that it finds room there is a way out.
#[test]
fn a_host_that_is_drained_may_have_too_little_for_an_agent() {
    let lab = "hosts: {a: {memory: 8GiB, disk: 100GB}, b: {memory: 8GiB, state: drain}}
startups: {s: {containers: {app: {memory: 1GiB}, log: {disk: 5GB, every: host}}}}
placement: {}
";
    let texts = ways_out(lab, &["fit", "--startup", "s"]);
    assert_offers(&texts, "b: disk 0 B -> 5 GB (as sold: 100 GB)");
}

/// A host that is only planned comes up and is larger than planned; or a pin goes, and another host is larger.
#[test]
fn a_host_that_comes_up_may_have_to_be_larger() {
    let lab = "hosts: {a: {cpu: 2, memory: 2GiB}, b: {cpu: 2, memory: 2GiB, state: planned}}
startups: {s: {containers: {x: {cpu: 1, memory: 3GiB, on: [b]}}}}
placement: {}
";
    let texts = ways_out(lab, &["fit", "--startup", "s"]);
    assert_offers(&texts, "b: memory 2 GiB -> 3 GiB and 1 `b`");
    assert_offers(&texts, "a: memory 2 GiB -> 3 GiB and without `on: b` of `s/x` (lab.yaml:2)");
}
