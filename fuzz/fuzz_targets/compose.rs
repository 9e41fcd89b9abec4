//! Any bytes as `bayplan import compose`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bayplan_fuzz::imported("compose", bytes));
