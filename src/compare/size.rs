//! The smallest startup that two layouts have: what the room that is left is counted in.

use std::collections::BTreeMap;

use super::Side;
use super::names::Natural;
use crate::model::StartupIndex;
use crate::quantity::Resource;

/// The name of the startup that asks for least of the scarcest resource, of those that both layouts have. The scarcest
/// resource is the one of which all startups together ask for the largest share of what the hosts can give; equal
/// startups are told apart by the next scarcest, then by name. One that asks for nothing is no measure.
pub fn smallest_of_both(a: &Side, b: &Side) -> Option<String> {
    let scarcest = scarcest_first([a, b]);
    let names: BTreeMap<&str, StartupIndex> =
        b.layout.demand.startups.iter().enumerate().map(|(index, startup)| (startup.name.as_str(), index)).collect();
    let startups = a.layout.demand.startups.iter().enumerate();
    let shared = startups.filter_map(|(index, startup)| Some((index, *names.get(startup.name.as_str())?)));
    let sizes = shared.map(|(in_a, in_b)| {
        // The two may differ in size: the larger counts.
        let size = |resource| asked(a, in_a, resource).max(asked(b, in_b, resource));
        let name = Natural(a.layout.demand.startups[in_a].name.clone());
        (scarcest.iter().map(size).collect::<Vec<u64>>(), name)
    });
    let measures = sizes.filter(|(size, _)| size.iter().any(|&amount| amount > 0));
    measures.min().map(|(_, name)| name.0)
}

/// The resources of both layouts, the scarcest first.
fn scarcest_first(sides: [&Side; 2]) -> Vec<Resource> {
    let mut totals: BTreeMap<&Resource, (u128, u128)> = BTreeMap::new();
    for side in sides {
        let (asked, given) = side.layout.totals();
        for (index, resource) in side.layout.lab.resources.iter().enumerate().filter(|(_, it)| it.is_asked()) {
            let (asked_of_both, given_by_both) = totals.entry(resource).or_default();
            *asked_of_both += u128::from(asked[index]);
            *given_by_both += u128::from(given[index]);
        }
    }
    let mut totals: Vec<(&Resource, (u128, u128))> = totals.into_iter().collect();
    // Nothing asked of nothing is a share of 0, so that the order is total.
    let share = |(asked, given): (u128, u128)| (asked, if asked == 0 { 1 } else { given });
    totals.sort_by(|(_, x), (_, y)| {
        let ((x_asked, x_given), (y_asked, y_given)) = (share(*x), share(*y));
        y_asked.saturating_mul(x_given).cmp(&x_asked.saturating_mul(y_given))
    });
    totals.into_iter().map(|(resource, _)| resource.clone()).collect()
}

/// What one startup asks for of a resource.
fn asked(side: &Side, startup: StartupIndex, resource: &Resource) -> u64 {
    let Some(index) = side.layout.lab.resource_index(resource) else { return 0 };
    side.layout.asked_by_startup(startup)[index]
}
