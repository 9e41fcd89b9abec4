//! `survive:` against looking at every placement, every loss and every way to place again what was lost.
//!
//! `BAYPLAN_CASES=2000 cargo test --test it survive::` tries more documents.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::ask::{self, Ask};
use crate::support::oracle::Worth;
use crate::support::program::{Ran, asked};
use crate::support::{cases, homelab, oracle, random, read};
use bayplan::check::{ViolationKind, check_failovers};
use bayplan::model::{ContainerIndex, Failover, Goal, HostIndex, HostState, Layout, Placement, Survive};
use bayplan::plan::{self, End, Percent, Plan};
use bayplan::solve::{Effort, NoLimit, Options, Outcome, Status, losses};
use fastrand::Rng;

const OPTIONS: Options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };

/// So many documents are tried.
const DOCUMENTS: u64 = 100;

/// A small random layout that is to survive something.
fn layout(seed: u64) -> Layout {
    let mut layout = random::spec(seed).layout();
    let mut rng = Rng::with_seed(seed ^ 0x5eed);
    // Random labs are full; half of these get room to survive with.
    if rng.bool() {
        let factor = rng.u64(2..4);
        for host in &mut layout.lab.hosts {
            host.allocatable.iter_mut().for_each(|amount| *amount *= factor);
        }
    }
    let share = [0.0, 0.0, 0.2, 0.5][rng.usize(..4)];
    layout.survive = Some(Survive {
        reach: [].into(),
        hosts: if rng.u8(..5) == 0 { 2 } else { 1 },
        labels: Vec::new(),
        except: layout.demand.indices().filter(|_| rng.f64() < share).collect(),
        moves: rng.u8(..4) == 0,
        at: None,
    });
    zones(&mut layout, &mut Rng::with_seed(seed ^ 0x20e5));
    layout
}

/// Some of the labs are to survive the loss of whole zones, too, or of these alone.
fn zones(layout: &mut Layout, rng: &mut Rng) {
    for host in &mut layout.lab.hosts {
        let value = [None, Some("a"), Some("b")][rng.usize(..3)];
        host.labels.extend(value.map(|value| ("zone".to_owned(), value.to_owned())));
    }
    let (some, alone) = (rng.u8(..4) == 0, rng.bool());
    if let (Some(survive), true) = (&mut layout.survive, some) {
        survive.labels = vec!["zone".to_owned()];
        survive.hosts = if alone { 0 } else { survive.hosts };
        // More is lost at once.
        for host in &mut layout.lab.hosts {
            host.allocatable.iter_mut().for_each(|amount| *amount *= 2);
        }
    }
}

fn survive(layout: &Layout) -> &Survive {
    layout.survive.as_ref().expect("it is to survive something")
}

/// Whether what stands as `hosts` says survives the loss of `lost`: every way to place again is looked at.
fn survives(layout: &Layout, hosts: &[Option<HostIndex>], lost: &[HostIndex]) -> bool {
    let survive = survive(layout);
    let mut world = layout.clone();
    lost.iter().for_each(|&host| world.lab.hosts[host].state = HostState::Planned);
    let is_lost = |container: ContainerIndex| hosts[container].is_some_and(|host| lost.contains(&host));
    let mut left = hosts.to_vec();
    layout.demand.indices().filter(|&container| is_lost(container)).for_each(|container| left[container] = None);
    world.placement = Some(Placement::on_hosts(left.clone()));
    let free: Vec<ContainerIndex> = (layout.demand.indices())
        .filter(|&it| hosts[it].is_some())
        .filter(|&it| if is_lost(it) { !survive.except.contains(&it) } else { survive.moves })
        .collect();
    free.iter().for_each(|&container| left[container] = None);
    place(&world, &mut left, &free)
}

fn place(world: &Layout, placed: &mut oracle::Hosts, free: &[ContainerIndex]) -> bool {
    let Some((&first, rest)) = free.split_first() else { return true };
    world.lab.indices().any(|host| {
        oracle::may_join(world, placed, first, host) && {
            placed[first] = Some(host);
            let found = place(world, placed, rest);
            placed[first] = None;
            found
        }
    })
}

fn there(layout: &Layout) -> Vec<HostIndex> {
    layout.lab.indices().filter(|&host| layout.lab.hosts[host].state != HostState::Planned).collect()
}

