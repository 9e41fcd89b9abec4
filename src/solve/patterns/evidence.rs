//! What the weights of columns prove, in the terms of the document.

use super::columns::Weights;
use super::problem::Problem;
use crate::certificate::{self, HostGroup, Proof, Weight, ZonePrice};
use crate::solve::instance::Instance;

/// The proof that nothing fits, by weights that refute it: what each slot can hold is for the referee to find.
pub fn proof(problem: &Problem, instance: &Instance, weights: &Weights) -> Proof {
    let whole = |weight: i64| Weight::new(i128::from(weight));
    let mut worth = vec![Weight::default(); instance.items.len()];
    for (class, &weight) in problem.classes.iter().zip(&weights.items) {
        class.items.iter().for_each(|&item| worth[item] = whole(weight));
    }
    let zone = |(&(apart, zone), &price): (&(usize, usize), &i64)| {
        let apart = &instance.aparts[apart];
        let slot = apart.zone.iter().position(|&of| of == zone)?;
        Some(ZonePrice { rule: apart.rule, host: instance.hosts[slot], price: whole(price) })
    };
    let group = |group: &super::problem::Group| HostGroup {
        hosts: group.slots.iter().map(|&slot| instance.hosts[slot]).collect(),
        prices: None,
    };
    Proof::Weights(certificate::Weights {
        worth,
        moves: whole(weights.moves),
        zones: problem.zones.iter().zip(&weights.zones).filter_map(zone).collect(),
        groups: problem.groups.iter().map(group).collect(),
        ..certificate::Weights::NONE
    })
}
