//! An order without the steps that it can do without.

use super::board::{Board, Step};

/// Above this many steps an order is left as it is: each step that is tried costs a walk through all of them.
const MOST: usize = 600;

/// `steps` with as many left out as single omissions allow, each unit ending where it did. Ends with the board reset.
pub(super) fn shortened(board: &mut Board, mut steps: Vec<Step>) -> Vec<Step> {
    if steps.len() > MOST {
        return steps;
    }
    loop {
        let shorter = (0..steps.len()).find_map(|position| without(board, &steps, position));
        match shorter {
            Some(shorter) => steps = shorter,
            None => return steps,
        }
    }
}

/// `steps` without the one at `position`, where the unit goes on later; or where its next step is then none, without
/// both. Either the unit waits where it is, or it goes at once to where its next step leads.
fn without(board: &mut Board, steps: &[Step], position: usize) -> Option<Vec<Step>> {
    let (unit, _) = steps[position];
    let later = (position + 1..steps.len()).find(|&other| steps[other].0 == unit)?;
    let mut waits = steps.to_vec();
    waits.remove(position);
    let mut at_once = steps.to_vec();
    at_once[position].1 = steps[later].1;
    at_once.remove(later);
    [waits, at_once].into_iter().find_map(|tried| walk(board, &tried))
}

/// `steps` without those that lead nowhere, if all of them are allowed.
fn walk(board: &mut Board, steps: &[Step]) -> Option<Vec<Step>> {
    board.reset();
    let mut made = Vec::new();
    let allowed = steps.iter().all(|&(unit, host)| {
        if board.host_of[unit] == host {
            return true;
        }
        let allowed = board.admits(unit, host);
        if allowed {
            board.go(unit, host);
            made.push((unit, host));
        }
        allowed
    });
    board.reset();
    allowed.then_some(made)
}
