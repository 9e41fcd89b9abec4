//! Certificates: whatever a plan calls proven verifies, through JSON and without the solver, and nothing that is not so
//! ever does: judged by the oracle, which looks at every placement there is.
//!
//! `BAYPLAN_CASES=20000 cargo test --test it proofs::` tries more documents.

use std::ops::Range;

use crate::support::ask::{self, Ask, EVERYTHING, KEEP, plan};
use crate::support::clock::Looks;
use crate::support::program::{Folder, Ran, bayplan};
use crate::support::{cases, homelab, oracle, random, read, second};
use bayplan::certificate::{Certificate, Claim, EpsilonConstraints};
use bayplan::check::proof::{Finding, Judgement, Outcome, Subject, verify};
use bayplan::model::{Goal, GoalValue, Layout, Ratio};
use bayplan::plan::Plan;
use bayplan::solve::{Clock, NoLimit, Options, Status};
use serde_json::{Value, json};

/// More work than any of these takes.
const STEPS: u64 = 200_000_000;

#[test]
fn whatever_is_called_proven_comes_with_a_certificate_that_verifies() {
    for_all(200_000..201_500, |_, layout| proven_verifies(layout, EVERYTHING));
}

#[test]
fn what_is_proven_of_a_placement_to_keep_verifies() {
    for_all(210_000..210_600, |_, layout| proven_verifies(layout, KEEP));
}

#[test]
fn where_more_than_one_is_counted_what_has_a_certificate_verifies() {
    let written = cases::each(270_000, 600, |seed| {
        let layout = random::spec(seed).layout();
        let options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| {}, certify: true };
        let plan = plan(&layout, EVERYTHING, &options).unwrap_or_else(|refuted| panic!("{:?}", refuted.violations));
        let Some(certificate) = plan.certificate else { return 0 };
        let judgement = verify(&layout, &certificate, false, STEPS);
        assert_eq!(judgement.holds(), Some(true), "{:#?}\n{}", judgement.findings, text(&certificate));
        1
    });
    assert!(written.iter().sum::<usize>() > written.len() / 2);
}

fn proven_verifies(layout: &Layout, ask: Ask) -> Result<(), String> {
    let (plan, certificate) = certified(layout, ask)?;
    let judgement = verify(layout, &certificate, ask.keep, STEPS);
    if judgement.holds() != Some(true) {
        return Err(format!("{:#?}\n{}", judgement.findings, text(&certificate)));
    }
    let is_best = judgement.findings.iter().any(|finding| finding.subject == Subject::Best);
    let is_nothing = judgement.findings.iter().any(|finding| finding.subject == Subject::Nothing);
    match plan.status {
        // Of balance a certificate speaks of the fullest host alone: goals after it may be the best for what it does not say.
        Status::Optimal if !is_best && layout.goals.iter().rev().skip(1).all(|&goal| goal != Goal::Balance) => {
            Err("that it is best is not claimed".to_owned())
        }
        Status::Infeasible if !is_nothing => Err("that nothing fits is not claimed".to_owned()),
        _ => Ok(()),
    }
}

#[test]
fn a_verifier_written_from_the_page_alone_accepts_what_is_proven() {
    for_all(260_000..260_600, |seed, layout| {
        let ask = if seed % 4 == 0 { KEEP } else { EVERYTHING };
        let (_, certificate) = certified(layout, ask)?;
        let written = serde_json::to_value(&certificate).map_err(|error| error.to_string())?;
        second::verify(layout, &written, ask.keep).map_err(|why| format!("{why}\n{written}"))
    });
}

#[test]
fn both_verifiers_refuse_the_same_changed_certificates() {
    let refused = for_all(270_000..270_200, |seed, layout| {
        let (_, certificate) = certified(layout, EVERYTHING)?;
        let mut rng = fastrand::Rng::with_seed(seed);
        let whole = serde_json::to_value(&certificate).map_err(|error| error.to_string())?;
        let mut refused = 0;
        for _ in 0..40 {
            let mut changed = whole.clone();
            mutate(&mut changed, &mut rng);
            // What is too large each may notice in its own place.
            let text = changed.to_string();
            if [u128::from(u64::MAX), u128::MAX].iter().any(|large| text.contains(&large.to_string())) {
                continue;
            }
            let read = serde_json::from_value::<Certificate>(changed.clone());
            let first = read.is_ok_and(|read| verify(layout, &read, false, STEPS).holds() == Some(true));
            let other = second::verify(layout, &changed, false);
            if first != other.is_ok() {
                return Err(format!("the referee says {first}, the other {other:?}\n{changed}"));
            }
            refused += usize::from(!first);
        }
        Ok(refused)
    });
    assert!(refused.into_iter().sum::<usize>() > 1_000, "most changes make it wrong");
}

