//! How many containers of a rule a domain may hold: `at-most` as it stands, and `spread` as bounds on each domain.
//!
//! Of *R* replicas spread over *D* domains with the skew *s* no domain holds more than (*R* + (*D* - 1) *s*) / *D*, rounded
//! down, nor less than (*R* - (*D* - 1) *s*) / *D*, rounded up, as far as all of them are in these domains. The second is
//! said of what all domains hold together beyond so many each, which is then *R* less *D* times as many: replicas that are
//! placed one after another keep to that from the first on, and the last of them still has a domain to go to. With a skew
//! of 1, or two domains, nothing more is asked; else what keeps to these bounds is looked at as a whole ([`Even`]).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::instance::{Bin, Contradiction, Instance};
use super::problem::{BY_HOST, Binding, BindingKind, Problem, TopologyIndex};
use crate::certificate::ItemIndex;
use crate::model::{ContainerIndex, HostIndex};

/// No more than so many containers in one domain, or in all of them beyond so many in each.
#[derive(Clone, Debug)]
pub struct Cap {
    /// Position of the rule in `Layout::rules`.
    pub rule: usize,
    /// The domain of each bin; caps of one topology share it.
    pub domain: Arc<[usize]>,
    /// How many domains there are.
    pub domains: usize,
    /// Whether every bin is a domain of its own, but for the free one.
    pub by_host: bool,
    /// The domain that may hold any number.
    pub free: Option<usize>,
    /// How many a domain may hold; or all of them together, where only those in a domain `beyond` so many count.
    pub most: u32,
    /// See `most`.
    pub beyond: Option<u32>,
    /// Whether it binds what starts elsewhere after a loss, too.
    pub lasts: bool,
    /// How many items it binds.
    pub items: usize,
}

impl Cap {
    /// The domain of `bin`, where what that holds is bounded.
    #[inline]
    pub fn domain_of(&self, bin: Bin) -> Option<usize> {
        let domain = self.domain[bin];
        (Some(domain) != self.free).then_some(domain)
    }

    /// A number that is the same for bins that the cap does not tell apart when they are empty.
    pub fn kind_of(&self, bin: Bin) -> usize {
        match self.by_host {
            true => usize::from(Some(self.domain[bin]) == self.free),
            false => self.domain[bin],
        }
    }
}

/// Replicas that are to be spread evenly, as a whole.
#[derive(Clone, Debug)]
pub struct Even {
    /// The domain of each bin; where it is not counted, as many as there are.
    domain: Arc<[usize]>,
    domains: usize,
    skew: u64,
    /// The items, and how many replicas each has.
    items: Vec<(ItemIndex, u32)>,
}

impl Even {
    /// Whether they are, where `assignment` has them.
    pub fn holds(&self, assignment: &[Bin]) -> bool {
        let mut held = vec![0u64; self.domains + 1];
        self.items.iter().for_each(|&(item, count)| held[self.domain[assignment[item]]] += u64::from(count));
        let counted = &held[..self.domains];
        let (most, least) = (counted.iter().max().copied(), counted.iter().min().copied());
        most.unwrap_or(0) - least.unwrap_or(0) <= self.skew
    }
}

/// Domains of bins, of those that count.
pub struct Domains {
    /// Of each bin; `count` where it is not counted.
    pub of: Arc<[usize]>,
    /// How many there are.
    pub count: usize,
}

impl Domains {
    /// From what each bin says; nothing where it is not counted.
    pub fn new(domains: impl Iterator<Item = Option<usize>>) -> Domains {
        let domains: Vec<Option<usize>> = domains.collect();
        let known: BTreeSet<usize> = domains.iter().flatten().copied().collect();
        let known: BTreeMap<usize, usize> = known.into_iter().zip(0..).collect();
        let count = known.len();
        let of: Arc<[usize]> = domains.iter().map(|domain| domain.map_or(count, |domain| known[&domain])).collect();
        Domains { of, count }
    }
}

/// What one set of domains stands for: the topology, which hosts are counted, and the list that says so.
type Key = (TopologyIndex, Counted, Option<Arc<[HostIndex]>>);

/// Which hosts are counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Counted {
    All,
    /// Those that `on:` names, if it names any.
    Named,
    /// Those that the rule says.
    Said,
}

