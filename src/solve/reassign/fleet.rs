//! Which bins stay open where a goal that counts hosts comes before the moves. Sets keep as much of what stands as the
//! limits allow while the open bins, filled to a share of what they give, hold all that is asked: tight packing costs moves
//! of its own, so several shares are tried. Each set is walked over; then one or two bins of the best are exchanged at a
//! time, and the placement is mended from where it stands.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::instance::{Bin, Instance};
use super::super::restricted::{COSTS, EpsilonConstraints, RestrictedInstance, bin_cost, open_bins};
use super::super::rng::Rng;
use super::super::work::Work;
use super::FleetSearch;
use super::board::{Board, below};
use super::resettle::resettle;
use super::rounds::heat;
use super::units::Units;
use super::walk::{Best, Chances, Walk, mend, walk};
use crate::certificate::ItemIndex;

/// The shares to which the open bins are to be filled at the most, in hundredths, each tried twice.
const SHARES: [u64; 10] = [100, 99, 98, 97, 96, 95, 93, 91, 88, 85];
/// A walk takes so many steps, and no fewer than so many an item.
const STEPS: u64 = 150_000;
const STEPS_AN_ITEM: u64 = 400;
/// So many of the best sets are gone on with.
const KEPT: usize = 4;
/// Of all steps, so many hundredths go to the first sets, and so many in vain end the search.
const FIRST: u64 = 40;
const IN_VAIN: u64 = 40;
/// Steps of the annealing over sets.
const PROPOSALS: usize = 6_000;
/// What a set costs that lacks a bin for a rule, and one whose bins cost one mean bin too much, in items.
const LACK: f64 = 1e3;
const TOO_DEAR: f64 = 1e4;
/// What asking for all that there is too much costs, in shares of all items.
const TOO_FULL: f64 = 20.0;
/// The weight of excess: the first, that of a given placement, the largest.
const WEIGHT: (f64, f64, f64) = (8.0, 16.0, 4_000.0);

/// What every set must offer, whatever stands where.
struct Needs {
    /// Of each of these some bin.
    one_of: Vec<Vec<Bin>>,
    /// Of the domains so many.
    domains: Vec<(Arc<[usize]>, usize)>,
}

/// The sets of bins and what they are judged by.
struct Sets<'a> {
    instance: &'a Instance,
    all: &'a RestrictedInstance,
    limits: &'a EpsilonConstraints,
    needs: Needs,
    /// What each bin costs by each goal that is limited, that limit being the most, and the mean.
    costs: Vec<(Vec<u64>, u64, f64)>,
    total: Vec<u64>,
    /// How many containers run on each bin.
    standing: Vec<u64>,
}

/// A set, the packing found for it, and the weight of excess that it took.
#[derive(Clone)]
struct Kept {
    moves: i64,
    open: Vec<bool>,
    packing: Vec<Bin>,
    weight: f64,
}

/// How a set is walked over.
struct Settling {
    heat: f64,
    steps: u64,
    /// How often the weight of excess may be raised while nothing is found.
    tries: usize,
    /// How many walks that find something.
    walks: usize,
}

/// A search over sets of bins that can be taken up where it was left.
pub struct Fleets<'a, const R: usize> {
    sets: Sets<'a>,
    /// A packing that keeps to the limits.
    known: Vec<Bin>,
    rng: Rng,
    chances: Chances,
    /// Steps of a walk.
    steps: u64,
    /// The best sets.
    top: Vec<Kept>,
    /// Exchanges so far.
    exchanges: u32,
}

