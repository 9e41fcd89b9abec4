//! A bound on the moves: "every item stands somewhere" is priced (Lagrangian relaxation: Held and Karp, Operations
//! Research 18, 1970; Fisher, Management Science 27, 1981). An item is worth so much wherever it stands, and what is left
//! falls apart into one knapsack for each bin:
//!
//! ```text
//! sum of worths - limit  -  sum over bins of max(0, the most that it can take - what opening it costs)
//! ```
//!
//! is no more than the moves of any packing, whatever the worths are. They are whole numbers, millionths of a move and ten
//! of them, and so is all that the bound is made of; floats only choose the next worths to try.

use std::sync::Arc;

use super::super::instance::Bin;
use super::super::work::Work;
use super::knapsack::{Knapsack, Take};
use super::units::Units;
use crate::certificate::{Dual, Duals, HostGroup, ItemIndex};
use crate::model::{Goal, HostIndex};

/// A move in the unit of worths.
pub const MOVE: i64 = 100_000;
/// Rates of costs are in parts of that.
const RATE_BITS: u32 = 20;
/// The direction is the old one and so much of the new.
const SMOOTHING: f64 = 0.35;
/// The first step is so much of what would reach the goal were the slope to go on; less by that factor after so many in
/// vain, down to the last.
pub const STEP: f64 = 0.3;
const SHORTER: f64 = 0.7;
const LAST: f64 = 1e-3;
/// No worth is more moves than that.
const MOST: i64 = 10_000;
/// Nor more than that, in the unit of worths.
const MOST_WORTH: f64 = 1e12;
/// One who comes alone is tried on so many bins at the most.
const ARRIVAL_BINS: usize = 250;
/// How often prices of resources are corrected at a bin's first knapsack, and at later ones.
const CORRECTIONS: (usize, usize) = (12, 3);

/// Whether a bin is to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It may be.
    Free,
    /// It counts as used.
    Open,
    /// It holds nothing.
    Closed,
}

/// A limit on what the used bins cost.
pub struct CostLimit {
    /// By which goal.
    pub goal: Goal,
    /// What each bin costs.
    pub cost: Vec<u64>,
    /// What all may cost together.
    pub most: u64,
}

/// The prices: what items are worth, and the rate of the limit on costs.
#[derive(Clone)]
pub struct Prices {
    /// Of each item.
    pub worth: Vec<i64>,
    /// In 1 / 2^20 of worths.
    pub rate: i64,
}

/// How far an ascent goes.
#[derive(Clone, Copy)]
pub struct Climb {
    /// Moves that are known to be possible: a bound above one less is as good as can be.
    pub goal: i64,
    /// Rounds at the most, with those before.
    pub rounds: usize,
    /// Rounds in vain after which steps are shorter.
    pub patience: usize,
    /// Nodes of one knapsack.
    pub nodes: u64,
}

/// Subgradient ascent with a smoothed direction (Camerini, Fratta and Maffioli, Mathematical Programming Study 3, 1975) and
/// Polyak's step towards the goal. It never returns to the best point: that would not leave the kink where what stands is
/// worth a move.
pub struct Ascent {
    point: Vec<f64>,
    rate_point: f64,
    direction: Vec<f64>,
    rate_direction: f64,
    step: f64,
    /// What an item moves in the mean.
    mean: f64,
    in_vain: usize,
    round: usize,
}

impl Ascent {
    /// The prices here.
    fn prices(&self) -> Prices {
        let worth = self.point.iter().map(|worth| worth.round() as i64).collect();
        Prices { worth, rate: self.rate_point.round() as i64 }
    }

