//! The road ahead: one plan for all phases, in which as little moves from one to the next as can be.

mod becomes;
mod drain;
mod joint;
mod settle;

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::compare;
use crate::model::{
    ContainerIndex, HostIndex, HostState, HostUse, Layout, Load, Numbered, PhaseIndex, Placement, ServiceIndex, Spot,
    StartupIndex,
};
use crate::plan::{Plan, Refuted, Wanted, plan, referee};
use crate::question::Question;
use crate::solve::{Options, Status};
pub use becomes::{Needed, Upgrade};
use joint::Joint;

/// A plan for every phase.
#[derive(Clone, Debug)]
pub struct Roadmap {
    /// The document, all phases together; every index below is into this one, unless said otherwise.
    pub whole: Layout,
    /// One entry for each phase.
    pub stages: Vec<Stage>,
    /// How many containers move in all, from what runs now to the first phase and from each phase to the next.
    pub moves: u64,
    /// No roadmap has fewer moves.
    pub bound: u64,
    /// The phases that stand as one arrangement, in which nothing moves: each is a run of those that fit.
    pub runs: Vec<Vec<PhaseIndex>>,
}

/// One phase.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Which.
    pub phase: PhaseIndex,
    /// The layout as it is in the phase; its placement is what stood before.
    pub layout: Layout,
    /// `Feasible` where it fits, `Infeasible` where that is proven, `Unknown` otherwise.
    pub status: Status,
    /// Where everything goes, for `layout`: what a plan gives as evidence where it does not fit.
    pub placement: Placement,
    /// What each host of `layout` holds.
    pub hosts: Vec<HostUse>,
    /// What comes: all there is, in the first phase of a document without a placement.
    pub comes: Change,
    /// What goes.
    pub goes: Change,
    /// What hosts and containers give, cost and ask for otherwise than in the phase before.
    pub becomes: Vec<compare::Change>,
    /// The kinds of hosts that give more from now on, where the phase fits, and by when each is needed.
    pub upgrades: Vec<Upgrade>,
    /// What moves: (container, from, to).
    pub moves: Vec<(ContainerIndex, Spot, Spot)>,
    /// Why it does not fit, with remedies where it is the first that does not.
    pub refused: Option<Box<Plan>>,
}

/// What comes or goes with a phase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Whole startups.
    pub startups: Vec<StartupIndex>,
    /// Containers of startups that are there before and after.
    pub containers: Vec<ContainerIndex>,
    /// Agents of these.
    pub agents: Vec<ServiceIndex>,
    /// Hosts.
    pub hosts: Vec<HostIndex>,
    /// Categories of the toolbox whose chosen tool comes or goes.
    pub tools: Vec<usize>,
}

impl Change {
    /// Whether it is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Change::default()
    }
}

impl Roadmap {
    /// What is carried over in all phases together, by each measure that a goal of the document counts, in bytes.
    pub fn burden(&self) -> Vec<(Load, u64)> {
        let mut all: Vec<(Load, u64)> = self.whole.burden(&Placement::empty(0), &[]);
        for stage in &self.stages {
            // Amounts are those of the phase.
            let there = self.whole.present(stage.phase);
            let moved = stage.moves.iter().filter_map(|(it, ..)| there.binary_search(it).ok().map(ContainerIndex));
            let moved: Vec<ContainerIndex> = moved.collect();
            all.iter_mut()
                .zip(stage.layout.burden(&stage.placement, &moved))
                .for_each(|(sum, (_, more))| sum.1 += more);
        }
        all
    }

