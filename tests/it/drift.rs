//! Does everything run where it is planned, is what does not said, and do the moves lead back?

use std::collections::BTreeMap;

use bayplan::check::check;
use bayplan::diagnostic::Place;
use bayplan::import::found::{Container, Count, Found, Project};
use bayplan::model::{ContainerIndex, HostIndex, Layout, Placement, ServiceIndex, Spot};
use bayplan::operate::drift::{Drift, DriftError, Missing, Runs, Unplanned, Why, drift};
use bayplan::operate::names::{Names, NoMatch};
use bayplan::operate::usage::Reckoning;
use bayplan::plan::OrderVerdict;
use bayplan::solve::{NoLimit, Options};
use fastrand::Rng;

use crate::support::cases;
use crate::support::program::Folder;
use crate::support::random;
use crate::support::read::{self, layout};

fn options() -> Options<'static> {
    Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| {}, certify: false }
}

fn asked(layout: &Layout, found: &Found) -> Drift {
    let said = BTreeMap::new();
    let names = Names::new(layout, &said, None);
    match drift(layout, &names, found, Reckoning::USUAL, &options()) {
        Ok(drift) => drift,
        Err(error) => panic!("{error:?}"),
    }
}

/// Containers of a project that run there.
fn project(name: Option<&str>, containers: &[(&str, &[&str])]) -> Project {
    let at = Place { file: 0, line: 1, column: 1, length: 0 };
    let container = |(name, hosts): &(&str, &[&str])| {
        let runs_on = hosts.iter().map(|host| ((*host).to_owned(), at)).collect();
        Container { count: Count::Replicas(hosts.len() as u64), runs_on, ..Container::new(*name, at) }
    };
    let containers = containers.iter().map(container).collect();
    Project { name: name.map(|name| (name.to_owned(), at)), containers, ..Project::default() }
}

/// Where each container runs, as a tool says it: a project for each startup, a container for each service, with all its hosts;
/// or each replica by itself.
fn told(layout: &Layout, actual: &Placement, each: bool) -> Found {
    let mut found = Found::default();
    for startup in &layout.demand.startups {
        let mut containers: Vec<(String, Vec<&str>)> = Vec::new();
        for service in startup.services.clone() {
            let of = &layout.demand.services[service];
            if of.every.is_some() {
                let hosts = of.every.iter().flat_map(|every| every.hosts.iter());
                let hosts: Vec<&str> = hosts.map(|host| layout.lab.hosts[*host].name.as_str()).collect();
                containers.push((of.name.clone(), hosts));
                continue;
            }
            let mut hosts: Vec<(ContainerIndex, &str)> = Vec::new();
            for container in of.containers.clone() {
                hosts.extend(actual.host(container).map(|host| (container, layout.lab.hosts[host].name.as_str())));
            }
            match each {
                true => containers.extend(hosts.into_iter().map(|(container, host)| {
                    let number = layout.demand.containers[container].replica;
                    let name = number.map_or_else(|| of.name.clone(), |number| format!("{}-{number}", of.name));
                    (name, vec![host])
                })),
                false => containers.push((of.name.clone(), hosts.into_iter().map(|(_, host)| host).collect())),
            }
        }
        let containers: Vec<(&str, &[&str])> =
            containers.iter().map(|(name, on)| (name.as_str(), on.as_slice())).collect();
        found.projects.push(project(Some(&startup.name), &containers));
    }
    found
}

/// Every container on a host that anything might be on, or nowhere.
fn anywhere(layout: &Layout, rng: &mut Rng, nowhere: u8) -> Placement {
    let hosts = layout.lab.hosts.len();
    let host = |_| (rng.u8(..100) >= nowhere).then(|| HostIndex(rng.usize(..hosts)));
    Placement::on_hosts((0..layout.demand.containers.len()).map(host).collect())
}

/// A random document that plans something, and something else that runs.
fn case(seed: u64) -> Option<(Layout, Placement)> {
    let layout = layout(&random::spec(seed).text());
    if layout.demand.has_carriers() || layout.demand.containers.is_empty() {
        return None;
    }
    let mut rng = Rng::with_seed(seed ^ 0xD21F);
    let (planned, mut actual) = (anywhere(&layout, &mut rng, 10), anywhere(&layout, &mut rng, 10));
    // Mostly little is elsewhere.
    for container in layout.demand.indices() {
        if rng.u8(..10) < 6 {
            actual.host_of[container] = planned.host(container);
        }
    }
    let mut layout = layout;
    layout.placement = Some(planned);
    let any = actual.placed().next().is_some();
    any.then_some((layout, actual))
}

