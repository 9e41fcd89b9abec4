//! The least that wishes cost, by what cannot be met together (implicit hitting sets: Davies and Bacchus, CP 2011). A core is a
//! set of wishes of which every packing leaves one unmet. The cheapest choice of one from each core is a bound; where all others
//! can be met together, it is what is paid.

use std::collections::BTreeSet;

use super::super::decide::{Decision, decide};
use super::super::patterns::Cache;
use super::super::wishes::{Kind, Unit};
use super::super::work::Effort;
use super::Goals;
use super::wishes::Wishing;
use crate::certificate::{ItemIndex, Proof};

/// So many wishes of single items at the most.
const MOST_UNITS: usize = 400;
/// So many cores at the most.
const MOST_CORES: usize = 200;
/// So many choices are looked at for the cheapest.
const NODES: u64 = 100_000;

/// What one of them costs that is not met.
pub(super) struct Costly {
    unit: Unit,
    cost: u64,
}

impl Goals<'_> {
    /// Seeks a packing into `fleet` that pays less, and raises what every one pays.
    pub(super) fn raise_by_cores(&mut self, units: &[Costly], fleet: &mut Wishing, effort: Effort) {
        while units.len() <= MOST_UNITS && fleet.cores.len() < MOST_CORES && !self.out_of_time() {
            let Some((unmet, cost)) = cheapest(units, &fleet.cores) else { break };
            fleet.bound = fleet.bound.max(cost);
            if fleet.bound >= self.paid() {
                break;
            }
            let required: Vec<usize> = (0..units.len()).filter(|unit| !unmet.contains(unit)).collect();
            match self.met(units, &required, fleet, effort) {
                Decision::Packed(packing) => {
                    // Of what is paid besides nothing is known here.
                    self.takes(packing);
                    break;
                }
                // There is no packing at all.
                Decision::Refuted(_) if required.is_empty() => fleet.bound = u64::MAX,
                Decision::Refuted(_) => {
                    let core = self.shrunk(units, required, fleet);
                    fleet.cores.push(core);
                }
                Decision::Unknown => {
                    let more = self.built_up(units, &required, fleet);
                    if more.is_empty() {
                        break;
                    }
                    fleet.cores.extend(more);
                }
            }
        }
    }

    /// What single items want, and the items of which no more than so many may share a domain.
    pub(super) fn units(&self) -> Vec<Costly> {
        let wishes = &self.instance.wishes;
        let mut units = Vec::new();
        for item in ItemIndex::all(self.instance.items.len()) {
            let wants = wishes.wants(item).iter().enumerate();
            units.extend(wants.map(|(nth, want)| Costly { unit: Unit::Want(item, nth), cost: want.cost }));
            for &(term, _) in wishes.bonds(item) {
                if let Kind::Beyond(_) = wishes.terms[term].kind {
                    units.push(Costly { unit: Unit::Bond(item, term), cost: wishes.terms[term].weight });
                }
            }
        }
        units
    }

    /// Whether all of `required` can be met at once.
    fn met(&self, units: &[Costly], required: &[usize], fleet: &Wishing, effort: Effort) -> Decision {
        let all: BTreeSet<Unit> = required.iter().map(|&unit| units[unit].unit).collect();
        match self.instance.requiring(&|unit| all.contains(&unit)) {
            None => Decision::Refuted(Proof::Rules),
            Some(narrow) => decide(&narrow, &fleet.restricted, &self.best, effort, &mut Cache::default(), self.options),
        }
    }

    /// What cannot be met together among `required`, which are too many to decide about at once: one after another joins those
    /// that can, the dearest first. What packs on the way is taken where it pays less.
    fn built_up(&mut self, units: &[Costly], required: &[usize], fleet: &Wishing) -> Vec<Vec<usize>> {
        let mut order = required.to_vec();
        order.sort_by_key(|&unit| (std::cmp::Reverse(units[unit].cost), unit));
        let (mut cores, mut granted) = (Vec::new(), Vec::new());
        for unit in order {
            granted.push(unit);
            match self.met(units, &granted, fleet, Effort::QUICK) {
                Decision::Packed(packing) => _ = self.takes(packing),
                Decision::Refuted(_) => {
                    let core = self.shrunk(units, granted.clone(), fleet);
                    cores.push(core);
                    granted.pop();
                }
                Decision::Unknown => _ = granted.pop(),
            }
            if self.out_of_time() {
                break;
            }
        }
        cores
    }

    /// As few of `core` as still cannot be met together: what it is left out without is tried in halves, then one by one.
    fn shrunk(&self, units: &[Costly], mut core: Vec<usize>, fleet: &Wishing) -> Vec<usize> {
        let mut step = core.len().div_ceil(2);
        while step > 0 {
            let mut at = 0;
            while at < core.len() && core.len() > 1 {
                let mut fewer = core.clone();
                fewer.drain(at..(at + step).min(core.len()));
                match !fewer.is_empty() && matches!(self.met(units, &fewer, fleet, Effort::QUICK), Decision::Refuted(_))
                {
                    true => core = fewer,
                    false => at += step,
                }
                if self.out_of_time() {
                    return core;
                }
            }
            step = if step == 1 { 0 } else { step.div_ceil(2) };
        }
        core
    }
}

/// The cheapest choice that has one from each core, and its cost; `None` where that was not found out.
fn cheapest(units: &[Costly], cores: &[Vec<usize>]) -> Option<(Vec<usize>, u64)> {
    let mut search = Search { units, cores, best: None, nodes: 0 };
    search.descend(&mut Vec::new(), 0);
    if search.nodes > NODES { None } else { search.best }
}

struct Search<'a> {
    units: &'a [Costly],
    cores: &'a [Vec<usize>],
    best: Option<(Vec<usize>, u64)>,
    nodes: u64,
}

impl Search<'_> {
    fn descend(&mut self, chosen: &mut Vec<usize>, cost: u64) {
        self.nodes += 1;
        if self.nodes > NODES {
            return;
        }
        // Cores that share nothing cost at least the cheapest of each.
        let mut touched: Vec<usize> = Vec::new();
        let mut bound = cost;
        let mut next: Option<&Vec<usize>> = None;
        for core in self.cores.iter().filter(|core| !core.iter().any(|unit| chosen.contains(unit))) {
            if !core.iter().any(|unit| touched.contains(unit)) {
                bound += core.iter().map(|&unit| self.units[unit].cost).min().unwrap_or(0);
                touched.extend(core);
            }
            if next.is_none_or(|known| core.len() < known.len()) {
                next = Some(core);
            }
        }
        if self.best.as_ref().is_some_and(|(_, known)| bound >= *known) {
            return;
        }
        let Some(core) = next else {
            self.best = Some((chosen.clone(), cost));
            return;
        };
        let mut by_cost = core.clone();
        by_cost.sort_by_key(|&unit| (self.units[unit].cost, unit));
        for unit in by_cost {
            chosen.push(unit);
            self.descend(chosen, cost + self.units[unit].cost);
            chosen.pop();
        }
    }
}
