//! The tree of the fleet program as a proof that the referee checks: its duals become those of what hosts have.

use std::collections::BTreeMap;

use super::branch::{FleetProgram, Node, NodeDuals};
use super::inequalities::Source;
use crate::certificate::{self, Dual, Duals, HostDuals, HostGroup, Method, Proof, RuleDual, Split, Tree};
use crate::model::{Goal, HostIndex};
use crate::solve::fleets::aggregate::Aggregate;
use crate::solve::instance::Bin;

/// A split on the way to a leaf: which kinds of hosts it counts, and which side of it was taken.
#[derive(Clone, Debug)]
struct Step {
    /// The hosts counted: for each kind, whether they are.
    kinds: Counted,
    /// Whether more of them are open than the split says, or at most as many.
    more: bool,
}

#[derive(Clone, Debug)]
enum Counted {
    Kind(usize),
    /// Those that may hold an item of this kind, in the row of this position.
    Inequality(usize),
}

/// Why no fleet costs less than the tree's bound. Nodes that were split further prove nothing of their own.
pub fn proof(program: &FleetProgram, tree: &[Node]) -> Proof {
    let aggregate = program.aggregate;
    let mut nodes: Vec<certificate::Node> = Vec::new();
    let mut steps: Vec<Step> = Vec::new();
    for row in presences(program, tree) {
        let Source::Presence(kind) = program.rows[row].source else { continue };
        let hosts = hosts_of(aggregate, |bin| program.rows[row].coefficients[aggregate.kind_of[bin]] > 0);
        let at = nodes.len();
        nodes.push(certificate::Node::Split { by: Split::Open { hosts, most: 0 }, cases: [at + 1, at + 2] });
        nodes.push(certificate::Node::Leaf(nowhere(program, row, kind, &steps)));
        steps.push(Step { kinds: Counted::Inequality(row), more: true });
    }
    // The root is placed; its parts follow as they are come to.
    let mut open = vec![(0, nodes.len(), steps)];
    nodes.push(certificate::Node::Leaf(Proof::Omitted(Method::Cases)));
    while let Some((node, place, steps)) = open.pop() {
        let Some((kind, most, parts)) = tree[node].split else {
            nodes[place] = certificate::Node::Leaf(Proof::Duals(duals_of(program, &tree[node].duals, &steps)));
            continue;
        };
        let hosts = hosts_of(aggregate, |bin| aggregate.kind_of[bin] == kind);
        let cases = [nodes.len(), nodes.len() + 1];
        nodes[place] = certificate::Node::Split { by: Split::Open { hosts, most }, cases };
        for ((part, place), more) in parts.into_iter().zip(cases).zip([false, true]) {
            nodes.push(certificate::Node::Leaf(Proof::Omitted(Method::Cases)));
            let step = Step { kinds: Counted::Kind(kind), more };
            open.push((part, place, steps.iter().cloned().chain([step]).collect()));
        }
    }
    match nodes.pop() {
        Some(certificate::Node::Leaf(alone)) if nodes.is_empty() => alone,
        last => Proof::Tree(Tree { nodes: nodes.into_iter().chain(last).collect() }),
    }
}

/// How the proof of the tree will prove it.
pub fn method(program: &FleetProgram, tree: &[Node]) -> Method {
    match tree.len() == 1 && presences(program, tree).is_empty() {
        true => Method::Duals,
        false => Method::Cases,
    }
}

/// The rows of one host at least for what is pinned: no price says so, but cases do.
fn presences(program: &FleetProgram, tree: &[Node]) -> Vec<usize> {
    let mut presences: Vec<usize> = tree.iter().flat_map(|node| &node.duals.rows).map(|&(row, _)| row).collect();
    presences.sort_unstable();
    presences.dedup();
    presences.retain(|&row| matches!(program.rows[row].source, Source::Presence(_)));
    presences
}

