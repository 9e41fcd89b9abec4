//! What needs what, and what must share a host, by the names of the document.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::found::{Container, Count, Named, Project};
use super::{Rule, RuleKind, Scene, Settling, Startup};
use crate::diagnostic::{Place, quoted};

impl Scene<'_> {
    /// What needs what, by the names of the document.
    pub(super) fn needs(&mut self, project: &Project, containers: &mut [Settling]) {
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
    pub(super) fn rules(&mut self, project: &Project, startup: &Startup) -> Vec<Rule> {
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
            let Some(Settling { count: Count::Replicas(replicas), name, apart, .. }) = startup.containers.get(own)
            else {
                continue;
            };
            let id = format!("{}/{name}", startup.name);
            if let Some((most, at)) = container.place.at_most
                && most > 1
                && *replicas > most
            {
                if startup.is_range() {
                    let reason = "in a range of startups it cannot be said of each by itself".to_owned();
                    self.refuse(format!("{}: at most {most} on a host", container.name), reason, at);
                } else {
                    rules.push(Rule {
                        kind: RuleKind::AtMost(most, None),
                        of: vec![id.clone()],
                        each: false,
                        weight: None,
                    });
                }
            }
            // The first is said at the container.
            for label in apart.iter().skip(1) {
                if startup.is_range() {
                    let reason = "in a range of startups it cannot be said of each by itself".to_owned();
                    self.refuse(format!("{}: apart by `{label}`", container.name), reason, container.at);
                } else {
                    let kind = RuleKind::AtMost(1, Some(label.clone()));
                    rules.push(Rule { kind, of: vec![id.clone()], each: false, weight: None });
                }
            }
        }
        for group in groups.lists() {
            let names = group.iter().filter_map(|&at| startup.containers.get(at)).map(|one| &one.name);
            let of = names.map(|name| format!("{}/{name}", startup.name)).collect();
            rules.push(Rule { kind: RuleKind::Together, of, each: startup.is_range(), weight: None });
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
