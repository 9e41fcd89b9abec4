//! The parts that several answers share.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Number;

use crate::check;
use crate::diagnostic::Place;
use crate::explain::{Reason, Refusal};
use crate::model::{
    self, CarrierUse, ContainerIndex, GoalValue, HostIndex, HostState, HostUse, Layout, Load, Placement, ResourceIndex,
    Spot,
};
use crate::moves::Move;
use crate::plan::{self, Gain, OrderVerdict, Pause, Steps};
use crate::report::pages::{moves, refusals};
use crate::report::text;
use crate::solve::{GoalResult, Proof};

/// Amounts by the name of their resource.
pub type Amounts = BTreeMap<String, u64>;

/// What one host holds.
#[derive(Debug, Serialize)]
pub struct Host {
    name: String,
    state: &'static str,
    containers: Vec<String>,
    /// The carriers on it, and what is in them; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    carriers: Vec<Carrier>,
    /// What runs there because the host is there; left out where nothing does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    agents: Vec<String>,
    used: Amounts,
    allocatable: Amounts,
    /// Below zero where more is used than there is.
    free: BTreeMap<String, i128>,
    /// Used of allocatable; null where nothing is allocatable.
    utilisation: BTreeMap<String, Option<f64>>,
    /// The sums of the limits, for resources with a limit on the host.
    limits: Amounts,
}

/// What one carrier holds.
#[derive(Debug, Serialize)]
pub struct Carrier {
    id: String,
    containers: Vec<String>,
    /// What it asks for itself.
    size: Amounts,
    used: Amounts,
    /// What it offers to those in it.
    offers: Amounts,
}

fn carrier(layout: &Layout, host: HostIndex, held: &CarrierUse) -> Carrier {
    let of = |amounts: &[u64]| {
        let all: Amounts = budgeted(layout, host, amounts.iter().copied());
        let counts = |name: &String| {
            layout.lab.resources.iter().any(|it| it.name() == name && it.is_request() && !it.is_pooled())
        };
        all.into_iter().filter(|(name, _)| counts(name)).collect()
    };
    Carrier {
        id: layout.container_id(held.carrier),
        containers: ids(layout, &held.containers),
        size: of(&held.size),
        used: of(&held.used),
        offers: of(&held.offers),
    }
}

/// The hosts, by name.
pub fn hosts(layout: &Layout, uses: &[HostUse]) -> Vec<Host> {
    let mut hosts: Vec<Host> = uses.iter().map(|held| host(layout, held)).collect();
    hosts.sort_by(|a, b| a.name.cmp(&b.name));
    hosts
}

fn host(layout: &Layout, held: &HostUse) -> Host {
    let machine = &layout.lab.hosts[held.host];
    let pairs = || held.used.iter().copied().zip(machine.allocatable.iter().copied());
    Host {
        name: machine.name.clone(),
        state: match machine.state {
            HostState::Up => "up",
            HostState::Drain => "drain",
            HostState::Planned => "planned",
        },
        containers: ids(layout, &held.containers),
        carriers: held.carriers.iter().map(|it| carrier(layout, held.host, it)).collect(),
        agents: agents(layout, held),
        used: budgeted(layout, held.host, held.used.iter().copied()),
        allocatable: budgeted(layout, held.host, machine.allocatable.iter().copied()),
        free: budgeted(layout, held.host, pairs().map(|(used, whole)| i128::from(whole) - i128::from(used))),
        utilisation: budgeted(
            layout,
            held.host,
            pairs().map(|(used, whole)| (whole > 0).then(|| used as f64 / whole as f64)),
        ),
        limits: budgeted(layout, held.host, held.limits.iter().copied())
            .into_iter()
            .filter_map(|(name, limit)| Some((name, limit?)))
            .collect(),
    }
}

/// What is drawn from a pool.
#[derive(Debug, Serialize)]
pub struct Pool {
    name: String,
    /// The hosts that reach it.
    hosts: Vec<String>,
    containers: Vec<String>,
    used: Amounts,
    allocatable: Amounts,
    /// Below zero where more is used than there is.
    free: BTreeMap<String, i128>,
    /// Used of allocatable; null where nothing is allocatable.
    utilisation: BTreeMap<String, Option<f64>>,
}

