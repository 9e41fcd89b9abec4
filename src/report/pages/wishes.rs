//! Wishes: which are not met, who is in the way, and what that weighs.

use std::collections::BTreeMap;

use crate::check::{Unmet, unmet, weight};
use crate::explain::{Reason, Refusal, refusals, spots};
use crate::model::{Asks, Layout, Placement, Spot};
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text};
use crate::report::summary;

/// More wishes that are not met a terminal only counts, and no answer says why of them: JSON has them all.
const SHOWN: usize = 20;

/// What is wished and how much of it is met; nothing where nothing is wished.
pub(super) fn wishes(layout: &Layout, placement: &Placement) -> Page {
    let mut page = Page::default();
    let all = layout.all_wishes().len();
    if all == 0 || placement.placed().next().is_none() {
        return page;
    }
    let found = unmet(layout, placement);
    if found.is_empty() {
        let words = if all == 1 { "the wish is met".to_owned() } else { format!("all {all} wishes are met") };
        page.add(Says::new(words, 0));
        return page;
    }
    let weighs = format!("weight {}", weight(&found));
    let of = if all == 1 { "the wish".to_owned() } else { format!("{all} wishes") };
    page.only(Only::Terminal, Block::Heading(format!("not met of {of}"), weighs.clone()));
    page.only(Only::Markdown, Block::heading(format!("Not met of {of}: {weighs}")));
    let mut table = Table::new(2, [Column::figures("weight"), Column::words("wish"), Column::words("where")]);
    let width = found.iter().take(SHOWN).map(|one| one.cost().to_string().len()).max().unwrap_or(0);
    for (number, one) in found.iter().enumerate() {
        let why = if number < SHOWN { why(layout, placement, one) } else { None };
        let said = one.message(layout) + &why.map_or_else(String::new, |why| format!(": {why}"));
        if number < SHOWN {
            let words = said.split(' ').map(str::to_owned).collect();
            page.only(Only::Terminal, Block::Flow(format!("  {:>width$}  ", one.cost()), words, width + 4));
        }
        let place = summary::place(layout, Some(one.at)).unwrap_or_default();
        table.row([Text::from(one.cost().to_string()), Text::from(said), Role::Code.text(place)]);
    }
    page.only(Only::Markdown, table);
    let more = found.len().saturating_sub(SHOWN);
    page.more(more, format!("  and {more} more"));
    page
}

/// Why a container is on none of the hosts that it wants, where each of them refuses it as things stand.
fn why(layout: &Layout, placement: &Placement, of: &Unmet) -> Option<String> {
    let (Asks::On(wanted), &[container]) = (&of.asks, &of.containers[..]) else { return None };
    let mut by_spot: BTreeMap<Spot, Vec<Reason>> = BTreeMap::new();
    for Refusal { container: _, spot, reason } in refusals(layout, placement, container) {
        by_spot.entry(spot).or_default().push(reason);
    }
    let on_wanted = |spot: &Spot| match *spot {
        Spot::Host(host) => wanted.hosts.contains(&host),
        Spot::Carrier(carrier) => placement.host(carrier).is_some_and(|host| wanted.hosts.contains(&host)),
    };
    let wanted = spots(layout, container).into_iter().filter(on_wanted);
    let all: Option<Vec<&Vec<Reason>>> = wanted.map(|spot| by_spot.get(&spot)).collect();
    let all = all.filter(|all| !all.is_empty())?;
    let is_short = |reason: &Reason| matches!(reason, Reason::Short { .. } | Reason::TooSmall { .. });
    let words = match all.iter().all(|reasons| reasons.iter().any(is_short)) {
        true => "no room there",
        false if all.iter().any(|reasons| reasons.iter().all(is_short)) => "no room where it may run",
        false => "it may not run there",
    };
    Some(words.to_owned())
}
