//! `rules:`, `goals:` and `placement:`: what speaks of containers by pattern, and of goals by name.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::allowed::unknown_host;
use super::demand::section;
use super::lab::{Hosts, text};
use super::patterns::{self, Index, Unmatched};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::names::is_name;
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::model::{
    Asks, ContainerIndex, Demand, Goal, HostIndex, HostState, Layout, Load, Placement, Reach, Rule, RuleKind, Spot,
    StartupIndex, Survive, Topology, Wish,
};
use crate::quantity::{Counted, Resource, shorten};

/// Of how many containers all wishes may speak together, each counted as often as it is wished for.
const MOST_WISHED: usize = 20_000_000;

/// `rules:`, the document's part of them; `None` where the patterns match too much. Those with a `*` may bind fewer than
/// two containers: more may come.
///
/// Beside them what is wished under `rules:`.
pub fn rules(
    tree: &Node,
    hosts: &Hosts,
    demand: &Demand,
    index: &mut Index,
    found: &mut Findings,
) -> Option<(Vec<Rule>, Vec<Wish>)> {
    let (mut all, mut wishes) = (Vec::new(), Vec::new());
    for entry in list(tree.get("rules").map(|entry| &entry.value)) {
        let wish = entry.get("prefer");
        let mut rules = Vec::new();
        let rule = wish.map_or(entry, |wish| &wish.value);
        let Some(Said { kind, entry, whom }) = said(rule, hosts, found) else { continue };
        let (mut containers, mut reach) = (Vec::new(), Vec::new());
        let mut known = true;
        for pattern in list(Some(whom)) {
            let Some(text) = text(pattern) else { continue };
            match index.containers(text, pattern.at, &|_| true, found) {
                Ok(matched) => {
                    containers.extend(matched);
                    reach.extend(patterns::reach(text));
                }
                Err(Unmatched::Reported) => known = false,
                Err(Unmatched::Agents) => {
                    known = false;
                    Index::binds_agents(text, pattern.at, found);
                }
                Err(Unmatched::TooMany) => return None,
            }
        }
        containers.sort_unstable();
        containers.dedup();
        let each = rule.get("each").is_some();
        let bound = match each {
            true => within_each(&containers, demand),
            false => vec![containers],
        };
        let most = bound.iter().map(Vec::len).max().unwrap_or(0);
        if known && most < 2 && reach.is_empty() && matches!(whom.value, Value::List(_)) {
            let one = match most {
                0 => "no container",
                _ if each => "one container of each startup",
                _ => "one container",
            };
            let message = format!("`{}` binds {one}; it takes two or more", entry.key);
            found.push(
                Diagnostic::new(Code::RuleTooSmall, entry.at, message)
                    .help("name more containers, or leave the rule out"),
            );
        } else {
            let reach: Arc<[Reach]> = reach.into();
            let rule = |containers: Vec<ContainerIndex>, reach: Arc<[Reach]>| Rule {
                kind: kind.clone(),
                containers,
                reach: Some(reach),
                each,
                at: entry.at,
            };
            if each {
                let of_startups = bound.into_iter().filter(|containers| containers.len() > 1);
                rules.extend(of_startups.map(|containers| rule(containers, [].into())));
                // What it says of startups to come.
                rules.extend((!reach.is_empty()).then(|| rule(Vec::new(), reach)));
            } else {
                rules.extend(bound.into_iter().map(|containers| rule(containers, Arc::clone(&reach))));
            }
        }
        match wish {
            Some(_) => wishes.extend(rules.into_iter().map(|it| wished(it, weight(rule)))),
            None => all.extend(rules),
        }
    }
    Some((all, wishes))
}

/// The same as a wish.
fn wished(Rule { kind, containers, reach, each, at }: Rule, weight: u64) -> Wish {
    Wish { asks: Asks::Rule(kind), containers, weight, reach, each, at }
}

/// What a wish weighs.
pub fn weight(wish: &Node) -> u64 {
    super::lab::whole_at(wish, "weight").unwrap_or(1)
}

/// The goals with one for which the document says something and not how much that matters: before any of `others`.
pub fn with(goal: Goal, others: &[Goal], mut goals: Vec<Goal>) -> Vec<Goal> {
    if !goals.contains(&goal) {
        let at = goals.iter().position(|goal| others.contains(goal)).unwrap_or(goals.len());
        goals.insert(at, goal);
    }
    goals
}

