//! Where should everything go? Solve, then check, then answer.

mod certify;
mod changes;
mod checked;
mod costs;
mod growth;
mod steps;
mod survival;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::certificate::{Certificate, Proof as Certified};
use crate::check::{Violation, ViolationKind, above, carried, check, passed, runs_enough, unmet, weight};
use crate::explain::conflict::{Blame, Why, why};
use crate::explain::proof::{count_moves, partly, proof};
use crate::explain::remedies::{Remedy, remedies};
use crate::explain::{Refusal, agents_need, refusals, spots, takers};
use crate::model::{
    Change, ChangeError, ContainerIndex, Failover, Goal, GoalValue, HostUse, Layout, Like, Placement, Ratio,
    ServiceIndex, Spot, StartupIndex,
};
use crate::question::Question;
use crate::solve::{Choice, Effort, GoalResult, Options, Part, Proof, Scope, Status, choose, evidence, packs, solve};

use changes::stays;
pub use changes::{Changes, changes};
pub use checked::{Checked, checked};
pub use costs::{Cost, Costs, costs};
pub use growth::{End, Growth, MOST_PERCENT, Outlook, Percent, growth};
pub use steps::{Gain, OrderVerdict, Pause, Steps, begun, judged, pause, steps};
pub use survival::{Survival, survival, survived};

/// What a plan is to hold besides where everything goes, its proof, and what became of every loss.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// What would change of what runs now.
    pub changes: bool,
    /// The steps from what runs now.
    pub steps: bool,
    /// What each startup takes and costs.
    pub costs: bool,
    /// Where everything fits: how many more of the smallest startup do, and of each stack in use.
    pub room: bool,
    /// Where not: what would make it fit.
    pub remedies: bool,
}

/// A checked placement and its proof, or why there is none.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is known.
    pub status: Status,
    /// The placement. Where `status` is infeasible or unknown: the largest arrangement of whole startups found, filled up
    /// with single containers that still find room, as evidence: every container that is left is refused by every host.
    pub placement: Placement,
    /// One entry for each goal of the layout, where everything asked for is placed.
    pub goals: Vec<GoalResult>,
    /// What each host holds.
    pub hosts: Vec<HostUse>,
    /// What is not placed, ascending.
    pub unplaced: Vec<ContainerIndex>,
    /// Why not, for the containers that no host takes.
    pub refusals: Vec<Refusal>,
    /// What is to blame, where not everything can be placed and that was found out.
    pub why: Option<Why>,
    /// What would make it fit, cheapest first, where that was asked for.
    pub remedies: Vec<Remedy>,
    /// What proves the answer.
    pub proof: Proof,
    /// The class LP's bound on the share of the lab that must be used: above 1 nothing fits.
    pub class_lp: Option<f64>,
    /// With `--partial`: the priority placed and what it cannot exceed.
    pub priority: Option<PriorityResult>,
    /// How many more of the smallest startup fit as things stand, where that was asked for.
    pub room: Option<Room>,
    /// How many more of each stack in use, or of each startup that is of none; beside [`Plan::room`].
    pub rooms: Vec<Room>,
    /// With `partial`, of startups that are placed: the services that run with fewer replicas than they have, how many run,
    /// and of how many.
    pub fewer: Vec<(ServiceIndex, usize, usize)>,
    /// What follows the loss of hosts, where the layout is to survive it and everything asked for is placed.
    pub survival: Option<Survival>,
    /// What it would change of what runs now, where everything fits and something runs.
    pub changes: Option<Changes>,
    /// What the best plan would change, where everything is left as it is because that gains too little.
    pub declined: Option<Changes>,
    /// How to get there from what runs now, where that was asked for.
    pub steps: Option<Steps>,
    /// What each startup takes and costs, where that was asked for.
    pub costs: Option<Costs>,
    /// All that is claimed, with its proofs, where [`Options::certify`] asks for it and anything is claimed. Not of
    /// partial plans.
    pub certificate: Option<Certificate>,
}

/// How much priority `--partial` placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriorityResult {
    /// The sum over the startups placed.
    pub placed: u64,
    /// No placement reaches more.
    pub bound: u64,
    /// The sum over all startups.
    pub total: u64,
}

