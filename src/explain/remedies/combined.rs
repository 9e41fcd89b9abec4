//! Several changes at once, where no single one does: of all that could help, what can be done without is taken out.

use super::amounts::{self, Grown, Larger};
use super::hosts::{self, Addable};
use super::probe::{Prober, least, yes};
use super::promise;
use super::relax::{self, Hindrance};
use super::{Kind, Remedy};
use crate::explain::conflict::Constraint;
use crate::model::{Change, HostIndex, Layout, ResourceIndex};

/// At most so many changes are taken together.
const MOST_TRIED: usize = 64;
/// So many ways are given.
const MOST_GIVEN: usize = 2;
/// At most so many further hosts of one kind.
const MOST_HOSTS: u64 = 8;

/// Something that could help, and how much of it at the most.
enum Lever {
    /// More of a resource on the hosts of a kind, in steps.
    Amount(Grown, ResourceIndex),
    /// More of what a pool has, in steps.
    Pool(Larger),
    /// A rule, a pin or a drain is given up.
    Dropped(Hindrance),
    /// More CPU of a kind is promised than there is, or its limits add up to more, in tenths.
    Promised(Grown, ResourceIndex, u64),
    /// Further hosts of a kind.
    Hosts(Addable),
}

impl Lever {
    fn kind(&self) -> Kind {
        match self {
            Lever::Amount(..) | Lever::Pool(_) => Kind::Capacity,
            Lever::Promised(..) => Kind::Overcommit,
            Lever::Dropped(_) => Kind::Rule,
            Lever::Hosts(_) => Kind::Hosts,
        }
    }

    /// Whether it is what `remedy` does, as much of it as that takes.
    fn does(&self, layout: &Layout, remedy: &Remedy) -> bool {
        let is_kind = |kind: &Grown, host: HostIndex| layout.lab.hosts[host].kind == kind.name;
        match (self, &remedy.changes[..]) {
            (Lever::Amount(kind, of), &[Change::Capacity { kind: host, resource, .. }])
            | (Lever::Promised(kind, of, _), &[Change::Overcommit { kind: host, resource, .. }]) => {
                *of == resource && is_kind(kind, host)
            }
            (Lever::Pool(pool), &[Change::Pool { resource, .. }]) => pool.resource == resource,
            (Lever::Dropped(hindrance), changes) => hindrance.changes(layout) == changes,
            (Lever::Hosts(kind), changes) => (1..=MOST_HOSTS).any(|many| kind.more(layout, many) == changes),
            _ => false,
        }
    }

    fn most(&self, layout: &Layout) -> u64 {
        match self {
            Lever::Amount(kind, resource) => kind.most(layout, *resource),
            Lever::Pool(pool) => pool.most,
            Lever::Promised(kind, resource, tenths) => promise::most(layout, kind, *resource).saturating_sub(*tenths),
            Lever::Dropped(_) => 1,
            Lever::Hosts(_) => MOST_HOSTS,
        }
    }

    fn changes(&self, layout: &Layout, much: u64) -> Vec<Change> {
        match self {
            Lever::Amount(kind, resource) => vec![kind.change(layout, *resource, much)],
            Lever::Pool(pool) => vec![pool.change(much)],
            Lever::Promised(kind, resource, tenths) => {
                let kind = HostIndex(kind.first);
                vec![Change::Overcommit { kind, resource: *resource, tenths: tenths + much }]
            }
            Lever::Dropped(hindrance) => hindrance.changes(layout),
            Lever::Hosts(kind) => kind.more(layout, much),
        }
    }
}

/// In words: one change, or all amounts of one kind of hosts.
fn said(layout: &Layout, levers: &[Lever], much: &[u64], some: &[usize]) -> String {
    match &levers[some[0]] {
        Lever::Amount(kind, _) => {
            let amounts = some.iter().filter_map(|&lever| match levers[lever] {
                Lever::Amount(_, resource) => Some((resource, much[lever])),
                _ => None,
            });
            kind.said(layout, &amounts.collect::<Vec<_>>())
        }
        Lever::Pool(pool) => pool.said(layout, much[some[0]]),
        Lever::Promised(kind, resource, tenths) => promise::said(layout, kind, *resource, tenths + much[some[0]]),
        Lever::Dropped(hindrance) => hindrance.said(layout),
        Lever::Hosts(kind) => kind.said(much[some[0]]),
    }
}

