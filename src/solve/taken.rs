//! How many items of each rule a domain holds. There may be tens of thousands of rules and of domains, and the
//! items of a rule take few of these: no more is kept than what they take.

use super::instance::{Bin, Instance};

/// Rules of fewer domains keep a number for each.
const FEW: usize = 64;
/// So do rules with fewer domains than this for each of their items.
const FOR_EACH_ITEM: usize = 4;

/// What is held of all rules.
#[derive(Clone, Debug)]
pub struct Taken {
    /// For each of [`Instance::aparts`], and then of [`Instance::caps`], how many are in which domain.
    counts: Vec<Counts>,
    /// For each of [`Instance::caps`] on all domains together, how many count.
    sums: Vec<u32>,
}

#[derive(Clone, Debug)]
enum Counts {
    /// Of every domain.
    All(Vec<u32>),
    /// Of those that hold any, ascending.
    Some(Vec<(usize, u32)>),
}

/// What an item on a bin counts for one rule that bounds what each domain holds.
#[derive(Clone, Copy, Debug)]
pub struct Bond {
    /// Which: those of [`Instance::aparts`], and then those of [`Instance::caps`].
    pub rule: usize,
    /// The domain that the bin is in.
    pub domain: usize,
    /// How many it counts.
    pub own: u32,
    /// How many the domain may hold.
    pub most: u32,
}

/// What these rules count on `bin`; nothing where a domain may hold any number.
#[inline]
pub fn bonds<'a>(
    instance: &'a Instance,
    aparts: &'a [usize],
    caps: &'a [(usize, u32)],
    bin: Bin,
) -> impl Iterator<Item = Bond> + 'a {
    let apart = move |&rule: &usize| Bond { rule, domain: instance.aparts[rule].domain[bin], own: 1, most: 1 };
    let capped = move |&(cap, own): &(usize, u32)| {
        let of = &instance.caps[cap];
        let domain = of.domain_of(bin).filter(|_| of.beyond.is_none());
        domain.map(|domain| Bond { rule: instance.aparts.len() + cap, domain, own, most: of.most })
    };
    aparts.iter().map(apart).chain(caps.iter().filter_map(capped))
}

impl Taken {
    /// Nothing taken.
    pub fn new(instance: &Instance) -> Taken {
        let counts = |domains: usize, items: usize| match domains > FEW.max(FOR_EACH_ITEM * items) {
            true => Counts::Some(Vec::new()),
            false => Counts::All(vec![0; domains]),
        };
        let aparts = instance.aparts.iter().map(|apart| counts(apart.domains, apart.items.len()));
        let counts = aparts.chain(instance.caps.iter().map(|cap| counts(cap.domains, cap.items))).collect();
        Taken { counts, sums: vec![0; instance.caps.len()] }
    }

    /// Whether what these rules bind may join what is counted, on `bin`.
    #[inline]
    pub fn admits(&self, instance: &Instance, aparts: &[usize], caps: &[(usize, u32)], bin: Bin) -> bool {
        bonds(instance, aparts, caps, bin).all(|bond| self.count(bond.rule, bond.domain) + bond.own <= bond.most)
            && caps.iter().all(|&(cap, own)| self.keeps_sum(instance, cap, &[(bin, i64::from(own))]))
    }

    /// Whether no more than may count of a cap on all domains together once so many more are on these bins; `true` for
    /// other caps.
    #[inline]
    pub fn keeps_sum(&self, instance: &Instance, cap: usize, more: &[(Bin, i64)]) -> bool {
        let of = &instance.caps[cap];
        of.beyond.is_none_or(|beyond| self.sum(instance, cap, beyond, more) <= i64::from(of.most))
    }

    /// How many count of a cap on all domains together once so many more are on these bins.
    fn sum(&self, instance: &Instance, cap: usize, beyond: u32, more: &[(Bin, i64)]) -> i64 {
        let domain = |&(bin, _): &(Bin, i64)| instance.caps[cap].domain[bin];
        let counted = |held: i64| (held - i64::from(beyond)).max(0);
        let mut sum = i64::from(self.sums[cap]);
        for (place, one) in more.iter().enumerate() {
            let here = domain(one);
            if more[..place].iter().any(|before| domain(before) == here) {
                continue;
            }
            let held = i64::from(self.count(instance.aparts.len() + cap, here));
            let more: i64 = more[place..].iter().filter(|other| domain(other) == here).map(|(_, more)| more).sum();
            sum += counted(held + more) - counted(held);
        }
        sum
    }

