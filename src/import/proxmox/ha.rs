//! High availability: groups of nodes and rules, from the files under `/etc/pve/ha` and from `pvesh get /cluster/ha/...`.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::fields::entries;
use super::super::found::{Bond, Bound, EACH_HOST, Found, Member, Project, Wish, Wished};
use super::of_id;
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Node, Value};
use crate::quantity::shorten;

/// A section: `group: name` and the lines indented below it.
pub struct Section {
    kind: String,
    name: String,
    at: Place,
    said: HashMap<String, (String, Place)>,
}

/// How often nodes are named, of all guests together.
const MOST_NAMED: usize = 1_000_000;

/// The kinds of section that there are.
const KINDS: &[&str] = &["vm", "ct", "group", "node-affinity", "resource-affinity"];

/// Whether a text has such sections.
pub fn is_sections(text: &str) -> bool {
    let mut first = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    first.next().and_then(|line| line.split_once(':')).is_some_and(|(kind, _)| KINDS.contains(&kind))
}

/// The sections of a text.
pub fn sections(text: &str, file: u32) -> Vec<Section> {
    let mut all: Vec<Section> = Vec::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let at = Place { file, line: number, column: 1, length: 0 };
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let line = line.trim();
            let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, "1"));
            if let Some(section) = all.last_mut() {
                section.said.insert(key.to_owned(), (value.trim().to_owned(), at));
            }
        } else if let Some((kind, name)) = line.split_once(':') {
            let (kind, name) = (kind.trim().to_owned(), name.trim().to_owned());
            all.push(Section { kind, name, at, said: HashMap::new() });
        }
    }
    all
}

impl Section {
    /// The section that a row is.
    pub fn of_row(row: &Node) -> Option<Section> {
        let said: HashMap<String, (String, Place)> = entries(row)
            .iter()
            .filter_map(|entry| match &entry.value.value {
                Value::Text(text) => Some((entry.key.to_string(), (text.to_string(), entry.value.at))),
                _ => None,
            })
            .collect();
        let of = |key: &str| said.get(key).map(|(text, _)| text.clone());
        let (kind, name) = match (of("sid"), of("rule"), of("group")) {
            (Some(sid), _, _) => {
                let (kind, name) = sid.split_once(':')?;
                (kind.to_owned(), name.to_owned())
            }
            (None, Some(rule), _) => (of("type")?, rule),
            (None, None, Some(group)) => ("group".to_owned(), group),
            _ => return None,
        };
        Some(Section { kind, name, at: row.at, said })
    }

    fn is(&self, key: &str) -> bool {
        self.said.get(key).is_some_and(|(text, _)| text == "1" || text == "true")
    }

    /// The nodes that it names, without their priorities.
    fn nodes(&self) -> Vec<String> {
        let list = self.said.get("nodes").map_or("", |(text, _)| text.as_str());
        list.split(',')
            .filter_map(|node| node.trim().split(':').next())
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The guests that it names.
    fn guests(&self) -> Vec<u64> {
        let list = self.said.get("resources").map_or("", |(text, _)| text.as_str());
        list.split(',').filter_map(|sid| sid.trim().split_once(':')?.1.parse().ok()).collect()
    }
}

/// The projects by the pool that they are, and the guests in them by number.
type Projects = BTreeMap<Option<String>, Project>;
type Positions = HashMap<u64, (Option<String>, usize)>;

/// What the sections say of the guests.
pub fn apply(sections: &[Section], projects: &mut Projects, by_id: &Positions, found: &mut Found) {
    let groups: HashMap<&str, &Section> =
        sections.iter().filter(|it| it.kind == "group").map(|it| (it.name.as_str(), it)).collect();
    let positions: HashMap<Option<String>, usize> =
        projects.keys().enumerate().map(|(position, name)| (name.clone(), position)).collect();
    let mut named = 0;
    for section in sections {
        match section.kind.as_str() {
            "vm" | "ct" => {
                let Some((name, at)) = section.said.get("group") else { continue };
                let Some(group) = groups.get(name.as_str()) else {
                    let reason = format!("there is no group {} in the files", quoted(&shorten(name)));
                    found.refuse(format!("{}:{}: group", section.kind, section.name), reason, *at);
                    continue;
                };
                let bind = Binding { nodes: group.nodes(), is_strict: group.is("restricted"), section };
                section.name.parse().iter().for_each(|guest| bind.apply(*guest, projects, by_id, &mut named, found));
            }
            "node-affinity" if !section.is("disable") => {
                let bind = Binding { nodes: section.nodes(), is_strict: section.is("strict"), section };
                section.guests().into_iter().for_each(|guest| bind.apply(guest, projects, by_id, &mut named, found));
            }
            "resource-affinity" if !section.is("disable") => {
                let kind = match section.said.get("affinity").map(|(text, _)| text.as_str()) {
                    Some("positive") => Bound::Together,
                    Some("negative") => Bound::AtMost(1, EACH_HOST.to_owned()),
                    _ => {
                        found.refuse(
                            &*section.name,
                            "the rule says neither that guests are together nor apart",
                            section.at,
                        );
                        continue;
                    }
                };
                let mut of = Vec::new();
                for guest in section.guests() {
                    let member = by_id.get(&guest).and_then(|(pool, container)| {
                        Some(Member { project: *positions.get(pool)?, container: *container, replica: None })
                    });
                    match member {
                        Some(member) => of.push(member),
                        None => unknown(guest, section, found),
                    }
                }
                of.sort_unstable();
                of.dedup();
                if of.len() > 1 {
                    found.bonds.push(Bond { kind, of, weight: None, at: section.at });
                }
            }
            _ => {}
        }
    }
}

fn unknown(guest: u64, section: &Section, found: &mut Found) {
    let message = format!("{} speaks of the guest {guest}, which is not imported, or is two", quoted(&section.name));
    found.note(message, section.at);
}

/// The nodes on which guests run alone, or had better.
struct Binding<'a> {
    nodes: Vec<String>,
    is_strict: bool,
    section: &'a Section,
}

impl Binding<'_> {
    fn apply(&self, guest: u64, projects: &mut Projects, by_id: &Positions, named: &mut usize, found: &mut Found) {
        let (section, nodes) = (self.section, &self.nodes);
        if nodes.is_empty() {
            return found.refuse(&*section.name, "names no nodes", section.at);
        }
        let Some(container) = of_id(guest, projects, by_id) else { return unknown(guest, section, found) };
        *named += nodes.len();
        if *named > MOST_NAMED {
            let reason = format!("nodes are named more than {MOST_NAMED} times, the limit");
            return found.refuse(format!("{}: {}", container.name, section.name), reason, section.at);
        }
        match (self.is_strict, &mut container.place.among) {
            (false, _) => {
                container.place.wishes.push(Wish { what: Wished::Hosts(nodes.clone()), weight: 1, at: section.at });
            }
            (true, Some((known, _))) => {
                let nodes: HashSet<&String> = nodes.iter().collect();
                known.retain(|node| nodes.contains(node));
            }
            (true, among @ None) => *among = Some((nodes.clone(), section.at)),
        }
    }
}
