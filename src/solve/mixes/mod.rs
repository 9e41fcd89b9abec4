//! Goals that count hosts where the sets of hosts are too many to list: choose how many hosts of each kind are open,
//! then pack into exactly these.
//!
//! A small integer program over kinds of hosts ([`rows`], [`branch`]) gives the bound and the mix, annealing packs into
//! it ([`pack`]), and what finds no place opens the cheapest further host ([`recreate`]). Dearer mixes and the ruin of
//! a few hosts at a time close the gap from above. Where items repeat, patterns of whole hosts come first ([`generate`]).

mod branch;
mod classes;
mod deal;
mod evidence;
mod fill;
mod fractional;
mod generate;
mod knapsack;
mod pack;
mod recreate;
mod restricted;
mod rows;
pub mod sets;
mod shares;
mod simplex;
mod stock;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;

use fastrand::Rng;

use super::Options;
use super::budget::{Budget, Limits, Load, mix_cost};
use super::instance::{Instance, ItemIndex, Slot};
use crate::certificate::{HostGroup, Prices, Proof};
use crate::model::{Goal, HostIndex};
use branch::{Effort, Found, MixProgram};
use classes::{Classes, Pattern};
use fill::Filler;
use fractional::{Fractional, Shared};
use generate::Generation;
use pack::Contents;
use recreate::Rebuild;
use rows::Source;
use shares::Shares;
use view::{HostKind, View};

/// Nodes of the mix program, times its kinds of hosts, for a bound and for a mix with room to spare.
const BOUND_NODES: usize = 2_000_000;
const ROOM_NODES: usize = 20_000;
/// The same after each cut.
const CUT_NODES: usize = 100_000;
/// The most room looked for, in parts in a million of the volume, and how exactly.
const ROOM: u64 = 200_000;
const ROOM_STEP: u64 = 50;
/// The same where the class LP judges the mix afterwards.
const COARSE_STEP: u64 = 1_000;
/// Steps of the first round of packing; each further one takes `GROWTH` times as many, for one long run leaves less
/// without a place than several short ones.
const STEPS: u64 = 60_000;
const GROWTH: u64 = 5;
/// Cuts sought for one mix.
const CUTS: usize = 6;
/// The part of what a mix may cost above the bound that must be room for what is packed.
const ROOMY: f64 = 0.7;
/// Of what patterns leave so many items, or one in so many of all, find a place afterwards.
const MOST_LEFT: usize = 50;
/// Targets that are above the bound by one part in so many.
const SPARE: [u64; 3] = [150, 300, 600];
/// Rounds of packing.
const ROUNDS: u32 = 4;
/// The part of an item's worth that the mix program's prices make; the rest is plain volume. Prices alone fail: many
/// items cost nothing by them.
const PRICED: f64 = 0.7;

/// What is known of the cost before.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// No packing costs less.
    pub bound: u64,
    /// Prices of a base unit of each resource on each host that show how dear packings are at the least: those of the
    /// class LP.
    pub prices: &'a [HostGroup],
}

/// What was found on the way.
#[derive(Clone, Debug)]
pub enum News {
    /// A better packing.
    Packing(Vec<Slot>),
    /// No packing costs less.
    Bound(u64),
}

/// Lowers the cost of `start` by `goal` and raises the bound on it, from what `known` shows; `news` is told. A bound of
/// its own in the end, and why it holds.
#[expect(clippy::too_many_arguments, reason = "the question, what is known of it, and where the answers go")]
pub fn cheapest(
    instance: &Instance,
    budget: &Budget,
    limits: &Limits,
    goal: Goal,
    start: &[Slot],
    known: &Known,
    options: &Options,
    news: &mut dyn FnMut(News),
) -> (u64, Proof) {
    let view = View::new(instance, budget, *limits, goal);
    match instance.resources {
        0..=2 => Portfolio::<2>::new(&view, start, known, options, news).run(),
        3..=4 => Portfolio::<4>::new(&view, start, known, options, news).run(),
        5..=8 => Portfolio::<8>::new(&view, start, known, options, news).run(),
        9..=32 => Portfolio::<32>::new(&view, start, known, options, news).run(),
        _ => (0, Proof::Volume),
    }
}

