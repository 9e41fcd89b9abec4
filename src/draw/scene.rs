//! What is drawn where, in tenths of a pixel: one layout for every format that has one.

use std::collections::BTreeMap;

use super::label::{fit, width_of};
use super::treemap::{share, squarify};
use super::{Options, Subject, Together};
use crate::check::{self, Violation};
use crate::model::{Category, ContainerIndex, HostIndex, HostState, Numbered, ResourceIndex, StartupIndex};
use crate::report::color::{Color, colors};
use crate::report::content::scarcest_first;
use crate::report::pages::toolbox::when;
use crate::report::text::{self, clean, count_of};

/// A rectangle, in tenths of a pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Its left edge.
    pub x: i64,
    /// Its upper edge.
    pub y: i64,
    /// Its width.
    pub width: i64,
    /// Its height.
    pub height: i64,
}

/// A picture.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The document's name.
    pub title: String,
    /// All of it.
    pub width: i64,
    /// All of it.
    pub height: i64,
    /// The arrangements.
    pub views: Vec<View>,
    /// Every startup with its colour and the place of its entry.
    pub legend: Vec<(String, Color, Rect)>,
    /// How many startups have no entry in the legend, because there are too many.
    pub unlisted: usize,
    /// The categories of the first arrangement's toolbox, with when each is adopted and what runs it.
    pub toolbox: Vec<(Category, String)>,
}

/// One arrangement.
#[derive(Clone, Debug)]
pub struct View {
    /// What it is called.
    pub title: String,
    /// What there is to say in a line.
    pub summary: String,
    /// All of it.
    pub area: Rect,
    /// The hosts, and a box for what is not placed where there is something.
    pub hosts: Vec<HostBox>,
    /// What the referee objects to, with the place of each line.
    pub violations: Vec<(String, Rect)>,
    /// From containers to what they need.
    pub links: Vec<Link>,
}

/// One host.
#[derive(Clone, Debug)]
pub struct HostBox {
    /// Its name.
    pub name: String,
    /// Its title and state, perhaps cut.
    pub remark: String,
    /// Its title and state.
    pub full_remark: String,
    /// Heading, bars and body.
    pub area: Rect,
    /// All that the machine has.
    pub body: Rect,
    /// What it keeps for itself.
    pub reserve: Rect,
    /// What is left.
    pub free: Rect,
    /// What `free` says, where there is room for it.
    pub free_label: Option<String>,
    /// A bar for each resource.
    pub bars: Vec<Bar>,
    /// Its containers.
    pub blocks: Vec<Block>,
    /// Labels of startups whose blocks are too small for labels.
    pub group_labels: Vec<(String, Rect)>,
    /// Whether it is not there yet.
    pub planned: bool,
    /// Whether the referee objects to something about it.
    pub violated: bool,
}

/// One resource of a host.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The resource.
    pub name: String,
    /// The whole bar.
    pub area: Rect,
    /// How much of it is filled.
    pub filled: i64,
    /// `37 of 38 GiB · 97 %`.
    pub figures: String,
    /// Whether more is asked than there is.
    pub over: bool,
}

/// One container.
#[derive(Clone, Debug)]
pub struct Block {
    /// Which.
    pub container: ContainerIndex,
    /// `startup/service`, with its number.
    pub id: String,
    /// Its startup.
    pub startup: String,
    /// Where.
    pub area: Rect,
    /// What it looks like.
    pub color: Color,
    /// Lines that fit.
    pub lines: Vec<String>,
    /// All that there is to say.
    pub full: String,
    /// Its request of each resource.
    pub amounts: Vec<String>,
    /// Whether it comes later.
    pub later: bool,
    /// The host it was on in the first arrangement, where that is another.
    pub moved_from: Option<String>,
    /// The kinds of its violations.
    pub violations: Vec<&'static str>,
}

/// A need: from the middle of one block to the middle of another.
#[derive(Clone, Debug)]
pub struct Link {
    /// The block that needs.
    pub from: (i64, i64),
    /// The block that is needed.
    pub to: (i64, i64),
    /// Both ids.
    pub ids: [String; 2],
}

