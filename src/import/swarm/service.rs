//! A service of a swarm becomes a container.

use super::super::amounts::whole;
use super::super::compose::{constraint, label};
use super::super::fields::{at, items, text};
use super::super::found::{Container, Count, Figures, Found, Where};
use super::node::{SwarmNode, bytes, generic, nano};
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Node, Value};
use crate::quantity::{Resource, shorten};

/// The label by which a service says of which stack it is.
const NAMESPACE: &str = "com.docker.stack.namespace";

/// How often nodes are named one by one, of all services together.
const MOST_NAMED: usize = 1_000_000;

/// The nodes that are hosts.
pub struct Up<'a> {
    pub(super) nodes: Vec<&'a SwarmNode>,
    /// One of each platform.
    pub(super) kinds: Vec<&'a SwarmNode>,
    /// How often they were named.
    pub(super) named: usize,
}

/// Why a service is not imported, and where that stands.
pub type Refusal = (String, Place);

/// A service.
pub struct Service {
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) at: Place,
    /// Its stack, where it is of one.
    pub(super) stack: Option<(String, Place)>,
    image: Option<String>,
    count: Result<Count, Refusal>,
    /// What it asks for, its limits, and where it may run, where that is said.
    template: Option<Node>,
}

impl Service {
    /// The service that `docker service inspect` prints.
    pub fn of(row: &Node, found: &mut Found) -> Option<Service> {
        let id = text(row, &["ID"]).map(|(id, _)| id.to_owned());
        let Some((name, at)) = text(row, &["Spec", "Name"]) else {
            found.refuse(id.as_deref().unwrap_or("a service"), "the service has no name", row.at);
            return None;
        };
        let template = self::at(row, &["Spec", "TaskTemplate"]).cloned();
        let count = match template.as_ref().and_then(|template| template.get("ContainerSpec")) {
            Some(_) => count(row, at),
            None => Err(("is no service of containers".to_owned(), at)),
        };
        Some(Service {
            id,
            name: name.to_owned(),
            at,
            stack: text(row, &["Spec", "Labels", NAMESPACE]).map(|(stack, at)| (stack.to_owned(), at)),
            image: text(row, &["Spec", "TaskTemplate", "ContainerSpec", "Image"]).map(|(image, _)| image.to_owned()),
            count,
            template,
        })
    }

    /// The service that `docker service ls` prints: its name, its image, and how many there are.
    pub fn of_list(row: &Node, found: &mut Found) -> Option<Service> {
        let Some((name, at)) = text(row, &["Name"]) else {
            found.refuse("a service", "the service has no name", row.at);
            return None;
        };
        let (mode, replicas) = (text(row, &["Mode"]), text(row, &["Replicas"]));
        // `2/3`, `3/3 (max 1 per node)`: so many of so many run.
        let wanted = replicas.and_then(|(text, at)| {
            let wanted = text.split_once('/')?.1.split([' ', '(']).next()?;
            Some((wanted.parse::<u64>().ok()?, at))
        });
        let count = match (mode.map(|(mode, _)| mode), wanted) {
            (Some("global"), _) => Ok(Count::EveryHost),
            (Some(mode), _) if mode.contains("job") => Err(("is a job, which runs and ends".to_owned(), at)),
            (Some("replicated"), Some((0, at))) => Err(("is switched off: no replicas".to_owned(), at)),
            (Some("replicated"), Some((count, _))) => Ok(Count::Replicas(count)),
            _ => Err(("how many there are is not known".to_owned(), at)),
        };
        Some(Service {
            id: text(row, &["ID"]).map(|(id, _)| id.to_owned()),
            name: name.to_owned(),
            at,
            stack: None,
            image: text(row, &["Image"]).map(|(image, _)| image.to_owned()),
            count,
            template: None,
        })
    }

    /// Its name within its stack.
    pub fn short(&self) -> &str {
        let stack = self.stack.as_ref().map_or("", |(stack, _)| stack.as_str());
        let rest = self.name.strip_prefix(stack).and_then(|rest| rest.strip_prefix('_'));
        rest.filter(|rest| !stack.is_empty() && !rest.is_empty()).unwrap_or(&self.name)
    }

