//! Packings that survive the loss of hosts (`survive:`): what a loss displaces finds room on the other hosts.
//!
//! First as if nothing were lost: what proves that there is no packing, or no better one, proves it here, too. Where
//! that packing does not survive, each loss by itself is asked whether any packing survives it, which volume often
//! answers; then the best that survives them all is sought by exact search, which few items never outlast, and else by
//! local search. No answer is worse than where things stand, if that survives.

pub mod contingency;
mod exact;
mod recovery;
mod repair;
mod whole;

use std::time::Duration;

use super::decide::{Decision, decide};
use super::instance::{Bin, Instance};
use super::levels;
use super::patterns::Cache;
use super::restricted::{EpsilonConstraints, RestrictedInstance, Usage, is_better, moves, ranks_of, value};
use super::{Effort, GoalResult, Method, Options, Packed, Part, Problem, Refutation, Scope, Solution, Status};
use crate::model::{Failover, Goal, GoalValue, HostIndex, Placement, Ratio, Survive};
use exact::Found;
use recovery::{Recovery, Scratch};
pub use whole::choose;

/// Exact search is for so many items at the most.
const SEARCH_ITEMS: usize = 40;
/// So many losses without failover are looked into by themselves at the most.
const MOST_FAILING: usize = 64;
/// Where nothing was found and time is left, it is sought so many times in all, each time harder.
const ROUNDS: u32 = 4;
/// Steps that lower how full the other hosts are take so many looks at a pair of items.
const LEVEL_LOOKS: u64 = 20_000;
/// Less is left unmet, or above targets, in so many steps.
const SUM_STEPS: u32 = 12;
/// The fullest host is lowered in so many steps.
const SHARE_STEPS: u32 = 8;

/// What becomes of one loss.
#[derive(Clone, Debug)]
pub struct Loss {
    /// The hosts lost, ascending.
    pub lost: Vec<HostIndex>,
    /// Whether what they held is placed again.
    pub outcome: Outcome,
}

/// Whether what was lost is placed again.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is, here.
    Survived(Placement),
    /// It cannot be.
    Impossible(Refutation),
    /// Neither was shown.
    Unknown,
}

/// What becomes of every loss that is to be survived when the containers stand as `placement` says: one entry for each,
/// in the order of [`Problem::losses`]; none where nothing is to be survived. Hosts that are only planned are not there;
/// what has no place is not missed.
pub fn losses(problem: impl Into<Problem>, placement: &Placement, effort: Effort, options: &Options) -> Vec<Loss> {
    let problem = &problem.into();
    let Some(survive) = problem.survive.as_deref() else { return Vec::new() };
    if problem.nest.is_some() {
        return super::nested::losses(problem, placement, effort, options);
    }
    let included: Vec<bool> = placement.host_of.iter().map(Option::is_some).collect();
    let stands = problem.clone().standing(Some(placement.clone()));
    let scope = Scope { included: Some(&included), keep: true, start: None };
    let judge = |lost: Vec<HostIndex>| {
        let outcome = match options.clock.is_over() || effort == Effort::GREED {
            true => Outcome::Unknown,
            false => contingency::after(problem, survive, placement, &lost, effort, options),
        };
        Loss { lost, outcome }
    };
    // A placement that breaks a rule already has no instance: then each loss is looked at by itself.
    let quick = Instance::build(&stands, scope).ok().map(|instance| {
        let recovery = Recovery::new(problem, survive, &instance);
        let assignment = instance.assignment(placement).unwrap_or_default();
        if assignment.len() < instance.items.len() {
            return Vec::new();
        }
        quick_failovers(&recovery, placement, &assignment)
    });
    let mut quick = quick.unwrap_or_default().into_iter();
    let judged = problem.losses.iter().cloned().map(|lost| match quick.next().flatten() {
        Some(after) => Loss { lost, outcome: Outcome::Survived(after) },
        None => judge(lost),
    });
    judged.collect()
}

