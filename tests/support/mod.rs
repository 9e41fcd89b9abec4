//! What the tests and the benchmarks build their layouts and documents with.

pub mod ask;
pub mod build;
pub mod cases;
pub mod classes;
pub mod clock;
pub mod everything;
pub mod heavy;
pub mod homelab;
pub mod labs;
pub mod nested;
pub mod oracle;
pub mod packing;
pub mod program;
pub mod random;
pub mod read;
pub mod second;
pub mod small;
pub mod standing;
pub mod walks;
