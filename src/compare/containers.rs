//! Which containers came, went, or are elsewhere.

use super::names::pairs;
use super::{Moved, Placed, Side};

/// Added, removed and moved containers.
pub(super) fn differences(a: &Side, b: &Side) -> (Vec<Placed>, Vec<Placed>, Vec<Moved>) {
    let (mut added, mut removed, mut moved) = (Vec::new(), Vec::new(), Vec::new());
    for (name, sides) in pairs(hosts_of(a), hosts_of(b)) {
        let container = name.0;
        match sides {
            [None, Some(host)] => added.push(Placed { container, host }),
            [Some(host), None] => removed.push(Placed { container, host }),
            [Some(from), Some(to)] if from != to => moved.push(Moved { container, from, to }),
            _ => {}
        }
    }
    (added, removed, moved)
}

/// Every container's id with the name of its host, or of the carrier that it is in.
fn hosts_of<'a>(side: &'a Side) -> impl Iterator<Item = (String, Option<String>)> + 'a {
    side.layout.demand.indices().map(|container| {
        let spot = side.placement.spot(container).map(|spot| side.layout.spot_name(spot));
        (side.layout.container_id(container), spot)
    })
}
