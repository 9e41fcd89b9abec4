//! Any bytes as `bayplan import csv`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bayplan_fuzz::imported("csv", bytes));
