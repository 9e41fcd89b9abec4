//! What if a host is lost, drained or added, if startups grow or are left out? Suppose, plan, compare with now.

use std::collections::BTreeSet;

use crate::compare::{Comparison, Side, compare};
use crate::model::{Change, ChangeError, Goal, Layout, Placement};
use crate::plan::{Plan, Refuted, Wanted, plan, steps};
use crate::question::Question;
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

/// Plans what is asked about under all of `changes`; its placement is what runs now. Containers of lost hosts start
/// elsewhere; those of drained hosts move elsewhere.
///
/// # Errors
/// See [`WhatIfError`].
pub fn what_if(question: &Question, changes: &[Change], options: &Options) -> Result<WhatIf, WhatIfError> {
    let layout = &question.layout;
    let then = question.supposing(changes).map_err(WhatIfError::Change)?.layout;
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
    let mut plan = plan(&question.of(standing), Wanted::default(), options)?;
    plan.steps = steps(&then, &plan, options)?;
    let found = matches!(plan.status, Status::Optimal | Status::Feasible);
    let comparison = found.then(|| {
        let nothing = Placement::empty(layout.demand.containers.len());
        let a = Side { name: "now", layout, placement: layout.placement.as_ref().unwrap_or(&nothing) };
        compare(&a, &Side { name: "then", layout: &then, placement: &plan.placement }, [None, None])
    });
    Ok(WhatIf { layout: then, plan, comparison })
}
