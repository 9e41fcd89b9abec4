//! The road ahead: against looking at every arrangement of every phase, and in whole messages.
//!
//! `BAYPLAN_CASES=3000 cargo test --test it roadmap::` tries more documents.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::support::ask;
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

/// Where each container is, if it is there.
type At = Vec<Option<usize>>;

/// A small document with phases, and what it means.
struct Case {
    phases: usize,
    hosts: Vec<Host>,
    /// What each asks for in each phase, in GiB, and when it is there.
    containers: Vec<(Vec<u64>, Span)>,
    apart: Option<(usize, usize)>,
    together: Option<(usize, usize)>,
    survive: bool,
    /// Which are replicas, the first and the second, that is there in some of the phases of the first.
    twins: Option<(usize, usize)>,
    /// Which may be in zone a only.
    pinned: Option<usize>,
    now: At,
}

struct Host {
    /// In each phase, in GiB.
    memory: Vec<u64>,
    /// In each phase, whether it is in zone a.
    in_a: Vec<bool>,
    span: Span,
    drains: bool,
}

impl Case {
    /// With `more`, hosts are drained, containers bound together and losses survived.
    fn random(seed: u64, more: bool) -> Case {
        let mut rng = Rng::with_seed(seed);
        let phases = rng.usize(2..=3);
        let hosts: Vec<Host> = (0..rng.usize(2..=3))
            .map(|host| {
                let always = Span { from: 0, until: phases };
                let memory = vec![rng.u64(4..9); phases];
                let span = if host == 0 && rng.bool() { always } else { Span::random(&mut rng, phases) };
                Host { memory, in_a: vec![true; phases], span, drains: more && rng.u8(..3) == 0 }
            })
            .collect();
        let most = if more { 4 } else { 6 };
        let containers: Vec<(Vec<u64>, Span)> =
            (0..rng.usize(2..=most)).map(|_| (vec![rng.u64(1..4); phases], Span::random(&mut rng, phases))).collect();
        let pair = |rng: &mut Rng| {
            let (a, b) = (rng.usize(..containers.len()), rng.usize(..containers.len()));
            (a != b && rng.bool()).then_some((a.min(b), a.max(b)))
        };
        let apart = pair(&mut rng);
        let together = if more { pair(&mut rng) } else { None };
        let survive = more && hosts.len() > 1 && rng.u8(..3) == 0;
        let now = vec![None; containers.len()];
        let mut case = Case { phases, hosts, containers, apart, together, survive, twins: None, pinned: None, now };
        case.vary(&mut Rng::with_seed(seed ^ 0x9e37_79b9));
        case.vary_more(&mut Rng::with_seed(seed ^ 0x7f4a_7c15));
        // What runs now, where the first phase fits at all: also on hosts that are drained since.
        if more || rng.bool() {
            let drains: Vec<bool> = case.hosts.iter_mut().map(|host| std::mem::take(&mut host.drains)).collect();
            let all = case.arrangements(0, &case.now);
            case.hosts.iter_mut().zip(drains).for_each(|(host, drains)| host.drains = drains);
            if !all.is_empty() {
                case.now = all[rng.usize(..all.len())].clone();
            }
        }
        case
    }

    /// In every third document some amounts are others in later phases.
    fn vary(&mut self, rng: &mut Rng) {
        if rng.u8(..3) > 0 {
            return;
        }
        let hosts = self.hosts.iter_mut().map(|host| (&mut host.memory, 9));
        let containers = self.containers.iter_mut().map(|(memory, _)| (memory, 4));
        for (memory, most) in hosts.chain(containers) {
            for phase in 1..self.phases {
                memory[phase] = if rng.u8(..3) == 0 { rng.u64(1..most) } else { memory[phase - 1] };
            }
        }
    }

