//! The second, obvious solver: it looks at every placement there is. It shares the model with the program and nothing
//! else, neither the referee nor the solver, and is meant for up to about seven containers on four hosts.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use bayplan::model::{
    ContainerIndex, Goal, GoalValue, HostIndex, HostState, Layout, Numbered, Ratio, RuleKind, StartupIndex, Topology,
};

/// How far the reported value of balance may be from the best, and a host be less full and count as no less.
pub const BALANCE_TOLERANCE: f64 = 0.001;
/// What summing and dividing floats may add to it.
pub const ROUNDING: f64 = 1e-9;

/// A host for each container, or none.
pub type Hosts = Vec<Option<HostIndex>>;

/// Every combination of goal values that is not worse in all goals than another one; empty where nothing is allowed.
/// Enough to know the best value of each goal, whatever is held fixed of those before it.
#[derive(Clone, Debug, Default)]
pub struct Front {
    vectors: Vec<Vec<Worth>>,
}

/// What a placement is worth by a goal.
#[derive(Clone, Debug)]
pub struct Worth {
    /// The value of the goal.
    pub value: GoalValue,
    /// For balance how full every host is, the fullest first; for others nothing.
    pub levels: Vec<Ratio>,
}

impl Worth {
    /// Whether it is better than `other`; both are of one goal.
    pub fn is_less(&self, other: &Worth) -> bool {
        less(self.value, other.value) || (!less(other.value, self.value) && self.levels < other.levels)
    }

    /// Whether what is to be as good as `other` may be worth this: of how full the hosts are none is fuller before one is
    /// less full by more than the tolerance.
    fn keeps(&self, other: &Worth) -> bool {
        if self.levels.is_empty() {
            return !less(other.value, self.value);
        }
        let mut levels = self.levels.iter().zip(&other.levels);
        let told = levels.find(|(a, b)| a > b || b.as_f64() - a.as_f64() > BALANCE_TOLERANCE + ROUNDING);
        told.is_none_or(|(a, b)| a < b)
    }

    /// Whether it is no worse than `other` however they are compared.
    fn covers(&self, other: &Worth) -> bool {
        !less(other.value, self.value) && self.levels.iter().zip(&other.levels).all(|(a, b)| a <= b)
    }
}

impl Front {
    /// Whether there is a placement at all.
    pub fn is_feasible(&self) -> bool {
        !self.vectors.is_empty()
    }

    /// The best of the first goal, of the second among those, and so on. Where something is `reported` of a goal (balance,
    /// which is proven only to a tolerance), "as good as that" takes the place of "best" for the goals after it.
    pub fn best(&self, reported: &[Option<Worth>]) -> Vec<Worth> {
        let mut left: Vec<&Vec<Worth>> = self.vectors.iter().collect();
        let goals = self.vectors.first().map_or(0, Vec::len);
        let mut best = Vec::new();
        for goal in 0..goals {
            let smallest = left.iter().map(|vector| &vector[goal]).reduce(|a, b| if b.is_less(a) { b } else { a });
            let Some(smallest) = smallest.cloned() else { break };
            let ceiling = reported.get(goal).cloned().flatten().unwrap_or_else(|| smallest.clone());
            best.push(smallest);
            left.retain(|vector| vector[goal].keeps(&ceiling));
        }
        best
    }

    /// The best values of the first goal, of the second among those, and so on, of balance the fullest host alone. What is
    /// `reported` takes the place of the best.
    pub fn best_values(&self, reported: &[Option<GoalValue>]) -> Vec<GoalValue> {
        let plain = |value: GoalValue| Worth { value, levels: Vec::new() };
        let vectors =
            self.vectors.iter().map(|vector| vector.iter().map(|worth| plain(worth.value)).collect()).collect();
        let reported: Vec<Option<Worth>> = reported.iter().map(|value| value.map(plain)).collect();
        Front { vectors }.best(&reported).into_iter().map(|worth| worth.value).collect()
    }

