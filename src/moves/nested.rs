//! The order of moves where carriers take with them what they hold: after every step the whole is looked at.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Move, Order};
use crate::check::{Violation, ViolationKind, check};
use crate::model::{ContainerIndex, Layout, Placement, RuleKind, Spot};

/// At most so many arrangements are looked at for an order.
const STATES: usize = 2_000;
/// At most so many units are parked on the way, one after another.
const PARKED: usize = 4;

/// What goes at once, and where.
type Step = Vec<(ContainerIndex, Spot)>;

/// The search for an order.
struct Search<'a> {
    layout: &'a Layout,
    before: &'a Placement,
    /// Where everything is in the end, of those on the way alone.
    goal: Placement,
    /// What goes at once, because a rule keeps it together.
    units: Vec<Vec<ContainerIndex>>,
    stop: &'a dyn Fn() -> bool,
}

/// See [`super::order`]: carriers that come are there before anything moves, and those that go are there until all has moved.
pub(super) fn order(layout: &Layout, before: &Placement, after: &Placement, stop: &dyn Fn() -> bool) -> Order {
    let (start, goal) = between(layout, before, after);
    // What comes first may not make anything wrong.
    let wrong = |placement: &Placement| {
        let mut wrong = check(layout, placement, Some(before));
        wrong.retain(|it| it.kind != ViolationKind::Unplaced);
        wrong.len()
    };
    if wrong(before) == 0 && wrong(&start) > 0 {
        return Order::Unknown;
    }
    let search = Search { layout, before, units: units(layout, &start, &goal), goal, stop };
    match search.direct(&start) {
        Some(steps) => Order::Moves { moves: moves(&start, &steps), fewest: true },
        None => search.around(&start),
    }
}

/// Where everything is that is on the way, before the first move and after the last: what both place, carriers that come and
/// that something moves into, and those that go and that something leaves.
pub fn between(layout: &Layout, before: &Placement, after: &Placement) -> (Placement, Placement) {
    let containers = layout.demand.containers.len();
    let mut used: BTreeSet<ContainerIndex> = BTreeSet::new();
    let both = layout.demand.indices().filter(|&it| before.spot(it).is_some() && after.spot(it).is_some());
    for container in both {
        for placement in [before, after] {
            used.extend(std::iter::successors(placement.carrier(container), |&at| placement.carrier(at)));
        }
    }
    let side = |own: &Placement, other: &Placement| {
        Placement::of(containers, |it| match (own.spot(it), other.spot(it)) {
            (Some(own), Some(_)) => Some(own),
            (own, other) if used.contains(&it) => own.or(other),
            _ => None,
        })
    };
    (side(before, after), side(after, before))
}

fn moves(start: &Placement, steps: &[Step]) -> Vec<Move> {
    let mut now = start.clone();
    let mut moves = Vec::new();
    for (step, goes) in (1..).zip(steps) {
        for &(container, to) in goes {
            let Some(from) = now.spot(container) else { continue };
            moves.push(Move { step, container, from, to });
        }
        go(&mut now, goes);
    }
    moves
}

fn go(now: &mut Placement, step: &[(ContainerIndex, Spot)]) {
    step.iter().for_each(|&(container, spot)| now.put(container, spot));
    now.settle();
}

/// What moves, together with what must go at once with it.
fn units(layout: &Layout, start: &Placement, goal: &Placement) -> Vec<Vec<ContainerIndex>> {
    let mut unit_of: BTreeMap<ContainerIndex, usize> = BTreeMap::new();
    let mut units: Vec<BTreeSet<ContainerIndex>> = Vec::new();
    for (container, ..) in start.moves_to(goal) {
        unit_of.insert(container, units.len());
        units.push(BTreeSet::from([container]));
    }
    for rule in layout.rules.iter().filter(|rule| rule.kind == RuleKind::Together) {
        let mut bound: Vec<usize> = rule.containers.iter().filter_map(|it| unit_of.get(it).copied()).collect();
        bound.sort_unstable();
        bound.dedup();
        let Some((&first, others)) = bound.split_first() else { continue };
        for &other in others {
            let its = std::mem::take(&mut units[other]);
            its.iter().for_each(|it| _ = unit_of.insert(*it, first));
            units[first].extend(its);
        }
    }
    units.into_iter().filter(|unit| !unit.is_empty()).map(|unit| unit.into_iter().collect()).collect()
}

