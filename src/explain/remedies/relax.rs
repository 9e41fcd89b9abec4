//! Rules, pins and drains that stand alone in the way.

use std::collections::BTreeMap;

use super::amounts;
use super::probe::{Prober, yes};
use super::{Kind, Remedy};
use crate::diagnostic::Place;
use crate::explain::conflict::{Constraint, constraints};
use crate::explain::named;
use crate::model::{
    Change, ContainerIndex, Host, HostIndex, HostState, Layout, Numbered, Of, OfStartup, Own, PoolIndex, Rule,
    RuleKind, Service, Startup,
};

/// At most so many are tried.
const MOST_TRIED: usize = 48;

/// So many containers are named.
const NAMED: usize = 4;

/// A rule, a pin or a drain that could be given up.
pub enum Hindrance {
    /// The kind of hosts of this name takes new containers again.
    Drain(HostIndex, String),
    /// What stands at this place.
    Said(Place, Constraint),
    /// These run nowhere else, and may stop with their host.
    Bound(Vec<ContainerIndex>),
    /// A pool is reached from some hosts only, not from those of this kind, or not from all.
    Reach(PoolIndex, Option<HostIndex>),
}

impl Hindrance {
    /// The changes that give it up.
    pub fn changes(&self, layout: &Layout) -> Vec<Change> {
        changes_without(layout, std::slice::from_ref(self))
    }

    /// In words.
    pub fn said(&self, layout: &Layout) -> String {
        match self {
            Hindrance::Drain(_, kind) => format!("{kind} takes new containers again"),
            Hindrance::Said(at, constraint) => {
                let here = layout.rules.iter().filter(|rule| rule.at == *at).count();
                match *constraint {
                    // One entry says them all.
                    Constraint::Rule(rule) if here > 1 && within_each(&layout.rules[rule]) => {
                        format!("without {}, and so within {here} startups", constraint.words(layout))
                    }
                    _ => format!("without {}", constraint.words(layout)),
                }
            }
            Hindrance::Bound(containers) => {
                let ids = named(layout, containers, NAMED);
                let stops = if containers.len() == 1 { "it stops with its host" } else { "they stop with their host" };
                format!("`survive` except {ids}: {stops}")
            }
            Hindrance::Reach(pool, kind) => {
                let hosts = kind.map_or("all hosts".to_owned(), |kind| format!("{}, too", layout.lab.hosts[kind].kind));
                format!("pool {}: reached from {hosts}", layout.lab.pools[*pool].name)
            }
        }
    }
}

/// Whether it holds within a startup, as others do that are said in the same place.
fn within_each(rule: &Rule) -> bool {
    rule.each || rule.kind == RuleKind::Together && rule.reach.is_none()
}

/// All that could be given up.
pub fn hindrances(layout: &Layout) -> Vec<Hindrance> {
    let mut by_place: BTreeMap<Place, Constraint> = BTreeMap::new();
    let mut drained: Vec<&str> = Vec::new();
    for constraint in constraints(layout) {
        let at = match constraint {
            Constraint::Rule(rule) => Some(layout.rules[rule].at),
            Constraint::On(service) => Some(layout.demand.services[service].on_at),
            Constraint::Drain(host) => {
                drained.push(&layout.lab.hosts[host].kind);
                None
            }
            Constraint::Survive => layout.survive.as_ref().and_then(|survive| survive.at),
        };
        if let Some(at) = at {
            by_place.entry(at).or_insert(constraint);
        }
    }
    drained.dedup();
    let of_kind = |kind: &str| layout.lab.hosts.iter().position(|host| host.kind == kind).map(HostIndex);
    let drains = drained.into_iter().filter_map(|kind| Some(Hindrance::Drain(of_kind(kind)?, kind.to_owned())));
    let said = by_place.into_iter().take(MOST_TRIED).map(|(at, constraint)| Hindrance::Said(at, constraint));
    let said = drains.chain(said).chain(bound(layout).map(Hindrance::Bound));
    said.chain(pools(layout).map(|pool| Hindrance::Reach(pool, None))).collect()
}

