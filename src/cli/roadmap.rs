//! `bayplan roadmap`: what comes when, where does it go, and when is there no room any more?

use std::time::Instant;

use anyhow::bail;
use bayplan::report::text::plain;
use bayplan::report::{json, pages};
use bayplan::roadmap::{RoadmapError, roadmap};
use bayplan::solve::Status;

use super::args;
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;
use super::{input, search};

/// Answers on standard output or in the file that the arguments name.
pub fn run(args: &args::Roadmap, screen: &Screen, start: Instant) -> anyhow::Result<Exit> {
    let target = Target::new(&args.answering.writing, &[&args.file])?;
    let document = input::read(&args.file, screen)?;
    let whole = input::resolve_whole(&document, screen)?;
    let said = document.says();
    let question = input::posed(whole, args.planned, args.gating.gate, screen)?.said_by(&said);
    let found = search::search(&args.searching, screen, start, 1, |options| roadmap(&question, options));
    let roadmap = match found {
        Ok(roadmap) => roadmap,
        Err(RoadmapError::Refuted(refuted)) => return Err(screen.refuted(&refuted, Some(&question.layout))),
        Err(RoadmapError::NoPhases) => bail!(
            "`{}` has no phases\n\nhelp: name them under `phases:`, in their order, and give startups, containers and \
             hosts a `from` or `until`",
            plain(&args.file)
        ),
    };
    screen.answer(
        &target,
        args.answering.format,
        || pages::roadmap(&roadmap),
        || json::roadmap(&roadmap, args.answering.timing(start)),
    )?;
    Ok(match roadmap.status() {
        Status::Optimal | Status::Feasible => Exit::Yes,
        Status::Infeasible => Exit::No,
        Status::Unknown => Exit::Unknown,
    })
}
