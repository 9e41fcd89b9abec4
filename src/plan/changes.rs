//! What a plan would change of what runs now, and what that is good for.

use super::{Gain, Plan, Refuted, Steps, broken, steps, survival};
use crate::check::{above, passed, unmet, weight};
use crate::model::{ContainerIndex, Goal, GoalValue, HostUse, Layout, Load, Placement, Ratio};
use crate::solve::{GoalResult, Options, Part, Proof, Status};

/// An order is looked for unasked where so many containers move at the most.
const MOST_MOVES: usize = 60;
/// And in one of so many parts of the time that is left.
const TIME: u32 = 16;

/// What is to be done to get from what runs now to a plan.
#[derive(Clone, Debug)]
pub struct Changes {
    /// So many containers go to another host.
    pub moves: usize,
    /// So many start that do not run now.
    pub starts: usize,
    /// So many stop.
    pub stops: usize,
    /// The way there; `None` where nobody looked for it.
    pub way: Option<Steps>,
    /// The first goal that the plan is better in than what runs now, where that places everything and breaks nothing:
    /// its value now and then.
    pub gained: Option<Gain>,
    /// What is carried over, by each measure that a goal of the document counts, in bytes.
    pub carried: Vec<(Load, u64)>,
}

/// What is to be done to get from the placement of `layout` to `after`; `None` where nothing runs yet. The way is looked for
/// where it is short, or where it is `asked` for.
///
/// # Errors
/// [`Refuted`] where a step does not pass the referee.
pub fn changes(layout: &Layout, after: &Placement, asked: bool, options: &Options) -> Result<Option<Changes>, Refuted> {
    let Some(before) = &layout.placement else { return Ok(None) };
    let moving: Vec<ContainerIndex> = before.moves_to(after).map(|(container, ..)| container).collect();
    let (moves, carried) = (moving.len(), layout.burden(after, &moving));
    let starts = after.placed().filter(|&(container, _)| before.host_of[container].is_none()).count();
    let stops = before.placed().filter(|&(container, _)| after.host_of[container].is_none()).count();
    let left = options.clock.left();
    let part = Part { clock: options.clock, reserve: left - left / TIME };
    let way = match asked {
        true => steps(layout, after, options)?,
        false if moves <= MOST_MOVES => steps(layout, after, &Options { clock: &part, ..*options })?,
        false => None,
    };
    let whole = before.unplaced().next().is_none() && broken(layout, before).is_empty();
    let gained = if whole { gained(layout, before, after) } else { None };
    Ok(Some(Changes { moves, starts, stops, way, gained, carried }))
}

/// The plan of leaving everything where it runs, where `plan` gains fewer than `least` millionths of a point of balance and
/// nothing in a goal before it; `None` where it gains more, and where what runs is no plan.
///
/// # Errors
/// [`Refuted`] where what is said to follow a loss does not pass the referee.
pub(super) fn stays(layout: &Layout, plan: &Plan, least: u64, options: &Options) -> Result<Option<Plan>, Refuted> {
    let (Some(before), Some(changes)) = (&layout.placement, &plan.changes) else { return Ok(None) };
    let whole = before.unplaced().next().is_none() && broken(layout, before).is_empty();
    if !whole || changes.moves == 0 {
        return Ok(None);
    }
    let points = match changes.gained {
        None => 0.0,
        Some(Gain { goal: Goal::Balance, now, then }) => (now.as_f64() - then.as_f64()) * 100.0,
        Some(_) => return Ok(None),
    };
    let survival = survival(layout, before, options)?;
    if points * 1e6 >= least as f64 || survival.as_ref().is_some_and(|found| found.holds() != Some(true)) {
        return Ok(None);
    }
    let hosts = layout.usage(before);
    // Behind the goal that would gain, what is known holds of the plan alone.
    let mut goals: Vec<GoalResult> = Vec::new();
    for result in &plan.goals {
        let Some(now) = value(layout, (before, &hosts), result.goal) else { break };
        let stands = as_it_stands(layout, &hosts, result, now);
        let differs = stands != *result;
        goals.push(stands);
        if differs {
            break;
        }
    }
    let levels =
        |goals: &[GoalResult]| -> Vec<Vec<Ratio>> { goals.iter().map(|result| result.levels.clone()).collect() };
    let gains = match (points > 0.0, levels(&goals) == levels(&plan.goals[..goals.len()])) {
        (true, _) => format!("gain {points:.1} points of balance"),
        (false, true) => "gain nothing".to_owned(),
        (false, false) => "gain nothing at the fullest host".to_owned(),
    };
    let moving = match changes.moves {
        1 => "one container".to_owned(),
        many => format!("{many} containers"),
    };
    let least = GoalValue::Millionths(least);
    let sentence = format!("Left as it is: moving {moving} would {gains}, and {least} are asked for.");
    let nothing = Changes { moves: 0, starts: 0, stops: 0, way: None, gained: None, carried: Vec::new() };
    Ok(Some(Plan {
        status: Status::Feasible,
        goals,
        hosts,
        survival,
        proof: Proof { kind: "left", sentence },
        changes: Some(nothing),
        declined: Some(changes.clone()),
        placement: before.clone(),
        ..plan.clone()
    }))
}

