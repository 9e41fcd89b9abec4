//! Wishes: what those weigh that are not met.

use super::super::decide::{DIVE, Decision, by_cases, decide, searchable};
use super::super::instance::{Bin, Instance, gcd};
use super::super::lp::bound::{self, Measure};
use super::super::patterns::Cache;
use super::super::restricted::{COSTS, RestrictedInstance, Usage, bin_cost, host_set_cost, moves, value};
use super::super::rng::Rng;
use super::super::wishes::{Kind, Tally};
use super::super::work::{Effort, Work};
use super::{Goals, Lower, SEARCHED_HOST_SETS, reached};
use crate::certificate::{EpsilonConstraints, ItemIndex, Method, Proof};
use crate::model::{Goal, GoalValue, Numbered};

/// Steps from where things stand are looked at so often, and more often for each item.
const LOOKS: u64 = 400_000;
const LOOKS_AN_ITEM: u64 = 500;
/// Beyond so many items as many as for these.
const MOST_LOOKED_FOR: u64 = 60_000;
/// An item tries so many bins, and on each of them so many items to exchange with.
const BINS: usize = 12;
const OTHERS: usize = 6;
/// A pass takes steps that cost up to so much of what one item pays, less with every pass.
const WARMTH: f64 = 0.5;
/// So many passes in a row in vain are the last.
const IN_VAIN: u32 = 6;
/// Items that may be at home on so many bins in all are not asked as if they moved there.
const MOST_HOMES: usize = 2_000_000;
/// So many packings that pay less are asked for one after another.
const ASKED: usize = 40;

/// A set of bins in which packings that pay less are sought.
pub(super) struct Wishing {
    pub restricted: RestrictedInstance,
    /// None pays less.
    pub bound: u64,
    /// Units of which each leaves one unmet.
    pub cores: Vec<Vec<usize>>,
    memory: Cache,
}

/// An instance in which what single items want is what they move.
struct AsMoves {
    instance: Instance,
    /// What one move stands for.
    unit: u64,
    /// What is paid besides at the least.
    terms: u64,
}

