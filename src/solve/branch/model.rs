//! The class LP bin by bin, as the branch and bound solves it, and what its duals prove in integers.

use std::collections::BTreeSet;

use super::super::instance::{Bin, Instance};
use super::super::lp::class::{Bins, ClassLp, Domain, Duals, Items, Objective, Place, SCALE};
use super::super::restricted::RestrictedInstance;
use super::super::types::{self, BinType, ItemType};
use crate::certificate::{self, Dual, Split};

/// Fractions of types of items on bins. The objective is the moves where they are limited, else the share of the bins
/// that is needed: above 1 nothing fits.
pub(super) struct Model<'a> {
    pub instance: &'a Instance,
    pub restricted: &'a RestrictedInstance,
    pub items: Vec<ItemType>,
    /// The type of items and where they go, of each column but the last.
    pub places: Vec<(usize, Place)>,
    /// The columns of each type of items.
    pub columns: Vec<std::ops::Range<usize>>,
    pub lp: ClassLp,
    /// Every open bin, a type of its own.
    bins: Vec<BinType>,
}

/// What a case says of a column: it is at most `most` and at least `least`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub least: u64,
    pub most: u64,
}

/// Duals in whole numbers that refute a case, and what one item of each type is worth.
pub(super) struct Leaf {
    duals: Duals,
    worth: Vec<i128>,
}

/// Why there is no model.
pub(super) enum NoModel {
    /// Some item has no bin.
    Rules,
    /// Its tableau would have too many cells.
    TooLarge,
}

