//! Changes of the hosts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ChangeError;
use crate::model::{
    Asks, Host, HostIndex, HostState, Kept, Layout, Numbered, On, OwnWish, Pool, PoolIndex, ResourceIndex, Wanted,
};
use crate::quantity::{Decimal, LARGEST_SUM};

/// All hosts of the kind of `host`.
pub(super) fn of_kind(layout: &mut Layout, host: HostIndex) -> Result<impl Iterator<Item = &mut Host>, ChangeError> {
    let kind = layout.lab.hosts.get(host.0).ok_or(ChangeError::Unknown)?.kind.clone();
    Ok(layout.lab.hosts.iter_mut().filter(move |host| host.kind == kind))
}

pub(super) fn capacity(
    layout: &mut Layout,
    kind: HostIndex,
    resource: ResourceIndex,
    amount: u64,
) -> Result<(), ChangeError> {
    of_hosts(layout, resource)?;
    let (basis, derived) = (layout.demand.basis, layout.lab.derived());
    let overcommits = basis.overcommits(resource);
    for host in of_kind(layout, kind)? {
        host.throughout(|host| {
            *host.capacity.get_mut(resource).ok_or(ChangeError::Unknown)? = amount;
            host.allocate(resource, overcommits)
                .and_then(|()| host.follow(&derived, resource, basis))
                .ok_or(ChangeError::ReserveAboveCapacity(kind, resource))
        })?;
    }
    Ok(())
}

pub(super) fn reserve(
    layout: &mut Layout,
    kind: HostIndex,
    resource: ResourceIndex,
    amount: u64,
) -> Result<(), ChangeError> {
    super::amounts(layout, resource)?;
    of_hosts(layout, resource)?;
    let (basis, derived) = (layout.demand.basis, layout.lab.derived());
    let overcommits = basis.overcommits(resource);
    for host in of_kind(layout, kind)? {
        host.throughout(|host| {
            let mut kept = host.kept.to_vec();
            *kept.get_mut(resource).ok_or(ChangeError::Unknown)? = vec![Kept::Amount(amount)];
            host.kept = kept.into();
            host.allocate(resource, overcommits)
                .and_then(|()| host.follow(&derived, resource, basis))
                .ok_or(ChangeError::ReserveAboveCapacity(kind, resource))
        })?;
    }
    Ok(())
}

pub(super) fn overcommit(
    layout: &mut Layout,
    kind: HostIndex,
    resource: ResourceIndex,
    tenths: u64,
) -> Result<(), ChangeError> {
    of_hosts(layout, resource)?;
    let counts = |host: &Host| host.counts(resource);
    // Limits are allowed as often as it says where it says so at all.
    let limits = layout.lab.resources[resource].is_limits();
    if !limits {
        super::amounts(layout, resource)?;
    } else if of_kind(layout, kind)?.any(|host| !counts(host)) {
        return Err(ChangeError::Unknown);
    }
    let (basis, derived) = (layout.demand.basis, layout.lab.derived());
    let overcommits = limits || basis.overcommits(resource);
    for host in of_kind(layout, kind)? {
        host.throughout(|host| {
            let factor = (limits || tenths != 10).then(|| Decimal::tenths(tenths).to_string());
            *host.overcommit.get_mut(resource).ok_or(ChangeError::Unknown)? = factor;
            host.allocate(resource, overcommits)
                .and_then(|()| host.follow(&derived, resource, basis))
                .ok_or(ChangeError::ReserveAboveCapacity(kind, resource))
        })?;
    }
    Ok(())
}

/// How much a pool has.
pub(super) fn pool(layout: &mut Layout, resource: ResourceIndex, amount: u64) -> Result<(), ChangeError> {
    let its = |pool: &&mut Pool| pool.resources.contains(&resource);
    let pool = layout.lab.pools.iter_mut().find(its).ok_or(ChangeError::Unknown)?;
    pool.throughout(|pool| {
        pool.capacity[resource - pool.resources.start] = amount;
        pool.allocate().ok_or(ChangeError::PoolKeepsTooMuch(resource))
    })
}

