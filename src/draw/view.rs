//! One subject on its way into a view: its hosts in groups, what the referee objects to, what moved.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::agents::is_agent;
use super::grid::{GAP, Grid, PADDING, panels};
use super::label::{fit, wrap};
use super::links::links;
use super::scene::{Group, HostBox, LABEL, Rect, View, placed};
use super::{Options, Subject};
use crate::check::{self, Unmet, Violation, ViolationKind};
use crate::model::{
    CarrierUse, ContainerIndex, DEEPEST, HostIndex, HostState, Layout, Numbered, ResourceIndex, Sizes, Spot,
};
use crate::quantity::Resource;
use crate::report::color::Colors;
use crate::report::content;
use crate::report::text::{clean, count_of, first};

/// So many objections and so many unmet wishes are said.
const SAID: usize = 8;

/// A subject with what is known of it before anything is drawn.
pub(super) struct Viewer<'a> {
    pub subject: &'a Subject<'a>,
    /// What blocks are as large as.
    pub measure: Option<ResourceIndex>,
    /// The hosts that stand together, and what they have in common.
    pub groups: Vec<(Option<String>, Vec<HostIndex>)>,
    /// What is asked of each resource of each host.
    pub used: Vec<Vec<u64>>,
    /// How many bars the host has that has most.
    pub bars: usize,
    /// What each host holds, but for what lies in carriers.
    pub content: Vec<Vec<ContainerIndex>>,
    /// What each carrier holds.
    pub carriers: BTreeMap<ContainerIndex, CarrierUse>,
    /// How large carriers are, and how large without what comes later.
    pub sizes: [Sizes; 2],
    pub violations: Vec<Violation>,
    pub of_container: BTreeMap<ContainerIndex, Vec<&'static str>>,
    unmet: Vec<Unmet>,
    /// How many wishes there are.
    wishes: usize,
    /// Who is in the way of a wish that is not met.
    pub unwished: BTreeSet<ContainerIndex>,
    pub moved: BTreeMap<ContainerIndex, String>,
    /// How much the largest machine of the picture has.
    pub largest: u64,
    /// What each startup's blocks look like.
    pub colors: &'a Colors,
    links: bool,
}

impl<'a> Viewer<'a> {
    /// Of `subject`, where things stood `before`, and on which `scale` (see [`scales`]) it is drawn.
    pub fn new(
        subject: &'a Subject<'a>,
        before: &HashMap<String, String>,
        scale: (Option<ResourceIndex>, u64),
        colors: &'a Colors,
        options: &Options,
    ) -> Self {
        let layout = subject.layout;
        let mut violations = check::check(layout, subject.placement, Some(subject.placement));
        // What comes later may stand on a host that comes later, too.
        let comes_later = |of: &[ContainerIndex]| !of.is_empty() && of.iter().all(|it| subject.later.contains(it));
        violations.retain(|it| !comes_later(&it.containers));
        let (unmet, wishes) = unmet_now(subject);
        let mut of_container: BTreeMap<ContainerIndex, Vec<&'static str>> = BTreeMap::new();
        for violation in &violations {
            let carrier = match violation.kind {
                ViolationKind::CarrierOverCapacity { carrier, .. } => Some(carrier),
                _ => None,
            };
            for &container in violation.containers.iter().chain(&carrier) {
                of_container.entry(container).or_default().push(violation.kind.code());
            }
        }
        let carriers = layout.carrier_usage(subject.placement);
        let sizes = match subject.later.is_empty() {
            true => [Sizes::of_all(&carriers), Sizes::of_all(&carriers)],
            false => {
                let now = subject.placement.only(|it| !subject.later.contains(&it));
                [Sizes::of_all(&carriers), layout.sizes(&now)]
            }
        };
        let (measure, largest) = scale;
        let used = layout.used(subject.placement);
        let bars = |host: HostIndex| {
            (0..layout.lab.resources.len()).filter(|&it| has_bar(layout, &used[host], host, it)).count()
        };
        let bars = layout.lab.indices().map(bars).max().unwrap_or(0);
        Self {
            used,
            bars,
            subject,
            measure,
            groups: groups(subject, options.by.as_deref()),
            content: subject.placement.by_host(layout.lab.hosts.len()),
            carriers: carriers.into_iter().map(|it| (it.carrier, it)).collect(),
            sizes,
            violations,
            of_container,
            unwished: unmet.iter().flat_map(|it| it.containers.iter().copied()).collect(),
            unmet,
            wishes,
            moved: moved(before, subject),
            largest,
            colors,
            links: options.links,
        }
    }