/// How many more of one startup fit as things stand, the placement not moving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The startup or stack asked about.
    pub of: String,
    /// At least so many fit.
    pub count: u64,
    /// Whether one more is proven not to fit.
    pub proven: bool,
}

/// The referee refuted the solver: a bug of this program, never of the document.
#[derive(Clone, Debug)]
pub struct Refuted {
    /// What the referee found.
    pub violations: Vec<Violation>,
}

/// At most so many refusals are given as evidence.
const REFUSALS: usize = 1_000;
/// Refusals are given of so many containers at the most.
pub const EVIDENCE: usize = 100;
/// Room is counted in documents of at most so many containers: each step of the count plans anew.
const ROOM_CONTAINERS: usize = 5_000;
/// The count may take one in so many parts of the time that the plan left.
const ROOM_TIME: u32 = 16;
/// Of an answer that is no, what would be placed is looked for in one of so many parts of the time that is left.
const EVIDENCE_TIME: u32 = 3;
/// Where losses are to be survived, remedies may take one in so many parts of it.
const REMEDY_TIME: u32 = 6;
/// Room is counted up to so many.
const ROOM_MOST: u64 = 1_000;

/// Plans what is asked about; amounts are in base units. The steps, costs, room and remedies that are `wanted` come with
/// it, found in the time that the plan leaves.
///
/// # Errors
/// [`Refuted`] where the solver's placement, or a step to it, does not pass the referee.
pub fn plan(question: &Question, wanted: Wanted, options: &Options) -> Result<Plan, Refuted> {
    let layout = &question.layout;
    let mut plan = placed(question, options)?;
    let fits = plan.status.fits();
    if (wanted.changes || wanted.steps) && fits {
        plan.changes = changes(layout, &plan.placement, wanted.steps, options)?;
    }
    if let Some(least) = question.least_gain.filter(|_| fits)
        && let Some(stays) = stays(layout, &plan, least, options)?
    {
        plan = stays;
    }
    if wanted.steps {
        plan.steps = plan.changes.as_ref().and_then(|changes| changes.way.clone());
    }
    if wanted.costs {
        plan.costs = Some(costs(layout, &plan.placement));
    }
    if let (true, true, Some(smallest)) = (wanted.room, fits, smallest_startup(layout)) {
        // Copies of what the layout has cannot be wrong where it is not; if they were, nothing is said.
        plan.room = room(question, &plan.placement, Like::Startup(smallest), options).ok().flatten();
        // Of several kinds each is only looked at quickly, by steps and not by the clock.
        let quickly =
            |layout: &Layout, scope: Scope, options: &Options| packs(layout, scope, Effort::QUICK, options).status;
        let one = |like: Like| room_by(question, &plan.placement, like, options, &quickly).ok().flatten();
        plan.rooms = kinds(layout).into_iter().filter_map(one).collect();
    }
    if wanted.remedies && plan.status == Status::Infeasible {
        let mut unplaced: BTreeSet<StartupIndex> = plan.unplaced.iter().map(|&c| layout.demand.startup_of(c)).collect();
        // Where agents are too much by themselves, nobody else is to blame.
        let crowded = layout.crowded_by_agents(|_| true).into_iter().flat_map(|it| it.agents);
        let crowding: BTreeSet<StartupIndex> = crowded.map(|agent| layout.demand.services[agent].startup).collect();
        if !crowding.is_empty() {
            unplaced = crowding;
        }
        // Each trial looks at every loss: the answer is known and need not wait for all of them.
        let left = options.clock.left();
        let kept = if layout.survive.is_some() { left - left / REMEDY_TIME } else { Duration::ZERO };
        let part = Part { clock: options.clock, reserve: kept };
        let options = &Options { clock: &part, ..*options };
        plan.remedies = remedies(question, &unplaced.into_iter().collect::<Vec<_>>(), &|_| true, options);
    }
    Ok(plan)
}

