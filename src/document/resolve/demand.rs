//! `stacks:` and `startups:` become the demand: startups, services, containers, and what needs what.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::catalogue;
use super::lab::{self, Hosts, text, whole_at};
use super::patterns::Index;
use super::phases::Phases;
use super::services::{self, Context, Spec};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::keys::MOST_CONTAINERS;
use crate::document::syntax::merge::{Level, merge};
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::graph;
use crate::model::{
    Container, ContainerIndex, Demand, Lab, Made, Origin, Own, Positions, Rule, Service, ServiceIndex, Span, Stack,
    Startup, StartupIndex, UNLIMITED,
};
use crate::quantity::{Counted, LARGEST_SUM, Resource, shorten};

/// The most pairs of which one needs the other: ten for each of a million containers.
const MOST_NEEDS: usize = 10 * MOST_CONTAINERS as usize;

/// The demand, and the rules that keep replicas apart.
#[derive(Default)]
pub struct Demanded {
    /// The demand.
    pub demand: Demand,
    /// The stacks.
    pub stacks: Vec<Stack>,
    /// The startups whose containers are not all known, because of their stack.
    pub unknown: BTreeSet<StartupIndex>,
    /// The containers of which it was told that the catalogue does not know all that they ask for.
    pub silent: BTreeSet<Place>,
    /// What startups and their containers say themselves of who may share a host: [`Demand::own_rules`].
    pub rules: Vec<Rule>,
}

/// Resolves `stacks:` and `startups:`; `None` where there are too many containers to spell out.
pub fn resolve(tree: &Node, hosts: &Hosts, phases: &Phases, found: &mut Findings) -> Option<Demanded> {
    let sizes = section(tree, "sizes");
    for size in sizes {
        services::check_size(&size.value, &hosts.lab, found);
    }
    let startups = section(tree, "startups");
    let mut reader = Reader { context: Context::new(hosts, phases, sizes), stacks: HashMap::new(), startups, ids: 0 };
    let mut all = Demanded::default();
    for stack in section(tree, "stacks") {
        let containers = containers_of_stack(&stack.value);
        let specs: Vec<Arc<Spec>> = entries(&containers).iter().map(|one| Arc::new(reader.read(one, found))).collect();
        let together = shares(&stack.value).filter(|(shared, _)| *shared).map(|(_, at)| at);
        all.stacks.push(Stack { name: stack.key.to_string(), services: of_stack(&specs), together });
        reader.stacks.insert(&stack.key, Known { containers, specs, together });
    }
    for startup in startups {
        let first = all.demand.services.len();
        if !reader.knows(startup) {
            all.unknown.insert(all.demand.startups.len());
        }
        let span = phases.span(&startup.value, found);
        reader.startup(startup, span, &mut all.demand, found)?;
        let of_stack = super::lab::text_at(&startup.value, "stack").and_then(|name| reader.stacks.get(name)?.together);
        all.demand.startups.push(named_startup(startup, span, first..all.demand.services.len(), of_stack));
    }
    note_unbudgeted(&reader.context.unbudgeted, found);
    all.silent = std::mem::take(&mut reader.context.silent);
    all.rules = (0..all.demand.startups.len()).flat_map(|startup| all.demand.own_rules(startup)).collect();
    check_sums(&all.demand, &hosts.lab.resources, found);
    resolve_needs(&mut all.demand, &all.unknown, found)?;
    super::nested::resolve(&mut all.demand, &hosts.lab, &all.unknown, found)?;
    Some(all)
}

/// The entries of a map.
pub fn entries(node: &Node) -> &[Entry] {
    match &node.value {
        Value::Map(entries) => entries,
        _ => &[],
    }
}

/// The entries of a top-level map.
pub fn section<'a>(tree: &'a Node, key: &str) -> &'a [Entry] {
    tree.get(key).map_or(&[], |entry| entries(&entry.value))
}

/// A stack, and what has been read of it.
struct Known<'a> {
    containers: Cow<'a, Node>,
    specs: Vec<Arc<Spec>>,
    together: Option<Place>,
}

