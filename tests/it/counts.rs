//! Rules that count: replicas spread evenly, so many at the most, and no more than so many moves.

use serde_json::{Value, json};

use crate::support::program::{Ran, asked};

/// Two hosts in each of zones a and b, one small one in zone c.
const LAB: &str = "\
hosts:
  a: {count: 2, cpu: 8, memory: 16GiB, labels: {zone: a}}
  b: {count: 2, cpu: 8, memory: 16GiB, labels: {zone: b}}
  c: {cpu: 8, memory: 4GiB, labels: {zone: c}}
";

fn json_of(args: &[&str], document: &str) -> (Value, i32) {
    let Ran { code, out, err } = asked(&[args, &["--format", "json"]].concat(), document);
    (serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")), code)
}

fn document(rest: &str) -> String {
    format!("{LAB}{rest}")
}

/// How many of these containers are in each zone of the plan.
fn zones(plan: &Value, service: &str) -> [usize; 3] {
    ["a", "b", "c"].map(|zone| {
        let hosts = plan["hosts"].as_array().expect("hosts").iter();
        let here = hosts.filter(|host| host["name"].as_str().expect("a name").starts_with(zone));
        let containers = here.flat_map(|host| host["containers"].as_array().expect("containers"));
        let ids = containers.map(|it| it["id"].as_str().or(it.as_str()).expect("an id"));
        ids.filter(|id| id.starts_with(service)).count()
    })
}

#[test]
fn replicas_are_spread_over_the_zones_whatever_is_cheaper() {
    let shop = document("startups: {s: {containers: {web: {memory: 1GiB, replicas: 7, spread: zone}}}}\n");
    let (plan, code) = json_of(&["plan", "-"], &shop);
    let mut held = zones(&plan, "s/web");
    held.sort_unstable();
    assert_eq!((held, code, &plan["status"]), ([2, 2, 3], 0, &json!("optimal")), "{plan}");
    assert_eq!(plan["goals"][0]["value"], json!(3), "a host in each zone: {plan}");
}

#[test]
fn a_larger_skew_leaves_a_small_zone_alone() {
    let with = |spread: &str| {
        let shop = document(&format!(
            "startups: {{s: {{containers: {{web: {{memory: 3GiB, replicas: 8, spread: {spread}}}}}}}}}\n"
        ));
        json_of(&["plan", "-"], &shop)
    };
    let (plan, code) = with("zone");
    assert_eq!((code, &plan["status"]), (1, &json!("infeasible")), "two of them do not fit in zone c: {plan}");
    let (plan, code) = with("{over: zone, skew: 3}");
    assert_eq!((code, zones(&plan, "s/web")[2]), (0, 1), "{plan}");
}

#[test]
fn what_does_not_fit_for_its_spread_has_a_remedy_that_holds() {
    let shop = document("startups: {s: {containers: {web: {memory: 3GiB, replicas: 8, spread: zone}}}}\n");
    let Ran { out, .. } = asked(&["plan", "-"], &shop);
    assert!(out.contains("without `spread: zone` of `s/web.1`"), "{out}");
    let without = shop.replace(", spread: zone", "");
    assert_eq!(json_of(&["plan", "-"], &without).1, 0);
    let (plan, _) = json_of(&["plan", "-"], &shop);
    assert!(plan["remedies"].as_array().expect("remedies").len() >= 2, "{plan}");
}

#[test]
fn steps_do_not_make_a_spread_worse() {
    let shop = document(
        "startups: {s: {containers: {web: {memory: 1GiB, replicas: 6, spread: zone}}}}\nplacement: {a-1: [s/*]}\n",
    );
    let (plan, _) = json_of(&["plan", "-", "--moves"], &shop);
    let moves = plan["moves"].as_array().expect("moves");
    assert_eq!(moves.len(), 4, "{plan}");
    let mut held = [6_i64, 0, 0];
    let mut before = 6;
    for step in moves {
        let zone =
            |key: &str| ["a", "b", "c"].iter().position(|it| step[key].as_str().expect("a host").starts_with(it));
        held[zone("from").expect("a zone")] -= 1;
        held[zone("to").expect("a zone")] += 1;
        let now = held.iter().max().expect("some") - held.iter().min().expect("some");
        assert!(now <= before.max(1), "{held:?} after {before}: {plan}");
        before = now;
    }
}

#[test]
fn no_host_has_more_of_them_than_may_be() {
    let rules = "startups: {s1..s5: {containers: {db: {memory: 1GiB}}}}\n\
                 rules: [{at-most: {count: 1, per: zone, of: [\"*/db\"]}}]\n";
    let (plan, code) = json_of(&["plan", "-"], &document(rules));
    assert_eq!((code, &plan["proof"]["kind"]), (1, &json!("rules")), "{plan}");
    let Ran { out, .. } = asked(&["plan", "-"], &document(rules));
    assert!(out.contains("at most 1 per zone"), "{out}");
    assert!(out.contains("without `at-most: 1 per zone` of `s1/db`"), "{out}");
    let (plan, code) = json_of(&["plan", "-"], &document(&rules.replace("count: 1", "count: 2")));
    assert_eq!((code, &plan["goals"][0]["value"]), (0, &json!(3)), "{plan}");
    let Ran { out, code, .. } =
        asked(&["check", "-"], &document(&format!("{rules}placement: {{a-1: [s1/db], a-2: [s2/db]}}\n")));
    assert!(code == 1 && out.contains("where at most 1 may be"), "{out}");
}

#[test]
fn a_plan_is_the_best_within_so_many_moves() {
    let full = "hosts: {a: {memory: 12GiB}, b: {memory: 12GiB}}\n\
                startups: {s1..s6: {containers: {c: {memory: 1GiB}}}}\n\
                goals: [balance]\nplacement: {a: [\"s1..s6/c\"]}\n";
    for (most, fullest) in [(0, 6), (1, 5), (2, 4), (3, 3), (4, 3)] {
        let (plan, code) = json_of(&["plan", "-", "--max-moves", &most.to_string()], full);
        let share = plan["goals"][0]["value"].as_f64().expect("a share");
        assert!(code == 0 && (share * 12.0 - f64::from(fullest)).abs() < 1e-6, "{most}: {plan}");
        assert_eq!((&plan["status"], &plan["max_moves"]), (&json!("optimal"), &json!(most)));
    }
    let overfull = full.replace("a: {memory: 12GiB}", "a: {memory: 4GiB}");
    let Ran { out, code, .. } = asked(&["plan", "-", "--max-moves", "1"], &overfull);
    let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(code == 1 && said.contains("Proven: it takes 2 moves, and 1 may be made: `--max-moves 2` fits."), "{out}");
    assert!(!said.contains("to blame") && said.contains("all fit after 2 moves:"), "{out}");
    let (plan, _) = json_of(&["plan", "-", "--max-moves", "1"], &overfull);
    assert_eq!((&plan["status"], &plan["unplaced"]), (&json!("infeasible"), &json!([])), "{plan}");
}

/// What starts elsewhere after a loss need not be spread evenly: it was answered "no" once, for a loss that is survived.
#[test]
fn a_loss_is_survived_where_replicas_are_no_longer_even() {
    let by_two = "hosts:
  a: {memory: 4GiB, labels: {zone: z}}
  b: {memory: 12GiB, labels: {zone: y}}
  c: {memory: 12GiB, labels: {zone: z}}
startups:
  s0: {containers: {w: {memory: 0.5GiB, replicas: 3, spread: host}}}
  s1: {containers: {w: {memory: 3GiB}, d: {memory: 1GiB}}}
  s2: {containers: {w: {memory: 4GiB, replicas: 2, spread: zone}, d: {memory: 0.5GiB, replicas: 3, spread: {over: zone, skew: 2}}}}
rules: [{survive: 1}]
";
    let by_three = "hosts:
  a: {memory: 4GiB, labels: {zone: z}}
  b: {memory: 8GiB, labels: {zone: x}}
  c: {memory: 8GiB, labels: {zone: z}}
  d: {memory: 4GiB, labels: {zone: y}}
  e: {memory: 8GiB, labels: {zone: y}}
startups:
  s0: {containers: {w: {memory: 4GiB, replicas: 4, spread: {over: zone, skew: 2}}}}
  s1: {containers: {w: {memory: 2GiB, replicas: 4, spread: zone}}}
rules: [{survive: 1}]
";
    for lab in [by_two, by_three] {
        let (plan, code) = json_of(&["plan", "-"], lab);
        assert_eq!((code, &plan["status"]), (0, &json!("optimal")), "{plan}");
    }
}

/// Replicas placed one after another leave the last of them a zone to go to.
#[test]
fn thousands_of_replicas_are_spread_at_once() {
    let mut lab = "hosts:\n".to_owned();
    for zone in ["a", "b", "c", "d", "e"] {
        lab += &format!("  {zone}: {{count: 20, cpu: 32, memory: 128GiB, labels: {{zone: {zone}}}}}\n");
    }
    lab += "startups:\n";
    let (cpu, memory) = (["100m", "250m", "500m", "1"], ["256MiB", "512MiB", "1GiB", "2GiB", "4GiB"]);
    for service in 0..1_000 {
        let (cpu, memory, replicas) = (cpu[service * 7 % 4], memory[service * 11 % 5], 3 + service * 13 % 5);
        lab += &format!(
            "  s{service}: {{containers: {{web: {{cpu: {cpu}, memory: {memory}, replicas: {replicas}, spread: zone}}}}}}\n"
        );
    }
    lab += "goals: [fewest-hosts]\n";
    let (plan, code) = json_of(&["plan", "-", "--threads", "1"], &lab);
    assert_eq!((code, &plan["status"]), (0, &json!("optimal")), "{}", plan["goals"]);
}

/// A host more makes what stands uneven: `fit` could not be asked of it.
#[test]
fn no_remedy_of_fit_makes_a_spread_uneven() {
    let lab = "hosts: {a: {memory: 3GiB}}
startups:
  s: {containers: {x: {memory: 1GiB, replicas: 3, spread: host}}}
  t: {containers: {y: {memory: 1GiB}}}
placement: {a: [s/*]}
";
    let (fit, code) = json_of(&["fit", "-", "--startup", "t"], lab);
    let texts: Vec<&str> =
        fit["remedies"].as_array().expect("remedies").iter().filter_map(|it| it["text"].as_str()).collect();
    assert_eq!(code, 1, "{fit}");
    assert!(texts.iter().any(|text| text.starts_with("a: memory 3 GiB -> 4 GiB")), "{texts:?}");
    assert!(!texts.contains(&"1 more `a`"), "{texts:?}");
}
