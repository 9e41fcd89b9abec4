//! Diagnostics as a person reads them: message, place, excerpt, help; then how many there are.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Place, Severity, is_unseen};

/// How many diagnostics are written out; the rest is counted.
pub const MOST_SHOWN: usize = 50;

/// How wide an excerpt is.
const WIDTH: usize = 140;

/// Longer lines get no excerpt: the renderer would take its time over them, and nobody wrote them by hand.
const LONGEST_LINE: usize = 10_000;

/// The diagnostics with an excerpt each, and a closing line that counts them; empty where there are none. `sources` are
/// names and texts of the files that [`Place::file`] counts. Nothing of a document reaches the terminal as a control
/// character.
pub fn render(diagnostics: &[Diagnostic], sources: &[(&str, &str)], color: bool) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(WIDTH);
    let lines = Lines::new(diagnostics, sources);
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST_SHOWN) {
        text.push_str(&one(diagnostic, sources, &lines, &renderer));
        text.push_str("\n\n");
    }
    if let Some(left) = diagnostics.len().checked_sub(MOST_SHOWN).filter(|left| *left > 0) {
        text.push_str(&format!("{left} more not shown\n"));
    }
    text.push_str(&count(diagnostics));
    text.push('\n');
    text
}

/// `3 errors, 1 warning`.
fn count(diagnostics: &[Diagnostic]) -> String {
    let of = |severity: Severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let counted = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (of(severity), severity.name()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
    counted.collect::<Vec<_>>().join(", ")
}

fn one(diagnostic: &Diagnostic, sources: &[(&str, &str)], lines: &Lines, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(harmless(&diagnostic.message)).id(diagnostic.code.name());
    let mut group = Group::with_title(title);
    if let Some(place) = diagnostic.at
        && let Some((name, _)) = sources.get(place.file as usize)
    {
        group = match lines.get(place).and_then(|line| excerpt(line, place)) {
            Some((line, start, end)) => {
                let mark = AnnotationKind::Primary.span(start..end);
                let path = Some(harmless(name));
                group.element(Snippet::source(line).path(path).line_start(place.line as usize).annotation(mark))
            }
            None => {
                group.element(Origin::path(harmless(name)).line(place.line as usize).char_column(place.column as usize))
            }
        };
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(harmless(help)));
    }
    renderer.render(&[group])
}

/// The lines that excerpts are taken from. Each file is walked once, however many diagnostics it has.
struct Lines<'a> {
    found: std::collections::BTreeMap<(u32, u32), &'a str>,
}

impl<'a> Lines<'a> {
    fn new(diagnostics: &[Diagnostic], sources: &[(&'a str, &'a str)]) -> Self {
        let wanted: std::collections::BTreeSet<(u32, u32)> =
            diagnostics.iter().take(MOST_SHOWN).filter_map(|one| one.at).map(|at| (at.file, at.line)).collect();
        let mut found = std::collections::BTreeMap::new();
        for (file, (_, text)) in (0_u32..).zip(sources) {
            if wanted.range((file, 0)..=(file, u32::MAX)).next().is_none() {
                continue;
            }
            // YAML also ends a line at a lone carriage return.
            let ends = text.split_inclusive(['\n', '\r']).scan(false, |after_cr, line| {
                let joined = *after_cr && line == "\n";
                *after_cr = line.ends_with('\r');
                Some((line, joined))
            });
            for ((line, _), number) in ends.filter(|(_, joined)| !joined).zip(1_u32..) {
                if wanted.contains(&(file, number)) {
                    found.insert((file, number), line.trim_end_matches(['\n', '\r']));
                }
            }
        }
        Self { found }
    }

    fn get(&self, place: Place) -> Option<&'a str> {
        self.found.get(&(place.file, place.line)).copied()
    }
}

