//! From what runs now to the plan, step by step, each judged by the referee.

use super::{Plan, Refuted, broken};
use crate::check::{ViolationKind, check};
use crate::model::{ContainerIndex, HostIndex, Layout, Placement, RuleKind};
use crate::moves::{Move, Order, order};
use crate::solve::{Options, Status};

/// What is to be done to get from what runs now to a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// What is known of the order.
    pub verdict: OrderVerdict,
    /// The containers that run now and have no place in the plan: they stop first. None where there is no order.
    pub stops: Vec<(ContainerIndex, HostIndex)>,
    /// What moves, each step valid in this order; empty where there is no order or none was found.
    pub moves: Vec<Move>,
    /// How many containers run elsewhere in the plan: fewer moves than these cannot be.
    pub differing: usize,
    /// The containers that do not run now: they start last. None where there is no order.
    pub starts: Vec<(ContainerIndex, HostIndex)>,
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

/// The steps from the placement of `layout` to `plan`; `None` where there is no plan or nothing runs yet.
///
/// # Errors
/// [`Refuted`] where a step does not pass the referee.
pub fn steps(layout: &Layout, plan: &Plan, options: &Options) -> Result<Option<Steps>, Refuted> {
    let (Some(before), Status::Optimal | Status::Feasible) = (&layout.placement, plan.status) else { return Ok(None) };
    let after = &plan.placement;
    let (verdict, moves) = match order(layout, before, after, || options.clock.is_over()) {
        Order::Moves { moves, fewest: true } => (OrderVerdict::Fewest, moves),
        Order::Moves { moves, fewest: false } => (OrderVerdict::Found, moves),
        Order::Never => (OrderVerdict::Never, Vec::new()),
        Order::Unknown => (OrderVerdict::Unknown, Vec::new()),
    };
    if moves.is_empty() && matches!(verdict, OrderVerdict::Never | OrderVerdict::Unknown) {
        let differing = before.moves_to(after).count();
        return Ok(Some(Steps { verdict, stops: Vec::new(), moves, differing, starts: Vec::new() }));
    }
    let stops = before.placed().filter(|&(container, _)| after.host_of[container].is_none()).collect();
    let starts = after.placed().filter(|&(container, _)| before.host_of[container].is_none()).collect();
    let steps = Steps { verdict, stops, moves, differing: before.moves_to(after).count(), starts };
    judged(layout, before, &steps.stops, &steps.moves)?;
    Ok(Some(steps))
}

/// Asks the referee after every move, `stops` first. What starts with violations has none to compare with: only its end
/// was judged.
///
/// # Errors
/// [`Refuted`] where a step does not pass.
pub fn judged(
    layout: &Layout,
    before: &Placement,
    stops: &[(ContainerIndex, HostIndex)],
    moves: &[Move],
) -> Result<(), Refuted> {
    if !broken(layout, before).is_empty() {
        return Ok(());
    }
    let mut now = before.clone();
    stops.iter().for_each(|&(container, _)| now.host_of[container] = None);
    for (number, step) in moves.iter().enumerate() {
        now.host_of[step.container] = Some(step.to);
        if moves.get(number + 1).is_some_and(|next| is_one_step(layout, step, next)) {
            continue;
        }
        let mut violations = check(layout, &now, Some(before));
        violations.retain(|found| found.kind != ViolationKind::Unplaced);
        if !violations.is_empty() {
            return Err(Refuted { violations });
        }
    }
    Ok(())
}

/// Whether two moves are made at once, because a rule keeps the containers together.
fn is_one_step(layout: &Layout, a: &Move, b: &Move) -> bool {
    let tied = layout.rules.iter().any(|rule| {
        rule.kind == RuleKind::Together
            && [a, b].iter().all(|step| rule.containers.binary_search(&step.container).is_ok())
    });
    tied && (a.from, a.to) == (b.from, b.to)
}
