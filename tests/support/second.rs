//! A second verifier of certificates, written from docs/certificate.md alone. It shares the model with the program, and
//! nothing else: neither the types of certificates nor the referee of proofs. Slow and plain, for documents of about
//! ten items: what a host can hold is found by looking at every set of items.

use std::collections::{BTreeMap, BTreeSet};

use bayplan::check::{check, check_failovers};
use bayplan::model::{ContainerIndex, Failover, HostIndex, HostState, Layout, Placement, RuleKind, Topology};
use serde_json::{Map, Value};

/// What is wrong with a certificate.
pub type Wrong = String;
type Verdict = Result<(), Wrong>;

fn wrong<T>(why: impl Into<String>) -> Result<T, Wrong> {
    Err(why.into())
}

/// Whether all that `certificate` claims of `layout` holds.
pub fn verify(layout: &Layout, certificate: &Value, keep: bool) -> Verdict {
    let file =
        map(certificate, &["schema", "document", "keep", "verdict", "placement", "failovers", "goals", "proof"])?;
    if file.get("schema").and_then(Value::as_str) != Some("bayplan/certificate/1") {
        return wrong("schema");
    }
    if file.get("document").and_then(Value::as_str) != Some(&digest(layout)) {
        return wrong("document");
    }
    if file.get("keep").map_or(Some(false), Value::as_bool) != Some(keep) {
        return wrong("keep");
    }
    let lab = Problem::new(layout, keep);
    match file.get("verdict").and_then(Value::as_str) {
        Some("infeasible") if file.contains_key("placement") || file.contains_key("goals") => wrong("a placement, too"),
        Some("infeasible") => match file.get("proof") {
            Some(Value::String(kept)) if kept == "kept" => {
                let standing = layout.placement.as_ref().filter(|_| keep).ok_or("nothing is to stay")?;
                let breaks = check(layout, standing, Some(standing));
                let breaks = breaks.iter().any(|found| found.kind != bayplan::check::ViolationKind::Unplaced);
                if breaks { Ok(()) } else { wrong("what stands breaks nothing") }
            }
            Some(proof) => lab.nothing_fits(&lab.scene(&Limits::default(), None)?, proof),
            None => wrong("no proof"),
        },
        Some(verdict @ ("optimal" | "feasible")) => lab.placed(file, verdict == "optimal"),
        _ => wrong("verdict"),
    }
}

/// What the agents of a host that is there ask for.
fn agents(layout: &Layout, host: usize) -> Vec<u64> {
    let there = layout.lab.hosts[HostIndex(host)].state != HostState::Planned;
    let runs = |every: &bayplan::model::Every| there && every.hosts.contains(&HostIndex(host));
    let here = layout.demand.services.iter().filter(|service| service.every.as_ref().is_some_and(runs));
    let sum = |r: usize| here.clone().map(|service| service.request[r].value).sum();
    layout.lab.of_hosts().map(sum).collect()
}

/// The digest of a document.
fn digest(layout: &Layout) -> String {
    let list = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
    let mut lines = vec![format!("resources {}", layout.lab.resources.len())];
    for host in &layout.lab.hosts {
        let state = match host.state {
            HostState::Up => "up",
            HostState::Drain => "drain",
            HostState::Planned => "planned",
        };
        lines.push(format!("host {state} {} {} {}", host.price, host.watts, list(&host.allocatable)));
    }
    for container in &layout.demand.containers {
        let service = &layout.demand.services[container.service];
        let asks: Vec<u64> = service.request.iter().map(|amount| amount.value).collect();
        let on = match &service.on {
            None => "any".to_owned(),
            Some(hosts) => list(&hosts.iter().map(|host| host.0 as u64).collect::<Vec<_>>()),
        };
        lines.push(format!("container {} on {on}", list(&asks)));
    }
    for service in &layout.demand.services {
        if let Some(every) = &service.every {
            let asks: Vec<u64> = service.request.iter().map(|amount| amount.value).collect();
            let hosts: Vec<u64> = every.hosts.iter().map(|host| host.0 as u64).collect();
            lines.push(format!("agent {} on {}", list(&asks), list(&hosts)));
        }
    }
    let spelled = |by: &Topology| match by {
        Topology::Host | Topology::Carrier | Topology::Lab => by.name().to_owned(),
        Topology::Label(label) => list(&zones(layout, label).into_iter().map(|zone| zone as u64).collect::<Vec<u64>>()),
    };
    for rule in &layout.rules {
        let kind = match &rule.kind {
            RuleKind::Together => "together".to_owned(),
            RuleKind::ApartByCarrier => unreachable!("nothing carries anything"),
            RuleKind::ApartByHost => "apart".to_owned(),
            RuleKind::AtMost { count, per } => format!("at most {count} per {}", spelled(per)),
            RuleKind::Spread { over, skew } => format!("spread {skew} over {}", spelled(over)),
            RuleKind::ApartByLabel(label) => {
                let zones: Vec<u64> = zones(layout, label).into_iter().map(|zone| zone as u64).collect();
                format!("apart by {}", list(&zones))
            }
        };
        let containers: Vec<u64> = rule.containers.iter().map(|container| container.0 as u64).collect();
        lines.push(format!("{kind} {}", list(&containers)));
    }
    for service in &layout.demand.services {
        let all: Vec<u64> = service.containers.clone().map(|container| container.0 as u64).collect();
        if let Some(keep) = service.keep.filter(|keep| *keep < all.len()) {
            lines.push(format!("keep {keep} of {}", list(&all)));
        }
    }
    if let Some(survive) = &layout.survive {
        let except: Vec<u64> = survive.except.iter().map(|container| container.0 as u64).collect();
        let moves = if survive.moves { "allowed" } else { "none" };
        let zones = |label: &String| {
            let zones: Vec<u64> = zones(layout, label).into_iter().map(|zone| zone as u64).collect();
            format!(" any {}", list(&zones))
        };
        let labels: String = survive.labels.iter().map(zones).collect();
        lines.push(format!("survive {}{labels} moves {moves} except {}", survive.hosts, list(&except)));
    }
    let judged: Vec<u64> =
        judged(layout).iter().enumerate().filter(|(_, judged)| **judged).map(|(r, _)| r as u64).collect();
    let goals = layout.goals.iter().map(|goal| match goal.name() {
        "balance" => format!("balance {}", list(&judged)),
        name => name.to_owned(),
    });
    lines.push(format!("goals {}", goals.collect::<Vec<_>>().join(" ")));
    for (container, host) in layout.placement.iter().flat_map(|placement| placement.placed()) {
        lines.push(format!("placed {container} {host}"));
    }
    let mut sum = 0x6c62272e07bb014262b821756295c58d_u128;
    for byte in lines.iter().flat_map(|line| line.bytes().chain([b'\n'])) {
        sum = (sum ^ u128::from(byte)).wrapping_mul((1 << 88) + 0x13b);
    }
    format!("{sum:032x}")
}

