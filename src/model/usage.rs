//! Sums: what is asked for, what hosts can give, and what they hold. Solver and referee have their own, on purpose; who
//! else adds up does it here. The reader's limits keep every sum exact.

use super::{
    ContainerIndex, Goal, HostIndex, HostState, Lab, Layout, Load, Numbered, Placement, ResourceIndex, Service,
    ServiceIndex, Startup, StartupIndex,
};

/// What one host holds. Vectors have one entry for each of `Lab::resources`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostUse {
    /// Which host.
    pub host: HostIndex,
    /// Its containers, ascending.
    pub containers: Vec<ContainerIndex>,
    /// Its agents, ascending.
    pub agents: Vec<ServiceIndex>,
    /// What containers and agents ask for.
    pub used: Vec<u64>,
    /// The sum of their limits, a container without a limit counting its request; `None` where no container has one.
    pub limits: Vec<Option<u64>>,
}

impl Lab {
    /// The resources by which memory or disk is carried over: at each time of the day one.
    pub fn loads(&self, load: Load) -> Vec<ResourceIndex> {
        (0..self.resources.len()).filter(|&it| *self.resources[it].judged_as() == load.resource()).collect()
    }

    /// What `hosts` can give together, for each resource; of what pools have, what these give, whoever reaches them.
    pub fn supply(&self, hosts: impl IntoIterator<Item = HostIndex>) -> Vec<u64> {
        let mut sum = vec![0; self.resources.len()];
        hosts.into_iter().for_each(|host| add(&mut sum, self.hosts[host].allocatable.iter().copied()));
        self.pools.iter().for_each(|pool| sum[pool.resources.clone()].copy_from_slice(&pool.allocatable));
        sum
    }
}

impl Layout {
    /// What a container asks for of a resource.
    pub fn request(&self, container: ContainerIndex, resource: ResourceIndex) -> u64 {
        self.demand.service_of(container).request[resource].value
    }

    /// What is carried over when `containers` move: the memory or disk that they ask for, the most at any time of the day.
    pub fn to_carry(&self, load: Load, containers: impl IntoIterator<Item = ContainerIndex>) -> u64 {
        let resources = self.lab.loads(load);
        let most = |container: ContainerIndex| resources.iter().map(|&it| self.request(container, it)).max();
        containers.into_iter().fold(0, |sum: u64, container| sum.saturating_add(most(container).unwrap_or(0)))
    }

    /// What is carried over when `containers` move, by each measure that a goal of the document counts.
    pub fn burden(&self, containers: &[ContainerIndex]) -> Vec<(Load, u64)> {
        let asked = Load::ALL.into_iter().filter(|load| self.goals.contains(&Goal::LeastCarried(*load)));
        asked.map(|load| (load, self.to_carry(load, containers.iter().copied()))).collect()
    }

