//! Pools: storage that hosts share, a budget of its own that some of them reach.

use std::ops::Range;
use std::sync::Arc;

use super::phase;
use super::{HostIndex, Kept, Lab, On, PhaseIndex, ResourceIndex};
use crate::diagnostic::Place;

/// Position of a pool in [`Lab::pools`].
pub type PoolIndex = usize;

/// What hosts share: a container that draws on it takes of it and not of its host. Vectors of amounts have one entry for
/// each of its `resources`, in base units.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// The key under `pools:`.
    pub name: String,
    /// Free text for pictures and reports.
    pub title: Option<String>,
    /// What it has, in [`Lab::resources`]: disk, and what has a name.
    pub resources: Range<ResourceIndex>,
    /// How much there is.
    pub capacity: Vec<u64>,
    /// What is kept free.
    pub reserve: Vec<u64>,
    /// What the reserve is written as: the largest of these is kept.
    pub kept: Vec<Vec<Kept>>,
    /// Capacity less reserve.
    pub allocatable: Vec<u64>,
    /// The hosts that reach it, ascending; `None` for all.
    pub hosts: Option<Arc<[HostIndex]>>,
    /// What `hosts:` says.
    pub said: Option<Arc<On>>,
    /// The same in one line and in one order: see [`super::Service::on_written`].
    pub written: Option<Arc<str>>,
    /// From which phases on it has something else, ascending: the pool as it is then. Of one phase this is empty.
    pub later: Vec<(PhaseIndex, Pool)>,
    /// Where the document says so.
    pub at: Place,
}

impl Pool {
    /// Whether `host` reaches it.
    pub fn reaches(&self, host: HostIndex) -> bool {
        self.hosts.as_ref().is_none_or(|hosts| hosts.binary_search(&host).is_ok())
    }

    /// What it has becomes that of `phase`.
    pub(super) fn become_of(&mut self, phase: PhaseIndex) {
        if let Some(then) = phase::taken(&mut self.later, phase) {
            let Pool { capacity, reserve, kept, allocatable, .. } = then;
            (self.capacity, self.reserve, self.kept, self.allocatable) = (capacity, reserve, kept, allocatable);
        }
    }

    /// `change` of the pool as it is in each of its phases.
    pub(super) fn throughout<E>(&mut self, mut change: impl FnMut(&mut Pool) -> Result<(), E>) -> Result<(), E> {
        change(self)?;
        self.later.iter_mut().try_for_each(|(_, then)| change(then))
    }

    /// Works out what it gives; `None` where more would be kept than there is.
    pub(super) fn allocate(&mut self) -> Option<()> {
        for (nth, &capacity) in self.capacity.iter().enumerate() {
            let kept = self.kept.get(nth).into_iter().flatten().map(|kept| kept.of(capacity)).max().unwrap_or(0);
            self.reserve[nth] = u64::try_from(kept).ok().filter(|reserve| *reserve <= capacity)?;
            self.allocatable[nth] = capacity - self.reserve[nth];
        }
        Some(())
    }
}

impl Lab {
    /// The resources that hosts have; behind them stand those of the pools.
    pub fn of_hosts(&self) -> Range<ResourceIndex> {
        0..self.pools.first().map_or(self.resources.len(), |pool| pool.resources.start)
    }

    /// The resources that pools have.
    pub fn pooled(&self) -> Range<ResourceIndex> {
        self.of_hosts().end..self.resources.len()
    }

    /// The pool that has a resource.
    pub fn pool_of(&self, resource: ResourceIndex) -> Option<&Pool> {
        self.pools.iter().find(|pool| pool.resources.contains(&resource))
    }

    /// What a pool gives of a resource; `None` of what hosts have.
    pub fn pool_gives(&self, resource: ResourceIndex) -> Option<u64> {
        self.pool_of(resource).map(|pool| pool.allocatable[resource - pool.resources.start])
    }

    /// Under which resource a container that draws on `pool` asks for what another one would ask for as `resource`: what its
    /// pool has it takes of that, the rest of its host. `None` where there is no budget of it.
    pub fn asked_as(&self, pool: Option<PoolIndex>, resource: ResourceIndex) -> Option<ResourceIndex> {
        if pool.is_none() && self.of_hosts().contains(&resource) {
            return Some(resource);
        }
        let base = self.resources.get(resource)?.base();
        let of_pool =
            pool.and_then(|pool| self.pools[pool].resources.clone().find(|&it| self.resources[it].base() == base));
        let of_host = || match self.of_hosts().contains(&resource) {
            true => Some(resource),
            false => self.of_hosts().find(|&it| *self.resources[it] == *base),
        };
        of_pool.or_else(of_host)
    }

    /// Of the hosts that `on:` names, any where that is `None`, those that reach `pool`.
    pub fn reaching(&self, pool: Option<PoolIndex>, on: Option<Arc<[HostIndex]>>) -> Option<Arc<[HostIndex]>> {
        let reach = pool.and_then(|pool| self.pools[pool].hosts.as_ref());
        match (reach, on) {
            (Some(reach), Some(on)) => {
                Some(on.iter().copied().filter(|host| reach.binary_search(host).is_ok()).collect())
            }
            (Some(reach), None) => Some(Arc::clone(reach)),
            (None, on) => on,
        }
    }
}
