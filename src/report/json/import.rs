//! `bayplan/import/1`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{parts, write};
use crate::diagnostic::Place;
use crate::document::Source;
use crate::import::Report;
use crate::quantity::Resource;

#[derive(Serialize)]
struct ImportJson<'a> {
    schema: &'static str,
    imported: Vec<ImportedJson<'a>>,
    refused: Vec<RefusedJson<'a>>,
    notes: Vec<NoteJson<'a>>,
    hosts: Vec<HostJson<'a>>,
    pools: Vec<PoolJson<'a>>,
    /// What runs where now: the ids by host or carrier.
    placement: &'a BTreeMap<String, Vec<String>>,
    totals: TotalsJson<'a>,
}

#[derive(Serialize)]
struct ImportedJson<'a> {
    id: &'a str,
    /// As the file calls it.
    name: &'a str,
    source: SourceJson<'a>,
    /// `null` for one on every host.
    replicas: Option<u64>,
    /// In how many startups, where the id is a range.
    startups: u64,
    requests: BTreeMap<&'a str, u64>,
    limits: BTreeMap<&'a str, u64>,
    /// The carrier that it lies in, whose requests count for it in the totals.
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<&'a str>,
    origin: BTreeMap<&'a str, &'static str>,
    /// What one was seen to take.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    observed: BTreeMap<&'a str, u64>,
}

#[derive(Serialize)]
struct SourceJson<'a> {
    file: &'a str,
    line: u32,
}

#[derive(Serialize)]
struct RefusedJson<'a> {
    what: &'a str,
    reason: &'a str,
    at: Option<parts::At>,
}

#[derive(Serialize)]
struct NoteJson<'a> {
    message: &'a str,
    at: Option<parts::At>,
}

#[derive(Serialize)]
struct HostJson<'a> {
    name: &'a str,
    capacity: BTreeMap<&'a str, u64>,
    labels: &'a BTreeMap<String, String>,
    /// Whether it takes nothing more.
    drained: bool,
}

#[derive(Serialize)]
struct PoolJson<'a> {
    name: &'a str,
    disk: u64,
    /// The hosts that reach it; all where none is said.
    hosts: &'a [String],
}

#[derive(Serialize)]
struct TotalsJson<'a> {
    /// What is on every host counts once.
    containers: u64,
    requests: BTreeMap<&'a str, u64>,
}

/// The whole report; `sources` are what its places count.
pub fn import(report: &Report, sources: &[Source]) -> String {
    let name = |file: u32| Some(sources.get(file as usize)?.name.as_str());
    let at = |at: Place| parts::at_in(|file| name(file as u32), Some(at).filter(|at| at.line > 0));
    let sums = report.requests();
    write(&ImportJson {
        schema: "bayplan/import/1",
        imported: (report.imported.iter())
            .map(|one| ImportedJson {
                id: &one.id,
                name: &one.name,
                source: SourceJson { file: name(one.at.file).unwrap_or(""), line: one.at.line },
                replicas: one.replicas,
                startups: one.startups,
                requests: one.request.iter().map(|(resource, (amount, _))| (resource.name(), *amount)).collect(),
                limits: one.limit.iter().map(|(resource, amount)| (resource.name(), *amount)).collect(),
                inside: one.inside.as_deref(),
                origin: one.request.iter().map(|(resource, (_, from))| (resource.name(), from.name())).collect(),
                observed: one.observed.iter().map(|(resource, amount)| (resource.name(), *amount)).collect(),
            })
            .collect(),
        refused: (report.refused.iter())
            .map(|one| RefusedJson { what: &one.what, reason: &one.reason, at: at(one.at) })
            .collect(),
        notes: report.notes.iter().map(|one| NoteJson { message: &one.message, at: at(one.at) }).collect(),
        hosts: (report.hosts.iter())
            .map(|host| HostJson {
                name: &host.name,
                capacity: host.capacity.iter().map(|(resource, amount)| (resource.name(), *amount)).collect(),
                labels: &host.labels,
                drained: host.drained,
            })
            .collect(),
        pools: (report.pools.iter())
            .map(|pool| PoolJson { name: &pool.name, disk: pool.disk, hosts: &pool.hosts })
            .collect(),
        placement: &report.placement,
        totals: TotalsJson {
            containers: report.containers(),
            requests: sums.iter().map(|(resource, sum): (&Resource, _)| (resource.name(), clipped(*sum))).collect(),
        },
    })
}

fn clipped(sum: u128) -> u64 {
    u64::try_from(sum).unwrap_or(u64::MAX)
}
