//! A pool: the only sets of items that hosts can hold in any solution, listed here anew.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::duals::Ledger;
use super::knapsack::{self, Piece};
use super::pieces::{Joined, Pieces};
use super::prove;
use super::scene::Scene;
use super::work::{Fault, Work, broken, too_large};
use crate::certificate::{ItemIndex, Node, Pool, Proof, Split};
use crate::model::{HostIndex, Numbered};

/// At most so many numbers are kept of all sets together: 160 MB.
const KEPT: usize = 40_000_000;

/// That nothing fits in `scene` when its hosts hold only sets that the duals of `pool` can afford.
///
/// # Errors
/// Where something might, and where the work is done.
pub(super) fn pool<'a>(scene: &Scene<'a>, pool: &'a Pool, depth: usize, work: &mut Work) -> Result<(), Fault> {
    if scene.pool.is_some() {
        return broken("there is a pool within a pool");
    }
    work.spend(scene.extent() + scene.problem.items.len() as u64)?;
    let ledger = Ledger::new(scene, &pool.duals, work)?;
    let Some(worth) = ledger.worth(work)? else { return Ok(()) };
    let classes = scene.host_classes();
    let mut kinds: Vec<Kind> = Vec::new();
    let mut slack = ledger.fixed()?;
    for &worth in &worth {
        slack = slack.checked_sub(worth).ok_or_else(too_large)?;
    }
    for host in scene.open_hosts() {
        work.spend(kinds.len() as u64)?;
        let opening = ledger.opening(host)?;
        let known = kinds.iter().position(|kind| classes[kind.host] == classes[host] && kind.opening == opening);
        let kind = match (known, ledger.of_host[host]) {
            (Some(kind), None) => kind,
            (_, duals) => {
                let most = match duals {
                    Some(duals) => ledger.value(duals, host)?,
                    None => i128::from(Pieces::new(&ledger, host, &worth, work)?.most(0, work)?),
                };
                kinds.push(Kind { host, hosts: Vec::new(), opening, most });
                kinds.len() - 1
            }
        };
        kinds[kind].hosts.push(host);
        let surplus = kinds[kind].most.checked_sub(opening).ok_or_else(too_large)?.max(0);
        slack = slack.checked_add(surplus).ok_or_else(too_large)?;
    }
    let spare = spare(scene);
    if slack < 0 || spare.iter().any(|spare| *spare < 0) {
        return Ok(());
    }
    let mut table = Table { sets: Vec::new(), kind_of: vec![None; scene.open.len()], members: members(scene, pool) };
    for kind in kinds {
        let surplus = kind.most.checked_sub(kind.opening).ok_or_else(too_large)?.max(0);
        let least = surplus.checked_add(kind.opening).and_then(|sum| sum.checked_sub(slack)).ok_or_else(too_large)?;
        table.list(&ledger, &kind, &worth, least, &spare, work)?;
    }
    let listed = Scene { pool: Some(Rc::new(table)), ..scene.clone() };
    prove(&listed, &pool.proof, depth, work)
}

/// Hosts that can hold the same, for the same.
struct Kind {
    /// One of them.
    host: HostIndex,
    hosts: Vec<HostIndex>,
    opening: i128,
    /// The most that one can hold is worth.
    most: i128,
}

/// What can stay free of each resource in all, where as many hosts hold anything as may, the largest of them.
fn spare(scene: &Scene) -> Vec<i128> {
    let open = scene.open_hosts().count() as u64;
    let most = scene.limits.hosts.map_or(open, |limit| limit.min(open)) as usize;
    let of = |resource: usize| {
        let mut rooms: Vec<u64> = scene.open_hosts().map(|host| scene.capacity[host][resource]).collect();
        rooms.sort_unstable_by(|a, b| b.cmp(a));
        let there: i128 = rooms.iter().take(most).map(|&room| i128::from(room)).sum();
        let asked: i128 = scene.problem.items.iter().map(|item| i128::from(item.size[resource])).sum();
        there - asked
    };
    (0..scene.problem.resources).map(of).collect()
}

