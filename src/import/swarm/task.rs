//! The tasks of a swarm say where what runs.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::fields::text;
use super::super::found::{Container, Count, Found};
use super::node::SwarmNode;
use crate::diagnostic::{Place, quoted};
use crate::document::tree::Node;
use crate::quantity::shorten;

/// A task that runs.
pub struct Task {
    /// The name of its service, or its id.
    service: Result<String, String>,
    /// The name of its node, or its id.
    node: Result<String, String>,
    slot: u64,
    at: Place,
}

impl Task {
    /// The task that the interface prints, and `docker inspect` of one; nothing of one that does not run.
    pub fn of(row: &Node) -> Option<Task> {
        let runs = text(row, &["DesiredState"])?.0 == "running" && text(row, &["Status", "State"])?.0 == "running";
        let slot = text(row, &["Slot"]).and_then(|(slot, _)| slot.parse().ok()).unwrap_or(0);
        let (service, node) = (text(row, &["ServiceID"])?.0.to_owned(), text(row, &["NodeID"])?.0.to_owned());
        runs.then_some(Task { service: Err(service), node: Err(node), slot, at: row.at })
    }

    /// The task that `docker service ps` and `docker node ps` print; nothing of one that does not run.
    pub fn of_list(row: &Node) -> Option<Task> {
        let runs =
            text(row, &["DesiredState"])?.0 == "Running" && text(row, &["CurrentState"])?.0.starts_with("Running");
        // `shop_web.2`, and `\_ shop_web.2` of what is no longer the newest.
        let name = text(row, &["Name"])?.0.trim_start_matches([' ', '\\', '_']);
        let (service, slot) = name.split_once('.')?;
        let slot = slot.split('.').next().and_then(|slot| slot.parse().ok()).unwrap_or(0);
        let node = text(row, &["Node"])?.0.to_owned();
        runs.then_some(Task { service: Ok(service.to_owned()), node: Ok(node), slot, at: row.at })
    }
}

/// Where services run.
pub struct Runs {
    /// By name, then by slot: the nodes.
    by_name: BTreeMap<String, Vec<(u64, String, Place)>>,
    /// The same by id.
    by_id: HashMap<String, Vec<(u64, String, Place)>>,
}

impl Runs {
    /// Those of these tasks.
    pub fn of(tasks: &[Task], nodes: &[SwarmNode]) -> Runs {
        let names: HashMap<&str, &str> =
            nodes.iter().filter_map(|node| Some((node.id.as_deref()?, node.name.as_str()))).collect();
        let mut runs = Runs { by_name: BTreeMap::new(), by_id: HashMap::new() };
        for task in tasks {
            let node = match &task.node {
                Ok(name) => name.clone(),
                Err(id) => names.get(id.as_str()).map_or_else(|| id.clone(), |name| (*name).to_owned()),
            };
            let place = (task.slot, node, task.at);
            match &task.service {
                Ok(name) => runs.by_name.entry(name.clone()).or_default().push(place),
                Err(id) => runs.by_id.entry(id.clone()).or_default().push(place),
            }
        }
        runs
    }

    /// Says of a container where it runs.
    pub fn put(&mut self, name: &str, id: Option<&str>, container: &mut Container) {
        let by_id = id.and_then(|id| self.by_id.remove(id));
        let Some(mut places) = self.by_name.remove(name).or(by_id) else { return };
        // Two lists may have the same task.
        places.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        places.dedup_by(|a, b| a.0 == b.0 && a.1 == b.1);
        container.runs_on = places.into_iter().map(|(_, node, at)| (node, at)).collect();
    }

    /// The services of which tasks alone speak, but for those that are `known`: one on every host has no slots.
    pub fn left(mut self, known: &HashSet<String>, found: &mut Found) -> Vec<Container> {
        for (id, places) in std::mem::take(&mut self.by_id) {
            if let Some((_, _, at)) = places.first() {
                found.note(super::unknown("service", &id), *at);
            }
        }
        let names: Vec<String> = self.by_name.keys().filter(|name| !known.contains(*name)).cloned().collect();
        let mut containers = Vec::new();
        for name in names {
            let places = self.by_name.get(&name).map_or(&[][..], Vec::as_slice);
            let Some(&(_, _, at)) = places.first() else { continue };
            let count = match places.iter().any(|(slot, _, _)| *slot > 0) {
                true => Count::Replicas(places.len() as u64),
                false => Count::EveryHost,
            };
            found.note(format!("tasks alone speak of {}: what it asks for is not said", quoted(&shorten(&name))), at);
            let mut container = Container { count, ..Container::new(name.as_str(), at) };
            self.put(&name, None, &mut container);
            if let Count::Replicas(_) = count {
                container.count = Count::Replicas(container.runs_on.len() as u64);
            }
            containers.push(container);
        }
        containers
    }
}
