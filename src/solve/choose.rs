//! Where not all fits: which whole startups to place, so that the sum of their priorities is largest.
//!
//! A startup counts only with all that it needs. Interchangeable startups are counted, not told apart; the sets are
//! searched depth first, the most first, and cut by the fractional knapsack bound of each resource (Dantzig,
//! Operations Research 5, 1957). A set is taken when it can be packed, and dropped when it is shown that it cannot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::decide::{Decision, decide};
use super::instance::{Instance, Scope, add};
use super::patterns::Cache;
use super::problem::{BY_CARRIER, BY_HOST, BindingKind, CarrierNumber, Problem};
use super::restricted::RestrictedInstance;
use super::spare::{Spare, least_asked, spares, ways};
use super::work::Work;
use super::{Effort, Method, Options, Status, packs};
use crate::model::{ContainerIndex, HostIndex, Placement, Spot, StartupIndex};

/// At most so many sets are looked at.
const SETS: u64 = 50_000;
/// With more classes of startups the sets are not searched: greed and the knapsack bound must do.
const CLASSES: usize = 1_000;
/// More startups than this are first added several at once.
const FEW: usize = 40;
/// Of evidence at most so many sets are packed or refuted, and so many containers in all of them.
const EVIDENCE: u64 = 60;
const EVIDENCE_PACKED: u64 = 30_000;
/// But so many at the least.
const FEWEST: u64 = 24;
/// At most so many of them are packed or refuted.
const DECISIONS: u64 = 400;
/// The same where losses are to be survived, each of which is a question of its own.
const SURVIVING: u64 = 150;
/// At most so many rules that keep more apart than there are domains count among what is scarce.
const TIGHT_RULES: usize = 64;
/// Of these so many are asked again, harder, where that was in vain.
const HARDER: u64 = 8;

