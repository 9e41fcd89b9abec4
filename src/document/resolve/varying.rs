//! Amounts that are a map from phases, `memory: {now: 16GiB, q3: 32GiB}`, or from times, `memory: {day: 3GiB, night: 1GiB}`.
//! The tree is read once as it is in the first phase at the first time, and once more for each phase in which some amount
//! becomes another and for each further time; what is another then is kept beside what was first.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::phases::Phases;
use crate::diagnostic::Code;
use crate::document::syntax::findings::Findings;
use crate::document::syntax::keys::{DOCUMENT, Kind, Table};
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::model::{Layout, PhaseIndex, Service, Then};
use crate::quantity::{Aspect, shorten};

/// The times of a document, and what differs by them.
#[derive(Clone, Debug, Default)]
pub struct Times {
    /// Their names, in their order.
    pub names: Vec<String>,
    /// The resources that differ, by their keys.
    pub resources: BTreeSet<String>,
}

/// Times beyond these are not told apart.
const MOST_TIMES: usize = 12;

impl Times {
    /// Resolves `times:`; what differs by them is not known yet.
    pub fn resolve(tree: &Node, phases: &Phases, found: &mut Findings) -> Times {
        let mut times = Times::default();
        let Some(Value::List(names)) = tree.get("times").map(|entry| &entry.value.value) else { return times };
        for node in names.iter() {
            let Some(name) = super::lab::text(node) else { continue };
            if times.names.iter().any(|known| known == name) {
                found.add(
                    Code::DuplicateKey,
                    node.at,
                    format!("the time `{name}` stands there twice"),
                    "leave one out",
                );
            } else if phases.list.iter().any(|phase| phase.name == name) {
                let message = format!("`{name}` is a phase, too");
                found.add(
                    Code::ConflictingKeys,
                    node.at,
                    message,
                    "call one of them otherwise: amounts may be maps of both",
                );
            } else if times.names.len() == MOST_TIMES {
                let message = format!("there are more than {MOST_TIMES} times, the limit");
                found.add(Code::TooLarge, node.at, message, "take some of them together");
                break;
            } else {
                times.names.push(name.to_owned());
            }
        }
        times
    }
}

/// A tree as it is in one phase at one time.
pub struct InPhase<'a> {
    phases: &'a Phases,
    phase: PhaseIndex,
    times: &'a [String],
    time: usize,
    /// The resources that differ by time, in whatever phase.
    pub timed: BTreeSet<String>,
    /// The phases, but for the first, in which some amount becomes another.
    pub turns: BTreeSet<PhaseIndex>,
    /// What is wrong with the maps from phases.
    pub found: Findings,
}

/// What is known of the place in the tree.
#[derive(Clone, Copy)]
struct Around {
    /// Whether amounts may be maps from phases.
    varies: bool,
    /// Whether they may be maps from times.
    timed: bool,
    /// The first phase in which what is described is there.
    from: PhaseIndex,
}

impl<'a> InPhase<'a> {
    /// Nothing looked at yet.
    pub fn new(phases: &'a Phases, phase: PhaseIndex, times: &'a [String], time: usize) -> Self {
        let (timed, turns, found) = (BTreeSet::new(), BTreeSet::new(), Findings::default());
        InPhase { phases, phase, times, time, timed, turns, found }
    }

    /// `tree` with the amounts of the phase; `None` where all are the same in all phases.
    pub fn of(&mut self, tree: &Node) -> Option<Node> {
        self.table(tree, &DOCUMENT, 0)
    }

    fn table(&mut self, node: &Node, table: &'static Table, from: PhaseIndex) -> Option<Node> {
        let own = node.get("from").and_then(|entry| super::lab::text(&entry.value));
        let own = own.and_then(|name| self.phases.list.iter().position(|phase| phase.name == name));
        let around = Around { from: from.max(own.unwrap_or(0)), ..Around::of(table) };
        self.map(node, |name| table.keys.iter().find(|key| *key.name == *name).map(|key| (&key.kind, around)))
    }

