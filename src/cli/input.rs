//! Reading: documents from files or standard input, with a limit on their size.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};

use anyhow::bail;
use bayplan::document::{Document, Files, Problems, Resolved, Source};
use bayplan::model::Layout;
use bayplan::question::Question;
use bayplan::report::summary;
use bayplan::report::text::plain;

use super::args::{Hosts, Use};
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
        // What a document names may be anything; a pipe that nobody writes to would be waited for without end.
        match std::fs::metadata(path) {
            Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => Err("is not a regular file".to_owned()),
            _ => of_file(path),
        }
    }
}

/// All bytes of a file that the command line names, which may be a pipe.
fn of_file(path: &str) -> Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|error| reason(&error))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err("is a directory".to_owned());
    }
    bytes(file)
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
            Err(reason) => Err(Problems::unreadable(STDIN_NAME, &reason)),
        }
    } else {
        match of_file(path) {
            Ok(bytes) => Document::from_bytes(path, &bytes, &Disk),
            Err(reason) => Err(Problems::unreadable(path, &reason)),
        }
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

/// Resolves a document, its warnings and notes said.
///
/// # Errors
/// Every problem of the document, rendered.
pub fn resolve(document: &Document, screen: &Screen) -> anyhow::Result<Resolved> {
    let resolved = document.resolve().map_err(|problems| screen.problems(&problems))?;
    screen.remarks(&resolved.diagnostics, document.sources());
    if let (Some(first), None) = (resolved.layout.phases.first(), document.phase()) {
        let many = resolved.layout.phases.len();
        screen
            .note(&format!("this is `{}`, the first of {many} phases; `--phase NAME` asks about another", first.name));
    }
    Ok(resolved)
}

/// What is asked about `layout`, as the arguments pose it, and what that counts is said.
///
/// # Errors
/// Where what was observed is to gate and adds up to more than is counted exactly.
pub fn posed(layout: Layout, planned: bool, gate: Use, screen: &Screen) -> anyhow::Result<Question<'static>> {
    let mut question = Question::about(layout);
    if planned {
        question = question.with_planned_hosts();
    }
    if gate == Use::Request {
        return Ok(question);
    }
    let Ok(question) = question.by_observed() else {
        bail!("what was observed adds up to more than is counted exactly\n\nhelp: check the amounts under `observed`");
    };
    summary::gate(&question.layout).iter().for_each(|said| screen.note(said));
    Ok(question)
}

/// What is asked about a document, as the arguments pose it.
///
/// # Errors
/// As [`resolve`] and [`posed`].
pub fn question(document: &Document, hosts: &Hosts, gate: Use, screen: &Screen) -> anyhow::Result<Question<'static>> {
    posed(resolve(document, screen)?.layout, hosts.planned, gate, screen)
}

/// The working directory, where it can be said in text.
pub fn working_directory() -> Option<String> {
    std::env::current_dir().ok()?.to_str().map(str::to_owned)
}

/// All bytes of a file or standard input, with what it is called in messages.
///
/// # Errors
/// Where it cannot be read.
pub fn named_bytes(path: &str, screen: &Screen) -> anyhow::Result<(String, Vec<u8>)> {
    let (name, read) = match path {
        STDIN => (STDIN_NAME, bytes(io::stdin().lock())),
        path => (path, of_file(path)),
    };
    let bytes = read.map_err(|reason| screen.problems(&Problems::unreadable(name, &reason)))?;
    Ok((name.to_owned(), bytes))
}

/// Reads a document that is added to another, unparsed.
///
/// # Errors
/// Where it cannot be read or is not text.
pub fn source(path: &str, screen: &Screen) -> anyhow::Result<Source> {
    let (name, read) = match path {
        STDIN => (STDIN_NAME, bytes(io::stdin().lock())),
        path => (path, of_file(path)),
    };
    let text = read.and_then(|bytes| {
        String::from_utf8(bytes).map_err(|error| format!("not UTF-8 text at byte {}", error.utf8_error().valid_up_to()))
    });
    match text {
        Ok(text) => Ok(Source { name: name.to_owned(), text }),
        Err(reason) => Err(screen.problems(&Problems::unreadable(name, &reason))),
    }
}

/// What is read once counts once: a file that is named twice is a slip.
///
/// # Errors
/// Where two of `paths` are one file.
pub fn each_once(paths: &[String]) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    for path in paths.iter().filter(|path| *path != STDIN) {
        // A pipe has no path of its own.
        let whole = std::fs::canonicalize(path).ok().filter(|path| path.is_file());
        if whole.is_some_and(|path| !seen.insert(path)) {
            bail!("`{}` is named twice\n\nhelp: name it once", plain(path));
        }
    }
    Ok(())
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
