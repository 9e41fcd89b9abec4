//! What a plan claims, as a certificate that anyone can check.

use super::Plan;
use crate::certificate::{After, Certificate, Claim, GoalClaim, Method, Proof, SCHEMA, Verdict, digest};
use crate::model::{Failover, Goal, GoalValue, HostIndex, Numbered, Placement};
use crate::question::Question;
use crate::solve::{Contradiction, GoalResult, Refutation, Solution, Status};

/// The certificate of the plan that `answer` became; `None` where nothing is claimed.
pub(super) fn certificate(question: &Question, answer: &Solution, plan: &Plan) -> Option<Certificate> {
    // Certificates do not speak of carriers.
    if question.layout.demand.has_carriers() {
        return None;
    }
    let is_written = |claim: &Claim| claim.proof.is_written();
    let claims: Vec<Option<Claim>> = answer.claims.iter().cloned().map(|claim| claim.filter(is_written)).collect();
    let verdict = match answer.status {
        Status::Optimal if answer.goals.iter().zip(&claims).all(|(goal, claim)| is_shown(goal, claim.as_ref())) => {
            Verdict::Optimal
        }
        // What losses cost, and what a search shows of the goals after balance, no claim says.
        Status::Optimal => Verdict::Feasible,
        Status::Feasible => Verdict::Feasible,
        Status::Infeasible => {
            let proof = match answer.refutation.as_ref()? {
                // Certificates speak neither of caps nor of pools nor of losses.
                Refutation::Contradiction(Contradiction::TooCrowded { .. } | Contradiction::PoolTooSmall { .. }) => {
                    return None;
                }
                Refutation::Contradiction(_) => Proof::Rules,
                Refutation::Volume { .. } => Proof::Volume,
                Refutation::By(claim) if !is_written(claim) => return None,
                Refutation::By(claim) => claim.proof.clone(),
                Refutation::Loss { .. } | Refutation::Survival | Refutation::Carried(_) | Refutation::Arranged => {
                    return None;
                }
            };
            return Some(refuted(question, proof));
        }
        Status::Unknown => return None,
    };
    let claims = claims.into_iter().chain(std::iter::repeat(None));
    let goals = plan.goals.iter().zip(claims);
    Some(Certificate {
        verdict,
        placement: plan.placement.host_of.iter().copied().collect::<Option<Vec<HostIndex>>>(),
        failovers: answer.failovers.iter().map(|failover| elsewhere(&plan.placement, failover)).collect(),
        goals: goals.map(|(of, claim)| GoalClaim { goal: of.goal, value: of.value.into(), claim }).collect(),
        ..blank(question)
    })
}

/// Whether the claim, or that less than nothing cannot be, shows that the value is the best.
fn is_shown(of: &GoalResult, claim: Option<&Claim>) -> bool {
    let limits = claim.map(|claim| claim.limits).unwrap_or_default();
    let next = |limit: Option<u64>| limit.map_or(0, |limit| limit + 1);
    match (of.goal, of.value) {
        (Goal::FewestHosts, GoalValue::Count(value)) => value <= next(limits.hosts),
        (Goal::FewestMoves, GoalValue::Count(value)) => value <= next(limits.moves),
        // No claim speaks of targets, wishes or what is carried over; less than nothing cannot be.
        (Goal::WithinTarget, value) => value == GoalValue::Above(0),
        (Goal::Wishes, value) => value == GoalValue::Count(0),
        (Goal::LeastCarried(_), value) => value == GoalValue::Bytes(0),
        (Goal::Cheapest, GoalValue::Millionths(value)) => value <= next(limits.price),
        (Goal::LeastPower, GoalValue::Millionths(value)) => value <= next(limits.watts),
        // Without a claim only that nothing is less full than empty.
        (_, value) => match claim {
            Some(claim) => of.by != Method::Search || claim.proof.method() == Method::Search,
            None => of.by != Method::Search && value.as_f64() <= 0.001,
        },
    }
}

/// What is elsewhere after a loss.
fn elsewhere(placement: &Placement, failover: &Failover) -> After {
    let pairs = placement.host_of.iter().zip(&failover.placement.host_of).numbered();
    pairs.filter(|(_, (before, after))| before != after).map(|(container, (_, after))| (container, *after)).collect()
}

/// The certificate that nothing fits.
pub(super) fn refuted(question: &Question, proof: Proof) -> Certificate {
    Certificate { proof: Some(proof), ..blank(question) }
}

fn blank(question: &Question) -> Certificate {
    Certificate {
        schema: SCHEMA.to_owned(),
        document: digest(&question.layout),
        keep: question.keep,
        verdict: Verdict::Infeasible,
        placement: None,
        failovers: Vec::new(),
        goals: Vec::new(),
        proof: None,
    }
}
