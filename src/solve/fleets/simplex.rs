//! A small linear program, min c y with A y >= b and l <= y <= u, by the dual simplex method with bounded variables
//! (Lemke, Naval Research Logistics Quarterly 1, 1954; bounds after Wagner, Operations Research 6, 1958).
//!
//! With c >= 0 the start, every variable at its lower bound, is dual feasible; so is every later state, also after a
//! row is added or a bound tightened. That is why it is our own: branching and cutting solve the same program hundreds
//! of times a second, each from where the last stopped, and good_lp has no warm start. Whoever needs a proof takes the
//! multipliers from here and computes with integers: these floats decide nothing.

/// Below this a coefficient is no pivot.
const PIVOT: f64 = 1e-9;
/// So far out of its bounds a variable counts as within.
const WITHIN: f64 = 1e-9;
/// Pivots of one solution, for each row and column of the program.
const PIVOTS: usize = 20;

/// How a solution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All bounds are kept: this is the optimum.
    Optimal,
    /// This row of the dictionary cannot be kept: there is no solution.
    Infeasible(usize),
    /// The pivots were used up. The multipliers are feasible all the same.
    Stopped,
}

/// The program and its dictionary: each basic variable by the nonbasic ones.
///
/// Variables 0..columns are those of the program; columns + i is the surplus of row i.
#[derive(Clone, Debug)]
pub struct Simplex {
    columns: usize,
    rows: usize,
    /// `[row * columns + position]`: what a basic variable loses for each unit of a nonbasic one.
    table: Vec<f64>,
    /// The variable of each row, and of each position.
    basic: Vec<usize>,
    nonbasic: Vec<usize>,
    /// Whether the variable of a position is at its upper bound.
    at_upper: Vec<bool>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    /// The value of the variable of each row.
    value: Vec<f64>,
    /// The reduced cost of each position.
    reduced: Vec<f64>,
}

impl Simplex {
    /// A program without rows. `cost` is not negative.
    pub fn new(cost: &[f64], lower: &[f64], upper: &[f64]) -> Simplex {
        Simplex {
            columns: cost.len(),
            rows: 0,
            table: Vec::new(),
            basic: Vec::new(),
            nonbasic: (0..cost.len()).collect(),
            at_upper: vec![false; cost.len()],
            lower: lower.to_vec(),
            upper: upper.to_vec(),
            value: Vec::new(),
            reduced: cost.to_vec(),
        }
    }

    /// Demands that the sum of `row` times the variables is at least `right`.
    pub fn add_row(&mut self, row: &[f64], right: f64) {
        // The surplus is row y - right; basic variables of it are spelt out by the nonbasic ones.
        let mut line: Vec<f64> = vec![0.0; self.columns];
        for (position, &variable) in self.nonbasic.iter().enumerate() {
            if variable < self.columns {
                line[position] -= row[variable];
            }
        }
        for (basic, &variable) in self.basic.iter().enumerate() {
            if variable < self.columns && row[variable] != 0.0 {
                let entries = &self.table[basic * self.columns..][..self.columns];
                line.iter_mut().zip(entries).for_each(|(sum, entry)| *sum += row[variable] * entry);
            }
        }
        let surplus = row.iter().zip(self.solution()).map(|(row, y)| row * y).sum::<f64>() - right;
        self.table.extend(line);
        self.basic.push(self.columns + self.rows);
        self.value.push(surplus);
        self.lower.push(0.0);
        self.upper.push(f64::INFINITY);
        self.rows += 1;
    }

    /// Sets the bounds of a variable of the program.
    pub fn bound(&mut self, variable: usize, lower: f64, upper: f64) {
        let before = self.nonbasic.iter().position(|&other| other == variable);
        let at = before.map(|position| self.place(position));
        (self.lower[variable], self.upper[variable]) = (lower, upper);
        if let (Some(position), Some(at)) = (before, at) {
            self.move_all(position, self.place(position) - at);
        }
    }

