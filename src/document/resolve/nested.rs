//! `carries:`, `inside:` and amounts that are `content`: containers that carry containers.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::lab::{amount_at, check_known, check_units, text};
use super::patterns::{self, Index, Unmatched};
use super::services::{Context, written};
use crate::diagnostic::{Code, Place};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::shape::{CONTENT, within_startup};
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::graph;
use crate::model::{
    Amount, Carriers, Carries, ContainerIndex, DEEPEST, Demand, Inside, Lab, Named, Origin, PoolIndex, ResourceIndex,
    Service, ServiceIndex, StartupIndex,
};
use crate::quantity::{Aspect, Counted, Decimal, Resource};

/// What a container carries; what it asks for by that stands in `request` then.
pub fn carries(
    container: &Entry,
    (pool, known): (Option<PoolIndex>, &[Counted]),
    request: &mut [Amount],
    limit: &[Option<u64>],
    context: &Context,
    found: &mut Findings,
) -> Option<Carries> {
    let (node, lab) = (&container.value, &context.hosts.lab);
    let of_content = |resource: &Resource| amount_at(node, resource).filter(|entry| is_content(entry));
    let entry = node.get("carries").filter(|entry| match &entry.value.value {
        Value::Text(text) => text.trim() != "no",
        Value::Map(_) => true,
        _ => false,
    });
    let Some(entry) = entry else {
        for content in known.iter().filter_map(|resource| of_content(resource)) {
            let message = format!("`{}` is `content`, and it carries nothing", content.key);
            found.add(Code::ConflictingKeys, content.value.at, message, "add `carries: yes`, or write an amount");
        }
        if let Some(labels) = node.get("labels").filter(|it| matches!(it.value.value, Value::Map(_))) {
            let message = "`labels` belong to `carries`";
            found.add(Code::ConflictingKeys, labels.at, message, "add `carries: yes`, or leave them out");
        }
        return None;
    };
    let part = |key: &str, found: &mut Findings| {
        let part = &entry.value.get(key)?.value;
        check_known(part, known, found);
        if key != "overcommit" {
            check_units(part, known, found);
        }
        Some(part)
    };
    let (reserve, step) = (part("reserve", found), part("step", found));
    let overcommit = part("overcommit", found);
    // By the names that the carrier itself uses: the disk of its pool is its disk.
    let amount = |of: Option<&Node>, resource: &Resource| of.and_then(|of| written(of, resource));
    let factor = |resource: &Resource| {
        let text = text(&amount_at(overcommit?, resource)?.value)?;
        Decimal::parse(text.trim()).ok().filter(|factor| !factor.is_zero() && *factor != Decimal::ONE)
    };
    let mut carries = Carries {
        reserve: Vec::new(),
        overcommit: Vec::new(),
        content: Vec::new(),
        step: Vec::new(),
        labels: labels(node.get("labels").map(|entry| &entry.value)),
        at: entry.at,
    };
    for (index, resource) in lab.resources.iter().enumerate() {
        let base: &Resource = resource.base();
        let own = lab.of_hosts().contains(&index) && !resource.is_derived() && *resource != Resource::Containers;
        let content = own && of_content(base).is_some();
        carries.reserve.push(if own { amount(reserve, base).unwrap_or(0) } else { 0 });
        carries.overcommit.push(factor(base).filter(|_| own));
        carries.content.push(content);
        carries.step.push(if own { amount(step, base).unwrap_or(1).max(1) } else { 1 });
        if let (true, None) = (content, lab.asked_as(pool, index).filter(|it| *it == index)) {
            let at = of_content(base).map_or(entry.at, |it| it.value.at);
            let message = format!("`{}` is `content`, and a pool gives it", base.name());
            found.add(Code::ConflictingKeys, at, message, "write an amount, or leave `pool` out");
        }
        if content {
            request[index] = Amount { value: carries.size(index, 0), origin: Origin::Content };
        }
        let asked = lab.asked_as(pool, index).map_or(0, |it| request[it].value);
        if own && !content && carries.reserve[index] > asked {
            let at = reserve.and_then(|of| amount_at(of, base)).map_or(entry.at, |it| it.value.at);
            let [kept, has] = resource.both(carries.reserve[index], asked);
            let message = format!("`{}` keeps {kept} of {} and asks for {has}", container.key, base.name());
            found.add(Code::ReserveAboveCapacity, at, message, "a reserve is at most what the carrier asks for");
        }
        if let Some(stepped) = step.and_then(|of| amount_at(of, base)).filter(|_| own && !content) {
            let message = format!("`step` of {}, which is not `content`", base.name());
            found.add(Code::ConflictingKeys, stepped.at, message, "leave it out: the amount is written");
        }
    }
    for follows in &context.derived {
        let (to, of) = (follows.resource, follows.of);
        let fixed = follows.aspect == Aspect::Limits && limit[of].is_some();
        carries.reserve[to] = carries.reserve[of];
        carries.overcommit[to] = carries.overcommit[of].filter(|_| follows.aspect != Aspect::Limits);
        carries.content[to] = carries.content[of] && !fixed;
        carries.step[to] = carries.step[of];
        if carries.content[to] {
            request[to] = Amount { value: carries.size(to, 0), origin: Origin::Content };
        }
    }
    Some(carries)
}

