//! The most that one host can hold, exactly: a knapsack with several resources, in which no two pieces of one rule meet.
//!
//! Depth first over the pieces, those worth most for what they take first, cut by tables of one resource each (what the
//! pieces that are left are worth at most within so much of it) and of one surrogate, a weighted sum of all resources
//! (Glover, Operations Research 13, 1965). The tables count in steps, sizes and room rounded down, which can only
//! overrate what is left. Every sum is a whole number; whatever the tables' order or weights, the answer is exact.

use super::scene::gcd;
use super::work::{Fault, Work, broken};

/// Tables of the resources have at most so many columns; that of the surrogate four times as many.
const COLUMNS: u64 = 2_048;
/// All tables together have at most so many entries.
const ENTRIES: u64 = 8_000_000;
/// The surrogate counts each resource in so many parts of the room, weighted by up to [`WEIGHTS`].
const PARTS: u64 = 1 << 20;
/// Weights of the surrogate are tried up to this.
const WEIGHTS: u64 = 32;

/// Interchangeable things that may be held.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// What one takes of each resource.
    pub size: Vec<u64>,
    /// What one is worth; below 0 only where every set is looked at.
    pub worth: i64,
    /// How many there are.
    pub count: u32,
    /// The rules that allow only one piece of theirs.
    pub rules: Vec<usize>,
}

/// The most that pieces within `room` are worth, or `floor` where that is more.
///
/// # Errors
/// Where the sums exceed 63 bits, and where the work is done.
pub(super) fn most(pieces: &[Piece], room: &[u64], floor: i64, work: &mut Work) -> Result<i64, Fault> {
    let mut best = floor;
    let mut search = KnapsackSearch::new(pieces, room, work)?;
    search.each_above(floor, work, |worth, _| {
        best = worth;
        Ok(best)
    })?;
    Ok(best)
}

/// Tells `found` every set of pieces within `room` that is worth `least` or more and takes `fill` of each resource: how
/// many of each piece.
///
/// # Errors
/// Where the sums exceed 63 bits, where the work is done, and what `found` says.
pub(super) fn each_pattern(
    pieces: &[Piece],
    room: &[u64],
    least: i64,
    fill: &[u64],
    work: &mut Work,
    mut found: impl FnMut(&[u32]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut search = KnapsackSearch::new(pieces, room, work)?;
    search.must_fill(fill);
    let order = search.order.clone();
    let Some(above) = least.checked_sub(1) else { return broken("a worth is out of range") };
    let mut pattern = vec![0; pieces.len()];
    search.each_above(above, work, |_, counts| {
        order.iter().zip(counts).for_each(|(&piece, &count)| pattern[piece] = count);
        found(&pattern)?;
        Ok(above)
    })
}

/// A resource as a table sees it.
struct Table {
    /// What a step is.
    step: u64,
    columns: usize,
    /// `[piece][steps left]`: the most that this piece and those after it are worth.
    most: Vec<i64>,
}

impl Table {
    fn at(&self, piece: usize, left: u64) -> i64 {
        let column = (left / self.step).min(self.columns as u64 - 1) as usize;
        self.most[piece * self.columns + column]
    }
}

struct KnapsackSearch<'a> {
    pieces: Vec<&'a Piece>,
    /// Where each of them stands in what was given.
    order: Vec<usize>,
    /// What the sizes of each resource are counted in.
    divisors: Vec<u64>,
    /// What each takes: the resources, then the surrogate.
    sizes: Vec<Vec<u64>>,
    room: Vec<u64>,
    tables: Vec<Table>,
    /// What must be left of each of them at most after each piece, so that those after it can still fill it.
    leave: Vec<Vec<u64>>,
    /// How many rules there are at most.
    rules: usize,
}

