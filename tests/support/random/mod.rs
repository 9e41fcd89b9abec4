//! Random small documents that use every key and every rule together: the same seed gives the same document. Each is
//! had as text, and as the model that this text means, worked out here a second time.

mod meaning;
pub mod planted;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use bayplan::diagnostic::Place;
use bayplan::model::{
    Amount, Container, ContainerIndex, Demand, Goal, Host, HostIndex, HostState, Lab, Layout, Origin, Positions, Rule,
    RuleKind, Service, Startup, Topology,
};
use bayplan::quantity::Resource;
use fastrand::Rng;

/// How large a document may be.
#[derive(Clone, Copy)]
struct Most {
    /// Replicas counted one by one.
    containers: usize,
    hosts: usize,
}

/// Small enough to look at every placement.
const SMALL: Most = Most { containers: 7, hosts: 4 };
/// Too large for that.
const MIDDLE: Most = Most { containers: 26, hosts: 7 };
/// A quarter of a GiB, in bytes.
const QUARTER: u64 = 1 << 28;

/// A document, before it is written.
pub struct Spec {
    seed: u64,
    kinds: Vec<Kind>,
    services: Vec<Spelled>,
    priorities: Vec<Option<u64>>,
    rules: Vec<(RuleKind, Vec<usize>)>,
    goals: Vec<Goal>,
    /// The resources that `balance` names, in their usual order.
    judges: Vec<&'static str>,
    placement: Vec<Option<usize>>,
}

/// The document number `seed`.
pub fn spec(seed: u64) -> Spec {
    let mut random = Rng::with_seed(seed);
    let mut kinds = kinds(&mut random, SMALL);
    let mut services = services(&mut random, &kinds, SMALL);
    ask_scratch(seed, &mut kinds, &mut services);
    size_hosts(&mut random, &mut kinds, &services);
    take_some(seed, &mut kinds, services.iter().map(Spelled::count).sum());
    agents(seed, &mut kinds, &mut services, false);
    let startups = services.last().map_or(0, |service| service.startup + 1);
    let containers = services.iter().map(Spelled::count).sum();
    Spec {
        seed,
        priorities: (0..startups).map(|_| one_in(&mut random, 2).then(|| random.u64(0..6))).collect(),
        rules: rules(&mut random, containers),
        goals: goals(&mut random),
        placement: placement(&mut random, containers, kinds.iter().map(Kind::number).sum()),
        judges: judges(seed, &kinds),
        kinds,
        services,
    }
}

impl Spec {
    /// The same with these goals.
    pub fn aiming_at(self, goals: &[Goal]) -> Spec {
        Spec { goals: goals.to_vec(), ..self }
    }
}

/// A kind of host.
struct Kind {
    name: &'static str,
    count: Option<usize>,
    shelf: Option<&'static str>,
    arch: &'static str,
    gpus: Option<u64>,
    /// GB of a named resource that is counted in bytes.
    scratch: Option<u64>,
    /// How many containers it takes.
    takes: Option<u64>,
    /// In quarters of a GiB.
    memory: u64,
    millicores: Option<u64>,
    gigabytes: Option<u64>,
    memory_reserve: Reserve,
    cpu_reserve: u64,
    /// In tenths.
    overcommit: u64,
    watts: u64,
    price: Price,
    state: HostState,
}

