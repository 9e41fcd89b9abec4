//! Proxmox VE: what `pvesh get /cluster/resources` says of nodes, guests and storage, the configurations of guests, and
//! what high availability says of where these may run.

mod config;
mod ha;
mod numbers;
mod rows;
mod storage;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Asked;
use super::fields::{at, entries};
use super::found::{Container, Figure, Figures, Found, Machine, Measured, Project};
use super::texts::Texts;
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::document::tree::{Node, Value};
use crate::document::{Problems, Source};
use crate::quantity::{LARGEST_AMOUNT, Resource, shorten};
use ha::Section;
use numbers::Numbers;
use storage::{Storage, Stores};

/// The profile that imports what is stopped, too.
const STOPPED: &str = "stopped";

/// The tag of a guest in which others run.
const CARRIER: &str = "carrier";

/// All that the files say.
#[derive(Default)]
struct Cluster {
    nodes: Vec<HostNode>,
    guests: Vec<Guest>,
    storage: Vec<Storage>,
    sections: Vec<Section>,
    configs: Vec<Guest>,
    /// The guests so far: number, name and node.
    seen: HashSet<(Option<u64>, Option<String>, Option<String>)>,
}

/// A node of the cluster.
struct HostNode {
    name: String,
    at: Place,
    status: Option<(String, Place)>,
    cpu: Option<Figure>,
    memory: Option<Figure>,
}

/// A virtual machine or a container.
#[derive(Default)]
struct Guest {
    is_vm: bool,
    vmid: Option<u64>,
    name: Option<String>,
    at: Place,
    node: Option<(String, Place)>,
    pool: Option<(String, Place)>,
    status: Option<(String, Place)>,
    template: Option<Place>,
    tags: Vec<String>,
    request: Figures,
    limit: Figures,
    /// Where its disks lie, where that is said.
    disks: Option<Vec<Disk>>,
    /// Devices of its host that it has.
    devices: Figures,
    /// Whether others can run in it.
    nests: bool,
    /// What it takes now: millionths of its cpu, and bytes.
    taken: (Option<u64>, Option<u64>),
}

/// A disk of a guest.
struct Disk {
    storage: String,
    size: Figure,
}

impl Guest {
    /// What Proxmox VE calls it.
    fn called(&self) -> String {
        match (&self.name, self.vmid) {
            (Some(name), _) => name.clone(),
            (None, Some(vmid)) => format!("{} {vmid}", if self.is_vm { "VM" } else { "CT" }),
            (None, None) => if self.is_vm { "a virtual machine" } else { "a container" }.to_owned(),
        }
    }
}

/// What the files have, and their texts.
///
/// # Errors
/// A file that cannot be read, or that nothing of Proxmox VE is.
pub fn read(asked: &Asked) -> Result<(Found, Vec<Source>), Problems> {
    let (mut texts, mut cluster, mut found) = (Texts::default(), Cluster::default(), Found::default());
    for given in &asked.files {
        let Some((file, whole)) = texts.text(given) else { continue };
        if whole.trim_start().starts_with(['[', '{']) {
            let Some(tree) = texts.tree_of(file, whole) else { continue };
            for root in &tree.roots {
                if let Err(diagnostic) = cluster.json(root, &given.name, &mut found) {
                    texts.wrong(*diagnostic);
                }
            }
        } else if ha::is_sections(whole) {
            cluster.sections.extend(ha::sections(whole, file));
        } else if config::is_config(whole) {
            let config = config::of_text(whole, file);
            cluster.configs.push(config::guest(&config, &given.name, file, &mut found));
        } else {
            let at = Place { file, line: 1, column: 1, length: 0 };
            let message = "this is neither a list of resources nor the configuration of a guest";
            let help = "`pvesh get /cluster/resources --output-format json` writes the one, `qm config` and `pct config` \
                        the other";
            texts.wrong(Diagnostic::new(Code::WrongKind, at, message).help(help));
        }
    }
    let sources = texts.finish()?;
    cluster.with_configs(&mut found);
    cluster.settle(asked, &mut found);
    Ok((found, sources))
}

