//! The name of a document's content: two documents of one name ask the same, so that a changed one is noticed.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::model::{Asks, Goal, HostState, Layout, RuleKind, Topology};

/// FNV-1a with 128 bits (Fowler, Noll and Vo; IETF draft-eastlake-fnv).
const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// 32 hexadecimal digits that stand for all that decides where containers may go and what is better: what the hosts
/// give, cost and are, what the containers ask and where they may go, the rules, what is to be survived, the goals, and
/// the placement. Names
/// and comments do not count; the order of hosts and containers does.
///
/// It notices mistakes, not malice: a certificate proves what it claims of the document that it is checked with,
/// whatever its digest.
pub fn digest(layout: &Layout) -> String {
    let mut sink = Sink(BASIS);
    // Writing to it cannot fail.
    let _ = spell(layout, &mut sink);
    format!("{:032x}", sink.0)
}

struct Sink(u128);

impl Write for Sink {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for &byte in text.as_bytes() {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(PRIME);
        }
        Ok(())
    }
}

/// One line for each host, container, rule and so on; docs/certificate.md describes them.
fn spell(layout: &Layout, out: &mut Sink) -> std::fmt::Result {
    writeln!(out, "resources {}", layout.lab.resources.len())?;
    for host in &layout.lab.hosts {
        let state = match host.state {
            HostState::Up => "up",
            HostState::Drain => "drain",
            HostState::Planned => "planned",
        };
        writeln!(out, "host {state} {} {} {}", host.price, host.watts, list(&host.allocatable))?;
        if host.targets.iter().any(Option::is_some) {
            let within = (0..host.allocatable.len()).map(|it| host.target(it).unwrap_or(host.allocatable[it]));
            writeln!(out, "within {}", list(&within.collect::<Vec<u64>>()))?;
        }
    }
    for container in &layout.demand.containers {
        let service = &layout.demand.services[container.service];
        let request: Vec<u64> = service.request.iter().map(|amount| amount.value).collect();
        let on = service.on.as_ref().map_or_else(|| "any".to_owned(), |on| list(on));
        writeln!(out, "container {} on {on}", list(&request))?;
    }
    for service in &layout.demand.services {
        if let Some(every) = &service.every {
            let request: Vec<u64> = service.request.iter().map(|amount| amount.value).collect();
            writeln!(out, "agent {} on {}", list(&request), list(&every.hosts))?;
        }
    }
    let spelled = |kind: &RuleKind| match kind {
        RuleKind::Together => "together".to_owned(),
        RuleKind::ApartByHost => "apart".to_owned(),
        RuleKind::ApartByCarrier => kind.words(),
        RuleKind::ApartByLabel(label) => format!("apart by {}", list(&values(layout, label))),
        RuleKind::AtMost { count, per } => format!("at most {count} per {}", domains(layout, per)),
        RuleKind::Spread { over, skew } => format!("spread {skew} over {}", domains(layout, over)),
    };
    for rule in &layout.rules {
        writeln!(out, "{} {}", spelled(&rule.kind), list(&rule.containers))?;
    }
    for wish in layout.all_wishes() {
        let asks = match &wish.asks {
            Asks::On(wanted) => format!("on {}", list(&wanted.hosts)),
            Asks::Rule(kind) => spelled(kind),
        };
        writeln!(out, "wish {} {asks} {}", wish.weight, list(&wish.containers))?;
    }
    for service in layout.demand.services.iter().filter(|service| service.spare(service.containers.len()) > 0) {
        writeln!(out, "keep {} of {}", service.least(), list(&service.containers.clone().collect::<Vec<_>>()))?;
    }
    if let Some(survive) = &layout.survive {
        let moves = if survive.moves { "allowed" } else { "none" };
        write!(out, "survive {}", survive.hosts)?;
        survive.labels.iter().try_for_each(|label| write!(out, " any {}", list(&values(layout, label))))?;
        writeln!(out, " moves {moves} except {}", list(&survive.except))?;
    }
    let by: Vec<usize> = (layout.balanced().iter().enumerate()).filter_map(|(r, judged)| judged.then_some(r)).collect();
    let goal = |goal: &Goal| match goal {
        Goal::Balance => format!("{} {}", goal.name(), list(&by)),
        _ => goal.name().to_owned(),
    };
    let goals: Vec<String> = layout.goals.iter().map(goal).collect();
    writeln!(out, "goals {}", goals.join(" "))?;
    for (container, host) in layout.placement.iter().flat_map(|placement| placement.placed()) {
        writeln!(out, "placed {container} {host}")?;
    }
    Ok(())
}

fn domains(layout: &Layout, topology: &Topology) -> String {
    match topology {
        Topology::Host | Topology::Carrier | Topology::Lab => topology.name().to_owned(),
        Topology::Label(label) => list(&values(layout, label)),
    }
}

/// For each host a number for its value of `label`, in order of appearance; none is one more value.
fn values(layout: &Layout, label: &str) -> Vec<usize> {
    let mut numbers = BTreeMap::new();
    let number = |value| {
        let next = numbers.len();
        *numbers.entry(value).or_insert(next)
    };
    layout.lab.hosts.iter().map(|host| host.labels.get(label)).map(number).collect()
}

fn list<T: ToString>(numbers: &[T]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
