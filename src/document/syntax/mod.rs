//! Files become one tree: text to nodes, known keys and readable values, what is extended merged, ranges spelled out.

pub mod findings;
pub mod foreign;
pub mod keys;
pub mod merge;
pub mod names;
pub mod read;
pub mod schema;
pub mod shape;
pub mod tree;
