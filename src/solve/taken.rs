//! How many items of each rule a domain holds. There may be tens of thousands of rules and of domains, and the
//! items of a rule take few of these: no more is kept than what they take.

use super::instance::{Bin, Instance};

/// Rules of fewer domains keep a number for each.
const FEW: usize = 64;
/// So do rules with fewer domains than this for each of their items.
const FOR_EACH_ITEM: usize = 4;

/// For each of [`Instance::aparts`], and then of [`Instance::caps`], how many are in which domain.
#[derive(Clone, Debug)]
pub struct Taken(Vec<Counts>);

#[derive(Clone, Debug)]
enum Counts {
    /// Of every domain.
    All(Vec<u32>),
    /// Of those that hold any, ascending.
    Some(Vec<(usize, u32)>),
}

/// What an item on a bin counts for one rule.
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

/// What these rules count on `bin`; nothing where they count any number.
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
        of.domain_of(bin).map(|domain| Bond { rule: instance.aparts.len() + cap, domain, own, most: of.most })
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
        Taken(aparts.chain(instance.caps.iter().map(|cap| counts(cap.domains, cap.items))).collect())
    }

    /// Whether what these rules bind may join what is counted, on `bin`.
    #[inline]
    pub fn admits(&self, instance: &Instance, aparts: &[usize], caps: &[(usize, u32)], bin: Bin) -> bool {
        bonds(instance, aparts, caps, bin).all(|bond| self.count(bond.rule, bond.domain) + bond.own <= bond.most)
    }

    /// By how many more than now a cap is passed when `own` more are on `bin`.
    #[inline]
    pub fn beyond(&self, instance: &Instance, cap: (usize, u32), bin: Bin) -> u32 {
        let passed = |Bond { rule, domain, own, most }| {
            let held = self.count(rule, domain);
            (held + own).saturating_sub(most) - held.saturating_sub(most)
        };
        bonds(instance, &[], &[cap], bin).map(passed).sum()
    }

    /// What these rules bind comes to `bin`.
    pub fn put(&mut self, instance: &Instance, aparts: &[usize], caps: &[(usize, u32)], bin: Bin) {
        bonds(instance, aparts, caps, bin).for_each(|bond| self.add(bond));
    }

    /// It leaves `bin`.
    pub fn leave(&mut self, instance: &Instance, aparts: &[usize], caps: &[(usize, u32)], bin: Bin) {
        bonds(instance, aparts, caps, bin).for_each(|bond| self.take(bond));
    }

    /// How many items of a rule are in a domain.
    #[inline]
    pub fn count(&self, rule: usize, domain: usize) -> u32 {
        match &self.0[rule] {
            Counts::All(counts) => counts[domain],
            Counts::Some(counts) => counts.iter().find(|(known, _)| *known == domain).map_or(0, |(_, count)| *count),
        }
    }

    /// So many more are there.
    pub fn add(&mut self, Bond { rule, domain, own: more, .. }: Bond) {
        match &mut self.0[rule] {
            Counts::All(counts) => counts[domain] += more,
            Counts::Some(counts) => match counts.binary_search_by_key(&domain, |(known, _)| *known) {
                Ok(at) => counts[at].1 += more,
                Err(at) => counts.insert(at, (domain, more)),
            },
        }
    }

    /// So many less are there.
    pub fn take(&mut self, Bond { rule, domain, own: less, .. }: Bond) {
        match &mut self.0[rule] {
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
        for counts in &self.0 {
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
