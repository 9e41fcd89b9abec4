//! The way from what runs now to a plan, as a checklist.

use super::cells::{code, sentence};
use crate::model::{ContainerIndex, HostIndex, Layout};
use crate::plan::Steps;
use crate::report::{moves, summary, text};

/// A section with a box to tick for every step.
pub fn steps(layout: &Layout, steps: &Steps) -> String {
    let host = |host: HostIndex| layout.lab.hosts[host].name.as_str();
    let what = |container: ContainerIndex| {
        let size = summary::size_of(layout, container);
        let size = if size.is_empty() { size } else { format!(" ({size})") };
        format!("{}{size}", code(&layout.container_id(container)))
    };
    let stops = steps.stops.iter().map(|&(container, from)| format!("stop {} on {}", what(container), host(from)));
    let moves = steps
        .moves
        .iter()
        .map(|step| format!("move {} from {} to {}", what(step.container), host(step.from), host(step.to)));
    let starts = steps.starts.iter().map(|&(container, to)| format!("start {} on {}", what(container), host(to)));
    let lines = stops.chain(moves).chain(starts).enumerate();
    let boxes: String = lines.map(|(number, line)| format!("- [ ] {}. {line}\n", number + 1)).collect();
    let heading = sentence(&text::sentence(&moves::heading(steps)));
    format!("## Moves\n\n{heading}\n{}{boxes}", if boxes.is_empty() { "" } else { "\n" })
}
