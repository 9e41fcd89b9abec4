//! Spreadsheets, saved as text.

use std::time::{Duration, Instant};

use bayplan::import::{Format, Origin, import};
use bayplan::quantity::Resource;
use fastrand::Rng;

use super::{Disk, asked, is_accepted, mutilated};
use crate::support::cases;

/// A sheet in a random order of columns, with its separator, quotes and units, and the millicores and bytes of each row.
fn random(rng: &mut Rng) -> (String, Vec<(String, u64, u64)>) {
    let separator = *rng.choice(&[",", ";", "\t"]).expect("one");
    let comma = separator != "," && rng.bool();
    let mut columns = vec!["name", "cpu", "memory", "owner"];
    rng.shuffle(&mut columns);
    let in_header = rng.bool();
    let above = |column: &str| match column {
        "name" => "Container".to_owned(),
        "cpu" => "vCPU".to_owned(),
        "memory" if in_header => "RAM (MiB)".to_owned(),
        "memory" => "RAM".to_owned(),
        _ => "Owner".to_owned(),
    };
    let header: Vec<String> = columns.iter().map(|column| above(column)).collect();
    let mut text = header.join(separator);
    let mut rows = Vec::new();
    for number in 0..rng.usize(1..20) {
        let (tenths, mib) = (rng.u64(1..80), rng.u64(1..9000));
        let name = format!("c{number}");
        let cell = |column: &str| match column {
            "name" => name.clone(),
            "cpu" => format!("{}{}{}", tenths / 10, if comma { "," } else { "." }, tenths % 10),
            "memory" if in_header => mib.to_string(),
            "memory" => format!("{mib} MiB"),
            _ => "some, \"one\"; here".to_owned(),
        };
        let quoted = |column: &&str| {
            let cell = cell(column);
            match cell.contains([',', ';', '"']) && cell.contains('"') || rng.bool() {
                true => format!("\"{}\"", cell.replace('"', "\"\"")),
                false => cell,
            }
        };
        let cells: Vec<String> = columns.iter().map(quoted).collect();
        text.push_str(if rng.bool() { "\r\n" } else { "\n" });
        text.push_str(&cells.join(separator));
        rows.push((name.clone(), tenths * 100, mib << 20));
    }
    (text, rows)
}

#[test]
fn every_row_of_a_sheet_is_imported_with_its_amounts() {
    for seed in 0..cases::count(500) {
        let mut rng = Rng::with_seed(seed);
        let (text, rows) = random(&mut rng);
        let import = import(&asked(Format::Csv, &[("apps.csv", text.as_bytes())], None), &Disk)
            .unwrap_or_else(|problems| panic!("seed {seed}: {text}\n{}", problems.render(false)));
        is_accepted(&import, &format!("seed {seed}: {text}"));
        assert!(import.report.refused.is_empty(), "seed {seed}: {text}\n{:?}", import.report.refused);
        let found: Vec<(String, u64, u64)> = import
            .report
            .imported
            .iter()
            .map(|one| {
                assert!(one.request.values().all(|(_, origin)| *origin == Origin::File), "seed {seed}: {text}");
                (one.name.clone(), one.request[&Resource::Cpu].0, one.request[&Resource::Memory].0)
            })
            .collect();
        assert_eq!(found, rows, "seed {seed}: {text}");
    }
}

#[test]
fn mutilated_sheets_are_imported_or_refused_in_time() {
    for seed in 0..cases::count(2_000) {
        let mut rng = Rng::with_seed(seed);
        let text = match rng.bool() {
            true => random(&mut rng).0,
            false => "host;memory (GB);cpu;count\nnuc;1,5;4;\npi;8;4;3\nTotal;9,5;;\n".to_owned(),
        };
        let bytes = mutilated(text.as_bytes(), &mut rng);
        let start = Instant::now();
        match import(&asked(Format::Csv, &[("x.csv", &bytes)], None), &Disk) {
            Ok(import) => is_accepted(&import, &format!("seed {seed}: {}", String::from_utf8_lossy(&bytes))),
            Err(problems) => assert!(!problems.diagnostics.is_empty(), "seed {seed}"),
        }
        assert!(start.elapsed() < Duration::from_secs(5), "seed {seed}");
    }
}
