//! The fleet program, its bounds and its packings against trying everything.

use super::super::{Clock, NoLimit, Options};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::super::instance::Bin;
use super::super::lp::bound::{self, Measure};
use super::super::restricted::{EpsilonConstraints, RestrictedInstance, Usage, host_set_cost, moves, value};
use super::super::tests::{Case, OPTIONS, for_all};
use super::super::types::BinType;
use super::aggregate::Aggregate;
use super::few::{Row, few};
use super::program::branch::{Effort, FleetProgram};
use super::program::inequalities::Candidates;
use super::sets::Counts;
use super::{Known, News, cheapest, packed, room, sets};
use crate::model::{Goal, GoalValue};

const GOALS: [Goal; 2] = [Goal::FewestHosts, Goal::Cheapest];

#[test]
fn the_cheapest_fleet_is_the_cheapest_of_all_that_satisfy_every_row() {
    for_all(|case| {
        for goal in GOALS {
            for hosts in [None, Some(2)] {
                let limits = EpsilonConstraints { hosts, ..EpsilonConstraints::default() };
                let aggregate = Aggregate::new(&case.instance, &case.restricted, limits, goal);
                let candidates = Candidates::new(&aggregate);
                let satisfied = |fleet: &Vec<u64>| {
                    let within = hosts.is_none_or(|limit| fleet.iter().sum::<u64>() <= limit);
                    within && candidates.broken_by_whole(fleet, 0.0, 1).is_empty()
                };
                let best = fleets(&aggregate).into_iter().filter(satisfied).map(|fleet| aggregate.cost(&fleet)).min();
                let mut program = FleetProgram::new(&aggregate);
                let found = program.minimise(u64::MAX, Effort { nodes: 10_000, enough: 0, slack: 0 }, &NoLimit);
                assert_eq!(found.fleet.map(|fleet| aggregate.cost(&fleet)), best);
                assert_eq!(found.bound, best.unwrap_or(u64::MAX));
            }
        }
    });
}

#[test]
fn the_roomiest_sets_keep_to_the_limits_and_one_keeps_all_rows_where_any_does() {
    for_all(|case| {
        for most in 1..=2 {
            let limits = EpsilonConstraints { hosts: Some(most), ..EpsilonConstraints::default() };
            let sets = room::roomiest(&case.instance, &case.restricted, &limits, 6, &OPTIONS);
            let bins = case.restricted.open.iter().filter(|open| **open).count() as u64;
            assert!(sets.iter().all(|set| sets::size(set) as u64 == most.min(bins)), "{sets:?}");
            let aggregate = Aggregate::new(&case.instance, &case.restricted, limits, Goal::FewestHosts);
            let candidates = Candidates::new(&aggregate);
            let broken = |fleet: &[u64]| candidates.broken_by_whole(fleet, 0.0, 1).len();
            let of = |set: &sets::HostSet| -> Vec<u64> {
                let open = |kind: &BinType| kind.bins.iter().filter(|bin| set[bin.0]).count() as u64;
                aggregate.hosts.iter().map(open).collect()
            };
            let fits = |fleet: &Vec<u64>| fleet.iter().sum::<u64>() <= most && broken(fleet) == 0;
            if fleets(&aggregate).iter().any(fits) {
                assert!(sets.iter().any(|set| broken(&of(set)) == 0), "{sets:?}");
            }
        }
    });
}

#[test]
fn few_sets_hold_every_packing_within_the_limits_and_the_row() {
    let mut left_out = 0;
    for_all(|case| {
        let Case { instance, restricted, all } = case;
        let stays = |bin: Bin| {
            let homes = instance.items.iter().flat_map(|item| &item.homes).filter(|(home, _)| *home == bin);
            homes.map(|(_, count)| i128::from(*count)).sum()
        };
        let has: Vec<i128> = Bin::all(instance.hosts.len()).map(stays).collect();
        let running: u64 = instance.items.iter().map(|item| item.running).sum();
        for (hosts, price) in [(Some(1), None), (Some(2), None), (None, Some(instance.price.iter().sum::<u64>() / 2))] {
            let limits = EpsilonConstraints { hosts, price, ..EpsilonConstraints::default() };
            for most in [0, 1, 3, running] {
                let row = Row { has: has.clone(), least: i128::from(running) - i128::from(most) };
                let listed = few(instance, restricted, &limits, Some(row), usize::MAX).expect("small enough");
                assert!(listed.iter().all(|set| limits.admit(instance, set)));
                let counts: Vec<Counts> = listed.iter().map(|set| Counts::of(instance, set)).collect();
                for packing in all.iter().filter(|packing| moves(instance, packing) <= most) {
                    let occupied = Usage::of(instance, packing).occupied();
                    let is_in = counts.iter().any(|set| set.contain(&Counts::of(instance, &occupied)));
                    assert!(is_in || !limits.admit(instance, &occupied), "{occupied:?} in {listed:?}");
                }
                left_out += usize::from(listed.is_empty() && !all.is_empty());
            }
        }
    });
    assert!(left_out > 20, "{left_out}");
}

