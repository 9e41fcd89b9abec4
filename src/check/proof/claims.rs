//! What a certificate claims, one claim after the other: is it for this document, is the placement valid, are the values
//! its own, is nothing better, is it best, or is there none.

use super::problem::{Host, Problem};
use super::scene::Scene;
use super::work::{Fault, Work, broken};
use super::{inside, prove};
use crate::certificate::{self, Certificate, EpsilonConstraints, GoalClaim, Method, Proof, SCHEMA, Value, Verdict};
use crate::check::{Violation, ViolationKind, above, carried, check, check_failovers, passed, unmet, weight};
use crate::model::{Failover, Goal, GoalValue, HostIndex, Layout, Numbered, Placement, Ratio};

/// Balance counts as best within a thousandth of what is excluded, and the billionth that bounds are rounded to.
const TOLERANCE: u128 = 1_000_001;
const BILLION: u64 = 1_000_000_000;

/// Something that a certificate claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub subject: Subject,
    /// What is said to prove it, where it takes a proof.
    pub by: Option<Method>,
    /// Whether it is said of the placements alone where what runs stays.
    pub keep: bool,
    /// Whether it is so.
    pub outcome: Outcome,
}

/// What is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The certificate is for this document.
    Document,
    /// The placement places everything and breaks nothing.
    Placement,
    /// The placement survives every loss that is to be survived.
    Survival,
    /// The placement has this value.
    Value(Goal, Value),
    /// No placement with the values of the goals before it is as low as this.
    Bound(Goal, GoalValue),
    /// So the placement is the best.
    Best,
    /// There is no placement at all.
    Nothing,
}

/// Whether a claim is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is.
    Holds,
    /// It is not, or what is there does not prove it: where, and why.
    Fails(String),
    /// The work that a verification may do ended before.
    Undecided,
}

/// What became of every claim, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The claims; those after one that makes them pointless are left out.
    pub findings: Vec<Finding>,
    /// The placement, where it is valid.
    pub placement: Option<Placement>,
    /// Whether they are of the placements alone where what runs stays.
    pub keep: bool,
}

impl Judgement {
    /// Whether all claims hold; `None` where none fails but some is undecided.
    pub fn holds(&self) -> Option<bool> {
        let any = |wanted: fn(&Outcome) -> bool| self.findings.iter().any(|finding| wanted(&finding.outcome));
        if any(|outcome| matches!(outcome, Outcome::Fails(_))) {
            Some(false)
        } else if any(|outcome| *outcome == Outcome::Undecided) {
            None
        } else {
            Some(true)
        }
    }
}

/// Judges `certificate` for `layout`, with so many steps of work at most. The question is whoever asks's: with `keep`
/// it is of the placements alone where what runs stays where it is.
pub fn verify(layout: &Layout, certificate: &Certificate, keep: bool, steps: u64) -> Judgement {
    let work = Work::new(steps);
    let mut judge = Judge { layout, certificate, keep, work, findings: Vec::new(), placement: None };
    judge.all();
    Judgement { findings: judge.findings, placement: judge.placement, keep }
}

struct Judge<'a> {
    layout: &'a Layout,
    certificate: &'a Certificate,
    /// Whether what runs stays where it is: the question's word, not the certificate's.
    keep: bool,
    work: Work,
    findings: Vec<Finding>,
    placement: Option<Placement>,
}

