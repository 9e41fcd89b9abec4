//! A node of Nomad becomes a host: what it has less what it keeps for itself.

use std::collections::BTreeMap;

use super::super::found::{Figure, Figures, Found, Machine};
use super::super::json::{text, text_of};
use super::clock::Clock;
use crate::diagnostic::Place;
use crate::document::tree::{Node, Value};
use crate::quantity::{LARGEST_AMOUNT, Resource};

/// Attributes that jobs ask for the most.
const ATTRIBUTES: &[&str] = &["cpu.arch", "kernel.name", "os.name"];

/// Whether a map is a node.
pub fn is_node(node: &Node) -> bool {
    node.get("SchedulingEligibility").is_some()
        || node.get("NodeResources").is_some() && node.get("Datacenter").is_some()
}

/// The value at the end of a path.
fn at<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, key| node.get(key).map(|entry| &entry.value))
}

fn number(node: &Node, paths: &[&[&str]]) -> Option<(u64, Place)> {
    let numbers = paths.iter().filter_map(|path| {
        let node = at(node, path)?;
        Some((text(node)?.parse().ok()?, node.at))
    });
    numbers.into_iter().find(|(number, _): &(u64, Place)| *number > 0)
}

fn shares(node: &Node) -> Option<(u64, Place)> {
    number(node, &[&["NodeResources", "Cpu", "CpuShares"], &["Resources", "CPU"]])
}

/// How many MHz each of its threads has.
pub fn mhz_per_core(node: &Node) -> Option<u64> {
    let (shares, _) = shares(node)?;
    let cores: &[&[&str]] = &[&["NodeResources", "Cpu", "TotalCpuCores"], &["Attributes", "cpu.numcores"]];
    number(node, cores).map(|(cores, _)| shares / cores)
}

/// Reads a node.
pub fn read(node: &Node, clock: &Clock, found: &mut Found) {
    let name = text_of(node, "Name").or_else(|| text_of(node, "ID")).unwrap_or("node").to_owned();
    if text_of(node, "Status").is_some_and(|status| status == "down") {
        found.refuse(name, "is down", node.at);
        return;
    }
    let mut capacity = Figures::new();
    let mib = |(amount, at): (u64, Place)| (amount.saturating_mul(1 << 20), at);
    let parts = [
        (Resource::Cpu, shares(node).map(|(mhz, at)| (clock.millicores_of_node(mhz), at)), {
            let kept = number(node, &[&["ReservedResources", "Cpu", "CpuShares"], &["Reserved", "CPU"]]);
            kept.map_or(0, |(mhz, _)| clock.millicores(mhz))
        }),
        (
            Resource::Memory,
            number(node, &[&["NodeResources", "Memory", "MemoryMB"], &["Resources", "MemoryMB"]]).map(mib),
            number(node, &[&["ReservedResources", "Memory", "MemoryMB"], &["Reserved", "MemoryMB"]])
                .map(mib)
                .map_or(0, |it| it.0),
        ),
        (
            Resource::Disk,
            number(node, &[&["NodeResources", "Disk", "DiskMB"], &["Resources", "DiskMB"]]).map(mib),
            number(node, &[&["ReservedResources", "Disk", "DiskMB"], &["Reserved", "DiskMB"]])
                .map(mib)
                .map_or(0, |it| it.0),
        ),
    ];
    for (resource, has, keeps) in parts {
        if let Some((has, at)) = has {
            let value = has.saturating_sub(keeps).min(LARGEST_AMOUNT);
            capacity.insert(resource, Figure { value, at });
        }
    }
    if !capacity.contains_key(&Resource::Memory) {
        let reason =
            "its size is not in the list: take `nomad operator api '/v1/nodes?resources=true'`, or the node by itself";
        found.refuse(name, reason, node.at);
        return;
    }
    if let Some(Node { value: Value::List(devices), .. }) = at(node, &["NodeResources", "Devices"]) {
        for device in devices.iter() {
            let count = match device.get("Instances").map(|it| &it.value.value) {
                Some(Value::List(instances)) => {
                    instances.iter().filter(|it| text_of(it, "Healthy") != Some("false")).count() as u64
                }
                _ => 0,
            };
            if let (Some(kind), true) = (text_of(device, "Type"), count > 0) {
                let there =
                    capacity.entry(Resource::Named(kind.to_owned())).or_insert(Figure { value: 0, at: device.at });
                there.value += count;
            }
        }
    }
    let mut labels: BTreeMap<String, (String, Place)> = BTreeMap::new();
    let mut label = |name: &str, value: Option<&Node>| {
        if let Some((value, at)) =
            value.and_then(|value| Some((text(value)?, value.at))).filter(|(text, _)| !text.is_empty())
        {
            labels.insert(name.to_owned(), (value.to_owned(), at));
        }
    };
    label("datacenter", at(node, &["Datacenter"]));
    label("class", at(node, &["NodeClass"]));
    label("node-pool", at(node, &["NodePool"]).filter(|pool| text(pool) != Some("default")));
    for name in ATTRIBUTES {
        label(name, at(node, &["Attributes", name]));
    }
    if let Some(Node { value: Value::Map(meta), .. }) = at(node, &["Meta"]) {
        meta.iter().for_each(|entry| label(&entry.key, Some(&entry.value)));
    }
    let drained =
        text_of(node, "Drain") == Some("true") || text_of(node, "SchedulingEligibility") == Some("ineligible");
    found.hosts.push(Machine { name, at: node.at, capacity, labels, drained });
}
