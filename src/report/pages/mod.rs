//! What the answer to each question says, and in which order.

mod catalogue;
mod check;
mod compare;
pub mod costs;
pub mod drift;
mod fit;
mod hosts;
mod import;
pub mod moves;
mod plan;
mod proof;
pub mod refusals;
pub mod rightsize;
pub mod roadmap;
pub mod survival;
mod targets;
pub mod toolbox;
mod what_if;
pub mod why;
mod wishes;

pub use catalogue::catalogue;
pub use check::check;
pub use compare::compare;
pub use drift::drift;
pub use fit::fit;
pub use import::import;
pub use plan::plan;
pub use proof::proof;
pub use rightsize::rightsize;
pub use roadmap::roadmap;
pub use toolbox::toolbox;
pub use what_if::what_if;

use super::page::{Block, Page};
use crate::model::Layout;

/// The beginning of a page.
fn titled(layout: &Layout, otherwise: &str) -> Page {
    Page { blocks: vec![(None, Block::Title(title(layout, otherwise)))] }
}

/// What a page is called: as its layout, else as the question.
fn title(layout: &Layout, otherwise: &str) -> String {
    layout.name.clone().unwrap_or_else(|| otherwise.to_owned())
}

/// What a page says besides, or leaves out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Details {
    /// How it was proven is said.
    pub explain: bool,
    /// Hosts are a line each, and nothing more.
    pub summary: bool,
}
