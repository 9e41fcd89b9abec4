//! Sums: what is asked for, what hosts can give, and what they hold. Solver and referee have their own, on purpose; who
//! else adds up does it here. The reader's limits keep every sum exact.

use std::collections::BTreeSet;

use super::{
    ContainerIndex, Goal, HostIndex, HostState, Lab, Layout, Load, Numbered, Placement, Ratio, ResourceIndex, Service,
    ServiceIndex, Sizes, Startup, StartupIndex,
};

/// What one host holds. Vectors have one entry for each of `Lab::resources`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostUse {
    /// Which host.
    pub host: HostIndex,
    /// The containers directly on it, ascending.
    pub containers: Vec<ContainerIndex>,
    /// The carriers on it, in whatever carriers, ascending.
    pub carriers: Vec<CarrierUse>,
    /// Its agents, ascending.
    pub agents: Vec<ServiceIndex>,
    /// What containers and agents ask for.
    pub used: Vec<u64>,
    /// The sum of their limits, a container without a limit counting its request; `None` where no container has one.
    pub limits: Vec<Option<u64>>,
}

/// What one carrier holds. Vectors have one entry for each of `Lab::resources`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierUse {
    /// Which carrier.
    pub carrier: ContainerIndex,
    /// The containers directly in it, ascending.
    pub containers: Vec<ContainerIndex>,
    /// What they ask for.
    pub used: Vec<u64>,
    /// What it offers them; of what it is as large as they are, that.
    pub offers: Vec<u64>,
    /// What it asks for itself.
    pub size: Vec<u64>,
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

    /// What is carried over when `containers` move, carriers being so large: the memory or disk that they ask for, the most at
    /// any time of the day.
    pub fn to_carry(&self, sizes: &Sizes, load: Load, containers: impl IntoIterator<Item = ContainerIndex>) -> u64 {
        let resources = self.lab.loads(load);
        let most = |container: ContainerIndex| resources.iter().map(|&it| sizes.request(self, container, it)).max();
        containers.into_iter().fold(0, |sum: u64, container| sum.saturating_add(most(container).unwrap_or(0)))
    }

    /// What is carried over when `containers` move on the way to `after`, by each measure that a goal of the document counts.
    pub fn burden(&self, after: &Placement, containers: &[ContainerIndex]) -> Vec<(Load, u64)> {
        let asked = Load::ALL.into_iter().filter(|load| self.goals.contains(&Goal::LeastCarried(*load)));
        let sizes = self.sizes(after);
        asked.map(|load| (load, self.to_carry(&sizes, load, containers.iter().copied()))).collect()
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

    /// What `containers` ask for together, for each resource. What lies in a carrier among them is asked for by that, but for
    /// what that asks for as much of as lies in it.
    pub fn requested(&self, containers: impl IntoIterator<Item = ContainerIndex>) -> Vec<u64> {
        let mut sum = vec![0; self.lab.resources.len()];
        if !self.demand.has_carriers() {
            let requests = containers.into_iter().map(|container| &self.demand.service_of(container).request);
            requests.for_each(|request| add(&mut sum, request.iter().map(|amount| amount.value)));
            return sum;
        }
        let containers: Vec<ContainerIndex> = containers.into_iter().collect();
        let among: BTreeSet<ContainerIndex> =
            containers.iter().copied().filter(|&it| self.demand.is_carrier(it)).collect();
        for container in containers {
            for (resource, sum) in sum.iter_mut().enumerate() {
                if self.is_asked_beside(container, resource, &among) {
                    *sum = sum.saturating_add(self.request(container, resource));
                }
            }
        }
        sum
    }

    /// Whether what a container asks for counts beside what these carriers ask for.
    fn is_asked_beside(
        &self,
        container: ContainerIndex,
        resource: ResourceIndex,
        among: &BTreeSet<ContainerIndex>,
    ) -> bool {
        let inside = self.demand.service_of(container).inside.as_ref();
        let Some(inside) = inside.filter(|_| self.lab.of_hosts().contains(&resource)) else { return true };
        inside.carriers.iter().filter(|it| among.contains(it)).all(|&carrier| {
            let carries = self.demand.service_of(carrier).carries.as_deref();
            carries.is_some_and(|it| it.content[resource]) && self.is_asked_beside(carrier, resource, among)
        })
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
        let sizes = self.sizes(placement);
        for (container, host) in placement.placed().filter(|(container, _)| placement.carrier(*container).is_none()) {
            let requests = (0..self.lab.resources.len()).map(|resource| sizes.request(self, container, resource));
            add(&mut used[host], requests);
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

    /// The carriers that containers of a startup may lie in.
    pub fn carriers_of(&self, startup: StartupIndex) -> BTreeSet<ContainerIndex> {
        let services = &self.demand.services[self.demand.startups[startup].services.clone()];
        let inside = services.iter().flat_map(|service| &service.inside);
        inside.flat_map(|inside| inside.carriers.iter().copied()).collect()
    }

    /// [`Layout::free`], and what is left in these carriers.
    pub fn free_with(
        &self,
        placement: &Placement,
        hosts: impl IntoIterator<Item = HostIndex>,
        carriers: &BTreeSet<ContainerIndex>,
    ) -> Vec<u64> {
        let mut free = self.free(placement, hosts);
        if !carriers.is_empty() {
            for held in self.carrier_usage(placement).iter().filter(|held| carriers.contains(&held.carrier)) {
                for resource in self.lab.of_hosts() {
                    let left = held.offers[resource].saturating_sub(held.used[resource]);
                    free[resource] = free[resource].saturating_add(left);
                }
            }
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
        let carriers = self.carrier_usage(placement);
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
            let carriers = carriers.iter().filter(|it| placement.host(it.carrier) == Some(host)).cloned().collect();
            HostUse { host, containers, carriers, agents, used, limits }
        };
        content.numbered().zip(self.used(placement)).map(host_use).collect()
    }
}

impl Layout {
    /// How full a carrier is: the largest share of what it offers of any resource that `balance` judges by, but for those of
    /// which it is as large as what it holds.
    pub fn fullness(&self, carrier: &CarrierUse) -> Ratio {
        let carries = self.demand.service_of(carrier.carrier).carries.as_deref();
        let judged = self.balanced().into_iter().enumerate().filter(|(resource, judged)| {
            *judged && carries.is_some_and(|it| !it.content[*resource]) && carrier.offers[*resource] > 0
        });
        let shares = judged.map(|(it, _)| Ratio { part: carrier.used[it], whole: carrier.offers[it] });
        shares.max().unwrap_or(Ratio::ZERO)
    }

    /// What each carrier that is placed holds under `placement`, ascending.
    pub fn carrier_usage(&self, placement: &Placement) -> Vec<CarrierUse> {
        if !self.demand.has_carriers() {
            return Vec::new();
        }
        let (sizes, mut content) = (self.sizes(placement), placement.by_carrier());
        let placed = self.demand.carriers().filter(|&it| placement.host(it).is_some());
        let carrier_use = |carrier: ContainerIndex| {
            let containers = content.remove(&carrier).unwrap_or_default();
            let used = self.held(&sizes, &containers);
            let mut offers = self.lab.offers(self.demand.service_of(carrier));
            let size: Vec<u64> = (0..used.len()).map(|resource| sizes.request(self, carrier, resource)).collect();
            if let Some(carries) = self.demand.service_of(carrier).carries.as_deref() {
                for resource in (0..used.len()).filter(|&resource| carries.content[resource]) {
                    offers[resource] = carries.promises(resource, size[resource]);
                }
            }
            CarrierUse { carrier, containers, used, offers, size }
        };
        placed.map(carrier_use).collect()
    }
}

/// The containers and agents of a host.
type Content = (Vec<ContainerIndex>, Vec<ServiceIndex>);

fn add(sum: &mut [u64], amounts: impl Iterator<Item = u64>) {
    sum.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum = sum.saturating_add(amount));
}
