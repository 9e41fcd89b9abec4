//! What every fleet of hosts must satisfy that holds all items, said without a word about where each item goes.
//!
//! For a set of items, the volume they ask for of each resource must fit on the hosts that may hold any of them. The
//! sets are nested: all items; those that ask for more than t of resource e, for each t at which another kind of host
//! drops out; those whose pins leave them to a set of hosts. Such rows are the surrogates of the class LP in which each
//! item's worth is the sum of its rows' duals (so they are duals of the class LP), and they are few.
//! Beside them stand crowds, items of which no two may share a host, and what earlier goals may spend.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::Goal;
use crate::solve::fleets::aggregate::Aggregate;
use crate::solve::restricted::bin_cost;
use crate::solve::types::{self, BinType, ItemType};

/// Kinds of items times kinds of hosts up to which it is looked at which may go where.
const LOOKED_AT: usize = 100_000_000;

/// Families times kinds of hosts at the most: beyond that some families are left out, for all are looked at again and again.
const FAMILIES: usize = 4_000_000;

/// Both sides of a row stay below this, so that sums over hosts stay within 128 bits.
const RANGE: i128 = 1 << 90;

/// The sum over the kinds of hosts of a coefficient times how many are open is at least `right`.
#[derive(Clone, Debug)]
pub struct Inequality {
    /// For each kind of host.
    pub coefficients: Vec<i128>,
    /// What must be reached.
    pub right: i128,
    /// Why.
    pub source: Source,
}

impl Inequality {
    /// What must be reached, overstated by so much slack: exact where there is none.
    pub fn asked(&self, slack: f64) -> i128 {
        match slack > 0.0 && self.right > 0 {
            true => (self.right as f64 * (1.0 + slack)) as i128,
            false => self.right,
        }
    }

    /// By how much `fleet` falls short of what is asked with so much slack.
    pub fn missing(&self, fleet: &[u64], slack: f64) -> i128 {
        let held = self.coefficients.iter().zip(fleet).map(|(&some, &open)| some * i128::from(open));
        self.asked(slack) - held.sum::<i128>()
    }
}

/// Why a [`Inequality`] holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The volume of a family in a resource.
    Volume(Family, usize),
    /// What all resources together are worth at the duals of this position in [`Candidates::duals`].
    Worth(usize),
    /// As many hosts as there are items in an `apart` rule by host: its position in the instance.
    Crowd(usize),
    /// One host at least for items of this kind.
    Presence(usize),
    /// No more hosts, price or watts than the limit.
    Limit(Goal),
}

/// A set of items.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// All of them.
    All,
    /// Those that ask for more than this of a resource.
    Above(usize, u64),
    /// Those that may only go where the items of a bin set may go: its position in the instance.
    Within(usize),
}

impl Family {
    /// Whether an item of this kind belongs to it.
    pub fn contains(&self, aggregate: &Aggregate, item: &ItemType) -> bool {
        match *self {
            Family::All => true,
            Family::Above(resource, amount) => item.size[resource] > amount,
            Family::Within(set) => item.pinned && is_within(aggregate, item.allowed, set),
        }
    }
}

/// All rows, made as they are asked for: there may be many thousands.
pub struct Candidates<'a> {
    aggregate: &'a Aggregate<'a>,
    families: Vec<Members>,
    others: Vec<Inequality>,
    /// Sets of duals that rows were made of.
    pub duals: Vec<UnitDuals>,
}

/// Duals of a base unit of each resource on each kind of host, and what they make of the items.
pub struct UnitDuals {
    /// `[host kind][resource]`, never negative.
    pub unit: Vec<Vec<i128>>,
    /// For each kind of items: what one of them costs where it costs the least.
    pub worth: Vec<i128>,
}

/// A family with the kinds of hosts that may hold any of it, and its volume in each resource.
struct Members {
    family: Family,
    hosts: Vec<bool>,
    volume: Vec<i64>,
}

