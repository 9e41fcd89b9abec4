//! Why every host refuses a container; containers and hosts with the same reasons said once.

use std::collections::BTreeMap;

use crate::explain::{Reason, Refusal};
use crate::model::{ContainerIndex, Layout, ResourceIndex, Spot};
use crate::plan::EVIDENCE;
use crate::quantity::Resource;
use crate::report::content;
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::text::{self, count_of};

/// More groups than these a terminal only counts, and Markdown more than those: JSON has them all.
const SHOWN: [usize; 2] = [8, 30];

/// Hosts with the same reasons together, in the layout's order: their names in short, and why they refuse.
type Reasons = Vec<(String, Vec<String>)>;

/// Containers that all hosts refuse for the same reasons.
struct Refused {
    /// The containers, ascending.
    containers: Vec<ContainerIndex>,
    /// What each asks for of the resources that are short; empty where none is.
    asks: String,
    hosts: Reasons,
}

/// A claim for each group of containers that are refused alike, and the evidence of every host; nothing where none is
/// refused.
pub fn refusals(layout: &Layout, refusals: &[Refusal]) -> Page {
    let groups = grouped(layout, refusals);
    let mut page = Page::default();
    for group in groups.iter().take(SHOWN[0]) {
        page.only(Only::Terminal, Says::new(claim(layout, group), 2));
        let mut evidence = Table::headless(2, [Column::words(""), Column::words("")]);
        for (hosts, reasons) in &group.hosts {
            for (nth, reason) in reasons.iter().enumerate() {
                let name = if nth == 0 { hosts.as_str() } else { "" };
                evidence.row([Text::from(name).toned(Tone::Strong), Text::from(reason)]);
            }
        }
        page.only(Only::Terminal, evidence).gap();
    }
    let left: usize = groups.iter().skip(SHOWN[0]).map(|group| group.containers.len()).sum();
    page.more(left, format!("and {} more", count_of(left, "container")));
    if !groups.is_empty() {
        page.only(Only::Markdown, table(layout, &groups));
    }
    if groups.len() > SHOWN[1] {
        let more = groups.len() - SHOWN[1];
        let said = format!("And {more} more kinds of containers; `--format json` has all.");
        page.only(Only::Markdown, Block::Line(said, None));
    }
    page
}

fn claim(layout: &Layout, group: &Refused) -> String {
    let first = group.containers.first().map_or_else(String::new, |&container| layout.container_id(container));
    let asks = if group.asks.is_empty() { String::new() } else { format!(", which asks for {}", group.asks) };
    let alike = match group.containers.len() {
        0 | 1 => String::new(),
        // Evidence is given for so many at the most: there may be more.
        several if several >= EVIDENCE => ", nor many more like it".to_owned(),
        several => format!(", nor {} more like it", several - 1),
    };
    let lie = group.containers.first().is_some_and(|&container| layout.demand.is_content(container));
    let place = if lie { "carrier" } else { "host" };
    format!("no {place} takes `{first}`{asks}{alike}")
}

fn table(layout: &Layout, groups: &[Refused]) -> Table {
    let mut table = Table::new(0, ["container", "asks for", "host", "why not"].map(Column::words));
    for group in groups.iter().take(SHOWN[1]) {
        let first = group.containers.first().map_or_else(String::new, |&it| format!("`{}`", layout.container_id(it)));
        let more = group.containers.len().saturating_sub(1);
        let who = if more == 0 { first } else { format!("{first} and {more} like it") };
        let mut said = [who, group.asks.clone()];
        for (hosts, reasons) in &group.hosts {
            let [who, asks] = std::mem::take(&mut said).map(Text::from);
            let lines = reasons.iter().flat_map(|reason| [(Role::Break, String::new()), (Role::Words, reason.clone())]);
            let why = Text { spans: lines.skip(1).collect(), tone: None };
            table.row([who, asks, Text::from(hosts), why]);
        }
    }
    table
}

/// The stable name of a reason in answers.
pub fn code(reason: &Reason) -> &'static str {
    match reason {
        Reason::TooSmall { .. } => "too-small",
        Reason::Short { .. } => "short",
        Reason::OutOfReach { .. } => "pool-out-of-reach",
        Reason::NotAllowed => "not-allowed",
        Reason::ApartFrom { .. } => "apart",
        Reason::TogetherWith { .. } => "together",
        Reason::Crowded { .. } => "at-most",
        Reason::Uneven { .. } => "spread",
        Reason::Agents { .. } => "agents",
        Reason::Nowhere => "carrier-unplaced",
        Reason::Drained => "drained",
        Reason::Planned | Reason::OtherPhase { .. } => "planned-host",
    }
}

