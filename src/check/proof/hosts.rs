//! Cases by the hosts that hold anything: every set of them that the limits admit is excluded by one case.

use super::scene::Scene;
use super::work::{Fault, Work, broken};
use super::{inside, prove};
use crate::certificate::{Claim, HostCases, Limits};
use crate::model::HostIndex;

/// That `cases` exclude every set of hosts that the limits of `scene` admit.
///
/// # Errors
/// Where they leave one out, where one does not hold, and where the work is done.
pub(super) fn hosts<'a>(scene: &Scene<'a>, cases: &'a HostCases, depth: usize, work: &mut Work) -> Result<(), Fault> {
    let mut covered: Vec<Vec<u32>> = Vec::new();
    let setting = (scene.open.len() * (1 + scene.problem.resources + scene.sides.len())) as u64;
    work.spend(setting)?;
    let classes = scene.host_classes();
    let kinds = classes.iter().max().map_or(0, |last| last + 1);
    let count = |open: &[bool]| {
        let mut count = vec![0u32; kinds];
        let both = (0..open.len()).filter(|&host| open[host] && scene.open[host]);
        both.for_each(|host| count[classes[host]] += 1);
        count
    };
    for (index, case) in cases.cases.iter().enumerate() {
        work.spend(setting + kinds as u64)?;
        let within = narrowed(scene, case, false).and_then(|within| {
            prove(&within, &case.proof, depth, work)?;
            Ok(within)
        });
        covered.push(count(&inside(within, || format!("case {index}"))?.open));
    }
    let below = match &cases.below {
        Some(claim) => {
            let verdict = narrowed(scene, claim, true).and_then(|within| prove(&within, &claim.proof, depth, work));
            inside(verdict, || "the case `below`".to_owned())?;
            Some(&claim.limits)
        }
        None => None,
    };
    let all = count(&scene.open);
    let mut some = vec![0u32; kinds];
    loop {
        work.spend((kinds * (1 + covered.len())) as u64)?;
        let cost = Cost::of(scene, &classes, &some)?;
        let contained = |case: &Vec<u32>| some.iter().zip(case).all(|(some, many)| some <= many);
        let excluded = below.is_some_and(|limits| cost.keeps(limits)) || covered.iter().any(contained);
        if cost.keeps(&scene.limits) && !excluded {
            return broken(format!("no case excludes the hosts {:?}", named(&classes, &some)));
        }
        // Where all are covered, so are the fewer.
        if some == all || covered.iter().any(|case| all.iter().zip(case).all(|(all, many)| all <= many)) {
            return Ok(());
        }
        // The next count of each kind, like an odometer.
        for (some, &all) in some.iter_mut().zip(&all) {
            if *some < all {
                *some += 1;
                break;
            }
            *some = 0;
        }
    }
}

/// What a case leaves: its hosts are hosts of `scene`, its limits no narrower, but for the cost of hosts where the case
/// excludes just those sets that keep to it.
fn narrowed<'a>(scene: &Scene<'a>, case: &Claim, by_cost: bool) -> Result<Scene<'a>, Fault> {
    let within = scene.with(case)?;
    if by_cost && scene.open_hosts().any(|host| !within.open[host]) {
        return broken("it leaves out a host");
    }
    let (outer, inner) = (&scene.limits, &case.limits);
    let wider = |inner: Option<u64>, outer: Option<u64>| match (inner, outer) {
        (None, _) => true,
        (Some(inner), Some(outer)) => inner >= outer,
        (Some(_), None) => false,
    };
    let share = match (inner.share, outer.share) {
        (None, _) => true,
        (Some(inner), Some(outer)) => inner >= outer,
        (Some(_), None) => false,
    };
    let cost = [(inner.hosts, outer.hosts), (inner.price, outer.price), (inner.watts, outer.watts)];
    let costs = by_cost || cost.into_iter().all(|(inner, outer)| wider(inner, outer));
    match share && costs && wider(inner.moves, outer.moves) {
        true => Ok(within),
        false => broken("its limits are narrower than those of what it is for"),
    }
}

/// What a set of hosts costs.
struct Cost {
    hosts: u128,
    price: u128,
    watts: u128,
}

impl Cost {
    /// Of so many hosts of each kind.
    fn of(scene: &Scene, classes: &[usize], some: &[u32]) -> Result<Cost, Fault> {
        let mut cost = Cost { hosts: 0, price: 0, watts: 0 };
        let mut left = some.to_vec();
        for host in scene.open_hosts() {
            if let Some(more) = left[classes[host]].checked_sub(1) {
                left[classes[host]] = more;
                let of = &scene.problem.hosts[host];
                cost.hosts += 1;
                cost.price += u128::from(of.price);
                cost.watts += u128::from(of.watts);
            }
        }
        Ok(cost)
    }

    fn keeps(&self, limits: &Limits) -> bool {
        let within = |cost: u128, limit: Option<u64>| limit.is_none_or(|limit| cost <= u128::from(limit));
        within(self.hosts, limits.hosts) && within(self.price, limits.price) && within(self.watts, limits.watts)
    }
}

/// One set of hosts that has so many of each kind.
fn named(classes: &[usize], some: &[u32]) -> Vec<HostIndex> {
    let mut left = some.to_vec();
    let mut take = |&host: &HostIndex| match left[classes[host]].checked_sub(1) {
        Some(more) => {
            left[classes[host]] = more;
            true
        }
        None => false,
    };
    (0..classes.len()).filter(|host| take(host)).collect()
}
