//! The class LP slot by slot, as the branch and bound solves it, and what its prices prove in integers.

use std::collections::BTreeMap;

use super::super::budget::Budget;
use super::super::instance::{Instance, ItemIndex, Slot};
use super::super::simplex::{Column, Program, Row};
use super::super::weights::SCALE;
use crate::certificate::{self, HostGroup, Prices, RulePrice, Split, StepPrice, Weight, Weights, ZonePrice};

/// Fractions of item classes on slots. The objective is the moves where they are limited, else the share of the slots
/// that is needed: above 1 nothing fits.
pub(super) struct Model<'a> {
    pub instance: &'a Instance,
    pub budget: &'a Budget,
    /// The items of each class.
    pub classes: Vec<Vec<ItemIndex>>,
    /// The class and the slot of each of the first columns.
    pub places: Vec<(usize, Slot)>,
    /// The columns of each class.
    pub columns: Vec<std::ops::Range<usize>>,
    pub program: Program,
    /// The row of each resource of each slot; `None` where there is nothing of it.
    share: Vec<Vec<Option<usize>>>,
    /// The row of each zone: (rule, zone).
    zones: BTreeMap<(usize, usize), usize>,
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
    zones: BTreeMap<(usize, usize), i128>,
    moves: i128,
    /// What one item of each class is worth.
    worth: Vec<i128>,
}

impl<'a> Model<'a> {
    /// `None` where some item has no slot.
    pub fn new(instance: &'a Instance, budget: &'a Budget) -> Option<Model<'a>> {
        let mut members: BTreeMap<usize, Vec<ItemIndex>> = BTreeMap::new();
        instance.item_class.iter().enumerate().for_each(|(item, &class)| members.entry(class).or_default().push(item));
        let classes: Vec<Vec<ItemIndex>> = members.into_values().collect();
        let holds = |item: ItemIndex, slot: Slot| {
            let room = |(size, limit): (&u64, &u64)| size <= limit;
            budget.open[slot] && instance.items[item].size.iter().zip(&budget.capacity[slot]).all(room)
        };
        let mut places = Vec::new();
        let mut columns = Vec::new();
        for (class, items) in classes.iter().enumerate() {
            let first = places.len();
            let slots = instance.slots(items[0]).iter().copied().filter(|&slot| holds(items[0], slot));
            places.extend(slots.map(|slot| (class, slot)));
            if first == places.len() {
                return None;
            }
            columns.push(first..places.len());
        }
        let mut model = Model {
            instance,
            budget,
            classes,
            places,
            columns,
            program: Program::default(),
            share: Vec::new(),
            zones: BTreeMap::new(),
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
        let limit = if self.budget.moves.is_some() { 1.0 } else { 0.0 };
        for (slot, capacity) in self.budget.capacity.iter().enumerate() {
            let open = self.budget.open[slot];
            self.share.push(capacity.iter().map(|&give| (open && give > 0).then(|| add(limit))).collect());
        }
        for &(class, slot) in &self.places {
            for key in zone_keys(self.instance, self.classes[class][0], slot) {
                self.zones.entry(key).or_insert_with(|| add(1.0));
            }
        }
    }

