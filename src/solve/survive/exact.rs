//! Exact search for the best packing that survives: item after item goes to a bin, depth first.
//!
//! What survives still does without some of its items, so that what is placed so far must survive by itself; every
//! failover is tried. After each loss all that must not stop, placed or not yet, needs its volume. And no goal gets better
//! by a further item: what is not better than the best packing known already is left. Items alike ascend, and of empty
//! bins alike only the first is tried: among all packings that differ by such exchanges the first in dictionary order is
//! left.

use super::recovery::{Part, Recovery};
use crate::certificate::ItemIndex;
use crate::model::{Goal, GoalValue, Positions};
use crate::solve::Options;
use crate::solve::instance::{Bin, add, subtract};
use crate::solve::restricted::{RestrictedInstance, Usage, is_better, ranks, ranks_of};
use crate::solve::taken::Taken;
use crate::solve::work::Work;

/// The clock is read once in so many nodes.
const NODES_A_LOOK: u64 = 64;
/// So many steps of trying failovers are one node.
const STEPS_A_NODE: u64 = 16;
/// What becomes of one loss is tried in so many steps at the most.
const STEPS: u64 = 20_000;

/// What the search came to.
#[derive(Clone, Debug)]
pub struct Found {
    /// The best packing, where it is better than the one known.
    pub packing: Option<Vec<Bin>>,
    /// Whether there is none better than that, or than the one known where there is no other.
    pub complete: bool,
}

/// Searches for a packing that survives and is better by `goals` than the one `known`; without goals, or where none is
/// known, any will do. Takes at most so many `nodes`. `judge` says of a packing whether it survives, where trying
/// failovers takes too long.
pub fn search(
    recovery: &Recovery,
    goals: &[Goal],
    known: Option<&[Bin]>,
    nodes: u64,
    judge: &dyn Fn(&[Bin]) -> Option<bool>,
    options: &Options,
) -> Found {
    let instance = recovery.instance;
    let mut order: Vec<ItemIndex> = ItemIndex::all(instance.items.len()).collect();
    order.sort_by(|&a, &b| {
        let shares = recovery.share(b).total_cmp(&recovery.share(a));
        shares.then(instance.item_class[a].cmp(&instance.item_class[b])).then(a.cmp(&b))
    });
    let mut left = vec![(vec![0_u64; instance.resources], 0)];
    for &item in order.iter().rev() {
        let (mut asked, mut moves) = left[left.len() - 1].clone();
        recovery.parts[item].iter().for_each(|part| add(&mut asked, &part.size));
        moves += instance.bins(item).iter().map(|&bin| instance.items[item].moves(bin)).min().unwrap_or(0);
        left.push((asked, moves));
    }
    left.reverse();
    // Items are alike where what must not stop of them is alike, too.
    let parts = |item: ItemIndex| recovery.parts[item].iter().map(Part::kind).collect::<Vec<_>>();
    let alike = |a: ItemIndex, b: ItemIndex| instance.item_class[a] == instance.item_class[b] && parts(a) == parts(b);
    let mut search = Search {
        recovery,
        goals,
        judge,
        anywhere: RestrictedInstance::none(instance),
        ascends: order.iter().enumerate().map(|(depth, &item)| depth > 0 && alike(order[depth - 1], item)).collect(),
        order,
        left,
        at: vec![None; instance.items.len()],
        usage: Usage::new(instance),
        moves: 0,
        best: known.map(|packing| ranks_of(instance, goals, packing)),
        found: Found { packing: None, complete: true },
        nodes: Work::looking(nodes, NODES_A_LOOK, options.clock),
    };
    search.descend(0);
    search.found
}

struct Search<'a> {
    recovery: &'a Recovery<'a>,
    goals: &'a [Goal],
    judge: &'a dyn Fn(&[Bin]) -> Option<bool>,
    anywhere: RestrictedInstance,
    order: Vec<ItemIndex>,
    /// What the items from each depth on ask for that must not stop, and how many of their containers move at the least.
    left: Vec<(Vec<u64>, u64)>,
    /// Whether the item of each depth is like the one before it.
    ascends: Vec<bool>,
    at: Vec<Option<Bin>>,
    usage: Usage,
    moves: u64,
    /// The [`ranks`] of the best packing known.
    best: Option<Vec<GoalValue>>,
    found: Found,
    nodes: Work<'a>,
}

