//! Exact search: depth first over the items, large ones first, in integers. What it finishes is proven.
//!
//! Every branch is cut where a resource's remaining volume exceeds what is left on the open bins, where a goal can no
//! longer improve, and where an interchangeable item or bin has been tried (items of one class go to bins in
//! ascending order; of interchangeable empty bins only the first is tried). What was searched in vain from a state is
//! remembered, and not searched again from a state that is the same. The restriction is a number of nodes.

use std::collections::HashMap;

use super::Clock;
use super::instance::{Bin, Instance};
use super::restricted::{RestrictedInstance, Usage};
use super::work::Work;
use crate::certificate;
use crate::certificate::ItemIndex;

/// At most so many words of states are remembered: 48 MB.
const REMEMBERED: usize = 6_000_000;
/// A state is remembered when searching from it took so many nodes.
const WORTH_REMEMBERING: u64 = 16;

/// With so many items or more, a search for any packing has to show soon that it is about more than the last of them.
const MANY: usize = 300;
/// After so many nodes it has to have come back up to the first half.
const PATIENCE: u64 = 1_000;

/// What is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Any packing.
    Any,
    /// A packing with the fewest moves, and fewer than this.
    MovesBelow(u64),
}

/// How the search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The best packing that meets the target.
    pub assignment: Option<Vec<Bin>>,
    /// Whether all was searched: then there is no better, or none at all.
    pub complete: bool,
}

/// The proof of a search for any packing within `restricted` that went through everything: all that was visited.
/// `None` where it finds one, or does not come to an end.
pub fn record(
    instance: &Instance,
    restricted: &RestrictedInstance,
    clock: &dyn Clock,
) -> Option<certificate::SearchLog> {
    let mut log = String::new();
    let found = run(instance, restricted, Target::Any, u64::MAX, clock, Some(&mut log));
    let refuted = found.complete && found.assignment.is_none();
    refuted.then(|| certificate::SearchLog { order: order(instance, restricted), steps: instance.steps.clone(), log })
}

/// Searches for the best packing within `restricted` that meets `target`, visiting at most `nodes` nodes.
pub fn search(
    instance: &Instance,
    restricted: &RestrictedInstance,
    target: Target,
    nodes: u64,
    clock: &dyn Clock,
) -> Found {
    run(instance, restricted, target, nodes, clock, None)
}

fn run(
    instance: &Instance,
    restricted: &RestrictedInstance,
    target: Target,
    nodes: u64,
    clock: &dyn Clock,
    log: Option<&mut String>,
) -> Found {
    let order = order(instance, restricted);
    let mut rest = vec![vec![0u64; instance.resources]; order.len() + 1];
    for (depth, &item) in order.iter().enumerate().rev() {
        rest[depth] = rest[depth + 1].clone();
        super::instance::add(&mut rest[depth], &instance.items[item].size);
    }
    // Past the last item nothing is asked, so that no bin counts as too full.
    let mut smallest = vec![vec![0u64; instance.resources]; order.len() + 1];
    for (depth, &item) in order.iter().enumerate().rev() {
        let size = &instance.items[item].size;
        smallest[depth] = match depth + 1 == order.len() {
            true => size.clone(),
            false => smallest[depth + 1].iter().zip(size).map(|(a, b)| *a.min(b)).collect(),
        };
    }
    let mut least_moves = vec![0u64; order.len() + 1];
    for (depth, &item) in order.iter().enumerate().rev() {
        let open = instance.bins(item).iter().filter(|&&bin| restricted.open[bin]);
        let least = open.map(|&bin| instance.items[item].moves(bin)).min().unwrap_or(0);
        least_moves[depth] = least_moves[depth + 1] + least;
    }
    let mut search = ExactSearch {
        instance,
        restricted: restricted.clone(),
        target,
        order,
        rest,
        least_moves,
        usage: Usage::new(instance),
        bin_of: vec![Bin(0); instance.items.len()],
        moved: 0,
        best: None,
        smallest,
        vain: Vain::default(),
        spread: 0,
        // The more hosts, the longer a node takes.
        nodes: Work::looking(nodes, (65_536 / (instance.hosts.len() as u64).pow(2).max(1)).clamp(1, 4_096), clock),
        log,
        stopped: false,
        visited: 0,
        highest: usize::MAX,
        first: 0,
    };
    if search.tighten() && search.settle() {
        search.descend(search.first);
    }
    Found { assignment: search.best, complete: !search.stopped }
}

