//! Hard public instances of equal hosts are proven. They are read from beside the repository, where they are at hand.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::packing::Packing;
use bayplan::document::Document;
use bayplan::model::GoalValue;
use bayplan::plan::{Ask, plan};
use bayplan::solve::{NoLimit, Options, Status};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/bench/instances");

/// What each needs: greedy and volume leave a gap on all of them.
const BEST: [(&str, u64); 4] = [
    ("two-constraint/ct06_100_0", 42),
    ("two-constraint/ct09_50_0", 14),
    ("two-constraint/ct10_99_0", 33),
    ("vectorpack/class7_120_5_0", 54),
];

#[test]
#[expect(clippy::print_stderr, reason = "a test that tests nothing says why")]
fn hard_instances_of_equal_hosts_are_proven() {
    for (name, best) in BEST {
        let path = Path::new(FOLDER).join(format!("{name}.json"));
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("skipped: there is no {}", path.display());
            continue;
        };
        let packing: Packing = serde_json::from_str(&text).expect("an instance");
        let files = BTreeMap::from([("d.yaml".to_owned(), packing.document())]);
        let document = Document::read("d.yaml", &files).expect("it can be read");
        let layout = document.resolve().expect("it has no errors").layout;
        let options = |threads| Options { clock: &NoLimit, seed: 0, threads, progress: &|_| (), certify: false };
        let one = plan(&layout, Ask::default(), &options(1)).expect("the referee agrees");
        assert_eq!(one.status, Status::Optimal, "{name}");
        assert_eq!(one.goals[0].value, GoalValue::Count(best), "{name}");
        let two = plan(&layout, Ask::default(), &options(2)).expect("the referee agrees");
        assert_eq!(one.placement, two.placement, "{name}: threads change nothing");
    }
}
