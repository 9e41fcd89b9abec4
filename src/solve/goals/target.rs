//! Targets: by how much bins are above them, all together.

use super::super::decide::{Decision, decide, is_small, searchable};
use super::super::instance::{Bin, Instance};
use super::super::lp::above;
use super::super::restricted::{RestrictedInstance, Usage};
use super::super::rng::Rng;
use super::super::steps::{Board, Step};
use super::super::work::{Effort, Work};
use super::super::{Clock, construct};
use super::{Goals, Lower, SEARCHED_HOST_SETS};
use crate::certificate::{EpsilonConstraints, ItemIndex, Method, Proof};
use crate::model::{Goal, GoalValue, Ratio};

/// Steps from where things stand are looked at so often, and more often for each item.
const LOOKS: u64 = 400_000;
const LOOKS_AN_ITEM: u64 = 60;
/// So many walks, as long as each finds something.
const WALKS: u32 = 6;
/// A walk takes steps that raise the sum by so many millionths at first, and by so many at last.
const WARM: f64 = 3_000.0;
const COLD: f64 = 20.0;
/// The bins above their targets are listed anew once in so many steps.
const STEPS_A_LIST: u64 = 1_024;
/// A step looks at so many bins for one with room.
const BINS: usize = 4;
/// Packings less full than what is there are sought in so many halvings.
const HALVINGS: usize = 5;

