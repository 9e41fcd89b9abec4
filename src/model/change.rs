//! Changes: what somebody supposes, remedies or adds, as a pure function from one layout to another.

mod demand;
pub(super) mod lab;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{
    ContainerIndex, HostIndex, HostState, Layout, Placement, PoolIndex, ResourceIndex, RuleKind, ServiceIndex, Spot,
    StartupIndex,
};
use super::{PhaseIndex, Rule};
use crate::quantity::LARGEST_SUM;

/// The same layout, but. Indices are those of the layout that is changed, whatever other changes beside it take out or
/// put in; amounts are in base units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The hosts of a kind have so much of a resource.
    Capacity {
        /// Any host of the kind.
        kind: HostIndex,
        /// Of which resource.
        resource: ResourceIndex,
        /// How much.
        amount: u64,
    },
    /// A pool has so much of a resource.
    Pool {
        /// Of which resource: one of a pool.
        resource: ResourceIndex,
        /// How much.
        amount: u64,
    },
    /// The hosts of a kind reach a pool, too, or all hosts do.
    Reach {
        /// Which pool.
        pool: PoolIndex,
        /// Any host of the kind; `None` for all.
        kind: Option<HostIndex>,
    },
    /// So much of what a pool has of a resource is kept free.
    PoolReserve {
        /// Of which resource: one of a pool.
        resource: ResourceIndex,
        /// How much.
        amount: u64,
    },
    /// The hosts of a kind keep so much of a resource for themselves.
    Reserve {
        /// Any host of the kind.
        kind: HostIndex,
        /// Of which resource.
        resource: ResourceIndex,
        /// How much.
        amount: u64,
    },
    /// The hosts of a kind promise so many tenths of what they have of a resource.
    Overcommit {
        /// Any host of the kind.
        kind: HostIndex,
        /// Of which resource.
        resource: ResourceIndex,
        /// Ten promise what there is.
        tenths: u64,
    },
    /// The hosts of a kind are in this state.
    State {
        /// Any host of the kind.
        kind: HostIndex,
        /// Which state.
        state: HostState,
    },
    /// A kind with a `count` counts so many hosts: the last ones go, or further ones come behind them.
    Count {
        /// Any host of the kind.
        kind: HostIndex,
        /// How many.
        count: usize,
    },
    /// One further host, which is up, behind all others.
    HostAdded {
        /// The host it is like in all else.
        like: HostIndex,
        /// Its name.
        name: String,
        /// Its kind: that of the host it is like, or one of its own, which then has no title.
        kind: String,
    },
    /// The host is gone; what ran there stands still.
    HostLost(HostIndex),
    /// The hosts of this kind come with the layout's phase already.
    Forward {
        /// Any host of the kind.
        kind: HostIndex,
    },
    /// The host takes nothing new.
    Drained(HostIndex),
    /// The host is to become empty: it takes nothing new, and what runs there may not stay.
    Vacated(HostIndex),
    /// What gates is so much of a resource.
    Request {
        /// Whose.
        of: Of,
        /// Of which resource.
        resource: ResourceIndex,
        /// How much each container asks for.
        amount: u64,
    },
    /// The ceiling is so much of a resource, or there is none.
    Limit {
        /// Whose.
        of: Of,
        /// Of which resource.
        resource: ResourceIndex,
        /// The most that each container may take.
        amount: Option<u64>,
    },
    /// It may run on these hosts only, or on any.
    Pin {
        /// Which.
        of: Of,
        /// The hosts it may run on.
        on: Option<Vec<HostIndex>>,
    },
    /// Its replicas stay apart, or need not.
    Apart {
        /// Which.
        of: Of,
        /// What keeps them apart.
        kind: Option<RuleKind>,
    },
    /// Its replicas are spread evenly, or need not be.
    Spread {
        /// Which.
        of: Of,
        /// Over what.
        kind: Option<RuleKind>,
    },
    /// So many of its replicas must run.
    Keep {
        /// Which.
        of: Of,
        /// How many.
        keep: usize,
    },
    /// So many replicas of it there are: the last ones go, or further ones come behind them, which have no place yet.
    Replicas {
        /// Which.
        of: Of,
        /// How many.
        replicas: usize,
    },
    /// The containers of a startup, or of all that are made from a stack and say nothing else themselves, need not share
    /// one host.
    Together(OfStartup),
    /// A rule under `rules:`, by its position in [`Layout::rules`], is given up; of one that holds within each startup all.
    RuleDropped(usize),
    /// A rule of [`Layout::rules`] that allows so many allows as many as that.
    AtMost {
        /// Its position.
        rule: usize,
        /// How many.
        count: u64,
    },
    /// A further rule under `rules:`, behind the others.
    RuleAdded {
        /// What it asks.
        kind: RuleKind,
        /// Of whom.
        containers: Vec<ContainerIndex>,
    },
    /// No loss need be survived.
    SurviveDropped,
    /// These may stop when their host is lost, besides those that may already.
    SurviveExcept(Vec<ContainerIndex>),
    /// A further startup, behind all others, none of whose containers is placed.
    StartupAdded {
        /// Its name.
        name: String,
        /// What it is made like.
        like: Like,
    },
    /// A startup is left out, with all that is said of it.
    StartupLeftOut(StartupIndex),
    /// A container is placed, or taken out of the placement.
    Placed {
        /// Which.
        container: ContainerIndex,
        /// Where it is then.
        spot: Option<Spot>,
    },
    /// The layout as it is in this phase.
    Phase(PhaseIndex),
}

