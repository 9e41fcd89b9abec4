//! How tables look: width, colour, bars, columns that line up, sentences that wrap.

use anstyle::{AnsiColor, Effects, Style as Ansi};
use unicode_width::UnicodeWidthStr;

/// What the reader's screen can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the screen.
    pub width: usize,
    /// Whether to colour. Nothing is said by colour alone.
    pub color: bool,
}

/// What a colour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// The name of a thing that has evidence under it.
    Strong,
    /// As wished.
    Good,
    /// Worth a look.
    Warn,
    /// Not as it must be.
    Bad,
    /// Beside the point.
    Dim,
}

impl Style {
    /// The width of most screens, and of what is no screen.
    const USUAL: usize = 80;
    /// The narrowest screen that is laid out for; a narrower one wraps by itself.
    pub const NARROWEST: usize = 20;

    /// No colour.
    pub fn plain(width: usize) -> Self {
        Self { width, color: false }
    }

    /// `text` in the colour of `tone`.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
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

/// A bar of `cells` columns filled by `part` of `whole`, to an eighth of a column. Something is never drawn as nothing,
/// and only what is full is drawn full.
pub fn bar(part: u64, whole: u64, cells: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let all = cells as u128 * 8;
    let filled = match u128::from(part) * all {
        0 => 0,
        _ if part >= whole => all,
        scaled => (scaled / u128::from(whole)).clamp(1, all.saturating_sub(1).max(1)),
    };
    let (full, eighths) = ((filled / 8) as usize, (filled % 8) as usize);
    let drawn = format!("{}{}", "█".repeat(full), EIGHTHS[eighths]);
    let missing = cells.saturating_sub(width_of(&drawn));
    drawn + &" ".repeat(missing)
}

/// The columns that `text` takes on a screen.
pub fn width_of(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// On which side a column is flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Figures.
    Right,
}

/// Rows of cells in columns that line up, two columns of space between them.
#[derive(Clone, Debug)]
pub struct Grid {
    aligns: Vec<Align>,
    rows: Vec<Vec<(String, Option<Tone>)>>,
}

impl Grid {
    /// A grid with a column for each of `aligns`.
    pub fn new(aligns: &[Align]) -> Self {
        Self { aligns: aligns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row. Missing cells are empty, those beyond the last column are dropped.
    pub fn row<I: IntoIterator<Item = S>, S: Into<String>>(&mut self, cells: I) -> &mut Self {
        self.painted(cells.into_iter().map(|cell| (cell.into(), None)))
    }

    /// Adds a row whose cells have colours.
    pub fn painted<I: IntoIterator<Item = (String, Option<Tone>)>>(&mut self, cells: I) -> &mut Self {
        let mut row: Vec<_> = cells.into_iter().take(self.aligns.len()).collect();
        row.resize(self.aligns.len(), (String::new(), None));
        self.rows.push(row);
        self
    }

    /// The rows as lines, each with a line break, indented. No line ends in spaces. Where the screen is too narrow, the
    /// first cell of a row stands above the others.
    pub fn render(&self, style: &Style, indent: usize) -> String {
        let lines = self.lines(style, indent);
        // On a screen of the usual width, and where there is none, a table that is a little wider stays one.
        let whole = style.width >= Style::USUAL || self.width(indent) <= style.width;
        if whole { lines } else { self.stacked(style, indent) }
    }

    /// The columns that the widest row takes.
    fn width(&self, indent: usize) -> usize {
        self.lines(&Style::plain(usize::MAX), indent).lines().map(width_of).max().unwrap_or(0)
    }

    fn stacked(&self, style: &Style, indent: usize) -> String {
        let mut rest = Grid::new(self.aligns.get(1..).unwrap_or(&[]));
        for row in &self.rows {
            rest.painted(row.iter().skip(1).cloned());
        }
        let aligned = rest.width(indent + 2) <= style.width;
        let lines = rest.lines(style, indent + 2);
        let mut out = String::new();
        for (row, line) in self.rows.iter().zip(lines.lines()) {
            let paint = |(text, tone): &(String, Option<Tone>)| {
                tone.map_or_else(|| text.clone(), |tone| style.paint(tone, text))
            };
            let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
            let (first, others) = (&row[0], &row[1..]);
            if !first.0.is_empty() {
                let plain = style.flow(&" ".repeat(indent), &words(&first.0), " ", indent + 2);
                out += &plain.lines().map(|line| paint(&(line.to_owned(), first.1)) + "\n").collect::<String>();
            }
            let said: Vec<&(String, Option<Tone>)> = others.iter().filter(|(text, _)| !text.is_empty()).collect();
            match said[..] {
                [] => {}
                _ if aligned => out += &format!("{line}\n"),
                [(one, _)] => out += &style.flow(&" ".repeat(indent + 2), &words(one), " ", indent + 4),
                _ => {
                    let cells: Vec<String> = said.iter().map(|(text, _)| text.clone()).collect();
                    out += &style.flow(&" ".repeat(indent + 2), &cells, "  ", indent + 4);
                }
            }
        }
        out
    }

    fn lines(&self, style: &Style, indent: usize) -> String {
        let widths: Vec<usize> = (0..self.aligns.len())
            .map(|column| self.rows.iter().map(|row| width_of(&row[column].0)).max().unwrap_or(0))
            .collect();
        let mut out = String::new();
        for row in &self.rows {
            let filled = row.iter().rposition(|(text, _)| !text.is_empty()).map_or(0, |last| last + 1);
            let mut line = " ".repeat(indent);
            let mut written = false;
            for (column, (text, tone)) in row.iter().take(filled).enumerate() {
                if widths[column] == 0 {
                    continue;
                }
                line.push_str(if written { "  " } else { "" });
                let space = " ".repeat(widths[column] - width_of(text));
                let text = tone.map_or_else(|| text.clone(), |tone| style.paint(tone, text));
                match self.aligns[column] {
                    Align::Left if column + 1 == filled => line.push_str(&text),
                    Align::Left => line.push_str(&(text + &space)),
                    Align::Right => line.push_str(&(space + &text)),
                }
                written = true;
            }
            out.push_str(&line);
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_when_all_is_used_and_empty_only_when_nothing_is() {
        assert_eq!(bar(0, 10, 4), "    ");
        assert_eq!(bar(1, 1_000_000, 4), "▏   ");
        assert_eq!(bar(5, 10, 4), "██  ");
        assert_eq!(bar(999_999, 1_000_000, 4), "███▉");
        assert_eq!(bar(10, 10, 4), "████");
        assert_eq!(bar(11, 10, 4), "████");
        assert_eq!(bar(1, 0, 2), "██");
        assert_eq!(bar(0, 0, 2), "  ");
        assert_eq!(bar(u64::MAX, u64::MAX, 1), "█");
        assert_eq!(bar(1, 2, 0), "");
    }

    #[test]
    fn columns_line_up_by_what_is_seen() {
        let mut grid = Grid::new(&[Align::Left, Align::Right, Align::Left]);
        grid.row(["名", "5", "x"]).row(["abc", "12", ""]);
        assert_eq!(grid.render(&Style::plain(80), 2), "  名    5  x\n  abc  12\n");
    }

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
