//! What follows the loss of hosts.

use std::collections::{BTreeMap, BTreeSet};

use super::{Refuted, broken};
use crate::check::{Violation, ViolationKind, check_failovers};
use crate::diagnostic::Place;
use crate::model::{ContainerIndex, Failover, HostIndex, Layout, Placement, Pool, Rule, Spot};
use crate::solve::{Effort, Loss, Options, Outcome, losses};

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
                loss.lost.binary_search(host).is_ok() && survive.is_none_or(|survive| !survive.may_stop(*container))
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
        for loss in &losses {
            let Outcome::Survived(after) = &loss.outcome else { continue };
            // What comes to a host and what leaves it: few of them change.
            let mut grown: BTreeMap<HostIndex, Vec<i128>> = BTreeMap::new();
            let mut change = |container: ContainerIndex, host: HostIndex, sign: i128| {
                let sums = grown.entry(host).or_insert_with(|| vec![0; layout.lab.resources.len()]);
                let request = &layout.demand.service_of(container).request;
                sums.iter_mut().zip(request).for_each(|(sum, amount)| *sum += sign * i128::from(amount.value));
            };
            for container in layout.demand.indices() {
                // What lies in carriers asks nothing of hosts.
                let on = |spot: Option<Spot>| if let Some(Spot::Host(host)) = spot { Some(host) } else { None };
                let (before, after) = (on(placement.spot(container)), on(after.spot(container)));
                if before != after {
                    before.into_iter().for_each(|host| change(container, host, -1));
                    after.into_iter().for_each(|host| change(container, host, 1));
                }
            }
            for (host, grown) in grown {
                for (most, grown) in kept[host].iter_mut().zip(grown) {
                    *most = (*most).max(u64::try_from(grown).unwrap_or(0));
                }
            }
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
    survival_with(layout, placement, Effort::THOROUGH, options)
}

/// [`survival`], with so much effort for each loss of which no failover is found at once.
pub(super) fn survival_with(
    layout: &Layout,
    placement: &Placement,
    effort: Effort,
    options: &Options,
) -> Result<Option<Survival>, Refuted> {
    let Some(survive) = &layout.survive else { return Ok(None) };
    let said = layout;
    let forgiven = forgiven(layout, placement);
    let (layout, placement) = forgiven.as_ref().map_or((layout, placement), |(layout, placement)| (layout, placement));
    let mut losses = losses(layout, placement, effort, options);
    if forgiven.is_some() {
        // What stands where it may not stays there; what moves after a loss goes where it may.
        let may_go = |after: &Placement, container: ContainerIndex| {
            let on = said.demand.service_of(container).on.as_ref();
            on.is_none_or(|on| after.host(container).is_none_or(|to| on.contains(&to)))
        };
        for loss in &mut losses {
            if matches!(&loss.outcome, Outcome::Survived(after) if !placement.moves_to(after).all(|(it, ..)| may_go(after, it)))
            {
                loss.outcome = Outcome::Unknown;
            }
        }
    }
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
    let mut unkept: Vec<(Option<Place>, Vec<ContainerIndex>)> = Vec::new();
    for violation in broken {
        match (violation.kind, violation.host) {
            (ViolationKind::OverCapacity { resource, requested, .. }, Some(host)) => {
                layout.lab.hosts[host].allocatable[resource] = requested;
            }
            (ViolationKind::PoolOverCapacity { resource, requested, .. }, _) => {
                let its = |pool: &&mut Pool| pool.resources.contains(&resource);
                if let Some(pool) = layout.lab.pools.iter_mut().find(its) {
                    pool.allocatable[resource - pool.resources.start] = requested;
                }
            }
            (ViolationKind::NotAllowed | ViolationKind::PoolOutOfReach, _) => free.extend(violation.containers),
            (ViolationKind::Planned, _) => placement = placement.only(|it| !violation.containers.contains(&it)),
            _ => unkept.push((violation.because, violation.containers)),
        }
    }
    for container in free {
        let service = &mut layout.demand.services[layout.demand.containers[container].service];
        // So may the others of its service as far as can be said here; what moves is looked at again.
        if let (Some(on), Some(host)) = (&service.on, placement.host(container)) {
            service.on = Some(on.iter().copied().chain([host]).collect::<BTreeSet<_>>().into_iter().collect());
        }
        // What it draws it goes on drawing.
        service.pool = None;
    }
    // Several rules may be said in one place: within each startup by itself, or by a stack.
    let binds = |rule: &Rule, containers: &[ContainerIndex]| {
        containers.iter().all(|container| rule.containers.binary_search(container).is_ok())
    };
    layout.rules.retain(|rule| !unkept.iter().any(|(at, some)| *at == Some(rule.at) && binds(rule, some)));
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
