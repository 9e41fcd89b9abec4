//! Any bytes as `bayplan import kubernetes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bayplan_fuzz::imported("kubernetes", bytes));
