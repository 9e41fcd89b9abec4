//! What was found gets its names, figures and rules in the document that it becomes; what these cannot say is refused.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Asked;
use super::figures::{Defaults, Sized, figures};
use super::found::{Container, Count, Found, Named, Note, Project, Refused, Where};
use super::names::{spelled, unique};
use super::report::{Host, Imported, Report};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::document::Problems;
use crate::document::names::{Range, is_name};
use crate::model::Layout;
use crate::quantity::{LARGEST_AMOUNT, LARGEST_SUM, Resource, shorten};

/// The most containers that a document may have.
const MOST_CONTAINERS: u64 = crate::document::keys::MOST_CONTAINERS;

/// What the document that is added to has already.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What it becomes without the addition; nothing where there is none.
    layout: Option<Layout>,
    /// How many containers it has.
    containers: u64,
}

/// What is known of the document that is added to.
///
/// # Errors
/// What is wrong with it.
pub fn known(asked: &Asked) -> Result<Known, Problems> {
    let Some(document) = asked.into else { return Ok(Known::default()) };
    let layout = document.resolve_whole()?.layout;
    let containers = layout.demand.containers.len() as u64;
    Ok(Known { layout: Some(layout), containers })
}

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The startups and what is in them.
    pub startups: Vec<Startup>,
    /// Placeholders for the hosts, where none are known.
    pub hosts: Vec<Host>,
    /// The rules that no container says itself.
    pub rules: Vec<Rule>,
    /// What is said of it all.
    pub report: Report,
}

/// A startup, or a range of them.
#[derive(Clone, Debug)]
pub struct Startup {
    /// Its name or range.
    pub name: String,
    /// How many startups that are.
    pub count: u64,
    /// The stack that it is made from.
    pub stack: Option<String>,
    /// What the files call it, where that is something else.
    pub title: Option<String>,
    /// Its containers.
    pub containers: Vec<Settling>,
}

impl Startup {
    /// Whether it is a range of startups.
    fn is_range(&self) -> bool {
        self.name.contains("..")
    }
}

/// A container with its name in the document.
#[derive(Clone, Debug)]
pub struct Settling {
    /// Its name.
    pub name: String,
    /// As the file calls it.
    pub foreign: String,
    /// Where it stands there.
    pub at: Place,
    /// How many there are.
    pub count: Count,
    /// What it asks for.
    pub sized: Sized,
    /// What it may take at the most.
    pub limit: BTreeMap<Resource, u64>,
    /// What it needs, by name in the document.
    pub needs: Vec<String>,
    /// The host that it must be on.
    pub host: Option<String>,
    /// The labels that its host must have.
    pub labels: BTreeMap<String, String>,
    /// No two replicas on one host.
    pub apart: bool,
    /// Labels over which its replicas had better be spread.
    pub spread: Vec<String>,
}

/// A rule beside the containers.
#[derive(Clone, Debug)]
pub enum Rule {
    /// On one host, in every startup of a name or range by itself.
    Together {
        /// The startup or range.
        startup: String,
        /// Its containers.
        containers: Vec<String>,
    },
    /// At most so many on a host.
    AtMost {
        /// The id.
        id: String,
        /// How many.
        count: u64,
    },
}

/// Settles what was found.
///
/// # Errors
/// Where the arguments cannot be followed.
pub fn settle(found: Found, asked: &Asked, known: &Known) -> Result<Settled, Box<Diagnostic>> {
    let mut report = Report { refused: found.refused, notes: found.notes, ..Report::default() };
    let mut settled = Settled { startups: Vec::new(), hosts: Vec::new(), rules: Vec::new(), report: Report::default() };
    let mut scene = Scene {
        asked,
        known,
        report: &mut report,
        used: known.containers,
        sums: BTreeMap::new(),
        limits: BTreeMap::new(),
        labels: BTreeSet::new(),
    };
    scene.count_known();
    for project in &found.projects {
        let startup = scene.startup(project)?;
        let rules = scene.rules(project, &startup);
        settled.rules.extend(rules);
        // One without containers is none.
        if !startup.containers.is_empty() {
            settled.startups.push(startup);
        }
    }
    if known.layout.is_none() {
        settled.hosts = placeholders(&mut settled.startups, &scene.sums);
    }
    for startup in &settled.startups {
        report.startups.push(startup.name.clone());
        report.imported.extend(startup.containers.iter().map(|one| imported(startup, one)));
    }
    report.placeholder = known.layout.is_none();
    settled.report = report;
    Ok(settled)
}

