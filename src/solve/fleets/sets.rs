//! Which sets of bins may hold anything: all of them where they are few, up to interchangeable bins.

use super::super::instance::{Bin, Instance};
use super::super::restricted::EpsilonConstraints;
use crate::model::Numbered;

/// Above so many sets they are not listed.
const MOST: usize = 4_096;

/// A set of bins: for each, whether it is open.
pub type HostSet = Vec<bool>;

/// Every set of bins, one of each kind of interchangeable ones; `None` where there are too many.
pub fn all(instance: &Instance) -> Option<Vec<HostSet>> {
    let mut classes: Vec<Vec<Bin>> = Vec::new();
    for (bin, &class) in instance.bin_class.iter().numbered() {
        if class == classes.len() {
            classes.push(Vec::new());
        }
        classes[class].push(bin);
    }
    let many = classes.iter().try_fold(1usize, |many, class| many.checked_mul(class.len() + 1))?;
    if many > MOST {
        return None;
    }
    let mut host_sets = vec![vec![false; instance.hosts.len()]];
    for class in classes {
        host_sets = (host_sets.iter())
            .flat_map(|host_set| {
                (0..=class.len()).map(|some| {
                    let mut host_set = host_set.clone();
                    class[..some].iter().for_each(|&bin| host_set[bin] = true);
                    host_set
                })
            })
            .collect();
    }
    Some(host_sets)
}

/// The largest of the sets that keep to `limits`: those that no other of them contains.
pub fn largest(instance: &Instance, host_sets: &[HostSet], limits: &EpsilonConstraints) -> Vec<HostSet> {
    let full = vec![true; instance.hosts.len()];
    if limits.admit(instance, &full) {
        return vec![full];
    }
    let mut admitted: Vec<&HostSet> = host_sets.iter().filter(|host_set| limits.admit(instance, host_set)).collect();
    admitted.sort_by_key(|host_set| std::cmp::Reverse(size(host_set)));
    let mut largest: Vec<(HostSet, Counts)> = Vec::new();
    for host_set in admitted {
        let counts = Counts::of(instance, host_set);
        if !largest.iter().any(|(_, larger)| larger.contain(&counts)) {
            largest.push((host_set.clone(), counts));
        }
    }
    largest.into_iter().map(|(host_set, _)| host_set).collect()
}

/// How many bins of each class are open.
// Sets made by `all` open the first bins of each class, so plain containment would do for them; occupied sets of packings
// need the count.
pub struct Counts(Vec<usize>);

impl Counts {
    /// Those of a set.
    pub fn of(instance: &Instance, host_set: &[bool]) -> Counts {
        let mut counts = vec![0; instance.bin_class.iter().max().map_or(0, |last| last + 1)];
        let open = host_set.iter().zip(&instance.bin_class).filter(|(open, _)| **open);
        open.for_each(|(_, &class)| counts[class] += 1);
        Counts(counts)
    }

    /// Whether the set has all that another has, up to interchangeable bins.
    pub fn contain(&self, smaller: &Counts) -> bool {
        smaller.0.iter().zip(&self.0).all(|(some, many)| some <= many)
    }
}

/// How many bins are open.
pub fn size(host_set: &[bool]) -> usize {
    host_set.iter().filter(|open| **open).count()
}