/// The containers of a stack by name: what else it says is a text.
fn containers_of_stack(stack: &Node) -> Cow<'_, Node> {
    let is_text = |entry: &Entry| &*entry.key == TOGETHER && text(&entry.value).is_some();
    if !entries(stack).iter().any(is_text) {
        return Cow::Borrowed(stack);
    }
    let containers = entries(stack).iter().filter(|entry| !is_text(entry)).cloned().collect();
    Cow::Owned(Node { at: stack.at, value: Value::Map(Arc::new(containers)) })
}

/// Whether `together:` of a stack or startup says that all containers share one host, and where; `None` where it says
/// nothing.
fn shares(node: &Node) -> Option<(bool, Place)> {
    let entry = node.get(TOGETHER)?;
    text(&entry.value).map(|said| (said == "host", entry.at))
}

const TOGETHER: &str = "together";

struct Reader<'a> {
    context: Context<'a>,
    stacks: HashMap<&'a str, Known<'a>>,
    startups: &'a [Entry],
    /// Containers so far.
    ids: u64,
}

impl<'a> Reader<'a> {
    fn read(&mut self, entry: &Entry, found: &mut Findings) -> Spec {
        services::read(entry, &mut self.context, found)
    }

    /// Whether the startup's stack is known, where it has one, and the startup is a map at all.
    fn knows(&self, startup: &Entry) -> bool {
        let stack = startup.value.get("stack").map(|entry| text(&entry.value));
        let known = stack.is_none_or(|name| name.is_some_and(|name| self.stacks.contains_key(name)));
        known && matches!(startup.value.value, Value::Map(_))
    }

    /// Adds the services and containers of a startup.
    fn startup(&mut self, startup: &'a Entry, span: Span, demand: &mut Demand, found: &mut Findings) -> Option<()> {
        let index = demand.startups.len();
        for (spec, own) in self.specs(startup, found) {
            let replicas = if spec.every.is_some() { 0 } else { spec.replicas.unwrap_or(1) };
            let agents = spec.every.as_ref().map_or(0, |every| every.hosts.len() as u64);
            self.ids = self.ids.saturating_add(u64::from(replicas) + agents);
            if self.ids > MOST_CONTAINERS {
                let id = format!("{}/{}", startup.key, spec.name);
                let message = format!("with `{id}` there are more than {MOST_CONTAINERS} containers, the limit");
                let help = if agents > 0 { "say `every` of fewer hosts" } else { "lower the `replicas`" };
                found.push(Diagnostic::new(Code::TooManyContainers, spec.at, message).help(help));
                return None;
            }
            let (service, start) = (demand.services.len(), ContainerIndex(demand.containers.len()));
            let number = |number| spec.replicas.map(|_| number);
            demand.containers.extend((1..=replicas).map(|n| Container { service, replica: number(n) }));
            let both = together(spec.span, span, spec.at, startup, found);
            let first = spec.counts.first().map(|(phase, _)| *phase);
            lab::check_first(first, both.from, ("replicas", spec.at), self.context.phases, found);
            let containers = Positions { start, end: ContainerIndex(demand.containers.len()) };
            demand.services.push(made(Arc::unwrap_or_clone(spec), index, containers, both, own));
        }
        Some(())
    }

