//! What patterns are made of: items of one size are a class, hosts that differ in nothing are a group. Rules that keep
//! items apart by a label split a class by domain; rules by host bound how many of a class one host takes. So patterns need
//! no rules, and giving each place its item afterwards mends the few that are left.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::solve::fleets::aggregate::{Aggregate, Size};
use crate::solve::fleets::packing::fill::{Filler, OpenBin, Unassigned, prices};
use crate::solve::fleets::packing::pack::{Contents, Packing};
use crate::solve::instance::Bin;
use crate::solve::lp::class::SCALE;
use crate::solve::types::{self, ItemType};

/// Classes, groups and resources of groups at the most, and items of a class on average at the least: with fewer,
/// patterns repeat too seldom.
const ROWS: usize = 1_500;
const REPEATED: usize = 4;
/// With so many items of a class or of a host on average patterns are the best way to begin; with fewer they better what
/// annealing packed.
const OFTEN: usize = 20;
const CROWDED: usize = 8;
/// How far along the items of a class are looked through for one that rules let on a host.
const LOOKED_AT: usize = 1_000;
/// Exchanges that are tried for one place at the most.
const EXCHANGES: usize = 1_000;

/// Items of one size that may go to the same groups.
#[derive(Clone, Debug)]
pub struct Class<const R: usize> {
    /// Which of [`Aggregate::sizes`]; the parts of a size that is split by domain share it.
    family: usize,
    /// What one of them asks for.
    pub size: [u64; R],
    /// How many they are.
    pub count: u64,
    /// How many of them one host may hold by the rules.
    pub most: u64,
}

#[cfg(test)]
impl<const R: usize> Class<R> {
    /// A class that is the only one of its size.
    pub fn alone(size: [u64; R], most: u64) -> Class<R> {
        Class { family: 0, size, count: most, most }
    }
}

/// Hosts of a kind in one domain of every label that rules name.
#[derive(Clone, Debug)]
pub struct Group<const R: usize> {
    /// Its hosts, in the order in which they are opened.
    pub bins: Vec<Bin>,
    /// What one of them holds.
    pub capacity: [u64; R],
    /// What one of them costs, where hosts cost 1 on average.
    pub cost: f64,
    /// The classes that may go there.
    pub takes: Vec<usize>,
}

/// How many of which classes one host holds: the classes ascend, no count is 0.
pub type Pattern = Vec<(usize, u64)>;

/// The instance as patterns see it.
#[derive(Clone, Debug)]
pub struct Classes<const R: usize> {
    families: Vec<(Binding, Size)>,
    /// See [`Class`].
    pub classes: Vec<Class<R>>,
    /// See [`Group`].
    pub groups: Vec<Group<R>>,
}

impl<const R: usize> Classes<R> {
    /// Looks for them in `aggregate`; `bins` are the open ones in the order in which they are to be opened. `None` where there
    /// are too many of them.
    pub fn new(aggregate: &Aggregate, bins: &[Bin]) -> Option<Classes<R>> {
        let families: Vec<(Binding, Size)> =
            aggregate.sizes(ROWS)?.into_iter().flat_map(|size| by_rules(aggregate, size)).collect();
        let aparts = &aggregate.instance.aparts;
        let labels: BTreeSet<&[usize]> = aparts.iter().filter(|a| !a.by_host).map(|a| &*a.domain).collect();
        let labels: Vec<&[usize]> = labels.into_iter().collect();
        let key = |bin: Bin| -> (usize, Vec<usize>) {
            (aggregate.kind_of[bin], labels.iter().map(|domain| domain[bin]).collect())
        };
        let by_domains = types::alike(bins.iter().copied(), key);
        if families.len() + by_domains.len() * (R + 1) > ROWS {
            return None;
        }
        let keys: Vec<(usize, Vec<usize>)> = by_domains.iter().map(|bins| key(bins[0])).collect();
        let costs = prices(aggregate);
        let mean = costs.iter().zip(&aggregate.hosts).map(|(price, host)| price * host.bins.len() as f64).sum::<f64>();
        let mean = mean / bins.len().max(1) as f64;
        let group = |bins: Vec<Bin>| {
            let kind = aggregate.kind_of[bins[0]];
            let host = &aggregate.hosts[kind];
            Group { bins, capacity: widened(&host.capacity), cost: costs[kind] / mean, takes: Vec::new() }
        };
        let groups: Vec<Group<R>> = by_domains.into_iter().map(group).collect();
        let mut made = Classes { families, classes: Vec::new(), groups };
        for family in 0..made.families.len() {
            made.add_family(aggregate, family, &keys, &labels);
        }
        let rows = made.classes.len() + made.groups.len() * (R + 1);
        (rows <= ROWS && aggregate.instance.items.len() >= REPEATED * made.classes.len()).then_some(made)
    }

