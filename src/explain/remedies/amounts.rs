//! More capacity on a host, or smaller requests: the least that does, in steps that people can buy or write.

use std::collections::{BTreeMap, BTreeSet};

use super::probe::{Prober, each_least, least, yes};
use super::{Kind, Remedy};
use crate::model::{Basis, Change, Host, HostIndex, HostState, Layout, Of, ResourceIndex, ServiceIndex};
use crate::quantity::{Aspect, Counted, LARGEST_AMOUNT, Resource};

/// At most so many kinds of hosts, and so many containers, are tried.
const MOST_TRIED: usize = 24;

/// Where others do, larger hosts that add up to more than so many times what all hosts have are not offered.
const MOST_COST: f64 = 1.0;

/// Nor are those that were not shown to be least and are so many times as much.
const FAR: f64 = 4.0;

/// The step in which a line of so much of a resource changes: 10m of CPU, one MiB or MB, one of a named resource.
pub fn step(resource: &Counted, line: u64) -> u64 {
    match resource.base() {
        Resource::Cpu => 10,
        Resource::Memory | Resource::Disk | Resource::Sized(_) => resource.like(line).family.step(),
        Resource::Named(_) | Resource::Containers | Resource::Pooled(_) | Resource::Derived(_) => 1,
    }
}

/// What a line says now and then, in its own units and not rounded.
pub fn changed(resource: &Counted, old: u64, new: u64) -> String {
    let units = resource.like(old);
    let name = if resource.is_pooled() { resource.resource.name() } else { resource.base().name() };
    format!("{name} {} -> {}", units.exact(old), units.exact(new))
}

/// The next size in which a resource is sold, in its base units, where that is another than `amount`.
fn as_sold(resource: &Counted, amount: u64) -> Option<String> {
    // Modules come in these sizes and in pairs of them, disks in tenfolds of a few.
    let sizes: Vec<u64> = match resource.base() {
        Resource::Memory => {
            let giga = resource.family.giga();
            (0..20).flat_map(|power| [2_u64 << power, 3 << power]).map(|many| many * giga).collect()
        }
        Resource::Cpu => (0..8).flat_map(|power| [2_u64 << power, 3 << power]).map(|cores| cores * 1_000).collect(),
        Resource::Disk => {
            let tens = (0..6).map(|power| 10_u64.pow(power) * 1_000_000_000);
            tens.flat_map(|ten| [100, 200, 250, 400, 500, 800].map(|size| size * ten)).collect()
        }
        Resource::Named(_) | Resource::Sized(_) | Resource::Containers | Resource::Pooled(_) | Resource::Derived(_) => {
            return None;
        }
    };
    let next = sizes.into_iter().filter(|&size| size >= amount).min()?;
    (next != amount).then(|| resource.exact(next))
}

/// The least more of one resource on one host that does, or where no single resource does, of all that are short. With
/// `others` that do, nothing so large that the least was not found.
pub fn capacity(prober: &Prober, others: bool) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    // How much limits may add up to follows from the rest.
    let resources = layout.lab.own();
    let kinds: Vec<Grown> = kinds(layout).into_iter().take(MOST_TRIED).collect();
    let mut remedies = Vec::new();
    for resource in resources.clone() {
        // Where it does not help on all hosts, it does not on one.
        let most = |kind: &Grown| kind.change(layout, resource, kind.most(layout, resource));
        let everywhere: Vec<Change> = kinds.iter().map(most).collect();
        if yes(prober.fits(&everywhere)) {
            let budgeted = kinds.iter().filter(|kind| layout.lab.has_budget(HostIndex(kind.first), resource));
            remedies.extend(budgeted.filter_map(|kind| kind.least(prober, resource)));
        }
    }
    if remedies.is_empty() {
        remedies.extend(kinds.iter().filter_map(|kind| kind.least_of_all(prober)));
        // A host that has to be several times as large is another host.
        let few = |remedy: &(f64, Remedy)| remedy.0 <= MOST_COST;
        if remedies.iter().any(few) {
            remedies.retain(few);
        }
    }
    let sensible = |remedy: &(f64, Remedy)| remedy.0 <= MOST_COST * FAR || remedy.1.least;
    if others || remedies.iter().any(sensible) {
        remedies.retain(sensible);
    }
    remedies.sort_by(|a, b| a.0.total_cmp(&b.0));
    remedies.into_iter().map(|(_, remedy)| remedy).collect()
}

