//! From what runs now to the plan, step by step, each judged by the referee.

use super::changes::{levels, value};
use super::{Refuted, broken};
use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::check::{check_steps, check_stops};
use crate::model::{ContainerIndex, Goal, GoalValue, Layout, Placement, Ratio, ServiceIndex, Spot};
use crate::moves::{Move, Order, between, order};
use crate::solve::Options;

/// What is to be done to get from what runs now to a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// What is known of the order.
    pub verdict: OrderVerdict,
    /// The containers that run now and have no place in the plan: they stop first. None where there is no order.
    pub stops: Vec<(ContainerIndex, Spot)>,
    /// What moves, each step valid in this order; empty where there is no order or none was found.
    pub moves: Vec<Move>,
    /// How many containers run elsewhere in the plan: fewer moves than these cannot be.
    pub differing: usize,
    /// The containers that do not run now: they start last. None where there is no order.
    pub starts: Vec<(ContainerIndex, Spot)>,
    /// Where there is no order, or none was found: one in which some containers are stopped for a while.
    pub pause: Option<Pause>,
    /// Where few may move: for each of `moves` what its step gains, where it changes any goal but those of moves. Of what goes at
    /// once the first has it. Empty where nobody asked.
    pub gains: Vec<Option<Gain>>,
}

/// What a step is good for: the first goal that it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gain {
    /// Which.
    pub goal: Goal,
    /// Its value before.
    pub now: GoalValue,
    /// And after; where that is more, the step costs.
    pub then: GoalValue,
}

/// A way on which some containers are stopped for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What is stopped first, and where it runs until then.
    pub stopped: Vec<(ContainerIndex, Spot)>,
    /// What moves meanwhile, each step valid.
    pub moves: Vec<Move>,
    /// Where what was stopped starts again.
    pub started: Vec<(ContainerIndex, Spot)>,
}

/// What is known of the order of the moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderVerdict {
    /// There is an order, and fewer moves do not do.
    Fewest,
    /// There is an order; fewer moves may do.
    Found,
    /// No sequence of valid steps leads there: all that can be reached was looked at.
    Never,
    /// None was found within the limit.
    Unknown,
}

/// The steps from the placement of `layout` to `after`; `None` where nothing runs yet.
///
/// # Errors
/// [`Refuted`] where a step does not pass the referee.
pub fn steps(layout: &Layout, after: &Placement, options: &Options) -> Result<Option<Steps>, Refuted> {
    let Some(before) = &layout.placement else { return Ok(None) };
    let (verdict, moves) = match order(layout, before, after, || options.clock.is_over()) {
        Order::Moves { moves, fewest: true } => (OrderVerdict::Fewest, moves),
        Order::Moves { moves, fewest: false } => (OrderVerdict::Found, moves),
        Order::Never => (OrderVerdict::Never, Vec::new()),
        Order::Unknown => (OrderVerdict::Unknown, Vec::new()),
    };
    if moves.is_empty() && matches!(verdict, OrderVerdict::Never | OrderVerdict::Unknown) {
        let differing = before.moves_to(after).count();
        let pause = pause(layout, before, after, options)?;
        return Ok(Some(Steps {
            verdict,
            stops: Vec::new(),
            moves,
            differing,
            starts: Vec::new(),
            pause,
            gains: Vec::new(),
        }));
    }
    let lacking = |here: &Placement, there: &Placement| -> Vec<(ContainerIndex, Spot)> {
        let lacks = here.placed().map(|(container, _)| container).filter(|&it| there.host(it).is_none());
        lacks.filter_map(|it| Some((it, here.spot(it)?))).collect()
    };
    let (stops, starts) = (lacking(before, after), lacking(after, before));
    let differing = before.moves_to(after).count();
    let mut steps = Steps { verdict, stops, moves, differing, starts, pause: None, gains: Vec::new() };
    if layout.most_moves.is_some() {
        let begun = begun(layout, before, after);
        if steps.moves.len() == differing {
            steps.moves = by_gain(layout, before, &begun, steps.moves, options);
        }
        steps.gains = gains(layout, &begun, &steps.moves);
    }
    judged(layout, before, &begun(layout, before, after), &steps.moves)?;
    Ok(Some(steps))
}

