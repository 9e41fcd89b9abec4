//! What if a host is lost, drained or added, if startups grow or are left out? Suppose, plan, compare with now.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::compare::{Comparison, Side, compare};
use crate::explain::Reason;
use crate::explain::remedies::remedies;
use crate::explain::room::FOR_ORDER;
use crate::graph::idle;
use crate::model::{
    Change, ChangeError, ContainerIndex, HostIndex, HostState, Layout, Placement, Spot, StartupIndex, Survive,
};
use crate::plan::{OrderVerdict, Plan, Refuted, Wanted, changes as changes_to, plan, referee, refusals_of, without};
use crate::question::{Question, Suppose};
use crate::solve::{Effort, Options, Problem, Scope, Status, packs, solve, ways_down};

/// What would be.
#[derive(Clone, Debug)]
pub struct WhatIf {
    /// The layout under what is supposed; what runs on is its placement.
    pub layout: Layout,
    /// Where everything goes then, and the steps to there. As few containers move as can be, before the document's goals.
    /// Where not everything fits and what runs elsewhere can run on: where most of the rest goes.
    pub plan: Plan,
    /// What runs now and has to stop then, where not everything fits but the rest can run on; empty otherwise.
    pub stops: Vec<ContainerIndex>,
    /// What has a place then and cannot run, as what it needs stops.
    pub idle: Vec<ContainerIndex>,
    /// Of a document that says `survive`, with a host lost or drained: that a further loss is not survived then;
    /// `None` where it is survived.
    pub unprotected: Option<Unprotected>,
    /// What is asked of each resource and what there is then, what is drained not counted.
    pub totals: (Vec<u64>, Vec<u64>),
    /// Now and then side by side; `None` where there is no plan.
    pub comparison: Option<Comparison>,
}

/// A further loss is not survived.
#[derive(Clone, Debug)]
pub struct Unprotected {
    /// Whether that is proven; else nothing that survives was found.
    pub proven: bool,
    /// What was to be survived.
    pub survive: Survive,
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

impl From<ChangeError> for WhatIfError {
    fn from(error: ChangeError) -> Self {
        WhatIfError::Change(error)
    }
}

/// The question of a document that places nothing, as if what a plan of it says ran; nothing, where not all is placed.
pub fn from_plan<'a>(question: Question<'a>, plan: Plan) -> Question<'a> {
    let empty = Placement::empty(question.layout.demand.containers.len());
    let placement = if plan.status.fits() { plan.placement } else { empty };
    question.standing_as_planned(placement)
}

