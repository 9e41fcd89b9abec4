//! What an importer found, in the names of the format it comes from.

use std::collections::BTreeMap;

use crate::diagnostic::Place;
use crate::quantity::Resource;

/// All that was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What becomes a startup each.
    pub projects: Vec<Project>,
    /// The hosts, where the files have them.
    pub hosts: Vec<Machine>,
    /// Storage that hosts share.
    pub pools: Vec<Pool>,
    /// What was measured, in the order of the files.
    pub measured: Vec<Measured>,
    /// What binds containers to each other, of any projects.
    pub bonds: Vec<Bond>,
    /// What cannot be carried over.
    pub refused: Vec<Refused>,
    /// What is worth knowing.
    pub notes: Vec<Note>,
}

/// Containers that belong together.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// What it is called, where that is said.
    pub name: Option<(String, Place)>,
    /// Its containers, in the order of the file.
    pub containers: Vec<Container>,
    /// The containers that are switched off or refused, which nothing can need.
    pub off: Vec<String>,
    /// Whether it lies in a carrier as a whole, and was not asked for by itself.
    pub is_content: bool,
}

/// A container, so many alike.
#[derive(Clone, Debug)]
pub struct Container {
    /// As the file calls it.
    pub name: String,
    /// Where its name stands.
    pub at: Place,
    /// What it is called where it runs, if that is said: the name by which it is measured.
    pub running_as: Option<String>,
    /// The image that it runs.
    pub image: Option<String>,
    /// How many there are.
    pub count: Count,
    /// What it asks for.
    pub request: Figures,
    /// What it may take at the most.
    pub limit: Figures,
    /// What it needs to run.
    pub needs: Vec<Named>,
    /// On whose host it must be.
    pub beside: Vec<Named>,
    /// Where it may run.
    pub place: Where,
    /// The hosts on which it runs now, one for each replica that does.
    pub runs_on: Vec<(String, Place)>,
    /// The storage of several hosts that its disk is on, as the files call it.
    pub pool: Option<(String, Place)>,
    /// Whether others run inside it.
    pub carries: bool,
    /// The carrier that it lies in: as the files call it, of any project.
    pub inside: Option<(String, Place)>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

impl Container {
    /// One of which nothing is known but its name.
    pub fn new(name: impl Into<String>, at: Place) -> Container {
        Container {
            name: name.into(),
            at,
            running_as: None,
            image: None,
            count: Count::Replicas(1),
            request: Figures::new(),
            limit: Figures::new(),
            needs: Vec::new(),
            beside: Vec::new(),
            place: Where::default(),
            runs_on: Vec::new(),
            pool: None,
            carries: false,
            inside: None,
            labels: BTreeMap::new(),
        }
    }
}

/// A host.
#[derive(Clone, Debug)]
pub struct Machine {
    /// As the file calls it.
    pub name: String,
    /// Where its name stands.
    pub at: Place,
    /// What it has for containers, with what it keeps for itself taken off where the file says that.
    pub capacity: Figures,
    /// Its labels.
    pub labels: BTreeMap<String, (String, Place)>,
    /// Whether it is to take nothing more: drained, cordoned, in maintenance.
    pub drained: bool,
}

/// Storage that hosts share.
#[derive(Clone, Debug)]
pub struct Pool {
    /// As the file calls it.
    pub name: String,
    /// Where its name stands.
    pub at: Place,
    /// How much there is, in bytes.
    pub disk: Figure,
    /// The hosts that reach it, as the files call them.
    pub hosts: Vec<String>,
}

/// What a container, or a host, was seen to take.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// As the file calls it.
    pub name: String,
    /// Where it stands.
    pub at: Place,
    /// The host or guest that it was seen on, where that is said.
    pub on: Option<String>,
    /// What it took each time, in millicores, in the order of time.
    pub cpu: Vec<u64>,
    /// What it took each time, in bytes, in the order of time.
    pub memory: Vec<u64>,
    /// The memory that it may take at the most, where that is said.
    pub limit: Option<u64>,
}

/// The label that stands for each host by itself.
pub const EACH_HOST: &str = "hostname";

/// How many of a container there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Replicas(u64),
    /// One on every host.
    EveryHost,
}

/// Another container of the same project, and where it is named.
#[derive(Clone, Debug)]
pub struct Named {
    /// As the file calls it.
    pub name: String,
    /// Where.
    pub at: Place,
    /// Whether the container can do without where the other is not there.
    pub optional: bool,
}

/// Amounts by resource.
pub type Figures = BTreeMap<Resource, Figure>;

/// An amount of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// In base units.
    pub value: u64,
    /// Where it stands.
    pub at: Place,
}

