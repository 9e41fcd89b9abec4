//! What is supposed in words as changes of a layout: hosts lost, drained or added, requests grown, startups left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::Problems;
use crate::document::resolve::patterns::{Index, Pattern};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::keys::MOST_HOSTS;
use crate::document::syntax::names::help_with;
use crate::model::{
    Change, ChangeError, ContainerIndex, Host, HostIndex, Layout, Numbered, Of, ResourceIndex, ServiceIndex,
    StartupIndex, apply,
};
use crate::quantity::{Counted, Decimal, LARGEST_AMOUNT, shorten};

/// Something supposed. Hosts that are lost or drained may be kinds, which means all hosts of the kind, or a label and its
/// value (`zone=a`), which means all hosts that carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supposed {
    /// The host is gone, and what ran there stands still.
    Lose(String),
    /// The host is to become empty.
    Drain(String),
    /// So many more hosts of a kind, like its first.
    AddHost(String, u32),
    /// Containers ask for more or less.
    Grow {
        /// Which, as a pattern.
        pattern: String,
        /// Of which resource.
        resource: String,
        /// `+20%`, `-10%`, `+512MiB`.
        by: String,
    },
    /// The startup, or those of a range or pattern, are left out.
    Without(String),
}

/// What is supposed as changes of `layout`, names being those of `layout`.
///
/// # Errors
/// All that is wrong with what is supposed.
pub fn suppose(layout: &Layout, supposed: &[Supposed]) -> Result<Vec<Change>, Problems> {
    let mut found = Findings::default();
    let mut changes = Vec::new();
    let mut hosts = layout.lab.hosts.len() as u64;
    let mut names: BTreeSet<String> = layout.lab.hosts.iter().map(|host| host.name.clone()).collect();
    let mut grown: BTreeMap<(ServiceIndex, ResourceIndex), u64> = BTreeMap::new();
    for one in supposed {
        match one {
            Supposed::Lose(name) => {
                changes.extend(hosts_named(layout, name, &mut found).into_iter().map(Change::HostLost))
            }
            Supposed::Drain(name) => {
                changes.extend(hosts_named(layout, name, &mut found).into_iter().map(Change::Drained));
            }
            Supposed::AddHost(kind, count) => {
                let Some(like) = kind_named(layout, kind, &mut found) else { continue };
                hosts += u64::from(*count);
                let few = if hosts > MOST_HOSTS { 0 } else { *count };
                changes.extend(further_hosts(layout, like, few, &mut names));
            }
            Supposed::Grow { pattern, resource, by } => {
                grow(layout, (pattern, resource, by), &mut grown, &mut found);
            }
            Supposed::Without(name) => {
                let startups = startups_named(layout, name, &mut found);
                changes.extend(startups.into_iter().map(Change::StartupLeftOut));
            }
        }
    }
    let requests = grown.into_iter();
    changes.extend(requests.map(|((service, resource), amount)| Change::Request {
        of: Of::Service(service),
        resource,
        amount,
    }));
    let lost = changes.iter().filter(|change| matches!(change, Change::HostLost(_))).collect::<Vec<_>>();
    if lost.len() >= layout.lab.hosts.len() && matches!(apply(layout, &changes), Err(ChangeError::NoHosts)) {
        say(&mut found, Code::NoHosts, "no host would be left".to_owned(), "lose fewer, or add one with `--add-host`");
    }
    if hosts > MOST_HOSTS {
        let message = format!("{hosts} hosts are more than {MOST_HOSTS}, the limit");
        say(&mut found, Code::TooManyHosts, message, "add fewer");
    }
    if !found.has_errors() {
        let too_much = match apply(layout, &changes) {
            Err(ChangeError::SumTooLarge(resource)) => layout.lab.resources[resource].name(),
            Err(ChangeError::CostsTooLarge) => "price or watts",
            _ => "",
        };
        if !too_much.is_empty() {
            let message = format!("the sums of {too_much} are more than is counted exactly");
            say(&mut found, Code::AmountTooLarge, message, "suppose less");
        }
    }
    if found.has_errors() {
        return Err(Problems { diagnostics: found.into_sorted(), sources: Vec::new() });
    }
    Ok(changes)
}

/// So many more hosts like the first of a kind, under names that are free.
fn further_hosts(layout: &Layout, like: HostIndex, count: u32, names: &mut BTreeSet<String>) -> Vec<Change> {
    let kind = &layout.lab.hosts[like].kind;
    let mut further = Vec::new();
    for number in 1_u64.. {
        if further.len() == count as usize {
            break;
        }
        let name = format!("{kind}-new-{number}");
        if names.insert(name.clone()) {
            further.push(Change::HostAdded { like, name, kind: kind.clone() });
        }
    }
    further
}

