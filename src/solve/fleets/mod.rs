//! Goals that count hosts where the sets of hosts are too many to list: choose how many hosts of each kind are open,
//! then pack into exactly these.
//!
//! A small integer program over kinds of hosts ([`program`]) gives the bound and the fleet, annealing packs into
//! it ([`packing`]), and what finds no place opens the cheapest further host. Dearer fleets and the ruin of
//! a few hosts at a time close the gap from above. Where items repeat, patterns of whole hosts come first ([`generate`]).

mod aggregate;
pub mod few;
mod generate;
mod packing;
mod program;
pub mod room;
pub mod sets;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::solve::rng::Rng;

use super::Options;
use super::instance::{Bin, Instance};
use super::restricted::{EpsilonConstraints, RestrictedInstance, Usage, host_set_cost};
use super::types::BinType;
use crate::certificate::{HostDuals, HostGroup, ItemIndex, Proof};
use crate::model::{Goal, HostIndex};
use aggregate::Aggregate;
use generate::Generation;
use generate::classes::{Classes, Pattern};
use generate::shares::Shares;
use packing::fill::{self, Filler};
use packing::pack::{self, Contents};
use packing::recreate::{self, Rebuild};
use program::branch::{Effort, FleetProgram, Found};
use program::evidence;
use program::fractional::{Fractional, Shared};
use program::inequalities::{Inequality, Source};

/// Nodes of the fleet program, times its kinds of hosts, for a bound and for a fleet with room to spare.
const BOUND_NODES: usize = 2_000_000;
const ROOM_NODES: usize = 20_000;
/// The same after each cut.
const CUT_NODES: usize = 100_000;
/// The most room looked for, in parts in a million of the volume, and how exactly.
const ROOM: u64 = 200_000;
const ROOM_STEP: u64 = 50;
/// The same where the class LP judges the fleet afterwards.
const COARSE_STEP: u64 = 1_000;
/// Steps of the first round of packing; each further one takes `GROWTH` times as many, for one long run leaves less
/// without a place than several short ones.
const STEPS: u64 = 60_000;
const GROWTH: u64 = 5;
/// Cuts sought for one fleet.
const CUTS: usize = 6;
/// The part of what a fleet may cost above the bound that must be room for what is packed.
const ROOMY: f64 = 0.7;
/// Of what patterns leave so many items, or one in so many of all, find a place afterwards.
const MOST_LEFT: usize = 50;
/// Targets that are above the bound by one part in so many.
const SPARE: [u64; 3] = [150, 300, 600];
/// Rounds of packing.
const ROUNDS: u32 = 4;
/// So much of the way from the bound to what is known is the target, in turn.
const NEARER: [u64; 2] = [6, 2];
/// From this round on patterns better what is packed after each, where they were not the way to begin.
const BETTERED: u32 = 1;
/// The part of an item's worth that the fleet program's duals make; the rest is plain volume. Duals alone fail: many
/// items cost nothing by them.
const PRICED: f64 = 0.7;

/// What is known of the cost before.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// No packing costs less.
    pub bound: u64,
    /// Duals of a base unit of each resource on each host that show how dear packings are at the least: those of the
    /// class LP.
    pub duals: &'a [HostGroup],
}

/// What was found on the way.
#[derive(Clone, Debug)]
pub enum News {
    /// A better packing.
    Packing(Vec<Bin>),
    /// No packing costs less.
    Bound(u64),
}

/// Lowers the cost of `start` by `goal` and raises the bound on it, from what `known` shows; `news` is told. A bound of
/// its own in the end, and why it holds.
#[expect(clippy::too_many_arguments, reason = "the question, what is known of it, and where the answers go")]
pub fn cheapest(
    instance: &Instance,
    restricted: &RestrictedInstance,
    limits: &EpsilonConstraints,
    goal: Goal,
    start: &[Bin],
    known: &Known,
    options: &Options,
    news: &mut dyn FnMut(News),
) -> (u64, Proof) {
    let aggregate = Aggregate::new(instance, restricted, *limits, goal);
    match instance.resources {
        0..=2 => Portfolio::<2>::new(&aggregate, start, known, options, news).run(),
        3..=4 => Portfolio::<4>::new(&aggregate, start, known, options, news).run(),
        5..=8 => Portfolio::<8>::new(&aggregate, start, known, options, news).run(),
        9..=32 => Portfolio::<32>::new(&aggregate, start, known, options, news).run(),
        _ => (0, Proof::Volume),
    }
}

