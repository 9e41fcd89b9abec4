//! From what runs now to the plan, step by step, each judged by the referee.

use super::changes::{levels, value};
use super::{Refuted, broken};
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use crate::check::{Violation, ViolationKind, check, check_steps, check_stops, worse};
use crate::model::{ContainerIndex, DEEPEST, Goal, GoalValue, Layout, Placement, Ratio, ServiceIndex, Spot};
use crate::moves::{Move, Order, between, order};
use crate::solve::Options;

/// What is to be done to get from what runs now to a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// What is known of the order.
    pub verdict: OrderVerdict,
    /// The containers that run now and have no place in the plan, but for carriers that something moves out of: they stop first,
    /// those in a carrier before it. None where there is no order.
    pub stops: Vec<(ContainerIndex, Spot)>,
    /// What moves, each step valid in this order; empty where there is no order or none was found.
    pub moves: Vec<Move>,
    /// How many containers run elsewhere in the plan: fewer moves than these cannot be.
    pub differing: usize,
    /// The containers that do not run now, but for carriers that something moves into: they start last, a carrier before those
    /// in it. None where there is no order.
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
    /// What is stopped for a while.
    pub stopped: Vec<ContainerIndex>,
    /// All that stops first, also what has no place in the plan, and where it runs until then.
    pub stops: Vec<(ContainerIndex, Spot)>,
    /// What moves meanwhile, each step valid.
    pub moves: Vec<Move>,
    /// Where what was stopped starts again, and what does not run now.
    pub starts: Vec<(ContainerIndex, Spot)>,
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
    let (stops, starts) = ends(layout, before, after, before);
    let differing = before.moves_to(after).count();
    let mut steps = Steps { verdict, stops, moves, differing, starts, pause: None, gains: Vec::new() };
    if layout.most_moves.is_some() {
        let begun = begun(layout, before, after);
        if steps.moves.len() == differing {
            steps.moves = by_gain(layout, before, &begun, steps.moves, options);
        }
        steps.gains = gains(layout, &begun, &steps.moves);
    }
    judged_whole(layout, before, after, (&steps.stops, &steps.moves, &steps.starts))?;
    Ok(Some(steps))
}

/// Who stops or starts, and where.
type Placed = (ContainerIndex, Spot);

/// What stops first and what starts last on a way from `before` to `after` on which as much as can be of what `runs` goes on
/// running: all but what has a part in the moves. Who is in a carrier stops before it, and starts behind it.
fn ends(layout: &Layout, before: &Placement, after: &Placement, runs: &Placement) -> (Vec<Placed>, Vec<Placed>) {
    let (first, last) = between(layout, runs, after);
    let lacking = |here: &Placement, there: &Placement| -> Vec<Placed> {
        let lacks = layout.demand.indices().filter(|it| there.host(*it).is_none());
        lacks.filter_map(|it| Some((it, here.spot(it)?))).collect()
    };
    let (mut stops, mut starts) = (lacking(before, &first), lacking(after, &last));
    stops.sort_by_key(|&(it, _)| Reverse(depth(before, it)));
    starts.sort_by_key(|&(it, _)| depth(after, it));
    (stops, starts)
}

/// In how many carriers, one in another, a container lies.
fn depth(placement: &Placement, container: ContainerIndex) -> usize {
    std::iter::successors(placement.carrier(container), |&at| placement.carrier(at)).take(DEEPEST + 1).count()
}

/// Asks the referee after every step of the whole way, also after what stops first and what starts last. What is wrong with
/// where it leads is wrong as soon as that has started.
///
/// # Errors
/// [`Refuted`] where a step does not pass.
fn judged_whole(
    layout: &Layout,
    before: &Placement,
    after: &Placement,
    (stops, moves, starts): (&[Placed], &[Move], &[Placed]),
) -> Result<(), Refuted> {
    let mut now = before.only(|it| stops.iter().all(|(stopped, _)| *stopped != it));
    if !layout.demand.has_carriers() {
        // What stops or starts touches nobody else.
        return judged(layout, before, &now, moves);
    }
    // What is planned on a draining host starts there, too.
    let end = check_from(layout, after, before);
    let (mut known, found) = (broken(layout, before), check_from(layout, &now, before));
    let mut violations = worse(&now, &known, found, &[]);
    if violations.is_empty() {
        judged(layout, before, &now, moves)?;
        moves.chunk_by(|one, next| one.step == next.step).for_each(|step| go(&mut now, step));
        known = check_from(layout, &now, before);
        known.extend(end);
    }
    for level in starts.chunk_by(|one, next| depth(after, one.0) == depth(after, next.0)) {
        if !violations.is_empty() {
            break;
        }
        now.go(&level.iter().map(|&(it, spot)| (it, Some(spot))).collect::<Vec<_>>());
        violations = worse(&now, &known, check_from(layout, &now, before), &[]);
    }
    if violations.is_empty() && now != *after {
        let differs = layout.demand.indices().filter(|&it| now.spot(it) != after.spot(it)).collect();
        let kind = ViolationKind::Unplaced;
        violations.push(Violation { kind, host: None, containers: differs, at: None, because: None });
    }
    if violations.is_empty() { Ok(()) } else { Err(Refuted { violations }) }
}