impl<'a> Candidates<'a> {
    /// Looks for the families of `aggregate`.
    pub fn new(aggregate: &'a Aggregate<'a>) -> Candidates<'a> {
        let mut candidates =
            Candidates { aggregate, families: Vec::new(), others: crowds(aggregate), duals: Vec::new() };
        let mut volume = vec![0i64; aggregate.instance.resources];
        aggregate.items.iter().for_each(|item| add_volume(&mut volume, item));
        candidates.add(Family::All, vec![true; aggregate.hosts.len()], volume);
        (0..aggregate.instance.resources).for_each(|resource| candidates.add_nested(resource));
        candidates.add_pinned();
        candidates
    }

    fn add(&mut self, family: Family, hosts: Vec<bool>, volume: Vec<i64>) {
        if volume.iter().any(|&volume| volume > 0) {
            self.families.push(Members { family, hosts, volume });
        }
    }

    /// The families that ask for more than some amount of `resource`.
    fn add_nested(&mut self, resource: usize) {
        let aggregate = self.aggregate;
        let mut items: Vec<&ItemType> = aggregate.items.iter().collect();
        items.sort_by_key(|item| Reverse(item.size[resource]));
        let largest = largest(aggregate, resource, &items);
        let steps: BTreeSet<u64> = largest.iter().copied().chain([0]).collect();
        let mut volume = vec![0i64; aggregate.instance.resources];
        let mut next = 0;
        let each = steps.len().saturating_mul(largest.len()).div_ceil(FAMILIES).max(1);
        for step in steps.into_iter().rev().step_by(each) {
            while next < items.len() && items[next].size[resource] > step {
                add_volume(&mut volume, items[next]);
                next += 1;
            }
            let hosts = largest.iter().map(|&largest| largest > step).collect();
            self.add(Family::Above(resource, step), hosts, volume.clone());
        }
    }

    /// The families of items that pins leave to a set of bins.
    fn add_pinned(&mut self) {
        let aggregate = self.aggregate;
        let mut volumes: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
        for item in aggregate.items.iter().filter(|item| item.pinned) {
            let volume = volumes.entry(item.allowed).or_insert_with(|| vec![0; aggregate.instance.resources]);
            add_volume(volume, item);
        }
        let sets = &aggregate.instance.bin_sets;
        if volumes.len().saturating_mul(aggregate.hosts.len()) > FAMILIES {
            return;
        }
        for &set in volumes.keys() {
            let mut volume = vec![0i64; aggregate.instance.resources];
            for (&other, some) in &volumes {
                if is_within(aggregate, other, set) {
                    volume.iter_mut().zip(some).for_each(|(sum, some)| *sum += some);
                }
            }
            let hosts = aggregate.hosts.iter().map(|host| sets[set].contains(host.bins[0])).collect();
            self.add(Family::Within(set), hosts, volume);
        }
    }

    /// Adds the row of duals of a base unit of each resource on each kind of host: an item is worth what it costs
    /// where it costs the least, a host what all of it costs. Duals out of range say nothing.
    pub fn add_duals(&mut self, mut unit: Vec<Vec<i128>>) -> Option<Inequality> {
        let aggregate = self.aggregate;
        for (duals, host) in unit.iter_mut().zip(&aggregate.hosts) {
            // What a host has nothing of costs nothing there.
            duals
                .iter_mut()
                .zip(&host.capacity)
                .filter(|(_, capacity)| **capacity == 0)
                .for_each(|(dual, _)| *dual = 0);
        }
        let cost = |host: usize, amounts: &[u64]| -> Option<i128> {
            let mut terms =
                unit[host].iter().zip(amounts).map(|(price, &amount)| price.checked_mul(i128::from(amount)));
            terms.try_fold(0i128, |sum, term| sum.checked_add(term?))
        };
        // An item costs the same on all kinds of hosts with the same duals: any of them that takes it will do.
        let alike = types::alike(0..aggregate.hosts.len(), |host| &unit[host]);
        let worth = |item: &ItemType| -> Option<i128> {
            let takes = |hosts: &&Vec<usize>| hosts.iter().any(|&host| aggregate.may_go(item, &aggregate.hosts[host]));
            let mut costs = alike.iter().filter(takes).map(|hosts| cost(hosts[0], &item.size));
            costs.try_fold(i128::MAX, |least, cost| Some(least.min(cost?)))
        };
        let made = || -> Option<(Vec<i128>, Inequality)> {
            let worth = aggregate.items.iter().map(worth).collect::<Option<Vec<i128>>>()?;
            let all =
                worth.iter().zip(&aggregate.items).map(|(worth, item)| worth.checked_mul(item.items.len() as i128));
            let right = all.into_iter().try_fold(0i128, |sum, some| sum.checked_add(some?))?;
            let give = aggregate.hosts.iter().enumerate().map(|(kind, host)| cost(kind, &host.capacity));
            let coefficients = give.collect::<Option<Vec<i128>>>()?;
            let in_range = right <= RANGE && coefficients.iter().all(|&some| some <= RANGE);
            in_range.then_some((worth, Inequality { coefficients, right, source: Source::Worth(self.duals.len()) }))
        };
        if aggregate.items.len().saturating_mul(aggregate.hosts.len()) > LOOKED_AT {
            return None;
        }
        let (worth, row) = made()?;
        self.duals.push(UnitDuals { unit, worth });
        self.others.push(row.clone());
        Some(row)
    }

    /// What earlier goals may spend: rows that always take part.
    pub fn limits(&self) -> Vec<Inequality> {
        let limits = &self.aggregate.limits;
        let of = [(Goal::FewestHosts, limits.hosts), (Goal::Cheapest, limits.price), (Goal::LeastPower, limits.watts)];
        of.into_iter()
            .filter_map(|(goal, limit)| {
                let cost = |host: &BinType| -i128::from(bin_cost(self.aggregate.instance, goal, host.bins[0]));
                let right = -i128::from(limit?);
                let coefficients = self.aggregate.hosts.iter().map(cost).collect();
                Some(Inequality { coefficients, right, source: Source::Limit(goal) })
            })
            .collect()
    }

    /// For each family and resource, and each crowd, the row that `fleet` breaks by more than `tolerance` of it: the worst
    /// `most` of them, the worst first. In floats: for rows to add, not to judge a fleet by.
    pub fn broken(&self, fleet: &[f64], slack: f64, tolerance: f64, most: usize) -> Vec<Inequality> {
        self.worst(most, |row| {
            let held: f64 = row.coefficients.iter().zip(fleet).map(|(&some, open)| some as f64 * open).sum();
            let asked = row.right as f64 * (1.0 + slack);
            let missing = (asked - held) / asked.max(1.0);
            (missing > tolerance).then_some(missing)
        })
    }

    /// The rows that a whole fleet breaks, as [`Candidates::broken`] does, but in integers.
    pub fn broken_by_whole(&self, fleet: &[u64], slack: f64, most: usize) -> Vec<Inequality> {
        self.worst(most, |row| {
            let missing = row.missing(fleet, slack);
            (missing > 0).then_some(missing as f64 / (row.right as f64).max(1.0))
        })
    }

    /// All rows.
    pub fn all(&self) -> impl Iterator<Item = Inequality> {
        let volumes = self.families.iter().flat_map(move |members| {
            (0..self.aggregate.instance.resources).map(move |resource| self.volume(members, resource))
        });
        volumes.chain(self.others.iter().cloned())
    }

    fn worst(&self, most: usize, missing: impl Fn(&Inequality) -> Option<f64>) -> Vec<Inequality> {
        let rows = self.all();
        let mut broken: Vec<(f64, Inequality)> = rows.filter_map(|row| Some((missing(&row)?, row))).collect();
        broken.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.source.cmp(&b.1.source)));
        broken.truncate(most);
        broken.into_iter().map(|(_, row)| row).collect()
    }

    fn volume(&self, members: &Members, resource: usize) -> Inequality {
        let give = |(host, &holds): (&BinType, &bool)| if holds { i128::from(host.capacity[resource]) } else { 0 };
        Inequality {
            coefficients: self.aggregate.hosts.iter().zip(&members.hosts).map(give).collect(),
            right: i128::from(members.volume[resource]),
            source: Source::Volume(members.family.clone(), resource),
        }
    }
}

