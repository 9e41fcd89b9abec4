//! What then: the way to a plan, step by step, as a person or a script meets it.

#[allow(dead_code, reason = "each test uses what it needs")]
#[path = "support/build.rs"]
mod build;

use std::io::Write;
use std::process::{Command, Stdio};

use bayplan::check::check;
use build::{lab, placed, startup};
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

/// Two hosts with a price and watts; what was observed is less than what is asked.
const PRICED: &str = "\
hosts:
  a: {cpu: 40, memory: 10GiB, price: 10, watts: 15}
  b: {cpu: 40, memory: 4GiB, price: 1}
  c: {cpu: 40, memory: 4GiB, price: 5}
stacks:
  app: {web: {cpu: 500m, memory: 2GiB, observed: {memory: 1GiB, source: docker stats, date: 2026-11-01}}}
startups:
  s1..s3: app
  big: {containers: {db: {cpu: 1, memory: 2560MiB}}}
placement:
  a: [s1..s2/*, big/*]
  b: [s3/*]
";

#[test]
fn check_says_up_to_which_growth_the_placement_holds() {
    let (said, _, code) = bayplan(&["check", "-"], PRICED);
    assert_eq!(code, 0);
    // 6.5 of 10 GiB: 53 % more is 9.945 GiB, 54 % more is 10.01 GiB.
    assert_eq!(
        from_line(&said, "room to grow"),
        "\
room to grow: all containers may ask for 53 % more where they are; with 54 %
  more a is short of memory
"
    );
    let (answer, ..) = bayplan(&["check", "-", "--format", "json"], PRICED);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        answer["growth"],
        json!({
            "percent": 53, "host": "a", "resource": "memory",
            "startups": [
                {"startup": "big", "percent": 140},
                {"startup": "s1", "percent": 175},
                {"startup": "s2", "percent": 175},
                {"startup": "s3", "percent": 100},
            ],
        })
    );
}

#[test]
fn what_was_observed_gates_where_that_is_asked_for() {
    let (said, notes, code) = bayplan(&["check", "-", "--use", "observed"], PRICED);
    assert_eq!(code, 0);
    // 1 + 1 + 2.5 of 10 GiB.
    assert!(from_line(&said, "room to grow").contains("122 % more"), "{said}");
    assert_eq!(
        notes,
        "note: what was observed gates; not measured in full, and counted with what they ask for: 4 of 4 containers\n"
    );
    let measured = PRICED.replace("cpu: 500m, ", "").replace("cpu: 1, ", "");
    let (_, notes, _) = bayplan(&["plan", "-", "--use", "observed"], &measured);
    assert_eq!(
        notes,
        "note: what was observed gates; not measured in full, and counted with what they ask for: 1 of 4 containers\n"
    );
    let (answer, ..) = bayplan(&["plan", "-", "--use", "observed", "--format", "json"], &measured);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["use"], &answer["unmeasured"]), (&json!("observed"), &json!(1)));
}

#[test]
fn price_and_watts_are_shared_by_what_the_startups_take() {
    let (said, _, code) = bayplan(&["check", "-", "--costs"], PRICED);
    assert_eq!(code, 0);
    assert_eq!(
        from_line(&said, "what each startup takes"),
        "\
what each startup takes
  startups  how many   memory  of all  price  watts
  big              1  2.5 GiB    14 %   3.85   5.77
  s1, s2           2    2 GiB    11 %   3.08   4.62
  s3               1    2 GiB    11 %      1      0
"
    );
    let (answer, ..) = bayplan(&["plan", "-", "--keep", "--format", "json"], PRICED);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let price = |cost: &Value| (cost["price"].as_f64().unwrap() * 1000.0).round() as u64;
    let prices = answer["costs"]["startups"].as_array().unwrap().iter().map(price);
    assert_eq!(prices.sum::<u64>(), 11_000, "the price of both hosts that hold anything");
}

#[test]
fn the_growth_that_is_said_holds_and_one_percent_more_does_not() {
    let mut random = fastrand::Rng::with_seed(21);
    let (mut bound, mut free) = (0, 0);
    for _ in 0..300 {
        let hosts: Vec<u64> = (0..3).map(|_| random.u64(1..4_000)).collect();
        let names = ["a", "b", "c"];
        let mut layout = lab(&names.iter().copied().zip(hosts).collect::<Vec<_>>());
        startup(&mut layout, "s", &[("x", random.u64(0..900)), ("y", random.u64(0..900))]);
        startup(&mut layout, "t", &[("x", random.u64(0..900)), ("y", random.u64(0..900))]);
        let placement = placed(&[random.usize(0..3), random.usize(0..3), random.usize(0..3), random.usize(0..3)]);
        let grown = |percent: u64, only: Option<usize>| {
            let mut grown = layout.clone();
            for service in &mut grown.demand.services {
                if only.is_none_or(|startup| startup == service.startup) {
                    service.request[0].value = (service.request[0].value * (100 + percent)).div_ceil(100);
                }
            }
            check(&grown, &placement, None).is_empty()
        };
        let Some(growth) = bayplan::plan::growth(&layout, &placement) else {
            assert!(!grown(0, None) || layout.demand.services.iter().all(|it| it.request[0].value == 0));
            continue;
        };
        let whole = std::iter::once((None, growth.all));
        for (only, most) in whole.chain(growth.startups.into_iter().map(|(startup, most)| (Some(startup), most))) {
            assert!(grown(most.percent, only));
            assert_eq!(most.ends.is_some(), !grown(most.percent + 1, only) || most.percent < 10_000);
            bound += usize::from(most.ends.is_some());
            free += usize::from(most.ends.is_none());
        }
    }
    assert!(bound > 100, "{bound} {free}");
}
