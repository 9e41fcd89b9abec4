//! Whether a startup fits: the answer, then where it goes and what moves, or why not.

use std::collections::BTreeMap;

use super::{hosts, moves, refusals, targets, titled, why, wishes};
use crate::fit::{Evicted, Fit, Fits};
use crate::model::{ContainerIndex, HostIndex, HostState, HostUse, ServiceIndex, Spot};
use crate::moves::moving;
use crate::quantity::Resource;
use crate::report::content;
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::summary;
use crate::report::text::{self, count_of};

/// The whole answer.
pub fn fit(fit: &Fit) -> Page {
    let (tone, rest) = match fit.answer {
        Fits::AsIs | Fits::WithMoves => (Tone::Good, yes(fit)),
        Fits::No => (Tone::Bad, no(fit)),
        Fits::Unknown => (Tone::Warn, no(fit)),
    };
    let mut page = titled(&fit.layout, "Fit");
    page.add(Block::claim(tone, &headline(fit))).gap().join(rest);
    if let Some(said) = summary::grounds(&fit.layout) {
        page.gap().add(Says::new(said, 2));
    }
    if !fit.left_out.is_empty() {
        page.gap().add(Says::new(left_out(fit), 2));
    }
    page
}

/// Where the arrivals go; on a terminal the hosts that change, in Markdown all.
fn yes(fit: &Fit) -> Page {
    let mut page = Page::default();
    if let Some(evicted) = &fit.evicted {
        page.add(Says::new(who_stops(evicted), 0));
    }
    if let Some(changes) = &fit.changes {
        page.add(Says::new(moves::changed(&fit.layout, changes), 0));
    }
    if !fit.moves.is_empty() {
        let fewer = if fit.fewest_moves { moves::FEWEST } else { moves::FOUND };
        page.add(Says::new(moves::ordered(moving(&fit.moves), 0, fewer), 0)).add(moves::moves(&fit.layout, &fit.moves));
    }
    let containers = fit.arrivals.iter().flat_map(|&startup| fit.layout.demand.containers_of(startup));
    let arriving: Vec<ContainerIndex> = containers.collect();
    let placed = arriving.iter().filter_map(|&it| Some((it, fit.after.spot(it)?)));
    let mut placed: Vec<(ContainerIndex, Spot)> = placed.collect();
    placed.sort_by_key(|(_, spot)| matches!(spot, Spot::Carrier(_)));
    page.gap().join_only(Only::Terminal, moves::by_host(&fit.layout, &placed, "new on"));
    page.only(Only::Markdown, arrivals_table(fit, &arriving));
    page.gap().join(agents(fit));
    let room = how_many_more(fit);
    page.only(Only::Markdown, Says::new(room.clone(), 2));
    let changed = |host: HostIndex| fit.hosts.get(host.0).is_some_and(|held| touched(fit, held));
    page.gap().join(hosts::some_hosts(&fit.layout, &fit.hosts, changed));
    page.gap().join_only(Only::Markdown, hosts::empty(&fit.layout, &fit.hosts));
    page.only(Only::Terminal, Says::new(room, 2));
    page.gap().join(targets::targets(&fit.layout, &fit.after));
    page.gap().join(wishes::wishes(&fit.layout, &fit.after));
    page
}

/// What of the arrivals comes on every host.
fn agents(fit: &Fit) -> Page {
    let mut page = Page::default();
    let mut hosts: BTreeMap<ServiceIndex, usize> = BTreeMap::new();
    let come = |agent: &&ServiceIndex| fit.arrivals.contains(&fit.layout.demand.services[**agent].startup);
    let all = fit.hosts.iter().flat_map(|held| &held.agents);
    all.filter(come).for_each(|&agent| *hosts.entry(agent).or_default() += 1);
    for (agent, count) in hosts {
        let id = fit.layout.service_id(agent);
        page.add(Says::new(format!("`{id}` comes on {}", count_of(count, "host")), 2));
    }
    page
}

