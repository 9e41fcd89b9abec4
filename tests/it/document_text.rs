//! Is a placement written into a document such that the document says it, and nothing else changes?

use std::collections::BTreeMap;

use crate::support::build::placement;
use crate::support::cases;
use bayplan::document::{Destination, Document, Problems};
use bayplan::model::{Layout, Placement};
use fastrand::Rng;

fn shown<T>(result: Result<T, Problems>) -> T {
    result.unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn read(name: &str, files: &BTreeMap<String, String>) -> (Document, Layout) {
    let document = shown(Document::read(name, files));
    let layout = shown(document.resolve()).layout;
    (document, layout)
}

fn files(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn from<'a>(working_directory: Option<&'a str>, path: &'a str) -> Destination<'a> {
    Destination { path, working_directory }
}

/// Puts `placement` into the document `name`, saves it as `target`, and reads it back.
fn saved(name: &str, target: &str, files: &BTreeMap<String, String>, host_of: &[Option<usize>]) -> String {
    let (document, layout) = read(name, files);
    let placement = placement(host_of);
    let text = document.text_with_placement(&layout, &placement, from(None, target)).expect("it can be said");
    let mut files = files.clone();
    files.insert(target.to_owned(), text.clone());
    let (_, again) = read(target, &files);
    assert_eq!(again.placement, Some(placement), "{text}");
    text
}

const LAB: &str = "\
# my lab
hosts:   {a: {memory: 8GiB},   b: {memory: 8GiB}, c: {memory: 1GiB}}   # three
stacks: {web: {app: {memory: 1MiB, replicas: 2}, db: {memory: 1MiB}}}
startups:
  s08..s10: web
  p: {containers: {x: {}}}
";

/// Containers: s08/app.1 s08/app.2 s08/db s09/... s10/... p/x: ten in all.
const SPREAD: [Option<usize>; 10] =
    [Some(0), Some(0), Some(0), Some(0), Some(0), Some(0), Some(1), Some(0), None, Some(1)];

#[test]
fn a_document_without_a_placement_gets_one_at_its_end() {
    let text = saved("a.yaml", "b.yaml", &files(&[("a.yaml", LAB)]), &SPREAD);
    assert_eq!(text, format!("{LAB}\nplacement:\n  a: [s08..s09/*, s10/app.2]\n  b: [s10/app.1, p/*]\n"));
}

#[test]
fn a_placement_is_replaced_and_comments_around_it_stay() {
    let before = format!(
        "{LAB}# what runs\nplacement: # here\n  a: [s08/app.1] # one\n  # two\n  b:\n  - p/x   # three\n\n# goals\n"
    );
    let text = saved("a.yaml", "a.yaml", &files(&[("a.yaml", &format!("{before}goals: [balance] # last\n"))]), &SPREAD);
    let after = "# what runs\nplacement: # here\n  a: [s08..s09/*, s10/app.2] # one\n  # two\n  b: [s10/app.1, p/*]   # three\n\n# goals\n";
    assert_eq!(text, format!("{LAB}{after}goals: [balance] # last\n"));
}

#[test]
fn services_that_are_whole_on_a_host_are_named_without_numbers() {
    let on = |host| Some(host);
    let host_of = [on(0), on(0), on(1), on(0), on(0), on(1), on(0), on(0), on(2), on(2)];
    let text = saved("a.yaml", "a.yaml", &files(&[("a.yaml", LAB)]), &host_of);
    assert!(text.ends_with("placement:\n  a: [s08..s10/app]\n  b: [s08..s09/db]\n  c: [s10/db, p/*]\n"), "{text}");
}

#[test]
fn documents_in_braces_indented_or_with_an_end_mark_are_written_in_their_own_way() {
    let flow = "{hosts: {a: {memory: 1GiB}, b: {memory: 1GiB}}, startups: {s: {containers: {x: {}, y: {}}}}}";
    let text = saved("a", "a", &files(&[("a", flow)]), &[Some(1), Some(0)]);
    assert_eq!(text, flow.replace("}}}}}", "}}}}, placement: {a: [s/y], b: [s/x]}}"));
    let text = saved("a", "a", &files(&[("a", &text)]), &[Some(1), Some(1)]);
    assert_eq!(text, flow.replace("}}}}}", "}}}}, placement: {b: [s/*]}}"));
    let json =
        "{\n  \"hosts\": {\"a\": {\"memory\": \"1GiB\"}},\n  \"startups\": {\"s\": {\"containers\": {\"x\": {}}}}\n}\n";
    let text = saved("a", "a", &files(&[("a", json)]), &[Some(0)]);
    assert_eq!(text, json.replace("}}}}\n", "}}}},\n  \"placement\": {\"a\": [\"s/*\"]}\n"));
    let text = saved("a", "a", &files(&[("a", &text)]), &[None]);
    assert_eq!(text, json.replace("}}}}\n", "}}}},\n  \"placement\": {}\n"));
    let indented = "  hosts: {a: {memory: 1GiB}}\n  startups: {s: {containers: {x: {}}}}\n";
    let text = saved("a", "a", &files(&[("a", indented)]), &[Some(0)]);
    assert_eq!(text, format!("{indented}\n  placement:\n    a: [s/*]\n"));
    let ended = "---\nhosts: {a: {memory: 1GiB}}\nstartups: {s: {containers: {x: {}}}}\n...\n";
    let text = saved("a", "a", &files(&[("a", ended)]), &[Some(0)]);
    assert_eq!(text, ended.replace("...\n", "\nplacement:\n  a: [s/*]\n...\n"));
    let no_newline = "hosts: {a: {memory: 1GiB}}\nstartups: {s: {containers: {x: {}}}}";
    let text = saved("a", "a", &files(&[("a", no_newline)]), &[None]);
    assert_eq!(text, format!("{no_newline}\n\nplacement: {{}}\n"));
    let windows = "hosts: {a: {memory: 1GiB}}\r\nstartups: {s: {containers: {x: {}}}}\r\nplacement:\r\n  a: [s/x]\r\ngoals: []\r\n";
    let text = saved("a", "a", &files(&[("a", windows)]), &[Some(0)]);
    assert_eq!(text, windows.replace("s/x", "s/*"));
}

#[test]
fn hosts_of_an_inherited_placement_are_named_even_when_empty() {
    let all = [
        ("lab/base.yaml", format!("{LAB}placement: {{a: ['*/*']}}\n")),
        ("lab/top.yaml", "extends: base.yaml # the lab\n".to_owned()),
    ];
    let all: BTreeMap<String, String> = all.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
    let host_of = [Some(1); 10];
    let text = saved("lab/top.yaml", "lab/new.yaml", &all, &host_of);
    assert_eq!(text, "extends: base.yaml # the lab\n\nplacement:\n  a: []\n  b: [s08..s10/*, p/*]\n");
    let text = saved("lab/top.yaml", "out/deep/new.yaml", &all, &host_of);
    assert!(text.starts_with("extends: ../../lab/base.yaml # the lab\n"), "{text}");
    let text = saved("lab/top.yaml", "new.yaml", &all, &host_of);
    assert!(text.starts_with("extends: lab/base.yaml # the lab\n"), "{text}");
}

#[test]
fn what_was_deleted_from_an_inherited_placement_can_be_placed_again() {
    let all = files(&[
        ("base.yaml", &format!("{LAB}placement: {{a: ['*/*']}}\n")),
        ("top.yaml", "extends:\n- base.yaml\nplacement:\n"),
    ]);
    let text = saved("top.yaml", "x/top.yaml", &all, &[Some(0); 10]);
    assert_eq!(text, "extends:\n- ../base.yaml\nplacement:\n  a: [s08..s10/*, p/*]\n");
}

#[test]
fn a_path_to_an_absolute_folder_is_found_from_there() {
    let (document, layout) = read("top.yaml", &files(&[("base.yaml", LAB), ("top.yaml", "extends: base.yaml\n")]));
    let first_line = |working_directory, path| {
        let text = document
            .text_with_placement(&layout, &Placement::empty(10), from(working_directory, path))
            .expect("it can be said");
        text.lines().next().map(str::to_owned)
    };
    let written = first_line(Some("/srv/lab"), "/nowhere/at/all/top.yaml");
    assert_eq!(written.as_deref(), Some("extends: ../../../srv/lab/base.yaml"));
    assert_eq!(first_line(Some("/srv/lab"), "../out/top.yaml").as_deref(), Some("extends: ../lab/base.yaml"));
    // Without it there is no way to say, and the path stays as it is.
    assert_eq!(first_line(None, "/nowhere/at/all/top.yaml").as_deref(), Some("extends: base.yaml"));
}

#[test]
fn long_lists_are_written_on_lines_of_their_own() {
    let names: Vec<String> = (1..40).map(|number| format!("n{number}x")).collect();
    let startups: String =
        names.iter().map(|name| format!("  {name}: {{containers: {{c: {{}}, d: {{}}}}}}\n")).collect();
    let text = format!("hosts: {{a: {{memory: 1GiB}}}}\nstartups:\n{startups}");
    let text = saved("a", "a", &files(&[("a", &text)]), &[Some(0); 78]);
    assert!(text.contains("placement:\n  a:\n    - n1x/*\n    - n2x/*\n") && text.lines().all(|line| line.len() < 120));
}

#[test]
fn any_placement_is_read_back_as_it_was_written() {
    cases::each(0, 256, |seed| {
        let mut rng = Rng::with_seed(seed);
        let top = if rng.bool() { "extends: a.yaml\n" } else { LAB };
        let hosts: Vec<Option<usize>> = (0..10).map(|_| rng.usize(..4).checked_sub(1)).collect();
        let inherited = format!("{LAB}placement: {{c: [p/x], a: [s08/db]}}\n");
        saved("top.yaml", "x/y.yaml", &files(&[("a.yaml", &inherited), ("top.yaml", top)]), &hosts);
    });
}

/// Shapes of `placement:`, each followed by whatever of the document uses what it names.
const PLACEMENTS: &[&str] = &[
    "",
    "placement: {}   # none\n",
    "placement: {a: [s08/app.1], b: [p/x]}  # beside\n",
    "placement:\n  a: # first\n    - s08/app.1   # second\n    # third\n    - s08/db\n  # fourth\n  b: [p/x] # fifth\n",
    "placement:\n  # before\n  c: [p/x]\n  # behind\n  b: []  # last\n",
    "? placement # asked\n: {a: [p/x]}\n",
    "? placement\n:\n  a:\n  - p/x\n",
    "? \"placement\"\n: {a: [p/x]}\n",
    "\"placement\": {'a': [\"p/x\"]}\n",
    "'placement' : {a: [p/x]}\n",
    "placement: # here\n\n  # own\n\n  a: [p/x]\n",
    "placement: {a: [p/x,\n    # inside\n    s08/db], # after\n  b: [] # end\n  }\n",
    "placement: &all\n  a: &one ['s08/*']\n  b: &two\n    - p/x # two\nrules: [{apart: *one}, {apart: *two}, {apart: [s08/db, s09/db]}]\n",
    "placement: {a: &all ['s08/*'], b: [p/x]}\nrules:\n  - apart: *all # used\n  - together: *all\n",
    "placement:\n  a: [&p 's08/*']\n  b: [&q p/x, 's09/*']\nrules:\n  - apart: [*p, *q]\nname: *q\n",
    "placement: {<<: &base {a: [p/x]}, b: [s08/db]}\n",
    "placement:\n  a: [p/x]\n  b:\n",
    "placement:\n  a: >-\n    p/x\n",
    "placement: {a: [p/x], # hash\n  \"b\": ['s08/*', \"s09/app\"]}\n",
];

/// Ways to name the files `lab.yaml` and `lab/more.yaml`.
const EXTENDED: &[&str] = &[
    "extends: lab.yaml # where from\n",
    "extends: |\n  lab.yaml\n",
    "extends: | # in lines\n  lab.yaml\n",
    "extends: >-\n  lab.yaml\n\n",
    "extends: >\n\n  lab.yaml\n\n# between\n",
    "extends: 'lab.yaml'\n",
    "extends:\n  - lab.yaml # one\n  - |\n    lab/more.yaml\n  # end of list\n",
    "extends: [\"lab.yaml\",\n  lab/more.yaml] # both\n",
    "? extends\n: lab.yaml\n",
    "extends: &e lab.yaml\n",
    "title: {name: x}\n",
    "name: &n lab.yaml\nextends: *n\n",
    "extends:\n- &n ./lab.yaml\n- lab/../lab/more.yaml\n",
];

fn comments(text: &str) -> Vec<&str> {
    let mut all: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once('#')?.1.trim())).collect();
    all.sort_unstable();
    all
}

