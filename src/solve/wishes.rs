//! Wishes: what a packing pays for those that it does not meet. Each is lowered to one of two terms: an item that pays where
//! it is on none of some bins, and items of which each domain may hold so many, or that are to be in one bin, or even,
//! which pay for each container that would have to go elsewhere.
//!
//! What is paid never becomes less by a further item: of a packing that is not complete it is a bound on what it comes to.
//! Of *R* containers to be spread over *D* domains, *h(d)* in each, with the skew *s*, as many must go as
//!
//! `min over l of max(sum of max(0, h(d) - l - s), sum of max(0, l - h(d)))`
//!
//! where *l* is what each domain is to hold at the least. The second sum is that of *max(0, h(d) - l)* less *R - D l*, which
//! grows with *h*, and *l* is at most *R / D*.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::caps::{Cap, Domains};
use super::instance::{Bin, BinSet, Instance};
use super::problem::{BY_HOST, BindingKind, Longing, Problem};
use crate::certificate::ItemIndex;
use crate::model::{HostIndex, Numbered};

/// What the wishes of an instance ask. Empty where no goal counts them.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The sets of bins that items want to be on.
    pub sets: Vec<BinSet>,
    /// For each item what it pays on other bins.
    wants: Vec<Vec<Want>>,
    /// What several items wish together.
    pub terms: Vec<Term>,
    /// For each item the terms that count it, and how many of its containers each does.
    bonds: Vec<Vec<(usize, u32)>>,
}

/// On all bins but those of a set this is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Want {
    /// Position in [`Wishes::sets`].
    pub set: usize,
    /// What is paid.
    pub cost: u64,
}

/// What one item is granted or not: what it wants by its position in [`Wishes::wants`], or to be among those of a term of which
/// so many at the most share a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// It is on one of the bins that it wants.
    Want(ItemIndex, usize),
    /// It needs not go elsewhere for this term.
    Bond(ItemIndex, usize),
}

/// What items wish together.
#[derive(Clone, Debug)]
pub struct Term {
    /// What each container pays that would have to go elsewhere.
    pub weight: u64,
    /// Which would have to.
    pub kind: Kind,
    /// The domain of each bin; of what is to be even `domains` where the bin is not counted.
    pub domain: Arc<[usize]>,
    /// How many domains count.
    pub domains: usize,
    /// Whether each bin that is counted is a domain of its own.
    by_host: bool,
    /// How many containers it counts.
    pub all: u32,
}

/// Which containers would have to go elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All beyond so many in a domain.
    Beyond(u32),
    /// All but those in the fullest domain.
    Together,
    /// As many as make it even, give or take so many. The least that a domain holds is then at least so many.
    Even {
        /// How many two domains may differ by.
        skew: u32,
        /// No lower level need be looked at.
        lowest: u32,
    },
}

impl Wishes {
    /// Whether nothing is wished.
    pub fn is_empty(&self) -> bool {
        self.wants.is_empty() && self.bonds.is_empty()
    }

    /// What an item wants by itself.
    pub fn wants(&self, item: ItemIndex) -> &[Want] {
        self.wants.get(item.0).map_or(&[], Vec::as_slice)
    }

    /// The terms that count an item, and how many of its containers each does.
    pub fn bonds(&self, item: ItemIndex) -> &[(usize, u32)] {
        self.bonds.get(item.0).map_or(&[], Vec::as_slice)
    }

    /// What `item` pays by itself on `bin`.
    #[inline]
    pub fn own(&self, item: ItemIndex, bin: Bin) -> u64 {
        let unmet = self.wants(item).iter().filter(|want| !self.sets[want.set].contains(bin));
        unmet.map(|want| want.cost).sum()
    }

    /// Numbers that are the same for bins that no wish tells apart when they are empty.
    pub fn kind_of(&self, bin: Bin) -> Vec<usize> {
        let sets = self.sets.iter().map(|set| usize::from(set.contains(bin)));
        let mut known: Vec<*const usize> = Vec::new();
        let mut kinds: Vec<usize> = sets.collect();
        for term in &self.terms {
            if known.contains(&term.domain.as_ptr()) {
                continue;
            }
            known.push(term.domain.as_ptr());
            let domain = term.domain[bin];
            kinds.push(if term.by_host { usize::from(domain == term.domains) } else { domain });
        }
        kinds
    }

