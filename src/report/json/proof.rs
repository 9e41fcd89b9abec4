//! `bayplan/proof/1`: what became of the claims of a certificate.

use serde::Serialize;

use super::{Timing, write};
use crate::check::proof::{Judgement, Outcome};
use crate::model::Goal;

#[derive(Serialize)]
struct ProofJson {
    schema: &'static str,
    /// `null` where the work that a verification may do ended before all was decided.
    verified: Option<bool>,
    /// Whether the claims are of the placements alone where what runs stays.
    keep: bool,
    claims: Vec<Claim>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timing: Option<Timing>,
}

#[derive(Serialize)]
struct Claim {
    claim: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<&'static str>,
    outcome: &'static str,
    message: String,
    /// The kind of its proof, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    /// Why it does not hold, and where in the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// The whole answer.
pub fn proof(judgement: &Judgement, timing: Option<Timing>) -> String {
    let claims = judgement.findings.iter().map(|finding| Claim {
        claim: finding.subject.name(),
        goal: finding.subject.goal().map(Goal::name),
        outcome: finding.outcome_name(),
        message: finding.message(),
        by: finding.by.map(|method| method.name()),
        why: match &finding.outcome {
            Outcome::Fails(why) => Some(why.clone()),
            Outcome::Holds | Outcome::Undecided => None,
        },
    });
    write(&ProofJson {
        schema: "bayplan/proof/1",
        verified: judgement.holds(),
        keep: judgement.keep,
        claims: claims.collect(),
        timing,
    })
}
