//! From one placement to another, one valid step at a time.

use crate::support::build::{lab, placed, placement, rule, startup};
use crate::support::cases;
use crate::support::walks::{Fewest, another, fewest_steps, full_layout, layout_of, walk};
use bayplan::check::{ViolationKind, check};
use bayplan::model::{ContainerIndex, HostIndex, HostState, Layout, Placement, RuleKind};
use bayplan::moves::{self, Move, Order};
use fastrand::Rng;

/// The moves found, `None` where there is no order or none was found.
fn order(layout: &Layout, before: &Placement, after: &Placement) -> Option<Vec<Move>> {
    match moves::order(layout, before, after, || false) {
        Order::Moves { moves, .. } => Some(moves),
        Order::Never | Order::Unknown => None,
    }
}

fn step(step: usize, container: usize, from: usize, to: usize) -> Move {
    let at = |host: usize| Some(HostIndex(host).into());
    Move { step, container: ContainerIndex(container), from: at(from), to: at(to) }
}

#[test]
fn nothing_to_move_is_an_empty_order() {
    let layout = layout_of(&[4], &[4]);
    assert_eq!(order(&layout, &placed(&[0]), &placed(&[0])), Some(vec![]));
}

#[test]
fn who_makes_room_goes_first() {
    // 1 fills host 1 until it leaves for host 2; 0 needs that room.
    let layout = layout_of(&[4, 4, 4], &[4, 4]);
    let moves = order(&layout, &placed(&[0, 1]), &placed(&[1, 2]));
    assert_eq!(moves, Some(vec![step(1, 1, 1, 2), step(2, 0, 0, 1)]));
}

#[test]
fn a_greedy_start_that_blocks_the_way_is_taken_back() {
    // Host 1 has 2 of 5 free. If 0 (2) took them first, 2 (2) could not come, so host 2 could not take 1 (3).
    let layout = layout_of(&[2, 5, 3], &[2, 3, 2]);
    let moves = order(&layout, &placed(&[0, 1, 2]), &placed(&[1, 2, 1]));
    assert_eq!(moves, Some(vec![step(1, 2, 2, 1), step(2, 1, 1, 2), step(3, 0, 0, 1)]));
}

#[test]
fn a_swap_without_room_parks_one_of_the_two_for_a_while() {
    let layout = layout_of(&[4, 4, 3], &[4, 3]);
    let moves = order(&layout, &placed(&[0, 1]), &placed(&[1, 0]));
    assert_eq!(moves, Some(vec![step(1, 1, 1, 2), step(2, 0, 0, 1), step(3, 1, 2, 0)]));
}

#[test]
fn whoever_looks_for_an_order_stops_soon_after_being_told_to() {
    // 0 and 1 (4 each) would swap, and no third host takes either; two hundred others may wander about meanwhile.
    let hosts: Vec<u64> = [4, 4].into_iter().chain([3; 100]).collect();
    let containers: Vec<u64> = [4, 4].into_iter().chain([1; 200]).collect();
    let others = (0..200).map(|number| 2 + number % 100);
    let before: Vec<usize> = [0, 1].into_iter().chain(others.clone()).collect();
    let after: Vec<usize> = [1, 0].into_iter().chain(others).collect();
    let asked = std::cell::Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 1_000
    };
    let found = moves::order(&layout_of(&hosts, &containers), &placed(&before), &placed(&after), stop);
    assert_eq!(found, Order::Unknown);
    assert!(asked.get() < 1_010, "{} looks at the clock", asked.get());
}

#[test]
fn a_swap_without_room_anywhere_has_no_order() {
    let layout = layout_of(&[4, 4, 2], &[4, 3]);
    assert_eq!(order(&layout, &placed(&[0, 1]), &placed(&[1, 0])), None);
}

#[test]
fn a_container_that_ends_where_it_is_may_step_aside() {
    // 0 (4) and 1 (4) swap; host 2 has room for one of them only while 2 (2) is on host 3.
    let layout = layout_of(&[4, 4, 4, 2], &[4, 4, 2]);
    let (before, after) = (placed(&[0, 1, 2]), placed(&[1, 0, 2]));
    let moves = order(&layout, &before, &after).expect("there is an order");
    assert_eq!(moves.len(), 5);
    assert_valid(&layout, &before, &after, &moves);
}

#[test]
fn nobody_is_parked_on_a_draining_or_planned_host() {
    for state in [HostState::Drain, HostState::Planned] {
        let mut layout = layout_of(&[4, 4, 4], &[4, 4]);
        layout.lab.hosts[2].state = state;
        assert_eq!(order(&layout, &placed(&[0, 1]), &placed(&[1, 0])), None);
    }
}