/// For each loss, where everything is after it, where greed finds room for all that is displaced.
fn quick_failovers(recovery: &Recovery, placement: &Placement, assignment: &[Bin]) -> Vec<Option<Placement>> {
    let instance = recovery.instance;
    let (usage, content) = (Usage::of(instance, assignment), recovery.content(assignment));
    let mut scratch = Scratch::default();
    let after = |lost: &Vec<Bin>| {
        let failover = recovery.failover(&usage, &content, lost, &mut scratch);
        (failover.missing == 0.0).then(|| {
            let mut after = placement.clone();
            for &bin in lost {
                let displaced = content[bin].iter().flat_map(|&item| &instance.items[item].containers);
                displaced.for_each(|&container| after.host_of[container] = None);
            }
            for (containers, bin) in failover.placed {
                containers.iter().for_each(|&container| after.host_of[container] = Some(instance.hosts[bin]));
            }
            after
        })
    };
    recovery.losses.iter().map(after).collect()
}

/// To place again what a loss displaces, to judge that and to say it takes about so long for each container there is.
const A_PLACE: Duration = Duration::from_nanos(200);

/// What looking at all losses once takes, up to half of the time that is left.
fn once_through(problem: &Problem, options: &Options) -> Duration {
    let places = problem.losses.len().saturating_mul(problem.containers.len());
    A_PLACE.saturating_mul(u32::try_from(places).unwrap_or(u32::MAX)).min(options.clock.left() / 2)
}

/// The best placement of the containers in `scope` that survives, by `goals` in their order, as far as `effort` finds it.
pub fn solve(
    problem: &Problem,
    survive: &Survive,
    goals: &[Goal],
    scope: Scope,
    effort: Effort,
    options: &Options,
) -> Solution {
    let clock = Part { clock: options.clock, reserve: once_through(problem, options) };
    let options = &Options { clock: &clock, ..*options };
    let plain = super::plainly(problem, goals, scope, options);
    let Some(placement) = &plain.placement else { return plain };
    let Ok(mut instance) = Instance::build(problem, scope) else { return plain };
    if goals.contains(&Goal::Wishes) {
        instance = instance.wishing(problem);
    }
    let Some(start) = instance.assignment(placement) else { return plain };
    let recovery = &Recovery::new(problem, survive, &instance);
    let case = Case { problem, survive, scope, recovery, effort, options };
    let failing = match case.failovers(&start) {
        Ok(failovers) => return Solution { failovers, ..plain },
        Err(failing) => failing,
    };
    let given = case.given();
    if let (None, Some(refutation)) = (&given, case.impossible(&failing)) {
        return Solution::none(Some(refutation), plain.class_lp);
    }
    let Found { packing, complete } = case.searched(goals, given.as_deref(), Effort::QUICK.failovers);
    let found = match packing.or(given) {
        None if complete => Survivor::None(Refutation::Survival),
        None => case.sought(&start),
        Some(packing) => case.survives(packing),
    };
    match found {
        Survivor::Packing(packing, failovers) if complete => case.answer(&plain, goals, (packing, failovers), true),
        Survivor::Packing(packing, failovers) => case.improved(&plain, goals, &start, packing, failovers),
        Survivor::None(refutation) => Solution::none(Some(refutation), plain.class_lp),
        Survivor::Unknown => Solution::none(None, plain.class_lp),
    }
}

/// Whether the containers in `scope` can be placed at all and survive, as [`super::packs`].
pub fn packs(problem: &Problem, survive: &Survive, scope: Scope, effort: Effort, options: &Options) -> Packed {
    let plain = super::packs_plainly(problem, scope, effort, options);
    let Some(placement) = &plain.placement else { return plain };
    let Ok(instance) = Instance::build(problem, scope) else { return plain };
    let Some(start) = instance.assignment(placement) else { return plain };
    let recovery = &Recovery::new(problem, survive, &instance);
    let case = Case { problem, survive, scope, recovery, effort, options };
    let none = |status| Packed { status, placement: None, failovers: Vec::new() };
    match case.survivor(&start) {
        Survivor::Packing(packing, failovers) => {
            Packed { status: Status::Feasible, placement: Some(instance.placement(&packing)), failovers }
        }
        Survivor::None(_) => none(Status::Infeasible),
        Survivor::Unknown => none(Status::Unknown),
    }
}

