//! The cells of a spreadsheet's text, each with its place: separators, quotes and line ends as spreadsheets write them.

use crate::diagnostic::{Code, Diagnostic, Place};

/// The most cells of a file.
const MOST_CELLS: usize = 12_000_000;

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What is in it, without blanks around it.
    pub text: String,
    /// Where it begins.
    pub at: Place,
}

/// The separator that the first line has: a tab before a semicolon before a comma. Excel may say it: `sep=;`.
fn separator(text: &str) -> (char, usize) {
    let first = text.split('\n').next().unwrap_or("");
    if let Some(said) = first.strip_prefix("sep=")
        && let (Some(said), length) = (said.chars().next().filter(|c| !c.is_control() || *c == '\t'), first.len() + 1)
    {
        return (said, length.min(text.len()));
    }
    let mut is_quoted = false;
    let bare = |c: &char| {
        is_quoted ^= *c == '"';
        !is_quoted
    };
    let bare: String = first.chars().filter(bare).collect();
    (['\t', ';'].into_iter().find(|separator| bare.contains(*separator)).unwrap_or(','), 0)
}

/// The rows of a text, and whether its separator leaves the comma to numbers. Rows without anything are left out.
///
/// # Errors
/// A quote that does not end, or stands where none can.
pub fn rows(text: &str, file: u32) -> Result<(Vec<Vec<Cell>>, bool), Box<Diagnostic>> {
    first_rows(text, file, usize::MAX)
}

/// So many of these rows at the most.
///
/// # Errors
/// As of all, where it stands in them.
pub fn first_rows(text: &str, file: u32, most: usize) -> Result<(Vec<Vec<Cell>>, bool), Box<Diagnostic>> {
    let (separator, skipped) = separator(text);
    let (mut rows, mut row) = (Vec::new(), Vec::new());
    let mut count = 0_usize;
    let mut line: u32 = if skipped > 0 { 2 } else { 1 };
    let mut column: u32 = 1;
    let mut chars = text.get(skipped..).unwrap_or("").chars().peekable();
    let wrong = |at: Place, message: &str| {
        let help = "a cell with quotes begins and ends with one, and doubles those within";
        Err(Box::new(Diagnostic::new(Code::Syntax, at, message).help(help)))
    };
    loop {
        // A cell. By hand people put a blank before it.
        while separator != ' ' && chars.peek() == Some(&' ') {
            chars.next();
            column = column.saturating_add(1);
        }
        let at = Place { file, line, column, length: 0 };
        let mut cell = String::new();
        let is_quoted = chars.peek() == Some(&'"');
        if is_quoted {
            chars.next();
            column += 1;
            loop {
                match chars.next() {
                    None => return wrong(at, "the quote does not end"),
                    Some('"') if chars.peek() == Some(&'"') => {
                        chars.next();
                        cell.push('"');
                        column += 2;
                    }
                    Some('"') => {
                        column += 1;
                        break;
                    }
                    Some('\n') => {
                        cell.push('\n');
                        (line, column) = (line.saturating_add(1), 1);
                    }
                    Some(c) => {
                        cell.push(c);
                        column = column.saturating_add(1);
                    }
                }
            }
        }
        // What ends it.
        let end = loop {
            match chars.next() {
                Some(c) if c == separator || c == '\n' => break Some(c),
                None => break None,
                Some('\r') if matches!(chars.peek(), None | Some('\n')) => {}
                Some(c) if is_quoted && c.is_whitespace() => column = column.saturating_add(1),
                Some(_) if is_quoted => {
                    return wrong(Place { column, line, ..at }, "something stands behind the quote that ends the cell");
                }
                Some(c) => {
                    cell.push(c);
                    column = column.saturating_add(1);
                }
            }
        };
        let text = cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').to_owned();
        row.push(Cell { text, at });
        count += 1;
        if count > MOST_CELLS {
            let diagnostic = Diagnostic::new(Code::TooLarge, at, format!("there are more than {MOST_CELLS} cells"));
            return Err(Box::new(diagnostic.help("import it in parts")));
        }
        match end {
            Some('\n') | None => {
                (line, column) = (line.saturating_add(1), 1);
                let row = std::mem::take(&mut row);
                if row.iter().any(|cell: &Cell| !cell.text.is_empty()) {
                    rows.push(row);
                }
                if end.is_none() || rows.len() == most {
                    return Ok((rows, separator != ','));
                }
            }
            Some(_) => column = column.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Vec<(String, u32, u32)>> {
        let (rows, _) = rows(text, 0).expect("it is read");
        let cell = |cell: Cell| (cell.text, cell.at.line, cell.at.column);
        rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect()
    }

    #[test]
    fn cells_have_their_places() {
        let one = |text: &str, line, column| (text.to_owned(), line, column);
        assert_eq!(
            texts("a,\"b\nc\",d\r\n\n,,\n1,\"x \"\"y\"\"\"  ,\n"),
            [
                vec![one("a", 1, 1), one("b\nc", 1, 3), one("d", 2, 4)],
                vec![one("1", 5, 1), one("x \"y\"", 5, 3), one("", 5, 15)],
            ]
        );
        assert_eq!(texts("sep=|\na|b,c"), [vec![one("a", 2, 1), one("b,c", 2, 3)]]);
        assert_eq!(texts("a;b,c\n1;2"), [vec![one("a", 1, 1), one("b,c", 1, 3)], vec![one("1", 2, 1), one("2", 2, 3)]]);
    }

    #[test]
    fn quotes_that_are_none_are_said_with_their_place() {
        for (text, line, column) in [("a,b\n1,\"x\n2,3\n", 2, 3), ("a,b\n\"x\"z,2\n", 2, 4)] {
            let at = rows(text, 0).expect_err(text).at.expect("a place");
            assert_eq!((at.line, at.column), (line, column), "{text}");
        }
    }
}