impl Goals<'_> {
    fn above(&self) -> u64 {
        Usage::of(self.instance, &self.best).above
    }

    pub(super) fn minimise_above(&mut self) -> Lower {
        let least = self.instance.least_above();
        let as_value =
            |above: u64, method: Method| (GoalValue::Above(above), (above > 0).then_some(Proof::Omitted(method)));
        if self.above() <= least {
            return as_value(least, Method::Rules);
        }
        let (fleets, all) = self.open_sets(&self.all_open(), None);
        let mut candidates: Vec<(u64, RestrictedInstance)> = Vec::new();
        for fleet in &fleets {
            let restricted = self.restricted(fleet);
            let limits = if all { EpsilonConstraints::default() } else { self.limits };
            // Without a bound nothing fits into these at all.
            if let Some(bound) = above::bound(self.instance, &restricted, &limits, self.options.clock) {
                candidates.push((bound, restricted));
            }
        }
        candidates.sort_by_key(|(bound, _)| *bound);
        // Sets that are not listed are bounded as one.
        let mut unlisted = match all {
            true => u64::MAX,
            false => above::bound(self.instance, &self.all_open(), &self.limits, self.options.clock).unwrap_or(least),
        };
        let lower = |candidates: &[(u64, RestrictedInstance)], unlisted: u64| {
            candidates.first().filter(|_| all).map_or(unlisted, |(bound, _)| *bound)
        };
        let known = lower(&candidates, unlisted).min(self.above());
        self.learn(Goal::WithinTarget, GoalValue::Above(known));
        if self.bound_only {
            return as_value(known, Method::Duals);
        }
        // First whether all fits within the targets, which every tool can be asked.
        let mut method = Method::Duals;
        for effort in [Effort::QUICK, Effort::SOLID] {
            for (bound, restricted) in candidates.iter_mut().take(SEARCHED_HOST_SETS) {
                let searched = effort == Effort::QUICK || searchable(self.instance);
                if *bound > least || *bound >= self.above() || !searched || self.out_of_time() {
                    continue;
                }
                let cut = restricted.no_further_above(self.instance, &[]);
                match decide(self.instance, &cut, &self.best, effort, &mut self.memory, self.options) {
                    Decision::Packed(packing) => _ = self.takes_above(packing),
                    Decision::Refuted(proof) => (*bound, method) = (least + 1, method.max(proof.method())),
                    Decision::Unknown => {}
                }
            }
            candidates.sort_by_key(|(bound, _)| *bound);
            if effort == Effort::QUICK {
                for (bound, restricted) in candidates.iter().take(SEARCHED_HOST_SETS) {
                    if *bound < self.above() && !self.out_of_time() {
                        // Where no bin need be fuller than that, none is made so: balance may come later.
                        let even = self.spread(restricted).filter(|even| {
                            let lowest = above::bound(self.instance, even, &self.limits, self.options.clock);
                            lowest.is_some_and(|lowest| lowest <= *bound + self.rounded())
                        });
                        even.into_iter().for_each(|even| self.walk_below(&even, *bound));
                        self.walk_below(restricted, *bound);
                    }
                }
            }
        }
        if all && candidates.is_empty() {
            unlisted = self.above();
        }
        as_value(lower(&candidates, unlisted).min(self.above()), method)
    }

    /// What each bin is above is rounded up: of many, at the bound but for that nothing is to be gained.
    fn rounded(&self) -> u64 {
        if is_small(self.instance) { 0 } else { self.instance.hosts.len() as u64 }
    }

    /// Takes a packing that is less above the targets and keeps to the limits; whether it does.
    fn takes_above(&mut self, packing: Vec<Bin>) -> bool {
        let usage = Usage::of(self.instance, &packing);
        usage.above < self.above()
            && self.limits.admit(self.instance, &usage.occupied())
            && self.all_open().admits(self.instance, &packing)
            && self.improve(packing, Goal::WithinTarget)
    }

    /// Seeks packings between the targets and what the bins give: those that pass all targets alike, by as little as is found.
    /// The restriction of the last that was taken.
    fn spread(&mut self, restricted: &RestrictedInstance) -> Option<RestrictedInstance> {
        let (mut low, mut high) = (0, 1_u64 << HALVINGS);
        let mut even = None;
        for _ in 0..HALVINGS {
            if self.out_of_time() || is_small(self.instance) {
                break;
            }
            let middle = low + (high - low) / 2;
            let part = Ratio { part: middle, whole: 1 << HALVINGS };
            let tight = restricted.partly_above(self.instance, part);
            match construct::construct(self.instance, &tight, self.options.clock, true) {
                Ok(packing) => {
                    high = middle;
                    if self.takes_above(packing) {
                        even = Some(tight);
                    }
                }
                Err(_) => low = middle,
            }
        }
        even
    }

    /// Seeks a packing that is less above the targets by steps of one item or two, down to `bound`: from the best known, or where
    /// that is not within the restriction, from one that is.
    fn walk_below(&mut self, restricted: &RestrictedInstance, bound: u64) {
        let looks = LOOKS + LOOKS_AN_ITEM * self.instance.items.len() as u64;
        if bound + self.rounded() >= self.above() || self.out_of_time() {
            return;
        }
        let mut at = self.best.clone();
        if !at.iter().all(|&bin| restricted.open[bin]) {
            match decide(self.instance, restricted, &at, Effort::GLANCE, &mut self.memory, self.options) {
                Decision::Packed(packing) => at = packing,
                Decision::Refuted(_) | Decision::Unknown => return,
            }
        }
        let mut reached = Usage::of(self.instance, &at).above;
        for walk in 0..WALKS {
            let board = Board::new(self.instance, restricted, &self.limits, &at);
            let rng = Rng::with_seed(self.options.seed ^ u64::from(walk) << 40);
            let warm = WARM / f64::from(1 << walk);
            let found = Walk { board, rng, bin_of: at }.run(warm, bound, looks, self.options.clock);
            let then = Usage::of(self.instance, &found).above;
            self.takes_above(found.clone());
            if then >= reached || bound + self.rounded() >= self.above() || self.out_of_time() {
                return;
            }
            (at, reached) = (found, then);
        }
    }
}

/// What stands where on the way.
struct Walk<'a> {
    board: Board<'a>,
    rng: Rng,
    bin_of: Vec<Bin>,
}

