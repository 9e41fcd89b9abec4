//! What the duals of columns prove, in the terms of the document.

use super::columns::Duals;
use super::pairs::{Case, Pairs};
use super::problem::Problem;
use crate::certificate::{self, DomainDual, Dual, HostGroup, Method, Node, Pool, Proof, Split, Tree};
use crate::solve::instance::Instance;

/// The proof that nothing fits, by duals that refute it: what each bin can hold is for the referee to find.
pub fn proof(problem: &Problem, instance: &Instance, duals: &Duals) -> Proof {
    Proof::Duals(spelled(problem, instance, duals))
}

/// The proof that nothing fits, by a pool that `duals` leave and the cases that `pairs` closed over it. A tree that was
/// not recorded, or is too large for a certificate, is left out.
pub fn pool(problem: &Problem, instance: &Instance, duals: &Duals, pairs: &mut Pairs) -> Proof {
    let closed = |worth: Vec<i64>| {
        let bins = duals.bins.clone();
        proof(problem, instance, &Duals { items: worth, bins, ..Duals::default() })
    };
    let proof = match pairs.take_tree() {
        Err(1) => return Proof::Omitted(Method::Patterns),
        Err(_) => return Proof::Omitted(Method::Cases),
        Ok(tree) => {
            let item = |class: u32| problem.classes[class as usize].items[0];
            let node = |(at, case): (usize, Case)| match case {
                Case::Split([a, b], other) => {
                    let mut items = [item(a), item(b)];
                    items.sort_unstable();
                    Node::Split { by: Split::Pair { items }, cases: [at + 1, other] }
                }
                Case::Closed(worth) => Node::Leaf(closed(worth)),
            };
            let mut nodes: Vec<Node> = tree.into_iter().enumerate().map(node).collect();
            match nodes.pop() {
                Some(Node::Leaf(alone)) if nodes.is_empty() => alone,
                last => {
                    nodes.extend(last);
                    Proof::Tree(Tree { nodes })
                }
            }
        }
    };
    Proof::Pool(Box::new(Pool { duals: spelled(problem, instance, duals), proof }))
}

fn spelled(problem: &Problem, instance: &Instance, duals: &Duals) -> certificate::Duals {
    let whole = |dual: i64| Dual::new(i128::from(dual));
    let mut worth = vec![Dual::default(); instance.items.len()];
    for (class, &dual) in problem.classes.iter().zip(&duals.items) {
        class.items.iter().for_each(|&item| worth[item] = whole(dual));
    }
    let domain = |(&(apart, domain), &dual): (&(usize, usize), &i64)| {
        let apart = &instance.aparts[apart];
        let bin = apart.domain.iter().position(|&of| of == domain)?;
        Some(DomainDual { rule: apart.rule, host: instance.hosts[bin], dual: whole(dual) })
    };
    let group = |group: &super::problem::Group| HostGroup {
        hosts: group.bins.iter().map(|&bin| instance.hosts[bin]).collect(),
        duals: None,
    };
    certificate::Duals {
        worth,
        moves: whole(duals.moves),
        domains: problem.domains.iter().zip(&duals.domains).filter_map(domain).collect(),
        groups: problem.groups.iter().map(group).collect(),
        ..certificate::Duals::NONE
    }
}
