//! Balance: the largest share of any resource of any host.

use std::collections::{BTreeSet, HashMap};

use super::super::decide::{Decision, by_search, decide, is_small, refuted};
use super::super::fleets::{self, room};
use super::super::instance::{Bin, Instance};
use super::super::lp::bound::{self, Bounded, Measure};
use super::super::restricted::{EpsilonConstraints, RestrictedInstance, Usage, open_bins};
use super::super::work::Effort;
use super::super::{Options, anneal, levels, resplit};
use super::{
    Candidate, Goals, Lower, PARTS, SEARCHED_HOST_SETS, TOLERANCE_PARTS, less_tolerance, part, with_tolerance,
};
use crate::certificate::{Claim, HostCases, ItemIndex, Proof};
use crate::model::{Goal, GoalValue, Ratio};

/// A balance is sought in so many halvings between its bound and the best known.
const HALVINGS: usize = 12;
/// Where sets of hosts race: steps of one search at first, no fewer than so many an item, and at last.
const RACE_STEPS: u64 = 40_000;
const RACE_STEPS_AN_ITEM: u64 = 150;
const LAST_RACE_STEPS: u64 = 6_000_000;
/// Steps of splitting anew what pairs of bins hold, for each of those.
const RACE_PAIR_STEPS: u64 = 20;
const RACE_HALVINGS: usize = 7;
/// All take part whose first searches take so many steps together, but neither fewer nor more than so many.
const FIRST_RACE: u64 = 1_600_000;
const LEAST_RACERS: u64 = 8;
const MOST_RACERS: u64 = 24;
/// Looks at steps between two bins after each search.
const RACE_LOOKS: u64 = 20_000;