impl Search<'_> {
    /// Tries everything from `depth` on; whether the search is over.
    fn descend(&mut self, depth: usize) -> bool {
        if self.nodes.is_over() {
            self.found.complete = false;
            return true;
        }
        self.nodes.spend(1);
        if !self.may_be_better(depth) || self.is_starved(depth) {
            return false;
        }
        let survives = self.survives();
        if survives == Some(false) {
            return false;
        }
        let Some(&item) = self.order.get(depth) else { return self.take_packing(survives) };
        let instance = self.recovery.instance;
        let first = match self.ascends[depth] {
            true => self.at[self.order[depth - 1]].unwrap_or(Bin(0)),
            false => Bin(0),
        };
        for bin in (Positions { start: first, end: Bin(instance.hosts.len()) }) {
            if !self.usage.fits(instance, &self.anywhere, item, bin) || self.is_copy(bin) {
                continue;
            }
            let moves = instance.items[item].moves(bin);
            self.usage.put(instance, item, bin);
            (self.at[item], self.moves) = (Some(bin), self.moves + moves);
            let over = self.descend(depth + 1);
            self.usage.take(instance, item, bin);
            (self.at[item], self.moves) = (None, self.moves - moves);
            if over {
                return true;
            }
        }
        false
    }

    /// All items are placed: the packing, where it survives as far as is known. Whether any will do.
    fn take_packing(&mut self, survives: Option<bool>) -> bool {
        let packing: Vec<Bin> = self.at.iter().copied().flatten().collect();
        let too_far = self.recovery.instance.most_moves.is_some_and(|most| self.moves > most);
        if too_far || !self.recovery.instance.is_even(&packing) {
            return false;
        }
        match survives.or_else(|| (self.judge)(&packing)) {
            Some(true) => {
                self.best = Some(ranks_of(self.recovery.instance, self.goals, &packing));
                self.found.packing = Some(packing);
                self.goals.is_empty()
            }
            Some(false) => false,
            None => {
                self.found.complete = false;
                false
            }
        }
    }

    fn may_be_better(&self, depth: usize) -> bool {
        let Some(best) = &self.best else { return true };
        let moves = self.moves + self.left[depth].1;
        is_better(&ranks(self.recovery.instance, self.goals, &self.usage, moves), best)
    }

    /// Whether after some loss more is asked than there is.
    fn is_starved(&self, depth: usize) -> bool {
        let instance = self.recovery.instance;
        self.recovery.losses.iter().any(|lost| {
            let mut asked = self.left[depth].0.clone();
            let mut there = vec![0; instance.resources];
            for bin in Bin::all(instance.hosts.len()).filter(|bin| !lost.contains(bin)) {
                add(&mut there, &instance.allocatable[bin]);
                add(&mut asked, &self.usage.used[bin]);
            }
            for (parts, _) in
                self.recovery.parts.iter().zip(&self.at).filter(|(_, at)| at.is_some_and(|it| lost.contains(&it)))
            {
                parts.iter().for_each(|part| add(&mut asked, &part.size));
            }
            let least =
                asked.iter().zip(&self.recovery.spare_volume).map(|(asked, spare)| asked.saturating_sub(*spare));
            least.zip(&there).any(|(asked, there)| asked > *there)
        })
    }

    /// Whether nothing is on a bin, nor on one before it that is like it.
    fn is_copy(&self, bin: Bin) -> bool {
        let class = |bin: Bin| {
            let members = self.recovery.allowed.iter().map(move |set| set.contains(bin));
            (self.recovery.instance.bin_class[bin], members.collect::<Vec<_>>())
        };
        let is_empty = |bin: Bin| self.usage.count[bin] == 0;
        is_empty(bin) && Bin::all(bin.0).any(|other| is_empty(other) && class(other) == class(bin))
    }

    /// Whether what is placed so far survives every loss; `None` where that takes too long.
    fn survives(&mut self) -> Option<bool> {
        let mut known = Some(true);
        for lost in &self.recovery.losses {
            if lost.iter().all(|&bin| self.usage.count[bin] == 0) {
                continue;
            }
            let mut contingency = Contingency::new(self.recovery, &self.usage, &self.at, lost);
            let survived = contingency.is_survived();
            self.nodes.spend(1 + (STEPS - contingency.steps) / STEPS_A_NODE);
            match survived {
                Some(true) => {}
                Some(false) if self.recovery.is_whole => return Some(false),
                Some(false) | None => known = None,
            }
        }
        known
    }
}

/// What a loss displaces, and what makes room for it where it may.
struct Contingency<'a> {
    recovery: &'a Recovery<'a>,
    lost: &'a [Bin],
    pieces: Vec<Piece<'a>>,
    /// What the pieces from each on ask for.
    left: Vec<Vec<u64>>,
    /// What is free on the bins that are left, in all.
    free: Vec<u64>,
    used: Vec<Vec<u64>>,
    domains: Taken,
    /// For each piece placed, which of its choices it took.
    taken: Vec<usize>,
    /// How many containers of each service with `keep` are down.
    down: Vec<u32>,
    steps: u64,
}

/// What is to be placed, and where it stands if that is not lost.
#[derive(Clone, Copy)]
struct Piece<'a> {
    part: &'a Part,
    stands: Option<Bin>,
}

