//! Branching over a listed: two items are on one bin, or they are not (Ryan and Foster, in: Computer Scheduling of Public
//! Transport, 1981).
//!
//! Both cases only bar columns, so a case is the listed's linear program with fewer of them: the simplex goes on where it
//! stood, barred columns at a price that nothing pays. A case is closed by integers alone: no column that it admits is
//! worth more than a bin's share of what all items are worth. A search can be stopped and taken up again.

use std::collections::BTreeMap;

use super::super::lp::primal::{ColumnProgram, Sense};
use super::column_list::ColumnList;
use super::columns::SCALE;
use crate::solve::work::Work;

/// Pivots of one program at most.
const PIVOTS: usize = 20_000;
/// Columns worth more than a bin by this share of it are taken into the program.
const MARGIN: i64 = 10_000_000;
/// So many of them at once, for each item; and at the start.
const ADDED: f64 = 0.5;
const FIRST: usize = 5;
/// The program is made anew where it has so many columns for each item, and these more.
const KEPT: (usize, usize) = (20, 500);
/// Of those, columns that are worth less than a bin by this share of it are left out.
const WORTHLESS: i64 = 20;
/// Right sides are shifted by so much at random, so that fewer vertices coincide.
const SHIFT: f64 = 1e-6;
/// Values as near to 0 or 1 are 0 or 1.
const WHOLE: f64 = 1e-3;
/// Pairs that are together as much as this are joined before others: one case is then closed soon.
const NEARLY: f64 = 0.7;

/// A tree is not recorded further where that takes more numbers, or the referee more steps.
const RECORDED: usize = 4_000_000;
const JUDGING: u64 = 20_000_000_000;

/// What the search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// These columns of the listed hold every item.
    Packed(Vec<usize>),
    /// No columns do, so few.
    Refuted,
    /// The work was done before; it can go on.
    Stopped,
    /// Floats said one thing, integers another.
    Stuck,
}

/// A node of the tree of cases, the root first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Case {
    /// The pair is together, the next node; or it is not, the node at this position.
    Split([u32; 2], usize),
    /// Closed by what each item is worth.
    Closed(Vec<i64>),
}

/// A search over a listed.
#[derive(Debug)]
pub struct Pairs {
    listed: ColumnList,
    bins: u32,
    column_program: ColumnProgram,
    /// The columns of the program by their number in the listed, and where each of the listed is in the program.
    taken: Vec<usize>,
    place: Vec<Option<usize>>,
    /// Which columns the case at hand bars, in the order in which they were barred.
    barred: Vec<bool>,
    trail: Vec<usize>,
    path: Vec<Turn>,
    /// The tree so far, where it is wanted.
    tree: Option<Vec<Case>>,
    /// How many cases were closed, how many worths that took, and about what work it is to judge them.
    closed: u64,
    recorded: usize,
    judging: u64,
}

#[derive(Debug)]
struct Turn {
    pair: [u32; 2],
    /// Whether the pair is together: the first case.
    together: bool,
    /// How many columns were barred before.
    barred: usize,
    /// Where the split is in the tree.
    node: usize,
}

impl Pairs {
    /// A search for columns of `listed`, at most `bins`, that hold every item; with the tree of what was closed, where
    /// that is to be `recorded`.
    pub fn new(listed: ColumnList, bins: u32, recorded: bool) -> Pairs {
        let columns = listed.len();
        let mut pairs = Pairs {
            column_program: program(listed.rows, bins),
            bins,
            taken: Vec::new(),
            place: vec![None; columns],
            barred: vec![false; columns],
            trail: Vec::new(),
            path: Vec::new(),
            tree: recorded.then(Vec::new),
            closed: 0,
            recorded: 0,
            judging: 0,
            listed,
        };
        (0..columns.min(FIRST * pairs.listed.rows)).for_each(|column| pairs.take(column));
        pairs
    }

    /// The tree of cases, once everything is refuted; how many were closed, where it was not kept.
    pub fn take_tree(&mut self) -> Result<Vec<Case>, u64> {
        self.tree.take().ok_or(self.closed)
    }

    /// The listed.
    pub fn listed(&self) -> &ColumnList {
        &self.listed
    }