/// Why no packing within `restricted` keeps to the limit that `limits` set on what the hosts cost, where the fleet program
/// shows it.
pub fn refuted(
    instance: &Instance,
    restricted: &RestrictedInstance,
    limits: &EpsilonConstraints,
    options: &Options,
) -> Option<Proof> {
    let by_goal = [(Goal::Cheapest, limits.price), (Goal::LeastPower, limits.watts), (Goal::FewestHosts, limits.hosts)];
    let (goal, most) = by_goal.into_iter().find_map(|(goal, limit)| Some((goal, limit?)))?;
    let aggregate = Aggregate::new(instance, restricted, *limits, goal);
    let mut program = FleetProgram::new(&aggregate);
    let found = program.minimise(most.checked_add(1)?, effort(&aggregate, CUT_NODES, most), options.clock);
    (found.bound > most).then(|| shown(&program, &found, options))
}

/// Why no fleet costs less than was found.
fn shown(program: &FleetProgram, found: &Found, options: &Options) -> Proof {
    match options.certify {
        true => evidence::proof(program, &found.tree),
        false => Proof::Omitted(evidence::method(program, &found.tree)),
    }
}

/// A packing within `restricted` by filling its open hosts; its limit on moves is not looked at.
pub fn packed(instance: &Instance, restricted: &RestrictedInstance, steps: u64, options: &Options) -> Option<Vec<Bin>> {
    let aggregate = Aggregate::new(instance, restricted, EpsilonConstraints::default(), Goal::FewestHosts);
    match instance.resources {
        0..=2 => packed_by::<2>(&aggregate, steps, options),
        3..=4 => packed_by::<4>(&aggregate, steps, options),
        5..=8 => packed_by::<8>(&aggregate, steps, options),
        9..=32 => packed_by::<32>(&aggregate, steps, options),
        _ => None,
    }
}

fn packed_by<const R: usize>(aggregate: &Aggregate, steps: u64, options: &Options) -> Option<Vec<Bin>> {
    let fleet: Vec<u64> = aggregate.hosts.iter().map(|host| host.bins.len() as u64).collect();
    let open: Vec<Bin> = aggregate.hosts.iter().flat_map(|host| host.bins.iter().copied()).collect();
    // What a host is worth is what it can hold.
    let volume = |host: &BinType| -> f64 {
        let all = |r: usize| {
            aggregate.hosts.iter().zip(&fleet).map(move |(h, &n)| h.capacity[r] as f64 * n as f64).sum::<f64>()
        };
        (0..aggregate.instance.resources).map(|r| host.capacity[r] as f64 / all(r).max(1.0)).sum::<f64>().max(1e-9)
    };
    let total = open.len() as f64 / aggregate.instance.resources.max(1) as f64;
    let price = aggregate.hosts.iter().map(|host| volume(host) * total).collect();
    let packing = pack::pack::<R>(
        aggregate,
        &open,
        None,
        &worth(aggregate, &[], &fleet),
        price,
        steps,
        options.seed,
        options.clock,
    );
    let assignment = packing.left.is_empty().then(|| assignment(aggregate, &packing.contents))??;
    aggregate.restricted.admits(aggregate.instance, &assignment).then_some(assignment)
}

struct Portfolio<'a, 'b, const R: usize> {
    aggregate: &'a Aggregate<'a>,
    options: &'a Options<'a>,
    news: &'b mut dyn FnMut(News),
    program: FleetProgram<'a>,
    contents: Contents,
    cost: u64,
    /// The better of what was known and what the fleet program shows.
    bound: u64,
    /// The worth of an item of each kind by the duals of the fleet program.
    priced: Vec<f64>,
    /// Where the fleet program's own rows say less than the class LP.
    fractional: Option<Fractional>,
}