/// The size of labels: 11 pixels.
pub(super) const LABEL: i64 = 110;
const MARGIN: i64 = 240;
const LINE: i64 = 180;
/// Left and right of a block's words together.
const PADDING: i64 = 100;
const HEAD: i64 = 420;
/// Startups beyond this many have no entry in the legend.
const LISTED: usize = 80;

/// Sizes that depend on how many hosts there are.
#[derive(Clone, Copy)]
struct Measures {
    width: i64,
    tallest: i64,
    columns: usize,
    gap: i64,
}

impl Measures {
    fn of(hosts: usize) -> Self {
        let (width, tallest, columns) = match hosts {
            0..=3 => (4600, 5600, hosts.max(1)),
            4..=8 => (3000, 4200, 4),
            _ => (2000, 2600, 6),
        };
        Self { width, tallest, columns, gap: 240 }
    }
}

/// Lays out `subjects`. The same subjects give the same scene.
pub fn scene(subjects: &[Subject], options: &Options) -> Scene {
    let names: Vec<&str> = names_of(subjects);
    let palette: BTreeMap<&str, Color> = names.iter().copied().zip(colors(names.iter().copied())).collect();
    let (mut views, mut x, mut y) = (Vec::new(), MARGIN, MARGIN + 500);
    let mut right = 0;
    let mut bottom = y;
    for subject in subjects {
        let view = Viewer::new(subject, subjects.first(), &palette, options).view(x, y);
        right = right.max(view.area.x + view.area.width);
        bottom = bottom.max(view.area.y + view.area.height);
        match options.together {
            Together::SideBySide => x += view.area.width + 480,
            Together::InTurn => y = bottom + 300,
        }
        views.push(view);
    }
    let width = (right + MARGIN).max(6400);
    let title = subjects.first().and_then(|first| first.layout.name.as_deref()).unwrap_or("bayplan");
    let (legend, bottom) = legend(&names, &palette, width, bottom + 240);
    let unlisted = names.len().saturating_sub(LISTED);
    let first = subjects.first().map(|first| first.layout);
    let categories = first.into_iter().flat_map(|layout| layout.toolbox.categories.iter().map(move |it| (layout, it)));
    let toolbox = categories.map(|(layout, category)| (category.clone(), when(layout, category))).collect();
    Scene { title: clean(title), width, height: bottom + MARGIN, views, legend, unlisted, toolbox }
}

/// The startups of all subjects in the order of the first that has each.
fn names_of<'a>(subjects: &'a [Subject]) -> Vec<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    let all = subjects.iter().flat_map(|subject| &subject.layout.demand.startups);
    all.map(|startup| startup.name.as_str()).filter(|name| seen.insert(*name)).collect()
}

fn legend(names: &[&str], palette: &BTreeMap<&str, Color>, width: i64, top: i64) -> (Vec<(String, Color, Rect)>, i64) {
    let (mut x, mut y) = (MARGIN, top);
    let mut entries = Vec::new();
    for &name in names.iter().take(LISTED) {
        let wide = (width_of(name, LABEL) + 400).min(width - 2 * MARGIN);
        if x + wide > width - MARGIN && x > MARGIN {
            x = MARGIN;
            y += 220;
        }
        let shown = fit(name, LABEL, wide - 280).unwrap_or_default();
        entries.push((shown, palette[name], Rect { x, y, width: wide, height: LINE }));
        x += wide;
    }
    (entries, y + 440)
}

/// One subject on its way into a view.
struct Viewer<'a> {
    subject: &'a Subject<'a>,
    palette: &'a BTreeMap<&'a str, Color>,
    links: bool,
    order: Vec<ResourceIndex>,
    violations: Vec<Violation>,
    of_container: BTreeMap<ContainerIndex, Vec<&'static str>>,
    moved: BTreeMap<ContainerIndex, String>,
    measures: Measures,
}

