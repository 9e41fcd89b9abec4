//! What was found gets its names, figures and rules in the document that it becomes; what these cannot say is refused.

mod bonds;
mod carriers;
mod links;
mod nest;
mod place;
mod placeholders;
mod pools;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Asked;
use super::figures::{Defaults, Sized, figures};
use super::found::{Container, Count, Figures, Found, Project, Refused, Wish};
use super::hosts::{self, Hosts};
use super::measured::{self, Seen};
use super::names::unique;
use super::report::{Host, Imported, Pool, Report};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::document::names::{Range, is_name};
use crate::document::{Problems, Source};
use crate::model::Layout;
use crate::quantity::{LARGEST_SUM, Resource, shorten};

/// The most containers that a document may have.
const MOST_CONTAINERS: u64 = crate::document::keys::MOST_CONTAINERS;

/// The most named resources that a document may have.
pub(super) const MOST_NAMED: usize = 32;

/// The most that a wish may weigh.
pub(super) const MOST_WEIGHT: u64 = 1_000_000;

/// The longest free text of a document.
pub(super) const LONGEST_TEXT: usize = 1000;

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
    let layout = document.resolve_before_more()?.layout;
    let containers = layout.demand.containers.len() as u64;
    Ok(Known { layout: Some(layout), containers })
}

/// What is to be written.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// The startups and what is in them.
    pub startups: Vec<Startup>,
    /// The hosts that the document does not have yet, or placeholders where none are known.
    pub hosts: Vec<Host>,
    /// The storage that the document does not have yet.
    pub pools: Vec<Pool>,
    /// The rules that no container says itself.
    pub rules: Vec<Rule>,
    /// What runs where now: by host or carrier.
    pub placement: BTreeMap<String, Vec<String>>,
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
    /// Whether it lies in a carrier as a whole.
    pub is_content: bool,
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
    /// Which container of its project it is.
    position: usize,
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
    /// The hosts, or kinds of them, that it may run on, where that is said by name.
    pub on: Vec<String>,
    /// The labels that its host must have.
    pub on_labels: BTreeMap<String, String>,
    /// Each host, or a label: no two replicas on it, or on hosts of one value of it. A document says one of these at the
    /// container, the others as rules.
    pub apart: Vec<String>,
    /// Each host, or a label: over these its replicas are spread evenly, give or take so many.
    pub even: Option<(String, u64)>,
    /// What it had better have.
    pub wishes: Vec<Wish>,
    /// The pool that its disk is on.
    pub pool: Option<String>,
    /// How many hosts its replicas take at the least.
    pub hosts: u64,
    /// Whether others lie in it.
    pub carries: bool,
    /// Of which it asks for what it holds, because nobody says how much it has.
    pub content: BTreeSet<Resource>,
    /// What it carries can be told by these.
    pub labels: BTreeMap<String, String>,
    /// The carrier that it lies in, by name or id in the document.
    pub inside: Option<String>,
    /// The same as the files call it, until it is known which that is.
    lies_in: Option<(String, Place)>,
    /// The hosts on which it runs now, as the files call them.
    runs_on: Vec<(String, Place)>,
}

/// A rule beside the containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What must hold.
    pub kind: RuleKind,
    /// The ids of whom it binds.
    pub of: Vec<String>,
    /// Whether it holds in every startup by itself.
    pub each: bool,
    /// What it costs where it is not met; `None` where it must be.
    pub weight: Option<u64>,
}

/// What a rule demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// All on one host.
    Together,
    /// No two on one host.
    Apart,
    /// At most so many on a host, or on hosts with one value of a label.
    AtMost(u64, Option<String>),
}

impl RuleKind {
    /// What it is called where it cannot be said.
    pub fn name(&self) -> String {
        match self {
            RuleKind::Together => "together".to_owned(),
            RuleKind::Apart => "apart".to_owned(),
            RuleKind::AtMost(most, None) => format!("at most {most} on a host"),
            RuleKind::AtMost(most, Some(label)) => format!("at most {most} by `{label}`"),
        }
    }
}