impl<'a, 'b, const R: usize> Portfolio<'a, 'b, R> {
    fn new(
        aggregate: &'a Aggregate<'a>,
        start: &[Bin],
        known: &Known,
        options: &'a Options<'a>,
        news: &'b mut dyn FnMut(News),
    ) -> Portfolio<'a, 'b, R> {
        let contents = contents_of(aggregate, start);
        let cost = host_set_cost(aggregate.instance, aggregate.goal, &Usage::of(aggregate.instance, start).occupied());
        let mut program = FleetProgram::new(aggregate);
        if let Some(duals) = unit_duals(aggregate, known.duals) {
            program.candidates.add_duals(duals);
        }
        Portfolio {
            aggregate,
            options,
            news,
            program,
            contents,
            cost,
            bound: known.bound,
            priced: Vec::new(),
            fractional: None,
        }
    }

    fn run(mut self) -> (u64, Proof) {
        let everything: Vec<u64> = self.aggregate.hosts.iter().map(|host| host.bins.len() as u64).collect();
        let classes = Classes::<R>::new(self.aggregate, &self.aggregate.bins(&everything));
        let lp = classes.and_then(|classes| Some((Shares::new(&classes, self.options.clock)?, classes)));
        if let Some((shares, classes)) = &lp {
            self.program.candidates.add_duals(classes.duals(self.aggregate, &shares.duals));
        }
        let mut found = self.bounded(BOUND_NODES);
        let worth = |(row, &some): (&Inequality, &f64)| some > 1e-9 && matches!(row.source, Source::Worth(_));
        let is_worth = self.program.rows.iter().zip(&found.root).any(worth);
        if let Some(fractional) = is_worth.then(|| Fractional::new(self.aggregate)).flatten() {
            // What averages say is no more than the class LP has said already.
            let cuts = if lp.is_none() || fractional.is_exact() { CUTS } else { 0 };
            self.fractional = Some(fractional);
            for _ in 0..cuts {
                let Some(fleet) = found.fleet.take().filter(|_| !self.is_done()) else { break };
                let Some((_, missing)) = self.share_out(&fleet) else { break };
                if missing <= 0.0 {
                    break;
                }
                found = self.bounded(CUT_NODES);
            }
        }
        let first = lp.as_ref().is_some_and(|(_, classes)| classes.come_first(self.aggregate));
        if let Some((shares, classes)) = lp.as_ref().filter(|_| first) {
            self.generate(classes, shares);
        }
        if self.fractional.is_some() {
            for part in SPARE {
                let target = self.bound + self.bound / part;
                if self.cost > target && !self.is_done() {
                    self.pack_at(target, STEPS * GROWTH, part as u32);
                }
            }
            found = self.bounded(CUT_NODES);
        }
        for round in 0..ROUNDS {
            if self.is_done() {
                break;
            }
            let steps = STEPS * GROWTH.pow(round);
            let middle = self.bound + (self.cost - self.bound) / NEARER[round as usize % 2];
            // The dearer fleet has more room and is the likelier to take everything.
            let mut targets = Vec::new();
            if middle / self.program.step > self.bound / self.program.step {
                targets.push(middle / self.program.step * self.program.step);
            }
            targets.push(self.bound);
            for target in targets {
                if self.cost > target && !self.is_done() {
                    self.pack_at(target, steps, round);
                }
            }
            if !self.is_done() {
                self.recreate(STEPS << round, round);
            }
            if let Some((shares, classes)) = lp.as_ref().filter(|_| !first && round >= BETTERED && !self.is_done()) {
                self.better(classes, shares);
            }
        }
        (found.bound, shown(&self.program, &found, self.options))
    }

    /// The cheapest fleet by the rows, and what it proves of all packings.
    fn bounded(&mut self, nodes: usize) -> Found {
        let found = self.program.minimise(self.cost, effort(self.aggregate, nodes, 0), self.options.clock);
        self.bound = self.bound.max(found.bound);
        (self.news)(News::Bound(self.bound));
        self.priced = self.worth_by(&found);
        found
    }