impl<'a> Viewer<'a> {
    fn new(
        subject: &'a Subject<'a>,
        first: Option<&'a Subject<'a>>,
        palette: &'a BTreeMap<&'a str, Color>,
        options: &Options,
    ) -> Self {
        let layout = subject.layout;
        let mut violations = check::check(layout, subject.placement, Some(subject.placement));
        // What comes later may stand on a host that comes later, too.
        violations.retain(|it| it.containers.is_empty() || !it.containers.iter().all(|of| subject.later.contains(of)));
        let mut of_container: BTreeMap<ContainerIndex, Vec<&'static str>> = BTreeMap::new();
        for violation in &violations {
            for &container in &violation.containers {
                of_container.entry(container).or_default().push(violation.kind.code());
            }
        }
        let moved = first.map_or_else(BTreeMap::new, |first| moved(first, subject));
        let order = scarcest_first(layout);
        let measures = Measures::of(layout.lab.hosts.len());
        Self { subject, palette, links: options.links, order, violations, of_container, moved, measures }
    }

    fn view(&self, x: i64, y: i64) -> View {
        let lab = &self.subject.layout.lab;
        let content = self.subject.placement.by_host(lab.hosts.len());
        let measure = self.measure();
        let largest = measure.and_then(|m| lab.hosts.iter().map(|host| host.capacity[m]).max()).unwrap_or(1).max(1);
        let Measures { width, columns, gap, .. } = self.measures;
        let (mut hosts, mut top, mut lowest) = (Vec::new(), y + 460, y + 460);
        for (host, containers) in content.iter().numbered() {
            let HostIndex(number) = host;
            let column = number % columns;
            if number > 0 && column == 0 {
                top = lowest + gap;
            }
            let left = x + column as i64 * (width + gap);
            let drawn = self.host(host, containers, measure, largest, left, top);
            lowest = lowest.max(drawn.area.y + drawn.area.height);
            hosts.push(drawn);
        }
        let total = columns as i64 * (width + gap) - gap;
        let unplaced: Vec<ContainerIndex> = self.subject.placement.unplaced().collect();
        if !unplaced.is_empty() {
            let drawn =
                self.unplaced(&unplaced, measure, largest, Rect { x, y: lowest + gap, width: total, height: 0 });
            lowest = drawn.area.y + drawn.area.height;
            hosts.push(drawn);
        }
        let violations = self.said(x, &mut lowest, total);
        let links = if self.links { self.all_links(&hosts) } else { Vec::new() };
        let area = Rect { x, y, width: total, height: lowest - y };
        let title = fit(&clean(&self.subject.title), 150, total).unwrap_or_default();
        View { title, summary: self.summary(&content), area, hosts, violations, links }
    }

    /// What hosts are sized by: memory, else the scarcest resource.
    fn measure(&self) -> Option<ResourceIndex> {
        let resources = &self.subject.layout.lab.resources;
        resources.iter().position(|resource| resource.name() == "memory").or_else(|| self.order.first().copied())
    }

    fn summary(&self, content: &[Vec<ContainerIndex>]) -> String {
        let is_now = |container: &&ContainerIndex| !self.subject.later.contains(container);
        let placed: usize = content.iter().flatten().filter(is_now).count();
        let busy = content.iter().filter(|containers| containers.iter().any(|it| is_now(&it))).count();
        let hosts = self.subject.layout.lab.hosts.iter().zip(content);
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
        said
    }

    /// The share that decides on a host: of the resource that is used most.
    fn scarcest(&self, host: HostIndex, containers: &[ContainerIndex]) -> Option<ResourceIndex> {
        let allocatable = &self.subject.layout.lab.hosts[host].allocatable;
        let asked = self.subject.layout.requested(containers.iter().copied());
        let key = |&resource: &ResourceIndex| (u128::from(asked[resource]), u128::from(allocatable[resource]));
        let fuller = |a: &ResourceIndex, b: &ResourceIndex| {
            let ((used_a, all_a), (used_b, all_b)) = (key(a), key(b));
            (used_a.saturating_mul(all_b)).cmp(&used_b.saturating_mul(all_a))
        };
        // Of equals the first in the order of scarcity: `max_by` takes the last.
        self.order.iter().rev().copied().max_by(fuller)
    }

