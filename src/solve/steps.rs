//! Steps from one packing to another: an item leaves a bin for another, in exchange for one of that perhaps.

use super::instance::{Bin, Instance};
use super::restricted::{COSTS, EpsilonConstraints, RestrictedInstance, Usage, bin_cost, host_set_cost, moves};
use crate::certificate::ItemIndex;
use crate::model::Numbered;

/// An item leaves a bin for another, in exchange for one of that perhaps.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Which item.
    pub item: ItemIndex,
    /// The bin it leaves.
    pub from: Bin,
    /// The bin it goes to.
    pub to: Bin,
    /// What comes from there.
    pub back: Option<ItemIndex>,
}

/// What stands where between two steps.
pub struct Board<'a> {
    /// What is packed.
    pub instance: &'a Instance,
    /// What every packing on the way keeps to.
    pub restricted: &'a RestrictedInstance,
    /// As the bins that hold anything do.
    limits: &'a EpsilonConstraints,
    /// The items of each bin.
    pub content: Vec<Vec<ItemIndex>>,
    /// What the bins hold.
    pub usage: Usage,
    /// What the bins that hold anything cost by each of [`COSTS`].
    spent: [u64; 3],
    moved: u64,
}

impl<'a> Board<'a> {
    /// Where `packing` has everything.
    pub fn new(
        instance: &'a Instance,
        restricted: &'a RestrictedInstance,
        limits: &'a EpsilonConstraints,
        packing: &[Bin],
    ) -> Board<'a> {
        let mut content: Vec<Vec<ItemIndex>> = vec![Vec::new(); instance.hosts.len()];
        packing.iter().numbered().for_each(|(item, &bin)| content[bin].push(item));
        let usage = Usage::of(instance, packing);
        let spent = COSTS.map(|goal| host_set_cost(instance, goal, &usage.occupied()));
        Board { instance, restricted, limits, content, usage, spent, moved: moves(instance, packing) }
    }

    /// Whether rules and limits allow it.
    pub fn is_allowed(&mut self, step: Step) -> bool {
        let (spent, moved) = self.worth(step);
        let within = |(limit, spent): (Option<u64>, u64)| limit.is_none_or(|limit| spent <= limit);
        if !self.limits.costs().into_iter().zip(spent).all(within) || !within((self.restricted.moves, moved)) {
            return false;
        }
        let Step { item, from, to, back } = step;
        self.usage.take(self.instance, item, from);
        back.into_iter().for_each(|back| self.usage.take(self.instance, back, to));
        let mut fits = self.usage.fits(self.instance, self.restricted, item, to);
        self.usage.put(self.instance, item, to);
        fits &= back.is_none_or(|back| self.usage.fits(self.instance, self.restricted, back, from));
        self.usage.take(self.instance, item, to);
        back.into_iter().for_each(|back| self.usage.put(self.instance, back, to));
        self.usage.put(self.instance, item, from);
        fits
    }

    /// What the bins cost after `step`, and how many containers then move.
    fn worth(&self, Step { item, from, to, back }: Step) -> ([u64; 3], u64) {
        let (opens, closes) = (self.usage.count[to] == 0, self.usage.count[from] == 1 && back.is_none());
        let mut spent = self.spent;
        for (spent, goal) in spent.iter_mut().zip(COSTS) {
            *spent += if opens { bin_cost(self.instance, goal, to) } else { 0 };
            *spent -= if closes { bin_cost(self.instance, goal, from) } else { 0 };
        }
        let moves = |item: ItemIndex, bin: Bin| self.instance.items[item].moves(bin);
        let back = |bin: Bin| back.map_or(0, |back| moves(back, bin));
        (spent, self.moved + moves(item, to) + back(from) - moves(item, from) - back(to))
    }

    /// Takes a step that is allowed.
    pub fn take(&mut self, step: Step) {
        (self.spent, self.moved) = self.worth(step);
        let Step { item, from, to, back } = step;
        for (item, from, to) in std::iter::once((item, from, to)).chain(back.map(|back| (back, to, from))) {
            self.usage.take(self.instance, item, from);
            self.usage.put(self.instance, item, to);
            self.content[from].retain(|&other| other != item);
            self.content[to].push(item);
        }
    }
}
