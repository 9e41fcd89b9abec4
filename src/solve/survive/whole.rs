//! Which whole startups to place where not all of them survive: what fits after each loss bounds it from above, what
//! survives is found by leaving out one startup after another and adding others; few are looked at in every choice.

use super::{SEARCH_ITEMS, packs};
use crate::model::{ContainerIndex, Survive};
use crate::solve::choose::{self, Choice, included};
use crate::solve::spare::{least_asked, spares};
use crate::solve::{Effort, Options, Problem, Scope};

/// So many losses are looked at for a bound at the most.
const MOST_LOSSES: usize = 12;

/// As [`crate::solve::choose`], of those that survive, startups being whole without what is `missed`, ascending.
pub fn choose(
    problem: &Problem,
    survive: &Survive,
    missed: &[ContainerIndex],
    keep: bool,
    options: &Options,
) -> Choice {
    let mut tightest = choose::without(problem, missed, keep, options);
    let mut bound = tightest.bound;
    if !survives(problem, survive, missed, keep, &tightest.chosen, options) {
        for lost in problem.losses.iter().take(MOST_LOSSES) {
            if options.clock.is_over() {
                break;
            }
            // What may stop stands somewhere, too; without it there is more room, which bounds it all the same: every
            // placement that survives the loss leaves one of this behind.
            let contingency = problem.clone().without_hosts(lost);
            let counts = |it: ContainerIndex| !survive.may_stop(it) && missed.binary_search(&it).is_err();
            let spares = spares(problem, counts);
            let mut absent = least_asked(&contingency, &spares, |it| keep && contingency.home(it).is_some());
            absent.extend(survive.except.iter().chain(missed));
            absent.sort_unstable();
            absent.dedup();
            let choice = choose::without(&contingency, &absent, keep && !survive.moves, options);
            bound = bound.min(choice.bound);
            if choice.placed < tightest.placed {
                tightest = choice;
            }
        }
    }
    let chosen = fewer(problem, survive, missed, keep, tightest.chosen, options);
    let exact = problem.containers.len() <= SEARCH_ITEMS;
    let found = choose::more(problem, missed, &chosen, (bound, exact), keep, options);
    Choice { bound: found.bound.min(bound).max(found.placed), by: found.by.max(tightest.by), ..found }
}

/// What is left of the startups `chosen` when one after another is left out until they survive, those of low priority
/// first.
fn fewer(
    problem: &Problem,
    survive: &Survive,
    missed: &[ContainerIndex],
    keep: bool,
    mut chosen: Vec<bool>,
    options: &Options,
) -> Vec<bool> {
    while !survives(problem, survive, missed, keep, &chosen, options) {
        let mut needed = vec![false; chosen.len()];
        for other in (0..chosen.len()).filter(|&other| chosen[other]) {
            let others = problem.startups[other].needs.iter().copied().filter(|&startup| startup != other);
            others.for_each(|startup| needed[startup] = true);
        }
        let least = (0..chosen.len())
            .rev()
            .filter(|&startup| chosen[startup] && !needed[startup])
            .min_by_key(|&startup| problem.startups[startup].priority);
        match least {
            Some(startup) if !options.clock.is_over() => chosen[startup] = false,
            // Nothing survives, or nothing was found in time.
            _ => return vec![false; chosen.len()],
        }
    }
    chosen
}

fn survives(
    problem: &Problem,
    survive: &Survive,
    missed: &[ContainerIndex],
    keep: bool,
    chosen: &[bool],
    options: &Options,
) -> bool {
    let mut included = included(problem, keep, chosen);
    missed.iter().for_each(|&container| included[container] = false);
    let scope = Scope { included: Some(&included), keep, start: None };
    let effort = Effort { failovers: Effort::GLANCE.failovers, ..Effort::QUICK };
    packs(problem, survive, scope, effort, options).placement.is_some()
}
