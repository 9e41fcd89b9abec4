//! `bayplan/plan/1`.

use serde::Serialize;

use super::parts::{self, Changes, Costs, Gate, Goal, Grounds, Host, Pool, Proven, Refused, Step, Targets, Wishes};
use super::survival::{self, Fewer, Survival, survival};
use super::{Timing, why, write};
use crate::model::Layout;
use crate::plan::{Plan, PriorityResult, Room};

/// `plan`.
#[derive(Serialize)]
pub(super) struct PlanJson {
    schema: &'static str,
    status: &'static str,
    goals: Vec<Goal>,
    hosts: Vec<Host>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pools: Vec<Pool>,
    /// Where any host has a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Targets>,
    /// Where anything is wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    wishes: Option<Wishes>,
    unplaced: Vec<String>,
    /// With `--partial`: what is placed with fewer replicas than it has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fewer: Vec<Fewer>,
    refusals: Vec<Refused>,
    /// What it would change of what runs now; absent where nothing runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Changes>,
    /// What the best plan would change, where all is left as it is because it gains less than is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    declined: Option<Changes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moves: Option<Vec<Step>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moves_proof: Option<Proven>,
    /// The steps on which some containers stop for a while, where no others lead there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pause: Option<Vec<Step>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    survival: Option<Survival>,
    #[serde(skip_serializing_if = "Option::is_none")]
    costs: Option<Costs>,
    /// How many containers may move, where that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_moves: Option<u64>,
    #[serde(flatten)]
    gate: Gate,
    /// Where any amount is not the document's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    rests_on: Option<Grounds>,
    why: Option<why::Blamed>,
    remedies: Vec<why::Change>,
    proof: Proven,
    class_lp: Option<f64>,
    priority: Option<Priority>,
    room: Option<RoomLeft>,
    /// Of each stack in use, and of each startup of none.
    rooms: Vec<RoomLeft>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing: Option<Timing>,
}

#[derive(Serialize)]
struct Priority {
    placed: u64,
    bound: u64,
    total: u64,
}

#[derive(Serialize)]
struct RoomLeft {
    of: String,
    count: u64,
    proven: bool,
}

/// The whole answer.
pub fn plan(layout: &Layout, plan: &Plan, timing: Option<Timing>) -> String {
    write(&answer(layout, plan, timing))
}

/// The answer, for others to hold.
pub(super) fn answer(layout: &Layout, plan: &Plan, timing: Option<Timing>) -> PlanJson {
    PlanJson {
        schema: "bayplan/plan/1",
        status: plan.status.name(),
        goals: plan.goals.iter().map(Goal::from).collect(),
        hosts: parts::hosts(layout, &plan.hosts),
        pools: parts::pools(layout, &plan.hosts),
        target: parts::targets(layout, &plan.placement),
        wishes: parts::wishes(layout, &plan.placement),
        unplaced: parts::ids(layout, &plan.unplaced),
        fewer: survival::fewer(layout, &plan.fewer),
        refusals: parts::refusals(layout, &plan.refusals),
        changes: plan.changes.as_ref().map(|found| parts::changes(layout, found)),
        declined: plan.declined.as_ref().map(|found| parts::changes(layout, found)),
        moves: plan.steps.as_ref().map(|steps| parts::steps(layout, steps)),
        moves_proof: plan.steps.as_ref().map(parts::order_proof),
        pause: plan.steps.as_ref().and_then(|steps| Some(parts::pause(layout, steps.pause.as_ref()?))),
        survival: survival(layout, &plan.placement, plan.survival.as_ref()),
        costs: plan.costs.as_ref().map(|costs| parts::costs(layout, costs)),
        max_moves: layout.most_moves,
        gate: parts::gate(layout),
        rests_on: parts::grounds(layout),
        why: plan.why.as_ref().map(|found| why::blamed(layout, found)),
        remedies: why::remedies(&plan.remedies),
        proof: Proven::from(&plan.proof),
        class_lp: plan.class_lp,
        priority: plan.priority.map(|PriorityResult { placed, bound, total }| Priority { placed, bound, total }),
        room: plan.room.as_ref().map(room),
        rooms: plan.rooms.iter().map(room).collect(),
        timing,
    }
}

fn room(Room { of, count, proven }: &Room) -> RoomLeft {
    RoomLeft { of: of.clone(), count: *count, proven: *proven }
}