#[test]
fn documents_of_any_shape_are_saved_with_their_comments_and_read_back() {
    let tried = cases::each(0, 1_500, |seed| {
        let mut rng = Rng::with_seed(seed);
        let mut parts = vec![PLACEMENTS[rng.usize(..PLACEMENTS.len())], "goals: [balance] # goals\n", "# alone\n"];
        let whole = rng.u8(..3) == 0;
        parts.push(if whole { LAB } else { EXTENDED[rng.usize(..EXTENDED.len())] });
        rng.shuffle(&mut parts);
        let end = ["", "...\n", "# the end"][rng.usize(..3)];
        let mut text = ["", "---\n", "# top\n\n"][rng.usize(..3)].to_owned() + &parts.concat() + end;
        if rng.u8(..4) == 0 {
            text = text.replace('\n', "\r\n");
        }
        if rng.u8(..8) == 0 {
            text.insert(0, '\u{feff}');
        }
        let files =
            files(&[("top.yaml", &text), ("lab.yaml", LAB), ("lab/more.yaml", "name: more\nplacement: {c: [p/x]}\n")]);
        let target = ["top.yaml", "deep/down/new.yaml", "lab/x.yaml"][rng.usize(..3)];
        let host_of: Vec<Option<usize>> = (0..10).map(|_| rng.usize(..4).checked_sub(1)).collect();
        let Ok(document) = Document::read("top.yaml", &files) else { return None };
        let Ok(resolved) = document.resolve() else { return None };
        let placement = placement(&host_of);
        let Some(saved) = document.text_with_placement(&resolved.layout, &placement, from(None, target)) else {
            // Only what is named by something else, too, has no way to be said from elsewhere.
            assert!(text.contains("extends: &e") || text.contains("&n "), "{text}");
            return Some(false);
        };
        let mut files = files.clone();
        files.insert(target.to_owned(), saved.clone());
        let (_, again) = read(target, &files);
        assert_eq!(again.placement, Some(placement.clone()), "{text}\n--\n{saved}");
        let as_before = |mut layout: Layout| {
            layout.placement = None;
            layout.placed_at.clear();
            layout.without_places()
        };
        assert_eq!(as_before(again), as_before(resolved.layout), "{text}\n--\n{saved}");
        assert_eq!(comments(&saved), comments(&text), "{text}\n--\n{saved}");
        Some(true)
    });
    let count = |said| tried.iter().filter(|one| **one == Some(said)).count();
    assert!(count(true) > tried.len() / 3 && count(false) < tried.len() / 20, "{} {}", count(true), count(false));
}
