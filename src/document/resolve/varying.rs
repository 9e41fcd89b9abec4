//! Amounts that are a map from phases: `memory: {now: 16GiB, q3: 32GiB}`. The tree is read once as it is in the first phase,
//! and once more for each phase in which some amount becomes another; what is another then is kept beside what was first.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::phases::Phases;
use crate::diagnostic::Code;
use crate::document::syntax::findings::Findings;
use crate::document::syntax::keys::{DOCUMENT, Kind, Table};
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::model::{Layout, PhaseIndex, Service};

/// A tree as it is in one phase.
pub struct InPhase<'a> {
    phases: &'a Phases,
    phase: PhaseIndex,
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
    /// The first phase in which what is described is there.
    from: PhaseIndex,
}

impl<'a> InPhase<'a> {
    /// Nothing looked at yet.
    pub fn new(phases: &'a Phases, phase: PhaseIndex) -> Self {
        InPhase { phases, phase, turns: BTreeSet::new(), found: Findings::default() }
    }

    /// `tree` with the amounts of the phase; `None` where all are the same in all phases.
    pub fn of(&mut self, tree: &Node) -> Option<Node> {
        self.table(tree, &DOCUMENT, 0)
    }

    fn table(&mut self, node: &Node, table: &'static Table, from: PhaseIndex) -> Option<Node> {
        let own = node.get("from").and_then(|entry| super::lab::text(&entry.value));
        let own = own.and_then(|name| self.phases.list.iter().position(|phase| phase.name == name));
        let around = Around { varies: table.varies(), from: from.max(own.unwrap_or(0)) };
        self.map(node, |name| table.keys.iter().find(|key| *key.name == *name).map(|key| (&key.kind, around)))
    }

    /// A map, of which `kind_of` says what each key holds.
    fn map(&mut self, node: &Node, kind_of: impl Fn(&str) -> Option<(&'static Kind, Around)>) -> Option<Node> {
        let Value::Map(entries) = &node.value else { return None };
        let mut changed: Option<Vec<Entry>> = None;
        for (position, entry) in entries.iter().enumerate() {
            let then = kind_of(&entry.key).and_then(|(kind, around)| self.value(entry, kind, around));
            if let Some(then) = then {
                changed.get_or_insert_with(|| entries.to_vec())[position].value = then;
            }
        }
        changed.map(|entries| Node { at: node.at, value: Value::Map(Arc::new(entries)) })
    }

    fn value(&mut self, entry: &Entry, kind: &'static Kind, around: Around) -> Option<Node> {
        let node = &entry.value;
        if let (Value::Map(amounts), true, true) = (&node.value, around.varies, kind.is_amount()) {
            return self.amount(entry, amounts, around);
        }
        match kind {
            Kind::Map(table) => self.table(node, table, around.from),
            Kind::Named { kind, .. } => self.map(node, |_| Some((*kind, around))),
            Kind::Besides { table, kind } => {
                let own = Around { varies: table.varies(), ..around };
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
        Some(now.value.clone())
    }
}

/// Keeps beside what `layout` says of the first phase what `then` says, which is the same document from `phase` on.
pub fn keep(layout: &mut Layout, then: &Layout, phase: PhaseIndex) {
    for (host, then) in layout.lab.hosts.iter_mut().zip(&then.lab.hosts) {
        let latest = host.later.last().map_or(&*host, |(_, latest)| latest);
        let same = |own: &crate::model::Host| {
            (&own.capacity, &own.kept, &own.overcommit, &own.targets, own.watts, own.price)
                == (&then.capacity, &then.kept, &then.overcommit, &then.targets, then.watts, then.price)
        };
        if !same(latest) {
            host.later.push((phase, then.clone()));
        }
    }
    let keep = |(service, then): (&mut Service, &Service)| {
        let latest = service.later.last().map_or(&service.request, |(_, latest)| latest);
        if *latest != then.request {
            service.later.push((phase, then.request.clone()));
        }
    };
    layout.demand.services.iter_mut().zip(&then.demand.services).for_each(keep);
    for (stack, then) in layout.stacks.iter_mut().zip(&then.stacks) {
        stack.services.iter_mut().zip(&then.services).for_each(keep);
    }
}
