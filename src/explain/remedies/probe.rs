//! Trying changes: the layout with them is packed and refereed.

use std::cell::Cell;

use super::{Kind, Remedy};
use crate::check::{ViolationKind, check, check_failovers};
use crate::explain::room::{self, Way, way};
use crate::model::{Change, Failover, Layout, Placement, StartupIndex};
use crate::question::Question;
use crate::solve::{Effort, Options, Packed, Problem, Scope, Status, near, packs, ways_down};

/// At most so many changes are tried for one answer, of documents with few containers; of larger ones fewer.
const PROBES: u64 = 1_000;
/// So many containers are packed in all probes together at the most.
const PACKED: u64 = 120_000;

/// For so many changes the fewest moves that make room are looked for where a few were not found, in layouts of at most
/// [`ORDERED`] containers.
const STEPS: u64 = 16;
/// In larger ones those who come have to fit as things stand with the change.
const ORDERED: u64 = 300;

/// So many changes may be neither shown to do nor not to, of documents with few containers; those after them are only
/// glanced at.
const UNKNOWN: u64 = 6;
/// Where losses are to be survived, one of those is worth so many that are shown not to do: that takes long, too.
const REFUTED: u64 = 4;
/// The fewest moves after which losses are survived are worth so many others.
const SURVIVING: u64 = 2;
/// So many containers may be packed in vain together, before others are only glanced at.
const IN_VAIN: u64 = 1_500;
/// One search for the least goes on for so many of them.
const UNKNOWN_IN_ONE: u32 = 1;

/// A little more is one part in so many of the most.
const A_LITTLE: u64 = 2_000;

/// Tries changes.
pub struct Prober<'a> {
    /// What does not fit.
    pub question: &'a Question<'a>,
    /// The startups that find no place.
    pub refused: &'a [StartupIndex],
    /// How to search.
    pub options: &'a Options<'a>,
    /// Whether changes that fit do when the whole question is asked anew, where that is more than that they fit.
    confirm: &'a dyn Fn(&[Change]) -> bool,
    left: Cell<u64>,
    steps: Cell<u64>,
    /// How many may still be searched in vain, each worth [`REFUTED`].
    in_vain: Cell<u64>,
}

impl<'a> Prober<'a> {
    /// For one question; what fits is a remedy where `confirm` says so, too.
    pub fn new(
        question: &'a Question<'a>,
        refused: &'a [StartupIndex],
        confirm: &'a dyn Fn(&[Change]) -> bool,
        options: &'a Options<'a>,
    ) -> Self {
        let containers = question.layout.demand.containers.len().max(1) as u64;
        let steps = if containers > ORDERED { 0 } else { STEPS };
        let left = PROBES.min(PACKED / containers);
        let (left, steps, in_vain) = (Cell::new(left), Cell::new(steps), Cell::new(in_vain(containers)));
        Self { question, refused, options, confirm, left, steps, in_vain }
    }

    /// As many may be searched in vain again as at the start.
    pub fn afresh(&self) {
        let containers = self.question.layout.demand.containers.len().max(1) as u64;
        self.in_vain.set(in_vain(containers));
    }

    /// Whether nothing is found out any more.
    pub fn is_out_of_time(&self) -> bool {
        self.left.get() == 0 || self.options.clock.is_over()
    }

    /// Whether everything fits with `changes`, as far as that is found out.
    pub fn fits(&self, changes: &[Change]) -> Status {
        self.fits_keeping(changes, self.question.keep)
    }

    /// As [`Prober::fits`], what runs staying where it is or not.
    pub fn fits_keeping(&self, changes: &[Change], keep: bool) -> Status {
        if self.is_out_of_time() {
            return Status::Unknown;
        }
        self.left.set(self.left.get() - 1);
        // What cannot be is no remedy.
        let Ok(question) = self.question.supposing(changes) else { return Status::Infeasible };
        if !stands(&question) {
            return Status::Infeasible;
        }
        if question.may_be_down {
            return self.packed_with_fewer(&question, keep);
        }
        if keep || question.arrivals.is_none() {
            return self.packed(&question, keep);
        }
        // Those who come fit as things stand, or after valid steps.
        if yes(self.packed(&question, true)) {
            return Status::Feasible;
        }
        match self.packed(&question, false) {
            Status::Optimal | Status::Feasible => self.arrives(&question),
            no => no,
        }
    }

