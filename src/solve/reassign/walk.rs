//! Simulated annealing from where everything stands (Kirkpatrick, Gelatt and Vecchi, Science 220, 1983). The energy is the
//! number of moves, and for each overfilled bin 1 and a weight times its excess in items of mean size. The constant
//! matters: without it a sliver of excess is cheaper than a move for ever.
//!
//! A step takes one item to another bin, alone, in exchange for one that stands there, or pushing that one on to its home
//! or anywhere (an ejection chain: Glover, Discrete Applied Mathematics 65, 1996).

use super::super::instance::Bin;
use super::super::rng::Rng;
use super::super::work::Work;
use super::board::{Board, below};
use super::units::Units;
use crate::certificate::ItemIndex;

/// The temperature has 2^7 values in a walk.
const HALVINGS: u32 = 7;
/// A rise of so many temperatures is never taken: the chance is below a billionth.
const NEVER: f64 = 20.0;
/// Of a hundred steps so many begin with an item that is astray, and so many more with one on an overfilled bin.
const ASTRAY: u64 = 40;
const OVERFILLED: u64 = 75;
/// What is left overfilled is mended so often, from this temperature at the least, in so many hundredths of the steps.
const MENDINGS: usize = 3;
const MENDING_HEAT: f64 = 0.15;
const MENDING_STEPS: u64 = 15;
/// Chances are looked up in so many parts of a temperature.
const PARTS: usize = 64;
/// exp(-1 / 128): the chances are products of it, the same on every machine.
const HALF_A_PART: f64 = 0.992_217_938_260_243_5;

/// One walk: how hot it begins and ends, in moves, what excess weighs, and how many steps it takes.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// The first and the last temperature.
    pub heat: (f64, f64),
    /// What an excess of one item of mean size costs, in moves.
    pub weight: f64,
    /// What any excess costs, in moves.
    pub constant: f64,
    /// How many steps.
    pub steps: u64,
}

/// The chance that a rise is taken, for each part of a temperature.
pub struct Chances(Vec<f64>);

impl Chances {
    /// Looked up a thousand times a millisecond.
    pub fn new() -> Chances {
        let mut chance = HALF_A_PART;
        let next = |_| {
            let here = chance;
            chance *= HALF_A_PART * HALF_A_PART;
            here
        };
        Chances((0..=NEVER as usize * PARTS).map(next).collect())
    }

    /// The chance of a rise at a temperature.
    #[inline]
    pub fn of(&self, rise: f64, temperature: f64) -> f64 {
        let part = (rise / temperature * PARTS as f64) as usize;
        self.0.get(part).copied().unwrap_or(0.0)
    }
}

/// The fewest moves seen with nothing overfilled, and where everything was then.
pub type Best = Option<(i64, Vec<Bin>)>;

/// Walks over `board`; keeps in `best` what is better than it. Ends early when it has as few moves as `enough`, or when
/// `work` is over.
pub fn walk<const R: usize>(
    board: &mut Board<R>,
    walk: &Walk,
    chances: &Chances,
    enough: i64,
    best: &mut Best,
    work: &mut Work,
    rng: &mut Rng,
) {
    note(board, best);
    if board.open.len() < 2 || board.bin_of.is_empty() {
        return;
    }
    let units = board.units.clone();
    let falls = (0..HALVINGS).fold(walk.heat.1 / walk.heat.0, |ratio, _| ratio.sqrt());
    let mut temperature = walk.heat.0;
    let each = (walk.steps >> HALVINGS).max(1);
    for _ in 0..1u32 << HALVINGS {
        for _ in 0..each {
            step(board, &units, (walk.constant, walk.weight), temperature, chances, rng);
            if board.overfilled.is_empty() {
                note(board, best);
            }
        }
        temperature *= falls;
        if !work.spend(each) || best.as_ref().is_some_and(|(moves, _)| *moves <= enough) {
            return;
        }
    }
}

/// Mends what a walk left overfilled while fewer move than in `best`: it goes on while it is cold, and all excess costs twice
/// as much each time, so that it is not gathered in one bin. A walk at the edge ends a sliver short of a packing more often
/// than with one.
pub fn mend<const R: usize>(
    board: &mut Board<R>,
    after: &Walk,
    chances: &Chances,
    enough: i64,
    best: &mut Best,
    work: &mut Work,
    rng: &mut Rng,
) {
    let heat = (after.heat.1.max(MENDING_HEAT), after.heat.1);
    let mut mending = Walk { heat, steps: after.steps * MENDING_STEPS / 100, ..*after };
    for _ in 0..MENDINGS {
        let is_worth_it = best.as_ref().is_none_or(|(moves, _)| board.moves < *moves);
        if board.overfilled.is_empty() || !is_worth_it || work.is_over() {
            return;
        }
        mending.weight *= 2.0;
        mending.constant *= 2.0;
        walk(board, &mending, chances, enough, best, work, rng);
    }
}

