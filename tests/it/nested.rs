//! Containers that carry containers, against an oracle that looks at every placement of both levels.

use crate::support::ask::{Ask, EVERYTHING, KEEP, arriving, plan, with_remedies};
use crate::support::cases;
use crate::support::nested::{Placement, Spec, Spot, State};
use crate::support::read;
use bayplan::check::{ViolationKind, check};
use bayplan::document::Document;
use bayplan::explain::remedies::Kind;
use bayplan::explain::{Reason, refusals, spots};
use bayplan::fit::{Fits, fit};
use bayplan::model::{self, ContainerIndex, HostIndex, Layout};
use bayplan::plan::{OrderVerdict, Plan, growth, steps};
use bayplan::question::Question;
use bayplan::roadmap::roadmap;
use bayplan::solve::{NoLimit, Options, Status};
use std::collections::BTreeMap;

fn options() -> Options<'static> {
    Options { clock: &NoLimit, seed: 1, threads: 1, progress: &|_| {}, certify: false }
}

/// The layout of a document; `None` where the reader refuses it.
fn layout(spec: &Spec) -> Option<Layout> {
    let text = spec.text();
    let files = BTreeMap::from([("lab.yaml".to_owned(), text.clone())]);
    let document =
        Document::read("lab.yaml", &files).unwrap_or_else(|problems| panic!("{}\n{text}", problems.render(false)));
    match document.resolve() {
        Ok(resolved) => Some(resolved.layout),
        Err(problems) => {
            let said = problems.render(false);
            assert!(said.contains("larger-than-carriers") || said.contains("reserve-above-capacity"), "{said}\n{text}");
            None
        }
    }
}

fn seen(layout: &Layout, placement: &model::Placement) -> Placement {
    layout.demand.indices().map(|container| placement.spot(container).map(seen_spot)).collect()
}

fn seen_spot(spot: model::Spot) -> Spot {
    match spot {
        model::Spot::Host(host) => Spot::Host(host.0),
        model::Spot::Carrier(carrier) => Spot::In(carrier.0),
    }
}

fn told(placement: &Placement) -> model::Placement {
    model::Placement::of(placement.len(), |container| {
        placement[container.0].map(|spot| match spot {
            Spot::Host(host) => model::Spot::Host(HostIndex(host)),
            Spot::In(carrier) => model::Spot::Carrier(ContainerIndex(carrier)),
        })
    })
}

/// Whether there is an answer, and whether the plan is the best of them.
fn judge(seed: u64) -> Option<bool> {
    let spec = Spec::random(seed);
    if spec.count() > 60_000 {
        return None;
    }
    let mut layout = layout(&spec)?;
    let mut answers = spec.answers();
    let mut text = spec.text();
    // A third keeps what runs where it is, a third moves little.
    let keep = seed % 3 == 1;
    let moves = |it: &Placement| {
        spec.now.iter().flat_map(|now| now.iter().zip(it)).filter(|(now, it)| now.is_some() && now != it).count()
    };
    if keep {
        answers.retain(|it| moves(it) == 0);
        text += "# with --keep\n";
    }
    if seed % 3 == 2 && spec.now.is_some() {
        let most = seed / 3 % 3;
        layout.most_moves = Some(most);
        answers.retain(|it| moves(it) as u64 <= most);
        text += &format!("# with --max-moves {most}\n");
    }
    let plan: Plan = plan(&layout, if keep { KEEP } else { EVERYTHING }, &options()).unwrap_or_else(|refuted| {
        let said: Vec<String> = refuted.violations.iter().map(|it| it.message(&layout)).collect();
        panic!("refuted: {said:?}\n{text}")
    });
    match plan.status {
        Status::Infeasible => {
            let first = answers.first().map(|it| format!("{it:?}"));
            assert!(
                answers.is_empty(),
                "{} answers, and said to be none: {first:?}\n{}\n{text}",
                answers.len(),
                plan.proof.sentence
            );
            Some(false)
        }
        Status::Unknown => panic!("nothing found of {} answers\n{text}", answers.len()),
        Status::Optimal | Status::Feasible => {
            let placement = seen(&layout, &plan.placement);
            assert!(answers.contains(&placement), "{placement:?} is no answer of {}\n{text}", answers.len());
            assert_eq!(plan.status, Status::Optimal, "not proven: {:?}\n{text}", plan.goals);
            let values: Vec<f64> = plan.goals.iter().map(|goal| goal.value.as_f64()).collect();
            if let Some(fault) = spec.fault(&answers, &placement, &values) {
                panic!("{fault}\n{placement:?}\n{text}");
            }
            walk(&spec, &layout, &plan);
            Some(true)
        }
    }
}

