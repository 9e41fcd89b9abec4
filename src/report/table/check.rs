//! A check for people: every violation with its line, then what each host holds.

use crate::check::{Violation, ViolationKind};
use crate::model::{ContainerIndex, Layout, Placement};
use crate::plan::{HostUse, Outlook};
use crate::report::outlook;
use crate::report::summary;
use crate::report::table::costs;
use crate::report::table::hosts;
use crate::report::table::plan::{painted, unplaced};
use crate::report::table::style::{Style, Tone};
use crate::report::table::survival::survival;
use crate::report::text;

/// More violations than these are only counted: JSON has them all.
const SHOWN: usize = 50;

/// The whole answer.
pub fn check(
    layout: &Layout,
    placement: &Placement,
    hosts: &[HostUse],
    violations: &[Violation],
    outlook: &Outlook,
    style: &Style,
) -> String {
    let (left_out, broken): (Vec<&Violation>, Vec<&Violation>) =
        violations.iter().partition(|violation| violation.kind == ViolationKind::Unplaced);
    let left_out: Vec<ContainerIndex> = left_out.iter().flat_map(|violation| violation.containers.clone()).collect();
    let mut parts = vec![headline(layout, placement, broken.len(), left_out.len(), style)];
    if !broken.is_empty() {
        parts.push(listed(layout, &broken, style));
    }
    if placement.placed().next().is_some() {
        parts.push(hosts::hosts(layout, hosts, style));
    }
    if !left_out.is_empty() {
        parts.push(unplaced(layout, &left_out, style));
    }
    if let Some(found) = &outlook.survival {
        parts.push(survival(layout, placement, found, style));
    }
    if let Some(growth) = &outlook.growth {
        parts.push(style.wrap(&outlook::growth(layout, growth), 2));
    }
    if let Some(costs) = &outlook.costs {
        parts.push(costs::costs(layout, costs, style));
    }
    parts.join("\n")
}

fn headline(layout: &Layout, placement: &Placement, broken: usize, left_out: usize, style: &Style) -> String {
    let placed = summary::placed(layout, placement).on_hosts();
    let violations = text::count_of(broken, "violation");
    let missing = text::count_of(left_out, "container");
    match (broken, left_out) {
        (0, 0) => painted(style, Tone::Good, &format!("valid: {placed}")),
        (0, _) => painted(style, Tone::Bad, &format!("incomplete: {missing} not placed, no rule broken; {placed}")),
        (_, 0) => painted(style, Tone::Bad, &format!("invalid: {violations}; {placed}")),
        (_, _) => painted(style, Tone::Bad, &format!("invalid: {violations}, {missing} not placed; {placed}")),
    }
}

fn listed(layout: &Layout, violations: &[&Violation], style: &Style) -> String {
    let mut out = String::new();
    for violation in violations.iter().take(SHOWN) {
        let place = summary::place(layout, violation.at).map_or_else(String::new, |place| format!("{place} "));
        let line = format!("{place}{}", violation.kind.code());
        out += &format!("{}\n", style.paint(Tone::Strong, &line));
        out += &format!("  {}", style.wrap(&summary::violation(layout, violation), 2));
    }
    match violations.len().saturating_sub(SHOWN) {
        0 => out,
        more => out + &format!("and {} (`--format json` has all)\n", text::count_of(more, "more violation")),
    }
}
