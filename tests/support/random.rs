//! Random small documents that use every key and every rule together: the same seed gives the same document. Each is
//! had as text, and as the model that this text means, worked out here a second time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use bayplan::diagnostic::Place;
use bayplan::model::{
    Amount, Container, Demand, Goal, Host, HostState, Lab, Layout, Origin, Placement, Rule, RuleKind, Service, Startup,
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
    placement: Vec<Option<usize>>,
}

/// The document number `seed`.
pub fn spec(seed: u64) -> Spec {
    let mut random = Rng::with_seed(seed);
    let mut kinds = kinds(&mut random, SMALL);
    let services = services(&mut random, &kinds, SMALL);
    size_hosts(&mut random, &mut kinds, &services);
    let startups = services.last().map_or(0, |service| service.startup + 1);
    let containers = services.iter().map(Spelled::count).sum();
    Spec {
        seed,
        priorities: (0..startups).map(|_| one_in(&mut random, 2).then(|| random.u64(0..6))).collect(),
        rules: rules(&mut random, containers),
        goals: goals(&mut random),
        placement: placement(&mut random, containers, kinds.iter().map(Kind::number).sum()),
        kinds,
        services,
    }
}

/// A larger document number `seed`, made around a placement that breaks nothing, and that placement.
pub fn planted(seed: u64) -> (Spec, Vec<Option<usize>>) {
    let mut random = Rng::with_seed(seed);
    let mut kinds = kinds(&mut random, MIDDLE);
    let mut services = services(&mut random, &kinds, MIDDLE);
    for kind in &mut kinds {
        kind.state = HostState::Up;
    }
    let hosts = kinds.iter().map(Kind::number).sum();
    let containers: usize = services.iter().map(Spelled::count).sum();
    let planted: Vec<usize> = (0..containers).map(|_| random.usize(0..hosts)).collect();
    hold(&mut random, &mut kinds, &services, &planted);
    allow(&kinds, &mut services, &planted);
    let mut rules = rules(&mut random, containers);
    rules.retain(|(kind, bound)| {
        let places: BTreeSet<usize> = bound.iter().map(|&container| planted[container]).collect();
        places.len() == if *kind == RuleKind::Together { 1 } else { bound.len() }
    });
    let startups = services.last().map_or(0, |service| service.startup + 1);
    // Where things stand now: as planted, but for some that are elsewhere or nowhere.
    let now = placement(&mut random, containers, hosts).into_iter().zip(&planted);
    let placement = now.map(|(now, &planted)| if random.bool() { Some(planted) } else { now }).collect();
    let spec = Spec {
        seed,
        priorities: (0..startups).map(|_| None).collect(),
        rules,
        goals: goals(&mut random),
        placement,
        kinds,
        services,
    };
    (spec, planted.into_iter().map(Some).collect())
}

/// Each kind gets what its fullest host needs, and now and then some more.
fn hold(random: &mut Rng, kinds: &mut [Kind], services: &[Spelled], planted: &[usize]) {
    let mut first = 0;
    for kind in kinds {
        let own = first..first + kind.number();
        first = own.end;
        let owner = services.iter().flat_map(|it| std::iter::repeat_n(it, it.count()));
        let mut loads: BTreeMap<usize, [u64; 4]> = BTreeMap::new();
        for (service, host) in owner.zip(planted).filter(|(_, host)| own.contains(host)) {
            let asks = [service.memory, service.millicores, service.gigabytes, service.gpus];
            loads.entry(*host).or_default().iter_mut().zip(asks).for_each(|(load, asks)| *load += asks);
        }
        let [memory, millicores, gigabytes, gpus] =
            [0, 1, 2, 3].map(|resource| loads.values().map(|load| load[resource]).max().unwrap_or(0));
        kind.overcommit = 10;
        kind.memory = memory + random.u64(0..3);
        kind.millicores = Some(millicores + 50 * random.u64(0..4));
        kind.gigabytes = Some(gigabytes + random.u64(0..10));
        if gpus > 0 {
            kind.gpus = Some(gpus.max(kind.gpus.unwrap_or(0)));
        }
    }
}

