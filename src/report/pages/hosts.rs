//! The hosts with what they hold: a bar for each resource, then the containers by startup.

use std::collections::BTreeMap;

use crate::model::{
    CarrierUse, ContainerIndex, HostIndex, HostState, HostUse, Layout, Ratio, ResourceIndex, Sizes, StartupIndex,
};
use crate::report::color::Colors;
use crate::report::content;
use crate::report::page::{Bar, Block, Column, Only, Page, Says, Table, Text, Tone};

use super::Details;
use crate::quantity::{Aspect, Counted, Decimal};
use crate::report::text::{self, count_of};

/// From so many hosts on that hold anything, a summary comes first and each host is folded.
const MANY: usize = 12;
/// So many resources stand in a summary.
const SUMMED: usize = 3;

/// The hosts that hold anything, all together, and the names of those that are empty; of many a summary first, or alone.
pub fn hosts(layout: &Layout, uses: &[HostUse], details: Details) -> Page {
    let holding = uses.iter().filter(|held| !held.containers.is_empty()).count();
    let mut page = Page::default();
    if details.summary || holding >= MANY {
        page.add(summary(layout, uses)).gap();
    }
    if details.summary {
        page.gap().join(pools(layout, uses));
    } else {
        page.join(some_hosts(layout, uses, |_| true));
    }
    page.gap().join(empty(layout, uses));
    page
}

/// A line for each host that holds anything, and one for all.
fn summary(layout: &Layout, uses: &[HostUse]) -> Table {
    // How many containers there are stands in a column of its own.
    let of_hosts = layout.lab.of_hosts();
    let asked = |it: &ResourceIndex| of_hosts.contains(it) && layout.lab.resources[*it].is_asked();
    let order: Vec<ResourceIndex> = content::scarcest_first(layout).into_iter().filter(asked).take(SUMMED).collect();
    let mut columns = vec![Column::words("host"), Column::figures("containers")];
    // Of the scarcest the amounts, of each what share is used.
    for (nth, &resource) in order.iter().enumerate() {
        let name = layout.lab.resources[resource].base().name();
        columns.extend((nth == 0).then(|| Column::figures(name)));
        columns.push(Column::figures(if nth == 0 { "" } else { name }));
    }
    let mut table = Table::new(2, columns);
    let row =
        |name: &str, containers: usize, used: &[u64], there: &[u64], target: &dyn Fn(ResourceIndex) -> Option<u64>| {
            let mut cells = vec![Text::from(name), Text::from(containers.to_string())];
            for (nth, &resource) in order.iter().enumerate() {
                // Of what differs by time the fullest.
                let share = |&it: &ResourceIndex| Ratio { part: used[it], whole: there[it].max(1) };
                let times = layout.lab.at_all_times(resource).into_iter().rev();
                let resource = times.max_by_key(share).unwrap_or(resource);
                let (used, there) = (used[resource], there[resource]);
                let none = used == 0 && there == 0;
                let shown =
                    if none { String::new() } else { text::share(&layout.lab.resources[resource], used, there) };
                let percent = if none { String::new() } else { text::percent(used, there) };
                cells.extend((nth == 0).then(|| Text::from(shown)));
                let is_above = target(resource).is_some_and(|target| used > target);
                let tone = if used > there { Some(Tone::Bad) } else { is_above.then_some(Tone::Warn) };
                cells.push(Text::from(percent).toned(tone));
            }
            cells
        };
    let holding = || uses.iter().filter(|held| !held.containers.is_empty());
    for held in holding() {
        let host = &layout.lab.hosts[held.host];
        table.row(row(&host.name, held.containers.len(), &held.used, &host.allocatable, &|it| host.target(it)));
    }
    let counted = layout.counted(uses);
    let used = sum(counted.iter().copied(), layout.lab.resources.len());
    let there = layout.lab.supply(counted.iter().map(|held| held.host));
    table.row(row("all hosts", holding().map(|held| held.containers.len()).sum(), &used, &there, &|_| None));
    table
}

