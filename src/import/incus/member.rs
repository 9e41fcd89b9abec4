//! What a member of a cluster is called, how it is, and what it has.

use std::collections::BTreeMap;

use super::super::amounts::incus_bytes;
use super::super::fields::{amount, entries, items, text};
use super::super::found::{Figure, Figures, Found, Machine};
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Node, Value};
use crate::quantity::{LARGEST_AMOUNT, Resource, shorten};

/// A member of a cluster.
pub struct Member {
    pub(super) name: String,
    pub(super) at: Place,
    status: Option<String>,
    labels: BTreeMap<String, (String, Place)>,
}

impl Member {
    /// The member that a map says.
    pub fn of(node: &Node, found: &mut Found) -> Option<Member> {
        let Some((name, at)) = text(node, &["server_name"]) else {
            found.refuse("a member", "has no name", node.at);
            return None;
        };
        let mut labels = BTreeMap::new();
        if let Some((zone, at)) = text(node, &["failure_domain"]).filter(|(zone, _)| *zone != "default") {
            labels.insert("failure-domain".to_owned(), (zone.to_owned(), at));
        }
        if let Some((arch, at)) = text(node, &["architecture"]) {
            labels.insert("arch".to_owned(), (arch.to_owned(), at));
        }
        let groups = node.get("groups").map(|entry| items(&entry.value)).unwrap_or_default();
        for group in groups {
            if let Value::Text(name) = &group.value
                && &**name != "default"
            {
                labels.insert(format!("group-{name}"), ("yes".to_owned(), group.at));
            }
        }
        let status = text(node, &["status"]).map(|(status, _)| status.to_owned());
        Some(Member { name: name.to_owned(), at, status, labels })
    }

    /// The host that it is, where what it has is known.
    pub fn machine(&self, capacity: Option<Figures>, found: &mut Found) -> Option<Machine> {
        let status = self.status.as_deref().unwrap_or("Online");
        let drained = match status {
            "Online" => false,
            "Evacuated" | "Evacuating" => true,
            other => {
                let reason = format!("the member is {}: it is no host until it is back", quoted(&shorten(other)));
                found.refuse(&*self.name, reason, self.at);
                return None;
            }
        };
        let Some(capacity) = capacity else {
            let reason = format!(
                "how large the member is, is not said: `incus query '/1.0/resources?target={0}' > {0}.json` writes a file \
                 that says it",
                shorten(&self.name)
            );
            found.refuse(&*self.name, reason, self.at);
            return None;
        };
        Some(Machine { name: self.name.clone(), at: self.at, capacity, labels: self.labels.clone(), drained })
    }
}

/// A host of which nothing else is known.
pub fn machine(name: String, at: Place, capacity: Figures) -> Machine {
    Machine { name, at, capacity, labels: BTreeMap::new(), drained: false }
}

/// What `query /1.0/resources` says of a host.
pub fn of_resources(node: &Node, what: &str, found: &mut Found) -> Figures {
    let mut figures = Figures::new();
    put(&mut figures, Resource::Cpu, amount(node, &["cpu", "total"], 1000, &Resource::Cpu, what, found));
    put(&mut figures, Resource::Memory, amount(node, &["memory", "total"], 1, &Resource::Memory, what, found));
    let gpu = Resource::Named("gpu".to_owned());
    let count = amount(node, &["gpu", "total"], 1, &gpu, what, found);
    put(&mut figures, gpu, count);
    figures
}

/// What the state of a member says of it.
pub fn of_state(node: &Node, what: &str, found: &mut Found) -> Figures {
    let mut figures = Figures::new();
    put(&mut figures, Resource::Memory, amount(node, &["sysinfo", "total_ram"], 1, &Resource::Memory, what, found));
    put(&mut figures, Resource::Cpu, amount(node, &["sysinfo", "logical_cpus"], 1000, &Resource::Cpu, what, found));
    let mut disk: Option<Figure> = None;
    for pool in node.get("storage_pools").map(|entry| entries(&entry.value)).unwrap_or_default() {
        if let Some(size) = amount(&pool.value, &["space", "total"], 1, &Resource::Disk, what, found) {
            let sum = disk.get_or_insert(Figure { value: 0, at: size.at });
            sum.value = sum.value.saturating_add(size.value).min(LARGEST_AMOUNT);
        }
    }
    put(&mut figures, Resource::Disk, disk);
    figures
}

fn put(to: &mut Figures, resource: Resource, figure: Option<Figure>) {
    to.extend(figure.map(|figure| (resource, figure)));
}

/// Says how large the storage is to be made.
pub fn note_storage(preseed: &Node, found: &mut Found) {
    for pool in preseed.get("storage_pools").map(|entry| items(&entry.value)).unwrap_or_default() {
        let name = text(pool, &["name"]).map_or("a storage pool", |(name, _)| name);
        let Some((size, at)) = text(pool, &["config", "size"]) else { continue };
        match incus_bytes(size) {
            Ok(bytes) => {
                let size = Resource::Disk.show(bytes);
                found.note(format!("the storage {} has {size}: say it as the disk of its host", quoted(name)), at);
            }
            Err(reason) => found.refuse(name, format!("{} {reason}", quoted(&shorten(size))), at),
        }
    }
}
