//! Incus and LXD: `list --format json`, `cluster list --format json`, what members have (`query /1.0/resources`,
//! `query /1.0/cluster/members/NAME/state`), and the answers that `admin init --preseed` reads.

mod instance;
mod member;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Asked;
use super::fields::{at, items, text};
use super::found::{Figures, Found, Project};
use super::texts::Texts;
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::document::tree::{Node, Value};
use crate::document::{Problems, Source};
use crate::quantity::Resource;
use member::Member;

/// The profile that imports what is stopped, too.
const STOPPED: &str = "stopped";

/// What the location of an instance is where there is no cluster.
const NOWHERE: &[&str] = &["", "none"];

/// All that the files say.
#[derive(Default)]
struct Daemon {
    instances: Vec<Node>,
    members: Vec<Member>,
    /// What hosts have: the name of the file, and what it says.
    capacities: Vec<(String, Place, Figures)>,
    /// Profiles, by project and name.
    profiles: HashMap<(String, String), Node>,
    /// The name of the one host, where an answer says it.
    server: Option<(String, Place)>,
}

/// What the files have, and their texts.
///
/// # Errors
/// A file that cannot be read, or that nothing of Incus is.
pub fn read(asked: &Asked) -> Result<(Found, Vec<Source>), Problems> {
    let (mut texts, mut daemon, mut found) = (Texts::default(), Daemon::default(), Found::default());
    for given in &asked.files {
        let Some(tree) = texts.tree(given) else { continue };
        let stem = given.name.rsplit('/').next().unwrap_or("");
        let stem = stem.split('.').next().unwrap_or(stem);
        for root in &tree.roots {
            if let Err(diagnostic) = daemon.file(root, stem, &mut found) {
                texts.wrong(*diagnostic);
            }
        }
    }
    let sources = texts.finish()?;
    daemon.settle(asked, &mut found);
    Ok((found, sources))
}

fn has(node: &Node, keys: &[&str]) -> bool {
    keys.iter().all(|key| node.get(key).is_some())
}

fn is_instance(node: &Node) -> bool {
    has(node, &["expanded_devices"]) || has(node, &["config", "devices", "profiles"]) && !has(node, &["storage_pools"])
}

/// Whether a row of a list is an instance, of which not all is said.
fn is_listed(node: &Node) -> bool {
    let any = ["config", "devices", "profiles", "expanded_config", "expanded_devices", "location", "status_code"];
    has(node, &["name"]) && any.iter().any(|key| node.get(key).is_some())
}

fn is_member(node: &Node) -> bool {
    has(node, &["server_name", "url"]) || has(node, &["server_name", "roles"])
}

fn is_resources(node: &Node) -> bool {
    has(node, &["cpu", "memory"]) && at(node, &["memory", "total"]).is_some() && at(node, &["cpu", "total"]).is_some()
}

fn is_state(node: &Node) -> bool {
    at(node, &["sysinfo", "total_ram"]).is_some()
}

fn is_preseed(node: &Node) -> bool {
    has(node, &["storage_pools"]) && !has(node, &["sysinfo"]) || has(node, &["cluster"]) && has(node, &["config"])
}

impl Daemon {
    /// Takes in a file.
    fn file(&mut self, root: &Node, stem: &str, found: &mut Found) -> Result<(), Box<Diagnostic>> {
        // As `query` and the interface itself wrap it.
        let root = root.get("metadata").filter(|_| root.get("type").is_some()).map_or(root, |entry| &entry.value);
        match &root.value {
            Value::List(list) if list.is_empty() || list.iter().any(|node| is_member(node) || is_listed(node)) => {
                for node in list.iter() {
                    if is_member(node) {
                        self.members.extend(Member::of(node, found));
                    } else if matches!(node.value, Value::Map(_)) {
                        self.instances.push(node.clone());
                    } else {
                        found.refuse("an instance", format!("must be a map, not {}", node.kind_name()), node.at);
                    }
                }
                Ok(())
            }
            Value::Null => Ok(()),
            Value::Map(_) if is_state(root) => {
                self.capacities.push((stem.to_owned(), root.at, member::of_state(root, stem, found)));
                Ok(())
            }
            Value::Map(_) if is_resources(root) => {
                self.capacities.push((stem.to_owned(), root.at, member::of_resources(root, stem, found)));
                Ok(())
            }
            Value::Map(_) if is_instance(root) => {
                self.instances.push(root.clone());
                Ok(())
            }
            Value::Map(_) if is_member(root) => {
                self.members.extend(Member::of(root, found));
                Ok(())
            }
            Value::Map(_) if is_preseed(root) => {
                self.preseed(root, found);
                Ok(())
            }
            _ => {
                let message = "this is neither a list of instances nor of members of a cluster";
                let help = "`incus list --format json` writes the one, `incus cluster list --format json` the other; \
                            `lxc` does likewise";
                Err(Box::new(Diagnostic::new(Code::WrongKind, root.at, message).help(help)))
            }
        }
    }

    /// What `admin init --preseed` is told: the profiles, the storage, and what the host is called.
    fn preseed(&mut self, root: &Node, found: &mut Found) {
        for profile in at(root, &["profiles"]).map(items).unwrap_or_default() {
            if let Some((name, _)) = text(profile, &["name"]) {
                let project = text(profile, &["project"]).map_or("default", |(project, _)| project);
                self.profiles.insert((project.to_owned(), name.to_owned()), profile.clone());
            }
        }
        if let Some((name, at)) = text(root, &["cluster", "server_name"]) {
            self.server = Some((name.to_owned(), at));
        }
        member::note_storage(root, found);
    }

