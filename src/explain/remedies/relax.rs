//! Rules, pins and drains that stand alone in the way.

use std::collections::BTreeMap;

use super::probe::{Prober, yes};
use super::{Kind, Remedy};
use crate::diagnostic::Place;
use crate::explain::conflict::{Constraint, constraints};
use crate::model::{Change, HostIndex, HostState, Layout, Of, Service};

/// At most so many are tried.
const MOST_TRIED: usize = 48;

/// Each rule, pin and drain without which everything fits.
pub fn relax(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let mut by_place: BTreeMap<Place, Constraint> = BTreeMap::new();
    let mut drains = Vec::new();
    for constraint in constraints(layout) {
        match constraint {
            Constraint::Rule(rule) => {
                by_place.entry(layout.rules[rule].at).or_insert(constraint);
            }
            Constraint::On(service) => {
                by_place.entry(layout.demand.services[service].on_at).or_insert(constraint);
            }
            Constraint::Drain(host) => drains.push(host),
            Constraint::Survive => {
                if let Some(at) = layout.survive.as_ref().and_then(|survive| survive.at) {
                    by_place.entry(at).or_insert(constraint);
                }
            }
        }
    }
    let mut remedies = Vec::new();
    let mut drained: Vec<&str> = drains.iter().map(|&host| layout.lab.hosts[host].kind.as_str()).collect();
    drained.dedup();
    for kind in drained {
        let Some(of_kind) = layout.lab.hosts.iter().position(|host| host.kind == kind) else { continue };
        let up = Change::State { kind: HostIndex(of_kind), state: HostState::Up };
        remedies.extend(without(prober, &[up], format!("{kind} takes new containers again")));
    }
    for (&at, &constraint) in by_place.iter().take(MOST_TRIED) {
        let changes = changes_without(layout, &[(at, constraint)]);
        remedies.extend(without(prober, &changes, format!("without {}", constraint.words(layout))));
    }
    if remedies.is_empty() {
        remedies.extend(together(prober, &by_place));
    }
    remedies
}

/// Where no single one does, as few as need be: of all, halves are kept again as long as everything fits, then single
/// ones.
fn together(prober: &Prober, by_place: &BTreeMap<Place, Constraint>) -> Option<Remedy> {
    let layout = &prober.question.layout;
    let mut dropped: Vec<(Place, Constraint)> = by_place.iter().map(|(at, constraint)| (*at, *constraint)).collect();
    if !yes(prober.fits(&changes_without(layout, &dropped))) {
        return None;
    }
    let mut length = dropped.len().div_ceil(2);
    loop {
        let mut start = 0;
        while start < dropped.len() {
            let end = (start + length).min(dropped.len());
            let fewer: Vec<(Place, Constraint)> = dropped[..start].iter().chain(&dropped[end..]).copied().collect();
            match yes(prober.fits(&changes_without(layout, &fewer))) {
                true => dropped = fewer,
                false => start = end,
            }
        }
        if length <= 1 {
            break;
        }
        length = length.div_ceil(2);
    }
    let words: Vec<String> = dropped.iter().map(|(_, one)| one.words(layout)).collect();
    prober.remedy(Kind::Rule, format!("without {}", words.join(", ")), &changes_without(layout, &dropped), false)
}

fn without(prober: &Prober, changes: &[Change], text: String) -> Option<Remedy> {
    let fits = yes(prober.fits(changes));
    fits.then(|| prober.remedy(Kind::Rule, text, changes, true)).flatten()
}

/// The changes that take out what stands at these places: rules first, then pins and what keeps replicas apart.
fn changes_without(layout: &Layout, dropped: &[(Place, Constraint)]) -> Vec<Change> {
    let (mut rules, mut others) = (Vec::new(), Vec::new());
    for &(at, constraint) in dropped {
        match constraint {
            Constraint::Survive => rules.push(Change::SurviveDropped),
            Constraint::Rule(rule) if layout.rules[rule].reach.is_some() => {
                let all = layout.rules.iter().enumerate();
                rules.extend(all.filter(|(_, it)| it.at == at).map(|(rule, _)| Change::RuleDropped(rule)));
            }
            Constraint::Rule(_) => {
                let says = |service: &Service| service.made.apart.as_ref().is_some_and(|(_, place)| *place == at);
                let whose = who(layout, &says, &|service| service.made.own.apart);
                others.extend(whose.into_iter().map(|of| Change::Apart { of, kind: None }));
            }
            Constraint::On(_) => {
                let says = |service: &Service| service.on.is_some() && service.on_at == at;
                let whose = who(layout, &says, &|service| service.made.own.on);
                others.extend(whose.into_iter().map(|of| Change::Pin { of, on: None }));
            }
            Constraint::Drain(_) => {}
        }
    }
    rules.into_iter().chain(others).collect()
}

/// Whoever says it: containers of stacks, and those of startups that do not have it from their stack.
fn who(layout: &Layout, says: &dyn Fn(&Service) -> bool, is_own: &dyn Fn(&Service) -> bool) -> Vec<Of> {
    let mut all = Vec::new();
    for (stack, of) in layout.stacks.iter().enumerate() {
        let services = of.services.iter().enumerate().filter(|(_, service)| says(service));
        all.extend(services.map(|(service, _)| Of::Stack { stack, service }));
    }
    let from_stack = |service: &Service| {
        let stack = layout.demand.startups[service.startup].stack.as_ref();
        let stack = layout.stacks.iter().find(|it| Some(&it.name) == stack);
        stack.is_some_and(|stack| stack.services.iter().any(|it| it.name == service.name)) && !is_own(service)
    };
    let services = layout.demand.services.iter().enumerate();
    let alone = services.filter(|(_, service)| says(service) && !from_stack(service));
    all.extend(alone.map(|(service, _)| Of::Service(service)));
    all
}
