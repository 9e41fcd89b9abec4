//! Wishes: rules and pins that are to be kept where that can be, each at a weight.

use std::sync::Arc;

use super::{ContainerIndex, Demand, Host, HostIndex, HostState, Layout, On, Reach, RuleKind, ServiceIndex};
use crate::diagnostic::Place;

/// The highest weight of one wish.
pub const HIGHEST_WEIGHT: u64 = 1_000_000;

/// A wish over a set of containers. Unmet it costs its weight for each container that would have to stand elsewhere for it to
/// be met. It binds nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// What is wished.
    pub asks: Asks,
    /// Of whom: ascending, each once. Of one container alone nothing but [`Asks::On`] can be unmet.
    pub containers: Vec<ContainerIndex>,
    /// What each container in its way costs, 1 to [`HIGHEST_WEIGHT`].
    pub weight: u64,
    /// Where it stands under `rules:`, what it says of startups whatever they are called; `None` for one of a service.
    pub reach: Option<Arc<[Reach]>>,
    /// Whether it is one of several that one entry under `rules:` says with `each: startup`, one for each startup; without
    /// containers it is what such an entry says of startups to come.
    pub each: bool,
    /// Where the document says so.
    pub at: Place,
}

/// What a wish asks of its containers.
#[derive(Clone, Debug, PartialEq)]
pub enum Asks {
    /// Each of them is on one of these hosts.
    On(Wanted),
    /// What a rule asks.
    Rule(RuleKind),
}

/// The hosts that a wish names.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The hosts, ascending.
    pub hosts: Arc<[HostIndex]>,
    /// What `on:` says.
    pub said: Arc<On>,
    /// The same in one line, see [`super::Service::on_written`].
    pub written: Arc<str>,
}

/// A wish as a container says it of itself and its replicas.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnWish {
    /// What is wished.
    pub asks: Asks,
    /// Its weight.
    pub weight: u64,
    /// Where the document says so.
    pub at: Place,
}

impl Asks {
    /// What is asked, in a few words: `on {shelf: a}`, `apart by zone`.
    pub fn words(&self) -> String {
        match self {
            Asks::On(wanted) => format!("on {}", wanted.written),
            Asks::Rule(kind) => kind.words(),
        }
    }
}

impl Wish {
    /// Whether a `spread` of its containers counts a host: as [`super::Rule::counts`].
    pub fn counts<'a>(&self, layout: &'a Layout) -> impl Fn(HostIndex, &Host) -> bool + use<'a> {
        let on = self.containers.first().and_then(|&first| layout.demand.service_of(first).on.as_ref());
        move |index, host| host.state == HostState::Up && on.is_none_or(|allowed| allowed.contains(&index))
    }

    /// How many containers can be in its way at the most.
    pub fn most(&self) -> u64 {
        match self.asks {
            Asks::On(_) => self.containers.len() as u64,
            Asks::Rule(_) => self.containers.len().saturating_sub(1) as u64,
        }
    }
}

impl Demand {
    /// What the services wish themselves, in their order.
    pub fn own_wishes(&self) -> impl Iterator<Item = Wish> + '_ {
        let of = move |service: ServiceIndex| {
            let its = &self.services[service];
            its.made.wishes.iter().map(|OwnWish { asks, weight, at }| Wish {
                asks: asks.clone(),
                containers: its.containers.clone().collect(),
                weight: *weight,
                reach: None,
                each: false,
                at: *at,
            })
        };
        (0..self.services.len()).flat_map(of).filter(|wish| wish.most() > 0)
    }
}

impl Layout {
    /// All wishes that can be unmet: those of the services, then those under `rules:`.
    pub fn all_wishes(&self) -> Vec<Wish> {
        let written = self.wishes.iter().filter(|wish| wish.most() > 0).cloned();
        self.demand.own_wishes().chain(written).collect()
    }

    /// Whether the document wishes anything, of startups to come included.
    pub fn has_wishes(&self) -> bool {
        let of_stacks = self.stacks.iter().flat_map(|stack| &stack.services);
        !self.wishes.is_empty() || self.demand.services.iter().chain(of_stacks).any(|it| !it.made.wishes.is_empty())
    }
}
