//! Roads past draining hosts: what has left one does not come back, so that what stays there decides what fits later.

use std::collections::BTreeSet;

use super::joint::Joint;
use super::settle::standing_at;
use crate::model::{ContainerIndex, HostIndex, HostState, Numbered, PhaseIndex, Placement};
use crate::solve::{Problem, Scope, Status, solve};

/// With more containers on draining hosts not every choice of those that stay is looked at.
const MOST_RESIDENTS: usize = 6;

/// Containers that stay on draining hosts.
pub type Stays = BTreeSet<ContainerIndex>;

/// A phase, whether it fits after those before it that do, and where it does what then stays on draining hosts.
pub type Kept = (PhaseIndex, Status, Stays);

/// For each of `phases`, whether any road leads to it through those before it that fit: all choices of what stays on
/// draining hosts are looked at. `None` where nothing stands on any, or too much does.
pub fn kept(joint: &Joint, phases: &[PhaseIndex]) -> Option<Vec<Kept>> {
    let residents = residents(joint);
    if residents.is_empty() || residents.len() > MOST_RESIDENTS {
        return None;
    }
    let mut reached = vec![residents];
    let mut choices: Vec<(PhaseIndex, Status, Vec<Stays>)> = Vec::new();
    for &phase in phases {
        let there: Stays = joint.whole.present(phase).into_iter().collect();
        let mut sets: Vec<Stays> = reached.iter().flat_map(|set| subsets(set.intersection(&there))).collect();
        sets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        sets.dedup();
        let status = |set: &Stays| solve(held(joint, phase, &joint.start, set), &[], Scope::ALL, joint.options).status;
        let judged: Vec<(Status, Stays)> = sets.into_iter().map(|set| (status(&set), set)).collect();
        let is_unknown = judged.iter().any(|(status, _)| *status == Status::Unknown);
        let fits = judged.into_iter().filter(|(status, _)| status.fits());
        let fits: Vec<Stays> = fits.map(|(_, set)| set).collect();
        let status = match (fits.is_empty(), is_unknown) {
            (false, _) => Status::Feasible,
            (true, true) => Status::Unknown,
            (true, false) => Status::Infeasible,
        };
        if !fits.is_empty() {
            reached.clone_from(&fits);
        }
        choices.push((phase, status, fits));
    }
    // Backwards: as much as can be stays in the last phase, and before it all that stays later.
    let mut later = Stays::new();
    let mut kept: Vec<Kept> = Vec::new();
    for (phase, status, sets) in choices.into_iter().rev() {
        if let Some(stays) = sets.into_iter().find(|set| set.is_superset(&later)) {
            later = stays;
        }
        kept.push((phase, status, later.clone()));
    }
    kept.reverse();
    Some(kept)
}

/// The phase after `before`, of what stands on draining hosts just `stays` still there.
pub fn held(joint: &Joint, phase: PhaseIndex, before: &Placement, stays: &Stays) -> Problem {
    let layout = standing_at(joint.whole, phase, before);
    let mut problem = Problem::from(&layout);
    let residents = residents(joint);
    for (here, container) in joint.whole.present(phase).into_iter().numbered() {
        if residents.contains(&container) {
            let home = joint.start.host_of[container];
            let stays = stays.contains(&container);
            problem = problem.confined(here, |host| (Some(host) == home) == stays);
        }
    }
    problem
}

/// What stands on draining hosts at the start.
fn residents(joint: &Joint) -> Stays {
    let drains = |host: HostIndex| joint.whole.lab.hosts[host].state == HostState::Drain;
    joint.start.placed().filter(|&(_, host)| drains(host)).map(|(container, _)| container).collect()
}

fn subsets<'a>(of: impl Iterator<Item = &'a ContainerIndex>) -> Vec<Stays> {
    let mut subsets = vec![Stays::new()];
    for &container in of {
        let with: Vec<Stays> = subsets.iter().map(|set| set.iter().copied().chain([container]).collect()).collect();
        subsets.extend(with);
    }
    subsets
}