/// What to reserve: as written, a part of the capacity in thousandths, and an amount; the larger counts.
type Reserve = (&'static str, u64, u64);
/// As written, and in thousandths.
type Price = (&'static str, u64);

const NOTHING: Reserve = ("", 0, 0);
const RESERVES: [Reserve; 4] =
    [("5%", 50, 0), ("256MiB", 0, QUARTER), ("[100MiB, 7.5%]", 75, 100 << 20), ("[1%, 50MB]", 10, 50_000_000)];
const PRICES: [Price; 4] = [("0", 0), ("1", 1_000_000), ("2.5", 2_500_000), ("7", 7_000_000)];

impl Kind {
    fn number(&self) -> usize {
        self.count.unwrap_or(1)
    }

    fn hosts(&self) -> Vec<String> {
        match self.count {
            None => vec![self.name.to_owned()],
            Some(count) => (1..=count).map(|number| format!("{}-{number}", self.name)).collect(),
        }
    }
}

/// A container as the document spells it.
struct Spelled {
    startup: usize,
    name: &'static str,
    /// In quarters of a GiB.
    memory: u64,
    millicores: u64,
    gigabytes: u64,
    gpus: u64,
    scratch: u64,
    replicas: Option<usize>,
    apart: Option<&'static str>,
    /// Over what, and the skew where it is said.
    spread: Option<(&'static str, Option<u64>)>,
    /// As written, and the hosts it means.
    on: Option<(String, Vec<usize>)>,
    /// Of an agent: as written, and the hosts of which each has one.
    every: Option<(String, Vec<usize>)>,
    /// Earlier ones.
    needs: Vec<usize>,
}

impl Spelled {
    fn count(&self) -> usize {
        if self.every.is_some() { 0 } else { self.replicas.unwrap_or(1) }
    }

    fn id(&self) -> String {
        format!("s{}/{}", self.startup + 1, self.name)
    }

    fn containers(&self) -> Vec<String> {
        match self.replicas {
            None if self.every.is_some() => Vec::new(),
            None => vec![self.id()],
            Some(count) => (1..=count).map(|number| format!("{}.{number}", self.id())).collect(),
        }
    }
}

impl Spec {
    /// The same document with another placement.
    pub fn with_placement(mut self, host_of: &[Option<HostIndex>]) -> Spec {
        self.placement = host_of.iter().map(|host| host.map(|host| host.0)).collect();
        self
    }

    /// The same document without what counts more than one: `at-most` and `spread`.
    pub fn without_counts(mut self) -> Spec {
        self.rules.retain(|(kind, _)| !matches!(kind, RuleKind::AtMost { .. }));
        self.services.iter_mut().for_each(|service| service.spread = None);
        self
    }

    /// The same document with `extra` quarters of a GiB more memory on every host.
    pub fn with_more_memory(mut self, extra: u64) -> Spec {
        for kind in &mut self.kinds {
            kind.memory += extra;
        }
        self
    }
}

fn kinds(random: &mut Rng, most: Most) -> Vec<Kind> {
    let mut left = random.usize(1..=most.hosts);
    let mut kinds = Vec::new();
    for name in ["nuc", "pi", "rack", "box"] {
        if left == 0 {
            break;
        }
        let size = random.usize(1..=left.min(3));
        left -= size;
        kinds.push(Kind {
            name,
            count: if size > 1 || one_in(random, 4) { Some(size) } else { None },
            shelf: [None, Some("a"), Some("a"), Some("b")][random.usize(0..4)],
            arch: ["amd64", "arm64"][random.usize(0..2)],
            gpus: one_in(random, 3).then(|| random.u64(1..4)),
            takes: None,
            scratch: None,
            memory: 0,
            millicores: None,
            gigabytes: None,
            memory_reserve: NOTHING,
            cpu_reserve: 0,
            overcommit: [10, 15, 20][random.usize(0..3)],
            watts: random.u64(0..4) * 5,
            price: PRICES[random.usize(0..4)],
            state: match random.usize(0..16) {
                0 => HostState::Drain,
                1 => HostState::Planned,
                _ => HostState::Up,
            },
        });
    }
    kinds
}

fn services(random: &mut Rng, kinds: &[Kind], most: Most) -> Vec<Spelled> {
    let any_gpu = kinds.iter().any(|kind| kind.gpus.is_some());
    let shelf = if kinds.iter().any(|kind| kind.shelf.is_some()) { "shelf" } else { "arch" };
    let alike = one_in(random, 2).then(|| (random.u64(1..9), 250 * random.u64(0..5)));
    let mut left = random.usize(1..=most.containers);
    let mut services: Vec<Spelled> = Vec::new();
    let mut startup = 0;
    while left > 0 {
        let names = ["app", "db", "queue", "web"];
        for name in names.into_iter().take(random.usize(1..=names.len())) {
            if left == 0 {
                break;
            }
            let replicas = one_in(random, 4).then(|| random.usize(1..=left.min(3)));
            left -= replicas.unwrap_or(1);
            let (memory, millicores) = match alike {
                Some(alike) if !one_in(random, 4) => alike,
                _ => (random.u64(0..13), 50 * random.u64(0..30)),
            };
            services.push(Spelled {
                startup,
                name,
                memory,
                millicores,
                gigabytes: random.u64(0..20),
                scratch: 0,
                gpus: if any_gpu && one_in(random, 5) { 1 } else { 0 },
                replicas,
                apart: replicas.and_then(|_| [Some("host"), Some(shelf), None, None][random.usize(0..4)]),
                spread: replicas
                    .filter(|_| one_in(random, 3))
                    .map(|_| (["host", shelf][random.usize(0..2)], [None, Some(1), Some(2)][random.usize(0..3)])),
                on: one_in(random, 6).then(|| on(random, kinds)),
                every: None,
                needs: (0..services.len()).filter(|_| one_in(random, 6)).collect(),
            });
        }
        startup += 1;
    }
    services
}

/// Where a container may run, and the hosts that this means.
fn on(random: &mut Rng, kinds: &[Kind]) -> (String, Vec<usize>) {
    let owner: Vec<usize> = kinds.iter().enumerate().flat_map(|(kind, it)| vec![kind; it.number()]).collect();
    let of = |wanted: &dyn Fn(&Kind) -> bool| -> Vec<usize> {
        (0..owner.len()).filter(|&host| wanted(&kinds[owner[host]])).collect()
    };
    let (chosen, other) = (random.usize(0..kinds.len()), random.usize(0..kinds.len()));
    let first_host = owner.iter().position(|&kind| kind == chosen).expect("every kind has a host");
    let (kind, name) = (&kinds[chosen], kinds[chosen].name);
    match random.usize(0..5) {
        0 => (name.to_owned(), of(&|it| it.name == name)),
        1 => {
            let number = random.usize(0..kind.number());
            (kind.hosts()[number].clone(), vec![first_host + number])
        }
        2 if other != chosen => {
            let mut hosts = of(&|it| it.name == kinds[other].name);
            hosts.push(first_host);
            hosts.sort();
            (format!("[{}, {}]", kind.hosts()[0], kinds[other].name), hosts)
        }
        3 if kind.shelf.is_some() => {
            let hosts = of(&|it| it.arch == kind.arch && it.shelf == kind.shelf);
            (format!("{{arch: {}, shelf: {}}}", kind.arch, kind.shelf.unwrap_or_default()), hosts)
        }
        _ => (format!("{{arch: {}}}", kind.arch), of(&|it| it.arch == kind.arch)),
    }
}

/// A third of the documents have agents, of a startup that has more or of one of their own. Mostly there is room made
/// for them, and always where there is `room` to be.
fn agents(seed: u64, kinds: &mut [Kind], services: &mut Vec<Spelled>, room: bool) {
    let mut random = Rng::with_seed(seed ^ 0xa6e47);
    if !one_in(&mut random, 3) {
        return;
    }
    let room = room || !one_in(&mut random, 3);
    for name in ["agent", "probe"].into_iter().take(random.usize(1..=2)) {
        let last = services.last().map_or(0, |service| service.startup);
        let startup = random.usize(0..=last + 1);
        let hosts = kinds.iter().map(Kind::number).sum();
        let every = match random.usize(0..4) {
            0 => ("host".to_owned(), (0..hosts).collect()),
            1 => {
                let (first, mut its) = (kinds[0].name, 0..kinds[0].number());
                if kinds[0].count.is_none() {
                    its = 0..1
                }
                (format!("['{}*']", &first[..2]), its.collect())
            }
            _ => on(&mut random, kinds),
        };
        let (memory, millicores) = (random.u64(0..4), 50 * random.u64(0..4));
        let gigabytes = random.u64(0..3);
        let scratch = if kinds.iter().any(|kind| kind.scratch.is_some()) { random.u64(0..3) } else { 0 };
        let at = services.iter().take_while(|service| service.startup <= startup).count();
        for need in services.iter_mut().flat_map(|service| &mut service.needs) {
            *need += usize::from(*need >= at);
        }
        let needs = (0..at).filter(|_| one_in(&mut random, 12)).collect();
        let mut owner = kinds.iter().enumerate().flat_map(|(kind, it)| vec![kind; it.number()]).collect::<Vec<_>>();
        owner = every.1.iter().map(|&host| owner[host]).collect();
        for (_, kind) in kinds.iter_mut().enumerate().filter(|(kind, _)| room && owner.contains(kind)) {
            kind.memory += memory;
            kind.millicores = kind.millicores.map(|amount| amount + millicores);
            kind.gigabytes = kind.gigabytes.map(|amount| amount + gigabytes);
            kind.scratch = kind.scratch.map(|amount| amount + scratch);
            kind.takes = kind.takes.map(|most| most + 1);
        }
        let (replicas, apart, spread, on, gpus) = (None, None, None, None, 0);
        let every = Some(every);
        let spelled = Spelled {
            startup,
            name,
            memory,
            millicores,
            gigabytes,
            scratch,
            gpus,
            replicas,
            apart,
            spread,
            on,
            every,
            needs,
        };
        services.insert(at, spelled);
    }
}

/// The hosts share out what is asked, times a factor that makes some documents tight and some impossible.
fn size_hosts(random: &mut Rng, kinds: &mut [Kind], services: &[Spelled]) {
    let hosts: u64 = kinds.iter().map(|kind| kind.number() as u64).sum();
    let asked = |of: fn(&Spelled) -> u64| -> u64 { services.iter().map(|it| of(it) * it.count() as u64).sum() };
    let share = |total: u64, percent: u64| (total * percent / 100).div_ceil(hosts);
    let percent = [95, 110, 125, 150, 200, 350][random.usize(0..6)];
    let memory = share(asked(|it| it.memory), percent);
    let millicores = share(asked(|it| it.millicores), percent + 20);
    let gigabytes = share(asked(|it| it.gigabytes), percent + 60);
    let lists_disk = one_in(random, 2);
    let lists_cpu = !one_in(random, 5);
    for kind in &mut *kinds {
        let uneven = |random: &mut Rng, amount: u64| amount * random.u64(60..=160) / 100;
        kind.memory = uneven(random, memory) + random.u64(0..3);
        kind.millicores = lists_cpu.then(|| uneven(random, millicores) + 100);
        kind.gigabytes = (lists_disk && !one_in(random, 8)).then(|| uneven(random, gigabytes) + 1);
        if kind.memory > 1 && one_in(random, 2) {
            kind.memory_reserve = RESERVES[random.usize(0..4)];
        }
        if lists_cpu && one_in(random, 3) {
            kind.cpu_reserve = 50;
        }
        if !lists_cpu {
            kind.overcommit = 10;
        }
    }
    // Most documents have a kind that holds the largest container: else most would be impossible for that alone.
    if let Some(kind) = kinds.first_mut().filter(|_| !one_in(random, 4)) {
        let largest = |of: fn(&Spelled) -> u64| services.iter().map(of).max().unwrap_or(0);
        kind.memory = kind.memory.max(largest(|it| it.memory) + 2);
        kind.millicores = kind.millicores.map(|amount| amount.max(largest(|it| it.millicores) + 50));
        kind.gigabytes = kind.gigabytes.map(|amount| amount.max(largest(|it| it.gigabytes)));
    }
}

fn rules(random: &mut Rng, containers: usize) -> Vec<(RuleKind, Vec<usize>)> {
    let mut rules = Vec::new();
    for _ in 0..[0, 0, 1, 1, 2, 3][random.usize(0..6)] {
        let mut bound: Vec<usize> = (0..containers).collect();
        random.shuffle(&mut bound);
        bound.truncate([2, 2, 2, 3][random.usize(0..4)]);
        bound.sort();
        if bound.len() >= 2 {
            let kind = match random.usize(0..5) {
                0 | 1 => RuleKind::ApartByHost,
                2 | 3 => RuleKind::Together,
                _ => {
                    let per = [Topology::Host, Topology::Label("arch".to_owned()), Topology::Lab];
                    let count = random.u64(1..=bound.len() as u64);
                    RuleKind::AtMost { count, per: per[random.usize(0..3)].clone() }
                }
            };
            rules.push((kind, bound));
        }
    }
    rules
}

/// A third of the documents have a named resource that is counted in bytes.
fn ask_scratch(seed: u64, kinds: &mut [Kind], services: &mut [Spelled]) {
    let mut random = Rng::with_seed(seed ^ 0x5c4a7c4);
    if !one_in(&mut random, 3) {
        return;
    }
    services.iter_mut().for_each(|service| service.scratch = random.u64(0..5));
    let asked: u64 = services.iter().map(|it| it.scratch * it.count() as u64).sum();
    let hosts: u64 = kinds.iter().map(|kind| kind.number() as u64).sum();
    for kind in &mut *kinds {
        kind.scratch = (!one_in(&mut random, 4)).then(|| asked.div_ceil(hosts) + random.u64(1..6));
    }
    // What no host has, no container may ask for.
    if kinds.iter().all(|kind| kind.scratch.is_none()) {
        services.iter_mut().for_each(|service| service.scratch = 0);
    }
}

/// A third of the documents say of some kinds how many containers they take.
fn take_some(seed: u64, kinds: &mut [Kind], containers: usize) {
    let mut random = Rng::with_seed(seed ^ 0x7a4e5);
    if !one_in(&mut random, 3) {
        return;
    }
    let hosts: usize = kinds.iter().map(Kind::number).sum();
    let share = containers.div_ceil(hosts) as u64;
    for kind in kinds {
        kind.takes = (!one_in(&mut random, 3)).then(|| share + random.u64(0..3));
    }
}

/// Up to all goals in any order; none stands for not saying any.
fn goals(random: &mut Rng) -> Vec<Goal> {
    // What wishes something are the documents of `everything`.
    let others =
        |goal: &Goal| matches!(goal, Goal::WithinTarget | Goal::Wishes | Goal::CarrierBalance | Goal::LeastCarried(_));
    let mut goals: Vec<Goal> = Goal::ALL.into_iter().filter(|goal| !others(goal)).collect();
    random.shuffle(&mut goals);
    goals[..random.usize(0..=goals.len())].to_vec()
}

/// Half of the documents name resources for `balance`.
fn judges(seed: u64, kinds: &[Kind]) -> Vec<&'static str> {
    let mut random = Rng::with_seed(seed ^ 0xba1a);
    let listed = |wanted: fn(&Kind) -> bool| kinds.iter().any(wanted);
    let mut names = vec!["memory"];
    names.extend(listed(|kind| kind.millicores.is_some()).then_some("cpu"));
    names.extend(listed(|kind| kind.gigabytes.is_some()).then_some("disk"));
    names.extend(listed(|kind| kind.gpus.is_some()).then_some("gpu"));
    random.shuffle(&mut names);
    names.truncate(random.usize(0..=names.len()));
    if one_in(&mut random, 2) {
        names.clear();
    }
    names.sort_by_key(|name| ["cpu", "memory", "disk", "gpu"].iter().position(|other| other == name));
    names
}

/// Of nothing, of some containers, or of all, on random hosts: most such placements break something.
fn placement(random: &mut Rng, containers: usize, hosts: usize) -> Vec<Option<usize>> {
    let tenths = [0, 4, 8, 10][random.usize(0..4)];
    (0..containers).map(|_| (random.usize(0..10) < tenths).then(|| random.usize(0..hosts))).collect()
}

fn one_in(random: &mut Rng, number: usize) -> bool {
    random.usize(0..number) == 0
}
