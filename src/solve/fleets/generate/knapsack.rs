//! Patterns that are worth much: a knapsack in several resources, filled by worth for what is asked for at changing
//! prices of the resources, then improved by exchanges of one item for another. No exact answer is needed: bounds come
//! from elsewhere.

use crate::solve::rng::Rng;

use super::classes::{Class, Group, Pattern};

/// How much the prices of the resources are varied from one try to the next.
const SPREAD: f64 = 0.5;
/// How much the order of the classes is varied.
const NOISE: f64 = 0.08;
/// Of what fits of a class, one part in so many is taken at once.
const CHUNK: u64 = 8;
/// Exchanges of one pattern, at the most.
const EXCHANGES: usize = 60;

/// Fills hosts of one group.
#[derive(Clone, Debug)]
pub struct Knapsack<const R: usize> {
    /// The best prices of the resources so far.
    prices: [f64; R],
    keys: Vec<(f64, usize)>,
    counts: Vec<u64>,
}

/// What is filled with what.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a, const R: usize> {
    /// All classes.
    pub classes: &'a [Class<R>],
    /// The group of the host.
    pub group: &'a Group<R>,
    /// What an item of each class is worth.
    pub worth: &'a [f64],
    /// How many of each class are left.
    pub left: &'a [u64],
}

impl<const R: usize> Question<'_, R> {
    fn most(&self, class: usize) -> u64 {
        self.classes[class].most.min(self.left[class])
    }

    /// What a pattern is worth.
    pub fn value(&self, pattern: &Pattern) -> f64 {
        pattern.iter().map(|&(class, count)| self.worth[class] * count as f64).sum()
    }
}

impl<const R: usize> Knapsack<R> {
    /// Nothing is known of the prices yet.
    pub fn new(classes: usize) -> Knapsack<R> {
        Knapsack { prices: [1.0; R], keys: Vec::new(), counts: vec![0; classes] }
    }

    /// The best pattern of so many tries.
    pub fn best(&mut self, question: &Question<R>, tries: usize, rng: &mut Rng) -> Pattern {
        let mut best = (-1.0, Pattern::new());
        let known = self.prices;
        for attempt in 0..tries {
            let mut prices = if attempt == 0 { known } else { self.prices };
            if attempt > 0 {
                prices.iter_mut().for_each(|price| *price *= (SPREAD * (2.0 * rng.f64() - 1.0)).exp());
            }
            let pattern = self.filled(question, &Pattern::new(), &prices, if attempt == 0 { 0.0 } else { NOISE }, rng);
            let value = question.value(&pattern);
            if value > best.0 {
                best = (value, pattern);
                let sum: f64 = prices.iter().sum();
                self.prices = prices.map(|price| (price / sum).max(1e-6));
            }
        }
        self.exchanged(question, best.1)
    }

    /// `kept`, filled up and improved.
    pub fn completed(&mut self, question: &Question<R>, kept: &Pattern, rng: &mut Rng) -> Pattern {
        let prices = self.prices;
        let pattern = self.filled(question, kept, &prices, 0.0, rng);
        self.exchanged(question, pattern)
    }

    /// Fills a host up in the order of worth for what is asked for.
    fn filled(
        &mut self,
        question: &Question<R>,
        kept: &Pattern,
        prices: &[f64; R],
        noise: f64,
        rng: &mut Rng,
    ) -> Pattern {
        let Question { classes, group, worth, .. } = question;
        let mut room = group.capacity;
        for &(class, count) in kept {
            self.counts[class] = count;
            (0..R).for_each(|r| room[r] -= classes[class].size[r] * count);
        }
        self.keys.clear();
        for &class in &group.takes {
            let left = question.most(class).saturating_sub(self.counts[class]);
            if worth[class] > 0.0 && left > 0 {
                self.keys.push((worth[class] * (1.0 + noise * (rng.f64() - 0.5)), class));
            }
        }
        let mut pattern = kept.clone();
        loop {
            let mut unit = [0.0; R];
            (0..R).for_each(|r| unit[r] = prices[r] / (room[r] as f64).max(1.0));
            let mut best = (0.0, 0, 0);
            self.keys.retain(|&(worth, class)| {
                let size = &classes[class].size;
                if (0..R).any(|r| size[r] > room[r]) {
                    return false;
                }
                let asked: f64 = (0..R).map(|r| unit[r] * size[r] as f64).sum();
                let density = worth / asked.max(1e-300);
                if density > best.0 {
                    best = (density, class, 0);
                }
                true
            });
            if self.keys.is_empty() {
                break;
            }
            let class = best.1;
            let size = &classes[class].size;
            let fit = (0..R).filter(|&r| size[r] > 0).map(|r| room[r] / size[r]).min().unwrap_or(u64::MAX);
            let more = question.most(class).saturating_sub(self.counts[class]).min((fit / CHUNK).max(1));
            (0..R).for_each(|r| room[r] -= size[r] * more);
            pattern.push((class, more));
            self.counts[class] += more;
            if self.counts[class] >= question.most(class) {
                self.keys.retain(|key| key.1 != class);
            }
        }
        pattern.iter().for_each(|&(class, _)| self.counts[class] = 0);
        merged(pattern)
    }

