//! A node of a swarm becomes a host.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::amounts;
use super::super::fields::{at, entries, items, text};
use super::super::found::{Avoid, Figure, Figures, Found, Machine, Where};
use super::super::names::spelled;
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Node, Value};
use crate::quantity::{LARGEST_AMOUNT, Resource, shorten};

/// Labels by which a document says what every node has.
const OWN: [&str; 3] = ["role", "os", "arch"];

/// A node.
pub struct SwarmNode {
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) at: Place,
    state: Option<String>,
    drained: bool,
    capacity: Figures,
    labels: BTreeMap<String, (String, Place)>,
}

impl SwarmNode {
    /// The node that `docker node inspect` prints.
    pub fn of(row: &Node, found: &mut Found) -> Option<SwarmNode> {
        let id = text(row, &["ID"]).map(|(id, _)| id.to_owned());
        let Some((name, at)) = text(row, &["Description", "Hostname"]) else {
            found.refuse(id.as_deref().unwrap_or("a node"), "the node has no name", row.at);
            return None;
        };
        let mut node = SwarmNode {
            id,
            name: name.to_owned(),
            at,
            state: text(row, &["Status", "State"]).map(|(state, _)| state.to_owned()),
            drained: text(row, &["Spec", "Availability"]).is_some_and(|(it, _)| matches!(it, "pause" | "drain")),
            capacity: Figures::new(),
            labels: BTreeMap::new(),
        };
        node.labels(row, found);
        let resources = self::at(row, &["Description", "Resources"]);
        let Some(resources) = resources else {
            found.refuse(name, "the node does not say how large it is", at);
            return None;
        };
        if let Some(figure) = nano(resources, false, name, found) {
            node.capacity.insert(Resource::Cpu, figure);
        }
        if let Some(figure) = bytes(resources, name, found) {
            node.capacity.insert(Resource::Memory, figure);
        }
        generic(resources, &mut node.capacity, name, found);
        if !node.capacity.contains_key(&Resource::Cpu) || !node.capacity.contains_key(&Resource::Memory) {
            found.refuse(name, "the node does not say how large it is", at);
            return None;
        }
        Some(node)
    }

    /// What it says of itself, then its own labels, then those of its engine.
    fn labels(&mut self, row: &Node, found: &mut Found) {
        for (label, path) in [
            ("role", ["Spec", "Role"].as_slice()),
            ("os", &["Description", "Platform", "OS"]),
            ("arch", &["Description", "Platform", "Architecture"]),
        ] {
            if let Some((value, at)) = text(row, path) {
                self.labels.insert(label.to_owned(), (value.to_owned(), at));
            }
        }
        for (path, whose) in
            [(["Spec", "Labels"].as_slice(), "node.labels"), (&["Description", "Engine", "Labels"], "engine.labels")]
        {
            for entry in at(row, path).map(entries).unwrap_or_default() {
                let Value::Text(value) = &entry.value.value else { continue };
                match self.labels.get(&*entry.key) {
                    Some((known, _)) if **known == **value => {}
                    Some(_) => {
                        let what = format!("{}: {whose}.{}", self.name, entry.key);
                        let reason = match OWN.contains(&&*entry.key) {
                            true => "a host has this label already, for what the node says of itself",
                            false => "a host has this label already, with what `node.labels` says",
                        };
                        found.refuse(what, reason, entry.at);
                    }
                    None => {
                        self.labels.insert(entry.key.to_string(), (value.to_string(), entry.at));
                    }
                }
            }
        }
    }

    /// Why it is no host now.
    pub fn is_down(&self) -> Option<String> {
        let state = self.state.as_deref().filter(|state| *state != "ready")?;
        Some(format!("the node is {}: it is no host until it is back", quoted(&shorten(state))))
    }

    /// The host that it is.
    pub fn machine(&self) -> Machine {
        Machine {
            name: self.name.clone(),
            at: self.at,
            capacity: self.capacity.clone(),
            labels: self.labels.clone(),
            drained: self.drained,
        }
    }

    /// Its system and its architecture.
    pub fn platform(&self) -> (Option<&str>, Option<&str>) {
        let own = |label: &str| self.labels.get(label).map(|(value, _)| value.as_str());
        (own("os"), own("arch"))
    }

    /// Whether an image for one of these platforms runs on it.
    pub fn runs(&self, platforms: &[(String, String)]) -> bool {
        let own = |label: &str| self.labels.get(label).map(|(value, _)| usual(value));
        platforms.iter().any(|(os, arch)| {
            let is =
                |wanted: &str, own: Option<String>| wanted.is_empty() || own.is_none_or(|own| own == usual(wanted));
            is(os, own("os")) && is(arch, own("arch"))
        })
    }
}

/// The name of an architecture that others stand for.
fn usual(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "x86_64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        other => other.to_owned(),
    }
}

