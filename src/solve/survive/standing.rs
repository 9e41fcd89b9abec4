//! What a loss displaces, and a quick way to place it again while the rest stands still.

use std::collections::BTreeMap;

use crate::model::{ContainerIndex, HostIndex, HostState, Layout, Survive};
use crate::solve::budget::Load;
use crate::solve::instance::{Instance, ItemIndex, Slot, SlotSet, share};

/// An instance, with what of each item must find another slot when its own is lost.
pub struct Standing<'a> {
    /// What is packed.
    pub instance: &'a Instance,
    /// What must find another slot: one entry for each item; `None` where all of it may stop.
    pub parts: Vec<Option<Part>>,
    /// The distinct sets of slots that parts may go to.
    pub allowed: Vec<SlotSet>,
    /// Whether no item has containers that may stop beside others that may not.
    pub whole: bool,
    /// The sets of slots that may be lost.
    pub losses: Vec<Vec<Slot>>,
}

/// What of an item must find another slot: its containers stay together.
pub struct Part {
    /// Its containers.
    pub containers: Vec<ContainerIndex>,
    /// What they ask for.
    pub size: Vec<u64>,
    /// Position in [`Standing::allowed`]: by pins, drains and size.
    pub allowed: usize,
    /// How hard it is to place: its largest share of the largest host.
    pub share: f64,
}

/// Where the parts that a loss displaces go.
#[derive(Clone, Debug, Default)]
pub struct Refuge {
    /// (item, slot) of each part that found room.
    pub placed: Vec<(ItemIndex, Slot)>,
    /// The shares of those that found none.
    pub missing: f64,
    /// How many looks it took.
    pub looks: u64,
}

/// Which of the slots with room are taken first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Fullest,
    Emptiest,
}

