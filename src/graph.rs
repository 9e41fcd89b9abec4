//! What needs what: cycles, start order, and what stops when a host dies.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// Every knot of things that need each other, as one cycle a knot: `[a, b, c]` says that `a` needs `b`, `b` needs `c`
/// and `c` needs `a`. `needs[a]` lists what `a` needs. Each is one of the shortest cycles through the knot's first
/// thing, which comes first; knots are in the order of their first things.
pub fn cycles(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let edges = needs.iter().map(Vec::len).sum();
    let mut graph = DiGraph::<(), (), usize>::with_capacity(needs.len(), edges);
    for _ in needs {
        graph.add_node(());
    }
    for (from, all) in needs.iter().enumerate() {
        for &to in all.iter().filter(|&&to| to < needs.len()) {
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        }
    }
    // Not `tarjan_scc`, which recurses: a long chain of needs would overflow the stack.
    let mut knots: Vec<Vec<usize>> =
        kosaraju_scc(&graph).into_iter().map(|knot| knot.into_iter().map(NodeIndex::index).collect()).collect();
    for knot in &mut knots {
        knot.sort_unstable();
    }
    knots.sort_unstable();
    knots.iter().filter_map(|knot| shortest_cycle(needs, knot)).collect()
}

/// A shortest cycle through the first thing of `knot` that stays in it; `None` where it is alone and needs not itself.
fn shortest_cycle(needs: &[Vec<usize>], knot: &[usize]) -> Option<Vec<usize>> {
    let start = *knot.first()?;
    let mut reached_from: Vec<Option<usize>> = vec![None; knot.len()];
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(here) = queue.pop_front() {
        for next in needs.get(here)? {
            if *next == start {
                return Some(path_back(knot, &reached_from, start, here));
            }
            if let Ok(position) = knot.binary_search(next)
                && reached_from[position].is_none()
            {
                reached_from[position] = Some(here);
                queue.push_back(*next);
            }
        }
    }
    None
}

fn path_back(knot: &[usize], reached_from: &[Option<usize>], start: usize, end: usize) -> Vec<usize> {
    let mut path = vec![end];
    let mut here = end;
    while here != start {
        match knot.binary_search(&here).ok().and_then(|position| reached_from[position]) {
            Some(before) => here = before,
            None => break,
        }
        path.push(here);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_nothing_in_a_circle_has_no_cycles() {
        assert!(cycles(&[]).is_empty());
        assert!(cycles(&[vec![1, 2], vec![2], vec![]]).is_empty());
    }

    #[test]
    fn each_knot_gives_one_shortest_cycle_from_its_first_thing() {
        // 0 -> 1 -> 2 -> 0 with the detour 1 -> 3 -> 2; 4 needs itself; 5 -> 0 is no part of a knot.
        let needs = [vec![1], vec![3, 2], vec![0], vec![2], vec![4], vec![0]];
        assert_eq!(cycles(&needs), [vec![0, 1, 2], vec![4]]);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_does_not_overflow_the_stack() {
        let mut needs: Vec<Vec<usize>> = (1..=100_000).map(|next| vec![next]).collect();
        needs.push(vec![0]);
        assert_eq!(cycles(&needs).first().map(Vec::len), Some(100_001));
    }
}
