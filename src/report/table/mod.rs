//! Answers for people: what is asked first, the evidence under it, figures aligned.

mod check;
mod compare;
mod costs;
mod fit;
mod hosts;
mod moves;
mod plan;
mod proof;
mod refusals;
mod roadmap;
mod strip;
pub mod style;
mod survival;
mod toolbox;
mod what_if;
mod why;

pub use check::check;
pub use compare::compare;
pub use fit::fit;
pub use hosts::hosts;
pub use plan::plan;
pub use proof::proof;
pub use roadmap::roadmap;
pub use style::{Align, Grid, Style, Tone, bar};
pub use toolbox::toolbox;
pub use what_if::what_if;