/// None of the hosts that may hold an item of `kind` is open, so it has no place: it alone is worth something, as much
/// as it costs to open any of them.
fn nowhere(program: &FleetProgram, row: usize, kind: usize, above: &[Step]) -> Proof {
    let aggregate = program.aggregate;
    let mut worth = vec![Dual::default(); aggregate.instance.items.len()];
    worth[aggregate.items[kind].items[0]] = Dual(1);
    let hosts = hosts_of(aggregate, |bin| program.rows[row].coefficients[aggregate.kind_of[bin]] > 0);
    let splits = above.iter().map(|_| Dual::default()).chain([Dual(1)]).collect();
    let groups = vec![HostGroup { hosts, duals: None }];
    Proof::Duals(Duals { worth, splits, groups, ..Duals::NONE })
}

/// A node's duals as a certificate has them: of units of each resource on each kind of host, of rules, of opening a host.
fn duals_of(program: &FleetProgram, duals: &NodeDuals, steps: &[Step]) -> Duals {
    let aggregate = program.aggregate;
    let kinds = aggregate.hosts.len();
    let mut unit = vec![vec![0i128; aggregate.instance.resources]; kinds];
    let mut aparts: Vec<Vec<RuleDual>> = vec![Vec::new(); kinds];
    let mut presence: BTreeMap<usize, i128> = BTreeMap::new();
    let mut opening: BTreeMap<Goal, i128> = BTreeMap::from([(aggregate.goal, duals.cost)]);
    for &(position, dual) in &duals.rows {
        let row = &program.rows[position];
        let counted = (0..kinds).filter(|&kind| row.coefficients[kind] > 0);
        match row.source {
            Source::Volume(_, resource) => counted.for_each(|kind| unit[kind][resource] += dual),
            Source::Worth(position) => {
                for (sums, duals) in unit.iter_mut().zip(&program.candidates.duals[position].unit) {
                    let priced = sums.iter_mut().zip(duals);
                    priced.for_each(|(sum, price)| *sum = sum.saturating_add(dual.saturating_mul(*price)));
                }
            }
            Source::Crowd(apart) => {
                let price = RuleDual { rule: aggregate.instance.aparts[apart].rule, dual: Dual::new(dual) };
                counted.for_each(|kind| aparts[kind].push(price.clone()));
            }
            Source::Presence(_) => *presence.entry(position).or_default() += dual,
            Source::Limit(goal) => *opening.entry(goal).or_default() += dual,
        }
    }
    let worth_of = program.worth_of_kinds(duals);
    // Of several splits of one kind the last on each side is the tightest.
    let last = |kind: usize, more: bool| {
        steps.iter().rposition(|step| matches!(step.kinds, Counted::Kind(of) if of == kind) && step.more == more)
    };
    let price_of = |(position, step): (usize, &Step)| match step.kinds {
        Counted::Inequality(row) => Dual::new(presence.get(&row).copied().unwrap_or(0)),
        Counted::Kind(kind) if last(kind, step.more) == Some(position) => {
            Dual::new(if step.more { -worth_of[kind] } else { worth_of[kind] })
        }
        Counted::Kind(_) => Dual::default(),
    };
    let open = |goal: Goal| Dual::new(opening.get(&goal).copied().unwrap_or(0));
    let group = |(kind, (unit, aparts)): (usize, (Vec<i128>, Vec<RuleDual>))| HostGroup {
        hosts: hosts_of(aggregate, |bin| aggregate.kind_of[bin] == kind),
        duals: Some(HostDuals { unit: unit.into_iter().map(Dual::new).collect(), steps: Vec::new(), aparts }),
    };
    Duals {
        hosts: open(Goal::FewestHosts),
        price: open(Goal::Cheapest),
        watts: open(Goal::LeastPower),
        splits: steps.iter().enumerate().map(price_of).collect(),
        groups: unit.into_iter().zip(aparts).enumerate().map(group).collect(),
        ..Duals::NONE
    }
}

fn hosts_of(aggregate: &Aggregate, counts: impl Fn(Bin) -> bool) -> Vec<HostIndex> {
    let bins = Bin::all(aggregate.kind_of.len()).filter(|&bin| aggregate.kind_of[bin] != usize::MAX && counts(bin));
    bins.map(|bin| aggregate.instance.hosts[bin]).collect()
}