impl<'a> Standing<'a> {
    /// Of `instance`, which is `layout` presolved.
    pub fn new(layout: &Layout, survive: &Survive, instance: &'a Instance) -> Standing<'a> {
        let slot_of: BTreeMap<HostIndex, Slot> =
            instance.hosts.iter().enumerate().map(|(slot, &host)| (host, slot)).collect();
        let losses = survive.losses(&layout.lab);
        let losses = losses.iter().map(|lost| lost.iter().map(|host| slot_of[host]).collect());
        let largest: Vec<u64> = (0..instance.resources)
            .map(|resource| instance.allocatable.iter().map(|give| give[resource]).max().unwrap_or(0))
            .collect();
        let mut sets: BTreeMap<Vec<Slot>, usize> = BTreeMap::new();
        let mut known: BTreeMap<(Vec<usize>, Vec<u64>), usize> = BTreeMap::new();
        let (mut parts, mut whole) = (Vec::with_capacity(instance.items.len()), true);
        for item in &instance.items {
            let containers: Vec<ContainerIndex> =
                item.containers.iter().copied().filter(|&container| !survive.may_stop(container)).collect();
            whole &= containers.is_empty() || containers.len() == item.containers.len();
            if containers.is_empty() {
                parts.push(None);
                continue;
            }
            let size = sum_of(layout, &containers, instance.resources);
            let mut services: Vec<usize> = containers.iter().map(|&it| layout.demand.containers[it].service).collect();
            services.retain(|&service| layout.demand.services[service].on.is_some());
            services.dedup();
            let next = sets.len();
            let allowed = *known.entry((services, size.clone())).or_insert_with_key(|(services, size)| {
                let may = |slot: &Slot| {
                    let host = instance.hosts[*slot];
                    let admits = |&service: &usize| {
                        layout.demand.services[service].on.as_ref().is_none_or(|on| on.binary_search(&host).is_ok())
                    };
                    layout.lab.hosts[host].state != HostState::Drain
                        && services.iter().all(admits)
                        && size.iter().zip(&instance.allocatable[*slot]).all(|(asked, give)| asked <= give)
                };
                let slots: Vec<Slot> = (0..instance.hosts.len()).filter(may).collect();
                *sets.entry(slots).or_insert(next)
            });
            let share = share(&size, &largest).as_f64();
            parts.push(Some(Part { containers, size, allowed, share }));
        }
        let mut allowed: Vec<(usize, Vec<Slot>)> = sets.into_iter().map(|(slots, number)| (number, slots)).collect();
        allowed.sort_unstable();
        let spell = |(_, slots): (usize, Vec<Slot>)| {
            let mut contains = vec![false; instance.hosts.len()];
            slots.iter().for_each(|&slot| contains[slot] = true);
            SlotSet { slots, contains }
        };
        let allowed = allowed.into_iter().map(spell).collect();
        Standing { instance, parts, allowed, whole, losses: losses.collect() }
    }

    /// The items on each slot, the hardest to place first.
    pub fn content(&self, assignment: &[Slot]) -> Vec<Vec<ItemIndex>> {
        let mut content = vec![Vec::new(); self.instance.hosts.len()];
        let mut order: Vec<ItemIndex> = (0..assignment.len()).collect();
        order.sort_by(|&a, &b| self.share(b).total_cmp(&self.share(a)).then(a.cmp(&b)));
        order.into_iter().for_each(|item| content[assignment[item]].push(item));
        content
    }

    /// How hard an item's part is to place; 0 where it may stop.
    pub fn share(&self, item: ItemIndex) -> f64 {
        self.parts[item].as_ref().map_or(0.0, |part| part.share)
    }

    /// Where what stood on `lost` goes while the rest stands still, by greed.
    pub fn refuge(&self, load: &Load, content: &[Vec<ItemIndex>], lost: &[Slot], scratch: &mut Scratch) -> Refuge {
        let fullest = self.greedy(load, content, lost, First::Fullest, scratch);
        if fullest.missing == 0.0 {
            return fullest;
        }
        let looks = fullest.looks;
        let emptiest = self.greedy(load, content, lost, First::Emptiest, scratch);
        let mut better = if emptiest.missing < fullest.missing { emptiest } else { fullest };
        better.looks += looks;
        better
    }

    fn greedy(
        &self,
        load: &Load,
        content: &[Vec<ItemIndex>],
        lost: &[Slot],
        first: First,
        scratch: &mut Scratch,
    ) -> Refuge {
        let (instance, resources) = (self.instance, self.instance.resources);
        scratch.reset(instance);
        scratch.displaced.extend(lost.iter().flat_map(|&slot| content[slot].iter().copied()));
        if lost.len() > 1 {
            scratch.displaced.sort_by(|&a, &b| self.share(b).total_cmp(&self.share(a)).then(a.cmp(&b)));
        }
        for &slot in lost {
            for &item in &content[slot] {
                let aparts = &instance.items[item].aparts;
                scratch.freed.extend(aparts.iter().map(|&apart| (apart, instance.aparts[apart].zone[slot])));
            }
        }
        let Scratch { extra, displaced, freed, taken } = scratch;
        let mut refuge = Refuge::default();
        for &item in displaced.iter() {
            let Some(part) = &self.parts[item] else { continue };
            let mut best: Option<(f64, Slot)> = None;
            for &slot in &self.allowed[part.allowed].slots {
                refuge.looks += 1;
                let more = &extra[slot * resources..][..resources];
                let (mut fits, mut fullness) = (!lost.contains(&slot), 0.0_f64);
                let amounts = load.used[slot].iter().zip(more).zip(&part.size).zip(&instance.allocatable[slot]);
                for (((used, more), size), &give) in amounts {
                    let used = used + more + size;
                    fits &= used <= give;
                    if give > 0 {
                        fullness = fullness.max(used as f64 / give as f64);
                    }
                }
                let free = |&apart: &usize| {
                    let zone = (apart, instance.aparts[apart].zone[slot]);
                    (load.zones[apart][zone.1] == 0 || freed.contains(&zone)) && !taken.contains(&zone)
                };
                if !fits || !instance.items[item].aparts.iter().all(free) {
                    continue;
                }
                let worth = if first == First::Fullest { fullness } else { -fullness };
                if best.is_none_or(|(most, _)| worth > most) {
                    best = Some((worth, slot));
                }
            }
            let Some((_, slot)) = best else {
                refuge.missing += part.share.max(f64::MIN_POSITIVE);
                continue;
            };
            crate::solve::instance::add(&mut extra[slot * resources..][..resources], &part.size);
            taken.extend(instance.items[item].aparts.iter().map(|&apart| (apart, instance.aparts[apart].zone[slot])));
            refuge.placed.push((item, slot));
        }
        refuge
    }
}

/// What one greedy round needs, kept for the next.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// What refugees take of each slot: `[slot * resources + resource]`.
    extra: Vec<u64>,
    displaced: Vec<ItemIndex>,
    /// Zones that the loss frees: (rule, zone).
    freed: Vec<(usize, usize)>,
    /// Zones that refugees take.
    taken: Vec<(usize, usize)>,
}

impl Scratch {
    fn reset(&mut self, instance: &Instance) {
        self.extra.clear();
        self.extra.resize(instance.hosts.len() * instance.resources, 0);
        self.displaced.clear();
        self.freed.clear();
        self.taken.clear();
    }
}

/// What containers ask for together.
fn sum_of(layout: &Layout, containers: &[ContainerIndex], resources: usize) -> Vec<u64> {
    let mut size = vec![0; resources];
    for &container in containers {
        let request = &layout.demand.service_of(container).request;
        size.iter_mut().zip(request).for_each(|(sum, amount)| *sum += amount.value);
    }
    size
}
