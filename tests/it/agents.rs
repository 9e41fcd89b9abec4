//! One on every host: agents come with a host, go with it, and are counted before anything else.

use serde_json::{Value, json};

use crate::support::program::{Ran, asked};

/// A large host and three small ones, with an agent of 256 MiB on each.
const LAB: &str = "\
hosts:
  nuc: {cpu: 8, memory: 8GiB, labels: {arch: amd64}}
  pi: {count: 3, cpu: 4, memory: 2GiB, labels: {arch: arm64}}
";
const AGENT: &str = "  monitoring: {containers: {exporter: {cpu: 100m, memory: 256MiB, every: host}}}\n";

fn json_of(args: &[&str], document: &str) -> (Value, i32) {
    let Ran { code, out, err } = asked(&[args, &["--format", "json"]].concat(), document);
    (serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")), code)
}

fn host<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let hosts = answer["hosts"].as_array().expect("hosts").iter();
    hosts.into_iter().find(|host| host["name"] == name).expect("a host")
}

fn document(startups: &str, rest: &str) -> String {
    format!("{LAB}startups:\n{AGENT}{startups}{rest}")
}

#[test]
fn what_an_agent_asks_for_is_taken_off_each_host_and_opens_none() {
    let app = "  s01: {containers: {app: {cpu: 1, memory: 1.75GiB, on: pi}}}\n";
    let (plan, code) = json_of(&["plan", "-"], &document(app, ""));
    assert_eq!((code, &plan["goals"][0]["value"]), (0, &json!(1)), "{plan}");
    for name in ["nuc", "pi-1", "pi-2", "pi-3"] {
        assert_eq!(host(&plan, name)["agents"], json!([format!("monitoring/exporter@{name}")]), "{plan}");
    }
    assert_eq!(host(&plan, "pi-2")["used"], json!({"cpu": 100, "memory": 268_435_456}), "an empty one: {plan}");
    assert_eq!(plan["goals"][1]["value"], json!(1.0), "{plan}");
    let larger = "  s01: {containers: {app: {cpu: 1, memory: 1793MiB, on: pi}}}\n";
    let (plan, code) = json_of(&["plan", "-"], &document(larger, ""));
    assert_eq!((code, &plan["status"]), (1, &json!("infeasible")), "{plan}");
}

#[test]
fn agents_that_are_too_much_for_a_host_are_named_with_it_and_what_helps() {
    let startups = "  monitoring: {containers: {exporter: {cpu: 0, memory: 1.2GiB, every: {arch: arm64}}}}\n";
    let lab = LAB.replace("memory: 2GiB", "memory: 1GiB");
    let text = format!("{lab}startups:\n{startups}  s01: {{containers: {{app: {{cpu: 1, memory: 1GiB}}}}}}\n");
    let (plan, code) = json_of(&["plan", "-"], &text);
    let said = "Proven: the agents on pi-1 need 1.2 GiB of its 1 GiB of memory (`monitoring/exporter`).";
    assert_eq!((code, &plan["proof"]["sentence"]), (1, &json!(said)), "{plan}");
    assert_eq!(plan["why"]["blame"], "agents", "{plan}");
    let kinds: Vec<&Value> = plan["remedies"].as_array().expect("remedies").iter().map(|it| &it["kind"]).collect();
    for kind in ["capacity", "request"] {
        assert!(kinds.iter().any(|it| **it == kind), "{kind} among {plan}");
    }
    let (checked, code) = json_of(&["check", "-"], &format!("{text}placement: {{nuc: [s01/app]}}\n"));
    assert_eq!((code, &checked["violations"][0]["code"]), (1, &json!("agents")), "{checked}");
    assert_eq!(checked["violations"].as_array().map(Vec::len), Some(3), "one on each: {checked}");
}

#[test]
fn an_agent_that_comes_makes_room_for_itself_on_every_host() {
    let app = "  s01: {containers: {app: {cpu: 1, memory: 2GiB}}}\nplacement: {pi-1: [s01/app]}\n";
    let text = document(app, "");
    let (fit, code) = json_of(&["fit", "-", "--startup", "monitoring"], &text);
    assert_eq!((code, &fit["answer"]), (0, &json!("with-moves")), "{fit}");
    assert_eq!(fit["moves"].as_array().map(Vec::len), Some(1), "{fit}");
    assert_eq!(host(&fit, "nuc")["containers"], json!(["s01/app"]), "{fit}");
    let full = text.replace("memory: 8GiB", "memory: 2GiB").replace("cpu: 8", "cpu: 4");
    let (fit, code) = json_of(&["fit", "-", "--startup", "monitoring"], &full);
    assert_eq!((code, &fit["answer"]), (1, &json!("no")), "{fit}");
}

