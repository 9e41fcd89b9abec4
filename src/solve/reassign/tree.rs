//! Where the Lagrangian bound leaves a gap: cases, the one with the lowest bound first. Who comes alone goes to this bin or
//! that; a bin is open or closed; an item stays or leaves. Whatever is left open, the lowest bound of any case holds.

use super::super::instance::Bin;
use super::super::work::Work;
use super::lagrange::{Climb, Lagrange, MOVE, Prices, Use, whole};
use crate::certificate::ItemIndex;

/// Rounds of the ascent in a case, how many in vain shorten its steps, and the first of them.
const ROUNDS: usize = 80;
const PATIENCE: usize = 12;
const STEP: f64 = 0.05;
/// An item that cannot stay and has no more bins left is looked at first.
const FEW: usize = 3;

#[derive(Clone, Copy)]
enum Decision {
    Opens(Bin),
    Closes(Bin),
    GoesTo(ItemIndex, Bin),
    Avoids(ItemIndex, Bin),
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
        let mut case = cases.swap_remove(at);
        let mut is_open = set(lagrange, &may, &case.decisions);
        lagrange.prices = case.prices.clone();
        if lagrange.comes_alone().is_none() {
            is_open = is_open && settle(lagrange, &mut case, goal, nodes, work) && set(lagrange, &may, &case.decisions);
        }
        if !is_open {
            known = if cases.is_empty() { goal } else { known };
            continue;
        }
        let mut decisions = decisions(lagrange, &case);
        if decisions.is_empty() {
            decisions = destinations(lagrange);
        }
        if decisions.is_empty() {
            break;
        }
        for decision in decisions {
            let mut all = case.decisions.clone();
            all.push(decision);
            if !set(lagrange, &may, &all) {
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
    let undecided = |often: f64| (often - 0.5).abs();
    let bins = Bin::all(lagrange.uses.len()).filter(|&bin| lagrange.is_limited() && lagrange.uses[bin] == Use::Free);
    let bin = bins.min_by(|a, b| undecided(case.used[a.0]).total_cmp(&undecided(case.used[b.0])));
    let open = open_items(lagrange, case).into_iter();
    let item = open.min_by(|a, b| undecided(case.stays[a.0]).total_cmp(&undecided(case.stays[b.0])));
    if let Some((comes, bins)) = lagrange.comes_alone() {
        return bins.into_iter().map(|bin| Decision::GoesTo(comes, bin)).collect();
    }
    // Few ways are gone through at once.
    let tight = astray(lagrange).min_by_key(|&item| bins_left(lagrange, item).count());
    if let Some(item) = tight.filter(|&item| bins_left(lagrange, item).count() <= FEW) {
        return bins_left(lagrange, item).map(|bin| Decision::GoesTo(item, bin)).collect();
    }
    let item_is_clear = item.is_none_or(|item| undecided(case.stays[item.0]) > 0.45);
    match (bin, item) {
        (Some(bin), _) if undecided(case.used[bin.0]) < 0.49 || item_is_clear => {
            vec![Decision::Opens(bin), Decision::Closes(bin)]
        }
        (_, Some(item)) => about_home(lagrange, item).to_vec(),
        (Some(bin), None) => vec![Decision::Opens(bin), Decision::Closes(bin)],
        (None, None) => Vec::new(),
    }
}

/// Decides what need not be asked: where one answer alone shows at the prices of the case that `goal` moves are needed, the
/// other is taken. Whether anything is left to ask.
fn settle<const R: usize>(lagrange: &mut Lagrange<R>, case: &mut Case, goal: i64, nodes: u64, work: &mut Work) -> bool {
    let value = lagrange.value(nodes, work);
    let mut questions: Vec<([Decision; 2], [i64; 2])> = Vec::new();
    for bin in Bin::all(lagrange.uses.len()) {
        if lagrange.is_limited() && lagrange.uses[bin] == Use::Free {
            questions.push(([Decision::Opens(bin), Decision::Closes(bin)], lagrange.after_use(bin)));
        }
    }
    for item in open_items(lagrange, case) {
        let home = lagrange.units.homes(item)[0].0;
        let rises = lagrange.after_home(item, home, nodes, work);
        questions.push((about_home(lagrange, item), rises));
    }
    for (answers, rises) in questions {
        match rises.map(|rise| whole(value.saturating_add(rise)) >= goal) {
            [true, true] => return false,
            [true, false] => case.decisions.push(answers[1]),
            [false, true] => case.decisions.push(answers[0]),
            [false, false] => {}
        }
    }
    true
}

/// The items of which it is open whether they stay.
fn open_items<const R: usize>(lagrange: &Lagrange<R>, case: &Case) -> Vec<ItemIndex> {
    let is_open = |item: ItemIndex| {
        let &[(home, _)] = lagrange.units.homes(item) else { return false };
        let of = |it: &Decision| matches!(*it, Decision::GoesTo(of, _) | Decision::Avoids(of, _) if of == item);
        lagrange.may[item.0][home.0] && lagrange.uses[home] != Use::Closed && !case.decisions.iter().any(of)
    };
    ItemIndex::all(lagrange.units.size.len()).filter(|&item| is_open(item)).collect()
}

/// Whether an item stays where it runs.
fn about_home<const R: usize>(lagrange: &Lagrange<R>, item: ItemIndex) -> [Decision; 2] {
    let home = lagrange.units.homes(item)[0].0;
    [Decision::GoesTo(item, home), Decision::Avoids(item, home)]
}

/// The bins that the most valuable of those may go to that still have a choice.
fn destinations<const R: usize>(lagrange: &Lagrange<R>) -> Vec<Decision> {
    let has_choice = |item: &ItemIndex| bins_left(lagrange, *item).nth(1).is_some();
    let items = ItemIndex::all(lagrange.units.size.len()).filter(has_choice);
    let item = items.max_by_key(|&item| lagrange.prices.worth[item.0]);
    item.map_or(Vec::new(), |item| bins_left(lagrange, item).map(|bin| Decision::GoesTo(item, bin)).collect())
}

/// Sets what is decided, with what follows from it; whether anything keeps to that.
fn set<const R: usize>(lagrange: &mut Lagrange<R>, may: &[Vec<bool>], decisions: &[Decision]) -> bool {
    lagrange.may.clone_from_slice(may);
    lagrange.uses.fill(Use::Free);
    for &decision in decisions {
        match decision {
            Decision::Opens(bin) => lagrange.uses[bin] = Use::Open,
            Decision::Closes(bin) => lagrange.uses[bin] = Use::Closed,
            Decision::Avoids(item, bin) => lagrange.may[item.0][bin.0] = false,
            Decision::GoesTo(item, bin) => only(&mut lagrange.may[item.0], bin),
        }
    }
    narrow(lagrange) && !lagrange.is_too_dear()
}

fn only(may: &mut [bool], bin: Bin) {
    may.iter_mut().enumerate().for_each(|(at, may)| *may &= at == bin.0);
}

/// Leaves out the bins on which items find no room beside those that have no other, again and again; whether all have one.
fn narrow<const R: usize>(lagrange: &mut Lagrange<R>) -> bool {
    let units = lagrange.units.clone();
    let mut free = units.capacity.clone();
    let mut left: Vec<ItemIndex> = ItemIndex::all(units.size.len()).collect();
    loop {
        let mut placed = Vec::new();
        left.retain(|&item| {
            let mut bins = bins_left(lagrange, item);
            let only = bins.next().filter(|_| bins.next().is_none());
            placed.extend(only.map(|bin| (item, bin)));
            only.is_none()
        });
        if placed.is_empty() {
            return ItemIndex::all(units.size.len()).all(|item| bins_left(lagrange, item).next().is_some());
        }
        for (item, bin) in placed {
            (0..R).for_each(|r| free[bin][r] -= units.size[item][r]);
            for apart in units.instance.items[item].aparts.iter().map(|&apart| &units.instance.aparts[apart]) {
                for other in apart.items.iter().filter(|other| **other != item) {
                    let may = lagrange.may[other.0].iter_mut().zip(&*apart.domain);
                    may.for_each(|(may, domain)| *may &= *domain != apart.domain[bin]);
                }
            }
        }
        if free.iter().flatten().any(|free| *free < 0) {
            return false;
        }
        for item in &left {
            let fits = |bin: Bin| units.size[*item].iter().zip(&free[bin]).all(|(size, free)| size <= free);
            lagrange.may[item.0].iter_mut().enumerate().for_each(|(bin, may)| *may &= fits(Bin(bin)));
        }
    }
}

/// The bins that an item may go to.
fn bins_left<const R: usize>(lagrange: &Lagrange<R>, item: ItemIndex) -> impl Iterator<Item = Bin> {
    let may = &lagrange.may[item.0];
    Bin::all(may.len()).filter(|&bin| may[bin.0] && lagrange.uses[bin] != Use::Closed)
}

/// The items that have a choice, but not that of staying.
fn astray<const R: usize>(lagrange: &Lagrange<R>) -> impl Iterator<Item = ItemIndex> {
    let stays = |item: ItemIndex| {
        let homes = lagrange.units.homes(item).iter();
        homes.into_iter().any(|(home, _)| lagrange.may[item.0][home.0] && lagrange.uses[*home] != Use::Closed)
    };
    let has_choice = |item: ItemIndex| bins_left(lagrange, item).nth(1).is_some();
    ItemIndex::all(lagrange.units.size.len()).filter(move |&item| !stays(item) && has_choice(item))
}