/// A reason in words, without the host and the container.
pub fn words(layout: &Layout, reason: &Reason) -> String {
    let resources = &layout.lab.resources;
    match reason {
        Reason::TooSmall { resource, .. } if resources[*resource] == Resource::Containers => {
            "takes no containers".to_owned()
        }
        Reason::Short { resource, .. } if resources[*resource] == Resource::Containers => {
            "has as many containers as it takes".to_owned()
        }
        Reason::TooSmall { resource, requested, allocatable } if resources[*resource].is_limits() => {
            let resource = &resources[*resource];
            let [asked, allowed] = resource.both(*requested, *allocatable);
            format!("{} may add up to {allowed}, and its own is {asked}", resource.name())
        }
        Reason::TooSmall { resource, requested, allocatable } => {
            let resource = &resources[*resource];
            // Of 39 GiB and 40 GB it takes a moment to see which is more.
            let by = match unit(&resource.show(*requested)) == unit(&resource.show(*allocatable)) {
                true => String::new(),
                false => format!(" by {}", resource.show(requested.saturating_sub(*allocatable))),
            };
            let whose = if resource.is_pooled() { "the pool is " } else { "" };
            format!("{whose}too small{by}: {} in all", text::amount_of(resource, *allocatable))
        }
        Reason::Short { resource, requested, free } if resources[*resource].is_limits() => {
            let resource = &resources[*resource];
            let [asked, free] = resource.both(*requested, *free);
            format!("{} may add up to {free} more, and its own is {asked}", resource.name())
        }
        Reason::Short { resource, requested, free } => {
            let resource = &resources[*resource];
            let short = text::amount_of(resource, requested.saturating_sub(*free));
            let [asked, free] = resource.both(*requested, *free);
            // Where the two would read the same.
            let asked = if asked.contains(" + ") { format!(", {asked} asked") } else { String::new() };
            format!("short {short}: {free} is free{asked}")
        }
        Reason::OutOfReach { pool } => {
            format!("its pool {} is not reachable from here", text::quoted(&layout.lab.pools[*pool].name))
        }
        Reason::Agents { host, resource, requested, free } => {
            let (host, resource) = (&layout.lab.hosts[*host].name, &resources[*resource]);
            let short = text::amount_of(resource, requested.saturating_sub(*free));
            format!("the agents that come with it are {short} short on {host}")
        }
        Reason::NotAllowed => "its `on` does not name this host".to_owned(),
        Reason::Nowhere => "has no place itself".to_owned(),
        Reason::ApartFrom { other, label, rule } => {
            let by = label.as_ref().map_or_else(String::new, |label| format!(" by {}", text::quoted(label)));
            format!("must stay apart from `{}`{by}{}", layout.container_id(*other), place_of(layout, *rule))
        }
        Reason::TogetherWith { other, rule } => {
            format!("must be with `{}`{}", layout.container_id(*other), place_of(layout, *rule))
        }
        Reason::Crowded { most, rule } => {
            let per = layout.rules[*rule].kind.words();
            let are = if *most == 1 { "is 1".to_owned() } else { format!("are {most}") };
            format!("there {are} already: {per}{}", place_of(layout, *rule))
        }
        Reason::Uneven { there, least, rule } => {
            let kind = layout.rules[*rule].kind.words();
            format!("would be {there} there and {least} elsewhere: {kind}{}", place_of(layout, *rule))
        }
        Reason::Drained => "is being drained and takes nothing new".to_owned(),
        Reason::Planned => "is only planned; `--planned` counts it".to_owned(),
        Reason::OtherPhase { phase, later } => {
            let name = layout.phases.get(*phase).map_or("a later phase", |phase| phase.name.as_str());
            let (comes, name) = (if *later { "comes with" } else { "is gone since" }, text::clean(name));
            format!("{comes} `{name}`")
        }
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
    file.map_or_else(String::new, |(file, line)| format!(" ({}:{line})", text::plain(file)))
}

/// The refusals by container, those alike together, in the order of their first container.
fn grouped(layout: &Layout, refusals: &[Refusal]) -> Vec<Refused> {
    let mut by_container: BTreeMap<ContainerIndex, Vec<&Refusal>> = BTreeMap::new();
    for refusal in refusals {
        by_container.entry(refusal.container).or_default().push(refusal);
    }
    let reasons = by_container.into_iter().map(|(it, its)| ((asks(layout, &its), hosts(layout, &its)), it));
    let group = |((asks, hosts), containers)| Refused { containers, asks, hosts };
    content::alike(reasons).into_iter().map(group).collect()
}

fn asks(layout: &Layout, refusals: &[&Refusal]) -> String {
    let asked = refusals.iter().filter_map(|refusal| match refusal.reason {
        Reason::TooSmall { resource, requested, .. } | Reason::Short { resource, requested, .. } => {
            layout.lab.resources[resource].is_asked().then_some((resource, requested))
        }
        _ => None,
    });
    let asked: BTreeMap<ResourceIndex, u64> = asked.collect();
    let of = refusals.first().map(|refusal| layout.demand.service_of(refusal.container));
    let words = asked.into_iter().map(|(resource, amount)| {
        let mark = of.map_or("", |of| text::mark(of, resource));
        format!("{mark}{}", text::amount_of(&layout.lab.resources[resource], amount))
    });
    text::list(&words.collect::<Vec<_>>())
}

fn hosts(layout: &Layout, refusals: &[&Refusal]) -> Reasons {
    let mut by_host: BTreeMap<Spot, Vec<String>> = BTreeMap::new();
    for refusal in refusals {
        by_host.entry(refusal.spot).or_default().push(words(layout, &refusal.reason));
    }
    let named = by_host.into_iter().map(|(host, reasons)| (reasons, layout.spot_name(host)));
    content::alike(named)
        .into_iter()
        .map(|(reasons, names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            (text::ranges(&names), reasons)
        })
        .collect()
}
