//! Further hosts: how many of which kind, and which mix is cheapest.

use super::probe::{Prober, least, yes};
use super::{Kind, Remedy};
use crate::model::{Change, GoalValue, Host, HostIndex, HostState, Layout, Numbered};
use crate::solve::Status;

/// At most so many further hosts of one kind.
const MOST_HOSTS: u64 = 64;
/// So many are tried before the most.
const FEW: u64 = 8;
/// At most so many kinds are tried.
const MOST_KINDS: usize = 12;
/// In a mix, at most so many of one kind.
const MOST_MIXED: u64 = 4;
/// So many mixes are tried at the most.
const MOST_MIXES: u32 = 24;

/// Hosts that do, with what they cost.
struct Found {
    price: u64,
    watts: u64,
    count: u64,
    remedy: Remedy,
}

/// The least number of further hosts of each kind, and the cheapest mix of kinds.
pub fn hosts(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let kinds: Vec<Addable> = addable(layout).into_iter().take(MOST_KINDS).collect();
    let mut found: Vec<Found> = Vec::new();
    for kind in &kinds {
        let tried = |count| prober.fits(&kind.more(layout, count));
        // One, a few, then many: each is a plan of its own.
        let most = [1, FEW, MOST_HOSTS].into_iter().find(|&most| yes(tried(most)));
        let Some((count, least)) = most.and_then(|most| least(most, 1, tried)) else { continue };
        let (price, watts) = (kind.price.saturating_mul(count), kind.watts.saturating_mul(count));
        let text = format!("{}{}", kind.said(count), cost_words(price, watts));
        let remedy = prober.remedy(Kind::Hosts, text, &kind.more(layout, count), least);
        found.extend(remedy.map(|remedy| Found { price, watts, count, remedy }));
    }
    found.extend(mix(prober, &kinds, &found));
    found.extend(forward(prober));
    found.sort_by_key(|one| (one.price, one.watts, one.count));
    found.into_iter().map(|one| one.remedy).collect()
}

/// Hosts that come with a later phase, if they came with this one.
fn forward(prober: &Prober) -> Vec<Found> {
    let layout = &prober.question.layout;
    let Some(phase) = layout.phase else { return Vec::new() };
    let first =
        |(host, of): &(HostIndex, &Host)| layout.lab.hosts[..host.0].iter().all(|before| before.kind != of.kind);
    let later = layout.lab.hosts.iter().numbered().filter(|(_, of)| of.span.from > phase).filter(first);
    let bring = |(kind, of): (HostIndex, &Host)| {
        let change = [Change::Forward { kind }];
        if !yes(prober.fits(&change)) {
            return None;
        }
        let count = layout.lab.hosts.iter().filter(|other| other.kind == of.kind).count() as u64;
        let (price, watts) = (of.price.saturating_mul(count), of.watts.saturating_mul(count));
        let text = format!("bring `{}` forward to `{}`", of.kind, layout.phases.get(phase)?.name);
        let remedy = prober.remedy(Kind::Hosts, text + &cost_words(price, watts), &change, true)?;
        Some(Found { price, watts, count, remedy })
    };
    later.filter_map(bring).collect()
}

/// A kind of which there could be more.
pub struct Addable {
    /// The first host of the kind.
    first: HostIndex,
    /// The kind.
    like: String,
    /// Whether it has a `count`, so that more of it are of the same kind.
    counted: bool,
    /// How many there are already; those that are only planned are not there.
    there: u64,
    price: u64,
    watts: u64,
    planned: bool,
}

/// The kinds of which there could be more.
pub fn addable(layout: &Layout) -> Vec<Addable> {
    let mut kinds: Vec<Addable> = Vec::new();
    for (first, host) in layout.lab.hosts.iter().numbered() {
        // Of hosts of another phase there would be more in that.
        let elsewhere = host.name != host.kind && layout.phase.is_some_and(|phase| !host.span.has(phase));
        if elsewhere || kinds.iter().any(|kind| kind.like == host.kind) {
            continue;
        }
        let planned = host.state == HostState::Planned;
        let there = layout.lab.hosts.iter().filter(|other| other.kind == host.kind && !planned).count() as u64;
        // Further ones of a kind that is drained would be drained, too: they are a kind of their own.
        let (like, counted) = (host.kind.clone(), host.name != host.kind && host.state != HostState::Drain);
        kinds.push(Addable { first, like, counted, there, price: host.price, watts: host.watts, planned });
    }
    kinds
}

fn free_name(layout: &Layout, kind: &str) -> String {
    let taken = |name: &String| layout.lab.hosts.iter().any(|host| host.kind == *name || host.name == *name);
    let first = format!("{kind}-more");
    let next = (2..).map(|number| format!("{kind}-more{number}"));
    std::iter::once(first.clone()).chain(next).find(|name| !taken(name)).unwrap_or(first)
}

