//! The exact bounds that duals of the class LP give.
//!
//! *Any* duals that are not negative give a valid bound (weak duality; Gilmore and Gomory, Operations Research 9, 1961,
//! for packing). So the floats only propose duals; they are rounded to integers, and the bound is computed from those
//! exactly. docs/formulation.md has the mathematics.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Clock;
use super::super::instance::{Bin, Instance};
use super::super::restricted::{RestrictedInstance, bin_cost};
use super::super::types::{self, BinType, ItemType};
use super::class::{Bins, ClassLp, Domain, Duals, Items, Objective, Place, SCALE};
use super::dual::{End, Tableau};
use super::sample::{Sample, averages};
use super::{Program, backend};
use crate::certificate::{self, Dual};
use crate::model::{Goal, Ratio};

/// What is bounded from below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The largest share that any bin must hold of its capacity in the restricted: above 1 nothing fits.
    Share,
    /// The containers that move.
    Moves,
    /// The cost of the bins that hold anything, by a goal that counts hosts.
    Cost(Goal),
    /// By how much bins are above their targets; see `above.rs`.
    Above,
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

/// Above so many classes times groups the LP is given averages of classes instead; the bound stays exact.
const LP_SIZE: usize = 4_000;
/// An LP of more cells than this (32 MB) is left to the duals of volume.
const LP_CELLS: usize = 4_000_000;
/// Above so many classes times groups not even the list of where classes may go is made.
const PAIRS: usize = 4_000_000;
/// Of so many items times bins what they cost is bounded by volume even when the time is out.
const LATE: usize = 1_000_000;
/// Above so many domains, counted for each class, rules have no duals.
const DOMAINS: usize = 20_000;
/// The LP is stopped after so many pivots: its duals are valid at any time.
const LP_PIVOTS: u64 = 20_000;
/// Where nothing keeps to the LP's rows, the duals that show it grow to so many times the measure's unit.
const FARKAS_RAY: f64 = 1e3;

/// A lower bound on `measure` for every packing within `restricted`, by duals of the class LP. `None` where some item
/// has no bin within the restriction, so that there is no packing.
///
/// Where the LP would be too large, or the clock stops it, the duals are those of volume, one resource at a time; where
/// the time is out before, the bound is 0, but for costs in labs that are not large.
pub fn bound(
    instance: &Instance,
    restricted: &RestrictedInstance,
    measure: Measure,
    clock: &dyn Clock,
) -> Option<Bounded> {
    bound_by(instance, restricted, measure, clock, optimum)
}

/// The lower bound on the share, its duals by the backend of linear programs: the one that is said of every plan. Many
/// more bounds are asked for on the way to a plan, each of them from [`bound`], which is faster.
pub fn class_lp(instance: &Instance, restricted: &RestrictedInstance, clock: &dyn Clock) -> Option<Bounded> {
    let duals = |program: &Program, clock: &dyn Clock| {
        backend::duals(program, clock).unwrap_or_else(|| optimum(program, clock))
    };
    bound_by(instance, restricted, Measure::Share, clock, duals)
}

fn bound_by(
    instance: &Instance,
    restricted: &RestrictedInstance,
    measure: Measure,
    clock: &dyn Clock,
    duals: impl Fn(&Program, &dyn Clock) -> Vec<f64>,
) -> Option<Bounded> {
    let late = clock.left().is_zero();
    let few = instance.items.len().saturating_mul(instance.hosts.len()) <= LATE;
    if late && !(few && matches!(measure, Measure::Cost(_))) {
        return Some(Bounded::NOTHING);
    }
    let question = Question::new(instance, restricted, measure)?;
    let by_lp = if late { None } else { question.duals(clock, duals) };
    let candidates = by_lp.map_or_else(|| question.volume(), |duals| vec![duals]);
    let bounds = candidates.iter().filter_map(|duals| Some((question.evaluate(duals)?, duals)));
    let best = bounds.filter(|(bound, _)| bound.numerator > 0).max_by(|(a, _), (b, _)| a.compare(b));
    Some(match best {
        Some((bound, duals)) => Bounded { bound, duals: question.certificate(duals) },
        None => Bounded::NOTHING,
    })
}

/// A bound and the duals that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounded {
    /// The bound.
    pub bound: Bound,
    /// What proves it.
    pub duals: certificate::Duals,
}

impl Default for Bounded {
    fn default() -> Bounded {
        Bounded::NOTHING
    }
}

impl Bounded {
    const NOTHING: Bounded = Bounded { bound: Bound::ZERO, duals: certificate::Duals::NONE };
}

