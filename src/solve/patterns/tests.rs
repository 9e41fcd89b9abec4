//! Patterns against trying everything: the pricing, the linear program, the bound and the packings.

use std::collections::BTreeMap;

use crate::solve::rng::Rng;
use good_lp::{Expression, ProblemVariables, SolverModel, constraint, microlp, variable};

use super::super::lp::primal::{ColumnProgram, Sense};
use super::cache::Cache;
use super::column_list::ColumnList;
use super::columns::{Aim, Duals, generate};
use super::pairs::{Case, End, Pairs};
use super::pricing::{Knapsack, Offer, Sizes};
use super::problem::{Class, Column, Group, Problem};
use super::{decide, refuted};
use crate::certificate::ItemIndex;
use crate::solve::NoLimit;
use crate::solve::decide::Decision;
use crate::solve::instance::Bin;
use crate::solve::tests::{OPTIONS, for_all};
use crate::solve::work::{Effort, Work};

const PROGRAMS: u64 = 300;
const KNAPSACKS: u64 = 2_000;
const POOLS: u64 = 3_000;

#[test]
fn the_simplex_agrees_with_another_backend() {
    for seed in 0..PROGRAMS {
        let mut rng = Rng::with_seed(seed);
        let (covers, limits) = (rng.usize(1..8), rng.usize(0..4));
        let kinds = std::iter::repeat_n(Sense::AtLeast(3.0), covers).chain(std::iter::repeat_n(Sense::AtMost, limits));
        let rows: Vec<(f64, Sense)> = kinds.map(|kind| (f64::from(rng.u32(1..6)), kind)).collect();
        let mut column_program = ColumnProgram::new(&rows);
        let mut variables = ProblemVariables::new();
        let mut sides = vec![Expression::default(); rows.len()];
        let mut objective = Expression::default();
        for side in &mut sides[..covers] {
            let missing = variables.add(variable().min(0));
            *side += missing;
            objective += missing * 3.0;
        }
        for column in 0..rng.usize(1..25) {
            let entry = |rng: &mut Rng| if rng.bool() { f64::from(rng.u32(1..4)) } else { 0.0 };
            let entries: Vec<(usize, f64)> =
                (0..rows.len()).map(|row| (row, entry(&mut rng))).filter(|(_, entry)| *entry > 0.0).collect();
            let used = variables.add(variable().min(0));
            let cost = f64::from(rng.u32(1..4));
            objective += used * cost;
            entries.iter().for_each(|&(row, entry)| sides[row] += used * entry);
            column_program.add(cost, entries);
            // Solved in between, as column generation does.
            assert!(column % 3 > 0 || column_program.solve(10_000), "seed {seed}");
        }
        assert!(column_program.solve(10_000), "seed {seed}");
        let mut model = variables.minimise(objective).using(microlp);
        for (side, (right, row)) in sides.into_iter().zip(&rows) {
            model.add_constraint(if *row == Sense::AtMost { side.leq(*right) } else { constraint!(side >= *right) });
        }
        let other = model.solve().expect("what is missing can be paid for").into_inner().objective();
        assert!(
            (column_program.objective() - other).abs() < 1e-6,
            "seed {seed}: {} or {other}",
            column_program.objective()
        );
        let dual: f64 = column_program.duals().iter().zip(&rows).map(|(dual, (right, _))| dual * right).sum();
        assert!((dual - other).abs() < 1e-6, "seed {seed}: the weights add up to {dual}, not {other}");
    }
}

struct Stock {
    sizes: Vec<Vec<i64>>,
    rules: Vec<Vec<usize>>,
}

impl Sizes for Stock {
    fn size(&self, class: usize) -> &[i64] {
        &self.sizes[class]
    }

    fn rules(&self, class: usize) -> &[usize] {
        &self.rules[class]
    }
}

/// Classes with how many of each.
type Set = Vec<(usize, u32)>;

