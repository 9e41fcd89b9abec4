//! Why not, as Markdown: a row for each host of each group of containers.

use super::cells::{code, escape, sentence, table};
use crate::explain::Refusal;
use crate::model::Layout;
use crate::report::refusals as words;

/// More groups than these are only counted: JSON has them all.
const SHOWN: usize = 30;

/// A table of containers, hosts and reasons.
pub fn refusals(layout: &Layout, refusals: &[Refusal]) -> String {
    let groups = words::grouped(layout, refusals);
    let mut rows = Vec::new();
    for group in groups.iter().take(SHOWN) {
        let first = group.containers.first().map_or_else(String::new, |&c| code(&layout.container_id(c)));
        let more = group.containers.len().saturating_sub(1);
        let mut who = if more == 0 { first } else { format!("{first} and {more} like it") };
        let mut asks = group.asks.clone();
        for (hosts, reasons) in &group.hosts {
            let reasons: Vec<String> = reasons.iter().map(|reason| sentence(reason)).collect();
            rows.push(vec![
                std::mem::take(&mut who),
                escape(&std::mem::take(&mut asks)),
                hosts.clone(),
                reasons.join("<br>"),
            ]);
        }
    }
    let out = table(&["container", "asks for", "host", "why not"], &[false, false, false, false], &rows);
    match groups.len().saturating_sub(SHOWN) {
        0 => out,
        more => format!("{out}\nAnd {more} more kinds of containers; `--format json` has all.\n"),
    }
}
