//! `--apply N` writes a document that can be planned.

use std::path::Path;

use crate::support::program::{Folder, bayplan, bayplan_in, piped};

#[test]
fn a_remedy_is_applied_and_planned() {
    let folder = Folder::new();
    let path = &folder.argument("nineteen.yaml");
    let written = bayplan(&["fit", "layouts/shared.yaml", "--stack", "app", "--apply", "1", "-o", path]);
    assert_eq!(written.code, 0);
    assert!(
        written.err.starts_with("note: written with remedy 1: nuc: reserve memory 2 GiB -> 1 GiB"),
        "{}",
        written.err
    );
    let planned = bayplan(&["plan", path]);
    assert_eq!(planned.code, 0, "{}", planned.err);
    assert!(planned.out.starts_with("32 containers of 20 startups on 2 of 2 hosts"));
    let again = bayplan(&["fit", "layouts/shared.yaml", "--stack", "app", "--apply", "1", "-o", path]);
    assert_eq!(again.code, 2, "what exists is not replaced");
}

#[test]
fn a_remedy_that_is_not_there_is_an_error_that_says_which_are() {
    for (arguments, message) in [
        (
            vec!["fit", "layouts/shared.yaml", "--stack", "app", "--apply", "99"],
            "error: there is no remedy 99: they are 1 to 9\n\nhelp: without `--apply` they are listed\n",
        ),
        (
            vec!["plan", "layouts/shared.yaml", "--apply", "1"],
            "error: it fits: there is no remedy to apply\n\nhelp: leave `--apply` out\n",
        ),
    ] {
        let answer = bayplan(&arguments);
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{arguments:?}");
        assert_eq!(answer.err, message, "{arguments:?}");
    }
    let layout = std::fs::read_to_string("layouts/isolated.yaml").expect("it is there");
    let piped = piped(bayplan_in(Path::new("layouts"), &["plan", "-", "--apply", "1"]), &layout);
    let message = "error: a file cannot extend standard input\n\nhelp: write the document to a file first\n";
    assert_eq!((piped.code, piped.err.as_str()), (2, message));
    let zero = bayplan(&["plan", "layouts/shared.yaml", "--apply", "0"]);
    assert_eq!(zero.code, 2);
}

#[test]
fn no_document_is_made_to_extend_itself() {
    let base = "hosts: {a: {memory: 4GiB}}\nstartups: {s: {containers: {w: {memory: 4GiB}}}}\n";
    let big = "extends: base.yaml\nstartups: {s: {containers: {w: {memory: 9GiB}}}}\n";
    let folder = Folder::with(&[("base.yaml", base), ("big.yaml", big)]);
    for output in ["big.yaml", "base.yaml", "./base.yaml"] {
        let written = folder.run(&["plan", "big.yaml", "--apply", "1", "-o", output, "--force"]);
        assert_eq!(written.code, 2, "{output}");
        assert!(written.err.contains("is not written: read again, it would extend itself"), "{}", written.err);
        assert_eq!((folder.read("base.yaml"), folder.read("big.yaml")), (base.to_owned(), big.to_owned()));
    }
}
