//! Docker Swarm: `docker node inspect`, `docker service inspect`, the lists that `docker node ls`, `docker service ls`,
//! `docker service ps` and `docker node ps` print as JSON, and stack files, which are Compose files.

mod node;
mod service;
mod task;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::compose;
use super::fields::{at, items};
use super::found::{Container, Count, Found, Project};
use super::json::Json;
use super::texts::Texts;
use super::{Asked, Given};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::document::tree::{Node, Value};
use crate::document::{Files, Problems, Source};
use node::SwarmNode;
use service::{Service, Up};
use task::Task;

/// All that the files say, stack files aside.
#[derive(Default)]
struct Swarm {
    nodes: Vec<SwarmNode>,
    /// Nodes of which a list has only the names: name, number, place.
    listed_nodes: Vec<(String, Option<String>, Place)>,
    services: Vec<Service>,
    /// Services as a list has them.
    listed: Vec<Service>,
    tasks: Vec<Task>,
}

/// What the files have, and their texts.
///
/// # Errors
/// A file that cannot be read, or that nothing of Swarm is.
pub fn read(asked: &Asked, files: &dyn Files) -> Result<(Found, Vec<Source>), Problems> {
    let (stacks, others): (Vec<_>, Vec<_>) = asked.files.iter().cloned().partition(is_stack);
    let (mut found, sources) = match stacks.is_empty() {
        true => (Found::default(), Vec::new()),
        false => compose::read_stack(&Asked { files: stacks, ..asked.clone() }, files)?,
    };
    let (mut texts, mut swarm) = (Texts::behind(sources), Swarm::default());
    for given in &others {
        let Some(tree) = texts.tree(given) else { continue };
        for root in &tree.roots {
            let one = std::slice::from_ref(root);
            let rows = if matches!(root.value, Value::List(_)) { items(root) } else { one };
            for row in rows {
                if let Err(diagnostic) = swarm.row(row, &mut found) {
                    texts.wrong(*diagnostic);
                    // One such row says enough of a file that is something else.
                    break;
                }
            }
        }
    }
    let sources = texts.finish()?;
    swarm.settle(asked, &mut found);
    Ok((found, sources))
}

/// Whether a file is one of stacks: what Docker prints is JSON, and has no `services`.
fn is_stack(given: &Given) -> bool {
    let bytes = given.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&given.bytes);
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None | Some(b'[') => false,
        Some(b'{') => {
            let text = std::str::from_utf8(bytes).unwrap_or("");
            let first = Json::new(text, 0).and_then(|mut json| json.tree());
            first.is_ok_and(|root| root.get("services").is_some())
        }
        Some(_) => true,
    }
}

/// What a row says.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Node,
    Service,
    Task,
    ListedNode,
    ListedService,
    ListedTask,
}

fn kind(row: &Node) -> Option<Kind> {
    let has = |path: &[&str]| at(row, path).is_some();
    if has(&["Spec", "TaskTemplate"]) || has(&["Spec", "Mode"]) {
        return Some(Kind::Service);
    }
    if has(&["ServiceID"]) && has(&["DesiredState"]) {
        return Some(Kind::Task);
    }
    if has(&["Description", "Hostname"]) || has(&["Spec", "Availability"]) {
        return Some(Kind::Node);
    }
    if has(&["DesiredState"]) && has(&["CurrentState"]) {
        return Some(Kind::ListedTask);
    }
    if has(&["Hostname"]) && has(&["Availability"]) {
        return Some(Kind::ListedNode);
    }
    (has(&["Mode"]) && has(&["Replicas"]) && has(&["Name"])).then_some(Kind::ListedService)
}

impl Swarm {
    fn row(&mut self, row: &Node, found: &mut Found) -> Result<(), Box<Diagnostic>> {
        match kind(row) {
            Some(Kind::Node) => self.nodes.extend(SwarmNode::of(row, found)),
            Some(Kind::Service) => self.services.extend(Service::of(row, found)),
            Some(Kind::Task) => self.tasks.extend(Task::of(row)),
            Some(Kind::ListedTask) => self.tasks.extend(Task::of_list(row)),
            Some(Kind::ListedNode) => self.listed_nodes.extend(node::of_list(row)),
            Some(Kind::ListedService) => self.listed.extend(Service::of_list(row, found)),
            None => {
                let message = "this is neither a node nor a service nor a task of a swarm";
                let help = "`docker node inspect $(docker node ls -q)` and `docker service inspect $(docker service ls -q)` \
                            write what is read here";
                return Err(Box::new(Diagnostic::new(Code::WrongKind, row.at, message).help(help)));
            }
        }
        Ok(())
    }

