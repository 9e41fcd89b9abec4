//! A layout under what is supposed: hosts lost, drained or added, requests grown, startups left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::Problems;
use crate::document::resolve::patterns::{Index, Pattern};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::keys::MOST_HOSTS;
use crate::document::syntax::names::help_with;
use crate::model::{
    ContainerIndex, Host, HostIndex, HostState, Layout, Numbered, ResourceIndex, ServiceIndex, StartupIndex,
};
use crate::quantity::{Decimal, LARGEST_AMOUNT, LARGEST_SUM, shorten};

/// Something supposed. Hosts may be kinds, which means all hosts of the kind.
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

/// `layout` under all of `supposed`, names being those of `layout`. The placement has what runs on once hosts are lost
/// and startups left out. Besides, the hosts that are to become empty.
///
/// # Errors
/// All that is wrong with what is supposed.
pub fn suppose(layout: &Layout, supposed: &[Supposed]) -> Result<(Layout, Vec<HostIndex>), Problems> {
    let mut found = Findings::default();
    let mut changed = layout.clone();
    let (mut lost, mut drained, mut added, mut without) =
        (BTreeSet::new(), BTreeSet::new(), Vec::new(), BTreeSet::new());
    for one in supposed {
        match one {
            Supposed::Lose(name) => lost.extend(hosts_named(layout, name, &mut found)),
            Supposed::Drain(name) => {
                for host in hosts_named(layout, name, &mut found) {
                    changed.lab.hosts[host].state = HostState::Drain;
                    drained.insert(host);
                }
            }
            Supposed::AddHost(kind, count) => added.extend(kind_named(layout, kind, &mut found).map(|it| (it, *count))),
            Supposed::Grow { pattern, resource, by } => grow(layout, &mut changed, (pattern, resource, by), &mut found),
            Supposed::Without(name) => without.extend(startups_named(layout, name, &mut found)),
        }
    }
    if lost.len() == layout.lab.hosts.len() && added.is_empty() {
        say(&mut found, Code::NoHosts, "no host would be left".to_owned(), "lose fewer, or add one with `--add-host`");
    }
    let hosts = layout.lab.hosts.len() as u64 + added.iter().map(|(_, count)| u64::from(*count)).sum::<u64>();
    if hosts > MOST_HOSTS {
        let message = format!("{hosts} hosts are more than {MOST_HOSTS}, the limit");
        say(&mut found, Code::TooManyHosts, message, "add fewer");
    }
    if found.has_errors() {
        return Err(Problems { diagnostics: found.into_sorted(), sources: Vec::new() });
    }
    leave_out(&mut changed, &without);
    let host_at = change_hosts(&mut changed, &lost, &added);
    check_sums(&changed, &mut found);
    match found.has_errors() {
        true => Err(Problems { diagnostics: found.into_sorted(), sources: Vec::new() }),
        false => Ok((changed, drained.into_iter().filter_map(|host| host_at[host]).collect())),
    }
}

/// A finding about the command line: it has no place in a file.
fn say(found: &mut Findings, code: Code, message: String, help: impl Into<String>) {
    found.push(Diagnostic { at: None, ..Diagnostic::new(code, Place::default(), message).help(help) });
}

/// The hosts of that name, or all of that kind.
fn hosts_named(layout: &Layout, name: &str, found: &mut Findings) -> Vec<HostIndex> {
    let hosts = || layout.lab.hosts.iter().numbered();
    let named: Vec<HostIndex> = hosts().filter(|(_, host)| host.name == name).map(|(index, _)| index).collect();
    let of_kind: Vec<HostIndex> = hosts().filter(|(_, host)| host.kind == name).map(|(index, _)| index).collect();
    let all = if named.is_empty() { of_kind } else { named };
    if all.is_empty() {
        let known: BTreeSet<&str> = hosts().flat_map(|(_, host)| [host.name.as_str(), host.kind.as_str()]).collect();
        unknown_host(name, &known, found);
    }
    all
}

/// The first host of a kind.
fn kind_named(layout: &Layout, kind: &str, found: &mut Findings) -> Option<HostIndex> {
    let first = layout.lab.hosts.iter().position(|host| host.kind == kind);
    if first.is_none() {
        unknown_host(kind, &layout.lab.hosts.iter().map(|host| host.kind.as_str()).collect(), found);
    }
    first.map(HostIndex)
}

fn unknown_host(name: &str, known: &BTreeSet<&str>, found: &mut Findings) {
    let help = help_with(name, known.iter().copied());
    let help = help.unwrap_or_else(|| "write it under `hosts`, or check the name".to_owned());
    say(found, Code::UnknownHost, format!("there is no host `{}`", shorten(name)), help);
}

/// The containers of a pattern; findings lose their place, which is no file.
fn matched(layout: &Layout, text: &str, pattern: &str, found: &mut Findings) -> Vec<ContainerIndex> {
    if let Err((code, why)) = Pattern::parse(pattern) {
        let message = format!("`{}` is no pattern: {why}", shorten(text));
        say(found, code, message, "write it as in `s01/db`, `s01..s12/*` or `*/db`");
        return Vec::new();
    }
    let unknown = BTreeSet::new();
    let mut of_pattern = Findings::default();
    let matched =
        Index::new(&layout.demand, &unknown).containers(pattern, Place::default(), &|_| true, &mut of_pattern);
    for finding in of_pattern.into_sorted() {
        found.push(Diagnostic { at: None, ..finding });
    }
    matched.unwrap_or_default()
}

