//! The fewest moves, or a proof that there is no order: exact, where the positions can be told apart in one word.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::board::{Board, Step, UnitIndex};
use super::bound;
use crate::model::HostIndex;

/// How an exact search ended.
pub(super) enum Ended {
    /// These steps; fewer moves of containers do not do.
    Fewest(Vec<Step>),
    /// No order has fewer moves than were asked for; where any number would have done, there is none.
    None,
    /// There was too much to look at.
    GaveUp,
}

/// Positions as numbers: the host of each unit in its own bits, units that are alike in ascending order of their
/// hosts, so that positions that differ by who of them is where have one number.
pub(super) struct Code {
    bits: usize,
    /// The units that are alike, and for each unit the set it is in.
    alike: Vec<Vec<UnitIndex>>,
    set_of: Vec<usize>,
}

impl Code {
    /// `None` where the positions of `board` have too many bits.
    pub fn new(board: &Board) -> Option<Code> {
        let hosts = board.hosts().len().max(2);
        let bits = (usize::BITS - (hosts - 1).leading_zeros()) as usize;
        if board.units.len() * bits > u128::BITS as usize {
            return None;
        }
        let alike = board.alike();
        let mut set_of = vec![0; board.units.len()];
        alike.iter().enumerate().for_each(|(set, units)| units.iter().for_each(|&unit| set_of[unit] = set));
        Some(Code { bits, alike, set_of })
    }

    fn host(&self, key: u128, unit: UnitIndex) -> HostIndex {
        HostIndex(((key >> (unit.0 * self.bits)) & ((1 << self.bits) - 1)) as usize)
    }

    fn key(&self, host_of: impl Fn(UnitIndex) -> HostIndex) -> u128 {
        (0..self.alike.len()).fold(0, |key, set| self.with_set(key, set, &host_of))
    }

    /// `key` after `unit` went to `host`.
    fn after(&self, key: u128, unit: UnitIndex, host: HostIndex) -> u128 {
        self.with_set(key, self.set_of[unit], |other| if other == unit { host } else { self.host(key, other) })
    }

    fn with_set(&self, mut key: u128, set: usize, host_of: impl Fn(UnitIndex) -> HostIndex) -> u128 {
        let units = &self.alike[set];
        let mut hosts: Vec<HostIndex> = units.iter().map(|&unit| host_of(unit)).collect();
        hosts.sort_unstable();
        for (&unit, host) in units.iter().zip(hosts) {
            let shift = unit.0 * self.bits;
            key = (key & !(((1 << self.bits) - 1) << shift)) | ((host.0 as u128) << shift);
        }
        key
    }

    /// Brings the board to the position `key`.
    fn restore(&self, board: &mut Board, key: u128) {
        for unit in board.indices() {
            let host = self.host(key, unit);
            if board.host_of[unit] != host {
                board.go(unit, host);
            }
        }
    }
}

/// A position reached: from which other, by which step, after how many moves.
struct Node {
    key: u128,
    parent: usize,
    step: (UnitIndex, HostIndex, HostIndex),
    cost: usize,
}

