//! Amounts of CPU, memory, disk and named resources: parsed from text once, printed once, whole numbers between.

mod counted;
mod decimal;
mod show;

use std::fmt;

pub use counted::{Counted, Family};
pub use decimal::{Decimal, parse_millionths};

/// The largest single amount, in base units. JSON readers keep whole numbers exact up to here (RFC 8259, section 6);
/// it is 8 PiB of memory, far above any homelab, and a zettabyte is a slip of the pen.
pub const LARGEST_AMOUNT: u64 = 1 << 53;

/// The largest sum of amounts, in base units: what signed 64-bit numbers hold, so that no difference of two sums can
/// overflow.
pub const LARGEST_SUM: u64 = i64::MAX as u64;

/// The largest price or power of one host, in millionths: a thousand million.
pub const LARGEST_MILLIONTHS: u64 = 1_000_000_000_000_000;

/// What an amount counts. The base unit is the millicore for cpu, the byte for memory, disk and what is named and counted in
/// bytes, one for the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Hardware threads, in thousandths.
    Cpu,
    /// Memory in bytes.
    Memory,
    /// Disk in bytes.
    Disk,
    /// Any further countable resource.
    Named(String),
    /// Any further resource that is counted in bytes.
    Sized(String),
    /// How many containers there are: each is one, and asks for nothing.
    Containers,
    /// What a pool has of a resource.
    Pooled(Box<Pooled>),
    /// A further budget of a resource that hosts have.
    Derived(Box<Derived>),
}

/// A further budget of what a host has: nobody asks for it by name, it follows from what is said of the resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Derived {
    /// Of which resource.
    pub of: Resource,
    /// What of it is counted.
    pub aspect: Aspect,
    name: String,
}

impl From<Derived> for Resource {
    fn from(derived: Derived) -> Resource {
        Resource::Derived(Box::new(derived))
    }
}

/// What of a resource a further budget counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// What is asked for at this time, the first of which is 0 and has no further budget.
    At(usize),
    /// The limits, a container without one counting what it asks for.
    Limits,
}

impl Derived {
    /// The budget of a resource at a further time: `memory (night)`.
    pub fn at(of: Resource, time: usize, name: &str) -> Derived {
        Derived { aspect: Aspect::At(time), name: format!("{} ({name})", of.name()), of }
    }

    /// The budget of the limits of a resource: `memory limits`.
    pub fn limits(of: Resource) -> Derived {
        Derived { aspect: Aspect::Limits, name: format!("{} limits", of.name()), of }
    }
}

/// What a pool that hosts share has of a resource: a budget apart from that of any host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pooled {
    /// The pool.
    pub pool: String,
    /// Of which resource: disk, or one that has a name.
    pub of: Resource,
    name: String,
}

impl Pooled {
    /// What `pool` has of a resource: `ceph disk`.
    pub fn new(pool: &str, of: Resource) -> Pooled {
        Pooled { pool: pool.to_owned(), name: format!("{pool} {}", of.name()), of }
    }
}

impl Resource {
    /// The key in documents and answers.
    pub fn name(&self) -> &str {
        match self {
            Resource::Cpu => "cpu",
            Resource::Memory => "memory",
            Resource::Disk => "disk",
            Resource::Named(name) | Resource::Sized(name) => name,
            Resource::Containers => "containers",
            Resource::Pooled(pooled) => &pooled.name,
            Resource::Derived(derived) => &derived.name,
        }
    }

    /// What it is whoever has it and whatever of it is counted: the resource as hosts have it.
    pub fn base(&self) -> &Resource {
        match self {
            Resource::Pooled(pooled) => &pooled.of,
            Resource::Derived(derived) => &derived.of,
            own => own,
        }
    }

    /// Whether containers ask for it by name: they do not for being counted, nor for what follows from something else.
    pub fn is_asked(&self) -> bool {
        !matches!(self, Resource::Containers | Resource::Derived(_))
    }

    /// Whether containers ask for it, by its name or at a time.
    pub fn is_request(&self) -> bool {
        self.is_asked() || matches!(self, Resource::Derived(derived) if derived.aspect != Aspect::Limits)
    }

    /// Whether it is the limits of another resource.
    pub fn is_limits(&self) -> bool {
        matches!(self, Resource::Derived(derived) if derived.aspect == Aspect::Limits)
    }

    /// The resource by which `balance` judges it: of what is asked for at a time, what is asked for.
    pub fn judged_as(&self) -> &Resource {
        match self {
            Resource::Derived(derived) if derived.aspect != Aspect::Limits => &derived.of,
            own => own,
        }
    }

    /// Whether it follows from what is said of another resource.
    pub fn is_derived(&self) -> bool {
        matches!(self, Resource::Derived(_))
    }

    /// Whether a pool has it, and no host.
    pub fn is_pooled(&self) -> bool {
        matches!(self, Resource::Pooled(_))
    }