/// What is to blame, what would help, and what is free.
fn no(fit: &Fit) -> Page {
    let mut page = Page::default();
    if let Some(evicted) = &fit.evicted {
        page.add(Says::new(who_stops(evicted), 0)).gap();
    }
    if let Some(found) = &fit.pause {
        page.join(moves::pause(&fit.layout, found)).gap();
    }
    if let Some(found) = &fit.why {
        page.add(why::blame(&fit.layout, found));
    }
    page.gap().join(why::remedies(&fit.remedies));
    if !fit.refusals.is_empty() {
        page.gap().add(Says::new("As things stand, nothing moving:", 0));
        page.join(refusals::refusals(&fit.layout, &fit.refusals));
    }
    page.gap().add(free_in_all(fit));
    if let Some(said) = how_many_of_them(fit) {
        page.add(Says::new(said, 2));
    }
    page
}

/// Whether a host is another than before: something came or went.
fn touched(fit: &Fit, held: &HostUse) -> bool {
    let before = |&container: &ContainerIndex| fit.before.host(container) == Some(held.host);
    !held.containers.iter().all(before) || fit.moves.iter().any(|step| step.from == Some(Spot::Host(held.host)))
}

fn arrivals_table(fit: &Fit, arriving: &[ContainerIndex]) -> Table {
    let columns = [Column::words("new container"), Column::figures("size"), Column::words("host")];
    let mut table = Table::new(0, columns);
    let sizes = fit.layout.sizes(&fit.after);
    for &container in arriving {
        let host = fit.after.spot(container).map_or_else(String::new, |spot| fit.layout.spot_name(spot));
        let size = Text::from(content::size_in(&fit.layout, &sizes, container));
        table.row([Role::Code.text(fit.layout.container_id(container)), size, Text::from(host)]);
    }
    table
}

/// What the arrivals ask of each resource, the scarcest first, and what is free before they come on all hosts that are
/// there: a sum that often misleads, so it is said which.
fn free_in_all(fit: &Fit) -> Table {
    let layout = &fit.layout;
    let up = layout.lab.indices().filter(|&host| layout.lab.hosts[host].state == HostState::Up);
    let all_free = match fit.arrivals.last() {
        Some(&last) => layout.free_with(&fit.before, up, &layout.carriers_of(last)),
        None => layout.free(&fit.before, up),
    };
    let mut all_asked = vec![0_u64; all_free.len()];
    for &startup in &fit.arrivals {
        let asked = layout.asked_by_startup(startup);
        all_asked.iter_mut().zip(asked).for_each(|(sum, asked)| *sum = sum.saturating_add(asked));
    }
    let all = if fit.arrivals.len() > 1 { "all of them" } else { "" };
    let columns = [Column::words("resource").short(all), Column::figures("asked"), Column::figures("free in all")];
    let mut table = Table::new(2, columns);
    for index in content::scarcest_first(layout) {
        let (asked, free) = (all_asked[index], all_free[index]);
        if asked > 0 && (layout.lab.resources[index].is_pooled() || layout.lab.have_budget(layout.lab.there(), index)) {
            let (resource, tone) = (&layout.lab.resources[index], (asked > free).then_some(Tone::Bad));
            let [asked, free] = resource.both(asked, free);
            let cells = [resource.name().to_owned(), asked, free];
            table.row(cells.map(|cell| Text::from(cell).toned(tone)));
        }
    }
    table
}

/// The startups that come: `` `s18` ``, `` `web-new-1`..`web-new-3` ``.
fn arrivals(fit: &Fit) -> String {
    let words: Vec<String> =
        content::names(&fit.layout, &fit.arrivals).split(", ").map(|name| format!("`{name}`")).collect();
    text::list(&words)
}