    fn asked(&self, resource: ResourceIndex, containers: &[ContainerIndex]) -> u64 {
        self.subject.layout.requested(containers.iter().copied())[resource]
    }

    fn host(
        &self,
        host: HostIndex,
        containers: &[ContainerIndex],
        measure: Option<ResourceIndex>,
        largest: u64,
        x: i64,
        y: i64,
    ) -> HostBox {
        let lab = &self.subject.layout.lab;
        let machine = &lab.hosts[host];
        let width = self.measures.width;
        let now: Vec<ContainerIndex> =
            containers.iter().copied().filter(|container| !self.subject.later.contains(container)).collect();
        let bars: Vec<Bar> = (0..lab.resources.len())
            .map(|resource| {
                let top = y + HEAD + resource as i64 * 200;
                self.bar(host, resource, &now, Rect { x, y: top, width, height: 160 })
            })
            .collect();
        let top = y + HEAD + bars.len() as i64 * 200 + 60;
        let height = measure
            .map_or(self.measures.tallest, |m| share(self.measures.tallest, machine.capacity[m], largest).max(300));
        let body = Rect { x, y: top, width, height };
        let decides = self.scarcest(host, containers);
        let kept = decides.map_or(0, |r| share(height, machine.reserve[r], machine.capacity[r]));
        let reserve = Rect { y: top + height - kept, height: kept, ..body };
        let room = Rect { height: height - kept, ..body };
        let (used, allocatable) = match decides {
            Some(r) => (self.asked(r, containers), machine.allocatable[r]),
            None => (0, 0),
        };
        let filled = if used >= allocatable && used > 0 { room.height } else { share(room.height, used, allocatable) };
        let free = Rect { height: room.height - filled, ..room };
        let occupied = Rect { y: room.y + free.height, height: filled, ..room };
        let (blocks, group_labels) = self.blocks(containers, decides, occupied);
        let free_label = decides.filter(|_| free.height >= 140).and_then(|r| {
            let left = allocatable.saturating_sub(used);
            let when = if now.len() < containers.len() { " in the end" } else { "" };
            fit(&format!("{} free{when}", text::amount(&lab.resources[r], left)), LABEL, width - 120)
        });
        let full_remark = self.remark(host, now.len(), containers.len() - now.len());
        HostBox {
            name: fit(&machine.name, 150, width).unwrap_or_default(),
            remark: fit(&full_remark, LABEL, width).unwrap_or_default(),
            full_remark,
            area: Rect { x, y, width, height: top + height - y },
            body,
            reserve,
            free,
            free_label,
            bars,
            blocks,
            group_labels,
            planned: machine.state == HostState::Planned,
            violated: self.violations.iter().any(|violation| violation.host == Some(host)),
        }
    }

    fn remark(&self, host: HostIndex, containers: usize, later: usize) -> String {
        let machine = &self.subject.layout.lab.hosts[host];
        let state = match machine.state {
            HostState::Up => "",
            HostState::Drain => " · drain",
            HostState::Planned => " · planned",
        };
        let title = machine.title.as_deref().map_or_else(String::new, |title| format!("{} · ", clean(title)));
        let more = if later > 0 { format!(" · {later} later") } else { String::new() };
        format!("{title}{}{more}{state}", count_of(containers, "container"))
    }

    fn bar(&self, host: HostIndex, resource: ResourceIndex, containers: &[ContainerIndex], area: Rect) -> Bar {
        let lab = &self.subject.layout.lab;
        let used = self.asked(resource, containers);
        let all = lab.hosts[host].allocatable[resource];
        let full = format!("{} · {}", text::share(&lab.resources[resource], used, all), text::percent(used, all));
        let name = fit(lab.resources[resource].name(), LABEL, 600).unwrap_or_default();
        let figures = fit(&full, LABEL, if area.width < 2500 { area.width - 700 } else { 1700 }).unwrap_or_default();
        let wide = (area.width - 640 - 1760).max(0);
        let area = Rect { x: area.x + 640, width: wide, ..area };
        let filled = if all == 0 { 0 } else { share(wide, used, all) };
        Bar { name, area, filled, figures, over: used > all }
    }