#[test]
fn what_drift_says_is_what_a_direct_comparison_finds() {
    let seen = cases::each(0, 400, |seed| {
        let Some((layout, actual)) = case(seed) else { return (0, 0) };
        let planned = layout.placement.clone().expect("a plan");
        let found = asked(&layout, &told(&layout, &actual, true));
        let mut elsewhere = Vec::new();
        let (mut missing, mut unplanned, mut same) = (Vec::new(), Vec::new(), 0);
        for container in layout.demand.indices() {
            match (planned.host(container), actual.host(container)) {
                (Some(planned), Some(actual)) if planned == actual => same += 1,
                (Some(planned), Some(actual)) => {
                    elsewhere.push((container, Spot::Host(planned), Runs::On(Spot::Host(actual))));
                }
                (Some(_), None) => missing.push(Missing::Container(container)),
                (None, Some(_)) => unplanned.push(layout.container_id(container)),
                (None, None) => {}
            }
        }
        unplanned.sort();
        let said: Vec<_> = found.elsewhere.iter().map(|it| (it.container, it.planned, it.runs.clone())).collect();
        assert_eq!(said, elsewhere);
        let of_containers = found.missing.iter().filter(|it| matches!(it, Missing::Container(_))).copied();
        assert_eq!(of_containers.collect::<Vec<_>>(), missing);
        let names: Vec<String> =
            found.unplanned.iter().filter(|it| matches!(it.why, Why::NotPlaced(_))).map(|it| it.name.clone()).collect();
        assert_eq!(names, unplanned);
        assert_eq!((found.as_planned, found.planned), (same, planned.placed().count()));
        assert_eq!(found.actual, actual);
        (1, led_back(&layout, &found))
    });
    let sum = seen.iter().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    assert!(sum.0 > 200 && sum.1 > 40, "{sum:?}");
}

/// Where there is an order: it is valid, and ends in the plan.
fn led_back(layout: &Layout, found: &Drift) -> usize {
    let planned = layout.placement.as_ref().expect("a plan");
    let Some(steps) = &found.steps else {
        assert_eq!(&found.actual, planned);
        return 0;
    };
    if !matches!(steps.verdict, OrderVerdict::Fewest | OrderVerdict::Found) {
        return 0;
    }
    let mut now = found.actual.clone();
    for (container, spot) in &steps.stops {
        assert_eq!(now.spot(*container), Some(*spot));
        now.host_of[*container] = None;
    }
    let valid = {
        let mut wrong = check(layout, &now, Some(&found.actual));
        wrong.retain(|it| it.kind.code() != "unplaced");
        wrong.is_empty()
    };
    for step in steps.moves.chunk_by(|one, next| one.step == next.step) {
        for one in step {
            assert_eq!(now.spot(one.container), one.from);
            now.go(&[(one.container, one.to)]);
        }
        let mut wrong = check(layout, &now, Some(&found.actual));
        wrong.retain(|it| it.kind.code() != "unplaced");
        assert!(!valid || wrong.is_empty(), "{wrong:?}");
    }
    for (container, spot) in &steps.starts {
        now.put(*container, *spot);
    }
    assert_eq!(&now, planned);
    usize::from(!steps.moves.is_empty())
}

#[test]
fn of_replicas_that_are_not_told_apart_as_many_as_can_be_are_where_they_are_planned() {
    let seen = cases::each(10_000, 300, |seed| {
        let Some((layout, actual)) = case(seed) else { return 0 };
        let planned = layout.placement.clone().expect("a plan");
        let found = asked(&layout, &told(&layout, &actual, false));
        let mut expected: BTreeMap<ServiceIndex, [usize; 4]> = BTreeMap::new();
        for (service, of) in layout.demand.services.iter().enumerate() {
            let hosts = |at: &Placement| {
                let mut hosts: Vec<HostIndex> = of.containers.clone().filter_map(|it| at.host(it)).collect();
                hosts.sort_unstable();
                hosts
            };
            let (plan, mut runs) = (hosts(&planned), hosts(&actual));
            let mut same = 0;
            for host in &plan {
                if let Some(at) = runs.iter().position(|it| it == host) {
                    runs.remove(at);
                    same += 1;
                }
            }
            let elsewhere = runs.len().min(plan.len() - same);
            expected.insert(service, [same, elsewhere, plan.len() - same - elsewhere, runs.len() - elsewhere]);
        }
        let of = |container: &ContainerIndex| layout.demand.containers[*container].service;
        let mut said: BTreeMap<ServiceIndex, [usize; 4]> = expected.keys().map(|&it| (it, [0; 4])).collect();
        let mut count = |service: ServiceIndex, kind: usize| said.get_mut(&service).expect("a service")[kind] += 1;
        for container in layout.demand.indices() {
            if planned.spot(container).is_some() && planned.spot(container) == found.actual.spot(container) {
                count(of(&container), 0);
            }
        }
        found.elsewhere.iter().for_each(|it| count(of(&it.container), 1));
        for one in &found.missing {
            if let Missing::Container(container) = one {
                count(of(container), 2);
            }
        }
        for one in &found.unplanned {
            match &one.why {
                Why::NotPlaced(bayplan::operate::names::Whom::Container(container)) => count(of(container), 3),
                Why::TooMany(service) => count(*service, 3),
                _ => {}
            }
        }
        assert_eq!(said, expected);
        led_back(&layout, &found);
        1
    });
    assert!(seen.iter().sum::<i32>() > 100);
}

