//! Filling a host from a unassigned of items: by worth with some noise, the best of a few tries; rules are kept throughout.

use crate::solve::rng::Rng;

use crate::solve::fleets::aggregate::Aggregate;
use crate::solve::instance::Bin;
use crate::solve::taken::Taken;
use crate::solve::types::ItemType;

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
pub struct OpenBin<const R: usize> {
    /// Which host.
    pub bin: Bin,
    /// What it holds of each resource.
    pub usage: [u64; R],
    /// The kinds of its items.
    pub items: Vec<u32>,
    /// What these are worth together.
    pub worth: f64,
}

/// A unassigned of items, as kinds; one entry for each item.
pub type Unassigned = Vec<u32>;

/// Fills hosts. Knows which domains of rules are taken by all hosts that it filled and that were not emptied.
pub struct Filler<'a, const R: usize> {
    /// What is packed.
    pub aggregate: &'a Aggregate<'a>,
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
    /// The rules that keep a kind of item apart by label: who keeps apart by host is looked at on the host itself.
    labelled: Vec<Vec<usize>>,
    /// How many items of each rule by label a domain holds; rules by host need no count.
    domains: Taken,
    /// The fill in which an item of a rule was last chosen.
    met: Vec<u64>,
    /// For each cap, how many this fill adds, and which fill it was.
    joined: Vec<(u64, u32)>,
    fills: u64,
    keys: Vec<(f32, u32)>,
    chosen: Vec<bool>,
    best: Vec<bool>,
}

