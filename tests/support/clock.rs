//! A clock that counts how often it is asked, so that no verdict depends on how fast a machine is.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bayplan::solve::Clock;

/// Runs out after so many looks at it; each is a second of its time.
pub struct Looks(AtomicU32);

impl Looks {
    /// A clock that may be looked at so often.
    pub fn new(looks: u32) -> Looks {
        Looks(AtomicU32::new(looks))
    }
}

impl Clock for Looks {
    fn left(&self) -> Duration {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        Duration::from_secs(left.into())
    }
}