impl<'a> Contingency<'a> {
    fn new(recovery: &'a Recovery<'a>, usage: &Usage, at: &[Option<Bin>], lost: &'a [Bin]) -> Contingency<'a> {
        let instance = recovery.instance;
        let (mut used, mut domains) = (usage.used.clone(), usage.domains.clone());
        let mut pieces: Vec<Piece> = Vec::new();
        let placed = ItemIndex::all(at.len()).filter_map(|item| Some((item, at[item]?)));
        for (item, bin) in placed {
            let stands = Some(bin).filter(|bin| !lost.contains(bin));
            match stands {
                None => pieces.extend(recovery.parts[item].iter().map(|part| Piece { part, stands })),
                Some(_) if !recovery.wholes.is_empty() => pieces.push(Piece { part: &recovery.wholes[item], stands }),
                Some(_) => continue,
            }
            subtract(&mut used[bin], &instance.items[item].size);
            let of = &instance.items[item];
            domains.leave(instance, &of.aparts, &of.caps, bin);
        }
        if pieces.iter().all(|piece| piece.stands.is_some()) {
            pieces.clear();
        }
        let key = |piece: &Piece<'a>| (piece.part.kind(), piece.stands);
        pieces.sort_by(|a, b| b.part.share.total_cmp(&a.part.share).then_with(|| key(a).cmp(&key(b))));
        let mut left = vec![vec![0; instance.resources]];
        for piece in pieces.iter().rev() {
            let mut asked = left[left.len() - 1].clone();
            add(&mut asked, piece.part.least());
            left.push(asked);
        }
        left.reverse();
        let mut free = vec![0; instance.resources];
        for bin in Bin::all(instance.hosts.len()).filter(|bin| !lost.contains(bin)) {
            add(&mut free, &instance.allocatable[bin]);
            subtract(&mut free, &used[bin]);
        }
        let down = vec![0; recovery.spare.len()];
        Contingency { recovery, lost, pieces, left, free, used, domains, taken: Vec::new(), down, steps: STEPS }
    }

    /// Whether all that is displaced finds room; `None` where that takes too long.
    fn is_survived(&mut self) -> Option<bool> {
        let depth = self.taken.len();
        let Some(&piece) = self.pieces.get(depth) else { return Some(true) };
        if self.steps == 0 {
            return None;
        }
        self.steps -= 1;
        if self.left[depth].iter().zip(&self.free).any(|(asked, free)| asked > free) {
            return Some(false);
        }
        let is_like = |before: &Piece| before.stands == piece.stands && before.part.kind() == piece.part.kind();
        let least = match depth.checked_sub(1) {
            Some(before) if is_like(&self.pieces[before]) => self.taken[before],
            _ => 0,
        };
        let (recovery, lost) = (self.recovery, self.lost);
        let mut choice = 0;
        for part in piece.part.and_lesser() {
            let may_be = part.down.iter().all(|&(of, many)| self.down[of] + many <= recovery.spare[of]);
            let allowed = recovery.allowed[part.allowed].bins.iter().copied();
            let elsewhere = allowed.filter(|&bin| Some(bin) != piece.stands && !lost.contains(&bin));
            let bins: Vec<Option<Bin>> = match part.containers.is_empty() {
                true => vec![None],
                false => piece.stands.into_iter().chain(elsewhere).map(Some).collect(),
            };
            for bin in bins {
                choice += 1;
                if choice <= least || !may_be || bin.is_some_and(|bin| !self.takes(part, bin)) {
                    continue;
                }
                bin.into_iter().for_each(|bin| self.put(part, bin));
                part.down.iter().for_each(|&(of, many)| self.down[of] += many);
                self.taken.push(choice - 1);
                let survived = self.is_survived();
                self.taken.pop();
                part.down.iter().for_each(|&(of, many)| self.down[of] -= many);
                bin.into_iter().for_each(|bin| self.take(part, bin));
                if survived != Some(false) {
                    return survived;
                }
            }
        }
        Some(false)
    }

    fn takes(&self, part: &Part, bin: Bin) -> bool {
        let instance = self.recovery.instance;
        let amounts = self.used[bin].iter().zip(&part.size).zip(&instance.allocatable[bin]);
        amounts.into_iter().all(|((used, size), give)| used + size <= *give)
            && self.domains.admits(instance, &part.aparts, &part.caps, bin)
    }

    fn put(&mut self, part: &Part, bin: Bin) {
        add(&mut self.used[bin], &part.size);
        subtract(&mut self.free, &part.size);
        self.domains.put(self.recovery.instance, &part.aparts, &part.caps, bin);
    }

    fn take(&mut self, part: &Part, bin: Bin) {
        subtract(&mut self.used[bin], &part.size);
        add(&mut self.free, &part.size);
        self.domains.leave(self.recovery.instance, &part.aparts, &part.caps, bin);
    }
}
