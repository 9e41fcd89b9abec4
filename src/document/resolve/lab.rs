//! `hosts:` becomes the lab: resources, capacities, reserves, allocatable amounts, hosts spelled out.

use std::collections::{BTreeMap, HashMap};

use super::phases::Phases;
use super::varying::Times;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::keys::{MOST_CONTAINERS, MOST_HOSTS, RESERVE, TARGET, Table};
use crate::document::syntax::shape::RESERVED;
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::model::{Follows, Host, HostIndex, HostState, Kept, Lab, PhaseIndex, Positions, Span, UNLIMITED};
use crate::quantity::{
    Aspect, Counted, Decimal, Derived, Family, LARGEST_MILLIONTHS, LARGEST_SUM, Resource, parse_millionths, shorten,
};

/// The most resources: each host and each container carries an amount of every one.
pub const MOST_RESOURCES: usize = 32;

/// The most budgets of a host: one bit says of each who writes it, and as many as there are besides are for pools.
const MOST_COUNTED: usize = 40;

/// The most labels that all hosts carry together: each host has its own.
const MOST_LABELS: u64 = 1_000_000;

/// The lab, and what its names stand for.
#[derive(Debug, Default)]
pub struct Hosts {
    /// The lab.
    pub lab: Lab,
    /// The hosts that a key under `hosts:` stands for.
    pub kinds: BTreeMap<String, Positions<HostIndex>>,
    /// The host of each name.
    pub names: HashMap<String, HostIndex>,
    /// The hosts that carry each value of each label, ascending.
    pub labels: BTreeMap<String, BTreeMap<String, Vec<Positions<HostIndex>>>>,
}

/// Resolves `hosts:`; `None` where there are too many to spell out.
pub fn resolve(tree: &Node, phases: &Phases, times: &Times, found: &mut Findings) -> Option<Hosts> {
    let mut hosts = Hosts::default();
    let kinds: &[Entry] = match tree.get("hosts") {
        Some(Entry { value: Node { value: Value::Map(kinds), .. }, .. }) => kinds,
        Some(_) => return Some(hosts),
        None => &[],
    };
    if kinds.is_empty() {
        let at = tree.get("hosts").map_or(Place { file: 0, line: 1, column: 1, length: 0 }, |entry| entry.at);
        let diagnostic = Diagnostic::new(Code::NoHosts, at, "the document has no hosts");
        found.push(diagnostic.help("add `hosts:` with at least one, or take them from a file with `extends:`"));
    }
    if !few_enough(kinds, found) {
        return None;
    }
    hosts.lab.times = if times.resources.is_empty() { Vec::new() } else { times.names.clone() };
    hosts.lab.resources = resources(kinds, times, found)?.into_iter().map(|resource| counted(tree, resource)).collect();
    let usual = usual_targets(tree, &hosts.lab.resources, found);
    for kind in kinds {
        add_kind(kind, &usual, &mut hosts, phases, found);
    }
    check_names(kinds, &hosts, found);
    check_sums(tree, &hosts.lab, found);
    super::pools::add(tree, &mut hosts, found);
    Some(hosts)
}

/// A scalar's text.
pub fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The text under a key.
pub fn text_at<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key).and_then(|entry| text(&entry.value))
}

/// A whole number of 0 or more under a key, where it can be read; its shape has been checked.
pub fn whole_at(node: &Node, key: &str) -> Option<u64> {
    node.get(key).and_then(|entry| whole(&entry.value))
}

/// A whole number of 0 or more, where it can be read; its shape has been checked.
pub fn whole(node: &Node) -> Option<u64> {
    text(node).and_then(|text| Resource::Named(String::new()).parse(text).ok())
}

/// The places in a map where amounts of a resource stand: its key, or its name under `resources`.
pub fn amount_at<'a>(node: &'a Node, resource: &Resource) -> Option<&'a Entry> {
    match resource.base() {
        Resource::Named(name) | Resource::Sized(name) => node.get("resources").and_then(|entry| entry.value.get(name)),
        base => node.get(base.name()),
    }
}