    /// A map, of which `kind_of` says what each key holds.
    fn map(&mut self, node: &Node, kind_of: impl Fn(&str) -> Option<(&'static Kind, Around)>) -> Option<Node> {
        self.each(node, |it, entry| kind_of(&entry.key).and_then(|(kind, around)| it.value(entry, kind, around)))
    }

    /// A map with other values where `then` has any.
    fn each(&mut self, node: &Node, then: impl Fn(&mut Self, &Entry) -> Option<Node>) -> Option<Node> {
        let Value::Map(entries) = &node.value else { return None };
        let mut changed: Option<Vec<Entry>> = None;
        for (position, entry) in entries.iter().enumerate() {
            if let Some(then) = then(self, entry) {
                changed.get_or_insert_with(|| entries.to_vec())[position].value = then;
            }
        }
        changed.map(|entries| Node { at: node.at, value: Value::Map(Arc::new(entries)) })
    }

    fn value(&mut self, entry: &Entry, kind: &'static Kind, around: Around) -> Option<Node> {
        let node = &entry.value;
        if let (Value::Map(amounts), true, true) = (&node.value, around.varies || around.timed, kind.is_amount()) {
            if let (false, Some(time)) = (around.timed, self.time_in(amounts)) {
                let message = format!("`{}` is a map of times, and hosts have the same at all times", entry.key);
                self.found.add(
                    Code::WrongKind,
                    time.at,
                    message,
                    "write one amount: requests alone may differ by time",
                );
                return None;
            }
            let is_timed = self.time_in(amounts).is_some() || self.phases.list.is_empty();
            return match !around.varies || around.timed && is_timed {
                true => self.at_time(entry, amounts),
                false => self.amount(entry, amounts, around),
            };
        }
        match kind {
            Kind::PhasedLabels => {
                let around = Around { varies: true, timed: false, from: around.from };
                self.each(node, |it, label| match &label.value.value {
                    Value::Map(texts) => it.amount(label, texts, around),
                    _ => None,
                })
            }
            Kind::Map(table) => self.table(node, table, around.from),
            Kind::Named { kind, .. } => self.map(node, |_| Some((*kind, around))),
            Kind::Besides { table, kind } => {
                let own = Around { from: around.from, ..Around::of(table) };
                self.map(node, |name| match table.keys.iter().find(|key| *key.name == *name) {
                    Some(key) => Some((&key.kind, own)),
                    None => Some((*kind, around)),
                })
            }
            // Of several forms one is a map.
            Kind::Either(kinds) => kinds.iter().find_map(|kind| self.value(entry, kind, around)),
            _ => None,
        }
    }

    /// The amount of the phase: that of the last of the phases named that has begun.
    fn amount(&mut self, entry: &Entry, amounts: &[Entry], around: Around) -> Option<Node> {
        let mut named: Vec<(PhaseIndex, &Entry)> = amounts
            .iter()
            .filter_map(|amount| Some((self.phases.position(amount, &mut self.found)?, amount)))
            .collect();
        named.sort_by_key(|(phase, _)| *phase);
        let Some(&(first, earliest)) = named.first() else {
            if amounts.is_empty() {
                let message = format!("`{}` says nothing of any phase", entry.key);
                self.found.add(
                    Code::EmptyValue,
                    entry.at,
                    message,
                    "write an amount, or one for each phase from which on it holds",
                );
            }
            return None;
        };
        if first > around.from {
            let missing = &self.phases.list[around.from].name;
            let message = format!("`{}` does not say how much it is in the phase `{missing}`", entry.key);
            self.found.add(Code::PhaseOrder, earliest.at, message, format!("write `{missing}: ...` before it"));
        }
        self.turns.extend(named.iter().map(|(phase, _)| *phase).filter(|&phase| phase > 0));
        let now = named.iter().rfind(|(phase, _)| *phase <= self.phase).map_or(earliest, |(_, amount)| amount);
        let mut then = None;
        for (_, of_phase) in &named {
            if let (Value::Map(amounts), true) = (&of_phase.value.value, around.timed) {
                let at_time = self.at_time(entry, amounts);
                then = if std::ptr::eq(*of_phase, now) { at_time } else { then };
            }
        }
        Some(then.unwrap_or_else(|| now.value.clone()))
    }

    /// The first that is called as a time.
    fn time_in<'e>(&self, amounts: &'e [Entry]) -> Option<&'e Entry> {
        amounts.iter().find(|amount| self.times.iter().any(|time| *time == *amount.key))
    }

    /// The amount at the time: every time has one.
    fn at_time(&mut self, entry: &Entry, amounts: &[Entry]) -> Option<Node> {
        for amount in amounts {
            if !self.times.iter().any(|time| *time == *amount.key) {
                let message = format!("there is no time `{}`", shorten(&amount.key));
                let known = self.times.iter().map(String::as_str);
                let help = self.found.help_with(&amount.key, known).unwrap_or_else(|| match self.times.is_empty() {
                    true => "name the times at the top: `times: [day, night]`".to_owned(),
                    false => format!("there are {}", self.times.join(", ")),
                });
                self.found.add(Code::UnknownPhase, amount.at, message, help);
                return None;
            }
        }
        let of = |time: &String| amounts.iter().find(|amount| *amount.key == **time);
        if let Some(missing) = self.times.iter().find(|time| of(time).is_none()) {
            let message = format!("`{}` does not say how much it is at the time `{missing}`", entry.key);
            self.found.add(
                Code::MissingKey,
                entry.at,
                message,
                format!("write `{missing}: ...`, or one amount for all"),
            );
            return None;
        }
        // What is the same at all of them is one budget.
        let said = |amount: &Entry| super::lab::text(&amount.value).map(str::to_owned);
        if amounts.iter().any(|amount| said(amount) != said(&amounts[0])) {
            self.timed.insert(entry.key.to_string());
        }
        of(self.times.get(self.time)?).map(|amount| amount.value.clone())
    }
}

