//! What a packing must keep to: the open bins, their capacities, and the values fixed for earlier goals.

use super::freight::{MEASURES, Sums};
use super::instance::{Bin, Instance};
use super::taken::Taken;
use super::wishes::Tally;
pub use crate::certificate::EpsilonConstraints;
use crate::certificate::{Claim, ItemIndex, Proof};
use crate::model::{Goal, GoalValue, Numbered, Ratio};

impl EpsilonConstraints {
    /// Whether opening exactly `open` keeps to the limits on hosts, price and watts.
    pub fn admit(&self, instance: &Instance, open: &[bool]) -> bool {
        let within =
            |(limit, goal): (Option<u64>, Goal)| limit.is_none_or(|limit| host_set_cost(instance, goal, open) <= limit);
        self.costs().into_iter().zip(COSTS).all(within)
    }
}

/// The goals that count hosts, in the order of [`EpsilonConstraints::costs`].
pub const COSTS: [Goal; 3] = [Goal::FewestHosts, Goal::Cheapest, Goal::LeastPower];

/// What a set of bins costs by a goal that counts hosts: a number of hosts, or millionths. 0 for other goals.
pub fn host_set_cost(instance: &Instance, goal: Goal, open: &[bool]) -> u64 {
    open_bins(open).map(|bin| bin_cost(instance, goal, bin)).sum()
}

/// The bins that `open` says `true` of, ascending.
pub fn open_bins(open: &[bool]) -> impl DoubleEndedIterator<Item = Bin> + '_ {
    Bin::all(open.len()).filter(|&bin| open[bin])
}

/// What one bin adds to [`host_set_cost`].
pub fn bin_cost(instance: &Instance, goal: Goal, bin: Bin) -> u64 {
    match goal {
        Goal::FewestHosts => 1,
        Goal::Cheapest => instance.price[bin],
        Goal::LeastPower => instance.watts[bin],
        Goal::WithinTarget
        | Goal::Wishes
        | Goal::Balance
        | Goal::CarrierBalance
        | Goal::FewestMoves
        | Goal::LeastCarried(_) => 0,
    }
}

/// What one packing must keep to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestrictedInstance {
    /// Which bins may hold anything.
    pub open: Vec<bool>,
    /// The most each bin may hold: `[bin][resource]`; what it can give, or less where a share is fixed.
    pub capacity: Vec<Vec<u64>>,
    /// How many containers may move, or how much, as the instance counts moves.
    pub moves: Option<u64>,
    /// How much may move by other measures. No claim can say that.
    pub carried: [Option<u64>; MEASURES],
    /// What the wishes that are not met may weigh. No claim can say that.
    pub wishes: Option<u64>,
    /// By how much bins may be above their targets, all together, where they may by more than their agents are. No claim can
    /// say that.
    pub above: Option<u64>,
    /// The share of what a bin can give that it may hold, where that is limited.
    share: Option<Ratio>,
}

impl RestrictedInstance {
    /// The restriction of the bins `open` under `limits`.
    pub fn new(instance: &Instance, open: &[bool], limits: &EpsilonConstraints) -> RestrictedInstance {
        let limit = |bin: Bin| match limits.share {
            None => instance.allocatable[bin].clone(),
            Some(ratio) => instance.scaled(bin, ratio),
        };
        let mut capacity: Vec<Vec<u64>> = Bin::all(instance.hosts.len()).map(limit).collect();
        let least = instance.least_above();
        if let Some(most) = limits.above {
            let within = |bin| instance.within(bin, most.saturating_sub(least));
            lower(&mut capacity, within);
        }
        let (wishes, share, open) = (limits.wishes, limits.share, open.to_vec());
        let (moves, carried) = instance.limits_on_moves(limits);
        // Where bins are above by their agents alone, their capacity says it all.
        let above = limits.above.filter(|&most| most != least);
        RestrictedInstance { open, capacity, moves, carried, wishes, above, share }
    }

