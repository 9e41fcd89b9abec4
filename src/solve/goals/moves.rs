//! Moves: containers that the current placement has on another host.

use super::super::decide::{DIVE, Decision, by_cases, is_small, searchable, searched};
use super::super::fleets::few::Row;
use super::super::fleets::sets::HostSet;
use super::super::instance::Bin;
use super::super::lp::bound::{self, Measure};
use super::super::reassign::{self, Reassignment};
use super::super::restricted::{RestrictedInstance, moves};
use super::super::rounding::Sharper;
use super::super::search::{Target, search};
use super::super::work::{Effort, Work};
use super::super::{anneal, patterns, resplit};
use super::{Candidate, Goals, Lower, SEARCHED_HOST_SETS};
use crate::certificate::{Claim, HostCases, ItemIndex, Proof};
use crate::model::{Goal, GoalValue, Numbered};

/// Fewer moves are sought, and the bound raised, in stages: the first takes so many steps and so many looks at items, each
/// further one twice as many.
const STEPS: u64 = 640_000;
const LOOKS: u64 = 10_000_000;
/// Of many items no fewer steps than this for each.
const STEPS_AN_ITEM: u64 = 400;
const LAST_STAGE: u32 = 9;
/// So many of them, of so many looks, where few items have a choice.
const FEW_STAGES: u32 = 3;
const FEW_LOOKS: u64 = 40_000_000;
/// After so many stages in vain no more is sought.
const IN_VAIN: u32 = 6;
const BOUND_IN_VAIN: u32 = 4;
/// The same over sets of bins.
const FLEET_STEPS: u64 = 80_000_000;
const FLEET_LOOKS: u64 = 640_000_000;
const FLEET_STAGES: u32 = 3;
/// Up to so many items times bins what must leave the bins is counted even when the time is out.
const COUNTED: usize = 400_000;
/// Beyond so many items the tools that start from anywhere find nothing that this does not.
const MIDDLING: usize = 120;

