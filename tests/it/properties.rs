//! Laws over random small documents, judged by a second, obvious solver that looks at every placement there is.
//!
//! `BAYPLAN_CASES=20000 cargo test --test it properties::` tries more documents; with `BAYPLAN_FAILURES=DIR` every document
//! that breaks a law is written there, with a line on what was expected.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::support::ask::{self, Ask, EVERYTHING, KEEP, plan};
use crate::support::build::placement;
use crate::support::clock::Looks;
use crate::support::oracle::{BALANCE_TOLERANCE, Front, ROUNDING, Worth};
use crate::support::{cases, oracle, random, read};
use bayplan::check::{Violation, ViolationKind, check};
use bayplan::document::Document;
use bayplan::explain::{Reason, Refusal, refusals};
use bayplan::fit::{Fit, Fits, fit};
use bayplan::model::{ContainerIndex, Goal, Host, HostIndex, Layout, Load, Placement, Service, StartupIndex};
use bayplan::plan::Plan;
use bayplan::solve::{Clock, GoalResult, NoLimit, Options, Status};

/// How long a larger document is thought about, in looks at the clock. What is said when it runs out must hold as well.
const PATIENCE: u32 = 300;

const PARTIAL: Ask = Ask { keep: false, partial: true };
const KEEP_PARTIAL: Ask = Ask { keep: true, partial: true };

#[test]
fn a_document_is_read_as_what_it_means() {
    for_every_spec("read", 80_000..82_000, |spec| {
        let files: BTreeMap<String, String> = BTreeMap::from([("random.yaml".to_owned(), spec.text())]);
        let read = Document::read("random.yaml", &files).and_then(|document| document.resolve());
        let read = read.map_err(|problems| format!("{:?}", problems.diagnostics))?.layout;
        let meant = spec.layout();
        // What each says of the same thing, place and origin apart.
        ensure(facts(&read) == facts(&meant), || format!("read {:#?}\nmeant {:#?}", facts(&read), facts(&meant)))
    });
}

/// Everything that decides where containers may go and what is better, in words.
fn facts(layout: &Layout) -> Vec<String> {
    let resources: Vec<&bayplan::quantity::Resource> = layout.lab.resources.iter().map(|counted| &**counted).collect();
    let mut facts = vec![format!("{resources:?} {:?} {:?}", layout.goals, layout.placement)];
    facts.extend(layout.lab.hosts.iter().map(|host| {
        let Host { name, kind, capacity, reserve, allocatable, labels, watts, price, state, .. } = host;
        format!("{name} {kind} {capacity:?} {reserve:?} {allocatable:?} {labels:?} {watts} {price} {state:?}")
    }));
    facts.extend(layout.demand.startups.iter().map(|it| format!("{} {} {:?}", it.name, it.priority, it.services)));
    facts.extend(layout.demand.services.iter().map(|service| {
        let Service { startup, name, request, on, on_written, every, needs, counted, containers, .. } = service;
        let request: Vec<u64> = request.iter().map(|amount| amount.value).collect();
        let needs: BTreeSet<&usize> = needs.iter().collect();
        let every = every.as_ref().map(|every| &every.hosts);
        let on = (on, on_written.is_some(), every);
        format!("{startup} {name} {request:?} {on:?} {needs:?} {counted} {containers:?}")
    }));
    facts.extend(layout.demand.containers.iter().map(|container| format!("{container:?}")));
    let mut rules: Vec<String> = layout.rules.iter().map(|it| format!("{:?} {:?}", it.kind, it.containers)).collect();
    rules.sort();
    facts.into_iter().chain(rules).collect()
}

#[test]
fn the_oracle_and_the_referee_allow_the_same_placements() {
    for_all("referee", 0..800, |layout| {
        let allowed: BTreeSet<oracle::Hosts> = {
            let mut allowed = BTreeSet::new();
            let everyone = (0..layout.demand.startups.len()).collect();
            oracle::every_placement(layout, &everyone, false, &mut |hosts| allowed.insert(hosts.to_vec()));
            allowed
        };
        let hosts = layout.lab.hosts.len();
        let mut random = fastrand::Rng::with_seed(hosts as u64);
        let containers = layout.demand.containers.len();
        let all = hosts.pow(containers as u32);
        for number in (0..all.min(300)).map(|number| if all <= 300 { number } else { random.usize(0..all) }) {
            let host_of = |container: usize| Some(HostIndex(number / hosts.pow(container as u32) % hosts));
            let host_of = (0..containers).map(host_of).collect();
            judged_alike(layout, Placement::on_hosts(host_of), &allowed)?;
        }
        // Few of those are allowed: each of the allowed ones must be found so, too.
        for host_of in allowed.iter().take(100) {
            judged_alike(layout, Placement::on_hosts(host_of.clone()), &allowed)?;
        }
        Ok(())
    });
}

