//! Docker Swarm: nodes, services, tasks and stacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use bayplan::import::{Format, Import, Origin, import};
use bayplan::quantity::Resource;
use fastrand::Rng;
use serde_json::{Value, json};

use super::proxmox::{is_survived, mutilated};
use super::{Bytes, asked, places, resolved, said_of, samples};
use crate::support::cases;
use crate::support::program::Folder;

fn imported(files: &[(&str, &str)]) -> Import {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    import(&asked(Format::Swarm, &files, None), &Bytes(BTreeMap::new()))
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn refused<'a>(import: &'a Import, what: &str) -> Option<&'a str> {
    import.report.refused.iter().find(|one| one.what == what).map(|one| one.reason.as_str())
}

fn node(id: &str, name: &str, labels: Value) -> Value {
    json!({"ID": id, "Spec": {"Labels": labels, "Role": "worker", "Availability": "active"},
        "Description": {"Hostname": name, "Platform": {"Architecture": "x86_64", "OS": "linux"},
            "Resources": {"NanoCPUs": 4_000_000_000_u64, "MemoryBytes": 8_u64 << 30},
            "Engine": {"EngineVersion": "27.0", "Labels": {"storage": "ssd"}}},
        "Status": {"State": "ready", "Addr": "10.0.0.1"}})
}

fn service(name: &str, replicas: u64, resources: Value, placement: Value) -> Value {
    json!({"ID": format!("id-{name}"), "Version": {"Index": 1}, "Spec": {"Name": name, "Labels": {},
        "TaskTemplate": {"ContainerSpec": {"Image": format!("example/{name}:1@sha256:00")}, "Resources": resources,
            "Placement": placement},
        "Mode": {"Replicated": {"Replicas": replicas}}}, "Endpoint": {"Spec": {}}})
}

fn line(text: &str, name: &str) -> String {
    said_of(text, name)
}

#[test]
fn real_nodes_and_stacks_are_what_a_plain_reading_finds() {
    let Some(folder) = samples("swarm") else { return };
    let nodes = fs::read_to_string(folder.join("docker-node-inspect.json")).expect("a file");
    let stack = fs::read_to_string(folder.join("voting-stack.yml")).expect("a file");
    let import = imported(&[("nodes.json", &nodes), ("voting-stack.yml", &stack)]);
    let layout = resolved("it", &import.addition.document());
    let raw: Value = serde_json::from_str(&nodes).expect("JSON");
    let resources = &raw[0]["Description"]["Resources"];
    let [host] = layout.lab.hosts.as_slice() else { panic!("one host") };
    assert_eq!(host.name, raw[0]["Description"]["Hostname"].as_str().expect("a name"));
    let has = |resource: &Resource| host.capacity[layout.lab.resource_index(resource).expect("it is counted")];
    assert_eq!(has(&Resource::Cpu), resources["NanoCPUs"].as_u64().expect("a number") / 1_000_000);
    assert_eq!(has(&Resource::Memory), resources["MemoryBytes"].as_u64().expect("a number"));
    assert_eq!(host.labels.get("role").map(String::as_str), Some("manager"));
    // Two spaces before a name, and two of the services twice.
    let names: BTreeSet<&str> = stack
        .split("services:")
        .nth(1)
        .and_then(|rest| rest.split("\nnetworks:").next())
        .expect("services")
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':'))
        .map(|line| line.trim().trim_end_matches(':'))
        .collect();
    assert_eq!(import.report.imported.iter().map(|one| one.name.as_str()).collect::<BTreeSet<_>>(), names);
    let replicas = stack.matches("replicas: 2").count() as u64;
    assert_eq!(import.report.containers(), names.len() as u64 + replicas);
}

