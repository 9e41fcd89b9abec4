//! Is the document read as it is written?

use std::collections::BTreeMap;

use bayplan::diagnostic::{Code, Severity};
use bayplan::document::{Document, Files, Newcomers, Problems, Resolved, Source};
use bayplan::model::{ContainerIndex, Goal, HostIndex, HostState, Layout, Origin, RuleKind};
use bayplan::quantity::Resource;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const GB: u64 = 1_000_000_000;

/// The document of the reference, which uses nearly every key.
const FULL: &str = "\
name: Shared platform, 18 apps
extends: lab.yaml
sizes:
  app: {cpu: 250m, memory: 2GiB, disk: 8GB}
stacks:
  platform:
    proxy: {cpu: 250m, memory: 512MiB, disk: 0, replicas: 3, apart: host}
    queue: {size: rabbitmq}
    db:    {cpu: 500m, memory: 4GiB, disk: 1GB, on: {arch: amd64}}
  web:
    app:   {size: app, needs: [db, platform/queue], limit: {memory: 3GiB}}
    db:    {cpu: 250m, memory: 256MiB, disk: 0, observed: {memory: 180MiB, source: \"docker stats\", date: 2026-11-01}}
startups:
  platform: {stack: platform, priority: 10}
  s01..s17: {stack: web}
  s18:
    stack: web
    containers:
      app: {memory: 3GiB}
      worker: {size: app, needs: [platform/queue]}
rules:
  - apart: [s01/db, s13/db]
  - together: [s18/app, s18/worker]
goals: [fewest-moves, fewest-hosts, balance]
placement:
  nuc: [platform/proxy.1, platform/queue, platform/db, s01..s12/*]
  worker-1: [platform/proxy.2, s13..s18/*]
  worker-2: [platform/proxy.3]
";

const LAB: &str = "\
hosts:
  nuc:
    cpu: 4
    memory: 40GiB
    disk: 256GB
    resources: {gpu: 1}
    reserve: {cpu: 0.5, memory: [2GiB, 5%]}
    overcommit: {cpu: 4}
    labels: {arch: amd64, shelf: a}
    watts: 15
    price: 0
  worker:
    count: 3
    cpu: 12
    memory: 16GiB
    disk: 1TB
    labels: {arch: amd64, shelf: b}
";

struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| error.to_string())
    }
}

fn files(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn shown<T>(result: Result<T, Problems>) -> T {
    result.unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn document(text: &str, others: &[(&str, &str)]) -> Document {
    shown(Document::from_bytes("a.yaml", text.as_bytes(), &files(others)))
}

fn resolve(text: &str, others: &[(&str, &str)]) -> Resolved {
    shown(document(text, others).resolve())
}

fn layout(text: &str) -> Layout {
    resolve(text, &[]).layout
}

/// Each placed container with its host, by name.
fn placed(layout: &Layout) -> Vec<(String, String)> {
    let placement = layout.placement.as_ref().unwrap();
    let names = placement.placed().map(|(c, h)| (layout.container_id(c), layout.lab.hosts[h].name.clone()));
    names.collect()
}

#[test]
fn every_layout_and_example_of_the_project_is_read() {
    let mut read = 0;
    for folder in ["layouts", "examples"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                shown(shown(Document::read(path.to_str().unwrap(), &Disk)).resolve());
                read += 1;
            }
        }
    }
    assert!(read >= 15);
}

#[test]
fn the_lab_of_the_reference_has_the_amounts_worked_by_hand() {
    let Resolved { layout, diagnostics } = resolve(FULL, &[("lab.yaml", LAB)]);
    assert_eq!(diagnostics, []);
    let names: Vec<&str> = layout.lab.hosts.iter().map(|host| host.name.as_str()).collect();
    assert_eq!(names, ["nuc", "worker-1", "worker-2", "worker-3"]);
    let gpu = Resource::Named("gpu".to_owned());
    assert_eq!(layout.lab.resources, [Resource::Cpu, Resource::Memory, Resource::Disk, gpu]);
    let nuc = &layout.lab.hosts[0];
    assert_eq!(nuc.capacity, [4000, 40 * GIB, 256 * GB, 1]);
    // 5 % of 40 GiB is 2 GiB, as much as the amount beside it.
    assert_eq!(nuc.reserve, [500, 2 * GIB, 0, 0]);
    assert_eq!(nuc.allocatable, [14_000, 38 * GIB, 256 * GB, 1]);
    assert_eq!(nuc.overcommit, [Some("4".to_owned()), None, None, None]);
    assert_eq!((nuc.watts, nuc.price, nuc.state), (15_000_000, 0, HostState::Up));
    let worker = &layout.lab.hosts[3];
    assert_eq!((worker.name.as_str(), worker.kind.as_str()), ("worker-3", "worker"));
    assert_eq!(worker.allocatable, [12_000, 16 * GIB, 1000 * GB, 0]);
    assert_eq!(worker.labels["shelf"], "b");
}

#[test]
fn the_demand_of_the_reference_is_spelled_out() {
    let layout = resolve(FULL, &[("lab.yaml", LAB)]).layout;
    let demand = &layout.demand;
    // 5 of the platform (three proxies), 17 x 2, and 3 of s18.
    assert_eq!((demand.startups.len(), demand.services.len(), demand.containers.len()), (19, 40, 42));
    assert_eq!(demand.startups[0].priority, 10);
    assert_eq!((demand.startups[17].name.as_str(), demand.startups[17].priority), ("s17", 1));
    let ids: Vec<String> = ContainerIndex::all(7).map(|container| layout.container_id(container)).collect();
    let expected = ["platform/proxy.1", "platform/proxy.2", "platform/proxy.3", "platform/queue", "platform/db"];
    assert_eq!(ids[..5], expected);
    assert_eq!(ids[5..], ["s01/app", "s01/db"]);
    let of =
        |id: &str| demand.services.iter().enumerate().find(|(index, _)| layout.service_id(*index) == id).unwrap().1;
    let values = |id: &str| of(id).request.iter().map(|amount| amount.value).collect::<Vec<_>>();
    assert_eq!(values("s01/app"), [250, 2 * GIB, 8 * GB, 0]);
    assert_eq!(of("s01/app").request[0].origin, Origin::Size("app".to_owned()));
    assert_eq!(of("s01/app").limit, [None, Some(3 * GIB), None, None]);
    assert_eq!(values("s18/app"), [250, 3 * GIB, 8 * GB, 0]);
    assert_eq!(of("s18/app").request[1].origin, Origin::Given);
    assert_eq!(values("platform/queue"), [1000, GIB, 4 * GIB, 0]);
    assert!(matches!(&of("platform/queue").request[0].origin, Origin::Catalogue { name, .. } if name == "rabbitmq"));
    assert_eq!((&of("s01/db").request[2].origin, &of("s01/db").request[3].origin), (&Origin::Given, &Origin::Unset));
    let observed = of("s02/db").observed.as_ref().unwrap();
    assert_eq!(observed.amounts, [None, Some(180 * MIB), None, None]);
    assert_eq!((observed.source.as_deref(), observed.date.as_deref()), (Some("docker stats"), Some("2026-11-01")));
    assert_eq!(of("platform/db").on.as_deref(), Some([0, 1, 2, 3].map(HostIndex).as_slice()));
    assert_eq!(of("platform/db").on_written.as_deref(), Some("{arch: amd64}"));
    let needs = |id: &str| of(id).needs.iter().map(|need| layout.service_id(*need)).collect::<Vec<_>>();
    assert_eq!(needs("s01/app"), ["platform/queue", "s01/db"]);
    assert_eq!(needs("s18/worker"), ["platform/queue"]);
}

#[test]
fn rules_goals_and_placement_of_the_reference_are_found() {
    let layout = resolve(FULL, &[("lab.yaml", LAB)]).layout;
    let ids = |rule: usize| {
        layout.rules[rule].containers.iter().map(|container| layout.container_id(*container)).collect::<Vec<_>>()
    };
    assert_eq!(layout.rules.len(), 3);
    assert_eq!((&layout.rules[0].kind, ids(0).len()), (&RuleKind::ApartByHost, 3));
    assert_eq!((&layout.rules[1].kind, ids(1)), (&RuleKind::ApartByHost, vec!["s01/db".into(), "s13/db".into()]));
    assert_eq!((&layout.rules[2].kind, ids(2)), (&RuleKind::Together, vec!["s18/app".into(), "s18/worker".into()]));
    assert_eq!(layout.goals, [Goal::FewestMoves, Goal::FewestHosts, Goal::Balance]);
    let placed = placed(&layout);
    assert_eq!(placed.len(), 42);
    let on = |host: &str| placed.iter().filter(|(_, there)| there == host).count();
    assert_eq!((on("nuc"), on("worker-1"), on("worker-2"), on("worker-3")), (27, 14, 1, 0));
    let proxy = layout.placed_at[1].unwrap();
    assert_eq!((proxy.file, proxy.line, proxy.column, proxy.length), (0, 27, 14, 16));
    assert_eq!(layout.files, ["a.yaml", "lab.yaml"]);
    let stacks: Vec<&str> = layout.stacks.iter().map(|stack| stack.name.as_str()).collect();
    assert_eq!(stacks, ["platform", "web"]);
    assert_eq!(layout.name.as_deref(), Some("Shared platform, 18 apps"));
}

#[test]
fn a_pattern_of_many_startups_takes_those_that_have_the_container() {
    let text = |rule: &str| {
        format!(
            "hosts: {{a: {{memory: 8GiB}}, b: {{memory: 8GiB}}}}
stacks: {{web: {{app: {{memory: 1MiB}}, db: {{memory: 1MiB, replicas: 2}}}}, one: {{db1: {{memory: 1MiB}}}}}}
startups: {{s1..s2: web, s3: one, s4: {{containers: {{app: {{memory: 1MiB}}, db: {{memory: 1MiB}}}}}}}}
rules: [{rule}]
"
        )
    };
    let bound = |pattern: &str| {
        let layout = layout(&text(&format!("{{apart: ['{pattern}']}}")));
        let rules = layout.rules.iter().chain(&layout.dormant);
        let ids = rules.flat_map(|rule| rule.containers.iter().map(|&container| layout.container_id(container)));
        ids.collect::<Vec<_>>().join(" ")
    };
    for (pattern, expected) in [
        ("*/app", "s1/app s2/app s4/app"),
        ("*/db", "s1/db.1 s1/db.2 s2/db.1 s2/db.2 s4/db"),
        ("s1..s4/db", "s1/db.1 s1/db.2 s2/db.1 s2/db.2 s4/db"),
        ("s2..s4/app", "s2/app s4/app"),
        ("*/db.2", "s1/db.2 s2/db.2"),
        ("s*/db.1..db.2", "s1/db.1 s1/db.2 s2/db.1 s2/db.2"),
        // Here it binds one; of startups to come perhaps more.
        ("*/db1", "s3/db1"),
    ] {
        assert_eq!(bound(pattern), expected, "{pattern}");
    }
    let survive = layout(&text("{survive: 1, except: ['*/db1', s1..s3/app]}")).survive.unwrap();
    assert_eq!(survive.except.len(), 3);
    let placed = placed(&layout(&(text("") + "placement: {a: ['*/db'], b: ['*/app', s1..s4/db1]}\n")));
    assert_eq!(placed.len(), 9);
    for (pattern, message, help) in [
        ("*/ap", "`*/ap` matches no container", "did you mean `app`?"),
        ("*/db.3", "`*/db.3` matches no container", "did you mean `db`?"),
        ("s1..s2/db1", "`s1..s2/db1` matches no container", "did you mean `db`?"),
        ("*/db1..db2", "`*/db1..db2` matches no container", "did you mean `db`?"),
        ("x*/db", "`x*/db` matches no container", "leave it out, or check the names in it"),
        ("s1..s5/db", "there is no startup `s5`", "did you mean `s1`?"),
        ("s3/app", "startup `s3` has no container `app`", "there is `db1`"),
        ("s3/*", "`apart` binds one container; it takes two or more", "name more containers, or leave the rule out"),
    ] {
        let problems = document(&text(&format!("{{apart: ['{pattern}']}}")), &[]).resolve().unwrap_err();
        let found = &problems.diagnostics[0];
        assert_eq!((found.message.as_str(), found.help.as_deref()), (message, Some(help)), "{pattern}");
    }
}

#[test]
fn amounts_are_rounded_as_is_safe_and_prices_are_exact() {
    let text = "hosts: {a: {memory: 7.624GiB, reserve: {memory: 0.3B}, price: 0.0416, watts: 0.000001}}
startups: {s: {containers: {c: {memory: 2.352MiB, limit: {memory: 2.352MiB}, observed: {memory: 1.1B}}}}}
";
    let Resolved { layout, diagnostics } = resolve(text, &[]);
    assert_eq!(diagnostics, []);
    let (host, service) = (&layout.lab.hosts[0], &layout.demand.services[0]);
    // 7.624 x 2^30 = 8186207666.176, and 2.352 x 2^20 = 2466250.752.
    assert_eq!((host.capacity[0], host.reserve[0], host.price, host.watts), (8_186_207_666, 1, 41_600, 1));
    assert_eq!((service.request[0].value, service.limit[0]), (2_466_251, Some(2_466_251)));
    assert_eq!(service.observed.as_ref().unwrap().amounts, [Some(2)]);
}

#[test]
fn the_key_true_of_a_container_is_on_and_a_name_elsewhere() {
    let text = "hosts: {a: {memory: 8GiB, labels: {true: x}}, b: {memory: 8GiB}}
stacks: {web: {c: {memory: 1MiB, true: b}}}
startups: {s: {stack: web, containers: {d: {memory: 1MiB, 'true': {true: x}}}}, true: web}
";
    let layout = layout(text);
    let on: Vec<_> = layout.demand.services.iter().map(|service| service.on.as_deref().unwrap()).collect();
    assert_eq!(on, [[HostIndex(1)], [HostIndex(0)], [HostIndex(1)]]);
    assert_eq!(layout.demand.startups[1].name, "true");
    let twice = document(&text.replace("true: b}", "true: b, on: a}"), &[]).resolve().unwrap_err();
    assert_eq!(twice.diagnostics[0].code, Code::DuplicateKey);
}

#[test]
fn allocatable_amounts_are_those_worked_by_hand() {
    // host, then cpu in millicores and memory in bytes that may be given out
    let cases: [(&str, u64, u64); 6] = [
        (
            "{cpu: 4, memory: 64GiB, reserve: {cpu: 0.5, memory: [2GiB, 5%]}, overcommit: {cpu: 4}}",
            14_000,
            65_283_502_899,
        ),
        ("{cpu: 3, memory: 101B, reserve: {memory: 5%}, overcommit: {cpu: 1.5}}", 4_500, 95),
        ("{cpu: 1m, memory: 3B, overcommit: {cpu: 1.999, memory: 0.5}}", 1, 1),
        ("{cpu: 2, memory: 1GiB, reserve: {cpu: 100%, memory: 1GiB}}", 0, 0),
        ("{cpu: 2, memory: 8GB, reserve: {cpu: [1, 10%, 300m]}}", 1_000, 8_000_000_000),
        ("{cpu: 0, memory: 0}", 0, 0),
    ];
    for (host, cpu, memory) in cases {
        let layout = layout(&format!("hosts:\n  a: {host}\n"));
        assert_eq!(layout.lab.hosts[0].allocatable, [cpu, memory], "{host}");
    }
}

#[test]
fn resources_that_no_host_lists_are_not_budgeted() {
    let Resolved { layout, diagnostics } = resolve(
        "hosts: {a: {memory: 1GiB}}\nstartups: {s: {containers: {c: {cpu: 2, memory: 1MiB, disk: 1GB}}}}\n",
        &[],
    );
    assert_eq!(layout.lab.resources, [Resource::Memory]);
    assert_eq!(layout.demand.services[0].request.len(), 1);
    let notes: Vec<_> = diagnostics.iter().map(|one| (one.code, one.severity)).collect();
    assert_eq!(notes, [(Code::Unbudgeted, Severity::Note), (Code::Unbudgeted, Severity::Note)]);
    let only_named = layout_of_named();
    assert_eq!(only_named.lab.resources, [Resource::Named("gpu".to_owned()), Resource::Named("slot".to_owned())]);
    assert_eq!(only_named.lab.hosts[1].allocatable, [0, 4]);
}

fn layout_of_named() -> Layout {
    layout(
        "hosts: {a: {resources: {slot: 2, gpu: 1}}, b: {resources: {slot: 4}}}\nstartups: {s: {containers: {c: {resources: {gpu: 1}}}}}\n",
    )
}

#[test]
fn short_forms_ranges_and_overrides_mean_what_they_say() {
    let layout = layout(
        "hosts: {h1..h3: {memory: 8GiB}, k: {count: 1, memory: 1GiB}}
stacks: {web: {app: {memory: 1GiB}, db: {memory: 2GiB}}}
startups:
  s08..s11: web
  s09: {containers: {app: {memory: 3GiB}, extra: {memory: 1MiB}}}
  s10: null
  s11: {containers: {db: null, app: {memory: null, cpu: 1}}}
  own: {containers: {one: {}, two: {replicas: 1}}}
",
    );
    let hosts: Vec<&str> = layout.lab.hosts.iter().map(|host| host.name.as_str()).collect();
    assert_eq!(hosts, ["h1", "h2", "h3", "k-1"]);
    let ids: Vec<String> = layout.demand.indices().map(|one| layout.container_id(one)).collect();
    assert_eq!(ids, ["s08/app", "s08/db", "s09/app", "s09/db", "s09/extra", "s11/app", "own/one", "own/two.1"]);
    let memory: Vec<u64> = layout.demand.services.iter().map(|service| service.request[0].value).collect();
    assert_eq!(memory, [GIB, 2 * GIB, 3 * GIB, 2 * GIB, MIB, 0, 0, 0]);
    assert_eq!(layout.demand.startups[0].stack.as_deref(), Some("web"));
}

#[test]
fn extends_merges_deeply_and_keeps_the_places() {
    let base = "hosts: {a: {memory: 1GiB, labels: {x: y}}, b: {memory: 2GiB}}
stacks: {web: {app: {memory: 1GiB, needs: [db]}, db: {memory: 1MiB}}}
startups: {s1..s3: web, s2: {containers: {app: {memory: 5MiB}}}}
goals: [balance]
placement: {a: [s1/*], b: [s2..s3/*]}
";
    let middle = "extends: ../base.yaml\nhosts: {a: {memory: 4GiB}, b: null}\nplacement: {b: null}\n";
    let top = "extends: sub/middle.yaml
stacks: {web: {app: {needs: []}}}
startups: {s2: {containers: {app: null}}, s3: null}
goals: [fewest-hosts]
";
    let Resolved { layout, .. } = resolve(top, &[("sub/middle.yaml", middle), ("base.yaml", base)]);
    assert_eq!(layout.lab.hosts.len(), 1);
    assert_eq!(layout.lab.hosts[0].capacity, [4 * GIB]);
    assert_eq!(layout.lab.hosts[0].labels["x"], "y");
    let ids: Vec<String> = layout.demand.indices().map(|one| layout.container_id(one)).collect();
    assert_eq!(ids, ["s1/app", "s1/db", "s2/db"]);
    assert_eq!(layout.goals, [Goal::FewestHosts]);
    assert!(layout.demand.services[0].needs.is_empty());
    assert_eq!(placed(&layout).len(), 2);
    assert_eq!(layout.files, ["a.yaml", "sub/middle.yaml", "sub/../base.yaml"]);
    let at = layout.lab.hosts[0].at;
    assert_eq!((at.file, at.line, at.column), (1, 2, 9));
    let pattern = layout.placed_at[0].unwrap();
    assert_eq!((pattern.file, pattern.line, pattern.column), (2, 5, 17));
}

#[test]
fn a_list_of_files_is_merged_in_order() {
    let files =
        [("x.yaml", "hosts: {a: {memory: 1GiB}}\n"), ("y.yaml", "hosts: {a: {memory: 2GiB}, b: {memory: 1MiB}}\n")];
    let layout = resolve("extends: [x.yaml, ./y.yaml]\nhosts: {b: {memory: 3GiB}}\n", &files).layout;
    let memory: Vec<u64> = layout.lab.hosts.iter().map(|host| host.capacity[0]).collect();
    assert_eq!(memory, [2 * GIB, 3 * GIB]);
}

#[test]
fn anchors_aliases_and_merge_keys_are_followed() {
    let layout = layout(
        "hosts:
  a: &a {memory: 1GiB, labels: {x: '1'}}
  b: {<<: *a, memory: 2GiB}
  c: *a
  d: {<<: [{memory: 3GiB}, *a], watts: 5}
",
    );
    let memory: Vec<u64> = layout.lab.hosts.iter().map(|host| host.capacity[0]).collect();
    assert_eq!(memory, [GIB, 2 * GIB, GIB, 3 * GIB]);
    assert!(layout.lab.hosts.iter().all(|host| host.labels["x"] == "1"));
    assert_eq!(layout.lab.hosts[3].watts, 5_000_000);
}

#[test]
fn a_byte_order_mark_windows_lines_and_json_are_read() {
    assert_eq!(layout("\u{feff}hosts:\r\n  a: {memory: 1GiB}\r\n").lab.hosts.len(), 1);
    assert_eq!(layout("{\"hosts\": {\"a\": {\"cpu\": 2, \"memory\": \"1GiB\"}}}").lab.hosts[0].capacity, [2000, GIB]);
    assert_eq!(layout("---\nhosts: {a: {cpu: 2}}\n...\n").lab.hosts.len(), 1);
}

#[test]
fn newcomers_of_a_stack_take_the_names_that_are_free() {
    let text = "hosts: {a: {memory: 8GiB}}
stacks: {web: {app: {memory: 1GiB}}}
startups: {web-new-2: web, s1: {stack: web, priority: 7}}
placement: {a: ['*']}
";
    let document = document(text, &[]);
    let (grown, names) = shown(document.with(&Newcomers::OfStack("web".to_owned(), 2)));
    assert_eq!(names, ["web-new-1", "web-new-3"]);
    let layout = shown(grown.resolve()).layout;
    assert_eq!(placed(&layout).len(), 2, "the pattern `*` does not place those that came later");
    assert_eq!(layout.demand.startups.len(), 4);
    let (grown, names) = shown(grown.with(&Newcomers::Like("s1".to_owned(), 1)));
    assert_eq!(names, ["s1-new-1"]);
    let layout = shown(grown.resolve()).layout;
    assert_eq!((placed(&layout).len(), layout.demand.startups[4].priority), (2, 7));
    let problems = document.with(&Newcomers::OfStack("wbe".to_owned(), 1)).unwrap_err();
    assert_eq!(problems.diagnostics[0].code, Code::UnknownStack);
    assert_eq!(problems.diagnostics[0].help.as_deref(), Some("did you mean `web`?"));
    let problems = document.with(&Newcomers::Like("s2".to_owned(), 1)).unwrap_err();
    assert_eq!(problems.diagnostics[0].code, Code::UnknownStartup);
    let problems = document.with(&Newcomers::OfStack("web".to_owned(), u32::MAX)).unwrap_err();
    assert_eq!(problems.diagnostics[0].code, Code::TooManyContainers);
}

#[test]
fn newcomers_of_another_document_bring_stacks_sizes_and_rules() {
    let text = "hosts: {a: {memory: 8GiB}, b: {memory: 8GiB}}
sizes: {small: {memory: 1MiB}}
stacks: {web: {app: {size: small}}}
startups: {s1: web}
placement: {a: ['s*/*']}
";
    let document = document(text, &[]);
    let add =
        |text: &str| document.with(&Newcomers::From(Source { name: "more.yaml".to_owned(), text: text.to_owned() }));
    let more = "name: more
sizes: {small: {memory: 1MiB}, large: {memory: 1GiB}}
stacks: {shop: {db: {size: large, needs: s1/app}}}
startups: {s2..s3: shop}
rules: [{apart: [s2/db, s3/db]}]
";
    let (grown, names) = shown(add(more));
    assert_eq!(names, ["s2", "s3"]);
    let layout = shown(grown.resolve()).layout;
    assert_eq!((placed(&layout).len(), layout.rules.len(), layout.demand.startups.len()), (1, 1, 3));
    assert_eq!(layout.files, ["a.yaml", "more.yaml"]);
    let at = layout.demand.startups[1].at;
    assert_eq!((at.file, at.line, at.column), (1, 4, 12));
    let code = |text: &str| add(text).unwrap_err().diagnostics.iter().map(|one| one.code).collect::<Vec<_>>();
    assert_eq!(code("startups: {s1: web}"), [Code::ChangesDocument]);
    assert_eq!(code("sizes: {small: {memory: 2MiB}}\nstartups: {s2: web}"), [Code::ChangesDocument]);
    assert_eq!(code("hosts: {c: {}}\ngoals: [balance]\nstartups: {s2: web}"), [Code::ChangesDocument; 2]);
    assert_eq!(code("name: x"), [Code::MissingKey]);
    assert_eq!(code("[a"), [Code::Syntax]);
}

/// Startups that spell out everything: amounts, labels, needs, rules, and a place for each container.
fn spelled_out(startups: usize) -> String {
    let mut text = "hosts:\n".to_owned();
    for host in 0..100 {
        text += &format!("  h{host}: {{cpu: 64, memory: 512GiB, disk: 4TB, labels: {{shelf: s{}}}}}\n", host % 7);
    }
    text += "startups:\n";
    for startup in 0..startups {
        text += &format!(
            "  s{startup}:
    priority: 2
    containers:
      app: {{cpu: 250m, memory: {}MiB, disk: 4GB, needs: [db, s0/db], limit: {{memory: 3GiB}}, on: {{shelf: s{}}}}}
      db: {{cpu: 0.5, memory: 1.5GiB, disk: 8GB}}\n",
            100 + startup % 900,
            startup % 7
        );
    }
    text += "rules:\n";
    for startup in 1..startups {
        text += &format!("  - apart: [s{startup}/db, s{}/db]\n", startup - 1);
    }
    text += "placement:\n";
    for host in 0..100 {
        text += &format!("  h{host}:\n");
        for startup in (host..startups).step_by(100) {
            text += &format!("    - s{startup}/app\n    - s{startup}/db\n");
        }
    }
    text
}

#[test]
fn fifty_thousand_spelled_out_containers_are_read_in_well_under_a_second() {
    let text = spelled_out(25_000);
    let begin = std::time::Instant::now();
    let layout = layout(&text);
    let took = begin.elapsed();
    assert_eq!(layout.demand.containers.len(), 50_000);
    assert_eq!(layout.placement.unwrap().unplaced().count(), 0);
    assert_eq!((layout.rules.len(), layout.demand.services[2].needs.as_slice()), (24_999, [1, 3].as_slice()));
    // Without optimisation, on a busy machine; optimised it takes a fraction of this.
    assert!(took.as_secs() < 10, "{took:?}");
}