/// Whether every step from what runs now to the plan is right, where what runs now is.
fn walk(spec: &Spec, layout: &Layout, plan: &Plan) {
    let Some(steps) = steps(layout, &plan.placement, &options()).expect("the referee agrees") else { return };
    let now = seen(layout, layout.placement.as_ref().expect("something runs"));
    if !spec.may_run(&now) || !matches!(steps.verdict, OrderVerdict::Fewest | OrderVerdict::Found) {
        return;
    }
    let mut at = now;
    for &(container, spot) in &steps.stops {
        assert_eq!(told(&at).spot(container), Some(spot), "{}", spec.text());
        at[container.0] = None;
        assert!(spec.may_run(&at), "without {container:?} {at:?}\n{}", spec.text());
    }
    for step in steps.moves.chunk_by(|one, next| one.step == next.step) {
        for it in step {
            assert_eq!(told(&at).spot(it.container), it.from, "{step:?}\n{}", spec.text());
            at[it.container.0] = it.to.map(seen_spot);
        }
        assert!(spec.may_run(&at), "{step:?} leads to {at:?}\n{}", spec.text());
    }
    for &(container, spot) in &steps.starts {
        at[container.0] = Some(seen_spot(spot));
        assert!(spec.may_run(&at), "with {container:?} {at:?}\n{}", spec.text());
    }
    assert_eq!(at, seen(layout, &plan.placement), "{}", spec.text());
}

#[test]
fn plans_of_both_levels_are_the_best_of_all_placements() {
    let judged: Vec<Option<bool>> = cases::each(0, 300, judge);
    let of = |verdict: Option<bool>| judged.iter().filter(|it| **it == verdict).count();
    assert!(
        of(Some(true)) * 5 > judged.len() && of(Some(false)) * 20 > judged.len(),
        "{} {}",
        of(Some(true)),
        of(Some(false))
    );
}

#[test]
fn the_referee_knows_what_is_right_at_both_levels() {
    cases::each(0, 300, |seed| {
        let spec = Spec::random(seed);
        let Some(layout) = layout(&spec).filter(|_| spec.count() <= 60_000) else { return };
        let rng = &mut fastrand::Rng::with_seed(seed);
        for _ in 0..60 {
            let placement = spec.scatter(rng);
            let found = check(&layout, &told(&placement), layout.placement.as_ref());
            let said: Vec<String> = found.iter().map(|it| it.message(&layout)).collect();
            assert_eq!(said.is_empty(), spec.is_right_now(&placement), "{placement:?} {said:?}\n{}", spec.text());
        }
    });
}

/// The same, its memory counted in bytes as that which grows is.
fn in_bytes(mut spec: Spec) -> Spec {
    spec.hosts.iter_mut().for_each(|host| host.amounts[0] <<= 20);
    for service in &mut spec.services {
        service.amounts[0] <<= 20;
        if let Some(carries) = &mut service.carries {
            carries.reserve[0] <<= 20;
            carries.step <<= 20;
        }
    }
    spec
}

