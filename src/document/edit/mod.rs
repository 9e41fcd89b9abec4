//! A document with something changed: what is supposed, startups that come later, and the text that says either.

pub mod add;
pub mod changes;
pub mod edits;
pub mod lines;
pub mod newcomers;
pub mod overlay;
pub mod scalar;
pub mod set;
pub mod suppose;
pub mod write;
