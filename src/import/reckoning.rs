//! Which figure follows from what was measured.

/// A whole, in millionths of a percent.
const WHOLE: u128 = 100_000_000;

/// How a figure follows from what was measured. Percentages are in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reckoning {
    /// So many percent of the time a container took no more cpu than this.
    pub cpu_percentile: u64,
    /// So many percent more than the most that it took of memory.
    pub headroom: u64,
}

impl Reckoning {
    /// The 95th percentile and 15 %, as Robusta's krr recommends.
    pub const USUAL: Reckoning = Reckoning { cpu_percentile: 95_000_000, headroom: 15_000_000 };

    /// What was seen of cpu: the percentile by nearest rank, which is one of the samples.
    pub fn cpu(self, samples: &[u64]) -> Option<u64> {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable();
        let rank = (u128::from(self.cpu_percentile) * sorted.len() as u128).div_ceil(WHOLE).max(1);
        let last = sorted.last().copied();
        sorted.get(usize::try_from(rank).ok()?.checked_sub(1)?).copied().or(last)
    }

    /// What is to be asked of memory where the most was so much; `None` where that is beyond all amounts.
    pub fn with_headroom(self, most: u64) -> Option<u64> {
        let more = (u128::from(most) * u128::from(self.headroom)).div_ceil(WHOLE);
        u64::try_from(u128::from(most) + more).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_samples() {
        let of =
            |percent: u64, samples: &[u64]| Reckoning { cpu_percentile: percent * 1_000_000, headroom: 0 }.cpu(samples);
        let hundred: Vec<u64> = (1..=100).rev().collect();
        assert_eq!(of(95, &hundred), Some(95));
        assert_eq!(of(100, &hundred), Some(100));
        assert_eq!(of(0, &hundred), Some(1));
        assert_eq!(of(95, &[7]), Some(7));
        assert_eq!(of(95, &[1, 9]), Some(9));
        assert_eq!(of(50, &[1, 9]), Some(1));
        assert_eq!(of(95, &[]), None);
    }

    #[test]
    fn headroom_is_rounded_up_and_ends_where_amounts_do() {
        assert_eq!(Reckoning::USUAL.with_headroom(100), Some(115));
        assert_eq!(Reckoning::USUAL.with_headroom(1), Some(2));
        assert_eq!(Reckoning::USUAL.with_headroom(0), Some(0));
        assert_eq!(Reckoning::USUAL.with_headroom(u64::MAX), None);
    }
}