    /// Makes the classes of a family: one, or one for each domain of the first label that its rules name.
    fn add_family(&mut self, aggregate: &Aggregate, family: usize, keys: &[(usize, Vec<usize>)], labels: &[&[usize]]) {
        let (binding, of) = &self.families[family];
        let kinds = || of.kinds.iter().map(|&kind| &aggregate.items[kind as usize]);
        let label_of = |&rule: &usize| {
            let apart = &aggregate.instance.aparts[rule];
            labels.iter().position(|label| !apart.by_host && **label == *apart.domain)
        };
        let label = kinds().flat_map(|item| &item.aparts).find_map(label_of);
        let takes: Vec<usize> =
            (0..keys.len()).filter(|&group| of.hosts.binary_search(&keys[group].0).is_ok()).collect();
        let size = widened(&aggregate.items[of.kinds[0] as usize].size);
        let most = match binding {
            Binding::Free => of.count,
            Binding::Own(_) => of.kinds.len() as u64,
            Binding::Shared(_) => 1,
        };
        let mut domains: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for group in takes {
            domains.entry(label.map_or(0, |label| keys[group].1[label])).or_default().push(group);
        }
        let room = |group: &usize| self.groups[*group].cost.max(1e-6) * self.groups[*group].bins.len() as f64;
        let room: Vec<f64> = domains.values().map(|groups| groups.iter().map(room).sum()).collect();
        // Of items of one rule by label a domain takes one.
        let bound = |item: &ItemType| item.aparts.iter().copied().find(|rule| label_of(rule).is_some());
        let rules: BTreeSet<usize> = kinds().filter_map(bound).collect();
        let free: usize = kinds().filter(|item| bound(item).is_none()).map(|item| item.items.len()).sum();
        let limit = (rules.len() + free) as u64;
        let counts = apportioned(of.count, &room, limit);
        for (groups, count) in domains.into_values().zip(counts).filter(|(_, count)| *count > 0) {
            for group in groups {
                self.groups[group].takes.push(self.classes.len());
            }
            self.classes.push(Class { family, size, count, most: most.min(count) });
        }
    }

    /// Whether patterns pack better than annealing does: where items repeat often, or hosts hold many.
    pub fn come_first(&self, aggregate: &Aggregate) -> bool {
        let hosts: usize = self.groups.iter().map(|group| group.bins.len()).sum();
        aggregate.instance.items.len() >= (OFTEN * self.classes.len()).min(CROWDED * hosts)
    }

    /// Duals of all of a resource of a host of each group as duals of a base unit on each kind of host.
    pub fn duals(&self, aggregate: &Aggregate, duals: &[[f64; R]]) -> Vec<Vec<i128>> {
        let mut unit = vec![vec![0; aggregate.instance.resources]; aggregate.hosts.len()];
        for (group, duals) in self.groups.iter().zip(duals) {
            let of = &mut unit[aggregate.kind_of[group.bins[0]]];
            let capacity = &group.capacity;
            let dual = |r: usize| (duals[r] * SCALE / capacity[r].max(1) as f64) as i128;
            of.iter_mut().enumerate().for_each(|(r, unit)| *unit = (*unit).max(dual(r)));
        }
        unit
    }

