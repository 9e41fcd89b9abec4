//! The integer program: how many items of each class go to each slot. What is left when search gives up.
//!
//! It is asked one question at a time: is there a packing within a budget, or which is the best by a goal that counts
//! hosts or moves; then it starts from the best packing known. Amounts are divided by their greatest common divisor and refused where they stay large, so that the floats of the
//! backend hold them exactly; a packing that comes back is rounded and checked in integers.

use std::time::Duration;

use good_lp::solvers::SolutionStatus;
use good_lp::{
    Constraint, Expression, ProblemVariables, ResolutionError, Solution, SolverModel, Variable, microlp, variable,
};

use super::budget::{Budget, Limits, slot_cost};
use super::instance::{Instance, ItemIndex, Slot};
use super::{Clock, backend};
use crate::model::Goal;

/// The most class x slot variables that the backend is given.
const VARIABLES: usize = 1_500;
/// The largest coefficient that is safe in the backend's tolerances.
const COEFFICIENT: u64 = 1_000_000;

/// How the program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A packing that keeps to the budget and the limits.
    Packed {
        /// A slot for each item.
        assignment: Vec<Slot>,
        /// Whether none is better by the objective.
        best: bool,
    },
    /// There is none.
    Refuted,
    /// Too large, not exact in floats, or the clock ran out.
    Unknown,
}

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// Nothing: any packing will do.
    Any,
    /// The cost of the occupied slots, by a goal that counts hosts.
    Cost(Goal),
    /// The containers that move.
    Moves,
}

/// Seeks a packing within `budget` whose occupied slots keep to `limits`, the best by `objective`. `hint` is one, or
/// empty.
pub fn pack(
    instance: &Instance,
    budget: &Budget,
    limits: &Limits,
    objective: Objective,
    hint: &[Slot],
    time: Duration,
    clock: &dyn Clock,
) -> Outcome {
    if time.is_zero() {
        return Outcome::Unknown;
    }
    let Some(model) = Model::new(instance, budget, limits, objective) else { return Outcome::Unknown };
    match model.solve(hint, time, clock) {
        Ok((assignment, best)) => {
            let occupied = super::budget::Load::of(instance, &assignment).occupied();
            let sound = budget.admits(instance, &assignment) && limits.admit(instance, &occupied);
            if sound { Outcome::Packed { assignment, best } } else { Outcome::Unknown }
        }
        Err(ResolutionError::Infeasible) => Outcome::Refuted,
        Err(_) => Outcome::Unknown,
    }
}

struct Model<'a> {
    instance: &'a Instance,
    budget: &'a Budget,
    /// The items of each class.
    classes: Vec<Vec<ItemIndex>>,
    /// The slots each class may go to.
    slots: Vec<Vec<Slot>>,
    /// What each resource's amounts are divided by.
    unit: Vec<u64>,
    /// The costs of occupied slots that are limited: (goal, limit).
    fixed: Vec<(Goal, u64)>,
    objective: Objective,
}

