//! Moves: containers that the current placement has on another host.

use super::super::branch::branch;
use super::super::decide::{Decision, is_small, searchable, searched};
use super::super::instance::Bin;
use super::super::lp::bound::{self, Measure};
use super::super::restricted::{RestrictedInstance, moves};
use super::super::rounding::Sharper;
use super::super::search::{Target, search};
use super::super::work::Effort;
use super::super::{anneal, patterns, resplit};
use super::{Candidate, Goals, Lower, SEARCHED_HOST_SETS};
use crate::certificate::{Claim, HostCases, ItemIndex, Proof};
use crate::model::{Goal, GoalValue, Numbered};

impl Goals<'_> {
    pub(super) fn minimise_moves(&mut self) -> Lower {
        let now = |goals: &Self| moves(goals.instance, &goals.best);
        if now(self) == 0 || self.out_of_time() {
            return (GoalValue::Count(0), None);
        }
        let (open, all) = self.open_sets();
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
            self.learn(Goal::FewestMoves, GoalValue::Count(least.bound));
        }
        // As few moves were asked of patterns in vain.
        let mut in_vain: Vec<Option<u64>> = vec![None; candidates.len()];
        for effort in [Effort::QUICK, Effort::SOLID, Effort::THOROUGH] {
            for (candidate, in_vain) in candidates.iter_mut().zip(&mut in_vain).take(SEARCHED_HOST_SETS) {
                // The exact search goes through a small instance faster than the others find their first packing.
                if is_small(self.instance) {
                    self.search_moves(candidate, effort.nodes);
                }
                let branched = |goals: &mut Self, candidate: &mut Candidate<u64>, most: u64| {
                    goals.branch_at(candidate, most, effort.pivots)
                };
                self.raise(candidate, branched);
                self.fewer_moves(candidate, effort);
                self.lower(candidate, branched);
                self.moves_by_pairs(candidate, effort);
                if candidate.bound < now(self) && *in_vain != Some(now(self)) {
                    self.moves_by_patterns(candidate);
                    *in_vain = Some(now(self));
                }
            }
        }
        if !all {
            let by_lp = self.bound(&self.all_open(), Measure::Moves).unwrap_or_default();
            let bound = by_lp.bound.ceil().min(now(self));
            return (GoalValue::Count(bound), Some(Proof::Duals(by_lp.duals)));
        }
        let bound = candidates.iter().map(|candidate| candidate.bound).min().unwrap_or(0);
        let cases = without.into_iter().chain(candidates.into_iter().map(|candidate| candidate.claim)).collect();
        let proof = Proof::Hosts(HostCases { below: None, cases });
        (GoalValue::Count(bound.min(now(self))), Some(proof))
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
            Decision::Packed(packing) => self.improve(packing, Goal::FewestMoves),
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
            match resplit::resplit(self.instance, &fewer, &self.best, effort.pair_steps(), self.options) {
                Some(packing) => self.improve(packing, Goal::FewestMoves),
                None => return,
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
        let sharper = Sharper::new(self.instance, &fewer);
        match branch(&sharper.instance, &sharper.restricted, pivots, self.options) {
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
        let sharper = Sharper::new(self.instance, &candidate.restricted);
        let found = search(&sharper.instance, &sharper.restricted, Target::MovesBelow(now), nodes, self.options.clock);
        if let Some(packing) = found.assignment {
            self.improve(packing, Goal::FewestMoves);
        }
        if found.complete {
            let now = moves(self.instance, &self.best);
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
            match anneal::anneal(self.instance, &tight, &start, effort.rounds, effort.steps, self.options) {
                Some(packing) => self.improve(packing, Goal::FewestMoves),
                None => low = target + 1,
            }
        }
    }
}
