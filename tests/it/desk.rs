//! The desk: random changes by hand against a model of names and places that knows nothing of the library, and its answers
//! against those of the command line.

use std::collections::BTreeMap;

use bayplan::desk::{Desk, ask};
use bayplan::document::Document;
use bayplan::solve::{NoLimit, Options};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::support::cases;
use crate::support::everything;
use crate::support::nested;
use crate::support::program::Folder;

fn options() -> Options<'static> {
    Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| {}, certify: false }
}

/// The answer, as it is written.
fn said(desk: &mut Desk, request: &Value) -> String {
    ask(desk, &request.to_string(), &options())
}

fn asked(desk: &mut Desk, request: &Value) -> Value {
    serde_json::from_str(&said(desk, request)).expect("JSON")
}

fn is_refused(answer: &Value) -> bool {
    answer["schema"] == "bayplan/diagnostics/1"
}

/// Where each container is, by names: what a person at the desk would keep on paper.
type Paper = BTreeMap<String, Option<String>>;

/// The paper of a document's own placement.
fn paper(text: &str, files: &BTreeMap<String, String>) -> Paper {
    let document = Document::from_bytes(NAME, text.as_bytes(), files).expect("a document");
    let layout = document.resolve().expect("a layout").layout;
    let placement = layout.placement.as_ref();
    let on = |it| {
        let placement = placement?;
        match placement.carrier(it) {
            Some(carrier) => Some(layout.container_id(carrier)),
            None => placement.host(it).map(|host| layout.lab.hosts[host].name.clone()),
        }
    };
    layout.demand.indices().map(|it| (layout.container_id(it), on(it))).collect()
}

/// Takes containers off the paper, with what lies in them.
fn take_out(paper: &mut Paper, mut out: Vec<String>) {
    while let Some(id) = out.pop() {
        paper.insert(id.clone(), None);
        out.extend(paper.iter().filter(|(_, on)| on.as_deref() == Some(&id)).map(|(it, _)| it.clone()));
    }
}

const NAME: &str = "lab.yaml";

/// A document, its files besides and its places.
struct Case {
    text: String,
    files: BTreeMap<String, String>,
}

impl Case {
    /// Every third has carriers; `None` where the reader refuses it.
    fn random(seed: u64) -> Option<Case> {
        let (text, files) = if seed.is_multiple_of(3) {
            (nested::Spec::random(seed).text(), BTreeMap::new())
        } else {
            let mut files: BTreeMap<String, String> = everything::spec::spec(seed).files().into_iter().collect();
            (files.remove(NAME)?, files)
        };
        let document = Document::from_bytes(NAME, text.as_bytes(), &files).ok()?;
        document.resolve().ok()?;
        Some(Case { text, files })
    }

    fn open(&self) -> Desk {
        let mut desk = Desk::default();
        let open = json!({"ask": "open", "name": NAME, "text": self.text, "files": self.files});
        let answer = asked(&mut desk, &open);
        assert_eq!(answer["schema"], "bayplan/desk/1", "{answer}\n{}", self.text);
        desk
    }
}

