//! Does a further startup fit: as things stand, after moves, or not, because?

use crate::document::{Document, Newcomers, Problems};
use crate::explain::Refusal;
use crate::model::{Layout, Placement, ResourceIndex, StartupIndex};
use crate::moves::Move;
use crate::plan::{HostUse, Refuted};
use crate::solve::{Options, Proof};

/// Who is to come.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// A startup of the document that is not placed.
    Startup(String),
    /// Startups that the document does not have yet.
    Newcomers(Newcomers),
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// They fit and nothing moves.
    AsIs,
    /// They fit after the moves.
    WithMoves,
    /// They do not fit, proven.
    No,
    /// Neither shown nor refuted before the limit.
    Unknown,
}

/// Whether the arrivals fit.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The answer.
    pub answer: Answer,
    /// The layout with the arrivals in it; every index below is into this one.
    pub layout: Layout,
    /// Where things stood.
    pub before: Placement,
    /// Where they would stand; where the answer is no, as they stood.
    pub after: Placement,
    /// The startups that come.
    pub arrivals: Vec<StartupIndex>,
    /// What each host holds afterwards.
    pub hosts: Vec<HostUse>,
    /// What moves, in an order in which every step is valid; without the arrivals.
    pub moves: Vec<Move>,
    /// Whether fewer moves are proven not to do.
    pub fewest_moves: bool,
    /// Why not, host by host.
    pub refusals: Vec<Refusal>,
    /// Other startups that are not placed and were left out.
    pub left_out: Vec<StartupIndex>,
    /// Beyond these arrivals, how many more like the last of them would fit (moves allowed).
    pub how_many_more: u64,
    /// Whether one more is proven not to fit.
    pub how_many_more_proven: bool,
    /// The resource that binds first.
    pub bottleneck: Option<ResourceIndex>,
    /// What proves the answer.
    pub proof: Proof,
}

/// Why the question could not be asked.
#[derive(Debug)]
pub enum FitError {
    /// The document, the arrivals, or both together are wrong.
    Document(Problems),
    /// The placement has violations of its own.
    Invalid(Box<Layout>, Vec<crate::check::Violation>),
    /// The startup asked about is placed already, in part or whole.
    AlreadyPlaced(String),
    /// The solver was refuted.
    Refuted(Refuted),
}

/// Asks whether `arrival` fits on top of the placement of `document`, planned first where there is none. With
/// `planned`, hosts in the state `planned` count as there ([`Layout::admit_planned_hosts`]).
///
/// # Errors
/// See [`FitError`].
pub fn fit(_document: &Document, _arrival: &Arrival, _planned: bool, _options: &Options) -> Result<Fit, FitError> {
    unimplemented!()
}