    /// Shares the items out among the hosts of `fleet`, cut as may be. By how much these fall short of them by the row
    /// that it makes, as a part of all.
    fn share_out(&mut self, fleet: &[u64]) -> Option<(Vec<Shared>, f64)> {
        let answer = self.fractional.as_ref()?.solve(fleet, self.options.clock)?;
        let row = self.program.candidates.add_duals(answer.duals)?;
        let missing = row.missing(fleet, 0.0) as f64 / row.right as f64;
        Some((answer.shared, missing))
    }

    fn is_done(&self) -> bool {
        self.cost <= self.bound || self.options.clock.is_over()
    }

    /// What items are worth by the duals at the root of the fleet program.
    fn worth_by(&self, found: &Found) -> Vec<f64> {
        let mut worth = vec![0.0; self.aggregate.items.len()];
        for (row, &dual) in self.program.rows.iter().zip(&found.root) {
            if dual <= 1e-9 {
                continue;
            }
            match &row.source {
                Source::Volume(family, resource) => {
                    for (worth, item) in worth.iter_mut().zip(&self.aggregate.items) {
                        if item.size[*resource] > 0 && family.contains(self.aggregate, item) {
                            *worth += dual * item.size[*resource] as f64 / row.right as f64;
                        }
                    }
                }
                Source::Worth(position) => {
                    let unit = &self.program.candidates.duals[*position].worth;
                    let shares = unit.iter().map(|&worth| dual * worth as f64 / row.right as f64);
                    worth.iter_mut().zip(shares).for_each(|(worth, share)| *worth += share);
                }
                Source::Crowd(_) | Source::Presence(_) | Source::Limit(_) => {}
            }
        }
        worth
    }

    /// Packs by patterns.
    fn generate(&mut self, classes: &Classes<R>, shares: &Shares<R>) {
        if self.is_done() {
            return;
        }
        let mut generation = Generation::new(self.aggregate, classes, shares, self.options.seed, self.options.clock);
        let patterns = generation.packed_at_once();
        self.realise(classes, &patterns);
        if !self.is_done() {
            let patterns = generation.packed();
            self.realise(classes, &patterns);
        }
    }

    /// Betters by patterns what is packed.
    fn better(&mut self, classes: &Classes<R>, shares: &Shares<R>) {
        let mut generation = Generation::new(self.aggregate, classes, shares, self.options.seed, self.options.clock);
        let patterns = generation.improved(&classes.patterns(&self.contents));
        self.realise(classes, &patterns);
    }

    /// Gives the places of patterns items, and opens hosts for what finds none.
    fn realise(&mut self, classes: &Classes<R>, patterns: &[(usize, Pattern)]) {
        let (aggregate, seed) = (self.aggregate, self.options.seed);
        let everything: Vec<u64> = aggregate.hosts.iter().map(|host| host.bins.len() as u64).collect();
        let worth = worth(aggregate, &self.priced, &everything);
        let mut filler = Filler::new(aggregate, &worth, fill::prices(aggregate), Rng::with_seed(seed));
        let packing = classes.realised(&mut filler, patterns);
        // Hardly begun when the clock ran out: to open hosts for so many takes too long.
        if packing.left.len() > MOST_LEFT.max(aggregate.instance.items.len() / MOST_LEFT) {
            return;
        }
        if let Some((cost, contents)) = recreate::completed::<R>(aggregate, &packing, &worth, seed, self.options.clock)
            && cost < self.cost
        {
            self.accept(contents);
        }
    }

    /// Packs into the fleet of the most room that costs `target`, and completes the packing where items are left.
    fn pack_at(&mut self, target: u64, steps: u64, round: u32) {
        let Some((fleet, shared)) = self.enough(target) else { return };
        self.pack_into(&fleet, shared.as_deref(), steps, u64::from(round) ^ (target << 8));
    }