/// Whether no further resource may be called so.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// The named resources that a map speaks of.
pub fn named(node: &Node) -> &[Entry] {
    match node.get("resources").map(|entry| &entry.value.value) {
        Some(Value::Map(entries)) => entries,
        _ => &[],
    }
}

/// Said for every named resource in `node` that no host lists.
pub fn check_known(node: &Node, resources: &[Counted], found: &mut Findings) {
    for entry in named(node) {
        // The shape says where cpu, memory and disk stand there.
        let reserved = is_reserved(&entry.key);
        let named = resources.iter().filter(|one| one.is_named());
        if !reserved && !named.clone().any(|one| one.name() == &*entry.key) {
            let known = named.map(|one| one.name());
            let message = format!("no host lists the resource `{}`", entry.key);
            let help = found.help_with(&entry.key, known);
            let help = help.unwrap_or_else(|| format!("give a host `resources: {{{}: 1}}`", entry.key));
            found.push(Diagnostic::new(Code::UnknownResource, entry.at, message).help(help));
        }
    }
}

/// Said for every amount of a named resource in `node` that is counted in bytes where the hosts count ones, or the other way
/// round; what cannot be read at all the shape says.
pub fn check_units(node: &Node, resources: &[Counted], found: &mut Findings) {
    for entry in named(node) {
        let Some(resource) = resources.iter().find(|one| one.is_named() && one.name() == &*entry.key) else { continue };
        let parts =
            if let Value::List(parts) = &entry.value.value { parts } else { std::slice::from_ref(&entry.value) };
        let texts = parts.iter().filter_map(|part| Some((part.at, text(part)?)));
        for (at, text) in texts.flat_map(|(at, text)| text.split('+').map(move |term| (at, term.trim()))) {
            let bytes = Resource::Memory.parse_up(text).is_ok();
            let ones = Resource::Named(String::new()).parse(text).is_ok();
            let (is_sized, key) = (matches!(**resource, Resource::Sized(_)), &entry.key);
            let (code, message, help) = match (is_sized, bytes, ones) {
                (true, false, true) => {
                    let message = format!("`{key}` is counted in bytes, and `{}` has no unit", shorten(text));
                    (Code::MissingUnit, message, format!("say `{text}GB` or `{text}GiB`, as the hosts do"))
                }
                (false, true, false) => {
                    let message = format!("`{key}` is counted by ones, and `{}` has a unit", shorten(text));
                    (Code::UnknownUnit, message, "write a plain whole number, or give all hosts a unit".to_owned())
                }
                _ => continue,
            };
            found.add(code, at, message, help);
        }
    }
}

/// How many hosts a kind has in any phase; one where its number is beyond the limits, which the shape says.
fn count_of(kind: &Entry) -> u64 {
    counts(&kind.value, "count").into_iter().filter(|count| (1..=MOST_HOSTS).contains(count)).max().unwrap_or(1)
}

/// All that is said of how many there are.
pub fn counts(node: &Node, key: &str) -> Vec<u64> {
    match node.get(key).map(|entry| &entry.value) {
        Some(Node { value: Value::Map(phases), .. }) => phases.iter().filter_map(|of| whole(&of.value)).collect(),
        Some(node) => whole(node).into_iter().collect(),
        None => Vec::new(),
    }
}

/// From which phase on there are how many, ascending; empty where that is one number.
pub fn counts_by_phase(node: &Node, key: &str, phases: &Phases, found: &mut Findings) -> Vec<(PhaseIndex, u64)> {
    let Some(entry) = node.get(key) else { return Vec::new() };
    let Value::Map(of_phases) = &entry.value.value else { return Vec::new() };
    let mut counts: Vec<(PhaseIndex, u64)> =
        of_phases.iter().filter_map(|of| Some((phases.position(of, found)?, whole(&of.value)?))).collect();
    counts.sort_unstable();
    if of_phases.is_empty() {
        let message = format!("`{key}` says nothing of any phase");
        found.add(Code::EmptyValue, entry.at, message, "write a number, or one for each phase from which on it holds");
    }
    counts
}

