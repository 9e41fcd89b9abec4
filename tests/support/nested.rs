//! Small documents with carriers, and an oracle that looks at every placement of both levels. It shares nothing with the
//! program: what a document means is said here once more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use fastrand::Rng;

/// Memory in MiB and cpu in millicores.
pub type Amounts = [u64; 2];
const RESOURCES: [&str; 2] = ["memory", "cpu"];

pub struct Host {
    pub amounts: Amounts,
    pub zone: usize,
    pub price: u64,
    pub state: State,
    /// In percent of the memory.
    pub target: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Up,
    Drain,
}

/// A service: its startup has its name, with a `t` before it.
#[derive(Clone)]
pub struct Service {
    pub replicas: usize,
    /// Where a carrier asks for `content`, what is written counts for nothing.
    pub amounts: Amounts,
    pub carries: Option<Carries>,
    /// Containers, all replicas spelled out.
    pub inside: Option<Vec<usize>>,
    /// By a label of the carriers.
    pub by_label: bool,
    pub on: Option<Vec<usize>>,
    pub apart: Option<Over>,
    pub spread: Option<Over>,
    pub wish_on: Option<(Vec<usize>, u64)>,
    /// The first of its containers.
    pub first: usize,
}

#[derive(Clone)]
pub struct Carries {
    pub reserve: Amounts,
    /// Twice, of cpu.
    pub twice: bool,
    /// Of memory.
    pub step: u64,
    pub content: [bool; 2],
    pub gold: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Over {
    Host,
    Zone,
    Carrier,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asks {
    Apart,
    Together,
    AtMost(u64, Over),
}

pub struct Rule {
    pub asks: Asks,
    pub containers: Vec<usize>,
    /// A wish of this weight.
    pub weight: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    Hosts,
    Price,
    Target,
    Wishes,
    Balance,
    Carriers,
    Moves,
    Carried,
}

impl Goal {
    fn name(self) -> &'static str {
        match self {
            Goal::Hosts => "fewest-hosts",
            Goal::Price => "cheapest",
            Goal::Target => "within-target",
            Goal::Wishes => "wishes",
            Goal::Balance => "balance",
            Goal::Carriers => "carrier-balance",
            Goal::Moves => "fewest-moves",
            Goal::Carried => "{fewest-moves: memory}",
        }
    }
}

/// Directly on a host, or in a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Spot {
    Host(usize),
    In(usize),
}

pub type Placement = Vec<Option<Spot>>;

pub struct Spec {
    pub hosts: Vec<Host>,
    pub services: Vec<Service>,
    /// The service of each container.
    pub service_of: Vec<usize>,
    pub rules: Vec<Rule>,
    pub goals: Vec<Goal>,
    pub now: Option<Placement>,
    /// Whether the loss of any one host is to be survived, who may stop then, and whether others may move.
    pub survive: Option<(Vec<usize>, bool)>,
}

/// How far a share may be from the best.
const TOLERANCE: f64 = 0.001 + 1e-9;

