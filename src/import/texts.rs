//! The files as texts and trees with places, for formats that read each file by itself.

use super::Given;
use super::json::Json;
use crate::diagnostic::Diagnostic;
use crate::document::findings::Findings;
use crate::document::tree::{Foreign, Node};
use crate::document::{Problems, Source, reading, tree};

/// The texts read so far, and what is wrong with them.
#[derive(Default)]
pub struct Texts {
    sources: Vec<Source>,
    findings: Findings,
}

impl Texts {
    /// One that has read these.
    pub fn behind(sources: Vec<Source>) -> Texts {
        Texts { sources, findings: Findings::default() }
    }

    /// The text of a file, and its number.
    pub fn text<'a>(&mut self, given: &'a Given) -> Option<(u32, &'a str)> {
        reading::text_of(&given.name, &given.bytes, &mut self.sources, &mut self.findings)
    }

    /// The documents of a file of YAML, or the values of one of JSON.
    pub fn tree(&mut self, given: &Given) -> Option<Foreign> {
        if let Some(roots) = large_json(given, &mut self.sources) {
            return Some(Foreign { roots, ..Foreign::default() });
        }
        let (file, text) = self.text(given)?;
        self.tree_of(file, text)
    }

    /// The same of a text that was read.
    pub fn tree_of(&mut self, file: u32, text: &str) -> Option<Foreign> {
        trees(text, file, &mut self.findings)
    }

    /// Says that a file cannot be read.
    pub fn wrong(&mut self, diagnostic: Diagnostic) {
        self.findings.push(diagnostic);
    }

    /// The same, where nothing was said to be wrong so far.
    pub fn wrong_unless_any(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        if !self.findings.has_errors() {
            self.wrong(diagnostic());
        }
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

/// The values of a file of JSON that is too large to be there twice: it is read where it lies, and no copy kept of it for
/// excerpts. `None` of what is smaller, or is no JSON, which is then read as any other file.
pub fn large_json(given: &Given, sources: &mut Vec<Source>) -> Option<Vec<Node>> {
    const LARGE: usize = 16 << 20;
    let text = std::str::from_utf8(&given.bytes).ok().filter(|text| text.len() > LARGE)?;
    let file = u32::try_from(sources.len()).ok()?;
    let roots = Json::new(text, file).and_then(|mut json| json.trees()).ok()?;
    sources.push(Source { name: given.name.clone(), text: String::new() });
    Some(roots)
}

/// The documents of a text of YAML, or the values of a text of JSON, one behind the other.
pub fn trees(text: &str, file: u32, findings: &mut Findings) -> Option<Foreign> {
    if text.trim_start().starts_with(['{', '[']) {
        // What is no JSON may still be YAML.
        if let Ok(roots) = Json::new(text, file).and_then(|mut json| json.trees()) {
            return Some(Foreign { roots, ..Foreign::default() });
        }
    }
    tree::parse_foreign(text, file, findings)
}