    /// What every packing pays at the least, whatever its volume: items on the bins that suit them best, and terms whose
    /// items reach too few domains.
    pub fn least(&self, instance: &Instance, open: &[bool]) -> u64 {
        let own = ItemIndex::all(instance.items.len()).map(|item| self.least_own(instance, open, item)).sum::<u64>();
        let mut reached: Vec<Vec<bool>> = self.terms.iter().map(|term| vec![false; term.domains + 1]).collect();
        // Items that may go to the same bins reach the same domains.
        let mut seen = std::collections::BTreeSet::new();
        for (item, bonds) in self.bonds.iter().numbered::<ItemIndex>() {
            for &(term, _) in bonds {
                if seen.insert((instance.items[item].allowed, term)) {
                    let bins = instance.bins(item).iter().filter(|&&bin| open[bin]);
                    bins.for_each(|&bin| reached[term][self.terms[term].domain[bin]] = true);
                }
            }
        }
        let of_term = |(term, reached): (&Term, &Vec<bool>)| match term.kind {
            Kind::Beyond(most) => {
                let domains = reached.iter().filter(|reached| **reached).count() as u64;
                u64::from(term.all).saturating_sub(domains.saturating_mul(most.into())).saturating_mul(term.weight)
            }
            Kind::Together | Kind::Even { .. } => 0,
        };
        own + self.terms.iter().zip(&reached).map(of_term).sum::<u64>()
    }

    /// What `item` pays by itself at the least.
    pub fn least_own(&self, instance: &Instance, open: &[bool], item: ItemIndex) -> u64 {
        if self.wants(item).is_empty() {
            return 0;
        }
        let bins = instance.bins(item).iter().filter(|&&bin| open[bin]);
        bins.map(|&bin| self.own(item, bin)).min().unwrap_or(0)
    }
}

impl Instance {
    /// The same with what `problem` wishes of the containers that take part: items and bins are alike only where wishes do
    /// not tell them apart.
    pub fn wishing(&self, problem: &Problem) -> Instance {
        let mut instance = self.clone();
        let (wants, bonds) = (vec![Vec::new(); self.items.len()], vec![Vec::new(); self.items.len()]);
        let mut wishes = Wishes { wants, bonds, ..Wishes::default() };
        let mut item_of: Vec<Option<ItemIndex>> = vec![None; problem.containers.len()];
        for (item, of) in self.items.iter().numbered::<ItemIndex>() {
            of.containers.iter().for_each(|&container| item_of[container] = Some(item));
        }
        let (mut sets, mut domains) = (BTreeMap::new(), BTreeMap::new());
        for longing in problem.wishes.iter() {
            let mut bound: BTreeMap<ItemIndex, u32> = BTreeMap::new();
            longing.containers.iter().filter_map(|&it| item_of[it]).for_each(|it| *bound.entry(it).or_default() += 1);
            match (&longing.hosts, longing.kind) {
                (Some(hosts), _) => {
                    let next = sets.len();
                    let set = *sets.entry(Arc::clone(hosts)).or_insert(next);
                    for (item, count) in bound {
                        let cost = longing.weight.saturating_mul(count.into());
                        let wants = &mut wishes.wants[item];
                        match wants.iter_mut().find(|want| want.set == set) {
                            Some(want) => want.cost = want.cost.saturating_add(cost),
                            None => wants.push(Want { set, cost }),
                        }
                    }
                }
                (None, Some(kind)) => {
                    if let Some(term) = self.term(problem, longing, kind, &bound, &mut domains) {
                        bound.into_iter().for_each(|(item, own)| wishes.bonds[item].push((wishes.terms.len(), own)));
                        wishes.terms.push(term);
                    }
                }
                (None, None) => {}
            }
        }
        wishes.wants.iter_mut().for_each(|wants| wants.sort_unstable());
        let bins = |hosts: &[HostIndex]| {
            let all = self.hosts.iter().numbered::<Bin>();
            all.filter(|(_, host)| hosts.binary_search(host).is_ok()).map(|(bin, _)| bin).collect::<Vec<Bin>>()
        };
        let mut by_number: Vec<(usize, Arc<[HostIndex]>)> =
            sets.into_iter().map(|(hosts, number)| (number, hosts)).collect();
        by_number.sort_unstable();
        wishes.sets = by_number.iter().map(|(_, hosts)| BinSet::new(bins(hosts), self.hosts.len())).collect();
        instance.wishes = Arc::new(wishes);
        instance.classify();
        instance
    }

