use std::collections::BTreeMap;

use super::super::found::{Avoid, Bound, Container, Count, Found, Wished};
use super::super::{Asked, Given};
use super::read;
use crate::document::Problems;
use crate::quantity::Resource;

fn imported(texts: &[&str], mhz: Option<u64>) -> Result<Found, Problems> {
    let given =
        |(number, text): (usize, &&str)| Given { name: format!("{number}.nomad"), bytes: text.as_bytes().into() };
    let asked = Asked { files: texts.iter().enumerate().map(given).collect(), mhz_per_core: mhz, ..Asked::default() };
    let none: BTreeMap<String, String> = BTreeMap::new();
    read(&asked, &none).map(|(found, _)| found)
}

fn found(texts: &[&str]) -> Found {
    imported(texts, Some(1000)).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn one(found: &Found) -> &Container {
    let [container] = &found.projects[0].containers[..] else { panic!("{:?}", found.refused) };
    container
}

/// Millicores and MiB.
fn size(container: &Container) -> (u64, u64) {
    (container.request[&Resource::Cpu].value, container.request[&Resource::Memory].value >> 20)
}

fn job(inner: &str) -> String {
    format!("job \"shop\" {{\n  group \"web\" {{\n{inner}\n  }}\n}}\n")
}

fn task(name: &str, cpu: u64, memory: u64, more: &str) -> String {
    format!(
        "task \"{name}\" {{\n driver = \"docker\"\n config {{ image = \"x/{name}:1\" }}\n {more}\n resources {{\n cpu = {cpu}\n memory = {memory}\n }}\n }}\n"
    )
}

#[test]
fn a_group_asks_for_the_largest_of_its_phases() {
    let hook = |hook: &str, sidecar: bool| format!("lifecycle {{\n hook = \"{hook}\"\n sidecar = {sidecar}\n }}");
    let text = job(&[
        "count = 3\n".to_owned(),
        task("init", 900, 100, &hook("prestart", false)),
        task("log", 50, 64, &hook("prestart", true)),
        task("app", 500, 256, ""),
        task("db", 300, 512, ""),
        task("hello", 100, 32, &hook("poststart", false)),
        task("clean", 100, 2000, &hook("poststop", false)),
    ]
    .concat());
    let found = found(&[&text]);
    let web = one(&found);
    // The main phase has 900 MHz and 800 MiB; the last one 2000 MiB; the sidecar runs in all of them.
    assert_eq!(size(web), (950, 2064));
    assert_eq!((web.count, web.image.as_deref()), (Count::Replicas(3), Some("x/app:1")));
    assert_eq!(web.request[&Resource::Disk].value, 300 << 20);
}

#[test]
fn cores_add_and_proxies_too() {
    let connect = "service {\n name = \"web\"\n connect {\n sidecar_service {}\n }\n }\n";
    let cores = "task \"b\" {\n resources {\n cores = 2\n memory = 100\n memory_max = 400\n }\n }\n";
    let text = job(&format!("{connect}{}{cores}task \"c\" {{ }}\n", task("a", 250, 100, "")));
    let found = found(&[&text]);
    let web = one(&found);
    assert_eq!(size(web), (250 + 250 + 2000 + 100, 128 + 100 + 100 + 300));
    assert_eq!(web.limit[&Resource::Memory].value >> 20, 128 + 100 + 400 + 300);
}

#[test]
fn what_nomad_prints_of_a_job_says_the_same() {
    let text = r#"{"Job": {"ID": "shop", "Name": "shop", "Type": "service", "Datacenters": ["dc1"], "Constraints": null,
      "TaskGroups": [{"Name": "web", "Count": 2, "EphemeralDisk": {"SizeMB": 500},
        "Constraints": [{"LTarget": "${meta.rack}", "Operand": "!=", "RTarget": "r1"}, {"LTarget": "", "Operand": "distinct_hosts", "RTarget": "true"}],
        "Affinities": [{"LTarget": "${node.class}", "Operand": "=", "RTarget": "ssd", "Weight": 70}],
        "Services": [{"Name": "web", "Connect": {"SidecarService": {}}}],
        "Tasks": [
          {"Name": "app", "Driver": "docker", "Kind": "", "Config": {"image": "nginx"}, "Lifecycle": null,
           "Resources": {"CPU": 500, "Cores": 0, "MemoryMB": 256, "MemoryMaxMB": 512, "Devices": [{"Name": "nvidia/gpu", "Count": 1}]}},
          {"Name": "connect-proxy-web", "Kind": "connect-proxy:web", "Lifecycle": {"Hook": "prestart", "Sidecar": true},
           "Resources": {"CPU": 250, "MemoryMB": 128}}]},
        {"Name": "old", "Count": 0, "Tasks": [{"Name": "x"}]}]}}"#;
    let found = found(&[text]);
    let web = one(&found);
    assert_eq!(size(web), (750, 384));
    assert_eq!(web.limit[&Resource::Memory].value >> 20, 640);
    assert_eq!((web.count, web.place.at_most.map(|it| it.0)), (Count::Replicas(2), Some(1)));
    assert_eq!(web.place.avoid[0].0, Avoid::Label("rack".to_owned(), "r1".to_owned()));
    let wish = &web.place.wishes[0];
    assert_eq!(
        (wish.what.clone(), wish.weight),
        (Wished::Labels(BTreeMap::from([("class".to_owned(), "ssd".to_owned())])), 70)
    );
    assert_eq!(web.request[&Resource::Named("gpu".to_owned())].value, 1);
    assert_eq!(found.refused.iter().map(|it| it.what.as_str()).collect::<Vec<_>>(), ["shop/old"]);
}