fn imported(startup: &Startup, one: &Settling) -> Imported {
    Imported {
        id: format!("{}/{}", startup.name, one.name),
        name: one.foreign.clone(),
        at: one.at,
        replicas: if let Count::Replicas(replicas) = one.count { Some(replicas) } else { None },
        startups: startup.count,
        request: one.sized.request.clone(),
        limit: one.limit.clone(),
    }
}

struct Scene<'a> {
    asked: &'a Asked<'a>,
    known: &'a Known,
    report: &'a mut Report,
    /// Containers so far.
    used: u64,
    /// What all so far ask for.
    sums: BTreeMap<Resource, u128>,
    /// What all so far may take, who has no limit what it asks for.
    limits: BTreeMap<Resource, u128>,
    /// Labels that were said to be spelled otherwise.
    labels: BTreeSet<String>,
}

impl Scene<'_> {
    fn refuse(&mut self, what: String, reason: String, at: Place) {
        self.report.refused.push(Refused { what, reason, at });
    }

    fn note(&mut self, message: String, at: Place) {
        self.report.notes.push(Note { message, at });
    }

    /// What the document that is added to asks for.
    fn count_known(&mut self) {
        let Some(layout) = &self.known.layout else { return };
        for container in &layout.demand.containers {
            let service = &layout.demand.services[container.service];
            let limits = service.limit.iter();
            for ((counted, amount), limit) in layout.lab.resources.iter().zip(&service.request).zip(limits) {
                *self.sums.entry(counted.resource.clone()).or_insert(0) += u128::from(amount.value);
                *self.limits.entry(counted.resource.clone()).or_insert(0) += u128::from(limit.unwrap_or(amount.value));
            }
        }
    }

    /// The name of the startup or range, and how many that are.
    fn name(&mut self, project: &Project) -> Result<(String, u64), Box<Diagnostic>> {
        let wrong = |message: String, help: &str| {
            let diagnostic = Diagnostic::new(Code::BadName, Place::default(), message).help(help);
            Box::new(Diagnostic { at: None, ..diagnostic })
        };
        let taken = self.asked.into.map_or_else(BTreeSet::new, |document| document.names("startups"));
        let another = "name another with `--startup`";
        if let Some(asked) = &self.asked.startup {
            let names: Vec<String> = match Range::parse(asked, is_name) {
                Some(Ok(range)) if range.count() <= MOST_CONTAINERS => range.names().collect(),
                Some(Ok(_)) => return Err(wrong(format!("`{}` names too many startups", shorten(asked)), another)),
                Some(Err(error)) => return Err(wrong(format!("{}: {}", quoted(asked), error.message()), another)),
                None if is_name(asked) => vec![asked.clone()],
                None => {
                    let message = format!("{} is no name of a startup", quoted(asked));
                    return Err(wrong(message, "write small letters, digits and hyphens, or a range: `s01..s17`"));
                }
            };
            if let Some(there) = names.iter().find(|name| taken.contains(name.as_str())) {
                return Err(wrong(format!("the document has a startup `{there}` already"), another));
            }
            return Ok((asked.clone(), names.len() as u64));
        }
        let (said, at) = project.name.clone().unwrap_or_else(|| (self.asked.name.clone(), Place::default()));
        let name = spelled(&said, "imported");
        if taken.contains(name.as_str()) {
            return Err(wrong(format!("the document has a startup `{name}` already"), another));
        }
        if project.name.is_some() && name != said {
            self.note(format!("{} is `{name}` in the document", quoted(&said)), at);
        }
        Ok((name, 1))
    }

    fn startup(&mut self, project: &Project) -> Result<Startup, Box<Diagnostic>> {
        let (name, startups) = self.name(project)?;
        if let Some(stack) = &self.asked.stack {
            let taken = self.asked.into.is_some_and(|document| document.names("stacks").contains(stack.as_str()));
            if taken || !is_name(stack) {
                let message = if taken {
                    format!("the document has a stack `{stack}` already")
                } else {
                    format!("{} is no name of a stack", quoted(stack))
                };
                let diagnostic = Diagnostic::new(Code::BadName, Place::default(), message);
                return Err(Box::new(Diagnostic { at: None, ..diagnostic.help("name another with `--stack`") }));
            }
        }
        let said = project.name.as_ref().map(|(said, _)| said.clone());
        let title = said.filter(|said| *said != name && self.asked.startup.is_none());
        let names = unique(project.containers.iter().map(|one| one.name.as_str()), &BTreeSet::new(), "container");
        let mut containers = Vec::new();
        for (container, id) in project.containers.iter().zip(names) {
            if container.name != id {
                self.note(format!("{} is `{id}` in the document", quoted(&container.name)), container.at);
            }
            containers.extend(self.container(container, id, startups));
        }
        self.needs(project, &mut containers);
        Ok(Startup { name, count: startups, stack: self.asked.stack.clone(), title, containers })
    }

    fn container(&mut self, container: &Container, id: String, startups: u64) -> Option<Settling> {
        let what = container.name.clone();
        let mut request = container.request.clone();
        let mut limit = container.limit.clone();
        self.without_unknown(&what, &mut request);
        self.without_unknown(&what, &mut limit);
        let sized =
            figures(&Container { request, limit: limit.clone(), ..container.clone() }, Defaults::of(self.asked));
        let replicas = if let Count::Replicas(replicas) = container.count { replicas } else { 1 };
        let all = replicas.saturating_mul(startups);
        if self.used.saturating_add(all) > MOST_CONTAINERS {
            self.refuse(
                what,
                format!("there would be more than {MOST_CONTAINERS} containers, the limit"),
                container.at,
            );
            return None;
        }
        let resources: BTreeSet<&Resource> = sized.request.keys().chain(limit.keys()).collect();
        let mut sums = Vec::new();
        for resource in resources {
            let asked = sized.request.get(resource).map_or(0, |(amount, _)| *amount);
            let most = limit.get(resource).map_or(asked, |figure| figure.value);
            let sum = |sums: &BTreeMap<Resource, u128>, amount: u64| {
                sums.get(resource).copied().unwrap_or(0) + u128::from(amount) * u128::from(all)
            };
            let (asked, most) = (sum(&self.sums, asked), sum(&self.limits, most));
            if asked.max(most) > u128::from(LARGEST_SUM) {
                let reason = format!("all together would take more {} than is counted exactly", resource.name());
                self.refuse(what, reason, container.at);
                return None;
            }
            sums.push((resource.clone(), asked, most));
        }
        self.used += all;
        for (resource, asked, most) in sums {
            self.sums.insert(resource.clone(), asked);
            self.limits.insert(resource, most);
        }
        let mut one = Settling {
            name: id,
            foreign: container.name.clone(),
            at: container.at,
            count: container.count,
            sized,
            limit: limit.into_iter().map(|(resource, figure)| (resource, figure.value)).collect(),
            needs: Vec::new(),
            host: None,
            labels: BTreeMap::new(),
            apart: false,
            spread: Vec::new(),
        };
        self.place(&what, &container.place, replicas, &mut one);
        Some(one)
    }

    /// Named resources that no host of the document has cannot be asked for there.
    fn without_unknown(&mut self, what: &str, amounts: &mut super::found::Figures) {
        let Some(layout) = &self.known.layout else { return };
        let is_known = |resource: &Resource| {
            !resource.is_named() || layout.lab.resources.iter().any(|counted| counted.resource == *resource)
        };
        let unknown: Vec<Resource> = amounts.keys().filter(|resource| !is_known(resource)).cloned().collect();
        for resource in unknown {
            if let Some(figure) = amounts.remove(&resource) {
                let reason = format!("no host of the document has `{}`, counted by ones", resource.name());
                self.refuse(format!("{what}: {}", resource.name()), reason, figure.at);
            }
        }
    }

    /// Where a container may run, as far as the document can say that.
    fn place(&mut self, what: &str, place: &Where, replicas: u64, one: &mut Settling) {
        if let Some((host, at)) = &place.host {
            match self.host(host) {
                Some(name) => one.host = Some(name),
                None => {
                    let reason = format!("the document has no host {}", quoted(host));
                    self.refuse(format!("{what}: placement"), reason, *at);
                }
            }
        }
        let mut labels = BTreeMap::new();
        for (label, (value, at)) in &place.labels {
            if let Some(label) = self.label(what, label, *at) {
                labels.insert(label, (value.clone(), *at));
            }
        }
        if let (Some(host), Some((label, (_, at)))) = (&one.host, labels.first_key_value()) {
            if !self.has(host, &labels) {
                let reason = format!("`on` says the host or its labels: `{host}` is said, `{label}` is not");
                self.refuse(format!("{what}: placement"), reason, *at);
            }
        } else if let Some((_, (_, at))) = labels.first_key_value() {
            let at = *at;
            if self.any_has(&labels) {
                one.labels = labels.into_iter().map(|(label, (value, _))| (label, value)).collect();
            } else {
                let wanted: Vec<String> =
                    labels.iter().map(|(label, (value, _))| format!("`{label}: {}`", shorten(value))).collect();
                let reason = format!("no host of the document has {}", wanted.join(" and "));
                self.refuse(format!("{what}: placement"), reason, at);
            }
        }
        let every = one.count == Count::EveryHost;
        for (label, at) in place.spread.iter().filter(|_| replicas > 1 && !every) {
            let Some(label) = self.label(what, label, *at) else { continue };
            if self
                .known
                .layout
                .as_ref()
                .is_none_or(|it| it.lab.hosts.iter().any(|host| host.labels.contains_key(&label)))
            {
                one.spread.push(label);
            } else {
                let reason = format!("no host of the document has the label `{label}`");
                self.refuse(format!("{what}: placement"), reason, *at);
            }
        }
        one.apart = place.at_most.is_some_and(|(most, _)| most == 1) && replicas > 1 && !every;
    }

    /// The host of the document that is meant.
    fn host(&self, name: &str) -> Option<String> {
        let spelled = spelled(name, "host");
        let Some(layout) = &self.known.layout else { return Some(spelled) };
        let is = |wanted: &str| layout.lab.hosts.iter().any(|host| host.name == wanted || host.kind == wanted);
        [name.to_owned(), spelled].into_iter().find(|name| is(name))
    }

    /// The label of the document that is meant.
    fn label(&mut self, _what: &str, label: &str, at: Place) -> Option<String> {
        let name = spelled(label, "label");
        if name != label && self.labels.insert(label.to_owned()) {
            self.note(format!("the label {} is `{name}` in the document", quoted(label)), at);
        }
        Some(name)
    }

    /// Whether the host, or all of the kind, have the labels; nobody knows where there are but placeholders.
    fn has(&self, host: &str, labels: &BTreeMap<String, (String, Place)>) -> bool {
        let Some(layout) = &self.known.layout else { return false };
        let mut meant = layout.lab.hosts.iter().filter(|it| it.name == host || it.kind == host);
        meant.all(|host| labels.iter().all(|(label, (value, _))| host.labels.get(label) == Some(value)))
    }

    fn any_has(&self, labels: &BTreeMap<String, (String, Place)>) -> bool {
        let Some(layout) = &self.known.layout else { return true };
        let has = |(label, (value, _)): (&String, &(String, Place)), host: &crate::model::Host| {
            host.labels.get(label) == Some(value)
        };
        layout.lab.hosts.iter().any(|host| labels.iter().all(|label| has(label, host)))
    }

    /// What needs what, by the names of the document.
    fn needs(&mut self, project: &Project, containers: &mut [Settling]) {
        let by_name: HashMap<&str, &Container> =
            project.containers.iter().map(|one| (one.name.as_str(), one)).collect();
        let positions: HashMap<String, usize> =
            containers.iter().enumerate().map(|(at, one)| (one.foreign.clone(), at)).collect();
        let mut edges: Vec<Vec<(usize, Place)>> = vec![Vec::new(); containers.len()];
        for (from, edges) in edges.iter_mut().enumerate() {
            let Some(one) = containers.get(from) else { continue };
            let Some(container) = by_name.get(one.foreign.as_str()) else { continue };
            for need in &container.needs {
                match positions.get(&need.name) {
                    Some(&to) => edges.push((to, need.at)),
                    None => self.dropped(project, &container.name, need, "needs"),
                }
            }
        }
        for (from, position) in closing(&edges) {
            let Some((to, at)) = edges.get_mut(from).map(|edges| edges.remove(position)) else { continue };
            let names = [from, to].map(|at| containers.get(at).map_or(String::new(), |one| one.foreign.clone()));
            let [from, to] = names;
            self.refuse(format!("{from}: needs {to}"), "they need each other in a circle".to_owned(), at);
        }
        let names: Vec<String> = containers.iter().map(|one| one.name.clone()).collect();
        for (one, edges) in containers.iter_mut().zip(edges) {
            let mut needs: Vec<String> = edges.iter().filter_map(|(to, _)| names.get(*to).cloned()).collect();
            let mut seen = BTreeSet::new();
            needs.retain(|name| seen.insert(name.clone()));
            one.needs = needs;
        }
    }

    /// Says that what a container needs, or must be beside, is not there.
    fn dropped(&mut self, project: &Project, container: &str, other: &Named, verb: &str) {
        let is_off = project.off.contains(&other.name) || project.containers.iter().any(|one| one.name == other.name);
        let (who, what) = (quoted(container), quoted(&other.name));
        if is_off {
            self.note(format!("{who} {verb} {what}, which is not imported: that is left out"), other.at);
        } else if other.optional {
            self.note(format!("{who} can do without {what}, which is not there"), other.at);
        } else {
            self.refuse(
                format!("{container}: {}", other.name),
                "there is no container of that name".to_owned(),
                other.at,
            );
        }
    }

    /// What must share a host, and how many may.
    fn rules(&mut self, project: &Project, startup: &Startup) -> Vec<Rule> {
        let mut rules = Vec::new();
        let mut groups = Groups::new(startup.containers.len());
        let positions: HashMap<&str, usize> =
            startup.containers.iter().enumerate().map(|(at, one)| (one.foreign.as_str(), at)).collect();
        for container in &project.containers {
            let Some(&own) = positions.get(container.name.as_str()) else { continue };
            for other in &container.beside {
                let Some(&there) = positions.get(other.name.as_str()) else {
                    self.dropped(project, &container.name, other, "must be beside");
                    continue;
                };
                let counts = [own, there].map(|at| startup.containers.get(at).map(|one| one.count));
                if counts.iter().all(|count| matches!(count, Some(Count::Replicas(1)))) {
                    groups.join(own, there);
                } else if counts != [Some(Count::EveryHost); 2] {
                    let reason = format!("which of several {} is beside which is not known", quoted(&other.name));
                    self.refuse(format!("{}: {}", container.name, other.name), reason, other.at);
                }
            }
            if let Some((most, at)) = container.place.at_most
                && most > 1
                && let Some(Settling { count: Count::Replicas(replicas), name, .. }) = startup.containers.get(own)
                && *replicas > most
            {
                if startup.is_range() {
                    let reason = "in a range of startups it cannot be said of each by itself".to_owned();
                    self.refuse(format!("{}: at most {most} on a host", container.name), reason, at);
                } else {
                    rules.push(Rule::AtMost { id: format!("{}/{name}", startup.name), count: most });
                }
            }
        }
        for group in groups.lists() {
            let names = group.iter().filter_map(|&at| startup.containers.get(at)).map(|one| one.name.clone());
            rules.push(Rule::Together { startup: startup.name.clone(), containers: names.collect() });
        }
        rules
    }
}

