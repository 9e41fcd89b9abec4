//! Presolve: a problem becomes items to pack into bins. Containers that must stay together become one item, hosts that
//! are not there leave, pins and drains become sets of allowed hosts, `apart` rules become domains.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::caps::{self, Cap, Even};
use super::freight::{Freights, Unit, freights};
use super::problem::{BY_HOST, BindingKind, Problem, TopologyIndex};
use super::types;
use super::wishes::Wishes;
use crate::certificate::{ItemIndex, Step};
use crate::model::{ContainerIndex, HostIndex, HostState, Numbered, Placement, Ratio, ServiceIndex, positions};

positions! {
    /// Position of a host in [`Instance::hosts`]: hosts that are only planned have none.
    Bin
}

/// Above so many items a rule's domains are not matched in presolve: the augmenting paths would be too long.
const MATCHING_LIMIT: usize = 2_000;
/// Sets of one bin in more than so many have no table: there may be as many sets as bins.
const FEW: usize = 64;

/// What is to be packed into what.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The hosts that take part.
    pub hosts: Vec<HostIndex>,
    /// What each bin can give to items: `[bin][resource]`, in base units; what agents ask for is taken off.
    pub allocatable: Vec<Vec<u64>>,
    /// What each bin may hold without passing its targets, agents included, of the resources of the layout; all that it has
    /// where it has none. Empty where no goal asks for targets.
    pub targets: Vec<Vec<u64>>,
    /// What agents ask for on each bin, of the resources of the layout: a bin is that full when it holds nothing.
    pub agents: Vec<Vec<u64>>,
    /// Price of a bin that holds anything, in millionths.
    pub price: Vec<u64>,
    /// Watts of a bin that holds anything, in millionths.
    pub watts: Vec<u64>,
    /// Bins of one number are interchangeable.
    pub bin_class: Vec<usize>,
    /// What is to be placed.
    pub items: Vec<Item>,
    /// Items of one number are interchangeable.
    pub item_class: Vec<usize>,
    /// The distinct sets of bins that items may go to.
    pub bin_sets: Vec<BinSet>,
    /// Which items may not share a domain.
    pub aparts: Vec<Apart>,
    /// How many of some items a domain may hold.
    pub caps: Vec<Cap>,
    /// What is to be spread evenly and is not by `caps` alone.
    pub evens: Vec<Even>,
    /// What is wished, where a goal counts it: see [`Instance::wishing`].
    pub wishes: Arc<Wishes>,
    /// How many containers may move at the most.
    pub most_moves: Option<u64>,
    /// What items carry by all measures, where a goal counts more than containers.
    pub freights: Option<Arc<[Freights]>>,
    /// What its moves are: see [`Instance::counting`].
    pub unit: Unit,
    /// How many resources there are.
    pub resources: usize,
    /// For each resource of the layout, whether `balance` judges hosts by it.
    pub balanced: Arc<[bool]>,
    /// The last of these are resources of the layout counted in steps (see `rounding.rs`); none after presolve.
    pub steps: Vec<Step>,
    /// How many containers the layout has.
    containers: usize,
}

/// Containers that are placed as one.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its containers, ascending.
    pub containers: Vec<ContainerIndex>,
    /// What they ask for together: one entry for each resource.
    pub size: Vec<u64>,
    /// Position in [`Instance::bin_sets`]: the bins it may go to, by pins and drains, and large enough when empty.
    pub allowed: usize,
    /// How many of its containers run on a bin now; what these weigh where the instance counts moves so.
    pub homes: Vec<(Bin, u64)>,
    /// The same of all that run anywhere now.
    pub running: u64,
    /// The [`Instance::aparts`] that bind it.
    pub aparts: Vec<usize>,
    /// The [`Instance::caps`] that bind it, and how many of its containers each counts.
    pub caps: Vec<(usize, u32)>,
}

impl Item {
    /// Whether any rule looks at what else is where it goes.
    pub fn is_bound(&self) -> bool {
        !self.aparts.is_empty() || !self.caps.is_empty()
    }

    /// How many containers move when it goes to `bin`.
    pub fn moves(&self, bin: Bin) -> u64 {
        self.running - self.homes.iter().find(|(home, _)| *home == bin).map_or(0, |(_, count)| *count)
    }
}

