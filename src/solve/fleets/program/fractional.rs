//! Whether a fleet of hosts holds all items when these may be cut: the class LP for a given fleet, whose duals are a cut of
//! the fleet program where it does not (Benders, Numerische Mathematik 4, 1962).
//!
//! The fleet program knows the class LP by few of its cuts. Where hosts are large and unlike each other, a fleet that keeps
//! to these may still miss what the LP asks, and packing into it is in vain.

use crate::solve::Clock;
use crate::solve::fleets::aggregate::{Aggregate, Size};
use crate::solve::lp::class::{Bins, ClassLp, Items, Objective, Place};
use crate::solve::lp::dual::{End, Tableau};
use crate::solve::lp::sample::{Sample, averages};

/// Columns of the linear program at the most: of more sizes averages are made.
const COLUMNS: usize = 4_000;
/// With more kinds of items times kinds of hosts nobody asks for it: where each kind goes is kept in full.
const PLACES: usize = 10_000_000;
/// Pivots of one solution.
const PIVOTS: u64 = 20_000;
/// A kind of host of which none is open counts as so many, lest it has any price.
const CLOSED: f64 = 0.02;

/// No dual counts as more.
const DEAREST: f64 = 1e6;

/// The class LP of an aggregate, for any fleet.
pub struct Fractional {
    sizes: Vec<Size>,
    samples: Vec<Sample>,
    lp: ClassLp,
}

/// What the class LP says of a fleet.
pub struct FractionalPacking {
    /// Duals of a base unit of each resource on each kind of host, in any unit, by which all items cost the most for
    /// what the fleet costs. Where they cost more than that, the fleet does not hold them.
    pub duals: Vec<Vec<i128>>,
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

impl Fractional {
    /// Prepares the program; `None` where it would be too large.
    pub fn new(aggregate: &Aggregate) -> Option<Fractional> {
        if aggregate.items.len().saturating_mul(aggregate.hosts.len()) > PLACES {
            return None;
        }
        let sizes = aggregate.sizes(usize::MAX)?;
        let samples = samples(aggregate, &sizes);
        let items = |sample: &Sample| Items {
            count: sample.count,
            size: sample.size.clone(),
            places: sizes[sample.of[0]].hosts.iter().map(|&bins| Place { bins, ..Place::default() }).collect(),
        };
        let items: Vec<Items> = samples.iter().map(items).collect();
        let bins: Vec<Bins> =
            aggregate.hosts.iter().map(|host| Bins { count: 1.0, capacity: &host.capacity }).collect();
        let lp = ClassLp::new(Objective::Share, &items, &bins, std::iter::empty(), None);
        Some(Fractional { sizes, samples, lp })
    }

    /// Whether every size is there as itself.
    pub fn is_exact(&self) -> bool {
        self.samples.iter().all(|sample| sample.of.len() == 1)
    }

    /// Solves it for `fleet`. `None` where the clock or the pivots are used up.
    pub fn solve(&self, fleet: &[u64], clock: &dyn Clock) -> Option<FractionalPacking> {
        let mut lp = self.lp.clone();
        lp.count(fleet.iter().map(|&count| (count as f64).max(CLOSED)));
        let mut tableau = Tableau::new(&lp.program);
        if tableau.solve(f64::INFINITY, PIVOTS, clock) != End::Optimal {
            return None;
        }
        let duals: Vec<f64> = tableau.duals().into_iter().map(|dual| dual.min(DEAREST)).collect();
        let mut values = tableau.values().iter().map(|value| value.max(0.0));
        let mut shared = Vec::new();
        for sample in &self.samples {
            // Those that it averages may go to the same hosts.
            let hosts = self.sizes[sample.of[0]].hosts.len();
            self.share_out(sample, &values.by_ref().take(hosts).collect::<Vec<f64>>(), &mut shared);
        }
        Some(FractionalPacking { duals: lp.whole(&duals, 1.0).share, shared })
    }

    /// Shares the sizes of a sample out as `parts` says of all of them: in whole items, and what is over goes to the next
    /// size.
    fn share_out(&self, sample: &Sample, parts: &[f64], shared: &mut Vec<Shared>) {
        let mut carried = vec![0.0; parts.len()];
        for size in sample.of.iter().map(|&size| &self.sizes[size]) {
            let scale = size.count as f64 / sample.count;
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
fn samples(aggregate: &Aggregate, sizes: &[Size]) -> Vec<Sample> {
    let most = (COLUMNS / aggregate.hosts.len().max(1)).max(16);
    let at_once = sizes.len().div_ceil(most);
    let of = |size: usize| -> (f64, Vec<f64>) {
        let amounts = &aggregate.items[sizes[size].kinds[0] as usize].size;
        (sizes[size].count as f64, amounts.iter().map(|&amount| amount as f64).collect())
    };
    let all: Vec<usize> = (0..sizes.len()).collect();
    let alike = all.chunk_by(|&a, &b| sizes[a].hosts == sizes[b].hosts);
    alike.flat_map(|alike| averages(alike, of, at_once)).collect()
}