/// Takes away what forbids the planted placement.
fn allow(kinds: &[Kind], services: &mut [Spelled], planted: &[usize]) {
    let shelf_of: Vec<_> = kinds.iter().flat_map(|kind| vec![kind.shelf; kind.number()]).collect();
    let arch_of: Vec<_> = kinds.iter().flat_map(|kind| vec![kind.arch; kind.number()]).collect();
    let mut first = 0;
    for service in services {
        let places = &planted[first..first + service.count()];
        first += service.count();
        if service.on.as_ref().is_some_and(|(_, hosts)| !places.iter().all(|host| hosts.contains(host))) {
            service.on = None;
        }
        let zones = match service.apart {
            Some("shelf") => {
                places.iter().map(|&host| shelf_of[host].unwrap_or_default()).collect::<BTreeSet<_>>().len()
            }
            Some("arch") => places.iter().map(|&host| arch_of[host]).collect::<BTreeSet<_>>().len(),
            _ => places.iter().collect::<BTreeSet<_>>().len(),
        };
        if zones < places.len() {
            service.apart = None;
        }
    }
}

/// A kind of host.
struct Kind {
    name: &'static str,
    count: Option<usize>,
    shelf: Option<&'static str>,
    arch: &'static str,
    gpus: Option<u64>,
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
const PRICES: [Price; 4] = [("0", 0), ("1", 1000), ("2.5", 2500), ("7", 7000)];

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
    replicas: Option<usize>,
    apart: Option<&'static str>,
    /// As written, and the hosts it means.
    on: Option<(String, Vec<usize>)>,
    /// Earlier ones.
    needs: Vec<usize>,
}

impl Spelled {
    fn count(&self) -> usize {
        self.replicas.unwrap_or(1)
    }

    fn id(&self) -> String {
        format!("s{}/{}", self.startup + 1, self.name)
    }

    fn containers(&self) -> Vec<String> {
        match self.replicas {
            None => vec![self.id()],
            Some(count) => (1..=count).map(|number| format!("{}.{number}", self.id())).collect(),
        }
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
                gpus: if any_gpu && one_in(random, 5) { 1 } else { 0 },
                replicas,
                apart: replicas.and_then(|_| [Some("host"), Some(shelf), None][random.usize(0..3)]),
                on: one_in(random, 6).then(|| on(random, kinds)),
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
            let kind = if one_in(random, 2) { RuleKind::ApartByHost } else { RuleKind::Together };
            rules.push((kind, bound));
        }
    }
    rules
}

/// Up to all goals in any order; none stands for not saying any.
fn goals(random: &mut Rng) -> Vec<Goal> {
    let mut goals = Goal::ALL;
    random.shuffle(&mut goals);
    goals[..random.usize(0..=goals.len())].to_vec()
}

/// Of nothing, of some containers, or of all, on random hosts: most such placements break something.
fn placement(random: &mut Rng, containers: usize, hosts: usize) -> Vec<Option<usize>> {
    let tenths = [0, 4, 8, 10][random.usize(0..4)];
    (0..containers).map(|_| (random.usize(0..10) < tenths).then(|| random.usize(0..hosts))).collect()
}

impl Spec {
    /// The document.
    pub fn text(&self) -> String {
        // What is written in one of several ways is so by chance, but by the same one each time.
        let mut random = Rng::with_seed(self.seed ^ 0x5eed);
        let mut text = format!("name: random {}\n", self.seed);
        self.write_hosts(&mut random, &mut text);
        self.write_startups(&mut random, &mut text);
        self.write_rules(&mut text);
        self.write_placement(&mut text);
        text
    }

    /// The same document with `extra` quarters of a GiB more memory on every host.
    pub fn with_more_memory(mut self, extra: u64) -> Spec {
        for kind in &mut self.kinds {
            kind.memory += extra;
        }
        self
    }

