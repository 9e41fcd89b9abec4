//! The two levels of a problem, each a problem of its own: what is directly on hosts, on the hosts; what lies in carriers, in
//! the carriers. Where places are not known yet, each is no harder than the whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::frame::{Frame, Left, is_crossing};
use crate::model::{
    ContainerIndex, HostIndex, HostState, Placement, Positions, Ratio, ServiceIndex, Span, Spot, Survive,
};
use crate::quantity::LARGEST_SUM;
use crate::solve::Scope;
use crate::solve::problem::{
    BY_CARRIER, BY_HOST, Binding, BindingKind, Longing, Machines, Nest, Problem, Request, Supply, TopologyIndex,
};

/// A problem with carriers, and what of it is asked about.
pub struct Levels<'a> {
    /// The problem.
    pub problem: &'a Problem,
    /// Its carriers.
    pub nest: &'a Nest,
    /// What takes part.
    pub scope: Scope<'a>,
    /// What is decided for both levels.
    pub frame: Frame,
}

/// One level: a problem without carriers, and the containers that take part in it.
pub struct Level {
    /// The problem.
    pub problem: Problem,
    /// Which containers take part.
    pub included: Vec<bool>,
}

/// Carriers that must be in several domains.
pub struct Cover {
    /// These, ascending.
    carriers: Vec<ContainerIndex>,
    topology: TopologyIndex,
    /// In so many.
    domains: usize,
    /// Whether it may be asked that these are the first of them, which nothing tells apart.
    is_exact: bool,
}

impl Cover {
    /// The first of them are in a domain each.
    fn rule(&self) -> Binding {
        Binding {
            rule: usize::MAX,
            kind: BindingKind::Apart(self.topology),
            counted: None,
            containers: self.carriers.iter().copied().take(self.domains).collect(),
        }
    }
}

/// For each carrier that is as large as what it holds how large it is at the least.
pub type Sizes = BTreeMap<ContainerIndex, Arc<[u64]>>;

/// What a container of the upper level is asked as: its service, where it may be, and what it asks for where that is not its
/// service's.
type Shape = (ServiceIndex, Vec<HostIndex>, Option<Arc<[u64]>>);

/// So many containers in carriers are looked at on hosts, too, at the most.
const SHADOWS: usize = 60;
/// And so many for what they add to carriers that are as large as what they hold.
const WEIGHTS: usize = 300;

impl<'a> Levels<'a> {
    /// Those of what of `problem` is in `scope`.
    pub fn new(problem: &'a Problem, nest: &'a Nest, scope: Scope<'a>) -> Levels<'a> {
        Levels { problem, nest, scope, frame: Frame::of(problem, nest, &scope) }
    }

    fn takes_part(&self, container: ContainerIndex) -> bool {
        self.scope.includes(container)
    }

    /// What lies in carriers and takes part.
    fn contents(&self) -> impl Iterator<Item = ContainerIndex> + '_ {
        let all = ContainerIndex::all(self.nest.number.len());
        all.filter(|&container| !self.nest.is_outside(container) && self.takes_part(container))
    }

    /// How much lies in carriers.
    pub fn count_contents(&self) -> usize {
        self.contents().count()
    }

    /// The carriers that a container may lie in.
    fn carriers(&self, left: &Left, container: ContainerIndex) -> Vec<ContainerIndex> {
        if self.frame.has(container) {
            let carrier = |spot: Spot| if let Spot::Carrier(carrier) = spot { Some(carrier) } else { None };
            return self.frame.left(left, container).filter_map(carrier).collect();
        }
        let kept = self.problem.placement.as_ref().filter(|_| self.scope.keep).and_then(|it| it.spot(container));
        let all = self.named(container).into_iter();
        all.filter(|&carrier| kept.is_none_or(|kept| kept == Spot::Carrier(carrier))).collect()
    }

    /// The carriers that the `inside:` of a container names, of those that take part.
    fn named(&self, container: ContainerIndex) -> Vec<ContainerIndex> {
        let inside = self.nest.inside(container).into_iter().flat_map(|inside| inside.iter());
        inside.map(|&carrier| self.nest.carriers[carrier]).filter(|&carrier| self.takes_part(carrier)).collect()
    }

