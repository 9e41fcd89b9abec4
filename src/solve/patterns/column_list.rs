//! The list: every column that a packing of all items into equal bins can use, where these are few enough to be listed.
//!
//! By duals that fall short of a refutation by *slack*, no bin of a packing holds a column that is worth less than
//! the best by more than that, nor one that leaves more of a resource than all bins have to spare together. What is
//! listed is settled by `pairs.rs`, which cases of a static list need no pricing (Ryan and Foster, in: Computer
//! Scheduling of Public Transport, 1981).

use super::columns::Duals;
use super::pricing::{Knapsack, Offer};
use super::problem::{Column, Problem};
use crate::solve::work::Work;

/// Of more columns than this no list is made.
const COLUMNS: usize = 100_000;

/// Columns by the items that they hold.
#[derive(Clone, Debug)]
pub struct ColumnList {
    items: Vec<u32>,
    /// Where each column ends in `items`, and before them 0.
    ends: Vec<usize>,
    /// How many items there are.
    pub rows: usize,
}

impl ColumnList {
    /// The columns of `problem`, whose classes are single items and whose bins are alike, that a packing can use by
    /// `duals`; those worth the most first. `None` where there are too many, or the work is done before.
    pub fn new(problem: &Problem, duals: &Duals, work: &mut Work) -> Option<ColumnList> {
        let rest = problem.rest();
        let (worth, room) = duals.sides(&rest);
        let most = *duals.bins.first()?;
        let least = i64::try_from(i128::from(most) - (room - worth)).ok()?.max(0);
        let spare = rest.slack(problem);
        let offers = duals.items.iter().enumerate().map(|(class, &worth)| Offer { class, worth, most: 1 });
        let capacity = &problem.groups[0].capacity;
        // Items that are worth nothing fill bins, too: they are offered as the others are.
        let knapsack = Knapsack::new(capacity, problem, problem.rules, offers.collect(), Some(&spare), work);
        let mut found = knapsack.all(least - 1, COLUMNS, work);
        if !found.exact {
            return None;
        }
        found.columns.sort_unstable_by(|a, b| b.cmp(a));
        let mut list = ColumnList { items: Vec::new(), ends: vec![0], rows: problem.classes.len() };
        for (_, column) in found.columns.into_iter().filter(|(_, column)| !column.is_empty()) {
            list.items.extend(column.iter().map(|&(class, _)| class as u32));
            list.ends.push(list.items.len());
        }
        Some(list)
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// How many items all columns hold together.
    pub fn extent(&self) -> usize {
        self.items.len()
    }

    /// The items of a column, ascending.
    pub fn column(&self, number: usize) -> &[u32] {
        &self.items[self.ends[number]..self.ends[number + 1]]
    }

    /// A column in the terms of the problem.
    pub fn spell(&self, number: usize) -> Column {
        Column { group: 0, items: self.column(number).iter().map(|&item| (item as usize, 1)).collect() }
    }
}
