//! Fewest moves as a problem of its own, the machine reassignment problem: local search from where things stand.

mod board;
mod fleet;
mod knapsack;
mod lagrange;
mod resettle;
mod rounds;
mod tree;
mod units;
mod walk;

use std::sync::Arc;

use super::Options;
use super::instance::{Bin, Instance, gcd};
use super::restricted::{COSTS, EpsilonConstraints, RestrictedInstance, bin_cost, host_set_cost};
use super::work::Work;
use crate::certificate::{Method, Proof};
use lagrange::{Ascent, Climb, CostLimit, Lagrange, STEP};
use rounds::Rounds;
use units::Units;

/// The fewest moves to a packing within a restricted instance, sought and bounded; each can be taken up where it was left.
pub trait Reassignment {
    /// The fewest moves so far, and the packing.
    fn best(&self) -> Option<(u64, &[Bin])>;
    /// Seeks fewer by local search for as long as `work` lasts, until as few move as is `enough`, or until `patience`
    /// steps since the last improvement, and twice as many as it took, were in vain.
    fn seek(&mut self, enough: u64, patience: u64, work: &mut Work);
    /// Any packing, sought for as long as `work` lasts.
    fn settle(&mut self, work: &mut Work) -> Option<Vec<Bin>>;
    /// Raises the bound on the moves for as long as `work` lasts or until it is `goal`, as many moves as are known to be
    /// possible; the bound, and its proof. Gaps are gone into by cases, unless a certificate is wanted, which cannot say
    /// these.
    fn bound(&mut self, goal: u64, work: &mut Work) -> (u64, Proof);
    /// Whether the bound was still on its way up when `work` was over: it falls for a while before it rises.
    fn is_climbing(&self) -> bool;
    /// Learns of a packing from elsewhere, which keeps to the restriction.
    fn learn(&mut self, packing: &[Bin]);
}

/// The fewest moves within `restricted`, from where things stand; where they stand nowhere, from `hint`. What is sought does
/// not know of the limits on hosts, price and watts; the bound takes the first of these into account. `None` where rules
/// leave no such beginning, and where there are too many resources.
pub fn reassignment<'a>(
    instance: &'a Instance,
    restricted: &RestrictedInstance,
    limits: &EpsilonConstraints,
    hint: &[Bin],
    options: &Options,
) -> Option<Box<dyn Reassignment + 'a>> {
    match instance.resources {
        0..=3 => engine::<3>(instance, restricted, limits, hint, options),
        4..=6 => engine::<6>(instance, restricted, limits, hint, options),
        7..=16 => engine::<16>(instance, restricted, limits, hint, options),
        _ => None,
    }
}

/// Bounds are for no more items times bins than this: worths of all are looked at again and again.
const BOUNDED: usize = 4_000_000;
/// Where one comes alone, cases say more than so many rounds without.
const ROUNDS_ALONE: usize = 60;
/// Up to so many items every second search begins anew.
const ANEW_ITEMS: usize = 200;
/// Each of these is given up after one part in so many of the steps in vain.
const ANEW: u64 = 8;
/// Rounds in vain after which the ascent takes shorter steps.
const PATIENCE: usize = 40;
/// Nodes of one knapsack.
const NODES: u64 = 3_000;

/// A search for fewer moves over sets of bins; it can be taken up where it was left.
pub trait FleetSearch {
    /// A packing of fewer moves than the best known, sought for as long as `work` lasts.
    fn seek(&mut self, work: &mut Work) -> Option<Vec<Bin>>;
}