    /// The containers of a startup: those of its stack, changed and added to by its own.
    fn specs(&mut self, startup: &'a Entry, found: &mut Findings) -> Vec<(Arc<Spec>, Own)> {
        let stack = startup.value.get("stack");
        let own = startup.value.get("containers");
        if stack.is_none() && own.is_none() && matches!(startup.value.value, Value::Map(_)) {
            let message = format!("startup `{}` has neither `stack` nor `containers`", startup.key);
            let help =
                "say which stack it is made from, or what containers it has: `containers: {app: {memory: 2GiB}}`";
            found.push(Diagnostic::new(Code::MissingKey, startup.at, message).help(help));
        }
        let stack = stack.and_then(|entry| self.stack(text(&entry.value)?, entry.value.at, found));
        let (node, known) = match stack {
            Some(stack) => (Some(&*stack.containers), stack.specs.clone()),
            None => (None, Vec::new()),
        };
        let as_known = |spec| (spec, Own::default());
        let Some(own) = own else { return known.into_iter().map(as_known).collect() };
        let changed: HashMap<&str, &Node> =
            entries(&own.value).iter().map(|entry| (&*entry.key, &entry.value)).collect();
        let merged = merge(node, &own.value, Level::Other, found);
        let known: HashMap<&str, &Arc<Spec>> = known.iter().map(|spec| (&*spec.name, spec)).collect();
        let mut specs = Vec::new();
        for entry in entries(&merged) {
            specs.push(match (known.get(&*entry.key), changed.get(&*entry.key)) {
                (Some(spec), None) => as_known(Arc::clone(spec)),
                (Some(_), Some(changed)) => {
                    let own = services::own(changed, &self.context.hosts.lab.resources);
                    (Arc::new(self.read(entry, found)), own)
                }
                (None, _) => as_known(Arc::new(self.read(entry, found))),
            });
        }
        specs
    }

    fn stack(&self, name: &str, at: Place, found: &mut Findings) -> Option<&Known<'a>> {
        let stack = self.stacks.get(name);
        if stack.is_none() {
            let mut known: Vec<&str> = self.stacks.keys().copied().collect();
            known.sort_unstable();
            let message = format!("there is no stack `{}`", shorten(name));
            let is_startup = self.startups.iter().any(|startup| &*startup.key == name);
            let help = match is_startup {
                true => {
                    Some(format!("`{name}` is a startup: move its `containers` under `stacks` to have more like it"))
                }
                false => found.help_with(name, known.iter().copied()),
            };
            let help = help.unwrap_or_else(|| format!("add `{}` under `stacks`", shorten(name)));
            found.push(Diagnostic::new(Code::UnknownStack, at, message).help(help));
        }
        stack
    }
}

/// The services of a stack, as a startup made from it alone has them.
fn of_stack(specs: &[Arc<Spec>]) -> Vec<Service> {
    let mut first = ContainerIndex(0);
    let service = |spec: &Arc<Spec>| {
        let replicas = if spec.every.is_some() { 0 } else { spec.replicas.unwrap_or(1) };
        let end = ContainerIndex(first.0 + replicas as usize);
        let containers = Positions { start: first, end };
        first = end;
        made(Spec::clone(spec), 0, containers, spec.span, Own::default())
    };
    specs.iter().map(service).collect()
}

/// The service that a container as written becomes; what it needs is not known yet.
fn made(spec: Spec, startup: StartupIndex, containers: Positions<ContainerIndex>, span: Span, own: Own) -> Service {
    Service {
        startup,
        name: spec.name.to_string(),
        title: spec.title,
        request: spec.request,
        limit: spec.limit,
        observed: spec.observed,
        pool: spec.pool,
        on: spec.hosts,
        on_written: spec.on.as_ref().map(|on| Arc::clone(&on.written)),
        on_at: spec.on_at,
        inside: spec.inside,
        carries: spec.carries,
        every: spec.every,
        needs: Vec::new(),
        counted: spec.replicas.is_some(),
        containers,
        keep: spec.keep,
        span,
        later: Vec::new(),
        counts: spec.counts,
        made: Made {
            needs: spec.needs,
            apart: spec.apart,
            spread: spec.spread,
            on: spec.on.map(|on| on.said),
            wishes: spec.wishes,
            own,
        },
        at: spec.at,
    }
}

/// The phases in which a container is there, which are some of its startup's.
fn together(container: Span, startup: Span, at: Place, entry: &Entry, found: &mut Findings) -> Span {
    let both = container.and(startup);
    if both.from >= both.until && container.from < container.until && startup.from < startup.until {
        let message = format!("it is there only in phases in which its startup `{}` is not", entry.key);
        found.add(Code::PhaseOrder, at, message, "correct its `from` or `until`, or that of the startup");
    }
    both
}

