//! Whether a fleet of hosts holds all items when these may be cut: the class LP for a given fleet, whose prices are a cut of
//! the fleet program where it does not (Benders, Numerische Mathematik 4, 1962).
//!
//! The fleet program knows the class LP by few of its cuts. Where hosts are large and unlike each other, a fleet that keeps
//! to these may still miss what the LP asks, and packing into it is in vain.

use super::super::Clock;
use super::super::lp::dual::{End, Tableau};
use super::super::lp::sample::by_direction;
use super::super::lp::{Column, Program, Row};
use super::super::weights::SCALE;
use super::aggregate::{Aggregate, Size};

/// Columns of the linear program at the most: of more sizes averages are made.
const COLUMNS: usize = 4_000;
/// Pivots of one solution.
const PIVOTS: u64 = 20_000;
/// A kind of host of which none is open counts as so many, lest it has any price.
const CLOSED: f64 = 0.02;

/// The class LP of a aggregate, for any fleet.
pub struct Fractional<'a> {
    aggregate: &'a Aggregate<'a>,
    samples: Vec<Sample>,
    /// The columns of samples on kinds of hosts, and all rows.
    program: Program,
}

/// What the class LP says of a fleet.
pub struct FractionalPacking {
    /// Prices of a base unit of each resource on each kind of host, in any unit, by which all items cost the most for
    /// what the fleet costs. Where they cost more than that, the fleet does not hold them.
    pub prices: Vec<Vec<i128>>,
    /// How many items go to which kinds of hosts, so that no resource of any of them is asked for much more than others.
    pub shared: Vec<Shared>,
}

/// How many items of a size go to each of its kinds of hosts.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The items.
    pub size: Size,
    /// For each of the size's hosts; in all as many as there are items.
    pub counts: Vec<u64>,
}

impl<'a> Fractional<'a> {
    /// Prepares the program.
    pub fn new(aggregate: &'a Aggregate<'a>) -> Fractional<'a> {
        let mut fractional =
            Fractional { aggregate, samples: samples(aggregate, aggregate.sizes()), program: Program::default() };
        let rows = fractional.samples.iter().map(|sample| Row { limit: sample.count, equal: true });
        fractional.program.rows = rows.collect();
        let volumes = aggregate.hosts.len() * aggregate.instance.resources;
        fractional.program.rows.extend(std::iter::repeat_n(Row { limit: 0.0, equal: false }, volumes));
        let mut columns = Vec::new();
        for (row, sample) in fractional.samples.iter().enumerate() {
            for &host in sample.hosts() {
                let asked = sample.size.iter().zip(&aggregate.hosts[host].capacity).enumerate();
                let asked = asked.filter(|(_, (size, _))| **size > 0.0);
                let share = |(resource, (size, &give)): (usize, (&f64, &u64))| {
                    (fractional.row(host, resource), size / give.max(1) as f64)
                };
                let entries = [(row, 1.0)].into_iter().chain(asked.map(share)).collect();
                columns.push(Column { cost: 0.0, most: sample.count, entries });
            }
        }
        fractional.program.columns = columns;
        fractional
    }

    /// Whether every size is there as itself.
    pub fn is_exact(&self) -> bool {
        self.samples.iter().all(|sample| sample.of.len() == 1)
    }

    /// The row of a resource of a kind of host; those of the samples come first.
    fn row(&self, host: usize, resource: usize) -> usize {
        self.samples.len() + host * self.aggregate.instance.resources + resource
    }

    /// Solves it for `fleet`. `None` where the clock or the pivots are used up.
    pub fn solve(&self, fleet: &[u64], clock: &dyn Clock) -> Option<FractionalPacking> {
        let resources = self.aggregate.instance.resources;
        let mut program = self.program.clone();
        let open = fleet.iter().map(|&count| (count as f64).max(CLOSED)).enumerate();
        let entries = open.flat_map(|(host, count)| (0..resources).map(move |r| (self.row(host, r), -count)));
        program.columns.push(Column { cost: 1.0, most: f64::INFINITY, entries: entries.collect() });
        let mut tableau = Tableau::new(&program);
        if tableau.solve(f64::INFINITY, PIVOTS, clock) != End::Optimal {
            return None;
        }
        let duals = tableau.duals();
        let unit = |host: usize, resource: usize| {
            let give = self.aggregate.hosts[host].capacity[resource].max(1) as f64;
            (duals[self.row(host, resource)].clamp(0.0, 1e6) * SCALE / give) as i128
        };
        let mut columns = 0..;
        let mut shared = Vec::new();
        for sample in &self.samples {
            let parts = columns.by_ref().take(sample.hosts().len()).map(|column| tableau.values()[column].max(0.0));
            sample.share_out(&parts.collect::<Vec<f64>>(), &mut shared);
        }
        let of_host = |host: usize| (0..resources).map(|resource| unit(host, resource)).collect();
        Some(FractionalPacking { prices: (0..fleet.len()).map(of_host).collect(), shared })
    }
}

