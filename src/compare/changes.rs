//! What somebody changed in the document. Every struct is taken apart without `..`, so that a new field cannot be
//! forgotten here: it is compared, or said why not.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::names::{Natural, pairs};
use super::{Change, Thing};
use crate::model::{
    Amount, Basis, Carries, Demand, Every, Goal, GoalValue, Host, HostState, Inside, Lab, Layout, MOST_CONTAINERS,
    Observed, Origin, Pool, PoolIndex, ResourceIndex, Rule, Service, ServiceIndex, Startup, Survive, Wish,
};
use crate::quantity::{Decimal, Resource};

/// Everything but the placement and the containers themselves, sorted by kind of thing and name.
pub(super) fn changes(a: &Layout, b: &Layout) -> Vec<Change> {
    let Layout {
        name,
        lab: Lab { resources, times: _, hosts: _, pools: _ },
        demand: Demand { startups: _, services: _, containers: _, basis: _ },
        rules: _,
        wishes: _,
        survive,
        // Asked for on the command line.
        most_moves: _,
        // What is compared is of one phase each.
        phases: _,
        phase: _,
        goals,
        balance,
        // A plan of tools: it changes nothing that runs.
        toolbox: _,
        // Compared container by container.
        placement: _,
        // Places in files.
        placed_at: _,
        stacks: _,
        dormant: _,
        files: _,
    } = a;
    let goal_name = |layout: &Layout, goal: Goal| match goal {
        Goal::Balance if !layout.balance.is_empty() => {
            let by: Vec<&str> = layout.balance.iter().map(Resource::name).collect();
            format!("{{balance: [{}]}}", by.join(", "))
        }
        Goal::LeastCarried(_) => format!("{{{}}}", goal.name()),
        _ => goal.name().to_owned(),
    };
    let goal_names = |layout: &Layout| list(layout.goals.iter().map(|&goal| goal_name(layout, goal)));
    let budget = |layout: &Layout| list(layout.lab.resources.iter().map(|it| it.name().to_owned()));
    let mut layout = Keys::default();
    layout.add("name", name != &b.name, [name.clone(), b.name.clone()]);
    layout.add("resources", resources != &b.lab.resources, [budget(a), budget(b)]);
    layout.add("goals", (goals, balance) != (&b.goals, &b.balance), [goal_names(a), goal_names(b)]);
    layout.text("survive", survive.as_ref().map(|it| survived(a, it)), b.survive.as_ref().map(|it| survived(b, it)));
    let mut changes = layout.into_changes(Thing::Layout, "");
    changes.extend(host_changes(a, b));
    changes.extend(pool_changes(a, b));
    changes.extend(stack_changes(a, b));
    changes.extend(startup_changes(a, b));
    service_changes(a, b, &mut changes);
    rule_changes(a, b, &mut changes);
    changes
}

/// What hosts and containers of the same names say otherwise.
pub(super) fn amounts(a: &Layout, b: &Layout) -> Vec<Change> {
    let mut changes = host_changes(a, b);
    service_changes(a, b, &mut changes);
    changes
}

/// The keys of one thing that differ.
#[derive(Default)]
struct Keys(Vec<(String, [Option<String>; 2])>);

impl Keys {
    fn add(&mut self, key: impl Into<String>, differs: bool, sides: [Option<String>; 2]) {
        if differs {
            self.0.push((key.into(), sides));
        }
    }

    /// A value that differs when its text does.
    fn text(&mut self, key: impl Into<String>, a: Option<String>, b: Option<String>) {
        let differs = a != b;
        self.add(key, differs, [a, b]);
    }

    fn into_changes(self, kind: Thing, name: &str) -> Vec<Change> {
        let change =
            |(key, [a, b]): (String, [Option<String>; 2])| Change { kind, name: name.to_owned(), key: Some(key), a, b };
        self.0.into_iter().map(change).collect()
    }
}

/// A thing that only one side has.
fn lone(kind: Thing, name: String, is_new: bool) -> Change {
    let word = Some(kind.name().to_owned());
    let (a, b) = if is_new { (None, word) } else { (word, None) };
    Change { kind, name, key: None, a, b }
}

