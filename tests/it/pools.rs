//! Storage that hosts share: a budget of its own, whoever runs where.

use serde_json::{Value, json};

use crate::support::program::{Folder, Ran, asked};

/// Two hosts of three reach the pool; each shop keeps 600 GB there.
const LAB: &str = "\
hosts:
  a: {memory: 16GiB, disk: 100GB}
  b: {memory: 16GiB, disk: 100GB}
  d: {memory: 64GiB, disk: 8TB}
pools:
  ceph: {disk: 2TB, reserve: {disk: 10%}, hosts: [a, b]}
stacks:
  shop:
    app: {memory: 1GiB, disk: 10GB}
    db: {memory: 4GiB, disk: 600GB, pool: ceph}
";

fn with(rest: &str) -> String {
    format!("{LAB}{rest}")
}

fn json_of(args: &[&str], document: &str) -> (Value, i32) {
    let Ran { code, out, err } = asked(&[args, &["--format", "json"]].concat(), document);
    (serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")), code)
}

/// The text for people with single spaces.
fn said(args: &[&str], document: &str) -> (String, i32) {
    let Ran { code, out, err } = asked(args, document);
    ((out + &err).split_whitespace().collect::<Vec<_>>().join(" "), code)
}

#[test]
fn who_draws_on_a_pool_takes_of_it_and_not_of_its_host_and_runs_where_it_is_reached() {
    let document = with("startups: {s1..s3: shop}\n");
    let (plan, code) = json_of(&["plan", "-"], &document);
    assert_eq!((code, &plan["status"]), (0, &json!("optimal")), "{plan}");
    let pool = &plan["pools"][0];
    assert_eq!((&pool["name"], &pool["hosts"]), (&json!("ceph"), &json!(["a", "b"])));
    assert_eq!(pool["used"]["disk"], json!(1_800_000_000_000_u64));
    assert_eq!(pool["allocatable"]["disk"], json!(1_800_000_000_000_u64));
    assert_eq!(pool["free"]["disk"], json!(0));
    for host in plan["hosts"].as_array().expect("hosts") {
        let ids = host["containers"].as_array().expect("ids").iter();
        let dbs = ids.clone().filter(|id| id.as_str().is_some_and(|id| id.ends_with("/db"))).count();
        assert!(host["name"] != "d" || dbs == 0, "{host}");
        let apps = (ids.count() - dbs) as u64;
        assert_eq!(host["used"]["disk"], json!(apps * 10_000_000_000), "{host}");
        assert_eq!(host["used"].as_object().expect("amounts").len(), 2, "no host has the pool: {host}");
    }
    let (text, _) = said(&["plan", "-"], &document);
    assert!(text.contains("pool ceph 3 containers") && text.contains("1.8 of 1.8 TB 100 % 0 B free"), "{text}");
    assert!(text.contains("reached from a, b"), "{text}");
    assert!(text.contains("room left: no further startup like `s1`"), "{text}");
    let (text, _) = said(&["plan", "-", "--format", "markdown"], &document);
    assert!(text.contains("Pool ceph") && text.contains("Reached from a, b."), "{text}");
}

#[test]
fn a_pool_that_is_too_small_is_to_blame_and_every_way_out_holds() {
    let document = with("startups: {s1..s5: shop}\n");
    let (text, code) = said(&["plan", "-"], &document);
    assert_eq!(code, 1);
    assert!(text.contains("Proven: 3 TB of ceph disk would be asked of 1.8 TB."), "{text}");
    assert!(text.contains("The pool `ceph` is to blame: it is 1.2 TB of disk short, whatever runs where."), "{text}");
    assert!(text.contains("pool ceph: disk 2 TB -> 3333334 MB (as sold: 4 TB)"), "{text}");
    assert!(text.contains("every `db` of stack `shop`: ceph disk 600 GB -> 360 GB"), "{text}");
    assert!(text.contains("without `s4`, `s5`"), "{text}");
    assert!(text.contains("its pool `ceph` is not reachable from here"), "{text}");
    let folder = Folder::with(&[("lab.yaml", document.as_str())]);
    for number in ["1", "2", "3"] {
        let Ran { code, out, err } = folder.run(&["plan", "lab.yaml", "--apply", number, "-o", "then.yaml", "--force"]);
        let Ran { code: then, out: answer, .. } = folder.run(&["plan", "then.yaml"]);
        assert!(code < 2 && then == 0, "{number}: {out}{err}{answer}");
    }
}

#[test]
fn as_much_is_placed_as_the_pool_takes() {
    let startups =
        "startups: {s1..s4: shop, s9: {stack: shop, priority: 5}, x: {containers: {c: {memory: 1GiB, disk: 0}}}}\n";
    let (plan, code) = json_of(&["plan", "-", "--partial"], &with(startups));
    assert_eq!((code, &plan["status"]), (1, &json!("optimal")), "{plan}");
    assert_eq!(plan["priority"], json!({"placed": 8, "bound": 8, "total": 10}), "{plan}");
    let (fit, code) = json_of(&["fit", "-", "--stack", "shop", "--count", "3"], &with("startups: {s1: shop}\n"));
    assert_eq!((code, &fit["answer"], &fit["how_many_more"]), (1, &json!("no"), &json!(2)), "{fit}");
    assert_eq!(fit["bottleneck"], json!("ceph disk"), "{fit}");
    let (fit, code) = json_of(&["fit", "-", "--stack", "shop"], &with("startups: {s1: shop}\n"));
    assert_eq!((code, &fit["answer"], &fit["how_many_more"]), (0, &json!("as-is"), &json!(1)), "{fit}");
}

#[test]
fn the_pool_stays_when_one_of_its_hosts_is_lost() {
    let rest =
        "startups: {s1..s3: shop}\nrules: [{survive: 1}]\nplacement: {a: ['s1/*', 's2/db'], b: ['s3/*', 's2/app']}\n";
    let (check, code) = json_of(&["check", "-"], &with(rest));
    assert_eq!((code, &check["survival"]["holds"]), (0, &json!(true)), "{check}");
    let (then, code) = json_of(&["what-if", "-", "--lose", "a"], &with(rest));
    assert_eq!(code, 0, "{then}");
    assert_eq!(then["plan"]["pools"][0]["hosts"], json!(["b"]), "{then}");
    let (then, code) = json_of(&["what-if", "-", "--lose", "a", "--lose", "b"], &with(rest));
    assert_eq!(code, 1, "no host is left that reaches it: {then}");
}

#[test]
fn what_is_wrong_with_a_placement_is_said_of_the_pool() {
    let rest = "startups: {s1..s4: shop}\nplacement: {a: ['s1/*', 's2/*'], b: ['s3/*'], d: ['s4/*']}\n";
    let (check, code) = json_of(&["check", "-"], &with(rest));
    let codes: Vec<&str> =
        check["violations"].as_array().expect("some").iter().filter_map(|it| it["code"].as_str()).collect();
    assert_eq!((code, codes), (1, vec!["pool-over-capacity", "pool-out-of-reach"]), "{check}");
    let (text, _) = said(&["check", "-"], &with(rest));
    assert!(text.contains("pool `ceph`: disk asks 2.4 TB of 1.8 TB allocatable (600 GB over)"), "{text}");
    assert!(text.contains("`s4/db` may not run on `d`: its pool `ceph` is not reachable from there"), "{text}");
}

#[test]
fn later_phases_draw_later() {
    let rest = "phases: {now: {}, later: 2027-03-01}\nstartups: {s1..s3: shop, s4: {stack: shop, from: later}}\n";
    let (road, code) = json_of(&["roadmap", "-"], &with(rest));
    assert_eq!((code, &road["phases"][0]["status"]), (1, &json!("feasible")), "{road}");
    assert_eq!(road["first_misfit"], json!("later"), "{road}");
    let ends = rest.replace("s1..s3: shop", "s1..s2: shop, s3: {stack: shop, until: later}");
    let (road, code) = json_of(&["roadmap", "-"], &with(&ends));
    assert_eq!(code, 0, "{road}");
    let used = |phase: usize| road["phases"][phase]["pools"][0]["used"]["disk"].clone();
    assert_eq!([used(0), used(1)], [json!(1_800_000_000_000_u64), json!(1_800_000_000_000_u64)], "{road}");
}

#[test]
fn a_pool_has_further_resources_limits_and_what_was_observed() {
    let document = "\
hosts: {a: {memory: 16GiB}}
pools: {san: {disk: 2TB, resources: {iops: 1000, cache: 10GB}, hosts: {}}}
startups:
  s1..s2:
    containers:
      db: {memory: 1GiB, pool: san, disk: 1TB, resources: {iops: 600, cache: 4GB}, limit: {disk: 2TB}, observed: {disk: 300GB}}
"
    .replace(", hosts: {}", "");
    let (plan, code) = json_of(&["plan", "-"], &document);
    assert_eq!((code, &plan["proof"]["kind"]), (1, &json!("volume")), "{plan}");
    assert_eq!(plan["why"]["resource"], json!("san iops"), "{plan}");
    let wider = document.replace("iops: 1000", "iops: 1200");
    let (plan, code) = json_of(&["plan", "-", "--use", "observed"], &wider);
    assert_eq!(code, 0, "{plan}");
    assert_eq!(
        plan["pools"][0]["used"],
        json!({"cache": 8_000_000_000_u64, "disk": 600_000_000_000_u64, "iops": 1200})
    );
    let (text, code) = said(&["what-if", "-", "--grow", "s1/db", "disk=+20%"], &wider);
    assert!(code == 1 && text.contains("2.2 TB of san disk would be asked of 2 TB"), "{text}");
}

#[test]
fn two_labs_differ_in_their_pools() {
    let rest = "startups: {s1..s2: shop}\nplacement: {a: ['s1/*'], b: ['s2/*']}\n";
    let other = with(rest).replace("disk: 2TB, reserve: {disk: 10%}", "disk: 3TB").replace(", pool: ceph", "");
    let folder = Folder::with(&[("a.yaml", with(rest).as_str()), ("b.yaml", other.as_str())]);
    let Ran { code, out, .. } = folder.run(&["compare", "a.yaml", "b.yaml"]);
    assert_eq!(code, 1);
    for line in
        ["pool ceph disk: 2TB -> 3TB", "pool ceph reserve of disk: 200GB -> ", "container s1/db, s2/db pool: ceph -> "]
    {
        assert!(out.contains(line), "`{line}`: {out}");
    }
    assert!(out.contains("ceph disk free"), "{out}");
}

#[test]
fn pictures_show_the_pool_as_a_box_with_its_fill() {
    let rest = "startups: {s1..s2: shop}\nplacement: {a: ['s1/*'], b: ['s2/*']}\n";
    let folder = Folder::with(&[("lab.yaml", with(rest).as_str())]);
    for name in ["lab.svg", "lab.html", "lab.txt", "lab.mmd", "lab.dot"] {
        let Ran { code, err, .. } = folder.run(&["draw", "lab.yaml", "-o", name]);
        assert_eq!(code, 0, "{err}");
        let drawn = folder.read(name);
        assert!(drawn.contains("pool ceph") && drawn.contains("2 containers · from a, b"), "{name}: {drawn}");
        let fill = ["lab.mmd", "lab.dot"].contains(&name) || drawn.contains("1.2 of 1.8 TB · 67 %");
        assert!(fill, "{name}: {drawn}");
    }
}

#[test]
fn a_pool_keeps_only_what_it_has_and_is_told_so_once() {
    let lab = LAB.replace("reserve: {disk: 10%}", "reserve: {memory: 1GiB}");
    let Ran { code, err, .. } = asked(&["check", "-"], &format!("{lab}startups: {{s1: shop}}\n"));
    assert!(code == 2 && err.contains("the reserve of a pool has no key `memory`") && err.contains("1 error"), "{err}");
}

/// A replica that stands where it may not run opens that way to no other.
#[test]
fn what_stands_where_it_may_not_is_no_excuse_for_its_siblings() {
    let lab = "\
hosts: {a: {memory: 4GiB}, b: {memory: 4GiB}, d: {memory: 64GiB}, e: {memory: 64GiB}}
startups:
  s1: {containers: {db: {memory: 3GiB, replicas: 3, on: [a, b]}}}
placement: {a: [s1/db.1], b: [s1/db.2], e: [s1/db.3]}
rules: [{survive: 1}]
";
    let (checked, code) = json_of(&["check", "-"], lab);
    let lost = checked["survival"]["losses"].as_array().expect("losses").iter();
    let to = lost.flat_map(|loss| loss["moves"].as_array().cloned().unwrap_or_default());
    assert!(code == 1 && to.clone().all(|step| step["to"] != "e"), "{checked}");
}