fn judged_alike(layout: &Layout, placement: Placement, allowed: &BTreeSet<oracle::Hosts>) -> Result<(), String> {
    let violations = check(layout, &placement, layout.placement.as_ref());
    let expected = allowed.contains(&placement.host_of);
    ensure(violations.is_empty() == expected, || {
        format!("the oracle says {expected} to {:?}, the referee found {violations:?}", placement.host_of)
    })
}

#[test]
fn a_plan_has_the_verdict_and_the_values_of_the_oracle() {
    for_all("plan", 10_000..12_500, |layout| {
        let plan = planned(layout, EVERYTHING)?;
        compare_with_oracle(layout, &plan, &oracle::front_of_all(layout, false))?;
        if plan.status == Status::Infeasible {
            evidence_is_sound(layout, &plan)?;
        }
        Ok(())
    });
}

/// The plan is as the oracle has it, and so far as it goes where it is stopped early.
fn stands_whenever_it_is_stopped(layout: &Layout, seed: u64) -> Result<(), String> {
    let front = oracle::front_of_all(layout, false);
    compare_with_oracle(layout, &planned(layout, EVERYTHING)?, &front)?;
    for looks in [1, 4 + seed % 11, 20 + seed % 97] {
        let stopped = planned_until(layout, EVERYTHING, &Looks::new(looks as u32))?;
        stopped_early(layout, &stopped, &front).map_err(|why| format!("after {looks} looks: {why}"))?;
    }
    Ok(())
}

#[test]
fn in_every_order_goals_have_the_values_of_the_oracle_and_no_bound_is_above_them_whenever_it_is_stopped() {
    let orders = orders();
    let spec = |seed: u64| random::spec(seed).aiming_at(&orders[seed as usize % orders.len()]);
    // Four of each.
    for_every_seed(
        "orders",
        140_000..141_300,
        |seed| spec(seed).text(),
        |seed| {
            let layout = spec(seed).layout();
            stands_whenever_it_is_stopped(&layout, seed)
        },
    );
}

/// More sets of hosts no two of which are alike than are listed, and few containers: all goals behind others are proven.
#[test]
fn on_many_unlike_hosts_goals_have_the_values_of_the_oracle() {
    let orders = orders();
    let text = |seed: u64| {
        let rng = &mut fastrand::Rng::with_seed(seed);
        let order: Vec<&str> = orders[rng.usize(..orders.len())].iter().map(|goal| goal.name()).collect();
        let hosts = rng.usize(13..=14);
        let mut text = format!("goals: [{}]\nhosts:\n", order.join(", "));
        for host in 0..hosts {
            let (cpu, memory, price) =
                (rng.usize(2..10) * 1_000 + host, rng.usize(2..10) * 1_024 + host, rng.usize(1..10));
            text +=
                &format!("  h{host}: {{cpu: {cpu}m, memory: {memory}MiB, price: {price}.{host:02}, watts: {price}}}\n");
        }
        text += "startups:\n  s:\n    containers:\n";
        let containers = rng.usize(2..=3);
        for container in 0..containers {
            let (cpu, memory) = (rng.usize(1..6) * 500, rng.usize(1..6) * 512);
            text += &format!("      c{container}: {{cpu: {cpu}m, memory: {memory}MiB}}\n");
        }
        text += if rng.bool() { "rules: [{apart: [s/c0, s/c1]}]\n" } else { "" };
        text += "placement:\n";
        let at: Vec<usize> = (0..containers).map(|_| rng.usize(..hosts)).collect();
        for (container, host) in at.iter().enumerate().filter(|(nth, host)| !at[..*nth].contains(host)) {
            text += &format!("  h{host}: [s/c{container}]\n");
        }
        text
    };
    let law = |seed: u64| {
        let layout = read::layout(&text(seed));
        compare_with_oracle(&layout, &planned(&layout, EVERYTHING)?, &oracle::front_of_all(&layout, false))
    };
    for_every_seed("unlike", 150_000..150_120, text, law);
}

