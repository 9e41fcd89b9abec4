//! Numbers of cells: with a unit of their own or that of their column, and with a decimal comma where nothing else can be
//! meant.

use super::super::amounts::whole;
use super::columns::{Columns, Role};
use super::rows::Cell;
use crate::quantity::Resource;

/// How a sheet writes its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Whether some number has a comma that can only be a decimal one.
    has_commas: bool,
}

impl Numbers {
    /// How the cells that have numbers write them.
    pub fn of(rows: &[Vec<Cell>], columns: &Columns, leaves_comma: bool) -> Numbers {
        let roles = [Role::Cpu, Role::Memory, Role::Disk, Role::CpuLimit, Role::MemoryLimit];
        let positions: Vec<usize> =
            roles.iter().filter_map(|role| columns.by_role.get(role)).map(|column| column.position).collect();
        let mut cells = rows.iter().flat_map(|row| positions.iter().filter_map(|at| row.get(*at)));
        let has_commas = leaves_comma && cells.any(|cell| is_decimal_comma(split(&cell.text).0));
        Numbers { has_commas }
    }
}

/// The number in front, and what stands behind it.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_digit() || ".,".contains(c))).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim())
}

/// Whether a comma stands there that cannot separate thousands.
fn is_decimal_comma(number: &str) -> bool {
    match number.split_once(',') {
        Some((whole, places)) => !places.contains([',', '.']) && (places.len() != 3 || whole == "0" || whole.len() > 3),
        None => false,
    }
}

/// The number with a point, where only one reading is left.
fn number(text: &str, numbers: Numbers) -> Result<String, String> {
    let (points, commas) = (text.matches('.').count(), text.matches(',').count());
    let are_thousands = |parts: &[&str]| {
        parts.iter().skip(1).all(|part| part.len() == 3)
            && parts.first().is_some_and(|first| (1..=3).contains(&first.len()))
    };
    match (points, commas) {
        (0, 0) => Ok(text.to_owned()),
        // `1.500` is one and a half, unless others here have decimal commas.
        (1, 0)
            if !numbers.has_commas
                || !are_thousands(&text.split('.').collect::<Vec<_>>())
                || text.starts_with("0.") =>
        {
            Ok(text.to_owned())
        }
        (0, 1) if is_decimal_comma(text) => Ok(text.replace(',', ".")),
        (0 | 1, 0 | 1) if points + commas == 1 => {
            Err("may have a decimal comma or thousands: write it without".to_owned())
        }
        // With both, or one of them several times, the last is the decimal one.
        _ => {
            let last = text.rfind(['.', ',']).map_or("", |at| text.get(at..at + 1).unwrap_or(""));
            let is_decimal = text.matches(last).count() == 1;
            let (whole, places) = if is_decimal { text.rsplit_once(last).unwrap_or((text, "")) } else { (text, "") };
            let groups: Vec<&str> = whole.split(['.', ',']).collect();
            let one_kind = !(whole.contains('.') && whole.contains(','));
            if !are_thousands(&groups) || !one_kind {
                return Err("is no number".to_owned());
            }
            let whole = groups.concat();
            Ok(if places.is_empty() { whole } else { format!("{whole}.{places}") })
        }
    }
}

/// The amount of a cell in base units: what a host has rounded down, everything else up.
///
/// # Errors
/// What it is instead, in a few words.
pub fn amount(
    text: &str,
    resource: &Resource,
    unit: Option<&str>,
    numbers: Numbers,
    is_capacity: bool,
) -> Result<u64, String> {
    let (number_text, own) = split(text);
    if number_text.is_empty() {
        return match text.trim().to_lowercase().as_str() {
            "no" | "none" => Ok(0),
            "yes" => Err("does not say how many: write a number".to_owned()),
            _ => Err("is no amount".to_owned()),
        };
    }
    let number = number(number_text, numbers)?;
    let unit = if own.is_empty() { unit.unwrap_or("") } else { own };
    let unit = match (resource, unit.to_lowercase().as_str()) {
        (Resource::Cpu, "m" | "millicores" | "mcpu" | "mcores") => "m",
        (
            Resource::Cpu,
            "" | "core" | "cores" | "cpu" | "cpus" | "vcpu" | "vcpus" | "thread" | "threads" | "vcore" | "vcores",
        ) => "",
        (Resource::Cpu, _) => return Err("is no number of cores".to_owned()),
        (Resource::Memory | Resource::Disk, "") if number == "0" => "",
        (Resource::Memory | Resource::Disk, "") => {
            return Err("has no unit: write it above the column, as in `memory (GiB)`".to_owned());
        }
        (Resource::Memory | Resource::Disk, lower) => match lower {
            "b" | "byte" | "bytes" => "B",
            "kb" => "kB",
            "mb" => "MB",
            "gb" => "GB",
            "tb" => "TB",
            "kib" | "ki" => "KiB",
            "mib" | "mi" => "MiB",
            "gib" | "gi" => "GiB",
            "tib" | "ti" => "TiB",
            "k" | "m" | "g" | "t" => unit,
            _ => return Err("has a unit that is none of bytes: write `GB` or `GiB`".to_owned()),
        },
        _ => unit,
    };
    let text = format!("{number}{unit}");
    let parsed = if is_capacity { resource.parse_down(&text) } else { resource.parse_up(&text) };
    parsed.map_err(|error| format!("is no amount: {error}"))
}

/// A whole number of things.
///
/// # Errors
/// What it is instead, in a few words.
pub fn count(text: &str) -> Result<u64, String> {
    whole(text.trim().trim_end_matches(['x', '×']).trim())
}