    /// By how many more than now a cap is passed when `own` more are on `bin`.
    #[inline]
    pub fn beyond(&self, instance: &Instance, (cap, own): (usize, u32), bin: Bin) -> u32 {
        let of = &instance.caps[cap];
        if let Some(beyond) = of.beyond {
            let sum = u32::try_from(self.sum(instance, cap, beyond, &[(bin, i64::from(own))])).unwrap_or(u32::MAX);
            return sum.saturating_sub(of.most) - self.sums[cap].saturating_sub(of.most);
        }
        let passed = |Bond { rule, domain, own, most }| {
            let held = self.count(rule, domain);
            (held + own).saturating_sub(most) - held.saturating_sub(most)
        };
        bonds(instance, &[], &[(cap, own)], bin).map(passed).sum()
    }

    /// What these rules bind comes to `bin`.
    pub fn put(&mut self, instance: &Instance, aparts: &[usize], caps: &[(usize, u32)], bin: Bin) {
        bonds(instance, aparts, caps, bin).for_each(|bond| self.add(bond.rule, bond.domain, bond.own));
        self.sum_up(instance, caps, bin, 1, Taken::add);
    }

    /// It leaves `bin`.
    pub fn leave(&mut self, instance: &Instance, aparts: &[usize], caps: &[(usize, u32)], bin: Bin) {
        bonds(instance, aparts, caps, bin).for_each(|bond| self.take(bond.rule, bond.domain, bond.own));
        self.sum_up(instance, caps, bin, -1, Taken::take);
    }

    /// Those of `caps` that are on all domains together count what comes to `bin`, or leaves it.
    fn sum_up(
        &mut self,
        instance: &Instance,
        caps: &[(usize, u32)],
        bin: Bin,
        sign: i64,
        count: fn(&mut Taken, usize, usize, u32),
    ) {
        for &(cap, own) in caps {
            if let Some(beyond) = instance.caps[cap].beyond {
                let sum = self.sum(instance, cap, beyond, &[(bin, sign * i64::from(own))]);
                self.sums[cap] = u32::try_from(sum).unwrap_or(u32::MAX);
                count(self, instance.aparts.len() + cap, instance.caps[cap].domain[bin], own);
            }
        }
    }

    /// How many items of a rule are in a domain.
    #[inline]
    pub fn count(&self, rule: usize, domain: usize) -> u32 {
        match &self.counts[rule] {
            Counts::All(counts) => counts[domain],
            Counts::Some(counts) => counts.iter().find(|(known, _)| *known == domain).map_or(0, |(_, count)| *count),
        }
    }

    /// So many more are there.
    fn add(&mut self, rule: usize, domain: usize, more: u32) {
        match &mut self.counts[rule] {
            Counts::All(counts) => counts[domain] += more,
            Counts::Some(counts) => match counts.binary_search_by_key(&domain, |(known, _)| *known) {
                Ok(at) => counts[at].1 += more,
                Err(at) => counts.insert(at, (domain, more)),
            },
        }
    }

    /// So many less are there.
    fn take(&mut self, rule: usize, domain: usize, less: u32) {
        match &mut self.counts[rule] {
            Counts::All(counts) => counts[domain] -= less,
            Counts::Some(counts) => {
                let at = counts.partition_point(|(known, _)| *known < domain);
                counts[at].1 -= less;
                if counts[at].1 == 0 {
                    counts.remove(at);
                }
            }
        }
    }

    /// Numbers that are the same where the counts are.
    pub fn spell(&self, out: &mut Vec<u64>) {
        for counts in &self.counts {
            match counts {
                Counts::All(counts) => out.extend(counts.iter().map(|&count| u64::from(count))),
                Counts::Some(counts) => {
                    out.push(counts.len() as u64);
                    out.extend(counts.iter().flat_map(|&(domain, count)| [domain as u64, u64::from(count)]));
                }
            }
        }
    }
}
