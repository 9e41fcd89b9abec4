//! Where everything stands between two placements, and which step is allowed next.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Move;
use crate::model::{
    ContainerIndex, Host, HostIndex, HostState, Layout, Numbered, Placement, Positions, Rule, RuleKind, Topology,
    positions,
};

positions! {
    /// Position of a unit in [`Board::units`].
    UnitIndex
}

/// A unit goes to a host.
pub(super) type Step = (UnitIndex, HostIndex);

/// Which way a step is looked at.
#[derive(Clone, Copy)]
enum Way {
    There,
    Back,
}

/// Containers that move as one step, because a rule keeps them together.
pub(super) struct Unit {
    /// Ascending.
    pub containers: Vec<ContainerIndex>,
    /// Where it starts.
    pub start: HostIndex,
    /// Where it has to end.
    pub goal: HostIndex,
    /// What its containers ask for together.
    request: Vec<u64>,
    /// The rules that bind its containers, and how many of them each.
    rules: Vec<(usize, usize)>,
}

/// The hosts with what is on them. Only containers that both placements place are on the board.
pub(super) struct Board<'a> {
    layout: &'a Layout,
    /// What moves and what does not, ascending by first container.
    pub units: Vec<Unit>,
    /// The host that each unit is on now.
    pub host_of: Vec<HostIndex>,
    used: Vec<Vec<u64>>,
    /// How many containers of a rule are in a domain; one that is not listed has none.
    crowd: BTreeMap<(usize, usize), usize>,
    /// For each rule, the domain that each host is in: no two containers of an `apart` may share one.
    domains: Vec<Domains>,
}

/// Where containers are that both place.
fn on_board(before: &Placement, after: &Placement) -> Placement {
    before.only(|container| after.host(container).is_some())
}

impl<'a> Board<'a> {
    /// Everything where `before` has it.
    pub fn new(layout: &'a Layout, before: &Placement, after: &Placement) -> Self {
        let units = units(layout, before, after);
        let both = |&container: &ContainerIndex| before.host(container).is_some() && after.host(container).is_some();
        let mut domains = domains(layout);
        // Replicas are judged where all of them have a place.
        let parted = domains.iter_mut().zip(&layout.rules).filter(|(_, rule)| !rule.containers.iter().all(both));
        parted.for_each(|(domains, _)| domains.counted = [].into());
        let mut board = Board {
            layout,
            host_of: units.iter().map(|unit| unit.start).collect(),
            used: layout.used_by_agents(&on_board(before, after)),
            crowd: BTreeMap::new(),
            domains,
            units,
        };
        for unit in board.indices() {
            board.enter(unit, board.host_of[unit]);
        }
        board
    }

    /// The hosts there are.
    pub fn hosts(&self) -> Positions<HostIndex> {
        self.layout.lab.indices()
    }

    /// The positions of all units.
    pub fn indices(&self) -> Positions<UnitIndex> {
        UnitIndex::all(self.units.len())
    }

