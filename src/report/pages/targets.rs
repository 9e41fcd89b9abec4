//! Targets: which hosts are above theirs, and by how much.

use crate::check::{above, passed};
use crate::model::{GoalValue, Layout, Placement};
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text};
use crate::report::summary::goal_value;
use crate::report::text;

/// More hosts above their targets a terminal only counts: JSON has them all.
const SHOWN: usize = 12;

/// What is above its target and by how much; nothing where no host has a target.
pub(super) fn targets(layout: &Layout, placement: &Placement) -> Page {
    let mut page = Page::default();
    if !layout.has_targets() || placement.placed().next().is_none() {
        return page;
    }
    let found = passed(layout, placement);
    if found.is_empty() {
        page.add(Says::new("no host is above its target", 0));
        return page;
    }
    let all = goal_value(GoalValue::Above(above(&found)));
    page.only(Only::Terminal, Block::Heading("above target".to_owned(), format!("{all} of a host in all")));
    page.only(Only::Markdown, Block::heading(format!("Above target: {all} of a host in all")));
    let columns = [
        Column::words("host"),
        Column::words("resource"),
        Column::figures("used"),
        Column::figures("").only(Only::Wide(50)),
        Column::figures("target"),
        Column::figures("above"),
    ];
    let mut table = Table::new(2, columns);
    for one in &found {
        let (host, resource) = (&layout.lab.hosts[one.host], &layout.lab.resources[one.resource]);
        let target = host.targets[one.resource].map_or_else(String::new, |target| format!("{target} %"));
        table.row([
            Role::Name.text(host.name.clone()),
            Text::from(resource.name()),
            Text::from(text::share(resource, one.used, one.allocatable)),
            Text::from(text::percent(one.used, one.allocatable)),
            Text::from(target),
            Text::from(goal_value(GoalValue::Above(one.above()))),
        ]);
    }
    let few = Table { rows: table.rows.iter().take(SHOWN).cloned().collect(), ..table.clone() };
    page.only(Only::Terminal, few).only(Only::Markdown, table);
    page.more(found.len().saturating_sub(SHOWN), format!("  and {} more", found.len().saturating_sub(SHOWN)));
    page
}
