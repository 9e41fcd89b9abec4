//! Answers for people: what is asked first, the evidence under it, figures aligned.

pub mod style;

pub use style::{Align, Grid, Style, Tone, bar};