/// What differs of things by name: the keys of those that both sides have, and those that only one has.
fn each<T: Clone>(kind: Thing, a: Vec<(String, T)>, b: Vec<(String, T)>, keys: impl Fn(&T, &T) -> Keys) -> Vec<Change> {
    let of = |(name, sides): (Natural, [Option<T>; 2])| match sides {
        [Some(one), Some(other)] => keys(&one, &other).into_changes(kind, &name.0),
        [first, _] => vec![lone(kind, name.0, first.is_none())],
    };
    pairs(a.into_iter(), b.into_iter()).into_iter().flat_map(of).collect()
}

fn host_changes(a: &Layout, b: &Layout) -> Vec<Change> {
    let by_name = |it: &Layout| it.lab.hosts.iter().map(|host| (host.name.clone(), host.clone())).collect();
    each(Thing::Host, by_name(a), by_name(b), |host, other| host_keys(&a.lab, host, &b.lab, other))
}

fn host_keys(lab: &Lab, host: &Host, other_lab: &Lab, other: &Host) -> Keys {
    let Host {
        name: _,
        kind,
        title,
        capacity,
        reserve,
        // Follows from the three around it.
        allocatable: _,
        overcommit,
        targets,
        labels,
        watts,
        price,
        state,
        // Says when it is there, which changes nothing while it is; what it is later another comparison says.
        span: _,
        later: _,
        // What follows from it is compared.
        kept: _,
        at: _,
    } = host;
    let mut keys = Keys::default();
    keys.text("kind", Some(kind.clone()), Some(other.kind.clone()));
    keys.text("title", title.clone(), other.title.clone());
    for resource in lab.resources.iter().chain(&other_lab.resources).collect::<BTreeSet<_>>() {
        let amount = |amounts: &[u64], lab: &Lab| {
            let amount = lab.resource_index(resource).map_or(0, |index| amounts[index]);
            (amount > 0).then(|| exact(resource, amount))
        };
        let factor = |overcommit: &[Option<String>], lab: &Lab| overcommit[lab.resource_index(resource)?].clone();
        if resource.is_pooled() {
            continue;
        }
        let name = resource.resource.name();
        if *resource == Resource::Containers {
            let most = |amounts: &[u64], lab: &Lab| lab.resource_index(resource).map(|index| amounts[index]);
            let said = |most: Option<u64>| most.filter(|most| *most < MOST_CONTAINERS).map(|most| most.to_string());
            keys.text(name, said(most(capacity, lab)), said(most(&other.capacity, other_lab)));
            continue;
        }
        // At a further time a host has what it has.
        if resource.is_derived() && !resource.is_limits() {
            continue;
        }
        if resource.is_limits() {
            let percent = |factor: Option<String>| Some(Decimal::parse(&factor?).ok()?.percent());
            let [was, is] = [factor(overcommit, lab), factor(&other.overcommit, other_lab)].map(percent);
            keys.text(format!("limits of {}", resource.base().name()), was, is);
            continue;
        }
        keys.text(name, amount(capacity, lab), amount(&other.capacity, other_lab));
        keys.text(format!("reserve of {name}"), amount(reserve, lab), amount(&other.reserve, other_lab));
        keys.text(format!("overcommit of {name}"), factor(overcommit, lab), factor(&other.overcommit, other_lab));
        let percent = |targets: &[Option<Decimal>], lab: &Lab| {
            targets.get(lab.resource_index(resource)?).copied().flatten().map(|target| format!("{target}%"))
        };
        keys.text(format!("target of {name}"), percent(targets, lab), percent(&other.targets, other_lab));
    }
    for label in labels.keys().chain(other.labels.keys()).collect::<BTreeSet<_>>() {
        keys.text(format!("label {label}"), labels.get(label).cloned(), other.labels.get(label).cloned());
    }
    keys.text("watts", Some(millionths(*watts)), Some(millionths(other.watts)));
    keys.text("price", Some(millionths(*price)), Some(millionths(other.price)));
    keys.text("state", Some(state_name(*state)), Some(state_name(other.state)));
    keys
}

fn pool_changes(a: &Layout, b: &Layout) -> Vec<Change> {
    let by_name = |it: &Layout| it.lab.pools.iter().map(|pool| (pool.name.clone(), pool.clone())).collect();
    each(Thing::Pool, by_name(a), by_name(b), |pool, other| pool_keys(&a.lab, pool, &b.lab, other))
}

