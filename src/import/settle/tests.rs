//! Whatever is found becomes a document that is read without an error.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use super::super::found::*;
use super::super::found::{Figures, Pool, Wish};
use super::super::report::Origin;
use super::super::{Asked, written};
use super::*;
use crate::document::{Destination, Document};

const AT: Place = Place { file: 0, line: 1, column: 1, length: 1 };

fn named(name: &str) -> (String, Place) {
    (name.to_owned(), AT)
}

fn figures(amounts: &[(Resource, u64)]) -> Figures {
    amounts.iter().map(|(resource, value)| (resource.clone(), Figure { value: *value, at: AT })).collect()
}

fn machine(name: &str, memory: u64, labels: &[(&str, &str)]) -> Machine {
    Machine {
        name: name.to_owned(),
        at: AT,
        capacity: figures(&[(Resource::Cpu, 4000), (Resource::Memory, memory), (Resource::Disk, 1 << 40)]),
        labels: labels.iter().map(|(label, value)| ((*label).to_owned(), named(value))).collect(),
        drained: false,
    }
}

fn container(name: &str) -> Container {
    let request = figures(&[(Resource::Cpu, 100), (Resource::Memory, 1 << 30)]);
    Container { request, ..Container::new(name, AT) }
}

fn project(name: &str, containers: Vec<Container>) -> Project {
    Project { name: Some(named(name)), containers, ..Project::default() }
}

/// The document that becomes of it, and what is said of it.
fn document(found: Found, into: Option<&str>) -> (String, Report) {
    tried(found, into).unwrap_or_else(|(text, wrong)| panic!("{text}\n{wrong}"))
}

/// The same, or the text that is no document, and why.
fn tried(found: Found, into: Option<&str>) -> Result<(String, Report), (String, String)> {
    let into =
        into.map(|text| Document::from_bytes("lab.yaml", text.as_bytes(), &BTreeMap::new()).expect("a document"));
    let asked = Asked { name: "imported".to_owned(), into: into.as_ref(), ..Asked::default() };
    let known = known(&asked).expect("it is known");
    let sources = [Source { name: "file.x".to_owned(), text: String::new() }];
    let settled = settle(found, &asked, &known, &sources).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let addition = written::addition(&settled, &asked, &sources);
    let text = match &into {
        Some(document) => {
            let target = Destination { path: "lab.yaml", working_directory: None };
            match document.text_with_added(&addition, target) {
                Some(text) => text,
                None => return Err((addition.document(), "error: it cannot be added".to_owned())),
            }
        }
        None => addition.document(),
    };
    let read = Document::from_bytes("lab.yaml", text.as_bytes(), &BTreeMap::new()).and_then(|it| it.resolve_whole());
    match read {
        Ok(_) => Ok((text, settled.report)),
        Err(problems) => Err((text, problems.render(false))),
    }
}

fn reasons(report: &Report) -> Vec<String> {
    report.refused.iter().map(|it| format!("{}: {}", it.what, it.reason)).collect()
}

