//! Several phases as one packing: what fits it stays where it is throughout.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::model::{ContainerIndex, Layout, PhaseIndex, Placement, Rule, RuleKind};
use crate::solve::{Effort, Options, Packed, Phased, Problem, Scope, Solution, Status, packs, solve};

/// What is asked of phases together, whatever is to be survived.
pub struct Joint<'a> {
    /// The document, all phases together.
    pub whole: &'a Layout,
    /// The same in numbers, in each phase.
    pub phased: Phased,
    /// Where everything stands before the first phase.
    pub start: Placement,
    /// What is carried over of each container that moves in a phase, by each measure that a goal counts, in bytes:
    /// `[phase][container][measure]`; empty where none does.
    pub burdens: Vec<Rc<Burdens>>,
    /// How to search.
    pub options: &'a Options<'a>,
    /// What is known of phases together: the same are asked about again and again.
    pub known: RefCell<BTreeMap<Vec<PhaseIndex>, Status>>,
}

/// What is carried over, in bytes: `[container][measure]`.
type Burdens = Vec<Vec<u64>>;

/// What is made of the document as it is in each of its phases; what is the same is shared.
fn in_phases<T: Clone>(whole: &Layout, make: impl Fn(&Layout) -> T) -> Vec<T> {
    let mut of: Vec<T> = Vec::with_capacity(whole.phases.len());
    for phase in 0..whole.phases.len() {
        let same = of.last().filter(|_| !whole.turns(phase)).cloned();
        of.push(same.unwrap_or_else(|| {
            let mut then = whole.clone();
            then.become_of(phase);
            make(&then)
        }));
    }
    of
}

/// A document in numbers, as it is in each of its phases.
pub fn phased(whole: &Layout) -> Phased {
    Phased { of: in_phases(whole, |then| Problem::from(then)) }
}

/// What is carried over of each container, as `Joint` has it.
pub fn burdens(whole: &Layout) -> Vec<Rc<Burdens>> {
    let nowhere = Placement::empty(0);
    if whole.burden(&nowhere, &[]).is_empty() {
        return Vec::new();
    }
    in_phases(whole, |then| {
        let of = |container| then.burden(&nowhere, &[container]).into_iter().map(|(_, bytes)| bytes).collect();
        Rc::new(then.demand.indices().map(of).collect())
    })
}

impl Joint<'_> {
    /// One arrangement for all of `phases`, of which what stood on draining hosts at the start may stay there; `Infeasible`
    /// where that is proven of every one, wherever things stood meanwhile.
    pub fn packed(&self, phases: &[PhaseIndex]) -> Packed {
        if self.is_beyond(phases) {
            return Packed { status: Status::Unknown, placement: None, failovers: Vec::new() };
        }
        let (problem, included) = self.phased.joint(phases);
        let problem = problem.standing(Some(self.start.clone()));
        let scope = Scope { included: Some(&included), ..Scope::ALL };
        let mut packed = packs(&problem, scope, Effort::QUICK, self.options);
        if packed.status == Status::Unknown {
            let Solution { status, placement, failovers, .. } = solve(&problem, &[], scope, self.options);
            packed =
                Packed { status: if placement.is_some() { Status::Feasible } else { status }, placement, failovers };
        }
        self.known.borrow_mut().insert(phases.to_vec(), packed.status);
        packed
    }

    /// Whether no arrangement is sought for these together: where carriers come or go of which a `spread` counts the hosts.
    fn is_beyond(&self, phases: &[PhaseIndex]) -> bool {
        let demand = &self.whole.demand;
        let comes = |carrier: ContainerIndex| !phases.iter().all(|&phase| demand.is_there(carrier, phase));
        let spread = |rule: &Rule| {
            matches!(rule.kind, RuleKind::Spread { .. }) && rule.containers.iter().any(|&it| demand.is_content(it))
        };
        phases.len() > 1 && demand.carriers().any(comes) && self.whole.rules.iter().any(spread)
    }

    /// Whether there is one, as [`Joint::packed`] finds it; `Unknown` where the time was out before that was asked.
    pub fn fits(&self, phases: &[PhaseIndex]) -> Status {
        let known = self.known.borrow().get(phases).copied();
        known.unwrap_or_else(|| match self.options.clock.is_over() {
            true => Status::Unknown,
            false => self.packed(phases).status,
        })
    }

    /// The best arrangement for all of `phases`, few moves from `before` first.
    pub fn best(&self, phases: &[PhaseIndex], before: &Placement) -> Solution {
        if self.is_beyond(phases) {
            return Solution::UNKNOWN;
        }
        let (problem, included) = self.phased.joint(phases);
        let scope = Scope { included: Some(&included), ..Scope::ALL };
        match before.placed().next() {
            None => solve(problem, &self.whole.goals, scope, self.options),
            Some(_) => solve(problem.standing(Some(before.clone())), &self.whole.moving_little(), scope, self.options),
        }
    }
}