    /// Whether it is cpu, memory or disk: what machines are made of.
    pub fn is_usual(&self) -> bool {
        matches!(self, Resource::Cpu | Resource::Memory | Resource::Disk)
    }

    /// Whether it stands under `resources`, with a name that the document gives it.
    pub fn is_named(&self) -> bool {
        matches!(self, Resource::Named(_) | Resource::Sized(_))
    }

    /// Whether it is counted in bytes.
    pub fn is_bytes(&self) -> bool {
        matches!(self.base(), Resource::Memory | Resource::Disk | Resource::Sized(_))
    }

    /// An amount for people: `250m`, `4`, `1.5 GiB`, `86 GB`, `3`. Exact where that is short, else rounded to two
    /// decimals.
    pub fn show(&self, amount: u64) -> String {
        show::show(self, amount)
    }

    /// An amount as a document may carry it: exact, so that [`Resource::parse`] gives the same amount.
    pub fn write(&self, amount: u64) -> String {
        show::write(self, amount)
    }

    /// An amount in base units, exactly: memory and disk in `B`, `KiB MiB GiB TiB` or `Ki Mi Gi Ti` (1024),
    /// `kB MB GB TB` (1000) or Docker's one letter `k m g t` in either case (1024); cpu as `2`, `0.5`, `500m`,
    /// `2 cores`; a named resource as a plain whole number.
    ///
    /// # Errors
    /// Everything else, with what to write instead.
    pub fn parse(&self, text: &str) -> Result<u64, AmountError> {
        self.read(text, Decimal::times_exactly)
    }

    /// [`Resource::parse`] of what is asked for, kept or used: CPU, memory and disk finer than the base unit are rounded
    /// up, as `2.352MiB`, which tools print and which is no whole number of bytes.
    ///
    /// # Errors
    /// As [`Resource::parse`].
    pub fn parse_up(&self, text: &str) -> Result<u64, AmountError> {
        self.read_rounded(text, |number, unit| Some(number.times_rounded_up(unit)))
    }

    /// [`Resource::parse_up`] of what there is: rounded down.
    ///
    /// # Errors
    /// As [`Resource::parse`].
    pub fn parse_down(&self, text: &str) -> Result<u64, AmountError> {
        self.read_rounded(text, |number, unit| Some(number.times_rounded_down(unit)))
    }

    /// There is no half of what is counted by name.
    fn read_rounded(&self, text: &str, rounded: fn(Decimal, u64) -> Option<u128>) -> Result<u64, AmountError> {
        self.read(
            text,
            if matches!(self.base(), Resource::Named(_) | Resource::Containers) {
                Decimal::times_exactly
            } else {
                rounded
            },
        )
    }

    fn read(&self, text: &str, times: fn(Decimal, u64) -> Option<u128>) -> Result<u64, AmountError> {
        let text = text.trim();
        let (number, unit) = split(text)?;
        let number = Decimal::parse(number)?;
        let multiplier = self.multiplier(number, unit, text)?;
        let base = times(number, multiplier)
            .ok_or_else(|| AmountError::TooFine { text: shorten(text), smallest: self.smallest() })?;
        match u64::try_from(base) {
            Ok(base) if base <= LARGEST_AMOUNT => Ok(base),
            _ => Err(AmountError::TooLarge { text: shorten(text), limit: self.show(LARGEST_AMOUNT) }),
        }
    }

    /// Base units a unit.
    fn multiplier(&self, number: Decimal, unit: &str, text: &str) -> Result<u64, AmountError> {
        match (self.base(), unit) {
            (Resource::Cpu, "" | "core" | "cores") => Ok(1000),
            (Resource::Cpu, "m") | (Resource::Named(_) | Resource::Containers, "") => Ok(1),
            (Resource::Memory | Resource::Disk | Resource::Sized(_), "") if number.is_zero() => Ok(1),
            (Resource::Memory | Resource::Disk | Resource::Sized(_), "") => {
                Err(AmountError::MissingUnit { text: shorten(text) })
            }
            (Resource::Memory | Resource::Disk | Resource::Sized(_), _) => {
                bytes_a_unit(unit).ok_or_else(|| unknown_unit(unit, &UNITS.map(|(name, _)| name)))
            }
            (Resource::Cpu, _) => Err(unknown_unit(unit, &["m", "cores"])),
            (Resource::Named(_) | Resource::Containers | Resource::Pooled(_) | Resource::Derived(_), _) => {
                Err(unknown_unit(unit, &[]))
            }
        }
    }

    fn smallest(&self) -> &'static str {
        match self.base() {
            Resource::Cpu => "1m, a thousandth of a core",
            Resource::Memory | Resource::Disk | Resource::Sized(_) => "1 B",
            Resource::Named(_) | Resource::Containers | Resource::Pooled(_) | Resource::Derived(_) => "1",
        }
    }
}

