//! The problem in numbers: what the hosts give, what the containers ask for, what runs where and what binds them. Made
//! from a layout in one place; whoever asks "the same lab, but ..." edits it (`edits.rs`, `joint.rs`).
//!
//! Hosts, services, containers and startups are those of the layout, under its numbers: what is said of them here is
//! said of the layout. What an edit leaves alone is shared with the problem it was made from.

mod edits;
mod joint;
mod nest;

pub use joint::Phased;
pub use nest::{CarrierNumber, Nest};

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::types::number;
use crate::model::{
    Amount, Asks, ContainerIndex, Goal, HostIndex, HostState, Layout, Load, PhaseIndex, Placement, Positions, RuleKind,
    ServiceIndex, Span, StartupIndex, Survive, Topology, Wish,
};

/// Position of a topology in [`Problem::topologies`].
pub type TopologyIndex = usize;

/// Every host is a domain of its own.
pub const BY_HOST: TopologyIndex = 0;

/// Every carrier is one, and for what lies in none every host.
pub const BY_CARRIER: TopologyIndex = 1;

/// What is to be placed where.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// How many resources hosts have: the length of every vector of amounts, in base units.
    pub resources: usize,
    /// What the pools give, for each of their resources. What is drawn from them does not depend on what goes where, only on
    /// what takes part.
    pub pools: Arc<[u64]>,
    /// For each of them, whether `balance` judges hosts by it.
    pub balanced: Arc<[bool]>,
    /// What each host gives.
    pub hosts: Arc<Vec<Supply>>,
    /// What the containers of each service ask for.
    pub services: Arc<Vec<Request>>,
    /// What runs on hosts because they are there.
    pub agents: Arc<Vec<Agent>>,
    /// The service of each container.
    pub containers: Arc<[ServiceIndex]>,
    /// What is placed whole or not at all.
    pub startups: Arc<[Whole]>,
    /// What may not, or must, share a host.
    pub rules: Arc<Vec<Binding>>,
    /// What is wished.
    pub wishes: Arc<Vec<Longing>>,
    /// The ways to keep apart, each the domain of every host; by the first every host is a domain of its own.
    pub topologies: Arc<[Vec<usize>]>,
    /// Where each container runs now.
    pub placement: Option<Arc<Placement>>,
    /// What lies in what; `None` where nothing carries anything.
    pub nest: Option<Arc<Nest>>,
    /// Of what lies in carriers where hosts are carriers: the machine of each host, and that on which each container ran before.
    pub machines: Option<Arc<Machines>>,
    /// What must be survived.
    pub survive: Option<Arc<Survive>>,
    /// The [`Survive::losses`].
    pub losses: Arc<[Vec<HostIndex>]>,
    /// The services of which some containers may be down, ascending.
    pub keeps: Arc<[Keep]>,
    /// How many containers may move at the most.
    pub most_moves: Option<u64>,
    /// Whether a goal counts what is carried over.
    pub is_weighed: bool,
    /// The resources by which memory and disk are carried over: at each time of the day one.
    pub loads: [Arc<[usize]>; 2],
}

/// The machines under carriers that stand for hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machines {
    /// For each host its machine; `None` where that is not known.
    pub of: Vec<Option<HostIndex>>,
    /// For each container the machine that it ran on before.
    pub before: Vec<Option<HostIndex>>,
}

/// What a host gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supply {
    /// How much of each resource.
    pub allocatable: Arc<[u64]>,
    /// How much of it may be used without passing its targets; all of it where it has none, or no goal asks for them.
    pub within: Arc<[u64]>,
    /// Its price when it holds anything, in millionths.
    pub price: u64,
    /// Its watts when it holds anything, in millionths.
    pub watts: u64,
    /// Whether it is there, and takes anything new.
    pub state: HostState,
    /// The phases in which it is there.
    pub span: Span,
}

