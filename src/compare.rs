//! Which of two arrangements is better?

use crate::model::Layout;
use crate::solve::Options;

/// What differs between two layouts, and which is better at what. Everything is by name: the two may differ in hosts,
/// containers and placement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Containers placed in both, on different hosts; `None` for not placed.
    pub moved: Vec<Moved>,
}

/// A container that is elsewhere in the second layout.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved {
    /// The container's id.
    pub container: String,
    /// The host in the first layout.
    pub from: Option<String>,
    /// The host in the second.
    pub to: Option<String>,
}

/// Compares `a` with `b`.
pub fn compare(_a: &Layout, _b: &Layout, _options: &Options) -> Comparison {
    unimplemented!()
}
