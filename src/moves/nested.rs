//! The order of moves where carriers take with them what they hold: after every step the whole is looked at.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Move, Order};
use crate::check::{Violation, ViolationKind, check, worse};
use crate::model::{ContainerIndex, Layout, Placement, RuleKind, Spot};

/// At most so many arrangements are looked at for an order.
const STATES: usize = 2_000;
/// At most so many units are parked on the way, one after another.
const PARKED: usize = 4;

/// What goes at once, and where; `None` for what stops.
type Step = Vec<(ContainerIndex, Option<Spot>)>;

/// The search for an order.
struct Search<'a> {
    layout: &'a Layout,
    before: &'a Placement,
    /// Where everything is in the end, of those on the way alone.
    goal: Placement,
    /// What goes at once, because a rule keeps it together: carriers that come first, those that go last.
    units: Vec<Vec<ContainerIndex>>,
    stop: &'a dyn Fn() -> bool,
}

/// See [`super::order`].
pub(super) fn order(layout: &Layout, before: &Placement, after: &Placement, stop: &dyn Fn() -> bool) -> Order {
    let (start, goal) = between(layout, before, after);
    let search = Search { layout, before, units: units(layout, &start, &goal), goal, stop };
    // What stops first may not make anything wrong.
    if !worse(&start, &search.wrong(before), search.wrong(&start), &[]).is_empty() {
        return Order::Unknown;
    }
    match search.direct(&start) {
        Some(steps) => Order::Moves { moves: moves(&start, &steps), fewest: true },
        None => search.around(&start),
    }
}

/// Where everything is that is on the way, before the first move and after the last: what both place; carriers that go and
/// that something leaves, before; and those that come and that something moves into, after.
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
        Placement::of(containers, |it| own.spot(it).filter(|_| other.spot(it).is_some() || used.contains(&it)))
    };
    (side(before, after), side(after, before))
}

fn moves(start: &Placement, steps: &[Step]) -> Vec<Move> {
    let mut now = start.clone();
    let mut moves = Vec::new();
    for (step, goes) in (1..).zip(steps) {
        moves.extend(goes.iter().map(|&(container, to)| Move { step, container, from: now.spot(container), to }));
        now.go(goes);
    }
    moves
}

/// What moves, together with what must go at once with it; before that the carriers that come, and behind it those that go.
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
    let moving = units.into_iter().filter(|unit| !unit.is_empty()).map(|unit| unit.into_iter().collect());
    let alone = |here: &Placement, there: &Placement| -> Vec<Vec<ContainerIndex>> {
        here.placed().filter(|(it, _)| there.host(*it).is_none()).map(|(it, _)| vec![it]).collect()
    };
    alone(goal, start).into_iter().chain(moving).chain(alone(start, goal)).collect()
}

impl Search<'_> {
    /// The step of a unit to where it ends.
    fn home(&self, unit: &[ContainerIndex]) -> Step {
        unit.iter().map(|&it| (it, self.goal.spot(it))).collect()
    }

    /// Those steps of units to where they end that are not made yet.
    fn open<'a>(&'a self, now: &'a Placement) -> impl Iterator<Item = Step> + 'a {
        let open = |step: &Step| step.iter().any(|&(it, spot)| now.spot(it) != spot);
        self.units.iter().map(|unit| self.home(unit)).filter(open)
    }

    fn wrong(&self, placement: &Placement) -> Vec<Violation> {
        let mut wrong = check(self.layout, placement, Some(self.before));
        wrong.retain(|it| it.kind != ViolationKind::Unplaced);
        wrong
    }

    /// Where a step leads; `None` where it makes anything wrong, or leaves nothing below something. What is wrong already may
    /// stay so until it moves.
    fn after(&self, now: &Placement, wrong: &[Violation], step: &Step) -> Option<(Placement, Vec<Violation>)> {
        let mut then = now.clone();
        then.go(step);
        let goes = |it: ContainerIndex| step.iter().any(|&(other, to)| other == it && to.is_none());
        let falls = |it: ContainerIndex| now.host(it).is_some() && then.host(it).is_none() && !goes(it);
        if step.iter().any(|&(it, to)| then.spot(it) != to) || self.layout.demand.indices().any(falls) {
            return None;
        }
        let after = self.wrong(&then);
        let moved: Vec<ContainerIndex> = step.iter().map(|(container, _)| *container).collect();
        worse(&then, wrong, after.clone(), &moved).is_empty().then_some((then, after))
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
        let ever = |&it: &ContainerIndex| start.host(it).is_some() || self.goal.host(it).is_some();
        let everything: Vec<ContainerIndex> = self.layout.demand.indices().filter(ever).collect();
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
            let gone = |it: ContainerIndex| self.goal.host(it).is_none() && now.host(it).is_none();
            let singles = everything.iter().filter(|&&it| !together.contains(&it) && !gone(it));
            let single =
                singles.flat_map(|&it| spots(self.layout, it).into_iter().map(move |spot| vec![(it, Some(spot))]));
            let single = single.filter(|step| step.iter().any(|&(it, spot)| now.spot(it) != spot));
            for step in self.open(&now).chain(single).collect::<Vec<Step>>() {
                if let Some((then, _)) = self.after(&now, &wrong, &step)
                    && known.insert(key(&then))
                {
                    open.push_back((then, steps.iter().cloned().chain([step]).collect()));
                }
            }
            // What must go together is not parked.
            complete &= together.is_empty();
        }
        if complete { Order::Never } else { Order::Unknown }
    }

    /// An order in which a few are parked, one after another, wherever that lets the rest go on.
    fn parked(&self, start: &Placement, everything: &[ContainerIndex]) -> Order {
        let (mut now, mut steps): (Placement, Vec<Step>) = (start.clone(), Vec::new());
        for _ in 0..=PARKED {
            // As far as it goes directly.
            loop {
                let wrong = self.wrong(&now);
                if (self.stop)() {
                    return Order::Unknown;
                }
                let goes = |step: Step| self.after(&now, &wrong, &step).map(|(then, _)| (step, then));
                let Some((step, then)) = self.open(&now).find_map(goes) else { break };
                now = then;
                steps.push(step);
            }
            if self.open(&now).next().is_none() {
                return Order::Moves { moves: moves(start, &steps), fewest: false };
            }
            let wrong = self.wrong(&now);
            let there = everything.iter().filter(|&&it| now.host(it).is_some());
            let parks =
                there.flat_map(|&it| spots(self.layout, it).into_iter().map(move |spot| vec![(it, Some(spot))]));
            let helps = |step: Step| {
                if (self.stop)() || step.iter().all(|&(it, spot)| now.spot(it) == spot) {
                    return None;
                }
                let (then, wrong) = self.after(&now, &wrong, &step)?;
                let goes = self
                    .open(&then)
                    .filter(|home| home.iter().all(|(it, _)| step.iter().all(|(parked, _)| parked != it)))
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
