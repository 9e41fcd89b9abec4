//! Where not all fits: which whole startups to place, so that the sum of their priorities is largest.
//!
//! A startup counts only with all that it needs. Interchangeable startups are counted, not told apart; the sets are
//! searched depth first, the most first, and cut by the fractional knapsack bound of each resource (Dantzig,
//! Operations Research 5, 1957). A set is taken when it can be packed, and dropped when it is shown that it cannot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::decide::{Decision, Effort, decide};
use super::instance::{Instance, Scope};
use super::patterns::Cache;
use super::restricted::{EpsilonConstraints, RestrictedInstance};
use super::{Method, Options};
use crate::model::{ContainerIndex, HostIndex, HostState, Layout, Numbered, Placement, StartupIndex};

/// At most so many sets are looked at.
const SETS: u64 = 50_000;
/// With more classes of startups the sets are not searched: greed and the knapsack bound must do.
const CLASSES: usize = 1_000;
/// At most so many of them are packed or refuted.
const DECISIONS: u64 = 400;

/// Which startups to place.
#[derive(Clone, Debug)]
pub struct Choice {
    /// For each startup, whether it is placed whole.
    pub chosen: Vec<bool>,
    /// For each container, whether it takes part: all of the chosen startups, and what must stay.
    pub included: Vec<bool>,
    /// The sum of the priorities chosen.
    pub placed: u64,
    /// No choice reaches more.
    pub bound: u64,
    /// A placement of all that takes part.
    pub placement: Placement,
    /// The most involved method that refuted any choice of more.
    pub by: Method,
}

/// Chooses whole startups of `layout` with the largest sum of priorities. With `keep`, what runs stays where it is and
/// takes part whether its startup is whole or not.
pub fn choose(layout: &Layout, keep: bool, options: &Options) -> Choice {
    match &layout.survive {
        None => plainly(layout, keep, options),
        Some(survive) => super::survive::choose(layout, survive, keep, options),
    }
}

/// [`choose`], whatever is to be survived.
pub fn plainly(layout: &Layout, keep: bool, options: &Options) -> Choice {
    let kept = kept(layout, keep);
    let mut chooser = Chooser {
        layout,
        keep,
        options,
        needs: startup_needs(layout),
        classes: classes(layout),
        volume: volume(layout),
        kept_volume: vec![0; layout.lab.resources.len()],
        volume_of: Vec::new(),
        kept,
        best: vec![false; layout.demand.startups.len()],
        placement: Placement::empty(layout.demand.containers.len()),
        placed: 0,
        by: Method::Volume,
        undecided: 0,
        sets: SETS,
        decisions: DECISIONS,
    };
    for (container, _) in chooser.kept.iter().numbered().filter(|(_, kept)| **kept) {
        let request = &layout.demand.service_of(container).request;
        chooser.kept_volume.iter_mut().zip(request).for_each(|(sum, amount)| *sum += amount.value);
    }
    chooser.volume_of = (0..layout.demand.startups.len()).map(|startup| chooser.new_volume(startup)).collect();
    if let (Some(current), true) = (&layout.placement, keep) {
        chooser.placement = current.clone();
    }
    if !chooser.place_all() {
        chooser.greedy();
    }
    let mut chosen = vec![false; layout.demand.startups.len()];
    if chooser.classes.len() > CLASSES {
        chooser.sets = 0;
    }
    chooser.descend(0, &mut chosen);
    let bound = if chooser.sets == 0 { chooser.knapsack(0, &vec![false; chosen.len()]) } else { chooser.undecided };
    Choice {
        included: chooser.included(&chooser.best),
        placed: chooser.placed,
        bound: bound.max(chooser.placed),
        by: chooser.by,
        placement: chooser.placement,
        chosen: chooser.best,
    }
}

