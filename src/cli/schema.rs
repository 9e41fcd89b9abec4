//! `bayplan schema`: the JSON Schema of documents, for editors.

use bayplan::document::schema;
use bayplan::report::json;

use super::args;
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;

/// Writes the schema.
pub fn run(args: &args::Schema, _screen: &Screen) -> anyhow::Result<Exit> {
    Target::new(&args.writing, &[])?.write(&json::write(&schema::json()))?;
    Ok(Exit::Yes)
}