#[test]
fn constraints_say_where() {
    let text = "job \"shop\" {
  type = \"service\"
  datacenters = [\"dc1\"]
  constraint {
    attribute = \"${attr.kernel.name}\"
    value     = \"linux\"
  }
  constraint { distinct_hosts = true }
  group \"a\" {
    count = 2
    constraint {
      operator  = \"distinct_property\"
      attribute = \"${meta.rack}\"
    }
    spread { attribute = \"${node.datacenter}\" }
    task \"t\" {
      constraint {
        attribute = \"${node.unique.name}\"
        value = \"nuc\"
      }
    }
  }
  group \"b\" {
    constraint {
      attribute = \"${attr.cpu.numcores}\"
      operator = \">=\"
      value = 4
    }
    network { port \"http\" { static = 80 } }
    task \"t\" { }
  }
}
";
    let found = found(&[text]);
    let [a, b] = &found.projects[0].containers[..] else { panic!("two") };
    assert_eq!(a.place.labels["kernel.name"].0, "linux");
    assert_eq!(a.place.host.as_ref().map(|(host, _)| host.as_str()), Some("nuc"));
    assert_eq!((a.place.apart[0].0.as_str(), a.place.at_most.map(|it| it.0)), ("rack", Some(1)));
    assert_eq!(a.place.wishes[0].what, Wished::Even("datacenter".to_owned(), 1));
    assert!(b.place.host.is_none());
    assert_eq!(found.bonds.len(), 1);
    assert_eq!((found.bonds[0].kind.clone(), found.bonds[0].of.len()), (Bound::AtMost(1, "hostname".to_owned()), 2));
    let refused: Vec<_> = found.refused.iter().map(|it| (it.what.as_str(), it.at.line)).collect();
    assert_eq!(refused, [("shop/b: constraint", 27)]);
}

#[test]
fn what_is_not_known_is_refused_with_its_place() {
    let text = "variable \"count\" { default = 2 }\nvariable \"memory\" {}\njob \"shop\" {\n group \"a\" {\n count = var.count\n task \"t\" {}\n }\n group \"b\" {\n task \"t\" {\n resources { memory = var.memory }\n }\n }\n group \"c\" {\n count = \"[[ .count ]]\"\n task \"t\" {}\n }\n}\n";
    let first = found(&[text]);
    assert_eq!(one(&first).count, Count::Replicas(2));
    assert_eq!(
        first.refused.iter().map(|it| (it.what.as_str(), it.at.line)).collect::<Vec<_>>(),
        [("shop/b", 10), ("shop/c", 14)]
    );
    let second = found(&[text, "memory = 512\ncount = 4\n"]);
    let counts: Vec<_> = second.projects[0].containers.iter().map(|it| (it.count, size(it).1)).collect();
    assert_eq!(counts, [(Count::Replicas(4), 300), (Count::Replicas(1), 512)]);
    assert!(imported(&["job \"[[ .name ]]\" {\n count = [[ .n ]]\n [[ range x ]]\n}\n"], None).is_err());
}

#[test]
fn kinds_of_jobs() {
    let system = found(&["job \"agent\" {\n type = \"system\"\n group \"g\" {\n task \"t\" {}\n }\n}\n"]);
    assert_eq!(one(&system).count, Count::EveryHost);
    let batch = found(&["job \"nightly\" { type = \"batch\" group \"g\" { task \"t\" {} } }"]);
    assert_eq!(batch.refused.iter().map(|it| it.what.as_str()).collect::<Vec<_>>(), ["nightly/g"]);
    assert!(imported(&["plugin \"x\" {}"], None).is_err() && imported(&["{\"a\": 1}"], None).is_err());
}