fn pool_keys(lab: &Lab, pool: &Pool, other_lab: &Lab, other: &Pool) -> Keys {
    let Pool {
        name: _,
        title,
        resources,
        capacity,
        reserve,
        // Follow from what is written and compared.
        kept: _,
        allocatable: _,
        hosts: _,
        said: _,
        written,
        // What is compared is of one phase each.
        later: _,
        at: _,
    } = pool;
    let mut keys = Keys::default();
    keys.text("title", title.clone(), other.title.clone());
    let of = |lab: &Lab, its: &Range<ResourceIndex>| lab.resources[its.clone()].to_vec();
    let both = [of(lab, resources), of(other_lab, &other.resources)];
    for resource in both.iter().flatten().collect::<BTreeSet<_>>() {
        let amount = |side: usize, amounts: &[u64]| {
            let amount = both[side].iter().position(|known| known == resource).map_or(0, |index| amounts[index]);
            (amount > 0).then(|| exact(resource, amount))
        };
        let name = resource.base().name();
        keys.text(name, amount(0, capacity), amount(1, &other.capacity));
        keys.text(format!("reserve of {name}"), amount(0, reserve), amount(1, &other.reserve));
    }
    let said = |written: &Option<std::sync::Arc<str>>| written.as_ref().map(|written| written.to_string());
    keys.text("hosts", said(written), said(&other.written));
    keys
}

fn stack_changes(a: &Layout, b: &Layout) -> Vec<Change> {
    let by_name = |it: &Layout| it.stacks.iter().map(|stack| (stack.name.clone(), ())).collect();
    each(Thing::Stack, by_name(a), by_name(b), |(), ()| Keys::default())
}

fn startup_changes(a: &Layout, b: &Layout) -> Vec<Change> {
    let by_name = |it: &Layout| it.demand.startups.iter().map(|one| (one.name.clone(), one.clone())).collect();
    each(Thing::Startup, by_name(a), by_name(b), startup_keys)
}

fn startup_keys(startup: &Startup, other: &Startup) -> Keys {
    // Its services are compared one by one. That they share a host is a rule.
    let Startup { name: _, title, stack, priority, services: _, span: _, together: _, own_together: _, at: _ } =
        startup;
    let mut keys = Keys::default();
    keys.text("title", title.clone(), other.title.clone());
    keys.text("stack", stack.clone(), other.stack.clone());
    keys.text("priority", Some(priority.to_string()), Some(other.priority.to_string()));
    keys
}

/// Services that both have; others come and go with their containers.
fn service_changes(a: &Layout, b: &Layout, changes: &mut Vec<Change>) {
    let by_id = |layout: &Layout| {
        (0..layout.demand.services.len()).map(|index| (layout.service_id(index), index)).collect::<Vec<_>>()
    };
    for (name, sides) in pairs(by_id(a).into_iter(), by_id(b).into_iter()) {
        match sides {
            [Some(service), Some(other)] => {
                changes.extend(service_keys(a, service, b, other).into_changes(Thing::Container, &name.0));
            }
            // Nothing of an agent is placed that could come or go.
            [first, second] => {
                let is_agent = |layout: &Layout, of: usize| layout.demand.services[of].every.is_some();
                let came = second.is_some_and(|it| is_agent(b, it));
                if came || first.is_some_and(|it| is_agent(a, it)) {
                    changes.push(lone(Thing::Container, name.0, came));
                }
            }
        }
    }
}

