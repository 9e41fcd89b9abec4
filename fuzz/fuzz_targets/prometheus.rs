//! Any bytes as `bayplan import prometheus`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bayplan_fuzz::imported("prometheus", bytes));