/// A set of bins that items share: thousands of items have the same few.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BinSet {
    /// Its bins, ascending.
    pub bins: Vec<Bin>,
    /// For each bin of the instance, whether it is one of them; empty where these are few.
    table: Vec<bool>,
}

impl BinSet {
    /// A set of `bins`, ascending, of so many in all.
    pub fn new(bins: Vec<Bin>, all: usize) -> BinSet {
        let mut table = Vec::new();
        if bins.len() * FEW >= all {
            table.resize(all, false);
            bins.iter().for_each(|&bin| table[bin] = true);
        }
        BinSet { bins, table }
    }

    /// Whether `bin` is one of them.
    pub fn contains(&self, bin: Bin) -> bool {
        if self.table.is_empty() { self.bins.binary_search(&bin).is_ok() } else { self.table[bin] }
    }
}

/// No two of these items in one domain.
#[derive(Clone, Debug)]
pub struct Apart {
    /// Position in `Layout::rules`.
    pub rule: usize,
    /// The domain of each bin: the bin itself, or a number for each value of a label. Rules of one topology share it.
    pub domain: Arc<[usize]>,
    /// How many domains there are.
    pub domains: usize,
    /// Whether every bin is a domain of its own.
    pub by_host: bool,
    /// Its items, ascending.
    pub items: Vec<ItemIndex>,
}

/// Which containers are to be placed, and whether those that run may move.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Containers to leave out altogether: `true` for one that takes part. `None` for all.
    pub included: Option<&'a [bool]>,
    /// Containers that run stay where they are.
    pub keep: bool,
    /// A placement of just these to start from, where the current one will not do.
    pub start: Option<&'a Placement>,
}

impl Scope<'_> {
    /// Everything, free to move.
    pub const ALL: Scope<'static> = Scope { included: None, keep: false, start: None };

    /// Whether `container` takes part.
    pub fn includes(&self, container: ContainerIndex) -> bool {
        self.included.is_none_or(|included| included[container])
    }
}

/// Why rules alone leave no placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// These two must be together and apart.
    TogetherAndApart(ContainerIndex, ContainerIndex),
    /// These must stay together, but no host may take them all.
    NoCommonHost(Vec<ContainerIndex>),
    /// No host that may take it is large enough.
    TooLarge(Vec<ContainerIndex>),
    /// With `keep`: they must stay together but run apart.
    KeptApart(ContainerIndex, ContainerIndex),
    /// The items of a rule need more domains than they may use.
    TooFewDomains {
        /// The containers bound.
        containers: Vec<ContainerIndex>,
        /// How many of them can be placed.
        placeable: usize,
    },
    /// Agents alone ask for more of a resource than the host can give.
    Agents {
        /// Which host.
        host: HostIndex,
        /// Which resource.
        resource: usize,
        /// What they ask for together.
        asked: u64,
        /// What the host can give.
        there: u64,
    },
    /// The containers of an `at-most` rule are more than the domains may hold.
    TooCrowded {
        /// The rule's position in `Layout::rules`.
        rule: usize,
        /// The containers bound.
        containers: Vec<ContainerIndex>,
        /// How many of them have a place at the most.
        placeable: u64,
    },
    /// More is drawn from a pool than it has.
    PoolTooSmall {
        /// Which of [`Problem::pools`].
        pooled: usize,
        /// What all draw together.
        drawn: u64,
        /// What there is.
        allocatable: u64,
    },
}

