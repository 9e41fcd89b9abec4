//! Changes of the startups, and of what their containers ask for.

use std::collections::{BTreeMap, BTreeSet};

use super::{ChangeError, Like, Of, OfStartup};
use crate::diagnostic::Place;
use crate::model::{
    Amount, Basis, Container, ContainerIndex, HostIndex, Lab, Layout, On, Origin, Own, Placement, PoolIndex, Positions,
    Reach, ResourceIndex, Rule, RuleKind, Service, ServiceIndex, Span, Spot, Stack, Startup, StartupIndex, Wish,
};

/// So many replicas more may be counted by one change.
const MOST_MORE: usize = 1_000;

pub(super) fn request(layout: &mut Layout, of: Of, resource: ResourceIndex, amount: u64) -> Result<(), ChangeError> {
    super::amounts(layout, resource)?;
    let (bit, asked_as) = (bits(&layout.lab, resource), asked_as(&layout.lab, resource));
    let derived = layout.lab.derived();
    // What is drawn from a pool is the same at all times.
    let own = derived.iter().find(|it| it.resource == resource).map(|it| it.of);
    let of_host: Vec<bool> = (0..layout.lab.pools.len())
        .map(|pool| own.is_none_or(|own| layout.lab.asked_as(Some(pool), own) == Some(own)))
        .collect();
    let change = |service: &mut Service| {
        if let Some(resource) = asked_as(service.pool).filter(|_| service.pool.is_none_or(|pool| of_host[pool])) {
            let given = Amount { value: amount, origin: Origin::Given };
            service.later.iter_mut().for_each(|(_, then)| then.request[resource].clone_from(&given));
            service.request[resource] = given;
            service.follow(&derived);
        }
    };
    each(layout, of, |own| own.request & bit != 0, |own| own.request |= bit, change)
}

pub(super) fn limit(
    layout: &mut Layout,
    of: Of,
    resource: ResourceIndex,
    amount: Option<u64>,
) -> Result<(), ChangeError> {
    super::amounts(layout, resource)?;
    let (bit, asked_as) = (bits(&layout.lab, resource), asked_as(&layout.lab, resource));
    let derived = layout.lab.derived();
    let change = |service: &mut Service| {
        if let Some(resource) = asked_as(service.pool) {
            service.later.iter_mut().for_each(|(_, then)| then.limit[resource] = amount);
            service.limit[resource] = amount;
            service.follow(&derived);
        }
    };
    each(layout, of, |own| own.limit & bit != 0, |own| own.limit |= bit, change)
}

pub(super) fn pin(layout: &mut Layout, of: Of, on: Option<&[HostIndex]>) -> Result<(), ChangeError> {
    let hosts = &layout.lab.hosts;
    let named =
        on.map(|on| on.iter().map(|&host| Some(hosts.get(host.0)?.name.clone())).collect::<Option<BTreeSet<_>>>());
    let names = match named {
        Some(None) => return Err(ChangeError::Unknown),
        Some(Some(names)) => Some(names.into_iter().collect::<Vec<String>>()),
        None => None,
    };
    let written = names.as_ref().map(|names| match names.as_slice() {
        [one] => one.as_str().into(),
        many => format!("[{}]", many.join(", ")).into(),
    });
    let allowed: Option<std::sync::Arc<[HostIndex]>> =
        on.map(|on| on.iter().copied().collect::<BTreeSet<_>>().into_iter().collect());
    let said = names.map(|names| On::Named(names).into());
    let reaching: Vec<_> =
        layout.lab.pools.iter().enumerate().map(|(it, _)| layout.lab.reaching(Some(it), allowed.clone())).collect();
    let change = |service: &mut Service| {
        service.on.clone_from(service.pool.map_or(&allowed, |pool| &reaching[pool]));
        service.on_written.clone_from(&written);
        service.made.on.clone_from(&said);
    };
    each(layout, of, |own| own.on, |own| own.on = true, change)
}

pub(super) fn apart(layout: &mut Layout, of: Of, kind: Option<&RuleKind>) -> Result<(), ChangeError> {
    let said = kind.map(|kind| (kind.clone(), Place::default()));
    each(layout, of, |own| own.apart, |own| own.apart = true, |service| service.made.apart.clone_from(&said))?;
    say_own_rules(layout);
    Ok(())
}