impl Spec {
    pub fn random(seed: u64) -> Spec {
        let rng = &mut Rng::with_seed(seed);
        let roomy = rng.u64(0..6);
        let hosts: Vec<Host> = (0..rng.usize(2..=3))
            .map(|_| Host {
                amounts: [rng.u64(8..=14) + 4 * roomy, (rng.u64(10..=20) + 3 * roomy) * 100],
                zone: rng.usize(0..2),
                price: rng.u64(1..4),
                state: if rng.u64(0..10) == 0 { State::Drain } else { State::Up },
                target: (rng.u64(0..8) == 0).then(|| rng.u64(40..90)),
            })
            .collect();
        let mut spec = Spec {
            hosts,
            services: Vec::new(),
            service_of: Vec::new(),
            rules: Vec::new(),
            goals: Vec::new(),
            now: None,
            survive: None,
        };
        let grows = rng.u64(0..3) == 0;
        for _ in 0..rng.usize(1..=2) {
            spec.carrier(rng, None, grows);
        }
        if rng.u64(0..6) == 0 {
            let outer: Vec<usize> = spec.carriers();
            spec.carrier(rng, Some(outer), grows);
        }
        for _ in 0..rng.usize(0..=2) {
            let service = spec.plain(rng, 1..=4);
            spec.add(service);
        }
        while spec.service_of.len() < 6 || rng.bool() && spec.service_of.len() < 8 {
            let mut service = spec.plain(rng, 1..=3);
            service.inside = Some(spec.some_carriers(rng));
            service.replicas = rng.usize(1..=2).min(8 - spec.service_of.len().min(7));
            spec.label(rng, &mut service);
            spec.add(service);
        }
        // What carries only what it holds holds something.
        let held: BTreeSet<usize> = spec.services.iter().flat_map(|it| it.inside.iter().flatten().copied()).collect();
        for service in &mut spec.services {
            let used = (service.first..service.first + service.replicas).any(|it| held.contains(&it));
            if let Some(carries) = service.carries.as_mut().filter(|_| !used) {
                carries.content = [false; 2];
            }
        }
        spec.rules(rng);
        let all = [
            Goal::Hosts,
            Goal::Price,
            Goal::Target,
            Goal::Wishes,
            Goal::Balance,
            Goal::Carriers,
            Goal::Moves,
            Goal::Carried,
        ];
        let mut goals = all.to_vec();
        rng.shuffle(&mut goals);
        goals.truncate(rng.usize(1..=4));
        if let Some(at) = goals.iter().position(|it| *it == Goal::Balance)
            && !goals.contains(&Goal::Carriers)
        {
            goals.insert(at + 1, Goal::Carriers);
        }
        let targets = spec.hosts.iter().any(|host| host.target.is_some());
        let wishes =
            spec.rules.iter().any(|rule| rule.weight.is_some()) || spec.services.iter().any(|it| it.wish_on.is_some());
        if wishes && !goals.contains(&Goal::Wishes) {
            let at = goals.iter().position(|it| *it == Goal::Balance).unwrap_or(goals.len());
            goals.insert(at, Goal::Wishes);
        }
        if targets && !goals.contains(&Goal::Target) {
            let at = goals.iter().position(|it| matches!(it, Goal::Wishes | Goal::Balance)).unwrap_or(goals.len());
            goals.insert(at, Goal::Target);
        }
        spec.goals = goals;
        if rng.bool() {
            spec.now = Some(spec.somewhere(rng));
        }
        if rng.u64(0..4) == 0 {
            let except = (0..spec.service_of.len()).filter(|_| rng.u64(0..4) == 0).collect();
            spec.survive = Some((except, rng.u64(0..3) == 0));
        }
        spec
    }

    fn add(&mut self, mut service: Service) {
        service.first = self.service_of.len();
        self.service_of.extend(std::iter::repeat_n(self.services.len(), service.replicas));
        self.services.push(service);
    }

    fn carriers(&self) -> Vec<usize> {
        (0..self.service_of.len()).filter(|&it| self.service(it).carries.is_some()).collect()
    }

    fn service(&self, container: usize) -> &Service {
        &self.services[self.service_of[container]]
    }

    fn plain(&self, rng: &mut Rng, memory: std::ops::RangeInclusive<u64>) -> Service {
        let some_hosts = |rng: &mut Rng| {
            let mut hosts: Vec<usize> = (0..self.hosts.len()).filter(|_| rng.bool()).collect();
            if hosts.is_empty() {
                hosts.push(0);
            }
            hosts
        };
        Service {
            replicas: 1,
            amounts: [rng.u64(memory), rng.u64(0..4) * 100],
            carries: None,
            inside: None,
            by_label: false,
            on: (rng.u64(0..7) == 0).then(|| some_hosts(rng)),
            apart: None,
            spread: None,
            wish_on: (rng.u64(0..9) == 0).then(|| (some_hosts(rng), rng.u64(1..4))),
            first: 0,
        }
    }

    fn carrier(&mut self, rng: &mut Rng, inside: Option<Vec<usize>>, grows: bool) {
        let mut service = self.plain(rng, 4..=9);
        service.replicas = if inside.is_some() { 1 } else { rng.usize(1..=2) };
        if inside.is_some() {
            service.amounts = [rng.u64(2..=4), rng.u64(2..=5) * 100];
        } else {
            service.amounts[1] = rng.u64(4..=9) * 100;
        }
        let content = [grows && rng.bool(), grows && rng.u64(0..4) == 0];
        service.carries = Some(Carries {
            reserve: [rng.u64(0..2), rng.u64(0..2) * 100],
            twice: rng.u64(0..3) == 0,
            step: if content[0] { rng.u64(1..=3) } else { 1 },
            content,
            gold: rng.bool(),
        });
        if service.replicas > 1 && rng.bool() {
            service.apart = Some(Over::Host);
        }
        service.inside = inside;
        self.add(service);
    }