/// The pools that some hosts do not reach, or would not if they came.
fn pools(layout: &Layout) -> impl Iterator<Item = PoolIndex> {
    layout.lab.pools.iter().enumerate().filter(|(_, pool)| pool.hosts.is_some()).map(|(pool, _)| pool)
}

/// Each kind of hosts that would do if it reached a pool that it does not.
fn reached(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let not_reached = |pool: PoolIndex| {
        let kinds = amounts::kinds(layout).into_iter().map(|kind| HostIndex(kind.first));
        let reaches = move |kind: &HostIndex| {
            let of_kind = |host: &Host| host.kind == layout.lab.hosts[*kind].kind;
            let mut all = layout.lab.hosts.iter().numbered().filter(|(_, host)| of_kind(host));
            all.all(|(host, _)| layout.lab.pools[pool].reaches(host))
        };
        kinds.filter(move |kind| !reaches(kind)).map(move |kind| Hindrance::Reach(pool, Some(kind)))
    };
    let all = pools(layout).flat_map(not_reached).take(MOST_TRIED);
    all.filter_map(|one| without(prober, &one)).collect()
}

/// What may run only on hosts that may be lost together, and may not stop; `None` where a loss need not be survived, or by
/// what no file says.
fn bound(layout: &Layout) -> Option<Vec<ContainerIndex>> {
    let survive = layout.survive.as_ref().filter(|survive| survive.at.is_some())?;
    let most = if survive.labels.is_empty() { survive.hosts + 1 } else { usize::MAX };
    let is_bound = |service: &Service| {
        let Some(first) = service.containers.clone().next() else { return false };
        let request: Vec<u64> = layout.lab.of_hosts().map(|it| layout.request(first, it)).collect();
        let may_take = |at: &HostIndex| {
            let host = &layout.lab.hosts[*at];
            host.state == HostState::Up && request.iter().zip(&host.allocatable).all(|(asked, gives)| asked <= gives)
        };
        let takers: Vec<HostIndex> = match &service.on {
            Some(on) => on.iter().copied().filter(may_take).take(most).collect(),
            None => layout.lab.indices().filter(may_take).take(most).collect(),
        };
        survive.may_lose(&layout.lab, &takers)
    };
    let all = layout.demand.services.iter().filter(|service| is_bound(service));
    let containers: Vec<ContainerIndex> =
        all.flat_map(|service| service.containers.clone()).filter(|it| !survive.except.contains(it)).collect();
    (!containers.is_empty()).then_some(containers)
}

/// Each rule, pin and drain without which everything fits; where no single one does, as few as need be.
pub fn relax(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let mut all = hindrances(layout);
    let mut remedies: Vec<Remedy> = reached(prober);
    if !remedies.is_empty() {
        all.retain(|one| !matches!(one, Hindrance::Reach(..)));
    }
    remedies.extend(all.iter().filter_map(|one| without(prober, one)));
    if remedies.is_empty() {
        all.retain(|one| matches!(one, Hindrance::Said(..)));
        remedies.extend(together(prober, all));
    }
    remedies
}

/// Without that, where everything fits then.
fn without(prober: &Prober, one: &Hindrance) -> Option<Remedy> {
    let layout = &prober.question.layout;
    let changes = one.changes(layout);
    let fits = yes(prober.fits(&changes));
    fits.then(|| prober.remedy(Kind::Rule, one.said(layout), &changes, true)).flatten()
}

/// Where no single one does, as few as need be: of all, halves are kept again as long as everything fits, then single
/// ones.
fn together(prober: &Prober, mut dropped: Vec<Hindrance>) -> Option<Remedy> {
    let layout = &prober.question.layout;
    if dropped.is_empty() || !yes(prober.fits(&changes_without(layout, &dropped))) {
        return None;
    }
    let mut length = dropped.len().div_ceil(2);
    loop {
        let mut start = 0;
        while start < dropped.len() {
            let end = (start + length).min(dropped.len());
            let some: Vec<Hindrance> = dropped.drain(start..end).collect();
            if !yes(prober.fits(&changes_without(layout, &dropped))) {
                dropped.splice(start..start, some);
                start = end;
            }
        }
        if length <= 1 {
            break;
        }
        length = length.div_ceil(2);
    }
    let said: Vec<String> = dropped.iter().map(|one| one.said(layout)).collect();
    let words = said.iter().map(|said| said.strip_prefix("without ").unwrap_or(said));
    let text = format!("without {}", words.collect::<Vec<_>>().join(", "));
    prober.remedy(Kind::Rule, text, &changes_without(layout, &dropped), false)
}

