//! From a model to the best placement, with a proof: presolve, bounds, construction, search, branching.

mod anneal;
#[doc(hidden)]
pub mod bench;
mod branch;
mod caps;
mod choose;
mod construct;
mod decide;
mod fleets;
mod freight;
mod goals;
mod instance;
mod levels;
mod lp;
mod nested;
mod patterns;
mod problem;
mod reassign;
mod resplit;
mod restricted;
mod rng;
mod rounding;
mod search;
mod spare;
mod steps;
mod survive;
mod taken;
mod targets;
#[cfg(test)]
mod tests;
mod types;
mod wishes;
mod work;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

pub use choose::{Choice, choose, choose_without, evidence};
pub use instance::{Contradiction, Scope};
pub use problem::{Phased, Problem};
pub use spare::ways_down;
pub use survive::{Loss, Outcome, losses};
pub use work::Effort;

use crate::certificate::Claim;
pub use crate::certificate::Method;
use crate::model::{Failover, Goal, GoalValue, HostIndex, Placement, Ratio, ResourceIndex};
use decide::Decision;
use instance::Instance;
use lp::bound;
use patterns::Cache;
use reassign::Reassignment;
use restricted::{EpsilonConstraints, RestrictedInstance, Usage};
use work::Work;

/// The clock, given from outside so that the library reads none.
pub trait Clock: Sync {
    /// What is left of the time limit. Zero: stop and answer with what is there.
    fn left(&self) -> Duration;

    /// Whether nothing is left.
    fn is_over(&self) -> bool {
        self.left().is_zero()
    }
}

/// A clock that keeps some of the time for others.
pub(crate) struct Part<'a> {
    /// The clock.
    pub(crate) clock: &'a dyn Clock,
    /// What it keeps.
    pub(crate) reserve: Duration,
}

impl Clock for Part<'_> {
    fn left(&self) -> Duration {
        self.clock.left().saturating_sub(self.reserve)
    }
}

/// A clock that keeps less of the time for others while it is found that less moves.
struct Moving<'a> {
    clock: &'a dyn Clock,
    /// What it keeps, and what meanwhile.
    reserves: [Duration; 2],
    is_found: AtomicBool,
}

impl Clock for Moving<'_> {
    fn left(&self) -> Duration {
        self.clock.left().saturating_sub(self.reserves[usize::from(self.is_found.load(Ordering::Relaxed))])
    }
}

/// A clock that may be looked at so often: where one thread looks, a budget of steps for tools that count none.
struct Looks<'a> {
    clock: &'a dyn Clock,
    left: AtomicU32,
}

impl Clock for Looks<'_> {
    fn left(&self) -> Duration {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 { Duration::ZERO } else { self.clock.left() }
    }
}

/// A clock that never runs out.
pub struct NoLimit;

impl Clock for NoLimit {
    fn left(&self) -> Duration {
        Duration::MAX
    }
}

/// How to search.
pub struct Options<'a> {
    /// When to stop.
    pub clock: &'a dyn Clock,
    /// What the random choices start from.
    pub seed: u64,
    /// How many threads may work; the answer does not depend on it.
    pub threads: usize,
    /// Told of every improvement, of the placement or of the bound, and of what is looked for next.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Whether proofs are wanted in full, for a certificate: a search then keeps a record of all that it visited.
    pub certify: bool,
}

impl Options<'_> {
    /// Asks something within the time that is left, but for one part in so many, which is kept for what comes after.
    pub(crate) fn keeping<T>(&self, parts: u32, ask: impl FnOnce(&Options) -> T) -> T {
        let clock = Part { clock: self.clock, reserve: self.clock.left() / parts };
        ask(&Options { clock: &clock, ..*self })
    }

    /// The same, but for the second of two parts from when a placement is found until it moves as little as can be.
    pub(crate) fn keeping_less_to_move<T>(&self, parts: [u32; 2], ask: impl FnOnce(&Options) -> T) -> T {
        let reserves = parts.map(|parts| self.clock.left() / parts);
        let clock = Moving { clock: self.clock, reserves, is_found: AtomicBool::new(false) };
        let progress = |progress: Progress| {
            if let Progress::Goal { goal, .. } = progress {
                clock.is_found.store(goal.is_of_moves(), Ordering::Relaxed);
            }
            (self.progress)(progress);
        };
        ask(&Options { clock: &clock, progress: &progress, ..*self })
    }
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// In one goal.
    Goal {
        /// Which goal.
        goal: Goal,
        /// The value of the best placement so far.
        value: GoalValue,
        /// No placement is better than this, as far as is known yet.
        bound: Option<GoalValue>,
    },
    /// What is known already and what is looked for now, in words for people.
    Stage(&'static str),
}

