//! A packing question as patterns see it: classes of items, groups of interchangeable slots, and what they share.

use std::collections::BTreeMap;

use super::columns::Weights;
use super::pricing::Sizes;
use crate::solve::budget::Budget;
use crate::solve::instance::{Apart, Instance, ItemIndex, Slot};

/// Classes of items to pack into groups of slots.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Interchangeable items, together.
    pub classes: Vec<Class>,
    /// Interchangeable open slots, together.
    pub groups: Vec<Group>,
    /// How many resources there are.
    pub resources: usize,
    /// How many `apart` rules there are: a slot takes at most one item of each.
    pub rules: usize,
    /// Zones of rules by label that several open slots share: (rule, zone). All their slots together take one item.
    pub zones: Vec<(usize, usize)>,
    /// How many containers may move.
    pub moves: Option<u64>,
}

/// Interchangeable items.
#[derive(Clone, Debug)]
pub struct Class {
    /// Which items of the instance.
    pub items: Vec<ItemIndex>,
    /// What each asks for: an entry for each resource.
    pub size: Vec<i64>,
    /// The `apart` rules that bind it.
    pub rules: Vec<usize>,
    /// For each group, whether it may go there, and how many containers then move.
    pub groups: Vec<Option<u64>>,
}

/// Interchangeable slots.
#[derive(Clone, Debug)]
pub struct Group {
    /// Which slots of the instance.
    pub slots: Vec<Slot>,
    /// Their class in the instance.
    pub class: usize,
    /// What each gives: an entry for each resource.
    pub capacity: Vec<i64>,
    /// For each rule, the position of its zone in [`Problem::zones`], where that is shared.
    pub zones: Vec<Option<usize>>,
}

/// A set of items that fits one slot of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// Position in [`Problem::groups`].
    pub group: usize,
    /// How many items of each class, classes ascending.
    pub items: Vec<(usize, u32)>,
}

/// What is still to be packed, and into what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// How many items of each class.
    pub items: Vec<u32>,
    /// How many slots of each group.
    pub slots: Vec<u32>,
    /// How many containers may move.
    pub moves: Option<u64>,
    /// For each of [`Problem::zones`], whether it is free.
    pub zones: Vec<bool>,
}

impl Problem {
    /// The question whether everything fits within `budget`. `None` where an item fits on no open slot, or amounts
    /// are so large that their sums are out of range.
    pub fn new(instance: &Instance, budget: &Budget) -> Option<Problem> {
        let (groups, zones) = groups(instance, budget)?;
        let mut members: BTreeMap<usize, Vec<ItemIndex>> = BTreeMap::new();
        instance.item_class.iter().enumerate().for_each(|(item, &class)| members.entry(class).or_default().push(item));
        let class = |items: Vec<ItemIndex>| -> Option<Class> {
            let item = &instance.items[items[0]];
            let size = item.size.iter().map(|&amount| i64::try_from(amount).ok()).collect::<Option<Vec<_>>>()?;
            let place = |group: &Group| {
                let slot = group.slots[0];
                let moved = item.moves(slot);
                let fits = size.iter().zip(&group.capacity).all(|(size, give)| size <= give);
                // What the weights cannot say is left to them: a price on moves that none can pay bars them all.
                let still = budget.moves != Some(0) || moved == 0;
                (instance.may_go(items[0], slot) && fits && still).then_some(moved)
            };
            let groups: Vec<Option<u64>> = groups.iter().map(place).collect();
            let placeable = groups.iter().any(Option::is_some);
            placeable.then(|| Class { rules: item.aparts.clone(), items, size, groups })
        };
        let classes = members.into_values().map(class).collect::<Option<Vec<_>>>()?;
        Some(Problem {
            classes,
            groups,
            resources: instance.resources,
            rules: instance.aparts.len(),
            zones,
            moves: budget.moves,
        })
    }