/// Which startups to place.
#[derive(Clone, Debug)]
pub struct Choice {
    /// For each startup, whether it is placed whole.
    pub chosen: Vec<bool>,
    /// For each container, whether it takes part: all of the chosen startups, but for replicas that may be down, and what
    /// must stay.
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

/// Chooses whole startups of `problem`, a layout or its numbers, with the largest sum of priorities, each with all that it
/// needs. Where not all are placed so, startups with fewer replicas count, too, down to what their `keep:` says, if more are
/// placed then; as many of these as find room are. With `keep`, what runs stays where it is and takes part whether its
/// startup is whole or not.
///
/// Nothing fails: where nothing more can be placed, no startup is chosen and the placement holds what stays. Where the
/// clock or the efforts end first, `bound` is above `placed`.
pub fn choose(problem: impl Into<Problem>, keep: bool, options: &Options) -> Choice {
    let problem = problem.into();
    let choose = |absent: &[ContainerIndex]| surviving(&problem, absent, keep, options);
    let whole = choose(&[]);
    let stays = |it: ContainerIndex| keep && problem.home(it).is_some();
    let spares = spares(&problem, |_| true);
    let least = least_asked(&problem, &spares, stays);
    if least.is_empty() || whole.chosen.iter().all(|chosen| *chosen) {
        return whole;
    }
    // With as few replicas as may be, in every way where they differ; where these are too many none of them bounds it.
    let free =
        |spare: Spare| Spare { containers: spare.containers.into_iter().filter(|&it| !stays(it)).collect(), ..spare };
    let spares: Vec<Spare> = spares.into_iter().map(free).filter(|spare| !spare.containers.is_empty()).collect();
    let (ways, complete) = ways(&problem, &spares);
    let mut best: Option<(Choice, Vec<ContainerIndex>)> = None;
    let mut bound = 0;
    for mut absent in ways {
        absent.sort_unstable();
        let found = choose(&absent);
        bound = bound.max(found.bound);
        let by = best.as_ref().map_or(found.by, |(best, _)| best.by.max(found.by));
        match &mut best {
            Some((best, _)) if best.placed >= found.placed => best.by = by,
            _ => best = Some((Choice { by, ..found }, absent)),
        }
    }
    let Some((mut fewer, absent)) = best else { return whole };
    if !complete {
        bound = bound.max(choose(&least).bound);
    }
    fewer.bound = bound.max(fewer.placed);
    let (bound, by) = (fewer.bound, fewer.by);
    match fewer.placed > whole.placed {
        true => Choice { bound, ..restored(&problem, keep, fewer, &absent, options) },
        false => Choice { bound: bound.max(whole.placed), by: by.max(whole.by), ..whole },
    }
}

/// Of what survives what is to be survived, startups being whole without the containers in `absent`, ascending.
fn surviving(problem: &Problem, absent: &[ContainerIndex], keep: bool, options: &Options) -> Choice {
    match &problem.survive {
        None => without(problem, absent, keep, options),
        Some(survive) => super::survive::choose(problem, survive, absent, keep, options),
    }
}

/// [`choose`] of startups that are whole without the containers in `absent`, ascending, all of it anywhere. `None` where
/// that is not known to survive what is to be survived.
pub fn choose_without(problem: &Problem, absent: &[ContainerIndex], options: &Options) -> Option<Choice> {
    match problem.survive {
        Some(_) if absent.is_empty() => Some(surviving(problem, absent, false, options)),
        Some(_) => None,
        None => Some(without(problem, absent, false, options)),
    }
}

/// Replicas that were left out are looked at so often at the most.
const RESTORED: usize = 200;

/// `choice` with as many of the replicas that it leaves out as find room besides, several at once where they are many.
fn restored(problem: &Problem, keep: bool, choice: Choice, absent: &[ContainerIndex], options: &Options) -> Choice {
    let mut choice = choice;
    let taken_part = |it: &&ContainerIndex| choice.chosen[problem.request(**it).startup];
    let open: Vec<ContainerIndex> = absent.iter().filter(taken_part).copied().collect();
    let mut next = 0;
    let mut many = open.len();
    for _ in 0..RESTORED {
        let some = &open[next..(next + many).min(open.len())];
        if some.is_empty() || options.clock.is_over() {
            break;
        }
        let mut included = choice.included.clone();
        some.iter().for_each(|&container| included[container] = true);
        let scope = Scope { included: Some(&included), keep, start: Some(&choice.placement) };
        match packs(problem, scope, Effort::QUICK, options).placement {
            Some(placement) => {
                next += some.len();
                (choice.included, choice.placement) = (included, placement);
            }
            None if some.len() > 1 => many = some.len().div_ceil(2),
            None => next += 1,
        }
    }
    choice
}

/// [`choose`] for a document whose answer is no already: what would be placed is evidence, and is not looked for long.
pub fn evidence(problem: impl Into<Problem>, keep: bool, options: &Options) -> Choice {
    let problem = problem.into();
    if problem.survive.is_some() {
        return surviving(&problem, &[], keep, options);
    }
    let most = EVIDENCE.min(EVIDENCE_PACKED / problem.containers.len().max(1) as u64).max(FEWEST);
    let decisions = Work::looking(most, 1, options.clock);
    let chooser = Chooser {
        decisions,
        harder: Work::new(0, options.clock),
        quick: true,
        ..Chooser::new(&problem, &[], keep, options)
    };
    chooser.whole()
}

/// [`choose`], whatever is to be survived, with startups whole without the containers in `absent`, ascending.
pub fn without(problem: &Problem, absent: &[ContainerIndex], keep: bool, options: &Options) -> Choice {
    let question = problem.clone().without_survival();
    Chooser::new(&question, absent, keep, options).whole()
}

/// [`choose`] with what is to be survived, from the startups `chosen`, of which all survive: others are added greedily, and
/// with `exact` every choice is looked at, until as much is placed as is known to be the `most`.
pub fn more(
    problem: &Problem,
    absent: &[ContainerIndex],
    chosen: &[bool],
    (most, exact): (u64, bool),
    keep: bool,
    options: &Options,
) -> Choice {
    let mut chooser = Chooser { most, ..Chooser::new(problem, absent, keep, options) };
    chooser.greedy(chosen.to_vec());
    chooser.stand();
    if !exact {
        return chooser.choice(u64::MAX);
    }
    chooser.chosen()
}

struct Chooser<'a> {
    problem: &'a Problem,
    /// What startups are whole without, ascending.
    absent: &'a [ContainerIndex],
    keep: bool,
    options: &'a Options<'a>,
    /// Interchangeable startups, those of high priority first.
    classes: Vec<Vec<StartupIndex>>,
    /// What there is of each resource of hosts and pools.
    volume: Vec<u64>,
    kept_volume: Vec<u64>,
    /// For each startup, what its containers ask for that do not run already and must stay.
    volume_of: Vec<Vec<u64>>,
    /// For each container, whether it runs and must stay.
    kept: Vec<bool>,
    best: Vec<bool>,
    placement: Placement,
    placed: u64,
    /// Known to be the most that any choice reaches.
    most: u64,
    by: Method,
    /// The most that a set reached that was neither packed nor refuted.
    undecided: u64,
    sets: Work<'a>,
    decisions: Work<'a>,
    harder: Work<'a>,
    /// Whether each set is only glanced at, and no more of them than `decisions` in all.
    quick: bool,
}

