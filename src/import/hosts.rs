//! The hosts that are known, by the names that they have in the document: those of the files, and those of the document
//! that is added to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::found::{Avoid, Bound, EACH_HOST, Found, Machine, Refused, Where, Wished};
use super::names::{spelled, unique};
use super::report::Host;
use super::settle::{LONGEST_TEXT, MOST_NAMED};
use crate::diagnostic::{Place, quoted};
use crate::model::{Layout, MOST_HOSTS};
use crate::quantity::{LARGEST_AMOUNT, LARGEST_SUM, Resource, shorten};

/// Words that mean something by themselves where a label is named.
const RESERVED: [&str; 3] = ["carrier", "host", "lab"];

/// What is known of hosts.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// Those there are; `None` where nobody says any: there are placeholders then.
    known: Option<Vec<Known>>,
    /// By their own name, and by that of their kind.
    by_name: HashMap<String, Vec<usize>>,
    /// The names in the document of what files name.
    names: HashMap<String, String>,
    /// The labels in the document of those of files.
    labels: BTreeMap<String, String>,
    /// The named resources that any of them has.
    resources: BTreeSet<Resource>,
}

/// A host, as far as that decides who may run there.
#[derive(Clone, Debug)]
struct Known {
    name: String,
    labels: BTreeMap<String, String>,
}

/// What the hosts of the files become.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// What is known of all.
    pub hosts: Hosts,
    /// Those that the document does not have yet.
    pub added: Vec<Host>,
    /// What cannot be carried over.
    pub refused: Vec<Refused>,
    /// What is worth knowing.
    pub notes: Vec<(String, Place)>,
}

/// Settles the hosts of the files beside those of the document.
pub fn settle(found: &Found, layout: Option<&Layout>) -> Settled {
    let mut settled = Settled::default();
    settled.labels(found);
    if let Some(layout) = layout {
        let lab = &layout.lab;
        settled.hosts.known = Some(Vec::new());
        for host in &lab.hosts {
            settled.hosts.know(&host.name, &host.kind, host.labels.clone());
        }
        let named = lab.resources.iter().map(|counted| &counted.resource).filter(|resource| resource.is_named());
        settled.hosts.resources.extend(named.cloned());
    }
    settled.machines(found, layout);
    if settled.hosts.known.is_none() {
        settled.hosts.placeholders(found);
    }
    settled
}

impl Settled {
    fn refuse(&mut self, what: String, reason: impl Into<String>, at: Place) {
        self.refused.push(Refused { what, reason: reason.into(), at });
    }

    /// Gives every label of the files its name.
    fn labels(&mut self, found: &Found) {
        let mut all: BTreeMap<&str, Place> = BTreeMap::new();
        let mut add = |label, at| {
            all.entry(label).or_insert(at);
        };
        for host in &found.hosts {
            host.labels.iter().for_each(|(label, (_, at))| add(label.as_str(), *at));
        }
        for container in found.projects.iter().flat_map(|project| &project.containers) {
            let Where { labels, spread, apart, even, wishes, avoid, .. } = &container.place;
            labels.iter().for_each(|(label, (_, at))| add(label.as_str(), *at));
            let each = spread.iter().chain(apart).map(|(label, at)| (label, at));
            let each = each.chain(even.iter().map(|(label, _, at)| (label, at)));
            each.filter(|(label, _)| !is_host(label)).for_each(|(label, at)| add(label.as_str(), *at));
            for wish in wishes {
                match &wish.what {
                    Wished::Labels(labels) => labels.keys().for_each(|label| add(label.as_str(), wish.at)),
                    Wished::Apart(label) | Wished::Even(label, _) if !is_host(label) => add(label.as_str(), wish.at),
                    _ => {}
                }
            }
            for (avoid, at) in avoid {
                if let Avoid::Label(label, _) = avoid {
                    add(label.as_str(), *at);
                }
            }
        }
        for bond in &found.bonds {
            if let Bound::AtMost(_, label) = &bond.kind
                && !is_host(label)
            {
                all.entry(label.as_str()).or_insert(bond.at);
            }
        }
        let names = unique(all.keys().copied(), &RESERVED.into_iter().collect(), "label");
        for ((label, at), name) in all.into_iter().zip(names) {
            if label != name {
                self.notes.push((format!("the label {} is `{name}` in the document", quoted(label)), at));
            }
            self.hosts.labels.insert(label.to_owned(), name);
        }
    }

