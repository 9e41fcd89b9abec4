//! Several phases as one packing: what fits it stays where it is throughout.

use crate::model::{Layout, PhaseIndex, Placement};
use crate::solve::{Effort, Options, Packed, Problem, Scope, Solution, Status, packs, solve};

/// What is asked of phases together, whatever is to be survived.
pub struct Joint<'a> {
    /// The document, all phases together.
    pub whole: &'a Layout,
    /// The same in numbers.
    pub problem: Problem,
    /// Where everything stands before the first phase.
    pub start: Placement,
    /// How to search.
    pub options: &'a Options<'a>,
}

impl Joint<'_> {
    /// One arrangement for all of `phases`, of which what stood on draining hosts at the start may stay there; `Infeasible`
    /// where that is proven of every one, wherever things stood meanwhile.
    pub fn packed(&self, phases: &[PhaseIndex]) -> Packed {
        let (problem, included) = self.problem.joint(phases);
        let problem = problem.standing(Some(self.start.clone()));
        let scope = Scope { included: Some(&included), ..Scope::ALL };
        let packed = packs(&problem, scope, Effort::QUICK, self.options);
        if packed.status != Status::Unknown {
            return packed;
        }
        let Solution { status, placement, failovers, .. } = solve(&problem, &[], scope, self.options);
        Packed { status: if placement.is_some() { Status::Feasible } else { status }, placement, failovers }
    }

    /// Whether there is one: [`Joint::packed`].
    pub fn fits(&self, phases: &[PhaseIndex]) -> Status {
        self.packed(phases).status
    }

    /// The best arrangement for all of `phases`, few moves from `before` first.
    pub fn best(&self, phases: &[PhaseIndex], before: &Placement) -> Solution {
        let (problem, included) = self.problem.joint(phases);
        let scope = Scope { included: Some(&included), ..Scope::ALL };
        match before.placed().next() {
            None => solve(problem, &self.whole.goals, scope, self.options),
            Some(_) => solve(problem.standing(Some(before.clone())), &self.whole.moving_little(), scope, self.options),
        }
    }
}
