//! An order where there is too much for an exact search: a beam of positions that goes on from the most promising.

use std::collections::HashSet;

use super::board::{Board, Step, UnitIndex};
use super::bound;
use crate::model::{HostIndex, Numbered};

/// How many positions are kept of those that are equally many steps away, in one attempt after the other.
const WIDTHS: [usize; 3] = [4, 40, 400];
/// How many steps are looked at in all.
const LOOKS: usize = 60_000_000;

/// A position: how it was reached, and where everything is.
struct Node {
    parent: usize,
    step: Step,
    host_of: Box<[u32]>,
    hash: u64,
}

/// What might come next, the most promising first: how far it is, a tie-break, from which node, by which step.
type Next = (usize, u64, usize, Step, u64);

/// Steps that bring every unit to its goal, or `None` where none were found. Ends with the board reset.
pub(super) fn steps(board: &mut Board, stop: &dyn Fn() -> bool) -> Option<Vec<Step>> {
    // Whoever brings all that is misplaced to its goal looks at every step at least so often.
    let each = board.units.len().saturating_mul(board.hosts().len());
    if board.misplaced().count().saturating_mul(each) > LOOKS {
        return None;
    }
    let mut looks = 0;
    let found = WIDTHS.iter().find_map(|&width| with_width(board, width, &mut looks, stop));
    board.reset();
    found
}

fn with_width(board: &mut Board, width: usize, looks: &mut usize, stop: &dyn Fn() -> bool) -> Option<Vec<Step>> {
    board.reset();
    let hash = board.indices().fold(0, |hash, unit| hash ^ mix((unit, board.host_of[unit])));
    let mut nodes = vec![Node {
        parent: usize::MAX,
        step: (UnitIndex(0), HostIndex(0)),
        host_of: board.host_of.iter().map(|host| host.0 as u32).collect(),
        hash,
    }];
    let mut known = HashSet::from([hash]);
    let mut beam = vec![0];
    let longest = 20 * board.units.len() + 100;
    for _ in 0..longest {
        let mut next: Vec<Next> = Vec::new();
        for &node in &beam {
            restore(board, &nodes[node].host_of);
            if board.misplaced().next().is_none() {
                return Some(path_to(&nodes, node));
            }
            let complete = successors(board, node, nodes[node].hash, looks, &mut next, stop);
            if *looks > LOOKS || !complete {
                return None;
            }
        }
        next.sort_unstable();
        beam.clear();
        for (_, _, parent, step, hash) in next {
            if beam.len() == width {
                break;
            }
            if known.insert(hash) {
                let mut host_of = nodes[parent].host_of.clone();
                host_of[step.0] = step.1.0 as u32;
                beam.push(nodes.len());
                nodes.push(Node { parent, step, host_of, hash });
            }
        }
        if beam.is_empty() {
            return None;
        }
    }
    None
}

/// Every step from where the board is, with how far the position after it is from the goal; whether none is missing
/// because it had to `stop`.
fn successors(
    board: &mut Board,
    node: usize,
    hash: u64,
    looks: &mut usize,
    next: &mut Vec<Next>,
    stop: &dyn Fn() -> bool,
) -> bool {
    for unit in board.indices() {
        let here = board.host_of[unit];
        for host in board.hosts() {
            *looks += 1;
            if host == here || !board.admits(unit, host) {
                continue;
            }
            if stop() {
                return false;
            }
            let hash = hash ^ mix((unit, here)) ^ mix((unit, host));
            board.go(unit, host);
            let far = distance(board);
            board.go(unit, here);
            next.push((far, hash, node, (unit, host), hash));
        }
    }
    !stop()
}

/// How far the position is from the goal: what is misplaced counts most, then what the next one to arrive still misses.
fn distance(board: &Board) -> usize {
    let least = board.misplaced().map(|unit| board.shortfall(unit)).min().unwrap_or(0);
    bound::misplaced(board) * 1000 + least.min(999)
}

fn restore(board: &mut Board, host_of: &[u32]) {
    for (unit, &host) in host_of.iter().numbered() {
        let host = HostIndex(host as usize);
        if board.host_of[unit] != host {
            board.go(unit, host);
        }
    }
}

/// The steps that lead to `node`, in their order.
fn path_to(nodes: &[Node], mut node: usize) -> Vec<Step> {
    let mut path = Vec::new();
    while nodes[node].parent != usize::MAX {
        path.push(nodes[node].step);
        node = nodes[node].parent;
    }
    path.reverse();
    path
}

/// A number for a unit on a host; those of a position are combined by exclusive or (Zobrist, 1970), mixed as in
/// splitmix64 (Steele, Lea, Flood, 2014). Two positions with one number would only hide one of them from the search.
fn mix((unit, host): Step) -> u64 {
    let mut word = ((unit.0 as u64) << 32 | host.0 as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