    /// What hosts hold, as patterns of groups.
    pub fn patterns(&self, contents: &Contents) -> Vec<(usize, Pattern)> {
        let group_of: BTreeMap<Bin, usize> = self
            .groups
            .iter()
            .enumerate()
            .flat_map(|(group, of)| of.bins.iter().map(move |&bin| (bin, group)))
            .collect();
        let families = self.families.iter().enumerate();
        let family_of: BTreeMap<u32, usize> =
            families.flat_map(|(family, (_, of))| of.kinds.iter().map(move |&kind| (kind, family))).collect();
        let mut of_family = vec![Vec::new(); self.families.len()];
        self.classes.iter().enumerate().for_each(|(class, of)| of_family[of.family].push(class));
        let pattern = |(bin, items): &(Bin, Vec<u32>)| {
            let group = *group_of.get(bin)?;
            let takes = &self.groups[group].takes;
            let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
            for kind in items {
                let mut classes = of_family[family_of[kind]].iter();
                if let Some(&class) = classes.find(|class| takes.binary_search(class).is_ok()) {
                    *counts.entry(class).or_default() += 1;
                }
            }
            (!counts.is_empty()).then(|| (group, counts.into_iter().collect()))
        };
        contents.iter().filter_map(pattern).collect()
    }

    /// Opens a host for each of `patterns` and gives each place an item; what finds none is left.
    pub fn realised(&self, filler: &mut Filler<R>, patterns: &[(usize, Pattern)]) -> Packing {
        let mut opened = vec![0; self.groups.len()];
        let mut open_bins = Vec::new();
        // (class, position of the host, count), so that the domains of a class follow each other.
        let mut places: Vec<(usize, usize, u64)> = Vec::new();
        for (group, pattern) in patterns {
            let Some(&bin) = self.groups[*group].bins.get(opened[*group]) else { continue };
            opened[*group] += 1;
            places.extend(pattern.iter().map(|&(class, count)| (class, open_bins.len(), count)));
            open_bins.push(filler.empty(bin));
        }
        // Where nearly one of each kind is needed comes first.
        places.sort_unstable_by_key(|&(class, host, count)| (class, Reverse(count), host));
        let mut queues: Vec<VecDeque<u32>> =
            self.families.iter().map(|(_, family)| spread(filler.aggregate, family)).collect();
        for of_class in places.chunk_by(|a, b| a.0 == b.0) {
            let queue = &mut queues[self.classes[of_class[0].0].family];
            for &(_, host, count) in of_class {
                for _ in 0..count {
                    let fits = (0..queue.len().min(LOOKED_AT)).find(|&at| filler.fits(&open_bins[host], queue[at]));
                    let found = fits.and_then(|at| queue.remove(at)).or_else(|| {
                        let hosts = of_class.iter().map(|place| place.1).filter(|&other| other != host);
                        exchanged(filler, &mut open_bins, host, hosts, queue)
                    });
                    let Some(kind) = found else { break };
                    filler.put(&mut open_bins[host], kind);
                }
            }
        }
        let left: Unassigned = queues.into_iter().flatten().collect();
        Packing { contents: open_bins.into_iter().map(|open_bin| (open_bin.bin, open_bin.items)).collect(), left }
    }
}

/// How rules bind an item to others of its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    /// Not at all.
    Free,
    /// It is apart from so many of its own kind, itself included, and no others.
    Own(usize),
    /// It is apart from others, too, by this rule.
    Shared(usize),
}

/// Parts of a size that rules bind alike.
fn by_rules(aggregate: &Aggregate, size: Size) -> Vec<(Binding, Size)> {
    let items = |kind: u32| &aggregate.items[kind as usize];
    let mut members: BTreeMap<usize, usize> = BTreeMap::new();
    for &kind in &size.kinds {
        items(kind).aparts.iter().for_each(|&rule| *members.entry(rule).or_default() += items(kind).items.len());
    }
    let binding = |kind: u32| {
        // Rules that bind one item of this size are for the end.
        let largest = items(kind).aparts.iter().map(|rule| (members[rule], *rule)).max();
        match largest.filter(|(members, _)| *members > 1) {
            None => Binding::Free,
            Some((members, _)) if members == items(kind).items.len() => Binding::Own(members),
            Some((_, rule)) => Binding::Shared(rule),
        }
    };
    let mut parts: BTreeMap<Binding, Vec<u32>> = BTreeMap::new();
    size.kinds.iter().for_each(|&kind| parts.entry(binding(kind)).or_default().push(kind));
    let part = |(binding, kinds): (Binding, Vec<u32>)| {
        let count = kinds.iter().map(|&kind| items(kind).items.len() as u64).sum();
        (binding, Size { count, kinds, hosts: size.hosts.clone() })
    };
    parts.into_iter().map(part).collect()
}

