//! Which of two arrangements is better? What somebody changed, what became of it, and what would stop where.

mod changes;
mod containers;
mod metrics;
mod names;
mod size;

use std::collections::BTreeSet;

use crate::model::{ContainerIndex, Goal, GoalValue, Layout, Load, Placement, Ratio};
use crate::plan::Room;
use crate::quantity::{Counted, Resource};

pub use size::smallest_of_both;

/// One of the two layouts, with the placement to judge it by: the document's own, or one that was planned for it.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// What people call it: the file's name.
    pub name: &'a str,
    /// The layout.
    pub layout: &'a Layout,
    /// Where its containers are.
    pub placement: &'a Placement,
}

/// What differs between two layouts, and which is better at what. Everything is by name, since the two may differ in
/// hosts, containers and placement, and everything is sorted by name, numbers by their value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// What the two are called.
    pub names: [String; 2],
    /// Containers that only the second layout has.
    pub added: Vec<Placed>,
    /// Containers that only the first layout has.
    pub removed: Vec<Placed>,
    /// Containers of both that are elsewhere.
    pub moved: Vec<Moved>,
    /// What is carried over of containers that run in both, by each measure that a goal of either counts: in bytes, and in
    /// words.
    pub carried: Vec<(Load, u64, String)>,
    /// What else somebody changed, in the document: hosts, startups, containers, rules, goals.
    pub changes: Vec<Change>,
    /// Every host of either layout.
    pub hosts: Vec<HostPair>,
    /// The wishes that only the first layout does not meet, and those that only the second does not, in words.
    pub unmet: [Vec<String>; 2],
    /// Figures of both, and which is better.
    pub metrics: Vec<Metric>,
}

impl Comparison {
    /// How many containers move, start and stop on the way from the first to the second.
    pub fn to_do(&self) -> [usize; 3] {
        let moved = |from: bool, to: bool| {
            self.moved.iter().filter(|it| (it.from.is_some(), it.to.is_some()) == (from, to)).count()
        };
        let placed = |all: &[Placed]| all.iter().filter(|it| it.host.is_some()).count();
        [moved(true, true), moved(false, true) + placed(&self.added), moved(true, false) + placed(&self.removed)]
    }

    /// Whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.moved.is_empty() && self.changes.is_empty()
    }
}

/// A container that one of the layouts has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The container's id.
    pub container: String,
    /// Its host; `None` for not placed.
    pub host: Option<String>,
}

/// A container that is elsewhere in the second layout.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved {
    /// The container's id.
    pub container: String,
    /// The host in the first layout; `None` for not placed.
    pub from: Option<String>,
    /// The host in the second; `None` for not placed.
    pub to: Option<String>,
}

/// Something in the document that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What kind of thing.
    pub kind: Thing,
    /// Its name or id; empty for the layout itself.
    pub name: String,
    /// The key that changed; `None` where the thing itself is new or gone.
    pub key: Option<String>,
    /// What the first layout says, in words; `None` where it says nothing.
    pub a: Option<String>,
    /// What the second layout says.
    pub b: Option<String>,
}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// The layout itself: its name, resources, goals.
    Layout,
    /// A host.
    Host,
    /// A pool.
    Pool,
    /// A stack.
    Stack,
    /// A startup.
    Startup,
    /// A container with all its replicas.
    Container,
    /// A rule; its name is what it says.
    Rule,
}

impl Thing {
    /// The word in answers.
    pub fn name(self) -> &'static str {
        match self {
            Thing::Layout => "layout",
            Thing::Host => "host",
            Thing::Pool => "pool",
            Thing::Stack => "stack",
            Thing::Startup => "startup",
            Thing::Container => "container",
            Thing::Rule => "rule",
        }
    }
}

/// One host in both layouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPair {
    /// Its name.
    pub name: String,
    /// Whether the first and the second layout have it.
    pub there: [bool; 2],
    /// Each resource that either layout budgets.
    pub resources: Vec<ResourcePair>,
    /// The startups that stop when it dies, by name; `None` where the layout does not have the host.
    pub stops: [Option<Vec<String>>; 2],
}

/// One resource of one host in both layouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePair {
    /// Which resource.
    pub resource: Counted,
    /// Used and allocatable; `None` where the layout does not have the host or does not budget the resource.
    pub sides: [Option<Use>; 2],
}

/// What is used of what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// What the containers ask for.
    pub used: u64,
    /// What the host can give.
    pub allocatable: u64,
}

/// A figure of both layouts.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// What it counts.
    pub name: MetricName,
    /// Its value in the first and in the second layout; `None` where there is none.
    pub values: [Option<MetricValue>; 2],
    /// Which is better; `None` where neither is.
    pub better: Option<Better>,
}