/// Says where nothing is said of how many there are in the phase `from`, the first in which there are any.
pub fn check_first(
    first: Option<PhaseIndex>,
    from: PhaseIndex,
    at: (&str, Place),
    phases: &Phases,
    found: &mut Findings,
) {
    if first.is_some_and(|first| first > from) {
        let missing = phases.list.get(from).map_or("", |phase| &phase.name);
        let message = format!("`{}` does not say how many there are in the phase `{missing}`", at.0);
        found.add(Code::PhaseOrder, at.1, message, format!("write `{missing}: ...` before it"));
    }
}

/// The phases in which the host of this number is there, of a kind that is there in `span`.
fn span_of(number: u64, counts: &[(PhaseIndex, u64)], span: Span, entry: &Entry, found: &mut Findings) -> Span {
    let mut own = Span { from: PhaseIndex::MAX, until: PhaseIndex::MAX };
    for &(phase, count) in counts {
        let there = count >= number;
        if there && own.from == PhaseIndex::MAX {
            own.from = phase;
        } else if !there && own.from != PhaseIndex::MAX && own.until == PhaseIndex::MAX {
            own.until = phase;
        } else if there && own.until != PhaseIndex::MAX {
            let message = format!("`{}-{number}` is gone in between: a host that went does not come back", entry.key);
            found.add(
                Code::PhaseOrder,
                entry.at,
                message,
                "let the count rise, then fall, and call what comes anew otherwise",
            );
            break;
        }
    }
    own.and(span)
}

/// Whether they may be spelled out: counted before anything is.
fn few_enough(kinds: &[Entry], found: &mut Findings) -> bool {
    let (mut total, mut labels) = (0_u64, 0_u64);
    for kind in kinds {
        let count = count_of(kind);
        let own = kind.value.get("labels").map_or(0, |labels| super::demand::entries(&labels.value).len());
        total = total.saturating_add(count);
        labels = labels.saturating_add(count.saturating_mul(own as u64));
        if labels > MOST_LABELS {
            let message = format!("with `{}` the hosts carry more than {MOST_LABELS} labels, the limit", kind.key);
            found.add(Code::TooLarge, kind.at, message, "leave out labels that nothing speaks of");
            return false;
        }
        if total > MOST_HOSTS {
            let message = format!("with `{}` there are more than {MOST_HOSTS} hosts, the limit", kind.key);
            found.push(Diagnostic::new(Code::TooManyHosts, kind.at, message).help("lower the `count`"));
            return false;
        }
    }
    true
}

/// The resources that at least one host lists.
fn resources(kinds: &[Entry], times: &Times, found: &mut Findings) -> Option<Vec<Resource>> {
    let listed = |resource: &Resource| kinds.iter().any(|kind| kind.value.get(resource.name()).is_some());
    let mut resources: Vec<Resource> =
        [Resource::Cpu, Resource::Memory, Resource::Disk].into_iter().filter(listed).collect();
    let mut names: BTreeMap<String, Option<bool>> = BTreeMap::new();
    for entry in kinds.iter().flat_map(|kind| named(&kind.value)) {
        if !is_reserved(&entry.key) {
            // Counted in bytes where the first host that has any of it says a unit.
            let is_bytes = text(&entry.value).filter(|text| Resource::Named(String::new()).parse(text) != Ok(0));
            let is_bytes = is_bytes.map(|text| Resource::Memory.parse_up(text).is_ok());
            match names.get_mut(&*entry.key) {
                Some(known) => *known = known.or(is_bytes),
                None => drop(names.insert(entry.key.to_string(), is_bytes)),
            }
        }
        if names.len() > MOST_RESOURCES {
            let message = format!("the hosts list more than {MOST_RESOURCES} named resources, the limit");
            found.add(Code::TooLarge, entry.at, message, "leave out those that no container asks for");
            return None;
        }
    }
    let named = |(name, is_bytes): (String, Option<bool>)| match is_bytes {
        Some(true) => Resource::Sized(name),
        _ => Resource::Named(name),
    };
    resources.extend(names.into_iter().map(named));
    resources.extend(Some(Resource::Containers).filter(listed));
    let differ: Vec<Resource> = resources.iter().filter(|it| times.resources.contains(it.name())).cloned().collect();
    let further = times.names.iter().enumerate().skip(1);
    resources.extend(
        further.flat_map(|(time, name)| differ.iter().map(move |of| Derived::at(of.clone(), time, name).into())),
    );
    let limited = |resource: &&Resource| {
        let says = |kind: &Entry| kind.value.get("limits").is_some_and(|it| amount_at(&it.value, resource).is_some());
        resource.is_asked() && kinds.iter().any(says)
    };
    let limited: Vec<Resource> =
        resources.iter().filter(limited).cloned().map(Derived::limits).map(Into::into).collect();
    resources.extend(limited);
    if resources.len() > MOST_COUNTED {
        let message = format!(
            "there are more than {MOST_COUNTED} resources, those included that differ by time or whose limits are counted"
        );
        let at = kinds.first().map_or_else(Place::default, |kind| kind.at);
        found.add(Code::TooLarge, at, message, "leave out those that no container asks for");
        return None;
    }
    Some(resources)
}

