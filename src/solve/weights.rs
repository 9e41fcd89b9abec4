//! The class LP and the exact bounds that its dual weights give.
//!
//! The LP packs fractions of item classes into groups of interchangeable bins. It is solved in its dual form, so that
//! its answer is a set of weights: a price for each share of each resource of each bin, for each domain of an `apart`
//! rule and for each move. *Any* weights that are not negative give a valid bound (weak duality; Gilmore and Gomory,
//! Operations Research 9, 1961, for packing). So the floats only propose weights; they are rounded to integers, and
//! the bound is computed from those exactly. docs/formulation.md has the mathematics.

use std::collections::BTreeMap;

use super::Clock;
use super::instance::{Bin, Instance};
use super::lp::dual::{End, Tableau};
use super::lp::sample::by_direction;
use super::lp::{self, Column, Row};
use super::restricted::{RestrictedInstance, bin_cost, open_bins};
use crate::certificate::{self, DomainPrice, HostGroup, ItemIndex, Prices, RulePrice, StepPrice, Weight};
use crate::model::{Goal, HostIndex, Numbered, Ratio};

/// What is bounded from below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The largest share that any bin must hold of its capacity in the restricted: above 1 nothing fits.
    Share,
    /// The containers that move.
    Moves,
    /// The cost of the bins that hold anything, by a goal that counts hosts.
    Cost(Goal),
}

/// A lower bound as an exact fraction; never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    numerator: i128,
    denominator: i128,
}

impl Bound {
    /// Whether it is above 1.
    pub fn exceeds_one(self) -> bool {
        self.numerator > self.denominator
    }

    const ZERO: Bound = Bound { numerator: 0, denominator: 1 };

    fn compare(&self, other: &Bound) -> std::cmp::Ordering {
        self.ratio().cmp(&other.ratio())
    }

    /// The smallest whole number that is not below the bound.
    pub fn ceil(self) -> u64 {
        let whole = self.numerator.div_euclid(self.denominator);
        let ceil = whole + i128::from(self.numerator.rem_euclid(self.denominator) > 0);
        u64::try_from(ceil).unwrap_or(0)
    }

    /// The bound as a share, rounded down to a billionth.
    pub fn ratio(self) -> Ratio {
        const PARTS: u64 = 1_000_000_000;
        // Numerators stay below 2^96 or so: see SCALE.
        let part = self.numerator.checked_mul(i128::from(PARTS)).unwrap_or(0) / self.denominator;
        Ratio { part: u64::try_from(part).unwrap_or(0), whole: PARTS }
    }
}

/// Weights are rounded to multiples of 2^-60 of a share: fine enough for bounds to a millionth, and sums over a
/// million containers stay far inside 128 bits.
pub const SCALE: f64 = (1u64 << 60) as f64;
/// Above so many classes times groups the LP is given averages of classes instead; the bound stays exact.
const LP_SIZE: usize = 4_000;
/// An LP of more cells than this (32 MB) is left to the weights of volume.
const LP_CELLS: usize = 4_000_000;
/// Above so many classes times groups not even the list of where classes may go is made.
const PAIRS: usize = 4_000_000;
/// Above so many domains, counted for each class, rules have no weights.
const DOMAINS: usize = 20_000;
/// The LP is stopped after so many pivots: its prices are valid at any time.
const LP_PIVOTS: u64 = 20_000;
/// Where nothing keeps to the LP's rows, the prices that show it grow to so many times the measure's unit.
const FARKAS_RAY: f64 = 1e3;

/// A lower bound on `measure` for every packing within `restricted`, by the weights of the class LP. `None` where some
/// item has no bin within the restriction, so that there is no packing.
///
/// Where the LP would be too large, or the clock stops it, the weights are those of volume, one resource at a time;
/// where the time is out before, the bound is 0.
pub fn bound(
    instance: &Instance,
    restricted: &RestrictedInstance,
    measure: Measure,
    clock: &dyn Clock,
) -> Option<Bounded> {
    bound_by(instance, restricted, measure, clock, optimum)
}

