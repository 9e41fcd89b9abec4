//! What is drawn where, in tenths of a pixel: one layout for every format that has one.

use std::collections::{BTreeMap, HashMap};

use super::agents::Spelled;
use super::grid::{GAP, Grid};
use super::label::{fit, width_of, wrap};
use super::view::{Viewer, scales, standing};
use super::{Format, Options, Subject, Together};
use crate::model::{Category, ContainerIndex};
use crate::report::color::{Color, Colors};
use crate::report::pages::toolbox::when;
use crate::report::text::clean;

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
    /// The name in lines that fit.
    pub headline: Vec<(String, Rect)>,
    /// All of it.
    pub area: Rect,
    /// How wide and how high that is shown.
    pub size: (i64, i64),
    /// The arrangements.
    pub views: Vec<View>,
    /// All startups, in the order of the documents.
    pub startups: Vec<String>,
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
    /// Title and summary in lines that fit: the first so many are the title.
    pub heading: (usize, Vec<(String, Rect)>),
    /// All of it.
    pub area: Rect,
    /// The hosts, and a group for what is not placed where there is something.
    pub groups: Vec<Group>,
    /// What the referee objects to.
    pub violations: Vec<String>,
    /// The same in lines that fit.
    pub objections: Vec<(String, Rect)>,
    /// The wishes that are not met.
    pub unmet: Vec<String>,
    /// The same in lines that fit.
    pub regrets: Vec<(String, Rect)>,
    /// From containers to what they need.
    pub links: Vec<Link>,
}

/// Hosts that stand together.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common, where something was asked for: `zone: a`.
    pub title: Option<String>,
    /// The frame around them.
    pub area: Rect,
    /// They.
    pub hosts: Vec<HostBox>,
}

/// One host.
#[derive(Clone, Debug)]
pub struct HostBox {
    /// Its name.
    pub name: String,
    /// The name, perhaps cut.
    pub shown_name: String,
    /// Its title and state, perhaps cut.
    pub remark: String,
    /// Its title and state.
    pub full_remark: String,
    /// Heading, bars and body.
    pub area: Rect,
    /// A bar for each resource that it has or that is asked of it.
    pub bars: Vec<Bar>,
    /// All that the machine has, and what takes no part of it.
    pub body: Body,
    /// Whether it is not there yet.
    pub planned: bool,
    /// Whether the referee objects to something about it.
    pub violated: bool,
}

/// What a host or a carrier holds.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// All of it.
    pub area: Rect,
    /// What the host or the carrier keeps for itself.
    pub reserve: Rect,
    /// What is left.
    pub free: Rect,
    /// What `free` says, where there is room for it.
    pub free_label: Option<String>,
    /// The containers directly in it.
    pub blocks: Vec<Block>,
    /// Labels of startups whose blocks are too small for labels.
    pub group_labels: Vec<(String, Rect)>,
    /// Names of containers whose blocks have no room for them.
    pub beside: Vec<(String, Rect)>,
    /// Where what can be given ends, in a body that is larger, and whether more is asked.
    pub limit: Option<(i64, bool)>,
}

impl Body {
    /// Its containers, each before what it holds itself.
    pub fn all(&self) -> Vec<&Block> {
        self.blocks.iter().flat_map(Block::with_content).collect()
    }
}

/// One resource of a host.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The resource.
    pub name: String,
    /// The name, perhaps cut.
    pub shown_name: String,
    /// Figures and bar.
    pub area: Rect,
    /// The bar.
    pub track: Rect,
    /// How much of it is filled.
    pub filled: i64,
    /// How much of it is within the target, where the host has one.
    pub target: Option<i64>,
    /// Where one unit ends and the next begins, of a named resource of few.
    pub ticks: Vec<i64>,
    /// `37 of 38 GiB · 97 %`.
    pub figures: String,
    /// As much of that as there is room for; the share is always.
    pub shown: String,
    /// Whether more is asked than there is.
    pub over: bool,
    /// Whether it is what the host is short of.
    pub scarce: bool,
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
    /// The named resources that it takes, and what it takes of what its host is short of.
    pub badges: Vec<Badge>,
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
    /// Whether it is in the way of a wish that is not met.
    pub unwished: bool,
    /// What a carrier holds, within `area`.
    pub holds: Option<Body>,
}

