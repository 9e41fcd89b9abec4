//! `bayplan drift`: does everything run where it is planned?

use std::time::Instant;

use anyhow::{anyhow, bail};
use bayplan::operate::drift::{DriftError, drift};
use bayplan::report::{json, pages};

use super::args::{self, Use};
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;
use super::{input, observing, search};

/// Answers on standard output or in the file that the arguments name.
pub fn run(args: &args::Drift, screen: &Screen, start: Instant) -> anyhow::Result<Exit> {
    let mut inputs = vec![args.file.as_str()];
    inputs.extend(args.actual.iter().map(String::as_str));
    input::once_from_stdin(&inputs)?;
    let target = Target::new(&args.answering.writing, &inputs)?;
    let document = input::read_at(&args.file, &args.hosts, screen)?;
    let question = input::question(&document, &args.hosts, Use::Request, screen)?;
    let layout = &question.layout;
    if layout.placement.is_none() {
        bail!("{NO_PLACEMENT}");
    }
    let read = observing::read(observing::all_given(&args.actual, screen)?, &args.observing, screen)?;
    let said = observing::said(&args.observing)?;
    let names = observing::names(layout, &said, &args.observing)?;
    let containers = read.found.projects.iter().flat_map(|project| &project.containers).map(|it| &*it.name);
    let heard = containers.chain(read.found.measured.iter().map(|it| &*it.name)).collect();
    observing::are_heard(&said, &heard)?;
    let reckoning = observing::reckoning(&args.observing, 0);
    let answered = search::search(&args.searching, screen, start, 1, |options| {
        drift(layout, &names, &read.found, reckoning, options)
    });
    let answer = answered.map_err(|error| match error {
        DriftError::NoPlacement => anyhow!(NO_PLACEMENT),
        DriftError::NowhereSaid => anyhow!(NOWHERE_SAID),
        DriftError::Refuted(refuted) => screen.refuted(&refuted, Some(layout)),
    })?;
    screen.answer(
        &target,
        args.answering.format,
        || pages::drift(layout, &answer, &read.sources),
        || json::drift(layout, &answer, &read.sources, args.answering.timing(start)),
    )?;
    Ok(Exit::from_answer(answer.is_none()))
}

const NO_PLACEMENT: &str = "the document has no `placement`: nothing is planned that what runs could be compared with\n\nhelp: \
                            `bayplan plan FILE --save planned.yaml` writes the document with one";
const NOWHERE_SAID: &str = "the file does not say on which host anything runs\n\nhelp: give what names hosts, as Proxmox, Incus, a \
                            Swarm or Kubernetes do";