    fn add(&mut self, vector: Vec<Worth>) {
        let covers = |a: &[Worth], b: &[Worth]| a.iter().zip(b).all(|(a, b)| a.covers(b));
        if !self.vectors.iter().any(|known| covers(known, &vector)) {
            self.vectors.retain(|known| !covers(&vector, known));
            self.vectors.push(vector);
        }
    }
}

/// What can be reached when the startups in `chosen` are placed whole and the others not at all. With `keep` all that
/// the layout's placement places stays where it is, also of the others.
pub fn front(layout: &Layout, chosen: &BTreeSet<StartupIndex>, keep: bool) -> Front {
    let mut front = Front::default();
    every_placement(layout, chosen, keep, &mut |hosts| {
        let moved = value(layout, Goal::FewestMoves, hosts);
        if layout.most_moves.is_some_and(|most| less(GoalValue::Count(most), moved)) {
            return true;
        }
        front.add(layout.goals.iter().map(|&goal| worth(layout, goal, hosts)).collect());
        true
    });
    front
}

/// What can be reached when everything is placed.
pub fn front_of_all(layout: &Layout, keep: bool) -> Front {
    front(layout, &(0..layout.demand.startups.len()).collect(), keep)
}

/// The largest sum of priorities over startups that are placed whole, each with all that it needs, transitively; `None`
/// where not even leaving everything out is allowed (because what is kept breaks a rule).
pub fn largest_priority(layout: &Layout, keep: bool) -> Option<u64> {
    let startups = layout.demand.startups.len();
    (0..1_u32 << startups)
        .map(|mask| (0..startups).filter(|startup| mask >> startup & 1 == 1).collect::<BTreeSet<_>>())
        .filter(|chosen| counts(layout, chosen) == *chosen && is_possible(layout, chosen, keep))
        .map(|chosen| priority(layout, &chosen))
        .max()
}

/// The startups of `placed` that count: those that need nothing but what counts.
pub fn counts(layout: &Layout, placed: &BTreeSet<StartupIndex>) -> BTreeSet<StartupIndex> {
    let mut counts = placed.clone();
    loop {
        let before = counts.len();
        let still = counts.clone();
        counts.retain(|&startup| needed_by(layout, startup).is_subset(&still));
        if counts.len() == before {
            return counts;
        }
    }
}

/// The sum of the priorities.
pub fn priority(layout: &Layout, startups: &BTreeSet<StartupIndex>) -> u64 {
    startups.iter().map(|&startup| layout.demand.startups[startup].priority).sum()
}

/// What a placement is worth by a goal, straight from its definition.
pub fn worth(layout: &Layout, goal: Goal, hosts: &[Option<HostIndex>]) -> Worth {
    let levels = if goal == Goal::Balance { levels(layout, hosts) } else { Vec::new() };
    Worth { value: value(layout, goal, hosts), levels }
}

/// The value of a goal, straight from its definition.
pub fn value(layout: &Layout, goal: Goal, hosts: &[Option<HostIndex>]) -> GoalValue {
    let holding: BTreeSet<HostIndex> = hosts.iter().copied().flatten().collect();
    let sum = |of: &dyn Fn(HostIndex) -> u64| holding.iter().map(|&host| of(host)).sum();
    match goal {
        Goal::FewestHosts => GoalValue::Count(holding.len() as u64),
        Goal::Cheapest => GoalValue::Millionths(sum(&|host| layout.lab.hosts[host].price)),
        Goal::LeastPower => GoalValue::Millionths(sum(&|host| layout.lab.hosts[host].watts)),
        // Documents that wish something are those of `everything`.
        Goal::CarrierBalance => GoalValue::Share(Ratio::ZERO),
        Goal::WithinTarget => GoalValue::Above(0),
        Goal::Wishes => GoalValue::Count(0),
        Goal::Balance => GoalValue::Share(levels(layout, hosts).first().copied().unwrap_or(Ratio::ZERO)),
        Goal::LeastCarried(load) => {
            let of = |it: &bayplan::quantity::Counted| it.resource == load.resource();
            let resource = layout.lab.resources.iter().position(of);
            let before = layout.placement.iter().flat_map(|placement| &placement.host_of);
            let moved = before.zip(hosts).enumerate();
            let moved = moved.filter(|(_, (before, now))| before.is_some() && now.is_some() && before != now);
            let asks = |it: usize| {
                let service = &layout.demand.services[layout.demand.containers[ContainerIndex(it)].service];
                resource.map_or(0, |resource| service.request[resource].value)
            };
            GoalValue::Bytes(moved.map(|(it, _)| asks(it)).sum())
        }
        Goal::FewestMoves => {
            let before = layout.placement.iter().flat_map(|placement| &placement.host_of);
            let moved = before.zip(hosts).filter(|(before, now)| before.is_some() && now.is_some() && before != now);
            GoalValue::Count(moved.count() as u64)
        }
    }
}

