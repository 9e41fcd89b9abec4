//! What one bin could take at the most: the largest sum of worths of items that fit into it in every resource, no two of an
//! `apart` rule. Depth first, cut by Dantzig's bound (Operations Research 5, 1957) of one resource that stands for all (a
//! surrogate constraint: Glover, Operations Research 16, 1968). All of it in whole numbers, so that what is said to be the
//! most is, wherever the search was stopped.

use super::super::instance::gcd;
use super::units::{Amounts, Units};
use crate::certificate::ItemIndex;

/// The bin in the resource that stands for all has 2^30 parts; weights are rounded from 2^62.
const PARTS_BITS: (u32, u32) = (62, 32);
/// Items without a home that ask for so many times the mean are decided first.
const LARGE: f64 = 2.5;
/// Of each resource no less than this counts.
const LITTLE: f64 = 1e-9;

/// The most that a bin can take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Take {
    /// No take is worth more.
    pub most: i64,
    /// What the best one found is worth.
    pub found: i64,
    /// Its items.
    pub items: Vec<ItemIndex>,
}

/// An item that could be taken.
#[derive(Clone, Copy)]
struct Candidate<const R: usize> {
    item: ItemIndex,
    worth: i64,
    size: Amounts<R>,
    /// What it asks of the resource that stands for all.
    weight: i64,
    is_out: bool,
}

/// The search, and what it needs from one to the next.
pub struct Knapsack<const R: usize> {
    candidates: Vec<Candidate<R>>,
    /// The large ones among them.
    large: Vec<usize>,
    /// How many taken items each `apart` rule has.
    ruled: Vec<u32>,
    gcd: i64,
    most_nodes: u64,
    nodes: u64,
    looks: u64,
    lost: i64,
    current: Vec<ItemIndex>,
    best: Take,
}

impl<const R: usize> Knapsack<R> {
    /// For questions about an instance with so many `apart` rules.
    pub fn new(rules: usize) -> Knapsack<R> {
        Knapsack {
            candidates: Vec::new(),
            large: Vec::new(),
            ruled: vec![0; rules],
            gcd: 1,
            most_nodes: 0,
            nodes: 0,
            looks: 0,
            lost: 0,
            current: Vec::new(),
            best: Take::default(),
        }
    }

    /// How many candidates were looked at since this was asked last.
    pub fn looks(&mut self) -> u64 {
        std::mem::take(&mut self.looks)
    }

    /// The most that a bin of `capacity` can take of `worths`, which are above 0; `prices` of the resources are corrected so
    /// many times, and after so many nodes it is stopped.
    pub fn solve(
        &mut self,
        units: &Units<R>,
        worths: &[(ItemIndex, i64)],
        capacity: Amounts<R>,
        prices: &mut [f64; R],
        corrections: usize,
        nodes: u64,
    ) -> Take {
        self.looks += worths.len() as u64 * (1 + corrections as u64);
        let all = worths.iter().map(|(_, worth)| worth).sum();
        if self.all_fit(units, worths, capacity) {
            return Take { most: all, found: all, items: worths.iter().map(|(item, _)| *item).collect() };
        }
        correct(units, worths, capacity, prices, corrections);
        let (multipliers, shift): ([i128; R], u32) =
            (prices.map(|price| (price * (1u64 << PARTS_BITS.0) as f64) as i128), PARTS_BITS.1);
        // Floors of parts sum to no more than the floor of the whole, so this rules out nothing that fits.
        let stands_for = |amounts: Amounts<R>| -> i64 {
            ((0..R).map(|r| multipliers[r] * i128::from(amounts[r])).sum::<i128>() >> shift) as i64
        };
        let room = stands_for(capacity);
        self.candidates.clear();
        self.candidates.extend(worths.iter().map(|&(item, worth)| {
            let size = units.size[item];
            Candidate { item, worth, size, weight: stands_for(size), is_out: false }
        }));
        // Exactly by density: the bound rests on it.
        self.candidates.sort_unstable_by(|a, b| {
            let (left, right) =
                (i128::from(a.worth) * i128::from(b.weight), i128::from(b.worth) * i128::from(a.weight));
            right.cmp(&left).then(a.item.cmp(&b.item))
        });
        let mean = self.candidates.iter().map(|it| it.weight as f64).sum::<f64>() / self.candidates.len().max(1) as f64;
        let is_large = |it: &Candidate<R>| units.running[it.item] == 0 && it.weight as f64 > LARGE * mean;
        self.large.clear();
        self.large.extend((0..self.candidates.len()).filter(|&at| is_large(&self.candidates[at])));
        self.gcd = (worths.iter().fold(0, |known, &(_, worth)| gcd(known, worth as u64)) as i64).max(1);
        (self.nodes, self.most_nodes, self.lost) = (0, nodes, 0);
        self.current.clear();
        self.best = Take::default();
        self.go(units, 0, capacity, room);
        self.best.most = self.best.found.max(self.lost);
        std::mem::take(&mut self.best)
    }

