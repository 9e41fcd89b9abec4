//! Where the groups of a job may run: constraints, affinities and spreads.

use std::collections::BTreeMap;

use super::super::found::{Avoid, Container, EACH_HOST, Found, Wish, Wished};
use super::tree::Tree;
use crate::diagnostic::{Place, quoted};
use crate::document::tree::Node;
use crate::quantity::shorten;

/// What of a host is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// Its name.
    Host,
    /// A label.
    Label(String),
}

/// What a constraint asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Constraint {
    Equal(Target, String),
    NotEqual(Target, String),
    /// At most so many on hosts with the same.
    AtMost(u64, Target),
    Nothing,
}

type Asked = Result<(Constraint, Place), (String, Place)>;

/// `${meta.rack}` is the label `rack`, `${node.unique.name}` the host itself.
fn target(text: &str) -> Option<Target> {
    let name = text.trim();
    let name = name.strip_prefix("${").and_then(|name| name.strip_suffix('}')).unwrap_or(name).trim();
    let name = name
        .strip_prefix("meta[\"")
        .and_then(|name| name.strip_suffix("\"]"))
        .map_or(name.to_owned(), |name| format!("meta.{name}"));
    match name.as_str() {
        "node.unique.name" | "node.unique.id" | "attr.unique.hostname" => return Some(Target::Host),
        "node.pool" => return Some(Target::Label("node-pool".to_owned())),
        _ => {}
    }
    let (kind, rest) = name.split_once('.')?;
    (matches!(kind, "attr" | "meta" | "node") && !rest.is_empty()).then(|| Target::Label(rest.to_owned()))
}

/// What one block asks for.
fn constraint(tree: &Tree, node: &Node) -> Asked {
    let one = |keys: &[&str]| tree.text(node, keys).transpose();
    // `distinct_hosts = true` and others that stand for an operator.
    let short = [
        "distinct_hosts",
        "distinct_property",
        "version",
        "semver",
        "regexp",
        "set_contains",
        "set_contains_any",
        "set_contains_all",
        "is_set",
        "is_not_set",
    ];
    let mut operator = one(&["operator", "Operand"])?.map_or("=", |(text, _)| text);
    let mut value = one(&["value", "RTarget"])?;
    let mut attribute = one(&["attribute", "LTarget"])?;
    for name in short {
        if let Some(said) = one(&[name])? {
            operator = name;
            match name {
                "distinct_property" => attribute = Some(said),
                "is_set" | "is_not_set" => {}
                _ => value = value.or(Some(said)),
            }
        }
    }
    let at = value.or(attribute).map_or(node.at, |(_, at)| at);
    let of = attribute.map_or("", |(text, _)| text);
    let refused = |why: &str| Err((why.to_owned(), at));
    if operator == "distinct_hosts" {
        let is_off = value.is_some_and(|(text, _)| text == "false");
        return Ok((if is_off { Constraint::Nothing } else { Constraint::AtMost(1, Target::Host) }, at));
    }
    let Some(target) = target(of) else {
        return Err((format!("{} is nothing of a host that is known here", quoted(&shorten(of))), at));
    };
    let text = value.map(|(text, _)| text);
    match (operator, text) {
        ("distinct_property", text) => match text.unwrap_or("1").parse::<u64>() {
            Ok(most) if most > 0 => Ok((Constraint::AtMost(most, target), at)),
            _ => refused("it says no number of allocations"),
        },
        (_, Some(text)) if text.contains("${") => refused("it compares with what is known only where it runs"),
        ("=" | "==" | "is" | "", Some(text)) => Ok((Constraint::Equal(target, text.to_owned()), at)),
        ("!=" | "not", Some(text)) => Ok((Constraint::NotEqual(target, text.to_owned()), at)),
        (operator, _) => Err((format!("a label is what it is: {} cannot be said", quoted(&shorten(operator))), at)),
    }
}

fn constraints(tree: &Tree, node: &Node) -> Vec<Asked> {
    tree.list(node, &["constraint", "Constraints"]).into_iter().map(|node| constraint(tree, node)).collect()
}

/// What a node of the tree says of at most how many, on hosts of the same label; `None` is each host by itself.
pub fn of_job(tree: &Tree, node: &Node) -> Vec<(u64, Option<String>, Place)> {
    let bonds = constraints(tree, node).into_iter().filter_map(|asked| match asked {
        Ok((Constraint::AtMost(most, Target::Host), at)) => Some((most, None, at)),
        Ok((Constraint::AtMost(most, Target::Label(label)), at)) => Some((most, Some(label), at)),
        _ => None,
    });
    bonds.collect()
}