impl Goals<'_> {
    pub(super) fn paid(&self) -> u64 {
        Tally::of(self.instance, &self.best).paid
    }

    pub(super) fn minimise_wishes(&mut self) -> Lower {
        if self.paid() == 0 {
            return (GoalValue::Count(0), None);
        }
        let whole = self.all_open();
        let least = self.instance.wishes.least(self.instance, &whole.open).min(self.paid());
        let mut lower = (least, Proof::Omitted(Method::Rules));
        self.learn(Goal::Wishes, GoalValue::Count(least));
        if least < self.paid() && !self.out_of_time() && !self.bound_only {
            self.walk();
        }
        if least < self.paid() && !self.out_of_time() {
            self.in_each_fleet(&mut lower);
        }
        (GoalValue::Count(lower.0.min(self.paid())), Some(lower.1))
    }

    /// What is paid in each set of bins that may be open, or in all bins where the sets are too many: bounded by duals first, then
    /// in those where least may be paid by cases and by what cannot be met together.
    fn in_each_fleet(&mut self, lower: &mut (u64, Proof)) {
        let (fleets, all) = self.open_sets(&self.all_open(), None);
        let fleets = if all { fleets } else { vec![vec![true; self.instance.hosts.len()]] };
        let wants = self.wants_as_moves();
        let mut fleets: Vec<Wishing> = (fleets.iter())
            .filter_map(|fleet| {
                let restricted = self.restricted(fleet);
                let bound = self.least_by_duals(wants.as_ref(), &restricted)?.max(lower.0);
                Some(Wishing { restricted, bound, cores: Vec::new(), memory: Cache::default() })
            })
            .collect();
        let least = |fleets: &[Wishing]| fleets.iter().map(|fleet| fleet.bound).min();
        if let Some(by_lp) = least(&fleets).filter(|by_lp| *by_lp > lower.0) {
            *lower = (by_lp, Proof::Omitted(Method::Duals));
            self.learn(Goal::Wishes, GoalValue::Count(by_lp.min(self.paid())));
        }
        if self.bound_only && !all || !searchable(self.instance) {
            return;
        }
        let units = if all && !self.bound_only { self.units() } else { Vec::new() };
        fleets.sort_by_key(|fleet| fleet.bound);
        for fleet in fleets.iter_mut().take(SEARCHED_HOST_SETS) {
            self.asked_for_less(fleet, |goals, memory, tight| {
                decide(goals.instance, tight, &goals.best, Effort::QUICK, memory, goals.options)
            });
        }
        self.branched_for_less(&mut fleets, Effort::SOLID);
        for effort in [Effort::QUICK, Effort::SOLID].into_iter().filter(|_| !units.is_empty()) {
            for fleet in fleets.iter_mut().take(SEARCHED_HOST_SETS) {
                self.raise_by_cores(&units, fleet, effort);
            }
        }
        self.branched_for_less(&mut fleets, Effort::THOROUGH);
        if let Some(raised) = least(&fleets).filter(|raised| *raised > lower.0) {
            *lower = (raised, Proof::Omitted(Method::Cases));
        }
    }

    /// A wider instance, in which what single items want is what they move; `None` where that says nothing, or two numbers of moves
    /// would have to be limited at once.
    fn wants_as_moves(&self) -> Option<AsMoves> {
        let items = || ItemIndex::all(self.instance.items.len());
        let unit = items().flat_map(|item| self.instance.wishes.wants(item)).fold(0, |unit, want| gcd(unit, want.cost));
        let wanted = items().filter(|&item| !self.instance.wishes.wants(item).is_empty());
        let homes: usize = wanted.map(|item| self.instance.bins(item).len()).sum();
        let whole = self.all_open();
        if unit == 0 || homes > MOST_HOMES || whole.moves.is_some() || whole.carries() {
            return None;
        }
        Some(AsMoves { instance: self.instance.with_wants_as_moves(unit), unit, terms: self.least_of_terms() })
    }

    /// What every packing pays by duals; `None` where there is none.
    fn least_by_duals(&self, wants: Option<&AsMoves>, restricted: &RestrictedInstance) -> Option<u64> {
        let Some(wants) = wants else { return Some(0) };
        let by_lp = bound::bound(&wants.instance, restricted, Measure::Moves, self.options.clock)?;
        Some((by_lp.bound.ceil() * wants.unit).saturating_add(wants.terms))
    }

    /// Asks by cases whether less can be paid, first in those where least may be.
    fn branched_for_less(&mut self, fleets: &mut [Wishing], effort: Effort) {
        fleets.sort_by_key(|fleet| fleet.bound);
        for fleet in fleets.iter_mut().take(SEARCHED_HOST_SETS) {
            self.asked_for_less(fleet, |goals, _, tight| {
                by_cases(goals.instance, tight, effort.pivots.max(DIVE), goals.options)
            });
        }
    }

    /// Asks whether less can be paid, again and again.
    fn asked_for_less(
        &mut self,
        fleet: &mut Wishing,
        ask: impl Fn(&Self, &mut Cache, &RestrictedInstance) -> Decision,
    ) {
        let mut asked = 0;
        while fleet.bound < self.paid() && asked < ASKED && !self.out_of_time() {
            asked += 1;
            let fewer = self.paid() - 1;
            let mut tight = fleet.restricted.clone();
            tight.wishes = Some(fewer);
            match ask(self, &mut fleet.memory, &tight) {
                Decision::Packed(packing) => {
                    if self.bound_only || !self.takes(packing) {
                        break;
                    }
                }
                Decision::Refuted(_) => fleet.bound = fewer + 1,
                Decision::Unknown => break,
            }
        }
    }

    /// What terms pay at the least.
    fn least_of_terms(&self) -> u64 {
        let open = vec![true; self.instance.hosts.len()];
        let items = ItemIndex::all(self.instance.items.len());
        let own: u64 = items.map(|item| self.instance.wishes.least_own(self.instance, &open, item)).sum();
        self.instance.wishes.least(self.instance, &open) - own
    }

    /// Takes a packing that pays less and keeps to the limits; whether it does.
    pub(super) fn takes(&mut self, packing: Vec<Bin>) -> bool {
        let is_better = Tally::of(self.instance, &packing).paid < self.paid();
        let occupied = Usage::of(self.instance, &packing).occupied();
        is_better
            && self.limits.admit(self.instance, &occupied)
            && self.all_open().admits(self.instance, &packing)
            && self.improve(packing, Goal::Wishes)
    }

    /// Seeks a packing that pays less by steps of one item or two, from the best known.
    fn walk(&mut self) {
        let restricted = self.all_open();
        let items = (self.instance.items.len() as u64).min(MOST_LOOKED_FOR);
        let mut work = Work::looking(LOOKS + LOOKS_AN_ITEM * items, 4_096, self.options.clock);
        let mut walk = Walk::new(self.instance, &restricted, &self.limits, &self.best, self.options.seed);
        let found = walk.run(&mut work);
        if Tally::of(self.instance, &found).paid < self.paid() {
            self.improve(found, Goal::Wishes);
        }
    }

    /// A goal after the wishes, or after targets that are passed, or where moves are limited twice. Packings are sought in which
    /// whoever is granted a wish keeps that, no bin is further above its targets, and nobody carries more; what bounds them is
    /// sought of all that are no worse in these.
    pub(super) fn minimise_keeping(&mut self, goal: Goal) -> Lower {
        let mut instance = self.instance.keeping(&self.best);
        let whole = self.all_open();
        if whole.carries() {
            instance = instance.carrying_no_more(&whole, &self.best);
        }
        let mut inner = Goals::new(&instance, self.options, self.best.clone(), Cache::default());
        (inner.limits, inner.levels) = (self.limits, self.levels.clone());
        // Where all is granted that anyone wishes, that is a matter of bins and of what is counted.
        let all_granted = self.limits.wishes == Some(0);
        if all_granted && self.instance.wishes.terms.iter().all(|term| matches!(term.kind, Kind::Beyond(_))) {
            inner.limits.wishes = None;
        }
        inner.kept = self.limits.above.map(|_| self.best.clone());
        let lower = match &inner.levels {
            None => inner.minimise_alone(goal),
            Some(_) => inner.minimise_within_levels(goal),
        };
        if goal == Goal::Balance {
            inner.lower_levels(false);
        }
        let (found, _) = inner.into_best();
        let is_better = value(self.instance, goal, &found) < self.value(goal) || goal == Goal::Balance;
        if is_better && found != self.best {
            self.improve(found, goal);
        }
        if all_granted && self.limits.above.is_none() && !whole.carries() {
            let (bound, proof) = lower;
            return (bound, proof.map(|proof| Proof::Omitted(proof.method())));
        }
        match &self.levels {
            Some(_) => self.minimise_within_levels(goal),
            None if reached(self.value(goal), least(goal)) => (least(goal), None),
            None => {
                // Among many nothing is found that keeps wishes of which the tools do not know.
                let is_wishing = self.limits.wishes.is_some() || whole.above.is_some();
                self.bound_only = is_wishing && !searchable(self.instance);
                let lower = self.minimise_alone(goal);
                self.bound_only = false;
                lower
            }
        }
    }
}

