//! The program is asked: by the calls of the library that its commands make, or as a person starts it. Either way the
//! answer is what a program reads.

use std::collections::{BTreeMap, BTreeSet};

use bayplan::check::{ViolationKind, check, proof};
use bayplan::compare::{Side, compare, smallest_of_both};
use bayplan::document::{Destination, Document, Newcomers, Problems, Supposed, suppose};
use bayplan::draw;
use bayplan::explain::remedies::Remedy;
use bayplan::fit::{FitError, Fits, fit};
use bayplan::model::{Change, Layout, Like, Overlay, Placement};
use bayplan::plan::{self, Outlook, Plan, Refuted, Room, Wanted, costs, growth, survival};
use bayplan::question::{Arrivals, Question};
use bayplan::report::page::Page;
use bayplan::report::terminal::{self, Style};
use bayplan::report::{json, markdown, pages};
use bayplan::roadmap::roadmap;
use bayplan::solve::{NoLimit, Options, Status};
use bayplan::what_if::{WhatIfError, what_if};
use serde_json::Value;

use super::meaning::View;
use crate::support::program::{Folder, Ran};

const OPTIONS: Options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };

/// A verification ends after so many steps.
const STEPS: u64 = 1_000_000_000;

/// The files of a document, by name.
pub type Files = BTreeMap<String, String>;

/// What is asked about a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Check {
        survive: Option<(usize, Vec<String>)>,
    },
    Plan {
        keep: bool,
        partial: bool,
        moves: bool,
        proof: bool,
    },
    /// The best plan within so many moves, with its steps.
    Within(u64),
    FitStartup(String),
    FitStack(String, u32),
    WhatIf(Vec<Supposed>),
    Roadmap,
    /// With the file of that name.
    Compare(String),
}

/// A command and what goes with all of them.
#[derive(Clone, Debug)]
pub struct Ask {
    pub command: Command,
    pub view: View,
    /// The names of the phases.
    pub phases: Vec<String>,
    /// The file of the document.
    pub file: String,
    /// Whether only the answer itself is wanted: no remedies, and nothing that is said beside it.
    pub brief: bool,
}

/// What the program answers.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub code: i32,
    /// Null where there is none.
    pub json: Value,
    /// What would make it fit: files to be read with the document's.
    pub remedies: Vec<String>,
    pub certificate: Option<String>,
    /// The document with the placement that was found, where that is asked for.
    pub saved: Option<String>,
}

impl Ask {
    /// The arguments that ask the program the same.
    pub fn arguments(&self) -> Vec<String> {
        let file = self.file.as_str();
        let mut arguments = match &self.command {
            Command::Check { survive: None } => vec!["check".to_owned(), self.file.clone()],
            Command::Check { survive: Some((hosts, labels)) } => {
                let hosts = (*hosts > 0).then(|| hosts.to_string());
                let all: Vec<String> = hosts.into_iter().chain(labels.iter().cloned()).collect();
                words(&["check", file, "--survive", &all.join(",")])
            }
            Command::Plan { keep, partial, moves, proof } => {
                let mut arguments = words(&["plan", file]);
                arguments.extend(keep.then(|| "--keep".to_owned()));
                arguments.extend(partial.then(|| "--partial".to_owned()));
                arguments.extend(moves.then(|| "--moves".to_owned()));
                if *proof {
                    arguments.extend(words(&["--proof", "proof.json"]));
                }
                arguments
            }
            Command::Within(most) => words(&["plan", file, "--moves", "--max-moves", &most.to_string()]),
            Command::FitStartup(startup) => words(&["fit", file, "--startup", startup]),
            Command::FitStack(stack, count) => words(&["fit", file, "--stack", stack, "--count", &count.to_string()]),
            Command::WhatIf(supposed) => {
                let mut arguments = words(&["what-if", file]);
                for one in supposed {
                    arguments.extend(match one {
                        Supposed::Lose(host) => words(&["--lose", host]),
                        Supposed::Drain(host) => words(&["--drain", host]),
                        Supposed::AddHost(kind, count) => words(&["--add-host", &format!("{kind}={count}")]),
                        Supposed::Grow { pattern, resource, by } => {
                            words(&["--grow", pattern, &format!("{resource}={by}")])
                        }
                        Supposed::Without(startup) => words(&["--without", startup]),
                    });
                }
                arguments
            }
            Command::Roadmap => words(&["roadmap", file]),
            Command::Compare(other) => words(&["compare", file, other]),
        };
        if let Some(phase) = self.view.phase.filter(|_| self.command != Command::Roadmap) {
            arguments.extend(words(&["--phase", &self.phases[phase]]));
        }
        arguments.extend(self.view.planned.then(|| "--planned".to_owned()));
        if self.view.observed {
            arguments.extend(words(&["--use", "observed"]));
        }
        arguments
    }

