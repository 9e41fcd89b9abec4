//! From one placement to another, one valid step at a time.

mod beam;
mod board;
mod bound;
mod exact;
mod nested;
mod reach;
mod search;
mod shorten;

use crate::model::{ContainerIndex, Layout, Placement, Spot};
use board::Board;
pub use nested::between;
pub use reach::{Reach, reach};
use search::Found;

/// One container goes from one host or carrier to another; or a carrier starts before something moves into it, or stops when
/// all has left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Move {
    /// In which step, from 1 on: containers that must stay together go at once, in the same step.
    pub step: usize,
    /// Which container.
    pub container: ContainerIndex,
    /// Where it leaves; `None` of a carrier that starts.
    pub from: Option<Spot>,
    /// Where it goes; `None` of a carrier that stops.
    pub to: Option<Spot>,
}

/// How many of `moves` go from one place to another.
pub fn moving(moves: &[Move]) -> usize {
    moves.iter().filter(|it| it.from.is_some() && it.to.is_some()).count()
}

/// How to get from one placement to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// By these moves, in this order.
    Moves {
        /// The moves.
        moves: Vec<Move>,
        /// Whether it is proven that no order has fewer.
        fewest: bool,
    },
    /// There is no order in which every step is valid: all that valid steps reach was looked at.
    Never,
    /// None was found, and there was too much to look at.
    Unknown,
}

/// An order in which the moves from `before` to `after` can be made so that the placement is valid after every step.
///
/// Containers that must stay together move as one step, next to each other in the answer. Containers that `after` does
/// not place leave first, and those that `before` does not place come last: neither are moves, and no other time of
/// theirs makes more possible; but carriers that something moves into start before it does, and those that something leaves
/// stop after it has. Nothing comes to a draining host, not even what stood there. Where the moves block each
/// other, containers are parked on other hosts for a while: then there are more moves than containers that end
/// elsewhere. What is wrong with `before` already may stay wrong until its containers have moved; no step makes
/// anything wrong.
///
/// Gives up when `stop` says so.
pub fn order(layout: &Layout, before: &Placement, after: &Placement, stop: impl Fn() -> bool) -> Order {
    if layout.demand.has_carriers() {
        return nested::order(layout, before, after, &stop);
    }
    let mut board = Board::new(layout, before, after);
    match search::steps(&mut board, &stop) {
        Found::Steps(steps, fewest) => Order::Moves { moves: board.moves(&steps), fewest },
        Found::Never => Order::Never,
        Found::Unknown => Order::Unknown,
    }
}
