//! One question in patterns: whether everything fits into the open bins. The linear program at its root, then dives
//! through it, and branching over the listed of all columns that a packing can use.

use crate::solve::rng::Rng;

use super::cache::Cache;
use super::column_list::ColumnList;
use super::columns::{Aim, Duals, Root, generate};
use super::pairs::{End, Pairs};
use super::problem::{Column, Problem, Rest};
use super::{LONG_DIVE, ROWS, dive, evidence};
use crate::certificate::Proof;
use crate::solve::Options;
use crate::solve::decide::Decision;
use crate::solve::instance::{Bin, Instance};
use crate::solve::work::{Effort, Work};

/// Columns must be full where the slack is less than one bin's share of this.
const TIGHT: i64 = 4;

/// One question, its root program solved.
pub struct Question<'a> {
    problem: &'a Problem,
    instance: &'a Instance,
    rest: Rest,
    root: Root,
    /// Whether columns are full in what follows.
    full: bool,
    /// Whether the root is at its optimum.
    optimal: bool,
    listed: Vec<Column>,
    dives: u32,
    rng: Rng,
    branching: Branching,
    /// Whether cases are recorded.
    certify: bool,
}

/// How far the branching over all columns has come.
enum Branching {
    NotYet,
    Begun(Box<Begun>),
    /// It is no tool for this question.
    Never,
}

/// Branching over all columns, of which `duals` say which these are: both in terms of `problem`, where every item is
/// a class.
struct Begun {
    problem: Problem,
    duals: Duals,
    pairs: Pairs,
}

impl<'a> Question<'a> {
    /// Solves the program at the root, as far as `effort` lets it.
    pub fn new(
        problem: &'a Problem,
        instance: &'a Instance,
        memory: &mut Cache,
        start: &[Bin],
        effort: Effort,
        options: &Options,
    ) -> Question<'a> {
        let rest = problem.rest();
        memory.add(problem, &problem.columns(start));
        let mut work = Work::new(effort.columns, options.clock);
        let open = f64::from(rest.open());
        let above = if problem.groups.len() == 1 { f64::MAX } else { open + 1e-6 };
        let aim = Aim { optimum: false, above, below: -1.0, full: false };
        let root = generate(problem, &rest, &[], &memory.columns(problem), aim, &mut work);
        memory.add(problem, &root.columns);
        memory.keep(problem, &root.duals);
        if !root.complete {
            memory.keep_too_few(effort.columns);
        }
        let tight = |(slack, capacity): (&i64, i64)| *slack < capacity / TIGHT;
        let smallest = |r: usize| problem.groups.iter().map(|group| group.capacity[r]).min().unwrap_or(0);
        let full = rest.slack(problem).iter().zip((0..problem.resources).map(smallest)).any(tight);
        Question {
            problem,
            instance,
            rest,
            root,
            full,
            optimal: false,
            listed: Vec::new(),
            dives: 0,
            rng: Rng::with_seed(options.seed ^ 0x6469_7665),
            branching: Branching::NotYet,
            certify: options.certify,
        }
    }

    /// What the root's duals prove, if they do.
    pub fn refuted(&self) -> Option<Proof> {
        let duals = &self.root.duals;
        let refuted = !duals.items.is_empty() && duals.refute(&self.rest);
        refuted.then(|| evidence::proof(self.problem, self.instance, duals))
    }

    /// Whether the root's value is known.
    pub fn is_complete(&self) -> bool {
        self.root.complete
    }

    /// Dives, at most so often, until the work of a round is done.
    pub fn dive(&mut self, memory: &mut Cache, most: u32, mut work: Work) -> Decision {
        if !self.optimal {
            self.optimal = true;
            let above = if self.full { f64::from(self.rest.open()) + 1e-6 } else { f64::MAX };
            let aim = Aim { optimum: true, above, below: -1.0, full: self.full };
            self.root = generate(self.problem, &self.rest, &[], &memory.columns(self.problem), aim, &mut work);
            memory.add(self.problem, &self.root.columns);
            self.listed = self.root.columns.clone();
        }
        let enough = work.left() / LONG_DIVE * (LONG_DIVE - 1);
        for _ in 0..most {
            let rng = (self.dives > 0).then_some(&mut self.rng);
            self.dives += 1;
            let found = dive::dive(self.problem, &self.root, &mut self.listed, self.full, rng, &mut work);
            let items = self.instance.items.len();
            if let Some(packing) = found.and_then(|columns| self.problem.assignment(&columns, items)) {
                return Decision::Packed(packing);
            }
            if work.left() < enough {
                break;
            }
        }
        Decision::Unknown
    }

    /// Branches over all columns, where they can be listed, until the work of a round is done.
    pub fn branch(&mut self, memory: &Cache, mut work: Work) -> Decision {
        if matches!(self.branching, Branching::NotYet) {
            self.branching = self.all_columns(memory, &mut work);
        }
        let Branching::Begun(begun) = &mut self.branching else { return Decision::Unknown };
        match begun.pairs.run(&mut work) {
            End::Stopped => return Decision::Unknown,
            End::Packed(columns) => {
                let columns: Vec<Column> = columns.into_iter().map(|it| begun.pairs.listed().spell(it)).collect();
                if let Some(packing) = begun.problem.assignment(&columns, self.instance.items.len()) {
                    return Decision::Packed(packing);
                }
            }
            End::Refuted => {
                return Decision::Refuted(evidence::pool(
                    &begun.problem,
                    self.instance,
                    &begun.duals,
                    &mut begun.pairs,
                ));
            }
            End::Stuck => {}
        }
        self.branching = Branching::Never;
        Decision::Unknown
    }

    fn all_columns(&self, memory: &Cache, work: &mut Work) -> Branching {
        let problem = self.problem;
        let shared = problem.groups.len() > 1 || !problem.domains.is_empty() || problem.moves.is_some();
        if shared || self.instance.items.len() > ROWS {
            return Branching::Never;
        }
        // The duals that fall short of a refutation by the least leave the fewest columns.
        let aim = Aim { optimum: true, above: f64::MAX, below: -1.0, full: false };
        let root = generate(problem, &self.rest, &[], &memory.columns(problem), aim, work);
        let (problem, duals) = problem.single_items(&root.duals);
        let listed = if root.complete { ColumnList::new(&problem, &duals, work) } else { None };
        match listed {
            Some(listed) => {
                let pairs = Pairs::new(listed, self.rest.open(), self.certify);
                Branching::Begun(Box::new(Begun { problem, duals, pairs }))
            }
            None if work.is_over() => Branching::NotYet,
            None => Branching::Never,
        }
    }
}
