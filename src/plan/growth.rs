//! Up to which growth of what runs the placement holds, counted in whole percent and exact.

use std::collections::BTreeMap;

use super::survival::survival_with;
use super::{Costs, Survival};
use crate::check::check_failovers;

use crate::model::{
    ContainerIndex, Failover, HostIndex, Layout, Numbered, Placement, Pool, ResourceIndex, ServiceIndex, StartupIndex,
};
use crate::solve::{Effort, Loss, Options, Outcome};

/// Growth is counted up to so many percent.
pub const MOST_PERCENT: u64 = 10_000;

/// How much may grow where it is. Every amount of CPU, memory and disk grows alike and rounds up to a whole base unit;
/// named resources count things and do not grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// All containers at once may grow by so many percent, and not by one more (at [`MOST_PERCENT`] perhaps by more).
    pub all: Percent,
    /// Each startup by itself, the others standing still, in the document's order; those that ask for nothing that
    /// grows, or have nothing placed, are left out. Where losses are to be survived there are none of labs so large that
    /// it would take long, and fewer where the time ends.
    pub startups: Vec<(StartupIndex, Percent)>,
}

/// What `check` says besides, where that was asked for.
#[derive(Clone, Debug, Default)]
pub struct Outlook {
    /// Up to which growth the placement holds.
    pub growth: Option<Growth>,
    /// What follows each loss that is to be survived.
    pub survival: Option<Survival>,
    /// What each startup takes and costs.
    pub costs: Option<Costs>,
}

/// So many percent more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Percent {
    /// Whole percent.
    pub percent: u64,
    /// What would be wrong at one percent more; `None` at [`MOST_PERCENT`].
    pub ends: Option<End>,
}

/// What growth ends at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// This host would be too full, and of what.
    Full(HostIndex, ResourceIndex),
    /// This carrier would be too full, and of what.
    CarrierFull(ContainerIndex, ResourceIndex),
    /// The pool that has this would be too full.
    PoolFull(ResourceIndex),
    /// The loss of these hosts would not be survived, as far as is known.
    Lost(Vec<HostIndex>),
}

/// How much of what `placement` places may grow, so that it still survives what is to be survived; `None` where nothing
/// placed asks for anything that grows, and where a host holds more than it can give, or a loss is not survived, already.
/// Carriers do not grow, but follow what they hold where they are as large as that.
pub fn growth(layout: &Layout, placement: &Placement, options: &Options) -> Option<Growth> {
    if layout.demand.has_carriers() {
        return growth_with_carriers(layout, placement, options);
    }
    let used = layout.used(placement);
    let gives = |host: HostIndex| &layout.lab.hosts[host].allocatable;
    if layout.lab.indices().any(|host| used[host].iter().zip(gives(host)).any(|(used, give)| used > give)) {
        return None;
    }
    let drawn = layout.drawn(placement);
    let over =
        |(pool, drawn): (&Pool, &Vec<u64>)| drawn.iter().zip(&pool.allocatable).any(|(drawn, give)| drawn > give);
    if layout.lab.pools.iter().zip(&drawn).any(over) {
        return None;
    }
    // What runs on each host, each container and agent by its service.
    let mut content = layout.agents_under(placement);
    for (container, host) in placement.placed() {
        content[host].push(layout.demand.containers[container].service);
    }
    let everything = layout.lab.indices().map(|host| (host, &content[host][..]));
    let whole = surviving(layout, placement, most(layout, (&used, &drawn), everything)?, &|_| true, options)?;
    content.iter_mut().for_each(|services| services.sort_unstable());
    let mut own_agents: BTreeMap<StartupIndex, Vec<ServiceIndex>> = BTreeMap::new();
    for agent in layout.agents() {
        own_agents.entry(layout.demand.services[agent].startup).or_default().push(agent);
    }
    let many = if is_quick(layout) { layout.demand.startups.len() } else { 0 };
    let startups = (0..many).take_while(|_| !options.clock.is_over()).filter_map(|startup| {
        let mut its: BTreeMap<HostIndex, Vec<ServiceIndex>> = BTreeMap::new();
        for container in layout.demand.containers_of(startup) {
            let service = layout.demand.containers[container].service;
            placement.host_of[container].into_iter().for_each(|host| its.entry(host).or_default().push(service));
        }
        for &agent in own_agents.get(&startup).into_iter().flatten() {
            let hosts = layout.demand.services[agent].every.iter().flat_map(|every| every.hosts.iter().copied());
            let runs = hosts.filter(|&host| content[host].binary_search(&agent).is_ok());
            runs.for_each(|host| its.entry(host).or_default().push(agent));
        }
        let its = its.iter().map(|(&host, content)| (host, &content[..]));
        let own = |it: StartupIndex| it == startup;
        Some((startup, surviving(layout, placement, most(layout, (&used, &drawn), its)?, &own, options)?))
    });
    Some(Growth { all: whole, startups: startups.collect() })
}