    /// No further restriction: all bins are open.
    pub fn none(instance: &Instance) -> RestrictedInstance {
        RestrictedInstance::new(instance, &vec![true; instance.hosts.len()], &EpsilonConstraints::default())
    }

    /// The claim that nothing fits within it, for the reason given.
    pub fn claim(&self, instance: &Instance, proof: Proof) -> Claim {
        let open = || open_bins(&self.open).map(|bin| instance.hosts[bin]).collect();
        let moves = self.moves.filter(|_| instance.unit.is_certified());
        Claim {
            hosts: self.open.contains(&false).then(open),
            limits: EpsilonConstraints { share: self.share, moves, ..EpsilonConstraints::default() },
            proof,
        }
    }

    /// The same with a smaller share: no bin holds more than `ratio` of what it can give.
    pub fn with_share(&self, instance: &Instance, ratio: Ratio) -> RestrictedInstance {
        let mut restricted = self.clone();
        restricted.share = Some(self.share.map_or(ratio, |before| before.min(ratio)));
        restricted.narrow(instance, |_| ratio);
        restricted
    }

    /// The same with each bin no fuller than `ratio` says of it. No claim can say that.
    pub fn no_fuller(&self, instance: &Instance, ratio: impl Fn(Bin) -> Ratio) -> RestrictedInstance {
        let mut restricted = self.clone();
        restricted.narrow(instance, ratio);
        restricted
    }

    /// The same with no bin above its targets by more than with what it holds in `assignment`, which keeps to all limits. No
    /// claim can say that.
    pub fn no_further_above(&self, instance: &Instance, assignment: &[Bin]) -> RestrictedInstance {
        let held = Usage::of(instance, assignment).used;
        let within = |bin: Bin| {
            let within = instance.within(bin, 0);
            within.into_iter().zip(&held[bin]).map(|(within, held)| within.max(*held)).collect()
        };
        RestrictedInstance { above: None, ..self.no_more(within) }
    }

    /// The same with each bin holding no more than `most` says of it. No claim can say that.
    pub fn no_more(&self, most: impl Fn(Bin) -> Vec<u64>) -> RestrictedInstance {
        let mut restricted = self.clone();
        lower(&mut restricted.capacity, most);
        restricted
    }

    fn narrow(&mut self, instance: &Instance, ratio: impl Fn(Bin) -> Ratio) {
        lower(&mut self.capacity, |bin| instance.scaled(bin, ratio(bin)));
    }

    /// Whether `assignment`, which keeps to it but for the caps, wishes and targets perhaps, of which patterns and cases do
    /// not know, keeps to these, too.
    pub fn keeps_caps(&self, instance: &Instance, assignment: &[Bin]) -> bool {
        let has_sums = self.wishes.is_some() || self.above.is_some() || self.carries();
        instance.caps.is_empty() && !has_sums || self.admits(instance, assignment)
    }

    /// Whether more than one sum over what moves is limited, or one that the moves do not say exactly.
    pub fn carries(&self) -> bool {
        self.carried.iter().any(Option::is_some)
    }

    /// Whether no more is `carried`, by each measure that is limited beside the moves.
    pub fn admits_carrying(&self, carried: Sums) -> bool {
        self.carried.iter().zip(carried).all(|(limit, carried)| limit.is_none_or(|limit| carried <= limit))
    }

    /// Whether `assignment` keeps to it.
    pub fn admits(&self, instance: &Instance, assignment: &[Bin]) -> bool {
        let mut usage = Usage::new(instance);
        let fits = assignment.iter().numbered().all(|(item, &bin)| {
            let fits = usage.fits(instance, self, item, bin);
            usage.put(instance, item, bin);
            fits
        });
        fits && instance.is_even(assignment) && self.moves.is_none_or(|limit| moves(instance, assignment) <= limit)
    }
}