impl Instance {
    /// Presolves what of `problem` is in `scope`.
    ///
    /// # Errors
    /// A [`Contradiction`] where the rules alone show that there is no placement.
    pub fn build(problem: &Problem, scope: Scope) -> Result<Instance, Contradiction> {
        let all = ContainerIndex::all(problem.containers.len());
        let drawn = problem.drawn(all.filter(|&container| scope.includes(container)));
        for (pooled, (drawn, &allocatable)) in drawn.into_iter().zip(problem.pools.iter()).enumerate() {
            if drawn > allocatable {
                return Err(Contradiction::PoolTooSmall { pooled, drawn, allocatable });
            }
        }
        let hosts = problem.there();
        let bin_of = invert(&hosts, problem.hosts.len());
        let groups = together_groups(problem, &scope);
        let mut item_of = vec![None; problem.containers.len()];
        for (item, group) in groups.iter().numbered() {
            for &container in group {
                item_of[container] = Some(item);
            }
        }
        let agents = agents(problem, &scope, &bin_of, hosts.len());
        let targets = match problem.has_targets() {
            true => hosts.iter().map(|&host| problem.hosts[host].within.to_vec()).collect(),
            false => Vec::new(),
        };
        let mut instance = Instance {
            targets,
            allocatable: without_agents(problem, &hosts, &agents)?,
            agents,
            price: hosts.iter().map(|&h| problem.hosts[h].price).collect(),
            watts: hosts.iter().map(|&h| problem.hosts[h].watts).collect(),
            bin_class: Vec::new(),
            items: Vec::with_capacity(groups.len()),
            item_class: Vec::new(),
            bin_sets: Vec::new(),
            aparts: Vec::new(),
            caps: Vec::new(),
            evens: Vec::new(),
            wishes: Arc::default(),
            most_moves: problem.most_moves,
            freights: None,
            unit: Unit::CONTAINERS,
            resources: problem.resources,
            balanced: problem.balanced.clone(),
            steps: Vec::new(),
            containers: problem.containers.len(),
            hosts,
        };
        let mut sets = SetCache::default();
        if problem.is_weighed {
            let freights = groups.iter().map(|group| freights(problem, group, &bin_of));
            instance.freights = Some(freights.collect());
        }
        for group in groups {
            let item = instance.item(problem, &scope, group, &bin_of, &mut sets)?;
            instance.items.push(item);
        }
        instance.bin_sets = sets.finish(instance.hosts.len());
        instance.add_aparts(problem, &item_of)?;
        caps::add(&mut instance, problem, &item_of)?;
        instance.classify();
        Ok(instance)
    }

    fn item(
        &self,
        problem: &Problem,
        scope: &Scope,
        containers: Vec<ContainerIndex>,
        bin_of: &[Option<Bin>],
        sets: &mut SetCache,
    ) -> Result<Item, Contradiction> {
        let mut homes: BTreeMap<HostIndex, u64> = BTreeMap::new();
        let mut resident: Option<(ContainerIndex, HostIndex)> = None;
        for &container in &containers {
            let Some(host) = problem.home(container) else { continue };
            *homes.entry(host).or_default() += 1;
            match resident {
                Some((other, there)) if there != host && scope.keep => {
                    return Err(Contradiction::KeptApart(other, container));
                }
                _ => resident = Some((container, host)),
            }
        }
        let key = SetKey {
            pins: problem.pins(&containers),
            kept: resident.filter(|_| scope.keep).map(|(_, host)| host),
            stays: match &problem.machines {
                // All of it on one host: the one draining host it may stay on.
                None => homes
                    .iter()
                    .find(|(_, count)| **count == containers.len() as u64)
                    .map(|(&host, _)| host)
                    .filter(|&host| problem.hosts[host].state == HostState::Drain),
                Some(machines) => {
                    let first = machines.before[containers[0].0];
                    first.filter(|_| containers.iter().all(|it| machines.before[it.0] == first))
                }
            },
            size: problem.asked(containers.iter().copied()),
        };
        let admitted = || -> Vec<Bin> {
            let bins = |hosts: &[HostIndex]| {
                let admitted = hosts.iter().filter(|&&host| key.admits(problem, host));
                admitted.filter_map(|&host| bin_of[host]).collect()
            };
            // Pins leave few hosts to look at, and a host that it must stay on is one.
            match (key.kept, key.pins.first().and_then(|&service| problem.services[service].on.as_deref())) {
                (Some(host), _) => bins(&[host]),
                (None, Some(on)) => bins(on),
                (None, None) => bins(&self.hosts),
            }
        };
        let found = sets.find(&key, admitted, |bin| &self.allocatable[bin]);
        let allowed = match found {
            Allowed::Set(set) => set,
            Allowed::NoHost => return Err(Contradiction::NoCommonHost(containers)),
            Allowed::NoRoom => return Err(Contradiction::TooLarge(containers)),
        };
        let running = homes.values().sum();
        let homes = homes.into_iter().filter_map(|(host, count)| Some((bin_of[host]?, count))).collect();
        Ok(Item { containers, size: key.size, allowed, homes, running, aparts: Vec::new(), caps: Vec::new() })
    }

