//! A door for `benches/parts.rs`: the tools of the solver one by one. No promise of the library.

use super::decide::{Decision, by_search};
use super::instance::{Bin, Instance, Scope};
use super::lp::bound::{self, Measure};
use super::restricted::RestrictedInstance;
use super::rounding::rounded;
use super::work::Effort;
use super::{NoLimit, Options, anneal, construct, fleets, patterns};
use crate::certificate::ItemIndex;
use crate::model::{Goal, Layout, Ratio};

/// An instance to use the tools on.
pub struct Parts {
    instance: Instance,
    restricted: RestrictedInstance,
}

const OPTIONS: Options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };

impl Parts {
    /// Presolve. `None` where the rules contradict each other.
    pub fn presolve(layout: &Layout) -> Option<Parts> {
        let instance = Instance::build(&layout.into(), Scope::ALL).ok()?;
        let restricted = RestrictedInstance::none(&instance);
        Some(Parts { instance, restricted })
    }

    /// The class LP's bound on what `goal` costs.
    pub fn cost_bound(&self, goal: Goal) -> Option<u64> {
        Some(bound::bound(&self.instance, &self.restricted, Measure::Cost(goal), &NoLimit)?.bound.ceil())
    }

    /// Whether rounding the volume says more than the volume.
    pub fn rounded(&self) -> bool {
        rounded(&self.instance, &self.restricted).is_some()
    }

    /// The portfolio of greedy packings: how many items found a place.
    pub fn greedy(&self) -> usize {
        match construct::construct(&self.instance, &self.restricted, &NoLimit, true) {
            Ok(packing) => packing.len(),
            Err(packing) => packing.iter().flatten().count(),
        }
    }

    /// A packing bin by bin.
    pub fn fill(&self, goal: Goal) -> bool {
        construct::fill(&self.instance, &self.restricted, goal, &NoLimit).is_some()
    }

    /// The root program of column generation, where hosts are equal.
    pub fn columns(&self) -> bool {
        let effort = Effort { steps: 1, rounds: 1, ..Effort::FIRST };
        let mut memory = patterns::Cache::default();
        let equal = patterns::are_equal(&self.instance, &self.restricted);
        equal
            && patterns::decide(&self.instance, &self.restricted, &self.anywhere(), effort, &mut memory, &OPTIONS)
                != Decision::Unknown
    }

    /// Every item on the first bin it may go to.
    fn anywhere(&self) -> Vec<Bin> {
        let first = |item| self.instance.bins(item).first().copied().unwrap_or_default();
        ItemIndex::all(self.instance.items.len()).map(first).collect()
    }

    /// So many steps of annealing towards half of what the volume allows, which cannot be had.
    pub fn anneal(&self, steps: u64) -> bool {
        let all = self.instance.total();
        let there = |r: usize| self.instance.allocatable.iter().map(|give| give[r]).sum::<u64>().max(1);
        let least = (0..all.len()).map(|r| Ratio { part: all[r] / 2, whole: there(r) }).max().unwrap_or(Ratio::ZERO);
        let tight = self.restricted.with_share(&self.instance, least);
        anneal::anneal(&self.instance, &tight, &self.anywhere(), 1, steps, &OPTIONS).is_some()
    }

    /// So many steps of packing into all hosts, host by host.
    pub fn pack(&self, steps: u64) -> bool {
        fleets::packed(&self.instance, &self.restricted, steps, &OPTIONS).is_some()
    }

    /// So many nodes of the exact search.
    pub fn search(&self, nodes: u64) -> bool {
        by_search(&self.instance, &self.restricted, nodes, &OPTIONS).is_some()
    }
}
