//! What every mix of hosts must satisfy that holds all items, said without a word about where each item goes.
//!
//! For a set of items, the volume they ask for of each resource must fit on the hosts that may hold any of them. The
//! sets are nested: all items; those that ask for more than t of resource e, for each t at which another kind of host
//! drops out; those whose pins leave them to a set of hosts. Such rows are the surrogates of the class LP in which each
//! item's worth is the sum of its rows' multipliers (so their weights are weights of the class LP), and they are few.
//! Beside them stand crowds, items of which no two may share a host, and what earlier goals may spend.

use std::collections::{BTreeMap, BTreeSet};

use super::super::budget::slot_cost;
use super::view::{HostKind, ItemKind, View};
use crate::model::Goal;

/// Kinds of items times kinds of hosts up to which it is looked at which may go where.
const LOOKED_AT: usize = 100_000_000;

/// Both sides of a row stay below this, so that sums over hosts stay within 128 bits.
const RANGE: i128 = 1 << 90;

/// The sum over the kinds of hosts of a coefficient times how many are open is at least `right`.
#[derive(Clone, Debug)]
pub struct Row {
    /// For each kind of host.
    pub coefficients: Vec<i128>,
    /// What must be reached.
    pub right: i128,
    /// Why.
    pub source: Source,
}

impl Row {
    /// What must be reached, overstated by so much slack: exact where there is none.
    pub fn asked(&self, slack: f64) -> i128 {
        match slack > 0.0 && self.right > 0 {
            true => (self.right as f64 * (1.0 + slack)) as i128,
            false => self.right,
        }
    }

    /// By how much `mix` falls short of what is asked with so much slack.
    pub fn missing(&self, mix: &[u64], slack: f64) -> i128 {
        let held = self.coefficients.iter().zip(mix).map(|(&some, &open)| some * i128::from(open));
        self.asked(slack) - held.sum::<i128>()
    }
}

/// Why a [`Row`] holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The volume of a family in a resource.
    Volume(Family, usize),
    /// What all resources together are worth at the prices of this position in [`Candidates::prices`].
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
    /// Those that may only go where the items of a slot set may go: its position in the instance.
    Within(usize),
}

impl Family {
    /// Whether an item of this kind belongs to it.
    pub fn contains(&self, view: &View, item: &ItemKind) -> bool {
        match *self {
            Family::All => true,
            Family::Above(resource, amount) => item.size[resource] > amount,
            Family::Within(set) => item.pinned && is_within(view, item.allowed, set),
        }
    }
}

/// All rows, made as they are asked for: there may be many thousands.
pub struct Candidates<'a> {
    view: &'a View<'a>,
    families: Vec<Members>,
    others: Vec<Row>,
    /// Sets of prices that rows were made of.
    pub prices: Vec<Prices>,
}

