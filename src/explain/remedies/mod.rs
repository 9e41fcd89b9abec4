//! What would make it fit: changes to the document, cheapest first, each applied and solved again before it is given.

mod amounts;
mod carriers;
mod combined;
mod counts;
mod hosts;
mod moves;
mod probe;
mod promise;
mod relax;
mod startups;

use crate::model::{Change, Overlay, StartupIndex};
use crate::question::Question;
use crate::solve::{Options, Progress};

use probe::Prober;

/// A change that makes it fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What kind of change.
    pub kind: Kind,
    /// The change in words: `nuc: memory 40 GiB -> 41 GiB`.
    pub text: String,
    /// What a document would hold besides `extends:` of the document asked about.
    pub change: Overlay,
    /// The same as changes of the layout.
    pub changes: Vec<Change>,
    /// Whether no smaller change of this kind is proven to do: one MiB, 10m of CPU, one host less does not fit.
    pub least: bool,
}

/// Kinds of change, cheaper ones first: what costs nothing before what costs money before what is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Containers move.
    Moves,
    /// A kind of hosts keeps less of a resource for itself.
    Reserve,
    /// More of a resource is promised than there is.
    Overcommit,
    /// Carriers are larger, or more.
    Carrier,
    /// One host, or each of one kind, gets more of a resource.
    Capacity,
    /// A container asks for less.
    Request,
    /// A rule, a pin or a drain is given up.
    Rule,
    /// Hosts are added.
    Hosts,
    /// Startups are left out.
    Startup,
}

impl Kind {
    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Moves => "moves",
            Kind::Reserve => "reserve",
            Kind::Overcommit => "overcommit",
            Kind::Carrier => "carrier",
            Kind::Capacity => "capacity",
            Kind::Request => "request",
            Kind::Rule => "rule",
            Kind::Hosts => "hosts",
            Kind::Startup => "startup",
        }
    }
}

/// Remedies are looked for in documents of at most so many containers: each is tried by planning anew.
const MOST_CONTAINERS: usize = 20_000;

/// Where fewer single changes do, several are tried at once.
const FEW: usize = 2;

/// What would make it fit where `refused` find no place, cheapest first. Only what was shown to do is there, and what
/// `confirm` says does.
pub fn remedies(
    question: &Question,
    refused: &[StartupIndex],
    confirm: &dyn Fn(&[Change]) -> bool,
    options: &Options,
) -> Vec<Remedy> {
    if question.layout.demand.containers.len() > MOST_CONTAINERS {
        return Vec::new();
    }
    (options.progress)(Progress::Stage("looking for what would help"));
    let prober = Prober::new(question, refused, confirm, options);
    let mut remedies: Vec<Remedy> = moves::moves(&prober).into_iter().collect();
    // Where the time is short, what helps most: a host more is seen to do at once, where the least of an amount is long
    // looked for.
    remedies.extend(hosts::hosts(&prober));
    remedies.extend(promise::promises(&prober));
    remedies.extend(carriers::larger(&prober));
    remedies.extend(carriers::more(&prober));
    let others = !remedies.is_empty();
    remedies.extend(amounts::capacity(&prober, others));
    remedies.extend(amounts::pools_keep_less(&prober));
    remedies.extend(amounts::pools(&prober));
    remedies.extend(startups::left_out(&prober));
    remedies.extend(relax::relax(&prober));
    remedies.extend(amounts::requests(&prober));
    remedies.extend(counts::at_most(&prober));
    remedies.extend(counts::keep(&prober));
    remedies.extend(counts::replicas(&prober));
    if remedies.iter().filter(|remedy| remedy.kind != Kind::Startup).count() < FEW {
        // What does by itself is not said again with something besides.
        let alone = |remedy: &Remedy, one: &Remedy| one.changes.iter().all(|it| remedy.changes.contains(it));
        prober.afresh();
        let more = combined::combined(&prober, &remedies).into_iter();
        let more: Vec<Remedy> = more.filter(|it| !remedies.iter().any(|one| alone(it, one))).collect();
        remedies.extend(more);
    }
    remedies.sort_by_key(|remedy| remedy.kind);
    remedies
}
