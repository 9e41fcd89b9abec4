//! Needs: a line from every container to what it needs, with ends that leave the labels legible.

use std::collections::BTreeMap;

use super::scene::{Block, Link, Rect};
use crate::model::{ContainerIndex, Demand};

/// From an edge of a block to the end of a line in it.
const INSET: i64 = 70;

/// One line to each service that is needed, to its first container: it is the service that is needed, by those that `needs`
/// accepts.
pub(super) fn links(
    demand: &Demand,
    at: &BTreeMap<ContainerIndex, &Block>,
    needs: &dyn Fn(ContainerIndex, ContainerIndex) -> bool,
) -> Vec<Link> {
    let mut ends: BTreeMap<ContainerIndex, Vec<ContainerIndex>> = BTreeMap::new();
    for service in &demand.services {
        for &needed in &service.needs {
            let first = demand.services[needed].containers.start;
            if at.contains_key(&first) {
                let here = service.containers.clone().filter(|&it| at.contains_key(&it) && needs(it, first));
                ends.entry(first).or_default().extend(here);
            }
        }
    }
    let link = |to: ContainerIndex, from: &[ContainerIndex]| -> Vec<Link> {
        let (block, count) = (at[&to], from.len() as i64 + 1);
        let end = |nth: usize| low(block.area, block.area.width * (nth as i64 + 1) / count);
        let lines = from.iter().enumerate().map(|(nth, it)| {
            let needs = at[it];
            let start = low(needs.area, INSET);
            Link { from: start, to: end(nth), ids: [needs.id.clone(), block.id.clone()] }
        });
        lines.collect()
    };
    ends.iter().flat_map(|(&to, from)| link(to, from)).collect()
}

/// A point above the lower edge of a block, so far from its left edge: below its labels and beside its badges.
fn low(area: Rect, across: i64) -> (i64, i64) {
    let inset = INSET.min(area.width / 2);
    (area.x + across.clamp(inset, area.width - inset), area.y + area.height - INSET.min(area.height / 2))
}

impl Link {
    /// Where the line bends: beside the middle, so that lines there and back are two.
    pub fn bend(&self) -> (i64, i64) {
        let ((x, y), (to_x, to_y)) = (self.from, self.to);
        ((x + to_x) / 2 + (to_y - y) / 8, (y + to_y) / 2 - (to_x - x) / 8)
    }
}