/// The same where carriers have budgets of their own: everything is added up at each growth that is asked about.
fn growth_with_carriers(layout: &Layout, placement: &Placement, options: &Options) -> Option<Growth> {
    let may_grow = |grows: &dyn Fn(StartupIndex) -> bool| {
        let most = most_with_carriers(layout, placement, grows, options)?;
        surviving(layout, placement, most, grows, options)
    };
    let all = may_grow(&|_| true)?;
    let many = if is_quick(layout) && is_quickly_added_up(layout) { layout.demand.startups.len() } else { 0 };
    let startups = (0..many).take_while(|_| !options.clock.is_over());
    let startups = startups.filter_map(|startup| Some((startup, may_grow(&|it| it == startup)?))).collect();
    Some(Growth { all, startups })
}

/// The most percent at which hosts, carriers and pools hold what grows.
fn most_with_carriers(
    layout: &Layout,
    placement: &Placement,
    grows: &dyn Fn(StartupIndex) -> bool,
    options: &Options,
) -> Option<Percent> {
    let end = |percent| first_full(&grown(layout, grows, percent), placement);
    let most = grown(layout, grows, MOST_PERCENT);
    let grows = |container: ContainerIndex| {
        layout.demand.service_of(container).request != most.demand.service_of(container).request
    };
    let any =
        placement.placed().any(|(container, _)| grows(container)) || layout.used(placement) != most.used(placement);
    if !any || end(0).is_some() {
        return None;
    }
    let (mut low, mut high, mut ends) = (0, MOST_PERCENT + 1, None);
    while high - low > 1 {
        if options.clock.is_over() {
            return None;
        }
        let middle = low + (high - low) / 2;
        match end(middle) {
            None => low = middle,
            full => (high, ends) = (middle, full),
        }
    }
    Some(Percent { percent: low, ends })
}

/// The first host, carrier or pool that holds more than it can give.
fn first_full(layout: &Layout, placement: &Placement) -> Option<End> {
    let over = |used: &[u64], gives: &[u64]| used.iter().zip(gives).position(|(used, gives)| used > gives);
    let used = layout.used(placement);
    let host = layout
        .lab
        .hosts
        .iter()
        .numbered::<HostIndex>()
        .find_map(|(host, it)| Some(End::Full(host, over(&used[host], &it.allocatable)?)));
    let sizes = layout.sizes(placement);
    let mut carriers = placement.by_carrier().into_iter();
    let carrier = || {
        carriers.find_map(|(carrier, content)| {
            let gives = layout.lab.offers(layout.demand.service_of(carrier));
            Some(End::CarrierFull(carrier, over(&layout.held(&sizes, &content), &gives)?))
        })
    };
    let drawn = layout.drawn(placement);
    let mut pools = layout.lab.pools.iter().zip(&drawn);
    let pool =
        || pools.find_map(|(pool, drawn)| Some(End::PoolFull(pool.resources.start + over(drawn, &pool.allocatable)?)));
    host.or_else(carrier).or_else(pool)
}

/// So many startups times containers are added up in no time, a dozen times each.
const ADDED_UP: usize = 200_000;

