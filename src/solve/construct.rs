//! Construction: a portfolio of greedy packings. Items from large to small, each to the bin that suits it best.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::Clock;
use super::instance::{Bin, Instance};
use super::restricted::{RestrictedInstance, Usage, bin_cost, open_bins};
use crate::certificate::ItemIndex;
use crate::model::Goal;

/// [`fill`] looks at so many pairs of item and bin at the most.
const FILL_STEPS: usize = 30_000_000;

/// One bin in so many, or fewer, are few to choose from.
const FEW: usize = 8;

/// The clock is read once in so many items.
const LOOK: usize = 512;

/// Which bin suits an item best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// The fullest that still has room: leaves other bins empty.
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

/// The first complete packing that a greedy rule finds within `restricted` (its limit on moves is not looked at).
///
/// With `must`, the first rule is followed to its end even when the time is out.
///
/// # Errors
/// The packing that leaves the least out: `None` for items that found no bin.
pub fn construct(
    instance: &Instance,
    restricted: &RestrictedInstance,
    clock: &dyn Clock,
    must: bool,
) -> Result<Vec<Bin>, Vec<Option<Bin>>> {
    let mut best: Option<(usize, Vec<Option<Bin>>)> = None;
    for (choice, order) in PORTFOLIO {
        let must = must && best.is_none();
        if !must && clock.is_over() {
            break;
        }
        let packing = greedy(instance, restricted, choice, order, |done| !must && done % LOOK == 0 && clock.is_over());
        let missing = packing.iter().filter(|bin| bin.is_none()).count();
        if missing == 0 {
            return Ok(packing.into_iter().flatten().collect());
        }
        if best.as_ref().is_none_or(|(fewest, _)| missing < *fewest) {
            best = Some((missing, packing));
        }
    }
    Err(best.map(|(_, packing)| packing).unwrap_or_else(|| vec![None; instance.items.len()]))
}

/// A packing that opens one bin after another, always the kind that holds the most for what it costs by `goal`, and
/// fills it with what fits, large items first. `None` where some item finds no bin, or where it would take too long.
pub fn fill(instance: &Instance, restricted: &RestrictedInstance, goal: Goal) -> Option<Vec<Bin>> {
    let mut kinds: BTreeMap<usize, Vec<Bin>> = BTreeMap::new();
    for bin in open_bins(&restricted.open).rev() {
        kinds.entry(instance.bin_class[bin]).or_default().push(bin);
    }
    let bins: usize = kinds.values().map(Vec::len).sum();
    if instance.items.len().saturating_mul(bins).saturating_mul(kinds.len()) > FILL_STEPS {
        return None;
    }
    let there = supply(instance);
    let worth = |item: ItemIndex| -> f64 {
        instance.items[item].size.iter().zip(&there).map(|(&size, &all)| size as f64 / all.max(1.0)).sum()
    };
    let mut usage = Usage::new(instance);
    let mut packing = vec![None; instance.items.len()];
    let mut left = hardest_first(instance, Order::Sum);
    while !left.is_empty() {
        let candidates = kinds.values().filter_map(|bins| bins.last().copied());
        let (_, bin, content) = candidates
            .map(|bin| {
                let content = content(instance, restricted, &mut usage, bin, &left);
                let value = content.iter().map(|&item| worth(item)).sum::<f64>();
                (value / (bin_cost(instance, goal, bin) as f64).max(1e-6), bin, content)
            })
            .filter(|(_, _, content)| !content.is_empty())
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
        for &item in &content {
            usage.put(instance, item, bin);
            packing[item] = Some(bin);
        }
        left.retain(|&item| packing[item].is_none());
        kinds.get_mut(&instance.bin_class[bin])?.pop();
    }
    packing.into_iter().collect()
}

/// What of `left` fits on the empty `bin`, in this order.
fn content(
    instance: &Instance,
    restricted: &RestrictedInstance,
    usage: &mut Usage,
    bin: Bin,
    left: &[ItemIndex],
) -> Vec<ItemIndex> {
    let mut content = Vec::new();
    for &item in left {
        if usage.fits(instance, restricted, item, bin) {
            usage.put(instance, item, bin);
            content.push(item);
        }
    }
    content.iter().for_each(|&item| usage.take(instance, item, bin));
    content
}