/// The lower bound on the share, its weights by the backend of linear programs: the one that is said of every plan.
/// Many more bounds are asked for on the way to a plan, each of them from [`bound`], which is faster.
pub fn class_lp(instance: &Instance, restricted: &RestrictedInstance, clock: &dyn Clock) -> Option<Bounded> {
    let prices = |program: &lp::Program, clock: &dyn Clock| {
        super::class_lp::prices(program, clock).unwrap_or_else(|| optimum(program, clock))
    };
    bound_by(instance, restricted, Measure::Share, clock, prices)
}

fn bound_by(
    instance: &Instance,
    restricted: &RestrictedInstance,
    measure: Measure,
    clock: &dyn Clock,
    prices: impl Fn(&lp::Program, &dyn Clock) -> Vec<f64>,
) -> Option<Bounded> {
    if clock.left().is_zero() {
        return Some(Bounded::NOTHING);
    }
    let program = Program::new(instance, restricted, measure)?;
    let candidates = program.weights(clock, prices).map_or_else(|| program.volume(), |weights| vec![weights]);
    let bounds = candidates.iter().filter_map(|weights| Some((program.evaluate(weights)?, weights)));
    let best = bounds.filter(|(bound, _)| bound.numerator > 0).max_by(|(a, _), (b, _)| a.compare(b));
    Some(match best {
        Some((bound, weights)) => Bounded { bound, weights: program.certificate(weights) },
        None => Bounded::NOTHING,
    })
}

/// A bound and the weights that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounded {
    /// The bound.
    pub bound: Bound,
    /// What proves it.
    pub weights: certificate::Weights,
}

impl Default for Bounded {
    fn default() -> Bounded {
        Bounded::NOTHING
    }
}

impl Bounded {
    const NOTHING: Bounded = Bounded { bound: Bound::ZERO, weights: certificate::Weights::NONE };
}

/// Interchangeable open bins.
struct Group {
    bin: Bin,
    count: i128,
    hosts: Vec<HostIndex>,
}

/// Interchangeable items.
struct Class {
    /// One of them.
    item: ItemIndex,
    count: i128,
    /// Positions of the groups it may go to: small numbers, because there may be very many.
    groups: Vec<u32>,
}

struct Program<'a> {
    instance: &'a Instance,
    restricted: &'a RestrictedInstance,
    measure: Measure,
    groups: Vec<Group>,
    classes: Vec<Class>,
    /// What the weights of rules are for: (rule, group) where the rule is by host, else (rule, domain).
    domains: BTreeMap<(usize, usize), i128>,
    /// What each group gives: `[group][resource]`.
    give: Vec<Vec<u64>>,
    /// Whether the classes know only one group each, beside those where they run: there would be too many.
    large: bool,
}

/// Integers, in multiples of 1 / SCALE. `share` is a price per base unit of a resource of a group.
struct Weights {
    share: Vec<Vec<i128>>,
    domain: BTreeMap<(usize, usize), i128>,
    moves: i128,
}