    /// In every third document there are more replicas in some phases than in others, and in every third hosts change zones.
    fn vary_more(&mut self, rng: &mut Rng) {
        if rng.u8(..3) == 0 {
            let first = rng.usize(..self.containers.len());
            let (memory, of) = self.containers[first].clone();
            let there: Vec<usize> = (of.from..of.until.min(self.phases)).collect();
            let from = there[rng.usize(..there.len())];
            let until = if rng.bool() { of.until } else { rng.usize(from + 1..=of.until.min(self.phases)) };
            self.twins = Some((first, self.containers.len()));
            self.containers.push((memory, Span { from, until }));
            self.now.push(None);
        }
        if rng.u8(..3) == 0 {
            let single = self.containers.len() - usize::from(self.twins.is_some());
            self.pinned = Some(rng.usize(..single));
            // The first is in zone a, always: so the zone is known.
            for host in self.hosts.iter_mut().skip(1) {
                for phase in 0..self.phases {
                    host.in_a[phase] = if phase == 0 || rng.bool() { rng.bool() } else { host.in_a[phase - 1] };
                }
            }
        }
    }

    /// How it is called: `s1/c`, or `s1/c.2`.
    fn id(&self, container: usize) -> String {
        match self.twins {
            Some((first, _)) if first == container => format!("s{first}/c.1"),
            Some((first, second)) if second == container => format!("s{first}/c.2"),
            _ => format!("s{container}/c"),
        }
    }

    /// What is said of replicas and zones.
    fn said_besides(&self, container: usize) -> String {
        let mut said = String::new();
        if self.pinned == Some(container) {
            said += ", on: {zone: a}";
        }
        if let Some((first, second)) = self.twins.filter(|twins| twins.0 == container) {
            let (one, two) = (self.containers[first].1, self.containers[second].1);
            let count = |phase: usize| 1 + usize::from(two.has(phase));
            let turns = (one.from..one.until.min(self.phases))
                .filter(|&phase| phase == one.from || count(phase) != count(phase - 1))
                .map(|phase| format!("p{phase}: {}", count(phase)));
            said += &format!(", replicas: {{{}}}", turns.collect::<Vec<_>>().join(", "));
        }
        said
    }

    /// The zone of a host, or one for each phase in which that becomes another.
    fn zone(&self, host: usize) -> String {
        let zone = |phase: usize| if self.hosts[host].in_a[phase] { "a" } else { "b" };
        let from = self.hosts[host].span.from;
        let until = self.hosts[host].span.until.min(self.phases);
        if (from..until).all(|phase| zone(phase) == zone(from)) {
            return zone(from).to_owned();
        }
        let turns = (from..until).filter(|&phase| phase == from || zone(phase) != zone(phase - 1));
        let turns: Vec<String> = turns.map(|phase| format!("p{phase}: {}", zone(phase))).collect();
        format!("{{{}}}", turns.join(", "))
    }

    /// An amount, or one for each phase in which it becomes another.
    fn amount(memory: &[u64], span: Span) -> String {
        let there = span.from..span.until.min(memory.len());
        if memory[there.clone()].iter().all(|it| *it == memory[span.from]) {
            return format!("{}GiB", memory[span.from]);
        }
        let turns = there.filter(|&phase| phase == span.from || memory[phase] != memory[phase - 1]);
        let turns: Vec<String> = turns.map(|phase| format!("p{phase}: {}GiB", memory[phase])).collect();
        format!("{{{}}}", turns.join(", "))
    }

