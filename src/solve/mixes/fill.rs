//! Filling a host from a pool of items: by worth with some noise, the best of a few tries; rules are kept throughout.

use fastrand::Rng;

use super::super::instance::Slot;
use super::view::{ItemKind, View};

/// One host in so many, or fewer, are few to choose from.
const FEW: usize = 4;
/// What makes items with few hosts count for more.
const RARE: f64 = 4.0;

/// How items and hosts are drawn and compared.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    /// Fills of one host, of which the best is taken.
    pub tries: usize,
    /// By how much of itself the worth of an item is varied.
    pub noise: f32,
}

/// A host with what it holds. `R` is the number of resources, rounded up.
#[derive(Clone, Debug)]
pub struct Bin<const R: usize> {
    /// Which host.
    pub slot: Slot,
    /// What it holds of each resource.
    pub load: [u64; R],
    /// The kinds of its items.
    pub items: Vec<u32>,
    /// What these are worth together.
    pub worth: f64,
}

/// A pool of items, as kinds; one entry for each item.
pub type Pool = Vec<u32>;

/// Fills hosts. Knows which zones of rules are taken by all hosts that it filled and that were not emptied.
pub struct Filler<'a, const R: usize> {
    /// What is packed.
    pub view: &'a View<'a>,
    /// The only source of chance.
    pub rng: Rng,
    /// Of each kind of item: what it asks for and what it is worth.
    pub size: Vec<[u64; R]>,
    /// See `size`.
    pub worth: Vec<f32>,
    /// Of each kind of host: what it may hold, and the price that worth is compared with, never 0.
    pub capacity: Vec<[u64; R]>,
    /// See `capacity`.
    pub price: Vec<f64>,
    /// Whether neither pin nor rule binds a kind of item.
    plain: Vec<bool>,
    /// How many items of each rule by label a zone holds; rules by host need no count.
    zones: Vec<Vec<u32>>,
    /// The fill in which an item of a rule was last chosen.
    met: Vec<u64>,
    fills: u64,
    keys: Vec<(f32, u32)>,
    chosen: Vec<bool>,
    best: Vec<bool>,
}

