//! Pairs of placements to go between, and the second, obvious answer to how: breadth first through all of them.

use std::collections::{BTreeMap, VecDeque};

use bayplan::check::check;
use bayplan::model::{ContainerIndex, HostIndex, HostState, Layout, Numbered, Placement, RuleKind};
use fastrand::Rng;

use super::build::{lab, placed, rule, startup};

/// Hosts of the given memory, and one startup of containers of the given memory.
pub fn layout_of(hosts: &[u64], containers: &[u64]) -> Layout {
    let names: Vec<String> = (0..hosts.len()).map(|number| format!("h{number}")).collect();
    let hosts: Vec<_> = names.iter().map(String::as_str).zip(hosts.iter().copied()).collect();
    let mut layout = lab(&hosts);
    let names: Vec<String> = (0..containers.len()).map(|number| format!("c{number}")).collect();
    let services: Vec<_> = names.iter().map(String::as_str).zip(containers.iter().copied()).collect();
    startup(&mut layout, "s", &services);
    layout
}

/// A layout filled to so many percent, with some rules, and a placement of it.
pub fn full_layout(random: &mut Rng, hosts: usize, containers: usize, percent: u64) -> (Layout, Placement) {
    loop {
        let sizes: Vec<u64> = (0..containers).map(|_| random.u64(2..=20)).collect();
        let mut host_of: Vec<usize> = (0..containers).map(|_| random.usize(0..hosts)).collect();
        // Evened out a little, so that hosts are not too unlike.
        for _ in 0..containers {
            let sum = |host| sizes.iter().zip(&host_of).filter(|it| *it.1 == host).map(|it| *it.0).sum::<u64>();
            let (most, least) = ((0..hosts).max_by_key(|&h| sum(h)), (0..hosts).min_by_key(|&h| sum(h)));
            let of_most: Vec<usize> = (0..containers).filter(|&c| Some(host_of[c]) == most).collect();
            host_of[of_most[random.usize(0..of_most.len())]] = least.expect("there are hosts");
        }
        let used: u64 = sizes.iter().sum();
        let mut free = used * 100 / percent - used;
        let sum = |host| sizes.iter().zip(&host_of).filter(|it| *it.1 == host).map(|it| *it.0).sum::<u64>();
        let mut memory: Vec<u64> = (0..hosts).map(sum).collect();
        while free > 0 {
            let more = random.u64(1..=free.min(6));
            memory[random.usize(0..hosts)] += more;
            free -= more;
        }
        let mut layout = layout_of(&memory, &sizes);
        for _ in 0..random.usize(0..1 + containers / 7) {
            let (a, b) = (random.usize(0..containers), random.usize(0..containers));
            if host_of[a] != host_of[b] {
                rule(&mut layout, RuleKind::ApartByHost, &[a.min(b), a.max(b)]);
            }
        }
        let placement = placed(&host_of);
        if check(&layout, &placement, None).is_empty() {
            return (layout, placement);
        }
    }
}

/// Another placement of `layout`, drawn at random.
pub fn another(random: &mut Rng, layout: &Layout) -> Option<Placement> {
    let request = |container: ContainerIndex| layout.demand.service_of(container).request[0].value;
    for _ in 0..20_000 {
        let mut free: Vec<u64> = layout.lab.hosts.iter().map(|host| host.allocatable[0]).collect();
        let mut order: Vec<ContainerIndex> = layout.demand.indices().collect();
        order.sort_by_key(|&container| std::cmp::Reverse(request(container) + random.u64(0..6)));
        let mut placement = Placement::empty(order.len());
        for container in order {
            let takes = |&host: &HostIndex| free[host] >= request(container);
            let hosts: Vec<HostIndex> = layout.lab.indices().filter(takes).collect();
            if hosts.is_empty() {
                break;
            }
            let host = hosts[random.usize(0..hosts.len())];
            free[host] -= request(container);
            placement.host_of[container] = Some(host);
        }
        if check(layout, &placement, None).is_empty() {
            return Some(placement);
        }
    }
    None
}

/// Where so many valid steps from `placement`, drawn at random, lead.
pub fn walk(random: &mut Rng, layout: &Layout, placement: &Placement, steps: usize) -> Placement {
    let mut here = placement.clone();
    let mut made = 0;
    for _ in 0..steps * 200 {
        let container = ContainerIndex(random.usize(0..here.host_of.len()));
        let host = HostIndex(random.usize(0..layout.lab.hosts.len()));
        let from = here.host_of[container].replace(host);
        if from == Some(host) || !check(layout, &here, Some(placement)).is_empty() {
            here.host_of[container] = from;
            continue;
        }
        made += 1;
        if made == steps {
            break;
        }
    }
    here
}

/// What breadth first through every placement that the referee lets pass finds.
#[derive(Debug, PartialEq, Eq)]
pub enum Fewest {
    /// The fewest steps.
    Steps(usize),
    /// There is no way.
    Never,
    /// There were too many placements to look at.
    TooMany,
}

/// The fewest steps; nothing comes to a draining host.
pub fn fewest_steps(layout: &Layout, before: &Placement, after: &Placement, most: usize) -> Fewest {
    let mut steps_to = BTreeMap::from([(before.host_of.clone(), 0)]);
    let mut queue = VecDeque::from([before.clone()]);
    while let Some(here) = queue.pop_front() {
        let steps = steps_to[&here.host_of];
        if &here == after {
            return Fewest::Steps(steps);
        }
        if steps_to.len() > most {
            return Fewest::TooMany;
        }
        for container in layout.demand.indices() {
            for (host, machine) in layout.lab.hosts.iter().numbered() {
                let mut next = here.clone();
                next.host_of[container] = Some(host);
                if machine.state != HostState::Drain
                    && !steps_to.contains_key(&next.host_of)
                    && check(layout, &next, Some(before)).is_empty()
                {
                    steps_to.insert(next.host_of.clone(), steps + 1);
                    queue.push_back(next);
                }
            }
        }
    }
    Fewest::Never
}
