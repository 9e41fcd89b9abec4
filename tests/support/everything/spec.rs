//! Random small documents in which everything that a document can say meets: the same seed, the same document.

use fastrand::Rng;

use super::amount::Amount;
use super::world::Goal;

/// So many containers at the most, replicas counted one by one.
const CONTAINERS: usize = 7;
/// So many hosts at the most.
const HOSTS: usize = 4;
/// A quarter of a GiB, in bytes.
const QUARTER: u64 = 1 << 28;
const GB: u64 = 1_000_000_000;

/// cpu, memory, disk and three named resources, one of them counted in bytes.
pub const RESOURCES: [&str; 6] = ["cpu", "memory", "disk", "gpu", "nvme", "port"];

/// The named resource that is counted in bytes.
const NVME: usize = 4;

/// One of [`RESOURCES`] each.
pub type Each<T> = [T; 6];

/// A document before it is written.
#[derive(Clone, Debug)]
pub struct Spec {
    pub seed: u64,
    pub phases: Vec<&'static str>,
    /// At each of them everything must fit; empty where there is one only.
    pub times: Vec<&'static str>,
    pub kinds: Vec<Kind>,
    /// Named sizes.
    pub sizes: Vec<(&'static str, Each<Option<Amount>>)>,
    /// What hosts share, called `ceph`.
    pub pool: Option<Pool>,
    pub stacks: Vec<(&'static str, Vec<Part>)>,
    /// The stacks that say `together: host`.
    pub shared: Vec<&'static str>,
    pub startups: Vec<Startup>,
    pub rules: Vec<Rule>,
    /// What is wished beside the rules, and its weight where it is said.
    pub wishes: Vec<(Rule, Option<u64>)>,
    pub survive: Option<Survive>,
    /// Of hosts that say nothing themselves: as written, and in tenths of a percent.
    pub targets: Each<Option<(&'static str, u64)>>,
    pub goals: Option<Vec<Goal>>,
    /// What `balance` names.
    pub judges: Vec<&'static str>,
    /// Host and patterns.
    pub placement: Option<Vec<(String, Vec<String>)>>,
    pub toolbox: bool,
}

/// The phases in which something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: usize,
    pub until: usize,
}

impl Span {
    pub const ALWAYS: Span = Span { from: 0, until: usize::MAX };

    pub fn has(self, phase: usize) -> bool {
        (self.from..self.until).contains(&phase)
    }
}

/// A kind of host.
#[derive(Clone, Debug)]
pub struct Kind {
    pub name: &'static str,
    pub count: Option<usize>,
    pub has: Each<Option<Amount>>,
    /// How many containers it takes.
    pub takes: Option<u64>,
    pub reserve: Each<Vec<Kept>>,
    /// As written, and a fraction.
    pub overcommit: Each<Option<(&'static str, u64, u64)>>,
    /// As written, and in tenths of a percent.
    pub targets: Each<Option<(&'static str, u64)>>,
    /// To how much of what they have the limits may add up: as written, and in tenths of a percent.
    pub limits: Each<Option<(String, u64)>>,
    pub labels: Vec<(&'static str, &'static str)>,
    pub watts: Option<(&'static str, u64)>,
    pub price: Option<(&'static str, u64)>,
    pub state: Option<&'static str>,
    pub span: Span,
}

/// What hosts share.
#[derive(Clone, Debug)]
pub struct Pool {
    pub disk: Amount,
    pub reserve: Option<Kept>,
    pub hosts: Option<Reach>,
}

/// Who reaches a pool.
#[derive(Clone, Debug)]
pub enum Reach {
    /// Names and kinds, with at most one `*` each.
    Named(Vec<String>),
    Label(&'static str, &'static str),
}

/// A reserve as written.
#[derive(Clone, Debug)]
pub enum Kept {
    Amount(Amount),
    /// As written, and in tenths of a percent.
    Percent(&'static str, u64),
    /// The sum of both.
    Sum(Amount, &'static str, u64),
}

/// A container as a stack or a startup spells it.
#[derive(Clone, Debug, Default)]
pub struct Part {
    pub name: &'static str,
    pub size: Option<&'static str>,
    pub asks: Each<Option<Amount>>,
    /// What it asks for at further times, where that differs.
    pub later: Each<Option<Vec<Amount>>>,
    /// Whether its disk is that of the pool.
    pub pool: bool,
    pub replicas: Option<usize>,
    pub keep: Option<usize>,
    pub apart: Option<&'static str>,
    /// Over what, and the skew where it is said.
    pub spread: Option<(&'static str, Option<u64>)>,
    /// As written, and the hosts that it means.
    pub on: Option<(String, Vec<usize>)>,
    /// Of an agent: as written, and the hosts of which each has one.
    pub every: Option<(String, Vec<usize>)>,
    /// What it wishes, and the weight where it is said.
    pub prefers: Vec<(Prefer, Option<u64>)>,
    pub needs: Vec<String>,
    pub observed: Each<Option<Amount>>,
    pub limit: Option<Amount>,
    pub span: Option<Span>,
}

/// What a container wishes.
#[derive(Clone, Debug)]
pub enum Prefer {
    /// As written, and the hosts that it means.
    On(String, Vec<usize>),
    Apart(&'static str),
    /// Over what, and the skew where it is said.
    Spread(&'static str, Option<u64>),
}

#[derive(Clone, Debug)]
pub struct Startup {
    pub name: String,
    pub stack: Option<usize>,
    /// What it changes or adds.
    pub own: Vec<Part>,
    /// What it takes out of its stack.
    pub deleted: Vec<&'static str>,
    pub priority: Option<u64>,
    /// `together: host` or `none`, where it says so itself.
    pub together: Option<bool>,
    pub span: Span,
}

/// What a rule of the document asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinds {
    Together,
    Apart,
    /// So many, and per what where it is said.
    AtMost(u64, Option<&'static str>),
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub kind: Kinds,
    /// `each: startup`.
    pub each: bool,
    pub patterns: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Survive {
    /// 0 where it speaks of labels alone.
    pub hosts: usize,
    pub labels: Vec<&'static str>,
    pub except: Vec<String>,
    pub moves: Option<bool>,
}

/// How full a lab is.
#[derive(Clone, Copy, PartialEq)]
enum Regime {
    Tight,
    Loose,
    Uneven,
}

/// Documents of which something was answered wrong once: they stay as they were then.
pub const WRONG_ONCE: [u64; 9] = [2963, 2977, 5542, 6705, 9936, 31968, 51021, 58682, 62730];

/// Documents whose remedies of `what-if` helped as things were planned first, and not where they are planned with the change.
pub const HELPED_NOT_ONCE: [u64; 1] = [2230];

/// The document number `seed`.
pub fn spec(seed: u64) -> Spec {
    let mut random = Rng::with_seed(seed);
    let rng = &mut random;
    let phases = match rng.usize(..10) {
        0..7 => 0,
        7 | 8 => 2,
        _ => 3,
    };
    let phases = ["now", "beta", "growth"][..phases].to_vec();
    let mut spec = Spec {
        seed,
        kinds: kinds(rng, phases.len()),
        phases,
        times: Vec::new(),
        sizes: Vec::new(),
        pool: None,
        stacks: Vec::new(),
        shared: Vec::new(),
        startups: Vec::new(),
        rules: Vec::new(),
        wishes: Vec::new(),
        survive: None,
        targets: Default::default(),
        goals: None,
        judges: Vec::new(),
        placement: None,
        toolbox: one_in(rng, 12),
    };
    startups(rng, &mut spec);
    let containers = spec.all_containers();
    let hosts = spec.host_names().len();
    let planted: Vec<usize> = containers.iter().map(|_| rng.usize(..hosts)).collect();
    pin(rng, &mut spec, &planted);
    size_hosts(rng, &mut spec, &planted);
    if !WRONG_ONCE.contains(&seed) {
        nvme(&mut Rng::with_seed(seed ^ 0x417e), &mut spec, &planted);
        pool(&mut Rng::with_seed(seed ^ 0x9001), &mut spec, &planted);
    }
    rules(rng, &mut spec, &planted);
    if !WRONG_ONCE.contains(&seed) {
        within_each(&mut Rng::with_seed(seed ^ 0xeac4), &mut spec, &planted);
        counts(&mut Rng::with_seed(seed ^ 0xc0_0475), &mut spec);
    }
    survive(rng, &mut spec);
    if !WRONG_ONCE.contains(&seed) {
        takes(&mut Rng::with_seed(seed ^ 0x7a4e5), &mut spec, &planted);
        sums(&mut Rng::with_seed(seed ^ 0x5_0055), &mut spec);
        domains(&mut Rng::with_seed(seed ^ 0xd0_3a14), &mut spec);
        keeps(&mut Rng::with_seed(seed ^ 0x6ee9), &mut spec);
    }
    goals(rng, &mut spec);
    placement(rng, &mut spec, &planted);
    if !WRONG_ONCE.contains(&seed) {
        wishes(&mut Rng::with_seed(seed ^ 0x3_15e5), &mut spec);
        agents(&mut Rng::with_seed(seed ^ 0xa6e47), &mut spec);
        targets(&mut Rng::with_seed(seed ^ 0x7a_46e7), &mut spec);
        times(&mut Rng::with_seed(seed ^ 0x71_3e5), &mut spec);
        limits(&mut Rng::with_seed(seed ^ 0x11_3175), &mut spec, &planted);
        carried(&mut Rng::with_seed(seed ^ 0xca_441e), &mut spec);
    }
    spec
}

/// The same where other things run.
pub fn rearranged(spec: &Spec) -> Spec {
    let mut random = Rng::with_seed(spec.seed ^ 0x0e15e);
    let mut other = spec.clone();
    let hosts = spec.host_names().len();
    let planted: Vec<usize> = spec.all_containers().iter().map(|_| random.usize(..hosts)).collect();
    placement(&mut random, &mut other, &planted);
    if one_in(&mut random, 3) {
        other.startups[0].priority = Some(random.u64(..6));
    }
    other
}

pub fn one_in(rng: &mut Rng, number: usize) -> bool {
    rng.usize(..number) == 0
}

pub fn pick<T: Clone>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.usize(..of.len())].clone()
}

/// In which of so many phases something is there.
fn span(rng: &mut Rng, phases: usize, chance: usize) -> Span {
    if phases < 2 || !one_in(rng, chance) {
        return Span::ALWAYS;
    }
    let from = rng.usize(..phases);
    let until = if one_in(rng, 2) && from + 1 < phases { rng.usize(from + 1..phases) } else { usize::MAX };
    Span { from, until }
}

fn kinds(rng: &mut Rng, phases: usize) -> Vec<Kind> {
    let mut left = pick(rng, &[1, 2, 2, 3, 3, 3, HOSTS, HOSTS]);
    let mut kinds: Vec<Kind> = Vec::new();
    for name in ["nuc", "pi", "rack", "box"] {
        if left == 0 {
            break;
        }
        let size = rng.usize(1..=left.min(3));
        left -= size;
        let mut labels = Vec::new();
        if !one_in(rng, 4) {
            labels.push(("arch", pick(rng, &["amd64", "arm64"])));
        }
        if one_in(rng, 2) {
            labels.push(("shelf", pick(rng, &["a", "b", "18"])));
        }
        kinds.push(Kind {
            name,
            count: (size > 1 || one_in(rng, 4)).then_some(size),
            has: Default::default(),
            takes: None,
            reserve: Default::default(),
            overcommit: Default::default(),
            targets: Default::default(),
            limits: Default::default(),
            labels,
            watts: (!one_in(rng, 3)).then(|| pick(rng, &[("5", 5_000_000), ("15", 15_000_000), ("7.5", 7_500_000)])),
            price: (!one_in(rng, 3))
                .then(|| pick(rng, &[("0", 0), ("1", 1_000_000), ("0.0416", 41_600), ("2.5", 2_500_000)])),
            state: match rng.usize(..14) {
                0 => Some("drain"),
                1 => Some("planned"),
                2 => Some("up"),
                _ => None,
            },
            span: span(rng, phases, 4),
        });
    }
    // `apart` and `on` may speak of both labels.
    if let Some(first) = kinds.first_mut() {
        for label in [("arch", "amd64"), ("shelf", "a")] {
            if !first.labels.iter().any(|known| known.0 == label.0) {
                first.labels.push(label);
            }
        }
    }
    kinds
}

/// What startups there are, and what they ask for.
fn startups(rng: &mut Rng, spec: &mut Spec) {
    let lists = [!one_in(rng, 4), !one_in(rng, 8), one_in(rng, 3), one_in(rng, 4), false, one_in(rng, 8)];
    let lists = if lists.iter().any(|it| *it) { lists } else { [false, true, false, false, false, false] };
    let alike = one_in(rng, 2).then(|| asks(rng, &lists));
    if one_in(rng, 4) {
        spec.sizes.push(("small", asks(rng, &lists)));
    }
    let part = |rng: &mut Rng, name: &'static str, most: usize| {
        let mut part = Part { name, ..Part::default() };
        part.asks = match &alike {
            Some(alike) if !one_in(rng, 3) => alike.clone(),
            _ => asks(rng, &lists),
        };
        if !spec.sizes.is_empty() && one_in(rng, 3) {
            part.size = Some("small");
            part.asks = part.asks.map(|amount| amount.filter(|_| one_in(rng, 3)));
        }
        if most > 0 && one_in(rng, 4) {
            part.replicas = Some(rng.usize(1..=most.min(3)));
            part.apart = pick(rng, &[None, Some("host"), Some("host"), Some("arch"), Some("shelf")]);
        }
        if one_in(rng, 3) {
            part.observed = observed(rng, &part.asks);
        }
        if one_in(rng, 8) {
            part.limit = Some(Amount::memory(rng, 64 * QUARTER));
        }
        part
    };
    let mut left = pick(rng, &[2, 3, 4, 5, 5, 6, 6, 7, CONTAINERS]);
    let stacks = if one_in(rng, 2) { rng.usize(1..=2) } else { 0 };
    for name in ["web", "app"].into_iter().take(stacks) {
        let mut parts = vec![part(rng, "app", 2)];
        if one_in(rng, 2) {
            parts.push(part(rng, "db", 1));
            if one_in(rng, 3) {
                parts[0].needs.push("db".to_owned());
            }
        }
        spec.stacks.push((name, parts));
    }
    let phases = spec.phases.len();
    // A service that others may need.
    let mut base: Option<String> = None;
    let mut number = 0;
    while left > 0 && number < 5 {
        number += 1;
        let mut startup = Startup {
            name: format!("s{number}"),
            stack: None,
            own: Vec::new(),
            deleted: Vec::new(),
            priority: one_in(rng, 3).then(|| rng.u64(..6)),
            together: None,
            span: span(rng, phases, 3),
        };
        let of_stack = (!spec.stacks.is_empty() && !one_in(rng, 3)).then(|| rng.usize(..spec.stacks.len()));
        let of_stack = of_stack
            .filter(|&it| spec.stacks[it].1.iter().map(|part| part.replicas.unwrap_or(1)).sum::<usize>() <= left);
        if let Some(stack) = of_stack {
            startup.stack = Some(stack);
            let parts = spec.stacks[stack].1.clone();
            left -= parts.iter().map(|part| part.replicas.unwrap_or(1)).sum::<usize>();
            if one_in(rng, 4) {
                let mut own = Part { name: parts[0].name, ..Part::default() };
                let resource = rng.usize(..3);
                own.asks[resource] = asks(rng, &lists)[resource].take();
                startup.own.extend(own.asks.iter().any(Option::is_some).then_some(own));
            } else if one_in(rng, 8) && parts.len() > 1 && parts[0].needs.is_empty() {
                startup.deleted.push("db");
                left += parts[1].replicas.unwrap_or(1);
            }
        }
        if startup.stack.is_none() || (left > 0 && one_in(rng, 6)) {
            let many = if startup.stack.is_some() { 1 } else { rng.usize(1..=left.min(3)) };
            for name in ["queue", "web", "cache"].into_iter().take(many) {
                if left == 0 {
                    break;
                }
                let mut part = part(rng, name, left);
                left -= part.replicas.unwrap_or(1);
                if let (Some(base), true) = (&base, one_in(rng, 4)) {
                    part.needs.push(base.clone());
                }
                if let (Some(before), true) = (startup.own.last(), one_in(rng, 5)) {
                    part.needs.push(before.name.to_owned());
                }
                // The first of a startup is there whenever the startup is.
                if !startup.own.is_empty() && startup.span == Span::ALWAYS && one_in(rng, 3) {
                    part.span = Some(span(rng, phases, 1)).filter(|it| *it != Span::ALWAYS);
                }
                startup.own.push(part);
            }
        }
        if base.is_none()
            && let Some(part) = startup
                .own
                .iter()
                .find(|part| !part.asks.iter().all(Option::is_none) && startup.stack.is_none() && part.span.is_none())
        {
            base = Some(format!("{}/{}", startup.name, part.name));
        }
        spec.startups.push(startup);
    }
    for (resource, listed) in lists.into_iter().enumerate() {
        if listed {
            let mut some = false;
            for kind in &mut spec.kinds {
                if !some || !one_in(rng, 5) {
                    kind.has[resource] = Some(Amount::plain(0));
                    some = true;
                }
            }
        }
    }
}

fn asks(rng: &mut Rng, lists: &Each<bool>) -> Each<Option<Amount>> {
    let mut asks: Each<Option<Amount>> = Default::default();
    if !one_in(rng, 6) {
        let amount = 250 * rng.u64(..6) + if one_in(rng, 8) { rng.u64(..100) } else { 0 };
        asks[0] = Some(Amount::cpu(rng, amount));
    }
    if !one_in(rng, 12) {
        let amount = QUARTER * rng.u64(..10) + if one_in(rng, 8) { rng.u64(..3) } else { 0 };
        asks[1] = Some(Amount::memory(rng, amount));
    }
    if !one_in(rng, 3) {
        let amount = GB * rng.u64(..10);
        asks[2] = Some(Amount::disk(rng, amount));
    }
    for named in [3, 5] {
        if lists[named] && one_in(rng, 3) {
            asks[named] = Some(Amount::plain(rng.u64(..3)));
        }
    }
    asks
}

/// Less or more than is asked for, of some.
fn observed(rng: &mut Rng, asks: &Each<Option<Amount>>) -> Each<Option<Amount>> {
    let mut observed: Each<Option<Amount>> = Default::default();
    for resource in 0..3 {
        let asked = asks[resource].as_ref().map_or(0, |amount| amount.ceil).max([200, QUARTER, GB][resource]);
        if one_in(rng, 2) {
            let amount = asked / 100 * rng.u64(20..130);
            observed[resource] = Some(match resource {
                0 => Amount::cpu(rng, amount),
                1 => Amount::memory(rng, amount),
                _ => Amount::disk(rng, amount),
            });
        }
    }
    observed
}

/// Of some lists of an amount and a percentage both are kept together, on a larger host.
fn sums(rng: &mut Rng, spec: &mut Spec) {
    for kind in &mut spec.kinds {
        for resource in 0..3 {
            let [Kept::Percent(written, tenths), Kept::Amount(amount)] = &kind.reserve[resource][..] else { continue };
            let Some(has) = kind.has[resource].as_ref().filter(|_| rng.bool()) else { continue };
            let larger = has.ceil + (amount.ceil * 1000).div_ceil(1000 - tenths) + 1;
            let sum = Kept::Sum(amount.clone(), written, *tenths);
            kind.reserve[resource] = vec![sum];
            kind.has[resource] = Some(match resource {
                0 => Amount::cpu(rng, larger),
                1 => Amount::memory(rng, larger),
                _ => Amount::disk(rng, larger),
            });
        }
    }
}

/// A quarter of the documents say what hosts had better not pass: all of them, or some.
fn targets(rng: &mut Rng, spec: &mut Spec) {
    if !one_in(rng, 4) {
        return;
    }
    let listed: Vec<usize> =
        (0..RESOURCES.len()).filter(|&it| spec.kinds.iter().any(|kind| kind.has[it].is_some())).collect();
    let said = |rng: &mut Rng| -> Each<Option<(&'static str, u64)>> {
        let mut targets: Each<Option<(&'static str, u64)>> = Default::default();
        for &resource in &listed {
            if one_in(rng, 2) {
                let all = [("80%", 800), ("50 %", 500), ("33.3%", 333), ("100%", 1000), ("0%", 0), ("66.6 %", 666)];
                targets[resource] = Some(pick(rng, &all));
            }
        }
        targets
    };
    if !one_in(rng, 3) {
        spec.targets = said(rng);
    }
    for kind in &mut spec.kinds {
        if one_in(rng, 3) {
            kind.targets = said(rng);
        }
    }
    if let (Some(goals), true) = (&mut spec.goals, one_in(rng, 2)) {
        let at = rng.usize(..=goals.len());
        goals.insert(at, Goal::Target);
    }
}

/// A third of the documents wish something: containers of themselves, and rules.
fn wishes(rng: &mut Rng, spec: &mut Spec) {
    if !one_in(rng, 3) {
        return;
    }
    let weight = |rng: &mut Rng| pick(rng, &[None, None, Some(1), Some(2), Some(3), Some(5), Some(7), Some(10)]);
    let (names, owner, kinds) = (spec.host_names(), spec.owners(), spec.kinds.clone());
    let wished = |rng: &mut Rng, replicas: bool| -> Vec<(Prefer, Option<u64>)> {
        let one = |rng: &mut Rng| {
            if replicas && one_in(rng, 2) {
                let over = pick(rng, &["host", "arch", "shelf"]);
                return match one_in(rng, 2) {
                    true => Prefer::Apart(over),
                    false => Prefer::Spread(over, pick(rng, &[None, None, Some(1), Some(2)])),
                };
            }
            let of =
                |holds: &dyn Fn(usize) -> bool| (0..owner.len()).filter(|&host| holds(host)).collect::<Vec<usize>>();
            let (host, other) = (rng.usize(..owner.len()), rng.usize(..owner.len()));
            let kind = &kinds[owner[host]];
            match (rng.usize(..5), kind.labels.first()) {
                (0, Some(&label)) | (1, Some(&label)) => {
                    let carries = |it: usize| kinds[owner[it]].labels.contains(&label);
                    Prefer::On(format!("{{{}: {}}}", label.0, label.1), of(&carries))
                }
                (2, _) => Prefer::On(kind.name.to_owned(), of(&|it| owner[it] == owner[host])),
                (3, _) if host != other => {
                    Prefer::On(format!("[{}, {}]", names[host], names[other]), of(&|it| it == host || it == other))
                }
                _ => Prefer::On(names[host].clone(), vec![host]),
            }
        };
        (0..pick(rng, &[0, 0, 1, 1, 1, 2])).map(|_| (one(rng), weight(rng))).collect()
    };
    let own = |part: &&mut Part| part.name != "app" && part.name != "db";
    let of_stacks = spec.stacks.iter_mut().flat_map(|stack| &mut stack.1);
    let parts = of_stacks.chain(spec.startups.iter_mut().flat_map(|startup| &mut startup.own).filter(own));
    for part in parts.filter(|part| part.every.is_none()) {
        part.prefers = wished(rng, part.replicas.is_some());
    }
    let (ids, places) = (spec.all_containers(), spec.places());
    for _ in 0..pick(rng, &[0, 1, 1, 2, 3]) {
        let mut patterns: Vec<String> = (0..rng.usize(1..=3)).map(|_| pattern(rng, spec, &ids, &places)).collect();
        patterns.sort();
        patterns.dedup();
        let bound: Vec<usize> = (0..ids.len()).filter(|&it| patterns.iter().any(|p| spec.matches(p, it))).collect();
        if bound.len() < 2 {
            continue;
        }
        let per = pick(rng, &[None, Some("host"), Some("arch"), Some("shelf"), Some("lab")]);
        let kind = match rng.usize(..3) {
            0 => Kinds::Together,
            1 => Kinds::Apart,
            _ => Kinds::AtMost(rng.u64(1..=bound.len() as u64), per),
        };
        let of_one = bound.iter().any(|&it| bound.iter().any(|&other| it != other && places[it].0 == places[other].0));
        let each = !matches!(kind, Kinds::AtMost(..)) && of_one && one_in(rng, 4);
        spec.wishes.push((Rule { kind, each, patterns }, weight(rng)));
    }
    if let (Some(goals), true) = (&mut spec.goals, one_in(rng, 2)) {
        let at = rng.usize(..=goals.len());
        goals.insert(at, Goal::Wishes);
    }
}

/// Says of some where they may run: mostly also where they are planted.
fn pin(rng: &mut Rng, spec: &mut Spec, planted: &[usize]) {
    let names = spec.host_names();
    let owner = spec.owners();
    let kinds = spec.kinds.clone();
    let places = spec.places();
    let on = |rng: &mut Rng, wanted: Option<usize>| -> Option<(String, Vec<usize>)> {
        let of = |holds: &dyn Fn(usize) -> bool| (0..owner.len()).filter(|&host| holds(host)).collect::<Vec<usize>>();
        let carries = |host: usize, label: (&str, &str)| kinds[owner[host]].labels.contains(&label);
        let host = wanted.unwrap_or_else(|| rng.usize(..owner.len()));
        Some(match rng.usize(..6) {
            0 => (names[host].clone(), vec![host]),
            1 => (kinds[owner[host]].name.to_owned(), of(&|it| owner[it] == owner[host])),
            2 => {
                let other = rng.usize(..owner.len());
                let list = if other == host { vec![&names[host]] } else { vec![&names[host], &names[other]] };
                let list: Vec<&str> = list.into_iter().map(String::as_str).collect();
                (format!("[{}]", list.join(", ")), of(&|it| it == host || it == other))
            }
            3 => {
                let label = *kinds[owner[host]].labels.first()?;
                (format!("{{{}: {}}}", label.0, label.1), of(&|it| carries(it, label)))
            }
            4 => {
                let all = kinds[owner[host]].labels.clone();
                let written: Vec<String> = all.iter().map(|(name, text)| format!("{name}: {text}")).collect();
                if all.is_empty() {
                    return None;
                }
                (format!("{{{}}}", written.join(", ")), of(&|it| all.iter().all(|&label| carries(it, label))))
            }
            _ => {
                let other = pick(rng, &kinds).name;
                let own = kinds[owner[host]].name;
                let list = if other == own { own.to_owned() } else { format!("{own}, {other}") };
                (format!("[{list}]"), of(&|it| kinds[owner[it]].name == own || kinds[owner[it]].name == other))
            }
        })
    };
    for (startup, it) in spec.startups.iter_mut().enumerate() {
        for part in &mut it.own {
            if part.name != "app" && part.name != "db" && one_in(rng, 5) {
                let place = places.iter().position(|place| place.0 == startup && place.1 == part.name);
                let wanted = if one_in(rng, 5) { None } else { place.map(|it| planted[it]) };
                part.on = on(rng, wanted);
            }
        }
    }
    for (_, parts) in &mut spec.stacks {
        for part in parts {
            if one_in(rng, 8) {
                part.on = on(rng, None);
            }
        }
    }
}

/// Gives each kind what its fullest host needs with everything where it is planted, or less, or more.
fn size_hosts(rng: &mut Rng, spec: &mut Spec, planted: &[usize]) {
    let regime = pick(rng, &[Regime::Tight, Regime::Tight, Regime::Loose, Regime::Loose, Regime::Uneven]);
    let owner = spec.owners();
    let asked = spec.asked();
    let all: Each<u64> = std::array::from_fn(|resource| asked.iter().map(|asks| asks[resource]).sum());
    for number in 0..spec.kinds.len() {
        for resource in 0..RESOURCES.len() {
            if spec.kinds[number].has[resource].is_none() {
                continue;
            }
            let loads = (0..owner.len()).filter(|&host| owner[host] == number).map(|host| {
                let here = asked.iter().zip(planted).filter(|(_, at)| **at == host);
                here.map(|(asks, _)| asks[resource]).sum::<u64>()
            });
            let load = loads.max().unwrap_or(0);
            let wanted = match regime {
                Regime::Tight if one_in(rng, 12) => load.saturating_sub([250, QUARTER, GB, 1, 1, 1][resource]),
                Regime::Tight => load,
                Regime::Loose => {
                    load / 100 * rng.u64(110..300) + rng.u64(..2) * [500, 4 * QUARTER, GB, 1, 1, 1][resource]
                }
                Regime::Uneven => all[resource] / 100 * rng.u64(20..90) + if resource > 2 { rng.u64(..3) } else { 0 },
            };
            let kind = &mut spec.kinds[number];
            let (kept, overcommit) = (&mut kind.reserve[resource], &mut kind.overcommit[resource]);
            let factors = [("2", 2, 1), ("1.5", 3, 2), ("1.25", 5, 4), ("0.75", 3, 4), ("3.0", 3, 1)];
            let chance = [3, 12, 12, 12, 12, 12][resource];
            let mut plain = wanted;
            if one_in(rng, chance) {
                let (written, over, under) = pick(rng, &factors);
                *overcommit = Some((written, over, under));
                plain = (wanted * under).div_ceil(over);
            }
            if resource < 3 && one_in(rng, 4) {
                let amount = [50, 100 << 20, GB / 2][resource] * rng.u64(1..8);
                let of = |rng: &mut Rng| match resource {
                    0 => Amount::cpu(rng, amount),
                    1 => Amount::memory(rng, amount),
                    _ => Amount::disk(rng, amount),
                };
                let percents = [("5%", 50), ("7.5%", 75), ("20%", 200), ("0%", 0)];
                match rng.usize(..3) {
                    0 => kept.push(Kept::Amount(of(rng))),
                    1 => {
                        let (written, tenths) = pick(rng, &percents);
                        kept.push(Kept::Percent(written, tenths));
                    }
                    _ => {
                        let (written, tenths) = pick(rng, &percents);
                        kept.push(Kept::Percent(written, tenths));
                        kept.push(Kept::Amount(of(rng)));
                    }
                }
                let most = kept.iter().map(|it| match it {
                    Kept::Amount(amount) => plain + amount.ceil,
                    Kept::Percent(_, tenths) | Kept::Sum(_, _, tenths) => {
                        (u128::from(plain) * 1000).div_ceil(1000 - u128::from(*tenths)) as u64 + 1
                    }
                });
                plain = most.max().unwrap_or(plain);
            }
            kind.has[resource] = Some(match resource {
                0 => Amount::cpu(rng, plain),
                1 => Amount::memory(rng, plain),
                2 => Amount::disk(rng, plain),
                _ => Amount::plain(plain),
            });
            // Rounded down it may be less than what is kept.
            let has = kind.has[resource].as_ref().map_or(0, |amount| amount.floor);
            kind.reserve[resource].retain(|it| !matches!(it, Kept::Amount(amount) if amount.ceil > has));
        }
    }
}

/// A named resource that is counted in bytes.
fn nvme(rng: &mut Rng, spec: &mut Spec, planted: &[usize]) {
    if !one_in(rng, 3) {
        return;
    }
    let ask = |rng: &mut Rng| {
        let amount = GB * rng.u64(..8);
        one_in(rng, 2).then(|| Amount::disk(rng, amount))
    };
    let of_stacks = spec.stacks.iter_mut().flat_map(|stack| &mut stack.1);
    for part in of_stacks.chain(spec.startups.iter_mut().flat_map(|startup| &mut startup.own)) {
        part.asks[NVME] = ask(rng);
        // What a startup changes of its stack is what is asked for.
        if one_in(rng, 6) && part.name != "app" && part.name != "db" {
            part.observed[NVME] = ask(rng);
        }
    }
    spec.sizes.iter_mut().for_each(|size| size.1[NVME] = ask(rng));
    let (owner, asked) = (spec.owners(), spec.asked());
    let more = pick(rng, &[100, 100, 130, 250]);
    for number in 0..spec.kinds.len() {
        let loads = (0..owner.len()).filter(|&host| owner[host] == number).map(|host| {
            asked.iter().zip(planted).filter(|(_, at)| **at == host).map(|(asks, _)| asks[NVME]).sum::<u64>()
        });
        let mut plain = loads.max().unwrap_or(0) / 100 * more;
        // One of them says the unit.
        if number > 0 && one_in(rng, 4) {
            continue;
        }
        let kind = &mut spec.kinds[number];
        if one_in(rng, 6) {
            kind.overcommit[NVME] = Some(("1.25", 5, 4));
            plain = (plain * 4).div_ceil(5);
        }
        match rng.usize(..8) {
            0 => {
                kind.reserve[NVME].push(Kept::Amount(Amount::disk(rng, GB)));
                plain += GB + 1_000;
            }
            1 => {
                kind.reserve[NVME].push(Kept::Percent("20%", 200));
                plain = (u128::from(plain) * 10).div_ceil(8) as u64;
            }
            _ => {}
        }
        // Finer than that is written, it is rounded down.
        kind.has[NVME] = Some(Amount::disk(rng, (plain + 1_000).max(GB)));
    }
}

/// Disk that hosts share, about as much as is asked of it.
fn pool(rng: &mut Rng, spec: &mut Spec, planted: &[usize]) {
    if !one_in(rng, 3) {
        return;
    }
    let own = |part: &&mut Part| part.name != "app" && part.name != "db";
    let of_stacks = spec.stacks.iter_mut().flat_map(|stack| &mut stack.1);
    for part in of_stacks.chain(spec.startups.iter_mut().flat_map(|startup| &mut startup.own).filter(own)) {
        if one_in(rng, 2) {
            let amount = GB * rng.u64(..8);
            part.pool = true;
            part.asks[2] = part.asks[2].take().or_else(|| Some(Amount::disk(rng, amount)));
            // The rest is of its host.
            if one_in(rng, 8) && part.observed[2].is_none() {
                let amount = GB * rng.u64(..8);
                part.observed[2] = Some(Amount::disk(rng, amount));
            }
        }
    }
    let drawn: Vec<bool> = spec.pooled();
    let asked = spec.asked().iter().zip(&drawn).filter(|(_, drawn)| **drawn).map(|(asks, _)| asks[2]).sum::<u64>();
    let plain = asked / 100 * pick(rng, &[100, 100, 100, 130, 250, 85, 60]) + 1_000;
    let (reserve, plain) = match rng.usize(..6) {
        0 => (Some(Kept::Amount(Amount::disk(rng, GB))), plain + GB + 1_000),
        1 => (Some(Kept::Percent("20%", 200)), (u128::from(plain) * 10).div_ceil(8) as u64 + 1_000),
        _ => (None, plain),
    };
    let wanted: Vec<usize> = planted.iter().zip(&drawn).filter(|(_, drawn)| **drawn).map(|(host, _)| *host).collect();
    let (names, owner) = (spec.host_names(), spec.owners());
    let hosts = match rng.usize(..6) {
        0 | 1 => None,
        2 => {
            let labels: Vec<_> = spec.kinds.iter().flat_map(|kind| kind.labels.iter().copied()).collect();
            (!labels.is_empty()).then(|| pick(rng, &labels)).map(|(label, value)| Reach::Label(label, value))
        }
        3 => Some(Reach::Named(vec![format!("{}*", &pick(rng, &names)[..1])])),
        _ => {
            let mut named: Vec<String> = wanted.iter().map(|&host| names[host].clone()).collect();
            named.push(if rng.bool() { pick(rng, &names) } else { spec.kinds[pick(rng, &owner)].name.to_owned() });
            named.sort();
            named.dedup();
            Some(Reach::Named(named))
        }
    };
    spec.pool = Some(Pool { disk: Amount::disk(rng, plain), reserve, hosts });
    // Where `on` and the pool have no host in common it is no document.
    let reached = spec.reached();
    let parts = spec.stacks.iter().flat_map(|stack| &stack.1);
    let parts = parts.chain(spec.startups.iter().flat_map(|startup| &startup.own)).filter(|part| part.pool);
    let no_host = |part: &Part| part.on.as_ref().is_some_and(|on| !on.1.iter().any(|host| reached.contains(host)));
    if { parts }.any(no_host)
        && let Some(pool) = &mut spec.pool
    {
        pool.hosts = None;
    }
}

fn rules(rng: &mut Rng, spec: &mut Spec, planted: &[usize]) {
    let ids = spec.all_containers();
    let places = spec.places();
    for _ in 0..pick(rng, &[0, 0, 1, 1, 2, 3]) {
        for _ in 0..6 {
            let kind = if one_in(rng, 2) { Kinds::Together } else { Kinds::Apart };
            let many = if kind == Kinds::Together { 2 } else { rng.usize(1..=3) };
            let mut patterns: Vec<String> = (0..many).map(|_| pattern(rng, spec, &ids, &places)).collect();
            patterns.sort();
            patterns.dedup();
            rng.shuffle(&mut patterns);
            let bound: Vec<usize> = (0..ids.len()).filter(|&it| patterns.iter().any(|p| spec.matches(p, it))).collect();
            if bound.len() < 2 {
                continue;
            }
            let mut at: Vec<usize> = bound.iter().map(|&it| planted[it]).collect();
            at.sort();
            at.dedup();
            let holds = match kind {
                Kinds::Together => at.len() == 1,
                Kinds::Apart => at.len() == bound.len(),
                Kinds::AtMost(..) => false,
            };
            if holds || one_in(rng, 12) {
                spec.rules.push(Rule { kind, each: false, patterns });
                break;
            }
        }
    }
}

/// Replicas that are spread evenly, and rules that count.
fn counts(rng: &mut Rng, spec: &mut Spec) {
    let of_stacks = spec.stacks.iter_mut().flat_map(|stack| &mut stack.1);
    let parts = of_stacks.chain(spec.startups.iter_mut().flat_map(|startup| &mut startup.own));
    for part in parts.filter(|part| part.replicas.is_some()) {
        if one_in(rng, 3) {
            part.spread = Some((pick(rng, &["host", "arch", "shelf"]), pick(rng, &[None, None, Some(1), Some(2)])));
            part.apart = part.apart.filter(|_| one_in(rng, 3));
        }
    }
    let (ids, places) = (spec.all_containers(), spec.places());
    for _ in 0..pick(rng, &[0, 0, 0, 1, 1, 2]) {
        let mut patterns: Vec<String> = (0..rng.usize(1..=3)).map(|_| pattern(rng, spec, &ids, &places)).collect();
        patterns.sort();
        patterns.dedup();
        let bound = (0..ids.len()).filter(|&it| patterns.iter().any(|p| spec.matches(p, it))).count();
        if bound > 1 {
            let per = pick(rng, &[None, Some("host"), Some("arch"), Some("shelf"), Some("lab")]);
            let count = rng.u64(1..=bound as u64);
            spec.rules.push(Rule { kind: Kinds::AtMost(count, per), each: false, patterns });
        }
    }
}

/// Of some replicas fewer must run than there are.
fn keeps(rng: &mut Rng, spec: &mut Spec) {
    let some = |rng: &mut Rng, replicas: usize| (!one_in(rng, 3)).then(|| rng.usize(1..=replicas));
    let mut of_stacks: Vec<(&'static str, Option<usize>)> = Vec::new();
    for part in spec.stacks.iter_mut().flat_map(|stack| &mut stack.1) {
        part.keep = part.replicas.and_then(|replicas| some(rng, replicas));
        of_stacks.push((part.name, part.keep));
    }
    for part in spec.startups.iter_mut().flat_map(|startup| &mut startup.own) {
        let Some(replicas) = part.replicas else { continue };
        // It must not be more than there are, whatever its stack says.
        let above = of_stacks.iter().any(|(name, keep)| *name == part.name && keep.is_some_and(|keep| keep > replicas));
        part.keep = some(rng, replicas).or(above.then_some(replicas));
    }
}

/// Rules that hold within every startup by itself, and startups that share a host.
fn within_each(rng: &mut Rng, spec: &mut Spec, planted: &[usize]) {
    let ids = spec.all_containers();
    let places = spec.places();
    let of = |startup: usize, bound: &dyn Fn(usize) -> bool| -> Vec<usize> {
        (0..ids.len()).filter(|&it| places[it].0 == startup && bound(it)).map(|it| planted[it]).collect()
    };
    let distinct = |mut at: Vec<usize>| {
        at.sort();
        at.dedup();
        at.len()
    };
    for _ in 0..pick(rng, &[0, 0, 1, 1, 2]) {
        for _ in 0..12 {
            let together = one_in(rng, 2);
            let startup = &spec.startups[rng.usize(..spec.startups.len())].name;
            let mut patterns = match rng.usize(..4) {
                0 => vec!["*/*".to_owned()],
                1 => vec![format!("{startup}/*")],
                _ => (0..rng.usize(1..=3)).map(|_| pattern(rng, spec, &ids, &places)).collect(),
            };
            patterns.sort();
            patterns.dedup();
            let of_startups: Vec<Vec<usize>> = (0..spec.startups.len())
                .map(|startup| of(startup, &|it| patterns.iter().any(|p| spec.matches(p, it))))
                .filter(|at| at.len() > 1)
                .collect();
            let kind = if together { Kinds::Together } else { Kinds::Apart };
            let holds = of_startups.iter().all(|at| distinct(at.clone()) == if together { 1 } else { at.len() });
            if !of_startups.is_empty() && (holds || one_in(rng, 12)) {
                spec.rules.push(Rule { kind, each: true, patterns });
                break;
            }
        }
    }
    if one_in(rng, 3) {
        for stack in 0..spec.stacks.len() {
            let made: Vec<usize> =
                (0..spec.startups.len()).filter(|&it| spec.startups[it].stack == Some(stack)).collect();
            let alone: Vec<usize> = made.into_iter().filter(|&it| distinct(of(it, &|_| true)) > 1).collect();
            if alone.len() < 2 && one_in(rng, 2) {
                spec.shared.push(spec.stacks[stack].0);
                alone.into_iter().filter(|_| !one_in(rng, 8)).for_each(|it| spec.startups[it].together = Some(false));
            }
        }
        for startup in 0..spec.startups.len() {
            if spec.startups[startup].together.is_none() && one_in(rng, 3) {
                let holds = distinct(of(startup, &|_| true)) < 2;
                spec.startups[startup].together = Some(holds || one_in(rng, 8));
            }
        }
    }
}

/// One that matches something.
fn pattern(rng: &mut Rng, spec: &Spec, ids: &[String], places: &[(usize, &'static str, Option<usize>)]) -> String {
    let container = rng.usize(..ids.len());
    let (startup, name, replica) = places[container];
    let startup = &spec.startups[startup].name;
    match rng.usize(..12) {
        0 => format!("{startup}/*"),
        1 => format!("*/{name}"),
        2 => format!("{startup}/{}*", &name[..1]),
        3 => format!("s*/{name}"),
        4 if spec.startups.len() > 1 => format!("s1..s{}/{name}", spec.startups.len()),
        5 if replica.is_some() => format!("{startup}/{name}"),
        _ => ids[container].clone(),
    }
}

fn survive(rng: &mut Rng, spec: &mut Spec) {
    let hosts = spec.host_names().len();
    if hosts < 2 || !one_in(rng, 4) {
        return;
    }
    let ids = spec.all_containers();
    let places = spec.places();
    let mut except = Vec::new();
    for _ in 0..pick(rng, &[0, 0, 1, 2]) {
        except.push(pattern(rng, spec, &ids, &places));
    }
    except.sort();
    except.dedup();
    let most = if hosts > 2 && one_in(rng, 4) { 2 } else { 1 };
    spec.survive = Some(Survive {
        hosts: most,
        labels: Vec::new(),
        except,
        moves: pick(rng, &[None, None, Some(false), Some(true)]),
    });
    // Some room to survive with.
    if !one_in(rng, 3) {
        let factor = rng.u64(2..4);
        for kind in &mut spec.kinds {
            for resource in 0..RESOURCES.len() {
                if let Some(amount) = &mut kind.has[resource] {
                    let more = amount.floor * factor;
                    *amount = match resource {
                        0 => Amount::cpu(rng, more),
                        1 => Amount::memory(rng, more),
                        2 | NVME => Amount::disk(rng, more),
                        _ => Amount::plain(more),
                    };
                }
            }
        }
    }
}

/// All hosts with one value of a label may be lost, besides so many hosts or instead.
fn domains(rng: &mut Rng, spec: &mut Spec) {
    let owner = spec.owners();
    let kinds = &spec.kinds;
    let values = |label: &str| -> Vec<Option<&str>> {
        let value = |kind: usize| kinds[kind].labels.iter().find(|own| own.0 == label).map(|own| own.1);
        owner.iter().map(|&kind| value(kind)).collect()
    };
    let differs = |label: &&str| {
        let values = values(label);
        values.iter().any(|value| *value != values[0])
    };
    let mut labels: Vec<&'static str> = ["arch", "shelf"].into_iter().filter(differs).collect();
    rng.shuffle(&mut labels);
    labels.truncate(pick(rng, &[1, 1, 2]));
    let (some, alone) = (one_in(rng, 2), one_in(rng, 2));
    if let (Some(survive), false, true) = (&mut spec.survive, labels.is_empty(), some) {
        survive.hosts = if alone { 0 } else { survive.hosts };
        survive.labels = labels;
    }
}

/// How many containers some kinds take: mostly as many as are planted on their fullest host, or a few more.
fn takes(rng: &mut Rng, spec: &mut Spec, planted: &[usize]) {
    if !one_in(rng, 3) {
        return;
    }
    let owner = spec.owners();
    let more = pick(rng, &[0, 0, 1, 3]);
    for number in 0..spec.kinds.len() {
        let held = |host: usize| planted.iter().filter(|at| **at == host).count() as u64;
        let most = (0..owner.len()).filter(|&host| owner[host] == number).map(held).max().unwrap_or(0);
        if !one_in(rng, 4) {
            let fewer = u64::from(one_in(rng, 12));
            spec.kinds[number].takes = Some((most + rng.u64(..=more)).saturating_sub(fewer));
        }
    }
}

/// A third of the documents have one or two agents: of a startup, of a stack, or of a startup that has nothing else.
/// Mostly room is made for them.
fn agents(rng: &mut Rng, spec: &mut Spec) {
    if !one_in(rng, 3) {
        return;
    }
    let lists: Each<bool> = std::array::from_fn(|resource| spec.kinds.iter().any(|kind| kind.has[resource].is_some()));
    let (owner, names) = (spec.owners(), spec.host_names());
    for name in ["agent", "probe"].into_iter().take(rng.usize(1..=2)) {
        let chosen = rng.usize(..names.len());
        let of = |holds: &dyn Fn(usize) -> bool| (0..owner.len()).filter(|&host| holds(host)).collect::<Vec<usize>>();
        let kind = spec.kinds[owner[chosen]].clone();
        let label = kind.labels.first().copied();
        let every = match (rng.usize(..5), label) {
            (0, Some(label)) => {
                let carries = |host: usize| spec.kinds[owner[host]].labels.contains(&label);
                (format!("{{{}: {}}}", label.0, label.1), of(&carries))
            }
            (1, _) => (format!("[{}]", names[chosen]), vec![chosen]),
            (2, _) => (kind.name.to_owned(), of(&|it| owner[it] == owner[chosen])),
            _ => ("host".to_owned(), of(&|_| true)),
        };
        let mut part = Part { name, asks: asks(rng, &lists), ..Part::default() };
        for (resource, amount) in part.asks.iter_mut().enumerate() {
            let less = amount.as_ref().map_or(0, |amount| amount.ceil) / rng.u64(1..5);
            *amount = amount.take().map(|_| of_resource(rng, resource, less));
        }
        let extra: Each<u64> =
            std::array::from_fn(|resource| part.asks[resource].as_ref().map_or(0, |amount| amount.ceil));
        if one_in(rng, 4) {
            part.observed = observed(rng, &part.asks);
        }
        if !one_in(rng, 4) {
            for (number, kind) in spec.kinds.iter_mut().enumerate() {
                if !every.1.iter().any(|&host| owner[host] == number) {
                    continue;
                }
                kind.takes = kind.takes.map(|most| most + 1);
                for (resource, (has, extra)) in kind.has.iter_mut().zip(extra).enumerate() {
                    if let Some(has) = has.as_mut().filter(|_| extra > 0) {
                        let more = has.floor + extra * rng.u64(1..3);
                        *has = of_resource(rng, resource, more);
                    }
                }
            }
        }
        part.every = Some(every);
        match rng.usize(..3) {
            0 if !spec.stacks.is_empty() && spec.startups.iter().any(|it| it.stack == Some(0)) => {
                spec.stacks[0].1.push(part);
            }
            1 => spec.startups.push(Startup {
                name: format!("{name}s"),
                stack: None,
                own: vec![part],
                deleted: Vec::new(),
                priority: one_in(rng, 3).then(|| rng.u64(..6)),
                together: None,
                span: span(rng, spec.phases.len(), 3),
            }),
            _ => {
                let startup = rng.usize(..spec.startups.len());
                spec.startups[startup].own.push(part);
            }
        }
    }
}

/// A fifth of the documents have times at which some ask for more or, mostly, for less.
fn times(rng: &mut Rng, spec: &mut Spec) {
    if !one_in(rng, 5) {
        return;
    }
    spec.times = ["day", "night", "batch"][..rng.usize(2..4)].to_vec();
    let (further, pooled) = (spec.times.len() - 1, spec.pool.is_some());
    let of_stacks = spec.stacks.iter_mut().flat_map(|stack| &mut stack.1);
    for part in of_stacks.chain(spec.startups.iter_mut().flat_map(|startup| &mut startup.own)) {
        for resource in 0..3 {
            // What is drawn from a pool is the same at all times.
            if pooled && resource == 2 || !one_in(rng, 2) {
                continue;
            }
            if let Some(asks) = &part.asks[resource] {
                let most = asks.ceil;
                let amount = |rng: &mut Rng| {
                    let amount = most / 8 * pick(rng, &[0, 2, 4, 6, 8, 8, 9, 12]);
                    of_resource(rng, resource, amount)
                };
                part.later[resource] = Some((0..further).map(|_| amount(rng)).collect());
            }
        }
    }
}

/// A quarter of the documents have hosts that count limits: mostly as high as what is planted on their fullest host, or a bit
/// above or below.
fn limits(rng: &mut Rng, spec: &mut Spec, planted: &[usize]) {
    if !one_in(rng, 4) {
        return;
    }
    let of_stacks = spec.stacks.iter_mut().flat_map(|stack| &mut stack.1);
    for part in of_stacks.chain(spec.startups.iter_mut().flat_map(|startup| &mut startup.own)) {
        if let (Some(asks), true) = (&part.asks[1], one_in(rng, 2)) {
            // Below what it asks for, too: that is warned of.
            let limit = asks.ceil / 8 * rng.u64(7..24);
            part.limit = Some(Amount::memory(rng, limit));
        }
    }
    let (owner, asked) = (spec.owners(), spec.asked());
    let own: Vec<Option<u64>> = spec.memory_limits();
    for resource in [0, 1] {
        if one_in(rng, 3) {
            continue;
        }
        for number in 0..spec.kinds.len() {
            let counted = |it: usize| own[it].filter(|_| resource == 1).unwrap_or(asked[it][resource]);
            let load = |host: usize| (0..planted.len()).filter(|&it| planted[it] == host).map(counted).sum::<u64>();
            let most = (0..owner.len()).filter(|&host| owner[host] == number).map(load).max().unwrap_or(0);
            let has = spec.kinds[number].left(resource);
            let agents = u64::from(spec.startups.iter().any(|it| it.name == "agents" || it.name == "probes"));
            if has > 0 && !one_in(rng, 4) {
                let tenths = (u128::from(most) * 1000).div_ceil(u128::from(has)) as u64;
                let tenths = (tenths + pick(rng, &[0, 0, 0, 1, 100, 500]) + agents * 200)
                    .saturating_sub(pick(rng, &[0, 0, 0, 1, 50]));
                let text = if tenths.is_multiple_of(10) {
                    format!("{}%", tenths / 10)
                } else {
                    format!("{}.{}%", tenths / 10, tenths % 10)
                };
                spec.kinds[number].limits[resource] = Some((text, tenths));
            }
        }
    }
}

fn of_resource(rng: &mut Rng, resource: usize, amount: u64) -> Amount {
    match resource {
        0 => Amount::cpu(rng, amount),
        1 => Amount::memory(rng, amount),
        2 => Amount::disk(rng, amount),
        _ => Amount::plain(amount),
    }
}

fn goals(rng: &mut Rng, spec: &mut Spec) {
    if one_in(rng, 4) {
        return;
    }
    let mut goals = Goal::ALL;
    rng.shuffle(&mut goals);
    let goals = goals[..rng.usize(1..=3)].to_vec();
    if goals.contains(&Goal::Balance) && one_in(rng, 3) {
        let listed = |resource: usize| spec.kinds.iter().any(|kind| kind.has[resource].is_some());
        let mut names: Vec<usize> = (0..RESOURCES.len()).filter(|&it| listed(it)).collect();
        rng.shuffle(&mut names);
        names.truncate(rng.usize(1..=names.len()));
        spec.judges = names.into_iter().map(|it| RESOURCES[it]).collect();
    }
    spec.goals = Some(goals);
}

/// A third of the documents that say goals count what is carried over, where any host lists it.
fn carried(rng: &mut Rng, spec: &mut Spec) {
    if !one_in(rng, 3) {
        return;
    }
    for (goal, resource) in [(Goal::Memory, 1), (Goal::Disk, 2)] {
        let listed = spec.kinds.iter().any(|kind| kind.has[resource].is_some());
        if let (Some(goals), true, true) = (&mut spec.goals, listed, one_in(rng, 2)) {
            let at = rng.usize(..=goals.len());
            goals.insert(at, goal);
        }
    }
}

/// Of nothing, of some, or of all; where they are planted, or elsewhere.
fn placement(rng: &mut Rng, spec: &mut Spec, planted: &[usize]) {
    let tenths = pick(rng, &[0, 0, 6, 8, 10, 10, 10]);
    if tenths == 0 {
        return;
    }
    let stray = pick(rng, &[0, 0, 1, 3, 10]);
    let names = spec.host_names();
    let ids = spec.all_containers();
    let places = spec.places();
    let mut at: Vec<Option<usize>> = Vec::new();
    let mut whole: Vec<Option<bool>> = vec![None; spec.startups.len()];
    for (container, place) in places.iter().enumerate() {
        // Mostly a startup is placed whole or not at all.
        let placed = match whole[place.0] {
            Some(whole) if !one_in(rng, 8) => whole,
            _ => rng.usize(..10) < tenths,
        };
        whole[place.0].get_or_insert(placed);
        let host = if rng.usize(..10) < stray { rng.usize(..names.len()) } else { planted[container] };
        at.push((placed && self::present_first(spec, place)).then_some(host));
    }
    let mut placement = Vec::new();
    for (host, name) in names.iter().enumerate() {
        let mut patterns: Vec<String> = Vec::new();
        for (startup, it) in spec.startups.iter().enumerate() {
            let own: Vec<usize> = (0..ids.len()).filter(|&container| places[container].0 == startup).collect();
            if own.iter().all(|&container| at[container] == Some(host)) && one_in(rng, 2) {
                patterns.push(format!("{}/*", it.name));
            } else {
                patterns.extend(own.iter().filter(|&&it| at[it] == Some(host)).map(|&it| ids[it].clone()));
            }
        }
        if !patterns.is_empty() || one_in(rng, 8) {
            placement.push((name.clone(), patterns));
        }
    }
    spec.placement = Some(placement);
}

/// Whether a container is there in the first phase: of others a placement is no part.
fn present_first(spec: &Spec, (startup, name, _): &(usize, &'static str, Option<usize>)) -> bool {
    let startup = &spec.startups[*startup];
    let part = spec.parts(startup).into_iter().find(|part| part.name == *name);
    startup.span.has(0) && part.is_none_or(|part| part.span.is_none_or(|span| span.has(0)))
}