    /// What the text means.
    pub fn layout(&self) -> Layout {
        let resources = self.resources();
        let hosts: Vec<Host> = self.kinds.iter().flat_map(|kind| kind.spelled_out(&resources)).collect();
        let (demand, mut rules) = self.demand(&resources);
        let written = self.rules.iter().cloned();
        rules.extend(written.map(|(kind, containers)| Rule { kind, containers, at: Place::default() }));
        let is_placed = self.placement.iter().any(Option::is_some);
        Layout {
            name: Some(format!("random {}", self.seed)),
            lab: Lab { resources, hosts },
            demand,
            rules,
            goals: if self.goals.is_empty() { Goal::DEFAULT.to_vec() } else { self.goals.clone() },
            placed_at: if is_placed { vec![None; self.placement.len()] } else { Vec::new() },
            placement: is_placed.then(|| Placement { host_of: self.placement.clone() }),
            stacks: Vec::new(),
            files: vec!["random.yaml".to_owned()],
        }
    }

    /// What at least one host lists.
    fn resources(&self) -> Vec<Resource> {
        let listed = |wanted: fn(&Kind) -> bool| self.kinds.iter().any(wanted);
        let mut resources = Vec::new();
        if listed(|kind| kind.millicores.is_some()) {
            resources.push(Resource::Cpu);
        }
        resources.push(Resource::Memory);
        if listed(|kind| kind.gigabytes.is_some()) {
            resources.push(Resource::Disk);
        }
        if listed(|kind| kind.gpus.is_some()) {
            resources.push(Resource::Named("gpu".to_owned()));
        }
        resources
    }

    fn demand(&self, resources: &[Resource]) -> (Demand, Vec<Rule>) {
        let mut demand = Demand::default();
        let mut rules = Vec::new();
        for (startup, priority) in self.priorities.iter().enumerate() {
            let first = demand.services.len();
            for spelled in self.services.iter().filter(|it| it.startup == startup) {
                let service = demand.services.len();
                let from = demand.containers.len();
                demand.containers.extend(
                    (0..spelled.count())
                        .map(|number| Container { service, replica: spelled.replicas.map(|_| number as u32 + 1) }),
                );
                let containers = from..demand.containers.len();
                if let Some(apart) = spelled.apart.filter(|_| spelled.count() > 1) {
                    let by_label = RuleKind::ApartByLabel(apart.to_owned());
                    let kind = if apart == "host" { RuleKind::ApartByHost } else { by_label };
                    rules.push(Rule { kind, containers: containers.clone().collect(), at: Place::default() });
                }
                demand.services.push(spelled.service(resources, containers));
            }
            demand.startups.push(Startup {
                name: format!("s{}", startup + 1),
                title: None,
                stack: None,
                priority: priority.unwrap_or(1),
                services: first..demand.services.len(),
                at: Place::default(),
            });
        }
        (demand, rules)
    }

    fn write_hosts(&self, random: &mut Rng, text: &mut String) {
        text.push_str("hosts:\n");
        for kind in &self.kinds {
            let _ = writeln!(text, "  {}:", kind.name);
            let mut keys = vec![format!("memory: {}", show_memory(random, kind.memory))];
            keys.extend(kind.count.map(|count| format!("count: {count}")));
            keys.extend(kind.millicores.map(|amount| format!("cpu: {amount}m")));
            keys.extend(kind.gigabytes.map(|amount| format!("disk: {amount}GB")));
            keys.extend(kind.gpus.map(|amount| format!("resources: {{gpu: {amount}}}")));
            let mut reserve = Vec::new();
            if !kind.memory_reserve.0.is_empty() {
                reserve.push(format!("memory: {}", kind.memory_reserve.0));
            }
            if kind.cpu_reserve > 0 {
                reserve.push(format!("cpu: {}m", kind.cpu_reserve));
            }
            if !reserve.is_empty() {
                keys.push(format!("reserve: {{{}}}", reserve.join(", ")));
            }
            if kind.overcommit != 10 {
                keys.push(format!("overcommit: {{cpu: {}.{}}}", kind.overcommit / 10, kind.overcommit % 10));
            }
            let shelf = kind.shelf.map(|shelf| format!(", shelf: {shelf}")).unwrap_or_default();
            keys.push(format!("labels: {{arch: {}{shelf}}}", kind.arch));
            keys.push(format!("watts: {}", kind.watts));
            keys.push(format!("price: {}", kind.price.0));
            match kind.state {
                HostState::Up => {}
                HostState::Drain => keys.push("state: drain".to_owned()),
                HostState::Planned => keys.push("state: planned".to_owned()),
            }
            for key in keys {
                let _ = writeln!(text, "    {key}");
            }
        }
    }