/// Every set of the offers that fits, with its worth.
fn every(stock: &Stock, offers: &[Offer], capacity: &[i64]) -> BTreeMap<Set, (i64, Vec<i64>)> {
    let mut sets: Vec<(Set, i64, Vec<i64>)> = vec![(Vec::new(), 0, capacity.to_vec())];
    for offer in offers {
        let mut more = Vec::new();
        for (items, worth, free) in &sets {
            for count in 0..=offer.most {
                let class = offer.class;
                let clash = |rule: &usize| items.iter().any(|(other, _)| stock.rules[*other].contains(rule));
                let bound = !stock.rules[class].is_empty();
                if count > 0 && bound && (count > 1 || stock.rules[class].iter().any(clash)) {
                    break;
                }
                let free: Vec<i64> =
                    free.iter().zip(&stock.sizes[class]).map(|(free, size)| free - size * i64::from(count)).collect();
                if free.iter().any(|free| *free < 0) {
                    break;
                }
                let mut items = items.clone();
                items.extend((count > 0).then_some((class, count)));
                more.push((items, worth + offer.worth * i64::from(count), free));
            }
        }
        sets = more;
    }
    sets.into_iter().map(|(items, worth, free)| (items, (worth, free))).collect()
}

#[test]
fn pricing_finds_what_enumeration_finds() {
    for seed in 0..KNAPSACKS {
        let mut rng = Rng::with_seed(seed);
        let resources = rng.usize(1..4);
        let unit = [1, 1_000, 1 << 30][rng.usize(..3)];
        let capacity: Vec<i64> = (0..resources).map(|_| rng.i64(0..20) * unit + rng.i64(0..unit)).collect();
        let classes = rng.usize(0..8);
        // Half of them have sizes that are whole numbers of something.
        let whole = rng.bool();
        let size = |rng: &mut Rng| if whole { rng.i64(0..9) * unit } else { rng.i64(0..9 * unit) };
        let stock = Stock {
            sizes: (0..classes)
                .map(|_| (0..resources).map(|_| if rng.bool() { size(&mut rng) } else { 0 }).collect())
                .collect(),
            rules: (0..classes).map(|_| (0..3).filter(|_| rng.u8(..4) == 0).collect()).collect(),
        };
        let offers: Vec<Offer> = (0..classes)
            .map(|class| Offer { class, worth: rng.i64(-(1 << 20)..1 << 30), most: rng.u32(0..4) })
            .collect();
        let waste: Option<Vec<i64>> =
            rng.bool().then(|| capacity.iter().map(|&give| rng.i64(0..=give.max(1))).collect());
        let threshold = rng.i64(0..1 << 31);
        let mut work = Work::new(u64::MAX, &NoLimit);
        let all: BTreeMap<Set, i64> = (every(&stock, &offers, &capacity).into_iter())
            .filter(|(_, (_, free))| {
                waste.as_ref().is_none_or(|waste| free.iter().zip(waste).all(|(free, waste)| free <= waste))
            })
            .filter(|(_, (worth, _))| *worth > threshold)
            .map(|(items, (worth, _))| (items, worth))
            .collect();
        let knapsack = Knapsack::new(&capacity, &stock, 3, offers, waste.as_deref(), &mut work);
        let best = knapsack.best(threshold, 1, false, &mut work);
        assert!(best.exact, "seed {seed}");
        assert_eq!(best.most, all.values().copied().max().unwrap_or(threshold), "seed {seed}");
        for (worth, items) in &best.columns {
            assert_eq!(all.get(items), Some(worth), "seed {seed}");
        }
        let found = knapsack.all(threshold, usize::MAX, &mut work);
        assert!(found.exact, "seed {seed}");
        let mut positive = all;
        // What is worth nothing is only offered where fullness matters.
        positive.retain(|items, _| waste.is_some() || found.columns.iter().any(|(_, other)| other == items));
        let found: BTreeMap<Set, i64> = found.columns.into_iter().map(|(worth, items)| (items, worth)).collect();
        assert_eq!(found, positive, "seed {seed}");
    }
}

