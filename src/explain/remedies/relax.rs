//! Rules, pins and drains that stand alone in the way.

use std::collections::BTreeMap;

use super::probe::{Prober, yes};
use super::{Kind, Remedy};
use crate::diagnostic::Place;
use crate::document::Overlay;
use crate::explain::conflict::{Constraint, constraints};

/// At most so many are tried.
const MOST_TRIED: usize = 48;

/// Each rule, pin and drain without which everything fits.
pub fn relax(prober: &Prober) -> Vec<Remedy> {
    let layout = prober.question.layout;
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
        let change = Overlay::EMPTY.with(&["hosts", kind, "state"], Overlay::text("up"));
        remedies.extend(without(prober, change, format!("{kind} takes new containers again")));
    }
    for (&at, &constraint) in by_place.iter().take(MOST_TRIED) {
        if let Some(change) = change_without(prober, &[(at, constraint)]) {
            remedies.extend(without(prober, change, format!("without {}", constraint.words(layout))));
        }
    }
    if remedies.is_empty() {
        remedies.extend(together(prober, &by_place));
    }
    remedies
}

/// Where no single one does, as few as need be: of all, halves are kept again as long as everything fits, then single
/// ones.
fn together(prober: &Prober, by_place: &BTreeMap<Place, Constraint>) -> Option<Remedy> {
    let mut dropped: Vec<(Place, Constraint)> = by_place.iter().map(|(at, constraint)| (*at, *constraint)).collect();
    if !yes(prober.fits(&change_without(prober, &dropped)?)) {
        return None;
    }
    let mut length = dropped.len().div_ceil(2);
    loop {
        let mut start = 0;
        while start < dropped.len() {
            let end = (start + length).min(dropped.len());
            let fewer: Vec<(Place, Constraint)> = dropped[..start].iter().chain(&dropped[end..]).copied().collect();
            match yes(prober.fits(&change_without(prober, &fewer)?)) {
                true => dropped = fewer,
                false => start = end,
            }
        }
        if length <= 1 {
            break;
        }
        length = length.div_ceil(2);
    }
    let words: Vec<String> = dropped.iter().map(|(_, one)| one.words(prober.question.layout)).collect();
    let change = prober.whole(&change_without(prober, &dropped)?);
    Some(Remedy { kind: Kind::Rule, text: format!("without {}", words.join(", ")), change, least: false })
}

fn without(prober: &Prober, change: Overlay, text: String) -> Option<Remedy> {
    let fits = yes(prober.fits(&change));
    fits.then(|| Remedy { kind: Kind::Rule, text, change: prober.whole(&change), least: true })
}

/// The change that takes out what stands at these places.
fn change_without(prober: &Prober, dropped: &[(Place, Constraint)]) -> Option<Overlay> {
    let document = prober.question.document.overlaid(prober.question.arrivals).ok()?;
    let is_dropped = |at: Place| dropped.iter().any(|(place, _)| *place == at);
    let (rules, mut change) = (document.rules(), Overlay::EMPTY);
    if rules.iter().any(|(at, _)| is_dropped(*at)) {
        let kept = rules.iter().filter(|(at, _)| !is_dropped(*at)).map(|(_, rule)| rule.clone()).collect();
        change = change.with(&["rules"], Overlay::List(kept));
    }
    for (at, constraint) in dropped.iter().filter(|(at, _)| rules.iter().all(|(rule, _)| rule != at)) {
        let key = if matches!(constraint, Constraint::On(_)) { "on" } else { "apart" };
        for path in document.paths_to(key, *at) {
            change = change.with(&path.iter().map(String::as_str).collect::<Vec<_>>(), Overlay::Null);
        }
    }
    (dropped.is_empty() || change != Overlay::EMPTY).then_some(change)
}