impl<'a> Program<'a> {
    /// `None` where some item has no bin within the restricted: there is nothing to bound.
    fn new(instance: &'a Instance, restricted: &'a RestrictedInstance, measure: Measure) -> Option<Program<'a>> {
        let mut number: BTreeMap<(usize, &[u64]), usize> = BTreeMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for bin in open_bins(&restricted.open) {
            let next = groups.len();
            let group = *number.entry((instance.bin_class[bin], &restricted.capacity[bin])).or_insert(next);
            if group == next {
                groups.push(Group { bin, count: 0, hosts: Vec::new() });
            }
            groups[group].count += 1;
            groups[group].hosts.push(instance.hosts[bin]);
        }
        let give = groups.iter().map(|group| restricted.capacity[group.bin].clone()).collect();
        let mut classes: BTreeMap<usize, Class> = BTreeMap::new();
        for (item, &class) in instance.item_class.iter().numbered() {
            classes.entry(class).or_insert_with(|| Class { item, count: 0, groups: Vec::new() }).count += 1;
        }
        let mut classes: Vec<Class> = classes.into_values().collect();
        let mut domains = BTreeMap::new();
        let bound_by_rules: usize = classes.iter().map(|class| instance.items[class.item].aparts.len()).sum();
        let rules_count = bound_by_rules.saturating_mul(groups.len()) <= DOMAINS;
        let large = classes.len().saturating_mul(groups.len()) > PAIRS;
        let mut group_of = vec![usize::MAX; restricted.open.len()];
        for bin in open_bins(&restricted.open) {
            group_of[bin] = number[&(instance.bin_class[bin], restricted.capacity[bin].as_slice())];
        }
        for class in &mut classes {
            let size = &instance.items[class.item].size;
            let holds = |group: &Group| {
                instance.may_go(class.item, group.bin)
                    && size.iter().zip(&restricted.capacity[group.bin]).all(|(size, limit)| size <= limit)
            };
            let mut fitting = (0..groups.len()).filter(|&group| holds(&groups[group])).map(|group| group as u32);
            class.groups = if large { fitting.next().into_iter().collect() } else { fitting.collect() };
            if class.groups.is_empty() {
                return None;
            }
            if large {
                // Where all groups have one price, an item costs the same on each of them but where it runs.
                let homes = instance.items[class.item].homes.iter().map(|&(bin, _)| group_of[bin]);
                class
                    .groups
                    .extend(homes.filter(|&home| home != usize::MAX && holds(&groups[home])).map(|it| it as u32));
            }
            for &apart in instance.items[class.item].aparts.iter().filter(|_| rules_count && !large) {
                for group in class.groups.iter().map(|&group| group as usize) {
                    let rule = &instance.aparts[apart];
                    let count = if rule.by_host { groups[group].count } else { 1 };
                    domains.insert((apart, if rule.by_host { group } else { rule.domain[groups[group].bin] }), count);
                }
            }
        }
        Some(Program { instance, restricted, measure, groups, classes, domains, give, large })
    }

    fn domain_key(&self, apart: usize, group: usize) -> (usize, usize) {
        let rule = &self.instance.aparts[apart];
        (apart, if rule.by_host { group } else { rule.domain[self.groups[group].bin] })
    }

    /// What an item of `class` costs by the measure itself when it goes to `group`.
    fn own_cost(&self, class: &Class, group: usize) -> u64 {
        match self.measure {
            Measure::Moves => self.moved(class, group),
            Measure::Share | Measure::Cost(_) => 0,
        }
    }

    fn moved(&self, class: &Class, group: usize) -> u64 {
        self.instance.items[class.item].moves(self.groups[group].bin)
    }

    /// What opening one bin of `group` costs.
    fn opening(&self, group: usize) -> u64 {
        let Measure::Cost(goal) = self.measure else { return 0 };
        bin_cost(self.instance, goal, self.groups[group].bin)
    }

    fn move_limit(&self) -> Option<u64> {
        self.restricted.moves.filter(|_| self.measure != Measure::Moves)
    }

    /// Weights that make the bound large: the prices of the class LP, in floats.
    /// `None` where it would be too large, or the clock stops it.
    fn weights(&self, clock: &dyn Clock, prices: impl Fn(&lp::Program, &dyn Clock) -> Vec<f64>) -> Option<Weights> {
        if self.large {
            return None;
        }
        let samples = self.samples();
        let columns: usize = samples.iter().map(|sample| self.classes[sample.class].groups.len()).sum();
        let mut rows = Rows::new(self, &samples);
        if rows.program.rows.len().saturating_mul(columns + self.groups.len()) > LP_CELLS {
            return None;
        }
        self.add_bins(&mut rows);
        for (row, sample) in samples.iter().enumerate() {
            self.add_sample(&mut rows, row, sample);
        }
        let prices = prices(&rows.program, clock);
        let unit = self.unit();
        let read = |row: usize| (prices[row].max(0.0) * unit * SCALE).min(1e36);
        let per_unit = |(row, &give): (&Option<usize>, &u64)| row.map_or(0, |row| (read(row) / give as f64) as i128);
        Some(Weights {
            share: (rows.share.iter().zip(&self.give))
                .map(|(rows, give)| rows.iter().zip(give).map(per_unit).collect())
                .collect(),
            domain: rows.domain.iter().map(|(&key, &row)| (key, read(row) as i128)).collect(),
            moves: rows.moves.map_or(0, |row| read(row) as i128),
        })
    }

    /// What opens bins: for shares one column for all of them, for costs one for each group.
    fn add_bins(&self, rows: &mut Rows) {
        let of_group = |group: usize| rows.share[group].iter().flatten().copied();
        let column = match self.measure {
            Measure::Moves => return,
            Measure::Share => {
                let give = |group: usize| of_group(group).map(move |row| (row, -(self.groups[group].count as f64)));
                let entries = (0..self.groups.len()).flat_map(give).collect();
                vec![Column { cost: 1.0, most: f64::INFINITY, entries }]
            }
            Measure::Cost(_) => {
                let open = |group: usize| {
                    let by_host = |key: &(usize, usize)| self.instance.aparts[key.0].by_host && key.1 == group;
                    let domains = rows.domain.iter().filter(|(key, _)| by_host(key)).map(|(_, &row)| row);
                    Column {
                        cost: self.opening(group) as f64 / self.unit(),
                        most: self.groups[group].count as f64,
                        entries: of_group(group).chain(domains).map(|row| (row, -1.0)).collect(),
                    }
                };
                (0..self.groups.len()).map(open).collect()
            }
        };
        rows.program.columns.extend(column);
    }

    /// A column for each group that the class of `sample` may go to.
    fn add_sample(&self, rows: &mut Rows, row: usize, sample: &Sample) {
        let class = &self.classes[sample.class];
        for group in class.groups.iter().map(|&group| group as usize) {
            let mut entries = vec![(row, 1.0)];
            for (resource, &share) in rows.share[group].iter().enumerate() {
                if let Some(share) = share.filter(|_| sample.size[resource] > 0.0) {
                    entries.push((share, sample.size[resource] / self.give[group][resource] as f64));
                }
            }
            let domains = self.instance.items[class.item].aparts.iter();
            let priced = domains.filter_map(|&apart| rows.domain.get(&self.domain_key(apart, group)));
            entries.extend(priced.map(|&row| (row, 1.0)));
            let moved = self.moved(class, group) as f64;
            entries.extend(rows.moves.filter(|_| moved > 0.0).map(|row| (row, moved)));
            let cost = self.own_cost(class, group) as f64;
            rows.program.columns.push(Column { cost, most: sample.count, entries });
        }
    }

    /// For each resource, weights that count its volume alone, alike on all bins.
    fn volume(&self) -> Vec<Weights> {
        let there = |r: usize| -> f64 {
            self.groups.iter().zip(&self.give).map(|(group, give)| group.count as f64 * give[r] as f64).sum()
        };
        let of = |resource: usize| {
            let price = match self.measure {
                Measure::Share | Measure::Moves => 1.0 / there(resource),
                Measure::Cost(_) => self.marginal_cost(resource),
            };
            let price = if price.is_finite() { (price * SCALE).min(1e36) as i128 } else { 0 };
            let alone = |r: usize| if r == resource { price } else { 0 };
            Weights {
                share: vec![(0..self.instance.resources).map(alone).collect(); self.groups.len()],
                domain: self.domains.keys().map(|&key| (key, 0)).collect(),
                moves: 0,
            }
        };
        (0..self.instance.resources).filter(|&r| there(r) > 0.0).map(of).collect()
    }

    /// What a unit of `resource` costs on the dearest bins needed, when those that cost least a unit are opened first:
    /// the dual of the fractional covering knapsack.
    fn marginal_cost(&self, resource: usize) -> f64 {
        let price = |group: usize| self.opening(group) as f64 / self.give[group][resource] as f64;
        let mut groups: Vec<usize> = (0..self.groups.len()).filter(|&g| self.give[g][resource] > 0).collect();
        groups.sort_by(|&a, &b| price(a).total_cmp(&price(b)));
        let asked = |class: &Class| self.instance.items[class.item].size[resource] as f64 * class.count as f64;
        let mut asked: f64 = self.classes.iter().map(asked).sum();
        for group in groups {
            asked -= self.give[group][resource] as f64 * self.groups[group].count as f64;
            if asked <= 0.0 {
                return price(group);
            }
        }
        0.0
    }

    /// Costs are given to the LP in multiples of the dearest bin.
    fn unit(&self) -> f64 {
        let dearest = (0..self.groups.len()).map(|group| self.opening(group)).max().unwrap_or(0);
        dearest.max(1) as f64
    }

    /// The bound of `weights`, in integers; `None` where they are out of range or say nothing.
    fn evaluate(&self, weights: &Weights) -> Option<Bound> {
        let scale = SCALE as i128;
        let mut numerator: i128 = 0;
        for class in &self.classes {
            let of = &self.instance.items[class.item];
            let cost = |group: usize| -> Option<i128> {
                let mut cost = i128::from(self.own_cost(class, group)) * scale;
                for (price, &size) in weights.share[group].iter().zip(&of.size) {
                    cost = cost.checked_add(price.checked_mul(i128::from(size))?)?;
                }
                for &apart in &of.aparts {
                    cost =
                        cost.checked_add(weights.domain.get(&self.domain_key(apart, group)).copied().unwrap_or(0))?;
                }
                cost.checked_add(weights.moves.checked_mul(i128::from(self.moved(class, group)))?)
            };
            let cheapest = class
                .groups
                .iter()
                .map(|&group| cost(group as usize))
                .collect::<Option<Vec<_>>>()?
                .into_iter()
                .min()?;
            numerator = numerator.checked_add(cheapest.checked_mul(class.count)?)?;
        }
        if let Some(limit) = self.move_limit() {
            numerator = numerator.checked_sub(weights.moves.checked_mul(i128::from(limit))?)?;
        }
        let costs = matches!(self.measure, Measure::Cost(_));
        let mut by_host: Vec<i128> = vec![0; self.groups.len()];
        for (key, &price) in &weights.domain {
            if costs && self.instance.aparts[key.0].by_host {
                by_host[key.1] = by_host[key.1].checked_add(price)?;
            } else {
                numerator = numerator.checked_sub(price.checked_mul(self.domains[key])?)?;
            }
        }
        let mut all_shares: i128 = 0;
        for (group, prices) in weights.share.iter().enumerate() {
            let mut paid = by_host[group];
            for (price, &give) in prices.iter().zip(&self.give[group]) {
                paid = paid.checked_add(price.checked_mul(i128::from(give))?)?;
            }
            if costs {
                paid = paid.checked_sub(i128::from(self.opening(group)).checked_mul(scale)?)?.max(0);
            }
            all_shares = all_shares.checked_add(paid.checked_mul(self.groups[group].count)?)?;
        }
        match self.measure {
            Measure::Share => (all_shares > 0).then_some(Bound { numerator, denominator: all_shares }),
            Measure::Moves | Measure::Cost(_) => {
                Some(Bound { numerator: numerator.checked_sub(all_shares)?, denominator: scale })
            }
        }
    }

    /// The same weights in the terms of the document.
    fn certificate(&self, weights: &Weights) -> certificate::Weights {
        let plain = self.instance.resources - self.instance.steps.len();
        let by_host = |key: &(usize, usize)| self.instance.aparts[key.0].by_host;
        let rule = |key: &(usize, usize)| self.instance.aparts[key.0].rule;
        let prices = |(group, unit): (usize, &Vec<i128>)| {
            let steps = self.instance.steps.iter().zip(&unit[plain..]);
            let aparts = weights.domain.iter().filter(|(key, _)| by_host(key) && key.1 == group);
            Prices {
                unit: unit[..plain].iter().copied().map(Weight::new).collect(),
                steps: steps.map(|(&step, &price)| StepPrice { step, price: Weight::new(price) }).collect(),
                aparts: aparts.map(|(key, &price)| RulePrice { rule: rule(key), price: Weight::new(price) }).collect(),
            }
        };
        let groups = self.groups.iter().zip(weights.share.iter().enumerate());
        let domain = |(key, &price): (&(usize, usize), &i128)| {
            let domain_of = &self.instance.aparts[key.0].domain;
            let bin = domain_of.iter().position(|&domain| domain == key.1)?;
            Some(DomainPrice { rule: rule(key), host: self.instance.hosts[bin], price: Weight::new(price) })
        };
        let unit = Weight::new(SCALE as i128);
        let price_of = |goal: Goal| if self.measure == Measure::Cost(goal) { unit } else { Weight::default() };
        certificate::Weights {
            worth: Vec::new(),
            hosts: price_of(Goal::FewestHosts),
            price: price_of(Goal::Cheapest),
            watts: price_of(Goal::LeastPower),
            moves: if self.measure == Measure::Moves { unit } else { Weight::new(weights.moves) },
            domains: weights.domain.iter().filter(|(key, _)| !by_host(key)).filter_map(domain).collect(),
            splits: Vec::new(),
            groups: groups
                .map(|(group, of)| HostGroup { hosts: group.hosts.clone(), prices: Some(prices(of)) })
                .collect(),
        }
    }

    /// The classes as the LP sees them: each one, or averages of neighbours in size where there are too many.
    fn samples(&self) -> Vec<Sample> {
        let float = |class: &Class| -> Vec<f64> {
            self.instance.items[class.item].size.iter().map(|&size| size as f64).collect()
        };
        let most = (LP_SIZE / self.groups.len().max(1)).max(16);
        if self.classes.len() <= most {
            let sample = |(class, of): (usize, &Class)| Sample { class, count: of.count as f64, size: float(of) };
            return self.classes.iter().enumerate().map(sample).collect();
        }
        let mut order: Vec<usize> = (0..self.classes.len()).collect();
        let key = |class: usize| {
            let item = &self.instance.items[self.classes[class].item];
            (item.allowed, &item.aparts, &item.homes, &item.size)
        };
        order.sort_by(|&a, &b| key(a).cmp(&key(b)));
        let at_once = self.classes.len().div_ceil(most);
        let alike = |a: &usize, b: &usize| key(*a).0 == key(*b).0 && key(*a).1 == key(*b).1 && key(*a).2 == key(*b).2;
        let average = |chunk: &[usize]| {
            let mut sample =
                Sample { class: chunk[chunk.len() / 2], count: 0.0, size: vec![0.0; self.instance.resources] };
            for &class in chunk {
                let count = self.classes[class].count as f64;
                sample.count += count;
                sample.size.iter_mut().zip(float(&self.classes[class])).for_each(|(sum, size)| *sum += size * count);
            }
            sample.size.iter_mut().for_each(|sum| *sum /= sample.count);
            sample
        };
        let mut samples = Vec::new();
        for alike in order.chunk_by(alike) {
            let sizes: Vec<Vec<f64>> = alike.iter().map(|&class| float(&self.classes[class])).collect();
            for part in by_direction(&sizes, at_once) {
                samples.push(average(&part.into_iter().map(|at| alike[at]).collect::<Vec<usize>>()));
            }
        }
        samples
    }
}