    /// Blocks by startup, and labels for startups whose blocks have none.
    fn blocks(
        &self,
        containers: &[ContainerIndex],
        decides: Option<ResourceIndex>,
        area: Rect,
    ) -> (Vec<Block>, Vec<(String, Rect)>) {
        let demand = &self.subject.layout.demand;
        let weight = |&container: &ContainerIndex| decides.map_or(1, |r| self.subject.layout.request(container, r));
        let asks: Vec<ContainerIndex> = containers.iter().copied().filter(|c| weight(c) > 0).collect();
        let none: Vec<ContainerIndex> = containers.iter().copied().filter(|c| weight(c) == 0).collect();
        let mut groups: BTreeMap<StartupIndex, Vec<ContainerIndex>> = BTreeMap::new();
        for &container in &asks {
            groups.entry(demand.startup_of(container)).or_default().push(container);
        }
        let sums: Vec<u64> = groups.values().map(|its| its.iter().map(weight).fold(0, u64::saturating_add)).collect();
        let (mut blocks, mut labels) = (Vec::new(), Vec::new());
        for ((startup, its), part) in groups.iter().zip(squarify(area, &sums)) {
            let weights: Vec<u64> = its.iter().map(weight).collect();
            let drawn: Vec<Block> =
                its.iter().zip(squarify(part, &weights)).map(|(&container, at)| self.block(container, at)).collect();
            let name = &demand.startups[*startup].name;
            if drawn.iter().all(|block| block.lines.is_empty()) && part.height >= 140 {
                labels.extend(fit(name, LABEL, part.width - 80).map(|label| (label, part)));
            }
            blocks.extend(drawn);
        }
        // What asks for nothing of it has no area: it stands as a line on the floor.
        let width = area.width / i64::try_from(none.len()).unwrap_or(1).max(1);
        for (nth, &container) in none.iter().enumerate() {
            let x = area.x + nth as i64 * width;
            blocks.push(self.block(container, Rect { x, y: area.y + area.height, width, height: 0 }));
        }
        (blocks, labels)
    }

    fn block(&self, container: ContainerIndex, area: Rect) -> Block {
        let layout = self.subject.layout;
        let service = layout.demand.service_of(container);
        let startup = &layout.demand.startups[service.startup];
        let amounts: Vec<String> = layout
            .lab
            .resources
            .iter()
            .zip(&service.request)
            .map(|(resource, amount)| text::amount(resource, amount.value))
            .collect();
        let number = layout.demand.containers[container].replica.map_or_else(String::new, |n| format!(".{n}"));
        let own = service.title.as_deref().map_or_else(|| service.name.clone(), clean) + &number;
        let amount = self
            .measure()
            .map_or_else(String::new, |r| text::amount(&layout.lab.resources[r], service.request[r].value));
        let alone = startup.services.len() == 1;
        let (name, amount) = (vec![own.clone()], vec![amount]);
        // The number of a replica tells it from the others: it goes onto a line of its own before it is cut off.
        let name = match number.is_empty() || width_of(&own, LABEL) <= area.width - PADDING {
            true => name,
            false => vec![own[..own.len() - number.len()].to_owned(), number],
        };
        let words = match alone {
            true => [vec![startup.name.clone()], name, amount],
            false => [name, amount, vec![startup.name.clone()]],
        };
        let lines = lines(&words, area);
        let id = layout.container_id(container);
        let moved_from = self.moved.get(&container).cloned();
        let violations = self.of_container.get(&container).cloned().unwrap_or_default();
        let mut full = format!("{id}: {}", amounts.join(", "));
        if let Some(title) = &service.title {
            full += &format!(" ({})", clean(title));
        }
        if let Some(from) = &moved_from {
            full += &format!(" · moved from {from}");
        }
        if !violations.is_empty() {
            full += &format!(" · {}", violations.join(", "));
        }
        let color = self.palette[startup.name.as_str()];
        let later = self.subject.later.contains(&container);
        Block {
            container,
            id,
            startup: startup.name.clone(),
            area,
            color,
            lines,
            full,
            amounts,
            later,
            moved_from,
            violations,
        }
    }

