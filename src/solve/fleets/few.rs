//! The sets of bins on which something better than what is known may be had, where these are few: cases by the bin, left
//! where the limits are broken, or where the best that they allow gives too little to a row (a fractional knapsack: Dantzig,
//! Operations Research 5, 1957).

use super::aggregate::Aggregate;
use super::program::inequalities::Candidates;
use super::sets::{self, HostSet};
use crate::model::Goal;
use crate::solve::instance::{Bin, Instance};
use crate::solve::restricted::{COSTS, EpsilonConstraints, RestrictedInstance, bin_cost};

/// Of so many bins at the most: of more, sets are too many to go through.
const BINS: usize = 256;
/// Looks at bins, and rows at the most: the first of them are those of all items.
const LOOKS: u64 = 40_000_000;
const ROWS: usize = 24;
/// Sets that are found, before those that others contain are left out.
const FOUND: usize = 1_000;

/// What the bins that are open must have of something, all together.
pub struct Row {
    /// What each bin has.
    pub has: Vec<i128>,
    /// What they must have.
    pub least: i128,
}

/// The largest sets of bins within `limits` that keep to `row` and have room for all items when no bin holds more than
/// `restricted` says; `None` where there are more than `many`, or too many to go through.
pub fn few(
    instance: &Instance,
    restricted: &RestrictedInstance,
    limits: &EpsilonConstraints,
    row: Option<Row>,
    many: usize,
) -> Option<Vec<HostSet>> {
    if restricted.open.len() > BINS {
        return None;
    }
    let aggregate = Aggregate::new(instance, restricted, *limits, Goal::FewestHosts);
    let bins: Vec<Bin> = Bin::all(restricted.open.len()).filter(|&bin| restricted.open[bin]).collect();
    let by_kinds = Candidates::new(&aggregate);
    let by_kind = by_kinds.all().filter(|row| row.right > 0).take(ROWS).map(|row| Row {
        has: aggregate.kind_of.iter().map(|&kind| row.coefficients.get(kind).copied().unwrap_or(0)).collect(),
        least: row.right,
    });
    let rows: Vec<Row> = row.into_iter().chain(by_kind).collect();
    let limited = limits.costs().into_iter().zip(COSTS).filter_map(|(most, goal)| Some((i128::from(most?), goal)));
    let costs: Vec<Cost> = limited
        .map(|(most, goal)| {
            let cost: Vec<i128> =
                Bin::all(restricted.open.len()).map(|bin| bin_cost(instance, goal, bin).into()).collect();
            let order = rows.iter().map(|row| dearest(&bins, &row.has, &cost)).collect();
            Cost { most, cost, order }
        })
        .collect();
    let by_worth = costs.first()?.order.first()?;
    let mut order = by_worth.clone();
    // Of interchangeable bins the first are open.
    let alike = |of: Bin| move |bin: &Bin| instance.bin_class[*bin] == instance.bin_class[of];
    order.sort_by_cached_key(|&bin| by_worth.iter().position(alike(bin)));
    let mut search = Search { instance, rows, costs, order, looks: LOOKS, found: Vec::new() };
    if !search.go(&mut restricted.open.clone(), 0) {
        return None;
    }
    let largest = sets::largest(instance, &search.found, limits);
    (largest.len() <= many).then_some(largest)
}

/// The bins that have the most for what they cost first.
fn dearest(bins: &[Bin], has: &[i128], cost: &[i128]) -> Vec<Bin> {
    let worth = |bin: &Bin| if cost[bin.0] == 0 { f64::INFINITY } else { has[bin.0] as f64 / cost[bin.0] as f64 };
    let mut order = bins.to_vec();
    order.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    order
}

/// A limit on what the open bins cost.
struct Cost {
    most: i128,
    cost: Vec<i128>,
    /// For each row the bins that have the most for what they cost first.
    order: Vec<Vec<Bin>>,
}

struct Search<'a> {
    instance: &'a Instance,
    rows: Vec<Row>,
    costs: Vec<Cost>,
    order: Vec<Bin>,
    looks: u64,
    found: Vec<HostSet>,
}

impl Search<'_> {
    /// Finds all sets within `open` that have the bins of it that come before `decided`; whether it came to an end.
    fn go(&mut self, open: &mut HostSet, decided: usize) -> bool {
        let looks = (self.order.len() * (1 + self.costs.len() * self.rows.len())) as u64;
        if self.looks < looks || self.found.len() > FOUND {
            return false;
        }
        self.looks -= looks;
        if self.is_hopeless(open, decided) {
            return true;
        }
        if self.costs.iter().all(|cost| sum(&cost.cost, open) <= cost.most) {
            self.found.push(open.clone());
            return true;
        }
        let Some(&bin) = self.order.get(decided) else { return true };
        let class = |bin: Bin| self.instance.bin_class[bin];
        let before = self.order[..decided].last().filter(|&&before| class(before) == class(bin));
        if before.is_none_or(|before| open[before.0]) && !self.go(open, decided + 1) {
            return false;
        }
        open[bin.0] = false;
        let ended = self.go(open, decided + 1);
        open[bin.0] = true;
        ended
    }

    /// Whether no set within `open` that has what is decided keeps to all rows and limits.
    fn is_hopeless(&self, open: &[bool], decided: usize) -> bool {
        let mut must = vec![false; open.len()];
        self.order[..decided].iter().for_each(|bin| must[bin.0] = open[bin.0]);
        self.costs.iter().any(|cost| {
            let left = cost.most - sum(&cost.cost, &must);
            left < 0
                || self.rows.iter().zip(&cost.order).any(|(row, order)| {
                    let may = order.iter().map(|bin| bin.0).filter(|&bin| open[bin] && !must[bin]);
                    sum(&row.has, &must) + most(may, &row.has, &cost.cost, left) < row.least
                })
        })
    }
}

/// What the bins of a set have, or cost.
fn sum(of: &[i128], set: &[bool]) -> i128 {
    of.iter().zip(set).filter(|(_, is_in)| **is_in).map(|(of, _)| of).sum()
}

/// The most that bins have for `left`, where parts of them may be had.
fn most(bins: impl Iterator<Item = usize>, has: &[i128], cost: &[i128], mut left: i128) -> i128 {
    let mut most = 0;
    for bin in bins {
        if cost[bin] > left {
            most += has[bin] / cost[bin] * left + has[bin] % cost[bin] * left / cost[bin];
            break;
        }
        most += has[bin];
        left -= cost[bin];
    }
    // The order is that of floats.
    most + (most >> 40)
}
