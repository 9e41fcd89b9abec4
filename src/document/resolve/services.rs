//! One container of a stack or startup, as the document writes it: what it asks for, where it may run, what it needs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::allowed::{Allowed, EVERY, GIVE_LABELS, allowed_hosts};
use super::catalogue;
use super::lab::{Hosts, amount_at, check_known, check_units, counts, counts_by_phase, text, text_at, whole_at};
use super::nested;
use super::phases::Phases;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::keys::MOST_CONTAINERS;
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::model::{
    Amount, Asks, Carries, Every, Follows, HostIndex, Inside, Lab, Needs, Observed, Origin, Own, OwnWish, PhaseIndex,
    PoolIndex, ResourceIndex, RuleKind, Span, Topology, Wanted,
};
use crate::quantity::{Aspect, Counted, Resource, shorten};

/// A container of a stack or startup, before its startup is known.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its name within the startup.
    pub name: Arc<str>,
    /// Free text.
    pub title: Option<String>,
    /// One entry for each budgeted resource.
    pub request: Vec<Amount>,
    /// Likewise.
    pub limit: Vec<Option<u64>>,
    /// Likewise, with source and date.
    pub observed: Option<Observed>,
    /// The pool that it draws on.
    pub pool: Option<PoolIndex>,
    /// The hosts it may run on: those of `on:` that reach its pool.
    pub hosts: Option<Arc<[HostIndex]>>,
    /// What `on:` says.
    pub on: Option<Allowed>,
    /// Where `on:` stands.
    pub on_at: Place,
    /// The carriers that it lies in, which are not known yet.
    pub inside: Option<Inside>,
    /// What it offers to what lies in it.
    pub carries: Option<Arc<Carries>>,
    /// The hosts of which each has one.
    pub every: Option<Every>,
    /// What it needs, as written.
    pub needs: Needs,
    /// How many replicas, where the document says.
    pub replicas: Option<u32>,
    /// From which phase on how many, where that is not the same in all.
    pub counts: Vec<(PhaseIndex, usize)>,
    /// How many of them must run at the least, where the document says.
    pub keep: Option<usize>,
    /// What keeps the replicas apart, and where it says so.
    pub apart: Option<(RuleKind, Place)>,
    /// Over what they are spread evenly, and where it says so.
    pub spread: Option<(RuleKind, Place)>,
    /// What it wishes.
    pub wishes: Arc<[OwnWish]>,
    /// The phases in which it is there, as far as it says.
    pub span: Span,
    /// Where the document says so.
    pub at: Place,
}

/// What reading containers takes from the rest of the document, and what it learns on the way.
pub struct Context<'a> {
    /// The hosts.
    pub hosts: &'a Hosts,
    /// What of the hosts' resources follows from others.
    pub derived: Vec<Follows>,
    /// The phases.
    pub phases: &'a Phases,
    /// `sizes:` by name.
    sizes: HashMap<&'a str, &'a Node>,
    /// Where cpu, memory and disk are asked for first, while no host lists them.
    pub unbudgeted: BTreeMap<Resource, Place>,
    /// The containers of which the catalogue does not say all that is budgeted: that has been told.
    pub silent: BTreeSet<Place>,
    /// What the texts of `on:` stand for: many containers say the same.
    pub on: HashMap<String, Allowed>,
    /// How many hosts all of those name together.
    pub on_hosts: usize,
    /// Those of them that reach a pool.
    reaching: HashMap<(Arc<str>, PoolIndex), Arc<[HostIndex]>>,
}

impl<'a> Context<'a> {
    /// What there is before the first container is read.
    pub fn new(hosts: &'a Hosts, phases: &'a Phases, sizes: &'a [Entry]) -> Self {
        let sizes = sizes.iter().map(|size| (&*size.key, &size.value)).collect();
        Self {
            hosts,
            derived: hosts.lab.derived(),
            phases,
            sizes,
            unbudgeted: BTreeMap::new(),
            silent: BTreeSet::new(),
            on: HashMap::new(),
            on_hosts: 0,
            reaching: HashMap::new(),
        }
    }
}