/// In how many columns so many blocks of one box stand, for languages that put what no line joins in one row.
pub fn columns(blocks: usize) -> usize {
    (blocks / 2).isqrt().max(1)
}

impl Block {
    /// It, and what it holds.
    pub fn with_content(&self) -> Vec<&Block> {
        std::iter::once(self).chain(self.holds.iter().flat_map(Body::all)).collect()
    }
}

/// A mark on a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    /// `gpu`, `2 gpu`, `3.5 cpu`; nothing where there is room for a mark alone.
    pub words: String,
    /// Where.
    pub area: Rect,
}

/// A need, from one block to another.
#[derive(Clone, Debug)]
pub struct Link {
    /// In the block that needs.
    pub from: (i64, i64),
    /// In the block that is needed.
    pub to: (i64, i64),
    /// Both ids.
    pub ids: [String; 2],
}

/// The size of labels: 11 pixels.
pub(super) const LABEL: i64 = 110;
/// From one line of labels to the next.
pub(super) const LINE: i64 = 140;
const MARGIN: i64 = 240;
const ENTRY: i64 = 180;
/// Startups beyond this many have no entry in the legend.
const LISTED: usize = 80;

/// Lays out `subjects`. The same subjects give the same scene.
pub fn scene(subjects: &[Subject], options: &Options) -> Scene {
    let width = i64::from(options.width.clamp(Options::NARROWEST, Options::WIDEST)) * 10;
    let spelled: Vec<Spelled> = subjects.iter().map(Spelled::of).collect();
    let drawn: Vec<Subject> = spelled.iter().map(Spelled::subject).collect();
    let mut scene = match options.format {
        Format::Slide => slide(&drawn, options, width),
        _ => laid_out(&drawn, options, width, 100),
    };
    let first = subjects.first().map(|first| first.layout);
    let categories = first.into_iter().flat_map(|layout| layout.toolbox.categories.iter().map(move |it| (layout, it)));
    scene.toolbox = categories.map(|(layout, category)| (category.clone(), when(layout, category))).collect();
    scene
}

/// One scene 16 wide and 9 high: hosts are drawn as low as need be, and where that is not enough all of it smaller.
fn slide(subjects: &[Subject], options: &Options, shown: i64) -> Scene {
    const LOWEST: i64 = 40;
    let fits = |scene: &Scene, width: i64| scene.area.height <= width * 9 / 16;
    let mut width = shown;
    let mut scene = laid_out(subjects, options, width, LOWEST);
    while !fits(&scene, width) {
        // As wide as the same area would be at 16:9.
        let same = u64::try_from(width * (scene.area.height * 16 / 9)).unwrap_or(u64::MAX).isqrt();
        width = i64::try_from(same).unwrap_or(i64::MAX).max(width * 11 / 10);
        scene = laid_out(subjects, options, width, LOWEST);
    }
    let higher = (5..=10).rev().map(|tenths| tenths * 10).map(|high| laid_out(subjects, options, width, high));
    let mut scene = higher.into_iter().find(|scene| fits(scene, width)).unwrap_or(scene);
    scene.area = Rect { x: (scene.area.width - width) / 2, width, height: width * 9 / 16, ..scene.area };
    scene.size = (shown, shown * 9 / 16);
    scene
}

