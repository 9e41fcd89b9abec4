//! Where everything goes in every phase, with few moves: runs of phases that stand as one arrangement, and the moves
//! between them.

use super::drain::{self, Kept};
use super::joint::Joint;
use crate::check::check;
use crate::model::{ContainerIndex, Layout, PhaseIndex, Placement, Spot};
use crate::plan::survival;
use crate::solve::{Options, Problem, Scope, Status, solve};

/// Single containers are settled anew in documents of at most so many.
const MOST_CONTAINERS: usize = 300;
/// The same where losses are to be survived, each of which is looked at anew.
const MOST_SURVIVING: usize = 40;

/// What becomes of each phase.
pub struct Road {
    /// For each phase, whether it fits after those before it that do; `Unknown` where no arrangement was found in time.
    pub status: Vec<Status>,
    /// Where all containers are in each phase that fits.
    pub placements: Vec<Option<Placement>>,
    /// The phases that follow each other and stand as one arrangement.
    pub runs: Vec<Vec<PhaseIndex>>,
    /// No road through these phases has fewer moves.
    pub bound: u64,
}

/// The road through all phases of the document that fit.
pub fn settle(joint: &Joint) -> Road {
    let whole = joint.whole;
    let all: Vec<PhaseIndex> = (0..whole.phases.len()).collect();
    let together = joint.packed(&all);
    let shown = together.status == Status::Feasible && whole.survive.is_none();
    let mut status: Vec<Status> =
        all.iter().map(|&phase| if shown { Status::Feasible } else { by_itself(joint, phase) }).collect();
    let fitting = |status: &[Status]| -> Vec<PhaseIndex> {
        all.iter().copied().filter(|&phase| status[phase] == Status::Feasible).collect()
    };
    let mut phases = fitting(&status);
    let mut road = straight(joint, &phases, together.placement.as_ref());
    if road.is_none() {
        // What fits by itself may not fit after what was before.
        let kept = drain::kept(joint, &phases);
        if let Some(kept) = &kept {
            kept.iter().for_each(|&(phase, known, _)| status[phase] = known);
            phases = fitting(&status);
        }
        let found = one_by_one(joint, &phases, kept.as_deref().unwrap_or_default());
        let missed = phases.iter().zip(&found).filter(|(_, found)| found.is_none());
        missed.for_each(|(&phase, _)| status[phase] = Status::Unknown);
        phases = fitting(&status);
        road = Some(found.into_iter().flatten().collect());
    }
    let mut road = road.unwrap_or_default();
    smooth(joint, &phases, &mut road);
    let runs = standing(&phases, &road);
    let bound = phases.first().map_or(0, |&first| first_moves(joint, first) + runs_and_breaks(joint, &phases).1);
    let mut placements = vec![None; all.len()];
    phases.iter().zip(road).for_each(|(&phase, placement)| placements[phase] = Some(placement));
    Road { status, placements, runs, bound }
}

/// Whether a phase fits, were it the first.
fn by_itself(joint: &Joint, phase: PhaseIndex) -> Status {
    match solve(&standing_at(joint.whole, phase, &joint.start), &[], Scope::ALL, joint.options).status {
        Status::Optimal | Status::Feasible => Status::Feasible,
        other => other,
    }
}

/// The road with the fewest moves that was found through all of `phases`, each right; `together` is one arrangement for
/// all.
fn straight(joint: &Joint, phases: &[PhaseIndex], together: Option<&Placement>) -> Option<Vec<Placement>> {
    let (runs, _) = runs_and_breaks(joint, phases);
    let mut roads: Vec<Vec<Placement>> = Vec::new();
    // One road will do where the time is out.
    let enough = |roads: &[Vec<Placement>]| out_of_time(joint.options) && (together.is_some() || !roads.is_empty());
    if !enough(&roads) {
        roads.extend(forward(joint, &runs));
    }
    for runs in other_runs(joint, phases, &runs) {
        if !enough(&roads) {
            roads.extend(forward(joint, &runs));
        }
    }
    if !enough(&roads) {
        roads.extend(backward(joint, &runs));
    }
    roads.extend(together.map(|found| phases.iter().map(|&phase| present(joint.whole, phase, found)).collect()));
    // Runs are made whatever is to be survived.
    if joint.whole.survive.is_some() || roads.is_empty() {
        roads.extend(one_by_one(joint, phases, &[]).into_iter().collect::<Option<Vec<Placement>>>());
    }
    let right = roads.into_iter().filter(|road| all_right(joint, phases, road));
    right.min_by_key(|road| moves(joint, phases, road))
}