    /// Everything in the names of the daemon.
    fn settle(mut self, asked: &Asked, found: &mut Found) {
        let with_stopped = asked.profiles.iter().any(|profile| profile == STOPPED || profile == "*");
        let lone = self.hosts(found);
        let memory: HashMap<String, u64> = found
            .hosts
            .iter()
            .filter_map(|host| Some((host.name.clone(), host.capacity.get(&Resource::Memory)?.value)))
            .collect();
        let names: HashSet<String> =
            self.instances.iter().filter_map(|node| Some(text(node, &["name"])?.0.to_owned())).collect();
        let several = self.instances.iter().any(|node| instance::project(node) != instance::DEFAULT_PROJECT);
        let mut projects: BTreeMap<String, Project> = BTreeMap::new();
        let mut seen: HashSet<(String, String, String)> = HashSet::new();
        let (mut nesting, mut carriers) = (Vec::new(), HashSet::new());
        for node in &self.instances {
            let reader = instance::Reader { node, profiles: &self.profiles, memory: &memory, lone: lone.as_deref() };
            let project = reader.project();
            let at = text(node, &["project"]).map_or(node.at, |(_, at)| at);
            let there = projects
                .entry(project.to_owned())
                .or_insert_with(|| Project { name: several.then(|| (project.to_owned(), at)), ..Project::default() });
            let Some((name, _)) = text(node, &["name"]) else {
                found.refuse("an instance", "has no name", node.at);
                continue;
            };
            let location = reader.location().map_or("", |(location, _)| location);
            if !seen.insert((project.to_owned(), location.to_owned(), name.to_owned())) {
                found.refuse(name, "the instance stands twice", node.at);
                continue;
            }
            if let (true, Some(at)) = (!with_stopped, reader.stopped()) {
                found.refuse(name, format!("is stopped: `--profile {STOPPED}` imports it all the same"), at);
                there.off.push(name.to_owned());
                continue;
            }
            let mut container = reader.container(name, found);
            match reader.location() {
                Some((location, _)) if NOWHERE.contains(&location) => {}
                // Nothing is located at itself: this is a member that is called alike.
                Some((location, at))
                    if memory.contains_key(location) || !names.contains(location) || location == name =>
                {
                    container.runs_on.push((location.to_owned(), at));
                }
                // A member of a cluster that is itself an instance of these files.
                Some((location, at)) => {
                    container.inside = Some((location.to_owned(), at));
                    carriers.insert(location.to_owned());
                }
                None => {}
            }
            if let (true, Some(lone)) = (container.runs_on.is_empty() && container.inside.is_none(), &lone) {
                container.runs_on.push((lone.clone(), node.at));
            }
            if reader.nests() {
                nesting.push((name.to_owned(), node.at));
            }
            there.containers.push(container);
        }
        for container in projects.values_mut().flat_map(|project| &mut project.containers) {
            container.carries |= carriers.contains(&container.name);
        }
        nesting.retain(|(name, _)| !carriers.contains(name));
        if let Some((first, at)) = nesting.first() {
            let others = match nesting.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            found.note(format!("others can run in {}{others}: `security.nesting` is on", quoted(first)), *at);
        }
        found.projects.extend(projects.into_values());
    }

    /// The members as hosts, with what they have; the name of the one host, where there is but one.
    fn hosts(&mut self, found: &mut Found) -> Option<String> {
        let members = std::mem::take(&mut self.members);
        let mut capacities = std::mem::take(&mut self.capacities);
        let is_lone = members.len() <= 1 && capacities.len() == 1;
        let mut seen = HashSet::new();
        for member in &members {
            if !seen.insert(member.name.clone()) {
                found.refuse(&*member.name, "the member stands twice", member.at);
                continue;
            }
            let fits = |stem: &str| stem == member.name || has_part(stem, &member.name);
            // The longest name is meant: `node-10` is no file of `node-1`.
            let position = capacities.iter().position(|(stem, _, _)| {
                is_lone
                    || fits(stem)
                        && !members.iter().any(|it| it.name.len() > member.name.len() && has_part(stem, &it.name))
            });
            let capacity = position.map(|position| capacities.remove(position).2);
            if let Some(machine) = member.machine(capacity, found) {
                found.hosts.push(machine);
            }
        }
        if members.is_empty() && is_lone {
            let (stem, at, capacity) = capacities.remove(0);
            let (name, at) = self.server.clone().unwrap_or((stem, at));
            found.hosts.push(member::machine(name.clone(), at, capacity));
            return Some(name);
        }
        for (stem, at, capacity) in capacities {
            if members.is_empty() {
                // The files are called as the hosts are.
                found.hosts.push(member::machine(stem, at, capacity));
            } else {
                found.refuse(stem, "of which member this is, the name of the file does not say", at);
            }
        }
        None
    }
}

/// Whether a name is part of another, between hyphens or at its ends.
fn has_part(whole: &str, part: &str) -> bool {
    let ends = |text: &str, last: bool| {
        let next = if last { text.chars().next_back() } else { text.chars().next() };
        next.is_none_or(|c| !c.is_alphanumeric())
    };
    whole.match_indices(part).any(|(position, _)| {
        let before = whole.get(..position).unwrap_or("");
        let behind = whole.get(position + part.len()..).unwrap_or("");
        !part.is_empty() && ends(before, true) && ends(behind, false)
    })
}
