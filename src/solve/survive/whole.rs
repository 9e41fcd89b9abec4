//! Which whole startups to place where not all of them survive: what fits after each loss bounds it from above, what
//! survives is found by leaving out one startup after another.

use super::packs;
use crate::model::{Placement, StartupIndex, Survive};
use crate::solve::choose::{Choice, included, plainly, priority, startup_needs};
use crate::solve::{Effort, Options, Packed, Problem, Scope};

/// So many losses are looked at for a bound at the most.
const MOST_LOSSES: usize = 12;

/// As [`crate::solve::choose`], of those that survive.
pub fn choose(problem: &Problem, survive: &Survive, keep: bool, options: &Options) -> Choice {
    let plain = plainly(problem, keep, options);
    let mut tightest = plain.clone();
    let mut bound = plain.bound;
    if packed(problem, survive, keep, &plain.chosen, options).placement.is_none() {
        for lost in survive.losses(&problem.there()).iter().take(MOST_LOSSES) {
            if options.clock.is_over() {
                break;
            }
            // What may stop stands somewhere, too; without it there is more room, which bounds it all the same: every
            // placement that survives the loss leaves one of this behind.
            let contingency = problem.clone().without_hosts(lost).without_requests(&survive.except);
            let choice = plainly(&contingency, keep && !survive.moves, options);
            bound = bound.min(choice.bound);
            if choice.placed < tightest.placed {
                tightest = choice;
            }
        }
    }
    let needs = startup_needs(problem);
    let mut chosen = tightest.chosen;
    loop {
        let Packed { placement, .. } = packed(problem, survive, keep, &chosen, options);
        if let Some(placement) = placement {
            let placed = priority(problem, &chosen);
            return Choice { included: included(problem, keep, &chosen), placed, bound, placement, chosen, ..tightest };
        }
        let needed = |startup: StartupIndex| {
            (0..chosen.len()).any(|other| other != startup && chosen[other] && needs[other].contains(&startup))
        };
        let least = (0..chosen.len())
            .rev()
            .filter(|&startup| chosen[startup] && !needed(startup))
            .min_by_key(|&startup| problem.startups[startup].priority);
        match least {
            Some(startup) if !options.clock.is_over() => chosen[startup] = false,
            // Nothing survives, or nothing was found in time: what must stay stays.
            _ => {
                chosen.fill(false);
                let placement = match &problem.placement {
                    Some(now) if keep => Placement::clone(now),
                    _ => Placement::empty(problem.containers.len()),
                };
                let included = included(problem, keep, &chosen);
                return Choice { included, placed: 0, bound, placement, chosen, ..tightest };
            }
        }
    }
}

fn packed(problem: &Problem, survive: &Survive, keep: bool, chosen: &[bool], options: &Options) -> Packed {
    let included = included(problem, keep, chosen);
    let scope = Scope { included: Some(&included), keep, start: None };
    packs(problem, survive, scope, Effort::QUICK, options)
}
