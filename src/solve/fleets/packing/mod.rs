//! Items go into the hosts of a fleet: first fills, hosts taken apart and filled anew, and what a packing costs lowered.

mod apportion;
pub mod fill;
pub mod pack;
pub mod recreate;
mod residual;
