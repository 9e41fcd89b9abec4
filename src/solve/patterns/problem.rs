//! A packing question as patterns see it: classes of items, groups of interchangeable bins, and what they share.

use std::collections::BTreeMap;

use super::columns::Duals;
use super::pricing::Sizes;
use crate::certificate::ItemIndex;
use crate::solve::instance::{Apart, Bin, Instance};
use crate::solve::restricted::{RestrictedInstance, open_bins};
use crate::solve::types::{self, BinType, ItemType};

/// Classes of items to pack into groups of bins.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Interchangeable items, together.
    pub classes: Vec<Class>,
    /// Interchangeable open bins, together.
    pub groups: Vec<Group>,
    /// How many resources there are.
    pub resources: usize,
    /// How many `apart` rules there are: a bin takes at most one item of each.
    pub rules: usize,
    /// Domains of rules by label that several open bins share: (rule, domain). All their bins together take one item.
    pub domains: Vec<(usize, usize)>,
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

/// Interchangeable bins.
#[derive(Clone, Debug)]
pub struct Group {
    /// Which bins of the instance.
    pub bins: Vec<Bin>,
    /// Their class in the instance.
    pub class: usize,
    /// What each gives: an entry for each resource.
    pub capacity: Vec<i64>,
    /// For each rule, the position of its domain in [`Problem::domains`], where that is shared.
    pub domains: Vec<Option<usize>>,
}

/// A set of items that fits one bin of a group.
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
    /// How many bins of each group.
    pub bins: Vec<u32>,
    /// How many containers may move.
    pub moves: Option<u64>,
    /// For each of [`Problem::domains`], whether it is free.
    pub domains: Vec<bool>,
}

impl Problem {
    /// The question whether everything fits within `restricted`. `None` where an item fits on no open bin, or amounts
    /// are so large that their sums are out of range.
    pub fn new(instance: &Instance, restricted: &RestrictedInstance) -> Option<Problem> {
        let (groups, domains) = groups(instance, restricted)?;
        let class = |of: ItemType| -> Option<Class> {
            let items = of.items;
            let item = &instance.items[items[0]];
            let size = signed(&of.size)?;
            let place = |group: &Group| {
                let bin = group.bins[0];
                let moved = item.moves(bin);
                let fits = size.iter().zip(&group.capacity).all(|(size, give)| size <= give);
                // What the duals cannot say is left to them: a price on moves that none can pay bars them all.
                let still = restricted.moves != Some(0) || moved == 0;
                (instance.may_go(items[0], bin) && fits && still).then_some(moved)
            };
            let groups: Vec<Option<u64>> = groups.iter().map(place).collect();
            let placeable = groups.iter().any(Option::is_some);
            placeable.then_some(Class { rules: of.aparts, items, size, groups })
        };
        let classes = types::interchangeable_items(instance).into_iter().map(class).collect::<Option<Vec<_>>>()?;
        Some(Problem {
            classes,
            groups,
            resources: instance.resources,
            rules: instance.aparts.len(),
            domains,
            moves: restricted.moves,
        })
    }

    /// The same question with every item a class of its own, and `duals` for it.
    pub fn single_items(&self, duals: &Duals) -> (Problem, Duals) {
        let alone = |class: &Class| {
            let of = class.clone();
            class.items.clone().into_iter().map(move |item| Class { items: vec![item], ..of.clone() })
        };
        let worth = |(class, &worth): (&Class, &i64)| vec![worth; class.items.len()];
        let items = self.classes.iter().zip(&duals.items).flat_map(worth).collect();
        let problem = Problem { classes: self.classes.iter().flat_map(alone).collect(), ..self.clone() };
        (problem, Duals { items, ..duals.clone() })
    }

    /// Everything still to be packed.
    pub fn rest(&self) -> Rest {
        Rest {
            items: self.classes.iter().map(|class| class.items.len() as u32).collect(),
            bins: self.groups.iter().map(|group| group.bins.len() as u32).collect(),
            moves: self.moves,
            domains: vec![true; self.domains.len()],
        }
    }

    /// How many containers move when `column` is used.
    pub fn moves(&self, column: &Column) -> u64 {
        let moved = |&(class, count): &(usize, u32)| {
            self.classes[class].groups[column.group].unwrap_or(0).saturating_mul(u64::from(count))
        };
        column.items.iter().map(moved).sum()
    }

    /// The shared domains of rules by label that `column` takes.
    pub fn domains(&self, column: &Column) -> Vec<usize> {
        let rules = column.items.iter().flat_map(|(class, _)| &self.classes[*class].rules);
        rules.filter_map(|&rule| self.groups[column.group].domains[rule]).collect()
    }

    /// What a bin of the group has left of each resource when it holds `column`; `None` where it is overfilled, a
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

    /// The bin of every item when `columns` are used, a bin for each; `None` where they leave an item out or there
    /// are more of a group than it has bins. Items packed more than once stay where they came first.
    pub fn assignment(&self, columns: &[Column], items: usize) -> Option<Vec<Bin>> {
        let mut bin_of = vec![None; items];
        let mut next = vec![0usize; self.classes.len()];
        let mut opened = vec![0usize; self.groups.len()];
        for column in columns {
            let bin = *self.groups[column.group].bins.get(opened[column.group])?;
            opened[column.group] += 1;
            for &(class, count) in &column.items {
                let members = &self.classes[class].items[next[class]..];
                let some = members.len().min(count as usize);
                members[..some].iter().for_each(|&item| bin_of[item] = Some(bin));
                next[class] += some;
            }
        }
        bin_of.into_iter().collect()
    }