impl Addable {
    /// So many more of them.
    pub fn more(&self, layout: &Layout, count: u64) -> Vec<Change> {
        let (kind, many) = (self.first, usize::try_from(count).unwrap_or(usize::MAX));
        if count == 0 {
            return Vec::new();
        }
        let up = self.planned.then_some(Change::State { kind, state: HostState::Up });
        if self.counted {
            let count = usize::try_from(self.there).unwrap_or(usize::MAX).saturating_add(many);
            return up.into_iter().chain([Change::Count { kind, count }]).collect();
        }
        let name = free_name(layout, &self.like);
        let host = |number| Change::HostAdded { like: kind, name: format!("{name}-{number}"), kind: name.clone() };
        let further = 1..=count - u64::from(self.planned);
        up.into_iter().chain(further.map(host)).collect()
    }

    /// In words.
    pub fn said(&self, count: u64) -> String {
        let more = if self.planned { "" } else { " more" };
        format!("{count}{more} `{}`", self.like)
    }
}

/// ` (price 180, 15 W)`, of millionths.
fn cost_words(price: u64, watts: u64) -> String {
    let shown = |value| GoalValue::Millionths(value).to_string();
    match (price, watts) {
        (0, 0) => String::new(),
        (price, 0) => format!(" (price {})", shown(price)),
        (0, watts) => format!(" ({} W)", shown(watts)),
        (price, watts) => format!(" (price {}, {} W)", shown(price), shown(watts)),
    }
}

/// The cheapest mix of two or three kinds by price, or where nothing has one by watts; `None` where one kind alone is as
/// cheap, or none was found. Mixes are tried in the order of their cost.
fn mix(prober: &Prober, kinds: &[Addable], alone: &[Found]) -> Option<Found> {
    let priced = kinds.iter().any(|kind| kind.price > 0);
    let cost = |kind: &Addable| if priced { kind.price } else { kind.watts };
    if kinds.iter().all(|kind| cost(kind) == 0) {
        return None;
    }
    let limit = alone.iter().map(|found| if priced { found.price } else { found.watts }).min();
    let sum = |counts: &[u64], of: &dyn Fn(&Addable) -> u64| -> u64 {
        kinds.iter().zip(counts).map(|(kind, count)| of(kind).saturating_mul(*count)).fold(0, u64::saturating_add)
    };
    let mut mixes: Vec<(u64, Vec<u64>)> =
        mixes(kinds.len()).into_iter().map(|counts| (sum(&counts, &cost), counts)).collect();
    mixes.retain(|(cost, _)| limit.is_none_or(|limit| *cost < limit));
    mixes.sort();
    let mut refuted: Vec<Vec<u64>> = Vec::new();
    let mut tried = 0;
    let mut proven = true;
    for (_, counts) in mixes {
        let less_than = |other: &Vec<u64>| counts.iter().zip(other).all(|(count, other)| count <= other);
        if refuted.iter().any(less_than) {
            continue;
        }
        if tried == MOST_MIXES {
            return None;
        }
        tried += 1;
        let more = kinds.iter().zip(&counts).flat_map(|(kind, &count)| kind.more(&prober.question.layout, count));
        let changes: Vec<Change> = more.collect();
        let status = prober.fits(&changes);
        if yes(status) {
            let (price, watts) = (sum(&counts, &|kind| kind.price), sum(&counts, &|kind| kind.watts));
            let named = kinds.iter().zip(&counts).filter(|(_, count)| **count > 0);
            let named: Vec<String> = named.map(|(kind, &count)| kind.said(count)).collect();
            let text = format!("{}{}", named.join(" and "), cost_words(price, watts));
            let remedy = prober.remedy(Kind::Hosts, text, &changes, proven)?;
            return Some(Found { price, watts, count: counts.iter().sum(), remedy });
        }
        proven &= status == Status::Infeasible;
        refuted.push(counts);
    }
    None
}

/// All counts of two and of three of so many kinds.
fn mixes(kinds: usize) -> Vec<Vec<u64>> {
    let mut all = Vec::new();
    for a in 0..kinds {
        for b in a + 1..kinds {
            for c in (b + 1..kinds).chain([a]) {
                let most = if c == a { 0 } else { MOST_MIXED };
                for (x, y, z) in counts(most) {
                    let mut counts = vec![0; kinds];
                    (counts[c], counts[a], counts[b]) = (z, x, y);
                    all.push(counts);
                }
            }
        }
    }
    all
}

/// From one to [`MOST_MIXED`] of each of two, and of a third none or from one to `most`.
fn counts(most: u64) -> impl Iterator<Item = (u64, u64, u64)> {
    let third = if most == 0 { 0..=0 } else { 1..=most };
    let pairs = (1..=MOST_MIXED).flat_map(|x| (1..=MOST_MIXED).map(move |y| (x, y)));
    pairs.flat_map(move |(x, y)| third.clone().map(move |z| (x, y, z)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixes_are_of_two_or_three_kinds_each_once() {
        let all = mixes(3);
        assert_eq!(all.len(), 3 * 16 + 64);
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert!(mixes(1).is_empty());
    }
}