impl<'a> Model<'a> {
    /// The model, where its tableau has at most so many cells: larger ones are not even made.
    pub fn new(instance: &'a Instance, restricted: &'a RestrictedInstance, cells: usize) -> Result<Model<'a>, NoModel> {
        let items = types::interchangeable_items(instance);
        let bins = types::bins(restricted, |bin| bin, |_| 0);
        let may_go = |of: &ItemType, at: usize| of.may_go(instance, &bins[at]);
        if items.iter().any(|of| !(0..bins.len()).any(|at| may_go(of, at))) {
            return Err(NoModel::Rules);
        }
        let rows = items.len() + bins.iter().flat_map(|of| &of.capacity).filter(|&&give| give > 0).count();
        let mut columns = 0;
        for of in &items {
            columns += (0..bins.len()).filter(|&at| may_go(of, at)).count();
            if rows.saturating_mul(columns) > cells {
                return Err(NoModel::TooLarge);
            }
        }
        let place = |of: &ItemType, at: usize| Place {
            bins: at,
            moves: instance.items[of.items[0]].moves(bins[at].bins[0]),
            domains: of.aparts.iter().map(|&apart| Domain::of(instance, apart, at, &bins[at])).collect(),
        };
        let lp_items = |of: &ItemType| Items {
            count: of.items.len() as f64,
            size: of.size.iter().map(|&size| size as f64).collect(),
            places: (0..bins.len()).filter(|&at| may_go(of, at)).map(|at| place(of, at)).collect(),
        };
        let lp_items: Vec<Items> = items.iter().map(lp_items).collect();
        let objective = if restricted.moves.is_some() { Objective::Moves } else { Objective::Share };
        let domains: BTreeSet<Domain> =
            lp_items.iter().flat_map(|of| &of.places).flat_map(|place| place.domains.iter().copied()).collect();
        let lp_bins: Vec<Bins> = bins.iter().map(|of| Bins { count: 1.0, capacity: &of.capacity }).collect();
        let lp = ClassLp::new(objective, &lp_items, &lp_bins, domains.into_iter().map(|domain| (domain, 1.0)), None);
        let mut places = Vec::new();
        let mut columns = Vec::new();
        for (at, of) in lp_items.into_iter().enumerate() {
            let first = places.len();
            places.extend(of.places.into_iter().map(|place| (at, place)));
            columns.push(first..places.len());
        }
        let model = Model { instance, restricted, items, places, columns, lp, bins };
        if model.cells() > cells { Err(NoModel::TooLarge) } else { Ok(model) }
    }

    /// The type of items and the bin of a column.
    pub fn place(&self, column: usize) -> (&ItemType, Bin) {
        let (items, place) = &self.places[column];
        (&self.items[*items], self.bins[place.bins].bins[0])
    }

    /// How many cells its tableau has.
    pub fn cells(&self) -> usize {
        self.lp.program.rows.len() * self.lp.program.columns.len()
    }

    /// The most that packings may cost.
    pub fn cutoff(&self) -> f64 {
        self.restricted.moves.map_or(1.0, |limit| limit as f64)
    }

    /// The whole of the first column's bounds: what no case has narrowed.
    pub fn free(&self) -> Vec<Range> {
        let of = |(items, _): &(usize, Place)| Range { least: 0, most: self.items[*items].items.len() as u64 };
        self.places.iter().map(of).collect()
    }

    /// How large the items of a column are: the largest share of the bin that one takes.
    pub fn weight(&self, column: usize) -> f64 {
        let (items, bin) = self.place(column);
        super::super::instance::share(&items.size, &self.restricted.capacity[bin]).as_f64()
    }

    /// The whole numbers of `duals`, one for each row, if they refute the case of `ranges`. Moves have a price where the
    /// duals are of the objective: for a Farkas ray they are free.
    pub fn refutes(&self, duals: &[f64], objective: bool, ranges: &[Range]) -> Option<Leaf> {
        let mut duals = self.lp.whole(duals, 1.0);
        duals.moves = if objective && self.restricted.moves.is_some() { SCALE as i128 } else { 0 };
        let mut worth = Vec::with_capacity(self.items.len());
        let mut left: i128 = 0;
        for items in 0..self.items.len() {
            let (paid, last) = self.least_paid(&duals, items, ranges)?;
            left = left.checked_add(paid)?;
            worth.push(last);
        }
        left = left.checked_sub(duals.moves.checked_mul(i128::from(self.restricted.moves.unwrap_or(0)))?)?;
        for (duals, bins) in duals.share.iter().zip(&self.bins) {
            for (&dual, &give) in duals.iter().zip(&bins.capacity) {
                left = left.checked_sub(dual.checked_mul(i128::from(give))?)?;
            }
        }
        for dual in duals.domains.values() {
            left = left.checked_sub(*dual)?;
        }
        (left > 0).then_some(Leaf { duals, worth })
    }

    /// What the items of a type pay at least within `ranges`, and what the last of them pays: the dearest place used
    /// where each takes the cheapest that is left.
    fn least_paid(&self, duals: &Duals, items: usize, ranges: &[Range]) -> Option<(i128, i128)> {
        let mut costs = Vec::with_capacity(self.columns[items].len());
        let mut left = self.items[items].items.len() as u64;
        let mut paid: i128 = 0;
        for column in self.columns[items].clone() {
            let (cost, range) = (self.cost(duals, column)?, ranges[column]);
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

    fn cost(&self, duals: &Duals, column: usize) -> Option<i128> {
        let (items, place) = &self.places[column];
        duals.paid(&self.items[*items].size, place)
    }

    /// What tells the cases of `column` at most `most`, and more, apart.
    pub fn split(&self, column: usize, most: u64) -> Split {
        let (items, bin) = self.place(column);
        Split::On { items: items.items.clone(), hosts: vec![self.instance.hosts[bin]], most }
    }

    /// The leaf as a certificate: `path` has the column of each split from the root on and whether it is the first case.
    pub fn certificate(&self, leaf: &Leaf, path: &[(usize, bool)]) -> certificate::Duals {
        // Of several splits of one column in one direction the last is the tightest, and has the price.
        let split = |(at, &(column, first)): (usize, &(usize, bool))| {
            let last = !path[at + 1..].contains(&(column, first));
            let above = self.cost(&leaf.duals, column).map_or(0, |cost| cost - leaf.worth[self.places[column].0]);
            Dual::new(match (last, first) {
                (false, _) => 0,
                (true, true) => -above,
                (true, false) => above,
            })
        };
        let splits = path.iter().enumerate().map(split).collect();
        certificate::Duals { splits, ..leaf.duals.certificate(self.instance, &self.bins) }
    }
}