/// Whether an amount is as large as what is carried.
pub fn is_content(entry: &Entry) -> bool {
    text(&entry.value).is_some_and(|text| text.trim() == CONTENT)
}

fn labels(node: Option<&Node>) -> BTreeMap<String, String> {
    let Some(Value::Map(labels)) = node.map(|node| &node.value) else { return BTreeMap::new() };
    labels.iter().filter_map(|label| Some((label.key.to_string(), text(&label.value)?.to_owned()))).collect()
}

/// What `inside:` says; which carriers that are is not known yet.
pub fn inside(node: &Node, found: &mut Findings) -> Option<Inside> {
    let entry = node.get("inside")?;
    let texts = match &entry.value.value {
        Value::Null | Value::Gone => return None,
        Value::Map(labels) => {
            if labels.is_empty() {
                found.add(Code::NoMatch, entry.value.at, "`inside` names no label", "leave it out for no carrier");
            }
            let wanted = self::labels(Some(&entry.value));
            let written = wanted.iter().map(|(label, value)| format!("{label}: {value}")).collect::<Vec<_>>();
            let said = Carriers::Labels(wanted).into();
            let written = format!("{{{}}}", written.join(", ")).into();
            return Some(Inside { carriers: [].into(), said, texts: [].into(), written, at: entry.at });
        }
        Value::List(nodes) => nodes.as_slice(),
        Value::Text(_) => std::slice::from_ref(&entry.value),
    };
    if texts.is_empty() {
        found.add(Code::NoMatch, entry.value.at, "`inside` names no carrier", "leave it out for no carrier");
    }
    let written_at: Vec<(&str, Place)> = texts.iter().filter_map(|node| Some((text(node)?, node.at))).collect();
    let mut all: Vec<&str> = written_at.iter().map(|(text, _)| *text).collect();
    let named = all.iter().flat_map(|text| match text.contains('/') || *text == "*" {
        true => patterns::meant(text).into_iter().map(Named::Of).collect(),
        false => patterns::within(text).map(Named::Own).into_iter().collect::<Vec<Named>>(),
    });
    let said = Carriers::Named(named.collect()).into();
    all.sort_unstable();
    all.dedup();
    let written = match &all[..] {
        [one] => (*one).into(),
        all => format!("[{}]", all.join(", ")).into(),
    };
    let texts = written_at.iter().map(|(text, at)| ((*text).into(), *at)).collect();
    Some(Inside { carriers: [].into(), said, texts, written, at: entry.at })
}

