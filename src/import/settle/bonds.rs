//! What binds containers to each other, of whatever startups: rules, and wishes where it need not hold.

use std::collections::{BTreeSet, HashMap};

use super::super::found::{Bond, Bound, Count, Member};
use super::super::hosts::is_host;
use super::{MOST_WEIGHT, Rule, RuleKind, Scene, Startup};
use crate::diagnostic::quoted;
use crate::quantity::shorten;

/// A container that may be bound.
struct Bindable {
    id: String,
    replicas: u64,
    startup: usize,
    is_range: bool,
}

impl Scene<'_> {
    /// The rules and wishes of all bonds; what cannot be said is refused.
    pub(super) fn bonds(&mut self, bonds: &[Bond], startups: &[Startup]) -> Vec<Rule> {
        let mut bindable: HashMap<(usize, usize), Bindable> = HashMap::new();
        for (at, startup) in startups.iter().enumerate() {
            for one in &startup.containers {
                // Rules pass by what is on every host.
                if let Count::Replicas(replicas) = one.count {
                    let id = format!("{}/{}", startup.name, one.name);
                    let one_of = Bindable { id, replicas, startup: at, is_range: startup.is_range() };
                    bindable.insert((at, one.position), one_of);
                }
            }
        }
        bonds.iter().filter_map(|bond| self.bond(bond, &bindable)).collect()
    }

    fn bond(&mut self, bond: &Bond, bindable: &HashMap<(usize, usize), Bindable>) -> Option<Rule> {
        let known = |member: &Member| Some((bindable.get(&(member.project, member.container))?, member.replica));
        let members: Vec<(&Bindable, Option<u64>)> = bond.of.iter().filter_map(known).collect();
        let what = match members.first() {
            Some((first, _)) => first.id.clone(),
            // All that it bound is refused, or on every host.
            None => return None,
        };
        let mut ids = Vec::new();
        let mut bound: BTreeSet<(&str, u64)> = BTreeSet::new();
        for (one, replica) in &members {
            let replicas = match replica {
                Some(replica) if (1..=one.replicas).contains(replica) => *replica..=*replica,
                Some(_) => continue,
                None => 1..=one.replicas,
            };
            let is_one = replica.is_some() && one.replicas > 1;
            let id = if is_one { format!("{}.{}", one.id, replicas.start()) } else { one.id.clone() };
            if !ids.contains(&id) {
                ids.push(id);
            }
            // Two are enough to be some.
            bound.extend(replicas.take(2).map(|replica| (one.id.as_str(), replica)));
        }
        let kind = match &bond.kind {
            Bound::Together => RuleKind::Together,
            Bound::AtMost(0, _) => {
                self.refuse(format!("{what}: at most"), "none at all may run together".to_owned(), bond.at);
                return None;
            }
            Bound::AtMost(most, label) if is_host(label) => RuleKind::AtMost(*most, None),
            Bound::AtMost(most, label) => {
                let name = self.hosts.label(label);
                if !self.hosts.any_labelled(&name) {
                    let reason = format!("no host of the document has the label `{name}`");
                    self.refuse(format!("{what}: at most by {}", quoted(&shorten(label))), reason, bond.at);
                    return None;
                }
                RuleKind::AtMost(*most, Some(name))
            }
        };
        let kind = match kind {
            RuleKind::AtMost(1, None) => RuleKind::Apart,
            kind => kind,
        };
        if bound.len() < 2 {
            return None;
        }
        let mut each = false;
        if members.iter().any(|(one, _)| one.is_range) {
            let first = members.first().map(|(one, _)| one.startup);
            let can_be_each = !matches!(kind, RuleKind::AtMost(..));
            if !can_be_each || members.iter().any(|(one, _)| Some(one.startup) != first) {
                let reason = "in a range of startups it cannot be said of each by itself".to_owned();
                self.refuse(format!("{what}: {}", kind.name()), reason, bond.at);
                return None;
            }
            each = true;
        }
        let weight = bond.weight.map(|weight| weight.clamp(1, MOST_WEIGHT));
        Some(Rule { kind, of: ids, each, weight })
    }
}