    /// The same question with every item a class of its own, and `weights` for it.
    pub fn single_items(&self, weights: &Weights) -> (Problem, Weights) {
        let alone = |class: &Class| {
            let of = class.clone();
            class.items.clone().into_iter().map(move |item| Class { items: vec![item], ..of.clone() })
        };
        let worth = |(class, &worth): (&Class, &i64)| vec![worth; class.items.len()];
        let items = self.classes.iter().zip(&weights.items).flat_map(worth).collect();
        let problem = Problem { classes: self.classes.iter().flat_map(alone).collect(), ..self.clone() };
        (problem, Weights { items, ..weights.clone() })
    }

    /// Everything still to be packed.
    pub fn rest(&self) -> Rest {
        Rest {
            items: self.classes.iter().map(|class| class.items.len() as u32).collect(),
            slots: self.groups.iter().map(|group| group.slots.len() as u32).collect(),
            moves: self.moves,
            zones: vec![true; self.zones.len()],
        }
    }

    /// How many containers move when `column` is used.
    pub fn moves(&self, column: &Column) -> u64 {
        let moved = |&(class, count): &(usize, u32)| {
            self.classes[class].groups[column.group].unwrap_or(0).saturating_mul(u64::from(count))
        };
        column.items.iter().map(moved).sum()
    }

    /// The shared zones of rules by label that `column` takes.
    pub fn zones(&self, column: &Column) -> Vec<usize> {
        let rules = column.items.iter().flat_map(|(class, _)| &self.classes[*class].rules);
        rules.filter_map(|&rule| self.groups[column.group].zones[rule]).collect()
    }

    /// What a slot of the group has left of each resource when it holds `column`; `None` where it is overfilled, a
    /// rule is broken or an item may not go there.
    pub fn waste(&self, column: &Column) -> Option<Vec<i64>> {
        let mut left = self.groups[column.group].capacity.clone();
        let mut taken = vec![false; self.rules];
        for &(class, count) in &column.items {
            let class = &self.classes[class];
            class.groups[column.group]?;
            for (left, size) in left.iter_mut().zip(&class.size) {
                *left = left.checked_sub(size.checked_mul(i64::from(count))?).filter(|left| *left >= 0)?;
            }
            for &rule in &class.rules {
                if count > 1 || std::mem::replace(&mut taken[rule], true) {
                    return None;
                }
            }
        }
        Some(left)
    }

    /// The slot of every item when `columns` are used, a slot for each; `None` where they leave an item out or there
    /// are more of a group than it has slots. Items packed more than once stay where they came first.
    pub fn assignment(&self, columns: &[Column], items: usize) -> Option<Vec<Slot>> {
        let mut slot_of = vec![usize::MAX; items];
        let mut next = vec![0usize; self.classes.len()];
        let mut opened = vec![0usize; self.groups.len()];
        for column in columns {
            let slot = *self.groups[column.group].slots.get(opened[column.group])?;
            opened[column.group] += 1;
            for &(class, count) in &column.items {
                let members = &self.classes[class].items[next[class]..];
                let some = members.len().min(count as usize);
                members[..some].iter().for_each(|&item| slot_of[item] = slot);
                next[class] += some;
            }
        }
        (!slot_of.contains(&usize::MAX)).then_some(slot_of)
    }

    /// The columns of a packing: one for each slot that holds anything.
    pub fn columns(&self, assignment: &[Slot]) -> Vec<Column> {
        let mut group_of: BTreeMap<Slot, usize> = BTreeMap::new();
        for (group, of) in self.groups.iter().enumerate() {
            of.slots.iter().for_each(|&slot| _ = group_of.insert(slot, group));
        }
        let mut held: BTreeMap<Slot, BTreeMap<usize, u32>> = BTreeMap::new();
        for (class, of) in self.classes.iter().enumerate() {
            for &item in &of.items {
                if group_of.contains_key(&assignment[item]) {
                    *held.entry(assignment[item]).or_default().entry(class).or_default() += 1;
                }
            }
        }
        held.into_iter()
            .map(|(slot, items)| Column { group: group_of[&slot], items: items.into_iter().collect() })
            .filter(|column| self.waste(column).is_some())
            .collect()
    }
}

impl Sizes for Problem {
    fn size(&self, class: usize) -> &[i64] {
        &self.classes[class].size
    }

    fn rules(&self, class: usize) -> &[usize] {
        &self.classes[class].rules
    }
}

