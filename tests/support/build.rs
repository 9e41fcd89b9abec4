//! Layouts in a few words, without the document layer.

use bayplan::diagnostic::Place;
use bayplan::model::{
    Amount, Container, ContainerIndex, Demand, Goal, Host, HostIndex, HostState, Lab, Layout, Origin, Placement,
    Positions, Rule, RuleKind, Service, Span, Startup,
};
use bayplan::quantity::Resource;

/// A lab of hosts `name: allocatable memory`, nothing to place yet; memory is the only resource.
pub fn lab(hosts: &[(&str, u64)]) -> Layout {
    layout(vec![Resource::Memory], hosts.iter().map(|&(name, memory)| host(name, &[memory])).collect())
}

/// A lab of `hosts` with these resources, nothing to place yet.
pub fn layout(resources: Vec<Resource>, hosts: Vec<Host>) -> Layout {
    Layout {
        name: None,
        lab: Lab { resources: resources.into_iter().map(Into::into).collect(), hosts, ..Default::default() },
        demand: Demand::default(),
        rules: Vec::new(),
        goals: Goal::DEFAULT.to_vec(),
        placement: None,
        balance: Vec::new(),
        survive: None,
        most_moves: None,
        phases: Vec::new(),
        phase: None,
        toolbox: Default::default(),
        placed_at: Vec::new(),
        dormant: Vec::new(),
        wishes: Vec::new(),
        stacks: Vec::new(),
        files: vec!["lab.yaml".to_owned()],
    }
}

/// A host that keeps nothing for itself.
pub fn host(name: &str, capacity: &[u64]) -> Host {
    Host {
        span: Span::ALWAYS,
        later: Vec::new(),
        name: name.to_owned(),
        kind: name.to_owned(),
        title: None,
        capacity: capacity.to_vec(),
        reserve: vec![0; capacity.len()],
        allocatable: capacity.to_vec(),
        kept: [].into(),
        overcommit: vec![None; capacity.len()],
        targets: [].into(),
        labels: Default::default(),
        watts: 0,
        price: 0,
        state: HostState::Up,
        at: Place::default(),
    }
}

/// Adds a startup of services `name: memory`.
pub fn startup(layout: &mut Layout, name: &str, services: &[(&str, u64)]) {
    let replicated: Vec<_> = services.iter().map(|&(name, memory)| (name, memory, None)).collect();
    startup_of_replicas(layout, name, &replicated);
}

/// Adds a startup of services `name: memory, replicas`.
pub fn startup_of_replicas(layout: &mut Layout, name: &str, services: &[(&str, u64, Option<u32>)]) {
    let services: Vec<_> = services.iter().map(|&(name, memory, replicas)| (name, replicas, [memory])).collect();
    startup_asking(layout, name, &services);
}

/// Adds a startup of services `name: replicas, request`.
pub fn startup_asking<const R: usize>(layout: &mut Layout, name: &str, services: &[(&str, Option<u32>, [u64; R])]) {
    let demand = &mut layout.demand;
    let startup = demand.startups.len();
    let first = demand.services.len();
    for &(name, replicas, request) in services {
        let service = demand.services.len();
        let start = ContainerIndex(demand.containers.len());
        let numbers = 1..=replicas.unwrap_or(1);
        demand.containers.extend(numbers.map(|n| Container { service, replica: replicas.map(|_| n) }));
        demand.services.push(Service {
            span: Span::ALWAYS,
            later: Vec::new(),
            counts: Vec::new(),
            startup,
            name: name.to_owned(),
            title: None,
            request: request.map(|value| Amount { value, origin: Origin::Given }).to_vec(),
            limit: vec![None; R],
            observed: None,
            on: None,
            pool: None,
            on_written: None,
            inside: None,
            carries: None,
            every: None,
            on_at: Place::default(),
            needs: Vec::new(),
            made: Default::default(),
            keep: None,
            counted: replicas.is_some(),
            containers: Positions { start, end: ContainerIndex(demand.containers.len()) },
            at: Place::default(),
        });
    }
    demand.startups.push(Startup {
        span: Span::ALWAYS,
        name: name.to_owned(),
        title: None,
        stack: None,
        priority: 1,
        services: first..demand.services.len(),
        together: None,
        own_together: false,
        at: Place::default(),
    });
}

/// Adds a rule.
pub fn rule(layout: &mut Layout, kind: RuleKind, containers: &[usize]) {
    let containers = containers.iter().copied().map(ContainerIndex).collect();
    layout.rules.push(Rule { kind, containers, reach: Some([].into()), each: false, at: Place::default() });
}

/// A placement: one host a container, `None` for one that is not placed.
pub fn placement(hosts: &[Option<usize>]) -> Placement {
    Placement::on_hosts(hosts.iter().map(|host| host.map(HostIndex)).collect())
}

/// A placement of everything.
pub fn placed(hosts: &[usize]) -> Placement {
    Placement::on_hosts(hosts.iter().map(|&host| Some(HostIndex(host))).collect())
}