/// A resource in the units in which the document speaks of it.
fn counted(tree: &Node, resource: Resource) -> Counted {
    if !resource.is_bytes() {
        return resource.into();
    }
    let mut hosts = Vec::new();
    for kind in super::demand::section(tree, "hosts") {
        hosts.extend(amount_at(&kind.value, &resource).and_then(|entry| Family::of(text(&entry.value)?)));
    }
    hosts.dedup();
    counted_like(tree, resource, &hosts)
}

/// A resource of which there is so much as these families say, in the units in which the document speaks of it.
pub fn counted_like(tree: &Node, resource: Resource, hosts: &[Family]) -> Counted {
    if !resource.is_bytes() {
        return resource.into();
    }
    let mut all = hosts.to_vec();
    for part in ["hosts", "sizes", "stacks", "startups"].iter().filter_map(|key| tree.get(key)) {
        families(&part.value, &resource, &mut all);
    }
    Counted::new(resource, hosts, &all)
}

/// The families of all amounts of a resource within a map, sizes of the catalogue included; neighbours that are equal once.
fn families(node: &Node, resource: &Resource, all: &mut Vec<Family>) {
    let Value::Map(entries) = &node.value else { return };
    for entry in entries.iter() {
        let said = match &entry.value.value {
            Value::Text(size) if &*entry.key == "size" => {
                let listed =
                    super::catalogue::lookup(size).and_then(|it| super::services::catalogue_amount(it, resource));
                let binary = |bytes: u64| bytes.is_multiple_of(Family::Binary.step());
                listed.map(|bytes| if binary(bytes) { Family::Binary } else { Family::Decimal })
            }
            Value::Text(text) if *entry.key == *resource.base().name() => Family::of(text),
            _ => None,
        };
        all.extend(said.filter(|family| all.last() != Some(family)));
        families(&entry.value, resource, all);
    }
}

/// What the document says of hosts that say nothing themselves, for each resource.
fn usual_targets(tree: &Node, resources: &[Counted], found: &mut Findings) -> Vec<Option<Decimal>> {
    let said = tree.get("target").map(|entry| &entry.value);
    said.into_iter().for_each(|target| check_known(target, resources, found));
    for resource in [Resource::Cpu, Resource::Memory, Resource::Disk] {
        let entry = said.and_then(|target| target.get(resource.name()));
        let Some(entry) = entry.filter(|_| resources.iter().all(|it| *it != resource)) else { continue };
        let message = format!("`target` of a resource that no host lists: {}", entry.key);
        let help = format!("give a host `{}`, or leave it out", entry.key);
        found.push(Diagnostic::new(Code::UnknownResource, entry.at, message).help(help));
    }
    resources.iter().map(|resource| said.and_then(|target| target_of(target, resource))).collect()
}

