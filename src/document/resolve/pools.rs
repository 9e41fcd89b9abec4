//! `pools:` becomes what hosts share: amounts, who reaches them, and a resource for each of what they have.

use std::sync::Arc;

use super::allowed::reaching;
use super::demand::section;
use super::lab::{self, Hosts};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::model::{Kept, Pool};
use crate::quantity::{Counted, Family, LARGEST_SUM, Pooled, Resource};

/// The most resources of all pools together: each host and each container carries an amount of every one.
const MOST_POOLED: usize = 24;

/// What a host keeps of each resource, as written.
type AllKept = Arc<[Vec<Kept>]>;

/// Adds the pools to the lab, and what they have behind the resources of the hosts.
pub fn add(tree: &Node, hosts: &mut Hosts, found: &mut Findings) {
    let mut kept: Option<(AllKept, AllKept)> = None;
    for entry in section(tree, "pools") {
        // The shape says what is wrong with it.
        if !matches!(entry.value.value, Value::Map(_)) {
            continue;
        }
        if hosts.lab.pooled().len() + 1 + lab::named(&entry.value).len() > MOST_POOLED {
            let message = format!("with `{}` the pools have more than {MOST_POOLED} resources, the limit", entry.key);
            found.push(Diagnostic::new(Code::TooLarge, entry.at, message).help("leave out what no container asks for"));
            return;
        }
        let pool = pool(tree, entry, hosts, found);
        hosts.lab.pools.push(pool);
    }
    let more = hosts.lab.pooled().len();
    for host in &mut hosts.lab.hosts {
        // More than all containers together can ask for: it is the pool that limits them.
        host.capacity.extend(std::iter::repeat_n(LARGEST_SUM, more));
        host.reserve.extend(std::iter::repeat_n(0, more));
        host.allocatable.extend(std::iter::repeat_n(LARGEST_SUM, more));
        host.overcommit.extend(std::iter::repeat_n(None, more));
        // Hosts of one kind stand together, and share it.
        let longer = match &kept {
            Some((of, longer)) if Arc::ptr_eq(of, &host.kept) => Arc::clone(longer),
            _ => host.kept.iter().cloned().chain(std::iter::repeat_n(Vec::new(), more)).collect(),
        };
        kept = Some((std::mem::replace(&mut host.kept, Arc::clone(&longer)), longer));
    }
}

fn pool(tree: &Node, entry: &Entry, hosts: &mut Hosts, found: &mut Findings) -> Pool {
    let node = &entry.value;
    if node.get("disk").is_none() {
        let message = format!("the pool `{}` does not say how much there is", entry.key);
        found.push(Diagnostic::new(Code::MissingKey, entry.at, message).help("write `disk`, as in `disk: 4TB`"));
    }
    let own: Vec<Counted> = resources(node).into_iter().map(|of| counted(tree, node, of)).collect();
    lab::check_units(node, &own, found);
    let amount = |of: &Counted| {
        let text = lab::amount_at(node, of).and_then(|entry| lab::text(&entry.value));
        text.and_then(|text| of.parse_down(text).ok()).unwrap_or(0)
    };
    let capacity: Vec<u64> = own.iter().map(amount).collect();
    let (reserve, kept) = lab::reserves(entry, &own, &capacity, found);
    let reach = node.get("hosts").and_then(|said| reaching("hosts", &said.value, hosts, found));
    let first = hosts.lab.resources.len();
    let pooled =
        |of: Counted| Counted { resource: Resource::Pooled(Pooled::new(&entry.key, of.resource).into()), ..of };
    hosts.lab.resources.extend(own.into_iter().map(pooled));
    Pool {
        name: entry.key.to_string(),
        title: lab::text_at(node, "title").map(str::to_owned),
        resources: first..hosts.lab.resources.len(),
        allocatable: capacity.iter().zip(&reserve).map(|(capacity, reserve)| capacity - reserve).collect(),
        capacity,
        reserve,
        kept,
        hosts: reach.as_ref().map(|reach| Arc::clone(&reach.hosts)),
        said: reach.as_ref().map(|reach| Arc::clone(&reach.said)),
        written: reach.map(|reach| reach.written),
        later: Vec::new(),
        at: entry.at,
    }
}

/// Disk, and what has a name.
fn resources(node: &Node) -> Vec<Resource> {
    let named = |entry: &Entry| {
        let name = entry.key.to_string();
        match lab::text(&entry.value) {
            Some(text)
                if Resource::Named(String::new()).parse(text).is_err() && Resource::Memory.parse_up(text).is_ok() =>
            {
                Resource::Sized(name)
            }
            _ => Resource::Named(name),
        }
    };
    let mut all = vec![Resource::Disk];
    all.extend(lab::named(node).iter().filter(|entry| !lab::is_reserved(&entry.key)).map(named));
    all[1..].sort_by(|a, b| a.name().cmp(b.name()));
    all
}

/// A resource in the units in which the pool speaks of it, or who draws on it.
fn counted(tree: &Node, node: &Node, of: Resource) -> Counted {
    let its = lab::amount_at(node, &of).and_then(|entry| Family::of(lab::text(&entry.value)?));
    lab::counted_like(tree, of, its.as_slice())
}
