//! The column worth the most, exactly: a knapsack of several resources with conflicts, depth first in integers.
//!
//! Items come in the order of their worth for their size. A branch is cut where a knapsack of one dimension, solved
//! for every remainder by dynamic programming, cannot reach what is known: one such table for each resource, and one
//! for a mixture of them whose weights explain the worths best (a surrogate constraint: Glover, Operations Research
//! 16, 1968). Where sizes have a common measure that is coarse enough, the tables count in it and are exact; else sizes are
//! rounded down to the grid of a table, so that tables only ever promise too much.

use crate::solve::instance::gcd;
use crate::solve::work::Work;

/// Tables have no more than so many columns for a resource, and for the mixture.
const GRID: i64 = 4_000;
const MIXED_GRID: i64 = 8_000;
/// All tables of one kind together have at most so many entries: 32 MB.
const ENTRIES: usize = 4_000_000;
/// Weights of the mixture add up to 2 to this power.
const MIXTURE_BITS: u32 = 20;
/// Shares of a resource are counted in units of 2 to minus this power.
const SHARE_BITS: u32 = 30;
/// Nodes that are spent on a column when a first one does not have to be the best.
const HASTY: u64 = 20_000;
/// With a column in hand the search for a better one goes on for so many nodes.
const PATIENCE: u64 = 200_000;

/// What a bin may hold of one class.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Which class.
    pub class: usize,
    /// What each item is worth.
    pub worth: i64,
    /// How many there are, or may be.
    pub most: u32,
}

/// Classes, by their number: what each item asks for, and which rules bind it.
pub trait Sizes {
    /// An entry for each resource.
    fn size(&self, class: usize) -> &[i64];
    /// Of the items of one rule a bin takes at most one.
    fn rules(&self, class: usize) -> &[usize];
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Priced {
    /// Columns worth more than the threshold, with their worth: classes ascending, with how many of each.
    pub columns: Vec<(i64, Vec<(usize, u32)>)>,
    /// No column is worth more than this, where `exact`.
    pub most: i64,
    /// Whether the search for the best was finished.
    pub exact: bool,
}

/// One bin to be filled with what is worth the most.
pub struct Knapsack<'a> {
    capacity: &'a [i64],
    /// The most that may be left of each resource, where columns that waste more are not wanted.
    waste: Option<&'a [i64]>,
    entries: Vec<Entry<'a>>,
    worth: Vec<Table>,
    fill: Vec<(usize, Table)>,
    rules: usize,
}

struct Entry<'a> {
    offer: Offer,
    size: &'a [i64],
    rules: &'a [usize],
}

/// For each entry and each remainder of one dimension, the most that entries from there on can bring.
struct Table {
    width: usize,
    /// What an item of each entry takes of the dimension, on its grid.
    takes: Vec<usize>,
    most: Vec<i64>,
}

