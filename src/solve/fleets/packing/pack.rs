//! Packing into exactly the hosts given: empties a few hosts at a time and refills them together with some of what has
//! no place, so that the worth of what has no place falls (simulated annealing after Kirkpatrick, Gelatt and Vecchi,
//! Science 220, 1983, over ruin-and-recreate steps: Schrimpf and others, Journal of Computational Physics 159, 2000).

use crate::solve::rng::Rng;

use super::apportion;
use super::fill::{Draw, Filler, OpenBin, Unassigned};
use super::residual::{self, ResidualDemand};
use crate::solve::Clock;
use crate::solve::fleets::aggregate::Aggregate;
use crate::solve::fleets::program::fractional::Shared;
use crate::solve::instance::Bin;
use crate::solve::work::Work;

/// Hosts emptied at once, at the most.
const EMPTIED: usize = 3;
/// Of a host that holds more items only so many are taken.
const TAKEN: usize = 12;
/// With so many items in hand no third host is emptied.
const IN_HAND: usize = 40;
/// Items without a place that take part in a step.
const SAMPLE: usize = 16;
/// How hosts are refilled. Less noise than half of the worth fails (measured), for the order hardly changes then.
const DRAW: Draw = Draw { tries: 2, noise: 0.5 };
/// How much uneven filling counts against worth without a place.
const GUIDE: f64 = 0.3;
/// The temperature falls from the first to the second of these, in mean prices of a host.
const TEMPERATURE: (f64, f64) = (0.02, 0.000_5);
/// The temperature is lowered, and the clock read, once in so many steps.
const LOOK: u64 = 512;
/// With more items a host than this the first fill looks at what is left of the host for each item.
const CROWDED: usize = 16;
/// Fits looked at in the first fill, about.
const FIRST_FILL: usize = 200_000_000;

/// What hosts hold: for each, its bin and the kinds of its items.
pub type Contents = Vec<(Bin, Vec<u32>)>;

/// A packing that may be incomplete.
#[derive(Clone, Debug, Default)]
pub struct Packing {
    /// What the hosts hold, empty ones included.
    pub contents: Contents,
    /// What has no place.
    pub left: Unassigned,
}

/// Packs into the hosts `open`, in `steps` steps; first as `shared` says, where it is known how many items go to which
/// kind of host. The worth of an item of each kind is about its share of the price.
#[expect(clippy::too_many_arguments, reason = "what is packed into what, and for how long")]
pub fn pack<const R: usize>(
    aggregate: &Aggregate,
    open: &[Bin],
    shared: Option<&[Shared]>,
    worth: &[f64],
    price: Vec<f64>,
    steps: u64,
    seed: u64,
    clock: &dyn Clock,
) -> Packing {
    let mut run = Run::<R>::new(Filler::new(aggregate, worth, price, Rng::with_seed(seed)));
    match shared {
        Some(shared) => run.apportion(open, shared),
        None if aggregate.instance.items.len() > CROWDED * open.len() => run.first_level_fill(open, clock),
        None => run.first_fill(open, clock),
    }
    run.missing = run.left.iter().map(|&item| f64::from(run.filler.worth[item as usize])).sum();
    run.keep_best();
    run.anneal(steps, clock);
    Packing {
        contents: run.best.into_iter().map(|open_bin| (open_bin.bin, open_bin.items)).collect(),
        left: run.best_left,
    }
}

struct Run<'a, const R: usize> {
    filler: Filler<'a, R>,
    open_bins: Vec<OpenBin<R>>,
    left: Unassigned,
    /// What `left` is worth.
    missing: f64,
    best: Vec<OpenBin<R>>,
    best_left: Unassigned,
    best_missing: f64,
    emptied: Vec<OpenBin<R>>,
    /// What stays on the emptied hosts, where they held much.
    kept: Vec<OpenBin<R>>,
    refilled: Vec<OpenBin<R>>,
    unassigned: Unassigned,
    sample: Unassigned,
}

