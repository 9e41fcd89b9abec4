//! What the weights of columns prove, in the terms of the document.

use super::columns::Weights;
use super::pairs::{Case, Pairs};
use super::problem::Problem;
use crate::certificate::{self, DomainPrice, HostGroup, Method, Node, Pool, Proof, Split, Tree, Weight};
use crate::solve::instance::Instance;

/// The proof that nothing fits, by weights that refute it: what each bin can hold is for the referee to find.
pub fn proof(problem: &Problem, instance: &Instance, weights: &Weights) -> Proof {
    Proof::Weights(spelled(problem, instance, weights))
}

/// The proof that nothing fits, by a pool that `weights` leave and the cases that `pairs` closed over it. A tree that was
/// not recorded, or is too large for a certificate, is left out.
pub fn pool(problem: &Problem, instance: &Instance, weights: &Weights, pairs: &mut Pairs) -> Proof {
    let closed = |worth: Vec<i64>| {
        let bins = weights.bins.clone();
        proof(problem, instance, &Weights { items: worth, bins, ..Weights::default() })
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
    Proof::Pool(Box::new(Pool { weights: spelled(problem, instance, weights), proof }))
}

fn spelled(problem: &Problem, instance: &Instance, weights: &Weights) -> certificate::Weights {
    let whole = |weight: i64| Weight::new(i128::from(weight));
    let mut worth = vec![Weight::default(); instance.items.len()];
    for (class, &weight) in problem.classes.iter().zip(&weights.items) {
        class.items.iter().for_each(|&item| worth[item] = whole(weight));
    }
    let domain = |(&(apart, domain), &price): (&(usize, usize), &i64)| {
        let apart = &instance.aparts[apart];
        let bin = apart.domain.iter().position(|&of| of == domain)?;
        Some(DomainPrice { rule: apart.rule, host: instance.hosts[bin], price: whole(price) })
    };
    let group = |group: &super::problem::Group| HostGroup {
        hosts: group.bins.iter().map(|&bin| instance.hosts[bin]).collect(),
        prices: None,
    };
    certificate::Weights {
        worth,
        moves: whole(weights.moves),
        domains: problem.domains.iter().zip(&weights.domains).filter_map(domain).collect(),
        groups: problem.groups.iter().map(group).collect(),
        ..certificate::Weights::NONE
    }
}
