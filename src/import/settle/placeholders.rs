//! Hosts where nobody says which there are.

use std::collections::{BTreeMap, BTreeSet};

use super::super::found::Wished;
use super::super::names::unique;
use super::super::report::Host;
use super::place::HOST;
use super::{Rule, RuleKind, Settling, Startup};
use crate::quantity::{LARGEST_AMOUNT, LARGEST_SUM, Resource};

/// The most of them that are made so that replicas can be apart.
const MOST: u64 = 1000;

/// Hosts as large as all that was imported, so that it can be planned until somebody writes down what there is: one for
/// each name and each set of labels that something is bound to, and as many as replicas must be apart.
pub fn hosts(startups: &[Startup], rules: &[Rule], sums: &BTreeMap<Resource, u128>) -> Vec<Host> {
    let all = || startups.iter().flat_map(|startup| &startup.containers);
    let mut named: BTreeSet<&str> = all().flat_map(|one| &one.on).map(String::as_str).collect();
    let mut labelled: BTreeMap<&BTreeMap<String, String>, u64> = BTreeMap::new();
    for one in all().filter(|one| !one.on_labels.is_empty()) {
        let least = labelled.entry(&one.on_labels).or_insert(1);
        *least = one.hosts.min(MOST).max(*least);
    }
    // What must be apart from others needs as many.
    let bound = |rule: &Rule| if rule.kind == RuleKind::Apart { rule.of.len() as u64 } else { 1 };
    let bound = rules.iter().filter(|rule| rule.weight.is_none()).map(bound).max().unwrap_or(1);
    // What is wished for can be had.
    for wish in all().flat_map(|one| &one.wishes) {
        match &wish.what {
            Wished::Hosts(hosts) => named.extend(hosts.iter().map(String::as_str)),
            Wished::Labels(labels) => {
                labelled.entry(labels).or_insert(1);
            }
            _ => {}
        }
    }
    let anywhere = all().filter(|one| one.on.is_empty() && one.on_labels.is_empty());
    let least = anywhere.map(|one| one.hosts).max().unwrap_or(1).max(bound).min(MOST);
    let mut labels: Vec<BTreeMap<String, String>> = Vec::new();
    for (own, count) in labelled {
        labels.extend((0..count).map(|_| own.clone()));
    }
    while (named.len() + labels.len()) < usize::try_from(least).unwrap_or(1) {
        labels.push(BTreeMap::new());
    }
    let names = unique(labels.iter().map(|_| "placeholder"), &named, "placeholder");
    let mut placed: Vec<(String, BTreeMap<String, String>)> =
        named.iter().map(|name| ((*name).to_owned(), BTreeMap::new())).collect();
    placed.extend(names.into_iter().zip(labels));
    mark(all(), rules, &mut placed);
    let capacity = capacity(all(), sums, placed.len() as u64);
    let host = |(name, labels)| Host { name, labels, capacity: capacity.clone(), ..Host::default() };
    placed.into_iter().map(host).collect()
}

/// What is spread over a label, or apart by it, needs hosts that have it.
fn mark<'a>(
    all: impl Iterator<Item = &'a Settling>,
    rules: &'a [Rule],
    hosts: &mut [(String, BTreeMap<String, String>)],
) {
    let mut over: BTreeMap<&str, bool> = BTreeMap::new();
    for one in all {
        for label in one.wishes.iter().filter_map(|wish| match &wish.what {
            Wished::Apart(label) | Wished::Even(label, _) => Some(label),
            Wished::Labels(_) | Wished::Hosts(_) => None,
        }) {
            over.entry(label).or_insert(false);
        }
        if let Some((label, _)) = &one.even {
            over.entry(label).or_insert(false);
        }
        for label in &one.apart {
            over.insert(label, true);
        }
    }
    for rule in rules {
        if let RuleKind::AtMost(_, Some(label)) = &rule.kind {
            over.entry(label).or_insert(false);
        }
    }
    over.remove(HOST);
    for (label, is_apart) in over {
        if is_apart {
            for (number, (_, labels)) in hosts.iter_mut().enumerate() {
                labels.entry(label.to_owned()).or_insert_with(|| (number + 1).to_string());
            }
        } else if !hosts.iter().any(|(_, labels)| labels.contains_key(label))
            && let Some((_, labels)) = hosts.first_mut()
        {
            labels.insert(label.to_owned(), "a".to_owned());
        }
    }
}

fn capacity<'a>(
    all: impl Iterator<Item = &'a Settling>,
    sums: &BTreeMap<Resource, u128>,
    hosts: u64,
) -> BTreeMap<Resource, u64> {
    let most = LARGEST_AMOUNT.min(LARGEST_SUM / hosts.max(1));
    let capped = |sum: &u128| u64::try_from(*sum).unwrap_or(most).min(most);
    let mut capacity: BTreeMap<Resource, u64> =
        sums.iter().map(|(resource, sum)| (resource.clone(), capped(sum))).collect();
    for resource in all.flat_map(|one| one.limit.keys()).filter(|resource| resource.is_named()) {
        capacity.entry(resource.clone()).or_insert(0);
    }
    capacity
}
