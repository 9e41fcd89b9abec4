//! What a loss displaces, and a quick way to place it again while the rest stands still.

use std::collections::BTreeMap;

use crate::certificate::ItemIndex;
use crate::model::{ContainerIndex, HostIndex, Numbered, Survive};
use crate::solve::Problem;
use crate::solve::instance::{Allowed, Bin, BinSet, Instance, SetCache, SetKey, share};
use crate::solve::problem::BindingKind;
use crate::solve::restricted::Usage;
use crate::solve::spare::{Bound, spares};
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
    /// How many containers of each service with `keep` may be down.
    pub spare: Vec<u32>,
    /// What these ask for together at the most.
    pub spare_volume: Vec<u64>,
    /// Whether [`Part::lesser`] is all that parts can be without some containers; else only some of it.
    pub is_whole: bool,
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
    /// How many containers of each service with `keep` it leaves down, by position in [`Recovery::spare`].
    pub down: Vec<(usize, u32)>,
    /// The same with more of them down, the most last; one without containers needs no bin.
    pub lesser: Vec<Part>,
}

/// Where the parts that a loss displaces go.
#[derive(Clone, Debug, Default)]
pub struct Failover<'r> {
    /// What found room, and where.
    pub placed: Vec<(&'r [ContainerIndex], Bin)>,
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

/// Whether replicas that may be down are, also where they find room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spare {
    /// Only where they find none.
    Last,
    /// First of all; they come back where room is left.
    First,
}

