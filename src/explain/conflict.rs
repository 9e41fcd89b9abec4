//! What is to blame where not everything fits: volume, the shape of the containers, or a rule; and the smallest set of
//! containers and rules that cannot go together.

use std::collections::BTreeSet;

use super::named;
use crate::diagnostic::{Place, plain, quoted};
use crate::model::{ContainerIndex, Crowded, HostIndex, HostState, Layout, ResourceIndex, RuleKind, ServiceIndex};
use crate::solve::{Effort, Options, Problem, Scope, Status, packs};

/// What is to blame, shown by solving again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Volume, shape or rules.
    pub blame: Blame,
    /// The rules that cannot be kept together; empty where none is to blame.
    pub rules: Vec<Constraint>,
    /// The containers that cannot go together; empty where volume is to blame.
    pub containers: Vec<ContainerIndex>,
    /// Whether leaving out any one of them is proven to let the others fit.
    pub minimal: bool,
    /// Whether without any one of them everything else in the document fits.
    pub enough: bool,
}

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blame {
    /// More is requested of a resource than all hosts have.
    Volume {
        /// Which resource.
        resource: ResourceIndex,
        /// What is requested in all.
        requested: u64,
        /// What all hosts can give.
        allocatable: u64,
    },
    /// Agents alone ask for more than their hosts can give.
    Agents {
        /// Of each such host the first resource.
        crowded: Vec<Crowded>,
    },
    /// There is enough of everything in all, but the containers do not go into the hosts, rules or no rules.
    Shape,
    /// The hosts have the room, but what lies in carriers does not go into these, rules or no rules.
    Carriers,
    /// Without the rules everything would fit.
    Rule,
    /// Were what runs free to move, everything would fit.
    Standing,
    /// Everything would fit, but no sequence of valid moves leads there.
    Order,
    /// Everything fits, but not when these hosts are lost: more is requested of a resource than the others have.
    Loss {
        /// The hosts lost.
        lost: Vec<HostIndex>,
        /// Which resource.
        resource: ResourceIndex,
        /// What must not stop requests in all.
        requested: u64,
        /// What the other hosts can give.
        allocatable: u64,
    },
}

impl Why {
    /// One thing by itself is, and no rule or container.
    pub fn alone(blame: Blame) -> Why {
        Why { blame, rules: Vec::new(), containers: Vec::new(), minimal: true, enough: true }
    }
}

/// Something that limits where containers go, and that a person could relax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constraint {
    /// A rule by its position in `Layout::rules`.
    Rule(usize),
    /// The `on:` of a service.
    On(ServiceIndex),
    /// The `state: drain` of a host.
    Drain(HostIndex),
    /// `survive:`.
    Survive,
}

impl Constraint {
    /// In words: what it asks, and where the document says so.
    pub fn words(self, layout: &Layout) -> String {
        let place = |at: Place| {
            let file = layout.files.get(at.file as usize);
            file.map_or_else(String::new, |file| format!(" ({}:{})", plain(file), at.line))
        };
        match self {
            Constraint::Rule(rule) => {
                let rule = &layout.rules[rule];
                let ids = named(layout, &rule.containers, 3);
                let kind = match &rule.kind {
                    RuleKind::ApartByHost => "`apart`".to_owned(),
                    RuleKind::ApartByLabel(label) => quoted(&format!("apart: {label}")),
                    RuleKind::ApartByCarrier => "`apart: carrier`".to_owned(),
                    RuleKind::Together if rule.reach.is_none() => "`together: host`".to_owned(),
                    RuleKind::Together => "`together`".to_owned(),
                    RuleKind::AtMost { count, per } => quoted(&format!("at-most: {count} per {}", per.name())),
                    RuleKind::Spread { over, .. } => quoted(&format!("spread: {}", over.name())),
                };
                format!("{kind} of {ids}{}", place(rule.at))
            }
            Constraint::On(service) => {
                let its = &layout.demand.services[service];
                let on = its.on_written.as_deref().unwrap_or("");
                let on = quoted(&format!("on: {on}"));
                format!("{on} of `{}`{}", layout.service_id(service), place(its.on_at))
            }
            Constraint::Drain(host) => format!("`state: drain` of {}", layout.lab.hosts[host].name),
            Constraint::Survive => match &layout.survive {
                Some(survive) => {
                    format!("`survive: {}`{}", survive.written(), survive.at.map_or_else(String::new, place))
                }
                None => "`survive`".to_owned(),
            },
        }
    }
}

/// Elements are left out one by one of layouts up to this many containers.
const MOST_CONTAINERS: usize = 1_000;

