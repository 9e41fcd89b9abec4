//! Each tool by itself against trying every assignment: what `solve` reaches by the first tool that does is no test
//! of the others.

use std::time::Duration;

use crate::solve::rng::Rng;

use super::branch::branch;
use super::decide::{Decision, decide, volume_short};
use super::instance::{Bin, Instance};
use super::lp::bound::{self, Bounded, Measure};
use super::restricted::{EpsilonConstraints, RestrictedInstance, Usage, moves, value};
use super::rounding::rounded;
use super::search::{Target, search};
use super::work::{Effort, Work};
use super::{Clock, NoLimit, Options, Part, Problem, Scope, anneal, construct, lp, reassign, resplit};
use crate::certificate::{Node, Proof, Tree};
use crate::diagnostic::Place;
use crate::model::{
    Amount, Container, ContainerIndex, Demand, Goal, GoalValue, Host, HostIndex, HostState, Lab, Layout, Origin,
    Placement, Positions, Rule, RuleKind, Service, Startup,
};
use crate::quantity::{Decimal, Resource};

const CASES: u64 = 400;
pub(super) const OPTIONS: Options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };

#[test]
fn no_bound_is_above_the_best_of_all_assignments() {
    for_all(|case| {
        let measures = [
            (Measure::Share, Goal::Balance),
            (Measure::Moves, Goal::FewestMoves),
            (Measure::Cost(Goal::FewestHosts), Goal::FewestHosts),
            (Measure::Cost(Goal::Cheapest), Goal::Cheapest),
        ];
        let out = Part { clock: &NoLimit, reserve: Duration::MAX };
        let clocks: [&dyn Clock; 2] = [&NoLimit, &out];
        for ((measure, goal), clock) in measures.into_iter().flat_map(|it| clocks.map(|clock| (it, clock))) {
            let Some(Bounded { bound, .. }) = bound::bound(&case.instance, &case.restricted, measure, clock) else {
                assert!(case.all.is_empty(), "{measure:?}: nothing fits, they say");
                continue;
            };
            let values = case.all.iter().map(|assignment| value(&case.instance, goal, assignment));
            let Some(best) = values.min_by(|a, b| a.as_f64().total_cmp(&b.as_f64())) else { continue };
            let bound = match best {
                GoalValue::Count(_) => GoalValue::Count(bound.ceil()),
                GoalValue::Millionths(_) => GoalValue::Millionths(bound.ceil()),
                GoalValue::Above(_) => GoalValue::Above(bound.ceil()),
                GoalValue::Bytes(_) => GoalValue::Bytes(bound.ceil()),
                GoalValue::Share(_) => GoalValue::Share(bound.ratio()),
            };
            assert!(bound <= best, "{measure:?}: {bound:?} above {best:?}");
            if measure == Measure::Cost(Goal::FewestHosts) {
                let asks = case.instance.total().iter().any(|&asked| asked > 0);
                assert_eq!(bound > GoalValue::Count(0), asks, "where anything is asked, a host is open");
            }
        }
    });
}

#[test]
fn no_bound_on_what_is_above_targets_is_above_the_best_of_all_assignments() {
    let (mut above, mut reached) = (0, 0);
    for seed in 0..CASES {
        let rng = &mut Rng::with_seed(seed);
        let mut layout = layout(rng);
        layout.goals = vec![Goal::WithinTarget];
        for host in &mut layout.lab.hosts {
            let percents = ["0", "33.3", "50", "80", "100"];
            let some =
                |rng: &mut Rng| Decimal::parse(percents[rng.usize(..percents.len())]).ok().filter(|_| rng.bool());
            host.targets = [some(rng), some(rng)].into();
        }
        let Ok(instance) = Instance::build(&(&layout).into(), Scope::ALL) else { continue };
        let restricted = RestrictedInstance::none(&instance);
        for hosts in [None, Some(1), Some(2)] {
            let limits = EpsilonConstraints { hosts, ..EpsilonConstraints::default() };
            let bound = lp::above::bound(&instance, &restricted, &limits, &NoLimit);
            let mut best: Option<u64> = None;
            assignments(&instance, &mut Vec::new(), &mut |assignment| {
                let usage = Usage::of(&instance, assignment);
                if restricted.admits(&instance, assignment) && limits.admit(&instance, &usage.occupied()) {
                    best = Some(best.map_or(usage.above, |best| best.min(usage.above)));
                }
            });
            let (Some(best), Some(bound)) = (best, bound) else { continue };
            assert!(bound <= best, "seed {seed}, {hosts:?}: {bound} above {best}");
            (above, reached) = (above + u32::from(best > 0), reached + u32::from(best > 0 && bound * 10 >= best * 9));
        }
    }
    assert!(above > 200 && reached * 4 > above, "of {above} that are above {reached} have a good bound");
}

