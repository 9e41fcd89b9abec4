//! How many moves there are at the least from where everything stands.

use std::collections::BTreeSet;

use super::board::{Board, UnitIndex};
use crate::model::HostIndex;

/// No order brings every unit to its goal in fewer moves of containers.
pub(super) fn least(board: &Board) -> usize {
    misplaced(board) + parked(board)
}

/// The containers that are not where they have to end: each has to move once.
pub(super) fn misplaced(board: &Board) -> usize {
    board.misplaced().map(|unit| board.cost(unit)).sum()
}

/// Moves beyond one for each misplaced container that cannot be spared, because hosts wait for each other in cycles.
///
/// Units that find room on their goals are taken off the board, and whoever finds room then, until no more do. Those
/// that are left wait for each other: each goal of theirs has another one of them on it, so there are sets of hosts
/// that wait for none outside. If all who stand in such a set went straight to their goals, the first to go would have
/// found room already. So one of them, or one that has arrived there, goes elsewhere: one step more, in each such set.
/// Its waiting units are then taken off the board as well, and the next set is looked for: sets share no host.
pub(super) fn parked(board: &Board) -> usize {
    let resources = board.units.first().map_or(0, |_| board.request(UnitIndex(0)).len());
    let mut gone = vec![false; board.units.len()];
    let mut gone_requests = vec![vec![0u64; resources]; board.hosts().len()];
    let take = |unit: UnitIndex, gone: &mut Vec<bool>, gone_requests: &mut Vec<Vec<u64>>| {
        gone[unit] = true;
        let sums = &mut gone_requests[board.host_of[unit]];
        sums.iter_mut().zip(board.request(unit)).for_each(|(sum, request)| *sum += request);
    };
    let mut waiting: Vec<UnitIndex> = board.misplaced().collect();
    let mut parked = 0;
    loop {
        let before = waiting.len();
        waiting.retain(|&unit| {
            let goes = board.has_room_without(unit, &gone, &gone_requests);
            if goes {
                take(unit, &mut gone, &mut gone_requests);
            }
            !goes
        });
        if waiting.is_empty() {
            return parked;
        }
        if waiting.len() == before {
            let Some(knot) = knot(board, &waiting) else { return parked };
            let on_knot = board.indices().filter(|&unit| knot.contains(&board.host_of[unit]));
            parked += on_knot.map(|unit| board.cost(unit)).min().unwrap_or(0);
            waiting.retain(|&unit| {
                let stays = !knot.contains(&board.host_of[unit]);
                if !stays {
                    take(unit, &mut gone, &mut gone_requests);
                }
                stays
            });
        }
    }
}

/// The smallest set of hosts that units of `waiting` lead to and none of them leads out of.
fn knot(board: &Board, waiting: &[UnitIndex]) -> Option<BTreeSet<HostIndex>> {
    let mut next = vec![BTreeSet::new(); board.hosts().len()];
    for &unit in waiting {
        next[board.host_of[unit]].insert(board.units[unit].goal);
    }
    let from = board.hosts().filter(|&host| !next[host].is_empty());
    let reached = from.map(|host| {
        let mut reached: BTreeSet<HostIndex> = BTreeSet::new();
        let mut open: Vec<HostIndex> = next[host].iter().copied().collect();
        while let Some(here) = open.pop() {
            if reached.insert(here) {
                open.extend(&next[here]);
            }
        }
        reached
    });
    let closed = reached.filter(|set| set.iter().all(|&host| !next[host].is_empty()));
    closed.min_by_key(BTreeSet::len)
}