/// The edges by which circles are closed: of which container, and which of its edges, the last first.
fn closing(edges: &[Vec<(usize, Place)>]) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; edges.len()];
    let mut closing = Vec::new();
    for start in 0..edges.len() {
        if seen.get(start) != Some(&Seen::No) {
            continue;
        }
        let mut stack = vec![(start, 0)];
        if let Some(it) = seen.get_mut(start) {
            *it = Seen::Open;
        }
        while let Some((at, position)) = stack.last_mut() {
            let (from, edge) = (*at, *position);
            *position += 1;
            match edges.get(from).and_then(|edges| edges.get(edge)) {
                Some((to, _)) => match seen.get(*to) {
                    Some(Seen::Open) => closing.push((from, edge)),
                    Some(Seen::No) => {
                        if let Some(it) = seen.get_mut(*to) {
                            *it = Seen::Open;
                        }
                        stack.push((*to, 0));
                    }
                    _ => {}
                },
                None => {
                    if let Some(it) = seen.get_mut(from) {
                        *it = Seen::Done;
                    }
                    stack.pop();
                }
            }
        }
    }
    closing.sort_unstable();
    closing.reverse();
    closing
}

/// Things that belong together, joined two by two.
struct Groups(Vec<usize>);

impl Groups {
    fn new(count: usize) -> Groups {
        Groups((0..count).collect())
    }

