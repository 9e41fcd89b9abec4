//! Levels: how full the bins are, the fullest first. After the fullest, the next is to be as little full as can be, and
//! so on down. Steps between two bins lower them; of few items a search depth first says that they are the lowest.
//!
//! Levels count as lower where the first that differs by more than the tolerance is lower and none before it is higher.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::Clock;
use super::freight::{MEASURES, Sums};
use super::goals::reached;
use super::instance::{Bin, Instance};
use super::restricted::{COSTS, EpsilonConstraints, RestrictedInstance, Usage, bin_cost};
use super::search::{first_bin, order, state};
use super::steps::{Board, Step};
use super::work::Work;
use crate::certificate::ItemIndex;
use crate::model::{Goal, GoalValue, Numbered, Ratio};

/// At most so many words of states are remembered: 16 MB.
const REMEMBERED: usize = 2_000_000;
/// A state is remembered when searching from it took so many nodes.
const WORTH_REMEMBERING: u64 = 16;

/// Whether `value`, which is not below `bound`, is within the tolerance of it.
fn is_close(value: Ratio, bound: Ratio) -> bool {
    reached(GoalValue::Share(value), GoalValue::Share(bound))
}

/// Whether `levels` are no higher than `than`: none is, down to the first that is lower by more than the tolerance.
pub fn are_kept(levels: &[Ratio], than: &[Ratio]) -> bool {
    let known = |(level, than): (&Ratio, &Ratio)| match (level <= than, is_close(*than, *level)) {
        (true, true) => None,
        (kept, _) => Some(kept),
    };
    levels.iter().zip(than).find_map(known).unwrap_or(true)
}

/// How many of `levels`, from the fullest bin on, are as low as can be where those before are no higher, the first `known`
/// of them being known to be. By volume alone: the bins that give most of a resource are as full as they may be, and what
/// is left must be held by as many others as may hold anything.
pub fn proven_by_volume(instance: &Instance, limits: &EpsilonConstraints, levels: &[Ratio], known: usize) -> usize {
    let open =
        limits.hosts.map_or(levels.len(), |hosts| usize::try_from(hosts).unwrap_or(usize::MAX).min(levels.len()));
    let total = instance.total();
    let judged: Vec<usize> = (0..total.len()).filter(|&r| instance.balanced.get(r) == Some(&true)).collect();
    // For each of these resources, what the bins give, the largest first, and what is left for those to come.
    // As many bins as may hold anything have agents that ask for so much at the least.
    let sorted = |&r: &usize| {
        let bins = Bin::all(instance.hosts.len()).map(|bin| instance.whole(bin, r));
        let (mut give, mut agents): (Vec<u64>, Vec<u64>) = bins.unzip();
        give.sort_unstable_by_key(|&give| Reverse(give));
        give.truncate(open);
        agents.sort_unstable();
        (give.iter().sum::<u64>(), total[r] + agents.iter().take(open).sum::<u64>(), give)
    };
    let mut empty: Vec<Ratio> = Bin::all(instance.hosts.len()).map(|bin| instance.least_share(bin)).collect();
    empty.sort_unstable_by(|a, b| b.cmp(a));
    let mut rest: Vec<(u64, u64, Vec<u64>)> = judged.iter().map(sorted).collect();
    let mut proven = 0;
    for (place, &level) in levels.iter().enumerate() {
        let shares = rest.iter().filter(|(there, ..)| *there > 0).map(|&(whole, part, _)| Ratio { part, whole });
        let least = shares.max().unwrap_or(Ratio::ZERO).max(empty.get(place).copied().unwrap_or(Ratio::ZERO));
        if place >= known && !is_close(level, least.min(level)) {
            break;
        }
        proven += 1;
        for (there, left, give) in &mut rest {
            let most = give.get(place).copied().unwrap_or(0);
            *there -= most;
            *left = left.saturating_sub(super::instance::scaled(most, level));
        }
    }
    proven
}