/// The least more of what a pool has that does.
pub fn pools(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let remedy = |pool: Larger| {
        let change = |steps| [pool.change(steps)];
        let (steps, least) = least(pool.most, pool.guess, |steps| prober.fits(&change(steps)))?;
        prober.remedy(Kind::Capacity, pool.said(layout, steps), &change(steps), least)
    };
    larger(layout).into_iter().filter_map(remedy).collect()
}

/// The smallest cut of what is kept free of a pool that does.
pub fn pools_keep_less(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let kept = layout.lab.pools.iter().flat_map(|pool| pool.resources.clone().zip(&pool.reserve));
    let remedy = |(resource, &reserve): (ResourceIndex, &u64)| {
        let of = &layout.lab.resources[resource];
        let (step, units) = (step(of, reserve), of.like(reserve));
        let all = reserve.div_ceil(step);
        let left = |steps: u64| (all - steps) * step;
        let change = |steps| [Change::PoolReserve { resource, amount: left(steps) }];
        let (steps, least) = least(all, 1, |steps| prober.fits(&change(steps)))?;
        let old = if reserve.is_multiple_of(step) { units.exact(reserve) } else { units.show(reserve) };
        let pool = layout.lab.pool_of(resource).map_or("", |pool| &pool.name);
        let text = format!("pool {pool}: reserve {} {old} -> {}", of.base().name(), units.exact(left(steps)));
        prober.remedy(Kind::Reserve, text, &change(steps), least)
    };
    kept.filter_map(remedy).collect()
}

/// What a pool has of a resource, and how much more of it could be of use, in steps.
pub struct Larger {
    /// Of which resource.
    pub resource: ResourceIndex,
    now: u64,
    step: u64,
    /// More steps than can be of use.
    pub most: u64,
    /// What is missing.
    guess: u64,
}

/// All that pools have.
pub fn larger(layout: &Layout) -> Vec<Larger> {
    let asked = layout.totals().0;
    let pooled = layout.lab.pools.iter().flat_map(|pool| {
        pool.resources.clone().zip(&pool.capacity).zip(&pool.allocatable).map(|((it, now), gives)| (it, *now, *gives))
    });
    let larger = |(resource, now, gives): (ResourceIndex, u64, u64)| {
        let step = step(&layout.lab.resources[resource], now);
        let room = LARGEST_AMOUNT.saturating_sub(now) / step;
        let most = u128::from(asked[resource]) * 4 / u128::from(step) + 1;
        let most = u64::try_from(most).unwrap_or(u64::MAX).min(room);
        Larger { resource, now, step, most, guess: asked[resource].saturating_sub(gives).div_ceil(step) }
    };
    pooled.map(larger).collect()
}

impl Larger {
    fn grown(&self, steps: u64) -> u64 {
        (self.now / self.step + steps) * self.step
    }

    /// So many steps more.
    pub fn change(&self, steps: u64) -> Change {
        Change::Pool { resource: self.resource, amount: self.grown(steps) }
    }

    /// In words: `pool ceph: disk 4 TB -> 5 TB`.
    pub fn said(&self, layout: &Layout, steps: u64) -> String {
        let (of, new) = (&layout.lab.resources[self.resource], self.grown(steps));
        let units = of.like(self.now);
        let sold = as_sold(&units, new).map_or_else(String::new, |sold| format!(" (as sold: {sold})"));
        let pool = layout.lab.pool_of(self.resource).map_or("", |pool| &pool.name);
        format!("pool {pool}: {} {} -> {}{sold}", of.base().name(), units.exact(self.now), units.exact(new))
    }
}

/// Hosts of one kind: the document gives them one amount.
#[derive(Clone)]
pub struct Grown {
    /// What it is called.
    pub name: String,
    /// The first host of the kind.
    pub first: usize,
    count: usize,
}

/// The kinds of hosts that are up, and of those that are drained and have too little for agents.
pub fn kinds(layout: &Layout) -> Vec<Grown> {
    let crowded: BTreeSet<HostIndex> = layout.crowded_by_agents(|_| true).into_iter().map(|it| it.host).collect();
    kinds_where(layout, |host, of| of.state == HostState::Up || crowded.contains(&host))
}

/// The kinds of hosts of which one `counts`.
pub fn kinds_where(layout: &Layout, counts: impl Fn(HostIndex, &Host) -> bool) -> Vec<Grown> {
    let mut kinds: Vec<Grown> = Vec::new();
    for (first, host) in layout.lab.hosts.iter().enumerate().filter(|&(host, of)| counts(HostIndex(host), of)) {
        match kinds.iter_mut().find(|kind| kind.name == host.kind) {
            Some(kind) => kind.count += 1,
            None => kinds.push(Grown { name: host.kind.clone(), first, count: 1 }),
        }
    }
    kinds
}

