//! Ctrl-C and its like: the first ends the search as if the time were up, the second ends the program.

use std::fs;
use std::process;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);
static SEARCHES: AtomicUsize = AtomicUsize::new(0);

/// Whether somebody asked for the search to end.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// While this lives, a first Ctrl-C, SIGTERM or SIGHUP only asks for the search to end.
pub struct Listening(());

impl Listening {
    /// From now on. Under `nohup` all stays as it is: whoever asked for that wants the search to go on.
    pub fn start() -> Self {
        static HANDLER: Once = Once::new();
        SEARCHES.fetch_add(1, Ordering::SeqCst);
        HANDLER.call_once(|| {
            if hangups_are_ignored() {
                return;
            }
            // Where that fails, Ctrl-C ends the program as it always did.
            let _ = ctrlc::set_handler(|| {
                if ASKED.swap(true, Ordering::SeqCst) || SEARCHES.load(Ordering::SeqCst) == 0 {
                    process::exit(INTERRUPTED);
                }
            });
        });
        Self(())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        SEARCHES.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether SIGHUP, the first of all signals, is ignored; where the system does not say, it is not.
fn hangups_are_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}