impl<'a> Knapsack<'a> {
    /// Prepares the tables. Offers that are worth nothing are left out unless `waste` matters.
    pub fn new(
        capacity: &'a [i64],
        sizes: &'a dyn Sizes,
        rules: usize,
        offers: Vec<Offer>,
        waste: Option<&'a [i64]>,
        work: &mut Work,
    ) -> Knapsack<'a> {
        let holds = |offer: &Offer| sizes.size(offer.class).iter().zip(capacity).all(|(size, give)| size <= give);
        let mut entries: Vec<Entry> = (offers.into_iter())
            .filter(|offer| offer.most > 0 && (offer.worth > 0 || waste.is_some()) && holds(offer))
            .map(|offer| Entry { size: sizes.size(offer.class), rules: sizes.rules(offer.class), offer })
            .collect();
        entries.iter_mut().for_each(|entry| entry.bound_count(capacity));
        let mixture = mixture(capacity, &entries);
        let density = |entry: &Entry| entry.offer.worth as f64 / (entry.mixed(capacity, &mixture) as f64 + 1.0);
        entries.sort_by(|a, b| density(b).total_cmp(&density(a)).then(a.offer.class.cmp(&b.offer.class)));
        let mut knapsack = Knapsack { capacity, waste, entries, worth: Vec::new(), fill: Vec::new(), rules };
        knapsack.add_tables(&mixture, work);
        knapsack
    }

    /// The columns worth more than `threshold`: the best, and up to `many` that share no item with it or each other.
    /// `hasty` is content with any where the best takes long.
    pub fn best(&self, threshold: i64, many: usize, hasty: bool, work: &mut Work) -> Priced {
        let mut left: Vec<u32> = self.entries.iter().map(|entry| entry.offer.most).collect();
        let mut priced = Priced { most: threshold, exact: true, columns: Vec::new() };
        let mut limit = if hasty { HASTY } else { u64::MAX };
        while priced.columns.len() < many {
            let mut dive = Dive::new(self, &left, threshold, false);
            let patient = limit == u64::MAX;
            let finished = dive.run(limit, if patient { PATIENCE } else { u64::MAX }, work);
            let first = priced.columns.is_empty();
            if first && !finished && dive.found.is_empty() && !patient && !work.is_over() {
                limit = u64::MAX;
                continue;
            }
            limit = HASTY;
            if first {
                priced.exact = finished;
                priced.most = dive.best;
            }
            let found = dive.found;
            let Some((_, best)) = found.last() else { break };
            best.iter().for_each(|&(entry, count)| left[entry] -= count);
            let kept = if first { 3 } else { 1 };
            priced.columns.extend(found.iter().rev().take(kept).map(|found| self.spell(found)));
            if work.is_over() {
                break;
            }
        }
        priced
    }

    /// Every column worth more than `threshold`, at most `many`; `exact` where these are all.
    pub fn all(&self, threshold: i64, many: usize, work: &mut Work) -> Priced {
        let left: Vec<u32> = self.entries.iter().map(|entry| entry.offer.most).collect();
        let mut dive = Dive::new(self, &left, threshold, true);
        dive.room = many;
        let exact = dive.run(u64::MAX, u64::MAX, work);
        let most = dive.found.iter().map(|found| found.0).max().unwrap_or(threshold);
        Priced { columns: dive.found.iter().map(|found| self.spell(found)).collect(), most, exact }
    }

    fn spell(&self, (worth, taken): &(i64, Vec<(usize, u32)>)) -> (i64, Vec<(usize, u32)>) {
        let mut items: Vec<(usize, u32)> =
            taken.iter().map(|&(entry, count)| (self.entries[entry].offer.class, count)).collect();
        items.sort_unstable();
        (*worth, items)
    }

    fn add_tables(&mut self, mixture: &[i128], work: &mut Work) {
        let rows = self.entries.len() + 1;
        let used: Vec<usize> = (0..self.capacity.len())
            .filter(|&resource| self.entries.iter().any(|entry| entry.size[resource] > 0))
            .collect();
        let tables = used.len() + 2;
        let most_columns = |share: i64| ((ENTRIES / rows / tables) as i64 * share).clamp(16, GRID * share);
        let worth: Vec<i64> = self.entries.iter().map(|entry| entry.offer.worth).collect();
        if used.len() > 1 {
            let grid = most_columns(2).min(MIXED_GRID);
            let bits = MIXTURE_BITS + SHARE_BITS;
            let takes = |entry: &Entry| ((entry.mixed(self.capacity, mixture) * i128::from(grid)) >> bits) as usize;
            let takes = self.entries.iter().map(takes).collect();
            self.worth.push(Table::new(&self.entries, grid as usize + 1, takes, &worth, work));
        }
        for resource in used {
            // In units that all sizes are multiples of, nothing is rounded away.
            let unit = self.entries.iter().fold(0, |unit, entry| gcd(unit, entry.size[resource].unsigned_abs()));
            let unit = i64::try_from(unit).unwrap_or(1).max(1);
            let capacity = (self.capacity[resource] / unit).max(1);
            let grid = most_columns(1).min(capacity);
            let takes = |entry: &Entry| {
                let size = entry.size[resource] / unit;
                (i128::from(size) * i128::from(grid) / i128::from(capacity)) as usize
            };
            let takes: Vec<usize> = self.entries.iter().map(takes).collect();
            let width = grid as usize + 1;
            if self.waste.is_some_and(|waste| waste[resource] < self.capacity[resource]) {
                let sizes: Vec<i64> = self.entries.iter().map(|entry| entry.size[resource]).collect();
                self.fill.push((resource, Table::new(&self.entries, width, takes.clone(), &sizes, work)));
            }
            self.worth.push(Table::new(&self.entries, width, takes, &worth, work));
        }
    }
}

impl Entry<'_> {
    /// No bin holds more items than its capacity allows, nor two that a rule keeps apart.
    fn bound_count(&mut self, capacity: &[i64]) {
        let fit = self.size.iter().zip(capacity).filter(|(size, _)| **size > 0).map(|(size, give)| give / size).min();
        let fit = fit.map_or(u32::MAX, |fit| u32::try_from(fit).unwrap_or(u32::MAX));
        self.offer.most = self.offer.most.min(fit).min(if self.rules.is_empty() { u32::MAX } else { 1 });
    }

    /// How much an item takes of the mixture of all resources: a bin gives 2 to MIXTURE_BITS + SHARE_BITS of it.
    fn mixed(&self, capacity: &[i64], mixture: &[i128]) -> i128 {
        let share = |((&size, &give), weight): ((&i64, &i64), &i128)| match give {
            0 => 0,
            _ => weight * ((i128::from(size) << SHARE_BITS) / i128::from(give)),
        };
        self.size.iter().zip(capacity).zip(mixture).map(share).sum()
    }
}

