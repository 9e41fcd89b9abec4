//! Goal after goal: each is brought as low as can be, shown to go no lower, and fixed before the next is looked at.

use super::branch::branch;
use super::budget::{Budget, Limits, Load, mix_cost, moves, slot_cost, value};
use super::decide::{Decision, Effort, by_search, decide, is_small, refuted, searched};
use super::instance::{Instance, Slot, gcd};
use super::mixes::News;
use super::mixes::sets::{self, Mix};
use super::patterns::{self, Memory};
use super::rounding::rounded;
use super::search::{Target, search};
use super::weights::{self, Bounded, Measure};
use super::{GoalResult, Method, Options, Progress, anneal, construct, mixes};
use crate::certificate::{Claim, HostCases, Proof};
use crate::model::{Goal, GoalValue, Ratio};

/// Balance is proven when it is within a thousandth of its bound: a smaller gap stalls every solver that was tried.
const TOLERANCE_PARTS: u64 = 1_000_000;
const PARTS: u64 = 1_000_000_000;
/// A balance is sought in so many halvings between its bound and the best known.
const HALVINGS: usize = 12;
/// Annealing gets so many steps an item for each of equal slots that is closed.
const CLOSING_STEPS: u64 = 1_000;
/// Sets of slots beyond so many are not searched one by one.
const SEARCHED_MIXES: usize = 40;

/// The state between goals.
pub struct Goals<'a> {
    instance: &'a Instance,
    options: &'a Options<'a>,
    limits: Limits,
    best: Vec<Slot>,
    claims: Vec<Option<Claim>>,
    mixes: Option<Vec<Mix>>,
    /// What the goal at work cannot go below, as far as is known.
    bound: Option<GoalValue>,
    memory: Memory,
}

/// A bound on a goal: no placement within the limits so far is better. What proves it; nothing where it is 0.
type Lower = (GoalValue, Option<Proof>);

