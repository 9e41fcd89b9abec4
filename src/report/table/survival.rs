//! What follows the loss of hosts, for people: the failover table.

use crate::model::{ContainerIndex, Layout, Placement};
use crate::plan::Survival;
use crate::report::survival::{aftermath, heading, kept, line};
use crate::report::table::hosts;
use crate::report::table::plan::painted;
use crate::report::table::style::{Style, Tone};
use crate::report::{content, text};

/// More losses than these are only counted.
const SHOWN: usize = 12;

/// Whether every loss is survived, what becomes of each, and the room kept for them.
pub fn survival(layout: &Layout, placement: &Placement, survival: &Survival, style: &Style) -> String {
    let tone = match survival.holds() {
        Some(true) => Tone::Good,
        Some(false) => Tone::Bad,
        None => Tone::Warn,
    };
    let mut out = painted(style, tone, &heading(layout, survival));
    for loss in survival.losses.iter().take(SHOWN) {
        out += &indented(&line(layout, placement, loss), 2, style);
        let found = aftermath(layout, placement, loss);
        for (host, containers) in &found.goes {
            out += &listed(layout, &format!("to {}", layout.lab.hosts[*host].name), containers, style);
        }
        for (host, containers) in &found.moves {
            out += &listed(layout, &format!("making room, to {}", layout.lab.hosts[*host].name), containers, style);
        }
        if !found.stops.is_empty() {
            out += &listed(layout, "stops", &found.stops, style);
        }
    }
    if survival.losses.len() > SHOWN {
        let more = text::count_of(survival.losses.len() - SHOWN, "more");
        out += &format!("  and {} (`--format json` has all)\n", more.trim_end_matches('s'));
    }
    let kept = kept(layout, survival);
    if !kept.is_empty() {
        out += &style.flow("  room kept for it: ", &kept.iter().map(|it| it.clone() + ";").collect::<Vec<_>>(), " ", 4);
        out = out.trim_end().trim_end_matches(';').to_owned() + "\n";
    }
    out
}

fn listed(layout: &Layout, what: &str, containers: &[ContainerIndex], style: &Style) -> String {
    let amount = content::scarcest_first(layout).first().copied();
    let groups = content::groups(layout, containers, amount);
    indented(what, 4, style) + &hosts::groups(&groups, style, 6)
}

/// Wrapped, each line so far from the left.
fn indented(text: &str, by: usize, style: &Style) -> String {
    let inner = Style { width: style.width.saturating_sub(by), ..*style };
    inner.wrap(text, 0).lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}
