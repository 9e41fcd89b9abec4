//! Construction: a portfolio of greedy packings. Items from large to small, each to the slot that suits it best.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::Clock;
use super::budget::{Budget, Load, slot_cost};
use super::instance::{Instance, ItemIndex, Slot};
use crate::model::Goal;

/// [`fill`] looks at so many pairs of item and slot at the most.
const FILL_STEPS: usize = 30_000_000;

/// One slot in so many, or fewer, are few to choose from.
const FEW: usize = 8;

/// The clock is read once in so many items.
const LOOK: usize = 512;

/// Which slot suits an item best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// The fullest that still has room: leaves other slots empty.
    Fullest,
    /// The emptiest: keeps them level.
    Emptiest,
    /// Where it runs now, else the fullest.
    Home,
}

/// How items are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// By the sum of their shares of what there is in all.
    Sum,
    /// By the largest of these shares.
    Largest,
}

/// The portfolio, tried in this order.
const PORTFOLIO: [(Choice, Order); 6] = [
    (Choice::Home, Order::Sum),
    (Choice::Fullest, Order::Sum),
    (Choice::Fullest, Order::Largest),
    (Choice::Emptiest, Order::Largest),
    (Choice::Emptiest, Order::Sum),
    (Choice::Home, Order::Largest),
];

/// The first complete packing that a greedy rule finds within `budget` (its limit on moves is not looked at).
///
/// With `must`, the first rule is followed to its end even when the time is out.
///
/// # Errors
/// The packing that leaves the least out: `None` for items that found no slot.
pub fn construct(
    instance: &Instance,
    budget: &Budget,
    clock: &dyn Clock,
    must: bool,
) -> Result<Vec<Slot>, Vec<Option<Slot>>> {
    let mut best: Option<(usize, Vec<Option<Slot>>)> = None;
    for (choice, order) in PORTFOLIO {
        let must = must && best.is_none();
        if !must && clock.left().is_zero() {
            break;
        }
        let packing =
            greedy(instance, budget, choice, order, |done| !must && done % LOOK == 0 && clock.left().is_zero());
        let missing = packing.iter().filter(|slot| slot.is_none()).count();
        if missing == 0 {
            return Ok(packing.into_iter().flatten().collect());
        }
        if best.as_ref().is_none_or(|(fewest, _)| missing < *fewest) {
            best = Some((missing, packing));
        }
    }
    Err(best.map(|(_, packing)| packing).unwrap_or_else(|| vec![None; instance.items.len()]))
}

/// A packing that opens one slot after another, always the kind that holds the most for what it costs by `goal`, and
/// fills it with what fits, large items first. `None` where some item finds no slot, or where it would take too long.
pub fn fill(instance: &Instance, budget: &Budget, goal: Goal) -> Option<Vec<Slot>> {
    let mut kinds: BTreeMap<usize, Vec<Slot>> = BTreeMap::new();
    for slot in (0..budget.open.len()).rev().filter(|&slot| budget.open[slot]) {
        kinds.entry(instance.slot_class[slot]).or_default().push(slot);
    }
    let slots: usize = kinds.values().map(Vec::len).sum();
    if instance.items.len().saturating_mul(slots).saturating_mul(kinds.len()) > FILL_STEPS {
        return None;
    }
    let there = supply(instance);
    let worth = |item: ItemIndex| -> f64 {
        instance.items[item].size.iter().zip(&there).map(|(&size, &all)| size as f64 / all.max(1.0)).sum()
    };
    let mut load = Load::new(instance);
    let mut packing = vec![None; instance.items.len()];
    let mut left = hardest_first(instance, Order::Sum);
    while !left.is_empty() {
        let candidates = kinds.values().filter_map(|slots| slots.last().copied());
        let (_, slot, content) = candidates
            .map(|slot| {
                let content = content(instance, budget, &mut load, slot, &left);
                let value = content.iter().map(|&item| worth(item)).sum::<f64>();
                (value / (slot_cost(instance, goal, slot) as f64).max(1e-6), slot, content)
            })
            .filter(|(_, _, content)| !content.is_empty())
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
        for &item in &content {
            load.put(instance, item, slot);
            packing[item] = Some(slot);
        }
        left.retain(|&item| packing[item].is_none());
        kinds.get_mut(&instance.slot_class[slot])?.pop();
    }
    packing.into_iter().collect()
}

/// What of `left` fits on the empty `slot`, in this order.
fn content(instance: &Instance, budget: &Budget, load: &mut Load, slot: Slot, left: &[ItemIndex]) -> Vec<ItemIndex> {
    let mut content = Vec::new();
    for &item in left {
        if load.fits(instance, budget, item, slot) {
            load.put(instance, item, slot);
            content.push(item);
        }
    }
    content.iter().for_each(|&item| load.take(instance, item, slot));
    content
}