/// Each wish has a list of its containers.
pub fn check_wishes(layout: &Layout, found: &mut Findings) {
    let own = layout.demand.services.iter();
    let own = own.flat_map(|service| service.made.wishes.iter().map(|wish| (service.containers.len(), wish.at)));
    let mut sum = 0_usize;
    for (containers, at) in own.chain(layout.wishes.iter().map(|wish| (wish.containers.len(), wish.at))) {
        sum = sum.saturating_add(containers);
        if sum > MOST_WISHED {
            let message = format!("wishes speak of more than {MOST_WISHED} containers in all, the limit");
            found.add(Code::TooLarge, at, message, "wish less, or of fewer containers");
            return;
        }
    }
}

/// `containers`, which are ascending, startup by startup.
fn within_each(containers: &[ContainerIndex], demand: &Demand) -> Vec<Vec<ContainerIndex>> {
    let of_one = |a: &ContainerIndex, b: &ContainerIndex| demand.startup_of(*a) == demand.startup_of(*b);
    containers.chunk_by(of_one).map(<[ContainerIndex]>::to_vec).collect()
}

/// What a rule asks.
struct Said<'a> {
    kind: RuleKind,
    /// Where it says so.
    entry: &'a Entry,
    /// Whom it binds.
    whom: &'a Node,
}

/// What a rule asks of containers; nothing where it does not.
fn said<'a>(rule: &'a Node, hosts: &Hosts, found: &mut Findings) -> Option<Said<'a>> {
    let plain = |key: &str, kind: RuleKind| rule.get(key).map(|entry| Said { kind, entry, whom: &entry.value });
    if let Some(said) = plain("apart", RuleKind::ApartByHost).or_else(|| plain("together", RuleKind::Together)) {
        return Some(said);
    }
    let entry = rule.get("at-most")?;
    let (count, whom) = (super::lab::whole_at(&entry.value, "count"), entry.value.get("of"));
    for (missing, help) in [(count.is_none(), "`count: 3`"), (whom.is_none(), "`of: [\"*/db\"]`")] {
        if missing && matches!(entry.value.value, Value::Map(_)) {
            let diagnostic = Diagnostic::new(Code::MissingKey, entry.at, "`at-most` says `count` and `of`");
            found.push(diagnostic.help(format!("add {help}")));
        }
    }
    let per = match entry.value.get("per") {
        Some(per) if text(&per.value) == Some("lab") => Topology::Lab,
        Some(per) => super::services::topology(&per.value, hosts, found)?,
        None => Topology::Host,
    };
    Some(Said { kind: RuleKind::AtMost { count: count?, per }, entry, whom: &whom?.value })
}

/// `survive:` among the rules; `None` where the patterns match too much.
pub fn survive(
    tree: &Node,
    hosts: &Hosts,
    demand: &Demand,
    index: &mut Index,
    found: &mut Findings,
) -> Option<Option<Survive>> {
    let mut survive: Option<Survive> = None;
    for rule in list(tree.get("rules").map(|entry| &entry.value)) {
        let Some(entry) = rule.get("survive") else { continue };
        if survive.is_some() {
            let message = "`survive` stands here a second time";
            found.push(Diagnostic::new(Code::Repeated, entry.at, message).help("keep the one that asks for more"));
            continue;
        }
        let (mut except, mut reach) = (Vec::new(), Vec::new());
        for pattern in list(rule.get("except").map(|entry| &entry.value)) {
            let Some(text) = text(pattern) else { continue };
            match index.containers(text, pattern.at, &|_| true, found) {
                Ok(matched) => {
                    except.extend(matched);
                    reach.extend(patterns::reach(text));
                }
                Err(Unmatched::Reported) => {}
                Err(Unmatched::Agents) => Index::binds_agents(text, pattern.at, found),
                Err(Unmatched::TooMany) => return None,
            }
        }
        except.sort_unstable();
        except.dedup();
        let moves = super::lab::text_at(rule, "moves") == Some("allowed");
        let Some((many, labels)) = lost(entry, hosts, found) else { continue };
        let asked = Survive { hosts: many, labels, except, reach: reach.into(), moves, at: Some(entry.at) };
        if let Err((message, help)) = asked.possible(&hosts.lab, demand.containers.len()) {
            found.push(Diagnostic::new(Code::CannotSurvive, entry.at, message).help(help));
        }
        survive = Some(asked);
    }
    Some(survive)
}

