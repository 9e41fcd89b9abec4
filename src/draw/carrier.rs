//! Carriers: blocks with a heading, and below it what they hold, what is free and what they keep, as hosts show theirs.

use super::block::{Here, SMALLEST, THIN, columns};
use super::label::{fit, width_of};
use super::machine::parts;
use super::scene::{Body, LABEL, Rect};
use super::treemap::squarify;
use super::view::Viewer;
use crate::model::{ContainerIndex, ResourceIndex};
use crate::report::text::{self, count_of};

/// What is seen of a carrier's colour around what it holds.
const FRAME: i64 = 40;
/// The height of the lowest carrier with a heading.
const WITH_HEADING: i64 = THIN + FRAME + THIN;
/// A carrier that holds others has an area of its own from this on, in hundredths of a square pixel, and so much for each.
const LEAST: u128 = 60_000;
/// What would be narrower beside carriers has no area of its own, nor has a carrier that would be narrower than the second.
const THINNEST: u128 = 20;
const THINNEST_CARRIER: u128 = 100;
/// In what is lower or narrower nothing has.
const LOWEST: u128 = 60;

impl Viewer<'_> {
    /// Who lies in some containers, in whatever others.
    pub fn inside(&self, containers: &[ContainerIndex]) -> Vec<ContainerIndex> {
        let mut inside = Vec::new();
        for held in containers.iter().filter_map(|it| self.carriers.get(it)) {
            inside.extend(&held.containers);
            inside.extend(self.inside(&held.containers));
        }
        inside
    }

    /// In less than this, in hundredths of a square pixel, a container would not be seen among others in `area`, or those in it.
    pub fn least_area(&self, container: ContainerIndex, area: Rect) -> u128 {
        // The smallest may be laid along the whole of the shorter side.
        let side = u128::from(area.width.min(area.height).unsigned_abs());
        let nested = !self.carriers.is_empty();
        match self.inside(&[container]).len() as u128 {
            _ if nested && side < LOWEST => u128::MAX,
            0 if nested => SMALLEST.max(side * THINNEST),
            0 => SMALLEST,
            held => (LEAST + 4 * SMALLEST * held).max(side * THINNEST_CARRIER),
        }
    }

    /// The height of a carrier that has no area of its own: of its heading, and of thin blocks for all that it holds.
    pub fn least_height(&self, carrier: ContainerIndex, width: i64) -> i64 {
        let held = self.inside(&[carrier]);
        let carriers = held.iter().filter(|it| !self.inside(&[**it]).is_empty()).count() as i64;
        let rows = held.len().div_ceil(columns(held.len(), width - 2 * FRAME)) as i64;
        WITH_HEADING + (rows - 1) * THIN + carriers * (THIN + FRAME)
    }

    /// What a carrier holds, drawn in `area` under a heading where it has words for one; of one that holds nothing only where
    /// it has.
    pub fn holds(&self, carrier: ContainerIndex, area: Rect, worded: bool) -> Option<Body> {
        let held = self.carriers.get(&carrier)?;
        let carries = self.subject.layout.demand.service_of(carrier).carries.as_deref()?;
        let headed = worded && area.height >= WITH_HEADING;
        if !headed && held.containers.is_empty() {
            return None;
        }
        let frame = FRAME.min(area.width.min(area.height) / 8);
        let head = if headed { THIN } else { frame };
        let Rect { x, y, width, height } = area;
        let room = Rect { x: x + frame, y: y + head, width: width - 2 * frame, height: height - head - frame };
        let asked = self.weight_of_all(&held.containers);
        let (size, given, kept) = match self.measure {
            Some(m) => (held.size[m], held.offers[m], carries.reserve[m].min(held.size[m])),
            None => (asked, asked, 0),
        };
        let all = size.max(kept.saturating_add(given.max(asked)));
        let scarce = self.scarce(&held.offers, &held.containers);
        let here = Here { given: Some(&held.offers), scarce: &scarce, asked };
        let occupied = parts(room, all, [asked, kept])[1];
        let is_thin = |it: &ContainerIndex| self.is_thin(*it, &here, occupied);
        let (thin, drawn): (Vec<_>, Vec<_>) = held.containers.iter().copied().partition(is_thin);
        let shelf = self.shelf_in(room, &thin, !drawn.is_empty());
        let above = Rect { height: room.height - shelf.height, ..room };
        let [free, occupied, reserve] = parts(above, all, [asked, kept]);
        let (mut blocks, group_labels) = self.blocks(&drawn, &here, occupied);
        let room_of = |it: &ContainerIndex| 1 + self.inside(&[*it]).len() as u64;
        let places = squarify(shelf, &thin.iter().map(room_of).collect::<Vec<_>>());
        blocks.extend(thin.iter().zip(places).map(|(&it, at)| self.block(it, &here, at)));
        let mut body =
            Body { area: room, reserve, free, free_label: None, blocks, group_labels, beside: Vec::new(), limit: None };
        self.mark(&mut body, all, [asked, given, kept], &held.containers);
        Some(body)
    }

    /// The foot of a carrier's room, for what has no area of its own: as high as thin blocks are, but no more than half where
    /// there are others.
    fn shelf_in(&self, room: Rect, thin: &[ContainerIndex], others: bool) -> Rect {
        let count = thin.len() + self.inside(thin).len();
        let rows = count.div_ceil(columns(count, room.width)) as i64;
        let most = if others { room.height / 2 } else { room.height };
        let height = (rows * THIN).min(most);
        Rect { y: room.y + room.height - height, height, ..room }
    }

    /// What a carrier holds, in words: ` · holds 5 containers: 2.5 of 9.7 GiB, 1.25 of 8 cpu`.
    pub fn content_of(&self, carrier: ContainerIndex) -> String {
        let lab = &self.subject.layout.lab;
        let Some(held) = self.carriers.get(&carrier) else { return String::new() };
        let order = self.measure.into_iter().chain(lab.of_hosts().filter(|&it| Some(it) != self.measure));
        let counted = order.filter(|&it| lab.resources[it].is_asked() && held.offers[it] > 0);
        let share = |it: ResourceIndex| {
            let said = text::share(&lab.resources[it], held.used[it], held.offers[it]);
            if Some(it) == self.measure { said } else { format!("{said} {}", lab.resources[it].name()) }
        };
        let shares = counted.map(share).collect::<Vec<_>>().join(", ");
        let colon = if shares.is_empty() { "" } else { ": " };
        format!(" · holds {}{colon}{shares}", count_of(held.containers.len(), "container"))
    }
}

/// What a carrier's heading may say, the best first.
pub(super) fn headings(id: &str, own: &str, number: &str, amount: &str) -> Vec<String> {
    let with = |name: &str| if amount.is_empty() { name.to_owned() } else { format!("{name} · {amount}") };
    let mut headings = vec![with(id), with(own), own.to_owned()];
    headings.extend((!number.is_empty()).then(|| number.to_owned()));
    headings
}

/// The first of the headings that fits whole, else as much as fits of the last.
pub(super) fn heading(headings: &[String], width: i64) -> Option<String> {
    let whole = headings.iter().find(|it| width_of(it, LABEL) <= width);
    whole.cloned().or_else(|| fit(headings.last()?, LABEL, width))
}
