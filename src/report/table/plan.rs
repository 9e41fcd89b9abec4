//! A plan for people: what goes where, then what is proven and what is left.

use crate::model::{ContainerIndex, Layout};
use crate::plan::{Plan, Room};
use crate::report::content;
use crate::report::summary;
use crate::report::table::costs;
use crate::report::table::hosts;
use crate::report::table::moves;
use crate::report::table::refusals::refusals;
use crate::report::table::style::{Align, Grid, Style, Tone};
use crate::report::table::survival::survival;
use crate::report::table::why;
use crate::report::text;
use crate::solve::{GoalResult, Status};

/// On a narrower screen a bound that is as good as reached goes unsaid.
const WIDE: usize = 50;

/// More kinds of startups without a place are only counted.
const SHOWN: usize = 24;

/// The whole answer.
pub fn plan(layout: &Layout, plan: &Plan, style: &Style) -> String {
    let mut parts = vec![headline(layout, plan, style)];
    if plan.status == Status::Infeasible {
        let blame = plan.why.as_ref().map_or_else(String::new, |found| why::blame(layout, found, style));
        parts.push(blame + &why::totals(layout, style));
        if !plan.remedies.is_empty() {
            parts.push(why::remedies(&plan.remedies, style));
        }
    }
    if plan.status == Status::Infeasible && !plan.refusals.is_empty() {
        parts.push(refusals(layout, &plan.refusals, style));
    }
    if plan.placement.placed().next().is_some() {
        if plan.status == Status::Infeasible {
            let placed = summary::placed(layout, &plan.placement);
            let arrangement =
                summary::most_that_fits(&placed, plan.priority) + &summary::left_over(layout, &plan.unplaced);
            parts.push(style.wrap(&arrangement, 0) + "\n" + &hosts::hosts(layout, &plan.hosts, style));
        } else {
            parts.push(hosts::hosts(layout, &plan.hosts, style));
        }
    }
    if !plan.unplaced.is_empty() && plan.status != Status::Unknown {
        parts.push(unplaced(layout, &plan.unplaced, style));
    }
    if plan.status != Status::Infeasible && !plan.refusals.is_empty() {
        parts.push(refusals(layout, &plan.refusals, style));
    }
    if plan.status == Status::Optimal || plan.status == Status::Feasible {
        parts.push(evidence(plan, style));
    }
    if let Some(found) = &plan.survival {
        parts.push(survival(layout, &plan.placement, found, style));
    }
    if let Some(costs) = &plan.costs {
        parts.push(costs::costs(layout, costs, style));
    }
    if let Some(steps) = &plan.steps {
        parts.push(moves::steps(layout, steps, style));
    }
    parts.join("\n")
}

fn headline(layout: &Layout, plan: &Plan, style: &Style) -> String {
    let placed = summary::placed(layout, &plan.placement);
    match plan.status {
        Status::Infeasible => {
            let said = format!("no: {}. {}", placed.not_all(), plan.proof.sentence);
            painted(style, Tone::Bad, &said)
        }
        Status::Unknown => painted(style, Tone::Warn, &format!("unknown: {}", plan.proof.sentence)),
        Status::Optimal | Status::Feasible if plan.unplaced.is_empty() => {
            painted(style, Tone::Good, &placed.on_hosts())
        }
        Status::Optimal | Status::Feasible => {
            painted(style, Tone::Warn, &format!("{}: {}", placed.of_all_startups(), placed.on_hosts()))
        }
    }
}

/// A wrapped sentence whose first word, up to a colon, carries the colour.
pub(super) fn painted(style: &Style, tone: Tone, text: &str) -> String {
    let wrapped = style.wrap(text, 0);
    match wrapped.split_once(':') {
        Some((word, rest)) if !word.contains([' ', '\n']) => style.paint(tone, &format!("{word}:")) + rest,
        _ => match wrapped.split_once('\n') {
            Some((first, rest)) => format!("{}\n{rest}", style.paint(tone, first)),
            None => wrapped,
        },
    }
}

/// The containers that have no place, by startup.
pub(super) fn unplaced(layout: &Layout, containers: &[ContainerIndex], style: &Style) -> String {
    let amount = content::scarcest_first(layout).first().copied();
    let groups = content::groups(layout, containers, amount);
    let shown = groups.get(..SHOWN).unwrap_or(&groups);
    let heading = style.heading("not placed", &text::count_of(containers.len(), "container"));
    let more: usize = groups.iter().skip(SHOWN).map(|group| group.count).sum();
    let rest = format!("    and of {} (`--format json` has all)\n", text::count_of(more, "more startup"));
    heading + &hosts::groups(shown, style, 4) + if more > 0 { &rest } else { "" }
}

/// What is proven, how good it is in each goal, and what is left.
fn evidence(plan: &Plan, style: &Style) -> String {
    let mut out = style.wrap(&plan.proof.sentence, 0);
    out += &goals(&plan.goals, style);
    if let Some(priority) = plan.priority {
        out += &style.wrap(&summary::priority(priority), 2);
    }
    if let Some(bound) = plan.class_lp {
        out += &style.wrap(&summary::class_lp(bound), 2);
    }
    if let Some(room) = &plan.room {
        out += &style.wrap(&room_left(room), 2);
    }
    out
}

fn goals(goals: &[GoalResult], style: &Style) -> String {
    let mut grid = Grid::new(&[Align::Left, Align::Right, Align::Left]);
    for result in goals {
        let (value, bound) = (summary::goal_value(result.value), summary::goal_bound(result.bound));
        let tone = if result.proven { Tone::Good } else { Tone::Warn };
        let said = match (result.proven, result.value == result.bound || style.width < WIDE) {
            (true, true) => "proven".to_owned(),
            (true, false) => format!("proven, bound {bound}"),
            (false, _) => match summary::gap(result.value, result.bound).filter(|_| style.width >= WIDE) {
                Some(gap) => format!("bound {bound}, gap {gap}"),
                None => format!("bound {bound}"),
            },
        };
        grid.painted([(result.goal.name().to_owned(), None), (value, None), (said, Some(tone))]);
    }
    grid.render(style, 2)
}

fn room_left(room: &Room) -> String {
    format!("room left: {}", summary::room(room))
}
