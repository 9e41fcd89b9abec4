//! The small pieces every report is made of: clean words, plurals, percentages, ranges of names, amounts.

pub use crate::diagnostic::{plain, quoted};

use crate::diagnostic::is_unseen;
use crate::model::{ResourceIndex, Service};
use crate::quantity::{Counted, Resource};

/// Text that a terminal or a page can show: what is unseen is dropped, line breaks and tabs become spaces.
pub fn clean(text: &str) -> String {
    let shown = text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c });
    shown.filter(|&c| !is_unseen(c)).collect()
}

/// `1 host`, `2 hosts`, `0 hosts`.
pub fn count(number: impl Into<u128>, noun: &str) -> String {
    let number = number.into();
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// [`count`] of a length.
pub fn count_of(length: usize, noun: &str) -> String {
    count(length as u64, noun)
}

/// A sentence that begins with a capital and ends with a full stop.
pub fn sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let capital: String = letters.next().map_or_else(String::new, |first| first.to_uppercase().collect());
    let stop = if text.trim_end().ends_with(['.', '!', '?', ':']) || capital.is_empty() { "" } else { "." };
    format!("{capital}{}{stop}", letters.as_str())
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The first of many: `a, b and 3 more`; where they are few, `all` of them.
pub fn few(words: &[String], most: usize, all: impl Fn(&[String]) -> String) -> String {
    match words.len().saturating_sub(most) {
        0 => all(words),
        more => format!("{} and {more} more", words[..most].join(", ")),
    }
}

/// The first of many, each by itself, and how many more there are.
pub fn first(all: impl ExactSizeIterator<Item = String>, most: usize) -> Vec<String> {
    let more = all.len().saturating_sub(most);
    all.take(most).chain((more > 0).then(|| format!("and {more} more"))).collect()
}

/// `part` of `whole` in whole percent. Never says 100 where it is not exactly that, nor 0 where there is something.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return if part == 0 { "-".to_owned() } else { "over".to_owned() };
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    let rounded = (part * 200 + whole) / (whole * 2);
    match rounded {
        0 if part > 0 => "<1 %".to_owned(),
        100 if part < whole => "99 %".to_owned(),
        100 if part > whole => "101 %".to_owned(),
        _ => format!("{rounded} %"),
    }
}

/// What stands before an amount that is a figure of others.
pub const BORROWED: &str = "~";

/// [`amount`] of what a service asks for, marked where the figure is not its own.
pub fn amount_asked(of: &Service, resources: &[Counted], resource: ResourceIndex, asked: u64) -> String {
    format!("{}{}", mark(of, resource), amount(&resources[resource], asked))
}

/// What stands before an amount that a service asks for: [`BORROWED`] or nothing.
pub fn mark(of: &Service, resource: ResourceIndex) -> &'static str {
    let borrowed = of.request.get(resource).is_some_and(|amount| amount.origin.is_borrowed());
    if borrowed { BORROWED } else { "" }
}

/// An amount that says what it counts: memory by its unit alone (`2 GiB`), the rest by name (`250m cpu`, `1 gpu`).
pub fn amount(resource: &Counted, amount: u64) -> String {
    match **resource {
        Resource::Memory => resource.show(amount),
        Resource::Containers => count(amount, "container"),
        _ => format!("{} {}", resource.show(amount), resource.name()),
    }
}

/// `2 GiB of memory`, `500m of cpu`, `3 containers`.
pub fn amount_of(resource: &Counted, amount: u64) -> String {
    if *resource == Resource::Containers {
        return count(amount, "container");
    }
    format!("{} of {}", resource.show(amount), resource.name())
}

/// Two amounts as number, number, unit: `37.5`, `38`, `GiB`. Where the units differ the first keeps its own.
pub fn share_of(resource: &Counted, part: u64, whole: u64) -> (String, String, String) {
    let [part, whole] = resource.both(part, whole);
    let (number, unit) = whole.split_once(' ').unwrap_or((&whole, ""));
    let part = match part.split_once(' ') {
        Some((part_number, part_unit)) if part_unit == unit && !part_number.contains(' ') => part_number.to_owned(),
        _ => part,
    };
    (part, number.to_owned(), unit.to_owned())
}

/// `37.5 of 38 GiB`.
pub fn share(resource: &Counted, part: u64, whole: u64) -> String {
    let (part, whole, unit) = share_of(resource, part, whole);
    format!("{part} of {whole} {unit}").trim_end().to_owned()
}

/// Names in short: three or more that count up by one become a range. `s01..s12, s14, web`.
pub fn ranges(names: &[&str]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = names;
    while let [first, ..] = rest {
        let run = 1 + rest.windows(2).take_while(|pair| follows(pair[0], pair[1])).count();
        let (these, after) = rest.split_at(run);
        match these {
            [_, _, .., last] => parts.push(format!("{first}..{last}")),
            few => parts.extend(few.iter().map(|&name| name.to_owned())),
        }
        rest = after;
    }
    parts.join(", ")
}

/// Whether `b` is what comes after `a` in a range of names: the same word, the number one higher, and written with
/// leading zeros in both or in none.
fn follows(a: &str, b: &str) -> bool {
    let (a_word, a_digits) = split_number(a);
    let (b_word, b_digits) = split_number(b);
    let (Ok(a), Ok(b)) = (a_digits.parse::<u64>(), b_digits.parse::<u64>()) else { return false };
    let unpadded = !a_digits.starts_with('0') && !b_digits.starts_with('0');
    a_word == b_word && a.checked_add(1) == Some(b) && (a_digits.len() == b_digits.len() || unpadded)
}

fn split_number(name: &str) -> (&str, &str) {
    name.split_at(name.trim_end_matches(|c: char| c.is_ascii_digit()).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_never_claim_a_whole_that_is_not_one() {
        for (part, whole, expected) in [
            (0, 10, "0 %"),
            (1, 1000, "<1 %"),
            (999, 1000, "99 %"),
            (1000, 1000, "100 %"),
            (1001, 1000, "101 %"),
            (375, 380, "99 %"),
            (1, 3, "33 %"),
            (2, 3, "67 %"),
            (u64::MAX, u64::MAX, "100 %"),
            (0, 0, "-"),
            (1, 0, "over"),
        ] {
            assert_eq!(percent(part, whole), expected, "{part} of {whole}");
        }
    }

    #[test]
    fn three_names_that_count_up_are_a_range_and_two_are_not() {
        assert_eq!(ranges(&["s01", "s02", "s03", "s05", "web"]), "s01..s03, s05, web");
        assert_eq!(ranges(&["s8", "s9", "s10", "s11"]), "s8..s11");
        assert_eq!(ranges(&["s08", "s09", "s10", "s11"]), "s08..s11");
        assert_eq!(ranges(&["s1", "s02", "s3"]), "s1, s02, s3");
        assert_eq!(ranges(&["s1", "t2", "u3"]), "s1, t2, u3");
        assert_eq!(ranges(&["s01", "s02"]), "s01, s02");
        assert_eq!(ranges(&["s99999999999999999999", "s1"]), "s99999999999999999999, s1");
        assert_eq!(ranges(&[]), "");
    }

    #[test]
    fn hostile_titles_lose_their_controls() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\nb\u{202e}c\u{9b}d"), "a[31mred bcd");
    }
}