const LAB: &str = "\
hosts:
  nuc: {cpu: 4, memory: 16GiB}
  pi: {cpu: 4, memory: 4GiB}
startups:
  shop:
    containers:
      web: {cpu: 500m, memory: 1GiB, replicas: 2}
      db: {cpu: 500m, memory: 2GiB}
  blog: {containers: {db: {cpu: 100m, memory: 1GiB}, idle: {memory: 1GiB}}}
placement:
  nuc: [shop/web.1, shop/db]
  pi: [shop/web.2, blog/db]
";

#[test]
fn every_kind_of_drift_is_told_from_the_others() {
    let layout = layout(LAB);
    let mut found = Found::default();
    found.projects.push(project(Some("shop"), &[("web", &["pi", "pi", "nuc"]), ("db", &["attic"]), ("new", &["nuc"])]));
    found.projects.push(project(None, &[("db", &["nuc"]), ("idle", &["nuc"])]));
    let drift = asked(&layout, &found);
    let id = |it: &ContainerIndex| layout.container_id(*it);
    assert_eq!(
        drift.elsewhere.iter().map(|it| (id(&it.container), it.runs.clone())).collect::<Vec<_>>(),
        [("shop/db".to_owned(), Runs::Unknown("attic".to_owned()))]
    );
    let missing: Vec<String> = drift
        .missing
        .iter()
        .map(|it| if let Missing::Container(container) = it { id(container) } else { String::new() })
        .collect();
    assert_eq!(missing, ["blog/db"]);
    let unplanned: Vec<(&str, &Why)> = drift.unplanned.iter().map(|it| (it.name.as_str(), &it.why)).collect();
    let may_be = Why::Name(NoMatch::Several(vec!["shop/db".to_owned(), "blog/db".to_owned()]));
    assert_eq!(unplanned[0].0, "blog/idle");
    assert_eq!(unplanned[1], ("db", &may_be));
    assert_eq!(unplanned[2], ("shop/new", &Why::Name(NoMatch::Unknown)));
    assert_eq!(unplanned[3], ("shop/web", &Why::TooMany(0)));
    assert_eq!((unplanned.len(), drift.as_planned, drift.planned), (4, 2, 4));
    assert!(!drift.is_none());
}

#[test]
fn a_replica_beyond_those_that_are_planned_is_one_more() {
    let layout = layout(LAB);
    let of = |containers: &[(&str, &[&str])]| {
        let found = Found { projects: vec![project(None, containers)], ..Found::default() };
        asked(&layout, &found)
    };
    let two: &[(&str, &[&str])] = &[("shop-web-1", &["nuc"]), ("shop-web-2", &["pi"])];
    let drift = of(&[two, &[("shop-web-3", &["pi"]), ("shop-db-1", &["nuc"]), ("blog-db-2", &["pi"])]].concat());
    let unplanned: Vec<(&str, &Why)> = drift.unplanned.iter().map(|it| (it.name.as_str(), &it.why)).collect();
    assert_eq!(unplanned, [("shop-web-3", &Why::TooMany(0))]);
    assert_eq!((drift.as_planned, drift.missing.len()), (4, 0));
    // Two of two, whatever their numbers.
    let drift = of(&[("shop-web-1", &["nuc"]), ("shop-web-3", &["pi"])]);
    assert_eq!((drift.as_planned, drift.unplanned.len()), (2, 0));
    let drift = of(&[("shop-db-1", &["nuc"]), ("shop-db-2", &["pi"])]);
    assert!(matches!(drift.unplanned[..], [Unplanned { why: Why::Twice(_), .. }]), "{drift:?}");
}

