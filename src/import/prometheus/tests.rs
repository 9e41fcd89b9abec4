use std::collections::BTreeMap;

use super::super::found::Found;
use super::super::{Asked, Given};
use super::read;
use crate::document::Problems;
use crate::quantity::Resource;

fn imported(files: &[(&str, &str)], metric: Option<&str>) -> Result<Found, Problems> {
    let files = files.iter().map(|(name, text)| Given { name: (*name).to_owned(), bytes: text.as_bytes().into() });
    let asked = Asked { files: files.collect(), metric: metric.map(str::to_owned), ..Asked::default() };
    let none: BTreeMap<String, String> = BTreeMap::new();
    read(&asked, &none).map(|(found, _)| found)
}

fn found(files: &[(&str, &str)], metric: Option<&str>) -> Found {
    imported(files, metric).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn measured(found: &Found) -> Vec<(&str, &[u64], &[u64])> {
    found.measured.iter().map(|it| (it.name.as_str(), &it.cpu[..], &it.memory[..])).collect()
}

fn reasons(found: &Found) -> Vec<&str> {
    found.refused.iter().map(|it| it.what.as_str()).collect()
}

#[test]
fn a_reply_is_a_course_of_values() {
    let reply = r#"{"status":"success","data":{"resultType":"matrix","result":[
      {"metric":{"__name__":"container_memory_working_set_bytes","name":"db","instance":"nuc:8080","id":"/docker/x"},
       "values":[[1767225600,"1000.5"],[1767225660,"NaN"],[1767225720,"+Inf"],[1767225780.781,"3000"]]},
      {"metric":{"__name__":"container_memory_working_set_bytes","name":"db","instance":"pi:8080"},"value":[1767225600,"7"]},
      {"metric":{"__name__":"container_memory_working_set_bytes","id":"/"},"value":[1767225600,"9e12"]},
      {"metric":{"__name__":"up","instance":"pi:8080"},"value":[1767225600,"1"]}]}}"#;
    let found = found(&[("reply.json", reply)], None);
    assert_eq!(measured(&found), [("nuc/db", &[][..], &[1001, 3000][..]), ("pi/db", &[][..], &[7][..])]);
    assert_eq!(found.measured.iter().map(|it| it.on.as_deref()).collect::<Vec<_>>(), [Some("nuc"), Some("pi")]);
    assert_eq!(reasons(&found), ["up"]);
    assert!(found.notes.iter().any(|note| note.message.starts_with("2 values are no numbers")), "{:?}", found.notes);
}

#[test]
fn a_reply_that_does_not_say_what_it_measures_is_asked_for_it() {
    let reply = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"name":"db"},"value":[1767225600.5,"0.25"]}]}}"#;
    let problems = imported(&[("reply.json", reply)], None).expect_err("nothing says it");
    assert!(problems.render(false).contains("--metric"), "{}", problems.render(false));
    assert_eq!(measured(&found(&[("reply.json", reply)], Some("cpu"))), [("db", &[250][..], &[][..])]);
    assert_eq!(measured(&found(&[("memory.json", reply)], None)), [("db", &[][..], &[1][..])]);
    assert!(imported(&[("memory.json", reply)], Some("disk")).is_err());
    let error = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
    assert!(imported(&[("cpu.json", error)], None).is_err());
}

#[test]
fn a_pod_takes_what_its_containers_take_together() {
    let line = |labels: &str, value: u64| {
        format!(
            "container_memory_working_set_bytes{{namespace=\"shop\",pod=\"web-1\",{labels}}} {value} 1767225600000\n"
        )
    };
    let text = [
        line("container=\"\",id=\"/kubepods/p\"", 5000),
        line("container=\"POD\",id=\"/kubepods/p/0\",name=\"k8s_POD_web-1_shop_1_0\"", 7),
        line("container=\"nginx\",id=\"/kubepods/p/1\"", 1000),
        line("container=\"nginx\",id=\"/kubepods/p/2\"", 1200),
        line("container=\"proxy\u{85}\",id=\"/kubepods/p/3\"", 300),
    ]
    .concat();
    let found = found(&[("metrics.txt", &text)], None);
    assert_eq!(measured(&found), [("shop/web-1", &[][..], &[1500][..])]);
}