/// A finding about the command line: it has no place in a file.
fn say(found: &mut Findings, code: Code, message: String, help: impl Into<String>) {
    found.push(Diagnostic { at: None, ..Diagnostic::new(code, Place::default(), message).help(help) });
}

/// The hosts of that name, or all of that kind, or with that value of a label.
fn hosts_named(layout: &Layout, name: &str, found: &mut Findings) -> Vec<HostIndex> {
    let hosts = || layout.lab.hosts.iter().numbered();
    if let Some((label, value)) = name.split_once('=') {
        return hosts_labelled(layout, label, value, found);
    }
    let named: Vec<HostIndex> = hosts().filter(|(_, host)| host.name == name).map(|(index, _)| index).collect();
    let of_kind: Vec<HostIndex> = hosts().filter(|(_, host)| host.kind == name).map(|(index, _)| index).collect();
    let all = if named.is_empty() { of_kind } else { named };
    if all.is_empty() {
        let known: BTreeSet<&str> = hosts().flat_map(|(_, host)| [host.name.as_str(), host.kind.as_str()]).collect();
        unknown_host(name, &known, found);
    }
    all
}

/// The hosts with this value of a label.
fn hosts_labelled(layout: &Layout, label: &str, value: &str, found: &mut Findings) -> Vec<HostIndex> {
    let carries = |host: &Host| host.labels.get(label).is_some_and(|own| own == value);
    let all: Vec<HostIndex> =
        layout.lab.hosts.iter().numbered().filter(|(_, host)| carries(host)).map(|(index, _)| index).collect();
    if all.is_empty() {
        let labels = layout.lab.hosts.iter().flat_map(|host| &host.labels);
        let said: BTreeSet<String> = labels.map(|(label, value)| format!("{label}={value}")).collect();
        let written = format!("{label}={value}");
        let help = help_with(&written, said.iter().map(String::as_str));
        let help = help.unwrap_or_else(|| "name a label of the hosts and one of its values, as in `zone=a`".to_owned());
        say(found, Code::UnknownLabel, format!("no host carries the label `{}`", shorten(&written)), help);
    }
    all
}

/// The first host of a kind.
fn kind_named(layout: &Layout, kind: &str, found: &mut Findings) -> Option<HostIndex> {
    let first = layout.lab.hosts.iter().position(|host| host.kind == kind);
    if let (None, Some(one)) = (first, layout.lab.hosts.iter().find(|host| host.name == kind)) {
        let message = format!("`{}` is one host; what is added is one of a kind", one.name);
        say(found, Code::UnknownHost, message, format!("write `{}`, its kind", one.kind));
    } else if first.is_none() {
        unknown_host(kind, &layout.lab.hosts.iter().map(|host| host.kind.as_str()).collect(), found);
    }
    first.map(HostIndex)
}

fn unknown_host(name: &str, known: &BTreeSet<&str>, found: &mut Findings) {
    let help = help_with(name, known.iter().copied());
    let help = help.unwrap_or_else(|| "write it under `hosts`, or check the name".to_owned());
    say(found, Code::UnknownHost, format!("there is no host `{}`", shorten(name)), help);
}

/// The containers of a pattern, and the agents; findings lose their place, which is no file.
fn matched(
    layout: &Layout,
    text: &str,
    pattern: &str,
    found: &mut Findings,
) -> (Vec<ContainerIndex>, Vec<ServiceIndex>) {
    if let Err((code, why)) = Pattern::parse(pattern) {
        let message = format!("`{}` is no pattern: {why}", shorten(text));
        say(found, code, message, "write it as in `s01/db`, `s01..s12/*` or `*/db`");
        return (Vec::new(), Vec::new());
    }
    let unknown = BTreeSet::new();
    let mut of_pattern = Findings::default();
    let mut index = Index::new(&layout.demand, &unknown);
    let matched = index.containers(pattern, Place::default(), &|_| true, &mut of_pattern);
    for finding in of_pattern.into_sorted() {
        found.push(Diagnostic { at: None, ..finding });
    }
    (matched.unwrap_or_default(), index.agents(pattern))
}

fn startups_named(layout: &Layout, name: &str, found: &mut Findings) -> BTreeSet<StartupIndex> {
    let (containers, agents) = matched(layout, name, &format!("{name}/*"), found);
    let of_agents = agents.into_iter().map(|agent| layout.demand.services[agent].startup);
    containers.into_iter().map(|container| layout.demand.startup_of(container)).chain(of_agents).collect()
}

