//! `bayplan/diagnostics/1`: why a document cannot be read.

use serde::Serialize;

use super::{parts, write};
use crate::diagnostic::Diagnostic;
use crate::document::Problems;

#[derive(Serialize)]
struct DiagnosticsJson<'a> {
    schema: &'static str,
    diagnostics: Vec<DiagnosticJson<'a>>,
}

#[derive(Serialize)]
struct DiagnosticJson<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    /// `null` where no file could be read, or the command line is meant.
    at: Option<parts::At>,
    help: Option<&'a str>,
}

/// An error that no place in a file has: of the command line, or of what is asked of the document as a whole.
pub fn error(code: &'static str, message: &str) -> String {
    let (message, help) = message.split_once("\n\nhelp: ").map_or((message, None), |(what, help)| (what, Some(help)));
    let only = DiagnosticJson { code, severity: "error", message, at: None, help };
    write(&DiagnosticsJson { schema: "bayplan/diagnostics/1", diagnostics: vec![only] })
}

/// All that was found, in order of place.
pub fn diagnostics(problems: &Problems) -> String {
    let at = |one: &Diagnostic| parts::at_in(|file| Some(problems.sources.get(file)?.name.as_str()), one.at);
    write(&DiagnosticsJson {
        schema: "bayplan/diagnostics/1",
        diagnostics: (problems.diagnostics.iter())
            .map(|one| DiagnosticJson {
                code: one.code.name(),
                severity: one.severity.name(),
                message: &one.message,
                at: at(one),
                help: one.help.as_deref(),
            })
            .collect(),
    })
}
