//! How hard to try, and how much of that is left: counted in steps, so that the same question gets the same answer on any
//! machine. The clock only ends it early.

use super::Clock;

/// How hard to try: for each tool, so many steps at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Steps of the first of the annealing rounds; the others double.
    pub(super) steps: u64,
    /// Annealing rounds.
    pub(super) rounds: u32,
    /// Steps of column generation; 0 for none.
    pub(super) columns: u64,
    /// Whether dives alternate with the annealing rounds.
    pub(super) dives: bool,
    /// Nodes of the exact search.
    pub(super) nodes: u64,
    /// Pivots of the branch and bound.
    pub(super) pivots: u64,
    /// Where losses are to be survived: looks at bins in one local search.
    pub(super) looks: u64,
    /// Nodes of the exact search over bins and failovers.
    pub(super) failovers: u64,
}

impl Effort {
    /// Only what greed finds: of losses, what follows them at a look.
    pub const GREED: Effort =
        Effort { steps: 0, rounds: 0, columns: 0, dives: false, nodes: 0, pivots: 0, looks: 0, failovers: 0 };
    /// For one of hundreds of questions about the same lab, each a little different, where others were in vain: a
    /// hundredth of a second at the most, for labs of a hundred containers.
    pub const GLANCE: Effort = Effort {
        steps: 4_000,
        rounds: 1,
        columns: 0,
        dives: false,
        nodes: 2_000,
        pivots: 100,
        looks: 200_000,
        failovers: 5_000,
    };
    /// For one of many: a tenth of a second.
    pub const QUICK: Effort =
        Effort { steps: 40_000, nodes: 20_000, pivots: 1_000, looks: 2_000_000, failovers: 50_000, ..Effort::GLANCE };
    /// For the first of many candidates with equal hosts: what its columns prove settles others.
    pub const FIRST: Effort = Effort { steps: 2_000_000, columns: 50_000_000, ..Effort::QUICK };
    /// For the candidates that are left.
    pub const SOLID: Effort = Effort {
        steps: 1_000_000,
        rounds: 2,
        columns: 200_000_000,
        dives: true,
        nodes: 500_000,
        pivots: 50_000,
        looks: 40_000_000,
        failovers: 1_000_000,
    };
    /// For equal hosts, where more of the same is known to help.
    pub const STUBBORN: Effort =
        Effort { steps: 4_000_000, rounds: 6, columns: 2_000_000_000, nodes: 0, pivots: 0, ..Effort::SOLID };
    /// For a question that nothing else follows.
    pub const THOROUGH: Effort =
        Effort { steps: 250_000, rounds: 4, nodes: 3_000_000, pivots: 1_000_000, ..Effort::SOLID };
}

/// Pairs of bins are split anew for so many steps for each that the annealing makes.
const PAIR_STEPS: u64 = 100;

/// A placement near the standing one is sought in so many steps for each that the annealing makes; of many items in no fewer
/// than so many for each of them.
const SETTLING_STEPS: u64 = 4;
const SETTLING_STEPS_AN_ITEM: u64 = 1_000;

impl Effort {
    /// Steps of the local search for a placement of so many items near where things stand.
    pub fn settling_steps(&self, items: usize) -> u64 {
        let least = if self.dives { 10 } else { 1 } * SETTLING_STEPS_AN_ITEM * items as u64;
        least.max(SETTLING_STEPS * self.steps * ((1 << self.rounds) - 1))
    }

    /// Steps of splitting anew what pairs of bins hold.
    pub fn pair_steps(&self) -> u64 {
        PAIR_STEPS * self.steps * ((1 << self.rounds) - 1)
    }
}

/// The clock is read once in so many steps, each about as long as a node of the exact pricing.
const STEPS_A_LOOK: u64 = 1 << 16;

/// A budget of steps.
pub struct Work<'a> {
    left: u64,
    since: u64,
    each: u64,
    clock: &'a dyn Clock,
}

impl<'a> Work<'a> {
    /// So many steps.
    pub fn new(steps: u64, clock: &'a dyn Clock) -> Work<'a> {
        Work::looking(steps, STEPS_A_LOOK, clock)
    }

    /// So many steps that take longer: the clock is read once in `each` of them.
    pub fn looking(steps: u64, each: u64, clock: &'a dyn Clock) -> Work<'a> {
        Work { left: steps, since: 0, each, clock }
    }

    /// As many steps as the same clock allows.
    pub fn unended(&self) -> Work<'a> {
        Work { left: u64::MAX, since: 0, ..*self }
    }

    /// Takes steps from what is left; whether anything is left.
    pub fn spend(&mut self, steps: u64) -> bool {
        self.left = self.left.saturating_sub(steps);
        self.since += steps;
        if self.since >= self.each {
            self.since = 0;
            if self.clock.is_over() {
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
