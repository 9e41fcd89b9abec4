//! A dual simplex method on a dense tableau, for programs of a few hundred rows.
//!
//! Lemke's dual method (Naval Research Logistics Quarterly 1, 1954) with bounded variables, the steepest edge chosen by
//! the norms of the tableau's rows (after Forrest and Goldfarb, Mathematical Programming 57, 1992) and a ratio test with
//! tolerance (Harris, Mathematical Programming 5, 1973). Only the columns of nonbasic variables are kept, and a pivot
//! touches only what is not zero: rows that say "each class is placed" stay sparse. After bounds change or rows are added,
//! `solve` goes on from where it was, which is what branching and cutting need and good_lp cannot do.

use super::super::Clock;
use super::{Program, Row};

/// What is closer to its bound than this keeps to it.
const FEASIBLE: f64 = 1e-9;
/// Reduced costs may be so much below zero in the ratio test.
const REDUCED_COST: f64 = 1e-11;
/// Nothing smaller is a pivot, and what is smaller after one is zero.
const PIVOT: f64 = 1e-9;
const ZERO: f64 = 1e-13;
/// The clock is read once in so many pivots.
const LOOK: u64 = 64;

/// How [`Tableau::solve`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At the optimum; duals and values are read from the tableau.
    Optimal,
    /// No values keep to the rows; the basic variable of this row shows it: see [`Tableau::farkas_ray`].
    Infeasible(usize),
    /// The cost is above the cutoff, or pivots or time ran out: the duals are those of the moment, and as valid.
    Stopped,
}

/// A program in the course of being solved.
#[derive(Clone, Debug)]
pub struct Tableau {
    /// Columns of the program; nonbasic variables are as many.
    width: usize,
    /// `x(basic[i]) = constant[i] - sum of cells[i * width + j] * x(nonbasic[j])`.
    cells: Vec<f64>,
    constant: Vec<f64>,
    /// Sums of squares of the rows of cells.
    norm: Vec<f64>,
    /// Reduced costs of the nonbasic variables.
    reduced_cost: Vec<f64>,
    /// What it costs where all nonbasic variables are 0, and where they are what they are.
    base: f64,
    cost: f64,
    /// Variables: the columns, then a slack for each row.
    basic: Vec<usize>,
    nonbasic: Vec<usize>,
    /// Where a variable is: at nonbasic position `j`, or `width + i` in row `i`.
    place: Vec<usize>,
    least: Vec<f64>,
    most: Vec<f64>,
    value: Vec<f64>,
    /// Pivots made so far.
    pub pivots: u64,
}

impl Tableau {
    /// All columns at 0, all slacks basic.
    pub fn new(program: &Program) -> Tableau {
        let width = program.columns.len();
        let mut tableau = Tableau {
            width,
            cells: Vec::new(),
            constant: Vec::new(),
            norm: Vec::new(),
            reduced_cost: program.columns.iter().map(|column| column.cost).collect(),
            base: 0.0,
            cost: 0.0,
            basic: Vec::new(),
            nonbasic: (0..width).collect(),
            place: (0..width).collect(),
            least: vec![0.0; width],
            most: program.columns.iter().map(|column| column.most).collect(),
            value: vec![0.0; width],
            pivots: 0,
        };
        program.rows.iter().for_each(|&row| tableau.append(row, row.limit));
        tableau.cells = vec![0.0; width * program.rows.len()];
        for (column, of) in program.columns.iter().enumerate() {
            of.entries.iter().for_each(|&(row, coefficient)| tableau.cells[row * width + column] = coefficient);
        }
        tableau.norm = (0..program.rows.len()).map(|row| squares(tableau.row(row))).collect();
        tableau
    }

    /// Demands a further row of the columns, whose coefficients are `entries`: (column, coefficient).
    pub fn add_row(&mut self, row: Row, entries: impl Iterator<Item = (usize, f64)>) {
        let mut cells = vec![0.0; self.width];
        let mut constant = row.limit;
        // Basic columns are spelt out by the nonbasic variables.
        for (column, coefficient) in entries.filter(|(_, coefficient)| *coefficient != 0.0) {
            match self.place[column].checked_sub(self.width) {
                None => cells[self.place[column]] += coefficient,
                Some(basic) => {
                    let by = self.row(basic);
                    cells.iter_mut().zip(by).for_each(|(sum, cell)| *sum -= coefficient * cell);
                    constant -= coefficient * self.constant[basic];
                }
            }
        }
        self.norm.push(squares(&cells));
        self.cells.extend(cells);
        self.append(row, constant);
    }

    /// The slack of a new row is basic. What its value is `settle` says.
    fn append(&mut self, row: Row, constant: f64) {
        let (slack, at) = (self.place.len(), self.width + self.basic.len());
        self.constant.push(constant);
        self.basic.push(slack);
        self.place.push(at);
        self.least.push(0.0);
        self.most.push(if row.equal { 0.0 } else { f64::INFINITY });
        self.value.push(0.0);
    }

