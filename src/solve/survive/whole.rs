//! Which whole startups to place where not all of them survive: what fits after each loss bounds it from above, what
//! survives is found by leaving out one startup after another.

use super::{Toil, contingency, packs};
use crate::model::{ContainerIndex, Layout, StartupIndex, Survive};
use crate::solve::choose::{Choice, plainly, startup_needs};
use crate::solve::{Options, Packed, Scope};

/// So many losses are looked at for a bound at the most.
const MOST_LOSSES: usize = 12;

/// As [`crate::solve::choose`], of those that survive.
pub fn choose(layout: &Layout, survive: &Survive, keep: bool, options: &Options) -> Choice {
    let plain = plainly(layout, keep, options);
    let mut tightest = plain.clone();
    let mut bound = plain.bound;
    if packed(layout, survive, keep, &plain.chosen, options).placement.is_none() {
        for lost in survive.losses(&layout.lab).iter().take(MOST_LOSSES) {
            if options.clock.left().is_zero() {
                break;
            }
            // What may stop stands somewhere, too; without it there is more room, which bounds it all the same.
            let contingency = contingency::relaxed(layout, survive, lost);
            let choice = plainly(&contingency, keep && !survive.moves, options);
            bound = bound.min(choice.bound);
            if choice.placed < tightest.placed {
                tightest = choice;
            }
        }
    }
    let needs = startup_needs(layout);
    let mut chosen = tightest.chosen;
    loop {
        let Packed { placement, .. } = packed(layout, survive, keep, &chosen, options);
        if let Some(placement) = placement {
            let placed = sum(layout, &chosen);
            return Choice { included: included(layout, keep, &chosen), placed, bound, placement, chosen, ..tightest };
        }
        let needed = |startup: StartupIndex| {
            (0..chosen.len()).any(|other| other != startup && chosen[other] && needs[other].contains(&startup))
        };
        let least = (0..chosen.len())
            .rev()
            .filter(|&startup| chosen[startup] && !needed(startup))
            .min_by_key(|&startup| layout.demand.startups[startup].priority);
        match least {
            Some(startup) if !options.clock.left().is_zero() => chosen[startup] = false,
            // Nothing survives, or nothing was found in time: what must stay stays.
            _ => {
                chosen.fill(false);
                let placement = match &layout.placement {
                    Some(now) if keep => now.clone(),
                    _ => crate::model::Placement::empty(layout.demand.containers.len()),
                };
                let included = included(layout, keep, &chosen);
                return Choice { included, placed: 0, bound, placement, chosen, ..tightest };
            }
        }
    }
}

fn packed(layout: &Layout, survive: &Survive, keep: bool, chosen: &[bool], options: &Options) -> Packed {
    let included = included(layout, keep, chosen);
    let scope = Scope { included: Some(&included), keep, start: None };
    packs(layout, survive, scope, Toil::MODERATE, options)
}

fn included(layout: &Layout, keep: bool, chosen: &[bool]) -> Vec<bool> {
    let stays = |container: ContainerIndex| {
        keep && layout.placement.as_ref().is_some_and(|placement| placement.host_of[container].is_some())
    };
    let containers = layout.demand.indices();
    containers.map(|container| chosen[layout.demand.startup_of(container)] || stays(container)).collect()
}

fn sum(layout: &Layout, chosen: &[bool]) -> u64 {
    (0..chosen.len()).filter(|&it| chosen[it]).map(|startup| layout.demand.startups[startup].priority).sum()
}
