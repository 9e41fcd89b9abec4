//! `bayplan what-if`: and if a host is lost, drained or added, if startups grow or are left out?

use std::time::Instant;

use anyhow::anyhow;
use bayplan::document::{Supposed, suppose};
use bayplan::model::Layout;
use bayplan::question::Question;
use bayplan::report::text::plain;
use bayplan::report::{json, pages};
use bayplan::solve::{Options, Status};
use bayplan::what_if::{WhatIfError, from_plan, what_if};

use super::args;
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;
use super::{input, search};

/// Answers on standard output or in the file that the arguments name.
pub fn run(args: &args::WhatIf, screen: &Screen, start: Instant) -> anyhow::Result<Exit> {
    let target = Target::new(&args.answering.writing, &[&args.file])?;
    let supposed = supposed(args)?;
    let document = input::read_at(&args.file, &args.hosts, screen)?;
    let said = document.says();
    let question = input::question(&document, &args.hosts, args.gating.gate, screen)?.said_by(&said);
    let question = standing(question, args, screen, start)?;

    suppose(&question.layout, &supposed).map_err(|problems| screen.problems(&problems))?;
    let of_layout = |layout: &Layout| suppose(layout, &supposed).ok();
    let ask = |options: &Options| what_if(&question, &of_layout, options);
    let answered = search::search(&args.searching, screen, start, 2, ask);
    let answer = answered.map_err(|error| match error {
        WhatIfError::Change(error) => error.into(),
        WhatIfError::Refuted(refuted) => screen.refuted(&refuted, None),
    })?;
    screen.answer(
        &target,
        args.answering.format,
        || pages::what_if(&supposed, &answer),
        || json::what_if(&supposed, &answer, args.answering.timing(start)),
    )?;
    Ok(match answer.plan.status {
        Status::Optimal | Status::Feasible => Exit::Yes,
        Status::Infeasible => Exit::No,
        Status::Unknown => Exit::Unknown,
    })
}

/// Everything that is supposed, in the order of the kinds.
fn supposed(args: &args::WhatIf) -> anyhow::Result<Vec<Supposed>> {
    let grow = args.grow.chunks(2).map(|pair| {
        let [pattern, change] = pair else {
            return Err(anyhow!(
                "`--grow` takes a pattern and a change\n\nhelp: write it as in `--grow s01/* memory=+20%`"
            ));
        };
        let Some((resource, by)) = change.split_once('=') else {
            let text = format!("`{}` is no change\n\nhelp: write it as in `memory=+20%`", plain(change));
            return Err(anyhow!(text));
        };
        Ok(Supposed::Grow { pattern: pattern.clone(), resource: resource.to_owned(), by: by.to_owned() })
    });
    let grow: Vec<Supposed> = grow.collect::<anyhow::Result<_>>()?;
    let lose = args.lose.iter().cloned().map(Supposed::Lose);
    let drain = args.drain.iter().cloned().map(Supposed::Drain);
    let add = args.add_host.iter().cloned().map(|(kind, count)| Supposed::AddHost(kind, count));
    let without = args.without.iter().cloned().map(Supposed::Without);
    Ok(lose.chain(drain).chain(add).chain(grow).chain(without).collect())
}

/// The same where what the document places runs now, or what a plan does where it places nothing.
fn standing<'a>(
    question: Question<'a>,
    args: &args::WhatIf,
    screen: &Screen,
    start: Instant,
) -> anyhow::Result<Question<'a>> {
    if question.layout.placement.is_some() {
        return Ok(question);
    }
    screen.note("the document has no placement; it is planned first");
    // What is supposed is planned from there in the rest of the time.
    let plan = search::planned(&args.searching, screen, start, 2, &question)?;
    if !plan.status.fits() {
        screen.note("not everything fits as things stand; all is counted as not running");
    }
    Ok(from_plan(question, plan))
}
