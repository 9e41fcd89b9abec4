//! The road ahead: against looking at every arrangement of every phase, and in whole messages.
//!
//! `BAYPLAN_CASES=3000 cargo test --test it roadmap::` tries more documents.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::support::program::{Ran, asked};
use crate::support::{cases, read};
use bayplan::document::Document;
use bayplan::model::Change;
use bayplan::question::Question;
use bayplan::roadmap::{Roadmap, RoadmapError, roadmap};
use bayplan::solve::{NoLimit, Options, Status};
use fastrand::Rng;

const OPTIONS: Options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };

/// From a phase until another, half open; as the document would write it.
#[derive(Clone, Copy)]
struct Span {
    from: usize,
    until: usize,
}

impl Span {
    fn random(rng: &mut Rng, phases: usize) -> Span {
        let from = if rng.bool() { 0 } else { rng.usize(..phases) };
        let until = if rng.u8(..3) > 0 { phases } else { rng.usize(from + 1..=phases) };
        Span { from, until }
    }

    fn has(self, phase: usize) -> bool {
        (self.from..self.until).contains(&phase)
    }

    fn text(self, phases: usize) -> String {
        let mut text = String::new();
        if self.from > 0 {
            let _ = write!(text, ", from: p{}", self.from);
        }
        if self.until < phases {
            let _ = write!(text, ", until: p{}", self.until);
        }
        text
    }
}

/// A small document with phases, and what it means.
struct Case {
    phases: usize,
    hosts: Vec<(u64, Span)>,
    containers: Vec<(u64, Span)>,
    apart: Option<(usize, usize)>,
    now: Vec<Option<usize>>,
}

impl Case {
    fn random(seed: u64) -> Case {
        let mut rng = Rng::with_seed(seed);
        let phases = rng.usize(2..=3);
        let hosts: Vec<(u64, Span)> = (0..rng.usize(2..=3))
            .map(|host| {
                let always = Span { from: 0, until: phases };
                (rng.u64(4..9), if host == 0 && rng.bool() { always } else { Span::random(&mut rng, phases) })
            })
            .collect();
        let containers: Vec<(u64, Span)> =
            (0..rng.usize(2..=6)).map(|_| (rng.u64(1..4), Span::random(&mut rng, phases))).collect();
        let pick = |rng: &mut Rng| rng.usize(..containers.len());
        let (a, b) = (pick(&mut rng), pick(&mut rng));
        let mut case = Case {
            phases,
            apart: (a != b && rng.bool()).then_some((a.min(b), a.max(b))),
            hosts,
            containers,
            now: vec![],
        };
        case.now = vec![None; case.containers.len()];
        // What runs now, where the first phase fits at all.
        if rng.bool() {
            let all = case.arrangements(0);
            if !all.is_empty() {
                case.now = all[rng.usize(..all.len())].clone();
            }
        }
        case
    }

    fn text(&self) -> String {
        let mut text = "phases:\n".to_owned();
        for phase in 0..self.phases {
            let _ = writeln!(text, "  p{phase}: {{date: 2027-0{}-01}}", phase + 1);
        }
        text += "hosts:\n";
        for (host, (memory, span)) in self.hosts.iter().enumerate() {
            let _ = writeln!(text, "  h{host}: {{memory: {memory}GiB{}}}", span.text(self.phases));
        }
        text += "startups:\n";
        for (container, (memory, span)) in self.containers.iter().enumerate() {
            let span = span.text(self.phases);
            // Some say it of the container, some of the startup.
            let _ = match container % 2 {
                0 => writeln!(text, "  s{container}: {{containers: {{c: {{memory: {memory}GiB}}}}{span}}}"),
                _ => writeln!(text, "  s{container}: {{containers: {{c: {{memory: {memory}GiB{span}}}}}}}"),
            };
        }
        if let Some((a, b)) = self.apart {
            let _ = writeln!(text, "rules: [{{apart: [s{a}/c, s{b}/c]}}]");
        }
        if self.now.iter().any(Option::is_some) {
            text += "placement:\n";
            for host in 0..self.hosts.len() {
                let here = (0..self.now.len()).filter(|&container| self.now[container] == Some(host));
                let here: Vec<String> = here.map(|container| format!("s{container}/c")).collect();
                let _ = writeln!(text, "  h{host}: [{}]", here.join(", "));
            }
        }
        text
    }

