//! Where should everything go? Solve, then check, then answer.

use crate::check::Violation;
use crate::explain::Refusal;
use crate::model::{ContainerIndex, HostIndex, Layout, Placement};
use crate::solve::{GoalResult, Options, Proof, Status};

/// How to plan.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask {
    /// The existing placement stays as it is.
    pub keep: bool,
    /// Place whole startups, as much priority as can be, where not all fit.
    pub partial: bool,
}

/// A checked placement and its proof, or why there is none.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is known.
    pub status: Status,
    /// The placement. Where `status` is infeasible: the largest arrangement of whole startups found, as evidence.
    pub placement: Placement,
    /// One entry for each goal of the layout, where everything asked for is placed.
    pub goals: Vec<GoalResult>,
    /// What each host holds.
    pub hosts: Vec<HostUse>,
    /// What is not placed, ascending.
    pub unplaced: Vec<ContainerIndex>,
    /// Why not, for the containers that no host takes.
    pub refusals: Vec<Refusal>,
    /// What proves the answer.
    pub proof: Proof,
    /// The class LP's bound on the share of the lab that must be used: above 1 nothing fits.
    pub class_lp: Option<f64>,
    /// With `--partial`: the priority placed and what it cannot exceed.
    pub priority: Option<PriorityResult>,
    /// How many more of the smallest startup fit as things stand.
    pub room: Option<Room>,
}

/// How much priority `--partial` placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriorityResult {
    /// The sum over the startups placed.
    pub placed: u64,
    /// No placement reaches more.
    pub bound: u64,
    /// The sum over all startups.
    pub total: u64,
}

/// How many more of one startup fit as things stand, the placement not moving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The startup or stack asked about.
    pub of: String,
    /// At least so many fit.
    pub count: u64,
    /// Whether one more is proven not to fit.
    pub proven: bool,
}

/// What one host holds. Vectors have one entry for each of `Lab::resources`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostUse {
    /// Which host.
    pub host: HostIndex,
    /// Its containers, ascending.
    pub containers: Vec<ContainerIndex>,
    /// What they ask for.
    pub used: Vec<u64>,
    /// The sum of their limits, a container without a limit counting its request; `None` where no container has one.
    pub limits: Vec<Option<u64>>,
}

/// The referee refuted the solver: a bug of this program, never of the document.
#[derive(Clone, Debug)]
pub struct Refuted {
    /// What the referee found.
    pub violations: Vec<Violation>,
}

/// Plans `layout`.
///
/// # Errors
/// [`Refuted`] where the solver's placement does not pass the referee.
pub fn plan(_layout: &Layout, _ask: Ask, _options: &Options) -> Result<Plan, Refuted> {
    unimplemented!()
}

/// What each host holds under `placement`, in the order of the hosts.
pub fn host_uses(_layout: &Layout, _placement: &Placement) -> Vec<HostUse> {
    unimplemented!()
}