    /// How many hosts there are.
    pub fn hosts(&self) -> usize {
        self.content.len()
    }

    /// How many hosts each group has.
    pub fn group_sizes(&self) -> Vec<usize> {
        self.groups.iter().map(|(_, hosts)| hosts.len()).collect()
    }

    /// Whether groups have frames.
    pub fn is_grouped(&self) -> bool {
        self.groups.iter().any(|(title, _)| title.is_some())
    }

    /// Those of the containers that are there now.
    pub fn now(&self, containers: &[ContainerIndex]) -> Vec<ContainerIndex> {
        containers.iter().copied().filter(|container| !self.subject.later.contains(container)).collect()
    }

    /// Whether a container lies in a carrier, in whatever others.
    fn is_within(&self, container: ContainerIndex, carrier: ContainerIndex) -> bool {
        let up = |it: &ContainerIndex| self.subject.placement.carrier(*it);
        std::iter::successors(up(&container), up).take(DEEPEST).any(|it| it == carrier)
    }

    pub fn view(&self, grid: &Grid, x: i64, y: i64) -> View {
        let room = grid.room;
        let (title, summary) = (clean(&self.subject.title), self.summary());
        let (mut heading, mut lowest) = placed(wrap(&title, 150, room), 150, (x, y), 200);
        let titles = heading.len();
        let (more, under) = placed(wrap(&summary, LABEL, room), LABEL, (x, lowest), 160);
        heading.extend(more);
        lowest = under + 120;
        let (mut groups, mut right) = (Vec::new(), x);
        let mut rest = self.groups.as_slice();
        for panels in panels(&self.group_sizes(), grid.columns, grid.across) {
            let (row, others) = rest.split_at(panels.len());
            let (mut left, mut low) = (x, lowest);
            rest = others;
            for (title, hosts) in row {
                let group = self.group(title.clone(), hosts, grid, left, lowest);
                left += group.area.width + GAP;
                low = low.max(group.area.y + group.area.height);
                groups.push(group);
            }
            // Frames beside each other end together.
            for group in groups.iter_mut().rev().take(row.len()) {
                group.area.height = low - group.area.y;
            }
            right = right.max(left - GAP);
            lowest = low + GAP;
        }
        let pools = self.pools(grid, x, lowest);
        if let Some(pools) = pools {
            right = right.max(x + pools.area.width);
            lowest += pools.area.height + GAP;
            groups.push(pools);
        }
        let unplaced: Vec<ContainerIndex> = self.subject.placement.unplaced().collect();
        if !unplaced.is_empty() {
            let left = self.unplaced(&unplaced, grid, x, lowest);
            right = right.max(x + left.area.width);
            lowest += left.area.height + GAP;
            groups.push(Group { title: None, area: left.area, hosts: vec![left] });
        }
        lowest -= GAP;
        let layout = self.subject.layout;
        let violations = first(self.violations.iter().map(|found| clean(&found.message(layout))), SAID);
        let unmet = self.unmet.iter().map(|found| clean(&format!("not as wished: {}", found.message(layout))));
        let unmet = first(unmet, SAID);
        let under = |said: &[String], lowest: i64| {
            let lines: Vec<String> = said.iter().flat_map(|line| wrap(line, LABEL, room)).collect();
            let (lines, end) = placed(lines, LABEL, (x, lowest + 120), 160);
            let lowest = if lines.is_empty() { lowest } else { end };
            (lines, lowest)
        };
        let (objections, end) = under(&violations, lowest);
        let (regrets, end) = under(&unmet, end);
        let words = heading.iter().chain(&objections).chain(&regrets);
        let wide = words.map(|(_, at)| at.width).fold(right - x, i64::max);
        let mut view = View {
            title,
            summary,
            heading: (titles, heading),
            area: Rect { x, y, width: wide, height: end - y },
            groups,
            violations,
            objections,
            unmet,
            regrets,
            links: Vec::new(),
        };
        if self.links {
            let host = |container: ContainerIndex| self.subject.placement.host(container);
            // Who needs an agent has one beside it.
            let beside = |from: ContainerIndex, to: ContainerIndex| !is_agent(layout, to) || host(from) == host(to);
            // That one is in the other is seen.
            let apart =
                |from: ContainerIndex, to: ContainerIndex| !self.is_within(from, to) && !self.is_within(to, from);
            let needs = |from: ContainerIndex, to: ContainerIndex| beside(from, to) && apart(from, to);
            view.links = links(&layout.demand, &view.blocks(), &needs);
        }
        view
    }