impl<'a> KnapsackSearch<'a> {
    fn new(pieces: &'a [Piece], room: &[u64], work: &mut Work) -> Result<KnapsackSearch<'a>, Fault> {
        let absolute = |piece: &Piece| piece.worth.checked_abs()?.checked_mul(piece.count.into());
        if pieces.iter().try_fold(0i64, |sum, piece| sum.checked_add(absolute(piece)?)).is_none() {
            return broken("a worth is out of range");
        }
        let surrogate = Surrogate::new(pieces, room, work)?;
        let mut order: Vec<usize> = (0..pieces.len()).collect();
        order.sort_by_key(|&piece| {
            let (of, size) = (&pieces[piece], surrogate.size(&pieces[piece].size));
            // Worth for size, as whole numbers that compare like the fractions.
            (std::cmp::Reverse(i128::from(of.worth) * (1 << 40) / i128::from(size.max(1))), piece)
        });
        // What all sizes are multiples of: the tables count in that, and round less.
        let divisor = |r: usize| pieces.iter().fold(0, |divisor, piece| gcd(divisor, piece.size[r])).max(1);
        let divisors: Vec<u64> = (0..room.len()).map(divisor).collect();
        let mut room: Vec<u64> = room.iter().zip(&divisors).map(|(room, divisor)| room / divisor).collect();
        room.push(surrogate.room());
        let size = |&piece: &usize| {
            let size = &pieces[piece].size;
            let plain = size.iter().zip(&divisors).map(|(size, divisor)| size / divisor);
            plain.chain([surrogate.size(size)]).collect()
        };
        let sizes: Vec<Vec<u64>> = order.iter().map(size).collect();
        let rules = pieces.iter().flat_map(|piece| &piece.rules).max().map_or(0, |last| last + 1);
        let pieces = order.iter().map(|&piece| &pieces[piece]).collect();
        let mut search = KnapsackSearch {
            pieces,
            order,
            divisors: Vec::new(),
            sizes,
            room,
            tables: Vec::new(),
            leave: Vec::new(),
            rules,
        };
        for resource in 0..search.room.len() {
            let table = search.table(resource, work)?;
            search.tables.push(table);
        }
        search.divisors = divisors;
        Ok(search)
    }

    /// From now on only sets count that take at least `fill` of each resource.
    fn must_fill(&mut self, fill: &[u64]) {
        // What may be left at the end: of the resources as they are counted here.
        let end = |((&room, &fill), &divisor): ((&u64, &u64), &u64)| room.saturating_sub(fill.div_ceil(divisor));
        let mut leave: Vec<u64> = self.room.iter().zip(fill).zip(&self.divisors).map(end).collect();
        let mut rows = vec![leave.clone()];
        for (piece, size) in self.pieces.iter().zip(&self.sizes).rev() {
            for (leave, size) in leave.iter_mut().zip(size) {
                *leave = leave.saturating_add(size.saturating_mul(u64::from(piece.count)));
            }
            rows.push(leave.clone());
        }
        rows.reverse();
        self.leave = rows;
    }

    /// Whether what is left from `piece` on can still be filled.
    fn can_fill(&self, piece: usize, left: &[u64]) -> bool {
        self.leave.get(piece).is_none_or(|leave| leave.iter().zip(left).all(|(leave, left)| left <= leave))
    }

    fn table(&self, resource: usize, work: &mut Work) -> Result<Table, Fault> {
        let last = resource + 1 == self.room.len();
        let wanted = if last { 4 * COLUMNS } else { COLUMNS };
        let rows = self.pieces.len() as u64 + 1;
        let most_columns = wanted.min(ENTRIES / (self.room.len() as u64 * rows)).max(2);
        let step = self.room[resource].div_ceil(most_columns - 1).max(1);
        let columns = (self.room[resource] / step) as usize + 1;
        work.spend(rows * columns as u64)?;
        let mut most = vec![0i64; rows as usize * columns];
        let mut row = vec![0i64; columns];
        for (piece, of) in self.pieces.iter().enumerate().rev() {
            let size = (self.sizes[piece][resource] / step) as usize;
            // A bounded number of one piece: its powers of two and what is left of them.
            let mut left = of.count;
            let mut bundle = 1;
            while left > 0 {
                let many = bundle.min(left);
                work.spend(columns as u64)?;
                let (taken, worth) = (size.saturating_mul(many as usize), of.worth * i64::from(many));
                for column in (taken..columns).rev() {
                    row[column] = row[column].max(row[column - taken] + worth);
                }
                left -= many;
                bundle = bundle.saturating_mul(2);
            }
            most[piece * columns..(piece + 1) * columns].copy_from_slice(&row);
        }
        Ok(Table { step, columns, most })
    }

    /// Goes through the sets of pieces worth more than a threshold: first `above`, then what `found` answers.
    fn each_above(
        &mut self,
        above: i64,
        work: &mut Work,
        mut found: impl FnMut(i64, &[u32]) -> Result<i64, Fault>,
    ) -> Result<(), Fault> {
        let mut threshold = above;
        let mut left = self.room.clone();
        let mut counts: Vec<u32> = Vec::with_capacity(self.pieces.len());
        let mut taken = vec![false; self.rules];
        let mut worth = 0i64;
        loop {
            let piece = counts.len();
            work.spend(2 * self.room.len() as u64)?;
            let hopeless =
                (self.tables.iter().zip(&left)).any(|(table, &left)| worth + table.at(piece, left) <= threshold);
            let hopeless = hopeless || !self.can_fill(piece, &left);
            if !hopeless && piece < self.pieces.len() {
                let many = self.holds(piece, &left, &taken);
                self.shift(piece, many, &mut left, &mut taken, true);
                worth += self.pieces[piece].worth * i64::from(many);
                counts.push(many);
                continue;
            }
            if !hopeless && worth > threshold {
                work.spend(self.pieces.len() as u64)?;
                threshold = found(worth, &counts)?;
            }
            // Back to the last piece of which there can be fewer.
            while counts.last() == Some(&0) {
                counts.pop();
            }
            let Some(count) = counts.last_mut() else { return Ok(()) };
            *count -= 1;
            let piece = counts.len() - 1;
            self.shift(piece, 1, &mut left, &mut taken, false);
            worth -= self.pieces[piece].worth;
        }
    }

    /// How many of `piece` can be taken.
    fn holds(&self, piece: usize, left: &[u64], taken: &[bool]) -> u32 {
        let of = self.pieces[piece];
        if of.rules.iter().any(|&rule| taken[rule]) {
            return 0;
        }
        let most = if of.rules.is_empty() { of.count } else { of.count.min(1) };
        let fits = |(left, size): (&u64, &u64)| left.checked_div(*size).unwrap_or(u64::MAX);
        let room = left.iter().zip(&self.sizes[piece]).map(fits).min().unwrap_or(u64::MAX);
        most.min(u32::try_from(room).unwrap_or(u32::MAX))
    }

    /// Takes `many` of `piece`, or gives them back.
    fn shift(&self, piece: usize, many: u32, left: &mut [u64], taken: &mut [bool], take: bool) {
        if many == 0 {
            return;
        }
        for (left, size) in left.iter_mut().zip(&self.sizes[piece]) {
            let amount = size * u64::from(many);
            *left = if take { *left - amount } else { *left + amount };
        }
        self.pieces[piece].rules.iter().for_each(|&rule| taken[rule] = take);
    }
}

/// All resources as one: each in parts of its room, weighted.
struct Surrogate {
    room: Vec<u64>,
    weights: Vec<u64>,
}

impl Surrogate {
    /// Weights for which the pieces, cut anywhere, are worth little: tried one after the other, some rounds of all.
    fn new(pieces: &[Piece], room: &[u64], work: &mut Work) -> Result<Surrogate, Fault> {
        let mut best = Surrogate { room: room.to_vec(), weights: vec![WEIGHTS / 2; room.len()] };
        if room.len() < 2 {
            return Ok(best);
        }
        let mut least = best.fractional(pieces);
        for _round in 0..3 {
            for resource in 0..room.len() {
                for weight in 0..=WEIGHTS {
                    work.spend(pieces.len() as u64 * 8)?;
                    let before = std::mem::replace(&mut best.weights[resource], weight);
                    let worth = if best.weights.iter().all(|&weight| weight == 0) {
                        None
                    } else {
                        Some(best.fractional(pieces))
                    };
                    match worth {
                        Some(worth) if worth < least => least = worth,
                        _ => best.weights[resource] = before,
                    }
                }
            }
        }
        Ok(best)
    }