#[test]
fn nodes_are_hosts() {
    let nodes = r#"[{"ID": "1", "Name": "nuc", "Datacenter": "dc1", "NodeClass": "small", "NodePool": "default", "Drain": false,
        "SchedulingEligibility": "eligible", "Status": "ready", "Meta": {"rack": "r1"}, "Attributes": {"kernel.name": "linux"},
        "NodeResources": {"Cpu": {"CpuShares": 9600, "TotalCpuCores": 4}, "Memory": {"MemoryMB": 16000}, "Disk": {"DiskMB": 100000},
          "Devices": [{"Type": "gpu", "Instances": [{"ID": "a", "Healthy": true}, {"ID": "b", "Healthy": false}]}]},
        "ReservedResources": {"Cpu": {"CpuShares": 2400}, "Memory": {"MemoryMB": 1000}, "Disk": {"DiskMB": 0}}},
      {"Name": "old", "Datacenter": "dc2", "SchedulingEligibility": "ineligible", "Status": "ready",
        "NodeResources": {"Cpu": {"CpuShares": 9600, "TotalCpuCores": 4}, "Memory": {"MemoryMB": 8000}}},
      {"Name": "gone", "SchedulingEligibility": "eligible", "Status": "down"},
      {"Name": "stub", "SchedulingEligibility": "eligible", "Status": "ready"}]"#;
    let job = "job \"x\" {\n datacenters = [\"dc1\"]\n group \"g\" {\n task \"t\" {\n resources {\n cpu = 1200\n }\n }\n }\n}\n";
    let found = imported(&[nodes, job], None).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let hosts: Vec<_> = found
        .hosts
        .iter()
        .map(|it| {
            (
                it.name.as_str(),
                it.capacity[&Resource::Cpu].value,
                it.capacity[&Resource::Memory].value >> 20,
                it.drained,
            )
        })
        .collect();
    assert_eq!(hosts, [("nuc", 3000, 15_000, false), ("old", 4000, 8000, true)]);
    assert_eq!(found.hosts[0].capacity[&Resource::Named("gpu".to_owned())].value, 1);
    let labels: Vec<_> = found.hosts[0].labels.iter().map(|(name, (value, _))| format!("{name}={value}")).collect();
    assert_eq!(labels, ["class=small", "datacenter=dc1", "kernel.name=linux", "rack=r1"]);
    assert_eq!(found.refused.iter().map(|it| it.what.as_str()).collect::<Vec<_>>(), ["gone", "stub"]);
    assert_eq!(one(&found).request[&Resource::Cpu].value, 500);
    assert_eq!(one(&found).place.among.as_ref().map(|(hosts, _)| hosts.clone()), Some(vec!["nuc".to_owned()]));
}

#[test]
fn dynamic_blocks_are_made_of_what_stands_in_the_file() {
    let job = |count: &str, each: &str| {
        format!(
            "variable \"names\" {{ default = [\"x\", \"y\", \"z\"] }}\njob \"shop\" {{\n  group \"web\" {{\n    count = {count}\n    \
             dynamic \"task\" {{\n      for_each = {each}\n      labels = [task.value]\n      content {{\n        \
             resources {{\n          cpu = 100\n          memory = 64\n        }}\n      }}\n    }}\n    \
             dynamic \"constraint\" {{\n      for_each = [\"ssd\"]\n      iterator = it\n      content {{\n        \
             attribute = \"${{meta.class}}\"\n        value = it.value\n      }}\n    }}\n  }}\n}}\n"
        )
    };
    for (count, each, replicas, tasks) in
        [("length(var.names)", "var.names", 3, 3), ("2", "[\"a\", \"b\"]", 2, 2), ("1", "{ a = \"b\" }", 1, 1)]
    {
        let found = found(&[&job(count, each)]);
        let web = one(&found);
        assert_eq!((web.count, size(web)), (Count::Replicas(replicas), (100 * tasks, 64 * tasks)), "{each}");
        assert_eq!(web.place.labels["class"].0, "ssd");
        assert!(found.refused.is_empty(), "{:?}", found.refused);
    }
    // What must be worked out is said, and nothing is left out in silence.
    let unknown = found(&[&job("1", "toset(var.names)")]);
    assert_eq!(unknown.refused.iter().map(|it| it.what.as_str()).collect::<Vec<_>>(), ["shop/web"]);
    let text = job("1", "[\"a\"]").replace("[\"ssd\"]", "keys(var.names)");
    let partly = found(&[&text]);
    assert_eq!(one(&partly).place.labels.len(), 0);
    let refused: Vec<_> =
        partly.refused.iter().map(|it| (it.what.as_str(), it.reason.contains("keys(var.names)"))).collect();
    assert_eq!(refused, [("shop/web: constraint", true)]);
}