/// The units of memory and disk with what they count, those with a base of 1024 first, larger ones first.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

fn bytes_a_unit(unit: &str) -> Option<u64> {
    match unit {
        "Ti" | "T" | "t" => Some(1 << 40),
        "Gi" | "G" | "g" => Some(1 << 30),
        "Mi" | "M" | "m" => Some(1 << 20),
        "Ki" | "K" | "k" => Some(1 << 10),
        _ => UNITS.iter().find(|(name, _)| *name == unit).map(|(_, bytes)| *bytes),
    }
}

/// A unit that differs by case only is meant; petabytes and beyond are not known at all.
fn unknown_unit(unit: &str, known: &[&'static str]) -> AmountError {
    let same = |name: &&&'static str| name.eq_ignore_ascii_case(unit) || name.strip_suffix('B') == Some(unit);
    AmountError::UnknownUnit {
        unit: shorten(unit),
        meant: known.iter().find(same).copied(),
        known: known.iter().rev().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

/// The number and the unit, which at most one space keeps apart.
fn split(text: &str) -> Result<(&str, &str), AmountError> {
    if text.is_empty() {
        return Err(AmountError::Empty);
    }
    let bare = text.trim_start_matches(['+', '-', '.']).to_ascii_lowercase();
    if bare == "nan" || bare.starts_with("inf") {
        return Err(AmountError::NotFinite { text: shorten(text) });
    }
    if text.starts_with(['-', '\u{2212}']) {
        return Err(AmountError::Negative { text: shorten(text) });
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let unit = rest.strip_prefix(' ').unwrap_or(rest);
    let plain = unit.chars().all(|c| c.is_ascii_alphabetic());
    if number.is_empty() || !plain || (unit.is_empty() && !rest.is_empty()) {
        return Err(AmountError::NotANumber { text: shorten(text) });
    }
    Ok((number, unit))
}

/// Text of a document in a message: hostile texts may be as long as the file.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Why a text is no amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AmountError {
    /// Nothing is written.
    Empty,
    /// It does not start with a decimal number, or something other than a unit follows.
    NotANumber {
        /// What is written.
        text: String,
    },
    /// It is NaN or infinite.
    NotFinite {
        /// What is written.
        text: String,
    },
    /// It is below zero.
    Negative {
        /// What is written.
        text: String,
    },
    /// Memory and disk need a unit.
    MissingUnit {
        /// What is written.
        text: String,
    },
    /// The unit is none that the resource knows.
    UnknownUnit {
        /// What is written.
        unit: String,
        /// What is probably meant.
        meant: Option<&'static str>,
        /// All that could be written, in backticks; empty where no unit may stand.
        known: String,
    },
    /// It is no whole number of base units.
    TooFine {
        /// What is written.
        text: String,
        /// The smallest step, for people.
        smallest: &'static str,
    },
    /// It is above the limit.
    TooLarge {
        /// What is written.
        text: String,
        /// The limit, for people.
        limit: String,
    },
}

impl AmountError {
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            AmountError::Empty | AmountError::NotANumber { .. } => {
                "write a decimal number and a unit, as in `512MiB`, `1.5GiB`, `250m` or `0.5`".to_owned()
            }
            AmountError::NotFinite { .. } => "write a finite number".to_owned(),
            AmountError::Negative { .. } => "write an amount of 0 or more, without a sign".to_owned(),
            AmountError::MissingUnit { text } => format!("say `{text}GiB`, `{text}MiB`, `{text}GB` or `{text}MB`"),
            AmountError::UnknownUnit { meant: Some(meant), .. } => format!("did you mean `{meant}`?"),
            AmountError::UnknownUnit { known, .. } if known.is_empty() => "write a plain whole number".to_owned(),
            AmountError::UnknownUnit { known, .. } => format!("write one of {known}"),
            AmountError::TooFine { .. } => "round it, or take a smaller unit".to_owned(),
            AmountError::TooLarge { .. } => "check the unit".to_owned(),
        }
    }
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AmountError::Empty => write!(f, "the amount is empty"),
            AmountError::NotANumber { text } => write!(f, "`{text}` is not an amount"),
            AmountError::NotFinite { text } => write!(f, "`{text}` is not a finite amount"),
            AmountError::Negative { text } => write!(f, "`{text}` is below zero"),
            AmountError::MissingUnit { text } => write!(f, "`{text}` has no unit"),
            AmountError::UnknownUnit { unit, .. } => write!(f, "unknown unit `{unit}`"),
            AmountError::TooFine { text, smallest } => {
                write!(f, "`{text}` is finer than the smallest step, {smallest}")
            }
            AmountError::TooLarge { text, limit } => write!(f, "`{text}` is above the limit of {limit}"),
        }
    }
}

impl std::error::Error for AmountError {}

#[cfg(test)]
mod tests;