/// The answer in a sentence.
fn headline(fit: &Fit) -> String {
    let (who, several) = (arrivals(fit), fit.arrivals.len() > 1);
    let (fits, does) = if several { ("fit", "do") } else { ("fits", "does") };
    let stop = match &fit.evicted {
        Some(Evicted::These { startups, .. }) => {
            Some(format!("once {} {}", count_of(startups.len(), "startup"), stops(startups.len())))
        }
        _ => None,
    };
    let moves = || count_of(moving(&fit.moves), "move");
    match (fit.answer, stop) {
        (Fits::AsIs, None) => format!("yes: {who} {fits} as things stand"),
        (Fits::WithMoves, None) => format!("yes: {who} {fits} after {}", moves()),
        (Fits::AsIs, Some(stop)) => format!("yes: {who} {fits} {stop}"),
        (Fits::WithMoves, Some(stop)) => format!("yes: {who} {fits} {stop}, after {}", moves()),
        // What a stop makes room for does not fit by moves alone.
        (Fits::No, _) if fit.pause.is_some() => {
            format!("no: {who} {does} not fit while all runs on. {}", fit.proof.sentence)
        }
        (Fits::No, _) => format!("no: {who} {does} not fit, whatever moves. {}", fit.proof.sentence),
        (Fits::Unknown, _) => format!("unknown: whether {who} {fits}. {}", fit.proof.sentence),
    }
}

/// What one or several of them do.
fn stops(count: usize) -> &'static str {
    if count == 1 { "stops" } else { "stop" }
}

/// Who gives way, or why nobody does.
fn who_stops(evicted: &Evicted) -> String {
    match evicted {
        Evicted::These { startups, containers, least } => {
            let named = startups.iter().map(|(name, priority)| format!("`{name}` (priority {priority})"));
            let named = text::list(&named.collect::<Vec<_>>());
            let stops = stops(startups.len());
            let less = if *least { "less priority does not do" } else { "less may do" };
            format!("{named} {stops}, {}; {less}", count_of(containers.len(), "container"))
        }
        Evicted::Nobody => "nobody gives way: no startup of lower priority runs".to_owned(),
        Evicted::InVain => "there is no room even if all of lower priority stop".to_owned(),
        Evicted::Unknown => "it was not found out whether those of lower priority could make room".to_owned(),
    }
}

/// How many more like the last arrival.
fn how_many_more(fit: &Fit) -> String {
    let last = fit.arrivals.last().map_or("it", |&startup| fit.layout.demand.startups[startup].name.as_str());
    let binds = fit.bottleneck.and_then(|resource| fit.layout.lab.resources.get(resource));
    let binds = binds.map_or_else(String::new, |resource| match **resource {
        Resource::Containers => "; how many containers hosts take binds first".to_owned(),
        _ if resource.is_limits() => format!("; {} bind first", resource.name()),
        _ => format!("; {} binds first", resource.name()),
    });
    let room = match (fit.how_many_more, fit.how_many_more_proven) {
        (0, true) => format!("no other like `{last}`, whatever moves"),
        (0, false) => format!("no place was found for another like `{last}`"),
        (more, true) => format!("{more} more like `{last}` and no other, whatever moves"),
        (more, false) => format!("at least {more} more like `{last}`"),
    };
    format!("room after that: {room}{binds}")
}

/// How many of several arrivals of one stack fit, where not all do.
fn how_many_of_them(fit: &Fit) -> Option<String> {
    let counted = fit.how_many_more_proven || fit.how_many_more > 0;
    let several = fit.answer == Fits::No && fit.arrivals.len() > 1 && counted;
    let at_least = if fit.how_many_more_proven { "" } else { "at least " };
    several.then(|| format!("{at_least}{} of the {} would fit, moves allowed", fit.how_many_more, fit.arrivals.len()))
}

/// The startups that were not asked about.
fn left_out(fit: &Fit) -> String {
    let names = content::names(&fit.layout, &fit.left_out);
    format!("left out, because not placed and not asked about: {names}")
}
