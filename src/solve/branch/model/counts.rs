//! What is counted in domains: rows beside those of the class LP.

use std::collections::BTreeMap;

use crate::solve::instance::{Bin, Instance};
use crate::solve::lp::class::SCALE;
use crate::solve::lp::{Column, Program, Row};
use crate::solve::types::ItemType;
use crate::solve::wishes::Kind;

/// No dual is above this: products with numbers of containers stay inside 128 bits.
const LARGEST: f64 = 1e28;

/// What counts: a cap in one of its domains, a cap as a whole, or a term of the wishes in one of its domains.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Sum(usize),
    Cap(usize, usize),
    Term(usize, usize),
}

/// What a container beyond what is allowed pays.
#[derive(Clone, Copy)]
enum Beyond {
    /// There is none.
    Never,
    /// So many units.
    Units(u64),
    /// One of what another row allows.
    Of(usize),
}

/// One row.
struct Count {
    row: usize,
    most: u64,
    beyond: Beyond,
}

/// The rows, and what the columns of the class LP have in them.
pub(super) struct Counts {
    rows: Vec<Count>,
    /// Of each column (position, how many).
    entries: Vec<Vec<(usize, u64)>>,
}

impl Counts {
    /// No rows, of so many columns.
    pub fn none(columns: usize) -> Counts {
        Counts { rows: Vec::new(), entries: vec![Vec::new(); columns] }
    }

    /// Adds to `program` what the items of its first columns count for on their bins; of wishes where a `unit` of them is said.
    pub fn new<'a>(
        instance: &Instance,
        unit: Option<u64>,
        columns: impl Iterator<Item = (&'a ItemType, Bin)>,
        program: &mut Program,
    ) -> Counts {
        let mut counts = Counts { rows: Vec::new(), entries: Vec::new() };
        let mut known: BTreeMap<Key, usize> = BTreeMap::new();
        for (column, (of, bin)) in columns.enumerate() {
            let mut entries = Vec::new();
            for &(cap, own) in &of.caps {
                let rule = &instance.caps[cap];
                let Some(domain) = rule.domain_of(bin) else { continue };
                let count = match rule.beyond {
                    None => counts.row(&mut known, Key::Cap(cap, domain), rule.most, Beyond::Never, program),
                    Some(from) => {
                        let sum = counts.row(&mut known, Key::Sum(cap), rule.most, Beyond::Never, program);
                        counts.row(&mut known, Key::Cap(cap, domain), from, Beyond::Of(sum), program)
                    }
                };
                entries.push((count, u64::from(own)));
            }
            let bonds = unit.map_or(&[][..], |_| instance.wishes.bonds(of.items[0]));
            for &(term, own) in bonds {
                let wish = &instance.wishes.terms[term];
                let Kind::Beyond(most) = wish.kind else { continue };
                let pays = Beyond::Units(wish.weight / unit.unwrap_or(1));
                let count = counts.row(&mut known, Key::Term(term, wish.domain[bin]), most, pays, program);
                entries.push((count, u64::from(own)));
            }
            let of_row = |&(count, own): &(usize, u64)| (counts.rows[count].row, own as f64);
            program.columns[column].entries.extend(entries.iter().map(of_row));
            counts.entries.push(entries);
        }
        counts
    }

    /// The row of `key`, which is made where it is not known yet.
    fn row(
        &mut self,
        known: &mut BTreeMap<Key, usize>,
        key: Key,
        most: u32,
        beyond: Beyond,
        program: &mut Program,
    ) -> usize {
        *known.entry(key).or_insert_with(|| {
            program.rows.push(Row { limit: f64::from(most), equal: false });
            let row = program.rows.len() - 1;
            let column = |cost, entries| Column { cost, most: f64::INFINITY, entries };
            match beyond {
                Beyond::Never => {}
                Beyond::Units(units) => program.columns.push(column(units as f64, vec![(row, -1.0)])),
                Beyond::Of(sum) => {
                    let sum = self.rows[sum].row;
                    program.columns.push(column(0.0, vec![(row, -1.0), (sum, 1.0)]));
                }
            }
            self.rows.push(Count { row, most: u64::from(most), beyond });
            self.rows.len() - 1
        })
    }

    /// The duals of its rows in whole numbers, where a unit of what is paid for wishes has the price `wishes`.
    pub fn whole(&self, duals: &[f64], wishes: i128) -> Vec<i128> {
        let mut whole: Vec<i128> = Vec::with_capacity(self.rows.len());
        for of in &self.rows {
            let dual = (duals[of.row].max(0.0) * SCALE).min(LARGEST) as i128;
            whole.push(match of.beyond {
                Beyond::Never => dual,
                Beyond::Units(units) => dual.min(wishes.saturating_mul(i128::from(units))),
                Beyond::Of(sum) => dual.min(whole[sum]),
            });
        }
        whole
    }

    /// What all that is allowed is worth; `None` where that is out of range.
    pub fn allowed(&self, duals: &[i128]) -> Option<i128> {
        let mut rows = self.rows.iter().zip(duals);
        rows.try_fold(0_i128, |sum, (of, dual)| sum.checked_add(dual.checked_mul(i128::from(of.most))?))
    }

    /// What an item of a column pays; `None` where that is out of range.
    pub fn paid(&self, duals: &[i128], column: usize) -> Option<i128> {
        let mut entries = self.entries[column].iter();
        entries.try_fold(0_i128, |sum, &(count, own)| sum.checked_add(duals[count].checked_mul(i128::from(own))?))
    }
}
