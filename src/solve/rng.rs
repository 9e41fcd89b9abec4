//! The only source of chance: the same numbers from the same seed on every machine, however many bits a `usize` has there.

use std::ops::{Bound, Deref, DerefMut, RangeBounds};

/// fastrand's generator, but for positions: where a `usize` has 32 bits, it draws these from other numbers.
#[derive(Clone, Debug)]
pub struct Rng(fastrand::Rng);

impl Rng {
    /// One that begins with `seed`.
    pub fn with_seed(seed: u64) -> Rng {
        Rng(fastrand::Rng::with_seed(seed))
    }

    /// A number of `range`, which is not empty.
    pub fn usize(&mut self, range: impl RangeBounds<usize>) -> usize {
        let wide = |bound: Bound<&usize>| bound.map(|&at| at as u64);
        self.0.u64((wide(range.start_bound()), wide(range.end_bound()))) as usize
    }

    /// Puts `slice` into a random order.
    pub fn shuffle<T>(&mut self, slice: &mut [T]) {
        for at in 1..slice.len() {
            slice.swap(at, self.usize(..=at));
        }
    }
}

impl Deref for Rng {
    type Target = fastrand::Rng;

    #[inline]
    fn deref(&self) -> &fastrand::Rng {
        &self.0
    }
}

impl DerefMut for Rng {
    #[inline]
    fn deref_mut(&mut self) -> &mut fastrand::Rng {
        &mut self.0
    }
}