/// What each container of a service asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// How much of each resource.
    pub amounts: Arc<[u64]>,
    /// How much of each of [`Problem::pools`].
    pub drawn: Arc<[u64]>,
    /// Where it has more containers in some phases than in others: from which phase on how many, ascending.
    pub counts: Vec<(PhaseIndex, usize)>,
    /// The hosts it may run on, ascending; `None` for any.
    pub on: Option<Arc<[HostIndex]>>,
    /// The hosts that reach the pool it draws on, whatever `on:` says.
    pub reach: Option<Arc<[HostIndex]>>,
    /// The phases in which it is there.
    pub span: Span,
    /// The startup of the service.
    pub startup: StartupIndex,
    /// Its containers.
    pub containers: Positions<ContainerIndex>,
}

/// A service of which not all containers must run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Its containers.
    pub containers: Positions<ContainerIndex>,
    /// How many of them must.
    pub least: usize,
}

/// What takes its amounts on each of some hosts, where its startup takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The startup that takes part with it; `None` where it runs whoever does.
    pub startup: Option<StartupIndex>,
    /// How much of each resource.
    pub amounts: Arc<[u64]>,
    /// On which hosts, ascending; those that are not there have none.
    pub hosts: Arc<[HostIndex]>,
    /// The phases in which it is there.
    pub span: Span,
}

/// A startup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// What placing it is worth.
    pub priority: u64,
    /// Its services.
    pub services: Range<ServiceIndex>,
    /// Its containers.
    pub containers: Positions<ContainerIndex>,
    /// The startups that its services need; itself, too, where they need each other.
    pub needs: Vec<StartupIndex>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Position in `Layout::rules`.
    pub rule: usize,
    /// What it asks of its containers.
    pub kind: BindingKind,
    /// The hosts that a `spread` counts, where these are not what [`Problem::counts`] says; ascending.
    pub counted: Option<Arc<[HostIndex]>>,
    /// Whom it binds: ascending, each once, two or more.
    pub containers: Arc<[ContainerIndex]>,
}

/// A wish: what each container in its way costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Longing {
    /// What is wished of them together.
    pub kind: Option<BindingKind>,
    /// Or the hosts that each is to be on, ascending.
    pub hosts: Option<Arc<[HostIndex]>>,
    /// As [`Binding::counted`].
    pub counted: Option<Arc<[HostIndex]>>,
    /// Of whom: ascending, each once.
    pub containers: Arc<[ContainerIndex]>,
    /// What each costs that is in the way.
    pub weight: u64,
}

/// What a rule asks of its containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BindingKind {
    /// They share a host; of what is wished a domain.
    Together(TopologyIndex),
    /// No two share a domain.
    Apart(TopologyIndex),
    /// No more than so many share a domain.
    AtMost(TopologyIndex, u64),
    /// In how many of them each domain holds, no two differ by more than this; see [`Problem::counts`].
    Spread(TopologyIndex, u64),
}

impl Binding {
    /// Its containers may not share a domain of this topology.
    pub fn apart(&self) -> Option<TopologyIndex> {
        if let BindingKind::Apart(topology) = self.kind { Some(topology) } else { None }
    }
}

impl Request {
    /// Whether one of its containers is there in `phase`.
    pub fn has(&self, container: ContainerIndex, phase: PhaseIndex) -> bool {
        let count = self.counts.iter().rfind(|(from, _)| *from <= phase).map(|(_, count)| *count);
        self.span.has(phase) && count.is_none_or(|count| container.0 - self.containers.start.0 < count)
    }

    /// Whether `on:` lets a container run on `host`.
    pub fn may_run_on(&self, host: HostIndex) -> bool {
        self.on.as_ref().is_none_or(|on| on.binary_search(&host).is_ok())
    }
}