struct ExactSearch<'a> {
    instance: &'a Instance,
    restricted: RestrictedInstance,
    target: Target,
    order: Vec<ItemIndex>,
    /// What the items from each depth on ask for together.
    rest: Vec<Vec<u64>>,
    /// The fewest moves that the items from each depth on can do with, each on the bin that suits it best.
    least_moves: Vec<u64>,
    usage: Usage,
    bin_of: Vec<Bin>,
    moved: u64,
    best: Option<Vec<Bin>>,
    /// The least that any item from each depth on asks of each resource.
    smallest: Vec<Vec<u64>>,
    /// States that were searched in vain.
    vain: Vain,
    /// What the bins hold, as one number that follows every step.
    spread: u64,
    nodes: Work<'a>,
    /// A letter for each state visited, where that is kept: see [`certificate::SearchLog`].
    log: Option<&'a mut String>,
    stopped: bool,
    /// Nodes visited.
    visited: u64,
    /// The first depth whose item was tried on more than one bin.
    highest: usize,
    /// The depth at which the search begins: the items before it have one bin each.
    first: usize,
}

impl ExactSearch<'_> {
    /// Sets capacities and moves such that whatever fits is better than the best known; whether anything can be.
    fn tighten(&mut self) -> bool {
        match self.target {
            Target::Any => true,
            Target::MovesBelow(moves) => {
                let limit = moves.saturating_sub(1);
                self.restricted.moves = Some(self.restricted.moves.map_or(limit, |before| before.min(limit)));
                moves > 0
            }
        }
    }

    /// Puts the items that have one bin where they must go, without going deeper for each of them; whether that can be.
    /// What is logged is gone through state by state.
    fn settle(&mut self) -> bool {
        if self.log.is_some() {
            return true;
        }
        while let Some(&item) = self.order.get(self.first)
            && let &[bin] = self.instance.bins(item)
        {
            if !self.restricted.open[bin] || !self.may_put(self.first, bin) {
                return false;
            }
            self.moved += self.instance.items[item].moves(bin);
            self.put(item, bin);
            self.bin_of[item] = bin;
            self.first += 1;
        }
        true
    }

    /// Whether the search is over.
    fn descend(&mut self, depth: usize) -> bool {
        if depth == self.order.len() {
            return self.accept();
        }
        if self.nodes.is_over() {
            self.stopped = true;
            return true;
        }
        self.nodes.spend(1);
        self.visited += 1;
        if !self.rest_has_room(depth) {
            self.note('v');
            return false;
        }
        let key = self.key(depth);
        if self.vain.may_have(key) && self.vain.has(key, &self.state(depth)) {
            self.note('s');
            return false;
        }
        if self.is_hopeless() {
            self.stopped = true;
            return true;
        }
        let nodes = self.nodes.left();
        let at = self.log.as_ref().map(|log| log.len());
        self.note('b');
        let over = self.branch(depth);
        if !over
            && nodes - self.nodes.left() >= WORTH_REMEMBERING
            && let state = self.state(depth)
            && self.vain.count * state.len() < REMEMBERED
        {
            self.vain.insert(key, state);
            if let (Some(log), Some(at)) = (&mut self.log, at) {
                log.replace_range(at..=at, "r");
            }
        }
        over
    }

    fn note(&mut self, letter: char) {
        if let Some(log) = &mut self.log {
            log.push(letter);
        }
    }

    fn state(&self, depth: usize) -> Vec<u64> {
        state(depth, self.moved, self.first_bin(depth), &self.usage)
    }

    /// A number that is the same for the same state.
    fn key(&self, depth: usize) -> u64 {
        self.spread ^ mixed(depth as u64, self.moved, self.first_bin(depth).0 as u64)
    }

    /// Whether the item at `depth` has room on `bin`, and the others can do with the moves that are left then.
    fn may_put(&self, depth: usize, bin: Bin) -> bool {
        let item = self.order[depth];
        let at_least = self.moved + self.instance.items[item].moves(bin) + self.least_moves[depth + 1];
        let too_far = self.restricted.moves.is_some_and(|limit| at_least > limit);
        !too_far && self.usage.fits(self.instance, &self.restricted, item, bin)
    }

    fn put(&mut self, item: ItemIndex, bin: Bin) {
        self.spread ^= self.held(bin);
        self.usage.put(self.instance, item, bin);
        self.spread ^= self.held(bin);
    }

    fn take(&mut self, item: ItemIndex, bin: Bin) {
        self.spread ^= self.held(bin);
        self.usage.take(self.instance, item, bin);
        self.spread ^= self.held(bin);
    }

    /// What one bin holds, as its share of `spread`.
    fn held(&self, bin: Bin) -> u64 {
        let used = self.usage.used[bin].iter().enumerate();
        used.map(|(resource, &used)| mixed(bin.0 as u64, resource as u64, used)).fold(0, |all, one| all ^ one)
    }

    fn first_bin(&self, depth: usize) -> Bin {
        first_bin(self.instance, &self.order, &self.bin_of, depth)
    }

    /// Tries the item at `depth` on each bin; whether the search is over.
    fn branch(&mut self, depth: usize) -> bool {
        let item = self.order[depth];
        let from = self.first_bin(depth);
        for bin in self.candidates(item, from) {
            // Deeper finds tighten the restriction, so all is looked at anew for each bin.
            if !self.may_put(depth, bin) {
                continue;
            }
            let moves = self.instance.items[item].moves(bin);
            self.put(item, bin);
            self.bin_of[item] = bin;
            self.moved += moves;
            let over = self.descend(depth + 1);
            self.take(item, bin);
            self.moved -= moves;
            if over {
                return true;
            }
            self.highest = self.highest.min(depth);
        }
        false
    }

    /// Whether it only ever tries the last of many items anew.
    fn is_hopeless(&self) -> bool {
        let many = self.order.len() - self.first;
        let looks = self.target == Target::Any && self.log.is_none() && many >= MANY;
        looks && self.highest - self.first.min(self.highest) > many / 2 && self.visited >= PATIENCE
    }

    fn accept(&mut self) -> bool {
        if !self.instance.is_even(&self.bin_of) {
            return false;
        }
        self.best = Some(self.bin_of.clone());
        match self.target {
            Target::Any => return true,
            Target::MovesBelow(_) => self.target = Target::MovesBelow(self.moved),
        }
        !self.tighten()
    }

    fn rest_has_room(&self, depth: usize) -> bool {
        let free = |bin: Bin, resource: usize| {
            self.restricted.capacity[bin][resource].saturating_sub(self.usage.used[bin][resource])
        };
        let resources = 0..self.instance.resources;
        // A bin that is too full for even the smallest item does not count.
        let usable = |&bin: &Bin| {
            self.restricted.open[bin] && resources.clone().all(|r| free(bin, r) >= self.smallest[depth][r])
        };
        let mut missing = self.rest[depth].clone();
        for bin in Bin::all(self.restricted.open.len()).filter(usable) {
            missing.iter_mut().enumerate().for_each(|(r, missing)| *missing = missing.saturating_sub(free(bin, r)));
            if missing.iter().all(|&missing| missing == 0) {
                return true;
            }
        }
        missing.iter().all(|&missing| missing == 0)
    }

    /// The bins to try: homes first where moves count, of interchangeable empty ones only the first.
    fn candidates(&self, item: ItemIndex, from: Bin) -> Vec<Bin> {
        let bins = self.instance.bins(item).iter().copied().filter(|&bin| bin >= from && self.restricted.open[bin]);
        let mut candidates: Vec<Bin> = Vec::new();
        for bin in bins {
            let twin = |&other: &Bin| {
                self.usage.count[other] == 0
                    && self.instance.bin_class[other] == self.instance.bin_class[bin]
                    && self.restricted.capacity[other] == self.restricted.capacity[bin]
            };
            if self.usage.count[bin] > 0 || !candidates.iter().any(twin) {
                candidates.push(bin);
            }
        }
        match self.target {
            Target::MovesBelow(_) => candidates.sort_by_key(|&bin| self.instance.items[item].moves(bin)),
            Target::Any => {}
        }
        candidates
    }
}

