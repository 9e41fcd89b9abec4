//! Which sets of slots may hold anything: all of them where they are few, up to interchangeable slots.

use super::super::budget::Limits;
use super::super::instance::{Instance, Slot};

/// Above so many sets they are not listed.
const MOST: usize = 4_096;

/// A set of slots: for each, whether it is open.
pub type Mix = Vec<bool>;

/// Every set of slots, one of each kind of interchangeable ones; `None` where there are too many.
pub fn all(instance: &Instance) -> Option<Vec<Mix>> {
    let mut classes: Vec<Vec<Slot>> = Vec::new();
    for (slot, &class) in instance.slot_class.iter().enumerate() {
        if class == classes.len() {
            classes.push(Vec::new());
        }
        classes[class].push(slot);
    }
    let many = classes.iter().try_fold(1usize, |many, class| many.checked_mul(class.len() + 1))?;
    if many > MOST {
        return None;
    }
    let mut mixes = vec![vec![false; instance.hosts.len()]];
    for class in classes {
        mixes = (mixes.iter())
            .flat_map(|mix| {
                (0..=class.len()).map(|some| {
                    let mut mix = mix.clone();
                    class[..some].iter().for_each(|&slot| mix[slot] = true);
                    mix
                })
            })
            .collect();
    }
    Some(mixes)
}

/// The largest of the sets that keep to `limits`: those that no other of them contains.
pub fn largest(instance: &Instance, mixes: &[Mix], limits: &Limits) -> Vec<Mix> {
    let full = vec![true; instance.hosts.len()];
    if limits.admit(instance, &full) {
        return vec![full];
    }
    let mut admitted: Vec<&Mix> = mixes.iter().filter(|mix| limits.admit(instance, mix)).collect();
    admitted.sort_by_key(|mix| std::cmp::Reverse(size(mix)));
    let mut largest: Vec<Mix> = Vec::new();
    for mix in admitted {
        if !largest.iter().any(|larger| contains(instance, larger, mix)) {
            largest.push(mix.clone());
        }
    }
    largest
}

/// Whether `larger` has all that `mix` has, up to interchangeable slots.
pub fn contains(instance: &Instance, larger: &[bool], mix: &[bool]) -> bool {
    // Sets made by `all` open the first slots of each class, so plain containment would do for them; occupied sets of
    // packings need the count.
    let count = |set: &[bool]| {
        let mut count = vec![0usize; instance.slot_class.iter().max().map_or(0, |last| last + 1)];
        set.iter().zip(&instance.slot_class).filter(|(open, _)| **open).for_each(|(_, &class)| count[class] += 1);
        count
    };
    count(mix).iter().zip(count(larger)).all(|(&some, many)| some <= many)
}

/// How many slots are open.
pub fn size(mix: &[bool]) -> usize {
    mix.iter().filter(|open| **open).count()
}
