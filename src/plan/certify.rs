//! What a plan claims, as a certificate that anyone can check.

use super::Plan;
use crate::certificate::{After, Certificate, GoalClaim, Proof, SCHEMA, Verdict, digest};
use crate::model::{Failover, GoalValue, HostIndex, Numbered, Placement};
use crate::question::Question;
use crate::solve::{Refutation, Solution, Status};

/// The certificate of the plan that `answer` became; `None` where nothing is claimed.
pub(super) fn certificate(question: &Question, answer: &Solution, plan: &Plan) -> Option<Certificate> {
    let verdict = match answer.status {
        // Certificates do not prove what losses cost: then the bounds are those of placements that need not survive.
        Status::Optimal if question.layout.survive.is_some() && !is_claimed(answer) => Verdict::Feasible,
        Status::Optimal => Verdict::Optimal,
        Status::Feasible => Verdict::Feasible,
        Status::Infeasible => {
            let proof = match answer.refutation.as_ref()? {
                Refutation::Contradiction(_) => Proof::Rules,
                Refutation::Volume { .. } => Proof::Volume,
                Refutation::By(claim) => claim.proof.clone(),
                // Certificates do not speak of losses.
                Refutation::Loss { .. } | Refutation::Survival => return None,
            };
            return Some(refuted(question, proof));
        }
        Status::Unknown => return None,
    };
    let claims = answer.claims.iter().cloned().chain(std::iter::repeat(None));
    let goals = plan.goals.iter().zip(claims);
    Some(Certificate {
        verdict,
        placement: plan.placement.host_of.iter().copied().collect::<Option<Vec<HostIndex>>>(),
        failovers: answer.failovers.iter().map(|failover| elsewhere(&plan.placement, failover)).collect(),
        goals: goals.map(|(of, claim)| GoalClaim { goal: of.goal, value: of.value.into(), claim }).collect(),
        ..blank(question)
    })
}

/// Whether the claims leave no goal a better value.
fn is_claimed(answer: &Solution) -> bool {
    let nothing = |value: GoalValue| value.as_f64() == 0.0;
    answer.goals.iter().zip(&answer.claims).all(|(of, claim)| claim.is_some() || nothing(of.value))
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
