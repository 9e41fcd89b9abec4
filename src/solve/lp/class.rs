//! The class LP: fractions of types of items on types of bins, as one program for all who ask, and its duals in whole
//! numbers.
//!
//! Its rows are the types of items, each to be placed in full; each resource of each type of bins, in parts of one bin;
//! the domains of `apart` rules; and the moves that are allowed. Its columns are items of a type on bins of a type, in
//! the order of both, and then what opens bins.

use std::collections::BTreeMap;
use std::iter::repeat;

use super::super::instance::{Apart, Instance};
use super::super::types::BinType;
use super::{Column, Program, Row};
use crate::certificate::{self, DomainDual, Dual, HostDuals, HostGroup, RuleDual, StepDual};

/// Duals are rounded to multiples of 2^-60 of a share: fine enough for bounds to a millionth, and sums over a million
/// containers stay far inside 128 bits.
pub const SCALE: f64 = (1u64 << 60) as f64;
/// No dual is above this: products with amounts stay inside 128 bits.
const LARGEST: f64 = 1e33;

/// Where a rule lets no two items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Domain {
    /// The rule's position in [`Instance::aparts`].
    pub apart: usize,
    /// The domain; where the rule is by host, a type of bins, of which each bin is one.
    pub at: usize,
    /// Whether the rule is by host.
    pub by_host: bool,
}

impl Domain {
    /// The domain of a rule that an item takes on a bin of `bins`, the type of this position.
    pub fn of(instance: &Instance, apart: usize, position: usize, bins: &BinType) -> Domain {
        let Apart { by_host, ref domain, .. } = instance.aparts[apart];
        Domain { apart, at: if by_host { position } else { domain[bins.bins[0]] }, by_host }
    }
}

/// What is minimised.
#[derive(Clone, Copy, Debug)]
pub enum Objective<'a> {
    /// The share of the bins that is needed.
    Share,
    /// The containers that move.
    Moves,
    /// What the bins cost that are open; for each type what one of them does.
    Cost(&'a [f64]),
    /// What whoever asks adds: nothing holds anything yet, and nothing costs anything.
    Open,
}

/// Items of a type, or several types as their average.
#[derive(Clone, Debug)]
pub struct Items {
    /// How many they are.
    pub count: f64,
    /// What one of them asks for.
    pub size: Vec<f64>,
    /// Where they may go.
    pub places: Vec<Place>,
}

/// A type of bins that items may go to.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Its position.
    pub bins: usize,
    /// How many containers of an item move there.
    pub moves: u64,
    /// The domains that an item takes there.
    pub domains: Vec<Domain>,
}

/// Bins of a type.
#[derive(Clone, Copy, Debug)]
pub struct Bins<'a> {
    /// How many they are.
    pub count: f64,
    /// What one of them holds.
    pub capacity: &'a [u64],
}

/// The program, and where what is in it.
#[derive(Clone, Debug)]
pub struct ClassLp {
    /// The program.
    pub program: Program,
    /// The types of items and of bins of the first columns.
    pub places: Vec<(usize, usize)>,
    /// The row of each resource of each type of bins; `None` where there is nothing of it.
    pub share: Vec<Vec<Option<usize>>>,
    domains: BTreeMap<Domain, usize>,
    moves: Option<usize>,
    /// What one of the bins of each type holds.
    capacity: Vec<Vec<u64>>,
}

impl ClassLp {
    /// The program of `items` in `bins`: `domains` take so many items each, and so many containers may move at the
    /// most where there is a limit beside the objective.
    pub fn new(
        objective: Objective,
        items: &[Items],
        bins: &[Bins],
        domains: impl Iterator<Item = (Domain, f64)>,
        moves: Option<u64>,
    ) -> ClassLp {
        let mut rows: Vec<Row> = items.iter().map(|of| Row { limit: of.count, equal: true }).collect();
        let mut add = |limit: f64| {
            rows.push(Row { limit, equal: false });
            rows.len() - 1
        };
        let of_bins = |bins: &Bins| {
            let limit = if matches!(objective, Objective::Moves) { bins.count } else { 0.0 };
            bins.capacity.iter().map(|&give| (give > 0).then(|| add(limit))).collect()
        };
        let share = bins.iter().map(of_bins).collect();
        let domains = domains.map(|(domain, limit)| (domain, add(limit))).collect();
        let moves = moves.map(|limit| add(limit as f64));
        let program = Program { columns: Vec::new(), rows };
        let capacity = bins.iter().map(|bins| bins.capacity.to_vec()).collect();
        let mut lp = ClassLp { program, places: Vec::new(), share, domains, moves, capacity };
        items.iter().enumerate().for_each(|(row, of)| lp.place(objective, row, of));
        lp.open(objective, bins);
        lp
    }

    /// A column for each type of bins that the items may go to.
    fn place(&mut self, objective: Objective, row: usize, items: &Items) {
        for place in &items.places {
            let mut entries = vec![(row, 1.0)];
            let give = self.share[place.bins].iter().zip(&self.capacity[place.bins]);
            for ((share, &give), &size) in give.zip(&items.size).filter(|(_, size)| **size > 0.0) {
                entries.extend(share.map(|row| (row, size / give as f64)));
            }
            entries.extend(place.domains.iter().filter_map(|domain| Some((*self.domains.get(domain)?, 1.0))));
            entries.extend(self.moves.filter(|_| place.moves > 0).map(|row| (row, place.moves as f64)));
            let cost = if matches!(objective, Objective::Moves) { place.moves as f64 } else { 0.0 };
            self.program.columns.push(Column { cost, most: items.count, entries });
            self.places.push((row, place.bins));
        }
    }