/// What a metric counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetricName {
    /// Startups of which every container is placed.
    StartupsPlaced,
    /// Containers that are placed.
    ContainersPlaced,
    /// What the referee objects to, containers without a place not counted.
    Violations,
    /// Hosts that hold anything.
    HostsUsed,
    /// What is free of a resource on all hosts that take containers.
    Free(Counted),
    /// The largest share used of any resource of any host.
    FullestHost,
    /// By how much hosts are above their targets; left out where none has one.
    AboveTarget,
    /// What the wishes weigh that are not met; left out where nothing is wished.
    Wishes,
    /// The sum of the prices of the hosts that hold anything.
    Price,
    /// The sum of the watts of the hosts that hold anything.
    Watts,
    /// How many more of this startup or stack fit as things stand.
    Room(String),
    /// How many startups stop when this host dies.
    StopsWith(String),
}

impl MetricName {
    /// The stable name in answers.
    pub fn name(&self) -> String {
        match self {
            MetricName::StartupsPlaced => "startups-placed".to_owned(),
            MetricName::ContainersPlaced => "containers-placed".to_owned(),
            MetricName::Violations => "violations".to_owned(),
            MetricName::HostsUsed => "hosts-used".to_owned(),
            MetricName::Free(resource) => format!("free:{}", resource.name()),
            MetricName::FullestHost => "fullest-host".to_owned(),
            MetricName::AboveTarget => "above-target".to_owned(),
            MetricName::Wishes => "wishes".to_owned(),
            MetricName::Price => "price".to_owned(),
            MetricName::Watts => "watts".to_owned(),
            MetricName::Room(of) => format!("room:{of}"),
            MetricName::StopsWith(host) => format!("stops-with:{host}"),
        }
    }

    /// Whether more of it is better.
    pub fn more_is_better(&self) -> bool {
        match self {
            MetricName::StartupsPlaced | MetricName::ContainersPlaced | MetricName::Free(_) | MetricName::Room(_) => {
                true
            }
            MetricName::Violations
            | MetricName::HostsUsed
            | MetricName::FullestHost
            | MetricName::AboveTarget
            | MetricName::Wishes
            | MetricName::Price
            | MetricName::Watts
            | MetricName::StopsWith(_) => false,
        }
    }
}

/// The value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricValue {
    /// A number of things.
    Count(u64),
    /// So many at least; one more was neither shown nor refuted.
    AtLeast(u64),
    /// An amount in base units.
    Amount(u64),
    /// A price or power in millionths.
    Millionths(u64),
    /// By how much hosts are above their targets, in millionths of what they give.
    Above(u64),
    /// A share, and the host and resource whose it is; `None` where nothing is used.
    Share(Ratio, Option<(String, Resource)>),
}

/// Which layout is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The first.
    A,
    /// The second.
    B,
}

/// What hosts and containers of the same names give, cost and ask for otherwise in `b`.
pub fn amounts(a: &Layout, b: &Layout) -> Vec<Change> {
    changes::amounts(a, b)
}

/// What the second layout says of what is carried over of those that `moved`.
fn carried(a: &Side, b: &Side, moved: &[Moved]) -> Vec<(Load, u64, String)> {
    let run: BTreeSet<&str> =
        moved.iter().filter(|it| it.from.is_some() && it.to.is_some()).map(|it| it.container.as_str()).collect();
    let containers = b.layout.demand.indices().filter(|&it| run.contains(b.layout.container_id(it).as_str()));
    let containers: Vec<ContainerIndex> = if run.is_empty() { Vec::new() } else { containers.collect() };
    let asked = |load: &Load| [a, b].iter().any(|side| side.layout.goals.contains(&Goal::LeastCarried(*load)));
    let sizes = b.layout.sizes(b.placement);
    let of = |load: Load| {
        let bytes = b.layout.to_carry(&sizes, load, containers.iter().copied());
        (load, bytes, b.layout.say(Goal::LeastCarried(load), GoalValue::Bytes(bytes)))
    };
    Load::ALL.into_iter().filter(asked).map(of).collect()
}

/// Compares `a` with `b`. `room` is what [`crate::plan`] says about how many more of one startup or stack (the same
/// for both, see [`smallest_of_both`]) fit on each side; without it that figure is left out.
pub fn compare(a: &Side, b: &Side, room: [Option<Room>; 2]) -> Comparison {
    let (added, removed, moved) = containers::differences(a, b);
    let hosts = metrics::hosts(a, b);
    let metrics = metrics::metrics(a, b, &hosts, room);
    Comparison {
        names: [a.name.to_owned(), b.name.to_owned()],
        added,
        removed,
        carried: carried(a, b, &moved),
        moved,
        changes: changes::changes(a.layout, b.layout),
        hosts,
        unmet: metrics::unmet(a, b),
        metrics,
    }
}
