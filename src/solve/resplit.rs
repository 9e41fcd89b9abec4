//! Local search two bins at a time: what both hold together is split anew, by dynamic programming.
//!
//! Where bins must be filled to the last unit, single moves and swaps seldom fit, but of the thousands of ways to split
//! a dozen items between two bins one nearly always does. All sums that the split can give one of the bins are listed
//! (Bellman's recursion for subset sums), each with the fewest moves; of the best splits one is drawn. Redistributing
//! what pairs of bins hold is known from Alvim, Ribeiro, Glover and Aloise (Journal of Heuristics 10, 2004). The restriction
//! is a number of steps.

use crate::certificate::ItemIndex;
use std::collections::BTreeMap;

use crate::solve::rng::Rng;

use super::Options;
use super::instance::{Bin, Instance, gcd};
use super::restricted::{RestrictedInstance, Usage, open_bins};
use super::work::Work;

/// So many parts of two bins' content may change sides at once.
const PARTS: usize = 14;
/// A list of sums has no more entries than this: larger ones are kept on a grid.
const SUMS: i64 = 1 << 17;
/// No split gives a sum with so many more moves; a part has fewer than this divided by twice the parts.
const NEVER: i16 = i16::MAX / 2;
/// What a move beyond the limit costs, in shares of a bin.
const MOVE_PRICE: f64 = 0.02;
/// Splits may be worse than the best by some such shares of a bin: falling from the first to the second.
const TEMPERATURE: (f64, f64) = (0.003, 0.000_001);
/// Within so many rounds.
const COOLING: u64 = 400;

/// A packing that keeps to `restricted`, sought from `start` in steps, each about as long as an entry of a list of sums.
/// `None` where none was found.
pub fn resplit(
    instance: &Instance,
    restricted: &RestrictedInstance,
    start: &[Bin],
    steps: u64,
    options: &Options,
) -> Option<Vec<Bin>> {
    let mut search = PairSplit::new(instance, restricted, start, steps, options)?;
    let mut round = 0u64;
    loop {
        if search.energy() <= 0.0 {
            return restricted.admits(instance, &search.bin_of).then_some(search.bin_of);
        }
        if search.work.is_over() {
            return None;
        }
        let cooled = (round % COOLING) as f64 / COOLING as f64;
        search.round(TEMPERATURE.0 * (TEMPERATURE.1 / TEMPERATURE.0).powf(cooled));
        round += 1;
    }
}

struct PairSplit<'a> {
    instance: &'a Instance,
    restricted: &'a RestrictedInstance,
    open: Vec<Bin>,
    bin_of: Vec<Bin>,
    usage: Usage,
    moved: i64,
    rng: Rng,
    work: Work<'a>,
}

/// Items that change sides together, because a rule keeps some of them apart from others.
struct Part {
    items: Vec<ItemIndex>,
    /// What the first bin gains when they do, and how many more containers move.
    gain: i64,
    moves: i64,
}