impl<'a, const R: usize> Filler<'a, R> {
    /// Nothing is filled so far. `worth` is that of one item of each kind, `price` that of one host of each kind.
    pub fn new(aggregate: &'a Aggregate<'a>, worth: &[f64], price: Vec<f64>, rng: Rng) -> Filler<'a, R> {
        Filler {
            aggregate,
            rng,
            size: aggregate.items.iter().map(|item| widened(&item.size)).collect(),
            worth: worth
                .iter()
                .zip(&aggregate.items)
                .map(|(&worth, item)| (worth * rarity(aggregate, item)) as f32)
                .collect(),
            capacity: aggregate.hosts.iter().map(|host| widened(&host.capacity)).collect(),
            price,
            plain: aggregate
                .items
                .iter()
                .map(|item| !item.pinned && item.aparts.is_empty() && item.caps.is_empty())
                .collect(),
            labelled: aggregate
                .items
                .iter()
                .map(|item| item.aparts.iter().copied().filter(|&it| !aggregate.instance.aparts[it].by_host).collect())
                .collect(),
            domains: Taken::new(aggregate.instance),
            met: vec![0; aggregate.instance.aparts.len()],
            joined: vec![(0, 0); aggregate.instance.caps.len()],
            fills: 0,
            keys: Vec::new(),
            chosen: Vec::new(),
            best: Vec::new(),
        }
    }

    /// An empty host.
    pub fn empty(&self, bin: Bin) -> OpenBin<R> {
        OpenBin { bin, usage: [0; R], items: Vec::new(), worth: 0.0 }
    }

    /// The kind of a host.
    pub fn kind(&self, bin: Bin) -> usize {
        self.aggregate.kind_of[bin]
    }

    /// Whether an item of this kind may be added to `open_bin`.
    pub fn fits(&self, open_bin: &OpenBin<R>, item: u32) -> bool {
        let kind = item as usize;
        let room = within(&open_bin.usage, &self.size[kind], &self.capacity[self.kind(open_bin.bin)]);
        room && (self.plain[kind] || self.may_join(open_bin, kind))
    }

    fn may_join(&self, open_bin: &OpenBin<R>, kind: usize) -> bool {
        let of = &self.aggregate.items[kind];
        let instance = self.aggregate.instance;
        let free = |&rule: &usize| match instance.aparts[rule].by_host {
            false => self.domains.count(rule, instance.aparts[rule].domain[open_bin.bin]) == 0,
            true => !open_bin.items.iter().any(|&other| self.aggregate.items[other as usize].aparts.contains(&rule)),
        };
        instance.bin_sets[of.allowed].contains(open_bin.bin)
            && of.aparts.iter().all(free)
            && self.domains.admits(instance, &[], &of.caps, open_bin.bin)
    }

    /// Adds an item that fits.
    pub fn put(&mut self, open_bin: &mut OpenBin<R>, item: u32) {
        for (usage, size) in open_bin.usage.iter_mut().zip(&self.size[item as usize]) {
            *usage += size;
        }
        open_bin.items.push(item);
        open_bin.worth += f64::from(self.worth[item as usize]);
        self.count(open_bin.bin, item, true);
    }

    /// Takes the item at `place` out; the last one takes its place.
    pub fn take(&mut self, open_bin: &mut OpenBin<R>, place: usize) {
        let last = open_bin.items.len() - 1;
        open_bin.items.swap(place, last);
        self.take_last(open_bin);
    }

    /// Takes back the item put last.
    pub fn take_last(&mut self, open_bin: &mut OpenBin<R>) {
        if let Some(item) = open_bin.items.pop() {
            for (usage, size) in open_bin.usage.iter_mut().zip(&self.size[item as usize]) {
                *usage -= size;
            }
            open_bin.worth -= f64::from(self.worth[item as usize]);
            self.count(open_bin.bin, item, false);
        }
    }

    /// Counts all items of `open_bin` in the domains of their rules, or no longer.
    pub fn count_all(&mut self, open_bin: &OpenBin<R>, enter: bool) {
        open_bin.items.iter().for_each(|&item| self.count(open_bin.bin, item, enter));
    }

    fn count(&mut self, bin: Bin, item: u32, enter: bool) {
        if self.plain[item as usize] {
            return;
        }
        let (instance, labelled) = (self.aggregate.instance, &self.labelled[item as usize]);
        let caps = &self.aggregate.items[item as usize].caps;
        match enter {
            true => self.domains.put(instance, labelled, caps, bin),
            false => self.domains.leave(instance, labelled, caps, bin),
        }
    }

    /// Whether all that `open_bin` holds, counted no longer, could be on `bin` instead.
    pub fn may_move(&self, open_bin: &OpenBin<R>, bin: Bin) -> bool {
        let instance = self.aggregate.instance;
        let room = open_bin.usage.iter().zip(&self.capacity[self.kind(bin)]).all(|(usage, capacity)| usage <= capacity);
        room && open_bin.items.iter().filter(|&&item| !self.plain[item as usize]).all(|&item| {
            let of = &self.aggregate.items[item as usize];
            let free = |&rule: &usize| {
                instance.aparts[rule].by_host || self.domains.count(rule, instance.aparts[rule].domain[bin]) == 0
            };
            let held = |cap: usize| -> u32 {
                let items = open_bin.items.iter().map(|&item| &self.aggregate.items[item as usize].caps);
                items.flatten().filter(|(other, _)| *other == cap).map(|(_, own)| own).sum()
            };
            let room = |&(cap, _): &(usize, u32)| self.domains.admits(instance, &[], &[(cap, held(cap))], bin);
            instance.bin_sets[of.allowed].contains(bin) && of.aparts.iter().all(free) && of.caps.iter().all(room)
        })
    }

    /// Whether the last item of `open_bin` shares no rule with the others.
    pub fn alone_of_its_rules(&self, open_bin: &OpenBin<R>) -> bool {
        let Some((&last, others)) = open_bin.items.split_last() else { return true };
        let of = |item: u32| &self.aggregate.items[item as usize];
        let shares = |other: u32| {
            of(other).aparts.iter().any(|rule| of(last).aparts.contains(rule))
                || of(other).caps.iter().any(|(cap, _)| of(last).caps.iter().any(|(own, _)| own == cap))
        };
        !others.iter().any(|&other| shares(other))
    }

    /// Fills that one of the empty hosts `bins` that then holds the most for its price, give or take the noise; what it
    /// holds leaves the unassigned. `None` where none of them takes anything.
    pub fn fill_one(&mut self, bins: &[Bin], unassigned: &mut Unassigned, noise: f32) -> Option<OpenBin<R>> {
        self.draw_keys(unassigned, noise);
        let mut best: Option<(f64, Bin, f64, [u64; R])> = None;
        for &bin in bins {
            let (worth, usage) = self.try_fill(&self.empty(bin), unassigned);
            if !self.chosen.contains(&true) {
                continue;
            }
            let fullness = worth / self.price[self.kind(bin)] - 0.2 * f64::from(noise) * self.rng.f64();
            if best.is_none_or(|(most, ..)| fullness > most) {
                best = Some((fullness, bin, worth, usage));
                std::mem::swap(&mut self.chosen, &mut self.best);
            }
        }
        best.map(|(_, bin, worth, usage)| self.take_chosen(self.empty(bin), worth, usage, unassigned))
    }

    /// What stays of `open_bin` when `most` of its items, drawn at random, or all, go to the unassigned.
    pub fn thinned(&mut self, open_bin: &OpenBin<R>, most: usize, unassigned: &mut Unassigned) -> OpenBin<R> {
        self.count_all(open_bin, false);
        let mut kept = self.empty(open_bin.bin);
        if open_bin.items.len() <= most {
            unassigned.extend_from_slice(&open_bin.items);
            return kept;
        }
        let mut items = open_bin.items.clone();
        for _ in 0..most {
            unassigned.push(items.swap_remove(self.rng.usize(..items.len())));
        }
        items.into_iter().for_each(|item| self.put(&mut kept, item));
        kept
    }

    /// Fills `kept` up from `unassigned`: the best of some tries leaves the unassigned.
    pub fn fill(&mut self, kept: OpenBin<R>, unassigned: &mut Unassigned, draw: Draw) -> OpenBin<R> {
        let mut best = (-1.0, [0; R]);
        for _ in 0..draw.tries {
            self.draw_keys(unassigned, draw.noise);
            let (worth, usage) = self.try_fill(&kept, unassigned);
            if worth > best.0 {
                best = (worth, usage);
                std::mem::swap(&mut self.chosen, &mut self.best);
            }
        }
        self.take_chosen(kept, best.0.max(0.0), best.1, unassigned)
    }

    /// The best choice leaves the unassigned and joins `open_bin`, which then has this worth and usage.
    fn take_chosen(
        &mut self,
        open_bin: OpenBin<R>,
        worth: f64,
        usage: [u64; R],
        unassigned: &mut Unassigned,
    ) -> OpenBin<R> {
        let mut open_bin = OpenBin { usage, worth, ..open_bin };
        let mut kept = 0;
        for position in 0..unassigned.len() {
            match self.best[position] {
                true => {
                    open_bin.items.push(unassigned[position]);
                    self.count(open_bin.bin, unassigned[position], true);
                }
                false => {
                    unassigned[kept] = unassigned[position];
                    kept += 1;
                }
            }
        }
        unassigned.truncate(kept);
        open_bin
    }

    /// The order in which the unassigned is tried: by worth with noise.
    fn draw_keys(&mut self, unassigned: &[u32], noise: f32) {
        self.keys.clear();
        for (position, &item) in unassigned.iter().enumerate() {
            let factor = 1.0 + noise * (self.rng.f32() - 0.5);
            self.keys.push((factor * self.worth[item as usize], position as u32));
        }
        self.keys.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    }

    /// Chooses what fits into `open_bin` in the order of the keys; what all of it is worth then, and the usage.
    fn try_fill(&mut self, open_bin: &OpenBin<R>, unassigned: &[u32]) -> (f64, [u64; R]) {
        let bin = open_bin.bin;
        self.fills += 1;
        for &item in open_bin.items.iter().filter(|&&item| !self.plain[item as usize]) {
            self.aggregate.items[item as usize].aparts.iter().for_each(|&rule| self.met[rule] = self.fills);
        }
        let capacity = &self.capacity[self.aggregate.kind_of[bin]];
        let instance = self.aggregate.instance;
        self.chosen.clear();
        self.chosen.resize(unassigned.len(), false);
        let (mut worth, mut usage) = (open_bin.worth, open_bin.usage);
        for &(_, position) in &self.keys {
            let kind = unassigned[position as usize] as usize;
            if !within(&usage, &self.size[kind], capacity) {
                continue;
            }
            if !self.plain[kind] {
                let of = &self.aggregate.items[kind];
                let free = |&rule: &usize| {
                    self.met[rule] != self.fills
                        && (instance.aparts[rule].by_host
                            || self.domains.count(rule, instance.aparts[rule].domain[bin]) == 0)
                };
                let joined = |cap: usize| joined_of(self.joined[cap], self.fills);
                let room =
                    |&(cap, own): &(usize, u32)| self.domains.admits(instance, &[], &[(cap, joined(cap) + own)], bin);
                let possible = instance.bin_sets[of.allowed].contains(bin) && of.aparts.iter().all(free);
                if !possible || !of.caps.iter().all(room) {
                    continue;
                }
                of.aparts.iter().for_each(|&rule| self.met[rule] = self.fills);
                for &(cap, own) in &of.caps {
                    self.joined[cap] = (self.fills, joined_of(self.joined[cap], self.fills) + own);
                }
            }
            usage.iter_mut().zip(&self.size[kind]).for_each(|(usage, size)| *usage += size);
            worth += f64::from(self.worth[kind]);
            self.chosen[position as usize] = true;
        }
        (worth, usage)
    }

    /// Prefers hosts that are filled unevenly: one full and one empty are better than two halves.
    pub fn guide(&self, open_bin: &OpenBin<R>) -> f64 {
        open_bin.worth * open_bin.worth / self.price[self.kind(open_bin.bin)]
    }

    /// The position of the emptier of two of `open_bins`, which are drawn; there is at least one.
    pub fn emptier_of_two(&mut self, open_bins: &[OpenBin<R>]) -> usize {
        let (one, other) = (self.rng.usize(..open_bins.len()), self.rng.usize(..open_bins.len()));
        if self.fullness(&open_bins[other]) < self.fullness(&open_bins[one]) { other } else { one }
    }

    /// Worth for the price.
    pub fn fullness(&self, open_bin: &OpenBin<R>) -> f64 {
        open_bin.worth / self.price[self.kind(open_bin.bin)]
    }
}