/// The longest runs of phases that one arrangement does for, from the first phase on; and how often it is proven that
/// something has to move within a run made longer by the phase that begins the next: no two of these share a step.
fn runs_and_breaks(joint: &Joint, phases: &[PhaseIndex]) -> (Vec<Vec<PhaseIndex>>, u64) {
    if phases.is_empty() {
        return (Vec::new(), 0);
    }
    if joint.fits(phases) == Status::Feasible {
        return (vec![phases.to_vec()], 0);
    }
    let mut runs: Vec<Vec<PhaseIndex>> = Vec::new();
    let mut breaks = 0;
    for &phase in phases {
        let Some(run) = runs.last_mut() else {
            runs.push(vec![phase]);
            continue;
        };
        let longer: Vec<PhaseIndex> = run.iter().copied().chain([phase]).collect();
        match joint.fits(&longer) {
            Status::Optimal | Status::Feasible => *run = longer,
            status => {
                breaks += u64::from(status == Status::Infeasible);
                runs.push(vec![phase]);
            }
        }
    }
    (runs, breaks)
}

/// Where there are two runs: the same phases cut elsewhere.
fn other_runs(joint: &Joint, phases: &[PhaseIndex], runs: &[Vec<PhaseIndex>]) -> Vec<Vec<Vec<PhaseIndex>>> {
    let [first, _] = runs else { return Vec::new() };
    let cuts = (1..first.len()).filter(|&cut| joint.fits(&phases[cut..]) == Status::Feasible);
    cuts.map(|cut| vec![phases[..cut].to_vec(), phases[cut..].to_vec()]).collect()
}

/// Run after run, each with few moves from the one before; `None` where one of them is not planned in time.
fn forward(joint: &Joint, runs: &[Vec<PhaseIndex>]) -> Option<Vec<Placement>> {
    let mut before = joint.start.clone();
    let mut placements = Vec::new();
    for run in runs {
        let found = joint.best(run, &before).placement?;
        for &phase in run {
            placements.push(present(joint.whole, phase, &found));
        }
        before = placements.last()?.clone();
    }
    Some(placements)
}

/// The last run first, each with few moves to the one after it.
fn backward(joint: &Joint, runs: &[Vec<PhaseIndex>]) -> Option<Vec<Placement>> {
    if runs.len() < 2 || joint.start.placed().next().is_some() {
        return None;
    }
    let mut after = joint.start.clone();
    let mut placements: Vec<Placement> = Vec::new();
    for run in runs.iter().rev() {
        let found = joint.best(run, &after).placement?;
        let own = run.iter().rev().map(|&phase| present(joint.whole, phase, &found));
        placements.extend(own);
        after = placements.last()?.clone();
    }
    placements.reverse();
    Some(placements)
}

/// Each phase by itself, with few moves from the one before that was found, and with just that on draining hosts which is
/// `kept` there, where that is said.
fn one_by_one(joint: &Joint, phases: &[PhaseIndex], kept: &[Kept]) -> Vec<Option<Placement>> {
    let mut before = joint.start.clone();
    let mut placements = Vec::new();
    for &phase in phases {
        let problem = match kept.iter().find(|it| it.0 == phase) {
            Some((_, _, stays)) => drain::held(joint, phase, &before, stays),
            None => Problem::from(&standing_at(joint.whole, phase, &before)),
        };
        let found = solve(problem, &joint.whole.moving_little(), Scope::ALL, joint.options).placement;
        let found = found.map(|found| super::spread(joint.whole, phase, &found));
        before = found.clone().unwrap_or(before);
        placements.push(found);
    }
    placements
}

/// The layout of `phase`, with what stood before as its placement.
pub fn standing_at(whole: &Layout, phase: PhaseIndex, before: &Placement) -> Layout {
    let mut layout = whole.at(phase);
    let stood = before.renumbered(&whole.present(phase));
    let stands = stood.placed().next().is_some();
    layout.placed_at = vec![None; if stands { stood.host_of.len() } else { 0 }];
    layout.placement = stands.then_some(stood);
    layout
}

