//! `bayplan catalogue`: what does a service ask for, and who says so?

use bayplan::document::catalogue;
use bayplan::report::{json, pages};

use super::args;
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;

/// Answers on standard output or in the file that the arguments name. Where nothing goes by one of the words the answer is no,
/// though the others be found.
pub fn run(args: &args::Catalogue, screen: &Screen) -> anyhow::Result<Exit> {
    let target = Target::new(&args.writing, &[])?;
    let found = catalogue::search(&args.words);
    screen.answer(&target, args.format, || pages::catalogue(&found), || json::catalogue(&found))?;
    Ok(Exit::from_answer(found.unknown.is_empty()))
}
