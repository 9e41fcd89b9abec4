//! The command line as a person or a script meets it: exit codes, formats, files, pipes, refusals.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::support::program::{Folder, Ran, asked, piped, ran};
use serde_json::Value;

/// Three apps of 1 GiB: two on `a`, one on `b`.
const DOCUMENT: &str = "\
hosts:
  a: {cpu: 2, memory: 2GiB}
  b: {cpu: 2, memory: 2GiB}
stacks:
  app: {web: {cpu: 500m, memory: 1GiB}}
startups:
  s1..s3: app
placement:
  a: [s1/web, s2/web]
  b: [s3/web]
";

/// Five apps do not fit.
const TOO_MUCH: &str = "\
hosts:
  a: {memory: 2GiB}
  b: {memory: 2GiB}
stacks:
  app: {web: {memory: 1GiB}}
startups:
  s1..s5: app
";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

#[test]
fn a_plan_is_0_and_goes_to_standard_output() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    let ran = folder.run(&["plan", "d.yaml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("3 containers of 3 startups on 2 of 2 hosts\n"), "{}", ran.out);
    assert!(ran.out.contains("Proven best."), "{}", ran.out);
    assert_eq!(ran.err, "");
}

#[test]
fn what_does_not_fit_is_1_with_the_whole_answer() {
    let folder = Folder::with(&[("d.yaml", TOO_MUCH)]);
    let ran = folder.run(&["plan", "d.yaml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.starts_with("no: 5 containers of 5 startups cannot all be placed."), "{}", ran.out);
    assert!(ran.out.contains("the most that fits, proven: 4 of 5 startups (priority 4 of 5)"), "{}", ran.out);

    let ran = folder.run(&["plan", "d.yaml", "--format", "json"]);
    assert_eq!(ran.code, 1);
    let answer = json(&ran.out);
    assert_eq!(answer["status"], "infeasible");
    assert_eq!(answer["unplaced"].as_array().unwrap().len(), 1);
    assert_eq!(answer["refusals"].as_array().unwrap().len(), 2, "both hosts say why");
}

#[test]
fn a_partial_plan_that_leaves_something_out_is_1() {
    let folder = Folder::with(&[("d.yaml", TOO_MUCH), ("enough.yaml", DOCUMENT)]);
    let ran = folder.run(&["plan", "d.yaml", "--partial"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("4 of 5 startups"), "{}", ran.out);
    assert!(ran.out.contains("not placed"), "{}", ran.out);
    assert_eq!(folder.run(&["plan", "enough.yaml", "--partial"]).code, 0);
}

#[test]
fn a_check_is_0_for_a_valid_and_1_for_a_broken_or_incomplete_placement() {
    let broken = DOCUMENT.replace("a: [s1/web, s2/web]\n  b: [s3/web]", "a: [s1..s3/web]");
    let incomplete = DOCUMENT.replace("  b: [s3/web]\n", "");
    let folder = Folder::with(&[("d.yaml", DOCUMENT), ("broken.yaml", &broken), ("incomplete.yaml", &incomplete)]);
    let ran = folder.run(&["check", "d.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert!(ran.out.starts_with("valid: 3 containers of 3 startups on 2 of 2 hosts\n"), "{}", ran.out);

    let ran = folder.run(&["check", "broken.yaml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.starts_with("invalid: 1 violation; 3 containers of 3 startups on 1 of 2 hosts\n"), "{}", ran.out);
    assert!(ran.out.contains("broken.yaml:"), "{}", ran.out);
    assert!(ran.out.contains("`a`: memory asks 3 GiB of 2 GiB allocatable (1 GiB over)"), "{}", ran.out);

    let ran = folder.run(&["check", "incomplete.yaml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.starts_with("incomplete: 1 container not placed, no rule broken"), "{}", ran.out);
}

#[test]
fn a_document_without_a_placement_checks_as_incomplete() {
    let folder = Folder::with(&[("d.yaml", TOO_MUCH)]);
    let ran = folder.run(&["check", "d.yaml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("incomplete: 5 containers not placed"), "{}", ran.out);
}

#[test]
fn a_fit_is_0_while_there_is_room_and_1_when_there_is_none() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    let ran = folder.run(&["fit", "d.yaml", "--stack", "app"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("yes: `app-new-1` fits as things stand\n"), "{}", ran.out);
    let ran = folder.run(&["fit", "d.yaml", "--stack", "app", "--count", "2"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.starts_with("no: `app-new-1` and `app-new-2` do not fit, whatever moves."), "{}", ran.out);
}

#[test]
fn a_fit_asks_about_one_thing_only() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    for args in [
        &["fit", "d.yaml"][..],
        &["fit", "d.yaml", "--stack", "app", "--startup", "s1"],
        &["fit", "d.yaml", "--startup", "s1", "--count", "2"],
        &["fit", "d.yaml", "--stack", "app", "--count", "0"],
    ] {
        let ran = folder.run(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert_eq!(ran.out, "");
        assert!(ran.err.contains("Usage") || ran.err.contains("--count"), "{}", ran.err);
    }
}

#[test]
fn of_a_startup_that_is_placed_in_part_it_is_said_how_much_is_and_what_places_the_rest() {
    let partly = "hosts: {a: {memory: 4GiB}}\nstartups: {s: {containers: {c: {memory: 1MiB, replicas: 3}, d: {memory: 1MiB}}}}\n\
                  placement: {a: [s/c.1, s/d]}\n";
    let folder = Folder::with(&[("d.yaml", partly)]);
    let ran = folder.run(&["fit", "d.yaml", "--startup", "s"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let said = "error: 2 of the 4 containers of startup `s` are placed already\n\nhelp: `bayplan plan d.yaml --keep` places the \
                others and moves nothing\n";
    assert_eq!(ran.err, said);
    assert_eq!(folder.run(&["plan", "d.yaml", "--keep"]).code, 0);
}

const CARRIES: &str = "\
hosts: {a: {memory: 8GiB, cpu: 8}}
startups:
  box: {containers: {c: {memory: content, cpu: 4, carries: {reserve: {memory: 1GiB}}}}}
  s: {containers: {c: {memory: 1GiB, cpu: 1, inside: box/c}}}
placement: {a: [box/c], box/c: [s/c]}
";

#[test]
fn every_error_about_an_option_says_what_helps() {
    let folder = Folder::with(&[("d.yaml", CARRIES), ("c.yml", "services: {a: {image: x}}\n"), ("now.json", "{}")]);
    for args in [
        "fit d.yaml --startup s",
        "fit d.yaml --startup box",
        "plan d.yaml --proof -",
        "plan d.yaml --save -",
        "plan d.yaml --save x.yaml --proof x.yaml",
        "plan d.yaml --save x.yaml -o x.yaml",
        "plan d.yaml --proof x.yaml -o x.yaml",
        "plan d.yaml -o .",
        "plan d.yaml -o nowhere/x.yaml",
        "plan d.yaml --apply 1",
        "check d.yaml --proof now.json",
        "check d.yaml --survive zone",
        "check d.yaml --survive 5",
        "draw d.yaml --slide",
        "roadmap d.yaml",
        "import compose",
        "import compose c.yml -o X --report X",
        "import compose c.yml --report -",
        "import compose c.yml --inside x=c.yml",
        "what-if d.yaml --lose b",
        "what-if d.yaml --grow box/c memory",
        "what-if d.yaml --grow box/c memory=+1GiB",
        "what-if d.yaml --grow box/c disk=+1GiB",
        "drift d.yaml --actual c.yml",
        "drift d.yaml --actual c.yml --startup x",
        "rightsize d.yaml --from c.yml",
    ] {
        let ran = folder.run(&args.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, 2, "{args}: {ran:?}");
        let help = ran.err.lines().find_map(|line| line.trim_start_matches([' ', '|', '=']).strip_prefix("help: "));
        assert!(help.is_some_and(|help| !help.is_empty()), "{args}: {}", ran.err);
    }
    assert!(!folder.path("X").exists());
}

#[test]
fn what_is_as_large_as_what_it_holds_grows_with_that_alone() {
    let folder = Folder::with(&[("d.yaml", CARRIES)]);
    let used = |pattern: &str, change: &str| -> u64 {
        let ran = folder.run(&["what-if", "d.yaml", "--grow", pattern, change, "--format", "json", "--no-timing"]);
        let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
        json["plan"]["hosts"][0]["used"]["memory"].as_u64().unwrap_or_else(|| panic!("{ran:?}"))
    };
    assert_eq!(used("s/c", "memory=+1GiB"), 3 << 30);
    assert_eq!(used("*/*", "memory=+1GiB"), 3 << 30);
    let alone = folder.run(&["what-if", "d.yaml", "--grow", "box/c", "memory=+1GiB"]);
    assert!(alone.err.contains("`box/c` asks for as much memory as it holds"), "{alone:?}");
}

#[test]
fn a_fit_names_what_is_unknown_or_placed_already() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    let ran = folder.run(&["fit", "d.yaml", "--startup", "s1"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(ran.err, "error: startup `s1` is placed already\n\nhelp: for one more like it ask with `--stack app`\n");
    for args in [["--startup", "s9"], ["--stack", "ap"], ["--add", "missing.yaml"]] {
        let ran = folder.run(&["fit", "d.yaml", args[0], args[1]]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains(args[1]), "{}", ran.err);
    }
}

#[test]
fn a_fit_takes_the_startups_of_another_document() {
    let more = "startups:\n  extra: {containers: {job: {cpu: 100m, memory: 512MiB}}}\n";
    let folder = Folder::with(&[("d.yaml", DOCUMENT), ("more.yaml", more)]);
    let ran = folder.run(&["fit", "d.yaml", "--add", "more.yaml", "--format", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(json(&ran.out)["arrivals"][0]["container"], "extra/job");
    let ran = piped(folder.bayplan(&["fit", "d.yaml", "--add", "-"]), more);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_fit_on_a_placement_with_violations_is_an_error_that_says_so() {
    let broken = DOCUMENT.replace("a: [s1/web, s2/web]\n  b: [s3/web]", "a: [s1..s3/web]");
    let folder = Folder::with(&[("d.yaml", &broken)]);
    let ran = folder.run(&["fit", "d.yaml", "--stack", "app"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.starts_with("error: the placement has 1 violation of its own\n"), "{}", ran.err);
    assert!(ran.err.contains("bayplan check d.yaml"), "{}", ran.err);
}

#[test]
fn a_comparison_is_0_when_nothing_differs_and_1_when_something_does() {
    let other = DOCUMENT.replace("a: [s1/web, s2/web]\n  b: [s3/web]", "a: [s1/web]\n  b: [s2/web, s3/web]");
    let folder = Folder::with(&[("d.yaml", DOCUMENT), ("other.yaml", &other)]);
    assert_eq!(folder.run(&["compare", "d.yaml", "d.yaml"]).code, 0);
    let ran = folder.run(&["compare", "d.yaml", "other.yaml", "--format", "json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let answer = json(&ran.out);
    assert_eq!(answer["schema"], "bayplan/compare/1");
    assert_eq!(answer["moved"][0]["container"], "s2/web");
}

#[test]
fn a_comparison_plans_what_has_no_placement_and_says_so() {
    let unplaced = DOCUMENT.split("placement:").next().unwrap();
    let folder = Folder::with(&[("d.yaml", DOCUMENT), ("bare.yaml", unplaced)]);
    let ran = folder.run(&["compare", "d.yaml", "bare.yaml"]);
    assert!(ran.err.contains("note: `bare.yaml` has no placement; it was planned"), "{}", ran.err);
    let ran = folder.run(&["compare", "d.yaml", "bare.yaml", "--quiet"]);
    assert_eq!(ran.err, "");
}

#[test]
fn a_comparison_of_an_unknown_stack_is_an_error() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    let ran = folder.run(&["compare", "d.yaml", "d.yaml", "--stack", "nope"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("nope"), "{}", ran.err);
}

#[test]
fn standard_input_is_a_dash_and_read_once_only() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    for args in [&["plan", "-"][..], &["check", "-"], &["fit", "-", "--stack", "app"], &["compare", "-", "d.yaml"]] {
        let ran = piped(folder.bayplan(args), DOCUMENT);
        assert_eq!(ran.code, 0, "{args:?} {ran:?}");
    }
    for args in [&["compare", "-", "-"][..], &["fit", "-", "--add", "-"]] {
        let ran = folder.run(args);
        assert_eq!(ran.code, 2);
        assert!(ran.err.starts_with("error: standard input (`-`) can be read once only"), "{}", ran.err);
    }
}

#[test]
fn a_broken_document_on_standard_input_is_named_so() {
    let folder = Folder::new();
    let ran = piped(folder.bayplan(&["plan", "-"]), "hosts:\n  a: {memory: 1XB}\n");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("<stdin>:2:"), "{}", ran.err);
}

#[test]
fn where_json_is_asked_for_it_says_what_is_wrong_with_a_document() {
    let broken = "hosts:\n  a: {memory: 40G8}\nstartups:\n  x: {stack: wbe}\n";
    let whole = "hosts: {a: {memory: 1GiB}}\nplacement: {}\n";
    let folder =
        Folder::with(&[("broken.yaml", broken), ("whole.yaml", whole), ("circle.yaml", "extends: circle.yaml\n")]);
    for args in [
        &["plan", "broken.yaml"][..],
        &["check", "broken.yaml"],
        &["fit", "broken.yaml", "--startup", "x"],
        &["compare", "whole.yaml", "broken.yaml"],
        &["what-if", "broken.yaml", "--lose", "a"],
        &["roadmap", "broken.yaml"],
        &["toolbox", "broken.yaml"],
        &["fit", "whole.yaml", "--add", "broken.yaml"],
    ] {
        let ran = folder.run(&[args, &["--format", "json"]].concat());
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        let said = json(&ran.out);
        assert_eq!(said["schema"], "bayplan/diagnostics/1");
        let found = &said["diagnostics"][0];
        let at = serde_json::json!({"file": "broken.yaml", "line": 2, "column": 15});
        if !args.contains(&"--add") {
            assert_eq!(
                (&found["code"], &found["severity"], &found["at"]),
                (&"bad-amount".into(), &"error".into(), &at)
            );
            assert_eq!(said["diagnostics"][1]["code"], "unknown-stack");
        }
        assert_eq!(folder.run(args).out, "");
    }
    for (args, code) in [
        (&["plan", "nowhere.yaml"][..], "unreadable-file"),
        (&["plan", "circle.yaml"], "extends-cycle"),
        (&["plan", "whole.yaml", "--phase", "beta"], "unknown-phase"),
        (&["fit", "whole.yaml", "--stack", "web"], "unknown-stack"),
        (&["fit", "whole.yaml", "--add", "nowhere.yaml"], "unreadable-file"),
        (&["what-if", "whole.yaml", "--lose", "b"], "unknown-host"),
    ] {
        let ran = folder.run(&[args, &["--format", "json"]].concat());
        let said = json(&ran.out);
        assert_eq!((ran.code, &said["diagnostics"][0]["code"]), (2, &code.into()), "{args:?}");
        assert!(ran.err.contains(code), "{}", ran.err);
    }
}

#[test]
fn a_missing_file_a_directory_and_a_file_that_is_no_text_are_errors() {
    let folder = Folder::new();
    fs::write(folder.path("bytes.yaml"), b"name: \xff\n").unwrap();
    fs::create_dir(folder.path("dir")).unwrap();
    for command in ["plan", "check"] {
        for (file, words) in [("missing.yaml", "no such file"), ("dir", "is a directory"), ("bytes.yaml", "UTF-8")] {
            let ran = folder.run(&[command, file]);
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{command} {file}");
            assert!(ran.err.contains(words) && ran.err.contains(file), "{}", ran.err);
        }
    }
}

#[test]
fn usage_errors_are_2_and_help_and_version_0() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    for args in [
        &[][..],
        &["plot"],
        &["plan"],
        &["plan", "d.yaml", "--format", "xml"],
        &["plan", "d.yaml", "--time-limit", "soon"],
        &["plan", "d.yaml", "--threads", "0"],
        &["plan", "d.yaml", "--seed", "-1"],
        &["plan", "d.yaml", "--count", "2"],
        &["compare", "d.yaml"],
        &["completions", "cobol"],
    ] {
        let ran = folder.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(!ran.err.is_empty());
    }
    for args in [&["--help"][..], &["--version"], &["plan", "--help"], &["help", "fit"]] {
        let ran = folder.run(args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
    }
    for command in ["plan", "check", "fit", "compare", "toolbox", "schema", "init", "completions"] {
        let help = folder.run(&[command, "--help"]).out;
        assert!(help.contains("Example") && help.contains(&format!("  bayplan {command} ")), "{help}");
    }
}

#[test]
fn json_is_the_same_bytes_without_timing() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    let once = |threads: &str| {
        let ran = folder.run(&["plan", "d.yaml", "--format", "json", "--no-timing", "--threads", threads]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.out
    };
    let first = once("1");
    assert_eq!(first, once("1"));
    assert_eq!(first, once("4"));
    assert!(json(&first).get("timing").is_none());
    let timed = folder.run(&["plan", "d.yaml", "--format", "json"]).out;
    assert!(json(&timed)["timing"]["wall_seconds"].as_f64().unwrap() >= 0.0);
}

#[test]
fn markdown_begins_with_a_heading() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    for args in [&["plan"][..], &["check"], &["fit", "--stack", "app"]] {
        let mut args = args.to_vec();
        args.extend(["d.yaml", "--format", "markdown"]);
        let ran = folder.run(&args);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.out.starts_with("# "), "{}", ran.out);
    }
}

#[test]
fn an_output_file_is_never_replaced_unasked() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    let ran = folder.run(&["plan", "d.yaml", "--format", "json", "-o", "plan.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
    assert_eq!(json(&folder.read("plan.json"))["status"], "optimal");
    fs::write(folder.path("plan.json"), "mine").unwrap();

    let ran = folder.run(&["plan", "d.yaml", "-o", "plan.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("it exists already\n\nhelp: `--force` replaces it"), "{}", ran.err);
    assert_eq!(folder.read("plan.json"), "mine");

    let ran = folder.run(&["plan", "d.yaml", "-o", "plan.json", "--force"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(folder.read("plan.json").starts_with("3 containers"));
    assert_eq!(folder.names(), ["d.yaml", "plan.json"], "nothing is left beside them");
}

#[test]
fn the_input_is_not_the_output_unless_forced() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    for flag in ["-o", "--save"] {
        let ran = folder.run(&["plan", "d.yaml", flag, "./d.yaml"]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("it is the input"), "{}", ran.err);
        assert_eq!(folder.read("d.yaml"), DOCUMENT);
    }
    let ran = folder.run(&["plan", "d.yaml", "--save", "x.yaml", "-o", "x.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("name the same file"), "{}", ran.err);
}

#[test]
fn a_file_that_cannot_be_written_is_said_before_the_search() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    fs::create_dir(folder.path("dir")).unwrap();
    for (path, words) in [("dir", "is a directory"), ("nowhere/plan.json", "its folder does not exist")] {
        let ran = folder.run(&["plan", "d.yaml", "-o", path]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn devices_are_written_to_and_links_followed() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT), ("real.txt", "old")]);
    std::os::unix::fs::symlink(folder.path("real.txt"), folder.path("link.txt")).unwrap();
    let ran = folder.run(&["plan", "d.yaml", "-o", "/dev/null"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    assert_eq!(folder.run(&["plan", "d.yaml", "-o", "link.txt"]).code, 2);
    assert_eq!(folder.run(&["plan", "d.yaml", "-o", "link.txt", "--force"]).code, 0);
    assert!(fs::symlink_metadata(folder.path("link.txt")).unwrap().file_type().is_symlink());
    assert!(folder.read("real.txt").starts_with("3 containers"));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_not_replaced_unasked() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    std::os::unix::fs::symlink("nowhere", folder.path("link.txt")).unwrap();
    let ran = folder.run(&["plan", "d.yaml", "-o", "link.txt"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("it exists already\n\nhelp: `--force` replaces it"), "{}", ran.err);
    assert_eq!(fs::read_link(folder.path("link.txt")).unwrap(), Path::new("nowhere"));
    assert_eq!(folder.names(), ["d.yaml", "link.txt"]);
    assert_eq!(folder.run(&["plan", "d.yaml", "-o", "link.txt", "--force"]).code, 0);
    assert!(folder.read("link.txt").starts_with("3 containers"));
}

#[cfg(unix)]
#[test]
fn a_file_has_the_permissions_of_any_new_one_or_of_the_one_it_replaces() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    // A run that was killed has left this.
    fs::write(folder.path(".bayplan-stale.tmp"), "half").unwrap();
    let mode = |name: &str| fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(folder.run(&["plan", "d.yaml", "-o", "plan.txt"]).code, 0);
    assert_eq!(mode("plan.txt"), mode("d.yaml"));
    fs::set_permissions(folder.path("plan.txt"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(folder.run(&["plan", "d.yaml", "-o", "plan.txt", "--force"]).code, 0);
    assert_eq!(mode("plan.txt"), 0o640);
    // As long as a file system takes.
    let long = "n".repeat(255);
    assert_eq!(folder.run(&["plan", "d.yaml", "-o", &long]).code, 0);
    assert_eq!(folder.names(), [".bayplan-stale.tmp", "d.yaml", &long, "plan.txt"]);
}

#[test]
fn of_runs_that_write_one_file_the_first_wins() {
    let folder = Folder::new();
    let asked: [&[&str]; 4] = [&["init"], &["init", "--toolbox"], &["schema"], &["completions", "bash"]];
    let answers = asked.map(|args| folder.run(args).out);
    for turn in 0..25 {
        let name = format!("{turn}.txt");
        let start = |args: &&[&str]| {
            let mut command = folder.bayplan(args);
            command.args(["-o", &name]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let runs: Vec<_> = asked.iter().map(start).collect();
        let runs: Vec<Ran> = runs.into_iter().map(|run| ran(run.wait_with_output().unwrap())).collect();
        let won: Vec<usize> = (0..4).filter(|&run| runs[run].code == 0).collect();
        assert_eq!(won.len(), 1, "{runs:?}");
        assert!(folder.read(&name) == answers[won[0]], "{runs:?}");
        let said = |run: &Ran| run.err.contains("it exists already") || run.err.contains("it came to exist meanwhile");
        assert!(runs.iter().all(|run| run.code == 0 || run.code == 2 && said(run)), "{runs:?}");
    }
    assert_eq!(folder.names().len(), 25, "nothing is left beside them");
}

#[test]
fn a_plan_saved_elsewhere_finds_what_it_extends() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT), ("top.yaml", "extends: d.yaml\n")]);
    let elsewhere = Folder::new();
    let saved = elsewhere.path("saved.yaml").into_os_string().into_string().unwrap();
    assert_eq!(folder.run(&["plan", "top.yaml", "--save", &saved]).code, 0);
    assert!(elsewhere.read("saved.yaml").starts_with("extends: ../"), "{}", elsewhere.read("saved.yaml"));
    assert_eq!(elsewhere.run(&["check", "saved.yaml"]).code, 0);
}

#[test]
fn two_names_of_one_new_file_are_one() {
    let folder =
        Folder::with(&[("d.yaml", "hosts: {a: {memory: 1GiB}}\nstartups: {s: {containers: {c: {memory: 1MiB}}}}\n")]);
    for other in ["-o", "--proof"] {
        let ran = folder.run(&["plan", "d.yaml", "--save", "x.yaml", other, "./x.yaml"]);
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(ran.err.contains("name the same file") && !folder.path("x.yaml").exists(), "{}", ran.err);
    }
}

#[test]
fn what_is_saved_is_read_back_before_it_replaces_anything() {
    let text = "hosts: {a: {memory: 1GiB}}\nstartups: {s: {containers: {c: {memory: 1MiB}}}}\n";
    let folder = Folder::with(&[("lab.yaml", text), ("top.yaml", "extends: &n lab.yaml\nname: *n\n")]);
    fs::create_dir(folder.path("out")).unwrap();
    fs::write(folder.path("out/top.yaml"), "kept").unwrap();
    // From another folder the path reads otherwise, and so would the name: nobody asked for that.
    let ran = folder.run(&["plan", "top.yaml", "--save", "out/top.yaml", "--force"]);
    assert_eq!((ran.code, folder.read("out/top.yaml").as_str()), (2, "kept"), "{}", ran.err);
    assert!(ran.err.contains("read again, it would not say the same"), "{}", ran.err);
    assert_eq!(folder.run(&["plan", "top.yaml", "--save", "top.yaml", "--force"]).code, 0);
    assert_eq!(folder.run(&["check", "top.yaml"]).code, 0);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_keeps_its_owner() {
    use std::os::unix::fs::{MetadataExt, chown};
    let folder = Folder::with(&[("d.yaml", "hosts: {a: {memory: 1GiB}}\n"), ("out.json", "")]);
    let path = folder.path("out.json");
    // Only root may give a file away.
    if chown(&path, Some(65_534), Some(65_534)).is_ok() {
        assert_eq!(folder.run(&["plan", "d.yaml", "-o", "out.json", "--force"]).code, 0);
        let owner = std::fs::metadata(&path).unwrap();
        assert_eq!((owner.uid(), owner.gid()), (65_534, 65_534));
        assert!(!folder.read("out.json").is_empty());
    }
}

#[test]
fn a_saved_plan_is_valid_and_planned_again_it_stays_as_it_is() {
    let bare = DOCUMENT.split("placement:").next().unwrap();
    let folder = Folder::with(&[("bare.yaml", bare)]);
    let ran = folder.run(&["plan", "bare.yaml", "--save", "planned.yaml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(folder.read("planned.yaml").contains("placement:"));
    assert_eq!(folder.run(&["check", "planned.yaml"]).code, 0);
    let ran = folder.run(&["plan", "planned.yaml", "--save", "again.yaml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(folder.run(&["compare", "planned.yaml", "again.yaml"]).code, 0);
}

#[test]
fn nothing_is_saved_where_there_is_no_plan() {
    let folder = Folder::with(&[("d.yaml", TOO_MUCH)]);
    let ran = folder.run(&["plan", "d.yaml", "--save", "planned.yaml"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("note: `planned.yaml` is not written"), "{}", ran.err);
    assert_eq!(folder.names(), ["d.yaml"]);
}

#[test]
fn planned_hosts_count_only_when_asked_for() {
    let document = "\
hosts:
  a: {memory: 1GiB}
  b: {memory: 1GiB, state: planned}
startups:
  s1..s2: {containers: {web: {memory: 1GiB}}}
";
    let folder = Folder::with(&[("d.yaml", document)]);
    assert_eq!(folder.run(&["plan", "d.yaml"]).code, 1);
    assert_eq!(folder.run(&["plan", "d.yaml", "--planned"]).code, 0);
}

#[test]
fn keep_holds_the_placement_fixed() {
    let document = DOCUMENT.replace("  b: [s3/web]\n", "");
    let folder = Folder::with(&[("d.yaml", &document)]);
    let ran = folder.run(&["plan", "d.yaml", "--keep", "--format", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let hosts = &json(&ran.out)["hosts"];
    assert_eq!(hosts[0]["containers"], serde_json::json!(["s1/web", "s2/web"]));
    assert_eq!(hosts[1]["containers"], serde_json::json!(["s3/web"]));
}

#[test]
fn colour_is_for_those_who_ask() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    let plain = folder.run(&["plan", "d.yaml"]).out;
    assert!(!plain.contains('\u{1b}'), "a pipe gets no colour");
    let coloured = folder.run(&["plan", "d.yaml", "--color", "always"]).out;
    assert!(coloured.contains('\u{1b}'));
    let never = folder.run(&["--color", "never", "plan", "d.yaml"]).out;
    assert_eq!(never, plain);
    let mut no_color = folder.bayplan(&["plan", "d.yaml"]);
    assert_eq!(ran(no_color.env("NO_COLOR", "1").output().unwrap()).out, plain);
    let to_file = folder.run(&["plan", "d.yaml", "--color", "always", "-o", "plan.txt"]);
    assert_eq!(to_file.code, 0);
    assert_eq!(folder.read("plan.txt"), plain, "files have no colour");
}

#[test]
fn nothing_of_a_document_or_a_path_controls_the_terminal() {
    let hostile = DOCUMENT.replace("  a: {cpu", "  a: {title: \"\\e[2J\\a|<b>`\\u202e\", cpu");
    let hostile = format!("name: \"x\\e]0;owned\\a\"\n{hostile}");
    let folder = Folder::with(&[("d.yaml", &hostile)]);
    let to_bad_path = ["-o", "no\u{1b}[31m/where"];
    for format in ["table", "json", "markdown"] {
        for command in ["plan", "check"] {
            let ran = folder.run(&[command, "d.yaml", "--format", format]);
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
            assert!(!ran.out.chars().any(|c| c.is_control() && c != '\n'), "{command} {format}: {:?}", ran.out);
        }
        let ran = folder.run(&["plan", "d.yaml", to_bad_path[0], to_bad_path[1]]);
        assert_eq!(ran.code, 2);
        assert!(!ran.err.contains('\u{1b}'), "{:?}", ran.err);
    }
    for args in [["plan", "mis\u{1b}[31msing"], ["check", "mis\u{1b}[31msing"]] {
        let ran = folder.run(&args);
        assert_eq!(ran.code, 2);
        assert!(!ran.err.contains('\u{1b}'), "{:?}", ran.err);
    }
}

#[test]
fn a_narrow_screen_gets_narrow_lines() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    let ran = ran(folder.bayplan(&["plan", "d.yaml"]).env("COLUMNS", "40").output().unwrap());
    assert_eq!(ran.code, 0);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 40), "{}", ran.out);
}

#[test]
fn every_answer_about_the_layouts_fits_a_screen_of_40_columns() {
    let folder = Folder::new();
    let layouts = Path::new(env!("CARGO_MANIFEST_DIR")).join("layouts");
    let layout = |name: &str| layouts.join(name).to_string_lossy().into_owned();
    for args in [
        vec!["compare".to_owned(), layout("seventeen.yaml"), layout("shared.yaml")],
        vec!["plan".to_owned(), layout("isolated.yaml")],
        vec!["plan".to_owned(), layout("shared.yaml")],
        vec!["check".to_owned(), layout("seventeen.yaml"), "--quiet".to_owned()],
        vec!["fit".to_owned(), layout("seventeen.yaml"), "--stack=app".to_owned(), "--count=2".to_owned()],
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let ran = ran(folder.bayplan(&args).env("COLUMNS", "40").output().unwrap());
        // Only a word that is longer than the screen may be longer than the screen: a path.
        let wide = |line: &&str| line.chars().count() > 40 && line.trim_start().contains(' ');
        let wide: Vec<&str> = ran.out.lines().filter(wide).collect();
        assert_eq!(wide, Vec::<&str>::new(), "{args:?}");
    }
}

#[test]
fn a_host_that_is_too_small_says_by_how_much_where_units_differ() {
    let document = "hosts: {a: {memory: 40GB}}\nstartups: {s: {containers: {c: {memory: 39GiB}}}}\n";
    let folder = Folder::with(&[("d.yaml", document)]);
    let ran = folder.run(&["plan", "d.yaml"]);
    assert!(ran.out.contains("a  too small by 1.88 GB: 40 GB of memory in all"), "{}", ran.out);
}

#[test]
fn quiet_silences_warnings_but_not_errors() {
    let warned =
        "hosts:\n  a: {memory: 2GiB, overcommit: {memory: 2}}\nstartups:\n  s1: {containers: {w: {memory: 1GiB}}}\n";
    let folder = Folder::with(&[("d.yaml", warned), ("broken.yaml", "hosts: 1\n")]);
    let ran = folder.run(&["plan", "d.yaml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("warning"), "{}", ran.err);
    assert_eq!(folder.run(&["plan", "d.yaml", "-q"]).err, "");
    let ran = folder.run(&["-q", "plan", "broken.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("error"), "{}", ran.err);
}

#[test]
fn a_time_limit_of_nothing_still_ends_with_an_answer() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT), ("much.yaml", TOO_MUCH)]);
    for file in ["d.yaml", "much.yaml"] {
        let ran = folder.run(&["plan", file, "--time-limit", "0s", "--format", "json"]);
        let status = json(&ran.out)["status"].as_str().unwrap().to_owned();
        let expected = match status.as_str() {
            "optimal" | "feasible" => 0,
            "infeasible" => 1,
            "unknown" => 3,
            other => panic!("{other}"),
        };
        assert_eq!(ran.code, expected, "{status}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_who_goes_away_is_no_error() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    for args in [&["plan", "d.yaml"][..], &["schema"], &["plan", "missing.yaml"]] {
        let mut child = folder.bayplan(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        drop(child.stderr.take());
        let status = child.wait().unwrap();
        assert!(matches!(status.code(), Some(0 | 2)), "{args:?}: {status:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let folder = Folder::with(&[("d.yaml", DOCUMENT)]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = ran(folder.bayplan(&["plan", "d.yaml"]).stdout(full).output().unwrap());
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: cannot write to standard output"), "{}", ran.err);
}

#[test]
fn the_starter_document_plans_as_it_is() {
    let folder = Folder::new();
    let ran = folder.run(&["init", "-o", "homelab.yaml"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    assert_eq!(folder.run(&["init"]).out, folder.read("homelab.yaml"));
    assert_eq!(folder.run(&["init", "-o", "homelab.yaml"]).code, 2, "a second time it is there");
    let ran = folder.run(&["plan", "homelab.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
}

#[test]
fn the_schema_is_json_and_completions_are_for_shells() {
    let folder = Folder::new();
    let ran = folder.run(&["schema"]);
    assert_eq!(ran.code, 0);
    assert!(json(&ran.out)["$schema"].is_string());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = folder.run(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("bayplan"));
    }
}

#[test]
fn what_a_document_extends_is_a_file_and_no_pipe() {
    let folder = Folder::with(&[("lab.yaml", "extends: pipe\nhosts: {a: {memory: 4GiB}}\n")]);
    assert!(std::process::Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    let answer = folder.run(&["plan", "lab.yaml"]);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("is not a regular file"), "{}", answer.err);
}

#[test]
fn a_document_is_saved_into_a_file_as_it_was_with_its_mark_and_its_last_text() {
    let kept = "hosts: {a: {memory: 4GiB}}\nstartups: {s: {containers: {w: {memory: 1GiB}}}}\nname: |+\n  text\n";
    let marked = format!("\u{feff}{}", kept.replace("|+", "|"));
    let folder = Folder::with(&[("kept.yaml", kept), ("marked.yaml", &marked)]);
    assert_eq!(folder.run(&["plan", "kept.yaml", "--save", "kept2.yaml"]).code, 0);
    assert_eq!(folder.read("kept2.yaml"), format!("{kept}placement:\n  a: [s/*]\n"));
    assert_eq!(folder.run(&["plan", "marked.yaml", "--save", "marked2.yaml"]).code, 0);
    assert_eq!(folder.read("marked2.yaml"), format!("{marked}\nplacement:\n  a: [s/*]\n"));
    let answer = folder.run(&["plan", "kept.yaml", "--save", "-"]);
    assert_eq!((answer.code, answer.out.as_str()), (2, ""));
}

#[test]
fn where_json_is_asked_for_an_error_without_a_place_is_json_too() {
    let lab = "hosts: {a: {memory: 4GiB}}\nstacks: {k: {w: {memory: 1GiB}}}\nstartups: {s: {containers: {w: {memory: \
               5GiB}}}, t: k}\nplacement: {a: [s/*]}\n";
    let answer = asked(&["fit", "-", "--startup", "t", "--format", "json"], lab);
    let said = &json(&answer.out)["diagnostics"][0];
    assert_eq!((answer.code, &said["code"], &said["at"]), (2, &Value::from("invalid-placement"), &Value::Null));
    let answer = asked(&["check", "-", "--survive", "5", "--format", "json"], lab);
    assert_eq!((answer.code, &json(&answer.out)["diagnostics"][0]["code"]), (2, &Value::from("usage")));
}
