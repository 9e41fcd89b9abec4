//! The nouns: a lab in plain numbers, as it is asked about.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use bayplan::model::{Asks as ModelAsks, Goal as ModelGoal, HostState, Layout, Load, Numbered, On, RuleKind, Topology};
use bayplan::quantity::Aspect;

/// A host for each container, or none.
pub type At = Vec<Option<usize>>;

/// More containers than there can be: a host that does not say how many it takes.
pub const NO_BUDGET: u64 = 1_000_000;

/// More than all limits can add up to: a host that does not count them.
pub const NO_LIMIT: u64 = i64::MAX as u64 / 100_000;

/// A lab, what is to run in it, and by which rules.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub resources: Vec<String>,
    pub hosts: Vec<Host>,
    /// What hosts share.
    pub pool: Option<Pool>,
    pub startups: Vec<Startup>,
    pub services: Vec<Service>,
    pub containers: Vec<Container>,
    pub rules: Vec<Rule>,
    pub wishes: Vec<Wish>,
    pub goals: Vec<Goal>,
    /// By which resources balance judges hosts.
    pub judged: Vec<bool>,
    pub now: Option<At>,
    pub survive: Option<Survive>,
    /// So many may move, where that is limited.
    pub most_moves: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    pub name: String,
    pub kind: String,
    /// What its containers may ask for in all.
    pub give: Vec<u64>,
    /// What they had better not ask for more than.
    pub targets: Vec<Option<u64>>,
    pub labels: BTreeMap<String, String>,
    /// In millionths.
    pub price: u64,
    /// In millionths.
    pub watts: u64,
    pub state: State,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// What all that is placed may draw from it.
    pub give: u64,
    /// The hosts that reach it, where not all do.
    pub hosts: Option<Vec<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Up,
    Drain,
    /// To become empty: what it has has to go.
    Vacated,
    Absent,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Startup {
    pub name: String,
    pub priority: u64,
    pub stack: Option<String>,
    pub services: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    pub name: String,
    pub startup: usize,
    pub asks: Vec<u64>,
    /// Of the last of these, which are the limits that hosts count: of which of those before, at all times, and its limit where
    /// it has one.
    pub limits: Vec<(Vec<usize>, Option<u64>)>,
    /// Of the pool, where it draws on that.
    pub draws: Option<u64>,
    /// Those that reach its pool.
    pub on: Option<Vec<usize>>,
    /// Of an agent: the hosts of which each has one.
    pub every: Option<Vec<usize>>,
    /// Positions of services, ascending.
    pub needs: Vec<usize>,
    pub containers: Range<usize>,
    /// How many of its containers must run at the least.
    pub keep: Option<usize>,
}

