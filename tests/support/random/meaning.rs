//! What the text means, worked out without the program's reader.

use super::*;
use crate::support::build;
use bayplan::model::{Every, On};

impl Spec {
    /// What the text means.
    pub fn layout(&self) -> Layout {
        let resources = self.resources();
        let hosts: Vec<Host> = self.kinds.iter().flat_map(|kind| kind.spelled_out(&resources)).collect();
        let (demand, mut rules) = self.demand(&resources);
        let written = self.rules.iter().cloned();
        rules.extend(written.map(|(kind, containers)| {
            let containers = containers.into_iter().map(ContainerIndex).collect();
            Rule { kind, containers, reach: Some([].into()), each: false, at: Place::default() }
        }));
        let is_placed = self.placement.iter().any(Option::is_some);
        let balance = self.balance(&resources);
        Layout {
            name: Some(format!("random {}", self.seed)),
            lab: Lab { resources: resources.into_iter().map(Into::into).collect(), hosts, ..Default::default() },
            demand,
            rules,
            goals: if self.goals.is_empty() { Goal::DEFAULT.to_vec() } else { self.goals.clone() },
            balance,
            survive: None,
            most_moves: None,
            phases: Vec::new(),
            phase: None,
            toolbox: Default::default(),
            placed_at: if is_placed { vec![None; self.placement.len()] } else { Vec::new() },
            placement: is_placed.then(|| build::placement(&self.placement)),
            dormant: Vec::new(),
            wishes: Vec::new(),
            stacks: Vec::new(),
            files: vec!["random.yaml".to_owned()],
        }
    }

    /// The resources that `balance` names.
    fn balance(&self, resources: &[Resource]) -> Vec<Resource> {
        let named = self.judges.iter().map(|name| resources.iter().find(|resource| resource.name() == *name));
        let named: Option<Vec<&Resource>> = named.collect();
        named.expect("what it names some host lists").into_iter().cloned().collect()
    }

    /// What at least one host lists.
    fn resources(&self) -> Vec<Resource> {
        let listed = |wanted: fn(&Kind) -> bool| self.kinds.iter().any(wanted);
        let mut resources = Vec::new();
        if listed(|kind| kind.millicores.is_some()) {
            resources.push(Resource::Cpu);
        }
        resources.push(Resource::Memory);
        if listed(|kind| kind.gigabytes.is_some()) {
            resources.push(Resource::Disk);
        }
        if listed(|kind| kind.gpus.is_some()) {
            resources.push(Resource::Named("gpu".to_owned()));
        }
        if listed(|kind| kind.scratch.is_some()) {
            resources.push(Resource::Sized("scratch".to_owned()));
        }
        if listed(|kind| kind.takes.is_some()) {
            resources.push(Resource::Containers);
        }
        resources
    }

    fn demand(&self, resources: &[Resource]) -> (Demand, Vec<Rule>) {
        let mut demand = Demand::default();
        let mut rules = Vec::new();
        for (startup, priority) in self.priorities.iter().enumerate() {
            let first = demand.services.len();
            for spelled in self.services.iter().filter(|it| it.startup == startup) {
                let service = demand.services.len();
                let start = ContainerIndex(demand.containers.len());
                demand.containers.extend(
                    (0..spelled.count())
                        .map(|number| Container { service, replica: spelled.replicas.map(|_| number as u32 + 1) }),
                );
                let containers = Positions { start, end: ContainerIndex(demand.containers.len()) };
                if let Some(apart) = spelled.apart.filter(|_| spelled.count() > 1) {
                    let by_label = RuleKind::ApartByLabel(apart.to_owned());
                    let kind = if apart == "host" { RuleKind::ApartByHost } else { by_label };
                    rules.push(Rule {
                        kind,
                        containers: containers.clone().collect(),
                        reach: Some([].into()),
                        each: false,
                        at: Place::default(),
                    });
                }
                if let Some((over, skew)) = spelled.spread.filter(|_| spelled.count() > 1) {
                    let over = if over == "host" { Topology::Host } else { Topology::Label(over.to_owned()) };
                    rules.push(Rule {
                        kind: RuleKind::Spread { over, skew: skew.unwrap_or(1) },
                        containers: containers.clone().collect(),
                        reach: Some([].into()),
                        each: false,
                        at: Place::default(),
                    });
                }
                demand.services.push(spelled.service(resources, containers));
            }
            demand.startups.push(Startup {
                span: bayplan::model::Span::ALWAYS,
                name: format!("s{}", startup + 1),
                title: None,
                stack: None,
                together: None,
                own_together: false,
                priority: priority.unwrap_or(1),
                services: first..demand.services.len(),
                at: Place::default(),
            });
        }
        (demand, rules)
    }
}