impl Search<'_> {
    /// The step of a unit to where it ends.
    fn home(&self, unit: &[ContainerIndex]) -> Step {
        unit.iter().filter_map(|&it| Some((it, self.goal.spot(it)?))).collect()
    }

    fn wrong(&self, placement: &Placement) -> Vec<Violation> {
        let mut wrong = check(self.layout, placement, Some(self.before));
        wrong.retain(|it| it.kind != ViolationKind::Unplaced);
        wrong
    }

    /// Where a step leads; `None` where it makes anything wrong. What is wrong already may stay so until it moves.
    fn after(&self, now: &Placement, wrong: &[Violation], step: &Step) -> Option<(Placement, Vec<Violation>)> {
        let mut then = now.clone();
        go(&mut then, step);
        let after = self.wrong(&then);
        let moved: BTreeSet<ContainerIndex> = step.iter().map(|(container, _)| *container).collect();
        let rides = |it: ContainerIndex| {
            std::iter::successors(Some(it), |&at| then.carrier(at))
                .take(crate::model::DEEPEST + 1)
                .any(|at| moved.contains(&at))
        };
        let old = |it: &Violation| {
            let same = |old: &Violation| {
                (old.kind.code(), old.host, &old.containers) == (it.kind.code(), it.host, &it.containers)
            };
            wrong.iter().any(same) && !it.containers.iter().any(|&container| rides(container))
        };
        after.iter().all(old).then_some((then, after))
    }

    /// Steps by which every unit goes where it ends, at once.
    fn direct(&self, start: &Placement) -> Option<Vec<Step>> {
        let mut open: Vec<usize> = (0..self.units.len()).collect();
        let (mut now, mut wrong, mut steps) = (start.clone(), self.wrong(start), Vec::new());
        while !open.is_empty() {
            if (self.stop)() {
                return None;
            }
            let goes = |&at: &usize| {
                let step = self.home(&self.units[at]);
                self.after(&now, &wrong, &step).map(|then| (at, step, then))
            };
            let (at, step, then) = open.iter().find_map(goes)?;
            (now, wrong) = then;
            steps.push(step);
            open.retain(|it| *it != at);
        }
        Some(steps)
    }

    /// Orders with units that are parked on the way, the fewest moves first, as far as it is looked.
    fn around(&self, start: &Placement) -> Order {
        let mut known: BTreeSet<Vec<Option<Spot>>> = BTreeSet::new();
        let key = |placement: &Placement| -> Vec<Option<Spot>> {
            self.layout.demand.indices().map(|it| placement.spot(it)).collect()
        };
        let everything: Vec<ContainerIndex> = start.placed().map(|(container, _)| container).collect();
        let together: BTreeSet<ContainerIndex> = (self.layout.rules.iter())
            .filter(|rule| rule.kind == RuleKind::Together)
            .flat_map(|rule| rule.containers.iter().copied())
            .collect();
        let mut open: VecDeque<(Placement, Vec<Step>)> = VecDeque::from([(start.clone(), Vec::new())]);
        known.insert(key(start));
        let mut complete = true;
        while let Some((now, steps)) = open.pop_front() {
            if key(&now) == key(&self.goal) {
                return Order::Moves { moves: moves(start, &steps), fewest: complete };
            }
            if known.len() > STATES || (self.stop)() {
                return self.parked(start, &everything);
            }
            let wrong = self.wrong(&now);
            let units = self.units.iter().map(|unit| self.home(unit)).filter(|step| step.len() > 1);
            let singles = everything.iter().filter(|it| !together.contains(it));
            let single = singles.flat_map(|&it| spots(self.layout, it).into_iter().map(move |spot| vec![(it, spot)]));
            for step in units.chain(single) {
                if step.iter().all(|&(it, spot)| now.spot(it) == Some(spot)) {
                    continue;
                }
                if let Some((then, _)) = self.after(&now, &wrong, &step)
                    && known.insert(key(&then))
                {
                    open.push_back((then, steps.iter().cloned().chain([step]).collect()));
                }
            }
            // What must go together is not parked.
            complete &= together.is_empty();
        }
        if complete && self.wrong(start).is_empty() { Order::Never } else { Order::Unknown }
    }

    /// An order in which a few are parked, one after another, wherever that lets the rest go on.
    fn parked(&self, start: &Placement, everything: &[ContainerIndex]) -> Order {
        let (mut now, mut steps): (Placement, Vec<Step>) = (start.clone(), Vec::new());
        for _ in 0..=PARKED {
            // As far as it goes directly.
            loop {
                let wrong = self.wrong(&now);
                let open = self.units.iter().map(|unit| self.home(unit));
                let mut open = open.filter(|step| step.iter().any(|&(it, spot)| now.spot(it) != Some(spot)));
                if (self.stop)() {
                    return Order::Unknown;
                }
                let Some((step, then)) = open.find_map(|step| Some((step.clone(), self.after(&now, &wrong, &step)?.0)))
                else {
                    break;
                };
                now = then;
                steps.push(step);
            }
            let misplaced = |placement: &Placement| placement.moves_to(&self.goal).count();
            if misplaced(&now) == 0 {
                return Order::Moves { moves: moves(start, &steps), fewest: false };
            }
            let wrong = self.wrong(&now);
            let parks =
                everything.iter().flat_map(|&it| spots(self.layout, it).into_iter().map(move |spot| vec![(it, spot)]));
            let helps = |step: Step| {
                if (self.stop)() || step.iter().all(|&(it, spot)| now.spot(it) == Some(spot)) {
                    return None;
                }
                let (then, wrong) = self.after(&now, &wrong, &step)?;
                let open = self.units.iter().map(|unit| self.home(unit));
                let goes = open
                    .filter(|home| home.iter().all(|(it, _)| step.iter().all(|(parked, _)| parked != it)))
                    .filter(|home| home.iter().any(|&(it, spot)| then.spot(it) != Some(spot)))
                    .any(|home| self.after(&then, &wrong, &home).is_some());
                goes.then_some((step, then))
            };
            let Some((step, then)) = parks.into_iter().find_map(helps) else { return Order::Unknown };
            now = then;
            steps.push(step);
        }
        Order::Unknown
    }
}

/// Where a container may be by hosts and carriers alone.
fn spots(layout: &Layout, container: ContainerIndex) -> Vec<Spot> {
    match &layout.demand.service_of(container).inside {
        Some(inside) => inside.carriers.iter().copied().map(Spot::Carrier).collect(),
        None => layout.lab.indices().map(Spot::Host).collect(),
    }
}
