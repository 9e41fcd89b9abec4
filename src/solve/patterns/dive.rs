//! Diving: columns of the linear program are fixed one after another, and what is left is solved anew.
//!
//! Columns used (almost) in full are fixed, else one of the largest; column generation goes on for the items that
//! are left, so that the last bins are filled as well as the first (Sadykov et al., INFORMS Journal on Computing 31,
//! 2019). A dive ends where what is left needs more bins than are left. Dives after the first choose at random.

use std::collections::BTreeSet;

use crate::solve::rng::Rng;

use super::columns::{Aim, Root, generate};
use super::problem::{Column, Problem};
use crate::solve::work::Work;

/// A column used as much as this is fixed at once.
const AS_GOOD_AS_ONE: f64 = 0.999;
/// A column is chosen with a probability that grows with this power of how much it is used.
const POWER: i32 = 6;
/// Of more columns than this the older are forgotten, down to the second.
const COLUMNS_KNOWN: (usize, usize) = (6_000, 5_000);
/// Of the slack that the program had at first, a dive may lose this share before columns are priced again.
const LOST: f64 = 0.5;

/// One dive from `root`, the program's solution for all of `rest`. `columns_known` gains the columns made on the way.
pub fn dive(
    problem: &Problem,
    root: &Root,
    columns_known: &mut Vec<Column>,
    full: bool,
    mut rng: Option<&mut Rng>,
    work: &mut Work,
) -> Option<Vec<Column>> {
    let mut rest = problem.rest();
    let slack = (f64::from(rest.open()) - root.value).max(0.0);
    let mut fixed: Vec<Column> = Vec::new();
    let mut used = root.used.clone();
    loop {
        used.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let before = fixed.len();
        for (column, _) in used.iter().filter(|(_, value)| *value > AS_GOOD_AS_ONE) {
            if rest.admits(problem, column) {
                rest.take(problem, column);
                fixed.push(column.clone());
            }
        }
        if fixed.len() == before {
            let clip = |(column, value): &(Column, f64)| Some((rest.clip(problem, column)?, *value));
            let open: Vec<(Column, f64)> = used.iter().filter_map(clip).collect();
            let open: Vec<(Column, f64)> = open.into_iter().filter(|(it, _)| rest.admits(problem, it)).collect();
            let (column, _) = open.get(choose(&open, rng.as_deref_mut()))?;
            rest.take(problem, column);
            fixed.push(column.clone());
        }
        if rest.is_empty() {
            return Some(fixed);
        }
        let left = f64::from(rest.open());
        let aim = Aim { optimum: true, above: left + 1e-6, below: left - LOST * slack, full };
        // What was used before is nearly what will be.
        let before: Vec<Column> = used.into_iter().map(|(column, _)| column).collect();
        let next = generate(problem, &rest, &before, columns_known, aim, work);
        remember(columns_known, &next.columns);
        if next.bound > left + 1e-6 || work.is_over() {
            return None;
        }
        used = next.used;
    }
}

/// The most used one, or by chance one of the most used.
fn choose(used: &[(Column, f64)], rng: Option<&mut Rng>) -> usize {
    let Some(rng) = rng else { return 0 };
    let sum: f64 = used.iter().map(|(_, value)| value.powi(POWER)).sum();
    let mut left = rng.f64() * sum;
    let passed = |(_, value): &(Column, f64)| {
        left -= value.powi(POWER);
        left <= 0.0
    };
    used.iter().position(passed).unwrap_or(0)
}

fn remember(columns_known: &mut Vec<Column>, columns: &[Column]) {
    let known: BTreeSet<&Column> = columns_known.iter().collect();
    let new: Vec<Column> = columns.iter().filter(|column| !known.contains(column)).cloned().collect();
    columns_known.extend(new);
    if columns_known.len() > COLUMNS_KNOWN.0 {
        columns_known.drain(..columns_known.len() - COLUMNS_KNOWN.1);
    }
}
