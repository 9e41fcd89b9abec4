//! What follows the loss of hosts: the failover table.

use std::collections::BTreeMap;

use crate::explain::proof::refuted;
use crate::graph::idle;
use crate::model::{ContainerIndex, HostIndex, Layout, Numbered, Placement, ServiceIndex, Spot, Survive};
use crate::plan::Survival;
use crate::report::content;
use crate::report::page::{Block, Column, Only, Page, Says, Table, Text, Tone};
use crate::report::text::{amount_of, clean, count_of, few, list};
use crate::solve::{Loss, Outcome};

/// So many losses are named in a sentence.
const NAMED: usize = 4;

/// More losses than these a terminal only counts.
const SHOWN: usize = 12;

/// Whether every loss is survived, what becomes of each, and the room kept for them.
pub fn survival(layout: &Layout, placement: &Placement, survival: &Survival) -> Page {
    let mut page = Page::default();
    page.only(Only::Markdown, Block::heading("Survival"));
    page.verdict(Tone::of(survival.holds()), &heading(layout, survival));
    let mut table = Table::new(0, ["host lost", "what it held goes to", "makes room", "stops"].map(Column::words));
    for (number, loss) in survival.losses.iter().enumerate() {
        let found = aftermath(layout, placement, loss);
        let line = line(layout, placement, loss, &found);
        if number < SHOWN {
            page.only(Only::Terminal, Says { inset: 2, ..Says::new(&line, 0) });
            page.join_only(Only::Terminal, goes(layout, &found));
        }
        let goes = if matches!(loss.outcome, Outcome::Survived(_)) { to(layout, &found.goes) } else { line };
        let mut stops = ids(layout, &found.stops);
        if !found.idle.is_empty() {
            stops = format!("{stops}; without them cannot run: {}", ids(layout, &found.idle));
        }
        if !found.fewer.is_empty() {
            stops = format!("{stops}; {}", fewer(layout, &found));
        }
        let cells = [layout.lost(&loss.lost), goes, to(layout, &found.moves), stops];
        table.row(cells.map(Text::from));
    }
    let more = survival.losses.len().saturating_sub(SHOWN);
    page.more(more, format!("  and {more} more")).only(Only::Markdown, table);
    let kept = kept(layout, survival);
    if !kept.is_empty() {
        let pieces = kept.iter().map(|it| format!("{it};")).collect();
        page.only(Only::Terminal, Block::Flow("  room kept for it: ".to_owned(), pieces, 4));
        page.only(Only::Markdown, Says::new(format!("room kept for it: {}", kept.join("; ")), 0));
    }
    page
}

/// Where everything goes, by host.
fn goes(layout: &Layout, found: &Aftermath) -> Page {
    let name = |spot: Spot| layout.spot_name(spot);
    let goes = found.goes.iter().map(|(host, its)| (format!("to {}", name(*host)), its));
    let moves = found.moves.iter().map(|(host, its)| (format!("making room, to {}", name(*host)), its));
    let stops = (!found.stops.is_empty()).then(|| ("stops".to_owned(), &found.stops));
    let idle = (!found.idle.is_empty()).then(|| ("cannot run without them".to_owned(), &found.idle));
    let mut page = Page::default();
    let fewer = fewer(layout, found);
    for (what, containers) in goes.chain(moves).chain(stops).chain(idle) {
        page.add(Says { inset: 4, ..Says::new(what, 0) }).add(content::block(layout, containers, 6));
    }
    if !fewer.is_empty() {
        page.add(Says { inset: 4, ..Says::new(fewer, 0) });
    }
    page
}

/// `` `shop/web`: 2 of 3 run on ``: what runs on with fewer replicas.
fn fewer(layout: &Layout, found: &Aftermath) -> String {
    let words = |&(service, run, ran): &(ServiceIndex, usize, usize)| {
        format!("`{}`: {run} of {ran} run on", layout.service_id(service))
    };
    found.fewer.iter().map(words).collect::<Vec<_>>().join("; ")
}

fn ids(layout: &Layout, containers: &[ContainerIndex]) -> String {
    containers.iter().map(|&it| format!("`{}`", layout.container_id(it))).collect::<Vec<_>>().join(", ")
}

fn to(layout: &Layout, by_host: &[(Spot, Vec<ContainerIndex>)]) -> String {
    let lines = by_host.iter().map(|(host, its)| format!("{}: {}", layout.spot_name(*host), ids(layout, its)));
    lines.collect::<Vec<_>>().join("; ")
}

/// Where everything goes after one loss, by host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aftermath {
    /// What was on the hosts lost and goes to another.
    pub goes: Vec<(Spot, Vec<ContainerIndex>)>,
    /// What was not lost and moves to make room.
    pub moves: Vec<(Spot, Vec<ContainerIndex>)>,
    /// What stops.
    pub stops: Vec<ContainerIndex>,
    /// Of services that say `keep`: how many run on, and how many ran, where these are not as many.
    pub fewer: Vec<(ServiceIndex, usize, usize)>,
    /// What has a place and cannot run, as what it needs stops.
    pub idle: Vec<ContainerIndex>,
}