struct Chooser<'a> {
    layout: &'a Layout,
    keep: bool,
    options: &'a Options<'a>,
    /// For each startup, all that it needs, itself included.
    needs: Vec<BTreeSet<StartupIndex>>,
    /// Interchangeable startups, those of high priority first.
    classes: Vec<Vec<StartupIndex>>,
    /// What there is of each resource.
    volume: Vec<u64>,
    kept_volume: Vec<u64>,
    /// For each startup, what its containers ask for that do not run already and must stay.
    volume_of: Vec<Vec<u64>>,
    /// For each container, whether it runs and must stay.
    kept: Vec<bool>,
    best: Vec<bool>,
    placement: Placement,
    placed: u64,
    by: Method,
    /// The most that a set reached that was neither packed nor refuted.
    undecided: u64,
    sets: u64,
    decisions: u64,
}

impl Chooser<'_> {
    fn priority(&self, startup: StartupIndex) -> u64 {
        self.layout.demand.startups[startup].priority
    }

    fn sum(&self, chosen: &[bool]) -> u64 {
        (0..chosen.len()).filter(|&startup| chosen[startup]).map(|startup| self.priority(startup)).sum()
    }

    fn included(&self, chosen: &[bool]) -> Vec<bool> {
        let mut included = self.kept.clone();
        for startup in (0..chosen.len()).filter(|&startup| chosen[startup]) {
            self.layout.demand.containers_of(startup).for_each(|container| included[container] = true);
        }
        included
    }

    /// All at once, where that is no more than a question of looking.
    fn place_all(&mut self) -> bool {
        let all = vec![true; self.layout.demand.startups.len()];
        let Judged::Fits(placement) = self.decide(&all, Effort::QUICK) else { return false };
        (self.placed, self.placement, self.best) = (self.sum(&all), placement, all);
        true
    }

    /// One startup after another, with what it needs, where that can still be packed.
    fn greedy(&mut self) {
        let mut order: Vec<StartupIndex> = self.classes.iter().flatten().copied().collect();
        order.sort_by_key(|&startup| (std::cmp::Reverse(self.priority(startup)), startup));
        let mut chosen = vec![false; order.len()];
        let mut refused: BTreeSet<usize> = BTreeSet::new();
        let class_of: BTreeMap<StartupIndex, usize> =
            self.classes.iter().enumerate().flat_map(|(class, of)| of.iter().map(move |&s| (s, class))).collect();
        for startup in order {
            // Where one of a class did not fit, another will not.
            if chosen[startup] || refused.contains(&class_of[&startup]) || self.options.clock.left().is_zero() {
                continue;
            }
            let mut more = chosen.clone();
            self.needs[startup].iter().for_each(|&needed| more[needed] = true);
            match self.decide(&more, Effort::QUICK) {
                Judged::Fits(placement) => {
                    self.placed = self.sum(&more);
                    self.placement = placement;
                    chosen = more;
                }
                _ => {
                    refused.insert(class_of[&startup]);
                }
            }
        }
        self.best = chosen;
    }

    fn decide(&self, chosen: &[bool], effort: Effort) -> Judged {
        let included = self.included(chosen);
        let scope = Scope { included: Some(&included), keep: self.keep, start: None };
        let Ok(instance) = Instance::build(self.layout, scope) else { return Judged::Refuted(Method::Rules) };
        let limits = EpsilonConstraints::default();
        let restricted = RestrictedInstance::new(&instance, &vec![true; instance.hosts.len()], &limits);
        match decide(&instance, &restricted, &[], effort, &mut Cache::default(), self.options) {
            Decision::Packed(packing) => Judged::Fits(instance.placement(&packing)),
            Decision::Refuted(proof) => Judged::Refuted(proof.method()),
            Decision::Unknown => Judged::Unknown,
        }
    }

    /// Decides how many of each class from `class` on are placed. `chosen` holds what was decided before.
    fn descend(&mut self, class: usize, chosen: &mut Vec<bool>) {
        if self.options.clock.left().is_zero() {
            self.sets = 0;
        }
        if self.sets == 0 || self.knapsack(class, chosen) <= self.placed {
            return;
        }
        self.sets -= 1;
        if class == self.classes.len() {
            return self.judge(chosen);
        }
        let members = self.classes[class].clone();
        members.iter().for_each(|&startup| chosen[startup] = true);
        self.descend(class + 1, chosen);
        for &startup in members.iter().rev() {
            chosen[startup] = false;
            self.descend(class + 1, chosen);
        }
    }

    fn judge(&mut self, chosen: &[bool]) {
        let whole = |startup: StartupIndex| self.needs[startup].iter().all(|&needed| chosen[needed]);
        if !(0..chosen.len()).filter(|&startup| chosen[startup]).all(whole) {
            return;
        }
        let sum = self.sum(chosen);
        let decision = if self.decisions == 0 || self.options.clock.left().is_zero() {
            Judged::Unknown
        } else {
            self.decisions -= 1;
            match self.decide(chosen, Effort::QUICK) {
                Judged::Unknown => self.decide(chosen, Effort::THOROUGH),
                decided => decided,
            }
        };
        match decision {
            Judged::Fits(placement) => {
                self.best = chosen.to_vec();
                self.placement = placement;
                self.placed = sum;
            }
            Judged::Refuted(by) => self.by = self.by.max(by),
            Judged::Unknown => self.undecided = self.undecided.max(sum),
        }
    }

    /// The most that can be reached: what is chosen, and of the classes from `class` on as much as the scarcest
    /// resource holds when startups may be cut.
    fn knapsack(&self, class: usize, chosen: &[bool]) -> u64 {
        let open: Vec<StartupIndex> = self.classes[class..].iter().flatten().copied().collect();
        let all: u64 = open.iter().map(|&startup| self.priority(startup)).sum();
        let mut most = all;
        for (resource, &there) in self.volume.iter().enumerate() {
            let size = |startup: StartupIndex| self.volume_of[startup][resource];
            let used: u64 =
                (0..chosen.len()).filter(|&s| chosen[s]).map(size).sum::<u64>() + self.kept_volume[resource];
            if used > there {
                return 0;
            }
            let mut free = there - used;
            let mut worth: Vec<(u64, u64)> = open.iter().map(|&s| (self.priority(s), size(s))).collect();
            worth.sort_by(|a, b| (u128::from(b.0) * u128::from(a.1)).cmp(&(u128::from(a.0) * u128::from(b.1))));
            let mut reached: u64 = 0;
            for (priority, size) in worth {
                if size <= free {
                    free -= size;
                    reached += priority;
                } else {
                    reached += (u128::from(priority) * u128::from(free) / u128::from(size)) as u64;
                    break;
                }
            }
            most = most.min(reached);
        }
        self.sum(chosen) + most
    }

    /// What the containers of a startup ask for that do not run already and must stay.
    fn new_volume(&self, startup: StartupIndex) -> Vec<u64> {
        let mut volume = vec![0; self.layout.lab.resources.len()];
        for container in self.layout.demand.containers_of(startup).filter(|&container| !self.kept[container]) {
            let request = &self.layout.demand.service_of(container).request;
            volume.iter_mut().zip(request).for_each(|(sum, amount)| *sum += amount.value);
        }
        volume
    }
}

