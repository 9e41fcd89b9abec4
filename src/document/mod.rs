//! YAML text becomes a model, or every diagnostic at once.
//!
//! `text -tree-> nodes -shape-> known keys and readable values -merge-> one tree -resolve-> layout`: the first three are
//! `syntax/`, the last is `resolve/`; `edit/` changes a document that was read. The shape of each file is checked once,
//! before ranges and stacks multiply it; what depends on other parts of the document is checked on the merged tree.

mod edit;
mod resolve;
mod syntax;

use std::collections::{BTreeMap, BTreeSet};

pub use self::edit::lines::{Addition, Line, Said};
pub use self::edit::set::{Set, Settings};
pub use self::edit::suppose::{Supposed, suppose};
pub use self::resolve::catalogue;
pub use self::syntax::{keys, schema};

use self::edit::{newcomers, write};
use self::syntax::findings::Findings;
use self::syntax::read;
use self::syntax::tree::Node;
pub(crate) use self::syntax::{findings, foreign, names, read as reading, tree};
use crate::diagnostic::{Code, Diagnostic, Place, render};
use crate::model::{Change, Layout, Overlay, Placement};
use crate::quantity::shorten;

/// A file's name and text.
#[derive(Clone, Debug)]
pub struct Source {
    /// As given on the command line, or relative to it; `<stdin>` for standard input.
    pub name: String,
    /// The text.
    pub text: String,
}

/// How `extends:` reads other files. The library does no I/O of its own.
pub trait Files {
    /// The bytes of the file `path`, or a sentence that says why not (`no such file`, `is a directory`).
    ///
    /// # Errors
    /// A sentence for people.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
}

/// The file that a text is to be saved as: its relative paths are to be found from there.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// The file's path, as that of the document: relative to the working directory, or absolute.
    pub path: &'a str,
    /// The working directory, absolute. It tells the way between two paths of which but one is absolute, or that begin
    /// with `..`; without it, there is none between those.
    pub working_directory: Option<&'a str>,
}

/// Files in memory, for tests and for documents that extend nothing.
impl Files for BTreeMap<String, String> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let text = self.get(path).or_else(|| self.get(&read::normal(path)));
        text.map(|text| text.clone().into_bytes()).ok_or_else(|| "no such file".to_owned())
    }
}

/// A document whose files are read and merged, not yet resolved into a model.
#[derive(Clone, Debug)]
pub struct Document {
    sources: Vec<Source>,
    /// All files merged, ranges and short forms spelled out.
    tree: Node,
    /// What was found on the way; errors that leave a tree are told with those of [`Document::resolve`].
    found: Findings,
    /// The hosts that the `placement:` of the extended files names.
    inherited_placement: Vec<String>,
    /// The startups that [`Document::with`] added: the placement does not speak of them.
    newcomers: BTreeSet<String>,
    /// The tree as it was before them, where they came.
    tree_before: Option<Node>,
    /// The phase that is asked about; the first where none is named.
    phase: Option<String>,
    /// Whether its file begins with a byte order mark.
    has_mark: bool,
}

/// What is wrong, and the files to show excerpts from.
#[derive(Clone, Debug)]
pub struct Problems {
    /// Errors, and the warnings found beside them, in order of place.
    pub diagnostics: Vec<Diagnostic>,
    /// What `Place::file` counts.
    pub sources: Vec<Source>,
}

impl Problems {
    /// A file cannot be read, and so nothing is known of it.
    pub fn unreadable(name: &str, reason: &str) -> Problems {
        let message = format!("cannot read `{}`: {reason}", shorten(name));
        let diagnostic = Diagnostic::new(Code::UnreadableFile, Place::default(), message).help("check the path");
        Problems { diagnostics: vec![Diagnostic { at: None, ..diagnostic }], sources: Vec::new() }
    }

    /// The text for people: each finding with an excerpt, and how many there are.
    pub fn render(&self, color: bool) -> String {
        render_with(&self.diagnostics, &self.sources, color)
    }
}