impl Around {
    fn of(table: &Table) -> Around {
        Around { varies: table.varies(), timed: table.is_timed(), from: 0 }
    }
}

/// Writes into `layout`, which is of the first time, what `then` asks for, which is the same document at a further `time`.
pub fn keep_time(layout: &mut Layout, then: &Layout, time: usize, found: &mut Findings) {
    let pooled = layout.lab.pooled();
    for (index, (service, then)) in layout.demand.services.iter().zip(&then.demand.services).enumerate() {
        if service.request[pooled.clone()] != then.request[pooled.clone()] {
            let message = format!("what `{}` draws from its pool differs by time", layout.service_id(index));
            found.add(Code::ConflictingKeys, service.at, message, "write one amount: a pool holds it at all times");
        }
    }
    let derived = layout.lab.derived();
    let of_time: Vec<(usize, usize)> =
        derived.iter().filter(|it| it.aspect == Aspect::At(time)).map(|it| (it.resource, it.of)).collect();
    let keep = |(service, then): (&mut Service, &Service)| {
        for &(at, of) in &of_time {
            service.request[at] = then.request[of].clone();
            if let (Some(observed), Some(then)) = (&mut service.observed, &then.observed) {
                observed.amounts[at] = then.amounts[of];
            }
        }
        service.follow(&derived);
    };
    layout.demand.services.iter_mut().zip(&then.demand.services).for_each(keep);
    for (stack, then) in layout.stacks.iter_mut().zip(&then.stacks) {
        stack.services.iter_mut().zip(&then.services).for_each(keep);
    }
}

/// Keeps beside what `layout` says of the first phase what `then` says, which is the same document from `phase` on.
pub fn keep(layout: &mut Layout, then: &Layout, phase: PhaseIndex) {
    for (host, then) in layout.lab.hosts.iter_mut().zip(&then.lab.hosts) {
        let latest = host.later.last().map_or(&*host, |(_, latest)| latest);
        let same = |own: &crate::model::Host| {
            (&own.capacity, &own.kept, &own.overcommit, &own.targets, own.watts, own.price, &own.labels)
                == (&then.capacity, &then.kept, &then.overcommit, &then.targets, then.watts, then.price, &then.labels)
        };
        if !same(latest) {
            host.later.push((phase, then.clone()));
        }
    }
    let keep = |(service, then): (&mut Service, &Service)| {
        let latest =
            service.later.last().map_or((&service.request, &service.limit), |(_, it)| (&it.request, &it.limit));
        if latest != (&then.request, &then.limit) {
            service.later.push((phase, Then { request: then.request.clone(), limit: then.limit.clone() }));
        }
    };
    for (pool, then) in layout.lab.pools.iter_mut().zip(&then.lab.pools) {
        let latest = pool.later.last().map_or(&*pool, |(_, latest)| latest);
        if (&latest.capacity, &latest.kept) != (&then.capacity, &then.kept) {
            pool.later.push((phase, then.clone()));
        }
    }
    layout.demand.services.iter_mut().zip(&then.demand.services).for_each(keep);
    for (stack, then) in layout.stacks.iter_mut().zip(&then.stacks) {
        stack.services.iter_mut().zip(&then.services).for_each(keep);
    }
}