fn is_quickly_added_up(layout: &Layout) -> bool {
    layout.demand.startups.len().saturating_mul(layout.demand.containers.len()) <= ADDED_UP
}

/// Each startup is asked about every loss several times: up to so many startups times hosts times containers.
const SURVIVED: usize = 500_000;

fn is_quick(layout: &Layout) -> bool {
    let demand = &layout.demand;
    let asked = demand.startups.len().saturating_mul(layout.lab.hosts.len()).saturating_mul(demand.containers.len());
    layout.survive.is_none() || asked <= SURVIVED
}

/// As many of `most` percent as losses leave; `None` where a loss is not survived as it is. What follows the losses at some
/// growth follows them as well as long as it finds room. From there one percent more is asked for, and where that is
/// survived two, four and so on, and then there is bisection: by greed first, which says at once that it finds nothing, and
/// from where that ends with more effort, which mostly takes long to say so.
fn surviving(
    layout: &Layout,
    placement: &Placement,
    most: Percent,
    grows: &dyn Fn(StartupIndex) -> bool,
    options: &Options,
) -> Option<Percent> {
    let Some(survive) = &layout.survive else { return Some(most) };
    // Near the end of growth the question is as hard as it can be, and is asked for each startup.
    let effort = match layout.demand.containers.len() {
        ..=32 => Effort::THOROUGH,
        33..=100 => Effort::QUICK,
        _ => Effort::GLANCE,
    };
    // The most percent, of these at the least, up to which what followed the losses does.
    let holds = |failovers: &[Failover], least: u64| {
        let holds = |percent| check_failovers(&grown(layout, grows, percent), survive, placement, failovers).is_empty();
        let (mut low, mut high) = (least, most.percent + 1);
        while low + 1 < high {
            if options.clock.is_over() {
                return None;
            }
            let middle = low + (high - low) / 2;
            if holds(middle) { low = middle } else { high = middle }
        }
        Some(low)
    };
    let (mut low, mut end) = (None, None);
    for effort in [Effort::GREED, effort] {
        let (mut high, mut step) = (most.percent + 1, 1);
        while low.is_none_or(|low| low + 1 < high) {
            if options.clock.is_over() {
                return None;
            }
            let asked = low.map_or(0, |low| low + step.min((high - low) / 2));
            // Whether it survives as it stands is worth knowing.
            let effort = if asked == 0 && effort != Effort::GREED { Effort::THOROUGH } else { effort };
            match aftermath(&grown(layout, grows, asked), placement, effort, options)? {
                Aftermath::Survived(failovers) => (low, step) = (Some(holds(&failovers, asked)?), 2 * step),
                Aftermath::Lost(_) if asked == 0 => break,
                Aftermath::Lost(lost) => (high, end) = (asked, Some(lost)),
            }
        }
        if high > most.percent {
            end = None;
        }
    }
    let low = low?;
    Some(match end {
        None => most,
        Some(lost) => Percent { percent: low, ends: Some(End::Lost(lost)) },
    })
}

/// What follows all losses, or the first of which no failover is found.
enum Aftermath {
    Survived(Vec<Failover>),
    Lost(Vec<HostIndex>),
}

/// What follows the losses; `None` where the referee refutes what is said of it.
fn aftermath(layout: &Layout, placement: &Placement, effort: Effort, options: &Options) -> Option<Aftermath> {
    let found = survival_with(layout, placement, effort, options).ok()??;
    let mut failovers = Vec::with_capacity(found.losses.len());
    for Loss { lost, outcome } in found.losses {
        let Outcome::Survived(placement) = outcome else { return Some(Aftermath::Lost(lost)) };
        failovers.push(Failover { lost, placement });
    }
    Some(Aftermath::Survived(failovers))
}