/// Finds the carriers that services lie in, and says what is wrong with them. `None` where patterns match too much.
pub fn resolve(demand: &mut Demand, lab: &Lab, unknown: &BTreeSet<StartupIndex>, found: &mut Findings) -> Option<()> {
    if demand.services.iter().all(|service| service.inside.is_none() && service.carries.is_none()) {
        return Some(());
    }
    let errors = found.has_errors();
    check_names(demand, unknown, found)?;
    demand.find_carriers();
    check_depth(demand, found);
    // What is missing or wrong elsewhere has been said.
    if !errors && !found.has_errors() {
        check_sizes(demand, lab, found);
        check_content(demand, found);
    }
    Some(())
}

/// Names and labels that mean no carrier.
fn check_names(demand: &Demand, unknown: &BTreeSet<StartupIndex>, found: &mut Findings) -> Option<()> {
    // Every startup of a stack says what the stack says: once is enough.
    let (mut wrong, mut known): (HashSet<Place>, HashSet<Place>) = (HashSet::new(), HashSet::new());
    let mut index = Index::new(demand, unknown);
    for service in &demand.services {
        let Some(inside) = &service.inside else { continue };
        if let Carriers::Labels(labels) = &*inside.said {
            let has = |of: &Carries| labels.iter().all(|(label, value)| of.labels.get(label) == Some(value));
            let any = demand.services.iter().any(|it| it.carries.as_deref().is_some_and(has));
            if !labels.is_empty() && !any && wrong.insert(inside.at) {
                let message = format!("no carrier has the labels `{}`", inside.written);
                found.add(Code::NoMatch, inside.at, message, "give one `labels` beside `carries`, or check the names");
            }
        }
        for (text, at) in inside.texts.iter() {
            if wrong.contains(at) || known.contains(at) || patterns::Pattern::parse(&within_startup(text)).is_err() {
                continue;
            }
            let own = !text.contains('/') && **text != *"*";
            let pattern = match own {
                true => format!("{}/{text}", demand.startups[service.startup].name),
                false => text.to_string(),
            };
            let matched = match index.containers(&pattern, *at, &|_| true, found) {
                Ok(matched) => matched,
                Err(Unmatched::Reported) => {
                    wrong.insert(*at);
                    continue;
                }
                Err(Unmatched::Agents) => Vec::new(),
                Err(Unmatched::TooMany) => return None,
            };
            let star = text.contains('*');
            let carries = |it: &&ContainerIndex| demand.is_carrier(**it);
            let (carriers, others): (Vec<&ContainerIndex>, Vec<&ContainerIndex>) = matched.iter().partition(carries);
            if carriers.is_empty() || !star && !others.is_empty() {
                wrong.insert(*at);
                let message = format!("`{pattern}` carries nothing");
                found.add(Code::NotACarrier, *at, message, "add `carries: yes` to it, or name a carrier");
            } else if !own {
                known.insert(*at);
            }
        }
    }
    Some(())
}

/// Carriers that lie in themselves, and more of them in one another than can be.
fn check_depth(demand: &Demand, found: &mut Findings) {
    let carriers = |service: &Service| {
        let within = service.inside.iter().flat_map(|inside| inside.carriers.iter());
        let services: BTreeSet<ServiceIndex> = within.map(|&it| demand.containers[it].service).collect();
        services.into_iter().collect::<Vec<_>>()
    };
    let edges: Vec<Vec<ServiceIndex>> = demand.services.iter().map(carriers).collect();
    let id = |service: ServiceIndex| {
        let of = &demand.services[service];
        format!("`{}/{}`", demand.startups[of.startup].name, of.name)
    };
    let mut seen = HashSet::new();
    let cycles = graph::cycles(&edges);
    for cycle in &cycles {
        let Some(&first) = cycle.first() else { continue };
        let at = demand.services[first].inside.as_ref().map_or(demand.services[first].at, |inside| inside.at);
        if seen.insert(at) {
            let path: Vec<String> = cycle.iter().chain([&first]).map(|&service| id(service)).collect();
            let help = "nothing lies in itself: take one of these `inside` out";
            found.add(Code::CarrierCycle, at, path.join(" lies in "), help);
        }
    }
    if !cycles.is_empty() {
        return;
    }
    let mut depths: Vec<Option<usize>> = vec![None; edges.len()];
    for service in 0..edges.len() {
        let deep = depth(service, &edges, &mut depths) + usize::from(demand.services[service].carries.is_some());
        let of = &demand.services[service];
        let at = of.inside.as_ref().map_or(of.at, |inside| inside.at);
        if deep > DEEPEST && seen.insert(at) {
            let message = format!("{} is the last of {deep} carriers one in another", id(service));
            found.add(Code::TooDeep, at, message, format!("the limit is {DEEPEST}"));
        }
    }
}

