//! Moves by what they carry over: memory and disk as goals, beside how many containers move; and what each step gains.

use serde_json::{Value, json};

use crate::support::program::{Folder, Ran, asked};

const GIB: u64 = 1 << 30;

/// 24 GiB on a host of 20: one move of the db or of the cache mends that, or two of small ones.
const FULL: &str = "hosts: {left: {memory: 20GiB, disk: 500GB}, right: {memory: 20GiB, disk: 500GB}}\n\
    pools: {ceph: {disk: 1TB}}\n\
    startups:\n  shop:\n    containers:\n      db: {memory: 10GiB, disk: 200GB, pool: ceph}\n\
    \x20     cache: {memory: 8GiB, disk: 1GB}\n      web: {memory: 3GiB, disk: 2GB}\n      mail: {memory: 3GiB, disk: 40GB}\n\
    placement: {left: [shop/*]}\n";

fn json_of(args: &[&str], document: &str) -> (Value, i32) {
    let Ran { code, out, err } = asked(&[args, &["--format", "json"]].concat(), document);
    (serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")), code)
}

fn with(goals: &str) -> String {
    format!("{FULL}goals: [{goals}]\n")
}

fn goal(plan: &Value, nth: usize) -> (&Value, &Value, &Value) {
    let goal = &plan["goals"][nth];
    (&goal["name"], &goal["value"], &goal["proven"])
}

#[test]
fn as_little_is_carried_over_as_can_be() {
    let (plan, code) = json_of(&["plan", "-"], &with("{fewest-moves: memory}, fewest-moves"));
    assert_eq!((code, goal(&plan, 0)), (0, (&json!("fewest-moves: memory"), &json!(6 * GIB), &json!(true))), "{plan}");
    assert_eq!(goal(&plan, 1).1, &json!(2), "{plan}");
    assert_eq!(plan["changes"]["carried"], json!({"memory": 6 * GIB}), "{plan}");
    // What a pool has is carried by nobody.
    let (plan, _) = json_of(&["plan", "-"], &with("{fewest-moves: disk}, fewest-moves"));
    assert_eq!((goal(&plan, 0).1, goal(&plan, 1).1), (&json!(0), &json!(1)), "{plan}");
    assert_eq!(plan["changes"]["carried"], json!({"disk": 0}), "{plan}");
    let (plan, _) = json_of(&["plan", "-"], &with("{fewest-moves: null}"));
    assert_eq!(goal(&plan, 0), (&json!("fewest-moves"), &json!(1), &json!(true)), "{plan}");
    // Both at once, and in how many moves.
    let (plan, _) = json_of(&["plan", "-", "--max-moves", "1"], &with("{fewest-moves: memory}, {fewest-moves: disk}"));
    assert_eq!((goal(&plan, 0).1, goal(&plan, 1).1), (&json!(8 * GIB), &json!(1_000_000_000)), "{plan}");
    let (plan, _) = json_of(&["plan", "-"], &with("fewest-moves, {fewest-moves: memory}"));
    assert_eq!((goal(&plan, 0).1, goal(&plan, 1).1), (&json!(1), &json!(8 * GIB)), "{plan}");
    let Ran { out, .. } = asked(&["plan", "-"], &with("{fewest-moves: memory}, fewest-moves"));
    assert!(out.contains("6 GiB of memory to carry over in 2 moves"), "{out}");
    assert!(out.contains("6 GiB of memory is carried over in 2 moves; less does not do."), "{out}");
}

#[test]
fn where_so_few_moves_do_not_do_it_is_said_how_many_must_be() {
    let full = with("{fewest-moves: memory}, balance");
    let Ran { out, code, .. } = asked(&["plan", "-", "--max-moves", "0"], &full);
    assert!(code == 1 && out.split_whitespace().collect::<Vec<_>>().join(" ").contains("`--max-moves 1`"), "{out}");
    let (plan, code) = json_of(&["plan", "-", "--max-moves", "1"], &full);
    assert_eq!((code, &plan["status"], goal(&plan, 0).1), (0, &json!("optimal"), &json!(8 * GIB)), "{plan}");
}

#[test]
fn steps_come_in_the_order_of_what_they_gain_and_say_it() {
    let lab = "hosts: {a: {memory: 32GiB}, b: {memory: 32GiB}, c: {memory: 32GiB}}\n\
        startups: {s1: {containers: {x: {memory: 9GiB}, y: {memory: 7GiB}, z: {memory: 5GiB}, w: {memory: 4GiB}}}}\n\
        goals: [balance]\nplacement: {a: [s1/*]}\n";
    let (plan, _) = json_of(&["plan", "-", "--moves", "--max-moves", "2"], lab);
    let moves = plan["moves"].as_array().expect("there are moves");
    let points = |step: &Value, end: &str| step["gain"][end].as_f64().expect("it gains") * 100.0;
    let gains: Vec<f64> = moves.iter().map(|step| points(step, "now") - points(step, "then")).collect();
    assert!(gains.len() == 2 && gains[0] >= gains[1] && gains[1] > 0.0, "{plan}");
    // One begins where the other ends.
    assert_eq!(moves[0]["gain"]["then"], moves[1]["gain"]["now"], "{plan}");
    let gained = &plan["changes"]["gained"];
    assert_eq!((&moves[0]["gain"]["now"], &moves[1]["gain"]["then"]), (&gained["now"], &gained["then"]), "{plan}");
    let Ran { out, .. } = asked(&["plan", "-", "--max-moves", "2"], lab);
    assert!(out.contains("gains 28.1 points of balance"), "{out}");
    // Unasked nothing is said of it.
    let (plan, _) = json_of(&["plan", "-", "--moves"], lab);
    assert!(plan["moves"].as_array().expect("there are moves").iter().all(|step| step["gain"].is_null()), "{plan}");
    // The last that leaves a host frees it.
    let two = "hosts: {a: {memory: 8GiB}, b: {memory: 8GiB}}\n\
        startups: {s1..s3: {containers: {c: {memory: 1GiB}}}}\n\
        placement: {a: [s1/c], b: [s2/c, s3/c]}\ngoals: [fewest-hosts, balance]\n";
    let Ran { out, .. } = asked(&["plan", "-", "--max-moves", "1"], two);
    assert!(out.contains("a -> b  frees a host"), "{out}");
}

#[test]
fn whoever_moves_something_says_what_is_carried_over() {
    let before = with("{fewest-moves: memory}");
    let after = before.replace("left: [shop/*]", "left: [shop/db, shop/cache], right: [shop/web, shop/mail]");
    let folder = Folder::with(&[("a.yaml", &before), ("b.yaml", &after)]);
    let Ran { out, .. } = folder.run(&["compare", "a.yaml", "b.yaml"]);
    assert!(out.contains("2 to move, 0 to start, 0 to stop; 6 GiB of memory to carry over in 2 moves"), "{out}");
    let Ran { out, .. } = folder.run(&["compare", "a.yaml", "b.yaml", "--format", "json"]);
    let compared: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(compared["to_do"]["carried"], json!({"memory": 6 * GIB}), "{compared}");
    let lab = "hosts: {a: {memory: 8GiB}, b: {memory: 4GiB}}\nstacks: {big: {c: {memory: 6GiB}}}\n\
        startups: {s1: {containers: {c: {memory: 3GiB}}}}\nplacement: {a: [s1/c]}\ngoals: [{fewest-moves: memory}]\n";
    let Ran { out, .. } = asked(&["fit", "-", "--stack", "big"], lab);
    assert!(out.contains("3 GiB of memory to carry over in 1 move"), "{out}");
    let phases = "phases: {now: {title: First}, later: 2027-09-01}\nhosts: {a: {memory: 8GiB}, b: {memory: 4GiB}}\n\
        startups:\n  s1: {containers: {c: {memory: 3GiB}}}\n  s2: {from: later, containers: {c: {memory: 6GiB}}}\n\
        placement: {a: [s1/c]}\ngoals: [{fewest-moves: memory}]\n";
    let Ran { out, .. } = asked(&["roadmap", "-"], phases);
    let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("3 GiB of memory to carry over in 1 move"), "{out}");
    let (road, _) = json_of(&["roadmap", "-"], phases);
    assert_eq!(road["carried"], json!({"memory": 3 * GIB}), "{road}");
}

