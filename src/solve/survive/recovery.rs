//! What a loss displaces, and a quick way to place it again while the rest stands still.

use std::collections::BTreeMap;

use crate::certificate::ItemIndex;
use crate::model::{ContainerIndex, HostIndex, Numbered, Survive};
use crate::solve::Problem;
use crate::solve::instance::{Allowed, Bin, BinSet, Instance, SetCache, SetKey, share};
use crate::solve::problem::BindingKind;
use crate::solve::restricted::Usage;
use crate::solve::taken::{Bond, bonds};

/// An instance, with what of each item must find another bin when its own is lost.
pub struct Recovery<'a> {
    /// What is packed.
    pub instance: &'a Instance,
    /// What of each item must find another bin: nothing where all of it may stop, several parts where what may stop is all
    /// that keeps them together.
    pub parts: Vec<Vec<Part>>,
    /// Where what is not lost may move: the whole of each item.
    pub wholes: Vec<Part>,
    /// The distinct sets of bins that parts may go to.
    pub allowed: Vec<BinSet>,
    /// The sets of bins that may be lost.
    pub losses: Vec<Vec<Bin>>,
}

/// What of an item stays together when its bin is lost, or when it makes room.
pub struct Part {
    /// Its containers.
    pub containers: Vec<ContainerIndex>,
    /// What they ask for.
    pub size: Vec<u64>,
    /// Position in [`Recovery::allowed`]: by pins, drains and size.
    pub allowed: usize,
    /// The [`Instance::aparts`] that bind it.
    pub aparts: Vec<usize>,
    /// Those of [`Instance::caps`] that bind it after a loss, too, and how many of its containers each counts.
    pub caps: Vec<(usize, u32)>,
    /// How hard it is to place: its largest share of the largest host.
    pub share: f64,
}

/// Where the parts that a loss displaces go.
#[derive(Clone, Debug, Default)]
pub struct Failover {
    /// (item, which of its parts, bin) of each part that found room.
    pub placed: Vec<(ItemIndex, usize, Bin)>,
    /// The shares of those that found none.
    pub missing: f64,
    /// How many looks it took.
    pub looks: u64,
}

/// Which of the bins with room are taken first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Fullest,
    Emptiest,
}

impl Part {
    /// What makes parts alike: what they ask for, where they may go and what keeps them apart.
    pub fn kind(&self) -> impl Ord + '_ {
        (&self.size, self.allowed, &self.aparts, &self.caps)
    }
}

