//! Further hosts: how many of which kind, and which mix is cheapest.

use super::probe::{Prober, least, yes};
use super::{Kind, Remedy};
use crate::document::Overlay;
use crate::model::{Goal, GoalValue, HostState, Layout};
use crate::solve::{Scope, solve};

/// At most so many further hosts of one kind.
const MOST_HOSTS: u64 = 64;
/// At most so many kinds are tried.
const MOST_KINDS: usize = 16;
/// In a mix, at most so many of one kind.
const MOST_MIXED: u64 = 8;

/// The least number of further hosts of each kind, and the cheapest mix of kinds.
pub fn hosts(prober: &Prober) -> Vec<Remedy> {
    let layout = prober.question.layout;
    let kinds: Vec<Addable> = addable(prober).into_iter().take(MOST_KINDS).collect();
    let mut found: Vec<(u64, u64, u64, Remedy)> = Vec::new();
    for kind in &kinds {
        let tried = |count| prober.fits(&kind.with(Overlay::EMPTY, count));
        // One, a few, then many: each is a plan of its own.
        let most = [1, MOST_MIXED, MOST_HOSTS].into_iter().find(|&most| yes(tried(most)));
        let Some((count, least)) = most.and_then(|most| least(most, 1, tried)) else { continue };
        let change = prober.whole(&kind.with(Overlay::EMPTY, count));
        let text = format!("{}{}", kind.said(count), cost_words(kind.price * count, kind.watts * count));
        let remedy = Remedy { kind: Kind::Hosts, text, change, least };
        found.push((kind.price * count, kind.watts * count, count, remedy));
    }
    if let Some(mix) = mix(prober, layout, &kinds, &found) {
        found.push(mix);
    }
    found.sort_by_key(|one| (one.0, one.1, one.2));
    found.into_iter().map(|(.., remedy)| remedy).collect()
}

/// A kind of which there could be more.
struct Addable {
    /// The key under `hosts:` that stands for the new ones.
    key: String,
    /// The kind it is like.
    like: String,
    /// What stands under the key besides `count`.
    body: Overlay,
    /// How many there are under the key already.
    there: u64,
    price: u64,
    watts: u64,
    planned: bool,
}

fn addable(prober: &Prober) -> Vec<Addable> {
    let (layout, document) = (prober.question.layout, prober.question.document);
    let mut kinds: Vec<Addable> = Vec::new();
    for host in &layout.lab.hosts {
        if host.state == HostState::Drain || kinds.iter().any(|kind| kind.like == host.kind) {
            continue;
        }
        let Some(said) = document.said(&["hosts", &host.kind]) else { continue };
        let counted = matches!(&said, Overlay::Map(keys) if keys.iter().any(|(key, _)| key == "count"));
        let there = layout.lab.hosts.iter().filter(|other| other.kind == host.kind).count() as u64;
        let planned = host.state == HostState::Planned;
        let (key, body, there) = match (counted, planned) {
            (true, false) => (host.kind.clone(), Overlay::EMPTY, there),
            (true, true) => (host.kind.clone(), Overlay::EMPTY.with(&["state"], Overlay::text("up")), 0),
            (false, _) => (free_name(layout, &host.kind), alike(&said), 0),
        };
        kinds.push(Addable {
            key,
            like: host.kind.clone(),
            body,
            there,
            price: host.price,
            watts: host.watts,
            planned,
        });
    }
    kinds
}

/// What makes another machine like this one: all but its name, number and state.
fn alike(said: &Overlay) -> Overlay {
    match said {
        Overlay::Map(keys) => {
            let own = ["title", "count", "state"];
            Overlay::Map(keys.iter().filter(|(key, _)| !own.contains(&key.as_str())).cloned().collect())
        }
        other => other.clone(),
    }
}

fn free_name(layout: &Layout, kind: &str) -> String {
    let taken = |name: &String| layout.lab.hosts.iter().any(|host| host.kind == *name || host.name == *name);
    let first = format!("{kind}-more");
    let next = (2..).map(|number| format!("{kind}-more{number}"));
    std::iter::once(first.clone()).chain(next).find(|name| !taken(name)).unwrap_or(first)
}

