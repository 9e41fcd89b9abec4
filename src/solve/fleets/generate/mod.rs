//! Packing by patterns: whole hosts are taken from the solution of the program over patterns until all is packed
//! (diving: Sadykov et al., INFORMS Journal on Computing 31, 2019); then some hosts are taken back and packed anew, as
//! long as there is time.

pub mod classes;
mod knapsack;
mod restricted_master;
pub mod shares;

use self::classes::{Classes, Pattern};
use self::restricted_master::{MISSING, Rest, RestrictedMaster};
use self::shares::Shares;
use super::aggregate::Aggregate;
use crate::model::Goal;
use crate::solve::Clock;
use crate::solve::restricted::bin_cost;

/// Rounds of new patterns: while it is cheap to leave items out, before the first dive, and after each step of a dive.
const FIRST_ROUNDS: usize = 50;
const ROOT_ROUNDS: usize = 30;
const DIVE_ROUNDS: usize = 6;
/// See [`Generation::rounded`].
const ROUNDED: f64 = 8.0;
/// In a hurry there are so many rounds of new patterns in all, and so many hosts are rounded up.
const ROUNDS_AT_ONCE: usize = 6;
const ROUNDED_AT_ONCE: f64 = 4.0;
/// What is a whole number.
const ROUNDING: f64 = 1e-3;
/// Hosts taken back in a step of improvement; how many steps in a row may be in vain; and what is less, in mean costs of
/// a host.
const FREED: usize = 30;
const IN_VAIN: usize = 40;
const BETTER: f64 = 1e-6;
/// How many steps in vain where the packing of more than so many hosts comes from elsewhere, and goes back there.
const LENT_IN_VAIN: usize = 10;
const LENT_HOSTS: usize = 200;
/// By how much more it costs to leave items out where no host is worth it, and the most.
const URGED: f64 = 2.0;
const MISSING_MOST: f64 = 20.0;
/// The most where all is to be packed, whatever it costs.
const ALL: f64 = 1e6;
/// What each host is taken to lose at the least, in mean costs of a host.
const LOSS: f64 = 0.003;
/// The same of hosts that could take what is left.
const TAKER_LOSS: f64 = 0.1;
/// What an item that is left costs when packings are compared, in worths.
const LEFT: f64 = 3.0;

/// Hosts of a group that hold a pattern.
type Taken = Vec<(usize, Pattern)>;

/// Packs by patterns.
#[derive(Clone)]
pub struct Generation<'a, const R: usize> {
    aggregate: &'a Aggregate<'a>,
    classes: &'a Classes<R>,
    clock: &'a dyn Clock,
    shares: &'a Shares<R>,
    program: RestrictedMaster<'a, R>,
    rest: Rest,
    taken: Taken,
    /// One part in so many of the hosts that are taken in part is rounded up in each step of a dive.
    rounded: f64,
}

