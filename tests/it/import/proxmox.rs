//! Proxmox VE: lists of resources, configurations of guests, and high availability.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use bayplan::document::Problems;
use bayplan::import::{Asked, Format, Import, import};
use bayplan::quantity::Resource;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{Bytes, asked, places, resolved, said_of, samples};
use crate::support::cases;
use crate::support::program::Folder;

fn imported(files: &[(&str, &str)], profiles: &[&str]) -> Result<Import, Problems> {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let asked = Asked {
        profiles: profiles.iter().map(|name| (*name).to_owned()).collect(),
        ..asked(Format::Proxmox, &files, None)
    };
    import(&asked, &Bytes(BTreeMap::new()))
}

fn accepted(import: &Import, what: &str) -> bayplan::model::Layout {
    resolved(what, &import.addition.document())
}

/// By name: what it asks for of cpu and memory.
fn figures(import: &Import) -> BTreeMap<String, (Option<u64>, Option<u64>)> {
    let of = |one: &bayplan::import::Imported, resource| one.request.get(&resource).map(|(amount, _)| *amount);
    let all = import.report.imported.iter();
    all.map(|one| (one.name.clone(), (of(one, Resource::Cpu), of(one, Resource::Memory)))).collect()
}

fn refused<'a>(import: &'a Import, what: &str) -> Option<&'a str> {
    import.report.refused.iter().find(|one| one.what == what).map(|one| one.reason.as_str())
}

#[test]
fn a_real_cluster_has_the_guests_and_nodes_that_a_plain_reading_finds() {
    let Some(folder) = samples("proxmox") else { return };
    let text = fs::read_to_string(folder.join("cluster-resources.json")).expect("a file");
    let raw: Value = serde_json::from_str(&text).expect("JSON");
    let rows = raw["data"].as_array().expect("rows");
    let of_type = |kind: &str| rows.iter().filter(|row| row["type"] == kind).cloned().collect::<Vec<_>>();
    for (profiles, states) in [(&[][..], &["running"][..]), (&["stopped"], &["running", "stopped"])] {
        let import = imported(&[("cluster-resources.json", &text)], profiles).expect("it is read");
        let layout = accepted(&import, "a real cluster");
        let expected: BTreeMap<String, (Option<u64>, Option<u64>)> = of_type("qemu")
            .iter()
            .filter(|row| row["template"] != 1 && states.contains(&row["status"].as_str().expect("a status")))
            .map(|row| {
                let name = row["name"].as_str().expect("a name").to_owned();
                (name, (row["maxcpu"].as_u64().map(|cpus| cpus * 1000), row["maxmem"].as_u64()))
            })
            .collect();
        assert_eq!(figures(&import), expected);
        assert_eq!(import.report.refused.len(), of_type("qemu").len() - expected.len(), "{:?}", import.report.refused);
        assert_eq!(layout.lab.hosts.len(), of_type("node").len());
        for row in of_type("node") {
            let host = layout.lab.hosts.iter().find(|host| row["node"] == host.name.as_str()).expect("a host");
            let has = |resource: &Resource| host.capacity[layout.lab.resource_index(resource).expect("it is counted")];
            let zfs =
                of_type("storage").into_iter().find(|it| it["storage"] == "local-zfs" && it["node"] == row["node"]);
            assert_eq!(has(&Resource::Cpu), row["maxcpu"].as_u64().expect("cpus") * 1000);
            assert_eq!(has(&Resource::Memory), row["maxmem"].as_u64().expect("bytes"));
            assert_eq!(has(&Resource::Disk), zfs.expect("a storage")["maxdisk"].as_u64().expect("bytes"));
        }
    }
}

type Seen = (Option<u64>, Option<u64>, Option<String>);

/// A cluster, and what it is to become.
struct Made {
    rows: Vec<Value>,
    /// By name: cpu, memory, and the host.
    guests: BTreeMap<String, Seen>,
    refused: BTreeSet<String>,
    hosts: BTreeMap<String, (u64, u64, Option<u64>)>,
}