/// What is known when the search ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A placement, and a proof that no other is better in the goals' order, of balance as far as the fullest host goes:
    /// [`GoalResult::levels_proven`] says how far down more is known.
    Optimal,
    /// A placement, and bounds that leave a gap.
    Feasible,
    /// A proof that there is no placement.
    Infeasible,
    /// Neither a placement nor a proof before the limit.
    Unknown,
}

impl Status {
    /// Whether there is a placement.
    pub const fn fits(self) -> bool {
        matches!(self, Status::Optimal | Status::Feasible)
    }

    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Status::Optimal => "optimal",
            Status::Feasible => "feasible",
            Status::Infeasible => "infeasible",
            Status::Unknown => "unknown",
        }
    }
}

/// What was reached in one goal.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalResult {
    /// Which goal.
    pub goal: Goal,
    /// The value of the placement.
    pub value: GoalValue,
    /// No placement is better than this, the goals before being kept at their values.
    pub bound: GoalValue,
    /// Whether that is as good as it gets: value = bound, or within 0.001 for balance.
    pub proven: bool,
    /// What proves it.
    pub by: Method,
    /// Of balance: how full each host is that is there, the fullest first. The first of these is the value.
    pub levels: Vec<Ratio>,
    /// How many of them, from the first on, are known to be as low as can be, those before them being no higher.
    pub levels_proven: usize,
}

impl GoalResult {
    /// Whether nothing is left open, also below the fullest host.
    pub fn is_best(&self) -> bool {
        self.proven && self.levels_proven == self.levels.len()
    }
}

/// What proves an answer, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The name of the [`Method`] that the answer rests on, the most involved of those used.
    pub kind: &'static str,
    /// What is proven and why, in sentences for people.
    pub sentence: String,
}

/// Why there is no placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refutation {
    /// The rules contradict each other or the lab.
    Contradiction(Contradiction),
    /// More is asked of a resource than there is in all.
    Volume {
        /// Which resource.
        resource: ResourceIndex,
        /// What is asked, in base units.
        asked: u64,
        /// What there is.
        there: u64,
    },
    /// By this claim and its proof.
    By(Box<Claim>),
    /// No placement survives the loss of these hosts.
    Loss {
        /// The hosts lost.
        lost: Vec<HostIndex>,
        /// Why what must not stop does not fit on the others.
        why: Box<Refutation>,
    },
    /// No placement survives all losses, by exact search.
    Survival,
    /// What lies in carriers does not fit into them, wherever these are. Hosts are then carriers.
    Carried(Box<Refutation>),
    /// However the carriers are arranged, something does not fit: all arrangements were looked at.
    Arranged,
}

/// The answer of the search, before the referee has seen it.
#[derive(Clone, Debug)]
pub struct Solution {
    /// What is known.
    pub status: Status,
    /// The best placement found.
    pub placement: Option<Placement>,
    /// One entry for each goal asked for, where there is a placement.
    pub goals: Vec<GoalResult>,
    /// What proves the bound of each goal; a bound of 0 needs nothing.
    pub claims: Vec<Option<Claim>>,
    /// Where everything is after each loss that the layout is to survive.
    pub failovers: Vec<Failover>,
    /// Where there is none, why.
    pub refutation: Option<Refutation>,
    /// The class LP's bound on the share of the lab that must be used: above 1 nothing fits. `None` where the rules
    /// decide before it is asked.
    pub class_lp: Option<f64>,
}

impl Solution {
    /// Nothing was found and nothing shown.
    pub(crate) const UNKNOWN: Solution = Solution {
        status: Status::Unknown,
        placement: None,
        goals: Vec::new(),
        claims: Vec::new(),
        failovers: Vec::new(),
        refutation: None,
        class_lp: None,
    };

