//! By how much bins are above their targets at the least, by duals of the class LP: exact for any duals, as in `bound.rs`.
//!
//! What a unit of a resource is worth, *w*, a bin is paid for what it holds: for what is within its target in full, for what
//! is above less what that costs. What items pay at the least, less what all bins, or as many as the limits allow, are paid
//! at the most, is a bound on the sum.

use super::super::Clock;
use super::super::instance::{Bin, Instance};
use super::super::restricted::{COSTS, EpsilonConstraints, RestrictedInstance, bin_cost, open_bins};
use super::bound::{Measure, Question, optimum};
use super::class::{Duals, SCALE};
use super::{Column, Row};

/// Millionths.
const PARTS: f64 = 1e6;
/// So many prices of each resource are tried.
const PRICES: usize = 8;

/// By how much bins are above their targets at the least, in millionths, for every packing within `restricted` whose bins that
/// hold anything cost no more than `limits` say. `None` where some item has no bin within the restriction.
pub fn bound(
    instance: &Instance,
    restricted: &RestrictedInstance,
    limits: &EpsilonConstraints,
    clock: &dyn Clock,
) -> Option<u64> {
    let least = instance.least_above();
    let question = Question::new(instance, restricted, Measure::Above)?;
    let targets = Targets::new(&question, restricted, limits);
    let volume = targets.by_volume();
    let by_lp = if clock.is_over() { None } else { targets.by_lp(clock) };
    let best = [Some(volume), by_lp].into_iter().flatten().filter_map(|duals| targets.evaluate(&duals)).max();
    // What agents are above is rounded up bin by bin: in the sum with what items are, it is counted rounded down.
    let whole = |bin: Bin| instance.above_by_agents(bin);
    let agents: u64 = open_bins(&restricted.open).map(whole).sum();
    let closed: u64 = open_bins(&restricted.open).map(|bin| instance.above(bin, &[])).sum::<u64>();
    let by_items = best.map_or(0, |best| agents.saturating_add(best).saturating_add(least - closed));
    Some(least.max(by_items))
}

/// What bins of a type take of each resource within their targets and above, and what a unit above costs.
struct Targets<'a> {
    question: &'a Question<'a>,
    /// Of one bin of each type: within, above, and the cost of a unit above in multiples of 1 / [`SCALE`] millionths.
    parts: Vec<Vec<(u64, u64, i128)>>,
    /// What one bin of each type costs, and what may be spent, of each cost that is limited.
    costs: Vec<(Vec<u64>, u64)>,
}