impl Grown {
    fn now(&self, layout: &Layout, resource: ResourceIndex) -> u64 {
        layout.lab.hosts[self.first].capacity[resource]
    }

    /// More steps of a resource than can be of use: four times all that is requested.
    pub fn most(&self, layout: &Layout, resource: ResourceIndex) -> u64 {
        let step = step(&layout.lab.resources[resource], self.now(layout, resource));
        let requested = layout.totals().0[resource];
        let room = LARGEST_AMOUNT.saturating_sub(self.now(layout, resource)) / step;
        let most = u128::from(requested) * 4 / u128::from(step) + 1;
        // All of its hosts together stay below the largest sum.
        u64::try_from(most).unwrap_or(u64::MAX).min(room / 1_000)
    }

    fn grown(&self, layout: &Layout, resource: ResourceIndex, steps: u64) -> u64 {
        let step = step(&layout.lab.resources[resource], self.now(layout, resource));
        (self.now(layout, resource) / step + steps) * step
    }

    /// So many steps more.
    pub fn change(&self, layout: &Layout, resource: ResourceIndex, steps: u64) -> Change {
        Change::Capacity { kind: HostIndex(self.first), resource, amount: self.grown(layout, resource, steps) }
    }

    /// What is missing of a resource in all, in steps: the first guess.
    fn guess(&self, layout: &Layout, resource: ResourceIndex) -> u64 {
        let (asked, there) = layout.totals();
        let host = &layout.lab.hosts[self.first];
        let (usable, all) =
            (host.capacity[resource].saturating_sub(host.reserve[resource]), host.allocatable[resource]);
        let short = u128::from(asked[resource].saturating_sub(there[resource])) * u128::from(usable.max(1))
            / u128::from(all.max(1));
        let steps = short
            .div_ceil(u128::from(step(&layout.lab.resources[resource], self.now(layout, resource))))
            .div_ceil(self.count as u128);
        u64::try_from(steps).unwrap_or(u64::MAX)
    }

    /// In words, with so many steps more of each resource.
    pub fn said(&self, layout: &Layout, amounts: &[(ResourceIndex, u64)]) -> String {
        let amounts: Vec<String> = amounts
            .iter()
            .map(|&(resource, steps)| {
                let kind = &layout.lab.resources[resource];
                let (old, new) = (self.now(layout, resource), self.grown(layout, resource, steps));
                let sold = as_sold(&kind.like(old), new).map_or_else(String::new, |sold| format!(" (as sold: {sold})"));
                format!("{}{sold}", changed(kind, old, new))
            })
            .collect();
        format!("{}: {}", self.who(), amounts.join(", "))
    }

    /// `nuc`, or ``each of the 3 `worker` ``.
    pub fn who(&self) -> String {
        match self.count {
            1 => self.name.clone(),
            count => format!("each of the {count} `{}`", self.name),
        }
    }

    /// How much more that is, as a share of what the hosts have.
    fn cost(&self, layout: &Layout, resource: ResourceIndex, steps: u64) -> f64 {
        let more = self.grown(layout, resource, steps) - self.now(layout, resource);
        let all: u128 = layout.lab.hosts.iter().map(|host| u128::from(host.capacity[resource])).sum();
        more as f64 * self.count as f64 / (all.max(1)) as f64
    }

    fn least(&self, prober: &Prober, resource: ResourceIndex) -> Option<(f64, Remedy)> {
        let layout = &prober.question.layout;
        let change = |steps| [self.change(layout, resource, steps)];
        let guess = self.guess(layout, resource);
        let (steps, least) = least(self.most(layout, resource), guess, |steps| prober.fits(&change(steps)))?;
        let text = self.said(layout, &[(resource, steps)]);
        let remedy = prober.remedy(Kind::Capacity, text, &change(steps), least)?;
        Some((self.cost(layout, resource, steps), remedy))
    }