/// Interchangeable items; those that the split of a pair on the way or anywhere below speaks of stand alone.
fn members(scene: &Scene, pool: &Pool) -> Vec<Vec<ItemIndex>> {
    let mut alone: BTreeSet<ItemIndex> = BTreeSet::new();
    let mut part = |split: &Split| {
        if let Split::Pair { items } = split {
            alone.extend(items);
        }
    };
    scene.sides.iter().for_each(|side| part(side.split));
    let mut open = vec![&pool.proof];
    while let Some(proof) = open.pop() {
        match proof {
            Proof::Tree(tree) => tree.nodes.iter().for_each(|node| match node {
                Node::Split { by, .. } => part(by),
                Node::Leaf(proof) => open.push(proof),
            }),
            Proof::Hosts(cases) => {
                open.extend(cases.below.iter().map(|claim| &claim.proof));
                open.extend(cases.cases.iter().map(|claim| &claim.proof));
            }
            Proof::Pool(pool) => open.push(&pool.proof),
            Proof::Rules | Proof::Kept | Proof::Volume | Proof::Rounded(_) => {}
            Proof::Duals(_) | Proof::Search(_) | Proof::Omitted(_) => {}
        }
    }
    let classes = scene.item_classes();
    let mut position = vec![usize::MAX; classes.len()];
    let mut members: Vec<Vec<ItemIndex>> = Vec::new();
    for (item, &class) in classes.iter().numbered() {
        if alone.contains(&item) {
            members.push(vec![item]);
            continue;
        }
        if position[class] == usize::MAX {
            position[class] = members.len();
            members.push(Vec::new());
        }
        members[position[class]].push(item);
    }
    members
}

/// The sets of items that may share a host.
#[derive(Debug)]
pub(super) struct Table {
    /// For each kind of hosts its sets: how many of each of the members.
    sets: Vec<Vec<Vec<(u32, u32)>>>,
    kind_of: Vec<Option<usize>>,
    /// Interchangeable items.
    members: Vec<Vec<ItemIndex>>,
}

impl Table {
    /// Lists what the hosts of `kind` may hold: worth `least`, and leaving no more free than there is to spare.
    fn list(
        &mut self,
        ledger: &Ledger,
        kind: &Kind,
        worth: &[i128],
        least: i128,
        spare: &[i128],
        work: &mut Work,
    ) -> Result<(), Fault> {
        let (scene, host) = (ledger.scene, kind.host);
        let of_host = Pieces::new(ledger, host, worth, work)?;
        let mut pieces = Vec::new();
        let mut position = Vec::new();
        for (member, items) in self.members.iter().enumerate() {
            // Items that are alike in the scene may be worth different amounts in the duals: the most counts.
            let nets: Result<Vec<i64>, Fault> = items.iter().map(|&item| of_host.net(item)).collect();
            let (Some(&first), Some(&net)) = (items.first(), nets?.iter().max()) else { continue };
            if scene.may_hold(first, host) {
                let of = &scene.problem.items[first];
                let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
                pieces.push(Piece { size: of.size.clone(), worth: net, count, rules: of.aparts.clone() });
                position.push(member as u32);
            }
        }
        let filled = |(room, spare): (&u64, &i128)| u64::try_from(i128::from(*room) - spare).unwrap_or(0);
        let fill: Vec<u64> = scene.capacity[host].iter().zip(spare).map(filled).collect();
        let least = i64::try_from(least).unwrap_or(if least > 0 { i64::MAX } else { i64::MIN + 1 });
        let joined = Joined::new(scene);
        let mut kept: usize = self.sets.iter().flatten().map(Vec::len).sum();
        let mut sets: Vec<Vec<(u32, u32)>> = Vec::new();
        knapsack::each_pattern(&pieces, &scene.capacity[host], least, &fill, work, |counts| {
            let held = counts.iter().zip(&position).filter(|(count, _)| **count > 0);
            let set: Vec<(u32, u32)> = held.map(|(&count, &member)| (member, count)).collect();
            if joined.admits(|item| holds(&set, &self.members, item)) {
                kept += set.len() + 4;
                sets.push(set);
            }
            if kept > KEPT { Err(Fault::OutOfWork) } else { Ok(()) }
        })?;
        for &host in &kind.hosts {
            self.kind_of[host] = Some(self.sets.len());
        }
        self.sets.push(sets);
        Ok(())
    }

