//! The library without the command line: what `bayplan plan` and `bayplan check` answer, by calls.
//!
//! `cargo run --no-default-features --example library -- plan layouts/shared.yaml`, or `check`; with `json` behind the
//! file as JSON. It builds for WebAssembly, too, and there answers the same bytes: `.ci/library` tries it.
//!
//! A document is read and resolved into a layout, the layout is asked, the answer is written. The library does no input
//! and output and has no clock of its own: files are read as [`Files`] says, and a search ends as its [`Clock`] does.
//!
//! [`Clock`]: bayplan::solve::Clock

use std::io::{self, Write};
use std::process::ExitCode;

use bayplan::check::{ViolationKind, check};
use bayplan::document::{Document, Files, Problems};
use bayplan::model::{Change, Layout, Placement};
use bayplan::plan::{self, Outlook, Refuted, Wanted};
use bayplan::question::Question;
use bayplan::report::pages::Details;
use bayplan::report::terminal::{self, Style};
use bayplan::report::{json, pages};
use bayplan::solve::{NoLimit, Options, Status};

/// Where `extends:` finds other files.
struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| error.to_string())
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match arguments[..] {
        ["plan", path] => plan(path, false),
        ["plan", path, "json"] => plan(path, true),
        ["check", path] => checked(path, false),
        ["check", path, "json"] => checked(path, true),
        _ => Err("usage: library plan|check FILE [json]\n".to_owned()),
    };
    let (code, written) = match answer {
        Ok((code, text)) => (code, io::stdout().write_all(text.as_bytes())),
        Err(text) => (2, io::stderr().write_all(text.as_bytes())),
    };
    ExitCode::from(if written.is_ok() { code } else { 2 })
}

/// Where should everything go? The answer, and 0 where it fits, 1 where it does not, 3 where that is not known.
fn plan(path: &str, as_json: bool) -> Result<(u8, String), String> {
    let (document, layout) = read(path)?;
    let say = |_: Option<&str>, changes: &[Change]| document.changed(changes);
    let question = Question::about(layout).said_by(&say);
    let wanted = Wanted { changes: true, steps: false, costs: as_json, room: true, remedies: true };
    let plan = plan::plan(&question, wanted, &options()).map_err(refuted)?;
    let layout = &question.layout;
    let code = match plan.status {
        Status::Optimal | Status::Feasible => 0,
        Status::Infeasible => 1,
        Status::Unknown => 3,
    };
    Ok((
        code,
        if as_json {
            json::plan(layout, &plan, None)
        } else {
            terminal::render(&pages::plan(layout, &plan, Details::default()), &style())
        },
    ))
}

/// Is the arrangement of the document all right? The answer, and 0 where it is, 1 where it is not.
fn checked(path: &str, as_json: bool) -> Result<(u8, String), String> {
    let (_, layout) = read(path)?;
    let nothing = Placement::empty(layout.demand.containers.len());
    let placement = layout.placement.as_ref().unwrap_or(&nothing);
    let mut violations = check(&layout, placement, Some(placement));
    let mut outlook = Outlook::default();
    if violations.iter().all(|found| found.kind == ViolationKind::Unplaced) {
        outlook.survival = plan::survival(&layout, placement, &options()).map_err(refuted)?;
        outlook.growth = plan::growth(&layout, placement, &options());
    }
    violations.extend(outlook.survival.iter().flat_map(|found| found.violations(&layout, placement)));
    let hosts = layout.usage(placement);
    let text = if as_json {
        outlook.costs = Some(plan::costs(&layout, placement));
        json::check(&layout, placement, &hosts, &violations, &outlook, None)
    } else {
        terminal::render(&pages::check(&layout, placement, &hosts, &violations, &outlook, Details::default()), &style())
    };
    Ok((u8::from(!violations.is_empty()), text))
}

fn read(path: &str) -> Result<(Document, Layout), String> {
    let document = Document::read(path, &Disk).map_err(rendered)?;
    let resolved = document.resolve().map_err(rendered)?;
    Ok((document, resolved.layout))
}

/// The answer depends on no clock and no number of threads, only on the document and the seed.
fn options() -> Options<'static> {
    Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false }
}

fn style() -> Style {
    Style::plain(80)
}

fn rendered(problems: Problems) -> String {
    problems.render(false)
}

fn refuted(refuted: Refuted) -> String {
    format!("the referee refuted the solver: {} violations\n", refuted.violations.len())
}