/// For each host a number for its value of the label, in order of appearance.
fn zones(layout: &Layout, label: &str) -> Vec<usize> {
    let mut values: Vec<Option<&String>> = Vec::new();
    let mut zones = Vec::new();
    for host in &layout.lab.hosts {
        let value = host.labels.get(label);
        zones.push(values.iter().position(|known| *known == value).unwrap_or_else(|| {
            values.push(value);
            values.len() - 1
        }));
    }
    zones
}

/// The resources that `balance` judges hosts by, and `share` limits.
fn judged(layout: &Layout) -> Vec<bool> {
    let names: Vec<&str> = layout.lab.resources.iter().map(|resource| resource.name()).collect();
    let named: Vec<&str> = layout.balance.iter().map(|resource| resource.name()).collect();
    let usual = |name: &&str| ["cpu", "memory", "disk"].contains(name);
    let any = names.iter().any(usual);
    let asked = |name: &str| name != "containers";
    let judges = |name: &&str| if named.is_empty() { usual(name) || !any && asked(name) } else { named.contains(name) };
    names.iter().map(judges).collect()
}

/// An object with no other keys than these.
fn map<'a>(value: &'a Value, keys: &[&str]) -> Result<&'a Map<String, Value>, Wrong> {
    let map = value.as_object().ok_or("an object is due")?;
    match map.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => wrong(format!("unknown key {key}")),
        None => Ok(map),
    }
}

fn list(value: Option<&Value>) -> Result<&[Value], Wrong> {
    match value {
        None => Ok(&[]),
        Some(value) => Ok(value.as_array().ok_or("a list is due")?),
    }
}

fn positions(value: Option<&Value>) -> Result<Vec<usize>, Wrong> {
    let number =
        |value: &Value| value.as_u64().map(|number| number as usize).ok_or_else(|| "a position is due".to_owned());
    list(value)?.iter().map(number).collect()
}

fn ascending(value: Option<&Value>, most: usize) -> Result<Vec<usize>, Wrong> {
    let numbers = positions(value)?;
    let fine = numbers.windows(2).all(|pair| pair[0] < pair[1]) && numbers.iter().all(|&number| number < most);
    if fine { Ok(numbers) } else { wrong("positions that ascend are due") }
}

/// A price or a worth: a number, or digits in a text; 0 where it is left out.
fn number(value: Option<&Value>) -> Result<i128, Wrong> {
    let read = match value {
        None => Some(0),
        Some(Value::String(digits)) if !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit()) => {
            digits.parse().ok()
        }
        Some(value) => value.as_u64().map(i128::from),
    };
    read.ok_or_else(|| "a whole number is due".to_owned())
}

fn whole(value: Option<&Value>) -> Result<Option<u64>, Wrong> {
    value.map(|value| value.as_u64().ok_or_else(|| "a whole number is due".to_owned())).transpose()
}

fn times(a: i128, b: i128) -> Result<i128, Wrong> {
    a.checked_mul(b).ok_or_else(|| "too large".to_owned())
}

fn sum(numbers: impl IntoIterator<Item = i128>) -> Result<i128, Wrong> {
    numbers.into_iter().try_fold(0i128, i128::checked_add).ok_or_else(|| "too large".to_owned())
}

#[derive(Clone, Debug, Default)]
struct Limits {
    hosts: Option<u64>,
    price: Option<u64>,
    watts: Option<u64>,
    share: Option<(u64, u64)>,
    moves: Option<u64>,
}

impl Limits {
    fn read(value: Option<&Value>) -> Result<Limits, Wrong> {
        let Some(value) = value else { return Ok(Limits::default()) };
        let limits = map(value, &["hosts", "price", "watts", "share", "moves"])?;
        let of = |key: &str| whole(limits.get(key));
        let share = match limits.get("share").map(|share| share.as_array().map(Vec::as_slice)) {
            None => None,
            Some(Some([part, whole])) => {
                Some(part.as_u64().zip(whole.as_u64().filter(|it| *it > 0)).ok_or("a share is due")?)
            }
            Some(_) => return wrong("a share is due"),
        };
        Ok(Limits { hosts: of("hosts")?, price: of("price")?, watts: of("watts")?, share, moves: of("moves")? })
    }

    /// Whether these leave whatever the others leave; of `below` the costs of hosts do not count.
    fn as_wide(&self, other: &Limits, costs: bool) -> bool {
        let wide = |own: Option<u64>, other: Option<u64>| own.is_none_or(|own| other.is_some_and(|other| own >= other));
        let share = match (self.share, other.share) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some((a, b)), Some((c, d))) => u128::from(a) * u128::from(d) >= u128::from(c) * u128::from(b),
        };
        let costs =
            !costs || (wide(self.hosts, other.hosts) && wide(self.price, other.price) && wide(self.watts, other.watts));
        share && costs && wide(self.moves, other.moves)
    }
}

struct Item {
    size: Vec<u64>,
    /// The hosts that may take it when they are empty.
    allowed: Vec<bool>,
    /// How many of its containers run on which host.
    homes: BTreeMap<usize, u64>,
    running: u64,
    rules: BTreeSet<usize>,
}

impl Item {
    fn moves(&self, host: usize) -> u64 {
        self.running - self.homes.get(&host).copied().unwrap_or(0)
    }
}

struct Apart {
    zone: Vec<usize>,
    by_host: bool,
    /// With an item twice where two of its containers are bound.
    items: Vec<usize>,
}

struct Problem<'a> {
    layout: &'a Layout,
    keep: bool,
    items: Vec<Item>,
    /// By the number of the rule.
    aparts: BTreeMap<usize, Apart>,
}

/// A split that leads to a case; `more` is its second side.
#[derive(Clone)]
struct Side {
    split: Split,
    more: bool,
}

#[derive(Clone)]
enum Split {
    Open { hosts: Vec<usize>, most: u64 },
    On { items: Vec<usize>, hosts: Vec<usize>, most: u64 },
    Pair { items: [usize; 2] },
}

#[derive(Clone)]
struct Scene {
    open: Vec<bool>,
    capacity: Vec<Vec<u64>>,
    /// Whether agents alone are too much for a host.
    crowded: bool,
    limits: Limits,
    sides: Vec<Side>,
    /// For each host the sets of items, as bits, that it may hold where a pool says so.
    pool: Option<Vec<Vec<u32>>>,
}

