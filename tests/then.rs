//! What then: the way to a plan, step by step, as a person or a script meets it.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Two containers that change places, with room for one of them on a third host, and a third that is new.
const SWAP: &str = "\
hosts:
  a: {memory: 4GiB}
  b: {memory: 4GiB}
  c: {memory: 3GiB}
startups:
  s1: {containers: {x: {memory: 4GiB, on: b}}}
  s2: {containers: {x: {memory: 3GiB, on: [a, c]}}}
  s3: {containers: {x: {memory: 1GiB}}}
goals: [fewest-moves, fewest-hosts]
placement:
  a: [s1/x]
  b: [s2/x]
";

/// What the program answers about `document`: standard output, standard error and the exit code.
fn bayplan(args: &[&str], document: &str) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bayplan"));
    command.args(args).env_remove("NO_COLOR").env("COLUMNS", "80");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that ends early leaves the pipe: its answer says why.
    let _ = child.stdin.take().unwrap().write_all(document.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

/// The part of `text` from the line that begins with `first`.
fn from_line<'a>(text: &'a str, first: &str) -> &'a str {
    let start = text.find(&format!("\n{first}")).unwrap_or_else(|| panic!("no `{first}` in {text}"));
    &text[start + 1..]
}

#[test]
fn the_moves_to_a_plan_are_listed_in_an_order_that_works() {
    let (said, _, code) = bayplan(&["plan", "-", "--moves"], SWAP);
    assert_eq!(code, 0);
    assert_eq!(
        from_line(&said, "the moves"),
        "\
the moves, each step valid in this order (fewer will not do; 1 move to make room
for a while):
  1.  s2/x  3 GiB  b -> c
  2.  s1/x  4 GiB  a -> b
  3.  s2/x  3 GiB  c -> a
then start on a
  s3  x 1 GiB
"
    );
}

#[test]
fn the_moves_are_a_checklist_in_markdown_and_a_list_in_json() {
    let (page, ..) = bayplan(&["plan", "-", "--moves", "--format", "markdown"], SWAP);
    assert_eq!(
        from_line(&page, "## Moves"),
        "\
## Moves

The moves, each step valid in this order (fewer will not do; 1 move to make room for a while):

- [ ] 1. move `s2/x` (3 GiB) from b to c
- [ ] 2. move `s1/x` (4 GiB) from a to b
- [ ] 3. move `s2/x` (3 GiB) from c to a
- [ ] 4. start `s3/x` (1 GiB) on a
"
    );
    let (answer, ..) = bayplan(&["plan", "-", "--moves", "--format", "json"], SWAP);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        answer["moves"],
        json!([
            {"container": "s2/x", "from": "b", "to": "c"},
            {"container": "s1/x", "from": "a", "to": "b"},
            {"container": "s2/x", "from": "c", "to": "a"},
            {"container": "s3/x", "from": null, "to": "a"},
        ])
    );
    assert_eq!(answer["moves_proof"]["kind"], "fewest");
    let (unasked, ..) = bayplan(&["plan", "-", "--format", "json"], SWAP);
    assert!(!unasked.contains("moves_proof"));
}

#[test]
fn that_no_order_leads_to_a_plan_is_said_with_its_proof() {
    let stuck = SWAP.replace("c: {memory: 3GiB}", "c: {memory: 1GiB}");
    let (said, _, code) = bayplan(&["plan", "-", "--moves"], &stuck);
    assert_eq!(code, 0, "the plan stands");
    assert_eq!(
        from_line(&said, "no order"),
        "\
no order of the moves: 2 containers would change hosts, and no sequence of valid
steps leads there (proven by search). Some would have to be stopped for a while,
or exchanged at once.
"
    );
}

#[test]
fn without_a_placement_there_is_nothing_that_could_move() {
    let document = SWAP.split("placement").next().unwrap();
    let (said, notes, code) = bayplan(&["plan", "-", "--moves"], document);
    assert_eq!((said.contains("the moves"), code), (false, 0));
    assert_eq!(notes, "note: the document has no placement: nothing runs yet that could move\n");
}
