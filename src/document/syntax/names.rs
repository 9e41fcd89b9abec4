//! Names, ranges of names, patterns over names, and the name that was probably meant.

use std::fmt::Write;

pub use crate::model::glob;

/// The longest name. Ranges repeat names a million times, and nobody could read longer ones.
pub const LONGEST_NAME: usize = 200;

/// Whether `text` is a name: `[a-z0-9][a-z0-9-]*`, within [`LONGEST_NAME`].
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_NAME && !text.starts_with('-') && text.bytes().all(is_name_byte)
}

/// How a foreign name is spelled here, where there is a way: `home-assistant` for `Home_Assistant`.
pub fn respelled(text: &str) -> Option<String> {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let strange = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | ' ' | '.');
    let spelled: String = text.trim().chars().map(letter).collect();
    let spelled = spelled.trim_matches('-').to_owned();
    (!text.contains(strange) && is_name(&spelled)).then_some(spelled)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// The most digits in which the ends of a range may count.
const MOST_DIGITS: usize = 15;

/// `s01..s17`: names that count up and are the same before their number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    prefix: String,
    /// The least digits of each number: leading zeros fill up to here.
    width: usize,
    first: u64,
    last: u64,
}

/// Why a text with `..` is no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeError {
    /// An end is no name, or has no number at its end.
    NoNumber,
    /// The ends are not the same before their numbers, or not filled up with zeros alike.
    Unlike,
    /// The first number is above the last.
    Backwards,
}

impl RangeError {
    /// What is wrong, in a few words.
    pub fn message(self) -> &'static str {
        match self {
            RangeError::NoNumber => {
                "both ends of a range must be names that end in a number, with at most 200 characters"
            }
            RangeError::Unlike => "the ends of a range must be alike up to their numbers, and their zeros",
            RangeError::Backwards => "the range runs backwards",
        }
    }
}

impl Range {
    /// The range, where `text` has the form of one; `None` where it has no `..`. The ends may be any names that
    /// `allowed` accepts.
    pub fn parse(text: &str, allowed: fn(&str) -> bool) -> Option<Result<Range, RangeError>> {
        let (from, to) = text.split_once("..")?;
        Some(Self::between(from, to, allowed))
    }

    fn between(from: &str, to: &str, allowed: fn(&str) -> bool) -> Result<Range, RangeError> {
        let ((prefix, low), (other, high)) = (split_number(from), split_number(to));
        let (Some(first), Some(last)) = (number(low), number(high)) else { return Err(RangeError::NoNumber) };
        if !allowed(from) || !allowed(to) {
            return Err(RangeError::NoNumber);
        }
        let width = low.len();
        if prefix != other || format!("{last:0width$}") != high {
            return Err(RangeError::Unlike);
        }
        if first > last {
            return Err(RangeError::Backwards);
        }
        Ok(Range { prefix: prefix.to_owned(), width, first, last })
    }

    /// How many names it has; at least one.
    pub fn count(&self) -> u64 {
        self.last - self.first + 1
    }

    /// Its names, counting up.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        (self.first..=self.last).map(|number| format!("{}{number:0width$}", self.prefix, width = self.width))
    }
}

/// The name that follows `name` in a range that starts with `first`: `s01`, `s09` to `s10`.
pub fn successor(first: &str, name: &str) -> Option<String> {
    let ((prefix, low), (same, digits)) = (split_number(first), split_number(name));
    let (width, next) = (low.len(), number(digits)? + 1);
    number(low)?;
    (prefix == same && digits == format!("{:0width$}", next - 1)).then(|| format!("{prefix}{next:0width$}"))
}

/// What stands before the digits at the end, and those.
fn split_number(name: &str) -> (&str, &str) {
    let prefix = name.trim_end_matches(|c: char| c.is_ascii_digit());
    name.split_at(prefix.len())
}

fn number(digits: &str) -> Option<u64> {
    if digits.len() > MOST_DIGITS { None } else { digits.parse().ok() }
}

/// The known name closest to `name`, where one is close enough to be meant.
pub fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest(name, known, 1).pop()
}

/// The known names that are close enough to `name` to be meant, the closest first, and no more than `few`.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, few: usize) -> Vec<&'a str> {
    // Nobody mistypes more than this; and hostile names must not cost time.
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return Vec::new();
    }
    let name = name.to_lowercase();
    let length = name.chars().count();
    let most = (length / 3).max(1);
    let mut best: Vec<(usize, &str)> = Vec::new();
    for candidate in known {
        if candidate.len().abs_diff(length) > most {
            continue;
        }
        // How many letters to insert, delete, replace or swap with their neighbour.
        let distance = strsim::osa_distance(&name, candidate);
        // Of two equally close the first in the alphabet, so that the order of the document does not matter.
        if distance <= most {
            let at = best.partition_point(|known| *known <= (distance, candidate));
            best.insert(at, (distance, candidate));
            best.truncate(few);
        }
    }
    best.into_iter().map(|(_, name)| name).collect()
}