    /// Whether anything that runs may go elsewhere.
    pub fn may_move(&self) -> bool {
        self.items.iter().any(|item| item.running > 0 && self.bin_sets[item.allowed].bins.len() > 1)
    }

    /// The same without rules but `together` and without homes: far fewer classes, and every packing of this one is one
    /// of that. For bounds that can do without.
    pub fn relaxed(&self) -> Instance {
        let mut relaxed = self.clone();
        relaxed.most_moves = None;
        (relaxed.freights, relaxed.unit) = (None, Unit::CONTAINERS);
        relaxed.aparts.clear();
        relaxed.caps.clear();
        relaxed.evens.clear();
        relaxed.wishes = Arc::default();
        for item in &mut relaxed.items {
            item.aparts.clear();
            item.caps.clear();
            item.homes.clear();
            item.running = 0;
        }
        relaxed.classify();
        relaxed
    }

    /// Whether whatever is to be spread evenly is, where `assignment` has it.
    pub fn is_even(&self, assignment: &[Bin]) -> bool {
        self.evens.iter().all(|even| even.holds(assignment))
    }

    /// The bins that `item` may go to.
    pub fn bins(&self, item: ItemIndex) -> &[Bin] {
        &self.bin_sets[self.items[item].allowed].bins
    }

    /// Whether `item` may go to `bin`, were the bin empty.
    pub fn may_go(&self, item: ItemIndex, bin: Bin) -> bool {
        self.bin_sets[self.items[item].allowed].contains(bin)
    }

    fn add_aparts(&mut self, problem: &Problem, item_of: &[Option<ItemIndex>]) -> Result<(), Contradiction> {
        // The domain of each bin, and how many there are: rules of one topology share them.
        let mut domains: BTreeMap<TopologyIndex, (Arc<[usize]>, usize)> = BTreeMap::new();
        for rule in problem.rules.iter() {
            let Some(topology) = rule.apart() else { continue };
            let mut items: Vec<ItemIndex> = Vec::new();
            let mut first_of: BTreeMap<ItemIndex, ContainerIndex> = BTreeMap::new();
            for &container in rule.containers.iter() {
                let Some(item) = item_of[container] else { continue };
                if let Some(&other) = first_of.get(&item) {
                    return Err(Contradiction::TogetherAndApart(other, container));
                }
                first_of.insert(item, container);
                items.push(item);
            }
            if items.len() < 2 {
                continue;
            }
            items.sort_unstable();
            let domain_of = |&host: &HostIndex| problem.topologies[topology][host];
            let (domain, domains) = domains.entry(topology).or_insert_with(|| {
                let domain = types::number(self.hosts.iter().map(domain_of));
                let domains = domain.iter().max().map_or(0, |last| last + 1);
                (domain.into(), domains)
            });
            let apart = Apart {
                rule: rule.rule,
                domains: *domains,
                by_host: topology == BY_HOST,
                domain: domain.clone(),
                items,
            };
            self.check_domains(&apart)?;
            for &item in &apart.items {
                self.items[item].aparts.push(self.aparts.len());
            }
            self.aparts.push(apart);
        }
        Ok(())
    }

    /// Whether each item of the rule can have a domain of its own (a bipartite matching by augmenting paths). An item with
    /// as many domains as there are items finds one whatever the others take. Rules of very many items are left to the
    /// search.
    fn check_domains(&self, apart: &Apart) -> Result<(), Contradiction> {
        if apart.items.len() > MATCHING_LIMIT {
            return Ok(());
        }
        let many = apart.items.len();
        let domains_of = |bins: &[Bin]| {
            let mut domains = BTreeSet::new();
            for &bin in bins {
                domains.insert(apart.domain[bin]);
                if domains.len() == many {
                    break;
                }
            }
            domains.into_iter().collect::<Vec<usize>>()
        };
        // Items that may go to the same bins share their domains.
        let mut domains: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &item in &apart.items {
            domains.entry(self.items[item].allowed).or_insert_with(|| domains_of(self.bins(item)));
        }
        let choices = apart.items.iter().map(|&item| &domains[&self.items[item].allowed][..]);
        let choices: Vec<&[usize]> = choices.filter(|domains| domains.len() < many).collect();
        let placeable = many - choices.len() + Matching::of(&choices);
        if placeable == many {
            return Ok(());
        }
        let containers = apart.items.iter().map(|&item| self.items[item].containers[0]).collect();
        Err(Contradiction::TooFewDomains { containers, placeable })
    }

