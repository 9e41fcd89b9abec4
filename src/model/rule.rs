//! Rules: which containers may not, or must, share a host.

use std::sync::Arc;

use super::{ContainerIndex, Host, HostIndex, Reach};
use crate::diagnostic::Place;

/// A rule over a set of containers. Rules speak of the containers that are placed; one left out breaks none.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What it asks.
    pub kind: RuleKind,
    /// Whom it binds: ascending, each once, two or more.
    pub containers: Vec<ContainerIndex>,
    /// Where it stands under `rules:`, what it says of startups whatever they are called; `None` for the `apart:` of
    /// the replicas of a service and the `together:` of a startup.
    pub reach: Option<Arc<[Reach]>>,
    /// Whether it is one of several that one entry under `rules:` says with `each: startup`, one for each startup. Among
    /// [`super::Layout::dormant`]: what such an entry says of startups to come.
    pub each: bool,
    /// Where the document says so: the rule, the `apart:` of the replicas, or the `together:` of the startup.
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

/// A topology domain: what an `apart` rule lets no two containers share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain<'a> {
    /// A host.
    Host(HostIndex),
    /// The hosts with this value of a label, or those without the label.
    Label(Option<&'a String>),
}

impl RuleKind {
    /// The domain of `host`, whose number is `index`; `None` where the rule keeps together.
    pub fn domain<'a>(&self, index: HostIndex, host: &'a Host) -> Option<Domain<'a>> {
        match self {
            RuleKind::ApartByHost => Some(Domain::Host(index)),
            RuleKind::ApartByLabel(label) => Some(Domain::Label(host.labels.get(label))),
            RuleKind::Together => None,
        }
    }
}