/// Every set of hosts that may be lost.
fn sets(layout: &Layout) -> Vec<Vec<HostIndex>> {
    let there = there(layout);
    let survive = survive(layout);
    let mut sets: Vec<Vec<HostIndex>> = Vec::new();
    for label in &survive.labels {
        let value = |host: HostIndex| layout.lab.hosts[host].labels.get(label);
        let of_value = |&first: &HostIndex| there.iter().copied().filter(|&it| value(it) == value(first)).collect();
        sets.extend(there.iter().map(of_value));
    }
    if survive.hosts > 0 {
        sets.extend(there.iter().map(|&host| vec![host]));
    }
    if survive.hosts == 2 {
        sets.extend(there.iter().flat_map(|&a| there.iter().filter(move |&&b| b > a).map(move |&b| vec![a, b])));
    }
    let mut known = BTreeSet::new();
    sets.retain(|set| known.insert(set.clone()));
    sets
}

/// What every placement that survives is worth by each goal.
fn surviving(layout: &Layout, keep: bool) -> Vec<Vec<Worth>> {
    let all: BTreeSet<usize> = (0..layout.demand.startups.len()).collect();
    let mut vectors = Vec::new();
    oracle::every_placement(layout, &all, keep, &mut |hosts| {
        if sets(layout).iter().all(|lost| survives(layout, hosts, lost)) {
            vectors.push(layout.goals.iter().map(|&goal| oracle::worth(layout, goal, hosts)).collect());
        }
        true
    });
    vectors
}

fn planned(layout: &Layout, keep: bool) -> Plan {
    ask::plan(layout, Ask { keep, partial: false }, &OPTIONS).expect("the referee agrees")
}

#[test]
#[expect(clippy::print_stdout, reason = "how often it is decided is worth saying")]
fn plans_survive_where_any_placement_does_and_are_no_worse_than_their_bounds_say() {
    let found = cases::each(0, DOCUMENTS, |seed| {
        let layout = layout(seed);
        let keep = seed % 5 == 0 && layout.placement.is_some();
        let plan = planned(&layout, keep);
        let vectors = surviving(&layout, keep);
        match plan.status {
            Status::Infeasible => {
                assert!(vectors.is_empty(), "some placement survives");
                (Some(false), 0, 0)
            }
            Status::Unknown => (None, 0, 0),
            Status::Optimal | Status::Feasible => {
                let best = assert_survives_and_bounds_hold(&layout, &plan, &vectors);
                (Some(true), best, plan.goals.len())
            }
        }
    });
    let all = found.len();
    let yes = found.iter().filter(|it| it.0 == Some(true)).count();
    let no = found.iter().filter(|it| it.0 == Some(false)).count();
    let unknown = all - yes - no;
    let best: usize = found.iter().map(|it| it.1).sum();
    let goals: usize = found.iter().map(|it| it.2).sum();
    println!("{yes} survive, {no} cannot, {unknown} not decided; {best} of {goals} goals as good as can be");
    assert!(yes * 7 >= all && no * 7 >= all, "{yes} {no}: the documents test one side only");
    assert_eq!((unknown, best), (0, goals), "small ones are decided, and proven");
}

/// The plan survives every loss, and its goals are no better than the best of all `vectors` and no worse than their
/// bounds say; how many of them are as good as can be.
fn assert_survives_and_bounds_hold(layout: &Layout, plan: &Plan, vectors: &[Vec<Worth>]) -> usize {
    let found = plan.survival.as_ref().expect("a failover table");
    assert_eq!(found.losses.len(), sets(layout).len());
    for loss in &found.losses {
        assert!(survives(layout, &plan.placement.host_of, &loss.lost), "{:?}", loss.lost);
    }
    let mut best = 0;
    let mut left: Vec<&Vec<Worth>> = vectors.iter().collect();
    for (position, result) in plan.goals.iter().enumerate() {
        let real = oracle::worth(layout, result.goal, &plan.placement.host_of);
        assert_eq!((real.value, &real.levels), (result.value, &result.levels), "{result:?}");
        let least = left.iter().map(|vector| &vector[position]).reduce(|a, b| if b.is_less(a) { b } else { a });
        let least = least.expect("a placement is as good as the one found");
        assert!(!real.is_less(least), "{result:?}, best {least:?}");
        assert!(!oracle::less(least.value, result.bound), "{result:?}, best {least:?}");
        if result.proven && result.goal != Goal::Balance {
            assert_eq!(result.value, least.value, "{result:?}");
        }
        best += usize::from(!oracle::less(least.value, result.value));
        left.retain(|vector| !real.is_less(&vector[position]));
    }
    best
}

