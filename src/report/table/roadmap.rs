//! The road ahead, for people: phase after phase.

use crate::report::roadmap::{begins, change, headline, left, moves, name, runs};
use crate::report::summary;
use crate::report::table::plan::painted;
use crate::report::table::style::{Style, Tone};
use crate::report::table::why;
use crate::roadmap::{Roadmap, Stage};
use crate::solve::Status;

/// The whole answer.
pub fn roadmap(roadmap: &Roadmap, style: &Style) -> String {
    let tone = match roadmap.status() {
        Status::Feasible | Status::Optimal => Tone::Good,
        Status::Infeasible => Tone::Bad,
        Status::Unknown => Tone::Warn,
    };
    let mut out = painted(style, tone, &headline(roadmap));
    if let Some(runs) = runs(roadmap) {
        out += &style.wrap(&runs, 0);
    }
    for stage in &roadmap.stages {
        out += "\n";
        out += &self::stage(roadmap, stage, style);
    }
    out
}

fn stage(roadmap: &Roadmap, stage: &Stage, style: &Style) -> String {
    let phase = &roadmap.whole.phases[stage.phase];
    let mut out = style.heading(&name(phase), &begins(phase));
    let mut said = |what: &str, parts: Vec<String>, gap: &str| {
        if !parts.is_empty() {
            let last = parts.len() - 1;
            let parts = parts.into_iter().enumerate();
            let parts: Vec<String> =
                parts.map(|(at, part)| if at < last { part + gap.trim_end() } else { part }).collect();
            out += &style.flow(&format!("  {what:<7} "), &parts, " ", 10);
        }
    };
    let placed = summary::placed(&stage.layout, &stage.placement);
    let arrangement = match stage.status {
        Status::Feasible | Status::Optimal => placed.on_hosts(),
        Status::Infeasible => format!("no: {}", placed.not_all()),
        Status::Unknown => "unknown".to_owned(),
    };
    said("there", vec![arrangement], "");
    said("comes", change(roadmap, &stage.comes), "; ");
    said("goes", change(roadmap, &stage.goes), "; ");
    said("moves", moves(roadmap, stage), "; ");
    match &stage.refused {
        None => said("left", left(stage), "; "),
        Some(plan) => {
            said("because", plan.proof.sentence.split(' ').map(str::to_owned).collect(), "");
            if !plan.remedies.is_empty() {
                out += &why::remedies(&plan.remedies, style);
            }
        }
    }
    out
}