#[test]
fn nobody_is_parked_where_its_on_forbids_it() {
    let mut layout = layout_of(&[4, 4, 4], &[4, 4]);
    layout.demand.services[0].on = Some([0, 1].map(HostIndex).into());
    layout.demand.services[1].on = Some([0, 1].map(HostIndex).into());
    assert_eq!(order(&layout, &placed(&[0, 1]), &placed(&[1, 0])), None);
    layout.demand.services[1].on = None;
    assert_eq!(order(&layout, &placed(&[0, 1]), &placed(&[1, 0])).map(|moves| moves.len()), Some(3));
}

#[test]
fn containers_of_a_together_rule_move_as_one_step() {
    let mut layout = layout_of(&[8, 4, 4], &[2, 2, 4]);
    rule(&mut layout, RuleKind::Together, &[0, 1]);
    // 2 leaves host 1 first, then 0 and 1 go there side by side.
    let moves = order(&layout, &placed(&[0, 0, 1]), &placed(&[1, 1, 2]));
    assert_eq!(moves, Some(vec![step(1, 2, 1, 2), step(2, 0, 0, 1), step(2, 1, 0, 1)]));
}

#[test]
fn apart_holds_on_the_way() {
    let mut layout = layout_of(&[8, 8, 8], &[1, 1]);
    rule(&mut layout, RuleKind::ApartByHost, &[0, 1]);
    let moves = order(&layout, &placed(&[0, 1]), &placed(&[1, 2]));
    assert_eq!(moves, Some(vec![step(1, 1, 1, 2), step(2, 0, 0, 1)]));
    // The swap needs the third host.
    assert_eq!(order(&layout, &placed(&[0, 1]), &placed(&[1, 0])).map(|moves| moves.len()), Some(3));
}

#[test]
fn apart_by_label_counts_hosts_without_the_label_as_one_value() {
    let mut layout = layout_of(&[8, 8, 8, 8], &[1, 1]);
    for (host, shelf) in [(0, "x"), (1, "x")] {
        layout.lab.hosts[host].labels.insert("shelf".to_owned(), shelf.to_owned());
    }
    rule(&mut layout, RuleKind::ApartByLabel("shelf".to_owned()), &[0, 1]);
    // Hosts 2 and 3 are alike: neither has the label. Two zones, two containers: neither can go first, nor wait.
    assert_eq!(order(&layout, &placed(&[0, 2]), &placed(&[3, 1])), None);
    // Within its own zone each is free.
    assert_eq!(order(&layout, &placed(&[0, 2]), &placed(&[1, 3])).map(|moves| moves.len()), Some(2));
}

#[test]
fn arrivals_and_departures_are_no_moves() {
    let layout = layout_of(&[4, 4], &[4, 4, 4]);
    let moves = order(&layout, &placement(&[Some(0), Some(1), None]), &placement(&[Some(1), None, Some(0)]));
    assert_eq!(moves, Some(vec![step(1, 0, 0, 1)]));
}

#[test]
fn what_was_wrong_before_may_be_put_right_in_any_order() {
    // Host 0 is over its 4 by 2 before.
    let layout = layout_of(&[4, 6], &[2, 2, 2]);
    let moves = order(&layout, &placed(&[0, 0, 0]), &placed(&[0, 1, 1]));
    assert_eq!(moves, Some(vec![step(1, 1, 0, 1), step(2, 2, 0, 1)]));
}

#[test]
fn a_thousand_moves_in_a_row_of_full_hosts_are_ordered() {
    let names: Vec<String> = (0..=1000).map(|number| format!("h{number}")).collect();
    let mut layout = lab(&names.iter().map(|name| (name.as_str(), 1)).collect::<Vec<_>>());
    startup(&mut layout, "s", &names[1..].iter().map(|name| (name.as_str(), 1)).collect::<Vec<_>>());
    let before: Vec<usize> = (0..1000).collect();
    let after: Vec<usize> = (1..=1000).collect();
    let moves = order(&layout, &placed(&before), &placed(&after)).expect("from the far end");
    assert_eq!(moves.len(), 1000);
    assert_eq!(moves[0], step(1, 999, 999, 1000));
}