fn service_keys(a: &Layout, service: ServiceIndex, b: &Layout, other: ServiceIndex) -> Keys {
    let Service {
        startup: _,
        name: _,
        title,
        request,
        limit,
        observed,
        pool,
        // Follows from what is written and from the hosts there are.
        on: _,
        on_written,
        on_at: _,
        inside,
        carries,
        every,
        needs,
        counted,
        containers,
        keep,
        span: _,
        later: _,
        counts: _,
        made: _,
        at: _,
    } = &a.demand.services[service];
    let other = &b.demand.services[other];
    let mut keys = Keys::default();
    keys.text("title", title.clone(), other.title.clone());
    // What only one layout budgets, the other knows nothing about.
    for (index, resource) in a.lab.resources.iter().enumerate() {
        let Some(other_index) = b.lab.resource_index(resource).filter(|_| resource.is_request()) else {
            continue;
        };
        let name = resource.name();
        let seen = |observed: &Option<Observed>, index: usize| {
            let Observed { amounts, source: _, date: _ } = observed.as_ref()?;
            amounts[index].map(|amount| exact(resource, amount))
        };
        let measured = [seen(observed, index), seen(&other.observed, other_index)];
        // Where what was observed gates, it stands in place of the request, which is not known any more.
        if a.demand.basis == Basis::Request || measured.iter().all(Option::is_none) {
            let requests = [&request[index], &other.request[other_index]];
            keys.add(name, requests[0] != requests[1], request_texts(resource, requests));
        }
        let limits = [limit[index], other.limit[other_index]].map(|limit| limit.map(|limit| exact(resource, limit)));
        let [limit, other_limit] = limits;
        keys.text(format!("limit of {name}"), limit, other_limit);
        let [seen, other_seen] = measured;
        keys.text(format!("observed {name}"), seen, other_seen);
        for (key, of) in CARRIED {
            let said = |carries: &Option<Arc<Carries>>, index: usize| of(carries.as_deref()?, index, resource);
            keys.text(format!("{key} of {name}"), said(carries, index), said(&other.carries, other_index));
        }
    }
    let source = |observed: &Option<Observed>| observed.as_ref().and_then(|observed| observed.source.clone());
    let date = |observed: &Option<Observed>| observed.as_ref().and_then(|observed| observed.date.clone());
    keys.text("source of observed", source(observed), source(&other.observed));
    keys.text("date of observed", date(observed), date(&other.observed));
    let written = |on: &Option<std::sync::Arc<str>>| on.as_ref().map(|on| on.to_string());
    let of = |layout: &Layout, pool: Option<PoolIndex>| pool.map(|pool| layout.lab.pools[pool].name.clone());
    keys.text("pool", of(a, *pool), of(b, other.pool));
    keys.text("on", written(on_written), written(&other.on_written));
    let within = |inside: &Option<Inside>| inside.as_ref().map(|inside| inside.written.to_string());
    keys.text("inside", within(inside), within(&other.inside));
    let does = |carries: &Option<Arc<Carries>>| carries.as_ref().map(|_| "yes".to_owned());
    keys.text("carries", does(carries), does(&other.carries));
    let labels = |carries: &Option<Arc<Carries>>| {
        list(carries.iter().flat_map(|it| &it.labels).map(|(label, value)| format!("{label}: {value}")))
    };
    keys.text("labels", labels(carries), labels(&other.carries));
    let of_each = |every: &Option<Every>| every.as_ref().map(|every| every.written.to_string());
    keys.text("every", of_each(every), of_each(&other.every));
    let ids = |layout: &Layout, needs: &[ServiceIndex]| {
        let sorted: BTreeSet<Natural> = needs.iter().map(|&need| Natural(layout.service_id(need))).collect();
        list(sorted.into_iter().map(|id| id.0))
    };
    keys.text("needs", ids(a, needs), ids(b, &other.needs));
    keys.text("keep", keep.map(|keep| keep.to_string()), other.keep.map(|keep| keep.to_string()));
    let replicas = |counted: bool, count: usize| counted.then(|| count.to_string());
    keys.text("replicas", replicas(*counted, containers.len()), replicas(other.counted, other.containers.len()));
    keys
}

/// What a carrier says of a resource, as a document would.
type Carried = fn(&Carries, usize, &Resource) -> Option<String>;

/// By the keys under which it stands.
const CARRIED: [(&str, Carried); 3] = [
    ("reserve", |of, index, resource| Some(of.reserve[index]).filter(|it| *it > 0).map(|it| exact(resource, it))),
    ("overcommit", |of, index, _| of.overcommit[index].map(|factor| factor.to_string())),
    ("step", |of, index, resource| Some(of.step[index]).filter(|it| *it > 1).map(|it| exact(resource, it))),
];

