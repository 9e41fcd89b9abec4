//! From a model to the best placement, with a proof: presolve, bounds, construction, search, integer program.

use std::time::Duration;

use crate::model::{Goal, GoalValue, Layout, Placement};

/// The clock, given from outside so that the library reads none.
pub trait Clock: Sync {
    /// What is left of the time limit. Zero: stop and answer with what is there.
    fn left(&self) -> Duration;
}

/// A clock that never runs out.
pub struct NoLimit;

impl Clock for NoLimit {
    fn left(&self) -> Duration {
        Duration::MAX
    }
}

/// How to search.
pub struct Options<'a> {
    /// When to stop.
    pub clock: &'a dyn Clock,
    /// What the random choices start from.
    pub seed: u64,
    /// How many threads may work; the answer does not depend on it.
    pub threads: usize,
    /// Told of every improvement: a sentence for people.
    pub progress: &'a (dyn Fn(&str) + Sync),
}

/// What is known when the search ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A placement, and a proof that no other is better in the goals' order.
    Optimal,
    /// A placement, and bounds that leave a gap.
    Feasible,
    /// A proof that there is no placement.
    Infeasible,
    /// Neither a placement nor a proof before the limit.
    Unknown,
}

impl Status {
    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Status::Optimal => "optimal",
            Status::Feasible => "feasible",
            Status::Infeasible => "infeasible",
            Status::Unknown => "unknown",
        }
    }
}

/// What was reached in one goal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GoalResult {
    /// Which goal.
    pub goal: Goal,
    /// The value of the placement.
    pub value: GoalValue,
    /// No placement is better than this, the goals before being kept at their values.
    pub bound: GoalValue,
    /// Whether that is as good as it gets: value = bound, or within 0.001 for balance.
    pub proven: bool,
}

/// What proves the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// A stable name: `volume`, `weights`, `enumeration`, `search`, `integer-program`, `rules`, `none`.
    pub kind: &'static str,
    /// One sentence for people.
    pub sentence: String,
}

/// The answer of the search, before the referee has seen it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What is known.
    pub status: Status,
    /// The best placement found.
    pub placement: Option<Placement>,
    /// One entry for each goal asked for, where there is a placement.
    pub goals: Vec<GoalResult>,
    /// What proves it.
    pub proof: Proof,
    /// The bound of the class LP on the share of the lab that is used: above 1 nothing fits.
    pub class_lp: Option<f64>,
}

/// The best placement of all containers of `layout`, in the order of its goals.
pub fn solve(_layout: &Layout, _options: &Options) -> Answer {
    unimplemented!()
}