/// A packing within `budget` by filling its open hosts; its limit on moves is not looked at.
pub fn packed(instance: &Instance, budget: &Budget, steps: u64, options: &Options) -> Option<Vec<Slot>> {
    let view = View::new(instance, budget, Limits::default(), Goal::FewestHosts);
    match instance.resources {
        0..=2 => packed_by::<2>(&view, steps, options),
        3..=4 => packed_by::<4>(&view, steps, options),
        5..=8 => packed_by::<8>(&view, steps, options),
        9..=32 => packed_by::<32>(&view, steps, options),
        _ => None,
    }
}

fn packed_by<const R: usize>(view: &View, steps: u64, options: &Options) -> Option<Vec<Slot>> {
    let mix: Vec<u64> = view.hosts.iter().map(|host| host.slots.len() as u64).collect();
    let open: Vec<Slot> = view.hosts.iter().flat_map(|host| host.slots.iter().copied()).collect();
    // What a host is worth is what it can hold.
    let volume = |host: &HostKind| -> f64 {
        let all =
            |r: usize| view.hosts.iter().zip(&mix).map(move |(h, &n)| h.capacity[r] as f64 * n as f64).sum::<f64>();
        (0..view.instance.resources).map(|r| host.capacity[r] as f64 / all(r).max(1.0)).sum::<f64>().max(1e-9)
    };
    let total = open.len() as f64 / view.instance.resources.max(1) as f64;
    let price = view.hosts.iter().map(|host| volume(host) * total).collect();
    let packing =
        pack::pack::<R>(view, &open, None, &worth(view, &[], &mix), price, steps, options.seed, options.clock);
    let assignment = packing.left.is_empty().then(|| assignment(view, &packing.contents))??;
    view.budget.admits(view.instance, &assignment).then_some(assignment)
}

struct Portfolio<'a, 'b, const R: usize> {
    view: &'a View<'a>,
    options: &'a Options<'a>,
    news: &'b mut dyn FnMut(News),
    program: MixProgram<'a>,
    contents: Contents,
    cost: u64,
    /// The better of what was known and what the mix program shows.
    bound: u64,
    /// The worth of an item of each kind by the prices of the mix program.
    priced: Vec<f64>,
    /// Where the mix program's own rows say less than the class LP.
    fractional: Option<Fractional<'a>>,
}