    /// Whether everything that takes part can be packed, and the referee agrees.
    fn packed(&self, question: &Question, keep: bool) -> Status {
        self.packed_of(question, question.included(), keep)
    }

    /// The same with as few replicas as may run, where all of them do not find a place.
    fn packed_with_fewer(&self, question: &Question, keep: bool) -> Status {
        let mut status = self.packed(question, keep);
        let problem = Problem::from(&question.layout);
        let (ways, complete) = if yes(status) { (Vec::new(), true) } else { ways_down(&problem) };
        for down in ways {
            let mut included = question.included();
            down.into_iter().for_each(|it| included[it] = false);
            match self.packed_of(question, included, keep) {
                Status::Infeasible => {}
                Status::Unknown => status = Status::Unknown,
                yes => return yes,
            }
        }
        if complete { status } else { Status::Unknown }
    }

    fn packed_of(&self, question: &Question, included: Vec<bool>, keep: bool) -> Status {
        let layout = &question.layout;
        let effort = if self.in_vain.get() > 0 { Effort::QUICK } else { Effort::GLANCE };
        let scope = Scope { included: Some(&included), keep, start: None };
        let Packed { status, placement, failovers } = packs(layout, scope, effort, self.options);
        let worth = match status {
            Status::Unknown => REFUTED,
            Status::Infeasible => u64::from(layout.survive.is_some()),
            Status::Optimal | Status::Feasible => 0,
        };
        self.in_vain.set(self.in_vain.get().saturating_sub(worth));
        let Some(placement) = placement else { return status };
        if is_right(layout, &included, &placement, &failovers) { status } else { Status::Unknown }
    }

    /// Whether valid steps make room, where there is an arrangement that has it.
    fn arrives(&self, question: &Question) -> Status {
        if question.layout.demand.containers.len() as u64 <= ORDERED
            && let Some((_, Packed { placement: Some(after), failovers, .. })) = room::near(question, self.options)
            && is_right(&question.layout, &question.included(), &after, &failovers)
        {
            return Status::Feasible;
        }
        if self.steps.get() == 0 {
            return Status::Unknown;
        }
        let worth = if question.layout.survive.is_some() { SURVIVING } else { 1 };
        self.steps.set(self.steps.get().saturating_sub(worth));
        let included = question.included();
        let scope = Scope { included: Some(&included), ..Scope::ALL };
        let answer = near(&question.layout, scope, self.options);
        let Some(after) = &answer.placement else { return Status::Unknown };
        let fewest = answer.goals.first().is_some_and(|goal| goal.proven);
        match way(question, after, fewest, self.options) {
            Way::There { .. } | Way::Elsewhere { .. } => Status::Feasible,
            Way::Never => Status::Infeasible,
            Way::Unknown => Status::Unknown,
        }
    }

    /// A remedy that makes it fit; `None` where no document can say it, and where nothing changes.
    pub fn remedy(&self, kind: Kind, text: String, changes: &[Change], least: bool) -> Option<Remedy> {
        if changes.is_empty() {
            return None;
        }
        let change = self.question.said(changes)?;
        (self.confirm)(changes).then(|| Remedy { kind, text, change, changes: changes.to_vec(), least })
    }
}

/// How many may be searched in vain, each worth [`REFUTED`], of so many containers.
fn in_vain(containers: u64) -> u64 {
    UNKNOWN.min(IN_VAIN / containers) * REFUTED
}

/// Whether the referee agrees that all that is included has its place, and survives what is to be survived.
fn is_right(layout: &Layout, included: &[bool], placement: &Placement, failovers: &[Failover]) -> bool {
    let mut violations = check(layout, placement, layout.placement.as_ref());
    violations.retain(|found| {
        found.kind != ViolationKind::Unplaced || found.containers.iter().any(|&container| included[container])
    });
    if let Some(survive) = &layout.survive {
        violations.extend(check_failovers(layout, survive, placement, failovers));
    }
    violations.is_empty()
}

