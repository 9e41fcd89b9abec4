//! Rounded volume: what whole containers cannot fill. Sizes counted in steps of q, rounded down, fit into capacities
//! counted in steps of q, rounded down: floor(s/q) summed over a bin is at most floor(a/q). Such rows follow from the
//! plain ones for every packing, but not for every fraction of one (Chvatal and Gomory's cuts; as dual-feasible
//! functions in Fekete and Schepers, Mathematical Programming 91, 2001). So they go beside the plain resources, and
//! volume, weights, search and branching all see further.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::instance::Instance;
use super::restricted::RestrictedInstance;
use crate::certificate::Step;

/// The steps tried are sizes divided by 1 up to this.
const DIVISORS: u64 = 32;
/// Above so many distinct sizes of a resource nothing is tried.
const SIZES: usize = 400;
/// So many sizes and capacities are counted in steps at the most, over all resources.
const LOOKS: usize = 10_000_000;
/// At most so many rows are added for each resource.
const ROWS: usize = 2;

/// An instance and restriction, with rounded volume beside the plain one where that says more.
pub struct Sharper<'a> {
    /// The instance.
    pub instance: Cow<'a, Instance>,
    /// The restriction.
    pub restricted: Cow<'a, RestrictedInstance>,
}

impl<'a> Sharper<'a> {
    /// Those of `instance` and `restricted`, or these themselves.
    pub fn new(instance: &'a Instance, restricted: &'a RestrictedInstance) -> Sharper<'a> {
        match rounded(instance, restricted) {
            Some((instance, restricted)) => {
                Sharper { instance: Cow::Owned(instance), restricted: Cow::Owned(restricted) }
            }
            None => Sharper { instance: Cow::Borrowed(instance), restricted: Cow::Borrowed(restricted) },
        }
    }
}

/// The instance and restriction with further resources that count in steps, where that says more than plain volume.
pub fn rounded(instance: &Instance, restricted: &RestrictedInstance) -> Option<(Instance, RestrictedInstance)> {
    let steps: Vec<(usize, u64)> = (0..instance.resources)
        .flat_map(|resource| steps(instance, restricted, resource).into_iter().map(move |step| (resource, step)))
        .collect();
    if steps.is_empty() {
        return None;
    }
    let (mut instance, mut restricted) = (instance.clone(), restricted.clone());
    for (resource, step) in steps {
        instance.resources += 1;
        instance.steps.push(Step { resource, amount: step });
        instance.items.iter_mut().for_each(|item| item.size.push(item.size[resource] / step));
        instance.allocatable.iter_mut().for_each(|give| give.push(give[resource] / step));
        restricted.capacity.iter_mut().for_each(|limit| limit.push(limit[resource] / step));
    }
    Some((instance, restricted))
}

/// The steps in which the open bins are fullest, if they are fuller so than plainly.
fn steps(instance: &Instance, restricted: &RestrictedInstance, resource: usize) -> Vec<u64> {
    let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
    instance.items.iter().for_each(|item| *sizes.entry(item.size[resource]).or_default() += 1);
    sizes.remove(&0);
    if sizes.len() > SIZES || sizes.is_empty() {
        return Vec::new();
    }
    let mut limits: BTreeMap<u64, u64> = BTreeMap::new();
    let open = restricted.capacity.iter().zip(&restricted.open).filter(|(_, open)| **open);
    open.for_each(|(limit, _)| *limits.entry(limit[resource]).or_default() += 1);
    let count = |amounts: &BTreeMap<u64, u64>, step: u64| amounts.iter().map(|(&amount, &n)| amount / step * n).sum();
    let fullness = |step: u64| {
        let (asked, there): (u64, u64) = (count(&sizes, step), count(&limits, step));
        asked as f64 / (there as f64).max(0.5)
    };
    let plain = fullness(1);
    let mut steps: Vec<u64> = (sizes.keys())
        .flat_map(|&size| (1..=DIVISORS).map(move |divisor| size / divisor))
        .filter(|&step| step > 1)
        .collect();
    steps.sort_unstable_by(|a, b| b.cmp(a));
    steps.dedup();
    // Larger steps say more.
    steps.truncate(LOOKS / instance.resources / (sizes.len() + limits.len()).max(1));
    let mut fuller: Vec<(f64, u64)> =
        steps.into_iter().map(|step| (fullness(step), step)).filter(|(fullness, _)| *fullness > plain).collect();
    fuller.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    fuller.into_iter().take(ROWS).map(|(_, step)| step).collect()
}
