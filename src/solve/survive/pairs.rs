//! Exact search for a packing that survives the loss of any one host, the rest recovery still: each item gets its bin
//! and its failover, depth first.
//!
//! Whatever the failovers, after each loss all that must not stop stands on the other bins: the volume that is left
//! there bounds the search. Of items alike the pairs ascend, and of bins alike that nothing stands on or would flee to
//! only the first is tried: among all packings that differ by such exchanges the first in dictionary order is left.

use super::recovery::Recovery;
use crate::certificate::ItemIndex;
use crate::model::{Numbered, Positions};
use crate::solve::Options;
use crate::solve::instance::{Bin, add, subtract};
use crate::solve::work::Work;

/// The clock is read once in so many nodes.
const NODES_A_LOOK: u64 = 256;

/// What the search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A packing that survives.
    Packing(Vec<Bin>),
    /// There is none.
    Nothing,
    /// The search ended before it was complete.
    Unknown,
}

/// Searches at most so many `nodes`.
pub fn search(recovery: &Recovery, nodes: u64, options: &Options) -> Found {
    let instance = recovery.instance;
    let bins = instance.hosts.len();
    let mut order: Vec<ItemIndex> = ItemIndex::all(instance.items.len()).collect();
    order.sort_by(|&a, &b| {
        let shares = recovery.share(b).total_cmp(&recovery.share(a));
        shares.then(instance.item_class[a].cmp(&instance.item_class[b])).then(a.cmp(&b))
    });
    let mut left = vec![vec![0_u64; instance.resources]];
    for &item in order.iter().rev() {
        let mut more = left[left.len() - 1].clone();
        if let Some(part) = &recovery.parts[item] {
            add(&mut more, &part.size);
        }
        left.push(more);
    }
    left.reverse();
    // Items are alike where what must not stop of them is alike, too.
    let alike = |a: ItemIndex, b: ItemIndex| {
        let part = |item: ItemIndex| recovery.parts[item].as_ref().map(|part| (&part.size, part.allowed));
        instance.item_class[a] == instance.item_class[b] && part(a) == part(b)
    };
    let ascends = order.iter().enumerate().map(|(depth, &item)| depth > 0 && alike(order[depth - 1], item)).collect();
    let mut contingency = vec![vec![0_u64; instance.resources]; bins];
    for (lost, free) in contingency.iter_mut().numbered() {
        Bin::all(bins).filter(|&bin| bin != lost).for_each(|bin| add(free, &instance.allocatable[bin]));
    }
    let mut search = RecoverySearch {
        recovery,
        order,
        left,
        ascends,
        used: vec![vec![0; instance.resources]; bins],
        extra: vec![vec![vec![0; instance.resources]; bins]; bins],
        contingency,
        touched: vec![0; bins],
        chosen: Vec::new(),
        nodes: Work::looking(nodes, NODES_A_LOOK, options.clock),
        stopped: false,
    };
    if search.descend(0) {
        let mut packing = vec![Bin(0); search.order.len()];
        search.order.iter().zip(&search.chosen).for_each(|(&item, &(bin, _))| packing[item] = bin);
        return Found::Packing(packing);
    }
    if search.stopped { Found::Unknown } else { Found::Nothing }
}

struct RecoverySearch<'a> {
    recovery: &'a Recovery<'a>,
    order: Vec<ItemIndex>,
    /// What the items from each depth on ask for that must not stop.
    left: Vec<Vec<u64>>,
    /// Whether the item of each depth is like the one before it.
    ascends: Vec<bool>,
    /// What stands on each bin.
    used: Vec<Vec<u64>>,
    /// What flees to a bin when another is lost: `[lost][bin][resource]`.
    extra: Vec<Vec<Vec<u64>>>,
    /// What is free on the other bins after each loss.
    contingency: Vec<Vec<u64>>,
    /// How many items stand on each bin or would flee to it.
    touched: Vec<u32>,
    /// (bin, failover) of the items so far; the bin itself where all of it may stop.
    chosen: Vec<(Bin, Bin)>,
    nodes: Work<'a>,
    stopped: bool,
}

