//! Goal after goal: each is brought as low as can be, shown to go no lower, and fixed before the next is looked at.

mod cores;
mod cost;
mod even;
mod moves;
mod share;
mod target;
mod wishes;

use super::decide::{choose_at_most, is_short, is_tiny};
use super::fleets::few::{Row, few};
use super::fleets::sets::{self, HostSet};
use super::instance::{Bin, Instance};
use super::levels::Sought;
use super::lp::bound::{self, Bounded, Measure};
use super::patterns::Cache;
use super::restricted::{EpsilonConstraints, RestrictedInstance, Usage, value};
use super::{GoalResult, Method, Options, Progress, levels};
use crate::certificate::{Claim, Proof};
use crate::model::{Goal, GoalValue, Ratio};

/// Balance is proven when it is within a thousandth of its bound: a smaller gap stalls every solver that was tried.
const TOLERANCE_PARTS: u64 = 1_000_000;
const PARTS: u64 = 1_000_000_000;
/// Sets of bins beyond so many are not searched one by one.
const SEARCHED_HOST_SETS: usize = 40;

/// Nodes of the exact search where at most so `few` items have a choice of bins, and where more have.
struct Nodes {
    few: usize,
    of_few: u64,
    of_more: u64,
}

const LEVELS_NODES: Nodes = Nodes { few: 12, of_few: 300_000, of_more: 10_000 };
const FEWEST_NODES: Nodes = Nodes { few: 14, of_few: 400_000, of_more: 30_000 };

/// The state between goals.
pub struct Goals<'a> {
    instance: &'a Instance,
    options: &'a Options<'a>,
    limits: EpsilonConstraints,
    best: Vec<Bin>,
    claims: Vec<Option<Claim>>,
    host_sets: Option<Vec<HostSet>>,
    /// What the goal at work cannot go below, as far as is known.
    bound: Option<GoalValue>,
    memory: Cache,
    /// After balance, how full the bins are, the fullest first: the goals after it keep that, or lower it.
    levels: Option<Vec<Ratio>>,
    /// How full each bin may be while a packing is sought that keeps to the levels.
    ceilings: Option<Vec<Ratio>>,
    /// A packing than which no bin may be further above its targets while others are sought.
    kept: Option<Vec<Bin>>,
    /// Whether no more is asked than what the goal at work cannot go below.
    bound_only: bool,
}

/// A bound on a goal: no placement within the limits so far is better. What proves it; nothing where it is 0.
type Lower = (GoalValue, Option<Proof>);