    /// The columns of a packing: one for each bin that holds anything.
    pub fn columns(&self, assignment: &[Bin]) -> Vec<Column> {
        let mut group_of: BTreeMap<Bin, usize> = BTreeMap::new();
        for (group, of) in self.groups.iter().enumerate() {
            of.bins.iter().for_each(|&bin| _ = group_of.insert(bin, group));
        }
        let mut held: BTreeMap<Bin, BTreeMap<usize, u32>> = BTreeMap::new();
        for (class, of) in self.classes.iter().enumerate() {
            for &item in &of.items {
                if group_of.contains_key(&assignment[item]) {
                    *held.entry(assignment[item]).or_default().entry(class).or_default() += 1;
                }
            }
        }
        held.into_iter()
            .map(|(bin, items)| Column { group: group_of[&bin], items: items.into_iter().collect() })
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

    /// How many bins are left.
    pub fn open(&self) -> u32 {
        self.bins.iter().sum()
    }

    /// Whether `column` can still be used as it is.
    pub fn admits(&self, problem: &Problem, column: &Column) -> bool {
        self.bins[column.group] > 0
            && column.items.iter().all(|&(class, count)| self.items[class] >= count)
            && self.moves.is_none_or(|limit| problem.moves(column) <= limit)
            && problem.domains(column).iter().all(|&domain| self.domains[domain])
    }

    /// Uses `column`, which is admitted.
    pub fn take(&mut self, problem: &Problem, column: &Column) {
        self.bins[column.group] -= 1;
        column.items.iter().for_each(|&(class, count)| self.items[class] -= count);
        self.moves = self.moves.map(|limit| limit - problem.moves(column));
        problem.domains(column).into_iter().for_each(|domain| self.domains[domain] = false);
    }

    /// `column` without what is packed already; `None` where nothing remains, or there is no bin or domain for it.
    pub fn clip(&self, problem: &Problem, column: &Column) -> Option<Column> {
        let left = |&(class, count): &(usize, u32)| Some((class, count.min(self.items[class]))).filter(|(_, n)| *n > 0);
        let clipped = Column { group: column.group, items: column.items.iter().filter_map(left).collect() };
        let free = self.bins[column.group] > 0 && problem.domains(&clipped).iter().all(|&domain| self.domains[domain]);
        (free && !clipped.items.is_empty()).then_some(clipped)
    }

    /// How much of each resource the bins that are left have beyond what is asked of them.
    pub fn slack(&self, problem: &Problem) -> Vec<i64> {
        let there = |r: usize| -> i64 {
            problem.groups.iter().zip(&self.bins).map(|(group, &count)| group.capacity[r] * i64::from(count)).sum()
        };
        let asked = |r: usize| -> i64 {
            problem.classes.iter().zip(&self.items).map(|(class, &count)| class.size[r] * i64::from(count)).sum()
        };
        (0..problem.resources).map(|resource| there(resource) - asked(resource)).collect()
    }
}

type Domains = Vec<(usize, usize)>;

/// The open bins that are interchangeable, in groups, and the domains that they share.
fn groups(instance: &Instance, restricted: &RestrictedInstance) -> Option<(Vec<Group>, Domains)> {
    let open = || open_bins(&restricted.open);
    let mut sharing: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (rule, apart) in instance.aparts.iter().enumerate().filter(|(_, apart)| !apart.by_host) {
        open().for_each(|bin| *sharing.entry((rule, apart.domain[bin])).or_default() += 1);
    }
    let domains: Domains = sharing.into_iter().filter(|(_, bins)| *bins > 1).map(|(domain, _)| domain).collect();
    let group = |of: BinType| -> Option<Group> {
        let first = of.bins[0];
        let domain = |(rule, apart): (usize, &Apart)| {
            (!apart.by_host).then(|| domains.binary_search(&(rule, apart.domain[first])).ok()).flatten()
        };
        Some(Group {
            class: instance.bin_class[first],
            capacity: signed(&of.capacity)?,
            domains: instance.aparts.iter().enumerate().map(domain).collect(),
            bins: of.bins,
        })
    };
    let groups = types::interchangeable_bins(instance, restricted, |_| 0);
    let groups = groups.into_iter().map(group).collect::<Option<Vec<Group>>>()?;
    let within = |r: usize| {
        let sum = groups.iter().try_fold(0i64, |sum, group| {
            sum.checked_add(group.capacity[r].checked_mul(i64::try_from(group.bins.len()).ok()?)?)
        });
        sum.is_some()
    };
    (0..instance.resources).all(within).then_some((groups, domains))
}

/// Amounts from which others can be taken; `None` where one is out of range.
fn signed(amounts: &[u64]) -> Option<Vec<i64>> {
    amounts.iter().map(|&amount| i64::try_from(amount).ok()).collect()
}
