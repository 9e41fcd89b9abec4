//! What an arrangement breaks, what it survives and how far it can grow: all that `check` says of it.

use super::{Outlook, Refuted, costs, growth, survival};
use crate::check::{self, Violation, ViolationKind};
use crate::model::{HostUse, Layout, Placement};
use crate::solve::Options;

/// The answer of `check`.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Every host, and what it holds.
    pub hosts: Vec<HostUse>,
    /// What the referee objects to, losses that are not survived last.
    pub violations: Vec<Violation>,
    /// What there is to say besides.
    pub outlook: Outlook,
    /// Whether it is known of every loss what follows it.
    pub known: bool,
}

/// Judges an arrangement, which says what runs where now: nothing in it has come to a draining host.
///
/// # Errors
/// Where the referee refuted a failover.
pub fn checked(
    layout: &Layout,
    placement: &Placement,
    with_costs: bool,
    options: &Options,
) -> Result<Checked, Refuted> {
    let mut violations = check::check(layout, placement, Some(placement));
    let holds = violations.iter().all(|found| found.kind == ViolationKind::Unplaced);
    let survival = survival(layout, placement, options)?;
    let growth = holds.then(|| growth(layout, placement, options)).flatten();
    violations.extend(survival.iter().flat_map(|found| found.violations(layout, placement)));
    let known = survival.as_ref().is_none_or(|found| found.holds().is_some());
    let costs = with_costs.then(|| costs(layout, placement));
    let outlook = Outlook { survival, growth, costs };
    Ok(Checked { hosts: layout.usage(placement), violations, outlook, known })
}