impl<'a, const R: usize> Filler<'a, R> {
    /// Nothing is filled so far. `worth` is that of one item of each kind, `price` that of one host of each kind.
    pub fn new(view: &'a View<'a>, worth: &[f64], price: Vec<f64>, rng: Rng) -> Filler<'a, R> {
        Filler {
            view,
            rng,
            size: view.items.iter().map(|item| widened(&item.size)).collect(),
            worth: worth.iter().zip(&view.items).map(|(&worth, item)| (worth * rarity(view, item)) as f32).collect(),
            capacity: view.hosts.iter().map(|host| widened(&host.capacity)).collect(),
            price,
            plain: view.items.iter().map(|item| !item.pinned && item.aparts.is_empty()).collect(),
            zones: (view.instance.aparts.iter())
                .map(|apart| if apart.by_host { Vec::new() } else { vec![0; apart.zones] })
                .collect(),
            met: vec![0; view.instance.aparts.len()],
            fills: 0,
            keys: Vec::new(),
            chosen: Vec::new(),
            best: Vec::new(),
        }
    }

    /// An empty host.
    pub fn empty(&self, slot: Slot) -> Bin<R> {
        Bin { slot, load: [0; R], items: Vec::new(), worth: 0.0 }
    }

    /// The kind of a host.
    pub fn kind(&self, slot: Slot) -> usize {
        self.view.kind_of[slot]
    }

    /// Whether an item of this kind may be added to `bin`.
    pub fn fits(&self, bin: &Bin<R>, item: u32) -> bool {
        let kind = item as usize;
        let room = within(&bin.load, &self.size[kind], &self.capacity[self.kind(bin.slot)]);
        room && (self.plain[kind] || self.may_join(bin, kind))
    }

    fn may_join(&self, bin: &Bin<R>, kind: usize) -> bool {
        let of = &self.view.items[kind];
        let instance = self.view.instance;
        let free = |&rule: &usize| match instance.aparts[rule].by_host {
            false => self.zones[rule][instance.aparts[rule].zone[bin.slot]] == 0,
            true => !bin.items.iter().any(|&other| self.view.items[other as usize].aparts.contains(&rule)),
        };
        instance.slot_sets[of.allowed].contains[bin.slot] && of.aparts.iter().all(free)
    }

    /// Adds an item that fits.
    pub fn put(&mut self, bin: &mut Bin<R>, item: u32) {
        for (load, size) in bin.load.iter_mut().zip(&self.size[item as usize]) {
            *load += size;
        }
        bin.items.push(item);
        bin.worth += f64::from(self.worth[item as usize]);
        self.count(bin.slot, item, true);
    }

    /// Takes the item at `place` out; the last one takes its place.
    pub fn take(&mut self, bin: &mut Bin<R>, place: usize) {
        let last = bin.items.len() - 1;
        bin.items.swap(place, last);
        self.take_last(bin);
    }

    /// Takes back the item put last.
    pub fn take_last(&mut self, bin: &mut Bin<R>) {
        if let Some(item) = bin.items.pop() {
            for (load, size) in bin.load.iter_mut().zip(&self.size[item as usize]) {
                *load -= size;
            }
            bin.worth -= f64::from(self.worth[item as usize]);
            self.count(bin.slot, item, false);
        }
    }

    /// Counts all items of `bin` in the zones of their rules, or no longer.
    pub fn count_all(&mut self, bin: &Bin<R>, enter: bool) {
        bin.items.iter().for_each(|&item| self.count(bin.slot, item, enter));
    }

    fn count(&mut self, slot: Slot, item: u32, enter: bool) {
        if self.plain[item as usize] {
            return;
        }
        let instance = self.view.instance;
        for &rule in &self.view.items[item as usize].aparts {
            if !instance.aparts[rule].by_host {
                let count = &mut self.zones[rule][instance.aparts[rule].zone[slot]];
                *count = if enter { *count + 1 } else { *count - 1 };
            }
        }
    }

    /// Whether all that `bin` holds, counted no longer, could be on `slot` instead.
    pub fn may_move(&self, bin: &Bin<R>, slot: Slot) -> bool {
        let instance = self.view.instance;
        let room = bin.load.iter().zip(&self.capacity[self.kind(slot)]).all(|(load, capacity)| load <= capacity);
        room && bin.items.iter().filter(|&&item| !self.plain[item as usize]).all(|&item| {
            let of = &self.view.items[item as usize];
            let free = |&rule: &usize| {
                instance.aparts[rule].by_host || self.zones[rule][instance.aparts[rule].zone[slot]] == 0
            };
            instance.slot_sets[of.allowed].contains[slot] && of.aparts.iter().all(free)
        })
    }

    /// Whether the last item of `bin` shares no rule with the others.
    pub fn alone_of_its_rules(&self, bin: &Bin<R>) -> bool {
        let Some((&last, others)) = bin.items.split_last() else { return true };
        let rules = &self.view.items[last as usize].aparts;
        !others.iter().any(|&other| self.view.items[other as usize].aparts.iter().any(|rule| rules.contains(rule)))
    }

    /// Fills that one of the empty hosts `slots` that then holds the most for its price, give or take the noise; what it
    /// holds leaves the pool. `None` where none of them takes anything.
    pub fn fill_one(&mut self, slots: &[Slot], pool: &mut Pool, noise: f32) -> Option<Bin<R>> {
        self.draw_keys(pool, noise);
        let mut best: Option<(f64, Slot, f64, [u64; R])> = None;
        for &slot in slots {
            let (worth, load) = self.try_fill(&self.empty(slot), pool);
            if !self.chosen.contains(&true) {
                continue;
            }
            let fullness = worth / self.price[self.kind(slot)] - 0.2 * f64::from(noise) * self.rng.f64();
            if best.is_none_or(|(most, ..)| fullness > most) {
                best = Some((fullness, slot, worth, load));
                std::mem::swap(&mut self.chosen, &mut self.best);
            }
        }
        best.map(|(_, slot, worth, load)| self.take_chosen(self.empty(slot), worth, load, pool))
    }

    /// What stays of `bin` when `most` of its items, drawn at random, or all, go to the pool.
    pub fn thinned(&mut self, bin: &Bin<R>, most: usize, pool: &mut Pool) -> Bin<R> {
        self.count_all(bin, false);
        let mut kept = self.empty(bin.slot);
        if bin.items.len() <= most {
            pool.extend_from_slice(&bin.items);
            return kept;
        }
        let mut items = bin.items.clone();
        for _ in 0..most {
            pool.push(items.swap_remove(self.rng.usize(..items.len())));
        }
        items.into_iter().for_each(|item| self.put(&mut kept, item));
        kept
    }

    /// Fills `kept` up from `pool`: the best of some tries leaves the pool.
    pub fn fill(&mut self, kept: Bin<R>, pool: &mut Pool, draw: Draw) -> Bin<R> {
        let mut best = (-1.0, [0; R]);
        for _ in 0..draw.tries {
            self.draw_keys(pool, draw.noise);
            let (worth, load) = self.try_fill(&kept, pool);
            if worth > best.0 {
                best = (worth, load);
                std::mem::swap(&mut self.chosen, &mut self.best);
            }
        }
        self.take_chosen(kept, best.0.max(0.0), best.1, pool)
    }

    /// The best choice leaves the pool and joins `bin`, which then has this worth and load.
    fn take_chosen(&mut self, bin: Bin<R>, worth: f64, load: [u64; R], pool: &mut Pool) -> Bin<R> {
        let mut bin = Bin { load, worth, ..bin };
        let mut kept = 0;
        for position in 0..pool.len() {
            match self.best[position] {
                true => {
                    bin.items.push(pool[position]);
                    self.count(bin.slot, pool[position], true);
                }
                false => {
                    pool[kept] = pool[position];
                    kept += 1;
                }
            }
        }
        pool.truncate(kept);
        bin
    }

    /// The order in which the pool is tried: by worth with noise.
    fn draw_keys(&mut self, pool: &[u32], noise: f32) {
        self.keys.clear();
        for (position, &item) in pool.iter().enumerate() {
            let factor = 1.0 + noise * (self.rng.f32() - 0.5);
            self.keys.push((factor * self.worth[item as usize], position as u32));
        }
        self.keys.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    }

    /// Chooses what fits into `bin` in the order of the keys; what all of it is worth then, and the load.
    fn try_fill(&mut self, bin: &Bin<R>, pool: &[u32]) -> (f64, [u64; R]) {
        let slot = bin.slot;
        self.fills += 1;
        for &item in bin.items.iter().filter(|&&item| !self.plain[item as usize]) {
            self.view.items[item as usize].aparts.iter().for_each(|&rule| self.met[rule] = self.fills);
        }
        let capacity = &self.capacity[self.view.kind_of[slot]];
        let instance = self.view.instance;
        self.chosen.clear();
        self.chosen.resize(pool.len(), false);
        let (mut worth, mut load) = (bin.worth, bin.load);
        for &(_, position) in &self.keys {
            let kind = pool[position as usize] as usize;
            if !within(&load, &self.size[kind], capacity) {
                continue;
            }
            if !self.plain[kind] {
                let of = &self.view.items[kind];
                let free = |&rule: &usize| {
                    self.met[rule] != self.fills
                        && (instance.aparts[rule].by_host || self.zones[rule][instance.aparts[rule].zone[slot]] == 0)
                };
                if !instance.slot_sets[of.allowed].contains[slot] || !of.aparts.iter().all(free) {
                    continue;
                }
                of.aparts.iter().for_each(|&rule| self.met[rule] = self.fills);
            }
            load.iter_mut().zip(&self.size[kind]).for_each(|(load, size)| *load += size);
            worth += f64::from(self.worth[kind]);
            self.chosen[position as usize] = true;
        }
        (worth, load)
    }

    /// Prefers hosts that are filled unevenly: one full and one empty are better than two halves.
    pub fn guide(&self, bin: &Bin<R>) -> f64 {
        bin.worth * bin.worth / self.price[self.kind(bin.slot)]
    }

    /// Worth for the price.
    pub fn fullness(&self, bin: &Bin<R>) -> f64 {
        bin.worth / self.price[self.kind(bin.slot)]
    }
}

/// By how much more an item counts that has few hosts to choose from: when its host is refilled, it goes first.
fn rarity(view: &View, item: &ItemKind) -> f64 {
    let few = view.instance.slot_sets[item.allowed].slots.len() * FEW < view.kind_of.len();
    if item.pinned && few { RARE } else { 1.0 }
}

/// The cost of a host of each kind, those that cost nothing as if they cost a little.
pub fn prices(view: &View) -> Vec<f64> {
    let mean = view.hosts.iter().map(|host| host.cost as f64).sum::<f64>() / view.hosts.len().max(1) as f64;
    let least = (mean / 1000.0).max(1e-3);
    view.hosts.iter().map(|host| (host.cost as f64).max(least)).collect()
}

/// The amounts of a size, and zeros.
fn widened<const R: usize>(size: &[u64]) -> [u64; R] {
    let mut wide = [0; R];
    wide.iter_mut().zip(size).for_each(|(wide, &amount)| *wide = amount);
    wide
}

/// Whether `size` more than `load` is within `capacity`.
fn within<const R: usize>(load: &[u64; R], size: &[u64; R], capacity: &[u64; R]) -> bool {
    (0..R).all(|r| load[r] + size[r] <= capacity[r])
}
