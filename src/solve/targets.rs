//! Targets: how much a bin may hold without being fuller than it had better be, and by how much it is.

use super::instance::{Bin, Instance};
use super::restricted::{RestrictedInstance, open_bins};

/// Shares are counted in so many parts.
const PARTS: u128 = 1_000_000;

impl Instance {
    /// By how much a bin that holds `used` beside its agents is above its targets, in millionths of what it has of each
    /// resource, each rounded up.
    pub fn above(&self, bin: Bin, used: &[u64]) -> u64 {
        self.above_after(bin, used, &[], &[])
    }

    /// The same after `goes` has left the bin, which holds it, and `comes` has come. What is short asks for nothing more.
    pub fn above_after(&self, bin: Bin, used: &[u64], goes: &[u64], comes: &[u64]) -> u64 {
        let Some(targets) = self.targets.get(bin.0) else { return 0 };
        let of = |amounts: &[u64], resource: usize| amounts.get(resource).copied().unwrap_or(0);
        let mut sum = 0;
        for (resource, &target) in targets.iter().enumerate() {
            let (whole, agents) = self.whole(bin, resource);
            let used = of(used, resource) + of(comes, resource) - of(goes, resource);
            let above = (used + agents).saturating_sub(target);
            if above > 0 && whole > 0 {
                sum += parts(above, whole);
            }
        }
        sum
    }

    /// By how much bins that hold nothing are above their targets, all together: no packing is by less.
    pub fn least_above(&self) -> u64 {
        Bin::all(self.targets.len()).map(|bin| self.above(bin, &[])).sum()
    }

    /// By how much the agents of a bin are above its targets, in millionths, rounded down in all.
    pub fn above_by_agents(&self, bin: Bin) -> u64 {
        let targets = self.targets.get(bin.0).map_or(&[][..], |targets| targets);
        let each = targets.iter().enumerate().map(|(resource, &target)| {
            let (whole, agents) = self.whole(bin, resource);
            let above = u128::from(agents.saturating_sub(target)) * PARTS;
            u64::try_from(above.checked_div(u128::from(whole)).unwrap_or(0)).unwrap_or(u64::MAX)
        });
        each.sum()
    }

    /// The most a bin may hold of each resource to be above each of its targets by no more than its agents and `more`, in
    /// millionths.
    pub fn within(&self, bin: Bin, more: u64) -> Vec<u64> {
        let targets = self.targets.get(bin.0).map_or(&[][..], |targets| targets);
        let mut within = self.allocatable[bin].clone();
        for (resource, (within, &target)) in within.iter_mut().zip(targets).enumerate() {
            let (whole, agents) = self.whole(bin, resource);
            let above = agents.saturating_sub(target);
            let own = if above > 0 && whole > 0 { parts(above, whole) } else { 0 };
            let most = u128::from(target) + (u128::from(own) + u128::from(more)) * u128::from(whole) / PARTS;
            let most = u64::try_from(most).unwrap_or(u64::MAX).saturating_sub(agents);
            *within = most.min(*within);
        }
        within
    }

    /// By how much more bins that hold `used` are above their targets at the least once they hold `rest`, too: what finds no
    /// room within targets goes where it weighs the least.
    pub fn least_rise(&self, used: &[Vec<u64>], restricted: &RestrictedInstance, rest: &[u64]) -> u64 {
        let Some(targets) = self.targets.first() else { return 0 };
        let mut sum = 0;
        for (resource, &rest) in rest.iter().enumerate().take(targets.len()) {
            let (mut room, mut largest, mut rounded) = (0_u64, 0, 0);
            for bin in open_bins(&restricted.open) {
                let (whole, agents) = self.whole(bin, resource);
                let most = self.targets[bin.0][resource].saturating_sub(agents).min(restricted.capacity[bin][resource]);
                room = room.saturating_add(most.saturating_sub(used[bin][resource]));
                largest = largest.max(whole);
                rounded += u64::from(used[bin][resource] + agents > self.targets[bin.0][resource]);
            }
            let above = rest.saturating_sub(room);
            if above > 0 && largest > 0 {
                // Of each bin that is above already, that was rounded up.
                sum += parts(above, largest).saturating_sub(rounded);
            }
        }
        sum
    }
}

fn parts(above: u64, whole: u64) -> u64 {
    match above.checked_mul(PARTS as u64) {
        Some(product) => product.div_ceil(whole),
        None => u64::try_from((u128::from(above) * PARTS).div_ceil(u128::from(whole))).unwrap_or(u64::MAX),
    }
}