/// Five cheap hosts are cut into thirty containers that fill them to the last byte, and nine dear ones stand by: in
/// floats, sums so large may look short. `more` bytes besides do not fit on the cheap ones.
fn tight(seed: u64, unit: u64, more: u64) -> String {
    let mut rng = fastrand::Rng::with_seed(seed);
    let hosts: Vec<u64> = (0..5).map(|_| rng.u64(unit / 2..unit * 9 / 10)).collect();
    let mut text = "goals: [cheapest]\nhosts:\n".to_owned();
    hosts.iter().enumerate().for_each(|(h, size)| text += &format!("  a{h}: {{price: 1, disk: {size}B}}\n"));
    (0..9).for_each(|h| text += &format!("  d{h}: {{price: {}, disk: {}B}}\n", 10 + h, unit - h));
    text += "startups:\n  s:\n    containers:\n";
    for (h, &size) in hosts.iter().enumerate() {
        let mut left = size;
        for part in 0..5 {
            let some = rng.u64(left / 8..left / 4);
            left -= some;
            text += &format!("      c{h}-{part}: {{disk: {some}B}}\n");
        }
        let last = left + if h == 4 { more } else { 0 };
        text += &format!("      c{h}-5: {{disk: {last}B}}\n");
    }
    text
}

#[test]
fn hosts_filled_to_the_last_byte_are_never_called_too_small() {
    cases::each(0, 4, |seed| {
        for (unit, more) in [1 << 36, 1 << 53].into_iter().flat_map(|unit| [0, 1, 20].map(|more| (unit, more))) {
            let layout = read::layout(&tight(seed, unit, more));
            // Packing to the last byte would take long, and is not what is asked here.
            let clock = Looks::new(300);
            let (plan, certificate) = certified_within(&layout, EVERYTHING, &clock).expect("it can be planned");
            let bound = plan.goals[0].bound.as_f64();
            // One byte more and a dear host takes the place of a cheap one at best.
            let best = if more == 0 { 5.0 } else { 14.0 };
            assert!(bound <= best, "{unit} {more}: {bound}");
            assert_eq!(verify(&layout, &certificate, false, STEPS).holds(), Some(true), "{unit} {more}");
        }
    });
}

#[test]
fn no_change_of_a_number_proves_what_is_not_so() {
    for_all(220_000..220_150, |seed, layout| {
        let (_, certificate) = certified(layout, EVERYTHING)?;
        let mut rng = fastrand::Rng::with_seed(seed);
        let whole = serde_json::to_value(&certificate).map_err(|error| error.to_string())?;
        let front = oracle::front_of_all(layout, false);
        for _ in 0..60 {
            let mut changed = whole.clone();
            for _ in 0..rng.usize(1..=2) {
                mutate(&mut changed, &mut rng);
            }
            let Ok(changed) = serde_json::from_value::<Certificate>(changed) else { continue };
            nothing_false_holds(layout, &changed, &front)?;
        }
        Ok(())
    });
}

#[test]
fn a_bound_above_the_truth_never_verifies() {
    for_all(230_000..230_500, |_, layout| {
        let (_, certificate) = certified(layout, EVERYTHING)?;
        let front = oracle::front_of_all(layout, false);
        for goal in 0..certificate.goals.len() {
            let mut raised = certificate.clone();
            let Some(claim) = &mut raised.goals[goal].claim else { continue };
            for limit in
                [&mut claim.limits.hosts, &mut claim.limits.price, &mut claim.limits.watts, &mut claim.limits.moves]
            {
                *limit = limit.map(|limit| limit + 1);
            }
            if let Some(share) = &mut claim.limits.share {
                share.part += share.whole / 100;
            }
            nothing_false_holds(layout, &raised, &front)?;
            let mut lowered = certificate.clone();
            lowered.goals[goal].claim = None;
            nothing_false_holds(layout, &lowered, &front)?;
        }
        let mut none = certificate;
        none.verdict = bayplan::certificate::Verdict::Infeasible;
        none.placement = None;
        let claims = std::mem::take(&mut none.goals);
        for claim in claims.into_iter().filter_map(|goal| goal.claim) {
            none.proof = Some(claim.proof);
            nothing_false_holds(layout, &none, &front)?;
        }
        Ok(())
    });
}

