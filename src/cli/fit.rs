//! `bayplan fit`: does a further startup fit?

use std::time::Instant;

use anyhow::{anyhow, bail};
use bayplan::document::{Document, Newcomers};
use bayplan::fit::{self, FitError, Fits};
use bayplan::model::{ContainerIndex, Layout, StartupIndex};
use bayplan::question::Arrivals;
use bayplan::report::{json, pages, text};

use super::args;
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;
use super::{apply, input, search};

/// Answers on standard output or in the file that the arguments name.
pub fn run(args: &args::Fit, screen: &Screen, start: Instant) -> anyhow::Result<Exit> {
    let mut inputs = vec![args.file.as_str()];
    inputs.extend(args.add.as_deref());
    input::once_from_stdin(&inputs)?;
    let target = Target::new(&args.answering.writing, &inputs)?;
    let document = input::read_at(&args.file, &args.hosts, screen)?;
    let newcomers = newcomers(args, screen)?;
    let (document, names) = match (&newcomers, &args.startup) {
        (Some(newcomers), _) => document.with(newcomers).map_err(|problems| screen.problems(&problems))?,
        (None, startup) => (document, startup.iter().cloned().collect()),
    };
    let layout = input::resolve(&document, screen)?.layout;
    if layout.placement.is_none() {
        screen.note("the document has no placement; it is planned first");
    }
    let said = document.says();
    let mut question = input::posed(layout, args.hosts.planned, args.gating.gate, screen)?.said_by(&said);
    let arrivals = Arrivals {
        startups: names
            .iter()
            .map(|name| named(&document, &question.layout, name, screen))
            .collect::<anyhow::Result<_>>()?,
        alike: matches!(newcomers, Some(Newcomers::OfStack(..))),
        evict: args.evict,
    };
    question.arrivals = Some(arrivals);
    let answered = search::search(&args.searching, screen, start, 2, |options| fit::fit(&question, options));
    let fit = answered.map_err(|error| worded(error, args, &question.layout, screen))?;

    if let Some(number) = args.apply {
        let fits = matches!(fit.answer, Fits::AsIs | Fits::WithMoves);
        return apply::apply(number, &fit.remedies, fits, &document, &args.answering.writing, &target, screen);
    }
    screen.answer(
        &target,
        args.answering.format,
        || pages::fit(&fit),
        || json::fit(&fit, args.answering.timing(start)),
    )?;
    Ok(match fit.answer {
        Fits::AsIs | Fits::WithMoves => Exit::Yes,
        Fits::No => Exit::No,
        Fits::Unknown => Exit::Unknown,
    })
}

/// The startups that the document does not have yet; none where one of its own is to come.
fn newcomers(args: &args::Fit, screen: &Screen) -> anyhow::Result<Option<Newcomers>> {
    Ok(match (&args.stack, &args.add) {
        (Some(stack), _) => Some(Newcomers::OfStack(stack.clone(), args.count.unwrap_or(1))),
        (_, Some(add)) => Some(Newcomers::From(input::source(add, screen)?)),
        // The argument parser demands one of the three.
        _ if args.startup.is_none() => {
            bail!("nobody is to come\n\nhelp: say who: `--startup NAME`, `--stack NAME` or `--add FILE`")
        }
        _ => None,
    })
}

/// The startup of that name.
fn named(document: &Document, layout: &Layout, name: &str, screen: &Screen) -> anyhow::Result<StartupIndex> {
    let known = layout.demand.startups.iter().position(|startup| startup.name == name);
    if known.is_none()
        && let Some(other) = other_phase(document, name)
    {
        return Err(other);
    }
    // The document knows how to say that, with a suggestion.
    let unknown = || match document.with(&Newcomers::Like(name.to_owned(), 1)) {
        Err(problems) => screen.problems(&problems),
        Ok(_) => anyhow!(
            "startup `{}` is placed already\n\nhelp: `--stack NAME` asks for one more of a stack",
            text::plain(name)
        ),
    };
    known.ok_or_else(unknown)
}

/// That the startup of that name comes with a later phase, or has gone, if it does.
fn other_phase(document: &Document, name: &str) -> Option<anyhow::Error> {
    let whole = document.resolve_whole().ok()?.layout;
    let startup = whole.demand.startups.iter().find(|startup| startup.name == name)?;
    let asked = match document.phase() {
        None => 0,
        Some(phase) => whole.phases.iter().position(|known| known.name == phase)?,
    };
    let span = startup.span;
    let (said, phase) = if asked < span.from { ("comes with", span.from) } else { ("is gone since", span.until) };
    let phase = text::clean(&whole.phases.get(phase)?.name);
    let name = text::clean(name);
    let help = if asked < span.from { format!("`--phase {phase}`") } else { "an earlier `--phase`".to_owned() };
    (!span.has(asked)).then(|| anyhow!("startup `{name}` {said} `{phase}`\n\nhelp: ask with {help}"))
}

fn worded(error: FitError, args: &args::Fit, layout: &Layout, screen: &Screen) -> anyhow::Error {
    let file = text::plain(&args.file);
    match error {
        FitError::Refuted(refuted) => screen.refuted(&refuted, None),
        FitError::AlreadyPlaced(startup) => already_placed(layout, &startup, &file),
        FitError::Invalid(layout, violations) => {
            let lines: Vec<String> = violations.iter().take(5).map(|v| format!("  {}", v.message(&layout))).collect();
            let count = text::count_of(violations.len(), "violation");
            let text = format!(
                "the placement has {count} of its own\n{}\n\nhelp: `bayplan check {file}` shows where; `bayplan plan {file} \
                 --save FILE` arranges it anew; without a placement the document is planned first",
                lines.join("\n")
            );
            screen.stop("invalid-placement", &text).into()
        }
    }
}

/// That a startup runs already, or how much of it does, and what to ask then.
fn already_placed(layout: &Layout, startup: &str, file: &str) -> anyhow::Error {
    let name = text::plain(startup);
    let index = layout.demand.startups.iter().position(|known| known.name == startup);
    let containers = || index.into_iter().flat_map(|it| layout.demand.containers_of(it));
    let runs = |it: &ContainerIndex| layout.placement.as_ref().is_some_and(|now| now.host(*it).is_some());
    let (placed, all) = (containers().filter(runs).count(), containers().count());
    if placed < all {
        let are = if placed == 1 { "is" } else { "are" };
        return anyhow!(
            "{placed} of the {all} containers of startup `{name}` {are} placed already\n\nhelp: `bayplan plan {file} --keep` \
             places the others and moves nothing"
        );
    }
    match stack_of(layout, startup) {
        Some(stack) => {
            anyhow!("startup `{name}` is placed already\n\nhelp: for one more like it ask with `--stack {stack}`")
        }
        None => anyhow!("startup `{name}` is placed already\n\nhelp: `bayplan check {file}` shows where"),
    }
}

fn stack_of(layout: &Layout, startup: &str) -> Option<String> {
    layout.demand.startups.iter().find(|known| known.name == startup)?.stack.clone()
}