pub(super) fn spread(layout: &mut Layout, of: Of, kind: Option<&RuleKind>) -> Result<(), ChangeError> {
    let said = kind.map(|kind| (kind.clone(), Place::default()));
    each(layout, of, |own| own.spread, |own| own.spread = true, |service| service.made.spread.clone_from(&said))?;
    say_own_rules(layout);
    Ok(())
}

/// So many replicas must run: as many as there are at the most, of those that follow a stack of each.
pub(super) fn keep(layout: &mut Layout, of: Of, keep: usize) -> Result<(), ChangeError> {
    let can = |service: &Service| service.counted && (1..=service.containers.len()).contains(&keep);
    let changed = match of {
        Of::Service(service) => layout.demand.services.get(service),
        Of::Stack { stack, service } => layout.stacks.get(stack).and_then(|stack| stack.services.get(service)),
    };
    changed.filter(|service| can(service)).ok_or(ChangeError::Unknown)?;
    each(layout, of, |own| own.keep, |own| own.keep = true, |service| service.keep = Some(keep))
}

/// So many replicas there are, of those that follow a stack of each: of which services how many stay is put into `later`.
pub(super) fn replicas(
    layout: &mut Layout,
    of: Of,
    replicas: usize,
    later: &mut BTreeMap<ServiceIndex, usize>,
) -> Result<(), ChangeError> {
    // What each of a startup's containers says is not known of further ones.
    let more = |service: &Service| service.counts.is_empty() && replicas <= service.containers.len() + MOST_MORE;
    let can = |service: &Service| {
        let there = service.containers.len();
        service.counted && replicas >= service.keep.unwrap_or(1) && (replicas <= there || more(service))
    };
    let demand = &mut layout.demand;
    let changed: Vec<ServiceIndex> = match of {
        Of::Service(service) => {
            let its = demand.services.get_mut(service).ok_or(ChangeError::Unknown)?;
            its.made.own.replicas |= says_itself(&layout.stacks, &demand.startups[its.startup], its);
            vec![service]
        }
        Of::Stack { stack, service } => {
            let stack = layout.stacks.get_mut(stack).ok_or(ChangeError::Unknown)?;
            let of_stack = stack.services.get(service).filter(|it| can(it)).ok_or(ChangeError::Unknown)?;
            let follows = |its: &Service| {
                let startup = &demand.startups[its.startup];
                its.name == of_stack.name && startup.stack.as_ref() == Some(&stack.name) && !its.made.own.replicas
            };
            let all = demand.services.iter().enumerate();
            let changed = all.filter(|(_, its)| follows(its)).map(|(service, _)| service).collect();
            let mut start = 0;
            for (nth, its) in stack.services.iter_mut().enumerate() {
                let end = start + if nth == service { replicas } else { its.containers.len() };
                its.containers = Positions { start: ContainerIndex(start), end: ContainerIndex(end) };
                start = end;
            }
            changed
        }
    };
    if replicas == 0 || !changed.iter().all(|&it| demand.services.get(it).is_some_and(can)) {
        return Err(ChangeError::Unknown);
    }
    later.extend(changed.into_iter().map(|service| (service, replicas)));
    Ok(())
}

/// The containers of a startup, or of those that follow a stack, need not share one host.
pub(super) fn part(layout: &mut Layout, of: OfStartup) -> Result<(), ChangeError> {
    match of {
        OfStartup::Startup(startup) => {
            let startup = layout.demand.startups.get_mut(startup).ok_or(ChangeError::Unknown)?;
            (startup.together, startup.own_together) = (None, true);
        }
        OfStartup::Stack(stack) => {
            let stack = layout.stacks.get_mut(stack).ok_or(ChangeError::Unknown)?;
            stack.together = None;
            let follows = |startup: &&mut Startup| !startup.own_together && startup.stack.as_ref() == Some(&stack.name);
            layout.demand.startups.iter_mut().filter(follows).for_each(|startup| startup.together = None);
        }
    }
    say_own_rules(layout);
    Ok(())
}

/// Works out anew the rules that do not stand under `rules:`.
fn say_own_rules(layout: &mut Layout) {
    let own = (0..layout.demand.startups.len()).flat_map(|startup| layout.demand.own_rules(startup));
    let written = layout.rules.iter().filter(|rule| rule.reach.is_some()).cloned();
    layout.rules = own.chain(written).collect();
}