    /// Hosts that stand together, with a frame where they have something in common.
    fn group(&self, title: Option<String>, hosts: &[HostIndex], grid: &Grid, x: i64, y: i64) -> Group {
        let (inset, head) = if title.is_some() { (PADDING, 340) } else { (0, 0) };
        let (mut top, mut lowest) = (y + head, y + head);
        let mut drawn: Vec<HostBox> = Vec::new();
        for (nth, &host) in hosts.iter().enumerate() {
            let column = nth % grid.columns.max(1);
            if nth > 0 && column == 0 {
                top = lowest + GAP;
            }
            let left = x + inset + column as i64 * (grid.width + GAP);
            let host = self.host(host, grid, left, top);
            lowest = lowest.max(host.area.y + host.area.height);
            drawn.push(host);
        }
        let columns = grid.columns.min(hosts.len()).max(1) as i64;
        let width = columns * (grid.width + GAP) - GAP + 2 * inset;
        let title = title.map(|title| fit(&title, 130, width - 2 * inset).unwrap_or_default());
        Group { title, area: Rect { x, y, width, height: lowest + inset - y }, hosts: drawn }
    }

    fn summary(&self) -> String {
        let layout = self.subject.layout;
        let is_now = |it: &&ContainerIndex| !self.subject.later.contains(it) && !is_agent(layout, **it);
        let placed = self.subject.placement.placed().filter(|(container, _)| is_now(&container)).count();
        let busy = self.content.iter().filter(|containers| containers.iter().any(|it| is_now(&it))).count();
        let hosts = self.subject.layout.lab.hosts.iter().zip(&self.content);
        let there = hosts.filter(|(host, held)| host.state != HostState::Planned || held.iter().any(|it| is_now(&it)));
        let all = count_of(there.count(), "host");
        let mut said = format!("{} on {busy} of {all}", count_of(placed, "container"));
        if !self.subject.later.is_empty() {
            said += &format!(" · {} later, hatched", self.subject.later.len());
        }
        if !self.moved.is_empty() {
            said += &format!(" · {} moved", self.moved.len());
        }
        if !self.violations.is_empty() {
            said += &format!(" · {}", count_of(self.violations.len(), "violation"));
        }
        if !self.unmet.is_empty() {
            let unmet = check::count_unmet(&self.unmet);
            said += &match self.wishes {
                1 => " · wish not met, dotted".to_owned(),
                all => format!(" · {unmet} of {all} wishes not met, dotted"),
            };
        }
        said
    }
}

/// The wishes that are not met, and how many there are: of what comes later nothing is wished yet.
fn unmet_now(subject: &Subject) -> (Vec<Unmet>, usize) {
    let layout = subject.layout;
    if subject.later.is_empty() || !layout.has_wishes() {
        return (check::unmet(layout, subject.placement), layout.all_wishes().len());
    }
    let is_now: Vec<bool> = layout.demand.indices().map(|it| !subject.later.contains(&it)).collect();
    let kept: Vec<ContainerIndex> = layout.demand.indices().filter(|it| is_now[it.0]).collect();
    let mut now = layout.clone();
    now.placement = None;
    now.keep(&vec![true; layout.demand.startups.len()], &vec![true; layout.demand.services.len()], &is_now);
    let placement = subject.placement.renumbered(&kept);
    let mut unmet = check::unmet(&now, &placement);
    unmet.iter_mut().flat_map(|it| &mut it.containers).for_each(|it| *it = kept[it.0]);
    (unmet, now.all_wishes().len())
}