/// Whether `set` has all bins of `part`.
fn is_within(aggregate: &Aggregate, part: usize, set: usize) -> bool {
    let sets = &aggregate.instance.bin_sets;
    part == set || sets[part].bins.iter().all(|&bin| sets[set].contains(bin))
}

/// The model keeps the sum of all requests below i64::MAX.
fn add_volume(volume: &mut [i64], item: &ItemType) {
    let count = item.items.len() as i64;
    volume.iter_mut().zip(&item.size).for_each(|(sum, &size)| *sum += size as i64 * count);
}

/// The most that any of the `items` that may go to `host` asks of `resource`; those that ask for the most come first.
fn largest(aggregate: &Aggregate, resource: usize, items: &[&ItemType]) -> Vec<u64> {
    if aggregate.items.len().saturating_mul(aggregate.hosts.len()) > LOOKED_AT {
        return aggregate.hosts.iter().map(|host| host.capacity[resource]).collect();
    }
    let mut largest = vec![0; aggregate.hosts.len()];
    let mut open = vec![true; aggregate.hosts.len()];
    let mut left = open.len();
    for item in items {
        if left == 0 {
            break;
        }
        for host in aggregate.takers(item).into_iter().filter(|&host| std::mem::take(&mut open[host])) {
            largest[host] = item.size[resource];
            left -= 1;
        }
    }
    largest
}