/// Prices of a base unit of each resource on each kind of host, and what they make of the items.
pub struct Prices {
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
    /// Looks for the families of `view`.
    pub fn new(view: &'a View<'a>) -> Candidates<'a> {
        let mut candidates = Candidates { view, families: Vec::new(), others: crowds(view), prices: Vec::new() };
        let mut volume = vec![0i64; view.instance.resources];
        view.items.iter().for_each(|item| add_volume(&mut volume, item));
        candidates.add(Family::All, vec![true; view.hosts.len()], volume);
        (0..view.instance.resources).for_each(|resource| candidates.add_nested(resource));
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
        let view = self.view;
        let largest: Vec<u64> = view.hosts.iter().map(|host| largest(view, host, resource)).collect();
        let steps: BTreeSet<u64> = largest.iter().copied().chain([0]).collect();
        let mut items: Vec<&ItemKind> = view.items.iter().collect();
        items.sort_by_key(|item| std::cmp::Reverse(item.size[resource]));
        let mut volume = vec![0i64; view.instance.resources];
        let mut next = 0;
        for step in steps.into_iter().rev() {
            while next < items.len() && items[next].size[resource] > step {
                add_volume(&mut volume, items[next]);
                next += 1;
            }
            let hosts = largest.iter().map(|&largest| largest > step).collect();
            self.add(Family::Above(resource, step), hosts, volume.clone());
        }
    }

    /// The families of items that pins leave to a set of slots.
    fn add_pinned(&mut self) {
        let view = self.view;
        let mut volumes: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
        for item in view.items.iter().filter(|item| item.pinned) {
            let volume = volumes.entry(item.allowed).or_insert_with(|| vec![0; view.instance.resources]);
            add_volume(volume, item);
        }
        let sets = &view.instance.slot_sets;
        for &set in volumes.keys() {
            let mut volume = vec![0i64; view.instance.resources];
            for (&other, some) in &volumes {
                if is_within(view, other, set) {
                    volume.iter_mut().zip(some).for_each(|(sum, some)| *sum += some);
                }
            }
            let hosts = view.hosts.iter().map(|host| sets[set].contains[host.slots[0]]).collect();
            self.add(Family::Within(set), hosts, volume);
        }
    }

    /// Adds the row of prices of a base unit of each resource on each kind of host: an item is worth what it costs
    /// where it costs the least, a host what all of it costs. Prices out of range say nothing.
    pub fn add_prices(&mut self, mut unit: Vec<Vec<i128>>) -> Option<Row> {
        let view = self.view;
        for (prices, host) in unit.iter_mut().zip(&view.hosts) {
            // What a host has nothing of costs nothing there.
            prices
                .iter_mut()
                .zip(&host.capacity)
                .filter(|(_, capacity)| **capacity == 0)
                .for_each(|(price, _)| *price = 0);
        }
        let cost = |host: usize, amounts: &[u64]| -> Option<i128> {
            let mut terms =
                unit[host].iter().zip(amounts).map(|(price, &amount)| price.checked_mul(i128::from(amount)));
            terms.try_fold(0i128, |sum, term| sum.checked_add(term?))
        };
        let worth = |item: &ItemKind| -> Option<i128> {
            let hosts = (0..view.hosts.len()).filter(|&host| view.may_go(item, &view.hosts[host]));
            hosts.map(|host| cost(host, &item.size)).try_fold(i128::MAX, |least, cost| Some(least.min(cost?)))
        };
        let made = || -> Option<(Vec<i128>, Row)> {
            let worth = view.items.iter().map(worth).collect::<Option<Vec<i128>>>()?;
            let all = worth.iter().zip(&view.items).map(|(worth, item)| worth.checked_mul(item.items.len() as i128));
            let right = all.into_iter().try_fold(0i128, |sum, some| sum.checked_add(some?))?;
            let give = view.hosts.iter().enumerate().map(|(kind, host)| cost(kind, &host.capacity));
            let coefficients = give.collect::<Option<Vec<i128>>>()?;
            let in_range = right <= RANGE && coefficients.iter().all(|&some| some <= RANGE);
            in_range.then_some((worth, Row { coefficients, right, source: Source::Worth(self.prices.len()) }))
        };
        if view.items.len().saturating_mul(view.hosts.len()) > LOOKED_AT {
            return None;
        }
        let (worth, row) = made()?;
        self.prices.push(Prices { unit, worth });
        self.others.push(row.clone());
        Some(row)
    }

    /// What earlier goals may spend: rows that always take part.
    pub fn limits(&self) -> Vec<Row> {
        let limits = &self.view.limits;
        let of = [(Goal::FewestHosts, limits.hosts), (Goal::Cheapest, limits.price), (Goal::LeastPower, limits.watts)];
        of.into_iter()
            .filter_map(|(goal, limit)| {
                let cost = |host: &HostKind| -i128::from(slot_cost(self.view.instance, goal, host.slots[0]));
                let right = -i128::from(limit?);
                let coefficients = self.view.hosts.iter().map(cost).collect();
                Some(Row { coefficients, right, source: Source::Limit(goal) })
            })
            .collect()
    }

    /// For each family and resource, and each crowd, the row that `mix` breaks by more than `tolerance` of it: the worst
    /// `most` of them, the worst first. In floats: for rows to add, not to judge a mix by.
    pub fn broken(&self, mix: &[f64], slack: f64, tolerance: f64, most: usize) -> Vec<Row> {
        self.worst(most, |row| {
            let held: f64 = row.coefficients.iter().zip(mix).map(|(&some, open)| some as f64 * open).sum();
            let asked = row.right as f64 * (1.0 + slack);
            let missing = (asked - held) / asked.max(1.0);
            (missing > tolerance).then_some(missing)
        })
    }

    /// The rows that a whole mix breaks, as [`Candidates::broken`] does, but in integers.
    pub fn broken_by_whole(&self, mix: &[u64], slack: f64, most: usize) -> Vec<Row> {
        self.worst(most, |row| {
            let missing = row.missing(mix, slack);
            (missing > 0).then_some(missing as f64 / (row.right as f64).max(1.0))
        })
    }

    fn worst(&self, most: usize, missing: impl Fn(&Row) -> Option<f64>) -> Vec<Row> {
        let volumes = self
            .families
            .iter()
            .flat_map(|members| (0..self.view.instance.resources).map(move |resource| self.volume(members, resource)));
        let rows = volumes.chain(self.others.iter().cloned());
        let mut broken: Vec<(f64, Row)> = rows.filter_map(|row| Some((missing(&row)?, row))).collect();
        broken.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.source.cmp(&b.1.source)));
        broken.truncate(most);
        broken.into_iter().map(|(_, row)| row).collect()
    }

    fn volume(&self, members: &Members, resource: usize) -> Row {
        let give = |(host, &holds): (&HostKind, &bool)| if holds { i128::from(host.capacity[resource]) } else { 0 };
        Row {
            coefficients: self.view.hosts.iter().zip(&members.hosts).map(give).collect(),
            right: i128::from(members.volume[resource]),
            source: Source::Volume(members.family.clone(), resource),
        }
    }
}

