//! What is found in a document: collected up to a limit, given out in order of place.

use super::names::help_with;
use crate::diagnostic::{Code, Diagnostic, Place, Severity};

/// The most findings that are kept. A person mends a few at a time; a hostile file could have millions.
const MOST: usize = 10_000;

/// Behind so many findings, no similar names are looked for.
const MOST_SUGGESTIONS: usize = 200;

/// Collects diagnostics.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    list: Vec<Diagnostic>,
}

impl Findings {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() < MOST {
            self.list.push(diagnostic);
        } else if self.list.len() == MOST {
            let message = format!("more than {MOST} problems; the rest is left out");
            let first_left_out =
                Diagnostic { at: diagnostic.at, ..Diagnostic::new(Code::TooLarge, Place::default(), message) };
            self.list.push(first_left_out.help("mend the first ones: many others often have the same cause"));
        }
    }

    /// Adds one with what to do.
    pub fn add(&mut self, code: Code, at: Place, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::new(code, at, message).help(help));
    }

    /// What to do about an unknown name; nothing once so much is wrong that the search would only cost time.
    pub fn help_with<'a>(&self, name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
        if self.list.len() < MOST_SUGGESTIONS { help_with(name, known) } else { None }
    }

    /// Adds all of another collection.
    pub fn extend(&mut self, others: &Findings) {
        others.list.iter().for_each(|diagnostic| self.push(diagnostic.clone()));
    }

    /// Whether further ones are no longer kept.
    pub fn is_full(&self) -> bool {
        self.list.len() > MOST
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// All, in order of place. What shared text makes appear twice is there once.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by(|a, b| (a.at, a.severity, a.code, &a.message).cmp(&(b.at, b.severity, b.code, &b.message)));
        self.list.dedup();
        self.list
    }
}