impl Rest {
    /// Whether nothing is left to pack.
    pub fn is_empty(&self) -> bool {
        self.items.iter().all(|&count| count == 0)
    }

    /// How many slots are left.
    pub fn open(&self) -> u32 {
        self.slots.iter().sum()
    }

    /// Whether `column` can still be used as it is.
    pub fn admits(&self, problem: &Problem, column: &Column) -> bool {
        self.slots[column.group] > 0
            && column.items.iter().all(|&(class, count)| self.items[class] >= count)
            && self.moves.is_none_or(|limit| problem.moves(column) <= limit)
            && problem.zones(column).iter().all(|&zone| self.zones[zone])
    }

    /// Uses `column`, which is admitted.
    pub fn take(&mut self, problem: &Problem, column: &Column) {
        self.slots[column.group] -= 1;
        column.items.iter().for_each(|&(class, count)| self.items[class] -= count);
        self.moves = self.moves.map(|limit| limit - problem.moves(column));
        problem.zones(column).into_iter().for_each(|zone| self.zones[zone] = false);
    }

    /// `column` without what is packed already; `None` where nothing remains, or there is no slot or zone for it.
    pub fn clip(&self, problem: &Problem, column: &Column) -> Option<Column> {
        let left = |&(class, count): &(usize, u32)| Some((class, count.min(self.items[class]))).filter(|(_, n)| *n > 0);
        let clipped = Column { group: column.group, items: column.items.iter().filter_map(left).collect() };
        let free = self.slots[column.group] > 0 && problem.zones(&clipped).iter().all(|&zone| self.zones[zone]);
        (free && !clipped.items.is_empty()).then_some(clipped)
    }

    /// How much of each resource the slots that are left have beyond what is asked of them.
    pub fn slack(&self, problem: &Problem) -> Vec<i64> {
        let there = |r: usize| -> i64 {
            problem.groups.iter().zip(&self.slots).map(|(group, &count)| group.capacity[r] * i64::from(count)).sum()
        };
        let asked = |r: usize| -> i64 {
            problem.classes.iter().zip(&self.items).map(|(class, &count)| class.size[r] * i64::from(count)).sum()
        };
        (0..problem.resources).map(|resource| there(resource) - asked(resource)).collect()
    }
}

type Zones = Vec<(usize, usize)>;

/// The open slots that are interchangeable, in groups, and the zones that they share.
fn groups(instance: &Instance, budget: &Budget) -> Option<(Vec<Group>, Zones)> {
    let open = || (0..budget.open.len()).filter(|&slot| budget.open[slot]);
    let mut sharing: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (rule, apart) in instance.aparts.iter().enumerate().filter(|(_, apart)| !apart.by_host) {
        open().for_each(|slot| *sharing.entry((rule, apart.zone[slot])).or_default() += 1);
    }
    let zones: Zones = sharing.into_iter().filter(|(_, slots)| *slots > 1).map(|(zone, _)| zone).collect();
    let mut number: BTreeMap<(usize, &[u64]), usize> = BTreeMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for slot in open() {
        let next = groups.len();
        let group = *number.entry((instance.slot_class[slot], &budget.capacity[slot])).or_insert(next);
        if group == next {
            let give = budget.capacity[slot].iter().map(|&amount| i64::try_from(amount).ok());
            let zone = |(rule, apart): (usize, &Apart)| {
                (!apart.by_host).then(|| zones.binary_search(&(rule, apart.zone[slot])).ok()).flatten()
            };
            groups.push(Group {
                slots: Vec::new(),
                class: instance.slot_class[slot],
                capacity: give.collect::<Option<Vec<_>>>()?,
                zones: instance.aparts.iter().enumerate().map(zone).collect(),
            });
        }
        groups[group].slots.push(slot);
    }
    let within = |r: usize| {
        let sum = groups.iter().try_fold(0i64, |sum, group| {
            sum.checked_add(group.capacity[r].checked_mul(i64::try_from(group.slots.len()).ok()?)?)
        });
        sum.is_some()
    };
    (0..instance.resources).all(within).then_some((groups, zones))
}
