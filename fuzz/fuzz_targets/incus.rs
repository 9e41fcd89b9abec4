//! Any bytes as `bayplan import incus`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bayplan_fuzz::imported("incus", bytes));
