//! `--apply N` writes a document that can be planned.

use std::process::Output;

use assert_cmd::Command;

fn bayplan(arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("bayplan").expect("it is built");
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_remedy_is_applied_and_planned() {
    let folder = std::env::temp_dir().join(format!("bayplan-apply-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("nineteen.yaml");
    let path = path.to_str().expect("a name");
    let written = bayplan(&["fit", "layouts/shared.yaml", "--stack", "app", "--apply", "1", "-o", path]);
    assert_eq!((written.status.code(), text(&written.stderr)), (Some(0), String::new()));
    let planned = bayplan(&["plan", path]);
    assert_eq!(planned.status.code(), Some(0), "{}", text(&planned.stderr));
    assert!(text(&planned.stdout).starts_with("32 containers of 20 startups on 2 of 2 hosts"));
    let again = bayplan(&["fit", "layouts/shared.yaml", "--stack", "app", "--apply", "1", "-o", path]);
    assert_eq!(again.status.code(), Some(2), "what exists is not replaced");
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

#[test]
fn a_remedy_that_is_not_there_is_an_error_that_says_which_are() {
    for (arguments, message) in [
        (
            vec!["fit", "layouts/shared.yaml", "--stack", "app", "--apply", "99"],
            "error: there is no remedy 99: they are 1 to 7\n\nhelp: without `--apply` they are listed\n",
        ),
        (vec!["plan", "layouts/shared.yaml", "--apply", "1"], "error: it fits: there is no remedy to apply\n"),
    ] {
        let answer = bayplan(&arguments);
        assert_eq!((answer.status.code(), text(&answer.stdout).as_str()), (Some(2), ""), "{arguments:?}");
        assert_eq!(text(&answer.stderr), message, "{arguments:?}");
    }
    let layout = std::fs::read("layouts/isolated.yaml").expect("it is there");
    let mut piped = Command::cargo_bin("bayplan").expect("it is built");
    piped.args(["plan", "-", "--apply", "1"]).current_dir("layouts").write_stdin(layout);
    let piped = piped.output().expect("it runs");
    let message = "error: a file cannot extend standard input\n\nhelp: write the document to a file first\n";
    assert_eq!((piped.status.code(), text(&piped.stderr).as_str()), (Some(2), message));
    let zero = bayplan(&["plan", "layouts/shared.yaml", "--apply", "0"]);
    assert_eq!(zero.status.code(), Some(2));
}