/// One question.
#[derive(Clone, Copy)]
struct Case<'a> {
    problem: &'a Problem,
    survive: &'a Survive,
    scope: Scope<'a>,
    recovery: &'a Recovery<'a>,
    effort: Effort,
    options: &'a Options<'a>,
}

/// A packing that survives, with where everything is after each loss.
type Surviving = (Vec<Bin>, Vec<Failover>);

/// A packing that survives, if there is one.
enum Survivor {
    Packing(Vec<Bin>, Vec<Failover>),
    None(Refutation),
    Unknown,
}

impl Case<'_> {
    /// A packing that survives, `start` if it does.
    fn survivor(&self, start: &[Bin]) -> Survivor {
        let failing = match self.failovers(start) {
            Ok(failovers) => return Survivor::Packing(start.to_vec(), failovers),
            Err(failing) => failing,
        };
        if let Some(given) = self.given() {
            return self.survives(given);
        }
        if let Some(refutation) = self.impossible(&failing) {
            return Survivor::None(refutation);
        }
        let few = Effort { failovers: self.effort.failovers.min(Effort::GLANCE.failovers), looks: 0, ..self.effort };
        match (Case { effort: few, ..*self }).sought_once(start) {
            Survivor::Unknown => self.sought_once(start),
            found => found,
        }
    }

    /// A packing that survives, sought ever harder while time is left.
    fn sought(&self, start: &[Bin]) -> Survivor {
        for round in 0..ROUNDS {
            let effort = &self.effort;
            let effort = Effort { looks: effort.looks << round, failovers: effort.failovers << (2 * round), ..*effort };
            let options = &Options { seed: self.options.seed.wrapping_add(round.into()), ..*self.options };
            let harder = Case { effort, options, ..*self };
            let found = harder.sought_once(start);
            if !matches!(found, Survivor::Unknown) || options.clock.is_over() {
                return found;
            }
        }
        Survivor::Unknown
    }

    fn sought_once(&self, start: &[Bin]) -> Survivor {
        let anywhere = RestrictedInstance::none(self.recovery.instance);
        if self.effort.looks > 0
            && let Some((packing, failovers)) = self.repaired(&anywhere, start)
        {
            return Survivor::Packing(packing, failovers);
        }
        match self.searched(&[], None, self.effort.failovers) {
            Found { packing: Some(packing), .. } => self.survives(packing),
            Found { complete: true, .. } => Survivor::None(Refutation::Survival),
            Found { .. } => Survivor::Unknown,
        }
    }

    /// The best by `goals` that survives, better than `known`, by exact search of at most so many `nodes`.
    fn searched(&self, goals: &[Goal], known: Option<&[Bin]>, nodes: u64) -> Found {
        if self.recovery.instance.items.len() > SEARCH_ITEMS {
            return Found { packing: None, complete: false };
        }
        let judge = |packing: &[Bin]| self.failovers(packing).is_ok().then_some(true);
        exact::search(self.recovery, goals, known, nodes, &judge, self.options)
    }

    /// Where things stand, if that is all right and survives.
    fn given(&self) -> Option<Vec<Bin>> {
        let instance = self.recovery.instance;
        let stands = [self.problem.placement.as_deref(), self.scope.start].into_iter().flatten();
        let packings = stands.filter_map(|placement| instance.assignment(placement));
        let mut right = packings.filter(|packing| RestrictedInstance::none(instance).admits(instance, packing));
        right.find(|packing| self.failovers(packing).is_ok())
    }

    /// `packing`, which survives, with its failovers.
    fn survives(&self, packing: Vec<Bin>) -> Survivor {
        self.failovers(&packing).map_or(Survivor::Unknown, |failovers| Survivor::Packing(packing, failovers))
    }

    /// A packing within `restricted` that survives, by local search.
    fn repaired(&self, restricted: &RestrictedInstance, start: &[Bin]) -> Option<Surviving> {
        let instance = self.recovery.instance;
        let start = match restricted.admits(instance, start) {
            true => start.to_vec(),
            false => match decide(instance, restricted, start, self.effort, &mut Cache::default(), self.options) {
                Decision::Packed(packing) => packing,
                _ => return None,
            },
        };
        let packing = repair::repair(self.recovery, restricted, &start, self.effort.looks, self.options)?;
        let failovers = self.failovers(&packing).ok()?;
        Some((packing, failovers))
    }

    /// Where everything is after each loss; else the losses of which that was not found.
    fn failovers(&self, assignment: &[Bin]) -> Result<Vec<Failover>, Vec<Vec<HostIndex>>> {
        let placement = self.recovery.instance.placement(assignment);
        let (mut failovers, mut failing) = (Vec::new(), Vec::new());
        let losses = self.problem.losses.iter().cloned();
        for (lost, quick) in losses.zip(quick_failovers(self.recovery, &placement, assignment)) {
            let survived = quick.or_else(|| match failing.len() {
                MOST_FAILING.. => None,
                _ => match self.after(&placement, &lost) {
                    Outcome::Survived(after) => Some(after),
                    Outcome::Impossible(_) | Outcome::Unknown => None,
                },
            });
            match survived {
                Some(placement) => failovers.push(Failover { lost, placement }),
                None => failing.push(lost),
            }
        }
        if failing.is_empty() { Ok(failovers) } else { Err(failing) }
    }

    fn after(&self, placement: &Placement, lost: &[HostIndex]) -> Outcome {
        contingency::after(self.problem, self.survive, placement, lost, self.effort, self.options)
    }

    /// Whether one of these losses is survived by no packing at all.
    fn impossible(&self, failing: &[Vec<HostIndex>]) -> Option<Refutation> {
        failing.iter().take(MOST_FAILING).find_map(|lost| {
            let refuted =
                contingency::refuted(self.problem, self.survive, self.scope, lost, self.effort, self.options)?;
            Some(Refutation::Loss { lost: lost.clone(), why: Box::new(refuted) })
        })
    }

    /// The answer with a packing that survives, brought as near to `plain`, the best that need not, as is found. `start`
    /// is the packing of `plain`.
    fn improved(
        &self,
        plain: &Solution,
        goals: &[Goal],
        start: &[Bin],
        packing: Vec<Bin>,
        failovers: Vec<Failover>,
    ) -> Solution {
        let instance = self.recovery.instance;
        let mut best = (packing, failovers);
        let mut limits = EpsilonConstraints::default();
        let mut open = vec![true; instance.hosts.len()];
        for (position, &goal) in goals.iter().enumerate() {
            let sought = &goals[..=position];
            match goal {
                Goal::FewestHosts | Goal::Cheapest | Goal::LeastPower => {
                    let fewer = Usage::of(instance, start).occupied();
                    let fewer = open.iter().zip(fewer).map(|(&open, used)| open && used).collect::<Vec<bool>>();
                    self.try_within(&fewer, &limits, start, sought, &mut best);
                    open = Usage::of(instance, &best.0).occupied();
                    self.close(&mut open, &limits, sought, &mut best);
                }
                Goal::Balance | Goal::CarrierBalance => {
                    self.lower_share(&open, &limits, start, sought, &mut best);
                    self.lower_levels(&open, &limits, sought, &mut best);
                }
                Goal::WithinTarget | Goal::Wishes | Goal::LeastCarried(_) => {
                    self.lower_sum(&open, &limits, start, sought, &mut best)
                }
                Goal::FewestMoves => self.move_less(&open, &limits, start, sought, &mut best),
            }
            limits.fix(goal, value(instance, goal, &best.0));
        }
        let complete = match self.searched(goals, Some(&best.0), self.effort.failovers) {
            Found { packing: None, complete } => complete,
            Found { packing: Some(packing), complete } => match self.failovers(&packing) {
                Ok(failovers) => {
                    best = (packing, failovers);
                    complete
                }
                Err(_) => false,
            },
        };
        self.answer(plain, goals, best, complete)
    }

    /// Takes what was found where it is better by the goals `sought` so far; whether it is.
    fn take(&self, found: Option<Surviving>, sought: &[Goal], best: &mut Surviving) -> bool {
        let ranks = |packing: &[Bin]| ranks_of(self.recovery.instance, sought, packing);
        match found {
            Some(found) if is_better(&ranks(&found.0), &ranks(&best.0)) => {
                *best = found;
                true
            }
            _ => false,
        }
    }

    /// Takes a packing within `open` and `limits` that survives and is better by the goals `sought`, where one is found.
    fn try_within(
        &self,
        open: &[bool],
        limits: &EpsilonConstraints,
        start: &[Bin],
        sought: &[Goal],
        best: &mut Surviving,
    ) {
        let restricted = RestrictedInstance::new(self.recovery.instance, open, limits);
        self.take(self.repaired(&restricted, start), sought, best);
    }

    /// Closes one open bin after another, the dearest first, as long as a packing that survives is found without it.
    fn close(&self, open: &mut Vec<bool>, limits: &EpsilonConstraints, sought: &[Goal], best: &mut Surviving) {
        let instance = self.recovery.instance;
        let goal = sought.last().copied().unwrap_or(Goal::FewestHosts);
        let cost = |bin: Bin| super::restricted::bin_cost(instance, goal, bin);
        let mut dearest: Vec<Bin> = super::restricted::open_bins(open).collect();
        dearest.sort_by_key(|&bin| (std::cmp::Reverse(cost(bin)), bin));
        for bin in dearest {
            let mut fewer = open.clone();
            fewer[bin] = false;
            if self.options.clock.is_over() || !fewer.contains(&true) {
                return;
            }
            let start = best.0.clone();
            self.try_within(&fewer, limits, &start, sought, best);
            *open = Usage::of(instance, &best.0).occupied();
        }
    }

    /// Moves fewer containers, by bisection between what is reached and what `start` moves.
    fn move_less(
        &self,
        open: &[bool],
        limits: &EpsilonConstraints,
        start: &[Bin],
        sought: &[Goal],
        best: &mut Surviving,
    ) {
        let instance = self.recovery.instance;
        let (mut low, mut high) = (moves(instance, start), moves(instance, &best.0));
        while low < high && !self.options.clock.is_over() {
            let most = low + (high - low) / 2;
            let restricted =
                RestrictedInstance::new(instance, open, &EpsilonConstraints { moves: Some(most), ..*limits });
            match self.take(self.repaired(&restricted, start), sought, best) {
                true => high = moves(instance, &best.0),
                false => low = most + 1,
            }
        }
    }

    /// Lowers a sum over what is packed, what is unmet, above targets or carried over, by bisection between what is reached
    /// and what `start` has.
    fn lower_sum(
        &self,
        open: &[bool],
        limits: &EpsilonConstraints,
        start: &[Bin],
        sought: &[Goal],
        best: &mut Surviving,
    ) {
        let instance = self.recovery.instance;
        let goal = sought.last().copied().unwrap_or(Goal::Wishes);
        let sum = |packing: &[Bin]| match value(instance, goal, packing) {
            GoalValue::Count(sum) | GoalValue::Above(sum) | GoalValue::Bytes(sum) => sum,
            GoalValue::Millionths(_) | GoalValue::Share(_) => 0,
        };
        let within = |most: u64| {
            let mut within = *limits;
            within.fix(goal, like(value(instance, goal, start), most));
            within
        };
        let (mut low, mut high) = (sum(start), sum(&best.0));
        for step in 0..SUM_STEPS {
            if low >= high || self.options.clock.is_over() {
                return;
            }
            let most = if step == 0 { low } else { low + (high - low) / 2 };
            let restricted = RestrictedInstance::new(instance, open, &within(most));
            match self.take(self.repaired(&restricted, start), sought, best) {
                true => high = sum(&best.0),
                false => low = most + 1,
            }
        }
    }

    /// Lowers the share of the fullest bin, by bisection between what is reached and what `start` has.
    fn lower_share(
        &self,
        open: &[bool],
        limits: &EpsilonConstraints,
        start: &[Bin],
        sought: &[Goal],
        best: &mut Surviving,
    ) {
        const PARTS: u64 = 1_000_000;
        let instance = self.recovery.instance;
        let share = |packing: &[Bin]| Usage::of(instance, packing).share(instance).as_f64();
        let (mut low, mut high) = (share(start), share(&best.0));
        for step in 0..SHARE_STEPS {
            if high <= low || self.options.clock.is_over() {
                return;
            }
            // The first step asks whether survival costs nothing at all.
            let target = if step == 0 { low } else { low + (high - low) / 2.0 };
            let ratio = Ratio { part: (target * PARTS as f64).ceil() as u64, whole: PARTS };
            let restricted = RestrictedInstance::new(instance, open, limits).with_share(instance, ratio);
            match self.take(self.repaired(&restricted, &best.0), sought, best) {
                true => high = share(&best.0),
                false => low = target,
            }
        }
    }

    /// Lowers how full the bins are below the fullest, one or two items at a time.
    fn lower_levels(&self, open: &[bool], limits: &EpsilonConstraints, sought: &[Goal], best: &mut Surviving) {
        let instance = self.recovery.instance;
        let restricted = RestrictedInstance::new(instance, open, limits);
        let survives = |packing: &[Bin]| {
            let failovers = quick_failovers(self.recovery, &instance.placement(packing), packing);
            failovers.iter().all(Option::is_some)
        };
        let mut packing = best.0.clone();
        levels::descend(instance, &restricted, limits, &mut packing, &survives, LEVEL_LOOKS, self.options.clock);
        let found = self.failovers(&packing).ok().map(|failovers| (packing, failovers));
        self.take(found, sought, best);
    }

    /// The answer with `best`, than which nothing is better where the exact search was `complete`; else bounds are those of
    /// packings that need not survive.
    fn answer(&self, plain: &Solution, goals: &[Goal], best: Surviving, complete: bool) -> Solution {
        let instance = self.recovery.instance;
        let (packing, failovers) = best;
        let mut results: Vec<GoalResult> = Vec::new();
        let (mut claims, mut level) = (Vec::new(), true);
        for (position, &goal) in goals.iter().enumerate() {
            let value = value(instance, goal, &packing);
            // Once a goal is worse than without survival, those after it are bounded as if they came first.
            let alone = (!level && !complete).then(|| super::plainly(self.problem, &[goal], self.scope, self.options));
            let (known, claim) = match &alone {
                None if !level => (None, None),
                None => (plain.goals.get(position), plain.claims.get(position)),
                Some(alone) => (alone.goals.first(), alone.claims.first()),
            };
            let bound = known.map_or(nothing(value), |known| known.bound);
            let plainly = super::goals::reached(value, bound);
            let levels = match goal {
                Goal::Balance => Usage::of(instance, &packing).levels(instance),
                _ => Vec::new(),
            };
            // What bounds a goal after balance may bound only what is no fuller anywhere.
            level &= known.is_some_and(|known| value <= known.value && levels::are_kept(&levels, &known.levels))
                && alone.is_none();
            let (bound, by) = match (plainly, complete) {
                (true, _) => (bound, known.map_or(Method::None, |known| known.by)),
                (false, true) => (value, Method::Search),
                (false, false) => (bound, Method::None),
            };
            // Certificates do not speak of losses: what the search showed of them is none of their claims.
            claims.push(claim.cloned().flatten().filter(|_| plainly || !complete));
            let proven = plainly || complete;
            let levels_proven = if complete { levels.len() } else { usize::from(proven && goal == Goal::Balance) };
            results.push(GoalResult { goal, value, bound, proven, by, levels, levels_proven });
        }
        let status = if results.iter().all(|goal| goal.proven) { Status::Optimal } else { Status::Feasible };
        let placement = Some(instance.placement(&packing));
        Solution { status, placement, goals: results, claims, failovers, refutation: None, class_lp: plain.class_lp }
    }
}

/// The least that a goal can be.
fn nothing(value: GoalValue) -> GoalValue {
    like(value, 0)
}

/// So much of what `value` counts; of a share nothing.
fn like(value: GoalValue, sum: u64) -> GoalValue {
    match value {
        GoalValue::Count(_) => GoalValue::Count(sum),
        GoalValue::Millionths(_) => GoalValue::Millionths(sum),
        GoalValue::Above(_) => GoalValue::Above(sum),
        GoalValue::Bytes(_) => GoalValue::Bytes(sum),
        GoalValue::Share(_) => GoalValue::Share(Ratio::ZERO),
    }
}
