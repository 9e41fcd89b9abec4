//! A check as Markdown.

use super::cells::{code, sentence, table};
use super::costs;
use super::hosts;
use super::plan::title;
use super::survival::survival;
use crate::check::{Violation, ViolationKind};
use crate::model::{Layout, Placement};
use crate::plan::{HostUse, Outlook};
use crate::report::outlook;
use crate::report::summary;
use crate::report::text;

/// The whole answer.
pub fn check(
    layout: &Layout,
    placement: &Placement,
    hosts: &[HostUse],
    violations: &[Violation],
    outlook: &Outlook,
) -> String {
    let (left_out, broken): (Vec<&Violation>, Vec<&Violation>) =
        violations.iter().partition(|violation| violation.kind == ViolationKind::Unplaced);
    let left_out: Vec<usize> = left_out.iter().flat_map(|violation| violation.containers.clone()).collect();
    let placed = summary::placed(layout, placement).on_hosts();
    let verdict = match (broken.len(), left_out.len()) {
        (0, 0) => "Valid".to_owned(),
        (0, missing) => format!("Incomplete: {} not placed, no rule broken", text::count_of(missing, "container")),
        (broken, 0) => format!("Invalid: {}", text::count_of(broken, "violation")),
        (broken, missing) => {
            let missing = text::count_of(missing, "container");
            format!("Invalid: {}, {missing} not placed", text::count_of(broken, "violation"))
        }
    };
    let mut parts = vec![title(layout, "Check"), format!("**{verdict}.** {placed}.\n")];
    if !broken.is_empty() {
        let row = |violation: &&Violation| {
            let place = summary::place(layout, violation.at).map_or_else(String::new, |place| code(&place));
            vec![violation.kind.code().to_owned(), place, sentence(&summary::violation(layout, violation))]
        };
        let rows: Vec<Vec<String>> = broken.iter().map(row).collect();
        parts.push(table(&["violation", "where", "what"], &[false, false, false], &rows));
    }
    if placement.placed().next().is_some() {
        parts.push(hosts::hosts(layout, hosts));
    }
    if !left_out.is_empty() {
        parts.push(format!("## Not placed\n\n{}", hosts::startups(layout, &left_out)));
    }
    if let Some(found) = &outlook.survival {
        parts.push(survival(layout, placement, found));
    }
    if let Some(growth) = &outlook.growth {
        parts.push(sentence(&text::sentence(&outlook::growth(layout, growth))) + "\n");
    }
    if let Some(costs) = &outlook.costs {
        parts.push(costs::costs(layout, costs));
    }
    parts.join("\n")
}
