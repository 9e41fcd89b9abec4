//! Any bytes as `bayplan import nomad`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bayplan_fuzz::imported("nomad", bytes));
