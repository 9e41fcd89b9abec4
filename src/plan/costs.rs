//! What each startup takes, and its share of price and watts.

use std::collections::BTreeMap;

use crate::model::{Layout, Placement, Ratio, ResourceIndex, ServiceIndex, StartupIndex};

/// What the startups take and cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Costs {
    /// The resource that is scarcest in the lab: of those that `balance` judges hosts by the one with the largest share in
    /// use. `None` where nothing is.
    pub resource: Option<ResourceIndex>,
    /// What the lab can give of it.
    pub there: u64,
    /// Every startup with something placed, the one that takes most of [`Costs::resource`] first.
    pub startups: Vec<Cost>,
}

/// What one startup takes and costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Which startup.
    pub startup: StartupIndex,
    /// What its placed containers and its agents ask for of [`Costs::resource`].
    pub taken: u64,
    /// Its part of the price of the hosts it is on, in millionths.
    pub price: u64,
    /// Its part of their power, in millionths of a watt.
    pub watts: u64,
}

/// What the startups that `placement` places take and cost.
///
/// The price and the watts of a host are shared among its containers in proportion to how much of it they take: the sum,
/// over all resources, of the share of what the host gives. So a resource counts as much as it is in use, half of the
/// memory is worth as much as half of the CPU, and a GPU that is taken as much as memory that is full; equally, where they
/// ask for nothing. Parts are whole millionths, what is left over going to the largest remainders: those of all startups
/// add up to what the hosts in use cost.
pub fn costs(layout: &Layout, placement: &Placement) -> Costs {
    let startups = layout.demand.startups.len();
    let (mut price, mut watts, mut placed) = (vec![0; startups], vec![0; startups], vec![false; startups]);
    let uses = layout.usage(placement);
    for held in &uses {
        let host = &layout.lab.hosts[held.host];
        // Limits are no further part of what there is.
        let own = &host.allocatable[layout.lab.requested_of_hosts()];
        held.agents.iter().for_each(|&agent| placed[layout.demand.services[agent].startup] = true);
        // Agents alone make no host one that is in use.
        if held.containers.is_empty() {
            continue;
        }
        let of_containers = held.containers.iter().map(|&it| layout.demand.containers[it].service);
        let services: Vec<ServiceIndex> = of_containers.chain(held.agents.iter().copied()).collect();
        let request = |service: ServiceIndex| layout.demand.services[service].request.iter().map(|amount| amount.value);
        let weight = |&it: &ServiceIndex| part_of(&request(it).collect::<Vec<u64>>(), own);
        let weights: Vec<u64> = services.iter().map(weight).collect();
        let parts = shared(host.price, &weights).into_iter().zip(shared(host.watts, &weights));
        for (&service, (its_price, its_watts)) in services.iter().zip(parts) {
            let startup = layout.demand.services[service].startup;
            price[startup] += its_price;
            watts[startup] += its_watts;
            placed[startup] = true;
        }
    }
    let agents = layout.agents_under(placement);
    let mut by_agents: BTreeMap<StartupIndex, Vec<u64>> = BTreeMap::new();
    for &agent in agents.iter().flatten() {
        let of = &layout.demand.services[agent];
        let sum = by_agents.entry(of.startup).or_insert_with(|| vec![0; of.request.len()]);
        sum.iter_mut().zip(&of.request).for_each(|(sum, amount)| *sum = sum.saturating_add(amount.value));
    }
    let mut used = layout.requested(placement.placed().map(|(container, _)| container));
    for sum in by_agents.values() {
        used.iter_mut().zip(sum).for_each(|(used, sum)| *used = used.saturating_add(*sum));
    }
    let there = layout.lab.supply(layout.counted(&uses).into_iter().map(|held| held.host));
    let resource = scarcest(&used, &there, &layout.balanced());
    let taken = |startup: StartupIndex| {
        let its = layout.demand.containers_of(startup).filter(|&container| placement.host_of[container].is_some());
        let agents = |resource: ResourceIndex| by_agents.get(&startup).map_or(0, |sum| sum[resource]);
        resource.map_or(0, |resource| layout.requested(its)[resource].saturating_add(agents(resource)))
    };
    let mut ranked: Vec<Cost> = (0..startups)
        .filter(|&startup| placed[startup])
        .map(|startup| Cost { startup, taken: taken(startup), price: price[startup], watts: watts[startup] })
        .collect();
    ranked.sort_by_key(|cost| (std::cmp::Reverse(cost.taken), cost.startup));
    Costs { resource, there: resource.map_or(0, |resource| there[resource]), startups: ranked }
}

/// How much of a host a container takes, in parts of 10^12 of a resource.
fn part_of(request: &[u64], allocatable: &[u64]) -> u64 {
    const PARTS: u128 = 1_000_000_000_000;
    let asked = request.iter().zip(allocatable).filter(|(asked, _)| **asked > 0);
    let parts = asked.map(|(&asked, &give)| u128::from(asked) * PARTS / u128::from(give.max(1)));
    parts.fold(0, |sum, part| u64::try_from(part).map_or(u64::MAX, |part| part.saturating_add(sum)))
}

/// The resource of which the largest share is in use, among those judged by, the first of equals; `None` where nothing of
/// them is in use.
fn scarcest(used: &[u64], there: &[u64], judged: &[bool]) -> Option<ResourceIndex> {
    let in_use = (0..used.len()).filter(|&resource| judged[resource] && used[resource] > 0);
    let share = |&resource: &ResourceIndex| Ratio { part: used[resource], whole: there[resource].max(1) };
    in_use.max_by(|a, b| share(a).cmp(&share(b)).then(b.cmp(a)))
}

/// `whole` in parts in proportion to `weights` (equal ones where all are 0), by largest remainders, the first of equals.
fn shared(whole: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    let weight = |index: usize| if sum == 0 { 1 } else { u128::from(weights[index]) };
    let sum = if sum == 0 { weights.len() as u128 } else { sum };
    let product = |index: usize| u128::from(whole) * weight(index);
    let mut parts: Vec<u64> = (0..weights.len()).map(|index| (product(index) / sum) as u64).collect();
    let left = whole - parts.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(product(index) % sum), index));
    order.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)).for_each(|index| parts[index] += 1);
    if weights.is_empty() { Vec::new() } else { parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole() {
        assert_eq!(shared(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(shared(100, &[0, 0]), [50, 50]);
        assert_eq!(shared(7, &[0, 3]), [0, 7]);
        assert!(shared(5, &[]).is_empty());
        assert_eq!(part_of(&[1, 0, 3], &[2, 0, 4]), 1_250_000_000_000);
        assert_eq!(part_of(&[u64::MAX, 1], &[1, 1]), u64::MAX);
        let large = crate::quantity::LARGEST_MILLIONTHS;
        assert_eq!(shared(large, &[u64::MAX, u64::MAX, 1]).iter().sum::<u64>(), large);
    }
}