impl<'a, const R: usize> Generation<'a, R> {
    /// Starts from what the class LP says.
    pub fn new(
        aggregate: &'a Aggregate,
        classes: &'a Classes<R>,
        shares: &'a Shares<R>,
        seed: u64,
        clock: &'a dyn Clock,
    ) -> Generation<'a, R> {
        let limits = &aggregate.limits;
        let limits =
            [(Goal::FewestHosts, limits.hosts), (Goal::Cheapest, limits.price), (Goal::LeastPower, limits.watts)];
        let rest = Rest {
            left: classes.classes.iter().map(|class| class.count).collect(),
            free: classes.groups.iter().map(|group| group.bins.len() as u64).collect(),
            limits: limits.into_iter().filter_map(|(goal, limit)| Some((goal, limit?))).collect(),
        };
        let program = RestrictedMaster::new(aggregate, classes, shares, seed, clock);
        Generation { aggregate, classes, clock, shares, program, rest, taken: Vec::new(), rounded: ROUNDED }
    }

    /// The same as [`Generation::packed`], but in a hurry.
    pub fn packed_at_once(&self) -> Taken {
        let mut hurried = self.clone();
        hurried.rounded = ROUNDED_AT_ONCE;
        let mut rest = self.rest.clone();
        hurried.program.solve(&rest, ROUNDS_AT_ONCE);
        hurried.program.settle();
        hurried.dive(&mut rest, 2, ALL)
    }

    /// Hosts, as patterns of groups, that hold all classes, or nearly.
    pub fn packed(&mut self) -> Taken {
        let mut rest = self.rest.clone();
        self.program.solve(&rest, FIRST_ROUNDS);
        self.program.settle();
        self.taken = self.dive(&mut rest, ROOT_ROUNDS, MISSING);
        self.rest = rest;
        self.improve_all(IN_VAIN);
        self.taken.clone()
    }

    /// The same, from hosts that hold `patterns`, as far as there is what they hold.
    pub fn improved(&mut self, patterns: &[(usize, Pattern)]) -> Taken {
        self.program.settle();
        let mut rest = self.rest.clone();
        for (group, pattern) in patterns {
            let held: Pattern = rest.part_left(pattern).collect();
            self.use_up(&mut rest, *group, &held);
            self.taken.push((*group, held));
        }
        self.rest = rest;
        self.improve_all(if patterns.len() > LENT_HOSTS { LENT_IN_VAIN } else { IN_VAIN });
        self.taken.clone()
    }

    fn improve_all(&mut self, patience: usize) {
        let mut in_vain = 0;
        while in_vain < patience && !self.clock.is_over() {
            in_vain = if self.improve() { 0 } else { in_vain + 1 };
        }
    }

    /// Takes some hosts back and packs them anew; keeps what costs no more. Whether it costs less.
    fn improve(&mut self) -> bool {
        let mut rest = self.rest.clone();
        let (mut freed, mut kept) = (Taken::new(), Taken::new());
        let drawn = self.drawn();
        for (host, is_freed) in self.taken.iter().zip(drawn) {
            match is_freed {
                true => freed.push(host.clone()),
                false => kept.push(host.clone()),
            }
        }
        freed.iter().for_each(|(group, pattern)| self.give_back(&mut rest, *group, pattern));
        let before = self.cost(&freed, &self.rest.left);
        self.program.remember(&freed);
        let again = self.dive(&mut rest, DIVE_ROUNDS, MISSING_MOST);
        let after = self.cost(&again, &rest.left);
        if after <= before {
            kept.extend(again);
            (self.taken, self.rest) = (kept, rest);
        }
        after < before - BETTER
    }

    /// What hosts cost, and what is left.
    fn cost(&self, taken: &Taken, left: &[u64]) -> f64 {
        let hosts: f64 = taken.iter().map(|(group, _)| self.classes.groups[*group].cost).sum();
        let worth = self.shares.worth.iter().zip(&self.shares.volume).map(|(worth, volume)| worth + volume);
        let missing: f64 = left.iter().zip(worth).map(|(&left, worth)| left as f64 * worth).sum();
        hosts + LEFT * missing
    }

    /// For each host whether it is taken back: some, rather those that hold much less than they cost.
    fn drawn(&mut self) -> Vec<bool> {
        let shares = self.shares;
        let loss = |(group, pattern): &(usize, Pattern)| -> f64 {
            let worth: f64 = pattern.iter().map(|&(class, count)| shares.worth[class] * count as f64).sum();
            self.classes.groups[*group].cost + shares.rent[*group] - worth
        };
        let rng = &mut self.program.rng;
        // Where something is left, some of the hosts that could take it.
        let left: Vec<usize> = (0..self.rest.left.len()).filter(|&class| self.rest.left[class] > 0).collect();
        let wanted = if left.is_empty() { None } else { Some(left[rng.usize(..left.len())]) };
        let takers =
            |host: &(usize, Pattern)| wanted.is_some_and(|class| self.classes.groups[host.0].takes.contains(&class));
        let mut order: Vec<(f64, usize)> = Vec::with_capacity(self.taken.len());
        for (at, host) in self.taken.iter().enumerate() {
            let loss = if takers(host) { loss(host).max(TAKER_LOSS) } else { loss(host).max(LOSS) };
            order.push((-loss * rng.f64(), at));
        }
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut drawn = vec![false; self.taken.len()];
        order.iter().take(FREED).for_each(|&(_, at)| drawn[at] = true);
        drawn
    }

    /// Takes hosts from the solution of one program after another until all is packed, or nothing more can be. Before the
    /// first there are so many rounds of new patterns. Where none is taken it costs more to leave items out, at the most
    /// `most` times their worth.
    fn dive(&mut self, rest: &mut Rest, first: usize, most: f64) -> Taken {
        let mut taken = Taken::new();
        let mut rounds = first;
        self.program.missing = MISSING;
        while rest.left.iter().any(|&left| left > 0) && !self.clock.is_over() {
            let before = taken.len();
            let values = self.program.solve(rest, rounds);
            self.take(rest, values, &mut taken);
            rounds = rounds.min(DIVE_ROUNDS);
            if taken.len() == before {
                self.program.missing *= URGED;
                if self.program.missing > most {
                    break;
                }
            }
        }
        taken
    }

    /// Takes what the program takes in full, and some of what it takes nearly so.
    fn take(&mut self, rest: &mut Rest, mut values: Vec<(usize, Pattern, f64)>, taken: &mut Taken) {
        let parts: f64 = values.iter().map(|(.., value)| (value + ROUNDING).fract()).sum();
        for (group, pattern, value) in &mut values {
            let whole = (*value + ROUNDING).floor();
            *value -= whole;
            (0..whole as u64).for_each(|_| self.take_one(rest, *group, pattern, taken));
        }
        values.sort_by(|a, b| b.2.total_cmp(&a.2));
        let some = (parts / self.rounded).ceil().max(1.0) as usize;
        for (group, pattern, _) in values.into_iter().filter(|(.., value)| *value > ROUNDING).take(some) {
            self.take_one(rest, group, &pattern, taken);
        }
    }

    /// Takes a host of a group with a pattern, as far as there is what it holds, and what else has room.
    fn take_one(&mut self, rest: &mut Rest, group: usize, pattern: &Pattern, taken: &mut Taken) {
        let costs = self.costs(rest, group);
        if rest.free[group] == 0 || costs.iter().zip(&rest.limits).any(|(cost, (_, limit))| cost > limit) {
            return;
        }
        let full = self.program.completed(rest, group, pattern);
        if full.is_empty() {
            return;
        }
        self.use_up(rest, group, &full);
        taken.push((group, full));
    }

    fn use_up(&self, rest: &mut Rest, group: usize, pattern: &Pattern) {
        pattern.iter().for_each(|&(class, count)| rest.left[class] -= count);
        rest.free[group] -= 1;
        let costs = self.costs(rest, group);
        rest.limits.iter_mut().zip(costs).for_each(|((_, limit), cost)| *limit -= cost);
    }

    fn give_back(&self, rest: &mut Rest, group: usize, pattern: &Pattern) {
        pattern.iter().for_each(|&(class, count)| rest.left[class] += count);
        rest.free[group] += 1;
        let costs = self.costs(rest, group);
        rest.limits.iter_mut().zip(costs).for_each(|((_, limit), cost)| *limit += cost);
    }

    /// What a host of a group spends of each limit.
    fn costs(&self, rest: &Rest, group: usize) -> Vec<u64> {
        let bin = self.classes.groups[group].bins[0];
        rest.limits.iter().map(|&(goal, _)| bin_cost(self.aggregate.instance, goal, bin)).collect()
    }
}
