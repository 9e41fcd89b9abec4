//! What an exporter prints: one sample a line, `name{label="value"} 12.5 1767225600781`, of Prometheus or OpenMetrics.

use std::borrow::Cow;

use super::super::found::Found;
use super::series::{Kind, Labels, Metrics, Sample, keep};
use crate::diagnostic::Place;

/// So many lines are refused one by one.
const MOST_REFUSED: usize = 50;

/// Reads the lines of a file. Where none has a metric of use, and most are no samples at all, nothing is said of them.
pub fn read(text: &str, file: u32, metrics: &mut Metrics, found: &mut Found) {
    let before = (metrics.count(), found.refused.len());
    let mut samples = 0_usize;
    // OpenMetrics has seconds where Prometheus has milliseconds.
    let is_open = text.trim_end().ends_with("# EOF");
    let mut refused = 0_usize;
    for (number, line) in (1..).zip(text.split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim_start().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let at = |column: u32| Place { file, line: number, column, length: 0 };
        let sample = sample(line);
        samples += usize::from(sample.is_ok());
        match sample {
            Ok(None) => {}
            Ok(Some((kind, labels, value, time))) => {
                let time = time.map(|time| if is_open { time } else { time / 1000.0 });
                let sample = Sample { time, order: u64::from(file), value };
                metrics.add(kind, labels, Some(file), at(1), &[sample]);
            }
            Err((rest, expected)) => {
                refused += 1;
                if refused <= MOST_REFUSED {
                    let column = line.chars().count().saturating_sub(rest.chars().count()) + 1;
                    let place = at(u32::try_from(column).unwrap_or(u32::MAX));
                    found.refuse(format!("line {number}"), format!("expected {expected}"), place);
                }
            }
        }
    }
    if refused > MOST_REFUSED {
        let place = Place { file, line: 1, column: 1, length: 0 };
        let more = refused - MOST_REFUSED;
        found.refuse(format!("{more} more lines"), "are no metrics either", place);
    }
    if samples <= refused && metrics.count() == before.0 {
        found.refused.truncate(before.1);
    }
}

type Parsed = (Kind, Labels, f64, Option<f64>);

/// One line; `None` where its metric is not read. Else what is left of it where something else is expected.
fn sample(line: &str) -> Result<Option<Parsed>, (&str, &'static str)> {
    let line = line.trim_start_matches([' ', '\t']);
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "_:".contains(c))).unwrap_or(line.len());
    let (mut name, mut rest) = line.split_at(end);
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() && !line.starts_with('{') {
        return Err((line, "the name of a metric"));
    }
    let mut kind = Kind::of_metric(name);
    if kind.is_none() && !name.is_empty() {
        // Of others it is enough that they look like one.
        let value =
            blanks(rest.rsplit_once('}').filter(|_| blanks(rest).starts_with('{')).map_or(rest, |(_, rest)| rest));
        let is_number = value.split_ascii_whitespace().next().is_some_and(|word| word.parse::<f64>().is_ok());
        // What ends with a colon is a key of YAML.
        let is_one = is_number && !name.ends_with(':') && rest.starts_with(['{', ' ', '\t']);
        return if is_one { Ok(None) } else { Err((rest, "labels or a value")) };
    }
    let mut labels = Labels::new();
    rest = blanks(rest);
    if let Some(inner) = rest.strip_prefix('{') {
        rest = blanks(inner);
        while !rest.starts_with('}') {
            let (key, after) = match rest.strip_prefix('"') {
                Some(_) => quoted(rest)?,
                None => {
                    let word = |c: char| c.is_ascii_alphanumeric() || "_:.".contains(c);
                    let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
                    let (key, after) = rest.split_at(end);
                    (Cow::Borrowed(key), after)
                }
            };
            let after = blanks(after);
            match after.strip_prefix('=') {
                Some(after) => {
                    let (value, after) = quoted(blanks(after))?;
                    if key.is_empty() {
                        return Err((rest, "the name of a label"));
                    }
                    keep(&mut labels, &key, &value);
                    rest = blanks(after);
                }
                // A name that needs quotes stands among the labels.
                None if name.is_empty() && kind.is_none() && rest.starts_with('"') => {
                    name = "quoted";
                    kind = Kind::of_metric(&key);
                    rest = after;
                }
                None => return Err((after, "`=` and a value in quotes")),
            }
            match rest.strip_prefix(',') {
                Some(after) => rest = blanks(after),
                None if rest.starts_with('}') => {}
                None => return Err((rest, "`,` or `}`")),
            }
        }
        rest = blanks(rest.get(1..).unwrap_or(""));
    }
    if name.is_empty() {
        return Err((rest, "the name of a metric"));
    }
    let Some(kind) = kind else { return Ok(None) };
    // An example may stand behind.
    let numbers = rest.split(" # ").next().unwrap_or("");
    let mut words = numbers.split_ascii_whitespace();
    let value = words.next().and_then(|word| word.parse::<f64>().ok()).ok_or((rest, "a number"))?;
    let time = match words.next() {
        None => None,
        Some(word) => {
            Some(word.parse::<f64>().ok().filter(|time| time.is_finite()).ok_or((rest, "a time behind the number"))?)
        }
    };
    if words.next().is_some() {
        return Err((rest, "a number, perhaps a time, and nothing else"));
    }
    Ok(Some((kind, labels, value, time)))
}

fn blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// A text in quotes, with `\\`, `\"` and `\n`, and what follows it.
fn quoted(text: &str) -> Result<(Cow<'_, str>, &str), (&str, &'static str)> {
    let wrong = (text, "a text in quotes, which end on its line");
    let inner = text.strip_prefix('"').ok_or(wrong)?;
    let end = inner.find(['"', '\\']).ok_or(wrong)?;
    if inner.as_bytes().get(end) == Some(&b'"') {
        let (value, rest) = inner.split_at(end);
        return Ok((Cow::Borrowed(value), rest.get(1..).unwrap_or("")));
    }
    let mut value = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((Cow::Owned(value), inner.get(at + 1..).unwrap_or(""))),
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, c @ ('"' | '\\'))) => value.push(c),
                // As Prometheus reads it: what is no escape stands for itself.
                Some((_, c)) => value.extend(['\\', c]),
                None => return Err(wrong),
            },
            c => value.push(c),
        }
    }
    Err(wrong)
}
