//! Where everything goes in every phase, with few moves: runs of phases that stand as one arrangement, and the moves
//! between them.

use super::joint::Joint;
use super::little_moves;
use crate::check::check;
use crate::model::{ContainerIndex, Layout, PhaseIndex, Placement};
use crate::plan::survival;
use crate::solve::{Options, Scope, Status, solve};

/// Single containers are settled anew in documents of at most so many.
const MOST_CONTAINERS: usize = 300;

/// A placement of all containers for each phase asked about.
pub struct Road {
    /// In the order of the phases.
    pub placements: Vec<Placement>,
    /// The phases that stand as one arrangement.
    pub runs: Vec<Vec<PhaseIndex>>,
    /// No road has fewer moves.
    pub bound: u64,
}

/// The road through `phases`, each of which fits by itself.
pub fn settle(joint: &Joint, phases: &[PhaseIndex]) -> Road {
    let whole = joint.whole;
    let start = super::now(whole);
    let Some(&first) = phases.first() else { return Road { placements: Vec::new(), runs: Vec::new(), bound: 0 } };
    let (runs, breaks) = runs(joint, phases);
    let mut best = forward(joint, &runs, &start);
    for runs in other_runs(joint, phases, &runs) {
        let other = forward(joint, &runs, &start);
        if better(&other, &best, &start) {
            best = other;
        }
    }
    let back = backward(joint, &runs, &start);
    if better(&back, &best, &start) {
        best = back;
    }
    let Some(mut placements) = best else {
        return Road { placements: alone(joint, phases, &start), runs: Vec::new(), bound: 0 };
    };
    if whole.survive.is_some() && !all_survive(joint, phases, &placements) {
        placements = alone(joint, phases, &start);
    } else {
        smooth(joint, phases, &start, &mut placements);
    }
    let bound = first_moves(joint, first, &start) + breaks;
    let runs = standing(phases, &placements);
    Road { placements, runs, bound }
}

/// The longest runs of phases that one arrangement does for, from the first phase on; and how often it is proven that
/// something has to move within a run made longer by the phase that begins the next: no two of these share a step.
fn runs(joint: &Joint, phases: &[PhaseIndex]) -> (Vec<Vec<PhaseIndex>>, u64) {
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
fn forward(joint: &Joint, runs: &[Vec<PhaseIndex>], start: &Placement) -> Option<Vec<Placement>> {
    let mut before = start.clone();
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
fn backward(joint: &Joint, runs: &[Vec<PhaseIndex>], start: &Placement) -> Option<Vec<Placement>> {
    if runs.len() < 2 || start.placed().next().is_some() {
        return None;
    }
    let mut after = start.clone();
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

/// Each phase by itself, with few moves from the one before.
fn alone(joint: &Joint, phases: &[PhaseIndex], start: &Placement) -> Vec<Placement> {
    let mut before = start.clone();
    let mut placements = Vec::new();
    for &phase in phases {
        let layout = standing_at(joint.whole, phase, &before);
        let goals = little_moves(&layout);
        let found = solve(&layout, &goals, Scope::ALL, joint.options).placement;
        if let Some(found) = found {
            before = super::spread(joint.whole, phase, &found);
        }
        placements.push(before.clone());
    }
    placements
}

/// The layout of `phase`, with what stood before as its placement.
fn standing_at(whole: &Layout, phase: PhaseIndex, before: &Placement) -> Layout {
    let mut layout = whole.at(phase);
    let stood = Placement { host_of: whole.present(phase).iter().map(|&it| before.host_of[it]).collect() };
    layout.placed_at = vec![None; stood.host_of.len()];
    layout.placement = Some(stood);
    layout
}

/// Only what is there in `phase`.
fn present(whole: &Layout, phase: PhaseIndex, placement: &Placement) -> Placement {
    let mut there = Placement::empty(whole.demand.containers.len());
    whole.present(phase).into_iter().for_each(|container| there.host_of[container] = placement.host_of[container]);
    there
}

fn better(one: &Option<Vec<Placement>>, other: &Option<Vec<Placement>>, start: &Placement) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => moves(start, one) < moves(start, other),
        (one, other) => one.is_some() && other.is_none(),
    }
}

/// How many containers move from `start` through all `placements`.
fn moves(start: &Placement, placements: &[Placement]) -> usize {
    let mut before = start;
    let mut moves = 0;
    for after in placements {
        moves += before.moves_to(after).count();
        before = after;
    }
    moves
}

/// How many moves the first phase takes by itself, at the least.
fn first_moves(joint: &Joint, first: PhaseIndex, start: &Placement) -> u64 {
    if start.placed().next().is_none() {
        return 0;
    }
    let layout = standing_at(joint.whole, first, start);
    let answer = solve(&layout, &[crate::model::Goal::FewestMoves], Scope::ALL, joint.options);
    match answer.goals.first().map(|goal| goal.bound) {
        Some(crate::model::GoalValue::Count(count)) => count,
        _ => 0,
    }
}

fn all_survive(joint: &Joint, phases: &[PhaseIndex], placements: &[Placement]) -> bool {
    phases.iter().zip(placements).all(|(&phase, placement)| {
        let layout = joint.whole.at(phase);
        let here = Placement { host_of: joint.whole.present(phase).iter().map(|&it| placement.host_of[it]).collect() };
        let found = survival(&layout, &here, joint.options);
        found.is_ok_and(|found| found.is_none_or(|found| found.holds() == Some(true)))
    })
}

/// Moves that single containers can do without: one that moves stays on one of its hosts, or on any other, throughout or
/// from some phase on, where that keeps every phase right.
fn smooth(joint: &Joint, phases: &[PhaseIndex], start: &Placement, placements: &mut [Placement]) {
    let whole = joint.whole;
    if whole.demand.containers.len() > MOST_CONTAINERS {
        return;
    }
    let layouts: Vec<Layout> = phases.iter().map(|&phase| whole.at(phase)).collect();
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
                        placement.host_of[container] = placement.host_of[container].map(|_| host);
                    }
                    if moves(start, &tried) < moves(start, placements)
                        && all_right(whole, phases, &layouts, start, &tried)
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

/// Whether every phase is as its rules want it.
fn all_right(
    whole: &Layout,
    phases: &[PhaseIndex],
    layouts: &[Layout],
    start: &Placement,
    placements: &[Placement],
) -> bool {
    let mut before = start;
    phases.iter().zip(layouts).zip(placements).all(|((&phase, layout), after)| {
        let containers = whole.present(phase);
        let of = |placement: &Placement| Placement {
            host_of: containers.iter().map(|&container| placement.host_of[container]).collect(),
        };
        let right = layout.survive.is_none() && check(layout, &of(after), Some(&of(before))).is_empty();
        before = after;
        right
    })
}

/// The phases that stand as one arrangement.
fn standing(phases: &[PhaseIndex], placements: &[Placement]) -> Vec<Vec<PhaseIndex>> {
    let mut runs: Vec<Vec<PhaseIndex>> = Vec::new();
    for (position, &phase) in phases.iter().enumerate() {
        let moved = position > 0 && placements[position - 1].moves_to(&placements[position]).next().is_some();
        match runs.last_mut() {
            Some(run) if !moved => run.push(phase),
            _ => runs.push(vec![phase]),
        }
    }
    runs
}
