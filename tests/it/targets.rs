//! Targets: what being above them comes to, where the goal stands, what is said of it, and that nothing is better.

use serde_json::{Value, json};

use crate::support::program::{Folder, Ran, asked};

/// A target of all hosts, and one host's own.
const LAB: &str = "\
target: {memory: 80%, cpu: 50%}
hosts:
  a: {count: 2, cpu: 8, memory: 10GiB}
  b: {cpu: 8, memory: 10GiB, target: {memory: 33.3%}}
";

fn json_of(args: &[&str], document: &str) -> (Value, i32) {
    let Ran { code, out, err } = asked(&[args, &["--format", "json"]].concat(), document);
    (serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")), code)
}

fn names(plan: &Value) -> Vec<&str> {
    plan["goals"].as_array().expect("goals").iter().map(|goal| goal["name"].as_str().expect("a name")).collect()
}

#[test]
fn a_host_is_above_by_the_share_of_what_it_gives_that_lies_beyond() {
    let document = format!(
        "{LAB}startups: {{s: {{containers: {{x: {{cpu: 5, memory: 9GiB}}, y: {{cpu: 4, memory: 8GiB}}, z: {{cpu: 1, memory: 5GiB}}}}}}}}\n\
         placement: {{a-1: [s/x], a-2: [s/y], b: [s/z]}}\n"
    );
    let (check, code) = json_of(&["check", "-"], &document);
    assert_eq!((code, &check["valid"]), (0, &json!(true)), "targets bind nobody: {check}");
    let target = &check["target"];
    // 1 of 8 cpu and 1 of 10 GiB on a-1, nothing on a-2; on b what lies beyond 33.3 % of 10 GiB, rounded down to a byte, rounded
    // up to a millionth.
    let above = |number: usize| target["list"][number]["above"].as_f64().expect("a number");
    assert_eq!([above(0), above(1), above(2)], [0.125, 0.1, 0.167_001], "{target}");
    assert_eq!(target["above"], json!(0.392_001), "{target}");
    assert_eq!(target["list"].as_array().map(Vec::len), Some(3), "{target}");
    let said = |number: usize| target["list"][number]["message"].as_str().expect("words").to_owned();
    assert_eq!(said(0), "`a-1` holds 5 cpu, its target is 50 %, 4");
    assert_eq!(said(1), "`a-1` holds 9 GiB memory, its target is 80 %, 8 GiB");
    let Ran { out, code, .. } = asked(&["check", "-"], &document);
    assert!(code == 0 && out.contains("above target") && out.contains("39.2001 % of a host in all"), "{out}");
}

#[test]
fn the_goal_stands_before_wishes_and_balance_unless_it_is_said_where() {
    let goals = |goals: &str, own: &str| -> Vec<String> {
        let document = format!("{LAB}startups: {{s: {{containers: {{db: {{cpu: 1, memory: 1GiB{own}}}}}}}}}\n{goals}");
        let (plan, _) = json_of(&["plan", "-"], &document);
        assert_eq!(plan["status"], "optimal", "{plan}");
        names(&plan).into_iter().map(str::to_owned).collect()
    };
    assert_eq!(goals("", ""), ["fewest-hosts", "within-target", "balance"]);
    let wished = ", prefer: {on: b}";
    assert_eq!(goals("", wished), ["fewest-hosts", "within-target", "wishes", "balance"]);
    assert_eq!(goals("goals: [wishes, balance]\n", wished), ["within-target", "wishes", "balance"]);
    assert_eq!(goals("goals: [balance, within-target]\n", ""), ["balance", "within-target"]);
    assert_eq!(goals("goals: [fewest-moves]\n", ""), ["fewest-moves", "within-target"]);
    assert_eq!(goals("goals: []\n", ""), ["within-target"]);
    let without = "hosts: {a: {memory: 8GiB}}\nstartups: {s: {containers: {c: {memory: 1GiB}}}}\n";
    let (plan, _) = json_of(&["plan", "-"], without);
    assert_eq!((names(&plan), &plan["target"]), (vec!["fewest-hosts", "balance"], &Value::Null), "{plan}");
}

#[test]
fn a_host_is_opened_where_the_target_comes_first_and_none_where_it_comes_second() {
    let containers = "startups: {s1..s4: {containers: {c: {cpu: 1, memory: 2GiB}}}}\n";
    let first = format!("{LAB}{containers}goals: [within-target, fewest-hosts, balance]\n");
    let (plan, _) = json_of(&["plan", "-"], &first);
    let values: Vec<f64> =
        plan["goals"].as_array().expect("goals").iter().map(|goal| goal["value"].as_f64().expect("it")).collect();
    assert_eq!((values[0], values[1], &plan["status"]), (0.0, 1.0, &json!("optimal")), "{plan}");
    let five = first.replace("s1..s4", "s1..s5");
    let (plan, _) = json_of(&["plan", "-"], &five);
    assert_eq!((&plan["goals"][0]["value"], &plan["goals"][1]["value"]), (&json!(0), &json!(2)), "{plan}");
    let second = five.replace("[within-target, fewest-hosts, balance]", "[fewest-hosts, within-target, balance]");
    let (plan, _) = json_of(&["plan", "-"], &second);
    assert_eq!((&plan["goals"][0]["value"], &plan["goals"][1]["value"]), (&json!(1), &json!(0.325)), "{plan}");
    assert_eq!(plan["status"], "optimal", "{plan}");
}

#[test]
fn what_agents_take_and_what_was_observed_counts() {
    let document = "\
        target: {memory: 50%}\n\
        hosts: {a: {memory: 10GiB, overcommit: {memory: 2}}, b: {memory: 10GiB}}\n\
        startups:\n  \
          s: {containers: {c: {memory: 12GiB, on: a, observed: {memory: 4GiB, date: 2026-11-01}}}}\n  \
          m: {containers: {x: {memory: 6GiB, every: b}}}\n";
    let above = |args: &[&str]| json_of(args, document).0["target"]["list"].clone();
    let asked = above(&["plan", "-"]);
    assert_eq!(
        (&asked[0]["host"], &asked[0]["above"], &asked[0]["target"]),
        (&json!("a"), &json!(0.1), &json!(10_u64 << 30))
    );
    assert_eq!((&asked[1]["host"], &asked[1]["above"]), (&json!("b"), &json!(0.1)));
    let observed = above(&["plan", "-", "--use", "observed"]);
    // Ten are given then, not twenty.
    assert_eq!((observed.as_array().map(Vec::len), &observed[0]["host"]), (Some(1), &json!("b")), "{observed}");
}

#[test]
fn a_target_is_another_from_a_phase_on() {
    let document = "\
        phases: {now: {}, later: 2027-07-01}\n\
        hosts: {a: {memory: 10GiB, target: {memory: {now: 80%, later: 60%}}}, b: {memory: 10GiB, from: later}}\n\
        startups: {s1..s2: {containers: {c: {memory: 4GiB}}}}\n\
        goals: [within-target]\nplacement: {a: ['*/*']}\n";
    for (phase, above) in [("now", json!(0)), ("later", json!(0.2))] {
        let (check, _) = json_of(&["check", "-", "--phase", phase], document);
        assert_eq!(check["target"]["above"], above, "{phase}: {check}");
    }
    let (plan, _) = json_of(&["plan", "-", "--phase", "later"], document);
    assert_eq!(plan["target"]["above"], json!(0), "{plan}");
    let (road, code) = json_of(&["roadmap", "-"], document);
    assert_eq!(code, 0, "{road}");
    assert!(road.to_string().contains("target of memory"), "{road}");
}

#[test]
fn who_comes_and_what_is_lost_may_pass_targets_and_it_is_said() {
    let document = format!(
        "{LAB}stacks: {{web: {{c: {{cpu: 1, memory: 4GiB}}}}}}\nstartups: {{s1..s4: web}}\n\
         placement: {{a-1: [s1/c, s2/c], a-2: [s3/c, s4/c]}}\ngoals: [within-target, balance]\n"
    );
    let (fit, code) = json_of(&["fit", "-", "--stack", "web"], &document);
    assert_eq!((code, &fit["answer"], &fit["target"]["above"]), (0, &json!("as-is"), &json!(0.067_001)), "{fit}");
    let (lost, code) = json_of(&["what-if", "-", "--lose", "a-2"], &document);
    assert_eq!(code, 0, "{lost}");
    let Ran { out, .. } = asked(&["what-if", "-", "--lose", "a-2"], &document);
    assert!(out.contains("above target") && out.contains("46.7001 % of a host in all"), "{out}");
}

#[test]
fn compare_has_both_sides_of_what_is_above() {
    let with = |placement: &str| {
        format!(
            "{LAB}startups: {{s1..s2: {{containers: {{c: {{cpu: 1, memory: 5GiB}}}}}}}}\nplacement: {{{placement}}}\n"
        )
    };
    let folder = Folder::with(&[("a.yaml", &with("a-1: ['*/*']")), ("b.yaml", &with("a-1: [s1/c], a-2: [s2/c]"))]);
    let Ran { out, .. } = folder.run(&["compare", "a.yaml", "b.yaml", "--format", "json"]);
    let compared: Value = serde_json::from_str(&out).expect("JSON");
    let metrics = compared["metrics"].as_array().expect("metrics");
    let metric = metrics.iter().find(|metric| metric["name"] == "above-target").expect("that of targets");
    assert_eq!((&metric["a"], &metric["b"], &metric["better"]), (&json!(0.2), &json!(0), &json!("b")), "{metric}");
    let changed = with("a-1: ['*/*']").replace("80%", "70%");
    let folder = Folder::with(&[("a.yaml", &with("a-1: ['*/*']")), ("b.yaml", &changed)]);
    assert!(folder.run(&["compare", "a.yaml", "b.yaml"]).out.contains("target of memory"));
}

#[test]
fn what_stands_is_kept_where_nothing_is_better() {
    let document = format!(
        "{LAB}startups: {{s1..s3: {{containers: {{c: {{cpu: 1, memory: 5GiB}}}}}}}}\n\
         placement: {{a-1: [s2/c], a-2: [s3/c], b: [s1/c]}}\ngoals: [within-target]\n"
    );
    let (plan, _) = json_of(&["plan", "-"], &document);
    // Two on one of the others would be 20 % above, one on b is 16.7 %.
    assert_eq!((&plan["target"]["above"], &plan["changes"]["move"]), (&json!(0.167_001), &json!(0)), "{plan}");
    assert_eq!(plan["status"], "optimal", "{plan}");
}

#[test]
fn what_agents_are_above_by_themselves_is_rounded_up_only_once() {
    let document = "\
        target: {memory: 0%}\n\
        hosts: {nuc: {price: 1, count: 3, memory: 3937053286B, cpu: 2377m}}\n\
        startups:\n  \
          s1: {containers: {queue: {cpu: 750m, memory: 0}, agent: {every: nuc, cpu: 187m, memory: 768m}}}\n  \
          s3: {containers: {queue: {cpu: 0, memory: 2.25GiB}}}\n  \
          s4: {containers: {queue: {memory: 1342177281B, cpu: 0.5007}}}\n  \
          s5: {containers: {queue: {memory: 786432KiB, cpu: 0m}, web: {cpu: 0, memory: 768MiB}}}\n  \
          probes: {containers: {probe: {every: [nuc-1], memory: 341.3333Mi, cpu: 0.7507}}}\n\
        goals: [cheapest, balance]\n\
        placement: {nuc-1: [s3/queue], nuc-2: [s4/*]}\n";
    let (plan, _) = json_of(&["plan", "-"], document);
    let mut best: Option<(u64, Vec<u64>)> = None;
    let (give, cpu) = (3_937_053_286_u64, 2_377_u64);
    let agents = [805_306_368 + 357_914_038, 805_306_368, 805_306_368].map(|memory: u64| memory);
    let sizes = [(750, 0), (0, 2_415_919_104), (501, 1_342_177_281), (0, 805_306_368), (0, 805_306_368_u64)];
    for at in 0..3_usize.pow(5) {
        let on = |item: usize| at / 3_usize.pow(item as u32) % 3;
        let mut used = agents;
        let mut cores = [187 + 751, 187, 187];
        sizes.iter().enumerate().for_each(|(item, size)| {
            used[on(item)] += size.1;
            cores[on(item)] += size.0;
        });
        let held: std::collections::BTreeSet<usize> = (0..5).map(on).collect();
        if held.len() != plan["goals"][0]["value"]
            || used.iter().any(|it| *it > give)
            || cores.iter().any(|it| *it > cpu)
        {
            continue;
        }
        let above = used.iter().map(|it| (it * 1_000_000).div_ceil(give)).sum();
        let full = |host: usize| (used[host] * 1_000_000 / give).max(cores[host] * 1_000_000 / cpu);
        let mut levels = [0, 1, 2].map(full).to_vec();
        levels.sort_unstable_by(|a, b| b.cmp(a));
        best = best.into_iter().chain([(above, levels)]).min();
    }
    let (above, levels) = best.expect("they fit");
    let told = plan["goals"][2]["levels"].as_array().expect("levels");
    assert_eq!(plan["goals"][1]["value"].as_f64(), Some(above as f64 / 1e6), "{plan}");
    for (told, level) in told.iter().zip(levels) {
        assert!((told.as_f64().expect("a level") - level as f64 / 1e6).abs() < 0.002, "{level}: {plan}");
    }
}

#[test]
fn a_bound_on_balance_is_of_all_that_hosts_give() {
    let document = "\
        target: {memory: 80%}\n\
        hosts: {h: {count: 40, cpu: 8, memory: 10GiB}}\n\
        startups: {s1..s200: {containers: {c: {cpu: 500m, memory: 1500MiB}}}}\n\
        goals: [within-target, balance]\n";
    let (plan, _) = json_of(&["plan", "-"], document);
    let balance = &plan["goals"][1];
    let [value, bound] = ["value", "bound"].map(|key| balance[key].as_f64().expect("a number"));
    assert!(bound <= value && value <= 0.8, "{balance}");
}

#[test]
fn a_drained_host_whose_agents_go_with_it_is_not_above_its_target() {
    let document = "target: {memory: 10%}\nhosts: {a: {memory: 8GiB}, b: {memory: 8GiB}}\n\
                    startups: {s: {containers: {x: {memory: 2GiB}, agent: {memory: 1GiB, every: host}}}}\n\
                    placement: {b: [s/x]}\n";
    let answer = json_of(&["what-if", "-", "--drain", "b"], document).0;
    let goals = answer["plan"]["goals"].as_array().expect("goals");
    let goal = goals.iter().find(|goal| goal["name"] == "within-target").expect("that of targets");
    assert_eq!(answer["plan"]["target"]["above"], goal["value"], "{answer}");
    assert_eq!(answer["plan"]["target"]["list"].as_array().map(Vec::len), Some(1), "{answer}");
}

#[test]
fn the_roadmap_says_what_is_above_targets_in_each_phase() {
    let document = "phases: {now: {}, later: '2027-01-01'}\ntarget: {memory: 50%}\nhosts: {a: {memory: 8GiB}}\n\
                    startups: {s: {containers: {x: {memory: 2GiB}}}, t: {from: later, containers: {x: {memory: 3GiB}}}}\n";
    let (roadmap, code) = json_of(&["roadmap", "-"], document);
    let above = [0, 1].map(|phase: usize| roadmap["phases"][phase]["target"]["above"].clone());
    assert_eq!((code, above), (0, [json!(0), json!(0.125)]), "{roadmap}");
    let text = asked(&["roadmap", "-"], document).out;
    assert!(text.contains("targets no host is above") && text.contains("targets 12.5 % of a host above"), "{text}");
}
