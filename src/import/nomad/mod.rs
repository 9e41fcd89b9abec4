//! Nomad: job files, what `nomad job inspect` prints, and its lists of nodes. A group is a container of bayplan: its tasks share
//! a host, and it is groups that are counted.

mod clock;
mod group;
mod hcl;
mod node;
mod place;
mod tree;

use std::collections::HashSet;

use super::Asked;
use super::found::{Bond, Bound, EACH_HOST, Found, Member, Project};
use super::json::Json;
use super::texts::Texts;
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::document::tree::{Node, Value};
use crate::document::{Files, Problems, Source};
use clock::Clock;
use tree::Tree;

/// What the files have, and their texts.
///
/// # Errors
/// A file that cannot be read, or that has neither jobs nor nodes.
pub fn read(asked: &Asked, _files: &dyn Files) -> Result<(Found, Vec<Source>), Problems> {
    let mut texts = Texts::default();
    let mut trees: Vec<Tree> = Vec::new();
    let mut jobs = Vec::new();
    let mut given = hcl::Known::new();
    for file in &asked.files {
        let Some((number, text)) = texts.text(file) else { continue };
        // What begins with two of them is a template, and read to be told so.
        let start = text.trim_start();
        if start.starts_with(['{', '[']) && !["[[", "{{"].iter().any(|two| start.starts_with(two)) {
            match Json::new(text, number).and_then(|mut json| json.trees()) {
                Ok(roots) => trees.extend(roots.into_iter().map(Tree::of_json)),
                Err(stop) => texts.wrong(*stop),
            }
            continue;
        }
        match hcl::read(text, number) {
            Ok(read) if read.are_values() => given.extend(read.given()),
            Ok(read) if read.has("job") => jobs.push((read, text)),
            Ok(_) => texts.wrong(nothing(number, &file.name)),
            Err(stop) => texts.wrong(*stop),
        }
    }
    for (read, text) in &jobs {
        trees.push(Tree::of_hcl(read.tree(text, &read.known(&given))));
    }
    let mut found = Found::default();
    let mut reader = Reader { found: &mut found, clock: Clock::default(), jobs: Vec::new(), seen: HashSet::new() };
    let mut nodes = Vec::new();
    for tree in &trees {
        let before = (reader.jobs.len(), nodes.len());
        reader.sort(tree, &tree.root, &mut nodes);
        if before == (reader.jobs.len(), nodes.len()) {
            let file = tree.root.at.file;
            let name = asked.files.get(file as usize).map_or("", |file| file.name.as_str());
            texts.wrong(nothing(file, name));
        }
    }
    if let (true, true, Some(first)) = (reader.jobs.is_empty(), nodes.is_empty(), asked.files.first()) {
        texts.wrong_unless_any(|| nothing(0, &first.name));
    }
    let sources = texts.finish()?;
    reader.clock = Clock::of(asked, &nodes);
    for node in &nodes {
        node::read(node, &reader.clock, reader.found);
    }
    for (tree, job) in std::mem::take(&mut reader.jobs) {
        reader.job(tree, job);
    }
    let at = Place { file: 0, line: 1, column: 1, length: 0 };
    let said = reader.clock.said();
    if let Some(said) = said {
        found.note(said, at);
    }
    Ok((found, sources))
}

fn nothing(file: u32, name: &str) -> Diagnostic {
    let at = Place { file, line: 1, column: 1, length: 0 };
    let message = format!("{} has neither a job of Nomad nor nodes", quoted(name));
    let help = "a job is `job \"name\" { .. }`, or what `nomad job inspect NAME` prints; nodes are what \
                `nomad node status -json ID` or `nomad operator api '/v1/nodes?resources=true'` prints";
    Diagnostic::new(Code::BadValue, at, message).help(help)
}

struct Reader<'a> {
    found: &'a mut Found,
    clock: Clock,
    jobs: Vec<(&'a Tree, &'a Node)>,
    /// The jobs so far, by namespace and name.
    seen: HashSet<(String, String)>,
}