    /// Finds out anew which items, and which bins, are interchangeable.
    pub fn classify(&mut self) {
        self.item_class = self.classify_items();
        self.bin_class = self.classify_bins();
    }

    fn classify_items(&self) -> Vec<usize> {
        let items = self.items.iter().numbered::<ItemIndex>();
        types::number(items.map(|(item, it)| {
            let wished = (self.wishes.wants(item), self.wishes.bonds(item));
            let carried = self.freights.as_ref().map(|freights| &freights[item.0]);
            (&it.size, it.allowed, (&it.homes, it.running, carried), &it.aparts, &it.caps, wished)
        }))
    }

    fn classify_bins(&self) -> Vec<usize> {
        let memberships = self.memberships();
        let mut at_home: Vec<Option<Bin>> = vec![None; self.hosts.len()];
        for item in &self.items {
            item.homes.iter().for_each(|&(bin, _)| at_home[bin] = Some(bin));
        }
        // Rules of one topology share their domains.
        let mut by_label: Vec<&Arc<[usize]>> = self.aparts.iter().filter(|a| !a.by_host).map(|a| &a.domain).collect();
        by_label.sort_unstable_by_key(|domain| domain.as_ptr());
        by_label.dedup_by_key(|domain| domain.as_ptr());
        let mut by_cap: Vec<&Cap> = self.caps.iter().collect();
        by_cap.sort_unstable_by_key(|cap| (cap.domain.as_ptr(), cap.free));
        by_cap.dedup_by_key(|cap| (cap.domain.as_ptr(), cap.free));
        types::number(Bin::all(self.hosts.len()).map(|bin| {
            let mut domains: Vec<usize> = by_label.iter().map(|domain| domain[bin]).collect();
            domains.extend(by_cap.iter().map(|cap| cap.kind_of(bin)));
            domains.extend(self.wishes.kind_of(bin));
            let worth = (self.price[bin], self.watts[bin]);
            let gives = (&self.allocatable[bin], &self.agents[bin], self.targets.get(bin.0));
            (gives, worth, &memberships[bin], at_home[bin], domains)
        }))
    }

    /// For each bin, the positions of the sets that it is in. These lists are ordered as the lists of whether it is in the
    /// first set, in the second and so on are, and far shorter where there are many sets of few bins.
    pub fn memberships(&self) -> Vec<Vec<Reverse<u32>>> {
        let mut memberships = vec![Vec::new(); self.hosts.len()];
        for (position, set) in (0..).zip(&self.bin_sets) {
            set.bins.iter().for_each(|&bin| memberships[bin].push(Reverse(position)));
        }
        memberships
    }

    /// The bins of all items of a placement that places everything in scope where it may be; `None` for any other.
    pub fn assignment(&self, placement: &Placement) -> Option<Vec<Bin>> {
        let bin_of = invert(&self.hosts, self.hosts.iter().max().map_or(0, |last| last.0 + 1));
        self.items
            .iter()
            .numbered()
            .map(|(index, item)| {
                let bin = *bin_of.get(placement.host_of[item.containers[0]]?.0)?;
                let together =
                    |&container: &ContainerIndex| placement.host_of[container] == placement.host_of[item.containers[0]];
                bin.filter(|&bin| self.may_go(index, bin) && item.containers.iter().all(together))
            })
            .collect()
    }

    /// The placement of the layout that `assignment` (a bin for each item) stands for.
    pub fn placement(&self, assignment: &[Bin]) -> Placement {
        let mut placement = Placement::empty(self.containers);
        for (item, &bin) in self.items.iter().zip(assignment) {
            for &container in &item.containers {
                placement.host_of[container] = Some(self.hosts[bin]);
            }
        }
        placement
    }

    /// Gives interchangeable items their bins in order: `s01` to `s12` here and `s13` to `s18` there, for people.
    pub fn tidy(&self, assignment: &mut [Bin]) {
        for items in types::alike(ItemIndex::all(self.items.len()), |item| self.item_class[item]) {
            let mut bins: Vec<Bin> = items.iter().map(|&item| assignment[item]).collect();
            bins.sort_unstable();
            items.into_iter().zip(bins).for_each(|(item, bin)| assignment[item] = bin);
        }
    }