/// The prices of the rows of `program` at its optimum, by the dual simplex.
fn optimum(program: &lp::Program, clock: &dyn Clock) -> Vec<f64> {
    let mut tableau = Tableau::new(program);
    match tableau.solve(f64::INFINITY, LP_PIVOTS, clock) {
        End::Infeasible(row) => {
            let (prices, farkas_ray) = (tableau.duals(), tableau.farkas_ray(row));
            let largest = farkas_ray.iter().copied().fold(1e-9, f64::max);
            prices.iter().zip(farkas_ray).map(|(price, more)| price + more * (FARKAS_RAY / largest)).collect()
        }
        End::Optimal | End::Stopped => tableau.duals(),
    }
}

/// The rows of the LP: first one for each sample, that says that it is placed, then those that have prices.
struct Rows {
    program: lp::Program,
    /// The row of each resource of each group; `None` where there is nothing of it.
    share: Vec<Vec<Option<usize>>>,
    domain: BTreeMap<(usize, usize), usize>,
    moves: Option<usize>,
}

impl Rows {
    fn new(program: &Program, samples: &[Sample]) -> Rows {
        let mut rows: Vec<Row> = samples.iter().map(|sample| Row { limit: sample.count, equal: true }).collect();
        let mut add = |limit: f64| {
            rows.push(Row { limit, equal: false });
            rows.len() - 1
        };
        let costs = matches!(program.measure, Measure::Cost(_));
        let share = (program.groups.iter().zip(&program.give))
            .map(|(group, give)| {
                let limit = if program.measure == Measure::Moves { group.count as f64 } else { 0.0 };
                give.iter().map(|&give| (give > 0).then(|| add(limit))).collect()
            })
            .collect();
        let domain = (program.domains.iter())
            .map(|(&key, &count)| {
                let opened = costs && program.instance.aparts[key.0].by_host;
                (key, add(if opened { 0.0 } else { count as f64 }))
            })
            .collect();
        let moves = program.move_limit().map(|limit| add(limit as f64));
        Rows { program: lp::Program { columns: Vec::new(), rows }, share, domain, moves }
    }
}

/// A class as the LP sees it.
struct Sample {
    class: usize,
    count: f64,
    size: Vec<f64>,
}