/// Some sizes as one, which is their average.
struct Sample {
    of: Vec<Size>,
    count: f64,
    size: Vec<f64>,
}

impl Sample {
    /// The kinds of hosts that take its items: the same for all of them.
    fn hosts(&self) -> &[usize] {
        &self.of[0].hosts
    }

    /// Shares its sizes out as `parts` says of all of them: in whole items, and what is over goes to the next size.
    fn share_out(&self, parts: &[f64], shared: &mut Vec<Shared>) {
        let mut carried = vec![0.0; parts.len()];
        for size in &self.of {
            let scale = size.count as f64 / self.count;
            carried.iter_mut().zip(parts).for_each(|(carried, part)| *carried += part * scale);
            let counts = whole(&carried, size.count);
            carried.iter_mut().zip(&counts).for_each(|(carried, &count)| *carried -= count as f64);
            shared.push(Shared { size: size.clone(), counts });
        }
    }
}

/// `parts` as whole numbers that sum up to `count`: rounded down, then up, or further down, where the most is over.
pub fn whole(parts: &[f64], count: u64) -> Vec<u64> {
    let mut counts = vec![0u64; parts.len()];
    let mut left = count;
    let mut order: Vec<usize> = (0..parts.len()).filter(|&at| parts[at] > 0.0).collect();
    for &at in &order {
        counts[at] = (parts[at].floor() as u64).min(left);
        left -= counts[at];
    }
    order.sort_by(|&a, &b| parts[b].fract().total_cmp(&parts[a].fract()).then(a.cmp(&b)));
    order.into_iter().cycle().take(left as usize).for_each(|at| counts[at] += 1);
    counts
}

/// The sizes, or averages of those that may go to the same hosts and ask for much the same where there are too many.
fn samples(aggregate: &Aggregate, sizes: Vec<Size>) -> Vec<Sample> {
    let most = (COLUMNS / aggregate.hosts.len().max(1)).max(16);
    let at_once = sizes.len().div_ceil(most);
    let asked = |size: &Size| -> Vec<f64> {
        aggregate.items[size.kinds[0] as usize].size.iter().map(|&amount| amount as f64).collect()
    };
    let average = |of: Vec<Size>| {
        let count: f64 = of.iter().map(|size| size.count as f64).sum();
        let mut sum = vec![0.0; aggregate.instance.resources];
        for size in &of {
            sum.iter_mut().zip(asked(size)).for_each(|(sum, amount)| *sum += amount * size.count as f64 / count);
        }
        Sample { of, count, size: sum }
    };
    let mut samples = Vec::new();
    for alike in sizes.chunk_by(|a, b| a.hosts == b.hosts) {
        let parts = by_direction(&alike.iter().map(asked).collect::<Vec<_>>(), at_once);
        samples.extend(parts.into_iter().map(|part| average(part.into_iter().map(|at| alike[at].clone()).collect())));
    }
    samples
}