    /// The units that are not where they have to end, ascending.
    pub fn misplaced(&self) -> impl Iterator<Item = UnitIndex> + '_ {
        self.indices().filter(|&unit| self.host_of[unit] != self.units[unit].goal)
    }

    /// Whether `unit` may go to `host` now: nothing there is broken by it, and nothing that it was with is left.
    pub fn admits(&self, unit: UnitIndex, host: HostIndex) -> bool {
        self.takes(unit, host) && self.has_room(unit, host) && self.keeps_rules(unit, host, Way::There)
    }

    /// Whether `unit` may have come to where it is from `host`, all else as it is now: [`Board::admits`], backwards.
    pub fn may_have_left(&self, unit: UnitIndex, host: HostIndex) -> bool {
        let state = |host: HostIndex| self.layout.lab.hosts[host].state;
        let stood_there = match state(host) {
            HostState::Up => true,
            HostState::Drain => self.units[unit].start == host,
            HostState::Planned => false,
        };
        state(self.host_of[unit]) == HostState::Up
            && stood_there
            && self.on_allows(&self.units[unit], host)
            && self.has_room(unit, host)
            && self.keeps_rules(unit, host, Way::Back)
    }

    /// Whether nothing is wrong with where everything is now, but for the states of the hosts.
    pub fn is_sound(&self) -> bool {
        let fits = |(used, host): (&Vec<u64>, &Host)| {
            used.iter().zip(&host.allocatable).all(|(used, allocatable)| used <= allocatable)
        };
        let kept = |(&(rule, _), &count): (&(usize, usize), &usize)| match self.layout.rules[rule].kind {
            RuleKind::ApartByHost | RuleKind::ApartByLabel(_) | RuleKind::ApartByCarrier => count < 2,
            RuleKind::AtMost { count: most, .. } => count as u64 <= most,
            RuleKind::Together | RuleKind::Spread { .. } => true,
        };
        let allowed = |(unit, &host): (&Unit, &HostIndex)| self.on_allows(unit, host);
        let together =
            |rule: usize| self.crowd.range((rule, 0)..(rule + 1, 0)).filter(|(_, count)| **count > 0).count();
        self.used.iter().zip(&self.layout.lab.hosts).all(fits)
            && self.crowd.iter().all(kept)
            && self.units.iter().zip(&self.host_of).all(allowed)
            && (0..self.layout.rules.len()).all(|rule| match self.layout.rules[rule].kind {
                RuleKind::Together => together(rule) < 2,
                RuleKind::Spread { skew, .. } => self.unevenness(rule, &|_| 0) <= skew as i64,
                _ => true,
            })
    }

    /// How many containers move with `unit`.
    pub fn cost(&self, unit: UnitIndex) -> usize {
        self.units[unit].containers.len()
    }

    /// Units that are one as good as the other wherever they are, ascending; each unit is in one of the sets.
    pub fn alike(&self) -> Vec<Vec<UnitIndex>> {
        let mut sets: BTreeMap<_, Vec<UnitIndex>> = BTreeMap::new();
        for (index, unit) in self.units.iter().numbered() {
            let allowed: Vec<bool> = self.hosts().map(|host| self.on_allows(unit, host)).collect();
            let key = (unit.goal, unit.containers.len(), &unit.request, &unit.rules, allowed);
            sets.entry(key).or_default().push(index);
        }
        sets.into_values().collect()
    }

    /// Moves `unit` to `host`.
    pub fn go(&mut self, unit: UnitIndex, host: HostIndex) {
        self.leave(unit, self.host_of[unit]);
        self.enter(unit, host);
        self.host_of[unit] = host;
    }

    /// Puts everything back where it started.
    pub fn reset(&mut self) {
        for unit in self.indices() {
            if self.host_of[unit] != self.units[unit].start {
                self.go(unit, self.units[unit].start);
            }
        }
    }

    /// `before` with every unit where it is now.
    pub fn placement(&self, before: &Placement) -> Placement {
        let mut placement = before.clone();
        for (unit, &host) in self.units.iter().zip(&self.host_of) {
            unit.containers.iter().for_each(|&container| placement.host_of[container] = Some(host));
        }
        placement
    }

    /// The steps, made from the start, as moves of single containers.
    pub fn moves(&self, steps: &[Step]) -> Vec<Move> {
        let mut host_of: Vec<HostIndex> = self.units.iter().map(|unit| unit.start).collect();
        let mut moves = Vec::new();
        for (&(unit, to), step) in steps.iter().zip(1..) {
            let from = std::mem::replace(&mut host_of[unit], to);
            let (from, to) = (from.into(), to.into());
            moves.extend(self.units[unit].containers.iter().map(|&container| Move {
                step,
                container,
                from: Some(from),
                to: Some(to),
            }));
        }
        moves
    }

    /// What is missing for `unit` to have room on its goal, in thousandths of what the scarcest resource there can give.
    pub fn shortfall(&self, unit: UnitIndex) -> usize {
        let goal = self.units[unit].goal;
        let allocatable = &self.layout.lab.hosts[goal].allocatable;
        let missing = self.units[unit].request.iter().zip(&self.used[goal]).zip(allocatable).map(
            |((&request, &used), &allocatable)| {
                let short = u128::from((used + request).saturating_sub(allocatable));
                if request == 0 { 0 } else { (short * 1000).div_ceil(u128::from(allocatable.max(1))) }
            },
        );
        usize::try_from(missing.max().unwrap_or(0)).unwrap_or(usize::MAX)
    }

    /// Whether `unit` would find room on its goal if the units in `gone` were nowhere: budgets, and no two on one host.
    pub fn has_room_without(&self, unit: UnitIndex, gone: &[bool], gone_requests: &[Vec<u64>]) -> bool {
        let Unit { goal, request, rules, .. } = &self.units[unit];
        let allocatable = &self.layout.lab.hosts[*goal].allocatable;
        let room = (0..request.len()).all(|resource| {
            let used = self.used[*goal][resource] - gone_requests[*goal][resource];
            request[resource] == 0 || used + request[resource] <= allocatable[resource]
        });
        let free_of = |&(rule, _): &(usize, usize)| {
            let binds = self.layout.rules[rule].kind == RuleKind::ApartByHost;
            let there = self.crowd.get(&(rule, self.domains[rule].of[*goal]));
            !binds || there.copied().unwrap_or(0) == self.gone_of(rule, *goal, gone)
        };
        room && rules.iter().all(free_of)
    }

    /// What `unit` asks for, for each resource.
    pub fn request(&self, unit: UnitIndex) -> &[u64] {
        &self.units[unit].request
    }

    /// How many containers of `rule` on `host` are of units in `gone`.
    fn gone_of(&self, rule: usize, host: HostIndex, gone: &[bool]) -> usize {
        let on_host = self.indices().filter(|&unit| gone[unit] && self.host_of[unit] == host);
        let own = |unit: UnitIndex| self.units[unit].rules.iter().find(|it| it.0 == rule).map_or(0, |it| it.1);
        on_host.map(own).sum()
    }

    fn takes(&self, unit: UnitIndex, host: HostIndex) -> bool {
        let unit = &self.units[unit];
        self.layout.lab.hosts[host].state == HostState::Up && self.on_allows(unit, host)
    }

    fn on_allows(&self, unit: &Unit, host: HostIndex) -> bool {
        let allows = |&container: &ContainerIndex| {
            self.layout.demand.service_of(container).on.as_ref().is_none_or(|allowed| allowed.contains(&host))
        };
        unit.containers.iter().all(allows)
    }

    fn has_room(&self, unit: UnitIndex, host: HostIndex) -> bool {
        let allocatable = &self.layout.lab.hosts[host].allocatable;
        self.units[unit]
            .request
            .iter()
            .zip(&self.used[host])
            .zip(allocatable)
            .all(|((&request, &used), &allocatable)| request == 0 || used + request <= allocatable)
    }

    /// Whether it breaks no rule that `unit` goes to `host`, or came from there. Replicas that are not spread evenly may go
    /// from worse to no worse.
    fn keeps_rules(&self, unit: UnitIndex, host: HostIndex, way: Way) -> bool {
        self.units[unit].rules.iter().all(|&(rule, own)| {
            let domains = &self.domains[rule].of;
            let (here, there) = (domains[self.host_of[unit]], domains[host]);
            let others_in = |domain: usize| {
                let all = self.crowd.get(&(rule, domain)).copied().unwrap_or(0);
                if domain == here { all - own } else { all }
            };
            match self.layout.rules[rule].kind {
                RuleKind::ApartByHost | RuleKind::ApartByLabel(_) | RuleKind::ApartByCarrier => {
                    own == 1 && others_in(there) == 0
                }
                RuleKind::Together => here == there || others_in(here) == 0,
                RuleKind::AtMost { count, .. } => (others_in(there) + own) as u64 <= count,
                RuleKind::Spread { skew, .. } => {
                    let own = own as i64;
                    let change = |domain: usize| own * (i64::from(domain == there) - i64::from(domain == here));
                    let (now, then) = (self.unevenness(rule, &|_| 0), self.unevenness(rule, &change));
                    match way {
                        Way::There => then <= now.max(skew as i64),
                        Way::Back => now <= then.max(skew as i64),
                    }
                }
            }
        })
    }

    /// By how many the domains of a `spread` differ once so many more are in each.
    fn unevenness(&self, rule: usize, change: &dyn Fn(usize) -> i64) -> i64 {
        let held = |&domain: &usize| self.crowd.get(&(rule, domain)).map_or(0, |&count| count as i64) + change(domain);
        let counted = || self.domains[rule].counted.iter().map(held);
        counted().max().unwrap_or(0) - counted().min().unwrap_or(0)
    }

    fn enter(&mut self, unit: UnitIndex, host: HostIndex) {
        for (used, request) in self.used[host].iter_mut().zip(&self.units[unit].request) {
            *used += request;
        }
        for &(rule, own) in &self.units[unit].rules {
            *self.crowd.entry((rule, self.domains[rule].of[host])).or_default() += own;
        }
    }

    fn leave(&mut self, unit: UnitIndex, host: HostIndex) {
        for (used, request) in self.used[host].iter_mut().zip(&self.units[unit].request) {
            *used -= request;
        }
        for &(rule, own) in &self.units[unit].rules {
            *self.crowd.entry((rule, self.domains[rule].of[host])).or_default() -= own;
        }
    }
}