#[test]
fn services_say_how_much_how_many_and_where() {
    let mut drained = node("n2", "Two", json!({"zone": "b", "storage": "hdd"}));
    drained["Spec"]["Availability"] = json!("drain");
    drained["Description"]["Resources"]["GenericResources"] = json!([
        {"DiscreteResourceSpec": {"Kind": "NVIDIA-GPU", "Value": 2}}, {"NamedResourceSpec": {"Kind": "fpga", "Value": "x"}}
    ]);
    let mut down = node("n3", "three", json!({}));
    down["Status"]["State"] = json!("down");
    let mut arm = node("n4", "four", json!({"zone": "a"}));
    arm["Description"]["Platform"]["Architecture"] = json!("aarch64");
    let nodes = json!([node("n1", "one", json!({"zone": "a"})), drained, down, arm]).to_string();
    let mut global = service("agent", 1, json!({}), json!({"Constraints": ["node.hostname != one"]}));
    global["Spec"]["Mode"] = json!({"Global": {}});
    let mut job = service("job", 1, json!({}), json!({}));
    job["Spec"]["Mode"] = json!({"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}});
    let mut stacked = service(
        "shop_web",
        3,
        json!({}),
        json!({"MaxReplicas": 1,
        "Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.zone"}}]}),
    );
    stacked["Spec"]["Labels"] = json!({"com.docker.stack.namespace": "shop"});
    let all = json!([
        service(
            "db",
            1,
            json!({"Reservations": {"NanoCPUs": 1_500_000_001_u64, "MemoryBytes": 1_u64 << 30,
                "GenericResources": [{"DiscreteResourceSpec": {"Kind": "NVIDIA-GPU", "Value": 1}}]},
            "Limits": {"NanoCPUs": 2_000_000_000_u64, "MemoryBytes": 2_u64 << 30}}),
            json!({"Constraints": ["node.labels.zone==B"]})
        ),
        service("by-id", 1, json!({}), json!({"Constraints": ["node.id == n1", "node.role==worker"]})),
        service("not-a", 1, json!({}), json!({"Constraints": ["node.labels.zone != a"]})),
        service("amd", 1, json!({}), json!({"Platforms": [{"Architecture": "amd64", "OS": "linux"}]})),
        service("nowhere", 1, json!({}), json!({"Constraints": ["node.ip == 10.0.0.0/8", "nonsense"]})),
        service("off", 0, json!({}), json!({})),
        global,
        job,
        stacked,
    ])
    .to_string();
    let tasks = "{\"Name\":\"db.1\",\"Node\":\"Two\",\"DesiredState\":\"Running\",\"CurrentState\":\"Running 3 hours ago\"}\n\
                 {\"Name\":\"\\\\_ db.1\",\"Node\":\"one\",\"DesiredState\":\"Shutdown\",\"CurrentState\":\"Failed 3 hours ago\"}\n\
                 {\"Name\":\"shop_web.2\",\"Node\":\"one\",\"DesiredState\":\"Running\",\"CurrentState\":\"Running 1 hour ago\"}\n\
                 {\"Name\":\"shop_web.1\",\"Node\":\"four\",\"DesiredState\":\"Running\",\"CurrentState\":\"Running 1 hour ago\"}\n";
    let import = imported(&[("nodes.json", &nodes), ("services.json", &all), ("tasks.json", tasks)]);
    let text = import.addition.document();
    let layout = resolved("it", &text);
    assert_eq!(layout.lab.hosts.len(), 3, "{text}");
    assert!(line(&text, "two").contains("state: drain") && line(&text, "two").contains("nvidia-gpu: 2"), "{text}");
    assert!(refused(&import, "three").is_some_and(|reason| reason.contains("down")));
    assert!(refused(&import, "Two: engine.labels.storage").is_some(), "{:?}", import.report.refused);
    let db = import.report.imported.iter().find(|one| one.name == "db").expect("a service");
    assert_eq!(db.request[&Resource::Cpu], (1501, Origin::File));
    assert_eq!(db.limit[&Resource::Memory], 2 << 30);
    // A swarm does not tell `B` from `b`.
    assert!(line(&text, "db").contains("on: {zone: b}"), "{text}");
    assert!(line(&text, "by-id").contains("on: one"), "{text}");
    assert!(line(&text, "not-a").contains("on: two"), "{text}");
    assert!(line(&text, "amd").contains("on: [one, two]"), "{text}");
    assert!(line(&text, "agent").contains("every: ["), "{text}");
    assert!(line(&text, "web").contains("apart: host") && line(&text, "web").contains("spread: zone"), "{text}");
    assert_eq!(import.report.refused.iter().filter(|it| it.what == "nowhere: placement").count(), 2);
    assert!(refused(&import, "off").is_some_and(|it| it.contains("no replicas")) && refused(&import, "job").is_some());
    let places = places(&layout);
    assert_eq!(places.get("imported/db"), Some(&vec!["two".to_owned()]), "{text}");
    let web: BTreeSet<&str> = places["shop/web"].iter().map(String::as_str).collect();
    assert_eq!(web, BTreeSet::from(["four", "one"]), "{text}");
}

