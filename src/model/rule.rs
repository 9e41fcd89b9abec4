//! Rules: which containers may not, or must, share a host.

use std::sync::Arc;

use super::{ContainerIndex, Host, HostIndex, HostState, Layout, Reach, Spot};
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

impl Rule {
    /// Whether a `spread` of its containers counts a host: it takes new containers, and `on:` names it, if it names any.
    pub fn counts<'a>(&self, layout: &'a Layout) -> impl Fn(HostIndex) -> bool + use<'a> {
        let on = self.containers.first().and_then(|&first| layout.demand.service_of(first).on.as_ref());
        move |host| layout.lab.hosts[host].state == HostState::Up && on.is_none_or(|allowed| allowed.contains(&host))
    }
}

/// What a rule asks of its containers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleKind {
    /// No two on one host.
    ApartByHost,
    /// No two on hosts with the same value of this label; hosts without the label count as one more value.
    ApartByLabel(String),
    /// No two in one carrier; of those that lie in none, no two directly on one host.
    ApartByCarrier,
    /// All in one carrier, where all of them lie in carriers; else all on one host.
    Together,
    /// No more than so many in one domain.
    AtMost {
        /// How many.
        count: u64,
        /// In each of which.
        per: Topology,
    },
    /// In how many a domain holds, any two of them differ by no more than the skew: of the domains of hosts that are there,
    /// are not being drained and are named by `on:`, if that names any.
    Spread {
        /// Over what.
        over: Topology,
        /// By how many they may differ.
        skew: u64,
    },
}

/// What divides hosts into domains.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topology {
    /// Each is one of its own.
    Host,
    /// Those with the same value of this label are one, and so are those without the label.
    Label(String),
    /// Each carrier is one of its own, and for what lies in none each host.
    Carrier,
    /// All are one.
    Lab,
}

/// A topology domain: what a rule counts containers by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain<'a> {
    /// A host.
    Host(HostIndex),
    /// The hosts with this value of a label, or those without the label.
    Label(Option<&'a String>),
    /// A carrier, or directly a host.
    Spot(Spot),
    /// All hosts.
    Lab,
}

impl Topology {
    /// The domain of what lies directly on `host`, whose number is `index`; of what lies in a carrier there, unless carriers are
    /// told apart.
    pub fn domain<'a>(&self, index: HostIndex, host: &'a Host) -> Domain<'a> {
        match self {
            Topology::Carrier => Domain::Spot(Spot::Host(index)),
            Topology::Host => Domain::Host(index),
            Topology::Label(label) => Domain::Label(host.labels.get(label)),
            Topology::Lab => Domain::Lab,
        }
    }

    /// The domain of what is at `spot`, which is on `host`, whose number is `index`.
    pub fn domain_at<'a>(&self, spot: Spot, index: HostIndex, host: &'a Host) -> Domain<'a> {
        if *self == Topology::Carrier { Domain::Spot(spot) } else { self.domain(index, host) }
    }

    /// As documents name it.
    pub fn name(&self) -> &str {
        match self {
            Topology::Host => "host",
            Topology::Label(label) => label,
            Topology::Carrier => "carrier",
            Topology::Lab => "lab",
        }
    }
}

impl RuleKind {
    /// The domain of `host`, whose number is `index`; `None` where the rule keeps together.
    pub fn domain<'a>(&self, index: HostIndex, host: &'a Host) -> Option<Domain<'a>> {
        match self {
            RuleKind::ApartByHost => Some(Domain::Host(index)),
            RuleKind::ApartByCarrier => Some(Domain::Spot(Spot::Host(index))),
            RuleKind::ApartByLabel(label) => Some(Domain::Label(host.labels.get(label))),
            RuleKind::Together => None,
            RuleKind::AtMost { per: topology, .. } | RuleKind::Spread { over: topology, .. } => {
                Some(topology.domain(index, host))
            }
        }
    }

    /// The domain of what is at `spot`, which is on `host`, whose number is `index`; `None` where the rule keeps together.
    pub fn domain_at<'a>(&self, spot: Spot, index: HostIndex, host: &'a Host) -> Option<Domain<'a>> {
        match self {
            RuleKind::ApartByCarrier => Some(Domain::Spot(spot)),
            RuleKind::AtMost { per: topology, .. } | RuleKind::Spread { over: topology, .. } => {
                Some(topology.domain_at(spot, index, host))
            }
            _ => self.domain(index, host),
        }
    }

    /// What it asks, in a few words: `apart by zone`, `at most 3 per host`.
    pub fn words(&self) -> String {
        match self {
            RuleKind::ApartByHost => "apart".to_owned(),
            RuleKind::ApartByLabel(label) => format!("apart by {label}"),
            RuleKind::ApartByCarrier => "apart by carrier".to_owned(),
            RuleKind::Together => "together".to_owned(),
            RuleKind::AtMost { count, per } => format!("at most {count} per {}", per.name()),
            RuleKind::Spread { over, skew: 1 } => format!("spread over {}", over.name()),
            RuleKind::Spread { over, skew } => format!("spread over {} give or take {skew}", over.name()),
        }
    }
}
