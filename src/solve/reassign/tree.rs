//! Where the Lagrangian bound leaves a gap: cases, the one with the lowest bound first. Who comes alone goes to this bin or
//! that; a bin is open or closed; an item stays or leaves. Whatever is left open, the lowest bound of any case holds.

use super::super::instance::Bin;
use super::super::work::Work;
use super::lagrange::{Climb, Lagrange, MOVE, Prices, Use, whole};
use crate::certificate::ItemIndex;

/// Rounds of the ascent in a case, how many in vain shorten its steps, and the first of them.
const ROUNDS: usize = 80;
const PATIENCE: usize = 12;
const STEP: f64 = 0.15;

#[derive(Clone, Copy)]
enum Decision {
    Opens(Bin),
    Closes(Bin),
    Stays(ItemIndex),
    Leaves(ItemIndex),
    GoesTo(ItemIndex, Bin),
}

struct Case {
    bound: i64,
    prices: Prices,
    decisions: Vec<Decision>,
    used: Vec<f64>,
    stays: Vec<f64>,
}

/// Raises the bound of `lagrange` by cases, until it reaches `goal` moves or `work` is over; the bound.
pub fn raise<const R: usize>(lagrange: &mut Lagrange<R>, goal: i64, nodes: u64, work: &mut Work) -> i64 {
    let Some((bound, prices)) = lagrange.best.clone() else { return 0 };
    let may = lagrange.may.clone();
    let (used, stays) = (lagrange.used.clone(), lagrange.stays.clone());
    let root = (bound, prices.clone());
    let mut cases = vec![Case { bound, prices, decisions: Vec::new(), used, stays }];
    let mut known = whole(bound);
    while let Some(at) = (0..cases.len()).min_by_key(|&at| (cases[at].bound, at)) {
        known = known.max(whole(cases[at].bound));
        if known >= goal || work.is_over() {
            break;
        }
        let case = cases.swap_remove(at);
        set(lagrange, &may, &case.decisions);
        let decisions = decisions(lagrange, &case);
        if decisions.is_empty() {
            break;
        }
        for decision in decisions {
            let mut all = case.decisions.clone();
            all.push(decision);
            set(lagrange, &may, &all);
            if is_hopeless(lagrange) {
                continue;
            }
            lagrange.prices = case.prices.clone();
            if let Decision::GoesTo(item, _) = decision {
                lagrange.prices.worth[item.0] = lagrange.prices.worth[item.0].max(goal * MOVE);
            }
            lagrange.used.clone_from(&case.used);
            lagrange.stays.clone_from(&case.stays);
            lagrange.best = None;
            let climb = Climb { goal, rounds: ROUNDS, patience: PATIENCE, nodes };
            lagrange.climb(&mut lagrange.ascent(STEP), climb, work);
            let (bound, prices) = lagrange.best.take().unwrap_or_else(|| (case.bound, case.prices.clone()));
            let bound = bound.max(case.bound);
            if whole(bound) < goal {
                let (used, stays) = (lagrange.used.clone(), lagrange.stays.clone());
                cases.push(Case { bound, prices, decisions: all, used, stays });
            }
        }
        if cases.is_empty() {
            known = goal;
        }
    }
    lagrange.may = may;
    lagrange.uses.fill(Use::Free);
    lagrange.prices = root.1.clone();
    lagrange.best = Some(root);
    known
}

/// What to decide next: what is the least decided, lately.
fn decisions<const R: usize>(lagrange: &Lagrange<R>, case: &Case) -> Vec<Decision> {
    let units = lagrange.units.clone();
    let items = || ItemIndex::all(units.size.len());
    let undecided = |often: f64| (often - 0.5).abs();
    let bins = Bin::all(lagrange.uses.len()).filter(|&bin| lagrange.is_limited() && lagrange.uses[bin] == Use::Free);
    let bin = bins.min_by(|a, b| undecided(case.used[a.0]).total_cmp(&undecided(case.used[b.0])));
    let is_decided = |item: ItemIndex| {
        let of = |it: &Decision| matches!(*it, Decision::Stays(of) | Decision::Leaves(of) if of == item);
        case.decisions.iter().any(of)
    };
    let may_stay = |item: ItemIndex| matches!(units.homes(item), &[(home, _)] if lagrange.may[item.0][home.0]);
    let open = items().filter(|&item| may_stay(item) && !is_decided(item));
    let item = open.min_by(|a, b| undecided(case.stays[a.0]).total_cmp(&undecided(case.stays[b.0])));
    if let Some((comes, bins)) = lagrange.comes_alone() {
        return bins.into_iter().map(|bin| Decision::GoesTo(comes, bin)).collect();
    }
    let item_is_clear = item.is_none_or(|item| undecided(case.stays[item.0]) > 0.45);
    match (bin, item) {
        (Some(bin), _) if undecided(case.used[bin.0]) < 0.49 || item_is_clear => {
            vec![Decision::Opens(bin), Decision::Closes(bin)]
        }
        (_, Some(item)) => vec![Decision::Stays(item), Decision::Leaves(item)],
        (Some(bin), None) => vec![Decision::Opens(bin), Decision::Closes(bin)],
        (None, None) => Vec::new(),
    }
}

fn set<const R: usize>(lagrange: &mut Lagrange<R>, may: &[Vec<bool>], decisions: &[Decision]) {
    lagrange.may.clone_from_slice(may);
    lagrange.uses.fill(Use::Free);
    for &decision in decisions {
        match decision {
            Decision::Opens(bin) => lagrange.uses[bin] = Use::Open,
            Decision::Closes(bin) => lagrange.uses[bin] = Use::Closed,
            Decision::Stays(item) => {
                let home = lagrange.units.homes(item)[0].0;
                only(&mut lagrange.may[item.0], home);
            }
            Decision::Leaves(item) => {
                let home = lagrange.units.homes(item)[0].0;
                lagrange.may[item.0][home.0] = false;
            }
            Decision::GoesTo(item, bin) => only(&mut lagrange.may[item.0], bin),
        }
    }
}

fn only(may: &mut [bool], bin: Bin) {
    may.iter_mut().enumerate().for_each(|(at, may)| *may &= at == bin.0);
}

/// Whether the decisions alone leave an item without a bin, or cost too much.
fn is_hopeless<const R: usize>(lagrange: &Lagrange<R>) -> bool {
    let has_bin = |may: &Vec<bool>| may.iter().zip(&lagrange.uses).any(|(may, using)| *may && *using != Use::Closed);
    !lagrange.may.iter().all(has_bin) || lagrange.is_too_dear()
}