/// Every sequence of goals that names none twice, but for what is carried over.
fn orders() -> Vec<Vec<Goal>> {
    let mut orders: Vec<Vec<Goal>> = vec![Vec::new()];
    let mut next = 0;
    while let Some(order) = orders.get(next).cloned() {
        let more = Goal::ALL
            .into_iter()
            .filter(|goal| !order.contains(goal) && !matches!(goal, Goal::CarrierBalance | Goal::LeastCarried(_)));
        orders.extend(more.map(|goal| order.iter().copied().chain([goal]).collect()));
        next += 1;
    }
    orders.split_off(1)
}

/// What a plan says that was stopped is true of its placement, and no better one than its bounds say is possible.
fn stopped_early(layout: &Layout, plan: &Plan, front: &Front) -> Result<(), String> {
    match plan.status {
        Status::Unknown => return Ok(()),
        Status::Infeasible => return ensure(!front.is_feasible(), || "called infeasible".to_owned()),
        Status::Optimal | Status::Feasible => passes_the_referee(layout, &plan.placement, false)?,
    }
    let worth = |result: &GoalResult| oracle::worth(layout, result.goal, &plan.placement.host_of);
    let best = front.best(&plan.goals.iter().map(|result| Some(worth(result))).collect::<Vec<_>>());
    for (result, best) in plan.goals.iter().zip(best) {
        let GoalResult { goal, value, bound, proven, .. } = result;
        let say = |what: &str| format!("{}: {what}; {value:?}, bound {bound:?}, {best:?}", goal.name());
        ensure(worth(result).value == *value, || say("not the value of the placement"))?;
        ensure(!oracle::less(best.value, *bound), || say("the bound is above the best"))?;
        let gap = value.as_f64() - best.value.as_f64() - if *goal == Goal::Balance { BALANCE_TOLERANCE } else { 0.0 };
        ensure(!proven || gap <= ROUNDING, || say("called proven, but there is better"))?;
    }
    Ok(())
}

#[test]
fn within_so_many_moves_a_plan_is_as_good_as_can_be() {
    for_every_spec("moves", 120_000..121_500, |spec| {
        let mut layout = spec.layout();
        layout.most_moves = layout.placement.as_ref().map(|now| now.placed().count() as u64 % 4);
        let plan = planned(&layout, EVERYTHING)?;
        compare_with_oracle(&layout, &plan, &oracle::front_of_all(&layout, false))
    });
}

#[test]
fn what_is_carried_over_is_as_little_as_can_be_within_so_many_moves_too() {
    let spec = |seed: u64| random::spec(seed);
    for_every_seed(
        "carried",
        150_000..152_500,
        |seed| spec(seed).text(),
        |seed| {
            let mut rng = fastrand::Rng::with_seed(seed ^ 0xca_441e);
            let mut layout = spec(seed).layout();
            let has = |load: &Load| layout.lab.resources.iter().any(|it| it.resource == load.resource());
            for load in Load::ALL.into_iter().filter(has).collect::<Vec<_>>() {
                if load == Load::Memory || rng.bool() {
                    layout.goals.insert(rng.usize(..=layout.goals.len()), Goal::LeastCarried(load));
                }
            }
            if rng.bool() {
                layout.most_moves = layout.placement.as_ref().map(|now| now.placed().count() as u64 % 4);
            }
            stands_whenever_it_is_stopped(&layout, seed)
        },
    );
}

#[test]
fn with_keep_what_is_placed_stays_and_the_rest_is_as_good_as_can_be() {
    for_all("keep", 20_000..21_200, |layout| {
        let plan = planned(layout, KEEP)?;
        if plan.status == Status::Optimal {
            for (container, host) in layout.placement.iter().flat_map(Placement::placed) {
                let now = plan.placement.host_of[container];
                ensure(now == Some(host), || format!("container {container} was on {host} and is on {now:?}"))?;
            }
        }
        compare_with_oracle(layout, &plan, &oracle::front_of_all(layout, true))
    });
}

#[test]
fn with_partial_as_much_priority_is_placed_as_can_be() {
    for_all("partial", 30_000..31_200, |layout| partial_is_best(layout, false));
}