impl<'a> PairSplit<'a> {
    /// `None` where no start is found that breaks no rule: splitting mends sums only.
    fn new(
        instance: &'a Instance,
        restricted: &'a RestrictedInstance,
        start: &[Bin],
        steps: u64,
        options: &Options<'a>,
    ) -> Option<PairSplit<'a>> {
        let open: Vec<Bin> = open_bins(&restricted.open).collect();
        let mut bin_of = start.to_vec();
        let mut usage = Usage::new(instance);
        for item in ItemIndex::all(instance.items.len()) {
            let best = (open.iter().copied())
                .filter(|&bin| instance.may_go(item, bin) && is_apart(instance, &usage, item, bin))
                .min_by(|&a, &b| {
                    let key = |bin: Bin| {
                        let size = |r: usize| usage.used[bin][r] + instance.items[item].size[r];
                        let share = |r: usize| size(r) as f64 / (restricted.capacity[bin][r] as f64).max(0.5);
                        let fullest = (0..instance.resources).map(share).fold(0.0, f64::max);
                        if bin == start[item] { 0.0 } else { fullest }
                    };
                    key(a).total_cmp(&key(b)).then(a.cmp(&b))
                })?;
            bin_of[item] = best;
            usage.put(instance, item, best);
        }
        let moved = bin_of.iter().zip(&instance.items).map(|(&bin, item)| item.moves(bin) as i64).sum();
        Some(PairSplit {
            instance,
            restricted,
            open,
            bin_of,
            usage,
            moved,
            rng: Rng::with_seed(options.seed ^ 0x7370_6c69),
            work: Work::new(steps, options.clock),
        })
    }

    fn energy(&self) -> f64 {
        self.open.iter().map(|&bin| self.over(bin)).sum::<f64>() + self.dear(self.moved)
    }

    /// What moves beyond the limit cost.
    fn dear(&self, moved: i64) -> f64 {
        let price = MOVE_PRICE / self.instance.unit.mean as f64;
        self.restricted.moves.map_or(0.0, |limit| moved.saturating_sub_unsigned(limit).max(0) as f64 * price)
    }

    /// The share by which a bin is overfilled, over all resources.
    fn over(&self, bin: Bin) -> f64 {
        let over = |(used, limit): (&u64, &u64)| used.saturating_sub(*limit) as f64 / (*limit as f64).max(0.5);
        self.usage.used[bin].iter().zip(&self.restricted.capacity[bin]).map(over).sum()
    }

    /// Splits anew what two bins hold, one of them overfilled as a rule.
    fn round(&mut self, temperature: f64) {
        self.work.spend(64);
        if self.open.len() < 2 {
            return;
        }
        let full: Vec<Bin> = self.open.iter().copied().filter(|&bin| self.over(bin) > 0.0).collect();
        let from = if full.is_empty() || self.rng.u8(..4) == 0 { &self.open } else { &full };
        let a = from[self.rng.usize(..from.len())];
        let others: Vec<Bin> = self.open.iter().copied().filter(|&bin| bin != a).collect();
        let b = others[self.rng.usize(..others.len())];
        let resource = self.resource(a, b);
        let parts = self.parts(a, b, resource);
        if let Some(sides) = self.split(a, b, resource, &parts, temperature) {
            let before = self.over(a) + self.over(b) + self.dear(self.moved);
            self.turn(a, b, &parts, &sides);
            let after = self.over(a) + self.over(b) + self.dear(self.moved);
            // The other resources have not been looked at.
            if after > before + self.noise(temperature) {
                self.turn(a, b, &parts, &sides);
            }
        }
    }

    /// How much worse the next step may be: seldom much more than `temperature`.
    fn noise(&mut self, temperature: f64) -> f64 {
        temperature * -self.rng.f64().max(1e-9).ln()
    }

    /// The resource that the two have least of; sometimes another.
    fn resource(&mut self, a: Bin, b: Bin) -> usize {
        let share = |r: usize| {
            let sum = |of: &Vec<Vec<u64>>| of[a][r] as f64 + of[b][r] as f64;
            sum(&self.usage.used) / sum(&self.restricted.capacity).max(0.5)
        };
        let scarcest = (0..self.instance.resources).max_by(|&x, &y| share(x).total_cmp(&share(y)).then(y.cmp(&x)));
        match self.rng.u8(..8) {
            0 => self.rng.usize(..self.instance.resources),
            _ => scarcest.unwrap_or(0),
        }
    }

    /// What may change sides between the two: some of it, drawn at random.
    fn parts(&mut self, a: Bin, b: Bin, resource: usize) -> Vec<Part> {
        let instance = self.instance;
        let here = |item: ItemIndex| self.bin_of[item] == a || self.bin_of[item] == b;
        let pool: Vec<ItemIndex> = ItemIndex::all(instance.items.len()).filter(|&item| here(item)).collect();
        self.work.spend(instance.items.len() as u64 / 8);
        // Items bound by a rule to different sides change sides together.
        let mut group: BTreeMap<ItemIndex, ItemIndex> = pool.iter().map(|&item| (item, item)).collect();
        let mut fixed: Vec<ItemIndex> = Vec::new();
        for &item in &pool {
            let there = if self.bin_of[item] == a { b } else { a };
            let here = self.bin_of[item];
            let told_apart =
                |&(cap, _): &(usize, u32)| instance.caps[cap].domain_of(here) != instance.caps[cap].domain_of(there);
            if !instance.may_go(item, there) || instance.items[item].caps.iter().any(told_apart) {
                fixed.push(item);
            }
            for &rule in &instance.items[item].aparts {
                let apart = &instance.aparts[rule];
                let domain = apart.domain[there];
                if domain == apart.domain[self.bin_of[item]] || self.usage.domains.count(rule, domain) == 0 {
                    continue;
                }
                match apart.items.iter().find(|&&other| self.bin_of[other] == there) {
                    None => fixed.push(item),
                    Some(&other) => {
                        let (from, to) = (group[&item], group[&other]);
                        group.values_mut().filter(|of| **of == from).for_each(|of| *of = to);
                    }
                }
            }
        }
        let fixed: Vec<ItemIndex> = fixed.iter().map(|item| group[item]).collect();
        let mut members: BTreeMap<ItemIndex, Vec<ItemIndex>> = BTreeMap::new();
        for (item, of) in group {
            if !fixed.contains(&of) {
                members.entry(of).or_default().push(item);
            }
        }
        let gain = |item: ItemIndex| {
            let (size, there) = (instance.items[item].size[resource] as i64, self.bin_of[item] == b);
            if there { size } else { -size }
        };
        let moves = |item: ItemIndex| {
            let there = if self.bin_of[item] == a { b } else { a };
            instance.items[item].moves(there) as i64 - instance.items[item].moves(self.bin_of[item]) as i64
        };
        let part = |items: Vec<ItemIndex>| Part {
            gain: items.iter().map(|&item| gain(item)).sum(),
            moves: items.iter().map(|&item| moves(item)).sum(),
            items,
        };
        let mut parts: Vec<Part> = members.into_values().map(part).collect();
        self.rng.shuffle(&mut parts);
        parts.truncate(PARTS);
        parts
    }

    /// Which parts change sides, such that the two bins are overfilled as little as can be in `resource`, and little
    /// is moved; or a little worse.
    fn split(&mut self, a: Bin, b: Bin, resource: usize, parts: &[Part], temperature: f64) -> Option<Vec<bool>> {
        let common = parts.iter().fold(0, |unit, part| gcd(unit, part.gain.unsigned_abs())) as i64;
        let span: i64 = parts.iter().map(|part| part.gain.abs()).sum();
        let unit = common.max(span / SUMS + 1);
        let gains: Vec<i64> = parts.iter().map(|part| part.gain / unit).collect();
        let lowest: i64 = gains.iter().filter(|gain| **gain < 0).sum();
        let width = usize::try_from(gains.iter().map(|gain| gain.abs()).sum::<i64>() + 1).ok()?;
        let lists = sums(&gains, parts, lowest, width);
        self.work.spend((width * (parts.len() / 8 + 2)) as u64);
        let last = lists.last()?;
        let (used, limit) = (&self.usage.used, &self.restricted.capacity);
        let room = |bin: Bin| limit[bin][resource] as i64 - used[bin][resource] as i64;
        let (room_a, room_b) = (room(a), room(b));
        let (give_a, give_b) = (limit[a][resource].max(1) as f64, limit[b][resource].max(1) as f64);
        let energy = |at: usize| {
            let gain = (at as i64 + lowest) * unit;
            let over = (gain - room_a).max(0) as f64 / give_a + (-gain - room_b).max(0) as f64 / give_b;
            over + self.dear(self.moved + i64::from(last[at]))
        };
        let reached: Vec<(f64, usize)> = (0..width).filter(|&at| last[at] < NEVER).map(|at| (energy(at), at)).collect();
        let least = reached.iter().map(|(energy, _)| *energy).fold(f64::MAX, f64::min);
        let allowed = least + self.noise(temperature);
        let good: Vec<usize> = reached.iter().filter(|(energy, _)| *energy <= allowed).map(|(_, at)| *at).collect();
        let mut at = *good.get(self.rng.usize(..good.len().max(1)))?;
        // Back from the sum to the parts, by chance where there are several ways.
        let mut sides = vec![false; parts.len()];
        for number in (0..parts.len()).rev() {
            let (before, now) = (&lists[number], lists[number + 1][at]);
            let other = usize::try_from(at as i64 - gains[number]).ok().filter(|&at| at < width);
            let stays = before[at] == now;
            let turns =
                other.filter(|&at| before[at] < NEVER && i64::from(before[at]) + parts[number].moves == i64::from(now));
            if let Some(other) = turns
                && (!stays || self.rng.bool())
            {
                sides[number] = true;
                at = other;
            }
        }
        Some(sides)
    }

    /// The parts that `sides` names go to the other of the two bins.
    fn turn(&mut self, a: Bin, b: Bin, parts: &[Part], sides: &[bool]) {
        for part in parts.iter().zip(sides).filter(|(_, turned)| **turned).map(|(part, _)| part) {
            for &item in &part.items {
                let from = self.bin_of[item];
                let to = if from == a { b } else { a };
                self.usage.take(self.instance, item, from);
                self.usage.put(self.instance, item, to);
                self.bin_of[item] = to;
                self.moved += self.instance.items[item].moves(to) as i64 - self.instance.items[item].moves(from) as i64;
            }
        }
    }
}

