//! What follows the loss of hosts, as Markdown: the failover table.

use super::cells::{code, escape, sentence, table};
use crate::model::{ContainerIndex, HostIndex, Layout, Placement};
use crate::plan::Survival;
use crate::report::survival::{aftermath, heading, kept, line};
use crate::report::text;
use crate::report::why::hosts;
use crate::solve::Outcome;

/// A section with a row for each loss.
pub fn survival(layout: &Layout, placement: &Placement, survival: &Survival) -> String {
    let ids = |containers: &[ContainerIndex]| -> String {
        let ids: Vec<String> = containers.iter().map(|&container| code(&layout.container_id(container))).collect();
        ids.join(", ")
    };
    let rows = survival.losses.iter().map(|loss| {
        let found = aftermath(layout, placement, loss);
        let to = |(host, containers): &(HostIndex, Vec<ContainerIndex>)| {
            format!("{}: {}", escape(&layout.lab.hosts[*host].name), ids(containers))
        };
        let goes: Vec<String> = found.goes.iter().map(to).collect();
        let moves: Vec<String> = found.moves.iter().map(to).collect();
        let goes = match loss.outcome {
            Outcome::Survived(_) => goes.join("; "),
            Outcome::Impossible(_) | Outcome::Unknown => sentence(&line(layout, placement, loss)),
        };
        vec![escape(&hosts(layout, &loss.lost)), goes, moves.join("; "), ids(&found.stops)]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let heading = sentence(&text::sentence(&heading(layout, survival)));
    let kept = kept(layout, survival);
    let kept = match kept.is_empty() {
        true => String::new(),
        false => format!("\nRoom kept for it: {}.\n", sentence(&kept.join("; "))),
    };
    let header = ["host lost", "what it held goes to", "makes room", "stops"];
    format!("## Survival\n\n{heading}\n\n{}{kept}", table(&header, &[false; 4], &rows))
}