    /// How large the carriers are that are as large as what they hold, by what is known to lie in them.
    pub fn sizes(&self, left: &Left) -> Sizes {
        let mut sizes = Sizes::new();
        if !self.nest.grows() {
            return sizes;
        }
        let mut held: BTreeMap<ContainerIndex, Vec<ContainerIndex>> = BTreeMap::new();
        for container in self.contents() {
            if let [carrier] = self.carriers(left, container)[..] {
                held.entry(carrier).or_default().push(container);
            }
        }
        for &number in self.nest.outer_first().iter().rev() {
            let carrier = self.nest.carriers[number];
            let Some(carries) = self.nest.carries(carrier).filter(|it| it.is_of_content()) else { continue };
            let mut sum = vec![0_u64; self.problem.resources];
            for container in held.get(&carrier).into_iter().flatten() {
                let amounts = sizes.get(container).unwrap_or(self.nest.amounts(*container));
                sum.iter_mut().zip(amounts.iter()).for_each(|(sum, amount)| *sum = sum.saturating_add(*amount));
            }
            let own = self.nest.amounts(carrier).iter().zip(sum).enumerate();
            let size = own.map(|(resource, (&amount, held))| match carries.content[resource] {
                true => carries.size(resource, held),
                false => amount,
            });
            sizes.insert(carrier, size.collect());
        }
        sizes
    }

    /// What lies in carriers and is not known in which, with what it adds to these at the least where they are as large as what
    /// they hold: on whichever host, that is asked of it.
    fn weights(&self, left: &Left) -> BTreeMap<ContainerIndex, (Vec<ContainerIndex>, Vec<u64>)> {
        let mut weights = BTreeMap::new();
        if !self.nest.grows() {
            return weights;
        }
        for container in self.contents().filter(|&it| self.nest.number[it.0].is_none() && !self.drains(it)) {
            let carriers = self.carriers(left, container);
            if carriers.len() < 2 || !carriers.iter().all(|&it| self.nest.is_outside(it)) {
                continue;
            }
            let least = |(resource, &amount): (usize, &u64)| {
                let adds = |carrier: &ContainerIndex| match self.nest.carries(*carrier) {
                    Some(carries) if carries.content[resource] => carries.adds(resource, amount),
                    _ => 0,
                };
                carriers.iter().map(adds).min().unwrap_or(0)
            };
            let amounts: Vec<u64> = self.nest.amounts(container).iter().enumerate().map(least).collect();
            if amounts.iter().any(|amount| *amount > 0) {
                weights.insert(container, (carriers, amounts));
            }
        }
        if weights.len() > WEIGHTS { BTreeMap::new() } else { weights }
    }

    /// How large carriers are at the least beside what those `weights` add to them.
    fn without(&self, sizes: &mut Sizes, weights: &BTreeMap<ContainerIndex, (Vec<ContainerIndex>, Vec<u64>)>) {
        let fed: BTreeSet<ContainerIndex> = weights.values().flat_map(|(carriers, _)| carriers).copied().collect();
        for carrier in fed {
            // What others add may be in what its size was rounded up by.
            if let (Some(size), Some(carries)) = (sizes.get_mut(&carrier), self.nest.carries(carrier)) {
                let content = |(resource, &size): (usize, &u64)| match carries.content[resource] {
                    true => carries.least(resource, size),
                    false => size,
                };
                *size = size.iter().enumerate().map(content).collect();
            }
        }
    }

    /// Whether a container stands on a host that is being drained: it may stay in its carrier there.
    fn drains(&self, container: ContainerIndex) -> bool {
        self.problem.home(container).is_some_and(|host| self.problem.hosts[host].state == HostState::Drain)
    }

    /// What is directly on hosts, as [`Levels::upper`] has it, with these rules besides.
    pub fn upper_with(&self, left: &Left, rules: &[Binding]) -> Level {
        let mut level = self.upper(left);
        Arc::make_mut(&mut level.problem.rules).extend(rules.iter().cloned());
        level
    }

    /// What is directly on hosts, by itself; how large carriers are by what is known to lie in them.
    pub fn alone(&self, left: &Left) -> Level {
        self.on_hosts(left, &self.sizes(left), &BTreeMap::new(), &BTreeSet::new())
    }