#[test]
fn proofs_made_up_at_random_prove_nothing_that_is_not_so_and_some_that_is() {
    let proven = for_all(250_000..250_400, |seed, layout| {
        let (plan, mut certificate) = certified(layout, EVERYTHING)?;
        let mut proven = 0;
        if plan.status != Status::Optimal {
            return Ok(proven);
        }
        let front = oracle::front_of_all(layout, false);
        let mut rng = fastrand::Rng::with_seed(seed);
        let made = made_up::Maker::new(layout);
        for _ in 0..60 {
            let goal = rng.usize(0..certificate.goals.len());
            // What the placement has is reached; what is less may be excluded.
            let less = rng.u64(0..=3);
            let mut limits = EpsilonConstraints::default();
            for before in &plan.goals[..goal] {
                limits.fix(before.goal, before.value);
            }
            match plan.goals[goal].value {
                GoalValue::Count(value) => {
                    limits.fix(plan.goals[goal].goal, GoalValue::Count(value.saturating_sub(less)))
                }
                GoalValue::Millionths(value) => {
                    let value = GoalValue::Millionths(value.saturating_sub(less * 500_000));
                    limits.fix(plan.goals[goal].goal, value);
                }
                GoalValue::Above(_) | GoalValue::Bytes(_) => continue,
                GoalValue::Share(Ratio { part, whole }) => {
                    let share = Ratio { part: part.saturating_sub(part / 16 * less), whole };
                    limits.fix(plan.goals[goal].goal, GoalValue::Share(share));
                }
            }
            let proof = made.proof(&mut rng, &mut Vec::new());
            certificate.goals.iter_mut().for_each(|claim| claim.claim = None);
            certificate.goals[goal].claim = Some(Claim { hosts: None, limits, proof });
            nothing_false_holds(layout, &certificate, &front)?;
            let judged = verify(layout, &certificate, false, STEPS);
            let is_bound = |subject| matches!(subject, Subject::Bound(..));
            let holds = |it: &&Finding| is_bound(it.subject) && it.outcome == Outcome::Holds;
            proven += judged.findings.iter().filter(holds).count();
        }
        Ok(proven)
    });
    // Else the test would say little.
    let (all, proven) = (proven.len(), proven.iter().sum::<usize>());
    assert!(proven > all, "{proven} proven of {all} documents");
}

mod made_up {
    //! Proofs of any form, of made-up numbers.

    use bayplan::certificate::{
        DomainDual, Dual, Duals, HostDuals, HostGroup, ItemIndex, Node, Pool, Proof, RuleDual, Split, Tree,
    };
    use bayplan::model::{ContainerIndex, HostIndex, Layout, RuleKind};