/// Everything is decided here, and counted as it is decided.
fn made(rng: &mut Rng) -> Made {
    let mut made = Made { rows: Vec::new(), guests: BTreeMap::new(), refused: BTreeSet::new(), hosts: BTreeMap::new() };
    let nodes: Vec<String> = (1..=rng.usize(1..5)).map(|number| format!("pve{number}")).collect();
    for node in &nodes {
        let (cpu, memory) = (rng.u64(1..64), rng.u64(1 << 30..1 << 38));
        let mut row = json!({"type": "node", "node": node, "id": format!("node/{node}"), "status": "online",
            "maxcpu": cpu, "maxmem": memory, "cpu": rng.f64(), "mem": memory / 2});
        let local = rng.bool().then(|| rng.u64(1 << 33..1 << 42));
        if let Some(size) = local {
            made.rows.push(json!({"type": "storage", "storage": "local-lvm", "node": node, "shared": 0,
                "id": format!("storage/{node}/local-lvm"), "content": "rootdir,images", "maxdisk": size, "disk": 7}));
        }
        made.rows.push(json!({"type": "storage", "storage": "local", "node": node, "shared": 0,
            "id": format!("storage/{node}/local"), "content": "iso,backup", "maxdisk": 1_u64 << 40, "disk": 5}));
        match rng.u8(..6) {
            0 => {
                row["status"] = json!("offline");
                made.refused.insert(node.clone());
            }
            1 => {
                row.as_object_mut().expect("a row").remove("maxmem");
                made.refused.insert(node.clone());
            }
            _ => drop(made.hosts.insert(node.clone(), (cpu * 1000, memory, local))),
        }
        made.rows.push(row);
    }
    for (number, kind) in (100..100 + rng.u64(..12)).zip(std::iter::repeat_with(|| ["qemu", "lxc"])) {
        let kind = kind[rng.usize(..2)];
        let node = rng.choice(&nodes).expect("one").clone();
        let mut row = json!({"type": kind, "vmid": number, "id": format!("{kind}/{number}"), "node": node});
        let name = match rng.u8(..6) {
            0 => format!("{} {number}", if kind == "qemu" { "VM" } else { "CT" }),
            1 => format!("$(reboot) {number}"),
            2 => format!("../../{number}"),
            _ => format!("guest{number}"),
        };
        if !name.starts_with("VM") && !name.starts_with("CT") {
            row["name"] = json!(name);
        }
        let cpu = rng.bool().then(|| rng.u64(1..9));
        let memory = rng.bool().then(|| rng.u64(1 << 20..1 << 36));
        cpu.iter().for_each(|cpu| row["maxcpu"] = json!(cpu));
        memory.iter().for_each(|memory| row["maxmem"] = json!(memory));
        if rng.bool() {
            row["maxdisk"] = json!(rng.u64(..1 << 35));
        }
        let is_template = rng.u8(..5) == 0;
        row["template"] = json!(u8::from(is_template));
        let status = rng.choice(["running", "stopped", "unknown", "paused"]).expect("one");
        row["status"] = json!(status);
        if is_template || status == "stopped" {
            made.refused.insert(name);
        } else {
            let host = made.hosts.contains_key(&node).then_some(node);
            made.guests.insert(name, (cpu.map(|cpu| cpu * 1000), memory, host));
        }
        made.rows.push(row);
    }
    made.rows.push(json!({"type": "pool", "pool": "p", "id": "/pool/p"}));
    made.rows.push(json!({"type": "network", "id": "network/pve1/zone/x", "network": "x", "node": "pve1"}));
    rng.shuffle(&mut made.rows);
    made
}