    /// Goes on until there is an answer or the work is done.
    pub fn run(&mut self, work: &mut Work) -> End {
        loop {
            let worth = match self.bound(work) {
                Err(end) => return end,
                Ok(worth) => worth,
            };
            if let Some(worth) = worth {
                self.close(worth);
                if !self.turn_back() {
                    return End::Refuted;
                }
                continue;
            }
            let used: Vec<(usize, f64)> =
                self.column_program.solution().map(|(at, value)| (self.taken[at], value)).collect();
            let missing = self.column_program.missing().next().is_some();
            if !missing && used.iter().all(|(_, value)| (value - value.round()).abs() < WHOLE) {
                let mut whole: Vec<usize> = used.into_iter().filter(|(_, v)| *v > 0.5).map(|(it, _)| it).collect();
                whole.sort_unstable();
                return End::Packed(whole);
            }
            let Some(pair) = self.pair(&used) else { return End::Stuck };
            self.descend(pair);
        }
    }

    /// Solves the case at hand: what items are worth where that closes it, else its optimum is reached.
    fn bound(&mut self, work: &mut Work) -> Result<Option<Vec<i64>>, End> {
        loop {
            let before = self.column_program.pivots();
            let solved = self.column_program.solve(PIVOTS);
            let pivots = (self.column_program.pivots() - before) as u64;
            let steps = pivots * (self.listed.rows as u64).pow(2) / 64 + self.listed.extent() as u64 / 16;
            let worth: Vec<i64> =
                self.column_program.duals().iter().map(|y| (y.max(0.0) * SCALE as f64) as i64).collect();
            let (most, mut better) = self.price(&worth);
            let all: i128 = worth.iter().map(|&worth| i128::from(worth)).sum();
            if all > i128::from(most) * i128::from(self.bins) {
                return Ok(Some(worth));
            }
            if !work.spend(steps + 1) {
                return Err(End::Stopped);
            }
            if !solved {
                return Err(End::Stuck);
            }
            if better.is_empty() {
                return Ok(None);
            }
            better.sort_unstable_by(|a, b| b.cmp(a));
            better.truncate((self.listed.rows as f64 * ADDED) as usize + 1);
            if self.taken.len() > KEPT.0 * self.listed.rows + KEPT.1 {
                self.renew(&worth);
            }
            better.into_iter().for_each(|(_, column)| self.take(column));
        }
    }

    /// What the best column that is not barred is worth, and those that the program lacks.
    fn price(&self, worth: &[i64]) -> (i64, Vec<(i64, usize)>) {
        let mut most = 0;
        let mut better = Vec::new();
        for column in (0..self.listed.len()).filter(|&column| !self.barred[column]) {
            let value: i64 = self.listed.column(column).iter().map(|&item| worth[item as usize]).sum();
            most = most.max(value);
            if value > SCALE + SCALE / MARGIN && self.place[column].is_none() {
                better.push((value, column));
            }
        }
        (most, better)
    }

    /// Takes a column of the listed into the program.
    fn take(&mut self, column: usize) {
        if self.place[column].is_none() {
            self.place[column] = Some(self.taken.len());
            self.taken.push(column);
            let cost = if self.barred[column] { self.price_of_barred(column) } else { 1.0 };
            self.column_program
                .add(cost, self.listed.column(column).iter().map(|&item| (item as usize, 1.0)).collect());
        }
    }

    /// Makes the program anew from the columns that are used or nearly so.
    fn renew(&mut self, worth: &[i64]) {
        let value = |column: usize| self.listed.column(column).iter().map(|&item| worth[item as usize]).sum::<i64>();
        let good = |column: &usize| !self.barred[*column] && value(*column) > SCALE - SCALE / WORTHLESS;
        let kept: Vec<usize> = self.taken.iter().copied().filter(good).collect();
        self.column_program = program(self.listed.rows, self.bins);
        self.taken.clear();
        self.place.fill(None);
        kept.into_iter().for_each(|column| self.take(column));
    }