/// Plans what is asked about under all that `suppose` says of its layout; its placement is what runs now. Containers of lost
/// hosts start elsewhere, of replicas as many as find room, if that is as many as must run; those of drained hosts move
/// elsewhere. Where a host is lost or drained, that all runs on is what is asked: `survive`, which spoke of that loss, is kept
/// where it can be, and else that it is not is said. Where the best plan is not reached by valid steps and another that moves
/// as few is, the answer is that. Where not everything can run on, it says what can go where and what has to stop.
///
/// # Errors
/// See [`WhatIfError`].
pub fn what_if(question: &Question, suppose: &Suppose, options: &Options) -> Result<WhatIf, WhatIfError> {
    let layout = &question.layout;
    let emptying = |layout: &Layout| emptying(suppose, layout);
    let set_aside = |layout: &Layout| setting_aside(suppose, layout);
    let Posed { mut then, mut asked, planned, mut plan, unprotected } =
        posed(question, suppose, &emptying, &set_aside, options)?;
    let mut stops = Vec::new();
    if plan.status == Status::Infeasible {
        let left: BTreeSet<&str> = plan.unplaced.iter().map(|&it| startup_name(&then, it)).collect();
        let refused: Vec<StartupIndex> = (0..layout.demand.startups.len())
            .filter(|&startup| left.contains(layout.demand.startups[startup].name.as_str()))
            .collect();
        // What is planned first may be planned otherwise with the change.
        let helps = |changes: &[Change]| !question.planned_first || says_yes(question, suppose, changes, options);
        plan.remedies = remedies(&asked, &refused, &helps, options);
        if let Some(after) = run_on(layout, &planned.layout, options)? {
            let runs = running(layout, &then);
            stops = after.unplaced().filter(|&container| runs[container]).collect();
            plan.refusals = refusals_of(&planned.layout, &after, &stops);
            plan.hosts = planned.layout.usage(&after);
            plan.unplaced = after.unplaced().collect();
            plan.priority = None;
            plan.placement = after;
        }
    }
    let state = |layout: &Layout, host: HostIndex| layout.lab.hosts[host].state;
    let is_drained = |&host: &HostIndex| {
        state(&then, host) == HostState::Drain && state(&planned.layout, host) == HostState::Planned
    };
    let drained: BTreeSet<HostIndex> = then.lab.indices().filter(is_drained).collect();
    for refusal in
        plan.refusals.iter_mut().filter(|refusal| matches!(refusal.spot, Spot::Host(host) if drained.contains(&host)))
    {
        if refusal.reason == Reason::Planned {
            refusal.reason = Reason::Drained;
        }
    }
    let found = is_found(&plan);
    if found || !stops.is_empty() {
        order(&then, &mut plan, options)?;
    }
    // Of plans that move as few, one that is reached without a stop is better than a more even one.
    if found && needs_stop(&plan) && asked.layout.goals.len() > 1 {
        asked.layout.goals.truncate(1);
        let mut other = crate::plan::plan(&asked.supposing(&[])?, Wanted::default(), options)?;
        if is_found(&other) && other.goals.first().map(|it| it.value) <= plan.goals.first().map(|it| it.value) {
            order(&then, &mut other, options)?;
            if !needs_stop(&other) {
                plan = other;
            }
        }
    }
    // Who is drained is gone in the end, with its agents.
    then.take_agents_off(|host| drained.contains(&host));
    let comparison = found.then(|| {
        let nothing = Placement::empty(layout.demand.containers.len());
        let a = Side { name: "now", layout, placement: layout.placement.as_ref().unwrap_or(&nothing) };
        compare(&a, &Side { name: "then", layout: &then, placement: &plan.placement }, [None, None])
    });
    let idle = if stops.is_empty() { Vec::new() } else { idle(&then, &plan.placement) };
    Ok(WhatIf { totals: planned.layout.totals(), layout: then, plan, stops, idle, unprotected, comparison })
}

/// What is supposed, so that of a host that is drained nothing may stay: it is to become empty.
fn emptying(suppose: &Suppose, layout: &Layout) -> Option<Vec<Change>> {
    let emptied = |change: Change| if let Change::Drained(host) = change { Change::Vacated(host) } else { change };
    Some(suppose(layout)?.into_iter().map(emptied).collect())
}

/// The same, and that no loss need be survived.
fn setting_aside(suppose: &Suppose, layout: &Layout) -> Option<Vec<Change>> {
    Some([emptying(suppose, layout)?, vec![Change::SurviveDropped]].concat())
}

/// What is supposed, as it is asked about.
struct Posed<'a> {
    /// The layout under what is supposed.
    then: Layout,
    /// What is asked, which supposes that of its layout.
    asked: Question<'a>,
    /// The same with all that is supposed made.
    planned: Question<'a>,
    plan: Plan,
    unprotected: Option<Unprotected>,
}