/// Asks the referee after every step from `begun` on. What starts with violations has none to compare with: only its end
/// was judged.
///
/// # Errors
/// [`Refuted`] where a step does not pass.
pub fn judged(layout: &Layout, before: &Placement, begun: &Placement, moves: &[Move]) -> Result<(), Refuted> {
    if !broken(layout, before).is_empty() {
        return Ok(());
    }
    let now = begun;
    let at_once = moves.chunk_by(|one, next| one.step == next.step);
    let steps: Vec<Vec<(ContainerIndex, Spot)>> =
        at_once.map(|step| step.iter().map(|it| (it.container, it.to)).collect()).collect();
    let violations = check_steps(layout, now, before, steps.iter().map(Vec::as_slice));
    if violations.is_empty() { Ok(()) } else { Err(Refuted { violations }) }
}

/// Where everything is once what stops has stopped, and before what starts does: carriers that come are there, and those that
/// go are there still.
pub fn begun(layout: &Layout, before: &Placement, after: &Placement) -> Placement {
    between(layout, before, after).0
}

/// What goes at once.
fn go(now: &mut Placement, step: &[Move]) {
    step.iter().for_each(|it| now.put(it.container, it.to));
    now.settle();
}

/// For each of `moves` what its step gains.
fn gains(layout: &Layout, begun: &Placement, moves: &[Move]) -> Vec<Option<Gain>> {
    let mut now = begun.clone();
    let mut before = worth(layout, &now);
    let mut gains = Vec::new();
    for step in moves.chunk_by(|one, next| one.step == next.step) {
        go(&mut now, step);
        let after = worth(layout, &now);
        let changed = before.iter().zip(&after).find(|(now, then)| now.1 != then.1);
        gains.push(changed.map(|(&(goal, now, _), &(_, then, _))| Gain { goal, now, then }));
        gains.resize(gains.len() + step.len() - 1, None);
        before = after;
    }
    gains
}

/// The steps of `moves`, which a valid order has, in such an order that the one that gains most comes first, of those that may
/// come first, then of those that may come next. As they were where that leads nowhere, where there are too many, and where
/// something is wrong at first: then nobody can say what may come next.
fn by_gain(layout: &Layout, before: &Placement, begun: &Placement, moves: Vec<Move>, options: &Options) -> Vec<Move> {
    let mut left: Vec<Vec<Move>> = moves.chunk_by(|one, next| one.step == next.step).map(<[Move]>::to_vec).collect();
    let looks = left.len() * left.len() * layout.demand.containers.len();
    if left.len() < 2 || looks > LOOKS || !broken(layout, before).is_empty() {
        return moves;
    }
    let (mut now, mut ordered) = (begun.clone(), Vec::new());
    while !left.is_empty() {
        let mut best: Option<(Ranks, usize)> = None;
        for (nth, step) in left.iter().enumerate() {
            if options.clock.is_over() {
                return moves;
            }
            let goes: Vec<(ContainerIndex, Spot)> = step.iter().map(|it| (it.container, it.to)).collect();
            if !check_steps(layout, &now, before, std::iter::once(goes.as_slice())).is_empty() {
                continue;
            }
            let mut then = now.clone();
            go(&mut then, step);
            let ranks: Ranks = worth(layout, &then).into_iter().map(|(_, value, levels)| (value, levels)).collect();
            if best.as_ref().is_none_or(|(known, _)| ranks.partial_cmp(known) == Some(Ordering::Less)) {
                best = Some((ranks, nth));
            }
        }
        let Some((_, nth)) = best else { return moves };
        let step = left.remove(nth);
        go(&mut now, &step);
        let number = ordered.last().map_or(1, |last: &Move| last.step + 1);
        ordered.extend(step.into_iter().map(|it| Move { step: number, ..it }));
    }
    ordered
}

/// Steps times steps times containers are looked at up to so many.
const LOOKS: usize = 4_000_000;

