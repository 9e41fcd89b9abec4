//! Branch and bound on the class LP: how many items of a class go to a bin, at most so many or more.
//!
//! Land and Doig (Econometrica 28, 1960), depth first, each case solved by the dual simplex method from the prices of
//! the case before. The column to split on is the one whose two cases cost the most by one step of the dual method
//! (Driebeek, Management Science 12, 1966). Floats decide where to look; a case is closed only by prices that refute it
//! in integers, so that what is refuted is a tree of cases for anyone to check. The restriction is a number of pivots.

mod model;

use super::Options;
use super::decide::Decision;
use super::instance::{Bin, Instance};
use super::lp::dual::{End, Tableau};
use super::restricted::RestrictedInstance;
use crate::certificate::{Method, Node, Proof, Tree};
use model::{Model, NoModel, Range};

/// The pivots that are given are of tableaux of so many cells; larger ones get fewer.
const USUAL_CELLS: usize = 50_000;
/// A tableau of more cells than this is not branched on.
const CELLS: usize = 400_000;
/// A value is whole when it is so near to a whole number.
const WHOLE: f64 = 1e-6;
/// The tableau is made anew after so many pivots: its floats drift.
const DRIFT: u64 = 5_000;
/// The cost must be so much above what is allowed before a case is thought refuted.
const CLEARLY: f64 = 1e-6;

/// Whether there is a packing within `restricted`, with at most so many pivots of a tableau of the usual size.
pub fn branch(instance: &Instance, restricted: &RestrictedInstance, pivots: u64, options: &Options) -> Decision {
    let model = match Model::new(instance, restricted, CELLS) {
        Ok(model) => model,
        Err(NoModel::Rules) => return Decision::Refuted(Proof::Rules),
        Err(NoModel::TooLarge) => return Decision::Unknown,
    };
    let mut search = BranchAndBound {
        tableau: Tableau::new(&model.lp.program),
        ranges: model.free(),
        model: &model,
        options,
        pivots: pivots / model.cells().div_ceil(USUAL_CELLS).max(1) as u64,
        since_new: 0,
        path: Vec::new(),
        tree: Tree::default(),
        certifiable: true,
    };
    search.run()
}

struct BranchAndBound<'a> {
    model: &'a Model<'a>,
    options: &'a Options<'a>,
    tableau: Tableau,
    ranges: Vec<Range>,
    /// Pivots left, and those since the tableau was made.
    pivots: u64,
    since_new: u64,
    path: Vec<Turn>,
    tree: Tree,
    /// Whether a certificate can say all that was refuted.
    certifiable: bool,
}

/// A split on the way to the case at hand.
struct Turn {
    column: usize,
    /// The range of the column before.
    before: Range,
    /// The first case: at most `most`. Else: more.
    first: bool,
    most: u64,
    /// Whether the other case is closed.
    other_closed: bool,
    /// Where the split is in the tree.
    node: usize,
}

/// What is known of a case.
enum Case {
    Closed,
    Packed(Vec<Bin>),
    Open { column: usize, value: f64 },
    Stuck,
}

