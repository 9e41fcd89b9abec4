//! What was imported and what was not, with the origin of every figure.

use std::collections::BTreeMap;

use super::found::{Note, Refused};
use crate::diagnostic::Place;
use crate::quantity::Resource;

/// What became of an import.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The startups, as the document names them; a range is one.
    pub startups: Vec<String>,
    /// What was imported, in the order of the document.
    pub imported: Vec<Imported>,
    /// What was not, in order of place.
    pub refused: Vec<Refused>,
    /// What is worth knowing, in order of place.
    pub notes: Vec<Note>,
    /// The hosts that the files have.
    pub hosts: Vec<Host>,
    /// Whether the document has but a placeholder for its hosts.
    pub placeholder: bool,
    /// The storage of several hosts that the files have.
    pub pools: Vec<Pool>,
    /// What runs where now: the ids by host or carrier.
    pub placement: BTreeMap<String, Vec<String>>,
    /// The size of the document that stands for what nothing is known of.
    pub unmeasured: Option<String>,
}

/// A container that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// `startup/container`.
    pub id: String,
    /// As the file calls it.
    pub name: String,
    /// Where it stands there.
    pub at: Place,
    /// How many there are; `None` for one on every host.
    pub replicas: Option<u64>,
    /// In how many startups.
    pub startups: u64,
    /// What one of them asks for, and who says so.
    pub request: BTreeMap<Resource, (u64, Origin)>,
    /// What one may take at the most.
    pub limit: BTreeMap<Resource, u64>,
    /// The carrier that it lies in, as the document calls it.
    pub inside: Option<String>,
    /// What one was seen to take.
    pub observed: BTreeMap<Resource, u64>,
}

impl Imported {
    /// How many containers that are, of all startups; what is on every host counts once.
    pub fn count(&self) -> u64 {
        self.replicas.unwrap_or(1).saturating_mul(self.startups)
    }
}

/// Who says that an amount is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The file, a request or a limit.
    File,
    /// A measurement.
    Measured,
    /// The built-in catalogue.
    Catalogue,
    /// Nobody: it is what is taken where nothing is known.
    Default,
}

impl Origin {
    /// All of them, the surest first.
    pub const ALL: [Origin; 4] = [Origin::File, Origin::Measured, Origin::Catalogue, Origin::Default];

    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Origin::File => "file",
            Origin::Measured => "measured",
            Origin::Catalogue => "catalogue",
            Origin::Default => "default",
        }
    }
}

/// A host that was imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// Its name in the document.
    pub name: String,
    /// As the file calls it, where that is something else.
    pub title: Option<String>,
    /// Where it stands there.
    pub at: Place,
    /// What it has.
    pub capacity: BTreeMap<Resource, u64>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Whether it takes nothing more.
    pub drained: bool,
}

/// Storage that was imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Its name in the document.
    pub name: String,
    /// As the file calls it, where that is something else.
    pub title: Option<String>,
    /// Where it stands there.
    pub at: Place,
    /// How much there is, in bytes.
    pub disk: u64,
    /// The hosts that reach it; all where none is said.
    pub hosts: Vec<String>,
}

impl Report {
    /// How many figures of a resource come from where.
    pub fn count(&self, resource: &Resource, origin: Origin) -> usize {
        let requests = self.imported.iter().filter_map(|one| one.request.get(resource));
        requests.filter(|(_, from)| *from == origin).count()
    }

    /// How many containers there are, what is on every host counted once.
    pub fn containers(&self) -> u64 {
        self.imported.iter().map(Imported::count).sum()
    }

    /// What they ask hosts for together. What lies in a carrier is asked for by that, or by one that this lies in, unless
    /// these are as large as what they hold.
    pub fn requests(&self) -> BTreeMap<Resource, u128> {
        let by_id: BTreeMap<&str, &Imported> = self.imported.iter().map(|one| (one.id.as_str(), one)).collect();
        let carrier = |one: &Imported, inside: &str| {
            let startup = one.id.split('/').next().unwrap_or("");
            let beside = format!("{startup}/{inside}");
            [inside, &beside].into_iter().find_map(|id| by_id.get(id).copied())
        };
        let is_asked_by_carrier = |one: &Imported, resource: &Resource| {
            let mut at = one;
            while let Some(inside) = &at.inside {
                match carrier(at, inside) {
                    Some(carrier) if !carrier.request.contains_key(resource) => at = carrier,
                    // One of the document that is added to has an amount of its own, or counts there.
                    _ => return true,
                }
            }
            false
        };
        let mut sums = BTreeMap::new();
        for one in &self.imported {
            for (resource, (amount, _)) in
                one.request.iter().filter(|(resource, _)| !is_asked_by_carrier(one, resource))
            {
                *sums.entry(resource.clone()).or_insert(0) += u128::from(*amount) * u128::from(one.count());
            }
        }
        sums
    }
}