    /// What a wish of several containers comes to among the items `bound`; `None` where it is always met.
    fn term(
        &self,
        problem: &Problem,
        longing: &Longing,
        kind: BindingKind,
        bound: &BTreeMap<ItemIndex, u32>,
        known: &mut BTreeMap<DomainKey, Domains>,
    ) -> Option<Term> {
        let all: u32 = bound.values().sum();
        let topology = match kind {
            BindingKind::Together(topology)
            | BindingKind::Apart(topology)
            | BindingKind::AtMost(topology, _)
            | BindingKind::Spread(topology, _) => topology,
        };
        let even = matches!(kind, BindingKind::Spread(..));
        // Replicas that do not all take part need not be even.
        if all < 2 || even && all as usize != longing.containers.len() {
            return None;
        }
        let named = longing.containers.first().and_then(|&first| problem.request(first).on.clone()).filter(|_| even);
        let key = (topology, even, longing.counted.clone().or(named));
        let domains = known.entry(key).or_insert_with(|| {
            let counts = |host| match &longing.counted {
                Some(counted) => counted.binary_search(host).is_ok(),
                None => !even || problem.counts(&longing.containers, *host),
            };
            Domains::new(self.hosts.iter().map(|host| counts(host).then(|| problem.topologies[topology][*host])))
        });
        let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let kind = match kind {
            BindingKind::Together(_) => Kind::Together,
            BindingKind::Apart(_) => Kind::Beyond(1),
            BindingKind::AtMost(_, most) => Kind::Beyond(number(most)),
            BindingKind::Spread(_, skew) => {
                let elsewhere = |item: &ItemIndex| self.bins(*item).iter().any(|&bin| domains.of[bin] == domains.count);
                let uncounted: u32 = bound.iter().filter(|(item, _)| elsewhere(item)).map(|(_, own)| own).sum();
                let skew = number(skew);
                let lowest = (all - uncounted).div_ceil(number(domains.count as u64).max(1)).saturating_sub(skew);
                Kind::Even { skew, lowest }
            }
        };
        let never = match kind {
            Kind::Beyond(most) => all <= most,
            Kind::Together => false,
            Kind::Even { .. } => domains.count < 2,
        };
        let (domain, count, by_host) = (Arc::clone(&domains.of), domains.count, topology == BY_HOST);
        (!never).then_some(Term { weight: longing.weight, kind, domain, domains: count, by_host, all })
    }

    /// A narrower instance: whatever wish of one item, or of no more than so many in a domain, `assignment` meets, every
    /// packing of it meets.
    pub fn keeping(&self, assignment: &[Bin]) -> Instance {
        let tally = Tally::of(self, assignment);
        let meets = |unit: Unit| match unit {
            Unit::Want(item, nth) => self.wishes.sets[self.wishes.wants(item)[nth].set].contains(assignment[item]),
            Unit::Bond(_, term) => tally.terms[term].cost == 0,
        };
        // Where they are, all that they are granted is.
        self.requiring(&meets).unwrap_or_else(|| self.clone())
    }

    /// A narrower instance, every packing of which grants what `is_required`; `None` where some item has no bin then.
    pub fn requiring(&self, is_required: &dyn Fn(Unit) -> bool) -> Option<Instance> {
        let mut kept = self.clone();
        let mut known: BTreeMap<(usize, Vec<usize>), usize> = BTreeMap::new();
        for item in ItemIndex::all(self.items.len()) {
            let wants = self.wishes.wants(item).iter().enumerate();
            let met = wants.filter(|(nth, _)| is_required(Unit::Want(item, *nth))).map(|(_, want)| want.set);
            let met: Vec<usize> = met.collect();
            if met.is_empty() {
                continue;
            }
            let key = (self.items[item].allowed, met);
            let allowed = *known.entry(key).or_insert_with_key(|(allowed, met)| {
                let bins = self.bin_sets[*allowed].bins.iter().copied();
                let bins: Vec<Bin> =
                    bins.filter(|&bin| met.iter().all(|&set| self.wishes.sets[set].contains(bin))).collect();
                kept.bin_sets.push(BinSet::new(bins, self.hosts.len()));
                kept.bin_sets.len() - 1
            });
            if kept.bin_sets[allowed].bins.is_empty() {
                return None;
            }
            kept.items[item].allowed = allowed;
        }
        let mut cap_of: Vec<Option<usize>> = vec![None; self.wishes.terms.len()];
        for item in ItemIndex::all(kept.items.len()) {
            for &(term, own) in self.wishes.bonds(item) {
                let of = &self.wishes.terms[term];
                let Kind::Beyond(most) = of.kind else { continue };
                if !is_required(Unit::Bond(item, term)) {
                    continue;
                }
                if own > most {
                    return None;
                }
                let cap = *cap_of[term].get_or_insert_with(|| {
                    let (domain, domains, by_host) = (Arc::clone(&of.domain), of.domains, of.by_host);
                    let (free, beyond, lasts) = (None, None, false);
                    let rule = usize::MAX;
                    kept.caps.push(Cap { rule, domain, domains, by_host, free, most, beyond, lasts, items: 0 });
                    kept.caps.len() - 1
                });
                kept.items[item].caps.push((cap, own));
                kept.caps[cap].items += 1;
            }
        }
        kept.classify();
        Some(kept)
    }