    pub struct Maker<'a> {
        layout: &'a Layout,
        /// The containers of each item.
        items: Vec<Vec<ContainerIndex>>,
    }

    impl Maker<'_> {
        pub fn new(layout: &Layout) -> Maker<'_> {
            let mut item_of: Vec<usize> = (0..layout.demand.containers.len()).collect();
            for rule in layout.rules.iter().filter(|rule| rule.kind == RuleKind::Together) {
                for &container in &rule.containers {
                    let (a, b) = (item_of[rule.containers[0]], item_of[container]);
                    item_of.iter_mut().filter(|item| **item == a.max(b)).for_each(|item| *item = a.min(b));
                }
            }
            let containers = |first| layout.demand.indices().filter(|&c| item_of[c] == first).collect::<Vec<_>>();
            let items = (0..item_of.len()).map(containers).filter(|containers| !containers.is_empty()).collect();
            Maker { layout, items }
        }

        /// `path` has the splits that lead here.
        pub fn proof(&self, rng: &mut fastrand::Rng, path: &mut Vec<bool>) -> Proof {
            match rng.u8(0..20) {
                0..=1 => Proof::Volume,
                2 => Proof::Rules,
                3..=6 if path.len() < 3 => self.tree(rng, path),
                7..=10 => Proof::Pool(Box::new(Pool { duals: self.duals(rng, path), proof: self.tree(rng, path) })),
                11..=12 => Proof::Pool(Box::new(Pool {
                    duals: self.duals(rng, path),
                    proof: Proof::Duals(self.duals(rng, path)),
                })),
                _ => Proof::Duals(self.duals(rng, path)),
            }
        }

        fn tree(&self, rng: &mut fastrand::Rng, path: &mut Vec<bool>) -> Proof {
            let hosts = self.layout.lab.indices().filter(|_| rng.bool()).collect();
            let items = ItemIndex::all(self.items.len()).filter(|_| rng.bool()).collect();
            let most = rng.u64(0..=2);
            let [a, b] = [(); 2].map(|()| ItemIndex(rng.usize(0..self.items.len())));
            let by = match rng.u8(0..3) {
                0 if a != b => Split::Pair { items: [a, b] },
                1 => Split::On { items, hosts, most },
                _ => Split::Open { hosts, most },
            };
            path.push(!matches!(by, Split::Pair { .. }));
            let leaf = |rng: &mut fastrand::Rng| match rng.u8(0..6) {
                0 => Node::Leaf(Proof::Volume),
                _ => Node::Leaf(Proof::Duals(self.duals(rng, path))),
            };
            let leaves = [leaf(rng), leaf(rng)];
            path.pop();
            let [first, second] = leaves;
            Proof::Tree(Tree { nodes: vec![Node::Split { by, cases: [1, 2] }, first, second] })
        }

        fn duals(&self, rng: &mut fastrand::Rng, path: &[bool]) -> Duals {
            let hosts = self.layout.lab.hosts.len();
            let resource = rng.usize(0..self.layout.lab.resources.len().max(1));
            let by_size = rng.bool() && resource < self.layout.lab.resources.len();
            // Worth what it takes of one resource, or anything.
            let size = |item: &Vec<ContainerIndex>| -> u64 {
                item.iter().map(|&container| self.layout.demand.service_of(container).request[resource].value).sum()
            };
            let worth = |rng: &mut fastrand::Rng, item: &Vec<ContainerIndex>| {
                Dual(u128::from(if by_size { size(item) } else { rng.u64(0..=4) }))
            };
            let priced = rng.u8(0..4) == 0;
            let scale = if by_size {
                self.layout.lab.hosts.iter().map(|host| host.allocatable[resource]).max().unwrap_or(1)
            } else {
                4
            };
            let mut price = |chance: u8| match rng.u8(0..chance) {
                0 => Dual(u128::from(scale) * u128::from(rng.u64(0..=8)) / 4),
                _ => Dual(0),
            };
            let prices = [price(2), price(6), price(6), price(4)];
            let splits = path.iter().map(|&has_price| if has_price { price(2) } else { Dual(0) }).collect();
            let rules = self.layout.rules.iter().enumerate();
            let by_label = rules.clone().filter(|(_, rule)| matches!(rule.kind, RuleKind::ApartByLabel(_)));
            let domains: Vec<DomainDual> = by_label
                .map(|(rule, _)| {
                    let host = HostIndex(rng.usize(0..hosts));
                    DomainDual { rule, host, dual: Dual(rng.u128(0..=2)) }
                })
                .collect();
            let unit =
                (0..self.layout.lab.resources.len()).map(|r| Dual(u128::from(by_size && r == resource))).collect();
            let by_host = rules.filter(|(_, rule)| rule.kind == RuleKind::ApartByHost);
            let aparts = by_host.map(|(rule, _)| RuleDual { rule, dual: Dual(rng.u128(0..=2)) }).collect();
            let of = HostDuals { unit, steps: Vec::new(), aparts };
            let drop = rng.usize(0..hosts * 4);
            Duals {
                worth: if priced && rng.bool() {
                    Vec::new()
                } else {
                    self.items.iter().map(|item| worth(rng, item)).collect()
                },
                hosts: prices[0],
                price: prices[1],
                watts: prices[2],
                moves: prices[3],
                domains: if rng.bool() { domains } else { Vec::new() },
                splits,
                groups: vec![HostGroup {
                    hosts: self.layout.lab.indices().filter(|host| host.0 != drop).collect(),
                    duals: priced.then_some(of),
                }],
            }
        }
    }
}

#[test]
fn what_the_page_checks_by_hand_verifies_and_not_when_it_is_changed() {
    let page = std::fs::read_to_string("docs/certificate.md").expect("the page is there");
    let block = |language: &str| {
        let start = page.find(&format!("```{language}\n")).expect("it has an example") + language.len() + 4;
        page[start..].split("```").next().expect("it ends").to_owned()
    };
    let layout = read::layout(&block("yaml"));
    let certificate: Certificate = serde_json::from_str(&block("json")).expect("it is a certificate");
    let judgement = verify(&layout, &certificate, false, STEPS);
    assert_eq!(judgement.holds(), Some(true), "{:#?}", judgement.findings);
    let wrong = block("json").replace("[1, 1, 1, 0]", "[1, 1, 0, 0]");
    let judgement = verify(&layout, &serde_json::from_str(&wrong).expect("it is a certificate"), false, STEPS);
    assert_eq!(judgement.holds(), Some(false), "{:#?}", judgement.findings);
}

#[test]
fn what_is_proven_of_homelabs_verifies() {
    cases::each(0, 8, |number| {
        let layout = read::layout(&homelab::document(number));
        let (plan, certificate) = certified(&layout, EVERYTHING).unwrap_or_else(|why| panic!("{why}"));
        let judgement = verify(&layout, &certificate, false, 20 * STEPS);
        assert_eq!(judgement.holds(), Some(true), "{}: {:#?}", plan.proof.kind, judgement.findings);
    });
}