impl<'a, const R: usize> Fleets<'a, R> {
    /// Over sets of bins of `all` within `limits`, which not all bins keep to, from where things stand and from `known`,
    /// which keeps to them.
    pub fn new(
        instance: &'a Instance,
        all: &'a RestrictedInstance,
        limits: &'a EpsilonConstraints,
        known: &[Bin],
        seed: u64,
    ) -> Fleets<'a, R> {
        let steps = STEPS.max(STEPS_AN_ITEM * known.len() as u64);
        let sets = Sets::new(instance, all, limits);
        let (rng, chances) = (Rng::with_seed(seed), Chances::new());
        Fleets { sets, known: known.to_vec(), rng, chances, steps, top: Vec::new(), exchanges: 0 }
    }

    /// The sets to go on with.
    fn begin(&mut self, work: &mut Work) {
        let (sets, rng, chances, steps) = (&self.sets, &mut self.rng, &self.chances, self.steps);
        let budget = work.left();
        let mut top: Vec<Kept> = Vec::new();
        let mut weight = WEIGHT.1;
        let given: Vec<Option<Bin>> = self.known.iter().map(|&bin| Some(bin)).collect();
        let open = occupied(sets.all.open.len(), &self.known);
        let settling = Settling { heat: 0.02, steps, tries: 1, walks: 3 };
        let settled = sets.settle::<R>(&open, &given, &settling, &mut weight, chances, work, rng);
        if let Some((moves, packing)) = settled {
            top.push(Kept { moves, open, packing, weight });
        }
        let homes: Vec<Option<Bin>> = (sets.instance.items.iter())
            .map(|item| item.homes.iter().max_by_key(|(_, count)| *count).map(|&(bin, _)| bin))
            .collect();
        let mut seen: BTreeSet<Vec<bool>> = BTreeSet::new();
        for share in SHARES.into_iter().flat_map(|share| [share, share]) {
            if work.left() < budget - budget / 100 * FIRST {
                break;
            }
            let open = sets.propose(share, rng);
            if !seen.insert(open.clone()) || !sets.limits.admit(sets.instance, &open) {
                continue;
            }
            let mut weight = WEIGHT.0;
            let settling = Settling { heat: 0.1, steps, tries: 14, walks: 3 };
            let settled = sets.settle::<R>(&open, &homes, &settling, &mut weight, chances, work, rng);
            if let Some((moves, packing)) = settled {
                top.push(Kept { moves, open, packing, weight });
            }
        }
        top.sort_by_key(|kept| kept.moves);
        top.truncate(KEPT);
        self.top = top;
    }
}

impl<const R: usize> Fleets<'_, R> {
    /// Exchanges bins of the sets in `top`, weak ones for rich ones, for as long as that helps.
    fn exchange(&mut self, budget: u64, work: &mut Work) {
        let Fleets { sets, rng, chances, steps, top, exchanges: round, .. } = self;
        let steps = *steps;
        let Some(mut least) = top.iter().map(|kept| kept.moves).min() else { return };
        let mut improved = work.left();
        while !work.is_over() && improved - work.left() < budget / 100 * IN_VAIN {
            let at = if round.is_multiple_of(3) { 0 } else { below(rng, top.len()) };
            *round += 1;
            let kept = top[at].clone();
            let mut open = kept.open.clone();
            let stays = round.is_multiple_of(4) || !sets.exchanged(&mut open, rng);
            // What cannot be costs no walk, but the search is to end.
            work.spend(1_000);
            if !stays && (!sets.limits.admit(sets.instance, &open) || sets.lacks(&open) > 0) {
                continue;
            }
            let mut weight = if stays { kept.weight * 0.8 } else { kept.weight };
            // What stood on a bin that opens goes home.
            let opens = |bin: Bin| open[bin.0] && !kept.open[bin.0];
            let start: Vec<Option<Bin>> = ItemIndex::all(kept.packing.len())
                .map(|item| {
                    let home = sets.instance.items[item].homes.first().map(|&(home, _)| home);
                    Some(home.filter(|&home| opens(home)).unwrap_or(kept.packing[item.0]))
                })
                .collect();
            let settling = Settling {
                heat: [0.1, 0.03, 0.01][below(rng, 3)],
                steps: if stays { 6 * steps } else { 2 * steps },
                tries: 2,
                walks: if stays { 4 } else { 2 },
            };
            let settled = sets.settle::<R>(&open, &start, &settling, &mut weight, chances, work, rng);
            let Some((moves, packing)) = settled else { continue };
            if moves < least {
                (least, improved) = (moves, work.left());
            }
            if moves < kept.moves || (moves == kept.moves && below(rng, 2) == 0) {
                let weight = weight.min(kept.weight * 1.4).max(1.0);
                top[at] = Kept { moves, open, packing, weight };
            }
            if round.is_multiple_of(60) {
                top.sort_by_key(|kept| kept.moves);
                if let [first, .., last] = &mut top[..] {
                    last.clone_from(first);
                }
            }
        }
    }
}