impl<'a> From<&'a Layout> for Problem {
    fn from(layout: &'a Layout) -> Problem {
        let (demand, lab) = (&layout.demand, &layout.lab);
        let resources = lab.of_hosts().len();
        let asked_for = layout.goals.contains(&Goal::WithinTarget);
        let target = |host: &crate::model::Host, it: usize| host.target(it).filter(|_| asked_for);
        let supply = |host: &crate::model::Host| Supply {
            allocatable: host.allocatable[..resources].into(),
            within: (0..resources).map(|it| target(host, it).unwrap_or(host.allocatable[it])).collect(),
            price: host.price,
            watts: host.watts,
            state: host.state,
            span: host.span,
        };
        let amounts = |request: &[Amount]| -> Arc<[u64]> { request.iter().map(|amount| amount.value).collect() };
        let nest = Nest::of(layout);
        let request = |service: &crate::model::Service| Request {
            amounts: match service.inside {
                Some(_) => vec![0; resources].into(),
                None => amounts(&service.request[..resources]),
            },
            drawn: amounts(&service.request[resources..]),
            counts: service.counts.clone(),
            on: service.on.clone(),
            reach: service.pool.and_then(|pool| lab.pools[pool].hosts.clone()),
            span: service.span,
            startup: service.startup,
            containers: service.containers.clone(),
        };
        let agent = |service: &crate::model::Service| {
            let hosts = Arc::clone(&service.every.as_ref()?.hosts);
            let amounts = amounts(&service.request[..resources]);
            Some(Agent { startup: Some(service.startup), amounts, hosts, span: service.span })
        };
        // What can only lie in the carriers of one startup needs that.
        let carried_by = |service: &crate::model::Service| {
            let carriers = service.inside.as_ref()?.carriers.iter();
            let mut startups = carriers.map(|&carrier| demand.startup_of(carrier));
            let first = startups.next()?;
            startups.all(|it| it == first).then_some(first)
        };
        let whole = |(startup, of): (StartupIndex, &crate::model::Startup)| Whole {
            priority: of.priority,
            services: of.services.clone(),
            containers: demand.containers_of(startup),
            needs: (demand.services[of.services.clone()].iter())
                .flat_map(|service| {
                    let needs = service.needs.iter().map(|&needed| demand.services[needed].startup);
                    needs.chain(carried_by(service)).collect::<Vec<StartupIndex>>()
                })
                .collect(),
        };
        let by_host: Vec<usize> = (0..layout.lab.hosts.len()).collect();
        let mut topologies = vec![by_host.clone(), by_host];
        // The label; for the whole lab none.
        let mut known: BTreeMap<Option<String>, TopologyIndex> = BTreeMap::new();
        let mut number_of = |label: Option<&String>| {
            *known.entry(label.cloned()).or_insert_with(|| {
                topologies.push(match label {
                    Some(label) => number(layout.lab.hosts.iter().map(|host| host.labels.get(label))),
                    None => vec![0; layout.lab.hosts.len()],
                });
                topologies.len() - 1
            })
        };
        let mut number = |topology: &Topology| match topology {
            Topology::Host => BY_HOST,
            Topology::Label(label) => number_of(Some(label)),
            Topology::Carrier => BY_CARRIER,
            Topology::Lab => number_of(None),
        };
        let mut asks = |kind: &RuleKind| match kind {
            RuleKind::Together => BindingKind::Together(BY_HOST),
            RuleKind::ApartByHost => BindingKind::Apart(BY_HOST),
            RuleKind::ApartByCarrier => BindingKind::Apart(number(&Topology::Carrier)),
            RuleKind::ApartByLabel(label) => BindingKind::Apart(number(&Topology::Label(label.clone()))),
            RuleKind::AtMost { count, per } => BindingKind::AtMost(number(per), *count),
            RuleKind::Spread { over, skew } => BindingKind::Spread(number(over), *skew),
        };
        let binding = |(rule, of): (usize, &crate::model::Rule)| Binding {
            rule,
            kind: asks(&of.kind),
            counted: None,
            containers: of.containers.as_slice().into(),
        };
        let rules: Vec<Binding> = layout.rules.iter().enumerate().map(binding).collect();
        let all_wishes: Vec<Wish> = if layout.goals.contains(&Goal::Wishes) { layout.all_wishes() } else { Vec::new() };
        let longing = |of: &Wish| Longing {
            kind: if let Asks::Rule(kind) = &of.asks { Some(asks(kind)) } else { None },
            hosts: if let Asks::On(wanted) = &of.asks { Some(Arc::clone(&wanted.hosts)) } else { None },
            counted: None,
            containers: of.containers.as_slice().into(),
            weight: of.weight,
        };
        let wishes = all_wishes.iter().map(longing).collect();
        let keep = |service: &crate::model::Service| {
            let spares = service.spare(service.containers.len()) > 0;
            spares.then(|| Keep { containers: service.containers.clone(), least: service.least() })
        };
        Problem {
            resources,
            pools: lab.pools.iter().flat_map(|pool| pool.allocatable.iter().copied()).collect(),
            balanced: layout.balanced()[..resources].into(),
            hosts: Arc::new(layout.lab.hosts.iter().map(supply).collect()),
            services: Arc::new(demand.services.iter().map(request).collect()),
            agents: Arc::new(demand.services.iter().filter_map(agent).collect()),
            containers: demand.containers.iter().map(|container| container.service).collect(),
            startups: demand.startups.iter().enumerate().map(whole).collect(),
            rules: Arc::new(rules),
            wishes: Arc::new(wishes),
            topologies: topologies.into(),
            placement: layout.placement.clone().map(Arc::new),
            nest: nest.map(Arc::new),
            machines: None,
            survive: layout.survive.clone().map(Arc::new),
            losses: layout.survive.iter().flat_map(|survive| survive.losses(&layout.lab)).collect(),
            keeps: demand.services.iter().filter_map(keep).collect(),
            most_moves: layout.most_moves,
            is_weighed: layout.goals.iter().any(|goal| matches!(goal, Goal::LeastCarried(_))),
            loads: Load::ALL.map(|load| lab.loads(load).into()),
        }
    }
}