/// Where everything goes, or why not.
fn placed(question: &Question, options: &Options) -> Result<Plan, Refuted> {
    let layout = &question.layout;
    if question.keep
        && let Some(mut plan) = kept_in_vain(layout)
    {
        plan.certificate = options.certify.then(|| certify::refuted(question, Certified::Kept));
        return Ok(plan);
    }
    if let Some(mut plan) = crowded_by_agents(layout) {
        plan.certificate = options.certify.then(|| certify::refuted(question, Certified::Rules));
        return Ok(plan);
    }
    if question.partial {
        return plan_partly(layout, question.keep, options);
    }
    let answer = solve(layout, &layout.goals, Scope { keep: question.keep, ..Scope::ALL }, options);
    let mut plan = match &answer.placement {
        Some(placement) => {
            referee(layout, placement, |_| false)?;
            within_moves(layout, placement)?;
            weighed(layout, placement, &answer.goals)?;
            let survival = survived(layout, placement, &answer.failovers)?;
            Plan { survival, ..report(layout, &answer, placement.clone(), None) }
        }
        None => {
            // What would help is worth more than how much would be placed.
            let left = options.clock.left();
            let part = Part { clock: options.clock, reserve: left - left / EVIDENCE_TIME };
            let quickly = Options { clock: &part, ..*options };
            let mut plan =
                no_plan(layout, question.keep, &evidence(layout, question.keep, &quickly), &answer, options)?;
            if let Some((proof, beyond, failovers)) = moves_needed(layout, options) {
                referee(layout, &beyond, |_| false)?;
                survived(layout, &beyond, &failovers)?;
                // Nothing else is to blame, and what would be placed with fewer is no answer.
                (plan.proof, plan.why, plan.priority, plan.refusals) = (proof, None, None, Vec::new());
                (plan.hosts, plan.unplaced, plan.placement) = (layout.usage(&beyond), Vec::new(), beyond);
            }
            plan
        }
    };
    if options.certify {
        plan.certificate = certify::certificate(question, &answer, &plan);
    }
    Ok(plan)
}

/// Where all goes but `down`, of which as many replicas run as must; `None` where no place for them is found.
///
/// # Errors
/// [`Refuted`] where it does not pass the referee.
pub(crate) fn without(layout: &Layout, down: &[ContainerIndex], options: &Options) -> Result<Option<Plan>, Refuted> {
    let mut included = vec![true; layout.demand.containers.len()];
    down.iter().for_each(|&it| included[it] = false);
    let scope = Scope { included: Some(&included), ..Scope::ALL };
    let answer = solve(layout, &layout.goals, scope, options);
    let Some(placement) = answer.placement.clone() else { return Ok(None) };
    referee(layout, &placement, |it| !included[it] && runs_enough(layout, &placement, it))?;
    let survival = survived(layout, &placement, &answer.failovers)?;
    let fewer = with_fewer(layout, &placement, |_| true);
    Ok(Some(Plan { survival, fewer, ..report(layout, &answer, placement, None) }))
}

/// The services of startups for which `counts` says so that run with fewer replicas than they have, how many run, and of
/// how many.
fn with_fewer(
    layout: &Layout,
    placement: &Placement,
    counts: impl Fn(StartupIndex) -> bool,
) -> Vec<(ServiceIndex, usize, usize)> {
    let services = layout.demand.services.iter().enumerate().filter(|(_, of)| counts(of.startup));
    let counted = services.map(|(service, of)| {
        let run = of.containers.clone().filter(|&it| placement.host_of[it].is_some()).count();
        (service, run, of.containers.len())
    });
    counted.filter(|(_, run, all)| run < all).collect()
}

/// No more containers move than may.
///
/// # Errors
/// [`Refuted`] by those that do.
fn within_moves(layout: &Layout, placement: &Placement) -> Result<(), Refuted> {
    let (Some(most), Some(before)) = (layout.most_moves, &layout.placement) else { return Ok(()) };
    let moved: Vec<ContainerIndex> = before.moves_to(placement).map(|(container, ..)| container).collect();
    if moved.len() as u64 <= most {
        return Ok(());
    }
    let violation = Violation { kind: ViolationKind::Unplaced, host: None, containers: moved, at: None, because: None };
    Err(Refuted { violations: vec![violation] })
}

