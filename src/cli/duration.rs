//! Durations as people write them: `10s`, `500ms`, `2m`, `1.5h`, plain seconds.

use std::time::Duration;

/// A year: longer than any search, and far from overflow.
const LONGEST: f64 = 365.0 * 24.0 * 3600.0;

/// Reads a duration.
///
/// # Errors
/// A sentence for the usage message.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || "say how long, like `10s`, `500ms`, `2m` or plain seconds".to_owned();
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds_each = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong()),
    };
    let plain = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number: f64 = number.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
    let seconds = number * seconds_each;
    if seconds > LONGEST {
        return Err("longer than a year".to_owned());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings_are_understood() {
        for (text, milliseconds) in [
            ("10s", 10_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("2min", 120_000),
            ("1h", 3_600_000),
            ("0", 0),
            ("0s", 0),
            ("1.5s", 1_500),
            ("60", 60_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "s", "-1s", "+1", "1d", "1 s", "1e9", "NaN", "inf", "1..2s", "10S", "99999999999h", "1s1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