    /// How full a bin is that holds `used` beside its agents: the largest share of any resource that `balance` judges by.
    pub fn share(&self, bin: Bin, used: &[u64]) -> Ratio {
        largest(self.judged_amounts(bin, used))
    }

    /// How full a bin is that holds nothing: no packing has it less full.
    pub fn least_share(&self, bin: Bin) -> Ratio {
        self.share(bin, &[0; 0])
    }

    /// The resources that `balance` judges by: what agents and `used` take of a bin, which may be short, and what there is.
    fn judged_amounts<'a>(&'a self, bin: Bin, used: &'a [u64]) -> impl Iterator<Item = (u64, u64)> + 'a {
        let used = used.iter().copied().chain(std::iter::repeat(0));
        let of_bin = self.agents[bin].iter().zip(&self.allocatable[bin]).zip(used).zip(self.balanced.iter());
        let judged = of_bin.filter(|(_, judged)| **judged);
        judged.map(|(((&agents, &give), used), _)| (used + agents, give + agents))
    }

    /// What a bin has of a resource, and how much of that its agents take.
    pub fn whole(&self, bin: Bin, resource: usize) -> (u64, u64) {
        let agents = self.agents[bin].get(resource).copied().unwrap_or(0);
        (self.allocatable[bin][resource] + agents, agents)
    }

    /// The largest share that `used` is of `give`, among the resources that `balance` judges by.
    pub fn balanced_share(&self, used: &[u64], give: &[u64]) -> Ratio {
        let counts = used.iter().zip(give).zip(self.balanced.iter()).filter(|(_, counts)| **counts);
        largest(counts.map(|((&part, &whole), _)| (part, whole)))
    }

    /// What a bin may hold beside its agents where it may be no fuller than `ratio`; nothing where it is fuller by them.
    pub fn scaled(&self, bin: Bin, ratio: Ratio) -> Vec<u64> {
        let judged = self.balanced.iter().copied().chain(std::iter::repeat(false));
        let agents = self.agents[bin].iter().copied().chain(std::iter::repeat(0));
        let give = self.allocatable[bin].iter().zip(agents).zip(judged);
        let limit = |(amount, agents): (u64, u64)| scaled(amount + agents, ratio).saturating_sub(agents);
        give.map(|((&amount, agents), judged)| if judged { limit((amount, agents)) } else { amount }).collect()
    }

    /// The same with nothing asked of the resources that `balance` does not judge by: bounds on the share that is needed
    /// here hold there. The bins that items may go to are left as they are.
    pub fn judged(&self) -> Instance {
        let mut judged = self.clone();
        for item in &mut judged.items {
            item.size
                .iter_mut()
                .zip(self.balanced.iter())
                .filter(|(_, counts)| !**counts)
                .for_each(|(size, _)| *size = 0);
        }
        judged.item_class = judged.classify_items();
        judged
    }

    /// What the items ask for in all.
    pub fn total(&self) -> Vec<u64> {
        let mut total = vec![0; self.resources];
        for item in &self.items {
            add(&mut total, &item.size);
        }
        total
    }
}

/// Adds `size` to `sum`, entry by entry.
pub fn add(sum: &mut [u64], size: &[u64]) {
    sum.iter_mut().zip(size).for_each(|(sum, amount)| *sum += amount);
}

/// Takes `size` from `sum`, entry by entry; `sum` holds at least as much.
pub fn subtract(sum: &mut [u64], size: &[u64]) {
    sum.iter_mut().zip(size).for_each(|(sum, amount)| *sum -= amount);
}

/// The largest share of any resource that `usage` is of `allocatable`; resources of which there is none are skipped.
pub fn share(usage: &[u64], allocatable: &[u64]) -> Ratio {
    largest(usage.iter().copied().zip(allocatable.iter().copied()))
}

fn largest(amounts: impl Iterator<Item = (u64, u64)>) -> Ratio {
    let shares = amounts.filter(|(_, whole)| *whole > 0).map(|(part, whole)| Ratio { part, whole });
    shares.max().unwrap_or(Ratio::ZERO)
}