    /// What is directly on hosts; asking for nothing, some of what lies in carriers and must be on several machines: where
    /// these are too few for it, this has no answer, either; and what carriers will grow by.
    pub fn upper(&self, left: &Left) -> Level {
        let (mut sizes, weights) = (self.sizes(left), self.weights(left));
        self.without(&mut sizes, &weights);
        let shadows: BTreeSet<ContainerIndex> = self.shadows().into_iter().chain(weights.keys().copied()).collect();
        let mut level = self.on_hosts(left, &sizes, &weights, &shadows);
        let covers = self.covers().iter().filter(|cover| cover.is_exact).map(Cover::rule).collect::<Vec<_>>();
        Arc::make_mut(&mut level.problem.rules).extend(covers);
        level
    }

    /// What is directly on hosts, with carriers of these sizes, and of what lies in them the `shadows`, of which some have
    /// `weights`.
    fn on_hosts(
        &self,
        left: &Left,
        sizes: &Sizes,
        weights: &BTreeMap<ContainerIndex, (Vec<ContainerIndex>, Vec<u64>)>,
        shadows: &BTreeSet<ContainerIndex>,
    ) -> Level {
        let mut problem = self.problem.clone();
        (problem.nest, problem.machines) = (None, None);
        problem.pools = [].into();
        problem = problem.with_agents_of(|container| self.takes_part(container)).without_survival();
        let outside = |container: ContainerIndex| self.nest.is_outside(container);
        let included: Vec<bool> = ContainerIndex::all(self.nest.number.len())
            .map(|it| self.takes_part(it) && (outside(it) || shadows.contains(&it)))
            .collect();
        // Carriers are hosts to this level, and there may be more of them.
        let counts = |rule: &Binding| {
            let only_outside = rule.containers.iter().all(|&it| outside(it));
            let by_carrier = matches!(rule.kind, BindingKind::Apart(BY_CARRIER) | BindingKind::AtMost(BY_CARRIER, _));
            let is_asked = rule.containers.iter().any(|it| included[it.0]);
            is_asked && (only_outside || !by_carrier && !matches!(rule.kind, BindingKind::Spread(..)))
        };
        Arc::make_mut(&mut problem.rules).retain(counts);
        Arc::make_mut(&mut problem.wishes).retain(|wish| wish.containers.iter().all(|&it| outside(it)));
        problem.keeps = problem.keeps.iter().filter(|keep| outside(keep.containers.start)).cloned().collect();
        self.stand_outside(&mut problem);
        let mut known: BTreeMap<Shape, ServiceIndex> = BTreeMap::new();
        let mut service_of = problem.containers.to_vec();
        let services = Arc::make_mut(&mut problem.services);
        services.iter_mut().for_each(|service| service.drawn = [].into());
        for container in ContainerIndex::all(included.len()).filter(|&it| included[it.0]) {
            let on: Option<Vec<HostIndex>> = if !outside(container) {
                let carriers = self.carriers(left, container);
                let machines: BTreeSet<HostIndex> =
                    carriers.into_iter().flat_map(|it| self.frame.machines(left, it)).collect();
                let request = self.problem.request(container);
                Some(machines.into_iter().filter(|&host| request.may_run_on(host)).collect())
            } else if self.frame.has(container) {
                let host = |spot: Spot| if let Spot::Host(host) = spot { Some(host) } else { None };
                let mut hosts: Vec<HostIndex> = self.frame.left(left, container).filter_map(host).collect();
                hosts.sort_unstable();
                // Who may be anywhere is asked as it is, alike to those of its service.
                Some(hosts).filter(|hosts| hosts.len() < self.problem.there().len())
            } else {
                None
            };
            let size = match weights.get(&container) {
                Some((_, adds)) => Some(Arc::from(adds.as_slice())),
                None => sizes.get(&container).filter(|_| outside(container)).cloned(),
            };
            let Some(on) = on.or_else(|| size.as_ref().map(|_| self.problem.there())) else { continue };
            let service = service_of[container.0];
            service_of[container.0] = *known.entry((service, on, size)).or_insert_with_key(|(_, on, size)| {
                let containers = Positions { start: container, end: container.next() };
                let amounts = size.as_ref().unwrap_or(&services[service].amounts).clone();
                services.push(Request {
                    on: Some(on.as_slice().into()),
                    containers,
                    amounts,
                    ..services[service].clone()
                });
                services.len() - 1
            });
        }
        problem.containers = service_of.into();
        Level { problem, included }
    }