/// Values of goals, of balance how full the hosts are.
type Ranks = Vec<(GoalValue, Vec<Ratio>)>;

/// What the goals are worth but for those of moves.
fn worth(layout: &Layout, placement: &Placement) -> Vec<(Goal, GoalValue, Vec<Ratio>)> {
    let usage = layout.usage(placement);
    let of = |&goal: &Goal| {
        let value = value(layout, (placement, &usage), goal)?;
        Some((goal, value, if goal == Goal::Balance { levels(layout, &usage) } else { Vec::new() }))
    };
    layout.goals.iter().filter_map(of).collect()
}

/// So many containers are considered for a stop at the most.
const PAUSED: usize = 40;

/// A way from `before` to `after` on which few containers stop for a while: the smallest that does alone, else as few as
/// are left of all that move when one after another, the largest first, goes on running.
///
/// # Errors
/// [`Refuted`] where a step does not pass the referee.
pub fn pause(
    layout: &Layout,
    before: &Placement,
    after: &Placement,
    options: &Options,
) -> Result<Option<Pause>, Refuted> {
    let mut moving: Vec<ContainerIndex> = before.moves_to(after).map(|(container, ..)| container).collect();
    if moving.len() < 2 || moving.len() > PAUSED {
        return Ok(None);
    }
    // Of replicas that must run no more may stop than may be down.
    let mut room: BTreeMap<ServiceIndex, usize> = BTreeMap::new();
    for service in moving.iter().map(|&it| layout.demand.containers[it].service) {
        let of = &layout.demand.services[service];
        if of.keep.is_some() {
            // What stops for good is down already, what starts starts last.
            let runs = |it: &ContainerIndex| before.host_of[*it].is_some() && after.host_of[*it].is_some();
            room.insert(service, of.spare(of.containers.clone().filter(runs).count()));
        }
    }
    let may_stop = |stopped: &[ContainerIndex]| {
        let mut left = room.clone();
        stopped.iter().all(|&it| match left.get_mut(&layout.demand.containers[it].service) {
            Some(left) if *left == 0 => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        })
    };
    let resources = 0..layout.lab.resources.len();
    moving.sort_by_key(|&it| resources.clone().map(|resource| layout.request(it, resource)).collect::<Vec<_>>());
    let without = |stopped: &[ContainerIndex]| {
        if !may_stop(stopped) {
            return None;
        }
        let start = before.only(|container| !stopped.contains(&container));
        match order(layout, &start, after, || options.clock.is_over()) {
            Order::Moves { moves, .. } => Some(moves),
            Order::Never | Order::Unknown => None,
        }
    };
    let alone = moving.iter().find_map(|&one| Some((vec![one], without(&[one])?)));
    let found = alone.or_else(|| {
        let mut all: Vec<ContainerIndex> = Vec::new();
        for &container in &moving {
            all.push(container);
            if !may_stop(&all) {
                all.pop();
            }
        }
        let mut best = (all.clone(), without(&all)?);
        for &runs_on in all.iter().rev() {
            let fewer: Vec<ContainerIndex> = best.0.iter().copied().filter(|&it| it != runs_on).collect();
            if let Some(moves) = without(&fewer) {
                best = (fewer, moves);
            }
        }
        Some(best)
    });
    let Some((stopped, moves)) = found else { return Ok(None) };
    let at = |placement: &Placement| -> Vec<(ContainerIndex, Spot)> {
        stopped.iter().filter_map(|&it| Some((it, placement.spot(it)?))).collect()
    };
    let pause = Pause { stopped: at(before), moves, started: at(after) };
    // What stops for good was judged with the plan; what stops on the way is here.
    let stopped = before.only(|it| pause.stopped.iter().all(|(stopped, _)| *stopped != it));
    let violations = check_stops(layout, before, &stopped);
    if !violations.is_empty() {
        return Err(Refuted { violations });
    }
    judged(layout, before, &begun(layout, &stopped, after), &pause.moves)?;
    Ok(Some(pause))
}
