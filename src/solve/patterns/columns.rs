//! Column generation: the linear program over all columns, of which only those worth having are ever made.
//!
//! Gilmore and Gomory (Operations Research 9, 1961), for several groups of bins: minimise the share *theta* of the
//! bins that is needed, where columns of a group use no more than *theta* of its bins, and the moves and the domains
//! that are shared no more than *theta* of what there is. More than 1 refutes. With one group and nothing shared this
//! is the fewest bins. Duals are smoothed towards the best known (Wentges, International Transactions in
//! Operational Research 4, 1997).

use std::collections::BTreeSet;

use super::super::lp::primal::{ColumnProgram, Sense};
use super::pricing::{Knapsack, Offer, Priced};
use super::problem::{Column, Problem, Rest};
use crate::solve::work::Work;

/// A dual of one bin, on average, as an integer.
pub const SCALE: i64 = 1 << 30;
/// Columns are sought that are worth more than a bin by this share of it: below, equal ones would be found for ever.
const MARGIN: i64 = 10_000_000;
/// Columns that share no item, priced in one round.
const DISJOINT: usize = 20;
/// How much the duals are drawn to the best known.
const SMOOTHING: f64 = 0.5;
/// Right sides are shifted by so much at random, so that fewer vertices coincide.
const SHIFT: f64 = 1e-6;
/// The simplex gets so many pivots a round.
const PIVOTS: usize = 20_000;
/// No item is worth less than minus this.
const WORST: i64 = 1 << 50;
/// What an item without a column costs when columns must be full.
const MISSING: f64 = 3.0;

/// Duals of items, bins, moves and domains, in integers: no column of a group is worth more than its bins' dual.
#[derive(Clone, Debug, Default)]
pub struct Duals {
    /// What an item of each class is worth.
    pub items: Vec<i64>,
    /// For each group the most that one of its bins can hold: items' worth less moves and domains.
    pub bins: Vec<i64>,
    /// What a move costs.
    pub moves: i64,
    /// What each shared domain costs.
    pub domains: Vec<i64>,
}

impl Duals {
    /// What is to be packed is worth, and what the bins that are left can hold at most. Where the first is more,
    /// there is no packing.
    pub fn sides(&self, rest: &Rest) -> (i128, i128) {
        let times = |dual: i64, count: u64| i128::from(dual) * i128::from(count);
        let worth = self.items.iter().zip(&rest.items).map(|(&dual, &count)| times(dual, u64::from(count)));
        let bins = self.bins.iter().zip(&rest.bins).map(|(&dual, &count)| times(dual, u64::from(count)));
        let domains =
            self.domains.iter().zip(&rest.domains).filter(|(_, free)| **free).map(|(&dual, _)| times(dual, 1));
        let moves = rest.moves.map_or(0, |limit| times(self.moves, limit));
        (worth.sum(), bins.sum::<i128>() + domains.sum::<i128>() + moves)
    }

    /// Whether they prove that there is no packing.
    pub fn refute(&self, rest: &Rest) -> bool {
        let (worth, room) = self.sides(rest);
        worth > room
    }

    /// How many bins are needed, counted by their average dual.
    fn needed(&self, rest: &Rest) -> f64 {
        let (worth, room) = self.sides(rest);
        f64::from(rest.open()) * worth as f64 / (room as f64).max(1.0)
    }
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// Go on to the optimum of the program; else stop where its value rounded up is the bound already.
    pub optimum: bool,
    /// Stop where more bins than this are needed.
    pub above: f64,
    /// Stop where the program's value is at most this.
    pub below: f64,
    /// Only columns that waste no more of any resource than all bins together have to spare.
    pub full: bool,
}

/// What column generation found.
#[derive(Clone, Debug)]
pub struct Root {
    /// The value of the program over the columns known: so many bins are used, in fractions.
    pub value: f64,
    /// No packing needs fewer, by the duals.
    pub bound: f64,
    /// The best duals. They are exact; with [`Aim::full`] they are worth what they say for full columns alone.
    pub duals: Duals,
    /// Every column known.
    pub columns: Vec<Column>,
    /// Those used, with how often.
    pub used: Vec<(Column, f64)>,
    /// Whether value and bound have met.
    pub complete: bool,
}