    /// Without a placement: infeasible, where it is known why, else unknown.
    fn none(refutation: Option<Refutation>, class_lp: Option<f64>) -> Solution {
        let status = if refutation.is_some() { Status::Infeasible } else { Status::Unknown };
        let (goals, claims, failovers) = (Vec::new(), Vec::new(), Vec::new());
        Solution { status, placement: None, goals, claims, failovers, refutation, class_lp }
    }
}

/// The best placement of what is in `scope` of `problem`, a layout or its numbers: by the first of `goals`, of those by
/// the second, and so on; without goals any placement will do. It keeps every rule and survives what is to be survived.
///
/// Hosts, containers and resources in the answer are numbered as in the layout; values and bounds are in the units of
/// [`GoalValue`]. Nothing fails: where there is no placement the answer is `Infeasible` and says why; where the clock or
/// the efforts end before that is known, it is `Unknown`, and `Feasible` where only a bound is left open.
pub fn solve(problem: impl Into<Problem>, goals: &[Goal], scope: Scope, options: &Options) -> Solution {
    let mut problem = problem.into();
    problem.is_weighed |= goals.iter().any(|goal| matches!(goal, Goal::LeastCarried(_)));
    match &problem.survive {
        _ if problem.nest.is_some() => nested::solve(&problem, goals, scope, options),
        None => plainly(&problem, goals, scope, options),
        Some(survive) => survive::solve(&problem, survive, goals, scope, Effort::SOLID, options),
    }
}

/// So often the clock is looked at for a placement that moves little.
const NEAR_LOOKS: u32 = 300;

/// A placement of what is in `scope` that moves little, as [`solve`] finds with the goal of fewest moves, sought no longer
/// than one of many is.
pub fn near(problem: impl Into<Problem>, scope: Scope, options: &Options) -> Solution {
    let (problem, goals) = (problem.into(), [Goal::FewestMoves]);
    let clock = Looks { clock: options.clock, left: AtomicU32::new(NEAR_LOOKS) };
    let options = &Options { clock: &clock, threads: 1, ..*options };
    match &problem.survive {
        _ if problem.nest.is_some() => nested::solve(&problem, &goals, scope, options),
        None => plainly(&problem, &goals, scope, options),
        Some(survive) => survive::solve(&problem, survive, &goals, scope, Effort::QUICK, options),
    }
}