    /// What a piece of `size` takes. Rounded down, so that all that fits into the room fits into this one.
    fn size(&self, size: &[u64]) -> u64 {
        let part = |((&size, &room), &weight): ((&u64, &u64), &u64)| {
            let parts = u128::from(size) * u128::from(PARTS) / u128::from(room.max(1));
            // More than all there is never fits, however much more it is.
            u64::try_from(parts).unwrap_or(u64::MAX).min(2 * PARTS) * weight
        };
        size.iter().zip(&self.room).zip(&self.weights).map(part).sum()
    }

    fn room(&self) -> u64 {
        self.weights.iter().sum::<u64>() * PARTS
    }

    /// About what the pieces are worth that fit when one of them may be cut (Dantzig, Operations Research 5, 1957).
    fn fractional(&self, pieces: &[Piece]) -> i128 {
        let mut rates: Vec<(i128, u64, &Piece)> = (pieces.iter())
            .map(|piece| {
                let size = self.size(&piece.size);
                (i128::from(piece.worth) * (1 << 30) / i128::from(size.max(1)), size, piece)
            })
            .collect();
        rates.sort_by_key(|(rate, ..)| std::cmp::Reverse(*rate));
        let mut left = i128::from(self.room());
        let mut worth = 0i128;
        for (rate, size, piece) in rates {
            let all = i128::from(size) * i128::from(piece.count);
            if all > left {
                return worth + ((rate * left) >> 30);
            }
            left -= all;
            worth += i128::from(piece.worth) * i128::from(piece.count);
        }
        worth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of each piece.
    type Pattern = Vec<u32>;

    /// Every set of pieces that fits, with its worth.
    fn all(pieces: &[Piece], room: &[u64]) -> Vec<(i64, Pattern)> {
        let mut found = vec![(0, Vec::new())];
        for piece in pieces {
            let counts = |(worth, pattern): (i64, Pattern)| {
                (0..=piece.count)
                    .map(move |count| (worth + piece.worth * i64::from(count), [&pattern[..], &[count]].concat()))
            };
            found = found.into_iter().flat_map(counts).collect();
        }
        let fits = |pattern: &Pattern| {
            let held = || pieces.iter().zip(pattern).filter(|(_, count)| **count > 0);
            let used = |r: usize| held().map(|(piece, &count)| piece.size[r] * u64::from(count)).sum::<u64>();
            let of_rule = |rule: usize| {
                held().filter(|(piece, _)| piece.rules.contains(&rule)).map(|(_, &count)| count).sum::<u32>()
            };
            (0..room.len()).all(|r| used(r) <= room[r]) && (0..4).all(|rule| of_rule(rule) <= 1)
        };
        found.retain(|(_, pattern)| fits(pattern));
        found
    }

    fn random(rng: &mut fastrand::Rng) -> (Vec<Piece>, Vec<u64>) {
        let resources = rng.usize(0..=3);
        // Huge amounts, too: the tables then count in steps.
        let unit = [1, 1, 1 << 20, 1 << 40, 999_999_937][rng.usize(0..5)];
        let most = rng.u64(0..=12);
        let piece = |rng: &mut fastrand::Rng| Piece {
            size: (0..resources).map(|_| rng.u64(0..=most) * unit + rng.u64(0..=unit / 3)).collect(),
            worth: rng.i64(1..=9) * [1, 1 << 30][rng.usize(0..2)],
            count: rng.u32(1..=3),
            rules: (0..4).filter(|_| rng.u8(0..8) == 0).collect(),
        };
        let pieces = (0..rng.usize(0..=6)).map(|_| piece(rng)).collect();
        (pieces, (0..resources).map(|_| rng.u64(0..=25) * unit).collect())
    }

    #[test]
    fn the_most_is_what_trying_everything_finds() {
        let mut rng = fastrand::Rng::with_seed(1);
        for number in 0..3_000 {
            let (pieces, room) = random(&mut rng);
            let best = all(&pieces, &room).iter().map(|(worth, _)| *worth).max().unwrap_or(0);
            let work = &mut Work::new(u64::MAX);
            assert_eq!(most(&pieces, &room, 0, work), Ok(best), "{number}: {pieces:?} in {room:?}");
            assert_eq!(most(&pieces, &room, best + 1, work), Ok(best + 1), "{number}");
        }
    }

    #[test]
    fn all_patterns_of_a_worth_and_fill_are_listed_once() {
        let mut rng = fastrand::Rng::with_seed(2);
        for number in 0..2_000 {
            let (mut pieces, room) = random(&mut rng);
            pieces.iter_mut().for_each(|piece| piece.worth -= [0, 0, 2, piece.worth][rng.usize(0..4)]);
            let every = all(&pieces, &room);
            let least = every[rng.usize(0..every.len())].0;
            let used = |pattern: &Pattern, r: usize| -> u64 {
                pieces.iter().zip(pattern).map(|(piece, &count)| piece.size[r] * u64::from(count)).sum()
            };
            let some = &every[rng.usize(0..every.len())].1;
            let fill: Vec<u64> = (0..room.len()).map(|r| if rng.bool() { used(some, r) } else { 0 }).collect();
            let wanted =
                |worth: i64, pattern: &Pattern| worth >= least && (0..room.len()).all(|r| used(pattern, r) >= fill[r]);
            let mut expected: Vec<Pattern> = (every.iter())
                .filter(|(worth, pattern)| wanted(*worth, pattern))
                .map(|(_, pattern)| pattern.clone())
                .collect();
            let mut found = Vec::new();
            let listed = each_pattern(&pieces, &room, least, &fill, &mut Work::new(u64::MAX), |pattern| {
                found.push(pattern.to_vec());
                Ok(())
            });
            expected.sort();
            found.sort();
            assert_eq!((listed, found), (Ok(()), expected), "{number}: {pieces:?} in {room:?} from {least}, {fill:?}");
        }
    }

    #[test]
    fn two_hundred_and_fifty_pieces_are_within_reach_and_the_work_is_bounded() {
        for resources in 2..=4 {
            let mut rng = fastrand::Rng::with_seed(resources as u64);
            // Worth about what they take, as prices make them.
            let piece = |rng: &mut fastrand::Rng| {
                let size: Vec<u64> = (0..resources).map(|_| rng.u64(20..=100)).collect();
                let worth = size.iter().sum::<u64>() as i64 * 1_000_000 / resources as i64 + rng.i64(0..2_000_000);
                Piece { size, worth, count: 1, rules: Vec::new() }
            };
            let pieces: Vec<Piece> = (0..250).map(|_| piece(&mut rng)).collect();
            let room = vec![250; resources];
            assert!(most(&pieces, &room, 0, &mut Work::new(100_000_000)).is_ok(), "{resources}");
            assert_eq!(most(&pieces, &room, 0, &mut Work::new(100_000)), Err(Fault::OutOfWork));
        }
    }
}