impl<'a> Problem<'a> {
    fn new(layout: &'a Layout, keep: bool) -> Problem<'a> {
        let many = layout.demand.containers.len();
        let mut group: Vec<usize> = (0..many).collect();
        for rule in layout.rules.iter().filter(|rule| rule.kind == RuleKind::Together) {
            for pair in rule.containers.windows(2) {
                let (from, to) = (group[pair[0].0].max(group[pair[1].0]), group[pair[0].0].min(group[pair[1].0]));
                group.iter_mut().filter(|it| **it == from).for_each(|it| *it = to);
            }
        }
        let firsts: Vec<usize> = (0..many).filter(|&container| group[container] == container).collect();
        let item_of =
            |container: usize| firsts.iter().position(|&first| first == group[container]).expect("one of them");
        let mut problem = Problem { layout, keep, items: Vec::new(), aparts: BTreeMap::new() };
        for &first in &firsts {
            let containers: Vec<usize> = (0..many).filter(|&container| group[container] == first).collect();
            problem.items.push(problem.item(&containers));
        }
        for (number, rule) in layout.rules.iter().enumerate() {
            let (zone, by_host) = match &rule.kind {
                RuleKind::Together | RuleKind::AtMost { .. } | RuleKind::Spread { .. } => continue,
                RuleKind::ApartByCarrier => unreachable!("nothing carries anything"),
                RuleKind::ApartByHost => ((0..layout.lab.hosts.len()).collect(), true),
                RuleKind::ApartByLabel(label) => (zones(layout, label), false),
            };
            let items: Vec<usize> = rule.containers.iter().map(|container| item_of(container.0)).collect();
            items.iter().for_each(|&item| _ = problem.items[item].rules.insert(number));
            problem.aparts.insert(number, Apart { zone, by_host, items });
        }
        problem
    }

    fn item(&self, containers: &[usize]) -> Item {
        let layout = self.layout;
        let service = |container: usize| layout.demand.service_of(ContainerIndex(container));
        let runs = |container: usize| layout.placement.as_ref().and_then(|it| it.host_of[ContainerIndex(container)]);
        let size: Vec<u64> = (0..layout.lab.resources.len())
            .map(|r| containers.iter().map(|&container| service(container).request[r].value).sum())
            .collect();
        let may = |host: usize| {
            let of = &layout.lab.hosts[HostIndex(host)];
            let there = match of.state {
                HostState::Up => true,
                HostState::Drain => containers.iter().all(|&it| runs(it) == Some(HostIndex(host))),
                HostState::Planned => false,
            };
            let on = |&it: &usize| service(it).on.as_ref().is_none_or(|on| on.contains(&HostIndex(host)));
            let stays = |&it: &usize| runs(it).is_none_or(|home| home == HostIndex(host));
            let asks = size.iter().zip(agents(layout, host)).map(|(size, agents)| size + agents);
            let fits = asks.zip(&of.allocatable).zip(&size).all(|((asks, give), size)| *size == 0 || asks <= *give);
            there && containers.iter().all(on) && (!self.keep || containers.iter().all(stays)) && fits
        };
        let mut homes: BTreeMap<usize, u64> = BTreeMap::new();
        containers.iter().filter_map(|&it| runs(it)).for_each(|home| *homes.entry(home.0).or_default() += 1);
        let running = homes.values().sum();
        homes.retain(|&host, _| layout.lab.hosts[HostIndex(host)].state != HostState::Planned);
        let allowed = (0..layout.lab.hosts.len()).map(may).collect();
        Item { size, allowed, homes, running, rules: BTreeSet::new() }
    }

    /// What limits and a list of hosts leave.
    fn scene(&self, limits: &Limits, hosts: Option<&Value>) -> Result<Scene, Wrong> {
        let there: Vec<bool> = self.layout.lab.hosts.iter().map(|host| host.state != HostState::Planned).collect();
        let mut open = there.clone();
        if let Some(hosts) = hosts {
            open.fill(false);
            for host in positions(Some(hosts))? {
                if there.get(host) != Some(&true) {
                    return wrong("there is no such host");
                }
                open[host] = true;
            }
        }
        let judged = judged(self.layout);
        let most = |(&give, judged): (&u64, &bool)| match limits.share {
            Some((part, whole)) if *judged => {
                let most = u128::from(give) * u128::from(part) / u128::from(whole);
                most.min(u128::from(give)) as u64
            }
            _ => give,
        };
        let mut crowded = false;
        let mut capacity: Vec<Vec<u64>> = Vec::new();
        for (host, of) in self.layout.lab.hosts.iter().enumerate() {
            let limits = of.allocatable.iter().zip(&judged).map(most);
            let left = limits.zip(agents(self.layout, host)).map(|(most, agents)| {
                crowded |= agents > most;
                most.saturating_sub(agents)
            });
            capacity.push(left.collect());
        }
        Ok(Scene { open, capacity, crowded, limits: limits.clone(), sides: Vec::new(), pool: None })
    }

    /// That nothing fits where a claim says so, the same splits leading there.
    fn claim(&self, value: &Value, outer: &Scene, below: bool) -> Result<Scene, Wrong> {
        let claim = map(value, &["hosts", "limits", "proof"])?;
        let limits = Limits::read(claim.get("limits"))?;
        if !limits.as_wide(&outer.limits, !below) {
            return wrong("narrower limits");
        }
        let mut scene = self.scene(&limits, claim.get("hosts"))?;
        (scene.sides, scene.pool) = (outer.sides.clone(), outer.pool.clone());
        if below && outer.open.iter().zip(&scene.open).any(|(outer, inner)| *outer && !inner) {
            return wrong("`below` leaves out hosts");
        }
        self.nothing_fits(&scene, claim.get("proof").ok_or("no proof")?)?;
        Ok(scene)
    }

    fn placed(&self, file: &Map<String, Value>, optimal: bool) -> Verdict {
        let hosts = positions(file.get("placement"))?;
        let layout = self.layout;
        if file.contains_key("proof") || hosts.len() != layout.demand.containers.len() {
            return wrong("placement");
        }
        if hosts.iter().any(|&host| host >= layout.lab.hosts.len()) {
            return wrong("there is no such host");
        }
        let placement = Placement::on_hosts(hosts.iter().map(|&host| Some(HostIndex(host))).collect());
        if !check(layout, &placement, layout.placement.as_ref()).is_empty() {
            return wrong("the placement breaks a rule");
        }
        let moved = layout.placement.as_ref().map_or(0, |before| before.moves_to(&placement).count() as u64);
        if self.keep && moved > 0 {
            return wrong("something moves");
        }
        self.survives(&placement, list(file.get("failovers"))?)?;
        let goals = list(file.get("goals"))?;
        if goals.len() != layout.goals.len() {
            return wrong("goals");
        }
        let used = |host: usize| {
            let held = (0..hosts.len()).filter(|&container| hosts[container] == host);
            let held: Vec<ContainerIndex> = held.map(ContainerIndex).collect();
            let held = layout.requested(held);
            held.iter().zip(agents(layout, host)).map(|(held, agents)| held + agents).collect::<Vec<u64>>()
        };
        let holding: BTreeSet<usize> = hosts.iter().copied().collect();
        let cost = |of: fn(&bayplan::model::Host) -> u64| -> u64 {
            holding.iter().map(|&host| of(&layout.lab.hosts[HostIndex(host)])).sum()
        };
        let judged = judged(layout);
        let mut fullest = (0, 1);
        for host in 0..layout.lab.hosts.len() {
            let give = &layout.lab.hosts[HostIndex(host)].allocatable;
            for ((part, &whole), judged) in used(host).into_iter().zip(give).zip(&judged) {
                if *judged
                    && whole > 0
                    && u128::from(part) * u128::from(fullest.1) > u128::from(fullest.0) * u128::from(whole)
                {
                    fullest = (part, whole);
                }
            }
        }
        let mut before = Limits::default();
        for (value, goal) in goals.iter().zip(&layout.goals) {
            let entry = map(value, &["goal", "value", "claim"])?;
            if entry.get("goal").and_then(Value::as_str) != Some(goal.name()) {
                return wrong("goals");
            }
            let said = entry.get("value").ok_or("value")?;
            let reached = match goal.name() {
                "fewest-hosts" => holding.len() as u64,
                "cheapest" => cost(|host| host.price),
                "least-power" => cost(|host| host.watts),
                "fewest-moves" => moved,
                _ => 0,
            };
            let balance = goal.name() == "balance";
            let same = match (balance, said.as_array().map(Vec::as_slice)) {
                (false, None) => said.as_u64() == Some(reached),
                (true, Some([part, whole])) => part.as_u64().zip(whole.as_u64()).is_some_and(|(part, whole)| {
                    whole > 0 && u128::from(part) * u128::from(fullest.1) == u128::from(fullest.0) * u128::from(whole)
                }),
                _ => false,
            };
            if !same {
                return wrong(format!("value of {}", goal.name()));
            }
            let limits = match entry.get("claim") {
                None => Limits::default(),
                Some(claim) => {
                    let limits = Limits::read(claim.get("limits"))?;
                    let (mut rest, mut none) = (limits.clone(), None);
                    *match goal.name() {
                        "fewest-hosts" => &mut rest.hosts,
                        "cheapest" => &mut rest.price,
                        "least-power" => &mut rest.watts,
                        "fewest-moves" => &mut rest.moves,
                        _ => &mut none,
                    } = None;
                    rest.share = rest.share.filter(|_| !balance);
                    if !rest.as_wide(&before, true) {
                        return wrong("a claim narrower than the goals before");
                    }
                    let claim = map(claim, &["limits", "proof"])?;
                    self.nothing_fits(&self.scene(&limits, None)?, claim.get("proof").ok_or("no proof")?)?;
                    limits
                }
            };
            let own = match goal.name() {
                "fewest-hosts" => limits.hosts,
                "cheapest" => limits.price,
                "least-power" => limits.watts,
                "fewest-moves" => limits.moves,
                _ => None,
            };
            if entry.contains_key("claim") && if balance { limits.share.is_none() } else { own.is_none() } {
                return wrong("a claim that limits nothing");
            }
            let best = match balance {
                false => reached <= own.map_or(0, |own| own.saturating_add(1)),
                true => {
                    let (part, whole) = limits.share.unwrap_or((0, 1));
                    let billionths = u128::from(part) * 1_000_000_000 / u128::from(whole);
                    u128::from(fullest.0) * 1_000_000_000 <= (billionths + 1_000_001) * u128::from(fullest.1)
                }
            };
            if optimal && !best {
                return wrong(format!("{} is not shown to be the best", goal.name()));
            }
            match goal.name() {
                "fewest-hosts" => before.hosts = Some(reached),
                "cheapest" => before.price = Some(reached),
                "least-power" => before.watts = Some(reached),
                "fewest-moves" => before.moves = Some(reached),
                _ => before.share = Some(fullest),
            }
        }
        Ok(())
    }

    /// That what is said to follow each loss passes the referee of placements.
    fn survives(&self, placement: &Placement, failovers: &[Value]) -> Verdict {
        let Some(survive) = &self.layout.survive else { return Ok(()) };
        let losses = survive.losses(&self.layout.lab);
        if losses.len() != failovers.len() {
            return wrong("failovers");
        }
        let mut follows = Vec::new();
        for (lost, moved) in losses.into_iter().zip(failovers) {
            let mut after = placement.clone();
            for pair in list(Some(moved))? {
                let Some([container, host]) = pair.as_array().map(Vec::as_slice) else { return wrong("a pair is due") };
                let host = whole(Some(host).filter(|host| !host.is_null()))?.map(|host| HostIndex(host as usize));
                let container = whole(Some(container))?.ok_or("container")? as usize;
                let known = host.is_none_or(|host| host.0 < self.layout.lab.hosts.len());
                if !known || container >= after.host_of.len() {
                    return wrong("there is no such container or host");
                }
                after.host_of[ContainerIndex(container)] = host;
            }
            follows.push(Failover { lost, placement: after });
        }
        let broken = check_failovers(self.layout, survive, placement, &follows);
        broken.first().map_or(Ok(()), |violation| wrong(violation.message(self.layout)))
    }

    fn nothing_fits(&self, scene: &Scene, proof: &Value) -> Verdict {
        if let Some(name) = proof.as_str() {
            return match name {
                "rules" | "volume" if scene.crowded => Ok(()),
                "rules" => self.rules(scene),
                "volume" if (0..self.layout.lab.resources.len()).any(|r| self.is_short(scene, r, 1)) => Ok(()),
                "volume" => self.rules(scene),
                _ => wrong("no such proof"),
            };
        }
        let object = map(proof, &["rounded", "weights", "search", "hosts", "tree", "pool"])?;
        let mut entries = object.iter();
        let (Some((name, of)), None) = (entries.next(), entries.next()) else { return wrong("one proof is due") };
        match name.as_str() {
            "rounded" => {
                let (resource, amount) = step(of, self.layout.lab.resources.len())?;
                if self.is_short(scene, resource, amount) { Ok(()) } else { wrong("there is enough in steps") }
            }
            "weights" => match self.weigh(scene, of)? {
                None => Ok(()),
                Some(weighed) if weighed.slack < 0 => Ok(()),
                Some(_) => wrong("the weights do not suffice"),
            },
            "search" => self.search(scene, of),
            "hosts" => self.hosts(scene, of),
            "tree" => self.tree(scene, of),
            _ => self.pool(scene, of),
        }
    }

    fn open<'s>(&self, scene: &'s Scene) -> impl Iterator<Item = usize> + use<'s> {
        (0..scene.open.len()).filter(|&host| scene.open[host])
    }

    fn may_hold(&self, scene: &Scene, item: usize, host: usize) -> bool {
        let of = &self.items[item];
        let fits = of.size.iter().zip(&scene.capacity[host]).all(|(size, most)| size <= most);
        scene.open[host] && of.allowed[host] && fits
    }

    fn is_short(&self, scene: &Scene, resource: usize, amount: u64) -> bool {
        let asked: u128 = self.items.iter().map(|item| u128::from(item.size[resource] / amount)).sum();
        asked > self.open(scene).map(|host| u128::from(scene.capacity[host][resource] / amount)).sum::<u128>()
    }

    fn rules(&self, scene: &Scene) -> Verdict {
        if (0..self.items.len()).any(|item| !self.open(scene).any(|host| self.may_hold(scene, item, host))) {
            return Ok(());
        }
        for apart in self.aparts.values() {
            let twice = (1..apart.items.len()).any(|at| apart.items[..at].contains(&apart.items[at]));
            let mut holder: BTreeMap<usize, usize> = BTreeMap::new();
            let found = |who: &usize| self.find_zone(scene, apart, *who, &mut holder, &mut BTreeSet::new());
            if twice || !apart.items.iter().all(found) {
                return Ok(());
            }
        }
        wrong("the rules leave something")
    }

    fn find_zone(
        &self,
        scene: &Scene,
        apart: &Apart,
        who: usize,
        holder: &mut BTreeMap<usize, usize>,
        asked: &mut BTreeSet<usize>,
    ) -> bool {
        for zone in self.open(scene).filter(|&host| self.may_hold(scene, who, host)).map(|host| apart.zone[host]) {
            if asked.insert(zone) {
                let other = holder.get(&zone).copied();
                if other.is_none_or(|other| self.find_zone(scene, apart, other, holder, asked)) {
                    holder.insert(zone, who);
                    return true;
                }
            }
        }
        false
    }

    /// Whether a host can hold a set of items, as the splits on the way allow.
    fn can_hold(&self, scene: &Scene, host: usize, set: u32) -> bool {
        let held: Vec<usize> = (0..self.items.len()).filter(|item| set >> item & 1 == 1).collect();
        let fits = |r: usize| {
            held.iter().map(|&item| u128::from(self.items[item].size[r])).sum::<u128>()
                <= u128::from(scene.capacity[host][r])
        };
        let apart = self.aparts.values().all(|apart| held.iter().filter(|item| apart.items.contains(item)).count() < 2);
        apart
            && held.iter().all(|&item| self.may_hold(scene, item, host))
            && (0..self.layout.lab.resources.len()).all(fits)
            && admitted(scene, set)
    }

    /// What the weights come to; `None` where an item has no host at all.
    fn weigh(&self, scene: &Scene, weights: &Value) -> Result<Option<Weighed>, Wrong> {
        let keys = ["worth", "hosts", "price", "watts", "moves", "zones", "splits", "groups"];
        let weights = map(weights, &keys)?;
        let resources = self.layout.lab.resources.len();
        let by = |key: &str| number(weights.get(key));
        let (of_hosts, of_price, of_watts, of_moves) = (by("hosts")?, by("price")?, by("watts")?, by("moves")?);
        // Prices of zones.
        let mut zones: BTreeMap<(usize, usize), i128> = BTreeMap::new();
        for zone in list(weights.get("zones"))? {
            let zone = map(zone, &["rule", "host", "price"])?;
            let (rule, host) =
                (whole(zone.get("rule"))?.ok_or("rule")? as usize, whole(zone.get("host"))?.ok_or("host")? as usize);
            let apart = self.aparts.get(&rule).filter(|apart| !apart.by_host).ok_or("no rule by label")?;
            let price = number(Some(zone.get("price").ok_or("price")?))?;
            *zones.entry((rule, *apart.zone.get(host).ok_or("host")?)).or_default() += price;
        }
        // Prices of splits, with their signs.
        let prices = list(weights.get("splits"))?;
        if prices.len() > scene.sides.len() {
            return wrong("more prices than splits");
        }
        let mut splits: Vec<(&Side, i128)> = Vec::new();
        for (side, price) in scene.sides.iter().zip(prices) {
            let price = number(Some(price))?;
            if matches!(side.split, Split::Pair { .. }) && price > 0 {
                return wrong("a pair with a price");
            }
            splits.push((side, if side.more { -price } else { price }));
        }
        // Prices of hosts.
        let mut group_of: Vec<Option<&Map<String, Value>>> = vec![None; scene.open.len()];
        let mut grouped = BTreeSet::new();
        for group in list(Some(weights.get("groups").ok_or("groups are required")?))? {
            let group = map(group, &["hosts", "prices"])?;
            let prices = group.get("prices").map(|prices| map(prices, &["unit", "steps", "aparts"])).transpose()?;
            for host in positions(Some(group.get("hosts").ok_or("hosts")?))? {
                if host >= scene.open.len() || !grouped.insert(host) {
                    return wrong("a host twice, or none");
                }
                group_of[host] = prices;
            }
        }
        let charge = |prices: &Map<String, Value>, amounts: &[u64]| -> Result<i128, Wrong> {
            let unit = list(Some(prices.get("unit").ok_or("unit")?))?;
            if unit.len() != resources {
                return wrong("a price for each resource is due");
            }
            let mut all = Vec::new();
            for (price, &amount) in unit.iter().zip(amounts) {
                all.push(times(number(Some(price))?, i128::from(amount))?);
            }
            for entry in list(prices.get("steps"))? {
                let entry = map(entry, &["step", "price"])?;
                let (resource, by) = step(entry.get("step").ok_or("step")?, resources)?;
                all.push(times(number(Some(entry.get("price").ok_or("price")?))?, i128::from(amounts[resource] / by))?);
            }
            sum(all)
        };
        let by_host = |prices: &Map<String, Value>, binds: &dyn Fn(usize) -> bool| -> Result<i128, Wrong> {
            let mut all = Vec::new();
            for entry in list(prices.get("aparts"))? {
                let entry = map(entry, &["rule", "price"])?;
                let rule = whole(entry.get("rule"))?.ok_or("rule")? as usize;
                let price = number(Some(entry.get("price").ok_or("price")?))?;
                self.aparts.get(&rule).filter(|apart| apart.by_host).ok_or("no rule by host")?;
                all.extend(binds(rule).then_some(price));
            }
            sum(all)
        };
        let toll = |item: usize, host: usize| -> Result<i128, Wrong> {
            let of = &self.items[item];
            let mut all = vec![times(of_moves, i128::from(of.moves(host)))?];
            all.extend(of.rules.iter().filter_map(|rule| zones.get(&(*rule, self.aparts[rule].zone[host]))));
            all.extend(splits.iter().filter_map(|(side, price)| match &side.split {
                Split::On { items, hosts, .. } if items.contains(&item) && hosts.contains(&host) => Some(price),
                _ => None,
            }));
            sum(all)
        };
        let opening = |host: usize| -> Result<i128, Wrong> {
            let of = &self.layout.lab.hosts[HostIndex(host)];
            let mut all =
                vec![of_hosts, times(of_price, i128::from(of.price))?, times(of_watts, i128::from(of.watts))?];
            all.extend(splits.iter().filter_map(|(side, price)| match &side.split {
                Split::Open { hosts, .. } if hosts.contains(&host) => Some(price),
                _ => None,
            }));
            sum(all)
        };
        // What the items are worth: said, and no more than they pay anywhere; or the least that they pay.
        let said = list(weights.get("worth"))?;
        if !said.is_empty() && said.len() != self.items.len() {
            return wrong("a worth for each item is due");
        }
        let mut worth = Vec::new();
        for (item, of) in self.items.iter().enumerate() {
            let mut least: Option<i128> = None;
            let mut anywhere = false;
            for host in self.open(scene).filter(|&host| self.may_hold(scene, item, host)) {
                anywhere = true;
                match group_of[host] {
                    Some(prices) => {
                        let rules = by_host(prices, &|rule| of.rules.contains(&rule))?;
                        let pays = sum([toll(item, host)?, charge(prices, &of.size)?, rules])?;
                        least = Some(least.map_or(pays, |least| least.min(pays)));
                    }
                    None if said.is_empty() => return wrong("neither worth nor prices"),
                    None => {}
                }
            }
            if !anywhere {
                return Ok(None);
            }
            worth.push(match said.get(item) {
                Some(value) => {
                    let value = number(Some(value))?;
                    if least.is_some_and(|least| value > least) {
                        return wrong("an item is worth more than it pays");
                    }
                    value
                }
                None => least.unwrap_or(0),
            });
        }
        // The right side.
        let limits = &scene.limits;
        let divisor = |of: fn(&bayplan::model::Host) -> u64| {
            self.open(scene).fold(0, |a, host| gcd(a, of(&self.layout.lab.hosts[HostIndex(host)]))).max(1)
        };
        let down = |limit: Option<u64>, by: u64| limit.map(|limit| limit - limit % by);
        let priced = [
            (of_hosts, limits.hosts),
            (of_price, down(limits.price, divisor(|host| host.price))),
            (of_watts, down(limits.watts, divisor(|host| host.watts))),
            (of_moves, limits.moves),
        ];
        let mut right = Vec::new();
        for (price, limit) in priced {
            match limit {
                Some(limit) => right.push(times(price, i128::from(limit))?),
                None if price == 0 => {}
                None => return wrong("a price without a limit"),
            }
        }
        right.extend(zones.values().copied());
        for (side, price) in &splits {
            if let Split::Open { most, .. } | Split::On { most, .. } = &side.split {
                right.push(times(*price, i128::from(*most) + i128::from(side.more))?);
            }
        }
        let mut most = BTreeMap::new();
        let nets = |host: usize| {
            (0..self.items.len()).map(|item| Ok(worth[item] - toll(item, host)?)).collect::<Result<Vec<i128>, Wrong>>()
        };
        for host in self.open(scene) {
            let value = match group_of[host] {
                Some(prices) => sum([charge(prices, &scene.capacity[host])?, by_host(prices, &|_| true)?])?,
                None => {
                    let nets = nets(host)?;
                    let sets = self.sets(scene, host);
                    sets.map(|set| worth_of(&nets, set)).max().unwrap_or(0).max(0)
                }
            };
            let opening = opening(host)?;
            right.push((value - opening).max(0));
            most.insert(host, (value, opening, nets(host)?));
        }
        Ok(Some(Weighed { slack: sum(right)? - sum(worth.iter().copied())?, most }))
    }

    /// The sets that a host can hold: all of them, or those of the pool.
    fn sets<'s>(&'s self, scene: &'s Scene, host: usize) -> Box<dyn Iterator<Item = u32> + 's> {
        match &scene.pool {
            Some(pool) => Box::new(pool[host].iter().copied().filter(|&set| admitted(scene, set))),
            None => Box::new((0..1u32 << self.items.len()).filter(move |&set| self.can_hold(scene, host, set))),
        }
    }

    fn pool(&self, scene: &Scene, value: &Value) -> Verdict {
        let of = map(value, &["weights", "proof"])?;
        if scene.pool.is_some() {
            return wrong("a pool within a pool");
        }
        let Some(weighed) = self.weigh(scene, of.get("weights").ok_or("weights")?)? else { return Ok(()) };
        let resources = self.layout.lab.resources.len();
        let spare: Vec<i128> = (0..resources)
            .map(|r| {
                let mut rooms: Vec<u64> = self.open(scene).map(|host| scene.capacity[host][r]).collect();
                rooms.sort_by(|a, b| b.cmp(a));
                rooms.truncate(scene.limits.hosts.map_or(rooms.len(), |most| most as usize));
                let asked: i128 = self.items.iter().map(|item| i128::from(item.size[r])).sum();
                rooms.into_iter().map(i128::from).sum::<i128>() - asked
            })
            .collect();
        if weighed.slack < 0 || spare.iter().any(|spare| *spare < 0) {
            return Ok(());
        }
        let mut pool = vec![Vec::new(); scene.open.len()];
        for host in self.open(scene) {
            let (most, opening, nets) = &weighed.most[&host];
            let least = (*most).max(*opening) - weighed.slack;
            let filled = |set: u32| {
                (0..resources).all(|r| {
                    let held = (0..self.items.len()).filter(|item| set >> item & 1 == 1);
                    let used: i128 = held.map(|item| i128::from(self.items[item].size[r])).sum();
                    i128::from(scene.capacity[host][r]) - used <= spare[r]
                })
            };
            pool[host] = self.sets(scene, host).filter(|&set| worth_of(nets, set) >= least && filled(set)).collect();
        }
        self.nothing_fits(&Scene { pool: Some(pool), ..scene.clone() }, of.get("proof").ok_or("proof")?)
    }

    fn tree(&self, scene: &Scene, value: &Value) -> Verdict {
        let nodes = list(map(value, &["nodes"])?.get("nodes"))?;
        self.node(scene, nodes, 0)
    }

    fn node(&self, scene: &Scene, nodes: &[Value], at: usize) -> Verdict {
        let node = map(nodes.get(at).ok_or("there is no such node")?, &["split", "leaf"])?;
        match (node.get("split"), node.get("leaf")) {
            (None, Some(proof)) => self.nothing_fits(scene, proof),
            (Some(split), None) => {
                let split = map(split, &["by", "cases"])?;
                let cases = positions(split.get("cases"))?;
                let by = self.split(split.get("by").ok_or("by")?)?;
                if cases.len() != 2 || cases.iter().any(|&case| case <= at) {
                    return wrong("two later cases are due");
                }
                for (case, more) in cases.into_iter().zip([false, true]) {
                    let mut below = scene.clone();
                    below.sides.push(Side { split: by.clone(), more });
                    self.node(&below, nodes, case)?;
                }
                Ok(())
            }
            _ => wrong("a split or a leaf is due"),
        }
    }

    fn split(&self, value: &Value) -> Result<Split, Wrong> {
        let (hosts, items) = (self.layout.lab.hosts.len(), self.items.len());
        let by = map(value, &["open", "on", "pair"])?;
        let most = |of: &Map<String, Value>| whole(of.get("most"))?.ok_or_else(|| "most".to_owned());
        match (by.len(), by.get("open"), by.get("on"), by.get("pair")) {
            (1, Some(open), ..) => {
                let open = map(open, &["hosts", "most"])?;
                Ok(Split::Open { hosts: ascending(open.get("hosts"), hosts)?, most: most(open)? })
            }
            (1, _, Some(on), _) => {
                let on = map(on, &["items", "hosts", "most"])?;
                let (items, hosts) = (ascending(on.get("items"), items)?, ascending(on.get("hosts"), hosts)?);
                Ok(Split::On { items, hosts, most: most(on)? })
            }
            (1, _, _, Some(pair)) => match positions(map(pair, &["items"])?.get("items"))?[..] {
                [a, b] if a != b && a.max(b) < items => Ok(Split::Pair { items: [a, b] }),
                _ => wrong("two items are due"),
            },
            _ => wrong("one split is due"),
        }
    }

    /// Numbers the hosts: of one number those that are alike.
    fn host_classes(&self, scene: &Scene) -> Vec<usize> {
        let alike = |a: usize, b: usize| {
            let (one, other) = (&self.layout.lab.hosts[HostIndex(a)], &self.layout.lab.hosts[HostIndex(b)]);
            let there = |host: &bayplan::model::Host| host.state != HostState::Planned;
            let home = |host: usize| self.items.iter().any(|item| item.homes.contains_key(&host));
            let named = |side: &Side| match &side.split {
                Split::Open { hosts, .. } | Split::On { hosts, .. } => hosts.contains(&a) == hosts.contains(&b),
                Split::Pair { .. } => true,
            };
            a == b
                || (one.allocatable == other.allocatable
                    && agents(self.layout, a) == agents(self.layout, b)
                    && (one.price, one.watts) == (other.price, other.watts)
                    && there(one) == there(other)
                    && scene.open[a] == scene.open[b]
                    && self.items.iter().all(|item| item.allowed[a] == item.allowed[b])
                    && self.aparts.values().all(|apart| apart.by_host || apart.zone[a] == apart.zone[b])
                    && !home(a)
                    && !home(b)
                    && scene.sides.iter().all(named))
        };
        (0..scene.open.len()).map(|host| (0..host).find(|&other| alike(host, other)).unwrap_or(host)).collect()
    }

    fn hosts(&self, scene: &Scene, value: &Value) -> Verdict {
        let of = map(value, &["cases", "below"])?;
        let classes = self.host_classes(scene);
        let count = |open: &dyn Fn(usize) -> bool| {
            let mut count: BTreeMap<usize, usize> = BTreeMap::new();
            self.open(scene).filter(|&host| open(host)).for_each(|host| *count.entry(classes[host]).or_default() += 1);
            count
        };
        let mut covered = Vec::new();
        for case in list(of.get("cases"))? {
            let within = self.claim(case, scene, false)?;
            covered.push(count(&|host| within.open[host]));
        }
        let below = match of.get("below") {
            None => None,
            Some(claim) => Some(self.claim(claim, scene, true)?.limits),
        };
        let hosts: Vec<usize> = self.open(scene).collect();
        for set in 0..1u32 << hosts.len() {
            let held = |host: usize| hosts.iter().position(|&it| it == host).is_some_and(|at| set >> at & 1 == 1);
            let cost = |of: fn(&bayplan::model::Host) -> u64| -> u64 {
                hosts.iter().filter(|&&host| held(host)).map(|&host| of(&self.layout.lab.hosts[HostIndex(host)])).sum()
            };
            let keeps = |limits: &Limits| {
                limits.hosts.is_none_or(|most| u64::from(set.count_ones()) <= most)
                    && limits.price.is_none_or(|most| cost(|host| host.price) <= most)
                    && limits.watts.is_none_or(|most| cost(|host| host.watts) <= most)
            };
            let own = count(&held);
            let contained = |case: &BTreeMap<usize, usize>| {
                own.iter().all(|(kind, many)| case.get(kind).is_some_and(|it| it >= many))
            };
            if keeps(&scene.limits) && !below.as_ref().is_some_and(keeps) && !covered.iter().any(contained) {
                return wrong("a set of hosts is left out");
            }
        }
        Ok(())
    }

    fn search(&self, scene: &Scene, value: &Value) -> Verdict {
        let of = map(value, &["order", "steps", "log"])?;
        let order = positions(Some(of.get("order").ok_or("order")?))?;
        if order.iter().copied().collect::<BTreeSet<_>>() != (0..self.items.len()).collect()
            || order.len() != self.items.len()
        {
            return wrong("the order has not every item once");
        }
        let resources = self.layout.lab.resources.len();
        let steps = list(of.get("steps"))?.iter().map(|it| step(it, resources)).collect::<Result<Vec<_>, _>>()?;
        let spell = |amounts: &[u64]| -> Vec<u64> {
            amounts.iter().copied().chain(steps.iter().map(|&(resource, amount)| amounts[resource] / amount)).collect()
        };
        let mut replay = Replay {
            lab: self,
            scene,
            hosts: self.host_classes(scene),
            sizes: self.items.iter().map(|item| spell(&item.size)).collect(),
            free: scene.capacity.iter().map(|it| spell(it)).collect(),
            placed: Vec::new(),
            order,
            log: of.get("log").and_then(Value::as_str).ok_or("log")?.bytes().collect(),
            at: 0,
            seen: BTreeSet::new(),
        };
        replay.state()?;
        if replay.at == replay.log.len() { Ok(()) } else { wrong("the log goes on") }
    }

    /// Whether two items are alike.
    fn alike(&self, scene: &Scene, a: usize, b: usize) -> bool {
        let (one, other) = (&self.items[a], &self.items[b]);
        let named = |side: &Side| match &side.split {
            Split::Open { .. } => true,
            Split::On { items, .. } => items.contains(&a) == items.contains(&b),
            Split::Pair { items } => items.contains(&a) == items.contains(&b),
        };
        (&one.size, &one.allowed, &one.homes, one.running, &one.rules)
            == (&other.size, &other.allowed, &other.homes, other.running, &other.rules)
            && scene.sides.iter().all(named)
    }
}