/// Whether `container` may join the others on `host`: the rules, one after the other. `placed` has `None` for whoever
/// is not placed (yet).
pub fn may_join(layout: &Layout, placed: &[Option<HostIndex>], container: ContainerIndex, host: HostIndex) -> bool {
    let was_here = layout.placement.as_ref().is_some_and(|before| before.host_of[container] == Some(host));
    let state = layout.lab.hosts[host].state;
    if state == HostState::Planned || (state == HostState::Drain && !was_here) {
        return false;
    }
    let service = &layout.demand.services[layout.demand.containers[container].service];
    if let Some(on) = &service.on
        && !on.contains(&host)
    {
        return false;
    }
    let mut then = placed.to_vec();
    then[container.0] = Some(host);
    for resource in 0..layout.lab.resources.len() {
        let mut asked = u128::from(service.request[resource].value) + agents(layout, &then, host, resource);
        for (other, _) in
            placed.iter().numbered::<ContainerIndex>().filter(|&(other, on)| other != container && *on == Some(host))
        {
            let other = &layout.demand.services[layout.demand.containers[other].service];
            asked += u128::from(other.request[resource].value);
        }
        if asked > u128::from(layout.lab.hosts[host].allocatable[resource]) {
            return false;
        }
    }
    layout.rules.iter().filter(|rule| rule.containers.contains(&container)).all(|rule| {
        let there = |it: &ContainerIndex| if *it == container { Some(host) } else { placed[*it] };
        match &rule.kind {
            RuleKind::AtMost { count, per } => {
                let held = rule.containers.iter().filter_map(there);
                return held.filter(|&it| zone(layout, per, it) == zone(layout, per, host)).count() as u64 <= *count;
            }
            RuleKind::Spread { over, skew } => {
                let all: Option<Vec<HostIndex>> = rule.containers.iter().map(there).collect();
                return all.is_none_or(|all| unevenness(layout, service.on.as_deref(), over, &all) <= *skew);
            }
            _ => {}
        }
        let others = rule.containers.iter().filter(|&&other| other != container).filter_map(|&other| placed[other]);
        others.into_iter().all(|there| match &rule.kind {
            RuleKind::ApartByHost => there != host,
            RuleKind::ApartByLabel(label) => {
                layout.lab.hosts[there].labels.get(label) != layout.lab.hosts[host].labels.get(label)
            }
            RuleKind::Together | RuleKind::AtMost { .. } | RuleKind::Spread { .. } => there == host,
            RuleKind::ApartByCarrier => there != host,
        })
    })
}

/// What agents ask for on a host: those of startups of which anything is placed, or which have nothing else.
fn agents(layout: &Layout, placed: &[Option<HostIndex>], host: HostIndex, resource: usize) -> u128 {
    let runs = |startup: StartupIndex| {
        let mut its = layout.demand.indices().filter(|&it| layout.demand.startup_of(it) == startup).peekable();
        its.peek().is_none() || its.any(|it| placed[it.0].is_some())
    };
    let there = layout.lab.hosts[host].state != HostState::Planned;
    let here = layout.demand.services.iter().filter(|service| {
        there && service.every.as_ref().is_some_and(|every| every.hosts.contains(&host)) && runs(service.startup)
    });
    here.map(|service| u128::from(service.request[resource].value)).sum()
}