impl<'a, const R: usize> Run<'a, R> {
    fn new(filler: Filler<'a, R>) -> Run<'a, R> {
        Run {
            filler,
            open_bins: Vec::new(),
            left: Vec::new(),
            missing: 0.0,
            best: Vec::new(),
            best_left: Vec::new(),
            best_missing: f64::INFINITY,
            emptied: Vec::new(),
            kept: Vec::new(),
            refilled: Vec::new(),
            unassigned: Vec::new(),
            sample: Vec::new(),
        }
    }

    /// Deals items among all hosts, so many of each size to each kind of host.
    fn apportion(&mut self, open: &[Bin], shared: &[Shared]) {
        self.open_bins = open.iter().map(|&bin| self.filler.empty(bin)).collect();
        self.left = apportion::apportion(&mut self.filler, &mut self.open_bins, shared);
    }

    /// Fills host by host, in random order, such that all resources of a host run out together.
    fn first_level_fill(&mut self, open: &[Bin], clock: &dyn Clock) {
        self.open_bins = open.iter().map(|&bin| self.filler.empty(bin)).collect();
        let (mut residual, pinned) = ResidualDemand::new(&self.filler);
        let pinned = residual::place_pinned(&mut self.filler, &mut self.open_bins, pinned);
        self.filler.rng.shuffle(&mut self.open_bins);
        let mut open_bins = std::mem::take(&mut self.open_bins);
        open_bins.iter_mut().take_while(|_| !clock.is_over()).for_each(|it| residual.fill(&mut self.filler, it));
        self.open_bins = open_bins;
        self.left = residual.left();
        self.left.extend(pinned);
    }

    /// Fills host by host, each time one of the kind that takes the most worth for its price.
    fn first_fill(&mut self, open: &[Bin], clock: &dyn Clock) {
        let aggregate = self.filler.aggregate;
        let mut free: Vec<Vec<Bin>> = vec![Vec::new(); aggregate.hosts.len()];
        open.iter().rev().for_each(|&bin| free[self.filler.kind(bin)].push(bin));
        let mut order: Vec<u32> = (0..aggregate.items.len() as u32).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            // Bound ones first: they have less to choose from.
            let bound = |kind: usize| aggregate.items[kind].pinned;
            bound(b).cmp(&bound(a)).then(self.filler.worth[b].total_cmp(&self.filler.worth[a])).then(a.cmp(&b))
        });
        let mut count: Vec<usize> = aggregate.items.iter().map(|item| item.items.len()).collect();
        let kinds = (FIRST_FILL / (open.len() * order.len()).max(1)).max(1);
        while free.iter().any(|bins| !bins.is_empty()) && !clock.is_over() {
            let mut candidates: Vec<usize> = (0..free.len()).filter(|&kind| !free[kind].is_empty()).collect();
            self.filler.rng.shuffle(&mut candidates);
            candidates.truncate(kinds);
            let fills: Vec<OpenBin<R>> = (candidates.iter())
                .map(|&kind| self.plain_fill(free[kind][free[kind].len() - 1], &order, &count))
                .collect();
            let fullest = fills.into_iter().max_by(|a, b| self.filler.fullness(a).total_cmp(&self.filler.fullness(b)));
            let Some(open_bin) = fullest else { break };
            free[self.filler.kind(open_bin.bin)].pop();
            open_bin.items.iter().for_each(|&item| count[item as usize] -= 1);
            self.filler.count_all(&open_bin, true);
            self.open_bins.push(open_bin);
            order.retain(|&kind| count[kind as usize] > 0);
        }
        self.open_bins.extend(free.into_iter().flatten().map(|bin| self.filler.empty(bin)));
        self.left = order.iter().flat_map(|&kind| std::iter::repeat_n(kind, count[kind as usize])).collect();
    }

    /// What goes on the empty `bin` when kinds of items are taken in `order`, as many of each as fit.
    fn plain_fill(&mut self, bin: Bin, order: &[u32], count: &[usize]) -> OpenBin<R> {
        let mut open_bin = self.filler.empty(bin);
        for &item in order {
            for _ in 0..count[item as usize] {
                if !self.filler.fits(&open_bin, item) {
                    break;
                }
                self.filler.put(&mut open_bin, item);
                // Two of one kind share all rules, and keep apart.
                if !self.filler.aggregate.items[item as usize].aparts.is_empty() {
                    break;
                }
            }
        }
        self.filler.count_all(&open_bin, false);
        open_bin
    }

    fn anneal(&mut self, steps: u64, clock: &dyn Clock) {
        if self.open_bins.is_empty() {
            return;
        }
        let price = |open_bin: &OpenBin<R>| self.filler.price[self.filler.kind(open_bin.bin)];
        let mean = self.open_bins.iter().map(price).sum::<f64>() / self.open_bins.len() as f64;
        let mut temperature = mean * TEMPERATURE.0;
        let looks = steps.div_ceil(LOOK);
        let factor = (TEMPERATURE.1 / TEMPERATURE.0).powf(1.0 / looks.max(1) as f64);
        let mut work = Work::looking(steps, LOOK, clock);
        loop {
            for _ in 0..LOOK {
                if self.left.is_empty() {
                    return self.keep_best();
                }
                self.step(temperature);
            }
            // Not at every step: the copy takes as long as many of them.
            if self.missing < self.best_missing - 1e-9 {
                self.keep_best();
            }
            if !work.spend(LOOK) {
                return;
            }
            temperature *= factor;
        }
    }

    fn keep_best(&mut self) {
        self.best_missing = self.missing;
        self.best.clone_from(&self.open_bins);
        self.best_left.clone_from(&self.left);
    }

    /// Empties some hosts and refills them; goes back where that is worse by more than chance allows.
    fn step(&mut self, temperature: f64) {
        let guide_before = self.empty_some();
        let worth_of = |filler: &Filler<R>, items: &[u32]| -> f64 {
            items.iter().map(|&item| f64::from(filler.worth[item as usize])).sum()
        };
        let many = self.left.len().min(SAMPLE);
        for position in 0..many {
            let other = self.filler.rng.usize(position..self.left.len());
            self.left.swap(position, other);
        }
        self.sample.clear();
        self.sample.extend_from_slice(&self.left[..many]);
        self.unassigned.extend_from_slice(&self.sample);
        let left_before = worth_of(&self.filler, &self.sample);
        self.filler.rng.shuffle(&mut self.kept);
        let mut guide_after = 0.0;
        for kept in self.kept.drain(..) {
            let open_bin = self.filler.fill(kept, &mut self.unassigned, DRAW);
            guide_after += self.filler.guide(&open_bin);
            self.refilled.push(open_bin);
        }
        let left_after = worth_of(&self.filler, &self.unassigned);
        let rise = left_after - left_before - GUIDE * (guide_after - guide_before);
        let allowed = -temperature * self.filler.rng.f64().max(1e-12).ln();
        if rise <= allowed {
            self.emptied.clear();
            self.open_bins.append(&mut self.refilled);
            self.left.drain(..many);
            self.left.extend_from_slice(&self.unassigned);
            self.missing += left_after - left_before;
        } else {
            for open_bin in self.refilled.drain(..) {
                self.filler.count_all(&open_bin, false);
            }
            for open_bin in self.emptied.drain(..) {
                self.filler.count_all(&open_bin, true);
                self.open_bins.push(open_bin);
            }
        }
        self.unassigned.clear();
    }

    /// Takes one to three hosts out, rather those of little worth for their price, and their items, or some of them, into
    /// the unassigned. What the guide said of them.
    fn empty_some(&mut self) -> f64 {
        let mut guide = 0.0;
        for _ in 0..1 + self.filler.rng.usize(..EMPTIED) {
            if self.open_bins.is_empty() || (self.emptied.len() >= 2 && self.unassigned.len() > IN_HAND) {
                break;
            }
            let emptier = self.filler.emptier_of_two(&self.open_bins);
            let open_bin = self.open_bins.swap_remove(emptier);
            guide += self.filler.guide(&open_bin);
            self.kept.push(self.filler.thinned(&open_bin, TAKEN, &mut self.unassigned));
            self.emptied.push(open_bin);
        }
        guide
    }
}