impl Table {
    fn new(entries: &[Entry], width: usize, takes: Vec<usize>, brings: &[i64], work: &mut Work) -> Table {
        let mut most = vec![0i64; (entries.len() + 1) * width];
        for number in (0..entries.len()).rev() {
            let (before, after) = most.split_at_mut((number + 1) * width);
            let row = &mut before[number * width..];
            row.copy_from_slice(&after[..width]);
            // Copies in packets of 1, 2, 4, ...: every number of them is a sum of packets.
            let mut copies = u64::from(entries[number].offer.most);
            let mut packet = 1u64;
            while copies > 0 {
                let some = packet.min(copies);
                add_packet(
                    row,
                    takes[number].saturating_mul(some as usize),
                    brings[number].saturating_mul(some as i64),
                );
                copies -= some;
                packet *= 2;
                work.spend(width as u64 / 16);
            }
        }
        Table { width, takes, most }
    }
}

fn add_packet(row: &mut [i64], takes: usize, brings: i64) {
    if brings == 0 {
        return;
    }
    // From the right, so that the packet is added once.
    for at in (takes..row.len()).rev() {
        row[at] = row[at].max(row[at - takes].saturating_add(brings));
    }
}

/// Weights of the resources that explain the worths: least squares without negative weights, by coordinate descent.
/// They add up to at most 2 to MIXTURE_BITS.
fn mixture(capacity: &[i64], entries: &[Entry]) -> Vec<i128> {
    let many = capacity.len();
    let share = |entry: &Entry, resource: usize| entry.size[resource] as f64 / capacity[resource].max(1) as f64;
    let scale = entries.iter().map(|entry| entry.offer.worth).max().unwrap_or(1).max(1) as f64;
    let mut products = vec![vec![0.0; many]; many];
    let mut right = vec![0.0; many];
    for entry in entries {
        for a in 0..many {
            right[a] += share(entry, a) * entry.offer.worth as f64 / scale;
            for (b, product) in products[a].iter_mut().enumerate() {
                *product += share(entry, a) * share(entry, b);
            }
        }
    }
    let mut weight = vec![1.0 / many.max(1) as f64; many];
    for _ in 0..60 {
        for a in 0..many {
            let others: f64 = (0..many).filter(|&b| b != a).map(|b| products[a][b] * weight[b]).sum();
            weight[a] = ((right[a] - others) / (products[a][a] + 1e-12)).max(0.0);
        }
    }
    let sum: f64 = weight.iter().sum();
    if !(sum.is_finite() && sum > 1e-9) {
        return vec![(1i128 << MIXTURE_BITS) / many.max(1) as i128; many];
    }
    let mut left = 1i128 << MIXTURE_BITS;
    let whole = |weight: f64| {
        let some = ((weight / sum * f64::from(1u32 << MIXTURE_BITS)) as i128).clamp(0, left);
        left -= some;
        some
    };
    weight.into_iter().map(whole).collect()
}

/// The search itself.
struct Dive<'a, 'b> {
    knapsack: &'b Knapsack<'a>,
    left: &'b [u32],
    /// Whether all columns above the threshold are wanted, not ever better ones.
    every: bool,
    best: i64,
    found: Vec<(i64, Vec<(usize, u32)>)>,
    room: usize,
    taken: Vec<(usize, u32)>,
    bound: Vec<bool>,
    /// What is left of each resource, and on the grid of each table, for each depth.
    free: Vec<i64>,
    rest: Vec<usize>,
    nodes: u64,
    limit: u64,
    patience: u64,
    stopped: bool,
}

impl<'a, 'b> Dive<'a, 'b> {
    fn new(knapsack: &'b Knapsack<'a>, left: &'b [u32], threshold: i64, every: bool) -> Dive<'a, 'b> {
        let depths = knapsack.entries.len() + 2;
        let tables = knapsack.worth.len() + knapsack.fill.len();
        let mut free = vec![0; depths * knapsack.capacity.len()];
        free[..knapsack.capacity.len()].copy_from_slice(knapsack.capacity);
        let mut rest = vec![0; depths * tables];
        for (rest, table) in rest.iter_mut().zip(knapsack.tables()) {
            *rest = table.width - 1;
        }
        Dive {
            knapsack,
            left,
            every,
            best: threshold,
            found: Vec::new(),
            room: usize::MAX,
            taken: Vec::new(),
            bound: vec![false; knapsack.rules],
            free,
            rest,
            nodes: 0,
            limit: 0,
            patience: 0,
            stopped: false,
        }
    }

    /// Whether all was searched, within `limit` nodes, and `patience` nodes once something was found.
    fn run(&mut self, limit: u64, patience: u64, work: &mut Work) -> bool {
        self.limit = limit.min(work.left());
        self.patience = patience;
        self.stopped = work.is_over();
        if !self.stopped {
            self.descend(0, 0, 0, work);
        }
        work.spend(self.nodes % 1_024);
        !self.stopped
    }