#[test]
fn a_made_up_cluster_becomes_what_it_was_made_from() {
    cases::each(0, 400, |seed| {
        let mut rng = Rng::with_seed(seed);
        let made = made(&mut rng);
        let rows = Value::from(made.rows.clone());
        let text = if rng.bool() { json!({ "data": rows }).to_string() } else { rows.to_string() };
        let import =
            imported(&[("r.json", &text)], &[]).unwrap_or_else(|wrong| panic!("{seed}: {}", wrong.render(false)));
        let what = format!("seed {seed}: {text}");
        let layout = accepted(&import, &what);
        let places = places(&layout);
        let names: BTreeSet<String> = import.report.imported.iter().map(|one| one.name.clone()).collect();
        assert_eq!(names, made.guests.keys().cloned().collect(), "{what}");
        for one in &import.report.imported {
            let (cpu, memory, host) = &made.guests[&one.name];
            for (amount, resource) in [(cpu, Resource::Cpu), (memory, Resource::Memory)] {
                let said = &one.request[&resource];
                match amount {
                    Some(amount) => assert_eq!(*said, (*amount, bayplan::import::Origin::File), "{what}"),
                    None => assert_eq!(said.1, bayplan::import::Origin::Default, "{what}"),
                }
            }
            let there = places.get(&one.id).map(|hosts| hosts.join(" "));
            assert_eq!(there, *host, "{what}");
        }
        for name in &made.refused {
            assert!(refused(&import, name).is_some(), "{name} is refused: {what}");
        }
        let hosts: BTreeMap<String, (u64, u64, Option<u64>)> = (import.report.hosts.iter())
            .map(|host| {
                let of = |resource| host.capacity.get(&resource).copied();
                let (cpu, memory) = (of(Resource::Cpu).unwrap_or(0), of(Resource::Memory).unwrap_or(0));
                (host.name.clone(), (cpu, memory, of(Resource::Disk)))
            })
            .collect();
        assert_eq!(hosts, made.hosts, "{what}");
    });
}

const VM: &str = "# a note\nboot: order=scsi0\ncores: 2\nsockets: 2\nmemory: 4096\nname: db\nhostpci0: 0000:01:00.0,x-vga=1\n\
                  hostpci1: 0000:02:00.0\nide2: local:iso/x.iso,media=cdrom,size=1G\nscsi0: local-lvm:vm-100-disk-0,size=32G\n\
                  scsi1: local-lvm:vm-100-disk-1,size=512M\nscsi2: /dev/disk/by-id/x,size=1T\ntags: prod;db\n[PENDING]\nmemory: 1\n\
                  [before]\nmemory: 9999\ncores: 64\n[special:cloudinit]\nname: other\n";
const CT: &str = "arch: amd64\nhostname: web\ncpulimit: 0.5\nmemory: 512\nrootfs: local-lvm:subvol-101-disk-0,size=8G\n\
                  mp0: local-lvm:subvol-101-disk-1,mp=/data,size=1.5T\nmp1: /mnt/media,mp=/media\nfeatures: nesting=1\nswap: 0\n\
                  lxc.apparmor.profile: unconfined\n[snap]\nmemory: 2048\n";

#[test]
fn configurations_say_more_than_lists_and_their_snapshots_nothing() {
    let files = [("/etc/pve/nodes/pve1/qemu-server/100.conf", VM), ("pve1/lxc/101.conf", CT)];
    let import = imported(&files, &[]).expect("they are read");
    accepted(&import, "configurations");
    let of = |name: &str| {
        let one = import.report.imported.iter().find(|one| one.name == name).expect("it is there");
        one.request.iter().map(|(resource, (amount, _))| (resource.name().to_owned(), *amount)).collect::<Vec<_>>()
    };
    let (gib, mib) = (1_u64 << 30, 1_u64 << 20);
    let named = |list: &[(&str, u64)]| list.iter().map(|(name, it)| ((*name).to_owned(), *it)).collect::<Vec<_>>();
    let vm = [("cpu", 4000), ("memory", 4 * gib), ("disk", 32 * gib + 512 * mib), ("gpu", 1), ("pci", 1)];
    assert_eq!(of("db"), named(&vm));
    assert_eq!(of("web"), named(&[("cpu", 500), ("memory", 512 * mib), ("disk", 8 * gib + 3 * 512 * gib)]));
    for what in ["db: scsi2", "web: mp1"] {
        assert!(refused(&import, what).is_some_and(|reason| reason.contains("of its host alone")), "{what}");
    }
    for (text, cpu, memory) in [
        ("ostype: l26\ncores: 4\nvcpus: 3\nmemory: 1024\nname: x\n", Some(3000), 1024),
        ("ostype: l26\nname: x\nboot: c\n", Some(1000), 512),
        ("ostype: l26\nname: x\nmemory: current=2048,max=4096\n", Some(1000), 2048),
        ("ostype: l26\nname: x\nmemory: 64\ncores: 4\ncpulimit: 1.5\n", Some(1500), 64),
        ("ostype: debian\nhostname: x\nmemory: 64\narch: amd64\n", None, 64),
        ("ostype: debian\nhostname: x\nmemory: 64\nmemory: 128\ncores: 2\ncpulimit: 0\n", Some(2000), 128),
    ] {
        let import = imported(&[("x.conf", text)], &[]).expect("it is read");
        let one = import.report.imported.first().expect("one");
        let cpu = cpu.map_or(100, |cpu| cpu);
        assert_eq!((one.name.as_str(), one.request[&Resource::Cpu].0), ("x", cpu), "{text}");
        assert_eq!(one.request[&Resource::Memory].0, memory * mib, "{text}");
    }
}