impl BranchAndBound<'_> {
    fn run(&mut self) -> Decision {
        loop {
            match self.look() {
                Case::Closed => {
                    if !self.turn_back() {
                        return Decision::Refuted(self.proof());
                    }
                }
                Case::Packed(packing) => return Decision::Packed(packing),
                Case::Open { column, value } => self.descend(column, value),
                Case::Stuck => return Decision::Unknown,
            }
        }
    }

    fn proof(&mut self) -> Proof {
        match self.options.certify && self.certifiable {
            true => Proof::Tree(std::mem::take(&mut self.tree)),
            false => Proof::Omitted(Method::Cases),
        }
    }

    fn look(&mut self) -> Case {
        if self.since_new > DRIFT {
            self.renew();
        }
        for attempt in 0..2 {
            let before = self.tableau.pivots;
            let end = self.tableau.solve(self.model.cutoff() + CLEARLY, self.pivots, self.options.clock);
            let spent = self.tableau.pivots - before;
            self.pivots -= spent.min(self.pivots);
            self.since_new += spent;
            let refuted = match end {
                End::Infeasible(row) => self.model.refutes(&self.tableau.farkas_ray(row), false, &self.ranges),
                _ if self.tableau.cost() > self.model.cutoff() => {
                    self.model.refutes(&self.tableau.duals(), true, &self.ranges)
                }
                _ => None,
            };
            if let Some(leaf) = refuted {
                self.certifiable &= leaf.is_certifiable();
                if self.options.certify {
                    let path: Vec<(usize, bool)> = self.path.iter().map(|turn| (turn.column, turn.first)).collect();
                    let duals = self.model.certificate(&leaf, &path);
                    self.tree.nodes.push(Node::Leaf(Proof::Duals(duals)));
                }
                return Case::Closed;
            }
            if self.pivots == 0 || self.options.clock.is_over() {
                return Case::Stuck;
            }
            if end == End::Optimal && self.tableau.cost() <= self.model.cutoff() + CLEARLY {
                return self.fraction();
            }
            // The floats say refuted and the integers do not: once more, with fresh floats.
            if attempt == 0 {
                self.renew();
            }
        }
        Case::Stuck
    }

    fn renew(&mut self) {
        self.tableau = Tableau::new(&self.model.lp.program);
        for (column, range) in self.ranges.iter().enumerate() {
            self.tableau.bound(column, range.least as f64, range.most as f64);
        }
        self.since_new = 0;
    }

    /// The column to split on; the packing where all are whole.
    fn fraction(&self) -> Case {
        let room = (self.model.cutoff() - self.tableau.cost()).max(0.0) + CLEARLY;
        let mut best: Option<((f64, f64), usize, f64)> = None;
        for column in 0..self.model.places.len() {
            let value = self.tableau.values()[column];
            if (value - value.round()).abs() < WHOLE {
                continue;
            }
            let rise = |goal: f64| self.tableau.penalty(column, goal).min(room) / room;
            let (down, up) = (rise(value.floor()), rise(value.ceil()));
            let even = (value - value.floor()).min(value.ceil() - value) * self.model.weight(column);
            let score = ((down + 1e-3) * (up + 1e-3), even);
            if best.as_ref().is_none_or(|(most, _, _)| score > *most) {
                best = Some((score, column, value));
            }
        }
        match best {
            Some((_, column, value)) => Case::Open { column, value },
            None => self.packing().map_or(Case::Stuck, Case::Packed),
        }
    }

    fn packing(&self) -> Option<Vec<Bin>> {
        let mut packing = vec![None; self.model.instance.items.len()];
        for (items, columns) in self.model.items.iter().zip(&self.model.columns) {
            let mut items = items.items.iter();
            for column in columns.clone() {
                let many = self.tableau.values()[column].round().max(0.0) as usize;
                items.by_ref().take(many).for_each(|&item| packing[item] = Some(self.model.place(column).1));
            }
        }
        let packing = packing.into_iter().collect::<Option<Vec<Bin>>>();
        packing.filter(|packing| self.model.restricted.admits(self.model.instance, packing))
    }

    fn descend(&mut self, column: usize, value: f64) {
        let most = value.floor().max(0.0) as u64;
        let first = value - value.floor() < 0.5;
        let node = self.tree.nodes.len();
        if self.options.certify {
            self.tree.nodes.push(Node::Split { by: self.model.split(column, most), cases: [usize::MAX; 2] });
        }
        self.path.push(Turn { column, before: self.ranges[column], first, most, other_closed: false, node });
        self.enter();
    }

    /// Narrows the column of the last turn.
    fn enter(&mut self) {
        let Some(turn) = self.path.last() else { return };
        let Range { least, most } = turn.before;
        let range = if turn.first { Range { least, most: turn.most } } else { Range { least: turn.most + 1, most } };
        let next = self.tree.nodes.len();
        if let Some(Node::Split { cases, .. }) = self.tree.nodes.get_mut(turn.node) {
            cases[usize::from(!turn.first)] = next;
        }
        self.narrow(turn.column, range);
    }

    fn narrow(&mut self, column: usize, range: Range) {
        self.ranges[column] = range;
        self.tableau.bound(column, range.least as f64, range.most as f64);
    }

    /// Goes to the next case that is not closed; whether there is one.
    fn turn_back(&mut self) -> bool {
        while let Some(turn) = self.path.last_mut() {
            if turn.other_closed {
                let (column, before) = (turn.column, turn.before);
                self.path.pop();
                self.narrow(column, before);
            } else {
                turn.other_closed = true;
                turn.first = !turn.first;
                self.enter();
                return true;
            }
        }
        false
    }
}
