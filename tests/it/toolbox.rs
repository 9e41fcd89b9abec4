//! Which tools are adopted, and when? The command, whole answers asserted.

use crate::support::program::{Ran, asked};

const DOCUMENT: &str = "\
name: Plan
hosts: {nuc: {memory: 8GiB}}
startups: {platform: {containers: {metrics: {memory: 1GiB}, db: {memory: 1GiB}}}}
toolbox:
  monitoring: {title: Monitoring, tools: [Nagios, Prometheus], chosen: Prometheus, with: [Grafana], status: now, runs: platform/metrics}
  ci-cd: {title: CI/CD, tools: [Jenkins, GitLab CI/CD]}
  chat: {tools: [Slack], chosen: Slack, status: next, runs: []}
placement: {nuc: [platform/*]}
";

const NOTE: &str = "note: `platform/db` is in no category of the toolbox: name it under `runs`\n";

fn run(args: &[&str], text: &str) -> (Option<i32>, String, String) {
    let Ran { code, out, err } = asked(args, text);
    (Some(code), out, err)
}

#[test]
fn the_table_has_a_row_for_each_category_with_the_chosen_tool_marked() {
    let (code, out, err) = run(&["toolbox", "-"], DOCUMENT);
    let expected = "\
3 categories: 1 now, 1 next and 1 later

Monitoring  [Prometheus] + Grafana, Nagios  now, platform/metrics
CI/CD       Jenkins, GitLab CI/CD           later
chat        [Slack]                         next, elsewhere
";
    assert_eq!((code, out.as_str(), err.as_str()), (Some(0), expected, NOTE));
}

#[test]
fn markdown_has_two_columns() {
    let (code, out, _) = run(&["toolbox", "-", "--format", "markdown"], DOCUMENT);
    let expected = "\
## Plan

3 categories: 1 now, 1 next and 1 later.

| category | tools |
| --- | --- |
| Monitoring (now, platform/metrics) | **Prometheus** + Grafana, Nagios |
| CI/CD (later) | Jenkins, GitLab CI/CD |
| chat (next, elsewhere) | **Slack** |
";
    assert_eq!((code, out.as_str()), (Some(0), expected));
}

#[test]
fn json_tells_what_is_not_said_from_what_runs_elsewhere() {
    let (_, out, _) = run(&["toolbox", "-", "--format", "json"], DOCUMENT);
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["schema"], "bayplan/toolbox/1");
    assert_eq!(answer["uncategorised"], serde_json::json!(["platform/db"]));
    let runs: Vec<_> = (0..3).map(|row| answer["categories"][row]["runs"].clone()).collect();
    assert_eq!(serde_json::json!(runs), serde_json::json!([["platform/metrics"], null, []]));
}

#[test]
fn check_notes_containers_of_no_category_and_plan_does_not() {
    assert_eq!(run(&["check", "-"], DOCUMENT).2, NOTE);
    assert_eq!(run(&["plan", "-"], DOCUMENT).2, "");
}

#[test]
fn a_document_without_a_toolbox_says_where_to_get_one() {
    let (code, out, err) = run(&["toolbox", "-"], "hosts: {nuc: {memory: 8GiB}}\n");
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert_eq!(err, "error: `-` has no `toolbox`\n\nhelp: `bayplan init --toolbox` writes one to start from\n");
}

#[test]
fn the_starter_has_twelve_categories_and_plans_as_it_is() {
    let (_, document, _) = run(&["init", "--toolbox"], "");
    let (code, out, err) = run(&["toolbox", "-"], &document);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.starts_with("12 categories: 1 now and 11 later\n"), "{out}");
    let (code, _, err) = run(&["plan", "-"], &document);
    assert_eq!((code, err.as_str()), (Some(0), ""));
}

#[test]
fn hostile_names_break_no_format() {
    let hostile = [
        "<script>alert(1)</script>",
        "a | b `c` **d** _e_",
        "quote \\\" and 'single'",
        "\\u202Eright-to-left",
        "😀 emoji",
        "control \\u0007 \\e[31m",
        "line\\nbreak\\r\\n| x |",
        &"x".repeat(60),
    ];
    for name in hostile {
        let document = format!(
            "hosts: {{nuc: {{memory: 1GiB}}}}\ntoolbox: {{a: {{title: \"{name}\", tools: [\"{name}\", other], chosen: \"{name}\", with: \"+{name}\"}}}}\n"
        );
        let (code, out, err) = run(&["toolbox", "-"], &document);
        assert_eq!((code, err.as_str(), out.lines().count()), (Some(0), "", 3), "{name}: {out}");
        assert!(out.chars().all(|c| c == '\n' || !c.is_control()), "{out:?}");
        let (_, out, _) = run(&["toolbox", "-", "--format", "markdown"], &document);
        assert!(!out.contains("<script") && !out.contains('\u{202e}'), "{out}");
        let row = out.lines().last().unwrap().replace("\\|", "");
        assert_eq!((out.lines().count(), row.matches('|').count()), (7, 3), "{out}");
        let (_, out, _) = run(&["toolbox", "-", "--format", "json"], &document);
        let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(answer["categories"][0]["chosen"], answer["categories"][0]["tools"][0]);
    }
}
