//! The linear program over patterns: how many hosts of each group hold which pattern, at the least cost. Patterns are
//! added where they are worth more than they cost (column generation: Gilmore and Gomory, Operations Research 9, 1961).
//! They come from a heuristic, so this proves nothing.

use crate::solve::rng::Rng;

use super::classes::{Classes, Pattern};
use super::knapsack::{Knapsack, Question};
use super::shares::Shares;
use crate::model::Goal;
use crate::solve::Clock;
use crate::solve::fleets::aggregate::Aggregate;
use crate::solve::lp::primal::{ColumnProgram, Sense};
use crate::solve::restricted::bin_cost;

/// Tries of a pattern.
const TRIES: usize = 16;
/// Pivots of one solution.
const PIVOTS: usize = 20_000;
/// How much of the duals is what was best so far (Wentges, International Transactions in Operational Research 4, 1997).
const SMOOTH: f64 = 0.7;
/// Rounds of patterns by the worths known before.
const SEEDS: usize = 3;
/// What an item that is left out costs, in worths: at first little, which keeps the duals near what they will be (du
/// Merle, Villeneuve, Desrosiers and Hansen, Discrete Mathematics 194, 1999).
pub const MISSING: f64 = 1.15;
const MISSING_FIRST: f64 = 1.1;
/// By how much a pattern must be worth more than it costs to be added, in mean costs of a host.
const WORTH_IT: f64 = 1e-6;
/// Right sides are made a little unlike, or the simplex stands still.
const PERTURBED: f64 = 1e-3;
/// Patterns kept from program to program, for each row; of so many rows at the least.
const KEPT: usize = 4;
const KEPT_ROWS: usize = 200;

/// What is not yet packed, and with what it may be.
#[derive(Clone, Debug)]
pub struct Rest {
    /// Items of each class.
    pub left: Vec<u64>,
    /// Hosts of each group.
    pub free: Vec<u64>,
    /// What may be spent by each goal that counts hosts.
    pub limits: Vec<(Goal, u64)>,
}

impl Rest {
    /// As much of `pattern` as is left.
    pub fn part_left(&self, pattern: &Pattern) -> impl Iterator<Item = (usize, u64)> {
        let kept = pattern.iter().map(|&(class, count)| (class, count.min(self.left[class])));
        kept.filter(|(_, count)| *count > 0)
    }
}

/// The program, its patterns and where more come from.
#[derive(Clone)]
pub struct RestrictedMaster<'a, const R: usize> {
    aggregate: &'a Aggregate<'a>,
    classes: &'a Classes<R>,
    clock: &'a dyn Clock,
    /// The only source of chance.
    pub rng: Rng,
    knapsacks: Vec<Knapsack<R>>,
    patterns: Vec<(usize, Pattern)>,
    /// See [`Shares`].
    worth: Vec<f64>,
    /// See [`Shares`].
    volume: Vec<f64>,
    /// What an item of each class is worth, as it seems now.
    center: Vec<f64>,
    /// Whether [`RestrictedMaster::settle`] is still to come.
    is_first: bool,
    /// So many of the patterns, the first, were taken last.
    first: usize,
    /// What an item that is left out costs, in worths.
    pub missing: f64,
}