/// The changes that give these up: rules first, then pins and what keeps replicas apart.
fn changes_without(layout: &Layout, dropped: &[Hindrance]) -> Vec<Change> {
    let (mut rules, mut others) = (Vec::new(), Vec::new());
    for one in dropped {
        let (at, constraint) = match *one {
            Hindrance::Drain(kind, _) => {
                others.push(Change::State { kind, state: HostState::Up });
                continue;
            }
            Hindrance::Reach(pool, kind) => {
                others.push(Change::Reach { pool, kind });
                continue;
            }
            Hindrance::Bound(ref containers) => {
                rules.push(Change::SurviveExcept(containers.clone()));
                continue;
            }
            Hindrance::Said(at, constraint) => (at, constraint),
        };
        match constraint {
            Constraint::Survive => rules.push(Change::SurviveDropped),
            Constraint::Rule(rule) if layout.rules[rule].reach.is_some() => {
                let all = layout.rules.iter().enumerate();
                rules.extend(all.filter(|(_, it)| it.at == at).map(|(rule, _)| Change::RuleDropped(rule)));
            }
            Constraint::Rule(rule) if layout.rules[rule].kind == RuleKind::Together => {
                let stacks = layout.stacks.iter().enumerate().filter(|(_, stack)| stack.together == Some(at));
                others.extend(stacks.map(|(stack, _)| Change::Together(OfStartup::Stack(stack))));
                let own = |startup: &Startup| startup.own_together && startup.together == Some(at);
                let startups = layout.demand.startups.iter().enumerate().filter(|(_, startup)| own(startup));
                others.extend(startups.map(|(startup, _)| Change::Together(OfStartup::Startup(startup))));
            }
            Constraint::Rule(_) => {
                let apart = |it: &Service| it.made.apart.as_ref().map(|(_, at)| *at);
                let whose = who(layout, at, &apart, &|own| own.apart);
                others.extend(whose.into_iter().map(|of| Change::Apart { of, kind: None }));
                let spread = |it: &Service| it.made.spread.as_ref().map(|(_, at)| *at);
                let whose = who(layout, at, &spread, &|own| own.spread);
                others.extend(whose.into_iter().map(|of| Change::Spread { of, kind: None }));
            }
            Constraint::On(_) => {
                let on = |it: &Service| it.on_written.as_ref().map(|_| it.on_at);
                let whose = who(layout, at, &on, &|own| own.on);
                others.extend(whose.into_iter().map(|of| Change::Pin { of, on: None }));
            }
            Constraint::Drain(_) => {}
        }
    }
    rules.into_iter().chain(others).collect()
}

/// Whoever says something at this place: containers of stacks, and those of startups that do not have it from their stack.
pub fn who(
    layout: &Layout,
    at: Place,
    said: &dyn Fn(&Service) -> Option<Place>,
    is_own: &dyn Fn(&Own) -> bool,
) -> Vec<Of> {
    let says = |service: &Service| said(service) == Some(at);
    let mut all = Vec::new();
    for (stack, of) in layout.stacks.iter().enumerate() {
        let services = of.services.iter().enumerate().filter(|(_, service)| says(service));
        all.extend(services.map(|(service, _)| Of::Stack { stack, service }));
    }
    let from_stack = |service: &Service| {
        let stack = layout.demand.startups[service.startup].stack.as_ref();
        let stack = layout.stacks.iter().find(|it| Some(&it.name) == stack);
        stack.is_some_and(|stack| stack.services.iter().any(|it| it.name == service.name)) && !is_own(&service.made.own)
    };
    let services = layout.demand.services.iter().enumerate();
    let alone = services.filter(|(_, service)| says(service) && !from_stack(service));
    all.extend(alone.map(|(service, _)| Of::Service(service)));
    all
}