    fn text(&self) -> String {
        let mut text = "phases:\n".to_owned();
        for phase in 0..self.phases {
            let _ = writeln!(text, "  p{phase}: {{date: 2027-0{}-01}}", phase + 1);
        }
        text += "hosts:\n";
        for (host, Host { memory, in_a: _, span, drains }) in self.hosts.iter().enumerate() {
            let state = if *drains { ", state: drain" } else { "" };
            let memory = Case::amount(memory, *span);
            let _ = writeln!(
                text,
                "  h{host}: {{memory: {memory}, labels: {{zone: {}}}{state}{}}}",
                self.zone(host),
                span.text(self.phases)
            );
        }
        text += "startups:\n";
        for (container, (memory, span)) in self.containers.iter().enumerate() {
            if self.twins.is_some_and(|(_, second)| second == container) {
                continue;
            }
            let memory = Case::amount(memory, *span) + &self.said_besides(container);
            let span = span.text(self.phases);
            // Some say it of the container, some of the startup.
            let _ = match container % 2 {
                0 => writeln!(text, "  s{container}: {{containers: {{c: {{memory: {memory}}}}}{span}}}"),
                _ => writeln!(text, "  s{container}: {{containers: {{c: {{memory: {memory}{span}}}}}}}"),
            };
        }
        let bound = |name: &str, (a, b): (usize, usize)| format!("{{{name}: [{}, {}]}}", self.id(a), self.id(b));
        let pairs = [("apart", self.apart), ("together", self.together)];
        let rules = pairs.into_iter().filter_map(|(name, pair)| Some(bound(name, pair?)));
        let rules: Vec<String> = rules.chain(self.survive.then(|| "{survive: 1}".to_owned())).collect();
        if !rules.is_empty() {
            let _ = writeln!(text, "rules: [{}]", rules.join(", "));
        }
        if self.now.iter().any(Option::is_some) {
            text += "placement:\n";
            for host in 0..self.hosts.len() {
                let here = (0..self.now.len()).filter(|&container| self.now[container] == Some(host));
                let here: Vec<String> = here.map(|container| self.id(container)).collect();
                let _ = writeln!(text, "  h{host}: [{}]", here.join(", "));
            }
        }
        text
    }

    /// Whether a container may be on a host with the others at `at`, when things stood as `before` until then.
    fn may_join(&self, phase: usize, before: &At, at: &At, container: usize, host: usize) -> bool {
        let Host { memory, in_a, span, drains } = &self.hosts[host];
        let of = self.twins.filter(|twins| twins.1 == container).map_or(container, |twins| twins.0);
        let others = at.iter().zip(&self.containers).enumerate();
        let here = others.filter(|(other, (on, _))| *other != container && **on == Some(host));
        let used: u64 = here.map(|(_, (_, (memory, _)))| memory[phase]).sum();
        let other = |pair: Option<(usize, usize)>| match pair {
            Some((a, b)) if a == container => at[b],
            Some((a, b)) if b == container => at[a],
            _ => None,
        };
        span.has(phase)
            && (self.pinned != Some(of) || in_a[phase])
            && (!*drains || before[container] == Some(host))
            && used + self.containers[container].0[phase] <= memory[phase]
            && other(self.apart) != Some(host)
            && other(self.together).is_none_or(|there| there == host)
    }

    /// Every arrangement that a phase may have when things stood as `before` until then.
    fn arrangements(&self, phase: usize, before: &At) -> Vec<At> {
        let mut all = vec![vec![None; self.containers.len()]];
        for (container, (_, span)) in self.containers.iter().enumerate().filter(|(_, (_, span))| span.has(phase)) {
            let _ = span;
            let joined = |at: &At| {
                let hosts = (0..self.hosts.len()).filter(|&host| self.may_join(phase, before, at, container, host));
                let at = at.clone();
                hosts
                    .map(move |host| {
                        let mut next = at.clone();
                        next[container] = Some(host);
                        next
                    })
                    .collect::<Vec<At>>()
            };
            all = all.iter().flat_map(joined).collect();
        }
        all.retain(|at| !self.survive || self.survives(phase, at));
        all
    }

    /// Whether after the loss of each host what it held finds room while the rest stands still.
    fn survives(&self, phase: usize, at: &At) -> bool {
        (0..self.hosts.len()).filter(|&host| self.hosts[host].span.has(phase)).all(|lost| {
            let left: At = at.iter().map(|host| host.filter(|&host| host != lost)).collect();
            let mut all = vec![left.clone()];
            for container in (0..at.len()).filter(|&container| at[container] == Some(lost)) {
                let mut next = Vec::new();
                for at in &all {
                    let others = (0..self.hosts.len()).filter(|&host| host != lost);
                    for host in others.filter(|&host| self.may_join(phase, &left, at, container, host)) {
                        next.push(at.clone());
                        next.last_mut().expect("it was pushed")[container] = Some(host);
                    }
                }
                all = next;
            }
            !all.is_empty()
        })
    }