impl From<&Problem> for Problem {
    fn from(problem: &Problem) -> Problem {
        problem.clone()
    }
}

impl Problem {
    /// Whether an agent runs where the containers that `is_there` accepts do: with any of its startup, or with whoever.
    pub fn runs(&self, agent: &Agent, is_there: impl Fn(ContainerIndex) -> bool) -> bool {
        agent.startup.is_none_or(|startup| {
            let mut containers = self.startups[startup].containers.clone();
            containers.len() == 0 || containers.any(is_there)
        })
    }

    /// What a container asks for.
    pub fn request(&self, container: ContainerIndex) -> &Request {
        &self.services[self.containers[container]]
    }

    /// What containers ask for together.
    pub fn asked(&self, containers: impl IntoIterator<Item = ContainerIndex>) -> Vec<u64> {
        let mut sum = vec![0; self.resources];
        containers.into_iter().for_each(|it| super::instance::add(&mut sum, &self.request(it).amounts));
        sum
    }

    /// What is carried over when `container` moves: the most that it asks for at any time.
    pub fn carries(&self, container: ContainerIndex, load: Load) -> u64 {
        let amounts = &self.request(container).amounts;
        self.loads[load as usize].iter().map(|&resource| amounts[resource]).max().unwrap_or(0)
    }

    /// Whether any host has a target that a goal asks for.
    pub fn has_targets(&self) -> bool {
        self.hosts.iter().any(|host| host.within != host.allocatable)
    }

    /// What containers draw from each of [`Problem::pools`] together.
    pub fn drawn(&self, containers: impl IntoIterator<Item = ContainerIndex>) -> Vec<u64> {
        let mut sum = vec![0; self.pools.len()];
        if !sum.is_empty() {
            containers.into_iter().for_each(|it| super::instance::add(&mut sum, &self.request(it).drawn));
        }
        sum
    }

    /// The services of containers whose hosts `on:` limits, or the pool that they draw on.
    pub fn pins(&self, containers: &[ContainerIndex]) -> Vec<ServiceIndex> {
        let services = containers.iter().map(|&container| self.containers[container]);
        let mut pins: Vec<ServiceIndex> = services.filter(|&service| self.services[service].on.is_some()).collect();
        pins.dedup();
        pins
    }

    /// Whether a `spread` of these containers counts a host: it takes new containers, and `on:` names it, if it names any.
    pub fn counts(&self, containers: &[ContainerIndex], host: HostIndex) -> bool {
        let named = containers.first().is_none_or(|&first| self.request(first).may_run_on(host));
        named && self.hosts[host].state == HostState::Up
    }

    /// The hosts that are there, ascending.
    pub fn there(&self) -> Vec<HostIndex> {
        HostIndex::all(self.hosts.len()).filter(|&host| self.hosts[host].state != HostState::Planned).collect()
    }

    /// Where a container runs now.
    pub fn home(&self, container: ContainerIndex) -> Option<HostIndex> {
        self.placement.as_ref().and_then(|placement| placement.host_of[container])
    }
}