/// Whether a set of startups can be placed.
enum Judged {
    Fits(Placement),
    Refuted(Method),
    Unknown,
}

fn kept(layout: &Layout, keep: bool) -> Vec<bool> {
    match &layout.placement {
        Some(placement) if keep => placement.host_of.iter().map(Option::is_some).collect(),
        _ => vec![false; layout.demand.containers.len()],
    }
}

fn volume(layout: &Layout) -> Vec<u64> {
    let there = layout.lab.hosts.iter().filter(|host| host.state != HostState::Planned);
    let sum = |resource: usize| there.clone().map(|host| host.allocatable[resource]).sum();
    (0..layout.lab.resources.len()).map(sum).collect()
}

/// For each startup, the startups it needs, directly or not, and itself.
pub fn startup_needs(layout: &Layout) -> Vec<BTreeSet<StartupIndex>> {
    let direct = |startup: StartupIndex| -> BTreeSet<StartupIndex> {
        let services = &layout.demand.services[layout.demand.startups[startup].services.clone()];
        services.iter().flat_map(|service| &service.needs).map(|&need| layout.demand.services[need].startup).collect()
    };
    let direct: Vec<BTreeSet<StartupIndex>> = (0..layout.demand.startups.len()).map(direct).collect();
    let reach = |startup: StartupIndex| {
        let mut reached = BTreeSet::from([startup]);
        let mut open = vec![startup];
        while let Some(next) = open.pop() {
            for &needed in &direct[next] {
                if reached.insert(needed) {
                    open.push(needed);
                }
            }
        }
        reached
    };
    (0..direct.len()).map(reach).collect()
}