impl<'a> Goals<'a> {
    /// Starts from a packing and what is known of the instance.
    pub fn new(instance: &'a Instance, options: &'a Options<'a>, start: Vec<Bin>, memory: Cache) -> Goals<'a> {
        let (limits, claims) = (EpsilonConstraints::default(), Vec::new());
        let host_sets = sets::all(instance);
        let (levels, ceilings, kept) = (None, None, None);
        Goals {
            instance,
            options,
            limits,
            best: start,
            claims,
            host_sets,
            bound: None,
            memory,
            levels,
            ceilings,
            kept,
            bound_only: false,
        }
    }

    /// The best packing so far, and for each goal what proves its bound.
    pub fn into_best(self) -> (Vec<Bin>, Vec<Option<Claim>>) {
        (self.best, self.claims)
    }

    /// Minimises `goal`, keeps it fixed from now on, and says what was reached. From now on `instance` takes the place of the
    /// one before: the same with what is wished, or with moves that are counted by another measure.
    pub fn minimise(&mut self, goal: Goal, instance: &'a Instance, options: &'a Options<'a>) -> GoalResult {
        self.options = options;
        self.bound = None;
        if !std::ptr::eq(self.instance, instance) {
            // Bins may be told apart that were not before.
            (self.instance, self.memory, self.host_sets) = (instance, Cache::default(), sets::all(instance));
        }
        self.tell(goal);
        // Sums over what is packed, of which most tools do not know.
        let whole = self.all_open();
        let keeping = self.limits.wishes.is_some() || whole.above.is_some() || whole.carries();
        let at_once = self.searched_at_once(goal);
        let (bound, proof) = match (&self.levels, keeping) {
            _ if at_once => (self.no_better(goal), Some(Proof::Omitted(Method::Search))),
            (_, true) => self.minimise_keeping(goal),
            (Some(_), false) => self.minimise_within_levels(goal),
            (None, false) => self.minimise_alone(goal),
        };
        // No claim speaks of what is within targets, nor of what is carried over.
        let is_said = self.limits.above.is_none() && !self.is_weighing();
        let proof = proof.map(|proof| if is_said { proof } else { Proof::Omitted(proof.method()) });
        let by = proof.as_ref().map_or(Method::Volume, Proof::method);
        let claim = |(limits, proof)| Claim { hosts: None, limits, proof };
        self.claims.push(self.just_below(goal, bound).zip(proof).map(claim));
        // Weights that are rounded bound no closer than that; so do what keeps wishes, levels or unlisted sets of bins.
        let rounded = matches!(goal, Goal::Wishes | Goal::WithinTarget | Goal::LeastCarried(_));
        let may_search = rounded || keeping || self.levels.is_some() || self.host_sets.is_none();
        let searched = match goal {
            Goal::Balance => self.lower_levels(at_once),
            _ => may_search && !reached(self.value(goal), bound) && self.searched(goal),
        };
        let value = self.value(goal);
        let (bound, by) =
            if reached(value, bound) || !searched { (bound, by) } else { (self.no_better(goal), Method::Search) };
        let proven = reached(value, bound);
        let (mut levels, mut levels_proven) = (Vec::new(), 0);
        if goal == Goal::Balance {
            levels = Usage::of(self.instance, &self.best).levels(self.instance);
            levels_proven = match (searched, proven) {
                (true, _) => levels.len(),
                (_, true) => levels::proven_by_volume(self.instance, &self.limits, &levels, 1),
                (_, false) => 0,
            };
            self.levels = Some(levels.clone());
        }
        self.limits.fix(goal, value);
        let by = if proven { by } else { Method::None };
        GoalResult { goal, value, bound, proven, by, levels, levels_proven }
    }

    /// Whether the best of few items is known where the limits leave sets of bins too many to list: depth first it may be before
    /// any of these is looked at. Without limits, of the fewest items only. A certificate does without.
    fn searched_at_once(&mut self, goal: Goal) -> bool {
        let unlisted = self.host_sets.is_none() && (!self.is_listed() || is_tiny(self.instance));
        unlisted && !self.options.certify && self.searched(goal)
    }

    /// Searches depth first for the best by `goal`, where few items have a choice; whether that is known then. Balance is a
    /// matter of all levels, and a goal after it keeps them.
    fn searched(&mut self, goal: Goal) -> bool {
        if !is_short(self.instance) || self.out_of_time() {
            return false;
        }
        let sought = match (goal, &self.levels) {
            (Goal::Balance, _) => Sought::Levels,
            (_, Some(_)) => Sought::Best(goal),
            (_, None) => Sought::Fewest(goal),
        };
        let Nodes { few, of_few, of_more } = if let Sought::Fewest(_) = sought { FEWEST_NODES } else { LEVELS_NODES };
        let nodes = if choose_at_most(self.instance, few) { of_few } else { of_more };
        let (instance, restricted) = (self.instance, self.all_open());
        let found = levels::search(instance, &restricted, &self.limits, sought, &self.best, nodes, self.options.clock);
        found.packing.into_iter().for_each(|packing| _ = self.improve(packing, goal));
        found.complete
    }

    /// What a packing of which a search found no better one shows of all: shares that differ by the tolerance are alike to it.
    fn no_better(&self, goal: Goal) -> GoalValue {
        match self.value(goal) {
            GoalValue::Share(share) => GoalValue::Share(less_tolerance(share)),
            value => value,
        }
    }

    fn minimise_alone(&mut self, goal: Goal) -> Lower {
        match goal {
            Goal::FewestHosts | Goal::Cheapest | Goal::LeastPower => self.minimise_cost(goal),
            Goal::WithinTarget => self.minimise_above(),
            Goal::Wishes => self.minimise_wishes(),
            Goal::Balance | Goal::CarrierBalance => self.minimise_share(),
            Goal::FewestMoves | Goal::LeastCarried(_) => self.minimise_moves(),
        }
    }

    fn value(&self, goal: Goal) -> GoalValue {
        value(self.instance, goal, &self.best)
    }

    /// The limits so far, and `goal` better than `bound`; `None` where nothing could be.
    fn just_below(&self, goal: Goal, bound: GoalValue) -> Option<EpsilonConstraints> {
        let less = match bound {
            GoalValue::Count(value) => GoalValue::Count(value.checked_sub(1)?),
            GoalValue::Millionths(value) => GoalValue::Millionths(value.checked_sub(1)?),
            GoalValue::Above(value) => GoalValue::Above(value.checked_sub(1)?),
            GoalValue::Bytes(value) => GoalValue::Bytes(value.checked_sub(1)?),
            GoalValue::Share(share) => GoalValue::Share(Ratio { part: part(share).checked_sub(1)?, whole: PARTS }),
        };
        let mut limits = self.limits;
        limits.fix(goal, less);
        // No claim speaks of wishes, targets or what is carried over.
        (limits.wishes, limits.above, limits.carried) = (None, None, [None; 2]);
        Some(limits)
    }

    /// Whether what is carried over is limited, or sought.
    fn is_weighing(&self) -> bool {
        !self.instance.unit.is_certified() || self.limits.carried.iter().any(Option::is_some)
    }

    fn out_of_time(&self) -> bool {
        self.options.clock.is_over()
    }

    /// Takes a better packing, where it keeps to the caps; whether it does. Where weights are rounded, fewer moves may be more.
    fn improve(&mut self, packing: Vec<Bin>, goal: Goal) -> bool {
        let is_more = || value(self.instance, goal, &packing) > self.value(goal);
        let rounded = goal.is_of_moves() && !self.instance.unit.is_exact;
        let kept = self.all_open().keeps_caps(self.instance, &packing) && !(rounded && is_more());
        if kept {
            self.best = packing;
            self.tell(goal);
        }
        kept
    }

    /// The higher of what is known by fleets, and by cases of sets of bins of which those that are left out have no certificate.
    fn higher(&self, by_fleets: Lower, by_cases: Option<GoalValue>) -> Lower {
        let proof = Proof::Omitted(Method::Cases);
        match by_cases.filter(|by_cases| *by_cases > by_fleets.0 && self.may_say(&proof)) {
            Some(by_cases) => (by_cases, Some(proof)),
            None => by_fleets,
        }
    }

    fn learn(&mut self, goal: Goal, bound: GoalValue) {
        // What is shown of packings that keep to the ceilings is not shown of all.
        if self.ceilings.is_some() || self.kept.is_some() {
            return;
        }
        // What is known stays known.
        self.bound = Some(self.bound.filter(|known| *known > bound).unwrap_or(bound));
        self.tell(goal);
    }

    fn tell(&self, goal: Goal) {
        (self.options.progress)(Progress::Goal { goal, value: self.value(goal), bound: self.bound });
    }

    fn bound(&self, restricted: &RestrictedInstance, measure: Measure) -> Option<Bounded> {
        let known = self.memory.class_lp(restricted).filter(|_| measure == Measure::Share);
        known.cloned().or_else(|| bound::bound(self.instance, restricted, measure, self.options.clock))
    }

    fn all_open(&self) -> RestrictedInstance {
        self.restricted(&vec![true; self.instance.hosts.len()])
    }

    /// What a packing into the bins `open` must keep to.
    fn restricted(&self, open: &[bool]) -> RestrictedInstance {
        let restricted = RestrictedInstance::new(self.instance, open, &self.limits);
        let restricted = match &self.ceilings {
            None => restricted,
            Some(ceilings) => restricted.no_fuller(self.instance, |bin| ceilings[bin]),
        };
        match &self.kept {
            None => restricted,
            Some(kept) => restricted.no_further_above(self.instance, kept),
        }
    }

    /// Whether [`Goals::open_sets`] are all there are.
    fn is_listed(&self) -> bool {
        self.host_sets.is_some() || self.limits.admit(self.instance, &vec![true; self.instance.hosts.len()])
    }

    /// The sets of bins within which balance and moves are sought, and whether nothing better is to be had on others:
    /// `within` and `row` say of those that are not listed what is better.
    fn open_sets(&self, within: &RestrictedInstance, row: Option<Row>) -> (Vec<HostSet>, bool) {
        let full = vec![true; self.instance.hosts.len()];
        if self.limits.admit(self.instance, &full) {
            return (vec![full], true);
        }
        let listed = match &self.host_sets {
            Some(host_sets) => Some(sets::largest(self.instance, host_sets, &self.limits)),
            None if self.out_of_time() => None,
            None => few(self.instance, within, &self.limits, row, SEARCHED_HOST_SETS),
        };
        match listed {
            Some(listed) => (listed, true),
            None => (vec![self.occupied()], false),
        }
    }

    /// The bins that hold anything in the best.
    fn occupied(&self) -> HostSet {
        Usage::of(self.instance, &self.best).occupied()
    }
}

/// Hosts among which a packing is sought.
struct Candidate<T> {
    restricted: RestrictedInstance,
    /// No packing within the restriction is better.
    bound: T,
    /// Why not.
    claim: Claim,
}

impl<T: PartialOrd> Candidate<T> {
    fn raise(&mut self, bound: T, claim: Claim) {
        if bound > self.bound {
            (self.bound, self.claim) = (bound, claim);
        }
    }
}

/// Whether `value` is as good as `bound`.
pub fn reached(value: GoalValue, bound: GoalValue) -> bool {
    match (value, bound) {
        (GoalValue::Share(value), GoalValue::Share(bound)) => with_tolerance(bound) >= value,
        _ => bound >= value,
    }
}

/// A share in billionths, rounded down.
fn part(ratio: Ratio) -> u64 {
    let part = u128::from(ratio.part) * u128::from(PARTS) / u128::from(ratio.whole);
    u64::try_from(part).unwrap_or(u64::MAX)
}

/// The least share that one as full as this is shown to be as low as can be by.
pub fn less_tolerance(ratio: Ratio) -> Ratio {
    // The share is rounded up first: the gap to it must be no more than the tolerance.
    let floor = Ratio { part: part(ratio), whole: PARTS };
    let part = floor.part + u64::from(floor < ratio);
    Ratio { part: part.saturating_sub(TOLERANCE_PARTS), whole: PARTS }
}

fn with_tolerance(ratio: Ratio) -> Ratio {
    Ratio { part: part(ratio).saturating_add(TOLERANCE_PARTS), whole: PARTS }
}