/// Two ways of doing several things at once, such as one without further hosts where that can be, and one without larger
/// ones. Only those that take more than one change, and nothing that does by itself as one of `alone` does.
pub fn combined(prober: &Prober, alone: &[Remedy]) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let hosts = hosts::addable(layout).into_iter().map(Lever::Hosts);
    let mut levers: Vec<Lever> = hosts.chain(relax::hindrances(layout).into_iter().map(Lever::Dropped)).collect();
    let resources = layout.lab.of_hosts();
    let mut amounts: Vec<(bool, u64, Grown, ResourceIndex)> = Vec::new();
    // Hosts that are not up may come up, and be too small as they are.
    for kind in amounts::kinds_where(layout, |_, _| true) {
        for resource in resources.clone().filter(|&it| layout.lab.has_budget(HostIndex(kind.first), it)) {
            let named = layout.lab.resources[resource].is_named();
            if promise::promises_more(layout, &kind, resource) {
                let tenths = promise::tenths(layout, &kind, resource);
                levers.push(Lever::Promised(kind.clone(), resource, tenths));
            }
            if layout.lab.resources[resource].is_derived() {
                continue;
            }
            amounts.push((!named, layout.lab.hosts[kind.first].capacity[resource], kind.clone(), resource));
        }
    }
    // A device is not bought where another host has it, nor a small host made a large one.
    amounts.sort_by_key(|&(bought, capacity, ..)| (bought, capacity));
    levers.extend(amounts.into_iter().map(|(_, _, kind, resource)| Lever::Amount(kind, resource)));
    levers.extend(amounts::larger(layout).into_iter().map(Lever::Pool));
    // What a document that is added says cannot be given up in this one.
    levers.retain(|lever| !prober.is_out_of_time() && prober.question.said(&lever.changes(layout, 1)).is_some());
    levers.retain(|lever| !alone.iter().any(|remedy| lever.does(layout, remedy)));
    levers.truncate(MOST_TRIED);
    let all = vec![true; levers.len()];
    let orders = [
        [Kind::Hosts, Kind::Rule, Kind::Capacity, Kind::Overcommit],
        [Kind::Overcommit, Kind::Capacity, Kind::Rule, Kind::Hosts],
        [Kind::Overcommit, Kind::Rule, Kind::Hosts, Kind::Capacity],
        [Kind::Rule, Kind::Capacity, Kind::Hosts, Kind::Overcommit],
    ];
    let mut remedies: Vec<Remedy> = Vec::new();
    let mut first: Option<Vec<usize>> = None;
    for order in orders {
        if remedies.len() == MOST_GIVEN {
            break;
        }
        if let Some((remedy, used)) = without_what_can_be(prober, &levers, &all, order)
            && !remedies.contains(&remedy)
        {
            remedies.push(remedy);
            first.get_or_insert(used);
        }
    }
    // Where it is the same in every order, another way does without something of it.
    for lever in first.unwrap_or_default() {
        if remedies.len() == MOST_GIVEN {
            break;
        }
        let others: Vec<bool> = (0..levers.len()).map(|other| other != lever).collect();
        remedies.extend(without_what_can_be(prober, &levers, &others, orders[0]).map(|(remedy, _)| remedy));
    }
    remedies
}

/// All of `levers` that `may` be used, without what everything fits without, those of the first kind in `order` being taken
/// out first; then of each of the others in turn as little as does. With it, which these are.
fn without_what_can_be(
    prober: &Prober,
    levers: &[Lever],
    may: &[bool],
    order: [Kind; 4],
) -> Option<(Remedy, Vec<usize>)> {
    let layout = &prober.question.layout;
    let most = |(lever, &may): (&Lever, &bool)| if may { lever.most(layout) } else { 0 };
    let mut much: Vec<u64> = levers.iter().zip(may).map(most).collect();
    // Where no loss need be survived, nothing need be excepted.
    let drops_survive = |lever: &Lever| matches!(lever, Lever::Dropped(Hindrance::Said(_, Constraint::Survive)));
    let excepts = |lever: &Lever| matches!(lever, Lever::Dropped(Hindrance::Bound(_)));
    let idle = |much: &[u64], lever: usize| {
        let dropped = levers.iter().zip(much).any(|(lever, &much)| much > 0 && drops_survive(lever));
        much[lever] == 0 || dropped && excepts(&levers[lever])
    };
    let changes = |much: &[u64]| -> Vec<Change> {
        let used = levers.iter().zip(much).enumerate().filter(|&(lever, _)| !idle(much, lever)).map(|(_, used)| used);
        used.flat_map(|(lever, &much)| lever.changes(layout, much)).collect()
    };
    if !yes(prober.fits(&changes(&much))) {
        return None;
    }
    for kind in order {
        let all: Vec<usize> = (0..levers.len()).filter(|&lever| levers[lever].kind() == kind).collect();
        // All of a kind at once, then one after another.
        for some in std::iter::once(&all[..]).chain(all.chunks(1)) {
            let mut fewer = much.clone();
            some.iter().for_each(|&lever| fewer[lever] = 0);
            if fewer != much && yes(prober.fits(&changes(&fewer))) {
                much = fewer;
            }
        }
    }
    let mut used: Vec<usize> = (0..levers.len()).filter(|&lever| !idle(&much, lever)).collect();
    used.sort_by_key(|&lever| match &levers[lever] {
        Lever::Amount(kind, _) => (Kind::Capacity, kind.first),
        other => (other.kind(), lever),
    });
    if used.len() < 2 {
        return None;
    }
    let mut proven = true;
    for &lever in &used {
        if levers[lever].kind() == Kind::Rule {
            continue;
        }
        let with = |some: u64| {
            let mut much = much.clone();
            much[lever] = some;
            prober.fits(&changes(&much))
        };
        let (some, is_least) = least(much[lever], 1, with)?;
        (much[lever], proven) = (some, proven && is_least);
    }
    // What one kind of hosts gets more of is said in one breath.
    let of_one_kind = |&a: &usize, &b: &usize| match (&levers[a], &levers[b]) {
        (Lever::Amount(a, _), Lever::Amount(b, _)) => a.first == b.first,
        _ => false,
    };
    let said: Vec<String> = used.chunk_by(of_one_kind).map(|some| said(layout, levers, &much, some)).collect();
    let kind = used.iter().map(|&lever| levers[lever].kind()).max()?;
    Some((prober.remedy(kind, said.join(" and "), &changes(&much), proven)?, used))
}
