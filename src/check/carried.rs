//! What is carried over when containers move: from what the document says of them.

use super::case::Case;
use crate::model::{Layout, Load, Placement};

/// What the containers that `after` has on other hosts than the layout's placement ask for, in bytes: of memory, or of their
/// hosts' disks. What differs by the time of the day counts with the most that is asked for at any. 0 where nothing runs yet.
pub fn carried(layout: &Layout, after: &Placement, load: Load) -> u64 {
    let counts = |resource: &usize| *layout.lab.resources[*resource].judged_as() == load.resource();
    let resources: Vec<usize> = (0..layout.lab.resources.len()).filter(counts).collect();
    let mut sum = 0_u64;
    let case = Case::new(layout, after, None);
    for before in layout.placement.iter() {
        for (container, ..) in before.moves_to(after) {
            let most = resources.iter().map(|&resource| case.asks(container, resource)).max();
            sum = sum.saturating_add(u64::try_from(most.unwrap_or(0)).unwrap_or(u64::MAX));
        }
    }
    sum
}