    /// Carriers that must be in several domains for the rules of what lies in them, the fewest carriers first.
    pub fn covers(&self) -> Vec<Cover> {
        let mut needed: BTreeMap<(Vec<ContainerIndex>, TopologyIndex), usize> = BTreeMap::new();
        for rule in self.problem.rules.iter() {
            let (topology, each) = match rule.kind {
                BindingKind::Apart(topology) if topology != BY_CARRIER => (topology, 1),
                BindingKind::AtMost(topology, most) if topology != BY_CARRIER => (topology, most as usize),
                _ => continue,
            };
            let contents = rule.containers.iter().filter(|&&it| !self.nest.is_outside(it) && self.takes_part(it));
            let mut by_carriers: BTreeMap<Vec<ContainerIndex>, usize> = BTreeMap::new();
            for &container in contents {
                *by_carriers.entry(self.carriers(&self.frame.all(), container)).or_default() += 1;
            }
            for (carriers, count) in by_carriers {
                let known = needed.entry((carriers, topology)).or_default();
                *known = (*known).max(count.div_ceil(each.max(1)));
            }
        }
        let cover = |((carriers, topology), domains): ((Vec<ContainerIndex>, TopologyIndex), usize)| {
            let outside = carriers.iter().all(|&it| self.nest.is_outside(it));
            let is_exact = outside && self.are_alike(&carriers);
            (domains > 1 && outside).then_some(Cover { carriers, topology, domains, is_exact })
        };
        let mut covers: Vec<Cover> = needed.into_iter().filter_map(cover).collect();
        covers.sort_by_key(|cover| cover.carriers.len());
        covers
    }

    /// Whether nothing tells these carriers apart: all replicas of one service that run nowhere yet, of which whatever is said
    /// is said of all.
    fn are_alike(&self, carriers: &[ContainerIndex]) -> bool {
        let Some(&first) = carriers.first() else { return false };
        let service = self.problem.request(first);
        let all: Vec<ContainerIndex> = service.containers.clone().filter(|&it| self.takes_part(it)).collect();
        let of_all = |some: &[ContainerIndex]| {
            let count = all.iter().filter(|it| some.contains(it)).count();
            count == 0 || count == all.len()
        };
        let numbers: BTreeSet<usize> = carriers.iter().filter_map(|it| self.nest.number[it.0]).collect();
        let same_inside = |inside: &Option<Arc<[usize]>>| {
            let many = inside.iter().flat_map(|it| it.iter()).filter(|it| numbers.contains(it)).count();
            many == 0 || many == numbers.len()
        };
        all == carriers
            && self.problem.placement.as_ref().is_none_or(|now| all.iter().all(|&it| now.host(it).is_none()))
            && self.problem.rules.iter().all(|rule| of_all(&rule.containers))
            && self.problem.wishes.iter().all(|wish| of_all(&wish.containers))
            && self.problem.survive.iter().all(|survive| of_all(&survive.except))
            && self.nest.inside.iter().all(same_inside)
    }

    /// Rules that spread carriers over hosts further than they must be, each list more loosely than that before it: with these
    /// what lies in carriers is likelier to fit.
    pub fn spreads(&self) -> Vec<Vec<Binding>> {
        let hosts = self.problem.there().len().max(1);
        let covers = self.covers();
        if covers.is_empty() {
            return Vec::new();
        }
        let mut groups: BTreeMap<ServiceIndex, Vec<ContainerIndex>> = BTreeMap::new();
        for carrier in covers.iter().flat_map(|cover| &cover.carriers) {
            let group = groups.entry(self.nest.service_of[carrier.0]).or_default();
            if !group.contains(carrier) {
                group.push(*carrier);
            }
        }
        let apart: Vec<Binding> = covers.iter().map(Cover::rule).collect();
        let mut all = Vec::new();
        for more in 0..3_u64 {
            let at_most = |group: &Vec<ContainerIndex>| {
                let mut containers = group.clone();
                containers.sort_unstable();
                let most = (group.len() as u64).div_ceil(hosts as u64) + more;
                Binding {
                    rule: usize::MAX,
                    kind: BindingKind::AtMost(BY_HOST, most),
                    counted: None,
                    containers: containers.into(),
                }
            };
            let crowds: Vec<Binding> = groups.values().filter(|group| group.len() > 1).map(at_most).collect();
            all.push(crowds.iter().chain(&apart).cloned().collect());
        }
        all.push(apart);
        all
    }