    /// From now on `column` is from `least` to `most`.
    pub fn bound(&mut self, column: usize, least: f64, most: f64) {
        (self.least[column], self.most[column]) = (least, most);
    }

    /// What each column is at the moment.
    pub fn values(&self) -> &[f64] {
        &self.value[..self.width]
    }

    /// The cost at the moment: a lower bound whenever the method stops.
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// By how much the cost rises at least when the basic `column` goes to `goal`: by one step of the method. Infinite
    /// where it cannot go there.
    pub fn penalty(&self, column: usize, goal: f64) -> f64 {
        let Some(row) = self.place[column].checked_sub(self.width) else { return 0.0 };
        let furthest = self.helpful(row, goal).map(|(at, cell)| self.reduced_cost[at].abs() / cell);
        furthest.fold(f64::INFINITY, f64::min) * (self.value[column] - goal).abs()
    }

    /// The dual of each row: what the cost falls by for one more of its limit; for rows that are equal, the negative of
    /// the worth of one more.
    pub fn duals(&self) -> Vec<f64> {
        let reduced_cost = |&place: &usize| self.reduced_cost.get(place).copied().unwrap_or(0.0);
        self.place[self.width..].iter().map(reduced_cost).collect()
    }

    /// Duals that show that nothing keeps to the rows, where [`End::Infeasible`] named `row` (Farkas, Journal fuer die
    /// reine und angewandte Mathematik 124, 1902).
    pub fn farkas_ray(&self, row: usize) -> Vec<f64> {
        let sign = if self.value[self.basic[row]] > self.most[self.basic[row]] { -1.0 } else { 1.0 };
        let dual = |slack: usize| match self.place[slack].checked_sub(self.width) {
            None => sign * self.cells[row * self.width + self.place[slack]],
            Some(basic) if basic == row => sign,
            Some(_) => 0.0,
        };
        (self.width..self.width + self.basic.len()).map(dual).collect()
    }

    /// Goes on until the optimum, or until the cost is above `cutoff`, or for so many pivots.
    pub fn solve(&mut self, cutoff: f64, pivots: u64, clock: &dyn Clock) -> End {
        self.settle();
        let mut touched = Vec::with_capacity(self.width);
        for done in 0..pivots {
            if self.cost > cutoff || (done % LOOK == LOOK - 1 && clock.is_over()) {
                return End::Stopped;
            }
            let Some((row, goal)) = self.leaving() else { return End::Optimal };
            let Some(at) = self.entering(row, goal) else { return End::Infeasible(row) };
            self.advance(row, at, goal);
            self.pivot(row, at, &mut touched);
        }
        End::Stopped
    }

