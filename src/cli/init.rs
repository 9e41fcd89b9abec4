//! `bayplan init`: a commented document to start from.

use super::args;
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;

/// Complete, commented, and planned as it is by a test.
const STARTER: &str = include_str!("starter.yaml");

/// The section that `--toolbox` adds.
const TOOLBOX: &str = include_str!("toolbox.yaml");

/// Writes the document.
pub fn run(args: &args::Init, _screen: &Screen) -> anyhow::Result<Exit> {
    let toolbox = if args.toolbox { TOOLBOX } else { "" };
    Target::new(&args.writing, &[])?.write(&format!("{STARTER}{toolbox}"))?;
    Ok(Exit::Yes)
}
