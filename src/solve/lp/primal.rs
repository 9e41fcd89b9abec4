//! The linear program over columns: a revised simplex that keeps its basis while columns are added.
//!
//! A column generation solves hundreds of programs that differ by a few columns. The backends behind good_lp start
//! each of them anew (docs/formulation.md has the figures), so this one place has a simplex of its own: the primal
//! method with the inverse of the basis kept in full (Dantzig and Orchard-Hays, Mathematical Tables and Other Aids to
//! Computation 8, 1954). Floats only propose here: whatever is concluded from the duals is computed in integers.

use super::super::Clock;

/// Columns with reduced costs above this are as good as those of the basis.
const REDUCED: f64 = 1e-8;
/// A pivot below this is none.
const PIVOT: f64 = 1e-9;
/// The inverse is computed anew after so many pivots, and so many for each row: it takes as long as a pivot for each row.
const REFRESH: usize = 600;
const REFRESH_ROWS: usize = 4;

/// Pivots between two looks at the clock.
const AT_ONCE: usize = 100;

/// How a row is met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sense {
    /// The sum is at least the right side; each unit that is missing costs so much.
    AtLeast(f64),
    /// The sum is at most the right side.
    AtMost,
}

/// Minimise the cost of columns with non-negative values whose entries meet the rows.
#[derive(Debug)]
pub struct ColumnProgram {
    rows: usize,
    columns: Vec<Vec<(usize, f64)>>,
    cost: Vec<f64>,
    /// For each column one by its length.
    scale: Vec<f64>,
    right: Vec<f64>,
    /// The column of each row of the basis, and for each column whether it is in the basis.
    basis: Vec<usize>,
    basic: Vec<bool>,
    /// `[row of the basis * rows + row]`.
    inverse: Vec<f64>,
    value: Vec<f64>,
    dual: Vec<f64>,
    /// The first column that was added by [`ColumnProgram::add`].
    first: usize,
    since_refresh: usize,
    pivots: usize,
}

impl ColumnProgram {
    /// A program without columns. Right sides are not negative.
    pub fn new(rows: &[(f64, Sense)]) -> ColumnProgram {
        let count = rows.len();
        let mut column_program = ColumnProgram {
            rows: count,
            columns: Vec::new(),
            cost: Vec::new(),
            scale: vec![0.5f64.sqrt(); count],
            right: rows.iter().map(|(right, _)| *right).collect(),
            basis: (0..count).collect(),
            basic: vec![true; count],
            inverse: vec![0.0; count * count],
            value: rows.iter().map(|(right, _)| *right).collect(),
            dual: Vec::with_capacity(count),
            first: 0,
            since_refresh: 0,
            pivots: 0,
        };
        for (row, (_, kind)) in rows.iter().enumerate() {
            let cost = if let Sense::AtLeast(missing) = kind { *missing } else { 0.0 };
            column_program.columns.push(vec![(row, 1.0)]);
            column_program.cost.push(cost);
            column_program.dual.push(cost);
            column_program.inverse[row * count + row] = 1.0;
        }
        for (row, _) in rows.iter().enumerate().filter(|(_, (_, kind))| *kind != Sense::AtMost) {
            column_program.add(0.0, vec![(row, -1.0)]);
        }
        column_program.first = column_program.columns.len();
        column_program
    }

    /// Adds a column: its cost, and its entries by row.
    pub fn add(&mut self, cost: f64, entries: Vec<(usize, f64)>) {
        self.scale.push(1.0 / (1.0 + entries.iter().map(|(_, entry)| entry * entry).sum::<f64>()).sqrt());
        self.columns.push(entries);
        self.cost.push(cost);
        self.basic.push(false);
    }

    /// Changes what a column costs (by its number in order of [`ColumnProgram::add`]); the basis stays as it is.
    pub fn reprice(&mut self, column: usize, cost: f64) {
        let column = self.first + column;
        let more = cost - self.cost[column];
        self.cost[column] = cost;
        if self.basic[column]
            && let Some(row) = self.basis.iter().position(|&basic| basic == column)
        {
            let inverse = &self.inverse[row * self.rows..(row + 1) * self.rows];
            self.dual.iter_mut().zip(inverse).for_each(|(dual, entry)| *dual += more * entry);
        }
    }

