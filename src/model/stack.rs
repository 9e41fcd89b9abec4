//! What a startup is made of, kept so that one more like it can be added: the services of each stack, and what services
//! and rules say of startups that do not exist yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ContainerIndex, Demand, Host, OwnWish, ResourceIndex, RuleKind, Service, StartupIndex};
use crate::diagnostic::Place;

/// What a container needs, as written (`db`, or `s01/db` of another startup), and where it says so. Shared by all
/// startups of a stack.
pub type Needs = Arc<[(Arc<str>, Place)]>;

/// A stack: what a startup that is made from it has, before that says anything of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its services. Their `startup` is 0, their `containers` count from 0 within the stack, and what they need stands
    /// in `made` alone.
    pub services: Vec<Service>,
    /// Where it says `together: host`: all containers of a startup that is made from it share one host.
    pub together: Option<Place>,
}

/// What a service says besides what decides where it may go: with it another one can be made that is like it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// What it needs, as written.
    pub needs: Needs,
    /// What keeps its replicas apart, and where it says so.
    pub apart: Option<(RuleKind, Place)>,
    /// Over what they are spread evenly, and where it says so.
    pub spread: Option<(RuleKind, Place)>,
    /// What `on:` says.
    pub on: Option<Arc<On>>,
    /// What it wishes. Shared by all startups of a stack.
    pub wishes: Arc<[OwnWish]>,
    /// What the startup says itself of a container that its stack has.
    pub own: Own,
}

/// What a startup says itself of a container that its stack has, too: in this it does not follow when the stack changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// Of which resources it writes what is requested, one bit each.
    pub request: u64,
    /// Of which resources it writes a limit, one bit each.
    pub limit: u64,
    /// Whether it writes `on:`.
    pub on: bool,
    /// Whether it writes `apart:`.
    pub apart: bool,
    /// Whether it writes `spread:`.
    pub spread: bool,
    /// Whether it writes `keep:`.
    pub keep: bool,
    /// Whether it writes `replicas:`.
    pub replicas: bool,
}

impl Own {
    /// The bit of a resource.
    pub fn bit(resource: ResourceIndex) -> u64 {
        u32::try_from(resource).ok().and_then(|shift| 1_u64.checked_shl(shift)).unwrap_or(0)
    }
}

/// What `on:` says, or `hosts:` of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// Hosts or kinds of hosts by name; of a pool and of agents with `*` for any characters, too.
    Named(Vec<String>),
    /// Hosts that carry all of these labels.
    Labels(BTreeMap<String, String>),
    /// Every host.
    Any,
}

impl On {
    /// Whether a container that says so may run on `host`.
    pub fn allows(&self, host: &Host) -> bool {
        match self {
            On::Named(names) => names.iter().any(|name| glob(name, &host.kind) || glob(name, &host.name)),
            On::Labels(labels) => labels.iter().all(|(label, value)| host.labels.get(label) == Some(value)),
            On::Any => true,
        }
    }
}

/// A pattern of a rule that speaks of startups whatever they are called, and so of those to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Which startups, with `*` for any characters.
    pub startups: String,
    /// Which of their containers.
    pub within: Within,
}

/// The containers of a startup that a pattern means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// Those of these names, `proxy` or `proxy.1`.
    Named(Vec<String>),
    /// Those whose name or numbered name matches, with `*` for any characters.
    Matching(String),
}

impl Reach {
    /// The containers of `startup` that are meant, ascending: those that it has.
    pub fn containers(&self, demand: &Demand, startup: StartupIndex) -> Vec<ContainerIndex> {
        if !glob(&self.startups, &demand.startups[startup].name) {
            return Vec::new();
        }
        self.within.containers(demand, startup)
    }

    /// Those of all startups.
    pub fn of_all(&self, demand: &Demand) -> Vec<ContainerIndex> {
        (0..demand.startups.len()).flat_map(|startup| self.containers(demand, startup)).collect()
    }
}

impl Within {
    /// The containers of `startup` that are meant, ascending: those that it has.
    pub fn containers(&self, demand: &Demand, startup: StartupIndex) -> Vec<ContainerIndex> {
        let services = &demand.services[demand.startups[startup].services.clone()];
        let mut meant = Vec::new();
        match self {
            Within::Named(names) => {
                for name in names {
                    let (service, number) = name.split_once('.').map_or((&**name, None), |(s, n)| (s, Some(n)));
                    let Some(service) = services.iter().find(|it| it.name == service) else { continue };
                    let numbered = |container: &ContainerIndex| {
                        number.is_none_or(|n| demand.containers[*container].replica.is_some_and(|r| r.to_string() == n))
                    };
                    meant.extend(service.containers.clone().filter(numbered));
                }
            }
            Within::Matching(pattern) => {
                for service in services {
                    let numbered = |container: &ContainerIndex| {
                        let replica = demand.containers[*container].replica;
                        replica.is_some_and(|number| glob(pattern, &format!("{}.{number}", service.name)))
                    };
                    let whole = glob(pattern, &service.name);
                    meant.extend(service.containers.clone().filter(|container| whole || numbered(container)));
                }
            }
        }
        meant.sort_unstable();
        meant.dedup();
        meant
    }
}

/// Whether `text` matches `pattern`, in which each `*` stands for any characters, also none.
///
/// Greedy matching that goes back to the last star only: linear in practice, at worst the product of the lengths.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p + 1, t));
                p += 1;
            }
            Some(byte) if Some(byte) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match back {
                Some((after_star, from)) => {
                    back = Some((after_star, from + 1));
                    p = after_star;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}
