//! Whoever stops a search gets what it has: after Ctrl-C as after the time limit.

#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::ask::{Ask, plan};
use crate::support::clock::Looks;
use crate::support::program::Folder;
use crate::support::{classes, labs, read};
use bayplan::model::GoalValue;
use bayplan::plan::Plan;
use bayplan::solve::{Options, Status};
use serde_json::Value;

/// How long a search is left alone before it is interrupted.
const AFTER: Duration = Duration::from_millis(1_500);
/// How much later than asked for an answer may come: a tenth, or this. What is built for tests takes longer from one look
/// at the clock to the next.
const LATE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1_000 } else { 500 });

/// The program with `args` in `folder`, at work.
fn started(folder: &Folder, args: &[&str]) -> Child {
    folder.bayplan(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Equal hosts and containers of two resources that leave little room: such documents keep a search busy.
fn long() -> String {
    let mut rng = fastrand::Rng::with_seed(9);
    let mut text =
        "goals: [fewest-hosts]\nhosts:\n  h: {count: 150, cpu: 1500m, memory: 1500MiB}\nstartups:\n".to_owned();
    for number in 0..300 {
        let (cpu, memory) = (rng.u64(200..=1_000), rng.u64(200..=1_000));
        text += &format!("  s{number}: {{containers: {{c: {{cpu: {cpu}m, memory: {memory}MiB}}}}}}\n");
    }
    text
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

pub fn hangups_are_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() & 1 == 1
}

/// What `bayplan` answers to `args`, and by how many seconds of work it exceeds `limit`: on a busy machine it also waits.
fn late(folder: &Folder, args: &[&str], limit: Duration) -> f64 {
    let out = format!("{}.json", args[0]);
    let limited = format!("{}ms", limit.as_millis());
    let all = [args, &["--time-limit", &limited, "--threads", "1", "--format", "json", "--force", "-o", &out]].concat();
    let start = Instant::now();
    let mut child = started(folder, &all);
    let cpu = loop {
        // A child that ended keeps its figures until it is waited for.
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        if fields[0] == "Z" {
            break (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0;
        }
        sleep(Duration::from_millis(2));
    };
    let wall = start.elapsed().as_secs_f64();
    let code = child.wait().unwrap().code();
    assert!(matches!(code, Some(0 | 1 | 3)), "{args:?}: exit code {code:?}");
    let answer: Value = serde_json::from_str(&folder.read(&out)).unwrap();
    assert!(answer.is_object(), "{args:?}: {answer}");
    (wall - limit.as_secs_f64()) * (cpu / wall).min(1.0)
}

/// Asks within several limits. How good the answers are by then is up to the machine.
fn in_time(name: &str, document: &str, args: &[&str]) {
    let folder = Folder::with(&[("d.yaml", document)]);
    for milliseconds in [500, 1_500] {
        let limit = Duration::from_millis(milliseconds);
        let late = late(&folder, args, limit);
        assert!(late <= LATE.as_secs_f64().max(limit.as_secs_f64() / 10.0), "{name}: {late:.2} s after {limit:?}");
    }
}

/// A document that plans to something that stands, with one goal more: as few moves as can be.
fn standing(document: &str) -> String {
    let folder = Folder::with(&[("d.yaml", document)]);
    late(&folder, &["plan", "d.yaml", "--save", "planned.yaml"], Duration::from_millis(500));
    let planned = folder.read("planned.yaml");
    planned.replacen("goals: [cheapest]", "goals: [cheapest, fewest-moves]", 1)
}

#[test]
fn equal_hosts_are_planned_within_the_time_limit() {
    in_time("equal", &classes::equal_hosts(6, 201, 2, 0).document(), &["plan", "d.yaml"]);
}

#[test]
fn unequal_hosts_are_planned_within_the_time_limit() {
    in_time("unequal", &classes::unequal_hosts(60, 400, 3, 0).document(), &["plan", "d.yaml"]);
}

#[test]
fn labs_with_rules_are_planned_within_the_time_limit() {
    in_time("lab", &labs::document(120, 3_000, 0), &["plan", "d.yaml"]);
}

#[test]
fn labs_that_run_are_planned_anew_within_the_time_limit() {
    in_time("standing", &standing(&labs::document(80, 1_000, 0)), &["plan", "d.yaml"]);
}

#[test]
fn as_much_priority_as_can_be_is_placed_within_the_time_limit() {
    // Four times as much as there is.
    let much = labs::document(120, 3_000, 0).replace("count: 3,", "count: 1,").replace("replicas: 2", "replicas: 3");
    in_time("partial", &much, &["plan", "d.yaml", "--partial"]);
}

/// The plan of `document` after so many looks at the clock.
fn planned(document: &str, partial: bool, looks: u32) -> Plan {
    let options = Options { clock: &Looks::new(looks), seed: 0, threads: 1, progress: &|_| (), certify: false };
    plan(&read::layout(document), Ask { keep: false, partial }, &options).expect("the referee agrees")
}

#[test]
fn a_search_that_is_stopped_early_has_a_plan() {
    let equal = classes::equal_hosts(6, 201, 2, 0).document();
    let unequal = classes::unequal_hosts(60, 400, 3, 0).document();
    for (name, document) in [("equal", equal), ("unequal", unequal), ("lab", labs::document(120, 3_000, 0))] {
        for looks in [1, 10, 100] {
            let status = planned(&document, false, looks).status;
            assert!(matches!(status, Status::Optimal | Status::Feasible), "{name} after {looks} looks: {status:?}");
        }
    }
}

#[test]
fn many_sizes_on_many_priced_hosts_are_soon_packed_near_their_bound() {
    let plan = planned(&classes::many_sizes(200, 0).document(), false, 12_000);
    let goal = &plan.goals[0];
    let (GoalValue::Millionths(value), GoalValue::Millionths(bound)) = (goal.value, goal.bound) else {
        panic!("{goal:?}")
    };
    assert!(value as f64 <= 1.03 * bound as f64, "{value} [{bound}]");
}

#[test]
fn where_all_fits_all_is_placed_however_many_startups_there_are() {
    for looks in [1, 100] {
        let plan = planned(&classes::unequal_hosts(60, 400, 3, 0).document(), true, looks);
        assert!(plan.unplaced.is_empty(), "after {looks} looks: {:?}", plan.unplaced);
    }
}

#[test]
fn whether_more_fits_is_answered_within_the_time_limit() {
    let lab = labs::document(80, 1_000, 0);
    in_time("fit", &standing(&lab), &["fit", "d.yaml", "--stack", "k00", "--count", "40"]);
    in_time("fit-planned", &lab, &["fit", "d.yaml", "--stack", "k00", "--count", "4"]);
}

#[test]
fn the_first_ctrl_c_gets_the_best_plan_so_far_with_its_gap() {
    if hangups_are_ignored() {
        return; // Under `nohup` bayplan leaves signals alone.
    }
    for name in ["INT", "TERM"] {
        let folder = Folder::with(&[("d.yaml", &long())]);
        let child = started(&folder, &["plan", "d.yaml", "--format", "json", "--save", "planned.yaml"]);
        sleep(AFTER);
        signal(&child, name);
        let begin = Instant::now();
        let output = child.wait_with_output().unwrap();
        let took = begin.elapsed();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {said}");
        assert!(took < LATE * 4, "{name}: {took:?} after the signal");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let goal = &answer["goals"][0];
        if answer["status"] == "feasible" {
            assert!(said.contains("note: interrupted"), "{said}");
            assert!(goal["bound"].as_f64() < goal["value"].as_f64(), "{goal}");
        }
        let checked = started(&folder, &["check", "planned.yaml"]).wait_with_output().unwrap();
        assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    }
}

/// What is the same for every rule is kept once: a table of rules and hosts would take 800 MB each time it is made.
#[test]
fn memory_does_not_grow_as_rules_times_hosts() {
    let folder = Folder::with(&[(
        "a.yaml",
        "hosts: {h: {count: 10000, memory: 8GiB}}\n\
         startups:\n  s1..s20000: {containers: {app: {memory: 1GiB, replicas: 2, apart: host}}}\n",
    )]);
    let bounded = "ulimit -v 1500000; exec \"$0\" plan a.yaml --time-limit 2s --threads 1 -q";
    let ran = Command::new("bash")
        .args(["-c", bounded, env!("CARGO_BIN_EXE_bayplan")])
        .current_dir(folder.path(""))
        .output()
        .expect("bash runs it");
    assert!(matches!(ran.status.code(), Some(0 | 3)), "{:?} {}", ran.status, String::from_utf8_lossy(&ran.stderr));
}
