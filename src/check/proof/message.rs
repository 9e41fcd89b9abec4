//! The claims of a certificate in words.

use super::{Finding, Outcome, Subject};
use crate::certificate::Value;
use crate::model::{Goal, GoalValue};

impl Finding {
    /// What is claimed, as a clause for people: lower case, no full stop.
    pub fn message(&self) -> String {
        let mut said = match self.subject {
            Subject::Document => "the certificate is for this document".to_owned(),
            Subject::Placement if self.keep => {
                return "the placement places every container, breaks no rule and moves nothing that runs".to_owned();
            }
            Subject::Placement => "the placement places every container and breaks no rule".to_owned(),
            Subject::Survival => {
                "every loss that is to be survived leaves a place for all that must not stop".to_owned()
            }
            Subject::Value(goal @ Goal::LeastCarried(_), value) if value != Value::Whole(0) => {
                format!("{}: the placement has {}; its bound is not certified", goal.name(), shown(goal, value))
            }
            Subject::Value(goal, value) => format!("{}: the placement has {}", goal.name(), shown(goal, value)),
            Subject::Bound(goal, excluded) => bound(goal, excluded),
            Subject::Best => "no placement is better in the order of the goals".to_owned(),
            Subject::Nothing => "no placement of all containers keeps every budget and rule".to_owned(),
        };
        if self.keep {
            said += match self.subject {
                Subject::Document => ", with `--keep`",
                Subject::Bound(..) | Subject::Best | Subject::Nothing => " where what runs stays",
                Subject::Placement | Subject::Survival | Subject::Value(..) => "",
            };
        }
        said
    }

    /// What became of it: `holds`, `fails` or `undecided`.
    pub fn outcome_name(&self) -> &'static str {
        match self.outcome {
            Outcome::Holds => "holds",
            Outcome::Fails(_) => "fails",
            Outcome::Undecided => "undecided",
        }
    }
}

impl Subject {
    /// The name in answers.
    pub fn name(&self) -> &'static str {
        match self {
            Subject::Document => "document",
            Subject::Placement => "placement",
            Subject::Survival => "survival",
            Subject::Value(..) => "value",
            Subject::Bound(..) => "bound",
            Subject::Best => "best",
            Subject::Nothing => "nothing-fits",
        }
    }

    /// The goal that it is about.
    pub fn goal(&self) -> Option<Goal> {
        match *self {
            Subject::Value(goal, _) | Subject::Bound(goal, _) => Some(goal),
            Subject::Document | Subject::Placement | Subject::Survival | Subject::Best | Subject::Nothing => None,
        }
    }
}

fn bound(goal: Goal, excluded: GoalValue) -> String {
    let least = match excluded {
        GoalValue::Count(value) => GoalValue::Count(value.saturating_add(1)),
        GoalValue::Millionths(value) => GoalValue::Millionths(value.saturating_add(1)),
        GoalValue::Above(value) => GoalValue::Above(value.saturating_add(1)),
        GoalValue::Bytes(value) => GoalValue::Bytes(value.saturating_add(1)),
        share @ GoalValue::Share(_) => share,
    };
    match goal {
        Goal::FewestHosts => format!("{}: no placement needs fewer than {least}", goal.name()),
        Goal::Cheapest => format!("{}: no placement costs less than {least}", goal.name()),
        Goal::LeastPower => format!("{}: no placement draws less than {least} W", goal.name()),
        Goal::WithinTarget => format!("{}: no placement passes the targets by less than {least}", goal.name()),
        Goal::Wishes => format!("{}: no placement leaves less than {least} unmet", goal.name()),
        Goal::FewestMoves => format!("{}: no placement moves fewer than {least}", goal.name()),
        Goal::LeastCarried(_) => format!("{}: no placement carries over less than {least}", goal.name()),
        Goal::CarrierBalance => format!("{}: {least}", goal.name()),
        Goal::Balance => {
            // Rounded down, so that nothing is said that is not proven.
            let per_thousand = (excluded.as_f64() * 1000.0).floor();
            format!("{}: no placement keeps the fullest host at {:.1} % or below", goal.name(), per_thousand / 10.0)
        }
    }
}

fn shown(goal: Goal, value: Value) -> String {
    match (goal, value) {
        (Goal::Cheapest | Goal::LeastPower, Value::Whole(value)) => GoalValue::Millionths(value).to_string(),
        (Goal::WithinTarget, Value::Whole(value)) => GoalValue::Above(value).to_string(),
        (Goal::LeastCarried(_), Value::Whole(value)) => GoalValue::Bytes(value).to_string(),
        (_, Value::Whole(value)) => value.to_string(),
        (_, Value::Share(part, whole)) => format!("{:.1} % ({part} of {whole})", part as f64 / whole as f64 * 100.0),
    }
}
