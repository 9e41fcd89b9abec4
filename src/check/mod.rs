//! The referee: judges any placement against the model, whoever made it. It shares nothing with the solver.

mod carried;
mod case;
mod message;
pub mod proof;
mod rules;
mod steps;
mod survival;
mod targets;
mod wishes;

use crate::diagnostic::Place;
use crate::model::{ContainerIndex, HostIndex, Layout, Placement, ResourceIndex, ServiceIndex, Spot};
pub use carried::carried;
use case::Case;
pub use rules::spread_over;
pub use steps::{check_steps, check_stops, worse};
pub use survival::check_failovers;
pub use targets::{Passed, above, passed};
pub use wishes::{Shared, Unmet, count_unmet, unmet, weight};

/// Something that a placement may not do, with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What it is.
    pub kind: ViolationKind,
    /// The host it happens on; `None` for a container that is not placed and for hosts that disagree.
    pub host: Option<HostIndex>,
    /// The containers involved, ascending.
    pub containers: Vec<ContainerIndex>,
    /// The line of the document that caused it: the placement's entry, else the rule, else the container.
    pub at: Option<Place>,
    /// The line that it offends: the rule, the `on:`, or the host. `None` for a container that is not placed.
    pub because: Option<Place>,
}

/// The kinds of violation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ViolationKind {
    /// More is asked of a resource than the host can give.
    OverCapacity {
        /// Which resource.
        resource: ResourceIndex,
        /// What the containers and agents ask for together, in base units.
        requested: u64,
        /// What the host can give.
        allocatable: u64,
    },
    /// More is asked of a resource than a carrier offers.
    CarrierOverCapacity {
        /// Which carrier.
        carrier: ContainerIndex,
        /// Which resource.
        resource: ResourceIndex,
        /// What the containers in it ask for together, in base units.
        requested: u64,
        /// What it offers.
        allocatable: u64,
    },
    /// A container that lies in carriers directly on a host, or in one that its `inside:` does not name; or one that does not
    /// in a carrier.
    NotInside {
        /// Where it is.
        spot: Spot,
    },
    /// More is drawn from a pool than it can give.
    PoolOverCapacity {
        /// Which resource of the pool.
        resource: ResourceIndex,
        /// What the containers ask for together, in base units.
        requested: u64,
        /// What the pool can give.
        allocatable: u64,
    },
    /// A container on a host that does not reach its pool.
    PoolOutOfReach,
    /// Agents alone ask for more of a resource than their host can give.
    Agents {
        /// Which resource.
        resource: ResourceIndex,
        /// What they ask for together, in base units.
        requested: u64,
        /// What the host can give.
        allocatable: u64,
        /// Which agents, ascending.
        agents: Vec<ServiceIndex>,
    },
    /// A container on a host that its `on:` does not name.
    NotAllowed,
    /// Two or more of an `apart` rule on one host.
    ApartByHost,
    /// Two or more of an `apart: <label>` on hosts with one value of the label.
    ApartByLabel {
        /// The label.
        label: String,
        /// Its value; `None` for hosts without it.
        value: Option<String>,
    },
    /// Two or more of an `apart: carrier` in one carrier.
    ApartByCarrier {
        /// In which, or on which host where they lie in none.
        spot: Spot,
    },
    /// The containers of a `together` rule on different hosts, or in different carriers where all of them lie in carriers.
    Together {
        /// Where they are, ascending.
        spots: Vec<Spot>,
    },
    /// More of an `at-most` rule in a domain than it allows.
    AtMost {
        /// In what: the name of a label, `host` or `lab`.
        per: String,
        /// The value of the label; `None` for hosts without it, and where it is no label.
        value: Option<String>,
        /// How many may be there.
        most: u64,
    },
    /// Replicas that are not spread as evenly as their `spread` asks.
    Spread {
        /// Over what: the name of a label, or `host`.
        over: String,
        /// How many the fullest domain holds.
        most: u64,
        /// How many the emptiest holds.
        least: u64,
        /// By how many they may differ.
        skew: u64,
    },
    /// A container that was not there before on a host that is being drained.
    Drained,
    /// A container on a host that is only planned.
    Planned,
    /// Hosts whose loss is not survived. The containers are those that find no place then.
    NotSurvived {
        /// The hosts lost, ascending.
        lost: Vec<HostIndex>,
    },
    /// A container that has no place. Never a violation of a partial plan.
    Unplaced,
}