fn target_of(target: &Node, resource: &Resource) -> Option<Decimal> {
    // Limits are another matter.
    let said = text(&amount_at(target, resource).filter(|_| !resource.is_limits())?.value)?;
    Decimal::parse(said.trim().strip_suffix('%')?.trim_end()).ok()
}

/// What had better not be passed on a host: what it says itself, else what the document says.
fn targets(
    kind: &Entry,
    usual: &[Option<Decimal>],
    resources: &[Counted],
    found: &mut Findings,
) -> Vec<Option<Decimal>> {
    let Some(own) = kind.value.get("target").map(|entry| &entry.value) else { return usual.to_vec() };
    check_known(own, resources, found);
    check_unlisted(&kind.value, own, resources, &TARGET, found);
    resources.iter().zip(usual).map(|(resource, usual)| target_of(own, resource).or(*usual)).collect()
}

fn add_kind(kind: &Entry, usual: &[Option<Decimal>], hosts: &mut Hosts, phases: &Phases, found: &mut Findings) {
    let node = &kind.value;
    let resources = &hosts.lab.resources;
    check_units(node, resources, found);
    let own = &resources[..resources.iter().take_while(|resource| !resource.is_derived()).count()];
    let capacity: Vec<u64> = own.iter().map(|resource| amount(node, resource)).collect();
    if let Some(reserve) = kind.value.get("reserve") {
        check_unlisted(&kind.value, &reserve.value, resources, &RESERVE, found);
    }
    let (reserve, kept) = reserves(kind, own, &capacity, found);
    let (allocatable, overcommit) = allocatables(kind, own, &capacity, &reserve, found);
    let derived = hosts.lab.derived();
    check_limits(kind, &hosts.lab.resources, found);
    let follows = |of: &Follows| match of.aspect {
        Aspect::At(_) => Further::at(of.of, (&capacity, &reserve, &kept), (&allocatable, &overcommit)),
        Aspect::Limits => limits(kind, of, &hosts.lab.resources, (&capacity, &reserve), found),
    };
    let further: Vec<Further> = derived.iter().map(follows).collect();
    let targets = targets(kind, usual, resources, found).into();
    let millionths = |key| text_at(node, key).and_then(|text| parse_millionths(text, LARGEST_MILLIONTHS).ok());
    let pattern = Host {
        name: kind.key.to_string(),
        kind: kind.key.to_string(),
        title: text_at(node, "title").map(str::to_owned),
        capacity: capacity.into_iter().chain(further.iter().map(|it| it.capacity)).collect(),
        reserve: reserve.into_iter().chain(further.iter().map(|it| it.reserve)).collect(),
        kept: kept.into_iter().chain(further.iter().map(|it| it.kept.clone())).collect(),
        allocatable: allocatable.into_iter().chain(further.iter().map(|it| it.allocatable)).collect(),
        overcommit: overcommit.into_iter().chain(further.into_iter().map(|it| it.factor)).collect(),
        targets,
        labels: labels(node),
        watts: millionths("watts").unwrap_or(0),
        price: millionths("price").unwrap_or(0),
        state: match text_at(node, "state") {
            Some("drain") => HostState::Drain,
            Some("planned") => HostState::Planned,
            _ => HostState::Up,
        },
        span: phases.span(node, found),
        later: Vec::new(),
        at: kind.at,
    };
    let start = HostIndex(hosts.lab.hosts.len());
    match node.get("count") {
        None => hosts.lab.hosts.push(pattern),
        Some(_) => {
            let counts = counts_by_phase(node, "count", phases, found);
            let first = counts.first().map(|(phase, _)| *phase);
            check_first(first, pattern.span.from, ("count", kind.at), phases, found);
            for number in 1..=count_of(kind) {
                let span = match counts.is_empty() {
                    true => pattern.span,
                    false => span_of(number, &counts, pattern.span, kind, found),
                };
                hosts.lab.hosts.push(Host { name: format!("{}-{number}", kind.key), span, ..pattern.clone() });
            }
        }
    }
    let its = Positions { start, end: HostIndex(hosts.lab.hosts.len()) };
    for (label, value) in hosts.lab.hosts.get(start.0).iter().flat_map(|host| &host.labels) {
        let values = match hosts.labels.get_mut(label) {
            Some(values) => values,
            None => hosts.labels.entry(label.clone()).or_default(),
        };
        match values.get_mut(value) {
            Some(carriers) => carriers.push(its.clone()),
            None => drop(values.insert(value.clone(), vec![its.clone()])),
        }
    }
    for host in its.clone() {
        hosts.names.entry(hosts.lab.hosts[host].name.clone()).or_insert(host);
    }
    hosts.kinds.insert(kind.key.to_string(), its);
}