/// The domains that a rule counts in.
#[derive(Clone)]
struct Domains {
    /// That of each host: the host itself, or the first host of the same.
    of: Rc<[usize]>,
    /// Those that a `spread` counts, ascending; of other rules none.
    counted: Rc<[usize]>,
}

/// The domain of hosts that a `spread` does not count.
const UNCOUNTED: usize = usize::MAX;

/// What domains are made of: the topology, and for a `spread` the hosts that `on:` names, if it names any.
type Key<'a> = (Topology, Option<Option<&'a [HostIndex]>>);

/// For each rule its domains, kept once for all that count in the same.
fn domains(layout: &Layout) -> Vec<Domains> {
    let hosts = &layout.lab.hosts;
    let mut known: BTreeMap<Key, Domains> = BTreeMap::new();
    let domains = |rule: &Rule| {
        let topology = match &rule.kind {
            RuleKind::ApartByHost | RuleKind::ApartByCarrier | RuleKind::Together => Topology::Host,
            RuleKind::ApartByLabel(label) => Topology::Label(label.clone()),
            RuleKind::AtMost { per: topology, .. } | RuleKind::Spread { over: topology, .. } => topology.clone(),
        };
        let on = rule.containers.first().map(|&first| layout.demand.service_of(first).on.as_deref());
        let on = on.filter(|_| matches!(rule.kind, RuleKind::Spread { .. }));
        let spelled = || {
            let mut first_of = BTreeMap::new();
            let counts = rule.counts(layout);
            let domain = |(index, host)| {
                let first = *first_of.entry(topology.domain(index, host)).or_insert(index.0);
                if on.is_none() || counts(index) { first } else { UNCOUNTED }
            };
            let of: Rc<[usize]> = hosts.iter().numbered().map(domain).collect();
            let counted: BTreeSet<usize> = of.iter().copied().filter(|&it| on.is_some() && it != UNCOUNTED).collect();
            Domains { of, counted: counted.into_iter().collect() }
        };
        known.entry((topology.clone(), on)).or_insert_with(spelled).clone()
    };
    layout.rules.iter().map(domains).collect()
}