    fn pack_into(&mut self, fleet: &[u64], shared: Option<&[Shared]>, steps: u64, salt: u64) {
        let worth = worth(self.aggregate, &self.priced, fleet);
        let open = self.aggregate.bins(fleet);
        let seed = self.options.seed ^ (salt << 32);
        let clock = self.options.clock;
        let packing =
            pack::pack::<R>(self.aggregate, &open, shared, &worth, fill::prices(self.aggregate), steps, seed, clock);
        if let Some((cost, contents)) = recreate::completed::<R>(self.aggregate, &packing, &worth, seed, clock)
            && cost < self.cost
        {
            self.accept(contents);
        }
    }

    /// The roomiest fleet that also holds all items when these may be cut, and how these are shared out then. What shows
    /// that one does not is a new row.
    fn enough(&mut self, target: u64) -> Option<(Vec<u64>, Option<Vec<Shared>>)> {
        let mut fleet = self.roomiest(target)?;
        let mut shared = None;
        for _ in 0..CUTS {
            let Some((parts, missing)) = self.share_out(&fleet) else { break };
            shared = Some(parts);
            // Most of what the fleet may cost above the bound is to be room.
            if missing <= -ROOMY * (target as f64 / self.bound.max(1) as f64 - 1.0) {
                break;
            }
            match self.roomiest(target) {
                Some(next) => fleet = next,
                None => break,
            }
        }
        Some((fleet, shared))
    }

    /// The fleet that costs `target` at the most and has the most room for what is to be packed.
    fn roomiest(&mut self, target: u64) -> Option<Vec<u64>> {
        let mut best: Option<Vec<u64>> = None;
        let (mut low, mut high) = (0, ROOM);
        let step = if self.fractional.is_some() { COARSE_STEP } else { ROOM_STEP };
        while (best.is_none() || high - low > step) && !self.options.clock.is_over() {
            let slack = if best.is_none() { 0 } else { low + (high - low) / 2 };
            let effort = Effort { enough: target, slack, ..effort(self.aggregate, ROOM_NODES, target) };
            match self.program.minimise(target + 1, effort, self.options.clock).fleet {
                Some(fleet) => (best, low) = (Some(fleet), slack),
                None if best.is_none() => break,
                None => high = slack,
            }
        }
        let mut fleet = best?;
        if self.aggregate.limits.hosts.is_none()
            && self.aggregate.limits.price.is_none()
            && self.aggregate.limits.watts.is_none()
        {
            // What costs nothing may as well be open.
            for (count, host) in fleet.iter_mut().zip(&self.aggregate.hosts).filter(|(_, host)| host.cost == 0) {
                *count = host.bins.len() as u64;
            }
        }
        Some(fleet)
    }

    fn recreate(&mut self, steps: u64, round: u32) {
        let mut fleet = vec![0u64; self.aggregate.hosts.len()];
        self.contents.iter().for_each(|(bin, _)| fleet[self.aggregate.kind_of[*bin]] += 1);
        let worth = worth(self.aggregate, &self.priced, &fleet);
        let seed = self.options.seed ^ (u64::from(round) << 32) ^ (1 << 60);
        let mut rebuild = Rebuild::<R>::new(self.aggregate, &self.contents, &worth, seed, self.options.clock);
        let contents = rebuild.improve(steps, self.bound);
        self.accept(contents);
    }

    /// Takes a packing that costs less; the restriction and the limits have the last word.
    fn accept(&mut self, contents: Contents) {
        let aggregate = self.aggregate;
        let Some(assignment) = assignment(aggregate, &contents) else { return };
        let occupied = Usage::of(aggregate.instance, &assignment).occupied();
        let cost = host_set_cost(aggregate.instance, aggregate.goal, &occupied);
        if cost < self.cost
            && aggregate.limits.admit(aggregate.instance, &occupied)
            && aggregate.restricted.admits(aggregate.instance, &assignment)
        {
            self.cost = cost;
            self.contents = contents.into_iter().filter(|(_, items)| !items.is_empty()).collect();
            (self.news)(News::Packing(assignment));
        }
    }
}