#[test]
fn a_startup_that_is_left_out_has_no_agents() {
    let two = concat!(
        "  big: {priority: 5, containers: {app: {cpu: 1, memory: 7.75GiB}}}\n",
        "  small: {containers: {app: {cpu: 0, memory: 100MiB, on: nuc}, agent: {cpu: 0, memory: 256MiB, every: nuc}}}\n",
    );
    let (plan, code) = json_of(&["plan", "-", "--partial"], &document(two, ""));
    assert_eq!((code, &plan["unplaced"]), (1, &json!(["small/app"])), "{plan}");
    assert_eq!(host(&plan, "nuc")["agents"], json!(["monitoring/exporter@nuc"]), "{plan}");
    assert_eq!(plan["priority"]["bound"], json!(6), "{plan}");
    let placed = document(two, "placement: {nuc: [big/app]}\n");
    let (checked, _) = json_of(&["check", "-"], &placed);
    let codes: Vec<&Value> = checked["violations"].as_array().expect("some").iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, ["unplaced"], "{checked}");
}

#[test]
fn hosts_that_come_have_their_agents_and_those_that_go_take_them_along() {
    let app =
        "  s01: {containers: {app: {cpu: 1, memory: 1GiB}}}\nrules: [{survive: 1}]\nplacement: {pi-1: [s01/app]}\n";
    let text = document(app, "");
    let (checked, code) = json_of(&["check", "-"], &text);
    assert_eq!((code, &checked["survival"]["holds"]), (0, &json!(true)), "{checked}");
    let losses = checked["survival"]["losses"].to_string();
    assert!(!losses.contains("exporter"), "no agent is lost: {losses}");
    let (then, code) = json_of(&["what-if", "-", "--lose", "pi-1", "--add-host", "pi=1"], &text);
    assert_eq!(code, 0, "{then}");
    assert_eq!(host(&then["plan"], "pi-new-1")["agents"], json!(["monitoring/exporter@pi-new-1"]), "{then}");
    assert!(!then.to_string().contains("exporter@pi-1"), "{then}");
    // An agent of labels comes with those that carry them.
    let labelled = text.replace("every: host", "every: {arch: amd64}");
    let (then, _) = json_of(&["what-if", "-", "--add-host", "pi=1", "--add-host", "nuc=1"], &labelled);
    assert_eq!(host(&then["plan"], "pi-new-1")["agents"], Value::Null, "{then}");
    assert_eq!(host(&then["plan"], "nuc-new-1")["agents"], json!(["monitoring/exporter@nuc-new-1"]), "{then}");
}

#[test]
fn a_host_that_is_drained_or_planned_has_agents_or_none() {
    let lab = "\
hosts:
  nuc: {memory: 8GiB}
  old: {memory: 2GiB, state: drain}
  new: {memory: 2GiB, state: planned}
startups:
  monitoring: {containers: {exporter: {memory: 256MiB, every: host}}}
  s01: {containers: {app: {memory: 2GiB}}}
placement: {old: [s01/app]}
";
    let (checked, code) = json_of(&["check", "-"], lab);
    assert_eq!((code, &checked["violations"][0]["code"]), (1, &json!("over-capacity")), "{checked}");
    assert_eq!(host(&checked, "new")["agents"], Value::Null, "{checked}");
    let (plan, _) = json_of(&["plan", "-", "--planned"], lab);
    assert_eq!(host(&plan, "new")["agents"], json!(["monitoring/exporter@new"]), "{plan}");
}

#[test]
fn phases_have_the_agents_that_are_there() {
    let text = "\
phases: {now: {title: Now}, later: 2030-01-01}
hosts: {nuc: {memory: 4GiB}, pi: {memory: 2GiB, from: later}}
startups:
  s01: {containers: {app: {memory: 4GiB}, agent: {memory: 1GiB, every: host, from: later}}}
";
    let (road, code) = json_of(&["roadmap", "-"], text);
    assert_eq!((code, &road["first_misfit"]), (1, &json!("later")), "{road}");
    let (road, code) = json_of(&["roadmap", "-"], &text.replace("memory: 4GiB}, agent", "memory: 3GiB}, agent"));
    assert_eq!(code, 0, "{road}");
    assert_eq!(host(&road["phases"][0], "nuc")["agents"], Value::Null, "{road}");
    assert_eq!(host(&road["phases"][1], "pi")["agents"], json!(["s01/agent@pi"]), "{road}");
}