/// How many hosts `survive:` says may be lost, and the labels of which all hosts with one value may be; nothing where that
/// cannot be read.
fn lost(entry: &Entry, hosts: &Hosts, found: &mut Findings) -> Option<(usize, Vec<String>)> {
    let nodes = if let Value::List(nodes) = &entry.value.value { nodes } else { std::slice::from_ref(&entry.value) };
    let (mut many, mut labels): (Option<usize>, Vec<String>) = (None, Vec::new());
    let mut known = true;
    let again = |what: &str, node: &Node, found: &mut Findings| {
        let message = format!("`survive` says {what} a second time");
        found.push(Diagnostic::new(Code::Repeated, node.at, message).help("keep the one that asks for more"));
    };
    for node in nodes {
        let any = node.get("any");
        let count = match any.map(|any| super::services::topology(&any.value, hosts, found)) {
            Some(Some(Topology::Label(label))) => {
                known &= hosts.labels.contains_key(&label);
                match labels.contains(&label) {
                    true => again("this label", node, found),
                    false => labels.push(label),
                }
                continue;
            }
            Some(Some(_)) => Some(1),
            None if matches!(&node.value, Value::Map(entries) if entries.is_empty()) => {
                let diagnostic = Diagnostic::new(Code::MissingKey, node.at, "`survive` in braces says `any`");
                found.push(diagnostic.help("write `{any: zone}`, or how many hosts may be lost"));
                None
            }
            _ => super::lab::whole(node).map(|count| usize::try_from(count).unwrap_or(usize::MAX)),
        };
        known &= count.is_some();
        if let Some(count) = count
            && many.replace(count).is_some()
        {
            again("how many hosts", node, found);
        }
    }
    if nodes.is_empty() {
        let diagnostic = Diagnostic::new(Code::EmptyValue, entry.at, "`survive` names no loss");
        found.push(diagnostic.help("write how many hosts may be lost, or `{any: zone}`"));
    }
    Some((many.unwrap_or(0), labels)).filter(|(many, labels)| known && (*many > 0 || !labels.is_empty()))
}

/// `goals:`, or the usual ones, and the resources that `balance` names.
pub fn goals(tree: &Node, resources: &[Counted], found: &mut Findings) -> (Vec<Goal>, Vec<Resource>) {
    let Some(entry) = tree.get("goals") else { return (Goal::DEFAULT.to_vec(), Vec::new()) };
    let (mut goals, mut balance): (Vec<Goal>, Vec<Resource>) = (Vec::new(), Vec::new());
    for node in list(Some(&entry.value)) {
        let by = node.get(Goal::Balance.name());
        let carried = node.get(Goal::FewestMoves.name());
        if let (Some(_), Some(second)) = (by, carried) {
            let diagnostic = Diagnostic::new(Code::Repeated, second.at, "two goals in one pair of braces");
            found.push(diagnostic.help("give each its own: `[{balance: memory}, {fewest-moves: memory}]`"));
            continue;
        }
        let named = text(node).and_then(|name| Goal::ALL.into_iter().find(|goal| goal.name() == name));
        let weighed = carried.and_then(|entry| load(&entry.value, resources, found));
        let Some(goal) = named.or(by.map(|_| Goal::Balance)).or(weighed) else {
            if matches!(&node.value, Value::Map(entries) if entries.is_empty()) {
                let message = "a goal in braces says `balance` or `fewest-moves`";
                let diagnostic = Diagnostic::new(Code::MissingKey, node.at, message);
                found.push(
                    diagnostic
                        .help("write `{balance: memory}`, `{balance: [cpu, memory]}` or `{fewest-moves: memory}`"),
                );
            }
            continue;
        };
        if goals.contains(&goal) {
            let message = format!("the goal `{}` stands here a second time", goal.name());
            found.push(
                Diagnostic::new(Code::Repeated, node.at, message).help("keep the first: nothing is left to decide"),
            );
        } else {
            goals.push(goal);
            balance.extend(by.into_iter().flat_map(|by| judges(&by.value, resources, found)));
        }
    }
    balance.sort_unstable();
    balance.dedup();
    // Nothing to minimise: any valid placement will do.
    (goals, balance)
}

/// The goal of what is carried over, that of containers where nothing is said; `None` where hosts have none of it, and where the
/// shape is wrong.
fn load(named: &Node, resources: &[Counted], found: &mut Findings) -> Option<Goal> {
    if matches!(named.value, Value::Null) {
        return Some(Goal::FewestMoves);
    }
    let name = text(named)?;
    let load = Load::ALL.into_iter().find(|load| load.name() == name)?;
    if !resources.iter().any(|resource| resource.resource == load.resource()) {
        let message = format!("no host lists the resource `{name}`: nothing of it is counted");
        let help = "write `fewest-moves` alone to count the containers that move";
        found.push(Diagnostic::new(Code::UnknownResource, named.at, message).help(help));
        return None;
    }
    Some(Goal::LeastCarried(load))
}