    /// What lies in carriers of which something may be learned on hosts.
    fn shadows(&self) -> BTreeSet<ContainerIndex> {
        let mut shadows = BTreeSet::new();
        let is_content = |it: &ContainerIndex| !self.nest.is_outside(*it) && self.takes_part(*it) && !self.drains(*it);
        let mut seen = BTreeSet::new();
        for rule in self.problem.rules.iter() {
            let scarce = match rule.kind {
                BindingKind::Apart(topology) | BindingKind::AtMost(topology, _) => topology != BY_CARRIER,
                BindingKind::Together(_) | BindingKind::Spread(..) => false,
            };
            let contents: Vec<ContainerIndex> = rule.containers.iter().copied().filter(is_content).collect();
            let shape = |it: &ContainerIndex| (self.nest.inside(*it).cloned(), self.problem.request(*it).on.clone());
            let shapes: Vec<_> = contents.iter().map(shape).collect();
            if scarce && contents.len() + shadows.len() <= SHADOWS && seen.insert((rule.kind, shapes)) {
                shadows.extend(contents);
            }
        }
        let mut pinned = BTreeSet::new();
        for container in self.contents().filter(is_content) {
            let Some(on) = &self.problem.request(container).on else { continue };
            if shadows.len() < SHADOWS && pinned.insert(on.clone()) {
                shadows.insert(container);
            }
        }
        shadows
    }

    /// Where what is directly on hosts stands now; what should be and lies in a carrier stands elsewhere.
    fn stand_outside(&self, problem: &mut Problem) {
        let Some(placement) = &self.problem.placement else { return };
        let astray = |it: &ContainerIndex| self.nest.is_outside(*it) && placement.carrier(*it).is_some();
        let all = || ContainerIndex::all(self.nest.number.len());
        let elsewhere = HostIndex(problem.hosts.len());
        if all().any(|it| astray(&it)) {
            let nowhere = Supply { state: HostState::Planned, ..problem.hosts[0].clone() };
            Arc::make_mut(&mut problem.hosts).push(nowhere);
            problem.topologies = problem.topologies.iter().map(|of| [&of[..], &[usize::MAX]].concat()).collect();
        }
        let mut stands = Placement::empty(self.nest.number.len());
        for container in all().filter(|&it| self.nest.is_outside(it)) {
            let here = if astray(&container) { Some(elsewhere) } else { placement.host(container) };
            stands.host_of[container] = here;
        }
        problem.placement = Some(Arc::new(stands));
    }

    /// The bin of a carrier in the lower level.
    pub fn bin(&self, carrier: ContainerIndex) -> HostIndex {
        HostIndex(self.problem.hosts.len() + self.nest.number[carrier.0].unwrap_or(0))
    }

    /// The carrier of a bin of the lower level.
    pub fn carrier(&self, bin: HostIndex) -> Option<ContainerIndex> {
        bin.0.checked_sub(self.problem.hosts.len()).and_then(|number| self.nest.carriers.get(number).copied())
    }