/// Under which resource a container asks for it, by the pool that it draws on.
fn asked_as(lab: &Lab, resource: ResourceIndex) -> impl Fn(Option<PoolIndex>) -> Option<ResourceIndex> + use<> {
    let of_host = lab.asked_as(None, resource);
    let of_pools: Vec<_> = (0..lab.pools.len()).map(|pool| lab.asked_as(Some(pool), resource)).collect();
    move |pool| pool.map_or(of_host, |pool| of_pools[pool])
}

/// What is written once, whoever has it.
fn bits(lab: &Lab, resource: ResourceIndex) -> u64 {
    let base = lab.resources[resource].base();
    let same = (0..lab.resources.len()).filter(|&it| lab.resources[it].base() == base);
    same.fold(0, |bits, it| bits | Own::bit(it))
}

/// Whether what a startup says of a service is said beside what its stack says of it.
fn says_itself(stacks: &[Stack], startup: &Startup, its: &Service) -> bool {
    let stack = stacks.iter().find(|stack| Some(&stack.name) == startup.stack.as_ref());
    stack.is_some_and(|stack| stack.services.iter().any(|of_stack| of_stack.name == its.name))
}

/// Changes one service, which says so itself from now on; or that of a stack and all that follow it.
fn each(
    layout: &mut Layout,
    of: Of,
    is_own: impl Fn(&Own) -> bool,
    make_own: impl Fn(&mut Own),
    change: impl Fn(&mut Service),
) -> Result<(), ChangeError> {
    let demand = &mut layout.demand;
    match of {
        Of::Service(service) => {
            let its = demand.services.get_mut(service).ok_or(ChangeError::Unknown)?;
            if says_itself(&layout.stacks, &demand.startups[its.startup], its) {
                make_own(&mut its.made.own);
            }
            change(its);
        }
        Of::Stack { stack, service } => {
            let stack = layout.stacks.get_mut(stack).ok_or(ChangeError::Unknown)?;
            let of_stack = stack.services.get_mut(service).ok_or(ChangeError::Unknown)?;
            change(of_stack);
            for its in &mut demand.services {
                let startup = &demand.startups[its.startup];
                let follows = its.name == of_stack.name && startup.stack.as_ref() == Some(&stack.name);
                if follows && !is_own(&its.made.own) {
                    change(its);
                }
            }
        }
    }
    Ok(())
}

/// Takes startups out, and counts so many replicas of services: those beyond go, with all that is said of them, or further ones
/// come behind the others.
pub(super) fn recount(
    layout: &mut Layout,
    without: &BTreeSet<StartupIndex>,
    replicas: &BTreeMap<ServiceIndex, usize>,
) -> Result<(), ChangeError> {
    if without.is_empty() && replicas.is_empty() {
        return Ok(());
    }
    add_replicas(layout, replicas)?;
    let startups: Vec<bool> = (0..layout.demand.startups.len()).map(|startup| !without.contains(&startup)).collect();
    let services: Vec<bool> = layout.demand.services.iter().map(|service| startups[service.startup]).collect();
    let stays = |container: ContainerIndex| {
        let service = layout.demand.containers[container].service;
        let nth = container.0 - layout.demand.services[service].containers.start.0;
        replicas.get(&service).is_none_or(|most| nth < *most)
    };
    let containers: Vec<bool> = layout.demand.indices().map(stays).collect();
    layout.keep(&startups, &services, &containers);
    layout.measure_anew();
    Ok(())
}

