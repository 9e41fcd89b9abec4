//! A change of a layout is what a document says that extends the one it comes from.

use bayplan::document::{Document, Newcomers, Source};
use bayplan::model::{
    Change, ChangeError, ContainerIndex, HostIndex, HostState, Layout, Like, Of, OfStartup, RuleKind, Topology, apply,
};
use fastrand::Rng;

use crate::support::random::spec;
use crate::support::read::document;

/// Everything that one change can meet: stacks that startups change in part, patterns that reach startups to come,
/// reserves in parts, overcommit, labels, limits, measurements, a toolbox, a placement.
const FULL: &str = "\
hosts:
  nuc: {count: 3, cpu: 8, memory: 32GiB, reserve: {memory: [1GiB, 7.5%]}, overcommit: {cpu: 1.5}, labels: {site: a}}
  pi: {cpu: 4, memory: 8GiB, title: the small one, containers: 40, labels: {site: b}, resources: {gpu: 1, nvme: 2TB}}
  later: {count: 2, state: planned, cpu: 8, memory: 16GiB, labels: {site: b}}
pools:
  ceph: {disk: 4TB, hosts: [nuc-1..nuc-2, later]}
  nas: {disk: 2TB, hosts: {site: a}}
  box: {disk: 1TB, hosts: pi}
sizes:
  small: {cpu: 100m, memory: 256MiB}
stacks:
  web:
    app: {size: small, memory: 1GiB, replicas: 2, apart: host, spread: {over: host, skew: 2}, limit: {memory: 2GiB}, needs: db}
    db: {memory: 2GiB, on: {site: a}, pool: ceph, observed: {memory: 1GiB}}
  tool:
    run: {memory: 512MiB, needs: s1/db}
  pair: {together: host, one: {memory: 1MiB}, two: {memory: 1MiB, replicas: 2, keep: 2}}
startups:
  s1..s3: web
  s4: {stack: web, priority: 3, containers: {app: {memory: 3GiB, apart: site}, db: {on: [nuc-1, pi]}, extra: {memory: 1MiB}}}
  t1: tool
  p1..p2: pair
  p3: {stack: pair, together: none, containers: {two: {keep: 1}}}
  d1..d2: {containers: {files: {memory: 1GiB, disk: 9GB, pool: nas, replicas: 2}, more: {memory: 1MiB, disk: 9GB, pool: box}}}
  own: {together: host, containers: {one: {memory: 1GiB, limit: {memory: 2GiB}}, two: {memory: 1GiB, needs: [one, s4/app]}}}
