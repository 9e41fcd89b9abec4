//! Incus and LXD: instances, members of a cluster, and what these have.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bayplan::import::{Asked, Format, Import, Origin, import};
use bayplan::quantity::Resource;
use fastrand::Rng;
use serde_json::{Value, json};

use super::proxmox::{is_survived, mutilated};
use super::{Bytes, asked, places, resolved, said_of};
use crate::support::cases;
use crate::support::program::Folder;

fn imported(files: &[(&str, &str)], profiles: &[&str]) -> Import {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let asked = Asked {
        profiles: profiles.iter().map(|name| (*name).to_owned()).collect(),
        ..asked(Format::Incus, &files, None)
    };
    import(&asked, &Bytes(BTreeMap::new())).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn instance(name: &str, config: Value, devices: Value) -> Value {
    json!({"name": name, "type": "container", "status": "Running", "status_code": 103, "location": "none",
        "project": "default", "profiles": ["default"], "config": {}, "devices": {}, "architecture": "x86_64",
        "expanded_config": config, "expanded_devices": devices, "ephemeral": false, "snapshots": null})
}

fn figures(import: &Import, name: &str) -> BTreeMap<String, u64> {
    let one = import.report.imported.iter().find(|one| one.name == name).expect("it is there");
    let said = one.request.iter().filter(|(_, (_, origin))| *origin == Origin::File);
    said.map(|(resource, (amount, _))| (resource.name().to_owned(), *amount)).collect()
}

fn refused<'a>(import: &'a Import, what: &str) -> Option<&'a str> {
    import.report.refused.iter().find(|one| one.what == what).map(|one| one.reason.as_str())
}

#[test]
fn limits_are_what_incus_takes_them_for() {
    let (mib, gib) = (1_u64 << 20, 1_u64 << 30);
    for (config, devices, expected, refusals) in [
        (
            json!({"limits.cpu": "2", "limits.memory": "512MiB"}),
            json!({}),
            vec![("cpu", 2000), ("memory", 512 * mib)],
            0,
        ),
        (
            json!({"limits.cpu": "0-3,8", "limits.memory": "2GB"}),
            json!({}),
            vec![("cpu", 5000), ("memory", 2_000_000_000)],
            1,
        ),
        (json!({"limits.cpu": "4", "limits.cpu.allowance": "25ms/100ms"}), json!({}), vec![("cpu", 250)], 0),
        (json!({"limits.cpu.allowance": "50%"}), json!({}), vec![], 1),
        (json!({"limits.memory": "512m"}), json!({}), vec![], 1),
        (json!({"limits.memory": "25%"}), json!({}), vec![("memory", 8 * gib)], 0),
        (
            json!({}),
            json!({"root": {"type": "disk", "path": "/", "pool": "default", "size": "20GiB"},
                "gpu0": {"type": "gpu", "gputype": "physical", "pci": "0000:01:00.0"},
                "eth0": {"type": "nic", "network": "incusbr0"}, "data": {"type": "disk", "pool": "default", "source": "v", "path": "/d"}}),
            vec![("disk", 20 * gib), ("gpu", 1)],
            0,
        ),
        (
            json!({}),
            json!({"gpu0": {"type": "gpu"}, "media": {"type": "disk", "source": "/srv", "path": "/m"}}),
            vec![("gpu", 1)],
            2,
        ),
        (json!({}), json!({"gpu0": {"type": "gpu", "gputype": "mdev", "mdev": "x"}, "u": {"type": "usb"}}), vec![], 2),
    ] {
        let list = json!([instance("one", config.clone(), devices.clone())]).to_string();
        let resources = json!({"cpu": {"total": 16, "sockets": []}, "memory": {"total": 32 * gib, "used": 1},
            "gpu": {"total": 2, "cards": []}});
        let import = imported(&[("list.json", &list), ("nuc.json", &resources.to_string())], &[]);
        let expected: BTreeMap<String, u64> = expected.into_iter().map(|(name, it)| (name.to_owned(), it)).collect();
        assert_eq!(figures(&import, "one"), expected, "{config} {devices}");
        assert_eq!(import.report.refused.len(), refusals, "{config} {devices}: {:?}", import.report.refused);
        let layout = resolved("it", &import.addition.document());
        assert_eq!(places(&layout), BTreeMap::from([("imported/one".to_owned(), vec!["nuc".to_owned()])]));
    }
    let mut vm = instance("vm", json!({}), json!({}));
    vm["type"] = json!("virtual-machine");
    let import = imported(&[("list.json", &json!([vm]).to_string())], &[]);
    assert_eq!(figures(&import, "vm"), BTreeMap::from([("cpu".to_owned(), 1000), ("memory".to_owned(), gib)]));
}

