//! Nomad: job files, what it prints of jobs, and its nodes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bayplan::import::{Asked, Format, Import, import};
use bayplan::quantity::Resource;
use fastrand::Rng;

use super::{Disk, asked, is_accepted, mutilated};
use crate::support::cases;

const MHZ: u64 = 1000;

fn imported(text: &str) -> Result<Import, bayplan::document::Problems> {
    let asked = asked(Format::Nomad, &[("job.nomad", text.as_bytes())], None);
    import(&Asked { mhz_per_core: Some(MHZ), ..asked }, &Disk)
}

/// One task: when it runs, and what it asks for of MHz, cores and MiB.
struct Task {
    hook: &'static str,
    is_sidecar: bool,
    mhz: u64,
    cores: u64,
    mib: u64,
}

fn task(rng: &mut Rng) -> Task {
    let hook = *rng.choice(&["", "", "prestart", "poststart", "poststop"]).expect("one");
    Task {
        hook,
        is_sidecar: hook == "prestart" && rng.bool(),
        mhz: rng.u64(1..2000),
        cores: if rng.u8(..5) == 0 { rng.u64(1..4) } else { 0 },
        mib: rng.u64(10..2000),
    }
}

/// What a group asks for, moment by moment: before the others, with them, behind them.
fn most(tasks: &[Task], proxies: u64) -> (u64, u64) {
    let runs = |task: &Task, moment: &str| {
        task.is_sidecar
            || match task.hook {
                "prestart" => moment == "before",
                "poststop" => moment == "after",
                _ => moment == "with",
            }
    };
    let at = |moment: &str| {
        let there: Vec<&Task> = tasks.iter().filter(|task| runs(task, moment)).collect();
        let mhz: u64 = there.iter().filter(|task| task.cores == 0).map(|task| task.mhz).sum();
        (mhz, there.iter().map(|task| task.mib).sum::<u64>())
    };
    let moments = ["before", "with", "after"].map(at);
    let mhz = moments.iter().map(|it| it.0).max().unwrap_or(0) + 250 * proxies;
    let mib = moments.iter().map(|it| it.1).max().unwrap_or(0) + 128 * proxies;
    let cores: u64 = tasks.iter().map(|task| task.cores).sum();
    ((mhz * 1000).div_ceil(MHZ) + cores * 1000, mib << 20)
}

/// A job in both languages, and what each of its groups asks for.
fn random(rng: &mut Rng) -> (String, String, BTreeMap<String, (u64, u64, u64)>) {
    let (mut hcl, mut json) = (String::from("job \"shop\" {\n  datacenters = [\"*\"]\n"), Vec::new());
    let mut expected = BTreeMap::new();
    for number in 0..rng.usize(1..5) {
        let name = format!("g{number}");
        let count = rng.u64(1..5);
        let tasks: Vec<Task> = (0..rng.usize(1..5)).map(|_| task(rng)).collect();
        let proxies = rng.u64(..3);
        let (cpu, memory) = most(&tasks, proxies);
        expected.insert(name.clone(), (count, cpu, memory));
        hcl.push_str(&format!("  group \"{name}\" {{\n    count = {count}\n"));
        for _ in 0..proxies {
            hcl.push_str("    service {\n      connect {\n        sidecar_service {}\n      }\n    }\n");
        }
        let mut listed = Vec::new();
        for (at, task) in tasks.iter().enumerate() {
            let Task { hook, is_sidecar, mhz, cores, mib } = task;
            hcl.push_str(&format!("    task \"t{at}\" {{\n"));
            if !hook.is_empty() {
                hcl.push_str(&format!(
                    "      lifecycle {{\n        hook = \"{hook}\"\n        sidecar = {is_sidecar}\n      }}\n"
                ));
            }
            let cores_line = if *cores > 0 { format!("cores = {cores}\n        ") } else { String::new() };
            hcl.push_str(&format!(
                "      resources {{\n        {cores_line}cpu = {mhz}\n        memory = {mib}\n      }}\n    }}\n"
            ));
            let lifecycle = match hook.is_empty() {
                true => serde_json::Value::Null,
                false => serde_json::json!({ "Hook": hook, "Sidecar": is_sidecar }),
            };
            listed.push(serde_json::json!({
                "Name": format!("t{at}"), "Lifecycle": lifecycle,
                "Resources": { "CPU": mhz, "Cores": cores, "MemoryMB": mib, "MemoryMaxMB": 0 },
            }));
        }
        hcl.push_str("  }\n");
        let services: Vec<_> =
            (0..proxies).map(|_| serde_json::json!({ "Connect": { "SidecarService": {} } })).collect();
        json.push(serde_json::json!({ "Name": name, "Count": count, "Services": services, "Tasks": listed }));
    }
    hcl.push_str("}\n");
    let json = serde_json::json!({ "Job": { "ID": "shop", "Name": "shop", "Type": "service", "TaskGroups": json } });
    (hcl, json.to_string(), expected)
}