/// Seeks packings of fewer moves than `known` into sets of bins that keep to `limits`, which not all bins of `all` do
/// together. `None` where there are too many resources.
pub fn over_fleets<'a>(
    instance: &'a Instance,
    all: &'a RestrictedInstance,
    limits: &'a EpsilonConstraints,
    known: &[Bin],
    seed: u64,
) -> Option<Box<dyn FleetSearch + 'a>> {
    match instance.resources {
        0..=3 => Some(Box::new(fleet::Fleets::<3>::new(instance, all, limits, known, seed))),
        4..=6 => Some(Box::new(fleet::Fleets::<6>::new(instance, all, limits, known, seed))),
        7..=16 => Some(Box::new(fleet::Fleets::<16>::new(instance, all, limits, known, seed))),
        _ => None,
    }
}

/// Where bins settled anew lead from `packing`, in so many steps.
#[cfg(test)]
pub fn resettled(
    instance: &Instance,
    restricted: &RestrictedInstance,
    packing: &[Bin],
    steps: u64,
) -> Option<Vec<Bin>> {
    let units = Arc::new(Units::<3>::new(instance, restricted)?);
    let start: Vec<Option<Bin>> = packing.iter().map(|&bin| Some(bin)).collect();
    let mut rng = super::rng::Rng::with_seed(0);
    let mut board = board::Board::new(units, &start, &mut rng)?;
    let mut best = Some((board.moves, packing.to_vec()));
    let mut work = Work::new(u64::MAX, &super::NoLimit);
    resettle::resettle(&mut board, steps, 0, &mut best, &mut work, &mut rng);
    best.map(|(_, packing)| packing)
}

struct Engine<'a, const R: usize> {
    instance: &'a Instance,
    units: Arc<Units<'a, R>>,
    rounds: Rounds<'a, R>,
    start: Start,
    /// How often it was sought, and begun anew.
    seeks: u64,
    begun: u64,
    limit: Option<CostLimit>,
    lagrange: Option<Lagrange<'a, R>>,
    ascent: Option<Ascent>,
    /// Whether the bound goes no higher without cases.
    settled: bool,
    bound: (u64, Proof),
    certify: bool,
}

fn engine<'a, const R: usize>(
    instance: &'a Instance,
    restricted: &RestrictedInstance,
    limits: &EpsilonConstraints,
    hint: &[Bin],
    options: &Options,
) -> Option<Box<dyn Reassignment + 'a>> {
    let units = Arc::new(Units::<R>::new(instance, restricted)?);
    let home = |item: &super::instance::Item| item.homes.iter().max_by_key(|(_, count)| *count).map(|&(bin, _)| bin);
    let start: Vec<Option<Bin>> = instance.items.iter().map(home).collect();
    let mut start = Start { bins: start, returns: true, seed: options.seed };
    let rounds = start.rounds(&units, 0).or_else(|| {
        let bins = hint.iter().map(|&bin| Some(bin)).collect();
        start = Start { bins, returns: false, ..start };
        (hint.len() == units.size.len()).then(|| start.rounds(&units, 0)).flatten()
    })?;
    let limit = cost_limit(instance, restricted, limits);
    let (bound, certify) = ((0, Proof::Volume), options.certify);
    let (lagrange, ascent, settled, seeks, begun) = (None, None, false, 0, 0);
    Some(Box::new(Engine {
        instance,
        units,
        rounds,
        start,
        seeks,
        begun,
        limit,
        lagrange,
        ascent,
        settled,
        bound,
        certify,
    }))
}

/// Where rounds begin.
struct Start {
    bins: Vec<Option<Bin>>,
    returns: bool,
    seed: u64,
}

impl Start {
    fn rounds<'a, const R: usize>(&self, units: &Arc<Units<'a, R>>, nth: u64) -> Option<Rounds<'a, R>> {
        Rounds::new(units.clone(), &self.bins, self.returns, self.seed ^ (nth << 32))
    }
}

