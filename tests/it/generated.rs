//! The instances that are made from a seed are what they say, and their documents are answered.

use crate::support::ask::{Ask, plan};
use crate::support::clock::Looks;
use crate::support::packing::{Bin, Item, Known, Packing};
use crate::support::read::layout;
use crate::support::standing::{self, Event};
use crate::support::{classes, labs};
use bayplan::model::{Goal, GoalValue, RuleKind};
use bayplan::plan::Wanted;
use bayplan::question::Question;
use bayplan::solve::{NoLimit, Options, Status};

#[test]
fn the_classes_have_the_sizes_that_the_literature_gives_them() {
    // (class, least and most asked for, what a host gives)
    let uniform = [
        (1, 100, 400, 1_000),
        (2, 1, 1_000, 1_000),
        (3, 200, 800, 1_000),
        (4, 50, 200, 1_000),
        (5, 25, 100, 1_000),
        (6, 20, 100, 150),
    ];
    for (class, least, most, cap) in uniform {
        let packing = classes::equal_hosts(class, 2_000, 2, 1);
        assert_eq!((packing.bins.len(), &packing.bins[0].cap[..]), (1, &[cap, cap][..]));
        let amounts: Vec<u64> = packing.items.iter().flat_map(|item| item.size.clone()).collect();
        assert!(amounts.iter().all(|amount| (least..=most).contains(amount)), "class {class}");
        let mean = amounts.iter().sum::<u64>() / amounts.len() as u64;
        assert!(mean.abs_diff((least + most) / 2) <= (most - least) / 20, "class {class}: {mean} is not the middle");
    }
    for item in classes::equal_hosts(7, 500, 2, 1).items {
        assert!((20..=100).contains(&item.size[0]) && item.size[1].abs_diff(item.size[0]) <= 10, "{item:?}");
    }
    for item in classes::equal_hosts(8, 500, 2, 1).items {
        assert!((20..=100).contains(&item.size[0]) && (110..=130).contains(&(item.size[0] + item.size[1])), "{item:?}");
    }
    let ninth = classes::equal_hosts(9, 99, 2, 1);
    let sum = |r: usize| ninth.items.iter().map(|item| item.size[r]).sum::<u64>();
    let hosts = sum(0).max(sum(1)).div_ceil(1_000);
    assert!(
        (0..2).all(|r| sum(r).div_ceil(ninth.bins[0].cap[r]) == hosts && ninth.bins[0].cap[r] <= 1_000),
        "{ninth:?}"
    );
    let tenth = classes::equal_hosts(10, 99, 2, 1);
    assert_eq!(tenth.known.opt, Some(33));
    let full = |triplet: &[Item]| (0..2).all(|r| triplet.iter().map(|item| item.size[r]).sum::<u64>() == 100);
    assert!(tenth.items.chunks(3).all(full));
}

#[test]
fn a_seed_is_an_instance_and_another_seed_another() {
    let of = |seed| classes::equal_hosts(6, 50, 3, seed).document();
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
    let stands = |event, seed| standing::document(12, 10, 90, event, seed);
    for event in [Event::Arrival, Event::Lost(2), Event::Tighter(850), Event::Fewer] {
        assert_eq!(stands(event, 1), stands(event, 1));
        assert_ne!(stands(event, 1), stands(event, 2));
    }
    assert_eq!(labs::document(40, 400, 7), labs::document(40, 400, 7));
    assert_ne!(labs::document(40, 400, 7), labs::document(40, 400, 8));
}

/// Looks at the clock: stages of seeking and bounding take some hundreds each.
const LOOKS: u32 = 1_500;

#[test]
fn labs_that_stand_are_mended_with_the_fewest_moves() {
    // (hosts, containers on each, how full, what happens, the most that move, what is shown at the least)
    for (hosts, each, fill, event, most, least) in [
        (20, 12, 97, Event::Arrival, 99, 0),
        (20, 12, 97, Event::Lost(1), 99, 0),
        (12, 8, 85, Event::Tighter(840), 99, 0),
        (12, 8, 85, Event::Fewer, 99, 0),
    ] {
        let document = standing::document(hosts, each, fill, event, 0);
        let layout = layout(&document);
        let clock = Looks::new(LOOKS);
        let options = Options { clock: &clock, seed: 0, threads: 1, progress: &|_| (), certify: false };
        let plan = bayplan::plan::plan(&Question::about(layout), Wanted::default(), &options).expect("it is valid");
        let moves = plan.goals.iter().find(|goal| goal.goal == Goal::FewestMoves).expect("it is asked for");
        let (GoalValue::Count(value), GoalValue::Count(bound)) = (moves.value, moves.bound) else {
            panic!("{moves:?}")
        };
        assert!(value <= most && bound >= least, "{hosts} hosts, {event:?}: {value} moves, bound {bound}");
    }
}