/// Settles what was found.
///
/// # Errors
/// Where the arguments cannot be followed.
pub fn settle(found: Found, asked: &Asked, known: &Known, sources: &[Source]) -> Result<Settled, Box<Diagnostic>> {
    let machines = hosts::settle(&found, known.layout.as_ref());
    let measured = measured::assign(&found, asked, sources);
    let mut report = Report { refused: found.refused, notes: found.notes, ..Report::default() };
    report.refused.extend(machines.refused.into_iter().chain(measured.refused));
    let mut settled = Settled { hosts: machines.added, ..Settled::default() };
    let mut scene = Scene {
        asked,
        known,
        report: &mut report,
        hosts: machines.hosts,
        seen: measured.seen,
        named: BTreeMap::new(),
        pools: HashMap::new(),
        reach: HashMap::new(),
        named_hosts: 0,
        used: known.containers,
        sums: BTreeMap::new(),
        limits: BTreeMap::new(),
    };
    machines.notes.into_iter().chain(measured.notes).for_each(|(message, at)| scene.note(message, at));
    scene.count_known();
    settled.pools = scene.pools(&found.pools);
    let names = scene.names(&found.projects)?;
    for (position, (project, (name, count))) in found.projects.iter().zip(names).enumerate() {
        let startup = scene.startup(position, project, name, count)?;
        let rules = scene.rules(project, &startup);
        settled.rules.extend(rules);
        settled.startups.push(startup);
    }
    let bonds = scene.bonds(&found.bonds, &settled.startups);
    settled.rules.extend(bonds);
    let lies = scene.nest(&mut settled.startups)?;
    settled.placement = scene.placement(&settled.startups, &lies);
    // One without containers is none.
    settled.startups.retain(|startup| !startup.containers.is_empty());
    let is_known = scene.hosts.is_known();
    report.placeholder = !is_known;
    report.hosts = settled.hosts.clone();
    for startup in &settled.startups {
        report.startups.push(startup.name.clone());
        report.imported.extend(startup.containers.iter().map(|one| imported(startup, one)));
    }
    if report.placeholder {
        settled.hosts = placeholders::hosts(&settled.startups, &settled.rules, &report.requests());
    }
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
        inside: one.inside.clone(),
        observed: observed(one),
    }
}

/// What one was seen to take.
fn observed(one: &Settling) -> BTreeMap<Resource, u64> {
    let of = |resource: Resource| Some((resource.clone(), one.sized.seen.as_ref()?.of(&resource)?));
    [Resource::Cpu, Resource::Memory].into_iter().filter_map(of).collect()
}

struct Scene<'a> {
    asked: &'a Asked<'a>,
    known: &'a Known,
    report: &'a mut Report,
    /// The hosts that are known.
    hosts: Hosts,
    /// What was measured, by project and container.
    seen: HashMap<(usize, usize), Seen>,
    /// The named resources so far, where no hosts are known.
    named: BTreeMap<String, Resource>,
    /// The pools by the names that files have for them.
    pools: HashMap<String, String>,
    /// The hosts that reach a pool of the document, where not all do.
    reach: HashMap<String, BTreeSet<String>>,
    /// How many hosts are named one by one so far, for containers that avoid others.
    named_hosts: usize,
    /// Containers so far.
    used: u64,
    /// What all so far ask for.
    sums: BTreeMap<Resource, u128>,
    /// What all so far may take, who has no limit what it asks for.
    limits: BTreeMap<Resource, u128>,
}

/// What is wrong with the arguments.
fn wrong(message: String, help: &str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(Code::BadName, Place::default(), message).help(help);
    Box::new(Diagnostic { at: None, ..diagnostic })
}