    /// The first startup is made from a stack and changes it where it can; some sizes are named.
    fn write_startups(&self, random: &mut Rng, text: &mut String) {
        let named_size = one_in(random, 2);
        if named_size {
            let size = show_memory(random, self.services[0].memory);
            let _ = writeln!(text, "sizes:\n  first: {{memory: {size}, cpu: {}m}}", self.services[0].millicores);
        }
        let of_stack = one_in(random, 2);
        if of_stack {
            text.push_str("stacks:\n  web:\n");
            for service in self.services.iter().filter(|service| service.startup == 0) {
                // The stack says something else, which the startup then overrides.
                let _ = writeln!(text, "    {}: {{memory: 100GiB}}", service.name);
            }
        }
        text.push_str("startups:\n");
        for (startup, priority) in self.priorities.iter().enumerate() {
            let _ = writeln!(text, "  s{}:", startup + 1);
            if let Some(priority) = priority {
                let _ = writeln!(text, "    priority: {priority}");
            }
            if of_stack && startup == 0 {
                text.push_str("    stack: web\n");
            }
            text.push_str("    containers:\n");
            for (index, service) in self.services.iter().enumerate().filter(|(_, service)| service.startup == startup) {
                // Not where a stack says 100 GiB: what a container says wins over its size.
                let size = named_size && index == 0 && !of_stack;
                let _ = writeln!(text, "      {}: {{{}}}", service.name, self.keys(random, service, size));
            }
        }
    }

    fn keys(&self, random: &mut Rng, service: &Spelled, size: bool) -> String {
        let mut keys = Vec::new();
        if size {
            keys.push("size: first".to_owned());
        } else {
            keys.push(format!("memory: {}", show_memory(random, service.memory)));
            keys.push(format!("cpu: {}m", service.millicores));
        }
        keys.push(format!("disk: {}GB", service.gigabytes));
        if service.gpus > 0 {
            keys.push(format!("resources: {{gpu: {}}}", service.gpus));
        }
        keys.extend(service.replicas.map(|count| format!("replicas: {count}")));
        keys.extend(service.apart.map(|apart| format!("apart: {apart}")));
        keys.extend(service.on.as_ref().map(|(on, _)| format!("on: {on}")));
        if !service.needs.is_empty() {
            let short = |&need: &usize| {
                let need = &self.services[need];
                if need.startup == service.startup { need.name.to_owned() } else { need.id() }
            };
            keys.push(format!("needs: [{}]", service.needs.iter().map(short).collect::<Vec<_>>().join(", ")));
        }
        if one_in(random, 6) {
            keys.push("limit: {memory: 64GiB}".to_owned());
        }
        if one_in(random, 8) {
            keys.push("observed: {memory: 32GiB, source: docker stats, date: 2026-11-01}".to_owned());
        }
        keys.join(", ")
    }

    fn write_rules(&self, text: &mut String) {
        let ids: Vec<String> = self.services.iter().flat_map(Spelled::containers).collect();
        if !self.rules.is_empty() {
            text.push_str("rules:\n");
        }
        for (kind, bound) in &self.rules {
            let key = if *kind == RuleKind::Together { "together" } else { "apart" };
            let names: Vec<&str> = bound.iter().map(|&container| ids[container].as_str()).collect();
            let _ = writeln!(text, "  - {key}: [{}]", names.join(", "));
        }
        if !self.goals.is_empty() {
            let names: Vec<&str> = self.goals.iter().map(|goal| goal.name()).collect();
            let _ = writeln!(text, "goals: [{}]", names.join(", "));
        }
    }

