//! Pictures of placements: first a scene in whole numbers, then one small writer for each format.

mod dot;
mod html;
mod label;
mod mermaid;
mod scene;
mod svg;
mod text;
mod treemap;

pub use dot::dot;
pub use html::html;
pub use label::{fit, width_of};
pub use mermaid::mermaid;
pub use scene::{Bar, Block, HostBox, Link, Rect, Scene, View, scene};
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
    /// Beside each other, what moved from the first to the others marked.
    #[default]
    SideBySide,
    /// One at a time where the format can (a slider in HTML), below each other elsewhere.
    InTurn,
}

/// What a picture shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Lines from containers to what they need.
    pub links: bool,
    /// How several arrangements stand together.
    pub together: Together,
}
