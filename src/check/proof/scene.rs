//! What a claim leaves to a placement: the hosts that are open, what each may hold, and what is limited.

use std::rc::Rc;

use super::pool::Table;
use super::problem::{Host, Problem, number};
use super::work::{Fault, broken};
use crate::certificate::{Claim, EpsilonConstraints, ItemIndex, Split, Step};
use crate::model::HostIndex;

/// The hosts and items under one claim.
#[derive(Clone, Debug)]
pub(super) struct Scene<'a> {
    pub problem: &'a Problem,
    /// Which hosts may hold anything.
    pub open: Vec<bool>,
    /// The most a host may hold: `[host][resource]`.
    pub capacity: Vec<Vec<u64>>,
    /// Whether agents alone are too much for some host: then nothing fits.
    pub crowded: bool,
    pub limits: EpsilonConstraints,
    /// The sides of the splits that lead here, the root's first.
    pub sides: Vec<Side<'a>>,
    /// The only sets of items that hosts may hold, where they are listed.
    pub pool: Option<Rc<Table>>,
}

/// One case of a split.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side<'a> {
    pub split: &'a Split,
    /// The second case: more than the split says, or not together.
    pub more: bool,
}

impl<'a> Scene<'a> {
    /// What `limits` leave when every host that is there is open.
    pub fn new(problem: &'a Problem, limits: EpsilonConstraints) -> Scene<'a> {
        // What agents take counts, too: of the share it is left to the items what these leave.
        let limited = |amount: u64, agents: u64, balanced: bool| match limits.share.filter(|_| balanced) {
            Some(share) => part_of(amount.saturating_add(agents), share.part, share.whole).checked_sub(agents),
            None => Some(amount),
        };
        let room = |host: &Host| -> Vec<Option<u64>> {
            let amounts = host.give.iter().zip(&host.agents).zip(&problem.balanced);
            amounts.map(|((&give, &agents), &balanced)| limited(give, agents, balanced)).collect()
        };
        let rooms: Vec<Vec<Option<u64>>> = problem.hosts.iter().map(room).collect();
        let fuller = |(host, room): (&Host, &Vec<Option<u64>>)| host.there && (host.crowded || room.contains(&None));
        Scene {
            problem,
            open: problem.hosts.iter().map(|host| host.there).collect(),
            crowded: problem.hosts.iter().zip(&rooms).any(fuller),
            capacity: rooms.into_iter().map(|room| room.into_iter().map(Option::unwrap_or_default).collect()).collect(),
            limits,
            sides: Vec::new(),
            pool: None,
        }
    }

    /// What a claim says by itself, whatever it is needed for, where the same splits led.
    ///
    /// # Errors
    /// Where it names hosts that are not there.
    pub fn with(&self, claim: &Claim) -> Result<Scene<'a>, Fault> {
        let problem = self.problem;
        let mut scene = Scene::new(problem, claim.limits);
        (scene.sides, scene.pool) = (self.sides.clone(), self.pool.clone());
        if let Some(hosts) = &claim.hosts {
            scene.open.fill(false);
            for &host in hosts {
                match problem.hosts.get(host.0) {
                    Some(known) if known.there => scene.open[host] = true,
                    _ => return broken(format!("there is no host {host}")),
                }
            }
        }
        Ok(scene)
    }

    /// The steps that it takes to copy it.
    pub fn extent(&self) -> u64 {
        (self.open.len() * (1 + self.problem.resources + self.sides.len())) as u64
    }

    /// The open hosts, ascending.
    pub fn open_hosts(&self) -> impl Iterator<Item = HostIndex> + '_ {
        HostIndex::all(self.open.len()).filter(|&host| self.open[host])
    }

    /// Whether `item` may be on `host`, were it alone there.
    pub fn may_hold(&self, item: ItemIndex, host: HostIndex) -> bool {
        let fits = |(size, capacity): (&u64, &u64)| size <= capacity;
        self.open[host]
            && self.problem.may_go(item, host)
            && self.problem.items[item].size.iter().zip(&self.capacity[host]).all(fits)
    }

    /// Numbers the hosts such that those of one number are interchangeable: alike in what they hold, cost and may hold,
    /// in their domains, in whether they are open, in the splits that led here, and home to no item.
    pub fn host_classes(&self) -> Vec<usize> {
        number(HostIndex::all(self.open.len()).map(|host| {
            let sides: Vec<bool> = self.sides.iter().map(|side| side.hosts().binary_search(&host).is_ok()).collect();
            (self.problem.host_class[host], self.open[host], sides)
        }))
    }

    /// Numbers the items such that those of one number are interchangeable.
    pub fn item_classes(&self) -> Vec<usize> {
        let sides: Vec<&Side> = self.sides.iter().filter(|side| !side.items().is_empty()).collect();
        if sides.is_empty() {
            return self.problem.item_class.clone();
        }
        number(ItemIndex::all(self.problem.items.len()).map(|item| {
            let sides: Vec<bool> = sides.iter().map(|side| side.speaks_of(item)).collect();
            (self.problem.item_class[item], sides)
        }))
    }
}

impl<'a> Side<'a> {
    /// The hosts that it speaks of, ascending.
    pub fn hosts(&self) -> &'a [HostIndex] {
        match self.split {
            Split::Open { hosts, .. } | Split::On { hosts, .. } => hosts,
            Split::Pair { .. } => &[],
        }
    }

    /// Whether it speaks of `item`.
    pub fn speaks_of(&self, item: ItemIndex) -> bool {
        match self.split {
            Split::Open { .. } => false,
            Split::On { items, .. } => items.binary_search(&item).is_ok(),
            Split::Pair { items } => items.contains(&item),
        }
    }

    /// The items that it speaks of.
    pub fn items(&self) -> &'a [ItemIndex] {
        match self.split {
            Split::Open { .. } => &[],
            Split::On { items, .. } => items,
            Split::Pair { items } => items,
        }
    }
}

/// `amount` x `part` / `whole`, rounded down, and not more than `amount`.
fn part_of(amount: u64, part: u64, whole: u64) -> u64 {
    let product = u128::from(amount) * u128::from(part);
    let share = product.checked_div(u128::from(whole)).unwrap_or(0);
    u64::try_from(share).unwrap_or(u64::MAX).min(amount)
}

/// The greatest common divisor; of 0 and anything, that.
pub(super) fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// `amounts`, and after them those that `steps` count, rounded down. `None` where a step is none.
pub(super) fn with_steps(amounts: &[u64], steps: &[Step]) -> Option<Vec<u64>> {
    let mut all = amounts.to_vec();
    for step in steps {
        all.push(amounts.get(step.resource)?.checked_div(step.amount)?);
    }
    Some(all)
}
