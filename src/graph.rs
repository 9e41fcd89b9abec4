//! What needs what: cycles, start order, and what stops when a host dies.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::model::{ContainerIndex, Demand, HostIndex, Layout, Placement, ServiceIndex, StartupIndex};

/// What stops when a host dies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    /// The containers that ran and no longer do, ascending: those on the host, and those elsewhere that need them.
    pub containers: Vec<ContainerIndex>,
    /// The startups that ran whole and no longer do, ascending: one of their services has no running container left.
    pub startups: Vec<StartupIndex>,
}

/// Every knot of things that need each other, as one cycle a knot: `[a, b, c]` says that `a` needs `b`, `b` needs `c`
/// and `c` needs `a`. `needs[a]` lists what `a` needs. Each is one of the shortest cycles through the knot's first
/// thing, which comes first; knots are in the order of their first things.
pub fn cycles(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let edges = needs.iter().map(Vec::len).sum();
    let mut graph = DiGraph::<(), (), usize>::with_capacity(needs.len(), edges);
    for _ in needs {
        graph.add_node(());
    }
    for (from, all) in needs.iter().enumerate() {
        for &to in all.iter().filter(|&&to| to < needs.len()) {
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        }
    }
    // Not `tarjan_scc`, which recurses: a long chain of needs would overflow the stack.
    let mut knots: Vec<Vec<usize>> =
        kosaraju_scc(&graph).into_iter().map(|knot| knot.into_iter().map(NodeIndex::index).collect()).collect();
    for knot in &mut knots {
        knot.sort_unstable();
    }
    knots.sort_unstable();
    knots.iter().filter_map(|knot| shortest_cycle(needs, knot)).collect()
}

/// The services in the order they can start: each layer needs only what stands in earlier ones, and each service
/// stands as early as it can. Services in a cycle, and those that need them, are left out; a document has none.
pub fn start_order(demand: &Demand) -> Vec<Vec<ServiceIndex>> {
    let graph = needs_graph(demand);
    let mut missing: Vec<usize> = graph.node_indices().map(|node| graph.edges(node).count()).collect();
    let mut layer: Vec<NodeIndex> = graph.node_indices().filter(|node| missing[node.index()] == 0).collect();
    let mut layers = Vec::new();
    while !layer.is_empty() {
        let mut next = Vec::new();
        for &service in &layer {
            for dependent in graph.neighbors_directed(service, Direction::Incoming) {
                missing[dependent.index()] -= 1;
                if missing[dependent.index()] == 0 {
                    next.push(dependent);
                }
            }
        }
        next.sort();
        layers.push(layer.iter().map(|service| service.index()).collect());
        layer = next;
    }
    layers
}

/// What stops when `host` dies under `placement`. A service runs while one of its containers does, with
/// `keep` while as many do; a container runs
/// while it is placed, its host lives, and every service that it needs runs. A startup runs while all its services do.
pub fn stops_when(layout: &Layout, placement: &Placement, host: HostIndex) -> Outage {
    let on_host: Vec<ContainerIndex> = placement.placed().filter(|(_, at)| *at == host).map(|(it, _)| it).collect();
    Standing::new(&layout.demand, placement).without(&on_host)
}

/// [`stops_when`] for every host, in their order.
pub fn stops_by_host(layout: &Layout, placement: &Placement) -> Vec<Outage> {
    let standing = Standing::new(&layout.demand, placement);
    placement.by_host(layout.lab.hosts.len()).iter().map(|on_host| standing.without(on_host)).collect()
}

/// What is placed and does not run, ascending: something that it needs is placed nowhere, or does not run itself.
pub fn idle(layout: &Layout, placement: &Placement) -> Vec<ContainerIndex> {
    let running = running(&layout.demand, &needs_graph(&layout.demand), placement);
    placement.placed().map(|(it, _)| it).filter(|&it| !running.containers[it]).collect()
}

/// What runs under a placement while all hosts live.
struct Standing<'a> {
    demand: &'a Demand,
    graph: DiGraph<(), ()>,
    running: Running,
    /// How many containers of each service run.
    many: Vec<usize>,
}