/// What is known of a goal, as it is worth `now` where nothing changes, and how full the hosts are then: of these as many are
/// known to be as low as can be as are what the plan has, the fullest first.
fn as_it_stands(layout: &Layout, hosts: &[HostUse], result: &GoalResult, now: GoalValue) -> GoalResult {
    let proven = result.proven && now == result.value;
    if result.levels.is_empty() {
        return GoalResult { value: now, proven, ..result.clone() };
    }
    let mut stand = levels(layout, hosts);
    stand.resize(result.levels.len(), Ratio::ZERO);
    let alike = stand.iter().zip(&result.levels).take_while(|(stand, plan)| stand == plan).count();
    let levels_proven = result.levels_proven.min(alike);
    GoalResult { value: now, proven, levels: stand, levels_proven, ..result.clone() }
}

/// The first goal of the layout in which `after` is better.
fn gained(layout: &Layout, before: &Placement, after: &Placement) -> Option<Gain> {
    let sides = [before, after].map(|placement| (placement, layout.usage(placement)));
    layout.goals.iter().find_map(|&goal| {
        let [now, then] = [&sides[0], &sides[1]].map(|(placement, usage)| value(layout, (placement, usage), goal));
        let (now, then) = (now?, then?);
        (then < now).then_some(Gain { goal, now, then })
    })
}

/// How full the hosts are that hold anything, the fullest first.
pub(super) fn levels(layout: &Layout, usage: &[HostUse]) -> Vec<Ratio> {
    let judged = layout.balanced();
    let full = |held: &HostUse| {
        let there = layout.lab.hosts[held.host].allocatable.iter().zip(&judged);
        let used = held.used.iter().zip(there).filter(|(used, (_, judged))| **used > 0 && **judged);
        used.map(|(&part, (&whole, _))| Ratio { part, whole }).max()
    };
    let mut levels: Vec<Ratio> = usage.iter().filter(|held| !held.containers.is_empty()).filter_map(full).collect();
    levels.sort_unstable_by(|a, b| b.cmp(a));
    levels
}

/// What a goal is worth where the hosts hold this; `None` of moves, which are what it costs.
pub(super) fn value(layout: &Layout, (placement, usage): (&Placement, &[HostUse]), goal: Goal) -> Option<GoalValue> {
    let held = || usage.iter().filter(|held| !held.containers.is_empty());
    let sum = |of: fn(&crate::model::Host) -> u64| {
        GoalValue::Millionths(held().map(|held| of(&layout.lab.hosts[held.host])).sum())
    };
    Some(match goal {
        Goal::FewestHosts => GoalValue::Count(held().count() as u64),
        Goal::Cheapest => sum(|host| host.price),
        Goal::LeastPower => sum(|host| host.watts),
        Goal::WithinTarget => GoalValue::Above(above(&passed(layout, placement))),
        Goal::Wishes => GoalValue::Count(weight(&unmet(layout, placement))),
        Goal::Balance => GoalValue::Share(levels(layout, usage).first().copied().unwrap_or(Ratio::ZERO)),
        Goal::CarrierBalance => {
            let carriers = usage.iter().flat_map(|held| &held.carriers);
            GoalValue::Share(carriers.map(|it| layout.fullness(it)).max().unwrap_or(Ratio::ZERO))
        }
        Goal::FewestMoves | Goal::LeastCarried(_) => return None,
    })
}
