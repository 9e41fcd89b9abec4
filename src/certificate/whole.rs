//! A certificate as a whole: the document it is for, the placement, and what is claimed of each goal.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Claim, Proof};
use crate::model::{ContainerIndex, Goal, GoalValue, HostIndex, Ratio};

/// What [`Certificate::schema`] says.
pub const SCHEMA: &str = "bayplan/certificate/1";

/// All that is claimed of one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// [`SCHEMA`].
    pub schema: String,
    /// The [`digest`](super::digest()) of the document.
    pub document: String,
    /// Whether what runs stays where it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep: bool,
    /// What is claimed in all.
    pub verdict: Verdict,
    /// The host of each container, in the order of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Vec<HostIndex>>,
    /// One entry for each loss that the document is to survive, where there is a placement: first the losses of one host,
    /// then of two, and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failovers: Vec<After>,
    /// One entry for each goal of the document, where there is a placement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<GoalClaim>,
    /// Why nothing fits, where that is claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// What follows a loss: each container that is then elsewhere than in the placement, and its host; none for one that stops.
pub type After = Vec<(ContainerIndex, Option<HostIndex>)>;

/// What is claimed in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The placement is valid, and none is better in the order of the goals.
    Optimal,
    /// The placement is valid, and none is better than the bounds.
    Feasible,
    /// There is no placement.
    Infeasible,
}

/// What is claimed of one goal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoalClaim {
    /// Which goal.
    #[serde(with = "goal")]
    pub goal: Goal,
    /// Its value for the placement.
    pub value: Value,
    /// That no placement with the values of the goals before it is better than a bound. Left out where that is nothing
    /// to prove, or not proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
}

/// A value of a goal as it is written: a whole number, or for balance a fraction `[part, whole]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number of hosts or containers, or millionths of a price or of a watt.
    Whole(u64),
    /// A share.
    Share(u64, u64),
}

impl From<GoalValue> for Value {
    fn from(value: GoalValue) -> Value {
        match value {
            GoalValue::Count(value)
            | GoalValue::Millionths(value)
            | GoalValue::Above(value)
            | GoalValue::Bytes(value) => Value::Whole(value),
            GoalValue::Share(Ratio { part, whole }) => Value::Share(part, whole),
        }
    }
}

mod goal {
    //! A goal by its name.

    use super::{Deserialize, Deserializer, Goal, Serializer};

    pub fn serialize<S: Serializer>(goal: &Goal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(goal.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Goal, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = Goal::ALL.into_iter().find(|goal| goal.name() == name);
        known.ok_or_else(|| serde::de::Error::custom(format!("there is no goal `{name}`")))
    }
}