/// The pools, by name.
pub fn pools(layout: &Layout, uses: &[HostUse]) -> Vec<Pool> {
    if layout.lab.pools.is_empty() {
        return Vec::new();
    }
    let placed: Vec<ContainerIndex> = uses.iter().flat_map(|held| held.containers.iter().copied()).collect();
    let drawn = layout.requested(placed.iter().copied());
    let pool = |(index, pool): (usize, &model::Pool)| {
        let its: Vec<ContainerIndex> =
            placed.iter().copied().filter(|&it| layout.demand.service_of(it).pool == Some(index)).collect();
        let amounts = || {
            let names = pool.resources.clone().map(|it| layout.lab.resources[it].base().name().to_owned());
            names.zip(drawn[pool.resources.clone()].iter().copied().zip(pool.allocatable.iter().copied()))
        };
        let hosts = layout.lab.indices().filter(|&host| pool.reaches(host));
        Pool {
            name: pool.name.clone(),
            hosts: hosts.map(|host| layout.lab.hosts[host].name.clone()).collect(),
            containers: ids(layout, &its),
            used: amounts().map(|(name, (used, _))| (name, used)).collect(),
            allocatable: amounts().map(|(name, (_, whole))| (name, whole)).collect(),
            free: amounts().map(|(name, (used, whole))| (name, i128::from(whole) - i128::from(used))).collect(),
            utilisation: amounts()
                .map(|(name, (used, whole))| (name, (whole > 0).then(|| used as f64 / whole as f64)))
                .collect(),
        }
    };
    let mut pools: Vec<Pool> = layout.lab.pools.iter().enumerate().map(pool).collect();
    pools.sort_by(|a, b| a.name.cmp(&b.name));
    pools
}

/// The ids of the agents of a host, by name.
fn agents(layout: &Layout, held: &HostUse) -> Vec<String> {
    let mut ids: Vec<String> = held.agents.iter().map(|&agent| layout.agent_id(agent, held.host)).collect();
    ids.sort_unstable();
    ids
}

fn names(layout: &Layout) -> impl Iterator<Item = String> + '_ {
    layout.lab.resources.iter().map(|it| it.resource.name().to_owned())
}

/// One entry for each resource of which the host has a budget; `values` has one for each of the lab.
pub fn budgeted<T>(layout: &Layout, host: HostIndex, values: impl Iterator<Item = T>) -> BTreeMap<String, T> {
    let all = names(layout).zip(values).enumerate();
    all.filter(|(resource, _)| layout.lab.has_budget(host, *resource)).map(|(_, named)| named).collect()
}

/// The ids of containers, sorted.
pub fn ids(layout: &Layout, containers: &[ContainerIndex]) -> Vec<String> {
    let mut ids: Vec<String> = containers.iter().map(|&container| layout.container_id(container)).collect();
    ids.sort();
    ids
}

/// The name of a resource.
pub fn resource(layout: &Layout, resource: ResourceIndex) -> String {
    layout.lab.resources[resource].resource.name().to_owned()
}

/// A goal and what was reached in it.
#[derive(Debug, Serialize)]
pub struct Goal {
    name: &'static str,
    value: Number,
    bound: Number,
    proven: bool,
    /// The method that proves it.
    by: &'static str,
    /// Of balance: how full the hosts are, the fullest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    levels: Vec<Number>,
    /// How many of them are proven, from the fullest on.
    #[serde(skip_serializing_if = "Option::is_none")]
    levels_proven: Option<usize>,
}

impl From<&GoalResult> for Goal {
    fn from(result: &GoalResult) -> Self {
        let &GoalResult { goal, value, bound, proven, by, ref levels, levels_proven } = result;
        Self {
            name: goal.name(),
            value: number(value),
            bound: number(bound),
            proven,
            by: by.name(),
            levels: levels.iter().map(|&level| number(GoalValue::Share(level))).collect(),
            levels_proven: (goal == model::Goal::Balance).then_some(levels_proven),
        }
    }
}

/// Counts as whole numbers, prices and watts with their decimals, shares from 0 to 1.
pub fn number(value: GoalValue) -> Number {
    match value {
        GoalValue::Count(count) | GoalValue::Bytes(count) => Number::from(count),
        GoalValue::Millionths(millionths) | GoalValue::Above(millionths) if millionths % 1_000_000 == 0 => {
            Number::from(millionths / 1_000_000)
        }
        value => Number::from_f64(value.as_f64()).unwrap_or_else(|| Number::from(0)),
    }
}

/// What hosts are above their targets.
#[derive(Debug, Serialize)]
pub struct Targets {
    /// In all, as parts of what a host gives.
    above: Number,
    list: Vec<Passed>,
}