/// Whether a text is the configuration of a guest, or says what high availability is to do.
pub fn is_text(text: &str) -> bool {
    !text.trim_start().starts_with(['[', '{']) && (config::is_config(text) || ha::is_sections(text))
}

impl Cluster {
    /// Takes in a file of JSON.
    fn json(&mut self, root: &Node, name: &str, found: &mut Found) -> Result<(), Box<Diagnostic>> {
        let root = at(root, &["data"]).unwrap_or(root);
        match &root.value {
            Value::List(list) if list.is_empty() || list.iter().any(rows::is_row) => {
                for row in list.iter() {
                    self.row(row, found);
                }
                Ok(())
            }
            Value::Map(_) if config::KEYS.iter().any(|key| root.get(key).is_some()) => {
                let config = config::of_tree(entries(root));
                self.configs.push(config::guest(&config, name, root.at.file, found));
                Ok(())
            }
            Value::Null => Ok(()),
            _ => {
                let message = match root.value {
                    Value::List(_) => "this is no list of resources: no row of it says of which type it is".to_owned(),
                    _ => format!("must be a list of resources, not {}", root.kind_name()),
                };
                let help = "`pvesh get /cluster/resources --output-format json` writes one";
                Err(Box::new(Diagnostic::new(Code::WrongKind, root.at, message).help(help)))
            }
        }
    }

