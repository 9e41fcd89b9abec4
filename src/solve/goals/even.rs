//! Balance below the fullest host: how full the others are, and what goals after balance leave of that.

use super::super::levels;
use super::super::lp::bound::Measure;
use super::super::restricted::Usage;
use super::{Goals, Lower};
use crate::certificate::Proof;
use crate::model::{Goal, GoalValue};

/// Steps between two bins are looked at so often.
const LOOKS: u64 = 200_000;

impl Goals<'_> {
    /// Lowers the levels; whether they are known to be the lowest, as they may be already.
    pub(super) fn lower_levels(&mut self, known: bool) -> bool {
        if self.out_of_time() {
            return false;
        }
        let restricted = self.all_open();
        let mut packing = self.best.clone();
        levels::descend(self.instance, &restricted, &self.limits, &mut packing, &|_| true, LOOKS, self.options.clock);
        if packing != self.best {
            self.improve(packing, Goal::Balance);
        }
        let levels = Usage::of(self.instance, &self.best).levels(self.instance);
        known
            || levels::proven_by_volume(self.instance, &self.limits, &levels, 0) == levels.len()
            || self.searched(Goal::Balance)
    }

    /// A goal after balance. Packings are sought in which no bin is fuller than it is now; what bounds them bounds all that
    /// keep the fullest as it is.
    pub(super) fn minimise_within_levels(&mut self, goal: Goal) -> Lower {
        let usage = Usage::of(self.instance, &self.best);
        let share = |(bin, used): (_, &Vec<u64>)| self.instance.share(bin, used);
        self.ceilings = Some(crate::model::Numbered::numbered(usage.used.iter()).map(share).collect());
        self.minimise_alone(goal);
        self.ceilings = None;
        if self.out_of_time() {
            return self.by_lp(goal);
        }
        let within = self.best.clone();
        self.bound_only = true;
        let lower = self.minimise_alone(goal);
        self.bound_only = false;
        self.best = within;
        lower
    }

    /// The bound of the class LP alone, and of moves what counting says.
    fn by_lp(&self, goal: Goal) -> Lower {
        let unit = self.instance.unit;
        let of_moves = |moves: u64| unit.value(moves);
        let (measure, as_value): (Measure, &dyn Fn(u64) -> GoalValue) = match goal {
            Goal::FewestMoves | Goal::LeastCarried(_) => (Measure::Moves, &of_moves),
            Goal::Wishes => return (GoalValue::Count(0), None),
            Goal::WithinTarget => return (GoalValue::Above(self.instance.least_above()), Some(Proof::Volume)),
            Goal::FewestHosts => (Measure::Cost(goal), &GoalValue::Count),
            _ => (Measure::Cost(goal), &GoalValue::Millionths),
        };
        let by_lp = match self.bound(&self.all_open(), measure) {
            Some(by_lp) => (as_value(by_lp.bound.ceil()), Some(Proof::Duals(by_lp.duals))),
            None => (as_value(0), None),
        };
        if goal.is_of_moves() {
            let counted = self.moves_by_counting(&self.all_open());
            return if counted.0 > by_lp.0 { counted } else { by_lp };
        }
        by_lp
    }
}