#[test]
fn a_plan_is_no_worse_than_any_placement_that_survives_in_any_order_of_the_goals() {
    let given = cases::each(0, DOCUMENTS, |seed| {
        let mut layout = layout(seed);
        let mut rng = Rng::with_seed(seed ^ 0x601d);
        let mut goals: Vec<Goal> = Goal::ALL
            .into_iter()
            .filter(|goal| {
                !matches!(goal, Goal::WithinTarget | Goal::Wishes | Goal::CarrierBalance | Goal::LeastCarried(_))
            })
            .collect();
        rng.shuffle(&mut goals);
        layout.goals = goals[..rng.usize(1..=goals.len())].to_vec();
        let all: BTreeSet<usize> = (0..layout.demand.startups.len()).collect();
        let mut some = Vec::new();
        oracle::every_placement(&layout, &all, false, &mut |hosts| {
            if sets(&layout).iter().all(|lost| survives(&layout, hosts, lost)) {
                some.push(hosts.to_vec());
            }
            some.len() < 50
        });
        if some.is_empty() {
            return false;
        }
        let given = some.swap_remove(rng.usize(..some.len()));
        layout.placement = Some(Placement::on_hosts(given.clone()));
        let plan = planned(&layout, false);
        for &goal in &layout.goals {
            let [found, given] = [&plan.placement.host_of, &given].map(|hosts| oracle::worth(&layout, goal, hosts));
            assert!(!given.is_less(&found), "{goal:?}: {found:?}, given {given:?}");
            if found.is_less(&given) {
                break;
            }
        }
        true
    });
    assert!(given.iter().filter(|given| **given).count() * 7 >= given.len());
}

#[test]
fn no_choice_of_startups_that_survives_is_worth_more() {
    let found = cases::each(0, DOCUMENTS, |seed| {
        let layout = layout(seed);
        let keep = seed % 3 == 0 && layout.placement.is_some();
        let plan = ask::plan(&layout, Ask { keep, partial: true }, &OPTIONS).expect("the referee agrees");
        let Some(priority) = plan.priority else { return 0 };
        let startups = layout.demand.startups.len();
        let choices = (0..1_u32 << startups)
            .map(|mask| (0..startups).filter(|startup| mask >> startup & 1 == 1).collect::<BTreeSet<usize>>())
            .filter(|chosen| oracle::counts(&layout, chosen) == *chosen);
        let worth = choices.filter(|chosen| {
            let mut some = false;
            oracle::every_placement(&layout, chosen, keep, &mut |hosts| {
                some = sets(&layout).iter().all(|lost| survives(&layout, hosts, lost));
                !some
            });
            some
        });
        let most = worth.map(|chosen| oracle::priority(&layout, &chosen)).max().unwrap_or(0);
        assert_eq!((priority.placed, priority.bound), (most, most), "{:?}", plan.status);
        most
    });
    assert!(found.iter().filter(|most| **most > 0).count() * 4 >= found.len());
}

#[test]
fn what_becomes_of_a_loss_is_what_looking_at_everything_says() {
    let found = cases::each(0, DOCUMENTS, |seed| {
        let layout = layout(seed);
        let all: BTreeSet<usize> = (0..layout.demand.startups.len()).collect();
        let mut some = Vec::new();
        oracle::every_placement(&layout, &all, false, &mut |hosts| {
            some.push(hosts.to_vec());
            some.len() < 400
        });
        let (mut survived, mut impossible) = (0, 0);
        if some.is_empty() {
            return (survived, impossible);
        }
        let placement = Placement::on_hosts(some.swap_remove(Rng::with_seed(seed).usize(..some.len())));
        let found = losses(&layout, &placement, Effort::THOROUGH, &OPTIONS);
        assert_eq!(found.iter().map(|loss| loss.lost.clone()).collect::<Vec<_>>(), sets(&layout));
        for loss in found {
            match survives(&layout, &placement.host_of, &loss.lost) {
                true => {
                    assert!(matches!(loss.outcome, Outcome::Survived(_)), "{loss:?}");
                    survived += 1;
                }
                false => {
                    assert!(matches!(loss.outcome, Outcome::Impossible(_)), "{loss:?}");
                    impossible += 1;
                }
            }
        }
        (survived, impossible)
    });
    let survived: usize = found.iter().map(|it| it.0).sum();
    let impossible: usize = found.iter().map(|it| it.1).sum();
    assert!(survived > found.len() / 4 && impossible > found.len() / 4, "{survived} {impossible}");
}

