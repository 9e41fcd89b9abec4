//! A tree of cases: every split has two that cover everything, and nothing fits in any leaf.

use super::scene::{Scene, Side};
use super::work::{Fault, Work, broken};
use super::{inside, prove};
use crate::certificate::{ItemIndex, Node, Split, Tree};
use crate::model::HostIndex;

/// That nothing fits in any case of `tree`.
///
/// # Errors
/// Where a leaf does not hold, where the tree is malformed, and where the work is done.
pub(super) fn tree<'a>(scene: &Scene<'a>, tree: &'a Tree, depth: usize, work: &mut Work) -> Result<(), Fault> {
    // The nodes to look at, with the side of their parent's split and how many sides lie above that.
    let mut open: Vec<(usize, usize, Option<Side>)> = vec![(0, scene.sides.len(), None)];
    work.spend(scene.extent())?;
    let mut path = scene.clone();
    while let Some((node, above, side)) = open.pop() {
        work.spend(1)?;
        path.sides.truncate(above);
        path.sides.extend(side);
        match tree.nodes.get(node) {
            None => return broken(format!("nodes[{node}]: there is none")),
            Some(Node::Leaf(proof)) => {
                inside(prove(&path, proof, depth, work), || format!("nodes[{node}]"))?;
            }
            Some(Node::Split { by, cases }) => {
                // Later positions only: so no case is its own part, and the end is reached.
                if cases.iter().any(|&case| case <= node) {
                    return broken(format!("nodes[{node}]: its cases are not later in the tree"));
                }
                inside(known(scene, by), || format!("nodes[{node}]"))?;
                let above = path.sides.len();
                work.spend((above + scene.open.len() + scene.problem.items.len()) as u64)?;
                for (case, more) in cases.iter().zip([false, true]).rev() {
                    open.push((*case, above, Some(Side { split: by, more })));
                }
            }
        }
    }
    Ok(())
}

/// Whether a split speaks of hosts and items that there are.
fn known(scene: &Scene, split: &Split) -> Result<(), Fault> {
    let (hosts, items): (&[HostIndex], &[ItemIndex]) = match split {
        Split::Open { hosts, .. } => (hosts, &[]),
        Split::On { items, hosts, .. } => (hosts, items),
        Split::Pair { items } => (&[], items),
    };
    // Ascending, so that nothing is counted twice.
    match split {
        _ if hosts.iter().any(|host| host.0 >= scene.open.len()) => broken("its split names a host that is not there"),
        _ if items.iter().any(|item| item.0 >= scene.problem.items.len()) => {
            broken("its split names an item that is not there")
        }
        Split::Pair { items: [a, b] } if a == b => broken("its split is about one item"),
        Split::Pair { .. } => Ok(()),
        _ if hosts.is_sorted_by(|a, b| a < b) && items.is_sorted_by(|a, b| a < b) => Ok(()),
        _ => broken("what its split names is not ascending"),
    }
}