/// Lowers the levels of `packing` by moving an item, or exchanging two, between two bins such that both are then less full
/// than the fuller of them was, for so many looks at a pair. It stays within `restricted` and `limits`, and
/// takes only what `will_do`.
pub fn descend(
    instance: &Instance,
    restricted: &RestrictedInstance,
    limits: &EpsilonConstraints,
    packing: &mut Vec<Bin>,
    will_do: &dyn Fn(&[Bin]) -> bool,
    looks: u64,
    clock: &dyn Clock,
) {
    let mut work = Work::looking(looks, 4_096, clock);
    let board = Board::new(instance, restricted, limits, packing);
    let shares = board.usage.used.iter().numbered().map(|(bin, used)| instance.share(bin, used)).collect();
    let mut descent = Descent { board, shares };
    loop {
        let mut lowered = false;
        let mut bins: Vec<Bin> =
            Bin::all(descent.shares.len()).filter(|&bin| descent.shares[bin] > Ratio::ZERO).collect();
        bins.sort_by_key(|&bin| Reverse(descent.shares[bin]));
        for bin in bins {
            while let Some(step) = descent.best_step(bin, &|step| will_do(&after(packing, step)), &mut work) {
                *packing = after(packing, step);
                descent.take(step);
                lowered = true;
            }
        }
        if !lowered || work.is_over() {
            return;
        }
    }
}

/// What stands where, between the steps of [`descend`], and how full that makes the bins.
struct Descent<'a> {
    board: Board<'a>,
    shares: Vec<Ratio>,
}

/// `packing` after `step`.
fn after(packing: &[Bin], Step { item, from, to, back }: Step) -> Vec<Bin> {
    let mut after = packing.to_vec();
    after[item] = to;
    back.into_iter().for_each(|back| after[back] = from);
    after
}

impl Descent<'_> {
    /// The step from `from` after which the fuller of the two bins is the least full.
    fn best_step(&mut self, from: Bin, will_do: &dyn Fn(Step) -> bool, work: &mut Work) -> Option<Step> {
        let mut best: Option<(Ratio, Step)> = None;
        for at in 0..self.board.content[from].len() {
            let item = self.board.content[from][at];
            for to in Bin::all(self.shares.len()) {
                let possible = to != from && self.board.restricted.open[to] && self.shares[to] <= self.shares[from];
                if !work.spend(1) {
                    return best.map(|(_, step)| step);
                }
                if !possible || !self.board.instance.may_go(item, to) {
                    continue;
                }
                let others = self.board.content[to].clone();
                for back in std::iter::once(None).chain(others.into_iter().map(Some)) {
                    let step = Step { item, from, to, back };
                    work.spend(1);
                    if let Some(fuller) = self.fuller_after(step)
                        && best.is_none_or(|(known, _)| fuller < known)
                        && self.board.is_allowed(step)
                        && will_do(step)
                    {
                        best = Some((fuller, step));
                    }
                }
            }
        }
        best.map(|(_, step)| step)
    }

    /// How full the fuller of the two bins is after `step`; `None` where that is no gain.
    fn fuller_after(&self, Step { item, from, to, back }: Step) -> Option<Ratio> {
        let of = |item: ItemIndex, r: usize| self.board.instance.items[item].size[r];
        let (goes, comes) = (|r: usize| of(item, r), |r: usize| back.map_or(0, |back| of(back, r)));
        let mut fuller = Ratio::ZERO;
        for r in 0..self.board.instance.resources {
            let left = self.board.usage.used[from][r] - goes(r) + comes(r);
            let entered = self.board.usage.used[to][r] - comes(r) + goes(r);
            if left > self.board.restricted.capacity[from][r] || entered > self.board.restricted.capacity[to][r] {
                return None;
            }
            for (part, bin) in [(left, from), (entered, to)] {
                let (whole, agents) = self.board.instance.whole(bin, r);
                let part = part + agents;
                if whole > 0 && self.board.instance.balanced.get(r) == Some(&true) {
                    fuller = fuller.max(Ratio { part, whole });
                }
            }
        }
        (fuller < self.shares[from] && !is_close(self.shares[from], fuller)).then_some(fuller)
    }

    fn take(&mut self, step: Step) {
        self.board.take(step);
        for bin in [step.from, step.to] {
            self.shares[bin] = self.board.instance.share(bin, &self.board.usage.used[bin]);
        }
    }
}