impl Kind {
    fn spelled_out(&self, resources: &[Resource]) -> Vec<Host> {
        let capacity = |resource: &Resource| match resource {
            Resource::Cpu => self.millicores.unwrap_or(0),
            Resource::Memory => self.memory * QUARTER,
            Resource::Disk => self.gigabytes.unwrap_or(0) * 1_000_000_000,
            Resource::Sized(_) => self.scratch.unwrap_or(0) * 1_000_000_000,
            Resource::Named(_) => self.gpus.unwrap_or(0),
            Resource::Containers => self.takes.unwrap_or(bayplan::model::MOST_CONTAINERS),
            Resource::Pooled(_) | Resource::Derived(_) => unreachable!("these documents have no such budgets"),
        };
        let reserve = |resource: &Resource| match resource {
            Resource::Cpu => self.cpu_reserve,
            Resource::Memory => {
                let (_, thousandths, amount) = self.memory_reserve;
                (capacity(resource) * thousandths).div_ceil(1000).max(amount)
            }
            _ => 0,
        };
        let allocatable = |resource: &Resource| {
            let left = capacity(resource) - reserve(resource);
            if *resource == Resource::Cpu { left * self.overcommit / 10 } else { left }
        };
        let mut labels = BTreeMap::from([("arch".to_owned(), self.arch.to_owned())]);
        labels.extend(self.shelf.map(|shelf| ("shelf".to_owned(), shelf.to_owned())));
        let host = |name: String| Host {
            span: bayplan::model::Span::ALWAYS,
            later: Vec::new(),
            name,
            kind: self.name.to_owned(),
            title: None,
            capacity: resources.iter().map(capacity).collect(),
            reserve: resources.iter().map(reserve).collect(),
            allocatable: resources.iter().map(allocatable).collect(),
            kept: [].into(),
            overcommit: vec![None; resources.len()],
            targets: [].into(),
            labels: labels.clone(),
            watts: self.watts * 1_000_000,
            price: self.price.1,
            state: self.state,
            at: Place::default(),
        };
        self.hosts().into_iter().map(host).collect()
    }
}

impl Spelled {
    fn service(&self, resources: &[Resource], containers: Positions<ContainerIndex>) -> Service {
        let amount = |resource: &Resource| match resource {
            Resource::Cpu => self.millicores,
            Resource::Memory => self.memory * QUARTER,
            Resource::Disk => self.gigabytes * 1_000_000_000,
            Resource::Sized(_) => self.scratch * 1_000_000_000,
            Resource::Named(_) => self.gpus,
            Resource::Containers => 1,
            Resource::Pooled(_) | Resource::Derived(_) => unreachable!("these documents have no such budgets"),
        };
        Service {
            span: bayplan::model::Span::ALWAYS,
            later: Vec::new(),
            counts: Vec::new(),
            startup: self.startup,
            name: self.name.to_owned(),
            title: None,
            request: resources.iter().map(|it| Amount { value: amount(it), origin: Origin::Given }).collect(),
            limit: vec![None; resources.len()],
            observed: None,
            on: self.on.as_ref().map(|(_, hosts)| hosts.iter().copied().map(HostIndex).collect()),
            pool: None,
            on_written: self.on.as_ref().map(|(written, _)| written.as_str().into()),
            on_at: Place::default(),
            inside: None,
            carries: None,
            every: self.every.as_ref().map(|(written, hosts)| Every {
                hosts: hosts.iter().copied().map(HostIndex).collect(),
                said: On::Any.into(),
                written: written.as_str().into(),
                at: Place::default(),
            }),
            needs: self.needs.clone(),
            made: Default::default(),
            keep: None,
            counted: self.replicas.is_some(),
            containers,
            at: Place::default(),
        }
    }
}