#[test]
fn a_hopeless_order_of_many_containers_is_given_up() {
    // 40 pairs of full hosts that swap, and nowhere to park.
    let hosts: Vec<(String, u64)> = (0..80).map(|number| (format!("h{number}"), 4)).collect();
    let mut layout = lab(&hosts.iter().map(|(name, memory)| (name.as_str(), *memory)).collect::<Vec<_>>());
    startup(&mut layout, "s", &hosts.iter().map(|(name, memory)| (name.as_str(), *memory)).collect::<Vec<_>>());
    let before: Vec<usize> = (0..80).collect();
    let after: Vec<usize> = (0..80).map(|host| host ^ 1).collect();
    assert_eq!(order(&layout, &placed(&before), &placed(&after)), None);
}

#[test]
fn many_swaps_through_one_spare_host_are_found() {
    let hosts: Vec<(String, u64)> = (0..81).map(|number| (format!("h{number}"), 4)).collect();
    let mut layout = lab(&hosts.iter().map(|(name, memory)| (name.as_str(), *memory)).collect::<Vec<_>>());
    startup(&mut layout, "s", &hosts[..80].iter().map(|(name, memory)| (name.as_str(), *memory)).collect::<Vec<_>>());
    let before = placed(&(0..80).collect::<Vec<_>>());
    let after = placed(&(0..80).map(|host| host ^ 1).collect::<Vec<_>>());
    let moves = order(&layout, &before, &after).expect("one pair after the other");
    assert_valid(&layout, &before, &after, &moves);
}

#[test]
fn a_direct_order_is_found_whenever_there_is_one_and_else_the_fewest_steps() {
    let cases = cases::each(11_000, 400, |seed| {
        let (layout, before, after) = random_case(&mut Rng::with_seed(seed), false);
        let found = order(&layout, &before, &after);
        if let Some(moves) = &found {
            assert_valid(&layout, &before, &after, moves);
        }
        let fewest = match fewest_steps(&layout, &before, &after, usize::MAX) {
            Fewest::Steps(steps) => Some(steps),
            _ => None,
        };
        assert_eq!(found.as_ref().map(Vec::len), fewest, "{before:?} {after:?} {layout:#?}");
        (fewest.is_none(), fewest.is_some_and(|steps| steps > before.moves_to(&after).count()))
    });
    let none = cases.iter().filter(|case| case.0).count();
    let parked = cases.iter().filter(|case| case.1).count();
    let rare = cases.len() / 80;
    assert!(none > rare && parked > rare, "the cases must be hard: {none} without an order, {parked} with parking");
}

#[test]
fn every_order_passes_the_referee_at_every_step() {
    let found = cases::each(12_000, 600, |seed| {
        let (layout, before, after) = random_case(&mut Rng::with_seed(seed), true);
        let Some(moves) = order(&layout, &before, &after) else { return false };
        assert_valid(&layout, &before, &after, &moves);
        true
    });
    let (all, found) = (found.len(), found.into_iter().filter(|&found| found).count());
    assert!(found * 3 > all, "only {found} of {all} cases had an order");
}

/// A tight layout with rules, and two valid placements of it.
fn random_case(random: &mut Rng, together: bool) -> (Layout, Placement, Placement) {
    loop {
        let hosts: Vec<u64> = (0..random.usize(2..5)).map(|_| random.u64(3..8)).collect();
        let containers: Vec<u64> = (0..random.usize(2..6)).map(|_| random.u64(1..5)).collect();
        let mut layout = layout_of(&hosts, &containers);
        for host in &mut layout.lab.hosts {
            if random.bool() {
                host.labels.insert("shelf".to_owned(), ["x", "y"][random.usize(0..2)].to_owned());
            }
            if random.u8(0..6) == 0 {
                host.state = HostState::Drain;
            }
        }
        let pair = [0, 1 + random.usize(0..containers.len() - 1)];
        match random.u8(0..if together { 5 } else { 3 }) {
            0 => rule(&mut layout, RuleKind::ApartByHost, &pair),
            1 => rule(&mut layout, RuleKind::ApartByLabel("shelf".to_owned()), &pair),
            3 | 4 => rule(&mut layout, RuleKind::Together, &pair),
            _ => {}
        }
        let anywhere =
            |random: &mut Rng| placed(&containers.iter().map(|_| random.usize(0..hosts.len())).collect::<Vec<_>>());
        let valid = |placement: &Placement, before: &Placement| check(&layout, placement, Some(before)).is_empty();
        for _ in 0..200 {
            let (before, after) = (anywhere(random), anywhere(random));
            if valid(&before, &before) && valid(&after, &before) && before != after {
                return (layout, before, after);
            }
        }
    }
}

