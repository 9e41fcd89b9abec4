//! Construction: a portfolio of greedy packings. Items from large to small, each to the bin that suits it best.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, RangeBounds};

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

/// Items times bins beyond which even a packing that must be had is hurried when the time is out.
const LONG: usize = 50_000_000;
/// Looks at bins that a packing may take that must be had though the time is out.
const HURRIED: usize = 20_000_000;

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
/// With `must`, the first rule is followed to its end even when the time is out; for very many items any bin will do then.
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
        let packing = greedy(instance, restricted, choice, order, must, clock);
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
/// fills it with what fits, large items first. `None` where some item finds no bin, where it would take too long, and where
/// the clock runs out.
pub fn fill(instance: &Instance, restricted: &RestrictedInstance, goal: Goal, clock: &dyn Clock) -> Option<Vec<Bin>> {
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
        if clock.is_over() {
            return None;
        }
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

/// Items one after another, each to the bin that suits it best.
fn greedy(
    instance: &Instance,
    restricted: &RestrictedInstance,
    choice: Choice,
    order: Order,
    must: bool,
    clock: &dyn Clock,
) -> Vec<Option<Bin>> {
    let mut greedy = Greedy::new(instance, restricted, choice);
    let order = hardest_first(instance, order);
    let look = |item: ItemIndex| (instance.items[item].allowed, &instance.items[item].size);
    let long = instance.items.len().saturating_mul(instance.hosts.len()) > LONG;
    let mut done = 0;
    for alike in order.chunk_by(|&a, &b| look(a) == look(b)) {
        let mut ranking: Option<Ranking> = None;
        for run in alike.chunk_by(|&a, &b| instance.item_class[a] == instance.item_class[b]) {
            if let Some(ranking) = &mut ranking {
                ranking.below = Bound::Unbounded;
            }
            for &item in run {
                if done % LOOK == 0 && greedy.hurry.is_none() && clock.is_over() {
                    match must {
                        false => return greedy.packing,
                        true => greedy.hurry = long.then_some(HURRIED),
                    }
                }
                done += 1;
                let bin = greedy.home(item).or_else(|| match greedy.hurry {
                    Some(_) => greedy.next(item),
                    None if alike.len() == 1 => greedy.best(item),
                    None => ranking.get_or_insert_with(|| greedy.ranking(item)).best(&greedy, item),
                });
                if let Some(bin) = bin {
                    let before = greedy.key(bin);
                    greedy.put(item, bin);
                    if let Some(ranking) = &mut ranking {
                        ranking.changed(&greedy, item, before);
                    }
                }
            }
        }
    }
    greedy.packing
}

/// How well a bin suits; of those that do alike, the first.
type Key = (u64, Reverse<Bin>);

/// What a greedy rule has done so far.
struct Greedy<'a> {
    instance: &'a Instance,
    restricted: &'a RestrictedInstance,
    choice: Choice,
    usage: Usage,
    packing: Vec<Option<Bin>>,
    full: Vec<f64>,
    /// What the bins have left, side by side: most bins that cannot take an item are passed over by a look at it.
    free: Vec<u64>,
    /// Where the time is out, how many looks at bins are left: whatever fits will do then.
    hurry: Option<usize>,
    last: Bin,
}

