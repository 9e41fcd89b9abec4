//! The backend of linear and integer programs, held to the clock: nothing can interrupt it, and on large programs it
//! overruns its own limit. So it works on a thread that is left behind when the time is up; where no thread can be had,
//! as in a browser, it is called in line and its own limit has to do.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use good_lp::solvers::microlp::{MicroLpProblem, MicroLpSolution};
use good_lp::{ResolutionError, SolverModel, WithTimeLimit};

use super::super::Clock;

/// The backend takes no endless limit, in seconds.
const LONGEST: f64 = 1e6;
/// How often the clock is asked.
const POLL: Duration = Duration::from_millis(20);
/// So many times it is asked once the time is up: the backend may be about to answer with what it has.
const PATIENCE: u32 = 5;

/// Solves `model` within `time` of what `clock` has left. A backend that is later than that is not waited for.
///
/// # Errors
/// What the backend says, or that the time is up.
pub fn solve(model: MicroLpProblem, time: Duration, clock: &dyn Clock) -> Result<MicroLpSolution, ResolutionError> {
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