/// What the containers of a pattern ask for of a resource after it grew, again where it has grown before.
fn grow(
    layout: &Layout,
    what: (&str, &str, &str),
    all: &mut BTreeMap<(ServiceIndex, ResourceIndex), u64>,
    found: &mut Findings,
) {
    let (pattern, resource, by) = what;
    let (containers, agents) = matched(layout, pattern, pattern, found);
    let asked = |known: &&Counted| known.is_asked();
    // What a pool has is called as what hosts have: whose it is the container says.
    let index = layout.lab.resources.iter().position(|known| asked(&known) && known.base().name() == resource);
    let Some(index) = index else {
        let mut known: Vec<&str> = layout.lab.resources.iter().filter(asked).map(|it| it.base().name()).collect();
        known.dedup();
        let known = known.iter().copied();
        let help = help_with(resource, known.clone());
        let all = known.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let message = format!("no host lists a resource `{}`", shorten(resource));
        return say(found, Code::UnknownResource, message, help.unwrap_or_else(|| format!("there are {all}")));
    };
    if containers.is_empty() && agents.is_empty() {
        return;
    }
    if let Some((all, _)) = pattern.split_once('@').filter(|_| !agents.is_empty()) {
        let message = format!(
            "`{}` names one of `{}` only, which asks for the same on every host",
            shorten(pattern),
            shorten(all)
        );
        return say(found, Code::BadPattern, message, format!("write `{}`", shorten(all)));
    }
    let mut services: BTreeMap<ServiceIndex, usize> =
        containers.iter().fold(BTreeMap::new(), |mut services, &container| {
            *services.entry(layout.demand.containers[container].service).or_default() += 1;
            services
        });
    if let Some((&service, _)) =
        services.iter().find(|(service, count)| layout.demand.services[**service].containers.len() != **count)
    {
        let id = layout.service_id(service);
        let message = format!("`{}` names some replicas of `{id}` only, which all ask for the same", shorten(pattern));
        return say(found, Code::BadPattern, message, format!("write `{id}`"));
    }
    services.extend(agents.into_iter().map(|agent| (agent, 0)));
    let asked_as = |service: ServiceIndex| layout.lab.asked_as(layout.demand.services[service].pool, index);
    let asked = |service: ServiceIndex| {
        let of = &layout.demand.services[service];
        let times = asked_as(service).map_or_else(Vec::new, |resource| layout.lab.at_all_times(resource));
        times.into_iter().map(|at| of.request[at].value).max().unwrap_or(0)
    };
    if services.keys().all(|&service| asked(service) == 0) {
        let message = format!("no container of `{}` asks for {resource}: nothing can grow", shorten(pattern));
        return say(found, Code::NoMatch, message, "name containers that ask for it");
    }
    let follows = |service: ServiceIndex| {
        let carries = layout.demand.services[service].carries.as_deref();
        carries.zip(asked_as(service)).is_some_and(|(carries, its)| carries.content[its])
    };
    // What is as large as what it holds grows with that.
    services.retain(|&service, _| asked(service) > 0 && !follows(service));
    if services.is_empty() {
        let message =
            format!("`{}` asks for as much {resource} as it holds: it cannot grow by itself", shorten(pattern));
        return say(found, Code::NoMatch, message, "have that grow which lies in it");
    }
    for &service in services.keys() {
        let Some(its) = asked_as(service) else { continue };
        for at in layout.lab.at_all_times(its) {
            let now = layout.demand.services[service].request[at].value;
            let amount = all.entry((service, at)).or_insert(now);
            match grown(layout, at, *amount, by) {
                Ok(value) => *amount = value,
                Err((code, message)) => {
                    return say(found, code, message, "write how much more or less: `+20%`, `-10%`, `+512MiB`");
                }
            }
        }
    }
}

/// `amount` after it grew by `by`, rounded up to a whole base unit.
fn grown(layout: &Layout, resource: ResourceIndex, amount: u64, by: &str) -> Result<u64, (Code, String)> {
    let wrong = || (Code::BadAmount, format!("`{}` is no growth", shorten(by)));
    let (less, rest) = match (by.strip_prefix('+'), by.strip_prefix('-')) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => return Err(wrong()),
    };
    let change = match rest.strip_suffix('%') {
        Some(percent) => {
            let percent = Decimal::parse(percent.trim_end()).map_err(|_| wrong())?;
            // What is left is rounded up, too.
            if less { percent.times_rounded_down(amount) / 100 } else { percent.percent_rounded_up(amount) }
        }
        None => {
            let kind = &layout.lab.resources[resource];
            let read = if less { kind.parse_down(rest) } else { kind.parse_up(rest) };
            u128::from(read.map_err(|error| (Code::BadAmount, error.to_string()))?)
        }
    };
    let amount = u128::from(amount);
    let value = if less { amount.checked_sub(change) } else { Some(amount + change) };
    match value.map(u64::try_from) {
        Some(Ok(value)) if value <= LARGEST_AMOUNT => Ok(value),
        Some(_) => Err((Code::AmountTooLarge, format!("`{}` grows beyond what is counted exactly", shorten(by)))),
        None => Err((Code::BadAmount, format!("`{}` takes away more than is asked for", shorten(by)))),
    }
}