impl<'a> Model<'a> {
    /// `None` where it would be too large or not exact.
    fn new(instance: &'a Instance, budget: &'a Budget, limits: &Limits, objective: Objective) -> Option<Model<'a>> {
        let mut classes: Vec<Vec<ItemIndex>> = Vec::new();
        for (item, &class) in instance.item_class.iter().enumerate() {
            if class == classes.len() {
                classes.push(Vec::new());
            }
            classes[class].push(item);
        }
        if classes.len() > VARIABLES {
            return None;
        }
        let unit: Vec<u64> = (0..instance.resources)
            .map(|r| instance.items.iter().fold(0, |divisor, item| gcd(divisor, item.size[r])).max(1))
            .collect();
        let small = |size: &Vec<u64>| size.iter().zip(&unit).all(|(&size, &unit)| size / unit <= COEFFICIENT);
        if !instance.items.iter().all(|item| small(&item.size)) {
            return None;
        }
        let holds = |item: ItemIndex, slot: Slot| {
            budget.open[slot]
                && instance.items[item].size.iter().zip(&budget.capacity[slot]).all(|(size, limit)| size <= limit)
        };
        let slots: Vec<Vec<Slot>> = (classes.iter())
            .map(|items| instance.slots(items[0]).iter().copied().filter(|&slot| holds(items[0], slot)).collect())
            .collect();
        let variables: usize = slots.iter().map(Vec::len).sum();
        let fixed: Vec<(Goal, u64)> =
            [(Goal::FewestHosts, limits.hosts), (Goal::Cheapest, limits.price), (Goal::LeastPower, limits.watts)]
                .into_iter()
                .filter_map(|(goal, limit)| Some((goal, limit?)))
                .collect();
        let model = Model { instance, budget, classes, slots, unit, fixed, objective };
        (variables <= VARIABLES && model.costs_are_exact()).then_some(model)
    }

    fn costs_are_exact(&self) -> bool {
        let goals = self.fixed.iter().map(|(goal, _)| *goal).chain(self.cost_goal());
        goals.into_iter().all(|goal| {
            (0..self.budget.open.len()).all(|slot| self.opening(goal, slot) / self.cost_unit(goal) <= COEFFICIENT)
        })
    }

    fn cost_goal(&self) -> Option<Goal> {
        match self.objective {
            Objective::Cost(goal) => Some(goal),
            Objective::Any | Objective::Moves => None,
        }
    }

    fn cost_unit(&self, goal: Goal) -> u64 {
        (0..self.budget.open.len()).fold(0, |divisor, slot| gcd(divisor, self.opening(goal, slot))).max(1)
    }

    fn opening(&self, goal: Goal, slot: Slot) -> u64 {
        slot_cost(self.instance, goal, slot)
    }

    /// The cost of the occupied slots, in units of the greatest common divisor.
    fn cost(&self, goal: Goal, occupied: &[Option<Variable>]) -> Expression {
        let unit = self.cost_unit(goal);
        let paid = |(slot, variable): (Slot, &Option<Variable>)| {
            variable.map(|variable| variable * (self.opening(goal, slot) / unit) as f64)
        };
        occupied.iter().enumerate().filter_map(paid).sum()
    }

    fn solve(&self, hint: &[Slot], time: Duration, clock: &dyn Clock) -> Result<(Vec<Slot>, bool), ResolutionError> {
        let mut variables = ProblemVariables::new();
        let mut count: Vec<Vec<(Slot, Variable)>> = Vec::new();
        for (items, slots) in self.classes.iter().zip(&self.slots) {
            let add = |&slot: &Slot| {
                let definition = variable().integer().min(0).max(items.len() as f64);
                let start = items.iter().filter(|&&item| hint.get(item) == Some(&slot)).count();
                let definition = if hint.is_empty() { definition } else { definition.initial(start as f64) };
                (slot, variables.add(definition))
            };
            count.push(slots.iter().map(add).collect());
        }
        let counted = !self.fixed.is_empty() || self.cost_goal().is_some();
        let add = |(slot, &open): (Slot, &bool)| {
            let definition = variable().binary();
            let start = if hint.contains(&slot) { 1.0 } else { 0.0 };
            let definition = if hint.is_empty() { definition } else { definition.initial(start) };
            (open && counted).then(|| variables.add(definition))
        };
        let occupied: Vec<Option<Variable>> = self.budget.open.iter().enumerate().map(add).collect();
        let objective = match self.objective {
            Objective::Any => Expression::default(),
            Objective::Cost(goal) => self.cost(goal, &occupied),
            Objective::Moves => self.moved(&count),
        };
        let mut model = variables.minimise(objective).using(microlp);
        for row in self.rows(&count, &occupied) {
            model.add_constraint(row);
        }
        let solution = backend::solve(model, time, clock)?;
        let mut assignment = vec![usize::MAX; self.instance.items.len()];
        for (items, count) in self.classes.iter().zip(&count) {
            let mut items = items.iter();
            for &(slot, variable) in count {
                let some = solution.value(variable).round().max(0.0) as usize;
                items.by_ref().take(some).for_each(|&item| assignment[item] = slot);
            }
        }
        if assignment.contains(&usize::MAX) {
            return Err(ResolutionError::Other("a class was not placed in full"));
        }
        Ok((assignment, matches!(solution.status(), SolutionStatus::Optimal)))
    }

    fn moved(&self, count: &[Vec<(Slot, Variable)>]) -> Expression {
        let mut moved = Expression::default();
        for (items, count) in self.classes.iter().zip(count) {
            count
                .iter()
                .for_each(|&(slot, variable)| moved += variable * self.instance.items[items[0]].moves(slot) as f64);
        }
        moved
    }

    fn rows(&self, count: &[Vec<(Slot, Variable)>], occupied: &[Option<Variable>]) -> Vec<Constraint> {
        let mut rows = Vec::new();
        for (items, count) in self.classes.iter().zip(count) {
            let placed: Expression = count.iter().map(|&(_, variable)| variable).sum();
            rows.push(placed.eq(items.len() as f64));
        }
        for slot in (0..self.budget.open.len()).filter(|&slot| self.budget.open[slot]) {
            for resource in 0..self.instance.resources {
                rows.extend(self.capacity_row(count, slot, resource, occupied[slot]));
            }
            if let Some(occupied) = occupied[slot] {
                // Also items that ask for nothing occupy a slot.
                for (items, count) in self.classes.iter().zip(count) {
                    if let Some(&(_, variable)) = count.iter().find(|(at, _)| *at == slot) {
                        rows.push((Expression::from(variable) - occupied * items.len() as f64).leq(0.0));
                    }
                }
            }
        }
        for (number, apart) in self.instance.aparts.iter().enumerate() {
            for zone in 0..apart.zones {
                let mut inside = Expression::default();
                for (items, count) in self.classes.iter().zip(count) {
                    if self.instance.items[items[0]].aparts.contains(&number) {
                        let here = count.iter().filter(|(slot, _)| apart.zone[*slot] == zone);
                        here.for_each(|&(_, variable)| inside += variable);
                    }
                }
                rows.push(inside.leq(1.0));
            }
        }
        if let Some(limit) = self.budget.moves {
            rows.push(self.moved(count).leq(limit as f64));
        }
        for &(goal, limit) in &self.fixed {
            rows.push(self.cost(goal, occupied).leq((limit / self.cost_unit(goal)) as f64));
        }
        rows
    }

    fn capacity_row(
        &self,
        count: &[Vec<(Slot, Variable)>],
        slot: Slot,
        resource: usize,
        occupied: Option<Variable>,
    ) -> Option<Constraint> {
        let unit = self.unit[resource];
        let mut used = Expression::default();
        let mut most = 0;
        for (items, count) in self.classes.iter().zip(count) {
            let size = self.instance.items[items[0]].size[resource] / unit;
            if let Some(&(_, variable)) = count.iter().find(|(at, _)| *at == slot && size > 0) {
                used += variable * size as f64;
                most += size * items.len() as u64;
            }
        }
        // A row that cannot bind is left out; a capacity that cannot be used up is cut to what can.
        let limit = (self.budget.capacity[slot][resource] / unit).min(most);
        match occupied {
            Some(occupied) => (most > 0).then(|| (used - occupied * limit as f64).leq(0.0)),
            None => (most > limit).then(|| used.leq(limit as f64)),
        }
    }
}

/// The greatest common divisor.
pub fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use good_lp::WithTimeLimit;

    /// What the backend says when the clock stopped it before it found anything. Only `Infeasible` is taken as a proof,
    /// so other words would do no harm; but they would say that the backend has changed.
    const STOPPED: &str = "Time limit reached before finding a feasible solution";

    #[test]
    fn the_backend_says_in_known_words_that_the_clock_stopped_it() {
        let mut variables = ProblemVariables::new();
        let many: Vec<Variable> = (0..60).map(|_| variables.add(variable().binary())).collect();
        let weighed = |k: u64| -> Expression {
            many.iter().enumerate().map(|(i, &x)| x * ((i as u64 * 7919 * k + 13) % 997 + 500) as f64).sum()
        };
        let mut model = variables.minimise(weighed(3)).using(microlp).with_time_limit(0.0);
        for k in 1..8 {
            model.add_constraint(weighed(k).eq(20_000.0 + k as f64));
        }
        match model.solve() {
            Err(ResolutionError::Other(words)) => assert_eq!(words, STOPPED),
            other => panic!("expected the clock to stop it, got {:?}", other.err()),
        }
    }
}