/// The first limit that not all open bins keep to, in what all costs are multiples of.
fn cost_limit(instance: &Instance, restricted: &RestrictedInstance, limits: &EpsilonConstraints) -> Option<CostLimit> {
    limits.costs().into_iter().zip(COSTS).find_map(|(most, goal)| {
        let most = most.filter(|&most| host_set_cost(instance, goal, &restricted.open) > most)?;
        let cost: Vec<u64> = Bin::all(instance.hosts.len()).map(|bin| bin_cost(instance, goal, bin)).collect();
        let unit = cost.iter().copied().fold(0, gcd).max(1);
        Some(CostLimit { goal, cost: cost.into_iter().map(|cost| cost / unit).collect(), most: most / unit })
    })
}

impl<const R: usize> Reassignment for Engine<'_, R> {
    fn best(&self) -> Option<(u64, &[Bin])> {
        self.rounds.best().map(|(moves, packing)| (*moves as u64, &packing[..]))
    }

    fn seek(&mut self, enough: u64, patience: u64, work: &mut Work) {
        let enough = i64::try_from(enough).unwrap_or(i64::MAX);
        // Of few items each run comes to another end: every second time they begin anew, from other seeds.
        let again = self.seeks % 2 == 1 && self.start.bins.len() <= ANEW_ITEMS;
        self.seeks += 1;
        if !again {
            return self.rounds.run(enough, patience, work);
        }
        while !work.is_over() && self.rounds.best().is_none_or(|(moves, _)| *moves > enough) {
            self.begun += 1;
            let Some(mut anew) = self.start.rounds(&self.units, self.begun) else { return };
            anew.run(enough, patience / ANEW, work);
            anew.best().into_iter().for_each(|(moves, packing)| self.rounds.learn(*moves, packing));
        }
    }

    fn bound(&mut self, goal: u64, work: &mut Work) -> (u64, Proof) {
        if self.instance.items.len() * self.instance.hosts.len() > BOUNDED || self.bound.0 >= goal {
            return self.bound.clone();
        }
        let (units, limit, certify) = (&self.units, &mut self.limit, self.certify);
        let known = &mut self.bound;
        let lagrange = self.lagrange.get_or_insert_with(|| {
            let mut lagrange = Lagrange::new(units.clone(), limit.take());
            let counted = lagrange.by_counting(NODES, work);
            let bound = lagrange::whole(counted.0) as u64;
            if bound > known.0 {
                lagrange.best = Some(counted);
                let duals = if certify { lagrange.duals(work) } else { None };
                *known = (bound, duals.map_or(Proof::Omitted(Method::Patterns), Proof::Duals));
                lagrange.best = None;
            }
            lagrange
        });
        let goal = goal as i64;
        if !self.settled {
            let rounds = if lagrange.comes_alone().is_some() { ROUNDS_ALONE } else { usize::MAX };
            let ascent = self.ascent.get_or_insert_with(|| lagrange.ascent(STEP));
            let climb = Climb { goal, rounds, patience: PATIENCE, nodes: NODES };
            self.settled = lagrange.climb(ascent, climb, work) || rounds < usize::MAX;
        }
        let bound = lagrange.bound() as u64;
        if bound > self.bound.0 {
            let duals = if self.certify { lagrange.duals(work) } else { None };
            self.bound = (bound, duals.map_or(Proof::Omitted(Method::Patterns), Proof::Duals));
        }
        if !self.certify && self.settled && self.bound.0 < goal as u64 {
            let bound = tree::raise(lagrange, goal, NODES, work) as u64;
            if bound > self.bound.0 {
                self.bound = (bound, Proof::Omitted(Method::Cases));
            }
        }
        self.bound.clone()
    }

    fn is_climbing(&self) -> bool {
        self.ascent.is_some() && !self.settled
    }

    fn settle(&mut self, work: &mut Work) -> Option<Vec<Bin>> {
        self.rounds.run(i64::MAX, u64::MAX, work);
        self.rounds.best().map(|(_, packing)| packing.clone())
    }

    fn learn(&mut self, packing: &[Bin]) {
        self.rounds.learn(super::restricted::moves(self.instance, packing) as i64, packing);
    }
}