/// A host that holds more of a resource than its target.
#[derive(Debug, Serialize)]
struct Passed {
    host: String,
    resource: String,
    used: u64,
    target: u64,
    allocatable: u64,
    /// By how much, as a part of what it gives.
    above: Number,
    message: String,
}

/// What `placement` has above targets; `None` where no host has one.
pub fn targets(layout: &Layout, placement: &Placement) -> Option<Targets> {
    let found = check::passed(layout, placement);
    let said = |one: &check::Passed| Passed {
        host: layout.lab.hosts[one.host].name.clone(),
        resource: resource(layout, one.resource),
        used: one.used,
        target: one.target,
        allocatable: one.allocatable,
        above: number(GoalValue::Above(one.above())),
        message: one.message(layout),
    };
    let above = number(GoalValue::Above(check::above(&found)));
    layout.has_targets().then(|| Targets { above, list: found.iter().map(said).collect() })
}

/// What is wished, and what of that is not met.
#[derive(Debug, Serialize)]
pub struct Wishes {
    /// How many wishes there are.
    of: usize,
    /// What is not met weighs so much.
    unmet: u64,
    list: Vec<Unmet>,
}

/// A wish that is not met.
#[derive(Debug, Serialize)]
struct Unmet {
    wish: String,
    /// Who is in its way.
    containers: Vec<String>,
    /// So many would have to be elsewhere.
    count: u64,
    weight: u64,
    cost: u64,
    at: Option<At>,
    message: String,
}

/// The wishes and what of them `placement` does not meet; `None` where nothing is wished.
pub fn wishes(layout: &Layout, placement: &Placement) -> Option<Wishes> {
    let of = layout.all_wishes().len();
    let found = check::unmet(layout, placement);
    let said = |one: &check::Unmet| Unmet {
        wish: one.asks.words(),
        containers: ids(layout, &one.containers),
        count: one.count,
        weight: one.weight,
        cost: one.cost(),
        at: at(layout, Some(one.at)),
        message: one.message(layout),
    };
    (of > 0).then(|| Wishes { of, unmet: check::weight(&found), list: found.iter().map(said).collect() })
}

/// Why one host refuses one container.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Refused {
    container: String,
    host: String,
    reason: &'static str,
    #[serde(flatten)]
    short: Option<Short>,
    /// The container that it must stay apart from or be with.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    message: String,
}

/// What a host is short of.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Short {
    resource: String,
    requested: u64,
    free: u64,
    short: u64,
}

/// The refusals by container, host and reason. `free` of a host that is too small is what it could give when empty.
pub fn refusals(layout: &Layout, refusals: &[Refusal]) -> Vec<Refused> {
    let mut refused: Vec<Refused> = refusals.iter().map(|one| refusal(layout, one)).collect();
    refused.sort();
    refused
}

fn refusal(layout: &Layout, refusal: &Refusal) -> Refused {
    let (short, other, label) = match &refusal.reason {
        Reason::TooSmall { resource: index, requested, allocatable: free }
        | Reason::Short { resource: index, requested, free }
        | Reason::Agents { resource: index, requested, free, host: _ } => {
            let (resource, short) = (resource(layout, *index), requested.saturating_sub(*free));
            (Some(Short { resource, requested: *requested, free: *free, short }), None, None)
        }
        Reason::ApartFrom { other, label, .. } => (None, Some(*other), label.clone()),
        Reason::TogetherWith { other, .. } => (None, Some(*other), None),
        Reason::Crowded { .. } | Reason::Uneven { .. } => (None, None, None),
        Reason::OutOfReach { .. } => (None, None, None),
        Reason::NotAllowed | Reason::Nowhere | Reason::Drained | Reason::Planned | Reason::OtherPhase { .. } => {
            (None, None, None)
        }
    };
    Refused {
        container: layout.container_id(refusal.container),
        host: layout.spot_name(refusal.spot),
        reason: refusals::code(&refusal.reason),
        short,
        other: other.map(|container| layout.container_id(container)),
        label,
        message: refusals::words(layout, &refusal.reason),
    }
}

/// How much of a resource is requested, and how much of it there is.
#[derive(Debug, Serialize)]
pub struct Volume {
    pub(super) resource: String,
    pub(super) requested: u64,
    pub(super) allocatable: u64,
}

/// What proves an answer.
#[derive(Debug, Serialize)]
pub struct Proven {
    kind: &'static str,
    sentence: String,
}

impl From<&Proof> for Proven {
    fn from(proof: &Proof) -> Self {
        Self { kind: proof.kind, sentence: proof.sentence.clone() }
    }
}