#[test]
fn the_command_writes_a_certificate_and_judges_one() {
    let folder = Folder::new();
    let (proof, lab) = (folder.argument("proof.json"), "examples/two-hosts.yaml");
    let run = |arguments: &[&str]| {
        let Ran { code, out, err } = bayplan(arguments);
        (Some(code), out + &err)
    };
    assert_eq!(run(&["plan", lab, "--proof", &proof]).0, Some(0));
    let (code, text) = run(&["check", lab, "--proof", &proof]);
    assert!(code == Some(0) && text.starts_with("verified: "), "{text}");
    let (code, text) = run(&["check", lab, "--proof", &proof, "--format", "json", "--no-timing"]);
    assert!(code == Some(0) && text.contains("\"verified\": true"), "{text}");
    let (code, text) = run(&["check", lab, "--proof", &proof, "--format", "markdown"]);
    assert!(code == Some(0) && text.contains("| holds |"), "{text}");
    // Nothing is replaced unasked, and the plan is not lost where the proof goes.
    let (code, text) = run(&["plan", lab, "--proof", &proof]);
    assert!(code == Some(2) && text.contains("--force"), "{text}");
    let (code, text) = run(&["plan", lab, "--proof", "-"]);
    assert!(code == Some(2) && text.contains("standard output"), "{text}");
    let (code, _) = run(&["plan", lab, "--proof", "-", "-o", &folder.argument("plan.txt")]);
    assert_eq!(code, Some(0));
    assert_eq!(run(&["plan", lab, "--proof", &proof, "--force", "--partial"]).0, Some(2));
    let same = folder.argument("same");
    assert_eq!(run(&["plan", lab, "--proof", &same, "-o", &same]).0, Some(2));
    assert_eq!(run(&["plan", lab, "--proof", &same, "--save", &same]).0, Some(2));
    // For another document, changed, and no certificate at all.
    let (code, text) = run(&["check", "examples/cheapest.yaml", "--proof", &proof]);
    assert!(code == Some(1) && text.contains("for another document"), "{text}");
    let written = std::fs::read_to_string(&proof).expect("it is there");
    std::fs::write(&proof, written.replace("\"verdict\":\"optimal\"", "\"verdict\":\"infeasible\""))
        .expect("it is ours");
    let (code, text) = run(&["check", lab, "--proof", &proof]);
    assert!(code == Some(1) && text.starts_with("not verified: "), "{text}");
    std::fs::write(&proof, "{\n  \"schema\": 1").expect("it is ours");
    let (code, text) = run(&["check", lab, "--proof", &proof]);
    assert!(code == Some(2) && text.contains("line 2 column"), "{text}");
    std::fs::write(&proof, "[".repeat(1_000_000)).expect("it is ours");
    assert_eq!(run(&["check", lab, "--proof", &proof]).0, Some(2));
}

#[test]
fn what_is_proven_where_what_runs_stays_holds_for_that_question_alone() {
    // The one container of 3 GiB would have to move for all to fit on one host.
    let layout = read::layout(
        "goals: [fewest-hosts]\nhosts:\n  a: {memory: 8GiB}\n  b: {memory: 8GiB}\nstartups:\n  s: {containers: {x: \
         {memory: 3GiB}, y: {memory: 3GiB}}}\nplacement:\n  a: [s/x]\n  b: [s/y]\n",
    );
    for (ask, other) in [(KEEP, "--keep"), (EVERYTHING, "without `--keep`")] {
        let (plan, certificate) = certified(&layout, ask).expect("it is planned");
        assert_eq!(plan.goals[0].value, GoalValue::Count(if ask.keep { 2 } else { 1 }));
        let judgement = verify(&layout, &certificate, ask.keep, STEPS);
        assert_eq!(judgement.holds(), Some(true), "{:#?}", judgement.findings);
        for finding in &judgement.findings {
            let is_said = finding.message().contains("what runs stays") && ask.keep;
            assert_eq!(is_said, ask.keep && matches!(finding.subject, Subject::Bound(..) | Subject::Best));
        }
        let judgement = verify(&layout, &certificate, !ask.keep, STEPS);
        let [Finding { subject: Subject::Document, outcome: Outcome::Fails(why), .. }] = &judgement.findings[..] else {
            panic!("{:#?}", judgement.findings);
        };
        assert!(why.contains(other), "{why}");
        let mut turned = certificate;
        turned.keep = !ask.keep;
        assert!(!ask.keep || verify(&layout, &turned, false, STEPS).holds() == Some(false));
    }
}