/// The containers that both placements place, those of a `together` rule that go the same way as one unit.
fn units(layout: &Layout, before: &Placement, after: &Placement) -> Vec<Unit> {
    let way = |container: ContainerIndex| -> Option<(HostIndex, HostIndex)> {
        Some((before.host(container)?, after.host(container)?))
    };
    let mut leader: Vec<ContainerIndex> = layout.demand.indices().collect();
    for rule in layout.rules.iter().filter(|rule| rule.kind == RuleKind::Together) {
        let mut first_of_way = BTreeMap::new();
        for &container in &rule.containers {
            let Some(way) = way(container) else { continue };
            let first = *first_of_way.entry(way).or_insert(container);
            let (a, b) = (root(&mut leader, first), root(&mut leader, container));
            leader[a.max(b)] = a.min(b);
        }
    }
    let mut members: BTreeMap<ContainerIndex, Vec<ContainerIndex>> = BTreeMap::new();
    for container in layout.demand.indices().filter(|&container| way(container).is_some()) {
        members.entry(root(&mut leader, container)).or_default().push(container);
    }
    let rules_of = rules_of(layout);
    members
        .into_iter()
        .filter_map(|(first, containers)| {
            let (start, goal) = way(first)?;
            Some(unit(layout, &rules_of, containers, start, goal))
        })
        .collect()
}

fn unit(
    layout: &Layout,
    rules_of: &[Vec<usize>],
    containers: Vec<ContainerIndex>,
    start: HostIndex,
    goal: HostIndex,
) -> Unit {
    let request = layout.requested(containers.iter().copied());
    let mut rules: BTreeMap<usize, usize> = BTreeMap::new();
    for &container in &containers {
        for &rule in &rules_of[container] {
            *rules.entry(rule).or_default() += 1;
        }
    }
    Unit { containers, start, goal, request, rules: rules.into_iter().collect() }
}

/// The rules that bind each container.
fn rules_of(layout: &Layout) -> Vec<Vec<usize>> {
    let mut rules_of = vec![Vec::new(); layout.demand.containers.len()];
    for (rule, containers) in layout.rules.iter().map(|rule| &rule.containers).enumerate() {
        for &container in containers {
            rules_of[container].push(rule);
        }
    }
    rules_of
}

/// The smallest container that `container` is tied to, with the path to it shortened on the way.
fn root(leader: &mut [ContainerIndex], container: ContainerIndex) -> ContainerIndex {
    let mut here = container;
    while leader[here] != here {
        leader[here] = leader[leader[here]];
        here = leader[here];
    }
    here
}
