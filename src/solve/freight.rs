//! What is carried over when items move: containers, or what these ask for of memory or disk. An instance counts moves by one
//! of the three, which all tools know as its moves: the weights are then divided by what all are multiples of. Limits on the
//! others are kept beside it, as sums over what is packed.

use std::collections::BTreeMap;

use super::instance::{Bin, BinSet, Instance, gcd};
use super::problem::Problem;
use super::restricted::RestrictedInstance;
use crate::certificate::{EpsilonConstraints, ItemIndex};
use crate::model::{ContainerIndex, Goal, GoalValue, HostIndex, Load, Numbered};

/// How many measures there are: containers, memory and disk.
pub const MEASURES: usize = 3;
/// No item moves more than so many units: where the weights have no larger common divisor they are rounded down.
const MOST_UNITS: u64 = 20_000;

/// One sum for each measure.
pub type Sums = [u64; MEASURES];

/// By what moves are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Containers.
    Containers,
    /// Bytes.
    Load(Load),
}

impl Measure {
    /// That of a goal of moves.
    pub fn of(goal: Goal) -> Option<Measure> {
        match goal {
            Goal::FewestMoves => Some(Measure::Containers),
            Goal::LeastCarried(load) => Some(Measure::Load(load)),
            _ => None,
        }
    }

    fn position(self) -> usize {
        match self {
            Measure::Containers => 0,
            Measure::Load(load) => 1 + load as usize,
        }
    }
}

/// What the moves of an instance are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// By what they are counted.
    pub measure: Measure,
    /// A move is so much of it.
    pub each: u64,
    /// Whether all weights are multiples of that.
    pub is_exact: bool,
    /// What an item weighs that runs and weighs anything, in the mean: 1 of containers.
    pub mean: u64,
}

impl Unit {
    /// Containers, one by one.
    pub const CONTAINERS: Unit = Unit { measure: Measure::Containers, each: 1, is_exact: true, mean: 1 };

    /// The goal that asks for few of them.
    pub fn goal(self) -> Goal {
        match self.measure {
            Measure::Containers => Goal::FewestMoves,
            Measure::Load(load) => Goal::LeastCarried(load),
        }
    }

    /// So many of them as a value of the goal, never more than they are.
    pub fn value(self, moves: u64) -> GoalValue {
        match self.measure {
            Measure::Containers => GoalValue::Count(moves),
            Measure::Load(_) => GoalValue::Bytes(moves.saturating_mul(self.each)),
        }
    }

    /// Whether certificates can speak of them.
    pub fn is_certified(self) -> bool {
        self.measure == Measure::Containers
    }
}

/// What of an item runs where, by one measure.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Freight {
    /// On each bin on which any of it runs.
    homes: Vec<(Bin, u64)>,
    /// In all.
    running: u64,
}

impl Freight {
    /// What is carried over when it goes to `bin`.
    pub fn moved(&self, bin: Bin) -> u64 {
        self.running - self.homes.iter().find(|(home, _)| *home == bin).map_or(0, |(_, there)| *there)
    }
}

/// What an item carries by all measures.
pub type Freights = [Freight; MEASURES];

/// What `containers` carry, by all measures.
pub fn freights(problem: &Problem, containers: &[ContainerIndex], bin_of: &[Option<Bin>]) -> Freights {
    let by = |weight: &dyn Fn(ContainerIndex) -> u64| {
        let mut homes: BTreeMap<HostIndex, u64> = BTreeMap::new();
        for &container in containers {
            if let Some(host) = problem.home(container) {
                *homes.entry(host).or_default() += weight(container);
            }
        }
        let running = homes.values().sum();
        Freight {
            homes: homes.into_iter().filter_map(|(host, weight)| Some((bin_of[host]?, weight))).collect(),
            running,
        }
    };
    let load = |load: Load| by(&|container| problem.carries(container, load));
    [by(&|_| 1), load(Load::Memory), load(Load::Disk)]
}

impl Instance {
    /// Whether anything but containers is counted that moves.
    pub fn is_weighed(&self) -> bool {
        self.freights.is_some()
    }

