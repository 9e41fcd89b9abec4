//! What the command `import` takes and says, beside the formats.

use serde_json::Value;

use crate::support::program::{Folder, bayplan_in, piped, ran};

const SHOP: &str = "services:\n  web: {image: example/web}\n  db: {image: \"mariadb:11\", mem_limit: 1g}\n";
const STATS: &str = "{\"Name\":\"shop-web-1\",\"CPUPerc\":\"10.00%\",\"MemUsage\":\"100MiB / 8GiB\"}\n";
const CLUSTER: &str = r#"[
 {"id":"node/pve1","type":"node","node":"pve1","maxcpu":8,"maxmem":34359738368,"status":"online"},
 {"id":"node/pve2","type":"node","node":"pve2","maxcpu":4,"maxmem":17179869184,"status":"online"},
 {"type":"storage","storage":"ceph","node":"pve1","shared":1,"content":"images","maxdisk":1099511627776,"disk":0},
 {"type":"storage","storage":"ceph","node":"pve2","shared":1,"content":"images","maxdisk":1099511627776,"disk":0},
 {"type":"qemu","vmid":100,"name":"docker","node":"pve1","status":"running","maxcpu":4,"maxmem":8589934592,
  "maxdisk":10737418240,"cpu":0.25,"mem":1073741824},
 {"type":"lxc","vmid":101,"name":"db","node":"pve2","status":"running","maxcpu":2,"maxmem":2147483648,"cpu":0.5,
  "mem":536870912}]"#;