/// Whether `set` has all slots of `part`.
fn is_within(view: &View, part: usize, set: usize) -> bool {
    let sets = &view.instance.slot_sets;
    part == set || sets[part].slots.iter().all(|&slot| sets[set].contains[slot])
}

/// The model keeps the sum of all requests below i64::MAX.
fn add_volume(volume: &mut [i64], item: &ItemKind) {
    let count = item.items.len() as i64;
    volume.iter_mut().zip(&item.size).for_each(|(sum, &size)| *sum += size as i64 * count);
}

/// The most that any item that may go to `host` asks of `resource`.
fn largest(view: &View, host: &HostKind, resource: usize) -> u64 {
    if view.items.len().saturating_mul(view.hosts.len()) > LOOKED_AT {
        return host.capacity[resource];
    }
    let may_go = view.items.iter().filter(|item| view.may_go(item, host));
    may_go.map(|item| item.size[resource]).max().unwrap_or(0)
}

/// Items that need hosts of their own: those of `apart` rules by host, and any that is pinned.
fn crowds(view: &View) -> Vec<Row> {
    let mut kind_of = vec![usize::MAX; view.instance.items.len()];
    for (kind, item) in view.items.iter().enumerate() {
        item.items.iter().for_each(|&item| kind_of[item] = kind);
    }
    let row = |kinds: &BTreeSet<usize>, right: usize, source: Source| {
        let holds = |host: &HostKind| i128::from(kinds.iter().any(|&kind| view.may_go(&view.items[kind], host)));
        Row { coefficients: view.hosts.iter().map(holds).collect(), right: right as i128, source }
    };
    let mut rows = Vec::new();
    // Of rules over the same kinds the largest says it all.
    let mut rules: BTreeMap<Vec<usize>, (usize, usize, BTreeSet<usize>)> = BTreeMap::new();
    for (rule, apart) in view.instance.aparts.iter().enumerate().filter(|(_, apart)| apart.by_host) {
        let kinds: BTreeSet<usize> = apart.items.iter().map(|&item| kind_of[item]).collect();
        let allowed: BTreeSet<usize> = kinds.iter().map(|&kind| view.items[kind].allowed).collect();
        let entry = rules.entry(allowed.into_iter().collect()).or_insert((0, rule, BTreeSet::new()));
        if apart.items.len() > entry.0 {
            *entry = (apart.items.len(), rule, kinds);
        }
    }
    rows.extend(rules.into_values().map(|(count, rule, kinds)| row(&kinds, count, Source::Crowd(rule))));
    let mut seen = BTreeSet::new();
    for (kind, item) in view.items.iter().enumerate().filter(|(_, item)| item.pinned) {
        if seen.insert(item.allowed) {
            rows.push(row(&BTreeSet::from([kind]), 1, Source::Presence(kind)));
        }
    }
    rows
}