    /// One step, where every item was taken so often, and the used bins cost so much more than the limit, in items; the
    /// goal is `short` away. Costs are `scale` items each.
    fn go(&mut self, taken: &[i32], cost: f64, scale: f64, short: i64) {
        let new = if self.round == 1 { 1.0 } else { SMOOTHING };
        let mut norm = 0.0;
        for ((direction, &point), &taken) in self.direction.iter_mut().zip(&self.point).zip(taken) {
            *direction = (1.0 - new) * *direction + new * f64::from(1 - taken);
            if point > 0.0 || *direction > 0.0 {
                norm += *direction * *direction;
            }
        }
        self.rate_direction = (1.0 - new) * self.rate_direction + new * cost;
        norm += self.rate_direction * self.rate_direction;
        if norm < 1e-9 {
            self.direction.fill(0.0);
            self.rate_direction = 0.0;
            self.in_vain += 3;
            return;
        }
        let length = (self.step * short.max(MOVE / 5) as f64 / norm).min(2.0 * MOVE as f64 * self.mean);
        let most = (MOST as f64 * MOVE as f64 * self.mean).min(MOST_WORTH);
        for (point, direction) in self.point.iter_mut().zip(&self.direction) {
            *point = (*point + length * direction).clamp(0.0, most);
        }
        let parts = (1u64 << RATE_BITS) as f64;
        self.rate_point = (self.rate_point + length * self.rate_direction * scale * parts).clamp(0.0, most * parts);
    }
}

/// Items and what they are worth to a bin.
type Worths = Vec<(ItemIndex, i64)>;

/// The worths and what is remembered for the next.
pub struct Lagrange<'a, const R: usize> {
    /// The question.
    pub units: Arc<Units<'a, R>>,
    limit: Option<CostLimit>,
    /// Whether an item may go to a bin: `[item][bin]`.
    pub may: Vec<Vec<bool>>,
    /// How bins may be used.
    pub uses: Vec<Use>,
    /// The prices at work.
    pub prices: Prices,
    /// The best bound and where it was, in the unit of worths.
    pub best: Option<(i64, Prices)>,
    /// How often a bin was used lately.
    pub used: Vec<f64>,
    /// How often an item stayed lately.
    pub stays: Vec<f64>,
    /// What runs on each bin.
    standing: Vec<Vec<ItemIndex>>,
    knapsack: Knapsack<R>,
    resource_prices: Vec<[f64; R]>,
    /// The last knapsack of each bin: what could be taken, and what was.
    memory: Vec<Option<(Worths, Take)>>,
}