    /// Puts nonbasic variables on the bounds that suit their reduced_costs, and computes all values from these.
    fn settle(&mut self) {
        let mut raised = Vec::new();
        self.cost = self.base;
        for (at, &variable) in self.nonbasic.iter().enumerate() {
            let low = self.reduced_cost[at] >= 0.0 || self.most[variable].is_infinite();
            let value = if low { self.least[variable] } else { self.most[variable] };
            self.value[variable] = value;
            if value != 0.0 {
                raised.push((at, value));
                self.cost += self.reduced_cost[at] * value;
            }
        }
        for (row, &variable) in self.basic.iter().enumerate() {
            let cells = self.row(row);
            let given: f64 = raised.iter().map(|&(at, value)| cells[at] * value).sum();
            self.value[variable] = self.constant[row] - given;
        }
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.width..(row + 1) * self.width]
    }

    /// The row whose basic variable is furthest outside its bounds for the length of its edge, and the bound.
    fn leaving(&self) -> Option<(usize, f64)> {
        let mut best = (0.0, None);
        for (row, &variable) in self.basic.iter().enumerate() {
            let value = self.value[variable];
            let (least, most) = (self.least[variable], self.most[variable]);
            let (outside, goal) = if value < least { (least - value, least) } else { (value - most, most) };
            if outside > FEASIBLE * (1.0 + goal.abs()) {
                let length = outside * outside / (1.0 + self.norm[row]);
                if length > best.0 {
                    best = (length, Some((row, goal)));
                }
            }
        }
        best.1
    }

    /// The nonbasic variable whose reduced_cost is the first to become zero when the basic one of `row` goes to `goal`: of
    /// those that are nearly first, the one with the largest pivot.
    fn entering(&self, row: usize, goal: f64) -> Option<usize> {
        let reach = |(at, cell): (usize, f64)| (self.reduced_cost[at].abs() + REDUCED_COST) / cell;
        let furthest = self.helpful(row, goal).map(reach).fold(f64::INFINITY, f64::min);
        let nearly = |&(at, cell): &(usize, f64)| self.reduced_cost[at].abs() <= furthest * cell;
        let longest = self.helpful(row, goal).filter(nearly).reduce(|a, b| if b.1 > a.1 { b } else { a });
        longest.map(|(at, _)| at)
    }

    /// The nonbasic variables that can move the basic one of `row` towards `goal`, and how far they do.
    fn helpful(&self, row: usize, goal: f64) -> impl Iterator<Item = (usize, f64)> + '_ {
        let rises = self.value[self.basic[row]] < goal;
        let cells = self.row(row);
        cells.iter().enumerate().filter_map(move |(at, &cell)| {
            let variable = self.nonbasic[at];
            if cell.abs() < PIVOT || self.least[variable] == self.most[variable] {
                return None;
            }
            let low = self.value[variable] == self.least[variable];
            (((cell > 0.0) != rises) == low).then_some((at, cell.abs()))
        })
    }

    /// Moves the nonbasic variable at `at` so far that the basic one of `row` is at `goal`.
    fn advance(&mut self, row: usize, at: usize, goal: f64) {
        let leaving = self.basic[row];
        let step = (self.value[leaving] - goal) / self.cells[row * self.width + at];
        for (other, &variable) in self.basic.iter().enumerate() {
            let cell = self.cells[other * self.width + at];
            if cell != 0.0 {
                self.value[variable] -= cell * step;
            }
        }
        self.value[leaving] = goal;
        self.value[self.nonbasic[at]] += step;
        self.cost += self.reduced_cost[at] * step;
    }

    /// Exchanges the basic variable of `row` with the nonbasic one at `at`.
    fn pivot(&mut self, row: usize, at: usize, touched: &mut Vec<(usize, f64)>) {
        let width = self.width;
        let cells = &mut self.cells[row * width..(row + 1) * width];
        let inverse = 1.0 / cells[at];
        cells[at] = 1.0;
        touched.clear();
        for (position, cell) in cells.iter_mut().enumerate() {
            if *cell != 0.0 {
                *cell *= inverse;
                touched.push((position, *cell));
            }
        }
        self.norm[row] *= inverse * inverse;
        self.norm[row] += inverse * inverse - 1.0;
        self.constant[row] *= inverse;
        let constant = self.constant[row];
        for other in (0..self.basic.len()).filter(|&other| other != row) {
            let factor = self.cells[other * width + at];
            if factor == 0.0 {
                continue;
            }
            let cells = &mut self.cells[other * width..(other + 1) * width];
            cells[at] = 0.0;
            let mut grown = -factor * factor;
            for &(position, cell) in touched.iter() {
                let (old, new) = (cells[position], cells[position] - factor * cell);
                cells[position] = if new.abs() < ZERO { 0.0 } else { new };
                grown += new * new - old * old;
            }
            self.norm[other] = (self.norm[other] + grown).max(0.0);
            self.constant[other] -= factor * constant;
        }
        let reduced_cost = std::mem::take(&mut self.reduced_cost[at]);
        for &(position, cell) in touched.iter() {
            self.reduced_cost[position] -= reduced_cost * cell;
        }
        self.base += reduced_cost * constant;
        std::mem::swap(&mut self.basic[row], &mut self.nonbasic[at]);
        self.place[self.basic[row]] = width + row;
        self.place[self.nonbasic[at]] = at;
        self.pivots += 1;
    }
}