impl Walk<'_> {
    /// The best packing on the way.
    fn run(&mut self, warm: f64, bound: u64, looks: u64, clock: &dyn Clock) -> Vec<Bin> {
        let (mut best, mut least) = (self.bin_of.clone(), self.board.usage.above);
        let mut work = Work::looking(looks, STEPS_A_LIST, clock);
        let rounds = looks.div_ceil(STEPS_A_LIST).max(1);
        let factor = (COLD / warm).min(1.0).powf(1.0 / rounds as f64);
        let mut temperature = warm;
        while least > bound && work.spend(STEPS_A_LIST) {
            let instance = self.board.instance;
            let is_above = |bin: &Bin| instance.above(*bin, &self.board.usage.used[*bin]) > instance.above(*bin, &[]);
            let above: Vec<Bin> = Bin::all(self.board.content.len()).filter(is_above).collect();
            for _ in 0..STEPS_A_LIST {
                if let Some(step) = self.propose(&above)
                    && self.is_taken(step, temperature)
                {
                    self.bin_of[step.item] = step.to;
                    step.back.into_iter().for_each(|back| self.bin_of[back] = step.from);
                    self.board.take(step);
                }
            }
            if self.board.usage.above < least && instance.is_even(&self.bin_of) {
                (best, least) = (self.bin_of.clone(), self.board.usage.above);
            }
            temperature *= factor;
        }
        best
    }

    /// An item of a bin that is above its targets, mostly, to one that has room, mostly; half of the time in exchange.
    fn propose(&mut self, above: &[Bin]) -> Option<Step> {
        let instance = self.board.instance;
        let item = match above.len() {
            some if some > 0 && self.rng.u8(..8) > 0 => {
                let held = &self.board.content[above[self.rng.usize(..some)]];
                *held.get(self.rng.usize(..held.len().max(1)))?
            }
            _ => ItemIndex(self.rng.usize(..self.bin_of.len().max(1))),
        };
        let (from, bins) = (self.bin_of[item], instance.bins(item));
        let mut to: Option<(u64, Bin)> = None;
        for _ in 0..1 + self.rng.usize(..BINS) {
            let bin = bins[self.rng.usize(..bins.len())];
            if bin != from && self.board.restricted.open[bin] {
                let then = self.board.usage.above_with(instance, item, bin);
                to = Some(to.map_or((then, bin), |known| known.min((then, bin))));
            }
        }
        let (_, to) = to?;
        let held = &self.board.content[to];
        let back = (!held.is_empty() && self.rng.bool()).then(|| held[self.rng.usize(..held.len())]);
        let may = back.is_none_or(|back| instance.may_go(back, from));
        may.then_some(Step { item, from, to, back })
    }

    /// Whether `step` lowers the sum, or raises it by no more than chance allows, and may be.
    fn is_taken(&mut self, step: Step, temperature: f64) -> bool {
        let instance = self.board.instance;
        let nothing: &[u64] = &[];
        let size = &instance.items[step.item].size;
        let back = step.back.map_or(nothing, |back| &instance.items[back].size);
        let used = &self.board.usage.used;
        let sides = [(step.from, &size[..], back), (step.to, back, &size[..])];
        let fits = |&(bin, goes, comes): &(Bin, &[u64], &[u64])| {
            let of = |amounts: &[u64], resource: usize| amounts.get(resource).copied().unwrap_or(0);
            let limits = used[bin].iter().zip(&self.board.restricted.capacity[bin]).enumerate();
            limits.into_iter().all(|(it, (used, limit))| used + of(comes, it) - of(goes, it) <= *limit)
        };
        if !sides.iter().all(fits) {
            return false;
        }
        let now: u64 = sides.iter().map(|(bin, ..)| instance.above(*bin, &used[*bin])).sum();
        let then: u64 =
            sides.iter().map(|(bin, goes, comes)| instance.above_after(*bin, &used[*bin], goes, comes)).sum();
        let may_rise = -self.rng.f64().max(1e-9).ln() * temperature;
        then as f64 <= now as f64 + may_rise && self.board.is_allowed(step)
    }
}

impl RestrictedInstance {
    /// The same with every bin above its targets by no more than this part of what lies above them.
    fn partly_above(&self, instance: &Instance, part: Ratio) -> RestrictedInstance {
        let within = |bin: Bin| {
            let between = instance.within(bin, 0).into_iter().zip(&instance.allocatable[bin]);
            let some = |(target, &all): (u64, &u64)| {
                let above = u128::from(all - target) * u128::from(part.part) / u128::from(part.whole);
                target + u64::try_from(above).unwrap_or(0)
            };
            between.map(some).collect()
        };
        self.no_more(within)
    }
}