/// How much of what a pool has is kept free.
pub(super) fn pool_reserve(layout: &mut Layout, resource: ResourceIndex, amount: u64) -> Result<(), ChangeError> {
    let its = |pool: &&mut Pool| pool.resources.contains(&resource);
    let pool = layout.lab.pools.iter_mut().find(its).ok_or(ChangeError::Unknown)?;
    pool.throughout(|pool| {
        pool.kept[resource - pool.resources.start] = vec![Kept::Amount(amount)];
        pool.allocate().ok_or(ChangeError::PoolKeepsTooMuch(resource))
    })
}

/// The hosts of a kind reach a pool besides those that do, or all hosts do.
pub(super) fn reach(layout: &mut Layout, index: PoolIndex, kind: Option<HostIndex>) -> Result<(), ChangeError> {
    let hosts = &layout.lab.hosts;
    let pool = layout.lab.pools.get_mut(index).ok_or(ChangeError::Unknown)?;
    let names = match kind {
        None => None,
        Some(kind) => {
            let kind = &hosts.get(kind.0).ok_or(ChangeError::Unknown)?.kind;
            let mut names: BTreeSet<String> = match pool.said.as_deref().ok_or(ChangeError::Unknown)? {
                On::Named(names) => names.iter().cloned().collect(),
                On::Labels(_) | On::Any => {
                    pool.hosts.iter().flat_map(|its| its.iter()).map(|&it| hosts[it].name.clone()).collect()
                }
            };
            names.insert(kind.clone());
            Some(names.into_iter().collect::<Vec<String>>())
        }
    };
    let said = names.map(On::Named);
    let allowed = |on: &On| hosts.iter().numbered().filter(|(_, host)| on.allows(host)).map(|(at, _)| at).collect();
    pool.hosts = said.as_ref().map(allowed);
    pool.written = said.as_ref().map(|said| match said {
        On::Named(names) => format!("[{}]", names.join(", ")).into(),
        On::Labels(_) | On::Any => "".into(),
    });
    pool.said = said.map(Arc::new);
    let lab = &layout.lab;
    let of_stacks = layout.stacks.iter_mut().flat_map(|stack| &mut stack.services);
    for service in layout.demand.services.iter_mut().chain(of_stacks).filter(|it| it.pool == Some(index)) {
        service.on = lab.reaching(Some(index), service.made.on.as_deref().map(allowed));
    }
    Ok(())
}

fn of_hosts(layout: &Layout, resource: ResourceIndex) -> Result<(), ChangeError> {
    if layout.lab.of_hosts().contains(&resource) { Ok(()) } else { Err(ChangeError::Unknown) }
}

impl Host {
    /// Works out reserve and allocatable anew; `None` where more would be kept than there is.
    pub(in crate::model) fn allocate(&mut self, resource: ResourceIndex, overcommits: bool) -> Option<()> {
        let capacity = self.capacity[resource];
        let kept = self.kept.get(resource).into_iter().flatten().map(|kept| kept.of(capacity)).max().unwrap_or(0);
        let reserve = u64::try_from(kept).ok().filter(|reserve| *reserve <= capacity)?;
        let factor =
            self.overcommit[resource].as_deref().filter(|_| overcommits).and_then(|text| Decimal::parse(text).ok());
        let product = factor.unwrap_or(Decimal::ONE).times_rounded_down(capacity - reserve);
        self.reserve[resource] = reserve;
        self.allocatable[resource] = u64::try_from(product).unwrap_or(LARGEST_SUM).min(LARGEST_SUM);
        Some(())
    }
}

