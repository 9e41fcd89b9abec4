//! Dual duals: what every placement must pay for its items is more than the hosts and the limits can give.

use std::collections::BTreeMap;

use super::pieces::Pieces;
use super::problem::number;
use super::scene::{Scene, Side, gcd};
use super::work::{Fault, Work, broken, too_large};
use crate::certificate::{Dual, Duals, HostDuals, ItemIndex, Split, StepDual};
use crate::model::{HostIndex, Numbered};

/// That `duals` leave nothing for the placements of `scene`.
///
/// # Errors
/// Where they leave something or are malformed, and where the work is done.
pub(super) fn duals(scene: &Scene, duals: &Duals, work: &mut Work) -> Result<(), Fault> {
    let ledger = Ledger::new(scene, duals, work)?;
    let Some(worth) = ledger.worth(work)? else { return Ok(()) };
    let demand = worth.iter().try_fold(0i128, |sum, worth| sum.checked_add(*worth)).ok_or_else(too_large)?;
    // What is left of the demand for the hosts that must be looked at themselves.
    let mut left = demand.checked_sub(ledger.fixed()?).ok_or_else(too_large)?;
    let mut unpriced: BTreeMap<usize, Vec<HostIndex>> = BTreeMap::new();
    let classes = scene.host_classes();
    for host in scene.open_hosts() {
        match ledger.of_host[host] {
            Some(duals) => {
                let worth = ledger.value(duals, host)?.checked_sub(ledger.opening(host)?).ok_or_else(too_large)?;
                left = left.checked_sub(worth.max(0)).ok_or_else(too_large)?;
            }
            None => unpriced.entry(classes[host]).or_default().push(host),
        }
    }
    let last = unpriced.len().checked_sub(1);
    for (index, hosts) in unpriced.values().enumerate() {
        let (host, many) = (hosts[0], hosts.len() as i128);
        let opening = ledger.opening(host)?;
        // The last of them need only be worth less than what is left.
        let floor = if Some(index) == last { (left - 1).div_euclid(many).saturating_add(opening).max(0) } else { 0 };
        let most = Pieces::new(&ledger, host, &worth, work)?.most(i64::try_from(floor).unwrap_or(i64::MAX), work)?;
        let paid = (i128::from(most) - opening).max(0).checked_mul(many).ok_or_else(too_large)?;
        left = left.checked_sub(paid).ok_or_else(too_large)?;
    }
    if left > 0 { Ok(()) } else { broken(format!("the weights do not suffice: {} is missing", 1 - left)) }
}

/// The duals, by what they are for.
pub(super) struct Ledger<'a> {
    pub scene: &'a Scene<'a>,
    given: &'a Duals,
    /// The duals of each host; `None` where it has none of its own or is not open.
    pub of_host: Vec<Option<&'a HostDuals>>,
    /// The sides of splits that have a dual: below 0 where it is earned.
    sides: Vec<(Side<'a>, i128)>,
    /// By rule and domain.
    domains: BTreeMap<(usize, usize), i128>,
    hosts: i128,
    price: i128,
    watts: i128,
    moves: i128,
}