#[test]
fn a_certificate_says_what_follows_each_loss_and_is_for_that_alone() {
    let text = "hosts: {x: {memory: 6GiB, price: 3}, y: {memory: 6GiB, price: 2}, z: {memory: 5GiB, price: 1}}\nstartups: {s: \
                {containers: {a: {memory: 3GiB}, b: {memory: 2GiB}, c: {memory: 1GiB}}}}\ngoals: [cheapest]\n";
    let (plain, surviving) = (read::layout(text), read::layout(&format!("{text}rules: [{{survive: 1}}]\n")));
    let (_, certificate) = certified(&plain, EVERYTHING).expect("it is planned");
    assert_eq!(verify(&plain, &certificate, false, STEPS).holds(), Some(true));
    assert_eq!(verify(&surviving, &certificate, false, STEPS).holds(), Some(false));
    let (plan, certificate) = certified(&surviving, EVERYTHING).expect("it is planned");
    let judgement = verify(&surviving, &certificate, false, STEPS);
    assert_eq!(judgement.holds(), Some(true), "{:#?}", judgement.findings);
    assert!(judgement.findings.iter().any(|finding| finding.subject == Subject::Survival));
    assert_eq!(certificate.failovers.len(), 3);
    // What is wrong with a failover is noticed, whatever else is right.
    let used: Vec<usize> = plan.placement.placed().map(|(_, host)| host.0).collect();
    for changed in [Vec::new(), certificate.failovers[1..].to_vec(), vec![Vec::new(); 3]] {
        let turned = Certificate { failovers: changed, ..certificate.clone() };
        assert_eq!(verify(&surviving, &turned, false, STEPS).holds(), Some(false), "{used:?}");
    }
}

#[test]
fn many_hosts_cannot_make_a_verification_longer_than_its_work() {
    let layout = read::layout(
        "goals: [fewest-hosts]\nhosts:\n  a: {count: 20000, memory: 8GiB}\n  b: {count: 20000, memory: 9GiB}\nstartups:\n  \
         s: {containers: {x: {memory: 64GiB}}}\n",
    );
    let all_but_one: Vec<usize> = (0..39_999).collect();
    let claims = [
        json!({"cases": [{"hosts": all_but_one, "limits": {}, "proof": "rules"}]}),
        json!({"cases": [], "below": {"limits": {"hosts": 39_999}, "proof": "rules"}}),
    ];
    for (cases, holds) in claims.into_iter().zip([Some(false), None]) {
        let certificate = json!({
            "schema": bayplan::certificate::SCHEMA,
            "document": bayplan::certificate::digest(&layout),
            "verdict": "infeasible",
            "proof": {"hosts": cases},
        });
        let certificate: Certificate = serde_json::from_value(certificate).expect("it is a certificate");
        let start = std::time::Instant::now();
        let judgement = verify(&layout, &certificate, false, 10_000_000);
        assert_eq!(judgement.holds(), holds, "{:#?}", judgement.findings);
        assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    }
}

#[test]
fn the_kind_of_a_proof_is_the_same_with_a_certificate_and_without() {
    // All 15 containers beside the two pinned ones fit on one host; what is pinned apart from it costs more.
    let hosts: Vec<String> =
        (0..14).map(|n| format!("  a{n}: {{price: {}, memory: {}GiB}}\n", n + 1, n + 20)).collect();
    let small: Vec<String> = (0..30).map(|n| format!("      e{n}: {{memory: 1GiB}}\n")).collect();
    let pinned = read::layout(&format!(
        "goals: [cheapest]\nhosts:\n{}startups:\n  s:\n    containers:\n      c0: {{memory: 1GiB, on: [a12, a13]}}\n      c1: \
         {{memory: 1GiB, on: [a0, a1, a2]}}\n{}",
        hosts.concat(),
        small.concat()
    ));
    let same = |layout: &Layout| {
        let options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| {}, certify: false };
        let without = plan(layout, EVERYTHING, &options).map_err(|refuted| format!("{:?}", refuted.violations))?;
        let (with, _) = certified(layout, EVERYTHING)?;
        match without.proof == with.proof {
            true => Ok(without.proof.kind),
            false => Err(format!("{:?} without a certificate, {:?} with one", without.proof, with.proof)),
        }
    };
    assert_eq!(same(&pinned), Ok("cases"));
    for_all(260_000..260_300, |_, layout| same(layout).map(|_| ()));
}

/// Thirty-six containers that nine hosts could hold in fractions of patterns, but do not.
const NINE_AND_A_BIT: [[u64; 2]; 36] = [
    [297, 260],
    [346, 278],
    [168, 169],
    [174, 345],
    [208, 171],
    [251, 201],
    [290, 172],
    [350, 345],
    [225, 218],
    [209, 169],
    [187, 152],
    [347, 234],
    [306, 273],
    [162, 165],
    [164, 156],
    [177, 272],
    [155, 181],
    [260, 188],
    [320, 252],
    [161, 334],
    [230, 251],
    [340, 220],
    [184, 176],
    [251, 284],
    [284, 150],
    [239, 227],
    [253, 225],
    [177, 272],
    [330, 173],
    [253, 205],
    [327, 187],
    [162, 297],
    [231, 233],
    [174, 259],
    [157, 208],
    [230, 287],
];

