//! `phases:`, and the `from:` and `until:` of what is there in some of them.

use std::collections::BTreeMap;

use super::demand::section;
use super::lab::{text, text_at};
use crate::diagnostic::{Code, Place};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::shape::is_day;
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::model::{Begins, ContainerIndex, Layout, Phase, PhaseIndex, Span};
use crate::quantity::shorten;

/// The phases of a document.
#[derive(Clone, Debug, Default)]
pub struct Phases {
    /// In their order.
    pub list: Vec<Phase>,
}

/// More phases than these are not planned.
pub const MOST_PHASES: usize = 100;

const WHEN: &str = "write a day, `2027-01-31`, or a trigger, `startups >= 6`";

/// Resolves `phases:`; `None` where there are too many.
pub fn resolve(tree: &Node, found: &mut Findings) -> Option<Phases> {
    let all = section(tree, "phases");
    if let Some(entry) = all.get(MOST_PHASES) {
        let message = format!("with `{}` there are more than {MOST_PHASES} phases, the limit", entry.key);
        found.add(Code::TooLarge, entry.at, message, "merge some of them into one");
        return None;
    }
    let list: Vec<Phase> = all.iter().enumerate().map(|(position, entry)| phase(entry, position, found)).collect();
    let mut latest: Option<&Phase> = None;
    for phase in &list {
        let Begins::Date(day) = &phase.begins else { continue };
        if let Some(Phase { name, begins: Begins::Date(before), .. }) = latest
            && day <= before
        {
            let message = format!("phase `{}` begins on {day}, not after `{name}` ({before})", phase.name);
            found.add(Code::PhaseOrder, phase.at, message, "phases stand in the order in which they come");
        }
        latest = Some(phase);
    }
    Some(Phases { list })
}

fn phase(entry: &Entry, position: usize, found: &mut Findings) -> Phase {
    let node = &entry.value;
    let (date, when) = (node.get("date"), node.get("when"));
    if let (Some(_), Some(when)) = (date, when) {
        found.add(
            Code::ConflictingKeys,
            when.at,
            "a phase has a `date` or a `when`, not both",
            "leave one of them out",
        );
    }
    let said = match &node.value {
        Value::Text(said) => Some((said.trim(), node.at)),
        _ => date.or(when).and_then(|entry| Some((text(&entry.value)?.trim(), entry.value.at))),
    };
    let begins = match said {
        None => {
            if position > 0 && matches!(node.value, Value::Map(_)) {
                let message = format!("phase `{}` does not say when it begins", entry.key);
                found.add(Code::MissingKey, entry.at, message, WHEN);
            }
            Begins::Now
        }
        // The shape of a `date:` has been checked.
        Some((said, _)) if is_day(said) => Begins::Date(said.to_owned()),
        Some((said, at)) => match trigger(said) {
            Some(startups) => Begins::Startups(startups),
            None => {
                if date.is_none() {
                    let message = format!("`{}` is neither a day nor a trigger", shorten(said));
                    found.add(Code::BadValue, at, message, WHEN);
                }
                Begins::Now
            }
        },
    };
    Phase { name: entry.key.to_string(), title: text_at(node, "title").map(str::to_owned), begins, at: entry.at }
}