/// What the solver says of targets, wishes and what is carried over is what the referee finds.
///
/// # Errors
/// [`Refuted`] by a host that is above its target, or by those that are in the way of a wish.
pub(crate) fn weighed(layout: &Layout, placement: &Placement, goals: &[GoalResult]) -> Result<(), Refuted> {
    if let Some(said) = goals.iter().find(|result| result.goal == Goal::WithinTarget) {
        let passed = passed(layout, placement);
        if said.value != GoalValue::Above(above(&passed)) {
            let host = passed.first().map(|one| one.host);
            let (kind, containers) = (ViolationKind::Unplaced, Vec::new());
            return Err(Refuted { violations: vec![Violation { kind, host, containers, at: None, because: None }] });
        }
    }
    for result in goals {
        let Goal::LeastCarried(load) = result.goal else { continue };
        if result.value != GoalValue::Bytes(carried(layout, placement, load)) {
            let before = layout.placement.iter();
            let moved = before.flat_map(|before| before.moves_to(placement)).map(|(container, ..)| container);
            let (kind, containers) = (ViolationKind::Unplaced, moved.collect());
            return Err(Refuted {
                violations: vec![Violation { kind, host: None, containers, at: None, because: None }],
            });
        }
    }
    let Some(said) = goals.iter().find(|result| result.goal == Goal::Wishes) else { return Ok(()) };
    let unmet = unmet(layout, placement);
    if said.value == GoalValue::Count(weight(&unmet)) {
        return Ok(());
    }
    let containers: BTreeSet<ContainerIndex> = unmet.into_iter().flat_map(|one| one.containers).collect();
    let (kind, containers) = (ViolationKind::Unplaced, containers.into_iter().collect());
    Err(Refuted { violations: vec![Violation { kind, host: None, containers, at: None, because: None }] })
}

/// Where nothing is in the way but that so few may move: how many must, and how many do, with where all goes then.
fn moves_needed(layout: &Layout, options: &Options) -> Option<(Proof, Placement, Vec<Failover>)> {
    let most = layout.most_moves?;
    let free = Layout { most_moves: None, ..layout.clone() };
    let answer = solve(&free, &[Goal::FewestMoves], Scope::ALL, options);
    let (result, placement) = (answer.goals.first()?, answer.placement?);
    let (GoalValue::Count(value), GoalValue::Count(bound)) = (result.value, result.bound) else { return None };
    let may = if most == 0 { "none".to_owned() } else { most.to_string() };
    let moves = |of: u64| usize::try_from(of).unwrap_or(usize::MAX);
    let sentence = match (bound == value, bound > most) {
        (true, _) => {
            format!(
                "Proven: it takes {}, and {may} may be made: `--max-moves {value}` fits.",
                count_moves(moves(value))
            )
        }
        (false, true) => {
            let least = count_moves(moves(bound));
            format!("Proven: it takes at least {least}, and {may} may be made; `--max-moves {value}` fits.")
        }
        (false, false) => format!("`--max-moves {value}` fits; that {most} will not do is not proven."),
    };
    Some((Proof { kind: "moves", sentence }, placement, answer.failovers))
}

/// The answer where the placement to keep has violations of its own.
fn kept_in_vain(layout: &Layout) -> Option<Plan> {
    let standing = layout.placement.as_ref()?;
    let violations = broken(layout, standing);
    let first = violations.first()?.message(layout);
    let sentence = match violations.len() {
        1 => format!("Proven: the placement to keep has a violation of its own: {first}."),
        many => format!("Proven: the placement to keep has {many} violations of its own, the first: {first}."),
    };
    Some(in_vain(layout, Proof { kind: "rules", sentence }))
}

/// The answer where the agents of startups that have nothing else find no room: they run whatever is left out.
fn crowded_by_agents(layout: &Layout) -> Option<Plan> {
    let alone = |startup: StartupIndex| layout.demand.containers_of(startup).len() == 0;
    let crowded = layout.crowded_by_agents(alone);
    let said = agents_need(layout, crowded.first()?);
    let mut plan = in_vain(layout, Proof { kind: "rules", sentence: format!("Proven: {said}.") });
    plan.why = Some(Why::alone(Blame::Agents { crowded }));
    Some(plan)
}