#[test]
fn a_pool_of_patterns_proves_what_their_fractions_do_not() {
    let containers: Vec<String> = (NINE_AND_A_BIT.iter().enumerate())
        .map(|(n, [a, b])| format!("      c{n}: {{resources: {{a: {a}, b: {b}}}}}\n"))
        .collect();
    let layout = read::layout(&format!(
        "goals: [fewest-hosts]\nhosts:\n  h: {{count: 12, resources: {{a: 958, b: 915}}}}\nstartups:\n  s:\n    \
         containers:\n{}",
        containers.concat()
    ));
    let (plan, certificate) = certified(&layout, EVERYTHING).expect("it is planned");
    assert_eq!((plan.status, plan.goals[0].value, plan.proof.kind), (Status::Optimal, GoalValue::Count(10), "cases"));
    let without = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| {}, certify: false };
    assert_eq!(ask::plan(&layout, EVERYTHING, &without).expect("it is planned").proof, plan.proof);
    let whole = text(&certificate);
    assert!(whole.contains("\"pool\"") && whole.contains("\"pair\""), "{whole}");
    assert_eq!(verify(&layout, &certificate, false, STEPS).holds(), Some(true));
    // Whatever is changed, ten hosts are never excluded; many a change leaves nothing proven of nine.
    let value = serde_json::to_value(&certificate).expect("it can be written");
    let broken = cases::each(0, 600, |seed| {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut changed = value.clone();
        (0..rng.usize(1..4)).for_each(|_| mutate(&mut changed["goals"], &mut rng));
        let Ok(changed) = serde_json::from_value::<Certificate>(changed) else { return false };
        let judgement = verify(&layout, &changed, false, STEPS);
        for finding in judgement.findings.iter().filter(|finding| finding.outcome == Outcome::Holds) {
            let above = matches!(finding.subject, Subject::Bound(_, GoalValue::Count(bound)) if bound > 10);
            assert!(!above, "{finding:?}");
        }
        judgement.holds() == Some(false)
    });
    let (all, broken) = (broken.len(), broken.into_iter().filter(|&broken| broken).count());
    assert!(broken * 6 > all, "{broken} of {all} changes break it");
}

#[test]
fn a_certificate_for_another_document_is_noticed() {
    let spec = random::spec(1);
    let layout = spec.layout();
    let (_, certificate) = certified(&layout, EVERYTHING).expect("it is planned");
    let other = spec.with_more_memory(1).layout();
    let judgement = verify(&other, &certificate, false, STEPS);
    let message = format!("{:?}", judgement.findings);
    assert!(judgement.holds() == Some(false) && message.contains("for another document"), "{message}");
}

#[test]
fn a_verification_that_may_not_work_decides_nothing_wrongly() {
    for_all(240_000..240_200, |_, layout| {
        let (_, certificate) = certified(layout, EVERYTHING)?;
        for steps in [0, 1, 10, 100, 1_000] {
            if verify(layout, &certificate, false, steps).holds() == Some(false) {
                return Err(format!("with {steps} steps a true certificate is called false"));
            }
        }
        Ok(())
    });
}

/// Every claim that is said to hold does.
fn nothing_false_holds(layout: &Layout, certificate: &Certificate, front: &oracle::Front) -> Result<(), String> {
    let Judgement { findings, .. } = verify(layout, certificate, false, STEPS);
    let say = |what: &str| Err(format!("{what}\n{findings:#?}\n{}", text(certificate)));
    let mut values: Vec<Option<GoalValue>> = Vec::new();
    let host_of: oracle::Hosts = certificate.placement.iter().flatten().copied().map(Some).collect();
    for finding in findings.iter().filter(|finding| finding.outcome == Outcome::Holds) {
        match finding.subject {
            Subject::Document | Subject::Survival => {}
            Subject::Nothing if front.is_feasible() => return say("there is a placement"),
            Subject::Nothing => {}
            Subject::Placement => {
                values = layout.goals.iter().map(|&goal| Some(oracle::value(layout, goal, &host_of))).collect();
            }
            Subject::Value(goal, said) => {
                let real = oracle::value(layout, goal, &host_of);
                let same = match (real, said) {
                    (GoalValue::Share(real), bayplan::certificate::Value::Share(part, whole)) => {
                        real == bayplan::model::Ratio { part, whole }
                    }
                    (real, said) => bayplan::certificate::Value::from(real) == said,
                };
                if !same {
                    return say("the value is another");
                }
            }
            Subject::Bound(goal, excluded) => {
                let position = layout.goals.iter().position(|of| *of == goal).unwrap_or(0);
                let best = front.best_values(&values[..position])[position];
                if !oracle::less(excluded, best) {
                    return say(&format!("{goal:?}: {best:?} can be reached"));
                }
            }
            Subject::Best => {
                let mut reported = values.clone();
                for (position, &goal) in layout.goals.iter().enumerate() {
                    let best = front.best_values(&reported)[position];
                    let value = values[position].unwrap_or(best);
                    let gap = value.as_f64() - best.as_f64();
                    let tolerance = if goal == Goal::Balance { 0.001 + 2e-9 } else { 0.0 };
                    if gap > tolerance {
                        return say(&format!("{goal:?}: {best:?} is better than {value:?}"));
                    }
                    reported[position] = Some(value);
                }
            }
        }
    }
    Ok(())
}