impl Scene<'_> {
    fn refuse(&mut self, what: String, reason: String, at: Place) {
        self.report.refused.push(Refused { what, reason, at });
    }

    fn note(&mut self, message: String, at: Place) {
        self.report.notes.push(super::found::Note { message, at });
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

    /// The names of the startups or ranges, and how many each is.
    fn names(&mut self, projects: &[Project]) -> Result<Vec<(String, u64)>, Box<Diagnostic>> {
        const ANOTHER: &str = "name another with `--startup`";
        let mut taken = self.asked.into.map_or_else(BTreeSet::new, |document| document.names("startups"));
        let said: Vec<&str> =
            projects.iter().map(|project| project.name.as_ref().map_or(self.asked.name.as_str(), |it| &it.0)).collect();
        let is_main = |project: &Project| !project.is_content && !project.containers.is_empty();
        let mains = projects.iter().filter(|project| is_main(project)).count();
        let flag = if self.asked.startup.is_some() { "--startup" } else { "--stack" };
        if mains > 1 && (self.asked.startup.is_some() || self.asked.stack.is_some()) {
            let help = "leave it out: each becomes a startup of its own name";
            return Err(wrong(format!("the files have {mains} projects, and `{flag}` names one"), help));
        }
        if let Some(stack) = &self.asked.stack {
            let help = "name another with `--stack`";
            if !is_name(stack) {
                return Err(wrong(format!("{} is no name of a stack", quoted(stack)), help));
            }
            if self.asked.into.is_some_and(|document| document.names("stacks").contains(stack.as_str())) {
                return Err(wrong(format!("the document has a stack `{stack}` already"), help));
            }
        }
        let asked = self.asked.startup.as_deref().map(startups_of).transpose()?;
        if let Some(there) = asked.iter().flatten().find(|name| taken.contains(name.as_str())) {
            return Err(wrong(format!("the document has a startup `{there}` already"), ANOTHER));
        }
        taken.extend(asked.iter().flatten().map(String::as_str));
        let names = unique(said.iter().copied(), &taken, "imported");
        if let ([said], [name], None) = (said.as_slice(), names.as_slice(), &asked) {
            let own = super::names::spelled(said, "imported");
            if *name != own && *name != *said {
                return Err(wrong(format!("the document has a startup `{own}` already"), ANOTHER));
            }
        }
        let mut all = Vec::new();
        for ((project, said), name) in projects.iter().zip(said).zip(names) {
            match (&self.asked.startup, &asked) {
                (Some(written), Some(startups)) if is_main(project) => {
                    all.push((written.clone(), startups.len() as u64));
                    continue;
                }
                _ => {}
            }
            if let Some((_, at)) = &project.name
                && name != said
                && !project.containers.is_empty()
            {
                self.note(format!("{} is `{name}` in the document", quoted(said)), *at);
            }
            all.push((name, 1));
        }
        Ok(all)
    }

    fn startup(
        &mut self,
        position: usize,
        project: &Project,
        name: String,
        count: u64,
    ) -> Result<Startup, Box<Diagnostic>> {
        let stack = self.asked.stack.clone().filter(|_| !project.is_content);
        let said = project.name.as_ref().map(|(said, _)| said.clone());
        let title = said.filter(|said| *said != name && (self.asked.startup.is_none() || project.is_content));
        let names = unique(project.containers.iter().map(|one| one.name.as_str()), &BTreeSet::new(), "container");
        let mut containers = Vec::new();
        for (at, (container, id)) in project.containers.iter().zip(names).enumerate() {
            if container.name != id {
                self.note(format!("{} is `{id}` in the document", quoted(&container.name)), container.at);
            }
            let seen = self.seen.remove(&(position, at));
            containers.extend(self.container(container, at, id, count, seen));
        }
        self.needs(project, &mut containers);
        Ok(Startup { name, count, stack, title, containers, is_content: project.is_content })
    }

    fn container(
        &mut self,
        container: &Container,
        position: usize,
        id: String,
        startups: u64,
        seen: Option<Seen>,
    ) -> Option<Settling> {
        let what = container.name.clone();
        let mut request = container.request.clone();
        let mut limit = container.limit.clone();
        self.without_unknown(&what, &mut request);
        self.without_unknown(&what, &mut limit);
        let sized = figures(&request, &limit, container.image.as_deref(), seen, Defaults::of(self.asked));
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
            let most = most.max(sized.seen.as_ref().and_then(|seen| seen.of(resource)).unwrap_or(0));
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
            position,
            name: id,
            foreign: container.name.clone(),
            at: container.at,
            count: container.count,
            sized,
            limit: limit.into_iter().map(|(resource, figure)| (resource, figure.value)).collect(),
            needs: Vec::new(),
            on: Vec::new(),
            on_labels: BTreeMap::new(),
            apart: Vec::new(),
            even: None,
            wishes: Vec::new(),
            pool: None,
            hosts: 1,
            carries: container.carries,
            content: BTreeSet::new(),
            labels: self.labels(container),
            inside: None,
            lies_in: container.inside.clone(),
            runs_on: container.runs_on.clone(),
        };
        self.place(&what, &container.place, replicas, &mut one);
        self.draw(container, &mut one);
        Some(one)
    }

    /// What is told of a carrier by labels.
    fn labels(&mut self, container: &Container) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::new();
        if container.carries && container.count != Count::EveryHost {
            let names = unique(container.labels.keys().map(String::as_str), &BTreeSet::new(), "label");
            for ((label, value), name) in container.labels.iter().zip(names) {
                if value.len() > LONGEST_TEXT {
                    let reason = format!("is a text of more than {LONGEST_TEXT} bytes, the limit");
                    self.refuse(format!("{}: {label}", container.name), reason, container.at);
                } else {
                    labels.insert(name, value.clone());
                }
            }
        }
        labels
    }

    /// Named resources that no host has cannot be asked for.
    fn without_unknown(&mut self, what: &str, amounts: &mut Figures) {
        let named: Vec<Resource> = amounts.keys().filter(|resource| resource.is_named()).cloned().collect();
        for resource in named {
            let name = resource.name();
            let reason = if !self.hosts.has_resource(&resource) {
                let ones = if resource.is_bytes() { "in bytes" } else { "by ones" };
                format!("no host has `{name}`, counted {ones}")
            } else if self.hosts.is_known() || self.named.get(name) == Some(&resource) {
                continue;
            } else if self.named.contains_key(name) {
                "is counted by ones and in bytes".to_owned()
            } else if self.named.len() >= MOST_NAMED {
                format!("there would be more than {MOST_NAMED} named resources, the limit")
            } else {
                self.named.insert(name.to_owned(), resource);
                continue;
            };
            if let Some(figure) = amounts.remove(&resource) {
                self.refuse(format!("{what}: {}", resource.name()), reason, figure.at);
            }
        }
    }
}

/// The startups that `--startup` names.
fn startups_of(asked: &str) -> Result<Vec<String>, Box<Diagnostic>> {
    const ANOTHER: &str = "name another with `--startup`";
    match Range::parse(asked, is_name) {
        Some(Ok(range)) if range.count() <= MOST_CONTAINERS => Ok(range.names().collect()),
        Some(Ok(_)) => Err(wrong(format!("`{}` names too many startups", shorten(asked)), ANOTHER)),
        Some(Err(error)) => Err(wrong(format!("{}: {}", quoted(asked), error.message()), ANOTHER)),
        None if is_name(asked) => Ok(vec![asked.to_owned()]),
        None => {
            let help = "write small letters, digits and hyphens, or a range: `s01..s17`";
            Err(wrong(format!("{} is no name of a startup", quoted(asked)), help))
        }
    }
}

#[cfg(test)]
mod tests;