/// Plans what is asked about under all that `emptying` says, and where `survive` need not be kept and is not, under all
/// that `set_aside` says.
fn posed<'a>(
    question: &Question<'a>,
    suppose: &Suppose,
    emptying: &'a Suppose<'a>,
    set_aside: &'a Suppose<'a>,
    options: &Options,
) -> Result<Posed<'a>, WhatIfError> {
    let layout = &question.layout;
    let changes = suppose(layout).ok_or(ChangeError::Unknown)?;
    let mut then = question.supposing(&changes)?.layout;
    let mut asked = question.of(layout.clone()).supposed_by(emptying);
    asked.layout.goals = layout.moving_little();
    let mut planned = asked.supposing(&[])?;
    let happens = |change: &Change| matches!(change, Change::HostLost(_) | Change::Drained(_));
    let may_set_aside = then.survive.is_some() && changes.iter().any(happens);
    let asking = |options: &Options| plan(&planned, Wanted::default(), options);
    let mut plan = options.keeping(if may_set_aside { 2 } else { FOR_ORDER }, asking)?;
    let mut unprotected = None;
    if may_set_aside && !is_found(&plan) {
        let proven = plan.status == Status::Infeasible;
        unprotected = then.survive.take().map(|survive| Unprotected { proven, survive });
        asked = asked.supposed_by(set_aside);
        planned = asked.supposing(&[])?;
        plan = options.keeping(FOR_ORDER, |options| crate::plan::plan(&planned, Wanted::default(), options))?;
    }
    // Of what was lost as many replicas start again as find room: no fewer than must run.
    asked.may_be_down = changes.iter().any(|change| matches!(change, Change::HostLost(_)));
    if asked.may_be_down && !is_found(&plan) {
        plan = with_fewer(&planned.layout, plan, options)?;
        // That with fewer nothing survives was not shown.
        let found = is_found(&plan);
        unprotected.iter_mut().for_each(|it: &mut Unprotected| it.proven &= !found);
    }
    Ok(Posed { then, asked, planned, plan, unprotected })
}

/// Whether everything can run on after `changes`, asked anew of a layout that is planned first.
fn says_yes(question: &Question, suppose: &Suppose, changes: &[Change], options: &Options) -> bool {
    let emptying = |layout: &Layout| emptying(suppose, layout);
    let set_aside = |layout: &Layout| setting_aside(suppose, layout);
    let anew = |options: &Options| {
        let mut unplaced = question.clone();
        unplaced.layout.placement = None;
        let changed = unplaced.supposing(changes).ok()?;
        let first = plan(&changed, Wanted::default(), options).ok()?;
        let stands =
            if is_found(&first) { first.placement } else { Placement::empty(changed.layout.demand.containers.len()) };
        let changed = changed.standing(stands);
        posed(&changed, suppose, &emptying, &set_aside, options).ok()
    };
    options.keeping(2, anew).is_some_and(|posed| is_found(&posed.plan))
}

/// `plan`, or where it is none, one in which of replicas that run nowhere some are down, as few as are found.
fn with_fewer(layout: &Layout, mut plan: Plan, options: &Options) -> Result<Plan, Refuted> {
    let problem = Problem::from(layout);
    let fits = |down: &[ContainerIndex]| {
        let mut included = vec![true; layout.demand.containers.len()];
        down.iter().for_each(|&it| included[it] = false);
        let scope = Scope { included: Some(&included), ..Scope::ALL };
        packs(problem.clone(), scope, Effort::SOLID, options).status
    };
    let (ways, complete) = ways_down(&problem);
    let mut refuted = complete;
    let tried = ways.len();
    for mut down in ways {
        match fits(&down) {
            Status::Infeasible => continue,
            Status::Unknown => {
                refuted = false;
                continue;
            }
            Status::Optimal | Status::Feasible => {}
        }
        // As many as find room besides start, too.
        for it in down.clone() {
            let fewer: Vec<ContainerIndex> = down.iter().copied().filter(|&other| other != it).collect();
            if fits(&fewer).fits() {
                down = fewer;
            }
        }
        return Ok(without(layout, &down, options)?.unwrap_or(plan));
    }
    match (plan.status, refuted) {
        (Status::Infeasible, false) => plan.status = Status::Unknown,
        (Status::Infeasible, true) if tried > 0 => {
            plan.proof.sentence += " So it is with as few replicas as must run (`keep`).";
        }
        _ => {}
    }
    Ok(plan)
}

