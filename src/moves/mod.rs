//! From one placement to another, one valid step at a time.

mod board;
mod reach;
mod search;

use crate::model::{ContainerIndex, HostIndex, Layout, Placement};
use board::Board;
pub use reach::{Reach, reach};

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
/// answer. Containers that `before` does not place are arrivals: they come last and are no moves. Those that `after`
/// does not place leave first, and are no moves either.
///
/// Where the moves block each other, containers are parked on other hosts for a while: then there are more moves than
/// containers that end elsewhere, as few more as the bounded search finds. A direct order is found whenever there is
/// one for up to 16 steps. What is wrong with `before` already may stay wrong until its containers have moved; no step
/// makes anything wrong.
pub fn order(layout: &Layout, before: &Placement, after: &Placement) -> Option<Vec<Move>> {
    let mut board = Board::new(layout, before, after);
    let steps = search::steps(&mut board)?;
    Some(board.moves(&steps))
}
