//! JSON for programs: exactly the keys that are promised, whole numbers, the same bytes every time.

use crate::support::small;
use bayplan::plan::Outlook;
use bayplan::report::json::{self, Timing};
use serde_json::{Value, json};

fn parsed(text: &str) -> Value {
    assert!(text.ends_with("}\n"), "an answer ends with its line");
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The keys as they stand in the text, which `Value` does not remember.
fn top_keys(text: &str) -> Vec<&str> {
    let lines = text.lines().filter(|line| line.starts_with("  \""));
    lines.filter_map(|line| line.trim_start().strip_prefix('"')?.split_once('"')).map(|(key, _)| key).collect()
}

#[test]
fn a_plan_has_these_keys_in_this_order_and_timing_last() {
    let layout = small::layout();
    let plan = small::feasible(&layout);
    let promised = [
        "schema", "status", "goals", "hosts", "unplaced", "refusals", "why", "remedies", "proof", "class_lp",
        "priority", "room", "rooms",
    ];
    assert_eq!(top_keys(&json::plan(&layout, &plan, None)), promised);
    let timed = json::plan(&layout, &plan, Some(Timing { wall_seconds: 0.25 }));
    assert_eq!(top_keys(&timed).last(), Some(&"timing"));
    assert_eq!(parsed(&timed)["timing"], json!({"wall_seconds": 0.25}));
}

#[test]
fn a_plan_says_amounts_in_base_units() {
    let layout = small::layout();
    let answer = parsed(&json::plan(&layout, &small::feasible(&layout), None));
    assert_eq!(answer["schema"], "bayplan/plan/1");
    assert_eq!(answer["status"], "feasible");
    assert_eq!(
        answer["goals"],
        json!([
            {"name": "fewest-hosts", "value": 2, "bound": 2, "proven": true, "by": "volume"},
            {
                "name": "balance",
                "value": 0.875,
                "bound": 0.75,
                "proven": false,
                "by": "none",
                "levels": [0.875, 0.125],
                "levels_proven": 0,
            },
        ])
    );
    let names: Vec<&Value> = answer["hosts"].as_array().unwrap().iter().map(|host| &host["name"]).collect();
    assert_eq!(names, ["box", "nuc", "spare"], "sorted by name");
    // 6 containers of 250m; 2 x 512 MiB + 3 GiB + 3 x 1 GiB = 7 GiB of 8; limits 2 x 512 MiB + 6 GiB + 3 GiB = 10 GiB.
    assert_eq!(
        answer["hosts"][1],
        json!({
            "name": "nuc",
            "state": "up",
            "containers":
                ["platform/db", "platform/proxy.1", "platform/proxy.2", "s01/app", "s02/app", "s03/app"],
            "used": {"cpu": 1500, "memory": 7_516_192_768_u64},
            "allocatable": {"cpu": 14000, "memory": 8_589_934_592_u64},
            "free": {"cpu": 12500, "memory": 1_073_741_824},
            "utilisation": {"cpu": 1500.0 / 14000.0, "memory": 0.875},
            "limits": {"memory": 10_737_418_240_u64},
        })
    );
    assert_eq!(answer["proof"], json!({"kind": "volume", "sentence": "Not proven best. Memory needs 2 hosts."}));
    assert_eq!(answer["room"], json!({"of": "app", "count": 4, "proven": true}));
    assert_eq!(answer["priority"], Value::Null);
}

#[test]
fn refusals_say_by_how_much() {
    let mut layout = small::layout();
    let plan = small::infeasible(&mut layout);
    let answer = parsed(&json::plan(&layout, &plan, None));
    assert_eq!(answer["status"], "infeasible");
    assert_eq!(answer["unplaced"], json!(["s04/app"]));
    assert_eq!(
        answer["refusals"],
        json!([
            {
                "container": "s04/app", "host": "box", "reason": "apart", "other": "s01/app",
                "message": "must stay apart from `s01/app` (lab.yaml:31)",
            },
            {
                "container": "s04/app", "host": "nuc", "reason": "short", "resource": "memory",
                "requested": 2_147_483_648_u64, "free": 1_073_741_824, "short": 1_073_741_824,
                "message": "short 1 GiB of memory: 1 GiB is free",
            },
            {
                "container": "s04/app", "host": "spare", "reason": "too-small", "resource": "memory",
                "requested": 2_147_483_648_u64, "free": 1_073_741_824, "short": 1_073_741_824,
                "message": "too small: 1 GiB of memory in all",
            },
        ])
    );
}

#[test]
fn a_check_has_the_line_of_each_violation() {
    let mut layout = small::layout();
    layout.lab.hosts[0].allocatable[1] = 6 * small::GIB;
    let uses = small::uses(&layout, &layout.placement.clone().unwrap());
    let text = json::check(
        &layout,
        &layout.placement.clone().unwrap(),
        &uses,
        &[small::over_capacity()],
        &Outlook::default(),
        None,
    );
    assert_eq!(top_keys(&text), ["schema", "valid", "violations", "hosts", "unplaced"]);
    let answer = parsed(&text);
    assert_eq!(answer["schema"], "bayplan/check/1");
    assert_eq!(answer["valid"], false);
    assert_eq!(
        answer["violations"],
        json!([{
            "code": "over-capacity",
            "host": "nuc",
            "containers":
                ["platform/db", "platform/proxy.1", "platform/proxy.2", "s01/app", "s02/app", "s03/app"],
            "resource": "memory",
            "requested": 7_516_192_768_u64,
            "allocatable": 6_442_450_944_u64,
            "at": {"file": "lab.yaml", "line": 12, "column": 8},
            "because": {"file": "lab.yaml", "line": 3, "column": 3},
            "message": "`nuc`: memory asks 7 GiB of 6 GiB allocatable (1 GiB over)",
        }])
    );
    assert_eq!(answer["hosts"][1]["free"]["memory"], -1_073_741_824_i64, "free goes below zero");
}

#[test]
fn a_fit_has_moves_in_order_and_arrivals_with_hosts() {
    let text = json::fit(&small::with_moves(small::layout()), None);
    let promised = [
        "schema",
        "answer",
        "arrivals",
        "hosts",
        "moves",
        "fewest_moves",
        "refusals",
        "why",
        "remedies",
        "left_out",
        "how_many_more",
        "how_many_more_proven",
        "bottleneck",
        "proof",
    ];
    assert_eq!(top_keys(&text), promised);
    let answer = parsed(&text);
    assert_eq!(answer["schema"], "bayplan/fit/1");
    assert_eq!(answer["answer"], "with-moves");
    assert_eq!(answer["arrivals"], json!([{"container": "s04/app", "host": "box"}]));
    assert_eq!(answer["moves"], json!([{"step": 1, "container": "s03/app", "from": "nuc", "to": "spare"}]));
    assert_eq!(answer["how_many_more"], 3);
    assert_eq!(answer["bottleneck"], "memory");
}
