//! Why a container goes nowhere: for every host, every reason, with the shortfall.

use crate::model::{ContainerIndex, HostIndex, Layout, Placement, ResourceIndex};

/// One reason why one container cannot go on one host, the rest of the placement standing as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The container that has no place.
    pub container: ContainerIndex,
    /// The host that refuses it.
    pub host: HostIndex,
    /// Why.
    pub reason: Reason,
}

/// Why a host refuses a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The host could not hold it even when empty.
    TooSmall {
        /// Which resource.
        resource: ResourceIndex,
        /// What the container asks for.
        requested: u64,
        /// What the host can give when empty.
        allocatable: u64,
    },
    /// What is left on the host is not enough.
    Short {
        /// Which resource.
        resource: ResourceIndex,
        /// What the container asks for.
        requested: u64,
        /// What is free.
        free: u64,
    },
    /// Its `on:` does not name the host.
    NotAllowed,
    /// It must stay apart from a container that is there.
    ApartFrom {
        /// The one that is there, or on a host with the same value of the label.
        other: ContainerIndex,
        /// The label, where the rule speaks of one.
        label: Option<String>,
        /// Position of the rule in `Layout::rules`.
        rule: usize,
    },
    /// It must be with a container that is elsewhere.
    TogetherWith {
        /// The one that is elsewhere.
        other: ContainerIndex,
        /// Position of the rule in `Layout::rules`.
        rule: usize,
    },
    /// The host takes nothing new.
    Drained,
    /// The host is not there yet.
    Planned,
}

/// Every reason why `container`, which `placement` does not place, cannot be added on each host. A host without a
/// reason in the answer would take it.
pub fn refusals(_layout: &Layout, _placement: &Placement, _container: ContainerIndex) -> Vec<Refusal> {
    unimplemented!()
}