#[test]
fn hosts_carriers_and_what_runs_where_are_written() {
    let mut web = container("web");
    (web.count, web.runs_on) = (Count::Replicas(2), vec![named("PVE_1"), named("pve2")]);
    let mut vm = container("docker");
    (vm.carries, vm.runs_on) = (true, vec![named("pve2")]);
    vm.labels = BTreeMap::from([("Stage".to_owned(), "prod".to_owned())]);
    let mut inner = container("db");
    inner.inside = Some(named("docker"));
    inner.runs_on = vec![named("somewhere")];
    let mut kept = container("kept");
    kept.place.among = Some((vec!["pve2".to_owned(), "gone".to_owned()], AT));
    kept.place.labels = BTreeMap::from([("zone".to_owned(), named("b"))]);
    let mut drained = machine("pve2", 8 << 30, &[("zone", "b")]);
    drained.drained = true;
    let found = Found {
        projects: vec![project("lab", vec![web, vm, kept]), project("Lab", vec![inner])],
        hosts: vec![machine("PVE_1", 16 << 30, &[("zone", "a")]), drained],
        ..Found::default()
    };
    let (text, report) = document(found, None);
    let expected = "\
# imported from 
hosts:
  pve-1: {title: PVE_1, cpu: 4, memory: 16GiB, disk: 1TiB, labels: {zone: a}}  # file.x:1
  pve2: {cpu: 4, memory: 8GiB, disk: 1TiB, state: drain, labels: {zone: b}}  # file.x:1
startups:
  lab:
    containers:
      web: {cpu: 100m, memory: 1GiB, replicas: 2}  # file.x:1
      docker: {cpu: 100m, memory: 1GiB, carries: yes, labels: {stage: prod}}  # file.x:1
      kept: {cpu: 100m, memory: 1GiB, \"on\": pve2}  # file.x:1
  lab-2:
    title: Lab
    containers:
      db: {cpu: 100m, memory: 1GiB, inside: lab/docker}  # file.x:1
placement:
  lab/docker: [lab-2/db]
  pve-1: [lab/web.1]
  pve2: [lab/web.2, lab/docker]
";
    assert_eq!(text, expected);
    assert_eq!(reasons(&report), [] as [&str; 0]);
    assert_eq!((report.hosts.len(), report.placeholder), (2, false));
}

#[test]
fn a_carrier_of_unknown_size_is_as_large_as_what_it_holds() {
    let mut vm = Container::new("vm", AT);
    vm.request = figures(&[(Resource::Memory, 1 << 30)]);
    let inside = |mut one: Container| {
        one.inside = Some(named("vm"));
        one
    };
    let mut small = Container::new("small", AT);
    small.request = figures(&[(Resource::Cpu, 500), (Resource::Disk, 1 << 30)]);
    let mut large = container("large");
    large.request = figures(&[(Resource::Memory, 2 << 30)]);
    let mut measured = Container::new("seen", AT);
    measured.image = Some("x".to_owned());
    let found = Found {
        projects: vec![project("lab", vec![vm, inside(small), inside(large), inside(measured)])],
        hosts: vec![machine("one", 1 << 34, &[])],
        measured: vec![Measured {
            name: "seen".to_owned(),
            at: AT,
            on: None,
            cpu: vec![1],
            memory: vec![2 << 30],
            limit: None,
        }],
        ..Found::default()
    };
    let (text, report) = document(found, None);
    assert!(text.contains("vm: {memory: 1GiB, cpu: content, disk: content, carries: yes}"), "{text}");
    assert!(text.contains("small: {size: unmeasured, cpu: 500m, disk: 1GiB, inside: vm}"), "{text}");
    let seen =
        "seen:  # file.x:1; cpu: measured, a snapshot\n        cpu: 1m\n        memory: 1GiB\n        inside: vm\n";
    assert!(text.contains(seen), "{text}");
    assert_eq!(reasons(&report), ["large: inside: asks for 2 GiB of memory, and `vm` has 1 GiB"]);
}

#[test]
fn what_is_there_already_is_matched_by_name() {
    let lab = "hosts:\n  pve1: {cpu: 4, memory: 32GiB}\nstartups:\n  old: {containers: {box: {cpu: 1, memory: 4GiB, carries: \
               yes}, x: {cpu: 1, memory: 1GiB}}}\nplacement:\n  pve1: [old/box]\n";
    let mut web = container("web");
    web.runs_on = vec![named("PVE1")];
    let mut inner = container("db");
    inner.inside = Some(named("box"));
    let mut lost = container("lost");
    (lost.inside, lost.runs_on) = (Some(named("nobody")), vec![named("gone")]);
    let found = Found {
        projects: vec![project("new", vec![web, inner, lost])],
        hosts: vec![machine("PVE1", 16 << 30, &[]), machine("pve2", 8 << 30, &[])],
        ..Found::default()
    };
    let (text, report) = document(found, Some(lab));
    assert!(text.contains("placement:\n  pve1: [old/box, new/web]\n  old/box: [new/db]\n"), "{text}");
    assert!(text.contains("  pve2: {cpu: 4, memory: 8GiB, disk: 1TiB}  # file.x:1\n"), "{text}");
    assert_eq!(text.matches("pve1").count(), 2, "{text}");
    assert!(report.notes.iter().any(|note| note.message.contains("16 GiB of memory here and 32 GiB there")));
    assert_eq!(
        reasons(&report),
        ["lost: inside: `nobody` is not imported", "lost: runs on gone: the document has no host of that name"]
    );
}

#[test]
fn pools_bonds_wishes_and_what_is_avoided_are_written() {
    let mut app = container("app");
    app.count = Count::Replicas(3);
    app.place.even = vec![("zone".to_owned(), 2, AT), (EACH_HOST.to_owned(), 1, AT)];
    app.place.avoid = vec![(Avoid::Label("zone".to_owned(), "b".to_owned()), AT), (Avoid::Host("no".to_owned()), AT)];
    app.place.wishes = vec![
        Wish { what: Wished::Hosts(vec!["one".to_owned()]), weight: 1, at: AT },
        Wish { what: Wished::Apart(EACH_HOST.to_owned()), weight: 9, at: AT },
        Wish { what: Wished::Labels(BTreeMap::from([("zone".to_owned(), "a".to_owned())])), weight: 1, at: AT },
    ];
    let mut db = container("db");
    (db.pool, db.place.apart) = (Some(named("Ceph")), vec![("zone".to_owned(), AT)]);
    db.count = Count::Replicas(2);
    db.request.insert(Resource::Disk, Figure { value: 1 << 30, at: AT });
    let member = |container, replica| Member { project: 0, container, replica };
    let bond = |kind, of, weight| Bond { kind, of, weight, at: AT };
    let found = Found {
        projects: vec![project("shop", vec![app, db, container("x")])],
        hosts: vec![
            machine("one", 1 << 34, &[("zone", "a")]),
            machine("two", 1 << 34, &[("zone", "b")]),
            machine("three", 1 << 34, &[("zone", "c")]),
        ],
        pools: vec![Pool {
            name: "Ceph".to_owned(),
            at: AT,
            disk: Figure { value: 1 << 40, at: AT },
            hosts: vec!["one".to_owned(), "two".to_owned()],
        }],
        bonds: vec![
            bond(Bound::Together, vec![member(0, Some(2)), member(2, None)], None),
            bond(Bound::AtMost(1, EACH_HOST.to_owned()), vec![member(0, None), member(1, None)], Some(5)),
            bond(Bound::AtMost(2, "zone".to_owned()), vec![member(0, None), member(2, None)], None),
            bond(Bound::Together, vec![member(2, None), member(2, Some(7))], None),
        ],
        ..Found::default()
    };
    let (text, report) = document(found, None);
    for line in [
        "  ceph: {title: Ceph, disk: 1TiB, hosts: [one, two]}  # file.x:1\n",
        "        \"on\": [one, three]\n",
        "        spread: {over: zone, skew: 2}\n",
        "        prefer: [{\"on\": one}, {apart: host, weight: 9}, {\"on\": {zone: a}}]\n",
        "apart: zone, pool: ceph",
        "  - {together: [shop/app.2, shop/x]}\n",
        "  - {prefer: {apart: [shop/app, shop/db], weight: 5}}\n",
        "  - {at-most: {count: 2, per: zone, of: [shop/app, shop/x]}}\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert_eq!(text.matches("together").count(), 1);
    assert_eq!(
        reasons(&report),
        ["app: placement: replicas are spread over `zone`, and over one thing only: not over `host`"]
    );
}

#[test]
fn measurements_stand_behind_the_file_and_before_the_catalogue() {
    let mut db = Container::new("db", AT);
    db.image = Some("mariadb:11".to_owned());
    let mut web = container("web");
    web.running_as = Some("front".to_owned());
    let measured = |name: &str, cpu: &[u64], memory: &[u64]| Measured {
        name: name.to_owned(),
        at: AT,
        on: None,
        cpu: cpu.to_vec(),
        memory: memory.to_vec(),
        limit: None,
    };
    let found = Found {
        projects: vec![project("shop", vec![db, web])],
        measured: vec![measured("shop-db-1", &[250], &[100 << 20]), measured("front", &[7, 9], &[1 << 20, 2 << 20])],
        ..Found::default()
    };
    let (text, report) = document(found, None);
    assert!(text.contains("observed: {cpu: 250m, memory: 100MiB, source: \"file.x, a snapshot\"}"), "{text}");
    assert!(text.contains("cpu: 250m, memory: 115MiB"), "{text}");
    assert!(
        text.contains("web: {cpu: 100m, memory: 1GiB, observed: {cpu: 9m, memory: 2MiB, source: file.x}}"),
        "{text}"
    );
    assert_eq!(report.count(&Resource::Memory, Origin::Measured), 1);
    assert_eq!(report.count(&Resource::Memory, Origin::File), 1);
}

/// Names as nobody should write them, and some that are alike.
const NAMES: [&str; 14] =
    ["a", "A", "a_", "web", "Web.1", "host", "carrier", "lab", "x\ny: z", "$(reboot)", "../..", "ü\u{202e}", "", "10"];

const AMOUNTS: [u64; 9] = [0, 1, 999, 1 << 20, 1 << 30, (1 << 53) - 1, 1 << 53, 1 << 60, u64::MAX];

fn name(rng: &mut Rng) -> String {
    let name = rng.choice(NAMES).expect("one");
    if rng.u8(..20) == 0 { name.repeat(150) } else { name.to_owned() }
}

fn amounts(rng: &mut Rng) -> Figures {
    let mut all = Figures::new();
    for resource in [
        Resource::Cpu,
        Resource::Memory,
        Resource::Disk,
        Resource::Named("gpu".to_owned()),
        Resource::Sized("gpu".to_owned()),
        Resource::Named("tpu".to_owned()),
    ] {
        let value = if rng.u8(..12) == 0 { *rng.choice(&AMOUNTS).expect("one") } else { rng.u64(..1 << 34) };
        // Amounts of the file are never above the largest: each format says so itself.
        let value = value.min(crate::quantity::LARGEST_AMOUNT);
        if rng.bool() {
            all.insert(resource, Figure { value, at: AT });
        }
    }
    all
}

fn some<T>(rng: &mut Rng, most: usize, mut one: impl FnMut(&mut Rng) -> T) -> Vec<T> {
    let count = if rng.bool() { 0 } else { rng.usize(..=most) };
    (0..count).map(|_| one(rng)).collect()
}

fn place(rng: &mut Rng) -> Where {
    let over = |rng: &mut Rng| if rng.bool() { EACH_HOST.to_owned() } else { name(rng) };
    let one_of = |rng: &mut Rng| (name(rng), AT);
    Where {
        host: some(rng, 1, one_of).pop(),
        labels: some(rng, 2, |rng| (name(rng), (name(rng), AT))).into_iter().collect(),
        spread: some(rng, 2, one_of),
        at_most: some(rng, 1, |rng| (rng.u64(1..4), AT)).pop(),
        among: some(rng, 1, |rng| (some(rng, 3, name), AT)).pop(),
        apart: some(rng, 2, |rng| (over(rng), AT)),
        even: some(rng, 2, |rng| (over(rng), rng.u64(..3), AT)),
        wishes: some(rng, 2, |rng| {
            let what = match rng.u8(..4) {
                0 => Wished::Labels(some(rng, 2, |rng| (name(rng), name(rng))).into_iter().collect()),
                1 => Wished::Hosts(some(rng, 3, name)),
                2 => Wished::Apart(over(rng)),
                _ => Wished::Even(over(rng), rng.u64(..3)),
            };
            Wish { what, weight: *rng.choice(&[0, 1, 100, u64::MAX]).expect("one"), at: AT }
        }),
        avoid: some(rng, 2, |rng| {
            let what = if rng.bool() { Avoid::Host(name(rng)) } else { Avoid::Label(name(rng), name(rng)) };
            (what, AT)
        }),
    }
}

fn any_container(rng: &mut Rng) -> Container {
    let link = |rng: &mut Rng| Named { name: name(rng), at: AT, optional: rng.bool() };
    let images = ["redis", "immich-app/immich-server", "x", ""];
    Container {
        running_as: some(rng, 1, name).pop(),
        image: some(rng, 1, |rng| (*rng.choice(&images).expect("one")).to_owned()).pop(),
        count: if rng.u8(..6) == 0 { Count::EveryHost } else { Count::Replicas(rng.u64(1..4)) },
        request: amounts(rng),
        limit: amounts(rng),
        needs: some(rng, 2, link),
        beside: some(rng, 2, link),
        place: place(rng),
        runs_on: some(rng, 4, |rng| (name(rng), AT)),
        pool: some(rng, 1, |rng| (name(rng), AT)).pop(),
        carries: rng.u8(..3) == 0,
        inside: some(rng, 1, |rng| (name(rng), AT)).pop(),
        labels: some(rng, 2, |rng| (name(rng), name(rng))).into_iter().collect(),
        ..Container::new(name(rng), AT)
    }
}

fn any(rng: &mut Rng) -> Found {
    let mut found = Found::default();
    for _ in 0..rng.usize(1..4) {
        let mut seen = BTreeSet::new();
        let containers: Vec<Container> = (0..rng.usize(..6)).map(|_| any_container(rng)).collect();
        let containers = containers.into_iter().filter(|one| seen.insert(one.name.clone())).collect();
        found.projects.push(Project {
            name: some(rng, 1, |rng| (name(rng), AT)).pop(),
            containers,
            ..Project::default()
        });
    }
    found.hosts = some(rng, 4, |rng| Machine {
        name: name(rng),
        at: AT,
        capacity: amounts(rng),
        labels: some(rng, 3, |rng| (name(rng), (name(rng), AT))).into_iter().collect(),
        drained: rng.u8(..4) == 0,
    });
    found.pools = some(rng, 3, |rng| Pool {
        name: name(rng),
        at: AT,
        disk: Figure { value: *rng.choice(&AMOUNTS).expect("one"), at: AT },
        hosts: some(rng, 3, name),
    });
    let projects: Vec<usize> = found.projects.iter().map(|project| project.containers.len()).collect();
    found.bonds = some(rng, 4, |rng| Bond {
        kind: match rng.bool() {
            true => Bound::Together,
            false => Bound::AtMost(rng.u64(..3), if rng.bool() { EACH_HOST.to_owned() } else { name(rng) }),
        },
        of: some(rng, 4, |rng| Member {
            project: rng.usize(..projects.len() + 1),
            container: rng.usize(..7),
            replica: some(rng, 1, |rng| rng.u64(..4)).pop(),
        }),
        weight: some(rng, 1, |rng| *rng.choice(&[0, 1, u64::MAX]).expect("one")).pop(),
        at: AT,
    });
    found.measured = some(rng, 4, |rng| Measured {
        name: name(rng),
        at: AT,
        on: None,
        cpu: some(rng, 3, |rng| *rng.choice(&AMOUNTS).expect("one")),
        memory: some(rng, 3, |rng| *rng.choice(&AMOUNTS).expect("one")),
        limit: None,
    });
    found
}

#[test]
fn whatever_is_found_becomes_a_document() {
    let labs = [
        "hosts:\n  a: {cpu: 4, memory: 32GiB, disk: 1TB, resources: {gpu: 2}, labels: {web: a, zone: x}}\n  web: {count: 2, \
         memory: 1GiB}\npools:\n  lab: {disk: 1TB}\nstartups:\n  old: {containers: {web: {cpu: 1, memory: 4GiB, carries: yes}, \
         x: {cpu: 1, memory: 1GiB}}}\nplacement:\n  a: [old/web]\n",
        "hosts: {x: {memory: 1GiB, resources: {gpu: 1GB}}}\nplacement: {}\n",
    ];
    let mut kinds: BTreeMap<String, String> = BTreeMap::new();
    for seed in 0..4_000 {
        let mut rng = Rng::with_seed(seed);
        let found = any(&mut rng);
        let into = (seed % 2 == 1).then(|| labs[seed as usize / 2 % 2]);
        let wanted: usize = found.projects.iter().map(|project| project.containers.len()).sum();
        match tried(found, into) {
            Ok((text, report)) => {
                let refused = report.refused.iter().filter(|it| it.reason.contains("all together")).count();
                assert!(report.imported.len() + refused >= wanted, "seed {seed}: nothing is silently gone\n{text}");
            }
            Err((text, wrong)) => {
                let kind = wrong.lines().find(|line| line.starts_with("error")).unwrap_or("").to_owned();
                let kind: String = kind.chars().take(25).collect();
                kinds.entry(kind).or_insert_with(|| format!("seed {seed}\n{text}\n{wrong}"));
            }
        }
    }
    assert!(kinds.is_empty(), "{} kinds\n{}", kinds.len(), kinds.into_values().collect::<Vec<_>>().join("\n==\n"));
}