    /// What lies in carriers: its hosts are those of the problem, which give nothing, and the carriers behind them.
    pub fn lower(&self, left: &Left) -> Level {
        let (hosts, carriers) = (self.problem.hosts.len(), self.nest.carriers.len());
        let sizes = self.sizes(left);
        let machine: Vec<Option<HostIndex>> = (HostIndex::all(hosts).map(Some))
            .chain(self.nest.carriers.iter().map(|&carrier| self.frame.machine(left, carrier)))
            .collect();
        let mut topologies: Vec<Vec<usize>> = vec![(0..hosts + carriers).collect(); 2];
        for of in self.problem.topologies.iter().skip(topologies.len()) {
            let unknown = of.iter().max().map_or(0, |last| last + 1);
            let domain = |(bin, machine): (usize, &Option<HostIndex>)| match machine {
                Some(machine) => of[machine.0],
                None => unknown + bin,
            };
            topologies.push(machine.iter().enumerate().map(domain).collect());
        }
        let by_machine = topologies.len();
        topologies.push(machine.iter().enumerate().map(|(bin, of)| of.map_or(bin, |of| of.0)).collect());
        let mut included: Vec<bool> = vec![false; self.nest.number.len()];
        self.contents().for_each(|container| included[container.0] = true);
        let mut near: BTreeMap<ContainerIndex, BTreeSet<HostIndex>> = BTreeMap::new();
        let (mut rules, mut wishes) = (Vec::new(), Vec::new());
        let bound = |containers: &[ContainerIndex], included: &mut [bool]| {
            let outside = containers.iter().filter(|&&it| self.nest.is_outside(it) && self.takes_part(it));
            outside.filter(|&&it| self.frame.machine(left, it).is_some()).for_each(|it| included[it.0] = true);
        };
        let is_inside = |containers: &[ContainerIndex]| containers.iter().any(|&it| !self.nest.is_outside(it));
        for rule in self.problem.rules.iter().filter(|rule| is_inside(&rule.containers)) {
            let crosses = is_crossing(self.nest, &rule.containers);
            if let (BindingKind::Together(_), true) = (rule.kind, crosses) {
                let anchor = rule.containers.iter().find_map(|&it| self.frame.machine(left, it));
                if let Some(anchor) = anchor {
                    rule.containers.iter().for_each(|&it| _ = near.entry(it).or_default().insert(anchor));
                }
                continue;
            }
            let counted = match rule.kind {
                BindingKind::Spread(..) => match self.counted(left, &rule.containers) {
                    Some(counted) => Some(counted),
                    None => continue,
                },
                _ => None,
            };
            bound(&rule.containers, &mut included);
            rules.push(Binding { kind: kind(rule.kind, by_machine, crosses), counted, ..rule.clone() });
        }
        for wish in self.problem.wishes.iter().filter(|wish| is_inside(&wish.containers)) {
            let crosses = is_crossing(self.nest, &wish.containers);
            let settled =
                || self.nest.carriers.iter().all(|&it| !self.takes_part(it) || self.frame.machine(left, it).is_some());
            let counted = match wish.kind {
                Some(BindingKind::Spread(..)) => match self.counted(left, &wish.containers) {
                    Some(counted) => Some(counted),
                    None => continue,
                },
                Some(BindingKind::Together(_)) if crosses && !settled() => continue,
                _ => None,
            };
            bound(&wish.containers, &mut included);
            let hosts = wish.hosts.as_ref().map(|wanted| {
                let may = |&carrier: &ContainerIndex| {
                    self.frame.machines(left, carrier).iter().any(|host| wanted.binary_search(host).is_ok())
                };
                self.nest.carriers.iter().copied().filter(may).map(|carrier| self.bin(carrier)).collect()
            });
            let kind = wish.kind.map(|it| kind(it, by_machine, crosses));
            wishes.push(Longing { kind, hosts, counted, ..wish.clone() });
        }
        let (services, service_of) = self.requests(left, &sizes, &included, &near);
        let supply = self.supply(&machine);
        let problem = Problem {
            pools: [].into(),
            hosts: Arc::new(supply),
            services: Arc::new(services),
            agents: Arc::default(),
            containers: service_of.into(),
            rules: Arc::new(rules),
            wishes: Arc::new(wishes),
            topologies: topologies.into(),
            placement: self.problem.placement.as_ref().map(|stands| Arc::new(self.stand_inside(stands))),
            nest: None,
            machines: Some(Arc::new(Machines {
                of: machine,
                before: ContainerIndex::all(included.len()).map(|it| self.problem.home(it)).collect(),
            })),
            survive: None,
            losses: [].into(),
            keeps: (self.problem.keeps.iter())
                .filter(|keep| !self.nest.is_outside(keep.containers.start))
                .cloned()
                .collect(),
            ..self.problem.clone()
        };
        Level { problem, included }
    }

    /// Where what lies in carriers lies now.
    fn stand_inside(&self, placement: &Placement) -> Placement {
        let mut stands = Placement::empty(self.nest.number.len());
        for container in ContainerIndex::all(self.nest.number.len()).filter(|&it| !self.nest.is_outside(it)) {
            stands.host_of[container] = placement.spot(container).map(|spot| match spot {
                Spot::Host(host) => host,
                Spot::Carrier(carrier) => self.bin(carrier),
            });
        }
        stands
    }