    /// The first phase that does not fit.
    pub fn first_misfit(&self) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.status != Status::Feasible)
    }

    /// Whether every phase fits: `Feasible`, `Infeasible` where one is proven not to, `Unknown` otherwise.
    pub fn status(&self) -> Status {
        let has = |status| self.stages.iter().any(|stage| stage.status == status);
        if has(Status::Infeasible) {
            Status::Infeasible
        } else if has(Status::Unknown) {
            Status::Unknown
        } else {
            Status::Feasible
        }
    }

    /// What of `stage`'s layout and of the last phase that fits stands together, the containers that come later among
    /// them; just the stage where that breaks something.
    pub fn ahead(&self, stage: &Stage) -> (Layout, Placement, BTreeSet<ContainerIndex>) {
        let alone = || (stage.layout.clone(), stage.placement.clone(), BTreeSet::new());
        let Some(last) = self.stages.iter().rfind(|it| it.status == Status::Feasible) else { return alone() };
        let Some(place) = self.of_whole(last) else { return alone() };
        let Some(here) = self.of_whole(stage) else { return alone() };
        let services = &self.whole.demand.services;
        let there: Vec<bool> = services.iter().map(|it| it.span.has(stage.phase) || it.span.has(last.phase)).collect();
        let startups = &self.whole.demand.startups;
        let there_too: Vec<bool> =
            startups.iter().map(|it| it.span.has(stage.phase) || it.span.has(last.phase)).collect();
        let is_there = |container, phase| self.whole.demand.is_there(container, phase);
        let mut both = self.whole.clone();
        both.become_of(stage.phase);
        for (host, now) in both.lab.hosts.iter_mut().zip(&stage.layout.lab.hosts) {
            host.state = now.state;
        }
        both.placement = None;
        let kept: Vec<ContainerIndex> =
            both.demand.indices().filter(|&it| is_there(it, stage.phase) || is_there(it, last.phase)).collect();
        let containers: Vec<bool> = both.demand.indices().map(|it| kept.binary_search(&it).is_ok()).collect();
        both.keep(&there_too, &there, &containers);
        both.phase = Some(stage.phase);
        let placement = {
            let all = Placement::of(here.host_of.len(), |it| here.spot(it).or_else(|| place.spot(it)));
            all.renumbered(&kept)
        };
        let later = kept.iter().numbered().filter(|(_, it)| here.host_of[**it].is_none()).map(|(at, _)| at).collect();
        // Hosts that come later hold what comes later.
        let mut judged = both.clone();
        judged.lab.hosts.iter_mut().for_each(|host| host.state = HostState::Up);
        judged.survive = None;
        match crate::check::check(&judged, &placement, None).is_empty() {
            true => (both, placement, later),
            false => alone(),
        }
    }

    /// The stage's placement, of all containers.
    fn of_whole(&self, stage: &Stage) -> Option<Placement> {
        (stage.status == Status::Feasible).then(|| spread(&self.whole, stage.phase, &stage.placement))
    }
}

/// Why there is no roadmap.
#[derive(Debug)]
pub enum RoadmapError {
    /// It has no phases.
    NoPhases,
    /// The solver was refuted.
    Refuted(Refuted),
}

impl From<Refuted> for RoadmapError {
    fn from(refuted: Refuted) -> Self {
        RoadmapError::Refuted(refuted)
    }
}

/// Plans all phases together of what is asked about, the layout of all phases.
///
/// # Errors
/// See [`RoadmapError`]: there are no phases, or the solver was refuted.
pub fn roadmap(question: &Question, options: &Options) -> Result<Roadmap, RoadmapError> {
    let whole = question.layout.clone();
    if whole.phases.is_empty() {
        return Err(RoadmapError::NoPhases);
    }
    let (phased, burdens) = (joint::phased(&whole), joint::burdens(&whole));
    let known = RefCell::default();
    let joint = Joint { whole: &whole, phased, burdens, start: now(&whole), options, known };
    let road = settle::settle(&joint);
    let mut stages: Vec<Stage> = Vec::new();
    let mut before = now(&whole);
    let mut strayed = false;
    for (phase, planned) in road.placements.into_iter().enumerate() {
        let layout = settle::standing_at(&whole, phase, &before);
        let present = whole.present(phase);
        let (comes, goes) = changes(&whole, phase, &before);
        let mut status = road.status[phase];
        let (mut moves, mut refused) = (Vec::new(), None);
        let here = |all: &Placement| all.renumbered(&present);
        // Where a plan took the place of a phase that was not settled, what was settled after it may do no longer.
        let planned = planned.filter(|after| !strayed || referee(&layout, &here(after), |_| false).is_ok());
        let placement = match planned {
            Some(after) => {
                let placement = here(&after);
                referee(&layout, &placement, |_| false)?;
                moves = before.moves_to(&after).collect();
                before = after;
                placement
            }
            None => {
                let first = stages.iter().all(|it| it.refused.is_none());
                let wanted = Wanted { remedies: first, ..Wanted::default() };
                let plan = plan(&question.of(layout.clone()), wanted, options)?;
                let placement = plan.placement.clone();
                if plan.status.fits() {
                    (status, strayed) = (Status::Feasible, true);
                    let after = spread(&whole, phase, &placement);
                    moves = before.moves_to(&after).collect();
                    before = after;
                } else {
                    // What was settled may do no longer: whether something else does was not looked at.
                    status = if status == Status::Feasible { Status::Unknown } else { status };
                    refused = Some(Box::new(plan));
                }
                placement
            }
        };
        let hosts = layout.usage(&placement);
        let (becomes, upgrades) = (becomes::becomes(&whole, phase), Vec::new());
        stages.push(Stage { phase, layout, status, placement, hosts, comes, goes, becomes, upgrades, moves, refused });
    }
    for stage in stages.iter_mut().filter(|it| it.status == Status::Feasible && !it.becomes.is_empty()) {
        stage.upgrades = becomes::upgrades(&whole, stage.phase, options);
    }
    let moves = stages.iter().map(|stage| stage.moves.len() as u64).sum();
    let (bound, runs) = if strayed { (0, Vec::new()) } else { (road.bound.min(moves), road.runs) };
    Ok(Roadmap { bound, moves, runs, whole, stages })
}

