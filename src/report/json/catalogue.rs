//! `bayplan/catalogue/1`.

use serde::Serialize;

use super::write;
use crate::document::catalogue::{Entry, Found};

#[derive(Serialize)]
struct CatalogueJson<'a> {
    schema: &'static str,
    words: &'a [&'a str],
    entries: Vec<EntryJson>,
    /// The words by which nothing goes.
    unknown: Vec<Unknown<'a>>,
}

/// Amounts are null where the source does not say.
#[derive(Serialize)]
struct EntryJson {
    name: &'static str,
    service: &'static str,
    cpu: Option<u64>,
    memory: Option<u64>,
    disk: Option<u64>,
    scope: &'static str,
    basis: &'static str,
    figure: &'static str,
    source: &'static str,
    /// Whether `size:` takes it.
    usable: bool,
    /// The images of which the figure holds.
    images: &'static [&'static str],
    /// Images that are but a part of what it speaks of.
    parts: &'static [&'static str],
}

#[derive(Serialize)]
struct Unknown<'a> {
    word: &'a str,
    near: &'a [&'static str],
}

/// The whole answer.
pub fn catalogue(found: &Found) -> String {
    write(&CatalogueJson {
        schema: "bayplan/catalogue/1",
        words: &found.words,
        entries: found.entries.iter().map(|it| entry(it)).collect(),
        unknown: found.unknown.iter().map(|(word, near)| Unknown { word, near }).collect(),
    })
}

fn entry(entry: &Entry) -> EntryJson {
    let &Entry { name, cpu_millis, memory_bytes, disk_bytes, scope, basis, figure, source, images, parts } = entry;
    let (service, usable) = (entry.service(), entry.usable_as_container());
    let (cpu, memory, disk) = (cpu_millis, memory_bytes, disk_bytes);
    let (scope, basis) = (scope.name(), basis.name());
    EntryJson { name, service, cpu, memory, disk, scope, basis, figure, source, usable, images, parts }
}