/// Puts into a container where it may run, as its job, group and tasks say it.
pub fn read(tree: &Tree, levels: &[&Node], what: &str, container: &mut Container, found: &mut Found) {
    for node in levels {
        for asked in constraints(tree, node) {
            match asked {
                Ok((constraint, at)) => put(constraint, at, what, container, found),
                Err((why, at)) => found.refuse(format!("{what}: constraint"), why, at),
            }
        }
        for affinity in tree.list(node, &["affinity", "Affinities"]) {
            let weight = weight(tree, affinity);
            match (constraint(tree, affinity), weight) {
                (Ok((Constraint::Equal(target, value), at)), Ok(weight)) if weight > 0 => {
                    let what = match target {
                        Target::Host => Wished::Hosts(vec![value]),
                        Target::Label(label) => Wished::Labels(BTreeMap::from([(label, value)])),
                    };
                    container.place.wishes.push(Wish { what, weight: weight.unsigned_abs(), at });
                }
                (Ok((Constraint::Equal(..), _)), Ok(0)) => {}
                (Ok((_, at)), Ok(_)) => {
                    let why = "a wish says what a host had better be, not what it had better not be";
                    found.refuse(format!("{what}: affinity"), why, at);
                }
                (Err((why, at)), _) | (_, Err((why, at))) => found.refuse(format!("{what}: affinity"), why, at),
            }
        }
        for spread in tree.list(node, &["spread", "Spreads"]) {
            let said = tree.text(spread, &["attribute", "Attribute"]);
            let targets = tree.list(spread, &["target", "SpreadTarget"]);
            match said {
                Some(Ok((attribute, at))) => match (target(attribute), targets.first()) {
                    (Some(_), Some(target)) => {
                        let why = "shares of each value cannot be said, only that all have as many";
                        found.refuse(format!("{what}: spread"), why, target.at);
                    }
                    (Some(target), None) => {
                        let label = match target {
                            Target::Host => EACH_HOST.to_owned(),
                            Target::Label(label) => label,
                        };
                        let weight = weight(tree, spread).unwrap_or(50).unsigned_abs().max(1);
                        container.place.wishes.push(Wish { what: Wished::Even(label, 1), weight, at });
                    }
                    (None, _) => {
                        let why = format!("{} is nothing of a host that is known here", quoted(&shorten(attribute)));
                        found.refuse(format!("{what}: spread"), why, at);
                    }
                },
                Some(Err((why, at))) => found.refuse(format!("{what}: spread"), why, at),
                None => found.refuse(format!("{what}: spread"), "it names no attribute", spread.at),
            }
        }
    }
}

/// A weight from -100 to 100, 50 unless given.
fn weight(tree: &Tree, node: &Node) -> Result<i64, (String, Place)> {
    match tree.text(node, &["weight", "Weight"]) {
        None => Ok(50),
        Some(Err(why)) => Err(why),
        Some(Ok((text, at))) => match text.parse::<i64>() {
            Ok(weight) if (-100..=100).contains(&weight) => Ok(weight),
            _ => Err((format!("{} is no weight from -100 to 100", quoted(text)), at)),
        },
    }
}

fn put(constraint: Constraint, at: Place, what: &str, container: &mut Container, found: &mut Found) {
    let place = &mut container.place;
    match constraint {
        Constraint::Nothing => {}
        Constraint::Equal(Target::Host, name) => match &place.host {
            Some((there, _)) if *there != name => {
                found.refuse(format!("{what}: constraint"), "another host is asked for besides", at);
            }
            _ => place.host = Some((name, at)),
        },
        Constraint::Equal(Target::Label(label), value) => match place.labels.get(&label) {
            Some((there, _)) if *there != value => {
                found.refuse(format!("{what}: constraint"), "another value of it is asked for besides", at);
            }
            _ => drop(place.labels.insert(label, (value, at))),
        },
        Constraint::NotEqual(Target::Host, name) => place.avoid.push((Avoid::Host(name), at)),
        Constraint::NotEqual(Target::Label(label), value) => place.avoid.push((Avoid::Label(label, value), at)),
        Constraint::AtMost(most, Target::Host) => {
            if place.at_most.is_none_or(|(there, _)| most < there) {
                place.at_most = Some((most, at));
            }
        }
        Constraint::AtMost(1, Target::Label(label)) => {
            if !place.apart.iter().any(|(there, _)| *there == label) {
                place.apart.push((label, at));
            }
        }
        // Said as a bond, by whoever knows which container it is.
        Constraint::AtMost(_, Target::Label(_)) => {}
    }
}

/// Puts in the datacenters of a job, as far as the nodes tell them apart.
pub fn datacenters(tree: &Tree, job: &Node, what: &str, container: &mut Container, found: &mut Found) {
    use crate::document::tree::Value;
    let list = ["datacenters", "Datacenters"].iter().find_map(|key| job.get(key)).map(|entry| &entry.value);
    let Some(Node { value: Value::List(items), at }) = list else { return };
    let mut wanted: Vec<&str> = Vec::new();
    for item in items.iter() {
        match tree.text_of(item) {
            Ok((name, _)) => wanted.push(name),
            Err((why, at)) => {
                found.refuse(format!("{what}: datacenters"), why, at);
                return;
            }
        }
    }
    let of_host = |host: &super::super::found::Machine| host.labels.get("datacenter").map(|(value, _)| value.clone());
    let is_wanted = |name: &str| wanted.iter().any(|pattern| matches(pattern, name));
    if wanted.contains(&"*") || wanted.is_empty() {
        return;
    }
    if found.hosts.is_empty() {
        let message = "datacenters are left out, for no nodes are imported with the jobs";
        if !found.notes.iter().any(|note| note.message == message) {
            found.note(message, *at);
        }
        return;
    }
    let hosts: Vec<String> = found
        .hosts
        .iter()
        .filter(|host| of_host(host).is_some_and(|name| is_wanted(&name)))
        .map(|host| host.name.clone())
        .collect();
    match hosts.len() {
        0 => found.refuse(format!("{what}: datacenters"), "no node is in any of them", *at),
        count if count == found.hosts.len() => {}
        _ => container.place.among = Some((hosts, *at)),
    }
}

/// Whether a name is as a pattern has it, in which `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = pattern.contains('*').then(|| parts.next_back()).flatten() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or(""),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_targets() {
        assert!(
            matches("dc1", "dc1") && matches("dc*", "dc12") && matches("*-eu-*", "a-eu-b") && !matches("dc1", "dc12")
        );
        assert_eq!(target("${meta.rack}"), Some(Target::Label("rack".to_owned())));
        assert_eq!(target("${attr.kernel.name}"), Some(Target::Label("kernel.name".to_owned())));
        assert_eq!(target("${node.unique.name}"), Some(Target::Host));
        assert_eq!(target("${NOMAD_ALLOC_ID}"), None);
    }
}
