//! How wide text is drawn, at the most, so that labels can be cut before they are drawn.

use unicode_width::UnicodeWidthChar;

/// An upper bound on the width of `text` in a common sans-serif font of `size` tenths of a pixel, in tenths of a pixel.
/// The widths are those of DejaVu Sans, the widest of the usual ones, in hundredths of the size.
pub fn width_of(text: &str, size: i64) -> i64 {
    text.chars().map(|c| hundredths(c) * size).sum::<i64>() / 100 + 1
}

fn hundredths(c: char) -> i64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '.' | ',' | ' ' => 34,
        'f' | 't' | 'r' | 'I' | '-' | '/' | ':' | ';' | '(' | ')' | '|' | '!' => 44,
        'm' | 'M' | 'W' | '@' | '%' | '…' => 102,
        'w' | 'O' | 'Q' | 'C'..='H' | 'N' | 'U' => 84,
        'A'..='Z' => 74,
        ' '..='~' => 66,
        '·' => 34,
        _ => match c.width() {
            Some(0) | None => 0,
            Some(1) => 102,
            Some(_) => 140,
        },
    }
}

/// `text` cut to `width`, with an ellipsis where something is missing; `None` where not even two letters fit.
pub fn fit(text: &str, size: i64, width: i64) -> Option<String> {
    if width_of(text, size) <= width {
        return Some(text.to_owned());
    }
    let mut cut: Vec<char> = text.chars().collect();
    while cut.len() > 2 {
        cut.pop();
        let shown = cut.iter().collect::<String>().trim_end().to_owned() + "…";
        if width_of(&shown, size) <= width {
            return Some(shown);
        }
    }
    None
}

/// `text` in lines of at most `width`, broken between words; a word that is wider than a line is cut.
pub(super) fn wrap(text: &str, size: i64, width: i64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match longer.filter(|line| width_of(line, size) <= width) {
            Some(line) => {
                lines.pop();
                lines.push(line);
            }
            None => lines.push(fit(word, size, width).unwrap_or_default()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_with_an_ellipsis() {
        assert_eq!(fit("grafana", 110, 10_000).as_deref(), Some("grafana"));
        let cut = fit("alertmanager", 110, 400).expect("some of it fits");
        assert!(cut.ends_with('…') && width_of(&cut, 110) <= 400, "{cut}");
        assert_eq!(fit("alertmanager", 110, 100), None);
    }
}