/// The largest usage of `allocatable` that is a share of at most `ratio`, rounded down.
pub fn scaled(allocatable: u64, ratio: Ratio) -> u64 {
    let scaled = u128::from(allocatable) * u128::from(ratio.part) / u128::from(ratio.whole);
    u64::try_from(scaled).unwrap_or(u64::MAX).min(allocatable)
}

/// The greatest common divisor.
pub fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What agents ask for on each bin, those of the startups that take part.
fn agents(problem: &Problem, scope: &Scope, bin_of: &[Option<Bin>], bins: usize) -> Vec<Vec<u64>> {
    let mut agents = vec![vec![0; problem.resources]; bins];
    for agent in problem.agents.iter() {
        if problem.runs(agent, |container| scope.includes(container)) {
            let bins = agent.hosts.iter().filter_map(|&host| bin_of[host.0]);
            bins.for_each(|bin| add(&mut agents[bin], &agent.amounts));
        }
    }
    agents
}

/// What agents leave of what each bin gives.
///
/// # Errors
/// Where they ask for more.
fn without_agents(problem: &Problem, hosts: &[HostIndex], agents: &[Vec<u64>]) -> Result<Vec<Vec<u64>>, Contradiction> {
    let left = |(&host, agents): (&HostIndex, &Vec<u64>)| {
        let give = problem.hosts[host].allocatable.iter().zip(agents).enumerate();
        let left = give.map(|(resource, (&there, &asked))| {
            there.checked_sub(asked).ok_or(Contradiction::Agents { host, resource, asked, there })
        });
        left.collect()
    };
    hosts.iter().zip(agents).map(left).collect()
}

fn invert(hosts: &[HostIndex], length: usize) -> Vec<Option<Bin>> {
    let mut inverse = vec![None; length];
    hosts.iter().numbered().for_each(|(bin, &host)| inverse[host] = Some(bin));
    inverse
}

/// A bipartite matching of items with domains that grows by augmenting paths (Berge, PNAS 43, 1957).
struct Matching<'a> {
    /// The domains that each item may have.
    choices: &'a [&'a [usize]],
    taken_by: BTreeMap<usize, usize>,
    /// The domains that this search has come by, and those of searches in vain: they lead nowhere for others, either.
    seen: BTreeSet<usize>,
}

impl Matching<'_> {
    /// How many items can have a domain of their own.
    fn of(choices: &[&[usize]]) -> usize {
        let mut matching = Matching { choices, taken_by: BTreeMap::new(), seen: BTreeSet::new() };
        let grows = |who: &usize| {
            let before = matching.seen.clone();
            let found = matching.augment(*who);
            if found {
                matching.seen = before;
            }
            found
        };
        (0..choices.len()).filter(grows).count()
    }

    fn augment(&mut self, who: usize) -> bool {
        let choices = self.choices[who];
        if let Some(&domain) = choices.iter().find(|&domain| !self.taken_by.contains_key(domain)) {
            self.taken_by.insert(domain, who);
            return true;
        }
        for &domain in choices {
            if self.seen.insert(domain) && self.taken_by.get(&domain).copied().is_none_or(|other| self.augment(other)) {
                self.taken_by.insert(domain, who);
                return true;
            }
        }
        false
    }
}

/// The containers in scope, those bound by `together` rules in one group; groups in order of their first container.
fn together_groups(problem: &Problem, scope: &Scope) -> Vec<Vec<ContainerIndex>> {
    let mut parent: Vec<ContainerIndex> = ContainerIndex::all(problem.containers.len()).collect();
    for rule in problem.rules.iter().filter(|rule| matches!(rule.kind, BindingKind::Together(_))) {
        let mut members = rule.containers.iter().copied().filter(|&container| scope.includes(container));
        if let Some(first) = members.next() {
            for member in members {
                let (a, b) = (root(&mut parent, first), root(&mut parent, member));
                parent[a.max(b)] = a.min(b);
            }
        }
    }
    let mut groups: BTreeMap<ContainerIndex, Vec<ContainerIndex>> = BTreeMap::new();
    for container in ContainerIndex::all(parent.len()).filter(|&container| scope.includes(container)) {
        groups.entry(root(&mut parent, container)).or_default().push(container);
    }
    groups.into_values().collect()
}