/// Nothing is placed, for this reason.
fn in_vain(layout: &Layout, proof: Proof) -> Plan {
    let placement = Placement::empty(layout.demand.containers.len());
    Plan {
        status: Status::Infeasible,
        goals: Vec::new(),
        hosts: layout.usage(&placement),
        unplaced: placement.unplaced().collect(),
        fewer: Vec::new(),
        refusals: Vec::new(),
        why: None,
        remedies: Vec::new(),
        proof,
        class_lp: None,
        priority: None,
        room: None,
        rooms: Vec::new(),
        survival: None,
        changes: None,
        declined: None,
        steps: None,
        costs: None,
        certificate: None,
        placement,
    }
}

/// What a standing placement breaks, as far as it goes: a container without a place breaks nothing.
pub(crate) fn broken(layout: &Layout, standing: &Placement) -> Vec<Violation> {
    let mut violations = check(layout, standing, Some(standing));
    violations.retain(|found| found.kind != ViolationKind::Unplaced);
    violations
}

/// How much priority `choice` places of what there is.
fn priority_of(layout: &Layout, choice: &Choice) -> PriorityResult {
    let total = layout.demand.startups.iter().map(|startup| startup.priority).sum();
    PriorityResult { placed: choice.placed, bound: choice.bound, total }
}

/// Places whole startups, as much priority as can be.
fn plan_partly(layout: &Layout, keep: bool, options: &Options) -> Result<Plan, Refuted> {
    let choice = choose(layout, keep, options);
    let scope = Scope { included: Some(&choice.included), keep, start: Some(&choice.placement) };
    let mut answer = solve(layout, &layout.goals, scope, options);
    if choice.bound > choice.placed && answer.status == Status::Optimal {
        answer.status = Status::Feasible;
    }
    let Some(placement) = answer.placement.clone() else { return no_plan(layout, keep, &choice, &answer, options) };
    let left_out = |container: ContainerIndex| !choice.chosen[layout.demand.startup_of(container)];
    referee(layout, &placement, |container| left_out(container) || runs_enough(layout, &placement, container))?;
    let survival = survived(layout, &placement, &answer.failovers)?;
    weighed(layout, &placement, &answer.goals)?;
    let mut plan = report(layout, &answer, placement, Some(priority_of(layout, &choice)));
    plan.survival = survival;
    plan.fewer = with_fewer(layout, &plan.placement, |startup| choice.chosen[startup]);
    if plan.unplaced.is_empty() {
        return Ok(plan);
    }
    let all = solve(layout, &[], Scope { keep, ..Scope::ALL }, options);
    plan.proof = partly(layout, &all, &answer, choice.by, &plan.placement);
    plan.refusals = refusals_of(layout, &plan.placement, &plan.unplaced);
    Ok(plan)
}

/// No placement of all: the evidence is the largest arrangement of whole startups, filled up with what else fits.
fn no_plan(
    layout: &Layout,
    keep: bool,
    choice: &Choice,
    answer: &crate::solve::Solution,
    options: &Options,
) -> Result<Plan, Refuted> {
    let mut placement = choice.placement.clone();
    // What is filled in besides could take the room that is kept for a loss.
    if layout.survive.is_none() {
        fill(layout, &mut placement, layout.demand.indices(), options);
    }
    referee(layout, &placement, |_| true)?;
    let mut plan = report(layout, answer, placement, Some(priority_of(layout, choice)));
    plan.refusals = refusals_of(layout, &plan.placement, &plan.unplaced);
    if plan.status == Status::Infeasible {
        if keep && layout.placement.is_some() {
            plan.proof.sentence += " What runs stays where it is.";
        }
        plan.why = why(layout, &vec![true; layout.demand.containers.len()], keep, options);
    }
    Ok(plan)
}