#[test]
fn the_class_lp_is_the_same_by_either_method() {
    for_all(|case| {
        let ours = bound::bound(&case.instance, &case.restricted, Measure::Share, &NoLimit);
        let backend = bound::class_lp(&case.instance, &case.restricted, &NoLimit);
        let ratio = |bounded: Bounded| bounded.bound.ratio().as_f64();
        match (ours.map(ratio), backend.map(ratio)) {
            (Some(ours), Some(backend)) => assert!((ours - backend).abs() < 1e-6, "{ours} or {backend}"),
            (ours, backend) => assert_eq!(ours, backend),
        }
    });
}

#[test]
fn rounded_volume_takes_no_packing_away() {
    let mut sharpened = 0;
    for_all(|case| {
        let Some((instance, restricted)) = rounded(&case.instance, &case.restricted) else { return };
        sharpened += 1;
        assert!(volume_short(&instance, &restricted).is_none() || case.all.is_empty());
        for assignment in &case.all {
            assert!(restricted.admits(&instance, assignment));
        }
    });
    assert!(sharpened > CASES / 10, "only {sharpened} cases had anything to round");
}

#[test]
fn branching_decides_as_trying_everything_does() {
    let certify = Options { certify: true, ..OPTIONS };
    let (mut packed, mut trees) = (0, 0);
    for_all(|case| {
        let fewest = case.all.iter().map(|assignment| moves(&case.instance, assignment)).min();
        let limits = [None, fewest, fewest.and_then(|fewest| fewest.checked_sub(1))];
        for (moves_at_most, sharp) in limits.into_iter().flat_map(|limit| [(limit, false), (limit, true)]) {
            let mut restricted = case.restricted.clone();
            restricted.moves = moves_at_most;
            let fits = moves_at_most.is_none_or(|limit| fewest.is_some_and(|fewest| fewest <= limit));
            let sharper = rounded(&case.instance, &restricted).filter(|_| sharp);
            let (instance, restricted) = sharper.as_ref().map_or((&case.instance, &restricted), |(i, b)| (i, b));
            match branch(instance, restricted, u64::MAX, &certify) {
                Decision::Packed(assignment) => {
                    assert!(case.all.contains(&assignment) && restricted.admits(instance, &assignment));
                    packed += 1;
                }
                Decision::Refuted(Proof::Tree(tree)) => {
                    assert!(case.all.is_empty() || !fits);
                    trees += 1;
                    covers_all(&tree);
                }
                Decision::Refuted(proof) => assert!(case.all.is_empty() && proof == Proof::Rules),
                Decision::Unknown => panic!("an instance of this size is decided"),
            }
        }
    });
    assert!(packed > CASES / 2 && trees > CASES / 2, "{packed} packed, {trees} refuted");
}

/// Every split has its two cases at later positions, and every node but the root is the case of one split.
fn covers_all(tree: &Tree) {
    let mut parents = vec![0; tree.nodes.len()];
    for (at, node) in tree.nodes.iter().enumerate() {
        match node {
            Node::Split { cases, .. } => cases.iter().for_each(|&case| {
                assert!(case > at);
                parents[case] += 1;
            }),
            Node::Leaf(Proof::Duals(_)) => {}
            Node::Leaf(other) => panic!("{other:?}"),
        }
    }
    assert!(parents[0] == 0 && parents[1..].iter().all(|&parents| parents == 1));
}

#[test]
fn the_exact_search_finds_what_trying_everything_finds() {
    for_all(|case| {
        let any = search(&case.instance, &case.restricted, Target::Any, u64::MAX, &NoLimit);
        assert!(any.complete || any.assignment.is_some());
        assert_eq!(any.assignment.is_some(), !case.all.is_empty());
        let fewest = search(&case.instance, &case.restricted, Target::MovesBelow(u64::MAX), u64::MAX, &NoLimit);
        let best = case.all.iter().map(|assignment| moves(&case.instance, assignment)).min();
        assert_eq!(fewest.assignment.map(|assignment| moves(&case.instance, &assignment)), best);
    });
}