/// Items that need hosts of their own: those of `apart` rules by host, and any that is pinned.
fn crowds(aggregate: &Aggregate) -> Vec<Inequality> {
    let mut kind_of = vec![usize::MAX; aggregate.instance.items.len()];
    for (kind, item) in aggregate.items.iter().enumerate() {
        item.items.iter().for_each(|&item| kind_of[item] = kind);
    }
    let row = |kinds: &BTreeSet<usize>, right: usize, source: Source| {
        // Of items that differ in their rules alone one is looked at.
        let looks = kinds.iter().map(|&kind| {
            let item = &aggregate.items[kind];
            ((item.pinned.then_some(item.allowed), &item.size), item)
        });
        let looks: BTreeMap<_, &ItemType> = looks.collect();
        let mut coefficients = vec![0; aggregate.hosts.len()];
        looks.values().flat_map(|item| aggregate.takers(item)).for_each(|host| coefficients[host] = 1);
        Inequality { coefficients, right: right as i128, source }
    };
    let mut rows = Vec::new();
    // Of rules over the same kinds the largest says it all.
    let mut rules: BTreeMap<Vec<usize>, (usize, usize, BTreeSet<usize>)> = BTreeMap::new();
    for (rule, apart) in aggregate.instance.aparts.iter().enumerate().filter(|(_, apart)| apart.by_host) {
        let kinds: BTreeSet<usize> = apart.items.iter().map(|&item| kind_of[item]).collect();
        let allowed: BTreeSet<usize> = kinds.iter().map(|&kind| aggregate.items[kind].allowed).collect();
        let entry = rules.entry(allowed.into_iter().collect()).or_insert((0, rule, BTreeSet::new()));
        if apart.items.len() > entry.0 {
            *entry = (apart.items.len(), rule, kinds);
        }
    }
    // Where each rule has hosts of its own, the larger ones: a row has an entry for every kind of hosts.
    let mut rules: Vec<(usize, usize, BTreeSet<usize>)> = rules.into_values().collect();
    rules.sort_by_key(|&(count, rule, _)| (Reverse(count), rule));
    rules.truncate(FAMILIES / aggregate.hosts.len().max(1));
    rows.extend(rules.into_iter().map(|(count, rule, kinds)| row(&kinds, count, Source::Crowd(rule))));
    if aggregate.instance.bin_sets.len().saturating_mul(aggregate.hosts.len()) > FAMILIES {
        return rows;
    }
    let mut seen = BTreeSet::new();
    for (kind, item) in aggregate.items.iter().enumerate().filter(|(_, item)| item.pinned) {
        if seen.insert(item.allowed) {
            rows.push(row(&BTreeSet::from([kind]), 1, Source::Presence(kind)));
        }
    }
    rows
}
