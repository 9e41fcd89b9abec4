//! One host: its heading, a bar for each resource, and a body on the scale of the picture.

use super::agents::is_agent;
use super::block::Here;
use super::grid::{GAP, Grid};
use super::label::{fit, width_of};
use super::scene::{Bar, Block, Body, Group, HostBox, LABEL, LINE, Rect};
use super::treemap::share;
use super::view::{Viewer, extent, has_bar};
use crate::model::{ContainerIndex, HostIndex, HostState, ResourceIndex};
use crate::quantity::Counted;
use crate::report::text::{self, clean, count_of};

/// Name and remark.
const HEAD: i64 = 420;
/// From one bar to the next.
const PITCH: i64 = 270;
/// A body that would be lower is drawn as high as this, and so much narrower.
const LOWEST: i64 = 480;
/// A resource of which fewer hundredths are asked for is not scarce.
const SCARCE: u128 = 80;
/// In less room names are not legible.
const BESIDE: i64 = 700;
/// The bar of a named resource of no more units shows each of them.
const UNITS: u64 = 16;

impl Viewer<'_> {
    pub fn host(&self, host: HostIndex, grid: &Grid, x: i64, y: i64) -> HostBox {
        let lab = &self.subject.layout.lab;
        let (machine, containers) = (&lab.hosts[host], &self.content[host]);
        let width = grid.width;
        let now = self.now(containers);
        let scarce = self.scarce(&machine.allocatable, containers);
        let shown = 0..lab.resources.len();
        let shown: Vec<ResourceIndex> =
            shown.filter(|&it| has_bar(self.subject.layout, &self.used[host], host, it)).collect();
        let bar = |(nth, &resource): (usize, &ResourceIndex)| {
            let area = Rect { x, y: y + HEAD + nth as i64 * PITCH, width, height: PITCH - 40 };
            Bar { scarce: scarce.contains(&resource), ..self.bar(host, resource, &now, area) }
        };
        let bars: Vec<Bar> = shown.iter().enumerate().map(bar).collect();
        // Bodies of one arrangement begin at one height.
        let top = y + HEAD + self.bars as i64 * PITCH + 60;
        let asked = self.weight_of_all(containers);
        let (allocatable, kept) = match self.measure {
            Some(m) => (machine.allocatable[m], machine.reserve[m]),
            None => (asked, 0),
        };
        let all = extent(self.subject.layout, self.measure, host, asked);
        let here = Here { given: Some(&machine.allocatable), scarce: &scarce, asked };
        let mut body = self.body(grid, all, [asked, kept], &here, containers, Rect { x, y: top, width, height: 0 });
        self.mark(&mut body, all, [asked, allocatable, kept], containers);
        let agents = now.iter().filter(|&&it| is_agent(self.subject.layout, it)).count();
        let inside = self.now(&self.inside(containers)).len();
        let full_remark = self.remark(host, [now.len() - agents, inside, agents], containers.len() - now.len());
        HostBox {
            shown_name: fit(&machine.name, 150, width).unwrap_or_default(),
            name: machine.name.clone(),
            remark: fit(&full_remark, LABEL, width).unwrap_or_default(),
            full_remark,
            area: Rect { x, y, width, height: body.area.y + body.area.height - y },
            bars,
            body,
            planned: machine.state == HostState::Planned,
            violated: self.violations.iter().any(|violation| violation.host == Some(host)),
        }
    }

    /// Where what can be given ends in a body of `all`, and how much of it is free.
    pub fn mark(&self, body: &mut Body, all: u64, [asked, given, kept]: [u64; 3], containers: &[ContainerIndex]) {
        if asked.max(given).saturating_add(kept) < all || asked > given {
            let high = body.reserve.y + body.reserve.height - body.free.y;
            body.limit = Some((body.reserve.y - share(high, given, all), asked > given));
        }
        if let Some(m) = self.measure.filter(|_| body.free.height >= LINE) {
            let left = given.saturating_sub(asked);
            let later = containers.len() - self.now(containers).len();
            let when = if later > 0 { format!(" with {later} later") } else { String::new() };
            let words = format!("{} free{when}", text::amount(&self.subject.layout.lab.resources[m], left));
            let fits = width_of(&words, LABEL) <= body.free.width - 120;
            body.free_label = (fits && left > 0).then_some(words);
        }
    }

    /// The pools, each as if it were a host that holds nothing: a bar for what it has.
    pub fn pools(&self, grid: &Grid, x: i64, y: i64) -> Option<Group> {
        let lab = &self.subject.layout.lab;
        let is_now = |container: &ContainerIndex| !self.subject.later.contains(container);
        let placed = self.subject.placement.placed().map(|(container, _)| container);
        let now: Vec<ContainerIndex> = placed.filter(is_now).collect();
        let drawn = self.subject.layout.requested(now.iter().copied());
        let (mut boxes, mut top, mut lowest): (Vec<HostBox>, i64, i64) = (Vec::new(), y, y);
        for (index, pool) in lab.pools.iter().enumerate() {
            let column = index % grid.columns.max(1);
            if index > 0 && column == 0 {
                top = lowest + GAP;
            }
            let left = x + column as i64 * (grid.width + GAP);
            let bars = pool.resources.clone().zip(&pool.allocatable).enumerate().map(|(nth, (resource, &all))| {
                let area = Rect { x: left, y: top + HEAD + nth as i64 * PITCH, width: grid.width, height: PITCH - 40 };
                let of =
                    Counted { resource: lab.resources[resource].base().clone(), ..lab.resources[resource].clone() };
                let scarce = u128::from(drawn[resource]) * 100 >= u128::from(all) * SCARCE && drawn[resource] > 0;
                Bar { scarce, ..self.bar_of(&of, (drawn[resource], all), area) }
            });
            let area = Rect { x: left, y: top, width: grid.width, height: HEAD + pool.resources.len() as i64 * PITCH };
            let its = now.iter().filter(|&&it| self.subject.layout.demand.service_of(it).pool == Some(index)).count();
            let reach = match &pool.hosts {
                None => "all hosts".to_owned(),
                Some(hosts) => text::ranges(&hosts.iter().map(|&it| lab.hosts[it].name.as_str()).collect::<Vec<_>>()),
            };
            let title = pool.title.as_deref().map_or_else(String::new, |title| format!("{} · ", clean(title)));
            let full_remark = format!("{title}{} · from {reach}", count_of(its, "container"));
            let name = format!("pool {}", pool.name);
            boxes.push(HostBox {
                shown_name: fit(&name, 150, grid.width).unwrap_or_default(),
                name,
                remark: fit(&full_remark, LABEL, grid.width).unwrap_or_default(),
                full_remark,
                area,
                bars: bars.collect(),
                body: Body { area: Rect { y: area.y + area.height, height: 0, ..area }, ..Body::default() },
                planned: false,
                violated: pool.resources.clone().zip(&pool.allocatable).any(|(it, &all)| drawn[it] > all),
            });
            lowest = lowest.max(area.y + area.height);
        }
        let right = boxes.iter().map(|it| it.area.x + it.area.width).max()?;
        Some(Group { title: None, area: Rect { x, y, width: right - x, height: lowest - y }, hosts: boxes })
    }

    /// What is not placed, as if it were a host.
    pub fn unplaced(&self, containers: &[ContainerIndex], grid: &Grid, x: i64, y: i64) -> HostBox {
        let asked = self.weight_of_all(containers);
        let here = Here { given: None, scarce: &[], asked };
        let wide = grid.wide(grid.height(asked, self.largest));
        let body =
            self.body(grid, asked, [asked, 0], &here, containers, Rect { x, y: y + HEAD, width: wide, height: 0 });
        let full_remark = count_of(containers.len(), "container");
        HostBox {
            name: "not placed".to_owned(),
            shown_name: "not placed".to_owned(),
            remark: full_remark.clone(),
            full_remark,
            area: Rect { x, y, width: wide, height: HEAD + body.area.height },
            bars: Vec::new(),
            body,
            planned: true,
            violated: true,
        }
    }

    /// From the upper edge of `at` downwards what is free, the blocks, what the host keeps, and what takes no part of it.
    fn body(
        &self,
        grid: &Grid,
        all: u64,
        [asked, kept]: [u64; 2],
        here: &Here,
        containers: &[ContainerIndex],
        at: Rect,
    ) -> Body {
        let Rect { x, y, width: usual, .. } = at;
        let high = grid.height(all, self.largest) * grid.width / usual.max(1);
        // The same area, so high that it can be seen.
        let narrow = high < LOWEST && all > 0;
        let (height, width) = match narrow {
            true => (LOWEST, grid.narrowed(all, self.largest, LOWEST)),
            false => (high, usual),
        };
        let memory = Rect { x, y, width, height };
        let [free, occupied, reserve] = parts(memory, all, [asked, kept]);
        let thin: Vec<ContainerIndex> =
            containers.iter().copied().filter(|&it| self.is_thin(it, here, occupied)).collect();
        let drawn: Vec<ContainerIndex> = containers.iter().copied().filter(|it| !thin.contains(it)).collect();
        let (mut blocks, group_labels) = self.blocks(&drawn, here, occupied);
        let shelf = self.shelf(&thin, here, Rect { y: y + height, width: usual, height: 0, ..memory });
        let silent = group_labels.is_empty() && blocks.iter().all(Block::is_silent);
        let right = Rect { x: x + width + 60, width: usual - width - 60, ..memory };
        // Under what is said of the room that is left.
        let under = Rect { x: x + 60, y: y + LINE + 60, width: width - 120, height: free.height - LINE - 60 };
        let beside = match narrow && right.width >= BESIDE {
            true => beside(&blocks, right),
            false if silent => beside(&blocks, under),
            false => Vec::new(),
        };
        let shelves = shelf.last().map_or(0, |last: &Block| last.area.y + last.area.height - y - height);
        blocks.extend(shelf);
        let wide = if shelves > 0 { usual } else { width };
        let area = Rect { width: wide, height: height + shelves, ..memory };
        Body { area, reserve, free, free_label: None, blocks, group_labels, beside, limit: None }
    }

    /// What is short of what a host or a carrier gives, beyond what its blocks show: most of it is asked for, and no less than
    /// of that.
    pub fn scarce(&self, given: &[u64], containers: &[ContainerIndex]) -> Vec<ResourceIndex> {
        let asked = self.subject.layout.held(&self.sizes[0], containers);
        let share = |it: ResourceIndex| match (u128::from(asked[it]), u128::from(given[it])) {
            (0, _) => 0,
            (asked, all) => asked.saturating_mul(10_000) / all.max(1),
        };
        let least = self.measure.map_or(0, share).max(SCARCE * 100);
        (0..asked.len()).filter(|&it| Some(it) != self.measure && share(it) >= least).collect()
    }

    fn remark(&self, host: HostIndex, [containers, inside, agents]: [usize; 3], later: usize) -> String {
        let machine = &self.subject.layout.lab.hosts[host];
        let state = match machine.state {
            HostState::Up => "",
            HostState::Drain => " · drain",
            HostState::Planned => " · planned",
        };
        let title = machine.title.as_deref().map_or_else(String::new, |title| format!("{} · ", clean(title)));
        let more = if later > 0 { format!(" · {later} later") } else { String::new() };
        let beside = if agents > 0 { format!(" · {}", count_of(agents, "agent")) } else { String::new() };
        let within = if inside > 0 { format!(" · {inside} inside") } else { String::new() };
        format!("{title}{}{within}{beside}{more}{state}", count_of(containers, "container"))
    }

    fn bar(&self, host: HostIndex, resource: ResourceIndex, containers: &[ContainerIndex], area: Rect) -> Bar {
        let lab = &self.subject.layout.lab;
        let used = self.subject.layout.held(&self.sizes[1], containers)[resource];
        let all = lab.hosts[host].allocatable[resource];
        let bar = self.bar_of(&lab.resources[resource], (used, all), area);
        match (lab.hosts[host].target(resource), lab.hosts[host].targets.get(resource).copied().flatten()) {
            (Some(target), Some(percent)) if all > 0 => Bar {
                target: Some(share(bar.track.width, target, all)),
                figures: format!("{} · target {percent} %", bar.figures),
                ..bar
            },
            _ => bar,
        }
    }

    fn bar_of(&self, of: &Counted, (used, all): (u64, u64), area: Rect) -> Bar {
        let percent = text::percent(used, all);
        let figures = format!("{} · {percent}", text::share(of, used, all));
        let name = of.name();
        let room = area.width - 80;
        let beside = |words: &str| width_of(name, LABEL) + width_of(words, LABEL) <= room;
        let shown = [figures.clone(), format!("{} · {percent}", of.show(used))].into_iter().find(|it| beside(it));
        let shown = shown.unwrap_or(percent);
        let shown_name = fit(name, LABEL, room - width_of(&shown, LABEL)).unwrap_or_default();
        let track = Rect { y: area.y + 150, height: 70, ..area };
        let units = if !of.is_usual() && all <= UNITS { all } else { 0 };
        Bar {
            name: name.to_owned(),
            shown_name,
            area,
            track,
            filled: if all == 0 { share(track.width, used.min(1), 1_u64) } else { share(track.width, used, all) },
            target: None,
            ticks: (1..units).map(|unit| track.x + share(track.width, unit, units)).collect(),
            figures,
            shown,
            over: used > all,
            scarce: false,
        }
    }
}