    fn all_fit(&mut self, units: &Units<R>, worths: &[(ItemIndex, i64)], capacity: Amounts<R>) -> bool {
        let mut sum = [0; R];
        let mut clash = false;
        for &(item, _) in worths {
            (0..R).for_each(|r| sum[r] += units.size[item][r]);
            for &apart in &units.instance.items[item].aparts {
                clash |= self.ruled[apart] > 0;
                self.ruled[apart] += 1;
            }
        }
        for &(item, _) in worths {
            units.instance.items[item].aparts.iter().for_each(|&apart| self.ruled[apart] = 0);
        }
        !clash && (0..R).all(|r| sum[r] <= capacity[r])
    }

    /// Goes through what can still be taken, after what is worth `value` was; `left` of every resource, `room` of the one
    /// that stands for all.
    fn go(&mut self, units: &Units<R>, value: i64, left: Amounts<R>, room: i64) {
        if value > self.best.found {
            self.best.found = value;
            self.best.items.clone_from(&self.current);
        }
        let mut tried: Vec<usize> = Vec::new();
        loop {
            let (most, first) = self.bound(units, value, left, room);
            let Some(first) = first.filter(|_| most > self.best.found) else { break };
            self.nodes += 1;
            if self.nodes > self.most_nodes {
                self.lost = self.lost.max(most);
                break;
            }
            let Candidate { item, worth, size, weight, .. } = self.candidates[first];
            let aparts = &units.instance.items[item].aparts;
            aparts.iter().for_each(|&apart| self.ruled[apart] += 1);
            self.current.push(item);
            self.candidates[first].is_out = true;
            tried.push(first);
            self.go(units, value + worth, std::array::from_fn(|r| left[r] - size[r]), room - weight);
            self.current.pop();
            aparts.iter().for_each(|&apart| self.ruled[apart] -= 1);
        }
        tried.into_iter().for_each(|at| self.candidates[at].is_out = false);
    }

    /// No more can be had than this, and what to take first: something large, else the densest that fits.
    fn bound(&mut self, units: &Units<R>, value: i64, left: Amounts<R>, room: i64) -> (i64, Option<usize>) {
        let (mut rest, mut most) = (room, value);
        let mut first = self.large.iter().copied().find(|&at| self.may_take(units, at, left));
        let mut looked = self.candidates.len();
        for at in 0..self.candidates.len() {
            if !self.may_take(units, at, left) {
                continue;
            }
            first = first.or(Some(at));
            let Candidate { weight, worth, .. } = self.candidates[at];
            if weight > rest {
                most += (i128::from(worth) * i128::from(rest.max(0)) / i128::from(weight)) as i64;
                looked = at;
                break;
            }
            rest -= weight;
            most += worth;
        }
        self.looks += (looked + self.large.len()) as u64;
        (most / self.gcd * self.gcd, first)
    }

    fn may_take(&self, units: &Units<R>, at: usize, left: Amounts<R>) -> bool {
        let candidate = &self.candidates[at];
        let fits = || (0..R).all(|r| candidate.size[r] <= left[r]);
        let free = || units.instance.items[candidate.item].aparts.iter().all(|&apart| self.ruled[apart] == 0);
        !candidate.is_out && fits() && free()
    }
}

/// Prices of the resources at which a bin of `capacity` is worth 1: corrected towards those that the best take of the
/// fractional knapsack overuses, the best of them kept.
fn correct<const R: usize>(
    units: &Units<R>,
    worths: &[(ItemIndex, i64)],
    capacity: Amounts<R>,
    prices: &mut [f64; R],
    corrections: usize,
) {
    let mut trial = *prices;
    if trial.iter().all(|&price| price == 0.0) {
        trial = capacity.map(|capacity| 1.0 / capacity.max(1) as f64);
    }
    let mut least = f64::INFINITY;
    let mut order: Vec<(f64, f64, ItemIndex, i64)> = Vec::with_capacity(worths.len());
    for _ in 0..corrections.max(1) {
        let whole: f64 = (0..R).map(|r| trial[r] * capacity[r] as f64).sum();
        if whole <= 0.0 {
            break;
        }
        trial.iter_mut().for_each(|price| *price /= whole);
        order.clear();
        order.extend(worths.iter().map(|&(item, worth)| {
            let weight = (0..R).map(|r| trial[r] * units.size[item][r] as f64).sum::<f64>().max(1e-12);
            (worth as f64 / weight, weight, item, worth)
        }));
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
        let (mut left, mut value, mut used) = (1.0, 0.0, [0.0; R]);
        for &(_, weight, item, worth) in &order {
            let part = if weight <= left { 1.0 } else { left / weight };
            left -= weight * part;
            value += worth as f64 * part;
            (0..R).for_each(|r| used[r] += units.size[item][r] as f64 * part);
            if part < 1.0 {
                break;
            }
        }
        if value < least {
            (least, *prices) = (value, trial);
        }
        for r in 0..R {
            let capacity = capacity[r].max(1) as f64;
            // The square root is the same on every machine.
            let factor: f64 = (used[r] / capacity).clamp(0.3, 3.0);
            trial[r] = (trial[r] * factor.sqrt()).max(LITTLE / capacity);
        }
    }
}