    /// Of each resource the least, those before it being at theirs and those after it without end.
    fn least_of_all(&self, prober: &Prober) -> Option<(f64, Remedy)> {
        let layout = &prober.question.layout;
        let all: Vec<ResourceIndex> = layout.lab.own().collect();
        let mut steps: Vec<u64> = all.iter().map(|&resource| self.most(layout, resource)).collect();
        let change = |steps: &[u64]| {
            let more = all.iter().filter(|&&resource| steps[resource] > 0);
            more.map(|&resource| self.change(layout, resource, steps[resource])).collect::<Vec<Change>>()
        };
        if !yes(prober.fits(&change(&steps))) {
            return None;
        }
        // What can be done without a further device is.
        let mut in_turn = all.clone();
        in_turn.sort_by_key(|&resource| !layout.lab.resources[resource].is_named());
        let guess = |resource| self.guess(layout, resource);
        let proven = each_least(&mut steps, in_turn, guess, |steps| prober.fits(&change(steps)))?;
        let more: Vec<(ResourceIndex, u64)> =
            all.iter().map(|&r| (r, steps[r])).filter(|(_, some)| *some > 0).collect();
        let cost = more.iter().map(|&(resource, some)| self.cost(layout, resource, some)).sum();
        let remedy = prober.remedy(Kind::Capacity, self.said(layout, &more), &change(&steps), proven)?;
        Some((cost, remedy))
    }
}

/// Smaller requests of the containers that find no place: of a stack's container, or of one of a single startup.
pub fn requests(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let mut tried = BTreeSet::new();
    let mut remedies = Vec::new();
    for &startup in prober.refused {
        for service in layout.demand.startups[startup].services.clone() {
            for shrunk in shrunk(prober, service) {
                if tried.len() < MOST_TRIED && tried.insert(shrunk.of) {
                    remedies.extend(shrunk.least(prober));
                }
            }
        }
    }
    remedies.sort_by(|a, b| a.0.total_cmp(&b.0));
    remedies.into_iter().map(|(_, remedy)| remedy).collect()
}

/// A container whose requests could be smaller.
struct Shrunk {
    service: ServiceIndex,
    of: Of,
    /// How it is called: `every `app` of stack `web``.
    who: String,
}

/// Alone, and with all others that take the same container from the stack.
fn shrunk(prober: &Prober, service: ServiceIndex) -> Vec<Shrunk> {
    let layout = &prober.question.layout;
    let its = &layout.demand.services[service];
    let startup = &layout.demand.startups[its.startup];
    let mut all = Vec::new();
    if let Some(stack) = layout.stacks.iter().position(|stack| Some(&stack.name) == startup.stack.as_ref())
        && let Some(position) = layout.stacks[stack].services.iter().position(|it| it.name == its.name)
    {
        let name = &layout.stacks[stack].name;
        let of_stack = layout.demand.startups.iter().filter(|other| other.stack.as_ref() == Some(name)).count();
        if of_stack > 1 {
            let of = Of::Stack { stack, service: position };
            all.push(Shrunk { service, of, who: format!("every `{}` of stack `{name}`", its.name) });
        }
    }
    if prober.refused.len() == 1 {
        all.push(Shrunk { service, of: Of::Service(service), who: format!("`{}`", layout.service_id(service)) });
    }
    all
}

impl Shrunk {
    fn least(&self, prober: &Prober) -> Option<(f64, Remedy)> {
        let layout = &prober.question.layout;
        let its = &layout.demand.services[self.service];
        let derived = layout.lab.derived();
        // Where it has a limit that is counted, that; it is no lower than what is asked for.
        let limited = |resource: ResourceIndex| {
            let follows = derived.iter().find(|it| it.resource == resource && it.aspect == Aspect::Limits)?;
            its.limit[follows.of].map(|limit| (follows.of, limit, its.request[follows.of].value))
        };
        let request = |resource: ResourceIndex| its.request[resource].value;
        // Where what was observed gates, asking for less changes nothing.
        let observed = layout.demand.services[self.service].observed.as_ref();
        let observed = observed.filter(|_| layout.demand.basis != Basis::Request);
        let gates = |resource: ResourceIndex| observed.is_none_or(|it| it.amounts[resource].is_none());
        let all = 0..layout.lab.resources.len();
        let less = |resource: ResourceIndex| match limited(resource) {
            Some((of, limit, asked)) => Less::of_limit(layout, of, limit, asked),
            None => {
                let asks = layout.lab.resources[resource].is_asked()
                    && gates(resource)
                    && layout.lab.at_all_times(resource).into_iter().any(|it| request(it) > 0);
                let times = layout.lab.at_all_times(resource).into_iter();
                asks.then(|| Less::of(layout, resource, times.map(|it| (it, request(it))).collect()))
            }
        };
        let all: Vec<Less> = all.filter_map(less).collect();
        let least_of = |less: &Less| less.changes(self.of, less.most);
        if !yes(prober.fits(&all.iter().flat_map(least_of).collect::<Vec<Change>>())) {
            return None;
        }
        let mut found: BTreeMap<u64, (f64, Remedy)> = BTreeMap::new();
        for less in &all {
            let change = |steps| less.changes(self.of, steps);
            if let Some((steps, least)) = least(less.most, 1, |steps| prober.fits(&change(steps))) {
                let text = format!("{}: {}", self.who, less.said(layout, steps));
                let remedy = prober.remedy(Kind::Request, text, &change(steps), least)?;
                found.insert((less.share(steps) * 1e9) as u64, (less.share(steps), remedy));
            }
        }
        let one = found.into_values().next();
        one.or_else(|| self.least_of_all(prober, &all))
    }