    fn first(&self, mut at: usize) -> usize {
        while let Some(&up) = self.0.get(at).filter(|&&up| up != at) {
            at = up;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        if let Some(it) = self.0.get_mut(a.max(b)) {
            *it = a.min(b);
        }
    }

    /// Those of more than one.
    fn lists(&self) -> Vec<Vec<usize>> {
        let mut lists: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..self.0.len() {
            lists.entry(self.first(at)).or_default().push(at);
        }
        lists.into_values().filter(|list| list.len() > 1).collect()
    }
}

/// Hosts as large as all that was imported, so that it can be planned until somebody writes down what there is: one for
/// each name and each set of labels that something is bound to.
fn placeholders(startups: &mut [Startup], sums: &BTreeMap<Resource, u128>) -> Vec<Host> {
    let mut capacity: BTreeMap<Resource, u64> = BTreeMap::new();
    for (resource, sum) in sums {
        let amount = u64::try_from(*sum).unwrap_or(LARGEST_AMOUNT).min(LARGEST_AMOUNT);
        capacity.insert(resource.clone(), amount);
    }
    let limits = startups.iter().flat_map(|startup| &startup.containers).flat_map(|one| one.limit.keys());
    for resource in limits.filter(|resource| resource.is_named()).cloned().collect::<Vec<_>>() {
        capacity.entry(resource).or_insert(0);
    }
    let host = |name: String, labels: BTreeMap<String, String>| Host { name, capacity: capacity.clone(), labels };
    let all = || startups.iter().flat_map(|startup| &startup.containers);
    let named: BTreeSet<&str> = all().filter_map(|one| one.host.as_deref()).collect();
    let labelled: BTreeSet<&BTreeMap<String, String>> =
        all().map(|one| &one.labels).filter(|labels| !labels.is_empty()).collect();
    let spread: BTreeSet<&str> = all().flat_map(|one| &one.spread).map(String::as_str).collect();
    let mut hosts: Vec<Host> = named.iter().map(|name| host((*name).to_owned(), BTreeMap::new())).collect();
    let names = unique(labelled.iter().map(|_| "placeholder"), &named, "placeholder");
    hosts.extend(labelled.iter().zip(names).map(|(labels, name)| host(name, (*labels).clone())));
    if hosts.is_empty() {
        hosts.push(host("placeholder".to_owned(), BTreeMap::new()));
    }
    // What is spread over a label needs a host that has it.
    for label in spread {
        if !hosts.iter().any(|host| host.labels.contains_key(label))
            && let Some(first) = hosts.first_mut()
        {
            first.labels.insert(label.to_owned(), "a".to_owned());
        }
    }
    hosts
}