    /// Exchanges one item for a better one, or adds one, as long as there is any to gain.
    fn exchanged(&mut self, question: &Question<R>, pattern: Pattern) -> Pattern {
        let Question { classes, group, worth, .. } = question;
        let mut room = group.capacity;
        for &(class, count) in &pattern {
            self.counts[class] = count;
            (0..R).for_each(|r| room[r] -= classes[class].size[r] * count);
        }
        // The best first: of all that fit into a gap, the first is the best.
        self.keys.clear();
        self.keys.extend(group.takes.iter().map(|&class| (worth[class], class)).filter(|key| key.0 > 0.0));
        self.keys.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut held: Vec<usize> = pattern.iter().map(|&(class, _)| class).collect();
        for _ in 0..EXCHANGES {
            let mut best: (f64, Option<usize>, usize) = (1e-9, None, 0);
            for out in std::iter::once(None).chain(held.iter().map(|&class| Some(class))) {
                let (size, lost) = out.map_or(([0; R], 0.0), |class| (classes[class].size, worth[class]));
                for &(gained, class) in &self.keys {
                    if gained - lost <= best.0 {
                        break;
                    }
                    let wanted = &classes[class].size;
                    if (0..R).all(|r| wanted[r] <= room[r] + size[r])
                        && self.counts[class] < question.most(class)
                        && out != Some(class)
                    {
                        best = (gained - lost, out, class);
                        break;
                    }
                }
            }
            let (_, out, class) = best;
            if best.0 <= 1e-9 {
                break;
            }
            if let Some(out) = out {
                self.counts[out] -= 1;
                (0..R).for_each(|r| room[r] += classes[out].size[r]);
                if self.counts[out] == 0 {
                    held.retain(|&other| other != out);
                }
            }
            if self.counts[class] == 0 {
                held.push(class);
            }
            self.counts[class] += 1;
            (0..R).for_each(|r| room[r] -= classes[class].size[r]);
        }
        held.sort_unstable();
        held.into_iter().map(|class| (class, std::mem::take(&mut self.counts[class]))).collect()
    }
}

/// One entry for each class.
fn merged(mut pattern: Pattern) -> Pattern {
    pattern.sort_unstable();
    let mut merged = Pattern::with_capacity(pattern.len());
    for (class, count) in pattern {
        match merged.last_mut() {
            Some((last, sum)) if *last == class => *sum += count,
            _ => merged.push((class, count)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use crate::solve::rng::Rng;

    use super::super::classes::{Class, Group};
    use super::{Knapsack, Question};
    use crate::solve::instance::Bin;

    /// The most that up to two of each class are worth together on a host.
    fn most(question: &Question<2>, class: usize, room: [u64; 2]) -> f64 {
        let Some(of) = question.classes.get(class) else { return 0.0 };
        let mut best = 0.0f64;
        for count in 0..=question.most(class) {
            if (0..2).all(|r| of.size[r] * count <= room[r]) {
                let rest = [0, 1].map(|r| room[r] - of.size[r] * count);
                best = best.max(question.worth[class] * count as f64 + most(question, class + 1, rest));
            }
        }
        best
    }

    #[test]
    fn patterns_keep_to_what_there_is_and_are_worth_nearly_the_most() {
        let mut rng = Rng::with_seed(7);
        let (mut found, mut possible) = (0.0, 0.0);
        for _ in 0..300 {
            let class = |rng: &mut Rng| {
                let size = [rng.u64(1..40), rng.u64(1..40)];
                Class::alone(size, rng.u64(1..=2))
            };
            let classes: Vec<Class<2>> = (0..6).map(|_| class(&mut rng)).collect();
            let worth: Vec<f64> =
                classes.iter().map(|class| (class.size[0] + class.size[1]) as f64 * (0.8 + 0.4 * rng.f64())).collect();
            let left: Vec<u64> = (0..6).map(|_| rng.u64(0..=2)).collect();
            let group = Group { bins: vec![Bin(0)], capacity: [100, 90], cost: 1.0, takes: (0..6).collect() };
            let question = Question { classes: &classes, group: &group, worth: &worth, left: &left };
            let pattern = Knapsack::new(6).best(&question, 16, &mut rng);
            for r in 0..2 {
                let usage: u64 = pattern.iter().map(|&(class, count)| classes[class].size[r] * count).sum();
                assert!(usage <= group.capacity[r]);
            }
            assert!(pattern.iter().all(|&(class, count)| count > 0 && count <= question.most(class)));
            assert!(pattern.windows(2).all(|pair| pair[0].0 < pair[1].0));
            let (value, best) = (question.value(&pattern), most(&question, 0, group.capacity));
            assert!(value <= best + 1e-9);
            found += value;
            possible += best;
        }
        assert!(found >= 0.98 * possible, "{found} of {possible}");
    }
}