/// One scene so wide, its hosts so many hundredths as high as usual.
fn laid_out(subjects: &[Subject], options: &Options, width: i64, high: i64) -> Scene {
    let room = width - 2 * MARGIN;
    let title = subjects.first().and_then(|first| first.layout.name.as_deref()).unwrap_or("bayplan");
    let title = clean(title);
    let (headline, top) = placed(wrap(&title, 210, room), 210, (MARGIN, MARGIN - 40), 260);
    // What is alone has not moved.
    let before = if let [first, _, ..] = subjects { standing(first) } else { HashMap::new() };
    let names: Vec<&str> = names_of(subjects);
    let colors = Colors::of(names.iter().copied());
    let viewer = |(subject, scale)| Viewer::new(subject, &before, scale, &colors, options);
    let viewers: Vec<Viewer> = subjects.iter().zip(scales(subjects)).map(viewer).collect();
    let grid = Grid::of(&viewers, options, room, high);
    let (mut views, mut x, mut y) = (Vec::new(), MARGIN, top + 160);
    let widest = headline.iter().map(|(_, at)| at.width).max().unwrap_or(0);
    let (mut right, mut bottom) = (MARGIN + widest.max(4000.min(room)), y);
    for viewer in &viewers {
        let view = viewer.view(&grid, x, y);
        right = right.max(view.area.x + view.area.width);
        bottom = bottom.max(view.area.y + view.area.height);
        match grid.side_by_side {
            true => x += view.area.width + 2 * GAP,
            false => y = bottom + 2 * GAP,
        }
        views.push(view);
    }
    let width = (right + MARGIN).min(width);
    let (legend, bottom) = legend(&names, &colors, width, bottom + GAP);
    let unlisted = names.len().saturating_sub(LISTED);
    let bottom = bottom + if unlisted > 0 { ENTRY } else { 0 };
    let (area, toolbox) = (Rect { x: 0, y: 0, width, height: bottom + MARGIN }, Vec::new());
    let size = (area.width, area.height);
    let startups = names.iter().map(|&name| name.to_owned()).collect();
    Scene { title, headline, area, size, views, startups, legend, unlisted, toolbox }
}

/// Lines one below the other, each so high, and where the next would begin.
pub(super) fn placed(lines: Vec<String>, size: i64, (x, y): (i64, i64), height: i64) -> (Vec<(String, Rect)>, i64) {
    let at = |nth: usize, line: &str| Rect { x, y: y + nth as i64 * height, width: width_of(line, size), height };
    let end = y + lines.len() as i64 * height;
    (lines.into_iter().enumerate().map(|(nth, line)| (line.clone(), at(nth, &line))).collect(), end)
}

/// The startups of all subjects in the order of the first that has each.
fn names_of<'a>(subjects: &'a [Subject]) -> Vec<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    let all = subjects.iter().flat_map(|subject| &subject.layout.demand.startups);
    all.map(|startup| startup.name.as_str()).filter(|name| seen.insert(*name)).collect()
}

fn legend(names: &[&str], colors: &Colors, width: i64, top: i64) -> (Vec<(String, Color, Rect)>, i64) {
    let (mut x, mut y) = (MARGIN, top);
    let mut entries = Vec::new();
    for &name in names.iter().take(LISTED) {
        let wide = (width_of(name, LABEL) + 400).min(width - 2 * MARGIN);
        if x + wide > width - MARGIN && x > MARGIN {
            x = MARGIN;
            y += 220;
        }
        let shown = fit(name, LABEL, wide - 280).unwrap_or_default();
        entries.push((shown, colors.get(name), Rect { x, y, width: wide, height: ENTRY }));
        x += wide;
    }
    (entries, y + ENTRY)
}

impl View {
    /// The hosts of all groups.
    pub fn hosts(&self) -> impl Iterator<Item = &HostBox> {
        self.groups.iter().flat_map(|group| &group.hosts)
    }

    /// The blocks of all hosts, those in carriers after these.
    pub fn all_blocks(&self) -> impl Iterator<Item = &Block> {
        self.hosts().flat_map(|host| host.body.all())
    }

    /// The same by container.
    pub fn blocks(&self) -> BTreeMap<ContainerIndex, &Block> {
        self.all_blocks().map(|block| (block.container, block)).collect()
    }
}

impl Together {
    /// Whether arrangements may stand beside each other.
    pub(super) fn beside(self) -> bool {
        self == Together::SideBySide
    }
}
