//! The referee of steps: every state on a way from one placement to another. Where the first breaks nothing, a step can
//! only break what it touches: the hosts that it leads to, and the rules of what moves. So each step is looked at by that
//! alone; what looks wrong is judged whole.

use std::collections::BTreeMap;

use super::rules::spread_of;
use super::{Violation, ViolationKind, check};
use crate::model::{
    ContainerIndex, DEEPEST, Domain, HostIndex, HostState, Layout, Numbered, Placement, RuleKind, ServiceIndex, Spot,
};

/// What is wrong after the first of `steps` that breaks anything, as [`check`] says it, `before` being what ran where
/// before: containers without a place break nothing. Each step says who goes where at once, and who stops. `start` breaks
/// nothing; where there are carriers what it breaks may stay so, see [`worse`].
pub fn check_steps<'a>(
    layout: &Layout,
    start: &Placement,
    before: &Placement,
    steps: impl IntoIterator<Item = &'a [(ContainerIndex, Option<Spot>)]>,
) -> Vec<Violation> {
    if layout.demand.has_carriers() {
        return check_each(layout, start, before, steps);
    }
    let mut state = State::new(layout, start);
    for step in steps {
        step.iter().for_each(|&(container, _)| state.leave(container));
        let goes = || {
            step.iter().filter_map(|&(it, to)| if let Some(Spot::Host(host)) = to { Some((it, host)) } else { None })
        };
        goes().for_each(|(container, host)| state.arrive(container, host));
        let changed = std::mem::replace(&mut state.changed, false);
        if !changed && goes().all(|(container, host)| state.may_be(container, host, before)) {
            continue;
        }
        let mut violations = check(layout, &state.placement, Some(before));
        violations.retain(|found| found.kind != ViolationKind::Unplaced);
        if !violations.is_empty() {
            return violations;
        }
    }
    Vec::new()
}

/// [`check_steps`] where a carrier takes with it what it holds: each state is judged whole. Nothing may be left without a place
/// but what stops.
fn check_each<'a>(
    layout: &Layout,
    start: &Placement,
    before: &Placement,
    steps: impl IntoIterator<Item = &'a [(ContainerIndex, Option<Spot>)]>,
) -> Vec<Violation> {
    let wrong = |placement: &Placement| {
        let mut violations = check(layout, placement, Some(before));
        violations.retain(|found| found.kind != ViolationKind::Unplaced);
        violations
    };
    let (mut now, mut known) = (start.clone(), wrong(start));
    for step in steps {
        let mut then = now.clone();
        then.go(step);
        let stops = |it: ContainerIndex| step.iter().any(|&(other, to)| other == it && to.is_none());
        let comes = |it: ContainerIndex| step.iter().any(|&(other, to)| other == it && to.is_some());
        let falls =
            |&it: &ContainerIndex| (now.host(it).is_some() && !stops(it) || comes(it)) && then.host(it).is_none();
        let fallen: Vec<ContainerIndex> = layout.demand.indices().filter(falls).collect();
        if !fallen.is_empty() {
            let kind = ViolationKind::Unplaced;
            return vec![Violation { kind, host: None, containers: fallen, at: None, because: None }];
        }
        let moved: Vec<ContainerIndex> = step.iter().map(|(container, _)| *container).collect();
        let found = wrong(&then);
        let worse = worse(&then, &known, found.clone(), &moved);
        if !worse.is_empty() {
            return worse;
        }
        (now, known) = (then, found);
    }
    Vec::new()
}

/// Those of the violations of `then` that were not there before `moved` moved: what was wrong may stay so for those that do not
/// move, as long as it grows no worse.
pub fn worse(then: &Placement, known: &[Violation], found: Vec<Violation>, moved: &[ContainerIndex]) -> Vec<Violation> {
    let rides = |&it: &ContainerIndex| {
        let above = std::iter::successors(Some(it), |&at| then.carrier(at)).take(DEEPEST + 1);
        above.into_iter().any(|at| moved.contains(&at))
    };
    let is_old = |new: &Violation| {
        let stays = matches!(new.kind, ViolationKind::Spread { .. }) || !new.containers.iter().any(rides);
        stays && known.iter().any(|old| is_no_worse(old, new))
    };
    found.into_iter().filter(|new| !is_old(new)).collect()
}

