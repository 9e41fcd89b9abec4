//! The cheapest fleet of hosts, by branch and bound (Land and Doig, Econometrica 28, 1960), the best bound first.
//!
//! The linear program proposes duals of the rows; a node's bound is what these prove in integers. So the bound
//! holds whatever the floats did, and the tree with its duals is a proof that can be checked without them.

use std::collections::BinaryHeap;

use super::inequalities::{Candidates, Inequality};
use crate::solve::Clock;
use crate::solve::fleets::aggregate::Aggregate;
use crate::solve::instance::gcd;
use crate::solve::lp::dual::{End, Tableau};
use crate::solve::lp::{Column, Program, Row};
use crate::solve::types::BinType;

/// Rows of a linear program at the most; beyond them weaker bounds must do.
const ROWS: usize = 400;
/// Pivots of one solution, for each row and column of the program.
const PIVOTS: usize = 20;
/// Rows added at once.
const ROWS_AT_ONCE: usize = 12;
/// A row broken by less is kept.
const BROKEN: f64 = 1e-7;
/// How near to a whole number counts as whole.
const WHOLE: f64 = 1e-6;
/// Numerators stay below 2 to this.
const BITS: f64 = 100.0;
/// The clock is read once in so many nodes.
const LOOK: usize = 16;

/// How hard to try.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Nodes of the tree.
    pub nodes: usize,
    /// A fleet that costs no more is good enough.
    pub enough: u64,
    /// By how many parts in a million volume is overstated: to find fleets with room to spare. Proofs take none.
    pub slack: u64,
}

/// The fleet program with what is known of it so far.
pub struct FleetProgram<'a> {
    /// What is packed.
    pub aggregate: &'a Aggregate<'a>,
    /// What rows can be made of.
    pub candidates: Candidates<'a>,
    /// The rows in use.
    pub rows: Vec<Inequality>,
    /// Costs are multiples of this.
    pub step: u64,
    /// Costs are given to the simplex in multiples of the dearest host's.
    unit: f64,
    /// Multiplier of the cost in what is computed in integers.
    scale: i128,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// How many hosts of each kind are open.
    pub fleet: Option<Vec<u64>>,
    /// No fleet costs less, unless slack was asked for.
    pub bound: u64,
    /// What shows it: the root is the first.
    pub tree: Vec<Node>,
    /// The duals of the linear program at the root, by row, per unit of its right side: floats.
    pub root: Vec<f64>,
}

/// A node of the tree: fleets within bounds.
#[derive(Clone, Debug)]
pub struct Node {
    /// The most that integers prove of its fleets.
    pub bound: u64,
    /// By which duals of rows (position, dual), the cost's being the scale or 0.
    pub duals: NodeDuals,
    /// Its parts, if it was split: a kind, the most hosts of it in the first part, and the positions of both.
    pub split: Option<(usize, u64, [usize; 2])>,
    /// Which bounds hold beside its parent's, from the root on: kind, least, most.
    limits: Vec<(usize, u64, u64)>,
}

/// Integers that prove a bound.
#[derive(Clone, Debug, Default)]
pub struct NodeDuals {
    /// Of rows: position and dual, above 0.
    pub rows: Vec<(usize, i128)>,
    /// Of the cost: 0 where there is no fleet at all.
    pub cost: i128,
}

