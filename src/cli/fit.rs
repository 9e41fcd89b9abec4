//! `bayplan fit`: does a further startup fit?

use std::time::Instant;

use anyhow::anyhow;
use bayplan::document::{Document, Newcomers};
use bayplan::fit::{self, Arrival, FitError, Fits};
use bayplan::report::{json, pages, text};

use super::args;
use super::exit::{Exit, Stop};
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
    let arrival = arrival(args)?;

    let resolved = input::resolve(&document, args.hosts.planned, screen)?;
    if resolved.layout.placement.is_none() {
        screen.note("the document has no placement; it is planned first");
    }
    let answered = search::search(&args.searching, screen, start, |options| {
        fit::fit(&document, &arrival, args.hosts.planned, options)
    });
    let fit = answered.map_err(|error| worded(error, args, &document, screen))?;

    if let Some(number) = args.apply {
        let fits = matches!(fit.answer, Fits::AsIs | Fits::WithMoves);
        return apply::apply(number, &fit.remedies, fits, &document, &args.answering.writing, &target);
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

fn arrival(args: &args::Fit) -> anyhow::Result<Arrival> {
    match (&args.startup, &args.stack, &args.add) {
        (Some(startup), ..) => Ok(Arrival::Startup(startup.clone())),
        (_, Some(stack), _) => Ok(Arrival::Newcomers(Newcomers::OfStack(stack.clone(), args.count.unwrap_or(1)))),
        (_, _, Some(add)) => Ok(Arrival::Newcomers(Newcomers::From(input::source(add)?))),
        // The argument parser demands one of the three.
        _ => Err(anyhow!("say who comes: `--startup`, `--stack` or `--add`")),
    }
}

fn worded(error: FitError, args: &args::Fit, document: &Document, screen: &Screen) -> anyhow::Error {
    let file = text::clean(&args.file);
    match error {
        FitError::Document(problems) => screen.problems(&problems),
        FitError::Refuted(refuted) => screen.refuted(&refuted, None),
        FitError::AlreadyPlaced(startup) => {
            let copies = stack_of(document, &startup)
                .map_or_else(String::new, |stack| format!("\n\nhelp: for one more like it ask with `--stack {stack}`"));
            anyhow!("startup `{}` is placed already{copies}", text::clean(&startup))
        }
        FitError::Invalid(layout, violations) => {
            let lines: Vec<String> = violations.iter().take(5).map(|v| format!("  {}", v.message(&layout))).collect();
            let count = text::count_of(violations.len(), "violation");
            let text = format!(
                "the placement has {count} of its own\n{}\n\nhelp: `bayplan check {file}` shows where; without a \
                 placement the document is planned first",
                lines.join("\n")
            );
            Stop { exit: Exit::Usage, text: screen.worded_error(&text) }.into()
        }
    }
}

fn stack_of(document: &Document, startup: &str) -> Option<String> {
    let layout = document.resolve().ok()?.layout;
    layout.demand.startups.into_iter().find(|known| known.name == startup)?.stack
}