impl<'a> Targets<'a> {
    fn new(question: &'a Question, restricted: &RestrictedInstance, limits: &EpsilonConstraints) -> Targets<'a> {
        let instance = question.instance;
        let parts = question.bins.iter().map(|of| {
            let bin = of.bins[0];
            let within = instance.within(bin, 0);
            let each = restricted.capacity[bin].iter().zip(within).enumerate().map(|(resource, (&all, within))| {
                let (whole, _) = instance.whole(bin, resource);
                let cost = ((PARTS * SCALE) as i128).checked_div(i128::from(whole)).unwrap_or(0);
                // Within: without what is rounded, so that a unit above costs in full.
                let exact = instance.targets.get(bin.0).map_or(all, |targets| {
                    let target = targets.get(resource).copied().unwrap_or(u64::MAX);
                    target.saturating_sub(instance.whole(bin, resource).1).min(within)
                });
                let within = exact.min(all);
                (within, all - within, cost)
            });
            each.collect()
        });
        let limited = limits.costs().into_iter().zip(COSTS);
        let costs = limited.filter_map(|(limit, goal)| {
            let each = question.bins.iter().map(|of| bin_cost(instance, goal, of.bins[0])).collect();
            Some((each, limit?))
        });
        Targets { question, parts: parts.collect(), costs: costs.collect() }
    }

    /// The bound of `duals`, rounded up to a millionth; `None` where they are out of range.
    fn evaluate(&self, duals: &Duals) -> Option<u64> {
        let mut sum = self.question.worth(duals)?;
        for (&domain, &dual) in &duals.domains {
            sum = sum.checked_sub(dual.checked_mul(self.question.room(domain) as i128)?)?;
        }
        sum = sum.checked_sub(self.paid(&duals.share)?)?;
        let scale = SCALE as i128;
        u64::try_from(sum.max(0).checked_add(scale - 1)? / scale).ok()
    }

    /// What bins are paid at the most, where a unit of each resource of each type is worth so much.
    fn paid(&self, worth: &[Vec<i128>]) -> Option<i128> {
        let mut each: Vec<(i128, usize)> = Vec::new();
        for ((parts, worth), of) in self.parts.iter().zip(worth).zip(&self.question.bins) {
            let mut paid: i128 = 0;
            for (&(within, above, cost), &worth) in parts.iter().zip(worth) {
                paid = paid.checked_add(worth.checked_mul(i128::from(within))?)?;
                paid = paid.checked_add((worth - cost).max(0).checked_mul(i128::from(above))?)?;
            }
            each.push((paid, of.bins.len()));
        }
        let mut least =
            each.iter().try_fold(0_i128, |sum, (paid, count)| sum.checked_add(paid.checked_mul(*count as i128)?))?;
        for (costs, limit) in &self.costs {
            least = least.min(most_within(&each, costs, *limit).unwrap_or(least));
        }
        Some(least)
    }

    /// The duals of the class LP.
    fn by_lp(&self, clock: &dyn Clock) -> Option<Duals> {
        let mut lp = self.question.program()?;
        let counts: Vec<f64> = self.question.bins.iter().map(|of| of.bins.len() as f64).collect();
        let give = |at: usize, resource: usize| self.question.bins[at].capacity[resource] as f64;
        let unit = PARTS;
        for (at, parts) in self.parts.iter().enumerate() {
            let rows: Vec<(usize, usize)> =
                lp.share[at].iter().enumerate().filter_map(|(resource, row)| Some((resource, (*row)?))).collect();
            if self.costs.is_empty() {
                for &(resource, row) in &rows {
                    lp.program.rows[row].limit = counts[at] * parts[resource].0 as f64 / give(at, resource);
                }
            } else {
                let entries =
                    rows.iter().map(|&(resource, row)| (row, -(parts[resource].0 as f64) / give(at, resource)));
                lp.program.columns.push(Column { cost: 0.0, most: counts[at], entries: entries.collect() });
            }
            for (resource, row) in rows {
                let (_, above, cost) = parts[resource];
                if above > 0 {
                    let most = counts[at] * above as f64 / give(at, resource);
                    let cost = cost as f64 / SCALE * give(at, resource) / unit;
                    lp.program.columns.push(Column { cost, most, entries: vec![(row, -1.0)] });
                }
            }
        }
        // The columns that open bins, among those just added, pay for what is limited.
        let opening: Vec<usize> = self.opening(&lp.program.columns);
        for (costs, limit) in &self.costs {
            let largest = costs.iter().copied().max().unwrap_or(0).max(1) as f64;
            lp.program.rows.push(Row { limit: *limit as f64 / largest, equal: false });
            let row = lp.program.rows.len() - 1;
            for (&column, &cost) in opening.iter().zip(costs) {
                lp.program.columns[column].entries.push((row, cost as f64 / largest));
            }
        }
        let duals = optimum(&lp.program, clock);
        Some(lp.whole(&duals, unit))
    }

    /// The positions of the columns that open bins, type by type; none where nothing is limited.
    fn opening(&self, columns: &[Column]) -> Vec<usize> {
        let mut positions = Vec::new();
        if self.costs.is_empty() {
            return positions;
        }
        let own: usize =
            self.parts.iter().zip(&self.question.bins).map(|(parts, of)| 1 + above_columns(parts, &of.capacity)).sum();
        let mut at = columns.len() - own;
        for (parts, of) in self.parts.iter().zip(&self.question.bins) {
            positions.push(at);
            at += 1 + above_columns(parts, &of.capacity);
        }
        positions
    }

    /// Duals alike on all bins: what all ask for against what all bins, or as many as the limits allow, hold within their
    /// targets.
    fn by_volume(&self) -> Duals {
        let resources = self.question.instance.resources;
        let mut asked = vec![0_u128; resources];
        for of in &self.question.items {
            let sizes = asked.iter_mut().zip(&of.size);
            sizes.for_each(|(asked, &size)| *asked += u128::from(size) * of.items.len() as u128);
        }
        let mut price = vec![0_i128; resources];
        let worth = |price: &[i128]| -> Option<i128> {
            let asked = price.iter().zip(&asked).try_fold(0_i128, |sum, (price, &asked)| {
                sum.checked_add(price.checked_mul(i128::try_from(asked).ok()?)?)
            });
            asked?.checked_sub(self.paid(&vec![price.to_vec(); self.parts.len()])?)
        };
        let mut best = worth(&price).unwrap_or(0);
        for resource in (0..resources).chain(0..resources) {
            let mut prices: Vec<i128> =
                self.parts.iter().filter(|of| of[resource].1 > 0).map(|of| of[resource].2).collect();
            prices.sort_unstable();
            prices.dedup();
            let some = prices.len().div_ceil(PRICES).max(1);
            let last = prices.last().copied();
            for tried in prices.into_iter().step_by(some).chain(last) {
                let before = std::mem::replace(&mut price[resource], tried);
                match worth(&price).filter(|worth| *worth > best) {
                    Some(worth) => best = worth,
                    None => price[resource] = before,
                }
            }
        }
        Duals {
            share: vec![price; self.parts.len()],
            domains: self.question.domains.iter().map(|&domain| (domain, 0)).collect(),
            moves: 0,
        }
    }
}

/// The columns of a type of bins for what is above its targets.
fn above_columns(parts: &[(u64, u64, i128)], capacity: &[u64]) -> usize {
    parts.iter().zip(capacity).filter(|((_, above, _), give)| *above > 0 && **give > 0).count()
}

/// What bins are paid at the most that cost no more than `limit` together, or a little more; beside what one bin of a type is
/// paid, how many there are. As if each paid for its cost what the last of them is paid for it, which is a bound whatever that
/// is; those that are paid most for it come first.
fn most_within(each: &[(i128, usize)], costs: &[u64], limit: u64) -> Option<i128> {
    let mut order: Vec<usize> = (0..each.len()).filter(|&at| costs[at] > 0).collect();
    let rate = |at: usize| each[at].0 as f64 / costs[at] as f64;
    order.sort_by(|&a, &b| rate(b).total_cmp(&rate(a)).then(a.cmp(&b)));
    let mut left = limit;
    let last = order.into_iter().find(|&at| {
        let all = costs[at].saturating_mul(each[at].1 as u64);
        let is_last = all > left;
        left = left.saturating_sub(all);
        is_last
    });
    let rate = last.map_or(0, |at| each[at].0 / i128::from(costs[at]));
    let mut sum = rate.checked_mul(i128::from(limit))?;
    for (&(paid, count), &cost) in each.iter().zip(costs) {
        let more = paid.checked_sub(rate.checked_mul(i128::from(cost))?)?.max(0);
        sum = sum.checked_add(more.checked_mul(count as i128)?)?;
    }
    Some(sum)
}
