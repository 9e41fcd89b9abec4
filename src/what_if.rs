//! What if a host is lost, drained or added, if startups grow or are left out? Suppose, plan, compare with now.

use std::collections::BTreeSet;

use crate::compare::{Comparison, Side, compare};
use crate::model::{Change, ChangeError, Goal, Layout, Placement, apply};
use crate::plan::{Ask, Plan, Refuted, plan, steps};
use crate::solve::{Options, Status};

/// What would be.
#[derive(Clone, Debug)]
pub struct WhatIf {
    /// The layout under what is supposed; what runs on is its placement.
    pub layout: Layout,
    /// Where everything goes then, and the steps to there. As few containers move as can be, before the document's goals.
    pub plan: Plan,
    /// Now and then side by side; `None` where there is no plan.
    pub comparison: Option<Comparison>,
}

/// Why the question could not be answered.
#[derive(Debug)]
pub enum WhatIfError {
    /// What is supposed cannot be.
    Change(ChangeError),
    /// The solver was refuted.
    Refuted(Refuted),
}

impl From<Refuted> for WhatIfError {
    fn from(refuted: Refuted) -> Self {
        WhatIfError::Refuted(refuted)
    }
}

/// Plans `layout`, where `now` is what runs, under all of `changes`. Containers of lost hosts start elsewhere; those of
/// drained hosts move elsewhere.
///
/// # Errors
/// See [`WhatIfError`].
pub fn what_if(layout: &Layout, now: &Placement, changes: &[Change], options: &Options) -> Result<WhatIf, WhatIfError> {
    let layout = Layout { placement: Some(now.clone()), ..layout.clone() };
    let then = apply(&layout, changes).map_err(WhatIfError::Change)?;
    let drained =
        |change: &Change| if let Change::Drained(host) = change { layout.lab.hosts.get(host.0) } else { None };
    let emptied: BTreeSet<&str> = changes.iter().filter_map(drained).map(|host| host.name.as_str()).collect();
    // Planned as if nothing stood on a host that is to become empty: then nothing may stay there.
    let mut standing = then.clone();
    for host in standing.placement.iter_mut().flat_map(|placement| &mut placement.host_of) {
        *host = host.filter(|&host| !emptied.contains(then.lab.hosts[host].name.as_str()));
    }
    let others = layout.goals.iter().copied().filter(|&goal| goal != Goal::FewestMoves);
    standing.goals = std::iter::once(Goal::FewestMoves).chain(others).collect();
    let mut plan = plan(&standing, Ask::default(), options)?;
    plan.steps = steps(&then, &plan, options)?;
    let found = matches!(plan.status, Status::Optimal | Status::Feasible);
    let comparison = found.then(|| {
        let a = Side { name: "now", layout: &layout, placement: now };
        compare(&a, &Side { name: "then", layout: &then, placement: &plan.placement }, [None, None])
    });
    Ok(WhatIf { layout: then, plan, comparison })
}
