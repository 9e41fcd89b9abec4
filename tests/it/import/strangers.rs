//! Does whatever has nothing of a format end in an error with its place, and is nothing dropped that all formats know?

use std::collections::BTreeMap;

use bayplan::document::Problems;
use bayplan::import::{Asked, Content, Format, Given, Import, import};
use bayplan::model::Layout;
use bayplan::quantity::Resource;

use super::{Bytes, asked, is_accepted, resolved};

/// A file of each format, and the formats that read it.
const FILES: &[(&str, &str, &[Format])] = &[
    ("compose.yml", "services:\n  web: {image: nginx}\n", &[Format::Compose, Format::Swarm]),
    ("compose.json", "{\"services\": {\"web\": {\"image\": \"nginx\"}}}\n", &[Format::Compose, Format::Swarm]),
    (
        "pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, command: [sh, \"\n\nsleep 5\n\"]}]}\n",
        &[Format::Kubernetes],
    ),
    (
        "swarm.json",
        r#"[{"ID":"n","Spec":{"Availability":"active"},"Description":{"Hostname":"one","Resources":{"NanoCPUs":4000000000,"MemoryBytes":8589934592}},"Status":{"State":"ready"}}]"#,
        &[Format::Swarm],
    ),
    (
        "services.json",
        r#"[{"ID":"s","Spec":{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"x"}},"Mode":{"Replicated":{"Replicas":2}}}}]"#,
        &[Format::Swarm],
    ),
    (
        "cluster.json",
        r#"[{"type":"lxc","vmid":100,"name":"web","status":"running","maxcpu":1,"maxmem":1024}]"#,
        &[Format::Proxmox],
    ),
    ("101.conf", "arch: amd64\ncores: 2\nmemory: 512\nostype: debian\nhostname: web\n", &[Format::Proxmox]),
    (
        "list.json",
        r#"[{"name":"web","status":"Running","expanded_config":{"limits.cpu":"2"},"expanded_devices":{}}]"#,
        &[Format::Incus, Format::Lxd],
    ),
    (
        "shop.nomad",
        "job \"shop\" {\n  group \"web\" {\n    task \"a\" {\n      driver = \"docker\"\n    }\n  }\n}\n",
        &[Format::Nomad],
    ),
    (
        "job.json",
        r#"{"Job":{"ID":"shop","TaskGroups":[{"Name":"web","Count":1,"Tasks":[{"Name":"a"}]}]}}"#,
        &[Format::Nomad],
    ),
    (
        "stats.json",
        "{\"Name\":\"web\",\"CPUPerc\":\"1.00%\",\"MemUsage\":\"1MiB / 2GiB\"}\n",
        &[Format::DockerStats, Format::PodmanStats],
    ),
    (
        "stats.txt",
        "CONTAINER ID   NAME   CPU %   MEM USAGE / LIMIT\nabc   web   1.00%   1MiB / 2GiB\n",
        &[Format::DockerStats, Format::PodmanStats],
    ),
    (
        "reply.json",
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"container_memory_working_set_bytes","name":"web"},"value":[1,"1000"]}]}}"#,
        &[Format::Prometheus],
    ),
    ("metrics.prom", "container_memory_working_set_bytes{name=\"web\"} 1000\n", &[Format::Prometheus]),
    ("sheet.csv", "container,cpu,memory\nweb,1,1 GiB\n", &[Format::Csv]),
    ("lab.yaml", "hosts: {nuc: {cpu: 4}}\nstartups: {shop: {containers: {web: {cpu: 1}}}}\n", &[]),
    ("lab.json", "{\"hosts\": {\"nuc\": {\"cpu\": 4}}, \"startups\": {}}\n", &[]),
];

/// What is a file, and nothing of any format.
const NOTHING: &[&str] = &[
    "",
    " \n",
    "\u{feff}",
    "null",
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "[null]",
    "[1, 2]",
    "\"x\"",
    "x",
    "1",
    "true",
    "---\n",
    "---\n---\n",
    "# nothing\n",
    "a: 1\n",
    "- a\n- b\n",
    "x = 1\n",
    "{\"data\": null}",
    "{\"data\": []}",
    "{\"items\": []}",
    "{\"metadata\": [], \"type\": \"sync\"}",
    "{\"Stats\": []}",
    "services: {}\n",
    "services:\n",
    "container,cpu,memory\n",
    "host,cpu\n",
    "NAME   CPU %   MEM USAGE / LIMIT\n",
];

fn read(format: Format, name: &str, text: &str) -> Result<Import, Problems> {
    import(&asked(format, &[(name, text.as_bytes())], None), &Bytes(BTreeMap::new()))
}

