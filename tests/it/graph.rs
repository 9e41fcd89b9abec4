//! What starts first, and what stops when a host dies: worked by hand.

use crate::support::build::{lab, placed, placement, startup, startup_of_replicas};
use bayplan::graph::{Outage, start_order, stops_when};
use bayplan::model::{ContainerIndex, HostIndex, Layout};

/// Services: 0 platform/db, 1 platform/queue, 2 s01/app needs both, 3 s01/web needs 2, 4 s02/app needs 0.
fn platform_and_two() -> Layout {
    let mut layout = lab(&[("nuc", 100), ("box", 100)]);
    startup(&mut layout, "platform", &[("db", 1), ("queue", 1)]);
    startup(&mut layout, "s01", &[("app", 1), ("web", 1)]);
    startup(&mut layout, "s02", &[("app", 1)]);
    layout.demand.services[2].needs = vec![0, 1];
    layout.demand.services[3].needs = vec![2];
    layout.demand.services[4].needs = vec![0];
    layout
}

#[test]
fn a_service_starts_after_what_it_needs_and_as_early_as_it_can() {
    let layout = platform_and_two();
    assert_eq!(start_order(&layout.demand), [vec![0, 1], vec![2, 4], vec![3]]);
}

#[test]
fn nothing_to_start_has_no_layers() {
    assert!(start_order(&lab(&[("nuc", 1)]).demand).is_empty());
}

#[test]
fn a_service_in_a_cycle_and_what_needs_it_are_left_out_of_the_start_order() {
    let mut layout = platform_and_two();
    layout.demand.services[0].needs = vec![4];
    assert_eq!(start_order(&layout.demand), [vec![1]]);
}

#[test]
fn a_need_named_twice_counts_once() {
    let mut layout = platform_and_two();
    layout.demand.services[4].needs = vec![0, 0];
    assert_eq!(start_order(&layout.demand), [vec![0, 1], vec![2, 4], vec![3]]);
}

#[test]
fn the_host_of_the_shared_database_takes_everything_that_needs_it_down() {
    let layout = platform_and_two();
    // db and queue on the nuc, the apps on the box.
    let now = placed(&[0, 0, 1, 1, 1]);
    let outage = Outage { containers: [0, 1, 2, 3, 4].map(ContainerIndex).to_vec(), startups: vec![0, 1, 2] };
    assert_eq!(stops_when(&layout, &now, HostIndex(0)), outage);
    assert_eq!(
        stops_when(&layout, &now, HostIndex(1)),
        Outage { containers: [2, 3, 4].map(ContainerIndex).to_vec(), startups: vec![1, 2] }
    );
}

#[test]
fn what_needs_nothing_from_a_dead_host_runs_on() {
    let layout = platform_and_two();
    // Only the queue on the box: s01 needs it, s02 does not.
    let now = placed(&[0, 1, 0, 0, 0]);
    assert_eq!(
        stops_when(&layout, &now, HostIndex(1)),
        Outage { containers: [1, 2, 3].map(ContainerIndex).to_vec(), startups: vec![0, 1] }
    );
}

#[test]
fn a_replicated_service_runs_while_one_replica_runs() {
    let mut layout = lab(&[("a", 9), ("b", 9)]);
    startup_of_replicas(&mut layout, "platform", &[("proxy", 1, Some(2))]);
    startup(&mut layout, "s01", &[("app", 1)]);
    layout.demand.services[1].needs = vec![0];
    let spread = placed(&[0, 1, 1]);
    assert_eq!(
        stops_when(&layout, &spread, HostIndex(0)),
        Outage { containers: [0].map(ContainerIndex).to_vec(), startups: vec![] }
    );
    assert_eq!(
        stops_when(&layout, &spread, HostIndex(1)),
        Outage { containers: [1, 2].map(ContainerIndex).to_vec(), startups: vec![1] }
    );
    let stacked = placed(&[0, 0, 1]);
    assert_eq!(
        stops_when(&layout, &stacked, HostIndex(0)),
        Outage { containers: [0, 1, 2].map(ContainerIndex).to_vec(), startups: vec![0, 1] }
    );
}

#[test]
fn what_does_not_run_cannot_stop() {
    let layout = platform_and_two();
    // The queue is not placed: s01 does not run in the first place, although its containers have hosts.
    let now = placement(&[Some(0), None, Some(1), Some(1), Some(1)]);
    assert_eq!(
        stops_when(&layout, &now, HostIndex(1)),
        Outage { containers: [4].map(ContainerIndex).to_vec(), startups: vec![2] }
    );
    assert_eq!(
        stops_when(&layout, &now, HostIndex(0)),
        Outage { containers: [0, 4].map(ContainerIndex).to_vec(), startups: vec![2] }
    );
}

#[test]
fn an_empty_host_dies_unnoticed() {
    let layout = platform_and_two();
    assert_eq!(stops_when(&layout, &placed(&[0, 0, 0, 0, 0]), HostIndex(1)), Outage::default());
}

#[test]
fn a_long_chain_of_needs_is_no_trouble() {
    let mut layout = lab(&[("a", 1), ("b", 1)]);
    let names: Vec<String> = (0..20_000).map(|number| format!("c{number}")).collect();
    startup(&mut layout, "chain", &names.iter().map(|name| (name.as_str(), 0)).collect::<Vec<_>>());
    for service in 1..20_000 {
        layout.demand.services[service].needs = vec![service - 1];
    }
    let mut hosts = vec![1; 20_000];
    hosts[0] = 0;
    assert_eq!(start_order(&layout.demand).len(), 20_000);
    assert_eq!(stops_when(&layout, &placed(&hosts), HostIndex(0)).containers.len(), 20_000);
}
