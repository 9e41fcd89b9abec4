//! `bayplan completions`: for a shell.

use clap::CommandFactory;

use super::args::{self, Cli};
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;

/// Writes the completions.
pub fn run(args: &args::Completions, _screen: &Screen) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bayplan", &mut script);
    Target::new(&args.writing, &[])?.write(&String::from_utf8(script)?)?;
    Ok(Exit::Yes)
}