#[test]
fn what_is_constructed_or_annealed_keeps_to_the_restricted() {
    let (mut constructed, mut annealed, mut possible) = (0, 0, 0);
    for_all(|case| {
        possible += u64::from(!case.all.is_empty());
        if let Ok(assignment) = construct::construct(&case.instance, &case.restricted, &NoLimit, true) {
            assert!(case.all.contains(&assignment));
            constructed += 1;
        }
        if let Some(assignment) = construct::fill(&case.instance, &case.restricted, Goal::Cheapest, &NoLimit) {
            assert!(case.all.contains(&assignment));
        }
        let start = vec![Bin(0); case.instance.items.len()];
        if let Some(assignment) = anneal::anneal(&case.instance, &case.restricted, &start, 2, 4_000, &OPTIONS) {
            assert!(case.all.contains(&assignment));
            annealed += 1;
        }
    });
    assert!(annealed * 10 >= possible * 9, "annealing packed {annealed} of {possible}, greed {constructed}");
}

#[test]
fn pairs_of_hosts_are_split_anew_within_the_restricted() {
    let (mut found, mut possible) = (0, 0);
    for_all(|case| {
        let fewest = case.all.iter().map(|assignment| moves(&case.instance, assignment)).min();
        for limit in [None, fewest] {
            let mut restricted = case.restricted.clone();
            restricted.moves = limit;
            possible += u64::from(!case.all.is_empty());
            let start = vec![Bin(0); case.instance.items.len()];
            if let Some(assignment) = resplit::resplit(&case.instance, &restricted, &start, 100_000, &OPTIONS) {
                assert!(case.all.contains(&assignment) && restricted.admits(&case.instance, &assignment));
                found += 1;
            }
        }
    });
    assert!(found * 10 >= possible * 9, "found {found} of {possible}");
}

#[test]
fn hosts_are_filled_to_the_last_unit() {
    let (full, effort) = (20, Effort { dives: false, columns: 0, ..Effort::THOROUGH });
    let packed = (0..full).filter(|&seed| {
        let instance =
            Instance::build(&(&full_layout(&mut Rng::with_seed(seed))).into(), Scope::ALL).expect("nothing is ruled");
        let restricted = RestrictedInstance::none(&instance);
        let decision = decide(&instance, &restricted, &[], effort, &mut Default::default(), &OPTIONS);
        matches!(decision, Decision::Packed(packing) if restricted.admits(&instance, &packing))
    });
    assert_eq!(packed.count() as u64, full);
}

#[test]
fn from_where_things_stand_the_fewest_moves_are_found_within_the_rules() {
    let (mut found, mut possible) = (0, 0);
    for_all(|case| {
        let fewest = case.all.iter().map(|assignment| moves(&case.instance, assignment)).min();
        possible += u64::from(fewest.is_some());
        let limits = EpsilonConstraints::default();
        let Some(mut engine) = reassign::reassignment(&case.instance, &case.restricted, &limits, &[], &OPTIONS) else {
            return;
        };
        engine.seek(0, u64::MAX, &mut Work::new(20_000, &NoLimit));
        if let Some((moved, packing)) = engine.best() {
            assert!(case.all.contains(&packing.to_vec()) && moved == moves(&case.instance, packing));
            found += u64::from(Some(moved) == fewest);
        }
    });
    assert!(found * 20 >= possible * 19, "found {found} of {possible}");
}

#[test]
fn settling_a_few_bins_anew_leads_from_the_most_moves_to_the_fewest() {
    let mut fewer = 0;
    for_all(|case| {
        let moves = |packing: &Vec<Bin>| moves(&case.instance, packing);
        let Some(worst) = case.all.iter().max_by_key(|packing| moves(packing)) else { return };
        let packing = reassign::resettled(&case.instance, &case.restricted, worst, 20_000).expect("it begins valid");
        assert!(case.all.contains(&packing));
        assert_eq!(Some(moves(&packing)), case.all.iter().map(moves).min());
        fewer += u64::from(moves(&packing) < moves(worst));
    });
    assert!(fewer > CASES / 10, "{fewer} moved less");
}

