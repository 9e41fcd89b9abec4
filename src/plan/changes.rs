//! What a plan would change of what runs now, and what that is good for.

use super::{Refuted, Steps, broken, steps};
use crate::model::{Goal, GoalValue, HostUse, Layout, Placement, Ratio};
use crate::solve::{Options, Part};

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
    pub gained: Option<(Goal, GoalValue, GoalValue)>,
}

/// What is to be done to get from the placement of `layout` to `after`; `None` where nothing runs yet. The way is looked for
/// where it is short, or where it is `asked` for.
///
/// # Errors
/// [`Refuted`] where a step does not pass the referee.
pub fn changes(layout: &Layout, after: &Placement, asked: bool, options: &Options) -> Result<Option<Changes>, Refuted> {
    let Some(before) = &layout.placement else { return Ok(None) };
    let moves = before.moves_to(after).count();
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
    Ok(Some(Changes { moves, starts, stops, way, gained }))
}

/// The first goal of the layout in which `after` is better.
fn gained(layout: &Layout, before: &Placement, after: &Placement) -> Option<(Goal, GoalValue, GoalValue)> {
    let usages = [before, after].map(|placement| layout.usage(placement));
    layout.goals.iter().find_map(|&goal| {
        let [now, then] = [&usages[0], &usages[1]].map(|usage| value(layout, usage, goal));
        let (now, then) = (now?, then?);
        (then < now).then_some((goal, now, then))
    })
}

/// What a goal is worth where the hosts hold this; `None` of moves, which are what it costs.
fn value(layout: &Layout, usage: &[HostUse], goal: Goal) -> Option<GoalValue> {
    let held = || usage.iter().filter(|held| !held.containers.is_empty());
    let sum = |of: fn(&crate::model::Host) -> u64| {
        GoalValue::Millionths(held().map(|held| of(&layout.lab.hosts[held.host])).sum())
    };
    Some(match goal {
        Goal::FewestHosts => GoalValue::Count(held().count() as u64),
        Goal::Cheapest => sum(|host| host.price),
        Goal::LeastPower => sum(|host| host.watts),
        Goal::Balance => {
            let judged = layout.balanced();
            let shares = held().flat_map(|held| {
                let there = layout.lab.hosts[held.host].allocatable.iter().zip(&judged);
                let used = held.used.iter().zip(there).filter(|(used, (_, judged))| **used > 0 && **judged);
                used.map(|(&part, (&whole, _))| Ratio { part, whole })
            });
            GoalValue::Share(shares.max().unwrap_or(Ratio::ZERO))
        }
        Goal::FewestMoves => return None,
    })
}