    /// What opens bins: for shares one column for all of them, for costs one for each type.
    fn open(&mut self, objective: Objective, bins: &[Bins]) {
        match objective {
            Objective::Moves | Objective::Open => {}
            Objective::Share => {
                let entries = self.opening(bins.iter().map(|bins| bins.count));
                self.program.columns.push(Column { cost: 1.0, most: f64::INFINITY, entries });
            }
            Objective::Cost(costs) => {
                for (position, (bins, &cost)) in bins.iter().zip(costs).enumerate() {
                    let by_host = self.domains.iter().filter(|(domain, _)| domain.by_host && domain.at == position);
                    let rows = self.share[position].iter().flatten().chain(by_host.map(|(_, row)| row));
                    let entries = rows.map(|&row| (row, -1.0)).collect();
                    self.program.columns.push(Column { cost, most: bins.count, entries });
                }
            }
        }
    }

    /// Another number of bins of each type, where the objective is their share.
    pub fn count(&mut self, counts: impl Iterator<Item = f64>) {
        let entries = self.opening(counts);
        if let Some(column) = self.program.columns.last_mut() {
            column.entries = entries;
        }
    }

    /// What so many bins of each type give.
    fn opening(&self, counts: impl Iterator<Item = f64>) -> Vec<(usize, f64)> {
        let rows = self.share.iter().zip(counts).flat_map(|(rows, count)| rows.iter().flatten().zip(repeat(-count)));
        rows.map(|(&row, count)| (row, count)).collect()
    }

    /// `duals` in whole numbers, where the costs of the program are in multiples of `unit`.
    pub fn whole(&self, duals: &[f64], unit: f64) -> Duals {
        let read = |row: usize| (duals[row].max(0.0) * unit * SCALE).min(LARGEST);
        let per_unit = |(row, &give): (&Option<usize>, &u64)| row.map_or(0, |row| (read(row) / give as f64) as i128);
        let share =
            self.share.iter().zip(&self.capacity).map(|(rows, give)| rows.iter().zip(give).map(per_unit).collect());
        Duals {
            share: share.collect(),
            domains: self.domains.iter().map(|(&domain, &row)| (domain, read(row) as i128)).collect(),
            moves: self.moves.map_or(0, |row| read(row) as i128),
        }
    }
}

/// Duals of the class LP in multiples of 1 / [`SCALE`], none below 0.
#[derive(Clone, Debug)]
pub struct Duals {
    /// Of a base unit of a resource of a type of bins.
    pub share: Vec<Vec<i128>>,
    /// Of each domain.
    pub domains: BTreeMap<Domain, i128>,
    /// Of a move.
    pub moves: i128,
}

impl Duals {
    /// What an item pays in a place, or `None` where that is out of range.
    pub fn paid(&self, size: &[u64], place: &Place) -> Option<i128> {
        let mut paid = self.moves.checked_mul(i128::from(place.moves))?;
        for (dual, &amount) in self.share[place.bins].iter().zip(size) {
            paid = paid.checked_add(dual.checked_mul(i128::from(amount))?)?;
        }
        for domain in &place.domains {
            paid = paid.checked_add(self.domains.get(domain).copied().unwrap_or(0))?;
        }
        Some(paid)
    }

    /// The same in the terms of the document.
    pub fn certificate(&self, instance: &Instance, bins: &[BinType]) -> certificate::Duals {
        let plain = instance.resources - instance.steps.len();
        let rule = |domain: &Domain| instance.aparts[domain.apart].rule;
        let group = |(position, (of, share)): (usize, (&BinType, &Vec<i128>))| {
            let (unit, steps) = share.split_at(plain);
            let steps = instance.steps.iter().zip(steps);
            let aparts = self.domains.iter().filter(|(domain, _)| domain.by_host && domain.at == position);
            let apart = |(domain, &dual): (&Domain, &i128)| RuleDual { rule: rule(domain), dual: Dual::new(dual) };
            let duals = HostDuals {
                unit: unit.iter().copied().map(Dual::new).collect(),
                steps: steps.map(|(&step, &dual)| StepDual { step, dual: Dual::new(dual) }).collect(),
                aparts: aparts.map(apart).collect(),
            };
            HostGroup { hosts: of.bins.iter().map(|&bin| instance.hosts[bin]).collect(), duals: Some(duals) }
        };
        let by_label = |(domain, &dual): (&Domain, &i128)| {
            let bin = instance.aparts[domain.apart].domain.iter().position(|&at| at == domain.at)?;
            Some(DomainDual { rule: rule(domain), host: instance.hosts[bin], dual: Dual::new(dual) })
        };
        certificate::Duals {
            moves: Dual::new(self.moves),
            domains: self.domains.iter().filter(|(domain, _)| !domain.by_host).filter_map(by_label).collect(),
            groups: bins.iter().zip(&self.share).enumerate().map(group).collect(),
            ..certificate::Duals::NONE
        }
    }
}