impl Judge<'_> {
    fn all(&mut self) {
        let document = self.document();
        if !self.note(Subject::Document, document) {
            return;
        }
        let Some(problem) = Problem::new(self.layout, self.keep) else {
            self.note(Subject::Document, broken("its sums exceed 64 bits"));
            return;
        };
        match self.certificate.verdict {
            Verdict::Infeasible => {
                let verdict = self.nothing(&problem);
                let by = self.certificate.proof.as_ref().map(Proof::method);
                self.note_by(Subject::Nothing, by, verdict);
            }
            Verdict::Optimal | Verdict::Feasible => self.placed(&problem),
        }
    }

    fn note(&mut self, subject: Subject, verdict: Result<(), Fault>) -> bool {
        self.note_by(subject, None, verdict)
    }

    fn note_by(&mut self, subject: Subject, by: Option<Method>, verdict: Result<(), Fault>) -> bool {
        let outcome = match verdict {
            Ok(()) => Outcome::Holds,
            Err(Fault::Broken(what)) => Outcome::Fails(what),
            Err(Fault::OutOfWork) => Outcome::Undecided,
        };
        let holds = outcome == Outcome::Holds;
        self.findings.push(Finding { subject, by, keep: self.keep, outcome });
        holds
    }

    fn document(&self) -> Result<(), Fault> {
        if self.certificate.schema != SCHEMA {
            return broken(format!("its schema is not `{SCHEMA}`"));
        }
        if self.certificate.document != certificate::digest(self.layout) {
            return broken("it is for another document, or for this one before it was changed");
        }
        match (self.certificate.keep, self.keep) {
            (true, false) => return broken("it is for the question with `--keep`: ask that with `--keep` here, too"),
            (false, true) => return broken("it is for the question without `--keep`: leave `--keep` out here, too"),
            _ => {}
        }
        Ok(())
    }

    fn nothing(&mut self, problem: &Problem) -> Result<(), Fault> {
        let certificate = self.certificate;
        if certificate.placement.is_some() || !certificate.goals.is_empty() {
            return broken("there is a placement beside the claim that there is none");
        }
        let Some(proof) = &certificate.proof else { return broken("there is no proof") };
        if *proof == Proof::Kept {
            return self.kept();
        }
        let verdict = prove(&Scene::new(problem, EpsilonConstraints::default()), proof, 0, &mut self.work);
        inside(verdict, || "proof".to_owned())
    }

    /// That what is to stay breaks a rule as it stands.
    fn kept(&self) -> Result<(), Fault> {
        let standing = self.layout.placement.as_ref().filter(|_| self.keep);
        let Some(standing) = standing else { return broken("nothing is to stay") };
        let breaks = |found: &Violation| found.kind != ViolationKind::Unplaced;
        match check(self.layout, standing, Some(standing)).iter().any(breaks) {
            true => Ok(()),
            false => broken("what stands breaks no rule"),
        }
    }

    fn placed(&mut self, problem: &Problem) {
        let valid = self.valid();
        if !self.note(Subject::Placement, valid) {
            return;
        }
        let survives = self.survives();
        if self.layout.survive.is_some() && !self.note(Subject::Survival, survives) {
            return;
        }
        let certificate = self.certificate;
        if !certificate.goals.iter().map(|claim| claim.goal).eq(self.layout.goals.iter().copied()) {
            self.note(Subject::Best, broken("its goals are not those of the document"));
            return;
        }
        let mut values = EpsilonConstraints::default();
        let mut gaps = Vec::new();
        for (index, claim) in certificate.goals.iter().enumerate() {
            let value = self.value(problem, claim.goal);
            let own = if Value::from(value) == claim.value || same_share(value, claim.value) {
                Ok(())
            } else {
                broken(format!("goals[{index}]: the placement has {value}"))
            };
            self.note(Subject::Value(claim.goal, claim.value), own);
            let bound = self.bound(problem, claim, value, &values, index);
            if !meets(value, bound) {
                gaps.push(claim.goal.name());
            }
            values.fix(claim.goal, value);
        }
        if certificate.verdict == Verdict::Optimal {
            let undecided = self.findings.iter().any(|finding| finding.outcome == Outcome::Undecided);
            let best = match gaps.is_empty() {
                true => Ok(()),
                // What is undecided may exclude it.
                false if undecided => Err(Fault::OutOfWork),
                false => broken(format!("nothing excludes a better value of {}", gaps.join(", "))),
            };
            if best.is_err() || self.findings.iter().all(|finding| finding.outcome == Outcome::Holds) {
                self.note(Subject::Best, best);
            }
        }
    }

    /// The placement as the referee of placements sees it.
    fn valid(&mut self) -> Result<(), Fault> {
        let (layout, certificate) = (self.layout, self.certificate);
        let Some(hosts) = &certificate.placement else { return broken("there is no placement") };
        if certificate.proof.is_some() {
            return broken("there is a proof that nothing fits beside a placement");
        }
        let (many, expected) = (hosts.len(), layout.demand.containers.len());
        if many != expected {
            return broken(format!("placement: it places {many} containers of {expected}"));
        }
        if let Some(host) = hosts.iter().find(|host| host.0 >= layout.lab.hosts.len()) {
            return broken(format!("placement: there is no host {host}"));
        }
        let placement = Placement::on_hosts(hosts.iter().copied().map(Some).collect());
        if let Some(violation) = check(layout, &placement, layout.placement.as_ref()).first() {
            return broken(format!("placement: {}", violation.message(layout)));
        }
        let moved = layout.placement.as_ref().and_then(|before| before.moves_to(&placement).next());
        if let (Some((container, ..)), true) = (moved, self.keep) {
            return broken(format!("placement: `{}` does not stay where it is", layout.container_id(container)));
        }
        self.placement = Some(placement);
        Ok(())
    }

    /// That the placement after each loss is one of all that must not stop.
    fn survives(&self) -> Result<(), Fault> {
        let (Some(survive), Some(placement)) = (&self.layout.survive, &self.placement) else { return Ok(()) };
        let losses = survive.losses(&self.layout.lab);
        let (many, expected) = (self.certificate.failovers.len(), losses.len());
        if many != expected {
            return broken(format!("failovers: they answer {many} losses of {expected}"));
        }
        let mut failovers = Vec::new();
        for (number, (lost, after)) in losses.into_iter().zip(&self.certificate.failovers).enumerate() {
            let mut placement = placement.clone();
            for &(container, host) in after {
                if container.0 >= placement.host_of.len() || host.is_some_and(|it| it.0 >= self.layout.lab.hosts.len())
                {
                    return broken(format!("failovers[{number}]: there is no such container or host"));
                }
                placement.host_of[container] = host;
            }
            failovers.push(Failover { lost, placement });
        }
        match check_failovers(self.layout, survive, placement, &failovers).first() {
            Some(violation) => broken(format!("failovers: {}", violation.message(self.layout))),
            None => Ok(()),
        }
    }

    /// The value of `goal` for the placement, from its definition.
    fn value(&self, problem: &Problem, goal: Goal) -> GoalValue {
        let host_of: Vec<HostIndex> = self.certificate.placement.clone().unwrap_or_default();
        let mut holds = vec![false; problem.hosts.len()];
        host_of.iter().for_each(|&host| holds[host] = true);
        let sum = |of: fn(&super::problem::Host) -> u64| -> u64 {
            let held = problem.hosts.iter().zip(&holds).filter(|(_, holds)| **holds);
            held.fold(0, |sum, (host, _)| sum.saturating_add(of(host)))
        };
        match goal {
            Goal::FewestHosts => GoalValue::Count(sum(|_| 1)),
            Goal::Cheapest => GoalValue::Millionths(sum(|host| host.price)),
            Goal::LeastPower => GoalValue::Millionths(sum(|host| host.watts)),
            Goal::WithinTarget => {
                let passed = self.placement.iter().flat_map(|placement| passed(self.layout, placement));
                GoalValue::Above(above(&passed.collect::<Vec<_>>()))
            }
            Goal::Wishes => {
                let unmet = self.placement.iter().flat_map(|placement| unmet(self.layout, placement));
                GoalValue::Count(weight(&unmet.collect::<Vec<_>>()))
            }
            Goal::Balance => GoalValue::Share(self.fullest(problem, &host_of)),
            // Certificates do not speak of carriers.
            Goal::CarrierBalance => GoalValue::Share(Ratio::ZERO),
            Goal::FewestMoves => {
                let moves = self.layout.placement.iter().zip(&self.placement);
                GoalValue::Count(moves.map(|(before, after)| before.moves_to(after).count() as u64).sum())
            }
            Goal::LeastCarried(load) => {
                GoalValue::Bytes(self.placement.iter().map(|after| carried(self.layout, after, load)).sum())
            }
        }
    }

    fn fullest(&self, problem: &Problem, host_of: &[HostIndex]) -> Ratio {
        let mut used: Vec<Vec<u64>> = problem.hosts.iter().map(|host| host.agents.clone()).collect();
        for (container, &host) in host_of.iter().numbered() {
            let request = &self.layout.demand.service_of(container).request;
            used[host].iter_mut().zip(request).for_each(|(sum, amount)| *sum = sum.saturating_add(amount.value));
        }
        let whole = |host: &Host| host.give.iter().zip(&host.agents).map(|(give, agents)| give + agents).collect();
        let all: Vec<Vec<u64>> = problem.hosts.iter().map(whole).collect();
        let amounts = used.iter().zip(&all).flat_map(|(used, all)| used.iter().zip(all));
        let judged = amounts.zip(problem.balanced.iter().cycle());
        let shares = judged.filter(|((_, give), balanced)| **balanced && **give > 0);
        let shares = shares.map(|((&part, &whole), _)| Ratio { part, whole });
        shares.max().unwrap_or(Ratio::ZERO)
    }

    /// What no placement with the values of the goals before is as low as; `None` where nothing is claimed or shown.
    fn bound(
        &mut self,
        problem: &Problem,
        of: &GoalClaim,
        value: GoalValue,
        values: &EpsilonConstraints,
        index: usize,
    ) -> Option<GoalValue> {
        let claim = of.claim.as_ref()?;
        let mut rest = claim.limits;
        let excluded = match of.goal {
            Goal::FewestHosts => rest.hosts.take().map(GoalValue::Count),
            Goal::Cheapest => rest.price.take().map(GoalValue::Millionths),
            Goal::LeastPower => rest.watts.take().map(GoalValue::Millionths),
            Goal::FewestMoves => rest.moves.take().map(GoalValue::Count),
            Goal::Balance => rest.share.take().map(GoalValue::Share),
            // No claim speaks of targets, wishes, carriers or what is carried over.
            Goal::WithinTarget | Goal::Wishes | Goal::CarrierBalance | Goal::LeastCarried(_) => None,
        };
        let place = format!("goals[{index}].claim");
        let Some(excluded) = excluded else {
            self.note(Subject::Bound(of.goal, GoalValue::Count(0)), broken(format!("{place}: it limits nothing")));
            return None;
        };
        let verdict = if !as_wide(&rest, values) || claim.hosts.is_some() {
            broken("its limits are narrower than the values of the goals before")
        } else if value <= excluded {
            broken(format!("the placement itself has {value}"))
        } else {
            prove(&Scene::new(problem, claim.limits), &claim.proof, 0, &mut self.work)
        };
        let (subject, by) = (Subject::Bound(of.goal, excluded), Some(claim.proof.method()));
        self.note_by(subject, by, inside(verdict, || place)).then_some(excluded)
    }
}

