//! Does everything run where it is planned? What runs elsewhere, what is not in the plan, what does not run, who takes more
//! than it asks for; and the moves back, in order.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Hosts, Names, NoMatch, Whom};
use super::usage::{Above, Asked, Reckoning, Taken, Usage, above, usage};
use crate::check::{Violation, ViolationKind, check};
use crate::diagnostic::Place;
use crate::import::found::Found;
use crate::model::{ContainerIndex, HostIndex, HostState, Layout, Placement, ServiceIndex, Spot};
use crate::plan::{Refuted, Steps, steps};
use crate::solve::Options;

/// The difference between what is planned and what runs.
#[derive(Clone, Debug)]
pub struct Drift {
    /// How many containers are planned somewhere.
    pub planned: usize,
    /// How many of them run where they are planned.
    pub as_planned: usize,
    /// What runs somewhere else, ascending.
    pub elsewhere: Vec<Elsewhere>,
    /// What is planned and runs nowhere, ascending.
    pub missing: Vec<Missing>,
    /// What runs and has no place in the plan.
    pub unplanned: Vec<Unplanned>,
    /// Who takes more than it asks for.
    pub above: Vec<Above>,
    /// What is wrong with where everything runs.
    pub violations: Vec<Violation>,
    /// What is wrong with the plan itself.
    pub of_plan: Vec<Violation>,
    /// Where everything runs, as far as that is known.
    pub actual: Placement,
    /// The way back; `None` where nothing runs elsewhere.
    pub steps: Option<Steps>,
}

/// A container that runs where it is not planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Which.
    pub container: ContainerIndex,
    /// Where it is planned.
    pub planned: Spot,
    /// Where it runs.
    pub runs: Runs,
    /// Where the file says so.
    pub at: Place,
}

/// Where something runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runs {
    /// There.
    On(Spot),
    /// In one of several carriers on this machine; in which is not said.
    Within(HostIndex),
    /// On a host that the document does not have.
    Unknown(String),
}

/// What is planned and does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// A container.
    Container(ContainerIndex),
    /// An agent on one of its hosts.
    Agent(ServiceIndex, HostIndex),
}

/// What runs and is not planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplanned {
    /// As the file calls it, with its project where that is said.
    pub name: String,
    /// Where it runs, where that is said.
    pub on: Option<String>,
    /// Why it is not in the plan.
    pub why: Why,
    /// Where the file says so.
    pub at: Place,
}

/// Why something is not in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its name means nobody in the document, or several.
    Name(NoMatch),
    /// The document has it, and its `placement` places it nowhere.
    NotPlaced(Whom),
    /// So many more run than the document has replicas.
    TooMany(ServiceIndex),
    /// An agent on a host on which it is not to run.
    NotThere(ServiceIndex),
    /// It is there once, and runs more than once.
    Twice(ContainerIndex),
}

impl Drift {
    /// Whether all is as it is planned.
    pub fn is_none(&self) -> bool {
        self.elsewhere.is_empty() && self.missing.is_empty() && self.unplanned.is_empty() && self.above.is_empty()
    }
}

/// Why it cannot be said.
#[derive(Clone, Debug)]
pub enum DriftError {
    /// The document has no placement.
    NoPlacement,
    /// The file does not say where anything runs.
    NowhereSaid,
    /// The referee refuted the order of moves.
    Refuted(Refuted),
}

/// One thing that runs, or several alike.
struct Seen<'a> {
    name: String,
    whom: Result<Whom, NoMatch>,
    /// On which hosts, by name; `None` where that is not said.
    on: Vec<(Option<&'a str>, Place)>,
    at: Place,
}