/// The line, made harmless, and the bytes to mark in it; `None` where it is too long to show or has no such column.
fn excerpt(line: &str, place: Place) -> Option<(String, usize, usize)> {
    let first = (place.column as usize).checked_sub(1)?;
    let behind = first.saturating_add((place.length as usize).max(1));
    let (mut text, mut start, mut end) = (String::new(), None, 0);
    for (position, character) in line.chars().enumerate() {
        if position > LONGEST_LINE {
            return None;
        }
        if position == first {
            start = Some(text.len());
        }
        text.push(tame(character));
        if position < behind {
            end = text.len();
        }
    }
    // What is missing at the end of a line is marked just behind it.
    let start = start.or_else(|| (line.chars().count() == first).then_some(text.len()))?;
    Some((text, start, end.max(start)))
}

/// Text of a document without anything that a terminal would obey or that would hide what is there.
fn harmless(text: &str) -> String {
    text.chars().map(tame).collect()
}

fn tame(character: char) -> char {
    match character {
        '\t' => ' ',
        _ if is_unseen(character) => '\u{fffd}',
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    fn at(line: u32, column: u32, length: u32) -> Place {
        Place { file: 0, line, column, length }
    }

    #[test]
    fn a_diagnostic_shows_message_place_excerpt_and_help() {
        let diagnostic =
            Diagnostic::new(Code::UnknownHost, at(2, 7, 3), "unknown host `nux`").help("did you mean `nuc`?");
        let text = render(&[diagnostic], &[("lab.yaml", "hosts:\n  on: nux\n")], false);
        assert_eq!(
            text,
            "error[unknown-host]: unknown host `nux`
 --> lab.yaml:2:7
  |
2 |   on: nux
  |       ^^^
  |
  = help: did you mean `nuc`?

1 error
"
        );
    }

    #[test]
    fn no_control_character_of_a_document_reaches_the_terminal() {
        let diagnostic = Diagnostic::new(Code::Syntax, at(1, 3, 1), "bad \u{1b}[31m `\u{202e}x`").help("a\u{7}b");
        let text = render(&[diagnostic], &[("e\u{1b}vil.yaml", "a: \u{1b}]0;x\u{7}\tb\u{9b}\r\n")], false);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(!text.contains('\u{202e}'));
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let line = format!("{}nux{}", "é".repeat(4000), "y".repeat(4000));
        let text = render(&[Diagnostic::new(Code::UnknownHost, at(1, 4001, 3), "m")], &[("a", &line)], false);
        assert!(text.contains("nux") && text.contains("a:1:4001"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 160), "{text}");
    }

    #[test]
    fn places_outside_the_text_are_shown_without_an_excerpt_or_at_the_end() {
        for place in [at(0, 0, 0), at(9, 9, 9), at(1, 99, 1), at(1, 1, u32::MAX), Place { file: 7, ..at(1, 1, 1) }] {
            let text = render(&[Diagnostic::new(Code::Syntax, place, "m")], &[("a", "b: c")], false);
            assert!(text.starts_with("error[syntax]: m"), "{text}");
        }
        assert!(render(&[], &[], true).is_empty());
    }

    #[test]
    fn very_many_diagnostics_are_counted_and_not_all_written() {
        let many = vec![Diagnostic::new(Code::Syntax, at(1, 1, 1), "m"); 120];
        let mut all = many;
        all.push(Diagnostic::new(Code::MemoryOvercommit, at(1, 1, 1), "m"));
        let text = render(&all, &[("a", "b: c")], false);
        assert_eq!(text.matches("error[syntax]").count(), MOST_SHOWN);
        assert!(text.ends_with("71 more not shown\n120 errors, 1 warning\n"), "{text}");
    }

    #[test]
    fn lines_end_as_yaml_ends_them() {
        let diagnostic = Diagnostic::new(Code::Syntax, at(4, 1, 1), "m");
        let text = render(&[diagnostic], &[("a", "one\r\ntwo\rthree\nfour\n")], false);
        assert!(text.contains("4 | four"), "{text}");
    }
}