    /// Of each resource the least less, those before it being at theirs and those after it asked for as little as can be.
    fn least_of_all(&self, prober: &Prober, all: &[Less]) -> Option<(f64, Remedy)> {
        let layout = &prober.question.layout;
        let mut steps: Vec<u64> = all.iter().map(|less| less.most).collect();
        let changes = |steps: &[u64]| -> Vec<Change> {
            let fewer = all.iter().zip(steps).filter(|(_, steps)| **steps > 0);
            fewer.flat_map(|(less, &steps)| less.changes(self.of, steps)).collect()
        };
        if all.len() < 2 || !yes(prober.fits(&changes(&steps))) {
            return None;
        }
        let proven = each_least(&mut steps, 0..all.len(), |_| 1, |steps| prober.fits(&changes(steps)))?;
        let fewer = || all.iter().zip(&steps).filter(|(_, steps)| **steps > 0);
        let said: Vec<String> = fewer().map(|(less, &steps)| less.said(layout, steps)).collect();
        let text = format!("{}: {}", self.who, said.join(", "));
        let remedy = prober.remedy(Kind::Request, text, &changes(&steps), proven)?;
        Some((fewer().map(|(less, &steps)| less.share(steps)).sum(), remedy))
    }
}

/// What is asked for of a resource, or the limit of it, and how much less of it there could be: whole numbers of steps.
/// Nothing at all is no request.
struct Less {
    resource: ResourceIndex,
    is_limit: bool,
    /// What is asked for at each time.
    times: Vec<(ResourceIndex, u64)>,
    /// The most of that.
    now: u64,
    step: u64,
    /// So many steps less leave the first.
    most: u64,
    /// How much is left then.
    first: u64,
}

impl Less {
    fn of(layout: &Layout, resource: ResourceIndex, times: Vec<(ResourceIndex, u64)>) -> Less {
        let now = times.iter().map(|(_, now)| *now).max().unwrap_or(0).max(1);
        let step = step(&layout.lab.resources[resource], now);
        Less { resource, is_limit: false, times, now, step, most: (now - 1) / step, first: step }
    }

    /// Of a limit, which is no lower than what is asked for.
    fn of_limit(layout: &Layout, resource: ResourceIndex, now: u64, asked: u64) -> Option<Less> {
        let step = step(&layout.lab.resources[resource], now);
        let first = asked.max(1).div_ceil(step) * step;
        let most = now.checked_sub(first)?.div_ceil(step);
        (most > 0).then_some(Less { resource, is_limit: true, times: vec![(resource, now)], now, step, most, first })
    }

    /// Where more is asked for, that much at each time.
    fn changes(&self, of: Of, steps: u64) -> Vec<Change> {
        let amount = self.left(steps);
        let change = |&(resource, _): &(ResourceIndex, u64)| match self.is_limit {
            true => Change::Limit { of, resource, amount: Some(amount) },
            false => Change::Request { of, resource, amount },
        };
        self.times.iter().filter(|(_, now)| *now > amount || self.times.len() == 1).map(change).collect()
    }

    /// What is asked for after so many steps less.
    fn left(&self, steps: u64) -> u64 {
        self.first + (self.most - steps) * self.step
    }

    fn said(&self, layout: &Layout, steps: u64) -> String {
        let of = if self.is_limit { "limit of " } else { "" };
        format!("{of}{}", changed(&layout.lab.resources[self.resource], self.now, self.left(steps)))
    }

    /// How much less that is, as a share of what is asked for now.
    fn share(&self, steps: u64) -> f64 {
        (self.now - self.left(steps)) as f64 / self.now as f64
    }
}