/// What is bounded, by types of items and of bins.
pub(super) struct Question<'a> {
    pub(super) instance: &'a Instance,
    restricted: &'a RestrictedInstance,
    measure: Measure,
    pub(super) bins: Vec<BinType>,
    pub(super) items: Vec<ItemType>,
    /// Positions of the types of bins that a type of items may go to: small numbers, because there may be very many.
    places: Vec<Vec<u32>>,
    /// The domains that have duals.
    pub(super) domains: BTreeSet<Domain>,
    /// Whether types of items know only one type of bins each, beside those where they run: there would be too many.
    large: bool,
}

impl<'a> Question<'a> {
    /// `None` where some item has no bin within the restriction: there is nothing to bound.
    pub(super) fn new(
        instance: &'a Instance,
        restricted: &'a RestrictedInstance,
        measure: Measure,
    ) -> Option<Question<'a>> {
        let cost = |bin| if let Measure::Cost(goal) = measure { bin_cost(instance, goal, bin) } else { 0 };
        let bins = types::interchangeable_bins(instance, restricted, cost);
        let items = types::interchangeable_items(instance);
        let bound_by_rules: usize = items.iter().map(|of| of.aparts.len()).sum();
        let rules_count = bound_by_rules.saturating_mul(bins.len()) <= DOMAINS;
        let large = items.len().saturating_mul(bins.len()) > PAIRS;
        let mut question = Question {
            instance,
            restricted,
            measure,
            bins,
            items,
            places: Vec::new(),
            domains: BTreeSet::new(),
            large,
        };
        let places = if large { question.few_places() } else { question.all_places() };
        if places.iter().any(Vec::is_empty) {
            return None;
        }
        question.places = places;
        if rules_count && !large {
            let of = |(items, bins): (&ItemType, &Vec<u32>)| {
                let domains = items.aparts.iter().flat_map(|&apart| bins.iter().map(move |&at| (apart, at as usize)));
                domains.map(|(apart, at)| question.domain(apart, at)).collect::<Vec<Domain>>()
            };
            question.domains = question.items.iter().zip(&question.places).flat_map(of).collect();
        }
        Some(question)
    }

    /// The types of bins that items of one size and one set of bins may go to are looked up once.
    fn all_places(&self) -> Vec<Vec<u32>> {
        let mut known: BTreeMap<(usize, &[u64]), Vec<u32>> = BTreeMap::new();
        let all = |items: &ItemType| -> Vec<u32> {
            let may_go = |at: &u32| items.may_go(self.instance, &self.bins[*at as usize]);
            (0..self.bins.len() as u32).filter(may_go).collect()
        };
        self.items.iter().map(|of| known.entry((of.allowed, &of.size)).or_insert_with(|| all(of)).clone()).collect()
    }

    /// Where all bins have one price, an item costs the same on each of them but where it runs.
    fn few_places<'b>(&'b self) -> Vec<Vec<u32>> {
        let type_of: BTreeMap<Bin, u32> =
            (0..).zip(&self.bins).flat_map(|(at, of)| of.bins.iter().map(move |&bin| (bin, at))).collect();
        let mut known: BTreeMap<(usize, &'b [u64]), Option<u32>> = BTreeMap::new();
        let few = |items: &'b ItemType| {
            let fits = |at: &u32| items.fits(&self.bins[*at as usize]);
            let at = |bin: &Bin| type_of.get(bin).copied();
            // The types are in the order of their first bins, and bins of one type are in the same sets.
            let set = &self.instance.bin_sets[items.allowed];
            let first = || set.bins.iter().filter_map(at).find(fits);
            let first = *known.entry((items.allowed, &items.size)).or_insert_with(first);
            let homes = self.instance.items[items.items[0]].homes.iter();
            let homes = homes.filter(|(bin, _)| set.contains(*bin)).filter_map(|(bin, _)| at(bin)).filter(fits);
            first.into_iter().flat_map(|first| std::iter::once(first).chain(homes.clone())).collect()
        };
        self.items.iter().map(few).collect()
    }

    /// A type of items on a type of bins.
    fn place(&self, items: &ItemType, bins: u32) -> Place {
        let bins = bins as usize;
        let moves = self.instance.items[items.items[0]].moves(self.bins[bins].bins[0]);
        let domains = items.aparts.iter().map(|&apart| self.domain(apart, bins)).collect();
        Place { bins, moves, domains }
    }

    fn domain(&self, apart: usize, bins: usize) -> Domain {
        Domain::of(self.instance, apart, bins, &self.bins[bins])
    }

    fn move_limit(&self) -> Option<u64> {
        self.restricted.moves.filter(|_| self.measure != Measure::Moves)
    }

    /// How many items may take a domain.
    pub(super) fn room(&self, domain: Domain) -> usize {
        if domain.by_host { self.bins[domain.at].bins.len() } else { 1 }
    }

    /// Duals that make the bound large: those of the class LP, in floats. `None` where it would be too large.
    fn duals(&self, clock: &dyn Clock, duals: impl Fn(&Program, &dyn Clock) -> Vec<f64>) -> Option<Duals> {
        let lp = self.program()?;
        let mut whole = lp.whole(&duals(&lp.program, clock), self.unit());
        if self.measure == Measure::Moves {
            whole.moves = SCALE as i128;
        }
        Some(whole)
    }

    /// The class LP; `None` where it would be too large.
    pub(super) fn program(&self) -> Option<ClassLp> {
        if self.large {
            return None;
        }
        let items = self.samples();
        let columns: usize = items.iter().map(|of| of.places.len()).sum();
        let resources = self.bins.iter().flat_map(|of| &of.capacity).filter(|capacity| **capacity > 0).count();
        let rows = items.len() + resources + self.domains.len() + usize::from(self.move_limit().is_some());
        if rows.saturating_mul(columns + self.bins.len()) > LP_CELLS {
            return None;
        }
        let costs: Vec<f64> = self.bins.iter().map(|of| of.cost as f64 / self.unit()).collect();
        let objective = match self.measure {
            Measure::Share => Objective::Share,
            Measure::Moves => Objective::Moves,
            Measure::Cost(_) => Objective::Cost(&costs),
            Measure::Above => Objective::Open,
        };
        let room = |&domain: &Domain| {
            let opened = domain.by_host && matches!(self.measure, Measure::Cost(_));
            (domain, if opened { 0.0 } else { self.room(domain) as f64 })
        };
        let bins: Vec<Bins> =
            self.bins.iter().map(|of| Bins { count: of.bins.len() as f64, capacity: &of.capacity }).collect();
        Some(ClassLp::new(objective, &items, &bins, self.domains.iter().map(room), self.move_limit()))
    }

    /// For each resource, duals that count its volume alone, alike on all bins.
    fn volume(&self) -> Vec<Duals> {
        let there = |r: usize| -> f64 { self.bins.iter().map(|of| of.bins.len() as f64 * of.capacity[r] as f64).sum() };
        let of = |resource: usize| {
            let price = match self.measure {
                Measure::Share | Measure::Moves | Measure::Above => 1.0 / there(resource),
                Measure::Cost(_) => self.marginal_cost(resource),
            };
            let price = if price.is_finite() { (price * SCALE).min(1e36) as i128 } else { 0 };
            let alone = |r: usize| if r == resource { price } else { 0 };
            Duals {
                share: vec![(0..self.instance.resources).map(alone).collect(); self.bins.len()],
                domains: self.domains.iter().map(|&domain| (domain, 0)).collect(),
                moves: if self.measure == Measure::Moves { SCALE as i128 } else { 0 },
            }
        };
        (0..self.instance.resources).filter(|&r| there(r) > 0.0).map(of).collect()
    }

    /// What a unit of `resource` costs on the dearest bins needed, when those that cost least a unit are opened first:
    /// the dual of the fractional covering knapsack.
    fn marginal_cost(&self, resource: usize) -> f64 {
        let price = |of: &BinType| of.cost as f64 / of.capacity[resource] as f64;
        let mut bins: Vec<&BinType> = self.bins.iter().filter(|of| of.capacity[resource] > 0).collect();
        bins.sort_by(|a, b| price(a).total_cmp(&price(b)));
        let asked = |of: &ItemType| of.size[resource] as f64 * of.items.len() as f64;
        let mut asked: f64 = self.items.iter().map(asked).sum();
        for of in bins {
            asked -= of.capacity[resource] as f64 * of.bins.len() as f64;
            if asked <= 0.0 {
                return price(of);
            }
        }
        0.0
    }

    /// Costs are given to the LP in multiples of the dearest bin.
    fn unit(&self) -> f64 {
        let dearest = self.bins.iter().map(|of| of.cost).max().unwrap_or(0);
        dearest.max(1) as f64
    }

    /// The bound of `duals`, in integers; `None` where they are out of range or say nothing.
    fn evaluate(&self, duals: &Duals) -> Option<Bound> {
        let mut numerator = self.worth(duals)?;
        let costs = matches!(self.measure, Measure::Cost(_));
        let mut by_host: Vec<i128> = vec![0; self.bins.len()];
        for (&domain, &dual) in &duals.domains {
            if costs && domain.by_host {
                by_host[domain.at] = by_host[domain.at].checked_add(dual)?;
            } else {
                numerator = numerator.checked_sub(dual.checked_mul(self.room(domain) as i128)?)?;
            }
        }
        let mut all_shares: i128 = 0;
        for (bins, (duals, mut paid)) in self.bins.iter().zip(duals.share.iter().zip(by_host)) {
            for (dual, &give) in duals.iter().zip(&bins.capacity) {
                paid = paid.checked_add(dual.checked_mul(i128::from(give))?)?;
            }
            if costs {
                paid = paid.checked_sub(i128::from(bins.cost).checked_mul(SCALE as i128)?)?.max(0);
            }
            all_shares = all_shares.checked_add(paid.checked_mul(bins.bins.len() as i128)?)?;
        }
        match self.measure {
            Measure::Share => (all_shares > 0).then_some(Bound { numerator, denominator: all_shares }),
            Measure::Moves | Measure::Cost(_) | Measure::Above => {
                Some(Bound { numerator: numerator.checked_sub(all_shares)?, denominator: SCALE as i128 })
            }
        }
    }

    /// What all items pay at the least, but for what may be paid for moves; `None` where that is out of range.
    pub(super) fn worth(&self, duals: &Duals) -> Option<i128> {
        let mut worth: i128 = 0;
        for (items, places) in self.items.iter().zip(&self.places) {
            let paid = places.iter().map(|&bins| duals.paid(&items.size, &self.place(items, bins)));
            let least = paid.collect::<Option<Vec<_>>>()?.into_iter().min()?;
            worth = worth.checked_add(least.checked_mul(items.items.len() as i128)?)?;
        }
        match self.move_limit() {
            Some(limit) => worth.checked_sub(duals.moves.checked_mul(i128::from(limit))?),
            None => Some(worth),
        }
    }

    /// The same duals in the terms of the document.
    fn certificate(&self, duals: &Duals) -> certificate::Duals {
        let price_of = |goal: Goal| Dual::new(if self.measure == Measure::Cost(goal) { SCALE as i128 } else { 0 });
        certificate::Duals {
            hosts: price_of(Goal::FewestHosts),
            price: price_of(Goal::Cheapest),
            watts: price_of(Goal::LeastPower),
            ..duals.certificate(self.instance, &self.bins)
        }
    }

    /// The types of items as the LP sees them: each one, or averages where there are too many.
    fn samples(&self) -> Vec<Items> {
        let of = |at: usize| -> (f64, Vec<f64>) {
            (self.items[at].items.len() as f64, self.items[at].size.iter().map(|&size| size as f64).collect())
        };
        let places = |at: usize| self.places[at].iter().map(|&bins| self.place(&self.items[at], bins)).collect();
        let most = (LP_SIZE / self.bins.len().max(1)).max(16);
        if self.items.len() <= most {
            let alone = |at: usize| (of(at), places(at));
            let items = (0..self.items.len()).map(alone);
            return items.map(|((count, size), places)| Items { count, size, places }).collect();
        }
        let bound_alike = |at: usize| {
            let item = &self.instance.items[self.items[at].items[0]];
            (item.allowed, &item.aparts, &item.homes)
        };
        let at_once = self.items.len().div_ceil(most);
        let average = |Sample { of, count, size }: Sample| Items { count, size, places: places(of[of.len() / 2]) };
        let mut samples = Vec::new();
        for mut alike in types::alike(0..self.items.len(), bound_alike) {
            alike.sort_by(|&a, &b| self.items[a].size.cmp(&self.items[b].size));
            samples.extend(averages(&alike, of, at_once).into_iter().map(average));
        }
        samples
    }
}

/// The duals of `program` at its optimum, by the dual simplex.
pub(super) fn optimum(program: &Program, clock: &dyn Clock) -> Vec<f64> {
    let mut tableau = Tableau::new(program);
    match tableau.solve(f64::INFINITY, LP_PIVOTS, clock) {
        End::Infeasible(row) => {
            let (duals, farkas_ray) = (tableau.duals(), tableau.farkas_ray(row));
            let largest = farkas_ray.iter().copied().fold(1e-9, f64::max);
            duals.iter().zip(farkas_ray).map(|(dual, more)| dual + more * (FARKAS_RAY / largest)).collect()
        }
        End::Optimal | End::Stopped => tableau.duals(),
    }
}