    fn descend(&mut self, depth: usize, from: usize, worth: i64, work: &mut Work) {
        self.nodes += 1;
        if self.nodes.is_multiple_of(1_024) && !work.spend(1_024) {
            self.stopped = true;
        }
        if worth > self.best && self.is_full_enough(depth) {
            self.accept(worth);
        }
        let many = self.knapsack.entries.len();
        for number in from..many {
            if self.is_hopeless(depth, number, worth) {
                return;
            }
            if self.stopped || self.nodes > self.limit || (self.nodes > self.patience && !self.found.is_empty()) {
                self.stopped = true;
                return;
            }
            let fit = self.fit(depth, number);
            for count in (1..=fit).rev() {
                self.put(depth, number, count);
                let worth =
                    worth.saturating_add(self.knapsack.entries[number].offer.worth.saturating_mul(i64::from(count)));
                self.descend(depth + 1, number + 1, worth, work);
                self.take(number);
            }
        }
    }

    fn accept(&mut self, worth: i64) {
        if self.found.len() == self.room {
            self.stopped = true;
            return;
        }
        self.found.push((worth, self.taken.clone()));
        if !self.every {
            self.best = worth;
        }
    }

    fn is_full_enough(&self, depth: usize) -> bool {
        let resources = self.knapsack.capacity.len();
        let free = &self.free[depth * resources..(depth + 1) * resources];
        self.knapsack.waste.is_none_or(|waste| free.iter().zip(waste).all(|(free, waste)| free <= waste))
    }

    /// Whether a table shows that entries from `number` on cannot make it worth enough, or full enough.
    fn is_hopeless(&self, depth: usize, number: usize, worth: i64) -> bool {
        let knapsack = self.knapsack;
        let tables = knapsack.worth.len() + knapsack.fill.len();
        let rest = &self.rest[depth * tables..(depth + 1) * tables];
        let reach = |table: &Table, rest: usize| table.most[number * table.width + rest];
        if knapsack.worth.iter().zip(rest).any(|(table, &rest)| worth.saturating_add(reach(table, rest)) <= self.best) {
            return true;
        }
        let resources = knapsack.capacity.len();
        let short = |((resource, table), &rest): (&(usize, Table), &usize)| {
            let allowed = knapsack.waste.map_or(i64::MAX, |waste| waste[*resource]);
            self.free[depth * resources + resource] - reach(table, rest) > allowed
        };
        knapsack.fill.iter().zip(&rest[knapsack.worth.len()..]).any(short)
    }

    /// How many items of the entry fit.
    fn fit(&self, depth: usize, number: usize) -> u32 {
        let entry = &self.knapsack.entries[number];
        if self.left[number] == 0 || entry.rules.iter().any(|&rule| self.bound[rule]) {
            return 0;
        }
        let resources = self.knapsack.capacity.len();
        let free = &self.free[depth * resources..(depth + 1) * resources];
        if free.iter().zip(entry.size).any(|(free, size)| size > free) {
            return 0;
        }
        if self.left[number] == 1 {
            return 1;
        }
        let times = free.iter().zip(entry.size).filter(|(_, size)| **size > 0).map(|(free, size)| free / size);
        times.fold(self.left[number], |least, times| least.min(u32::try_from(times).unwrap_or(u32::MAX)))
    }

    fn put(&mut self, depth: usize, number: usize, count: u32) {
        let knapsack = self.knapsack;
        let entry = &knapsack.entries[number];
        let resources = knapsack.capacity.len();
        let (now, next) = self.free[depth * resources..(depth + 2) * resources].split_at_mut(resources);
        for ((next, now), size) in next.iter_mut().zip(now).zip(entry.size) {
            *next = *now - size * i64::from(count);
        }
        let tables = knapsack.worth.len() + knapsack.fill.len();
        let (now, next) = self.rest[depth * tables..(depth + 2) * tables].split_at_mut(tables);
        for ((next, now), table) in next.iter_mut().zip(now).zip(knapsack.tables()) {
            // What fits in truth fits on a grid that rounds down.
            *next = now.saturating_sub(table.takes[number] * count as usize);
        }
        entry.rules.iter().for_each(|&rule| self.bound[rule] = true);
        self.taken.push((number, count));
    }

    fn take(&mut self, number: usize) {
        self.knapsack.entries[number].rules.iter().for_each(|&rule| self.bound[rule] = false);
        self.taken.pop();
    }
}

impl Knapsack<'_> {
    fn tables(&self) -> impl Iterator<Item = &Table> {
        self.worth.iter().chain(self.fill.iter().map(|(_, table)| table))
    }
}