/// Solves the linear program over the columns for what is left in `rest`, beginning with those of `columns_known`; the few of
/// `first` go before, where a solution is near them.
pub fn generate(
    problem: &Problem,
    rest: &Rest,
    first: &[Column],
    columns_known: &[Column],
    aim: Aim,
    work: &mut Work,
) -> Root {
    let mut generation = Generation::new(problem, rest, aim);
    if generation.slack.iter().any(|slack| *slack < 0) {
        return Root { bound: f64::MAX, value: f64::MAX, ..generation.root(false) };
    }
    first.iter().for_each(|column| _ = generation.add(column));
    if !first.is_empty() {
        generation.solve(work);
    }
    columns_known.iter().for_each(|column| _ = generation.add(column));
    let complete = generation.run(work);
    generation.root(complete)
}

struct Generation<'a> {
    problem: &'a Problem,
    rest: &'a Rest,
    aim: Aim,
    slack: Vec<i64>,
    column_program: ColumnProgram,
    layout: Layout,
    columns: Vec<Column>,
    known: BTreeSet<Column>,
    best: Option<(f64, Vec<f64>, Duals)>,
}

/// Where the rows of the program are.
struct Layout {
    /// The row of each class, of each group, of each shared domain, and of the moves.
    items: Vec<Option<usize>>,
    bins: Vec<Option<usize>>,
    domains: Vec<Option<usize>>,
    moves: Option<usize>,
    /// Whether bins are counted by the columns themselves: there is one group, and nothing is shared.
    plain: bool,
    rows: usize,
}