impl Goals<'_> {
    fn share(&self) -> Ratio {
        Usage::of(self.instance, &self.best).share(self.instance)
    }

    pub(super) fn minimise_share(&mut self) -> Lower {
        if self.out_of_time() {
            let volume = total_share(self.instance, &self.all_open());
            return (GoalValue::Share(volume.min(self.share())), Some(Proof::Volume));
        }
        let bounded = if self.is_listed() { None } else { Some(self.bounded_by_fleets()) };
        if let Some((bound, _)) = &bounded {
            self.learn(Goal::Balance, GoalValue::Share(*bound));
            self.race(*bound);
        }
        let less = less_tolerance(self.share());
        let (open, all) = self.open_sets(&self.all_open().with_share(self.instance, less), None);
        let mut candidates: Vec<Candidate<Ratio>> = (open.iter())
            .map(|fleet| {
                let restricted = self.restricted(fleet);
                let bound = volume_share(self.instance, &restricted);
                let claim = self.no_share_below(&restricted, bound, Proof::Volume);
                Candidate { bound, restricted, claim }
            })
            .collect();
        candidates.sort_by_key(|candidate| candidate.bound);
        // Volume first, which costs nothing; the LP only where volume leaves room for improvement.
        let mut without: Vec<Claim> = Vec::new();
        candidates.retain_mut(|candidate| {
            if with_tolerance(candidate.bound) >= self.share() || self.out_of_time() {
                return true;
            }
            match self.share_bound(&candidate.restricted) {
                Some(by_lp) => {
                    let bound = by_lp.bound.ratio();
                    let proof = Proof::Duals(by_lp.duals);
                    candidate.raise(bound, self.no_share_below(&candidate.restricted, bound, proof));
                    true
                }
                None => {
                    without.push(candidate.restricted.claim(self.instance, Proof::Rules));
                    false
                }
            }
        });
        candidates.sort_by_key(|candidate| candidate.bound);
        if let Some(least) = candidates.first().filter(|_| all) {
            let left_out = if bounded.is_some() { less } else { least.bound };
            self.learn(Goal::Balance, GoalValue::Share(least.bound.min(left_out)));
        }
        let seeks = !self.bound_only;
        // By steps nothing is found that keeps wishes.
        let steps = seeks && self.limits.wishes.is_none();
        for effort in [Effort::QUICK, Effort::SOLID].into_iter().filter(|_| steps) {
            for candidate in candidates.iter_mut().take(SEARCHED_HOST_SETS) {
                if with_tolerance(candidate.bound) < self.share() && !self.out_of_time() {
                    self.lower_share(candidate, effort);
                }
            }
        }
        for effort in [Effort::SOLID, Effort::THOROUGH].into_iter().filter(|_| seeks) {
            for candidate in candidates.iter_mut().take(SEARCHED_HOST_SETS) {
                self.decide_share(candidate, effort);
            }
        }
        let bound = candidates.iter().map(|candidate| candidate.bound).min();
        if let Some((by_fleets, proof)) = bounded {
            // The sets that are left out go no lower than `less`.
            let by_cases = bound.map_or(less, |bound| bound.min(less));
            let value = |bound: Ratio| GoalValue::Share(bound.min(self.share()));
            return self.higher((value(by_fleets), Some(proof)), all.then(|| value(by_cases)));
        }
        let bound = bound.unwrap_or(Ratio::ZERO);
        let cases = without.into_iter().chain(candidates.into_iter().map(|candidate| candidate.claim)).collect();
        let proof = Proof::Hosts(HostCases { below: None, cases });
        (GoalValue::Share(bound.min(self.share())), Some(proof))
    }

    /// Where the sets of hosts that earlier goals allow are too many to list: the share that all hosts together need, raised
    /// as far as no fleet within the limits holds everything when no host is fuller.
    fn bounded_by_fleets(&self) -> (Ratio, Proof) {
        let whole = self.all_open();
        let by_lp = self.share_bound(&whole).unwrap_or_default();
        let volume = volume_share(self.instance, &whole);
        let (bound, mut proof) = match by_lp.bound.ratio() {
            bound if bound > volume => (bound, Proof::Duals(by_lp.duals)),
            _ => (volume, Proof::Volume),
        };
        let (mut low, mut high) = (part(bound), part(self.share()));
        let mut raised = bound;
        while high.saturating_sub(low) > TOLERANCE_PARTS / 4 && !self.out_of_time() {
            let share = Ratio { part: low + (high - low) / 2, whole: PARTS };
            let tight = whole.with_share(self.instance, share);
            match fleets::refuted(self.instance, &tight, &self.limits, self.options) {
                Some(by_fleets) => (low, raised, proof) = (share.part, share, by_fleets),
                None => high = share.part,
            }
        }
        (raised, proof)
    }

    /// Where the sets of hosts that earlier goals allow are too many to list: lower shares are sought in the roomiest of
    /// them, in all of these at first, then in the best quarter with four times the steps, and so on. None goes below `bound`.
    fn race(&mut self, bound: Ratio) {
        let (instance, options) = (self.instance, self.options);
        let first = RACE_STEPS.max(RACE_STEPS_AN_ITEM * instance.items.len() as u64);
        let many = (FIRST_RACE / first).clamp(LEAST_RACERS, MOST_RACERS) as usize;
        let restricted = self.restricted(&self.occupied());
        let racer = |restricted: RestrictedInstance, share: Ratio, packing: &[Bin]| Racer {
            bound: volume_share(instance, &restricted).max(bound),
            restricted,
            share,
            packing: packing.to_vec(),
        };
        let mut own = racer(restricted, self.share(), &self.best);
        own.lower(instance, &self.limits, first, false, options);
        self.improve(own.packing.clone(), Goal::Balance);
        if with_tolerance(bound) >= self.share() || self.out_of_time() {
            return;
        }
        let tight = self.all_open().with_share(instance, with_tolerance(bound));
        let sets = room::roomiest(instance, &tight, &self.limits, many, options);
        let sets = sets.into_iter().filter(|set| *set != own.restricted.open);
        let share = self.share();
        let sets = sets.take_while(|_| !self.out_of_time());
        let mut racers: Vec<Racer> = sets.map(|set| racer(self.restricted(&set), share, &self.best)).collect();
        racers.retain(|racer| with_tolerance(racer.bound) < share);
        racers.sort_by_key(|racer| racer.bound);
        let mut steps = first;
        while steps <= LAST_RACE_STEPS && with_tolerance(bound) < self.share() && !self.out_of_time() {
            for racer in &mut racers {
                racer.lower(instance, &self.limits, steps, steps > first, options);
                if racer.share < self.share() {
                    self.improve(racer.packing.clone(), Goal::Balance);
                }
            }
            if steps == first {
                racers.retain(|racer| racer.share < share);
                racers.push(own.clone());
            }
            racers.sort_by_key(|racer| racer.share);
            racers.truncate(racers.len().div_ceil(4));
            steps *= 4;
        }
    }

    /// What the class LP says of the share that is needed of what balance judges hosts by: of all that the bins can give, also
    /// where they may hold no more than their targets.
    fn share_bound(&self, restricted: &RestrictedInstance) -> Option<Bounded> {
        let whole = EpsilonConstraints { above: None, ..self.limits };
        let restricted = &RestrictedInstance::new(self.instance, &restricted.open, &whole);
        match self.instance.balanced.iter().all(|judged| *judged) {
            true => self.bound(restricted, Measure::Share),
            false => bound::bound(&self.instance.judged(), restricted, Measure::Share, self.options.clock),
        }
    }

    /// Asks for a share that is smaller by the tolerance, again and again, until there is none.
    fn decide_share(&mut self, candidate: &mut Candidate<Ratio>, effort: Effort) {
        while with_tolerance(candidate.bound) < self.share() && !self.out_of_time() {
            let target = less_tolerance(self.share());
            let tight = candidate.restricted.with_share(self.instance, target);
            match decide(self.instance, &tight, &self.best, effort, &mut self.memory, self.options) {
                Decision::Packed(packing) => {
                    if !self.improve(packing, Goal::Balance) {
                        return;
                    }
                }
                Decision::Refuted(proof) => candidate.raise(target, tight.claim(self.instance, proof)),
                Decision::Unknown => return,
            }
        }
    }

    /// The claim that no packing within `restricted` has a share below `bound`.
    fn no_share_below(&self, restricted: &RestrictedInstance, bound: Ratio, proof: Proof) -> Claim {
        let below = Ratio { part: part(bound).saturating_sub(1), whole: PARTS };
        restricted.with_share(self.instance, below).claim(self.instance, proof)
    }

    /// Seeks packings within the restriction of a smaller share: first as low as the bound allows, then halfway and halfway.
    fn lower_share(&mut self, candidate: &mut Candidate<Ratio>, effort: Effort) {
        let target = less_tolerance(self.share());
        let tight = candidate.restricted.with_share(self.instance, target);
        if let Some(proof) = refuted(self.instance, &tight, self.options.clock) {
            return candidate.raise(target, tight.claim(self.instance, proof));
        }
        let mut low = part(candidate.bound).saturating_add(TOLERANCE_PARTS * 9 / 10);
        for halving in 0..HALVINGS {
            let high = part(self.share());
            if low >= high || self.out_of_time() {
                break;
            }
            let target = if halving == 0 { low } else { low + (high - low) / 2 };
            let share = Ratio { part: target, whole: PARTS };
            let tight = candidate.restricted.with_share(self.instance, share);
            let found = match self.seek(&tight, &self.best, effort) {
                Decision::Packed(packing) => self.improve(packing, Goal::Balance),
                Decision::Refuted(proof) => {
                    candidate.raise(share, tight.claim(self.instance, proof));
                    false
                }
                Decision::Unknown => false,
            };
            if !found {
                low = target + TOLERANCE_PARTS / 4;
            }
        }
    }

    /// A packing within `tight`: small instances are searched, others annealed.
    fn seek(&self, tight: &RestrictedInstance, start: &[Bin], effort: Effort) -> Decision {
        if is_small(self.instance)
            && let Some(decision) = by_search(self.instance, tight, Effort::QUICK.nodes, self.options)
        {
            return decision;
        }
        let found = anneal::anneal(self.instance, tight, start, effort.rounds, effort.steps, self.options);
        found.map_or(Decision::Unknown, Decision::Packed)
    }
}

