//! `bayplan toolbox`: which tools are adopted, and when?

use anyhow::bail;
use bayplan::report::text::plain;
use bayplan::report::{json, pages, summary};

use super::args;
use super::exit::Exit;
use super::input;
use super::output::Target;
use super::screen::Screen;

/// Answers on standard output or in the file that the arguments name.
pub fn run(args: &args::Toolbox, screen: &Screen) -> anyhow::Result<Exit> {
    let target = Target::new(&args.writing, &[&args.file])?;
    let document = input::read(&args.file, screen)?;
    let layout = input::resolve_whole(&document, screen)?;
    if layout.toolbox.categories.is_empty() {
        bail!("`{}` has no `toolbox`\n\nhelp: `bayplan init --toolbox` writes one to start from", plain(&args.file));
    }
    summary::uncategorised(&layout).iter().for_each(|said| screen.note(said));
    screen.answer(&target, args.format, || pages::toolbox(&layout), || json::toolbox(&layout))?;
    Ok(Exit::Yes)
}
