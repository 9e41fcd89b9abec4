//! Two sets of named things side by side, in an order that people expect.

use std::cmp::Ordering;

/// A name or id that sorts by its segments, and numbers in them by value: `s2/x` before `s10/a`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Natural(pub String);

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.0 == other.0 {
            return Ordering::Equal;
        }
        let (mut a, mut b) = (self.0.split('/'), other.0.split('/'));
        loop {
            let segments = match (a.next(), b.next()) {
                (Some(a), Some(b)) => parts(a).cmp(parts(b)),
                (None, None) => return self.0.cmp(&other.0),
                (a, b) => a.cmp(&b),
            };
            if segments.is_ne() {
                return segments;
            }
        }
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Every name with what the first and the second side have under it, sorted. Documents are mostly in that order already,
/// which makes it quick.
pub(super) fn pairs<T>(
    a: impl Iterator<Item = (String, T)>,
    b: impl Iterator<Item = (String, T)>,
) -> Vec<(Natural, [Option<T>; 2])> {
    let (mut a, mut b) = (sorted(a).into_iter().peekable(), sorted(b).into_iter().peekable());
    let mut pairs = Vec::new();
    loop {
        let order = match (a.peek(), b.peek()) {
            (Some((a, _)), Some((b, _))) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return pairs,
        };
        let first = if order.is_le() { a.next() } else { None };
        let second = if order.is_ge() { b.next() } else { None };
        match (first, second) {
            (Some((name, first)), second) => pairs.push((name, [Some(first), second.map(|(_, thing)| thing)])),
            (None, Some((name, second))) => pairs.push((name, [None, Some(second)])),
            (None, None) => return pairs,
        }
    }
}

/// By name; of several of one name the last.
fn sorted<T>(things: impl Iterator<Item = (String, T)>) -> Vec<(Natural, T)> {
    let mut things: Vec<(Natural, T)> = things.map(|(name, thing)| (Natural(name), thing)).collect();
    things.sort_by(|(a, _), (b, _)| a.cmp(b));
    things.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            std::mem::swap(&mut later.1, &mut earlier.1);
        }
        same
    });
    things
}

/// A name cut into words and numbers: a number is its length without leading zeros, then its digits, so that it
/// compares by value whatever its size.
fn parts(name: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let is_digit = rest.chars().next()?.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_digit).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        let digits = part.trim_start_matches('0');
        Some(if is_digit { (1 + digits.len(), digits) } else { (0, part) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_sort_by_value_and_no_two_names_are_one() {
        let mut names: Vec<Natural> =
            ["s10/app", "s2/app", "s02/app", "s2/app.10", "s2/app.9", "s/app", "s99999999999999999999999", "r1"]
                .map(|name| Natural(name.to_owned()))
                .to_vec();
        names.sort();
        let sorted: Vec<&str> = names.iter().map(|name| name.0.as_str()).collect();
        assert_eq!(
            sorted,
            ["r1", "s/app", "s02/app", "s2/app", "s2/app.9", "s2/app.10", "s10/app", "s99999999999999999999999"]
        );
    }
}