/// No bin holds more than `most` says of it.
fn lower(capacity: &mut [Vec<u64>], most: impl Fn(Bin) -> Vec<u64>) {
    for bin in Bin::all(capacity.len()) {
        capacity[bin.0].iter_mut().zip(most(bin)).for_each(|(limit, most)| *limit = (*limit).min(most));
    }
}

/// What the bins hold.
#[derive(Clone, Debug)]
pub struct Usage {
    /// What is used: `[bin][resource]`.
    pub used: Vec<Vec<u64>>,
    /// How many items a bin holds.
    pub count: Vec<u32>,
    /// How many items of each rule a domain holds.
    pub domains: Taken,
    /// What is paid for wishes.
    pub tally: Tally,
    /// By how much the bins are above their targets.
    pub above: u64,
    /// What moves, by all measures, where more than containers are counted.
    pub carried: Sums,
}

impl Usage {
    /// Nothing held.
    pub fn new(instance: &Instance) -> Usage {
        Usage {
            used: vec![vec![0; instance.resources]; instance.hosts.len()],
            count: vec![0; instance.hosts.len()],
            domains: Taken::new(instance),
            tally: Tally::new(instance),
            above: instance.least_above(),
            carried: [0; MEASURES],
        }
    }

    /// What `assignment` puts where.
    pub fn of(instance: &Instance, assignment: &[Bin]) -> Usage {
        let mut usage = Usage::new(instance);
        assignment.iter().numbered().for_each(|(item, &bin)| usage.put(instance, item, bin));
        usage
    }

    /// Whether `item` can be added to `bin`.
    pub fn fits(&self, instance: &Instance, restricted: &RestrictedInstance, item: ItemIndex, bin: Bin) -> bool {
        let of = &instance.items[item];
        let room = |((used, size), limit): ((&u64, &u64), &u64)| used + size <= *limit;
        restricted.open[bin]
            && instance.may_go(item, bin)
            && self.used[bin].iter().zip(&of.size).zip(&restricted.capacity[bin]).all(room)
            && self.domains.admits(instance, &of.aparts, &of.caps, bin)
            && restricted.wishes.is_none_or(|limit| self.tally.paid + self.tally.rise(instance, item, bin) <= limit)
            && restricted.above.is_none_or(|limit| self.above_with(instance, item, bin) <= limit)
            && (!restricted.carries() || restricted.admits_carrying(self.carried_with(instance, item, bin)))
    }

    /// By how much the bins are above their targets once `item` is on `bin`, too.
    pub fn above_with(&self, instance: &Instance, item: ItemIndex, bin: Bin) -> u64 {
        if instance.targets.is_empty() {
            return 0;
        }
        let used = &self.used[bin];
        self.above - instance.above(bin, used) + instance.above_after(bin, used, &[], &instance.items[item].size)
    }

    /// What moves once `item` is on `bin`, too.
    pub fn carried_with(&self, instance: &Instance, item: ItemIndex, bin: Bin) -> Sums {
        let own = instance.carried(item, bin);
        std::array::from_fn(|measure| self.carried[measure] + own[measure])
    }

    /// Adds `item` to `bin`.
    pub fn put(&mut self, instance: &Instance, item: ItemIndex, bin: Bin) {
        let before = instance.above(bin, &self.used[bin]);
        super::instance::add(&mut self.used[bin], &instance.items[item].size);
        self.above = self.above - before + instance.above(bin, &self.used[bin]);
        self.count[bin] += 1;
        let of = &instance.items[item];
        self.domains.put(instance, &of.aparts, &of.caps, bin);
        self.tally.put(instance, item, bin);
        if instance.is_weighed() {
            self.carried = self.carried_with(instance, item, bin);
        }
    }

    /// Takes `item` from `bin`, which holds it.
    pub fn take(&mut self, instance: &Instance, item: ItemIndex, bin: Bin) {
        let before = instance.above(bin, &self.used[bin]);
        super::instance::subtract(&mut self.used[bin], &instance.items[item].size);
        self.above = self.above - before + instance.above(bin, &self.used[bin]);
        self.count[bin] -= 1;
        let of = &instance.items[item];
        self.domains.leave(instance, &of.aparts, &of.caps, bin);
        self.tally.take(instance, item, bin);
        if instance.is_weighed() {
            let own = instance.carried(item, bin);
            self.carried.iter_mut().zip(own).for_each(|(carried, own)| *carried -= own);
        }
    }