/// Interchangeable startups together, those of high priority first.
fn classes(layout: &Layout) -> Vec<Vec<StartupIndex>> {
    let mut signatures: Vec<Signature> = (0..layout.demand.startups.len()).map(|s| Signature::of(layout, s)).collect();
    for rule in &layout.rules {
        let mut bound: BTreeMap<StartupIndex, Vec<usize>> = BTreeMap::new();
        for &container in &rule.containers {
            let startup = layout.demand.startup_of(container);
            bound.entry(startup).or_default().push(container.0 - layout.demand.containers_of(startup).start.0);
        }
        let single = bound.len() == 1;
        for (startup, offsets) in bound {
            signatures[startup].rules.push((format!("{:?}", rule.kind), offsets));
            if !single {
                signatures[startup].unique = Some(startup);
            }
        }
    }
    // A startup that another needs is not like one that nobody needs.
    for (startup, needs) in startup_needs(layout).into_iter().enumerate() {
        needs
            .into_iter()
            .filter(|&needed| needed != startup)
            .for_each(|needed| signatures[needed].unique = Some(needed));
    }
    let mut classes: BTreeMap<Signature, Vec<StartupIndex>> = BTreeMap::new();
    for (startup, signature) in signatures.into_iter().enumerate() {
        classes.entry(signature).or_default().push(startup);
    }
    let mut classes: Vec<Vec<StartupIndex>> = classes.into_values().collect();
    classes.sort_by_key(|class| (std::cmp::Reverse(layout.demand.startups[class[0]].priority), class[0]));
    classes
}

/// What a service asks for, the hosts it may go to, and how many containers it has.
type ServiceShape = (Vec<u64>, Option<Arc<[HostIndex]>>, usize);

/// What startups of one class have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Signature {
    priority: u64,
    services: Vec<ServiceShape>,
    homes: Vec<Option<HostIndex>>,
    needs: BTreeSet<StartupIndex>,
    rules: Vec<(String, Vec<usize>)>,
    unique: Option<StartupIndex>,
}

impl Signature {
    fn of(layout: &Layout, startup: StartupIndex) -> Signature {
        let of = &layout.demand.startups[startup];
        let services = &layout.demand.services[of.services.clone()];
        let request = |amounts: &[crate::model::Amount]| amounts.iter().map(|amount| amount.value).collect();
        let home =
            |container: ContainerIndex| layout.placement.as_ref().and_then(|placement| placement.host_of[container]);
        let needs =
            services.iter().flat_map(|service| &service.needs).map(|&need| layout.demand.services[need].startup);
        Signature {
            priority: of.priority,
            services: services.iter().map(|s| (request(&s.request), s.on.clone(), s.containers.len())).collect(),
            homes: layout.demand.containers_of(startup).map(home).collect(),
            needs: needs.filter(|&needed| needed != startup).collect(),
            rules: Vec::new(),
            unique: None,
        }
    }
}