#[test]
fn the_referee_refuses_every_wrong_failover() {
    let refused = cases::each(0, DOCUMENTS, |seed| {
        let mut refused = BTreeSet::new();
        let layout = layout(seed);
        let plan = planned(&layout, false);
        let Some(found) = &plan.survival else { return refused };
        let failover = |loss: &bayplan::solve::Loss| match &loss.outcome {
            Outcome::Survived(placement) => Failover { lost: loss.lost.clone(), placement: placement.clone() },
            other => panic!("{other:?}"),
        };
        let right: Vec<Failover> = found.losses.iter().map(failover).collect();
        let wrong = |failovers: &[Failover]| {
            let violations = check_failovers(&layout, survive(&layout), &plan.placement, failovers);
            assert!(violations.iter().all(|it| matches!(it.kind, ViolationKind::NotSurvived { .. })));
            !violations.is_empty()
        };
        assert!(!wrong(&right));
        assert!(wrong(&right[1..]), "one loss has no answer");
        for number in 0..right.len() {
            let lost = &right[number].lost;
            for container in layout.demand.indices() {
                let (before, after) = (plan.placement.host_of[container], right[number].placement.host_of[container]);
                let mut try_instead = |name: &'static str, instead: Option<HostIndex>| {
                    let mut changed = right.clone();
                    changed[number].placement.host_of[container] = instead;
                    assert!(wrong(&changed), "{name}");
                    refused.insert(name);
                };
                let is_lost = before.is_some_and(|host| lost.contains(&host));
                let may_stop = is_lost && survive(&layout).may_stop(container);
                try_instead("on a host that is lost", Some(lost[0]));
                if after.is_some() && !may_stop {
                    try_instead("gone", None);
                }
                if !is_lost && !survive(&layout).moves {
                    for host in there(&layout).into_iter().filter(|&host| Some(host) != before) {
                        try_instead("moved, though it stands still", Some(host));
                    }
                }
            }
        }
        refused
    });
    let refused: BTreeSet<&str> = refused.into_iter().flatten().collect();
    assert_eq!(refused.len(), 3, "{refused:?}");
}

/// The document with so many shops; six are the most.
fn shops(count: usize, rule: &str) -> String {
    let text = include_str!("../../examples/survive.yaml").replace("s1..s6", &format!("s1..s{count}"));
    let (head, _) = text.split_once("rules:").expect("it has rules");
    format!("{head}rules:\n  - {rule}\n")
}

#[test]
fn every_remedy_makes_it_survive() {
    let mut kinds = BTreeSet::new();
    for (count, rule) in [
        (7, "{survive: 1, except: ['*/reports']}"),
        (9, "{survive: 1, except: ['*/reports']}"),
        (7, "{survive: 1}"),
        (6, "{survive: 1, moves: allowed}"),
        (3, "{survive: 2, except: ['s1/*']}"),
    ] {
        let text = shops(count, rule);
        let (document, layout) = read::both(&text);
        let plan = planned(&layout, false);
        assert_eq!(plan.status, Status::Infeasible, "{count} {rule}");
        let plan = ask::with_remedies(&document, &layout, Ask::default(), &OPTIONS).expect("the referee agrees");
        let remedies = plan.remedies;
        assert!(remedies.len() >= 2, "{count} {rule}: {remedies:?}");
        for remedy in remedies {
            let changed = read::extended(&text, &document, &remedy.change);
            let plan = planned(&changed, false);
            assert!(matches!(plan.status, Status::Optimal | Status::Feasible), "{count} {rule}: {}", remedy.text);
            assert_eq!(plan.survival.is_some(), changed.survive.is_some(), "{count} {rule}: {}", remedy.text);
            kinds.insert(remedy.kind);
        }
    }
    assert!(kinds.len() >= 4, "{kinds:?}");
}