#[test]
fn no_bound_on_moves_is_above_the_fewest_within_the_limits() {
    let (mut closed, mut possible) = (0, 0);
    for_all(|case| {
        let hosts = |assignment: &[Bin]| value(&case.instance, Goal::FewestHosts, assignment);
        for most in [None, Some(1), Some(2)] {
            let kept = |it: &&Vec<Bin>| most.is_none_or(|most| hosts(it) <= GoalValue::Count(most));
            let fewest = case.all.iter().filter(kept).map(|assignment| moves(&case.instance, assignment)).min();
            let limits = EpsilonConstraints { hosts: most, ..EpsilonConstraints::default() };
            for (certify, above) in [(true, 0), (true, 3), (false, 0), (false, 3)] {
                let options = Options { certify, ..OPTIONS };
                let engine = reassign::reassignment(&case.instance, &case.restricted, &limits, &[], &options);
                let (Some(mut engine), Some(fewest)) = (engine, fewest) else { continue };
                let (bound, _) = engine.bound(fewest + above, &mut Work::new(3_000_000, &NoLimit));
                assert!(bound <= fewest, "{bound} above {fewest}");
                possible += u64::from(above == 0 && !certify);
                closed += u64::from(above == 0 && !certify && bound == fewest);
            }
        }
    });
    assert!(closed * 10 >= possible * 9, "closed {closed} of {possible}");
}

#[test]
fn two_threads_anneal_to_what_one_does() {
    for_all(|case| {
        let start = vec![Bin(0); case.instance.items.len()];
        let with = |threads| {
            let options = Options { threads, ..OPTIONS };
            anneal::anneal(&case.instance, &case.restricted, &start, 2, 2_000, &options)
        };
        assert_eq!(with(1), with(2));
    });
}

#[test]
fn an_edit_of_a_problem_is_the_problem_of_the_edited_layout() {
    for seed in 0..CASES {
        let rng = &mut Rng::with_seed(seed);
        let mut layout = layout(rng);
        let (host, service) =
            (HostIndex(rng.usize(..layout.lab.hosts.len())), rng.usize(..layout.demand.services.len()));
        layout.lab.hosts[host].state = HostState::Drain;
        let problem = Problem::from(&layout);
        let check = |edited: Problem, edit: &dyn Fn(&mut Layout)| {
            let mut layout = layout.clone();
            edit(&mut layout);
            assert_eq!(edited, Problem::from(&layout), "seed {seed}");
        };
        check(problem.clone().without_drain(host), &|it| it.lab.hosts[host].state = HostState::Up);
        check(problem.clone().without_pin(service), &|it| it.demand.services[service].on = None);
        check(problem.clone().with_rules(|_| false), &|it| it.rules.clear());
        check(problem.clone().standing(None), &|it| it.placement = None);
        check(problem.clone().without_hosts(&[host]), &|it| {
            it.lab.hosts[host].state = HostState::Planned;
            it.rules.retain(|rule| !matches!(rule.kind, RuleKind::Spread { .. }));
            let placed = it.placement.iter_mut().flat_map(|it| &mut it.host_of);
            placed.for_each(|at| *at = at.filter(|&at| at != host));
        });
        // What is there in all phases is in one what it is.
        let phased = super::Phased { of: vec![problem.clone()] };
        check(phased.joint(&[0]).0, &|it| it.placement = None);
        check(problem, &|_| ());
    }
}

/// A tiny instance, its restriction, and every assignment that keeps to it.
pub(super) struct Case {
    pub(super) instance: Instance,
    pub(super) restricted: RestrictedInstance,
    pub(super) all: Vec<Vec<Bin>>,
}

pub(super) fn for_all(mut law: impl FnMut(&Case)) {
    for seed in 0..CASES {
        let layout = layout(&mut Rng::with_seed(seed));
        let Ok(instance) = Instance::build(&(&layout).into(), Scope::ALL) else { continue };
        let restricted = RestrictedInstance::none(&instance);
        let mut all = Vec::new();
        assignments(&instance, &mut Vec::new(), &mut |assignment| {
            if restricted.admits(&instance, assignment) {
                all.push(assignment.to_vec());
            }
        });
        law(&Case { instance, restricted, all });
    }
}

fn assignments(instance: &Instance, begun: &mut Vec<Bin>, visit: &mut dyn FnMut(&[Bin])) {
    if begun.len() == instance.items.len() {
        return visit(begun);
    }
    for bin in Bin::all(instance.hosts.len()) {
        begun.push(bin);
        assignments(instance, begun, visit);
        begun.pop();
    }
}