/// The fewest moves from the start to the goal if they are fewer than `below`, by A* (Hart, Nilsson, Raphael, 1968)
/// with the bound of [`bound::least`], which is looked at when a position is taken up. Ends with the board reset.
pub(super) fn fewest(board: &mut Board, code: &Code, below: usize, most: usize, stop: &dyn Fn() -> bool) -> Ended {
    board.reset();
    let start = code.key(|unit| board.host_of[unit]);
    let goal = code.key(|unit| board.units[unit].goal);
    let nowhere = HostIndex(0);
    let mut nodes = vec![Node { key: start, parent: usize::MAX, step: (UnitIndex(0), nowhere, nowhere), cost: 0 }];
    let mut known: HashMap<u128, usize> = HashMap::from([(start, 0)]);
    let mut open = BinaryHeap::from([Reverse((bound::least(board), bound::least(board), 0, 0usize, true))]);
    let mut ended = Ended::None;
    while let Some(Reverse((_, rest, node, cost, looked))) = open.pop() {
        let key = nodes[node].key;
        if nodes[node].cost < cost {
            continue;
        }
        if key == goal {
            ended = Ended::Fewest(replay(board, code, &nodes, node));
            break;
        }
        if nodes.len() > most || stop() {
            ended = Ended::GaveUp;
            break;
        }
        code.restore(board, key);
        let least = rest.max(if looked { 0 } else { bound::least(board) });
        if cost + least >= below {
            continue;
        }
        if least > rest {
            open.push(Reverse((cost + least, least, node, cost, true)));
            continue;
        }
        let misplaced = bound::misplaced(board);
        for set in &code.alike {
            for (position, &unit) in set.iter().enumerate() {
                let from = board.host_of[unit];
                if position > 0 && board.host_of[set[position - 1]] == from {
                    continue;
                }
                for to in board.hosts() {
                    if to == from || !board.admits(unit, to) {
                        continue;
                    }
                    let (step, unit_goal) = (board.cost(unit), board.units[unit].goal);
                    let next_cost = cost + step;
                    let left =
                        misplaced - if to == unit_goal { step } else { 0 } + if from == unit_goal { step } else { 0 };
                    let left = left.max(least.saturating_sub(step));
                    if next_cost + left >= below {
                        continue;
                    }
                    let next =
                        Node { key: code.after(key, unit, to), parent: node, step: (unit, from, to), cost: next_cost };
                    let index = match known.get(&next.key) {
                        Some(&index) if nodes[index].cost <= next_cost => continue,
                        Some(&index) => {
                            nodes[index] = next;
                            index
                        }
                        None => {
                            known.insert(next.key, nodes.len());
                            nodes.push(next);
                            nodes.len() - 1
                        }
                    };
                    open.push(Reverse((next_cost + left, left, index, next_cost, false)));
                }
            }
        }
    }
    board.reset();
    ended
}

/// The steps to `node` from the start, made by the units that really are where the path says.
fn replay(board: &mut Board, code: &Code, nodes: &[Node], mut node: usize) -> Vec<Step> {
    let mut path = Vec::new();
    while nodes[node].parent != usize::MAX {
        path.push(nodes[node].step);
        node = nodes[node].parent;
    }
    board.reset();
    let mut steps = Vec::new();
    for (like, from, to) in path.into_iter().rev() {
        let set = &code.alike[code.set_of[like]];
        // One of them is there: positions with one number differ only in which.
        let Some(&unit) = set.iter().find(|&&unit| board.host_of[unit] == from) else { continue };
        board.go(unit, to);
        steps.push((unit, to));
    }
    steps
}

/// Whether all positions that lead to the goal were looked at, and the start is none of them: then there is no order.
/// Asked only of a start that breaks nothing, since what is looked at breaks nothing. Ends with the board reset.
pub(super) fn is_cut_off(board: &mut Board, code: &Code, most: usize, stop: &dyn Fn() -> bool) -> bool {
    board.reset();
    if !board.is_sound() {
        return false;
    }
    let start = code.key(|unit| board.host_of[unit]);
    let goal = code.key(|unit| board.units[unit].goal);
    let mut known = HashSet::from([goal]);
    let mut open = vec![goal];
    let mut cut_off = true;
    while let Some(key) = open.pop() {
        if key == start || known.len() > most || stop() {
            cut_off = false;
            break;
        }
        code.restore(board, key);
        for unit in board.indices() {
            for host in board.hosts() {
                if host != board.host_of[unit] && board.may_have_left(unit, host) {
                    let before = code.after(key, unit, host);
                    if known.insert(before) {
                        open.push(before);
                    }
                }
            }
        }
    }
    board.reset();
    cut_off
}