/// What runs now: what of the placement is there in the first phase.
fn now(whole: &Layout) -> Placement {
    match &whole.placement {
        Some(placement) => placement.only(|container| whole.demand.is_there(container, 0)),
        None => Placement::empty(whole.demand.containers.len()),
    }
}

/// What comes and goes with `phase`; `before` is what stood until then.
fn changes(whole: &Layout, phase: PhaseIndex, before: &Placement) -> (Change, Change) {
    let (mut comes, mut goes) = (Change::default(), Change::default());
    let past = phase.checked_sub(1);
    let demand = &whole.demand;
    for (startup, of) in demand.startups.iter().enumerate() {
        // In the first phase what runs now does not come.
        let was = match past {
            Some(past) => of.span.has(past),
            None if demand.containers_of(startup).len() == 0 => whole.placement.is_some() && of.span.has(phase),
            None => demand.containers_of(startup).any(|container| before.host_of[container].is_some()),
        };
        match (was, of.span.has(phase)) {
            (false, true) => comes.startups.push(startup),
            (true, false) => goes.startups.push(startup),
            (true, true) => {
                for agent in of.services.clone().filter(|&service| demand.services[service].every.is_some()) {
                    let span = demand.services[agent].span;
                    // What runs now of agents is not written down: those of the first phase do.
                    match (span.has(past.unwrap_or(phase)), span.has(phase)) {
                        (false, true) => comes.agents.push(agent),
                        (true, false) => goes.agents.push(agent),
                        _ => {}
                    }
                }
                for container in demand.containers_of(startup) {
                    let there = |phase| demand.is_there(container, phase);
                    match (past.map_or(before.host_of[container].is_some(), there), there(phase)) {
                        (false, true) => comes.containers.push(container),
                        (true, false) => goes.containers.push(container),
                        _ => {}
                    }
                }
            }
            (false, false) => {}
        }
    }
    if let Some(past) = past {
        for (host, of) in whole.lab.hosts.iter().numbered().filter(|(_, of)| of.state != HostState::Planned) {
            match (of.span.has(past), of.span.has(phase)) {
                (false, true) => comes.hosts.push(host),
                (true, false) => goes.hosts.push(host),
                _ => {}
            }
        }
    }
    for (category, of) in whole.toolbox.categories.iter().enumerate().filter(|(_, of)| of.chosen.is_some()) {
        let was = past.is_some_and(|past| of.span.has(past));
        match (was, of.span.has(phase)) {
            (false, true) if past.is_some() => comes.tools.push(category),
            (true, false) => goes.tools.push(category),
            _ => {}
        }
    }
    (comes, goes)
}

/// A placement of a phase's layout as one of all containers.
fn spread(whole: &Layout, phase: PhaseIndex, placement: &Placement) -> Placement {
    let present = whole.present(phase);
    Placement::of(whole.demand.containers.len(), |container| {
        let position = present.binary_search(&container).ok()?;
        Some(match placement.spot(ContainerIndex(position))? {
            Spot::Carrier(carrier) => Spot::Carrier(present[carrier.0]),
            host => host,
        })
    })
}