/// Changes, drops, doubles or swaps something, anywhere.
fn mutate(value: &mut Value, rng: &mut fastrand::Rng) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            // The digest and the schema must hold for anything else to be looked at.
            let keys: Vec<String> =
                map.keys().filter(|key| !["document", "schema"].contains(&key.as_str())).cloned().collect();
            let Some(key) = keys.get(rng.usize(0..keys.len().max(1))) else { return };
            if rng.u8(0..20) == 0 {
                map.remove(key);
            } else if let Some(inner) = map.get_mut(key) {
                mutate(inner, rng);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            let (a, b) = (rng.usize(0..list.len()), rng.usize(0..list.len()));
            match rng.u8(0..8) {
                0 => drop(list.remove(a)),
                1 => list.push(list[a].clone()),
                2 => list.swap(a, b),
                _ => mutate(&mut list[a], rng),
            }
        }
        Value::Number(number) => {
            let before = number.as_u64().unwrap_or(0);
            *value = match rng.u8(0..6) {
                0 => json!(before.saturating_sub(1)),
                1 => json!(before.saturating_mul(2)),
                2 => json!(0),
                3 => json!(rng.u64(0..5)),
                4 => json!(u64::MAX),
                _ => json!(before.saturating_add(1)),
            };
        }
        Value::String(text) => match text.parse::<u128>() {
            Ok(weight) => {
                *text = [weight / 2, weight + 1, weight.saturating_mul(3), u128::MAX][rng.usize(0..4)].to_string()
            }
            Err(_) => {
                let mut letters: Vec<char> = text.chars().collect();
                if !letters.is_empty() {
                    let at = rng.usize(0..letters.len());
                    match rng.u8(0..3) {
                        0 => drop(letters.remove(at)),
                        1 => letters[at] = ['v', 's', 'b', 'r'][rng.usize(0..4)],
                        _ => letters.truncate(at),
                    }
                }
                *text = letters.into_iter().collect();
            }
        },
        _ => {}
    }
}

/// A plan and its certificate, which has been through JSON.
fn certified(layout: &Layout, ask: Ask) -> Result<(Plan, Certificate), String> {
    certified_within(layout, ask, &NoLimit)
}

/// The plan that is found until `clock` runs out, and its certificate as it is read again.
fn certified_within(layout: &Layout, ask: Ask, clock: &dyn Clock) -> Result<(Plan, Certificate), String> {
    let options = Options { clock, seed: 0, threads: 1, progress: &|_| {}, certify: true };
    let mut plan = plan(layout, ask, &options).map_err(|refuted| format!("refuted: {:?}", refuted.violations))?;
    let certificate = plan.certificate.take().ok_or_else(|| format!("{:?}, but no certificate", plan.status))?;
    let read: Certificate = serde_json::from_str(&text(&certificate)).map_err(|error| error.to_string())?;
    if read != certificate {
        return Err(format!("JSON changes {}", text(&certificate)));
    }
    Ok((plan, read))
}

fn text(certificate: &Certificate) -> String {
    serde_json::to_string(certificate).unwrap_or_else(|error| error.to_string())
}

/// What `law` says of each of the random documents of `seeds`, or of more with `BAYPLAN_CASES`; fails with the first that
/// breaks it.
fn for_all<T: Send>(seeds: Range<u64>, law: impl Fn(u64, &Layout) -> Result<T, String> + Sync) -> Vec<T> {
    cases::each(seeds.start, seeds.end - seeds.start, |seed| {
        let spec = random::spec(seed).without_counts();
        law(seed, &spec.layout()).unwrap_or_else(|why| panic!("{why}\n{}", spec.text()))
    })
}
