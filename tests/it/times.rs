//! Times of the day: every one must fit.

use serde_json::{Value, json};

use crate::support::program::{Folder, Ran, asked};

/// By day the shop, at night the report: each alone fills the host.
const TWO: &str = "\
times: [day, night]
hosts: {nuc: {cpu: 4, memory: 4GiB}}
startups:
  shop: {containers: {web: {cpu: 1, memory: {day: 3GiB, night: 1GiB}}}}
  nightly: {containers: {report: {cpu: 1, memory: {day: 1GiB, night: 3GiB}}}}
";

fn json_of(args: &[&str], document: &str) -> (Value, i32) {
    let Ran { code, out, err } = asked(&[args, &["--format", "json"]].concat(), document);
    (serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")), code)
}

#[test]
fn every_time_must_fit_and_none_more() {
    let (plan, code) = json_of(&["plan", "-"], TWO);
    assert_eq!(code, 0, "the sum of the largest would be 6 GiB of 4: {plan}");
    let used = &plan["hosts"][0]["used"];
    assert_eq!((&used["memory"], &used["memory (night)"]), (&json!(4_u64 << 30), &json!(4_u64 << 30)), "{plan}");
    let (_, code) = json_of(&["plan", "-"], &TWO.replace("night: 3GiB", "night: 3073MiB"));
    assert_eq!(code, 1, "at night it is a MiB too much");
    let (_, code) = json_of(&["plan", "-"], &TWO.replace("{day: 1GiB, night: 3GiB}", "3GiB"));
    assert_eq!(code, 1, "one amount is that of all times");
}

#[test]
fn each_remedy_of_a_night_that_does_not_fit_holds() {
    let night = TWO.replace("night: 3GiB", "night: 3500MiB");
    let Ran { out, .. } = asked(&["plan", "-"], &night);
    assert!(out.contains("memory (night)"), "{out}");
    let (refused, code) = json_of(&["plan", "-"], &night);
    assert_eq!((code, &refused["why"]["resource"]), (1, &json!("memory (night)")), "{refused}");
    let remedies = refused["remedies"].as_array().expect("remedies");
    assert!(remedies.len() > 3, "{refused}");
    for number in 1..=remedies.len() {
        let folder = Folder::with(&[("lab.yaml", &night)]);
        let applied = folder.run(&["plan", "lab.yaml", "--apply", &number.to_string(), "-o", "then.yaml"]);
        assert_eq!(applied.code, 0, "{number}: {}{}", applied.out, applied.err);
        let then = folder.run(&["plan", "then.yaml"]);
        assert_eq!(then.code, 0, "{number}: {}{}{}", folder.read("then.yaml"), then.out, then.err);
    }
    // Who asks for less does so at night alone.
    let report = remedies.iter().find(|it| it["kind"] == "request").expect("one asks for less");
    let memory = &report["change"]["startups"]["nightly"]["containers"]["report"]["memory"];
    assert_eq!(*memory, json!({"day": "1GiB", "night": "3GiB"}), "{report}");
}

#[test]
fn what_grows_does_at_all_times() {
    let loose = TWO.replace("memory: 4GiB", "memory: 8GiB");
    let (then, code) = json_of(&["what-if", "-", "--grow", "nightly/report", "memory=+100%"], &loose);
    assert_eq!(code, 0, "{then}");
    let used = &then["plan"]["hosts"][0]["used"];
    assert_eq!((&used["memory"], &used["memory (night)"]), (&json!(5_u64 << 30), &json!(7_u64 << 30)), "{then}");
}

#[test]
fn times_and_phases_are_told_apart() {
    let both = TWO
        .replace("times:", "phases: {now: {}, later: 2027-01-01}\ntimes:")
        .replace("{day: 1GiB, night: 3GiB}", "{now: {day: 1GiB, night: 2GiB}, later: {day: 0, night: 3GiB}}");
    let (plan, code) = json_of(&["plan", "-"], &both);
    assert_eq!((code, &plan["hosts"][0]["used"]["memory (night)"]), (0, &json!(3_u64 << 30)), "{plan}");
    let (plan, _) = json_of(&["plan", "-", "--phase", "later"], &both);
    assert_eq!(plan["hosts"][0]["used"]["memory (night)"], json!(4_u64 << 30), "{plan}");
}

#[test]
fn what_was_observed_may_differ_by_time() {
    let observed = TWO.replace("night: 3GiB}}", "night: 3GiB}, observed: {memory: {day: 100MiB, night: 2GiB}}}");
    let (plan, code) = json_of(&["plan", "-", "--use", "observed"], &observed);
    assert_eq!((code, &plan["hosts"][0]["used"]["memory (night)"]), (0, &json!(3_u64 << 30)), "{plan}");
    assert_eq!(plan["hosts"][0]["used"]["memory"], json!((3_u64 << 30) + (100 << 20)), "{plan}");
}

#[test]
fn wrong_times_are_said_with_their_place() {
    for (from, to, said) in [
        ("night: 1GiB", "evening: 1GiB", "there is no time `evening`"),
        (", night: 1GiB", "", "`memory` does not say how much it is at the time `night`"),
        ("[day, night]", "[day, day]", "the time `day` stands there twice"),
        ("times: [day, night]\n", "", "there is no time `day`"),
        ("memory: 4GiB", "memory: {day: 4GiB, night: 2GiB}", "hosts have the same at all times"),
        ("[day, night]", "[day, night, a, b, c, d, e, f, g, h, i, j, k]", "more than 12 times"),
    ] {
        let Ran { code, err, .. } = asked(&["plan", "-"], &TWO.replace(from, to));
        assert_eq!(code, 2, "{said}: {err}");
        assert!(err.contains(said), "{said}: {err}");
    }
    let phases = TWO.replace("times:", "phases: {day: {}}\ntimes:");
    let Ran { code, err, .. } = asked(&["plan", "-"], &phases);
    assert!(code == 2 && err.contains("`day` is a phase, too"), "{err}");
}

/// A map that says the same at all times is one amount, and a full night shows in what is summed up.
#[test]
fn the_fullest_time_is_summed_up_and_equal_times_are_one() {
    let equal =
        TWO.replace("{day: 3GiB, night: 1GiB}", "{day: 1GiB, night: 1GiB}").replace("{day: 1GiB, night: 3GiB}", "1GiB");
    let (plan, _) = json_of(&["plan", "-"], &equal);
    assert_eq!(plan["hosts"][0]["used"], json!({"cpu": 2000, "memory": 2_u64 << 30}), "{plan}");
    let night =
        TWO.replace("{day: 3GiB, night: 1GiB}", "1GiB").replace("{day: 1GiB, night: 3GiB}", "{day: 0, night: 3GiB}");
    let Ran { out, .. } = asked(&["plan", "-", "--summary"], &night);
    let line = out.lines().find(|line| line.trim_start().starts_with("nuc")).expect("a line");
    assert!(line.contains("100 %"), "by day it is 25 %: {out}");
}