#[test]
fn certificates_say_nothing_of_it_and_what_they_say_holds() {
    let folder = Folder::with(&[("lab.yaml", &with("fewest-hosts, {fewest-moves: memory}, fewest-moves"))]);
    assert_eq!(folder.run(&["plan", "lab.yaml", "--proof", "proof.json"]).code, 0);
    let Ran { out, code, .. } = folder.run(&["check", "lab.yaml", "--proof", "proof.json"]);
    assert!(code == 0 && out.contains("not certified"), "{out}");
}

#[test]
fn what_cannot_be_counted_is_refused() {
    let error = |goals: &str| {
        let Ran { code, err, .. } =
            asked(&["plan", "-"], &format!("hosts: {{a: {{memory: 4GiB}}}}\ngoals: [{goals}]\n"));
        assert_eq!(code, 2, "{err}");
        err
    };
    assert!(error("{fewest-moves: disk}").contains("no host lists the resource `disk`"));
    assert!(error("{fewest-moves: cpu}").contains("`memory`"));
    assert!(error("{balance: memory, fewest-moves: memory}").contains("two goals in one pair of braces"));
    assert!(error("{fewest-moves: memory}, {fewest-moves: memory}").contains("stands here a second time"));
}

/// Weights without a common divisor are rounded where moves are counted by them: the best is found and shown all the same.
#[test]
fn weights_of_odd_bytes_are_exact() {
    let odd = "\
hosts:
  h0: {memory: 1312384923579B}
  h1: {memory: 1334637229683B}
  h2: {memory: 1200727298206B}
startups:
  s0: {containers: {c: {memory: 924096847824B}}}
  s1: {containers: {c: {memory: 813275B}}}
  s2: {containers: {c: {memory: 6B}}}
  s3: {containers: {c: {memory: 785148496186B}}}
  s4: {containers: {c: {memory: 467113387050B}}}
  s5: {containers: {c: {memory: 545174935879B}}}
  s6: {containers: {c: {memory: 40B}}}
goals: [{fewest-moves: memory}, fewest-hosts]
placement:
  h0: [s0/c, s4/c, s5/c, s6/c]
  h1: [s1/c]
  h2: [s3/c]
";
    let (plan, _) = json_of(&["plan", "-"], odd);
    assert_eq!(goal(&plan, 0).1, &json!(924_096_847_824_u64), "{plan}");
    assert_eq!((&plan["status"], goal(&plan, 1).1), (&json!("optimal"), &json!(3)), "{plan}");
}