    /// Every arrangement that a phase may have.
    fn arrangements(&self, phase: usize) -> Vec<Vec<Option<usize>>> {
        let mut all = vec![vec![]];
        for (memory, span) in &self.containers {
            let mut next = Vec::new();
            for before in all {
                if !span.has(phase) {
                    next.push([before.as_slice(), &[None]].concat());
                    continue;
                }
                for (host, (there, on)) in self.hosts.iter().enumerate().filter(|(_, (_, on))| on.has(phase)) {
                    let _ = on;
                    let used = before.iter().zip(&self.containers).filter(|(at, _)| **at == Some(host));
                    let used: u64 = used.map(|(_, (memory, _))| memory).sum();
                    if used + memory <= *there {
                        next.push([before.as_slice(), &[Some(host)]].concat());
                    }
                }
            }
            all = next;
        }
        let is_apart = |at: &Vec<Option<usize>>| self.apart.is_none_or(|(a, b)| at[a].is_none() || at[a] != at[b]);
        all.retain(is_apart);
        all
    }

    /// The fewest moves through all phases that fit.
    fn fewest(&self) -> u64 {
        let mut reached: BTreeMap<Vec<Option<usize>>, u64> = BTreeMap::from([(self.now.clone(), 0)]);
        for phase in 0..self.phases {
            let arrangements = self.arrangements(phase);
            if arrangements.is_empty() {
                continue;
            }
            let cost = |after: &Vec<Option<usize>>| {
                let from = |(before, moves): (&Vec<Option<usize>>, &u64)| {
                    let moved = before.iter().zip(after).filter(|(a, b)| a.is_some() && b.is_some() && a != b);
                    moves + moved.count() as u64
                };
                reached.iter().map(from).min().expect("there is a way to each")
            };
            reached = arrangements.into_iter().map(|after| (after.clone(), cost(&after))).collect();
        }
        reached.into_values().min().unwrap_or(0)
    }
}

fn planned(document: &Document) -> Result<Roadmap, RoadmapError> {
    let whole = document.resolve_whole().expect("a document").layout;
    let say = |phase: Option<&str>, changes: &[Change]| document.clone().at(phase.expect("a phase")).changed(changes);
    roadmap(&Question::about(whole).said_by(&say), &OPTIONS)
}

fn ahead(text: &str) -> Roadmap {
    planned(&read::document(text)).unwrap_or_else(|error| panic!("{error:?}\n{text}"))
}

#[test]
#[expect(clippy::print_stdout, reason = "how often it is proven is worth saying")]
fn moves_are_never_fewer_than_can_be_nor_their_bound_more() {
    let found = cases::each(0, 400, |seed| {
        let case = Case::random(seed);
        let text = case.text();
        let found = ahead(&text);
        let mut misfits = 0;
        for (phase, stage) in found.stages.iter().enumerate() {
            let fits = !case.arrangements(phase).is_empty();
            assert_eq!(stage.status, if fits { Status::Feasible } else { Status::Infeasible }, "{phase}\n{text}");
            assert_eq!(stage.refused.is_none(), fits, "{phase}\n{text}");
            misfits += usize::from(!fits);
        }
        let least = case.fewest();
        assert!(found.moves >= least, "{} moves, the fewest are {least}\n{text}", found.moves);
        assert!(found.bound <= least, "bound {}, the fewest are {least}\n{text}", found.bound);
        (found.moves == least, found.moves == found.bound, least > 0, misfits)
    });
    let all = found.len();
    let fewest = found.iter().filter(|it| it.0).count();
    let proven = found.iter().filter(|it| it.1).count();
    let moving = found.iter().filter(|it| it.2).count();
    let misfits: usize = found.iter().map(|it| it.3).sum();
    println!("{all} documents: {fewest} with the fewest moves, {proven} proven, {moving} have to move");
    assert!(moving * 20 > all && misfits > 0, "{moving} {misfits}");
    assert!(fewest * 100 >= all * 97, "{fewest} of {all} with the fewest moves");
    assert!(proven * 100 >= all * 90, "{proven} of {all} proven");
}