fn supply(instance: &Instance) -> Vec<f64> {
    (0..instance.resources).map(|r| instance.allocatable.iter().map(|give| give[r] as f64).sum()).collect()
}

/// Items one after another, each to the slot that suits it best. Interchangeable items follow each other: slots are
/// looked at once for all of them, for one that cannot take the first cannot take the next.
fn greedy(
    instance: &Instance,
    budget: &Budget,
    choice: Choice,
    order: Order,
    stop: impl Fn(usize) -> bool,
) -> Vec<Option<Slot>> {
    let mut load = Load::new(instance);
    let mut packing = vec![None; instance.items.len()];
    let mut full = vec![0.0; instance.hosts.len()];
    // What the slots have left, side by side: most slots that cannot take an item are passed over by a look at it.
    let resources = instance.resources;
    let mut free: Vec<u64> = budget.capacity.iter().flatten().copied().collect();
    let order = hardest_first(instance, order);
    let alike = order.chunk_by(|&a, &b| instance.item_class[a] == instance.item_class[b]);
    let mut done = 0;
    for run in alike {
        let mut candidates: Option<BinaryHeap<(u64, Reverse<Slot>)>> = None;
        for &item in run {
            if stop(done) {
                return packing;
            }
            done += 1;
            let homes = instance.items[item].homes.iter().map(|&(slot, _)| slot);
            let size = &instance.items[item].size;
            let fits = |slot: &Slot| {
                let free = &free[slot * resources..][..resources];
                size.iter().zip(free).all(|(size, free)| size <= free) && load.fits(instance, budget, item, *slot)
            };
            let home = (choice == Choice::Home).then(|| homes.into_iter().find(|slot| fits(slot))).flatten();
            let slot = home.or_else(|| {
                let key = |slot: Slot| (preference(choice, full[slot]), Reverse(slot));
                if run.len() == 1 {
                    let better = |best: Option<(u64, Reverse<Slot>)>, slot: Slot| match key(slot) {
                        now if best.is_none_or(|best| now > best) && fits(&slot) => Some(now),
                        _ => best,
                    };
                    return instance.slots(item).iter().copied().fold(None, better).map(|(_, Reverse(slot))| slot);
                }
                let all = || instance.slots(item).iter().copied().filter(fits).map(key).collect();
                let candidates = candidates.get_or_insert_with(all);
                // The best may have been filled since, by this rule or as a home: then it comes back with its new key.
                loop {
                    let best @ (_, Reverse(slot)) = candidates.pop()?;
                    match fits(&slot).then(|| key(slot)) {
                        None => {}
                        Some(now) if now < best => candidates.push(now),
                        Some(_) => return Some(slot),
                    }
                }
            });
            if let Some(slot) = slot {
                load.put(instance, item, slot);
                packing[item] = Some(slot);
                super::instance::subtract(&mut free[slot * resources..][..resources], size);
                full[slot] = fullness(&load.used[slot], &budget.capacity[slot]);
                if let Some(candidates) = candidates.as_mut().filter(|_| home.is_none()) {
                    candidates.push((preference(choice, full[slot]), Reverse(slot)));
                }
            }
        }
    }
    packing
}

/// The more, the better: the bits of floats that are not negative are in their order.
fn preference(choice: Choice, fullness: f64) -> u64 {
    match choice {
        Choice::Emptiest => u64::MAX - fullness.to_bits(),
        Choice::Fullest | Choice::Home => fullness.to_bits(),
    }
}

/// Items with very few slots to choose from first, then those bound by anything, then the rest; large ones first.
fn hardest_first(instance: &Instance, order: Order) -> Vec<ItemIndex> {
    let there = supply(instance);
    let weight = |item: ItemIndex| {
        let shares = instance.items[item].size.iter().zip(&there).map(|(&size, &all)| size as f64 / all.max(1.0));
        match order {
            Order::Sum => shares.sum::<f64>(),
            Order::Largest => shares.fold(0.0, f64::max),
        }
    };
    let freedom = |item: ItemIndex| instance.slots(item).len();
    let mut keyed: Vec<(u8, f64, usize, ItemIndex)> = (0..instance.items.len())
        .map(|item| {
            let free = freedom(item) == instance.hosts.len() && instance.items[item].aparts.is_empty();
            let few = freedom(item) * FEW <= instance.hosts.len();
            let tier = if few { 0 } else { 1 + u8::from(free) };
            (tier, -weight(item), instance.item_class[item], item)
        })
        .collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then((a.2, a.3).cmp(&(b.2, b.3))));
    keyed.into_iter().map(|(.., item)| item).collect()
}

fn fullness(used: &[u64], capacity: &[u64]) -> f64 {
    let shares = used.iter().zip(capacity).filter(|(_, limit)| **limit > 0);
    shares.map(|(&used, &limit)| used as f64 / limit as f64).fold(0.0, f64::max)
}