fn is_an_error_with_place(format: Format, name: &str, text: &str) {
    match read(format, name, text) {
        Ok(import) => panic!("{format:?} reads {name} {text:?}:\n{}", import.addition.document()),
        Err(problems) => {
            let places = problems.diagnostics.iter().filter_map(|it| it.at);
            assert!(places.into_iter().any(|at| at.line > 0 && at.file == 0), "{format:?} {name} {text:?}");
        }
    }
}

#[test]
fn files_of_other_formats_and_of_none_are_errors_with_their_place() {
    for format in Format::ALL {
        for (name, text, formats) in FILES {
            match formats.contains(format) {
                true => {
                    let import = read(*format, name, text).unwrap_or_else(|it| panic!("{}", it.render(false)));
                    let report = &import.report;
                    assert!(report.refused.is_empty(), "{format:?} {name}: {:?}", report.refused);
                    assert!(!(report.imported.is_empty() && report.hosts.is_empty()), "{format:?} {name}");
                }
                false => is_an_error_with_place(*format, name, text),
            }
        }
        NOTHING.iter().for_each(|text| is_an_error_with_place(*format, "a", text));
    }
}

#[test]
fn one_file_of_several_may_have_nothing() {
    let list = FILES.iter().find(|(name, ..)| *name == "list.json").expect("it is there").1;
    let files: [(&str, &[u8]); 2] = [("members.json", b"[]"), ("list.json", list.as_bytes())];
    let import = import(&asked(Format::Incus, &files, None), &Bytes(BTreeMap::new())).expect("it is read");
    assert_eq!(import.report.imported.len(), 1);
    let without = Content { carrier: "web".to_owned(), file: given("[]"), name: "inner".to_owned() };
    let one: [(&str, &[u8]); 1] = [("list.json", list.as_bytes())];
    let asked = Asked { contents: vec![without], ..asked(Format::Incus, &one, None) };
    assert!(bayplan::import::import(&asked, &Bytes(BTreeMap::new())).is_err());
}

fn given(text: &str) -> Given {
    Given { name: "inner.yml".to_owned(), bytes: text.as_bytes().into() }
}

#[test]
fn where_things_run_is_never_dropped_without_a_word() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  nodeName: nuc\n  containers: [{name: a}]\nstatus: {phase: Running}\n";
    let task = r#"{"ID":"t","Name":"web.1","Node":"nuc","DesiredState":"Running","CurrentState":"Running 1 hour ago"}"#;
    let guest = r#"[{"type":"lxc","vmid":100,"name":"web","node":"nuc","status":"running","maxcpu":1,"maxmem":1024}]"#;
    let instance = r#"[{"name":"web","status":"Running","location":"nuc","expanded_config":{},"expanded_devices":{}}]"#;
    let metric = "container_memory_working_set_bytes{name=\"web\",instance=\"nuc\"} 1000\n";
    for (format, text, line) in [
        (Format::Csv, "container,host\nweb,nuc\n", 2),
        (Format::Kubernetes, pod, 5),
        (Format::Swarm, task, 1),
        (Format::Proxmox, guest, 1),
        (Format::Incus, instance, 1),
        (Format::Prometheus, metric, 1),
    ] {
        let import = read(format, "now", text).unwrap_or_else(|it| panic!("{}", it.render(false)));
        let said: Vec<_> = import.report.notes.iter().filter(|it| it.message.contains("is left out")).collect();
        let [note] = said.as_slice() else { panic!("{format:?}: {:?}", import.report.notes) };
        assert!(note.message.contains("`nuc`") && note.message.contains("`web`"), "{format:?}: {}", note.message);
        assert_eq!(note.at.line, line, "{format:?}");
        assert!(import.report.placement.is_empty(), "{format:?}");
        // Where the hosts come from another file it is said there.
        let hosts = Given { name: "hosts.csv".to_owned(), bytes: b"host,cpu\nnuc,4\n"[..].into() };
        let files: [(&str, &[u8]); 1] = [("now", text.as_bytes())];
        let asked = Asked { hosts: vec![hosts], ..asked(format, &files, None) };
        let import = bayplan::import::import(&asked, &Bytes(BTreeMap::new())).expect("it is read");
        assert!(import.report.notes.iter().all(|it| !it.message.contains("is left out")), "{format:?}");
        assert_eq!(import.report.placement.keys().collect::<Vec<_>>(), ["nuc"], "{format:?}");
    }
    let list = r#"[{"name":"web","status":"Running","expanded_config":{},"expanded_devices":{}}]"#;
    let content =
        Content { carrier: "web".to_owned(), file: given("container,host\ndb,nuc\n"), name: "inner".to_owned() };
    let content = Content { file: Given { name: "inner.csv".to_owned(), ..content.file }, ..content };
    let files: [(&str, &[u8]); 1] = [("list.json", list.as_bytes())];
    let asked = Asked { contents: vec![content], ..asked(Format::Incus, &files, None) };
    let import = bayplan::import::import(&asked, &Bytes(BTreeMap::new())).expect("it is read");
    let note = import.report.notes.iter().find(|it| it.message.contains("is left out")).expect("it is said");
    assert_eq!((note.at.file, note.at.line), (1, 2), "{}", note.message);
}