#[test]
fn a_list_and_configurations_together_are_the_same_guests() {
    let list = json!([
        {"type": "node", "node": "pve1", "status": "online", "maxcpu": 8, "maxmem": 1_u64 << 34},
        {"type": "node", "node": "pve2", "status": "online", "maxcpu": 8, "maxmem": 1_u64 << 34},
        {"type": "storage", "storage": "ceph", "node": "pve1", "shared": 1, "content": "images", "maxdisk": 4_u64 << 40},
        {"type": "storage", "storage": "ceph", "node": "pve2", "shared": 1, "content": "images", "maxdisk": 4_u64 << 40},
        {"type": "storage", "storage": "local-lvm", "node": "pve1", "shared": 0, "content": "images", "maxdisk": 1_u64 << 40},
        {"type": "qemu", "vmid": 100, "name": "db", "node": "pve1", "status": "running", "maxcpu": 4, "maxmem": 1, "maxdisk": 9},
        {"type": "lxc", "vmid": 101, "name": "web", "node": "pve1", "status": "running", "maxcpu": 1, "maxmem": 1, "maxdisk": 9},
        {"type": "lxc", "vmid": 102, "name": "far", "node": "pve2", "status": "running", "maxcpu": 1, "maxmem": 1, "maxdisk": 9},
    ])
    .to_string();
    let vm = VM.replace("local-lvm:vm-100", "ceph:vm-100");
    let import = imported(&[("r.json", &list), ("100.conf", &vm)], &[]).expect("they are read");
    let text = import.addition.document();
    let layout = accepted(&import, "a list and a configuration");
    assert_eq!(import.report.imported.len(), 3);
    assert_eq!(layout.lab.pools.len(), 1, "shared storage counts once: {text}");
    assert!(text.contains("ceph: {disk: 4TiB, hosts: [pve1, pve2]}"), "{text}");
    let line = |name: &str| said_of(&text, name);
    assert!(line("db").contains("pool: ceph") && line("db").contains("disk: 33280MiB"), "{text}");
    // On which of two storages it lies nobody says; on the other node there is but one.
    assert!(refused(&import, "web: disk").is_some_and(|reason| reason.contains("is not said")), "{text}");
    assert!(!line("web").contains("disk") && line("far").contains("pool: ceph"), "{text}");
    assert!(text.contains("gpu: 1"), "{text}");
}