/// The resources that `balance` names, one or a list.
fn judges(named: &Node, resources: &[Counted], found: &mut Findings) -> Vec<Resource> {
    let nodes = if let Value::List(nodes) = &named.value { nodes } else { std::slice::from_ref(named) };
    if nodes.is_empty() {
        let diagnostic = Diagnostic::new(Code::EmptyValue, named.at, "`balance` names no resource");
        found.push(diagnostic.help("name one, or write `balance` alone for cpu, memory and disk"));
    }
    let mut judges = Vec::new();
    for node in nodes {
        // What is no name the shape says.
        let Some(name) = text(node).filter(|name| is_name(name)) else { continue };
        let known = || resources.iter().filter(|resource| resource.is_asked());
        match known().find(|resource| resource.name() == name) {
            None if name == Resource::Containers.name() => {
                let message = "hosts are not balanced by how many containers they hold";
                let help = "name cpu, memory, disk or a named resource";
                found.push(Diagnostic::new(Code::UnknownResource, node.at, message).help(help));
            }
            Some(resource) => judges.push(resource.resource.clone()),
            None => {
                let message = format!("no host lists the resource `{}`", shorten(name));
                let help = found.help_with(name, known().map(|resource| resource.name()));
                let help = help.unwrap_or_else(|| "name a resource of the hosts".to_owned());
                found.push(Diagnostic::new(Code::UnknownResource, node.at, message).help(help));
            }
        }
    }
    judges
}

/// `placement:`, and the pattern that places each container; `None` where the patterns match too much.
pub type Placed = (Option<Placement>, Vec<Option<Place>>);

/// Resolves `placement:`. Startups that `counts` does not accept came later and have no place yet.
pub fn placement(
    tree: &Node,
    hosts: &Hosts,
    demand: &Demand,
    index: &mut Index,
    counts: &dyn Fn(StartupIndex) -> bool,
    found: &mut Findings,
) -> Option<Placed> {
    if tree.get("placement").is_none() {
        return Some((None, Vec::new()));
    }
    let mut spots: Vec<Option<Spot>> = vec![None; demand.containers.len()];
    let mut placed_at: Vec<Option<Place>> = vec![None; demand.containers.len()];
    let mut carriers: Vec<(ContainerIndex, Place)> = Vec::new();
    for entry in section(tree, "placement") {
        let spot = match entry.key.contains('/') {
            true => carrier(entry, demand, index, counts, found),
            false => host(entry, hosts, found).map(Spot::Host),
        };
        if let (Some(Spot::Carrier(carrier)), [_, ..]) = (spot, list(Some(&entry.value))) {
            carriers.push((carrier, entry.at));
        }
        for node in list(Some(&entry.value)) {
            let Some(pattern) = text(node) else { continue };
            let matched = match index.containers(pattern, node.at, counts, found) {
                Ok(matched) => matched,
                Err(Unmatched::Reported) => continue,
                Err(Unmatched::Agents) => {
                    match spot {
                        Some(Spot::Host(host)) => agent_placed(pattern, node.at, host, hosts, demand, found),
                        _ => Index::binds_agents(pattern, node.at, found),
                    }
                    continue;
                }
                Err(Unmatched::TooMany) => return None,
            };
            let mut twice = Vec::new();
            for container in matched {
                match placed_at[container] {
                    Some(_) => twice.push(container),
                    None => {
                        placed_at[container] = Some(node.at);
                        spots[container] = spot;
                    }
                }
            }
            if let Some(&first) = twice.first() {
                let before = placed_at[first].unwrap_or_default();
                let on = spots[first].map(|spot| match spot {
                    Spot::Host(host) => hosts.lab.hosts[host].name.clone(),
                    Spot::Carrier(carrier) => container_id(demand, carrier),
                });
                placed_twice(node.at, &container_id(demand, first), twice.len() - 1, before, on.as_ref(), found);
            }
        }
    }
    let placement = Placement::of(spots.len(), |container| spots[container]);
    for (carrier, at) in carriers {
        if placement.host(carrier).is_none() && !found.has_errors() {
            let id = container_id(demand, carrier);
            let message = format!("`{id}` holds containers, and no host holds it");
            let takes = hosts.lab.hosts.iter().find(|host| host.state == HostState::Up);
            let host = takes.or(hosts.lab.hosts.first()).map_or("HOST", |host| host.name.as_str());
            found.add(Code::CarrierUnplaced, at, message, format!("name a host for it: `{host}: [{id}]`"));
        }
    }
    Some((Some(placement), placed_at))
}

