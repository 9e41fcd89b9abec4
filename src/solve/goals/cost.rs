//! Hosts, price, watts: goals that count the hosts that hold anything.

use super::super::decide::{Decision, decide};
use super::super::fleets::sets::{self, Counts, HostSet};
use super::super::fleets::{Known, News};
use super::super::instance::{Bin, gcd, share};
use super::super::lp::bound::{self, Bounded, Measure};
use super::super::restricted::{Usage, bin_cost, host_set_cost, open_bins};
use super::super::work::Effort;
use super::super::{anneal, construct, fleets, patterns};
use super::{Goals, Lower, SEARCHED_HOST_SETS};
use crate::certificate::{Claim, HostCases, Proof};
use crate::model::{Goal, GoalValue};

/// Annealing gets so many steps an item for each of equal bins that is closed.
const CLOSING_STEPS: u64 = 1_000;

impl Goals<'_> {
    pub(super) fn minimise_cost(&mut self, goal: Goal) -> Lower {
        let as_value = |cost| as_value(goal, cost);
        if self.cost(goal) == 0 {
            return (as_value(0), None);
        }
        if let Some(packing) = self.filled(goal) {
            self.improve(packing, goal);
        }
        let by_lp = self.bound(&self.all_open(), Measure::Cost(goal)).map(|bounded| self.relaxed(goal, bounded));
        // Costs are multiples of what the costs of all bins are multiples of.
        let costs = Bin::all(self.instance.hosts.len()).map(|bin| bin_cost(self.instance, goal, bin));
        let bound = by_lp.as_ref().map_or(0, |it| it.bound.ceil());
        let bound = bound.next_multiple_of(costs.fold(0, gcd).max(1));
        let proof = by_lp.map_or(Proof::Rules, |it| Proof::Duals(it.duals));
        self.learn(goal, as_value(bound));
        self.close_equal_bins(goal, bound);
        if bound >= self.cost(goal) {
            return (as_value(bound), Some(proof));
        }
        let (bound, proof) = match self.host_sets.take() {
            Some(host_sets) => {
                let answer = self.cheapest_host_set(goal, &host_sets, bound, proof);
                self.host_sets = Some(host_sets);
                answer
            }
            None if self.out_of_time() => (bound, proof),
            None if self.all_open().moves.is_some() => {
                self.close_bins(goal);
                (bound, proof)
            }
            None => {
                let duals = if let Proof::Duals(duals) = &proof { &duals.groups[..] } else { &[] };
                let (raised, by_cases) = self.cheapest_hosts(goal, &Known { bound, duals });
                if raised > bound { (raised, by_cases) } else { (bound, proof) }
            }
        };
        (as_value(bound), Some(proof))
    }

    /// What the occupied bins of the best packing cost.
    fn cost(&self, goal: Goal) -> u64 {
        host_set_cost(self.instance, goal, &Usage::of(self.instance, &self.best).occupied())
    }

    /// Where all bins are alike: closes one after another for as long as a short annealing packs the rest.
    fn close_equal_bins(&mut self, goal: Goal, bound: u64) {
        if !patterns::are_equal(self.instance, &self.all_open()) {
            return;
        }
        while self.cost(goal) > bound && !self.out_of_time() {
            let mut open = Usage::of(self.instance, &self.best).occupied();
            let last = open.iter().rposition(|open| *open);
            last.into_iter().for_each(|bin| open[bin] = false);
            let restricted = self.restricted(&open);
            let steps = (1, CLOSING_STEPS * self.instance.items.len() as u64);
            let found = anneal::anneal_round(self.instance, &restricted, &self.best, 0, steps, self.options);
            if !found.is_some_and(|packing| self.improve(packing, goal)) {
                return;
            }
        }
    }

    /// The better of a bound on the cost and of the one without `apart` rules, which so many rules may make too large a
    /// program for the other.
    fn relaxed(&self, goal: Goal, bounded: Bounded) -> Bounded {
        let enough = bounded.bound.ceil() >= self.cost(goal);
        if enough || self.instance.aparts.is_empty() || self.all_open().moves.is_some() {
            return bounded;
        }
        let without = bound::bound(&self.instance.relaxed(), &self.all_open(), Measure::Cost(goal), self.options.clock);
        without.filter(|without| without.bound.ceil() > bounded.bound.ceil()).unwrap_or(bounded)
    }

    /// A packing made bin by bin, where it keeps to the limits and costs less than the best known.
    fn filled(&self, goal: Goal) -> Option<Vec<Bin>> {
        let restricted = self.all_open();
        let packing = construct::fill(self.instance, &restricted, goal, self.options.clock)?;
        let occupied = Usage::of(self.instance, &packing).occupied();
        let kept = self.limits.admit(self.instance, &occupied) && restricted.admits(self.instance, &packing);
        (kept && host_set_cost(self.instance, goal, &occupied) < self.cost(goal)).then_some(packing)
    }

    /// Goes through the sets of bins from cheap to dear until one can be packed. The bound is the cost of the
    /// cheapest set that was neither packed nor refuted; sets cheaper than `bound` are excluded by `proof`.
    fn cheapest_host_set(&mut self, goal: Goal, host_sets: &[HostSet], bound: u64, proof: Proof) -> (u64, Proof) {
        let cost = |host_set: &HostSet| host_set_cost(self.instance, goal, host_set);
        let mut now = self.cost(goal);
        let mut open: Vec<&HostSet> = host_sets
            .iter()
            .filter(|host_set| (bound..now).contains(&cost(host_set)) && self.limits.admit(self.instance, host_set))
            .collect();
        open.sort_by_key(|host_set| (cost(host_set), std::cmp::Reverse(sets::size(host_set))));
        let mut refuted: Vec<(Counts, Claim)> = Vec::new();
        for effort in [Effort::QUICK, Effort::SOLID, Effort::STUBBORN] {
            let mut left = Vec::new();
            for host_set in open {
                if host_set_cost(self.instance, goal, host_set) >= now {
                    break;
                }
                let counts = Counts::of(self.instance, host_set);
                if refuted.iter().any(|(larger, _)| larger.contain(&counts)) {
                    continue;
                }
                if self.out_of_time() || (effort == Effort::SOLID && left.len() >= SEARCHED_HOST_SETS) {
                    left.push(host_set);
                    continue;
                }
                let restricted = self.restricted(host_set);
                let equal = patterns::are_equal(self.instance, &restricted);
                if effort == Effort::STUBBORN && !equal {
                    left.push(host_set);
                    continue;
                }
                let first = effort == Effort::QUICK && equal && self.memory.is_fresh();
                let effort = if first { Effort::FIRST } else { effort };
                match decide(self.instance, &restricted, &self.best, effort, &mut self.memory, self.options) {
                    Decision::Packed(packing) => {
                        self.improve(packing, goal);
                        now = self.cost(goal);
                    }
                    Decision::Refuted(proof) => refuted.push((counts, restricted.claim(self.instance, proof))),
                    Decision::Unknown => left.push(host_set),
                }
            }
            open = left;
        }
        let undecided = open.iter().map(|host_set| host_set_cost(self.instance, goal, host_set)).min();
        let raised = undecided.unwrap_or(now).min(now);
        if raised <= bound {
            return (bound, proof);
        }
        let below = self.just_below(goal, as_value(goal, bound));
        let below = below.map(|limits| Box::new(Claim { hosts: None, limits, proof }));
        let cases = refuted.into_iter().map(|(_, claim)| claim).collect();
        (raised, Proof::Hosts(HostCases { below, cases }))
    }

    /// Where the sets are too many to list: chooses how many hosts of each kind are open. The bound and its proof.
    fn cheapest_hosts(&mut self, goal: Goal, known: &Known) -> (u64, Proof) {
        let restricted = self.all_open();
        let (instance, limits, options) = (self.instance, self.limits, self.options);
        let start = self.best.clone();
        let mut news = |news| match news {
            News::Packing(packing) => _ = self.improve(packing, goal),
            News::Bound(bound) => self.learn(goal, as_value(goal, bound)),
        };
        fleets::cheapest(instance, &restricted, &limits, goal, &start, known, options, &mut news)
    }

    /// Where moves are limited, too: closes one bin after another while the rest can be packed.
    fn close_bins(&mut self, goal: Goal) {
        let mut open = Usage::of(self.instance, &self.best).occupied();
        let mut bins: Vec<Bin> = open_bins(&open).collect();
        // The dear and empty ones first.
        let usage = Usage::of(self.instance, &self.best);
        let emptiness = |bin: Bin| share(&usage.used[bin], &self.instance.allocatable[bin]);
        bins.sort_by(|&a, &b| emptiness(a).cmp(&emptiness(b)).then(a.cmp(&b)));
        for bin in bins {
            if self.out_of_time() {
                return;
            }
            if !std::mem::replace(&mut open[bin], false) {
                continue;
            }
            let restricted = self.restricted(&open);
            match decide(self.instance, &restricted, &self.best, Effort::QUICK, &mut self.memory, self.options) {
                Decision::Packed(packing) => {
                    open = Usage::of(self.instance, &packing).occupied();
                    if host_set_cost(self.instance, goal, &open) < self.cost(goal) {
                        self.improve(packing, goal);
                    }
                }
                Decision::Refuted(_) | Decision::Unknown => open[bin] = true,
            }
        }
    }
}

/// A cost as a value of `goal`, which counts hosts.
fn as_value(goal: Goal, cost: u64) -> GoalValue {
    match goal {
        Goal::FewestHosts => GoalValue::Count(cost),
        _ => GoalValue::Millionths(cost),
    }
}
