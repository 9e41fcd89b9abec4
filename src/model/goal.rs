//! Goals: what makes one placement better than another, and the exact values they take.

use std::cmp::Ordering;
use std::fmt;

use crate::quantity::{Counted, Resource};

/// Something to minimise. A layout lists them, the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// Hosts that hold anything.
    FewestHosts,
    /// Sum of the prices of the hosts that hold anything.
    Cheapest,
    /// Sum of the watts of the hosts that hold anything.
    LeastPower,
    /// How far hosts are above their targets, all together.
    WithinTarget,
    /// What the wishes that are not met weigh.
    Wishes,
    /// The largest share used of any resource of any host.
    Balance,
    /// The same of carriers: how full the fullest is of what it offers.
    CarrierBalance,
    /// Containers that the current placement has on another host.
    FewestMoves,
    /// What these ask for of memory, or of their hosts' disks: what is carried over when they move.
    LeastCarried(Load),
}

/// What is carried over when a container moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Load {
    /// Its memory.
    Memory,
    /// Its disk; nothing where that is on a pool.
    Disk,
}

impl Load {
    /// Both.
    pub const ALL: [Load; 2] = [Load::Memory, Load::Disk];

    /// As documents name it.
    pub fn name(self) -> &'static str {
        match self {
            Load::Memory => "memory",
            Load::Disk => "disk",
        }
    }

    /// The resource.
    pub fn resource(self) -> Resource {
        match self {
            Load::Memory => Resource::Memory,
            Load::Disk => Resource::Disk,
        }
    }
}

impl Goal {
    /// All goals, in the order the documentation lists them.
    pub const ALL: [Goal; 10] = [
        Goal::FewestHosts,
        Goal::Cheapest,
        Goal::LeastPower,
        Goal::WithinTarget,
        Goal::Wishes,
        Goal::Balance,
        Goal::CarrierBalance,
        Goal::FewestMoves,
        Goal::LeastCarried(Load::Memory),
        Goal::LeastCarried(Load::Disk),
    ];

    /// What a document that names no goals is planned for.
    pub const DEFAULT: [Goal; 2] = [Goal::FewestHosts, Goal::Balance];

    /// The name in documents and answers.
    pub fn name(self) -> &'static str {
        match self {
            Goal::FewestHosts => "fewest-hosts",
            Goal::Cheapest => "cheapest",
            Goal::LeastPower => "least-power",
            Goal::WithinTarget => "within-target",
            Goal::Wishes => "wishes",
            Goal::Balance => "balance",
            Goal::CarrierBalance => "carrier-balance",
            Goal::FewestMoves => "fewest-moves",
            Goal::LeastCarried(Load::Memory) => "fewest-moves: memory",
            Goal::LeastCarried(Load::Disk) => "fewest-moves: disk",
        }
    }

    /// Whether it counts what moves, in one way or another: what any plan costs, not what it is good for.
    pub fn is_of_moves(self) -> bool {
        matches!(self, Goal::FewestMoves | Goal::LeastCarried(_))
    }
}

/// The value of a goal, or a bound on it. Values of one goal have one variant and compare exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoalValue {
    /// A number of hosts or containers, or a weight.
    Count(u64),
    /// A price or power in millionths.
    Millionths(u64),
    /// Millionths of what hosts give, by which they are above their targets.
    Above(u64),
    /// Memory or disk, in bytes.
    Bytes(u64),
    /// A share of a host.
    Share(Ratio),
}

impl GoalValue {
    /// The value as a float, for JSON and bars.
    pub fn as_f64(self) -> f64 {
        match self {
            GoalValue::Count(count) | GoalValue::Bytes(count) => count as f64,
            GoalValue::Millionths(millionths) | GoalValue::Above(millionths) => millionths as f64 / 1e6,
            GoalValue::Share(ratio) => ratio.as_f64(),
        }
    }
}

impl fmt::Display for GoalValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GoalValue::Count(count) => write!(f, "{count}"),
            GoalValue::Millionths(value) => decimal(*value, 6, f),
            GoalValue::Above(value) => {
                decimal(*value, 4, f)?;
                f.write_str(" %")
            }
            GoalValue::Bytes(bytes) => f.write_str(&Counted::from(Resource::Memory).show(*bytes)),
            GoalValue::Share(ratio) => write!(f, "{ratio}"),
        }
    }
}

/// A number of which so many digits stand behind the point, those that are 0 at the end left out.
fn decimal(value: u64, places: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digits = format!("{value:0>width$}", width = places + 1);
    let (whole, behind) = digits.split_at(digits.len() - places);
    match behind.trim_end_matches('0') {
        "" => f.write_str(whole),
        behind => write!(f, "{whole}.{behind}"),
    }
}

impl PartialOrd for GoalValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (GoalValue::Count(a), GoalValue::Count(b)) | (GoalValue::Bytes(a), GoalValue::Bytes(b)) => a.partial_cmp(b),
            (GoalValue::Millionths(a), GoalValue::Millionths(b)) | (GoalValue::Above(a), GoalValue::Above(b)) => {
                a.partial_cmp(b)
            }
            (GoalValue::Share(a), GoalValue::Share(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// An exact fraction; compares by value, so 1/2 equals 2/4. The denominator is above 0.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    /// What is used.
    pub part: u64,
    /// Of what.
    pub whole: u64,
}

impl Ratio {
    /// Nothing used.
    pub const ZERO: Ratio = Ratio { part: 0, whole: 1 };

    /// The nearest float.
    pub fn as_f64(self) -> f64 {
        self.part as f64 / self.whole as f64
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ratio {}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = u128::from(self.part) * u128::from(other.whole);
        let right = u128::from(other.part) * u128::from(self.whole);
        left.cmp(&right)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} %", self.as_f64() * 100.0)
    }
}