impl<'a> Generation<'a> {
    fn new(problem: &'a Problem, rest: &'a Rest, aim: Aim) -> Generation<'a> {
        let layout = Layout::new(problem, rest);
        let open = f64::from(rest.open());
        let missing = match layout.plain {
            true if aim.full => MISSING,
            true => 1.0,
            false => MISSING.max(open),
        };
        let mut rng = crate::solve::rng::Rng::with_seed(12_345);
        let mut rows = vec![(0.0, Sense::AtMost); layout.rows];
        for (class, row) in layout.items.iter().enumerate() {
            if let Some(row) = row {
                rows[*row] = (f64::from(rest.items[class]) + SHIFT * rng.f64(), Sense::AtLeast(missing));
            }
        }
        let mut column_program = ColumnProgram::new(&rows);
        if !layout.plain {
            let bins = layout.bins.iter().zip(&rest.bins).map(|(row, &count)| (*row, f64::from(count)));
            let domains = layout.domains.iter().map(|row| (*row, 1.0));
            let moves = std::iter::once((layout.moves, rest.moves.unwrap_or(0) as f64));
            let all = bins.chain(domains).chain(moves);
            column_program.add(open, all.filter_map(|(row, count)| Some((row?, -count))).collect());
        }
        let slack = if aim.full { rest.slack(problem) } else { Vec::new() };
        Generation {
            problem,
            rest,
            aim,
            slack,
            column_program,
            layout,
            columns: Vec::new(),
            known: BTreeSet::new(),
            best: None,
        }
    }

    /// Adds what is left of `column`; whether that is new and wanted.
    fn add(&mut self, column: &Column) -> bool {
        let Some(column) = self.rest.clip(self.problem, column) else { return false };
        if self.known.contains(&column) {
            return false;
        }
        let Some(waste) = self.problem.waste(&column) else { return false };
        if self.aim.full && waste.iter().zip(&self.slack).any(|(waste, slack)| waste > slack) {
            return false;
        }
        let mut entries: Vec<(usize, f64)> = (column.items.iter())
            .filter_map(|&(class, count)| Some((self.layout.items[class]?, f64::from(count))))
            .collect();
        if !self.layout.plain {
            entries.extend(self.layout.bins[column.group].map(|row| (row, 1.0)));
            entries
                .extend(self.problem.domains(&column).into_iter().filter_map(|z| Some((self.layout.domains[z]?, 1.0))));
            let moves = self.problem.moves(&column);
            entries.extend(self.layout.moves.filter(|_| moves > 0).map(|row| (row, moves as f64)));
        }
        self.column_program.add(if self.layout.plain { 1.0 } else { 0.0 }, entries);
        self.known.insert(column.clone());
        self.columns.push(column);
        true
    }

    /// Whether the optimum was reached, or what the aim asks for.
    fn run(&mut self, work: &mut Work) -> bool {
        loop {
            let (solved, more) = self.solve(work);
            let value = self.column_program.objective();
            let bound = self.best.as_ref().map_or(0.0, |(bound, ..)| *bound);
            if value - bound < 1e-5 || bound > self.aim.above || value <= self.aim.below {
                return true;
            }
            if !self.aim.optimum && bound > (value - 1e-4).ceil() - 1.0 + 1e-9 {
                return true;
            }
            if !solved || !more {
                return false;
            }
            match self.round(work) {
                Some(0) => return true,
                Some(_) => {}
                None => return false,
            }
        }
    }

    /// Solves the program over the columns known: whether that was done, and whether there is work left.
    fn solve(&mut self, work: &mut Work) -> (bool, bool) {
        let before = self.column_program.pivots();
        let solved = self.column_program.solve(PIVOTS);
        let pivots = (self.column_program.pivots() - before) as u64;
        (solved, work.spend(pivots * (self.layout.rows as u64).pow(2) / 64 + 1))
    }

    /// One round of pricing: how many columns were added. `None` where it was not finished.
    fn round(&mut self, work: &mut Work) -> Option<usize> {
        let now = self.float_weights();
        let mut smoothing = if self.best.is_some() { SMOOTHING } else { 0.0 };
        loop {
            let drawn: Vec<f64> = match &self.best {
                Some((_, best, _)) => {
                    best.iter().zip(&now).map(|(best, now)| smoothing * best + (1.0 - smoothing) * now).collect()
                }
                None => now.clone(),
            };
            let (priced, exact) = self.price(&drawn, work);
            let mut added = 0;
            for column in &priced {
                if self.reduced_cost(column, &now) < -1e-7 && self.add(column) {
                    added += 1;
                }
            }
            if added > 0 {
                return Some(added);
            }
            if smoothing == 0.0 {
                return exact.then_some(0);
            }
            if work.is_over() {
                return None;
            }
            smoothing = 0.0;
        }
    }

    /// Prices every group by `drawn` duals; the columns, and whether none is better. Keeps the duals where their
    /// bound is the best.
    fn price(&mut self, drawn: &[f64], work: &mut Work) -> (Vec<Column>, bool) {
        let mut duals = self.whole(drawn);
        let mut columns = Vec::new();
        let mut exact = true;
        for group in (0..self.problem.groups.len()).filter(|&group| self.rest.bins[group] > 0) {
            let threshold = duals.bins[group] + duals.bins[group] / MARGIN + 1;
            let waste = self.aim.full.then_some(self.slack.as_slice());
            let offers = offers(self.problem, self.rest, group, &duals, waste.is_some());
            // Sums of worths are exact in 64 bits, or nothing is concluded from them.
            let all = offers.iter().map(|offer| i128::from(offer.worth.abs()) * i128::from(offer.most)).sum::<i128>();
            exact &= all < i128::from(i64::MAX / 4);
            let capacity = &self.problem.groups[group].capacity;
            let knapsack = Knapsack::new(capacity, self.problem, self.problem.rules, offers, waste, work);
            let many = (DISJOINT / self.problem.groups.len()).max(3);
            let Priced { columns: found, most, exact: finished } = knapsack.best(threshold, many, true, work);
            duals.bins[group] = most;
            exact &= finished;
            columns.extend(found.into_iter().map(|(_, items)| Column { group, items }));
        }
        if exact {
            let bound = duals.needed(self.rest);
            if self.best.as_ref().is_none_or(|(best, ..)| bound > *best) {
                self.best = Some((bound, drawn.to_vec(), duals));
            }
        }
        (columns, exact)
    }

    /// The duals of the program's rows; those of bins, domains and moves as costs, which are not negative.
    fn float_weights(&self) -> Vec<f64> {
        let mut duals: Vec<f64> = self.column_program.duals().to_vec();
        let costs = self.layout.bins.iter().chain(&self.layout.domains).chain([&self.layout.moves]);
        costs.flatten().for_each(|&row| duals[row] = -duals[row]);
        duals.iter_mut().for_each(|dual| *dual = dual.max(0.0));
        duals
    }

    /// Duals in integers: what items are worth rounded down.
    fn whole(&self, duals: &[f64]) -> Duals {
        let whole = |row: &Option<usize>| row.map_or(0, |row| (duals[row] * SCALE as f64) as i64);
        let bins = self.layout.bins.iter();
        let items: Vec<i64> = self.layout.items.iter().map(whole).collect();
        // Where nothing may move, a move costs more than anything is worth.
        let dearest = items.iter().copied().max().unwrap_or(0);
        Duals {
            bins: bins.map(|row| if self.layout.plain { SCALE } else { whole(row) }).collect(),
            moves: if self.rest.moves == Some(0) { dearest } else { whole(&self.layout.moves) },
            items,
            domains: self.layout.domains.iter().map(whole).collect(),
        }
    }

    fn reduced_cost(&self, column: &Column, duals: &[f64]) -> f64 {
        let of = |row: Option<usize>| row.map_or(0.0, |row| duals[row]);
        let worth: f64 =
            column.items.iter().map(|&(class, count)| of(self.layout.items[class]) * f64::from(count)).sum();
        let domains: f64 = self.problem.domains(column).into_iter().map(|domain| of(self.layout.domains[domain])).sum();
        let moves = of(self.layout.moves) * self.problem.moves(column) as f64;
        let bin = if self.layout.plain { 1.0 } else { of(self.layout.bins[column.group]) };
        bin + domains + moves - worth
    }

    fn root(self, complete: bool) -> Root {
        let first = usize::from(!self.layout.plain);
        let mut used: Vec<(Column, f64)> = (self.column_program.solution())
            .filter(|(column, _)| *column >= first)
            .map(|(column, value)| (self.columns[column - first].clone(), value))
            .collect();
        let mut columns = self.columns;
        if self.layout.plain {
            // What an item without a column costs is a bin of its own.
            let class_of = |row: usize| self.layout.items.iter().position(|of| *of == Some(row));
            for (row, value) in self.column_program.missing() {
                let column = class_of(row).map(|class| Column { group: 0, items: vec![(class, 1)] });
                used.extend(column.into_iter().map(|column| (column, value)));
            }
            let known: BTreeSet<Column> = columns.iter().cloned().collect();
            columns.extend(used.iter().map(|(column, _)| column.clone()).filter(|column| !known.contains(column)));
        }
        let (bound, duals) = self.best.map_or((0.0, Duals::default()), |(bound, _, duals)| (bound, duals));
        Root { value: self.column_program.objective(), bound, duals, columns, used, complete }
    }
}