/// For each subject what is drawn, and how much of it the largest machine of all that are drawn in it has.
pub fn scales(subjects: &[Subject]) -> Vec<(Option<ResourceIndex>, u64)> {
    let measures: Vec<Option<ResourceIndex>> =
        subjects.iter().map(|subject| content::measure(subject.layout)).collect();
    let resources = subjects
        .iter()
        .zip(&measures)
        .map(|(subject, measure)| measure.map(|resource| subject.layout.lab.resources[resource].resource.clone()));
    let resources: Vec<Option<Resource>> = resources.collect();
    let mut largest: BTreeMap<&Option<Resource>, u64> = BTreeMap::new();
    for ((subject, &measure), resource) in subjects.iter().zip(&measures).zip(&resources) {
        let (layout, placement) = (subject.layout, subject.placement);
        let sizes = layout.sizes(placement);
        let mut count = vec![0; layout.lab.hosts.len()];
        placement.placed().for_each(|(_, host)| count[host] += 1);
        let content = placement.by_host(layout.lab.hosts.len());
        let extents = content.iter().zip(count).numbered().map(|(host, (held, count))| {
            extent(layout, measure, host, measure.map_or(count, |measure| layout.held(&sizes, held)[measure]))
        });
        let known = largest.entry(resource).or_insert(1);
        *known = extents.fold(*known, u64::max);
    }
    measures.into_iter().zip(&resources).map(|(measure, resource)| (measure, largest[resource])).collect()
}

/// How much a machine is drawn as: all that it has, or may promise, or is asked for with what it keeps.
pub(super) fn extent(layout: &Layout, measure: Option<ResourceIndex>, host: HostIndex, asked: u64) -> u64 {
    let Some(measure) = measure else { return asked };
    let machine = &layout.lab.hosts[host];
    let given = machine.reserve[measure].saturating_add(machine.allocatable[measure].max(asked));
    machine.capacity[measure].max(given)
}

/// The hosts by their value of a label, in the order of the first that has each; all together where none is asked for.
fn groups(subject: &Subject, by: Option<&str>) -> Vec<(Option<String>, Vec<HostIndex>)> {
    let hosts = &subject.layout.lab.hosts;
    let title = |host: HostIndex| {
        by.map(|label| match hosts[host].labels.get(label) {
            Some(value) => clean(&format!("{label}: {value}")),
            None => clean(&format!("without {label}")),
        })
    };
    content::alike(subject.layout.lab.indices().map(|host| (title(host), host)))
}

/// A host without any of a resource has no bar of it, unless it is asked for.
pub(super) fn has_bar(layout: &Layout, used: &[u64], host: HostIndex, resource: ResourceIndex) -> bool {
    let any = layout.lab.hosts[host].capacity[resource] > 0 || used[resource] > 0;
    any && layout.lab.has_budget(host, resource)
}

/// The host or the carrier of each container of an arrangement, by name.
pub fn standing(subject: &Subject) -> HashMap<String, String> {
    let placed = subject.placement.placed();
    let at = |container| Some((subject.layout.container_id(container), spot(subject, container)?));
    placed.filter_map(|(container, _)| at(container)).collect()
}

/// What a container is directly on or in, by name.
fn spot(subject: &Subject, container: ContainerIndex) -> Option<String> {
    Some(match subject.placement.spot(container)? {
        Spot::Host(host) => subject.layout.lab.hosts[host].name.clone(),
        Spot::Carrier(carrier) => subject.layout.container_id(carrier),
    })
}

/// The containers that are elsewhere than `before`, with the host or the carrier they were in, by name.
fn moved(before: &HashMap<String, String>, subject: &Subject) -> BTreeMap<ContainerIndex, String> {
    if before.is_empty() {
        return BTreeMap::new();
    }
    let layout = subject.layout;
    let elsewhere = subject.placement.placed().filter_map(|(container, _)| {
        let from = before.get(&layout.container_id(container))?;
        (*from != spot(subject, container)?).then(|| (container, from.clone()))
    });
    elsewhere.collect()
}