    fn some_carriers(&self, rng: &mut Rng) -> Vec<usize> {
        let carriers = self.carriers();
        let mut some: Vec<usize> = carriers.iter().copied().filter(|_| rng.u64(0..3) > 0).collect();
        if some.is_empty() {
            some.push(carriers[rng.usize(0..carriers.len())]);
        }
        some
    }

    fn label(&self, rng: &mut Rng, service: &mut Service) {
        let gold = |it: &usize| self.service(*it).carries.as_ref().is_some_and(|it| it.gold);
        let labelled: Vec<usize> = self.carriers().into_iter().filter(gold).collect();
        if rng.u64(0..5) == 0 && !labelled.is_empty() {
            (service.inside, service.by_label) = (Some(labelled), true);
        }
        if service.replicas > 1 {
            let over = [Over::Host, Over::Zone, Over::Carrier][rng.usize(0..3)];
            match rng.u64(0..4) {
                0 | 1 => service.apart = Some(over),
                2 => service.spread = Some(over),
                _ => {}
            }
        }
    }

    fn rules(&mut self, rng: &mut Rng) {
        for _ in 0..rng.usize(0..=2) {
            let mut containers: Vec<usize> = (0..self.service_of.len()).filter(|_| rng.u64(0..3) == 0).collect();
            if rng.bool() {
                containers.retain(|&it| self.service(it).inside.is_some());
            }
            containers.truncate(3);
            if containers.len() < 2 {
                continue;
            }
            let over = [Over::Host, Over::Zone, Over::Carrier][rng.usize(0..3)];
            let asks = match rng.u64(0..3) {
                0 => Asks::Apart,
                1 => Asks::Together,
                _ => Asks::AtMost(rng.u64(1..=2), over),
            };
            let weight = rng.bool().then(|| rng.u64(1..4));
            self.rules.push(Rule { asks, containers, weight });
        }
    }

    /// Anywhere, carriers placed where they may be, some not at all.
    fn somewhere(&self, rng: &mut Rng) -> Placement {
        let mut now: Placement = vec![None; self.service_of.len()];
        for (container, spot) in now.iter_mut().enumerate() {
            let choices: Vec<Spot> = self.choices(container).collect();
            if rng.u64(0..8) > 0 && !choices.is_empty() {
                *spot = Some(choices[rng.usize(0..choices.len())]);
            }
        }
        // What is in a carrier that is nowhere is nowhere.
        for container in 0..now.len() {
            if self.machine(&now, container).is_none() {
                now[container] = None;
            }
        }
        now
    }

