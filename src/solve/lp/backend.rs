//! good_lp's backend, held to the clock: nothing can interrupt it, and on large programs it overruns its own limit. So
//! it works on a thread that is left behind when the time is up; where no thread can be had, as in a browser, it is
//! called in line and its own limit has to do.
//!
//! Of what it is given it says no duals, so programs are solved in their dual form: what its variables are then, are the
//! duals of the rows.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use good_lp::solvers::microlp::{MicroLpProblem, MicroLpSolution};
use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution, SolverModel, Variable, WithTimeLimit, microlp, variable,
};

use super::super::Clock;
use super::Program;

/// The backend is given so many columns at the most.
const COLUMNS: usize = 8_000;
/// No dual is above this many times the cost of the dearest column: it keeps the dual form bounded where nothing fits.
const DEAREST: f64 = 1e3;
/// The backend takes no endless limit, in seconds.
const LONGEST: f64 = 1e6;
/// How often the clock is asked.
const POLL: Duration = Duration::from_millis(20);
/// So many times it is asked once the time is up: the backend may be about to answer with what it has.
const PATIENCE: u32 = 5;

/// The duals of the rows of `program` at its optimum, none below 0: an equation counts as a least amount. `None` where
/// the program is too large or the time is up.
///
/// Columns are bounded by the rows alone: their upper bounds are not looked at.
pub fn duals(program: &Program, clock: &dyn Clock) -> Option<Vec<f64>> {
    if program.columns.len() > COLUMNS || clock.left().is_zero() {
        return None;
    }
    let dearest = program.columns.iter().map(|column| column.cost).fold(1.0, f64::max);
    let mut variables = ProblemVariables::new();
    let mut objective = Expression::default();
    // An equation pays for being met, a limit costs for what it allows.
    let duals: Vec<(f64, Variable)> = (program.rows.iter())
        .map(|row| {
            let dual = variables.add(variable().min(0).max(dearest * DEAREST));
            let sign = if row.equal { 1.0 } else { -1.0 };
            objective += dual * (sign * row.limit);
            (sign, dual)
        })
        .collect();
    let mut model = variables.maximise(objective).using(microlp);
    for column in &program.columns {
        let terms = column.entries.iter().map(|&(row, amount)| (duals[row].1, duals[row].0 * amount));
        let paid: Expression = terms.map(|(dual, amount)| dual * amount).sum();
        model.add_constraint(paid.leq(column.cost));
    }
    let solution = solve(model, clock.left(), clock).ok()?;
    Some(duals.into_iter().map(|(_, dual)| solution.value(dual)).collect())
}

/// Solves `model` within `time` of what `clock` has left. A backend that is later than that is not waited for.
///
/// # Errors
/// What the backend says, or that the time is up.
fn solve(model: MicroLpProblem, time: Duration, clock: &dyn Clock) -> Result<MicroLpSolution, ResolutionError> {
    const LATE: ResolutionError = ResolutionError::Other("the time is up");
    let begin = clock.left();
    let model = model.with_time_limit(time.as_secs_f64().min(LONGEST));
    // The thread is there before it is given the model, which otherwise would be lost with it.
    let (give, given) = mpsc::sync_channel::<MicroLpProblem>(1);
    let (done, answer) = mpsc::channel();
    let work = move || given.recv().map_or((), |model| drop(done.send(model.solve())));
    if thread::Builder::new().spawn(work).is_err() {
        return model.solve();
    }
    let _ = give.send(model);
    let mut late = 0;
    loop {
        match answer.recv_timeout(POLL) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Disconnected) => return Err(ResolutionError::Other("the backend gave up")),
            Err(RecvTimeoutError::Timeout) if late == PATIENCE => return Err(LATE),
            Err(RecvTimeoutError::Timeout) => {
                let left = clock.left();
                late += u32::from(left.is_zero() || begin.saturating_sub(left) >= time);
            }
        }
    }
}
