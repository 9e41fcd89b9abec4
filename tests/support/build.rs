//! Small layouts in a few words, without the document layer: memory is the only resource unless said otherwise.

use bayplan::diagnostic::Place;
use bayplan::model::{
    Amount, Container, Demand, Goal, Host, HostIndex, HostState, Lab, Layout, Origin, Placement, Rule, RuleKind,
    Service, Startup,
};
use bayplan::quantity::Resource;

/// A lab of hosts `name: allocatable memory`, nothing to place yet.
pub fn lab(hosts: &[(&str, u64)]) -> Layout {
    let hosts = hosts
        .iter()
        .enumerate()
        .map(|(index, &(name, memory))| Host {
            span: bayplan::model::Span::ALWAYS,
            name: name.to_owned(),
            kind: name.to_owned(),
            title: None,
            capacity: vec![memory],
            reserve: vec![0],
            allocatable: vec![memory],
            overcommit: vec![None],
            labels: Default::default(),
            watts: 0,
            price: 0,
            state: HostState::Up,
            at: line(100 + index),
        })
        .collect();
    Layout {
        name: None,
        lab: Lab { resources: vec![Resource::Memory], hosts },
        demand: Demand::default(),
        rules: Vec::new(),
        goals: Goal::DEFAULT.to_vec(),
        placement: None,
        survive: None,
        phases: Vec::new(),
        phase: None,
        toolbox: Default::default(),
        placed_at: Vec::new(),
        stacks: Vec::new(),
        files: vec!["test.yaml".to_owned()],
    }
}

/// Adds a startup of services `name: memory`.
pub fn startup(layout: &mut Layout, name: &str, services: &[(&str, u64)]) {
    let replicated: Vec<_> = services.iter().map(|&(name, memory)| (name, memory, None)).collect();
    startup_of_replicas(layout, name, &replicated);
}

/// Adds a startup of services `name: memory, replicas`.
pub fn startup_of_replicas(layout: &mut Layout, name: &str, services: &[(&str, u64, Option<u32>)]) {
    let demand = &mut layout.demand;
    let startup = demand.startups.len();
    let first = demand.services.len();
    for &(name, memory, replicas) in services {
        let service = demand.services.len();
        let from = demand.containers.len();
        match replicas {
            None => demand.containers.push(Container { service, replica: None }),
            Some(count) => {
                demand.containers.extend((1..=count).map(|number| Container { service, replica: Some(number) }))
            }
        }
        demand.services.push(Service {
            span: bayplan::model::Span::ALWAYS,
            startup,
            name: name.to_owned(),
            title: None,
            request: vec![Amount { value: memory, origin: Origin::Given }],
            limit: vec![None],
            observed: None,
            on: None,
            on_written: None,
            on_at: line(300 + service),
            needs: Vec::new(),
            counted: replicas.is_some(),
            containers: from..demand.containers.len(),
            at: line(200 + service),
        });
    }
    demand.startups.push(Startup {
        span: bayplan::model::Span::ALWAYS,
        name: name.to_owned(),
        title: None,
        stack: None,
        priority: 1,
        services: first..demand.services.len(),
        at: line(400 + startup),
    });
}

/// Adds a rule.
pub fn rule(layout: &mut Layout, kind: RuleKind, containers: &[usize]) {
    let at = line(500 + layout.rules.len());
    layout.rules.push(Rule { kind, containers: containers.to_vec(), at });
}

/// A placement: one host a container, `None` for one that is not placed.
pub fn placement(hosts: &[Option<usize>]) -> Placement {
    Placement { host_of: hosts.iter().map(|host| host.map(HostIndex)).collect() }
}

/// A placement of everything.
pub fn placed(hosts: &[usize]) -> Placement {
    Placement { host_of: hosts.iter().map(|&host| Some(HostIndex(host))).collect() }
}

/// A line of the only file.
pub fn line(line: usize) -> Place {
    Place { file: 0, line: line as u32, column: 1, length: 1 }
}
