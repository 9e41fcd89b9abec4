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
        }
    }
    let mut remedies = Vec::new();
    let mut drained: Vec<&str> = drains.iter().map(|&host| layout.lab.hosts[host].kind.as_str()).collect();
    drained.dedup();
    for kind in drained {
        let change = Overlay::EMPTY.with(&["hosts", kind, "state"], Overlay::text("up"));
        remedies.extend(without(prober, change, format!("{kind} takes new containers again")));
    }
    for (at, constraint) in by_place.into_iter().take(MOST_TRIED) {
        if let Some((change, text)) = dropped(prober, at, constraint) {
            remedies.extend(without(prober, change, text));
        }
    }
    remedies
}

fn without(prober: &Prober, change: Overlay, text: String) -> Option<Remedy> {
    let fits = yes(prober.fits(&change));
    fits.then(|| Remedy { kind: Kind::Rule, text, change: prober.whole(&change), least: true })
}

/// The change that takes out what stands at `at`.
fn dropped(prober: &Prober, at: Place, constraint: Constraint) -> Option<(Overlay, String)> {
    let layout = prober.question.layout;
    let document = prober.question.document.overlaid(prober.question.arrivals).ok()?;
    let rules = document.rules();
    if rules.iter().any(|(place, _)| *place == at) {
        let kept = rules.into_iter().filter(|(place, _)| *place != at).map(|(_, rule)| rule).collect();
        let change = Overlay::EMPTY.with(&["rules"], Overlay::List(kept));
        return Some((change, format!("without {}", constraint.words(layout))));
    }
    let key = if matches!(constraint, Constraint::On(_)) { "on" } else { "apart" };
    let paths = document.paths_to(key, at);
    let delete = |change: Overlay, path: &Vec<String>| {
        change.with(&path.iter().map(String::as_str).collect::<Vec<_>>(), Overlay::Null)
    };
    let change = paths.iter().fold(Overlay::EMPTY, delete);
    (!paths.is_empty()).then(|| (change, format!("without {}", constraint.words(layout))))
}
