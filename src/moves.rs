//! From one placement to another, one valid step at a time.

use crate::model::{ContainerIndex, HostIndex, Layout, Placement};

/// One container goes from one host to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Move {
    /// Which container.
    pub container: ContainerIndex,
    /// The host it leaves.
    pub from: HostIndex,
    /// The host it goes to.
    pub to: HostIndex,
}

/// An order in which the moves from `before` to `after` can be made so that the placement is valid after every step,
/// or `None` where none was found. Containers that must stay together move as one step, next to each other in the
/// answer. Containers that `before` does not place are arrivals: they come last and are no moves.
pub fn order(_layout: &Layout, _before: &Placement, _after: &Placement) -> Option<Vec<Move>> {
    unimplemented!()
}