/// The containers that only one host can ever take: by pins, drains or size.
fn lonely(layout: &Layout) -> Vec<ContainerIndex> {
    let takes = |container: ContainerIndex, host: HostIndex| {
        let empty = vec![None; layout.demand.containers.len()];
        layout.lab.hosts[host].state == HostState::Up && oracle::may_join(layout, &empty, container, host)
    };
    let hosts = |container: ContainerIndex| layout.lab.indices().filter(|&host| takes(container, host)).count();
    layout.demand.indices().filter(|&container| hosts(container) < 2).collect()
}

/// The homelab set, as it is, and with what is asked for brought down to so many percent and whoever has one host only
/// excepted.
#[test]
#[expect(clippy::print_stdout, reason = "what it took is worth saying")]
fn the_homelab_set_is_decided() {
    let decided = cases::each(0, 18, |number| {
        let whole = read::layout(&homelab::document(number));
        [100, 85, 75, 65, 55, 45].map(|percent| {
            let mut layout = whole.clone();
            for service in &mut layout.demand.services {
                service.request.iter_mut().for_each(|amount| amount.value = amount.value * percent / 100);
            }
            let except = if percent < 100 { lonely(&layout) } else { Vec::new() };
            layout.survive =
                Some(Survive { hosts: 1, labels: Vec::new(), except, reach: [].into(), moves: false, at: None });
            layout.goals.clear();
            let survives = match planned(&layout, false).status {
                Status::Optimal | Status::Feasible => Some(true),
                Status::Infeasible => Some(false),
                Status::Unknown => None,
            };
            (percent, survives)
        })
    });
    let mut at: BTreeMap<(u64, Option<bool>), usize> = BTreeMap::new();
    decided.iter().flatten().for_each(|one| *at.entry(*one).or_default() += 1);
    println!("at so many percent, whether it survives and how many: {at:?}");
    let (all, open) = (decided.len() * 6, decided.iter().flatten().filter(|one| one.1.is_none()).count());
    assert!(open * 20 <= all, "{open} of {all} are not decided");
}

/// Two hosts, each of which has to hold both: of twelve and of ten in all.
const PAIR: &str = "hosts: {x: {memory: 12GiB}, y: {memory: 10GiB}}\nstartups: {s: {containers: {a: {memory: 4GiB}, b: {memory: \
                    5GiB}}}, t: {containers: {c: {memory: 0}}}}\nrules: [{survive: 1}]\nplacement: {x: [s/a], y: [s/b, t/c]}\n";

#[test]
fn growth_ends_where_a_loss_is_no_longer_survived() {
    let layout = read::layout(PAIR);
    let placement = layout.placement.as_ref().expect("it has one");
    let growth = plan::growth(&layout, placement, &OPTIONS).expect("something grows");
    // 9 of 10 GiB when x is lost: 11 % more is 9.99 GiB.
    assert_eq!(growth.all, Percent { percent: 11, ends: Some(End::Lost(vec![HostIndex(0)])) });
    let of = |startup: usize| growth.startups.iter().find(|it| it.0 == startup).map(|it| it.1.percent);
    assert_eq!((of(0), of(1)), (Some(11), None));
    let layout = read::layout(&PAIR.replace("10GiB", "8GiB"));
    assert_eq!(plan::growth(&layout, layout.placement.as_ref().expect("it has one"), &OPTIONS), None);
}

#[test]
fn what_is_broken_does_not_hide_what_is_not_survived() {
    let text = PAIR.replace("12GiB", "3GiB");
    let Ran { code, out, err } = asked(&["check", "-", "--format", "json"], &text);
    assert_eq!(code, 1, "{err}");
    let answer: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let codes = answer["violations"].as_array().expect("a list").iter().map(|it| it["code"].as_str().unwrap_or(""));
    // x is too full; without y it cannot take what stood there. Without x all of it finds room.
    assert_eq!(codes.collect::<Vec<_>>(), ["over-capacity", "not-survived"], "{out}");
    // A rule that does not hold is not held against every loss.
    let text = PAIR.replace("rules: [", "rules: [{together: [s/a, s/b]}, ");
    let Ran { out, .. } = asked(&["check", "-", "--format", "json"], &text);
    let answer: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(answer["violations"].as_array().map(Vec::len), Some(1), "{out}");
}