#[test]
fn the_first_phase_that_does_not_fit_has_remedies_that_make_it_fit() {
    let text = "\
phases: {now: {}, more: startups >= 3, most: 2027-05-01}
hosts: {a: {memory: 4GiB}, b: {memory: 4GiB, until: most}}
startups:
  s1..s2: {containers: {c: {memory: 2GiB}}}
  s3: {containers: {c: {memory: 2GiB}}, from: more}
";
    let found = ahead(text);
    let stage = found.first_misfit().expect("two hosts hold three, one does not");
    assert_eq!(found.whole.phases[stage.phase].name, "most");
    let plan = stage.refused.as_ref().expect("a reason");
    assert!(plan.proof.sentence.starts_with("Proven: "), "{}", plan.proof.sentence);
    assert!(plan.remedies.len() >= 2);
    let document = read::document(text);
    for remedy in &plan.remedies {
        let changed = document.overlaid(&remedy.change).expect("a document");
        let found = planned(&changed).expect("a roadmap");
        assert_eq!(found.stages[stage.phase].status, Status::Feasible, "{}", remedy.text);
    }
}

fn bayplan(args: &[&str], stdin: &str) -> (String, String, Option<i32>) {
    let Ran { code, out, err } = asked(args, stdin);
    (out, err, Some(code))
}

#[test]
fn a_document_without_phases_has_no_road() {
    let (out, error, code) = bayplan(&["roadmap", "-"], "hosts: {a: {cpu: 1}}\n");
    assert_eq!((out.as_str(), code), ("", Some(2)));
    assert!(error.contains("has no phases") && error.contains("help: name them under `phases:`"), "{error}");
}

#[test]
fn every_command_asks_about_the_phase_that_is_named() {
    let text = "\
phases: {now: {}, more: 2027-01-01}
hosts: {a: {memory: 4GiB}}
startups:
  s1: {containers: {c: {memory: 2GiB}}}
  s2: {containers: {c: {memory: 4GiB}}, from: more}
placement: {a: [s1/c]}
";
    assert_eq!(bayplan(&["plan", "-"], text).2, Some(0));
    assert_eq!(bayplan(&["plan", "-", "--phase", "more"], text).2, Some(1));
    assert_eq!(bayplan(&["check", "-"], text).2, Some(0));
    let (out, _, code) = bayplan(&["check", "-", "--phase", "more"], text);
    assert!(code == Some(1) && out.contains("s2"), "{out}");
    assert_eq!(bayplan(&["fit", "-", "--phase", "more", "--startup", "s2"], text).2, Some(1));
    let (_, error, code) = bayplan(&["plan", "-", "--phase", "mroe"], text);
    assert_eq!(code, Some(2));
    assert!(error.contains("there is no phase `mroe`") && error.contains("did you mean `more`?"), "{error}");
    let (out, _, code) = bayplan(&["roadmap", "-", "--format", "json", "--no-timing"], text);
    assert_eq!(code, Some(1));
    let answer: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(answer["schema"], "bayplan/roadmap/1");
    assert_eq!(answer["first_misfit"], "more");
    assert_eq!(answer["phases"][1]["date"], "2027-01-01");
    assert_eq!(answer["phases"][1]["comes"]["startups"][0], "s2");
    assert!(answer["phases"][1]["remedies"].as_array().is_some_and(|remedies| remedies.len() >= 2), "{out}");
}

/// Names and titles from documents go into tables as they are, and break nothing.
#[test]
fn hostile_titles_break_no_answer() {
    let title = "<script>alert(1)</script> \"|` \u{202e}evil\u{202c} 🚀 -- ]]> &amp;";
    let text = format!(
        "phases:\n  now: {{title: '{title}'}}\n  more: 2027-01-01\nhosts: {{a: {{memory: 4GiB}}}}\nstartups: {{s1: {{containers: {{c: {{memory: 1GiB}}}}}}}}\n"
    );
    for format in ["table", "markdown", "json"] {
        let (out, error, code) = bayplan(&["roadmap", "-", "--format", format], &text);
        assert_eq!(code, Some(0), "{error}");
        assert!(format == "json" || !out.contains('\u{202e}'), "{out}");
        assert!(format != "markdown" || !out.contains("<script>"), "{out}");
    }
    let (out, error, code) = bayplan(&["draw", "-", "--as", "html"], &text);
    assert_eq!(code, Some(0), "{error}");
    assert!(!out.contains("<script>alert"), "the title is code");
}
