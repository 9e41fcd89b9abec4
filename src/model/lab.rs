//! Supply: the hosts and what each can give.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::phase;
use super::{HostIndex, MOST_CONTAINERS, PhaseIndex, Pool, Positions, ResourceIndex, Span};
use crate::diagnostic::Place;
use crate::quantity::{Counted, Decimal, LARGEST_SUM, Resource};

/// The hosts, and the resources that are budgeted because at least one host lists them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lab {
    /// The budgeted resources: cpu, memory, disk in this order, then the named ones by name, then containers, then
    /// at each further time those that differ, then the limits of those of which some host counts them; behind these what
    /// pools have, pool by pool. What differs by time stands at its own place for the first.
    pub resources: Vec<Counted>,
    /// The times of the day, or of what turns: at each of them everything must fit. Empty where there is one only.
    pub times: Vec<String>,
    /// The hosts in the document's order, kinds with a `count` spelled out.
    pub hosts: Vec<Host>,
    /// What hosts share, in the document's order.
    pub pools: Vec<Pool>,
}

impl Lab {
    /// Where `resource` stands in every vector of amounts, if it is budgeted.
    pub fn resource_index(&self, resource: &Resource) -> Option<ResourceIndex> {
        self.resources.iter().position(|known| known == resource)
    }

    /// Whether `host` has a budget of a resource. Of containers it has one only where the document says how many it takes;
    /// elsewhere it could take all that there can be, and there is nothing to say. So it is with
    /// limits. Of what a pool has no host has one.
    pub fn has_budget(&self, host: HostIndex, resource: ResourceIndex) -> bool {
        match *self.resources[resource] {
            Resource::Containers => self.hosts[host].capacity[resource] < MOST_CONTAINERS,
            Resource::Pooled(_) => false,
            Resource::Derived(_) if self.resources[resource].is_limits() => self.hosts[host].counts(resource),
            _ => true,
        }
    }

    /// Whether a resource has a budget on each of `hosts`: only then says their sum something.
    pub fn have_budget(&self, hosts: impl IntoIterator<Item = HostIndex>, resource: ResourceIndex) -> bool {
        hosts.into_iter().all(|host| self.has_budget(host, resource))
    }

    /// Whether the price or the watts of all hosts together are more than is counted exactly.
    pub fn costs_too_much(&self) -> bool {
        let sum = |of: fn(&Host) -> u64| self.hosts.iter().map(|host| u128::from(of(host))).sum::<u128>();
        sum(|host| host.price).max(sum(|host| host.watts)) > u128::from(LARGEST_SUM)
    }

    /// The positions of all hosts.
    pub fn indices(&self) -> Positions<HostIndex> {
        HostIndex::all(self.hosts.len())
    }

    /// The hosts that are there, ascending: those that are only planned are not.
    pub fn there(&self) -> Vec<HostIndex> {
        self.indices().filter(|&host| self.hosts[host].state != HostState::Planned).collect()
    }
}

/// One machine. Vectors of amounts have one entry for each of [`Lab::resources`], in base units.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// `kind`, or `kind-1` to `kind-N` where the kind has a `count`.
    pub name: String,
    /// The key under `hosts:`.
    pub kind: String,
    /// Free text for pictures and reports.
    pub title: Option<String>,
    /// What the machine has. Of containers, where it does not say how many it takes: as many as there can be; of what pools
    /// have: more than all can ask for. Of the limits of a resource: what it has of that less the reserve, and where it does
    /// not count them [`super::UNLIMITED`].
    pub capacity: Vec<u64>,
    /// What the host keeps for itself.
    pub reserve: Vec<u64>,
    /// What the reserve is written as, for each resource: the largest of these is kept. Shared by all hosts of a kind.
    pub kept: Arc<[Vec<Kept>]>,
    /// Capacity less reserve, times overcommit, rounded down; of what was observed, where that gates, without overcommit.
    pub allocatable: Vec<u64>,
    /// The overcommit as written, for reports: `None` where it is 1. Of the limits of a resource how often they may add up
    /// to what there is; `None` where they are not counted.
    pub overcommit: Vec<Option<String>>,
    /// What had better not be passed, in hundredths of what it gives; `None` where nothing is said. Shared by all hosts of a
    /// kind.
    pub targets: Arc<[Option<Decimal>]>,
    /// Free labels that `on` and `apart` speak of.
    pub labels: BTreeMap<String, String>,
    /// Power drawn when it holds anything, in millionths of a watt.
    pub watts: u64,
    /// Price when it holds anything, in millionths.
    pub price: u64,
    /// Whether it takes containers.
    pub state: HostState,
    /// The phases in which it is there.
    pub span: Span,
    /// From which phases on its amounts, its price, its watts or its labels are others, ascending: the host as it is then. Of all phases
    /// together what is said above is of the first; of one phase this is empty.
    pub later: Vec<(PhaseIndex, Host)>,
    /// Where the document says so.
    pub at: Place,
}

impl Host {
    /// Its amounts, price, watts and labels become those of `phase`.
    pub(super) fn become_of(&mut self, phase: PhaseIndex) {
        if let Some(then) = phase::taken(&mut self.later, phase) {
            let Host { capacity, reserve, kept, allocatable, overcommit, targets, watts, price, labels, .. } = then;
            (self.capacity, self.reserve, self.kept) = (capacity, reserve, kept);
            (self.allocatable, self.overcommit, self.targets) = (allocatable, overcommit, targets);
            (self.watts, self.price, self.labels) = (watts, price, labels);
        }
    }

    /// How much of a resource it may hold without passing its target, rounded down; `None` where it has no target.
    pub fn target(&self, resource: ResourceIndex) -> Option<u64> {
        let target = self.targets.get(resource).copied().flatten()?;
        u64::try_from(target.percent_rounded_down(self.allocatable[resource])).ok()
    }

    /// `change` of the host as it is in each of its phases.
    pub(super) fn throughout<E>(&mut self, mut change: impl FnMut(&mut Host) -> Result<(), E>) -> Result<(), E> {
        change(self)?;
        self.later.iter_mut().try_for_each(|(_, then)| change(then))
    }
}

/// A reserve as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// So much, in base units.
    Amount(u64),
    /// So many hundredths of the capacity, rounded up.
    Percent(Decimal),
    /// The sum of both.
    Sum(u64, Decimal),
}

impl Kept {
    /// What is kept of `capacity`.
    pub fn of(self, capacity: u64) -> u128 {
        match self {
            Kept::Amount(amount) => u128::from(amount),
            Kept::Percent(percent) => percent.percent_rounded_up(capacity),
            Kept::Sum(amount, percent) => u128::from(amount) + percent.percent_rounded_up(capacity),
        }
    }
}

/// Whether a host takes containers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostState {
    /// It does.
    #[default]
    Up,
    /// It keeps what it has and takes nothing new.
    Drain,
    /// It is not there, unless asked for.
    Planned,
}
