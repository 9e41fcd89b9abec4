//! The order of the steps: greedy, then exact over what is done, then with containers parked for a while. Every
//! search counts the steps that it looks at and gives up at [`LOOKS`]: never endless, and the same on every machine.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::board::{Board, Step, UnitIndex};

/// How many steps a search may look at. Enough for every subset of 16 steps, each with 16 to look at.
const LOOKS: usize = (1 << 16) * 16 + 1;

/// Steps that bring every unit of `board` from its start to its goal, or `None` where none were found.
pub(super) fn steps(board: &mut Board) -> Option<Vec<Step>> {
    let greedy = greedy(board);
    if board.misplaced().next().is_none() {
        return Some(greedy);
    }
    board.reset();
    let moving: Vec<UnitIndex> = board.misplaced().collect();
    let all: Vec<UnitIndex> = (0..board.units.len()).collect();
    direct(board, &moving)
        .or_else(|| with_parking(board, &moving, Vec::new(), Order::FewestSteps))
        .or_else(|| with_parking(board, &all, Vec::new(), Order::FewestSteps))
        .or_else(|| with_parking(board, &all, greedy, Order::NearestFirst))
}

/// Makes every direct step that is allowed, again and again until none is.
fn greedy(board: &mut Board) -> Vec<Step> {
    let mut made = Vec::new();
    let mut waiting: Vec<UnitIndex> = board.misplaced().collect();
    loop {
        let made_before = made.len();
        waiting.retain(|&unit| {
            let goal = board.units[unit].goal;
            let allowed = board.admits(unit, goal);
            if allowed {
                board.go(unit, goal);
                made.push((unit, goal));
            }
            !allowed
        });
        if made.len() == made_before {
            return made;
        }
    }
}

/// A search over the subsets of `moving` that have arrived, each looked at once: exact unless it gives up. Ends with
/// the board as it was.
fn direct(board: &mut Board, moving: &[UnitIndex]) -> Option<Vec<Step>> {
    if moving.len() > u64::BITS as usize {
        return None;
    }
    let mut seen: BTreeSet<u64> = BTreeSet::new();
    let mut arrived: u64 = 0;
    let mut path: Vec<usize> = Vec::new();
    let mut next = 0;
    let mut looks = 0;
    while path.len() < moving.len() && looks < LOOKS {
        let candidate = (next..moving.len()).find(|&position| {
            looks += 1;
            let mask = 1 << position;
            arrived & mask == 0
                && !seen.contains(&(arrived | mask))
                && board.admits(moving[position], board.units[moving[position]].goal)
        });
        if let Some(position) = candidate {
            arrived |= 1 << position;
            seen.insert(arrived);
            board.go(moving[position], board.units[moving[position]].goal);
            path.push(position);
            next = 0;
        } else if let Some(position) = path.pop() {
            arrived &= !(1 << position);
            board.go(moving[position], board.units[moving[position]].start);
            next = position + 1;
        } else {
            break;
        }
    }
    let found = path.len() == moving.len();
    board.reset();
    found.then(|| path.into_iter().map(|position| (moving[position], board.units[moving[position]].goal)).collect())
}

/// Which position a search with parking goes on from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The one that needs the fewest steps in all, at best: the first answer has as few as can be.
    FewestSteps,
    /// The one with the fewest misplaced units.
    NearestFirst,
}

/// A position reached: how, and how far it is.
struct Node {
    parent: Option<usize>,
    step: Step,
    steps: usize,
    misplaced: usize,
    hash: u64,
}

/// A best-first search in which the units of `movable` may go to any host, after the steps in `made`. Ends with the
/// board as it was.
fn with_parking(board: &mut Board, movable: &[UnitIndex], made: Vec<Step>, order: Order) -> Option<Vec<Step>> {
    for &(unit, host) in &made {
        board.go(unit, host);
    }
    let base = board.host_of.clone();
    let hash = movable.iter().fold(0, |hash, &unit| hash ^ mix(unit, base[unit]));
    let mut nodes = vec![Node { parent: None, step: (0, 0), steps: 0, misplaced: board.misplaced().count(), hash }];
    let mut fewest_steps = BTreeMap::from([(hash, 0)]);
    let mut open = BinaryHeap::from([Reverse((0, 0, 0))]);
    let mut looks = 0;
    let mut found = None;
    while let Some(Reverse((_, _, node))) = open.pop() {
        let Node { steps, misplaced, hash, .. } = nodes[node];
        if misplaced == 0 {
            found = Some(node);
        }
        if found.is_some() || looks > LOOKS {
            break;
        }
        if fewest_steps.get(&hash).is_some_and(|&fewest| fewest < steps) {
            continue;
        }
        restore(board, &base, movable, &nodes, node);
        for &unit in movable {
            let (here, goal) = (board.host_of[unit], board.units[unit].goal);
            looks += board.hosts().len();
            for host in board.hosts().filter(|&host| host != here) {
                let hash = hash ^ mix(unit, here) ^ mix(unit, host);
                let steps = steps + 1;
                let known = fewest_steps.get(&hash).is_some_and(|&fewest| fewest <= steps);
                if known || !board.admits(unit, host) {
                    continue;
                }
                fewest_steps.insert(hash, steps);
                let misplaced = misplaced + usize::from(here == goal) - usize::from(host == goal);
                let child = nodes.len();
                nodes.push(Node { parent: Some(node), step: (unit, host), steps, misplaced, hash });
                open.push(Reverse(match order {
                    Order::FewestSteps => (steps + misplaced, misplaced, child),
                    Order::NearestFirst => (misplaced, steps, child),
                }));
            }
            if looks > LOOKS {
                break;
            }
        }
    }
    board.reset();
    found.map(|node| made.into_iter().chain(path_to(&nodes, node)).collect())
}

/// Brings the board to `node`.
fn restore(board: &mut Board, base: &[usize], movable: &[UnitIndex], nodes: &[Node], node: usize) {
    let mut host_of = base.to_vec();
    for (unit, host) in path_to(nodes, node) {
        host_of[unit] = host;
    }
    for &unit in movable {
        if board.host_of[unit] != host_of[unit] {
            board.go(unit, host_of[unit]);
        }
    }
}

/// The steps that lead to `node`, in their order.
fn path_to(nodes: &[Node], node: usize) -> Vec<Step> {
    let mut path = Vec::new();
    let mut here = node;
    while let Some(parent) = nodes[here].parent {
        path.push(nodes[here].step);
        here = parent;
    }
    path.reverse();
    path
}

/// A number for a unit on a host; those of a position are combined by exclusive or (Zobrist, 1970), mixed as in
/// splitmix64 (Steele, Lea, Flood, 2014). Two positions with one number would only hide one of them from the search.
fn mix(unit: UnitIndex, host: usize) -> u64 {
    let mut word = ((unit as u64) << 32 | host as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
