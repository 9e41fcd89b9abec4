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
    let is_part = |places: &str| places.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    if step == 0 && number.trim_start_matches('0').strip_prefix('.').is_some_and(is_part) {
        return Err("is less than a byte: write `512m` or `2g`".to_owned());
    }
    float(number, 1 << (10 * step), &Resource::Memory)
}

/// Processors as Docker counts them: a decimal number of them, here in millicores, rounded up.
///
/// # Errors
/// What it is instead, in a few words.
pub fn docker_cpus(text: &str) -> Result<u64, String> {
    float(text, 1000, &Resource::Cpu)
}

/// A time as Compose writes it, in microseconds, rounded up: `100000`, `50us`, `20ms`, `1.5s`.
///
/// # Errors
/// What it is instead, in a few words.
pub fn micros(text: &str) -> Result<u64, String> {
    let number = text.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.trim().get(number.len()..) {
        Some("" | "us") => 1,
        Some("ms") => 1000,
        Some("s") => 1_000_000,
        _ => return Err("is no time: write `50ms`".to_owned()),
    };
    let decimal = Decimal::parse(number).map_err(|error| match error {
        AmountError::TooLarge { .. } => format!("is above the limit of {LARGEST_AMOUNT} microseconds"),
        _ => "is no time: write `50ms`".to_owned(),
    })?;
    u64::try_from(decimal.times_rounded_up(unit))
        .map_err(|_| format!("is above the limit of {LARGEST_AMOUNT} microseconds"))
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

/// An amount of Kubernetes in base units, of which `unit` are one: `Ki` to `Ei` count 1024, `n u m k M G T P E` and
/// exponents 1000. What is asked for is rounded up, what there is down.
///
/// # Errors
/// What it is instead, in a few words.
pub fn kubernetes(text: &str, unit: u64, up: bool, resource: &Resource) -> Result<u64, String> {
    const MOST_DIGITS: usize = 18;
    let wrong = || "is no amount to Kubernetes: write `500m` or `512Mi`".to_owned();
    let (below, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(end).unwrap_or((text, ""));
    let (whole, places) = number.split_once('.').unwrap_or((number, ""));
    if places.contains('.') || whole.is_empty() && places.is_empty() {
        return Err(wrong());
    }
    let (binary, power) = kubernetes_suffix(suffix).ok_or_else(wrong)?;
    let digits = format!("{whole}{places}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    let shift = (digits.len() - significant.len()) as i64 - places.len() as i64;
    let power = power.saturating_add(shift);
    if significant.is_empty() {
        return Ok(0);
    }
    if below {
        return Err("is below zero".to_owned());
    }
    let whole_digits = i64::try_from(significant.len()).unwrap_or(i64::MAX).saturating_add(power);
    if significant.len() > MOST_DIGITS && whole_digits > MOST_DIGITS as i64 {
        return Err(too_large(resource));
    }
    if significant.len() > MOST_DIGITS {
        return Err("has more digits than anybody measures".to_owned());
    }
    let mantissa: u128 = significant.parse().map_err(|_| wrong())?;
    let units = mantissa.checked_mul(u128::from(unit) << binary).ok_or_else(|| too_large(resource))?;
    let ten = |power: u64| u32::try_from(power).ok().and_then(|power| 10_u128.checked_pow(power));
    let amount = match (ten(power.unsigned_abs()), power >= 0) {
        (Some(factor), true) => units.checked_mul(factor).ok_or_else(|| too_large(resource))?,
        (None, true) => return Err(too_large(resource)),
        (Some(divisor), false) if up => units.div_ceil(divisor),
        (Some(divisor), false) => units / divisor,
        (None, false) => u128::from(up),
    };
    match u64::try_from(amount) {
        Ok(amount) if amount <= LARGEST_AMOUNT => Ok(amount),
        _ => Err(too_large(resource)),
    }
}

/// What a suffix multiplies by: 2 to the first, 10 to the second.
fn kubernetes_suffix(suffix: &str) -> Option<(u32, i64)> {
    const FAR: i64 = 1_000_000;
    Some(match suffix {
        "" => (0, 0),
        "Ki" => (10, 0),
        "Mi" => (20, 0),
        "Gi" => (30, 0),
        "Ti" => (40, 0),
        "Pi" => (50, 0),
        "Ei" => (60, 0),
        "n" => (0, -9),
        "u" => (0, -6),
        "m" => (0, -3),
        "k" => (0, 3),
        "M" => (0, 6),
        "G" => (0, 9),
        "T" => (0, 12),
        "P" => (0, 15),
        "E" => (0, 18),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let size = digits.parse::<i64>().unwrap_or(FAR).min(FAR);
            (0, if exponent.starts_with('-') { -size } else { size })
        }
    })
}

/// Bytes as Incus and LXD read them: whole numbers, `kB` to `EB` in steps of 1000 and `KiB` to `EiB` of 1024, and in no
/// other spelling: `512m` is none.
///
/// # Errors
/// What it is instead, in a few words.
pub fn incus_bytes(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let thousand = |power| 1000_u64.pow(power);
    let unit = match suffix {
        "" | "B" | " bytes" => 1,
        "kB" => thousand(1),
        "MB" => thousand(2),
        "GB" => thousand(3),
        "TB" => thousand(4),
        "PB" => thousand(5),
        "EB" => thousand(6),
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "PiB" => 1 << 50,
        "EiB" => 1 << 60,
        _ => return Err("is no amount of bytes to Incus: write `512MiB` or `2GB`".to_owned()),
    };
    amount(number, unit, &Resource::Memory)
}

/// The size of a disk as Proxmox VE writes it: `8G`, `512M`, `1.5T`, in steps of 1024; bytes without a letter.
///
/// # Errors
/// What it is instead, in a few words.
pub fn proxmox_size(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.strip_suffix(['K', 'M', 'G', 'T']) {
        Some(number) if text.ends_with('K') => (number, 1 << 10),
        Some(number) if text.ends_with('M') => (number, 1 << 20),
        Some(number) if text.ends_with('G') => (number, 1 << 30),
        Some(number) => (number, 1 << 40),
        None => (text, 1),
    };
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("is no size of a disk to Proxmox VE: it writes `8G`".to_owned());
    }
    amount(number, unit, &Resource::Disk)
}

/// A number of JSON, in base units of which one of it has so many; of a thousandth part and less it is rounded up.
///
/// # Errors
/// What it is instead, in a few words.
pub fn number(text: &str, unit: u64, resource: &Resource) -> Result<u64, String> {
    match text.starts_with('+') || text.contains(' ') {
        true => Err("is no number of units".to_owned()),
        false => float(text, unit, resource),
    }
}

/// A whole number of things: digits, perhaps with a `+` before them.
///
/// # Errors
/// What it is instead, in a few words.
pub fn whole(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is no whole number".to_owned());
    }
    digits.parse().map_err(|_| format!("is above the limit of {LARGEST_AMOUNT}"))
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

/// [`amount`] of a number that may have an exponent, as `1e-1` has.
fn float(number: &str, unit: u64, resource: &Resource) -> Result<u64, String> {
    amount(&spelled_out(number).ok_or_else(|| "is no number".to_owned())?, unit, resource)
}

/// A number without its exponent: `1.5e2` is `150`. `None` where it is none, or has more digits than anybody measures.
fn spelled_out(number: &str) -> Option<String> {
    const MOST_ZEROS: i32 = 30;
    let Some((mantissa, exponent)) = number.split_once(['e', 'E']) else { return Some(number.to_owned()) };
    let (whole, places) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{places}");
    let exponent: i32 = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() <= MOST_ZEROS)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent);
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
    Some(match usize::try_from(point) {
        Ok(point) if point < digits.len() => {
            let (whole, places) = digits.split_at_checked(point)?;
            format!("{whole}.{places}")
        }
        Ok(_) => digits.clone() + &zeros(point - digits.len() as i64),
        Err(_) => format!("0.{}{digits}", zeros(-point)),
    })
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
            ("1e3", 1000),
            ("1.5e2k", 150 << 10),
            ("0.0", 0),
            ("0", 0),
        ] {
            assert_eq!(docker_bytes(text), Ok(bytes), "{text}");
        }
        for text in [
            "", "m", "512Mi", "512  m", "512 m ", "-1", "-1m", "1e", "e3", "1e99", "0.5", ".5b", "0x10", "1_000",
            "1,5g", "5ib", "9p", "1z", "٣m",
        ] {
            assert!(docker_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_and_whole_numbers_are_what_they_are() {
        for (text, time) in
            [("100000", 100_000), ("50us", 50), ("20ms", 20_000), ("1.5s", 1_500_000), ("0.5", 1), (" 1ms ", 1000)]
        {
            assert_eq!(micros(text), Ok(time), "{text}");
        }
        for text in ["", "ms", "1m", "1 ms", "-1", "1h"] {
            assert!(micros(text).is_err_and(|why| why.contains("is no time")), "{text}");
        }
        assert_eq!((whole("0"), whole("+7"), whole("007")), (Ok(0), Ok(7), Ok(7)));
        for text in ["", "+", "-1", "1.0", "1e3", "٣", "x"] {
            assert!(whole(text).is_err_and(|why| why.contains("no whole number")), "{text}");
        }
        // However many digits it has, it is too large and not something else.
        for digits in [17, 20, 40, 1000] {
            let text = "9".repeat(digits);
            let all = [
                micros(&text),
                docker_bytes(&format!("{text}g")),
                incus_bytes(&format!("{text}EiB")),
                kubernetes(&format!("{text}Ei"), 1, true, &Resource::Memory),
                kubernetes(&text, 1000, true, &Resource::Cpu),
            ];
            assert!(all.iter().all(|it| it.as_ref().is_err_and(|why| why.contains("above the limit"))), "{all:?}");
        }
        assert!(whole(&"9".repeat(20)).is_err_and(|why| why.contains("above the limit")));
        let fine = format!("0.{}", "1".repeat(20));
        let small = kubernetes(&fine, 1, true, &Resource::Memory);
        assert!(small.is_err_and(|why| why.contains("more digits")), "{fine}");
    }

    #[test]
    fn bytes_are_what_incus_takes_them_for() {
        for (text, bytes) in [
            ("512MiB", 512 << 20),
            ("2GB", 2_000_000_000),
            ("1kB", 1000),
            ("1KiB", 1024),
            ("7", 7),
            ("7B", 7),
            ("007MiB", 7 << 20),
            ("3 bytes", 3),
            ("1TiB", 1 << 40),
            ("0", 0),
        ] {
            assert_eq!(incus_bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "512m", "512M", "512mib", "1.5GiB", "2 GiB", "-1", "1KB", "50%", "MiB", "9EiB", "٣MiB"] {
            assert!(incus_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn disks_are_what_proxmox_takes_them_for() {
        for (text, bytes) in
            [("8G", 8 << 30), ("528K", 528 << 10), ("4M", 4 << 20), ("1.5T", 3 << 39), ("512", 512), ("0T", 0)]
        {
            assert_eq!(proxmox_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "8GB", "8g", "-1G", "+1G", ".5G", "8 G", "1e3"] {
            assert!(proxmox_size(text).is_err(), "{text}");
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

    #[test]
    fn amounts_of_kubernetes_are_exact() {
        let memory = |text| kubernetes(text, 1, true, &Resource::Memory);
        for (text, bytes) in [
            ("512m", 1),
            ("512M", 512_000_000),
            ("512Mi", 512 << 20),
            ("1.5Gi", 3 << 29),
            ("0.1Gi", 107_374_183),
            (".5Gi", 1 << 29),
            ("2.Ki", 2048),
            ("128974848", 128_974_848),
            ("129e6", 129_000_000),
            ("129E6", 129_000_000),
            ("1.5e3", 1500),
            ("15e-1", 2),
            ("1e-99999999999999999999", 1),
            ("0e99999999999999999999", 0),
            ("128974848000m", 128_974_848),
            ("1k", 1000),
            ("1u", 1),
            ("1n", 1),
            ("+5", 5),
            ("-0", 0),
            ("007", 7),
            ("1P", 1_000_000_000_000_000),
            ("8Pi", 1 << 53),
            ("0.001000Ti", 1_099_511_628),
        ] {
            assert_eq!(memory(text), Ok(bytes), "{text}");
        }
        for text in [
            "",
            ".",
            "-1",
            "1 Gi",
            "1GiB",
            "1gi",
            "1K",
            "1e",
            "1ee3",
            "1E3Gi",
            "0x10",
            "1_000",
            "1,5",
            "inf",
            "Mi",
            "1..5",
            "9Pi",
            "1E",
            "1Ei",
            "1e99",
            "1e99999999999999999999",
            "1234567890123456789012",
            "1e3.5",
            "٣",
        ] {
            assert!(memory(text).is_err(), "{text}");
        }
        let cpu = |text, up| kubernetes(text, 1000, up, &Resource::Cpu);
        for (text, up, down) in
            [("0.5", 500, 500), ("100m", 100, 100), ("1", 1000, 1000), ("0.0001", 1, 0), ("1500u", 2, 1), ("3n", 1, 0)]
        {
            assert_eq!((cpu(text, true), cpu(text, false)), (Ok(up), Ok(down)), "{text}");
        }
    }
}