#[test]
fn what_is_carried_may_grow_as_far_as_both_levels_hold_and_no_further() {
    let grown = cases::each(0, 300, |seed| {
        let spec = Spec::random(seed);
        let Some(layout) = layout(&spec).filter(|layout| layout.survive.is_none()) else { return 0 };
        let rng = &mut fastrand::Rng::with_seed(seed);
        let right = (0..60).map(|_| spec.scatter(rng)).filter(|placement| spec.is_right_now(placement));
        let mut grown = 0;
        for placement in right {
            let more = |percent: u64| {
                let mut more = in_bytes(Spec::random(seed));
                for amount in more.services.iter_mut().filter(|it| it.carries.is_none()).flat_map(|it| &mut it.amounts)
                {
                    *amount = (*amount * (100 + percent)).div_ceil(100);
                }
                more.is_right_now(&placement)
            };
            let growth = growth(&layout, &told(&placement), &options());
            let Some(growth) = growth else {
                assert!(more(0) == more(10_000), "{placement:?}\n{}", spec.text());
                continue;
            };
            let percent = growth.all.percent;
            assert!(more(percent), "{percent} {placement:?}\n{}", spec.text());
            assert!(percent == 10_000 || !more(percent + 1), "{percent} {placement:?}\n{}", spec.text());
            grown += 1;
        }
        grown
    });
    assert!(grown.iter().sum::<usize>() > 100, "{grown:?}");
}

#[test]
fn every_refusal_forced_makes_the_referee_object_and_no_carrier_refuses_without_cause() {
    let asked: Vec<usize> = cases::each(20_000, 300, |seed| {
        let spec = Spec::random(seed);
        let Some(layout) = layout(&spec).filter(|_| spec.count() <= 20_000) else { return 0 };
        let all = spec.answers();
        let Some(whole) = all.get(all.len() / 2) else { return 0 };
        let rng = &mut fastrand::Rng::with_seed(seed);
        let mut asked = 0;
        for _ in 0..6 {
            let kept: Vec<bool> = whole.iter().map(|_| rng.u8(..3) > 0).collect();
            let some = told(whole).only(|it| kept[it.0]);
            if !spec.may_run(&seen(&layout, &some)) {
                continue;
            }
            for container in some.unplaced() {
                asked += refused_with_cause(&spec, &layout, &some, container);
            }
        }
        asked
    });
    assert!(asked.iter().sum::<usize>() > asked.len(), "only {} refusals", asked.iter().sum::<usize>());
}

/// Whether `container`, which `placement` does not place, is refused just where it may not be: how often it is.
fn refused_with_cause(spec: &Spec, layout: &Layout, placement: &model::Placement, container: ContainerIndex) -> usize {
    let all = refusals(layout, placement, container);
    let mut refused = 0;
    for spot in spots(layout, container) {
        let why: Vec<&Reason> = all.iter().filter(|it| it.spot == spot).map(|it| &it.reason).collect();
        let mut forced = placement.clone();
        forced.put(container, spot);
        forced.settle();
        let nowhere = forced.host(container).is_none();
        assert_eq!(nowhere, why.contains(&&Reason::Nowhere), "{spot:?} {why:?}\n{}", spec.text());
        if nowhere {
            continue;
        }
        let may = spec.may_run(&seen(layout, &forced));
        let said = || format!("{container} at {spot:?} beside {:?}: {why:?}\n{}", seen(layout, placement), spec.text());
        assert_eq!(may, why.is_empty(), "{}", said());
        if !may {
            let found = check(layout, &forced, layout.placement.as_ref());
            assert!(found.iter().any(|it| it.kind != ViolationKind::Unplaced), "the referee allows {}", said());
            refused += 1;
        }
    }
    refused
}

#[test]
fn every_remedy_makes_it_fit_and_carriers_are_among_what_is_changed() {
    let found: Vec<Vec<Kind>> = cases::each(40_000, 100, |seed| {
        let spec = Spec::random(seed);
        let text = spec.text();
        if layout(&spec).is_none() {
            return Vec::new();
        }
        let (document, layout) = read::both(&text);
        let agreed = |error| panic!("{error:?}\n{text}");
        let plan = with_remedies(&document, &layout, EVERYTHING, &options()).unwrap_or_else(agreed);
        for remedy in &plan.remedies {
            let changed = read::extended(&text, &document, &remedy.change);
            let status = self::plan(&changed, EVERYTHING, &options())
                .unwrap_or_else(|error| panic!("{}: {error:?}\n{text}", remedy.text))
                .status;
            assert!(matches!(status, Status::Optimal | Status::Feasible), "{}: {status:?}\n{text}", remedy.text);
        }
        plan.remedies.iter().map(|it| it.kind).collect()
    });
    let refused = found.iter().filter(|kinds| !kinds.is_empty()).count();
    let of_carriers = found.iter().filter(|kinds| kinds.contains(&Kind::Carrier)).count();
    assert!(refused * 4 > found.len() && of_carriers * 20 > found.len(), "{refused} {of_carriers} of {}", found.len());
}

