//! Nomad counts processors in MHz: one clock for a whole import makes threads of them.

use std::cell::Cell;

use super::super::Asked;
use super::node;
use crate::document::tree::Node;
use crate::quantity::LARGEST_AMOUNT;

/// How many MHz a hardware thread has.
#[derive(Debug)]
pub struct Clock {
    mhz: u64,
    source: &'static str,
    is_used: Cell<bool>,
}

/// What a thread is taken for where nothing says.
const USUAL: u64 = 2000;

impl Default for Clock {
    fn default() -> Clock {
        Clock { mhz: USUAL, source: "as nothing says otherwise", is_used: Cell::new(false) }
    }
}

impl Clock {
    /// As asked for, else that of the slowest node.
    pub fn of(asked: &Asked, nodes: &[&Node]) -> Clock {
        if let Some(mhz) = asked.mhz_per_core {
            return Clock { mhz: mhz.max(1), source: "as asked for", ..Clock::default() };
        }
        match nodes.iter().filter_map(|node| node::mhz_per_core(node)).min() {
            Some(mhz) => Clock { mhz: mhz.max(1), source: "as the slowest node has it", ..Clock::default() },
            None => Clock::default(),
        }
    }

    /// Millicores of so many MHz, rounded up.
    pub fn millicores(&self, mhz: u64) -> u64 {
        self.is_used.set(true);
        let amount = (u128::from(mhz) * 1000).div_ceil(u128::from(self.mhz));
        u64::try_from(amount).unwrap_or(u64::MAX).min(LARGEST_AMOUNT)
    }

    /// Millicores of so many MHz of a node, rounded down.
    pub fn millicores_of_node(&self, mhz: u64) -> u64 {
        self.is_used.set(true);
        let amount = u128::from(mhz) * 1000 / u128::from(self.mhz);
        u64::try_from(amount).unwrap_or(u64::MAX).min(LARGEST_AMOUNT)
    }

    /// What is to be said of it.
    pub fn said(&self) -> Option<String> {
        let said = || {
            format!("a hardware thread counts as {} MHz, {}: `--mhz-per-core N` says otherwise", self.mhz, self.source)
        };
        self.is_used.get().then(said)
    }
}