#[test]
fn with_keep_and_partial_what_is_placed_stays_and_priority_is_as_large_as_can_be() {
    for_all("keep-partial", 40_000..40_800, |layout| partial_is_best(layout, true));
}

fn partial_is_best(layout: &Layout, keep: bool) -> Result<(), String> {
    let plan = planned(layout, if keep { KEEP_PARTIAL } else { PARTIAL })?;
    let Some(largest) = oracle::largest_priority(layout, keep) else {
        return ensure(plan.status == Status::Infeasible, || {
            format!("what is kept breaks a rule, and the answer is {:?}", plan.status)
        });
    };
    ensure(plan.status == Status::Optimal, || format!("not proven: {:?}", plan.status))?;
    passes_the_referee(layout, &plan.placement, true)?;
    let kept =
        |container: ContainerIndex| keep && layout.placement.as_ref().is_some_and(|it| it.host_of[container].is_some());
    let placed = |container: ContainerIndex| plan.placement.host_of[container].is_some();
    let whole: BTreeSet<StartupIndex> =
        (0..layout.demand.startups.len()).filter(|&startup| layout.demand.containers_of(startup).all(placed)).collect();
    let counting = oracle::counts(layout, &whole);
    for container in layout.demand.indices().filter(|&container| placed(container)) {
        let startup = layout.demand.startup_of(container);
        ensure(counting.contains(&startup) || kept(container), || {
            format!("container {container} is placed, but its startup does not count")
        })?;
    }
    let priority = plan.priority.ok_or("the priority is missing")?;
    let reached = oracle::priority(layout, &counting);
    ensure((priority.placed, priority.bound) == (largest, largest) && reached == largest, || {
        format!("priority {priority:?}, of which {reached} is really placed; the most is {largest}")
    })?;
    compare_goals(layout, &plan, &oracle::front(layout, &counting, keep))
}

#[test]
fn planning_again_from_a_plan_changes_nothing() {
    for_all("again", 50_000..50_800, |layout| {
        let first = planned(layout, EVERYTHING)?;
        if first.status != Status::Optimal {
            return Ok(());
        }
        let mut placed = layout.clone();
        placed.placement = Some(first.placement.clone());
        placed.placed_at = vec![None; layout.demand.containers.len()];
        let second = planned(&placed, EVERYTHING)?;
        ensure(second.placement == first.placement, || {
            format!("first {:?}, then {:?}", first.placement.host_of, second.placement.host_of)
        })
    });
}

#[test]
fn more_memory_never_turns_fits_into_does_not_fit() {
    for_every_spec("more", 60_000..60_800, |spec| {
        let before = planned(&spec.layout(), EVERYTHING)?.status;
        let after = planned(&spec.with_more_memory(1).layout(), EVERYTHING)?.status;
        ensure(before != Status::Optimal || after == Status::Optimal, || format!("{before:?} became {after:?}"))
    });
}

#[test]
fn every_refusal_forced_makes_the_referee_object_and_no_host_refuses_without_cause() {
    for_all("refusals", 70_000..72_000, |layout| {
        // Something valid that leaves some out: what the oracle finds first, without every third container.
        for startups in 1..=layout.demand.startups.len() {
            let some: BTreeSet<usize> = (0..startups).collect();
            let mut found = None;
            oracle::every_placement(layout, &some, false, &mut |hosts| {
                found = Some(hosts.to_vec());
                false
            });
            let Some(mut host_of) = found else { continue };
            host_of.iter_mut().skip(startups % 3).step_by(3).for_each(|host| *host = None);
            let placement = Placement::on_hosts(host_of);
            for container in placement.unplaced() {
                refusals_are_true(layout, &placement, container)?;
            }
        }
        Ok(())
    });
}