/// Adds those of `containers` to `placement` that a host takes as things stand, one after another: of those without a
/// place, so many as are shown as evidence.
pub(crate) fn fill(
    layout: &Layout,
    placement: &mut Placement,
    containers: impl Iterator<Item = ContainerIndex>,
    options: &Options,
) {
    let mut looked = 0;
    for container in containers {
        if placement.host_of[container].is_none() {
            if looked == EVIDENCE || options.clock.is_over() {
                return;
            }
            looked += 1;
            if let Some(&spot) = takers(layout, placement, container).first() {
                placement.put(container, spot);
                placement.settle();
            }
        }
    }
}

/// Why none of `containers` can be added, for those that no host takes.
pub(crate) fn refusals_of(layout: &Layout, placement: &Placement, containers: &[ContainerIndex]) -> Vec<Refusal> {
    let mut evidence = Vec::new();
    for &container in containers.iter().take(EVIDENCE) {
        let found = refusals(layout, placement, container);
        let refusing: BTreeSet<Spot> = found.iter().map(|refusal| refusal.spot).collect();
        if refusing.len() == spots(layout, container).len() {
            evidence.extend(found);
        }
        if evidence.len() >= REFUSALS {
            break;
        }
    }
    evidence
}

/// Asks the referee. Containers for which `may_miss` need no place.
pub(crate) fn referee(
    layout: &Layout,
    placement: &Placement,
    may_miss: impl Fn(ContainerIndex) -> bool,
) -> Result<(), Refuted> {
    let mut violations = check(layout, placement, layout.placement.as_ref());
    violations.retain(|found| found.kind != ViolationKind::Unplaced || !found.containers.iter().all(|&c| may_miss(c)));
    if violations.is_empty() { Ok(()) } else { Err(Refuted { violations }) }
}

fn report(
    layout: &Layout,
    answer: &crate::solve::Solution,
    placement: Placement,
    priority: Option<PriorityResult>,
) -> Plan {
    Plan {
        status: answer.status,
        goals: answer.goals.clone(),
        hosts: layout.usage(&placement),
        unplaced: placement.unplaced().collect(),
        fewer: Vec::new(),
        refusals: Vec::new(),
        why: None,
        remedies: Vec::new(),
        proof: proof(layout, answer, &placement),
        class_lp: answer.class_lp,
        priority,
        room: None,
        rooms: Vec::new(),
        survival: None,
        changes: None,
        declined: None,
        steps: None,
        costs: None,
        certificate: None,
        placement,
    }
}

/// The startup that takes least of the scarcest resource, the first of equals; `None` where none asks for anything.
pub fn smallest_startup(layout: &Layout) -> Option<StartupIndex> {
    let supply = layout.lab.supply(layout.lab.there());
    let share = |startup: StartupIndex| {
        let asked = layout.asked_by_startup(startup);
        let shares = asked.iter().zip(&supply).filter(|(asked, _)| **asked > 0);
        shares.map(|(&part, &whole)| Ratio { part, whole: whole.max(1) }).max()
    };
    (0..layout.demand.startups.len()).filter_map(|s| Some((share(s)?, s))).min().map(|(_, startup)| startup)
}

/// At most so many kinds of startups are asked how many more of them fit.
const KINDS: usize = 8;

/// The stacks that are in use and the startups of none, in the document's order; nothing where they are too many.
fn kinds(layout: &Layout) -> Vec<Like> {
    let startups = layout.demand.startups.iter().enumerate();
    let mut kinds: Vec<Like> = Vec::new();
    for (startup, of) in startups {
        let stack = layout.stacks.iter().position(|stack| Some(&stack.name) == of.stack.as_ref());
        let kind = stack.map_or(Like::Startup(startup), Like::Stack);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
        if kinds.len() > KINDS {
            return Vec::new();
        }
    }
    kinds
}

/// How many more like `like` fit as things stand: the containers that `placement` places stay, the others are
/// left out.
/// `None` where it asks for nothing, so that any number fits, and for very large layouts.
///
/// # Errors
/// Why not one more can be added to the layout, whether it fits or not: a rule names a container that it does not have.
pub fn room(
    question: &Question,
    placement: &Placement,
    like: Like,
    options: &Options,
) -> Result<Option<Room>, ChangeError> {
    room_by(question, placement, like, options, &|layout, scope, options| solve(layout, &[], scope, options).status)
}