rules:
  - apart: ['s*/db']
  - apart: ['s*/app.1', '*/db', own/*]
    each: startup
  - together: [own/one, own/two]
  - at-most: {count: 2, per: site, of: ['*/one', own/two]}
  - survive: 1
    except: ['t*/*', own/one]
toolbox:
  web: {tools: [nginx], chosen: nginx, status: now, runs: [s1/app, own]}
placement:
  nuc-1: [s1/*, '*/ext*']
  nuc-2: [s2/db, own/*]
";

/// A change that a document can say, chosen by chance.
fn change(rng: &mut Rng, layout: &Layout) -> Change {
    let (demand, hosts) = (&layout.demand, &layout.lab.hosts);
    let kind = HostIndex(rng.usize(..hosts.len()));
    let resource = rng.usize(..layout.lab.resources.len());
    let amount = rng.u64(1..64) << 26;
    let startup = rng.usize(..demand.startups.len());
    let container = ContainerIndex(rng.usize(..demand.containers.len()));
    let of = match rng.usize(..3) {
        0 if !layout.stacks.is_empty() => {
            let stack = rng.usize(..layout.stacks.len());
            Of::Stack { stack, service: rng.usize(..layout.stacks[stack].services.len()) }
        }
        _ => Of::Service(rng.usize(..demand.services.len())),
    };
    let counted = hosts[kind].name != hosts[kind].kind;
    let together = layout.stacks.iter().position(|stack| stack.together.is_some());
    match rng.usize(..23) {
        0 => Change::Capacity { kind, resource, amount: hosts[kind].capacity[resource] + amount },
        1 => Change::Reserve { kind, resource, amount: hosts[kind].capacity[resource] / 8 },
        2 => Change::State { kind, state: [HostState::Up, HostState::Drain, HostState::Planned][rng.usize(..3)] },
        3 if counted => Change::Count { kind, count: rng.usize(3..6) },
        3 | 4 => Change::HostAdded { like: kind, name: "new-1".to_owned(), kind: "new".to_owned() },
        5 => Change::Request { of, resource, amount },
        6 => Change::Limit { of, resource, amount: [None, Some(64 << 26)][rng.usize(..2)] },
        7 => Change::Pin { of, on: [None, Some(vec![kind])][rng.usize(..2)].clone() },
        8 => Change::Apart { of, kind: [None, Some(RuleKind::ApartByHost)][rng.usize(..2)].clone() },
        9 => match layout.rules.iter().position(|rule| rule.reach.is_some()) {
            Some(rule) => Change::RuleDropped(rule),
            None => Change::SurviveDropped,
        },
        10 if demand.containers.len() > 1 => {
            let other = ContainerIndex((container.0 + 1) % demand.containers.len());
            Change::RuleAdded { kind: RuleKind::ApartByHost, containers: vec![container, other] }
        }
        11 if layout.survive.is_some() && rng.bool() => Change::SurviveExcept(vec![container]),
        11 if layout.survive.is_some() => Change::SurviveDropped,
        12 if !layout.stacks.is_empty() => {
            let like = Like::Stack(rng.usize(..layout.stacks.len()));
            Change::StartupAdded { name: "s9".to_owned(), like }
        }
        13 => Change::StartupAdded { name: "s8".to_owned(), like: Like::Startup(startup) },
        15 => Change::Together(match together {
            Some(stack) if rng.bool() => OfStartup::Stack(stack),
            _ => OfStartup::Startup(startup),
        }),
        16 => Change::Spread { of, kind: [None, Some(spread(Topology::Host, 2))][rng.usize(..2)].clone() },
        14 if demand.startups.len() > 1 => Change::StartupLeftOut(startup),
        17 => Change::Keep { of, keep: rng.usize(1..4) },
        18 => Change::AtMost { rule: rng.usize(..layout.rules.len().max(1)), count: rng.u64(1..9) },
        19 => Change::Replicas { of, replicas: rng.usize(1..4) },
        20 if !layout.lab.pools.is_empty() => {
            let pool = rng.usize(..layout.lab.pools.len());
            Change::Reach { pool, kind: [None, Some(kind)][rng.usize(..2)] }
        }
        _ => Change::Placed { container, spot: Some(kind.into()) },
    }
}

fn spread(over: Topology, skew: u64) -> RuleKind {
    RuleKind::Spread { over, skew }
}

/// Says `changes` in a document and holds what it resolves to against what they are. Whether they can be said.
fn holds(document: &Document, changes: &[Change]) -> bool {
    let before = document.resolve().expect("it resolves").layout;
    let Ok(after) = apply(&before, changes) else { return false };
    let Some(said) = document.changed(changes) else { return false };
    let text = said.document(None);
    let resolved = document.overlaid(&said).expect("it reads").resolve();
    let resolved = resolved.unwrap_or_else(|problems| panic!("{changes:?}\n{text}{}", problems.render(false))).layout;
    let (resolved, after) = (resolved.without_places(), after.without_places());
    assert!(resolved == after, "{changes:?}\n{text}\n{resolved:#?}\n{after:#?}");
    true
}

#[test]
fn a_change_is_what_a_document_says_that_extends_the_one_it_comes_from() {
    let full = document(FULL);
    let (mut said, mut all) = (0, 0);
    for seed in 0..1_500 {
        let rng = &mut Rng::with_seed(seed);
        let document = if seed % 2 == 0 { full.clone() } else { document(&spec(seed).text()) };
        let layout = document.resolve().expect("it resolves").layout;
        let changes: Vec<Change> = (0..rng.usize(1..4)).map(|_| change(rng, &layout)).collect();
        all += 1;
        said += u64::from(holds(&document, &changes));
    }
    assert!(said * 2 > all, "{said} of {all}");
}

#[test]
fn every_single_change_can_be_said() {
    let full = document(FULL);
    let layout = full.resolve().expect("it resolves").layout;
    let memory = 1;
    let (app, db) = (Of::Stack { stack: 0, service: 0 }, Of::Stack { stack: 0, service: 1 });
    let alone = Of::Service(layout.demand.services.len() - 1);
    let startup = |name: &str| layout.demand.startups.iter().position(|it| it.name == name).expect("it is there");
    let all = [
        Change::Capacity { kind: HostIndex(0), resource: memory, amount: 40 << 30 },
        Change::Capacity { kind: HostIndex(3), resource: 4, amount: 41 },
        Change::Capacity { kind: HostIndex(3), resource: 3, amount: 2_500_000_000_000 },
        Change::Request { of: db, resource: 3, amount: 5_000_000_000 },
        Change::Reserve { kind: HostIndex(1), resource: memory, amount: 2 << 30 },
        Change::Overcommit { kind: HostIndex(0), resource: 0, tenths: 15 },
        Change::Overcommit { kind: HostIndex(1), resource: 0, tenths: 10 },
        Change::State { kind: HostIndex(3), state: HostState::Drain },
        Change::Drained(HostIndex(3)),
        Change::Count { kind: HostIndex(0), count: 5 },
        Change::Count { kind: HostIndex(4), count: 1 },
        Change::HostAdded { like: HostIndex(3), name: "pi-more-1".to_owned(), kind: "pi-more".to_owned() },
        Change::Request { of: app, resource: memory, amount: 5 << 30 },
        Change::Request { of: alone, resource: memory, amount: 5 << 30 },
        Change::Limit { of: app, resource: memory, amount: None },
        Change::Limit { of: alone, resource: memory, amount: Some(6 << 30) },
        Change::Pin { of: db, on: None },
        Change::Pin { of: alone, on: Some(vec![HostIndex(0), HostIndex(1)]) },
        Change::Apart { of: app, kind: None },
        Change::Apart { of: app, kind: Some(RuleKind::ApartByLabel("site".to_owned())) },
        Change::Spread { of: app, kind: None },
        Change::Spread { of: app, kind: Some(spread(Topology::Label("site".to_owned()), 1)) },
        Change::Spread { of: db, kind: Some(spread(Topology::Host, 3)) },
        Change::Keep { of: app, keep: 1 },
        Change::Keep { of: Of::Stack { stack: 2, service: 1 }, keep: 1 },
        Change::Keep { of: Of::Service(layout.demand.startups[startup("p1")].services.start + 1), keep: 1 },
        Change::Replicas { of: app, replicas: 1 },
        Change::Replicas { of: Of::Stack { stack: 2, service: 1 }, replicas: 2 },
        Change::Replicas { of: Of::Service(layout.demand.startups[startup("s4")].services.start), replicas: 1 },
        Change::Reach { pool: 0, kind: None },
        Change::Reach { pool: 0, kind: Some(HostIndex(3)) },
        Change::Reach { pool: 1, kind: Some(HostIndex(4)) },
        Change::Reach { pool: 2, kind: Some(HostIndex(0)) },
        Change::AtMost { rule: layout.rules.len() - 1, count: 3 },
        Change::RuleDropped(layout.rules.len() - 1),
        Change::RuleDropped(layout.rules.iter().position(|rule| rule.each).expect("it is there")),
        Change::Together(OfStartup::Stack(2)),
        Change::Together(OfStartup::Startup(startup("p1"))),
        Change::Together(OfStartup::Startup(startup("own"))),
        Change::StartupAdded { name: "p9".to_owned(), like: Like::Stack(2) },
        Change::StartupAdded { name: "p9".to_owned(), like: Like::Startup(startup("p3")) },
        Change::RuleAdded { kind: RuleKind::Together, containers: vec![ContainerIndex(0), ContainerIndex(4)] },
        Change::RuleAdded {
            kind: RuleKind::AtMost { count: 1, per: Topology::Lab },
            containers: vec![ContainerIndex(0), ContainerIndex(4)],
        },
        Change::SurviveDropped,
        Change::SurviveExcept(vec![ContainerIndex(1), ContainerIndex(8)]),
        Change::StartupAdded { name: "s9".to_owned(), like: Like::Stack(0) },
        Change::StartupAdded { name: "t9".to_owned(), like: Like::Stack(1) },
        Change::StartupAdded { name: "s9".to_owned(), like: Like::Startup(startup("s4")) },
        Change::StartupLeftOut(startup("s1")),
        Change::StartupLeftOut(startup("own")),
        Change::Placed { container: ContainerIndex(8), spot: Some(HostIndex(2).into()) },
        Change::Placed { container: ContainerIndex(0), spot: None },
    ];
    for change in all {
        assert!(holds(&full, std::slice::from_ref(&change)), "{change:?}");
    }
}

#[test]
fn a_rule_of_all_startups_binds_of_a_further_one_what_it_has() {
    let full = document(FULL);
    let layout = full.resolve().expect("it resolves").layout;
    // The rule is `apart: ['s*/db']`; of the stacks only the first has a `db`.
    for (stack, more) in [(0, 1), (1, 0)] {
        let added = [Change::StartupAdded { name: "s9".to_owned(), like: Like::Stack(stack) }];
        let bound = |layout: &Layout| {
            layout.rules.iter().find(|rule| rule.reach.is_some()).map_or(0, |rule| rule.containers.len())
        };
        assert_eq!(bound(&apply(&layout, &added).expect("it is there")), bound(&layout) + more);
        assert!(holds(&full, &added));
    }
}

#[test]
fn what_is_not_there_cannot_be_changed() {
    let layout = document(FULL).resolve().expect("it resolves").layout;
    let many = 1_000;
    for change in [
        Change::Capacity { kind: HostIndex(many), resource: 0, amount: 1 },
        Change::Capacity { kind: HostIndex(0), resource: many, amount: 1 },
        Change::Request { of: Of::Service(0), resource: 4, amount: 2 },
        Change::Reserve { kind: HostIndex(3), resource: 4, amount: 2 },
        Change::Overcommit { kind: HostIndex(3), resource: 4, tenths: 20 },
        Change::HostLost(HostIndex(many)),
        Change::Request { of: Of::Service(many), resource: 0, amount: 1 },
        Change::Limit { of: Of::Stack { stack: 0, service: many }, resource: 0, amount: None },
        Change::Pin { of: Of::Service(0), on: Some(vec![HostIndex(many)]) },
        Change::RuleDropped(0),
        Change::AtMost { rule: 0, count: 3 },
        Change::Keep { of: Of::Service(0), keep: 3 },
        Change::Keep { of: Of::Service(0), keep: 0 },
        Change::Replicas { of: Of::Service(0), replicas: 3 },
        Change::Replicas { of: Of::Service(0), replicas: 0 },
        Change::Replicas { of: Of::Stack { stack: 2, service: 1 }, replicas: 1 },
        Change::Replicas { of: Of::Service(1), replicas: 1 },
        Change::Reach { pool: many, kind: None },
        Change::Reach { pool: 0, kind: Some(HostIndex(many)) },
        Change::Pool { resource: 0, amount: 1 },
        Change::PoolReserve { resource: 0, amount: 1 },
        Change::RuleAdded { kind: RuleKind::Together, containers: vec![ContainerIndex(0), ContainerIndex(0)] },
        Change::StartupLeftOut(many),
        Change::StartupAdded { name: "new".to_owned(), like: Like::Stack(many) },
        Change::Placed { container: ContainerIndex(0), spot: Some(HostIndex(many).into()) },
        Change::Phase(0),
    ] {
        assert_eq!(apply(&layout, std::slice::from_ref(&change)).err(), Some(ChangeError::Unknown), "{change:?}");
    }
    let taken = Change::StartupAdded { name: "s1".to_owned(), like: Like::Stack(0) };
    assert_eq!(apply(&layout, &[taken]).err(), Some(ChangeError::NameTaken("s1".to_owned())));
    let reserve = Change::Reserve { kind: HostIndex(3), resource: 1, amount: 9 << 30 };
    assert_eq!(apply(&layout, &[reserve]).err(), Some(ChangeError::ReserveAboveCapacity(HostIndex(3), 1)));
    let all = HostIndex::all(layout.lab.hosts.len()).map(Change::HostLost).collect::<Vec<_>>();
    assert_eq!(apply(&layout, &all).err(), Some(ChangeError::NoHosts));
}

/// What comes with another document is said beside what changes, whatever it says.
#[test]
fn a_change_can_be_said_together_with_newcomers_of_another_document() {
    for newcomer in [
        "{priority: 1, containers: {app: {memory: 9GiB}, log: {memory: 128MiB, every: host}}}",
        "{containers: {app: {memory: 9GiB, replicas: 2, apart: host, keep: 1}}}",
        "{containers: {app: {memory: 9GiB, replicas: 2, spread: {over: host, skew: 2}}}}",
        "{together: host, containers: {app: {memory: 9GiB, on: pi}, db: {memory: 1GiB, needs: app}}}",
    ] {
        let text = format!("startups: {{new: {newcomer}}}\n");
        let source = Source { name: "new.yaml".to_owned(), text };
        let (document, _) = document(FULL).with(&Newcomers::From(source)).expect("it reads");
        let layout = document.resolve().expect("it resolves").layout;
        let change = [Change::Capacity { kind: HostIndex(0), resource: 1, amount: 40 << 30 }];
        let after = apply(&layout, &change).expect("it is there").without_places();
        let said = document.changed(&change).unwrap_or_else(|| panic!("{newcomer}"));
        let resolved = crate::support::read::document(FULL).overlaid(&said).expect("it reads").resolve();
        assert!(resolved.expect("it resolves").layout.without_places() == after, "{newcomer}");
    }
}