/// Whether `new` is what is left of `old`.
fn is_no_worse(old: &Violation, new: &Violation) -> bool {
    let less = match (&old.kind, &new.kind) {
        (
            ViolationKind::OverCapacity { resource, requested, .. },
            ViolationKind::OverCapacity { resource: of, requested: now, .. },
        )
        | (
            ViolationKind::PoolOverCapacity { resource, requested, .. },
            ViolationKind::PoolOverCapacity { resource: of, requested: now, .. },
        ) => resource == of && now <= requested,
        (
            ViolationKind::CarrierOverCapacity { carrier, resource, requested, .. },
            ViolationKind::CarrierOverCapacity { carrier: within, resource: of, requested: now, .. },
        ) => (carrier, resource) == (within, of) && now <= requested,
        (
            ViolationKind::Agents { resource, requested, .. },
            ViolationKind::Agents { resource: of, requested: now, .. },
        ) => resource == of && now <= requested,
        (ViolationKind::Spread { most, least, .. }, ViolationKind::Spread { most: now, least: then, .. }) => {
            now - then <= most - least
        }
        (ViolationKind::Together { spots }, ViolationKind::Together { spots: now }) => {
            now.iter().all(|spot| spots.contains(spot))
        }
        (old, new) => old == new,
    };
    let held = || new.containers.iter().all(|it| old.containers.contains(it));
    less && (old.host, old.because) == (new.host, new.because) && held()
}

/// What is wrong with what has stopped between `before` and `now`: of services that say `keep` so many must run. One that
/// has stopped altogether is left out, and one of which so many did not run before is not made worse. The containers that
/// have stopped of each that runs too few are said to be missing.
pub fn check_stops(layout: &Layout, before: &Placement, now: &Placement) -> Vec<Violation> {
    let mut violations = Vec::new();
    for service in &layout.demand.services {
        let Some(keep) = service.keep else { continue };
        let run = |at: &Placement| service.containers.clone().filter(|&it| at.host(it).is_some()).count();
        let (ran, runs) = (run(before), run(now));
        if runs > 0 && runs < ran && runs < keep {
            let down = service.containers.clone().filter(|&it| before.host(it).is_some() && now.host(it).is_none());
            violations.push(Violation {
                kind: ViolationKind::Unplaced,
                host: None,
                containers: down.collect(),
                at: Some(service.at),
                because: Some(service.at),
            });
        }
    }
    violations
}

/// Where everything stands.
struct State<'a> {
    layout: &'a Layout,
    placement: Placement,
    /// What is asked of each resource of each host.
    asked: Vec<Vec<u128>>,
    /// The positions of the rules of each container.
    rules: Vec<Vec<usize>>,
    /// How many containers of each startup are placed: the agents of those of which none is do not run.
    placed: Vec<usize>,
    /// Whether agents came or went since all was last judged.
    changed: bool,
    /// How many containers of each rule are where.
    held: Vec<BTreeMap<Domain<'a>, usize>>,
}

