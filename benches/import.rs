//! Ten thousand services become a document, timed with criterion: `cargo bench --bench import`.

use std::collections::BTreeMap;

use bayplan::import::{Asked, Format, Given, import};
use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let given = Given { name: "compose.yml".to_owned(), bytes: compose(10_000).into_bytes().into() };
    let asked =
        Asked { format: Some(Format::Compose), files: vec![given], name: "many".to_owned(), ..Asked::default() };
    let files: BTreeMap<String, String> = BTreeMap::new();
    criterion.bench_function("import/compose-10000", |bencher| {
        bencher.iter(|| import(&asked, &files).unwrap_or_else(|problems| panic!("{problems:?}")).addition.document());
    });
    criterion.final_summary();
}

/// So many services that need each other, each with figures of its own.
fn compose(services: usize) -> String {
    let mut text = String::from("services:\n");
    for at in 0..services {
        text.push_str(&format!("  svc_{at}:\n    image: example/x\n"));
        if at > 0 {
            text.push_str(&format!("    depends_on: [svc_{}]\n", at / 2));
        }
        let memory = at % 60 + 8;
        text.push_str(&format!("    deploy: {{resources: {{reservations: {{memory: {memory}M}}}}}}\n"));
    }
    text
}