/// The two amounts; with their origins where only these tell them apart.
fn request_texts(resource: &Resource, requests: [&Amount; 2]) -> [Option<String>; 2] {
    let same_amount = requests[0].value == requests[1].value;
    requests.map(|Amount { value, origin }| {
        let amount = exact(resource, *value);
        match origin {
            Origin::Unset | Origin::Itself => None,
            Origin::Content => Some("content".to_owned()),
            Origin::Given if same_amount => Some(format!("{amount} (given)")),
            Origin::Size(name) if same_amount => Some(format!("{amount} (size `{name}`)")),
            // A figure that is not the document's own is said to be so wherever it is.
            Origin::Catalogue { name, source: _ } => Some(format!("{amount} (catalogue `{name}`)")),
            _ => Some(amount),
        }
    })
}

/// `1`, `{any: zone}`, `2, except [s01/db], moves allowed`.
fn survived(layout: &Layout, survive: &Survive) -> String {
    let Survive { hosts: _, labels: _, except, reach: _, moves, at: _ } = survive;
    let except: BTreeSet<Natural> = except.iter().map(|&it| Natural(layout.container_id(it))).collect();
    let except = list(except.into_iter().map(|id| id.0)).map_or_else(String::new, |ids| format!(", except {ids}"));
    format!("{}{except}{}", survive.written(), if *moves { ", moves allowed" } else { "" })
}

/// A rule that binds others than before only because containers came or went is the same rule: rules are told apart by
/// the containers that both layouts have. One that binds no two of those is told apart by all that it binds.
fn rule_changes(a: &Layout, b: &Layout, changes: &mut Vec<Change>) {
    let ids = |layout: &Layout| -> BTreeSet<String> {
        layout.demand.indices().map(|container| layout.container_id(container)).collect()
    };
    let common: BTreeSet<String> = ids(a).intersection(&ids(b)).cloned().collect();
    let (first, second) = (rules_by_what_they_bind(a, &common), rules_by_what_they_bind(b, &common));
    let mut lone_rules: Vec<(Natural, bool)> = Vec::new();
    for key in first.keys().chain(second.keys()).collect::<BTreeSet<_>>() {
        let (before, after) = (first.get(key).map_or(&[][..], |it| it), second.get(key).map_or(&[][..], |it| it));
        let paired = before.len().min(after.len());
        lone_rules.extend(before[paired..].iter().map(|text| (Natural(text.clone()), false)));
        lone_rules.extend(after[paired..].iter().map(|text| (Natural(text.clone()), true)));
    }
    lone_rules.sort();
    changes.extend(lone_rules.into_iter().map(|(name, is_new)| lone(Thing::Rule, name.0, is_new)));
}

/// What is asked, and of whom.
type RuleKey = (String, Vec<Natural>);

/// The rules and wishes in words, by what they ask and containers.
fn rules_by_what_they_bind(layout: &Layout, common: &BTreeSet<String>) -> BTreeMap<RuleKey, Vec<String>> {
    let mut rules: BTreeMap<RuleKey, Vec<String>> = BTreeMap::new();
    let written = layout.rules.iter();
    let written = written.map(|Rule { kind, containers, reach: _, each: _, at: _ }| (kind.words(), containers.clone()));
    let wishes = layout.all_wishes().into_iter();
    let wishes = wishes.map(|Wish { asks, containers, weight, reach: _, each: _, at: _ }| {
        (format!("wish of {weight}, {}", asks.words()), containers)
    });
    for (words, containers) in written.chain(wishes) {
        let mut all: Vec<Natural> = containers.iter().map(|&it| Natural(layout.container_id(it))).collect();
        all.sort();
        let shared: Vec<Natural> = all.iter().filter(|id| common.contains(&id.0)).cloned().collect();
        let names = list(all.iter().map(|id| id.0.clone())).unwrap_or_default();
        let key = if shared.len() < 2 { all } else { shared };
        rules.entry((words.clone(), key)).or_default().push(format!("{words}: {names}"));
    }
    rules
}

fn state_name(state: HostState) -> String {
    match state {
        HostState::Up => "up",
        HostState::Drain => "drain",
        HostState::Planned => "planned",
    }
    .to_owned()
}

/// An amount as a document would write it: two that differ never read the same.
fn exact(resource: &Resource, amount: u64) -> String {
    resource.write(amount)
}

/// `2.5`, `15`.
fn millionths(amount: u64) -> String {
    GoalValue::Millionths(amount).to_string()
}

/// `[a, b]`; `None` for none.
fn list(names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| format!("[{}]", names.join(", ")))
}