fn root(parent: &mut [ContainerIndex], mut node: ContainerIndex) -> ContainerIndex {
    while parent[node] != node {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    node
}

/// What decides which bins an item may go to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetKey {
    /// The services whose `on:` it keeps to.
    pub pins: Vec<ServiceIndex>,
    /// The host that it must stay on.
    pub kept: Option<HostIndex>,
    /// The draining host that it may stay on, or on whose carriers.
    pub stays: Option<HostIndex>,
    /// What it asks for.
    pub size: Vec<u64>,
}

impl SetKey {
    /// Whether it may go to `host`, were that large enough.
    pub fn admits(&self, problem: &Problem, host: HostIndex) -> bool {
        let pinned = self.pins.iter().all(|&service| problem.services[service].may_run_on(host));
        // In a carrier on a draining host may stay what was on that host.
        let machine = problem.machines.as_ref().map_or(Some(host), |machines| machines.of[host.0]);
        let drained = problem.hosts[host].state == HostState::Drain && self.stays != machine;
        pinned && !drained && self.kept.is_none_or(|kept| kept == host)
    }

    /// Whether a host that gives so much is large enough.
    pub fn has_room(&self, give: &[u64]) -> bool {
        self.size.iter().zip(give).all(|(asked, give)| asked <= give)
    }
}

/// Sets of bins, each kept once.
#[derive(Default)]
pub struct SetCache {
    by_key: BTreeMap<SetKey, usize>,
    by_bins: BTreeMap<Vec<Bin>, usize>,
    /// The bins of keys that are alike but for what is asked for.
    admitted: BTreeMap<Pins, Admitted>,
}

/// What of a [`SetKey`] says where an item may go, however large it is.
type Pins = (Vec<ServiceIndex>, Option<HostIndex>, Option<HostIndex>);

/// Bins that an item may go to, were they large enough.
struct Admitted {
    bins: Vec<Bin>,
    /// What each of them gives at the least: what is no larger has room on all of them.
    least: Vec<u64>,
    /// The set of all of them, where it is known.
    whole: Option<usize>,
}

/// Where an item may go.
pub enum Allowed {
    /// To the bins of the set of this number.
    Set(usize),
    /// No bin takes it, however large it is.
    NoHost,
    /// None of those that take it is large enough.
    NoRoom,
}

impl SetCache {
    /// The set of `key`: those of the bins that are `admitted`, ascending, that give enough.
    pub fn find<'a>(
        &mut self,
        key: &SetKey,
        admitted: impl FnOnce() -> Vec<Bin>,
        gives: impl Fn(Bin) -> &'a Vec<u64>,
    ) -> Allowed {
        if let Some(&known) = self.by_key.get(key) {
            return Allowed::Set(known);
        }
        let of = self.admitted.entry((key.pins.clone(), key.kept, key.stays)).or_insert_with(|| {
            let bins = admitted();
            let least = |resource| bins.iter().map(|&bin| gives(bin)[resource]).min().unwrap_or(0);
            Admitted { least: (0..key.size.len()).map(least).collect(), bins, whole: None }
        });
        if of.bins.is_empty() {
            return Allowed::NoHost;
        }
        let everywhere = key.has_room(&of.least);
        let set = match of.whole.filter(|_| everywhere) {
            Some(whole) => whole,
            None => {
                let bins: Vec<Bin> = of.bins.iter().copied().filter(|&bin| key.has_room(gives(bin))).collect();
                if bins.is_empty() {
                    return Allowed::NoRoom;
                }
                let next = self.by_bins.len();
                let set = *self.by_bins.entry(bins).or_insert(next);
                of.whole = of.whole.or(everywhere.then_some(set));
                set
            }
        };
        self.by_key.insert(key.clone(), set);
        Allowed::Set(set)
    }

    /// The number of the empty set, for whoever goes on without a bin.
    pub fn none(&mut self) -> usize {
        let next = self.by_bins.len();
        *self.by_bins.entry(Vec::new()).or_insert(next)
    }

    /// The sets by their numbers, each of so many bins in all.
    pub fn finish(self, bins: usize) -> Vec<BinSet> {
        let mut sets: Vec<(usize, Vec<Bin>)> = self.by_bins.into_iter().map(|(set, number)| (number, set)).collect();
        sets.sort_unstable();
        sets.into_iter().map(|(_, set)| BinSet::new(set, bins)).collect()
    }
}