/// Whose request, limit, pin, `apart`, `spread`, `keep` or replicas change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// A container of one startup.
    Service(ServiceIndex),
    /// A container of a stack: in all startups made from it that say nothing else themselves.
    Stack {
        /// Position in [`Layout::stacks`].
        stack: usize,
        /// Position in [`super::Stack::services`].
        service: usize,
    },
}

/// Whose `together` changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OfStartup {
    /// A startup.
    Startup(StartupIndex),
    /// A stack, by its position in [`Layout::stacks`].
    Stack(usize),
}

/// What a further startup is made like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Like {
    /// From a stack, by its position in [`Layout::stacks`].
    Stack(usize),
    /// As another startup, with all that it says itself.
    Startup(StartupIndex),
}

/// Why a change cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeError {
    /// It speaks of something that the layout does not have.
    Unknown,
    /// A host would keep more of a resource for itself than it has.
    ReserveAboveCapacity(HostIndex, ResourceIndex),
    /// More of a pool would be kept free than it has.
    PoolKeepsTooMuch(ResourceIndex),
    /// Two hosts or two startups would have this name.
    NameTaken(String),
    /// No host would be left.
    NoHosts,
    /// So many hosts are more than [`super::MOST_HOSTS`].
    TooManyHosts(usize),
    /// So many containers are more than [`super::MOST_CONTAINERS`].
    TooManyContainers(usize),
    /// The sums of a resource would not be counted exactly.
    SumTooLarge(ResourceIndex),
    /// The price or the watts of all hosts would not be counted exactly.
    CostsTooLarge,
    /// A further startup needs something that is not there.
    NeedsUnknown(String),
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChangeError::Unknown => f.write_str("the change speaks of something that is not there"),
            ChangeError::ReserveAboveCapacity(..) => f.write_str("a host would keep more for itself than it has"),
            ChangeError::PoolKeepsTooMuch(_) => f.write_str("more of a pool would be kept free than it has"),
            ChangeError::NameTaken(name) => write!(f, "`{name}` is there already"),
            ChangeError::NoHosts => f.write_str("no host would be left"),
            ChangeError::TooManyHosts(count) => {
                write!(f, "{count} hosts are more than {}, the limit", super::MOST_HOSTS)
            }
            ChangeError::TooManyContainers(count) => {
                write!(f, "{count} containers are more than {}, the limit", super::MOST_CONTAINERS)
            }
            ChangeError::SumTooLarge(_) => f.write_str("the sums are more than is counted exactly"),
            ChangeError::CostsTooLarge => f.write_str("price or watts are more than is counted exactly"),
            ChangeError::NeedsUnknown(name) => write!(f, "there is no `{name}` to need"),
        }
    }
}

impl std::error::Error for ChangeError {}

/// `layout` with all of `changes` made. Where a document says the changes, this is the layout that it resolves to, in
/// all but the places in files.
///
/// # Errors
/// See [`ChangeError`]; nothing is changed then.
pub fn apply(layout: &Layout, changes: &[Change]) -> Result<Layout, ChangeError> {
    let mut changed = layout.clone();
    let mut structure = Structure::default();
    // First, while the positions of rules are those of `layout`.
    for rule in
        changes.iter().filter_map(|change| if let Change::RuleDropped(rule) = change { Some(*rule) } else { None })
    {
        drop_rule(&mut changed, rule)?;
    }
    for change in changes {
        one(&mut changed, change, &mut structure)?;
    }
    let Structure { startups, replicas, lost, counts, hosts, phase } = structure;
    changed.rules.retain(|rule| !rule.containers.is_empty());
    demand::recount(&mut changed, &startups, &replicas)?;
    lab::rearrange(&mut changed, &lost, &counts, hosts)?;
    if let Some(phase) = phase {
        changed = changed.at(phase);
    }
    check(&changed)?;
    Ok(changed)
}