    /// Whether each phase fits after those before it that do, and the fewest moves through all of these.
    fn road(&self) -> (Vec<bool>, u64) {
        let mut reached: BTreeMap<At, u64> = BTreeMap::from([(self.now.clone(), 0)]);
        let mut fits = Vec::new();
        for phase in 0..self.phases {
            let mut next: BTreeMap<At, u64> = BTreeMap::new();
            for (before, cost) in &reached {
                for after in self.arrangements(phase, before) {
                    let moved = before.iter().zip(&after).filter(|(a, b)| a.is_some() && b.is_some() && a != b);
                    let cost = cost + moved.count() as u64;
                    let known = next.entry(after).or_insert(cost);
                    *known = cost.min(*known);
                }
            }
            fits.push(!next.is_empty());
            reached = if next.is_empty() { reached } else { next };
        }
        (fits, reached.into_values().min().unwrap_or(0))
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

/// Asks for the road of random documents: right in every case, and so many of a hundred with the fewest moves and proven.
#[expect(clippy::print_stdout, reason = "how often it is proven is worth saying")]
fn assert_roads_are_right(documents: u64, more: bool, best: usize, shown: usize) {
    let found = cases::each(0, documents, |seed| {
        let case = Case::random(seed, more);
        let text = case.text();
        let found = ahead(&text);
        let (fits, least) = case.road();
        for (stage, &fits) in found.stages.iter().zip(&fits) {
            assert_eq!(
                stage.status,
                if fits { Status::Feasible } else { Status::Infeasible },
                "{}\n{text}",
                stage.phase
            );
            assert_eq!(stage.refused.is_none(), fits, "{}\n{text}", stage.phase);
        }
        let adjacent = |run: &Vec<usize>| run.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        assert!(found.runs.iter().all(adjacent), "{:?}\n{text}", found.runs);
        assert!(found.moves >= least, "{} moves, the fewest are {least}\n{text}", found.moves);
        assert!(found.bound <= least, "bound {}, the fewest are {least}\n{text}", found.bound);
        let misfits = fits.iter().filter(|fits| !**fits).count();
        (found.moves == least, found.moves == found.bound, least > 0, misfits)
    });
    let all = found.len();
    let fewest = found.iter().filter(|it| it.0).count();
    let proven = found.iter().filter(|it| it.1).count();
    let moving = found.iter().filter(|it| it.2).count();
    let misfits: usize = found.iter().map(|it| it.3).sum();
    println!("{all} documents: {fewest} with the fewest moves, {proven} proven, {moving} have to move");
    assert!(moving * 40 > all && misfits > 0, "{moving} {misfits}");
    assert!(fewest * 100 >= all * best, "{fewest} of {all} with the fewest moves");
    assert!(proven * 100 >= all * shown, "{proven} of {all} proven");
}

#[test]
fn moves_are_never_fewer_than_can_be_nor_their_bound_more() {
    assert_roads_are_right(400, false, 97, 90);
}

/// What has left a draining host does not come back, and every phase is to survive by itself.
#[test]
fn drained_hosts_and_losses_are_kept_in_mind_from_phase_to_phase() {
    assert_roads_are_right(400, true, 97, 90);
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
fn what_comes_later_is_said_and_brought_forward() {
    let text = "\
phases: {now: {}, later: 2027-06-01}
hosts:
  a: {memory: 4GiB}
  b: {memory: 4GiB, from: later, state: planned, price: 7}
startups:
  web: {containers: {app: {memory: 3GiB}, db: {memory: 3GiB}}}
  more: {from: later, containers: {app: {memory: 1GiB}}}
";
    for planned in [&[][..], &["--planned"]] {
        let (out, error, code) = bayplan(&[&["plan", "-"], planned].concat(), text);
        assert_eq!(code, Some(1), "{error}");
        assert!(!out.contains("--planned") && out.contains("comes with `later`"), "{out}");
        assert!(out.contains("bring `b` forward to `now` (price 7)"), "{out}");
    }
    let document = read::document(text);
    let layout = document.resolve().expect("a document").layout;
    let plan = ask::with_remedies(&document, &layout, ask::EVERYTHING, &OPTIONS).expect("the referee agrees");
    for remedy in &plan.remedies {
        let layout = document.overlaid(&remedy.change).expect("a document").resolve().expect("a layout").layout;
        let plan = ask::plan(&layout, ask::EVERYTHING, &OPTIONS).expect("the referee agrees");
        assert!(matches!(plan.status, Status::Optimal | Status::Feasible), "{}", remedy.text);
    }
    let (_, error, code) = bayplan(&["fit", "-", "--startup", "more"], text);
    assert_eq!(code, Some(2));
    assert!(error.contains("`more` comes with `later`") && error.contains("--phase later"), "{error}");
}

/// What stands in the way of a phase is a no with its reason, never a refuted answer; with no time at all, too.
#[test]
fn a_phase_that_does_not_survive_is_a_no_and_without_time_nothing_is_known() {
    let text = "\
phases: {now: {}, next: 2027-08-11}
hosts: {a: {memory: 4GiB}, b: {memory: 4GiB}}
startups: {web: {from: next, containers: {app: {memory: 1GiB, on: b}}}}
rules: [{survive: 1}]
";
    let (out, error, code) = bayplan(&["roadmap", "-"], text);
    assert_eq!(code, Some(1), "{out}{error}");
    assert!(out.contains("with b lost"), "{out}");
    assert_eq!(bayplan(&["draw", "-", "--as", "svg"], text).2, Some(0));
    let (_, error, code) = bayplan(&["roadmap", "-", "--time-limit", "0s"], text);
    assert!(matches!(code, Some(1 | 3)), "{error}");
}

/// Three that must be together by two rules go at once, whoever asks.
#[test]
fn rules_that_overlap_make_one_unit() {
    let text = "\
hosts: {old: {memory: 4GiB}, new: {memory: 9GiB}}
startups: {web: {containers: {app: {memory: 1GiB}, db: {memory: 1GiB}, mail: {memory: 1GiB}}}}
rules: [{together: [web/app, web/db]}, {together: [web/app, web/mail]}]
goals: [balance]
placement: {old: [web/*]}
";
    for question in [&["plan", "-", "--moves"][..], &["what-if", "-", "--drain", "old"]] {
        let (out, error, code) = bayplan(question, text);
        assert_eq!(code, Some(0), "{out}{error}");
    }
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

/// A larger host, and more that is asked for: each phase is planned with its amounts, and by when the host is needed is said.
#[test]
fn amounts_become_others_with_a_phase() {
    let text = "\
phases: {now: {title: Now}, q2: 2027-04-01, q3: 2027-07-01}
hosts:
  nuc: {cpu: 12, memory: {now: 16GiB, q2: 24GiB}, reserve: {memory: {now: 1GiB, q3: 2GiB}}, resources: {gpu: {now: 0, q2: 1}}}
  ws: {cpu: 12, memory: 16GiB, price: {now: 100, q2: 80.5}}
stacks:
  web: {app: {cpu: 500m, memory: {now: 2GiB, q2: 3GiB}}, db: {cpu: 1, memory: 4GiB}}
startups:
  s01..s03: web
  s04..s05: {stack: web, from: q3}
";
    let Ran { code, out, .. } = asked(&["roadmap", "-"], text);
    let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(code, 0, "{out}");
    for sentence in [
        "becomes nuc memory 16GiB -> 24GiB; nuc gpu nothing -> 1; ws price 100 -> 80.5; s01..s03/app memory 2GiB -> 3GiB;",
        "the larger `nuc` can wait until q3",
        "becomes nuc reserve of memory 1GiB -> 2GiB",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{out}");
    }
    let later = text.replace("memory: {now: 16GiB, q2: 24GiB}", "memory: {now: 16GiB, q3: 24GiB}");
    let said = asked(&["roadmap", "-"], &later).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains(
            "nuc memory 16GiB -> 24GiB; nuc reserve of memory 1GiB -> 2GiB; without the larger `nuc` it does not fit"
        ),
        "{said}"
    );
    let idle = text.replace("  s04..s05: {stack: web, from: q3}\n", "");
    let said = asked(&["roadmap", "-"], &idle).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("no phase needs the larger `nuc`"), "{said}");
    // Of one phase it is the document that says the amounts of that phase alone.
    let plain = text
        .replace("{now: 16GiB, q2: 24GiB}", "24GiB")
        .replace("{now: 1GiB, q3: 2GiB}", "2GiB")
        .replace("{now: 100, q2: 80.5}", "80.5")
        .replace("{now: 0, q2: 1}", "1")
        .replace("{now: 2GiB, q2: 3GiB}", "3GiB");
    for command in ["plan", "draw"] {
        let args: &[&str] =
            if command == "plan" { &["plan", "-", "--format", "json", "--no-timing"] } else { &["draw", "-"] };
        let of = |text: &str| asked(&[args, &["--phase", "q3"]].concat(), text).out;
        assert_eq!(of(text), of(&plain), "{command}");
    }
}

#[test]
fn amounts_of_phases_are_said_for_each_phase_in_which_something_is_there() {
    let of = |memory: &str, rest: &str| {
        let text = format!(
            "phases: {{now: {{title: Now}}, q2: 2027-04-01}}\nhosts: {{a: {{memory: {memory}{rest}}}}}\nstartups: {{s: {{containers: {{x: {{memory: 1GiB}}}}}}}}\n"
        );
        let Ran { code, err, .. } = asked(&["plan", "-", "--phase", "q2"], &text);
        (code, err)
    };
    assert_eq!(of("{now: 1GiB, q2: 2GiB}", "").0, 0);
    assert_eq!(of("{q2: 2GiB}", ", from: q2").0, 0);
    for (memory, said) in [
        ("{q2: 2GiB}", "`memory` does not say how much it is in the phase `now`"),
        ("{now: 1GiB, q9: 2GiB}", "there is no phase `q9`"),
        ("{}", "`memory` says nothing of any phase"),
        ("{now: {q2: 1GiB}}", "a map"),
        ("{now: many}", "many"),
    ] {
        let (code, err) = of(memory, "");
        assert!(code == 2 && err.contains(said) && err.contains("<stdin>:2:"), "{memory}: {err}");
    }
    let Ran { code, err, .. } =
        asked(&["plan", "-"], "hosts: {a: {memory: {day: 1GiB}}}\nstartups: {s: {containers: {x: {memory: 1GiB}}}}\n");
    assert!(code == 2 && err.contains("there is no phase `day`"), "{err}");
    let Ran { code, err, .. } = asked(
        &["plan", "-"],
        "hosts: {a: {memory: 1GiB}}\nstartups: {s: {containers: {x: {memory: 1GiB, observed: {memory: {now: 2GiB}}}}}}\n",
    );
    assert!(code == 2 && err.contains("there is no time `now`"), "what was measured is the same in all phases: {err}");
}

/// Each phase is what a document says that has no phases: counts, replicas, labels, pools, sizes and limits included.
#[test]
fn what_differs_by_phase_is_in_each_what_a_plain_document_says() {
    let text = |phases: &str, pick: &dyn Fn(&str, &str) -> String| {
        format!(
            "{phases}hosts:
  nuc: {{count: {}, memory: 8GiB, labels: {{zone: {}}}, limits: {{memory: {}}}}}
  pi: {{memory: {}, labels: {{zone: a}}}}
pools: {{ceph: {{disk: {}, reserve: {{disk: {}}}}}}}
sizes: {{small: {{memory: {}}}}}
stacks:
  app: {{web: {{size: small, replicas: {}, spread: zone, limit: {{memory: {}}}}}}}
startups:
  s1: app
  s2: {{containers: {{db: {{memory: 1GiB, pool: ceph, disk: {}, on: {{zone: a}}}}}}}}
",
            pick("1", "2"),
            pick("a", "b"),
            pick("50%", "75%"),
            pick("4GiB", "6GiB"),
            pick("1TB", "2TB"),
            pick("10%", "100GB"),
            pick("1GiB", "1280MiB"),
            pick("1", "3"),
            pick("1GiB", "2GiB"),
            pick("500GB", "900GB"),
        )
    };
    let all = text("phases: {now: {}, q3: 2027-07-01}\n", &|now, q3| format!("{{now: {now}, q3: {q3}}}"));
    let plain = [text("", &|now, _| now.to_owned()), text("", &|_, q3| q3.to_owned())];
    for (phase, plain) in ["now", "q3"].into_iter().zip(plain) {
        for question in [&["plan", "-"][..], &["fit", "-", "--stack", "app"], &["what-if", "-", "--lose", "pi"]] {
            let asked = |text: &str, more: &[&str]| {
                let (out, error, _) = bayplan(&[question, more, &["--format", "json", "--no-timing"]].concat(), text);
                let answer: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{error}"));
                let hosts = answer["hosts"].as_array().cloned().unwrap_or_default();
                // The second NUC is only planned as long as it is not there.
                let hosts = hosts.into_iter().filter(|it| it["state"] != "planned");
                let hosts = hosts.map(|mut it| {
                    if it["name"] == "nuc-1" || it["name"] == "nuc-2" {
                        it["name"] = "nuc".into()
                    };
                    it
                });
                let drawn = &answer["pools"][0];
                let pool = (drawn["used"].clone(), drawn["allocatable"].clone());
                (hosts.collect::<Vec<_>>(), answer["goals"].clone(), pool, answer["answer"].clone())
            };
            let (of_phase, alone) = (asked(&all, &["--phase", phase]), asked(&plain, &[]));
            assert_eq!(of_phase, alone, "{phase} {question:?}");
        }
    }
    let (out, error, code) = bayplan(&["roadmap", "-"], &all);
    assert_eq!(code, Some(0), "{out}{error}");
    let out = out.replace('\n', " ");
    for said in ["nuc-2", "s1/web.2", "label zone"] {
        assert!(out.contains(said), "{said}: {out}");
    }
}

#[test]
fn counts_by_phase_are_said_for_each_phase_and_hosts_do_not_come_back() {
    let with = |host: &str, web: &str| {
        format!(
            "phases: {{now: {{}}, q2: 2027-04-01, q3: 2027-07-01}}\nhosts: {{nuc: {{memory: 8GiB, count: {host}}}}}\nstartups: {{s: {{containers: {{web: {{memory: 1GiB, replicas: {web}}}}}}}}}\n"
        )
    };
    assert_eq!(bayplan(&["roadmap", "-"], &with("{now: 1, q2: 3, q3: 2}", "{now: 3, q2: 1, q3: 2}")).2, Some(0));
    for (host, web, said) in [
        ("{now: 2, q2: 1, q3: 2}", "1", "`nuc-2` is gone in between"),
        ("{q2: 2}", "1", "`count` does not say how many there are in the phase `now`"),
        ("1", "{q2: 2}", "`replicas` does not say how many there are in the phase `now`"),
        ("{now: 1, q9: 2}", "1", "there is no phase `q9`"),
        ("{now: 0, q2: 2}", "1", "it must be from 1 to"),
        ("{}", "1", "says nothing of any phase"),
        ("{now: [1]}", "1", "a list"),
    ] {
        let (_, error, code) = bayplan(&["plan", "-"], &with(host, web));
        assert_eq!(code, Some(2), "{said}: {error}");
        assert!(error.contains(said), "{said}: {error}");
    }
}