/// Whether `limits` allow whatever keeps to `values`.
fn as_wide(limits: &EpsilonConstraints, values: &EpsilonConstraints) -> bool {
    let wide = |limit: Option<u64>, value: Option<u64>| match (limit, value) {
        (None, _) => true,
        (Some(limit), Some(value)) => limit >= value,
        (Some(_), None) => false,
    };
    let share = match (limits.share, values.share) {
        (None, _) => true,
        (Some(limit), Some(value)) => limit >= value,
        (Some(_), None) => false,
    };
    share
        && wide(limits.hosts, values.hosts)
        && wide(limits.price, values.price)
        && wide(limits.watts, values.watts)
        && wide(limits.moves, values.moves)
}

fn same_share(value: GoalValue, said: Value) -> bool {
    match (value, said) {
        (GoalValue::Share(value), Value::Share(part, whole)) if whole > 0 => value == Ratio { part, whole },
        _ => false,
    }
}

/// Whether `value` is as good as can be when nothing is as low as `excluded`.
fn meets(value: GoalValue, excluded: Option<GoalValue>) -> bool {
    match (value, excluded) {
        (GoalValue::Share(value), excluded) => {
            let excluded = match excluded {
                Some(GoalValue::Share(share)) => billionths(share),
                _ => 0,
            };
            u128::from(value.part) * u128::from(BILLION) <= (excluded + TOLERANCE) * u128::from(value.whole)
        }
        (GoalValue::Count(value), Some(GoalValue::Count(excluded)))
        | (GoalValue::Millionths(value), Some(GoalValue::Millionths(excluded))) => value <= excluded.saturating_add(1),
        (
            GoalValue::Count(value) | GoalValue::Millionths(value) | GoalValue::Above(value) | GoalValue::Bytes(value),
            _,
        ) => value == 0,
    }
}

/// Rounded down; above 1 nothing is to be had.
fn billionths(share: Ratio) -> u128 {
    u128::from(share.part) * u128::from(BILLION) / u128::from(share.whole.max(1))
}