/// Less than that no goal can be.
fn least(goal: Goal) -> GoalValue {
    match goal {
        Goal::FewestHosts | Goal::FewestMoves | Goal::Wishes => GoalValue::Count(0),
        Goal::LeastCarried(_) => GoalValue::Bytes(0),
        Goal::WithinTarget => GoalValue::Above(0),
        Goal::Cheapest | Goal::LeastPower => GoalValue::Millionths(0),
        Goal::Balance | Goal::CarrierBalance => GoalValue::Share(crate::model::Ratio::ZERO),
    }
}

/// What stands where on the way.
struct Walk<'a> {
    instance: &'a Instance,
    restricted: &'a RestrictedInstance,
    limits: &'a EpsilonConstraints,
    bin_of: Vec<Bin>,
    content: Vec<Vec<ItemIndex>>,
    usage: Usage,
    /// What the bins that hold anything cost by each of [`COSTS`].
    spent: [u64; 3],
    moved: u64,
    rng: Rng,
}

impl<'a> Walk<'a> {
    fn new(
        instance: &'a Instance,
        restricted: &'a RestrictedInstance,
        limits: &'a EpsilonConstraints,
        start: &[Bin],
        seed: u64,
    ) -> Walk<'a> {
        let usage = Usage::of(instance, start);
        let mut content = vec![Vec::new(); instance.hosts.len()];
        start.iter().numbered::<ItemIndex>().for_each(|(item, &bin)| content[bin].push(item));
        let spent = COSTS.map(|goal| host_set_cost(instance, goal, &usage.occupied()));
        let (bin_of, moved, rng) = (start.to_vec(), moves(instance, start), Rng::with_seed(seed));
        Walk { instance, restricted, limits, bin_of, content, usage, spent, moved, rng }
    }

    /// The best packing on the way.
    fn run(&mut self, work: &mut Work) -> Vec<Bin> {
        let (mut best, mut least) = (self.bin_of.clone(), self.usage.tally.paid);
        let (mut vain, mut warmth) = (0, WARMTH);
        while vain < IN_VAIN && !work.is_over() {
            let all = ItemIndex::all(self.bin_of.len());
            let mut payers: Vec<ItemIndex> =
                all.filter(|&item| self.usage.tally.pays(self.instance, item, self.bin_of[item])).collect();
            if payers.is_empty() {
                break;
            }
            for at in (1..payers.len()).rev() {
                payers.swap(at, self.rng.usize(..=at));
            }
            for item in payers {
                if work.is_over() {
                    break;
                }
                // By the end of a walk only what gains, or costs nothing, is taken.
                let may_cost = warmth * -self.rng.f64().max(1e-9).ln();
                self.place_better(item, may_cost, work);
                if self.usage.tally.paid < least && self.instance.is_even(&self.bin_of) {
                    (best, least, vain) = (self.bin_of.clone(), self.usage.tally.paid, 0);
                }
            }
            vain += 1;
            warmth *= 0.7;
            if self.usage.tally.paid > least + least / 4 {
                *self = Walk::new(self.instance, self.restricted, self.limits, &best, self.rng.u64(..));
            }
        }
        best
    }

    /// Takes the best step of some that put `item` elsewhere, where it costs no more than a share of what is paid for it.
    fn place_better(&mut self, item: ItemIndex, may_cost: f64, work: &mut Work) {
        let from = self.bin_of[item];
        let paid = self.usage.tally.paid;
        let mut best: Option<(u64, Bin, Option<ItemIndex>)> = None;
        self.leave(item);
        // What it pays here itself.
        let own = paid - self.usage.tally.paid;
        let targets = self.targets(item, from);
        for to in targets {
            work.spend(1);
            let room = self.usage.fits(self.instance, self.restricted, item, to);
            let rise = self.usage.tally.rise(self.instance, item, to);
            if room && self.is_within(item, from, to, None) {
                let then = self.usage.tally.paid + rise;
                if best.is_none_or(|(known, ..)| then < known) {
                    best = Some((then, to, None));
                }
                continue;
            }
            let held = self.content[to].len();
            let first = self.rng.usize(..held.max(1));
            for number in 0..held.min(OTHERS) {
                let back = self.content[to][(first + number) % held];
                work.spend(1);
                if let Some(then) = self.exchanged(item, from, to, back)
                    && best.is_none_or(|(known, ..)| then < known)
                {
                    best = Some((then, to, Some(back)));
                }
            }
        }
        self.enter(item, from);
        let most = paid as f64 + may_cost * own as f64;
        if let Some((then, to, back)) = best
            && then as f64 <= most
        {
            let [back_moves, moves] = [back.map_or(0, |it| self.moves(it, from, to)), self.moves(item, to, from)];
            self.spend(from, to, back.is_some());
            self.moved = self.moved.wrapping_add(moves).wrapping_add(back_moves);
            self.leave(item);
            back.into_iter().for_each(|back| self.leave(back));
            self.enter(item, to);
            back.into_iter().for_each(|back| self.enter(back, from));
        }
    }

    /// Some bins to try: of those that it wants, if it wants any, and of all others.
    fn targets(&mut self, item: ItemIndex, from: Bin) -> Vec<Bin> {
        let wishes = &self.instance.wishes;
        let mut targets: Vec<Bin> = Vec::new();
        let wanted = wishes.wants(item).iter().map(|want| want.set);
        for bins in wanted.map(|set| &wishes.sets[set].bins[..]).chain([self.instance.bins(item)]) {
            let some = bins.len().min(BINS);
            let first = self.rng.usize(..bins.len().max(1));
            for number in 0..some {
                // All of few, else some at random.
                let at = if bins.len() <= BINS { (first + number) % bins.len() } else { self.rng.usize(..bins.len()) };
                let bin = bins[at];
                if bin != from
                    && self.restricted.open[bin]
                    && self.instance.may_go(item, bin)
                    && !targets.contains(&bin)
                {
                    targets.push(bin);
                }
            }
        }
        // Where the others are that it wants to be with.
        for &(term, _) in wishes.bonds(item) {
            if wishes.terms[term].kind == super::super::wishes::Kind::Together
                && let Some(domain) = self.usage.tally.fullest(term)
            {
                let bins = self.instance.bins(item).iter().copied();
                let there = bins.filter(|&bin| wishes.terms[term].domain[bin] == domain && bin != from);
                targets.extend(there.filter(|&bin| self.restricted.open[bin]).take(1));
            }
        }
        targets
    }

    /// What is paid after `item`, which is nowhere now, has gone to `to` and `back` come from there to `from`; `None` where that
    /// may not be.
    fn exchanged(&mut self, item: ItemIndex, from: Bin, to: Bin, back: ItemIndex) -> Option<u64> {
        if !self.instance.may_go(back, from) || !self.is_within(item, from, to, Some(back)) {
            return None;
        }
        self.usage.take(self.instance, back, to);
        let mut then = None;
        if self.usage.fits(self.instance, self.restricted, item, to) {
            self.usage.put(self.instance, item, to);
            if self.usage.fits(self.instance, self.restricted, back, from) {
                then = Some(self.usage.tally.paid + self.usage.tally.rise(self.instance, back, from));
            }
            self.usage.take(self.instance, item, to);
        }
        self.usage.put(self.instance, back, to);
        then
    }

    /// Whether the limits on hosts, price, watts and moves allow that `item`, which is nowhere now, comes from `from` to `to`.
    fn is_within(&self, item: ItemIndex, from: Bin, to: Bin, back: Option<ItemIndex>) -> bool {
        let opens = self.usage.count[to] == 0;
        let closes = self.usage.count[from] == 0 && back.is_none();
        let cost = |goal: Goal, bin: Bin, counts: bool| if counts { bin_cost(self.instance, goal, bin) } else { 0 };
        let within = |((limit, spent), goal): ((Option<u64>, u64), Goal)| {
            limit.is_none_or(|limit| spent + cost(goal, to, opens) - cost(goal, from, closes) <= limit)
        };
        let costs = self.limits.costs().into_iter().zip(self.spent).zip(COSTS);
        let more = self.moves(item, to, from).wrapping_add(back.map_or(0, |back| self.moves(back, from, to)));
        let moved = self.restricted.moves.is_none_or(|limit| self.moved.wrapping_add(more) <= limit);
        moved && (!opens && !closes || costs.clone().all(within))
    }

    /// How many more containers of `item` move on `to` than on `from`.
    fn moves(&self, item: ItemIndex, to: Bin, from: Bin) -> u64 {
        let of = &self.instance.items[item];
        of.moves(to).wrapping_sub(of.moves(from))
    }

    fn spend(&mut self, from: Bin, to: Bin, exchanged: bool) {
        let opens = self.usage.count[to] == 0;
        let closes = self.usage.count[from] == 1 && !exchanged;
        for (spent, goal) in self.spent.iter_mut().zip(COSTS) {
            *spent += if opens { bin_cost(self.instance, goal, to) } else { 0 };
            *spent -= if closes { bin_cost(self.instance, goal, from) } else { 0 };
        }
    }

    fn leave(&mut self, item: ItemIndex) {
        let bin = self.bin_of[item];
        self.usage.take(self.instance, item, bin);
        if let Some(at) = self.content[bin].iter().position(|&other| other == item) {
            self.content[bin].swap_remove(at);
        }
    }

    fn enter(&mut self, item: ItemIndex, bin: Bin) {
        self.usage.put(self.instance, item, bin);
        self.content[bin].push(item);
        self.bin_of[item] = bin;
    }
}