    /// A wider instance, in which what items pay by themselves is what they move: each is at home where it pays least. Costs are
    /// divided by `unit`.
    pub fn with_wants_as_moves(&self, unit: u64) -> Instance {
        let mut shadow = self.clone();
        (shadow.most_moves, shadow.unit) = (None, super::freight::Unit::CONTAINERS);
        for item in ItemIndex::all(self.items.len()) {
            let all: u64 = self.wishes.wants(item).iter().map(|want| want.cost).sum();
            let met = |&bin: &Bin| (bin, (all - self.wishes.own(item, bin)) / unit);
            let bins = if all == 0 { &[] } else { self.bins(item) };
            shadow.items[item].homes = bins.iter().map(met).filter(|(_, met)| *met > 0).collect();
            shadow.items[item].running = all / unit;
        }
        shadow.wishes = Arc::default();
        shadow.classify();
        shadow
    }
}

/// What one set of domains stands for.
type DomainKey = (usize, bool, Option<Arc<[HostIndex]>>);

/// What is paid for what the bins hold.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// In all.
    pub paid: u64,
    terms: Vec<Held>,
}

/// What of one term the domains hold.
#[derive(Clone, Debug, Default)]
struct Held {
    /// By domain, those that hold any, ascending.
    counts: Vec<(usize, u32)>,
    /// How many in all.
    all: u32,
    /// Of what is to be even, for each level from the lowest on: what domains hold beyond the level and the skew, and beyond
    /// the level.
    levels: Vec<[u64; 2]>,
    /// How many would have to go elsewhere.
    cost: u64,
}

impl Held {
    fn count(&self, domain: usize) -> u32 {
        self.counts.binary_search_by_key(&domain, |(known, _)| *known).map_or(0, |at| self.counts[at].1)
    }

    fn most(&self) -> u32 {
        self.counts.iter().map(|(_, count)| *count).max().unwrap_or(0)
    }

    /// By how much what lies beyond each level grows when a domain holds `after` instead of `before`.
    fn beyond(at: usize, lowest: u32, skew: u32, held: u32) -> [u64; 2] {
        let level = u64::from(lowest) + at as u64;
        [u64::from(held).saturating_sub(level + u64::from(skew)), u64::from(held).saturating_sub(level)]
    }

    /// How many would have to go if `domain` held `after` of the term instead of `before`.
    fn cost_with(&self, term: &Term, domain: usize, before: u32, after: u32) -> u64 {
        match term.kind {
            Kind::Beyond(most) => {
                let beyond = |held: u32| u64::from(held.saturating_sub(most));
                self.cost + beyond(after) - beyond(before)
            }
            Kind::Together => {
                let all = self.all + after - before;
                let most = match after >= before {
                    true => self.most().max(after),
                    false => {
                        let others = self.counts.iter().filter(|(known, _)| *known != domain);
                        others.map(|(_, count)| *count).max().unwrap_or(0).max(after)
                    }
                };
                u64::from(all - most)
            }
            Kind::Even { skew, lowest } => {
                let counted = domain < term.domains;
                let uncounted = self.count(term.domains);
                let uncounted = if counted { uncounted } else { uncounted + after - before };
                let left = u64::from(term.all - uncounted);
                let domains = term.domains as u64;
                let at = |(at, [over, beyond]): (usize, &[u64; 2])| {
                    let level = u64::from(lowest) + at as u64;
                    let (mut over, mut beyond) = (*over, *beyond);
                    if counted {
                        let (now, then) =
                            (Held::beyond(at, lowest, skew, before), Held::beyond(at, lowest, skew, after));
                        (over, beyond) = (over + then[0] - now[0], beyond + then[1] - now[1]);
                    }
                    (level * domains <= left).then(|| over.max(beyond.saturating_sub(left - level * domains)))
                };
                self.levels.iter().enumerate().filter_map(at).min().unwrap_or(0)
            }
        }
    }

