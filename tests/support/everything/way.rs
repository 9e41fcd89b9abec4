//! The way from one placement to another, one valid step at a time: everything that can be reached is looked at, what
//! takes fewer moves first.

use std::collections::{BTreeMap, BTreeSet};

use super::truth::{finds_room, unevenness};
use super::world::{At, Kind, Rule, World};

/// More states than these are not looked at.
const MOST: usize = 8_000;

/// What is known of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// So many containers move at the least, each as often as it does.
    Fewest(usize),
    Never,
    /// Too much to look at.
    Unknown,
}

/// The fewest moves from `start` to where `there` says so.
pub fn fewest(world: &World, start: &At, there: &mut dyn FnMut(&At) -> bool) -> Way {
    let before = world.standing();
    let mut by_cost: BTreeMap<usize, BTreeSet<At>> = BTreeMap::from([(0, BTreeSet::from([start.clone()]))]);
    let mut seen: BTreeSet<At> = BTreeSet::new();
    while let Some((cost, states)) = by_cost.pop_first() {
        for state in states {
            if !seen.insert(state.clone()) {
                continue;
            }
            if there(&state) {
                return Way::Fewest(cost);
            }
            if seen.len() > MOST {
                return Way::Unknown;
            }
            for (next, moved) in steps(world, &before, &state) {
                if !seen.contains(&next) {
                    by_cost.entry(cost + moved).or_default().insert(next);
                }
            }
        }
    }
    Way::Never
}

/// Every step that is valid from `at` on, and how many containers it moves: one, or those at once that must be together.
fn steps(world: &World, before: &At, at: &At) -> Vec<(At, usize)> {
    let mut steps = Vec::new();
    for group in groups(world, at) {
        // Of a group that does not stand together yet, some may go to the others.
        for some in 1_u32..1 << group.len() {
            let moved: Vec<usize> = (0..group.len()).filter(|it| some >> it & 1 == 1).map(|it| group[it]).collect();
            for host in 0..world.hosts.len() {
                if moved.iter().any(|&it| at[it] == Some(host)) {
                    continue;
                }
                let mut next = at.clone();
                moved.iter().for_each(|&it| next[it] = Some(host));
                if moved.iter().all(|&it| may_step(world, before, at, &next, it)) {
                    steps.push((next, moved.len()));
                }
            }
        }
    }
    steps
}

/// Whether a step from `at` to `next` may bring `container` to where it is then: it breaks nothing there, and leaves
/// nothing that it was with and has to be with. What was apart before, and has to be together, may be put right in any
/// order.
pub fn may_step(world: &World, before: &At, at: &At, next: &At, container: usize) -> bool {
    let Some(host) = next[container] else { return true };
    let bound = world.rules.iter().filter(|rule| rule.kind == Kind::Together && rule.containers.contains(&container));
    let mut others = bound.flat_map(|rule| &rule.containers).filter(|&&other| other != container);
    let is_left = |other: usize| at[container].is_none() || at[other] == at[container];
    let no_worse = |rule: &Rule| match &rule.kind {
        Kind::Spread(over, skew) => unevenness(world, rule, over, next) <= unevenness(world, rule, over, at).max(*skew),
        _ => true,
    };
    finds_room(world, before, next, container, host)
        && world.rules.iter().filter(|rule| rule.containers.contains(&container)).all(no_worse)
        && others.all(|&other| next[other].is_none_or(|there| there == host || !is_left(other)))
}

/// The placed containers, those that rules keep together in one group.
pub fn groups(world: &World, at: &At) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = (0..at.len()).filter(|&it| at[it].is_some()).map(|it| vec![it]).collect();
    for rule in world.rules.iter().filter(|rule| rule.kind == Kind::Together) {
        let (bound, mut others): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.iter().any(|it| rule.containers.contains(it)));
        if !bound.is_empty() {
            others.push(bound.into_iter().flatten().collect());
        }
        groups = others;
    }
    groups
}