const AGENTS: &str = "hosts: {nuc: {memory: 8GiB}, pi: {memory: 8GiB}, nas: {memory: 8GiB}}\n\
                      startups:\n  monitoring:\n    containers:\n      exporter: {memory: 64MiB, every: [nuc, pi]}\n      \
                      db: {memory: 1GiB}\n\
                      placement: {nuc: [monitoring/db]}\n";

/// What the file says of the agents, which are to be on `nuc` and `pi`: why what is not in the plan is not, and what is missing.
fn of_agents(now: &str) -> (i32, Vec<String>, Vec<String>) {
    let folder = Folder::with(&[("lab.yaml", AGENTS), ("now.json", now)]);
    let ran = folder.run(&["drift", "lab.yaml", "--actual", "now.json", "--format", "json", "--no-timing"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    let all = |list: &str, fields: [&str; 2]| -> Vec<String> {
        let rows = json[list].as_array().unwrap_or_else(|| panic!("{ran:?}"));
        rows.iter().map(|row| fields.map(|field| row[field].as_str().unwrap_or_default()).join(" ")).collect()
    };
    (ran.code, all("not_in_plan", ["why", "on"]), all("not_running", ["container", "planned"]))
}

#[test]
fn pods_of_a_daemon_set_are_the_agent_where_they_run() {
    let pod = |name: &str, kind: &str, of: &str, node: &str| {
        serde_json::json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "monitoring", "ownerReferences":
                [{"apiVersion": "apps/v1", "kind": kind, "name": of, "controller": true}]},
            "spec": {"nodeName": node, "containers": [{"name": "it", "image": "x"}]},
            "status": {"phase": "Running"}})
    };
    let set = serde_json::json!({"apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "exporter", "namespace": "monitoring"},
        "spec": {"template": {"spec": {"containers": [{"name": "it", "image": "x"}]}}}});
    let list = |items: &[serde_json::Value]| {
        serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
    };
    let db = pod("db-0", "StatefulSet", "db", "nuc");
    let [nuc, pi, nas] =
        ["nuc", "pi", "nas"].map(|node| pod(&format!("exporter-{node}"), "DaemonSet", "exporter", node));
    for with_set in [false, true] {
        let with = |pods: &[&serde_json::Value]| {
            let pods = pods.iter().map(|pod| (*pod).clone()).chain(with_set.then(|| set.clone()));
            list(&pods.collect::<Vec<_>>())
        };
        assert_eq!(of_agents(&with(&[&db, &nuc, &pi])), (0, vec![], vec![]));
        let (code, unplanned, missing) = of_agents(&with(&[&db, &nuc, &nas]));
        assert_eq!((code, unplanned), (1, vec!["not-there nas".to_owned()]));
        assert_eq!(missing.len(), 1, "{missing:?}");
        assert!(missing[0].contains("exporter") && missing[0].contains("pi"), "{missing:?}");
    }
}

#[test]
fn tasks_of_a_global_service_are_the_agent_where_they_run() {
    let task = |name: &str, node: &str| {
        serde_json::json!({"ID": "x", "Name": name, "Node": node, "Image": "x", "DesiredState": "Running",
            "CurrentState": "Running 3 hours ago", "Error": "", "Ports": ""})
        .to_string()
    };
    let exporter = |id: &str, node: &str| task(&format!("monitoring_exporter.{id}ytvr0c7jg2y6bq1mbpfsf"), node);
    let db = task("monitoring_db.1", "nuc");
    let services = "{\"ID\":\"b\",\"Image\":\"x\",\"Mode\":\"global\",\"Name\":\"monitoring_exporter\",\"Replicas\":\"2/2\"}\n\
                    {\"ID\":\"c\",\"Image\":\"x\",\"Mode\":\"replicated\",\"Name\":\"monitoring_db\",\"Replicas\":\"1/1\"}";
    for services in ["", services] {
        let with = |tasks: &[&str]| format!("{}\n{services}\n", tasks.join("\n"));
        assert_eq!(of_agents(&with(&[&db, &exporter("ab", "nuc"), &exporter("cd", "pi")])), (0, vec![], vec![]));
        let (code, unplanned, missing) = of_agents(&with(&[&db, &exporter("ab", "nuc"), &exporter("cd", "nas")]));
        assert_eq!((code, unplanned, missing.len()), (1, vec!["not-there nas".to_owned()], 1));
    }
}

