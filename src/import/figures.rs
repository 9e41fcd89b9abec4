//! What a container asks for, and who says so: the file, else a measurement, else the catalogue, else a default.

use std::collections::BTreeMap;

use super::Asked;
use super::found::Figures;
use super::measured::Seen;
use super::report::Origin;
use crate::document::Document;
use crate::document::catalogue::{self, Entry};
use crate::model::{Overlay, UNMEASURED};
use crate::quantity::Resource;

/// What one container asks for.
#[derive(Clone, Debug)]
pub struct Sized {
    /// The amounts and who says so.
    pub request: BTreeMap<Resource, (u64, Origin)>,
    /// The amounts that are a limit of the file, which is below what else would be taken.
    pub capped: Vec<Resource>,
    /// The entry of the catalogue that says some of them.
    pub entry: Option<&'static Entry>,
    /// The entry that speaks of a whole of which this is a part, where a default is taken.
    pub whole: Option<&'static Entry>,
    /// What was measured.
    pub seen: Option<Seen>,
}

/// What is taken where nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Millicores.
    pub cpu: u64,
    /// Bytes.
    pub memory: u64,
}

impl Defaults {
    /// What a small service may need. Nobody measured it: it is to be seen, and to be changed.
    const USUAL: Defaults = Defaults { cpu: 100, memory: 256 << 20 };

    /// As asked for, else as the document that is added to has them.
    pub fn of(asked: &Asked) -> Defaults {
        let usual = asked.into.and_then(Defaults::said_by).unwrap_or(Defaults::USUAL);
        Defaults { cpu: asked.default_cpu.unwrap_or(usual.cpu), memory: asked.default_memory.unwrap_or(usual.memory) }
    }

    /// The defaults that a document has.
    pub fn said_by(document: &Document) -> Option<Defaults> {
        let amount = |resource: Resource| match document.said(&["sizes", UNMEASURED, resource.name()]) {
            Some(Overlay::Text(text)) => resource.parse_up(&text).ok(),
            _ => None,
        };
        Some(Defaults { cpu: amount(Resource::Cpu)?, memory: amount(Resource::Memory)? })
    }
}

/// The figures of a container that says so much itself, runs this image, and was seen to take that.
pub fn figures(
    request: &Figures,
    limits: &Figures,
    image: Option<&str>,
    seen: Option<Seen>,
    defaults: Defaults,
) -> Sized {
    let mut sized = Sized { request: BTreeMap::new(), capped: Vec::new(), entry: None, whole: None, seen };
    for (resource, figure) in request {
        sized.request.insert(resource.clone(), (figure.value, Origin::File));
    }
    let known = image.and_then(catalogue::by_image);
    for (resource, of_entry, default) in [
        (Resource::Cpu, known.and_then(|entry| entry.cpu_millis), defaults.cpu),
        (Resource::Memory, known.and_then(|entry| entry.memory_bytes), defaults.memory),
    ] {
        if sized.request.contains_key(&resource) {
            continue;
        }
        let measured = sized.seen.as_ref().and_then(|seen| seen.request(&resource));
        let (amount, origin) = match (measured, of_entry) {
            (Some(amount), _) => (amount, Origin::Measured),
            (None, Some(amount)) => (amount, Origin::Catalogue),
            (None, None) => (default, Origin::Default),
        };
        match limit(limits, &resource) {
            // Nothing takes more than its limit, so nothing needs to ask for more.
            Some(limit) if limit < amount => {
                sized.capped.push(resource.clone());
                sized.request.insert(resource, (limit, Origin::File));
            }
            _ => {
                sized.request.insert(resource, (amount, origin));
            }
        }
    }
    let has = |origin: Origin, sized: &Sized| sized.request.values().any(|(_, from)| *from == origin);
    if has(Origin::Catalogue, &sized) {
        sized.entry = known;
        if let Some(disk) = known.and_then(|entry| entry.disk_bytes) {
            sized.request.entry(Resource::Disk).or_insert((disk, Origin::Catalogue));
        }
    }
    if known.is_none() && has(Origin::Default, &sized) {
        sized.whole = image.and_then(catalogue::whole_of);
    }
    sized
}

fn limit(limits: &Figures, resource: &Resource) -> Option<u64> {
    limits.get(resource).map(|figure| figure.value)
}