/// Only what is there in `phase`.
fn present(whole: &Layout, phase: PhaseIndex, placement: &Placement) -> Placement {
    placement.only(|container| whole.demand.is_there(container, phase))
}

/// How many containers move from the start through the `placements` of all `phases`, and of as many moves what is carried over,
/// by each measure that a goal counts.
fn moves(joint: &Joint, phases: &[PhaseIndex], placements: &[Placement]) -> (usize, Vec<u64>) {
    let mut before = &joint.start;
    let (mut moves, mut carried) = (0, Vec::new());
    for (&phase, after) in phases.iter().zip(placements) {
        for (container, ..) in before.moves_to(after) {
            moves += 1;
            let burden = joint.burdens.get(phase).map_or(&[][..], |of| &of[container]);
            carried.resize(burden.len(), 0);
            carried.iter_mut().zip(burden).for_each(|(sum, more): (&mut u64, _)| *sum = sum.saturating_add(*more));
        }
        before = after;
    }
    (moves, carried)
}

/// How many moves the first phase takes by itself, at the least.
fn first_moves(joint: &Joint, first: PhaseIndex) -> u64 {
    if joint.start.placed().next().is_none() {
        return 0;
    }
    let layout = standing_at(joint.whole, first, &joint.start);
    let answer = solve(&layout, &[crate::model::Goal::FewestMoves], Scope::ALL, joint.options);
    match answer.goals.first().map(|goal| goal.bound) {
        Some(crate::model::GoalValue::Count(count)) => count,
        _ => 0,
    }
}

/// Moves that single containers can do without: one that moves stays on one of its hosts, or on any other, throughout or
/// from some phase on, where that keeps every phase right.
fn smooth(joint: &Joint, phases: &[PhaseIndex], placements: &mut [Placement]) {
    let (whole, start) = (joint.whole, &joint.start);
    let most = if whole.survive.is_some() { MOST_SURVIVING } else { MOST_CONTAINERS };
    if whole.demand.containers.len() > most {
        return;
    }
    let wanderers = |placements: &[Placement]| -> Vec<ContainerIndex> {
        let mut before = start;
        let mut all = Vec::new();
        for after in placements {
            all.extend(before.moves_to(after).map(|(container, ..)| container));
            before = after;
        }
        all.sort_unstable();
        all.dedup();
        all
    };
    let mut improved = true;
    while improved && !out_of_time(joint.options) {
        improved = false;
        for container in wanderers(placements) {
            for host in whole.lab.indices() {
                for from in 0..placements.len() {
                    let mut tried = placements.to_vec();
                    for placement in &mut tried[from..] {
                        if placement.host(container).is_some() && placement.carrier(container).is_none() {
                            placement.put(container, Spot::Host(host));
                            placement.settle();
                        }
                    }
                    if moves(joint, phases, &tried) < moves(joint, phases, placements)
                        && all_right(joint, phases, &tried)
                    {
                        placements.clone_from_slice(&tried);
                        improved = true;
                    }
                }
            }
        }
    }
}

fn out_of_time(options: &Options) -> bool {
    options.clock.is_over()
}

/// Whether every phase is as its rules want it, and survives.
fn all_right(joint: &Joint, phases: &[PhaseIndex], placements: &[Placement]) -> bool {
    let mut before = &joint.start;
    phases.iter().zip(placements).all(|(&phase, after)| {
        let layout = standing_at(joint.whole, phase, before);
        let here = after.renumbered(&joint.whole.present(phase));
        before = after;
        let survives = || match survival(&layout, &here, joint.options) {
            Ok(found) => found.is_none_or(|found| found.holds() == Some(true)),
            Err(_) => false,
        };
        check(&layout, &here, layout.placement.as_ref()).is_empty() && survives()
    })
}

/// The phases that follow each other and stand as one arrangement.
fn standing(phases: &[PhaseIndex], placements: &[Placement]) -> Vec<Vec<PhaseIndex>> {
    let mut runs: Vec<Vec<PhaseIndex>> = Vec::new();
    for (position, &phase) in phases.iter().enumerate() {
        let moved = position > 0 && placements[position - 1].moves_to(&placements[position]).next().is_some();
        match runs.last_mut() {
            Some(run) if !moved && run.last().is_some_and(|&last| last + 1 == phase) => run.push(phase),
            _ => runs.push(vec![phase]),
        }
    }
    runs
}