fn folder() -> Folder {
    Folder::with(&[("shop.yml", SHOP), ("stats.jsonl", STATS), ("cluster.json", CLUSTER)])
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn hosts_measurements_and_contents_come_from_other_files() {
    let folder = folder();
    let ran = folder.run(&[
        "import",
        "shop.yml",
        "--hosts",
        "cluster.json",
        "--measured",
        "stats.jsonl",
        "-o",
        "lab.yaml",
        "--report",
        "-",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = json(&ran.out);
    let names: Vec<&str> =
        report["hosts"].as_array().expect("hosts").iter().map(|it| it["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["pve1", "pve2"]);
    let web = &report["imported"][0];
    assert_eq!((&web["id"], &web["origin"]["memory"]), (&"shop/web".into(), &"measured".into()));
    assert_eq!((&web["observed"]["cpu"], &web["observed"]["memory"]), (&100.into(), &(100 << 20).into()));
    assert!(report["imported"][1]["observed"].is_null(), "{report}");
    let text = folder.read("lab.yaml");
    assert!(
        text.contains("observed: {cpu: 100m, memory: 100MiB") && text.contains("stats.jsonl, a snapshot"),
        "{text}"
    );

    let ran = folder.run(&[
        "import",
        "cluster.json",
        "--inside",
        "docker=shop.yml",
        "-o",
        "nested.yaml",
        "--report",
        "r.json",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = json(&folder.read("r.json"));
    let inside: Vec<(&str, &str)> = report["imported"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|it| Some((it["id"].as_str()?, it["inside"].as_str()?)))
        .collect();
    assert_eq!(inside, [("shop/web", "cluster/docker"), ("shop/db", "cluster/docker")]);
    assert_eq!(folder.run(&["check", "nested.yaml"]).code, 0);
}

#[test]
fn what_was_measured_is_of_the_project_that_is_imported() {
    let stats = |names: &[(&str, u32)]| -> String {
        let row = |(name, mib): &(&str, u32)| {
            format!("{{\"Name\":\"{name}\",\"CPUPerc\":\"1.00%\",\"MemUsage\":\"{mib}MiB / 8GiB\"}}\n")
        };
        names.iter().map(row).collect()
    };
    let db = "services:\n  db: {image: example/db}\n";
    let named = format!("name: m1\n{db}");
    let both = [("m1-db-1", 100), ("other-db-1", 900), ("gone-web-1", 5)];
    for (file, text, flags) in [
        // By its name, by that of its file, and by that of the startup or stack.
        ("shop.yml", named.as_str(), &[][..]),
        ("m1.yml", db, &[]),
        ("shop.yml", db, &["--startup", "m1"]),
        ("shop.yml", db, &["--stack", "m1", "--startup", "s1..s3"]),
    ] {
        let folder = Folder::with(&[(file, text), ("stats.jsonl", &stats(&both))]);
        let args = ["import", file, "--measured", "stats.jsonl", "-o", "lab.yaml", "--report", "r.json"];
        let ran = folder.run(&[&args[..], flags].concat());
        let report = json(&folder.read("r.json"));
        assert_eq!(ran.code, 0, "{file} {flags:?}: {ran:?}");
        assert_eq!(report["imported"][0]["observed"]["memory"], 100 << 20, "{file} {flags:?}: {report}");
        for name in ["other-db-1", "gone-web-1"] {
            assert!(report["notes"].to_string().contains(name), "{name} is not said: {report}");
        }
    }
    // Of whom nobody knows, all are refused, each by its name.
    let folder =
        Folder::with(&[("shop.yml", db), ("stats.jsonl", &stats(&[("a-db-1", 1), ("a-db-2", 2), ("b-db-1", 3)]))]);
    let args = ["import", "shop.yml", "--measured", "stats.jsonl", "-o", "lab.yaml", "--report", "r.json"];
    let ran = folder.run(&args);
    let report = json(&folder.read("r.json"));
    let refused: Vec<&str> =
        report["refused"].as_array().expect("a list").iter().filter_map(|it| it["what"].as_str()).collect();
    assert_eq!((ran.code, refused), (1, vec!["a-db-1: measured", "a-db-2: measured", "b-db-1: measured"]));
    assert!(report["refused"][0]["reason"].to_string().contains("`a` or `b`"), "{report}");
    assert!(report["imported"][0]["observed"].is_null());
}

#[test]
fn the_report_has_pools_and_what_runs_where() {
    let folder = folder();
    let nodes = r#"[{"ID":"n1","Spec":{"Role":"worker","Availability":"drain"},"Description":{"Hostname":"one","Resources":{"NanoCPUs":4000000000,"MemoryBytes":8589934592}},"Status":{"State":"ready"}}]"#;
    let folder_of_nodes = Folder::with(&[("nodes.json", nodes)]);
    let ran = folder_of_nodes.run(&["import", "swarm", "nodes.json", "-o", "x.yaml", "--report", "-"]);
    assert_eq!(json(&ran.out)["hosts"][0]["drained"], true, "{ran:?}");
    let ran = folder.run(&["import", "cluster.json", "-o", "lab.yaml", "--report", "-"]);
    let report = json(&ran.out);
    assert_eq!(report["pools"][0], serde_json::json!({"name": "ceph", "disk": 1_u64 << 40, "hosts": ["pve1", "pve2"]}));
    assert_eq!(report["placement"], serde_json::json!({"pve1": ["cluster/docker"], "pve2": ["cluster/db"]}));
    assert_eq!(report["hosts"][0]["drained"], false);
}

#[test]
fn what_a_cluster_takes_is_a_measurement_where_it_is_asked_for() {
    let folder = folder();
    let list = "services:\n  docker: {image: x}\n  db: {image: y}\n";
    std::fs::write(folder.path("vms.yml"), list).expect("written");
    let ran = folder.run(&["import", "vms.yml", "--measured", "cluster.json", "-o", "lab.yaml", "--report", "-"]);
    let report = json(&ran.out);
    assert_eq!(report["imported"][0]["observed"], serde_json::json!({"cpu": 1000, "memory": 1 << 30}), "{ran:?}");
    folder.run(&["import", "cluster.json", "-o", "pve.yaml"]);
    assert!(!folder.read("pve.yaml").contains("observed"), "{}", folder.read("pve.yaml"));
    let ran = folder.run(&["rightsize", "pve.yaml", "--from", "cluster.json", "--format", "json", "--no-timing"]);
    let figures = &json(&ran.out)["containers"];
    let idle = CLUSTER.replace("\"cpu\":0.5", "\"cpu\":4.2e-05");
    std::fs::write(folder.path("idle.json"), idle).expect("written");
    let ran_idle = folder.run(&["rightsize", "pve.yaml", "--from", "idle.json", "--format", "json", "--no-timing"]);
    assert!(json(&ran_idle.out)["containers"].to_string().contains("\"observed\":1"), "{ran_idle:?}");
    let db = figures.as_array().expect("a list").iter().find(|it| it["name"] == "cluster/db").expect("the guest");
    assert_eq!(
        (&db["figures"]["cpu"]["observed"], &db["figures"]["memory"]["observed"]),
        (&1000.into(), &(512 << 20).into())
    );
}

#[test]
fn slips_of_the_command_line_are_said() {
    let folder = folder();
    for args in [
        &["import", "shop.yml", "shop.yml"][..],
        &["import", "shop.yml", "--measured", "stats.jsonl", "--measured", "./stats.jsonl"],
    ] {
        let ran = folder.run(args);
        assert!(ran.code == 2 && ran.err.contains("is named twice"), "{ran:?}");
    }
    // The document goes there already.
    let ran = folder.run(&["import", "shop.yml", "--report", "-"]);
    assert!(ran.code == 2 && ran.err.contains("cannot both go to one place"), "{ran:?}");
    for format in ["compose", "kubernetes", "csv", "swarm", "incus", "proxmox", "nomad", "docker-stats", "prometheus"] {
        let ran = piped(bayplan_in(&folder.path("."), &["import", format, "-"]), " \n");
        assert!(ran.code == 2 && ran.err.contains("the file is empty"), "{format}: {ran:?}");
    }
    let wide: Vec<u8> = "\u{feff}services: {}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.path("wide.yml"), wide).expect("written");
    for args in [&["import", "wide.yml"][..], &["plan", "wide.yml"], &["import", "csv", "wide.yml"]] {
        let ran = folder.run(args);
        assert!(ran.code == 2 && ran.err.contains("is UTF-16") && !ran.err.contains('\0'), "{ran:?}");
    }
    std::fs::write(folder.path("100.conf"), "arch: amd64\ncores: 2\nmemory: 512\n\n[before]\nmemory: 256\n")
        .expect("written");
    let ran = folder.run(&["plan", "100.conf"]);
    assert!(ran.code == 2 && ran.err.contains("bayplan import proxmox 100.conf"), "{ran:?}");
}

#[test]
fn what_is_said_fits_a_screen_of_40_columns() {
    let wrong = "services:\n  web: {image: example/web}\nwrong: 1\n";
    let folder = Folder::with(&[("a.yml", wrong), ("b.yml", "services:\n  db: {image: x, cpuset: \"0\"}\n")]);
    let ran = ran(folder
        .bayplan(&["import", "a.yml", "b.yml", "-o", "x.yaml"])
        .env("COLUMNS", "40")
        .output()
        .expect("it runs"));
    assert!(ran.err.contains("joins the project") && ran.err.contains("is no key"), "{ran:?}");
    // But for a word that is longer: a path.
    let wide = |line: &&str| line.chars().count() > 40 && line.trim_start().contains(' ');
    assert_eq!(ran.err.lines().filter(wide).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn a_size_of_another_name_is_a_default_all_the_same() {
    let lab =
        "hosts: {nuc: {cpu: 8, memory: 16GiB}}\nsizes:\n  unmeasured: {cpu: 200m, memory: 512MiB}\nstartups: {}\n";
    let folder = Folder::with(&[("lab.yaml", lab), ("shop.yml", "services: {web: {image: example/web}}\n")]);
    let ran = folder.run(&["import", "shop.yml", "--into", "lab.yaml", "--default-cpu", "300m", "-o", "out.yaml"]);
    assert!(ran.code == 0 && ran.err.contains("size `unmeasured-2` stands for"), "{ran:?}");
    let plan = folder.run(&["plan", "out.yaml", "--format", "json", "--no-timing"]);
    assert_eq!(json(&plan.out)["rests_on"]["unmeasured"], 1, "{}", plan.out);
}