/// [`solve`], whatever is to be survived.
fn plainly(problem: &Problem, goals: &[Goal], scope: Scope, options: &Options) -> Solution {
    let instance = match Instance::build(problem, scope) {
        Ok(instance) => instance,
        Err(contradiction) => return Solution::none(Some(Refutation::Contradiction(contradiction)), None),
    };
    let restricted = RestrictedInstance::none(&instance);
    if let Some((resource, asked, there)) = decide::volume_short(&instance, &restricted) {
        let class_lp = (there > 0).then(|| asked as f64 / there as f64);
        return Solution::none(Some(Refutation::Volume { resource, asked, there }), class_lp);
    }
    let bounded = bound::class_lp(&instance, &restricted, options.clock);
    let class_lp = bounded.as_ref().map(|it| it.bound.ratio().as_f64());
    let known = bounded.map_or_else(Cache::default, |bounded| Cache::of_class_lp(restricted.clone(), bounded));
    let current = problem.placement.as_ref().and_then(|placement| instance.assignment(placement));
    let current = current.filter(|current| restricted.admits(&instance, current));
    let given = || scope.start.and_then(|start| instance.assignment(start));
    let start = match current.clone().or_else(|| given().filter(|given| restricted.admits(&instance, given))) {
        Some(start) => start,
        None => match first_packing(&instance, &restricted, goals, &known, options) {
            Decision::Packed(packing) => packing,
            Decision::Refuted(proof) => {
                let refutation = Refutation::By(Box::new(restricted.claim(&instance, proof)));
                return Solution::none(Some(refutation), class_lp);
            }
            Decision::Unknown => return Solution::none(None, class_lp),
        },
    };
    let (views, view_of) = views(&instance, problem, goals);
    let view = |nth: usize| view_of[nth].map_or(&instance, |view| &views[view]);
    let mut state = goals::Goals::new(&instance, options, start, known);
    // Goals leave time for those behind them, most for the moves.
    let left = options.clock.left();
    let [half, most] = [2, 4].map(|part| Part { clock: options.clock, reserve: left / part });
    let [half, most] = [&half, &most].map(|clock| Options { clock, ..*options });
    let moves_at = goals.iter().position(|goal| goal.is_of_moves()).unwrap_or(0);
    let within = |nth: usize| match nth {
        _ if nth < moves_at => &half,
        _ if nth + 1 < goals.len() => &most,
        _ => options,
    };
    let mut goals: Vec<GoalResult> =
        goals.iter().enumerate().map(|(nth, &goal)| state.minimise(goal, view(nth), within(nth))).collect();
    let status = if goals.iter().all(|goal| goal.proven) { Status::Optimal } else { Status::Feasible };
    let (mut best, claims) = state.into_best();
    let instance = view_of.len().checked_sub(1).map_or(&instance, view);
    // Among packings as good by the goals before, the tools may have kept one that is worse by the next.
    let order: Vec<Goal> = goals.iter().map(|result| result.goal).collect();
    let worth = |packing: &[instance::Bin]| restricted::ranks_of(instance, &order, packing);
    let levels = |packing: &[instance::Bin]| Usage::of(instance, packing).levels(instance);
    let is_better = |current: &&Vec<instance::Bin>| {
        restricted::is_better(&worth(current), &worth(&best))
            && (!order.contains(&Goal::Balance) || levels::are_kept(&levels(current), &levels(&best)))
    };
    if let Some(better) = current.as_ref().filter(is_better) {
        best = better.clone();
        goals.iter_mut().for_each(|result| result.value = restricted::value(instance, result.goal, &best));
        goals.iter_mut().for_each(|result| result.proven |= goals::reached(result.value, result.bound));
        // What was shown of the levels was shown of others.
        goals.iter_mut().for_each(|result| result.levels_proven = result.levels_proven.min(1));
    }
    // What a later goal found may be better by an earlier one, too: within its tolerance, or where it was not proven.
    for result in &mut goals {
        result.value = restricted::value(instance, result.goal, &best);
        result.levels = if result.goal == Goal::Balance { levels(&best) } else { Vec::new() };
    }
    if current.is_none_or(|current| current != best) {
        instance.tidy(&mut best);
    }
    let placement = Some(instance.placement(&best));
    Solution { status, placement, goals, claims, failovers: Vec::new(), refutation: None, class_lp }
}

/// The instance as the goals see it that are not content with it: with what is wished, from that goal on, and with moves as
/// the last goal of moves counts them. For each goal which of them.
fn views(instance: &Instance, problem: &Problem, goals: &[Goal]) -> (Vec<Instance>, Vec<Option<usize>>) {
    let mut views: Vec<Instance> = Vec::new();
    let mut known: Vec<(bool, freight::Measure)> = vec![(false, freight::Measure::Containers)];
    let mut now = known[0];
    let of = goals.iter().map(|&goal| {
        now.0 |= goal == Goal::Wishes;
        now.1 = freight::Measure::of(goal).filter(|_| instance.is_weighed()).unwrap_or(now.1);
        let nth = known.iter().position(|it| *it == now).unwrap_or_else(|| {
            let wishing = now.0.then(|| instance.wishing(problem));
            views.push(match now.1 {
                freight::Measure::Containers => wishing.unwrap_or_else(|| instance.clone()),
                measure => wishing.as_ref().unwrap_or(instance).counting(measure),
            });
            known.push(now);
            known.len() - 1
        });
        nth.checked_sub(1)
    });
    let of = of.collect();
    (views, of)
}

/// A packing to begin with, or why there is none. Where something stands it is sought from there, too, with the moves that
/// mend it: at first where few moves are what matters first, else where it is hard to come by.
fn first_packing(
    instance: &Instance,
    restricted: &RestrictedInstance,
    goals: &[Goal],
    known: &Cache,
    options: &Options,
) -> Decision {
    let decide = |effort| decide::decide(instance, restricted, &[], effort, &mut known.clone(), options);
    if decide::is_small(instance) || !instance.may_move() {
        return decide(Effort::THOROUGH);
    }
    let mut search = None;
    let mut settle = |effort| settled(instance, restricted, &mut search, effort, options);
    let near = if goals.first().is_some_and(|goal| goal.is_of_moves()) || instance.most_moves.is_some() {
        settle(Effort::QUICK).or_else(|| decide(Effort::QUICK)).or_else(|| settle(Effort::SOLID))
    } else {
        decide(Effort::QUICK).or_else(|| settle(Effort::QUICK))
    };
    near.or_else(|| decide(Effort::THOROUGH)).or_else(|| settle(Effort::STUBBORN))
}