    /// Solves it from where it stands, in at most so many pivots more; whether the optimum was reached.
    pub fn solve(&mut self, pivots: usize) -> bool {
        let mut step = vec![0.0; self.rows];
        for _ in 0..pivots {
            if self.since_refresh >= REFRESH.max(REFRESH_ROWS * self.rows) && !self.refresh() {
                return false;
            }
            let Some((entering, reduced)) = self.entering() else { return true };
            self.step(entering, &mut step);
            let Some(leaving) = self.leaving(&step) else { return false };
            self.pivot(entering, leaving, reduced, &step);
        }
        false
    }

    /// What one unit of a column changes of the values.
    fn step(&self, entering: usize, step: &mut [f64]) {
        for (inverse, step) in self.inverse.chunks_exact(self.rows).zip(step) {
            *step = self.columns[entering].iter().map(|&(of, entry)| entry * inverse[of]).sum();
        }
    }

    /// The same until the clock is out.
    pub fn solve_within(&mut self, pivots: usize, clock: &dyn Clock) -> bool {
        let last = self.pivots + pivots;
        while self.pivots < last && !clock.is_over() {
            let before = self.pivots;
            if self.solve(AT_ONCE.min(last - before)) {
                return true;
            }
            if self.pivots < before + AT_ONCE {
                return false;
            }
        }
        false
    }

    /// The value of the program.
    pub fn objective(&self) -> f64 {
        self.basis.iter().zip(&self.value).map(|(&column, value)| self.cost[column] * value).sum()
    }

    /// The dual of each row: what another unit of its right side costs.
    pub fn duals(&self) -> &[f64] {
        &self.dual
    }

    /// How many pivots were made in all.
    pub fn pivots(&self) -> usize {
        self.pivots
    }

    /// The columns with a value above zero: (number in order of [`ColumnProgram::add`], value), in no particular order.
    pub fn solution(&self) -> impl Iterator<Item = (usize, f64)> {
        let added = self.basis.iter().zip(&self.value).filter(|(column, _)| **column >= self.first);
        added.filter(|(_, value)| **value > 1e-7).map(|(column, value)| (column - self.first, *value))
    }

    /// Rows that are not met, with what is missing.
    pub fn missing(&self) -> impl Iterator<Item = (usize, f64)> {
        let missing = self.basis.iter().zip(&self.value).filter(|(column, _)| **column < self.rows);
        missing.filter(|(column, value)| self.cost[**column] > 0.0 && **value > 1e-7).map(|(row, value)| (*row, *value))
    }

    fn entering(&self) -> Option<(usize, f64)> {
        let mut best = None;
        let mut least = 0.0;
        for (column, entries) in self.columns.iter().enumerate() {
            if self.basic[column] {
                continue;
            }
            let worth: f64 = entries.iter().map(|&(row, entry)| entry * self.dual[row]).sum();
            let reduced = self.cost[column] - worth;
            if reduced < -REDUCED && reduced * self.scale[column] < least {
                (least, best) = (reduced * self.scale[column], Some((column, reduced)));
            }
        }
        best
    }

    /// The row of the basis that limits the step the most; of equals the one with the largest pivot.
    fn leaving(&self, step: &[f64]) -> Option<usize> {
        let mut best: Option<(usize, f64)> = None;
        for (row, &step_here) in step.iter().enumerate().filter(|(_, step)| **step > PIVOT) {
            let ratio = self.value[row].max(0.0) / step_here;
            let better = best.is_none_or(|(leaving, least)| {
                ratio < least - 1e-12 || (ratio < least + 1e-12 && step_here > step[leaving])
            });
            if better {
                best = Some((row, ratio));
            }
        }
        best.map(|(row, _)| row)
    }

