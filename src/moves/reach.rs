//! The fewest moves to any placement that will do, every step valid: exact, for small documents.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::Move;
use super::board::{Board, Step};
use crate::model::{HostIndex, Layout, Placement};

/// At most so many placements are looked at.
const PLACEMENTS: usize = 20_000;

/// At most so many steps are looked at from each.
const STEPS: usize = 1_000;

/// For each placement reached: the fewest moves to it, and the step it was reached by from which other.
type Known = BTreeMap<Vec<HostIndex>, (usize, Option<(Vec<HostIndex>, Step)>)>;

/// How the search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// By these moves, in this order; fewer do not do.
    Moves(Vec<Move>),
    /// Nothing that will do can be reached: all that can be was looked at.
    Never,
    /// There was too much to look at.
    Unknown,
}

/// The fewest moves from `before` to a placement that `will_do`, by Dijkstra's search (Numerische Mathematik 1, 1959)
/// over the placements that valid steps reach. Containers that must stay together move as one step.
///
/// Gives up when `stop` says so.
pub fn reach(
    layout: &Layout,
    before: &Placement,
    will_do: impl Fn(&Placement) -> bool,
    stop: impl Fn() -> bool,
) -> Reach {
    // Where carriers take with them what they hold, that is not looked for.
    if layout.demand.has_carriers() {
        return Reach::Unknown;
    }
    let mut board = Board::new(layout, before, before);
    if board.units.len() * layout.lab.hosts.len() > STEPS {
        return Reach::Unknown;
    }
    let start = board.host_of.clone();
    let mut known = Known::new();
    let mut open = BinaryHeap::from([Reverse((0usize, start.clone()))]);
    known.insert(start, (0, None));
    while let Some(Reverse((cost, state))) = open.pop() {
        if known.get(&state).is_some_and(|(best, _)| *best < cost) {
            continue;
        }
        board.indices().for_each(|unit| board.go(unit, state[unit]));
        if will_do(&board.placement(before)) {
            let steps = path(&known, state);
            board.reset();
            return Reach::Moves(board.moves(&steps));
        }
        if known.len() > PLACEMENTS || stop() {
            return Reach::Unknown;
        }
        for unit in board.indices() {
            for host in board.hosts() {
                if host == state[unit] || !board.admits(unit, host) {
                    continue;
                }
                let mut next = state.clone();
                next[unit] = host;
                let cost = cost + board.units[unit].containers.len();
                if known.get(&next).is_none_or(|(best, _)| cost < *best) {
                    known.insert(next.clone(), (cost, Some((state.clone(), (unit, host)))));
                    open.push(Reverse((cost, next)));
                }
            }
        }
    }
    Reach::Never
}

/// The steps that led to `state`.
fn path(known: &Known, mut state: Vec<HostIndex>) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some((_, Some((before, step)))) = known.get(&state) {
        steps.push(*step);
        state = before.clone();
    }
    steps.reverse();
    steps
}
