//! Words and tables that Markdown shows as they are meant.

use crate::report::text::clean;

/// Free text without a meaning in Markdown or HTML.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '|' | '[' | ']' | '#' | '~' | '!' | '$' | '@' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// A sentence of this program: its backticks are meant, everything else is escaped.
pub fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape(text);
    }
    let shown = parts.iter().enumerate().map(|(i, part)| if i % 2 == 0 { escape(part) } else { code(part) });
    shown.collect()
}

/// `text` as code.
pub fn code(text: &str) -> String {
    let text = clean(text).replace('|', "\\|");
    if text.contains('`') { escape(&text) } else { format!("`{text}`") }
}

/// A table: the first cell of each row words, the rest figures to the right where `figures` says so.
pub fn table(header: &[&str], figures: &[bool], rows: &[Vec<String>]) -> String {
    let rule = |&right: &bool| if right { "---:" } else { "---" };
    let mut out = line(header.iter().map(|&cell| cell.to_owned()));
    out += &line(figures.iter().map(rule).map(str::to_owned));
    for row in rows {
        out += &line(row.iter().cloned());
    }
    out
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_cannot_break_out_of_a_cell() {
        assert_eq!(escape("a|b <img src=x> `c`\n# d"), "a\\|b &lt;img src=x&gt; \\`c\\` \\# d");
    }

    #[test]
    fn a_sentence_keeps_its_code_and_nothing_else() {
        assert_eq!(sentence("`s01/app` asks *too* much"), "`s01/app` asks \\*too\\* much");
        assert_eq!(sentence("one ` alone <b>"), "one \\` alone &lt;b&gt;");
    }

    #[test]
    fn a_table_is_githubs() {
        let rows = vec![vec!["a".to_owned(), "1".to_owned()]];
        assert_eq!(table(&["x", "n"], &[false, true], &rows), "| x | n |\n| --- | ---: |\n| a | 1 |\n");
    }
}