/// What a host has; of containers all that there can be where it does not say.
fn amount(node: &Node, resource: &Resource) -> u64 {
    let unsaid = if *resource == Resource::Containers { MOST_CONTAINERS } else { 0 };
    amount_at(node, resource)
        .and_then(|entry| text(&entry.value))
        .and_then(|text| resource.parse_down(text).ok())
        .unwrap_or(unsaid)
}

fn labels(node: &Node) -> BTreeMap<String, String> {
    match node.get("labels").map(|entry| &entry.value.value) {
        Some(Value::Map(labels)) => {
            let texts = labels.iter().filter_map(|label| Some((label.key.to_string(), text(&label.value)?.to_owned())));
            texts.collect()
        }
        _ => BTreeMap::new(),
    }
}

/// What a host keeps for itself, or is kept free of a pool, never more than there is; and as it is written.
pub fn reserves(
    kind: &Entry,
    resources: &[Counted],
    capacity: &[u64],
    found: &mut Findings,
) -> (Vec<u64>, Vec<Vec<Kept>>) {
    let mut written = vec![Vec::new(); capacity.len()];
    let Some(reserve) = kind.value.get("reserve") else { return (vec![0; capacity.len()], written) };
    check_known(&reserve.value, resources, found);
    check_units(&reserve.value, resources, found);
    let mut kept = Vec::with_capacity(capacity.len());
    for ((resource, capacity), written) in resources.iter().zip(capacity).zip(&mut written) {
        let Some(entry) = amount_at(&reserve.value, resource) else {
            kept.push(0);
            continue;
        };
        let parts = match &entry.value.value {
            Value::List(parts) => parts.as_slice(),
            _ => std::slice::from_ref(&entry.value),
        };
        *written = parts.iter().filter_map(|part| reserved(text(part)?, resource)).collect();
        let most = written.iter().map(|kept| kept.of(*capacity)).max().unwrap_or(0);
        match u64::try_from(most) {
            Ok(most) if most <= *capacity => kept.push(most),
            _ => {
                let show =
                    |amount: u128| u64::try_from(amount).map_or_else(|_| amount.to_string(), |a| resource.show(a));
                let (most, has) = (show(most), resource.show(*capacity));
                let message = format!("`{}` keeps {most} of {} but has {has}", kind.key, resource.name());
                let diagnostic = Diagnostic::new(Code::ReserveAboveCapacity, entry.value.at, message);
                found.push(diagnostic.help("a reserve is at most the capacity"));
                kept.push(*capacity);
            }
        }
    }
    (kept, written)
}

fn reserved(text: &str, resource: &Resource) -> Option<Kept> {
    if let Some((one, other)) = text.split_once('+') {
        return match (reserved(one, resource)?, reserved(other, resource)?) {
            (Kept::Amount(amount), Kept::Percent(percent)) | (Kept::Percent(percent), Kept::Amount(amount)) => {
                Some(Kept::Sum(amount, percent))
            }
            _ => None,
        };
    }
    match text.trim().strip_suffix('%') {
        Some(percent) => Decimal::parse(percent.trim_end()).ok().map(Kept::Percent),
        None => resource.parse_up(text).ok().map(Kept::Amount),
    }
}