    /// The command that repeats it.
    pub fn shown(&self) -> String {
        let quoted = self.arguments().into_iter().map(|it| if it.contains('*') { format!("'{it}'") } else { it });
        format!("bayplan {}", quoted.collect::<Vec<_>>().join(" "))
    }

    /// Asks the program itself, in a folder with the files.
    pub fn program(&self, files: &Files) -> Answer {
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let folder = Folder::with(&files);
        let mut arguments = self.arguments();
        arguments.extend(words(&["--format", "json", "--no-timing", "-q"]));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let Ran { code, out, err } = folder.run(&arguments);
        assert!(!err.contains("panicked"), "{err}");
        let json = serde_json::from_str(&out).unwrap_or(Value::Null);
        let certificate = folder.names().contains(&"proof.json".to_owned()).then(|| folder.read("proof.json"));
        Answer { code, json, certificate, ..Answer::default() }
    }

    fn document(&self, files: &Files) -> Result<Document, Problems> {
        let document = Document::read(&self.file, files)?;
        Ok(match self.view.phase {
            Some(phase) => document.at(&self.phases[phase]),
            None => document,
        })
    }

    fn posed(&self, layout: Layout) -> Question<'static> {
        let mut question = Question::about(layout);
        if self.view.planned {
            question = question.with_planned_hosts();
        }
        if self.view.observed {
            question = question.by_observed().expect("small amounts add up");
        }
        question
    }

    /// The layout that is asked about.
    pub fn layout(&self, files: &Files) -> Result<Layout, Problems> {
        Ok(self.posed(self.document(files)?.resolve()?.layout).layout)
    }

    /// Asks by the calls of the library. With `pages` the answer is also written for people.
    pub fn library(&self, files: &Files, pages: bool) -> Answer {
        self.answered(files, pages).unwrap_or_else(|problems| {
            let text = json::diagnostics(&problems);
            Answer { code: 2, json: serde_json::from_str(&text).expect("it is JSON"), ..Answer::default() }
        })
    }

    fn answered(&self, files: &Files, pages: bool) -> Result<Answer, Problems> {
        let document = self.document(files)?;
        let said = |phase: Option<&str>, changes: &[Change]| match phase {
            Some(phase) => document.clone().at(phase).changed(changes),
            None => document.changed(changes),
        };
        Ok(match &self.command {
            Command::Check { survive } => {
                let mut question = self.posed(document.resolve()?.layout);
                if let Some((hosts, labels)) = survive {
                    question = match question.surviving(*hosts, labels) {
                        Ok(question) => question,
                        Err(_) => return Ok(Answer { code: 2, ..Answer::default() }),
                    };
                }
                checked(&question.layout, pages)
            }
            &Command::Plan { .. } | &Command::Within(_) => {
                let (keep, partial, moves, proof, most) = match self.command {
                    Command::Plan { keep, partial, moves, proof } => (keep, partial, moves, proof, None),
                    Command::Within(most) => (false, false, true, false, Some(most)),
                    _ => unreachable!("it is about a plan"),
                };
                let mut question = self.posed(document.resolve()?.layout).said_by(&said).within_moves(most);
                (question.keep, question.partial) = (keep, partial);
                let all = Wanted { changes: true, steps: moves, costs: true, room: true, remedies: true };
                let wanted = if self.brief { Wanted::default() } else { all };
                let plan = match plan::plan(&question, wanted, &Options { certify: proof, ..OPTIONS }) {
                    Ok(plan) => plan,
                    Err(refuted) => return Ok(refused(&refuted)),
                };
                if pages {
                    show(|| pages::plan(&question.layout, &plan, pages::Details { explain: true, summary: false }));
                }
                Answer {
                    code: match plan.status {
                        Status::Optimal | Status::Feasible => i32::from(!plan.unplaced.is_empty()),
                        Status::Infeasible => 1,
                        Status::Unknown => 3,
                    },
                    json: value(&json::plan(&question.layout, &plan, None)),
                    remedies: written(&document, &plan.remedies),
                    certificate: plan.certificate.as_ref().map(|it| serde_json::to_string(it).expect("it is JSON")),
                    saved: (plan.status == Status::Optimal).then(|| {
                        let target = Destination { path: CHANGED, working_directory: None };
                        document.text_with_placement(&question.layout, &plan.placement, target).expect("it can be said")
                    }),
                }
            }
            Command::FitStartup(_) | Command::FitStack(..) => {
                let (document, names) = match &self.command {
                    Command::FitStack(stack, count) => document.with(&Newcomers::OfStack(stack.clone(), *count))?,
                    Command::FitStartup(startup) => (document.clone(), vec![startup.clone()]),
                    _ => unreachable!("it is about a fit"),
                };
                self.fits(&document, &names, matches!(self.command, Command::FitStack(..)), pages)?
            }
            Command::WhatIf(supposed) => {
                let mut question = self.posed(document.resolve()?.layout).said_by(&said);
                if question.layout.placement.is_none() {
                    let now = match plan::plan(&question, Wanted::default(), &OPTIONS) {
                        Ok(Plan { status: Status::Optimal | Status::Feasible, placement, .. }) => placement,
                        Ok(_) => Placement::empty(question.layout.demand.containers.len()),
                        Err(refuted) => return Ok(refused(&refuted)),
                    };
                    question = question.standing_as_planned(now);
                }
                suppose(&question.layout, supposed)?;
                let of_layout = |layout: &Layout| suppose(layout, supposed).ok();
                let answer = match what_if(&question, &of_layout, &OPTIONS) {
                    Ok(answer) => answer,
                    Err(WhatIfError::Refuted(refuted)) => return Ok(refused(&refuted)),
                    Err(WhatIfError::Change(_)) => return Ok(Answer { code: 2, ..Answer::default() }),
                };
                if pages {
                    show(|| pages::what_if(supposed, &answer));
                }
                Answer {
                    code: match answer.plan.status {
                        Status::Optimal | Status::Feasible => 0,
                        Status::Infeasible => 1,
                        Status::Unknown => 3,
                    },
                    json: value(&json::what_if(supposed, &answer, None)),
                    remedies: written(&document, &answer.plan.remedies),
                    ..Answer::default()
                }
            }
            Command::Roadmap => {
                let question = self.posed(document.resolve_whole()?.layout).said_by(&said);
                let Ok(roadmap) = roadmap(&question, &OPTIONS) else {
                    return Ok(Answer {
                        code: if question.layout.phases.is_empty() { 2 } else { 70 },
                        ..Answer::default()
                    });
                };
                if pages {
                    show(|| pages::roadmap(&roadmap));
                }
                let misfit = roadmap.stages.iter().find_map(|stage| stage.refused.as_ref());
                Answer {
                    code: match roadmap.status() {
                        Status::Optimal | Status::Feasible => 0,
                        Status::Infeasible => 1,
                        Status::Unknown => 3,
                    },
                    json: value(&json::roadmap(&roadmap, None)),
                    remedies: misfit.map_or_else(Vec::new, |plan| written(&document, &plan.remedies)),
                    ..Answer::default()
                }
            }
            Command::Compare(other) => {
                let other = Document::read(other, files)?;
                let other = self.view.phase.map_or(other.clone(), |phase| other.at(&self.phases[phase]));
                let mut sides = Vec::new();
                for document in [&document, &other] {
                    let question = self.posed(document.resolve()?.layout);
                    let placement = match question.layout.placement.clone() {
                        Some(placement) => placement,
                        None => match plan::plan(&question, Wanted::default(), &OPTIONS) {
                            Ok(plan) => plan.placement,
                            Err(refuted) => return Ok(refused(&refuted)),
                        },
                    };
                    sides.push((question, placement));
                }
                let side = |number: usize, name: &'static str| Side {
                    name,
                    layout: &sides[number].0.layout,
                    placement: &sides[number].1,
                };
                let (a, b) = (side(0, "lab"), side(1, "other"));
                let smallest = smallest_of_both(&a, &b);
                let room = [0, 1].map(|number| -> Option<Room> {
                    let (question, placement) = &sides[number];
                    let startups = &question.layout.demand.startups;
                    let startup = startups.iter().position(|it| Some(&it.name) == smallest.as_ref())?;
                    plan::room(question, placement, Like::Startup(startup), &OPTIONS).ok()?
                });
                let comparison = compare(&a, &b, room);
                if pages {
                    show(|| pages::compare(&comparison));
                }
                let code = i32::from(!comparison.is_same());
                Answer { code, json: value(&json::compare(&comparison, None)), ..Answer::default() }
            }
        })
    }

    /// Whether startups of the document fit.
    fn fits(&self, document: &Document, names: &[String], alike: bool, pages: bool) -> Result<Answer, Problems> {
        let said = |phase: Option<&str>, changes: &[Change]| match phase {
            Some(phase) => document.clone().at(phase).changed(changes),
            None => document.changed(changes),
        };
        let mut question = self.posed(document.resolve()?.layout).said_by(&said);
        let known = |name: &String| question.layout.demand.startups.iter().position(|startup| startup.name == *name);
        let Some(startups) = names.iter().map(known).collect::<Option<Vec<usize>>>() else {
            return Ok(Answer { code: 2, ..Answer::default() });
        };
        question.arrivals = Some(Arrivals { startups, alike, evict: false });
        let fit = match fit(&question, &OPTIONS) {
            Ok(fit) => fit,
            Err(FitError::Refuted(refuted)) => return Ok(refused(&refuted)),
            Err(_) => return Ok(Answer { code: 2, ..Answer::default() }),
        };
        if pages {
            show(|| pages::fit(&fit));
        }
        Ok(Answer {
            code: match fit.answer {
                Fits::AsIs | Fits::WithMoves => 0,
                Fits::No => 1,
                Fits::Unknown => 3,
            },
            json: value(&json::fit(&fit, None)),
            remedies: written(document, &fit.remedies),
            ..Answer::default()
        })
    }

    /// Whether the startups of these names fit, which the document has.
    pub fn fit_of(&self, files: &Files, names: &[String]) -> Answer {
        let answer = self.document(files).and_then(|document| self.fits(&document, names, false, false));
        answer.unwrap_or_else(|problems| panic!("{}", problems.render(false)))
    }

    /// Whether the certificate holds.
    pub fn verified(&self, files: &Files, certificate: &str, keep: bool) -> Option<bool> {
        let layout = self.layout(files).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        proof::verify(&layout, &serde_json::from_str(certificate).expect("it is one"), keep, STEPS).holds()
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("answers for programs are JSON")
}