#[test]
fn profiles_that_are_not_expanded_are_taken_from_the_preseed() {
    let mut one = instance("one", json!(null), json!(null));
    let map = one.as_object_mut().expect("a map");
    map.retain(|key, _| !key.starts_with("expanded"));
    one["profiles"] = json!(["default", "big"]);
    one["config"] = json!({"limits.cpu": "3"});
    let preseed = "config: {}\nnetworks: []\nstorage_pools:\n- name: default\n  driver: btrfs\n  config: {size: 30GiB}\n\
                   profiles:\n- name: default\n  config: {limits.memory: 1GiB, limits.cpu: '1'}\n  devices:\n    \
                   root: {path: /, pool: default, type: disk, size: 5GiB}\n- name: big\n  config: {limits.memory: 4GiB}\n";
    let import = imported(&[("list.json", &json!([one]).to_string()), ("preseed.yaml", preseed)], &[]);
    let expected = [("cpu", 3000), ("memory", 4 << 30), ("disk", 5 << 30)].map(|(name, it)| (name.to_owned(), it));
    assert_eq!(figures(&import, "one"), BTreeMap::from(expected));
    let lone = imported(&[("list.json", &json!([one]).to_string())], &[]);
    assert!(refused(&lone, "one: profiles").is_some());
}