/// States that were searched in vain, by a number that says at once of nearly all others that they are not among them.
#[derive(Default)]
struct Vain {
    by_key: HashMap<u64, Vec<Vec<u64>>>,
    count: usize,
}

impl Vain {
    fn may_have(&self, key: u64) -> bool {
        self.by_key.contains_key(&key)
    }

    fn has(&self, key: u64, state: &[u64]) -> bool {
        self.by_key.get(&key).is_some_and(|states| states.iter().any(|other| other == state))
    }

    fn insert(&mut self, key: u64, state: Vec<u64>) {
        self.by_key.entry(key).or_default().push(state);
        self.count += 1;
    }
}

/// Three numbers stirred into one: the finisher of SplitMix64, applied to each in turn (Steele, Lea and Flood 2014).
fn mixed(a: u64, b: u64, c: u64) -> u64 {
    [a, b, c].into_iter().fold(0, |all, one| {
        let mut z = (all ^ one).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

/// Items with few bins first, then large ones; items of one class next to each other.
pub fn order(instance: &Instance, restricted: &RestrictedInstance) -> Vec<ItemIndex> {
    let there: Vec<u64> = (0..instance.resources)
        .map(|r| restricted.capacity.iter().zip(&restricted.open).filter(|(_, open)| **open).map(|(c, _)| c[r]).sum())
        .collect();
    let weight = |item: ItemIndex| super::instance::share(&instance.items[item].size, &there);
    let mut order: Vec<ItemIndex> = ItemIndex::all(instance.items.len()).collect();
    order.sort_by(|&a, &b| {
        let choices = |item: ItemIndex| instance.bins(item).len().min(2);
        choices(a)
            .cmp(&choices(b))
            .then_with(|| weight(b).cmp(&weight(a)))
            .then_with(|| instance.item_class[a].cmp(&instance.item_class[b]))
            .then_with(|| a.cmp(&b))
    });
    order
}

/// All that decides what can still be done by a search that places items in turn: the depth, what the bins hold, the
/// domains taken, the moves made, and where an interchangeable item went before.
pub fn state(depth: usize, moved: u64, first: Bin, usage: &Usage) -> Vec<u64> {
    let mut state = Vec::with_capacity(4 + usage.used.len() * (usage.used.first().map_or(0, Vec::len) + 1));
    state.extend([depth as u64, moved, first.0 as u64]);
    state.extend(usage.used.iter().flatten());
    // A bin that holds only items that ask for nothing is not empty to those that look for twins.
    state.extend(usage.count.iter().map(|&count| u64::from(count > 0)));
    usage.domains.spell(&mut state);
    usage.tally.spell(&mut state);
    if usage.carried.iter().any(|carried| *carried > 0) {
        state.extend(usage.carried);
    }
    state
}

/// The first bin that the item at `depth` of `order` may go to: where its twin before it went.
pub fn first_bin(instance: &Instance, order: &[ItemIndex], bin_of: &[Bin], depth: usize) -> Bin {
    let item = order[depth];
    match depth.checked_sub(1).map(|before| order[before]) {
        Some(twin) if instance.item_class[twin] == instance.item_class[item] => bin_of[twin],
        _ => Bin(0),
    }
}
