//! Amounts as text: short for people, exact for documents.

use super::{Resource, UNITS};

/// See [`Resource::show`].
pub fn show(resource: &Resource, amount: u64) -> String {
    match resource.base() {
        Resource::Named(_) | Resource::Containers | Resource::Pooled(_) | Resource::Derived(_) => amount.to_string(),
        Resource::Cpu => show_cpu(amount),
        Resource::Memory => bytes(amount, &BINARY, Some(&DECIMAL)),
        Resource::Disk | Resource::Sized(_) => bytes(amount, &DECIMAL, Some(&BINARY)),
    }
}

/// See [`Resource::write`].
pub fn write(resource: &Resource, amount: u64) -> String {
    match resource.base() {
        Resource::Named(_) | Resource::Containers | Resource::Pooled(_) | Resource::Derived(_) => amount.to_string(),
        Resource::Cpu => show_cpu(amount),
        Resource::Memory | Resource::Disk | Resource::Sized(_) if amount == 0 => "0".to_owned(),
        Resource::Memory => write_bytes(amount, &UNITS),
        Resource::Disk | Resource::Sized(_) => {
            let mut decimal_first = UNITS;
            decimal_first.rotate_left(4);
            write_bytes(amount, &decimal_first)
        }
    }
}

/// A unit and the bytes that it counts.
pub type Unit = (&'static str, u64);

/// Larger units first, bytes last.
pub const BINARY: [Unit; 5] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
pub const DECIMAL: [Unit; 5] =
    [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1)];

/// Thousandths never need rounding: below one core they are the short form, above it three decimals are.
fn show_cpu(millicores: u64) -> String {
    match millicores {
        0 => "0".to_owned(),
        1..1000 => format!("{millicores}m"),
        _ => with_decimals(millicores / 1000, millicores % 1000, 3),
    }
}

/// Whole and two decimals of the largest unit, or four digits of the next one, of the family people use for it;
/// else of the other family, where that is used, too; else rounded.
pub fn bytes(amount: u64, usual: &[Unit; 5], other: Option<&[Unit; 5]>) -> String {
    let short = exact(amount, usual).or_else(|| exact(amount, other?));
    short.unwrap_or_else(|| rounded(amount, usual))
}

/// The same with all its digits where it would be rounded.
pub fn exact_bytes(amount: u64, usual: &[Unit; 5], other: Option<&[Unit; 5]>) -> String {
    let short = exact(amount, usual).or_else(|| exact(amount, other?));
    let whole = |(name, unit): &Unit| amount.is_multiple_of(*unit).then(|| format!("{} {name}", amount / unit));
    short.or_else(|| usual.iter().find_map(whole)).unwrap_or_else(|| format!("{amount} B"))
}

/// An amount with two decimals in the unit in which another is shown; `None` where it is less than one of that unit, or so
/// much that nobody would say it so.
pub fn in_unit_of(shown: &str, amount: u64, usual: &[Unit; 5], other: Option<&[Unit; 5]>) -> Option<String> {
    let (_, unit) = shown.rsplit_once(' ')?;
    let (name, bytes) = usual.iter().chain(other.into_iter().flatten()).find(|(name, _)| *name == unit)?;
    if amount < *bytes || *bytes == 1 || amount / bytes >= 10_000 {
        return None;
    }
    let hundredths = (u128::from(amount) * 100 + u128::from(*bytes) / 2) / u128::from(*bytes);
    let whole = u64::try_from(hundredths / 100).ok()?;
    Some(format!("{} {name}", with_decimals(whole, u64::try_from(hundredths % 100).unwrap_or(0), 2)))
}

fn exact(amount: u64, family: &[Unit; 5]) -> Option<String> {
    let largest = largest_unit(amount, family);
    let (name, unit) = family[largest];
    let hundredths = u128::from(amount) * 100;
    if hundredths.is_multiple_of(u128::from(unit)) {
        let places = u64::try_from(hundredths / u128::from(unit) % 100).unwrap_or(0);
        return Some(format!("{} {name}", with_decimals(amount / unit, places, 2)));
    }
    let (name, unit) = *family.get(largest + 1)?;
    (amount.is_multiple_of(unit) && amount / unit < 10_000).then(|| format!("{} {name}", amount / unit))
}

fn rounded(amount: u64, family: &[Unit; 5]) -> String {
    let mut chosen = largest_unit(amount, family);
    loop {
        let (name, unit) = family[chosen];
        let hundredths = (u128::from(amount) * 100 + u128::from(unit) / 2) / u128::from(unit);
        let whole = u64::try_from(hundredths / 100).unwrap_or(u64::MAX);
        // 1023.999 MiB round to 1024.00 MiB, which is read better as 1 GiB.
        if chosen > 0 && whole >= family[chosen - 1].1 / unit {
            chosen -= 1;
            continue;
        }
        return format!("{} {name}", with_decimals(whole, u64::try_from(hundredths % 100).unwrap_or(0), 2));
    }
}

fn largest_unit(amount: u64, family: &[Unit; 5]) -> usize {
    family.iter().position(|(_, unit)| amount >= *unit).unwrap_or(family.len() - 1)
}

/// `whole.fraction` without zeros at the end; the fraction has `places` digits.
fn with_decimals(whole: u64, fraction: u64, places: usize) -> String {
    let text = format!("{whole}.{fraction:0places$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The unit that needs the fewest digits; of two alike the first.
fn write_bytes(amount: u64, units: &[Unit; 9]) -> String {
    let divides = units.iter().filter(|(_, unit)| amount.is_multiple_of(*unit));
    match divides.min_by_key(|(_, unit)| (amount / unit).to_string().len()) {
        Some((name, unit)) => format!("{}{name}", amount / unit),
        None => format!("{amount}B"),
    }
}