/// Of each document with one startup that comes: where everything stood, what `fit` says, and what the oracle does.
#[test]
fn one_more_fits_as_things_stand_or_after_moves_as_it_does_for_the_oracle() {
    let found: Vec<Option<Fits>> = cases::each(60_000, 250, |seed| {
        let mut spec = Spec::random(seed);
        spec.survive = None;
        spec.hosts.iter_mut().for_each(|host| host.state = State::Up);
        if spec.count() > 8_000 {
            return None;
        }
        // It comes to what the oracle allows first, or in the middle, without it.
        let comer = (0..spec.services.len()).rev().find(|&it| spec.services[it].carries.is_none())?;
        let its = spec.services[comer].first..spec.services[comer].first + spec.services[comer].replicas;
        spec.now = None;
        let without = told_without(&spec, its.clone());
        let standing = without.get(without.len() * 2 / 3)?.clone();
        spec.now = Some(standing.clone());
        let layout = layout(&spec)?;
        let text = spec.text();
        let (document, _) = read::both(&text);
        let say = |_: Option<&str>, changes: &[_]| document.changed(changes);
        let question = arriving(layout.clone(), vec![comer], false).said_by(&say);
        let fit = fit(&question, &options()).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        let answers = spec.answers();
        let moves = |it: &Placement| (0..it.len()).filter(|at| !its.contains(at) && it[*at] != standing[*at]).count();
        let fewest = answers.iter().map(moves).min();
        match fit.answer {
            Fits::AsIs => assert_eq!(fewest, Some(0), "{text}"),
            Fits::WithMoves => {
                assert!(fewest.is_some_and(|fewest| fewest > 0 && fewest <= fit.moves.len()), "{fewest:?}\n{text}");
                assert!(answers.contains(&seen(&layout, &fit.after)), "{:?}\n{text}", fit.after);
                let mut at = standing.clone();
                for step in fit.moves.chunk_by(|one, next| one.step == next.step) {
                    for it in step {
                        assert_eq!(told(&at).spot(it.container), it.from, "{step:?}\n{text}");
                        at[it.container.0] = it.to.map(seen_spot);
                    }
                    assert!(spec.may_run(&at), "{step:?} leads to {at:?}\n{text}");
                }
            }
            // There may be room and no valid way to it.
            Fits::No => assert!(fewest != Some(0), "{fewest:?} moves would do: {}\n{text}", fit.proof.sentence),
            Fits::Unknown => {}
        }
        if fewest.is_none() {
            assert_eq!(fit.answer, Fits::No, "{}\n{text}", fit.proof.sentence);
        }
        Some(fit.answer)
    });
    let of = |answer: Fits| found.iter().filter(|it| **it == Some(answer)).count();
    let all = found.iter().flatten().count();
    assert!(of(Fits::AsIs) > all / 5 && of(Fits::WithMoves) > all / 40 && of(Fits::No) > all / 20, "{found:?}");
    assert!(of(Fits::Unknown) * 20 < all, "{} of {all} unknown", of(Fits::Unknown));
}

