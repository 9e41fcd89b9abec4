//! An oracle that takes all that a document can say and all that can be asked about it together, for labs so small that
//! every placement, every loss, every phase and every step can be looked at. Written from docs/ alone: of the program it
//! knows what it answers, and nothing of how. It judges the answers in JSON, as a program reads them.

mod amount;
pub mod arrivals;
pub mod asked;
pub mod compared;
pub mod judge;
pub mod law;
pub mod meaning;
pub mod road;
pub mod spec;
pub mod supposed;
pub mod text;
pub mod truth;
pub mod way;
pub mod world;