/// Where `found` differs from the placement of `layout`.
///
/// # Errors
/// Where nothing is planned, nothing is said of what runs where, or the referee refutes the moves.
pub fn drift(
    layout: &Layout,
    names: &Names,
    found: &Found,
    reckoning: Reckoning,
    options: &Options,
) -> Result<Drift, DriftError> {
    let Some(planned) = &layout.placement else { return Err(DriftError::NoPlacement) };
    let usage = usage(layout, names, &found.measured);
    let seen = seen(names, found, &usage);
    if seen.iter().all(|it| it.on.iter().all(|(on, _)| on.is_none())) {
        return Err(DriftError::NowhereSaid);
    }
    let mut scene = Scene {
        layout,
        planned,
        hosts: Hosts::new(layout),
        names,
        running: BTreeMap::new(),
        agents: BTreeSet::new(),
        loose: BTreeMap::new(),
        unplanned: Vec::new(),
    };
    // Carriers first: others may run in them.
    let (carriers, others): (Vec<&Seen>, Vec<&Seen>) = seen.iter().partition(|it| scene.carries(it));
    carriers.into_iter().chain(others).for_each(|it| scene.add(it));
    scene.settle();
    scene.add_carriers();
    let Scene { running, agents, mut unplanned, .. } = scene;
    let mut drift = Drift {
        planned: planned.placed().count(),
        as_planned: 0,
        elsewhere: Vec::new(),
        missing: Vec::new(),
        unplanned: Vec::new(),
        above: Vec::new(),
        violations: Vec::new(),
        of_plan: Vec::new(),
        actual: Placement::empty(layout.demand.containers.len()),
        steps: None,
    };
    drift.actual = Placement::of(layout.demand.containers.len(), |container| match running.get(&container) {
        Some((Runs::On(spot), _)) => Some(*spot),
        _ => None,
    });
    // A tool that sees carriers need not see what they hold: what is planned in them counts as well.
    drift.above = above(layout, &Asked::new(layout, [planned, &drift.actual]), &usage, reckoning);
    for container in layout.demand.indices() {
        match (planned.spot(container), running.get(&container)) {
            (Some(spot), Some((runs, _))) if *runs == Runs::On(spot) => drift.as_planned += 1,
            (Some(planned), Some((runs, at))) => {
                drift.elsewhere.push(Elsewhere { container, planned, runs: runs.clone(), at: *at });
            }
            (Some(_), None) => drift.missing.push(Missing::Container(container)),
            (None, Some((runs, at))) => unplanned.push(Unplanned {
                name: layout.container_id(container),
                on: Some(name_of(layout, runs)),
                why: Why::NotPlaced(Whom::Container(container)),
                at: *at,
            }),
            (None, None) => {}
        }
    }
    let expected = expected_agents(layout, planned);
    drift.missing.extend(expected.difference(&agents).map(|&(agent, host)| Missing::Agent(agent, host)));
    unplanned.sort_by(|a, b| (&a.name, &a.on, a.at).cmp(&(&b.name, &b.on, b.at)));
    drift.unplanned = unplanned;
    let wrong = |placement: &Placement| {
        let mut violations = check(layout, placement, Some(placement));
        violations.retain(|it| it.kind != ViolationKind::Unplaced);
        violations
    };
    (drift.violations, drift.of_plan) = (wrong(&drift.actual), wrong(planned));
    if drift.actual != *planned {
        let mut now = layout.clone();
        now.placement = Some(drift.actual.clone());
        drift.steps = steps(&now, planned, options).map_err(DriftError::Refuted)?;
    }
    Ok(drift)
}

/// The name of where something runs.
pub fn name_of(layout: &Layout, runs: &Runs) -> String {
    match runs {
        Runs::On(spot) => layout.spot_name(*spot),
        Runs::Within(host) => format!("a carrier on {}", layout.lab.hosts[*host].name),
        Runs::Unknown(name) => name.clone(),
    }
}

/// The agents that run where all is as planned.
fn expected_agents(layout: &Layout, planned: &Placement) -> BTreeSet<(ServiceIndex, HostIndex)> {
    let under = layout.agents_under(planned);
    let up = |host: &HostIndex| layout.lab.hosts[*host].state != HostState::Planned;
    let hosts = layout.lab.indices().filter(up);
    hosts.flat_map(|host| under.get(host.0).into_iter().flatten().map(move |&agent| (agent, host))).collect()
}