/// What is to blame that the containers in `included` cannot all be placed, with `keep` where what runs stays; `None`
/// where that is not found out.
pub fn why(layout: &Layout, included: &[bool], keep: bool, options: &Options) -> Option<Why> {
    let free = Scope { included: Some(included), ..Scope::ALL };
    if keep && yes(packs(layout, free, Effort::QUICK, options).status) {
        return Some(Why::alone(Blame::Standing));
    }
    let crowded =
        layout.crowded_by_agents(|startup| layout.demand.takes_part(startup, |container| included[container]));
    if !crowded.is_empty() {
        return Some(Why::alone(Blame::Agents { crowded }));
    }
    if let Some((resource, requested, allocatable)) = short(layout, &|container| included[container], &[]) {
        return Some(Why::alone(Blame::Volume { resource, requested, allocatable }));
    }
    if let Some(blame) = loss(layout, included, keep, options) {
        return Some(Why { rules: vec![Constraint::Survive], ..Why::alone(blame) });
    }
    let containers: Vec<ContainerIndex> = layout.demand.indices().filter(|&container| included[container]).collect();
    if containers.len() > MOST_CONTAINERS {
        return None;
    }
    let all = constraints(layout);
    let free = Relaxed { layout, problem: layout.into(), all: &all, included, options };
    let (blame, rules, of_rules) = match free.fits(&[], &containers) {
        Status::Infeasible => (Blame::Shape, Vec::new(), true),
        Status::Optimal | Status::Feasible => {
            let (rules, minimal) = smallest(all.clone(), |rules| free.fits(rules, &containers));
            (Blame::Rule, rules, minimal)
        }
        Status::Unknown => return None,
    };
    let everything = containers.clone();
    let (containers, of_containers) = smallest(containers, |some| free.fits(&rules, some));
    let in_carriers = blame == Blame::Shape && containers.iter().all(|&it| layout.demand.is_content(it));
    let blame = if in_carriers { Blame::Carriers } else { blame };
    // With fewer containers, fewer rules may do.
    let (rules, again) = smallest(rules, |rules| free.fits(rules, &containers));
    let minimal = of_rules && of_containers && again;
    let enough = minimal && any_one_does(&free, &all, &everything, (&rules, &containers));
    Some(Why { blame, rules, containers, minimal, enough })
}

/// So many are tried to be left out of everything.
const MOST_LEFT_OUT: usize = 24;

/// Whether without any one of the rules or containers of a conflict everything else fits.
fn any_one_does(
    free: &Relaxed,
    all: &[Constraint],
    everything: &[ContainerIndex],
    (rules, containers): (&[Constraint], &[ContainerIndex]),
) -> bool {
    let without_rule = |rule: &Constraint| all.iter().copied().filter(|it| it != rule).collect::<Vec<_>>();
    let without = |one: &ContainerIndex| everything.iter().copied().filter(|it| it != one).collect::<Vec<_>>();
    rules.len() + containers.len() <= MOST_LEFT_OUT
        && rules.iter().all(|rule| yes(free.fits(&without_rule(rule), everything)))
        && containers.iter().all(|one| yes(free.fits(all, &without(one))))
}

fn yes(status: Status) -> bool {
    status.fits()
}

/// Where all fits as long as nothing is lost: the loss that leaves the most too little room.
fn loss(layout: &Layout, included: &[bool], keep: bool, options: &Options) -> Option<Blame> {
    let survive = layout.survive.as_ref()?;
    let must = |container: ContainerIndex| included[container] && !survive.may_stop(container);
    // Of replicas that may be down, which all ask for the same.
    let mut spared: BTreeSet<ContainerIndex> = BTreeSet::new();
    for service in layout.demand.services.iter().filter(|service| service.keep.is_some()) {
        let its: Vec<ContainerIndex> = service.containers.clone().filter(|&it| must(it)).collect();
        spared.extend(its.iter().rev().take(service.spare(its.len())));
    }
    let stays = |container: ContainerIndex| must(container) && !spared.contains(&container);
    let losses = survive.losses(&layout.lab).into_iter();
    let shorts = losses.filter_map(|lost| short(layout, &stays, &lost).map(|short| (lost, short)));
    let missing = |(_, requested, allocatable): &(ResourceIndex, u64, u64)| requested - allocatable;
    let (lost, (resource, requested, allocatable)) = shorts.max_by_key(|(_, short)| missing(short))?;
    let scope = Scope { included: Some(included), keep, start: None };
    let fits = packs(Problem::from(layout).without_survival(), scope, Effort::QUICK, options).placement.is_some();
    fits.then_some(Blame::Loss { lost, resource, requested, allocatable })
}