#[test]
fn high_availability_says_where_guests_may_run() {
    let list = json!([
        {"type": "node", "node": "a", "status": "online", "maxcpu": 8, "maxmem": 1_u64 << 34},
        {"type": "node", "node": "b", "status": "online", "maxcpu": 8, "maxmem": 1_u64 << 34},
        {"type": "node", "node": "c", "status": "online", "maxcpu": 8, "maxmem": 1_u64 << 34},
        {"type": "qemu", "vmid": 100, "name": "one", "node": "a", "status": "running", "maxcpu": 1, "maxmem": 1024},
        {"type": "qemu", "vmid": 101, "name": "two", "node": "b", "status": "running", "maxcpu": 1, "maxmem": 1024},
    ])
    .to_string();
    let groups = "group: few\n\tnodes a:2,b\n\trestricted 1\n\ngroup: any\n\tnodes c\n";
    let resources = "vm: 100\n\tgroup few\n\tstate started\n\nvm: 101\n\tgroup any\n\nvm: 999\n\tgroup none\n";
    let rules = "node-affinity: rule\n\tresources vm:101\n\tnodes b,c\n\tstrict 1\n\nresource-affinity: away\n\
                 \tresources vm:100,vm:101\n\taffinity negative\n";
    let files = [("r.json", list.as_str()), ("groups.cfg", groups), ("resources.cfg", resources), ("rules.cfg", rules)];
    let import = imported(&files, &[]).expect("they are read");
    let text = import.addition.document();
    accepted(&import, "high availability");
    let line = |name: &str| said_of(&text, name);
    assert!(line("one").contains("on: [a, b]"), "{text}");
    assert!(line("two").contains("on: [b, c]"), "{text}");
    assert!(refused(&import, "vm:999: group").is_some(), "{:?}", import.report.refused);
}

#[test]
fn guests_of_one_name_stay_two_and_pools_become_startups() {
    let list = json!([
        {"type": "qemu", "vmid": 100, "name": "web", "pool": "shop", "status": "running", "maxcpu": 1, "maxmem": 1024},
        {"type": "qemu", "vmid": 101, "name": "web", "pool": "shop", "status": "running", "maxcpu": 1, "maxmem": 2048},
        {"type": "lxc", "vmid": 102, "name": "web", "pool": "blog", "status": "running", "maxcpu": 1, "maxmem": 4096},
        {"type": "lxc", "vmid": 103, "tags": "carrier;x", "status": "running", "maxcpu": 1, "maxmem": 4096},
        {"type": "qemu", "vmid": 100, "name": "web", "pool": "shop", "status": "running", "maxcpu": 1, "maxmem": 1024},
        {"type": "cheese", "id": "cheese/1"},
    ])
    .to_string();
    let import = imported(&[("r.json", &list)], &[]).expect("it is read");
    let ids: Vec<&str> = import.report.imported.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["imported/ct-103", "blog/web", "shop/web", "shop/web-101"]);
    assert!(refused(&import, "web").is_some_and(|reason| reason.contains("twice")));
    assert!(refused(&import, "cheese/1").is_some());
    assert!(import.addition.document().contains("carries: yes"), "{}", import.addition.document());
}

#[test]
fn two_guests_of_one_number_are_said() {
    let guest = |name: &str, node: &str| json!({"type": "qemu", "vmid": 100, "name": name, "node": node, "maxcpu": 1, "maxmem": 1024});
    let of = |rows: Value| imported(&[("r.json", &rows.to_string())], &[]).expect("it is read");
    let same = of(json!([guest("web", "pve1"), guest("db", "pve1")]));
    assert_eq!(same.report.imported.len(), 1);
    assert!(refused(&same, "db").is_some_and(|reason| reason.contains("number 100")), "{:?}", same.report.refused);
    let rule = json!({"rule": "r", "type": "node-affinity", "resources": "vm:100", "nodes": "pve1", "strict": 1});
    let other = of(json!([guest("web", "pve1"), guest("db", "pve2"), rule]));
    assert_eq!((other.report.imported.len(), other.report.refused.len()), (2, 0));
    let notes = |word: &str| other.report.notes.iter().filter(|it| it.message.contains(word)).count();
    assert_eq!((notes("second guest of the number 100"), notes("speaks of the guest 100")), (1, 1));
}

