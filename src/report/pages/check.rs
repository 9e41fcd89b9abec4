//! A check: whether it holds, every violation with its line, then what each host holds.

use super::{Details, costs, hosts, survival, targets, titled, wishes};
use crate::check::{Violation, ViolationKind};
use crate::model::{ContainerIndex, HostUse, Layout, Placement};
use crate::plan::Outlook;
use crate::report::content;
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::summary;
use crate::report::text::count_of;

/// More violations than these a terminal only counts: JSON has them all.
const VIOLATIONS: usize = 50;

/// More kinds of startups without a place a terminal only counts.
const STARTUPS: usize = 24;

/// The whole answer.
pub fn check(
    layout: &Layout,
    placement: &Placement,
    hosts: &[HostUse],
    violations: &[Violation],
    outlook: &Outlook,
    details: Details,
) -> Page {
    let (left_out, broken): (Vec<&Violation>, Vec<&Violation>) =
        violations.iter().partition(|violation| violation.kind == ViolationKind::Unplaced);
    let left_out: Vec<ContainerIndex> = left_out.iter().flat_map(|violation| violation.containers.clone()).collect();
    let mut page = titled(layout, "Check");
    page.add(claim(broken.len(), left_out.len(), summary::placed(layout, placement).on_hosts()));
    if !broken.is_empty() {
        page.gap().join(listed(layout, &broken));
    }
    if placement.placed().next().is_some() {
        page.gap().join(hosts::hosts(layout, hosts, details));
    }
    if !left_out.is_empty() {
        page.gap().join(unplaced(layout, &left_out));
    }
    page.gap().join(targets::targets(layout, placement));
    page.gap().join(wishes::wishes(layout, placement));
    if let Some(found) = &outlook.survival {
        page.gap().join(survival::survival(layout, placement, found));
    }
    if let Some(growth) = &outlook.growth {
        page.gap().add(Says::new(summary::growth(layout, growth), 2));
    }
    if let Some(costs) = &outlook.costs {
        page.gap().join(costs::costs(layout, costs));
    }
    if let Some(said) = summary::grounds(layout) {
        page.gap().add(Says::new(said, 2));
    }
    page
}

fn claim(broken: usize, left_out: usize, placed: String) -> Block {
    let violations = count_of(broken, "violation");
    let missing = count_of(left_out, "container");
    let (tone, gap, claim) = match (broken, left_out) {
        (0, 0) => (Tone::Good, ": ", "valid".to_owned()),
        (0, _) => (Tone::Bad, "; ", format!("incomplete: {missing} not placed, no rule broken")),
        (_, 0) => (Tone::Bad, "; ", format!("invalid: {violations}")),
        (_, _) => (Tone::Bad, "; ", format!("invalid: {violations}, {missing} not placed")),
    };
    Block::Claim { tone, claim, gap, rest: placed }
}

fn listed(layout: &Layout, violations: &[&Violation]) -> Page {
    let mut page = Page::default();
    let mut table = Table::new(0, ["violation", "where", "what"].map(Column::words));
    for (number, violation) in violations.iter().enumerate() {
        let (code, said) = (violation.kind.code(), summary::violation(layout, violation));
        let place = summary::place(layout, violation.at);
        if number < VIOLATIONS {
            let line = place.iter().map(String::as_str).chain([code]).collect::<Vec<_>>().join(" ");
            page.only(Only::Terminal, Block::Line(line, Some(Tone::Strong)));
            page.only(Only::Terminal, Says::under(said.clone(), 2, 2));
        }
        table.row([Text::from(code), Role::Code.text(place.unwrap_or_default()), Text::from(said)]);
    }
    page.only(Only::Markdown, table);
    let more = violations.len().saturating_sub(VIOLATIONS);
    page.more(more, format!("and {}", count_of(more, "more violation")));
    page
}

/// The containers that have no place, by startup.
pub(super) fn unplaced(layout: &Layout, containers: &[ContainerIndex]) -> Page {
    let groups = content::groups(layout, containers);
    let mut page = Page::default();
    page.only(Only::Terminal, Block::Heading("not placed".to_owned(), count_of(containers.len(), "container")));
    page.only(Only::Markdown, Block::heading("Not placed")).only(Only::Markdown, Block::Groups(groups.clone(), 0));
    let more = groups.iter().skip(STARTUPS).map(|group| group.count).sum();
    page.only(Only::Terminal, Block::Groups(groups.into_iter().take(STARTUPS).collect(), 4));
    page.more(more, format!("    and of {}", count_of(more, "more startup")));
    page
}