    fn unplaced(
        &self,
        containers: &[ContainerIndex],
        measure: Option<ResourceIndex>,
        largest: u64,
        at: Rect,
    ) -> HostBox {
        let asked = measure.map_or(0, |m| self.asked(m, containers));
        // The same area for the same amount as on the hosts, whose boxes are narrower.
        let alike = share(self.measures.tallest, asked, largest) * self.measures.width / at.width.max(1);
        let body = Rect { y: at.y + HEAD, height: alike.max(400), ..at };
        let (blocks, group_labels) = self.blocks(containers, measure, body);
        let full_remark = count_of(containers.len(), "container");
        HostBox {
            name: "not placed".to_owned(),
            remark: full_remark.clone(),
            full_remark,
            area: Rect { height: HEAD + body.height, ..at },
            body,
            reserve: Rect { y: body.y + body.height, height: 0, ..body },
            free: Rect { height: 0, ..body },
            free_label: None,
            bars: Vec::new(),
            blocks,
            group_labels,
            planned: true,
            violated: true,
        }
    }

    /// The violations in words, a line each; more than a few are counted.
    fn said(&self, x: i64, lowest: &mut i64, width: i64) -> Vec<(String, Rect)> {
        const SAID: usize = 8;
        let mut words: Vec<String> =
            self.violations.iter().take(SAID).map(|found| clean(&found.message(self.subject.layout))).collect();
        if self.violations.len() > SAID {
            words.push(format!("and {} more", self.violations.len() - SAID));
        }
        let mut said = Vec::new();
        for line in words {
            *lowest += LINE;
            said.push((line, Rect { x, y: *lowest, width, height: LINE }));
        }
        *lowest += if said.is_empty() { 0 } else { LINE };
        said
    }

    fn all_links(&self, hosts: &[HostBox]) -> Vec<Link> {
        let demand = &self.subject.layout.demand;
        let blocks = hosts.iter().flat_map(|host| &host.blocks);
        let at: BTreeMap<ContainerIndex, &Block> = blocks.map(|block| (block.container, block)).collect();
        let middle = |block: &Block| {
            let Rect { x, y, width, height } = block.area;
            (x + width / 2, y + height / 2)
        };
        let mut links = Vec::new();
        for service in &demand.services {
            for &needed in &service.needs {
                // One line to each service, to its first container: it is the service that is needed.
                let Some(to) = at.get(&demand.services[needed].containers.start) else { continue };
                for container in service.containers.clone() {
                    let Some(from) = at.get(&container) else { continue };
                    links.push(Link { from: middle(from), to: middle(to), ids: [from.id.clone(), to.id.clone()] });
                }
            }
        }
        links
    }
}

/// The words that fit into a block, one below the other: the first cut where need be, of the others those that fit whole.
fn lines(words: &[Vec<String>], area: Rect) -> Vec<String> {
    let room = usize::try_from((area.height - 60) / 140).unwrap_or(0);
    let mut lines: Vec<String> = Vec::new();
    for word in words.iter().flatten() {
        match fit(word, LABEL, area.width - PADDING) {
            Some(shown) if lines.len() < room && (lines.is_empty() || shown == *word) => lines.push(shown),
            None if lines.is_empty() => return lines,
            _ => {}
        }
    }
    lines
}

/// The containers that are elsewhere than in the first arrangement, with the host they were on, by name.
fn moved(first: &Subject, subject: &Subject) -> BTreeMap<ContainerIndex, String> {
    let name = |subject: &Subject, host: HostIndex| subject.layout.lab.hosts[host].name.clone();
    let before: BTreeMap<String, String> = first
        .placement
        .placed()
        .map(|(container, host)| (first.layout.container_id(container), name(first, host)))
        .collect();
    let placed = subject.placement.placed();
    let elsewhere = placed.filter_map(|(container, host)| {
        let from = before.get(&subject.layout.container_id(container))?;
        (*from != name(subject, host)).then(|| (container, from.clone()))
    });
    elsewhere.collect()
}