#[test]
fn a_counter_alone_is_no_rate_and_two_scrapes_are_one() {
    let scrape = |cpu: [f64; 2], at: u64| {
        format!(
            "# TYPE container_cpu_usage_seconds_total counter\n\
             container_cpu_usage_seconds_total{{name=\"db\",cpu=\"cpu00\"}} {} {at}\n\
             container_cpu_usage_seconds_total{{name=\"db\",cpu=\"cpu01\"}} {} {at}\n",
            cpu[0], cpu[1]
        )
    };
    let (first, second) = (scrape([10.0, 20.0], 1_767_225_600_000), scrape([25.0, 23.0], 1_767_225_660_000));
    let alone = found(&[("a.prom", &first)], None);
    assert_eq!((measured(&alone).len(), reasons(&alone)), (0, vec!["db", "container_cpu_usage_seconds_total"]));
    let both = found(&[("a.prom", &first), ("b.prom", &second)], None);
    assert_eq!(measured(&both), [("db", &[300][..], &[][..])]);
    // The counter began anew.
    let again = found(&[("a.prom", &second), ("b.prom", &scrape([1.0, 1.0], 1_767_225_720_000))], None);
    assert!(again.measured.is_empty());
    let bare = first.replace(" 1767225600000", "");
    assert!(
        reasons(&found(&[("a.prom", &bare), ("b.prom", &bare)], None)).contains(&"container_cpu_usage_seconds_total")
    );
}

#[test]
fn what_a_container_may_take_stands_beside_it() {
    let text = "container_memory_working_set_bytes{name=\"db\"} 1e+06\n\
                container_spec_memory_limit_bytes{name=\"db\"} 2.097152e+06\n\
                container_spec_cpu_quota{name=\"db\"} 150000\n\
                container_spec_cpu_period{name=\"db\"} 100000\n\
                container_memory_working_set_bytes{name=\"web\"} 5\n\
                container_spec_memory_limit_bytes{name=\"web\"} 9.223372036854772e+18\n";
    let found = found(&[("metrics", text)], None);
    let containers = &found.projects[0].containers;
    let limit = |at: usize, resource: Resource| containers[at].limit.get(&resource).map(|figure| figure.value);
    assert_eq!((limit(0, Resource::Memory), limit(0, Resource::Cpu)), (Some(2_097_152), Some(1500)));
    assert!(containers[1].limit.is_empty());
}

#[test]
fn a_machine_is_what_it_has() {
    let node = "node_memory_MemTotal_bytes 3.831959552e+09\nnode_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 1\n\
                node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 2\nnode_cpu_seconds_total{cpu=\"1\",mode=\"idle\"} 1\n\
                node_uname_info{machine=\"x86_64\",nodename=\"nuc\"} 1\n";
    let machine = "machine_cpu_cores{boot_id=\"1\"} 12\nmachine_memory_bytes{boot_id=\"1\"} 1.6e+10\n\
                   container_memory_working_set_bytes{name=\"db\",id=\"/docker/1\"} 100\n";
    let found = found(&[("a/node.prom", node), ("a/rack-1.prom", machine)], None);
    let hosts: Vec<_> = found
        .hosts
        .iter()
        .map(|host| (host.name.as_str(), host.capacity[&Resource::Cpu].value, host.capacity[&Resource::Memory].value))
        .collect();
    assert_eq!(hosts, [("nuc", 2000, 3_831_959_552), ("rack-1", 12_000, 16_000_000_000)]);
    assert_eq!(found.measured[0].on.as_deref(), Some("rack-1"));
}

#[test]
fn a_line_that_is_no_metric_is_refused_with_its_place() {
    let text = "container_memory_working_set_bytes{name=\"a\\\"b\\n\"} 1\n\
                container_memory_working_set_bytes{name=\"c} 1\n\
                container_memory_working_set_bytes{name=\"d\"} x\n\
                9lives 1\n\
                {\"container_memory_working_set_bytes\",name=\"e\"} 2 # {trace=\"1\"} 3\n";
    let found = found(&[("metrics", text)], None);
    assert_eq!(measured(&found), [("a\"b\n", &[][..], &[1][..]), ("e", &[][..], &[2][..])]);
    let places: Vec<_> = found.refused.iter().map(|it| (it.at.line, it.at.column)).collect();
    assert_eq!(places, [(2, 41), (3, 46), (4, 1)]);
}