    fn set(&mut self, term: &Term, domain: usize, before: u32, after: u32) {
        self.cost = self.cost_with(term, domain, before, after);
        self.all = self.all + after - before;
        if let (Kind::Even { skew, lowest }, true) = (term.kind, domain < term.domains) {
            for (at, [over, beyond]) in self.levels.iter_mut().enumerate() {
                let (now, then) = (Held::beyond(at, lowest, skew, before), Held::beyond(at, lowest, skew, after));
                (*over, *beyond) = (*over + then[0] - now[0], *beyond + then[1] - now[1]);
            }
        }
        match self.counts.binary_search_by_key(&domain, |(known, _)| *known) {
            Ok(at) if after == 0 => _ = self.counts.remove(at),
            Ok(at) => self.counts[at].1 = after,
            Err(at) => self.counts.insert(at, (domain, after)),
        }
    }
}

impl Tally {
    /// Nothing held.
    pub fn new(instance: &Instance) -> Tally {
        let held = |term: &Term| {
            let levels = match term.kind {
                Kind::Even { lowest, .. } => {
                    let highest = term.all / u32::try_from(term.domains).unwrap_or(u32::MAX).max(1);
                    vec![[0; 2]; (highest.saturating_sub(lowest.min(highest)) + 1) as usize]
                }
                _ => Vec::new(),
            };
            Held { levels, ..Held::default() }
        };
        Tally { paid: 0, terms: instance.wishes.terms.iter().map(held).collect() }
    }

    /// What `assignment` puts where.
    pub fn of(instance: &Instance, assignment: &[Bin]) -> Tally {
        let mut tally = Tally::new(instance);
        assignment.iter().numbered().for_each(|(item, &bin)| tally.put(instance, item, bin));
        tally
    }

    /// What more is paid once `item` is on `bin`, too.
    pub fn rise(&self, instance: &Instance, item: ItemIndex, bin: Bin) -> u64 {
        let wishes = &instance.wishes;
        let of_term = |&(term, own): &(usize, u32)| {
            let (of, held) = (&wishes.terms[term], &self.terms[term]);
            let domain = of.domain[bin];
            let before = held.count(domain);
            (held.cost_with(of, domain, before, before + own) - held.cost) * of.weight
        };
        wishes.own(item, bin) + wishes.bonds(item).iter().map(of_term).sum::<u64>()
    }

    /// Whether `item` is in the way of a wish where it is, on `bin`.
    pub fn pays(&self, instance: &Instance, item: ItemIndex, bin: Bin) -> bool {
        let bonds = instance.wishes.bonds(item);
        instance.wishes.own(item, bin) > 0 || bonds.iter().any(|&(term, _)| self.terms[term].cost > 0)
    }

    /// The first of the domains that hold most of a term, where any holds anything.
    pub fn fullest(&self, term: usize) -> Option<usize> {
        let most = self.terms[term].most();
        self.terms[term].counts.iter().find(|(_, count)| *count == most).map(|(domain, _)| *domain)
    }

    /// `item` comes to `bin`.
    pub fn put(&mut self, instance: &Instance, item: ItemIndex, bin: Bin) {
        if !instance.wishes.is_empty() {
            self.change(instance, item, bin, |held, own| held + own);
            self.paid += instance.wishes.own(item, bin);
        }
    }

    /// It leaves `bin`.
    pub fn take(&mut self, instance: &Instance, item: ItemIndex, bin: Bin) {
        if !instance.wishes.is_empty() {
            self.change(instance, item, bin, |held, own| held - own);
            self.paid -= instance.wishes.own(item, bin);
        }
    }

    fn change(&mut self, instance: &Instance, item: ItemIndex, bin: Bin, after: fn(u32, u32) -> u32) {
        for &(term, own) in instance.wishes.bonds(item) {
            let (of, held) = (&instance.wishes.terms[term], &mut self.terms[term]);
            let domain = of.domain[bin];
            let (before, paid) = (held.count(domain), held.cost * of.weight);
            held.set(of, domain, before, after(before, own));
            self.paid = self.paid - paid + held.cost * of.weight;
        }
    }

    /// Numbers that are the same where what is paid, and what would be paid for more, is the same.
    pub fn spell(&self, out: &mut Vec<u64>) {
        if self.paid > 0 || !self.terms.is_empty() {
            out.push(self.paid);
        }
        for held in &self.terms {
            out.push(held.counts.len() as u64);
            out.extend(held.counts.iter().flat_map(|&(domain, count)| [domain as u64, u64::from(count)]));
        }
    }
}