/// Puts further replicas behind those of each service that is to have more of them; nobody has placed them.
fn add_replicas(layout: &mut Layout, replicas: &BTreeMap<ServiceIndex, usize>) -> Result<(), ChangeError> {
    let (mut was, mut now) = (Vec::new(), Vec::new());
    let mut containers = Vec::new();
    for (service, its) in layout.demand.services.iter_mut().enumerate() {
        let start = ContainerIndex(was.len());
        for old in its.containers.clone() {
            now.push(ContainerIndex(was.len()));
            was.push(Some(old));
            containers.push(layout.demand.containers[old]);
        }
        let there = its.containers.len();
        for number in there..replicas.get(&service).copied().unwrap_or(there) {
            was.push(None);
            let replica = u32::try_from(number + 1).map_err(|_| ChangeError::TooManyContainers(number))?;
            containers.push(Container { service, replica: Some(replica) });
        }
        its.containers = Positions { start, end: ContainerIndex(was.len()) };
    }
    if was.len() == now.len() {
        return Ok(());
    }
    layout.demand.containers = containers;
    let demand = &layout.demand;
    let is_new = |it: &ContainerIndex| was[it.0].is_none();
    let meant = |old: &[ContainerIndex], reach: Option<&[Reach]>| -> Vec<ContainerIndex> {
        let new = reach.unwrap_or_default().iter().flat_map(|reach| reach.of_all(demand)).filter(is_new);
        let all: BTreeSet<ContainerIndex> = old.iter().map(|it| now[it.0]).chain(new).collect();
        all.into_iter().collect()
    };
    let grown: BTreeSet<StartupIndex> = demand.indices().filter(is_new).map(|it| demand.startup_of(it)).collect();
    // What holds within each startup does not say of whom.
    let unknown =
        |containers: &[ContainerIndex]| containers.iter().any(|&it| grown.contains(&demand.startup_of(now[it.0])));
    let rules = layout.rules.iter().chain(&layout.dormant).map(|it| (it.each, &it.containers));
    let wishes = layout.wishes.iter().map(|it| (it.each, &it.containers));
    if rules.chain(wishes).any(|(each, containers)| each && (containers.is_empty() || unknown(containers))) {
        return Err(ChangeError::Unknown);
    }
    for rule in layout.rules.iter_mut().chain(&mut layout.dormant) {
        rule.containers = meant(&rule.containers, rule.reach.as_deref());
    }
    for wish in &mut layout.wishes {
        wish.containers = meant(&wish.containers, wish.reach.as_deref());
    }
    if let Some(survive) = &mut layout.survive {
        survive.except = meant(&survive.except, Some(&survive.reach));
    }
    if let Some(placement) = &mut layout.placement {
        *placement = Placement::of(was.len(), |it| match placement.spot(was[it.0]?)? {
            Spot::Carrier(carrier) => Some(Spot::Carrier(now[carrier.0])),
            host => Some(host),
        });
    }
    if !layout.placed_at.is_empty() {
        layout.placed_at = was.iter().map(|was| was.and_then(|it| layout.placed_at[it])).collect();
    }
    layout.demand.find_carriers();
    say_own_rules(layout);
    wake(layout, Vec::new());
    Ok(())
}

/// Puts a startup behind all others: its services and containers, what they need, and what rules say of them.
pub(super) fn add_startup(layout: &mut Layout, name: &str, like: Like) -> Result<(), ChangeError> {
    if layout.demand.startups.iter().any(|startup| startup.name == name) {
        return Err(ChangeError::NameTaken(name.to_owned()));
    }
    let (mut startup, services) = made_like(layout, like).ok_or(ChangeError::Unknown)?;
    let (index, first) = (layout.demand.startups.len(), layout.demand.services.len());
    name.clone_into(&mut startup.name);
    for mut service in services {
        let start = ContainerIndex(layout.demand.containers.len());
        let position = layout.demand.services.len();
        let replicas = 1..=u32::try_from(service.containers.len()).unwrap_or(u32::MAX);
        let number = |number| service.counted.then_some(number);
        let containers = replicas.map(|replica| Container { service: position, replica: number(replica) });
        layout.demand.containers.extend(containers);
        service.startup = index;
        service.containers = Positions { start, end: ContainerIndex(layout.demand.containers.len()) };
        layout.demand.services.push(service);
    }
    startup.services = first..layout.demand.services.len();
    layout.demand.startups.push(startup);
    let containers = layout.demand.containers.len();
    if let Some(placement) = &mut layout.placement {
        placement.grow(containers);
        layout.placed_at.resize(containers, None);
    }
    for service in first..layout.demand.services.len() {
        layout.demand.services[service].needs = needs(layout, service, index)?;
    }
    layout.demand.count_unmeasured();
    layout.demand.find_carriers();
    add_to_rules(layout, index);
    Ok(())
}

