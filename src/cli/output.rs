//! Writing: to standard output, or to a file that is never half written and never replaced unasked.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context as _, bail};
use bayplan::report::text::clean;

use super::args::Writing;
use super::input::STDIN;

/// Where an answer goes.
#[derive(Debug)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file.
    File(FileTarget),
}

/// A file to write, looked at before the work begins so that no long search is lost for it.
#[derive(Debug)]
pub struct FileTarget {
    path: PathBuf,
    force: bool,
}

impl Target {
    /// As the arguments say; `inputs` are the files that are read.
    ///
    /// # Errors
    /// Where the file may not be written.
    pub fn new(writing: &Writing, inputs: &[&str]) -> anyhow::Result<Self> {
        match writing.output.as_deref() {
            None | Some(STDIN) => Ok(Self::Stdout),
            Some(path) => Ok(Self::File(FileTarget::new(path, writing.force, inputs)?)),
        }
    }

    /// Whether people read it from the screen or a pipe.
    pub fn is_stdout(&self) -> bool {
        matches!(self, Self::Stdout)
    }

    /// Writes the whole text.
    ///
    /// # Errors
    /// Where it cannot be written. A reader of standard output who went away is no error.
    pub fn write(&self, text: &str) -> anyhow::Result<()> {
        match self {
            Self::File(file) => file.write(text),
            Self::Stdout => match to_stdout(text) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    Err(error).context("cannot write to standard output")
                }
                _ => Ok(()),
            },
        }
    }
}

fn to_stdout(text: &str) -> io::Result<()> {
    // Colours are in the text already where they are wanted; the stream only translates them for old consoles.
    let mut stream = AutoStream::new(io::stdout(), ColorChoice::Always);
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

impl FileTarget {
    /// The file `path`.
    ///
    /// # Errors
    /// Where it is a directory, lies in none, or exists and `force` is not given.
    pub fn new(path: &str, force: bool, inputs: &[&str]) -> anyhow::Result<Self> {
        // What a symbolic link points to is written, not the link replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
        let shown = clean(&path.to_string_lossy());
        if path.is_dir() {
            bail!("cannot write `{shown}`: is a directory");
        }
        if !folder(&path).is_dir() {
            bail!("cannot write `{shown}`: its folder does not exist");
        }
        if !force && path.is_file() {
            let is_input = |input: &&str| fs::canonicalize(input).is_ok_and(|input| input == path);
            let what = if inputs.iter().any(is_input) { "it is the input" } else { "it exists already" };
            bail!("`{shown}` is not replaced: {what}\n\nhelp: `--force` replaces it");
        }
        Ok(Self { path, force })
    }

    /// Whether both are one file.
    pub fn is_same(&self, other: &Target) -> bool {
        matches!(other, Target::File(other) if other.path == self.path)
    }

    /// Writes a file beside it, then renames: whoever looks sees the old text or the new one, whole.
    ///
    /// # Errors
    /// Where it cannot be written; nothing is left behind then.
    pub fn write(&self, text: &str) -> anyhow::Result<()> {
        let shown = clean(&self.path.to_string_lossy());
        if self.path.exists() && !self.path.is_file() {
            // A device or a pipe is written to, not replaced.
            let opened = OpenOptions::new().write(true).open(&self.path);
            return opened
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .with_context(|| format!("cannot write `{shown}`"));
        }
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let beside = self.path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        let written = self.write_beside(&beside, text);
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written.with_context(|| format!("cannot write `{shown}`"))
    }

    fn write_beside(&self, beside: &Path, text: &str) -> io::Result<()> {
        let mut file = File::create_new(beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        if let Ok(replaced) = fs::metadata(&self.path) {
            if !self.force {
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it came to exist meanwhile"));
            }
            file.set_permissions(replaced.permissions())?;
        }
        fs::rename(beside, &self.path)
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => path,
    }
}