    /// Puts the configurations to the guests that they are of.
    fn with_configs(&mut self, found: &mut Found) {
        let mut by_id: HashMap<u64, Vec<usize>> = HashMap::new();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, guest) in self.guests.iter().enumerate() {
            guest.vmid.into_iter().for_each(|vmid| by_id.entry(vmid).or_default().push(position));
            guest.name.iter().for_each(|name| by_name.entry(name.clone()).or_default().push(position));
        }
        let mut taken = HashSet::new();
        for config in std::mem::take(&mut self.configs) {
            let known = match (config.vmid, &config.name) {
                (Some(vmid), _) => by_id.get(&vmid),
                (None, Some(name)) => by_name.get(name),
                (None, None) => None,
            };
            match known.map(Vec::as_slice) {
                None | Some([]) => self.guests.push(config),
                Some(&[position]) if taken.insert(position) => {
                    if let Some(guest) = self.guests.get_mut(position) {
                        guest.configured(config);
                    }
                }
                Some([_]) => found.refuse(config.called(), "its configuration stands twice", config.at),
                Some(_) => found.refuse(config.called(), "of which of several guests this is, is not said", config.at),
            }
        }
    }

    /// Everything in the names of the cluster.
    fn settle(mut self, asked: &Asked, found: &mut Found) {
        let with_stopped = asked.profiles.iter().any(|profile| profile == STOPPED || profile == "*");
        let stores = Stores::of(&self.storage, found);
        let sections = std::mem::take(&mut self.sections);
        let guests = std::mem::take(&mut self.guests);
        let hosts = self.hosts(&stores, found);
        let mut devices: BTreeMap<String, Figures> = BTreeMap::new();
        let mut projects: BTreeMap<Option<String>, Project> = BTreeMap::new();
        let mut names: HashSet<(Option<String>, String)> = HashSet::new();
        let mut by_id: HashMap<u64, (Option<String>, usize)> = HashMap::new();
        let mut nesting: Vec<(String, Place)> = Vec::new();
        let mut numbers = Numbers::default();
        for guest in guests {
            if let Some(reason) = numbers.refused(&guest, found) {
                found.refuse(guest.called(), reason, guest.at);
                continue;
            }
            let pool = guest.pool.as_ref().map(|(name, _)| name.clone());
            let project = projects
                .entry(pool.clone())
                .or_insert_with(|| Project { name: guest.pool.clone(), ..Project::default() });
            let mut name = guest.called();
            if let (false, Some(vmid)) = (names.insert((pool.clone(), name.clone())), guest.vmid) {
                name = format!("{name} {vmid}");
                names.insert((pool.clone(), name.clone()));
            }
            if let Some((reason, at)) = guest.is_off(with_stopped) {
                found.refuse(&*name, reason, at);
                project.off.push(name);
                continue;
            }
            if guest.nests {
                nesting.push((name.clone(), guest.at));
            }
            if let (Some(vmid), position) = (guest.vmid, project.containers.len()) {
                by_id.insert(vmid, (pool.clone(), position));
            }
            let container = guest.container(name, &hosts, &stores, found);
            found.measured.extend(guest.measured(&container));
            for (host, _) in &container.runs_on {
                let there = devices.entry(host.clone()).or_default();
                for (device, figure) in guest.devices.iter() {
                    let sum = there.entry(device.clone()).or_insert(Figure { value: 0, at: figure.at });
                    sum.value = sum.value.saturating_add(figure.value).min(LARGEST_AMOUNT);
                }
            }
            project.containers.push(container);
        }
        for host in &mut found.hosts {
            for (device, figure) in devices.remove(&host.name).into_iter().flatten() {
                found.notes.push(super::Note {
                    message: format!(
                        "{} has as many `{}` as its guests have now, {}: nothing says whether there are more",
                        quoted(&host.name),
                        device.name(),
                        figure.value
                    ),
                    at: host.at,
                });
                host.capacity.insert(device, figure);
            }
        }
        by_id.retain(|vmid, _| numbers.is_one(*vmid));
        ha::apply(&sections, &mut projects, &by_id, found);
        if let Some((first, at)) = nesting.first() {
            let others = match nesting.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            found.note(
                format!("others can run in {}{others}: the tag `{CARRIER}` makes a guest their carrier", quoted(first)),
                *at,
            );
        }
        found.projects.extend(projects.into_values());
    }

    /// The nodes as hosts; all that are known by name.
    fn hosts(&mut self, stores: &Stores, found: &mut Found) -> HashSet<String> {
        let mut seen = HashSet::new();
        for node in std::mem::take(&mut self.nodes) {
            if !seen.insert(node.name.clone()) {
                found.refuse(node.name, "the node stands twice", node.at);
                continue;
            }
            let is_up = node.status.as_ref().is_none_or(|(status, _)| status == "online");
            if !is_up {
                let status = node.status.as_ref().map_or("", |(status, _)| status.as_str());
                found.refuse(
                    &*node.name,
                    format!("the node is {}: it is no host until it is back", quoted(&shorten(status))),
                    node.at,
                );
                seen.remove(&node.name);
                continue;
            }
            let (Some(cpu), Some(memory)) = (node.cpu, node.memory) else {
                found.refuse(&*node.name, "the node does not say how large it is", node.at);
                seen.remove(&node.name);
                continue;
            };
            let mut capacity = Figures::from([(Resource::Cpu, cpu), (Resource::Memory, memory)]);
            if let Some(disk) = stores.local(&node.name) {
                capacity.insert(Resource::Disk, disk);
            }
            found.hosts.push(Machine {
                name: node.name,
                at: node.at,
                capacity,
                labels: BTreeMap::new(),
                drained: false,
            });
        }
        for (pool, hosts) in stores.pools() {
            let hosts: Vec<String> = hosts.iter().filter(|host| seen.contains(*host)).cloned().collect();
            if hosts.is_empty() {
                found.refuse(&*pool.name, "no node that is a host reaches the storage", pool.at);
                continue;
            }
            found.pools.push(super::found::Pool { hosts, ..pool.clone() });
        }
        seen
    }
}

