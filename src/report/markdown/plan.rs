//! A plan as Markdown.

use super::cells::{escape, sentence, table};
use super::costs;
use super::hosts;
use super::moves;
use super::refusals::refusals;
use super::survival::survival;
use super::why;
use crate::model::Layout;
use crate::plan::Plan;
use crate::report::summary;
use crate::report::text;
use crate::solve::Status;

/// The whole answer.
pub fn plan(layout: &Layout, plan: &Plan) -> String {
    let mut parts = vec![title(layout, "Plan")];
    parts.extend(body(layout, plan));
    parts.join("\n")
}

/// All but the title.
pub(super) fn body(layout: &Layout, plan: &Plan) -> Vec<String> {
    let mut parts = vec![headline(layout, plan)];
    if !plan.goals.is_empty() {
        parts.push(goals(plan));
    }
    if plan.status == Status::Infeasible {
        let placed = summary::placed(layout, &plan.placement);
        parts.push(
            text::sentence(
                &(summary::most_that_fits(&placed, plan.priority) + &summary::left_over(layout, &plan.unplaced)),
            ) + "\n",
        );
    } else if let Some(priority) = plan.priority {
        parts.push(text::sentence(&summary::priority(priority)) + "\n");
    }
    if let Some(bound) = plan.class_lp {
        parts.push(text::sentence(&summary::class_lp(bound)) + "\n");
    }
    if let Some(room) = &plan.room {
        parts.push(format!("Room left: {}.\n", sentence(&summary::room(room))));
    }
    if plan.status == Status::Infeasible {
        parts.extend(plan.why.as_ref().map(|found| why::blame(layout, found)));
        parts.push(why::totals(layout));
        if !plan.remedies.is_empty() {
            parts.push(why::remedies(&plan.remedies));
        }
    }
    if !plan.refusals.is_empty() {
        parts.push(format!("## Why not\n\n{}", refusals(layout, &plan.refusals)));
    }
    if plan.placement.placed().next().is_some() {
        parts.push(hosts::hosts(layout, &plan.hosts));
    }
    if !plan.unplaced.is_empty() && plan.status != Status::Unknown {
        parts.push(format!("## Not placed\n\n{}", hosts::startups(layout, &plan.unplaced)));
    }
    if let Some(found) = &plan.survival {
        parts.push(survival(layout, &plan.placement, found));
    }
    if let Some(costs) = &plan.costs {
        parts.push(costs::costs(layout, costs));
    }
    if let Some(steps) = &plan.steps {
        parts.push(moves::steps(layout, steps));
    }
    parts
}

/// `# Shared platform, 18 apps`.
pub(super) fn title(layout: &Layout, otherwise: &str) -> String {
    format!("# {}\n", layout.name.as_deref().map_or_else(|| otherwise.to_owned(), escape))
}

fn headline(layout: &Layout, plan: &Plan) -> String {
    let placed = summary::placed(layout, &plan.placement);
    let proof = sentence(&text::sentence(&plan.proof.sentence));
    match plan.status {
        Status::Optimal | Status::Feasible => format!("**{}.** {proof}\n", placed.on_hosts()),
        Status::Infeasible => format!("**No: {}.** {proof}\n", placed.not_all()),
        Status::Unknown => format!("**Unknown.** {proof}\n"),
    }
}

fn goals(plan: &Plan) -> String {
    let rows: Vec<Vec<String>> = plan
        .goals
        .iter()
        .map(|result| {
            let proven = if result.proven { "yes" } else { "no" };
            let (value, bound) = (summary::goal_value(result.value), summary::goal_bound(result.bound));
            vec![result.goal.name().to_owned(), value, bound, proven.to_owned()]
        })
        .collect();
    table(&["goal", "value", "bound", "proven"], &[false, true, true, false], &rows)
}
