//! A resource with the units in which a document counts it: the one place that decides in which an amount is said.

use std::ops::Deref;

use super::show::{self, BINARY, DECIMAL, Unit};
use super::{AmountError, Resource};

/// The units of memory and disk that people use together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `GiB`, in steps of 1024.
    Binary,
    /// `GB`, in steps of 1000.
    Decimal,
}

impl Family {
    /// The family of an amount's unit; `None` where it has none, or counts bytes, or is no amount.
    pub fn of(text: &str) -> Option<Family> {
        let unit = text.trim().trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' '));
        match unit {
            "kB" | "MB" | "GB" | "TB" => Some(Family::Decimal),
            "KiB" | "MiB" | "GiB" | "TiB" | "Ki" | "Mi" | "Gi" | "Ti" => Some(Family::Binary),
            "k" | "m" | "g" | "t" | "K" | "M" | "G" | "T" => Some(Family::Binary),
            _ => None,
        }
    }

    /// Its units, larger ones first.
    pub(super) fn units(self) -> &'static [Unit; 5] {
        match self {
            Family::Binary => &BINARY,
            Family::Decimal => &DECIMAL,
        }
    }

    /// The smallest step that people take: one MiB or MB.
    pub fn step(self) -> u64 {
        match self {
            Family::Binary => 1 << 20,
            Family::Decimal => 1_000_000,
        }
    }

    /// One GiB or GB: what memory is sold in.
    pub fn giga(self) -> u64 {
        match self {
            Family::Binary => 1 << 30,
            Family::Decimal => 1_000_000_000,
        }
    }

    fn other(self) -> Family {
        match self {
            Family::Binary => Family::Decimal,
            Family::Decimal => Family::Binary,
        }
    }
}

/// A resource as a document counts it. Two are equal where the resource is: how it is written changes nothing.
#[derive(Clone, Debug)]
pub struct Counted {
    /// What is counted.
    pub resource: Resource,
    /// In which units.
    pub family: Family,
    /// Whether the document has amounts in the other units, too: what is short in those is said in them.
    pub both: bool,
    /// What it is called, where that is not its own name: `memory (day)`.
    pub said: Option<std::sync::Arc<str>>,
}

impl Counted {
    /// In the family of the document, where that is known: `hosts` are the families of what hosts have, `all` those of all
    /// amounts. Memory is counted in GiB, disk and what has a name in GB where nothing else is known.
    pub fn new(resource: Resource, hosts: &[Family], all: &[Family]) -> Counted {
        let usual = if resource == Resource::Memory { Family::Binary } else { Family::Decimal };
        let only = |families: &[Family]| match families {
            [first, rest @ ..] if rest.iter().all(|family| family == first) => Some(*first),
            _ => None,
        };
        let family = only(hosts).or_else(|| only(all).filter(|_| hosts.is_empty())).unwrap_or(usual);
        Counted { resource, family, both: only(all) != Some(family), said: None }
    }

    /// What it is called in answers for people.
    pub fn name(&self) -> &str {
        self.said.as_deref().unwrap_or(self.resource.name())
    }

    /// An amount for people: `250m`, `4`, `1.5 GiB`, `86 GB`, `3`. Exact where that is short, else rounded to two
    /// decimals.
    pub fn show(&self, amount: u64) -> String {
        self.bytes(|usual, other| show::bytes(amount, usual, other)).unwrap_or_else(|| self.resource.show(amount))
    }

    /// An amount for people that is not rounded.
    pub fn exact(&self, amount: u64) -> String {
        self.bytes(|usual, other| show::exact_bytes(amount, usual, other)).unwrap_or_else(|| self.resource.show(amount))
    }

    /// A part and a whole in one unit, where the part has a whole of it: `9.48 GiB`, `38 GiB`. Two that differ never read
    /// the same: `6 GiB + 1 B`, `6 GiB`.
    pub fn both(&self, part: u64, whole: u64) -> [String; 2] {
        let shown = self.show(whole);
        let same_unit = self.bytes(|usual, other| show::in_unit_of(&shown, part, usual, other)).flatten();
        let said = same_unit.unwrap_or_else(|| self.show(part));
        if part == whole || said != shown {
            return [said, shown];
        }
        let sign = if part > whole { '+' } else { '-' };
        [format!("{shown} {sign} {}", self.exact(part.abs_diff(whole))), shown]
    }

    /// The same in the units of a line that says this amount.
    pub fn like(&self, amount: u64) -> Counted {
        let divides = |family: Family| amount > 0 && amount.is_multiple_of(family.step());
        let other = self.both && divides(self.family.other()) && !divides(self.family);
        let family = if other { self.family.other() } else { self.family };
        Counted { resource: self.resource.clone(), family, both: false, said: self.said.clone() }
    }

    /// See [`Resource::parse`].
    ///
    /// # Errors
    /// As there.
    pub fn parse(&self, text: &str) -> Result<u64, AmountError> {
        self.resource.parse(text)
    }

    fn bytes<T>(&self, said: impl FnOnce(&[Unit; 5], Option<&[Unit; 5]>) -> T) -> Option<T> {
        let other = self.both.then(|| self.family.other().units());
        self.resource.is_bytes().then(|| said(self.family.units(), other))
    }
}

impl From<Resource> for Counted {
    fn from(resource: Resource) -> Counted {
        Counted::new(resource, &[], &[])
    }
}

impl Deref for Counted {
    type Target = Resource;

    fn deref(&self) -> &Resource {
        &self.resource
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Counted) -> bool {
        self.resource == other.resource
    }
}

impl Eq for Counted {}

impl PartialEq<Resource> for Counted {
    fn eq(&self, other: &Resource) -> bool {
        self.resource == *other
    }
}

impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Counted) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counted {
    fn cmp(&self, other: &Counted) -> std::cmp::Ordering {
        self.resource.cmp(&other.resource)
    }
}
