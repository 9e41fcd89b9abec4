//! Blocks: one for each container, as large as the memory that it asks for; what else it takes is a badge on it.

use std::collections::BTreeMap;

use super::carrier::{heading, headings};
use super::label::{fit, width_of};
use super::scene::{Badge, Block, LABEL, LINE, Rect};
use super::treemap::squarify;
use super::view::Viewer;
use crate::model::{ContainerIndex, ResourceIndex, StartupIndex};
use crate::quantity::Resource;
use crate::report::text::{self, clean};

/// The height of a block that has no area of its own.
pub(super) const THIN: i64 = 180;
/// Left and right of a block's words together.
pub(super) const PADDING: i64 = 100;
/// A block of less than this, in hundredths of a square pixel, would not be seen: it is drawn thin.
pub(super) const SMALLEST: u128 = 400;
/// Rows of thin blocks under a body.
const ROWS: usize = 6;
/// How wide a thin block is where there is room.
const THIN_WIDTH: i64 = 900;
/// The height of the lowest block with a label.
const LOWEST: i64 = 125;
/// The height of a badge, and of what is in it.
const BADGE: i64 = 140;
/// A mark on a block that has no room for words.
const MARK: i64 = 60;

/// Where blocks are.
pub(super) struct Here<'a> {
    /// What the host or the carrier gives of each resource.
    pub given: Option<&'a [u64]>,
    /// What it is short of.
    pub scarce: &'a [ResourceIndex],
    /// What all of them ask for.
    pub asked: u64,
}