impl Addable {
    fn with(&self, change: Overlay, count: u64) -> Overlay {
        if count == 0 {
            return change;
        }
        let count = Overlay::text((self.there + count).to_string());
        change.with(&["hosts", &self.key], self.body.clone().with(&["count"], count))
    }

    fn said(&self, count: u64) -> String {
        let more = if self.planned { "" } else { " more" };
        format!("{count}{more} `{}`", self.like)
    }
}

/// ` (price 180, 15 W)`, of thousandths.
fn cost_words(price: u64, watts: u64) -> String {
    let shown = |value| GoalValue::Thousandths(value).to_string();
    match (price, watts) {
        (0, 0) => String::new(),
        (price, 0) => format!(" (price {})", shown(price)),
        (0, watts) => format!(" ({} W)", shown(watts)),
        (price, watts) => format!(" (price {}, {} W)", shown(price), shown(watts)),
    }
}

/// The cheapest mix by price, or where nothing has one by watts; `None` where one kind alone is as cheap.
fn mix(
    prober: &Prober,
    layout: &Layout,
    kinds: &[Addable],
    alone: &[(u64, u64, u64, Remedy)],
) -> Option<(u64, u64, u64, Remedy)> {
    let priced = kinds.iter().any(|kind| kind.price > 0);
    if kinds.len() < 2 || !(priced || kinds.iter().any(|kind| kind.watts > 0)) {
        return None;
    }
    let goal = if priced { Goal::Cheapest } else { Goal::LeastPower };
    let cost = |kind: &Addable| if priced { kind.price } else { kind.watts };
    let limit = alone.iter().map(|found| if priced { found.0 } else { found.1 }).min();
    // More of a kind than the cheapest answer so far could pay for are of no use.
    let most = |kind: &Addable| limit.map_or(MOST_MIXED, |limit| (limit / cost(kind).max(1)).min(MOST_MIXED));
    let change = kinds.iter().fold(Overlay::EMPTY, |change, kind| kind.with(change, most(kind)));
    let mut grown = prober.layout(&change)?;
    let new = |host: &crate::model::Host| {
        let kind = kinds.iter().position(|kind| kind.key == host.kind)?;
        let before = layout.lab.hosts.iter().any(|known| known.name == host.name && known.state != HostState::Planned);
        (!before).then_some(kind)
    };
    let kind_of: Vec<Option<usize>> = grown.lab.hosts.iter().map(new).collect();
    for (host, kind) in grown.lab.hosts.iter_mut().zip(&kind_of).filter(|(_, kind)| kind.is_none()) {
        debug_assert!(kind.is_none());
        (host.price, host.watts) = (0, 0);
    }
    let included = prober.included(&grown);
    let scope = Scope { included: Some(&included), keep: prober.question.keep, start: None };
    let answer = solve(&grown, &[goal], scope, prober.options);
    let held = answer.placement?.by_host(grown.lab.hosts.len());
    let count =
        |kind: usize| (0..held.len()).filter(|&host| kind_of[host] == Some(kind) && !held[host].is_empty()).count();
    let counts: Vec<u64> = (0..kinds.len()).map(|kind| count(kind) as u64).collect();
    let sum = |of: fn(&Addable) -> u64| kinds.iter().zip(&counts).map(|(kind, count)| of(kind) * count).sum::<u64>();
    let (price, watts) = (sum(|kind| kind.price), sum(|kind| kind.watts));
    let reached = if priced { price } else { watts };
    if counts.iter().filter(|&&count| count > 0).count() < 2 || limit.is_some_and(|limit| reached >= limit) {
        return None;
    }
    let change = kinds.iter().zip(&counts).fold(Overlay::EMPTY, |change, (kind, &count)| kind.with(change, count));
    let named = kinds.iter().zip(&counts).filter(|(_, count)| **count > 0).map(|(kind, &count)| kind.said(count));
    let text = format!("{}{}", named.collect::<Vec<_>>().join(" and "), cost_words(price, watts));
    let least = answer.goals.first().is_some_and(|goal| goal.proven);
    yes(prober.fits(&change)).then(|| {
        let remedy = Remedy { kind: Kind::Hosts, text, change: prober.whole(&change), least };
        (price, watts, counts.iter().sum(), remedy)
    })
}