impl Part {
    /// What makes parts alike: what they ask for, where they may go and what keeps them apart, with and without those that
    /// may be down.
    pub fn kind(&self) -> impl Ord + '_ {
        self.and_lesser().map(|it| (&it.size, it.allowed, &it.aparts, &it.caps, &it.down)).collect::<Vec<_>>()
    }

    /// It whole, and then with ever more down.
    pub fn and_lesser(&self) -> impl DoubleEndedIterator<Item = &Part> {
        std::iter::once(self).chain(&self.lesser)
    }

    /// What it asks for at the least.
    pub fn least(&self) -> &[u64] {
        &self.lesser.last().unwrap_or(self).size
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
            Part { containers, size, allowed, aparts, caps, share, down: Vec::new(), lesser: Vec::new() }
        };
        let mut takes_part = vec![false; problem.containers.len()];
        instance.items.iter().flat_map(|item| &item.containers).for_each(|&it| takes_part[it] = true);
        let spares = spares(problem, |it| takes_part[it] && !survive.may_stop(it));
        let lessening = Lessening::new(problem, &spares);
        let mut is_whole = true;
        let mut parts = Vec::with_capacity(instance.items.len());
        let mut wholes = Vec::new();
        for item in &instance.items {
            let must: Vec<ContainerIndex> =
                item.containers.iter().copied().filter(|&it| !survive.may_stop(it)).collect();
            let lasting = |&&(cap, _): &&(usize, u32)| instance.caps[cap].lasts;
            let caps: Vec<(usize, u32)> = item.caps.iter().filter(lasting).copied().collect();
            let mut some = |group: Vec<ContainerIndex>| {
                let bound = |rule: usize| bound(problem, rule, &group);
                let binds = |&&apart: &&usize| bound(instance.aparts[apart].rule) > 0;
                let aparts: Vec<usize> = item.aparts.iter().filter(binds).copied().collect();
                let own = |&(cap, _): &(usize, u32)| (cap, bound(instance.caps[cap].rule));
                let caps = caps.iter().map(own).filter(|(_, own)| *own > 0).collect();
                part(group, &aparts, caps)
            };
            let mut its: Vec<Part> = match must.len() == item.containers.len() {
                true => Vec::new(),
                false => kept_together(problem, &must).into_iter().map(&mut some).collect(),
            };
            if must.len() == item.containers.len() {
                its.push(some(must));
            }
            for part in &mut its {
                let (ways, all) = lessening.of(problem, &part.containers);
                is_whole &= all;
                let lesser = |(left, down)| Part { down, ..some(left) };
                part.lesser = ways.into_iter().map(lesser).collect();
            }
            parts.push(its);
            if survive.moves {
                wholes.push(part(item.containers.clone(), &item.aparts, caps));
            }
        }
        let allowed = sets.finish(instance.hosts.len());
        let mut spare_volume = vec![0_u64; instance.resources];
        for spare in &spares {
            let asked = problem.asked(spare.containers.iter().copied().take(spare.many));
            crate::solve::instance::add(&mut spare_volume, &asked);
        }
        let spare = spares.iter().map(|spare| u32::try_from(spare.many).unwrap_or(u32::MAX)).collect();
        Recovery { instance, parts, wholes, allowed, losses: losses.collect(), spare, spare_volume, is_whole }
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
    pub fn failover(
        &self,
        usage: &Usage,
        content: &[Vec<ItemIndex>],
        lost: &[Bin],
        scratch: &mut Scratch,
    ) -> Failover<'_> {
        let mut best: Option<Failover> = None;
        let mut looks = 0;
        for spare in [Spare::Last, Spare::First] {
            if spare == Spare::First && self.spare.is_empty() {
                break;
            }
            for first in [First::Fullest, First::Emptiest] {
                let found = self.greedy(usage, content, lost, (first, spare), scratch);
                looks += found.looks;
                if best.as_ref().is_none_or(|best| found.missing < best.missing) {
                    best = Some(found);
                }
                if best.as_ref().is_some_and(|best| best.missing == 0.0) {
                    break;
                }
            }
            if best.as_ref().is_some_and(|best| best.missing == 0.0) {
                break;
            }
        }
        Failover { looks, ..best.unwrap_or_default() }
    }

    fn greedy(
        &self,
        usage: &Usage,
        content: &[Vec<ItemIndex>],
        lost: &[Bin],
        (first, spare): (First, Spare),
        scratch: &mut Scratch,
    ) -> Failover<'_> {
        let instance = self.instance;
        scratch.reset(instance, self.spare.len());
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
        let mut failover = Failover::default();
        let mut stay_down: Vec<&Part> = Vec::new();
        let displaced = std::mem::take(&mut scratch.displaced);
        for part in displaced.iter().flat_map(|&item| &self.parts[item]) {
            let mut ways: Vec<&Part> = part.and_lesser().collect();
            if spare == Spare::First {
                ways.reverse();
            }
            let mut found = false;
            for way in ways {
                if !scratch.spares(way, &self.spare) {
                    continue;
                }
                let bin = if way.containers.is_empty() {
                    None
                } else {
                    self.bin_for(way, usage, first, scratch, &mut failover.looks)
                };
                if bin.is_none() && !way.containers.is_empty() {
                    continue;
                }
                match bin {
                    Some(bin) => self.put(way, bin, scratch, &mut failover),
                    None => stay_down.push(part),
                }
                way.down.iter().for_each(|&(of, many)| scratch.down[of] += many);
                found = true;
                break;
            }
            if !found {
                failover.missing += part.share.max(f64::MIN_POSITIVE);
            }
        }
        // Who is down altogether comes back where room is left.
        for part in if spare == Spare::First { stay_down } else { Vec::new() } {
            for way in part.and_lesser().filter(|way| !way.containers.is_empty()) {
                if let Some(bin) = self.bin_for(way, usage, first, scratch, &mut failover.looks) {
                    self.put(way, bin, scratch, &mut failover);
                    break;
                }
            }
        }
        scratch.displaced = displaced;
        failover
    }

    /// The bin that `part` goes to.
    fn bin_for(&self, part: &Part, usage: &Usage, first: First, scratch: &Scratch, looks: &mut u64) -> Option<Bin> {
        let (instance, resources) = (self.instance, self.instance.resources);
        let Scratch { extra, gone, change, .. } = scratch;
        let mut best: Option<(f64, Bin)> = None;
        for &bin in &self.allowed[part.allowed].bins {
            *looks += 1;
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
        best.map(|(_, bin)| bin)
    }

    fn put<'r>(&self, part: &'r Part, bin: Bin, scratch: &mut Scratch, failover: &mut Failover<'r>) {
        let (instance, resources) = (self.instance, self.instance.resources);
        crate::solve::instance::add(&mut scratch.extra[bin.0 * resources..][..resources], &part.size);
        for bond in bonds(instance, &part.aparts, &part.caps, bin) {
            scratch.change.entry((bond.rule, bond.domain)).or_default().1 += bond.own;
        }
        failover.placed.push((&part.containers, bin));
    }
}