/// A set of hosts that takes part in a race.
#[derive(Clone)]
struct Racer {
    restricted: RestrictedInstance,
    /// No packing has a lower share.
    bound: Ratio,
    /// The lowest so far, and how.
    share: Ratio,
    packing: Vec<Bin>,
}

impl Racer {
    /// Seeks lower shares in so many steps each, by halving; what two bins hold is split anew, too, where `by_pairs` says so.
    fn lower(
        &mut self,
        instance: &Instance,
        limits: &EpsilonConstraints,
        steps: u64,
        by_pairs: bool,
        options: &Options,
    ) {
        let mut low = part(self.bound);
        for _ in 0..RACE_HALVINGS {
            let high = part(self.share);
            if high.saturating_sub(low) <= TOLERANCE_PARTS / 2 || options.clock.is_over() {
                return;
            }
            let share = Ratio { part: low + (high - low) / 2, whole: PARTS };
            let tight = self.restricted.with_share(instance, share);
            let annealed = anneal::anneal_round(instance, &tight, &self.packing, 0, (1, steps), options);
            let split = || resplit::resplit(instance, &tight, &self.packing, RACE_PAIR_STEPS * steps, options);
            match annealed.or_else(|| by_pairs.then(split).flatten()).filter(|it| tight.keeps_caps(instance, it)) {
                Some(mut packing) => {
                    let (within, clock) = (&self.restricted, options.clock);
                    levels::descend(instance, within, limits, &mut packing, &|_| true, RACE_LOOKS, clock);
                    self.share = Usage::of(instance, &packing).share(instance);
                    self.packing = packing;
                }
                None => low = share.part,
            }
        }
    }
}

