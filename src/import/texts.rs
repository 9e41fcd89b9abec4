//! The files as texts and trees with places, for formats that read each file by itself.

use super::Given;
use crate::diagnostic::Diagnostic;
use crate::document::findings::Findings;
use crate::document::tree::Foreign;
use crate::document::{Problems, Source, reading, tree};

/// The texts read so far, and what is wrong with them.
#[derive(Default)]
pub struct Texts {
    sources: Vec<Source>,
    findings: Findings,
}

impl Texts {
    /// The text of a file, and its number.
    pub fn text<'a>(&mut self, given: &'a Given) -> Option<(u32, &'a str)> {
        reading::text_of(&given.name, &given.bytes, &mut self.sources, &mut self.findings)
    }

    /// The documents of a file of YAML or JSON.
    pub fn tree(&mut self, given: &Given) -> Option<Foreign> {
        let (file, text) = self.text(given)?;
        tree::parse_foreign(text, file, &mut self.findings)
    }

    /// Says that a file cannot be read.
    pub fn wrong(&mut self, diagnostic: Diagnostic) {
        self.findings.push(diagnostic);
    }

    /// The texts, where all could be read.
    ///
    /// # Errors
    /// What is wrong.
    pub fn finish(self) -> Result<Vec<Source>, Problems> {
        match self.findings.has_errors() {
            true => Err(Problems { diagnostics: self.findings.into_sorted(), sources: self.sources }),
            false => Ok(self.sources),
        }
    }
}
