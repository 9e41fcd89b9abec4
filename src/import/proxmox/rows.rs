//! The rows of `/cluster/resources`: nodes, guests, storage, and what high availability has of them.

use super::super::fields::{amount, is, text};
use super::super::found::Found;
use super::config::tags;
use super::ha::Section;
use super::storage::Storage;
use super::{Cluster, Guest, HostNode};
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Node, Value};
use crate::quantity::{Resource, shorten};

/// The types of rows that there are.
const TYPES: &[&str] = &["node", "qemu", "lxc", "openvz", "storage", "group", "pool", "sdn", "network", "zone"];

/// Whether something is a row of a cluster, or of what high availability has of it.
pub fn is_row(row: &Node) -> bool {
    row.get("sid").is_some() || row.get("rule").is_some() || is(row, &["type"], TYPES)
}

impl Cluster {
    /// Takes in a row.
    pub(super) fn row(&mut self, row: &Node, found: &mut Found) {
        if !matches!(row.value, Value::Map(_)) {
            return found.refuse("a row", format!("must be a map, not {}", row.kind_name()), row.at);
        }
        if row.get("sid").is_some() || row.get("rule").is_some() {
            self.sections.extend(Section::of_row(row));
            return;
        }
        match text(row, &["type"]) {
            Some(("node", _)) => self.node(row, found),
            Some(("qemu", _)) => self.guest(row, true, found),
            Some(("lxc" | "openvz", _)) => self.guest(row, false, found),
            Some(("storage", _)) => self.storage(row, found),
            Some(("group", _)) => self.sections.extend(Section::of_row(row)),
            // Neither takes part in what runs where; guests say themselves which pool they are in.
            Some(("pool" | "sdn" | "network" | "zone", _)) => {}
            Some((other, at)) => {
                let reason = format!("rows of the type {} are not known", quoted(&shorten(other)));
                found.refuse(id(row, "a row"), reason, at);
            }
            None => found.refuse(id(row, "a row"), "does not say of which type it is", row.at),
        }
    }

    fn node(&mut self, row: &Node, found: &mut Found) {
        let Some((name, _)) = named(row, "node") else {
            return found.refuse("a node", "has no name", row.at);
        };
        self.nodes.push(HostNode {
            cpu: amount(row, &["maxcpu"], 1000, &Resource::Cpu, &name, found),
            memory: amount(row, &["maxmem"], 1, &Resource::Memory, &name, found),
            status: said(row, "status"),
            at: row.at,
            name,
        });
    }

    fn guest(&mut self, row: &Node, is_vm: bool, found: &mut Found) {
        let from_id = || text(row, &["id"]).and_then(|(id, _)| id.split_once('/')).map(|(_, id)| id);
        let vmid = text(row, &["vmid"]).map(|(vmid, _)| vmid).or_else(from_id);
        let mut guest = Guest {
            is_vm,
            vmid: vmid.and_then(|vmid| vmid.parse().ok()),
            name: text(row, &["name"]).map(|(name, _)| name.to_owned()),
            at: row.at,
            node: said(row, "node"),
            pool: said(row, "pool"),
            status: said(row, "status"),
            template: is(row, &["template"], &["1", "true"]).then_some(row.at),
            tags: text(row, &["tags"]).map(|(text, _)| tags(text)).unwrap_or_default(),
            ..Guest::default()
        };
        guest.taken = (share(row, "cpu"), text(row, &["mem"]).and_then(|(bytes, _)| bytes.parse().ok()));
        let called = guest.called();
        for (key, unit, resource) in
            [("maxcpu", 1000, Resource::Cpu), ("maxmem", 1, Resource::Memory), ("maxdisk", 1, Resource::Disk)]
        {
            if let Some(figure) = amount(row, &[key], unit, &resource, &called, found) {
                guest.request.insert(resource, figure);
            }
        }
        let node = guest.node.as_ref().map(|(node, _)| node.clone());
        if guest.vmid.is_some() && !self.seen.insert((guest.vmid, guest.name.clone(), node)) {
            return found.refuse(called, "the guest stands twice", row.at);
        }
        self.guests.push(guest);
    }

    fn storage(&mut self, row: &Node, found: &mut Found) {
        let (Some((name, _)), Some((node, _))) = (named(row, "storage"), said(row, "node")) else {
            return found.refuse(
                id(row, "a storage"),
                "does not say what it is called and on which node it is",
                row.at,
            );
        };
        let content = text(row, &["content"]).map(|(content, _)| content);
        self.storage.push(Storage {
            is_shared: is(row, &["shared"], &["1", "true"]),
            holds_guests: content
                .is_none_or(|content| content.split(',').any(|it| matches!(it.trim(), "images" | "rootdir"))),
            size: amount(row, &["maxdisk"], 1, &Resource::Disk, &name, found),
            used: amount(row, &["disk"], 1, &Resource::Disk, &name, found).map_or(0, |figure| figure.value),
            at: row.at,
            name,
            node,
        });
    }
}

/// A share of what there is, in millionths: `0.0123`, and what Perl writes of one that is small, `4.2e-05`.
fn share(row: &Node, key: &str) -> Option<u64> {
    let share: f64 = text(row, &[key])?.0.parse().ok()?;
    (0.0..=1_000.0).contains(&share).then(|| (share * 1_000_000.0).ceil() as u64)
}

/// What a row is called: under its own key, or by its id.
fn named(row: &Node, key: &str) -> Option<(String, Place)> {
    said(row, key).or_else(|| {
        let (id, at) = text(row, &["id"])?;
        Some((id.rsplit('/').next().filter(|name| !name.is_empty())?.to_owned(), at))
    })
}

fn said(row: &Node, key: &str) -> Option<(String, Place)> {
    text(row, &[key]).map(|(text, at)| (text.to_owned(), at))
}

fn id(row: &Node, nameless: &str) -> String {
    text(row, &["id"]).map_or(nameless, |(id, _)| id).to_owned()
}
