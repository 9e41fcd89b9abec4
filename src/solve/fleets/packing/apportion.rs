//! The first fill of hosts where it is known how many items go to which kind of host: they are apportioned among the hosts of
//! a kind, the largest first, each to the host whose resources are then used the least.

use super::fill::{Filler, OpenBin, Unassigned};
use crate::solve::fleets::program::fractional::Shared;

/// Hosts of a kind that are looked at for one item.
const LOOKED_AT: usize = 64;
/// How steeply the weight of a host's resource grows when items are apportioned.
const APPORTIONED: f64 = 12.0;

/// Deals all items among `open_bins`, which are empty. What finds no place.
pub fn apportion<const R: usize>(
    filler: &mut Filler<R>,
    open_bins: &mut [OpenBin<R>],
    shared: &[Shared],
) -> Unassigned {
    let mut hosts: Vec<Vec<usize>> = vec![Vec::new(); filler.aggregate.hosts.len()];
    open_bins.iter().enumerate().for_each(|(position, open_bin)| hosts[filler.kind(open_bin.bin)].push(position));
    // (how large for its host, kind of host, kind of item)
    let mut items: Vec<(f64, usize, u32)> = Vec::new();
    let mut left: Unassigned = Vec::new();
    for Shared { size, counts } in shared {
        let aggregate = filler.aggregate;
        // Kinds of items take turns, so that those bound by one rule are on many kinds of hosts.
        let mut rest: Vec<(u32, usize)> =
            size.kinds.iter().map(|&kind| (kind, aggregate.items[kind as usize].items.len())).collect();
        let mut turns = std::iter::from_fn(|| {
            rest.retain(|(_, count)| *count > 0);
            let turn: Vec<u32> = rest.iter().map(|(kind, _)| *kind).collect();
            rest.iter_mut().for_each(|(_, count)| *count -= 1);
            (!turn.is_empty()).then_some(turn)
        })
        .flatten();
        for (&host, &count) in size.hosts.iter().zip(counts) {
            let share = largest_share(&filler.size[size.kinds[0] as usize], &filler.capacity[host]);
            items.extend(turns.by_ref().take(count as usize).map(|kind| (share, host, kind)));
        }
        left.extend(turns);
    }
    items.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    for (_, host, kind) in items {
        match emptiest(filler, open_bins, &hosts[host], kind) {
            Some(position) => filler.put(&mut open_bins[position], kind),
            None => left.push(kind),
        }
    }
    // What is left goes anywhere: of the kind that comes first and has room, to the emptiest.
    left.sort_by(|&a, &b| filler.worth[b as usize].total_cmp(&filler.worth[a as usize]).then(a.cmp(&b)));
    left.retain(|&kind| {
        let found = hosts.iter().find_map(|hosts| emptiest(filler, open_bins, hosts, kind));
        found.into_iter().for_each(|position| filler.put(&mut open_bins[position], kind));
        found.is_none()
    });
    left
}

/// The one of `hosts` that takes the item and whose resources are then used the least, the fullest counting by far the
/// most. Of many hosts some are drawn.
fn emptiest<const R: usize>(
    filler: &mut Filler<R>,
    open_bins: &[OpenBin<R>],
    hosts: &[usize],
    kind: u32,
) -> Option<usize> {
    let first = if hosts.len() > LOOKED_AT { filler.rng.usize(..hosts.len()) } else { 0 };
    let looked_at = hosts.iter().cycle().skip(first).take(hosts.len().min(LOOKED_AT));
    let mut best: Option<(f64, usize)> = None;
    for &position in looked_at {
        let open_bin = &open_bins[position];
        if !filler.fits(open_bin, kind) {
            continue;
        }
        let capacity = &filler.capacity[filler.kind(open_bin.bin)];
        let size = &filler.size[kind as usize];
        let rise = |r: usize| -> f64 {
            let whole = capacity[r].max(1) as f64;
            let weight = |usage: u64| (APPORTIONED * usage as f64 / whole).exp();
            weight(open_bin.usage[r] + size[r]) - weight(open_bin.usage[r])
        };
        let rise: f64 = (0..R).filter(|&r| size[r] > 0).map(rise).sum();
        if best.is_none_or(|(least, _)| rise < least) {
            best = Some((rise, position));
        }
    }
    best.map(|(_, position)| position)
}

fn largest_share<const R: usize>(size: &[u64; R], capacity: &[u64; R]) -> f64 {
    (0..R).map(|r| size[r] as f64 / capacity[r].max(1) as f64).fold(0.0, f64::max)
}
