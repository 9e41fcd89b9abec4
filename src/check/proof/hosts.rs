//! Cases by the hosts that hold anything: every set of them that the limits admit is excluded by one case.

use super::scene::Scene;
use super::work::{Fault, Work, broken};
use super::{inside, prove};
use crate::certificate::{Claim, EpsilonConstraints, HostCases};
use crate::model::HostIndex;

/// That `cases` exclude every set of hosts that the limits of `scene` admit.
///
/// # Errors
/// Where they leave one out, where one does not hold, and where the work is done.
pub(super) fn hosts<'a>(scene: &Scene<'a>, cases: &'a HostCases, depth: usize, work: &mut Work) -> Result<(), Fault> {
    let mut covered: Vec<Vec<u32>> = Vec::new();
    let setting = scene.extent();
    work.spend(setting)?;
    let classes = scene.host_classes();
    let kinds = classes.iter().max().map_or(0, |last| last + 1);
    let count = |open: &[bool]| {
        let mut count = vec![0u32; kinds];
        let both = scene.open_hosts().filter(|&host| open[host]);
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
    let apiece = scene.problem.hosts.iter().zip(&classes).fold(vec![(0, 0); kinds], |mut apiece, (host, &kind)| {
        apiece[kind] = (host.price, host.watts);
        apiece
    });
    let mut some = vec![0u32; kinds];
    loop {
        work.spend((kinds * (3 + covered.len())) as u64)?;
        let cost = Cost::of(&apiece, &some);
        let contained = |case: &&Vec<u32>| some.iter().zip(*case).all(|(some, many)| some <= many);
        let container = covered.iter().find(contained);
        let kept = cost.keeps(&scene.limits);
        if kept && container.is_none() && !below.is_some_and(|limits| cost.keeps(limits)) {
            return broken(format!("no case excludes the hosts {:?}", named(&classes, &some)));
        }
        // Where all are covered, so are the fewer.
        if covered.iter().any(|case| all.iter().zip(case).all(|(all, many)| all <= many)) {
            return Ok(());
        }
        // What goes for this set goes for those with more of the first kind, as far as the case has them, or where the
        // limits are exceeded already.
        let furthest = if kept { container.and_then(|case| case.first()) } else { all.first() };
        if let (Some(some), Some(&furthest)) = (some.first_mut(), furthest) {
            *some = (*some).max(furthest);
        }
        if some == all {
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
    /// Of so many hosts of each kind, of which one has this price and draws so much.
    fn of(apiece: &[(u64, u64)], some: &[u32]) -> Cost {
        let none = Cost { hosts: 0, price: 0, watts: 0 };
        some.iter().zip(apiece).fold(none, |cost, (&many, &(price, watts))| Cost {
            hosts: cost.hosts + u128::from(many),
            price: cost.price + u128::from(many) * u128::from(price),
            watts: cost.watts + u128::from(many) * u128::from(watts),
        })
    }

    fn keeps(&self, limits: &EpsilonConstraints) -> bool {
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
    HostIndex::all(classes.len()).filter(|host| take(host)).collect()
}
