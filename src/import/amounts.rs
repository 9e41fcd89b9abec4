//! Amounts as other tools write them, one parser for each dialect: `512m` is half a gibibyte to Docker and half a byte to
//! Kubernetes.

use crate::quantity::{AmountError, Decimal, LARGEST_AMOUNT, Resource};

/// Bytes as Docker reads them (go-units): every suffix counts 1024, in either case, with `b` or `ib` behind it or
/// without; at most one space. `512Mi` is none, and neither is a number below zero.
///
/// # Errors
/// What it is instead, in a few words.
pub fn docker_bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (number, suffix) = (digits.strip_suffix(' ').unwrap_or(digits), text.get(digits.len()..).unwrap_or(""));
    let suffix = suffix.to_ascii_lowercase();
    let unit = suffix.strip_suffix("ib").or_else(|| suffix.strip_suffix('b')).unwrap_or(&suffix);
    let step = match (unit, suffix.as_str()) {
        ("", "" | "b") => 0,
        ("k", _) => 1,
        ("m", _) => 2,
        ("g", _) => 3,
        ("t", _) => 4,
        ("p", _) => 5,
        _ => return Err("is no amount of bytes to Docker: write `512m` or `2g`".to_owned()),
    };
    amount(number, 1 << (10 * step), &Resource::Memory)
}

/// Processors as Docker counts them: a decimal number of them, here in millicores, rounded up.
///
/// # Errors
/// What it is instead, in a few words.
pub fn docker_cpus(text: &str) -> Result<u64, String> {
    amount(text, 1000, &Resource::Cpu)
}

/// Bytes as `docker stats` and `podman stats` print them: `970MiB`, `1.5GiB`, `512MB`, `12.29kB`, `0B`; with `i` in
/// steps of 1024, without it in steps of 1000. A plain number is bytes.
///
/// # Errors
/// What it is instead, in a few words.
pub fn printed_bytes(text: &str) -> Result<u64, String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = text.get(number.len()..).unwrap_or("").to_ascii_lowercase();
    let steps = ["", "k", "m", "g", "t", "p"];
    let unit = suffix.strip_suffix('b').unwrap_or(&suffix);
    let (unit, base) = unit.strip_suffix('i').map_or((unit, 1000_u64), |unit| (unit, 1024));
    match steps.iter().position(|step| *step == unit) {
        Some(step) if suffix.is_empty() || suffix.ends_with('b') => {
            let step = u32::try_from(step).unwrap_or(0);
            amount(number.trim_end(), base.pow(step), &Resource::Memory)
        }
        _ => Err("is no amount of bytes, such as `970MiB`".to_owned()),
    }
}

/// Percent of one processor in millicores, rounded up: `150.25%`.
///
/// # Errors
/// What it is instead, in a few words.
pub fn cores_percent(text: &str) -> Result<u64, String> {
    amount(text.strip_suffix('%').unwrap_or(text).trim_end(), 10, &Resource::Cpu)
}

/// A decimal number of units, in base units, rounded up.
fn amount(number: &str, unit: u64, resource: &Resource) -> Result<u64, String> {
    let number = number.strip_prefix('+').unwrap_or(number);
    if number.starts_with('-') {
        return Err("is below zero".to_owned());
    }
    // `.5`, `5.` and `007` are numbers there, and no amounts here.
    let (whole, places) = number.split_once('.').unwrap_or((number, ""));
    let whole = match whole.trim_start_matches('0') {
        "" if !whole.is_empty() || !places.is_empty() => "0",
        whole => whole,
    };
    let places = places.trim_end_matches('0');
    let text = if places.is_empty() { whole.to_owned() } else { format!("{whole}.{places}") };
    let decimal = Decimal::parse(&text).map_err(|error| match error {
        AmountError::TooLarge { .. } => too_large(resource),
        AmountError::TooFine { .. } => "has more digits than anybody measures".to_owned(),
        _ => "is no number".to_owned(),
    })?;
    match u64::try_from(decimal.times_rounded_up(unit)) {
        Ok(amount) if amount <= LARGEST_AMOUNT => Ok(amount),
        _ => Err(too_large(resource)),
    }
}

fn too_large(resource: &Resource) -> String {
    format!("is above the limit of {}", resource.show(LARGEST_AMOUNT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_what_docker_takes_them_for() {
        for (text, bytes) in [
            ("512m", 512 << 20),
            ("512M", 512 << 20),
            ("512mb", 512 << 20),
            ("512MiB", 512 << 20),
            ("512 MB", 512 << 20),
            ("1.5g", 3 << 29),
            (".5g", 1 << 29),
            ("2.G", 2 << 30),
            ("1t", 1 << 40),
            ("1p", 1 << 50),
            ("64k", 64 << 10),
            ("1024", 1024),
            ("1024b", 1024),
            ("007b", 7),
            ("0", 0),
        ] {
            assert_eq!(docker_bytes(text), Ok(bytes), "{text}");
        }
        for text in
            ["", "m", "512Mi", "512  m", "512 m ", "-1", "-1m", "1e3", "0x10", "1_000", "1,5g", "5ib", "9p", "1z", "٣m"]
        {
            assert!(docker_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn processors_are_rounded_up_to_a_thousandth() {
        for (text, millicores) in [("0.5", 500), ("2", 2000), (".25", 250), ("0.0001", 1), ("1.", 1000), ("0", 0)] {
            assert_eq!(docker_cpus(text), Ok(millicores), "{text}");
        }
        for text in ["", ".", "-1", "500m", "1 core", "NaN", "inf", "99999999999999999999"] {
            assert!(docker_cpus(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_printed_is_what_its_unit_says() {
        for (text, bytes) in [
            ("970MiB", 970 << 20),
            ("1.5GiB", 3 << 29),
            ("2.352MiB", 2_466_251),
            ("512MB", 512_000_000),
            ("12.29kB", 12_290),
            ("0B", 0),
            ("17", 17),
            ("1TiB", 1 << 40),
        ] {
            assert_eq!(printed_bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "--", "MiB", "1Mi", "1M", "-1MiB", "1XB", "NaN", "1,5GiB"] {
            assert!(printed_bytes(text).is_err(), "{text}");
        }
        assert_eq!(cores_percent("150.25%"), Ok(1503));
        assert_eq!(cores_percent("0.00%"), Ok(0));
        assert!(cores_percent("NaN%").is_err() && cores_percent("%").is_err());
    }
}
