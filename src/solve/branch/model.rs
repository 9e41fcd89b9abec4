//! The class LP bin by bin, as the branch and bound solves it, and what its prices prove in integers.

use std::collections::BTreeMap;

use super::super::instance::{Bin, Instance};
use super::super::lp::{Column, Program, Row};
use super::super::restricted::{RestrictedInstance, open_bins};
use super::super::weights::SCALE;
use crate::certificate::{
    self, DomainPrice, HostGroup, ItemIndex, Prices, RulePrice, Split, StepPrice, Weight, Weights,
};
use crate::model::Numbered;

/// Fractions of item classes on bins. The objective is the moves where they are limited, else the share of the bins
/// that is needed: above 1 nothing fits.
pub(super) struct Model<'a> {
    pub instance: &'a Instance,
    pub restricted: &'a RestrictedInstance,
    /// The items of each class.
    pub classes: Vec<Vec<ItemIndex>>,
    /// The class and the bin of each of the first columns.
    pub places: Vec<(usize, Bin)>,
    /// The columns of each class.
    pub columns: Vec<std::ops::Range<usize>>,
    pub program: Program,
    /// The row of each resource of each bin; `None` where there is nothing of it.
    share: Vec<Vec<Option<usize>>>,
    /// The row of each domain: (rule, domain).
    domains: BTreeMap<(usize, usize), usize>,
}

/// What a case says of a column: it is at most `most` and at least `least`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub least: u64,
    pub most: u64,
}

/// Integer prices that refute a case.
pub(super) struct Leaf {
    share: Vec<Vec<i128>>,
    domains: BTreeMap<(usize, usize), i128>,
    moves: i128,
    /// What one item of each class is worth.
    worth: Vec<i128>,
}