impl<'a, const R: usize> RestrictedMaster<'a, R> {
    /// Starts from patterns for the open hosts of each group that hold what `shares` gives it, as evenly as may be.
    pub fn new(
        aggregate: &'a Aggregate,
        classes: &'a Classes<R>,
        shares: &Shares<R>,
        seed: u64,
        clock: &'a dyn Clock,
    ) -> RestrictedMaster<'a, R> {
        let mut made = RestrictedMaster {
            aggregate,
            classes,
            clock,
            rng: Rng::with_seed(seed),
            knapsacks: vec![Knapsack::new(classes.classes.len()); classes.groups.len()],
            patterns: Vec::new(),
            worth: shares.worth.clone(),
            volume: shares.volume.clone(),
            center: shares.worth.clone(),
            is_first: true,
            first: 0,
            missing: MISSING,
        };
        for (group, of) in classes.groups.iter().enumerate() {
            let mut left = shares.items[group].clone();
            for hosts in (1..=shares.open[group]).rev() {
                if clock.is_over() {
                    break;
                }
                let some: Vec<u64> = left.iter().map(|&left| left.div_ceil(hosts)).collect();
                let question = Question { classes: &classes.classes, group: of, worth: &made.center, left: &some };
                let pattern = made.knapsacks[group].best(&question, TRIES, &mut made.rng);
                pattern.iter().for_each(|&(class, count)| left[class] -= count);
                made.patterns.push((group, pattern));
            }
        }
        made
    }

    /// Solves the program for `rest`, making patterns in at most so many rounds: the patterns that are taken, with their
    /// groups, and how often each is.
    pub fn solve(&mut self, rest: &Rest, rounds: usize) -> Vec<(usize, Pattern, f64)> {
        let mut column_program = self.built(rest);
        let mut smooth = if self.is_first { 1.0 } else { SMOOTH };
        let mut best = f64::NEG_INFINITY;
        for round in 0..rounds {
            column_program.solve_within(PIVOTS, self.clock);
            if self.clock.is_over() {
                break;
            }
            let (value, smoothed, made) = self.round(&column_program, rest, smooth);
            if value > best {
                best = value;
                self.center = smoothed;
            }
            if made.is_empty() && smooth == 0.0 {
                break;
            }
            smooth = match made.is_empty() {
                _ if self.is_first && round + 1 < SEEDS => 1.0,
                true => 0.0,
                false => SMOOTH,
            };
            for (group, pattern, cost, entries) in made {
                column_program.add(cost, entries);
                self.patterns.push((group, pattern));
            }
        }
        column_program.solve_within(PIVOTS, self.clock);
        let mut values: Vec<(usize, f64)> = column_program.solution().collect();
        values.sort_by_key(|&(at, _)| at);
        let mut is_taken = vec![false; self.patterns.len()];
        values.iter().for_each(|&(at, _)| is_taken[at] = true);
        let values: Vec<(usize, Pattern, f64)> =
            values.into_iter().map(|(at, value)| (self.patterns[at].0, self.patterns[at].1.clone(), value)).collect();
        self.first = values.len();
        self.forget(rest, &is_taken);
        values
    }

    /// A program of all patterns that there are, as far as there is what they hold.
    fn built(&self, rest: &Rest) -> ColumnProgram {
        let rows = self.rows(rest).into_iter().enumerate().map(|(at, (amount, class))| {
            let right = amount as f64 + PERTURBED * (0.1 + (at as f64 * 0.618_034).fract());
            (right, class.map_or(Sense::AtMost, |class| Sense::AtLeast(self.missing(class))))
        });
        let mut column_program = ColumnProgram::new(&rows.collect::<Vec<(f64, Sense)>>());
        // First with those that were taken last: from there it is not far.
        for (at, (group, pattern)) in self.patterns.iter().enumerate() {
            if at == self.first {
                column_program.solve_within(PIVOTS, self.clock);
            }
            let (cost, entries) = self.column(rest, *group, pattern);
            column_program.add(cost, entries);
        }
        column_program
    }

    /// What it costs to leave an item out.
    fn missing(&self, class: usize) -> f64 {
        let times = if self.is_first { MISSING_FIRST } else { self.missing };
        times * (self.center[class].max(self.worth[class] / 2.0) + self.volume[class])
    }

    /// What there is of each class that is not used up, of each group and of each limit: right sides, with the class.
    fn rows(&self, rest: &Rest) -> Vec<(u64, Option<usize>)> {
        let left =
            rest.left.iter().enumerate().filter(|(_, left)| **left > 0).map(|(class, &left)| (left, Some(class)));
        let others = rest
            .free
            .iter()
            .copied()
            .chain(rest.limits.iter().map(|&(_, limit)| if limit > 0 { hosts(rest) } else { 0 }));
        left.chain(others.map(|other| (other, None))).collect()
    }

    /// Cost and entries of a pattern on a host of a group.
    fn column(&self, rest: &Rest, group: usize, pattern: &Pattern) -> (f64, Vec<(usize, f64)>) {
        let mut rows = 0..;
        let row_of: Vec<usize> =
            rest.left.iter().map(|&left| if left > 0 { rows.next().unwrap_or(0) } else { 0 }).collect();
        let of = &self.classes.groups[group];
        let kept = rest.part_left(pattern);
        let mut entries: Vec<(usize, f64)> = kept.map(|(class, count)| (row_of[class], count as f64)).collect();
        entries.push((rows.start + group, 1.0));
        for (position, &(goal, limit)) in rest.limits.iter().enumerate() {
            // As if all hosts were the limit.
            let part = bin_cost(self.aggregate.instance, goal, of.bins[0]) as f64 / limit.max(1) as f64;
            entries.push((rows.start + rest.free.len() + position, part * hosts(rest) as f64));
        }
        (of.cost, entries)
    }

    /// From now on it costs much to leave items out.
    pub fn settle(&mut self) {
        self.is_first = false;
    }

    /// Patterns by duals of which so much is what was best before: about the least that a solution costs by these
    /// duals, the duals, and the patterns that are worth adding, as columns.
    fn round(&mut self, column_program: &ColumnProgram, rest: &Rest, smooth: f64) -> (f64, Vec<f64>, Vec<Made>) {
        let duals = column_program.duals();
        let mut exact = vec![0.0; rest.left.len()];
        let left = (0..rest.left.len()).filter(|&class| rest.left[class] > 0);
        left.zip(duals).for_each(|(class, dual)| exact[class] = dual.max(0.0));
        let smoothed: Vec<f64> =
            self.center.iter().zip(&exact).map(|(center, exact)| smooth * center + (1.0 - smooth) * exact).collect();
        let mut value: f64 = smoothed.iter().zip(&rest.left).map(|(worth, &left)| worth * left as f64).sum();
        let mut made = Vec::new();
        for (group, of) in self.classes.groups.iter().enumerate().filter(|(group, _)| rest.free[*group] > 0) {
            let question = Question { classes: &self.classes.classes, group: of, worth: &smoothed, left: &rest.left };
            let pattern = self.knapsacks[group].best(&question, TRIES, &mut self.rng);
            let (cost, entries) = self.column(rest, group, &pattern);
            value += rest.free[group] as f64 * (cost - question.value(&pattern)).min(0.0);
            let worth: f64 = entries.iter().map(|&(row, entry)| entry * duals[row]).sum();
            if worth > cost + WORTH_IT {
                made.push((group, pattern, cost, entries));
            }
        }
        (value, smoothed, made)
    }

    /// As much of `pattern` as is left, and what else has room.
    pub fn completed(&mut self, rest: &Rest, group: usize, pattern: &Pattern) -> Pattern {
        let kept: Pattern = rest.part_left(pattern).collect();
        if kept == *pattern {
            return kept;
        }
        let (classes, of) = (&self.classes.classes, &self.classes.groups[group]);
        let question = Question { classes, group: of, worth: &self.center, left: &rest.left };
        self.knapsacks[group].completed(&question, &kept, &mut self.rng)
    }

    /// Keeps but the patterns that are taken and those that cost the least for what they hold of what is left.
    fn forget(&mut self, rest: &Rest, is_taken: &[bool]) {
        let most = KEPT * self.rows(rest).len().max(KEPT_ROWS);
        let reduced = |(group, pattern): &(usize, Pattern)| -> f64 {
            let worth: f64 = pattern.iter().map(|&(class, count)| self.center[class] * count as f64).sum();
            self.classes.groups[*group].cost - worth
        };
        let mut order: Vec<(bool, f64, usize)> =
            self.patterns.iter().enumerate().map(|(at, pattern)| (!is_taken[at], reduced(pattern), at)).collect();
        order.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        order.truncate(most);
        self.patterns = order.into_iter().map(|(_, _, at)| std::mem::take(&mut self.patterns[at])).collect();
    }

    /// Adds patterns, so that they are among those that are chosen from.
    pub fn remember(&mut self, patterns: &[(usize, Pattern)]) {
        self.patterns.splice(0..0, patterns.iter().cloned());
        self.first = patterns.len();
    }
}

fn hosts(rest: &Rest) -> u64 {
    rest.free.iter().sum::<u64>().max(1)
}

/// A pattern of a group with its cost and entries.
type Made = (usize, Pattern, f64, Vec<(usize, f64)>);
