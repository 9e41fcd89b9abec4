//! How much may still be done: counted in steps, so that the same question gets the same answer on any machine.

use crate::solve::Clock;

/// The clock is read once in so many steps.
const STEPS_PER_LOOK: u64 = 1 << 16;

/// A budget of steps, each about as long as a node of the exact pricing; the clock only ends it early.
pub struct Work<'a> {
    left: u64,
    look: u64,
    clock: &'a dyn Clock,
}

impl<'a> Work<'a> {
    /// So many steps.
    pub fn new(steps: u64, clock: &'a dyn Clock) -> Work<'a> {
        Work { left: steps, look: 0, clock }
    }

    /// Takes steps from what is left; whether anything is left.
    pub fn spend(&mut self, steps: u64) -> bool {
        self.left = self.left.saturating_sub(steps);
        self.look += steps;
        if self.look >= STEPS_PER_LOOK {
            self.look = 0;
            if self.clock.left().is_zero() {
                self.left = 0;
            }
        }
        self.left > 0
    }

    /// Whether nothing is left.
    pub fn is_over(&self) -> bool {
        self.left == 0
    }

    /// How many steps are left.
    pub fn left(&self) -> u64 {
        self.left
    }
}
