//! YAML text becomes a model, or every diagnostic at once.

pub mod catalogue;
pub mod keys;
pub mod schema;

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::model::{Layout, Placement};

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

/// Files in memory, for tests and for documents that extend nothing.
impl Files for BTreeMap<String, String> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.get(path).map(|text| text.clone().into_bytes()).ok_or_else(|| "no such file".to_owned())
    }
}

/// A document whose files are read and merged, not yet resolved into a model.
#[derive(Clone, Debug)]
pub struct Document {}

/// What is wrong, and the files to show excerpts from.
#[derive(Clone, Debug)]
pub struct Problems {
    /// Errors, and the warnings found beside them, in order of place.
    pub diagnostics: Vec<Diagnostic>,
    /// What `Place::file` counts.
    pub sources: Vec<Source>,
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
    /// All problems of reading at once; what breaks YAML itself may stop alone.
    pub fn read(_name: &str, _files: &dyn Files) -> Result<Document, Problems> {
        unimplemented!()
    }

    /// Reads a document given as bytes, for standard input. Paths in `extends:` are relative to the working directory.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn from_bytes(_name: &str, _bytes: &[u8], _files: &dyn Files) -> Result<Document, Problems> {
        unimplemented!()
    }

    /// The files that were read: what `Place::file` counts.
    pub fn sources(&self) -> &[Source] {
        unimplemented!()
    }

    /// Resolves it into a model.
    ///
    /// # Errors
    /// All problems at once.
    pub fn resolve(&self) -> Result<Resolved, Problems> {
        unimplemented!()
    }

    /// The document with further startups, and their names in order. Placements stay as they are.
    ///
    /// # Errors
    /// An unknown stack or startup (with "did you mean"), or what is wrong with the other document.
    pub fn with(&self, _newcomers: &Newcomers) -> Result<(Document, Vec<String>), Problems> {
        unimplemented!()
    }

    /// The text of the document itself with `placement:` replaced by `placement`; comments and the rest stay as they
    /// are. The result is to be saved as `target`: a relative `extends:` is rewritten to be found from there.
    /// Containers are grouped with `*` and ranges where that says the same.
    pub fn text_with_placement(&self, _layout: &Layout, _placement: &Placement, _target: &str) -> String {
        unimplemented!()
    }
}