#[test]
fn the_weights_of_columns_never_refute_what_fits() {
    let mut refuted = 0;
    for_all(|case| {
        let Some(problem) = Problem::new(&case.instance, &case.restricted) else {
            return assert!(case.all.is_empty());
        };
        let aim = Aim { optimum: true, above: f64::MAX, below: -1.0, full: false };
        for moves in [None, Some(0), Some(2)] {
            let rest = super::problem::Rest { moves, ..problem.rest() };
            let root = generate(&problem, &rest, &[], &[], aim, &mut Work::new(u64::MAX, &NoLimit));
            assert!(root.complete);
            let possible = case.all.iter().any(|assignment| {
                moves.is_none_or(|limit| crate::solve::restricted::moves(&case.instance, assignment) <= limit)
            });
            assert!(!(possible && root.duals.refute(&rest)));
            refuted += u64::from(!possible && root.duals.refute(&rest));
            check_weights(&problem, &root.duals, moves == Some(0));
        }
    });
    assert!(refuted > 50, "only {refuted} were refuted");
}

/// No column is worth more than its bin's dual.
fn check_weights(problem: &Problem, duals: &Duals, still: bool) {
    let stock = Stock {
        sizes: problem.classes.iter().map(|class| class.size.clone()).collect(),
        rules: problem.classes.iter().map(|class| class.rules.clone()).collect(),
    };
    for (group, of) in problem.groups.iter().enumerate() {
        let offer = |(class, it): (usize, &super::problem::Class)| {
            it.groups[group].filter(|moved| !still || *moved == 0).map(|_| Offer {
                class,
                worth: duals.items[class],
                most: it.items.len() as u32,
            })
        };
        let offers: Vec<Offer> = problem.classes.iter().enumerate().filter_map(offer).collect();
        for (items, (worth, _)) in every(&stock, &offers, &of.capacity) {
            let column = Column { group, items };
            let domains: i64 = problem.domains(&column).into_iter().map(|domain| duals.domains[domain]).sum();
            let moves = duals.moves * problem.moves(&column) as i64;
            assert!(worth - domains - moves <= duals.bins[group]);
        }
    }
}

#[test]
fn what_patterns_decide_is_what_trying_everything_decides() {
    let (mut packed, mut refused, mut possible) = (0, 0, 0);
    for_all(|case| {
        let effort = Effort { steps: 1, rounds: 3, ..Effort::SOLID };
        let mut memory = Cache::default();
        let start = vec![Bin(0); case.instance.items.len()];
        possible += u64::from(!case.all.is_empty());
        match decide(&case.instance, &case.restricted, &start, effort, &mut memory, &OPTIONS) {
            Decision::Packed(assignment) => {
                packed += 1;
                assert!(case.all.contains(&assignment));
                assert!(refuted(&case.instance, &case.restricted, &memory).is_none());
            }
            Decision::Refuted(_) => {
                refused += 1;
                assert!(case.all.is_empty());
                // What was refuted once is refuted from memory, and so is less room.
                assert!(refuted(&case.instance, &case.restricted, &memory).is_some());
            }
            Decision::Unknown => {}
        }
        // Any of the bins: what is remembered of more of them never refutes what fits on fewer.
        for closed in Bin::all(case.instance.hosts.len()) {
            let mut restricted = case.restricted.clone();
            restricted.open[closed] = false;
            let fits = case.all.iter().any(|assignment| !assignment.contains(&closed));
            assert!(!fits || refuted(&case.instance, &restricted, &memory).is_none());
        }
    });
    assert!(packed * 10 >= possible * 8 && refused > 50, "packed {packed} of {possible}, refuted {refused}");
}