    /// The hosts of the files: those that are not there are added.
    fn machines(&mut self, found: &Found, layout: Option<&Layout>) {
        if found.hosts.is_empty() {
            return;
        }
        self.hosts.known.get_or_insert_default();
        let mut machines: Vec<&Machine> = Vec::new();
        for machine in &found.hosts {
            if self.hosts.names.contains_key(&machine.name) {
                let message = format!("{} is there twice: what is said first is taken", quoted(&machine.name));
                self.notes.push((message, machine.at));
                continue;
            }
            let there = [machine.name.clone(), spelled(&machine.name, "host")];
            let there = there.iter().find_map(|name| layout?.lab.hosts.iter().find(|host| host.name == *name));
            self.hosts.names.insert(machine.name.clone(), String::new());
            match (there, layout) {
                (Some(there), Some(layout)) => {
                    self.hosts.names.insert(machine.name.clone(), there.name.clone());
                    self.compare(machine, there, layout);
                }
                _ => machines.push(machine),
            }
        }
        let taken: BTreeSet<&str> = layout.map_or_else(BTreeSet::new, |layout| {
            layout.lab.hosts.iter().flat_map(|host| [host.name.as_str(), host.kind.as_str()]).collect()
        });
        let names = unique(machines.iter().map(|machine| machine.name.as_str()), &taken, "host");
        let mut sums = layout.map_or_else(BTreeMap::new, sums);
        let mut count = layout.map_or(0, |layout| layout.lab.hosts.len() as u64);
        for (machine, name) in machines.into_iter().zip(names) {
            if count >= MOST_HOSTS {
                self.hosts.names.remove(&machine.name);
                self.refuse(machine.name.clone(), format!("there would be more than {MOST_HOSTS} hosts"), machine.at);
                continue;
            }
            count += 1;
            if name != machine.name {
                let message = format!("the host {} is `{name}` in the document", quoted(&machine.name));
                self.notes.push((message, machine.at));
            }
            self.hosts.names.insert(machine.name.clone(), name.clone());
            let capacity = self.capacity(machine, &mut sums);
            let labels = self.labels_of(machine);
            self.hosts.know(&name, &name, labels.clone());
            let title = (name != machine.name).then(|| machine.name.clone());
            self.added.push(Host { name, title, at: machine.at, capacity, labels, drained: machine.drained });
        }
    }

    /// Says where a host is said to be another than in the document.
    fn compare(&mut self, machine: &Machine, there: &crate::model::Host, layout: &Layout) {
        let mut others = Vec::new();
        for (resource, figure) in &machine.capacity {
            let Some(index) = layout.lab.resource_index(resource) else { continue };
            let known = there.capacity[index];
            if known != figure.value && layout.lab.resources[index].resource == *resource {
                let [own, known] = [figure.value, known].map(|amount| resource.show(amount));
                others.push(format!("{own} of {} here and {known} there", resource.name()));
            }
        }
        if machine.drained && there.state == crate::model::HostState::Up {
            others.push("drained here and not there".to_owned());
        }
        if !others.is_empty() {
            let message =
                format!("the host `{}` stays as the document has it: {}", shorten(&there.name), others.join(", "));
            self.notes.push((message, machine.at));
        }
    }

    /// What a host has, as far as a document can say that.
    fn capacity(&mut self, machine: &Machine, sums: &mut BTreeMap<Resource, u128>) -> BTreeMap<Resource, u64> {
        let mut capacity = BTreeMap::new();
        for (resource, figure) in &machine.capacity {
            let what = || format!("{}: {}", machine.name, resource.name());
            let sum = sums.entry(resource.clone()).or_insert(0);
            let count = self.hosts.resources.len();
            let (limit, wrong) = if *resource == Resource::Containers {
                // As many as there can be are no budget.
                if figure.value >= crate::document::keys::MOST_CONTAINERS {
                    continue;
                }
                (crate::document::keys::MOST_CONTAINERS, false)
            } else {
                let is_new = resource.is_named() && !self.hosts.resources.contains(resource);
                let name = resource.name();
                let other = |it: &Resource| it.name() == name && it != resource;
                (LARGEST_AMOUNT, is_new && (count >= MOST_NAMED || self.hosts.resources.iter().any(other)))
            };
            if wrong {
                self.refuse(what(), "the document counts it otherwise, or has too many already", figure.at);
            } else if figure.value > limit || *sum + u128::from(figure.value) > u128::from(LARGEST_SUM) {
                self.refuse(what(), "is more than is counted exactly", figure.at);
            } else {
                *sum += u128::from(figure.value);
                if resource.is_named() {
                    self.hosts.resources.insert(resource.clone());
                }
                capacity.insert(resource.clone(), figure.value);
            }
        }
        for resource in [Resource::Cpu, Resource::Memory] {
            if !machine.capacity.contains_key(&resource) {
                let (name, resource) = (quoted(&machine.name), resource.name());
                let message =
                    format!("how much {resource} the host {name} has is not said: in the document it has none");
                self.notes.push((message, machine.at));
            }
        }
        capacity
    }

    fn labels_of(&mut self, machine: &Machine) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::new();
        for (label, (value, at)) in &machine.labels {
            if value.len() > LONGEST_TEXT {
                let reason = format!("is a text of more than {LONGEST_TEXT} bytes, the limit");
                self.refuse(format!("{}: {label}", machine.name), reason, *at);
                continue;
            }
            let name = self.hosts.label(label);
            labels.insert(name, value.clone());
        }
        labels
    }
}

/// What all hosts of a document have together.
fn sums(layout: &Layout) -> BTreeMap<Resource, u128> {
    let mut sums = BTreeMap::new();
    for host in &layout.lab.hosts {
        for (counted, amount) in layout.lab.resources.iter().zip(&host.capacity) {
            *sums.entry(counted.resource.clone()).or_insert(0) += u128::from(*amount);
        }
    }
    sums
}