fn squares(row: &[f64]) -> f64 {
    row.iter().map(|cell| cell * cell).sum()
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::super::super::NoLimit;
    use super::super::Column;
    use super::*;

    /// What the duals prove: no solution costs less (weak duality).
    fn proven(program: &Program, duals: &[f64], costs: bool) -> f64 {
        let paid: f64 = duals.iter().zip(&program.rows).map(|(dual, row)| dual * row.limit).sum();
        let least = |column: &Column| {
            let rows: f64 = column.entries.iter().map(|&(row, coefficient)| duals[row] * coefficient).sum();
            let cost = rows + if costs { column.cost } else { 0.0 };
            if cost < -1e-7 { cost * column.most } else { 0.0 }
        };
        program.columns.iter().map(least).sum::<f64>() - paid
    }

    fn random(rng: &mut Rng) -> Program {
        let rows: Vec<Row> =
            (0..rng.usize(1..8)).map(|_| Row { limit: rng.i32(-3..9) as f64, equal: rng.u8(..3) == 0 }).collect();
        let column = |_| {
            let mut entries: Vec<(usize, f64)> = Vec::new();
            for row in (0..rows.len()).filter(|_| rng.bool()).collect::<Vec<_>>() {
                entries.push((row, rng.i32(-4..9) as f64 / 2.0));
            }
            Column { cost: rng.u32(..5) as f64, most: rng.u32(1..6) as f64, entries }
        };
        Program { columns: (0..12).map(column).collect(), rows: rows.clone() }
    }

    #[test]
    fn the_duals_prove_what_the_simplex_says() {
        let (mut optimal, mut infeasible) = (0, 0);
        for seed in 0..2_000 {
            let program = random(&mut Rng::with_seed(seed));
            let mut tableau = Tableau::new(&program);
            let end = tableau.solve(f64::INFINITY, 1_000, &NoLimit);
            let duals = tableau.duals();
            let one_sided =
                |duals: &[f64]| duals.iter().zip(&program.rows).all(|(dual, row)| row.equal || *dual >= -1e-7);
            match end {
                End::Optimal => {
                    optimal += 1;
                    let values = tableau.values();
                    let cost: f64 = program.columns.iter().zip(values).map(|(column, value)| column.cost * value).sum();
                    assert!(one_sided(&duals) && (proven(&program, &duals, true) - cost).abs() < 1e-6, "{seed}");
                    for (number, row) in program.rows.iter().enumerate() {
                        let of = |column: &Column| {
                            column.entries.iter().find(|entry| entry.0 == number).map_or(0.0, |e| e.1)
                        };
                        let sum: f64 =
                            program.columns.iter().zip(values).map(|(column, value)| of(column) * value).sum();
                        assert!(
                            sum < row.limit + 1e-6 && (!row.equal || sum > row.limit - 1e-6),
                            "{seed}: row {number}"
                        );
                    }
                }
                End::Infeasible(row) => {
                    infeasible += 1;
                    let farkas_ray = tableau.farkas_ray(row);
                    assert!(
                        one_sided(&farkas_ray) && proven(&program, &farkas_ray, false) > 1e-9,
                        "{seed}: {farkas_ray:?}"
                    );
                }
                End::Stopped => panic!("{seed}: a small program takes few pivots"),
            }
        }
        assert!(optimal > 300 && infeasible > 300, "{optimal} optimal, {infeasible} infeasible");
    }

    #[test]
    fn rows_are_added_on_the_way_and_no_whole_point_is_cheaper() {
        let mut rng = Rng::with_seed(1);
        for _ in 0..400 {
            let columns = rng.usize(1..4);
            let cost: Vec<f64> = (0..columns).map(|_| f64::from(rng.u8(0..9))).collect();
            let upper: Vec<f64> = (0..columns).map(|_| f64::from(rng.u8(0..5))).collect();
            let column = |(&cost, &most): (&f64, &f64)| Column { cost, most, entries: Vec::new() };
            let columns_of = cost.iter().zip(&upper).map(column).collect();
            let mut tableau = Tableau::new(&Program { columns: columns_of, rows: Vec::new() });
            let rows: Vec<(Vec<f64>, f64)> = (0..rng.usize(1..5))
                .map(|_| ((0..columns).map(|_| f64::from(rng.i8(-2..9))).collect(), f64::from(rng.i8(-3..20))))
                .collect();
            let mut end = End::Optimal;
            for (row, right) in &rows {
                // At least as much as a limit of the negative.
                let entries = row.iter().map(|some| -some).enumerate();
                tableau.add_row(Row { limit: -right, equal: false }, entries);
                end = tableau.solve(f64::INFINITY, 1_000, &NoLimit);
                if end != End::Optimal {
                    break;
                }
            }
            let cheapest = points(&upper).into_iter().filter(|y| rows.iter().all(|(row, right)| dot(row, y) >= *right));
            let cheapest = cheapest.map(|y| dot(&cost, &y)).fold(f64::INFINITY, f64::min);
            match end {
                End::Optimal => {
                    let y = tableau.values();
                    assert!(rows.iter().all(|(row, right)| dot(row, y) >= right - 1e-6));
                    let value = dot(&cost, y);
                    assert!(value <= cheapest + 1e-6);
                    let dual = proven_by(&cost, &upper, &rows, &tableau.duals(), 1.0);
                    assert!((value - dual).abs() < 1e-6, "{value} and {dual}");
                }
                End::Infeasible(row) => {
                    assert_eq!(cheapest, f64::INFINITY);
                    assert!(proven_by(&cost, &upper, &rows, &tableau.farkas_ray(row), 0.0) > 1e-7);
                }
                End::Stopped => panic!("it cycles"),
            }
        }
    }

    /// What duals prove: u b less what each variable can take of u A - scale c.
    fn proven_by(cost: &[f64], upper: &[f64], rows: &[(Vec<f64>, f64)], duals: &[f64], scale: f64) -> f64 {
        assert!(duals.iter().all(|&u| u > -1e-7));
        let right: f64 = rows.iter().zip(duals).map(|((_, right), u)| u * right).sum();
        let taken = |column: usize| {
            let worth: f64 = rows.iter().zip(duals).map(|((row, _), u)| u * row[column]).sum();
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