/// A few items, some alike, some apart, and bins that are alike and hardly hold them.
fn equal_bins(rng: &mut Rng) -> Problem {
    let (resources, bins, items) = (rng.usize(1..4), rng.usize(2..5), rng.usize(4..9));
    let kinds: Vec<Vec<i64>> = (0..5).map(|_| (0..resources).map(|_| rng.i64(0..9)).collect()).collect();
    let class = |item: usize, rng: &mut Rng| Class {
        items: vec![ItemIndex(item)],
        size: kinds[rng.usize(..5)].clone(),
        rules: if rng.u8(..5) == 0 { vec![0] } else { Vec::new() },
        groups: vec![Some(0)],
    };
    let classes: Vec<Class> = (0..items).map(|item| class(item, rng)).collect();
    let room = |r: usize| {
        let all: i64 = classes.iter().map(|class| class.size[r]).sum();
        let largest = classes.iter().map(|class| class.size[r]).max().unwrap_or(0);
        (all / bins as i64 + [0, 1, 2, 9][usize::from(all % 4 == 0)]).max(largest)
    };
    let capacity = (0..resources).map(room).collect();
    let group = Group { bins: Bin::all(bins).collect(), class: 0, capacity, domains: vec![None] };
    Problem { classes, groups: vec![group], resources, rules: 1, domains: Vec::new(), moves: None }
}

/// Every way to pack everything, as the bin of each item.
fn packings(problem: &Problem, begun: &mut Vec<usize>, found: &mut Vec<Vec<Column>>) {
    let bins = problem.groups[0].bins.len();
    let held = |bin: usize| begun.iter().enumerate().filter(move |(_, of)| **of == bin).map(|(item, _)| (item, 1));
    let columns: Vec<Column> = (0..bins).map(|bin| Column { group: 0, items: held(bin).collect() }).collect();
    if columns.iter().any(|column| problem.waste(column).is_none()) {
        return;
    }
    if begun.len() == problem.classes.len() {
        return found.push(columns);
    }
    // The first empty bin is as good as those after it.
    for bin in 0..bins.min(begun.iter().max().map_or(1, |last| last + 2)) {
        begun.push(bin);
        packings(problem, begun, found);
        begun.pop();
    }
}

/// Duals that say what is true, though not always much.
fn some_weights(problem: &Problem, rng: &mut Rng, work: &mut Work) -> Duals {
    let aim = Aim { optimum: true, above: f64::MAX, below: -1.0, full: false };
    if rng.bool() {
        return generate(problem, &problem.rest(), &[], &[], aim, work).duals;
    }
    let items: Vec<i64> = problem.classes.iter().map(|_| rng.i64(0..4)).collect();
    let offer = |(class, &worth): (usize, &i64)| Offer { class, worth, most: 1 };
    let offers = items.iter().enumerate().map(offer).collect();
    let most = Knapsack::new(&problem.groups[0].capacity, problem, problem.rules, offers, None, work)
        .best(0, 1, false, work)
        .most;
    Duals { items, bins: vec![most], ..Duals::default() }
}

/// What branching over the listed that `duals` leave says, its tree checked. In small portions, as rounds do.
fn branched(problem: &Problem, duals: &Duals, rng: &mut Rng) -> (Vec<Column>, Result<Vec<Column>, Vec<Case>>) {
    let list =
        ColumnList::new(problem, duals, &mut Work::new(u64::MAX, &NoLimit)).expect("so few columns can be listed");
    let listed: Vec<Column> = (0..list.len()).map(|column| list.spell(column)).collect();
    let bins = problem.rest().open();
    let mut pairs = Pairs::new(list, bins, true);
    let found: Result<Vec<Column>, Vec<Case>> = loop {
        match pairs.run(&mut Work::new(rng.u64(1..40), &NoLimit)) {
            End::Stopped => {}
            End::Packed(columns) => break Ok(columns.into_iter().map(|column| listed[column].clone()).collect()),
            End::Refuted => break Err(pairs.take_tree().expect("it was recorded")),
            End::Stuck => panic!("so small a question is decided"),
        }
    };
    match &found {
        Ok(columns) => {
            let packing = problem.assignment(columns, problem.classes.len()).expect("it is a packing");
            let columns = problem.columns(&packing);
            assert_eq!(columns.iter().map(|column| column.items.len()).sum::<usize>(), packing.len());
        }
        Err(tree) => assert_eq!(closes(tree, 0, &listed, bins, &mut Vec::new()), tree.len()),
    }
    (listed, found)
}