impl<'a> Chooser<'a> {
    /// Nothing chosen yet.
    fn new(problem: &'a Problem, absent: &'a [ContainerIndex], keep: bool, options: &'a Options) -> Chooser<'a> {
        let startups = problem.startups.len();
        let mut chooser = Chooser {
            problem,
            absent,
            keep,
            options,
            classes: classes(problem, absent),
            volume: volume(problem),
            kept: Vec::new(),
            kept_volume: Vec::new(),
            volume_of: Vec::new(),
            best: vec![false; startups],
            placement: match &problem.placement {
                Some(current) if keep => Placement::clone(current),
                _ => Placement::empty(problem.containers.len()),
            },
            placed: 0,
            most: u64::MAX,
            by: Method::Volume,
            undecided: 0,
            sets: Work::looking(0, 1, options.clock),
            decisions: Work::looking(if problem.survive.is_some() { SURVIVING } else { DECISIONS }, 1, options.clock),
            harder: Work::looking(if problem.survive.is_some() { HARDER } else { DECISIONS }, 1, options.clock),
            quick: false,
        };
        chooser.kept = chooser.included(&vec![false; startups]);
        let kept = ContainerIndex::all(chooser.kept.len()).filter(|&container| chooser.kept[container]);
        chooser.kept_volume = scarce(problem, kept);
        chooser.volume_of = (0..startups).map(|startup| chooser.new_volume(startup)).collect();
        chooser.add_domains();
        chooser
    }

    /// The best choice from nothing on.
    fn whole(mut self) -> Choice {
        if !self.place_all() {
            self.greedy(vec![false; self.problem.startups.len()]);
            self.stand();
        }
        self.chosen()
    }

    /// The best choice, all of them looked at as far as the budgets go.
    fn chosen(mut self) -> Choice {
        let mut chosen = vec![false; self.best.len()];
        if self.classes.len() <= CLASSES {
            self.sets = Work::looking(SETS, 1, self.options.clock);
        }
        self.descend(0, &mut chosen);
        let bound = if self.sets.is_over() { self.knapsack(0, &vec![false; chosen.len()]) } else { self.undecided };
        self.choice(bound)
    }

    fn choice(self, bound: u64) -> Choice {
        Choice {
            included: self.included(&self.best),
            placed: self.placed,
            bound: bound.max(self.placed),
            by: self.by,
            placement: self.placement,
            chosen: self.best,
        }
    }

    /// Which containers take part where the startups `chosen` are placed.
    fn included(&self, chosen: &[bool]) -> Vec<bool> {
        let mut included = included(self.problem, self.keep, chosen);
        self.absent.iter().for_each(|&container| included[container] = false);
        included
    }

    fn priority(&self, startup: StartupIndex) -> u64 {
        self.problem.startups[startup].priority
    }

    /// All at once, where that is no more than a question of looking.
    fn place_all(&mut self) -> bool {
        let all = vec![true; self.problem.startups.len()];
        let Judged::Fits(placement) = self.decide(&all, Effort::QUICK) else { return false };
        (self.placed, self.placement, self.best) = (priority(self.problem, &all), placement, all);
        true
    }

    /// The startups that run whole with all that they need, where they are worth more.
    fn stand(&mut self) {
        let runs = |startup: StartupIndex| {
            let mut its = self.problem.startups[startup].containers.clone();
            its.all(|container| self.problem.home(container).is_some())
        };
        let standing = with_all_needs(self.problem, (0..self.best.len()).map(runs).collect());
        if priority(self.problem, &standing) > self.placed
            && let Judged::Fits(placement) = self.decide(&standing, Effort::QUICK)
        {
            (self.placed, self.placement, self.best) = (priority(self.problem, &standing), placement, standing);
        }
    }

    /// One startup after another besides those that are `chosen`, with what it needs, where that can still be packed.
    fn greedy(&mut self, mut chosen: Vec<bool>) {
        let mut order: Vec<StartupIndex> = self.classes.iter().flatten().copied().collect();
        order.sort_by_key(|&startup| (std::cmp::Reverse(self.priority(startup)), startup));
        if chosen.contains(&true) {
            let Judged::Fits(placement) = self.decide(&chosen, Effort::QUICK) else { return };
            (self.placed, self.placement) = (priority(self.problem, &chosen), placement);
        }
        let mut refused: BTreeSet<usize> = BTreeSet::new();
        let class_of: BTreeMap<StartupIndex, usize> =
            self.classes.iter().enumerate().flat_map(|(class, of)| of.iter().map(move |&s| (s, class))).collect();
        // Several at once where they are many; where that does not go, fewer, down to one that is refused.
        let (mut next, mut many) = (0, if order.len() > FEW { order.len().div_ceil(2) } else { 1 });
        while next < order.len() {
            let end = (next + many).min(order.len());
            // Where one of a class did not fit, another will not.
            let open = |startup: &StartupIndex| !chosen[*startup] && !refused.contains(&class_of[startup]);
            let some: Vec<StartupIndex> = order[next..end].iter().copied().filter(open).collect();
            if self.placed >= self.most || self.options.clock.is_over() || self.quick && self.decisions.is_over() {
                break;
            }
            if some.is_empty() {
                next = end;
                continue;
            }
            let mut more = chosen.clone();
            some.iter().for_each(|&startup| add_with_needs(self.problem, startup, &mut more));
            self.decisions.spend(u64::from(self.quick));
            match self.decide(&more, self.efforts().0) {
                Judged::Fits(placement) => {
                    self.placed = priority(self.problem, &more);
                    self.placement = placement;
                    chosen = more;
                    next = end;
                    many = if order.len() > FEW { 2 * many } else { 1 };
                }
                _ if some.len() > 1 => many = some.len().div_ceil(2),
                _ => {
                    refused.insert(class_of[&some[0]]);
                    next = end;
                }
            }
        }
        self.best = chosen;
    }

    /// How hard a choice is tried, and how hard again.
    fn efforts(&self) -> (Effort, Effort) {
        match self.problem.survive {
            None if self.quick => (Effort::GLANCE, Effort::GLANCE),
            None => (Effort::QUICK, Effort::THOROUGH),
            Some(_) => (Effort::GLANCE, Effort::QUICK),
        }
    }

    fn decide(&self, chosen: &[bool], effort: Effort) -> Judged {
        let included = self.included(chosen);
        let scope = Scope { included: Some(&included), keep: self.keep, start: None };
        if self.problem.survive.is_some() || self.problem.nest.is_some() {
            let packed = packs(self.problem, scope, effort, self.options);
            return match (packed.placement, packed.status) {
                (Some(placement), _) => Judged::Fits(placement),
                (None, Status::Infeasible) => Judged::Refuted(Method::Search),
                (None, _) => Judged::Unknown,
            };
        }
        let Ok(instance) = Instance::build(self.problem, scope) else { return Judged::Refuted(Method::Rules) };
        let restricted = RestrictedInstance::none(&instance);
        let current = self.problem.placement.as_ref().and_then(|placement| instance.assignment(placement));
        if let Some(current) = current.filter(|current| restricted.admits(&instance, current)) {
            return Judged::Fits(instance.placement(&current));
        }
        match decide(&instance, &restricted, &[], effort, &mut Cache::default(), self.options) {
            Decision::Packed(packing) => Judged::Fits(instance.placement(&packing)),
            Decision::Refuted(proof) => Judged::Refuted(proof.method()),
            Decision::Unknown => Judged::Unknown,
        }
    }

    /// Decides how many of each class from `class` on are placed. `chosen` holds what was decided before.
    fn descend(&mut self, class: usize, chosen: &mut Vec<bool>) {
        if self.sets.is_over() || self.placed >= self.most || self.knapsack(class, chosen) <= self.placed {
            return;
        }
        self.sets.spend(1);
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
        let whole = |startup: StartupIndex| self.problem.startups[startup].needs.iter().all(|&needed| chosen[needed]);
        if !(0..chosen.len()).filter(|&startup| chosen[startup]).all(whole) {
            return;
        }
        let sum = priority(self.problem, chosen);
        let decision = if self.decisions.is_over() {
            Judged::Unknown
        } else {
            self.decisions.spend(1);
            let (first, then) = self.efforts();
            match self.decide(chosen, first) {
                Judged::Unknown if !self.harder.is_over() => {
                    self.harder.spend(1);
                    self.decide(chosen, then)
                }
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
        priority(self.problem, chosen) + most
    }

    /// Where more must be kept apart than there are domains, these are scarce as resources are: each container takes one.
    fn add_domains(&mut self) {
        let there = self.problem.there();
        let mut tight = 0;
        for rule in self.problem.rules.iter() {
            let Some(topology) = rule.apart() else { continue };
            if tight == TIGHT_RULES {
                break;
            }
            // There are no more domains than hosts; by host every one is there.
            if topology == BY_HOST && rule.containers.len() <= there.len() {
                continue;
            }
            // There may be more carriers than hosts.
            if topology == BY_CARRIER && self.problem.nest.is_some() {
                continue;
            }
            let domain = &self.problem.topologies[topology];
            let domains: BTreeSet<usize> = there.iter().map(|host| domain[host.0]).collect();
            if rule.containers.len() <= domains.len() {
                continue;
            }
            tight += 1;
            let homes = rule.containers.iter().filter(|&&it| self.kept[it]).filter_map(|&it| self.problem.home(it));
            let taken: BTreeSet<usize> = homes.map(|host| domain[host.0]).collect();
            self.volume.push(domains.len() as u64);
            self.kept_volume.push(taken.len() as u64);
            self.volume_of.iter_mut().for_each(|of| of.push(0));
            for &container in rule.containers.iter() {
                if !self.kept[container] && self.absent.binary_search(&container).is_err() {
                    let of = &mut self.volume_of[self.problem.request(container).startup];
                    of.last_mut().into_iter().for_each(|count| *count += 1);
                }
            }
        }
    }

    /// What the containers of a startup ask for that do not run already and must stay.
    fn new_volume(&self, startup: StartupIndex) -> Vec<u64> {
        let counts =
            |&container: &ContainerIndex| !self.kept[container] && self.absent.binary_search(&container).is_err();
        scarce(self.problem, self.problem.startups[startup].containers.clone().filter(counts))
    }
}

/// Whether a set of startups can be placed.
enum Judged {
    Fits(Placement),
    Refuted(Method),
    Unknown,
}

/// The sum of the priorities of the startups `chosen`.
pub fn priority(problem: &Problem, chosen: &[bool]) -> u64 {
    (0..chosen.len()).filter(|&startup| chosen[startup]).map(|startup| problem.startups[startup].priority).sum()
}

/// Which containers take part: those of the startups `chosen`, and with `keep` those that run.
pub fn included(problem: &Problem, keep: bool, chosen: &[bool]) -> Vec<bool> {
    let stays = |container: ContainerIndex| keep && problem.home(container).is_some();
    let containers = ContainerIndex::all(problem.containers.len());
    containers.map(|container| chosen[problem.request(container).startup] || stays(container)).collect()
}

/// What all hosts give, and what the pools give.
fn volume(problem: &Problem) -> Vec<u64> {
    let mut sum = vec![0; problem.resources];
    problem.there().into_iter().for_each(|host| add(&mut sum, &problem.hosts[host].allocatable));
    sum.extend(problem.pools.iter());
    sum
}

/// What containers take of it.
fn scarce(problem: &Problem, containers: impl Iterator<Item = ContainerIndex> + Clone) -> Vec<u64> {
    let mut sum = problem.asked(containers.clone());
    sum.extend(problem.drawn(containers));
    sum
}

/// Adds a startup to those that are `chosen`, and all that it needs, directly or not. Of those that are chosen already all
/// needs are chosen.
pub fn add_with_needs(problem: &Problem, startup: StartupIndex, chosen: &mut [bool]) {
    let mut open = vec![startup];
    while let Some(next) = open.pop() {
        if !std::mem::replace(&mut chosen[next], true) {
            open.extend(&problem.startups[next].needs);
        }
    }
}

/// Those of the startups `some` that need, directly or not, none besides.
fn with_all_needs(problem: &Problem, mut some: Vec<bool>) -> Vec<bool> {
    let mut needed_by: Vec<Vec<StartupIndex>> = vec![Vec::new(); some.len()];
    for (startup, of) in problem.startups.iter().enumerate() {
        of.needs.iter().for_each(|&needed| needed_by[needed].push(startup));
    }
    let mut lost: Vec<StartupIndex> = (0..some.len()).filter(|&startup| !some[startup]).collect();
    while let Some(next) = lost.pop() {
        for &startup in &needed_by[next] {
            if std::mem::replace(&mut some[startup], false) {
                lost.push(startup);
            }
        }
    }
    some
}

/// Interchangeable startups together, those of high priority first.
fn classes(problem: &Problem, absent: &[ContainerIndex]) -> Vec<Vec<StartupIndex>> {
    let mut signatures: Vec<Signature> =
        (0..problem.startups.len()).map(|startup| Signature::of(problem, startup, absent)).collect();
    for rule in problem.rules.iter() {
        let mut bound: BTreeMap<StartupIndex, Vec<usize>> = BTreeMap::new();
        for &container in rule.containers.iter() {
            let startup = problem.request(container).startup;
            bound.entry(startup).or_default().push(container.0 - problem.startups[startup].containers.start.0);
        }
        let single = bound.len() == 1;
        for (startup, offsets) in bound {
            signatures[startup].rules.push((rule.kind, offsets));
            if !single {
                signatures[startup].unique = Some(startup);
            }
        }
    }
    // A startup that another needs is not like one that nobody needs.
    for (startup, of) in problem.startups.iter().enumerate() {
        let others = of.needs.iter().copied().filter(|&needed| needed != startup);
        others.for_each(|needed| signatures[needed].unique = Some(needed));
    }
    // What carries others is told apart by these.
    for carrier in problem.nest.iter().flat_map(|nest| &nest.carriers) {
        let startup = problem.request(*carrier).startup;
        signatures[startup].unique = Some(startup);
    }
    let mut classes: BTreeMap<Signature, Vec<StartupIndex>> = BTreeMap::new();
    for (startup, signature) in signatures.into_iter().enumerate() {
        classes.entry(signature).or_default().push(startup);
    }
    let mut classes: Vec<Vec<StartupIndex>> = classes.into_values().collect();
    classes.sort_by_key(|class| (std::cmp::Reverse(problem.startups[class[0]].priority), class[0]));
    classes
}

/// What a service asks for, what it draws from pools, the hosts it may go to, how many containers it has, and in which
/// carriers these lie.
type ServiceShape = (Arc<[u64]>, Arc<[u64]>, Option<Arc<[HostIndex]>>, usize, Option<Arc<[CarrierNumber]>>);

/// What an agent asks for, and on which hosts.
type AgentShape = (Arc<[u64]>, Arc<[HostIndex]>);

/// What startups of one class have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Signature {
    priority: u64,
    services: Vec<ServiceShape>,
    /// What its agents ask for, and on which hosts.
    agents: Vec<AgentShape>,
    homes: Vec<Option<Spot>>,
    /// For each container, whether it may stop when its host is lost, and whether it is not missed.
    may_miss: Vec<(bool, bool)>,
    needs: BTreeSet<StartupIndex>,
    rules: Vec<(BindingKind, Vec<usize>)>,
    unique: Option<StartupIndex>,
}

impl Signature {
    fn of(problem: &Problem, startup: StartupIndex, absent: &[ContainerIndex]) -> Signature {
        let may_stop = |it: ContainerIndex| problem.survive.as_ref().is_some_and(|survive| survive.may_stop(it));
        let may_miss = |it: ContainerIndex| (may_stop(it), absent.binary_search(&it).is_ok());
        let of = &problem.startups[startup];
        let services = problem.services[of.services.clone()].iter();
        // Ascending by startup.
        let from = problem.agents.partition_point(|agent| agent.startup < Some(startup));
        let agents = &problem.agents[from..];
        let agents = &agents[..agents.partition_point(|agent| agent.startup == Some(startup))];
        Signature {
            priority: of.priority,
            services: of
                .services
                .clone()
                .zip(services)
                .map(|(service, it)| {
                    let nest = problem.nest.as_deref();
                    let amounts = nest.map_or(&it.amounts, |nest| &nest.amounts[service]).clone();
                    let inside = nest.and_then(|nest| nest.inside[service].clone());
                    (amounts, it.drawn.clone(), it.on.clone(), it.containers.len(), inside)
                })
                .collect(),
            agents: agents.iter().map(|agent| (agent.amounts.clone(), agent.hosts.clone())).collect(),
            homes: (of.containers.clone())
                .map(|container| problem.placement.as_ref().and_then(|placement| placement.spot(container)))
                .collect(),
            may_miss: of.containers.clone().map(may_miss).collect(),
            needs: of.needs.iter().copied().filter(|&needed| needed != startup).collect(),
            rules: Vec::new(),
            unique: None,
        }
    }
}