    /// How full the fullest bin is.
    pub fn share(&self, instance: &Instance) -> Ratio {
        self.shares(instance).max().unwrap_or(Ratio::ZERO)
    }

    /// How full the bins are, the fullest first.
    pub fn levels(&self, instance: &Instance) -> Vec<Ratio> {
        let mut levels: Vec<Ratio> = self.shares(instance).collect();
        levels.sort_unstable_by(|a, b| b.cmp(a));
        levels
    }

    fn shares<'a>(&'a self, instance: &'a Instance) -> impl Iterator<Item = Ratio> + 'a {
        Bin::all(self.used.len()).map(|bin| instance.share(bin, &self.used[bin]))
    }

    /// Which bins hold anything.
    pub fn occupied(&self) -> Vec<bool> {
        self.count.iter().map(|&count| count > 0).collect()
    }
}

/// How many containers move under `assignment`, or how much, as the instance counts moves.
pub fn moves(instance: &Instance, assignment: &[Bin]) -> u64 {
    assignment.iter().zip(&instance.items).map(|(&bin, item)| item.moves(bin)).sum()
}

/// What `assignment` is worth by `goal`.
pub fn value(instance: &Instance, goal: Goal, assignment: &[Bin]) -> GoalValue {
    let usage = Usage::of(instance, assignment);
    worth(instance, goal, &usage, containers(instance, &usage, assignment))
}

/// How many containers move under `assignment`, by which the bins hold what they do.
fn containers(instance: &Instance, usage: &Usage, assignment: &[Bin]) -> u64 {
    if instance.is_weighed() { usage.carried[0] } else { moves(instance, assignment) }
}

/// What it is worth by `goal` that the bins hold this and that so many containers move. More of either is never better.
fn worth(instance: &Instance, goal: Goal, usage: &Usage, moves: u64) -> GoalValue {
    let cost = || host_set_cost(instance, goal, &usage.occupied());
    match goal {
        Goal::FewestHosts => GoalValue::Count(cost()),
        Goal::Cheapest | Goal::LeastPower => GoalValue::Millionths(cost()),
        Goal::WithinTarget => GoalValue::Above(usage.above),
        Goal::Wishes => GoalValue::Count(usage.tally.paid),
        Goal::Balance | Goal::CarrierBalance => GoalValue::Share(usage.share(instance)),
        Goal::FewestMoves => GoalValue::Count(moves),
        Goal::LeastCarried(load) => GoalValue::Bytes(usage.carried[1 + load as usize]),
    }
}

/// All that `goals` compare, in their order: of balance how full every bin is, the fullest first; of others the value. More
/// in the bins, or that moves, is never better.
pub fn ranks(instance: &Instance, goals: &[Goal], usage: &Usage, moves: u64) -> Vec<GoalValue> {
    let rank = |&goal: &Goal| match goal {
        Goal::Balance => usage.levels(instance).into_iter().map(GoalValue::Share).collect(),
        _ => vec![worth(instance, goal, usage, moves)],
    };
    goals.iter().flat_map(rank).collect()
}

/// The [`ranks`] of a packing.
pub fn ranks_of(instance: &Instance, goals: &[Goal], assignment: &[Bin]) -> Vec<GoalValue> {
    let usage = Usage::of(instance, assignment);
    ranks(instance, goals, &usage, containers(instance, &usage, assignment))
}

/// Whether [`ranks`] by the same goals are better: smaller in the first in which they differ.
pub fn is_better(ranks: &[GoalValue], than: &[GoalValue]) -> bool {
    ranks.partial_cmp(than) == Some(std::cmp::Ordering::Less)
}
