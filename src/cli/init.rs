//! `bayplan init`: a commented document to start from.

use super::args;
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;

/// Complete, commented, and planned as it is by a test.
const STARTER: &str = include_str!("starter.yaml");

/// Writes the document.
pub fn run(args: &args::Init, _screen: &Screen) -> anyhow::Result<Exit> {
    Target::new(&args.writing, &[])?.write(STARTER)?;
    Ok(Exit::Yes)
}