/// A node as `docker node ls` prints it: what it is called, its id, and where.
pub fn of_list(row: &Node) -> Option<(String, Option<String>, Place)> {
    let (name, at) = text(row, &["Hostname"])?;
    Some((name.to_owned(), text(row, &["ID"]).map(|(id, _)| id.to_owned()), at))
}

/// Billionths of a processor, here thousandths; what is asked for is rounded up, what there is down.
pub fn nano(resources: &Node, is_asked: bool, what: &str, found: &mut Found) -> Option<Figure> {
    const MILLI: u64 = 1_000_000;
    let figure = whole(resources, "NanoCPUs", what, found)?;
    let value = if is_asked { figure.value.div_ceil(MILLI) } else { figure.value / MILLI };
    (value > 0).then_some(Figure { value, ..figure })
}

/// Bytes of memory.
pub fn bytes(resources: &Node, what: &str, found: &mut Found) -> Option<Figure> {
    whole(resources, "MemoryBytes", what, found)
}

fn whole(node: &Node, key: &str, what: &str, found: &mut Found) -> Option<Figure> {
    let (text, at) = text(node, &[key])?;
    let within = |value: u64| match value <= LARGEST_AMOUNT {
        true => Ok(value),
        false => Err(format!("is above the limit of {LARGEST_AMOUNT}")),
    };
    match amounts::whole(text).and_then(within) {
        Ok(0) => None,
        Ok(value) => Some(Figure { value, at }),
        Err(why) => {
            found.refuse(format!("{what}: {key}"), format!("{} {why}", quoted(&shorten(text))), at);
            None
        }
    }
}

/// Generic resources: so many of a kind, or each with a name of its own.
pub fn generic(resources: &Node, to: &mut Figures, what: &str, found: &mut Found) {
    for one in at(resources, &["GenericResources"]).map(items).unwrap_or_default() {
        let kind = |spec: &str| text(one, &[spec, "Kind"]).map(|(kind, _)| resource(kind));
        if let Some(kind) = kind("DiscreteResourceSpec") {
            let spec = at(one, &["DiscreteResourceSpec"]).unwrap_or(one);
            if let Some(figure) = whole(spec, "Value", &format!("{what}: {}", kind.name()), found) {
                add(to, kind, figure);
            }
        } else if let Some(kind) = kind("NamedResourceSpec") {
            add(to, kind, Figure { value: 1, at: one.at });
        } else {
            found.refuse(format!("{what}: GenericResources"), "says no kind and number", one.at);
        }
    }
}

fn add(to: &mut Figures, resource: Resource, figure: Figure) {
    let sum = to.entry(resource).or_insert(Figure { value: 0, at: figure.at });
    sum.value = sum.value.saturating_add(figure.value).min(LARGEST_AMOUNT);
}

/// The name of a document for a kind of resource.
fn resource(kind: &str) -> Resource {
    let name = spelled(kind, "device");
    // Keys of their own in a document.
    match ["cpu", "memory", "disk", "containers"].contains(&name.as_str()) {
        true => Resource::Named(format!("{name}-device")),
        false => Resource::Named(name),
    }
}

/// How nodes spell what containers ask of their hosts: a swarm does not tell small letters from capitals.
pub struct Spelling {
    /// By the name in small letters; nothing where several are alike.
    hosts: HashMap<String, Option<String>>,
    /// By label and the value in small letters.
    values: HashMap<(String, String), BTreeSet<String>>,
}

impl Spelling {
    /// That of these nodes.
    pub fn of(nodes: &[&SwarmNode]) -> Spelling {
        let mut spelling = Spelling { hosts: HashMap::new(), values: HashMap::new() };
        for node in nodes {
            let there = spelling.hosts.entry(node.name.to_ascii_lowercase());
            there.and_modify(|name| *name = None).or_insert_with(|| Some(node.name.clone()));
            for (label, (value, _)) in &node.labels {
                let key = (label.clone(), value.to_ascii_lowercase());
                spelling.values.entry(key).or_default().insert(value.clone());
            }
        }
        spelling
    }

    /// Writes what a container asks as the nodes have it.
    pub fn put(&self, place: &mut Where) {
        let host = |name: &mut String| {
            if let Some(Some(known)) = self.hosts.get(&name.to_ascii_lowercase()) {
                name.clone_from(known);
            }
        };
        let value = |label: &str, value: &mut String| {
            let known = self.values.get(&(label.to_owned(), value.to_ascii_lowercase()));
            if let Some(first) = known.filter(|known| !known.contains(value)).and_then(BTreeSet::first) {
                value.clone_from(first);
            }
        };
        if let Some((name, _)) = &mut place.host {
            host(name);
        }
        place.labels.iter_mut().for_each(|(label, (text, _))| value(label, text));
        for (avoid, _) in &mut place.avoid {
            match avoid {
                Avoid::Host(name) => host(name),
                Avoid::Label(label, text) => value(label, text),
            }
        }
    }
}