/// What to do about an unknown name: the one that was probably meant, or a few that there are.
pub fn help_with<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    const A_FEW: usize = 8;
    if let Some(meant) = closest(name, known.clone()) {
        return Some(format!("did you mean `{meant}`?"));
    }
    let mut listed = String::new();
    let mut known = known.into_iter();
    for name in known.by_ref().take(A_FEW) {
        let _ = write!(listed, "{}`{name}`", if listed.is_empty() { "" } else { ", " });
    }
    if listed.is_empty() {
        return None;
    }
    let more = known.count();
    Some(if more > 0 { format!("there are {listed} and {more} more") } else { format!("there is {listed}") })
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    fn names(text: &str) -> Result<Vec<String>, RangeError> {
        Range::parse(text, is_name).unwrap().map(|range| range.names().collect())
    }

    #[test]
    fn ranges_keep_their_zeros() {
        assert_eq!(names("s08..s11").unwrap(), ["s08", "s09", "s10", "s11"]);
        assert_eq!(names("s8..s11").unwrap(), ["s8", "s9", "s10", "s11"]);
        assert_eq!(names("a-1..a-1").unwrap(), ["a-1"]);
        assert_eq!(names("s98..s101").unwrap(), ["s98", "s99", "s100", "s101"]);
        assert_eq!(names("1..3").unwrap(), ["1", "2", "3"]);
    }

    #[test]
    fn ranges_whose_ends_do_not_belong_together_are_refused() {
        assert_eq!(names("s09..s02"), Err(RangeError::Backwards));
        for text in ["s01..t09", "s01..s9", "s001..s17", "s1..s05"] {
            assert_eq!(names(text), Err(RangeError::Unlike), "{text}");
        }
        for text in ["a..b", "s01..", "..s01", "..", "s01..s02..s03", "S1..S2", "s*1..s*2", "-1..-2"] {
            assert_eq!(names(text), Err(RangeError::NoNumber), "{text}");
        }
        assert_eq!(names("s1..s99999999999999999999999"), Err(RangeError::NoNumber));
        assert!(Range::parse("s01", is_name).is_none());
        assert_eq!(Range::parse("s1..s999999999999999", is_name).unwrap().unwrap().count(), 999_999_999_999_999);
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text) in [("*", ""), ("*", "a"), ("s*", "s01"), ("*1", "s01"), ("a*b*c", "axxbyc"), ("a", "a")] {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("s*", "t01"), ("a*b", "abc"), ("a", "ab"), ("", "a"), ("a*b*c", "acb")] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn the_name_that_was_probably_meant_is_found() {
        let known = ["nuc", "workstation", "worker-1"];
        assert_eq!(closest("nux", known), Some("nuc"));
        assert_eq!(closest("ncu", known), Some("nuc"));
        assert_eq!(closest("workstaton", known), Some("workstation"));
        assert_eq!(closest("NUC", known), Some("nuc"));
        assert_eq!(closest("pi", known), None);
        assert_eq!(help_with("pi", known).unwrap(), "there is `nuc`, `workstation`, `worker-1`");
        assert_eq!(help_with("pi", []), None);
    }

    #[test]
    fn the_successor_of_a_name_keeps_the_zeros_of_the_range() {
        assert_eq!(successor("s01", "s09").as_deref(), Some("s10"));
        assert_eq!(successor("s8", "s9").as_deref(), Some("s10"));
        assert_eq!(successor("s01", "s1"), None);
        assert_eq!(successor("s", "s"), None);
    }

    #[test]
    fn every_range_has_the_names_that_its_successors_give() {
        let mut rng = Rng::with_seed(1);
        for _ in 0..256 {
            let (first, length, width) = (rng.u64(..2000), rng.u64(..30), rng.usize(..6));
            let text = format!("s{first:0width$}..s{:0width$}", first + length);
            let names = names(&text).unwrap();
            assert_eq!(names.len() as u64, length + 1, "{text}");
            for pair in names.windows(2) {
                assert_eq!(successor(&names[0], &pair[0]).as_ref(), Some(&pair[1]), "{text}");
            }
        }
    }

    #[test]
    fn no_text_makes_names_panic() {
        let letters: Vec<char> = ('a'..='z').chain('0'..='9').chain(['.', '*', '-']).collect();
        let mut rng = Rng::with_seed(2);
        for _ in 0..1_000 {
            let mut some = |most: usize, any: bool| -> String {
                let length = rng.usize(..=most);
                let one = |_| if any { rng.char(..) } else { letters[rng.usize(..letters.len())] };
                (0..length).map(one).collect()
            };
            let (text, strange, other) = (some(20, false), some(20, true), some(9, false));
            for text in [&text, &strange] {
                let _ = (Range::parse(text, is_name), glob(text, &other), closest(text, [other.as_str()]));
                let _ = successor(text, &other);
            }
        }
    }
}
