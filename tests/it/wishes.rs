//! Wishes: what an unmet one costs, where the goal stands, and what is said of it.

use serde_json::{Value, json};

use crate::support::program::{Folder, Ran, asked};

/// Two hosts on shelf a, two on shelf b.
const LAB: &str = "\
hosts:
  a: {count: 2, cpu: 8, memory: 16GiB, labels: {shelf: a}}
  b: {count: 2, cpu: 8, memory: 16GiB, labels: {shelf: b}}
";

fn json_of(args: &[&str], document: &str) -> (Value, i32) {
    let Ran { code, out, err } = asked(&[args, &["--format", "json"]].concat(), document);
    (serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")), code)
}

/// What the wishes cost where six containers stand: `s/db.1` to `s/db.3` on a-1, one on a-2, two on b-1.
fn cost(own: &str, rules: &str) -> (Value, Value) {
    let document = format!(
        "{LAB}startups: {{s: {{containers: {{db: {{cpu: 1, memory: 1GiB, replicas: 6{own}}}}}}}}}\n{rules}\
         placement: {{a-1: [s/db.1, s/db.2, s/db.3], a-2: [s/db.4], b-1: [s/db.5, s/db.6]}}\n"
    );
    let (check, code) = json_of(&["check", "-"], &document);
    assert_eq!((code, &check["valid"]), (0, &json!(true)), "wishes bind nobody: {check}");
    (check["wishes"]["unmet"].clone(), check["wishes"]["list"][0]["message"].clone())
}

#[test]
fn an_unmet_wish_costs_its_weight_for_each_container_that_is_in_its_way() {
    for (own, rules, unmet, message) in [
        (", prefer: {on: {shelf: a}, weight: 5}", "", 10, "`s/db.5` and `s/db.6` are not on `{shelf: a}`"),
        (", prefer: {on: a}", "", 2, "`s/db.5` and `s/db.6` are not on `a`"),
        (", prefer: {apart: host, weight: 3}", "", 9, "`s/db.1`, `s/db.2` and `s/db.3` are all on `a-1`"),
        (", prefer: {apart: shelf}", "", 4, "`s/db.1`, `s/db.2`, `s/db.3` and `s/db.4` are all on `shelf: a`"),
        (
            ", prefer: {spread: host, weight: 2}",
            "",
            2,
            "`s/db.1`, `s/db.2`, `s/db.3`, `s/db.4`, `s/db.5` and `s/db.6` are not spread evenly over hosts: 1 would have to go elsewhere",
        ),
        (
            ", prefer: {spread: {over: host, skew: 2}}",
            "",
            1,
            "`s/db.1`, `s/db.2`, `s/db.3`, `s/db.4`, `s/db.5` and `s/db.6` are not spread evenly over hosts: 1 would have to go elsewhere",
        ),
        (
            "",
            "rules: [{prefer: {together: [s/*], weight: 4}}]\n",
            12,
            "`s/db.4`, `s/db.5` and `s/db.6` are not with the others",
        ),
        (
            "",
            "rules: [{prefer: {at-most: {count: 2, of: [s/*]}, weight: 7}}]\n",
            7,
            "`s/db.1`, `s/db.2` and `s/db.3` are 3 on `a-1`, more than 2",
        ),
    ] {
        assert_eq!(cost(own, rules), (json!(unmet), json!(message)), "{own}{rules}");
    }
}

#[test]
fn the_goal_stands_before_balance_unless_it_is_said_where() {
    let goals = |goals: &str| -> Vec<String> {
        let document = format!(
            "{LAB}startups: {{s: {{containers: {{db: {{cpu: 1, memory: 1GiB, prefer: {{on: b-2}}}}}}}}}}\n{goals}"
        );
        let (plan, _) = json_of(&["plan", "-"], &document);
        assert_eq!(plan["status"], "optimal", "{plan}");
        let names = plan["goals"].as_array().expect("goals").iter().map(|goal| goal["name"].as_str().expect("a name"));
        names.map(str::to_owned).collect()
    };
    assert_eq!(goals(""), ["fewest-hosts", "wishes", "balance"]);
    assert_eq!(goals("goals: [cheapest, balance, fewest-moves]\n"), ["cheapest", "wishes", "balance", "fewest-moves"]);
    assert_eq!(goals("goals: [balance, wishes]\n"), ["balance", "wishes"]);
    assert_eq!(goals("goals: [fewest-moves]\n"), ["fewest-moves", "wishes"]);
    assert_eq!(goals("goals: []\n"), ["wishes"]);
    let (plan, _) =
        json_of(&["plan", "-"], &format!("{LAB}startups: {{s: {{containers: {{db: {{cpu: 1, memory: 0}}}}}}}}\n"));
    assert_eq!((plan["goals"].as_array().map(Vec::len), &plan["wishes"]), (Some(2), &Value::Null), "{plan}");
}

#[test]
fn hosts_that_only_a_wish_tells_apart_are_told_apart() {
    // Any host is as cheap, and as full.
    for goals in ["[cheapest, balance, wishes]", "[fewest-hosts, wishes]", "[balance, wishes, fewest-hosts]"] {
        let document = format!(
            "{LAB}startups: {{s: {{containers: {{db: {{cpu: 1, memory: 1GiB, prefer: [{{on: b-2}}, {{on: b, weight: 2}}]}}}}}}}}\n\
             goals: {goals}\n"
        );
        let (plan, _) = json_of(&["plan", "-"], &document);
        assert_eq!(plan["wishes"], json!({"of": 2, "unmet": 0, "list": []}), "{goals}: {plan}");
        assert_eq!(plan["hosts"][3]["containers"], json!(["s/db"]), "{goals}: {plan}");
    }
}

#[test]
fn what_stands_is_kept_where_nothing_is_better() {
    let document = format!(
        "{LAB}startups: {{s1..s4: {{containers: {{app: {{cpu: 1, memory: 2GiB}}, db: {{cpu: 1, memory: 6GiB}}}}}}}}\n\
         rules: [{{prefer: {{apart: ['*/db']}}}}, {{prefer: {{together: ['*/*'], each: startup}}}}]\n\
         goals: [wishes, balance]\n\
         placement: {{a-1: [s3/*], a-2: [s1/*], b-1: [s4/*], b-2: [s2/*]}}\n"
    );
    let (plan, _) = json_of(&["plan", "-"], &document);
    assert_eq!((&plan["wishes"]["unmet"], &plan["changes"]["move"]), (&json!(0), &json!(0)), "{plan}");
}

#[test]
fn a_startup_to_come_is_wished_for_as_its_stack_and_the_rules_say() {
    let document = format!(
        "{LAB}stacks: {{web: {{db: {{cpu: 1, memory: 1GiB, prefer: {{on: b, weight: 3}}}}}}}}\nstartups: {{s1: web}}\n\
         rules: [{{prefer: {{apart: ['*/db'], weight: 2}}}}]\nplacement: {{b-1: [s1/*]}}\n"
    );
    let (fit, code) = json_of(&["fit", "-", "--stack", "web"], &document);
    assert_eq!((code, &fit["answer"], &fit["wishes"]["of"]), (0, &json!("as-is"), &json!(3)), "{fit}");
    let arrival = fit["arrivals"][0]["host"].as_str().expect("a host").to_owned();
    let unmet = if arrival == "b-1" { 2 } else { 3 };
    assert_eq!(fit["wishes"]["unmet"], if arrival == "b-2" { 0 } else { unmet }, "{fit}");
    let spread = document.replace("placement", "goals: [wishes]\nplacement");
    assert_eq!(json_of(&["fit", "-", "--stack", "web"], &spread).0["arrivals"][0]["host"], "b-2");
}

#[test]
fn compare_says_what_only_one_of_two_meets() {
    let with = |placement: &str| {
        format!(
            "{LAB}startups: {{s: {{containers: {{db: {{cpu: 1, memory: 1GiB, prefer: {{on: b, weight: 3}}}}}}}}}}\n\
             placement: {{{placement}}}\n"
        )
    };
    let folder = Folder::with(&[("a.yaml", &with("a-1: [s/db]")), ("b.yaml", &with("b-1: [s/db]"))]);
    let Ran { out, code, .. } = folder.run(&["compare", "a.yaml", "b.yaml", "--format", "json"]);
    let compared: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(code, 1);
    assert_eq!(compared["unmet"], json!({"a": ["`s/db` is not on `b` (weight 3)"], "b": []}), "{out}");
    let metrics = compared["metrics"].as_array().expect("metrics");
    let metric = metrics.iter().find(|metric| metric["name"] == "wishes").expect("that of wishes");
    assert_eq!((&metric["a"], &metric["b"], &metric["better"]), (&json!(3), &json!(0), &json!("b")), "{metric}");
    assert!(folder.run(&["compare", "a.yaml", "b.yaml"]).out.contains("not met in a alone"));
}

#[test]
fn wishes_of_more_containers_than_can_be_listed_are_refused() {
    let wishes = vec!["{on: a}"; 2_100].join(", ");
    let document = format!(
        "hosts: {{a: {{cpu: 1}}}}\nstacks: {{s: {{c: {{cpu: 0, replicas: 1000, prefer: [{wishes}]}}}}}}\nstartups: {{s1..s10: s}}\n"
    );
    let Ran { code, err, .. } = asked(&["check", "-"], &document);
    assert!(code == 2 && err.contains("wishes speak of more than 20000000 containers in all, the limit"), "{err}");
}

#[test]
fn the_roadmap_says_what_is_not_met_in_each_phase() {
    let wish = |shelf: &str, weight: u8| format!("prefer: {{on: {{shelf: {shelf}}}, weight: {weight}}}");
    let document = format!(
        "phases: {{now: {{}}, later: '2027-01-01'}}\n\
         hosts:\n  a: {{memory: 16GiB, labels: {{shelf: a}}}}\n  b: {{memory: 16GiB, labels: {{shelf: b}}}}\n\
         startups:\n  s: {{containers: {{web: {{memory: 10GiB, {}}}, db: {{memory: 8GiB, {}}}}}}}\n  \
         t: {{from: later, containers: {{web: {{memory: 1GiB, {}}}}}}}\n",
        wish("a", 3),
        wish("a", 2),
        wish("b", 1)
    );
    let (roadmap, code) = json_of(&["roadmap", "-"], &document);
    let said = |phase: usize| {
        (roadmap["phases"][phase]["wishes"]["of"].clone(), roadmap["phases"][phase]["wishes"]["unmet"].clone())
    };
    assert_eq!((code, said(0), said(1)), (0, (json!(2), json!(2)), (json!(3), json!(2))), "{roadmap}");
    let text = asked(&["roadmap", "-"], &document).out;
    assert!(text.contains("wishes  1 of 3 not met, weight 2"), "{text}");
}

#[test]
fn a_wish_that_is_unmet_in_two_places_is_one_wish() {
    let (hosts, db) = ("hosts: {a: {memory: 8GiB}, b: {memory: 8GiB}}", "containers: {db: {memory: 4GiB}}");
    let document = format!(
        "phases: {{now: {{}}, later: '2027-01-01'}}\n{hosts}\nstartups: {{s1..s4: {{{db}}}}}\n\
         rules: [{{prefer: {{apart: ['*/db']}}}}]\nplacement: {{a: [s1/db, s2/db], b: [s3/db, s4/db]}}\n"
    );
    let text = asked(&["roadmap", "-"], &document).out;
    assert!(text.contains("wishes  1 of 1 not met, weight 2"), "{text}");
}
