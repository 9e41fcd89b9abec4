//! The command line: the only place with input, output, a clock and printing. One file per command.

mod apply;
mod args;
mod catalogue;
mod check;
mod compare;
mod completions;
mod draw;
mod drift;
mod duration;
mod exit;
mod fit;
mod import;
mod init;
mod input;
mod interrupt;
mod observing;
mod output;
mod plan;
mod rightsize;
mod roadmap;
mod schema;
mod screen;
mod search;
mod toolbox;
mod what_if;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use bayplan::diagnostic::is_unseen;
use bayplan::report::text::clean;

use args::{Cli, Command};
use exit::{Exit, Stop};
use output::Target;
use screen::Screen;

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let start = Instant::now();
    let Cli { common, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let screen = Screen::new(common.color, common.quiet, command.wants_json());
    let answered = match &command {
        Command::Plan(args) => plan::run(args, &screen, start),
        Command::Check(args) => check::run(args, &screen, start),
        Command::Fit(args) => fit::run(args, &screen, start),
        Command::Compare(args) => compare::run(args, &screen, start),
        Command::WhatIf(args) => what_if::run(args, &screen, start),
        Command::Toolbox(args) => toolbox::run(args, &screen),
        Command::Roadmap(args) => roadmap::run(args, &screen, start),
        Command::Draw(args) => draw::run(args, &screen, start),
        Command::Import(args) => import::run(args, &screen),
        Command::Rightsize(args) => rightsize::run(args, &screen, start),
        Command::Drift(args) => drift::run(args, &screen, start),
        Command::Catalogue(args) => catalogue::run(args, &screen),
        Command::Schema(args) => schema::run(args, &screen),
        Command::Init(args) => init::run(args, &screen),
        Command::Completions(args) => completions::run(args, &screen),
    };
    let exit = answered.unwrap_or_else(|error| {
        let stop = error.downcast::<Stop>().unwrap_or_else(|error| screen.stop("usage", &format!("{error:#}")));
        screen.say(&stop.text);
        stop.json.iter().for_each(|json| drop(Target::Stdout.write(json)));
        stop.exit
    });
    exit.into()
}

/// Says what is wrong with the arguments, or the help that they ask for. Where they hold what a terminal would obey it
/// is said without colour and without that.
fn refuse(error: &clap::Error) -> ExitCode {
    if std::env::args_os().all(|argument| !argument.to_string_lossy().contains(is_unseen)) {
        error.exit();
    }
    let words = error.render().to_string();
    Screen::new(args::Color::Never, false, false).say(&words.lines().map(clean).collect::<Vec<_>>().join("\n"));
    Exit::Usage.into()
}