/// Whether what runs before others come breaks nothing: a host more can make a `spread` uneven.
fn stands(question: &Question) -> bool {
    let Some(standing) = question.layout.placement.as_ref().filter(|_| question.arrivals.is_some()) else {
        return true;
    };
    let violations = check(&question.before_arrivals(), standing, Some(standing));
    violations.iter().all(|found| found.kind == ViolationKind::Unplaced)
}

/// Whether it says that everything fits.
pub fn yes(status: Status) -> bool {
    status.fits()
}

/// Lowers each of `steps` to the least that `fits`, in the `order` given, those before it being at theirs; whether all are
/// proven to be the least. `None` where one of them has none.
pub fn each_least(
    steps: &mut [u64],
    order: impl IntoIterator<Item = usize>,
    guess: impl Fn(usize) -> u64,
    fits: impl Fn(&[u64]) -> Status,
) -> Option<bool> {
    let mut proven = true;
    for number in order {
        let with = |some: u64| {
            let mut steps = steps.to_vec();
            steps[number] = some;
            fits(&steps)
        };
        let (some, is_least) = match yes(with(0)) {
            true => (0, true),
            false => least(steps[number], guess(number), with)?,
        };
        steps[number] = some;
        proven &= is_least;
    }
    Some(proven)
}

/// The least number from 1 to `most` that `fits`, where more always fits when less does, and whether one less is
/// proven not to (0 is). Looked for from `guess` on, which is often exact. `None` where not even `most` fits.
pub fn least(most: u64, guess: u64, fits: impl Fn(u64) -> Status) -> Option<(u64, bool)> {
    if most == 0 || !yes(fits(most)) {
        return None;
    }
    let mut range = Range { low: 0, refuted: true, high: most, unknown: 0 };
    let guess = guess.clamp(1, most);
    if range.ask(guess, &fits) {
        range.ask(guess - 1, &fits);
    } else {
        // Where it is not known whether the guess does, a little more often does at once.
        let mut further = if range.refuted { 1 } else { most / A_LITTLE + 1 };
        while range.low.saturating_add(further) < range.high && !range.ask(range.low + further, &fits) {
            further *= 2;
        }
    }
    while range.high - range.low > 1 && range.unknown <= UNKNOWN_IN_ONE {
        range.ask(range.low + (range.high - range.low) / 2, &fits);
    }
    Some((range.high, range.refuted && range.high - range.low == 1))
}

/// `low` was not seen to fit, which is `refuted` or not; `high` fits.
struct Range {
    low: u64,
    refuted: bool,
    high: u64,
    unknown: u32,
}

impl Range {
    fn ask(&mut self, number: u64, fits: impl Fn(u64) -> Status) -> bool {
        if number <= self.low || number >= self.high {
            return number >= self.high;
        }
        let status = fits(number);
        if yes(status) {
            self.high = number;
        } else {
            (self.low, self.refuted) = (number, status == Status::Infeasible);
            self.unknown += u32::from(status == Status::Unknown);
        }
        yes(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_that_fits_is_found_from_any_guess() {
        for most in [1_u64, 2, 3, 10, 1000, 1 << 40] {
            for answer in [1, 2, 3, 7, 999, 1 << 30] {
                for guess in [0, 1, 2, 6, 7, 8, 500, 1 << 20, u64::MAX] {
                    let asked = Cell::new(0);
                    let fits = |n| {
                        asked.set(asked.get() + 1);
                        if n >= answer { Status::Feasible } else { Status::Infeasible }
                    };
                    let expected = (answer <= most).then_some((answer, true));
                    assert_eq!(least(most, guess, fits), expected, "{most} {answer} {guess}");
                    assert!(asked.get() < 90, "{most} {answer} {guess}: {}", asked.get());
                }
            }
        }
    }

    #[test]
    fn what_is_not_known_not_to_fit_is_not_called_the_least() {
        let fits = |n| if n >= 5 { Status::Feasible } else { Status::Unknown };
        assert_eq!(least(10, 4, fits), Some((5, false)));
    }
}
