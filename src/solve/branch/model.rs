//! The class LP bin by bin, as the branch and bound solves it, and what its duals prove in integers.
//!
//! Beside its rows there are those of what is counted in domains: `at-most` and `spread`, and wishes that are met where a domain
//! holds no more than so many. The latter, and the sum of what domains hold beyond a number, have a column for what is beyond:
//! so the dual of their row is no larger than what that column pays.

mod counts;

use std::collections::BTreeSet;

use super::super::instance::{Bin, Instance, gcd};
use super::super::lp::class::{Bins, ClassLp, Domain, Duals, Items, Objective, Place, SCALE};
use super::super::restricted::RestrictedInstance;
use super::super::types::{self, BinType, ItemType};
use crate::certificate::{self, Dual, ItemIndex, Split};

use counts::Counts;

/// Fractions of types of items on bins. The objective is what is paid for wishes where that is limited, else the moves where they
/// are, else the share of the bins that is needed: above 1 nothing fits.
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
    counts: Counts,
    /// What a unit of the objective stands for, where that is what is paid for wishes.
    unit: Option<u64>,
}

/// What a case says of a column: it is at most `most` and at least `least`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub least: u64,
    pub most: u64,
}

/// Duals in whole numbers that refute a case, and what one item of each type is worth.
pub(super) struct Leaf {
    duals: Prices,
    worth: Vec<i128>,
}

impl Leaf {
    /// Whether a certificate can say it: none speaks of what is counted in domains, or of wishes.
    pub fn is_certifiable(&self) -> bool {
        self.duals.wishes == 0 && self.duals.counts.iter().all(|dual| *dual == 0)
    }
}

/// Duals in whole numbers, of all rows.
struct Prices {
    class: Duals,
    /// Of what is counted.
    counts: Vec<i128>,
    /// Of a unit of what is paid for wishes.
    wishes: i128,
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
        let unit = restricted.wishes.map(|_| unit(instance));
        let objective = match restricted.moves.is_some() || unit.is_some() {
            true => Objective::Moves,
            false => Objective::Share,
        };
        let domains: BTreeSet<Domain> =
            lp_items.iter().flat_map(|of| &of.places).flat_map(|place| place.domains.iter().copied()).collect();
        let lp_bins: Vec<Bins> = bins.iter().map(|of| Bins { count: 1.0, capacity: &of.capacity }).collect();
        let moves = restricted.moves.filter(|_| unit.is_some());
        let domains = domains.into_iter().map(|domain| (domain, 1.0));
        let mut lp = ClassLp::new(objective, &lp_items, &lp_bins, domains, moves);
        let mut places = Vec::new();
        let mut columns = Vec::new();
        for (at, of) in lp_items.into_iter().enumerate() {
            let first = places.len();
            places.extend(of.places.into_iter().map(|place| (at, place)));
            columns.push(first..places.len());
        }
        let of_column = |(at, place): &(usize, Place)| (&items[*at], bins[place.bins].bins[0]);
        if let Some(unit) = unit {
            for (column, place) in lp.program.columns.iter_mut().zip(&places) {
                let (of, bin) = of_column(place);
                column.cost = (instance.wishes.own(of.items[0], bin) / unit) as f64;
            }
        }
        let without = lp.program.clone();
        let mut counts = Counts::new(instance, unit, places.iter().map(of_column), &mut lp.program);
        // Without what is counted fewer cases are refuted, but what is refuted is.
        if lp.program.rows.len() * lp.program.columns.len() > cells && unit.is_none() {
            (counts, lp.program) = (Counts::none(places.len()), without);
        }
        let model = Model { instance, restricted, items, places, columns, lp, bins, counts, unit };
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
        match self.unit {
            Some(_) => self.most_paid() as f64,
            None => self.restricted.moves.map_or(1.0, |limit| limit as f64),
        }
    }

    /// How many units may be paid for wishes.
    fn most_paid(&self) -> u64 {
        self.restricted.wishes.unwrap_or(0) / self.unit.unwrap_or(1)
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
        let mut class = self.lp.whole(duals, 1.0);
        let priced = if objective { SCALE as i128 } else { 0 };
        // Where they are the objective there is no row of them.
        if self.unit.is_none() && self.restricted.moves.is_some() {
            class.moves = priced;
        }
        let wishes = if self.unit.is_some() { priced } else { 0 };
        let duals = Prices { class, counts: self.counts.whole(duals, wishes), wishes };
        let mut worth = Vec::with_capacity(self.items.len());
        let mut left: i128 = 0;
        for items in 0..self.items.len() {
            let (paid, last) = self.least_paid(&duals, items, ranges)?;
            left = left.checked_add(paid)?;
            worth.push(last);
        }
        left = left.checked_sub(duals.class.moves.checked_mul(i128::from(self.restricted.moves.unwrap_or(0)))?)?;
        left = left.checked_sub(duals.wishes.checked_mul(i128::from(self.most_paid()))?)?;
        left = left.checked_sub(self.counts.allowed(&duals.counts)?)?;
        for (duals, bins) in duals.class.share.iter().zip(&self.bins) {
            for (&dual, &give) in duals.iter().zip(&bins.capacity) {
                left = left.checked_sub(dual.checked_mul(i128::from(give))?)?;
            }
        }
        for dual in duals.class.domains.values() {
            left = left.checked_sub(*dual)?;
        }
        (left > 0).then_some(Leaf { duals, worth })
    }

    /// What the items of a type pay at least within `ranges`, and what the last of them pays: the dearest place used
    /// where each takes the cheapest that is left.
    fn least_paid(&self, duals: &Prices, items: usize, ranges: &[Range]) -> Option<(i128, i128)> {
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

    fn cost(&self, duals: &Prices, column: usize) -> Option<i128> {
        let (items, place) = &self.places[column];
        let mut paid = duals.class.paid(&self.items[*items].size, place)?;
        if let Some(unit) = self.unit {
            let (of, bin) = self.place(column);
            let own = self.instance.wishes.own(of.items[0], bin) / unit;
            paid = paid.checked_add(duals.wishes.checked_mul(i128::from(own))?)?;
        }
        paid.checked_add(self.counts.paid(&duals.counts, column)?)
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
        certificate::Duals { splits, ..leaf.duals.class.certificate(self.instance, &self.bins) }
    }
}

/// What all that may be paid for wishes is a multiple of.
fn unit(instance: &Instance) -> u64 {
    let items = (0..instance.items.len()).map(ItemIndex);
    let wants = items.flat_map(|item| instance.wishes.wants(item)).map(|want| want.cost);
    let terms = instance.wishes.terms.iter().map(|term| term.weight);
    wants.chain(terms).fold(0, gcd).max(1)
}
