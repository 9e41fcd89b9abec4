//! A small lab made by hand, and the answers about it, for tests of the reports.

use super::build::{self, host, placed, startup_asking};
use bayplan::check::{Violation, ViolationKind};
use bayplan::diagnostic::Place;
use bayplan::explain::{Reason, Refusal};
use bayplan::fit::{Fit, Fits};
use bayplan::model::*;

use bayplan::moves::Move;
use bayplan::plan::{Plan, PriorityResult, Room};
use bayplan::quantity::Resource;
use bayplan::solve::{GoalResult, Method, Proof, Status};

pub const GIB: u64 = 1 << 30;
pub const MIB: u64 = 1 << 20;

/// nuc with 14 cpu and 8 GiB, box with 46 cpu and 4 GiB, spare with 1 and 1. A platform of two proxies of 512 MiB and
/// a database of 3 GiB, and s01 to s04 of 1 GiB. The platform and s01..s03 on the nuc (7 of 8 GiB), s04 on the box.
pub fn layout() -> Layout {
    let mut nuc = host("nuc", &[14_000, 8 * GIB]);
    nuc.overcommit[0] = Some("4".to_owned());
    let hosts = vec![nuc, host("box", &[46_000, 4 * GIB]), host("spare", &[1_000, GIB])];
    let mut layout = build::layout(vec![Resource::Cpu, Resource::Memory], hosts);
    startup_asking(&mut layout, "platform", &[("proxy", Some(2), [250, 512 * MIB]), ("db", None, [250, 3 * GIB])]);
    for name in ["s01", "s02", "s03", "s04"] {
        startup_asking(&mut layout, name, &[("app", None, [250, GIB])]);
    }
    layout.demand.services[1].limit[1] = Some(6 * GIB);
    layout.name = Some("Small lab".to_owned());
    layout.stacks = vec![bayplan::model::Stack { name: "app".to_owned(), services: Vec::new(), together: None }];
    layout.demand.startups.iter_mut().for_each(|startup| startup.stack = Some("app".to_owned()));
    layout.placement = Some(placed(&[0, 0, 0, 0, 0, 0, 1]));
    layout
}

/// What each host holds, added up here and not by the library.
pub fn uses(layout: &Layout, placement: &Placement) -> Vec<HostUse> {
    let content = placement.by_host(layout.lab.hosts.len()).into_iter().numbered();
    let sum = |held: &[ContainerIndex], part: &dyn Fn(&Service) -> u64| {
        held.iter().map(|&c| part(layout.demand.service_of(c))).sum()
    };
    content
        .map(|(host, containers)| HostUse {
            carriers: Vec::new(),
            host,
            used: (0..layout.lab.resources.len()).map(|r| sum(&containers, &|s| s.request[r].value)).collect(),
            limits: (0..layout.lab.resources.len())
                .map(|r| {
                    let any = containers.iter().any(|&c| layout.demand.service_of(c).limit[r].is_some());
                    any.then(|| sum(&containers, &|s| s.limit[r].unwrap_or(s.request[r].value)))
                })
                .collect(),
            containers,
            agents: Vec::new(),
        })
        .collect()
}

pub fn proof(sentence: &str) -> Proof {
    Proof { kind: "volume", sentence: sentence.to_owned() }
}