    /// Pivots until all bounds are kept, or it is clear that they cannot be.
    pub fn solve(&mut self) -> End {
        for _ in 0..PIVOTS * (self.rows + self.columns) {
            let Some((row, target)) = self.leaving() else { return End::Optimal };
            let Some(position) = self.entering(row, target) else { return End::Infeasible(row) };
            self.pivot(row, position, target);
        }
        End::Stopped
    }

    /// The value of each variable of the program.
    pub fn solution(&self) -> Vec<f64> {
        let mut solution = vec![0.0; self.columns];
        for (position, &variable) in self.nonbasic.iter().enumerate() {
            if variable < self.columns {
                solution[variable] = self.place(position);
            }
        }
        for (row, &variable) in self.basic.iter().enumerate() {
            if variable < self.columns {
                solution[variable] = self.value[row];
            }
        }
        solution
    }

    /// The multiplier of each row: never negative but for rounding.
    pub fn multipliers(&self) -> Vec<f64> {
        self.by_row(|position| self.reduced[position])
    }

    /// Multipliers of the rows that show why a row of the dictionary cannot be kept (Farkas, Journal fuer die reine
    /// und angewandte Mathematik 124, 1902).
    pub fn farkas(&self, row: usize) -> Vec<f64> {
        let below = self.value[row] < self.lower[self.basic[row]];
        let sign = if below { 1.0 } else { -1.0 };
        let mut multipliers = self.by_row(|position| sign * self.table[row * self.columns + position]);
        if let Some(own) = self.basic[row].checked_sub(self.columns) {
            multipliers[own] += sign;
        }
        multipliers
    }

    fn by_row(&self, of: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut multipliers = vec![0.0; self.rows];
        for (position, &variable) in self.nonbasic.iter().enumerate() {
            if let Some(row) = variable.checked_sub(self.columns) {
                multipliers[row] = of(position);
            }
        }
        multipliers
    }

    /// Where the variable of a position is.
    fn place(&self, position: usize) -> f64 {
        let variable = self.nonbasic[position];
        if self.at_upper[position] { self.upper[variable] } else { self.lower[variable] }
    }

    /// The nonbasic variable of a position changes by `by`.
    fn move_all(&mut self, position: usize, by: f64) {
        if by != 0.0 {
            for row in 0..self.rows {
                self.value[row] -= self.table[row * self.columns + position] * by;
            }
        }
    }

    /// The row that is farthest out of its bounds, and the bound it must go to.
    fn leaving(&self) -> Option<(usize, f64)> {
        let mut worst = (WITHIN, None);
        for row in 0..self.rows {
            let variable = self.basic[row];
            let (below, above) = (self.lower[variable] - self.value[row], self.value[row] - self.upper[variable]);
            if below > worst.0 {
                worst = (below, Some((row, self.lower[variable])));
            }
            if above > worst.0 {
                worst = (above, Some((row, self.upper[variable])));
            }
        }
        worst.1
    }

    /// The position that can bring `row` to `target` and keeps every reduced cost on its side.
    fn entering(&self, row: usize, target: f64) -> Option<usize> {
        let up = self.value[row] < target;
        let entries = &self.table[row * self.columns..][..self.columns];
        let mut best: Option<(f64, f64, usize)> = None;
        for (position, &entry) in entries.iter().enumerate() {
            let helps = if self.at_upper[position] == up { entry > PIVOT } else { entry < -PIVOT };
            let variable = self.nonbasic[position];
            if !helps || self.upper[variable] <= self.lower[variable] {
                continue;
            }
            let ratio = self.reduced[position].abs() / entry.abs();
            // Of equal ratios the largest pivot.
            let better = best
                .is_none_or(|(least, size, _)| ratio < least - 1e-12 || (ratio < least + 1e-12 && entry.abs() > size));
            if better {
                best = Some((ratio, entry.abs(), position));
            }
        }
        best.map(|(_, _, position)| position)
    }