impl Viewer<'_> {
    /// What a container's area stands for: the measure, or where there is none the container and those in it.
    fn weight(&self, container: ContainerIndex) -> u64 {
        match self.measure {
            Some(measure) => self.sizes[0].request(self.subject.layout, container, measure),
            None => 1 + self.inside(&[container]).len() as u64,
        }
    }

    /// That of several together.
    pub fn weight_of_all(&self, containers: &[ContainerIndex]) -> u64 {
        containers.iter().map(|&it| self.weight(it)).fold(0, u64::saturating_add)
    }

    /// Whether a container has no area of its own among others in `area`.
    pub fn is_thin(&self, container: ContainerIndex, here: &Here, area: Rect) -> bool {
        let whole = u128::from(area.width.unsigned_abs()) * u128::from(area.height.unsigned_abs());
        whole.saturating_mul(u128::from(self.weight(container)))
            < self.least_area(container, area).saturating_mul(u128::from(here.asked.max(1)))
    }

    /// Blocks by startup, and labels for startups whose blocks have none.
    pub fn blocks(&self, containers: &[ContainerIndex], here: &Here, area: Rect) -> (Vec<Block>, Vec<(String, Rect)>) {
        let demand = &self.subject.layout.demand;
        let mut groups: BTreeMap<StartupIndex, Vec<ContainerIndex>> = BTreeMap::new();
        for &container in containers {
            groups.entry(demand.startup_of(container)).or_default().push(container);
        }
        let weights = |its: &[ContainerIndex]| its.iter().map(|&it| self.weight(it)).collect::<Vec<u64>>();
        let sums: Vec<u64> = groups.values().map(|its| weights(its).into_iter().fold(0, u64::saturating_add)).collect();
        let (mut blocks, mut labels) = (Vec::new(), Vec::new());
        for ((startup, its), part) in groups.iter().zip(squarify(area, &sums)) {
            let parts = squarify(part, &weights(its));
            let drawn: Vec<Block> = its.iter().zip(parts).map(|(&it, at)| self.block(it, here, at)).collect();
            let name = &demand.startups[*startup].name;
            if drawn.iter().all(|block| block.lines.is_empty() && block.holds.is_none()) && part.height >= LINE {
                labels.extend(fit(name, LABEL, part.width - 80).map(|label| (label, part)));
            }
            blocks.extend(drawn);
        }
        (blocks, labels)
    }

    /// Thin blocks side by side from the upper edge of `at` downwards, and under them, as wide as all of these, those that hold
    /// others.
    pub fn shelf(&self, containers: &[ContainerIndex], here: &Here, at: Rect) -> Vec<Block> {
        let (holding, thin): (Vec<_>, Vec<_>) =
            containers.iter().copied().partition(|&it| !self.inside(&[it]).is_empty());
        let mut blocks = self.thin_blocks(&thin, here, at);
        let mut low = blocks.last().map_or(at.y, |last| last.area.y + last.area.height);
        for carrier in holding {
            let height = self.least_height(carrier, at.width);
            blocks.push(self.block(carrier, here, Rect { y: low, height, ..at }));
            low += height;
        }
        blocks
    }

    fn thin_blocks(&self, containers: &[ContainerIndex], here: &Here, at: Rect) -> Vec<Block> {
        let columns = columns(containers.len(), at.width);
        let edge = |column: usize| at.width * column as i64 / columns as i64;
        let block = |(nth, &container): (usize, &ContainerIndex)| {
            let (row, column) = (nth / columns, nth % columns);
            let (left, right) = (edge(column), edge(column + 1));
            let y = at.y + row as i64 * THIN;
            self.block(container, here, Rect { x: at.x + left, y, width: (right - left).max(1), height: THIN })
        };
        containers.iter().enumerate().map(block).collect()
    }

    pub fn block(&self, container: ContainerIndex, here: &Here, area: Rect) -> Block {
        let layout = self.subject.layout;
        let service = layout.demand.service_of(container);
        let startup = &layout.demand.startups[service.startup];
        let request = |resource: ResourceIndex| self.sizes[0].request(layout, container, resource);
        let said = |it: ResourceIndex| text::amount_asked(service, &layout.lab.resources, it, request(it));
        let resources = layout.lab.resources.iter().enumerate().map(|(it, of)| (it, of, request(it)));
        let counts = |of: &Resource, amount: u64| match of {
            Resource::Containers | Resource::Derived(_) => false,
            Resource::Pooled(_) => amount > 0,
            _ => true,
        };
        let resources = resources.filter(|&(_, of, amount)| counts(of, amount));
        let amounts: Vec<String> = resources.map(|(it, ..)| said(it)).collect();
        let number = layout.demand.containers[container].replica.map_or_else(String::new, |n| format!(".{n}"));
        let own = service.title.as_deref().map_or_else(|| service.name.clone(), clean) + &number;
        let amount = self.measure.map_or_else(String::new, said);
        let id = layout.container_id(container);
        let headings = headings(&id, &own, &number, &amount);
        let holds = self.holds(container, area, heading(&headings, area.width - PADDING).is_some());
        let head = holds.as_ref().map_or(area, |it| Rect { height: it.area.y - area.y, ..area });
        let (badges, room) = badges(&self.extras(container, here), head);
        let alone = startup.services.len() == 1;
        let (name, amount) = (vec![own.clone()], vec![amount]);
        // The number of a replica tells it from the others: it goes onto a line of its own before it is cut off.
        let name = match number.is_empty() || width_of(&own, LABEL) <= room.width - PADDING {
            true => name,
            false => vec![own[..own.len() - number.len()].to_owned(), number],
        };
        let words = match alone {
            true => [vec![startup.name.clone()], name, amount],
            false => [name, amount, vec![startup.name.clone()]],
        };
        let lines = match holds.is_some() {
            true if head.height < THIN => Vec::new(),
            true => heading(&headings, room.width - PADDING).into_iter().collect(),
            false => lines(&words, room),
        };
        let moved_from = self.moved.get(&container).cloned();
        let violations = self.of_container.get(&container).cloned().unwrap_or_default();
        // Of what has a name only what is asked for is worth a word.
        let worth = layout
            .lab
            .resources
            .iter()
            .enumerate()
            .zip(&amounts)
            .filter(|((it, of), _)| of.is_usual() || request(*it) > 0 && of.is_asked());
        let said: Vec<&str> = worth.map(|(_, amount)| amount.as_str()).collect();
        let mut full = format!("{id}: {}", said.join(", "));
        if let Some(title) = &service.title {
            full += &format!(" ({})", clean(title));
        }
        full += &self.content_of(container);
        if let Some(from) = &moved_from {
            full += &format!(" · moved from {from}");
        }
        if !violations.is_empty() {
            full += &format!(" · {}", violations.join(", "));
        }
        let later = self.subject.later.contains(&container);
        if later {
            full += " · later";
        }
        let unwished = self.unwished.contains(&container);
        if unwished {
            full += " · not as wished";
        }
        Block {
            container,
            id,
            startup: startup.name.clone(),
            area,
            color: self.colors.get(&startup.name),
            lines,
            badges,
            full,
            amounts,
            later,
            moved_from,
            violations,
            unwished,
            holds,
        }
    }

    /// The named resources that a container takes, what it draws from a pool, and what it takes of what its host is short of where that is a tenth
    /// or more.
    fn extras(&self, container: ContainerIndex, here: &Here) -> Vec<String> {
        let layout = self.subject.layout;
        let service = layout.demand.service_of(container);
        let words = |resource: ResourceIndex| {
            let (of, asks) = (&layout.lab.resources[resource], self.sizes[0].request(layout, container, resource));
            let given = here.given.map_or(u64::MAX, |given| given[resource]);
            let said = || text::amount_asked(service, &layout.lab.resources, resource, asks);
            match &**of {
                _ if asks == 0 || Some(resource) == self.measure => None,
                Resource::Containers | Resource::Derived(_) => None,
                Resource::Named(name) if asks == 1 => Some(name.clone()),
                Resource::Named(_) | Resource::Sized(_) | Resource::Pooled(_) => Some(said()),
                _ => (here.scarce.contains(&resource) && asks >= given / 10).then(said),
            }
        };
        (0..layout.lab.resources.len()).filter_map(words).collect()
    }
}