    /// The container that it becomes, on these nodes.
    ///
    /// # Errors
    /// Why it is not imported.
    pub fn container(&self, up: &mut Up, found: &mut Found) -> Result<Container, Refusal> {
        let count = self.count.clone()?;
        let mut container = Container { image: self.image.clone(), count, ..Container::new(self.short(), self.at) };
        let Some(template) = &self.template else { return Ok(container) };
        let figures = |path: &[&str], found: &mut Found| {
            let mut figures = Figures::new();
            if let Some(resources) = at(template, path) {
                figures.extend(nano(resources, true, &self.name, found).map(|figure| (Resource::Cpu, figure)));
                figures.extend(bytes(resources, &self.name, found).map(|figure| (Resource::Memory, figure)));
                generic(resources, &mut figures, &self.name, found);
            }
            figures
        };
        container.request = figures(&["Resources", "Reservations"], found);
        container.limit = figures(&["Resources", "Limits"], found);
        if let Some(placement) = at(template, &["Placement"]) {
            container.place = self.place(placement, up, found);
        }
        Ok(container)
    }

    /// Where it may run.
    fn place(&self, placement: &Node, up: &mut Up, found: &mut Found) -> Where {
        let Up { nodes, kinds, named } = up;
        let mut place = Where::default();
        let what = format!("{}: placement", self.name);
        for node in at(placement, &["Constraints"]).map(items).unwrap_or_default() {
            let Value::Text(said) = &node.value else {
                found.refuse(&*what, "a constraint that is no text", node.at);
                continue;
            };
            let text = by_name(said, nodes);
            if let Err(reason) = constraint(&text, node.at, &mut place) {
                found.refuse(&*what, format!("{} {reason}", quoted(&shorten(said))), node.at);
            }
        }
        for node in at(placement, &["Preferences"]).map(items).unwrap_or_default() {
            let descriptor = text(node, &["Spread", "SpreadDescriptor"]);
            match descriptor.and_then(|(text, at)| Some((label(text.trim())?, at))) {
                Some((label, at)) => place.spread.push((label.to_owned(), at)),
                None => found.refuse(&*what, "a preference that is no `spread` over labels", node.at),
            }
        }
        if let Some((most, at)) = text(placement, &["MaxReplicas"]) {
            match whole(most) {
                // None is no limit.
                Ok(0) => {}
                Ok(most) => place.at_most = Some((most, at)),
                Err(why) => found.refuse(&*what, format!("{} {why}", quoted(&shorten(most))), at),
            }
        }
        let platforms = at(placement, &["Platforms"]).map(items).unwrap_or_default();
        let platforms: Vec<(String, String)> = platforms
            .iter()
            .map(|one| ["OS", "Architecture"].map(|key| text(one, &[key]).map_or("", |(it, _)| it).to_owned()))
            .map(|[os, arch]| (os, arch))
            .collect();
        if !platforms.is_empty() && kinds.iter().any(|kind| !kind.runs(&platforms)) {
            let at = placement.get("Platforms").map_or(placement.at, |entry| entry.at);
            *named += nodes.len();
            if *named > MOST_NAMED {
                found.refuse(what, format!("nodes are named more than {MOST_NAMED} times, the limit"), at);
            } else {
                let names = nodes.iter().filter(|node| node.runs(&platforms)).map(|node| node.name.clone());
                place.among = Some((names.collect(), at));
            }
        }
        place
    }
}

/// A constraint on the id of a node, as one on its name.
fn by_name(text: &str, nodes: &[&SwarmNode]) -> String {
    for operator in ["==", "!="] {
        let Some((key, id)) = text.split_once(operator) else { continue };
        if !key.trim().eq_ignore_ascii_case("node.id") {
            continue;
        }
        if let Some(node) = nodes.iter().find(|node| node.id.as_deref() == Some(id.trim())) {
            return format!("node.hostname{operator}{}", node.name);
        }
    }
    text.to_owned()
}

/// How many there are.
fn count(row: &Node, at_all: Place) -> Result<Count, Refusal> {
    let mode = at(row, &["Spec", "Mode"]);
    let has = |key: &str| mode.and_then(|mode| mode.get(key)).map(|entry| entry.at);
    if let Some(at) = has("ReplicatedJob").or_else(|| has("GlobalJob")) {
        return Err(("is a job, which runs and ends".to_owned(), at));
    }
    if has("Global").is_some() {
        return Ok(Count::EveryHost);
    }
    match text(row, &["Spec", "Mode", "Replicated", "Replicas"]) {
        // As many as Docker starts that is told nothing.
        None if mode.is_none() || has("Replicated").is_some() => Ok(Count::Replicas(1)),
        None => Err(("in which mode it runs is not known".to_owned(), at_all)),
        Some((text, at)) => match whole(text) {
            Ok(0) => Err(("is switched off: no replicas".to_owned(), at)),
            Ok(count) => Ok(Count::Replicas(count)),
            Err(why) => Err((format!("how many there are is not known: {} {why}", quoted(&shorten(text))), at)),
        },
    }
}