impl<'a> Goals<'a> {
    /// Starts from a packing.
    pub fn new(instance: &'a Instance, options: &'a Options<'a>, start: Vec<Slot>) -> Goals<'a> {
        let (limits, claims) = (Limits::default(), Vec::new());
        let mixes = sets::all(instance);
        Goals { instance, options, limits, best: start, claims, mixes, bound: None, memory: Memory::default() }
    }

    /// The best packing so far, and for each goal what proves its bound.
    pub fn into_best(self) -> (Vec<Slot>, Vec<Option<Claim>>) {
        (self.best, self.claims)
    }

    /// Minimises `goal`, keeps it fixed from now on, and says what was reached.
    pub fn minimise(&mut self, goal: Goal) -> GoalResult {
        self.bound = None;
        self.tell(goal);
        let (bound, proof) = match goal {
            Goal::FewestHosts | Goal::Cheapest | Goal::LeastPower => self.minimise_cost(goal),
            Goal::Balance => self.minimise_share(),
            Goal::FewestMoves => self.minimise_moves(),
        };
        let value = value(self.instance, goal, &self.best);
        let proven = match (value, bound) {
            (GoalValue::Share(value), GoalValue::Share(bound)) => with_tolerance(bound) >= value,
            _ => bound >= value,
        };
        let by = proof.as_ref().map_or(Method::Volume, Proof::method);
        let claim = |(limits, proof)| Claim { hosts: None, limits, proof };
        self.claims.push(self.just_below(goal, bound).zip(proof).map(claim));
        self.limits.fix(goal, value);
        let by = if proven { by } else { Method::None };
        GoalResult { goal, value, bound, proven, by }
    }

    /// The limits so far, and `goal` better than `bound`; `None` where nothing could be.
    fn just_below(&self, goal: Goal, bound: GoalValue) -> Option<Limits> {
        let less = match bound {
            GoalValue::Count(value) => GoalValue::Count(value.checked_sub(1)?),
            GoalValue::Thousandths(value) => GoalValue::Thousandths(value.checked_sub(1)?),
            GoalValue::Share(share) => GoalValue::Share(Ratio { part: part(share).checked_sub(1)?, whole: PARTS }),
        };
        let mut limits = self.limits;
        limits.fix(goal, less);
        Some(limits)
    }

    fn out_of_time(&self) -> bool {
        self.options.clock.left().is_zero()
    }

    fn improve(&mut self, packing: Vec<Slot>, goal: Goal) {
        self.best = packing;
        self.tell(goal);
    }

    fn learn(&mut self, goal: Goal, bound: GoalValue) {
        self.bound = Some(bound);
        self.tell(goal);
    }

    fn tell(&self, goal: Goal) {
        let value = value(self.instance, goal, &self.best);
        (self.options.progress)(Progress { goal, value, bound: self.bound });
    }

    /// What the occupied slots of the best packing cost.
    fn cost(&self, goal: Goal) -> u64 {
        mix_cost(self.instance, goal, &Load::of(self.instance, &self.best).occupied())
    }

    fn bound(&self, budget: &Budget, measure: Measure) -> Option<Bounded> {
        weights::bound(self.instance, budget, measure, self.options.clock)
    }

    fn all_open(&self) -> Budget {
        Budget::new(self.instance, &vec![true; self.instance.hosts.len()], &self.limits)
    }

    // Hosts, price, watts: a goal that counts the slots that hold anything.

    fn minimise_cost(&mut self, goal: Goal) -> Lower {
        let as_value = |cost| as_value(goal, cost);
        if self.cost(goal) == 0 {
            return (as_value(0), None);
        }
        if let Some(packing) = self.filled(goal) {
            self.improve(packing, goal);
        }
        let by_weights = self.bound(&self.all_open(), Measure::Cost(goal)).map(|bounded| self.relaxed(goal, bounded));
        // Costs are multiples of what the costs of all slots are multiples of.
        let costs = (0..self.instance.hosts.len()).map(|slot| slot_cost(self.instance, goal, slot));
        let bound = by_weights.as_ref().map_or(0, |it| it.bound.ceil());
        let bound = bound.next_multiple_of(costs.fold(0, gcd).max(1));
        let proof = by_weights.map_or(Proof::Rules, |it| Proof::Weights(it.weights));
        self.learn(goal, as_value(bound));
        self.close_equal_slots(goal, bound);
        if bound >= self.cost(goal) {
            return (as_value(bound), Some(proof));
        }
        let (bound, proof) = match self.mixes.take() {
            Some(mixes) => {
                let answer = self.cheapest_mix(goal, &mixes, bound, proof);
                self.mixes = Some(mixes);
                answer
            }
            None if self.limits.moves.is_some() => {
                self.close_slots(goal);
                (bound, proof)
            }
            None => {
                let (raised, by_cases) = self.cheapest_hosts(goal);
                if raised > bound { (raised, by_cases) } else { (bound, proof) }
            }
        };
        (as_value(bound), Some(proof))
    }

    /// Where all slots are alike: closes one after another for as long as a short annealing packs the rest.
    fn close_equal_slots(&mut self, goal: Goal, bound: u64) {
        if !patterns::are_equal(self.instance, &self.all_open()) {
            return;
        }
        while self.cost(goal) > bound && !self.out_of_time() {
            let mut open = Load::of(self.instance, &self.best).occupied();
            let last = open.iter().rposition(|open| *open);
            last.into_iter().for_each(|slot| open[slot] = false);
            let budget = Budget::new(self.instance, &open, &self.limits);
            let steps = (1, CLOSING_STEPS * self.instance.items.len() as u64);
            match anneal::anneal_round(self.instance, &budget, &self.best, 0, steps, self.options) {
                Some(packing) => self.improve(packing, goal),
                None => return,
            }
        }
    }

    /// The better of a bound on the cost and of the one without `apart` rules, which so many rules may make too large a
    /// program for the other.
    fn relaxed(&self, goal: Goal, bounded: Bounded) -> Bounded {
        if self.instance.aparts.is_empty() || self.limits.moves.is_some() {
            return bounded;
        }
        let without =
            weights::bound(&self.instance.relaxed(), &self.all_open(), Measure::Cost(goal), self.options.clock);
        without.filter(|without| without.bound.ceil() > bounded.bound.ceil()).unwrap_or(bounded)
    }

    /// A packing made slot by slot, where it keeps to the limits and costs less than the best known.
    fn filled(&self, goal: Goal) -> Option<Vec<Slot>> {
        let budget = self.all_open();
        let packing = construct::fill(self.instance, &budget, goal)?;
        let occupied = Load::of(self.instance, &packing).occupied();
        let kept = self.limits.admit(self.instance, &occupied) && budget.admits(self.instance, &packing);
        (kept && mix_cost(self.instance, goal, &occupied) < self.cost(goal)).then_some(packing)
    }

    /// Goes through the sets of slots from cheap to dear until one can be packed. The bound is the cost of the
    /// cheapest set that was neither packed nor refuted; sets cheaper than `bound` are excluded by `proof`.
    fn cheapest_mix(&mut self, goal: Goal, mixes: &[Mix], bound: u64, proof: Proof) -> (u64, Proof) {
        let cost = |mix: &Mix| mix_cost(self.instance, goal, mix);
        let now = self.cost(goal);
        let mut open: Vec<&Mix> = mixes
            .iter()
            .filter(|mix| (bound..now).contains(&cost(mix)) && self.limits.admit(self.instance, mix))
            .collect();
        open.sort_by_key(|mix| (cost(mix), std::cmp::Reverse(sets::size(mix))));
        let mut refuted: Vec<(&Mix, Claim)> = Vec::new();
        for effort in [Effort::QUICK, Effort::SOLID, Effort::STUBBORN] {
            let mut left = Vec::new();
            for mix in open {
                if mix_cost(self.instance, goal, mix) >= self.cost(goal) {
                    break;
                }
                if refuted.iter().any(|(larger, _)| sets::contains(self.instance, larger, mix)) {
                    continue;
                }
                if self.out_of_time() || (effort == Effort::SOLID && left.len() >= SEARCHED_MIXES) {
                    left.push(mix);
                    continue;
                }
                let budget = Budget::new(self.instance, mix, &self.limits);
                let equal = patterns::are_equal(self.instance, &budget);
                if effort == Effort::STUBBORN && !equal {
                    left.push(mix);
                    continue;
                }
                let first = effort == Effort::QUICK && equal && self.memory.is_fresh();
                let effort = if first { Effort::FIRST } else { effort };
                match decide(self.instance, &budget, &self.best, effort, &mut self.memory, self.options) {
                    Decision::Packed(packing) => self.improve(packing, goal),
                    Decision::Refuted(proof) => refuted.push((mix, budget.claim(self.instance, proof))),
                    Decision::Unknown => left.push(mix),
                }
            }
            open = left;
        }
        let now = self.cost(goal);
        let undecided = open.iter().map(|mix| mix_cost(self.instance, goal, mix)).min();
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
    fn cheapest_hosts(&mut self, goal: Goal) -> (u64, Proof) {
        let budget = self.all_open();
        let (instance, limits, options) = (self.instance, self.limits, self.options);
        let start = self.best.clone();
        let mut news = |news| match news {
            News::Packing(packing) => self.improve(packing, goal),
            News::Bound(bound) => self.learn(goal, as_value(goal, bound)),
        };
        mixes::cheapest(instance, &budget, &limits, goal, &start, options, &mut news)
    }

    /// Where moves are limited, too: closes one slot after another while the rest can be packed.
    fn close_slots(&mut self, goal: Goal) {
        let mut open = Load::of(self.instance, &self.best).occupied();
        let mut slots: Vec<Slot> = (0..open.len()).filter(|&slot| open[slot]).collect();
        // The dear and empty ones first.
        let load = Load::of(self.instance, &self.best);
        let emptiness = |slot: Slot| super::instance::share(&load.used[slot], &self.instance.allocatable[slot]);
        slots.sort_by(|&a, &b| emptiness(a).cmp(&emptiness(b)).then(a.cmp(&b)));
        for slot in slots {
            if self.out_of_time() {
                return;
            }
            if !std::mem::replace(&mut open[slot], false) {
                continue;
            }
            let budget = Budget::new(self.instance, &open, &self.limits);
            match decide(self.instance, &budget, &self.best, Effort::QUICK, &mut self.memory, self.options) {
                Decision::Packed(packing) => {
                    open = Load::of(self.instance, &packing).occupied();
                    if mix_cost(self.instance, goal, &open) < self.cost(goal) {
                        self.improve(packing, goal);
                    }
                }
                Decision::Refuted(_) | Decision::Unknown => open[slot] = true,
            }
        }
    }

    /// The sets of slots within which balance and moves are sought, and whether these are all there are.
    fn open_sets(&self) -> (Vec<Mix>, bool) {
        let full = vec![true; self.instance.hosts.len()];
        if self.limits.admit(self.instance, &full) {
            return (vec![full], true);
        }
        match &self.mixes {
            Some(mixes) => (sets::largest(self.instance, mixes, &self.limits), true),
            None => (vec![Load::of(self.instance, &self.best).occupied()], false),
        }
    }

    // Balance: the largest share of any resource of any slot.

    fn share(&self) -> Ratio {
        Load::of(self.instance, &self.best).share(self.instance)
    }

    fn minimise_share(&mut self) -> Lower {
        if self.out_of_time() {
            return (GoalValue::Share(Ratio::ZERO), None);
        }
        let (open, all) = self.open_sets();
        let mut candidates: Vec<Candidate<Ratio>> = (open.iter())
            .map(|mix| {
                let budget = Budget::new(self.instance, mix, &self.limits);
                let bound = volume_share(self.instance, &budget);
                let claim = self.no_share_below(&budget, bound, Proof::Volume);
                Candidate { bound, budget, claim }
            })
            .collect();
        candidates.sort_by_key(|candidate| candidate.bound);
        // Volume first, which costs nothing; the LP only where volume leaves room for improvement.
        let mut without: Vec<Claim> = Vec::new();
        candidates.retain_mut(|candidate| {
            if with_tolerance(candidate.bound) >= self.share() || self.out_of_time() {
                return true;
            }
            match self.bound(&candidate.budget, Measure::Share) {
                Some(by_weights) => {
                    let bound = by_weights.bound.ratio();
                    let proof = Proof::Weights(by_weights.weights);
                    candidate.raise(bound, self.no_share_below(&candidate.budget, bound, proof));
                    true
                }
                None => {
                    without.push(candidate.budget.claim(self.instance, Proof::Rules));
                    false
                }
            }
        });
        candidates.sort_by_key(|candidate| candidate.bound);
        if let (Some(least), true) = (candidates.first(), all) {
            self.learn(Goal::Balance, GoalValue::Share(least.bound));
        }
        for effort in [Effort::QUICK, Effort::SOLID] {
            for candidate in candidates.iter_mut().take(SEARCHED_MIXES) {
                if with_tolerance(candidate.bound) < self.share() && !self.out_of_time() {
                    self.lower_share(candidate, effort);
                }
            }
        }
        for effort in [Effort::SOLID, Effort::THOROUGH] {
            for candidate in candidates.iter_mut().take(SEARCHED_MIXES) {
                self.decide_share(candidate, effort);
            }
        }
        if !all {
            let whole = self.all_open();
            let by_weights = self.bound(&whole, Measure::Share).unwrap_or_default();
            let volume = volume_share(self.instance, &whole);
            let (bound, proof) = match by_weights.bound.ratio() {
                bound if bound > volume => (bound, Proof::Weights(by_weights.weights)),
                _ => (volume, Proof::Volume),
            };
            return (GoalValue::Share(bound.min(self.share())), Some(proof));
        }
        let bound = candidates.iter().map(|candidate| candidate.bound).min().unwrap_or(Ratio::ZERO);
        let cases = without.into_iter().chain(candidates.into_iter().map(|candidate| candidate.claim)).collect();
        let proof = Proof::Hosts(HostCases { below: None, cases });
        (GoalValue::Share(bound.min(self.share())), Some(proof))
    }

    /// Asks for a share that is smaller by the tolerance, again and again, until there is none.
    fn decide_share(&mut self, candidate: &mut Candidate<Ratio>, effort: Effort) {
        while with_tolerance(candidate.bound) < self.share() && !self.out_of_time() {
            let target = less_tolerance(self.share());
            let tight = candidate.budget.with_share(self.instance, target);
            match decide(self.instance, &tight, &self.best, effort, &mut self.memory, self.options) {
                Decision::Packed(packing) => self.improve(packing, Goal::Balance),
                Decision::Refuted(proof) => candidate.raise(target, tight.claim(self.instance, proof)),
                Decision::Unknown => return,
            }
        }
    }

    /// The claim that no packing within `budget` has a share below `bound`.
    fn no_share_below(&self, budget: &Budget, bound: Ratio, proof: Proof) -> Claim {
        let below = Ratio { part: part(bound).saturating_sub(1), whole: PARTS };
        budget.with_share(self.instance, below).claim(self.instance, proof)
    }

    /// Seeks packings within the budget of a smaller share: first as low as the bound allows, then halfway and halfway.
    fn lower_share(&mut self, candidate: &mut Candidate<Ratio>, effort: Effort) {
        let target = less_tolerance(self.share());
        let tight = candidate.budget.with_share(self.instance, target);
        if let Some(proof) = refuted(self.instance, &tight, self.options.clock) {
            return candidate.raise(target, tight.claim(self.instance, proof));
        }
        let mut low = part(candidate.bound).saturating_add(TOLERANCE_PARTS * 9 / 10);
        for halving in 0..HALVINGS {
            let high = part(self.share());
            if low >= high || self.out_of_time() {
                break;
            }
            let target = if halving == 0 { low } else { low + (high - low) / 2 };
            let share = Ratio { part: target, whole: PARTS };
            let tight = candidate.budget.with_share(self.instance, share);
            match self.seek(&tight, &self.best, effort) {
                Decision::Packed(packing) => self.improve(packing, Goal::Balance),
                Decision::Refuted(proof) => {
                    candidate.raise(share, tight.claim(self.instance, proof));
                    low = target + TOLERANCE_PARTS / 4;
                }
                Decision::Unknown => low = target + TOLERANCE_PARTS / 4,
            }
        }
    }

    /// A packing within `tight`: small instances are searched, others annealed.
    fn seek(&self, tight: &Budget, start: &[Slot], effort: Effort) -> Decision {
        if is_small(self.instance)
            && let Some(decision) = by_search(self.instance, tight, Effort::QUICK.nodes, self.options)
        {
            return decision;
        }
        let found = anneal::anneal(self.instance, tight, start, effort.rounds, effort.steps, self.options);
        found.map_or(Decision::Unknown, Decision::Packed)
    }

    // Moves: containers that the current placement has on another host.

    fn minimise_moves(&mut self) -> Lower {
        let now = |goals: &Self| moves(goals.instance, &goals.best);
        if now(self) == 0 || self.out_of_time() {
            return (GoalValue::Count(0), None);
        }
        let (open, all) = self.open_sets();
        let mut without: Vec<Claim> = Vec::new();
        let mut candidates: Vec<Candidate<u64>> = Vec::new();
        for mix in &open {
            let budget = Budget::new(self.instance, mix, &self.limits);
            let sharper = Sharper::new(self.instance, &budget);
            match weights::bound(&sharper.instance, &sharper.budget, Measure::Moves, self.options.clock) {
                Some(by_weights) => {
                    let bound = by_weights.bound.ceil();
                    let claim = self.no_moves_below(&budget, bound, Proof::Weights(by_weights.weights));
                    candidates.push(Candidate { bound, budget, claim });
                }
                None => without.push(budget.claim(self.instance, Proof::Rules)),
            }
        }
        candidates.sort_by_key(|candidate| candidate.bound);
        if let (Some(least), true) = (candidates.first(), all) {
            self.learn(Goal::FewestMoves, GoalValue::Count(least.bound));
        }
        for effort in [Effort::QUICK, Effort::SOLID, Effort::THOROUGH] {
            for candidate in candidates.iter_mut().take(SEARCHED_MIXES) {
                // The exact search goes through a small instance faster than the others find their first packing.
                if is_small(self.instance) {
                    self.search_moves(candidate, effort.nodes);
                }
                self.raise_moves(candidate, effort.pivots);
                self.fewer_moves(candidate, effort);
                self.branch_moves(candidate, effort.pivots);
                if candidate.bound < now(self) && effort == Effort::QUICK {
                    self.moves_by_patterns(candidate);
                }
            }
        }
        if !all {
            let by_weights = self.bound(&self.all_open(), Measure::Moves).unwrap_or_default();
            let bound = by_weights.bound.ceil().min(now(self));
            return (GoalValue::Count(bound), Some(Proof::Weights(by_weights.weights)));
        }
        let bound = candidates.iter().map(|candidate| candidate.bound).min().unwrap_or(0);
        let cases = without.into_iter().chain(candidates.into_iter().map(|candidate| candidate.claim)).collect();
        let proof = Proof::Hosts(HostCases { below: None, cases });
        (GoalValue::Count(bound.min(now(self))), Some(proof))
    }

    /// The claim that no packing within `budget` has fewer moves than `bound`.
    fn no_moves_below(&self, budget: &Budget, bound: u64, proof: Proof) -> Claim {
        let mut fewer = budget.clone();
        fewer.moves = Some(bound.saturating_sub(1));
        fewer.claim(self.instance, proof)
    }

    /// Seeks packings of fewer moves by patterns, one move fewer each time, until none is found.
    fn moves_by_patterns(&mut self, candidate: &mut Candidate<u64>) {
        let effort = Effort { steps: Effort::QUICK.steps, rounds: 1, ..Effort::SOLID };
        while candidate.bound < moves(self.instance, &self.best) && !self.out_of_time() {
            let mut fewer = candidate.budget.clone();
            fewer.moves = moves(self.instance, &self.best).checked_sub(1);
            let known = patterns::refuted(self.instance, &fewer, &self.memory).map(Decision::Refuted);
            let decide = |memory| patterns::decide(self.instance, &fewer, &self.best, effort, memory, self.options);
            match known.unwrap_or_else(|| decide(&mut self.memory)) {
                Decision::Packed(packing) => self.improve(packing, Goal::FewestMoves),
                Decision::Refuted(proof) => {
                    let now = moves(self.instance, &self.best);
                    candidate.raise(now, self.no_moves_below(&candidate.budget, now, proof));
                }
                Decision::Unknown => return,
            }
        }
    }

    /// Branches for packings of as few moves as the bound allows, then one more, and so on until there is one.
    fn raise_moves(&mut self, candidate: &mut Candidate<u64>, pivots: u64) {
        while candidate.bound < moves(self.instance, &self.best) && !self.out_of_time() {
            if !self.branch_at(candidate, candidate.bound, pivots) {
                return;
            }
        }
    }

    /// Branches for packings of one move fewer than the best known, then one more, and so on until there is none.
    fn branch_moves(&mut self, candidate: &mut Candidate<u64>, pivots: u64) {
        loop {
            let now = moves(self.instance, &self.best);
            if candidate.bound >= now || self.out_of_time() || !self.branch_at(candidate, now - 1, pivots) {
                return;
            }
        }
    }

    /// Branches for packings of at most `most` moves; whether that came to a decision.
    fn branch_at(&mut self, candidate: &mut Candidate<u64>, most: u64, pivots: u64) -> bool {
        let mut fewer = candidate.budget.clone();
        fewer.moves = Some(most);
        let sharper = Sharper::new(self.instance, &fewer);
        match branch(&sharper.instance, &sharper.budget, pivots, self.options) {
            Decision::Packed(packing) => self.improve(packing, Goal::FewestMoves),
            Decision::Refuted(proof) => candidate.raise(most + 1, fewer.claim(self.instance, proof)),
            Decision::Unknown => return false,
        }
        true
    }

    /// Searches for packings of fewer moves; where there are none fewer than the best known then, that is the bound.
    fn search_moves(&mut self, candidate: &mut Candidate<u64>, nodes: u64) {
        let now = moves(self.instance, &self.best);
        if candidate.bound >= now || self.out_of_time() {
            return;
        }
        let sharper = Sharper::new(self.instance, &candidate.budget);
        let found = search(&sharper.instance, &sharper.budget, Target::MovesBelow(now), nodes, self.options.clock);
        if let Some(packing) = found.assignment {
            self.improve(packing, Goal::FewestMoves);
        }
        if found.complete {
            let now = moves(self.instance, &self.best);
            let mut fewer = sharper.budget.clone();
            fewer.moves = now.checked_sub(1);
            let proof = searched(&sharper.instance, &fewer, self.options);
            candidate.raise(now, self.no_moves_below(&candidate.budget, now, proof));
        }
    }

    /// Seeks packings of fewer moves: as few as the bound allows, then halfway and halfway.
    fn fewer_moves(&mut self, candidate: &Candidate<u64>, effort: Effort) {
        let budget = &candidate.budget;
        let mut low = candidate.bound;
        let mut first = true;
        loop {
            let high = moves(self.instance, &self.best);
            if low >= high || self.out_of_time() {
                return;
            }
            let target = if std::mem::take(&mut first) { low } else { low + (high - 1 - low) / 2 };
            let mut tight = budget.clone();
            tight.moves = Some(target);
            // As much as can be at home, however full that makes it.
            let home = |(item, &slot): (usize, &Slot)| {
                let homes = self.instance.items[item].homes.iter().map(|(home, _)| *home);
                homes.into_iter().find(|&home| budget.open[home] && self.instance.may_go(item, home)).unwrap_or(slot)
            };
            let start: Vec<Slot> = self.best.iter().enumerate().map(home).collect();
            match anneal::anneal(self.instance, &tight, &start, effort.rounds, effort.steps, self.options) {
                Some(packing) => self.improve(packing, Goal::FewestMoves),
                None => low = target + 1,
            }
        }
    }
}

/// Hosts among which a packing is sought.
struct Candidate<T> {
    budget: Budget,
    /// No packing within the budget is better.
    bound: T,
    /// Why not.
    claim: Claim,
}

impl<T: PartialOrd> Candidate<T> {
    fn raise(&mut self, bound: T, claim: Claim) {
        if bound > self.bound {
            (self.bound, self.claim) = (bound, claim);
        }
    }
}

/// A cost as a value of `goal`, which counts hosts.
fn as_value(goal: Goal, cost: u64) -> GoalValue {
    match goal {
        Goal::FewestHosts => GoalValue::Count(cost),
        _ => GoalValue::Thousandths(cost),
    }
}

/// An instance and budget with rounded volume beside the plain one, where that says more.
struct Sharper {
    instance: Instance,
    budget: Budget,
}

impl Sharper {
    fn new(instance: &Instance, budget: &Budget) -> Sharper {
        let (instance, budget) = rounded(instance, budget).unwrap_or_else(|| (instance.clone(), budget.clone()));
        Sharper { instance, budget }
    }
}

/// The least share that volume allows: of all slots together, and of an item on the slot that suits it best.
fn volume_share(instance: &Instance, budget: &Budget) -> Ratio {
    let total = instance.total();
    let there: Vec<u64> = (0..instance.resources)
        .map(|r| (0..budget.open.len()).filter(|&s| budget.open[s]).map(|s| instance.allocatable[s][r]).sum())
        .collect();
    let single = |item: usize| {
        let open = instance.slots(item).iter().filter(|&&slot| budget.open[slot]);
        open.map(|&slot| super::instance::share(&instance.items[item].size, &instance.allocatable[slot])).min()
    };
    let mut seen = std::collections::BTreeSet::new();
    let first_of_class = (0..instance.items.len()).filter(|&item| seen.insert(instance.item_class[item]));
    let largest = first_of_class.filter_map(single).max().unwrap_or(Ratio::ZERO);
    super::instance::share(&total, &there).max(largest)
}

/// A share in billionths, rounded down.
fn part(ratio: Ratio) -> u64 {
    let part = u128::from(ratio.part) * u128::from(PARTS) / u128::from(ratio.whole);
    u64::try_from(part).unwrap_or(u64::MAX)
}

fn with_tolerance(ratio: Ratio) -> Ratio {
    Ratio { part: part(ratio).saturating_add(TOLERANCE_PARTS), whole: PARTS }
}

fn less_tolerance(ratio: Ratio) -> Ratio {
    // The share is rounded up first: the gap to it must be no more than the tolerance.
    let floor = Ratio { part: part(ratio), whole: PARTS };
    let part = floor.part + u64::from(floor < ratio);
    Ratio { part: part.saturating_sub(TOLERANCE_PARTS), whole: PARTS }
}
