//! Branch and bound over where the framed are.

use std::cmp::Ordering;

use super::after;
use super::frame::{Framed, Left, is_crossing, is_tied};
use super::levels::{Level, Levels, Sizes};
use crate::model::{ContainerIndex, Failover, Goal, GoalValue, Placement, Ratio, Spot};
use crate::solve::goals::{less_tolerance, reached};
use crate::solve::instance::Contradiction;
use crate::solve::problem::BindingKind;
use crate::solve::{
    Effort, GoalResult, Method, Options, Outcome, Part, Problem, Progress, Refutation, Scope, Solution, Status,
};

/// What is asked.
#[derive(Clone, Copy)]
pub enum Ask {
    /// The best by the goals.
    Best,
    /// Any, with so much effort for each level.
    Any(Effort),
}

/// So many nodes are looked at.
const NODES: usize = 4_000;
/// Of a question among many.
const FEW_NODES: usize = 60;
/// With more in carriers the best there is sought where all is decided.
const LARGE: usize = 24;
/// Of the time that is left this is kept for what comes after: parts of so many.
const KEEPS: [u32; 2] = [3, 4];
/// The same of the first look at what is on hosts.
const FIRST_KEEPS: [u32; 2] = [1, 3];

/// A search for the best placement of both levels.
pub struct Search<'a> {
    levels: Levels<'a>,
    goals: &'a [Goal],
    ask: Ask,
    options: &'a Options<'a>,
    best: Option<Found>,
    /// What is open.
    open: Vec<Node>,
    /// Bounds of what was not settled.
    left: Vec<Bounds>,
    /// Why the first has no answer.
    refutation: Option<Refutation>,
    class_lp: Option<f64>,
    /// What the bound rests on.
    by: Method,
    looked: usize,
}

/// A placement of both levels.
#[derive(Clone)]
struct Found {
    placement: Placement,
    worths: Vec<Worth>,
    levels_proven: usize,
    failovers: Vec<Failover>,
}

/// What a placement is worth by a goal; of balance how full all are, the fullest first.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
struct Worth {
    value: GoalValue,
    levels: Vec<Ratio>,
}

/// What nothing is better than by a goal; of balance how full all are at the least, where that is known.
#[derive(Clone, Debug)]
struct Bound {
    value: GoalValue,
    levels: Option<Vec<Ratio>>,
}

/// For each goal its bound, the goals before it being at theirs; `None` where that is not known.
type Bounds = Vec<Option<Bound>>;

/// What some places of the framed leave.
struct Node {
    left: Left,
    bounds: Bounds,
    /// What is best on hosts by itself.
    upper: Solved,
    /// And in carriers.
    lower: Solved,
    /// Where it has the framed, and where those are that lie in carriers.
    choice: Vec<usize>,
}

/// The answer of one level.
#[derive(Clone)]
struct Solved {
    placement: Placement,
    goals: Vec<GoalResult>,
    failovers: Vec<Failover>,
}

/// What one level says.
enum Said {
    Solved(Box<Solved>),
    Refuted(Box<Refutation>),
    Unknown,
}

