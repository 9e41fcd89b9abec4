//! Does what other tools say become a document that says the same: all of it, or with a reason why not?
//!
//! A file for each format; what they share is here.

mod command;
mod compose;
mod csv;
mod incus;
mod kubernetes;
mod measures;
mod nomad;
mod proxmox;
mod strangers;
mod swarm;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use bayplan::document::{Document, Files};
use bayplan::import::{Asked, Format, Given, Import};
use bayplan::model::Layout;
use bayplan::quantity::Resource;

/// What is asked of files of one format.
pub fn asked<'a>(format: Format, files: &[(&str, &[u8])], into: Option<&'a Document>) -> Asked<'a> {
    let given = |(name, bytes): &(&str, &[u8])| Given { name: (*name).to_owned(), bytes: (*bytes).into() };
    Asked {
        format: Some(format),
        files: files.iter().map(given).collect(),
        name: "imported".to_owned(),
        into,
        ..Asked::default()
    }
}

/// A folder of real files beside the project, or in the folder that `BAYPLAN_SAMPLES` names; where it is missing, that is
/// said, and the test that asks has nothing to do.
pub fn samples(folder: &str) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("BAYPLAN_SAMPLES").map(PathBuf::from);
    let usual = ["../shared/samples", "../../shared/samples"].map(|path| here.join(path));
    let found = named.into_iter().chain(usual).map(|path| path.join(folder)).find(|path| path.exists());
    if found.is_none() {
        let why = format!("skipped: real files are not imported, for there is no ../shared/samples/{folder}\n");
        std::io::stderr().write_all(why.as_bytes()).expect("it can be said");
    }
    found
}

/// The document of an import is read without an error, and asks for as much as the report says.
pub fn is_accepted(import: &Import, what: &str) {
    let text = import.addition.document();
    let none: BTreeMap<String, String> = BTreeMap::new();
    let read = Document::from_bytes("lab.yaml", text.as_bytes(), &none).and_then(|document| document.resolve());
    let layout = match read {
        Ok(resolved) => resolved.layout,
        Err(problems) => panic!("{what}\n{text}\n{}", problems.render(false)),
    };
    let mut sums: BTreeMap<Resource, u128> = BTreeMap::new();
    for service in layout.demand.services.iter() {
        let count = if service.every.is_some() { 1 } else { service.containers.len() as u128 };
        for (counted, amount) in layout.lab.resources.iter().zip(&service.request) {
            *sums.entry(counted.resource.clone()).or_default() += u128::from(amount.value) * count;
        }
    }
    // How many there are is no request.
    sums.retain(|resource, sum| *sum > 0 && *resource != Resource::Containers);
    let mut said = import.report.requests();
    // What no host has nobody counts.
    said.retain(|resource, sum| *sum > 0 && layout.lab.resource_index(resource).is_some());
    assert_eq!(sums, said, "{what}\n{text}");
}

/// Files in memory, as bytes.
pub struct Bytes(pub BTreeMap<String, Vec<u8>>);

impl Files for Bytes {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }
}

/// The files on disk.
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(path).map_err(|error| error.to_string())
    }
}

/// The model of a document's text.
pub fn resolved(name: &str, text: &str) -> Layout {
    let document = Document::from_bytes(name, text.as_bytes(), &Disk).expect("a document");
    document.resolve_whole().unwrap_or_else(|problems| panic!("{name}: {text}\n{}", problems.render(false))).layout
}

/// The bytes of a file with a few of them cut off, taken out, doubled or put in: whatever a broken copy has.
pub fn mutilated(bytes: &[u8], rng: &mut fastrand::Rng) -> Vec<u8> {
    const PIECES: [&[u8]; 14] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b"${",
        b"<<EOF\n",
        b"\n",
        b",",
        b"=",
        b"\xff",
        b"99999999999999999999",
        b"1e400",
        b"/*",
    ];
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..=bytes.len());
        match rng.u8(..6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.splice(at..at, rng.choice(PIECES).expect("one").iter().copied())),
            2 => drop(bytes.drain(at..(at + rng.usize(..20)).min(bytes.len()))),
            3 => {
                let piece = rng.choice(PIECES).expect("one").repeat(rng.usize(..3000));
                drop(bytes.splice(at..at, piece));
            }
            4 if at < bytes.len() => bytes[at] = rng.u8(..),
            _ => {
                let piece = bytes[at..(at + rng.usize(..200)).min(bytes.len())].to_vec();
                drop(bytes.splice(at..at, piece));
            }
        }
    }
    bytes
}

/// Where everything runs now, carriers aside: by `startup/container`, the host of each replica.
pub fn places(layout: &Layout) -> BTreeMap<String, Vec<String>> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let Some(placement) = &layout.placement else { return places };
    for container in layout.demand.indices() {
        let service = layout.demand.service_of(container);
        let startup = &layout.demand.startups[layout.demand.startup_of(container)];
        if let Some(host) = placement.host_of[container.0] {
            let id = format!("{}/{}", startup.name, service.name);
            places.entry(id).or_default().push(layout.lab.hosts[host].name.clone());
        }
    }
    places
}

/// What a document says of `name`, in one line: with the lines that stand below it.
pub fn said_of(text: &str, name: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.lines().skip_while(|line| !line.trim().starts_with(&format!("{name}:")));
    let Some(first) = lines.next() else { return String::new() };
    let below = lines.take_while(|line| indent(line) > indent(first)).map(str::trim);
    let all: Vec<&str> = std::iter::once(first.trim()).chain(below).collect();
    all.join(" ").replace("\"on\"", "on")
}
