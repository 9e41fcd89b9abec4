//! Balance: the fullest host as little full as can be, then the next, and so on down.

use crate::support::classes;
use crate::support::program::asked;
use serde_json::{Value, json};

/// What `plan` says of `document`, in JSON.
fn planned(document: &str) -> Value {
    let ran = asked(&["plan", "-", "--format", "json", "--no-timing"], document);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    serde_json::from_str(&ran.out).expect("JSON")
}

/// What each host holds of `resource`, in GiB or units, the most first.
fn held(plan: &Value, resource: &str) -> Vec<u64> {
    let of = |host: &Value| host["used"][resource].as_u64().expect("an amount");
    let mut held: Vec<u64> = plan["hosts"].as_array().expect("hosts").iter().map(of).collect();
    held.iter_mut().filter(|amount| **amount >= 1 << 30).for_each(|amount| *amount >>= 30);
    held.sort_unstable_by_key(|&amount| std::cmp::Reverse(amount));
    held
}

const GPU: &str = "\
hosts:
  a: {memory: 60GiB, resources: {gpu: 1}}
  b: {memory: 60GiB}
  c: {memory: 60GiB}
startups:
  media: {containers: {jellyfin: {memory: 4GiB, resources: {gpu: 1}}}}
  s1..s7: {containers: {app: {memory: 8GiB}}}
";

#[test]
fn a_gpu_that_is_taken_makes_no_host_full() {
    let plan = planned(&format!("{GPU}goals: [balance]\n"));
    assert_eq!(held(&plan, "memory"), [24, 20, 16]);
    assert_eq!(plan["goals"][0]["levels"], json!([24.0 / 60.0, 20.0 / 60.0, 16.0 / 60.0]));
    assert_eq!(plan["goals"][0]["levels_proven"], json!(3));
}

#[test]
fn beside_a_giant_that_is_pinned_the_others_are_balanced() {
    let giant = "  giant: {containers: {db: {memory: 55GiB, on: b}}}\ngoals: [balance]\n";
    let plan = planned(&format!("{GPU}{giant}"));
    assert_eq!(held(&plan, "memory"), [55, 32, 28]);
    assert_eq!(plan["status"], "optimal");
}

#[test]
fn of_all_sets_of_hosts_that_are_as_few_the_roomiest_is_balanced() {
    // No two hosts alike: too many sets to list. Two hosts do, and most pairs of them only just.
    let hosts = (0..16).map(|k| format!("  h{k}: {{cpu: {}, memory: {}GiB}}\n", 8 + k % 4 * 2, 16 + 3 * k));
    let startups = (0..40).map(|k| {
        let (cpu, memory) = (200 + k * 137 % 700, (2 + k * k % 6) * 512);
        format!("  s{k}: {{containers: {{c: {{cpu: {cpu}m, memory: {memory}MiB}}}}}}\n")
    });
    let (hosts, startups): (String, String) = (hosts.collect(), startups.collect());
    let plan = planned(&format!("goals: [fewest-hosts, balance]\nhosts:\n{hosts}startups:\n{startups}"));
    assert_eq!(plan["status"], "optimal", "{}", plan["goals"]);
    assert_eq!(plan["goals"][0]["value"], 2);
}

#[test]
fn balance_goes_by_the_resources_that_it_names() {
    let lab = "\
hosts:
  a: {cpu: 8, memory: 8GiB, resources: {gpu: 4}}
  b: {cpu: 8, memory: 8GiB, resources: {gpu: 4}}
startups:
  s1..s2: {containers: {app: {cpu: 4, memory: 1GiB, resources: {gpu: 1}}}}
  s3..s4: {containers: {app: {cpu: 0, memory: 2GiB, resources: {gpu: 1}}}}
rules:
  - together: [s1/app, s3/app]
";
    let named = |goals: &str| planned(&format!("{lab}goals: {goals}\n"));
    assert_eq!(held(&named("[{balance: memory}]"), "memory"), [3, 3]);
    assert_eq!(held(&named("[balance]"), "cpu"), [4000, 4000]);
    assert_eq!(held(&named("[{balance: [gpu]}]"), "gpu"), [2, 2]);
    let value = |goals: &str| named(goals)["goals"][0]["value"].clone();
    assert_eq!((value("[{balance: memory}]"), value("[{balance: [gpu, cpu]}]")), (json!(0.375), json!(0.5)));
}