fn startups_named(layout: &Layout, name: &str, found: &mut Findings) -> BTreeSet<StartupIndex> {
    let containers = matched(layout, name, &format!("{name}/*"), found);
    containers.into_iter().map(|container| layout.demand.startup_of(container)).collect()
}

/// Changes what the containers of a pattern ask for of a resource.
fn grow(layout: &Layout, changed: &mut Layout, what: (&str, &str, &str), found: &mut Findings) {
    let (pattern, resource, by) = what;
    let containers = matched(layout, pattern, pattern, found);
    let index = layout.lab.resources.iter().position(|known| known.name() == resource);
    let Some(index) = index else {
        let known = layout.lab.resources.iter().map(|resource| resource.name());
        let help = help_with(resource, known.clone());
        let all = known.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let message = format!("no host lists a resource `{}`", shorten(resource));
        return say(found, Code::UnknownResource, message, help.unwrap_or_else(|| format!("there are {all}")));
    };
    if containers.is_empty() {
        return;
    }
    let services: BTreeMap<ServiceIndex, usize> =
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
    let asked = |service: ServiceIndex| layout.demand.services[service].request[index].value;
    if services.keys().all(|&service| asked(service) == 0) {
        let message = format!("no container of `{}` asks for {resource}: nothing can grow", shorten(pattern));
        return say(found, Code::NoMatch, message, "name containers that ask for it");
    }
    for &service in services.keys().filter(|service| asked(**service) > 0) {
        match grown(layout, index, changed.demand.services[service].request[index].value, by) {
            Ok(value) => changed.demand.services[service].request[index].value = value,
            Err((code, message)) => {
                return say(found, code, message, "write how much more or less: `+20%`, `-10%`, `+512MiB`");
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
        None => u128::from(
            layout.lab.resources[resource].parse(rest).map_err(|error| (Code::BadAmount, error.to_string()))?,
        ),
    };
    let amount = u128::from(amount);
    let value = if less { amount.checked_sub(change) } else { Some(amount + change) };
    match value.map(u64::try_from) {
        Some(Ok(value)) if value <= LARGEST_AMOUNT => Ok(value),
        Some(_) => Err((Code::AmountTooLarge, format!("`{}` grows beyond what is counted exactly", shorten(by)))),
        None => Err((Code::BadAmount, format!("`{}` takes away more than is asked for", shorten(by)))),
    }
}

/// Takes startups out, with all that is said of their containers.
fn leave_out(layout: &mut Layout, without: &BTreeSet<StartupIndex>) {
    if without.is_empty() {
        return;
    }
    let startups: Vec<bool> = (0..layout.demand.startups.len()).map(|startup| !without.contains(&startup)).collect();
    let services: Vec<bool> = layout.demand.services.iter().map(|service| startups[service.startup]).collect();
    layout.keep(&startups, &services);
}

/// Takes hosts out and puts new ones behind the others. Where each host is after that.
fn change_hosts(layout: &mut Layout, lost: &BTreeSet<HostIndex>, added: &[(HostIndex, u32)]) -> Vec<Option<HostIndex>> {
    let old = std::mem::take(&mut layout.lab.hosts);
    let mut names: BTreeSet<String> = old.iter().map(|host| host.name.clone()).collect();
    let mut host_at: Vec<Option<HostIndex>> = vec![None; old.len()];
    let mut new: Vec<Host> = Vec::new();
    for (index, host) in old.iter().numbered().filter(|(index, _)| !lost.contains(index)) {
        host_at[index] = Some(HostIndex(new.len()));
        new.push(host.clone());
    }
    // Those that may run on every host of the kind may run on a new one.
    let mut newcomers: Vec<(HostIndex, HostIndex)> = Vec::new();
    for &(like, count) in added {
        let free = (1_u64..).map(|number| format!("{}-new-{number}", old[like].kind));
        let free: Vec<String> = free.filter(|name| !names.contains(name)).take(count as usize).collect();
        for name in free {
            newcomers.push((like, HostIndex(new.len())));
            new.push(Host { name: name.clone(), state: HostState::Up, ..old[like].clone() });
            names.insert(name);
        }
    }
    for service in &mut layout.demand.services {
        if let Some(allowed) = &service.on {
            let whole_kind = |like: HostIndex| {
                let mut kind = HostIndex::all(old.len()).filter(|&host| old[host].kind == old[like].kind);
                kind.all(|host| allowed.contains(&host))
            };
            let kept = allowed.iter().filter_map(|&host| host_at[host]);
            let more = newcomers.iter().filter(|(like, _)| whole_kind(*like)).map(|&(_, host)| host);
            service.on = Some(kept.chain(more).collect());
        }
    }
    if let Some(placement) = &mut layout.placement {
        for host in &mut placement.host_of {
            *host = host.and_then(|host| host_at[host]);
        }
    }
    layout.lab.hosts = new;
    host_at
}

/// Sums must stay within what is counted exactly, as the reader of documents makes sure of.
fn check_sums(layout: &Layout, found: &mut Findings) {
    for (index, resource) in layout.lab.resources.iter().enumerate() {
        let asked = layout.demand.containers.iter().map(|it| layout.demand.services[it.service].request[index].value);
        let there = layout.lab.hosts.iter().map(|host| host.allocatable[index]);
        let sum = |amounts: &mut dyn Iterator<Item = u64>| amounts.map(u128::from).sum::<u128>();
        if sum(&mut asked.into_iter()).max(sum(&mut there.into_iter())) > u128::from(LARGEST_SUM) {
            let message = format!("the sums of {} are more than is counted exactly", resource.name());
            say(found, Code::AmountTooLarge, message, "suppose less");
        }
    }
}