#[test]
fn no_bound_is_above_the_best_and_every_packing_is_admitted() {
    let (mut reached, mut possible) = (0, 0);
    for_all(|case| {
        for goal in GOALS {
            let cost = |assignment: &Vec<Bin>| match value(&case.instance, goal, assignment) {
                GoalValue::Count(value) | GoalValue::Millionths(value) | GoalValue::Above(value) => value,
                GoalValue::Bytes(_) | GoalValue::Share(_) => unreachable!("these goals count hosts"),
            };
            let Some(best) = case.all.iter().map(cost).min() else { continue };
            let start = case.all.iter().max_by_key(|assignment| cost(assignment)).cloned().unwrap_or_default();
            let mut last = cost(&start);
            let mut news = |news| match news {
                News::Packing(packing) => {
                    assert!(case.all.contains(&packing));
                    assert!(cost(&packing) < last);
                    last = cost(&packing);
                }
                News::Bound(bound) => assert!(bound <= best, "{goal:?}: {bound} above {best}"),
            };
            let limits = EpsilonConstraints::default();
            let bounded =
                bound::bound(&case.instance, &case.restricted, Measure::Cost(goal), &NoLimit).unwrap_or_default();
            let (bound, _) = cheapest(
                &case.instance,
                &case.restricted,
                &limits,
                goal,
                &start,
                &Known { bound: 0, duals: &bounded.duals.groups },
                &Options { clock: &Looks::new(), ..OPTIONS },
                &mut news,
            );
            assert!(bound <= best, "{goal:?}: {bound} above {best}");
            possible += 1;
            reached += u32::from(last == best);
        }
    });
    assert!(reached * 20 >= possible * 19, "{reached} of {possible}");
}

#[test]
fn limits_of_earlier_goals_are_kept() {
    for_all(|case| {
        let hosts = |assignment: &Vec<Bin>| {
            host_set_cost(&case.instance, Goal::FewestHosts, &Usage::of(&case.instance, assignment).occupied())
        };
        let Some(fewest) = case.all.iter().map(hosts).min() else { return };
        let limits = EpsilonConstraints { hosts: Some(fewest), ..EpsilonConstraints::default() };
        let within: Vec<&Vec<Bin>> = case.all.iter().filter(|assignment| hosts(assignment) <= fewest).collect();
        let price = |assignment: &Vec<Bin>| {
            host_set_cost(&case.instance, Goal::Cheapest, &Usage::of(&case.instance, assignment).occupied())
        };
        let best = within.iter().map(|assignment| price(assignment)).min().unwrap_or(0);
        let mut news = |news| {
            if let News::Packing(packing) = news {
                assert!(within.contains(&&packing));
            }
        };
        let start = within[0].clone();
        let (bound, _) = cheapest(
            &case.instance,
            &case.restricted,
            &limits,
            Goal::Cheapest,
            &start,
            &Known { bound: 0, duals: &[] },
            &Options { clock: &Looks::new(), ..OPTIONS },
            &mut news,
        );
        assert!(bound <= best);
    });
}

#[test]
fn what_is_filled_keeps_to_the_restricted() {
    let (mut filled, mut possible) = (0, 0);
    for_all(|case| {
        possible += u32::from(!case.all.is_empty());
        if let Some(packing) = packed(&case.instance, &case.restricted, 5_000, &OPTIONS) {
            assert!(case.all.contains(&packing));
            filled += 1;
        }
    });
    assert!(filled * 20 >= possible * 19, "{filled} of {possible}");
}

#[test]
fn nothing_at_all_costs_nothing() {
    for_all(|case| {
        let mut instance = case.instance.clone();
        instance.items.clear();
        instance.item_class.clear();
        instance.aparts.clear();
        let restricted = RestrictedInstance::none(&instance);
        let (bound, _) = cheapest(
            &instance,
            &restricted,
            &EpsilonConstraints::default(),
            Goal::Cheapest,
            &[],
            &Known { bound: 0, duals: &[] },
            &Options { clock: &Looks::new(), ..OPTIONS },
            &mut |_| (),
        );
        assert_eq!(bound, 0);
    });
}

/// Every fleet of the hosts of `aggregate`.
fn fleets(aggregate: &Aggregate) -> Vec<Vec<u64>> {
    let mut fleets = vec![Vec::new()];
    for host in &aggregate.hosts {
        fleets = (fleets.iter())
            .flat_map(|fleet: &Vec<u64>| {
                (0..=host.bins.len() as u64).map(move |count| [fleet.as_slice(), &[count]].concat())
            })
            .collect();
    }
    fleets
}

/// A clock that runs out after so many looks at it: these instances need few steps.
struct Looks(AtomicU32);

impl Looks {
    fn new() -> Looks {
        Looks(AtomicU32::new(60))
    }
}

impl Clock for Looks {
    fn left(&self) -> Duration {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        Duration::from_secs(left.into())
    }
}