/// `placement` breaks nothing and does not place `container`.
fn refusals_are_true(layout: &Layout, placement: &Placement, container: ContainerIndex) -> Result<(), String> {
    let all = refusals(layout, placement, container);
    for host in layout.lab.indices() {
        let of_host: Vec<&Refusal> = all.iter().filter(|refusal| refusal.spot == host.into()).collect();
        let mut then = placement.host_of.clone();
        then[container.0] = Some(host);
        let joins = oracle::may_join(layout, &placement.host_of, container, host) && oracle::agents_fit(layout, &then);
        ensure(of_host.is_empty() == joins, || format!("may {container} join {host}: {joins}, but {of_host:?}"))?;
        let mut forced = placement.clone();
        forced.host_of[container] = Some(host);
        let violations = check(layout, &forced, layout.placement.as_ref());
        for Refusal { reason, .. } in of_host {
            // What agents have too little of they have wherever the container is, and alone perhaps.
            let by_agents = |it: &Violation| match *reason {
                Reason::Agents { host, resource, .. } => it.host == Some(host) && is_short(&it.kind, resource),
                Reason::Short { resource, .. } | Reason::TooSmall { resource, .. } => {
                    it.host == Some(host)
                        && matches!(it.kind, ViolationKind::Agents { .. })
                        && is_short(&it.kind, resource)
                }
                _ => false,
            };
            let objects = violations
                .iter()
                .any(|it| it.containers.contains(&container) && is_of(&it.kind, reason) || by_agents(it));
            ensure(objects, || format!("{container} on {host} refused for {reason:?}, the referee: {violations:?}"))?;
        }
    }
    Ok(())
}

/// Whether more of a resource is asked than there is.
fn is_short(kind: &ViolationKind, of: usize) -> bool {
    match *kind {
        ViolationKind::OverCapacity { resource, .. } | ViolationKind::Agents { resource, .. } => resource == of,
        _ => false,
    }
}

/// Whether the referee's objection is the one that the refusal foretells.
fn is_of(kind: &ViolationKind, reason: &Reason) -> bool {
    match (kind, reason) {
        (
            ViolationKind::OverCapacity { resource, requested: in_all, allocatable },
            Reason::Short { resource: short, requested, free },
        ) => {
            // What the others use is what is not free; with this one it is too much by what it is short of.
            let others = || in_all - requested;
            resource == short && (others() == allocatable - free || *free == 0 && others() > *allocatable)
        }
        (
            ViolationKind::OverCapacity { resource, allocatable, .. },
            Reason::TooSmall { resource: small, allocatable: all, requested },
        ) => resource == small && allocatable == all && requested > all,
        (ViolationKind::NotAllowed, Reason::NotAllowed)
        | (ViolationKind::ApartByHost, Reason::ApartFrom { label: None, .. })
        | (ViolationKind::Together { .. }, Reason::TogetherWith { .. })
        | (ViolationKind::Drained, Reason::Drained)
        | (ViolationKind::Planned, Reason::Planned) => true,
        (ViolationKind::AtMost { most, .. }, Reason::Crowded { most: count, .. }) => most == count,
        (ViolationKind::Spread { least, .. }, Reason::Uneven { least: few, .. }) => least == few,
        (ViolationKind::ApartByLabel { label, .. }, Reason::ApartFrom { label: Some(named), .. }) => label == named,
        _ => false,
    }
}

#[test]
fn one_more_startup_fits_as_it_does_for_the_oracle() {
    for_every_spec("fit", 100_000..101_500, |spec| {
        // All but the last startup stand where the oracle finds a place for them first.
        let mut layout = spec.layout();
        layout.placement = None;
        let last = layout.demand.startups.len() - 1;
        let mut standing = None;
        oracle::every_placement(&layout, &(0..last).collect(), false, &mut |hosts| {
            standing = Some(hosts.to_vec());
            false
        });
        let Some(standing) = standing.filter(|hosts| hosts.iter().any(Option::is_some)) else { return Ok(()) };
        let spec = spec.with_placement(&standing);
        let layout = spec.layout();
        let files = BTreeMap::from([("random.yaml".to_owned(), spec.text())]);
        let document = Document::read("random.yaml", &files).map_err(|problems| format!("{problems:?}"))?;
        let read = document.resolve().map_err(|problems| format!("{problems:?}"))?.layout;
        let options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| {}, certify: false };
        let say = |_: Option<&str>, changes: &[_]| document.changed(changes);
        let asked = ask::arriving(read, vec![last], false).said_by(&say);
        let fit = fit(&asked, &options).map_err(|error| format!("{error:?}"))?;

        let arriving: Vec<ContainerIndex> = layout.demand.containers_of(last).collect();
        let fewest = oracle::fewest_steps(&layout, &arriving);
        let expected = match fewest {
            Some(0) => Fits::AsIs,
            Some(_) => Fits::WithMoves,
            None => Fits::No,
        };
        ensure(fit.answer == expected, || {
            format!("answered {:?}, the oracle says {expected:?}: {}", fit.answer, fit.proof.sentence)
        })?;
        let Some(fewest) = fewest else {
            return ensure(fit.moves.is_empty(), || format!("no, but moves: {:?}", fit.moves));
        };
        moves_lead_there(&layout, &fit)?;
        ensure(fit.moves.len() == fewest && fit.fewest_moves, || {
            format!("{} moves, of which fewest: {}; the oracle needs {fewest}", fit.moves.len(), fit.fewest_moves)
        })
    });
}