/// Where the rules let none of `queue` on `host`: an item that one of the `hosts` gives for one of the queue.
fn exchanged<const R: usize>(
    filler: &mut Filler<R>,
    open_bins: &mut [OpenBin<R>],
    host: usize,
    hosts: impl Iterator<Item = usize>,
    queue: &mut VecDeque<u32>,
) -> Option<u32> {
    let mut tries = EXCHANGES;
    let first = *queue.front()?;
    for other in hosts {
        for place in 0..open_bins[other].items.len() {
            let kind = open_bins[other].items[place];
            let alike = filler.size[kind as usize] == filler.size[first as usize];
            if !alike || kind == first || !filler.fits(&open_bins[host], kind) {
                continue;
            }
            filler.take(&mut open_bins[other], place);
            if filler.fits(&open_bins[other], first) {
                filler.put(&mut open_bins[other], first);
                queue.pop_front();
                return Some(kind);
            }
            filler.put(&mut open_bins[other], kind);
            tries -= 1;
            if tries == 0 {
                return None;
            }
        }
    }
    None
}

/// The items of a family, those of each kind as far from each other as may be: so many items in a row as there are kinds
/// of one count are all of different kinds.
fn spread(aggregate: &Aggregate, family: &Size) -> VecDeque<u32> {
    let count = |kind: u32| aggregate.items[kind as usize].items.len() as u64;
    let places = |&kind: &u32| (0..count(kind)).map(move |place| (2 * place + 1, kind));
    let mut all: Vec<(u64, u32)> = family.kinds.iter().flat_map(places).collect();
    // Place i of n is at (2 i + 1) / 2 n.
    all.sort_by_cached_key(|&(place, kind)| (u128::from(place) * (1 << 40) / u128::from(count(kind)), kind));
    all.into_iter().map(|(_, kind)| kind).collect()
}

/// `count` items among domains of so much room, no more than `limit` to each.
fn apportioned(count: u64, room: &[f64], limit: u64) -> Vec<u64> {
    let mut counts = vec![0u64; room.len()];
    for _ in 0..if room.len() == 1 { 0 } else { count } {
        let open = (0..room.len()).filter(|&domain| counts[domain] < limit);
        let next = open.min_by(|&a, &b| {
            let part = |domain: usize| (counts[domain] + 1) as f64 / room[domain].max(1e-9);
            part(a).total_cmp(&part(b)).then(a.cmp(&b))
        });
        let Some(domain) = next else { break };
        counts[domain] += 1;
    }
    if let [only] = &mut counts[..] {
        *only = count.min(limit);
    }
    counts
}

/// The amounts of a size, and zeros.
fn widened<const R: usize>(size: &[u64]) -> [u64; R] {
    let mut wide = [0; R];
    wide.iter_mut().zip(size).for_each(|(wide, &amount)| *wide = amount);
    wide
}

#[cfg(test)]
mod tests {
    use super::apportioned;

    #[test]
    fn items_are_apportioned_among_domains_by_room_and_within_the_limit() {
        assert_eq!(apportioned(12, &[1.0, 1.0, 2.0], 12), [3, 3, 6]);
        assert_eq!(apportioned(12, &[1.0, 1.0, 2.0], 4), [4, 4, 4]);
        assert_eq!(apportioned(20, &[1.0, 3.0], 8), [8, 8], "what no zone may take is left");
        assert_eq!(apportioned(5, &[1.0], 3), [3]);
        assert!(apportioned(5, &[], 3).is_empty());
    }
}