impl<'a, const R: usize> Lagrange<'a, R> {
    /// Begins with what stands being worth its moves, and who comes nothing: the counting argument of every bin is the
    /// point where these are worth more.
    pub fn new(units: Arc<Units<'a, R>>, limit: Option<CostLimit>) -> Lagrange<'a, R> {
        let (items, bins) = (units.size.len(), units.capacity.len());
        let mut standing = vec![Vec::new(); bins];
        for item in ItemIndex::all(items) {
            units.homes(item).iter().for_each(|&(home, _)| standing[home.0].push(item));
        }
        let may = |item: ItemIndex| {
            let mut may = vec![false; bins];
            units.bins(item).for_each(|bin| may[bin] = true);
            may
        };
        Lagrange {
            may: ItemIndex::all(items).map(may).collect(),
            uses: vec![Use::Free; bins],
            prices: Prices { worth: units.running.iter().map(|&count| count as i64 * MOVE).collect(), rate: 0 },
            best: None,
            used: vec![0.0; bins],
            stays: vec![0.5; items],
            standing,
            knapsack: Knapsack::new(units.instance.aparts.len()),
            resource_prices: vec![[0.0; R]; bins],
            memory: vec![None; bins],
            limit,
            units,
        }
    }

    /// The bound in whole moves.
    pub fn bound(&self) -> i64 {
        self.best.as_ref().map_or(0, |(best, _)| whole(*best))
    }

    /// The bound at the prices at work, and how often each item is taken; `used_now` has which bins are used.
    fn evaluate(&mut self, nodes: u64, taken: &mut [i32], used_now: &mut [bool], work: &mut Work) -> i64 {
        let units = self.units.clone();
        taken.fill(0);
        let rate = self.prices.rate;
        let mut sum: i64 = self.prices.worth.iter().sum();
        sum -= self.limit.as_ref().map_or(0, |limit| rated(limit.most, rate));
        let stays = |item: ItemIndex, worth: i64| worth <= MOVE * units.running[item] as i64;
        let roaming: Vec<ItemIndex> =
            ItemIndex::all(taken.len()).filter(|&item| !stays(item, self.prices.worth[item.0])).collect();
        let mut worths = Worths::new();
        for bin in Bin::all(used_now.len()) {
            used_now[bin.0] = false;
            if self.uses[bin] == Use::Closed {
                continue;
            }
            worths.clear();
            let gain = |item: ItemIndex| self.prices.worth[item.0] - MOVE * units.cost(item, bin);
            let mut add = |item: ItemIndex| {
                if self.may[item.0][bin.0] && gain(item) > 0 {
                    worths.push((item, gain(item)));
                }
            };
            roaming.iter().for_each(|&item| add(item));
            let standing = &self.standing[bin.0];
            standing.iter().filter(|&&item| stays(item, self.prices.worth[item.0])).for_each(|&item| add(item));
            let known = self.memory[bin.0].as_ref();
            let is_known = known
                .is_some_and(|(known, take)| *known == worths && (take.most == take.found || nodes <= PATIENT_NODES));
            if !is_known {
                let corrections = if known.is_none() { CORRECTIONS.0 } else { CORRECTIONS.1 };
                let prices = &mut self.resource_prices[bin.0];
                let take = self.knapsack.solve(&units, &worths, units.capacity[bin], prices, corrections, nodes);
                self.memory[bin.0] = Some((worths.clone(), take));
            }
            let Some((_, take)) = &self.memory[bin.0] else { continue };
            let net = self.net(bin, take.most);
            if net > 0 || self.uses[bin] == Use::Open {
                used_now[bin.0] = true;
                sum -= net;
                take.items.iter().for_each(|item| taken[item.0] += 1);
            }
        }
        work.spend(self.knapsack.looks() + (taken.len() + roaming.len() * used_now.len()) as u64);
        sum
    }

    /// The bound by counting what may stay on each bin where what runs is worth its moves, and the prices that show it: where
    /// costs are limited, the bins on which the most stays for what they cost are as many as the limit allows.
    pub fn by_counting(&mut self, nodes: u64, work: &mut Work) -> (i64, Prices) {
        let before = self.prices.clone();
        let value = self.value(nodes, work);
        let mut best = (value, before.clone());
        if let Some(limit) = &self.limit {
            let known = self.memory.iter().zip(&limit.cost).filter(|(_, cost)| **cost > 0);
            let mut bins: Vec<(i64, u64)> =
                known.filter_map(|(known, &cost)| Some((known.as_ref()?.1.most, cost))).collect();
            bins.sort_by_key(|&(most, cost)| std::cmp::Reverse(per_cost(most, cost)));
            let mut left = limit.most;
            let last = bins.into_iter().find(|&(_, cost)| {
                let is_last = cost > left;
                left = left.saturating_sub(cost);
                is_last
            });
            if let Some((most, cost)) = last {
                self.prices.rate = per_cost(most, cost);
                let value = self.value(nodes, work);
                if value > best.0 {
                    best = (value, self.prices.clone());
                }
            }
        }
        self.prices = before;
        best
    }

    /// The bound at the prices at work; what is asked of [`Lagrange::after_use`] and [`Lagrange::after_home`] is asked there.
    pub fn value(&mut self, nodes: u64, work: &mut Work) -> i64 {
        let (mut taken, mut used_now) = (vec![0; self.units.size.len()], vec![false; self.uses.len()]);
        self.evaluate(nodes, &mut taken, &mut used_now, work)
    }

    /// What a bin that can take so much takes from the bound, were it used.
    fn net(&self, bin: Bin, most: i64) -> i64 {
        most - self.limit.as_ref().map_or(0, |limit| rated(limit.cost[bin.0], self.prices.rate))
    }

    /// What it takes.
    fn counted(&self, bin: Bin, most: i64) -> i64 {
        let net = self.net(bin, most);
        if self.uses[bin] == Use::Open { net } else { net.max(0) }
    }

    /// By how much the bound of [`Lagrange::value`] rises at these prices when a bin that may be used is, and when it is not.
    pub fn after_use(&self, bin: Bin) -> [i64; 2] {
        let net = self.memory[bin.0].as_ref().map_or(0, |(_, take)| self.net(bin, take.most));
        [net.max(0) - net, net.max(0)]
    }

    /// By how much it rises when an item stays at `home`, and when it leaves.
    pub fn after_home(&mut self, item: ItemIndex, home: Bin, nodes: u64, work: &mut Work) -> [i64; 2] {
        let (mut stays, mut leaves) = (0, 0);
        for bin in Bin::all(self.uses.len()) {
            if !self.may[item.0][bin.0] || self.uses[bin] == Use::Closed {
                continue;
            }
            let Some((worths, take)) = &self.memory[bin.0] else { continue };
            let (most, is_taken, is_exact) = (take.most, take.items.contains(&item), take.most == take.found);
            let asks_without = (is_taken || !is_exact) && worths.iter().any(|(of, _)| *of == item);
            let asks_with = bin == home && !(is_taken && is_exact);
            let all: i64 = worths.iter().map(|(_, worth)| *worth).sum();
            let mut others = Worths::new();
            if asks_without || asks_with {
                others.extend(worths.iter().filter(|(of, _)| *of != item));
            }
            let mut without = 0;
            if asks_without {
                let less = self.solve(bin, &others, nodes).most.min(most);
                without = self.counted(bin, most) - self.counted(bin, less);
            }
            if bin != home {
                stays += without;
                continue;
            }
            leaves = without;
            let mut with = most;
            if asks_with {
                // Worth more than all others together it is taken, if it can be.
                let extra = all + MOVE;
                others.push((item, self.prices.worth[item.0] - MOVE * self.units.cost(item, bin) + extra));
                with = (self.solve(bin, &others, nodes).most - extra).min(most);
            }
            stays += self.counted(bin, most) - self.net(bin, with);
        }
        work.spend(self.knapsack.looks());
        [stays, leaves]
    }

    fn solve(&mut self, bin: Bin, worths: &Worths, nodes: u64) -> Take {
        let mut prices = self.resource_prices[bin.0];
        let units = self.units.clone();
        self.knapsack.solve(&units, worths, units.capacity[bin], &mut prices, CORRECTIONS.1, nodes)
    }

    /// An ascent that begins at the prices at work, with a first step of this length.
    pub fn ascent(&self, step: f64) -> Ascent {
        let point = self.prices.worth.iter().map(|&worth| worth as f64).collect();
        let (direction, rate_point) = (vec![0.0; self.prices.worth.len()], self.prices.rate as f64);
        let mean = self.units.instance.unit.mean as f64;
        Ascent { point, rate_point, direction, rate_direction: 0.0, step, mean, in_vain: 0, round: 0 }
    }

    /// Goes on with `ascent` until `climb` says or `work` is over; it can be taken up again. Whether there is no higher to
    /// go.
    pub fn climb(&mut self, ascent: &mut Ascent, climb: Climb, work: &mut Work) -> bool {
        let (items, bins) = (self.units.size.len(), self.units.capacity.len());
        let (mut taken, mut used_now) = (vec![0; items], vec![false; bins]);
        // A cost counts as much as an item of the mean bin.
        let mean = self.limit.as_ref().map_or(1.0, |it| (it.cost.iter().sum::<u64>() as f64 / bins as f64).max(1e-9));
        let scale = (items as f64 / bins as f64).sqrt() / mean;
        let before = self.best.as_ref().map(|(best, _)| *best);
        self.prices = ascent.prices();
        while ascent.round < climb.rounds {
            let value = self.evaluate(climb.nodes, &mut taken, &mut used_now, work);
            self.remember(&used_now);
            match &self.best {
                Some((best, _)) if value <= *best => ascent.in_vain += 1,
                best => {
                    if best.as_ref().is_none_or(|(best, _)| value > best + MOVE / 200) {
                        ascent.in_vain = 0;
                    }
                    self.best = Some((value, self.prices.clone()));
                }
            }
            if self.bound() >= climb.goal || ascent.step < LAST || work.is_over() {
                break;
            }
            ascent.round += 1;
            if ascent.in_vain >= climb.patience {
                (ascent.step, ascent.in_vain) = (ascent.step * SHORTER, 0);
            }
            let cost = self.limit.as_ref().map_or(0.0, |limit| {
                let spent: u64 = (0..bins).filter(|&bin| used_now[bin]).map(|bin| limit.cost[bin]).sum();
                (spent as f64 - limit.most as f64) * scale
            });
            ascent.go(&taken, cost, scale, climb.goal * MOVE - value);
            self.prices = ascent.prices();
        }
        let Some((best, prices)) = self.best.clone() else { return false };
        self.prices = prices;
        // Knapsacks that were stopped say more when gone into.
        if whole(best) < climb.goal && before != Some(best) && !work.is_over() {
            let value = self.evaluate(climb.nodes.max(PATIENT_NODES + 1) * 10, &mut taken, &mut used_now, work);
            if value > best {
                self.best = Some((value, self.prices.clone()));
            }
        }
        ascent.step < LAST
    }

    /// The weights that prove the bound, where the most that every bin can take is known exactly: the referee finds it anew.
    pub fn duals(&mut self, work: &mut Work) -> Option<Duals> {
        let (best, prices) = self.best.clone()?;
        let (mut taken, mut used_now) = (vec![0; self.units.size.len()], vec![false; self.uses.len()]);
        self.prices = prices;
        let value = self.evaluate(CLOSING_NODES, &mut taken, &mut used_now, work);
        let closed = self.memory.iter().flatten().all(|(_, take)| take.most == take.found);
        let limit = self.limit.as_ref();
        if whole(value) < whole(best) || !closed || limit.is_some_and(|limit| limit.goal != Goal::FewestHosts) {
            return None;
        }
        // Rates are in parts of worths.
        let scaled = |worth: i64| Dual::new(i128::from(worth) << if limit.is_some() { RATE_BITS } else { 0 });
        let instance = self.units.instance;
        let alone = |host: &HostIndex| HostGroup { hosts: vec![*host], duals: None };
        Some(Duals {
            worth: self.prices.worth.iter().map(|&worth| scaled(worth)).collect(),
            moves: scaled(MOVE),
            hosts: if limit.is_some() { Dual::new(i128::from(self.prices.rate)) } else { Dual::default() },
            groups: instance.hosts.iter().map(alone).collect(),
            ..Duals::NONE
        })
    }

    /// The one item that runs nowhere, if it is one, and the bins that it may go to.
    pub fn comes_alone(&self) -> Option<(ItemIndex, Vec<Bin>)> {
        let mut coming = ItemIndex::all(self.units.size.len()).filter(|&item| self.units.running[item] == 0);
        let (Some(comes), None) = (coming.next(), coming.next()) else { return None };
        let bins: Vec<Bin> = Bin::all(self.uses.len()).filter(|bin| self.may[comes.0][bin.0]).collect();
        (2..=ARRIVAL_BINS).contains(&bins.len()).then_some((comes, bins))
    }

    /// Whether what the used bins cost is limited.
    pub fn is_limited(&self) -> bool {
        self.limit.is_some()
    }

    /// Whether the bins that are open cost too much.
    pub fn is_too_dear(&self) -> bool {
        self.limit.as_ref().is_some_and(|limit| {
            let open = limit.cost.iter().zip(&self.uses).filter(|(_, using)| **using == Use::Open);
            open.map(|(cost, _)| cost).sum::<u64>() > limit.most
        })
    }

    /// Which bins were used, and which items stayed, the latest counting most.
    fn remember(&mut self, used_now: &[bool]) {
        self.stays.iter_mut().for_each(|stays| *stays *= 0.97);
        for (bin, &used) in used_now.iter().enumerate() {
            self.used[bin] = 0.95 * self.used[bin] + if used { 0.05 } else { 0.0 };
            let Some((_, take)) = self.memory[bin].as_ref().filter(|_| used) else { continue };
            for &item in &take.items {
                if (self.units.cost(item, Bin(bin)) as u64) < self.units.running[item] {
                    self.stays[item.0] += 0.03;
                }
            }
        }
    }
}

/// The rate at which a cost comes to so much.
fn per_cost(most: i64, cost: u64) -> i64 {
    i64::try_from((i128::from(most) << RATE_BITS) / i128::from(cost)).unwrap_or(i64::MAX)
}

/// What a cost comes to at a rate, rounded down.
fn rated(cost: u64, rate: i64) -> i64 {
    ((i128::from(rate) * i128::from(cost)) >> RATE_BITS) as i64
}

/// From so many nodes on, knapsacks that were not closed are gone through again.
const PATIENT_NODES: u64 = 6_000;

/// Nodes of a knapsack that a certificate rests on.
const CLOSING_NODES: u64 = 60_000;

/// Moves are whole.
pub fn whole(bound: i64) -> i64 {
    (bound + MOVE - 1).div_euclid(MOVE).max(0)
}