#[test]
fn branching_over_the_listed_decides_as_trying_everything_does() {
    let (mut packed, mut refuted) = (0, 0);
    for seed in 0..POOLS {
        let mut rng = Rng::with_seed(seed);
        let problem = equal_bins(&mut rng);
        let mut all = Vec::new();
        packings(&problem, &mut Vec::new(), &mut all);
        let duals = some_weights(&problem, &mut rng, &mut Work::new(u64::MAX, &NoLimit));
        if duals.refute(&problem.rest()) {
            assert!(all.is_empty(), "seed {seed}");
            continue;
        }
        let (listed, found) = branched(&problem, &duals, &mut rng);
        for column in all.iter().flatten().filter(|column| !column.items.is_empty()) {
            assert!(listed.contains(column), "seed {seed}: {column:?} is used and not in the pool");
        }
        assert_eq!(found.is_ok(), !all.is_empty(), "seed {seed}");
        packed += u64::from(found.is_ok());
        refuted += u64::from(found.is_err());
    }
    assert!(packed > 500 && refuted > 500, "{packed} packed, {refuted} refuted");
}

/// The smallest graph without triangles that takes four colours (Grotzsch), whose vertices take 2.9 in fractions: as
/// items of which those joined by an edge are apart. Without any one edge three colours do.
#[test]
fn cases_refute_what_fractions_can_pack() {
    let ring = (0..5).flat_map(|v| [[v, (v + 1) % 5], [v, 5 + (v + 1) % 5], [v, 5 + (v + 4) % 5], [10, 5 + v]]);
    let edges: Vec<[usize; 2]> = ring.collect();
    let mut split = 0;
    for seed in 0..POOLS / 10 {
        let mut rng = Rng::with_seed(seed);
        let mut name: Vec<usize> = (0..11).collect();
        rng.shuffle(&mut name);
        let without = rng.usize(..2 * edges.len());
        let joined = |item: usize| {
            let edges = edges.iter().enumerate().filter(|(edge, _)| *edge != without);
            edges.filter(|(_, ends)| ends.iter().any(|&end| name[end] == item)).map(|(edge, _)| edge).collect()
        };
        let class =
            |item| Class { items: vec![ItemIndex(item)], size: vec![1], rules: joined(item), groups: vec![Some(0)] };
        let classes: Vec<Class> = (0..11).map(class).collect();
        let group =
            Group { bins: Bin::all(3).collect(), class: 0, capacity: vec![rng.i64(4..9)], domains: vec![None; 20] };
        let problem =
            Problem { classes, groups: vec![group], resources: 1, rules: 20, domains: Vec::new(), moves: None };
        let duals = some_weights(&problem, &mut rng, &mut Work::new(u64::MAX, &NoLimit));
        let (_, found) = branched(&problem, &duals, &mut rng);
        assert_eq!(found.is_ok(), without < edges.len(), "seed {seed}");
        split += u64::from(found.is_err_and(|tree| tree.len() > 1));
    }
    assert!(split > POOLS / 10 / 4, "only {split} took cases");
}

/// Checks that the part of the tree from `at` on closes all cases on the way; where it ends.
fn closes(tree: &[Case], at: usize, listed: &[Column], bins: u32, path: &mut Vec<(u32, u32, bool)>) -> usize {
    match &tree[at] {
        Case::Closed(worth) => {
            let holds = |column: &Column, item: u32| column.items.contains(&(item as usize, 1));
            let admitted = |column: &&Column| {
                path.iter().all(|&(a, b, together)| match together {
                    true => holds(column, a) == holds(column, b),
                    false => !(holds(column, a) && holds(column, b)),
                })
            };
            let value = |column: &Column| column.items.iter().map(|(item, _)| worth[*item]).sum::<i64>();
            let most = listed.iter().filter(admitted).map(value).max().unwrap_or(0);
            assert!(worth.iter().all(|worth| *worth >= 0) && worth.iter().sum::<i64>() > most * i64::from(bins));
            at + 1
        }
        Case::Split([a, b], other) => {
            path.push((*a, *b, true));
            assert_eq!(closes(tree, at + 1, listed, bins, path), *other);
            path.pop();
            path.push((*a, *b, false));
            let end = closes(tree, *other, listed, bins, path);
            path.pop();
            end
        }
    }
}