fn refused(refuted: &Refuted) -> Answer {
    Answer { code: 70, json: Value::String(format!("{:?}", refuted.violations)), ..Answer::default() }
}

/// Written for people, which must not fail.
fn show(page: impl Fn() -> Page) {
    assert!(!terminal::render(&page(), &Style::plain(80)).is_empty());
    assert!(!markdown::render(&page()).is_empty());
}

/// The texts of files that make the remedies.
fn written(document: &Document, remedies: &[Remedy]) -> Vec<String> {
    let target = Destination { path: CHANGED, working_directory: None };
    let text = |change: &Overlay| document.text_extended(change, Some(target)).expect("it is in the same folder");
    remedies.iter().map(|remedy| text(&remedy.change)).collect()
}

/// What a file is called that makes a remedy.
pub const CHANGED: &str = "changed.yaml";

fn checked(layout: &Layout, pages: bool) -> Answer {
    let nothing = Placement::empty(layout.demand.containers.len());
    let placement = layout.placement.as_ref().unwrap_or(&nothing);
    let mut violations = check(layout, placement, Some(placement));
    let hosts = layout.usage(placement);
    let holds = violations.iter().all(|found| found.kind == ViolationKind::Unplaced);
    let survival = match survival(layout, placement, &OPTIONS) {
        Ok(survival) => survival,
        Err(refuted) => return refused(&refuted),
    };
    violations.extend(survival.iter().flat_map(|found| found.violations(layout, placement)));
    let known = survival.as_ref().is_none_or(|found| found.holds().is_some());
    let outlook = Outlook {
        survival,
        growth: holds.then(|| growth(layout, placement, &OPTIONS)).flatten(),
        costs: Some(costs(layout, placement)),
    };
    if pages {
        show(|| pages::check(layout, placement, &hosts, &violations, &outlook, pages::Details::default()));
    }
    Answer {
        code: if violations.is_empty() && !known { 3 } else { i32::from(!violations.is_empty()) },
        json: value(&json::check(layout, placement, &hosts, &violations, &outlook, None)),
        ..Answer::default()
    }
}

/// Draws it in every format.
pub fn drawn(layout: &Layout, placement: &Placement, by: Option<&str>) {
    let subject = || draw::Subject { title: "lab".to_owned(), layout, placement, later: BTreeSet::new() };
    for (format, width) in [(draw::Format::Sheet, 300), (draw::Format::Page, 1400), (draw::Format::Slide, 900)] {
        let together = draw::Together::SideBySide;
        let options = draw::Options { links: true, together, by: by.map(str::to_owned), width, format };
        let scene = draw::scene(&[subject(), subject()], &options);
        for picture in [
            draw::svg(&scene, draw::Theme::Auto),
            draw::html(&scene, draw::Theme::Dark, &options),
            draw::mermaid(&scene),
            draw::dot(&scene),
            draw::text(&scene),
        ] {
            assert!(!picture.is_empty());
        }
    }
}