/// Bytes with a few of them changed, lost or doubled.
pub fn mutilated(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let pieces: [&[u8]; 14] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b"\n",
        b"\xff",
        b",",
        b": ",
        b"[x]\n",
        b"99999999999999999999",
        b"-1",
        b"null",
        b"\0",
    ];
    for _ in 0..rng.usize(1..5) {
        let at = rng.usize(..=bytes.len());
        match rng.u8(..5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.splice(at..at, rng.choice(pieces).expect("one").iter().copied())),
            2 => drop(bytes.drain(at..(at + rng.usize(..20)).min(bytes.len()))),
            3 => bytes[at..].iter_mut().take(1).for_each(|byte| *byte ^= 1 << rng.u8(..8)),
            _ => {
                let piece = bytes[at..(at + rng.usize(..300)).min(bytes.len())].to_vec();
                drop(bytes.splice(at..at, piece));
            }
        }
    }
}

/// Whatever becomes of mutilated files, it is a document or a reason, in time.
pub fn is_survived(format: Format, files: &[(String, Vec<u8>)], what: &str) {
    let given: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let start = Instant::now();
    match import(&asked(format, &given, None), &Bytes(BTreeMap::new())) {
        Ok(import) => drop(accepted(&import, what)),
        Err(problems) => assert!(!problems.diagnostics.is_empty(), "{what}"),
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{what}");
}

#[test]
fn mutilated_files_are_imported_or_refused_in_time() {
    cases::each(0, 1_500, |seed| {
        let mut rng = Rng::with_seed(seed);
        let list = Value::from(made(&mut rng).rows).to_string().into_bytes();
        let rules =
            b"group: few\n\tnodes a,b\n\nvm: 100\n\tgroup few\nresource-affinity: x\n\tresources vm:100,vm:101\n";
        let mut files = vec![
            ("r.json".to_owned(), list),
            ("100.conf".to_owned(), VM.as_bytes().to_vec()),
            ("lxc/101.conf".to_owned(), CT.as_bytes().to_vec()),
            ("rules.cfg".to_owned(), rules.to_vec()),
        ];
        let one = rng.usize(..files.len());
        mutilated(&mut rng, &mut files[one].1);
        if rng.bool() {
            files = vec![files.swap_remove(one)];
        }
        is_survived(Format::Proxmox, &files, &format!("seed {seed}"));
    });
    let deep = "[".repeat(100_000);
    is_survived(Format::Proxmox, &[("r.json".to_owned(), deep.into_bytes())], "deep");
}

#[test]
fn ten_thousand_guests_are_imported_in_time() {
    let rows: Vec<Value> = (0..10_000)
        .map(|at| {
            json!({"type": "lxc", "vmid": 100 + at, "id": format!("lxc/{}", 100 + at), "name": format!("guest-{at}"),
                "node": format!("pve{}", at % 50), "status": "running", "maxcpu": 1, "maxmem": 1 << 29, "maxdisk": 1_u64 << 33,
                "cpu": 0.01, "mem": 77, "netin": 0, "netout": 0, "diskread": 0, "diskwrite": 0, "uptime": 9, "template": 0})
        })
        .chain((0..50).map(|at| {
            json!({"type": "node", "node": format!("pve{at}"), "status": "online", "maxcpu": 64, "maxmem": 1_u64 << 40})
        }))
        .collect();
    let text = Value::from(rows).to_string();
    let start = Instant::now();
    let import = imported(&[("r.json", &text)], &[]).expect("they are read");
    assert_eq!((import.report.imported.len(), import.report.hosts.len()), (10_000, 50));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_file_of_proxmox_is_known_by_what_is_in_it() {
    let folder = Folder::with(&[
        (
            "list.json",
            r#"{"data": [{"type": "node", "id": "node/a", "node": "a", "status": "online", "maxcpu": 2, "maxmem": 4294967296}]}"#,
        ),
        ("100.conf", VM.split("[PENDING]").next().expect("the live section")),
        ("101.conf", CT),
    ]);
    assert!(folder.run(&["import", "101.conf"]).code < 2, "sections make it no YAML");
    for file in ["list.json", "100.conf"] {
        let answer = folder.run(&["import", file]);
        assert!(answer.code < 2, "{file}: {}", answer.err);
        let plan = folder.run(&["plan", file]);
        assert_eq!(plan.code, 2, "{file}");
        assert!(plan.err.contains(&format!("bayplan import proxmox {file}")), "{file}: {}", plan.err);
    }
}
