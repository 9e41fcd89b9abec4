//! Replicas that may be down: of a service with `keep` all but so many.

use std::collections::BTreeMap;

use super::problem::Problem;
use crate::model::{ContainerIndex, HostState};

/// Containers of one service, of which some may be down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spare {
    /// Those that count, ascending.
    pub containers: Vec<ContainerIndex>,
    /// So many of them may be down: one or more.
    pub many: usize,
}

/// What may be down of the containers that `counts` accepts, service by service.
pub fn spares(problem: &Problem, counts: impl Fn(ContainerIndex) -> bool) -> Vec<Spare> {
    let spare = |keep: &super::problem::Keep| {
        let containers: Vec<ContainerIndex> = keep.containers.clone().filter(|&it| counts(it)).collect();
        let many = containers.len().saturating_sub(keep.least);
        (many > 0).then_some(Spare { containers, many })
    };
    problem.keeps.iter().filter_map(spare).collect()
}

/// The containers of `spares` that nothing tells apart: the rules that bind each, and whether a loss may stop it.
pub struct Bound(BTreeMap<ContainerIndex, Vec<usize>>);

impl Bound {
    /// Of all that `spares` count.
    pub fn new(problem: &Problem, spares: &[Spare]) -> Bound {
        let all = spares.iter().flat_map(|spare| spare.containers.iter());
        let mut rules: BTreeMap<ContainerIndex, Vec<usize>> = all.map(|&it| (it, Vec::new())).collect();
        if !rules.is_empty() {
            for (number, rule) in problem.rules.iter().enumerate() {
                for container in rule.containers.iter() {
                    rules.entry(*container).and_modify(|its| its.push(number));
                }
            }
            // What may stop after a loss is told apart from what may not.
            for container in problem.survive.iter().flat_map(|survive| &survive.except) {
                rules.entry(*container).and_modify(|its| its.push(problem.rules.len()));
            }
        }
        Bound(rules)
    }

    /// These of one service, those that the same rules bind together.
    pub fn alike(&self, containers: &[ContainerIndex]) -> Vec<Vec<ContainerIndex>> {
        let mut groups: BTreeMap<&[usize], Vec<ContainerIndex>> = BTreeMap::new();
        for container in containers {
            groups.entry(self.0.get(container).map_or(&[], |rules| rules)).or_default().push(*container);
        }
        groups.into_values().collect()
    }
}

/// So many ways to have replicas down are looked at.
const WAYS: usize = 64;

/// The ways to have as many down as may be, equal ones once, and whether these are all.
pub fn ways(problem: &Problem, spares: &[Spare]) -> (Vec<Vec<ContainerIndex>>, bool) {
    let bound = Bound::new(problem, spares);
    let mut ways: Vec<Vec<ContainerIndex>> = vec![Vec::new()];
    let mut complete = true;
    for spare in spares {
        let alike = bound.alike(&spare.containers);
        let groups: Vec<Vec<ContainerIndex>> = alike.into_iter().flat_map(|group| by_drained(problem, group)).collect();
        let mut own: Vec<(Vec<ContainerIndex>, usize)> = vec![(Vec::new(), spare.many.min(spare.containers.len()))];
        for (number, group) in groups.iter().enumerate() {
            let later: usize = groups[number + 1..].iter().map(Vec::len).sum();
            let more = |(down, left): &(Vec<ContainerIndex>, usize)| {
                let (down, left) = (down.clone(), *left);
                (left.saturating_sub(later)..=left.min(group.len())).map(move |many| {
                    let last = &group[group.len() - many..];
                    ([down.as_slice(), last].concat(), left - many)
                })
            };
            own = own.iter().flat_map(more).take(WAYS + 1).collect();
            complete &= own.len() <= WAYS;
        }
        let with = |way: &Vec<ContainerIndex>| {
            let way = way.clone();
            own.iter().map(move |(down, _)| [way.as_slice(), down].concat()).collect::<Vec<_>>()
        };
        ways = ways.iter().flat_map(with).take(WAYS + 1).collect();
        complete &= ways.len() <= WAYS;
        ways.truncate(WAYS);
    }
    (ways, complete)
}

/// The ways to have as many replicas down as may be of those that run nowhere now, and whether these are all; none where
/// all must run.
pub fn ways_down(problem: &Problem) -> (Vec<Vec<ContainerIndex>>, bool) {
    let down = |mut spare: Spare| {
        spare.containers.retain(|&it| problem.home(it).is_none());
        (!spare.containers.is_empty()).then_some(spare)
    };
    let spares: Vec<Spare> = spares(problem, |_| true).into_iter().filter_map(down).collect();
    if spares.is_empty() { (Vec::new(), true) } else { ways(problem, &spares) }
}

/// Those that stand on one host that is being drained apart from the others: they may stay there. Those that do not run
/// come last.
fn by_drained(problem: &Problem, mut group: Vec<ContainerIndex>) -> Vec<Vec<ContainerIndex>> {
    let drained = |it: ContainerIndex| problem.home(it).filter(|&host| problem.hosts[host].state == HostState::Drain);
    group.sort_by_key(|&it| (problem.home(it).is_none(), it));
    let mut groups: BTreeMap<Option<crate::model::HostIndex>, Vec<ContainerIndex>> = BTreeMap::new();
    group.into_iter().for_each(|it| groups.entry(drained(it)).or_default().push(it));
    groups.into_values().collect()
}

/// What to leave out of `spares` so that no more is asked than in any way to have as many down as may be: of alike
/// containers as many as may be down, of others all. What `stays` is not left out.
pub fn least_asked(problem: &Problem, spares: &[Spare], stays: impl Fn(ContainerIndex) -> bool) -> Vec<ContainerIndex> {
    let bound = Bound::new(problem, spares);
    // What runs on a host that is being drained may stay there.
    let drained =
        |it: ContainerIndex| problem.home(it).is_some_and(|host| problem.hosts[host].state == HostState::Drain);
    let mut out = Vec::new();
    for spare in spares {
        let free: Vec<ContainerIndex> = spare.containers.iter().copied().filter(|&it| !stays(it)).collect();
        let (others, plain): (Vec<_>, Vec<_>) = free.iter().copied().partition(|&it| drained(it));
        match bound.alike(&free).len() {
            ..=1 if others.is_empty() || plain.len() >= spare.many => {
                // Those that run go on running.
                let (homeless, running): (Vec<_>, Vec<_>) =
                    plain.into_iter().partition(|&it| problem.home(it).is_none());
                out.extend(homeless.into_iter().rev().chain(running.into_iter().rev()).take(spare.many));
            }
            _ => out.extend(free),
        }
    }
    out.sort_unstable();
    out
}