#[test]
fn a_lab_of_named_resources_alone_is_balanced_by_these() {
    let lab = "hosts: {a: {resources: {slots: 4}}, b: {resources: {slots: 4}}}\n\
               startups: {s1..s4: {containers: {app: {resources: {slots: 1}}}}}\ngoals: [balance]\n";
    assert_eq!(held(&planned(lab), "slots"), [2, 2]);
}

/// Where the sets of hosts are too many to list, no fleet that costs as little holds everything on emptier hosts.
#[test]
fn balance_after_the_price_is_bounded_by_the_fleets_that_the_price_allows() {
    let document = classes::unequal_hosts(20, 99, 3, 0).document().replace("[cheapest]", "[cheapest, balance]");
    let plan = planned(&document);
    assert_eq!(plan["goals"][0]["proven"], json!(true));
    let (value, bound) = (plan["goals"][1]["value"].as_f64().unwrap(), plan["goals"][1]["bound"].as_f64().unwrap());
    assert!((0.99 * value..=value).contains(&bound), "{value} [{bound}]");
}

#[test]
fn goals_after_balance_make_no_host_fuller() {
    let now = "placement: {a: [media/*, s1..s4/*], b: [s5..s7/*]}\ngoals: [balance, fewest-moves]\n";
    let plan = planned(&format!("{GPU}{now}"));
    assert_eq!(held(&plan, "memory"), [24, 20, 16]);
    let moves = &plan["goals"][1];
    // Two leave `a`, and go to `c`.
    assert_eq!((&moves["value"], &moves["bound"], &moves["proven"]), (&json!(2), &json!(2), &json!(true)));
}

#[test]
fn what_is_found_and_not_proven_is_said() {
    // 45 containers of unlike sizes, too many to try all, and a host that must be full.
    let mut random = fastrand::Rng::with_seed(5);
    let mut text =
        "hosts: {a: {memory: 64GiB}, b: {memory: 57GiB}, c: {memory: 41GiB}, d: {memory: 23GiB}}\nstartups:\n"
            .to_owned();
    text += "  giant: {containers: {db: {memory: 60GiB, on: a}}}\n";
    for number in 1..=45 {
        text += &format!("  s{number}: {{containers: {{app: {{memory: {}MiB}}}}}}\n", random.u64(300..2900));
    }
    text += "goals: [balance]\n";
    let plan = planned(&text);
    let goal = &plan["goals"][0];
    let (levels, proven) = (goal["levels"].as_array().expect("levels"), goal["levels_proven"].as_u64());
    assert_eq!((levels.len(), &levels[0]), (4, &goal["value"]));
    let sentence = plan["proof"]["sentence"].as_str().expect("a sentence");
    match proven {
        Some(4) => assert!(sentence.starts_with("Proven best. "), "{sentence}"),
        _ => assert!(sentence.contains("the rest found"), "{sentence}"),
    }
    // However it is proven, the three that share the rest are within a percent of each other.
    let level = |place: usize| levels[place].as_f64().expect("a share");
    assert!(level(1) - level(3) < 0.01, "{levels:?}");
}

#[test]
fn what_survives_is_balanced_below_the_fullest_host_too() {
    let mut random = fastrand::Rng::with_seed(8);
    let mut text =
        "hosts: {h: {count: 4, memory: 64GiB}}\nstartups:\n  giant: {containers: {db: {memory: 24GiB}}}\n".to_owned();
    for number in 1..=45 {
        let size = random.u64(500..1300);
        text += &format!("  s{number}: {{containers: {{app: {{memory: {size}MiB}}}}}}\n");
    }
    let plan = planned(&format!("{text}rules: [{{survive: 1}}]\ngoals: [balance]\n"));
    let levels = plan["goals"][0]["levels"].as_array().expect("levels");
    let level = |place: usize| levels[place].as_f64().expect("a share");
    assert!(level(0) < 0.376 && level(1) - level(3) < 0.01, "{levels:?}");
}