    fn write_placement(&self, text: &mut String) {
        let ids: Vec<String> = self.services.iter().flat_map(Spelled::containers).collect();
        let mut content: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for (id, host) in ids.iter().zip(&self.placement) {
            if let Some(host) = host {
                content.entry(*host).or_default().push(id);
            }
        }
        if !content.is_empty() {
            text.push_str("placement:\n");
        }
        let hosts: Vec<String> = self.kinds.iter().flat_map(Kind::hosts).collect();
        for (host, ids) in content {
            let _ = writeln!(text, "  {}: [{}]", hosts[host], ids.join(", "));
        }
    }
}

impl Kind {
    fn spelled_out(&self, resources: &[Resource]) -> Vec<Host> {
        let capacity = |resource: &Resource| match resource {
            Resource::Cpu => self.millicores.unwrap_or(0),
            Resource::Memory => self.memory * QUARTER,
            Resource::Disk => self.gigabytes.unwrap_or(0) * 1_000_000_000,
            Resource::Named(_) => self.gpus.unwrap_or(0),
        };
        let reserve = |resource: &Resource| match resource {
            Resource::Cpu => self.cpu_reserve,
            Resource::Memory => {
                let (_, thousandths, amount) = self.memory_reserve;
                (capacity(resource) * thousandths).div_ceil(1000).max(amount)
            }
            _ => 0,
        };
        let allocatable = |resource: &Resource| {
            let left = capacity(resource) - reserve(resource);
            if *resource == Resource::Cpu { left * self.overcommit / 10 } else { left }
        };
        let mut labels = BTreeMap::from([("arch".to_owned(), self.arch.to_owned())]);
        labels.extend(self.shelf.map(|shelf| ("shelf".to_owned(), shelf.to_owned())));
        let host = |name: String| Host {
            name,
            kind: self.name.to_owned(),
            title: None,
            capacity: resources.iter().map(capacity).collect(),
            reserve: resources.iter().map(reserve).collect(),
            allocatable: resources.iter().map(allocatable).collect(),
            overcommit: vec![None; resources.len()],
            labels: labels.clone(),
            watts: self.watts * 1000,
            price: self.price.1,
            state: self.state,
            at: Place::default(),
        };
        self.hosts().into_iter().map(host).collect()
    }
}

impl Spelled {
    fn service(&self, resources: &[Resource], containers: std::ops::Range<usize>) -> Service {
        let amount = |resource: &Resource| match resource {
            Resource::Cpu => self.millicores,
            Resource::Memory => self.memory * QUARTER,
            Resource::Disk => self.gigabytes * 1_000_000_000,
            Resource::Named(_) => self.gpus,
        };
        Service {
            startup: self.startup,
            name: self.name.to_owned(),
            title: None,
            request: resources.iter().map(|it| Amount { value: amount(it), origin: Origin::Given }).collect(),
            limit: vec![None; resources.len()],
            observed: None,
            on: self.on.as_ref().map(|(_, hosts)| hosts.clone().into()),
            on_written: self.on.as_ref().map(|(written, _)| written.as_str().into()),
            on_at: Place::default(),
            needs: self.needs.clone(),
            counted: self.replicas.is_some(),
            containers,
            at: Place::default(),
        }
    }
}

/// Quarters of a GiB in one of several ways of writing them.
fn show_memory(random: &mut Rng, quarters: u64) -> String {
    match random.usize(0..4) {
        0 => format!("{}MiB", quarters * 256),
        1 => format!("{}.{:02}GiB", quarters / 4, quarters % 4 * 25),
        2 => format!("{}B", quarters * QUARTER),
        _ => format!("{}m", quarters * 256),
    }
}

fn one_in(random: &mut Rng, number: usize) -> bool {
    random.usize(0..number) == 0
}
