//! What the reader sees: colour, width, and everything that goes to standard error.

use std::io::{IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use bayplan::diagnostic::{Diagnostic, Severity, render};
use bayplan::document::{Problems, Source};
use bayplan::model::Layout;
use bayplan::plan::Refuted;
use bayplan::report::json;
use bayplan::report::markdown;
use bayplan::report::page::{Page, Tone};
use bayplan::report::terminal::{self, Style};
use bayplan::report::text::clean;

use super::args::{Color, Format};
use super::exit::{Exit, Stop};
use super::output::Target;

/// The width of a screen that cannot be asked.
const USUAL_WIDTH: usize = 80;
/// Longer lines are hard to read.
const WIDEST: usize = 120;

/// Standard output and standard error, as far as looks are concerned.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    color: ColorChoice,
    /// Whether notes, warnings and progress are unwanted.
    pub quiet: bool,
    /// Whether a program reads the answer: it is told as JSON, too, why there is none.
    json: bool,
}

impl Screen {
    /// As the arguments say.
    pub fn new(color: Color, quiet: bool, json: bool) -> Self {
        let color = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { color, quiet, json }
    }

    /// How tables on standard output look.
    fn style_of_output(&self) -> Style {
        let color = match self.color {
            ColorChoice::Auto => AutoStream::choice(&std::io::stdout()) != ColorChoice::Never,
            choice => choice != ColorChoice::Never,
        };
        Style { width: width(std::io::stdout().is_terminal()), color }
    }

    /// How tables look where they go.
    fn style_for(&self, target: &Target) -> Style {
        if target.is_stdout() { self.style_of_output() } else { Style::plain(width(false)) }
    }

    /// Writes an answer: a page, or what programs read.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn answer(
        &self,
        target: &Target,
        format: Format,
        page: impl FnOnce() -> Page,
        json: impl FnOnce() -> String,
    ) -> anyhow::Result<()> {
        target.write(&match format {
            Format::Table => terminal::render(&page(), &self.style_for(target)),
            Format::Json => json(),
            Format::Markdown => markdown::render(&page()),
        })
    }

    /// The width of standard error: what is said there wraps.
    fn style_of_errors(&self) -> Style {
        let color = match self.color {
            ColorChoice::Auto => AutoStream::choice(&std::io::stderr()) != ColorChoice::Never,
            choice => choice != ColorChoice::Never,
        };
        Style { width: width(std::io::stderr().is_terminal()), color }
    }

    /// `text` to standard error as it is. A reader who went away is no error.
    pub fn say(&self, text: &str) {
        let choice = if self.style_of_errors().color { ColorChoice::Always } else { ColorChoice::Never };
        let mut stream = AutoStream::new(std::io::stderr(), choice);
        let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
        let _ = write!(stream, "{text}{end}");
    }

    /// A line of the program's own: `error: ...`.
    pub fn worded_error(&self, text: &str) -> String {
        format!("{} {}\n", self.style_of_errors().paint(Tone::Bad, "error:"), cleaned(text))
    }

    /// `note: ...`, unless notes are unwanted.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.say(&format!("{} {}", self.style_of_errors().paint(Tone::Strong, "note:"), cleaned(text)));
        }
    }

    /// A page beside the answer, to standard error, unless notes are unwanted.
    pub fn aside(&self, page: impl FnOnce() -> Page) {
        if !self.quiet {
            self.say(&terminal::render(&page(), &self.style_of_errors()));
        }
    }

    /// Warnings and notes about a document, unless unwanted.
    pub fn remarks(&self, diagnostics: &[Diagnostic], sources: &[Source]) {
        if !self.quiet && !diagnostics.is_empty() {
            self.say(&self.rendered(diagnostics, sources));
        }
    }

    /// The error that a document cannot be used.
    pub fn problems(&self, problems: &Problems) -> anyhow::Error {
        let wanted = |one: &&Diagnostic| !self.quiet || one.severity == Severity::Error;
        let diagnostics: Vec<Diagnostic> = problems.diagnostics.iter().filter(wanted).cloned().collect();
        let json = self.json.then(|| json::diagnostics(problems));
        Stop { exit: Exit::Usage, text: self.rendered(&diagnostics, &problems.sources), json }.into()
    }

    /// An error that no place in a file has, under a stable name.
    pub fn stop(&self, code: &'static str, text: &str) -> Stop {
        let json = self.json.then(|| json::error(code, text));
        Stop { exit: Exit::Usage, text: self.worded_error(text), json }
    }

    /// The error that the referee refuted the solver: a bug of the program, never of the document.
    pub fn refuted(&self, refuted: &Refuted, layout: Option<&Layout>) -> anyhow::Error {
        let mut text = self.worded_error("the answer was found but is wrong: the referee refuted the solver");
        for violation in &refuted.violations {
            let words = layout.map_or_else(|| violation.kind.code().to_owned(), |layout| violation.message(layout));
            text += &format!("  {words}\n");
        }
        let version = env!("CARGO_PKG_VERSION");
        let issues = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");
        text += &format!(
            "\nhelp: this is a bug of bayplan {version}, not of your document; please report it with the document, the \
             command and this message at {issues}\n"
        );
        Stop { exit: Exit::Refuted, text, json: None }.into()
    }

    fn rendered(&self, diagnostics: &[Diagnostic], sources: &[Source]) -> String {
        let sources: Vec<(&str, &str)> = sources.iter().map(|one| (one.name.as_str(), one.text.as_str())).collect();
        render(diagnostics, &sources, self.style_of_errors().color)
    }
}

/// Lines as a terminal can show them.
fn cleaned(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// The columns of the screen: as COLUMNS says, else as the terminal says.
fn width(terminal: bool) -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|&columns| columns > 0);
    let asked = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).filter(|_| terminal);
    said.or_else(asked).unwrap_or(USUAL_WIDTH).clamp(Style::NARROWEST, WIDEST)
}