/// The layout when the containers that `grows` names have grown; carriers do not.
fn grown(layout: &Layout, grows: &dyn Fn(StartupIndex) -> bool, percent: u64) -> Layout {
    let mut grown = layout.clone();
    let grows_at_all = |it: &crate::quantity::Counted| it.base().is_usual() && !it.is_limits();
    let counts: Vec<bool> = layout.lab.resources.iter().map(grows_at_all).collect();
    let derived = layout.lab.derived();
    for service in &mut grown.demand.services {
        if grows(service.startup) && service.carries.is_none() {
            let amounts = service.request.iter_mut().zip(&counts).filter(|(_, counts)| **counts);
            amounts.for_each(|(amount, _)| amount.value = more(amount.value, percent));
            service.follow(&derived);
        }
    }
    grown
}

/// An amount that has grown, rounded up.
fn more(amount: u64, percent: u64) -> u64 {
    if let Some(parts) = amount.checked_mul(100 + percent) {
        return parts.div_ceil(100);
    }
    u64::try_from((u128::from(amount) * u128::from(100 + percent)).div_ceil(100)).unwrap_or(u64::MAX)
}

/// The most percent that every host and every pool holds when what `grows` names of the hosts' content grows; all of it
/// takes `used` of the hosts and `drawn` of the pools.
fn most<'a>(
    layout: &Layout,
    (used, drawn): (&[Vec<u64>], &[Vec<u64>]),
    grows: impl Iterator<Item = (HostIndex, &'a [ServiceIndex])>,
) -> Option<Percent> {
    let derived = layout.lab.derived();
    let mut least: Option<Percent> = None;
    let mut all: Vec<ServiceIndex> = Vec::new();
    for (host, growing) in grows {
        all.extend(growing.iter().filter(|&&it| layout.demand.services[it].pool.is_some()));
        for (resource, &used) in used[host].iter().enumerate() {
            let services = growing.iter().map(|&service| &layout.demand.services[service]);
            let growing = services.filter(|service| service.grows_in(resource, &derived));
            let requests = growing.map(|service| service.request[resource].value);
            let amounts: Vec<u64> = requests.filter(|&request| request > 0).collect();
            let of = &layout.lab.resources[resource];
            if of.is_pooled() || !of.base().is_usual() || amounts.is_empty() {
                continue;
            }
            let others = used - amounts.iter().sum::<u64>();
            let room = u128::from(layout.lab.hosts[host].allocatable[resource] - others);
            let percent = most_in(room, &amounts);
            if least.as_ref().is_none_or(|least| percent < least.percent) {
                let ends = (percent < MOST_PERCENT).then_some(End::Full(host, resource));
                least = Some(Percent { percent, ends });
            }
        }
    }
    for (pool, drawn) in layout.lab.pools.iter().zip(drawn) {
        for ((resource, &give), &drawn) in pool.resources.clone().zip(&pool.allocatable).zip(drawn) {
            let requests = all.iter().map(|&service| layout.demand.services[service].request[resource].value);
            let amounts: Vec<u64> = requests.filter(|&request| request > 0).collect();
            if !layout.lab.resources[resource].base().is_usual() || amounts.is_empty() {
                continue;
            }
            let percent = most_in(u128::from(give - (drawn - amounts.iter().sum::<u64>())), &amounts);
            if least.as_ref().is_none_or(|least| percent < least.percent) {
                let ends = (percent < MOST_PERCENT).then_some(End::PoolFull(resource));
                least = Some(Percent { percent, ends });
            }
        }
    }
    least
}

/// By how many percent `amounts` may grow in so much room, by bisection: what holds, holds with less.
fn most_in(room: u128, amounts: &[u64]) -> u64 {
    let holds = |percent| amounts.iter().map(|&amount| u128::from(more(amount, percent))).sum::<u128>() <= room;
    // Rounding up takes less than one unit for each amount: that leaves few percent to try.
    let asked: u128 = amounts.iter().map(|&amount| u128::from(amount)).sum();
    let percent = |room: u128| {
        let percent = (room.saturating_mul(100) / asked.max(1)).saturating_sub(100);
        u64::try_from(percent).unwrap_or(u64::MAX).min(MOST_PERCENT)
    };
    let (mut low, mut high) = (percent(room.saturating_sub(amounts.len() as u128)), percent(room));
    if holds(high) {
        return high;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}