/// What is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// The lowest levels.
    Levels,
    /// The best packing by this goal whose levels are no higher.
    Best(Goal),
    /// The best packing by this goal, whatever its levels.
    Fewest(Goal),
}

/// How the search ended.
pub struct Found {
    /// The best packing that is better than the one known.
    pub packing: Option<Vec<Bin>>,
    /// Whether all was searched: then there is no better.
    pub complete: bool,
}

/// Searches depth first for a better packing than `known` within `restricted` and `limits`, visiting at most so many nodes.
pub fn search(
    instance: &Instance,
    restricted: &RestrictedInstance,
    limits: &EpsilonConstraints,
    sought: Sought,
    known: &[Bin],
    nodes: u64,
    clock: &dyn Clock,
) -> Found {
    let order = order(instance, restricted);
    let mut rest = vec![vec![0u64; instance.resources]; order.len() + 1];
    let mut least_moves = vec![0u64; order.len() + 1];
    let mut least_wishes = vec![0u64; order.len() + 1];
    let mut least_carried = vec![[0u64; MEASURES]; order.len() + 1];
    for (depth, &item) in order.iter().enumerate().rev() {
        rest[depth] = rest[depth + 1].clone();
        super::instance::add(&mut rest[depth], &instance.items[item].size);
        let least = instance.bins(item).iter().map(|&bin| instance.items[item].moves(bin)).min();
        least_moves[depth] = least_moves[depth + 1] + least.unwrap_or(0);
        let least = instance.wishes.least_own(instance, &restricted.open, item);
        least_wishes[depth] = least_wishes[depth + 1] + least;
        let least = instance.least_carried(item);
        least_carried[depth] = std::array::from_fn(|measure| least_carried[depth + 1][measure] + least[measure]);
    }
    let than = match sought {
        Sought::Fewest(_) => vec![Ratio { part: u64::MAX, whole: 1 }; instance.hosts.len()],
        Sought::Levels | Sought::Best(_) => Usage::of(instance, known).levels(instance),
    };
    let mut search = Search {
        instance,
        restricted,
        limits: EpsilonConstraints { moves: restricted.moves, ..*limits },
        sought,
        than,
        order,
        rest,
        least_moves,
        least_wishes,
        least_carried,
        usage: Usage::new(instance),
        shares: Bin::all(instance.hosts.len()).map(|bin| instance.least_share(bin)).collect(),
        spent: [0; 3],
        moved: 0,
        bin_of: known.to_vec(),
        best: None,
        vain: HashSet::new(),
        nodes: Work::looking(nodes, (65_536 / (instance.hosts.len() as u64).pow(2).max(1)).clamp(1, 4_096), clock),
        stopped: false,
    };
    if search.better_than(known) {
        search.place(0);
    }
    Found { packing: search.best, complete: !search.stopped }
}

struct Search<'a> {
    instance: &'a Instance,
    restricted: &'a RestrictedInstance,
    limits: EpsilonConstraints,
    sought: Sought,
    /// The levels to beat, or to keep.
    than: Vec<Ratio>,
    order: Vec<ItemIndex>,
    /// What the items from each depth on ask for together.
    rest: Vec<Vec<u64>>,
    /// The fewest moves that the items from each depth on can do with.
    least_moves: Vec<u64>,
    /// What these items pay for what they wish by themselves at the least.
    least_wishes: Vec<u64>,
    /// What is carried over of these at the least.
    least_carried: Vec<Sums>,
    usage: Usage,
    shares: Vec<Ratio>,
    /// What the bins that hold anything cost by each of [`COSTS`].
    spent: [u64; 3],
    moved: u64,
    bin_of: Vec<Bin>,
    best: Option<Vec<Bin>>,
    /// States that were searched in vain.
    vain: HashSet<Vec<u64>>,
    nodes: Work<'a>,
    stopped: bool,
}