#[test]
fn lists_say_less_and_what_they_do_not_say_is_said() {
    let services = "{\"ID\":\"a\",\"Image\":\"redis:7\",\"Mode\":\"replicated\",\"Name\":\"cache\",\"Ports\":\"\",\"Replicas\":\"2/3 (max 1 per node)\"}\n\
                    {\"ID\":\"b\",\"Image\":\"x\",\"Mode\":\"global\",\"Name\":\"agent\",\"Ports\":\"\",\"Replicas\":\"3/3\"}\n\
                    {\"ID\":\"c\",\"Image\":\"x\",\"Mode\":\"replicated job\",\"Name\":\"once\",\"Ports\":\"\",\"Replicas\":\"0/1 (1/1 completed)\"}\n\
                    {\"ID\":\"d\",\"Image\":\"x\",\"Mode\":\"replicated\",\"Name\":\"off\",\"Ports\":\"\",\"Replicas\":\"0/0\"}\n";
    let nodes = "{\"Availability\":\"Active\",\"EngineVersion\":\"27\",\"Hostname\":\"one\",\"ID\":\"n1\",\"ManagerStatus\":\"Leader\",\"Self\":true,\"Status\":\"Ready\"}\n";
    let import = imported(&[("services.json", services), ("nodes.json", nodes)]);
    let counts: BTreeMap<&str, Option<u64>> =
        import.report.imported.iter().map(|one| (one.name.as_str(), one.replicas)).collect();
    assert_eq!(counts, BTreeMap::from([("agent", None), ("cache", Some(3))]));
    for what in ["once", "off", "one"] {
        assert!(refused(&import, what).is_some(), "{what}: {:?}", import.report.refused);
    }
    resolved("it", &import.addition.document());
}

#[test]
fn a_stack_means_what_docker_stack_deploy_makes_of_it() {
    let stack = "services:\n  web:\n    image: x\n    mem_limit: 1g\n    scale: 4\n    network_mode: service:db\n    deploy:\n      \
                 replicas: 2\n      resources: {reservations: {memory: 64M, devices: [{capabilities: [gpu]}]}}\n      \
                 placement: {constraints: ['node.role != manager']}\n  db: {image: y}\n";
    let import = imported(&[("stack.yml", stack)]);
    let web = import.report.imported.iter().find(|one| one.name == "web").expect("a service");
    assert_eq!((web.replicas, web.request[&Resource::Memory], web.limit.len()), (Some(2), (64 << 20, Origin::File), 0));
    for what in ["web: mem_limit", "web: scale", "web: network_mode", "web: devices", "web: placement"] {
        assert!(refused(&import, what).is_some(), "{what}: {:?}", import.report.refused);
    }
    let manager = json!([node("n1", "one", json!({}))]).to_string().replace("worker", "manager");
    let worker = json!([node("n2", "two", json!({}))]).to_string();
    let import = imported(&[("stack.yml", stack), ("a.json", &manager), ("b.json", &worker)]);
    assert!(line(&import.addition.document(), "web").contains("on: two"), "{}", import.addition.document());
}

/// Services by name: replicas, cpu, memory, and where they run.
type Services = BTreeMap<String, (u64, Option<u64>, Option<u64>, Vec<String>)>;

#[test]
fn a_stack_may_be_json() {
    let stack = json!({"services": {"web": {"image": "x", "deploy": {"replicas": 3}}}}).to_string();
    let import = imported(&[("stack.json", &stack), ("nodes.json", &json!([node("n", "one", json!({}))]).to_string())]);
    assert_eq!(import.report.imported[0].replicas, Some(3));
    assert_eq!(import.report.hosts.len(), 1);
}