/// Reads one container.
pub fn read(entry: &Entry, context: &mut Context, found: &mut Findings) -> Spec {
    let hosts = context.hosts;
    let node = &entry.value;
    let resources = &hosts.lab.resources;
    let pool = pool(node, &hosts.lab, found);
    let known = known(&hosts.lab, pool);
    let mut request = request(entry, (pool, &known), context, found);
    let limit = node.get("limit").map_or_else(
        || vec![None; resources.len()],
        |limit| {
            check_known(&limit.value, &known, found);
            check_units(&limit.value, &known, found);
            let limits = amounts(&limit.value, &hosts.lab, pool);
            check_limits(&limit.value, &limits, &request, resources, found);
            limits
        },
    );
    let carries = nested::carries(entry, (pool, &known), &mut request, &limit, context, found).map(Arc::new);
    context.derived.iter().for_each(|follows| follows.count(&mut request, &limit));
    let observed = node.get("observed").map(|observed| {
        check_known(&observed.value, &known, found);
        check_units(&observed.value, &known, found);
        let mut amounts = amounts(&observed.value, &hosts.lab, pool);
        for follows in context.derived.iter().filter(|it| it.aspect != Aspect::Limits) {
            amounts[follows.resource] = amounts[follows.of];
        }
        Observed {
            amounts,
            source: text_at(&observed.value, "source").map(str::to_owned),
            date: text_at(&observed.value, "date").map(str::to_owned),
        }
    });
    let span = context.phases.span(node, found);
    let on = node.get("on").and_then(|on| allowed_hosts(on, context, found));
    Spec {
        name: entry.key.clone(),
        title: text_at(node, "title").map(str::to_owned),
        request,
        limit,
        observed,
        pool,
        hosts: reaching(node, (pool, on.as_ref()), context, found),
        on,
        on_at: node.get("on").map_or(entry.at, |on| on.at),
        inside: nested::inside(node, found),
        carries,
        every: every(node, context, found),
        needs: needs(node),
        replicas: replicas(node),
        counts: (counts_by_phase(node, "replicas", context.phases, found).into_iter())
            .map(|(phase, count)| (phase, usize::try_from(count).unwrap_or(usize::MAX)))
            .collect(),
        keep: keep(node, found),
        apart: apart(node, hosts, found),
        spread: spread(node, hosts, found),
        wishes: wishes(node, context, found),
        span,
        at: entry.at,
    }
}

/// What of this a startup says itself that writes `node` below the container of its stack.
pub fn own(node: &Node, resources: &[Counted]) -> Own {
    let has = |key: &str| node.get(key).is_some();
    let nothing = |key: &str| node.get(key).is_some_and(|entry| matches!(entry.value.value, Value::Null | Value::Gone));
    let bits = |of: &Node, all: bool| {
        let named_gone = of.get("resources").is_some_and(|it| matches!(it.value.value, Value::Null | Value::Gone));
        let says =
            |resource: &Resource| all || amount_at(of, resource).is_some() || named_gone && resource.base().is_named();
        let said = (0..resources.len()).filter(|&resource: &ResourceIndex| says(&resources[resource]));
        said.fold(0, |bits, resource| bits | Own::bit(resource))
    };
    Own {
        request: bits(node, false),
        limit: node.get("limit").map_or(0, |limit| bits(&limit.value, nothing("limit"))),
        on: has("on"),
        apart: has("apart"),
        spread: has("spread"),
        keep: has("keep"),
        replicas: has("replicas"),
    }
}

/// Says what is wrong with the amounts of a size: whatever hosts or pools have may be named.
pub fn check_size(size: &Node, lab: &Lab, found: &mut Findings) {
    let of_pools = lab.pooled().map(|it| &lab.resources[it]);
    let of_pools = of_pools.map(|it| Counted { resource: it.base().clone(), ..it.clone() });
    let known: Vec<Counted> = lab.resources.iter().cloned().chain(of_pools).collect();
    check_known(size, &known, found);
    check_units(size, &known, found);
}

/// The pool that a container draws on.
fn pool(node: &Node, lab: &Lab, found: &mut Findings) -> Option<PoolIndex> {
    let entry = node.get("pool")?;
    let name = text(&entry.value)?;
    let known = lab.pools.iter().position(|pool| pool.name == name);
    if known.is_none() {
        let message = format!("there is no pool `{}`", shorten(name));
        let help = found.help_with(name, lab.pools.iter().map(|pool| pool.name.as_str()));
        let help =
            help.unwrap_or_else(|| format!("write it at the top: `pools: {{{}: {{disk: 4TB}}}}`", shorten(name)));
        found.add(Code::UnknownPool, entry.value.at, message, help);
    }
    known
}

/// The resources as a container of a pool writes them: those of the pool in place of its host's.
fn known(lab: &Lab, pool: Option<PoolIndex>) -> Cow<'_, [Counted]> {
    if pool.is_none() {
        return Cow::Borrowed(&lab.resources);
    }
    let asks = |it: &usize| lab.asked_as(pool, *it) == Some(*it) && !lab.resources[*it].is_derived();
    let its = (0..lab.resources.len()).filter(asks).map(|it| &lab.resources[it]);
    its.map(|it| Counted { resource: it.base().clone(), ..it.clone() }).collect()
}

