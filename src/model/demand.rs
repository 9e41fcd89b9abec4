//! Demand: the startups, their services, and the containers to place.

use std::ops::Range;
use std::sync::Arc;

use super::phase;
use super::{
    Basis, Carries, ContainerIndex, Every, HostIndex, Inside, Made, PhaseIndex, PoolIndex, Positions, Rule, RuleKind,
    ServiceIndex, Span, StartupIndex,
};
use crate::diagnostic::Place;

/// Everything that wants a place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    /// The startups in the document's order, ranges spelled out.
    pub startups: Vec<Startup>,
    /// The services of all startups; those of one startup stand together.
    pub services: Vec<Service>,
    /// The containers of all services; those of one service stand together.
    pub containers: Vec<Container>,
    /// Whether the requests are what the document asks for, or what was observed.
    pub basis: Basis,
}

impl Demand {
    /// The positions of all containers.
    pub fn indices(&self) -> Positions<ContainerIndex> {
        ContainerIndex::all(self.containers.len())
    }

    /// The containers of a startup.
    pub fn containers_of(&self, startup: StartupIndex) -> Positions<ContainerIndex> {
        let services = &self.services[self.startups[startup].services.clone()];
        match (services.first(), services.last()) {
            (Some(first), Some(last)) => Positions { start: first.containers.start, end: last.containers.end },
            _ => ContainerIndex::all(0),
        }
    }

    /// What a startup and its containers say themselves of who may share a host: for each service whose replicas stay
    /// apart a rule, and one where all of its containers share one host.
    pub fn own_rules(&self, startup: StartupIndex) -> Vec<Rule> {
        let its = &self.startups[startup];
        let own = |kind: &RuleKind, containers: Positions<ContainerIndex>, at: Place| Rule {
            kind: kind.clone(),
            containers: containers.collect(),
            reach: None,
            each: false,
            at,
        };
        let replicas = self.services[its.services.clone()].iter().flat_map(|service| {
            let said = service.made.apart.iter().chain(&service.made.spread);
            said.map(|(kind, at)| own(kind, service.containers.clone(), *at))
        });
        let whole = its.together.map(|at| own(&RuleKind::Together, self.containers_of(startup), at));
        replicas.chain(whole).filter(|rule| rule.containers.len() > 1).collect()
    }

    /// Whether a container is there in `phase`.
    pub fn is_there(&self, container: ContainerIndex, phase: PhaseIndex) -> bool {
        let service = self.service_of(container);
        service.span.has(phase) && container.0 - service.containers.start.0 < service.count_in(phase)
    }

    /// On what the requests of all containers rest.
    pub fn grounds(&self) -> Grounds {
        let mut grounds = Grounds::default();
        for service in &self.services {
            let count = service.instances();
            grounds.containers += count;
            let any = |is: fn(&Origin) -> bool| service.request.iter().any(|amount| is(&amount.origin));
            match (any(Origin::is_default), any(Origin::is_borrowed)) {
                (true, _) => grounds.defaults += count,
                (false, true) => grounds.catalogue += count,
                (false, false) => {}
            }
        }
        grounds
    }

    /// The startup of a container.
    pub fn startup_of(&self, container: ContainerIndex) -> StartupIndex {
        self.services[self.containers[container].service].startup
    }

    /// The service of a container.
    pub fn service_of(&self, container: ContainerIndex) -> &Service {
        &self.services[self.containers[container].service]
    }
}

/// A group of services that is placed whole or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Startup {
    /// The name, ranges spelled out.
    pub name: String,
    /// Free text for pictures and reports.
    pub title: Option<String>,
    /// The stack it is made from, where it has one.
    pub stack: Option<String>,
    /// What `--partial` maximises the sum of; 1 unless given.
    pub priority: u64,
    /// Its services in [`Demand::services`].
    pub services: Range<ServiceIndex>,
    /// The phases in which it is there.
    pub span: Span,
    /// Where it, or its stack, says `together: host`: all of its containers share one host. `None` where they need not.
    pub together: Option<Place>,
    /// Whether it says itself whether they do: in this it does not follow its stack.
    pub own_together: bool,
    /// Where the document says so.
    pub at: Place,
}