    /// Of hosts and what they hold those that count among all: what is only planned, or is drained and holds nothing any more,
    /// has no room for anything.
    pub fn counted<'a>(&self, uses: &'a [HostUse]) -> Vec<&'a HostUse> {
        let counts = |held: &&HostUse| match self.lab.hosts[held.host].state {
            HostState::Up => true,
            HostState::Drain => !held.containers.is_empty() || held.used.iter().any(|&used| used > 0),
            HostState::Planned => !held.containers.is_empty(),
        };
        uses.iter().filter(counts).collect()
    }

    /// What `containers` ask for together, for each resource.
    pub fn requested(&self, containers: impl IntoIterator<Item = ContainerIndex>) -> Vec<u64> {
        let mut sum = vec![0; self.lab.resources.len()];
        let requests = containers.into_iter().map(|container| &self.demand.service_of(container).request);
        requests.for_each(|request| add(&mut sum, request.iter().map(|amount| amount.value)));
        sum
    }

    /// What all containers and agents ask for, and what all hosts that are there can give, for each resource.
    pub fn totals(&self) -> (Vec<u64>, Vec<u64>) {
        let mut requested = self.requested(self.demand.indices());
        self.agents().for_each(|agent| add(&mut requested, self.asked_by_agent(agent).into_iter()));
        (requested, self.lab.supply(self.lab.there()))
    }

    /// What the agents on each host ask for under `placement`: `[host][resource]`.
    pub fn used_by_agents(&self, placement: &Placement) -> Vec<Vec<u64>> {
        self.sum_of_agents(&self.agents_under(placement))
    }

    fn sum_of_agents(&self, agents: &[Vec<ServiceIndex>]) -> Vec<Vec<u64>> {
        let mut used = vec![vec![0; self.lab.resources.len()]; self.lab.hosts.len()];
        for (used, agents) in used.iter_mut().zip(agents) {
            for &agent in agents {
                add(used, self.demand.services[agent].request.iter().map(|amount| amount.value));
            }
        }
        used
    }

    /// What the containers and agents on each host ask for: `[host][resource]`.
    pub fn used(&self, placement: &Placement) -> Vec<Vec<u64>> {
        self.used_with(placement, None)
    }

    /// [`Layout::used`], with the agents of one more startup.
    pub fn used_with(&self, placement: &Placement, coming: Option<StartupIndex>) -> Vec<Vec<u64>> {
        let mut used = self.sum_of_agents(&self.agents_with(placement, coming));
        for (container, host) in placement.placed() {
            add(&mut used[host], self.demand.service_of(container).request.iter().map(|amount| amount.value));
        }
        used
    }

    /// What `placement` leaves of what `hosts` can give, for each resource; a host that holds more than it can give has
    /// nothing left. Of what pools have, what is left there.
    pub fn free(&self, placement: &Placement, hosts: impl IntoIterator<Item = HostIndex>) -> Vec<u64> {
        let used = self.used(placement);
        let mut free = vec![0; self.lab.resources.len()];
        for host in hosts {
            let left = self.lab.hosts[host].allocatable.iter().zip(&used[host]);
            add(&mut free, left.map(|(all, used)| all.saturating_sub(*used)));
        }
        for (pool, drawn) in self.lab.pools.iter().zip(self.drawn(placement)) {
            let left = pool.allocatable.iter().zip(drawn).map(|(all, drawn)| all.saturating_sub(drawn));
            free.splice(pool.resources.clone(), left);
        }
        free
    }

    /// What the containers that `placement` places draw from each pool, for each of its resources.
    pub fn drawn(&self, placement: &Placement) -> Vec<Vec<u64>> {
        if self.lab.pools.is_empty() {
            return Vec::new();
        }
        let all = self.requested(placement.placed().map(|(container, _)| container));
        self.lab.pools.iter().map(|pool| all[pool.resources.clone()].to_vec()).collect()
    }

    /// How many startups run as a whole under `placement`: of each service all containers, or as many as its `keep:` says.
    pub fn startups_that_run(&self, placement: &Placement) -> usize {
        let runs = |service: &Service| {
            let placed = service.containers.clone().filter(|&it| placement.host(it).is_some()).count();
            placed >= service.keep.unwrap_or(service.containers.len())
        };
        let services = |startup: &&Startup| self.demand.services[startup.services.clone()].iter().all(runs);
        self.demand.startups.iter().filter(services).count()
    }

    /// What each host holds under `placement`, in the order of the hosts.
    pub fn usage(&self, placement: &Placement) -> Vec<HostUse> {
        let content = placement.by_host(self.lab.hosts.len()).into_iter().zip(self.agents_under(placement));
        let host_use = |((host, (containers, agents)), used): ((HostIndex, Content), Vec<u64>)| {
            let limit = |resource: ResourceIndex| {
                let agents = agents.iter().map(|&it| &self.demand.services[it]);
                let here = containers.iter().map(|&it| self.demand.service_of(it)).chain(agents);
                let of = |service: &Service| service.limit[resource].unwrap_or(service.request[resource].value);
                let any = here.clone().any(|service| service.limit[resource].is_some());
                any.then(|| here.map(of).fold(0, u64::saturating_add))
            };
            let limits = (0..self.lab.resources.len()).map(limit).collect();
            HostUse { host, containers, agents, used, limits }
        };
        content.numbered().zip(self.used(placement)).map(host_use).collect()
    }
}

/// The containers and agents of a host.
type Content = (Vec<ContainerIndex>, Vec<ServiceIndex>);

fn add(sum: &mut [u64], amounts: impl Iterator<Item = u64>) {
    sum.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum = sum.saturating_add(amount));
}