    /// The bins that a `spread` of these counts; `None` while that is not known.
    fn counted(&self, left: &Left, replicas: &[ContainerIndex]) -> Option<Arc<[HostIndex]>> {
        let &first = replicas.first()?;
        let request = self.problem.request(first);
        let mut bins = Vec::new();
        for &carrier in self.nest.inside(first)?.iter() {
            let carrier = self.nest.carriers[carrier];
            if self.takes_part(carrier) {
                let host = self.frame.machine(left, carrier)?;
                if self.problem.hosts[host].state == HostState::Up && request.may_run_on(host) {
                    bins.push(self.bin(carrier));
                }
            }
        }
        bins.sort_unstable();
        Some(bins.into())
    }

    /// What each container of the lower level asks for, and the bins that it may go to.
    fn requests(
        &self,
        left: &Left,
        sizes: &Sizes,
        included: &[bool],
        near: &BTreeMap<ContainerIndex, BTreeSet<HostIndex>>,
    ) -> (Vec<Request>, Vec<ServiceIndex>) {
        let nothing: Arc<[u64]> = vec![0; self.problem.resources].into();
        let mut services: Vec<Request> = self.problem.services.to_vec();
        services.iter_mut().for_each(|service| service.drawn = [].into());
        let mut service_of = self.problem.containers.to_vec();
        let machines: BTreeMap<ContainerIndex, BTreeSet<HostIndex>> =
            self.nest.carriers.iter().map(|&it| (it, self.frame.machines(left, it))).collect();
        let mut known: BTreeMap<(ServiceIndex, Option<&BTreeSet<HostIndex>>), ServiceIndex> = BTreeMap::new();
        for container in ContainerIndex::all(included.len()).filter(|&it| included[it.0]) {
            let service = service_of[container.0];
            let anchors = near.get(&container);
            let alike = !self.frame.has(container);
            if let Some(&known) = known.get(&(service, anchors)).filter(|_| alike) {
                service_of[container.0] = known;
                continue;
            }
            let request = &self.problem.services[service];
            let (on, amounts): (Vec<HostIndex>, Arc<[u64]>) = match self.nest.is_outside(container) {
                true => (self.frame.machine(left, container).into_iter().collect(), Arc::clone(&nothing)),
                false => {
                    let is_near = |host: &HostIndex| anchors.into_iter().flatten().all(|it| it == host);
                    let takes = |carrier: &ContainerIndex| {
                        let mut here = machines.get(carrier).into_iter().flatten();
                        here.any(|host| request.may_run_on(*host) && is_near(host))
                    };
                    // What is kept where it is the level keeps there; after a loss it may go elsewhere.
                    let carriers = if alike { self.named(container) } else { self.carriers(left, container) };
                    let carriers = carriers.into_iter().filter(takes);
                    let mut bins: Vec<HostIndex> = carriers.map(|carrier| self.bin(carrier)).collect();
                    bins.sort_unstable();
                    (bins, sizes.get(&container).unwrap_or(self.nest.amounts(container)).clone())
                }
            };
            let containers = Positions { start: container, end: container.next() };
            services.push(Request { on: Some(on.into()), amounts, containers, ..request.clone() });
            service_of[container.0] = services.len() - 1;
            if alike {
                known.insert((service, anchors), services.len() - 1);
            }
        }
        (services, service_of)
    }

    /// What the hosts of the lower level give: nothing, and carriers what they offer. Of what a carrier is as large as what it
    /// holds, and of what is not counted there, there is far more than all ask for.
    fn supply(&self, machine: &[Option<HostIndex>]) -> Vec<Supply> {
        let supply = |allocatable: Vec<u64>, state: HostState| {
            let allocatable: Arc<[u64]> = allocatable.into();
            Supply { within: Arc::clone(&allocatable), allocatable, price: 0, watts: 0, state, span: Span::ALWAYS }
        };
        let hosts = self.problem.hosts.iter().map(|_| supply(vec![0; self.problem.resources], HostState::Up));
        let carriers = self.nest.carriers.iter().enumerate().map(|(number, &carrier)| {
            let offers = self.nest.offers[number].iter().map(|&offers| offers.min(self.plenty()));
            let state = match machine[self.problem.hosts.len() + number].map(|host| self.problem.hosts[host].state) {
                _ if !self.takes_part(carrier) => HostState::Planned,
                Some(HostState::Drain) => HostState::Drain,
                _ => HostState::Up,
            };
            supply(offers.collect(), state)
        });
        hosts.chain(carriers).collect()
    }

    /// More than all ask for.
    fn plenty(&self) -> u64 {
        LARGEST_SUM / (self.nest.carriers.len() as u64 + 1)
    }