fn named_startup(
    entry: &Entry,
    span: Span,
    services: std::ops::Range<ServiceIndex>,
    together_by_stack: Option<Place>,
) -> Startup {
    let own_together = shares(&entry.value);
    let together = own_together.map_or(together_by_stack, |(shared, at)| shared.then_some(at));
    let text_at = |key: &str| super::lab::text_at(&entry.value, key).map(str::to_owned);
    Startup {
        name: entry.key.to_string(),
        title: text_at("title"),
        stack: text_at("stack"),
        priority: whole_at(&entry.value, "priority").unwrap_or(1),
        services,
        span,
        together,
        own_together: own_together.is_some(),
        at: entry.at,
    }
}

fn note_unbudgeted(unbudgeted: &BTreeMap<Resource, Place>, found: &mut Findings) {
    for (resource, at) in unbudgeted {
        let name = resource.name();
        let message = format!("containers ask for {name}, but no host lists it: it is not counted");
        found
            .push(Diagnostic::new(Code::Unbudgeted, *at, message).help(format!("give the hosts `{name}` to count it")));
    }
}

/// Containers that say nothing of what hosts have a budget of count as nothing: one warning for each resource.
pub fn warn_unasked(demand: &Demand, lab: &Lab, told: &BTreeSet<Place>, found: &mut Findings) {
    const A_FEW: usize = 3;
    for (index, resource) in
        lab.resources.iter().enumerate().filter(|(_, one)| one.base().is_usual() && !one.is_derived())
    {
        let unset = |one: &&Service| {
            let nothing = one.request.get(index).is_some_and(|it| it.origin == Origin::Unset);
            nothing && lab.asked_as(one.pool, index) == Some(index)
        };
        let mut seen = told.clone();
        // All startups of a stack have what the stack leaves out: once is enough.
        let unasked: Vec<&Service> = demand.services.iter().filter(unset).filter(|one| seen.insert(one.at)).collect();
        let Some(first) = unasked.first() else { continue };
        let id = |one: &&Service| format!("`{}/{}`", demand.startups[one.startup].name, one.name);
        let (name, ids) = (resource.base().name(), unasked.iter().take(A_FEW).map(id).collect::<Vec<_>>().join(", "));
        let more = unasked.len().saturating_sub(A_FEW);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let (asks, each) = if unasked.len() == 1 { ("asks", "it") } else { ("ask", "each") };
        let who = lab.pool_of(index).map_or("hosts have".to_owned(), |pool| format!("the pool `{}` has", pool.name));
        let message = format!("{ids}{more} {asks} for no {name}, of which {who} a budget: {each} counts as 0");
        let listed = unasked.iter().find_map(|one| proposed(demand, one, resource));
        let help = match listed {
            Some(size) => {
                format!("write how much, `{name}: 0` for nothing, or take it from the catalogue: `size: {size}`")
            }
            None => format!("write how much, or `{name}: 0` for nothing"),
        };
        found.add(Code::NothingAsked, first.at, message, help);
    }
}

/// The size of the catalogue that has the name of the container, its startup or its stack, where it gives so much.
fn proposed(demand: &Demand, service: &Service, resource: &Resource) -> Option<&'static str> {
    let startup = &demand.startups[service.startup];
    let names = [Some(service.name.as_str()), Some(startup.name.as_str()), startup.stack.as_deref()];
    let listed =
        names.into_iter().flatten().find_map(|name| catalogue::lookup(name).filter(|it| it.usable_as_container()))?;
    services::catalogue_amount(listed, resource).map(|_| listed.name)
}