impl<const R: usize> FleetSearch for Fleets<'_, R> {
    fn seek(&mut self, work: &mut Work) -> Option<Vec<Bin>> {
        let budget = work.left();
        if self.top.is_empty() {
            self.begin(work);
        }
        let before = super::super::restricted::moves(self.sets.instance, &self.known) as i64;
        self.exchange(budget, work);
        let best = self.top.iter().min_by_key(|kept| kept.moves)?;
        if best.moves >= before {
            return None;
        }
        self.known.clone_from(&best.packing);
        Some(best.packing.clone())
    }
}

fn occupied(bins: usize, packing: &[Bin]) -> Vec<bool> {
    let mut open = vec![false; bins];
    packing.iter().for_each(|bin| open[bin.0] = true);
    open
}

impl<'a> Sets<'a> {
    fn new(instance: &'a Instance, all: &'a RestrictedInstance, limits: &'a EpsilonConstraints) -> Sets<'a> {
        let bins = || Bin::all(instance.hosts.len());
        let mut one_of: Vec<Vec<Bin>> = (instance.bin_sets.iter())
            .map(|set| set.bins.iter().copied().filter(|&bin| all.open[bin]).collect::<Vec<Bin>>())
            .filter(|set| set.len() < instance.hosts.len())
            .collect();
        one_of.sort_unstable();
        one_of.dedup();
        let domains = instance.aparts.iter().map(|apart| (apart.domain.clone(), apart.items.len()));
        let mut domains: Vec<(Arc<[usize]>, usize)> = domains.collect();
        domains.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        // Who has room for the largest rule of a topology has room for all.
        domains.dedup_by(|smaller, larger| smaller.0 == larger.0);
        let limited = limits.costs().into_iter().zip(COSTS);
        let costs = limited.filter_map(|(most, goal)| {
            let cost: Vec<u64> = bins().map(|bin| bin_cost(instance, goal, bin)).collect();
            let mean = (cost.iter().sum::<u64>() as f64 / cost.len().max(1) as f64).max(1e-9);
            Some((cost, most?, mean))
        });
        let mut standing = vec![0; instance.hosts.len()];
        for item in &instance.items {
            item.homes.iter().for_each(|&(bin, count)| standing[bin.0] += count);
        }
        let costs = costs.collect();
        Sets { instance, all, limits, needs: Needs { one_of, domains }, costs, total: instance.total(), standing }
    }

    /// How many bins or domains `open` lacks for rules alone.
    fn lacks(&self, open: &[bool]) -> usize {
        let without = self.needs.one_of.iter().filter(|set| !set.iter().any(|bin| open[bin.0])).count();
        let short = |(domain, many): &(Arc<[usize]>, usize)| {
            let mut there = vec![false; open.len()];
            open_bins(open).for_each(|bin| there[domain[bin]] = true);
            many.saturating_sub(there.into_iter().filter(|there| *there).count())
        };
        without + self.needs.domains.iter().map(short).sum::<usize>()
    }

    /// What is bad about a set whose bins are filled to so many hundredths: what has to leave, and what it must not be.
    fn badness(&self, open: &[bool], share: u64) -> f64 {
        let closed = (0..open.len()).filter(|&bin| !open[bin]);
        let mut bad = closed.map(|bin| self.standing[bin]).sum::<u64>() as f64;
        bad += self.lacks(open) as f64 * LACK;
        for (cost, most, mean) in &self.costs {
            let spent: u64 = open_bins(open).map(|bin| cost[bin.0]).sum();
            bad += spent.saturating_sub(*most) as f64 / mean * TOO_DEAR;
        }
        for (r, &asked) in self.total.iter().enumerate() {
            let there: u64 = open_bins(open).map(|bin| self.all.capacity[bin][r]).sum();
            let there = there as f64 * share as f64 / 100.0;
            bad +=
                (asked as f64 - there).max(0.0) / (asked as f64).max(1.0) * TOO_FULL * self.instance.items.len() as f64;
        }
        bad
    }

    /// A set whose bins are to be filled to so many hundredths at the most.
    fn propose(&self, share: u64, rng: &mut Rng) -> Vec<bool> {
        let bins = self.all.open.len();
        let mut open = self.all.open.clone();
        let mut bad = self.badness(&open, share);
        let mut best = (bad, open.clone());
        let chances = Chances::new();
        let mut temperature = (self.instance.items.len() as f64 / 10.0).max(0.05);
        for _ in 0..PROPOSALS {
            let pair = [below(rng, bins), below(rng, bins)];
            let some = if below(rng, 3) > 0 { &pair[..] } else { &pair[..1] };
            let changes = some.iter().all(|&bin| self.all.open[bin]);
            if !changes || (some.len() == 2 && open[pair[0]] == open[pair[1]]) {
                continue;
            }
            some.iter().for_each(|&bin| open[bin] = !open[bin]);
            let after = self.badness(&open, share);
            if after <= bad || rng.f64() < chances.of(after - bad, temperature) {
                bad = after;
                if bad < best.0 {
                    best = (bad, open.clone());
                }
            } else {
                some.iter().for_each(|&bin| open[bin] = !open[bin]);
            }
            temperature = (temperature * 0.9985).max(0.05);
        }
        best.1
    }

    /// Walks until something is found, the weight of excess growing, and then on from there.
    #[expect(clippy::too_many_arguments, reason = "what one walk needs")]
    fn settle<const R: usize>(
        &self,
        open: &[bool],
        start: &[Option<Bin>],
        settling: &Settling,
        weight: &mut f64,
        chances: &Chances,
        work: &mut Work,
        rng: &mut Rng,
    ) -> Best {
        let mut restricted = self.all.clone();
        restricted.open = open.to_vec();
        let units = Arc::new(Units::<R>::new(self.instance, &restricted)?);
        let mut board = Board::new(units, start, rng)?;
        let mut best: Best = None;
        let (mut failed, mut found) = (0, 0);
        while failed < settling.tries && found < settling.walks && !work.is_over() {
            let now = if best.is_some() { *weight * [0.5, 1.0, 0.7][found % 3] } else { *weight };
            let plan = Walk { constant: 1.0, heat: heat(settling.heat, now), weight: now, steps: settling.steps };
            let mut this: Best = None;
            walk(&mut board, &plan, chances, 0, &mut this, work, rng);
            if this.is_none() {
                let mut mended = best.clone();
                mend(&mut board, &plan, chances, 0, &mut mended, work, rng);
                this = mended.filter(|(moves, _)| best.as_ref().is_none_or(|(known, _)| moves < known));
            }
            match this {
                Some((moves, packing)) => {
                    if best.as_ref().is_none_or(|(known, _)| moves < *known) {
                        best = Some((moves, packing));
                    }
                    found += 1;
                    resettle(&mut board, settling.steps, 0, &mut best, work, rng);
                }
                None => {
                    failed += 1;
                    *weight = (*weight * 1.4).min(WEIGHT.2);
                }
            }
        }
        best
    }

    /// Closes the weaker of some open bins and opens the richer of some closed ones, once or twice; whether it can.
    fn exchanged(&self, open: &mut [bool], rng: &mut Rng) -> bool {
        for _ in 0..1 + below(rng, 2) {
            let (inside, outside): (Vec<Bin>, Vec<Bin>) =
                Bin::all(open.len()).filter(|&bin| self.all.open[bin]).partition(|&bin| open[bin.0]);
            if inside.is_empty() || outside.is_empty() {
                return false;
            }
            let mut drawn = |bins: &[Bin]| {
                let bin = bins[below(rng, bins.len())];
                (self.standing[bin.0] * 8 + below(rng, 40) as u64, bin)
            };
            let (mut weak, mut rich) = (drawn(&inside), drawn(&outside));
            for _ in 0..2 {
                weak = weak.min(drawn(&inside));
                rich = rich.max(drawn(&outside));
            }
            open[weak.1.0] = false;
            open[rich.1.0] = true;
        }
        true
    }
}