/// Two or three hosts, some alike, and four to six containers of two resources, filled tightly; some stay apart, some
/// are pinned, some run already.
fn layout(rng: &mut Rng) -> Layout {
    let place = Place::default();
    let hosts = rng.usize(2..=3);
    let kinds = [vec![rng.u64(8..20), rng.u64(8..20)], vec![rng.u64(8..20), rng.u64(8..20)]];
    let hosts: Vec<Host> = (0..hosts)
        .map(|number| Host {
            span: crate::model::Span::ALWAYS,
            later: Vec::new(),
            name: format!("h{number}"),
            kind: format!("h{number}"),
            title: None,
            capacity: kinds[number % 2].clone(),
            reserve: vec![0; 2],
            allocatable: kinds[number % 2].clone(),
            kept: [].into(),
            overcommit: vec![None; 2],
            targets: [].into(),
            labels: Default::default(),
            watts: 0,
            price: 1_000 * (number as u64 % 2 + 1),
            state: HostState::Up,
            at: place,
        })
        .collect();
    let sizes = [[rng.u64(1..9), rng.u64(0..9)], [rng.u64(1..9), rng.u64(1..9)], [rng.u64(2..6), rng.u64(2..6)]];
    let mut demand = Demand::default();
    for number in 0..rng.usize(4..=6) {
        let request = sizes[rng.usize(..3)].map(|value| Amount { value, origin: Origin::Given }).to_vec();
        let on = (rng.u8(..8) == 0).then(|| vec![HostIndex(rng.usize(..hosts.len()))].into());
        demand.containers.push(Container { service: number, replica: None });
        demand.services.push(Service {
            span: crate::model::Span::ALWAYS,
            later: Vec::new(),
            startup: 0,
            name: format!("c{number}"),
            title: None,
            request,
            limit: vec![None; 2],
            observed: None,
            on,
            pool: None,
            on_written: None,
            inside: None,
            carries: None,
            every: None,
            on_at: place,
            needs: Vec::new(),
            made: Default::default(),
            counted: false,
            counts: Vec::new(),
            containers: Positions { start: ContainerIndex(number), end: ContainerIndex(number + 1) },
            keep: None,
            at: place,
        });
    }
    let services = 0..demand.services.len();
    let startup = Startup {
        name: "s".to_owned(),
        title: None,
        stack: None,
        priority: 1,
        services,
        span: crate::model::Span::ALWAYS,
        together: None,
        own_together: false,
        at: place,
    };
    demand.startups.push(startup);
    let many = demand.containers.len();
    let rules = match rng.bool() {
        true => vec![Rule {
            kind: RuleKind::ApartByHost,
            containers: [0, many - 1].map(ContainerIndex).to_vec(),
            reach: Some([].into()),
            each: false,
            at: place,
        }],
        false => Vec::new(),
    };
    let mut placement = Placement::empty(many);
    let mut some = || rng.bool().then(|| HostIndex(rng.usize(..hosts.len())));
    placement.host_of.iter_mut().for_each(|host| *host = some());
    Layout {
        name: None,
        lab: Lab { resources: vec![Resource::Cpu.into(), Resource::Memory.into()], hosts, ..Lab::default() },
        demand,
        rules,
        goals: Vec::new(),
        balance: Vec::new(),
        survive: None,
        most_moves: None,
        phases: Vec::new(),
        phase: None,
        toolbox: crate::model::Toolbox::default(),
        placement: Some(placement),
        placed_at: vec![None; many],
        dormant: Vec::new(),
        wishes: Vec::new(),
        stacks: Vec::new(),
        files: Vec::new(),
    }
}

/// Five unlike hosts, and sixty containers that leave not a unit of memory free.
fn full_layout(rng: &mut Rng) -> Layout {
    let mut layout = layout(rng);
    let (host, service) = (layout.lab.hosts[0].clone(), layout.demand.services[0].clone());
    layout.lab.hosts = (0..5).map(|number| Host { name: format!("h{number}"), ..host.clone() }).collect();
    layout.lab.hosts.iter_mut().for_each(|host| host.allocatable = vec![1_000_000, 0]);
    (layout.rules, layout.placement, layout.demand) = (Vec::new(), None, Demand::default());
    for number in 0..60 {
        let memory = rng.u64(20..2_000);
        let request = [10, memory].map(|value| Amount { value, origin: Origin::Given }).to_vec();
        layout.lab.hosts[number % 5].allocatable[1] += memory;
        layout.demand.containers.push(Container { service: number, replica: None });
        let name = format!("c{number}");
        layout.demand.services.push(Service {
            span: crate::model::Span::ALWAYS,
            later: Vec::new(),
            name,
            request,
            on: None,
            containers: Positions { start: ContainerIndex(number), end: ContainerIndex(number + 1) },
            keep: None,
            ..service.clone()
        });
    }
    let startup = Startup {
        name: "s".to_owned(),
        title: None,
        stack: None,
        priority: 1,
        services: 0..60,
        span: crate::model::Span::ALWAYS,
        together: None,
        own_together: false,
        at: host.at,
    };
    layout.demand.startups.push(startup);
    layout
}