impl<'a, 'b, const R: usize> Portfolio<'a, 'b, R> {
    fn new(
        view: &'a View<'a>,
        start: &[Slot],
        known: &Known,
        options: &'a Options<'a>,
        news: &'b mut dyn FnMut(News),
    ) -> Portfolio<'a, 'b, R> {
        let contents = contents_of(view, start);
        let cost = mix_cost(view.instance, view.goal, &Load::of(view.instance, start).occupied());
        let mut program = MixProgram::new(view);
        if let Some(prices) = unit_prices(view, known.prices) {
            program.candidates.add_prices(prices);
        }
        Portfolio {
            view,
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
        let everything: Vec<u64> = self.view.hosts.iter().map(|host| host.slots.len() as u64).collect();
        let classes = Classes::<R>::new(self.view, &self.slots(&everything));
        let lp = classes.and_then(|classes| Some((Shares::new(&classes, self.options.clock)?, classes)));
        if let Some((shares, classes)) = &lp {
            self.program.candidates.add_prices(classes.prices(self.view, &shares.prices));
        }
        let mut found = self.bounded(BOUND_NODES);
        let worth = |(row, &some): (&rows::Row, &f64)| some > 1e-9 && matches!(row.source, Source::Worth(_));
        if self.program.rows.iter().zip(&found.root).any(worth) {
            let fractional = Fractional::new(self.view);
            // What averages say is no more than the class LP has said already.
            let cuts = if lp.is_none() || fractional.is_exact() { CUTS } else { 0 };
            self.fractional = Some(fractional);
            for _ in 0..cuts {
                let Some(mix) = found.mix.take().filter(|_| !self.is_done()) else { break };
                let Some((_, missing)) = self.share_out(&mix) else { break };
                if missing <= 0.0 {
                    break;
                }
                found = self.bounded(CUT_NODES);
            }
        }
        if let Some((shares, classes)) = &lp {
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
            let middle = self.bound + (self.cost - self.bound) / 2;
            // The dearer mix has more room and is the likelier to take everything.
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
        }
        let proof = match self.options.certify {
            true => evidence::proof(&self.program, &found.tree),
            false => Proof::Omitted(evidence::method(&self.program, &found.tree)),
        };
        (found.bound, proof)
    }

    /// The cheapest mix by the rows, and what it proves of all packings.
    fn bounded(&mut self, nodes: usize) -> Found {
        let found = self.program.minimise(self.cost, effort(self.view, nodes, 0), self.options.clock);
        self.bound = self.bound.max(found.bound);
        (self.news)(News::Bound(self.bound));
        self.priced = self.prices(&found);
        found
    }

    /// Shares the items out among the hosts of `mix`, cut as may be. By how much these fall short of them by the row
    /// that it makes, as a part of all.
    fn share_out(&mut self, mix: &[u64]) -> Option<(Vec<Shared>, f64)> {
        let answer = self.fractional.as_ref()?.solve(mix, self.options.clock)?;
        let row = self.program.candidates.add_prices(answer.prices)?;
        let missing = row.missing(mix, 0.0) as f64 / row.right as f64;
        Some((answer.shared, missing))
    }

    fn is_done(&self) -> bool {
        self.cost <= self.bound || self.options.clock.left().is_zero()
    }

    /// What items are worth by the multipliers at the root of the mix program.
    fn prices(&self, found: &Found) -> Vec<f64> {
        let mut prices = vec![0.0; self.view.items.len()];
        for (row, &multiplier) in self.program.rows.iter().zip(&found.root) {
            if multiplier <= 1e-9 {
                continue;
            }
            match &row.source {
                Source::Volume(family, resource) => {
                    for (price, item) in prices.iter_mut().zip(&self.view.items) {
                        if item.size[*resource] > 0 && family.contains(self.view, item) {
                            *price += multiplier * item.size[*resource] as f64 / row.right as f64;
                        }
                    }
                }
                Source::Worth(position) => {
                    let worth = &self.program.candidates.prices[*position].worth;
                    let shares = worth.iter().map(|&worth| multiplier * worth as f64 / row.right as f64);
                    prices.iter_mut().zip(shares).for_each(|(price, share)| *price += share);
                }
                Source::Crowd(_) | Source::Presence(_) | Source::Limit(_) => {}
            }
        }
        prices
    }

    /// Packs by patterns.
    fn generate(&mut self, classes: &Classes<R>, shares: &Shares<R>) {
        if self.is_done() {
            return;
        }
        let mut generation = Generation::new(self.view, classes, shares, self.options.seed, self.options.clock);
        let patterns = generation.packed_at_once();
        self.realise(classes, &patterns);
        if !self.is_done() {
            let patterns = generation.packed();
            self.realise(classes, &patterns);
        }
    }

    /// Gives the places of patterns items, and opens hosts for what finds none.
    fn realise(&mut self, classes: &Classes<R>, patterns: &[(usize, Pattern)]) {
        let (view, seed) = (self.view, self.options.seed);
        let everything: Vec<u64> = view.hosts.iter().map(|host| host.slots.len() as u64).collect();
        let worth = worth(view, &self.priced, &everything);
        let mut filler = Filler::new(view, &worth, fill::prices(view), Rng::with_seed(seed));
        let packing = classes.realised(&mut filler, patterns);
        // Hardly begun when the clock ran out: to open hosts for so many takes too long.
        if packing.left.len() > MOST_LEFT.max(view.instance.items.len() / MOST_LEFT) {
            return;
        }
        if let Some((cost, contents)) = recreate::completed::<R>(view, &packing, &worth, seed)
            && cost < self.cost
        {
            self.accept(contents);
        }
    }

    /// Packs into the mix of the most room that costs `target`, and completes the packing where items are left.
    fn pack_at(&mut self, target: u64, steps: u64, round: u32) {
        let Some((mix, shared)) = self.enough(target) else { return };
        self.pack_into(&mix, shared.as_deref(), steps, u64::from(round) ^ (target << 8));
    }

    fn pack_into(&mut self, mix: &[u64], shared: Option<&[Shared]>, steps: u64, salt: u64) {
        let worth = worth(self.view, &self.priced, mix);
        let open = self.slots(mix);
        let seed = self.options.seed ^ (salt << 32);
        let clock = self.options.clock;
        let packing = pack::pack::<R>(self.view, &open, shared, &worth, fill::prices(self.view), steps, seed, clock);
        if let Some((cost, contents)) = recreate::completed::<R>(self.view, &packing, &worth, seed)
            && cost < self.cost
        {
            self.accept(contents);
        }
    }

    /// The roomiest mix that also holds all items when these may be cut, and how these are shared out then. What shows
    /// that one does not is a new row.
    fn enough(&mut self, target: u64) -> Option<(Vec<u64>, Option<Vec<Shared>>)> {
        let mut mix = self.roomiest(target)?;
        let mut shared = None;
        for _ in 0..CUTS {
            let Some((parts, missing)) = self.share_out(&mix) else { break };
            shared = Some(parts);
            // Most of what the mix may cost above the bound is to be room.
            if missing <= -ROOMY * (target as f64 / self.bound.max(1) as f64 - 1.0) {
                break;
            }
            match self.roomiest(target) {
                Some(next) => mix = next,
                None => break,
            }
        }
        Some((mix, shared))
    }

    /// The mix that costs `target` at the most and has the most room for what is to be packed.
    fn roomiest(&mut self, target: u64) -> Option<Vec<u64>> {
        let mut best: Option<Vec<u64>> = None;
        let (mut low, mut high) = (0, ROOM);
        let step = if self.fractional.is_some() { COARSE_STEP } else { ROOM_STEP };
        while best.is_none() || high - low > step {
            let slack = if best.is_none() { 0 } else { low + (high - low) / 2 };
            let effort = Effort { enough: target, slack, ..effort(self.view, ROOM_NODES, target) };
            match self.program.minimise(target + 1, effort, self.options.clock).mix {
                Some(mix) => (best, low) = (Some(mix), slack),
                None if best.is_none() => break,
                None => high = slack,
            }
        }
        let mut mix = best?;
        if self.view.limits.hosts.is_none() && self.view.limits.price.is_none() && self.view.limits.watts.is_none() {
            // What costs nothing may as well be open.
            for (count, host) in mix.iter_mut().zip(&self.view.hosts).filter(|(_, host)| host.cost == 0) {
                *count = host.slots.len() as u64;
            }
        }
        Some(mix)
    }

    /// The slots of `mix`: those first where most runs already, from all zones alike.
    fn slots(&self, mix: &[u64]) -> Vec<Slot> {
        let instance = self.view.instance;
        let mut running = vec![0u64; instance.hosts.len()];
        instance.items.iter().flat_map(|item| &item.homes).for_each(|&(slot, count)| running[slot] += count);
        let labels = instance.aparts.iter().filter(|apart| !apart.by_host).map(|apart| &apart.zone);
        let labels: std::collections::BTreeSet<&Vec<usize>> = labels.collect();
        let mut open = Vec::new();
        for (host, &count) in self.view.hosts.iter().zip(mix) {
            let mut slots = host.slots.clone();
            slots.sort_by_key(|&slot| (std::cmp::Reverse(running[slot]), slot));
            let mut rank: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
            let mut ranked: Vec<(usize, Slot)> = Vec::new();
            for slot in slots {
                let seen = rank.entry(labels.iter().map(|zone| zone[slot]).collect()).or_default();
                ranked.push((*seen, slot));
                *seen += 1;
            }
            ranked.sort_by_key(|&(rank, _)| rank);
            open.extend(ranked.into_iter().take(count as usize).map(|(_, slot)| slot));
        }
        open
    }

    fn recreate(&mut self, steps: u64, round: u32) {
        let mut mix = vec![0u64; self.view.hosts.len()];
        self.contents.iter().for_each(|(slot, _)| mix[self.view.kind_of[*slot]] += 1);
        let worth = worth(self.view, &self.priced, &mix);
        let seed = self.options.seed ^ (u64::from(round) << 32) ^ (1 << 60);
        let mut rebuild = Rebuild::<R>::new(self.view, &self.contents, &worth, seed);
        let contents = rebuild.improve(steps, self.bound, self.options.clock);
        self.accept(contents);
    }

    /// Takes a packing that costs less; the budget and the limits have the last word.
    fn accept(&mut self, contents: Contents) {
        let view = self.view;
        let Some(assignment) = assignment(view, &contents) else { return };
        let occupied = Load::of(view.instance, &assignment).occupied();
        let cost = mix_cost(view.instance, view.goal, &occupied);
        if cost < self.cost
            && view.limits.admit(view.instance, &occupied)
            && view.budget.admits(view.instance, &assignment)
        {
            self.cost = cost;
            self.contents = contents.into_iter().filter(|(_, items)| !items.is_empty()).collect();
            (self.news)(News::Packing(assignment));
        }
    }
}

/// The prices of groups of hosts as prices of kinds of hosts; `None` where a kind has none.
fn unit_prices(view: &View, groups: &[HostGroup]) -> Option<Vec<Vec<i128>>> {
    let mut of_host: BTreeMap<HostIndex, &Prices> = BTreeMap::new();
    for group in groups {
        let prices = group.prices.as_ref().filter(|prices| prices.unit.len() == view.instance.resources)?;
        of_host.extend(group.hosts.iter().map(|&host| (host, prices)));
    }
    let of_kind = |host: &view::HostKind| {
        let prices = of_host.get(&view.instance.hosts[host.slots[0]])?;
        prices.unit.iter().map(|price| i128::try_from(price.0).ok()).collect()
    };
    view.hosts.iter().map(of_kind).collect()
}

/// What items are worth where `mix` is open: by prices, where there are any, and by the volume they take of it.
fn worth(view: &View, priced: &[f64], mix: &[u64]) -> Vec<f64> {
    let mut volume = vec![0.0; view.items.len()];
    for resource in 0..view.instance.resources {
        let there = view.hosts.iter().zip(mix).map(|(host, &count)| host.capacity[resource] as f64 * count as f64);
        let there: f64 = there.sum::<f64>().max(1.0);
        view.items.iter().zip(&mut volume).for_each(|(item, sum)| *sum += item.size[resource] as f64 / there);
    }
    let total = |worth: &[f64]| -> f64 {
        worth.iter().zip(&view.items).map(|(worth, item)| worth * item.items.len() as f64).sum()
    };
    let by_volume = total(&volume).max(1e-30);
    let by_price = total(priced);
    if by_price <= 0.0 {
        let cost = (view.cost(mix) as f64).max(1.0);
        return volume.into_iter().map(|volume| volume * cost / by_volume).collect();
    }
    let blend = |(price, volume): (&f64, f64)| PRICED * price + (1.0 - PRICED) * volume * by_price / by_volume;
    priced.iter().zip(volume).map(blend).collect()
}

/// Nodes of a mix program: the more kinds of hosts, the fewer.
fn effort(view: &View, nodes: usize, enough: u64) -> Effort {
    Effort { nodes: (nodes / view.hosts.len().max(1)).clamp(16, 20_000), enough, slack: 0 }
}

fn contents_of(view: &View, assignment: &[Slot]) -> Contents {
    let mut contents: BTreeMap<Slot, Vec<u32>> = BTreeMap::new();
    for (kind, item) in view.items.iter().enumerate() {
        item.items.iter().for_each(|&item| contents.entry(assignment[item]).or_default().push(kind as u32));
    }
    contents.into_iter().collect()
}

/// Which item goes where: of one kind, those that run on a host stay there. `None` where it is not one for each.
fn assignment(view: &View, contents: &Contents) -> Option<Vec<Slot>> {
    let mut at_home: BTreeMap<(u32, Slot), Vec<ItemIndex>> = BTreeMap::new();
    for (kind, item) in view.items.iter().enumerate() {
        for &item in &item.items {
            if let Some(&(home, _)) = view.instance.items[item].homes.first() {
                at_home.entry((kind as u32, home)).or_default().push(item);
            }
        }
    }
    let mut slots = vec![usize::MAX; view.instance.items.len()];
    let mut strangers: Vec<(Slot, u32)> = Vec::new();
    for (slot, items) in contents {
        for &kind in items {
            match at_home.get_mut(&(kind, *slot)).and_then(Vec::pop) {
                Some(item) => slots[item] = *slot,
                None => strangers.push((*slot, kind)),
            }
        }
    }
    let mut next = vec![0usize; view.items.len()];
    for (slot, kind) in strangers {
        let items = &view.items[kind as usize].items;
        let next = &mut next[kind as usize];
        while slots[*items.get(*next)?] != usize::MAX {
            *next += 1;
        }
        slots[items[*next]] = slot;
    }
    slots.iter().all(|&slot| slot != usize::MAX).then_some(slots)
}
