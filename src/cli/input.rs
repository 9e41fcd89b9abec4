//! Reading: documents from files or standard input, with a limit on their size.

use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroUsize;

use anyhow::bail;
use bayplan::document::{Document, Files, Resolved, Source};
use bayplan::model::{Change, Layout, Overlay, PhaseIndex, Survive};
use bayplan::report::summary;
use bayplan::report::text::plain;

use super::args::{Gating, Hosts, Use};
use super::screen::Screen;

/// Standard input's name on the command line.
pub const STDIN: &str = "-";

/// What standard input is called in messages.
pub const STDIN_NAME: &str = "<stdin>";

/// The largest file that is read. A document of a million spelled-out containers has less than half of it.
const LARGEST_MIB: u64 = 256;

/// The files on disk.
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let file = File::open(path).map_err(|error| reason(&error))?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err("is a directory".to_owned());
        }
        bytes(file)
    }
}

/// All bytes, or why not.
fn bytes(from: impl Read) -> Result<Vec<u8>, String> {
    let largest = LARGEST_MIB * 1024 * 1024;
    let mut bytes = Vec::new();
    from.take(largest + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    if bytes.len() as u64 > largest {
        return Err(format!("is larger than {LARGEST_MIB} MiB"));
    }
    Ok(bytes)
}

/// The common reasons in the program's own words.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "part of its path is not a directory".to_owned(),
        _ => error.to_string(),
    }
}

/// Reads the document `path`, or standard input.
///
/// # Errors
/// Every problem of the document, rendered.
pub fn read(path: &str, screen: &Screen) -> anyhow::Result<Document> {
    let read = if path == STDIN {
        match bytes(io::stdin().lock()) {
            Ok(bytes) => Document::from_bytes(STDIN_NAME, &bytes, &Disk),
            Err(reason) => bail!("cannot read standard input: {reason}"),
        }
    } else {
        Document::read(path, &Disk)
    };
    read.map_err(|problems| screen.problems(&problems))
}

/// [`read`], in the phase that the arguments name.
///
/// # Errors
/// As [`read`].
pub fn read_at(path: &str, hosts: &Hosts, screen: &Screen) -> anyhow::Result<Document> {
    let document = read(path, screen)?;
    Ok(match &hosts.phase {
        Some(phase) => document.at(phase),
        None => document,
    })
}

/// Resolves a document, all its phases together, its warnings and notes said.
///
/// # Errors
/// Every problem of the document, rendered.
pub fn resolve_whole(document: &Document, screen: &Screen) -> anyhow::Result<Layout> {
    let resolved = document.resolve_whole().map_err(|problems| screen.problems(&problems))?;
    screen.remarks(&resolved.diagnostics, document.sources());
    Ok(resolved.layout)
}

/// Resolves a document, its warnings and notes said, planned hosts counted where asked for.
///
/// # Errors
/// Every problem of the document, rendered.
pub fn resolve(document: &Document, planned: bool, screen: &Screen) -> anyhow::Result<Resolved> {
    let mut resolved = document.resolve().map_err(|problems| screen.problems(&problems))?;
    screen.remarks(&resolved.diagnostics, document.sources());
    if let (Some(first), None) = (resolved.layout.phases.first(), document.phase()) {
        let many = resolved.layout.phases.len();
        screen
            .note(&format!("this is `{}`, the first of {many} phases; `--phase NAME` asks about another", first.name));
    }
    if planned {
        resolved.layout.admit_planned_hosts();
    }
    Ok(resolved)
}

/// What was observed gates, where that is asked for, and it is said of how many containers nothing was.
///
/// # Errors
/// Where it adds up to more than is counted exactly.
pub fn gate(layout: &mut Layout, gating: &Gating, screen: &Screen) -> anyhow::Result<()> {
    if gating.gate == Use::Observed {
        if layout.use_observed().is_err() {
            bail!(
                "what was observed adds up to more than is counted exactly\n\nhelp: check the amounts under `observed`"
            );
        }
        summary::gate(layout).iter().for_each(|said| screen.note(said));
    }
    Ok(())
}

/// What a document says that extends `document` and makes changes of `whole` as it is in a phase.
pub fn say_in_phase<'a>(
    document: &'a Document,
    whole: &'a Layout,
) -> impl Fn(PhaseIndex, &[Change]) -> Option<Overlay> + Sync + 'a {
    |phase, changes| document.clone().at(&whole.phases.get(phase)?.name).changed(changes)
}

/// So many hosts are to be survived, where that is asked for; what may stop and move is the document's.
///
/// # Errors
/// Where that leaves no host, or is too much to look through.
pub fn survive(layout: &mut Layout, hosts: Option<NonZeroUsize>) -> anyhow::Result<()> {
    let Some(hosts) = hosts else { return Ok(()) };
    let known = layout.survive.take();
    let survive = Survive {
        hosts: hosts.get(),
        except: known.as_ref().map_or_else(Vec::new, |it| it.except.clone()),
        reach: known.as_ref().map_or_else(|| [].into(), |it| it.reach.clone()),
        moves: known.as_ref().is_some_and(|it| it.moves),
        at: known.and_then(|it| it.at),
    };
    match survive.possible(&layout.lab, layout.demand.containers.len()) {
        Ok(()) => layout.survive = Some(survive),
        Err((message, help)) => bail!("{message}\n\nhelp: {help}"),
    }
    Ok(())
}

/// The working directory, where it can be said in text.
pub fn working_directory() -> Option<String> {
    std::env::current_dir().ok()?.to_str().map(str::to_owned)
}

/// Reads a document that is added to another, unparsed.
///
/// # Errors
/// Where it cannot be read or is not text.
pub fn source(path: &str) -> anyhow::Result<Source> {
    let (name, read) = match path {
        STDIN => (STDIN_NAME, bytes(io::stdin().lock())),
        path => (path, Disk.read(path)),
    };
    let shown = plain(name);
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(reason) => bail!("cannot read `{shown}`: {reason}"),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source { name: name.to_owned(), text }),
        Err(error) => bail!("cannot read `{shown}`: not UTF-8 text at byte {}", error.utf8_error().valid_up_to()),
    }
}

/// Standard input can be read once only.
///
/// # Errors
/// Where two of `paths` are `-`.
pub fn once_from_stdin(paths: &[&str]) -> anyhow::Result<()> {
    if paths.iter().filter(|&&path| path == STDIN).count() > 1 {
        bail!("standard input (`-`) can be read once only\n\nhelp: write one of the documents to a file");
    }
    Ok(())
}