    /// The pair to split by: one that is together in part, at best nearly in full.
    fn pair(&self, used: &[(usize, f64)]) -> Option<[u32; 2]> {
        let mut together: BTreeMap<[u32; 2], f64> = BTreeMap::new();
        for &(column, value) in used {
            let items = self.listed.column(column);
            for (at, &a) in items.iter().enumerate() {
                items[at + 1..].iter().for_each(|&b| *together.entry([a, b]).or_default() += value);
            }
        }
        let score = |value: f64| match value {
            _ if !(WHOLE..=1.0 - WHOLE).contains(&value) => -1.0,
            _ if value > NEARLY => 0.5 + (1.0 - value) * 0.1,
            _ => value.min(1.0 - value),
        };
        let best = together.iter().map(|(pair, &value)| (score(value), *pair));
        let best = best.reduce(|a, b| if b.0 > a.0 { b } else { a }).filter(|(score, _)| *score > 0.0);
        // Items may be held more than once: then any pair of a column used in part that was not split yet.
        let part = |value: f64| (value - value.round()).abs() >= WHOLE;
        let split = |pair: &[u32; 2]| self.path.iter().any(|turn| turn.pair == *pair);
        let of = |column: usize| {
            let items = self.listed.column(column);
            let pairs = items.iter().enumerate().flat_map(|(at, &a)| items[at + 1..].iter().map(move |&b| [a, b]));
            pairs.into_iter().find(|pair| !split(pair))
        };
        let any = || used.iter().filter(|(_, value)| part(*value)).find_map(|(column, _)| of(*column));
        best.map(|(_, pair)| pair).or_else(any)
    }

    /// Notes that the case at hand is closed, as long as a certificate of all is within bounds.
    fn close(&mut self, worth: Vec<i64>) {
        self.closed += 1;
        self.recorded += worth.len();
        self.judging += (self.listed.extent() + 2 * self.listed.len() + worth.len() * (1 + self.path.len())) as u64;
        if self.recorded > RECORDED || self.judging > JUDGING {
            self.tree = None;
        }
        self.tree.iter_mut().for_each(|tree| tree.push(Case::Closed(worth.clone())));
    }

    fn descend(&mut self, pair: [u32; 2]) {
        let node = self.tree.as_ref().map_or(0, Vec::len);
        self.tree.iter_mut().for_each(|tree| tree.push(Case::Split(pair, 0)));
        self.path.push(Turn { pair, together: true, barred: self.trail.len(), node });
        self.bar(pair, true);
    }

    /// Goes to the next case that is open; whether there is one.
    fn turn_back(&mut self) -> bool {
        while let Some(turn) = self.path.last_mut() {
            let (pair, barred, first, node) = (turn.pair, turn.barred, turn.together, turn.node);
            turn.together = false;
            while self.trail.len() > barred {
                let column = self.trail.pop().unwrap_or_default();
                self.barred[column] = false;
                self.place[column].into_iter().for_each(|at| self.column_program.reprice(at, 1.0));
            }
            if first {
                if let Some(tree) = &mut self.tree {
                    tree[node] = Case::Split(pair, tree.len());
                }
                self.bar(pair, false);
                return true;
            }
            self.path.pop();
        }
        false
    }

    /// Bars what holds one item of the pair without the other, or both.
    fn bar(&mut self, [a, b]: [u32; 2], together: bool) {
        for column in 0..self.listed.len() {
            let items = self.listed.column(column);
            let holds = (items.contains(&a), items.contains(&b));
            let breaks = if together { holds.0 != holds.1 } else { holds.0 && holds.1 };
            if breaks && !self.barred[column] {
                self.barred[column] = true;
                self.trail.push(column);
                let cost = self.price_of_barred(column);
                self.place[column].into_iter().for_each(|at| self.column_program.reprice(at, cost));
            }
        }
    }

    /// As much as it costs to leave all its items out.
    fn price_of_barred(&self, column: usize) -> f64 {
        1.0 + missing(self.bins) * self.listed.column(column).len() as f64
    }
}

/// What an item without a column costs: more than all bins.
fn missing(bins: u32) -> f64 {
    f64::from(bins) + 1.0
}

/// A program without columns.
fn program(rows: usize, bins: u32) -> ColumnProgram {
    let mut rng = crate::solve::rng::Rng::with_seed(54_321);
    let rows: Vec<(f64, Sense)> = (0..rows).map(|_| (1.0 + SHIFT * rng.f64(), Sense::AtLeast(missing(bins)))).collect();
    ColumnProgram::new(&rows)
}