/// The hosts that hold anything, on a terminal those that are `wanted`, and all together.
pub fn some_hosts(layout: &Layout, uses: &[HostUse], wanted: impl Fn(HostIndex) -> bool) -> Page {
    let order = content::scarcest_first(layout);
    let colors = Colors::of(layout.demand.startups.iter().map(|startup| startup.name.as_str()));
    let folded = uses.iter().filter(|held| !held.containers.is_empty()).count() >= MANY;
    let mut page = Page::default();
    for held in uses.iter().filter(|held| !held.containers.is_empty()) {
        let host = host(layout, held, &order, &colors, folded);
        if wanted(held.host) {
            page.gap().join(host)
        } else {
            page.gap().join_only(Only::Markdown, host)
        };
    }
    page.gap().join(pools(layout, uses));
    if uses.len() > 1 {
        page.gap().join_only(Only::Terminal, all(layout, uses, &order));
    }
    page
}

/// The pools with what is drawn from them, and who reaches them.
pub fn pools(layout: &Layout, uses: &[HostUse]) -> Page {
    let inside = |held: &HostUse| held.carriers.iter().flat_map(|it| it.containers.clone()).collect::<Vec<_>>();
    let placed: Vec<ContainerIndex> =
        uses.iter().flat_map(|held| held.containers.iter().copied().chain(inside(held))).collect();
    let drawn = layout.requested(placed.iter().copied());
    let mut page = Page::default();
    for (index, pool) in layout.lab.pools.iter().enumerate() {
        let its = placed.iter().filter(|&&it| layout.demand.service_of(it).pool == Some(index)).count();
        let bar = |(resource, &allocatable): (ResourceIndex, &u64)| Bar {
            resource: Counted {
                resource: layout.lab.resources[resource].base().clone(),
                ..layout.lab.resources[resource].clone()
            },
            used: drawn[resource],
            allocatable,
            target: None,
            limits: None,
        };
        let title = |gap: &str| pool.title.as_ref().map_or_else(String::new, |title| format!("{gap}{title}"));
        let reach = match &pool.hosts {
            None => "all hosts".to_owned(),
            Some(hosts) => {
                text::ranges(&hosts.iter().map(|&it| layout.lab.hosts[it].name.as_str()).collect::<Vec<_>>())
            }
        };
        let reach = if reach.is_empty() { "no host".to_owned() } else { reach };
        page.gap();
        page.only(
            Only::Terminal,
            Block::Heading(format!("pool {}{}", pool.name, title("  ")), count_of(its, "container")),
        );
        page.only(Only::Markdown, Block::heading(format!("Pool {}{}", pool.name, title(": "))));
        page.add(Block::Bars(pool.resources.clone().zip(&pool.allocatable).map(bar).collect()));
        page.only(Only::Terminal, Says { tone: Some(Tone::Dim), ..Says::under(format!("reached from {reach}"), 2, 4) });
        page.only(Only::Markdown, Block::Line(format!("Reached from {reach}."), None));
    }
    page
}

/// The hosts that hold nothing, by state.
pub fn empty(layout: &Layout, uses: &[HostUse]) -> Page {
    let mut page = Page::default();
    for (state, agents, word, capital) in [
        (HostState::Up, false, "empty", "Empty"),
        (HostState::Up, true, "empty but for agents", "Empty but for agents"),
        (HostState::Drain, false, "drained", "Drained"),
        (HostState::Drain, true, "drained but for agents", "Drained but for agents"),
        (HostState::Planned, false, "planned", "Planned"),
    ] {
        let empty = uses.iter().filter(|held| held.containers.is_empty() && held.agents.is_empty() != agents);
        let hosts = empty.map(|held| &layout.lab.hosts[held.host]);
        let names: Vec<&str> = hosts.filter(|host| host.state == state).map(|host| host.name.as_str()).collect();
        if !names.is_empty() {
            let names = text::ranges(&names);
            page.only(Only::Terminal, Says::new(format!("{word}: {names}"), 2));
            page.only(Only::Markdown, Block::Line(format!("{capital}: {names}"), None));
        }
    }
    page
}