impl<'a> Greedy<'a> {
    fn new(instance: &'a Instance, restricted: &'a RestrictedInstance, choice: Choice) -> Greedy<'a> {
        Greedy {
            instance,
            restricted,
            choice,
            usage: Usage::new(instance),
            packing: vec![None; instance.items.len()],
            full: vec![0.0; instance.hosts.len()],
            free: restricted.capacity.iter().flatten().copied().collect(),
            hurry: None,
            last: Bin::default(),
        }
    }

    fn key(&self, bin: Bin) -> Key {
        (preference(self.choice, self.full[bin]), Reverse(bin))
    }

    fn has_room(&self, item: ItemIndex, bin: Bin) -> bool {
        let resources = self.instance.resources;
        let free = &self.free[bin.0 * resources..][..resources];
        self.instance.items[item].size.iter().zip(free).all(|(size, free)| size <= free)
    }

    fn fits(&self, item: ItemIndex, bin: Bin) -> bool {
        self.has_room(item, bin) && self.usage.fits(self.instance, self.restricted, item, bin)
    }

    /// Where it runs, if that counts and it can stay.
    fn home(&self, item: ItemIndex) -> Option<Bin> {
        let mut homes = self.instance.items[item].homes.iter().map(|&(bin, _)| bin);
        (self.choice == Choice::Home).then(|| homes.find(|&bin| self.fits(item, bin))).flatten()
    }

    /// The best bin of all.
    fn best(&self, item: ItemIndex) -> Option<Bin> {
        let better = |best: Option<Key>, &bin: &Bin| match self.key(bin) {
            now if best.is_none_or(|best| now > best) && self.fits(item, bin) => Some(now),
            _ => best,
        };
        self.instance.bins(item).iter().fold(None, better).map(|(_, Reverse(bin))| bin)
    }

    /// The next bin that takes it after that of the item before, around and around.
    fn next(&mut self, item: ItemIndex) -> Option<Bin> {
        let bins = self.instance.bins(item);
        let (before, after) = bins.split_at(bins.partition_point(|&bin| bin < self.last));
        let left = self.hurry.unwrap_or_default();
        let mut looks = 0;
        let found = after.iter().chain(before).copied().take(left).find(|&bin| {
            looks += 1;
            self.fits(item, bin)
        });
        self.hurry = Some(left - looks);
        self.last = found.unwrap_or(self.last);
        found
    }

    /// The bins that have room for `item`.
    fn ranking(&self, item: ItemIndex) -> Ranking {
        let bins = self.instance.bins(item).iter().copied();
        let keys = bins.filter(|&bin| self.restricted.open[bin] && self.has_room(item, bin)).map(|bin| self.key(bin));
        Ranking { keys: keys.collect(), below: Bound::Unbounded }
    }

    fn put(&mut self, item: ItemIndex, bin: Bin) {
        let resources = self.instance.resources;
        self.usage.put(self.instance, item, bin);
        self.packing[item] = Some(bin);
        let free = &mut self.free[bin.0 * resources..][..resources];
        super::instance::subtract(free, &self.instance.items[item].size);
        self.full[bin] = fullness(&self.usage.used[bin], &self.restricted.capacity[bin]);
    }
}

/// The bins that have room for one more of the items of one size that may go to the same bins, so that these are ranked
/// once for all of them.
struct Ranking {
    keys: BTreeSet<Key>,
    /// Bins that could not take the first of the interchangeable items at hand cannot take the next: only those below this
    /// are looked at.
    below: Bound<Key>,
}

impl Ranking {
    /// The best bin that can take `item`.
    fn best(&mut self, greedy: &Greedy, item: ItemIndex) -> Option<Bin> {
        loop {
            let &key = self.keys.range((Bound::Unbounded, self.below)).next_back()?;
            let (_, Reverse(bin)) = key;
            if !greedy.has_room(item, bin) {
                self.keys.remove(&key);
            } else if greedy.fits(item, bin) {
                return Some(bin);
            } else {
                self.below = Bound::Excluded(key);
            }
        }
    }

    /// The bin whose key was `before` has taken an item like `item`.
    fn changed(&mut self, greedy: &Greedy, item: ItemIndex, before: Key) {
        let (_, Reverse(bin)) = before;
        if !self.keys.remove(&before) || !greedy.has_room(item, bin) {
            return;
        }
        let key = greedy.key(bin);
        self.keys.insert(key);
        if !(Bound::Unbounded, self.below).contains(&key) && greedy.fits(item, bin) {
            self.below = Bound::Included(key);
        }
    }
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
            let free = freedom(item) == instance.hosts.len() && !instance.items[item].is_bound();
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