#[test]
fn every_group_asks_for_what_its_tasks_take_at_the_most() {
    for seed in 0..cases::count(400) {
        let mut rng = Rng::with_seed(seed);
        let (hcl, json, expected) = random(&mut rng);
        for text in [hcl, json] {
            let import =
                imported(&text).unwrap_or_else(|problems| panic!("seed {seed}: {text}\n{}", problems.render(false)));
            is_accepted(&import, &format!("seed {seed}: {text}"));
            assert!(import.report.refused.is_empty(), "seed {seed}: {text}\n{:?}", import.report.refused);
            let found: BTreeMap<String, (u64, u64, u64)> = import
                .report
                .imported
                .iter()
                .map(|one| {
                    let figures = (one.request[&Resource::Cpu].0, one.request[&Resource::Memory].0);
                    (one.name.clone(), (one.replicas.expect("a number"), figures.0, figures.1))
                })
                .collect();
            assert_eq!(found, expected, "seed {seed}: {text}");
        }
    }
}

const JOB: &str = r#"variable "count" { default = 2 }
locals { image = "x/app:${var.count}" }
job "shop" {
  type = "service"
  datacenters = ["dc1", "dc2"]
  constraint {
    attribute = "${attr.kernel.name}"
    operator  = "!="
    value     = "windows"
  }
  constraint { distinct_hosts = true }
  group "web" {
    count = var.count
    affinity {
      attribute = "${meta.rack}"
      value     = "r1"
      weight    = 100
    }
    spread { attribute = "${node.datacenter}" }
    network { port "http" { static = 80 } }
    service {
      connect { sidecar_service {} }
    }
    ephemeral_disk { size = 500 }
    task "app" {
      driver = "docker"
      config {
        image = local.image
        args  = ["--x", "${NOMAD_PORT_http}"]
      }
      template {
        data = <<EOH
{{ range service "db" }}{{ .Address }}{{ end }}
EOH
      }
      resources {
        cpu    = 500 # MHz
        memory = 256
        device "nvidia/gpu" { count = 1 }
      }
    }
  }
  group "agent" { task "t" { resources { cores = 1 } } }
}
"#;

#[test]
fn mutilated_jobs_are_imported_or_refused_in_time() {
    let (_, json, _) = random(&mut Rng::with_seed(1));
    for seed in 0..cases::count(3_000) {
        let mut rng = Rng::with_seed(seed);
        let text = if rng.u8(..4) == 0 { &json } else { JOB };
        let bytes = mutilated(text.as_bytes(), &mut rng);
        let start = Instant::now();
        match import(&asked(Format::Nomad, &[("x.nomad", &bytes)], None), &Disk) {
            Ok(import) => is_accepted(&import, &format!("seed {seed}: {}", String::from_utf8_lossy(&bytes))),
            Err(problems) => assert!(!problems.diagnostics.is_empty(), "seed {seed}"),
        }
        assert!(start.elapsed() < Duration::from_secs(5), "seed {seed}");
    }
}

#[test]
fn ten_thousand_groups_are_imported_in_time() {
    let group = |at: usize| {
        format!(
            "group \"g{at}\" {{\n count = 2\n task \"t\" {{\n driver = \"docker\"\n resources {{\n cpu = 500\n memory = 256\n }}\n }}\n }}\n"
        )
    };
    let text = format!("job \"a\" {{\n{}}}\n", (0..10_000).map(group).collect::<String>());
    let start = Instant::now();
    let import = imported(&text).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert_eq!(import.report.imported.len(), 10_000);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}
