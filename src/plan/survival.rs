//! What follows the loss of hosts.

use super::{Refuted, broken};
use crate::check::{Violation, ViolationKind, check_failovers};
use crate::diagnostic::Place;
use crate::model::{ContainerIndex, Failover, HostIndex, Layout, Placement};
use crate::solve::{Loss, Options, Outcome, losses};

/// What follows each loss that a layout is to survive, in the order of [`crate::model::Survive::losses`].
#[derive(Clone, Debug)]
pub struct Survival {
    /// One entry for each set of hosts that may be lost.
    pub losses: Vec<Loss>,
    /// How much of each host is taken by what comes after a loss, at the most: `[host][resource]`.
    pub kept: Vec<Vec<u64>>,
}

impl Survival {
    /// Whether every loss is survived; `None` where that is not known.
    pub fn holds(&self) -> Option<bool> {
        let impossible = self.losses.iter().any(|loss| matches!(loss.outcome, Outcome::Impossible(_)));
        let unknown = self.losses.iter().any(|loss| matches!(loss.outcome, Outcome::Unknown));
        if impossible { Some(false) } else { (!unknown).then_some(true) }
    }

    /// One violation for each loss that is not survived: what must not stop of what the hosts hold.
    pub fn violations(&self, layout: &Layout, placement: &Placement) -> Vec<Violation> {
        let impossible = self.losses.iter().filter(|loss| matches!(loss.outcome, Outcome::Impossible(_)));
        let survive = layout.survive.as_ref();
        let violation = |loss: &Loss| {
            let stood = placement.placed().filter(|(container, host)| {
                loss.lost.contains(host) && survive.is_none_or(|survive| !survive.may_stop(*container))
            });
            let at = survive.and_then(|survive| survive.at);
            Violation {
                kind: ViolationKind::NotSurvived { lost: loss.lost.clone() },
                host: None,
                containers: stood.map(|(container, _)| container).collect(),
                at,
                because: at,
            }
        };
        impossible.map(violation).collect()
    }

    fn new(layout: &Layout, placement: &Placement, losses: Vec<Loss>) -> Survival {
        let mut kept = vec![vec![0_u64; layout.lab.resources.len()]; layout.lab.hosts.len()];
        let now = layout.used(placement);
        for loss in &losses {
            let Outcome::Survived(after) = &loss.outcome else { continue };
            let grown = layout.used(after).into_iter().flatten().zip(now.iter().flatten());
            kept.iter_mut().flatten().zip(grown).for_each(|(most, (after, now))| {
                *most = (*most).max(after.saturating_sub(*now));
            });
        }
        Survival { losses, kept }
    }
}

/// What becomes of each loss when the containers stand as `placement` says; `None` where the layout is not to survive
/// any. What the placement breaks already is not held against it again: full hosts take nothing more, and what breaks a
/// rule does not have to keep it.
///
/// # Errors
/// [`Refuted`] where what is said to follow a loss does not pass the referee.
pub fn survival(layout: &Layout, placement: &Placement, options: &Options) -> Result<Option<Survival>, Refuted> {
    let Some(survive) = &layout.survive else { return Ok(None) };
    let forgiven = forgiven(layout, placement);
    let (layout, placement) = forgiven.as_ref().map_or((layout, placement), |(layout, placement)| (layout, placement));
    let losses = losses(layout, placement, options);
    let answered = losses.iter().filter_map(|loss| match &loss.outcome {
        Outcome::Survived(placement) => Some(Failover { lost: loss.lost.clone(), placement: placement.clone() }),
        Outcome::Impossible(_) | Outcome::Unknown => None,
    });
    let mut violations = check_failovers(layout, survive, placement, &answered.collect::<Vec<_>>());
    let open: Vec<&Vec<HostIndex>> =
        losses.iter().filter(|it| !matches!(it.outcome, Outcome::Survived(_))).map(|loss| &loss.lost).collect();
    violations.retain(|found| !matches!(&found.kind, ViolationKind::NotSurvived { lost } if open.contains(&lost)));
    if !violations.is_empty() {
        return Err(Refuted { violations });
    }
    Ok(Some(Survival::new(layout, placement, losses)))
}

/// The same with nothing broken: budgets as large as what is asked of them, without the rules that do not hold, nothing on
/// hosts that are not there; `None` where nothing is broken.
fn forgiven(layout: &Layout, placement: &Placement) -> Option<(Layout, Placement)> {
    let broken = broken(layout, placement);
    if broken.is_empty() {
        return None;
    }
    let (mut layout, mut placement) = (layout.clone(), placement.clone());
    let mut free: Vec<ContainerIndex> = Vec::new();
    let mut apart: Vec<Option<Place>> = Vec::new();
    for violation in broken {
        match (violation.kind, violation.host) {
            (ViolationKind::OverCapacity { resource, requested, .. }, Some(host)) => {
                layout.lab.hosts[host].allocatable[resource] = requested;
            }
            (ViolationKind::NotAllowed, _) => free.extend(violation.containers),
            (ViolationKind::Planned, _) => violation.containers.iter().for_each(|&it| placement.host_of[it] = None),
            _ => apart.push(violation.because),
        }
    }
    for container in free {
        let service = layout.demand.containers[container].service;
        layout.demand.services[service].on = None;
    }
    layout.rules.retain(|rule| !apart.contains(&Some(rule.at)));
    Some((layout, placement))
}

/// The survival that `failovers` show of `placement`; `None` where the layout is not to survive any loss.
///
/// # Errors
/// [`Refuted`] where they do not pass the referee, or a loss is missing.
pub fn survived(layout: &Layout, placement: &Placement, failovers: &[Failover]) -> Result<Option<Survival>, Refuted> {
    let Some(survive) = &layout.survive else { return Ok(None) };
    let violations = check_failovers(layout, survive, placement, failovers);
    if !violations.is_empty() {
        return Err(Refuted { violations });
    }
    let loss = |failover: &Failover| Loss {
        lost: failover.lost.clone(),
        outcome: Outcome::Survived(failover.placement.clone()),
    };
    Ok(Some(Survival::new(layout, placement, failovers.iter().map(loss).collect())))
}