/// A packing sought from where things stand, by a search that can be taken up again.
fn settled<'a>(
    instance: &'a Instance,
    restricted: &RestrictedInstance,
    search: &mut Option<Box<dyn Reassignment + 'a>>,
    effort: Effort,
    options: &Options,
) -> Decision {
    if search.is_none() {
        *search = reassign::reassignment(instance, restricted, &EpsilonConstraints::default(), &[], options);
    }
    let mut work = Work::looking(effort.settling_steps(instance.items.len()), 1, options.clock);
    let packing = search.as_mut().and_then(|search| search.settle(&mut work));
    let packing = packing.filter(|packing| restricted.keeps_caps(instance, packing));
    packing.map_or(Decision::Unknown, Decision::Packed)
}

/// Whether everything can be placed.
#[derive(Clone, Debug)]
pub struct Packed {
    /// `Feasible` with a placement, `Infeasible` where that is proven, or `Unknown`.
    pub status: Status,
    /// One that does.
    pub placement: Option<Placement>,
    /// Where everything is after each loss that the layout is to survive.
    pub failovers: Vec<Failover>,
}

/// Whether what is in `scope` of `problem`, a layout or its numbers, can be placed at all, and survive. For many
/// questions one after another: each gets no more than `effort`, counted in steps. Nothing fails: what is not found out
/// by then, or when the clock runs out, is `Unknown`.
pub fn packs(problem: impl Into<Problem>, scope: Scope, effort: Effort, options: &Options) -> Packed {
    let problem = problem.into();
    match &problem.survive {
        _ if problem.nest.is_some() => nested::packs(&problem, scope, effort, options),
        None => packs_plainly(&problem, scope, effort, options),
        Some(survive) => survive::packs(&problem, survive, scope, effort, options),
    }
}

/// [`packs`], whatever is to be survived.
fn packs_plainly(problem: &Problem, scope: Scope, effort: Effort, options: &Options) -> Packed {
    let (status, placement) = match decided(problem, scope, effort, options) {
        Ok(Some(placement)) => (Status::Feasible, Some(placement)),
        Ok(None) => (Status::Unknown, None),
        Err(_) => (Status::Infeasible, None),
    };
    Packed { status, placement, failovers: Vec::new() }
}

/// A placement of the containers in `scope`, the present one where it will do; `None` where none was found.
///
/// # Errors
/// Why there is none.
fn decided(
    problem: &Problem,
    scope: Scope,
    effort: Effort,
    options: &Options,
) -> Result<Option<Placement>, Refutation> {
    if problem.nest.is_some() {
        return nested::decided(problem, scope, effort, options);
    }
    let instance = Instance::build(problem, scope).map_err(Refutation::Contradiction)?;
    let restricted = RestrictedInstance::none(&instance);
    let current = problem.placement.as_ref().and_then(|placement| instance.assignment(placement));
    if let Some(current) = current.filter(|current| restricted.admits(&instance, current)) {
        return Ok(Some(instance.placement(&current)));
    }
    if let Some((resource, asked, there)) = decide::volume_short(&instance, &restricted) {
        return Err(Refutation::Volume { resource, asked, there });
    }
    let decision = decide::decide(&instance, &restricted, &[], effort, &mut Cache::default(), options);
    // A single question is worth a repair of what stands.
    let mends = effort.dives && !decide::is_small(&instance) && instance.may_move();
    let mended = || if mends { settled(&instance, &restricted, &mut None, effort, options) } else { Decision::Unknown };
    match decision.or_else(mended) {
        Decision::Packed(packing) => Ok(Some(instance.placement(&packing))),
        Decision::Refuted(proof) => Err(Refutation::By(Box::new(restricted.claim(&instance, proof)))),
        Decision::Unknown => Ok(None),
    }
}
