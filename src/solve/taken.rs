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
        aparts.iter().all(|&apart| self.count(apart, instance.aparts[apart].domain[bin]) == 0)
            && caps.iter().all(|&(cap, own)| self.beyond(instance, (cap, own), bin) == 0)
    }

    /// By how many more than now a cap is passed when `own` more are on `bin`.
    #[inline]
    pub fn beyond(&self, instance: &Instance, (cap, own): (usize, u32), bin: Bin) -> u32 {
        let of = &instance.caps[cap];
        let Some(domain) = of.domain_of(bin) else { return 0 };
        let held = self.count(instance.aparts.len() + cap, domain);
        (held + own).saturating_sub(of.most) - held.saturating_sub(of.most)
    }

    /// How many of a cap are in the domain of `bin`; none where these may be any number.
    pub fn held(&self, instance: &Instance, cap: usize, bin: Bin) -> u32 {
        let domain = instance.caps[cap].domain_of(bin);
        domain.map_or(0, |domain| self.count(instance.aparts.len() + cap, domain))
    }

    /// What these rules bind comes to `bin`.
    pub fn put(&mut self, instance: &Instance, aparts: &[usize], caps: &[(usize, u32)], bin: Bin) {
        aparts.iter().for_each(|&apart| self.add(apart, instance.aparts[apart].domain[bin], 1));
        for &(cap, own) in caps {
            let domain = instance.caps[cap].domain_of(bin);
            domain.into_iter().for_each(|domain| self.add(instance.aparts.len() + cap, domain, own));
        }
    }

    /// It leaves `bin`.
    pub fn leave(&mut self, instance: &Instance, aparts: &[usize], caps: &[(usize, u32)], bin: Bin) {
        aparts.iter().for_each(|&apart| self.take(apart, instance.aparts[apart].domain[bin], 1));
        for &(cap, own) in caps {
            let domain = instance.caps[cap].domain_of(bin);
            domain.into_iter().for_each(|domain| self.take(instance.aparts.len() + cap, domain, own));
        }
    }

    /// How many items of a rule are in a domain.
    #[inline]
    pub fn count(&self, apart: usize, domain: usize) -> u32 {
        match &self.0[apart] {
            Counts::All(counts) => counts[domain],
            Counts::Some(counts) => counts.iter().find(|(known, _)| *known == domain).map_or(0, |(_, count)| *count),
        }
    }

    /// So many more are there.
    fn add(&mut self, apart: usize, domain: usize, more: u32) {
        match &mut self.0[apart] {
            Counts::All(counts) => counts[domain] += more,
            Counts::Some(counts) => match counts.binary_search_by_key(&domain, |(known, _)| *known) {
                Ok(at) => counts[at].1 += more,
                Err(at) => counts.insert(at, (domain, more)),
            },
        }
    }

    /// So many less are there.
    fn take(&mut self, apart: usize, domain: usize, less: u32) {
        match &mut self.0[apart] {
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