/// The text for people of what was found in files: each finding with an excerpt, and how many there are.
pub fn render_with(diagnostics: &[Diagnostic], sources: &[Source], color: bool) -> String {
    let sources: Vec<(&str, &str)> =
        sources.iter().map(|source| (source.name.as_str(), source.text.as_str())).collect();
    render(diagnostics, &sources, color)
}

/// A model, with what is worth saying about the document it comes from.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The model.
    pub layout: Layout,
    /// Warnings and notes, in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Startups to add to a document.
#[derive(Clone, Debug)]
pub enum Newcomers {
    /// So many new startups of a stack, named `STACK-new-1`, `STACK-new-2` ... (numbers already taken are skipped).
    OfStack(String, u32),
    /// So many copies of a startup of the document, named `STARTUP-new-1` ... likewise.
    Like(String, u32),
    /// The startups of another document, with the sizes, stacks and rules it brings. It may not change what is there.
    From(Source),
}

impl Document {
    /// Reads the document `name` and all that it extends.
    ///
    /// # Errors
    /// What leaves nothing to go on with: a file that cannot be read or is no YAML, a circle of `extends:`. All other
    /// problems are told together by [`Document::resolve`].
    pub fn read(name: &str, files: &dyn Files) -> Result<Document, Problems> {
        read::read(name, None, files)
    }

    /// Reads a document given as bytes, for standard input. Paths in `extends:` are relative to the working directory.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn from_bytes(name: &str, bytes: &[u8], files: &dyn Files) -> Result<Document, Problems> {
        read::read(name, Some(bytes), files)
    }

    /// The files that were read: what `Place::file` counts.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The document asked about in the phase `name`: what [`Document::resolve`] and all that is asked of it later is
    /// of that phase.
    pub fn at(mut self, name: &str) -> Document {
        self.phase = Some(name.to_owned());
        self
    }

    /// Whether it has phases.
    pub fn has_phases(&self) -> bool {
        self.tree.get("phases").is_some()
    }

    /// The phase asked about, where one is named.
    pub fn phase(&self) -> Option<&str> {
        self.phase.as_deref()
    }

    /// Resolves it into a model of all phases together: not all that is in it need be there at once.
    ///
    /// # Errors
    /// All problems at once.
    pub fn resolve_whole(&self) -> Result<Resolved, Problems> {
        resolve::whole(self)
    }

    /// [`Document::resolve_whole`] of a document that something is to be added to: in carriers that are as large as their
    /// content nothing need lie yet.
    ///
    /// # Errors
    /// All problems at once.
    pub fn resolve_before_more(&self) -> Result<Resolved, Problems> {
        resolve::before_more(self)
    }

    /// Resolves it into a model: of the phase asked about, where it has phases, else of the first.
    ///
    /// # Errors
    /// All problems at once.
    pub fn resolve(&self) -> Result<Resolved, Problems> {
        resolve::resolve(self)
    }

    /// The document with further startups, and their names in order. Placements stay as they are.
    ///
    /// # Errors
    /// An unknown stack or startup (with "did you mean"), or what is wrong with the other document.
    pub fn with(&self, newcomers: &Newcomers) -> Result<(Document, Vec<String>), Problems> {
        newcomers::with(self, newcomers)
    }

    /// What a document says that extends this one and makes changes of its layout, in the phase of that name.
    pub fn says(&self) -> impl Fn(Option<&str>, &[Change]) -> Option<Overlay> + Sync {
        |phase, changes| match phase {
            Some(phase) => self.clone().at(phase).changed(changes),
            None => self.changed(changes),
        }
    }

    /// The text of the document itself with `placement:` replaced by `placement`; comments and the rest stay as they
    /// are. The result is to be saved as `target`: a relative `extends:` is rewritten to be found from there.
    /// Containers are grouped with `*` and ranges where that says the same. `None` where the text, read again, would not
    /// say the same in all else.
    pub fn text_with_placement(&self, layout: &Layout, placement: &Placement, target: Destination) -> Option<String> {
        write::text_with_placement(self, layout, placement, target)
    }
}
