//! A search that found nothing, gone through again: every state that its log closes is judged here.

use std::collections::{BTreeSet, HashSet};

use super::scene::{Scene, with_steps};
use super::work::{Fault, Work, broken};
use crate::certificate::{ItemIndex, SearchLog};
use crate::model::HostIndex;

/// At most so many words of states are remembered: 96 MB.
const REMEMBERED: usize = 12_000_000;

/// At most so many resources are counted in steps.
const STEPS: usize = 256;

/// That the log of `search` goes through all placements of `scene`, and that there is none.
///
/// # Errors
/// Where it leaves something out or is malformed, and where the work is done.
pub(super) fn search(scene: &Scene, search: &SearchLog, work: &mut Work) -> Result<(), Fault> {
    let mut replay = Replay::new(scene, search)?;
    let mut log = search.log.bytes().enumerate();
    let mut open: Vec<Branch> = Vec::new();
    loop {
        // One state: what the log says of it.
        let depth = open.len();
        if depth == replay.order.len() {
            return broken(format!("state {} places everything", replay.visited));
        }
        let Some((at, letter)) = log.next() else { return broken("the log ends before everything was tried") };
        replay.visited = at + 1;
        work.spend((replay.sizes.len() + scene.open.len() * replay.width) as u64)?;
        match letter {
            b'v' if replay.has_room(depth) => {
                return broken(format!("state {at} (`v`): there is room for what is left"));
            }
            b's' if !replay.vain.contains(&replay.state(depth)) => {
                return broken(format!("state {at} (`s`): it was not seen before"));
            }
            b'v' | b's' => {}
            b'b' | b'r' => {
                let state = if letter == b'r' { Some(replay.state(depth)) } else { None };
                let children = replay.children(depth);
                open.push(Branch { state, children, next: 0 });
            }
            _ => return broken(format!("state {at}: no letter of the log")),
        }
        // On to the next child, of the branch that has one.
        loop {
            let tried = replay.placed.len() == open.len();
            let Some(branch) = open.last_mut() else {
                let over = log.next().is_none();
                return if over { Ok(()) } else { broken("the log goes on after everything was tried") };
            };
            if tried {
                replay.take_back();
            }
            if let Some(&host) = branch.children.get(branch.next) {
                branch.next += 1;
                replay.put(host);
                break;
            }
            if let Some(state) = open.pop().and_then(|branch| branch.state) {
                replay.remember(state)?;
            }
        }
    }
}

/// A state whose hosts are tried one after the other.
struct Branch {
    state: Option<Vec<u64>>,
    children: Vec<HostIndex>,
    next: usize,
}

struct Replay<'a> {
    scene: &'a Scene<'a>,
    order: &'a [ItemIndex],
    item_class: Vec<usize>,
    host_class: Vec<usize>,
    /// How many resources there are, those in steps included.
    width: usize,
    /// `[item][resource]`.
    sizes: Vec<Vec<u64>>,
    /// `[host][resource]`: what is free.
    free: Vec<Vec<u64>>,
    count: Vec<u32>,
    /// `[rule][domain]`: whether one of the rule's items is there.
    taken: BTreeSet<(usize, usize)>,
    moved: u64,
    /// Where the items in order are, as far as they are placed.
    placed: Vec<HostIndex>,
    /// For the items from each depth on: what they ask, the least that any asks, and the fewest moves.
    rest: Vec<Rest>,
    vain: HashSet<Vec<u64>>,
    remembered: usize,
    visited: usize,
}

#[derive(Clone)]
struct Rest {
    asked: Vec<u128>,
    smallest: Vec<u64>,
    moves: u64,
}

