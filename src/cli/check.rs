//! `bayplan check`: is this arrangement all right?

use std::time::Instant;

use anyhow::anyhow;
use bayplan::certificate::Certificate;
use bayplan::check::proof;
use bayplan::model::Placement;
use bayplan::plan::{Checked, checked};
use bayplan::report::pages::Details;
use bayplan::report::summary;
use bayplan::report::text::plain;
use bayplan::report::{json, pages};

use super::args::{self, Format, Lost};
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;
use super::{input, search};

/// A verification ends after so many steps, which take some minutes.
const STEPS: u64 = 50_000_000_000;

/// Answers on standard output or in the file that the arguments name.
pub fn run(args: &args::Check, screen: &Screen, start: Instant) -> anyhow::Result<Exit> {
    if let Some(proof) = &args.proof {
        return verify(args, proof, screen, start);
    }
    let target = Target::new(&args.answering.writing, &[&args.file])?;
    let document = input::read_at(&args.file, &args.hosts, screen)?;
    let mut question = input::question(&document, &args.hosts, args.gating.gate, screen)?;
    if !args.survive.is_empty() {
        let hosts =
            args.survive.iter().filter_map(|lost| if let Lost::Hosts(hosts) = lost { Some(hosts.get()) } else { None });
        let label = |lost: &Lost| if let Lost::Label(label) = lost { Some(label.clone()) } else { None };
        let labels: Vec<String> = args.survive.iter().filter_map(label).collect();
        let asked = question.surviving(hosts.max().unwrap_or(0), &labels);
        question = asked.map_err(|(message, help)| anyhow!("{message}\n\nhelp: {help}"))?;
    }
    let layout = question.layout;
    summary::uncategorised(&layout).iter().for_each(|said| screen.note(said));
    let nothing = Placement::empty(layout.demand.containers.len());
    let placement = layout.placement.as_ref().unwrap_or(&nothing);

    let with_costs = args.costs || args.answering.format != Format::Table;
    let checked =
        search::search(&args.searching, screen, start, 1, |options| checked(&layout, placement, with_costs, options))
            .map_err(|refuted| screen.refuted(&refuted, Some(&layout)))?;
    let Checked { hosts, violations, outlook, known } = checked;
    let details = Details { summary: args.summary, ..Details::default() };
    screen.answer(
        &target,
        args.answering.format,
        || pages::check(&layout, placement, &hosts, &violations, &outlook, details),
        || json::check(&layout, placement, &hosts, &violations, &outlook, args.answering.timing(start)),
    )?;
    Ok(if violations.is_empty() && !known { Exit::Unknown } else { Exit::from_answer(violations.is_empty()) })
}

/// Whether the certificate `path` holds for the document.
fn verify(args: &args::Check, path: &str, screen: &Screen, start: Instant) -> anyhow::Result<Exit> {
    let target = Target::new(&args.answering.writing, &[&args.file, path])?;
    input::once_from_stdin(&[&args.file, path])?;
    let document = input::read_at(&args.file, &args.hosts, screen)?;
    let layout = input::question(&document, &args.hosts, args.gating.gate, screen)?.layout;
    let certificate: Certificate = match serde_json::from_str(&input::source(path, screen)?.text) {
        Ok(certificate) => certificate,
        Err(error) => anyhow::bail!(
            "cannot read `{}`: {}\n\nhelp: give what `bayplan plan {} --proof FILE` wrote",
            plain(path),
            plain(&error.to_string()),
            plain(&args.file)
        ),
    };
    let judgement = proof::verify(&layout, &certificate, args.keep, STEPS);
    screen.answer(
        &target,
        args.answering.format,
        || pages::proof(&layout, &judgement),
        || json::proof(&judgement, args.answering.timing(start)),
    )?;
    Ok(judgement.holds().map_or(Exit::Unknown, Exit::from_answer))
}
