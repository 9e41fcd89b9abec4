//! The class LP of groups of hosts: how many hosts of each group are open, and how many items of each class go to each
//! group, when both may be cut. Its duals are what an item of each class costs.

use std::iter::repeat;

use super::classes::{Class, Classes};
use crate::solve::Clock;
use crate::solve::fleets::program::fractional::whole;
use crate::solve::lp::class::{Bins, ClassLp, Items, Objective, Place};
use crate::solve::lp::primal::{ColumnProgram, Sense};

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
    pub duals: Vec<[f64; R]>,
}

impl<const R: usize> Shares<R> {
    /// Shares `classes` out at the least cost. `None` where this takes too many pivots, or too long.
    pub fn new(classes: &Classes<R>, clock: &dyn Clock) -> Option<Shares<R>> {
        let volume = volumes(classes);
        let (lp, mut column_program) = program(classes, &volume);
        column_program.solve_within(PIVOTS, clock).then(|| read(classes, &lp, &column_program, volume))
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

/// The class LP as columns, with the rows that bound how many hosts of each group are open. Items may be left out.
fn program<const R: usize>(classes: &Classes<R>, volume: &[f64]) -> (ClassLp, ColumnProgram) {
    let groups = &classes.groups;
    let items = |(at, of): (usize, &Class<R>)| Items {
        count: of.count as f64,
        size: of.size.iter().map(|&size| size as f64).collect(),
        places: (0..groups.len())
            .filter(|&bins| groups[bins].takes.binary_search(&at).is_ok())
            .map(|bins| Place { bins, ..Place::default() })
            .collect(),
    };
    let items: Vec<Items> = classes.classes.iter().enumerate().map(items).collect();
    let costs: Vec<f64> = groups.iter().map(|group| group.cost).collect();
    let bins: Vec<Bins> =
        groups.iter().map(|of| Bins { count: of.bins.len() as f64, capacity: &of.capacity }).collect();
    let lp = ClassLp::new(Objective::Cost(&costs), &items, &bins, std::iter::empty(), None);
    let mut rows: Vec<(f64, Sense)> = (lp.program.rows.iter().zip(volume.iter().map(Some).chain(repeat(None))))
        .map(|(row, volume)| (row.limit, volume.map_or(Sense::AtMost, |volume| Sense::AtLeast(MISSING * volume))))
        .collect();
    for (group, of) in lp.share.iter().enumerate() {
        let part = |r: usize| PERTURBED * bins[group].count * (1.0 + (group * R + r) as f64 * 0.618).fract().max(0.1);
        of.iter().enumerate().for_each(|(r, row)| row.iter().for_each(|&row| rows[row].0 = part(r)));
    }
    rows.extend(bins.iter().map(|bins| (bins.count, Sense::AtMost)));
    let mut column_program = ColumnProgram::new(&rows);
    for (at, column) in lp.program.columns.iter().enumerate() {
        let opens = at.checked_sub(lp.places.len()).map(|group| (lp.program.rows.len() + group, 1.0));
        column_program.add(column.cost, column.entries.iter().copied().chain(opens).collect());
    }
    (lp, column_program)
}

fn read<const R: usize>(
    classes: &Classes<R>,
    lp: &ClassLp,
    column_program: &ColumnProgram,
    volume: Vec<f64>,
) -> Shares<R> {
    let (items, groups) = (&classes.classes, &classes.groups);
    let mut open = vec![0; groups.len()];
    let mut parts = vec![vec![0.0; groups.len()]; items.len()];
    for (column, value) in column_program.solution() {
        match lp.places.get(column) {
            Some(&(class, group)) => parts[class][group] = value,
            None => {
                let group = column - lp.places.len();
                open[group] = ((value - 1e-3).ceil() as u64).min(groups[group].bins.len() as u64);
            }
        }
    }
    let mut shared = vec![vec![0; items.len()]; groups.len()];
    for (class, parts) in parts.iter().enumerate() {
        let counts = whole(parts, items[class].count);
        counts.into_iter().enumerate().for_each(|(group, count)| shared[group][class] = count);
    }
    let duals = column_program.duals();
    let paid = |row: usize| (-duals[row]).max(0.0);
    let of_group = |group: usize| std::array::from_fn(|r| lp.share[group][r].map_or(0.0, paid));
    Shares {
        open,
        items: shared,
        worth: duals[..items.len()].iter().map(|dual| dual.max(0.0)).collect(),
        volume: volume.into_iter().map(|volume| VOLUME * volume).collect(),
        rent: (0..groups.len()).map(|group| paid(lp.program.rows.len() + group)).collect(),
        duals: (0..groups.len()).map(of_group).collect(),
    }
}