/// What is wrong with `placement`, `before` being what ran where before.
fn check_from(layout: &Layout, placement: &Placement, before: &Placement) -> Vec<Violation> {
    let mut violations = check(layout, placement, Some(before));
    violations.retain(|found| found.kind != ViolationKind::Unplaced);
    violations
}

/// Asks the referee after every step from `begun` on. What starts with violations has none to compare with where there are no
/// carriers: only its end was judged.
///
/// # Errors
/// [`Refuted`] where a step does not pass.
pub fn judged(layout: &Layout, before: &Placement, begun: &Placement, moves: &[Move]) -> Result<(), Refuted> {
    if !layout.demand.has_carriers() && !broken(layout, before).is_empty() {
        return Ok(());
    }
    let at_once = moves.chunk_by(|one, next| one.step == next.step);
    let steps: Vec<Vec<(ContainerIndex, Option<Spot>)>> =
        at_once.map(|step| step.iter().map(|it| (it.container, it.to)).collect()).collect();
    let violations = check_steps(layout, begun, before, steps.iter().map(Vec::as_slice));
    if violations.is_empty() { Ok(()) } else { Err(Refuted { violations }) }
}

/// Where everything is once what stops first has stopped: carriers that go are there while anything is in them.
pub fn begun(layout: &Layout, before: &Placement, after: &Placement) -> Placement {
    between(layout, before, after).0
}

/// What goes at once.
fn go(now: &mut Placement, step: &[Move]) {
    now.go(&step.iter().map(|it| (it.container, it.to)).collect::<Vec<_>>());
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
            let goes: Vec<(ContainerIndex, Option<Spot>)> = step.iter().map(|it| (it.container, it.to)).collect();
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
    // What moves alone does so at once, if it is not a carrier that must start before it.
    let least = if layout.demand.has_carriers() { 1 } else { 2 };
    if moving.len() < least || moving.len() > PAUSED {
        return Ok(None);
    }
    // What stops for good is down already, what starts starts last.
    let runs = |it: &ContainerIndex| before.host_of[*it].is_some() && after.host_of[*it].is_some();
    let running = |stopped: &[ContainerIndex]| before.only(|container| !stopped.contains(&container));
    // Who is in a carrier stops with it.
    let down = |start: &Placement| -> Vec<ContainerIndex> {
        layout.demand.indices().filter(|it| runs(it) && start.host_of[*it].is_none()).collect()
    };
    // Of replicas that must run no more may stop than may be down.
    let may_stop = |start: &Placement| {
        let mut services: BTreeMap<ServiceIndex, usize> = BTreeMap::new();
        for container in down(start) {
            *services.entry(layout.demand.containers[container].service).or_default() += 1;
        }
        services.into_iter().all(|(service, down)| {
            let of = &layout.demand.services[service];
            of.keep.is_none() || down <= of.spare(of.containers.clone().filter(runs).count())
        })
    };
    let resources = 0..layout.lab.resources.len();
    moving.sort_by_key(|&it| resources.clone().map(|resource| layout.request(it, resource)).collect::<Vec<_>>());
    let without = |stopped: &[ContainerIndex]| {
        let start = running(stopped);
        if !may_stop(&start) {
            return None;
        }
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
            if !may_stop(&running(&all)) {
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
    // What stops for good was judged with the plan; what stops on the way is here.
    let start = running(&stopped);
    let violations = check_stops(layout, before, &start);
    if !violations.is_empty() {
        return Err(Refuted { violations });
    }
    let (stops, starts) = ends(layout, before, after, &start);
    let pause = Pause { stopped: down(&start), stops, moves, starts };
    judged_whole(layout, before, after, (&pause.stops, &pause.moves, &pause.starts))?;
    Ok(Some(pause))
}