impl RecoverySearch<'_> {
    fn descend(&mut self, depth: usize) -> bool {
        let Some(&item) = self.order.get(depth) else { return true };
        if self.nodes.is_over() {
            self.stopped = true;
            return false;
        }
        self.nodes.spend(1);
        let exceeds = |free: &Vec<u64>| free.iter().zip(&self.left[depth]).any(|(free, asked)| free < asked);
        if self.contingency.iter().any(exceeds) {
            return false;
        }
        let bins = Bin::all(self.recovery.instance.hosts.len());
        let least = if self.ascends[depth] { self.chosen[depth - 1] } else { (Bin(0), Bin(0)) };
        for bin in (Positions { start: least.0, ..bins }) {
            if !self.may_stand(item, bin) {
                continue;
            }
            let failovers = if self.recovery.parts[item].is_some() {
                bins.clone()
            } else {
                Positions { start: bin, end: bin.next() }
            };
            for failover in failovers {
                if (bin, failover) < least || !self.may_flee(item, bin, failover) {
                    continue;
                }
                self.put(item, bin, failover);
                if self.descend(depth + 1) {
                    return true;
                }
                self.take(item, bin, failover);
                if self.stopped {
                    return false;
                }
            }
        }
        false
    }

    /// Whether another bin just like this one comes before it, and nothing stands on either or would flee to it.
    fn is_copy(&self, bin: Bin, besides: Option<Bin>) -> bool {
        let class = |bin: Bin| {
            let members = self.recovery.allowed.iter().map(move |set| set.contains[bin]);
            (self.recovery.instance.bin_class[bin], members.collect::<Vec<_>>())
        };
        self.touched[bin] == 0
            && Bin::all(bin.0)
                .any(|other| self.touched[other] == 0 && besides != Some(other) && class(other) == class(bin))
    }

    fn may_stand(&self, item: ItemIndex, bin: Bin) -> bool {
        let instance = self.recovery.instance;
        if !instance.may_go(item, bin) || self.is_copy(bin, None) {
            return false;
        }
        let size = &instance.items[item].size;
        let most = |resource: usize| {
            self.extra.iter().map(|of| of[bin][resource]).max().unwrap_or(0) + self.used[bin][resource]
        };
        (0..size.len()).all(|resource| most(resource) + size[resource] <= instance.allocatable[bin][resource])
            && self.apart(item, |lost, other: (Bin, Bin)| match lost {
                None => Some((bin, other.0)),
                // The other is displaced, this one stands.
                Some(lost) => (lost == other.0 && lost != bin && other.1 != other.0).then_some((bin, other.1)),
            })
    }

    fn may_flee(&self, item: ItemIndex, bin: Bin, failover: Bin) -> bool {
        let instance = self.recovery.instance;
        let Some(part) = &self.recovery.parts[item] else { return true };
        if failover == bin || !self.recovery.allowed[part.allowed].contains[failover] {
            return false;
        }
        if self.is_copy(failover, Some(bin)) {
            return false;
        }
        let room = |resource: usize| {
            self.used[failover][resource] + self.extra[bin][failover][resource] + part.size[resource]
                <= instance.allocatable[failover][resource]
        };
        (0..part.size.len()).all(room)
            && self.apart(item, |lost, other: (Bin, Bin)| match lost {
                // Where the bin is lost, this one is in its failover, the other where it stands or in its own.
                Some(lost) if lost == bin && other.0 != bin => Some((failover, other.0)),
                Some(lost) if lost == bin && other.1 != other.0 => Some((failover, other.1)),
                _ => None,
            })
    }

    /// Whether `item` keeps apart from all it must, at the two bins that `at` names: before any loss (`None`) and
    /// after each.
    fn apart(&self, item: ItemIndex, at: impl Fn(Option<Bin>, (Bin, Bin)) -> Option<(Bin, Bin)>) -> bool {
        let instance = self.recovery.instance;
        let aparts = &instance.items[item].aparts;
        if aparts.is_empty() {
            return true;
        }
        self.chosen.iter().enumerate().all(|(depth, &other)| {
            let theirs = &instance.items[self.order[depth]].aparts;
            let shared = || aparts.iter().filter(|apart| theirs.contains(apart));
            let mut contingencies = std::iter::once(None).chain(Bin::all(instance.hosts.len()).map(Some));
            contingencies.all(|lost| match at(lost, other) {
                Some((here, there)) => {
                    shared().all(|&apart| instance.aparts[apart].domain[here] != instance.aparts[apart].domain[there])
                }
                None => true,
            })
        })
    }

    fn put(&mut self, item: ItemIndex, bin: Bin, failover: Bin) {
        let size = &self.recovery.instance.items[item].size;
        add(&mut self.used[bin], size);
        for (lost, free) in self.contingency.iter_mut().numbered::<Bin>() {
            // What may stop is not counted as left, and takes room where it stands.
            if lost != bin {
                free.iter_mut().zip(size).for_each(|(free, size)| *free -= size);
            }
        }
        self.touched[bin] += 1;
        if let Some(part) = &self.recovery.parts[item] {
            add(&mut self.extra[bin][failover], &part.size);
            subtract(&mut self.contingency[bin], &part.size);
            self.touched[failover] += 1;
        }
        self.chosen.push((bin, failover));
    }

    fn take(&mut self, item: ItemIndex, bin: Bin, failover: Bin) {
        let size = &self.recovery.instance.items[item].size;
        subtract(&mut self.used[bin], size);
        for (lost, free) in self.contingency.iter_mut().numbered::<Bin>() {
            if lost != bin {
                add(free, size);
            }
        }
        self.touched[bin] -= 1;
        if let Some(part) = &self.recovery.parts[item] {
            subtract(&mut self.extra[bin][failover], &part.size);
            add(&mut self.contingency[bin], &part.size);
            self.touched[failover] -= 1;
        }
        self.chosen.pop();
    }
}
