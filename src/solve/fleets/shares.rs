//! The class LP of groups of hosts: how many hosts of each group are open, and how many items of each class go to each
//! group, when both may be cut. Its weights are what an item of each class costs.

use super::super::Clock;
use super::super::lp::primal::{ColumnProgram, Row};
use super::classes::Classes;
use super::fractional::whole;

/// Pivots at the most.
const PIVOTS: usize = 20_000;
/// What an item that is left out costs, in the mean cost of its volume.
const MISSING: f64 = 20.0;
/// See [`Shares::volume`].
const VOLUME: f64 = 0.2;
/// Hosts give so much more than they have, each group and resource another part of it: a program whose right sides are
/// all 0 makes the simplex stand still.
const PERTURBED: f64 = 1e-4;

/// A solution of the class LP.
pub struct Shares<const R: usize> {
    /// Hosts of each group that are open, rounded up.
    pub open: Vec<u64>,
    /// `[group][class]`: how many items go there.
    pub items: Vec<Vec<u64>>,
    /// What an item of each class costs.
    pub worth: Vec<f64>,
    /// A part of what an item of each class would cost if the resource that it asks for the most were the only one.
    pub volume: Vec<f64>,
    /// What another host of each group would save beyond its cost.
    pub rent: Vec<f64>,
    /// `[group][resource]`: what all of a resource of a host costs.
    pub prices: Vec<[f64; R]>,
}

impl<const R: usize> Shares<R> {
    /// Shares `classes` out at the least cost. `None` where this takes too many pivots, or too long.
    pub fn new(classes: &Classes<R>, clock: &dyn Clock) -> Option<Shares<R>> {
        let volume = volumes(classes);
        let (mut column_program, columns) = program(classes, &volume);
        column_program.solve_within(PIVOTS, clock).then(|| read(classes, &column_program, &columns, volume))
    }
}

/// What an item of each class would cost if the resource that it asks for the most were the only one.
fn volumes<const R: usize>(classes: &Classes<R>) -> Vec<f64> {
    let groups = &classes.groups;
    let cost: f64 = groups.iter().map(|group| group.cost * group.bins.len() as f64).sum();
    let give = |r: usize| groups.iter().map(|g| g.capacity[r] as f64 * g.bins.len() as f64).sum::<f64>();
    let give: Vec<f64> = (0..R).map(give).collect();
    let volume = |size: &[u64; R]| (0..R).map(|r| size[r] as f64 / give[r].max(1.0)).fold(0.0, f64::max);
    classes.classes.iter().map(|class| cost * volume(&class.size).max(1e-9)).collect()
}

/// The class LP: hosts of each group come first, then (group, class) as the columns say.
fn program<const R: usize>(classes: &Classes<R>, volume: &[f64]) -> (ColumnProgram, Vec<(usize, usize)>) {
    let (items, groups) = (&classes.classes, &classes.groups);
    let row = |group: usize, resource: usize| items.len() + group * R + resource;
    let missing = |volume: &f64| Row::AtLeast(MISSING * volume);
    let mut rows: Vec<(f64, Row)> =
        items.iter().zip(volume).map(|(class, volume)| (class.count as f64, missing(volume))).collect();
    for (group, of) in groups.iter().enumerate() {
        let part =
            |r: usize| PERTURBED * of.bins.len() as f64 * (1.0 + (group * R + r) as f64 * 0.618).fract().max(0.1);
        rows.extend((0..R).map(|r| (part(r), Row::AtMost)));
    }
    rows.extend(groups.iter().map(|group| (group.bins.len() as f64, Row::AtMost)));
    let mut column_program = ColumnProgram::new(&rows);
    let mut columns: Vec<(usize, usize)> = Vec::new();
    for (group, of) in groups.iter().enumerate() {
        let mut entries: Vec<(usize, f64)> = (0..R).map(|r| (row(group, r), -1.0)).collect();
        entries.push((items.len() + groups.len() * R + group, 1.0));
        column_program.add(of.cost, entries);
    }
    for (group, of) in groups.iter().enumerate() {
        for &class in &of.takes {
            let size = &items[class].size;
            let parts = (0..R).filter(|&r| size[r] > 0);
            let parts = parts.map(|r| (row(group, r), size[r] as f64 / of.capacity[r].max(1) as f64));
            column_program.add(0.0, std::iter::once((class, 1.0)).chain(parts).collect());
            columns.push((group, class));
        }
    }
    (column_program, columns)
}

fn read<const R: usize>(
    classes: &Classes<R>,
    column_program: &ColumnProgram,
    columns: &[(usize, usize)],
    volume: Vec<f64>,
) -> Shares<R> {
    let (items, groups) = (&classes.classes, &classes.groups);
    let mut open = vec![0; groups.len()];
    let mut parts = vec![vec![0.0; groups.len()]; items.len()];
    for (column, value) in column_program.solution() {
        match column.checked_sub(groups.len()) {
            None => open[column] = ((value - 1e-3).ceil() as u64).min(groups[column].bins.len() as u64),
            Some(column) => parts[columns[column].1][columns[column].0] = value,
        }
    }
    let mut shared = vec![vec![0; items.len()]; groups.len()];
    for (class, parts) in parts.iter().enumerate() {
        let counts = whole(parts, items[class].count);
        counts.into_iter().enumerate().for_each(|(group, count)| shared[group][class] = count);
    }
    let weights = column_program.weights();
    let paid = |row: usize| (-weights[row]).max(0.0);
    let price = |group: usize| std::array::from_fn(|r| paid(items.len() + group * R + r));
    Shares {
        open,
        items: shared,
        worth: weights[..items.len()].iter().map(|weight| weight.max(0.0)).collect(),
        volume: volume.into_iter().map(|volume| VOLUME * volume).collect(),
        rent: (0..groups.len()).map(|group| paid(items.len() + groups.len() * R + group)).collect(),
        prices: (0..groups.len()).map(price).collect(),
    }
}