    fn pivot(&mut self, entering: usize, leaving: usize, reduced: f64, step: &[f64]) {
        let rows = self.rows;
        let ratio = self.value[leaving].max(0.0) / step[leaving];
        self.value.iter_mut().zip(step).for_each(|(value, step)| *value -= ratio * step);
        self.value[leaving] = ratio;
        let mut row: Vec<f64> = self.inverse[leaving * rows..(leaving + 1) * rows].to_vec();
        row.iter_mut().for_each(|entry| *entry /= step[leaving]);
        let entries = nonzero(&row, 0);
        for (number, of) in self.inverse.chunks_exact_mut(rows).enumerate() {
            if number == leaving {
                of.copy_from_slice(&row);
            } else if step[number].abs() > 1e-13 {
                subtract(of, &row, &entries, step[number]);
            }
        }
        self.dual.iter_mut().zip(&row).for_each(|(dual, by)| *dual += reduced * by);
        self.basic[self.basis[leaving]] = false;
        self.basic[entering] = true;
        self.basis[leaving] = entering;
        self.since_refresh += 1;
        self.pivots += 1;
    }

    /// Computes the inverse of the basis anew, by elimination; `false` where it has none.
    fn refresh(&mut self) -> bool {
        let rows = self.rows;
        let mut matrix = vec![0.0; rows * rows];
        for (position, &column) in self.basis.iter().enumerate() {
            self.columns[column].iter().for_each(|&(row, entry)| matrix[row * rows + position] = entry);
        }
        let mut inverse = vec![0.0; rows * rows];
        (0..rows).for_each(|row| inverse[row * rows + row] = 1.0);
        for column in 0..rows {
            let size = |row: &usize| matrix[row * rows + column].abs();
            let Some(pivot) = (column..rows).max_by(|a, b| size(a).total_cmp(&size(b))) else { return false };
            if size(&pivot) < 1e-11 {
                return false;
            }
            swap_rows(&mut matrix, rows, pivot, column);
            swap_rows(&mut inverse, rows, pivot, column);
            let factor = 1.0 / matrix[column * rows + column];
            for of in [&mut matrix, &mut inverse] {
                of[column * rows..(column + 1) * rows].iter_mut().for_each(|entry| *entry *= factor);
            }
            eliminate(&mut matrix, &mut inverse, rows, column);
        }
        self.inverse = inverse;
        for (value, inverse) in self.value.iter_mut().zip(self.inverse.chunks_exact(rows)) {
            *value = inverse.iter().zip(&self.right).map(|(entry, right)| entry * right).sum();
        }
        self.dual.iter_mut().for_each(|dual| *dual = 0.0);
        for (&column, inverse) in self.basis.iter().zip(self.inverse.chunks_exact(rows)) {
            let cost = self.cost[column];
            if cost != 0.0 {
                self.dual.iter_mut().zip(inverse).for_each(|(dual, entry)| *dual += cost * entry);
            }
        }
        self.since_refresh = 0;
        true
    }
}

fn swap_rows(matrix: &mut [f64], rows: usize, a: usize, b: usize) {
    if a != b {
        let (first, second) = matrix.split_at_mut(a.max(b) * rows);
        first[a.min(b) * rows..(a.min(b) + 1) * rows].swap_with_slice(&mut second[..rows]);
    }
}

/// Clears `column` in all rows but its own, whose entry there is 1.
fn eliminate(matrix: &mut [f64], inverse: &mut [f64], rows: usize, column: usize) {
    let pivot: Vec<f64> = matrix[column * rows..(column + 1) * rows].to_vec();
    let pivot_inverse: Vec<f64> = inverse[column * rows..(column + 1) * rows].to_vec();
    let (entries, entries_inverse) = (nonzero(&pivot, column), nonzero(&pivot_inverse, 0));
    for row in (0..rows).filter(|&row| row != column) {
        let factor = matrix[row * rows + column];
        if factor != 0.0 {
            subtract(&mut matrix[row * rows..(row + 1) * rows], &pivot, &entries, factor);
            subtract(&mut inverse[row * rows..(row + 1) * rows], &pivot_inverse, &entries_inverse, factor);
        }
    }
}

/// The positions from `first` on that are not 0.
fn nonzero(row: &[f64], first: usize) -> Vec<usize> {
    (first..row.len()).filter(|&at| row[at] != 0.0).collect()
}

/// Takes `factor` times `row` from `of`. Where few entries are not 0, only those are looked at.
fn subtract(of: &mut [f64], row: &[f64], entries: &[usize], factor: f64) {
    if entries.len() * 4 < row.len() {
        entries.iter().for_each(|&at| of[at] -= factor * row[at]);
    } else {
        of.iter_mut().zip(row).for_each(|(entry, by)| *entry -= factor * by);
    }
}