impl<'a> Replay<'a> {
    fn new(scene: &'a Scene, search: &'a SearchLog) -> Result<Replay<'a>, Fault> {
        let problem = scene.problem;
        let mut seen = vec![false; problem.items.len()];
        for &item in &search.order {
            match seen.get_mut(item.0) {
                Some(seen) if !*seen => *seen = true,
                _ => return broken(format!("item {item} is not in the order once")),
            }
        }
        if seen.contains(&false) {
            return broken("the order leaves out an item");
        }
        if search.steps.len() > STEPS {
            return broken(format!("more than {STEPS} resources are counted in steps"));
        }
        let spell = |amounts: &Vec<u64>| with_steps(amounts, &search.steps);
        let sizes: Option<Vec<_>> = problem.items.iter().map(|item| spell(&item.size)).collect();
        let free: Option<Vec<_>> = scene.capacity.iter().map(spell).collect();
        let (Some(sizes), Some(free)) = (sizes, free) else { return broken("a step is malformed") };
        let mut replay = Replay {
            scene,
            order: &search.order,
            item_class: scene.item_classes(),
            host_class: scene.host_classes(),
            width: problem.resources + search.steps.len(),
            sizes,
            free,
            count: vec![0; scene.open.len()],
            taken: BTreeSet::new(),
            moved: 0,
            placed: Vec::new(),
            rest: Vec::new(),
            vain: HashSet::new(),
            remembered: 0,
            visited: 0,
        };
        replay.rest = replay.rests();
        Ok(replay)
    }

    fn rests(&self) -> Vec<Rest> {
        let none = Rest { asked: vec![0; self.width], smallest: vec![u64::MAX; self.width], moves: 0 };
        let mut rests = vec![none; self.order.len() + 1];
        for (depth, &item) in self.order.iter().enumerate().rev() {
            let mut rest = rests[depth + 1].clone();
            for (r, &size) in self.sizes[item].iter().enumerate() {
                rest.asked[r] += u128::from(size);
                rest.smallest[r] = rest.smallest[r].min(size);
            }
            let of = &self.scene.problem.items[item];
            let hosts = self.scene.open_hosts().filter(|&host| self.scene.problem.may_go(item, host));
            rest.moves = rest.moves.saturating_add(hosts.map(|host| of.moves(host)).min().unwrap_or(0));
            rests[depth] = rest;
        }
        rests
    }

    /// Whether the hosts that the smallest of what is left might go to have room for all that is left.
    fn has_room(&self, depth: usize) -> bool {
        let rest = &self.rest[depth];
        let mut there = vec![0u128; self.width];
        for host in self.scene.open_hosts() {
            let free = &self.free[host];
            if free.iter().zip(&rest.smallest).all(|(free, least)| free >= least) {
                there.iter_mut().zip(free).for_each(|(sum, &free)| *sum += u128::from(free));
            }
        }
        rest.asked.iter().zip(there).all(|(&asked, there)| asked <= there)
    }

    /// The hosts that the item at `depth` must be tried on. An item like the one before it stands on no earlier host;
    /// of interchangeable hosts that hold nothing, the first stands for all.
    fn children(&self, depth: usize) -> Vec<HostIndex> {
        let item = self.order[depth];
        let of = &self.scene.problem.items[item];
        let mut children = Vec::new();
        let mut empty_classes = Vec::new();
        for host in self.scene.open_hosts().skip_while(|&host| host < self.first(depth)) {
            if !self.scene.problem.may_go(item, host) {
                continue;
            }
            if self.count[host] == 0 {
                if empty_classes.contains(&self.host_class[host]) {
                    continue;
                }
                empty_classes.push(self.host_class[host]);
            }
            let fits = self.sizes[item].iter().zip(&self.free[host]).all(|(size, free)| size <= free);
            let domain_free = |&rule: &usize| match &self.scene.problem.aparts[rule] {
                Some(apart) => !self.taken.contains(&(rule, apart.domain[host])),
                None => true,
            };
            let moves = self.moved.saturating_add(of.moves(host)).saturating_add(self.rest[depth + 1].moves);
            let few_moves = self.scene.limits.moves.is_none_or(|limit| moves <= limit);
            if fits && few_moves && of.aparts.iter().all(domain_free) {
                children.push(host);
            }
        }
        children
    }

    /// The first host that the item at `depth` may go to: where the one before it went, if they are alike.
    fn first(&self, depth: usize) -> HostIndex {
        match depth.checked_sub(1) {
            Some(before) if self.item_class[self.order[before]] == self.item_class[self.order[depth]] => {
                self.placed[before]
            }
            _ => HostIndex(0),
        }
    }

    /// All that decides what can still be done.
    fn state(&self, depth: usize) -> Vec<u64> {
        let mut state = vec![depth as u64, self.moved, self.first(depth).0 as u64];
        state.extend(self.scene.open_hosts().flat_map(|host| &self.free[host]));
        state.extend(self.scene.open_hosts().map(|host| u64::from(self.count[host] > 0)));
        state.extend(self.taken.iter().flat_map(|&(rule, domain)| [rule as u64, domain as u64]));
        state
    }

    fn remember(&mut self, state: Vec<u64>) -> Result<(), Fault> {
        self.remembered += state.len();
        if self.remembered > REMEMBERED {
            return Err(Fault::OutOfWork);
        }
        self.vain.insert(state);
        Ok(())
    }

    fn put(&mut self, host: HostIndex) {
        let item = self.order[self.placed.len()];
        self.placed.push(host);
        self.free[host].iter_mut().zip(&self.sizes[item]).for_each(|(free, size)| *free -= size);
        self.count[host] += 1;
        self.moved += self.scene.problem.items[item].moves(host);
        self.mark(item, host, true);
    }

    /// Takes the last item from its host.
    fn take_back(&mut self) {
        let Some(host) = self.placed.pop() else { return };
        let item = self.order[self.placed.len()];
        self.free[host].iter_mut().zip(&self.sizes[item]).for_each(|(free, size)| *free += size);
        self.count[host] -= 1;
        self.moved -= self.scene.problem.items[item].moves(host);
        self.mark(item, host, false);
    }

    fn mark(&mut self, item: ItemIndex, host: HostIndex, taken: bool) {
        for &rule in &self.scene.problem.items[item].aparts {
            let Some(apart) = &self.scene.problem.aparts[rule] else { continue };
            // A rule with one item keeps nothing apart.
            if apart.items.len() > 1 {
                let domain = (rule, apart.domain[host]);
                if taken {
                    self.taken.insert(domain)
                } else {
                    self.taken.remove(&domain)
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::EpsilonConstraints;
    use crate::check::proof::problem::{Apart, Host, Item, Problem};

    #[test]
    fn a_state_has_only_what_can_differ() {
        let (first, second) = (ItemIndex(0), ItemIndex(1));
        let apart =
            |items: &[ItemIndex]| Some(Apart { domain: [0, 1, 2].into(), by_host: true, items: items.to_vec() });
        let item = |size: u64, aparts: &[usize]| Item {
            size: vec![size],
            allowed: 0,
            homes: Vec::new(),
            running: 0,
            aparts: aparts.to_vec(),
        };
        let host = |there: bool| Host { give: vec![9], agents: vec![0], crowded: false, price: 0, watts: 0, there };
        let problem = Problem {
            hosts: vec![host(true), host(true), host(false)],
            items: vec![item(1, &[0, 1]), item(2, &[1])],
            aparts: vec![apart(&[first]), apart(&[first, second])],
            resources: 1,
            balanced: vec![true],
            host_class: vec![0, 0, 1],
            item_class: vec![0, 1],
            allowed: vec![vec![true, true, false]],
        };
        let mut scene = Scene::new(&problem, EpsilonConstraints::default());
        scene.open[1] = false;
        let search = SearchLog { order: vec![first, second], steps: Vec::new(), log: String::new() };
        let mut replay = Replay::new(&scene, &search).expect("the order is right");
        replay.put(HostIndex(0));
        // Depth, moves, first host; what is free on the host, whether it holds anything; the second rule and the domain
        // taken.
        let expected: Vec<u64> = vec![1, 0, 0, 8, 1, 1, 0];
        assert_eq!(replay.state(1), expected);
        assert!(replay.children(1).is_empty());
    }
}