/// A reserve of cpu, memory or disk that no host lists is kept from nothing.
fn check_unlisted(host: &Node, reserve: &Node, resources: &[Counted], table: &Table, found: &mut Findings) {
    for resource in [Resource::Cpu, Resource::Memory, Resource::Disk] {
        if let Some(entry) = reserve.get(resource.name())
            && host.get(resource.name()).is_none()
            && resources.iter().all(|it| *it != resource)
        {
            let message = format!("`{}` of a resource that no host lists: {}", table.name, resource.name());
            let help = format!("give the host `{}`, or leave it out", resource.name());
            found.push(Diagnostic::new(Code::UnknownResource, entry.at, message).help(help));
        }
    }
}

/// Capacity less reserve, times overcommit, rounded down; and the overcommit as written.
fn allocatables(
    kind: &Entry,
    resources: &[Counted],
    capacity: &[u64],
    reserve: &[u64],
    found: &mut Findings,
) -> (Vec<u64>, Vec<Option<String>>) {
    let overcommit = kind.value.get("overcommit");
    if let Some(overcommit) = overcommit {
        check_known(&overcommit.value, resources, found);
        check_unlisted(&kind.value, &overcommit.value, resources, &crate::document::syntax::keys::OVERCOMMIT, found);
    }
    let (mut amounts, mut factors) = (Vec::new(), Vec::new());
    for ((resource, capacity), reserve) in resources.iter().zip(capacity).zip(reserve) {
        let entry = overcommit.and_then(|overcommit| amount_at(&overcommit.value, resource));
        let written = entry.and_then(|entry| text(&entry.value)).map(str::trim);
        let factor = written.and_then(|text| Decimal::parse(text).ok()).filter(|factor| !factor.is_zero());
        let factor = factor.unwrap_or(Decimal::ONE);
        let product = factor.times_rounded_down(capacity.saturating_sub(*reserve));
        let at = entry.map_or(kind.at, |entry| entry.value.at);
        if *resource == Resource::Memory && factor.is_above_one() {
            let message = format!("memory of `{}` is promised {factor} times; it does not stretch", kind.key);
            let help = "what really runs must fit in what there is; leave `overcommit: {memory: ...}` out";
            found.push(Diagnostic::new(Code::MemoryOvercommit, at, message).help(help));
        }
        if product > u128::from(LARGEST_SUM) {
            let message = format!("`{}` would give out more {} than can be counted", kind.key, resource.name());
            let help = format!("the limit is {}", resource.show(LARGEST_SUM));
            found.push(Diagnostic::new(Code::AmountTooLarge, at, message).help(help));
        }
        amounts.push(u64::try_from(product).unwrap_or(LARGEST_SUM).min(LARGEST_SUM));
        factors.push(if factor == Decimal::ONE { None } else { written.map(str::to_owned) });
    }
    (amounts, factors)
}

/// What a host has of a budget that follows from another.
struct Further {
    capacity: u64,
    reserve: u64,
    kept: Vec<Kept>,
    /// How often it is promised, or how often limits may add up to it; `None` where that is once, or they are not counted.
    factor: Option<String>,
    allocatable: u64,
}

impl Further {
    /// At a further time a host has what it has.
    fn at(
        of: usize,
        (capacity, reserve, kept): (&[u64], &[u64], &[Vec<Kept>]),
        (allocatable, overcommit): (&[u64], &[Option<String>]),
    ) -> Further {
        Further {
            capacity: capacity[of],
            reserve: reserve[of],
            kept: kept[of].clone(),
            factor: overcommit[of].clone(),
            allocatable: allocatable[of],
        }
    }
}

/// Says what is wrong with the resources of which limits are to be counted.
fn check_limits(kind: &Entry, resources: &[Counted], found: &mut Findings) {
    if let Some(limits) = kind.value.get("limits") {
        check_known(&limits.value, resources, found);
        check_unlisted(&kind.value, &limits.value, resources, &crate::document::syntax::keys::LIMITS, found);
    }
}