impl<'a> Search<'a> {
    /// One for what of `problem` is in `scope`, at its end.
    ///
    /// # Errors
    /// Why there is no placement, where that is seen at once.
    pub fn of(
        problem: &'a Problem,
        goals: &'a [Goal],
        scope: Scope<'a>,
        ask: Ask,
        options: &'a Options<'a>,
    ) -> Result<Search<'a>, Refutation> {
        let Some(nest) = problem.nest.as_deref() else { return Err(Refutation::Survival) };
        let all = ContainerIndex::all(problem.containers.len());
        let drawn = problem.drawn(all.filter(|&container| scope.includes(container)));
        for (pooled, (drawn, &allocatable)) in drawn.into_iter().zip(problem.pools.iter()).enumerate() {
            if drawn > allocatable {
                let short = Contradiction::PoolTooSmall { pooled, drawn, allocatable };
                return Err(Refutation::Contradiction(short));
            }
        }
        let mut search = Search {
            levels: Levels::new(problem, nest, scope),
            goals,
            ask,
            options,
            best: None,
            open: Vec::new(),
            left: Vec::new(),
            refutation: None,
            class_lp: None,
            by: Method::Volume,
            looked: 0,
        };
        search.run();
        Ok(search)
    }

    fn run(&mut self) {
        let most = match self.ask {
            Ask::Any(effort) if effort.nodes < Effort::THOROUGH.nodes => FEW_NODES,
            _ => NODES,
        };
        self.look(self.levels.frame.all(), None);
        self.try_spreads();
        while let Some(node) = self.next() {
            if self.is_done(&node.bounds) {
                self.left.push(node.bounds);
                continue;
            }
            if self.looked >= most || self.options.clock.is_over() {
                self.left.push(node.bounds);
                continue;
            }
            self.branch(node);
        }
    }

    /// Where the carriers that are best by themselves do not do, tries some that are spread further.
    fn try_spreads(&mut self) {
        let Some(root) = self.open.pop() else { return };
        for rules in self.levels.spreads() {
            if self.is_done(&root.bounds) || self.options.clock.is_over() {
                break;
            }
            let level = self.levels.upper_with(&root.left, &rules);
            let Said::Solved(upper) = self.ask_level(&level, true) else { continue };
            let Some(choice) = self.choice(&root.left, &upper.placement, &root.lower.placement) else { continue };
            let (left, bounds, lower) = (root.left.clone(), root.bounds.clone(), root.lower.clone());
            self.complete(&Node { left, bounds, upper: *upper, lower, choice });
        }
        self.open.push(root);
    }

    /// The most promising that is open.
    fn next(&mut self) -> Option<Node> {
        let mut best = self.open.len().checked_sub(1)?;
        for (at, node) in self.open.iter().enumerate().rev() {
            if is_lower(&node.bounds, &self.open[best].bounds) {
                best = at;
            }
        }
        Some(self.open.swap_remove(best))
    }

    /// Whether nothing that these bounds leave is better than what was found.
    fn is_done(&self, bounds: &Bounds) -> bool {
        let Some(best) = &self.best else { return false };
        for (nth, ((bound, worth), &goal)) in bounds.iter().zip(&best.worths).zip(self.goals).enumerate() {
            // How full carriers are is not worth a long search.
            if self.is_large() && self.is_secondary(nth) {
                break;
            }
            match weigh(bound, worth, goal) {
                Ordering::Greater => return true,
                Ordering::Less => return false,
                Ordering::Equal => {}
            }
        }
        true
    }

    /// Whether a goal only tells apart what is alike by the balance of the hosts.
    fn is_secondary(&self, nth: usize) -> bool {
        self.goals[nth] == Goal::CarrierBalance && nth > 0 && self.goals[nth - 1] == Goal::Balance
    }

    /// Decides the place of one of the framed: it is where the node has it, or it is elsewhere.
    fn branch(&mut self, node: Node) {
        let open = |at: &usize| node.left[*at].len() > 1;
        let Some(at) = (0..node.left.len()).find(open) else {
            // All is decided, and was looked at whole.
            self.left.push(node.bounds);
            return;
        };
        let here = node.choice[at];
        let mut elsewhere = node.left.clone();
        elsewhere[at].retain(|&spot| spot != here);
        let mut there = node.left.clone();
        there[at] = vec![here];
        self.look(there, Some(&node));
        self.look(elsewhere, Some(&node));
    }

    /// Looks at both levels of what is left.
    fn look(&mut self, left: Left, parent: Option<&Node>) {
        self.looked += 1;
        let left = self.levels.frame.ordered(left);
        if left.iter().any(Vec::is_empty) {
            return self.refute(parent, || Refutation::Arranged);
        }
        let known = parent.filter(|parent| parent.choice.iter().zip(&left).all(|(choice, left)| left.contains(choice)));
        let said = match (known, parent) {
            // The best of more is the best of less where it is among it.
            (Some(known), _) => Said::Solved(Box::new(known.upper.clone())),
            (None, Some(_)) => self.ask_level(&self.levels.upper(&left), true),
            (None, None) => self.ask_level(&self.levels.alone(&left), true),
        };
        let upper = match said {
            Said::Solved(solved) => *solved,
            Said::Refuted(why) => return self.refute(parent, || *why),
            Said::Unknown => return self.give_up(parent),
        };
        let level = self.levels.lower(&left);
        let lower = match parent.filter(|_| self.is_large()) {
            // What bounds more bounds less; whether anything is left is soon seen.
            Some(parent) => match self.packs(&level) {
                Said::Solved(packed) => Solved { placement: packed.placement, ..parent.lower.clone() },
                Said::Refuted(why) => return self.refute(Some(parent), || Refutation::Carried(why)),
                Said::Unknown => parent.lower.clone(),
            },
            None => match self.ask_level(&level, false) {
                Said::Solved(solved) => *solved,
                Said::Refuted(why) => return self.refute(parent, || Refutation::Carried(why)),
                Said::Unknown => return self.give_up(parent),
            },
        };
        let is_whole = left.iter().all(|it| it.len() == 1);
        // Of many in carriers the goals are still those of the parent.
        let bounds = self.bounds(&upper.goals, &lower.goals, is_whole && !self.is_large());
        let bounds = parent.map_or_else(|| bounds.clone(), |parent| higher(&parent.bounds, bounds.clone()));
        let Some(choice) = self.choice(&left, &upper.placement, &lower.placement) else {
            return self.give_up(parent);
        };
        let node = Node { left, bounds, upper, lower, choice };
        // Where it was looked at there already, it was not settled.
        let again =
            parent.is_some_and(|parent| parent.choice == node.choice) && node.left.iter().any(|it| it.len() > 1);
        if !again && (self.complete(&node) || self.complete_elsewhere(&node)) {
            if !is_whole {
                self.left.push(node.bounds);
            }
            return;
        }
        match parent {
            Some(_) => self.open.push(node),
            None => self.look_further(node),
        }
    }

    /// Where what is best on hosts by itself does not do, asks them with what is known of what lies in carriers.
    fn look_further(&mut self, node: Node) {
        let upper = match self.ask_level(&self.levels.upper(&node.left), true) {
            Said::Solved(solved) => *solved,
            Said::Refuted(why) => return self.refute(None, || *why),
            Said::Unknown => return self.open.push(node),
        };
        let bounds = higher(&node.bounds, self.bounds(&upper.goals, &node.lower.goals, false));
        let Some(choice) = self.choice(&node.left, &upper.placement, &node.lower.placement) else {
            return self.open.push(node);
        };
        let is_new = choice != node.choice;
        let node = Node { bounds, upper, choice, ..node };
        if is_new && (self.complete(&node) || self.complete_elsewhere(&node)) {
            return self.left.push(node.bounds);
        }
        self.open.push(node);
    }

    /// Looks at both levels where a node has what is on hosts, and in its carriers what they have room for to grow.
    fn complete_elsewhere(&mut self, node: &Node) -> bool {
        let Some(choice) = self.levels.nest.grows().then(|| self.grown(node)).filter(|it| *it != node.choice) else {
            return false;
        };
        let (left, bounds, upper, lower) =
            (node.left.clone(), node.bounds.clone(), node.upper.clone(), node.lower.clone());
        self.complete(&Node { left, bounds, upper, lower, choice })
    }

    /// Where the framed are when what lies in carriers follows what is best on hosts.
    fn grown(&self, node: &Node) -> Vec<usize> {
        let frame = &self.levels.frame;
        let machine = |at: usize| match frame.framed[at].spots[node.choice[at]] {
            Spot::Host(host) => Some(host),
            Spot::Carrier(_) => None,
        };
        let of = |(at, framed): (usize, &Framed)| {
            let wanted = node.upper.placement.host(framed.container)?;
            node.left[at].iter().copied().find(|&nth| match framed.spots[nth] {
                Spot::Carrier(carrier) => frame.at(carrier).and_then(machine) == Some(wanted),
                Spot::Host(host) => host == wanted,
            })
        };
        let framed = frame.framed.iter().enumerate();
        framed.map(|(at, framed)| of((at, framed)).unwrap_or(node.choice[at])).collect()
    }

    /// Nothing is to be had there.
    fn refute(&mut self, parent: Option<&Node>, why: impl FnOnce() -> Refutation) {
        if parent.is_none() {
            self.refutation = Some(why());
        }
        self.by = self.by.max(Method::Cases);
    }

    /// It is not known what is to be had there.
    fn give_up(&mut self, parent: Option<&Node>) {
        let bounds = parent.map_or_else(|| vec![None; self.goals.len()], |parent| parent.bounds.clone());
        self.left.push(bounds);
    }

    /// Where a node has the framed: those on hosts where they are best by themselves, the others likewise.
    fn choice(&self, left: &Left, upper: &Placement, lower: &Placement) -> Option<Vec<usize>> {
        let framed = self.levels.frame.framed.iter().enumerate();
        let spot = |(at, framed): (usize, &Framed)| {
            let container = framed.container;
            let spot = match self.levels.nest.is_outside(container) {
                true => upper.host(container).map(Spot::Host),
                false => lower.host(container).and_then(|bin| self.levels.carrier(bin)).map(Spot::Carrier),
            };
            self.levels.frame.nth(at, spot?).filter(|nth| left[at].contains(nth))
        };
        framed.map(spot).collect()
    }

    /// Looks at both levels where a node has the framed; whether nothing better is to be had of the node.
    fn complete(&mut self, node: &Node) -> bool {
        let whole: Left = node.choice.iter().map(|&nth| vec![nth]).collect();
        let is_whole = whole == node.left;
        let mut upper = self.levels.upper(&whole);
        let mut lower = self.levels.lower(&whole);
        let survives = self.levels.problem.survive.is_some();
        let tied = is_tied(self.levels.problem, self.levels.nest);
        if survives && !tied {
            self.levels.surviving(&whole, [&mut upper, &mut lower]);
        }
        if self.is_large() && !survives && matches!(self.packs(&lower), Said::Refuted(_)) {
            return is_whole;
        }
        let known = (!survives && !self.levels.nest.grows()).then(|| node.upper.clone());
        let (above, below) = match self.both([upper, lower], known) {
            Pair::Both(above, below) => (*above, *below),
            Pair::None => return is_whole,
            Pair::Unknown => return self.unknown(is_whole, node),
        };
        if !self.keeps_near(&whole) {
            return is_whole;
        }
        let placement = self.levels.placement(&above.placement, &below.placement);
        let failovers = match (survives, tied) {
            (false, _) => Vec::new(),
            (true, false) => self.failovers(&above, &below),
            (true, true) => match self.survived(&placement) {
                Survived::Yes(failovers) => failovers,
                Survived::No => return is_whole,
                Survived::Unknown => return self.unknown(is_whole, node),
            },
        };
        let worths = self.worths(&above.goals, &below.goals, &placement, &self.levels.sizes(&whole));
        let balance = above.goals.iter().find(|it| it.goal == Goal::Balance);
        let levels_proven = balance.map_or(0, |it| it.levels_proven);
        let found = Found { placement, worths, levels_proven, failovers };
        let bounds = self.bounds(&above.goals, &below.goals, true);
        let better = self.best.as_ref().is_none_or(|best| is_better(&found.worths, &best.worths));
        if better {
            self.tell(&found);
            self.best = Some(found);
        }
        if is_whole && !self.is_done(&bounds) {
            self.left.push(bounds);
        }
        is_whole || self.is_done(&node.bounds)
    }

    /// The best of both levels, of which the upper may be known, with no more moves in all than may be.
    fn both(&mut self, [mut upper, mut lower]: [Level; 2], known: Option<Solved>) -> Pair {
        let above = match known {
            Some(known) => Said::Solved(Box::new(known)),
            None => self.ask_level(&upper, true),
        };
        let both = match (above, self.ask_level(&lower, false)) {
            (Said::Solved(above), Said::Solved(below)) => (above, below),
            (Said::Refuted(_), _) | (_, Said::Refuted(_)) => return Pair::None,
            _ => return Pair::Unknown,
        };
        let Some(most) = self.levels.problem.most_moves else { return Pair::Both(both.0, both.1) };
        if self.levels.moves(&both.0.placement, &both.1.placement) <= most {
            return Pair::Both(both.0, both.1);
        }
        let mut best: Option<(Box<Solved>, Box<Solved>)> = None;
        let mut known: Vec<Worth> = Vec::new();
        let mut unknown = false;
        for above in 0..=most {
            (upper.problem.most_moves, lower.problem.most_moves) = (Some(above), Some(most - above));
            match (self.ask_level(&upper, true), self.ask_level(&lower, false)) {
                (Said::Solved(above), Said::Solved(below)) => {
                    let placement = self.levels.placement(&above.placement, &below.placement);
                    let worths = self.worths(&above.goals, &below.goals, &placement, &Sizes::new());
                    if best.is_none() || is_better(&worths, &known) {
                        (best, known) = (Some((above, below)), worths);
                    }
                }
                (Said::Refuted(_), _) | (_, Said::Refuted(_)) => {}
                _ => unknown = true,
            }
        }
        match best {
            Some((above, below)) => Pair::Both(above, below),
            None if unknown => Pair::Unknown,
            None => Pair::None,
        }
    }

    fn unknown(&mut self, is_whole: bool, node: &Node) -> bool {
        if is_whole {
            self.left.push(node.bounds.clone());
        }
        is_whole
    }

    /// Whether what is to be on one host with what is not in carriers is.
    fn keeps_near(&self, whole: &Left) -> bool {
        let frame = &self.levels.frame;
        let near = self.levels.problem.rules.iter().filter(|rule| {
            matches!(rule.kind, BindingKind::Together(_)) && is_crossing(self.levels.nest, &rule.containers)
        });
        near.into_iter().all(|rule| {
            let mut machines = rule.containers.iter().filter_map(|&it| frame.machine(whole, it));
            let first = machines.next();
            machines.all(|machine| Some(machine) == first)
        })
    }

    /// Where everything is after each loss, where both levels know it.
    fn failovers(&self, above: &Solved, below: &Solved) -> Vec<Failover> {
        let both = above.failovers.iter().zip(&below.failovers);
        let failover = |(upper, lower): (&Failover, &Failover)| Failover {
            lost: upper.lost.clone(),
            placement: self.levels.placement(&upper.placement, &lower.placement),
        };
        both.map(failover).collect()
    }

    /// Whether every loss is survived where everything stands so.
    fn survived(&self, placement: &Placement) -> Survived {
        let mut failovers = Vec::new();
        for lost in self.levels.problem.losses.iter() {
            match after(self.levels.problem, placement, lost, Effort::SOLID, self.options) {
                Outcome::Survived(placement) => failovers.push(Failover { lost: lost.clone(), placement }),
                Outcome::Impossible(_) => return Survived::No,
                Outcome::Unknown => return Survived::Unknown,
            }
        }
        Survived::Yes(failovers)
    }

    /// Whether there is too much in carriers to look for the best at every turn.
    fn is_large(&self) -> bool {
        self.levels.count_contents() > LARGE
    }

    /// Whether one level has an answer at all.
    fn packs(&self, level: &Level) -> Said {
        let scope = Scope { included: Some(&level.included), keep: self.levels.scope.keep, start: None };
        let packed = crate::solve::packs(&level.problem, scope, Effort::QUICK, self.options);
        match (packed.placement, packed.status) {
            (Some(placement), _) => {
                Said::Solved(Box::new(Solved { placement, goals: Vec::new(), failovers: packed.failovers }))
            }
            (None, Status::Infeasible) => Said::Refuted(Box::new(Refutation::Arranged)),
            (None, _) => Said::Unknown,
        }
    }

    /// Asks one level.
    fn ask_level(&mut self, level: &Level, is_upper: bool) -> Said {
        let goals = self.goals_of(is_upper);
        let scope = Scope { included: Some(&level.included), keep: self.levels.scope.keep, start: None };
        let solution = match self.ask {
            Ask::Best => {
                // Where hosts are best matters first.
                let kept = if is_upper && self.looked == 1 { FIRST_KEEPS } else { KEEPS };
                let reserve = self.options.clock.left() / kept[1] * kept[0];
                let clock = Part { clock: self.options.clock, reserve };
                let options = Options { clock: &clock, progress: &|_| {}, ..*self.options };
                crate::solve::solve(&level.problem, &goals, scope, &options)
            }
            Ask::Any(effort) => {
                let packed = crate::solve::packs(&level.problem, scope, effort, self.options);
                let refutation = (packed.status == Status::Infeasible).then_some(Refutation::Arranged);
                let mut solution = Solution::none(refutation, None);
                (solution.placement, solution.failovers) = (packed.placement, packed.failovers);
                solution
            }
        };
        if is_upper && self.class_lp.is_none() {
            self.class_lp = solution.class_lp;
        }
        match (solution.placement, solution.refutation) {
            (Some(placement), _) => {
                let by = solution.goals.iter().map(|goal| goal.by).max();
                self.by = self.by.max(by.unwrap_or(Method::Volume));
                Said::Solved(Box::new(Solved { placement, goals: solution.goals, failovers: solution.failovers }))
            }
            (None, Some(refutation)) => Said::Refuted(Box::new(refutation)),
            (None, None) => Said::Unknown,
        }
    }

    /// The goals of one level, under the names that they have there.
    fn goals_of(&self, is_upper: bool) -> Vec<Goal> {
        let all = self.goals.iter().copied();
        let of_level = |goal: Goal| match goal {
            Goal::CarrierBalance => (!is_upper).then_some(Goal::Balance),
            Goal::Wishes | Goal::FewestMoves | Goal::LeastCarried(_) => Some(goal),
            _ => is_upper.then_some(goal),
        };
        all.filter_map(of_level).collect()
    }

    /// What each level says of a goal.
    fn of_goal<'g>(goal: Goal, upper: &'g [GoalResult], lower: &'g [GoalResult]) -> [Option<&'g GoalResult>; 2] {
        let of = |all: &'g [GoalResult], goal: Goal| all.iter().find(|it| it.goal == goal);
        match goal {
            Goal::CarrierBalance => [None, of(lower, Goal::Balance)],
            Goal::Wishes | Goal::FewestMoves | Goal::LeastCarried(_) => [of(upper, goal), of(lower, goal)],
            goal => [of(upper, goal), None],
        }
    }

    /// The bounds of what both levels say, of all that is left or where the framed `is_whole` placed.
    fn bounds(&self, upper: &[GoalResult], lower: &[GoalResult], is_whole: bool) -> Bounds {
        let mut bounds = Vec::new();
        // What one level says of a goal holds beside what it says of those before; and of those that both have a part in, once
        // both are known.
        let (mut known, mut shared) = ([true; 2], false);
        for &goal in self.goals {
            let sides = Self::of_goal(goal, upper, lower);
            let value = sides.iter().flatten().map(|it| it.bound).reduce(add).unwrap_or_else(|| least(goal));
            let balance = sides.iter().flatten().find(|it| it.goal == Goal::Balance);
            let all = balance.filter(|it| it.levels_proven == it.levels.len());
            let levels = all.map(|it| self.levels_of(goal, it));
            shared |= sides.iter().all(Option::is_some);
            let holds = known.iter().zip(&sides).all(|(known, side)| *known || side.is_none() && !shared);
            bounds.push(holds.then_some(Bound { value, levels }));
            // What comes after balance was shown of those that are as little full throughout.
            for (known, side) in known.iter_mut().zip(sides) {
                *known &= side
                    .is_none_or(|it| it.proven && (it.goal != Goal::Balance || it.levels_proven == it.levels.len()));
            }
            // How much lies in carriers that grow is told apart there, and counts for nothing here.
            known[1] &= goal != Goal::CarrierBalance || is_whole || !self.levels.nest.grows();
        }
        bounds
    }

    /// How full all are whom a goal judges, as one level says it.
    fn levels_of(&self, goal: Goal, said: &GoalResult) -> Vec<Ratio> {
        if goal == Goal::CarrierBalance { self.levels.judged(&said.levels) } else { said.levels.clone() }
    }

    fn worths(&self, upper: &[GoalResult], lower: &[GoalResult], placement: &Placement, sizes: &Sizes) -> Vec<Worth> {
        let worth = |&goal: &Goal| {
            let sides = Self::of_goal(goal, upper, lower);
            let value = match goal {
                Goal::CarrierBalance => GoalValue::Share(self.levels.fullest(placement, sizes)),
                _ => sides.iter().flatten().map(|it| it.value).reduce(add).unwrap_or_else(|| least(goal)),
            };
            let balance = sides.iter().flatten().find(|it| it.goal == Goal::Balance);
            Worth { value, levels: balance.map_or_else(Vec::new, |it| self.levels_of(goal, it)) }
        };
        self.goals.iter().map(worth).collect()
    }

    fn tell(&self, found: &Found) {
        if let (Some(&goal), Some(worth)) = (self.goals.first(), found.worths.first()) {
            (self.options.progress)(Progress::Goal { goal, value: worth.value, bound: None });
        }
    }

    /// What is known at the end.
    pub fn solution(self) -> Solution {
        let open = self.left.iter().any(|bounds| !self.is_done(bounds));
        let Some(best) = &self.best else {
            let refutation = if open { None } else { Some(self.refutation.clone().unwrap_or(Refutation::Arranged)) };
            return Solution::none(refutation, self.class_lp);
        };
        let mut goals = Vec::new();
        // Of what is not settled only that counts which may be as good in the goals before.
        let mut rivals: Vec<&Bounds> = self.left.iter().collect();
        for (nth, (&goal, worth)) in self.goals.iter().zip(&best.worths).enumerate() {
            let value = worth.value;
            let lowest = rivals.iter().map(|bounds| value_of(&bounds[nth], goal));
            let lowest = lowest.reduce(|a, b| if b < a { b } else { a });
            let own = if let GoalValue::Share(share) = value { GoalValue::Share(less_tolerance(share)) } else { value };
            let bound = match lowest {
                Some(lowest) if lowest < own => lowest,
                _ => own,
            };
            let proven = reached(value, bound);
            let by = if proven { self.by } else { Method::None };
            let is_balance = goal == Goal::Balance;
            let levels = if is_balance { worth.levels.clone() } else { Vec::new() };
            let whole = self.looked == 1 && proven;
            let levels_proven = if !is_balance {
                0
            } else if whole {
                best.levels_proven
            } else {
                usize::from(proven)
            };
            goals.push(GoalResult { goal, value, bound, proven, by, levels, levels_proven });
            rivals.retain(|bounds| weigh(&bounds[nth], worth, goal) == Ordering::Equal);
        }
        let proven = goals.iter().enumerate().all(|(nth, goal)| goal.proven || self.is_secondary(nth));
        let status = if proven { Status::Optimal } else { Status::Feasible };
        Solution {
            status,
            placement: Some(best.placement.clone()),
            claims: vec![None; goals.len()],
            goals,
            failovers: best.failovers.clone(),
            refutation: None,
            class_lp: self.class_lp,
        }
    }
}

