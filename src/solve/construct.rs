//! Construction: a portfolio of greedy packings. Items from large to small, each to the slot that suits it best.

use super::budget::{Budget, Load};
use super::instance::{Instance, ItemIndex, Slot};

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
/// # Errors
/// The packing that leaves the least out: `None` for items that found no slot.
pub fn construct(instance: &Instance, budget: &Budget) -> Result<Vec<Slot>, Vec<Option<Slot>>> {
    let mut best: Option<(usize, Vec<Option<Slot>>)> = None;
    for (choice, order) in PORTFOLIO {
        let packing = greedy(instance, budget, choice, order);
        let missing = packing.iter().filter(|slot| slot.is_none()).count();
        if missing == 0 {
            return Ok(packing.into_iter().flatten().collect());
        }
        if best.as_ref().is_none_or(|(fewest, _)| missing < *fewest) {
            best = Some((missing, packing));
        }
    }
    Err(best.map(|(_, packing)| packing).unwrap_or_default())
}

fn greedy(instance: &Instance, budget: &Budget, choice: Choice, order: Order) -> Vec<Option<Slot>> {
    let mut load = Load::new(instance);
    let mut packing = vec![None; instance.items.len()];
    for item in hardest_first(instance, order) {
        let candidates = || instance.slots(item).iter().copied();
        let home = || {
            let homes = instance.items[item].homes.iter().map(|&(slot, _)| slot);
            homes.into_iter().find(|&slot| load.fits(instance, budget, item, slot))
        };
        let slot = match choice {
            Choice::Home if home().is_some() => home(),
            _ => {
                let fitting = candidates().filter(|&slot| load.fits(instance, budget, item, slot));
                let fullness = |slot: Slot| fullness(&load.used[slot], &budget.capacity[slot]);
                match choice {
                    Choice::Emptiest => fitting.min_by(|&a, &b| fullness(a).total_cmp(&fullness(b))),
                    _ => fitting.rev().max_by(|&a, &b| fullness(a).total_cmp(&fullness(b))),
                }
            }
        };
        if let Some(slot) = slot {
            load.put(instance, item, slot);
            packing[item] = Some(slot);
        }
    }
    packing
}

/// Items with few slots to choose from first, then the large ones.
fn hardest_first(instance: &Instance, order: Order) -> Vec<ItemIndex> {
    let there: Vec<f64> =
        (0..instance.resources).map(|r| instance.allocatable.iter().map(|give| give[r] as f64).sum()).collect();
    let weight = |item: ItemIndex| {
        let shares = instance.items[item].size.iter().zip(&there).map(|(&size, &all)| size as f64 / all.max(1.0));
        match order {
            Order::Sum => shares.sum::<f64>(),
            Order::Largest => shares.fold(0.0, f64::max),
        }
    };
    let freedom = |item: ItemIndex| instance.slots(item).len();
    let mut keyed: Vec<(bool, f64, ItemIndex)> = (0..instance.items.len())
        .map(|item| {
            (freedom(item) == instance.hosts.len() && instance.items[item].aparts.is_empty(), -weight(item), item)
        })
        .collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    keyed.into_iter().map(|(_, _, item)| item).collect()
}

fn fullness(used: &[u64], capacity: &[u64]) -> f64 {
    let shares = used.iter().zip(capacity).filter(|(_, limit)| **limit > 0);
    shares.map(|(&used, &limit)| used as f64 / limit as f64).fold(0.0, f64::max)
}