/// A startup like that, and its services, which do not know their places yet.
fn made_like(layout: &Layout, like: Like) -> Option<(Startup, Vec<Service>)> {
    let there = |span: Span| layout.phase.is_none_or(|phase| span.has(phase));
    match like {
        Like::Stack(stack) => {
            let stack = layout.stacks.get(stack)?;
            let mut services: Vec<Service> = stack.services.iter().filter(|it| there(it.span)).cloned().collect();
            if layout.demand.basis != Basis::Request {
                services.iter_mut().for_each(|service| service.use_observed(&layout.lab.derived()));
            }
            let startup = Startup {
                name: String::new(),
                title: None,
                stack: Some(stack.name.clone()),
                priority: 1,
                services: 0..0,
                span: Span::ALWAYS,
                together: stack.together,
                own_together: false,
                at: Place::default(),
            };
            Some((startup, services))
        }
        Like::Startup(startup) => {
            let startup = layout.demand.startups.get(startup)?;
            Some((startup.clone(), layout.demand.services[startup.services.clone()].to_vec()))
        }
    }
}

/// What a service of the startup that was added last needs. What is not there in the phase is not needed in it.
fn needs(layout: &Layout, service: ServiceIndex, startup: StartupIndex) -> Result<Vec<ServiceIndex>, ChangeError> {
    let demand = &layout.demand;
    let mut needs = Vec::new();
    for (text, _) in demand.services[service].made.needs.iter() {
        let (of, name) = match text.split_once('/') {
            Some((of, name)) => (demand.startups.iter().find(|startup| startup.name == of), name),
            None => (demand.startups.get(startup), &**text),
        };
        let found = of.and_then(|of| of.services.clone().find(|&service| demand.services[service].name == name));
        match found {
            Some(found) => needs.push(found),
            None if layout.phase.is_some() => {}
            None => return Err(ChangeError::NeedsUnknown(text.to_string())),
        }
    }
    needs.sort_unstable();
    needs.dedup();
    Ok(needs)
}

/// The rules that it says itself, and those that speak of all startups.
fn add_to_rules(layout: &mut Layout, startup: StartupIndex) {
    let demand = &layout.demand;
    let meant = |reach: &[crate::model::Reach]| {
        reach.iter().flat_map(|reach| reach.containers(demand, startup)).collect::<BTreeSet<ContainerIndex>>()
    };
    let within = |rule: &Rule| Rule {
        containers: meant(rule.reach.as_deref().unwrap_or_default()).into_iter().collect(),
        reach: Some([].into()),
        ..rule.clone()
    };
    let of_each: Vec<Rule> = layout.dormant.iter().filter(|rule| rule.each).map(within).collect();
    for rule in layout.rules.iter_mut().chain(&mut layout.dormant).filter(|rule| !rule.each) {
        if let Some(reach) = &rule.reach {
            rule.containers.extend(meant(reach));
        }
    }
    let wishes: Vec<Wish> = layout
        .wishes
        .iter()
        .filter(|wish| wish.each && wish.containers.is_empty())
        .map(|wish| Wish {
            containers: meant(wish.reach.as_deref().unwrap_or_default()).into_iter().collect(),
            reach: Some([].into()),
            ..wish.clone()
        })
        .filter(|wish| !wish.containers.is_empty())
        .collect();
    for wish in layout.wishes.iter_mut().filter(|wish| !wish.each) {
        if let Some(reach) = &wish.reach {
            wish.containers.extend(meant(reach));
        }
    }
    // Behind those of the same entry.
    for wish in wishes {
        let later = layout.wishes.iter().position(|it| it.at > wish.at);
        layout.wishes.insert(later.unwrap_or(layout.wishes.len()), wish);
    }
    if let Some(survive) = &mut layout.survive {
        survive.except.extend(meant(&survive.reach));
    }
    let written = layout.rules.iter().position(|rule| rule.reach.is_some()).unwrap_or(layout.rules.len());
    layout.rules.splice(written..written, demand.own_rules(startup));
    wake(layout, of_each);
}

/// Puts `others`, and those that slept, among the rules where they speak of more than one container.
fn wake(layout: &mut Layout, others: Vec<Rule>) {
    let (awake, asleep): (Vec<Rule>, _) =
        std::mem::take(&mut layout.dormant).into_iter().partition(|rule| rule.containers.len() > 1);
    layout.dormant = asleep;
    for rule in awake.into_iter().chain(others.into_iter().filter(|rule| rule.containers.len() > 1)) {
        let later = layout.rules.iter().position(|it| it.reach.is_some() && it.at > rule.at);
        layout.rules.insert(later.unwrap_or(layout.rules.len()), rule);
    }
}