/// The carrier that a placement names.
fn carrier(
    entry: &Entry,
    demand: &Demand,
    index: &mut Index,
    counts: &dyn Fn(StartupIndex) -> bool,
    found: &mut Findings,
) -> Option<Spot> {
    // What is no id of a container the shape says.
    if !patterns::Pattern::parse(&entry.key).is_ok_and(|pattern| pattern.is_one()) {
        return None;
    }
    let matched = match index.containers(&entry.key, entry.at, counts, found) {
        Ok(matched) => matched,
        Err(Unmatched::Agents) => Vec::new(),
        Err(Unmatched::Reported | Unmatched::TooMany) => return None,
    };
    match matched[..] {
        [carrier] if demand.is_carrier(carrier) => Some(Spot::Carrier(carrier)),
        [first, _, ..] => {
            let (id, count) = (&entry.key, matched.len());
            let message = format!("`{id}` are {count} carriers; a placement names one");
            found.add(Code::KindNotHost, entry.at, message, format!("write `{}`", container_id(demand, first)));
            None
        }
        _ => {
            let message = format!("`{}` carries nothing", entry.key);
            found.add(Code::NotACarrier, entry.at, message, "add `carries: yes` to it, or name a host");
            None
        }
    }
}

/// A placement may name an agent, on its host: it is there anyway.
fn agent_placed(pattern: &str, at: Place, host: HostIndex, hosts: &Hosts, demand: &Demand, found: &mut Findings) {
    let Some((startup, agent)) = pattern.split_once('/').filter(|(startup, _)| is_name(startup)) else { return };
    let (agent, named) = agent.split_once('@').map_or((agent, None), |(agent, named)| (agent, Some(named)));
    let startup = demand.startups.iter().find(|it| it.name == startup);
    let mut its = startup.into_iter().flat_map(|it| &demand.services[it.services.clone()]);
    let Some(service) = its.find(|it| it.name == agent) else { return };
    let here = &hosts.lab.hosts[host].name;
    if !service.is_agent_of(host) || named.is_some_and(|named| named != here) {
        let every = service.every.as_ref().map_or("", |every| &every.written);
        let message = format!("`{}` does not run on `{here}`: it says `every: {every}`", shorten(pattern));
        found.push(Diagnostic::new(Code::NoMatch, at, message).help("leave it out: a placement need not name agents"));
    }
}

fn placed_twice(at: Place, id: &str, more: usize, before: Place, on: Option<&String>, found: &mut Findings) {
    let more = match more {
        0 => String::new(),
        1 => " and one more".to_owned(),
        more => format!(" and {more} more"),
    };
    let message = format!("`{id}`{more} is placed a second time");
    let on = on.map_or_else(String::new, |host| format!("on `{host}` "));
    let help = format!("it is placed {on}by line {}, column {}; keep one", before.line, before.column);
    found.push(Diagnostic::new(Code::PlacedTwice, at, message).help(help));
}

fn container_id(demand: &Demand, container: ContainerIndex) -> String {
    let service = demand.service_of(container);
    let startup = &demand.startups[service.startup].name;
    match demand.containers[container].replica {
        Some(number) => format!("{startup}/{}.{number}", service.name),
        None => format!("{startup}/{}", service.name),
    }
}

fn host(entry: &Entry, hosts: &Hosts, found: &mut Findings) -> Option<HostIndex> {
    if let Some(host) = hosts.names.get(&*entry.key) {
        return Some(*host);
    }
    match hosts.kinds.get(&*entry.key) {
        Some(range) => {
            let (kind, count) = (&entry.key, range.len());
            let message = format!("`{kind}` is a kind of {count} hosts; a placement names one host");
            let help =
                if count == 1 { format!("write `{kind}-1`") } else { format!("write `{kind}-1` to `{kind}-{count}`") };
            found.push(Diagnostic::new(Code::KindNotHost, entry.at, message).help(help));
        }
        // The shape says where it is no name at all.
        None if crate::document::syntax::names::is_name(&entry.key) => unknown_host(&entry.key, entry.at, hosts, found),
        None => {}
    }
    None
}

fn list(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

/// The startups of these names.
pub fn startups_named(demand: &Demand, names: &BTreeSet<String>) -> BTreeSet<StartupIndex> {
    let all = demand.startups.iter().enumerate();
    all.filter(|(_, startup)| names.contains(&startup.name)).map(|(index, _)| index).collect()
}
