//! Limits as a budget: `limits: {memory: 150%}` on a host.

use serde_json::{Value, json};

use crate::support::program::{Folder, Ran, asked};

/// Two containers that ask for 1 GiB and may burst to 3, on a host of 4 GiB that lets limits add up to 5.
const TWO: &str = "\
hosts: {nuc: {cpu: 4, memory: 5GiB, reserve: {memory: 1GiB}, limits: {memory: 125%}}}
startups:
  a: {containers: {app: {cpu: 1, memory: 1GiB, limit: {memory: 3GiB}}}}
  b: {containers: {app: {cpu: 1, memory: 1GiB, limit: {memory: 3GiB}}}}
";

fn plan(document: &str) -> (Value, i32) {
    let Ran { code, out, err } = asked(&["plan", "-", "--format", "json"], document);
    (serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")), code)
}

#[test]
fn limits_are_a_budget_where_the_host_says_so() {
    let (refused, code) = plan(TWO);
    assert_eq!((code, &refused["why"]["resource"]), (1, &json!("memory limits")), "{refused}");
    for larger in ["150%", "150.0%", "1000%"] {
        assert_eq!(plan(&TWO.replace("125%", larger)).1, 0, "{larger}");
    }
    assert_eq!(plan(&TWO.replace("125%", "149.9%")).1, 1, "6 GiB are more than 149.9 % of 4");
    assert_eq!(plan(&TWO.replace(", limits: {memory: 125%}", "")).1, 0);
    // A container without a limit counts what it asks for.
    assert_eq!(plan(&TWO.replacen(", limit: {memory: 3GiB}", "", 1)).1, 0);
    // Overcommit is another matter.
    assert_eq!(plan(&TWO.replace("limits:", "overcommit: {memory: 2}, limits:")).1, 1);
}

#[test]
fn limits_count_where_they_are_counted_only() {
    let two = TWO.replace("hosts: {", "hosts: {pi: {cpu: 4, memory: 1GiB}, ");
    let (plan, code) = plan(&two);
    assert_eq!(code, 0, "{plan}");
    let host = |name: &str| plan["hosts"].as_array().expect("hosts").iter().find(|host| host["name"] == *name).unwrap();
    assert_eq!(host("nuc")["allocatable"]["memory limits"], json!(5_u64 << 30));
    assert_eq!(host("nuc")["used"]["memory limits"], json!(3_u64 << 30));
    assert_eq!(host("pi")["used"]["memory limits"], Value::Null, "it counts none: {plan}");
}

#[test]
fn each_remedy_of_too_high_limits_holds() {
    let (refused, _) = plan(TWO);
    let remedies = refused["remedies"].as_array().expect("remedies");
    let texts: Vec<&str> = remedies.iter().map(|it| it["text"].as_str().expect("a text")).collect();
    // 4.8 GiB less what is kept times 1.25 are 6.
    for said in [
        "limits of memory 125% -> 150%",
        "reserve memory 1 GiB -> 204 MiB",
        "limit of memory 3 GiB -> 2 GiB",
        "nuc: memory 5 GiB -> 5940 MiB",
    ] {
        assert!(texts.iter().any(|text| text.contains(said)), "{said}: {texts:?}");
    }
    for number in 1..=remedies.len() {
        let folder = Folder::with(&[("lab.yaml", TWO)]);
        let applied = folder.run(&["plan", "lab.yaml", "--apply", &number.to_string(), "-o", "then.yaml"]);
        assert_eq!(applied.code, 0, "{number}: {}{}", applied.out, applied.err);
        assert_eq!(folder.run(&["plan", "then.yaml"]).code, 0, "{number}: {}", folder.read("then.yaml"));
    }
}

#[test]
fn check_says_by_how_much_limits_are_too_high() {
    let placed = format!("{TWO}placement: {{nuc: [a/*, b/*]}}\n");
    let Ran { code, out, .. } = asked(&["check", "-"], &placed);
    assert_eq!(code, 1);
    assert!(out.contains("`nuc`: memory limits add up to 6 GiB of 5 GiB allowed (1 GiB over)"), "{out}");
}

#[test]
fn what_is_no_percentage_is_said_with_its_place() {
    for (wrong, said) in [
        ("125", "`125` is not a percentage"),
        ("-5%", "`-5%` is not a percentage"),
        ("0.00000000001%", "has more digits than are counted"),
        ("1.5", "`1.5` is not a percentage"),
    ] {
        let Ran { code, err, .. } = asked(&["plan", "-"], &TWO.replace("125%", wrong));
        assert_eq!(code, 2, "{wrong}: {err}");
        assert!(err.contains(said) && err.contains(":1:"), "{wrong}: {err}");
    }
    let Ran { code, err, .. } = asked(&["plan", "-"], &TWO.replace("{memory: 125%}", "{gpu: 125%}"));
    assert_eq!(code, 2, "{err}");
    let nothing = TWO.replace("limits: {memory: 125%}", "limits: {disk: 125%}");
    let Ran { code, err, .. } = asked(&["plan", "-"], &nothing);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("of a resource that no host lists: disk"), "{err}");
}