/// Keeps in `best` what is on the board where nothing is overfilled and fewer move.
pub fn note<const R: usize>(board: &Board<R>, best: &mut Best) {
    if board.overfilled.is_empty() && best.as_ref().is_none_or(|(moves, _)| board.moves < *moves) {
        *best = Some((board.moves, board.bin_of.clone()));
    }
}

fn step<const R: usize>(
    board: &mut Board<R>,
    units: &Units<R>,
    (constant, weight): (f64, f64),
    temperature: f64,
    chances: &Chances,
    rng: &mut Rng,
) {
    let Some((item, goes_home)) = first(board, rng) else { return };
    let from = board.bin_of[item];
    let homes = units.homes(item);
    let to = match goes_home && !homes.is_empty() {
        true => homes[below(rng, homes.len())].0,
        false => board.open[below(rng, board.open.len())],
    };
    if to == from || !units.open[to] {
        return;
    }
    // One step in four goes alone, two exchange, one pushes on.
    let kind = below(rng, 4);
    let with = match kind > 0 && !board.on[to].is_empty() {
        true => Some(second(board, units, to, rng)),
        false => None,
    };
    let mut goes = from;
    if let (3, Some(other)) = (kind, with) {
        let homes = units.homes(other);
        goes = match below(rng, 2) == 0 && !homes.is_empty() {
            true => homes[0].0,
            false => board.open[below(rng, board.open.len())],
        };
        if goes == to || !units.open[goes] {
            return;
        }
    }
    let mut moves = units.cost(item, to) - units.cost(item, from);
    if let Some(other) = with {
        moves += units.cost(other, goes) - units.cost(other, to);
    }
    let mut rise = moves as f64 / units.instance.unit.mean as f64;
    if board.overfilled.is_empty() && rise > NEVER * temperature {
        return;
    }
    let penalty = |over: f64| if over > 0.0 { constant + weight * over } else { 0.0 };
    rise += penalty(board.over_with(to, Some(item), with)) - penalty(board.over[to]);
    if goes == from {
        rise += penalty(board.over_with(from, with, Some(item))) - penalty(board.over[from]);
    } else {
        rise += penalty(board.over_with(from, None, Some(item))) - penalty(board.over[from]);
        rise += penalty(board.over_with(goes, with, None)) - penalty(board.over[goes]);
    }
    if rise > 0.0 && rng.f64() >= chances.of(rise, temperature) {
        return;
    }
    let with = with.map(|other| (other, goes));
    if board.may_go(item, to, with) && with.is_none_or(|(other, goes)| board.may_go(other, goes, Some((item, to)))) {
        board.go(item, to, with);
    }
}

/// The item that a step begins with, and whether it is to try its home.
#[inline]
fn first<const R: usize>(board: &Board<R>, rng: &mut Rng) -> Option<(ItemIndex, bool)> {
    let draw = below(rng, 100) as u64;
    if draw < ASTRAY
        && let Some(item) = board.astray.draw(rng)
    {
        return Some((ItemIndex(item), below(rng, 2) == 0));
    }
    if draw < OVERFILLED
        && let Some(bin) = board.overfilled.draw(rng)
    {
        let on = &board.on[bin];
        return (!on.is_empty()).then(|| (on[below(rng, on.len())], false));
    }
    Some((ItemIndex(below(rng, board.bin_of.len())), false))
}

/// An item of `bin`, which holds some: half of the time rather one that is astray.
#[inline]
fn second<const R: usize>(board: &Board<R>, units: &Units<R>, bin: Bin, rng: &mut Rng) -> ItemIndex {
    let on = &board.on[bin];
    let mut other = on[below(rng, on.len())];
    if !board.astray.is_empty() && below(rng, 2) == 0 {
        for _ in 0..3 {
            if units.cost(other, bin) > 0 || units.running[other] == 0 {
                break;
            }
            other = on[below(rng, on.len())];
        }
    }
    other
}
