//! The homelab set is what it says it is, and its documents are answered with proof.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::ask::{Ask, plan};
use crate::support::{cases, homelab, read};
use bayplan::check::check;
use bayplan::model::{Goal, RuleKind};
use bayplan::solve::{NoLimit, Options, Status};

const DOCUMENTS: u64 = 180;

#[test]
fn the_set_has_the_hosts_sizes_rules_and_fill_that_it_promises() {
    let (mut full, mut jittered) = (0, 0);
    let mut first_goals: BTreeMap<Goal, u64> = BTreeMap::new();
    for number in 0..DOCUMENTS {
        let layout = read::layout(&homelab::document(number));
        let distinct = |of: Vec<Vec<u64>>| of.into_iter().collect::<BTreeSet<_>>().len();
        let hosts = &layout.lab.hosts;
        assert!((3..=8).contains(&hosts.len()), "{number}: {} hosts", hosts.len());
        assert!(distinct(hosts.iter().map(|host| host.capacity.clone()).collect()) >= 3, "{number}: hosts alike");
        let containers = layout.demand.containers.len();
        assert!((60..=120).contains(&containers), "{number}: {containers} containers");
        let size = |container| layout.demand.service_of(container).request.iter().map(|amount| amount.value).collect();
        let sizes: Vec<Vec<u64>> = layout.demand.indices().map(size).collect();
        assert!(distinct(sizes.clone()) >= 20, "{number}: few sizes");
        jittered += u64::from(distinct(sizes.clone()) * 10 > containers * 7);
        let fill = (0..layout.lab.resources.len()).map(|r| {
            let asked: u64 = sizes.iter().map(|size| size[r]).sum();
            asked as f64 / hosts.iter().map(|host| host.allocatable[r]).sum::<u64>() as f64
        });
        let fill = fill.fold(0.0, f64::max);
        assert!((0.58..=1.03).contains(&fill), "{number}: {fill} full");
        full += u64::from(fill >= 0.895);
        assert!(layout.rules.iter().any(|rule| rule.kind == RuleKind::ApartByHost), "{number}: no rule");
        *first_goals.entry(layout.goals[0]).or_default() += 1;
    }
    assert!(full * 2 >= DOCUMENTS, "{full} are 90 % full");
    assert!(jittered * 5 >= DOCUMENTS * 2, "{jittered} have few containers alike");
    let goals = Goal::ALL.into_iter().filter(|goal| {
        !matches!(goal, Goal::WithinTarget | Goal::Wishes | Goal::CarrierBalance | Goal::LeastCarried(_))
    });
    assert!({ goals }.all(|goal| first_goals[&goal] == DOCUMENTS / 5), "{first_goals:?}");
}

/// With spread replicas, agents, at most so many, limits, a night and wishes.
#[test]
fn the_first_documents_with_all_rules_are_answered_and_pass_the_referee() {
    let proven = cases::each(0, 12, |number| {
        let layout = read::layout(&homelab::ruled(number));
        let options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };
        let plan = plan(&layout, Ask::default(), &options).expect("the referee agrees");
        if plan.status == Status::Optimal {
            assert_eq!(check(&layout, &plan.placement, layout.placement.as_ref()), []);
        }
        matches!(plan.status, Status::Optimal | Status::Infeasible)
    });
    let proven_of = proven.iter().filter(|proven| **proven).count();
    assert!(proven_of * 12 >= proven.len() * 11, "{proven_of} of {}", proven.len());
}

#[test]
fn the_first_documents_are_answered_with_proof_and_pass_the_referee() {
    cases::each(0, 12, |number| {
        let layout = read::layout(&homelab::document(number));
        let options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };
        let plan = plan(&layout, Ask::default(), &options).expect("the referee agrees");
        assert!(matches!(plan.status, Status::Optimal | Status::Infeasible), "{:?}", plan.status);
        if plan.status == Status::Optimal {
            assert_eq!(check(&layout, &plan.placement, layout.placement.as_ref()), []);
        }
    });
}