/// What both levels say together.
enum Pair {
    Both(Box<Solved>, Box<Solved>),
    None,
    Unknown,
}

/// Whether every loss is survived.
enum Survived {
    Yes(Vec<Failover>),
    No,
    Unknown,
}

/// Less than that no goal can be.
fn least(goal: Goal) -> GoalValue {
    match goal {
        Goal::FewestHosts | Goal::FewestMoves | Goal::Wishes => GoalValue::Count(0),
        Goal::LeastCarried(_) => GoalValue::Bytes(0),
        Goal::WithinTarget => GoalValue::Above(0),
        Goal::Cheapest | Goal::LeastPower => GoalValue::Millionths(0),
        Goal::Balance | Goal::CarrierBalance => GoalValue::Share(Ratio::ZERO),
    }
}

fn add(a: GoalValue, b: GoalValue) -> GoalValue {
    match (a, b) {
        (GoalValue::Count(a), GoalValue::Count(b)) => GoalValue::Count(a.saturating_add(b)),
        (GoalValue::Bytes(a), GoalValue::Bytes(b)) => GoalValue::Bytes(a.saturating_add(b)),
        (a, _) => a,
    }
}

/// What nothing is better than, nothing where no more is known.
fn value_of(bound: &Option<Bound>, goal: Goal) -> GoalValue {
    bound.as_ref().map_or_else(|| least(goal), |bound| bound.value)
}