impl<'a> Recovery<'a> {
    /// Of `instance`, which is `problem` presolved.
    pub fn new(problem: &Problem, survive: &Survive, instance: &'a Instance) -> Recovery<'a> {
        let bin_of: BTreeMap<HostIndex, Bin> =
            instance.hosts.iter().numbered().map(|(bin, &host)| (host, bin)).collect();
        let losses = problem.losses.iter().map(|lost| lost.iter().map(|host| bin_of[host]).collect());
        let largest: Vec<u64> = (0..instance.resources)
            .map(|resource| instance.allocatable.iter().map(|give| give[resource]).max().unwrap_or(0))
            .collect();
        let mut sets = SetCache::default();
        let mut part = |containers: Vec<ContainerIndex>, aparts: &[usize], caps: Vec<(usize, u32)>| {
            let (pins, size) = (problem.pins(&containers), problem.asked(containers.iter().copied()));
            let key = SetKey { pins, kept: None, stays: None, size: size.clone() };
            let admitted =
                || Bin::all(instance.hosts.len()).filter(|&bin| key.admits(problem, instance.hosts[bin])).collect();
            let allowed = match sets.find(&key, admitted, |bin| &instance.allocatable[bin]) {
                Allowed::Set(set) => set,
                Allowed::NoHost | Allowed::NoRoom => sets.none(),
            };
            let share = share(&size, &largest).as_f64();
            let aparts = aparts.to_vec();
            Part { containers, size, allowed, aparts, caps, share }
        };
        let mut parts = Vec::with_capacity(instance.items.len());
        let mut wholes = Vec::new();
        for item in &instance.items {
            let must: Vec<ContainerIndex> =
                item.containers.iter().copied().filter(|&it| !survive.may_stop(it)).collect();
            let lasting = |&&(cap, _): &&(usize, u32)| instance.caps[cap].lasts;
            let caps: Vec<(usize, u32)> = item.caps.iter().filter(lasting).copied().collect();
            parts.push(match must.len() == item.containers.len() {
                true => vec![part(must, &item.aparts, caps.clone())],
                false => kept_together(problem, &must)
                    .into_iter()
                    .map(|group| {
                        let bound = |rule: usize| bound(problem, rule, &group);
                        let binds = |&&apart: &&usize| bound(instance.aparts[apart].rule) > 0;
                        let aparts: Vec<usize> = item.aparts.iter().filter(binds).copied().collect();
                        let own = |&(cap, _): &(usize, u32)| (cap, bound(instance.caps[cap].rule));
                        let caps = caps.iter().map(own).filter(|(_, own)| *own > 0).collect();
                        part(group, &aparts, caps)
                    })
                    .collect(),
            });
            if survive.moves {
                wholes.push(part(item.containers.clone(), &item.aparts, caps));
            }
        }
        let allowed = sets.finish(instance.hosts.len());
        Recovery { instance, parts, wholes, allowed, losses: losses.collect() }
    }

    /// The items on each bin, the hardest to place first.
    pub fn content(&self, assignment: &[Bin]) -> Vec<Vec<ItemIndex>> {
        let mut content = vec![Vec::new(); self.instance.hosts.len()];
        let mut order: Vec<ItemIndex> = ItemIndex::all(assignment.len()).collect();
        order.sort_by(|&a, &b| self.share(b).total_cmp(&self.share(a)).then(a.cmp(&b)));
        order.into_iter().for_each(|item| content[assignment[item]].push(item));
        content
    }

    /// How hard the hardest of an item's parts is to place; 0 where it may stop.
    pub fn share(&self, item: ItemIndex) -> f64 {
        self.parts[item].iter().map(|part| part.share).fold(0.0, f64::max)
    }

    /// Where what stood on `lost` goes while the rest stands still, by greed.
    pub fn failover(&self, usage: &Usage, content: &[Vec<ItemIndex>], lost: &[Bin], scratch: &mut Scratch) -> Failover {
        let fullest = self.greedy(usage, content, lost, First::Fullest, scratch);
        if fullest.missing == 0.0 {
            return fullest;
        }
        let looks = fullest.looks;
        let emptiest = self.greedy(usage, content, lost, First::Emptiest, scratch);
        let mut better = if emptiest.missing < fullest.missing { emptiest } else { fullest };
        better.looks += looks;
        better
    }

    fn greedy(
        &self,
        usage: &Usage,
        content: &[Vec<ItemIndex>],
        lost: &[Bin],
        first: First,
        scratch: &mut Scratch,
    ) -> Failover {
        let (instance, resources) = (self.instance, self.instance.resources);
        scratch.reset(instance);
        scratch.displaced.extend(lost.iter().flat_map(|&bin| content[bin].iter().copied()));
        if lost.len() > 1 {
            scratch.displaced.sort_by(|&a, &b| self.share(b).total_cmp(&self.share(a)).then(a.cmp(&b)));
        }
        for &bin in lost {
            scratch.gone[bin.0] = true;
            for &item in &content[bin] {
                let of = &instance.items[item];
                for bond in bonds(instance, &of.aparts, &of.caps, bin) {
                    scratch.change.entry((bond.rule, bond.domain)).or_default().0 += bond.own;
                }
            }
        }
        let Scratch { extra, gone, displaced, change } = scratch;
        let mut failover = Failover::default();
        let parts = displaced.iter().flat_map(|&item| self.parts[item].iter().enumerate().map(move |it| (item, it)));
        for (item, (number, part)) in parts {
            let mut best: Option<(f64, Bin)> = None;
            for &bin in &self.allowed[part.allowed].bins {
                failover.looks += 1;
                let more = &extra[bin.0 * resources..][..resources];
                let (mut fits, mut fullness) = (!gone[bin.0], 0.0_f64);
                let amounts = usage.used[bin].iter().zip(more).zip(&part.size).zip(&instance.allocatable[bin]);
                for (((used, more), size), &give) in amounts {
                    let used = used + more + size;
                    fits &= used <= give;
                    if give > 0 {
                        fullness = fullness.max(used as f64 / give as f64);
                    }
                }
                let free = |bond: Bond| {
                    let (left, come) = change.get(&(bond.rule, bond.domain)).copied().unwrap_or_default();
                    usage.domains.count(bond.rule, bond.domain) + come + bond.own <= bond.most + left
                };
                if !fits || !bonds(instance, &part.aparts, &part.caps, bin).all(free) {
                    continue;
                }
                let worth = if first == First::Fullest { fullness } else { -fullness };
                if best.is_none_or(|(most, _)| worth > most) {
                    best = Some((worth, bin));
                }
            }
            let Some((_, bin)) = best else {
                failover.missing += part.share.max(f64::MIN_POSITIVE);
                continue;
            };
            crate::solve::instance::add(&mut extra[bin.0 * resources..][..resources], &part.size);
            for bond in bonds(instance, &part.aparts, &part.caps, bin) {
                change.entry((bond.rule, bond.domain)).or_default().1 += bond.own;
            }
            failover.placed.push((item, number, bin));
        }
        failover
    }
}

/// What one greedy round needs, kept for the next.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// What refugees take of each bin: `[bin * resources + resource]`.
    extra: Vec<u64>,
    /// Which bins are lost.
    gone: Vec<bool>,
    displaced: Vec<ItemIndex>,
    /// How many the loss takes out of domains, and how many refugees add to them: by rule and domain.
    change: BTreeMap<(usize, usize), (u32, u32)>,
}

impl Scratch {
    fn reset(&mut self, instance: &Instance) {
        self.extra.clear();
        self.extra.resize(instance.hosts.len() * instance.resources, 0);
        self.displaced.clear();
        self.change.clear();
        self.gone.clear();
        self.gone.resize(instance.hosts.len(), false);
    }
}

/// The containers, those that rules among them keep together in one group.
fn kept_together(problem: &Problem, containers: &[ContainerIndex]) -> Vec<Vec<ContainerIndex>> {
    let mut groups: Vec<Vec<ContainerIndex>> = containers.iter().map(|&container| vec![container]).collect();
    for rule in problem.rules.iter().filter(|rule| rule.kind == BindingKind::Together) {
        let is_bound = |group: &Vec<ContainerIndex>| group.iter().any(|it| rule.containers.binary_search(it).is_ok());
        let (bound, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(is_bound);
        groups = others;
        groups.extend((!bound.is_empty()).then(|| bound.into_iter().flatten().collect()));
    }
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort_unstable();
    groups
}

/// How many of `containers` the rule at this position binds.
fn bound(problem: &Problem, rule: usize, containers: &[ContainerIndex]) -> u32 {
    let bound = problem.rules.iter().filter(|of| of.kind != BindingKind::Together && of.rule == rule);
    bound.flat_map(|of| of.containers.iter()).filter(|container| containers.contains(container)).count() as u32
}