#[test]
fn small_instances_of_every_class_are_proven() {
    let documents = (1..=10)
        .map(|class| classes::equal_hosts(class, 15, 2 + usize::from(class) % 4, 0).document())
        .chain([classes::unequal_hosts(6, 16, 3, 0).document()]);
    for document in documents {
        let options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };
        let plan = plan(&layout(&document), Ask::default(), &options).expect("the referee agrees");
        assert_eq!(plan.status, Status::Optimal, "{document}");
    }
}

#[test]
fn unequal_hosts_are_unlike_and_hold_everything_by_volume() {
    let packing = classes::unequal_hosts(60, 400, 3, 0);
    let hosts: u64 = packing.bins.iter().filter_map(|bin| bin.count).sum();
    assert_eq!((hosts, packing.items.len(), packing.bins.len()), (60, 400, 12));
    for r in 0..3 {
        let there: u64 = packing.bins.iter().map(|bin| bin.cap[r] * bin.count.unwrap_or(0)).sum();
        let asked: u64 = packing.items.iter().map(|item| item.size[r]).sum();
        assert!(asked * 100 / there >= 35 && asked * 100 / there <= 68, "{asked} of {there}");
        let largest = packing.bins.iter().map(|bin| bin.cap[r]).max().unwrap_or(0);
        assert!(packing.items.iter().all(|item| item.size[r] <= largest));
    }
}

#[test]
fn large_labs_have_mixed_containers_rules_and_about_the_size_asked_for() {
    let layout = layout(&labs::document(1_000, 50_000, 0));
    let (hosts, containers) = (layout.lab.hosts.len(), layout.demand.containers.len());
    assert!((1_000..=1_040).contains(&hosts), "{hosts} hosts");
    assert!((40_000..=50_000).contains(&containers), "{containers} containers");
    let of = |kind: fn(&RuleKind) -> bool| layout.rules.iter().filter(|rule| kind(&rule.kind)).count();
    assert!(of(|kind| *kind == RuleKind::ApartByHost) > 1_000);
    assert!(of(|kind| matches!(kind, RuleKind::ApartByLabel(_))) > 100);
    assert!(of(|kind| *kind == RuleKind::Together) > 3);
    assert!(layout.demand.services.iter().any(|service| service.on.is_some()));
    for r in 0..layout.lab.resources.len() {
        let asked: u64 = layout.demand.indices().map(|c| layout.demand.service_of(c).request[r].value).sum();
        let there: u64 = layout.lab.hosts.iter().map(|host| host.allocatable[r]).sum();
        assert!(asked * 100 / there <= 85, "{:?}: {asked} of {there}", layout.lab.resources[r]);
    }
}

#[test]
fn a_packing_instance_becomes_the_document_that_says_the_same() {
    let item = |id: &str, size: [u64; 3], count| Item { id: id.to_owned(), size: size.to_vec(), count };
    let bin = |count, cost| Bin { id: "b".to_owned(), cap: vec![4_000, 8, 3], count, cost };
    let mut packing = Packing {
        name: "two kinds".to_owned(),
        dims: ["cpu_milli", "memory", "gpu_milli"].map(str::to_owned).to_vec(),
        bins: vec![bin(Some(5), 70)],
        items: vec![item("i0", [1_500, 3, 0], 1), item("i1", [2_500, 2, 1], 3)],
        known: Known::default(),
    };
    let expected = "\
name: two kinds
goals: [cheapest]
hosts:
  b: {cpu: 4000m, resources: {memory-units: 8, gpu-milli: 3}, count: 5, price: 70}
startups:
  i0: {containers: {c: {cpu: 1500m, resources: {memory-units: 3, gpu-milli: 0}, replicas: 1}}}
  i1: {containers: {c: {cpu: 2500m, resources: {memory-units: 2, gpu-milli: 1}, replicas: 3}}}
";
    assert_eq!(packing.document(), expected);
    // Without a number, as many as first-fit-decreasing fills: 2500 + 1500, then 2500 twice on hosts of their own.
    packing.bins = vec![bin(None, 1)];
    let unlimited = expected.replace("cheapest", "fewest-hosts").replace("count: 5, price: 70", "count: 3");
    assert_eq!(packing.document(), unlimited);
}