#[test]
fn pictures_have_a_block_for_each_agent_on_its_host() {
    let app = "  s01: {containers: {app: {cpu: 1, memory: 1GiB, needs: monitoring/exporter}}}\n";
    let text = document(app, "placement: {nuc: [s01/app]}\n");
    for format in ["svg", "html", "mmd", "dot", "txt"] {
        let Ran { code, out, err } = asked(&["draw", "-", "--links", "--as", format], &text);
        assert_eq!(code, 0, "{err}");
        let name = if format == "mmd" { "1 agent" } else { "exporter@nuc" };
        assert!(out.contains(name), "{format}: {out}");
    }
}

#[test]
fn patterns_pass_agents_by_and_placements_may_name_them() {
    let app = "  s01: {containers: {app: {cpu: 1, memory: 1GiB}, db: {cpu: 1, memory: 1GiB}, agent: {cpu: 0, memory: 0, every: host}}}\n";
    let rest = "rules: [{together: ['*/*']}]\nplacement: {nuc: ['*', monitoring/exporter@nuc], pi-1: [monitoring/*]}\n";
    let (checked, code) = json_of(&["check", "-"], &document(app, rest));
    assert_eq!((code, &checked["valid"]), (0, &json!(true)), "{checked}");
}

/// What may stop with its host leaves its agents on the other hosts: their room is not to be had.
#[test]
fn agents_run_on_where_their_startup_stops() {
    let lab = |b: u64| {
        format!(
            "hosts: {{a: {{memory: 8GiB}}, b: {{memory: {b}GiB}}}}
startups:
  s: {{containers: {{x: {{memory: 1GiB}}, ag: {{memory: 1GiB, every: host}}}}}}
  t: {{containers: {{y: {{memory: 2GiB}}}}}}
rules: [{{survive: 1, except: [s/x]}}]
placement: {{a: [s/x, t/y]}}
"
        )
    };
    for (memory, code) in [(2, 1), (3, 0)] {
        let said = asked(&["check", "-"], &lab(memory));
        assert_eq!(said.code, code, "{}{}", said.out, said.err);
        let planned = asked(&["plan", "-"], &lab(memory));
        assert_eq!(planned.code, code, "{}{}", planned.out, planned.err);
    }
}

#[test]
fn agents_grow_all_or_not_at_all() {
    let text = document("  s01: {containers: {app: {cpu: 1, memory: 1GiB}}}\n", "placement: {nuc: [s01/app]}\n");
    for one in ["monitoring/exporter@nuc", "monitoring/exporter@nowhere"] {
        let Ran { code, err, .. } = asked(&["what-if", "-", "--grow", one, "memory=+1MiB"], &text);
        let said = "names one of `monitoring/exporter` only, which asks for the same on every host";
        assert!(code == 2 && err.contains(said) && err.contains("write `monitoring/exporter`"), "{code} {err}");
    }
}

#[test]
fn a_host_that_is_emptied_goes_with_its_agents_however_large_they_grow() {
    let text = document("  s01: {containers: {app: {cpu: 1, memory: 1GiB}}}\n", "placement: {pi-1: [s01/app]}\n");
    let grows = ["--grow", "monitoring/exporter", "memory=+2GiB"];
    let drained = ["--drain", "pi-1", "--drain", "pi-2", "--drain", "pi-3"];
    let (then, code) = json_of(&[&["what-if", "-"], &drained[..], &grows].concat(), &text);
    let metrics = then["comparison"]["metrics"].as_array().expect("metrics");
    let broken = metrics.iter().find(|metric| metric["name"] == "violations").expect("violations");
    assert_eq!((code, &broken["b"]), (0, &json!(0)), "{then}");
}

#[test]
fn agents_of_a_later_phase_are_not_there_yet() {
    let text = "\
phases: {now: {title: Now}, later: 2030-01-01}
hosts: {nuc: {cpu: 8, memory: 8GiB}}
startups:
  s01: {containers: {app: {cpu: 1, memory: 4GiB}, agent: {cpu: 0, memory: 1GiB, every: host, from: later}}}
  monitoring: {from: later, containers: {exporter: {cpu: 0, memory: 1GiB, every: host}}}
placement: {nuc: [s01/app]}
";
    let (road, code) = json_of(&["roadmap", "-"], text);
    assert_eq!(code, 0, "{road}");
    for thing in ["comes", "goes"] {
        let first = &road["phases"][0][thing];
        assert_eq!((&first["startups"], &first["agents"]), (&json!([]), &Value::Null), "{thing}: {road}");
    }
    assert_eq!(road["phases"][1]["comes"]["agents"], json!(["s01/agent"]), "{road}");
    let Ran { out, .. } = asked(&["draw", "-", "--as", "txt"], text);
    assert!(out.contains("4 of 8 GiB · 50 %") && out.contains("2 later"), "{out}");
}