impl Layout {
    fn new(problem: &Problem, rest: &Rest) -> Layout {
        let mut rows = 0;
        let mut next = |wanted: bool| {
            rows += usize::from(wanted);
            wanted.then(|| rows - 1)
        };
        let items = rest.items.iter().map(|&count| next(count > 0)).collect();
        let moves_matter = rest.moves.is_some_and(|limit| limit > 0);
        let plain = problem.groups.len() == 1 && problem.domains.is_empty() && !moves_matter;
        let bins = rest.bins.iter().map(|&count| next(count > 0 && !plain)).collect();
        let domains = rest.domains.iter().map(|&free| next(free && !plain)).collect();
        let moves = next(moves_matter);
        Layout { items, bins, domains, moves, plain, rows }
    }
}

/// What a bin of `group` may hold, at what worth. Offers worth nothing are left out unless they are to be `kept`.
pub fn offers(problem: &Problem, rest: &Rest, group: usize, duals: &Duals, kept: bool) -> Vec<Offer> {
    let domains = &problem.groups[group].domains;
    let offer = |(class, of): (usize, &super::problem::Class)| {
        let moved = of.groups[group]?;
        let most = rest.items[class];
        if moved > 0 && rest.moves == Some(0) {
            return None;
        }
        let mut cost = i128::from(duals.moves) * i128::from(moved);
        for domain in of.rules.iter().filter_map(|&rule| domains[rule]) {
            if !rest.domains[domain] {
                return None;
            }
            cost += i128::from(duals.domains[domain]);
        }
        // Far below zero is as good as further below.
        let worth = i64::try_from(i128::from(duals.items[class]) - cost).unwrap_or(i64::MIN).max(-WORST);
        (worth > 0 || kept).then_some(Offer { class, worth, most })
    };
    problem.classes.iter().enumerate().filter_map(offer).collect()
}