/// Adds the caps of all rules of `problem`; `item_of` says in which item a container is, if it takes part.
///
/// # Errors
/// [`Contradiction::TooCrowded`] where more containers are bound than all domains may hold.
pub fn add(instance: &mut Instance, problem: &Problem, item_of: &[Option<ItemIndex>]) -> Result<(), Contradiction> {
    let mut known: BTreeMap<Key, Domains> = BTreeMap::new();
    let counts = |rule: &&Binding| matches!(rule.kind, BindingKind::AtMost(..) | BindingKind::Spread(..));
    for rule in problem.rules.iter().filter(counts) {
        let mut bound: BTreeMap<ItemIndex, u32> = BTreeMap::new();
        let there = |&&container: &&ContainerIndex| item_of[container].is_some();
        let containers: Vec<ContainerIndex> = rule.containers.iter().filter(there).copied().collect();
        containers.iter().filter_map(|&it| item_of[it]).for_each(|item| *bound.entry(item).or_default() += 1);
        match rule.kind {
            BindingKind::AtMost(topology, most) => {
                let domains = known.entry((topology, Counted::All, None)).or_insert_with(|| {
                    Domains::new(instance.hosts.iter().map(|&host| Some(problem.topologies[topology][host])))
                });
                at_most(instance, domains, rule, topology == BY_HOST, most, (containers, bound))?;
            }
            BindingKind::Spread(topology, skew) if containers.len() == rule.containers.len() => {
                let on = rule.counted.clone().or_else(|| problem.request(containers[0]).on.clone());
                let which = if rule.counted.is_some() { Counted::Said } else { Counted::Named };
                let domains = known.entry((topology, which, on)).or_insert_with(|| {
                    let counts = |host: &HostIndex| match &rule.counted {
                        Some(counted) => counted.binary_search(host).is_ok(),
                        None => problem.counts(&containers, *host),
                    };
                    let domain = |&host: &HostIndex| counts(&host).then(|| problem.topologies[topology][host]);
                    Domains::new(instance.hosts.iter().map(domain))
                });
                spread(instance, domains, rule.rule, topology == BY_HOST, skew, bound);
            }
            _ => {}
        }
    }
    Ok(())
}

fn at_most(
    instance: &mut Instance,
    domains: &Domains,
    rule: &Binding,
    by_host: bool,
    most: u64,
    (containers, bound): (Vec<ContainerIndex>, BTreeMap<ItemIndex, u32>),
) -> Result<(), Contradiction> {
    if containers.len() as u64 <= most {
        return Ok(());
    }
    let reached: BTreeSet<usize> =
        bound.keys().flat_map(|&item| instance.bins(item)).map(|&bin| domains.of[bin]).collect();
    let placeable = most.saturating_mul(reached.len() as u64);
    if placeable < containers.len() as u64 {
        return Err(Contradiction::TooCrowded { rule: rule.rule, containers, placeable });
    }
    if let Some((&item, _)) = bound.iter().find(|(_, count)| u64::from(**count) > most) {
        let bound = |it: &ContainerIndex| rule.containers.binary_search(it).is_ok();
        let containers = instance.items[item].containers.iter().copied().filter(bound).collect();
        return Err(Contradiction::TooCrowded { rule: rule.rule, containers, placeable: most });
    }
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    let (rule, domain, lasts) = (rule.rule, Arc::clone(&domains.of), true);
    let cap = Cap { rule, domain, domains: domains.count, by_host, free: None, most, beyond: None, lasts, items: 0 };
    push(instance, cap, &bound);
    Ok(())
}

fn spread(
    instance: &mut Instance,
    domains: &Domains,
    rule: usize,
    by_host: bool,
    skew: u64,
    bound: BTreeMap<ItemIndex, u32>,
) {
    let (count, all) = (domains.count as u64, bound.values().map(|&it| u64::from(it)).sum::<u64>());
    if count < 2 {
        return;
    }
    let leeway = (count - 1).saturating_mul(skew);
    let most = (all + leeway) / count;
    let elsewhere = |item: &ItemIndex| instance.bins(*item).iter().any(|&bin| domains.of[bin] == domains.count);
    let all_counted = !bound.keys().any(elsewhere);
    let least = if all_counted { all.saturating_sub(leeway).div_ceil(count) } else { 0 };
    let exact = all_counted && (skew == 1 || count == 2);
    let number = |amount: u64| u32::try_from(amount).unwrap_or(u32::MAX);
    let cap = |free: Option<usize>, most: u64, beyond: Option<u32>| {
        let (domain, domains, most) = (Arc::clone(&domains.of), domains.count + 1, number(most));
        Cap { rule, domain, domains, by_host, free, most, beyond, lasts: false, items: 0 }
    };
    if most < all || !exact {
        push(instance, cap(Some(domains.count), most, None), &bound);
    }
    if least > 0 {
        push(instance, cap(None, all - least * count, Some(number(least))), &bound);
    }
    if !exact {
        let items = bound.into_iter().collect();
        instance.evens.push(Even { domain: domains.of.clone(), domains: domains.count, skew, items });
    }
}

fn push(instance: &mut Instance, cap: Cap, bound: &BTreeMap<ItemIndex, u32>) {
    for (&item, &count) in bound {
        instance.items[item].caps.push((instance.caps.len(), count));
    }
    instance.caps.push(Cap { items: bound.len(), ..cap });
}
