//! A document and what other tools say of now: what its containers really take, and where they really run. Names are
//! matched as import gives them; who is not known is said, never guessed.

pub mod drift;
pub mod names;
pub mod rightsize;
pub mod usage;