/// Some of these, at least one.
fn some(rng: &mut Rng, of: &[String]) -> Vec<String> {
    (0..rng.usize(1..=3))
        .map(|_| of[rng.usize(..of.len())].clone())
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Changes by hand, with the paper after each; how many of them the desk refused.
fn worked(case: &Case, rng: &mut Rng, desk: &mut Desk, changes: usize) -> (Vec<Paper>, usize) {
    let mut papers = vec![paper(&case.text, &case.files)];
    let ids: Vec<String> = papers[0].keys().cloned().collect();
    if ids.is_empty() {
        return (papers, 0);
    }
    let mut spots: Vec<String> = {
        let document = Document::from_bytes(NAME, case.text.as_bytes(), &case.files).expect("a document");
        let layout = document.resolve().expect("a layout").layout;
        layout.lab.hosts.iter().map(|host| host.name.clone()).collect()
    };
    spots.extend(papers[0].values().flatten().filter(|on| on.contains('/')).cloned());
    let (mut undone, mut refused) = (Vec::new(), 0);
    for _ in 0..changes {
        match rng.u8(..10) {
            0..6 => {
                let (containers, on) = (some(rng, &ids), spots[rng.usize(..spots.len())].clone());
                let change = json!({"do": "place", "containers": containers, "on": on});
                let answer = asked(desk, &json!({"ask": "change", "change": change}));
                if is_refused(&answer) {
                    refused += 1;
                    continue;
                }
                let mut next = papers.last().expect("one").clone();
                containers.iter().for_each(|it| _ = next.insert(it.clone(), Some(on.clone())));
                // Who lies in what is nowhere is nowhere.
                let nowhere: Vec<String> =
                    next.iter().filter(|(_, on)| on.is_none()).map(|(it, _)| it.clone()).collect();
                take_out(&mut next, nowhere);
                papers.push(next);
                undone.clear();
            }
            6 | 7 => {
                let containers = some(rng, &ids);
                let change = json!({"do": "take-out", "containers": containers});
                let answer = asked(desk, &json!({"ask": "change", "change": change}));
                assert!(!is_refused(&answer), "{answer}\n{}", case.text);
                let mut next = papers.last().expect("one").clone();
                take_out(&mut next, containers);
                papers.push(next);
                undone.clear();
            }
            8 => {
                asked(desk, &json!({"ask": "undo"}));
                if papers.len() > 1 {
                    undone.extend(papers.pop());
                }
            }
            _ => {
                asked(desk, &json!({"ask": "redo"}));
                papers.extend(undone.pop());
            }
        }
        let state = asked(desk, &json!({"ask": "scene"}));
        let now = papers.last().expect("one");
        let nowhere: Vec<&String> = now.iter().filter(|(_, on)| on.is_none()).map(|(it, _)| it).collect();
        let mut outside: Vec<&str> =
            state["outside"].as_array().expect("ids").iter().filter_map(Value::as_str).collect();
        outside.sort_unstable();
        assert_eq!(outside, nowhere, "{}", case.text);
        assert_eq!(
            (state["undo"].as_u64(), state["redo"].as_u64()),
            (Some(papers.len() as u64 - 1), Some(undone.len() as u64))
        );
    }
    (papers, refused)
}

#[test]
fn what_is_done_by_hand_is_what_the_text_says_and_all_of_it_is_taken_back() {
    let refused: Vec<Option<usize>> = cases::each(0, 300, |seed| {
        let case = Case::random(seed)?;
        let (mut rng, mut desk) = (Rng::with_seed(seed), case.open());
        let (papers, refused) = worked(&case, &mut rng, &mut desk, 12);
        let text = asked(&mut desk, &json!({"ask": "text"}));
        let saved = text["text"].as_str().expect("a text");
        assert_eq!(paper(saved, &case.files), *papers.last().expect("one"), "{}\n{saved}", case.text);
        // What was taken out and put in leads from the one text to the other.
        let lines =
            |key: &str| text[key].as_array().expect("lines").iter().filter_map(Value::as_str).collect::<String>();
        let ahead = text["line"].as_u64().expect("a line") as usize - 1;
        let before: Vec<&str> = case.text.split_inclusive('\n').collect();
        let behind = ahead + text["removed"].as_array().expect("lines").len();
        assert_eq!(before[ahead..behind].concat(), lines("removed"));
        assert_eq!(
            [&before[..ahead].concat(), &lines("added"), &before[behind..].concat()].map(String::as_str).concat(),
            saved
        );
        // Opened again with the same changes it is the same.
        let open =
            json!({"ask": "open", "name": NAME, "text": case.text, "files": case.files, "changes": text["changes"]});
        let mut again = Desk::default();
        asked(&mut again, &open);
        assert_eq!(asked(&mut again, &json!({"ask": "text"}))["text"], text["text"]);
        for _ in 0..papers.len() {
            asked(&mut desk, &json!({"ask": "undo"}));
        }
        assert_eq!(asked(&mut desk, &json!({"ask": "text"}))["text"], case.text);
        Some(refused)
    });
    let refused: Vec<usize> = refused.into_iter().flatten().collect();
    assert!(refused.len() > 200 && refused.iter().sum::<usize>() < refused.len() * 4, "{refused:?}");
}

#[test]
fn what_the_desk_says_is_to_the_byte_what_the_command_line_says_of_what_it_saves() {
    let asked_of: Vec<usize> = cases::each(1_000, 30, |seed| {
        // Where there are carriers, how much room is left is looked for as long as there is time.
        let has_carriers = seed.is_multiple_of(3);
        let Some(case) = Case::random(seed).filter(|case| !paper(&case.text, &case.files).is_empty()) else { return 0 };
        let (mut rng, mut desk) = (Rng::with_seed(seed), case.open());
        worked(&case, &mut rng, &mut desk, 6);
        let text = asked(&mut desk, &json!({"ask": "text"}));
        let folder = Folder::with(&[(NAME, text["text"].as_str().expect("a text")), ("saved.yaml", &case.text)]);
        case.files.iter().for_each(|(name, text)| std::fs::write(folder.path(name), text).expect("written"));
        let host = text_of_first_host(&mut desk);
        let startup = first_startup(&case);
        let questions: [(Value, Vec<&str>); 6] = [
            (json!({"ask": "check"}), vec!["check", NAME]),
            (json!({"ask": "survive", "hosts": 1}), vec!["check", NAME, "--survive", "1"]),
            (json!({"ask": "plan", "keep": true, "moves": true}), vec!["plan", NAME, "--keep", "--moves"]),
            (json!({"ask": "plan"}), vec!["plan", NAME]),
            (json!({"ask": "what-if", "drain": [host]}), vec!["what-if", NAME, "--drain", &host]),
            (json!({"ask": "fit", "startup": startup}), vec!["fit", NAME, "--startup", &startup]),
        ];
        let mut same = 0;
        for (request, arguments) in questions {
            if has_carriers && request["ask"] == "plan" {
                continue;
            }
            let own = said(&mut desk, &request);
            let json = ["--format", "json", "--no-timing", "-q", "--threads", "1"];
            let ran = folder.run(&[&arguments[..], &json[..]].concat());
            if own.contains("bayplan/diagnostics/1") {
                assert!(ran.out.is_empty() || ran.out.contains("diagnostics"), "{request}\n{own}\n{}", ran.out);
                continue;
            }
            assert_eq!(own, ran.out, "{request} {arguments:?} {}\n{}", ran.err, text["text"].as_str().unwrap_or(""));
            same += 1;
        }
        same
    });
    assert!(asked_of.iter().sum::<usize>() > asked_of.len() * 2, "{asked_of:?}");
}

fn text_of_first_host(desk: &mut Desk) -> String {
    let state = asked(desk, &json!({"ask": "scene"}));
    state["groups"][0]["hosts"][0]["name"].as_str().expect("a host").to_owned()
}

fn first_startup(case: &Case) -> String {
    let all = paper(&case.text, &case.files);
    let first = all.keys().next().expect("a container");
    first.split('/').next().unwrap_or(first).to_owned()
}

#[test]
fn what_cannot_be_met_changes_nothing_and_says_why() {
    let mut desk = Desk::default();
    let refused = |desk: &mut Desk, request: Value, why: &str| {
        let answer = said(desk, &request);
        assert!(answer.contains("bayplan/diagnostics/1") && answer.contains(why), "{request}: {answer}");
    };
    refused(&mut desk, json!({"ask": "check"}), "no document is open");
    refused(&mut desk, json!({"ask": "everything"}), "unknown variant");
    refused(&mut desk, json!({"ask": "open", "name": NAME, "text": "hosts: ["}), "lab.yaml");
    let text = "hosts: {a: {memory: 4GiB, cpu: 4}, b: {memory: 4GiB, cpu: 4}}\n\
                startups: {x: {containers: {one: {memory: 1GiB, cpu: 1}, box: {memory: 2GiB, cpu: 1, carries: yes}, \
                two: {memory: 1GiB, cpu: 1, inside: x/box}}}}\nplacement: {a: [x/one, x/box], x/box: [x/two]}\n";
    let open = json!({"ask": "open", "name": NAME, "text": text});
    assert_eq!(asked(&mut desk, &open)["undo"], 0);
    let change = |change: Value| json!({"ask": "change", "change": change});
    refused(&mut desk, change(json!({"do": "place", "containers": ["x/on"], "on": "a"})), "x/on");
    refused(&mut desk, change(json!({"do": "place", "containers": ["x/one"], "on": "c"})), "no host");
    refused(&mut desk, change(json!({"do": "place", "containers": ["x/box"], "on": "x/box"})), "in itself");
    refused(&mut desk, json!({"ask": "compare", "with": "mine"}), "mine");
    refused(&mut desk, json!({"ask": "phase", "phase": "later"}), "later");
    refused(&mut desk, json!({"ask": "fit"}), "say who comes");
    refused(&mut desk, json!({"ask": "fit", "stock": "web"}), "stock");
    refused(&mut desk, json!({"ask": "what-if", "lose": ["z"]}), "z");
    refused(&mut desk, json!({"ask": "rebase", "text": "hosts: {}"}), "lab.yaml");
    assert_eq!(asked(&mut desk, &json!({"ask": "text"}))["text"], text, "nothing of that changed anything");
}

/// A lab of two hosts, small enough to know every answer.
const TWO: &str = "hosts:\n  a: {memory: 4GiB, cpu: 4} # the old one\n  b: {memory: 2GiB, cpu: 4}\nstartups:\n  x:\n    \
                   containers: {one: {memory: 3GiB, cpu: 1}, two: {memory: 1GiB, cpu: 1}}\nplacement: {a: [x/*]}\n";

#[test]
fn each_host_says_what_is_short_while_a_container_hovers_over_it() {
    let mut desk = Desk::default();
    asked(&mut desk, &json!({"ask": "open", "name": NAME, "text": TWO}));
    let spots = asked(&mut desk, &json!({"ask": "spots", "containers": ["x/one"]}));
    assert_eq!(spots["spots"][0], json!({"on": "a", "fits": true, "why": []}));
    assert_eq!((&spots["spots"][1]["on"], &spots["spots"][1]["fits"]), (&json!("b"), &json!(false)));
    assert!(spots["spots"][1]["why"][0].as_str().is_some_and(|why| why.contains("memory")), "{spots}");
    let both = asked(&mut desk, &json!({"ask": "spots", "containers": ["x/two"]}));
    assert_eq!(both["spots"][1], json!({"on": "b", "fits": true, "why": []}));
}

#[test]
fn arrangements_have_names_and_are_compared_and_changes_are_made_of_what_the_file_says_by_now() {
    let mut desk = Desk::default();
    asked(&mut desk, &json!({"ask": "open", "name": NAME, "text": TWO}));
    let to_b = json!({"ask": "change", "change": {"do": "place", "containers": ["x/two"], "on": "b"}});
    let state = asked(&mut desk, &to_b);
    assert_eq!((&state["changed"], &state["undo"]), (&json!(true), &json!(1)));
    asked(&mut desk, &json!({"ask": "name", "name": "apart"}));
    let moved = asked(&mut desk, &json!({"ask": "compare"}));
    assert_eq!(moved["moved"].as_array().map(Vec::len), Some(1), "{moved}");
    let same = asked(&mut desk, &json!({"ask": "compare", "with": "apart"}));
    assert_eq!(same["moved"].as_array().map(Vec::len), Some(0), "{same}");
    // Somebody else gave `b` more memory meanwhile.
    let text = TWO.replace("memory: 2GiB", "memory: 8GiB");
    let state = asked(&mut desk, &json!({"ask": "rebase", "text": text}));
    assert_eq!((&state["undo"], &state["arrangements"]), (&json!(1), &json!(["apart"])));
    let text = asked(&mut desk, &json!({"ask": "text"}));
    let saved = text["text"].as_str().expect("a text");
    assert!(saved.contains("memory: 8GiB") && saved.contains("# the old one"), "{saved}");
    assert_eq!(text["removed"], json!(["placement: {a: [x/*]}\n"]));
    assert_eq!(asked(&mut desk, &json!({"ask": "saved"}))["changed"], false);
}
