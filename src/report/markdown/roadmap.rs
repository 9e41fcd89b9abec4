//! The road ahead as Markdown: a table of phases, then what stands in the way.

use super::cells::{escape, sentence, table};
use super::plan::title;
use super::why;
use crate::report::roadmap::{begins, change, headline, left, moves, name};
use crate::report::{summary, text};
use crate::roadmap::{Roadmap, Stage};
use crate::solve::Status;

/// The whole answer.
pub fn roadmap(roadmap: &Roadmap) -> String {
    let row = |stage: &Stage| {
        let phase = &roadmap.whole.phases[stage.phase];
        let placed = summary::placed(&stage.layout, &stage.placement);
        let there = match stage.status {
            Status::Feasible | Status::Optimal => placed.on_hosts(),
            Status::Infeasible => format!("**does not fit**: {}", placed.not_all()),
            Status::Unknown => "unknown".to_owned(),
        };
        let cells = [
            change(roadmap, &stage.comes).join("; "),
            change(roadmap, &stage.goes).join("; "),
            moves(roadmap, stage).join("; "),
            if stage.refused.is_none() { left(stage).join("; ") } else { String::new() },
        ];
        let mut row = vec![escape(&name(phase)), escape(&begins(phase)), there];
        row.extend(cells.map(|cell| escape(&cell)));
        row
    };
    let rows: Vec<Vec<String>> = roadmap.stages.iter().map(row).collect();
    let header = ["phase", "begins", "there", "comes", "goes", "moves", "left"];
    let mut parts = vec![
        title(&roadmap.whole, "Roadmap"),
        sentence(&text::sentence(&headline(roadmap))) + "\n",
        table(&header, &[false; 7], &rows),
    ];
    for stage in &roadmap.stages {
        let Some(plan) = &stage.refused else { continue };
        let name = escape(&roadmap.whole.phases[stage.phase].name);
        parts.push(format!("## Why {name} does not fit\n\n{}\n", sentence(&plan.proof.sentence)));
        parts.extend(plan.why.as_ref().map(|found| why::blame(&stage.layout, found)));
        if !plan.remedies.is_empty() {
            parts.push(why::remedies(&plan.remedies));
        }
    }
    parts.join("\n")
}