/// A container goes from one host to another; `from` is null where it starts, `to` where it stops.
#[derive(Debug, Serialize)]
pub struct Step {
    /// Equal numbers go at once; what stops first has 0. Absent where no order is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<usize>,
    container: String,
    from: Option<String>,
    to: Option<String>,
    /// The first goal that the step changes, and its values before and after it; with `--max-moves`. Of what goes at once the
    /// first has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    gain: Option<Gained>,
}

/// One step.
pub fn step(layout: &Layout, container: ContainerIndex, from: Option<Spot>, to: Option<Spot>) -> Step {
    let name = |spot: Spot| layout.spot_name(spot);
    Step { step: None, container: layout.container_id(container), from: from.map(name), to: to.map(name), gain: None }
}

/// Moves in their order.
pub fn moves(layout: &Layout, moves: &[Move]) -> Vec<Step> {
    in_order(layout, &[], moves, &[])
}

/// The steps in their order.
pub fn steps(layout: &Layout, steps: &Steps) -> Vec<Step> {
    let mut all = in_order(layout, &steps.stops, &steps.moves, &steps.starts);
    for (step, gain) in all.iter_mut().skip(steps.stops.len()).zip(&steps.gains) {
        step.gain = gain.map(gained);
    }
    all
}

/// The steps on which some containers stop for a while.
pub fn pause(layout: &Layout, pause: &Pause) -> Vec<Step> {
    in_order(layout, &pause.stops, &pause.moves, &pause.starts)
}

fn in_order(
    layout: &Layout,
    stops: &[(ContainerIndex, Spot)],
    moves: &[Move],
    starts: &[(ContainerIndex, Spot)],
) -> Vec<Step> {
    let last = moves.last().map_or(1, |last| last.step + 1);
    let numbered = |number, container, from, to| Step { step: Some(number), ..step(layout, container, from, to) };
    let first = stops.iter().map(|&(it, spot)| numbered(0, it, Some(spot), None));
    let moves = moves.iter().map(|it| numbered(it.step, it.container, it.from, it.to));
    let end = starts.iter().map(|&(it, spot)| numbered(last, it, None, Some(spot)));
    first.chain(moves).chain(end).collect()
}

/// What gates where that is not what is asked: `observed`, and how many containers count, at least in part, with what
/// they ask for.
#[derive(Debug, Serialize)]
pub struct Gate {
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    gate: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unmeasured: Option<usize>,
}

/// What gates in a layout.
pub fn gate(layout: &Layout) -> Gate {
    match layout.demand.basis {
        model::Basis::Request => Gate { gate: None, unmeasured: None },
        model::Basis::Observed { unmeasured, .. } => Gate { gate: Some("observed"), unmeasured: Some(unmeasured) },
    }
}

/// On how many containers' figures that nobody has measured here an answer rests.
#[derive(Debug, Serialize)]
pub struct Grounds {
    /// How many containers there are, agents on each of their hosts.
    containers: usize,
    /// Those of which any amount is the catalogue's.
    catalogue: usize,
    /// Those of which any amount is a default: size `unmeasured`.
    unmeasured: usize,
}

/// On what the requests rest; `None` where all of them are the document's own.
pub fn grounds(layout: &Layout) -> Option<Grounds> {
    let model::Grounds { containers, catalogue, defaults: unmeasured } = layout.demand.grounds();
    (catalogue + unmeasured > 0).then_some(Grounds { containers, catalogue, unmeasured })
}

/// Up to which growth a placement holds.
#[derive(Debug, Serialize)]
pub struct Growth {
    percent: u64,
    /// What is full first; null where nothing is at the most percent that are counted.
    host: Option<String>,
    /// The carrier that is, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<String>,
    resource: Option<String>,
    /// The hosts whose loss is first no longer survived, where that comes before.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<Vec<String>>,
    startups: Vec<StartupGrowth>,
}

/// How much one startup may grow by itself.
#[derive(Debug, Serialize)]
struct StartupGrowth {
    startup: String,
    percent: u64,
}

