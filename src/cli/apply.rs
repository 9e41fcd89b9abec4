//! `--apply N`: the document with one of the remedies, written.

use std::num::NonZeroUsize;

use anyhow::{anyhow, bail};
use bayplan::diagnostic::Code;
use bayplan::document::{self, Document};
use bayplan::explain::remedies::Remedy;
use bayplan::report::text;

use super::args::Writing;
use super::exit::Exit;
use super::input::{self, STDIN};
use super::output::Target;
use super::screen::Screen;

/// Writes the document that extends `document` and makes the remedy of this number.
pub fn apply(
    number: NonZeroUsize,
    remedies: &[Remedy],
    fits: bool,
    document: &Document,
    writing: &Writing,
    target: &Target,
    screen: &Screen,
) -> anyhow::Result<Exit> {
    if fits {
        bail!("it fits: there is no remedy to apply\n\nhelp: leave `--apply` out");
    }
    let Some(remedy) = remedies.get(number.get() - 1) else {
        match remedies.len() {
            0 => bail!(
                "there is no remedy {number}: none was found\n\nhelp: without `--apply` it is said why it does not fit"
            ),
            known => {
                bail!("there is no remedy {number}: they are 1 to {known}\n\nhelp: without `--apply` they are listed")
            }
        }
    };
    if document.sources().first().is_some_and(|source| source.name == input::STDIN_NAME) {
        bail!("a file cannot extend standard input\n\nhelp: write the document to a file first");
    }
    let working_directory = input::working_directory();
    let named = writing.output.as_deref().filter(|name| *name != STDIN);
    let named = named.map(|path| document::Destination { path, working_directory: working_directory.as_deref() });
    let written = document.text_extended(&remedy.change, named);
    let text = written.ok_or_else(|| {
        anyhow!("there is no way from the folder of the new file to the document\n\nhelp: write it beside the document")
    })?;
    if let Some(name) = writing.output.as_deref().filter(|name| *name != STDIN)
        && let Err(problems) = Document::from_bytes(name, text.as_bytes(), &input::Disk)
    {
        if !problems.diagnostics.iter().any(|it| it.code == Code::ExtendsCycle) {
            return Err(screen.problems(&problems));
        }
        bail!(
            "`{}` is not written: read again, it would extend itself\n\nhelp: name a file that the document does not \
             extend",
            text::plain(name)
        );
    }
    target.write(&format!("# {}\n{text}", text::plain(&remedy.text)))?;
    screen.note(&format!("written with remedy {number}: {}", text::plain(&remedy.text)));
    Ok(Exit::Yes)
}