    /// The sets of `host`, where they are listed.
    pub fn of(&self, host: HostIndex) -> Option<usize> {
        self.kind_of[host]
    }

    /// The most that one of `sets` is worth among those that the splits of `scene` admit, or `floor`.
    pub fn most(
        &self,
        sets: usize,
        scene: &Scene,
        net: &dyn Fn(ItemIndex) -> Result<i64, Fault>,
        floor: i64,
        work: &mut Work,
    ) -> Result<i64, Fault> {
        let joined = Joined::new(scene);
        // For each member what its items are worth, the most first: a set takes those.
        work.spend((scene.problem.items.len() * (1 + scene.sides.len())) as u64)?;
        let mut nets: Vec<Vec<i64>> = Vec::with_capacity(self.members.len());
        for items in &self.members {
            let mut worths = items.iter().map(|&item| net(item)).collect::<Result<Vec<i64>, Fault>>()?;
            worths.sort_unstable_by(|a, b| b.cmp(a));
            nets.push(worths);
        }
        let mut best = floor;
        for set in &self.sets[sets] {
            work.spend((2 + set.len()) as u64)?;
            let worths = set.iter().flat_map(|&(member, count)| nets[member as usize].iter().take(count as usize));
            let Some(worth) = worths.copied().try_fold(0i64, i64::checked_add) else {
                return broken("a worth exceeds 63 bits");
            };
            if worth <= best {
                continue;
            }
            work.spend((set.len() * scene.sides.len()) as u64)?;
            if joined.admits(|item| holds(set, &self.members, item)) {
                best = worth;
            }
        }
        Ok(best)
    }
}

/// Whether a set holds `item`, which stands alone among the members.
fn holds(set: &[(u32, u32)], members: &[Vec<ItemIndex>], item: ItemIndex) -> bool {
    set.iter().any(|&(member, _)| members[member as usize] == [item])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::{Claim, Duals, EpsilonConstraints, HostCases, Tree};
    use crate::check::proof::problem::{Host, Item, Problem};

    #[test]
    fn items_of_a_pair_stand_alone_however_deep_it_is_split() {
        let item = Item { size: vec![1], allowed: 0, homes: Vec::new(), running: 0, aparts: Vec::new() };
        let problem = Problem {
            hosts: vec![Host { give: vec![9], agents: vec![0], crowded: false, price: 0, watts: 0, there: true }],
            items: vec![item; 4],
            aparts: Vec::new(),
            resources: 1,
            balanced: vec![true],
            host_class: vec![0],
            item_class: vec![0; 4],
            allowed: vec![vec![true]],
        };
        let scene = Scene::new(&problem, EpsilonConstraints::default());
        let split = Node::Split { by: Split::Pair { items: [1, 3].map(ItemIndex) }, cases: [1, 2] };
        let tree = Proof::Tree(Tree { nodes: vec![split, Node::Leaf(Proof::Rules), Node::Leaf(Proof::Rules)] });
        let case = Claim { hosts: None, limits: EpsilonConstraints::default(), proof: tree };
        let cases = Proof::Hosts(HostCases { below: None, cases: vec![case] });
        let outer = Proof::Tree(Tree { nodes: vec![Node::Leaf(cases)] });
        let [a, b, c, d] = [0, 1, 2, 3].map(ItemIndex);
        for (proof, expected) in [(Proof::Rules, vec![vec![a, b, c, d]]), (outer, vec![vec![a, c], vec![b], vec![d]])] {
            assert_eq!(members(&scene, &Pool { duals: Duals::default(), proof }), expected);
        }
    }
}