/// All that the file has of what runs: its containers where it says of any on which hosts they run, and of those of which it
/// does not on which they were measured; else all that was measured.
fn seen<'a>(names: &Names, found: &'a Found, usage: &'a Usage) -> Vec<Seen<'a>> {
    let mut all = Vec::new();
    let containers = found.projects.iter().flat_map(|project| project.containers.iter().map(move |it| (project, it)));
    if containers.clone().all(|(_, container)| container.runs_on.is_empty()) {
        for Taken { whom, name, on, at, .. } in &usage.taken {
            all.push(Seen { name: name.clone(), whom: Ok(*whom), on: vec![(on.as_deref(), *at)], at: *at });
        }
        for it in &usage.strangers {
            let on = vec![(it.on.as_deref(), it.at)];
            all.push(Seen { name: it.name.clone(), whom: Err(it.why.clone()), on, at: it.at });
        }
        return all;
    }
    let mut measured: BTreeMap<Whom, Vec<(Option<&str>, Place)>> = BTreeMap::new();
    for one in usage.taken.iter().filter(|it| it.on.is_some()) {
        measured.entry(one.whom).or_default().push((one.on.as_deref(), one.at));
    }
    for (project, container) in containers {
        let of = project.name.as_ref().map(|(name, _)| name.as_str());
        let whom = names.find(of, &container.name);
        let name = match of {
            Some(project) => format!("{project}/{}", container.name),
            None => container.name.clone(),
        };
        let said: Vec<(Option<&str>, Place)> =
            container.runs_on.iter().map(|(host, at)| (Some(host.as_str()), *at)).collect();
        let on = match &whom {
            Ok(whom) if said.is_empty() => measured.remove(whom).unwrap_or_default(),
            _ => said,
        };
        all.push(Seen { name, whom, on, at: container.at });
    }
    all
}

struct Scene<'a> {
    layout: &'a Layout,
    planned: &'a Placement,
    hosts: Hosts,
    names: &'a Names<'a>,
    /// Where each container runs that is known by itself.
    running: BTreeMap<ContainerIndex, (Runs, Place)>,
    agents: BTreeSet<(ServiceIndex, HostIndex)>,
    /// Where replicas run of which it is not known which they are, and what the file calls them.
    loose: BTreeMap<ServiceIndex, BTreeMap<Runs, Vec<(Place, String)>>>,
    unplanned: Vec<Unplanned>,
}

