//! Several phases as one packing: what fits it stays where it is throughout.

use super::little_moves;
use crate::model::{Layout, PhaseIndex, Placement};
use crate::solve::{Effort, Options, Problem, Scope, Solution, Status, packs, solve};

/// What is asked of phases together.
pub struct Joint<'a> {
    /// The document, all phases together.
    pub whole: &'a Layout,
    /// The same in numbers.
    pub problem: Problem,
    /// How to search.
    pub options: &'a Options<'a>,
}

impl Joint<'_> {
    /// Whether one arrangement does for all of `phases`: `Feasible`, `Infeasible` where that is proven, or `Unknown`.
    pub fn fits(&self, phases: &[PhaseIndex]) -> Status {
        let (problem, included) = self.problem.joint(phases);
        let scope = Scope { included: Some(&included), ..Scope::ALL };
        match packs(&problem, scope, Effort::QUICK, self.options).status {
            Status::Unknown => match solve(&problem, &[], scope, self.options).status {
                Status::Optimal | Status::Feasible => Status::Feasible,
                other => other,
            },
            known => known,
        }
    }

    /// The best arrangement for all of `phases`, few moves from `before` first.
    pub fn best(&self, phases: &[PhaseIndex], before: &Placement) -> Solution {
        let (problem, included) = self.problem.joint(phases);
        let scope = Scope { included: Some(&included), ..Scope::ALL };
        match before.placed().next() {
            None => solve(problem, &self.whole.goals, scope, self.options),
            Some(_) => solve(problem.standing(Some(before.clone())), &little_moves(self.whole), scope, self.options),
        }
    }
}
