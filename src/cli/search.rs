//! The clock and the progress of a search.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use bayplan::plan::{self, Plan, Wanted};
use bayplan::question::Question;
use bayplan::report::summary;
use bayplan::solve::{Clock, Options, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::Searching;
use super::interrupt::{self, Listening};
use super::screen::Screen;

/// Progress is shown only when a search takes longer than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// Runs out when the time limit is reached, or when somebody interrupts.
struct Deadline {
    end: Instant,
}

impl Clock for Deadline {
    fn left(&self) -> Duration {
        if interrupt::asked() { Duration::ZERO } else { self.end.saturating_duration_since(Instant::now()) }
    }
}

/// How long it took to read what is asked about: until the first search.
static READING: OnceLock<Duration> = OnceLock::new();

/// Runs `search` with the options that the arguments name, the limit counted from `start`. So many layouts as large as
/// what was read are to be judged, compared and said then.
pub fn search<T>(
    args: &Searching,
    screen: &Screen,
    start: Instant,
    layouts: usize,
    search: impl FnOnce(&Options) -> T,
) -> T {
    within(args, screen, time(args, start, layouts), search)
}

/// The time for a search: to say so many layouts takes about as long as to read them did, and is left out, up to two thirds
/// of what is left.
fn time(args: &Searching, start: Instant, layouts: usize) -> Duration {
    let left = args.time_limit.saturating_sub(start.elapsed());
    let reading = *READING.get_or_init(|| start.elapsed());
    left - reading.saturating_mul(u32::try_from(layouts).unwrap_or(u32::MAX)).min(left / 3 * 2)
}

/// Runs `search` with the options that the arguments name, for so long at the most.
fn within<T>(args: &Searching, screen: &Screen, time: Duration, search: impl FnOnce(&Options) -> T) -> T {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    let progress = |so_far: Progress| bar.set_message(worded(so_far));
    let options = Options {
        clock: &Deadline { end: Instant::now() + time },
        seed: args.seed,
        threads: args.threads.map_or_else(cores, usize::from),
        progress: &progress,
        certify: false,
    };
    let known = interrupt::asked();
    let listening = Listening::start();
    let answer = if screen.quiet || !std::io::stderr().is_terminal() {
        search(&options)
    } else {
        watched(&bar, || search(&options))
    };
    drop(listening);
    if interrupt::asked() && !known {
        screen.note("interrupted: the answer is what was known by then");
    }
    answer
}

/// What `bayplan plan` finds in one of `parts` parts of the time, for a question that asks where things stand.
///
/// # Errors
/// The solver was refuted.
pub fn planned(
    args: &Searching,
    screen: &Screen,
    start: Instant,
    parts: u32,
    question: &Question,
) -> anyhow::Result<Plan> {
    let plan = |options: &Options| plan::plan(question, Wanted::default(), options);
    within(args, screen, time(args, start, 1) / parts, plan)
        .map_err(|refuted| screen.refuted(&refuted, Some(&question.layout)))
}

/// Runs `search` with a spinner that shows what `bar` is told, once it takes longer than our patience.
fn watched<T>(bar: &ProgressBar, search: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        // Dropped when the search ends, however it ends: that wakes the thread that waits to show the spinner.
        let (done, ended) = mpsc::channel::<()>();
        scope.spawn(|| {
            let ended = ended;
            if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let style = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}{prefix}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_draw_target(ProgressDrawTarget::stderr());
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                if interrupt::asked() {
                    bar.set_prefix("stopping; Ctrl-C again ends it at once");
                }
                bar.tick();
            }
            bar.finish_and_clear();
        });
        let answer = search();
        drop(done);
        answer
    })
}

/// `cheapest 96930, bound 96490, gap 0.5 %`, or what is looked for.
fn worded(so_far: Progress) -> String {
    let (goal, value, bound) = match so_far {
        Progress::Goal { goal, value, bound } => (goal, value, bound),
        Progress::Stage(words) => return words.to_owned(),
    };
    let mut words = format!("{} {}", goal.name(), summary::goal_value(value));
    if let Some(bound) = bound {
        words += &format!(", bound {}", summary::goal_bound(bound));
        words += &summary::gap(value, bound).map_or_else(|| ", no gap".to_owned(), |gap| format!(", gap {gap}"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use bayplan::model::{Goal, GoalValue, Ratio};

    #[test]
    fn progress_shows_value_bound_and_gap() {
        let words = |goal, value, bound| worded(Progress::Goal { goal, value, bound });
        let millionths = GoalValue::Millionths;
        assert_eq!(words(Goal::FewestHosts, GoalValue::Count(86), None), "fewest-hosts 86");
        let (value, bound) = (millionths(96_930_000_000), millionths(96_490_000_000));
        assert_eq!(words(Goal::Cheapest, value, Some(bound)), "cheapest 96930, bound 96490, gap 0.5 %");
        let share = |part| GoalValue::Share(Ratio { part, whole: 1000 });
        assert_eq!(words(Goal::Balance, share(931), Some(share(928))), "balance 93.1 %, bound 92.8 %, gap 0.4 %");
        let none = GoalValue::Count(0);
        assert_eq!(words(Goal::FewestMoves, none, Some(none)), "fewest-moves 0, bound 0, no gap");
    }
}
