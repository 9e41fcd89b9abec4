//! Larger carriers, and more of them: what is changed by a line and costs nothing where the hosts have the room.

use std::collections::BTreeSet;

use super::amounts::{changed, step};
use super::counts::{called, said_by};
use super::probe::{Prober, each_least, least, yes};
use super::{Kind, Remedy};
use crate::model::{Amount, Change, HostIndex, Layout, Of, Own, ResourceIndex};
use crate::quantity::LARGEST_AMOUNT;

/// At most so many kinds of carriers are tried.
const MOST_TRIED: usize = 12;

/// The rungs at which larger carriers and more of them are tried, and of how many a carrier is as large again.
const RUNGS: [u64; 14] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
const RUNGS_OF_ONE: u64 = 16;

/// The least larger that carriers of each kind have to be.
pub fn larger(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    kinds(layout).into_iter().filter_map(|of| Grown::new(layout, of)).flat_map(|grown| grown.remedies(prober)).collect()
}

/// The fewest more carriers of each kind that do.
pub fn more(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let remedy = |of: Of| {
        let (who, its) = called(layout, of);
        let now = its.containers.len();
        let change = |more: u64| [Change::Replicas { of, replicas: now + more as usize }];
        let fits = |more: u64| prober.fits(&change(more));
        // More than the hosts take is no remedy either.
        let rung = RUNGS.into_iter().find(|&more| yes(fits(more)))?;
        let (more, is_least) = least(rung, 1, fits)?;
        let text = format!("{who}: replicas {now} -> {}", now + more as usize);
        prober.remedy(Kind::Carrier, text, &change(more), is_least)
    };
    let counted = |of: &Of| called(layout, *of).1.counted;
    kinds(layout).into_iter().filter(counted).filter_map(remedy).collect()
}

/// The carriers that are there, by who says how large they are and how many.
fn kinds(layout: &Layout) -> Vec<Of> {
    let carriers = layout.demand.services.iter().enumerate().filter(|(_, its)| its.carries.is_some());
    let kinds: BTreeSet<Of> =
        carriers.map(|(service, its)| said_by(layout, service, its.made.own != Own::default())).collect();
    kinds.into_iter().take(MOST_TRIED).collect()
}

/// Carriers of one kind that could be larger.
struct Grown {
    of: Of,
    /// In what they are as large as they say.
    lines: Vec<Line>,
}

/// What a carrier requests of a resource.
struct Line {
    /// How much at each time.
    times: Vec<(ResourceIndex, u64)>,
    /// The most of that.
    now: u64,
    /// In what steps it grows.
    step: u64,
}

impl Line {
    fn of(layout: &Layout, resource: ResourceIndex, request: &[Amount]) -> Line {
        let times = layout.lab.at_all_times(resource).into_iter();
        let times: Vec<(ResourceIndex, u64)> = times.map(|it| (it, request[it].value)).collect();
        let now = times.iter().map(|(_, now)| *now).max().unwrap_or(0);
        Line { now, step: step(&layout.lab.resources[resource], now), times }
    }

    /// After so many steps.
    fn larger(&self, steps: u64) -> u64 {
        let most = LARGEST_AMOUNT / self.step;
        (self.now / self.step).saturating_add(steps).min(most) * self.step
    }

    /// So many steps are a rung.
    fn rung(&self) -> u64 {
        (self.now / self.step / RUNGS_OF_ONE).max(1)
    }
}

impl Grown {
    fn new(layout: &Layout, of: Of) -> Option<Grown> {
        let its = called(layout, of).1;
        let carries = its.carries.as_deref()?;
        let own = layout.lab.own().filter(|&resource| {
            let budgeted = layout.lab.have_budget(HostIndex::all(layout.lab.hosts.len()), resource);
            budgeted && !carries.content[resource] && layout.lab.asked_as(its.pool, resource) == Some(resource)
        });
        Some(Grown { of, lines: own.map(|resource| Line::of(layout, resource, &its.request)).collect() })
    }

    /// One resource alone, or where none does alone, as little of all as does.
    fn remedies(&self, prober: &Prober) -> Vec<Remedy> {
        let alone: Vec<Remedy> = (0..self.lines.len()).filter_map(|one| self.least(prober, &[one])).collect();
        match alone.is_empty() && self.lines.len() > 1 {
            true => self.least(prober, &(0..self.lines.len()).collect::<Vec<_>>()).into_iter().collect(),
            false => alone,
        }
    }

    /// The least more of these lines that does. A carrier that is too large finds no host: from its size on it is looked for
    /// upwards, in rungs.
    fn least(&self, prober: &Prober, grown: &[usize]) -> Option<Remedy> {
        let layout = &prober.question.layout;
        let at = |rung: u64| {
            let mut steps = vec![0; self.lines.len()];
            grown.iter().for_each(|&line| steps[line] = rung * self.lines[line].rung());
            steps
        };
        let fits = |steps: &[u64]| prober.fits(&self.changes(steps));
        let mut steps = RUNGS.into_iter().map(at).find(|steps| yes(fits(steps)))?;
        let proven = each_least(&mut steps, grown.iter().copied(), |_| 1, fits)?;
        let more = self.lines.iter().zip(&steps).filter(|(_, steps)| **steps > 0);
        let more: Vec<String> = more
            .map(|(line, &steps)| changed(&layout.lab.resources[line.times[0].0], line.now, line.larger(steps)))
            .collect();
        let text = format!("{}: {}", called(layout, self.of).0, more.join(", "));
        prober.remedy(Kind::Carrier, text, &self.changes(&steps), proven)
    }

    /// Where less is asked for, that much at each time.
    fn changes(&self, steps: &[u64]) -> Vec<Change> {
        let grown = self.lines.iter().zip(steps).filter(|(_, steps)| **steps > 0);
        let each = grown.flat_map(|(line, &steps)| {
            let amount = line.larger(steps);
            let less = line.times.iter().filter(move |(_, now)| line.times.len() == 1 || *now < amount);
            less.map(move |&(resource, _)| Change::Request { of: self.of, resource, amount })
        });
        each.collect()
    }
}