/// A container as the document writes it, before its replicas are counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// The startup it belongs to.
    pub startup: StartupIndex,
    /// The name within the startup.
    pub name: String,
    /// Free text for pictures and reports.
    pub title: Option<String>,
    /// What each container asks for and what gates: one entry for each of `Lab::resources`.
    pub request: Vec<Amount>,
    /// A ceiling, reported as oversubscription and never gating: one entry for each resource.
    pub limit: Vec<Option<u64>>,
    /// What was measured, never gating.
    pub observed: Option<Observed>,
    /// The pool that it draws on.
    pub pool: Option<PoolIndex>,
    /// The hosts it may run on, ascending; `None` for any. They reach its pool. Shared, because thousands of services may say
    /// the same.
    pub on: Option<Arc<[HostIndex]>>,
    /// What `on:` says, in one line, so that two documents can be compared whatever hosts they have: `nuc`, `[nuc, pi]`,
    /// `{arch: amd64, shelf: a}`. Entries are sorted, a list of one is written as its entry. `None` where it is not
    /// given.
    pub on_written: Option<Arc<str>>,
    /// Where the document says `on:`; meaningful where `on:` is given.
    pub on_at: Place,
    /// The carriers that its containers lie in; `None` where they are directly on hosts.
    pub inside: Option<Inside>,
    /// What its containers offer to others that lie in them; `None` where they carry none.
    pub carries: Option<Arc<Carries>>,
    /// The hosts of which each has one, where it is an agent: then it has no containers that are placed.
    pub every: Option<Every>,
    /// What must run for it to run.
    pub needs: Vec<ServiceIndex>,
    /// Whether `replicas:` was given: then ids end in `.1` to `.N`.
    pub counted: bool,
    /// Its containers in [`Demand::containers`]: one, or as many as it has replicas; of an agent none.
    pub containers: Positions<ContainerIndex>,
    /// How many of them must run at the least (`keep:`): 1 to as many as there are. `None` where all must.
    pub keep: Option<usize>,
    /// The phases in which it is there: none in which its startup is not.
    pub span: Span,
    /// From which phases on it asks for something else or has other limits, ascending. Of all phases together
    /// [`Service::request`] and [`Service::limit`] are those of the first; of one phase this is empty.
    pub later: Vec<(PhaseIndex, Then)>,
    /// Where it has more replicas in some phases than in others: from which phase on how many, ascending. Of all phases
    /// together [`Service::containers`] are as many as there are in any; of one phase this is empty.
    pub counts: Vec<(PhaseIndex, usize)>,
    /// What else the document says of it.
    pub made: Made,
    /// Where the document says so.
    pub at: Place,
}

/// What a service asks for from a phase on.
#[derive(Clone, Debug, PartialEq)]
pub struct Then {
    /// As [`Service::request`].
    pub request: Vec<Amount>,
    /// As [`Service::limit`].
    pub limit: Vec<Option<u64>>,
}

impl Service {
    /// What it asks for becomes that of `phase`.
    pub(super) fn become_of(&mut self, phase: PhaseIndex) {
        if let Some(then) = phase::taken(&mut self.later, phase) {
            (self.request, self.limit) = (then.request, then.limit);
        }
    }

    /// How many containers it has in `phase`, as far as it is there.
    pub fn count_in(&self, phase: PhaseIndex) -> usize {
        let count = self.counts.iter().rfind(|(from, _)| *from <= phase).map(|(_, count)| *count);
        count.unwrap_or(self.containers.len())
    }

    /// Of so many of its containers that run, how many may be down at once: none unless it says `keep`.
    pub fn spare(&self, running: usize) -> usize {
        self.keep.map_or(0, |keep| running.saturating_sub(keep))
    }

    /// How many of its containers must run for it to run.
    pub fn least(&self) -> usize {
        self.keep.unwrap_or(1)
    }
}

/// An amount and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// In base units: millicores, bytes, or units of a named resource.
    pub value: u64,
    /// Who says so.
    pub origin: Origin,
}

/// Who says that an amount is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Not mentioned: nothing is asked.
    Unset,
    /// Not asked but counted: each container is one of them, or it follows from what is said of another resource.
    Itself,
    /// Written at the container.
    Given,
    /// Taken from the named size under `sizes:`.
    Size(String),
    /// As much as it holds, which is more than this where it holds anything.
    Content,
    /// Taken from the built-in catalogue.
    Catalogue {
        /// The entry.
        name: String,
        /// The entry's basis and source.
        source: String,
    },
}

impl Origin {
    /// Whether it is a figure of others for a service like this one, or a default: only a measurement confirms it.
    pub fn is_borrowed(&self) -> bool {
        let copied = || matches!(self, Origin::Size(name) if without_number(name).ends_with("-catalogue"));
        matches!(self, Origin::Catalogue { .. }) || self.is_default() || copied()
    }

    /// Whether it is a default where nobody knows more. Import writes such as a size of this name, alone or behind that of an
    /// entry of the catalogue which knows the rest; a copy of an entry ends in `-catalogue`. Where another size has the name
    /// already, a number stands behind it.
    pub fn is_default(&self) -> bool {
        let Origin::Size(name) = self else { return false };
        let name = without_number(name);
        name == UNMEASURED || name.strip_suffix(UNMEASURED).is_some_and(|it| it.ends_with('-'))
    }
}

/// `unmeasured` of `unmeasured-2`.
fn without_number(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((before, number)) if !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit()) => before,
        _ => name,
    }
}

/// The size of what nobody has measured.
pub const UNMEASURED: &str = "unmeasured";

/// On what the requests of all containers rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grounds {
    /// How many containers there are, agents on each of their hosts.
    pub containers: usize,
    /// Those of which any amount is a figure of the built-in catalogue, and none a default.
    pub catalogue: usize,
    /// Those of which any amount is a default: size `unmeasured`.
    pub defaults: usize,
}

/// A measurement of what a container really uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// One entry for each of `Lab::resources`.
    pub amounts: Vec<Option<u64>>,
    /// How it was measured.
    pub source: Option<String>,
    /// When, as the document writes it (`YYYY-MM-DD`).
    pub date: Option<String>,
}

/// One thing to place: a service, or one replica of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its service.
    pub service: ServiceIndex,
    /// Its number from 1, where the service counts replicas.
    pub replica: Option<u32>,
}
