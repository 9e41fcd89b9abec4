//! A text as a YAML scalar that every reader takes as this very text, wherever it stands.
//!
//! The serializer of `serde_yaml` does not serve: it knows no scalars alone, quotes every number, for our amounts are
//! texts, and leaves much bare that older readers stumble over in braces (`a:b`). What is bare here is little enough to
//! be sure of: anything else is quoted.

/// A text or a key: a string to every reader.
pub fn text(text: &str) -> String {
    if is_word(text) && !is_special(text) { text.to_owned() } else { quoted(text) }
}

/// A value: a plain number stays one, which says the same to every reader.
pub fn value(value: &str) -> String {
    if is_decimal(value) { value.to_owned() } else { text(value) }
}

/// Whether nothing in it marks anything in YAML.
fn is_word(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "/._-%*+".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || "/.".contains(c)) && text.chars().all(inside)
}

/// Whether a reader of YAML 1.1 or 1.2 might take a word as something else: nothing, a truth, a number, a time.
fn is_special(word: &str) -> bool {
    const NAMES: [&str; 11] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"];
    let lower = word.to_ascii_lowercase();
    let number = |c: char| c.is_ascii_digit() || "_.e+-tz".contains(c);
    NAMES.contains(&lower.as_str())
        || lower.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && (lower.chars().all(number) || ["0x", "0o", "0b"].iter().any(|base| lower.starts_with(base)))
}

/// Whether it is a number that is written back as it stands: no zeros before or behind, no more digits than are exact.
fn is_decimal(text: &str) -> bool {
    const MOST_DIGITS: usize = 15;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = text.split_once('.').unwrap_or((text, "1"));
    text.len() <= MOST_DIGITS
        && (whole == "0" || digits(whole) && !whole.starts_with('0'))
        && digits(part)
        && !part.ends_with('0')
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            // What cannot be seen, or turns around what stands beside it.
            '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ if character.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;
    use crate::document::syntax::findings::Findings;
    use crate::document::syntax::tree::{Node, Value, parse};

    #[test]
    fn what_some_reader_takes_as_something_else_is_quoted() {
        for special in [
            "",
            "~",
            "null",
            "Null",
            "no",
            "Yes",
            "ON",
            "y",
            "N",
            "true",
            "1e3",
            "0x1f",
            "0o17",
            "0b1",
            "017",
            "1_000",
            "12:30:45",
            "2026-01-01",
            "2026-01-01T10:00:00Z",
            ".5",
            ".inf",
            ".NaN",
            "1.",
            "1.50",
            "-1",
            "+1",
            "=",
            "<<",
            "-",
            "---",
            "...",
            "!a",
            "&a",
            "*a",
            "|",
            ">",
            "%a",
            "@a",
            "`a",
            "?",
            "? a",
            ":",
            "a: b",
            "a #b",
            "#a",
            ",",
            "[a",
            "{a",
            "'a",
            " a",
            "a ",
            "a\tb",
            "a\nb",
            "\u{feff}",
            "\u{202e}",
            "\u{85}",
            "1234567890123456",
        ] {
            assert_eq!(value(special), quoted(special), "{special}");
        }
        for plain in ["nuc", "41GiB", "500m", "10%", "s01..s17/*", "../lab.yaml", "/srv/lab.yaml", "1u", "c++", "none"]
        {
            assert_eq!([text(plain), value(plain)], [plain, plain]);
        }
        for number in ["0", "3", "0.5", "12.25"] {
            assert_eq!((text(number), value(number).as_str()), (format!("\"{number}\""), number));
        }
        assert_eq!(text("a\"b\\c\u{0}\u{202e}"), "\"a\\\"b\\\\c\\u0000\\u202e\"");
    }

    /// What our reader makes of a text as a key and a value in lines and in braces.
    fn read(written: &str) -> Vec<String> {
        fn leaves(node: &Node, all: &mut Vec<String>) {
            match &node.value {
                Value::Text(text) => all.push(text.to_string()),
                Value::List(items) => items.iter().for_each(|item| leaves(item, all)),
                Value::Map(entries) => entries.iter().for_each(|entry| {
                    all.push(entry.key.to_string());
                    leaves(&entry.value, all);
                }),
                Value::Null | Value::Gone => all.push("nothing".to_owned()),
            }
        }
        let document = format!("{written}: {written}\nk:\n  - {written}\nx: [{written}, {{{written}: {written}}}]\n");
        let mut found = Findings::default();
        let mut all = Vec::new();
        if let Some(tree) = parse("a.yaml", &document, 0, &mut found) {
            leaves(&tree, &mut all);
        }
        assert!(!found.has_errors(), "{document}");
        all
    }

    /// A text of one to eight characters: of those that mean something in YAML, of those of numbers, or any.
    fn any_text(rng: &mut Rng) -> String {
        let special: Vec<char> = "-!&*|>%@`'\"#:,?~ \t\n\r[]{}a1.".chars().collect();
        let number: Vec<char> = "0123456789abcdefxo_.+-".chars().collect();
        let (kind, length) = (rng.u8(..3), rng.usize(1..9));
        let character = |_| match kind {
            0 => special[rng.usize(..special.len())],
            1 => number[rng.usize(..number.len())],
            _ => rng.char(..),
        };
        (0..length).map(character).collect()
    }

    #[test]
    fn any_text_is_read_back_as_it_was_written() {
        for seed in 0..5_000 {
            let any = any_text(&mut Rng::with_seed(seed));
            // A key of the same name would be there twice.
            if any != "k" && any != "x" {
                for written in [text(&any), value(&any)] {
                    assert_eq!(read(&written), [&any, &any, "k", &any, "x", &any, &any, &any], "seed {seed}");
                }
            }
        }
    }
}