/// A search that is gone through again.
struct Replay<'a> {
    lab: &'a Problem<'a>,
    scene: &'a Scene,
    hosts: Vec<usize>,
    sizes: Vec<Vec<u64>>,
    free: Vec<Vec<u64>>,
    order: Vec<usize>,
    /// Where the first items of the order are.
    placed: Vec<usize>,
    log: Vec<u8>,
    at: usize,
    seen: BTreeSet<Vec<u64>>,
}

impl Replay<'_> {
    fn state(&mut self) -> Verdict {
        let depth = self.placed.len();
        if depth == self.order.len() {
            return wrong("everything is placed");
        }
        let letter = *self.log.get(self.at).ok_or("the log ends early")?;
        self.at += 1;
        let state = self.spelled();
        match letter {
            b'v' if self.has_room() => wrong("there is room"),
            b's' if !self.seen.contains(&state) => wrong("not seen before"),
            b'v' | b's' => Ok(()),
            b'b' | b'r' => {
                for host in self.choices() {
                    let size = self.sizes[self.order[depth]].clone();
                    self.free[host].iter_mut().zip(&size).for_each(|(free, size)| *free -= size);
                    self.placed.push(host);
                    self.state()?;
                    self.placed.pop();
                    self.free[host].iter_mut().zip(&size).for_each(|(free, size)| *free += size);
                }
                if letter == b'r' {
                    self.seen.insert(state);
                }
                Ok(())
            }
            _ => wrong("no letter"),
        }
    }

    fn first(&self) -> usize {
        let depth = self.placed.len();
        match depth.checked_sub(1) {
            Some(before) if self.lab.alike(self.scene, self.order[before], self.order[depth]) => self.placed[before],
            _ => 0,
        }
    }

    fn is_empty(&self, host: usize) -> bool {
        !self.placed.contains(&host)
    }

    /// The zones that are taken: of rules that bind two items or more.
    fn taken(&self) -> BTreeSet<(usize, usize)> {
        let mut taken = BTreeSet::new();
        for (&item, &host) in self.order.iter().zip(&self.placed) {
            let binding = self.lab.items[item].rules.iter().filter(|rule| self.lab.aparts[rule].items.len() > 1);
            taken.extend(binding.map(|rule| (*rule, self.lab.aparts[rule].zone[host])));
        }
        taken
    }

    fn moved(&self) -> u64 {
        self.order.iter().zip(&self.placed).map(|(&item, &host)| self.lab.items[item].moves(host)).sum()
    }

    fn choices(&self) -> Vec<usize> {
        let depth = self.placed.len();
        let item = self.order[depth];
        let of = &self.lab.items[item];
        let taken = self.taken();
        let fewest = |&later: &usize| {
            let hosts = self.lab.open(self.scene).filter(|&host| self.lab.items[later].allowed[host]);
            hosts.map(|host| self.lab.items[later].moves(host)).min().unwrap_or(0)
        };
        let later: u64 = self.order[depth + 1..].iter().map(fewest).sum();
        let mut empty = BTreeSet::new();
        let mut choices = Vec::new();
        for host in self.lab.open(self.scene).filter(|&host| host >= self.first() && of.allowed[host]) {
            if self.is_empty(host) && !empty.insert(self.hosts[host]) {
                continue;
            }
            let fits = self.sizes[item].iter().zip(&self.free[host]).all(|(size, free)| size <= free);
            let free = of.rules.iter().all(|rule| !taken.contains(&(*rule, self.lab.aparts[rule].zone[host])));
            let few = self.scene.limits.moves.is_none_or(|most| self.moved() + of.moves(host) + later <= most);
            if fits && free && few {
                choices.push(host);
            }
        }
        choices
    }

    fn has_room(&self) -> bool {
        let left = &self.order[self.placed.len()..];
        (0..self.free[0].len()).all(|r| {
            let least = |r: usize| left.iter().map(|&item| self.sizes[item][r]).min().unwrap_or(0);
            let usable = self
                .lab
                .open(self.scene)
                .filter(|&host| (0..self.free[host].len()).all(|q| self.free[host][q] >= least(q)));
            let there: u128 = usable.map(|host| u128::from(self.free[host][r])).sum();
            left.iter().map(|&item| u128::from(self.sizes[item][r])).sum::<u128>() <= there
        })
    }

    fn spelled(&self) -> Vec<u64> {
        let mut state = vec![self.placed.len() as u64, self.moved(), self.first() as u64];
        for host in self.lab.open(self.scene) {
            state.extend(&self.free[host]);
            state.push(u64::from(self.is_empty(host)));
        }
        state.extend(self.taken().into_iter().flat_map(|(rule, zone)| [rule as u64, zone as u64]));
        state
    }
}