fn supply(instance: &Instance) -> Vec<f64> {
    (0..instance.resources).map(|r| instance.allocatable.iter().map(|give| give[r] as f64).sum()).collect()
}

/// Items one after another, each to the bin that suits it best. Interchangeable items follow each other: bins are
/// looked at once for all of them, for one that cannot take the first cannot take the next.
fn greedy(
    instance: &Instance,
    restricted: &RestrictedInstance,
    choice: Choice,
    order: Order,
    stop: impl Fn(usize) -> bool,
) -> Vec<Option<Bin>> {
    let mut usage = Usage::new(instance);
    let mut packing = vec![None; instance.items.len()];
    let mut full = vec![0.0; instance.hosts.len()];
    // What the bins have left, side by side: most bins that cannot take an item are passed over by a look at it.
    let resources = instance.resources;
    let mut free: Vec<u64> = restricted.capacity.iter().flatten().copied().collect();
    let order = hardest_first(instance, order);
    let alike = order.chunk_by(|&a, &b| instance.item_class[a] == instance.item_class[b]);
    let mut done = 0;
    for run in alike {
        let mut candidates: Option<BinaryHeap<(u64, Reverse<Bin>)>> = None;
        for &item in run {
            if stop(done) {
                return packing;
            }
            done += 1;
            let homes = instance.items[item].homes.iter().map(|&(bin, _)| bin);
            let size = &instance.items[item].size;
            let fits = |bin: &Bin| {
                let free = &free[bin.0 * resources..][..resources];
                size.iter().zip(free).all(|(size, free)| size <= free) && usage.fits(instance, restricted, item, *bin)
            };
            let home = (choice == Choice::Home).then(|| homes.into_iter().find(|bin| fits(bin))).flatten();
            let bin = home.or_else(|| {
                let key = |bin: Bin| (preference(choice, full[bin]), Reverse(bin));
                if run.len() == 1 {
                    let better = |best: Option<(u64, Reverse<Bin>)>, bin: Bin| match key(bin) {
                        now if best.is_none_or(|best| now > best) && fits(&bin) => Some(now),
                        _ => best,
                    };
                    return instance.bins(item).iter().copied().fold(None, better).map(|(_, Reverse(bin))| bin);
                }
                let all = || instance.bins(item).iter().copied().filter(fits).map(key).collect();
                let candidates = candidates.get_or_insert_with(all);
                // The best may have been filled since, by this rule or as a home: then it comes back with its new key.
                loop {
                    let best @ (_, Reverse(bin)) = candidates.pop()?;
                    match fits(&bin).then(|| key(bin)) {
                        None => {}
                        Some(now) if now < best => candidates.push(now),
                        Some(_) => return Some(bin),
                    }
                }
            });
            if let Some(bin) = bin {
                usage.put(instance, item, bin);
                packing[item] = Some(bin);
                super::instance::subtract(&mut free[bin.0 * resources..][..resources], size);
                full[bin] = fullness(&usage.used[bin], &restricted.capacity[bin]);
                if let Some(candidates) = candidates.as_mut().filter(|_| home.is_none()) {
                    candidates.push((preference(choice, full[bin]), Reverse(bin)));
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

/// Items with very few bins to choose from first, then those bound by anything, then the rest; large ones first.
fn hardest_first(instance: &Instance, order: Order) -> Vec<ItemIndex> {
    let there = supply(instance);
    let weight = |item: ItemIndex| {
        let shares = instance.items[item].size.iter().zip(&there).map(|(&size, &all)| size as f64 / all.max(1.0));
        match order {
            Order::Sum => shares.sum::<f64>(),
            Order::Largest => shares.fold(0.0, f64::max),
        }
    };
    let freedom = |item: ItemIndex| instance.bins(item).len();
    let mut keyed: Vec<(u8, f64, usize, ItemIndex)> = ItemIndex::all(instance.items.len())
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
