//! One container of a stack or startup, as the document writes it: what it asks for, where it may run, what it needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::allowed::{Allowed, GIVE_LABELS, allowed_hosts};
use super::catalogue;
use super::lab::{Hosts, amount_at, check_known, check_units, text, text_at, whole_at};
use super::phases::Phases;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::keys::MOST_CONTAINERS;
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::model::{Amount, Needs, Observed, Origin, Own, ResourceIndex, RuleKind, Span, Topology};
use crate::quantity::{Counted, Resource, shorten};

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
    /// The hosts it may run on, and what `on:` says.
    pub on: Option<Allowed>,
    /// Where `on:` stands.
    pub on_at: Place,
    /// What it needs, as written.
    pub needs: Needs,
    /// How many replicas, where the document says.
    pub replicas: Option<u32>,
    /// What keeps the replicas apart, and where it says so.
    pub apart: Option<(RuleKind, Place)>,
    /// Over what they are spread evenly, and where it says so.
    pub spread: Option<(RuleKind, Place)>,
    /// The phases in which it is there, as far as it says.
    pub span: Span,
    /// Where the document says so.
    pub at: Place,
}

/// What reading containers takes from the rest of the document, and what it learns on the way.
pub struct Context<'a> {
    /// The hosts.
    pub hosts: &'a Hosts,
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
}

impl<'a> Context<'a> {
    /// What there is before the first container is read.
    pub fn new(hosts: &'a Hosts, phases: &'a Phases, sizes: &'a [Entry]) -> Self {
        let sizes = sizes.iter().map(|size| (&*size.key, &size.value)).collect();
        Self {
            hosts,
            phases,
            sizes,
            unbudgeted: BTreeMap::new(),
            silent: BTreeSet::new(),
            on: HashMap::new(),
            on_hosts: 0,
        }
    }
}

/// Reads one container.
pub fn read(entry: &Entry, context: &mut Context, found: &mut Findings) -> Spec {
    let hosts = context.hosts;
    let node = &entry.value;
    let resources = &hosts.lab.resources;
    let request = request(entry, context, found);
    let limit = node.get("limit").map_or_else(
        || vec![None; resources.len()],
        |limit| {
            check_known(&limit.value, resources, found);
            check_units(&limit.value, resources, found);
            let limits = amounts(&limit.value, resources);
            check_limits(&limit.value, &limits, &request, resources, found);
            limits
        },
    );
    let observed = node.get("observed").map(|observed| {
        check_known(&observed.value, resources, found);
        check_units(&observed.value, resources, found);
        Observed {
            amounts: amounts(&observed.value, resources),
            source: text_at(&observed.value, "source").map(str::to_owned),
            date: text_at(&observed.value, "date").map(str::to_owned),
        }
    });
    Spec {
        name: entry.key.clone(),
        title: text_at(node, "title").map(str::to_owned),
        request,
        limit,
        observed,
        on: node.get("on").and_then(|on| allowed_hosts(&on.value, context, found)),
        on_at: node.get("on").map_or(entry.at, |on| on.at),
        needs: needs(node),
        replicas: replicas(node),
        apart: apart(node, hosts, found),
        spread: spread(node, hosts, found),
        span: context.phases.span(node, found),
        at: entry.at,
    }
}

/// What of this a startup says itself that writes `node` below the container of its stack.
pub fn own(node: &Node, resources: &[Counted]) -> Own {
    let has = |key: &str| node.get(key).is_some();
    let nothing = |key: &str| node.get(key).is_some_and(|entry| matches!(entry.value.value, Value::Null | Value::Gone));
    let bits = |of: &Node, all: bool| {
        let named_gone = of.get("resources").is_some_and(|it| matches!(it.value.value, Value::Null | Value::Gone));
        let says = |resource: &Resource| all || amount_at(of, resource).is_some() || named_gone && resource.is_named();
        let said = (0..resources.len()).filter(|&resource: &ResourceIndex| says(&resources[resource]));
        said.fold(0, |bits, resource| bits | Own::bit(resource))
    };
    Own {
        request: bits(node, false),
        limit: node.get("limit").map_or(0, |limit| bits(&limit.value, nothing("limit"))),
        on: has("on"),
        apart: has("apart"),
        spread: has("spread"),
    }
}

fn amounts(node: &Node, resources: &[Counted]) -> Vec<Option<u64>> {
    resources.iter().map(|resource| written(node, resource)).collect()
}

fn written(node: &Node, resource: &Resource) -> Option<u64> {
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
fn request(container: &Entry, context: &mut Context, found: &mut Findings) -> Vec<Amount> {
    let node = &container.value;
    let resources = &context.hosts.lab.resources;
    check_known(node, resources, found);
    check_units(node, resources, found);
    for resource in [Resource::Cpu, Resource::Memory, Resource::Disk] {
        if let Some(entry) = node.get(resource.name()).filter(|_| resources.iter().all(|it| *it != resource)) {
            context.unbudgeted.entry(resource).or_insert(entry.at);
        }
    }
    let size = node.get("size").and_then(|entry| Some((entry.value.at, text(&entry.value)?)));
    let size = size.map(|(at, name)| (at, name, find_size(name, at, &context.sizes, found)));
    let mut silent: Vec<&str> = Vec::new();
    let mut request = Vec::with_capacity(resources.len());
    for resource in resources {
        if *resource == Resource::Containers {
            request.push(Amount { value: 1, origin: Origin::Itself });
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
                    if resource.is_usual() {
                        silent.push(resource.name());
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
    match resource {
        Resource::Cpu => listed.cpu_millis,
        Resource::Memory => listed.memory_bytes,
        Resource::Disk => listed.disk_bytes,
        Resource::Named(_) | Resource::Sized(_) | Resource::Containers => None,
    }
}

/// How many replicas; one where the number is beyond the limits, which the shape says.
fn replicas(node: &Node) -> Option<u32> {
    node.get("replicas")?;
    let count = whole_at(node, "replicas").filter(|count| (1..=MOST_CONTAINERS).contains(count));
    Some(count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1))
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

/// `host`, or a label that some host carries.
pub fn topology(node: &Node, hosts: &Hosts, found: &mut Findings) -> Option<Topology> {
    let label = match text(node)? {
        "host" => return Some(Topology::Host),
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