/// The hosts that `on:` names, if it names any, and that reach the pool.
fn reaching(
    node: &Node,
    (pool, on): (Option<PoolIndex>, Option<&Allowed>),
    context: &mut Context,
    found: &mut Findings,
) -> Option<Arc<[HostIndex]>> {
    let lab = &context.hosts.lab;
    let (Some(its), Some(on)) = (pool, on) else { return lab.reaching(pool, on.map(|on| Arc::clone(&on.hosts))) };
    if let Some(known) = context.reaching.get(&(Arc::clone(&on.written), its)) {
        return Some(Arc::clone(known));
    }
    let both = lab.reaching(pool, Some(Arc::clone(&on.hosts)))?;
    if let (true, Some(entry)) = (both.is_empty(), node.get("on")) {
        let message = format!("no host that `on` names reaches the pool `{}`", lab.pools[its].name);
        found.add(Code::NoMatch, entry.value.at, message, "name one that does, or add it to the `hosts` of the pool");
    }
    context.reaching.insert((Arc::clone(&on.written), its), Arc::clone(&both));
    Some(both)
}

fn amounts(node: &Node, lab: &Lab, pool: Option<PoolIndex>) -> Vec<Option<u64>> {
    let its = |resource: ResourceIndex| {
        let asks = lab.asked_as(pool, resource) == Some(resource) && !lab.resources[resource].is_derived();
        written(node, &lab.resources[resource]).filter(|_| asks)
    };
    (0..lab.resources.len()).map(its).collect()
}

pub fn written(node: &Node, resource: &Resource) -> Option<u64> {
    text(&amount_at(node, resource)?.value).and_then(|text| resource.parse_up(text).ok())
}

fn check_limits(node: &Node, limits: &[Option<u64>], request: &[Amount], resources: &[Counted], found: &mut Findings) {
    for ((limit, request), resource) in limits.iter().zip(request).zip(resources) {
        let Some(limit) = limit.filter(|limit| *limit < request.value) else { continue };
        let at = amount_at(node, resource).map_or(node.at, |entry| entry.value.at);
        let [limit, asked] = resource.both(limit, request.value);
        let message = format!("the limit of {limit} {} is below the {asked} that are asked for", resource.name());
        found.push(Diagnostic::new(Code::LimitBelowRequest, at, message).help("raise the limit, or ask for less"));
    }
}

/// What is asked for: written here, else from the size, else nothing.
fn request(
    container: &Entry,
    (pool, known): (Option<PoolIndex>, &[Counted]),
    context: &mut Context,
    found: &mut Findings,
) -> Vec<Amount> {
    let node = &container.value;
    let lab = &context.hosts.lab;
    let resources = &lab.resources;
    check_known(node, known, found);
    check_units(node, known, found);
    // Of a pool that is not there, that has been said.
    let unsure = pool.is_none() && node.get("pool").is_some();
    for resource in [Resource::Cpu, Resource::Memory, Resource::Disk] {
        let unlisted = !unsure && known.iter().all(|it| *it != resource);
        if let Some(entry) = node.get(resource.name()).filter(|_| unlisted) {
            context.unbudgeted.entry(resource).or_insert(entry.at);
        }
    }
    let size = node.get("size").and_then(|entry| Some((entry.value.at, text(&entry.value)?)));
    let size = size.map(|(at, name)| (at, name, find_size(name, at, &context.sizes, found)));
    let mut silent: Vec<&str> = Vec::new();
    let mut request = Vec::with_capacity(resources.len());
    for (index, resource) in resources.iter().enumerate() {
        if *resource == Resource::Containers {
            request.push(Amount { value: 1, origin: Origin::Itself });
            continue;
        }
        // What follows from the rest does so when that is known; what differs by time when all times are.
        if resource.is_derived() {
            let of = lab.resources.iter().position(|it| it.resource == *resource.judged_as());
            request.push(
                of.and_then(|of| request.get(of).cloned()).unwrap_or(Amount { value: 0, origin: Origin::Itself }),
            );
            continue;
        }
        if lab.asked_as(pool, index) != Some(index) {
            request.push(Amount { value: 0, origin: Origin::Unset });
            continue;
        }
        let amount = match (written(node, resource), &size) {
            (Some(value), _) => Amount { value, origin: Origin::Given },
            (None, Some((_, name, Some(Size::Own(own))))) => match written(own, resource) {
                Some(value) => Amount { value, origin: Origin::Size((*name).to_owned()) },
                None => Amount { value: 0, origin: Origin::Unset },
            },
            (None, Some((_, name, Some(Size::Catalogue(listed))))) => match catalogue_amount(listed, resource) {
                Some(value) => {
                    let origin = Origin::Catalogue { name: (*name).to_owned(), source: listed.ground() };
                    Amount { value, origin }
                }
                None => {
                    if resource.base().is_usual() {
                        silent.push(resource.base().name());
                    }
                    Amount { value: 0, origin: Origin::Unset }
                }
            },
            (None, _) => Amount { value: 0, origin: Origin::Unset },
        };
        request.push(amount);
    }
    if let Some((at, name, _)) = size.filter(|_| !silent.is_empty()) {
        context.silent.insert(container.at);
        let message = format!("the catalogue gives no {} for `{name}`: nothing of it is counted", silent.join(", no "));
        found.push(
            Diagnostic::new(Code::CatalogueGap, at, message).help("write the amount beside `size` if you know it"),
        );
    }
    request
}

