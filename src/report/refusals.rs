//! Why a host refuses a container, in words; containers and hosts with the same reasons said once.

use std::collections::BTreeMap;

use crate::explain::{Reason, Refusal};
use crate::model::{ContainerIndex, HostIndex, Layout, ResourceIndex};
use crate::report::text;

/// Hosts by their names in short, and why they refuse.
pub type Reasons = Vec<(String, Vec<String>)>;

/// Containers that all hosts refuse for the same reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The containers, ascending.
    pub containers: Vec<ContainerIndex>,
    /// What each asks for of the resources that are short; empty where none is.
    pub asks: String,
    /// Hosts with the same reasons together, in the layout's order: their names in short, and the reasons.
    pub hosts: Reasons,
}

/// The stable name of a reason in answers.
pub fn code(reason: &Reason) -> &'static str {
    match reason {
        Reason::TooSmall { .. } => "too-small",
        Reason::Short { .. } => "short",
        Reason::NotAllowed => "not-allowed",
        Reason::ApartFrom { .. } => "apart",
        Reason::TogetherWith { .. } => "together",
        Reason::Drained => "drained",
        Reason::Planned => "planned-host",
    }
}

/// A reason in words, without the host and the container.
pub fn words(layout: &Layout, reason: &Reason) -> String {
    let resources = &layout.lab.resources;
    match reason {
        Reason::TooSmall { resource, requested, allocatable } => {
            let resource = &resources[*resource];
            // Of 39 GiB and 40 GB it takes a moment to see which is more.
            let by = match unit(&resource.show(*requested)) == unit(&resource.show(*allocatable)) {
                true => String::new(),
                false => format!(" by {}", resource.show(requested.saturating_sub(*allocatable))),
            };
            format!("too small{by}: {} in all", text::amount_of(resource, *allocatable))
        }
        Reason::Short { resource, requested, free } => {
            let resource = &resources[*resource];
            let short = text::amount_of(resource, requested.saturating_sub(*free));
            format!("short {short}: {} is free", resource.show(*free))
        }
        Reason::NotAllowed => "its `on` does not name this host".to_owned(),
        Reason::ApartFrom { other, label, rule } => {
            let by = label.as_ref().map_or_else(String::new, |label| format!(" by `{}`", text::clean(label)));
            format!("must stay apart from `{}`{by}{}", layout.container_id(*other), place_of(layout, *rule))
        }
        Reason::TogetherWith { other, rule } => {
            format!("must be with `{}`{}", layout.container_id(*other), place_of(layout, *rule))
        }
        Reason::Drained => "is being drained and takes nothing new".to_owned(),
        Reason::Planned => "is only planned; `--planned` counts it".to_owned(),
    }
}

/// Whether an amount as shown is in units of 1024, of 1000, or in none.
fn unit(shown: &str) -> Option<bool> {
    shown.contains(' ').then(|| shown.ends_with("iB"))
}

/// ` (homelab.yaml:31)`.
fn place_of(layout: &Layout, rule: usize) -> String {
    let at = layout.rules.get(rule).map(|rule| rule.at);
    let file = at.and_then(|at| Some((layout.files.get(at.file as usize)?, at.line)));
    file.map_or_else(String::new, |(file, line)| format!(" ({}:{line})", text::clean(file)))
}

/// What `reason` says is asked for: a resource and how much.
pub fn asked(reason: &Reason) -> Option<(ResourceIndex, u64)> {
    match reason {
        Reason::TooSmall { resource, requested, .. } | Reason::Short { resource, requested, .. } => {
            Some((*resource, *requested))
        }
        _ => None,
    }
}

/// The refusals by container, those alike together, in the order of their first container.
pub fn grouped(layout: &Layout, refusals: &[Refusal]) -> Vec<Refused> {
    let mut by_container: BTreeMap<ContainerIndex, Vec<&Refusal>> = BTreeMap::new();
    for refusal in refusals {
        by_container.entry(refusal.container).or_default().push(refusal);
    }
    let mut positions: BTreeMap<(String, Reasons), usize> = BTreeMap::new();
    let mut groups: Vec<Refused> = Vec::new();
    for (container, its) in by_container {
        let (asks, hosts) = (asks(layout, &its), hosts(layout, &its));
        let position = *positions.entry((asks.clone(), hosts.clone())).or_insert(groups.len());
        match groups.get_mut(position) {
            Some(group) => group.containers.push(container),
            None => groups.push(Refused { containers: vec![container], asks, hosts }),
        }
    }
    groups
}

fn asks(layout: &Layout, refusals: &[&Refusal]) -> String {
    let asked: BTreeMap<ResourceIndex, u64> = refusals.iter().filter_map(|refusal| asked(&refusal.reason)).collect();
    let words = asked.into_iter().map(|(resource, amount)| text::amount_of(&layout.lab.resources[resource], amount));
    text::list(&words.collect::<Vec<_>>())
}

fn hosts(layout: &Layout, refusals: &[&Refusal]) -> Reasons {
    let mut by_host: BTreeMap<HostIndex, Vec<String>> = BTreeMap::new();
    for refusal in refusals {
        by_host.entry(refusal.host).or_default().push(words(layout, &refusal.reason));
    }
    let mut groups: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
    for (host, reasons) in by_host {
        let name = layout.lab.hosts[host].name.as_str();
        match groups.iter_mut().find(|(_, known)| *known == reasons) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], reasons)),
        }
    }
    groups.into_iter().map(|(names, reasons)| (text::ranges(&names), reasons)).collect()
}