/// Every step is valid, and what stood before stands after where the answer says.
fn moves_lead_there(layout: &Layout, fit: &Fit) -> Result<(), String> {
    passes_the_referee(layout, &fit.after, false)?;
    let mut now = fit.before.clone();
    for (position, step) in fit.moves.iter().enumerate() {
        ensure(now.spot(step.container) == step.from, || format!("{step:?} starts elsewhere"))?;
        now.go(&[(step.container, step.to)]);
        // Containers that must be together take one step.
        let goes_on = fit.moves.get(position + 1).is_some_and(|next| next.step == step.step);
        if !goes_on {
            passes_the_referee(layout, &now, true)?;
        }
    }
    let strayed = now.placed().find(|&(container, host)| fit.after.host_of[container] != Some(host));
    ensure(strayed.is_none(), || format!("{strayed:?} does not end where the answer says"))
}

#[test]
fn larger_plans_are_valid_and_never_worse_than_a_placement_known_beforehand() {
    for_every_seed("planted", 90_000..90_300, planted_text, |seed| {
        let (spec, planted) = random::planted::document(seed);
        let layout = spec.layout();
        let known = placement(&planted);
        passes_the_referee(&layout, &known, false)?;
        let plan = planned_until(&layout, EVERYTHING, &Looks::new(PATIENCE))?;
        ensure(plan.status != Status::Infeasible, || {
            format!("called infeasible ({}), but everything fits at {:?}", plan.proof.sentence, known.host_of)
        })?;
        if plan.status == Status::Unknown {
            return Ok(());
        }
        passes_the_referee(&layout, &plan.placement, false)?;
        // As long as the known placement is as good in the goals before, it shows what is possible in the next.
        let mut shows = true;
        for GoalResult { goal, value, bound, proven, by, .. } in &plan.goals {
            let real = oracle::value(&layout, *goal, &plan.placement.host_of);
            let worths = [&plan.placement, &known].map(|it| oracle::worth(&layout, *goal, &it.host_of));
            let known = worths[1].value;
            let say = |what: &str| format!("{}: {what}; {value:?}, {bound:?}, {by:?}, known {known:?}", goal.name());
            ensure(real == *value, || say(&format!("the placement really has {real:?}")))?;
            ensure(!oracle::less(*value, *bound), || say("the bound is above the value"))?;
            ensure(!(shows && oracle::less(known, *bound)), || say("the bound is above what is possible"))?;
            let gap = value.as_f64() - known.as_f64() - if *goal == Goal::Balance { BALANCE_TOLERANCE } else { 0.0 };
            ensure(!(shows && *proven && gap > ROUNDING), || say("worse than what is possible, and called proven"))?;
            shows &= !worths[0].is_less(&worths[1]);
        }
        Ok(())
    });
}

fn planted_text(seed: u64) -> String {
    random::planted::document(seed).0.text()
}

/// What a plan says is true of its placement, and no placement is better.
fn compare_with_oracle(layout: &Layout, plan: &Plan, front: &Front) -> Result<(), String> {
    match plan.status {
        Status::Infeasible => ensure(!front.is_feasible(), || {
            format!("called infeasible ({}), but there is a placement", plan.proof.sentence)
        }),
        Status::Optimal => {
            ensure(front.is_feasible(), || "the oracle finds no placement".to_owned())?;
            passes_the_referee(layout, &plan.placement, false)?;
            compare_goals(layout, plan, front)
        }
        status => Err(format!("{status:?} without a time limit; a placement exists: {}", front.is_feasible())),
    }
}