/// By how much more an item counts that has few hosts to choose from: when its host is refilled, it goes first.
fn rarity(aggregate: &Aggregate, item: &ItemType) -> f64 {
    let few = aggregate.instance.bin_sets[item.allowed].bins.len() * FEW < aggregate.kind_of.len();
    if item.pinned && few { RARE } else { 1.0 }
}

/// The cost of a host of each kind, those that cost nothing as if they cost a little.
pub fn prices(aggregate: &Aggregate) -> Vec<f64> {
    let mean = aggregate.hosts.iter().map(|host| host.cost as f64).sum::<f64>() / aggregate.hosts.len().max(1) as f64;
    let least = (mean / 1000.0).max(1e-3);
    aggregate.hosts.iter().map(|host| (host.cost as f64).max(least)).collect()
}

/// The amounts of a size, and zeros.
fn widened<const R: usize>(size: &[u64]) -> [u64; R] {
    let mut wide = [0; R];
    wide.iter_mut().zip(size).for_each(|(wide, &amount)| *wide = amount);
    wide
}

/// Whether `size` more than `usage` is within `capacity`.
fn within<const R: usize>(usage: &[u64; R], size: &[u64; R], capacity: &[u64; R]) -> bool {
    (0..R).all(|r| usage[r] + size[r] <= capacity[r])
}

/// How many `fill` adds, where so many were added by the one named.
fn joined_of((by, count): (u64, u32), fill: u64) -> u32 {
    if by == fill { count } else { 0 }
}
