//! What a packing must keep to: the open slots, their capacities, and the values fixed for earlier goals.

use super::instance::{Instance, ItemIndex, Slot, scaled, share};
pub use crate::certificate::Limits;
use crate::certificate::{Claim, Proof};
use crate::model::{Goal, GoalValue, Ratio};

impl Limits {
    /// Whether opening exactly `open` keeps to the limits on hosts, price and watts.
    pub fn admit(&self, instance: &Instance, open: &[bool]) -> bool {
        let within = |limit: Option<u64>, goal| limit.is_none_or(|limit| mix_cost(instance, goal, open) <= limit);
        within(self.hosts, Goal::FewestHosts)
            && within(self.price, Goal::Cheapest)
            && within(self.watts, Goal::LeastPower)
    }
}

/// What a set of slots costs by a goal that counts hosts: a number of hosts, or thousandths. 0 for other goals.
pub fn mix_cost(instance: &Instance, goal: Goal, open: &[bool]) -> u64 {
    (0..open.len()).filter(|&slot| open[slot]).map(|slot| slot_cost(instance, goal, slot)).sum()
}

/// What one slot adds to [`mix_cost`].
pub fn slot_cost(instance: &Instance, goal: Goal, slot: Slot) -> u64 {
    match goal {
        Goal::FewestHosts => 1,
        Goal::Cheapest => instance.price[slot],
        Goal::LeastPower => instance.watts[slot],
        Goal::Balance | Goal::FewestMoves => 0,
    }
}

/// What one packing must keep to.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Which slots may hold anything.
    pub open: Vec<bool>,
    /// The most each slot may hold: `[slot][resource]`; what it can give, or less where a share is fixed.
    pub capacity: Vec<Vec<u64>>,
    /// How many containers may move.
    pub moves: Option<u64>,
    /// The share of what a slot can give that it may hold, where that is limited.
    share: Option<Ratio>,
}

impl Budget {
    /// The budget of the slots `open` under `limits`.
    pub fn new(instance: &Instance, open: &[bool], limits: &Limits) -> Budget {
        let limit = |give: &Vec<u64>| match limits.share {
            None => give.clone(),
            Some(ratio) => give.iter().map(|&amount| scaled(amount, ratio)).collect(),
        };
        let capacity = instance.allocatable.iter().map(limit).collect();
        Budget { open: open.to_vec(), capacity, moves: limits.moves, share: limits.share }
    }

    /// The claim that nothing fits within it, for the reason given.
    pub fn claim(&self, instance: &Instance, proof: Proof) -> Claim {
        let open = || (0..self.open.len()).filter(|&slot| self.open[slot]).map(|slot| instance.hosts[slot]).collect();
        Claim {
            hosts: self.open.contains(&false).then(open),
            limits: Limits { share: self.share, moves: self.moves, ..Limits::default() },
            proof,
        }
    }

    /// The same with a smaller share: no slot holds more than `ratio` of what it can give.
    pub fn with_share(&self, instance: &Instance, ratio: Ratio) -> Budget {
        let mut budget = self.clone();
        budget.share = Some(self.share.map_or(ratio, |before| before.min(ratio)));
        for (capacity, give) in budget.capacity.iter_mut().zip(&instance.allocatable) {
            for (limit, &amount) in capacity.iter_mut().zip(give) {
                *limit = (*limit).min(scaled(amount, ratio));
            }
        }
        budget
    }

    /// Whether `assignment` keeps to it.
    pub fn admits(&self, instance: &Instance, assignment: &[Slot]) -> bool {
        let mut load = Load::new(instance);
        let fits = assignment.iter().enumerate().all(|(item, &slot)| {
            let fits = load.fits(instance, self, item, slot);
            load.put(instance, item, slot);
            fits
        });
        fits && self.moves.is_none_or(|limit| moves(instance, assignment) <= limit)
    }
}

/// What the slots hold.
#[derive(Clone, Debug)]
pub struct Load {
    /// What is used: `[slot][resource]`.
    pub used: Vec<Vec<u64>>,
    /// How many items a slot holds.
    pub count: Vec<u32>,
    /// How many items of each rule a zone holds: `[rule][zone]`.
    pub zones: Vec<Vec<u32>>,
}

impl Load {
    /// Nothing held.
    pub fn new(instance: &Instance) -> Load {
        Load {
            used: vec![vec![0; instance.resources]; instance.hosts.len()],
            count: vec![0; instance.hosts.len()],
            zones: instance.aparts.iter().map(|apart| vec![0; apart.zones]).collect(),
        }
    }

    /// What `assignment` puts where.
    pub fn of(instance: &Instance, assignment: &[Slot]) -> Load {
        let mut load = Load::new(instance);
        assignment.iter().enumerate().for_each(|(item, &slot)| load.put(instance, item, slot));
        load
    }

    /// Whether `item` can be added to `slot`.
    pub fn fits(&self, instance: &Instance, budget: &Budget, item: ItemIndex, slot: Slot) -> bool {
        let of = &instance.items[item];
        let room = |((used, size), limit): ((&u64, &u64), &u64)| used + size <= *limit;
        budget.open[slot]
            && instance.may_go(item, slot)
            && self.used[slot].iter().zip(&of.size).zip(&budget.capacity[slot]).all(room)
            && of.aparts.iter().all(|&apart| self.zones[apart][instance.aparts[apart].zone[slot]] == 0)
    }

    /// Adds `item` to `slot`.
    pub fn put(&mut self, instance: &Instance, item: ItemIndex, slot: Slot) {
        super::instance::add(&mut self.used[slot], &instance.items[item].size);
        self.count[slot] += 1;
        for &apart in &instance.items[item].aparts {
            self.zones[apart][instance.aparts[apart].zone[slot]] += 1;
        }
    }

    /// Takes `item` from `slot`, which holds it.
    pub fn take(&mut self, instance: &Instance, item: ItemIndex, slot: Slot) {
        super::instance::subtract(&mut self.used[slot], &instance.items[item].size);
        self.count[slot] -= 1;
        for &apart in &instance.items[item].aparts {
            self.zones[apart][instance.aparts[apart].zone[slot]] -= 1;
        }
    }

    /// The largest share of any resource of any slot.
    pub fn share(&self, instance: &Instance) -> Ratio {
        let shares = self.used.iter().zip(&instance.allocatable).map(|(used, give)| share(used, give));
        shares.max().unwrap_or(Ratio::ZERO)
    }

    /// Which slots hold anything.
    pub fn occupied(&self) -> Vec<bool> {
        self.count.iter().map(|&count| count > 0).collect()
    }
}

/// How many containers move under `assignment`.
pub fn moves(instance: &Instance, assignment: &[Slot]) -> u64 {
    assignment.iter().zip(&instance.items).map(|(&slot, item)| item.moves(slot)).sum()
}

/// What `assignment` is worth by `goal`.
pub fn value(instance: &Instance, goal: Goal, assignment: &[Slot]) -> GoalValue {
    let cost = || mix_cost(instance, goal, &Load::of(instance, assignment).occupied());
    match goal {
        Goal::FewestHosts => GoalValue::Count(cost()),
        Goal::Cheapest | Goal::LeastPower => GoalValue::Thousandths(cost()),
        Goal::Balance => GoalValue::Share(Load::of(instance, assignment).share(instance)),
        Goal::FewestMoves => GoalValue::Count(moves(instance, assignment)),
    }
}