/// The values are those of the placement and as good as the oracle's, the bounds are not above the oracle's.
fn compare_goals(layout: &Layout, plan: &Plan, front: &Front) -> Result<(), String> {
    let worth = |goal| oracle::worth(layout, goal, &plan.placement.host_of);
    let reported: Vec<Option<Worth>> =
        (plan.goals.iter()).map(|result| (result.goal == Goal::Balance).then(|| worth(result.goal))).collect();
    let best = front.best(&reported);
    let asked: Vec<Goal> = plan.goals.iter().map(|result| result.goal).collect();
    ensure(asked == layout.goals, || format!("goals asked {:?}, answered {asked:?}", layout.goals))?;
    for (GoalResult { goal, value, bound, proven, by: _, levels, levels_proven }, best) in plan.goals.iter().zip(best) {
        let real = worth(*goal);
        let say = |what: &str| format!("{}: {what}; {value:?} {levels:?}, bound {bound:?}, {best:?}", goal.name());
        ensure(real.value == *value && real.levels == *levels, || say(&format!("the placement really has {real:?}")))?;
        ensure(*proven, || say("not proven"))?;
        ensure(!oracle::less(best.value, *bound), || say("the bound is above the best"))?;
        ensure(*goal == Goal::Balance || *value == best.value, || say("not the best"))?;
        ensure(*levels_proven == levels.len(), || say("not all levels are proven"))?;
        // The first level of which it can be told whether it is lower.
        let told = levels
            .iter()
            .zip(&best.levels)
            .find(|(level, best)| best > level || level.as_f64() - best.as_f64() > BALANCE_TOLERANCE + ROUNDING);
        ensure(told.is_none_or(|(level, best)| best > level), || say("not the lowest levels"))?;
    }
    Ok(())
}

/// What is shown in place of a plan that is not possible breaks nothing, and what is refused is so for a cause.
fn evidence_is_sound(layout: &Layout, plan: &Plan) -> Result<(), String> {
    // Startups that are nothing but agents run whatever is left out.
    let nothing = vec![None; layout.demand.containers.len()];
    if !oracle::agents_fit(layout, &nothing) {
        return ensure(plan.placement.host_of == nothing, || format!("the evidence: {:?}", plan.placement.host_of));
    }
    passes_the_referee(layout, &plan.placement, true)?;
    for refusal in &plan.refusals {
        let placed = plan.placement.host_of[refusal.container];
        ensure(placed.is_none(), || format!("{refusal:?} of a container that is on {placed:?}"))?;
        let all = refusals(layout, &plan.placement, refusal.container);
        ensure(all.contains(refusal), || format!("{refusal:?} is not among {all:?}"))?;
    }
    Ok(())
}

fn passes_the_referee(layout: &Layout, placement: &Placement, partial: bool) -> Result<(), String> {
    let mut violations = check(layout, placement, layout.placement.as_ref());
    violations.retain(|violation| !(partial && violation.kind == ViolationKind::Unplaced));
    ensure(violations.is_empty(), || format!("the referee objects to {:?}: {violations:?}", placement.host_of))
}

fn planned(layout: &Layout, ask: Ask) -> Result<Plan, String> {
    planned_until(layout, ask, &NoLimit)
}

fn planned_until(layout: &Layout, ask: Ask, clock: &dyn Clock) -> Result<Plan, String> {
    let options = Options { clock, seed: 0, threads: 1, progress: &|_| {}, certify: false };
    plan(layout, ask, &options).map_err(|refuted| format!("refuted: {:?}", refuted.violations))
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// Tries `law` on so many random documents from a seed on, more with `BAYPLAN_CASES`, and fails with the first that
/// breaks it.
fn for_all(name: &str, seeds: Range<u64>, law: impl Fn(&Layout) -> Result<(), String> + Sync) {
    for_every_spec(name, seeds, |spec| law(&spec.layout()));
}

fn for_every_spec(name: &str, seeds: Range<u64>, law: impl Fn(random::Spec) -> Result<(), String> + Sync) {
    for_every_seed(name, seeds, |seed| random::spec(seed).text(), |seed| law(random::spec(seed)));
}

fn for_every_seed(
    name: &str,
    seeds: Range<u64>,
    text: impl Fn(u64) -> String + Sync,
    law: impl Fn(u64) -> Result<(), String> + Sync,
) {
    cases::each(seeds.start, seeds.end - seeds.start, |seed| {
        let Err(why) = law(seed) else { return };
        let document = format!("# {name}, seed {seed}: {why}\n{}", text(seed));
        if let Ok(directory) = std::env::var("BAYPLAN_FAILURES") {
            let path = format!("{directory}/{name}-{seed}.yaml");
            std::fs::write(path, &document).expect("the directory can be written to");
        }
        panic!("{document}");
    });
}