/// What is free of `area`, which is all, what is asked for and what is kept, one below the other.
pub(super) fn parts(area: Rect, all: u64, [asked, kept]: [u64; 2]) -> [Rect; 3] {
    let part = |amount: u64| if all == 0 { 0 } else { share(area.height, amount, all) };
    let (filled, reserved) = (part(asked), part(kept));
    let filled = filled.min(area.height - reserved);
    let free = Rect { height: area.height - filled - reserved, ..area };
    let occupied = Rect { y: area.y + free.height, height: filled, ..area };
    let reserve = Rect { y: occupied.y + filled, height: reserved, ..area };
    [free, occupied, reserve]
}

/// The names of blocks that have no room for them, as many as there is room for in `area`.
fn beside(blocks: &[Block], area: Rect) -> Vec<(String, Rect)> {
    let room = usize::try_from(area.height / LINE).unwrap_or(0);
    if area.width < BESIDE || room == 0 {
        return Vec::new();
    }
    let named = blocks.iter().flat_map(Block::with_content).filter(|block| block.lines.is_empty());
    let mut words: Vec<String> = named.map(|block| block.id.clone()).collect();
    if words.len() > room {
        let more = words.len() + 1 - room.max(1);
        words.truncate(room.saturating_sub(1));
        words.push(format!("and {more} more"));
    }
    let lines = words.into_iter().enumerate().filter_map(|(nth, words)| {
        let at = Rect { y: area.y + nth as i64 * LINE, height: LINE, ..area };
        fit(&words, LABEL, area.width).map(|words| (words, at))
    });
    lines.collect()
}