impl<'a> Ledger<'a> {
    pub fn new(scene: &'a Scene<'a>, duals: &'a Duals, work: &mut Work) -> Result<Ledger<'a>, Fault> {
        work.spend(((scene.open.len() + scene.problem.items.len()) * (1 + scene.sides.len())) as u64)?;
        let mut ledger = Ledger {
            scene,
            given: duals,
            of_host: vec![None; scene.open.len()],
            sides: Vec::new(),
            domains: BTreeMap::new(),
            hosts: whole(duals.hosts)?,
            price: whole(duals.price)?,
            watts: whole(duals.watts)?,
            moves: whole(duals.moves)?,
        };
        let mut grouped = vec![false; scene.open.len()];
        for group in &duals.groups {
            for &host in &group.hosts {
                let Some(seen) = grouped.get_mut(host.0) else { return broken(format!("there is no host {host}")) };
                if std::mem::replace(seen, true) {
                    return broken(format!("host {host} is in two groups"));
                }
                ledger.of_host[host] = group.duals.as_ref();
            }
            if group.duals.as_ref().is_some_and(|duals| duals.unit.len() != scene.problem.resources) {
                return broken("a group has not one price for each resource");
            }
        }
        if duals.splits.len() > scene.sides.len() {
            return broken("there are more prices for splits than splits that lead here");
        }
        for (side, &dual) in scene.sides.iter().zip(&duals.splits) {
            let dual = whole(dual)?;
            match side.split {
                _ if dual == 0 => {}
                Split::Pair { .. } => return broken("a split of a pair has a price"),
                Split::Open { .. } | Split::On { .. } => {
                    ledger.sides.push((*side, if side.more { -dual } else { dual }));
                }
            }
        }
        for domain in &duals.domains {
            let Some(Some(apart)) = scene.problem.aparts.get(domain.rule) else {
                return broken(format!("rule {} is no `apart` rule", domain.rule));
            };
            if domain.host.0 >= scene.open.len() || apart.by_host {
                return broken(format!("rule {} has no zone of host {}", domain.rule, domain.host));
            }
            let sum = ledger.domains.entry((domain.rule, apart.domain[domain.host])).or_default();
            *sum = sum.checked_add(whole(domain.dual)?).ok_or_else(too_large)?;
        }
        Ok(ledger)
    }

    /// The limits at their duals, the domains, and the splits.
    pub fn fixed(&self) -> Result<i128, Fault> {
        let limits = &self.scene.limits;
        // What hosts cost together is a multiple of what each of their costs is a multiple of.
        let of = |host: HostIndex| &self.scene.problem.hosts[host];
        let prices = self.scene.open_hosts().fold(0, |divisor, host| gcd(divisor, of(host).price));
        let watts = self.scene.open_hosts().fold(0, |divisor, host| gcd(divisor, of(host).watts));
        let multiple = |limit: Option<u64>, divisor: u64| limit.map(|limit| limit - limit % divisor.max(1));
        let limited = [
            ("hosts", self.hosts, limits.hosts),
            ("price", self.price, multiple(limits.price, prices)),
            ("watts", self.watts, multiple(limits.watts, watts)),
            ("moves", self.moves, limits.moves),
        ];
        let mut sum = 0i128;
        for (name, dual, limit) in limited {
            let limit = match limit {
                Some(limit) => i128::from(limit),
                None if dual == 0 => 0,
                None => return broken(format!("there is a price for `{name}`, but no limit")),
            };
            sum = dual.checked_mul(limit).and_then(|paid| sum.checked_add(paid)).ok_or_else(too_large)?;
        }
        for (side, dual) in &self.sides {
            let (Split::Open { most, .. } | Split::On { most, .. }) = side.split else { continue };
            let count = i128::from(*most) + i128::from(side.more);
            sum = dual.checked_mul(count).and_then(|paid| sum.checked_add(paid)).ok_or_else(too_large)?;
        }
        self.domains.values().try_fold(sum, |sum, dual| sum.checked_add(*dual)).ok_or_else(too_large)
    }

    /// What opening `host` costs; below 0 where it earns.
    pub fn opening(&self, host: HostIndex) -> Result<i128, Fault> {
        let of = &self.scene.problem.hosts[host];
        let price = self.price.checked_mul(i128::from(of.price)).ok_or_else(too_large)?;
        let watts = self.watts.checked_mul(i128::from(of.watts)).ok_or_else(too_large)?;
        let mut sum = self.hosts.checked_add(price).and_then(|sum| sum.checked_add(watts)).ok_or_else(too_large)?;
        for (side, dual) in &self.sides {
            if matches!(side.split, Split::Open { hosts, .. } if hosts.binary_search(&host).is_ok()) {
                sum = sum.checked_add(*dual).ok_or_else(too_large)?;
            }
        }
        Ok(sum)
    }

    /// What all that `host` has is worth at its duals.
    pub fn value(&self, duals: &HostDuals, host: HostIndex) -> Result<i128, Fault> {
        let mut sum = charge(duals, &self.scene.capacity[host])?;
        for apart in &duals.aparts {
            match self.scene.problem.aparts.get(apart.rule) {
                Some(Some(rule)) if rule.by_host => {
                    sum = sum.checked_add(whole(apart.dual)?).ok_or_else(too_large)?;
                }
                _ => return broken(format!("rule {} is no `apart` rule by host", apart.rule)),
            }
        }
        Ok(sum)
    }

    /// Whether no split pays for an item on a host.
    pub fn earns_nothing(&self) -> bool {
        !self.sides.iter().any(|(side, dual)| matches!(side.split, Split::On { .. }) && *dual < 0)
    }

    /// What `item` pays for its move to `host`, its domains there, and the splits.
    pub fn toll(&self, item: ItemIndex, host: HostIndex) -> Result<i128, Fault> {
        let of = &self.scene.problem.items[item];
        let mut sum = self.moves.checked_mul(i128::from(of.moves(host))).ok_or_else(too_large)?;
        for (side, dual) in &self.sides {
            if matches!(side.split, Split::On { hosts, .. } if hosts.binary_search(&host).is_ok())
                && side.speaks_of(item)
            {
                sum = sum.checked_add(*dual).ok_or_else(too_large)?;
            }
        }
        for &rule in &of.aparts {
            let Some(apart) = &self.scene.problem.aparts[rule] else { continue };
            if self.domains.is_empty() {
                break;
            }
            let dual = self.domains.get(&(rule, apart.domain[host])).copied().unwrap_or(0);
            sum = sum.checked_add(dual).ok_or_else(too_large)?;
        }
        Ok(sum)
    }

    /// What `item` pays on `host`, which has duals.
    fn cost(&self, duals: &HostDuals, item: ItemIndex, host: HostIndex) -> Result<i128, Fault> {
        let of = &self.scene.problem.items[item];
        let mut sum = self.toll(item, host)?.checked_add(charge(duals, &of.size)?).ok_or_else(too_large)?;
        for apart in &duals.aparts {
            if of.aparts.binary_search(&apart.rule).is_ok() {
                sum = sum.checked_add(whole(apart.dual)?).ok_or_else(too_large)?;
            }
        }
        Ok(sum)
    }

    /// What each item is worth: as the certificate says, and no more than it pays wherever there are prices. `None`
    /// where some item has no host, so that nothing fits.
    pub fn worth(&self, work: &mut Work) -> Result<Option<Vec<i128>>, Fault> {
        let items = self.scene.problem.items.len();
        let said = &self.given.worth;
        if !said.is_empty() && said.len() != items {
            return broken(format!("there are {items} items, but {} are worth something", said.len()));
        }
        let alike = self.alike(work)?;
        let classes = self.scene.item_classes();
        let mut paid: BTreeMap<usize, Option<i128>> = BTreeMap::new();
        let mut worth = Vec::with_capacity(items);
        for (item, &class) in classes.iter().numbered::<ItemIndex>() {
            let least = match paid.get(&class) {
                Some(&least) => least,
                None => self.least(item, &alike, work)?,
            };
            paid.insert(class, least);
            let Some(least) = least else { return Ok(None) };
            worth.push(match said.get(item.0) {
                None => least,
                Some(&said) if whole(said)? <= least => whole(said)?,
                Some(_) => return broken(format!("item {item} is worth more than it pays on some host")),
            });
        }
        Ok(Some(worth))
    }

    /// The least that `item` pays on any of `hosts` that may hold it; `None` where none may.
    fn least(&self, item: ItemIndex, hosts: &[HostIndex], work: &mut Work) -> Result<Option<i128>, Fault> {
        let mut least = None;
        for &host in hosts {
            let priced =
                self.of_host[host].map_or(0, |duals| duals.unit.len() + duals.steps.len() + duals.aparts.len());
            work.spend((4 + priced + self.sides.len()) as u64)?;
            if !self.scene.may_hold(item, host) {
                continue;
            }
            let cost = match self.of_host[host] {
                Some(duals) => self.cost(duals, item, host)?,
                None if self.given.worth.is_empty() => return broken("neither the items nor all hosts have a price"),
                // What such a host can hold is looked at as a whole.
                None => i128::MAX,
            };
            least = Some(least.map_or(cost, |least: i128| least.min(cost)));
        }
        Ok(least)
    }

    /// One host of each kind that all items pay alike on.
    fn alike(&self, work: &mut Work) -> Result<Vec<HostIndex>, Fault> {
        let hosts: Vec<HostIndex> = self.scene.open_hosts().collect();
        work.spend(hosts.len() as u64)?;
        let classes = self.scene.host_classes();
        let group: BTreeMap<HostIndex, usize> = (self.given.groups.iter().enumerate())
            .flat_map(|(group, of)| of.hosts.iter().map(move |&host| (host, group)))
            .collect();
        let kinds = number(hosts.iter().map(|host| (classes[*host], group.get(host))));
        let mut next = 0;
        let first = |(kind, _): &(usize, HostIndex)| {
            let new = *kind == next;
            next += usize::from(new);
            new
        };
        Ok(kinds.into_iter().zip(hosts).filter(first).map(|(_, host)| host).collect())
    }
}

/// What `amounts` cost: for each resource, and for those counted in steps.
fn charge(duals: &HostDuals, amounts: &[u64]) -> Result<i128, Fault> {
    let mut sum = 0i128;
    let mut pay = |dual: Dual, amount: u64| -> Result<(), Fault> {
        let paid = whole(dual)?.checked_mul(i128::from(amount)).ok_or_else(too_large)?;
        sum = sum.checked_add(paid).ok_or_else(too_large)?;
        Ok(())
    };
    for (&dual, &amount) in duals.unit.iter().zip(amounts) {
        pay(dual, amount)?;
    }
    for StepDual { step, dual } in &duals.steps {
        match amounts.get(step.resource).and_then(|amount| amount.checked_div(step.amount)) {
            Some(steps) => pay(*dual, steps)?,
            None => return broken("a step is malformed"),
        }
    }
    Ok(sum)
}

fn whole(dual: Dual) -> Result<i128, Fault> {
    i128::try_from(dual.0).map_err(|_| too_large())
}