/// The number of `startups >= 6`.
fn trigger(text: &str) -> Option<u64> {
    let number = text.strip_prefix("startups")?.trim_start().strip_prefix(">=")?.trim();
    number.parse().ok().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Phases {
    /// The phases in which the thing that `node` describes is there.
    pub fn span(&self, node: &Node, found: &mut Findings) -> Span {
        let (from, until) = (node.get("from"), node.get("until"));
        let span = Span {
            from: from.and_then(|entry| self.named(entry, found)).unwrap_or(0),
            until: until.and_then(|entry| self.named(entry, found)).unwrap_or(PhaseIndex::MAX),
        };
        if let (true, Some(until)) = (span.from >= span.until, until) {
            let message = match span.until {
                0 => "it goes with the first phase, in which it would begin: it is never there".to_owned(),
                last => format!("it comes with phase `{}`, not before it goes", self.list[span.from.max(last)].name),
            };
            found.add(Code::PhaseOrder, until.at, message, "`until` names the first phase in which it is gone");
        }
        span
    }

    fn named(&self, entry: &Entry, found: &mut Findings) -> Option<PhaseIndex> {
        self.called(text(&entry.value)?, entry.value.at, found)
    }

    /// The phase that is the key of `entry`.
    pub fn position(&self, entry: &Entry, found: &mut Findings) -> Option<PhaseIndex> {
        self.called(&entry.key, entry.at, found)
    }

    fn called(&self, name: &str, at: Place, found: &mut Findings) -> Option<PhaseIndex> {
        let position = self.list.iter().position(|phase| phase.name == name);
        if position.is_none() {
            let message = format!("there is no phase `{}`", shorten(name));
            let help = match self.list.is_empty() {
                true => Some("name the phases under `phases:`, in their order".to_owned()),
                false => found.help_with(name, self.list.iter().map(|phase| phase.name.as_str())),
            };
            found.add(Code::UnknownPhase, at, message, help.unwrap_or_else(|| self.names()));
        }
        position
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.list.iter().take(8).map(|phase| format!("`{}`", phase.name)).collect();
        format!("there are {}", names.join(", "))
    }
}

/// What the phases make of the whole: triggers that the startups do not meet, needs of what is not there.
pub fn check(layout: &Layout, found: &mut Findings) {
    let startups =
        |phase: PhaseIndex| layout.demand.startups.iter().filter(|startup| startup.span.has(phase)).count() as u64;
    for (position, phase) in layout.phases.iter().enumerate() {
        let Begins::Startups(many) = phase.begins else { continue };
        let there = startups(position);
        let before = position.checked_sub(1).map(|before| (startups(before), &layout.phases[before].name));
        let message = match before {
            _ if there < many => format!("phase `{}` begins with {many} startups, and {there} are there", phase.name),
            Some((before, name)) if before >= many => {
                format!("phase `{}` begins with {many} startups, and {before} are there in `{name}`", phase.name)
            }
            _ => continue,
        };
        found.add(Code::Trigger, phase.at, message, "correct the number, or the `from` and `until` of the startups");
    }
    if layout.phases.is_empty() {
        return;
    }
    check_placement(layout, found);
    let mut said: Vec<Place> = Vec::new();
    for service in &layout.demand.services {
        for &needed in &service.needs {
            let needed_span = layout.demand.services[needed].span;
            if needed_span == service.span {
                continue;
            }
            let alone = (0..layout.phases.len()).find(|&phase| service.span.has(phase) && !needed_span.has(phase));
            let Some(phase) = alone.filter(|_| !said.contains(&service.at)) else { continue };
            said.push(service.at);
            let id = |index: usize| layout.service_id(index);
            let own = &layout.demand.startups[service.startup].name;
            let message = format!(
                "`{own}/{}` needs `{}`, which is not there in phase `{}`",
                service.name,
                id(needed),
                layout.phases[phase].name
            );
            found.add(Code::NeedsAbsent, service.at, message, "let what is needed come earlier and go later");
        }
    }
}

/// Patterns of the placement that place nothing of the first phase.
fn check_placement(layout: &Layout, found: &mut Findings) {
    let placed = layout.placement.iter().flat_map(|placement| placement.placed());
    let mut early: BTreeMap<Place, Option<ContainerIndex>> = BTreeMap::new();
    for (container, _) in placed {
        let Some(at) = layout.placed_at[container] else { continue };
        let comes_later = !layout.demand.is_there(container, 0);
        let first = early.entry(at).or_insert(Some(container));
        if !comes_later {
            *first = None;
        }
    }
    for (at, container) in early.into_iter().filter_map(|(at, container)| Some((at, container?))) {
        let Some(first) = (0..layout.phases.len()).find(|&phase| layout.demand.is_there(container, phase)) else {
            continue;
        };
        let (id, phase) = (layout.container_id(container), &layout.phases[first].name);
        let message = format!("`{id}` is placed and comes only in phase `{phase}`");
        found.add(Code::PlacedEarly, at, message, "a placement says what runs in the first phase: take it out");
    }
}