/// Leaves nothing of a rule but its position; nor, where it holds within each startup, of the others that its entry says.
fn drop_rule(layout: &mut Layout, rule: usize) -> Result<(), ChangeError> {
    let nothing = |rule: &mut Rule| (rule.containers, rule.reach) = (Vec::new(), Some([].into()));
    let rule = layout.rules.get_mut(rule).filter(|rule| rule.reach.is_some()).ok_or(ChangeError::Unknown)?;
    nothing(rule);
    if let (true, at) = (rule.each, rule.at) {
        let of_entry = |rule: &&mut Rule| rule.each && rule.at == at;
        layout.rules.iter_mut().chain(&mut layout.dormant).filter(of_entry).for_each(nothing);
    }
    Ok(())
}

/// What waits until all indices have been used.
#[derive(Default)]
struct Structure {
    startups: BTreeSet<StartupIndex>,
    replicas: BTreeMap<ServiceIndex, usize>,
    lost: BTreeSet<HostIndex>,
    counts: Vec<(HostIndex, usize)>,
    hosts: Vec<(HostIndex, String, String)>,
    phase: Option<PhaseIndex>,
}

fn one(layout: &mut Layout, change: &Change, later: &mut Structure) -> Result<(), ChangeError> {
    match change {
        &Change::Capacity { kind, resource, amount } => lab::capacity(layout, kind, resource, amount)?,
        &Change::Pool { resource, amount } => lab::pool(layout, resource, amount)?,
        &Change::Reach { pool, kind } => lab::reach(layout, pool, kind)?,
        &Change::PoolReserve { resource, amount } => lab::pool_reserve(layout, resource, amount)?,
        &Change::Reserve { kind, resource, amount } => lab::reserve(layout, kind, resource, amount)?,
        &Change::Overcommit { kind, resource, tenths } => lab::overcommit(layout, kind, resource, tenths)?,
        &Change::State { kind, state } => lab::of_kind(layout, kind)?.for_each(|host| host.state = state),
        &Change::Forward { kind } => {
            let phase = layout.phase.ok_or(ChangeError::Unknown)?;
            for host in lab::of_kind(layout, kind)? {
                (host.span.from, host.state) = (phase.min(host.span.from), HostState::Up);
            }
        }
        &Change::Drained(host) => {
            layout.lab.hosts.get_mut(host.0).ok_or(ChangeError::Unknown)?.state = HostState::Drain;
        }
        // Nothing may be on a host that is only planned; what the placement has there runs until it moves.
        &Change::Vacated(host) => {
            layout.lab.hosts.get_mut(host.0).ok_or(ChangeError::Unknown)?.state = HostState::Planned;
        }
        &Change::Count { kind, count } => {
            layout.lab.hosts.get(kind.0).ok_or(ChangeError::Unknown)?;
            later.counts.push((kind, count));
        }
        Change::HostAdded { like, name, kind } => {
            layout.lab.hosts.get(like.0).ok_or(ChangeError::Unknown)?;
            later.hosts.push((*like, name.clone(), kind.clone()));
        }
        &Change::HostLost(host) => {
            layout.lab.hosts.get(host.0).ok_or(ChangeError::Unknown)?;
            later.lost.insert(host);
        }
        &Change::Request { of, resource, amount } => demand::request(layout, of, resource, amount)?,
        &Change::Limit { of, resource, amount } => demand::limit(layout, of, resource, amount)?,
        Change::Pin { of, on } => demand::pin(layout, *of, on.as_deref())?,
        Change::Apart { of, kind } => demand::apart(layout, *of, kind.as_ref())?,
        &Change::Together(of) => demand::part(layout, of)?,
        Change::Spread { of, kind } => demand::spread(layout, *of, kind.as_ref())?,
        &Change::Keep { of, keep } => demand::keep(layout, of, keep)?,
        &Change::Replicas { of, replicas } => demand::replicas(layout, of, replicas, &mut later.replicas)?,
        Change::RuleDropped(_) => {}
        &Change::AtMost { rule, count } => at_most(layout, rule, count)?,
        Change::RuleAdded { kind, containers } => add_rule(layout, kind, containers)?,
        Change::SurviveDropped => layout.survive = None,
        Change::SurviveExcept(containers) => {
            let known = layout.demand.containers.len();
            let survive = layout.survive.as_mut().ok_or(ChangeError::Unknown)?;
            if containers.iter().any(|container| container.0 >= known) {
                return Err(ChangeError::Unknown);
            }
            survive.except.extend(containers);
            survive.except.sort_unstable();
            survive.except.dedup();
        }
        Change::StartupAdded { name, like } => demand::add_startup(layout, name, *like)?,
        &Change::StartupLeftOut(startup) => {
            layout.demand.startups.get(startup).ok_or(ChangeError::Unknown)?;
            later.startups.insert(startup);
        }
        &Change::Placed { container, spot } => place(layout, container, spot)?,
        &Change::Phase(phase) => {
            layout.phases.get(phase).ok_or(ChangeError::Unknown)?;
            later.phase = Some(phase);
        }
    }
    Ok(())
}