#[test]
fn more_losses_than_can_be_looked_through_are_said() {
    let text = "hosts: {a: {memory: 1TiB, count: 1000}}\nstartups: {s: {containers: {c: {memory: 1GiB, replicas: 50000}}}}\nrules: [{survive: 1}]\n";
    let said = read::document(text).resolve().map(drop).expect_err("too much").render(false);
    assert!(
        said.contains("error[cannot-survive]: 1000 losses of 50000 containers are more than are looked through"),
        "{said}"
    );
}

/// Replicas that need not all run on stay down where there is no room, those that must start again.
#[test]
fn of_replicas_with_keep_so_many_run_on() {
    let document = |keep: &str, memory: &str| {
        format!(
            "hosts: {{a: {{memory: {memory}}}, b: {{memory: {memory}}}, c: {{memory: {memory}}}}}\nstartups: {{s: \
             {{containers: {{web: {{memory: 6GiB, replicas: 3, {keep}}}, db: {{memory: 6GiB}}}}}}}}\nrules: [{{survive: 1}}]\n"
        )
    };
    for (keep, memory, survives, fewer) in [
        ("apart: host", "16GiB", false, None),
        ("apart: host, keep: 3", "16GiB", false, None),
        ("apart: host, keep: 2", "16GiB", true, Some(2)),
        // There is room: all start again.
        ("keep: 1", "18GiB", true, None),
        ("keep: 1", "7GiB", false, None),
        ("apart: host, keep: 1", "12GiB", true, Some(2)),
    ] {
        let layout = read::layout(&document(keep, memory));
        let plan = planned(&layout, false);
        assert_eq!(plan.status == Status::Optimal, survives, "{keep} {memory}: {:?}", plan.proof);
        let Some(survival) = &plan.survival else { continue };
        let run = survival.losses.iter().filter_map(|loss| match &loss.outcome {
            Outcome::Survived(after) => Some(after.placed().filter(|(it, _)| it.0 < 3).count()),
            _ => None,
        });
        assert_eq!(run.min().filter(|run| *run < 3), fewer, "{keep} {memory}");
    }
}

/// With `--partial` fewer replicas run before a startup is left out, and no fewer than `keep` says.
#[test]
fn partly_fewer_replicas_run_before_a_startup_is_left_out() {
    let document = |keep: &str, memory: u64| {
        format!(
            "hosts: {{a: {{memory: {memory}GiB}}}}\nstartups:\n  s: {{containers: {{web: {{memory: 2GiB, replicas: 3{keep}}}}}}}\n  \
             t: {{containers: {{db: {{memory: 4GiB}}}}}}\n"
        )
    };
    for (keep, memory, placed, fewer) in [
        (", keep: 1", 10, 2, None),
        (", keep: 1", 9, 2, Some((2, 3))),
        (", keep: 1", 6, 2, Some((1, 3))),
        (", keep: 2", 6, 1, None),
        ("", 9, 1, None),
        (", keep: 1", 2, 1, Some((1, 3))),
    ] {
        let layout = read::layout(&document(keep, memory));
        let plan = ask::plan(&layout, Ask { keep: false, partial: true }, &OPTIONS).expect("the referee agrees");
        assert_eq!(plan.status, Status::Optimal, "{keep} {memory}");
        let priority = plan.priority.expect("it is partial");
        assert_eq!((priority.placed, priority.bound), (placed, placed), "{keep} {memory}");
        let found = plan.fewer.first().map(|&(_, run, of)| (run, of));
        assert_eq!(found, fewer, "{keep} {memory}");
    }
}

/// All three are pinned to one host, and one of them may stop when that is lost: with that one alone the startup counts.
#[test]
fn the_replica_that_may_stop_is_the_one_that_is_kept() {
    let text = "\
hosts: {nuc: {count: 2, cpu: 4}}
startups:
  s1: {containers: {queue: {cpu: 1, replicas: 3, keep: 1, on: nuc-2}}}
  s2: {containers: {queue: {cpu: 1}}}
rules: [{survive: 1, except: [s1/queue.3]}]
";
    let Ran { code, out, err } = asked(&["plan", "-", "--partial", "--format", "json"], text);
    let plan: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    assert_eq!((&plan["priority"]["placed"], &plan["priority"]["bound"]), (&2.into(), &2.into()), "{code} {plan}");
    assert_eq!(plan["fewer"], serde_json::json!([{"container": "s1/queue", "run": 1, "of": 3}]), "{plan}");
}