    fn add_columns(&mut self) {
        for &(class, slot) in &self.places {
            let item = self.classes[class][0];
            let mut entries = vec![(class, 1.0)];
            for (resource, &size) in self.instance.items[item].size.iter().enumerate().filter(|(_, size)| **size > 0) {
                let give = self.budget.capacity[slot][resource] as f64;
                entries.extend(self.share[slot][resource].map(|row| (row, size as f64 / give)));
            }
            entries.extend(zone_keys(self.instance, item, slot).map(|key| (self.zones[&key], 1.0)));
            let cost = self.budget.moves.map_or(0.0, |_| self.instance.items[item].moves(slot) as f64);
            self.program.columns.push(Column { cost, most: self.classes[class].len() as f64, entries });
        }
        if self.budget.moves.is_none() {
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
        self.budget.moves.map_or(1.0, |limit| limit as f64)
    }

    /// The whole of the first column's bounds: what no case has narrowed.
    pub fn free(&self) -> Vec<Range> {
        self.places.iter().map(|&(class, _)| Range { least: 0, most: self.classes[class].len() as u64 }).collect()
    }

    /// How large the items of a column are: the largest share of the slot that one takes.
    pub fn weight(&self, column: usize) -> f64 {
        let (class, slot) = self.places[column];
        let size = &self.instance.items[self.classes[class][0]].size;
        super::super::instance::share(size, &self.budget.capacity[slot]).as_f64()
    }

    /// The weights of `prices`, one for each row, if they refute the case of `ranges` in integers. Moves have a price
    /// where the prices are of the objective: for a ray they are free.
    pub fn refutes(&self, prices: &[f64], objective: bool, ranges: &[Range]) -> Option<Leaf> {
        let read = |row: usize| (prices[row].max(0.0) * SCALE).min(1e33);
        let moves = if objective && self.budget.moves.is_some() { SCALE as i128 } else { 0 };
        let per_unit = |(row, &give): (&Option<usize>, &u64)| row.map_or(0, |row| (read(row) / give as f64) as i128);
        let mut leaf = Leaf {
            share: (self.share.iter().zip(&self.budget.capacity))
                .map(|(rows, give)| rows.iter().zip(give).map(per_unit).collect())
                .collect(),
            zones: self.zones.iter().map(|(&key, &row)| (key, read(row) as i128)).collect(),
            moves,
            worth: Vec::with_capacity(self.classes.len()),
        };
        let mut left: i128 = 0;
        for class in 0..self.classes.len() {
            let (paid, worth) = self.least_paid(&leaf, class, ranges)?;
            left = left.checked_add(paid)?;
            leaf.worth.push(worth);
        }
        left = left.checked_sub(moves.checked_mul(i128::from(self.budget.moves.unwrap_or(0)))?)?;
        for (prices, capacity) in leaf.share.iter().zip(&self.budget.capacity) {
            for (&price, &give) in prices.iter().zip(capacity) {
                left = left.checked_sub(price.checked_mul(i128::from(give))?)?;
            }
        }
        for price in leaf.zones.values() {
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
        let (class, slot) = self.places[column];
        let of = &self.instance.items[self.classes[class][0]];
        let mut cost = leaf.moves.checked_mul(i128::from(of.moves(slot)))?;
        for (price, &size) in leaf.share[slot].iter().zip(&of.size) {
            cost = cost.checked_add(price.checked_mul(i128::from(size))?)?;
        }
        for key in zone_keys(self.instance, self.classes[class][0], slot) {
            cost = cost.checked_add(leaf.zones[&key])?;
        }
        Some(cost)
    }

    /// What tells the cases of `column` at most `most`, and more, apart.
    pub fn split(&self, column: usize, most: u64) -> Split {
        let (class, slot) = self.places[column];
        Split::On { items: self.classes[class].clone(), hosts: vec![self.instance.hosts[slot]], most }
    }

    /// The leaf as a certificate: `path` has the column of each split from the root on and whether it is the first case.
    pub fn certificate(&self, leaf: &Leaf, path: &[(usize, bool)]) -> Weights {
        let plain = self.instance.resources - self.instance.steps.len();
        let apart = |key: &(usize, usize)| &self.instance.aparts[key.0];
        let group = |slot: Slot| {
            let (unit, steps) = leaf.share[slot].split_at(plain);
            let by_host = leaf.zones.iter().filter(|(key, _)| apart(key).by_host && key.1 == slot);
            let step = |(&step, &price): (&certificate::Step, &i128)| StepPrice { step, price: Weight::new(price) };
            let prices = Prices {
                unit: unit.iter().copied().map(Weight::new).collect(),
                steps: self.instance.steps.iter().zip(steps).map(step).collect(),
                aparts: by_host
                    .map(|(key, &price)| RulePrice { rule: apart(key).rule, price: Weight::new(price) })
                    .collect(),
            };
            HostGroup { hosts: vec![self.instance.hosts[slot]], prices: Some(prices) }
        };
        let zone = |(key, &price): (&(usize, usize), &i128)| {
            let slot = apart(key).zone.iter().position(|&zone| zone == key.1)?;
            Some(ZonePrice { rule: apart(key).rule, host: self.instance.hosts[slot], price: Weight::new(price) })
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
            zones: leaf.zones.iter().filter(|(key, _)| !apart(key).by_host).filter_map(zone).collect(),
            splits: path.iter().enumerate().map(split).collect(),
            groups: (0..self.budget.open.len()).filter(|&slot| self.budget.open[slot]).map(group).collect(),
            ..Weights::NONE
        }
    }
}

/// The zones that `item` takes on `slot`: (rule, zone), where each slot is a zone of a rule by host.
fn zone_keys(instance: &Instance, item: ItemIndex, slot: Slot) -> impl Iterator<Item = (usize, usize)> + '_ {
    instance.items[item].aparts.iter().map(move |&apart| (apart, instance.aparts[apart].zone[slot]))
}