/// Whether what a bound leaves is better by a goal, worse, or as good. Shares that differ by the tolerance are alike.
fn weigh(bound: &Option<Bound>, worth: &Worth, goal: Goal) -> Ordering {
    let lowest = value_of(bound, goal);
    if !reached(lowest, worth.value) {
        return Ordering::Greater;
    }
    if !reached(worth.value, lowest) {
        return Ordering::Less;
    }
    // The same fullest: others may be less full.
    let Some(levels) = bound.as_ref().and_then(|bound| bound.levels.as_ref()) else { return Ordering::Equal };
    let is_less = |a: &Ratio, b: &Ratio| less_tolerance(*b) > *a;
    let mut both = levels.iter().zip(&worth.levels);
    match both.find(|(level, own)| is_less(level, own) || is_less(own, level)) {
        Some((level, own)) if is_less(own, level) => Ordering::Greater,
        Some(_) => Ordering::Less,
        None => Ordering::Equal,
    }
}

/// Whether it is better in the first goal in which both differ.
fn is_better(worths: &[Worth], than: &[Worth]) -> bool {
    worths.partial_cmp(than) == Some(Ordering::Less)
}

/// The bounds that say more, of two that both hold.
fn higher(bounds: &Bounds, other: Bounds) -> Bounds {
    if is_lower(&other, bounds) { bounds.clone() } else { other }
}

/// Whether bounds are lower in the first goal in which they differ; what is not known is lowest.
fn is_lower(bounds: &Bounds, than: &Bounds) -> bool {
    for pair in bounds.iter().zip(than) {
        match pair {
            (None, Some(_)) => return true,
            (Some(_), None) => return false,
            (Some(a), Some(b)) if a.value != b.value => return a.value < b.value,
            _ => {}
        }
    }
    false
}