/// For the first parts, one more each time: the fewest more moves with which the first bin gains each sum, `lowest` on.
fn sums(gains: &[i64], parts: &[Part], lowest: i64, width: usize) -> Vec<Vec<i16>> {
    let mut lists = Vec::with_capacity(parts.len() + 1);
    let mut list = vec![i16::MAX; width];
    if let Ok(origin) = usize::try_from(-lowest) {
        list[origin] = 0;
    }
    lists.push(list);
    for (part, &gain) in parts.iter().zip(gains) {
        let before: &Vec<i16> = &lists[lists.len() - 1];
        let mut now = before.clone();
        let moves = part.moves.clamp(-1_000, 1_000) as i16;
        let shift = gain.unsigned_abs() as usize;
        let better = |(now, before): (&mut i16, &i16)| *now = (*now).min(before.saturating_add(moves));
        match gain >= 0 {
            true => now[shift..].iter_mut().zip(before).for_each(better),
            false => now.iter_mut().zip(&before[shift..]).for_each(better),
        }
        lists.push(now);
    }
    lists
}

/// Whether no rule keeps `item` from `bin`.
fn is_apart(instance: &Instance, usage: &Usage, item: ItemIndex, bin: Bin) -> bool {
    let of = &instance.items[item];
    usage.domains.admits(instance, &of.aparts, &of.caps, bin)
}
