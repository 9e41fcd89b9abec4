//! Why not: a claim for each container, the evidence of every host under it.

use crate::explain::Refusal;
use crate::model::Layout;
use crate::plan::EVIDENCE;
use crate::report::refusals::{self, Refused};
use crate::report::table::style::{Align, Grid, Style, Tone};
use crate::report::text;

/// More groups than these are only counted: nobody reads them, and JSON has them all.
const SHOWN: usize = 8;

/// A block for each group of containers that are refused alike.
pub fn refusals(layout: &Layout, refusals: &[Refusal], style: &Style) -> String {
    let groups = refusals::grouped(layout, refusals);
    let blocks: Vec<String> = groups.iter().take(SHOWN).map(|group| block(layout, group, style)).collect();
    let mut out = blocks.join("\n");
    let left: usize = groups.iter().skip(SHOWN).map(|group| group.containers.len()).sum();
    if left > 0 {
        out += &format!("\nand {} more (`--format json` has all)\n", text::count_of(left, "container"));
    }
    out
}

fn block(layout: &Layout, group: &Refused, style: &Style) -> String {
    let first = group.containers.first().map_or_else(String::new, |&container| layout.container_id(container));
    let asks = if group.asks.is_empty() { String::new() } else { format!(", which asks for {}", group.asks) };
    let alike = match group.containers.len() {
        0 | 1 => String::new(),
        // Evidence is given for so many at the most: there may be more.
        several if several >= EVIDENCE => ", nor many more like it".to_owned(),
        several => format!(", nor {} more like it", several - 1),
    };
    let mut out = style.wrap(&format!("no host takes `{first}`{asks}{alike}"), 2);
    let mut grid = Grid::new(&[Align::Left, Align::Left]);
    for (hosts, reasons) in &group.hosts {
        for (i, reason) in reasons.iter().enumerate() {
            let name = if i == 0 { hosts.clone() } else { String::new() };
            grid.painted([(name, Some(Tone::Strong)), (reason.clone(), None)]);
        }
    }
    out += &grid.render(style, 2);
    out
}
