//! A door for `benches/parts.rs`: the tools of the solver one by one. No promise of the library.

use super::budget::{Budget, Limits};
use super::decide::{Decision, Effort, by_search};
use super::instance::{Instance, Scope, Slot};
use super::rounding::rounded;
use super::weights::{self, Measure};
use super::{NoLimit, Options, anneal, construct, mixes, patterns};
use crate::model::{Goal, Layout, Ratio};

/// An instance to use the tools on.
pub struct Parts {
    instance: Instance,
    budget: Budget,
}

const OPTIONS: Options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };

impl Parts {
    /// Presolve. `None` where the rules contradict each other.
    pub fn presolve(layout: &Layout) -> Option<Parts> {
        let instance = Instance::build(layout, Scope::ALL).ok()?;
        let budget = Budget::new(&instance, &vec![true; instance.hosts.len()], &Limits::default());
        Some(Parts { instance, budget })
    }

    /// The class LP's bound on what `goal` costs.
    pub fn cost_bound(&self, goal: Goal) -> Option<u64> {
        Some(weights::bound(&self.instance, &self.budget, Measure::Cost(goal), &NoLimit)?.bound.ceil())
    }

    /// Whether rounding the volume says more than the volume.
    pub fn rounded(&self) -> bool {
        rounded(&self.instance, &self.budget).is_some()
    }

    /// The portfolio of greedy packings: how many items found a place.
    pub fn greedy(&self) -> usize {
        match construct::construct(&self.instance, &self.budget, &NoLimit, true) {
            Ok(packing) => packing.len(),
            Err(packing) => packing.iter().flatten().count(),
        }
    }

    /// A packing slot by slot.
    pub fn fill(&self, goal: Goal) -> bool {
        construct::fill(&self.instance, &self.budget, goal).is_some()
    }

    /// The root program of column generation, where hosts are equal.
    pub fn columns(&self) -> bool {
        let effort = Effort { steps: 1, rounds: 1, ..Effort::FIRST };
        let mut memory = patterns::Memory::default();
        let equal = patterns::are_equal(&self.instance, &self.budget);
        equal
            && patterns::decide(&self.instance, &self.budget, &self.anywhere(), effort, &mut memory, &OPTIONS)
                != Decision::Unknown
    }

    /// Every item on the first slot it may go to.
    fn anywhere(&self) -> Vec<Slot> {
        let first = |item| self.instance.slots(item).first().copied().unwrap_or(0);
        (0..self.instance.items.len()).map(first).collect()
    }

    /// So many steps of annealing towards half of what the volume allows, which cannot be had.
    pub fn anneal(&self, steps: u64) -> bool {
        let all = self.instance.total();
        let there = |r: usize| self.instance.allocatable.iter().map(|give| give[r]).sum::<u64>().max(1);
        let least = (0..all.len()).map(|r| Ratio { part: all[r] / 2, whole: there(r) }).max().unwrap_or(Ratio::ZERO);
        let tight = self.budget.with_share(&self.instance, least);
        anneal::anneal(&self.instance, &tight, &self.anywhere(), 1, steps, &OPTIONS).is_some()
    }

    /// So many steps of packing into all hosts, host by host.
    pub fn pack(&self, steps: u64) -> bool {
        mixes::packed(&self.instance, &self.budget, steps, &OPTIONS).is_some()
    }

    /// So many nodes of the exact search.
    pub fn search(&self, nodes: u64) -> bool {
        by_search(&self.instance, &self.budget, nodes, &OPTIONS).is_some()
    }
}