impl<'a> Model<'a> {
    /// `None` where some item has no bin.
    pub fn new(instance: &'a Instance, restricted: &'a RestrictedInstance) -> Option<Model<'a>> {
        let mut members: BTreeMap<usize, Vec<ItemIndex>> = BTreeMap::new();
        instance.item_class.iter().numbered().for_each(|(item, &class)| members.entry(class).or_default().push(item));
        let classes: Vec<Vec<ItemIndex>> = members.into_values().collect();
        let holds = |item: ItemIndex, bin: Bin| {
            let room = |(size, limit): (&u64, &u64)| size <= limit;
            restricted.open[bin] && instance.items[item].size.iter().zip(&restricted.capacity[bin]).all(room)
        };
        let mut places = Vec::new();
        let mut columns = Vec::new();
        for (class, items) in classes.iter().enumerate() {
            let first = places.len();
            let bins = instance.bins(items[0]).iter().copied().filter(|&bin| holds(items[0], bin));
            places.extend(bins.map(|bin| (class, bin)));
            if first == places.len() {
                return None;
            }
            columns.push(first..places.len());
        }
        let mut model = Model {
            instance,
            restricted,
            classes,
            places,
            columns,
            program: Program::default(),
            share: Vec::new(),
            domains: BTreeMap::new(),
        };
        model.add_rows();
        model.add_columns();
        Some(model)
    }

    fn add_rows(&mut self) {
        let rows = &mut self.program.rows;
        rows.extend(self.classes.iter().map(|items| Row { limit: items.len() as f64, equal: true }));
        let mut add = |limit: f64| {
            rows.push(Row { limit, equal: false });
            rows.len() - 1
        };
        let limit = if self.restricted.moves.is_some() { 1.0 } else { 0.0 };
        for (bin, capacity) in self.restricted.capacity.iter().enumerate() {
            let open = self.restricted.open[bin];
            self.share.push(capacity.iter().map(|&give| (open && give > 0).then(|| add(limit))).collect());
        }
        for &(class, bin) in &self.places {
            for key in domain_keys(self.instance, self.classes[class][0], bin) {
                self.domains.entry(key).or_insert_with(|| add(1.0));
            }
        }
    }

    fn add_columns(&mut self) {
        for &(class, bin) in &self.places {
            let item = self.classes[class][0];
            let mut entries = vec![(class, 1.0)];
            for (resource, &size) in self.instance.items[item].size.iter().enumerate().filter(|(_, size)| **size > 0) {
                let give = self.restricted.capacity[bin][resource] as f64;
                entries.extend(self.share[bin][resource].map(|row| (row, size as f64 / give)));
            }
            entries.extend(domain_keys(self.instance, item, bin).map(|key| (self.domains[&key], 1.0)));
            let cost = self.restricted.moves.map_or(0.0, |_| self.instance.items[item].moves(bin) as f64);
            self.program.columns.push(Column { cost, most: self.classes[class].len() as f64, entries });
        }
        if self.restricted.moves.is_none() {
            let entries = self.share.iter().flatten().flatten().map(|&row| (row, -1.0)).collect();
            self.program.columns.push(Column { cost: 1.0, most: f64::INFINITY, entries });
        }
    }

    /// How many cells its tableau has.
    pub fn cells(&self) -> usize {
        self.program.rows.len() * self.program.columns.len()
    }

    /// The most that packings may cost.
    pub fn cutoff(&self) -> f64 {
        self.restricted.moves.map_or(1.0, |limit| limit as f64)
    }

    /// The whole of the first column's bounds: what no case has narrowed.
    pub fn free(&self) -> Vec<Range> {
        self.places.iter().map(|&(class, _)| Range { least: 0, most: self.classes[class].len() as u64 }).collect()
    }

    /// How large the items of a column are: the largest share of the bin that one takes.
    pub fn weight(&self, column: usize) -> f64 {
        let (class, bin) = self.places[column];
        let size = &self.instance.items[self.classes[class][0]].size;
        super::super::instance::share(size, &self.restricted.capacity[bin]).as_f64()
    }

    /// The weights of `prices`, one for each row, if they refute the case of `ranges` in integers. Moves have a price
    /// where the prices are of the objective: for a farkas_ray they are free.
    pub fn refutes(&self, prices: &[f64], objective: bool, ranges: &[Range]) -> Option<Leaf> {
        let read = |row: usize| (prices[row].max(0.0) * SCALE).min(1e33);
        let moves = if objective && self.restricted.moves.is_some() { SCALE as i128 } else { 0 };
        let per_unit = |(row, &give): (&Option<usize>, &u64)| row.map_or(0, |row| (read(row) / give as f64) as i128);
        let mut leaf = Leaf {
            share: (self.share.iter().zip(&self.restricted.capacity))
                .map(|(rows, give)| rows.iter().zip(give).map(per_unit).collect())
                .collect(),
            domains: self.domains.iter().map(|(&key, &row)| (key, read(row) as i128)).collect(),
            moves,
            worth: Vec::with_capacity(self.classes.len()),
        };
        let mut left: i128 = 0;
        for class in 0..self.classes.len() {
            let (paid, worth) = self.least_paid(&leaf, class, ranges)?;
            left = left.checked_add(paid)?;
            leaf.worth.push(worth);
        }
        left = left.checked_sub(moves.checked_mul(i128::from(self.restricted.moves.unwrap_or(0)))?)?;
        for (prices, capacity) in leaf.share.iter().zip(&self.restricted.capacity) {
            for (&price, &give) in prices.iter().zip(capacity) {
                left = left.checked_sub(price.checked_mul(i128::from(give))?)?;
            }
        }
        for price in leaf.domains.values() {
            left = left.checked_sub(*price)?;
        }
        (left > 0).then_some(leaf)
    }

    /// What the items of `class` pay at least within `ranges`, and what the last of them pays: the dearest place used
    /// where each takes the cheapest that is left.
    fn least_paid(&self, leaf: &Leaf, class: usize, ranges: &[Range]) -> Option<(i128, i128)> {
        let mut costs = Vec::with_capacity(self.columns[class].len());
        let mut left = self.classes[class].len() as u64;
        let mut paid: i128 = 0;
        for column in self.columns[class].clone() {
            let (cost, range) = (self.cost(leaf, column)?, ranges[column]);
            paid = paid.checked_add(cost.checked_mul(i128::from(range.least))?)?;
            left = left.saturating_sub(range.least);
            costs.push((cost, range.most - range.least));
        }
        costs.sort_unstable();
        let mut worth = costs[0].0;
        for (cost, room) in costs {
            let some = room.min(left);
            paid = paid.checked_add(cost.checked_mul(i128::from(some))?)?;
            left -= some;
            if some > 0 {
                worth = cost;
            }
        }
        Some((paid, worth))
    }

    fn cost(&self, leaf: &Leaf, column: usize) -> Option<i128> {
        let (class, bin) = self.places[column];
        let of = &self.instance.items[self.classes[class][0]];
        let mut cost = leaf.moves.checked_mul(i128::from(of.moves(bin)))?;
        for (price, &size) in leaf.share[bin].iter().zip(&of.size) {
            cost = cost.checked_add(price.checked_mul(i128::from(size))?)?;
        }
        for key in domain_keys(self.instance, self.classes[class][0], bin) {
            cost = cost.checked_add(leaf.domains[&key])?;
        }
        Some(cost)
    }

    /// What tells the cases of `column` at most `most`, and more, apart.
    pub fn split(&self, column: usize, most: u64) -> Split {
        let (class, bin) = self.places[column];
        Split::On { items: self.classes[class].clone(), hosts: vec![self.instance.hosts[bin]], most }
    }

    /// The leaf as a certificate: `path` has the column of each split from the root on and whether it is the first case.
    pub fn certificate(&self, leaf: &Leaf, path: &[(usize, bool)]) -> Weights {
        let plain = self.instance.resources - self.instance.steps.len();
        let apart = |key: &(usize, usize)| &self.instance.aparts[key.0];
        let group = |bin: Bin| {
            let (unit, steps) = leaf.share[bin].split_at(plain);
            let by_host = leaf.domains.iter().filter(|(key, _)| apart(key).by_host && key.1 == apart(key).domain[bin]);
            let step = |(&step, &price): (&certificate::Step, &i128)| StepPrice { step, price: Weight::new(price) };
            let prices = Prices {
                unit: unit.iter().copied().map(Weight::new).collect(),
                steps: self.instance.steps.iter().zip(steps).map(step).collect(),
                aparts: by_host
                    .map(|(key, &price)| RulePrice { rule: apart(key).rule, price: Weight::new(price) })
                    .collect(),
            };
            HostGroup { hosts: vec![self.instance.hosts[bin]], prices: Some(prices) }
        };
        let domain = |(key, &price): (&(usize, usize), &i128)| {
            let bin = apart(key).domain.iter().position(|&domain| domain == key.1)?;
            Some(DomainPrice { rule: apart(key).rule, host: self.instance.hosts[bin], price: Weight::new(price) })
        };
        // Of several splits of one column in one direction the last is the tightest, and has the price.
        let split = |(at, &(column, first)): (usize, &(usize, bool))| {
            let last = !path[at + 1..].contains(&(column, first));
            let above = self.cost(leaf, column).map_or(0, |cost| cost - leaf.worth[self.places[column].0]);
            Weight::new(if !last {
                0
            } else if first {
                -above
            } else {
                above
            })
        };
        Weights {
            moves: Weight::new(leaf.moves),
            domains: leaf.domains.iter().filter(|(key, _)| !apart(key).by_host).filter_map(domain).collect(),
            splits: path.iter().enumerate().map(split).collect(),
            groups: open_bins(&self.restricted.open).map(group).collect(),
            ..Weights::NONE
        }
    }
}

/// The domains that `item` takes on `bin`: (rule, domain), where each bin is a domain of a rule by host.
fn domain_keys(instance: &Instance, item: ItemIndex, bin: Bin) -> impl Iterator<Item = (usize, usize)> + '_ {
    instance.items[item].aparts.iter().map(move |&apart| (apart, instance.aparts[apart].domain[bin]))
}