    /// Everything in the names of the swarm.
    fn settle(mut self, asked: &Asked, found: &mut Found) {
        let nodes = std::mem::take(&mut self.nodes);
        for (name, id, at) in std::mem::take(&mut self.listed_nodes) {
            if !nodes.iter().any(|node| node.id.as_deref().is_some_and(|known| is_id(known, id.as_deref()))) {
                let reason = "the list does not say how large the node is: `docker node inspect` does";
                found.refuse(name, reason, at);
            }
        }
        let mut seen = HashSet::new();
        let mut up: Vec<&SwarmNode> = Vec::new();
        for node in &nodes {
            if let Some(reason) = node.is_down() {
                found.refuse(&*node.name, reason, node.at);
            } else if !seen.insert(node.name.clone()) {
                found.refuse(&*node.name, "a second node of this name: which is meant, no name says", node.at);
            } else {
                up.push(node);
                found.hosts.push(node.machine());
            }
        }
        self.with_listed();
        let mut kinds: BTreeMap<(Option<&str>, Option<&str>), &SwarmNode> = BTreeMap::new();
        for node in &up {
            kinds.entry(node.platform()).or_insert(node);
        }
        let spelling = node::Spelling::of(&up);
        let mut up = Up { nodes: up, kinds: kinds.into_values().collect(), named: 0 };
        let mut projects: BTreeMap<Option<String>, Project> = BTreeMap::new();
        let mut ids: HashMap<(Option<String>, usize), String> = HashMap::new();
        let mut taken: HashSet<String> = HashSet::new();
        for service in std::mem::take(&mut self.services) {
            if !taken.insert(service.name.clone()) {
                found.refuse(&*service.name, "the service stands twice", service.at);
                continue;
            }
            let stack = service.stack.clone();
            let project = projects
                .entry(stack.as_ref().map(|(name, _)| name.clone()))
                .or_insert_with(|| Project { name: stack.clone(), ..Project::default() });
            let (name, id) = (service.short().to_owned(), service.id.clone());
            match service.container(&mut up, found) {
                Ok(container) => {
                    let position = (stack.map(|(name, _)| name), project.containers.len());
                    id.into_iter().for_each(|id| drop(ids.insert(position.clone(), id)));
                    project.containers.push(container);
                }
                Err((reason, at)) => {
                    found.refuse(service.name, reason, at);
                    project.off.push(name);
                }
            }
        }
        let mut runs = task::Runs::of(&self.tasks, &nodes);
        for (stack, project) in &mut projects {
            for (position, container) in project.containers.iter_mut().enumerate() {
                let whole =
                    stack.as_ref().map_or_else(|| container.name.clone(), |it| format!("{it}_{}", container.name));
                let id = ids.get(&(stack.clone(), position));
                runs.put(&whole, id.map(String::as_str), container);
            }
        }
        for project in &mut found.projects {
            let stack = project.name.as_ref().map_or(asked.name.as_str(), |(name, _)| name.as_str());
            for container in &mut project.containers {
                runs.put(&format!("{stack}_{}", container.name), None, container);
            }
        }
        let left = runs.left(&taken, found);
        if !left.is_empty() {
            projects.entry(None).or_default().containers.extend(left);
        }
        let containers = found.projects.iter_mut().flat_map(|project| &mut project.containers);
        for container in containers.chain(projects.values_mut().flat_map(|project| &mut project.containers)) {
            spelling.put(&mut container.place);
        }
        found.projects.extend(projects.into_values());
        for container in found.projects.iter_mut().flat_map(|project| &mut project.containers) {
            fitting(container);
        }
    }

    /// Services of which a list alone speaks.
    fn with_listed(&mut self) {
        let known: HashSet<String> = self.services.iter().map(|service| service.name.clone()).collect();
        let listed = std::mem::take(&mut self.listed);
        self.services.extend(listed.into_iter().filter(|service| !known.contains(&service.name)));
    }
}

/// Whether one id is the other, or its beginning as lists print it.
fn is_id(whole: &str, listed: Option<&str>) -> bool {
    listed.is_some_and(|listed| !listed.is_empty() && whole.starts_with(listed))
}

/// No more places than there are replicas: an update has old and new ones for a while.
fn fitting(container: &mut Container) {
    if let Count::Replicas(count) = container.count {
        container.runs_on.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    }
}

/// A name of another thing that is not there.
fn unknown(what: &str, name: &str) -> String {
    format!("there is no {what} {} in the files", quoted(&crate::quantity::shorten(name)))
}