impl Block {
    /// Whether nothing is said on it and on what it holds.
    pub(super) fn is_silent(&self) -> bool {
        self.lines.is_empty() && self.holds.iter().all(|it| it.blocks.iter().all(Block::is_silent))
    }
}

/// How many thin blocks stand side by side in so much room.
pub(super) fn columns(blocks: usize, width: i64) -> usize {
    let usual = usize::try_from(width / THIN_WIDTH).unwrap_or(1).max(1);
    usual.max(blocks.div_ceil(ROWS)).min(blocks.max(1))
}

/// Badges along the lower edge of a block, and what they leave for its words; where they do not fit a mark in its corner.
fn badges(words: &[String], area: Rect) -> (Vec<Badge>, Rect) {
    let widths: Vec<i64> = words.iter().map(|it| width_of(it, LABEL) + 50).collect();
    let all: i64 = widths.iter().map(|width| width + 30).sum();
    let (right, bottom) = (area.x + area.width - 30, area.y + area.height - 30);
    let own_row = area.height >= 2 * LINE + 40 && all + 30 <= area.width;
    let same_row = area.height >= THIN && all + 300 <= area.width;
    if words.is_empty() {
        return (Vec::new(), area);
    }
    if !own_row && !same_row {
        let fits = area.width >= MARK + 20 && area.height >= MARK + 20;
        let at = Rect { x: right - MARK + 20, y: area.y + 10, width: MARK, height: MARK };
        return (if fits { vec![Badge { words: String::new(), area: at }] } else { Vec::new() }, area);
    }
    let mut left = right - all + 30;
    let placed = words.iter().zip(&widths).map(|(words, &width)| {
        let at = Rect { x: left, y: bottom - BADGE + 10, width, height: BADGE };
        left += width + 30;
        Badge { words: words.clone(), area: at }
    });
    let badges = placed.collect();
    let room = match own_row {
        true => Rect { height: area.height - LINE, ..area },
        false => Rect { width: area.width - all, ..area },
    };
    (badges, room)
}

/// The words that fit into a block, one below the other: the first cut where need be, of the others those that fit whole.
fn lines(words: &[Vec<String>], area: Rect) -> Vec<String> {
    let room = usize::try_from((area.height - 40) / LINE).unwrap_or(0);
    let room = if area.height >= LOWEST { room.max(1) } else { room };
    let mut lines: Vec<String> = Vec::new();
    for word in words.iter().flatten().filter(|word| !word.is_empty()) {
        match fit(word, LABEL, area.width - PADDING) {
            Some(shown) if lines.len() < room && (lines.is_empty() || shown == *word) => lines.push(shown),
            None if lines.is_empty() => return lines,
            _ => {}
        }
    }
    lines
}