/// Whether there is room for all agents, and for what is placed beside them.
pub fn agents_fit(layout: &Layout, placed: &[Option<HostIndex>]) -> bool {
    layout.lab.hosts.iter().numbered().all(|(host, of)| {
        (0..layout.lab.resources.len()).all(|resource| {
            let by_agents = agents(layout, placed, host, resource);
            let here = placed.iter().numbered().filter(|(_, at)| **at == Some(host));
            let asked = |(it, _): (ContainerIndex, _)| layout.demand.service_of(it).request[resource].value;
            let asked: u128 = here.map(asked).map(u128::from).sum();
            by_agents == 0 || by_agents + asked <= u128::from(of.allocatable[resource])
        })
    })
}

/// What tells the hosts apart by which a rule counts.
fn zone<'a>(layout: &'a Layout, by: &Topology, host: HostIndex) -> (Option<HostIndex>, Option<&'a String>) {
    match by {
        Topology::Host | Topology::Carrier => (Some(host), None),
        Topology::Label(label) => (None, layout.lab.hosts[host].labels.get(label)),
        Topology::Lab => (None, None),
    }
}

/// By how many the zones differ in what they hold of replicas on these hosts: those of hosts that take new containers and
/// that `on` names.
fn unevenness(layout: &Layout, on: Option<&[HostIndex]>, over: &Topology, hosts: &[HostIndex]) -> u64 {
    let counts =
        |host: HostIndex| layout.lab.hosts[host].state == HostState::Up && on.is_none_or(|on| on.contains(&host));
    let counted: Vec<HostIndex> = layout.lab.indices().filter(|&host| counts(host)).collect();
    let held = |&host: &HostIndex| {
        let same = hosts.iter().filter(|&&it| counts(it) && zone(layout, over, it) == zone(layout, over, host));
        same.count() as u64
    };
    let all: Vec<u64> = counted.iter().map(held).collect();
    all.iter().max().copied().unwrap_or(0) - all.iter().min().copied().unwrap_or(0)
}

/// The fewest containers moved, one by one (those that must be together at once) and every step allowed, until the
/// containers `arriving` find room as things then stand; `None` where that is never so. Looks at everything that can
/// be reached, those with fewer moves first.
pub fn fewest_steps(layout: &Layout, arriving: &[ContainerIndex]) -> Option<usize> {
    let start = layout.placement.as_ref()?.host_of.clone();
    let mut by_cost: BTreeMap<usize, BTreeSet<Hosts>> = BTreeMap::from([(0, BTreeSet::from([start]))]);
    let mut seen: BTreeSet<Hosts> = BTreeSet::new();
    while let Some((cost, states)) = by_cost.pop_first() {
        for state in states {
            if !seen.insert(state.clone()) {
                continue;
            }
            if finds_room(layout, &mut state.clone(), arriving) {
                return Some(cost);
            }
            for group in groups(layout, &state) {
                for host in layout.lab.indices() {
                    let mut next = state.clone();
                    group.iter().for_each(|&container| next[container] = None);
                    let moved = group.iter().all(|&container| {
                        let may = state[container] != Some(host) && may_join(layout, &next, container, host);
                        next[container] = Some(host);
                        may
                    });
                    if moved {
                        by_cost.entry(cost + group.len()).or_default().insert(next);
                    }
                }
            }
        }
    }
    None
}

fn finds_room(layout: &Layout, state: &mut Hosts, arriving: &[ContainerIndex]) -> bool {
    let Some((&first, rest)) = arriving.split_first() else { return agents_fit(layout, state) };
    layout.lab.indices().any(|host| {
        state[first] = None;
        may_join(layout, state, first, host) && {
            state[first] = Some(host);
            let found = finds_room(layout, state, rest);
            rest.iter().for_each(|&container| state[container] = None);
            found
        }
    })
}

/// The placed containers, those that rules keep together in one group.
fn groups(layout: &Layout, state: &[Option<HostIndex>]) -> Vec<Vec<ContainerIndex>> {
    let mut groups: Vec<Vec<ContainerIndex>> =
        layout.demand.indices().filter(|&c| state[c].is_some()).map(|c| vec![c]).collect();
    for rule in layout.rules.iter().filter(|rule| rule.kind == RuleKind::Together) {
        let (bound, mut others): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.iter().any(|container| rule.containers.contains(container)));
        if !bound.is_empty() {
            others.push(bound.into_iter().flatten().collect());
        }
        groups = others;
    }
    groups
}

