//! What is wrong with a document: a stable code, a message, the place, and what to do about it.

mod code;
mod foreign;
mod render;

pub use code::Code;
pub use foreign::{is_unseen, plain, quoted};
pub use render::{MOST_SHOWN, render};

/// A place in one of a document's files. Small, because every noun of the model carries one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which of `Layout::files`.
    pub file: u32,
    /// Line from 1.
    pub line: u32,
    /// Column from 1, in characters.
    pub column: u32,
    /// How many characters it spans, for the excerpt; 0 where unknown.
    pub length: u32,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The document cannot be used.
    Error,
    /// It can, but probably does not mean what it says.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// One finding about a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable and documented in docs/diagnostics.md.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Lower case, no full stop, values in backticks.
    pub message: String,
    /// Where; `None` only where no file could be read.
    pub at: Option<Place>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding of the code's own severity, without help yet.
    pub fn new(code: Code, at: Place, message: impl Into<String>) -> Self {
        Self { code, severity: code.severity(), message: message.into(), at: Some(at), help: None }
    }

    /// The same with what to do.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
