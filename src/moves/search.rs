//! The order of the steps: greedy, then exact over what has arrived, then exact with containers parked for a while,
//! then a beam where there is too much to look at. Every search counts what it looks at and gives up: never endless,
//! and the same on every machine unless the clock stops it.

use std::collections::BTreeSet;

use super::beam;
use super::board::{Board, Step, UnitIndex};
use super::exact::{self, Code, Ended};
use super::{bound, shorten};

/// How many steps the search for a direct order may look at. Enough for every subset of 16 steps, each with 16.
const LOOKS: usize = (1 << 16) * 16 + 1;
/// How many positions an exact search may look at before the beam has tried, and after.
const FEW: usize = 20_000;
const MANY: usize = 1_000_000;

/// How the search ended.
pub(super) enum Found {
    /// These steps bring every unit to its goal; whether there is a proof that fewer moves do not do.
    Steps(Vec<Step>, bool),
    /// All that can be reached was looked at: there are none.
    Never,
    /// None were found, and there was too much to look at.
    Unknown,
}

/// Steps that bring every unit of `board` from its start to its goal.
pub(super) fn steps(board: &mut Board, stop: &dyn Fn() -> bool) -> Found {
    let greedy = greedy(board);
    let arrived = board.misplaced().next().is_none();
    board.reset();
    if arrived {
        return Found::Steps(greedy, true);
    }
    let moving: Vec<UnitIndex> = board.misplaced().collect();
    if let Some(steps) = direct(board, &moving) {
        return Found::Steps(steps, true);
    }
    let code = Code::new(board);
    if let Some(code) = &code {
        match exact::fewest(board, code, usize::MAX, FEW, stop) {
            Ended::Fewest(steps) => return Found::Steps(steps, true),
            Ended::None => return Found::Never,
            Ended::GaveUp if exact::is_cut_off(board, code, FEW, stop) => return Found::Never,
            Ended::GaveUp => {}
        }
    }
    let least = bound::least(board);
    let found = beam::steps(board, stop).map(|steps| shorten::shortened(board, steps));
    let cost = |steps: &[Step]| steps.iter().map(|&(unit, _)| board.cost(unit)).sum::<usize>();
    let below = found.as_ref().map_or(usize::MAX, |steps| cost(steps));
    if below == least {
        return found.map_or(Found::Unknown, |steps| Found::Steps(steps, true));
    }
    let Some(code) = code else { return found.map_or(Found::Unknown, |steps| Found::Steps(steps, false)) };
    match (exact::fewest(board, &code, below, MANY, stop), found) {
        (Ended::Fewest(steps), _) => Found::Steps(steps, true),
        (Ended::None, Some(steps)) => Found::Steps(steps, true),
        (Ended::None, None) => Found::Never,
        (Ended::GaveUp, Some(steps)) => Found::Steps(steps, false),
        (Ended::GaveUp, None) if exact::is_cut_off(board, &code, MANY, stop) => Found::Never,
        (Ended::GaveUp, None) => Found::Unknown,
    }
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