impl Goals<'_> {
    pub(super) fn minimise_moves(&mut self) -> Lower {
        let now = |goals: &Self| moves(goals.instance, &goals.best);
        if now(self) == 0 || self.out_of_time() {
            return self.moves_by_counting(&self.all_open());
        }
        let (over_fleets, (open, all)) = match self.is_listed() {
            true => (None, self.sets_of_fewer()),
            false => {
                let (lower, open) = self.moves_over_fleets();
                (Some(lower), open)
            }
        };
        if let Some((bound, proof)) = &over_fleets
            && *bound >= now(self)
        {
            return (self.as_moves(now(self)), Some(proof.clone()));
        }
        let mut without: Vec<Claim> = Vec::new();
        let mut candidates: Vec<Candidate<u64>> = Vec::new();
        for fleet in &open {
            let restricted = self.restricted(fleet);
            let sharper = Sharper::new(self.instance, &restricted);
            match bound::bound(&sharper.instance, &sharper.restricted, Measure::Moves, self.options.clock) {
                Some(by_lp) => {
                    let bound = by_lp.bound.ceil();
                    let claim = self.no_moves_below(&restricted, bound, Proof::Duals(by_lp.duals));
                    candidates.push(Candidate { bound, restricted, claim });
                }
                None => without.push(restricted.claim(self.instance, Proof::Rules)),
            }
        }
        candidates.sort_by_key(|candidate| candidate.bound);
        if let (Some(least), true) = (candidates.first(), all) {
            self.learn(self.moving(), self.as_moves(least.bound.min(now(self))));
        }
        // As few moves were asked of patterns in vain.
        let mut in_vain: Vec<Option<u64>> = vec![None; candidates.len()];
        let is_few = is_small(self.instance);
        let (stages, looks) = if is_few { (FEW_STAGES, FEW_LOOKS) } else { (LAST_STAGE + 1, LOOKS) };
        let branched = |pivots: u64| {
            move |goals: &mut Self, candidate: &mut Candidate<u64>, most: u64| goals.branch_at(candidate, most, pivots)
        };
        let is_middling = is_few || self.instance.items.len() <= MIDDLING;
        if !is_middling {
            self.reassign(&mut candidates, 0..stages, looks);
        }
        for effort in [Effort::QUICK, Effort::SOLID, Effort::THOROUGH].into_iter().filter(|_| is_middling) {
            // What is quickly known needs no search from where things stand.
            if effort == Effort::SOLID {
                self.reassign(&mut candidates, 0..stages, looks);
            }
            for candidate in candidates.iter_mut().take(SEARCHED_HOST_SETS) {
                // The exact search goes through a small instance faster than the others find their first packing.
                if is_small(self.instance) {
                    self.search_moves(candidate, effort.nodes);
                }
                let branched = branched(effort.pivots.max(DIVE));
                self.raise(candidate, branched);
                self.fewer_moves(candidate, effort);
                self.lower(candidate, branched);
                self.moves_by_pairs(candidate, effort);
            }
            // Patterns take longer: by then the others may have settled most of the sets.
            for (candidate, in_vain) in candidates.iter_mut().zip(&mut in_vain).take(SEARCHED_HOST_SETS) {
                // In later rounds as much was asked already.
                if effort == Effort::QUICK {
                    let branched = branched(Effort::SOLID.pivots);
                    self.raise(candidate, branched);
                    self.lower(candidate, branched);
                }
                if candidate.bound < now(self) && *in_vain != Some(now(self)) {
                    self.moves_by_patterns(candidate);
                    *in_vain = Some(now(self));
                }
            }
        }
        let bound = candidates.iter().map(|candidate| candidate.bound).min();
        if let Some((by_fleets, proof)) = over_fleets {
            let value = |bound: u64| self.as_moves(bound.min(now(self)));
            return self.higher((value(by_fleets), Some(proof)), all.then(|| value(bound.unwrap_or(u64::MAX))));
        }
        let bound = bound.unwrap_or(0);
        let cases = without.into_iter().chain(candidates.into_iter().map(|candidate| candidate.claim)).collect();
        let proof = Proof::Hosts(HostCases { below: None, cases });
        (self.as_moves(bound.min(now(self))), Some(proof))
    }

    /// The sets of bins that may be open where fewer move than in the best.
    fn sets_of_fewer(&self) -> (Vec<HostSet>, bool) {
        let mut stays = vec![0; self.instance.hosts.len()];
        let homes = self.instance.items.iter().flat_map(|item| &item.homes);
        homes.for_each(|&(home, count)| stays[home.0] += i128::from(count));
        let running: i128 = self.instance.items.iter().map(|item| i128::from(item.running)).sum();
        let fewer = i128::from(moves(self.instance, &self.best)) - 1;
        self.open_sets(&self.all_open(), Some(Row { has: stays, least: running - fewer }))
    }

    /// The goal by which moves are counted.
    fn moving(&self) -> Goal {
        self.instance.unit.goal()
    }

    /// So many moves as a value of that goal.
    fn as_moves(&self, moves: u64) -> GoalValue {
        self.instance.unit.value(moves)
    }

    /// What must leave the bins by counting alone, which takes no time to speak of where items are not very many.
    pub(super) fn moves_by_counting(&self, restricted: &RestrictedInstance) -> Lower {
        match self.counted(restricted) {
            Some((bound, proof)) => (self.as_moves(bound), Some(proof)),
            None => (self.as_moves(0), None),
        }
    }

    fn counted(&self, restricted: &RestrictedInstance) -> Option<(u64, Proof)> {
        let (instance, now) = (self.instance, moves(self.instance, &self.best));
        if now > 0 && instance.items.len() * instance.hosts.len() <= COUNTED {
            let engine = reassign::reassignment(instance, restricted, &self.limits, &self.best, self.options);
            let counted = engine.map(|mut engine| engine.bound(now, &mut Work::looking(1, 1, self.options.clock)));
            if let Some((bound, proof)) = counted.filter(|(bound, proof)| *bound > 0 && self.may_say(proof)) {
                return Some((bound.min(now), proof));
            }
        }
        None
    }

    /// Where the limits on hosts leave sets of bins too many to list: seeks fewer moves over these. What no set does with
    /// fewer than, and the proof. And the sets that are then to be looked at, as [`Goals::open_sets`] has them.
    fn moves_over_fleets(&mut self) -> ((u64, Proof), (Vec<HostSet>, bool)) {
        let (all, limits, instance) = (self.all_open(), self.limits, self.instance);
        let by_lp = self.bound(&all, Measure::Moves).unwrap_or_default();
        let now = |goals: &Self| moves(instance, &goals.best);
        let known = by_lp.bound.ceil().min(now(self));
        let mut lower = (known, Proof::Duals(by_lp.duals));
        let mut search = reassign::over_fleets(instance, &all, &limits, &self.best, self.options.seed);
        let mut engine = reassign::reassignment(instance, &all, &limits, &self.best, self.options);
        if let Some((counted, proof)) = self.counted(&all)
            && counted > lower.0
        {
            lower = (counted, proof);
            self.learn(self.moving(), self.as_moves(counted));
        }
        // The last stages that found fewer moves, and that raised the bound.
        let mut lasts = [0; 2];
        for stage in 0..FLEET_STAGES {
            if lower.0 >= now(self) || self.out_of_time() {
                break;
            }
            if let Some(search) = search.as_mut().filter(|_| !self.bound_only && lasts[0] + 1 >= stage) {
                let mut work = Work::looking(FLEET_STEPS << stage, 1, self.options.clock);
                if search.seek(&mut work).is_some_and(|packing| self.improve(packing, self.moving())) {
                    lasts[0] = stage;
                }
            }
            if lower.0 >= now(self) || self.out_of_time() {
                break;
            }
            // Few sets are asked one by one.
            let open = self.sets_of_fewer();
            if open.1 {
                return (lower, open);
            }
            if let Some(engine) = engine.as_mut().filter(|engine| engine.is_climbing() || lasts[1] + 1 >= stage) {
                let mut work = Work::looking(FLEET_LOOKS << stage, 1, self.options.clock);
                let (bound, proof) = engine.bound(now(self), &mut work);
                if bound > lower.0 && self.may_say(&proof) {
                    lower = (bound, proof);
                    lasts[1] = stage;
                    self.learn(self.moving(), self.as_moves(bound));
                }
            }
        }
        (lower, (vec![self.occupied()], false))
    }

    /// Seeks packings of fewer moves from where things stand and raises the bound, in turn, each stage twice as long.
    fn reassign(&mut self, candidates: &mut [Candidate<u64>], stages: std::ops::Range<u32>, looks: u64) {
        let mut engines: Vec<Option<Box<dyn Reassignment>>> = Vec::new();
        // The last stages that found fewer moves, and that raised the bound.
        let mut lasts: Vec<[u32; 2]> = Vec::new();
        let shared = candidates.len().max(1).ilog2();
        let instance = self.instance;
        for stage in stages.start..stages.end.saturating_sub(shared).max(stages.start + 1) {
            for (at, candidate) in candidates.iter_mut().enumerate() {
                if candidate.bound >= moves(instance, &self.best) || self.out_of_time() {
                    continue;
                }
                if engines.len() <= at {
                    engines.resize_with(at + 1, || None);
                    lasts.resize(at + 1, [0; 2]);
                    let (restricted, best) = (&candidate.restricted, &self.best);
                    engines[at] = reassign::reassignment(instance, restricted, &self.limits, best, self.options);
                }
                let Some(engine) = &mut engines[at] else { continue };
                if candidate.restricted.admits(instance, &self.best) {
                    engine.learn(&self.best);
                }
                // What was in vain for so long will stay so.
                if !self.bound_only && lasts[at][0] + IN_VAIN >= stage {
                    let steps = STEPS.max(STEPS_AN_ITEM * instance.items.len() as u64) << stage;
                    engine.seek(candidate.bound, steps, &mut Work::looking(steps, 1, self.options.clock));
                }
                if let Some((found, packing)) = engine.best()
                    && found < moves(instance, &self.best)
                {
                    lasts[at][0] = stage;
                    self.improve(packing.to_vec(), self.moving());
                }
                let now = moves(instance, &self.best);
                if candidate.bound < now && (engine.is_climbing() || lasts[at][1] + BOUND_IN_VAIN >= stage) {
                    let (bound, proof) = engine.bound(now, &mut Work::looking(looks << stage, 1, self.options.clock));
                    if bound > candidate.bound && self.may_say(&proof) {
                        lasts[at][1] = stage;
                        let claim = self.no_moves_below(&candidate.restricted, bound, proof);
                        candidate.raise(bound, claim);
                    }
                }
            }
        }
    }

    /// Whether a bound with this proof may be said: where a certificate is wanted, it is to be part of it.
    pub(super) fn may_say(&self, proof: &Proof) -> bool {
        !self.options.certify || self.is_weighing() || !matches!(proof, Proof::Omitted(_))
    }

    /// The claim that no packing within `restricted` has fewer moves than `bound`.
    fn no_moves_below(&self, restricted: &RestrictedInstance, bound: u64, proof: Proof) -> Claim {
        let mut fewer = restricted.clone();
        fewer.moves = Some(bound.saturating_sub(1));
        fewer.claim(self.instance, proof)
    }

    /// Asks patterns for packings of as few moves as the bound allows, then one more, until that is not refuted; then
    /// for one move fewer than the best known, and so on.
    fn moves_by_patterns(&mut self, candidate: &mut Candidate<u64>) {
        let effort = Effort { steps: Effort::QUICK.steps, rounds: 1, ..Effort::SOLID };
        let bound_only = Effort { dives: false, ..effort };
        self.raise(candidate, |goals, candidate, most| goals.patterns_at(candidate, most, bound_only));
        self.lower(candidate, |goals, candidate, most| goals.patterns_at(candidate, most, effort));
    }

    /// Asks patterns for packings of at most `most` moves; whether that came to a decision.
    fn patterns_at(&mut self, candidate: &mut Candidate<u64>, most: u64, effort: Effort) -> bool {
        let mut fewer = candidate.restricted.clone();
        fewer.moves = Some(most);
        let known = patterns::refuted(self.instance, &fewer, &self.memory).map(Decision::Refuted);
        let decide = |memory| patterns::decide(self.instance, &fewer, &self.best, effort, memory, self.options);
        match known.unwrap_or_else(|| decide(&mut self.memory)) {
            Decision::Packed(packing) => return self.improve(packing, self.moving()),
            Decision::Refuted(proof) => candidate.raise(most + 1, fewer.claim(self.instance, proof)),
            Decision::Unknown => return false,
        }
        true
    }

    /// Seeks packings of fewer moves by splitting anew what two bins hold, one move fewer each time.
    fn moves_by_pairs(&mut self, candidate: &Candidate<u64>, effort: Effort) {
        while candidate.bound < moves(self.instance, &self.best) && searchable(self.instance) {
            let mut fewer = candidate.restricted.clone();
            fewer.moves = moves(self.instance, &self.best).checked_sub(1);
            let found = resplit::resplit(self.instance, &fewer, &self.best, effort.pair_steps(), self.options);
            if !found.is_some_and(|packing| self.improve(packing, self.moving())) {
                return;
            }
        }
    }

    /// Asks for packings of as few moves as the bound allows, then one more, and so on until that is not refuted.
    fn raise(
        &mut self,
        candidate: &mut Candidate<u64>,
        mut ask: impl FnMut(&mut Self, &mut Candidate<u64>, u64) -> bool,
    ) {
        while candidate.bound < moves(self.instance, &self.best) && !self.out_of_time() {
            let most = candidate.bound;
            if !ask(self, candidate, most) {
                return;
            }
        }
    }

    /// Asks for packings of one move fewer than the best known, and so on until that is not found.
    fn lower(
        &mut self,
        candidate: &mut Candidate<u64>,
        mut ask: impl FnMut(&mut Self, &mut Candidate<u64>, u64) -> bool,
    ) {
        loop {
            let now = moves(self.instance, &self.best);
            if candidate.bound >= now || self.out_of_time() || !ask(self, candidate, now - 1) {
                return;
            }
        }
    }

    /// Branches for packings of at most `most` moves; whether that came to a decision.
    fn branch_at(&mut self, candidate: &mut Candidate<u64>, most: u64, pivots: u64) -> bool {
        let mut fewer = candidate.restricted.clone();
        fewer.moves = Some(most);
        match by_cases(self.instance, &fewer, pivots, self.options) {
            Decision::Packed(packing) => return self.improve(packing, self.moving()),
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
        let sharper = Sharper::new(self.instance, &candidate.restricted);
        let found = search(&sharper.instance, &sharper.restricted, Target::MovesBelow(now), nodes, self.options.clock);
        let least = found.assignment.as_ref().map_or(now, |packing| moves(self.instance, packing));
        if let Some(packing) = found.assignment {
            self.improve(packing, self.moving());
        }
        if found.complete {
            let now = least.min(moves(self.instance, &self.best));
            let mut fewer = sharper.restricted.into_owned();
            fewer.moves = now.checked_sub(1);
            let proof = searched(&sharper.instance, &fewer, self.options);
            candidate.raise(now, self.no_moves_below(&candidate.restricted, now, proof));
        }
    }

    /// Seeks packings of fewer moves: as few as the bound allows, then halfway and halfway.
    fn fewer_moves(&mut self, candidate: &Candidate<u64>, effort: Effort) {
        let restricted = &candidate.restricted;
        let mut low = candidate.bound;
        let mut first = true;
        loop {
            let high = moves(self.instance, &self.best);
            if low >= high || self.out_of_time() {
                return;
            }
            let target = if std::mem::take(&mut first) { low } else { low + (high - 1 - low) / 2 };
            let mut tight = restricted.clone();
            tight.moves = Some(target);
            // As much as can be at home, however full that makes it.
            let home = |(item, &bin): (ItemIndex, &Bin)| {
                let homes = self.instance.items[item].homes.iter().map(|(home, _)| *home);
                homes.into_iter().find(|&home| restricted.open[home] && self.instance.may_go(item, home)).unwrap_or(bin)
            };
            let start: Vec<Bin> = self.best.iter().numbered().map(home).collect();
            let found = anneal::anneal(self.instance, &tight, &start, effort.rounds, effort.steps, self.options);
            if !found.is_some_and(|packing| self.improve(packing, self.moving())) {
                low = target + 1;
            }
        }
    }
}