/// What runs stays, and what runs nowhere comes to it: hosts have no more memory than that takes, carriers grow.
#[test]
fn what_runs_nowhere_comes_to_what_stays_wherever_the_oracle_finds_room() {
    let judged: Vec<Option<usize>> = cases::each(90_000, 400, |seed| {
        let mut spec = Spec::random(seed);
        (spec.survive, spec.now) = (None, None);
        for host in &mut spec.hosts {
            (host.state, host.target) = (State::Up, None);
        }
        spec.grow();
        if spec.count() > 8_000 {
            return None;
        }
        let answers = spec.answers();
        let rng = &mut fastrand::Rng::with_seed(seed);
        let standing = answers.get(rng.usize(0..answers.len().max(1)))?.clone();
        spec.tighten(&standing);
        // Carriers stay: what lies in them lies nowhere without them.
        let is_content = |it: usize| spec.services[spec.service_of[it]].carries.is_none();
        let left =
            |it: usize| standing[it].filter(|spot| matches!(spot, Spot::Host(_)) || !is_content(it) || rng.bool());
        let now: Placement = (0..standing.len()).map(left).collect();
        spec.now = Some(now.clone());
        let layout = layout(&spec)?;
        let mut answers = spec.answers();
        answers.retain(|it| now.iter().zip(it).all(|(now, it)| now.is_none() || now == it));
        assert!(answers.contains(&standing), "the oracle forgets {standing:?}\n{}", spec.text());
        let plan = plan(&layout, KEEP, &options()).unwrap_or_else(|_| panic!("refuted\n{}", spec.text()));
        let why = &plan.proof.sentence;
        assert_eq!(plan.status, Status::Optimal, "{why}\n{} would do\n{}", answers.len(), spec.text());
        let placement = seen(&layout, &plan.placement);
        assert!(answers.contains(&placement), "{placement:?}\n{}", spec.text());
        let values: Vec<f64> = plan.goals.iter().map(|goal| goal.value.as_f64()).collect();
        if let Some(fault) = spec.fault(&answers, &placement, &values) {
            panic!("{fault}\n{placement:?}\n{}", spec.text());
        }
        Some(answers.len())
    });
    let several = judged.iter().flatten().filter(|&&answers| answers > 1).count();
    assert!(several * 10 > judged.len(), "{several} of {}", judged.len());
}

/// Carriers that come later are not there yet: what would lie in them goes nowhere, whatever is asked for.
#[test]
fn without_carriers_nothing_that_lies_in_one_is_placed() {
    let judged: Vec<bool> = cases::each(120_000, 200, |seed| {
        let mut spec = Spec::random(seed);
        (spec.now, spec.survive) = (None, None);
        let has_contents = spec.services.iter().any(|it| it.inside.is_some() && it.carries.is_none());
        if !has_contents || layout(&spec).is_none() {
            return false;
        }
        let mut text = spec.text();
        for (nth, service) in spec.services.iter().enumerate() {
            if service.carries.is_some() {
                let startup = format!("  t{nth}: {{containers:");
                text = text.replace(&startup, &format!("  t{nth}: {{from: later, containers:"));
            }
        }
        text += "phases: {now: {}, later: '2027-01-01'}\n";
        let whole = read::document(&text).resolve_whole().expect("a document").layout;
        let layout = whole.at(0);
        assert!(!layout.demand.has_carriers(), "{text}");
        let plan = plan(&layout, EVERYTHING, &options()).unwrap_or_else(|_| panic!("refuted\n{text}"));
        assert_eq!(plan.status, Status::Infeasible, "{text}");
        true
    });
    assert!(judged.iter().filter(|judged| **judged).count() * 2 > judged.len());
}

/// Of two boxes on one host, as large as what they hold, one holds a replica, and the other is to get one.
#[test]
fn what_lies_in_a_box_is_not_counted_once_more_for_what_may_lie_in_several() {
    let text = "hosts:
  h1: {memory: 1GiB, cpu: 8, labels: {zone: a}}
  h2: {memory: 3GiB, cpu: 8, labels: {zone: b}}
startups:
  p: {containers: {box: {memory: content, cpu: 1, replicas: 2, on: h2, carries: {reserve: {memory: 256MiB}}}}}
  s: {containers: {app: {memory: 1GiB, cpu: 100m, replicas: 2, inside: p/box}}}
rules:
  - at-most: {count: 2, per: zone, of: [s/app]}
placement:
  h2: [p/box.1, p/box.2]
  p/box.2: [s/app.2]
";
    let layout = read::layout(text);
    let plan = plan(&layout, KEEP, &options()).expect("the referee agrees");
    assert_eq!((plan.status, plan.unplaced.len()), (Status::Optimal, 0), "{}", plan.proof.sentence);
}