/// Shows every allowed placement to `visit` until that says `false`.
pub fn every_placement(
    layout: &Layout,
    chosen: &BTreeSet<StartupIndex>,
    keep: bool,
    visit: &mut dyn FnMut(&[Option<HostIndex>]) -> bool,
) {
    let choices: Vec<Hosts> = (layout.demand.indices())
        .map(|container| {
            let kept = layout.placement.as_ref().filter(|_| keep).and_then(|before| before.host_of[container]);
            match kept {
                Some(host) => vec![Some(host)],
                None if chosen.contains(&layout.demand.startup_of(container)) => {
                    layout.lab.indices().map(Some).collect()
                }
                None => vec![None],
            }
        })
        .collect();
    descend(layout, &choices, ContainerIndex(0), &mut vec![None; choices.len()], visit);
}

fn descend(
    layout: &Layout,
    choices: &[Hosts],
    container: ContainerIndex,
    placed: &mut Hosts,
    visit: &mut dyn FnMut(&[Option<HostIndex>]) -> bool,
) -> bool {
    let Some(choices_here) = choices.get(container.0) else { return !agents_fit(layout, placed) || visit(placed) };
    for &choice in choices_here {
        if choice.is_none_or(|host| may_join(layout, placed, container, host)) {
            placed[container] = choice;
            let go_on = descend(layout, choices, container.next(), placed, visit);
            placed[container] = None;
            if !go_on {
                return false;
            }
        }
    }
    true
}

fn is_possible(layout: &Layout, chosen: &BTreeSet<StartupIndex>, keep: bool) -> bool {
    let mut possible = false;
    every_placement(layout, chosen, keep, &mut |_| {
        possible = true;
        false
    });
    possible
}

/// The startups that one needs directly, itself left out.
fn needed_by(layout: &Layout, startup: StartupIndex) -> BTreeSet<StartupIndex> {
    let services = &layout.demand.services[layout.demand.startups[startup].services.clone()];
    let needed = services.iter().flat_map(|service| &service.needs);
    needed.map(|&service| layout.demand.services[service].startup).filter(|&other| other != startup).collect()
}

/// How full the hosts that are there are, the fullest first: by what the document names, else by cpu, memory and disk, and
/// where no host has these by all there is.
fn levels(layout: &Layout, hosts: &[Option<HostIndex>]) -> Vec<Ratio> {
    let usual = |name: &str| ["cpu", "memory", "disk"].contains(&name);
    let names: Vec<&str> = layout.lab.resources.iter().map(|resource| resource.name()).collect();
    let counts = |name: &str| match &layout.balance[..] {
        [] => usual(name) || !names.iter().any(|name| usual(name)),
        named => named.iter().any(|resource| resource.name() == name),
    };
    let mut levels = Vec::new();
    for (host, supply) in layout.lab.hosts.iter().numbered().filter(|(_, it)| it.state != HostState::Planned) {
        let mut fullest = Ratio::ZERO;
        for (resource, &whole) in supply.allocatable.iter().enumerate().filter(|(_, whole)| **whole > 0) {
            if counts(names[resource]) {
                let here = hosts.iter().numbered().filter(|(_, on)| **on == Some(host));
                let part: u64 =
                    here.map(|(container, _)| layout.demand.service_of(container).request[resource].value).sum();
                let part = part + u64::try_from(agents(layout, hosts, host, resource)).expect("it is small");
                fullest = fullest.max(Ratio { part, whole });
            }
        }
        levels.push(fullest);
    }
    levels.sort_by(|a, b| b.cmp(a));
    levels
}

/// Whether `a` is better than `b`; both are values of one goal.
pub fn less(a: GoalValue, b: GoalValue) -> bool {
    a.partial_cmp(&b).expect("values of one goal compare") == Ordering::Less
}