/// What weights come to.
struct Weighed {
    /// The right side less the left.
    slack: i128,
    /// Of each open host: the most it can hold, what opening it costs, and what each item is worth on it after its toll.
    most: BTreeMap<usize, (i128, i128, Vec<i128>)>,
}

/// What a set is worth.
fn worth_of(nets: &[i128], set: u32) -> i128 {
    nets.iter().enumerate().filter(|(item, _)| set >> item & 1 == 1).map(|(_, net)| net).sum()
}

/// Whether the pairs on the way admit a set: both of a pair that is together or none, not both of one that is not.
fn admitted(scene: &Scene, set: u32) -> bool {
    scene.sides.iter().all(|side| match side.split {
        Split::Pair { items: [a, b] } if side.more => set >> a & set >> b & 1 == 0,
        Split::Pair { items: [a, b] } => set >> a & 1 == set >> b & 1,
        _ => true,
    })
}

fn step(value: &Value, resources: usize) -> Result<(usize, u64), Wrong> {
    let step = map(value, &["resource", "amount"])?;
    let resource = whole(step.get("resource"))?.ok_or("resource")? as usize;
    let amount = whole(step.get("amount"))?.ok_or("amount")?;
    if resource < resources && amount > 0 { Ok((resource, amount)) } else { wrong("a step is due") }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
