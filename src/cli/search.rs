//! The clock and the progress of a search.

use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use bayplan::solve::{Clock, Options};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::Searching;
use super::screen::Screen;

/// Progress is shown only when a search takes longer than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// Runs out when the time limit is reached.
struct Deadline {
    end: Instant,
}

impl Clock for Deadline {
    fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

/// Runs `search` with the options that the arguments name, the limit counted from `start`.
pub fn search<T>(args: &Searching, screen: &Screen, start: Instant, search: impl FnOnce(&Options) -> T) -> T {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    let progress = |what: &str| bar.set_message(bayplan::report::text::clean(what));
    let options = Options {
        clock: &Deadline { end: start + args.time_limit },
        seed: args.seed,
        threads: args.threads.map_or_else(cores, usize::from),
        progress: &progress,
        certify: false,
    };
    if screen.quiet || !std::io::stderr().is_terminal() {
        return search(&options);
    }
    thread::scope(|scope| {
        // Dropped when the search ends, however it ends: that wakes the thread that waits to show the spinner.
        let (done, ended) = mpsc::channel::<()>();
        scope.spawn(|| {
            let ended = ended;
            if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let style = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_draw_target(ProgressDrawTarget::stderr());
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                bar.tick();
            }
            bar.finish_and_clear();
        });
        let answer = search(&options);
        drop(done);
        answer
    })
}
