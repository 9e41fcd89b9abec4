//! The class LP in the hands of good_lp: the bound that is said of every plan.
//!
//! It is solved in its dual form, so that the answer is a price for each row. Prices in floats are proposals: what is
//! said is computed from them in integers (`weights.rs`).

use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, microlp, variable};

use super::Clock;
use super::lp::{Program, backend};

/// The backend is given so many columns at the most: it overruns its own time limit on large programs.
const COLUMNS: usize = 8_000;
/// No price is above this many times the cost of the dearest column: it keeps the dual bounded where nothing fits.
const DEAREST: f64 = 1e3;

/// The prices of the rows of `program` at its optimum, none below 0: an equation counts as a least amount. `None` where
/// the program is too large or the time is up.
///
/// Columns are bounded by the rows alone: their upper bounds are not looked at.
pub fn prices(program: &Program, clock: &dyn Clock) -> Option<Vec<f64>> {
    if program.columns.len() > COLUMNS || clock.left().is_zero() {
        return None;
    }
    let dearest = program.columns.iter().map(|column| column.cost).fold(1.0, f64::max);
    let mut variables = ProblemVariables::new();
    let mut objective = Expression::default();
    // An equation pays for being met, a limit costs for what it allows.
    let prices: Vec<(f64, Variable)> = (program.rows.iter())
        .map(|row| {
            let price = variables.add(variable().min(0).max(dearest * DEAREST));
            let sign = if row.equal { 1.0 } else { -1.0 };
            objective += price * (sign * row.limit);
            (sign, price)
        })
        .collect();
    let mut model = variables.maximise(objective).using(microlp);
    for column in &program.columns {
        let terms = column.entries.iter().map(|&(row, amount)| (prices[row].1, prices[row].0 * amount));
        let paid: Expression = terms.map(|(price, amount)| price * amount).sum();
        model.add_constraint(paid.leq(column.cost));
    }
    let solution = backend::solve(model, clock.left(), clock).ok()?;
    Some(prices.into_iter().map(|(_, price)| solution.value(price)).collect())
}
