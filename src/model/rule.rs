//! Rules: which containers may not, or must, share a host.

use std::sync::Arc;

use super::{ContainerIndex, Reach};
use crate::diagnostic::Place;

/// A rule over a set of containers. Rules speak of the containers that are placed; one left out breaks none.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What it asks.
    pub kind: RuleKind,
    /// Whom it binds: ascending, each once, two or more.
    pub containers: Vec<ContainerIndex>,
    /// Where it stands under `rules:`, what it says of startups whatever they are called; `None` for the `apart:` of
    /// the replicas of a service.
    pub reach: Option<Arc<[Reach]>>,
    /// Where the document says so: the rule, or the `apart:` of the replicas.
    pub at: Place,
}

/// What a rule asks of its containers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleKind {
    /// No two on one host.
    ApartByHost,
    /// No two on hosts with the same value of this label; hosts without the label count as one more value.
    ApartByLabel(String),
    /// All on one host.
    Together,
}