pub fn feasible(layout: &Layout) -> Plan {
    let placement = layout.placement.clone().unwrap_or_default();
    let share = |part, whole| GoalValue::Share(Ratio { part, whole });
    Plan {
        status: Status::Feasible,
        hosts: uses(layout, &placement),
        placement,
        goals: vec![
            GoalResult {
                goal: Goal::FewestHosts,
                value: GoalValue::Count(2),
                bound: GoalValue::Count(2),
                proven: true,
                by: Method::Volume,
                levels: Vec::new(),
                levels_proven: 0,
            },
            GoalResult {
                goal: Goal::Balance,
                value: share(7, 8),
                bound: share(6, 8),
                proven: false,
                by: Method::None,
                levels: [7, 1].map(|part| Ratio { part, whole: 8 }).to_vec(),
                levels_proven: 0,
            },
        ],
        unplaced: Vec::new(),
        fewer: Vec::new(),
        refusals: Vec::new(),
        why: None,
        remedies: Vec::new(),
        proof: proof("Not proven best. Memory needs 2 hosts."),
        class_lp: Some(0.615),
        priority: None,
        rooms: Vec::new(),
        changes: None,
        declined: None,
        room: Some(Room { of: "app".to_owned(), count: 4, proven: true }),
        survival: None,
        steps: None,
        costs: None,
        certificate: None,
    }
}

/// s04 is left over: short on the nuc, too much for the spare host, and apart from s01 by a rule on the box.
pub fn infeasible(layout: &mut Layout) -> Plan {
    let last = ContainerIndex(6);
    layout.rules.push(Rule {
        kind: RuleKind::ApartByHost,
        containers: vec![ContainerIndex(3), last],
        reach: Some([].into()),
        each: false,
        at: Place { line: 31, ..Place::default() },
    });
    let mut placement = layout.placement.clone().unwrap_or_default();
    placement.host_of[last] = None;
    let refusal = |host, reason| Refusal { container: last, spot: HostIndex(host).into(), reason };
    Plan {
        status: Status::Infeasible,
        hosts: uses(layout, &placement),
        placement,
        goals: Vec::new(),
        unplaced: vec![last],
        fewer: Vec::new(),
        why: None,
        remedies: Vec::new(),
        refusals: vec![
            refusal(0, Reason::Short { resource: 1, requested: 2 * GIB, free: GIB }),
            refusal(1, Reason::ApartFrom { other: ContainerIndex(3), label: None, rule: 0 }),
            refusal(2, Reason::TooSmall { resource: 1, requested: 2 * GIB, allocatable: GIB }),
        ],
        proof: proof("Proven: 14 GiB of memory would be asked of 13 GiB."),
        class_lp: Some(1.07),
        priority: Some(PriorityResult { placed: 4, bound: 4, total: 5 }),
        rooms: Vec::new(),
        changes: None,
        declined: None,
        room: None,
        survival: None,
        steps: None,
        costs: None,
        certificate: None,
    }
}

/// s04 arrives on the box after s03 moved to the spare host.
pub fn with_moves(layout: Layout) -> Fit {
    let mut before = layout.placement.clone().unwrap_or_default();
    before.host_of[6] = None;
    let mut after = before.clone();
    let (nuc, spare) = (HostIndex(0), HostIndex(2));
    after.host_of[5] = Some(spare);
    after.host_of[6] = Some(HostIndex(1));
    Fit {
        evicted: None,
        answer: Fits::WithMoves,
        hosts: uses(&layout, &after),
        arrivals: vec![4],
        before,
        after,
        moves: vec![Move { step: 1, container: ContainerIndex(5), from: Some(nuc.into()), to: Some(spare.into()) }],
        changes: None,
        fewest_moves: true,
        pause: None,
        refusals: Vec::new(),
        why: None,
        remedies: Vec::new(),
        left_out: Vec::new(),
        how_many_more: 3,
        how_many_more_proven: true,
        bottleneck: Some(1),
        proof: proof("Proven best. One container moves; fewer do not do."),
        layout,
    }
}

pub fn over_capacity() -> Violation {
    Violation {
        kind: ViolationKind::OverCapacity { resource: 1, requested: 7 * GIB, allocatable: 6 * GIB },
        host: Some(HostIndex(0)),
        containers: ContainerIndex::all(6).collect(),
        at: Some(Place { file: 0, line: 12, column: 8, length: 3 }),
        because: Some(Place { file: 0, line: 3, column: 3, length: 3 }),
    }
}