#[test]
fn a_cluster_within_a_cluster_lies_in_carriers() {
    let member = |name: &str, status: &str| {
        json!({"server_name": name, "url": "https://x", "database": true, "roles": [], "failure_domain": "rack1",
            "status": status, "message": "", "architecture": "x86_64", "groups": ["default", "fast"], "config": {}})
    };
    let mut all = Vec::new();
    for (name, location) in [("node1", "nuc"), ("node2", "big"), ("web", "node1"), ("db", "node2"), ("alone", "gone")] {
        let mut it =
            instance(name, json!({"limits.cpu": "1", "limits.memory": "1GiB", "security.nesting": "true"}), json!({}));
        it["location"] = json!(location);
        all.push(it);
    }
    let state = json!({"sysinfo": {"total_ram": 1_u64 << 35, "logical_cpus": 8, "uptime": 1},
        "storage_pools": {"local": {"space": {"used": 1, "total": 1_u64 << 40}}}})
    .to_string();
    let members = json!([member("nuc", "Online"), member("big", "Evacuated"), member("gone", "Offline")]).to_string();
    let files = [
        ("list.json", Value::from(all).to_string()),
        ("members.json", members),
        ("nuc.json", state.clone()),
        ("state-big.json", state),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let import = imported(&files, &[]);
    let text = import.addition.document();
    let layout = resolved("it", &text);
    assert_eq!(layout.lab.hosts.len(), 2, "{text}");
    assert!(refused(&import, "gone").is_some_and(|reason| reason.contains("Offline")), "{:?}", import.report.refused);
    assert!(text.contains("state: drain") && text.contains("failure-domain: rack1"), "{text}");
    let line = |name: &str| said_of(&text, name);
    assert!(line("node1").contains("carries: yes") && line("node2").contains("carries: yes"), "{text}");
    assert!(!line("web").contains("carries"), "{text}");
    assert!(line("web").contains("inside: node1") && line("db").contains("inside: node2"), "{text}");
}

#[test]
fn what_would_lie_in_itself_or_too_deep_stands_beside() {
    let located = |names: &[(&str, &str)]| {
        let all: Vec<Value> = names
            .iter()
            .map(|(name, location)| {
                let mut it = instance(name, json!({}), json!({}));
                it["location"] = json!(location);
                it
            })
            .collect();
        let import = imported(&[("list.json", &Value::from(all).to_string())], &[]);
        let text = import.addition.document();
        drop(resolved("it", &text));
        (import, text)
    };
    // A member is called like what is on it.
    let (import, text) = located(&[("nuc", "nuc"), ("web", "nuc")]);
    assert!(import.report.refused.is_empty(), "{:?}", import.report.refused);
    assert!(!said_of(&text, "nuc").contains("inside") && said_of(&text, "web").contains("inside: nuc"), "{text}");
    // Of a circle none lies in another, what lies in one of it does.
    let (import, text) = located(&[("a", "b"), ("b", "a"), ("c", "b")]);
    for name in ["a: inside", "b: inside"] {
        assert_eq!(refused(&import, name), Some("would lie in itself"));
    }
    assert!(said_of(&text, "c").contains("inside: b"), "{text}");
    let deep = [("a", "none"), ("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"), ("f", "e"), ("g", "f")];
    let (import, text) = located(&deep);
    assert!(refused(&import, "f: inside").is_some_and(|reason| reason.contains("deeper")), "{text}");
    assert!(said_of(&text, "e").contains("inside: d") && !said_of(&text, "e").contains("carries"), "{text}");
}

#[test]
fn a_carrier_of_a_document_may_wait_for_its_content() {
    let lab = "hosts: {nuc: {cpu: 8, memory: 16GiB}}\nstartups:\n  lab:\n    containers:\n      \
               box: {cpu: content, memory: content, carries: yes}\n";
    let (shop, off) = ("services: {web: {image: x}}\n", "services: {web: {image: x, scale: 0}}\n");
    let folder = Folder::with(&[("lab.yaml", lab), ("shop.yml", shop), ("off.yml", off), ("other.yml", shop)]);
    let with = |inner: &str| {
        let inside = format!("lab/box={inner}");
        folder.run(&["import", "other.yml", "--into", "lab.yaml", "--inside", &inside, "-o", "new.yaml"])
    };
    let ran = with("off.yml");
    assert!(ran.code == 2 && ran.err.contains("nothing-carried"), "{ran:?}");
    assert!(!folder.path("new.yaml").exists());
    let ran = with("shop.yml");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(folder.run(&["check", "new.yaml"]).code < 2);
    // What lies in a carrier as a whole lies in none of its own.
    let folder = Folder::with(&[("a.yml", shop), ("b.yml", "services: {db: {image: x}, web: {image: y}}\n")]);
    let ran = folder.run(&["import", "a.yml", "--inside", "db=b.yml", "-o", "new.yaml"]);
    assert!(ran.code == 2 && ran.err.contains("there is no container `db`"), "{ran:?}");
}

type Seen = (Option<u64>, Option<u64>, Option<String>);

struct Made {
    files: Vec<(String, String)>,
    /// By project and name: cpu, memory, and where it runs.
    instances: BTreeMap<(String, String), Seen>,
    stopped: BTreeSet<String>,
}

fn made(rng: &mut Rng) -> Made {
    let members: Vec<String> = (1..=rng.usize(1..4)).map(|at| format!("m{at}")).collect();
    let mut made = Made { files: Vec::new(), instances: BTreeMap::new(), stopped: BTreeSet::new() };
    let mut memory = BTreeMap::new();
    let rows: Vec<Value> = members
        .iter()
        .map(|name| json!({"server_name": name, "url": "", "roles": [], "status": "Online", "architecture": "x86_64"}))
        .collect();
    made.files.push(("members.json".to_owned(), Value::from(rows).to_string()));
    for name in &members {
        let total = rng.u64(1 << 30..1 << 38);
        memory.insert(name.clone(), total);
        let resources = json!({"cpu": {"total": rng.u64(1..65)}, "memory": {"total": total}});
        made.files.push((format!("{name}.json"), resources.to_string()));
    }
    let mut list = Vec::new();
    let projects = if rng.bool() { vec!["default"] } else { vec!["default", "shop", "A_B"] };
    for at in 0..rng.usize(..10) {
        let project = (*rng.choice(&projects).expect("one")).to_owned();
        let name = if rng.bool() { format!("i{at}") } else { format!("x{}-{}", at, rng.usize(..2)) };
        let member = rng.choice(&members).expect("one").clone();
        let (mut config, mut cpu, mut bytes) = (serde_json::Map::new(), None, None);
        match rng.u8(..4) {
            0 => {}
            1 => {
                let count = rng.u64(1..9);
                config.insert("limits.cpu".to_owned(), count.to_string().into());
                cpu = Some(count * 1000);
            }
            2 => {
                let (first, more) = (rng.u64(..4), rng.u64(..4));
                config.insert("limits.cpu".to_owned(), format!("{first}-{}", first + more).into());
                cpu = Some((more + 1) * 1000);
            }
            _ => {
                let time = rng.u64(1..400);
                config.insert("limits.cpu.allowance".to_owned(), format!("{time}ms/200ms").into());
                cpu = Some(time * 5);
            }
        }
        match rng.u8(..4) {
            0 => {}
            1 => {
                let share = rng.u64(1..101);
                config.insert("limits.memory".to_owned(), format!("{share}%").into());
                let exact = u128::from(memory[&member]) * u128::from(share);
                bytes = Some(u64::try_from(exact.div_ceil(100)).expect("it is less"));
            }
            _ => {
                let units = [("MiB", 1 << 20), ("MB", 1_000_000), ("GiB", 1 << 30), ("kB", 1000), ("", 1)];
                let (unit, factor) = *rng.choice(units.as_slice()).expect("one");
                let count = rng.u64(1..200);
                config.insert("limits.memory".to_owned(), format!("{count}{unit}").into());
                bytes = Some(count * factor);
            }
        }
        let mut it = instance(&name, config.into(), json!({}));
        it["project"] = json!(project);
        it["location"] = json!(member);
        let status = *rng.choice(["Running", "Running", "Frozen", "Stopped"].as_slice()).expect("one");
        it["status"] = json!(status);
        if status == "Stopped" {
            made.stopped.insert(name);
        } else {
            made.instances.insert((project, name), (cpu, bytes, Some(member)));
        }
        list.push(it);
    }
    made.files.insert(0, ("list.json".to_owned(), Value::from(list).to_string()));
    made
}

#[test]
fn a_made_up_cluster_becomes_what_it_was_made_from() {
    cases::each(0, 400, |seed| {
        let mut rng = Rng::with_seed(seed);
        let made = made(&mut rng);
        let files: Vec<(&str, &str)> = made.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let import = imported(&files, &[]);
        let what = format!("seed {seed}: {:?}", made.files);
        let layout = resolved(&what, &import.addition.document());
        let places = places(&layout);
        assert_eq!(import.report.imported.len(), made.instances.len(), "{what}");
        for ((project, name), (cpu, memory, host)) in &made.instances {
            let of_name = |one: &&bayplan::import::Imported| one.name == *name;
            let one = import.report.imported.iter().find(of_name).unwrap_or_else(|| panic!("{project}/{name}: {what}"));
            for (amount, resource) in [(cpu, Resource::Cpu), (memory, Resource::Memory)] {
                let said = one.request[&resource];
                match amount {
                    Some(amount) => assert_eq!(said, (*amount, Origin::File), "{what}"),
                    None => assert_eq!(said.1, Origin::Default, "{what}"),
                }
            }
            assert_eq!(places.get(&one.id).map(|hosts| hosts.join(" ")), *host, "{what}");
        }
        for name in &made.stopped {
            assert!(refused(&import, name).is_some_and(|reason| reason.contains("stopped")), "{name}: {what}");
        }
    });
}

#[test]
fn mutilated_files_are_imported_or_refused_in_time() {
    cases::each(0, 1_500, |seed| {
        let mut rng = Rng::with_seed(seed);
        let made = made(&mut rng);
        let mut files: Vec<(String, Vec<u8>)> =
            made.files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
        let one = rng.usize(..files.len());
        mutilated(&mut rng, &mut files[one].1);
        is_survived(Format::Incus, &files, &format!("seed {seed}"));
    });
}

#[test]
fn ten_thousand_instances_are_imported_in_time() {
    let all: Vec<Value> = (0..10_000)
        .map(|at| {
            let config =
                json!({"limits.cpu": "1", "limits.memory": "256MiB", "image.os": "Alpine", "volatile.uuid": "x"});
            instance(
                &format!("i{at}"),
                config,
                json!({"root": {"type": "disk", "path": "/", "pool": "default", "size": "2GiB"}}),
            )
        })
        .collect();
    let text = Value::from(all).to_string();
    let start = Instant::now();
    assert_eq!(imported(&[("list.json", &text)], &[]).report.imported.len(), 10_000);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_file_of_incus_is_known_by_what_is_in_it() {
    let list = json!([instance("one", json!({"limits.memory": "1GiB"}), json!({}))]).to_string();
    let folder = Folder::with(&[("list.json", &list)]);
    for args in [&["import", "list.json"][..], &["import", "lxd", "list.json"], &["import", "incus", "list.json"]] {
        let answer = folder.run(args);
        assert_eq!(answer.code, 0, "{}", answer.err);
    }
    let plan = folder.run(&["plan", "list.json"]);
    assert!(plan.err.contains("bayplan import incus list.json"), "{}", plan.err);
}