    fn choices(&self, container: usize) -> impl Iterator<Item = Spot> + '_ {
        let inside = self.service(container).inside.as_ref();
        let hosts = inside.is_none().then_some(0..self.hosts.len()).into_iter().flatten().map(Spot::Host);
        hosts.chain(inside.into_iter().flatten().map(|&it| Spot::In(it)))
    }

    /// The document.
    pub fn text(&self) -> String {
        let mut out = String::from("hosts:\n");
        for (nth, host) in self.hosts.iter().enumerate() {
            let [memory, cpu] = host.amounts;
            let state = if host.state == State::Drain { ", state: drain" } else { "" };
            let target = host.target.map_or_else(String::new, |target| format!(", target: {{memory: {target}%}}"));
            let (zone, price) = (host.zone, host.price);
            writeln!(out, "  h{nth}: {{memory: {memory}MiB, cpu: {cpu}m, labels: {{zone: z{zone}}}, price: {price}{state}{target}}}")
                .expect("a string");
        }
        out.push_str("startups:\n");
        for (nth, service) in self.services.iter().enumerate() {
            writeln!(out, "  t{nth}: {{containers: {{c: {{{}}}}}}}", self.keys(service).join(", ")).expect("a string");
        }
        if !self.rules.is_empty() || self.survive.is_some() {
            out.push_str("rules:\n");
        }
        for rule in &self.rules {
            let ids: Vec<String> = rule.containers.iter().map(|&it| self.id(it)).collect();
            let ids = format!("[{}]", ids.join(", "));
            let asks = match rule.asks {
                Asks::Apart => format!("apart: {ids}"),
                Asks::Together => format!("together: {ids}"),
                Asks::AtMost(count, over) => format!("at-most: {{count: {count}, per: {}, of: {ids}}}", name(over)),
            };
            match rule.weight {
                Some(weight) => writeln!(out, "  - prefer: {{{asks}, weight: {weight}}}"),
                None => writeln!(out, "  - {asks}"),
            }
            .expect("a string");
        }
        if let Some((except, moves)) = &self.survive {
            let ids: Vec<String> = except.iter().map(|&it| self.id(it)).collect();
            let except = if ids.is_empty() { String::new() } else { format!(", except: [{}]", ids.join(", ")) };
            let moves = if *moves { ", moves: allowed" } else { "" };
            writeln!(out, "  - {{survive: 1{except}{moves}}}").expect("a string");
        }
        let goals: Vec<&str> = self.goals.iter().map(|goal| goal.name()).collect();
        writeln!(out, "goals: [{}]", goals.join(", ")).expect("a string");
        if let Some(now) = &self.now {
            let mut by_spot: BTreeMap<Spot, Vec<String>> = BTreeMap::new();
            for (container, spot) in now.iter().enumerate() {
                spot.iter().for_each(|spot| by_spot.entry(*spot).or_default().push(self.id(container)));
            }
            out.push_str(if by_spot.is_empty() { "placement: {}\n" } else { "placement:\n" });
            for (spot, ids) in by_spot {
                writeln!(out, "  {}: [{}]", self.spot_name(spot), ids.join(", ")).expect("a string");
            }
        }
        out
    }

    fn keys(&self, service: &Service) -> Vec<String> {
        let mut keys = Vec::new();
        for (resource, name) in RESOURCES.iter().enumerate() {
            let unit = ["MiB", "m"][resource];
            match service.carries.as_ref().is_some_and(|it| it.content[resource]) {
                true => keys.push(format!("{name}: content")),
                false => keys.push(format!("{name}: {}{unit}", service.amounts[resource])),
            }
        }
        if service.replicas > 1 {
            keys.push(format!("replicas: {}", service.replicas));
        }
        if let Some(carries) = &service.carries {
            let [memory, cpu] = carries.reserve;
            let mut parts = vec![format!("reserve: {{memory: {memory}MiB, cpu: {cpu}m}}")];
            if carries.twice {
                parts.push("overcommit: {cpu: 2}".to_owned());
            }
            if carries.content[0] {
                parts.push(format!("step: {{memory: {}MiB}}", carries.step));
            }
            keys.push(format!("carries: {{{}}}", parts.join(", ")));
            if carries.gold {
                keys.push("labels: {metal: gold}".to_owned());
            }
        }
        if let Some(inside) = &service.inside {
            let ids: Vec<String> = inside.iter().map(|&it| self.id(it)).collect();
            match service.by_label {
                true => keys.push("inside: {metal: gold}".to_owned()),
                false => keys.push(format!("inside: [{}]", ids.join(", "))),
            }
        }
        let hosts = |hosts: &[usize]| hosts.iter().map(|host| format!("h{host}")).collect::<Vec<_>>().join(", ");
        keys.extend(service.on.iter().map(|on| format!("on: [{}]", hosts(on))));
        keys.extend(service.apart.iter().map(|over| format!("apart: {}", name(*over))));
        keys.extend(service.spread.iter().map(|over| format!("spread: {}", name(*over))));
        let wish = service.wish_on.iter();
        keys.extend(wish.map(|(on, weight)| format!("prefer: {{on: [{}], weight: {weight}}}", hosts(on))));
        keys
    }

    pub fn id(&self, container: usize) -> String {
        let service = self.service_of[container];
        match self.services[service].replicas {
            1 => format!("t{service}/c"),
            _ => format!("t{service}/c.{}", container - self.services[service].first + 1),
        }
    }

    fn spot_name(&self, spot: Spot) -> String {
        match spot {
            Spot::Host(host) => format!("h{host}"),
            Spot::In(carrier) => self.id(carrier),
        }
    }

    fn machine(&self, placement: &Placement, container: usize) -> Option<usize> {
        match placement[container]? {
            Spot::Host(host) => Some(host),
            Spot::In(carrier) => self.machine(placement, carrier),
        }
    }

    /// What a container asks for where it holds what it does.
    fn asks(&self, placement: &Placement, container: usize) -> Amounts {
        let service = self.service(container);
        let Some(carries) = &service.carries else { return service.amounts };
        let held = self.held(placement, Spot::In(container));
        let size = |resource: usize| {
            if !carries.content[resource] {
                return service.amounts[resource];
            }
            let promised = if resource == 1 && carries.twice { held[1].div_ceil(2) } else { held[resource] };
            let all = carries.reserve[resource] + promised;
            if resource == 0 { all.div_ceil(carries.step) * carries.step } else { all }
        };
        [size(0), size(1)]
    }

    fn held(&self, placement: &Placement, spot: Spot) -> Amounts {
        let its = (0..placement.len()).filter(|&it| placement[it] == Some(spot));
        its.fold([0; 2], |sum, it| {
            let asks = self.asks(placement, it);
            [sum[0] + asks[0], sum[1] + asks[1]]
        })
    }

    /// What a carrier offers; nothing is said of what it grows with.
    fn offers(&self, carrier: usize) -> [Option<u64>; 2] {
        let service = self.service(carrier);
        let Some(carries) = &service.carries else { return [Some(0); 2] };
        let left = |resource: usize| service.amounts[resource].saturating_sub(carries.reserve[resource]);
        let cpu = left(1) * if carries.twice { 2 } else { 1 };
        [(!carries.content[0]).then(|| left(0)), (!carries.content[1]).then_some(cpu)]
    }

    fn domain(&self, placement: &Placement, container: usize, over: Over) -> Option<(u8, usize)> {
        let machine = self.machine(placement, container)?;
        Some(match (over, placement[container]?) {
            (Over::Host, _) => (0, machine),
            (Over::Zone, _) => (1, self.hosts[machine].zone),
            (Over::Carrier, Spot::Host(host)) => (0, host),
            (Over::Carrier, Spot::In(carrier)) => (2, carrier),
        })
    }

    fn counts(&self, placement: &Placement, containers: &[usize], over: Over) -> BTreeMap<(u8, usize), u64> {
        let mut counts = BTreeMap::new();
        for &container in containers {
            if let Some(domain) = self.domain(placement, container, over) {
                *counts.entry(domain).or_default() += 1;
            }
        }
        counts
    }

    /// Whether together means one carrier.
    fn lie(&self, containers: &[usize]) -> bool {
        containers.iter().all(|&it| self.service(it).inside.is_some())
    }

    /// In how many places what is to be together is: how many are with the most, and how many there are.
    fn gathered(&self, placement: &Placement, containers: &[usize]) -> (u64, u64) {
        let over = if self.lie(containers) { Over::Carrier } else { Over::Host };
        let counts = self.counts(placement, containers, over);
        (counts.values().max().copied().unwrap_or(0), counts.values().sum())
    }

    /// Whether replicas are spread evenly.
    fn is_even(&self, placement: &Placement, service: &Service, over: Over) -> bool {
        let replicas: Vec<usize> = (service.first..service.first + service.replicas).collect();
        if replicas.len() < 2 || replicas.iter().any(|&it| self.machine(placement, it).is_none()) {
            return true;
        }
        let takes = |host: usize| {
            self.hosts[host].state == State::Up && service.on.as_ref().is_none_or(|on| on.contains(&host))
        };
        let mut held: BTreeMap<(u8, usize), u64> = BTreeMap::new();
        // As if one more were there: the domains that count.
        let mut probe = placement.clone();
        for spot in self.choices(replicas[0]) {
            probe[replicas[0]] = Some(spot);
            let machine = self.machine(&probe, replicas[0]);
            if machine.is_some_and(takes) {
                held.extend(self.domain(&probe, replicas[0], over).map(|domain| (domain, 0)));
            }
        }
        for &replica in &replicas {
            if self.machine(placement, replica).is_some_and(takes)
                && let Some(domain) = self.domain(placement, replica, over)
            {
                *held.entry(domain).or_default() += 1;
            }
        }
        held.values().max().unwrap_or(&0) - held.values().min().unwrap_or(&0) <= 1
    }

    /// Whether a placement keeps all budgets and rules, `before` being what ran, `gone` hosts lost; evenly only with `even`.
    fn is_right(&self, placement: &Placement, before: Option<&Placement>, gone: Option<usize>, even: bool) -> bool {
        for (nth, host) in self.hosts.iter().enumerate() {
            let held = self.held(placement, Spot::Host(nth));
            if (0..2).any(|it| held[it] > host.amounts[it]) {
                return false;
            }
        }
        for carrier in self.carriers() {
            let (held, offers) = (self.held(placement, Spot::In(carrier)), self.offers(carrier));
            if (0..2).any(|it| offers[it].is_some_and(|offers| held[it] > offers)) {
                return false;
            }
        }
        for (container, spot) in placement.iter().enumerate() {
            let Some(spot) = *spot else { continue };
            let Some(machine) = self.machine(placement, container) else { return false };
            let service = self.service(container);
            let fits = match (spot, &service.inside) {
                (Spot::Host(_), inside) => inside.is_none(),
                (Spot::In(carrier), Some(inside)) => inside.contains(&carrier),
                (Spot::In(_), None) => false,
            };
            let stood = before.is_some_and(|before| self.machine(before, container) == Some(machine));
            let drained = self.hosts[machine].state == State::Drain && !stood;
            if !fits || drained || gone == Some(machine) || service.on.as_ref().is_some_and(|on| !on.contains(&machine))
            {
                return false;
            }
        }
        for service in &self.services {
            let replicas: Vec<usize> = (service.first..service.first + service.replicas).collect();
            let apart = service.apart.filter(|_| replicas.len() > 1);
            if apart.is_some_and(|over| self.counts(placement, &replicas, over).values().any(|count| *count > 1)) {
                return false;
            }
            if even && service.spread.is_some_and(|over| !self.is_even(placement, service, over)) {
                return false;
            }
        }
        self.rules.iter().filter(|rule| rule.weight.is_none()).all(|rule| match rule.asks {
            Asks::Apart => self.counts(placement, &rule.containers, Over::Host).values().all(|count| *count < 2),
            Asks::AtMost(most, over) => {
                self.counts(placement, &rule.containers, over).values().all(|count| *count <= most)
            }
            Asks::Together => {
                let (most, all) = self.gathered(placement, &rule.containers);
                most == all
            }
        })
    }

    /// All carriers are as large as what they hold of memory, where they hold anything.
    pub fn grow(&mut self) {
        let held: BTreeSet<usize> = self.services.iter().flat_map(|it| it.inside.iter().flatten().copied()).collect();
        for service in &mut self.services {
            let holds = (service.first..service.first + service.replicas).any(|it| held.contains(&it));
            if let Some(carries) = service.carries.as_mut().filter(|_| holds) {
                carries.content[0] = true;
            }
        }
    }

    /// Takes memory from hosts as long as a placement stays right.
    pub fn tighten(&mut self, placement: &Placement) {
        for host in 0..self.hosts.len() {
            while self.hosts[host].amounts[0] > 1 {
                self.hosts[host].amounts[0] -= 1;
                if !self.is_right_now(placement) {
                    self.hosts[host].amounts[0] += 1;
                    break;
                }
            }
        }
    }

    /// A placement of all, right or not, each mostly where it may be.
    pub fn scatter(&self, rng: &mut Rng) -> Placement {
        let mut placement: Placement = vec![None; self.service_of.len()];
        for (container, spot) in placement.iter_mut().enumerate() {
            let choices: Vec<Spot> = self.choices(container).collect();
            *spot = Some(choices[rng.usize(0..choices.len())]);
        }
        placement
    }

    /// Whether a whole placement keeps all budgets and rules.
    pub fn is_right_now(&self, placement: &Placement) -> bool {
        self.is_right(placement, self.now.as_ref(), None, true)
    }

    /// Whether what is placed of one keeps all budgets and rules, draining hosts holding what they held.
    pub fn may_run(&self, placement: &Placement) -> bool {
        self.is_right(placement, self.now.as_ref(), None, true)
    }

    fn survives(&self, placement: &Placement) -> bool {
        self.survive.is_none() || (0..self.hosts.len()).all(|host| self.survives_loss(placement, host))
    }

    fn survives_loss(&self, placement: &Placement, host: usize) -> bool {
        let Some((except, moves)) = &self.survive else { return true };
        let mut left = placement.clone();
        let mut open = Vec::new();
        for (container, spot) in left.iter_mut().enumerate() {
            let lost = self.machine(placement, container) == Some(host);
            let carrier = self.service(container).carries.is_some();
            if lost {
                *spot = None;
                if !carrier && !except.contains(&container) {
                    open.push(container);
                }
            } else if *moves && !carrier {
                open.push(container);
            }
        }
        let stood = left.clone();
        open.iter().for_each(|&it| left[it] = None);
        self.any(&mut left, &open, &mut |after| self.is_right(after, Some(&stood), Some(host), false))
    }

    /// Whether any way to place `open` passes.
    fn any(&self, placement: &mut Placement, open: &[usize], passes: &mut dyn FnMut(&Placement) -> bool) -> bool {
        let Some((&container, rest)) = open.split_first() else { return passes(placement) };
        let choices: Vec<Spot> = self.choices(container).collect();
        for spot in choices {
            // Not in a carrier that is gone.
            if let Spot::In(carrier) = spot
                && placement[carrier].is_none()
                && !open.contains(&carrier)
            {
                continue;
            }
            placement[container] = Some(spot);
            if self.any(placement, rest, passes) {
                placement[container] = None;
                return true;
            }
        }
        placement[container] = None;
        false
    }

    /// What a placement is worth by each goal: numbers, and of balance how full all are, the fullest first.
    pub fn worth(&self, placement: &Placement) -> Vec<Vec<f64>> {
        self.goals.iter().map(|&goal| self.worth_by(placement, goal)).collect()
    }

    fn worth_by(&self, placement: &Placement, goal: Goal) -> Vec<f64> {
        let used: BTreeSet<usize> = (0..placement.len()).filter_map(|it| self.machine(placement, it)).collect();
        let moved = || {
            let now = self.now.iter();
            now.flat_map(|now| (0..placement.len()).filter(|&it| now[it].is_some() && now[it] != placement[it]))
        };
        let sorted = |mut levels: Vec<f64>| {
            levels.sort_by(|a, b| b.total_cmp(a));
            levels
        };
        match goal {
            Goal::Hosts => vec![used.len() as f64],
            Goal::Price => vec![used.iter().map(|&host| self.hosts[host].price as f64).sum()],
            Goal::Target => {
                let above = |(nth, host): (usize, &Host)| {
                    let held = self.held(placement, Spot::Host(nth))[0];
                    let target = host.amounts[0] * 1_048_576 * host.target.unwrap_or(100) / 100;
                    let over = (held * 1_048_576).saturating_sub(target);
                    (over * 1_000_000).div_ceil(host.amounts[0] * 1_048_576) as f64 / 1e6
                };
                vec![self.hosts.iter().enumerate().map(above).sum()]
            }
            Goal::Wishes => vec![self.unmet(placement) as f64],
            Goal::Balance => sorted(
                (self.hosts.iter().enumerate())
                    .map(|(nth, host)| {
                        let held = self.held(placement, Spot::Host(nth));
                        (0..2).map(|it| held[it] as f64 / host.amounts[it] as f64).fold(0.0, f64::max)
                    })
                    .collect(),
            ),
            Goal::Carriers => sorted(
                (self.carriers().into_iter())
                    .map(|carrier| {
                        let (held, offers) = (self.held(placement, Spot::In(carrier)), self.offers(carrier));
                        let share =
                            |it: usize| offers[it].filter(|it| *it > 0).map_or(0.0, |of| held[it] as f64 / of as f64);
                        share(0).max(share(1))
                    })
                    .collect(),
            ),
            Goal::Moves => vec![moved().count() as f64],
            Goal::Carried => vec![moved().map(|it| self.asks(placement, it)[0] as f64 * 1_048_576.0).sum()],
        }
    }

    fn unmet(&self, placement: &Placement) -> u64 {
        let mut sum = 0;
        for rule in &self.rules {
            let Some(weight) = rule.weight else { continue };
            let beyond = |over: Over, most: u64| {
                let counts = self.counts(placement, &rule.containers, over);
                counts.values().map(|count| count.saturating_sub(most)).sum::<u64>()
            };
            sum += weight
                * match rule.asks {
                    Asks::Apart => beyond(Over::Host, 1),
                    Asks::AtMost(most, over) => beyond(over, most),
                    Asks::Together => {
                        let (most, all) = self.gathered(placement, &rule.containers);
                        all - most
                    }
                };
        }
        for container in 0..placement.len() {
            if let Some((on, weight)) = &self.service(container).wish_on {
                sum +=
                    self.machine(placement, container).map_or(0, |host| if on.contains(&host) { 0 } else { *weight });
            }
        }
        sum
    }

    /// Every placement that is an answer.
    pub fn answers(&self) -> Vec<Placement> {
        let (mut all, mut placement) = (Vec::new(), vec![None; self.service_of.len()]);
        // Carriers first: what is in one needs its host.
        let mut order: Vec<usize> = (0..placement.len()).collect();
        order.sort_by_key(|&it| (self.service(it).inside.is_some(), self.service(it).carries.is_none()));
        self.any(&mut placement, &order, &mut |whole| {
            if self.is_right(whole, self.now.as_ref(), None, true) {
                all.push(whole.clone());
            }
            false
        });
        all.retain(|whole| self.survives(whole));
        all
    }

    /// Some placements of all but some containers, right or not.
    pub fn standing(&self, without: &std::ops::Range<usize>) -> Vec<Placement> {
        let rng = &mut Rng::with_seed(self.count());
        let scattered = (0..40).map(|_| self.scatter(rng));
        let left_out = |mut it: Placement| {
            it[without.clone()].iter_mut().for_each(|spot| *spot = None);
            it
        };
        scattered.map(left_out).collect()
    }

    /// How many startups can be placed whole at the most, whoever lies in a carrier with that.
    pub fn most_startups(&self) -> usize {
        let all = self.services.len();
        let fits = |some: usize| {
            let mut order: Vec<usize> =
                (0..self.service_of.len()).filter(|&it| some >> self.service_of[it] & 1 == 1).collect();
            order.sort_by_key(|&it| (self.service(it).inside.is_some(), self.service(it).carries.is_none()));
            let passes = &mut |placed: &Placement| self.is_right(placed, None, None, true);
            self.any(&mut vec![None; self.service_of.len()], &order, passes)
        };
        let mut sets: Vec<usize> = (0..1 << all).collect();
        sets.sort_by_key(|some| std::cmp::Reverse(some.count_ones()));
        sets.into_iter().find(|&some| fits(some)).map_or(0, |some| some.count_ones() as usize)
    }

    /// How many placements there are, right or not.
    pub fn count(&self) -> u64 {
        (0..self.service_of.len()).map(|it| self.choices(it).count() as u64).product()
    }

    /// What is wrong with the worth of a placement that is said to be the best of `answers`, or with its `values`.
    pub fn fault(&self, answers: &[Placement], placement: &Placement, values: &[f64]) -> Option<String> {
        let own = self.worth(placement);
        for ((value, own), goal) in values.iter().zip(&own).zip(&self.goals) {
            let rough = if matches!(goal, Goal::Balance | Goal::Carriers | Goal::Target) { 1e-5 } else { 1e-9 };
            if (value - own[0]).abs() > rough {
                return Some(format!("{goal:?} is {} and said to be {value}", own[0]));
            }
        }
        let mut rivals: Vec<Vec<Vec<f64>>> = answers.iter().map(|it| self.worth(it)).collect();
        for (nth, own) in own.iter().enumerate() {
            let is_balance = matches!(self.goals[nth], Goal::Balance | Goal::Carriers);
            let tolerance = if is_balance { TOLERANCE } else { 1e-9 };
            if let Some(better) = rivals.iter().find(|rival| own[0] - rival[nth][0] > tolerance) {
                return Some(format!("{:?} is {own:?} and could be {:?}", self.goals[nth], better[nth]));
            }
            rivals.retain(|rival| keeps(&rival[nth], own, tolerance));
        }
        None
    }
}

/// Whether the first is as good as the second.
fn keeps(rival: &[f64], own: &[f64], tolerance: f64) -> bool {
    let told = rival.iter().zip(own).find(|(a, b)| **a - **b > 1e-9 || **b - **a > tolerance);
    told.is_none_or(|(a, b)| a < b)
}

fn name(over: Over) -> &'static str {
    match over {
        Over::Host => "host",
        Over::Zone => "zone",
        Over::Carrier => "carrier",
    }
}