/// The least share that volume allows: of all bins together, and of an item on the bin that suits it best.
fn volume_share(instance: &Instance, restricted: &RestrictedInstance) -> Ratio {
    // Of each set of bins those than which none is larger in all.
    let mut sizes: HashMap<usize, Vec<Bin>> = HashMap::new();
    let mut single = |item: ItemIndex| {
        let bins = sizes.entry(instance.items[item].allowed).or_insert_with(|| {
            let mut largest: Vec<Bin> = Vec::new();
            for &bin in instance.bins(item).iter().filter(|&&bin| restricted.open[bin]) {
                let holds = |larger: Bin, smaller: Bin| {
                    let sizes =
                        (0..instance.resources).map(|r| (instance.whole(larger, r), instance.whole(smaller, r)));
                    sizes.into_iter().all(|((a, agents), (b, others))| a >= b && agents <= others)
                };
                if !largest.iter().any(|&known| holds(known, bin)) {
                    largest.retain(|&known| !holds(bin, known));
                    largest.push(bin);
                }
            }
            largest
        });
        bins.iter().map(|&bin| instance.share(bin, &instance.items[item].size)).min()
    };
    // Of one size and with the same bins: rules that keep apart make a class of each.
    let mut seen = BTreeSet::new();
    let mut is_first = |item: &ItemIndex| seen.insert((&instance.items[*item].size, instance.items[*item].allowed));
    let firsts = ItemIndex::all(instance.items.len()).filter(|item| is_first(item));
    let largest = firsts.filter_map(&mut single).max().unwrap_or(Ratio::ZERO);
    // What agents take is there whatever goes where.
    let by_agents = Bin::all(instance.hosts.len()).map(|bin| instance.least_share(bin)).max().unwrap_or(Ratio::ZERO);
    total_share(instance, restricted).max(largest).max(by_agents)
}

/// The least share that the volume of all bins together allows.
fn total_share(instance: &Instance, restricted: &RestrictedInstance) -> Ratio {
    let (mut asked, mut there) = (instance.total(), vec![0; instance.resources]);
    for bin in open_bins(&restricted.open) {
        for (resource, (asked, there)) in asked.iter_mut().zip(&mut there).enumerate() {
            let (whole, agents) = instance.whole(bin, resource);
            (*asked, *there) = (*asked + agents, *there + whole);
        }
    }
    instance.balanced_share(&asked, &there)
}
