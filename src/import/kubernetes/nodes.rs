//! Nodes become hosts, and say which of them a pod may run on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::demand::{Demand, Expression, Subject, Taint};
use super::fields::{at, entries, is_true, list, own, pairs, text, wrong};
use super::objects::Object;
use super::words::{HOSTNAME, Labels, Resources};
use crate::diagnostic::{Place, is_unseen, quoted};
use crate::import::amounts::kubernetes;
use crate::import::found::{Figure, Figures, Found, Machine};
use crate::model::Layout;
use crate::quantity::Resource;

/// Taints that say how a node is just now; it is to take nothing new.
const STATES: [&str; 8] = [
    "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/network-unavailable",
    "node.kubernetes.io/out-of-service",
];

/// The longest value of a label that is carried over. Kubernetes allows 63 characters.
const LONGEST_VALUE: usize = 253;

/// The hosts that are known.
#[derive(Debug, Default)]
pub struct Nodes {
    /// All of them.
    pub all: Vec<Node>,
    allowed: HashMap<Demand, Rc<BTreeSet<usize>>>,
    by_name: HashMap<String, usize>,
}

/// A host, as far as it decides what may run there.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// By what it calls itself, where that is another name.
    hostname: Option<String>,
    /// Its labels, by the names that a document has for them.
    pub labels: BTreeMap<String, String>,
    /// What keeps containers away.
    pub taints: Vec<Taint>,
}

impl Node {
    /// Whether a taint that is not tolerated keeps a pod away for good.
    pub fn repels(&self, demand: &Demand) -> bool {
        self.taints
            .iter()
            .any(|taint| taint.effect != "PreferNoSchedule" && !demand.tolerations.iter().any(|it| it.tolerates(taint)))
    }

    /// Whether a taint that is not tolerated had better keep a pod away.
    pub fn discourages(&self, demand: &Demand) -> bool {
        self.taints
            .iter()
            .any(|taint| taint.effect == "PreferNoSchedule" && !demand.tolerations.iter().any(|it| it.tolerates(taint)))
    }

    /// Whether all of a term holds.
    pub fn is(&self, term: &[Expression]) -> bool {
        term.iter().all(|one| match &one.subject {
            Subject::Label(label) => one.holds(self.labels.get(label).map(String::as_str)),
            Subject::Host => {
                one.holds(Some(&self.name)) || self.hostname.as_deref().is_some_and(|it| one.holds(Some(it)))
            }
        })
    }

    /// Whether it has what is demanded, whatever its taints.
    pub fn suits(&self, demand: &Demand) -> bool {
        let has = |(label, value): (&String, &String)| self.labels.get(label) == Some(value);
        demand.labels.iter().all(has)
            && demand.keys.iter().all(|key| self.labels.contains_key(key))
            && demand.host.as_ref().is_none_or(|host| *host == self.name || Some(host) == self.hostname.as_ref())
            && demand.terms.as_ref().is_none_or(|terms| terms.iter().any(|term| self.is(term)))
    }

    /// Its value of a topology: itself, or that of a label.
    pub fn domain(&self, topology: &str) -> Option<&str> {
        if topology == crate::import::found::EACH_HOST {
            return Some(&self.name);
        }
        self.labels.get(topology).map(String::as_str)
    }
}

impl Nodes {
    /// The hosts of a document besides, which have no taints.
    pub fn with_document(&mut self, layout: &Layout) {
        for host in layout.lab.hosts.iter() {
            let (name, labels) = (host.name.clone(), host.labels.clone());
            self.push(Node { name, labels, ..Node::default() });
        }
    }

    fn push(&mut self, node: Node) {
        self.by_name.entry(node.name.clone()).or_insert(self.all.len());
        self.all.push(node);
    }

    /// The hosts on which what demands this may run.
    pub fn allowed(&mut self, demand: &Demand) -> Rc<BTreeSet<usize>> {
        if let Some(known) = self.allowed.get(demand) {
            return Rc::clone(known);
        }
        let may = |(_, node): &(usize, &Node)| node.suits(demand) && !node.repels(demand);
        let allowed: Rc<BTreeSet<usize>> = Rc::new(self.all.iter().enumerate().filter(may).map(|(at, _)| at).collect());
        self.allowed.insert(demand.clone(), Rc::clone(&allowed));
        allowed
    }

    /// The host of that name.
    pub fn of_name(&self, name: &str) -> Option<&Node> {
        self.all.get(*self.by_name.get(name)?)
    }
}

/// The labels of all nodes, as they call them.
pub fn raw_labels(objects: &[Object]) -> impl Iterator<Item = String> {
    let nodes = objects.iter().filter(|object| is_node(object));
    nodes.flat_map(|object| entries(&object.node, &["metadata", "labels"]).iter().map(|entry| entry.key.to_string()))
}

/// Whether it is a node.
pub fn is_node(object: &Object) -> bool {
    object.kind == "Node" && object.group.is_empty()
}