/// Takes hosts out and puts others in: those that a kind counts stand behind its last, single ones behind all. Pins and
/// the placement follow.
pub(super) fn rearrange(
    layout: &mut Layout,
    lost: &BTreeSet<HostIndex>,
    counts: &[(HostIndex, usize)],
    added: Vec<(HostIndex, String, String)>,
) -> Result<(), ChangeError> {
    if lost.is_empty() && counts.is_empty() && added.is_empty() {
        return Ok(());
    }
    let old = std::mem::take(&mut layout.lab.hosts);
    let counted: BTreeMap<&str, (HostIndex, usize)> =
        counts.iter().map(|&(host, count)| (old[host].kind.as_str(), (host, count))).collect();
    let mut new: Vec<Host> = Vec::new();
    let mut host_at: Vec<Option<HostIndex>> = vec![None; old.len()];
    let mut come: Vec<HostIndex> = Vec::new();
    let mut of_kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, host) in old.iter().numbered::<HostIndex>() {
        let seen = of_kinds.entry(&host.kind).or_insert(0);
        let of_kind = *seen;
        *seen += 1;
        let count = counted.get(host.kind.as_str()).map(|(_, count)| *count);
        if !lost.contains(&index) && count.is_none_or(|count| of_kind < count) {
            host_at[index] = Some(HostIndex(new.len()));
            new.push(host.clone());
        }
        if let Some(count) = count.filter(|_| old.get(index.0 + 1).is_none_or(|next| next.kind != host.kind)) {
            for number in of_kind + 2..=count {
                come.push(HostIndex(new.len()));
                new.push(Host { name: format!("{}-{number}", host.kind), ..host.clone() });
            }
        }
    }
    for (like, name, kind) in added {
        let title = old[like].title.clone().filter(|_| kind == old[like].kind);
        come.push(HostIndex(new.len()));
        new.push(Host { name, kind, title, state: HostState::Up, ..old[like].clone() });
    }
    let mut names = BTreeSet::new();
    if let Some(twice) = new.iter().find(|host| !names.insert(host.name.as_str())) {
        return Err(ChangeError::NameTaken(twice.name.clone()));
    }
    layout.lab.hosts = new;
    move_pins(layout, &host_at, &come);
    if let Some(placement) = &mut layout.placement {
        for host in &mut placement.host_of {
            *host = host.and_then(|host| host_at[host]);
        }
    }
    Ok(())
}

/// A list of hosts and what is written, by where they are.
type Said = (*const HostIndex, *const On);

/// Pins and pools speak of the hosts where they are now, and of those that come where what is written allows them.
pub(in crate::model) fn move_pins(layout: &mut Layout, host_at: &[Option<HostIndex>], come: &[HostIndex]) {
    let hosts = &layout.lab.hosts;
    let moved = |allowed: &[HostIndex], may: &dyn Fn(&Host) -> bool| -> Arc<[HostIndex]> {
        let stay = allowed.iter().filter_map(|&host| host_at[host]);
        let more = come.iter().copied().filter(|&host| may(&hosts[host]));
        let mut all: Vec<HostIndex> = stay.chain(more).collect();
        all.sort_unstable();
        all.into()
    };
    for pool in &mut layout.lab.pools {
        let said = pool.said.as_deref();
        pool.hosts = pool.hosts.as_ref().map(|its| moved(its, &|host| said.is_some_and(|said| said.allows(host))));
    }
    let pools = &layout.lab.pools;
    // Thousands of services share one list.
    let mut known: BTreeMap<(Said, Option<PoolIndex>), Arc<[HostIndex]>> = BTreeMap::new();
    let of_stacks = layout.stacks.iter_mut().flat_map(|stack| &mut stack.services);
    for service in layout.demand.services.iter_mut().chain(of_stacks) {
        if let Some(every) = &mut service.every {
            let key = ((every.hosts.as_ptr(), std::ptr::from_ref(&*every.said)), None);
            let may = |host: &Host| every.said.allows(host);
            let hosts = Arc::clone(known.entry(key).or_insert_with(|| moved(&every.hosts, &may)));
            every.hosts = hosts;
        }
        if !service.made.wishes.is_empty() {
            let wishes = service.made.wishes.iter().map(|wish| {
                let Asks::On(wanted) = &wish.asks else { return wish.clone() };
                let key = ((wanted.hosts.as_ptr(), std::ptr::from_ref(&*wanted.said)), None);
                let may = |host: &Host| wanted.said.allows(host);
                let hosts = Arc::clone(known.entry(key).or_insert_with(|| moved(&wanted.hosts, &may)));
                OwnWish { asks: Asks::On(Wanted { hosts, ..wanted.clone() }), ..wish.clone() }
            });
            service.made.wishes = wishes.collect();
        }
        let Some(allowed) = &service.on else { continue };
        let said = service.made.on.as_deref();
        let reach = service.pool.and_then(|pool| pools[pool].said.as_deref());
        let may = |host: &Host| {
            let mut all = said.iter().chain(&reach).peekable();
            all.peek().is_some() && all.all(|said| said.allows(host))
        };
        let key = ((allowed.as_ptr(), said.map_or(std::ptr::null(), std::ptr::from_ref)), service.pool);
        service.on = Some(Arc::clone(known.entry(key).or_insert_with(|| moved(allowed, &may))));
    }
}