    /// How full carriers are: of what there is plenty of, not at all.
    pub fn judged(&self, levels: &[Ratio]) -> Vec<Ratio> {
        let level = |level: &Ratio| if level.whole >= self.plenty() { Ratio::ZERO } else { *level };
        levels.iter().map(level).collect()
    }

    /// The same levels with what is to be survived; all places are known.
    pub fn surviving(&self, left: &Left, [upper, lower]: [&mut Level; 2]) {
        let Some(survive) = self.problem.survive.as_deref() else { return };
        let except = |more: &dyn Fn(ContainerIndex) -> bool| {
            let all = ContainerIndex::all(self.nest.number.len());
            let except = all.filter(|&it| survive.may_stop(it) || more(it)).collect();
            Some(Arc::new(Survive { except, ..survive.clone() }))
        };
        let is_carrier = |it: ContainerIndex| self.nest.number[it.0].is_some();
        upper.problem.survive = except(&|it| is_carrier(it) || !self.nest.is_outside(it));
        upper.problem.losses = Arc::clone(&self.problem.losses);
        lower.problem.survive = except(&|it| is_carrier(it) || self.nest.is_outside(it));
        let on = |lost: &Vec<HostIndex>| {
            let its = self.nest.carriers.iter().copied().filter(|&carrier| {
                self.frame.machine(left, carrier).is_some_and(|host| lost.binary_search(&host).is_ok())
            });
            let mut bins: Vec<HostIndex> = lost.iter().copied().chain(its.map(|it| self.bin(it))).collect();
            bins.sort_unstable();
            bins
        };
        lower.problem.losses = self.problem.losses.iter().map(on).collect();
    }

    /// How many containers move.
    pub fn moves(&self, upper: &Placement, lower: &Placement) -> u64 {
        let after = self.placement(upper, lower);
        self.problem.placement.iter().map(|before| before.moves_to(&after).count() as u64).sum()
    }

    /// How full the fullest carrier is of what `balance` judges by and it does not grow with.
    pub fn fullest(&self, placement: &Placement, sizes: &Sizes) -> Ratio {
        let mut held: BTreeMap<ContainerIndex, Vec<u64>> = BTreeMap::new();
        for container in self.contents() {
            let Some(carrier) = placement.carrier(container) else { continue };
            let amounts = sizes.get(&container).unwrap_or(self.nest.amounts(container)).iter();
            let sum = held.entry(carrier).or_insert_with(|| vec![0; self.problem.resources]);
            sum.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum = sum.saturating_add(*amount));
        }
        let share = |(carrier, held): (&ContainerIndex, &Vec<u64>)| {
            let offers = &self.nest.offers[self.nest.number[carrier.0]?];
            let content = self.nest.carries(*carrier).map(|it| &it.content)?;
            let judged = (0..held.len()).filter(|&it| self.problem.balanced[it] && !content[it] && offers[it] > 0);
            judged.map(|it| Ratio { part: held[it], whole: offers[it] }).max()
        };
        held.iter().filter_map(share).max().unwrap_or(Ratio::ZERO)
    }

    /// The placement of both levels.
    pub fn placement(&self, upper: &Placement, lower: &Placement) -> Placement {
        Placement::of(self.nest.number.len(), |container| {
            if !self.takes_part(container) {
                return None;
            }
            match self.nest.is_outside(container) {
                true => upper.host(container).map(Spot::Host),
                false => lower.host(container).and_then(|bin| self.carrier(bin)).map(Spot::Carrier),
            }
        })
    }
}

/// What a rule asks where hosts are carriers.
fn kind(kind: BindingKind, by_machine: TopologyIndex, crosses: bool) -> BindingKind {
    let over = |topology: TopologyIndex| match topology {
        BY_HOST => by_machine,
        BY_CARRIER => BY_HOST,
        other => other,
    };
    match kind {
        BindingKind::Together(_) if crosses => BindingKind::Together(by_machine),
        BindingKind::Together(_) => BindingKind::Together(BY_HOST),
        BindingKind::Apart(topology) => BindingKind::Apart(over(topology)),
        BindingKind::AtMost(topology, most) => BindingKind::AtMost(over(topology), most),
        BindingKind::Spread(topology, skew) => BindingKind::Spread(over(topology), skew),
    }
}