/// A plan of all of a document that the referee agrees with, and nothing left out.
fn fits_whole(text: &str) {
    let plan = plan(&read::layout(text), EVERYTHING, &options()).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    assert!(plan.status.fits() && plan.unplaced.is_empty(), "{:?} {}\n{text}", plan.status, plan.proof.sentence);
}

#[test]
fn what_two_rules_bind_to_two_carriers_hosts_has_both_on_one() {
    fits_whole(
        "hosts:
  h0: {memory: 25MiB, cpu: 2300m}
  h1: {memory: 20MiB, cpu: 2700m}
startups:
  t0: {containers: {c: {memory: 6MiB, cpu: 900m, carries: {reserve: {memory: 1MiB, cpu: 100m}}}}}
  t1: {containers: {c: {memory: 5MiB, cpu: 800m, carries: {reserve: {memory: 1MiB}}, prefer: {on: [h1], weight: 3}}}}
  t2: {containers: {c: {memory: 1MiB, cpu: 0m, inside: [t0/c]}}}
rules:
  - together: [t1/c, t2/c]
  - together: [t0/c, t2/c]
goals: [fewest-moves, wishes]
",
    );
}

/// Who lay in a carrier on the draining host before, and lies elsewhere by the plan, does not come back there after a loss;
/// who lies there by the plan, in another carrier than before, may stay.
#[test]
fn after_a_loss_a_draining_host_keeps_in_its_carriers_what_lies_there_by_the_plan() {
    fits_whole(
        "hosts:
  h0: {memory: 10MiB, cpu: 1500m, labels: {zone: z0}}
  h1: {memory: 19MiB, cpu: 1400m, labels: {zone: z1}}
  h2: {memory: 11MiB, cpu: 1100m, labels: {zone: z1}, state: drain}
startups:
  t0: {containers: {c: {memory: 9MiB, cpu: 700m, replicas: 2, carries: {reserve: {memory: 1MiB}, overcommit: {cpu: 2}}, labels: {metal: gold}, apart: host}}}
  t1: {containers: {c: {memory: 7MiB, cpu: 400m, replicas: 2, carries: {reserve: {memory: 1MiB, cpu: 100m}}, apart: host}}}
  t2: {containers: {c: {memory: 3MiB, cpu: 100m}}}
  t3: {containers: {c: {memory: 2MiB, cpu: 300m, inside: {metal: gold}}}}
  t4: {containers: {c: {memory: 3MiB, cpu: 300m, replicas: 2, inside: [t0/c.1, t1/c.1, t1/c.2], spread: zone}}}
rules:
  - prefer: {together: [t3/c, t4/c.1, t4/c.2], weight: 1}
  - {survive: 1, except: [t1/c.2, t2/c, t4/c.2]}
goals: [wishes]
placement:
  h0: [t0/c.1, t1/c.1]
  h2: [t0/c.2, t1/c.2]
  t0/c.1: [t3/c]
  t1/c.1: [t4/c.2]
  t1/c.2: [t4/c.1]
",
    );
    fits_whole(
        "hosts:
  h0: {memory: 21MiB, cpu: 2, labels: {zone: z0}, price: 2}
  h1: {memory: 20MiB, cpu: 2, labels: {zone: z1}, price: 1}
  h2: {memory: 21MiB, cpu: 2, labels: {zone: z0}, price: 3, state: drain}
startups:
  t0: {containers: {c: {memory: 8MiB, cpu: 500m, carries: {overcommit: {cpu: 2}}}}}
  t1: {containers: {c: {memory: 7MiB, cpu: 500m, replicas: 2, carries: {reserve: {memory: 1MiB}, overcommit: {cpu: 2}}, apart: host}}}
  t2: {containers: {c: {memory: 3MiB, cpu: 0m, replicas: 2, inside: [t0/c, t1/c.1, t1/c.2]}}}
  t3: {containers: {c: {memory: 1MiB, cpu: 0m, replicas: 2, inside: [t1/c.1, t1/c.2], spread: host}}}
  t4: {containers: {c: {memory: 2MiB, cpu: 100m, inside: [t1/c.1, t1/c.2]}}}
rules:
  - {survive: 1, except: [t1/c.2, t2/c.2], moves: allowed}
goals: [cheapest, fewest-moves, wishes]
placement:
  h0: [t1/c.2]
  h2: [t0/c, t1/c.1]
  t1/c.1: [t2/c.1, t2/c.2, t4/c]
  t1/c.2: [t3/c.1, t3/c.2]
",
    );
}