/// One host; `folded`, what the summary has is left out on a terminal.
fn host(layout: &Layout, held: &HostUse, order: &[ResourceIndex], colors: &Colors, folded: bool) -> Page {
    let machine = &layout.lab.hosts[held.host];
    let state = match machine.state {
        HostState::Up => "",
        HostState::Drain => " (drain)",
        HostState::Planned => " (planned)",
    };
    let title = |gap: &str| machine.title.as_ref().map_or_else(String::new, |title| format!("{gap}{title}"));
    let bar = |&resource: &ResourceIndex| Bar {
        resource: layout.lab.resources[resource].clone(),
        used: held.used[resource],
        allocatable: machine.allocatable[resource],
        target: machine.target(resource),
        limits: held.limits[resource],
    };
    let budgeted = |resource: &&ResourceIndex| layout.lab.has_budget(held.host, **resource);
    let order: Vec<ResourceIndex> = order.iter().filter(budgeted).copied().collect();
    let bars: Vec<Bar> = order.iter().map(bar).collect();
    // Limits that are counted have a bar of their own.
    let derived = layout.lab.derived();
    let counted = |resource: ResourceIndex| {
        derived.iter().any(|follows| {
            follows.of == resource && follows.aspect == Aspect::Limits && machine.counts(follows.resource)
        })
    };
    let mut page = Page::default();
    let sizes = Sizes::of_all(&held.carriers);
    let (count, terminal) = (count_of(held.containers.len(), "container"), Only::Terminal);
    page.only(terminal, Block::Heading(format!("{}{state}{}", machine.name, title("  ")), count));
    page.only(Only::Markdown, Block::heading(format!("{}{}", machine.name, title(": "))));
    if folded {
        page.only(Only::Markdown, Block::Bars(bars));
        page.add(Block::Groups(content::groups_sized(layout, &sizes, &held.containers), 4));
        page.join(agents(layout, held)).join(carriers(layout, held, &order));
        return page;
    }
    if let Some(measure) = content::measure(layout) {
        page.only(terminal, strip(layout, held, measure, colors));
    }
    page.add(Block::Bars(bars.clone()));
    for (_, bar) in order.iter().zip(&bars).filter(|(resource, _)| !counted(**resource)) {
        page.blocks.extend(limits(bar).map(|says| (Some(terminal), says.into())));
    }
    for (&resource, bar) in order.iter().zip(&bars) {
        if let Some(factor) = layout.overcommit(held.host, resource) {
            let percent = |factor: &str| Decimal::parse(factor).map_or_else(|_| factor.to_owned(), Decimal::percent);
            let said = match bar.resource.is_limits() {
                true => format!("{} may add up to {} of what there is", bar.resource.name(), percent(factor)),
                false => format!("{} is promised {factor} times over", bar.resource.name()),
            };
            page.only(terminal, Says { tone: Some(Tone::Dim), ..Says::under(said, 2, 4) });
        }
    }
    page.add(Block::Groups(content::groups_sized(layout, &sizes, &held.containers), 4));
    page.join(agents(layout, held)).join(carriers(layout, held, &order));
    page
}

/// What is in the carriers on a host: how full each is, and its containers. Carriers of which startups have the same are said
/// once.
fn carriers(layout: &Layout, held: &HostUse, order: &[ResourceIndex]) -> Page {
    let sizes = Sizes::of_all(&held.carriers);
    let startup = |carrier: &CarrierUse| layout.demand.startup_of(carrier.carrier);
    let within = |carrier: &CarrierUse| {
        // What a startup has in its own carrier is the same in those of others.
        let own = layout.demand.startups[startup(carrier)].name.clone();
        let mut groups = content::groups_sized(layout, &sizes, &carrier.containers);
        groups.iter_mut().filter(|group| group.startups == own).for_each(|group| group.startups.clear());
        let name = layout.container_id(carrier.carrier);
        let name = name.split_once('/').map_or(name.clone(), |(_, name)| name.to_owned());
        (name, filled(layout, carrier, order), groups)
    };
    let mut page = Page::default();
    for ((name, used, mut groups), alike) in content::alike(held.carriers.iter().map(|it| (within(it), it))) {
        let startups: Vec<StartupIndex> = alike.iter().map(|it| startup(it)).collect();
        let names = content::names(layout, &startups);
        for group in groups.iter_mut().filter(|group| group.startups.is_empty()) {
            (group.startups, group.count) = (names.clone(), startups.len());
        }
        let containers = alike.first().map_or(0, |it| it.containers.len());
        let each = if alike.len() > 1 { " each" } else { "" };
        let tone = alike.iter().any(|it| order.iter().any(|&of| it.used[of] > it.offers[of])).then_some(Tone::Bad);
        let said = format!("{names}/{name}, {}{each}{used}", count_of(containers, "container"));
        page.only(Only::Terminal, Says { tone, ..Says::under(format!("in {said}"), 4, 6) });
        page.only(Only::Markdown, Block::Line(format!("In {said}"), None));
        if !groups.is_empty() {
            page.add(Block::Groups(groups, 6));
        }
    }
    page
}