/// Every placement on the way passes the referee, and the way ends at `after`. Containers of a `together` rule that
/// move side by side are one step.
fn assert_valid(layout: &Layout, before: &Placement, after: &Placement, moves: &[Move]) {
    let tied = |a: ContainerIndex, b: ContainerIndex| {
        layout
            .rules
            .iter()
            .any(|rule| rule.kind == RuleKind::Together && rule.containers.contains(&a) && rule.containers.contains(&b))
    };
    let mut now = before.clone();
    for (index, this) in moves.iter().enumerate() {
        assert_eq!(now.spot(this.container), this.from, "{moves:?}");
        now.go(&[(this.container, this.to)]);
        let goes_on = moves
            .get(index + 1)
            .is_some_and(|next| tied(this.container, next.container) && (this.from, this.to) == (next.from, next.to));
        if !goes_on {
            let violations = check(layout, &now, Some(before));
            let wrong: Vec<_> = violations.iter().filter(|it| it.kind != ViolationKind::Unplaced).collect();
            assert!(wrong.is_empty(), "after {this:?} of {moves:?}: {wrong:?}");
        }
    }
    assert_eq!(&now, after);
}

#[test]
fn of_full_hosts_the_fewest_moves_are_found_or_that_there_are_none() {
    let cases = cases::each(13_000, 500, |seed| {
        let mut random = Rng::with_seed(seed);
        let (layout, before, after) = loop {
            let (containers, percent) = (random.usize(6..=14), random.u64(85..=95));
            let (layout, before) = full_layout(&mut random, 4, containers, percent);
            if let Some(after) = another(&mut random, &layout) {
                break (layout, before, after);
            }
        };
        let answer = moves::order(&layout, &before, &after, || false);
        let parked = match &answer {
            Order::Moves { moves, fewest } => {
                assert!(fewest);
                assert_valid(&layout, &before, &after, moves);
                moves.len() > before.moves_to(&after).count()
            }
            Order::Never => false,
            Order::Unknown => panic!("{layout:#?}"),
        };
        let looked_up = fewest_steps(&layout, &before, &after, 1_500);
        match looked_up {
            Fewest::Steps(steps) => assert!(matches!(&answer, Order::Moves { moves, .. } if moves.len() == steps)),
            Fewest::Never => assert_eq!(answer, Order::Never),
            Fewest::TooMany => {}
        }
        (parked, answer == Order::Never, looked_up != Fewest::TooMany)
    });
    let parked = cases.iter().filter(|case| case.0).count();
    let never = cases.iter().filter(|case| case.1).count();
    let looked_up = cases.iter().filter(|case| case.2).count();
    let some = cases.len() / 10;
    assert!(parked > some && never > some && looked_up > 3 * some, "{parked} {never} {looked_up}");
}

#[test]
fn of_many_containers_an_order_is_found_wherever_one_was_made_to_exist() {
    let parked = cases::each(0, 60, |seed| {
        let mut random = Rng::with_seed(14_000 + seed);
        let (hosts, containers) = (random.usize(4..=12), random.usize(60..=120));
        let percent = [80, 88, 92, 95, 97][seed as usize % 5];
        let (layout, before) = full_layout(&mut random, hosts, containers, percent);
        let after = walk(&mut random, &layout, &before, [20, 60, 200][seed as usize % 3]);
        let answer = moves::order(&layout, &before, &after, || false);
        let Order::Moves { moves, .. } = answer else {
            panic!("{hosts} hosts, {containers} containers, {percent} %: {answer:?}")
        };
        assert_valid(&layout, &before, &after, &moves);
        moves.len() > before.moves_to(&after).count()
    });
    let (all, parked) = (parked.len(), parked.into_iter().filter(|&parked| parked).count());
    assert!(parked * 20 > all, "only {parked} of {all} cases needed parking");
}

#[test]
fn a_step_that_overfills_a_host_on_the_way_is_refuted() {
    let mut layout = lab(&[("a", 4), ("b", 4), ("c", 4)]);
    startup(&mut layout, "s", &[("x", 3), ("y", 3)]);
    let before = placed(&[0, 1]);
    let (first, second) = (step(2, 0, 0, 1), step(1, 1, 1, 2));
    assert!(bayplan::plan::judged(&layout, &before, &before, &[second, first]).is_ok());
    let refuted = bayplan::plan::judged(&layout, &before, &before, &[first, second]).unwrap_err();
    assert!(!refuted.violations.is_empty());
}