/// Where everything goes when `loss` happens to `placement`; nothing where it is not survived.
pub fn aftermath(layout: &Layout, placement: &Placement, loss: &Loss) -> Aftermath {
    let Outcome::Survived(after) = &loss.outcome else { return Aftermath::default() };
    let mut found = Aftermath::default();
    let is_lost = |host: HostIndex| loss.lost.binary_search(&host).is_ok();
    let (mut goes, mut moves) = (BTreeMap::new(), BTreeMap::new());
    for (container, _) in after.placed() {
        let Some(spot) = after.spot(container) else { continue };
        let by_spot: &mut BTreeMap<Spot, Vec<ContainerIndex>> = match placement.host(container) {
            Some(before) if is_lost(before) => &mut goes,
            Some(_) if placement.spot(container) != Some(spot) => &mut moves,
            _ => continue,
        };
        by_spot.entry(spot).or_default().push(container);
    }
    (found.goes, found.moves) = (goes.into_iter().collect(), moves.into_iter().collect());
    found.stops = placement.placed().map(|(it, _)| it).filter(|&it| after.host_of[it].is_none()).collect();
    if !found.stops.is_empty() {
        found.idle = idle(layout, after);
    }
    let mut services: Vec<ServiceIndex> = found.stops.iter().map(|&it| layout.demand.containers[it].service).collect();
    services.dedup();
    for service in services {
        let of = &layout.demand.services[service];
        let count = |at: &Placement| of.containers.clone().filter(|&it| at.host_of[it].is_some()).count();
        found.fewer.extend(of.keep.map(|_| (service, count(after), count(placement))));
    }
    found
}

/// Whether every loss is survived: `survives the loss of any one host, the rest standing still`.
fn heading(layout: &Layout, survival: &Survival) -> String {
    let survive = layout.survive.as_ref();
    let named = |wanted: fn(&Outcome) -> bool| {
        let lost: Vec<String> =
            survival.losses.iter().filter(|loss| wanted(&loss.outcome)).map(|loss| layout.lost(&loss.lost)).collect();
        few(&lost, NAMED, |lost| lost.join(" or of "))
    };
    match survival.holds() {
        Some(true) => {
            let any = survive.map_or_else(String::new, Survive::words);
            let still = if survive.is_some_and(|it| it.moves) {
                "others moving where need be"
            } else {
                "the rest standing still"
            };
            format!("survives the loss of {any}, {still}")
        }
        Some(false) => {
            let lost = named(|outcome| matches!(outcome, Outcome::Impossible(_)));
            format!("does not survive the loss of {lost}")
        }
        None => {
            let lost = named(|outcome| matches!(outcome, Outcome::Unknown));
            format!("unknown: whether it survives the loss of {lost} was neither shown nor refuted")
        }
    }
}

/// What becomes of one loss: `nuc lost: 25 containers go elsewhere, 2 stop`, or why not. `found` is its [`aftermath`].
pub fn line(layout: &Layout, placement: &Placement, loss: &Loss, found: &Aftermath) -> String {
    let lost = layout.lost(&loss.lost);
    match &loss.outcome {
        Outcome::Survived(_) => {
            let all = |by_host: &[(Spot, Vec<ContainerIndex>)]| by_host.iter().map(|(_, its)| its.len()).sum();
            let mut parts = match all(&found.goes) {
                0 if found.stops.is_empty() => vec!["nothing runs there".to_owned()],
                0 => Vec::new(),
                1 => vec!["1 container goes elsewhere".to_owned()],
                many => vec![format!("{many} containers go elsewhere")],
            };
            match all(&found.moves) {
                0 => {}
                1 => parts.push("1 other makes room".to_owned()),
                many => parts.push(format!("{many} others make room")),
            }
            match found.stops.len() {
                0 => {}
                1 => parts.push("1 stops".to_owned()),
                many => parts.push(format!("{many} stop")),
            }
            match found.idle.len() {
                0 => {}
                1 => parts.push("1 cannot run without what stops".to_owned()),
                many => parts.push(format!("{many} cannot run without what stops")),
            }
            format!("{lost} lost: {}", parts.join(", "))
        }
        Outcome::Impossible(refutation) => {
            let why = refuted(layout, refutation);
            let why = why.strip_prefix("Proven: ").unwrap_or(&why);
            let held = placement.placed().filter(|(_, host)| loss.lost.binary_search(host).is_ok()).count();
            let held = count_of(held, "container");
            clean(&format!("{lost} lost: what it held ({held}) cannot all be placed again. Proven: {why}"))
        }
        Outcome::Unknown => format!("{lost} lost: neither a place for all nor a proof was found"),
    }
}

/// `workstation 12 GiB of memory and 1500m of cpu`: the room that is kept for what a loss brings, host by host.
fn kept(layout: &Layout, survival: &Survival) -> Vec<String> {
    let words = |(host, amounts): (HostIndex, &Vec<u64>)| {
        let kept = amounts.iter().enumerate().filter(|(it, amount)| **amount > 0 && layout.lab.has_budget(host, *it));
        let amounts: Vec<String> = kept.map(|(it, &amount)| amount_of(&layout.lab.resources[it], amount)).collect();
        (!amounts.is_empty()).then(|| format!("{} {}", layout.lab.hosts[host].name, list(&amounts)))
    };
    survival.kept.iter().numbered().filter_map(words).collect()
}