/// How full a carrier is: `: 3.5 of 9.7 GiB (36 %), 1.5 of 8 cpu (19 %)`.
fn filled(layout: &Layout, carrier: &CarrierUse, order: &[ResourceIndex]) -> String {
    let carries = layout.demand.service_of(carrier.carrier).carries.as_deref();
    let counted = |it: &&ResourceIndex| {
        let of_hosts = layout.lab.of_hosts().contains(*it);
        of_hosts && layout.lab.resources[**it].is_asked() && carrier.offers[**it] > 0
    };
    let share = |&it: &ResourceIndex| {
        let resource = &layout.lab.resources[it];
        let (used, offers) = (carrier.used[it], carrier.offers[it]);
        let said = format!("{} {}", text::share(resource, used, offers), resource.name());
        match carries.is_some_and(|carries| carries.content[it]) {
            true => said,
            false => format!("{said} ({})", text::percent(used, offers)),
        }
    };
    let used: Vec<String> = order.iter().filter(counted).map(share).collect();
    if used.is_empty() { String::new() } else { format!(": {}", used.join(", ")) }
}

/// What runs on a host because it is there.
fn agents(layout: &Layout, held: &HostUse) -> Page {
    let mut page = Page::default();
    let names = content::agents(layout, &held.agents);
    if !names.is_empty() {
        page.only(
            Only::Terminal,
            Says { tone: Some(Tone::Dim), ..Says::under(format!("agents: {}", names.join(", ")), 4, 6) },
        );
        page.only(Only::Markdown, Block::Line(format!("Agents: {}", names.join(", ")), None));
    }
    page
}

/// The startups on a host as parts of all that it can give, or of what is asked where that is more.
fn strip(layout: &Layout, held: &HostUse, resource: ResourceIndex, colors: &Colors) -> Block {
    let mut asked: BTreeMap<usize, u64> = BTreeMap::new();
    let sizes = Sizes::of_all(&held.carriers);
    for &container in &held.containers {
        let asks = sizes.request(layout, container, resource);
        *asked.entry(layout.demand.startup_of(container)).or_default() += asks;
    }
    for &agent in &held.agents {
        let of = &layout.demand.services[agent];
        *asked.entry(of.startup).or_default() += of.request[resource].value;
    }
    let name = |startup: usize| layout.demand.startups[startup].name.clone();
    let parts = asked.into_iter().map(|(it, asks)| (name(it), colors.get(&name(it)), asks));
    Block::Strip(parts.collect(), layout.lab.hosts[held.host].allocatable[resource].max(held.used[resource]))
}

/// The sum of the limits: a fact, never a violation.
fn limits(Bar { resource, allocatable, limits, .. }: &Bar) -> Option<Says> {
    let limits = (*limits)?;
    let (share, percent) = (text::share(resource, limits, *allocatable), text::percent(limits, *allocatable));
    let over = limits > *allocatable;
    let (word, tone) = if over { (": oversubscribed", Tone::Warn) } else { ("", Tone::Dim) };
    let said = format!("{} limits add up to {share}, {percent}{word}", resource.base().name());
    Some(Says { tone: Some(tone), ..Says::under(said, 2, 4) })
}

/// What is used on `hosts` together.
fn sum<'a>(hosts: impl IntoIterator<Item = &'a HostUse>, resources: usize) -> Vec<u64> {
    let add = |mut sum: Vec<u64>, held: &HostUse| {
        sum.iter_mut().zip(&held.used).for_each(|(sum, used)| *sum = sum.saturating_add(*used));
        sum
    };
    hosts.into_iter().fold(vec![0; resources], add)
}

fn all(layout: &Layout, uses: &[HostUse], order: &[ResourceIndex]) -> Page {
    let counted = layout.counted(uses);
    let used = sum(counted.iter().copied(), layout.lab.resources.len());
    let supply = layout.lab.supply(counted.iter().map(|held| held.host));
    let bar = |&resource: &ResourceIndex| Bar {
        resource: layout.lab.resources[resource].clone(),
        used: used[resource],
        allocatable: supply[resource],
        target: None,
        limits: None,
    };
    let containers = counted.iter().map(|held| held.containers.len()).sum();
    let mut page = Page::default();
    page.add(Block::Heading("all hosts".to_owned(), count_of(containers, "container")));
    let budgeted = |resource: &&ResourceIndex| layout.lab.have_budget(counted.iter().map(|held| held.host), **resource);
    page.add(Block::Bars(order.iter().filter(budgeted).map(bar).collect()));
    page
}