enum Size<'a> {
    Own(&'a Node),
    Catalogue(&'static catalogue::Entry),
}

fn find_size<'a>(name: &str, at: Place, sizes: &HashMap<&'a str, &'a Node>, found: &mut Findings) -> Option<Size<'a>> {
    if let Some(own) = sizes.get(name) {
        return Some(Size::Own(own));
    }
    match catalogue::lookup(name) {
        Some(listed) if listed.usable_as_container() => Some(Size::Catalogue(listed)),
        Some(listed) => {
            let message = format!("the catalogue's `{name}` is the figure of a single {}", listed.scope.name());
            let help =
                format!("write amounts of your own; the catalogue says: {} ({})", listed.figure, listed.ground());
            found.push(Diagnostic::new(Code::NotAContainerSize, at, message).help(help));
            None
        }
        None => {
            let mut known: Vec<&str> = sizes.keys().copied().collect();
            catalogue::names().for_each(|name| known.push(name));
            let message = format!("there is no size `{}`, neither under `sizes` nor in the catalogue", shorten(name));
            let meant = found.help_with(name, known.iter().copied()).filter(|help| help.starts_with("did you mean"));
            let help =
                meant.unwrap_or_else(|| format!("add `{}` under `sizes`, or write the amounts here", shorten(name)));
            found.push(Diagnostic::new(Code::UnknownSize, at, message).help(help));
            None
        }
    }
}

/// What the catalogue says of a resource.
pub fn catalogue_amount(listed: &catalogue::Entry, resource: &Resource) -> Option<u64> {
    match resource.base() {
        Resource::Cpu => listed.cpu_millis,
        Resource::Memory => listed.memory_bytes,
        Resource::Disk => listed.disk_bytes,
        Resource::Named(_) | Resource::Sized(_) | Resource::Containers | Resource::Pooled(_) | Resource::Derived(_) => {
            None
        }
    }
}

/// How many replicas in any phase; one where the number is beyond the limits, which the shape says.
fn replicas(node: &Node) -> Option<u32> {
    node.get("replicas")?;
    let most = counts(node, "replicas").into_iter().filter(|count| (1..=MOST_CONTAINERS).contains(count)).max();
    Some(most.and_then(|count| u32::try_from(count).ok()).unwrap_or(1))
}

/// How many replicas must run at the least: 1 to as many as there are.
fn keep(node: &Node, found: &mut Findings) -> Option<usize> {
    let entry = node.get("keep")?;
    let keep = whole_at(node, "keep").filter(|keep| (1..=MOST_CONTAINERS).contains(keep))?;
    let Some(replicas) = counts(node, "replicas").into_iter().min().or(replicas(node).map(u64::from)) else {
        let diagnostic = Diagnostic::new(Code::ConflictingKeys, entry.at, "`keep` belongs to `replicas`");
        found.push(diagnostic.help("add `replicas`, or leave it out"));
        return None;
    };
    if keep > replicas {
        let several = matches!(node.get("replicas").map(|it| &it.value.value), Some(Value::Map(_)));
        let which = if several { "the fewest replicas of any phase" } else { "the number of replicas" };
        let message = format!("`keep` is `{keep}`; it must be from 1 to {replicas}, {which}");
        found.push(Diagnostic::new(Code::BadNumber, entry.value.at, message).help("keep fewer, or add replicas"));
        return None;
    }
    usize::try_from(keep).ok()
}

/// `every:`; what says how many there are or where they go belongs to others.
fn every(node: &Node, context: &mut Context, found: &mut Findings) -> Option<Every> {
    let entry = node.get(EVERY).filter(|entry| !matches!(entry.value.value, Value::Null | Value::Gone))?;
    for key in ["replicas", "apart", "spread", "on", "pool", "inside", "carries", "prefer"] {
        if let Some(other) = node.get(key).filter(|it| !matches!(it.value.value, Value::Null | Value::Gone)) {
            let message =
                format!("`{key}` and `every` cannot stand together: `every` says how many there are, and where");
            let help = match key {
                "on" => "write under `every` what stands under `on`, and leave `on` out",
                "pool" => "leave `pool` out: what an agent asks for its host gives",
                "inside" => "leave `inside` out: an agent runs directly on its host",
                _ => "leave one of them out",
            };
            found.push(Diagnostic::new(Code::ConflictingKeys, other.at, message).help(help));
        }
    }
    let Allowed { hosts, said, written } = allowed_hosts(entry, context, found)?;
    Some(Every { hosts, said, written, at: entry.at })
}

fn needs(node: &Node) -> Needs {
    let texts = match node.get("needs").map(|entry| &entry.value) {
        Some(Node { value: Value::List(items), .. }) => items.as_slice(),
        Some(node) => std::slice::from_ref(node),
        None => &[],
    };
    let texts = texts.iter().filter_map(|node| match &node.value {
        Value::Text(text) => Some((text.clone(), node.at)),
        _ => None,
    });
    texts.collect()
}

fn apart(node: &Node, hosts: &Hosts, found: &mut Findings) -> Option<(RuleKind, Place)> {
    let entry = node.get("apart")?;
    let kind = match topology(&entry.value, hosts, found)? {
        Topology::Label(label) => RuleKind::ApartByLabel(label),
        Topology::Carrier => RuleKind::ApartByCarrier,
        Topology::Host | Topology::Lab => RuleKind::ApartByHost,
    };
    Some((kind, entry.at))
}

/// `spread: zone`, or `spread: {over: zone, skew: 2}`.
fn spread(node: &Node, hosts: &Hosts, found: &mut Findings) -> Option<(RuleKind, Place)> {
    let entry = node.get("spread")?;
    let over = match &entry.value.value {
        Value::Map(_) => match entry.value.get("over") {
            Some(over) => topology(&over.value, hosts, found)?,
            None => {
                let diagnostic = Diagnostic::new(Code::MissingKey, entry.at, "`spread` does not say over what");
                found.push(diagnostic.help("write `over: host`, or a label of the hosts"));
                return None;
            }
        },
        _ => topology(&entry.value, hosts, found)?,
    };
    let skew = whole_at(&entry.value, "skew").unwrap_or(1);
    Some((RuleKind::Spread { over, skew }, entry.at))
}

/// `prefer:`, one wish or a list of them.
fn wishes(node: &Node, context: &mut Context, found: &mut Findings) -> Arc<[OwnWish]> {
    let nodes = match node.get("prefer").map(|entry| &entry.value) {
        Some(Node { value: Value::List(nodes), .. }) => nodes.as_slice(),
        Some(wish) => std::slice::from_ref(wish),
        None => &[],
    };
    let hosts = context.hosts;
    let mut wishes = Vec::new();
    for wish in nodes.iter().filter(|wish| matches!(wish.value, Value::Map(_))) {
        let weight = super::placed::weight(wish);
        let ruled = apart(wish, hosts, found).or_else(|| spread(wish, hosts, found));
        let wanted = wish.get("on").and_then(|on| Some((allowed_hosts(on, context, found)?, on.at)));
        wishes.extend(ruled.map(|(kind, at)| OwnWish { asks: Asks::Rule(kind), weight, at }));
        wishes.extend(wanted.map(|(Allowed { hosts, said, written }, at)| OwnWish {
            asks: Asks::On(Wanted { hosts, said, written }),
            weight,
            at,
        }));
    }
    wishes.into()
}

/// `host`, a label that some host carries, or `carrier` where none carries that.
pub fn topology(node: &Node, hosts: &Hosts, found: &mut Findings) -> Option<Topology> {
    let label = match text(node)? {
        "host" => return Some(Topology::Host),
        "carrier" if !hosts.labels.contains_key("carrier") => return Some(Topology::Carrier),
        label => label,
    };
    if !hosts.labels.contains_key(label) {
        let message = format!("no host carries the label `{}`", shorten(label));
        let known = hosts.labels.keys().map(String::as_str).chain(["host"]);
        let help = found.help_with(label, known);
        found.add(Code::UnknownLabel, node.at, message, help.unwrap_or_else(|| GIVE_LABELS.to_owned()));
    }
    Some(Topology::Label(label.to_owned()))
}
