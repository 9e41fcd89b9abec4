//! Exact search for a packing that survives the loss of any one host, the rest standing still: each item gets its slot
//! and its refuge, depth first.
//!
//! Whatever the refuges, after each loss all that must not stop stands on the other slots: the volume that is left
//! there bounds the search. Of items alike the pairs ascend, and of slots alike that nothing stands on or would flee to
//! only the first is tried: among all packings that differ by such exchanges the first in dictionary order is left.

use super::standing::Standing;
use crate::solve::Options;
use crate::solve::instance::{ItemIndex, Slot, add, subtract};

/// The clock is read once in so many nodes.
const NODES_A_LOOK: u64 = 256;

/// What the search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A packing that survives.
    Packing(Vec<Slot>),
    /// There is none.
    Nothing,
    /// The search ended before it was complete.
    Unknown,
}

/// Searches at most so many `nodes`.
pub fn search(standing: &Standing, nodes: u64, options: &Options) -> Found {
    let instance = standing.instance;
    let slots = instance.hosts.len();
    let mut order: Vec<ItemIndex> = (0..instance.items.len()).collect();
    order.sort_by(|&a, &b| {
        let shares = standing.share(b).total_cmp(&standing.share(a));
        shares.then(instance.item_class[a].cmp(&instance.item_class[b])).then(a.cmp(&b))
    });
    let mut left = vec![vec![0_u64; instance.resources]];
    for &item in order.iter().rev() {
        let mut more = left[left.len() - 1].clone();
        if let Some(part) = &standing.parts[item] {
            add(&mut more, &part.size);
        }
        left.push(more);
    }
    left.reverse();
    // Items are alike where what must not stop of them is alike, too.
    let alike = |a: ItemIndex, b: ItemIndex| {
        let part = |item: ItemIndex| standing.parts[item].as_ref().map(|part| (&part.size, part.allowed));
        instance.item_class[a] == instance.item_class[b] && part(a) == part(b)
    };
    let ascends = order.iter().enumerate().map(|(depth, &item)| depth > 0 && alike(order[depth - 1], item)).collect();
    let mut world = vec![vec![0_u64; instance.resources]; slots];
    for (lost, free) in world.iter_mut().enumerate() {
        (0..slots).filter(|&slot| slot != lost).for_each(|slot| add(free, &instance.allocatable[slot]));
    }
    let mut search = Search {
        standing,
        order,
        left,
        ascends,
        used: vec![vec![0; instance.resources]; slots],
        extra: vec![vec![vec![0; instance.resources]; slots]; slots],
        world,
        touched: vec![0; slots],
        chosen: Vec::new(),
        nodes,
        stopped: false,
        options,
    };
    if search.descend(0) {
        let mut packing = vec![0; search.order.len()];
        search.order.iter().zip(&search.chosen).for_each(|(&item, &(slot, _))| packing[item] = slot);
        return Found::Packing(packing);
    }
    if search.stopped { Found::Unknown } else { Found::Nothing }
}

struct Search<'a> {
    standing: &'a Standing<'a>,
    order: Vec<ItemIndex>,
    /// What the items from each depth on ask for that must not stop.
    left: Vec<Vec<u64>>,
    /// Whether the item of each depth is like the one before it.
    ascends: Vec<bool>,
    /// What stands on each slot.
    used: Vec<Vec<u64>>,
    /// What flees to a slot when another is lost: `[lost][slot][resource]`.
    extra: Vec<Vec<Vec<u64>>>,
    /// What is free on the other slots after each loss.
    world: Vec<Vec<u64>>,
    /// How many items stand on each slot or would flee to it.
    touched: Vec<u32>,
    /// (slot, refuge) of the items so far; the slot itself where all of it may stop.
    chosen: Vec<(Slot, Slot)>,
    nodes: u64,
    stopped: bool,
    options: &'a Options<'a>,
}