/// The duals of groups of hosts as duals of kinds of hosts; `None` where a kind has none.
fn unit_duals(aggregate: &Aggregate, groups: &[HostGroup]) -> Option<Vec<Vec<i128>>> {
    let mut of_host: BTreeMap<HostIndex, &HostDuals> = BTreeMap::new();
    for group in groups {
        let duals = group.duals.as_ref().filter(|duals| duals.unit.len() == aggregate.instance.resources)?;
        of_host.extend(group.hosts.iter().map(|&host| (host, duals)));
    }
    let of_kind = |host: &BinType| {
        let duals = of_host.get(&aggregate.instance.hosts[host.bins[0]])?;
        duals.unit.iter().map(|dual| i128::try_from(dual.0).ok()).collect()
    };
    aggregate.hosts.iter().map(of_kind).collect()
}

/// What items are worth where `fleet` is open: by duals, where there are any, and by the volume they take of it.
fn worth(aggregate: &Aggregate, priced: &[f64], fleet: &[u64]) -> Vec<f64> {
    let mut volume = vec![0.0; aggregate.items.len()];
    for resource in 0..aggregate.instance.resources {
        let there =
            aggregate.hosts.iter().zip(fleet).map(|(host, &count)| host.capacity[resource] as f64 * count as f64);
        let there: f64 = there.sum::<f64>().max(1.0);
        aggregate.items.iter().zip(&mut volume).for_each(|(item, sum)| *sum += item.size[resource] as f64 / there);
    }
    let total = |worth: &[f64]| -> f64 {
        worth.iter().zip(&aggregate.items).map(|(worth, item)| worth * item.items.len() as f64).sum()
    };
    let by_volume = total(&volume).max(1e-30);
    let by_price = total(priced);
    if by_price <= 0.0 {
        let cost = (aggregate.cost(fleet) as f64).max(1.0);
        return volume.into_iter().map(|volume| volume * cost / by_volume).collect();
    }
    let blend = |(price, volume): (&f64, f64)| PRICED * price + (1.0 - PRICED) * volume * by_price / by_volume;
    priced.iter().zip(volume).map(blend).collect()
}

/// Nodes of a fleet program: the more kinds of hosts, the fewer.
fn effort(aggregate: &Aggregate, nodes: usize, enough: u64) -> Effort {
    Effort { nodes: (nodes / aggregate.hosts.len().max(1)).clamp(16, 20_000), enough, slack: 0 }
}

fn contents_of(aggregate: &Aggregate, assignment: &[Bin]) -> Contents {
    let mut contents: BTreeMap<Bin, Vec<u32>> = BTreeMap::new();
    for (kind, item) in aggregate.items.iter().enumerate() {
        item.items.iter().for_each(|&item| contents.entry(assignment[item]).or_default().push(kind as u32));
    }
    contents.into_iter().collect()
}

/// Which item goes where: of one kind, those that run on a host stay there. `None` where it is not one for each.
fn assignment(aggregate: &Aggregate, contents: &Contents) -> Option<Vec<Bin>> {
    let mut at_home: BTreeMap<(u32, Bin), Vec<ItemIndex>> = BTreeMap::new();
    for (kind, item) in aggregate.items.iter().enumerate() {
        for &item in &item.items {
            if let Some(&(home, _)) = aggregate.instance.items[item].homes.first() {
                at_home.entry((kind as u32, home)).or_default().push(item);
            }
        }
    }
    let mut bins = vec![None; aggregate.instance.items.len()];
    let mut strangers: Vec<(Bin, u32)> = Vec::new();
    for (bin, items) in contents {
        for &kind in items {
            match at_home.get_mut(&(kind, *bin)).and_then(Vec::pop) {
                Some(item) => bins[item] = Some(*bin),
                None => strangers.push((*bin, kind)),
            }
        }
    }
    let mut next = vec![0usize; aggregate.items.len()];
    for (bin, kind) in strangers {
        let items = &aggregate.items[kind as usize].items;
        let next = &mut next[kind as usize];
        while bins[*items.get(*next)?].is_some() {
            *next += 1;
        }
        bins[items[*next]] = Some(bin);
    }
    bins.into_iter().collect()
}