impl Scene<'_> {
    fn carries(&self, seen: &Seen) -> bool {
        let of = |service: ServiceIndex| self.layout.demand.services[service].carries.is_some();
        match seen.whom {
            Ok(Whom::Container(container)) => of(self.layout.demand.containers[container].service),
            Ok(Whom::Service(service)) => of(service),
            Err(_) => false,
        }
    }

    fn add(&mut self, seen: &Seen) {
        let whom = match &seen.whom {
            Ok(whom) => *whom,
            Err(why) => {
                let name = || seen.name.clone();
                let not = |on: Option<&str>, at: Place| Unplanned {
                    name: name(),
                    on: on.map(str::to_owned),
                    why: Why::Name(why.clone()),
                    at,
                };
                match seen.on.as_slice() {
                    [] => self.unplanned.push(not(None, seen.at)),
                    many => self.unplanned.extend(many.iter().map(|&(on, at)| not(on, at))),
                }
                return;
            }
        };
        let mut spots: Vec<(Runs, Place)> = seen.on.iter().map(|&(on, at)| (self.spot(whom, on), at)).collect();
        // Of one that runs more than once, the one that is planned is it.
        if let Whom::Container(container) = whom {
            let planned = self.planned.spot(container).map(Runs::On);
            spots.sort_by_key(|(runs, _)| Some(runs) != planned.as_ref());
        }
        for (runs, at) in spots {
            match whom {
                Whom::Container(container) => match self.running.get(&container) {
                    None => {
                        self.running.insert(container, (runs, at));
                    }
                    Some(_) => self.not_planned(seen, &runs, Why::Twice(container), at),
                },
                Whom::Service(service) => match (&self.layout.demand.services[service].every, &runs) {
                    (Some(every), Runs::On(Spot::Host(host))) if every.hosts.contains(host) => {
                        self.agents.insert((service, *host));
                    }
                    (Some(_), _) => self.not_planned(seen, &runs, Why::NotThere(service), at),
                    (None, _) => {
                        let spots = self.loose.entry(service).or_default().entry(runs).or_default();
                        spots.push((at, seen.name.clone()));
                    }
                },
            }
        }
    }

    fn not_planned(&mut self, seen: &Seen, runs: &Runs, why: Why, at: Place) {
        let on = Some(name_of(self.layout, runs));
        self.unplanned.push(Unplanned { name: seen.name.clone(), on, why, at });
    }

    /// Where that is, of replicas that are not told apart by hosts or carriers as the file says it. A container that lies in
    /// carriers, and is seen on the machine on which one of these runs, is taken to be in it, the one in which it is planned
    /// before all others: tools that see machines see no more.
    fn spot(&self, whom: Whom, on: Option<&str>) -> Runs {
        let Some(on) = on else { return Runs::Unknown("a host that is not said".to_owned()) };
        let host = self.hosts.find(on);
        match host {
            Some(host) => match whom {
                Whom::Container(container) => match self.planned.carrier(container) {
                    Some(carrier) if self.machine(carrier) == Some(host) => Runs::On(Spot::Carrier(carrier)),
                    _ => self.seen_on(self.layout.demand.containers[container].service, host),
                },
                Whom::Service(_) => Runs::On(Spot::Host(host)),
            },
            None => match self.names.find(None, on) {
                Ok(Whom::Container(carrier))
                    if self.layout.demand.service_of(carrier).carries.is_some() && Whom::Container(carrier) != whom =>
                {
                    Runs::On(Spot::Carrier(carrier))
                }
                _ => Runs::Unknown(on.to_owned()),
            },
        }
    }

    /// Where a container of a service is that is seen on a machine.
    fn seen_on(&self, service: ServiceIndex, host: HostIndex) -> Runs {
        let inside = self.layout.demand.services[service].inside.as_ref();
        let carriers = inside.iter().flat_map(|it| it.carriers.iter().copied());
        let mut there = carriers.filter(|&it| self.machine(it) == Some(host));
        match (there.next(), there.next()) {
            (None, _) => Runs::On(Spot::Host(host)),
            (Some(one), None) => Runs::On(Spot::Carrier(one)),
            (Some(_), Some(_)) => Runs::Within(host),
        }
    }

    /// The machine below a container that runs.
    fn machine(&self, container: ContainerIndex) -> Option<HostIndex> {
        let mut at = container;
        for _ in 0..=crate::model::DEEPEST {
            match self.running.get(&at)?.0 {
                Runs::On(Spot::Host(host)) => return Some(host),
                Runs::On(Spot::Carrier(carrier)) => at = carrier,
                Runs::Within(host) => return Some(host),
                Runs::Unknown(_) => return None,
            }
        }
        None
    }

    /// A carrier in which something runs does run: where that is not said, where it is planned.
    fn add_carriers(&mut self) {
        for _ in 0..crate::model::DEEPEST {
            let below = |(runs, at): &(Runs, Place)| match runs {
                Runs::On(Spot::Carrier(carrier)) => Some((*carrier, *at)),
                _ => None,
            };
            let not_seen = self.running.values().filter_map(below).filter(|(it, _)| !self.running.contains_key(it));
            let planned = |(it, at): (ContainerIndex, Place)| Some((it, (Runs::On(self.planned.spot(it)?), at)));
            let found: Vec<_> = not_seen.filter_map(planned).collect();
            found.into_iter().for_each(|(it, seen)| _ = self.running.entry(it).or_insert(seen));
        }
    }

    /// Which replicas those are of which that is not said: as many as can be are where they are planned.
    fn settle(&mut self) {
        for (service, mut spots) in std::mem::take(&mut self.loose) {
            let of = self.layout.demand.services[service].containers.clone();
            let mut left: Vec<ContainerIndex> = of.filter(|it| !self.running.contains_key(it)).collect();
            left.retain(|&container| {
                let Some(planned) = self.planned.spot(container) else { return true };
                let below = match planned {
                    Spot::Carrier(carrier) => self.machine(carrier).map(Spot::Host),
                    Spot::Host(_) => None,
                };
                let mut there = [Some(planned), below].into_iter().flatten();
                let Some((at, _)) = there.find_map(|spot| spots.get_mut(&Runs::On(spot))?.pop()) else { return true };
                self.running.insert(container, (Runs::On(planned), at));
                false
            });
            // Those that have a place in the plan come first.
            left.sort_by_key(|&container| (self.planned.spot(container).is_none(), container));
            let mut left = left.into_iter();
            for (runs, seen) in spots {
                let runs = if let Runs::On(Spot::Host(host)) = runs { self.seen_on(service, host) } else { runs };
                for (at, name) in seen {
                    if let Some(container) = left.next() {
                        self.running.insert(container, (runs.clone(), at));
                        continue;
                    }
                    let on = Some(name_of(self.layout, &runs));
                    self.unplanned.push(Unplanned { name, on, why: Why::TooMany(service), at });
                }
            }
        }
    }
}
