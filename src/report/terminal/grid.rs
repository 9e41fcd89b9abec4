//! Tables on a terminal: cells in columns that line up, two columns of space between them.

use super::style::{Style, width_of};
use crate::report::page::{Column, Role, Table, Text, Tone};
use crate::report::text::clean;

/// Rows of cells, each with its tone; which columns are flush to the right.
struct Grid {
    figures: Vec<bool>,
    rows: Vec<Vec<(String, Option<Tone>)>>,
    indent: usize,
}

/// A table as lines, each with a line break. No line ends in spaces. Where the screen is too narrow, the first cell of
/// a row stands above the others.
pub fn table(table: &Table, style: &Style) -> String {
    let (columns, rows) = table.shown(Some(style.width));
    let head: Vec<Text> = columns.iter().map(|column| column.short.clone().unwrap_or(column.head.clone())).collect();
    let head = (!head.iter().all(Text::is_empty)).then_some(head);
    let cells = |row: Vec<Text>| row.iter().map(|text| (plain(text), text.tone)).collect();
    let figures = columns.iter().map(|column: &&Column| column.figures).collect();
    let grid = Grid { figures, rows: head.into_iter().chain(rows).map(cells).collect(), indent: table.indent };
    // On a screen of the usual width, and where there is none, a table that is a little wider stays one.
    let whole = style.width >= Style::USUAL || grid.width() <= style.width;
    if whole { grid.lines(style) } else { grid.stacked(style) }
}

fn plain(text: &Text) -> String {
    let word = |(role, words): &(Role, String)| match role {
        Role::Chosen => format!("[{}]", clean(words)),
        _ => clean(words),
    };
    text.spans.iter().map(word).collect()
}

impl Grid {
    /// The columns that the widest row takes.
    fn width(&self) -> usize {
        self.lines(&Style::plain(usize::MAX)).lines().map(width_of).max().unwrap_or(0)
    }

    fn stacked(&self, style: &Style) -> String {
        let rest = Grid {
            figures: self.figures.iter().skip(1).copied().collect(),
            rows: self.rows.iter().map(|row| row.iter().skip(1).cloned().collect()).collect(),
            indent: self.indent + 2,
        };
        let aligned = rest.width() <= style.width;
        let lines = rest.lines(style);
        let margin = |by: usize| " ".repeat(self.indent + by);
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut out = String::new();
        for (row, line) in self.rows.iter().zip(lines.lines()) {
            let Some(((first, tone), others)) = row.split_first() else { continue };
            if !first.is_empty() {
                let plain = style.flow(&margin(0), &words(first), " ", self.indent + 2);
                out += &plain.lines().map(|line| style.paint(*tone, line) + "\n").collect::<String>();
            }
            let said: Vec<&str> =
                others.iter().map(|(text, _)| text.as_str()).filter(|text| !text.is_empty()).collect();
            match said[..] {
                [] => {}
                _ if aligned => out += &format!("{line}\n"),
                [one] => out += &style.flow(&margin(2), &words(one), " ", self.indent + 4),
                // A cell that is a sentence breaks between its words, and stands by itself.
                _ if said.iter().any(|cell| cell.contains(' ') && width_of(cell) + self.indent + 2 > style.width) => {
                    for cell in said {
                        out += &style.flow(&margin(2), &words(cell), " ", self.indent + 4);
                    }
                }
                _ => {
                    let cells: Vec<String> = said.into_iter().map(str::to_owned).collect();
                    out += &style.flow(&margin(2), &cells, "  ", self.indent + 4);
                }
            }
        }
        out
    }

    fn lines(&self, style: &Style) -> String {
        let column = |at: usize| self.rows.iter().map(move |row| width_of(&row[at].0)).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.figures.len()).map(column).collect();
        let mut out = String::new();
        for row in &self.rows {
            let filled = row.iter().rposition(|(text, _)| !text.is_empty()).map_or(0, |last| last + 1);
            let mut line = " ".repeat(self.indent);
            let mut written = false;
            for (at, (text, tone)) in row.iter().take(filled).enumerate().filter(|(at, _)| widths[*at] > 0) {
                line.push_str(if written { "  " } else { "" });
                let space = " ".repeat(widths[at] - width_of(text));
                let text = style.paint(*tone, text);
                match self.figures[at] {
                    false if at + 1 == filled => line.push_str(&text),
                    false => line.push_str(&(text + &space)),
                    true => line.push_str(&(space + &text)),
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
    fn columns_line_up_by_what_is_seen() {
        let mut it = Table::new(2, [Column::words(""), Column::figures(""), Column::words("")]);
        it.row(["名", "5", "x"].map(Text::from)).row(["abc", "12", ""].map(Text::from));
        assert_eq!(table(&it, &Style::plain(80)), "  名    5  x\n  abc  12\n");
    }
}