/// Whether amounts of a resource are asked, kept or promised more than once: containers and limits are only counted.
fn amounts(layout: &Layout, resource: ResourceIndex) -> Result<(), ChangeError> {
    let resource = layout.lab.resources.get(resource).filter(|resource| resource.is_request());
    resource.map(|_| ()).ok_or(ChangeError::Unknown)
}

fn add_rule(layout: &mut Layout, kind: &RuleKind, containers: &[ContainerIndex]) -> Result<(), ChangeError> {
    let containers: BTreeSet<ContainerIndex> = containers.iter().copied().collect();
    if containers.len() < 2 || containers.last().is_some_and(|&last| last.0 >= layout.demand.containers.len()) {
        return Err(ChangeError::Unknown);
    }
    let containers = containers.into_iter().collect();
    layout.rules.push(Rule {
        kind: kind.clone(),
        containers,
        reach: Some([].into()),
        each: false,
        at: Default::default(),
    });
    Ok(())
}

/// So many may be where the rule counts them.
fn at_most(layout: &mut Layout, rule: usize, count: u64) -> Result<(), ChangeError> {
    match layout.rules.get_mut(rule) {
        Some(Rule { kind: RuleKind::AtMost { count: most, .. }, .. }) => *most = count,
        _ => return Err(ChangeError::Unknown),
    }
    Ok(())
}

fn place(layout: &mut Layout, container: ContainerIndex, spot: Option<Spot>) -> Result<(), ChangeError> {
    let containers = layout.demand.containers.len();
    let is_there = |spot: Spot| match spot {
        Spot::Host(host) => host.0 < layout.lab.hosts.len(),
        Spot::Carrier(carrier) => carrier.0 < containers,
    };
    if container.0 >= containers || !spot.is_none_or(is_there) {
        return Err(ChangeError::Unknown);
    }
    if layout.placement.is_none() {
        layout.placed_at = vec![None; containers];
    }
    let placement = layout.placement.get_or_insert_with(|| Placement::empty(containers));
    match spot {
        Some(spot) => placement.put(container, spot),
        None => *placement = placement.only(|it| it != container),
    }
    Ok(())
}

/// What the reader of documents makes sure of.
fn check(layout: &Layout) -> Result<(), ChangeError> {
    let (hosts, containers) = (layout.lab.hosts.len(), layout.demand.containers.len());
    if hosts == 0 {
        return Err(ChangeError::NoHosts);
    }
    if hosts as u64 > super::MOST_HOSTS {
        return Err(ChangeError::TooManyHosts(hosts));
    }
    let agents: usize = layout.agents().map(|agent| layout.demand.services[agent].instances()).sum();
    if (containers + agents) as u64 > super::MOST_CONTAINERS {
        return Err(ChangeError::TooManyContainers(containers + agents));
    }
    if layout.lab.costs_too_much() {
        return Err(ChangeError::CostsTooLarge);
    }
    for resource in 0..layout.lab.resources.len() {
        let mut sums = [0_u128; 5];
        for service in &layout.demand.services {
            let count = service.instances() as u128;
            let request = service.request[resource].value;
            let observed = service.observed.as_ref().and_then(|it| it.amounts[resource]).unwrap_or(0);
            let all = [request, service.limit[resource].unwrap_or(request), observed];
            sums.iter_mut().zip(all).for_each(|(sum, amount)| *sum += count * u128::from(amount));
        }
        // Of what pools have, hosts give no more than all can ask for.
        for host in layout.lab.hosts.iter().filter(|_| layout.lab.of_hosts().contains(&resource)) {
            sums[3] += u128::from(host.capacity[resource]);
            sums[4] += u128::from(host.allocatable[resource]);
        }
        let most = if layout.lab.resources[resource].is_limits() { super::UNLIMITED } else { LARGEST_SUM };
        if sums[..3].iter().any(|sum| *sum > u128::from(most))
            || sums[3..].iter().any(|sum| *sum > u128::from(LARGEST_SUM))
        {
            return Err(ChangeError::SumTooLarge(resource));
        }
    }
    Ok(())
}