impl ViolationKind {
    /// The stable code in answers.
    pub fn code(&self) -> &'static str {
        match self {
            ViolationKind::OverCapacity { .. } => "over-capacity",
            ViolationKind::CarrierOverCapacity { .. } => "carrier-over-capacity",
            ViolationKind::NotInside { .. } => "not-inside",
            ViolationKind::ApartByCarrier { .. } => "apart-by-carrier",
            ViolationKind::PoolOverCapacity { .. } => "pool-over-capacity",
            ViolationKind::PoolOutOfReach => "pool-out-of-reach",
            ViolationKind::Agents { .. } => "agents",
            ViolationKind::NotAllowed => "not-allowed",
            ViolationKind::ApartByHost => "apart",
            ViolationKind::ApartByLabel { .. } => "apart-by-label",
            ViolationKind::Together { .. } => "together",
            ViolationKind::AtMost { .. } => "at-most",
            ViolationKind::Spread { .. } => "spread",
            ViolationKind::Drained => "drained",
            ViolationKind::Planned => "planned-host",
            ViolationKind::NotSurvived { .. } => "not-survived",
            ViolationKind::Unplaced => "unplaced",
        }
    }

    /// The order in which the kinds are reported.
    fn rank(&self) -> u8 {
        match self {
            ViolationKind::OverCapacity { .. } => 0,
            ViolationKind::CarrierOverCapacity { .. } => 1,
            ViolationKind::Agents { .. } => 2,
            ViolationKind::PoolOverCapacity { .. } => 3,
            ViolationKind::PoolOutOfReach => 4,
            ViolationKind::NotAllowed => 5,
            ViolationKind::NotInside { .. } => 6,
            ViolationKind::ApartByHost => 7,
            ViolationKind::ApartByLabel { .. } => 8,
            ViolationKind::ApartByCarrier { .. } => 9,
            ViolationKind::Together { .. } => 10,
            ViolationKind::AtMost { .. } => 11,
            ViolationKind::Spread { .. } => 12,
            ViolationKind::Drained => 13,
            ViolationKind::Planned => 14,
            ViolationKind::NotSurvived { .. } => 15,
            ViolationKind::Unplaced => 16,
        }
    }
}

/// Every violation of `placement`, sorted by kind, host and containers.
///
/// `before` is what ran where before: a container may stay on a draining host, but not come to it; with `None` nothing
/// ran before. Containers that are not placed are reported as [`ViolationKind::Unplaced`]; a caller for whom that is
/// no violation (a partial plan) leaves those out. A placement shorter than the demand leaves the rest unplaced.
pub fn check(layout: &Layout, placement: &Placement, before: Option<&Placement>) -> Vec<Violation> {
    judge(Case::new(layout, placement, before))
}

/// Every violation of what `case` looks at.
fn judge(case: Case) -> Vec<Violation> {
    let mut violations = Vec::new();
    rules::check_capacity(&case, &mut violations);
    rules::check_carriers(&case, &mut violations);
    rules::check_inside(&case, &mut violations);
    rules::check_pools(&case, &mut violations);
    rules::check_reach(&case, &mut violations);
    rules::check_on(&case, &mut violations);
    rules::check_apart_by_host(&case, &mut violations);
    rules::check_apart_by_label(&case, &mut violations);
    rules::check_apart_by_carrier(&case, &mut violations);
    rules::check_together(&case, &mut violations);
    rules::check_at_most(&case, &mut violations);
    rules::check_spread(&case, &mut violations);
    rules::check_drained(&case, &mut violations);
    rules::check_planned(&case, &mut violations);
    rules::check_unplaced(&case, &mut violations);
    violations.sort_by(|a, b| a.order().cmp(&b.order()));
    violations
}

/// Whether `container` need not run where `placement` has fewer replicas than there are: as many of its service run as its
/// `keep:` says.
pub fn runs_enough(layout: &Layout, placement: &Placement, container: ContainerIndex) -> bool {
    let service = layout.demand.service_of(container);
    let runs = service.containers.clone().filter(|&it| placement.host(it).is_some()).count();
    service.keep.is_some_and(|keep| runs >= keep)
}

impl Violation {
    /// By kind, then host, then evidence.
    fn order(&self) -> impl Ord + '_ {
        (self.kind.rank(), self.host, &self.kind, &self.containers, self.because, self.at)
    }
}
