//! Pictures of placements: first a scene in whole numbers, then one small writer for each format.

mod agents;
mod block;
mod carrier;
mod dot;
mod grid;
mod html;
mod label;
mod links;
mod machine;
mod mermaid;
mod scene;
mod svg;
mod text;
mod treemap;
mod view;

pub use dot::dot;
pub use html::{html, look as page_look, picture as host_picture};
pub use label::{fit, width_of};
pub use mermaid::mermaid;
pub use scene::{Badge, Bar, Block, Body, Group, HostBox, Link, Rect, Scene, View, scene};
pub use svg::{Theme, svg};
pub use text::text;

use std::collections::BTreeSet;

use crate::model::{ContainerIndex, Layout, Placement};

/// One arrangement to draw.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// What it is called: free text.
    pub title: String,
    /// What is placed, and on what.
    pub layout: &'a Layout,
    /// What runs where.
    pub placement: &'a Placement,
    /// Containers that come later: they are drawn hatched.
    pub later: BTreeSet<ContainerIndex>,
}

/// How several arrangements stand together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Together {
    /// Beside each other where the width allows it, what moved from the first to the others marked.
    #[default]
    SideBySide,
    /// One at a time where the format can (a slider in HTML), below each other elsewhere.
    InTurn,
}

/// What the picture is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// As high as it comes.
    #[default]
    Sheet,
    /// A page that sets hosts side by side itself, on screens of any width.
    Page,
    /// 16 wide and 9 high.
    Slide,
}

/// What a picture shows.
#[derive(Clone, Debug)]
pub struct Options {
    /// Lines from containers to what they need.
    pub links: bool,
    /// How several arrangements stand together.
    pub together: Together,
    /// The label whose values hosts are grouped by.
    pub by: Option<String>,
    /// How wide it may be, in pixels.
    pub width: u32,
    /// What it is for.
    pub format: Format,
}

impl Options {
    /// The narrowest picture.
    pub const NARROWEST: u32 = 240;
    /// The widest.
    pub const WIDEST: u32 = 20_000;
}

impl Default for Options {
    fn default() -> Self {
        Self { links: false, together: Together::default(), by: None, width: 1400, format: Format::default() }
    }
}