impl<'a> Standing<'a> {
    fn new(demand: &'a Demand, placement: &Placement) -> Standing<'a> {
        let graph = needs_graph(demand);
        let running = running(demand, &graph, placement);
        let runs = |it: &ContainerIndex| running.containers[*it];
        let many = demand.services.iter().map(|service| service.containers.clone().filter(runs).count()).collect();
        Standing { demand, graph, running, many }
    }

    /// What stops when these containers are lost: the work is linear in what that is, not in all that runs.
    fn without(&self, lost: &[ContainerIndex]) -> Outage {
        let runs = |it: &ContainerIndex| self.running.containers[*it];
        let mut containers: Vec<ContainerIndex> = lost.iter().copied().filter(runs).collect();
        let mut lost_of: BTreeMap<ServiceIndex, usize> = BTreeMap::new();
        for &container in &containers {
            *lost_of.entry(self.demand.containers[container].service).or_default() += 1;
        }
        let mut down: BTreeSet<ServiceIndex> = {
            let is_down = |&(service, lost): &(ServiceIndex, usize)| {
                self.many[service] - lost < self.demand.services[service].least()
            };
            lost_of.into_iter().filter(is_down).map(|(it, _)| it).collect()
        };
        let mut stopped: Vec<ServiceIndex> = down.iter().copied().collect();
        while let Some(service) = stopped.pop() {
            for dependent in self.graph.neighbors_directed(NodeIndex::new(service), Direction::Incoming) {
                let dependent = dependent.index();
                if self.running.services[dependent] && down.insert(dependent) {
                    containers.extend(self.demand.services[dependent].containers.clone().filter(runs));
                    stopped.push(dependent);
                }
            }
        }
        containers.sort_unstable();
        containers.dedup();
        let whole = |startup: &StartupIndex| {
            self.demand.startups[*startup].services.clone().all(|service| self.running.services[service])
        };
        let mut startups: Vec<StartupIndex> = down.iter().map(|&it| self.demand.services[it].startup).collect();
        startups.dedup();
        startups.retain(whole);
        Outage { containers, startups }
    }
}

/// A shortest cycle through the first thing of `knot` that stays in it; `None` where it is alone and needs not itself.
fn shortest_cycle(needs: &[Vec<usize>], knot: &[usize]) -> Option<Vec<usize>> {
    let start = *knot.first()?;
    let mut reached_from: Vec<Option<usize>> = vec![None; knot.len()];
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(here) = queue.pop_front() {
        for next in needs.get(here)? {
            if *next == start {
                return Some(path_back(knot, &reached_from, start, here));
            }
            if let Ok(position) = knot.binary_search(next)
                && reached_from[position].is_none()
            {
                reached_from[position] = Some(here);
                queue.push_back(*next);
            }
        }
    }
    None
}

fn path_back(knot: &[usize], reached_from: &[Option<usize>], start: usize, end: usize) -> Vec<usize> {
    let mut path = vec![end];
    let mut here = end;
    while here != start {
        match knot.binary_search(&here).ok().and_then(|position| reached_from[position]) {
            Some(before) => here = before,
            None => break,
        }
        path.push(here);
    }
    path.reverse();
    path
}

/// Which containers and services run.
struct Running {
    containers: Vec<bool>,
    services: Vec<bool>,
}

/// An edge from each service to each that it needs.
fn needs_graph(demand: &Demand) -> DiGraph<(), ()> {
    let mut graph = DiGraph::with_capacity(demand.services.len(), 0);
    for _ in &demand.services {
        graph.add_node(());
    }
    for (service, needs) in demand.services.iter().map(|service| &service.needs).enumerate() {
        for &needed in needs {
            graph.update_edge(NodeIndex::new(service), NodeIndex::new(needed), ());
        }
    }
    graph
}

/// Starts from all that is placed, and stops whatever needs a service that does not run, until nothing more stops. Each
/// service stops at most once, so the work is linear in containers and needs.
fn running(demand: &Demand, graph: &DiGraph<(), ()>, placement: &Placement) -> Running {
    let mut containers: Vec<bool> = demand.indices().map(|it| placement.host(it).is_some()).collect();
    let mut services: Vec<bool> = demand
        .services
        .iter()
        .map(|service| match service.every {
            // Those that need it have one beside them, wherever they are.
            Some(_) => demand.takes_part(service.startup, |container| containers[container]),
            None => {
                let running = service.containers.clone().filter(|&container| containers[container]);
                running.take(service.least()).count() == service.least()
            }
        })
        .collect();
    let mut stopped: Vec<ServiceIndex> = (0..services.len()).filter(|&service| !services[service]).collect();
    while let Some(service) = stopped.pop() {
        for dependent in graph.neighbors_directed(NodeIndex::new(service), Direction::Incoming) {
            let dependent = dependent.index();
            if std::mem::replace(&mut services[dependent], false) {
                demand.services[dependent].containers.clone().for_each(|container| containers[container] = false);
                stopped.push(dependent);
            }
        }
    }
    Running { containers, services }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_nothing_in_a_circle_has_no_cycles() {
        assert!(cycles(&[]).is_empty());
        assert!(cycles(&[vec![1, 2], vec![2], vec![]]).is_empty());
    }

    #[test]
    fn each_knot_gives_one_shortest_cycle_from_its_first_thing() {
        // 0 -> 1 -> 2 -> 0 with the detour 1 -> 3 -> 2; 4 needs itself; 5 -> 0 is no part of a knot.
        let needs = [vec![1], vec![3, 2], vec![0], vec![2], vec![4], vec![0]];
        assert_eq!(cycles(&needs), [vec![0, 1, 2], vec![4]]);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_does_not_overflow_the_stack() {
        let mut needs: Vec<Vec<usize>> = (1..=100_000).map(|next| vec![next]).collect();
        needs.push(vec![0]);
        assert_eq!(cycles(&needs).first().map(Vec::len), Some(100_001));
    }
}
