//! How a terminal shows words: width, colour, sentences that wrap.

use anstyle::{AnsiColor, Effects, Style as Ansi};
use unicode_width::UnicodeWidthStr;

use crate::report::page::Tone;

/// What the reader's screen can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the screen.
    pub width: usize,
    /// Whether to colour. Nothing is said by colour alone.
    pub color: bool,
}

impl Style {
    /// The width of most screens, and of what is no screen.
    pub const USUAL: usize = 80;
    /// The narrowest screen that is laid out for; a narrower one wraps by itself.
    pub const NARROWEST: usize = 20;

    /// No colour.
    pub fn plain(width: usize) -> Self {
        Self { width, color: false }
    }

    /// `text` in the colour of `tone`.
    pub fn paint(&self, tone: impl Into<Option<Tone>>, text: &str) -> String {
        let Some(tone) = tone.into().filter(|_| self.color && !text.is_empty()) else { return text.to_owned() };
        let style = match tone {
            Tone::Strong => Ansi::new().effects(Effects::BOLD),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Warn => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().effects(Effects::BOLD),
            Tone::Dim => Ansi::new().effects(Effects::DIMMED),
        };
        format!("{style}{text}{style:#}")
    }

    /// `text` in lines that fit the screen, each with a line break; the second and further ones indented. A word that
    /// is longer than a line is not cut, and a percent sign stays with its figure.
    pub fn wrap(&self, text: &str, indent: usize) -> String {
        let mut words: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match words.last_mut() {
                // A percent sign stays with its figure.
                Some(figure) if word.starts_with('%') => *figure += &format!(" {word}"),
                _ => words.push(word.to_owned()),
            }
        }
        self.flow("", &words, " ", indent)
    }

    /// `start`, then `pieces` with `gap` between them, broken between pieces where the screen ends.
    pub fn flow(&self, start: &str, pieces: &[String], gap: &str, indent: usize) -> String {
        let mut out = start.to_owned();
        let mut column = width_of(start);
        let mut fresh = true;
        for piece in pieces {
            let needed = width_of(piece);
            if !fresh && column + gap.len() + needed > self.width.max(Self::NARROWEST) {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
                fresh = true;
            }
            if !fresh {
                out.push_str(gap);
                column += gap.len();
            }
            out.push_str(piece);
            column += needed;
            fresh = false;
        }
        out.push('\n');
        out
    }

    /// A heading with a remark at the right edge.
    pub fn heading(&self, left: &str, right: &str) -> String {
        if width_of(left) + 2 + width_of(right) > self.width {
            let strong = |line: &str| self.paint(Tone::Strong, line) + "\n";
            return self.wrap(left, 2).lines().map(strong).collect::<String>() + &format!("  {right}\n");
        }
        let gap = self.width.saturating_sub(width_of(left) + width_of(right)).max(2);
        format!("{}{}{right}\n", self.paint(Tone::Strong, left), " ".repeat(gap))
    }
}

/// The columns that `text` takes on a screen.
pub fn width_of(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_wrap_at_words_and_long_words_stay_whole() {
        let style = Style::plain(20);
        assert_eq!(style.wrap("one two three four five six", 2), "one two three four\n  five six\n");
        assert_eq!(style.wrap("abcdefghijklmnopqrstuvwxyz is long", 0), "abcdefghijklmnopqrstuvwxyz\nis long\n");
        assert_eq!(style.wrap("", 4), "\n");
        assert_eq!(style.wrap("it is rather full at 99 %: so", 0), "it is rather full at\n99 %: so\n");
    }

    #[test]
    fn colour_is_only_there_when_asked_for() {
        assert_eq!(Style::plain(80).paint(Tone::Bad, "x"), "x");
        assert_eq!(Style { width: 80, color: true }.paint(Tone::Good, "x"), "\u{1b}[32mx\u{1b}[0m");
    }
}
