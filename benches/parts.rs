//! The solver's tools one by one, timed with criterion: `cargo bench --bench parts [-- NAME]`.

#[allow(dead_code, reason = "each bench uses what it needs")]
#[path = "../tests/support/classes.rs"]
mod classes;
#[path = "../tests/support/labs.rs"]
mod labs;
#[path = "../tests/support/packing.rs"]
mod packing;

use std::collections::BTreeMap;

use bayplan::document::Document;
use bayplan::model::{Goal, Layout};
use bayplan::solve::bench::Parts;
use criterion::{Criterion, Throughput};

/// Steps of annealing and, at the most, of packing, and nodes of the search.
const STEPS: u64 = 50_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    for (name, text) in [
        ("equal-201", classes::equal_hosts(6, 201, 2, 0).document()),
        ("unequal-400", classes::unequal_hosts(60, 400, 3, 0).document()),
        ("lab-3000", labs::document(120, 3_000, 0)),
    ] {
        time(&mut criterion, name, &text);
    }
    criterion.final_summary();
}

fn time(criterion: &mut Criterion, name: &str, text: &str) {
    let layout = layout(text);
    let goal = layout.goals[0];
    let Some(parts) = Parts::presolve(&layout) else { panic!("{name} has contradictions") };
    let mut group = criterion.benchmark_group(name);
    group.bench_function("read", |bencher| bencher.iter(|| self::layout(text)));
    group.bench_function("presolve", |bencher| bencher.iter(|| Parts::presolve(&layout)));
    group.bench_function("class LP", |bencher| bencher.iter(|| parts.cost_bound(goal)));
    group.bench_function("rounded volume", |bencher| bencher.iter(|| parts.rounded()));
    group.bench_function("greedy", |bencher| bencher.iter(|| parts.greedy()));
    group.bench_function("fill", |bencher| bencher.iter(|| parts.fill(goal)));
    group.bench_function("pack", |bencher| bencher.iter(|| parts.pack(STEPS)));
    if goal == Goal::FewestHosts {
        group.bench_function("columns", |bencher| bencher.iter(|| parts.columns()));
        group.bench_function("search", |bencher| bencher.iter(|| parts.search(STEPS)));
    }
    // The one tool that is never done before its budget is.
    group.throughput(Throughput::Elements(STEPS));
    group.bench_function("anneal", |bencher| bencher.iter(|| parts.anneal(STEPS)));
    group.finish();
}

fn layout(text: &str) -> Layout {
    let files = BTreeMap::from([("d.yaml".to_owned(), text.to_owned())]);
    let document = Document::read("d.yaml", &files).unwrap_or_else(|problems| panic!("{problems:?}"));
    document.resolve().unwrap_or_else(|problems| panic!("{problems:?}")).layout
}
