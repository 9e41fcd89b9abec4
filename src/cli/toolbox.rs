//! `bayplan toolbox`: which tools are adopted, and when?

use anyhow::bail;
use bayplan::report::text::clean;
use bayplan::report::{json, markdown, outlook, table};

use super::args::{self, Format};
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
        bail!("`{}` has no `toolbox`\n\nhelp: `bayplan init --toolbox` writes one to start from", clean(&args.file));
    }
    outlook::uncategorised(&layout).iter().for_each(|said| screen.note(said));
    target.write(&match args.format {
        Format::Table => table::toolbox(&layout, &screen.style_for(&target)),
        Format::Json => json::toolbox(&layout),
        Format::Markdown => markdown::toolbox(&layout),
    })?;
    Ok(Exit::Yes)
}
