//! Hard public instances of equal hosts are proven. They stand beside the repository, or are said not to.

use std::io::Write;
use std::path::Path;

use crate::support::ask::{Ask, plan};
use crate::support::packing::Packing;
use crate::support::read;
use bayplan::model::GoalValue;
use bayplan::solve::{NoLimit, Options, Status};

const BESIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared");

/// What each needs: greedy and volume leave a gap on all of them.
const BEST: [(&str, u64); 4] = [
    ("two-constraint/ct06_100_0", 42),
    ("two-constraint/ct09_50_0", 14),
    ("two-constraint/ct10_99_0", 33),
    ("vectorpack/class7_120_5_0", 54),
];

#[test]
fn hard_instances_of_equal_hosts_are_proven() {
    if !Path::new(BESIDE).exists() {
        // Not by `eprintln!`, which a test that passes keeps for itself.
        let why = format!("skipped: hard public instances are not planned, for there is no {BESIDE}\n");
        std::io::stderr().write_all(why.as_bytes()).expect("it can be said");
        return;
    }
    for (name, best) in BEST {
        let path = Path::new(BESIDE).join(format!("bench/instances/{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let packing: Packing = serde_json::from_str(&text).expect("an instance");
        let layout = read::layout(&packing.document());
        let options = |threads| Options { clock: &NoLimit, seed: 0, threads, progress: &|_| (), certify: false };
        let one = plan(&layout, Ask::default(), &options(1)).expect("the referee agrees");
        assert_eq!(one.status, Status::Optimal, "{name}");
        assert_eq!(one.goals[0].value, GoalValue::Count(best), "{name}");
        let two = plan(&layout, Ask::default(), &options(2)).expect("the referee agrees");
        assert_eq!(one.placement, two.placement, "{name}: threads change nothing");
    }
}