impl<'a> State<'a> {
    fn new(layout: &'a Layout, start: &Placement) -> State<'a> {
        let mut rules = vec![Vec::new(); layout.demand.containers.len()];
        for (rule, of) in layout.rules.iter().enumerate() {
            of.containers.iter().for_each(|&container| rules[container].push(rule));
        }
        let mut state = State {
            layout,
            placement: Placement::empty(layout.demand.containers.len()),
            asked: vec![vec![0; layout.lab.resources.len()]; layout.lab.hosts.len()],
            rules,
            placed: vec![0; layout.demand.startups.len()],
            changed: false,
            held: vec![BTreeMap::new(); layout.rules.len()],
        };
        let none = Placement::empty(layout.demand.containers.len());
        for (host, agents) in super::case::agents(layout, &none).into_iter().numbered::<HostIndex>() {
            agents.into_iter().for_each(|agent| state.run(agent, host));
        }
        start.placed().for_each(|(container, host)| state.arrive(container, host));
        state.changed = false;
        state
    }

    /// An agent runs on `host` from now on.
    fn run(&mut self, agent: ServiceIndex, host: HostIndex) {
        for (asked, amount) in self.asked[host].iter_mut().zip(&self.layout.demand.services[agent].request) {
            *asked += u128::from(amount.value);
        }
    }

    /// So many containers of the startup of `container` more, or fewer, are placed: its agents run where any is.
    fn count(&mut self, container: ContainerIndex, comes: bool) {
        let startup = self.layout.demand.startup_of(container);
        let before = self.placed[startup];
        self.placed[startup] = if comes { before + 1 } else { before - 1 };
        if before.min(self.placed[startup]) > 0 {
            return;
        }
        for service in &self.layout.demand.services[self.layout.demand.startups[startup].services.clone()] {
            let Some(every) = &service.every else { continue };
            self.changed = true;
            let there = |host: &&HostIndex| self.layout.lab.hosts[**host].state != HostState::Planned;
            for &host in every.hosts.iter().filter(there) {
                for (asked, amount) in self.asked[host].iter_mut().zip(&service.request) {
                    let amount = u128::from(amount.value);
                    *asked = if comes { *asked + amount } else { *asked - amount };
                }
            }
        }
    }

    /// What of a rule's is at `host`: of those that keep together, the host.
    fn domain(&self, rule: usize, host: HostIndex) -> Domain<'a> {
        let domain = self.layout.rules[rule].kind.domain(host, &self.layout.lab.hosts[host]);
        domain.unwrap_or(Domain::Host(host))
    }

    fn leave(&mut self, container: ContainerIndex) {
        let Some(host) = self.placement.host_of[container].take() else { return };
        self.count(container, false);
        for (asked, amount) in self.asked[host].iter_mut().zip(&self.layout.demand.service_of(container).request) {
            *asked -= u128::from(amount.value);
        }
        for rule in self.rules[container].clone() {
            let domain = self.domain(rule, host);
            if let Some(held) = self.held[rule].get_mut(&domain) {
                *held -= 1;
                if *held == 0 {
                    self.held[rule].remove(&domain);
                }
            }
        }
    }

    fn arrive(&mut self, container: ContainerIndex, host: HostIndex) {
        self.placement.host_of[container] = Some(host);
        self.count(container, true);
        for (asked, amount) in self.asked[host].iter_mut().zip(&self.layout.demand.service_of(container).request) {
            *asked += u128::from(amount.value);
        }
        for rule in self.rules[container].clone() {
            let domain = self.domain(rule, host);
            *self.held[rule].entry(domain).or_default() += 1;
        }
    }

    /// Whether nothing looks wrong with `container` on `host`, where it is.
    fn may_be(&self, container: ContainerIndex, host: HostIndex, before: &Placement) -> bool {
        let of = &self.layout.lab.hosts[host];
        let on = self.layout.demand.service_of(container).on.as_ref();
        let takes = match of.state {
            HostState::Up => true,
            HostState::Drain => before.host(container) == Some(host),
            HostState::Planned => false,
        };
        let kept = |&rule: &usize| match &self.layout.rules[rule].kind {
            RuleKind::Together => self.held[rule].len() == 1,
            RuleKind::ApartByHost | RuleKind::ApartByLabel(_) | RuleKind::ApartByCarrier => {
                self.held[rule].get(&self.domain(rule, host)) == Some(&1)
            }
            RuleKind::AtMost { count, .. } => {
                self.held[rule].get(&self.domain(rule, host)).is_none_or(|&held| held as u64 <= *count)
            }
            RuleKind::Spread { over, skew } => {
                let spread = spread_of(self.layout, &self.layout.rules[rule], over, &|it| self.placement.spot(it));
                spread.is_none_or(|(most, least)| most - least <= *skew)
            }
        };
        takes
            && on.is_none_or(|allowed| allowed.contains(&host))
            && self.asked[host].iter().zip(&of.allocatable).all(|(asked, give)| *asked <= u128::from(*give))
            && self.rules[container].iter().all(kept)
    }
}
