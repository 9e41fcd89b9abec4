//! Which of the fleets that the limits leave have the most room, where these are too many to list: annealing over fleets,
//! judged by the rows of the fleet program alone. Each row is to be kept with room to spare, the tightest counting most.

use super::aggregate::Aggregate;
use super::program::inequalities::{Candidates, Inequality};
use super::sets::HostSet;
use crate::model::Goal;
use crate::solve::Options;
use crate::solve::instance::Instance;
use crate::solve::restricted::{COSTS, EpsilonConstraints, RestrictedInstance, bin_cost};
use crate::solve::rng::Rng;
use crate::solve::work::Work;

/// Rows ask for so much more than there must be.
const SPARE: f64 = 0.03;
/// Looks at rows in one search, its steps at the most, and how often it begins anew.
const LOOKS: u64 = 12_000_000;
const STEPS: u64 = 16_000;
const SEARCHES: u64 = 4;
/// What rows miss, squared and summed up, is heat at first and in the end.
const HEAT: (f64, f64) = (3e-3, 3e-6);
/// Rows times kinds of hosts at the most: beyond them the first rows must do, which are those of all items.
const CELLS: usize = 1_000_000;

/// Up to `many` of the largest sets of bins within `limits`, the one with the most room for the items first when no bin
/// holds more than `restricted` says.
pub fn roomiest(
    instance: &Instance,
    restricted: &RestrictedInstance,
    limits: &EpsilonConstraints,
    many: usize,
    options: &Options,
) -> Vec<HostSet> {
    let aggregate = Aggregate::new(instance, restricted, *limits, Goal::FewestHosts);
    let few = CELLS / aggregate.hosts.len().max(1);
    let rows: Vec<Inequality> = Candidates::new(&aggregate).all().filter(|row| row.right > 0).take(few).collect();
    let limited = limits.costs().into_iter().zip(COSTS).filter_map(|(most, goal)| Some((most?, goal)));
    let cost = |goal| aggregate.hosts.iter().map(|host| bin_cost(instance, goal, host.bins[0])).collect();
    let gives = |kind: usize| rows.iter().map(|row| row.coefficients[kind] as f64 / row.right as f64).collect();
    let mut search = Search {
        most: aggregate.hosts.iter().map(|host| host.bins.len() as u64).collect(),
        gives: (0..aggregate.hosts.len()).map(gives).collect(),
        costs: limited.map(|(most, goal)| (most, cost(goal))).collect(),
        many,
        best: Vec::new(),
    };
    for nth in 0..SEARCHES {
        search.run(&mut Rng::with_seed(options.seed ^ (nth << 32)), options);
    }
    let set = |(_, fleet): (f64, Vec<u64>)| {
        let mut open = vec![false; instance.hosts.len()];
        aggregate.bins(&fleet).into_iter().for_each(|bin| open[bin.0] = true);
        open
    };
    search.best.into_iter().map(set).collect()
}

struct Search {
    /// How many hosts of each kind there are.
    most: Vec<u64>,
    /// What a host of each kind gives to each row, as a part of what that asks.
    gives: Vec<Vec<f64>>,
    /// For each limit the most, and what a host of each kind costs.
    costs: Vec<(u64, Vec<u64>)>,
    /// So many fleets are wanted.
    many: usize,
    /// The best so far, by what they miss.
    best: Vec<(f64, Vec<u64>)>,
}

/// A fleet, what it gives to each row and what is left of each limit.
#[derive(Clone)]
struct Fleet {
    counts: Vec<u64>,
    held: Vec<f64>,
    left: Vec<u64>,
}

impl Search {
    fn run(&mut self, rng: &mut Rng, options: &Options) {
        let kinds = self.most.len();
        let rows = self.gives.first().map_or(0, Vec::len);
        let left = self.costs.iter().map(|(most, _)| *most).collect();
        let mut fleet = Fleet { counts: vec![0; kinds], held: vec![0.0; rows], left };
        self.fill(&mut fleet, rng);
        let mut missing = fleet.missing();
        let each = (rows * 6 + kinds) as u64;
        let steps = (LOOKS / each).clamp(1, STEPS);
        let cooling = (HEAT.1 / HEAT.0).powf(1.0 / steps as f64);
        let (mut heat, mut work) = (HEAT.0, Work::looking(steps * each, LOOKS / 64, options.clock));
        while work.spend(each) {
            let mut next = fleet.clone();
            for _ in 0..1 + rng.usize(..2) {
                let open: Vec<usize> = (0..kinds).filter(|&kind| next.counts[kind] > 0).collect();
                if !open.is_empty() {
                    self.add(&mut next, open[rng.usize(..open.len())], -1);
                }
            }
            self.fill(&mut next, rng);
            let after = next.missing();
            if after <= missing || rng.f64() < (-(after - missing) / heat).exp() {
                (fleet, missing) = (next, after);
                self.learn(&fleet, missing);
            }
            heat *= cooling;
        }
    }

    /// Opens what the limits allow, in any order.
    fn fill(&self, fleet: &mut Fleet, rng: &mut Rng) {
        let mut kinds: Vec<usize> = (0..self.most.len()).filter(|&kind| fleet.counts[kind] < self.most[kind]).collect();
        rng.shuffle(&mut kinds);
        for kind in kinds {
            let affordable =
                |fleet: &Fleet| self.costs.iter().zip(&fleet.left).all(|((_, cost), left)| cost[kind] <= *left);
            while fleet.counts[kind] < self.most[kind] && affordable(fleet) {
                self.add(fleet, kind, 1);
            }
        }
    }

    fn add(&self, fleet: &mut Fleet, kind: usize, sign: i64) {
        fleet.counts[kind] = fleet.counts[kind].wrapping_add_signed(sign);
        fleet.held.iter_mut().zip(&self.gives[kind]).for_each(|(held, more)| *held += sign as f64 * more);
        for (left, (_, cost)) in fleet.left.iter_mut().zip(&self.costs) {
            *left = left.wrapping_add_signed(-sign * cost[kind] as i64);
        }
    }

    fn learn(&mut self, fleet: &Fleet, missing: f64) {
        let is_full = self.best.len() == self.many;
        if is_full && self.best.last().is_some_and(|(worst, _)| missing >= *worst) {
            return;
        }
        let at = self.best.partition_point(|(known, _)| *known < missing - 1e-12);
        let same = self.best[at..].iter().take_while(|(known, _)| *known <= missing + 1e-12);
        if same.into_iter().any(|(_, known)| *known == fleet.counts) {
            return;
        }
        self.best.insert(at, (missing, fleet.counts.clone()));
        self.best.truncate(self.many);
    }
}

impl Fleet {
    fn missing(&self) -> f64 {
        let missing = |held: &f64| (1.0 + SPARE - held).max(0.0);
        self.held.iter().map(missing).map(|missing| missing * missing).sum()
    }
}