/// Requests, limits and measurements are summed later without a further look.
fn check_sums(demand: &Demand, resources: &[Counted], found: &mut Findings) {
    for (index, resource) in resources.iter().enumerate() {
        let (mut asked, mut limits, mut observed) = (0_u128, 0_u128, 0_u128);
        let mut beyond = None;
        let most = if resource.is_limits() { UNLIMITED } else { LARGEST_SUM };
        for service in &demand.services {
            let containers = service.instances() as u128;
            let request = service.request.get(index).map_or(0, |amount| amount.value);
            let limit = service.limit.get(index).copied().flatten().unwrap_or(request);
            let measured = service.observed.as_ref().and_then(|one| one.amounts.get(index).copied().flatten());
            asked += containers * u128::from(request);
            limits += containers * u128::from(limit);
            observed += containers * u128::from(measured.unwrap_or(0));
            if asked.max(limits).max(observed) > u128::from(most) {
                beyond = Some(service.at);
                break;
            }
        }
        if let Some(at) = beyond {
            let message = format!("all containers together ask for more {} than can be counted", resource.name());
            let help = format!("the limit is {}", resource.show(most));
            found.push(Diagnostic::new(Code::AmountTooLarge, at, message).help(help));
        }
    }
}

/// Fills in what each service needs, and reports circles.
fn resolve_needs(demand: &mut Demand, unknown_startups: &BTreeSet<StartupIndex>, found: &mut Findings) -> Option<()> {
    let mut all: Vec<Vec<ServiceIndex>> = Vec::with_capacity(demand.services.len());
    let mut pairs = 0_usize;
    // Every startup of a stack has the wrong needs of the stack: once is enough.
    let mut unknown: HashSet<Place> = HashSet::new();
    let index = Index::new(demand, unknown_startups);
    for service in &demand.services {
        let written = &service.made.needs;
        let mut needs = Vec::with_capacity(written.len());
        pairs = pairs.saturating_add(written.len());
        if pairs > MOST_NEEDS {
            let message = format!("containers need more than {MOST_NEEDS} others in all, the limit");
            found.add(Code::TooLarge, service.at, message, "leave out what needs each other anyway");
            return None;
        }
        for (text, at) in written.iter() {
            // What is no name has been reported with the shape of its file.
            if unknown.contains(at) || !crate::document::syntax::shape::is_need(text) {
                continue;
            }
            let (startup, name) = match text.split_once('/') {
                Some((startup, name)) => (index.startup(startup, *at, found), name),
                None => (Some(service.startup), &**text),
            };
            match startup.and_then(|startup| index.service(startup, name, *at, found)) {
                Some(need) => needs.push(need),
                None => drop(unknown.insert(*at)),
            }
        }
        needs.sort_unstable();
        needs.dedup();
        all.push(needs);
    }
    drop(index);
    report_cycles(demand, &all, found);
    for (service, needs) in demand.services.iter_mut().zip(all) {
        service.needs = needs;
    }
    Some(())
}

fn report_cycles(demand: &Demand, needs: &[Vec<ServiceIndex>], found: &mut Findings) {
    const LONGEST_SHOWN: usize = 12;
    let id = |service: ServiceIndex| match demand.services.get(service) {
        Some(one) => format!("`{}/{}`", demand.startups[one.startup].name, one.name),
        None => String::new(),
    };
    let mut seen = HashSet::new();
    for cycle in graph::cycles(needs) {
        let Some((first, its)) = cycle.first().and_then(|first| Some((*first, demand.services.get(*first)?))) else {
            continue;
        };
        let next = cycle.get(1).copied().unwrap_or(first);
        let name = demand.services.get(next).map_or("", |service| service.name.as_str());
        let written = its.made.needs.iter().find(|(text, _)| text.rsplit('/').next() == Some(name));
        let at = written.map_or(its.at, |(_, at)| *at);
        // Every startup of a stack has the circle of the stack: once is enough.
        if !seen.insert(at) {
            continue;
        }
        let mut path: Vec<String> = cycle.iter().take(LONGEST_SHOWN).map(|service| id(*service)).collect();
        if cycle.len() > LONGEST_SHOWN {
            path.push(format!("{} more", cycle.len() - LONGEST_SHOWN));
        }
        path.push(id(first));
        let diagnostic = Diagnostic::new(Code::NeedsCycle, at, path.join(" needs "));
        found.push(diagnostic.help("nothing in it could start first: take one of these `needs` out"));
    }
}
