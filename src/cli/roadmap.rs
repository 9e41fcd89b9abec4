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
    let mut whole = input::resolve_whole(&document, screen)?;
    if args.planned {
        whole.admit_planned_hosts();
    }
    input::gate(&mut whole, &args.gating, screen)?;
    let say = input::say_in_phase(&document, &whole);
    let found = search::search(&args.searching, screen, start, |options| roadmap(whole.clone(), &say, options));
    let roadmap = match found {
        Ok(roadmap) => roadmap,
        Err(RoadmapError::Refuted(refuted)) => return Err(screen.refuted(&refuted, Some(&whole))),
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