    /// What `item` carries to `bin`; nothing where only containers are counted.
    pub fn carried(&self, item: ItemIndex, bin: Bin) -> Sums {
        match &self.freights {
            None => [0; MEASURES],
            Some(freights) => std::array::from_fn(|measure| freights[item.0][measure].moved(bin)),
        }
    }

    /// What `item` carries at the least, wherever it goes.
    pub fn least_carried(&self, item: ItemIndex) -> Sums {
        if !self.is_weighed() {
            return [0; MEASURES];
        }
        let mut least = [u64::MAX; MEASURES];
        for &bin in self.bins(item) {
            let carried = self.carried(item, bin);
            least.iter_mut().zip(carried).for_each(|(least, carried)| *least = (*least).min(carried));
        }
        least.map(|least| if least == u64::MAX { 0 } else { least })
    }

    /// The same with moves that are counted by `measure`.
    pub fn counting(&self, measure: Measure) -> Instance {
        let mut counting = self.clone();
        let Some(freights) = &self.freights else { return counting };
        let position = measure.position();
        let of = |item: &Freights| item[position].clone();
        let all: Vec<Freight> = freights.iter().map(of).collect();
        let weights = || all.iter().flat_map(|it| it.homes.iter().map(|(_, weight)| *weight).chain([it.running]));
        let common = weights().fold(0, gcd).max(1);
        let largest = weights().max().unwrap_or(0);
        let each = if largest / common <= MOST_UNITS { common } else { largest.div_ceil(MOST_UNITS) };
        for (item, of) in counting.items.iter_mut().zip(&all) {
            item.homes = of.homes.iter().map(|&(bin, weight)| (bin, weight / each)).collect();
            // What runs where no bin is moves, too; rounded down, as the rest.
            let elsewhere = of.running - of.homes.iter().map(|(_, weight)| weight).sum::<u64>();
            item.running = item.homes.iter().map(|(_, weight)| weight).sum::<u64>() + elsewhere / each;
        }
        let heavy: Vec<u64> = counting.items.iter().map(|item| item.running).filter(|weight| *weight > 0).collect();
        let mean = match measure {
            Measure::Containers => 1,
            Measure::Load(_) => heavy.iter().sum::<u64>() / (heavy.len() as u64).max(1),
        };
        counting.unit = Unit { measure, each, is_exact: each == common, mean: mean.max(1) };
        counting.classify();
        counting
    }

    /// What `limits` leave for moves as this instance counts them, and by all other measures.
    pub fn limits_on_moves(&self, limits: &EpsilonConstraints) -> (Option<u64>, [Option<u64>; MEASURES]) {
        let containers = limits.moves.into_iter().chain(self.most_moves).min();
        if !self.is_weighed() {
            return (containers, [None; MEASURES]);
        }
        let mut all = [containers, limits.carried[0], limits.carried[1]];
        let own = &mut all[self.unit.measure.position()];
        let moves = own.map(|most| most / self.unit.each);
        if self.unit.is_exact {
            *own = None;
        }
        (moves, all)
    }

    /// A narrower instance, in which no item carries more than where `assignment` has it, by any measure that is limited
    /// beside the moves.
    pub fn carrying_no_more(&self, restricted: &RestrictedInstance, assignment: &[Bin]) -> Instance {
        let mut kept = self.clone();
        let mut known: BTreeMap<Vec<Bin>, usize> = BTreeMap::new();
        for (item, &now) in assignment.iter().numbered::<ItemIndex>() {
            let most = self.carried(item, now);
            let no_more = |bin: &&Bin| {
                let carried = self.carried(item, **bin);
                restricted
                    .carried
                    .iter()
                    .zip(carried.iter().zip(&most))
                    .all(|(limit, (it, most))| limit.is_none() || it <= most)
            };
            let bins: Vec<Bin> = self.bins(item).iter().filter(no_more).copied().collect();
            if bins.len() == self.bins(item).len() {
                continue;
            }
            kept.items[item].allowed = *known.entry(bins).or_insert_with_key(|bins| {
                kept.bin_sets.push(BinSet::new(bins.clone(), self.hosts.len()));
                kept.bin_sets.len() - 1
            });
        }
        kept.classify();
        kept
    }
}