/// Takes the nodes as hosts.
pub fn read(objects: &[Object], labels: &mut Labels, resources: &mut Resources, nodes: &mut Nodes, found: &mut Found) {
    let mut volumes: Option<Place> = None;
    for object in objects.iter().filter(|object| is_node(object)) {
        if nodes.of_name(&object.name).is_some() {
            found.refuse(&*object.name, "a node of this name stands here a second time: the first is taken", object.at);
            continue;
        }
        let Some(capacity) = capacity(object, resources, &mut volumes, found) else { continue };
        let (own, said) = own_labels(object, labels, found);
        let (taints, drained) = taints(object, found);
        let hostname = pairs(&object.node, &["metadata", "labels"]).find(|(entry, _)| &*entry.key == HOSTNAME);
        let hostname = hostname.map(|(_, name)| name.to_owned()).filter(|name| *name != object.name);
        nodes.push(Node { name: object.name.clone(), hostname, labels: own, taints });
        let machine = Machine { name: object.name.clone(), at: object.at, capacity, labels: said, drained };
        found.hosts.push(machine);
    }
    if let Some(at) = volumes {
        found.note("how many volumes a node can attach is not counted", at);
    }
}

/// What a node has for pods: what is allocatable, else all of it.
fn capacity(
    object: &Object,
    resources: &mut Resources,
    volumes: &mut Option<Place>,
    found: &mut Found,
) -> Option<Figures> {
    let Some(status) = at(&object.node, &["status"]) else {
        found.refuse(&*object.name, "says nothing of what is `allocatable`", object.at);
        return None;
    };
    let mut said = entries(status, &["allocatable"]);
    if said.is_empty() {
        said = entries(status, &["capacity"]);
        if said.is_empty() {
            found.refuse(&*object.name, "says nothing of what is `allocatable`", object.at);
            return None;
        }
        let message =
            format!("{} says nothing of what is `allocatable`: its `capacity` is taken", quoted(&object.name));
        found.note(message, object.at);
    }
    let mut capacity = Figures::new();
    for entry in said {
        if entry.key.starts_with("attachable-volumes-") {
            volumes.get_or_insert(entry.at);
            continue;
        }
        let what = || format!("{}: {}", object.name, entry.key);
        let Some(text) = own(&entry.value) else {
            found.refuse(what(), format!("must be an amount, not {}", entry.value.kind_name()), entry.at);
            continue;
        };
        let resource = match resources.of(&entry.key) {
            Ok(resource) => resource,
            Err(reason) => {
                found.refuse(what(), reason, entry.at);
                continue;
            }
        };
        match kubernetes(text, unit(&resource), false, &resource) {
            Ok(value) if value > 0 || resource.is_usual() || resource == Resource::Containers => {
                capacity.insert(resource, Figure { value, at: entry.value.at });
            }
            Ok(_) => {}
            Err(reason) => found.refuse(what(), wrong(text, &reason), entry.value.at),
        }
    }
    Some(capacity)
}

/// How many base units are one of what Kubernetes counts.
pub fn unit(resource: &Resource) -> u64 {
    if *resource == Resource::Cpu { 1000 } else { 1 }
}

type Own = BTreeMap<String, String>;
type Said = BTreeMap<String, (String, Place)>;

/// The labels of a node by the names that a document has for them.
fn own_labels(object: &Object, labels: &mut Labels, found: &mut Found) -> (Own, Said) {
    let (mut own, mut said) = (Own::new(), Said::new());
    for (entry, value) in pairs(&object.node, &["metadata", "labels"]) {
        // That is its name.
        if &*entry.key == HOSTNAME {
            continue;
        }
        if value.len() > LONGEST_VALUE || value.chars().any(is_unseen) {
            let what = format!("{}: {}", object.name, entry.key);
            found.refuse(what, "its value is none that a label can have", entry.at);
            continue;
        }
        let name = labels.name(&entry.key);
        // Of labels with one name in a document, the newer spelling says it.
        if entry.key.contains("beta.kubernetes.io/") && own.contains_key(&name) {
            continue;
        }
        own.insert(name.clone(), value.to_owned());
        said.insert(name, (value.to_owned(), entry.value.at));
    }
    (own, said)
}

/// What keeps containers away from a node, and whether it is to take nothing new.
fn taints(object: &Object, found: &mut Found) -> (Vec<Taint>, bool) {
    let mut all = Vec::new();
    let mut state: Option<(String, Place)> = None;
    for node in list(&object.node, &["spec", "taints"]) {
        let said = |key: &str| text(node, &[key]).unwrap_or("").to_owned();
        let taint = Taint { key: said("key"), value: said("value"), effect: said("effect") };
        let known = ["NoSchedule", "NoExecute", "PreferNoSchedule"].contains(&taint.effect.as_str());
        if STATES.contains(&taint.key.as_str()) && known {
            state.get_or_insert((taint.key, node.at));
        } else if known {
            all.push(taint);
        } else {
            found.refuse(format!("{}: taint", object.name), "its effect is not known", node.at);
        }
    }
    let cordoned = is_true(&object.node, &["spec", "unschedulable"]);
    let name = quoted(&object.name);
    let ready = list(&object.node, &["status", "conditions"]).iter().find(|it| text(it, &["type"]) == Some("Ready"));
    let unready = ready.filter(|it| text(it, &["status"]).is_some_and(|status| status != "True"));
    match (&state, unready) {
        _ if cordoned => found.note(format!("{name} is cordoned: it takes nothing new"), object.at),
        (_, Some(unready)) => found.note(format!("{name} is not ready: it takes nothing new"), unready.at),
        (Some((state, at)), None) => {
            found.note(format!("{name} has the taint {}: it takes nothing new", quoted(state)), *at);
        }
        (None, None) => {}
    }
    all.sort();
    (all, cordoned || state.is_some() || unready.is_some())
}