impl<'a> Reader<'a> {
    /// Finds the jobs and nodes of a tree.
    fn sort(&mut self, tree: &'a Tree, node: &'a Node, nodes: &mut Vec<&'a Node>) {
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| self.sort(tree, item, nodes)),
            Value::Map(entries) => {
                if let Some(job) = node.get("Job").filter(|job| matches!(job.value.value, Value::Map(_))) {
                    self.jobs.push((tree, &job.value));
                } else if let Some(node) = node.get("Node").filter(|node| node::is_node(&node.value)) {
                    nodes.push(&node.value);
                } else if tree.is_hcl {
                    for entry in entries.iter().filter(|entry| &*entry.key == "job") {
                        if let Value::List(jobs) = &entry.value.value {
                            self.jobs.extend(jobs.iter().map(|job| (tree, job)));
                        }
                    }
                } else if node.get("TaskGroups").is_some() {
                    self.jobs.push((tree, node));
                } else if node::is_node(node) {
                    nodes.push(node);
                } else {
                    let reason = "is neither a job with its groups nor a node";
                    self.found.refuse("a part", reason, node.at);
                }
            }
            _ => self.found.refuse("a part", "is neither a job nor a node", node.at),
        }
    }

    fn job(&mut self, tree: &Tree, job: &Node) {
        let label = tree.text(job, &["Name", "ID"]);
        let named = tree.text(job, &["ID", "name", "Name"]);
        let name = match (named, label) {
            (Some(Ok((name, at))), _) | (_, Some(Ok((name, at)))) => (name.to_owned(), at),
            (Some(Err((why, at))), _) | (_, Some(Err((why, at)))) => {
                self.found.refuse("job", format!("its name is not known: {why}"), at);
                return;
            }
            _ => {
                self.found.refuse("job", "it has no name", job.at);
                return;
            }
        };
        let namespace = tree.text(job, &["namespace", "Namespace"]).and_then(Result::ok);
        let namespace = namespace.map_or("default", |(namespace, _)| namespace).to_owned();
        if !self.seen.insert((namespace, name.0.clone())) {
            self.found.refuse(name.0, "the job stands twice: the first is taken", job.at);
            return;
        }
        let mut project = Project { name: Some(name.clone()), ..Project::default() };
        let groups = tree.list(job, &["group", "TaskGroups"]);
        let off = self.off(tree, job);
        if groups.is_empty() && tree.list(job, &["task"]).is_empty() && tree.unmade(job).is_empty() {
            self.found.refuse(&*name.0, "has no groups", job.at);
        }
        for one in groups {
            let group = match tree.text(one, &["Name"]) {
                Some(Ok((group, _))) => group.to_owned(),
                _ => "group".to_owned(),
            };
            let reason = match (&off, tree.text(one, &["Name"])) {
                (Some(off), _) => Some(off.clone()),
                (None, Some(Err((why, at)))) => Some((format!("its name is not known: {why}"), at)),
                _ => None,
            };
            let container = match reason {
                Some(reason) => Err(reason),
                None => group::read(tree, job, one, &name.0, &mut self.clock, self.found),
            };
            match container {
                Ok(container) => {
                    let of = Member {
                        project: self.found.projects.len(),
                        container: project.containers.len(),
                        replica: None,
                    };
                    for (most, label, at) in place::of_job(tree, one) {
                        // One of each is said of the container itself, as is what is said of hosts.
                        if let (Some(label), true) = (label, most > 1) {
                            let kind = Bound::AtMost(most, label);
                            self.found.bonds.push(Bond { kind, of: vec![of], weight: None, at });
                        }
                    }
                    project.containers.push(container);
                }
                Err((reason, at)) => {
                    self.found.refuse(format!("{}/{group}", name.0), reason, at);
                    project.off.push(group);
                }
            }
        }
        for (kind, why, at) in tree.unmade(job).into_iter().filter(|(kind, ..)| *kind == "group") {
            self.found.refuse(format!("{}/{kind}", name.0), why, at);
        }
        // Tasks without a group are a group each.
        for task in tree.list(job, &["task"]) {
            let named = tree.text(task, &["Name"]).and_then(Result::ok).map_or("task", |(name, _)| name);
            self.found.refuse(format!("{}/{named}", name.0), "stands in no group: write `group` around it", task.at);
        }
        let all = self.found.projects.len();
        for (most, label, at) in place::of_job(tree, job) {
            let of = (0..project.containers.len()).map(|container| Member { project: all, container, replica: None });
            if project.containers.len() > 1 || most > 1 && label.is_some() {
                let kind = Bound::AtMost(most, label.unwrap_or_else(|| EACH_HOST.to_owned()));
                self.found.bonds.push(Bond { kind, of: of.collect(), weight: None, at });
            }
        }
        self.found.projects.push(project);
    }

    /// Why nothing of a job runs all the time.
    fn off(&self, tree: &Tree, job: &Node) -> Option<(String, Place)> {
        if let Some(Ok(("true", at))) = tree.text(job, &["stop", "Stop"]) {
            return Some(("is stopped".to_owned(), at));
        }
        match tree.text(job, &["type", "Type"]) {
            Some(Ok(("batch" | "sysbatch", at))) => Some(("runs and ends: it is a batch job".to_owned(), at)),
            Some(Ok(("service" | "system", _))) | None => None,
            Some(Ok((other, at))) => Some((format!("{} is no type of a job", quoted(other)), at)),
            Some(Err((why, at))) => Some((format!("its type is not known: {why}"), at)),
        }
    }
}

#[cfg(test)]
mod tests;
