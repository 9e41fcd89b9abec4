//! Linear programs in floats: what is to be solved, and who solves it. Nothing here is proof: duals are proposals, which
//! others round and evaluate in integers.

pub mod above;
mod backend;
pub mod bound;
pub mod class;
pub mod dual;
pub mod primal;
pub mod sample;

/// A program: minimise the cost of the columns within the rows.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// What is decided: each from 0 to its upper bound.
    pub columns: Vec<Column>,
    /// What limits it.
    pub rows: Vec<Row>,
}

/// A variable, at least 0.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its cost, at least 0.
    pub cost: f64,
    /// The most it can be.
    pub most: f64,
    /// Its coefficients: (row, coefficient), each row once.
    pub entries: Vec<(usize, f64)>,
}

/// A row: a sum that is at most `limit`, or equal to it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The right-hand side.
    pub limit: f64,
    /// Whether the sum is the limit.
    pub equal: bool,
}