impl Search<'_> {
    /// From now on seeks what is better than `known`; whether anything can be.
    fn better_than(&mut self, known: &[Bin]) -> bool {
        let goal = match self.sought {
            Sought::Levels => {
                self.than = Usage::of(self.instance, known).levels(self.instance);
                return true;
            }
            Sought::Best(goal) | Sought::Fewest(goal) => goal,
        };
        let less = match super::restricted::value(self.instance, goal, known) {
            GoalValue::Count(value) => value.checked_sub(1).map(GoalValue::Count),
            GoalValue::Millionths(value) => value.checked_sub(1).map(GoalValue::Millionths),
            GoalValue::Above(value) => value.checked_sub(1).map(GoalValue::Above),
            GoalValue::Bytes(value) => value.checked_sub(1).map(GoalValue::Bytes),
            GoalValue::Share(_) => None,
        };
        less.into_iter().for_each(|less| self.limits.fix(goal, less));
        less.is_some()
    }

    /// Places the item at `depth` and those after it; whether the search is over.
    fn place(&mut self, depth: usize) -> bool {
        if !self.nodes.spend(1) {
            self.stopped = true;
            return true;
        }
        let risen =
            || self.usage.above + self.instance.least_rise(&self.usage.used, self.restricted, &self.rest[depth]);
        if self.limits.above.is_some_and(|limit| risen() > limit) {
            return false;
        }
        let Some(ceilings) = self.ceilings() else { return false };
        if depth == self.order.len() {
            if !self.instance.is_even(&self.bin_of) {
                return false;
            }
            self.best = Some(self.bin_of.clone());
            return !self.better_than(&self.bin_of.clone());
        }
        let capacity = |bin: Bin| -> Vec<u64> {
            let most = self.instance.scaled(bin, ceilings[bin]);
            most.into_iter().zip(&self.restricted.capacity[bin]).map(|(a, &b)| a.min(b)).collect()
        };
        let capacity: Vec<Vec<u64>> = Bin::all(ceilings.len()).map(capacity).collect();
        let free = |bin: Bin, r: usize| match self.restricted.open[bin] {
            true => capacity[bin][r].saturating_sub(self.usage.used[bin][r]),
            false => 0,
        };
        let there = |r: usize| Bin::all(capacity.len()).map(|bin| free(bin, r)).sum::<u64>();
        if (0..self.instance.resources).any(|r| there(r) < self.rest[depth][r]) {
            return false;
        }
        let state = self.state(depth);
        if self.vain.contains(&state) {
            return false;
        }
        let before = self.nodes.left();
        let over = self.branch(depth, &capacity);
        let long = before - self.nodes.left() >= WORTH_REMEMBERING;
        if !over && long && self.vain.len() * state.len() < REMEMBERED {
            self.vain.insert(state);
        }
        over
    }

    /// How full each bin may be in what is sought, given what the bins hold already; `None` where it cannot be had.
    ///
    /// Let *k* be the first place at which the levels are below those to beat. What is added leaves the levels before it
    /// no lower, so nothing is gained before *k*: at each place up to *k* the levels sought are no higher than those to
    /// beat. Bins that are fuller already than the level to beat at a place are the only ones that may end up above it.
    fn ceilings(&self) -> Option<Vec<Ratio>> {
        let mut order: Vec<usize> = (0..self.shares.len()).collect();
        order.sort_unstable_by(|&a, &b| self.shares[b].cmp(&self.shares[a]));
        let mut ceilings = vec![Ratio::ZERO; self.shares.len()];
        let (mut below, mut ceiling) = (false, Ratio::ZERO);
        for (place, &bin) in order.iter().enumerate() {
            if !below {
                let (level, than) = (self.shares[bin], self.than[place]);
                if level > than {
                    return None;
                }
                if place == 0 || self.shares[order[place - 1]] > than {
                    ceiling = than;
                }
                below = !is_close(than, level);
            }
            ceilings[bin] = ceiling;
        }
        (below || self.sought != Sought::Levels).then_some(ceilings)
    }

    fn branch(&mut self, depth: usize, capacity: &[Vec<u64>]) -> bool {
        let item = self.order[depth];
        let first = self.first_bin(depth);
        let mut empty: Vec<Bin> = Vec::new();
        for &bin in self.instance.bins(item).iter().filter(|&&bin| bin >= first) {
            if self.usage.count[bin] == 0 {
                let alike = |&other: &Bin| {
                    self.instance.bin_class[other] == self.instance.bin_class[bin]
                        && self.restricted.open[other] == self.restricted.open[bin]
                        && self.restricted.capacity[other] == self.restricted.capacity[bin]
                };
                if empty.iter().any(alike) {
                    continue;
                }
                empty.push(bin);
            }
            let of = &self.instance.items[item];
            let room = |r: usize| self.usage.used[bin][r] + of.size[r] <= capacity[bin][r];
            let far = self.moved + of.moves(bin) + self.least_moves[depth + 1];
            let unmet = |limit: u64| {
                let tally = &self.usage.tally;
                tally.paid + tally.rise(self.instance, item, bin) + self.least_wishes[depth + 1] > limit
            };
            if self.limits.moves.is_some_and(|limit| far > limit)
                || self.limits.wishes.is_some_and(unmet)
                || self.instance.is_weighed() && !self.may_carry(depth, item, bin)
                || !(0..self.instance.resources).all(room)
                || !self.usage.fits(self.instance, self.restricted, item, bin)
            {
                continue;
            }
            let before = (self.spent, self.moved, self.shares[bin], self.bin_of[item]);
            if self.usage.count[bin] == 0 {
                self.spent.iter_mut().zip(COSTS).for_each(|(spent, goal)| *spent += bin_cost(self.instance, goal, bin));
            }
            let within = |(limit, spent): (Option<u64>, u64)| limit.is_none_or(|limit| spent <= limit);
            let mut over = false;
            if self.limits.costs().into_iter().zip(self.spent).all(within) {
                self.moved += of.moves(bin);
                self.usage.put(self.instance, item, bin);
                self.shares[bin] = self.instance.share(bin, &self.usage.used[bin]);
                self.bin_of[item] = bin;
                over = self.place(depth + 1);
                self.usage.take(self.instance, item, bin);
            }
            (self.spent, self.moved, self.shares[bin], self.bin_of[item]) = before;
            if over {
                return true;
            }
        }
        false
    }

    /// Whether no limit on what is carried over is passed once `item`, which is placed at `depth`, is on `bin`.
    fn may_carry(&self, depth: usize, item: ItemIndex, bin: Bin) -> bool {
        let (with, rest) = (self.usage.carried_with(self.instance, item, bin), self.least_carried[depth + 1]);
        let [containers, memory, disk] = self.restricted.carried;
        let sought = |given: Option<u64>, load: usize| given.into_iter().chain(self.limits.carried[load]).min();
        let limits = [containers, sought(memory, 0), sought(disk, 1)];
        (0..MEASURES).all(|measure| limits[measure].is_none_or(|limit| with[measure] + rest[measure] <= limit))
    }

    fn first_bin(&self, depth: usize) -> Bin {
        first_bin(self.instance, &self.order, &self.bin_of, depth)
    }

    fn state(&self, depth: usize) -> Vec<u64> {
        state(depth, self.moved, self.first_bin(depth), &self.usage)
    }
}