fn made(rng: &mut Rng) -> (Vec<(String, String)>, Services, BTreeSet<String>) {
    let nodes: Vec<String> = (1..=rng.usize(1..5)).map(|at| format!("node{at}")).collect();
    let (mut services, mut off, mut rows, mut tasks) = (Services::new(), BTreeSet::new(), Vec::new(), String::new());
    for at in 0..rng.usize(..9) {
        let name = format!("s{at}");
        let (cpu, memory) = (rng.bool().then(|| rng.u64(1..9_000_000_000)), rng.bool().then(|| rng.u64(1..1 << 40)));
        let mut reserved = serde_json::Map::new();
        cpu.iter().for_each(|cpu| drop(reserved.insert("NanoCPUs".to_owned(), (*cpu).into())));
        memory.iter().for_each(|memory| drop(reserved.insert("MemoryBytes".to_owned(), (*memory).into())));
        let replicas = rng.u64(..5);
        rows.push(service(&name, replicas, json!({"Reservations": reserved}), json!({})));
        if replicas == 0 {
            off.insert(name);
            continue;
        }
        let mut places = Vec::new();
        for slot in 1..=replicas {
            if rng.bool() {
                let node = rng.choice(&nodes).expect("one").clone();
                let task = json!({"ID": "x", "Name": format!("{name}.{slot}"), "Node": node, "DesiredState": "Running",
                    "CurrentState": "Running 2 days ago", "Image": "x", "Error": "", "Ports": ""});
                tasks.push_str(&format!("{task}\n"));
                places.push(node);
            }
        }
        places.sort();
        services.insert(name, (replicas, cpu.map(|cpu| cpu.div_ceil(1_000_000)), memory, places));
    }
    let nodes: Vec<Value> = nodes.iter().map(|name| node(&format!("id-{name}"), name, json!({}))).collect();
    let files = vec![
        ("nodes.json".to_owned(), Value::from(nodes).to_string()),
        ("services.json".to_owned(), Value::from(rows).to_string()),
        ("tasks.json".to_owned(), tasks),
    ];
    (files, services, off)
}

#[test]
fn a_made_up_swarm_becomes_what_it_was_made_from() {
    cases::each(0, 400, |seed| {
        let mut rng = Rng::with_seed(seed);
        let (files, services, off) = made(&mut rng);
        let given: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let import = imported(&given);
        let what = format!("seed {seed}: {files:?}");
        let places = places(&resolved(&what, &import.addition.document()));
        assert_eq!(import.report.imported.len(), services.len(), "{what}");
        for one in &import.report.imported {
            let (replicas, cpu, memory, hosts) = &services[&one.name];
            assert_eq!(one.replicas, Some(*replicas), "{what}");
            for (amount, resource) in [(cpu, Resource::Cpu), (memory, Resource::Memory)] {
                let said = one.request[&resource];
                match amount {
                    Some(amount) => assert_eq!(said, (*amount, Origin::File), "{what}"),
                    None => assert_eq!(said.1, Origin::Default, "{what}"),
                }
            }
            let mut there = places.get(&one.id).cloned().unwrap_or_default();
            there.sort();
            assert_eq!(there, *hosts, "{what}");
        }
        for name in off {
            assert!(refused(&import, &name).is_some(), "{name}: {what}");
        }
    });
}

#[test]
fn mutilated_files_are_imported_or_refused_in_time() {
    cases::each(0, 1_500, |seed| {
        let mut rng = Rng::with_seed(seed);
        let (files, _, _) = made(&mut rng);
        let mut files: Vec<(String, Vec<u8>)> =
            files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
        let one = rng.usize(..files.len());
        mutilated(&mut rng, &mut files[one].1);
        is_survived(Format::Swarm, &files, &format!("seed {seed}"));
    });
}

#[test]
fn ten_thousand_services_are_imported_in_time() {
    let all: Vec<Value> = (0..10_000)
        .map(|at| {
            service(
                &format!("s{at}"),
                1,
                json!({"Reservations": {"MemoryBytes": 1 << 28}}),
                json!({"Constraints": ["node.role!=manager"]}),
            )
        })
        .collect();
    let nodes: Vec<Value> = (0..50).map(|at| node(&format!("n{at}"), &format!("h{at}"), json!({}))).collect();
    let (all, nodes) = (Value::from(all).to_string(), Value::from(nodes).to_string());
    let start = Instant::now();
    assert_eq!(imported(&[("s.json", &all), ("n.json", &nodes)]).report.imported.len(), 10_000);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_file_of_a_swarm_is_known_by_what_is_in_it() {
    let nodes = json!([node("n1", "one", json!({}))]).to_string();
    let services = json!([service("web", 2, json!({}), json!({}))]).to_string();
    let folder = Folder::with(&[("nodes.json", &nodes), ("services.json", &services)]);
    let answer = folder.run(&["import", "nodes.json", "services.json", "-o", "lab.yaml"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(folder.run(&["plan", "lab.yaml"]).code, 0);
    let plan = folder.run(&["plan", "services.json"]);
    assert!(plan.err.contains("bayplan import swarm services.json"), "{}", plan.err);
}