/// What all that is directly on hosts asks for, by the model of the document alone.
fn asked_of_hosts(layout: &Layout) -> BTreeMap<Resource, u64> {
    let mut sums = BTreeMap::new();
    for service in layout.demand.services.iter().filter(|service| service.inside.is_none()) {
        let count = if service.every.is_some() { 1 } else { service.containers.len() as u64 };
        for (index, (counted, amount)) in layout.lab.resources.iter().zip(&service.request).enumerate() {
            let is_content = service.carries.as_ref().is_some_and(|it| it.content.get(index) == Some(&true));
            if !is_content {
                *sums.entry(counted.resource.clone()).or_default() += amount.value * count;
            }
        }
    }
    sums
}

#[test]
fn placeholders_are_as_large_as_what_is_asked_of_hosts() {
    let gib = 1_u64 << 30;
    let list = |config: &str| {
        format!(r#"[{{"name":"box","status":"Running","expanded_config":{{{config}}},"expanded_devices":{{}}}}]"#)
    };
    let inner = "container,cpu,memory,disk\ndb,2,4 GiB,10 GiB\nweb,1,1 GiB,1 GiB\nsmall,,,\n";
    for (config, cpu, memory, disk) in [
        // As large as what it holds, a default among it.
        ("", 3100, 5 * gib + (256 << 20), 11 * gib),
        // It has both amounts itself.
        (r#""limits.cpu":"4","limits.memory":"8GiB""#, 4000, 8 * gib, 11 * gib),
        (r#""limits.memory":"8GiB""#, 3100, 8 * gib, 11 * gib),
    ] {
        let content = Content { carrier: "box".to_owned(), file: given(inner), name: "inner".to_owned() };
        let content = Content { file: Given { name: "inner.csv".to_owned(), ..content.file }, ..content };
        let text = list(config);
        let files: [(&str, &[u8]); 1] = [("list.json", text.as_bytes())];
        let asked = Asked { contents: vec![content], ..asked(Format::Incus, &files, None) };
        let import = bayplan::import::import(&asked, &Bytes(BTreeMap::new())).expect("it is read");
        let text = import.addition.document();
        let layout = resolved("lab.yaml", &text);
        let [host] = layout.lab.hosts.as_slice() else { panic!("{text}") };
        let expected = BTreeMap::from([(Resource::Cpu, cpu), (Resource::Memory, memory), (Resource::Disk, disk)]);
        let of_host = layout.lab.resources.iter().zip(&host.capacity);
        let of_host: BTreeMap<Resource, u64> = of_host.map(|(it, amount)| (it.resource.clone(), *amount)).collect();
        for (resource, amount) in &expected {
            assert_eq!(of_host.get(resource), Some(amount), "{config}: {text}");
        }
        // Of what it has itself nothing is asked for by what lies in it.
        for (resource, amount) in asked_of_hosts(&layout) {
            assert!(amount <= expected.get(&resource).copied().unwrap_or(0), "{config}: {text}");
        }
    }
    // Without carriers it is the sum of all.
    let import = read(Format::Csv, "a.csv", inner).expect("it is read");
    is_accepted(&import, "a.csv");
    let layout = resolved("lab.yaml", &import.addition.document());
    let sums = asked_of_hosts(&layout);
    for (counted, amount) in layout.lab.resources.iter().zip(&layout.lab.hosts[0].capacity) {
        assert_eq!(sums.get(&counted.resource), Some(amount));
    }
}

#[test]
fn what_is_too_large_is_said_to_be_too_large() {
    const MOST: &str = "99999999999999999999";
    let compose = format!(
        "services:\n  a: {{image: x, cpus: {MOST}, mem_limit: {MOST}g, cpu_quota: {MOST}, gpus: {MOST}}}\n  \
         b: {{image: x, scale: {MOST}}}\n  c: {{image: x, deploy: {{placement: {{max_replicas_per_node: {MOST}}}}}}}\n  \
         d: {{image: x, cpu_quota: {MOST}}}\n"
    );
    let pod = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec:\n      containers: \
         [{{name: a, resources: {{requests: {{cpu: \"{MOST}\", memory: {MOST}Ei}}, limits: {{memory: \"{MOST}\"}}}}}}]\n"
    );
    let guest = format!(r#"[{{"type":"lxc","vmid":1,"name":"a","maxcpu":{MOST},"maxmem":{MOST},"maxdisk":{MOST}}}]"#);
    let instance = format!(
        r#"[{{"name":"a","expanded_config":{{"limits.cpu":"{MOST}","limits.memory":"{MOST}EiB","limits.cpu.allowance":"{MOST}ms/1ms"}},
        "expanded_devices":{{"root":{{"type":"disk","path":"/","size":"{MOST}EiB"}}}}}},
        {{"name":"b","expanded_config":{{"limits.cpu":"0-{MOST}","limits.memory":"99999999999999999EiB"}}}}]"#
    );
    let node = format!(
        r#"[{{"ID":"n","Spec":{{"Availability":"active"}},"Description":{{"Hostname":"one","Resources":{{"NanoCPUs":4000000000,"MemoryBytes":{MOST}}}}},"Status":{{"State":"ready"}}}},
        {{"ID":"s","Spec":{{"Name":"web","TaskTemplate":{{"ContainerSpec":{{"Image":"x"}}}},"Mode":{{"Replicated":{{"Replicas":{MOST}}}}}}}}}]"#
    );
    let job = format!("job \"x\" {{\n  group \"g\" {{\n    count = {MOST}\n    task \"t\" {{\n    }}\n  }}\n}}\n");
    let sheet = format!("container,cpu,memory,count\na,{MOST},{MOST} GiB,1\nb,1,1 GiB,{MOST}\n");
    let stats = format!("{{\"Name\":\"a\",\"CPUPerc\":\"{MOST}%\",\"MemUsage\":\"{MOST}GiB / 2GiB\"}}\n");
    for (format, text, count) in [
        (Format::Compose, &compose, 7),
        (Format::Kubernetes, &pod, 3),
        (Format::Proxmox, &guest, 3),
        (Format::Incus, &instance, 6),
        (Format::Swarm, &node, 2),
        (Format::Nomad, &job, 1),
        (Format::Csv, &sheet, 3),
        (Format::DockerStats, &stats, 2),
    ] {
        let import = read(format, "a", text).unwrap_or_else(|it| panic!("{}", it.render(false)));
        let numbers: Vec<_> = import.report.refused.iter().filter(|it| it.reason.contains("99999999")).collect();
        assert_eq!(numbers.len(), count, "{format:?}: {numbers:?}");
        for refused in numbers {
            assert!(refused.reason.contains("above the limit"), "{format:?}: {refused:?}");
        }
    }
}

#[test]
fn what_stands_twice_is_taken_once_and_said() {
    let node = r#"{"type":"node","node":"n","maxcpu":8,"maxmem":1024,"status":"online"}"#;
    let disk = |used: u64| {
        format!(r#"{{"type":"storage","storage":"lvm","node":"n","content":"images","maxdisk":1000000,"disk":{used}}}"#)
    };
    let cluster = |used: u64| format!("[{node},{}]", disk(used));
    let (first, second) = (cluster(10), cluster(20));
    let job = FILES.iter().find(|(name, ..)| *name == "job.json").expect("it is there").1;
    let other = job.replace("\"ID\":\"shop\"", "\"ID\":\"shop\",\"Namespace\":\"prod\"");
    let both = |format: Format, texts: [&str; 2]| {
        let files = [("a.json", texts[0].as_bytes()), ("b.json", texts[1].as_bytes())];
        import(&asked(format, &files, None), &Bytes(BTreeMap::new())).expect("it is read").report
    };
    let report = both(Format::Proxmox, [&first, &second]);
    assert_eq!(report.hosts[0].capacity.get(&Resource::Disk), Some(&1_000_000));
    let refused: Vec<&str> = report.refused.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(refused, ["n", "lvm on n"]);
    let report = both(Format::Nomad, [job, job]);
    assert_eq!((report.imported.len(), report.refused.len()), (1, 1));
    assert_eq!((report.refused[0].what.as_str(), report.refused[0].at.file), ("shop", 1));
    assert_eq!(both(Format::Nomad, [job, &other]).imported.len(), 2);
}