/// What the limits of a resource may add up to.
fn limits(
    kind: &Entry,
    follows: &Follows,
    resources: &[Counted],
    (capacity, reserve): (&[u64], &[u64]),
    found: &mut Findings,
) -> Further {
    let resource = &resources[follows.of];
    let usable = capacity[follows.of].saturating_sub(reserve[follows.of]);
    let entry = kind.value.get("limits").and_then(|limits| amount_at(&limits.value, resource));
    let percent = entry.and_then(|entry| text(&entry.value)?.trim().strip_suffix('%'));
    // What is no percentage the shape says.
    let percent = percent.and_then(|percent| Decimal::parse(percent.trim_end()).ok());
    let Some((entry, percent)) = entry.zip(percent) else {
        return Further { capacity: UNLIMITED, reserve: 0, kept: Vec::new(), factor: None, allocatable: UNLIMITED };
    };
    let factor = percent.hundredth().unwrap_or_else(|| {
        let message = format!("`{percent}%` has more digits than are counted");
        found.add(Code::TooFine, entry.value.at, message, "round it");
        Decimal::ONE
    });
    let product = factor.times_rounded_down(usable);
    if product > u128::from(LARGEST_SUM) {
        let message =
            format!("`{}` would let the limits of {} add up to more than is counted", kind.key, resource.name());
        found.add(Code::AmountTooLarge, entry.value.at, message, format!("the limit is {}", resource.show(UNLIMITED)));
    }
    let allocatable = u64::try_from(product).unwrap_or(LARGEST_SUM).min(LARGEST_SUM);
    Further { capacity: usable, reserve: 0, kept: Vec::new(), factor: Some(factor.to_string()), allocatable }
}

/// `worker` with `count: 3` gives `worker-1`, which no other host or kind may be called.
fn check_names(kinds: &[Entry], hosts: &Hosts, found: &mut Findings) {
    for kind in kinds {
        let Some(range) = hosts.kinds.get(&*kind.key) else { continue };
        let Some(other) = hosts.names.get(&*kind.key).filter(|index| !range.contains(index)) else { continue };
        let counted = &hosts.lab.hosts[*other].kind;
        let message = format!("`{}` is also a host that the `count` of `{counted}` gives", kind.key);
        found.push(Diagnostic::new(Code::HostNameClash, kind.at, message).help("rename one of them"));
    }
    // A plain host that comes first takes the name; the kind that counts comes to it later.
    for kind in kinds.iter().filter(|kind| kind.value.get("count").is_some()) {
        let Some(range) = hosts.kinds.get(&*kind.key) else { continue };
        let taken = range.clone().map(|index| (index, &hosts.lab.hosts[index]));
        if let Some((_, host)) = taken.into_iter().find(|(index, host)| hosts.names.get(&host.name) != Some(index)) {
            let message = format!("the `count` of `{}` gives `{}`, which is also a host", kind.key, host.name);
            found.push(Diagnostic::new(Code::HostNameClash, kind.at, message).help("rename one of them"));
        }
    }
}

fn check_sums(tree: &Node, lab: &Lab, found: &mut Findings) {
    let at = tree.get("hosts").map_or_else(Place::default, |entry| entry.at);
    if lab.costs_too_much() {
        let message = "the price or the watts of all hosts together are more than can be counted";
        let help = format!("the limit is {}", LARGEST_SUM / 1_000_000);
        found.push(Diagnostic::new(Code::AmountTooLarge, at, message).help(help));
    }
    for (index, resource) in lab.resources.iter().enumerate() {
        let sum = |amounts: fn(&Host) -> &Vec<u64>| {
            lab.hosts.iter().filter_map(|host| amounts(host).get(index)).map(|amount| u128::from(*amount)).sum::<u128>()
        };
        if sum(|host| &host.capacity).max(sum(|host| &host.allocatable)) > u128::from(LARGEST_SUM) {
            let message = format!("all hosts together have more {} than can be counted", resource.name());
            let help = format!("the limit is {}", resource.show(LARGEST_SUM));
            found.push(Diagnostic::new(Code::AmountTooLarge, at, message).help(help));
        }
    }
}