/// Whether a label means each host by itself.
pub fn is_host(label: &str) -> bool {
    label == EACH_HOST
}

impl Hosts {
    /// Whether any are known: those of placeholders are not.
    pub fn is_known(&self) -> bool {
        self.known.is_some()
    }

    fn know(&mut self, name: &str, kind: &str, labels: BTreeMap<String, String>) {
        let known = self.known.get_or_insert_default();
        let at = known.len();
        known.push(Known { name: name.to_owned(), labels });
        self.by_name.entry(name.to_owned()).or_default().push(at);
        if kind != name {
            self.by_name.entry(kind.to_owned()).or_default().push(at);
        }
    }

    /// Names for the hosts that containers are bound to, where nobody says which there are.
    fn placeholders(&mut self, found: &Found) {
        let mut all: BTreeSet<&str> = BTreeSet::new();
        for container in found.projects.iter().flat_map(|project| &project.containers) {
            let Where { host, among, .. } = &container.place;
            all.extend(host.iter().map(|(host, _)| host.as_str()));
            for wish in &container.place.wishes {
                if let Wished::Hosts(hosts) = &wish.what {
                    all.extend(hosts.iter().map(String::as_str));
                }
            }
            all.extend(among.iter().flat_map(|(hosts, _)| hosts.iter().map(String::as_str)));
        }
        let names = unique(all.iter().copied(), &BTreeSet::from(["placeholder"]), "host");
        self.names = all.iter().map(|name| (*name).to_owned()).zip(names).collect();
    }

    /// The host, or kind of host, of the document that is meant.
    pub fn named(&self, foreign: &str) -> Option<String> {
        if let Some(name) = self.names.get(foreign).filter(|name| !name.is_empty()) {
            return Some(name.clone());
        }
        let candidates = [foreign.to_owned(), spelled(foreign, "host")];
        candidates.into_iter().find(|name| self.by_name.contains_key(name))
    }

    /// The one host that is meant.
    pub fn single(&self, foreign: &str) -> Option<&str> {
        let name = self.named(foreign)?;
        let [one] = self.by_name.get(&name)?.as_slice() else { return None };
        self.known.as_ref()?.get(*one).map(|host| host.name.as_str())
    }

    /// The label of the document that is meant.
    pub fn label(&self, foreign: &str) -> String {
        self.labels.get(foreign).cloned().unwrap_or_else(|| spelled(foreign, "label"))
    }

    /// Whether the host, or all of the kind, have the labels; nobody knows where there are but placeholders.
    pub fn has(&self, host: &str, labels: &BTreeMap<String, String>) -> bool {
        let (Some(known), Some(meant)) = (&self.known, self.by_name.get(host)) else { return false };
        meant.iter().all(|&at| known.get(at).is_some_and(|host| host.has(labels)))
    }

    /// The hosts that may be run on, one by one, without those that are avoided, and how many there were with them; `None`
    /// where none are known.
    pub fn without(
        &self,
        on: &[String],
        labels: &BTreeMap<String, String>,
        names: &BTreeSet<String>,
        avoided: &[(String, String)],
    ) -> Option<(Vec<String>, usize)> {
        let known = self.known.as_ref()?;
        let of = |names: &mut dyn Iterator<Item = &String>| -> BTreeSet<usize> {
            names.filter_map(|name| self.by_name.get(name)).flatten().copied().collect()
        };
        let (meant, avoided_names) = (of(&mut on.iter()), of(&mut names.iter()));
        let may = |(at, host): &(usize, &Known)| (on.is_empty() || meant.contains(at)) && host.has(labels);
        let all: Vec<(usize, &Known)> = known.iter().enumerate().filter(may).collect();
        let is_avoided = |host: &Known| avoided.iter().any(|(label, value)| host.labels.get(label) == Some(value));
        let kept = all.iter().filter(|(at, host)| !avoided_names.contains(at) && !is_avoided(host));
        Some((kept.map(|(_, host)| host.name.clone()).collect(), all.len()))
    }

    /// Whether any host has the labels; where there are but placeholders, some will.
    pub fn any_has(&self, labels: &BTreeMap<String, String>) -> bool {
        self.known.as_ref().is_none_or(|known| known.iter().any(|host| host.has(labels)))
    }

    /// Whether any host has the label at all.
    pub fn any_labelled(&self, label: &str) -> bool {
        self.known.as_ref().is_none_or(|known| known.iter().any(|host| host.labels.contains_key(label)))
    }

    /// Whether a container may ask for the resource: some host has it, or nobody knows.
    pub fn has_resource(&self, resource: &Resource) -> bool {
        !resource.is_named() || self.known.is_none() || self.resources.contains(resource)
    }
}

impl Known {
    fn has(&self, labels: &BTreeMap<String, String>) -> bool {
        labels.iter().all(|(label, value)| self.labels.get(label) == Some(value))
    }
}