/// Looks for an order of the moves to `plan`.
fn order(then: &Layout, plan: &mut Plan, options: &Options) -> Result<(), Refuted> {
    plan.changes = changes_to(then, &plan.placement, true, options)?;
    plan.steps = plan.changes.as_ref().and_then(|changes| changes.way.clone());
    Ok(())
}

/// Whether no order of valid steps to it was found.
fn needs_stop(plan: &Plan) -> bool {
    let steps = plan.steps.as_ref();
    steps.is_some_and(|steps| !matches!(steps.verdict, OrderVerdict::Fewest | OrderVerdict::Found))
}

fn is_found(plan: &Plan) -> bool {
    plan.status.fits()
}

fn startup_name(layout: &Layout, container: ContainerIndex) -> &str {
    &layout.demand.startups[layout.demand.startup_of(container)].name
}

/// Which containers of `then` run now.
fn running(now: &Layout, then: &Layout) -> Vec<bool> {
    let placed = now.placement.iter().flat_map(Placement::placed);
    let ids: BTreeSet<String> = placed.map(|(container, _)| now.container_id(container)).collect();
    then.demand.indices().map(|container| ids.contains(&then.container_id(container))).collect()
}

/// A placement of what runs now, as much of it as is found. The more important startups come first; among equals what
/// stands where it may stay, and then smaller containers before larger ones: nothing stops for what matters no more than
/// it. `None` where nothing has lost its place. Losses are not looked at.
///
/// # Errors
/// [`Refuted`] where it does not pass the referee.
fn run_on(now: &Layout, then: &Layout, options: &Options) -> Result<Option<Placement>, Refuted> {
    let problem = Problem::from(then).without_survival();
    let may_stay = |host: HostIndex| then.lab.hosts[host].state != HostState::Planned;
    let stays =
        |it: ContainerIndex| then.placement.as_ref().and_then(|placement| placement.host_of[it]).is_some_and(may_stay);
    let runs = running(now, then);
    let mut all: Vec<ContainerIndex> = then.demand.indices().filter(|&it| runs[it]).collect();
    if all.iter().all(|&it| stays(it)) {
        return Ok(None);
    }
    let request = |it: ContainerIndex| -> Vec<u64> {
        (0..then.lab.resources.len()).map(|resource| then.request(it, resource)).collect()
    };
    let rank = |&it: &ContainerIndex| (Reverse(then.demand.startups[then.demand.startup_of(it)].priority), !stays(it));
    all.sort_by_key(|it| (rank(it), request(*it), *it));
    let mut included = vec![false; then.demand.containers.len()];
    let fits = |included: &[bool]| {
        let scope = Scope { included: Some(included), ..Scope::ALL };
        packs(problem.clone(), scope, Effort::QUICK, options).placement.is_some()
    };
    // Those of one rank together; halves that do not fit are split, until single containers are left.
    let mut open: Vec<Vec<ContainerIndex>> =
        all.chunk_by(|a, b| rank(a) == rank(b)).rev().map(<[ContainerIndex]>::to_vec).collect();
    while let Some(mut some) = open.pop() {
        if options.clock.is_over() {
            break;
        }
        some.iter().for_each(|&container| included[container] = true);
        if !fits(&included) {
            some.iter().for_each(|&container| included[container] = false);
            if some.len() > 1 {
                let rest = some.split_off(some.len().div_ceil(2));
                open.extend([rest, some]);
            }
        }
    }
    let scope = Scope { included: Some(&included), ..Scope::ALL };
    let Some(after) = solve(problem, &then.goals, scope, options).placement else { return Ok(None) };
    let judged = Layout { survive: None, ..then.clone() };
    referee(&judged, &after, |container| !included[container])?;
    Ok(Some(after))
}
