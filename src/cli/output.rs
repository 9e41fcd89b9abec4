//! Writing: to standard output, or to a file that is never half written and never replaced unasked.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context as _, bail};
use bayplan::report::text::plain;

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
        Self::at(writing.output.as_deref().unwrap_or(STDIN), writing.force, inputs)
    }

    /// The file `path`, or standard output.
    ///
    /// # Errors
    /// Where the file may not be written.
    pub fn at(path: &str, force: bool, inputs: &[&str]) -> anyhow::Result<Self> {
        match path {
            STDIN => Ok(Self::Stdout),
            path => Ok(Self::File(FileTarget::new(path, force, inputs)?)),
        }
    }

    /// Whether both are one.
    pub fn is_same(&self, other: &Target) -> bool {
        match (self, other) {
            (Self::File(file), other) => file.is_same(other),
            (Self::Stdout, other) => other.is_stdout(),
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
        let path = fs::canonicalize(path).unwrap_or_else(|_| in_folder(Path::new(path)));
        let shown = plain(&path.to_string_lossy());
        if path.is_dir() {
            bail!("cannot write `{shown}`: is a directory\n\nhelp: name a file in it");
        }
        if !folder(&path).is_dir() {
            bail!(
                "cannot write `{shown}`: its folder does not exist\n\nhelp: make the folder first, or check the path"
            );
        }
        // A link that leads nowhere is there, too, and would be replaced.
        if !force && (path.is_file() || path.is_symlink()) {
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
        let shown = plain(&self.path.to_string_lossy());
        if self.path.exists() && !self.path.is_file() {
            // A device or a pipe is written to, not replaced.
            let opened = OpenOptions::new().write(true).open(&self.path);
            return opened
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .with_context(|| format!("cannot write `{shown}`"));
        }
        self.write_whole(text).with_context(|| format!("cannot write `{shown}`"))
    }

    fn write_whole(&self, text: &str) -> io::Result<()> {
        let mut file = beside().tempfile_in(folder(&self.path))?;
        file.write_all(text.as_bytes())?;
        if let Ok(replaced) = fs::metadata(&self.path) {
            keep_owner(file.as_file(), &replaced);
            file.as_file().set_permissions(replaced.permissions())?;
        }
        file.as_file().sync_all()?;
        let renamed = if self.force { file.persist(&self.path) } else { file.persist_noclobber(&self.path) };
        renamed.map(drop).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => io::Error::new(io::ErrorKind::AlreadyExists, "it came to exist meanwhile"),
            _ => error.error,
        })
    }
}

/// Who replaces the file of somebody else leaves it theirs, where the system allows.
#[cfg(unix)]
fn keep_owner(file: &fs::File, replaced: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let _ = fchown(file, Some(replaced.uid()), Some(replaced.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &fs::File, _: &fs::Metadata) {}

/// A path that is not there yet, as that of one that is: `x.yaml` and `./x.yaml` are one file.
fn in_folder(path: &Path) -> PathBuf {
    match (fs::canonicalize(folder(path)), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// A new file that is gone unless it is renamed; others may read it as they may every file that this user makes.
fn beside() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".bayplan-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => path,
    }
}