/// What parts can be without some of their containers.
struct Lessening {
    bound: Bound,
    /// For each container that may be down, the position of its service in [`Recovery::spare`].
    spare_of: BTreeMap<ContainerIndex, usize>,
}

/// A part can be without its containers in so many ways at the most.
const WAYS: usize = 64;

/// Containers that are left, and how many of each service are down.
type Lesser = (Vec<ContainerIndex>, Vec<(usize, u32)>);

impl Lessening {
    fn new(problem: &Problem, spares: &[crate::solve::spare::Spare]) -> Lessening {
        let numbered = spares.iter().enumerate();
        let spare_of = numbered.flat_map(|(number, spare)| spare.containers.iter().map(move |&it| (it, number)));
        Lessening { bound: Bound::new(problem, spares), spare_of: spare_of.collect() }
    }

    /// What is left of `containers`, fewer and fewer, and whether that is all that can be.
    fn of(&self, problem: &Problem, containers: &[ContainerIndex]) -> (Vec<Lesser>, bool) {
        let mut of_spare: BTreeMap<usize, Vec<ContainerIndex>> = BTreeMap::new();
        for container in containers {
            if let Some(&spare) = self.spare_of.get(container) {
                of_spare.entry(spare).or_default().push(*container);
            }
        }
        let groups: Vec<(usize, Vec<ContainerIndex>)> = of_spare
            .into_iter()
            .flat_map(|(spare, its)| self.bound.alike(&its).into_iter().map(move |group| (spare, group)))
            .collect();
        let mut ways: Vec<(Vec<ContainerIndex>, BTreeMap<usize, u32>)> = vec![(Vec::new(), BTreeMap::new())];
        for (spare, group) in &groups {
            let more = |(out, down): &(Vec<ContainerIndex>, BTreeMap<usize, u32>)| {
                let (out, down) = (out.clone(), down.clone());
                (0..=group.len()).map(move |many| {
                    let mut down = down.clone();
                    if many > 0 {
                        *down.entry(*spare).or_insert(0) += u32::try_from(many).unwrap_or(u32::MAX);
                    }
                    ([out.as_slice(), &group[group.len() - many..]].concat(), down)
                })
            };
            ways = ways.iter().flat_map(more).take(WAYS + 1).collect();
            if ways.len() > WAYS {
                return (Vec::new(), false);
            }
        }
        ways.sort_by_key(|(out, _)| out.len());
        let mut all = true;
        let mut lesser = |(out, down): (Vec<ContainerIndex>, BTreeMap<usize, u32>)| {
            let left: Vec<ContainerIndex> = containers.iter().copied().filter(|it| !out.contains(it)).collect();
            // Without one that kept them together others could go their own ways.
            all &= kept_together(problem, &left).len() < 2;
            (left, down.into_iter().collect())
        };
        let ways = ways.into_iter().skip(1).map(&mut lesser).collect();
        (ways, all)
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
    /// How many containers of each service with `keep` are down.
    down: Vec<u32>,
    /// How many the loss takes out of domains, and how many refugees add to them: by rule and domain.
    change: BTreeMap<(usize, usize), (u32, u32)>,
}

impl Scratch {
    /// Whether so many more may be down as `part` leaves down.
    fn spares(&self, part: &Part, spare: &[u32]) -> bool {
        part.down.iter().all(|&(of, many)| self.down[of] + many <= spare[of])
    }

    fn reset(&mut self, instance: &Instance, spares: usize) {
        self.down.clear();
        self.down.resize(spares, 0);
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
    for rule in problem.rules.iter().filter(|rule| matches!(rule.kind, BindingKind::Together(_))) {
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
    let bound = problem.rules.iter().filter(|of| !matches!(of.kind, BindingKind::Together(_)) && of.rule == rule);
    bound.flat_map(|of| of.containers.iter()).filter(|container| containers.contains(container)).count() as u32
}