/// All right placements of a document without some of its containers.
fn told_without(spec: &Spec, without: std::ops::Range<usize>) -> Vec<Placement> {
    let mut all: Vec<Placement> = spec.answers();
    all.iter_mut().for_each(|it| it[without.clone()].iter_mut().for_each(|spot| *spot = None));
    // What would stand otherwise where it does not come is not tried: that is mostly so that it finds no place.
    let mut scattered = spec.standing(&without);
    scattered.retain(|it| spec.may_run(it));
    if scattered.len().is_multiple_of(2) {
        all.extend(scattered)
    } else {
        all.splice(0..0, scattered).for_each(drop)
    }
    all
}

#[test]
fn what_comes_in_a_later_phase_moves_nothing_where_one_arrangement_does_for_all() {
    let found: Vec<Option<bool>> = cases::each(80_000, 200, |seed| {
        let mut spec = Spec::random(seed);
        (spec.survive, spec.now) = (None, None);
        spec.hosts.iter_mut().for_each(|host| host.state = State::Up);
        layout(&spec).filter(|_| spec.count() <= 30_000)?;
        let fits = !spec.answers().is_empty();
        // What carries is there from the beginning, and of the rest every second comes later.
        let mut text = spec.text();
        for (nth, service) in spec.services.iter().enumerate() {
            if service.carries.is_none() && (nth as u64 + seed).is_multiple_of(2) {
                let startup = format!("  t{nth}: {{containers:");
                text = text.replace(&startup, &format!("  t{nth}: {{from: later, containers:"));
            }
        }
        text += "phases: {now: {}, later: '2027-01-01'}\n";
        let document = read::document(&text);
        let whole = document.resolve_whole().expect("a document").layout;
        let say = |phase: Option<&str>, changes: &[_]| document.clone().at(phase.expect("a phase")).changed(changes);
        let road = roadmap(&Question::about(whole).said_by(&say), &options()).expect("the referee agrees");
        let last = road.stages.last().expect("two phases");
        assert_eq!(last.status == Status::Feasible, fits, "{:?} {:?}\n{text}", last.status, road.runs);
        if fits {
            assert_eq!((road.moves, road.bound), (0, 0), "{:?}\n{text}", road.runs);
            let all = seen(&last.layout, &last.placement);
            assert!(spec.is_right_now(&all), "{all:?}\n{text}");
        }
        Some(fits)
    });
    let of = |fits: bool| found.iter().filter(|it| **it == Some(fits)).count();
    assert!(of(true) > 20 && of(false) > 20, "{} {}", of(true), of(false));
}

#[test]
fn as_many_startups_are_placed_as_can_be() {
    let found: Vec<Option<bool>> = cases::each(100_000, 150, |seed| {
        let mut spec = Spec::random(seed);
        (spec.survive, spec.now) = (None, None);
        spec.hosts.iter_mut().for_each(|host| host.state = State::Up);
        let layout = layout(&spec).filter(|_| spec.count() <= 3_000)?;
        let text = spec.text();
        let plan = plan(&layout, Ask { partial: true, ..EVERYTHING }, &options()).expect("the referee agrees");
        let placed = seen(&layout, &plan.placement);
        assert!(spec.may_run(&placed), "{placed:?}\n{text}");
        let whole =
            spec.services.iter().filter(|it| placed[it.first..it.first + it.replicas].iter().all(Option::is_some));
        let most = spec.most_startups();
        assert!(matches!(plan.status, Status::Optimal), "{:?} {}\n{text}", plan.status, plan.proof.sentence);
        assert_eq!(whole.count(), most, "{placed:?} {}\n{text}", plan.proof.sentence);
        Some(most == spec.services.len())
    });
    let of = |all: bool| found.iter().filter(|it| **it == Some(all)).count();
    assert!(of(true) > 15 && of(false) > 15, "{} {}", of(true), of(false));
}
