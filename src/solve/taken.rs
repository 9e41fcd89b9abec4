//! How many items of each `apart` rule a domain holds. There may be tens of thousands of rules and of domains, and the
//! items of a rule take few of these: no more is kept than what they take.

use super::instance::{Apart, Instance};

/// Rules of fewer domains keep a number for each.
const FEW: usize = 64;
/// So do rules with fewer domains than this for each of their items.
const FOR_EACH_ITEM: usize = 4;

/// For each of [`Instance::aparts`], how many of its items are in which domain.
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
        let counts = |apart: &Apart| match apart.domains > FEW.max(FOR_EACH_ITEM * apart.items.len()) {
            true => Counts::Some(Vec::new()),
            false => Counts::All(vec![0; apart.domains]),
        };
        Taken(instance.aparts.iter().map(counts).collect())
    }

    /// How many items of a rule are in a domain.
    #[inline]
    pub fn count(&self, apart: usize, domain: usize) -> u32 {
        match &self.0[apart] {
            Counts::All(counts) => counts[domain],
            Counts::Some(counts) => counts.iter().find(|(known, _)| *known == domain).map_or(0, |(_, count)| *count),
        }
    }

    /// One more is there.
    pub fn add(&mut self, apart: usize, domain: usize) {
        match &mut self.0[apart] {
            Counts::All(counts) => counts[domain] += 1,
            Counts::Some(counts) => match counts.binary_search_by_key(&domain, |(known, _)| *known) {
                Ok(at) => counts[at].1 += 1,
                Err(at) => counts.insert(at, (domain, 1)),
            },
        }
    }

    /// One less is there.
    pub fn take(&mut self, apart: usize, domain: usize) {
        match &mut self.0[apart] {
            Counts::All(counts) => counts[domain] -= 1,
            Counts::Some(counts) => {
                let at = counts.partition_point(|(known, _)| *known < domain);
                counts[at].1 -= 1;
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