    /// The variable of `row` leaves to `target`, that of `position` enters.
    fn pivot(&mut self, row: usize, position: usize, target: f64) {
        let columns = self.columns;
        let entry = self.table[row * columns + position];
        let entered = self.place(position) + (self.value[row] - target) / entry;
        self.move_all(position, entered - self.place(position));
        self.value[row] = entered;
        let leaving = self.basic[row];
        (self.basic[row], self.nonbasic[position]) = (self.nonbasic[position], leaving);
        self.at_upper[position] = target > self.lower[leaving];
        let (before, rest) = self.table.split_at_mut(row * columns);
        let (line, after) = rest.split_at_mut(columns);
        line.iter_mut().for_each(|value| *value /= entry);
        line[position] = 1.0 / entry;
        for other in before.chunks_exact_mut(columns).chain(after.chunks_exact_mut(columns)) {
            let factor = other[position];
            if factor != 0.0 {
                other.iter_mut().zip(&*line).for_each(|(value, entry)| *value -= factor * entry);
                other[position] = -factor / entry;
            }
        }
        let factor = self.reduced[position];
        if factor != 0.0 {
            self.reduced.iter_mut().zip(&*line).for_each(|(value, entry)| *value -= factor * entry);
            self.reduced[position] = -factor / entry;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Simplex};

    /// The least cost over all whole-numbered points, and of the program itself; both programs have few columns.
    #[test]
    fn the_optimum_equals_its_dual_and_no_whole_point_is_cheaper() {
        let mut rng = fastrand::Rng::with_seed(1);
        for _ in 0..400 {
            let columns = rng.usize(1..4);
            let cost: Vec<f64> = (0..columns).map(|_| f64::from(rng.u8(0..9))).collect();
            let upper: Vec<f64> = (0..columns).map(|_| f64::from(rng.u8(0..5))).collect();
            let mut simplex = Simplex::new(&cost, &vec![0.0; columns], &upper);
            let rows: Vec<(Vec<f64>, f64)> = (0..rng.usize(1..5))
                .map(|_| ((0..columns).map(|_| f64::from(rng.i8(-2..9))).collect(), f64::from(rng.i8(-3..20))))
                .collect();
            let mut end = End::Optimal;
            for (row, right) in &rows {
                simplex.add_row(row, *right);
                end = simplex.solve();
                if end != End::Optimal {
                    break;
                }
            }
            let cheapest = points(&upper).into_iter().filter(|y| rows.iter().all(|(row, right)| dot(row, y) >= *right));
            let cheapest = cheapest.map(|y| dot(&cost, &y)).fold(f64::INFINITY, f64::min);
            match end {
                End::Optimal => {
                    let y = simplex.solution();
                    assert!(rows.iter().all(|(row, right)| dot(row, &y) >= right - 1e-6));
                    let value = dot(&cost, &y);
                    assert!(value <= cheapest + 1e-6);
                    let dual = dual(&cost, &upper, &rows, &simplex.multipliers(), 1.0);
                    assert!((value - dual).abs() < 1e-6, "{value} and {dual}");
                }
                End::Infeasible(row) => {
                    assert_eq!(cheapest, f64::INFINITY);
                    assert!(dual(&cost, &upper, &rows, &simplex.farkas(row), 0.0) > 1e-7);
                }
                End::Stopped => panic!("it cycles"),
            }
        }
    }

    /// What multipliers prove: u b less what each variable can take of u A - scale c.
    fn dual(cost: &[f64], upper: &[f64], rows: &[(Vec<f64>, f64)], multipliers: &[f64], scale: f64) -> f64 {
        assert!(multipliers.iter().all(|&u| u > -1e-7));
        let right: f64 = rows.iter().zip(multipliers).map(|((_, right), u)| u * right).sum();
        let taken = |column: usize| {
            let worth: f64 = rows.iter().zip(multipliers).map(|((row, _), u)| u * row[column]).sum();
            (worth - scale * cost[column]).max(0.0) * upper[column]
        };
        right - (0..cost.len()).map(taken).sum::<f64>()
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    fn points(upper: &[f64]) -> Vec<Vec<f64>> {
        let mut points = vec![Vec::new()];
        for &upper in upper {
            points = (points.iter())
                .flat_map(|point: &Vec<f64>| {
                    (0..=upper as u32).map(move |value| [point.as_slice(), &[f64::from(value)]].concat())
                })
                .collect();
        }
        points
    }
}