impl<'a> FleetProgram<'a> {
    /// The program of `aggregate`, so far without volume.
    pub fn new(aggregate: &'a Aggregate<'a>) -> FleetProgram<'a> {
        let candidates = Candidates::new(aggregate);
        let rows = candidates.limits();
        let step = aggregate.hosts.iter().map(|host| host.cost).fold(0, gcd).max(1);
        let unit = aggregate.hosts.iter().map(|host| host.cost).max().unwrap_or(1).max(1) as f64;
        let all: f64 = aggregate.hosts.iter().map(|host| host.cost as f64 * host.bins.len() as f64).sum();
        let bits = (BITS - all.max(1.0).log2()).clamp(0.0, 80.0) as u32;
        FleetProgram { aggregate, candidates, rows, step, unit, scale: 1i128 << bits }
    }

    /// Looks for a fleet cheaper than `ceiling`, and for a bound; both as good as `effort` allows.
    pub fn minimise(&mut self, ceiling: u64, effort: Effort, clock: &dyn Clock) -> Found {
        let slack = effort.slack as f64 / 1e6;
        let mut tableau = self.tableau(slack);
        let root = self.root(&mut tableau, slack, clock);
        let mut best = (ceiling, None);
        let mut tree = vec![Node { bound: 0, duals: NodeDuals::default(), split: None, limits: Vec::new() }];
        let mut open = BinaryHeap::from([(std::cmp::Reverse(0), 0usize)]);
        let mut nodes = 0;
        while let Some(&(std::cmp::Reverse(bound), node)) = open.peek() {
            let late = nodes % LOOK == LOOK - 1 && clock.is_over();
            if bound >= best.0 || (best.1.is_some() && best.0 <= effort.enough) || nodes >= effort.nodes || late {
                break;
            }
            open.pop();
            nodes += 1;
            self.look_at(node, &mut tree, &mut open, &mut best, &mut tableau, slack, clock);
        }
        // Every fleet is in a leaf, whether that was looked at, given up or is still open.
        let leaves = tree.iter().filter(|node| node.split.is_none());
        let bound = leaves.map(|node| node.bound).min().unwrap_or(0).min(best.0);
        Found { fleet: best.1, bound, tree, root }
    }

    /// Bounds one node, looks for a fleet near it and splits it where that leaves something to be found. Where the time is
    /// out it is given up.
    #[expect(clippy::too_many_arguments, reason = "the node, what is known, and for how long")]
    fn look_at(
        &mut self,
        node: usize,
        tree: &mut Vec<Node>,
        open: &mut BinaryHeap<(std::cmp::Reverse<u64>, usize)>,
        best: &mut (u64, Option<Vec<u64>>),
        root: &mut Tableau,
        slack: f64,
        clock: &dyn Clock,
    ) {
        let mut tableau = root.clone();
        let (mut lower, mut upper) = self.bounds();
        for &(kind, least, most) in &tree[node].limits {
            (lower[kind], upper[kind]) = (least, most);
        }
        for &(kind, ..) in &tree[node].limits {
            tableau.bound(kind, lower[kind] as f64, upper[kind] as f64);
        }
        loop {
            let end = self.solve(&mut tableau, clock);
            self.raise(&mut tree[node], &tableau, end, &lower, &upper, slack);
            if tree[node].bound >= best.0 || matches!(end, End::Infeasible(_)) {
                // Without slack the integers have the last word; with it the floats may prune.
                let settled = tree[node].bound >= best.0 || slack > 0.0;
                if !settled {
                    self.split(node, tree, open, &lower, &upper, tableau.values(), best);
                }
                return;
            }
            if clock.is_over() {
                return;
            }
            let solution = tableau.values().to_vec();
            self.round(&solution, &lower, &upper, best, slack, clock);
            if tree[node].bound >= best.0 {
                return;
            }
            if solution.iter().any(|y| (y - y.round()).abs() > WHOLE) {
                return self.split(node, tree, open, &lower, &upper, &solution, best);
            }
            // A whole point: it satisfies all rows, or there is one to add.
            let whole: Vec<u64> = solution.iter().map(|y| y.round() as u64).collect();
            let broken = match self.rows.len() < ROWS {
                true => self.candidates.broken_by_whole(&whole, slack, ROWS_AT_ONCE),
                false => Vec::new(),
            };
            if broken.is_empty() {
                self.take(&whole, best, slack);
            }
            let known = self.rows.len();
            for row in broken {
                if !self.rows.iter().any(|other| other.source == row.source) {
                    self.rows.push(row);
                }
            }
            if self.rows.len() == known {
                return self.split(node, tree, open, &lower, &upper, &solution, best);
            }
            for row in &self.rows[known..] {
                add_row(&mut tableau, row, slack);
                add_row(root, row, slack);
            }
        }
    }

    /// The linear program of the rows so far.
    fn tableau(&self, slack: f64) -> Tableau {
        let column = |host: &BinType| Column {
            cost: host.cost as f64 / self.unit,
            most: host.bins.len() as f64,
            entries: Vec::new(),
        };
        let columns = self.aggregate.hosts.iter().map(column).collect();
        let mut tableau = Tableau::new(&Program { columns, rows: Vec::new() });
        self.rows.iter().for_each(|row| add_row(&mut tableau, row, slack));
        tableau
    }

    fn solve(&self, tableau: &mut Tableau, clock: &dyn Clock) -> End {
        tableau.solve(f64::INFINITY, (PIVOTS * (self.rows.len() + self.aggregate.hosts.len())) as u64, clock)
    }

    /// Solves the root, adding rows that it breaks. Its duals.
    fn root(&mut self, tableau: &mut Tableau, slack: f64, clock: &dyn Clock) -> Vec<f64> {
        while self.solve(tableau, clock) == End::Optimal && self.rows.len() < ROWS && !clock.is_over() {
            let broken = self.candidates.broken(tableau.values(), slack, BROKEN, ROWS_AT_ONCE);
            let known = self.rows.len();
            for row in broken {
                if !self.rows.iter().any(|other| other.source == row.source) {
                    add_row(tableau, &row, slack);
                    self.rows.push(row);
                }
            }
            if self.rows.len() == known {
                break;
            }
        }
        tableau.duals().into_iter().map(|dual| dual * self.unit).collect()
    }

    fn bounds(&self) -> (Vec<u64>, Vec<u64>) {
        let upper: Vec<u64> = self.aggregate.hosts.iter().map(|host| host.bins.len() as u64).collect();
        (vec![0; upper.len()], upper)
    }

    /// Raises the bound of a node to what the simplex's duals prove.
    fn raise(&self, node: &mut Node, tableau: &Tableau, end: End, lower: &[u64], upper: &[u64], slack: f64) {
        let (floats, cost) = match end {
            End::Infeasible(row) => (tableau.farkas_ray(row), 0),
            End::Optimal | End::Stopped => (tableau.duals(), self.scale),
        };
        // Scaled to 1 at the most where there is no cost to compare with.
        let largest = floats.iter().copied().fold(0.0, f64::max).max(1e-30);
        let factor = if cost == 0 { 2f64.powf(BITS - 10.0) / largest } else { self.unit * self.scale as f64 };
        let rows = floats.iter().zip(&self.rows).enumerate().filter_map(|(position, (&dual, row))| {
            let whole = dual * factor / size(row);
            (dual > 1e-12 && (1.0..1e36).contains(&whole)).then_some((position, whole as i128))
        });
        let duals = NodeDuals { rows: rows.collect(), cost };
        let proven = self.proven(&duals, lower, upper, slack);
        if let Some(bound) = proven
            && bound > node.bound
        {
            (node.bound, node.duals) = (bound, duals);
        }
    }

    /// The cost below which, by these duals, no fleet within the bounds is: exact where there is no slack.
    fn proven(&self, duals: &NodeDuals, lower: &[u64], upper: &[u64], slack: f64) -> Option<u64> {
        let mut total: i128 = 0;
        for &(row, dual) in &duals.rows {
            total = total.checked_add(dual.checked_mul(self.rows[row].asked(slack))?)?;
        }
        for kind in 0..self.aggregate.hosts.len() {
            let worth = self.worth_of_kind(duals, kind)?;
            let count = if worth > 0 { upper[kind] } else { lower[kind] };
            total = total.checked_sub(worth.checked_mul(i128::from(count))?)?;
        }
        if duals.cost == 0 {
            return (total > 0).then_some(u64::MAX);
        }
        let bound = total.max(0).checked_add(duals.cost - 1)? / duals.cost;
        u64::try_from(bound).ok()?.checked_next_multiple_of(self.step)
    }

    /// What a host of each kind is worth by these duals, less what it costs. They are those of a node.
    pub fn worth_of_kinds(&self, duals: &NodeDuals) -> Vec<i128> {
        (0..self.aggregate.hosts.len()).map(|kind| self.worth_of_kind(duals, kind).unwrap_or(0)).collect()
    }

    fn worth_of_kind(&self, duals: &NodeDuals, kind: usize) -> Option<i128> {
        let mut worth = -duals.cost.checked_mul(i128::from(self.aggregate.hosts[kind].cost))?;
        for &(row, dual) in &duals.rows {
            worth = worth.checked_add(dual.checked_mul(self.rows[row].coefficients[kind])?)?;
        }
        Some(worth)
    }

    /// Splits a node at the kind whose number is farthest from whole, or that has the widest bounds where all are. Where
    /// there is nothing left to split, its one fleet is judged.
    #[expect(clippy::too_many_arguments, reason = "the state of one search")]
    fn split(
        &mut self,
        node: usize,
        tree: &mut Vec<Node>,
        open: &mut BinaryHeap<(std::cmp::Reverse<u64>, usize)>,
        lower: &[u64],
        upper: &[u64],
        solution: &[f64],
        best: &mut (u64, Option<Vec<u64>>),
    ) {
        let distance = |kind: usize| (solution[kind] - solution[kind].round()).abs();
        let weight = |kind: usize| distance(kind) * (self.aggregate.hosts[kind].cost as f64 / self.unit + 1e-3);
        let kinds = (0..lower.len()).filter(|&kind| lower[kind] < upper[kind]);
        let by_width = |&a: &usize, &b: &usize| {
            weight(a).total_cmp(&weight(b)).then((upper[a] - lower[a]).cmp(&(upper[b] - lower[b]))).then(b.cmp(&a))
        };
        let Some(kind) = kinds.max_by(by_width) else { return self.judge(&mut tree[node], lower, best) };
        let at = (solution[kind].floor().max(0.0) as u64).clamp(lower[kind], upper[kind] - 1);
        let positions = [tree.len(), tree.len() + 1];
        for limits in [(kind, lower[kind], at), (kind, at + 1, upper[kind])] {
            let mut child = tree[node].clone();
            child.limits.retain(|limit| limit.0 != kind);
            child.limits.push(limits);
            open.push((std::cmp::Reverse(child.bound), tree.len()));
            tree.push(child);
        }
        tree[node].split = Some((kind, at, positions));
    }

    /// Judges the one fleet of a node: it breaks a row, or it costs what it costs.
    fn judge(&mut self, node: &mut Node, fleet: &[u64], best: &mut (u64, Option<Vec<u64>>)) {
        let breaks = |row: &Inequality| row.missing(fleet, 0.0) > 0;
        let known = self.rows.iter().position(breaks).or_else(|| {
            let row = self.candidates.broken_by_whole(fleet, 0.0, 1).pop()?;
            self.rows.push(row);
            Some(self.rows.len() - 1)
        });
        match known {
            Some(row) => {
                node.duals = NodeDuals { rows: vec![(row, 1)], cost: 0 };
                node.bound = u64::MAX;
            }
            None => {
                self.take(fleet, best, 0.0);
                node.duals = NodeDuals { rows: Vec::new(), cost: self.scale };
                node.bound = self.aggregate.cost(fleet);
            }
        }
    }

    /// Takes a fleet that satisfies all rows, where it costs less than the best.
    fn take(&self, fleet: &[u64], best: &mut (u64, Option<Vec<u64>>), slack: f64) {
        let cost = self.aggregate.cost(fleet);
        if cost < best.0 && self.satisfied(fleet, slack) {
            *best = (cost, Some(fleet.to_vec()));
        }
    }

    /// A fleet near `solution`: rounded down, filled up with what helps most for its cost, and thinned out.
    fn round(
        &self,
        solution: &[f64],
        lower: &[u64],
        upper: &[u64],
        best: &mut (u64, Option<Vec<u64>>),
        slack: f64,
        clock: &dyn Clock,
    ) {
        let mut fleet: Vec<u64> = (solution.iter().zip(lower).zip(upper))
            .map(|((y, &lower), &upper)| ((y + WHOLE).floor().max(0.0) as u64).clamp(lower, upper))
            .collect();
        let mut missing: Vec<f64> = (self.rows.iter())
            .map(|row| {
                let (coefficients, right) = scaled(row, slack);
                right - coefficients.iter().zip(&fleet).map(|(some, &count)| some * count as f64).sum::<f64>()
            })
            .collect();
        let gain = |kind: usize, missing: &[f64]| -> f64 {
            let gain =
                |(row, missing): (&Inequality, &f64)| (row.coefficients[kind] as f64 / size(row)).min(missing.max(0.0));
            self.rows.iter().zip(missing).map(gain).sum()
        };
        while missing.iter().any(|&missing| missing > 1e-12) {
            let per_cost =
                |kind: usize| gain(kind, &missing) / (self.aggregate.hosts[kind].cost as f64 / self.unit + 1e-6);
            let kinds = (0..fleet.len()).filter(|&kind| fleet[kind] < upper[kind]);
            let Some(kind) = kinds.max_by(|&a, &b| per_cost(a).total_cmp(&per_cost(b)).then(b.cmp(&a))) else { return };
            if per_cost(kind) <= 0.0 || clock.is_over() {
                return;
            }
            fleet[kind] += 1;
            if self.aggregate.cost(&fleet) >= best.0.saturating_add(4 * self.unit as u64) {
                return;
            }
            self.shift(&mut missing, kind, -1.0);
        }
        let mut kinds: Vec<usize> = (0..fleet.len()).filter(|&kind| fleet[kind] > lower[kind]).collect();
        kinds.sort_by_key(|&kind| std::cmp::Reverse(self.aggregate.hosts[kind].cost));
        for kind in kinds {
            while fleet[kind] > lower[kind] {
                self.shift(&mut missing, kind, 1.0);
                if missing.iter().any(|&missing| missing > 1e-12) {
                    self.shift(&mut missing, kind, -1.0);
                    break;
                }
                fleet[kind] -= 1;
            }
        }
        self.take(&fleet, best, slack);
    }

    fn shift(&self, missing: &mut [f64], kind: usize, sign: f64) {
        for (missing, row) in missing.iter_mut().zip(&self.rows) {
            *missing += sign * row.coefficients[kind] as f64 / size(row);
        }
    }

    /// Whether `fleet` breaks no row, with so much slack.
    fn satisfied(&self, fleet: &[u64], slack: f64) -> bool {
        self.rows.iter().all(|row| row.missing(fleet, slack) <= 0)
            && self.candidates.broken_by_whole(fleet, slack, 1).is_empty()
    }
}

/// Adds a row as a limit: the most that its negative may be.
fn add_row(tableau: &mut Tableau, row: &Inequality, slack: f64) {
    let (coefficients, right) = scaled(row, slack);
    let entries = coefficients.into_iter().map(|some| -some).enumerate();
    tableau.add_row(Row { limit: -right, equal: false }, entries);
}

/// A row as the simplex sees it: its right side 1, but for slack.
fn scaled(row: &Inequality, slack: f64) -> (Vec<f64>, f64) {
    let size = size(row);
    let slack = if row.right > 0 { slack } else { 0.0 };
    (row.coefficients.iter().map(|&some| some as f64 / size).collect(), row.right as f64 / size * (1.0 + slack))
}

/// What a row is divided by for the simplex.
fn size(row: &Inequality) -> f64 {
    (row.right as f64).abs().max(1.0)
}