/// The resource of which more is requested by what `counts` than the hosts but those `lost` have, those being drained
/// counted: (resource, requested, allocatable).
fn short(
    layout: &Layout,
    counts: &dyn Fn(ContainerIndex) -> bool,
    lost: &[HostIndex],
) -> Option<(ResourceIndex, u64, u64)> {
    let left = layout.lab.there().into_iter().filter(|host| lost.binary_search(host).is_err());
    let mut asked = layout.requested(layout.demand.indices().filter(|&container| counts(container)));
    let agents = layout.agents().filter(|&it| layout.demand.takes_part(layout.demand.services[it].startup, counts));
    for (_, amounts) in layout.asked_by_agents(agents).into_iter().filter(|(host, _)| lost.binary_search(host).is_err())
    {
        asked.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum = sum.saturating_add(amount));
    }
    let sums = asked.into_iter().zip(layout.lab.supply(left)).enumerate();
    sums.map(|(resource, (asked, there))| (resource, asked, there)).find(|(_, asked, there)| asked > there)
}

/// All constraints of a layout.
pub fn constraints(layout: &Layout) -> Vec<Constraint> {
    let rules = (0..layout.rules.len()).map(Constraint::Rule);
    let services = layout.demand.services.iter().enumerate();
    let pins = services.filter(|(_, service)| service.on_written.is_some()).map(|(service, _)| Constraint::On(service));
    let drained = |host: &HostIndex| layout.lab.hosts[*host].state == HostState::Drain;
    let drains = layout.lab.indices().filter(drained).map(Constraint::Drain);
    rules.chain(pins).chain(drains).chain(layout.survive.iter().map(|_| Constraint::Survive)).collect()
}

/// A problem of which only some constraints count.
struct Relaxed<'a> {
    layout: &'a Layout,
    problem: Problem,
    all: &'a [Constraint],
    /// What takes part in all.
    included: &'a [bool],
    options: &'a Options<'a>,
}

impl Relaxed<'_> {
    /// Whether `containers` fit where only `kept` counts, with the carriers that they may lie in.
    fn fits(&self, kept: &[Constraint], containers: &[ContainerIndex]) -> Status {
        if self.options.clock.is_over() {
            return Status::Unknown;
        }
        let mut problem = self.problem.clone().with_rules(|rule| kept.contains(&Constraint::Rule(rule)));
        // Where things stand matters only to what a host that is being drained may keep.
        if !kept.iter().any(|kept| matches!(kept, Constraint::Drain(_))) {
            problem = problem.standing(None);
        }
        for constraint in self.all.iter().filter(|constraint| !kept.contains(constraint)) {
            problem = match *constraint {
                Constraint::Rule(_) => problem,
                Constraint::On(service) => problem.without_pin(service),
                Constraint::Drain(host) => problem.without_drain(host),
                Constraint::Survive => problem.without_survival(),
            };
        }
        let mut included = vec![false; problem.containers.len()];
        let mut open: Vec<ContainerIndex> = containers.to_vec();
        while let Some(container) = open.pop() {
            if !std::mem::replace(&mut included[container], true)
                && let Some(inside) = &self.layout.demand.service_of(container).inside
            {
                open.extend(inside.carriers.iter().copied().filter(|&it| self.included[it]));
            }
        }
        packs(problem, Scope { included: Some(&included), ..Scope::ALL }, Effort::QUICK, self.options).status
    }
}

/// What is left of `elements`, which do not fit, when one after another is left out as long as the rest does not fit;
/// and whether each that is left is proven to be needed for that. Halves are tried first, single ones last.
fn smallest<T: Copy>(mut elements: Vec<T>, fits: impl Fn(&[T]) -> Status) -> (Vec<T>, bool) {
    let mut length = elements.len().div_ceil(2);
    loop {
        let (mut start, mut known) = (0, true);
        while start < elements.len() {
            let end = (start + length).min(elements.len());
            let rest: Vec<T> = elements[..start].iter().chain(&elements[end..]).copied().collect();
            match fits(&rest) {
                Status::Infeasible => elements = rest,
                Status::Unknown => (start, known) = (end, false),
                Status::Optimal | Status::Feasible => start = end,
            }
        }
        if length <= 1 {
            return (elements, known);
        }
        length = length.div_ceil(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_the_conflict_and_no_more() {
        let conflict = [3, 7, 40];
        let fits = |some: &[i32]| match conflict.iter().all(|needed| some.contains(needed)) {
            true => Status::Infeasible,
            false => Status::Feasible,
        };
        assert_eq!(smallest((0..60).collect(), fits), (conflict.to_vec(), true));
        let unsure = |some: &[i32]| if some.len() < 10 { Status::Unknown } else { fits(some) };
        assert!(!smallest((0..60).collect(), unsure).1);
    }
}