impl Guest {
    /// Takes over what its configuration says more exactly.
    fn configured(&mut self, config: Guest) {
        self.name = self.name.take().or(config.name);
        self.node = self.node.take().or(config.node);
        self.pool = self.pool.take().or(config.pool);
        self.template = self.template.or(config.template);
        self.status = self.status.take().or(config.status);
        if self.tags.is_empty() {
            self.tags = config.tags;
        }
        self.request.extend(config.request);
        self.limit.extend(config.limit);
        if !self.request.contains_key(&Resource::Cpu) {
            self.limit.remove(&Resource::Cpu);
        }
        self.disks = config.disks;
        self.devices = config.devices;
        self.nests |= config.nests;
    }

    /// Why it is not imported, where it is not.
    fn is_off(&self, with_stopped: bool) -> Option<(String, Place)> {
        if let Some(at) = self.template {
            return Some(("is a template, which never runs".to_owned(), at));
        }
        match &self.status {
            Some((status, at)) if status == "stopped" && !with_stopped => {
                Some((format!("is stopped: `--profile {STOPPED}` imports it all the same"), *at))
            }
            _ => None,
        }
    }

    /// What it takes as it runs.
    fn measured(&self, container: &Container) -> Option<Measured> {
        let (share, memory) = self.taken;
        let whole = container.request.get(&Resource::Cpu).map(|figure| u128::from(figure.value));
        let cpu = whole.zip(share).map(|(whole, share)| (whole * u128::from(share)).div_ceil(1_000_000));
        let cpu = cpu.and_then(|cpu| u64::try_from(cpu).ok());
        let is_running = self.status.as_ref().is_some_and(|(status, _)| status == "running");
        let name = match &self.pool {
            Some((pool, _)) => format!("{pool}/{}", container.name),
            None => container.name.clone(),
        };
        let (cpu, memory) = (Vec::from_iter(cpu), Vec::from_iter(memory));
        let on = self.node.as_ref().map(|(node, _)| node.clone());
        (is_running && !(cpu.is_empty() && memory.is_empty())).then_some(Measured {
            name,
            at: self.at,
            on,
            cpu,
            memory,
            limit: None,
        })
    }

    /// The container that it becomes.
    fn container(&self, name: String, hosts: &HashSet<String>, stores: &Stores, found: &mut Found) -> Container {
        let mut container = Container::new(name, self.at);
        container.request = self.request.clone();
        container.limit = self.limit.clone();
        container.request.extend(self.devices.iter().map(|(device, figure)| (device.clone(), *figure)));
        container.carries = self.tags.iter().any(|tag| tag == CARRIER);
        container.labels = self.tags.iter().map(|tag| (tag.clone(), "yes".to_owned())).collect();
        if let Some((node, at)) = &self.node {
            // Where the files have no nodes, others may.
            if hosts.is_empty() || hosts.contains(node) {
                container.runs_on.push((node.clone(), *at));
            } else {
                found.note(
                    format!("{} is on {}, which is no host: it has no place", quoted(&container.name), quoted(node)),
                    *at,
                );
            }
        }
        let node = self.node.as_ref().map(|(node, _)| node.as_str());
        match stores.lies(node, self.disks.as_deref(), container.request.get(&Resource::Disk).copied()) {
            Ok((disk, pool)) => {
                container.request.remove(&Resource::Disk);
                container.request.extend(disk.map(|disk| (Resource::Disk, disk)));
                container.pool = pool;
            }
            Err((reason, at)) => {
                container.request.remove(&Resource::Disk);
                found.refuse(format!("{}: disk", container.name), reason, at);
            }
        }
        container
    }
}

/// A guest by the number that the cluster knows it by.
fn of_id<'a>(
    vmid: u64,
    projects: &'a mut BTreeMap<Option<String>, Project>,
    by_id: &HashMap<u64, (Option<String>, usize)>,
) -> Option<&'a mut Container> {
    let (pool, position) = by_id.get(&vmid)?;
    projects.get_mut(pool)?.containers.get_mut(*position)
}
