//! What is kept from one question to the next about the same items: columns, duals that refute, and the class LP.

use std::collections::{BTreeMap, BTreeSet};

use super::super::lp::bound::Bounded;
use super::super::restricted::RestrictedInstance;
use super::columns::Duals;
use super::problem::{Column, Problem, Rest};

/// Of more columns than this the older are forgotten.
const COLUMNS: usize = 6_000;
/// Of more duals than this, too.
const WEIGHTS: usize = 64;

/// What a bin is, in every question about the same instance.
type Kind = (usize, Vec<i64>);

/// What is known of the columns of one instance, whichever of its bins are open.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    kinds: BTreeMap<Kind, usize>,
    columns: Vec<Column>,
    known: BTreeSet<Column>,
    duals: Vec<Kept>,
    /// Column generation was not finished within so many steps.
    tried: u64,
    /// A restriction, and what the class LP says of the share that it needs.
    class_lp: Option<(RestrictedInstance, Bounded)>,
}

/// Duals, by kinds of bins and by rules and domains of the instance.
#[derive(Clone, Debug)]
struct Kept {
    items: Vec<i64>,
    bins: BTreeMap<usize, i64>,
    moves: i64,
    domains: BTreeMap<(usize, usize), i64>,
}

impl Cache {
    /// What the class LP says of the share that is needed within `restricted`, and nothing of columns.
    pub fn of_class_lp(restricted: RestrictedInstance, bounded: Bounded) -> Cache {
        Cache { class_lp: Some((restricted, bounded)), ..Cache::default() }
    }

    /// What the class LP says of the share that is needed within `restricted`, where that is known.
    pub fn class_lp(&self, restricted: &RestrictedInstance) -> Option<&Bounded> {
        self.class_lp.as_ref().filter(|(known, _)| known == restricted).map(|(_, bounded)| bounded)
    }

    /// Whether no duals are known.
    pub fn is_empty(&self) -> bool {
        self.duals.is_empty()
    }

    /// Whether no columns were generated yet.
    pub fn is_fresh(&self) -> bool {
        self.duals.is_empty() && self.tried == 0
    }

    /// Whether so many steps are known to be too few for column generation.
    pub fn are_too_few(&self, steps: u64) -> bool {
        self.tried >= steps
    }

    /// Keeps that so many steps were too few.
    pub fn keep_too_few(&mut self, steps: u64) {
        self.tried = self.tried.max(steps);
    }

    /// Duals known to refute that `rest` can be packed, in the terms of `problem`.
    pub fn refutation(&self, problem: &Problem, rest: &Rest) -> Option<Duals> {
        let kinds: Option<Vec<usize>> =
            problem.groups.iter().map(|group| self.kinds.get(&kind(group)).copied()).collect();
        let kinds = kinds?;
        self.duals.iter().rev().find_map(|kept| {
            let domain = |domain| kept.domains.get(domain).copied().unwrap_or(0);
            let bins: Option<Vec<i64>> = kinds.iter().map(|kind| kept.bins.get(kind).copied()).collect();
            let duals = Duals {
                items: kept.items.clone(),
                bins: bins?,
                moves: kept.moves,
                domains: problem.domains.iter().map(domain).collect(),
            };
            // A price on a domain that is not shared here lowers what a bin of it can hold, so it must be paid.
            let known = kept.domains.iter().all(|(domain, price)| *price == 0 || problem.domains.contains(domain));
            let moves = kept.moves == 0 || rest.moves.is_some();
            (known && moves && duals.refute(rest)).then_some(duals)
        })
    }

    /// Keeps duals that hold for every column.
    pub fn keep(&mut self, problem: &Problem, duals: &Duals) {
        if duals.items.is_empty() {
            return;
        }
        let kinds: Vec<usize> = problem.groups.iter().map(|group| self.kind(kind(group))).collect();
        if self.duals.len() == WEIGHTS {
            self.duals.remove(0);
        }
        self.duals.push(Kept {
            items: duals.items.clone(),
            bins: kinds.into_iter().zip(duals.bins.iter().copied()).collect(),
            moves: duals.moves,
            domains: problem.domains.iter().copied().zip(duals.domains.iter().copied()).collect(),
        });
    }

    /// The columns known that fit into the groups of `problem`.
    pub fn columns(&self, problem: &Problem) -> Vec<Column> {
        let mut group_of: BTreeMap<usize, usize> = BTreeMap::new();
        for (group, of) in problem.groups.iter().enumerate() {
            self.kinds.get(&kind(of)).into_iter().for_each(|&kind| _ = group_of.insert(kind, group));
        }
        let spell = |column: &Column| {
            let group = *group_of.get(&column.group)?;
            Some(Column { group, items: column.items.clone() })
        };
        self.columns.iter().filter_map(spell).filter(|column| problem.waste(column).is_some()).collect()
    }

    /// Keeps columns of `problem`.
    pub fn add(&mut self, problem: &Problem, columns: &[Column]) {
        let kinds: Vec<usize> = problem.groups.iter().map(|group| self.kind(kind(group))).collect();
        for column in columns {
            let column = Column { group: kinds[column.group], items: column.items.clone() };
            if self.known.insert(column.clone()) {
                self.columns.push(column);
            }
        }
        if self.columns.len() > COLUMNS {
            let old = self.columns.len() - COLUMNS;
            for column in self.columns.drain(..old) {
                self.known.remove(&column);
            }
        }
    }

    fn kind(&mut self, kind: Kind) -> usize {
        let next = self.kinds.len();
        *self.kinds.entry(kind).or_insert(next)
    }
}

fn kind(group: &super::problem::Group) -> Kind {
    (group.class, group.capacity.clone())
}