impl Service {
    /// What is counted of its limits: what it asks for where it has none.
    pub fn count_limits(&mut self) {
        let first = self.asks.len() - self.limits.len();
        for (nth, (of, limit)) in self.limits.iter().enumerate() {
            self.asks[first + nth] = limit.unwrap_or_else(|| of.iter().map(|&it| self.asks[it]).max().unwrap_or(0));
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    pub id: String,
    pub service: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    pub kind: Kind,
    pub containers: Vec<usize>,
}

/// What is wished of some containers, and what each of them costs that is in the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wish {
    pub asks: Asks,
    pub weight: u64,
    pub containers: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asks {
    On(Wanted),
    Rule(Kind),
}

/// Hosts, and the names of hosts and kinds, or the labels, by which they are said.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    pub hosts: Vec<usize>,
    pub names: Vec<String>,
    pub labels: BTreeMap<String, String>,
}

impl Wanted {
    /// Whether a host of that kind is one of those that are said.
    pub fn means(&self, kind: &str, labels: &BTreeMap<String, String>) -> bool {
        let carried = self.labels.iter().all(|(label, value)| labels.get(label) == Some(value));
        if self.names.is_empty() { carried } else { self.names.iter().any(|name| name == kind) }
    }
}

impl Wish {
    /// Whether it can be unmet.
    pub fn counts(&self) -> bool {
        self.containers.len() > usize::from(matches!(self.asks, Asks::Rule(_)))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Apart,
    ApartBy(String),
    Together,
    /// So many at the most, on a host, in a zone of this label, or at all.
    AtMost(u64, Over),
    /// Spread over hosts or the zones of a label, by so many at the most.
    Spread(Over, u64),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Over {
    Host,
    Label(String),
    Lab,
}

impl Over {
    fn of(topology: &Topology) -> Over {
        match topology {
            Topology::Host => Over::Host,
            Topology::Label(label) => Over::Label(label.clone()),
            Topology::Lab => Over::Lab,
            Topology::Carrier => unreachable!("nothing carries anything"),
        }
    }

    /// What is the same for two hosts that are one to it.
    pub fn zone<'a>(&self, world: &'a World, host: usize) -> (Option<usize>, Option<&'a String>) {
        match self {
            Over::Host => (Some(host), None),
            Over::Label(label) => (None, world.hosts[host].labels.get(label)),
            Over::Lab => (None, None),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    Hosts,
    Price,
    Watts,
    Balance,
    Moves,
    Wishes,
    Target,
    Memory,
    Disk,
}

impl Goal {
    /// All but wishes, targets and what is carried over, which only some documents have.
    pub const ALL: [Goal; 5] = [Goal::Hosts, Goal::Price, Goal::Watts, Goal::Balance, Goal::Moves];

    pub fn name(self) -> &'static str {
        match self {
            Goal::Hosts => "fewest-hosts",
            Goal::Price => "cheapest",
            Goal::Watts => "least-power",
            Goal::Balance => "balance",
            Goal::Moves => "fewest-moves",
            Goal::Wishes => "wishes",
            Goal::Target => "within-target",
            Goal::Memory => "fewest-moves: memory",
            Goal::Disk => "fewest-moves: disk",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Survive {
    pub hosts: usize,
    pub labels: Vec<String>,
    pub moves: bool,
    pub except: Vec<usize>,
}

/// How full a host is.
#[derive(Clone, Copy, Debug)]
pub struct Share(pub u64, pub u64);

impl Share {
    pub fn float(self) -> f64 {
        self.0 as f64 / self.1 as f64
    }
}

impl Ord for Share {
    fn cmp(&self, other: &Self) -> Ordering {
        (u128::from(self.0) * u128::from(other.1)).cmp(&(u128::from(other.0) * u128::from(self.1)))
    }
}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Share {}

impl World {
    /// Where the resource of this name stands, at all times.
    pub fn at_all_times(&self, name: &str) -> Vec<usize> {
        let is = |of: &str| of == name || of.strip_prefix(name).is_some_and(|rest| rest.starts_with(" ("));
        (0..self.resources.len()).filter(|&it| is(&self.resources[it])).collect()
    }

    pub fn asks(&self, container: usize) -> &[u64] {
        &self.services[self.containers[container].service].asks
    }

    /// What a container draws from the pool.
    pub fn draws(&self, container: usize) -> u64 {
        self.services[self.containers[container].service].draws.unwrap_or(0)
    }

    /// What is drawn from the pool by all that is placed.
    pub fn drawn(&self, at: &[Option<usize>]) -> u64 {
        (0..at.len()).filter(|&it| at[it].is_some()).map(|it| self.draws(it)).sum()
    }

    /// The agents on a host, where containers are placed as `at` says: of startups of which any container is, or which have
    /// nothing but agents. A host that is to become empty is left by them.
    pub fn agents(&self, at: &[Option<usize>], host: usize) -> Vec<usize> {
        let there = matches!(self.hosts[host].state, State::Up | State::Drain);
        let runs = |startup: usize| {
            let its: Vec<usize> = self.containers_of(startup).collect();
            its.is_empty() || its.iter().any(|&it| at[it].is_some())
        };
        let here = |service: &Service| service.every.as_ref().is_some_and(|every| every.contains(&host));
        let all = (0..self.services.len()).filter(|&it| there && here(&self.services[it]));
        all.filter(|&it| runs(self.services[it].startup)).collect()
    }

    /// What they ask for of a resource.
    pub fn agents_ask(&self, at: &[Option<usize>], host: usize, resource: usize) -> u64 {
        self.agents(at, host).into_iter().map(|it| self.services[it].asks[resource]).sum()
    }

    /// The same with the agents of those of whom anything is placed as `at` says, whatever is placed later.
    pub fn with_agents_of(&self, at: &[Option<usize>]) -> World {
        let mut world = self.clone();
        let nobody = world.startups.len();
        let none = world.startups.first().map(|first| Startup { services: 0..0, ..first.clone() });
        world.startups.extend(none);
        for service in world.services.iter_mut().filter(|service| service.every.is_some()) {
            let mut its = self.containers_of(service.startup).peekable();
            if its.peek().is_some() && !its.any(|it| at[it].is_some()) {
                service.every = Some(Vec::new());
            }
            service.startup = nobody;
        }
        world
    }

    /// The same before these startups come: their agents run nowhere.
    pub fn before(&self, coming: &[usize]) -> World {
        let mut world = self.clone();
        for service in world.services.iter_mut().filter(|service| coming.contains(&service.startup)) {
            service.every = service.every.take().map(|_| Vec::new());
        }
        world
    }

    pub fn startup_of(&self, container: usize) -> usize {
        self.services[self.containers[container].service].startup
    }

    pub fn containers_of(&self, startup: usize) -> impl Iterator<Item = usize> {
        self.services[self.startups[startup].services.clone()].iter().flat_map(|service| service.containers.clone())
    }

    pub fn container(&self, id: &str) -> usize {
        let known = self.containers.iter().position(|container| container.id == id);
        known.unwrap_or_else(|| panic!("the answer speaks of a container `{id}`"))
    }

    pub fn host(&self, name: &str) -> usize {
        let known = self.hosts.iter().position(|host| host.name == name);
        known.unwrap_or_else(|| panic!("the answer speaks of a host `{name}`"))
    }

    pub fn startup(&self, name: &str) -> usize {
        let known = self.startups.iter().position(|startup| startup.name == name);
        known.unwrap_or_else(|| panic!("the answer speaks of a startup `{name}`"))
    }

    /// What runs now; nothing where the document does not say.
    pub fn standing(&self) -> At {
        self.now.clone().unwrap_or_else(|| vec![None; self.containers.len()])
    }

    /// The hosts that are there, those that are to become empty left out.
    pub fn there(&self) -> Vec<usize> {
        let is_there = |&host: &usize| matches!(self.hosts[host].state, State::Up | State::Drain);
        (0..self.hosts.len()).filter(is_there).collect()
    }

    /// The startups that one needs directly, itself left out.
    pub fn needed_by(&self, startup: usize) -> Vec<usize> {
        let services = &self.services[self.startups[startup].services.clone()];
        let needed = services.iter().flat_map(|service| &service.needs).map(|&need| self.services[need].startup);
        needed.filter(|&other| other != startup).collect()
    }

    /// The same without some containers and without the startups of these names: what ran goes, rules speak of the rest.
    pub fn without(&self, gone: &dyn Fn(usize) -> bool, startups: &[String]) -> World {
        let stays: Vec<usize> = (0..self.containers.len()).filter(|&it| !gone(it)).collect();
        let position = |of: &[usize], it: usize| of.iter().position(|&other| other == it);
        let services: Vec<usize> = (0..self.services.len())
            .filter(|&it| !startups.contains(&self.startups[self.services[it].startup].name))
            .filter(|&it| {
                let of_agent = self.services[it].every.is_some();
                of_agent || stays.iter().any(|&container| self.containers[container].service == it)
            })
            .collect();
        let kept: Vec<usize> =
            (0..self.startups.len()).filter(|&it| !startups.contains(&self.startups[it].name)).collect();
        let range = |all: Vec<Option<usize>>| {
            let known: Vec<usize> = all.into_iter().flatten().collect();
            known.first().map_or(0..0, |&first| first..first + known.len())
        };
        let bound = |containers: &[usize]| -> Vec<usize> {
            containers.iter().filter_map(|&container| position(&stays, container)).collect()
        };
        let mut left = self.clone();
        left.startups = kept.iter().map(|&it| self.startups[it].clone()).collect();
        for startup in &mut left.startups {
            startup.services = range(startup.services.clone().map(|it| position(&services, it)).collect());
        }
        left.services = services.iter().map(|&it| self.services[it].clone()).collect();
        for service in &mut left.services {
            service.startup = position(&kept, service.startup).expect("its startup stays");
            service.needs = service.needs.iter().filter_map(|&need| position(&services, need)).collect();
            service.containers = range(service.containers.clone().map(|it| position(&stays, it)).collect());
        }
        left.containers = stays.iter().map(|&it| self.containers[it].clone()).collect();
        for container in &mut left.containers {
            container.service = position(&services, container.service).expect("its service stays");
        }
        // Replicas are counted once all of them have a place.
        let whole = |rule: &Rule| !matches!(rule.kind, Kind::Spread(..)) || !rule.containers.iter().any(|&it| gone(it));
        left.rules.retain(whole);
        left.rules.iter_mut().for_each(|rule| rule.containers = bound(&rule.containers));
        left.rules.retain(|rule| rule.containers.len() > 1);
        let even = |wish: &Wish| matches!(wish.asks, Asks::Rule(Kind::Spread(..)));
        left.wishes.retain(|wish| !even(wish) || !wish.containers.iter().any(|&it| gone(it)));
        left.wishes.iter_mut().for_each(|wish| wish.containers = bound(&wish.containers));
        left.wishes.retain(Wish::counts);
        left.survive.iter_mut().for_each(|survive| survive.except = bound(&survive.except));
        left.now = self.now.as_ref().map(|now| stays.iter().map(|&it| now[it]).collect());
        left
    }

    /// So many hosts, and all with one value of these labels, are to be survived, whatever the document says of that.
    pub fn lose(&mut self, hosts: usize, labels: Vec<String>) {
        let known = self.survive.take();
        let (moves, except) = known.map_or((false, Vec::new()), |known| (known.moves, known.except));
        self.survive = Some(Survive { hosts, labels, moves, except });
    }

    /// What the program's reader says of a document, in these nouns.
    pub fn read(layout: &Layout) -> World {
        let hosts = layout.lab.hosts.iter().map(|host| Host {
            name: host.name.clone(),
            kind: host.kind.clone(),
            give: host.allocatable[layout.lab.of_hosts()].to_vec(),
            targets: layout.lab.of_hosts().map(|resource| host.target(resource)).collect(),
            labels: host.labels.clone(),
            price: host.price,
            watts: host.watts,
            state: match host.state {
                HostState::Up => State::Up,
                HostState::Drain => State::Drain,
                HostState::Planned => State::Absent,
            },
        });
        let demand = &layout.demand;
        let startups = demand.startups.iter().map(|startup| Startup {
            name: startup.name.clone(),
            priority: startup.priority,
            stack: startup.stack.clone(),
            services: startup.services.clone(),
        });
        let services = demand.services.iter().map(|service| {
            let mut needs = service.needs.clone();
            needs.sort();
            needs.dedup();
            Service {
                name: service.name.clone(),
                startup: service.startup,
                asks: service.request[layout.lab.of_hosts()].iter().map(|amount| amount.value).collect(),
                limits: (layout.lab.derived().into_iter().filter(|it| it.aspect == Aspect::Limits))
                    .map(|it| (it.times, service.limit[it.of]))
                    .collect(),
                draws: service.pool.map(|pool| service.request[layout.lab.pools[pool].resources.start].value),
                on: service.on.as_ref().map(|on| on.iter().map(|host| host.0).collect()),
                every: service.every.as_ref().map(|every| every.hosts.iter().map(|host| host.0).collect()),
                needs,
                containers: service.containers.start.0..service.containers.end.0,
                keep: service.keep,
            }
        });
        let containers = demand.containers.iter().numbered();
        let containers = containers
            .map(|(index, container)| Container { id: layout.container_id(index), service: container.service });
        let kind = |kind: &RuleKind| match kind {
            RuleKind::ApartByHost => Kind::Apart,
            RuleKind::ApartByCarrier => unreachable!("nothing carries anything"),
            RuleKind::ApartByLabel(label) => Kind::ApartBy(label.clone()),
            RuleKind::Together => Kind::Together,
            RuleKind::AtMost { count, per } => Kind::AtMost(*count, Over::of(per)),
            RuleKind::Spread { over, skew } => Kind::Spread(Over::of(over), *skew),
        };
        let rules = layout.rules.iter().map(|rule| Rule {
            kind: kind(&rule.kind),
            containers: rule.containers.iter().map(|container| container.0).collect(),
        });
        let wishes = layout.all_wishes().into_iter().map(|wish| Wish {
            asks: match &wish.asks {
                ModelAsks::Rule(asked) => Asks::Rule(kind(asked)),
                ModelAsks::On(wanted) => {
                    let hosts = wanted.hosts.iter().map(|host| host.0).collect();
                    let (mut names, labels) = match &*wanted.said {
                        On::Named(names) => (names.clone(), BTreeMap::new()),
                        On::Labels(labels) => (Vec::new(), labels.clone()),
                        On::Any => unreachable!("nobody wishes that"),
                    };
                    names.sort();
                    Asks::On(Wanted { hosts, names, labels })
                }
            },
            weight: wish.weight,
            containers: wish.containers.iter().map(|container| container.0).collect(),
        });
        let mut wishes: Vec<Wish> = wishes.collect();
        wishes.sort();
        let mut rules: Vec<Rule> = rules.collect();
        rules.sort();
        let goals = layout.goals.iter().map(|goal| match goal {
            ModelGoal::FewestHosts => Goal::Hosts,
            ModelGoal::Cheapest => Goal::Price,
            ModelGoal::LeastPower => Goal::Watts,
            ModelGoal::Balance => Goal::Balance,
            ModelGoal::CarrierBalance => unreachable!("nothing carries anything"),
            ModelGoal::FewestMoves => Goal::Moves,
            ModelGoal::Wishes => Goal::Wishes,
            ModelGoal::WithinTarget => Goal::Target,
            ModelGoal::LeastCarried(Load::Memory) => Goal::Memory,
            ModelGoal::LeastCarried(Load::Disk) => Goal::Disk,
        });
        let placement = layout.placement.as_ref();
        World {
            pool: layout.lab.pools.first().map(|pool| Pool {
                give: pool.allocatable[0],
                hosts: pool.hosts.as_ref().map(|hosts| hosts.iter().map(|host| host.0).collect()),
            }),
            resources: layout.lab.resources[layout.lab.of_hosts()]
                .iter()
                .map(|resource| resource.resource.name().to_owned())
                .collect(),
            hosts: hosts.collect(),
            startups: startups.collect(),
            services: services.collect(),
            containers: containers.collect(),
            rules,
            wishes,
            goals: goals.collect(),
            judged: layout.balanced()[layout.lab.of_hosts()].to_vec(),
            now: placement.map(|now| now.host_of.iter().map(|host| host.map(|host| host.0)).collect()),
            most_moves: layout.most_moves,
            survive: layout.survive.as_ref().map(|survive| Survive {
                hosts: survive.hosts,
                labels: survive.labels.clone(),
                moves: survive.moves,
                except: survive.except.iter().map(|container| container.0).collect(),
            }),
        }
    }
}