/// [`room`], where `fits` says whether all that takes part can be packed.
fn room_by(
    question: &Question,
    placement: &Placement,
    like: Like,
    options: &Options,
    fits_in: &dyn Fn(&Layout, Scope, &Options) -> Status,
) -> Result<Option<Room>, ChangeError> {
    let layout = &question.layout;
    if layout.demand.containers.len() >= ROOM_CONTAINERS {
        return Ok(None);
    }
    let standing = question.clone().standing(placement.clone());
    let of = match like {
        Like::Stack(stack) => layout.stacks.get(stack).map(|stack| stack.name.clone()),
        Like::Startup(startup) => layout.demand.startups.get(startup).map(|startup| startup.name.clone()),
    };
    let of = of.ok_or(ChangeError::Unknown)?;
    let one = standing.supposing(&further(layout, &of, like, 1))?.layout;
    if one.demand.containers.len() > ROOM_CONTAINERS {
        return Ok(None);
    }
    let asked = one.asked_by_startup(one.demand.startups.len() - 1);
    let carriers = one.carriers_of(one.demand.startups.len() - 1);
    let free = layout.free_with(placement, layout.lab.there(), &carriers);
    let by_volume = asked.iter().zip(&free).filter(|(asked, _)| **asked > 0).map(|(asked, free)| free / asked).min();
    let Some(most) = by_volume else { return Ok(None) };
    // The plan is what was asked for; this is said beside it, and may not take as long again.
    let left = options.clock.left();
    let part = Part { clock: options.clock, reserve: left - left / ROOM_TIME };
    let options = &Options { clock: &part, ..*options };
    let fits = |more: u64| {
        // What is too much to be counted is too much.
        let Ok(with) = standing.supposing(&further(layout, &of, like, more)) else { return Status::Unknown };
        let with = with.layout;
        let mut included: Vec<bool> = placement.host_of.iter().map(Option::is_some).collect();
        included.resize(with.demand.containers.len(), true);
        fits_in(&with, Scope { included: Some(&included), keep: true, start: None }, options)
    };
    let most_here = most.min(ROOM_MOST).min(copies(&one, one.demand.startups.len() - 1));
    let (count, proven) = largest(most_here, options, fits);
    Ok(Some(Room { of, count, proven: proven && (count < most_here || most <= most_here) }))
}

/// So many further startups like one, named `NAME-new-1`, `NAME-new-2` and so on, without the names that are taken.
pub(crate) fn further(layout: &Layout, name: &str, like: Like, count: u64) -> Vec<Change> {
    let taken: BTreeSet<&str> = layout.demand.startups.iter().map(|startup| startup.name.as_str()).collect();
    let free = (1_u64..).map(|number| format!("{name}-new-{number}")).filter(|name| !taken.contains(name.as_str()));
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    free.take(count).map(|name| Change::StartupAdded { name, like }).collect()
}

/// The largest number up to `most` that fits, by bisection (what fits, fits with less), and whether one more is
/// proven not to. `most` + 1 is known not to fit.
pub(crate) fn largest(most: u64, options: &Options, fits: impl Fn(u64) -> Status) -> (u64, bool) {
    let (mut low, mut high, mut proven) = (0, most, true);
    while low < high {
        if options.clock.is_over() {
            return (low, false);
        }
        let middle = low + (high - low).div_ceil(2);
        match fits(middle) {
            Status::Optimal | Status::Feasible => low = middle,
            Status::Infeasible => (high, proven) = (middle - 1, true),
            Status::Unknown => (high, proven) = (middle - 1, false),
        }
    }
    (low, proven)
}

/// So many copies of a startup are counted at the most: documents of a moderate size.
pub(crate) fn copies(layout: &Layout, startup: StartupIndex) -> u64 {
    (ROOM_CONTAINERS / layout.demand.containers_of(startup).len().max(1)).max(1) as u64
}
