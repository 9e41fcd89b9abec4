//! The nouns: a [`Layout`] is demand (startups and their containers), supply (hosts), rules, goals and perhaps a
//! placement. Plain data in whole numbers, checked by whoever made it; no serde, no I/O, and no opinion on what fits.

mod agents;
mod basis;
mod change;
mod demand;
mod derived;
mod goal;
mod index;
mod lab;
mod nest;
mod overlay;
mod phase;
mod placement;
mod places;
mod pool;
mod rule;
mod stack;
mod survival;
mod toolbox;
mod usage;
mod wish;

pub use agents::{Crowded, Every};
pub use basis::{Basis, ObservedTooLarge};
pub use change::{Change, ChangeError, Like, Of, OfStartup, apply};
pub use demand::{Amount, Container, Demand, Grounds, Observed, Origin, Service, Startup, Then, UNMEASURED};
pub use derived::{Follows, UNLIMITED};
pub use goal::{Goal, GoalValue, Load, Ratio};
pub use lab::{Host, HostState, Kept, Lab};
pub use nest::{Carriers, Carries, DEEPEST, Inside, Named, Sizes};
pub use overlay::Overlay;
pub use phase::{Begins, Phase, PhaseIndex, Span};
pub use placement::{Placement, Spot};
pub use pool::{Pool, PoolIndex};
pub use rule::{Domain, Rule, RuleKind, Topology};
pub use stack::{Made, Needs, On, Own, Reach, Stack, Within, glob};
pub use survival::{Failover, Survive};
pub use toolbox::{Category, Runner, Status, Toolbox};
pub use usage::{CarrierUse, HostUse};
pub use wish::{Asks, HIGHEST_WEIGHT, OwnWish, Wanted, Wish};

use crate::diagnostic::Place;
use crate::quantity::{Counted, Resource};

pub(crate) use index::positions;
pub use index::{ContainerIndex, HostIndex, Numbered, Position, Positions};

/// Position of a resource in [`Lab::resources`].
pub type ResourceIndex = usize;
/// Position of a startup in [`Demand::startups`].
pub type StartupIndex = usize;
/// Position of a service in [`Demand::services`].
pub type ServiceIndex = usize;

/// The most hosts a layout may have.
pub const MOST_HOSTS: u64 = 100_000;

/// The most containers a layout may have, all replicas counted.
pub const MOST_CONTAINERS: u64 = 1_000_000;

/// A document, read and resolved: every name is known, every amount a whole number, every pattern spelled out.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The document's free-text `name:`.
    pub name: Option<String>,
    /// The hosts.
    pub lab: Lab,
    /// What is to be placed.
    pub demand: Demand,
    /// What may not, or must, share a host.
    pub rules: Vec<Rule>,
    /// What `rules:` wishes; what services wish themselves stands with them, see [`Layout::all_wishes`].
    pub wishes: Vec<Wish>,
    /// What must be survived. `None` where the document has no `survive:`.
    pub survive: Option<Survive>,
    /// How many containers may move at the most, where that is asked for.
    pub most_moves: Option<u64>,
    /// What to minimise, the most important first.
    pub goals: Vec<Goal>,
    /// The resources that `balance` judges hosts by, in their usual order; empty where the document leaves that open.
    pub balance: Vec<Resource>,
    /// The steps of the plan over time; empty where the document has no `phases:`.
    pub phases: Vec<Phase>,
    /// Which of them this is; `None` for the whole document, where not all that is in it need be there at once.
    pub phase: Option<PhaseIndex>,
    /// The tools that the plan may adopt; empty where the document has no `toolbox:`.
    pub toolbox: Toolbox,
    /// What runs where now, or is proposed. `None` where the document has no `placement:`.
    pub placement: Option<Placement>,
    /// For each container that `placement` places, the pattern in the document that places it.
    /// Empty where there is no placement, else one entry a container.
    pub placed_at: Vec<Option<Place>>,
    /// The stacks in the document's order, from which further startups can be made.
    pub stacks: Vec<Stack>,
    /// Rules that bind fewer than two of the containers that are there, and further startups perhaps.
    pub dormant: Vec<Rule>,
    /// The names of the files that [`Place::file`] counts, the document itself first.
    pub files: Vec<String>,
}

impl Layout {
    /// The full id of a container: `startup/service`, with `.N` where the service counts replicas.
    pub fn container_id(&self, container: ContainerIndex) -> String {
        let Container { service, replica } = self.demand.containers[container];
        let service_id = self.service_id(service);
        match replica {
            Some(number) => format!("{service_id}.{number}"),
            None => service_id,
        }
    }

    /// The id of a service: `startup/service`.
    pub fn service_id(&self, service: ServiceIndex) -> String {
        let service = &self.demand.services[service];
        format!("{}/{}", self.demand.startups[service.startup].name, service.name)
    }

    /// A host by its name, or a carrier by its id.
    pub fn spot_name(&self, spot: Spot) -> String {
        match spot {
            Spot::Host(host) => self.lab.hosts[host].name.clone(),
            Spot::Carrier(carrier) => self.container_id(carrier),
        }
    }

    /// For each resource, whether `balance` judges hosts by it: those that the document names; else cpu, memory and disk;
    /// in a lab without these, all named ones.
    pub fn balanced(&self) -> Vec<bool> {
        let any_usual = self.lab.resources.iter().any(|resource| resource.is_usual());
        let judges = |resource: &Counted| match self.balance.is_empty() {
            true => resource.judged_as().is_usual() || !any_usual && resource.judged_as().is_named(),
            false => self.balance.contains(resource.judged_as()),
        };
        self.lab.resources.iter().map(judges).collect()
    }

    /// Whether the document says any target, in any phase.
    pub fn has_targets(&self) -> bool {
        let says = |host: &Host| host.targets.iter().any(Option::is_some);
        self.lab.hosts.iter().any(|host| says(host) || host.later.iter().any(|(_, then)| says(then)))
    }

    /// A value of a goal for people, in the units of the document.
    pub fn say(&self, goal: Goal, value: GoalValue) -> String {
        let counted = |load: Load| self.lab.resources.iter().find(|it| it.resource == load.resource());
        match (goal, value) {
            (Goal::LeastCarried(load), GoalValue::Bytes(bytes)) => match counted(load) {
                Some(counted) => counted.show(bytes),
                None => Counted::from(load.resource()).show(bytes),
            },
            (_, value) => value.to_string(),
        }
    }

    /// The goals, those of a plan in which first of all little moves.
    pub fn moving_little(&self) -> Vec<Goal> {
        let others = self.goals.iter().copied().filter(|&goal| goal != Goal::FewestMoves);
        std::iter::once(Goal::FewestMoves).chain(others).collect()
    }

    /// Hosts that are `planned` count as there from now on, in the phases that they are for.
    pub fn admit_planned_hosts(&mut self) {
        for host in &mut self.lab.hosts {
            if host.state == HostState::Planned && self.phase.is_none_or(|phase| host.span.has(phase)) {
                host.state = HostState::Up;
            }
        }
    }
}