#[test]
fn what_runs_as_planned_is_no_drift() {
    let layout = layout(LAB);
    let planned = read::placement(&layout);
    let drift = asked(&layout, &told(&layout, &planned, false));
    assert!(drift.is_none() && drift.steps.is_none(), "{drift:?}");
}

#[test]
fn nothing_is_compared_where_nothing_is_planned_or_said() {
    let said = BTreeMap::new();
    let (planned, _) = LAB.split_once("placement").expect("a placement");
    let unplanned = layout(planned);
    let found = Found { projects: vec![project(Some("shop"), &[("db", &["nuc"])])], ..Found::default() };
    let ask = |layout: &Layout, found: &Found| {
        drift(layout, &Names::new(layout, &said, None), found, Reckoning::USUAL, &options())
    };
    assert!(matches!(ask(&unplanned, &found), Err(DriftError::NoPlacement)));
    let nowhere = Found { projects: vec![project(Some("shop"), &[("db", &[])])], ..Found::default() };
    assert!(matches!(ask(&layout(LAB), &nowhere), Err(DriftError::NowhereSaid)));
}

#[test]
fn what_is_measured_on_a_host_runs_there() {
    let reply = |rows: &[(&str, &str, u64)]| {
        let rows: Vec<String> = rows
            .iter()
            .map(|(name, host, bytes)| {
                format!(
                    "{{\"metric\":{{\"__name__\":\"container_memory_working_set_bytes\",\"name\":\"{name}\",\"instance\":\
                     \"{host}:8080\"}},\"value\":[1732900000,\"{bytes}\"]}}"
                )
            })
            .collect();
        format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"vector\",\"result\":[{}]}}}}\n", rows.join(","))
    };
    let rows = [
        ("shop-web-1", "pi", 1 << 20),
        ("shop-web-2", "pi", 1 << 20),
        ("shop-db-1", "nuc", 3 << 30),
        ("blog-db-1", "pi", 1 << 20),
    ];
    let folder = Folder::with(&[("lab.yaml", LAB), ("now.json", &reply(&rows))]);
    let args = ["drift", "lab.yaml", "--actual", "now.json", "--input", "prometheus"];
    let ran = folder.run(&args);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.contains("drift: 1 runs elsewhere, 1 takes more than it asks for; 3 of 4 containers"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("pi -> nuc"), "{}", ran.out);
    let json = folder.run(&[&args[..], &["--format", "json", "--no-timing"]].concat()).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["schema"], &json["drift"]), (&"bayplan/drift/1".into(), &true.into()));
    assert_eq!(json["elsewhere"][0]["container"], "shop/web.1");
    assert_eq!(json["moves"][0], serde_json::json!({"step": 1, "container": "shop/web.1", "from": "pi", "to": "nuc"}));
    assert_eq!(json["above"][0]["container"], "shop/db");
    let back =
        [("shop-web-1", "nuc", 1 << 20), ("shop-web-2", "pi", 1), ("shop-db-1", "nuc", 1), ("blog-db-1", "pi", 1)];
    let folder = Folder::with(&[("lab.yaml", LAB), ("now.json", &reply(&back))]);
    let ran = folder.run(&args);
    assert!(ran.code == 0 && ran.out.contains("no drift: all 4 containers"), "{ran:?}");
    let markdown = folder.run(&[&args[..], &["--format", "markdown"]].concat());
    assert!(markdown.code == 0 && markdown.out.starts_with("# Drift"), "{markdown:?}");
}

#[test]
fn the_command_says_what_is_missing_before_it_compares() {
    let (unplanned, _) = LAB.split_once("placement").expect("a placement");
    let folder = Folder::with(&[
        ("lab.yaml", LAB),
        ("unplanned.yaml", unplanned),
        ("compose.yaml", "services: {db: {image: x}}\n"),
    ]);
    let ran = folder.run(&["drift", "unplanned.yaml", "--actual", "compose.yaml"]);
    assert!(ran.code == 2 && ran.err.contains("--save planned.yaml"), "{ran:?}");
    let ran = folder.run(&["drift", "lab.yaml", "--actual", "compose.yaml"]);
    assert!(ran.code == 2 && ran.err.contains("on which host"), "{ran:?}");
    let ran = folder.run(&["drift", "lab.yaml", "--actual", "missing.json"]);
    assert!(ran.code == 2 && ran.err.contains("no such file"), "{ran:?}");
    let ran = folder.run(&["drift", "lab.yaml", "--actual", "compose.yaml", "--match", "x"]);
    assert!(ran.code == 2, "{ran:?}");
}