impl Search<'_> {
    fn descend(&mut self, depth: usize) -> bool {
        let Some(&item) = self.order.get(depth) else { return true };
        if self.nodes == 0 || (self.nodes.is_multiple_of(NODES_A_LOOK) && self.options.clock.left().is_zero()) {
            self.stopped = true;
            return false;
        }
        self.nodes -= 1;
        let exceeds = |free: &Vec<u64>| free.iter().zip(&self.left[depth]).any(|(free, asked)| free < asked);
        if self.world.iter().any(exceeds) {
            return false;
        }
        let slots = self.standing.instance.hosts.len();
        let least = if self.ascends[depth] { self.chosen[depth - 1] } else { (0, 0) };
        for slot in least.0..slots {
            if !self.may_stand(item, slot) {
                continue;
            }
            let refuges = if self.standing.parts[item].is_some() { 0..slots } else { slot..slot + 1 };
            for refuge in refuges {
                if (slot, refuge) < least || !self.may_flee(item, slot, refuge) {
                    continue;
                }
                self.put(item, slot, refuge);
                if self.descend(depth + 1) {
                    return true;
                }
                self.take(item, slot, refuge);
                if self.stopped {
                    return false;
                }
            }
        }
        false
    }

    /// Whether another slot just like this one comes before it, and nothing stands on either or would flee to it.
    fn is_copy(&self, slot: Slot, besides: Option<Slot>) -> bool {
        let class = |slot: Slot| {
            let members = self.standing.allowed.iter().map(move |set| set.contains[slot]);
            (self.standing.instance.slot_class[slot], members.collect::<Vec<_>>())
        };
        self.touched[slot] == 0
            && (0..slot).any(|other| self.touched[other] == 0 && besides != Some(other) && class(other) == class(slot))
    }

    fn may_stand(&self, item: ItemIndex, slot: Slot) -> bool {
        let instance = self.standing.instance;
        if !instance.may_go(item, slot) || self.is_copy(slot, None) {
            return false;
        }
        let size = &instance.items[item].size;
        let most = |resource: usize| {
            self.extra.iter().map(|of| of[slot][resource]).max().unwrap_or(0) + self.used[slot][resource]
        };
        (0..size.len()).all(|resource| most(resource) + size[resource] <= instance.allocatable[slot][resource])
            && self.apart(item, |lost, other: (Slot, Slot)| match lost {
                None => Some((slot, other.0)),
                // The other is displaced, this one stands.
                Some(lost) => (lost == other.0 && lost != slot && other.1 != other.0).then_some((slot, other.1)),
            })
    }

    fn may_flee(&self, item: ItemIndex, slot: Slot, refuge: Slot) -> bool {
        let instance = self.standing.instance;
        let Some(part) = &self.standing.parts[item] else { return true };
        if refuge == slot || !self.standing.allowed[part.allowed].contains[refuge] {
            return false;
        }
        if self.is_copy(refuge, Some(slot)) {
            return false;
        }
        let room = |resource: usize| {
            self.used[refuge][resource] + self.extra[slot][refuge][resource] + part.size[resource]
                <= instance.allocatable[refuge][resource]
        };
        (0..part.size.len()).all(room)
            && self.apart(item, |lost, other: (Slot, Slot)| match lost {
                // Where the slot is lost, this one is in its refuge, the other where it stands or in its own.
                Some(lost) if lost == slot && other.0 != slot => Some((refuge, other.0)),
                Some(lost) if lost == slot && other.1 != other.0 => Some((refuge, other.1)),
                _ => None,
            })
    }

    /// Whether `item` keeps apart from all it must, at the two slots that `at` names: before any loss (`None`) and
    /// after each.
    fn apart(&self, item: ItemIndex, at: impl Fn(Option<Slot>, (Slot, Slot)) -> Option<(Slot, Slot)>) -> bool {
        let instance = self.standing.instance;
        let aparts = &instance.items[item].aparts;
        if aparts.is_empty() {
            return true;
        }
        self.chosen.iter().enumerate().all(|(depth, &other)| {
            let theirs = &instance.items[self.order[depth]].aparts;
            let shared = || aparts.iter().filter(|apart| theirs.contains(apart));
            let mut worlds = std::iter::once(None).chain((0..instance.hosts.len()).map(Some));
            worlds.all(|lost| match at(lost, other) {
                Some((here, there)) => {
                    shared().all(|&apart| instance.aparts[apart].zone[here] != instance.aparts[apart].zone[there])
                }
                None => true,
            })
        })
    }

    fn put(&mut self, item: ItemIndex, slot: Slot, refuge: Slot) {
        let size = &self.standing.instance.items[item].size;
        add(&mut self.used[slot], size);
        for (lost, free) in self.world.iter_mut().enumerate() {
            // What may stop is not counted as left, and takes room where it stands.
            if lost != slot {
                free.iter_mut().zip(size).for_each(|(free, size)| *free -= size);
            }
        }
        self.touched[slot] += 1;
        if let Some(part) = &self.standing.parts[item] {
            add(&mut self.extra[slot][refuge], &part.size);
            subtract(&mut self.world[slot], &part.size);
            self.touched[refuge] += 1;
        }
        self.chosen.push((slot, refuge));
    }

    fn take(&mut self, item: ItemIndex, slot: Slot, refuge: Slot) {
        let size = &self.standing.instance.items[item].size;
        subtract(&mut self.used[slot], size);
        for (lost, free) in self.world.iter_mut().enumerate() {
            if lost != slot {
                add(free, size);
            }
        }
        self.touched[slot] -= 1;
        if let Some(part) = &self.standing.parts[item] {
            subtract(&mut self.extra[slot][refuge], &part.size);
            add(&mut self.world[slot], &part.size);
            self.touched[refuge] -= 1;
        }
        self.chosen.pop();
    }
}