/// So many carriers are around a service at the most.
fn depth(service: ServiceIndex, edges: &[Vec<ServiceIndex>], known: &mut [Option<usize>]) -> usize {
    if let Some(known) = known[service] {
        return known;
    }
    let depth = edges[service].iter().map(|&carrier| depth(carrier, edges, known) + 1).max().unwrap_or(0);
    known[service] = Some(depth);
    depth
}

/// Containers that are larger than all carriers that they may lie in.
fn check_sizes(demand: &Demand, lab: &Lab, found: &mut Findings) {
    let mut seen: HashSet<Place> = HashSet::new();
    let mut offers: BTreeMap<ServiceIndex, Vec<u64>> = BTreeMap::new();
    for service in &demand.services {
        let Some(inside) = service.inside.as_ref().filter(|it| !it.carriers.is_empty()) else { continue };
        let carriers: BTreeSet<ServiceIndex> =
            inside.carriers.iter().map(|&it| demand.containers[it].service).collect();
        for &carrier in &carriers {
            offers.entry(carrier).or_insert_with(|| lab.offers(&demand.services[carrier]));
        }
        let counted = || lab.of_hosts().map(|resource| (resource, service.request[resource].value));
        let fits = |carrier: &ServiceIndex| counted().all(|(resource, asked)| asked <= offers[carrier][resource]);
        if carriers.iter().any(fits) || !seen.insert(service.at) {
            continue;
        }
        let most = |resource: ResourceIndex| carriers.iter().map(|it| offers[it][resource]).max().unwrap_or(0);
        let id = format!("{}/{}", demand.startups[service.startup].name, service.name);
        let over = counted().find(|&(resource, asked)| asked > most(resource));
        let (message, help) = match over {
            Some((resource, asked)) => {
                let of = &lab.resources[resource];
                let [asked, most] = of.both(asked, most(resource));
                let name = of.name();
                (
                    format!("`{id}` asks {asked} of {name}, and no carrier that it may lie in offers more than {most}"),
                    format!("make a carrier larger, or ask for less {name}"),
                )
            }
            None => (
                format!("`{id}` is larger than each carrier that it may lie in"),
                "make a carrier larger, or ask for less".to_owned(),
            ),
        };
        found.add(Code::LargerThanCarriers, service.at, message, help);
    }
}

/// Carriers that are as large as what lies in them, where nothing does.
fn check_content(demand: &Demand, found: &mut Findings) {
    let within = demand.services.iter().flat_map(|service| &service.inside);
    let carriers: BTreeSet<ContainerIndex> = within.flat_map(|inside| inside.carriers.iter().copied()).collect();
    let mut seen: HashSet<Place> = HashSet::new();
    for service in &demand.services {
        let Some(carries) = service.carries.as_deref().filter(|it| it.is_of_content()) else { continue };
        let used = service.containers.clone().any(|container| carriers.contains(&container));
        if !used && seen.insert(carries.at) {
            let id = format!("{}/{}", demand.startups[service.startup].name, service.name);
            let message = format!("`{id}` is as large as its content, and nothing lies in it");
            found.add(Code::NothingCarried, carries.at, message, "say `inside` at what does, or write an amount");
        }
    }
}