/// On which hosts a container may run, and had better.
#[derive(Clone, Debug, Default)]
pub struct Where {
    /// The host by name.
    pub host: Option<(String, Place)>,
    /// Labels that it must have.
    pub labels: BTreeMap<String, (String, Place)>,
    /// Labels over whose values its replicas are spread as evenly as can be.
    pub spread: Vec<(String, Place)>,
    /// How many replicas a host may have at the most.
    pub at_most: Option<(u64, Place)>,
    /// The hosts by name that it may run on, where only some are.
    pub among: Option<(Vec<String>, Place)>,
    /// Labels, no two replicas on hosts of the same value; `hostname` is each host by itself.
    pub apart: Vec<(String, Place)>,
    /// Labels over whose values its replicas must be spread, give or take so many; `hostname` is each host by itself.
    pub even: Vec<(String, u64, Place)>,
    /// What it had better have beside these, with a weight.
    pub wishes: Vec<Wish>,
    /// What its host may not be.
    pub avoid: Vec<(Avoid, Place)>,
}

/// What a host may not be, for a container to run there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Avoid {
    /// The host of this name.
    Host(String),
    /// A host with this value of a label.
    Label(String, String),
}

/// What a container had better have of its hosts.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What.
    pub what: Wished,
    /// What it costs where it is not met.
    pub weight: u64,
    /// Where it stands.
    pub at: Place,
}

/// What is wished for one container and its replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wished {
    /// A host with these labels.
    Labels(BTreeMap<String, String>),
    /// One of these hosts.
    Hosts(Vec<String>),
    /// No two replicas on hosts of the same value of a label; `hostname` is each host by itself.
    Apart(String),
    /// The replicas spread over the values of a label, give or take so many; `hostname` is each host by itself.
    Even(String, u64),
}

/// What binds containers to each other.
#[derive(Clone, Debug)]
pub struct Bond {
    /// How.
    pub kind: Bound,
    /// Whom.
    pub of: Vec<Member>,
    /// What it costs where it is not met; `None` where it must be met.
    pub weight: Option<u64>,
    /// Where it stands.
    pub at: Place,
}

/// How containers are bound to each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// All on one host.
    Together,
    /// At most so many on hosts of the same value of a label; `hostname` is each host by itself.
    AtMost(u64, String),
}

/// A container that is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// The position of its project.
    pub project: usize,
    /// Its position there.
    pub container: usize,
    /// Which of its replicas, the first of which is 1; `None` for all.
    pub replica: Option<u64>,
}

/// What was not carried over: a container, or a part of what is said of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What, as the file calls it.
    pub what: String,
    /// Why not.
    pub reason: String,
    /// Where it stands.
    pub at: Place,
}

/// What is worth knowing, and refuses nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// In a sentence.
    pub message: String,
    /// Where.
    pub at: Place,
}

impl Found {
    /// Adds what is not carried over.
    pub fn refuse(&mut self, what: impl Into<String>, reason: impl Into<String>, at: Place) {
        self.refused.push(Refused { what: what.into(), reason: reason.into(), at });
    }

    /// Adds what is worth knowing.
    pub fn note(&mut self, message: impl Into<String>, at: Place) {
        self.notes.push(Note { message: message.into(), at });
    }

    /// Counts its files from `by` on: those of other files come before them.
    pub fn shift(&mut self, by: u32) {
        let moved = |at: &mut Place| {
            if at.line > 0 {
                at.file = at.file.saturating_add(by);
            }
        };
        for project in &mut self.projects {
            project.name.iter_mut().for_each(|(_, at)| moved(at));
            project.containers.iter_mut().flat_map(Container::places).for_each(moved);
        }
        for host in &mut self.hosts {
            moved(&mut host.at);
            host.capacity.values_mut().for_each(|figure| moved(&mut figure.at));
            host.labels.values_mut().for_each(|(_, at)| moved(at));
        }
        for pool in &mut self.pools {
            moved(&mut pool.at);
            moved(&mut pool.disk.at);
        }
        self.measured.iter_mut().for_each(|it| moved(&mut it.at));
        self.bonds.iter_mut().for_each(|it| moved(&mut it.at));
        self.refused.iter_mut().for_each(|it| moved(&mut it.at));
        self.notes.iter_mut().for_each(|it| moved(&mut it.at));
    }
}

impl Container {
    /// Every place that it has.
    fn places(&mut self) -> impl Iterator<Item = &mut Place> {
        let Container {
            name: _,
            at,
            running_as: _,
            image: _,
            count: _,
            request,
            limit,
            needs,
            beside,
            place: Where { host, labels, spread, at_most, among, apart, even, wishes, avoid },
            runs_on,
            pool,
            carries: _,
            inside,
            labels: _,
        } = self;
        let figures = request.values_mut().chain(limit.values_mut()).map(|figure| &mut figure.at);
        let links = needs.iter_mut().chain(beside).map(|named| &mut named.at);
        let named =
            spread.iter_mut().chain(apart).chain(host).chain(runs_on).chain(pool).chain(inside).map(|(_, at)| at);
        let rest = labels.values_mut().map(|(_, at)| at);
        let counted = at_most.iter_mut().map(|(_, at)| at).chain(among.iter_mut().map(|(_, at)| at));
        let wished = wishes.iter_mut().map(|wish| &mut wish.at).chain(avoid.iter_mut().map(|(_, at)| at));
        let counted = counted.chain(even.iter_mut().map(|(_, _, at)| at)).chain(wished);
        std::iter::once(at).chain(figures).chain(links).chain(named).chain(rest).chain(counted)
    }
}