/// Up to which growth a placement holds.
pub fn growth(layout: &Layout, growth: &plan::Growth) -> Growth {
    let name = |startup: usize| layout.demand.startups[startup].name.clone();
    let startups = growth.startups.iter().map(|(startup, most)| (name(*startup), most.percent));
    let mut startups: Vec<(String, u64)> = startups.collect();
    startups.sort();
    let host_name = |host: &HostIndex| layout.lab.hosts[*host].name.clone();
    let (mut host, mut carrier, mut short, mut lost) = (None, None, None, None);
    match &growth.all.ends {
        None => {}
        Some(plan::End::Full(it, of)) => (host, short) = (Some(host_name(it)), Some(*of)),
        Some(plan::End::CarrierFull(it, of)) => (carrier, short) = (Some(layout.container_id(*it)), Some(*of)),
        Some(plan::End::PoolFull(of)) => short = Some(*of),
        Some(plan::End::Lost(hosts)) => lost = Some(hosts.iter().map(host_name).collect()),
    }
    Growth {
        percent: growth.all.percent,
        host,
        carrier,
        resource: short.map(|index| resource(layout, index)),
        lost,
        startups: startups.into_iter().map(|(startup, percent)| StartupGrowth { startup, percent }).collect(),
    }
}

/// What the startups take and cost.
#[derive(Debug, Serialize)]
pub struct Costs {
    /// The scarcest resource of the lab.
    resource: Option<String>,
    /// The one that takes most of it first.
    startups: Vec<Cost>,
}

/// What one startup takes and costs.
#[derive(Debug, Serialize)]
struct Cost {
    startup: String,
    taken: u64,
    price: Number,
    watts: Number,
}

/// What the startups take and cost.
pub fn costs(layout: &Layout, costs: &plan::Costs) -> Costs {
    let cost = |cost: &plan::Cost| Cost {
        startup: layout.demand.startups[cost.startup].name.clone(),
        taken: cost.taken,
        price: number(GoalValue::Millionths(cost.price)),
        watts: number(GoalValue::Millionths(cost.watts)),
    };
    Costs {
        resource: costs.resource.map(|index| resource(layout, index)),
        startups: costs.startups.iter().map(cost).collect(),
    }
}

/// What would change of what runs now.
#[derive(Debug, Serialize)]
pub struct Changes {
    r#move: usize,
    start: usize,
    stop: usize,
    /// How many valid steps lead there; null where no order is known.
    steps: Option<usize>,
    /// Whether valid steps lead there, nothing being stopped; null where that is not known.
    reachable: Option<bool>,
    /// The first goal that it is better in; null where there is none.
    gained: Option<Gained>,
    /// What is carried over, where a goal counts it, in bytes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    carried: BTreeMap<&'static str, u64>,
    sentence: String,
}

/// What a goal is worth now and then.
#[derive(Debug, Serialize)]
struct Gained {
    goal: &'static str,
    now: Number,
    then: Number,
}

fn gained(Gain { goal, now, then }: Gain) -> Gained {
    Gained { goal: goal.name(), now: number(now), then: number(then) }
}

/// What would change of what runs now.
pub fn changes(layout: &Layout, changes: &plan::Changes) -> Changes {
    let way = changes.way.as_ref();
    let steps = way.and_then(|way| match way.verdict {
        OrderVerdict::Fewest | OrderVerdict::Found => Some(way.moves.last().map_or(0, |last| last.step)),
        OrderVerdict::Never | OrderVerdict::Unknown => None,
    });
    Changes {
        r#move: changes.moves,
        start: changes.starts,
        stop: changes.stops,
        steps,
        reachable: match way.map(|way| way.verdict) {
            Some(OrderVerdict::Never) => Some(false),
            _ => steps.map(|_| true),
        },
        gained: changes.gained.map(gained),
        carried: carried(&changes.carried),
        sentence: moves::changed(layout, changes),
    }
}

/// What is carried over, by the name of the resource.
pub fn carried(carried: &[(Load, u64)]) -> BTreeMap<&'static str, u64> {
    carried.iter().map(|&(load, bytes)| (load.name(), bytes)).collect()
}

/// What is known of the order of the steps.
pub fn order_proof(steps: &Steps) -> Proven {
    let sentence = text::sentence(moves::heading(steps).trim_end_matches(':'));
    Proven { kind: moves::kind(steps.verdict), sentence }
}

/// A place in a file.
#[derive(Debug, Serialize)]
pub struct At {
    file: String,
    line: u32,
    column: u32,
}

/// Where the document says so, if it does.
pub fn at(layout: &Layout, place: Option<Place>) -> Option<At> {
    at_in(|file| layout.files.get(file).map(String::as_str), place)
}

/// The place in one of the files of these names.
pub fn at_in<'a>(name: impl Fn(usize) -> Option<&'a str>, place: Option<Place>) -> Option<At> {
    let Place { file, line, column, length: _ } = place?;
    Some(At { file: name(file as usize)?.to_owned(), line, column })
}
